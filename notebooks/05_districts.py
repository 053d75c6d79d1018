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
# # Management districts, pairs and groups
# # 管理学区、结对与集团
#
# 28 junior schools into 5 districts, each under one of the strongest schools: equal in size, equal in strength, alike,
# near — and the strong with the weak. 涪溪县 is made up (`data/make_samples.py`). 数据为模拟，并无此县。

# %%
import pandas as pd

import layout_planner as lp
from layout_planner import districts as tools

study = lp.sample("fuxi")
walk = lp.travel_matrix(study, mode="straight")
tools.PUBLISHED["junior"]

# %% [markdown]
# ## Five districts 五个学区
# Whole townships, connected, within the windows; the towns the leads stand in are divided by school, and each lead
# brings its share. The answer is proved: no other division within these windows has a smaller sum of terms.

# %%
areas = lp.partition(study, walk, "junior", **tools.PUBLISHED["junior"])
print(areas.status, "· gap", areas.gap, "·", areas.work["columns"], "districts were possible")
for note in areas.notes:
    print("·", note)
areas.table

# %% [markdown]
# What the objective is made of. Every term is free of units and can be weighed (`weights={"travel": 2}`), left out
# with 0, or joined by one of your own: a function from `Units` to `Part`.

# %%
areas.terms

# %%
ax = lp.show.plot_districts(areas, study)
# %% [markdown]
# ## "Alike" against "mixed" 特色相似还是强弱搭配？
# The published principles ask for both, and they pull apart. Solved again with their common weight shifted to and fro:

# %%
tools.alike_against_mixed(areas, study, (0, 0.5, 1))[["status", "alike", "mix", "travel", "strength"]].round(3)

# %% [markdown]
# ## Is it good? 好到什么程度？
# Among the lawful divisions that four Markov chains meet: better than how many per cent, measure by measure. Where
# the chains have not mixed (few effective samples, or chains that differ) nothing is claimed: NaN.

# %%
sampled = lp.ensemble(areas, steps=50_000, seed=7)
sampled.diagnostics.assign(better_than_percent=sampled.percentile().round(1)).round(3)

# %% [markdown]
# ## When the windows cannot be met 区间无法满足时
# The answer says so, and names the nearest windows that can be met.

# %%
strict = lp.partition(study, walk, "junior", **{**tools.PUBLISHED["junior"], "population_tolerance": 0.005})
print(strict.status)
strict.diagnosis

# %% [markdown]
# ## Against another division 与另一划分比较
# Share that changes district (districts matched so that most stay) and the adjusted Rand index: 1 alike, 0 as by
# chance.

# %%
near = lp.partition(study, walk, "junior", **tools.PUBLISHED["junior"], weights={"travel": 4})
lp.measures.compare_districtings(areas.school_district, near.school_district, study.roll("junior")).round(3)

# %% [markdown]
# ## Inside the districts 学区内部
# The difference coefficient of every indicator, taken apart exactly: what lies inside each district and what between
# them (`part` adds up to the square of the total), before and after the district shares half of everything.

# %%
balance = tools.district_balance(areas, study, shared=0.5)
balance.loc[balance["indicator"] == "teachers_backbone"].set_index("district").round(3)

# %% [markdown]
# Teachers pooled: lessons that teachers of other subjects must give (跨学科教学), who could travel to give them, what
# the lead could send online, and what joint days at the lead cost in hours.

# %%
minutes = tools.school_minutes(study, lp.travel_matrix(study, mode="drive"), areas)
lessons = tools.lesson_balance(areas, study)
moved = tools.travelling_teachers(lessons, minutes, most_minutes=45)
print(f"missing {lessons['missing'].sum():.0f} lessons a week; travelling teachers cover {moved['lessons'].sum():.0f}")
tools.send_lessons(areas, lessons).join(tools.joint_days(areas, minutes)[["members", "minutes_mean", "hours"]]).round(2)

# %%
posts = study.offers.xs("junior", level="stage")["teachers"]
tools.pool_posts(areas, study, posts.round(), minimum=20).head()

# %% [markdown]
# The annex 学区 a bureau hands in:

# %%
tools.annex_table(areas, study).iloc[:, :5]

# %% [markdown]
# ## Pairs and groups 结对与集团
# Strong with weak, each school at most once: matched by need, distance and likeness. What every pair does to the
# county's
# difference coefficient if all is shared, and to that between the two.

# %%
pairs = lp.pair(study, walk, "primary", count=9)
print(pairs.rule)
pairs.table.assign(
    core=pairs.table["core"].map(study.school_name), member=pairs.table["member"].map(study.school_name)
).round(2)

# %%
groups = lp.pair(study, walk, "primary", members=4)
pd.concat(
    {
        "nine pairs": pairs.effect.xs("all", level="group"),
        "groups of up to four": groups.effect.xs("all", level="group"),
    },
    axis=1,
)[[("nine pairs", "before"), ("nine pairs", "after"), ("groups of up to four", "after")]].round(3)

# %% [markdown]
# ## Into the plan 写入方案
# `plan.with_(districting=…)` puts them into a plan: its map has a view of districts, `plan.write(folder)` writes
# `districting.csv`, and `layout-planner partition fuxi --stage junior --districts 5 --townships 6-9 --out
# runs/districts`
# does the same from the shell.

# %%
plan = lp.today(study, walk, stage="junior").with_(districting=areas)
list(plan.districtings)

# %%
lp.show.plot_districts(areas, plan.study)
