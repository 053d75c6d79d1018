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
# # An urban district: full schools, new schools, new zones
# # 城区：消除大班额、新建学校、调整片区
#
# 芝港区 is made up (`data/make_samples.py`). 数据为模拟，并无此区。

# %%
import matplotlib.pyplot as plt

import layout_planner as lp

study = lp.sample("zhigang")
ways = lp.travel_matrix(study, mode="usual")
today = lp.today(study, ways).with_(name="today")
measures = ["unplaced", "over_full_schools", "over_full_pupils", "large_classes", "class_size", "minutes_mean"]
today.scorecard.county().loc[measures, ["primary", "junior"]].round(1)

# %% [markdown]
# ## Who is coming? 今后几年
# Children of primary age against today's seats. 小学适龄儿童与现有学位。

# %%
coming = lp.forecast(study, to=2030)
coming.totals()[["primary", "junior"]].round(0).T

# %% [markdown]
# ## Build and enlarge 新建与扩容
# The reform as rules: standard schools on the reserved sites, over-full ones enlarged, none closes.

# %%
what = lp.scenario.Template.read("urban-district").fill(study)
built = lp.solve(study, ways, scenario=what).with_(name="built, nobody moves")
zoned = lp.solve(study, ways, scenario=what, stage="primary", assign="nearest_seats").with_(name="all by way and seat")
shown = [*measures, "pupils_moved"]
lp.compare([today, built, zoned]).loc["primary"].loc[shown].round(1)

# %% [markdown]
# Building alone cures no large class: the pupils stay where they are. Sending everybody to the nearest seat does, and
# moves more than a third of the children; by the entry grade only (`lp.catchments.phase_in_zones`, 老生老办法) nobody
# changes school.
# 只建不调，大班额依旧；全部重划要三分之一以上学生转学；只从起始年级实行则无人转学。

# %%
fig, axes = plt.subplots(1, 2, figsize=(12, 4.5), sharey=True)
for ax, plan in zip(axes, (today, zoned), strict=True):
    lp.papers.plot_load(plan, "primary", ax=ax)
    ax.set_title(f"Made-up district: {plan.name}")
plt.show()
