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
# # Children to come, and which year for which school
# # 学龄人口预测与分期实施
#
# A merger that is right in 2032 may break in 2026, when the large cohorts pass through.
# 涪溪县 is made up (`data/make_samples.py`). 数据为模拟，并无此县。

# %%
from dataclasses import replace

import matplotlib.pyplot as plt

import layout_planner as lp
from layout_planner.reading.samples import sample_file

study = lp.sample("fuxi")
later = lp.forecast(study, to=2035)
for note in later.notes:
    print(note.en)
later.totals().round(0).astype(int)

# %% [markdown]
# ## Who peaks when? 各学段何时见顶？
# Kindergartens shrink now, primaries follow, junior schools are full for years to come: the children of 2012 to 2017
# are on their way through.

# %%
fig, ax = plt.subplots(figsize=(8, 4))
for stage in ("kindergarten", "primary", "junior"):
    line = ax.plot(later.totals()[stage] / later.totals()[stage].iloc[0], label=stage)[0]
    low, high = (later.totals(v)[stage] / later.totals()[stage].iloc[0] for v in ("low", "high"))
    ax.fill_between(low.index, low, high, alpha=0.2, color=line.get_color())
ax.set_ylabel("children, 2024 = 1 (band: low to high births)")
ax.set_title("Made-up county: children by stage")
ax.legend()
plt.show()
print("most children enter junior school in", later.intake("junior").idxmax())

# %% [markdown]
# ## Seats against children, town and country 城乡学位供需
# Any areas will do: townships, management districts, town and country. A warning (学位预警) comes at the pupils a seat
# you say.

# %%
areas = study.townships["urban_rural"].str[0].map({"1": "town", "2": "country"})
seats = later.seats(areas=areas)
seats = seats.loc[(seats["variant"] == "middle") & (seats["stage"] == "junior")]
seats.pivot(index="year", columns="area", values=["pupils", "seats", "warning"]).round(0)

# %% [markdown]
# ## How far can births be trusted? 回测
# Every grade of today reckoned from its births and the *other* grades. The sample's children leave at a steady rate, so
# the straight line is better here than it will be in a real county; the plain mean stands beside it.

# %%
lp.cohorts.backtest(study)[["births", "expected", "residents", "error", "mean_error", "township_error"]].round(3)

# %% [markdown]
# ## Twelve junior schools closed at once 立即撤并 12 所初中
# As the further plan has it, but now, and without its enlargements.

# %%
ways = lp.travel_matrix(study, mode="straight")
further = lp.Scenario.read(sample_file("fuxi").with_name("end-state.yaml"))
junior = [edit for edit in further.edits if (edit.school if hasattr(edit, "school") else edit.site)[0] in "JN"]
junior = [edit for edit in junior if edit.stage in (None, "junior")]
free = [replace(edit, year=None, **({"back": None} if edit.do == "rebuild" else {})) for edit in junior]
bare = lp.Scenario("now, nothing built", [edit for edit in free if edit.do == "merge"])
now = lp.solve(study, ways, scenario=bare, stage="junior")
broken = lp.phase(now, start=2024, end=2024, until=2032, forecast=later)
moves = broken.over.loc[broken.over["because"] == "moves"]
moves.loc[moves["school_id"] == ""].set_index("year")["over"].rename("children without a place").round(0)

# %% [markdown]
# ## Phased and enlarged 分期并扩容
# At most four closures a year; seats first, then pupils. The bound says no timetable is better.

# %%
plan = lp.solve(study, ways, scenario=lp.Scenario("junior", free), stage="junior")
phased = lp.phase(plan, start=2024, end=2028, most_closures=4, until=2032, forecast=later)
broken = phased.over.loc[phased.over["because"] == "moves"]
print(f"{phased.status}, gap {phased.gap:.1%}; schools and years over-full because of the moves: {len(broken)}")
phased.by_year()

# %%
phased.table[["year", "do", "name", "into", "pupils", "seats"]].head(12)

# %% [markdown]
# ## Pupils may finish where they are 老生老办法
# Only the entry grade starts at the new school. Nobody changes school; a closing school empties over three years.

# %%
finishing = lp.phase(plan, start=2024, end=2026, finish=True, forecast=later)
closing = finishing.table.loc[finishing.table["do"] == "merge", "school_id"].iloc[0]
rolls = finishing.by_school().loc[("junior", closing)]
rolls[[name for name in rolls.index if name.startswith("roll")]]

# %% [markdown]
# ## Which year 哪一年

# %%
lp.papers.plot_phasing(phased)
