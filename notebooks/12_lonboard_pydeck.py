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
# # lonboard and pydeck: maps drawn by the graphics card
# # lonboard 与 pydeck：用显卡绘制的地图
#
# Both take the frames of a plan as they are. `pip install lonboard pydeck`: the project does not need them, and both
# fetch a part of themselves (and tiles) from the internet when a picture is shown, which `plan.map()` and
# `plan.explore()` do not. 两者显示时需联网。芝港区 is made up. 数据为模拟，并无此区。

# %%
import lonboard
import matplotlib as mpl
import numpy as np
import pydeck
from lonboard.colormap import apply_continuous_cmap
from lonboard.layer_extension import DataFilterExtension

import layout_planner as lp

study = lp.sample("zhigang")
walk = lp.travel_matrix(study, mode="walk")
today = lp.today(study, walk, stage="primary")
places, schools, flows = (
    frame.to_crs(4326)
    for frame in (today.places_gdf("primary"), today.schools_gdf("primary"), today.flows_gdf("primary"))
)

# %% [markdown]
# ## As they are 直接显示
# lonboard asks for degrees and does the rest; ids and units stay with the frame.

# %%
lonboard.viz([places, flows, schools])

# %% [markdown]
# ## Minutes as colour, children as size 颜色为耗时，大小为人数

# %%
walks = places.dropna(subset=["minutes_mean"])
walks = walks.set_geometry(walks.representative_point())
dots = lonboard.ScatterplotLayer.from_geopandas(
    walks[["name", "pupils", "minutes_mean", "geometry"]],
    get_radius=6 * np.sqrt(walks["pupils"].to_numpy()),
    get_fill_color=apply_continuous_cmap(walks["minutes_mean"].clip(upper=40) / 40, mpl.colormaps["viridis_r"]),
    extensions=[DataFilterExtension(filter_size=1)],
    get_filter_value=walks["minutes_mean"].to_numpy(dtype="float32"),
    filter_range=[0, 60],
)
m = lonboard.Map([lonboard.PathLayer.from_geopandas(flows, get_width=2, get_color=[120, 120, 120, 90]), dots])
m

# %% [markdown]
# Only places from 20 minutes on: set the range in the next cell (or link it to a slider of ipywidgets), and the map
# above follows without being drawn anew.

# %%
dots.filter_range = [20, 60]
int((walks["minutes_mean"] >= 20).sum()), walks.loc[walks["minutes_mean"] >= 20, "pupils"].sum()

# %% [markdown]
# ## pydeck: arcs from home to school, load as columns 就学弧线与学校负荷柱
# A layer of pydeck takes columns; JSON knows no NaN, so rows without a number are left out first.

# %%
ends = flows.geometry.get_coordinates().groupby(level=["place_id", "school_id"])
arcs = (
    flows[["pupils", "minutes"]]
    .assign(**ends.first().add_prefix("from_"), **ends.last().add_prefix("to_"))
    .dropna()
    .reset_index()
)
at = schools.dropna(subset=["load"])
at = at.drop(columns="geometry").assign(lon=at.geometry.x, lat=at.geometry.y).reset_index()
layers = [
    pydeck.Layer(
        "ArcLayer",
        arcs,
        get_source_position=["from_x", "from_y"],
        get_target_position=["to_x", "to_y"],
        get_width="pupils / 20",
        get_source_color=[0, 128, 200, 120],
        get_target_color=[200, 80, 0, 120],
    ),
    pydeck.Layer(
        "ColumnLayer",
        at,
        get_position=["lon", "lat"],
        get_elevation="load * 1000",
        radius=60,
        get_fill_color="[255 * load, 90, 60, 200]",
        pickable=True,
    ),
]
deck = pydeck.Deck(
    layers,
    pydeck.data_utils.compute_view(at[["lon", "lat"]]),
    map_provider=None,
    tooltip={"text": "{name}: {roll} / {seats}"},
)
deck.to_html("deck.html", notebook_display=False)
at.nlargest(3, "load")[["school_id", "name", "load"]]
