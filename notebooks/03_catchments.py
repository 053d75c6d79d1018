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
# # Catchments: who goes where, within seats, in one piece, with a proof
# # 划片：谁去哪所学校——学位够用、片区连片、离最优多远有证明
#
# 芝港区 is made up (`data/make_samples.py`). 数据为模拟，并无此区。

# %%
import layout_planner as lp

study = lp.sample("zhigang")
way = lp.travel_matrix(study, mode="straight")
today = lp.today(study, way)
stage = "junior"
today.scorecard.county().loc[["pupils", "minutes_mean", "load", "over_full_schools", "over_full_pupils"], stage].round(
    2
)

# %% [markdown]
# ## Draw the zones 划片
# Whole places, hard seats, every zone connected around its school, least pupils × minutes. `gap` is how far from the
# best we are content to be; the search stops there, at the `time_limit`, or on Ctrl-C with the best so far.

# %%
plan = lp.solve(study, way, stage=stage, assign="contiguous", gap=0.03, time_limit=6)
found = plan.assignments[stage]
print(
    f"{found.status}: no lawful map is more than {found.gap:.1%} better ({found.objective:,.0f} {found.work['unit']})"
)
for note in found.notes:
    print("·", note)

# %%
lp.compare([today, plan]).loc[stage].loc[["minutes_mean", "over_full_pupils", "pupils_moved"]].round(2)

# %% [markdown]
# ## Why this school? 为什么划到这里？
# The nearer schools, their seats, and the cheapest chain of moves found that would bring the place there.

# %%
zones = lp.plan.zone_map(plan, stage)
ways = way.minutes.reindex(index=zones.index)
farther = [p for p in zones.index if ways.loc[p, zones[p]] > ways.loc[p, sorted(set(zones))].min() + 1]
answer = lp.catchments.explain_zone(plan, farther[0], stage)
print(answer)
answer.table[["school_id", "minutes", "free", "touches", "pupil_minutes", "chain_minutes", "chain"]].round(1)

# %% [markdown]
# ## Other goals 其他目标
# Each goal is unit-free and has a weight. Ways and sums (balance, mix, who changes school) are in the proof in full.

# %%
wish = lp.Contiguous(goals={"travel": 1.0, "balance": 0.5, "moved": 0.2}, start="today")
even = lp.solve(study, way, stage=stage, assign=wish, gap=0.05, time_limit=5)
{name: round(value, 3) for name, value in even.assignments[stage].work.items() if name.startswith("goal_")}

# %% [markdown]
# ## A map drawn by hand, made lawful 手绘片区，改到合规
# Three places are given to a school across the town; `repair` changes as few places as it can.

# %%
drawn = zones.copy()
strangers = [p for p in drawn.index if p not in set(farther)][:3]
drawn[strangers] = drawn.iloc[-1]
hand = lp.solve(study, way, stage=stage, assign=drawn, scenario=lp.Scenario("手绘"))
mended = lp.catchments.repair_zones(hand, stage, time_limit=3)
print(mended.assignments[stage].notes[-1])

# %% [markdown]
# ## When it cannot be done 学位不够时
# Infeasible is an answer: who is left over, and the fewest extra seats that would do.

# %%
small = lp.Scenario("缩小", [lp.Expand(school, seats=200) for school in ("J01", "J02", "J04")])
less = lp.solve(study, way, stage=stage, assign="contiguous", scenario=small, gap=0.03, time_limit=3)
print(less.status)
for note in less.assignments[stage].notes:
    print("·", note)

# %% [markdown]
# ## The zones side by side 两种片区
# By the way alone, and weighed with even use and few who change school.

# %%
import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, 2, figsize=(12, 5))
for ax, one, title in zip(axes, (plan, even), ("least travel", "travel, balance, few moves"), strict=True):
    shapes = lp.plan.draw_zones(one, stage)
    shapes.assign(load=shapes["pupils"] / shapes["seats"]).plot(
        "load", ax=ax, cmap="RdYlBu_r", vmin=0.5, vmax=1.5, edgecolor="white"
    )
    ax.set_axis_off()
    ax.set_title(f"Made-up district, {title}: children / seats")
plt.show()
