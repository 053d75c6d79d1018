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
# # A merger, and every question about it
# # 撤并：会被问到的每一个问题
#
# Nothing is optimised here: a merger somebody has in mind is carried out, and accounted for to the last child.
# 涪溪县 is made up (`data/make_samples.py`). 数据为模拟，并无此县。

# %%
import matplotlib.pyplot as plt
import pandas as pd

import layout_planner as lp
from layout_planner.reading.samples import sample_file

study = lp.sample("fuxi")
walk = lp.travel_matrix(study, mode="walk")
what = lp.Scenario.read(sample_file("fuxi").with_name("hill-merge.yaml"))
plan = lp.solve(study, walk, scenario=what)
pd.DataFrame([(type(edit).__name__, edit.school, edit.reason) for edit in what.edits])

# %% [markdown]
# ## The ledger 撤并明细
# Every school that ends, and where its pupils go: by which way, and how they come. The rows of a school add up to its
# roll. 每所撤并校一组，人数之和等于该校在校生。

# %%
lp.measures.ledger(plan).drop(columns=["stage"]).round(1)

# %% [markdown]
# ## What else changes 还影响什么
# The townships, the school that takes in, its classes grade by grade, the quality of the school the children go to.

# %%
effects = lp.measures.merger_effects(plan)
effects.loc[effects["grade"].isna()].drop(columns=["stage", "grade"]).round(2)

# %%
classes = effects.loc[effects["effect"].isin(["classes", "largest_class"])]
classes.pivot(index="grade", columns="effect", values=["before", "after"])

# %% [markdown]
# ## And if our school stayed? 如果保留这所学校？
# The township head's question. All else stays as planned; one other school must close instead, and of all of them the
# one that costs least is found. One sheet to hand over, in two columns. 一页纸，两栏。

# %%
answer = lp.consolidation.keep_instead(plan, lp.Keep("P037"))
print("closes instead:", [study.school_name(school) for school in answer.closes], "-", answer.work)
lp.show.handout(answer, lang="zh")

# %% [markdown]
# The figures behind it, and how near the other candidates come: those without a cost were ruled out by their bound.

# %%
answer.tried.head(6).assign(name=[study.school_name(school) for school in answer.tried.head(6).index]).round(0)

# %%
answer.stays_if.round(1)

# %% [markdown]
# ## Families who choose the town 进城择校
# In 2023 58 schools ended at once. Part of the displaced families do not go where they are sent. From which share
# on do the classes in town pass 45, 50, 55?

# %%
before = lp.sample("fuxi-before")
history = lp.Scenario.read(sample_file("fuxi").with_name("history.yaml"))
year = lp.solve(before, lp.travel_matrix(before, mode="walk"), scenario=history)
book = lp.measures.ledger(year)
schools, pupils, teachers = book["from_school"].nunique(), book["pupils"].sum(), book["teachers"].sum()
print(f"{schools} schools, {pupils:,.0f} pupils, {teachers:,.0f} teachers")

# %%
fig, ax = plt.subplots(figsize=(8, 3.5))
for stage in ("primary", "junior"):
    curve = lp.measures.town_classes(year, stage)
    ax.plot(100 * curve.index, curve["class_size"], label=stage)
for limit in (45, 50, 55):
    ax.axhline(limit, color="0.8", linewidth=0.8)
ax.set_xlabel("displaced families who choose the town, %")
ax.set_ylabel("pupils a class in town, mean")
ax.legend()
ax.set_title("Made-up county: classes in town when closed villages go there")
plt.show()
pd.concat({stage: lp.measures.town_limits(year, stage) for stage in ("primary", "junior")}, axis=1)

# %%
third = lp.assignment.send_to_town(year, 0.3)
changed = lp.compare([year, third]).loc[["primary", "junior"]]
changed.query("measure in ['boarders', 'large_classes', 'over_full_pupils']")

# %% [markdown]
# ## A school bus, or boarding? 校车还是寄宿？
# Stops, routes, bus sizes, a longest ride, the bell. The bound says how much cheaper any other routes could be at most.

# %%
service = lp.route_buses(plan, "primary", ["P036"], beyond_minutes=40)
service.schools.T

# %%
service.routes.head(8).round(1)

# %%
lp.measures.boarding_needs(plan, "primary", beyond_minutes=40).loc[["P036"]].T

# %% [markdown]
# ## Which schools come into question? 哪些学校可列入议题？
# A ranking with its reasons, to begin a talk with. Tried on the past: would it have told which schools closed? In this
# county they were chosen by their roll, so the roll alone tells best; in yours it may be otherwise: weights are open.

# %%
today = lp.today(before, lp.travel_matrix(before, mode="walk"))
scores = lp.measures.closure_scores(today, "primary")
scores[["rank", "name", "score", "roll", "why"]].head(8).round(1)

# %%
lp.measures.hindcast(scores, history, "primary").round(3)

# %% [markdown]
# ## A reform as rules 改革模板
# "Every upper school to town": rules, filled in for a county, give a scenario like any other.

# %%
reform = lp.scenario.Template.read("rural-county").fill(study)
pd.Series([f"{edit.do} {edit.stage}" for edit in reform.edits]).value_counts()

# %% [markdown]
# ## What a year of mergers changed 一年撤并的影响
# The same children before and after. 同一批孩子，撤并前后。

# %%
lp.papers.plot_minutes(year, "primary")
