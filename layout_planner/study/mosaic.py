"""Areas that tile a region: gaps closed, overlaps resolved, every border the same line on both sides.

Zones are unions of such areas. All boundaries are cut against each other once (noding) and the faces between them given
to the shapes they lie in; so neighbours share their vertices to the last digit, whatever the input was.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layout_planner.base.arrays import Positions
from layout_planner.study.adjacency import border_pairs

Shapes = npt.NDArray[np.object_]

GRID = 1e-3
"""Metres to which corners are rounded before borders are cut: what lies nearer is one point."""

SLIVER = 0.5
"""Metres: a face no wider than this (area over half its outline) is a drawing fault and goes to a neighbour."""


def tile(shapes: gpd.GeoSeries, outline: shapely.Geometry) -> gpd.GeoSeries:
    """Make polygons tile an outline.

    Parameters
    ----------
    shapes
        Polygons in metres. Where they overlap the earlier one has it; what none has goes to the neighbour with the
        longest common border.
    outline
        What is to be tiled; what lies outside is cut off.

    Returns
    -------
    GeoSeries
        On the same index. Together they are the outline; a shape wholly outside it (or under an earlier one) is empty.
    """
    given = np.asarray(shapes.array)
    if _tiles(given, outline):
        return shapes
    rounded = shapely.make_valid(shapely.set_precision(given, GRID))
    frame = shapely.set_precision(outline, GRID)
    lines = shapely.get_parts(shapely.boundary(np.append(rounded, frame)))
    faces = shapely.get_parts(shapely.polygonize([shapely.unary_union(lines)]))
    inner = shapely.point_on_surface(faces)
    inside = shapely.intersects(frame, inner)
    faces, inner = faces[inside], inner[inside]
    owner = first_around(inner, rounded)
    thin = shapely.area(faces) < SLIVER * shapely.length(faces) / 2
    owner[thin] = -1
    return gpd.GeoSeries(_joined(faces, settle(faces, owner), len(given)), index=shapes.index, crs=shapes.crs)


def grow_cells(
    seeds: npt.NDArray[np.float64], owner: Positions, points: gpd.GeoSeries, outline: shapely.Geometry
) -> gpd.GeoSeries:
    """Give each point the part of an outline that is nearest to its seeds.

    Parameters
    ----------
    seeds, owner
        Shape (seeds, 2), metres, and the position of the point each belongs to. The points themselves are always
        seeds, and need not be among them.
    points
        What gets a cell. Of points that coincide the first gets it, the others an empty one.
    outline
        What is to be tiled.

    Returns
    -------
    GeoSeries
        Polygons in one piece where the outline is, on the index of `points`: Voronoi cells of the seeds, joined by
        owner; a piece apart from its point goes to the neighbour with the longest common border.
    """
    own = shapely.get_coordinates(shapely.centroid(np.asarray(points.array)))
    xy = np.round(np.concatenate([own, seeds.reshape(-1, 2)]), 2)
    whose = np.concatenate([np.arange(len(own)), owner])
    distinct, first = np.unique(xy, axis=0, return_index=True)  # a point comes before its seeds, and before its twins
    whose = whose[first]
    if len(distinct) < 2:
        raw: Shapes = np.full(len(own), shapely.Polygon(), dtype=object)
        raw[whose[0]] = outline
        return gpd.GeoSeries(raw, index=points.index, crs=points.crs)
    reach = shapely.box(*shapely.total_bounds(np.append(shapely.points(distinct), outline)))
    cells = shapely.voronoi_polygons(shapely.multipoints(distinct), extend_to=reach.buffer(1.0), ordered=True)
    joined = _joined(shapely.get_parts(cells), whose, len(own))
    tiled = tile(gpd.GeoSeries(joined, index=points.index, crs=points.crs), outline)
    return _in_one_piece(tiled, shapely.points(own))


def dissolve(cells: gpd.GeoSeries, label: pd.Series) -> gpd.GeoSeries:
    """Join areas that bear the same label.

    Parameters
    ----------
    cells
        Areas that tile a region (`tile`, `grow_cells`).
    label
        On the same index; areas without a label are left out.

    Returns
    -------
    GeoSeries
        Index the labels in ascending order; a label whose areas do not touch has several parts.
    """
    named = label.reindex(cells.index).dropna()
    codes, names = pd.factorize(named, sort=True)
    shapes = _joined(np.asarray(cells.loc[named.index].array), codes.astype(np.intp), len(names))
    return gpd.GeoSeries(shapes, index=pd.Index(names, name=label.name), crs=cells.crs)


def settle(faces: Shapes, owner: Positions) -> Positions:
    """Give faces without an owner to the neighbour they share the longest border with, wave by wave.

    Parameters
    ----------
    faces
        Polygons that tile.
    owner
        Shape (faces,); −1 without. A face that touches none that has one keeps −1, unless none touches: then it goes
        to the nearest.

    Returns
    -------
    ndarray
        Shape (faces,).
    """
    owner = owner.copy()
    if not (owner < 0).any() or not (owner >= 0).any():
        return owner
    pairs = border_pairs(faces, tolerant=False)
    length = shapely.length(shapely.intersection(faces[pairs[:, 0]], faces[pairs[:, 1]]))
    both = np.concatenate([pairs, pairs[:, ::-1]])
    border = pd.DataFrame({"face": both[:, 0], "other": both[:, 1], "length": np.tile(length, 2)})
    while True:
        open_ = border[(owner[border["face"]] < 0) & (owner[border["other"]] >= 0)]
        if open_.empty:
            break
        sums = open_.assign(owner=owner[open_["other"]]).groupby(["face", "owner"])["length"].sum().reset_index()
        best = sums.sort_values(["face", "length", "owner"], ascending=[True, False, True]).drop_duplicates("face")
        owner[best["face"].to_numpy()] = best["owner"].to_numpy()
    left, known = np.flatnonzero(owner < 0), np.flatnonzero(owner >= 0)
    if len(left):  # an island of the outline with nothing on it
        tree = shapely.STRtree(faces[known])
        owner[left] = owner[known[tree.query_nearest(faces[left], all_matches=False)[1]]]
    return owner


def first_around(points: Shapes, shapes: Shapes) -> Positions:
    """Give for each point the position of the first shape it lies in or on the border of; −1 for none."""
    found = np.full(len(points), -1, dtype=np.intp)
    point, shape = shapely.STRtree(shapes).query(points, predicate="intersects")
    order = np.lexsort([-shape, point])
    found[point[order]] = shape[order]  # the first is written last
    return found


def _tiles(shapes: Shapes, outline: shapely.Geometry) -> bool:
    if not len(shapes) or not (shapely.get_dimensions(shapes) == 2).all() or not shapely.is_valid(shapes).all():
        return False
    if not shapely.coverage_is_valid(shapes):
        return False
    off = shapely.symmetric_difference(shapely.coverage_union_all(shapes), outline)
    return float(shapely.area(off)) < SLIVER * float(shapely.length(outline)) * 1e-3


def _joined(faces: Shapes, owner: Positions, count: int) -> Shapes:
    """Join faces by owner; who has none gets an empty polygon."""
    answer: npt.NDArray[np.object_] = np.full(count, shapely.Polygon(), dtype=object)
    order = np.argsort(owner, kind="stable")
    order = order[owner[order] >= 0]
    for group in np.split(order, np.flatnonzero(np.diff(owner[order])) + 1):
        if len(group):
            one = shapely.coverage_union_all(faces[group])
            parts = shapely.get_parts(one)
            answer[owner[group[0]]] = parts[0] if len(parts) == 1 else one
    return np.asarray(answer, dtype=object)


def _in_one_piece(cells: gpd.GeoSeries, points: Shapes) -> gpd.GeoSeries:
    parts, owner = shapely.get_parts(np.asarray(cells.array), return_index=True)
    if len(parts) == len(np.unique(owner)):
        return cells
    home = shapely.intersects(parts, points[owner])
    without = np.setdiff1d(owner, owner[home])  # a point outside the outline: its largest part is home
    for lost in without:
        mine = np.flatnonzero(owner == lost)
        home[mine[np.argmax(shapely.area(parts[mine]))]] = True
    settled = settle(parts, np.where(home, owner, -1))
    return gpd.GeoSeries(_joined(parts, settled, len(cells)), index=cells.index, crs=cells.crs)
