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
# # Admission: full schools, in the order of the rules
# # 招生：学位紧张时按规则录取
#
# A zone map says who may come; in a full zone the rules say who does, and the zone map changes only for those who begin
# school. 芝港区 is made up (`data/make_samples.py`). 数据为模拟，并无此区。

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import layout_planner as lp

study = lp.sample("zhigang")
walk = lp.travel_matrix(study)
today = lp.today(study, walk).with_(name="today")
over = today.scorecard.table.query("measure == 'over_full_pupils' and scope == 'county'")
over[["stage", "value"]]

# %% [markdown]
# ## Seat warning 学位预警
# Rooms fall free as classes move up; the children who begin school are the forecast's. Red: more children than seats.

# %%
coming = lp.forecast(study, to=2029)
warnings = {stage: lp.measures.warn_seats(today, coming, stage) for stage in ("primary", "junior")}
counts = pd.concat({s: w.groupby(["year", "level"]).size().unstack(fill_value=0) for s, w in warnings.items()}, axis=1)
counts.fillna(0).astype(int).drop(columns="", level=1)

# %%
warnings["primary"].query("year == 2024 and level == 'red'").round(2).head(10)

# %% [markdown]
# ## The order of admission 录取顺序
# Registration and home agree (人户一致), registration only, property only, tenants, migrants. A dwelling gives one seat
# in five years (五年一学位), siblings exempt. The sample has no register of applicants: this one is drawn at random.

# %%
rng = np.random.default_rng(2024)
flows = today.assignments["primary"].flows
public = ~flows["school_id"].map(study.is_private()).astype(bool)
rows = flows[public & (flows["grade"] == 1)].groupby(["place_id", "group"])["pupils"].sum().astype(int).reset_index()
children = rows.loc[rows.index.repeat(rows["pupils"])].drop(columns="pupils").reset_index(drop=True)
local = rng.choice(["both", "registration", "property", "tenant"], len(children), p=[0.7, 0.12, 0.1, 0.08])
children["tie"] = np.where(children["group"] == "migrant", "migrant", local)
children["sibling"] = rng.random(len(children)) < 0.15
children["dwelling_used"] = np.where(rng.random(len(children)) < 0.04, 2021, np.nan)
children["since"] = rng.integers(2016, 2024, len(children))
admission = lp.catchments.admit_children(today, "primary", children)
admission.table.groupby(["tie", "how"])["pupils"].sum().unstack(fill_value=0).astype(int)

# %%
full = admission.by_school().query("turned_away > 0").sort_values("turned_away", ascending=False)
full.assign(name=full.index.map(study.school_name)).head(8)

# %% [markdown]
# Who is sent on, and where (统筹分流):

# %%
admission.sent_on().head(8).round(1)

# %% [markdown]
# ## New zones: nobody beyond the seats 新片区：不超学位
# Whole places to schools within the seats (`assign="contiguous"` keeps zones in one piece too). All at once, pupils of
# every grade would change school; by the entry grade only (老生老办法) nobody does, and the overload leaves with those
# who leave school.

# %%
zoned = lp.solve(study, walk, assign="capacity", stage="primary", gap=0.02, time_limit=10)
zoned = zoned.with_(name="new zones")
shown = ["over_full_schools", "over_full_pupils", "pupils_moved", "minutes_mean", "unplaced"]
lp.compare([today, zoned]).query("stage == 'primary' and measure in @shown")

# %%
slowly = lp.catchments.phase_in_zones(zoned, "primary", forecast=coming)
slowly.table.round(1)

# %%
fig, ax = plt.subplots(figsize=(7, 3))
years = [study.year, *slowly.table["year"]]
ax.bar(years, [over.query("stage == 'primary'")["value"].iloc[0], *slowly.table["over_full_pupils"]], color="#c05a4a")
ax.set_ylabel("pupils beyond the seats")
ax.set_title("Made-up district: new zones for the entry grade only")
plt.show()

# %% [markdown]
# ## Migrants' children 随迁子女
# Local children first. Then migrants: at the designated schools, or at the nearest with spare seats.

# %%
rules = {rule: lp.solve(study, walk, assign=rule) for rule in ("migrants_designated", "migrants_spare")}
designated = study.schools["migrant_designated"] == 1
table = []
for name, plan in {"today": today, **rules}.items():
    for stage in ("primary", "junior"):
        flows = plan.assignments[stage].flows
        mine = flows.loc[flows["group"] == "migrant"]
        heads = mine["pupils"].sum()
        public = ~mine["school_id"].map(study.is_private()).astype(bool)
        table.append({
            "plan": name, "stage": stage, "migrants": heads,
            "in public schools": mine.loc[public, "pupils"].sum() / heads,
            "in designated schools": mine.loc[mine["school_id"].map(designated), "pupils"].sum() / heads,
            "minutes": np.average(mine["minutes"], weights=mine["pupils"]),
            "pupils beyond the seats": plan.scorecard.value("over_full_pupils", stage),
            "pupils moved": max(plan.scorecard.value("pupils_moved", stage), 0.0),
        })  # fmt: skip
pd.DataFrame(table).round(2)

# %% [markdown]
# ## Shared zones 多校划片
# Neighbours share a zone and draw by their seats, so that every child has like odds of a good school. The heavier the
# way counts, the fewer share.

# %%
shared = {
    weight: lp.catchments.share_zones(zoned, "primary", sizes=(1, 2, 3), travel_weight=weight) for weight in (0.3, 1)
}
pd.DataFrame(
    {
        weight: {
            "zones": len(s.table), "quality off the mean, before": s.spread_before, "and shared": s.spread,
            "minutes": np.average(s.table["minutes"], weights=s.table["pupils"]), "gap": s.gap,
        }
        for weight, s in shared.items()
    }
).T.rename_axis("weight of the way").round(2)  # fmt: skip

# %%
shared[1].odds.head(6).round(2)

# %% [markdown]
# ## Nested zones 小升初对口
# Where do the children of a primary zone go on to? And if every primary zone belonged wholly to one junior school?

# %%
before, nested = lp.measures.feeder_table(today), lp.catchments.nest_zones(today)
primary = lp.plan.zone_map(today, "primary")
whole = lp.Contiguous(together=[list(places) for places in primary.groupby(primary).groups.values()])
pieces = lp.solve(study, walk, assign=whole, stage="junior", gap=0.02, time_limit=30)
tables = {"today": before, "nested": nested.table}
tables["nested and in one piece"] = lp.measures.feeder_table(today, zones=lp.plan.zone_map(pieces, "junior"))
for name, feeders in tables.items():
    nests = (feeders.groupby("zone")["school_id"].nunique() == 1).mean()
    apart = feeders.loc[~feeders["main"], "pupils"].sum() / feeders["pupils"].sum()
    print(f"{name}: {nests:.0%} of the primary zones nest, {apart:.1%} of the children go another way than most")
print(f"nested: {nested.status}, gap {nested.gap:.2%}, divided zones: {len(nested.divided)}")
found = pieces.assignments["junior"]
print(f"in one piece: {found.status}, {found.objective / nested.objective - 1:+.1%} pupil-minutes")

# %% [markdown]
# ## Zones as people read them 片区公告
# One polygon a school, borders shared; the bounds in words; the list of places; whose zone is this point? (Of a zone
# two schools share, dark blue on today's map, the seats of both count.)

# %%
zones = lp.plan.draw_zones(zoned, "primary")
with lp.using_language("zh"):
    bounds = lp.measures.describe_bounds(study, zones)
print(f"{(zones['parts'] > 1).sum()} zones are not in one piece: the column apart names what lies outside")
zones[["name", "pupils", "seats", "places", "parts", "apart"]].join(bounds).head(6)

# %%
lp.plan.list_places(zoned, "primary").head(6)

# %%
gate = study.schools.geometry.to_crs("EPSG:4326")["P05"]
print(lp.measures.find_school(zones, gate.x, gate.y, "wgs84").iloc[0])

# %%
fig, axes = plt.subplots(1, 2, figsize=(13, 5.5))
for ax, plan in zip(axes, (today, zoned), strict=True):
    drawn = lp.plan.draw_zones(plan, "primary")
    load = (drawn["pupils"] / drawn["seats"]).rename("load")
    drawn.assign(load=load).plot("load", ax=ax, cmap="RdYlBu_r", vmin=0.5, vmax=1.5, edgecolor="white", linewidth=1.2)
    points = study.schools.loc[study.offering("primary")]
    ax.scatter(points.geometry.x, points.geometry.y, marker="^", s=12, color="black")
    ax.set_axis_off()
    ax.set_title(f"Made-up district, {plan.name}: children of the zone / seats")
plt.show()
