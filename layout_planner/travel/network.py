"""Roads as a network: nodes where lines meet, edges with class and length, points snapped onto edges."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layout_planner.base.arrays import Floats
from layout_planner.base.errors import TravelError
from layout_planner.base.messages import Text

Ints = npt.NDArray[np.int32]

CLASSES = ("motorway", "trunk", "secondary", "tertiary", "village", "path")
"""Road classes, widest first; a class not in the list is taken as a village road."""

FRAGMENT_SHARE = 0.01
"""A piece of network shorter than this share of the longest piece is a scrap of drawing: nothing is snapped to it."""


MILLIMETRE = 1e-3


@dataclass(frozen=True, eq=False)
class Network:
    """Roads as arrays. Nodes lie along a Morton curve, so that neighbours are near in memory.

    Parameters
    ----------
    xy
        Node coordinates, (n, 2), metres.
    tail, head
        First and last node of each edge, (m,).
    metres
        Length of each edge, (m,).
    lines
        The edges' LineStrings, drawn from tail to head, (m,).
    table
        What the road layer says of each edge, (m,) rows, index 0…m−1; `class` is always one of `CLASSES`.
    """

    xy: Floats
    tail: Ints
    head: Ints
    metres: Floats
    lines: npt.NDArray[np.object_]
    table: pd.DataFrame

    def flag(self, name: str) -> npt.NDArray[np.bool_]:
        """Tell which edges have a yes in a column; none where the layer lacks it."""
        if name not in self.table:
            return np.zeros(len(self.tail), dtype=bool)
        return truth(self.table[name])


@dataclass(frozen=True, eq=False)
class Snapped:
    """Points put on the nearest edge.

    Parameters
    ----------
    edge
        Position of the edge, (k,); −1 where a point has none.
    along
        Metres from the edge's tail to the foot, (k,).
    access
        Metres from the point to the foot, straight, (k,).
    """

    edge: Ints
    along: Floats
    access: Floats


def truth(column: pd.Series) -> npt.NDArray[np.bool_]:
    """Read a yes/no column as it comes from any file: true, 1, yes, 是; everything else is no."""
    if column.dtype == bool:
        return column.to_numpy()
    text = column.astype("string").str.strip().str.lower()
    return text.isin(("true", "1", "1.0", "yes", "y", "t", "是")).fillna(False).to_numpy(dtype=bool)


def build_network(roads: gpd.GeoDataFrame) -> Network:
    """Read a network off a line layer whose lines meet at shared end points.

    Parameters
    ----------
    roads
        LineStrings (or MultiLineStrings, taken apart) in a metric CRS; column `class`, optional `oneway`, `bridge`, …

    Raises
    ------
    TravelError
        There is not one line of positive length.
    """
    # Taking lines apart or flattening them copies every one: only where there is need.
    simple = bool((shapely.get_type_id(roads.geometry.to_numpy()) == 1).all())
    whole = roads if simple else roads.explode(ignore_index=True)
    lines = whole.geometry.to_numpy()
    good = (shapely.get_type_id(lines) == 1) & (shapely.length(lines) > 0)
    lines, table = lines[good], pd.DataFrame(whole.drop(columns=whole.geometry.name)).loc[good].reset_index(drop=True)
    if not len(lines):
        raise TravelError(
            str(Text("the road layer holds no line of positive length.", "道路图层中没有长度大于零的线。"))
        )
    if shapely.has_z(lines).any():
        lines = shapely.force_2d(lines)
    points, line = shapely.get_coordinates(lines, return_index=True)
    first = np.searchsorted(line, np.arange(len(lines)))
    ends = np.concatenate([points[first], points[np.r_[first[1:], len(points)] - 1]])
    # Millimetres: end points written by different programs differ in the last digits.
    rounded = np.round(ends, 3)
    keys, which = np.unique(rounded[:, 0] + 1j * rounded[:, 1], return_inverse=True)
    xy = np.column_stack([keys.real, keys.imag])
    order = _morton(xy)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    node: Ints = rank[which]
    given = table["class"] if "class" in table else pd.Series("village", index=table.index)
    codes = pd.Categorical(given, categories=list(CLASSES)).codes
    table["class"] = np.array([*CLASSES, "village"], dtype=object)[codes]  # −1, an unknown class, is the last
    return Network(xy[order], node[: len(lines)].copy(), node[len(lines) :].copy(), shapely.length(lines), lines, table)


def _morton(xy: Floats) -> npt.NDArray[np.intp]:
    """Order points along a Morton (Z) curve."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    cells = ((xy - low) / max(float((high - low).max()), 1e-9) * 65535).astype(np.uint64)
    code = np.zeros(len(xy), dtype=np.uint64)
    for axis in (0, 1):
        part = cells[:, axis]
        for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
            part = (part | (part << np.uint64(shift))) & np.uint64(mask)
        code |= part << np.uint64(axis)
    return np.argsort(code, kind="stable")


def snappable(network: Network, there: Floats, back: Floats) -> npt.NDArray[np.bool_]:
    """Tell which edges points may be put on: passable ones inside a piece of network worth the name.

    A piece is strongly connected (one can go and come back), so that a one-way stub at the border traps no one.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    go, come = np.isfinite(there), np.isfinite(back)
    starts = np.concatenate([network.tail[go], network.head[come]])
    stops = np.concatenate([network.head[go], network.tail[come]])
    n = len(network.xy)
    graph = coo_matrix((np.ones(len(starts), dtype=np.int8), (starts, stops)), shape=(n, n))
    _, piece = connected_components(graph, directed=True, connection="strong")
    inside = (go | come) & (piece[network.tail] == piece[network.head])
    length = np.bincount(piece[network.tail[inside]], weights=network.metres[inside], minlength=piece.max() + 1)
    if not inside.any():
        return go | come
    return inside & (length >= FRAGMENT_SHARE * length.max())[piece[network.tail]]


@dataclass(frozen=True, eq=False)
class EdgeTree:
    """Some of a network's edges, ready to be asked for the nearest: their positions, and a tree of their lines."""

    edge: npt.NDArray[np.intp]
    tree: shapely.STRtree


def edge_tree(network: Network, edges: npt.NDArray[np.bool_]) -> EdgeTree:
    """Make some edges ready to be asked for the nearest."""
    mine = np.flatnonzero(edges)
    return EdgeTree(mine, shapely.STRtree(network.lines[mine]))


def snap(
    network: Network, edges: EdgeTree, points: gpd.GeoSeries, barriers: npt.NDArray[np.object_] | None = None
) -> Snapped:
    """Put points on the nearest point of the nearest edge.

    Parameters
    ----------
    edges
        Which edges may be used.
    points
        In the network's CRS; empty and missing ones stay unsnapped.
    barriers
        Polygons the way to the road may not cross: where the nearest road lies beyond one, the nearest on this side
        is taken, up to `FARTHEST_ROAD`.
    """
    geoms = points.to_numpy()
    usable = ~(shapely.is_missing(geoms) | shapely.is_empty(geoms))
    edge = np.full(len(geoms), -1, dtype=np.int32)
    if usable.any() and len(edges.edge):
        which, nearest = edges.tree.query_nearest(geoms[usable], all_matches=False)
        rows = np.flatnonzero(usable)[which]
        edge[rows] = edges.edge[nearest]
        if barriers is not None and len(barriers):
            fence = shapely.STRtree(barriers)
            legs = shapely.shortest_line(geoms[rows], network.lines[edge[rows]])
            for row in rows[np.unique(fence.query(legs, predicate="intersects")[0])]:
                edge[row] = _nearest_this_side(network.lines, edges, fence, geoms[row])
    return _on_edges(network, geoms, edge)


FARTHEST_ROAD = 5000.0
"""Metres within which another road is looked for when a barrier cuts the nearest one off."""


def _nearest_this_side(
    lines: npt.NDArray[np.object_], edges: EdgeTree, fence: shapely.STRtree, point: shapely.Point
) -> int:
    """Find the nearest edge that no barrier cuts off (but those the point stands in); −1 where there is none."""
    around = set(fence.query(point, predicate="intersects").tolist())
    radius = 100.0
    while radius <= FARTHEST_ROAD:
        near = edges.edge[edges.tree.query(point, predicate="dwithin", distance=radius)]
        for edge in near[np.argsort(shapely.distance(lines[near], point), kind="stable")]:
            leg = shapely.shortest_line(point, lines[edge])
            if set(fence.query(leg, predicate="intersects").tolist()) <= around:
                return int(edge)
        radius *= 2
    return -1


def _on_edges(network: Network, geoms: npt.NDArray[np.object_], edge: Ints) -> Snapped:
    along, access = np.full(len(geoms), np.nan), np.full(len(geoms), np.nan)
    rows = np.flatnonzero(edge >= 0)
    lines, length = network.lines[edge[rows]], network.metres[edge[rows]]
    foot = shapely.line_locate_point(lines, geoms[rows])
    # At an edge's very end one stands on the node and may leave by every road that meets there.
    foot = np.where(foot < MILLIMETRE, 0.0, foot)
    along[rows] = np.where(length - foot < MILLIMETRE, length, foot)
    access[rows] = shapely.distance(lines, geoms[rows])
    return Snapped(edge, along, access)
