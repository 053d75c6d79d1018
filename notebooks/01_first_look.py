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
# # A first look: a county today, and after a merger
# # 初识：一个县的现状，以及撤并之后
#
# 涪溪县 is made up: its land, schools and people come from `data/make_samples.py`. 数据为模拟，并无此县。

# %%
import layout_planner as lp

study = lp.sample("fuxi")
print(study.name, study.year, study.crs)
study.counts().unstack("state", fill_value=0)

# %% [markdown]
# Schools by state and category. Legal schools, campuses and teaching points are counted apart.
#
# ## Who needs how long? 谁要走多久？
# As children usually go (`mode="usual"`): on foot while it is near, beyond that on a parent's electric bicycle
# (assumed; the column `usual_mode` of the places says otherwise). Every flow tells its mode. The result is kept on
# disk, so the second call is quick.

# %%
ways = lp.travel_matrix(study, mode="usual")
ways.minutes.iloc[:3, :5].round(1)

# %% [markdown]
# ## Today 现状
# Today is not "everyone to the nearest school": the returned rolls are reproduced, with `attendance` where it is known.

# %%
today = lp.today(study, ways)
today.scorecard.county().loc[["schools", "minutes_mean", "by_walk", "by_ebike", "boarders", "lodgers", "load"]].round(2)

# %% [markdown]
# What breaks the rules, and by which document. Nothing is blocked by a finding: the planner decides.

# %%
today.findings.groupby(["stage", "what", "source"])["pupils"].agg(["size", "sum"])

# %% [markdown]
# ## What if? 如果撤并？
# Two village primaries of a hill township merge into its centre school, which is first enlarged.

# %%
what = lp.Scenario(
    "hill-merge",
    [
        lp.Expand("P036", seats=1350, classrooms=30, reason="先建后撤"),
        lp.Merge("P037", into="P036"),
        lp.Merge("P039", into="P036", site="kindergarten"),
    ],
)
plan = lp.solve(study, ways, scenario=what)
table = lp.compare([today, plan])
table.loc["primary"].loc[["schools", "minutes_mean", "beyond_reach_minutes", "classes", "pupils_moved"]].round(2)

# %% [markdown]
# The county hardly notices; the families of two villages do. The same figures school by school:

# %%
lp.compare([today, plan], scope="school").loc["primary"].loc[["P036", "P037", "P039"]].round(1)

# %% [markdown]
# The map shows both, one beside the other. It is one page that needs no internet; `.save("map.html")` hands it on.
# 地图是单个网页，无需联网。

# %%
lp.briefing([today, plan], lang="zh")

# %% [markdown]
# ## Hand it on 交付
# A run folder holds the tables, the map, the edited study and where every figure is from.
# It reads back as the same plan.

# %%
import tempfile
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    run = plan.write(Path(folder) / "hill-merge")
    print(sorted(path.name for path in run.iterdir()))
    again = lp.read_plan(run)

assert again.scorecard.value("pupils_moved", "primary") == plan.scorecard.value("pupils_moved", "primary")

# %% [markdown]
# Who goes farther than before, and how many 多走几分钟的有多少人：

# %%
lp.papers.plot_minutes(plan, "primary")
