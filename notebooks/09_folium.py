# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # folium: a plan as a map, and layers of your own on it
# # folium：在方案地图上加自己的图层
#
# `plan.explore()` is a real `folium.Map`, in the habit of geopandas' `explore`. Without tiles it opens offline, saved
# or in a cell. 芝港区 is made up. 数据为模拟，并无此区。

# %%
import folium

import layout_planner as lp
from layout_planner.show import esc

study = lp.sample("zhigang")
walk = lp.travel_matrix(study, mode="walk")
today = lp.today(study, walk, stage="primary")
m = today.explore(layers=["places", "schools", "flows"])

# %% [markdown]
# ## A layer of your own 自己的图层
# Names of yours pass a template in folium: `esc` makes braces and tags harmless.

# %%
ours = folium.FeatureGroup(name="schools to visit 待调研学校").add_to(m)
fullest = today.schools_gdf("primary").to_crs(4326).nlargest(3, "load")
for name, load, at in zip(fullest["name"], fullest["load"], fullest.geometry, strict=True):
    folium.CircleMarker([at.y, at.x], 14, color="red", tooltip=esc(f"{name}: {load:.0%}")).add_to(ours)

# %% [markdown]
# Where do the children's minutes lie? Circles whose area is pupils × minutes. (Markers with icons and the heat map of
# folium's plugins load from the network; circles do not, and `m.save` says which.)

# %%
heat = folium.FeatureGroup(name="children's minutes 上学耗时", show=False).add_to(m)
places = today.places_gdf("primary").to_crs(4326).dropna(subset=["minutes_mean"])
total = places["pupils"] * places["minutes_mean"]
for at, minutes in zip(places.geometry.representative_point(), total, strict=True):
    folium.CircleMarker([at.y, at.x], 30 * (minutes / total.max()) ** 0.5, tooltip=f"{minutes:,.0f}").add_to(heat)
m

# %% [markdown]
# ## geopandas draws on it too 与 geopandas 叠加

# %%
townships = study.townships[["name", "geometry"]]
townships.explore(m=m, name="townships 乡镇", style_kwds={"fill": False, "color": "#333"}, tooltip=False)

# %% [markdown]
# ## Before and after, side by side 前后对比

# %%
smallest = today.schools_gdf("primary")["roll"].idxmin()
plan = lp.solve(study, walk, scenario=lp.Scenario("one school less", [lp.Close(smallest)]), stage="primary")
plan.explore_beside(today).save("beside.html")
m.save("map.html")
lp.compare([today, plan]).xs("minutes_mean", level="measure")

# %% [markdown]
# The same frames go into lonboard and pydeck (notebook 12). 同样的表可用于 lonboard 与 pydeck（见第 12 本）。

# %%
today.places_gdf("primary").attrs["units"]
