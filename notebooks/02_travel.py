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
# # Travel: how long a child really needs
# # 出行：孩子到底要走多久
#
# Distances decide which schools may close, so they must be those of a child on a hill road, not of a crow.
# 涪溪县 is made up (`data/make_samples.py`). 数据为模拟，并无此县。

# %%
import matplotlib.pyplot as plt
import pandas as pd

import layout_planner as lp
from layout_planner import travel

study = lp.sample("fuxi")
primaries = study.offering("primary")
print(f"{len(study.places)} places, {len(primaries)} open primary schools, {len(study.roads):,} stretches of road")

# %% [markdown]
# ## By which mode? 用什么方式？
# One table a mode, place × site: minutes, and the metres along that fastest way. NaN would mean there is no way.
# "straight" is the crow's way × 1.3, what a desk study uses; compare it with the road. "ebike" is a parent's electric
# bicycle; "usual" is what each child uses: on foot while it is near (by age), else as the places say (`usual_mode`).

# %%
modes = {
    mode: lp.travel_matrix(study, mode=mode) for mode in ("straight", "walk", "bike", "ebike", "usual", "bus", "drive")
}
nearest = pd.DataFrame({mode: t.minutes[primaries].min(axis=1) for mode, t in modes.items()})
nearest.describe(percentiles=[0.5, 0.9, 0.99]).round(1)

# %% [markdown]
# The straight line is too kind to the villages across a ridge or a river. Where is it most wrong?

# %%
walk = modes["walk"]
wrong = (nearest["walk"] - nearest["straight"]).nlargest(5).rename("minutes more")
study.places.loc[wrong.index, ["name", "township_id"]].join(wrong.round(0))

# %% [markdown]
# Every speed has a source, and can be changed for one call (`speeds={"walk_top": 5}`) or for a study (`[speeds]`).

# %%
pd.DataFrame(
    [(name, c.value, c.unit, c.mark, c.source) for name, c in travel.SPEEDS.items()],
    columns=["name", "value", "unit", "mark", "source"],
).set_index("name").head(8)

# %% [markdown]
# ## The limits by age 按年级核对
# The minutes are an adult's; a seven-year-old needs 1.14 times as long. 30 minutes one way is the limit for grades 1–3
# (国办发〔2018〕27号).

# %%
travel.longest_ways(study, walk, "primary", {"1-3": 30, "4-6": 45}).round(1)

# %% [markdown]
# ## The worst twenty villages 最远的二十个村
# The way of each to its nearest school, with the climb and what is not safe about it.

# %%
worst = nearest["walk"].nlargest(20).index
pairs = [(place, walk.minutes.loc[place, primaries].idxmin()) for place in worst]
ways = travel.trace_ways(study, walk, pairs)
table = travel.ways_table(ways, study.crs)
table.drop(columns="geometry").round({"minutes": 0, "metres": 0, "climb": 0, "unsafe_metres": 0})

# %%
fig, ax = plt.subplots(figsize=(9, 9))
study.townships.boundary.plot(ax=ax, color="0.85", linewidth=0.6)
study.roads.loc[study.roads["class"].isin(["trunk", "secondary"])].plot(ax=ax, color="0.7", linewidth=0.5)
points = study.place_points()
drawn = ax.scatter(points.x, points.y, c=nearest["walk"], s=9, cmap="viridis_r", vmin=0, vmax=90)
table.plot(ax=ax, color="#d1495b", linewidth=1.6)
schools = study.schools.loc[primaries]
ax.scatter(schools.geometry.x, schools.geometry.y, marker="^", s=22, color="black", label="open primary school")
fig.colorbar(drawn, ax=ax, shrink=0.6, label="minutes on foot to the nearest primary school (adult)")
ax.legend(loc="lower left")
ax.set_axis_off()
ax.set_title("Made-up county: the twenty longest ways to a primary school")
plt.show()

# %% [markdown]
# ## One way in profile 一条路的剖面

# %%
way = max(ways, key=lambda way: way.parts["climb"].sum())
fig, ax = plt.subplots(figsize=(9, 2.6))
ax.fill_between(way.profile["metres"] / 1000, way.profile["height"], way.profile["height"].min() - 10, color="0.8")
ax.set_xlabel("km from the door")
ax.set_ylabel("height, m")
ax.set_title(f"{way.place_id} → {way.site_id}: {way.metres / 1000:.1f} km, {way.minutes:.0f} minutes (adult)")
plt.show()

# %%
flagged = max(ways, key=lambda way: way.unsafe["metres"].sum())
flagged.unsafe.drop(columns="geometry").round(0)

# %% [markdown]
# ## Within 15, 30, 60 minutes 等时圈
# Drawn along the roads, counted by the matrix, at the pace of grade 1.

# %%
bands = travel.isochrones(study, walk, primaries, minutes=(15, 30, 60), stage="primary", grade=1)
farthest_first = bands.iloc[::-1].reset_index()
farthest_first["within"] = farthest_first["minutes"].map("{:.0f} minutes".format)
ax = farthest_first.plot("within", figsize=(7, 7), cmap="viridis", legend=True)
study.townships.boundary.plot(ax=ax, color="0.4", linewidth=0.5)
ax.set_axis_off()
ax.set_title("Made-up county: within 15, 30 and 60 minutes of a primary school")
plt.show()
bands.drop(columns="geometry").round(3)

# %% [markdown]
# ## Seats within reach 可达的学位
# The enhanced two-step floating catchment: seats a pupil that a place can reach, near ones counting more.
# Below 1 there are more children than seats around.

# %%
access = travel.floating_catchment(
    walk, study.seats("primary")[primaries], study.demand("primary"), {15: 1.0, 30: 0.68, 60: 0.22}, grade=1
)
pupils = study.demand("primary")
print(f"pupils with less than half a seat within reach: {pupils[access < 0.5].sum() / pupils.sum():.0%}")
access.describe().round(2)

# %% [markdown]
# ## What if there were a school here? 若在此建校？
# A new site costs one column, measured on the same roads, never guessed.

# %%
site = study.place_points().loc[[worst[0]]].rename({worst[0]: "NEW"})
more = lp.travel.add_sites(walk, study, site)
saved = (walk.minutes[primaries].min(axis=1) - more.minutes[[*primaries, "NEW"]].min(axis=1)).clip(lower=0)
print(f"{(saved > 0).sum()} places gain; the most {saved.max():.0f} minutes each way")

# %%
near = walk.minutes[primaries].min(axis=1)
fig, ax = plt.subplots(figsize=(7, 6))
study.place_points().to_frame("geometry").assign(minutes=near).sort_values("minutes").plot(
    "minutes", ax=ax, cmap="YlOrRd", markersize=14, legend=True, legend_kwds={"label": "minutes on foot, one way"}
)
site.plot(ax=ax, marker="*", facecolor="none", edgecolor="black", markersize=260)
ax.set_axis_off()
ax.set_title("Made-up county: the nearest primary school; the star needs one most")
plt.show()
