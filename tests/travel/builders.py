"""Little studies and networks, made in a line, for the tests of travel."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

from layout_planner.study import TIDY, Study

CRS = "EPSG:32648"


def roads_of(lines, **columns):
    """Line layer from coordinate lists; columns as lists."""
    geometry = [shapely.LineString(line) for line in lines]
    return gpd.GeoDataFrame(columns or {"class": ["village"] * len(lines)}, geometry=geometry, crs=CRS)


def study_of(places, schools, roads=None, sites=(), **fields):
    """A study with points only: mappings of id → (x, y)."""

    def frame(points, name, **columns):
        points = dict(points)
        geometry = [None if xy is None else shapely.Point(xy) for xy in points.values()]
        index = pd.Index(list(points), name=name, dtype="str")
        return gpd.GeoDataFrame({"name": list(points), **columns}, index=index, geometry=geometry, crs=CRS)

    tables = {name: pd.DataFrame(columns=list(columns)) for name, columns in TIDY.items()}
    offers = pd.DataFrame(
        {"grades": [], "seats": []}, index=pd.MultiIndex.from_arrays([[], []], names=["school_id", "stage"])
    )
    return Study(
        name="toy", year=2023, calendar="6+3", crs=CRS,
        places=frame(places, "place_id"), townships=frame({}, "township_id"),
        schools=frame(schools, "school_id", state="open"), sites=frame(sites, "site_id"),
        offers=offers, adjacency=pd.DataFrame(columns=["place_a", "place_b"]), roads=roads, **(tables | fields),
    )  # fmt: skip


def grid_roads(nx_, ny, seed=0, spacing=200.0, keep=0.85, oneway=0.0):
    """A jittered street grid with gaps: several components are likely, detours certain."""
    rng = np.random.default_rng(seed)
    xy = np.stack(np.meshgrid(np.arange(nx_), np.arange(ny), indexing="ij"), -1) * spacing
    xy = np.round(xy + rng.normal(0, spacing / 8, xy.shape), 3)
    lines = [(xy[i, j], xy[i + 1, j]) for i in range(nx_ - 1) for j in range(ny)]
    lines += [(xy[i, j], xy[i, j + 1]) for i in range(nx_) for j in range(ny - 1)]
    kept = [line for line in lines if rng.random() < keep]
    kinds = rng.choice(["trunk", "secondary", "tertiary", "village"], len(kept))
    return roads_of(kept, **{"class": list(kinds), "oneway": list(rng.random(len(kept)) < oneway)})


def ruled_roads(seed, size=6):
    """A street grid with one-way and private streets, closed ones, and turns that are forbidden or ordered."""
    rng = np.random.default_rng(seed)
    roads = grid_roads(size, size, seed=seed, keep=0.9).drop(columns="oneway")
    xy = shapely.get_coordinates([shapely.get_point(line, k) for line in roads.geometry for k in (0, -1)])
    node = np.unique(np.round(xy, 3), axis=0, return_inverse=True)[1].reshape(-1, 2) + 1
    words = ["open both", "open forward", "open backward", "ends both", "no"]
    turns = [None] * len(roads)
    for edge in range(len(roads)):
        at = int(node[edge, rng.integers(2)])
        others = [int(e) for e in np.flatnonzero((node == at).any(axis=1)) if e != edge]
        if others and rng.random() < 0.3:
            into = rng.choice(others)
            via = [e for e in others if e != into]
            turns[edge] = f"{rng.choice(['no', 'no', 'only'])} n{at} w{into} drive,bus"
            if via and rng.random() < 0.3:  # by way of another street, at whose far end a third begins
                by = int(rng.choice(via))
                end = int(node[by].sum() - at)
                third = [int(e) for e in np.flatnonzero((node == end).any(axis=1)) if e not in (by, edge)]
                if third:
                    turns[edge] = f"no w{by} w{rng.choice(third)} drive,bus"
    return roads.assign(
        way=np.arange(len(roads)), from_node=node[:, 0], to_node=node[:, 1], turns=turns,
        drive=rng.choice(words, len(roads), p=[0.7, 0.1, 0.1, 0.07, 0.03]),
        walk=rng.choice(words, len(roads), p=[0.8, 0.04, 0.03, 0.08, 0.05]),
    )  # fmt: skip


def as_graph(road):
    """The same network for networkx, minutes and metres on the arcs, the quickest of parallel ones."""
    graph = nx.DiGraph()
    j = road.junctions
    graph.add_nodes_from(range(j.count))
    for u, v, edge, ahead in zip(j.origin.tolist(), j.at.tolist(), j.edge.tolist(), j.ahead.tolist(), strict=True):
        costs = road.costs.there if ahead else road.costs.back
        cost, metres = (float(costs[edge]), float(road.network.metres[edge])) if edge >= 0 else (0.0, 0.0)
        if u != v and (not graph.has_edge(u, v) or graph[u][v]["minutes"] > cost):
            graph.add_edge(u, v, minutes=cost, metres=metres)
    return graph


def put_in(graph, road, points, name, snapped=None):
    """Add points to that graph by splitting nothing: arcs by hand, from origins (o, O) or to sites (s, S)."""
    snapped = road.put(points) if snapped is None else snapped
    walk = 6 * np.exp(-3.5 * 0.05) * 1000 / 60
    for label, edge, along, access in zip(points.index, snapped.edge, snapped.along, snapped.access, strict=True):
        node = (name, label)
        graph.add_node(node)
        if edge < 0:
            continue
        share = along / road.network.metres[edge]
        e, s = np.array([edge]), np.array([share])
        (come, go), (on, back) = road.costs.to_tail(e, s), road.costs.to_head(e, s)
        for end, out, into, metres in (
            (0, go[0], come[0], along),
            (1, on[0], back[0], road.network.metres[edge] - along),
        ):
            away, towards = int(road.junctions.leave[edge, end]), int(road.junctions.stop[edge, end])
            for u, v, minutes in ((node, away, out),) if name in "oO" else ((towards, node, into),):
                total = float(minutes + access / walk)
                if np.isfinite(total) and not (graph.has_edge(u, v) and graph[u][v]["minutes"] <= total):
                    graph.add_edge(u, v, minutes=total, metres=float(metres + access))
    return snapped
