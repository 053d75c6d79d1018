"""Which places are neighbours: polygons that share a border, or for points the Gabriel graph."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

Pairs = npt.NDArray[np.int64]

SHORTEST_BORDER = 0.01
"""Metres two polygons must share: a corner that touches, or a rounding, makes no neighbours."""


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
        when they share a border of positive length (overlaps count, touching corners do not); points when no third
        point lies in the circle over their distance (Gabriel and Sokal 1969).
    """
    shapes = np.asarray(geometry.array)
    polygons = len(shapes) > 0 and (shapely.get_dimensions(shapes) == 2).all()
    pairs = border_pairs(shapes) if polygons else gabriel_pairs(shapely.get_coordinates(shapely.centroid(shapes)))
    ids = geometry.index.to_numpy()
    return pd.DataFrame({"place_a": ids[pairs[:, 0]], "place_b": ids[pairs[:, 1]]}, dtype="str")


def border_pairs(polygons: npt.NDArray[np.object_]) -> Pairs:
    """Find the pairs of polygons that share a border of positive length or overlap.

    Returns
    -------
    ndarray
        Shape (pairs, 2): positions, the smaller first, ascending.
    """
    tree = shapely.STRtree(polygons)
    a, b = tree.query(polygons, predicate="intersects")
    a, b = a[a < b], b[a < b]
    shared = shapely.intersection(polygons[a], polygons[b])
    # An overlap has an area, whose outline is as long as a border.
    real = shapely.length(shared) > SHORTEST_BORDER
    return _sorted(np.column_stack([a[real], b[real]]))


def gabriel_pairs(points: npt.NDArray[np.float64]) -> Pairs:
    """Find the edges of the Gabriel graph.

    Parameters
    ----------
    points
        Shape (points, 2). Points that coincide are neighbours of the first of them, which stands for all.

    Returns
    -------
    ndarray
        Shape (pairs, 2): positions, the smaller first, ascending.
    """
    distinct, first, stands_for = np.unique(points, axis=0, return_index=True, return_inverse=True)
    own = np.arange(len(points))
    leader = first[stands_for.ravel()]
    twins = np.column_stack([leader, own])[leader != own]
    edges = first[_gabriel_of_distinct(distinct)] if len(distinct) > 1 else np.empty((0, 2), dtype=np.int64)
    return _sorted(np.concatenate([edges.reshape(-1, 2), twins]))


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
