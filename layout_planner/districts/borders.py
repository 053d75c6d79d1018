"""What neighbours what among units: shared borders, corners, and links that join islands."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Floats, Ints
from layout_planner.base.messages import Text
from layout_planner.engines.districting.problem import UnitKind
from layout_planner.study import Study
from layout_planner.study.adjacency import SHORTEST_BORDER, neighbours


def make_graph(
    study: Study, kind: UnitKind, ids: pd.Index, names: pd.Series, unit_at: pd.Series
) -> tuple[Ints, Floats, tuple[tuple[int, int], ...], list[Text]]:
    """Find the neighbours, tie islands to the nearest unit, name corners that touch and units with one neighbour."""
    if kind == "townships":
        shapes = study.townships.geometry.reindex(ids)
        pairs = neighbours(shapes)
        edges = np.column_stack([ids.get_indexer(pairs["place_a"]), ids.get_indexer(pairs["place_b"])]).astype(np.int64)
        border = _border_metres(shapes, edges)
        corners = _corners(shapes, edges)
    else:
        a, b = (unit_at.reindex(study.adjacency[c]).to_numpy() for c in ("place_a", "place_b"))
        both = np.sort(np.column_stack([a, b])[(a != b) & (a >= 0) & (b >= 0)].astype(np.int64), axis=1)
        edges, count = np.unique(both, axis=0, return_counts=True)
        border, corners = count.astype(float), []
        shapes = study.schools.geometry.reindex(ids)
    edges, border, links = _tied(shapes, edges.reshape(-1, 2), border)
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    notes = _told(list(names), edges, links, corners)
    return edges[order], border[order], tuple(links), notes


def _border_metres(shapes: pd.Series, edges: Ints) -> Floats:
    import shapely

    polygons = np.asarray(shapes.array)
    shared = shapely.intersection(polygons[edges[:, 0]], polygons[edges[:, 1]])
    return np.asarray(shapely.length(shared), dtype=float)


def _corners(shapes: pd.Series, edges: Ints) -> list[tuple[int, int]]:
    """Pairs of polygons that touch without sharing a border."""
    import shapely

    polygons = np.asarray(shapes.array)
    if not (shapely.get_dimensions(polygons) == 2).all():
        return []
    a, b = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    known = {(int(i), int(j)) for i, j in edges}
    return [(int(i), int(j)) for i, j in zip(a, b, strict=True) if i < j and (int(i), int(j)) not in known]


def _tied(shapes: pd.Series, edges: Ints, border: Floats) -> tuple[Ints, Floats, list[tuple[int, int]]]:
    """Tie the pieces of the graph together by the shortest links, so that an island goes with the nearest shore."""
    import shapely
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(shapes)
    links: list[tuple[int, int]] = []
    points = np.asarray(shapes.array)
    while True:
        graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n, n))
        count, piece = connected_components(graph, directed=False)
        if count == 1:
            return edges, border, links
        sizes = np.bincount(piece)
        island = np.flatnonzero(piece == int(np.argmin(sizes)))
        others = np.flatnonzero(piece != int(np.argmin(sizes)))
        away = shapely.distance(points[island][:, None], points[others][None, :])
        i, j = np.unravel_index(int(np.argmin(away)), away.shape)
        link = (min(int(island[i]), int(others[j])), max(int(island[i]), int(others[j])))
        links.append(link)
        edges = np.concatenate([edges, [link]])
        border = np.concatenate([border, [np.nan]])


def _told(names: list[str], edges: Ints, links: list[tuple[int, int]], corners: list[tuple[int, int]]) -> list[Text]:
    def named(pairs: list[tuple[int, int]]) -> str:
        shown = "; ".join(f"{names[a]}–{names[b]}" for a, b in pairs[:12])
        return shown + (" …" if len(pairs) > 12 else "")

    notes = []
    if links:
        notes.append(
            Text(
                f"Islands, tied to the nearest unit: {named(links)}.", f"飞地或孤岛，并入最近单元相连：{named(links)}。"
            )
        )
    if corners:
        notes.append(
            Text(
                f"Touch in a corner only (under {SHORTEST_BORDER} m), so no neighbours: {named(corners)}.",
                f"仅在角点相接，不视为相邻：{named(corners)}。",
            )
        )
    degree = np.bincount(edges.ravel(), minlength=len(names))
    hanging = [int(u) for u in np.flatnonzero(degree == 1)]
    if hanging:
        other = {u: int(edges[(edges == u).any(axis=1)].sum()) - u for u in hanging}
        pairs = [(u, other[u]) for u in hanging]
        notes.append(
            Text(
                f"Enclaves and ends with one neighbour only, which they go with: {named(pairs)}.",
                f"只有一个相邻单元（随其划分）：{named(pairs)}。",
            )
        )
    return notes
