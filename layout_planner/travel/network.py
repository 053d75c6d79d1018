"""Roads as a network: nodes where lines meet, edges with class and length, points snapped onto edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layout_planner.base.arrays import Floats
from layout_planner.base.errors import TravelError
from layout_planner.base.messages import Text

Ints = npt.NDArray[np.int32]

CLASSES = ("motorway", "trunk", "secondary", "tertiary", "village", "path", "ferry")
"""Road classes, widest first; a class not in the list is taken as a village road."""

SCRAP_METRES = 50.0
"""A piece of network shorter than this is a scrap of drawing, unless a school stands on it."""

HARDLY_FARTHER = 50.0
"""Metres that another, larger piece of network may lie farther off than the nearest road and still be gone to, where
the nearest road does not lead to the school."""

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
        What the road layer says of each edge, (m,) rows, index 0…m−1; `class`, categorical, is always one of `CLASSES`.
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
    passed, passed_sites
        Points whose nearest road was passed over for another, (k,), and the sites of which that is true; None where
        nobody asked.
    """

    edge: Ints
    along: Floats
    access: Floats
    passed: npt.NDArray[np.bool_] | None = None
    passed_sites: npt.NDArray[np.bool_] | None = None

    def where(self, keep: npt.NDArray[np.bool_]) -> Snapped:
        """Take the others off the road."""
        return Snapped(
            np.where(keep, self.edge, -1).astype(np.int32),
            np.where(keep, self.along, np.nan),
            np.where(keep, self.access, np.nan),
        )

    def take(self, rows: npt.NDArray[np.intp]) -> Snapped:
        """Give some of the points."""
        return Snapped(self.edge[rows], self.along[rows], self.access[rows])


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
    xy, which = _identify(ends, table)
    order = _morton(xy)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    node: Ints = rank[which]
    given = table["class"] if "class" in table else pd.Series("village", index=table.index)
    known = pd.Categorical(given, categories=list(CLASSES))
    table["class"] = pd.Categorical.from_codes(
        np.where(known.codes < 0, CLASSES.index("village"), known.codes), dtype=known.dtype
    )
    return Network(xy[order], node[: len(lines)].copy(), node[len(lines) :].copy(), shapely.length(lines), lines, table)


def _identify(ends: Floats, table: pd.DataFrame) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Tell which end points are one node: those with the same id, and without ids those at the same place.

    Returns
    -------
    tuple
        The nodes' coordinates, those of the first end point of each, and the node of each end point.
    """
    # Millimetres: end points written by different programs differ in the last digits. A node itself lies where a line
    # ends, to the last digit: a village on it would else have half a millimetre to walk to the road.
    key = _millimetres(ends)
    if not {"from_node", "to_node"} <= set(table):
        first, which = _alike(key)
        return ends[first], which
    told = pd.concat([table["from_node"], table["to_node"]], ignore_index=True)
    known = told.notna().to_numpy()
    first, by_id = _alike(told[known].to_numpy(dtype=np.int64))
    at, by_place = _alike(key[~known])
    which = np.empty(len(ends), dtype=np.intp)
    which[known], which[~known] = by_id, len(first) + by_place
    return np.vstack([ends[known][first], ends[~known][at]]), which


def _millimetres(xy: Floats) -> npt.NDArray[Any]:
    """Give one number a place, to the millimetre: a whole one, which hashes fast, up to a continent."""
    x, y = (np.rint(column * 1000) for column in xy.T)  # column by column: numpy is slow along rows of two
    x, y = x - x.min(), y - y.min()
    high = y.max() + 1
    if (x.max() + 1) * high < 2**62:
        return x.astype(np.int64) * int(high) + y.astype(np.int64)
    return x + 1j * y


def _alike(keys: npt.NDArray[Any]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Give where each key comes first, in the keys' order, and which of those each is: `np.unique`, by hashing."""
    codes, kinds = pd.factorize(keys)
    first = np.empty(len(kinds), dtype=np.intp)
    first[codes[::-1]] = np.arange(len(keys))[::-1]  # the first of each is written last
    order = np.argsort(kinds, kind="stable")
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return first[order], rank[codes]


def split_ends(network: Network, own: npt.NDArray[np.bool_]) -> Network:
    """Take some ends of edges off their node, so that nobody passes there.

    Parameters
    ----------
    own
        Which ends, tail and head, (m, 2).
    """
    if not own.any():
        return network
    n = len(network.xy)
    node = np.column_stack([network.tail, network.head])
    xy = np.vstack([network.xy, network.xy[node[own]]])
    node[own] = n + np.arange(int(own.sum()), dtype=np.int32)
    tail, head = np.ascontiguousarray(node[:, 0]), np.ascontiguousarray(node[:, 1])
    return Network(xy, tail, head, network.metres, network.lines, network.table)


def _morton(xy: Floats) -> npt.NDArray[np.intp]:
    """Order points along a Morton (Z) curve."""
    low = [column.min() for column in xy.T]
    span = max(1e-9, *(float(column.max() - least) for column, least in zip(xy.T, low, strict=True)))
    code = np.zeros(len(xy), dtype=np.uint64)
    for axis in (0, 1):
        part = ((xy[:, axis] - low[axis]) / span * 65535).astype(np.uint64)
        for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
            part = (part | (part << np.uint64(shift))) & np.uint64(mask)
        code |= part << np.uint64(axis)
    return np.argsort(code, kind="stable")


@dataclass(frozen=True, eq=False)
class Pieces:
    """The pieces a network falls into for one mode.

    Parameters
    ----------
    piece
        Which piece each edge belongs to, −1 where it is open to no one or leads only one way between pieces, (m,).
    metres
        The length of each piece.
    """

    piece: Ints
    metres: Floats


def pieces_of(
    network: Network, there: npt.NDArray[np.bool_], back: npt.NDArray[np.bool_], ends_only: npt.NDArray[np.bool_]
) -> Pieces:
    """Tell which piece of network each edge lies in.

    A piece is strongly connected (one can go and come back), so that a one-way stub at the border traps no one. Roads
    open to those only who begin or end there hold no pieces together: they belong to the longest one they touch.

    Parameters
    ----------
    there, back
        Which edges are open from tail to head, and from head to tail, (m,).
    ends_only
        Which are open only to those who begin or end on them, (m,).
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n, m = len(network.xy), len(network.tail)

    def parts(go: npt.NDArray[np.bool_], come: npt.NDArray[np.bool_], connection: str) -> npt.NDArray[np.int32]:
        starts = np.concatenate([network.tail[go], network.head[come]])
        stops = np.concatenate([network.head[go], network.tail[come]])
        graph = coo_matrix((np.ones(len(starts), dtype=np.int8), (starts, stops)), shape=(n, n))
        return connected_components(graph, directed=True, connection=connection)[1]

    public = ~ends_only
    of_node = parts(there & public, back & public, "strong")
    inside = (there | back) & public & (of_node[network.tail] == of_node[network.head])
    piece = np.where(inside, of_node[network.tail], -1)
    length = np.bincount(piece[inside], weights=network.metres[inside], minlength=n)
    mine = np.flatnonzero((there | back) & ends_only)
    if len(mine):
        cluster = parts((there | back) & ends_only, np.zeros(m, dtype=bool), "weak")
        best = np.full(n, -1)
        node = np.concatenate([network.tail[mine], network.head[mine]])
        order = np.argsort(length[of_node[node]], kind="stable")  # the longest is written last
        best[cluster[node[order]]] = np.where(length[of_node[node[order]]] > 0, of_node[node[order]], -1)
        piece[mine] = best[cluster[network.tail[mine]]]
        alone = mine[piece[mine] < 0]
        piece[alone] = n + cluster[network.tail[alone]]
    used, piece[piece >= 0] = np.unique(piece[piece >= 0], return_inverse=True)
    within = piece >= 0
    metres = np.bincount(piece[within], weights=network.metres[within], minlength=len(used))
    return Pieces(piece.astype(np.int32), metres.astype(np.float64))


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


def snap_apart(
    network: Network,
    edges: EdgeTree,
    pieces: Pieces,
    points: gpd.GeoSeries,
    found: Snapped,
    barriers: npt.NDArray[np.object_] | None = None,
) -> Snapped:
    """Put points that lie on a small piece of network on a longer one near by as well.

    Parameters
    ----------
    points, found
        Points, and where they were put.
    barriers
        What the way to the road may not cross.

    Returns
    -------
    Snapped
        On the longest piece within `HARDLY_FARTHER` of the nearest road; from a scrap (`SCRAP_METRES`), where there is
        none, on the nearest road of a longer piece, however far. Edge −1 where the nearest road is best.
    """
    geoms = points.to_numpy()
    edge = np.full(len(geoms), -1, dtype=np.int32)
    none = Snapped(edge, np.full(len(geoms), np.nan), np.full(len(geoms), np.nan))
    length = np.append(pieces.metres, 0.0)  # the last is for what lies in no piece
    mine = length[np.where(found.edge >= 0, pieces.piece[found.edge], -1)]
    rows = np.flatnonzero((found.edge >= 0) & (mine < length.max()))
    if not len(rows):
        return none
    which, near = edges.tree.query(geoms[rows], predicate="dwithin", distance=found.access[rows] + HARDLY_FARTHER)
    of_edge = length[pieces.piece[edges.edge]]
    which, near = which[of_edge[near] > mine[rows[which]]], near[of_edge[near] > mine[rows[which]]]
    away = shapely.distance(geoms[rows[which]], network.lines[edges.edge[near]])
    order = np.lexsort((away, -of_edge[near], which))
    first = order[np.unique(which[order], return_index=True)[1]]
    edge[rows[which[first]]] = edges.edge[near[first]]
    scrap = rows[(edge[rows] < 0) & (mine[rows] < SCRAP_METRES)]
    longer = of_edge >= min(SCRAP_METRES, float(length.max()))
    if len(scrap) and longer.any():
        rest = EdgeTree(edges.edge[longer], shapely.STRtree(network.lines[edges.edge[longer]]))
        at, nearest = rest.tree.query_nearest(geoms[scrap], all_matches=False)
        edge[scrap[at]] = rest.edge[nearest]
    if barriers is not None and len(barriers):
        put = np.flatnonzero(edge >= 0)
        legs = shapely.shortest_line(geoms[put], network.lines[edge[put]])
        edge[put[np.unique(shapely.STRtree(barriers).query(legs, predicate="intersects")[0])]] = -1
    return _on_edges(network, geoms, edge)
