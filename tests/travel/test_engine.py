"""The matrix engine against networkx: on random grids, and on real roads where they are at hand."""

from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layout_planner.reading import sample
from layout_planner.travel import hierarchy, kernels
from layout_planner.travel.network import build_network
from layout_planner.travel.roadway import arrive, backward_arcs, make_roadway, open_arcs
from layout_planner.travel.speeds import SPEEDS, values
from layout_planner.travel.sweeps import measure
from tests.beside import DATA, real_roads
from tests.travel.builders import CRS, as_graph, grid_roads, put_in, roads_of, ruled_roads, study_of

V = values(SPEEDS)


def random_points(roads, count, rng, scatter):
    low, high = np.array(roads.total_bounds[:2]), np.array(roads.total_bounds[2:])
    xy = low + (high - low) * rng.random((count, 2))
    lines = roads.geometry.to_numpy()
    on = shapely.line_interpolate_point(lines[rng.integers(len(lines), size=count)], rng.random(count), normalized=True)
    xy = shapely.get_coordinates(on) + rng.normal(0, scatter, (count, 2))
    return gpd.GeoSeries(shapely.points(xy), index=pd.Index([f"p{k}" for k in range(count)]), crs=roads.crs)


def compare(road, origins, sites, minutes, metres):
    """Every pair against networkx; returns how many pairs had a way, and how many had none."""
    graph = as_graph(road)
    a, b = put_in(graph, road, origins, "o"), put_in(graph, road, sites, "s")
    apart = road.put_apart(origins, a), road.put_apart(sites, b)
    put_in(graph, road, origins, "O", apart[0])
    put_in(graph, road, sites, "S", apart[1])
    backward = graph.reverse(copy=False)
    found = missing = 0
    for j, site in enumerate(sites.index):
        searches = {s: nx.single_source_dijkstra(backward, (s, site), weight="minutes") for s in "sS"}
        for i, place in enumerate(origins.index):
            got = minutes.iat[i, j]
            ends = [(x, y) for x, y in ("os", "Os", "oS", "OS") if (x, place) in searches[y][0]]
            edges = {"o": a.edge[i], "O": apart[0].edge[i], "s": b.edge[j], "S": apart[1].edge[j]}
            crow = origins.iloc[i].distance(sites.iloc[j]) <= a.access[i] + b.access[j]
            same_edge = any(edges[x] == edges[y] >= 0 for x, y in ("os", "Os", "oS", "OS"))
            if same_edge or (road.mode != "drive" and crow):
                continue  # worked out by hand in test_matrix
            if not ends:
                assert np.isnan(got) and np.isnan(metres.iat[i, j])
                missing += 1
                continue
            found += 1
            start, stop = ends[0]  # the nearest roads first, a piece beside one of them only where they lead nowhere
            known, ways = searches[stop]
            assert got == pytest.approx(known[start, place], rel=1e-9, abs=1e-12)
            way = ways[start, place][::-1]
            assert metres.iat[i, j] == pytest.approx(sum(graph[u][v]["metres"] for u, v in pairwise(way)), rel=1e-9)
    return found, missing


@pytest.mark.parametrize("mode", ["walk", "drive"])
@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_equals_networkx_on_random_grids(mode, seed):
    rng = np.random.default_rng(seed)
    roads = grid_roads(7, 9, seed=seed, keep=rng.uniform(0.4, 1), oneway=0.3)
    road = make_roadway(study_of({}, {}, roads), mode, V)
    origins, sites = random_points(roads, 12, rng, 5.0), random_points(roads, 9, rng, 5.0)
    minutes, metres, _ = measure(road, origins, sites)
    compare(road, origins, sites, minutes, metres)


@pytest.mark.parametrize("mode", ["walk", "drive"])
@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_equals_networkx_with_private_streets_and_forbidden_turns(mode, seed):
    rng = np.random.default_rng(seed)
    roads = ruled_roads(seed)
    road = make_roadway(study_of({}, {}, roads), mode, V)
    origins, sites = random_points(roads, 10, rng, 5.0), random_points(roads, 8, rng, 5.0)
    compare(road, origins, sites, *measure(road, origins, sites)[:2])


def test_pairs_without_a_way_are_met_too():
    roads = grid_roads(9, 9, seed=4, keep=0.45)
    road = make_roadway(study_of({}, {}, roads), "walk", V)
    rng = np.random.default_rng(4)
    origins, sites = random_points(roads, 20, rng, 1.0), random_points(roads, 20, rng, 1.0)
    found, missing = compare(road, origins, sites, *measure(road, origins, sites)[:2])
    assert found > 20 and missing > 20


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the shared real data are not on this machine")
@pytest.mark.parametrize("mode", ["walk", "drive"])
@pytest.mark.parametrize(
    ("file", "relief"),
    [
        ("andorra/andorra.osm.pbf", "andorra/N42E001.hgt.zip"),
        ("porto_alegre/poa_osm.pbf", "porto_alegre/poa_elevation.tif"),
    ],
)
def test_a_thousand_real_pairs_equal_networkx(file, relief, mode):
    roads = real_roads(file)
    study = study_of({}, {}, roads).with_(crs=str(roads.crs), elevation=str(DATA / relief))
    road = make_roadway(study, mode, V)
    rng = np.random.default_rng(7)
    origins, sites = random_points(roads, 60, rng, 20.0), random_points(roads, 20, rng, 20.0)
    minutes, metres, _ = measure(road, origins, sites)
    found, missing = compare(road, origins, sites, minutes, metres)
    assert found + missing >= 1000
    assert found > 700  # in Andorra trunk roads that say foot=no part the valleys for walkers


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["walk", "bus"])
def test_a_thousand_pairs_of_the_sample_county_equal_networkx(mode):
    study = sample("fuxi")
    road = make_roadway(study, mode, V)
    rng = np.random.default_rng(8)
    origins, sites = random_points(study.roads, 60, rng, 20.0), random_points(study.roads, 20, rng, 20.0)
    minutes, metres, _ = measure(road, origins, sites)
    found, missing = compare(road, origins, sites, minutes, metres)
    assert found + missing >= 1000 and found > 700


def test_threads_do_not_change_a_digit():
    roads = grid_roads(12, 12, seed=2)
    road = make_roadway(study_of({}, {}, roads), "walk", V)
    points = random_points(roads, 60, np.random.default_rng(2), 30.0)
    one, two = measure(road, points, points, threads=1), measure(road, points, points, threads=2)
    for k in (0, 1):
        pd.testing.assert_frame_equal(one[k], two[k], check_exact=True)


def test_compiled_kernels_and_their_python_sources_agree(monkeypatch):
    roads = grid_roads(6, 6, seed=1, oneway=0.2)
    road = make_roadway(study_of({}, {}, roads), "drive", V)
    arcs = backward_arcs(road)
    ends = arrive(road, road.put(gpd.GeoSeries([shapely.Point(300, 300)], crs=CRS)))
    args = (arcs.start, arcs.other, arcs.minutes, arcs.metres, ends.node[0], ends.cost[0], ends.length[0], 4.0)
    compiled = kernels.search(*args)
    for name in ("_up", "_pop"):
        monkeypatch.setattr(kernels, name, getattr(kernels, name).py_func)
    for got, want in zip(compiled, kernels.search.py_func(*args), strict=True):
        np.testing.assert_array_equal(got, want)
    pair = (len(road.network.xy), road.network.tail, road.network.head)
    rank, up_start, up = hierarchy.eliminate(*pair)
    for got, want in zip((rank, up_start, up), hierarchy.eliminate.py_func(*pair), strict=True):
        np.testing.assert_array_equal(got, want)
    args = (up_start, up, rank[road.junctions.origin], rank[road.junctions.at], *open_arcs(road))
    for got, want in zip(hierarchy.customise(*args), hierarchy.customise.py_func(*args), strict=True):
        np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(
        hierarchy.above(up_start, up, rank[:5]), hierarchy.above.py_func(up_start, up, rank[:5])
    )


def test_the_sweep_and_its_python_source_agree(monkeypatch):
    roads = grid_roads(6, 6, seed=9, oneway=0.2)
    road = make_roadway(study_of({}, {}, roads), "drive", V)
    points = random_points(roads, 10, np.random.default_rng(9), 10.0)
    compiled = measure(road, points, points, limit=3.0)
    for name in (
        "sweep",
        "eliminate",
        "_climb",
        "_parent",
        "_adjacency",
        "_sort",
        "_find",
        "_link",
        "_unlink",
        "_with_room",
    ):
        monkeypatch.setattr(hierarchy, name, getattr(hierarchy, name).py_func)
    plain = measure(road, points, points, limit=3.0)
    assert compiled[0].isna().to_numpy().any()
    for k in (0, 1):
        pd.testing.assert_frame_equal(compiled[k], plain[k], check_exact=True)


@pytest.mark.parametrize("far", [1e3, 1e8])
def test_ends_within_a_millimetre_are_one_node_on_a_county_and_on_more_than_a_continent(far):
    lines = [[(-far, -far), (0, 0)], [(4e-4, -4e-4), (far, far)], [(0, 2e-3), (far, far)]]
    network = build_network(roads_of(lines, **{"class": ["village"] * 3}))
    assert network.head[0] == network.tail[1] != network.tail[2] and network.head[1] == network.head[2]
    assert len(network.xy) == 4 and network.xy[network.tail[0]].tolist() == [-far, -far]
