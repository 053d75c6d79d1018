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
# # osmnx: our roads as its graph, its graphs as our roads
# # osmnx：路网互通
#
# Nothing here needs a network. To fetch: `roads = lp.roads_from_osm("三台县")` goes through osmnx (its cache, its
# settings), and `lp.read_study(folder, roads=roads)` takes that, or any graph of `osmnx.graph_from_…`, as it is.
# 芝港区 is made up. 数据为模拟，并无此区。

# %%
import networkx as nx
import osmnx as ox

import layout_planner as lp

study = lp.sample("zhigang")
walk = lp.travel_matrix(study, mode="walk")
graph = study.graph("walk")  # a MultiDiGraph with length, minutes and travel_time on every edge
print(f"{len(graph):,} junctions, {graph.number_of_edges():,} edges, {graph.graph['crs']}")

# %% [markdown]
# ## Who walks longest, and along which way? 谁走得最远，走哪条路？

# %%
today = lp.today(study, walk, stage="primary")
places = today.places_gdf("primary")
far = places["minutes_mean"].idxmax()
flows = today.assignments["primary"].flows.query("place_id == @far")
school = flows.groupby("school_id")["pupils"].sum().idxmax()
home, door = study.places.geometry[far].representative_point(), study.schools.geometry[school]
start, end = ox.nearest_nodes(graph, [home.x, door.x], [home.y, door.y])
route = ox.shortest_path(graph, start, end, weight="minutes")
print(
    f"{study.places.name[far]} → {study.schools.name[school]}: "
    f"{nx.path_weight(graph, route, 'minutes'):.0f} minutes along {nx.path_weight(graph, route, 'length'):,.0f} m; "
    f"with the ways from the door to the road {walk.minutes.at[far, study.site_of([school])[0]]:.0f}"
)

# %%
figure, axes = ox.plot_graph_route(graph, route, node_size=0, edge_linewidth=0.4, show=False, close=False)

# %% [markdown]
# ## The isochrone recipe of osmnx's examples, on our minutes 等时圈
# Which junctions are within 15, 30, 45 minutes of a child's walk of this school?

# %%
around = nx.ego_graph(graph.reverse(), end, radius=45, distance="minutes")
minutes = nx.single_source_dijkstra_path_length(graph.reverse(), end, cutoff=45, weight="minutes")
{limit: sum(1 for each in minutes.values() if each <= limit) for limit in (15, 30, 45)}, len(around)

# %% [markdown]
# ## One table instead of many searches 一次算出全部
# What the recipe does pair by pair, `travel_matrix` gives at once: `python -m benchmarks.osmnx_ways`.

# %%
walk.minutes.iloc[:4, :4].round(1)
