"""A table of ways out of an osmnx graph, beside the recipe of osmnx's own examples: `python -m benchmarks.osmnx_ways`.

Andorra's ways as an osmnx graph in memory; 300 places and 30 schools on junctions. Ours: `travel_matrix`, from the
points to the labelled table of minutes and metres. The recipe (osmnx-examples, "routing"): `nearest_nodes`, then
`networkx.shortest_path_length(G, from, to, weight="travel_time")` pair by pair; beside it the thriftier one, a
`single_source_dijkstra_path_length` a place. Both walk the graph `road_graph` gives back, with the same minutes. Pairs
of the recipe are a sample, multiplied up. Processor seconds of one run, after a first one that compiles.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import osmium
import osmnx
import pandas as pd
import shapely

import layout_planner as lp
from benchmarks.data_in import DATA, _write_roads_as_xml
from layout_planner.roads.osm import HIGHWAY
from layout_planner.study import Study
from layout_planner.travel import road_graph

PLACES, SCHOOLS, PAIRS = 300, 30, 150
LONG = 20
MODE = "walk"  # by car our ways know what turns cost, which no graph of networkx holds


def andorra(folder: Path) -> nx.MultiDiGraph:
    """Give Andorra's ways as osmnx gives them."""
    xml = folder / "roads.osm"
    _write_roads_as_xml(osmium, DATA / "andorra" / "andorra.osm.pbf", xml, set(HIGHWAY))
    return osmnx.graph_from_xml(xml, simplify=False, retain_all=False)


def study_of(graph: nx.MultiDiGraph, folder: Path) -> Study:
    """Give a study with places and schools on junctions of the graph."""
    rng = np.random.default_rng(0)
    junctions = [node for node, degree in dict(graph.to_undirected().degree).items() if degree > 2]
    chosen = rng.choice(junctions, PLACES + SCHOOLS, replace=False)
    lon, lat = (np.array([graph.nodes[node][key] for node in chosen]) for key in ("x", "y"))
    table = pd.DataFrame({"lon": lon, "lat": lat})
    places = table[:PLACES].assign(place_id=[f"P{k}" for k in range(PLACES)], pupils_primary=10)
    schools = table[PLACES:].assign(school_id=[f"S{k}" for k in range(SCHOOLS)], stage="primary", seats=900)
    places.to_csv(folder / "places.csv", index=False)
    schools.assign(name=schools["school_id"]).to_csv(folder / "schools.csv", index=False)
    (folder / "study.toml").write_text(
        'name = "Andorra"\nyear = 2024\ncalendar = "6+3"\ncrs = "EPSG:32631"\n[places]\nfile = "places.csv"\n'
        'coordinates = "wgs84"\n[schools]\nfile = "schools.csv"\ncoordinates = "wgs84"\n'
    )
    return lp.read_study(folder, roads=graph)


def on_nodes(study: Study, graph: nx.MultiDiGraph, points: gpd.GeoSeries) -> tuple[list[int], gpd.GeoSeries]:
    """Give the nearest node of each point, and the points set down on them."""
    nodes = osmnx.nearest_nodes(graph, points.x, points.y)
    there = [shapely.Point(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in nodes]
    return list(nodes), gpd.GeoSeries(there, points.index, crs=study.crs)


def main() -> None:
    """Print the seconds of the three, and the largest difference."""
    with tempfile.TemporaryDirectory() as folder:
        study = study_of(andorra(Path(folder)), Path(folder))
    graph = road_graph(study, MODE)
    begun = time.process_time()
    homes, places = on_nodes(study, graph, study.places.geometry)
    ends, schools = on_nodes(study, graph, study.schools.geometry)
    snapping = time.process_time() - begun
    study = study.with_(places=study.places.set_geometry(places), schools=study.schools.set_geometry(schools))
    lp.travel_matrix(study, MODE, cache=False)
    begun = time.process_time()
    ours = lp.travel_matrix(study, MODE, cache=False).minutes.to_numpy()
    mine = time.process_time() - begun
    begun = time.process_time()
    rows = [nx.single_source_dijkstra_path_length(graph, node, weight="minutes") for node in homes]
    thrifty = time.process_time() - begun + snapping
    theirs = np.array([[row.get(end, np.nan) for end in ends] for row in rows])
    rng = np.random.default_rng(1)
    begun = time.process_time()
    for at, to in zip(rng.integers(0, PLACES, PAIRS), rng.integers(0, SCHOOLS, PAIRS), strict=True):
        if np.isfinite(theirs[at, to]):
            nx.shortest_path_length(graph, homes[at], ends[to], weight="minutes")
    pairwise = (time.process_time() - begun) * PLACES * SCHOOLS / PAIRS + snapping
    both = np.isfinite(ours) & np.isfinite(theirs)
    apart = np.abs(ours[both] - theirs[both])
    long = theirs[both] >= LONG
    print(f"{len(graph):,} nodes, {graph.number_of_edges():,} edges, {PLACES} × {SCHOOLS} pairs by {MODE}")
    print(f"ours {mine:.3f} s; recipe pair by pair {pairwise:.1f} s ({pairwise / mine:.0f} ×); "
          f"a place at a time {thrifty:.2f} s ({thrifty / mine:.0f} ×)")  # fmt: skip
    print(f"largest difference {apart.max():.1e} minutes; of ways from {LONG} minutes on, relative "
          f"{(apart[long] / theirs[both][long]).max():.1e}; reachable {both.sum():,}, by one only "
          f"{(np.isfinite(ours) != np.isfinite(theirs)).sum()}")  # fmt: skip


if __name__ == "__main__":
    main()
