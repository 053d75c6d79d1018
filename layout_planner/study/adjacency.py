"""Which places are neighbours: polygons that share a border, or for points the Gabriel graph."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layout_planner.base.units import in_units

Pairs = npt.NDArray[np.int64]

SHORTEST_BORDER = 0.01
"""Metres two polygons must share: a corner that touches, or a rounding, makes no neighbours."""
_TOLERANCE = 0.5
"""Metres that a border may lie apart: a corner on the other side's edge is moved by rounding."""
_BEND, _MOST_TOLERANCE = 3.4e-8, 25.0
"""An edge straight in degrees bends in metres, by up to length² · tan φ / 8R; here for φ = 60°."""
_LEAST_NEAR = 20.0
"""Tolerances that two borders must run beside each other: where only corners meet they soon part."""
_PIECES = 40
"""Pieces of a border that are looked at one by one."""
_ROUNDING, _TAKEN = 1e-6, 0.1
"""Metres, and the share of the gap, that a third polygon must take to lie between two others."""
_MOST_TWIN_PAIRS = 20


@in_units()
def neighbours(geometry: gpd.GeoSeries) -> pd.DataFrame:
    """Find the pairs of neighbouring places.

    Parameters
    ----------
    geometry
        Points or polygons in metres; index place_id.

    Returns
    -------
    pd.DataFrame
        place_a, place_b: each pair once, the earlier place first, in the order of the index. Polygons are neighbours
        when they share a border of positive length (overlaps count, touching corners do not), also where the two
        sides were drawn with different corners; points when no third point lies in the circle over their distance
        (Gabriel and Sokal 1969), and points at one place with each other and with the neighbours of all.
    """
    shapes = np.asarray(geometry.array)
    polygons = len(shapes) > 0 and (shapely.get_dimensions(shapes) == 2).all()
    pairs = border_pairs(shapes) if polygons else gabriel_pairs(shapely.get_coordinates(shapely.centroid(shapes)))
    ids = geometry.index.to_numpy()
    return pd.DataFrame({"place_a": ids[pairs[:, 0]], "place_b": ids[pairs[:, 1]]}, dtype="str")


def border_pairs(polygons: npt.NDArray[np.object_], tolerant: bool = True) -> Pairs:
    """Find the pairs of polygons that share a border of positive length or overlap.

    Parameters
    ----------
    polygons
        In metres.
    tolerant
        Whether borders count that lie half a metre apart (more where edges are kilometres long), but run beside each
        other for twenty times as far with nothing between: a corner on the other's edge is never exactly on it.

    Returns
    -------
    ndarray
        Shape (pairs, 2): positions, the smaller first, ascending.
    """
    tree = shapely.STRtree(polygons)
    reach = _tolerances(polygons) if tolerant else np.zeros(len(polygons))
    a, b = tree.query(polygons, predicate="dwithin", distance=reach)
    a, b = _sorted(np.column_stack([a, b])[a != b]).T if len(a) else (a, b)
    once = np.ones(len(a), dtype=bool)
    once[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    a, b = a[once], b[once]
    shared = shapely.intersection(polygons[a], polygons[b])
    # An overlap has an area, whose outline is as long as a border.
    real = shapely.length(shared) > SHORTEST_BORDER
    if tolerant:
        rest = np.flatnonzero(~real)
        tolerance = np.maximum(reach[a], reach[b])[rest]
        near = _beside(polygons[a[rest]], polygons[b[rest]], tolerance)
        long = np.flatnonzero(shapely.length(near) > _LEAST_NEAR * tolerance)
        free = _free_length(near[long], a[rest[long]], b[rest[long]], tree)
        real[rest[long]] = free > _LEAST_NEAR * tolerance[long]
    return np.column_stack([a[real], b[real]])


def _tolerances(polygons: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    """Give for each polygon how far apart its borders may lie, by its longest edge."""
    xy, owner = shapely.get_coordinates(polygons, return_index=True)
    step = np.hypot(*np.diff(xy, axis=0).T)
    inside = owner[1:] == owner[:-1]
    longest = np.zeros(len(polygons))
    np.maximum.at(longest, owner[1:][inside], step[inside])
    return np.minimum(_TOLERANCE + _BEND * longest**2, _MOST_TOLERANCE)


def _beside(
    one: npt.NDArray[np.object_], other: npt.NDArray[np.object_], tolerance: npt.NDArray[np.float64]
) -> npt.NDArray[np.object_]:
    """Give for pairs of polygons the part of the first's outline that runs beside the other's."""
    if not len(one):
        return np.empty(0, dtype=object)
    west, south, east, north = shapely.bounds(other).T
    window = shapely.box(west - tolerance, south - tolerance, east + tolerance, north + tolerance)
    mine = shapely.intersection(shapely.boundary(one), window)
    west, south, east, north = shapely.bounds(one).T
    window = shapely.box(west - tolerance, south - tolerance, east + tolerance, north + tolerance)
    theirs = shapely.intersection(shapely.boundary(other), window)
    return np.asarray(shapely.intersection(mine, shapely.buffer(theirs, tolerance, quad_segs=2)), dtype=object)


def _free_length(
    near: npt.NDArray[np.object_], a: npt.NDArray[np.int64], b: npt.NDArray[np.int64], tree: shapely.STRtree
) -> npt.NDArray[np.float64]:
    """Measure how much of `near`, on the outline of polygon a, has no third polygon between it and polygon b.

    Two sharp corners that touch, or two sides of a narrow strip, run beside each other too; but there the space
    between belongs to another, while the gap of a drawing belongs to nobody.
    """
    lines, pair = shapely.get_parts(near, return_index=True)
    lines = shapely.segmentize(lines, np.maximum(shapely.length(near)[pair] / _PIECES, SHORTEST_BORDER))
    xy, line = shapely.get_coordinates(lines, return_index=True)
    inside = line[1:] == line[:-1]
    length = np.hypot(*np.diff(xy, axis=0).T)[inside]
    pair = pair[line[1:][inside]]
    middle = shapely.points(((xy[1:] + xy[:-1]) / 2)[inside])
    across = shapely.shortest_line(middle, tree.geometries[b[pair]])
    gap = shapely.length(across)
    piece, third = tree.query(across, predicate="intersects")
    others = (third != a[pair[piece]]) & (third != b[pair[piece]])
    piece, third = piece[others], third[others]
    taken = shapely.length(shapely.intersection(across[piece], tree.geometries[third]))
    free = np.ones(len(length), dtype=bool)
    free[piece[taken > np.maximum(_ROUNDING, _TAKEN * gap[piece])]] = False
    kept = np.bincount(pair[free], weights=length[free], minlength=len(near))
    return kept.astype(np.float64)  # whole numbers where nothing is weighed


def gabriel_pairs(points: npt.NDArray[np.float64]) -> Pairs:
    """Find the edges of the Gabriel graph.

    Parameters
    ----------
    points
        Shape (points, 2). Points that coincide are neighbours of each other, and of the neighbours of all of them.

    Returns
    -------
    ndarray
        Shape (pairs, 2): positions, the smaller first, ascending.
    """
    distinct, stands_for = np.unique(points, axis=0, return_inverse=True)
    edges = _gabriel_of_distinct(distinct) if len(distinct) > 1 else np.empty((0, 2), dtype=np.int64)
    if len(distinct) == len(points):
        return _sorted(np.argsort(stands_for.ravel())[edges])
    return _sorted(_of_twins(stands_for.ravel(), edges.reshape(-1, 2)))


def _of_twins(stands_for: npt.NDArray[np.int64], edges: Pairs) -> Pairs:
    """Turn the edges of distinct points into those of all points, and join points at one place."""
    order = np.argsort(stands_for, kind="stable")
    size = np.bincount(stands_for)
    start = np.concatenate([[0], np.cumsum(size)[:-1]])
    both = np.concatenate([edges, np.repeat(np.flatnonzero(size > 1), 2).reshape(-1, 2)])
    whole = size[both[:, 0]] * size[both[:, 1]]
    if whole.sum() > _MOST_TWIN_PAIRS * (len(stands_for) + len(edges)):  # heaps: each with the first of the next heap
        width = np.minimum(size, 1)
        pairs = [_product(order, start, size, width, both), _product(order, start, width, size, both)]
    else:
        pairs = [_product(order, start, size, size, both)]
    found = np.sort(np.concatenate(pairs), axis=1)
    return np.unique(found[found[:, 0] != found[:, 1]], axis=0)


def _product(
    order: npt.NDArray[np.int64],
    start: npt.NDArray[np.int64],
    wide: npt.NDArray[np.int64],
    high: npt.NDArray[np.int64],
    edges: Pairs,
) -> Pairs:
    """Pair the first `wide` members of one group with the first `high` of the other, for each edge between groups."""
    a, b = edges.T
    count = wide[a] * high[b]
    edge = np.repeat(np.arange(len(edges)), count)
    at = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.column_stack([order[start[a[edge]] + at // high[b[edge]]], order[start[b[edge]] + at % high[b[edge]]]])


def _gabriel_of_distinct(points: npt.NDArray[np.float64]) -> Pairs:
    from scipy.spatial import Delaunay, QhullError

    order = np.arange(len(points))
    chain = np.column_stack([order[:-1], order[1:]])  # np.unique has sorted them: along a line they are in order
    if len(points) == 2 or _collinear(points):
        return chain
    # Centred: far from the origin the lifted coordinates of qhull lose digits.
    centred = points - points.mean(axis=0)
    try:
        triangles = Delaunay(centred).simplices
    except QhullError:  # as good as collinear
        return chain
    corners = triangles[:, [[1, 2, 0], [2, 0, 1], [0, 1, 2]]].reshape(-1, 3)
    ends, opposite = np.sort(corners[:, :2], axis=1), corners[:, 2]
    # A Gabriel edge is a Delaunay edge whose opposite corners lie outside the circle over it: the angle there is sharp.
    # Differences of the given coordinates: exact where they are whole, so that a right angle is seen as one.
    to_a, to_b = points[ends[:, 0]] - points[opposite], points[ends[:, 1]] - points[opposite]
    blocked = np.einsum("ij,ij->i", to_a, to_b) <= 0
    edges, back = np.unique(ends, axis=0, return_inverse=True)
    free = np.ones(len(edges), dtype=bool)
    free[back.ravel()[blocked]] = False
    return edges[free]


def _collinear(points: npt.NDArray[np.float64]) -> bool:
    arms = points[1:] - points[0]
    longest = arms[np.argmax(np.hypot(arms[:, 0], arms[:, 1]))]
    cross = arms[:, 0] * longest[1] - arms[:, 1] * longest[0]
    return bool(np.all(np.abs(cross) <= 1e-12 * float(longest @ longest)))


def _sorted(pairs: npt.NDArray[np.int64]) -> Pairs:
    pairs = np.sort(np.asarray(pairs, dtype=np.int64).reshape(-1, 2), axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
