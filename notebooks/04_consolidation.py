# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Consolidation: which schools to keep, merge, enlarge, build
# # 布局调整：哪些学校保留、撤并、扩容、新建
#
# The program proposes, proves how good the proposal is, and shows what each further closure costs a child in minutes.
# The county is made up. 数据为模拟，并无此县。

# %%
import layout_planner as lp

study = lp.sample("fuxi")
walk = lp.travel_matrix(study, mode="walk")
today = lp.today(study, walk, stage="primary")
len(study.offering("primary")), study.counts().loc["open"].to_dict()

# %% [markdown]
# ## The frontier 前沿
# A few points, within 2 % for the sake of speed. `keep=range(30, 84)` with the usual 0.5 % takes a minute or two.
# Legal schools are counted, new ones among them; campuses and teaching points stay and are counted apart.

# %%
front = lp.consolidate(study, walk, stage="primary", keep=[41, 50, 60, 75], gap=0.02, time_limit=60)
front.table[["status", "gap", "objective", "minutes_mean", "minutes_p95", "investment", "closed", "expanded"]].round(3)

# %% [markdown]
# What do 41 schools cost over 50 and over 60? Yuan a year but for the investment; minutes one way.

# %%
rows = ["minutes_mean", "minutes_p95", "minutes_tail", "travel", "running", "building", "investment", "findings"]
front.beside(41, 50, 60).loc[rows].round(1)

# %% [markdown]
# Below the knee every further closure costs children clearly more.

# %%
print(front.knee)
front.each_further().round(2)

# %%
front.plot()

# %% [markdown]
# Which schools close in *every* good plan with 50 schools, which only in some? Good: within 1 % of the best.

# %%
robust = front.robust(50)
print(robust["plans"].iloc[0], "plans")
robust["closes"].value_counts()

# %% [markdown]
# ## One plan 一个方案
# A point carried out is a plan like any other: flows, scorecard, findings, map. The edits say what happens to whom.

# %%
plan = front.at(50)
print(plan.status, f"{plan.assignments['primary'].gap:.2%}")
plan.scenario.edits[:4]

# %% [markdown]
# Prices are named, with unit and source, and may all be changed; so may what schools may do.
# Here: every township keeps a school, pupils beyond reach board or ride a bus, and P007 stays in any case.

# %%
from layout_planner.measures.money import Money

Money().table().head(6)

# %%
strict = lp.consolidate(
    study, walk, stage="primary", keep=50, every_township=True, ride="board", pins=[lp.Keep("P007")], gap=0.03,
    time_limit=30,
)  # fmt: skip
told = strict.provenance["consolidation"]
{name: round(told[name]) for name in ("travel", "bus", "boarding", "household", "riders", "boarders")}

# %% [markdown]
# ## Many what-ifs at once 批量筛查

# %%
schools = [str(school) for school in study.offering("primary")]
each = [lp.Scenario(f"without {school}", [lp.Close(school, stage="primary")]) for school in schools]
table = lp.screen(study, walk, stage="primary", scenarios=each)
table.sort_values("minutes_mean")[["minutes_mean", "minutes_max", "pupils_moved"]].round(2).head(5)

# %% [markdown]
# ## Kindergartens in closed buildings 闲置校舍改办幼儿园
# Safety grade and area decide which buildings are fit; of these, those that bring most children within reach.

# %%
found = lp.consolidation.convert_buildings(plan.study, walk, at_most=6, minutes=30)
print(f"{found.before[30.0]:.1%} → {found.after[30.0]:.1%} of the children within 30 minutes")
found.buildings.loc[found.buildings["chosen"], ["name", "building_grade", "seats", "yuan", "children"]]

# %%
found.shares[["value", "limit", "ok"]].round(3)

# %% [markdown]
# ## The plan on one sheet 一张图

# %%
lp.papers.plot_map(plan, "primary", names=False)
