"""Geometries small enough to travel inside a page: thinned, simplified, encoded as short texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layout_planner.base.arrays import Floats

Shapes = npt.NDArray[np.object_]

ROAD_RANKS = {
    **dict.fromkeys(("motorway", "trunk", "primary", "expressway", "national", "provincial"), 0),
    **dict.fromkeys(("secondary", "county"), 1),
    **dict.fromkeys(("tertiary", "town", "township"), 2),
}
"""Road class → how strong it is drawn, 0 the strongest; what is not here is a village road, 3."""

VILLAGE_ROAD = 3
ROAD_COLUMNS = ("class", "highway", "fclass", "kind", "type")
"""Columns that may hold the class of a road, the first that is there counts."""


def encode_line(lonlat: Floats) -> str:
    """Write a line as text: differences of 1e-5 degree (about 1 m), five bits a character.

    Parameters
    ----------
    lonlat
        Shape (n, 2), degrees.

    Returns
    -------
    str
        Printable ASCII without "<"; `decodeLine` in web/logic.js reads it.

    References
    ----------
    The encoded polyline format of Google's maps, latitude first.
    """
    whole = np.rint(np.asarray(lonlat)[:, ::-1] * 1e5).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel()
    text = []
    for value in ((steps << 1) ^ (steps >> 63)).tolist():  # zigzag: small numbers stay short, whatever the sign
        while value >= 32:
            text.append(chr((value & 31 | 32) + 63))
            value >>= 5
        text.append(chr(value + 63))
    return "".join(text)


def encode_parts(shapes: Iterable[object]) -> list[list[str]]:
    """Write each line or polygon as a list of encoded lines: its parts, or all its rings (filled even-odd)."""
    given = np.asarray(list(shapes), dtype=object)
    encoded: list[list[str]] = [[] for _ in given]
    if not len(given):
        return encoded
    lines = np.where(shapely.get_dimensions(given) == 2, shapely.boundary(given), given)
    parts, owner = shapely.get_parts(lines, return_index=True)
    if not len(parts):  # shapes that are missing, or empty
        return encoded
    coordinates, part = shapely.get_coordinates(parts, return_index=True)
    starts = np.searchsorted(part, np.arange(1, len(parts)))
    for shape, line in zip(owner.tolist(), np.split(coordinates, starts), strict=True):
        if len(line):
            encoded[shape].append(encode_line(line))
    return encoded


def degrees(shapes: Iterable[object], crs: object) -> Shapes:
    """Bring shapes from a metric CRS to longitude and latitude."""
    return np.asarray(gpd.GeoSeries(list(shapes), crs=crs).to_crs("EPSG:4326").to_numpy(), dtype=object)


def simplified(shapes: Shapes, budget: int, tolerance: float) -> Shapes:
    """Simplify until at most `budget` vertices are left, shared borders kept shared.

    Parameters
    ----------
    shapes
        Lines or polygons, in metres.
    budget
        Vertices all together.
    tolerance
        Metres to start with; doubled until the budget is met.
    """
    if not len(shapes):
        return shapes
    areal = shapely.get_dimensions(shapes).max() == 2
    simplify: Callable[..., Any] = shapely.coverage_simplify if areal else shapely.simplify
    slim = shapes
    while len(slim) and shapely.get_num_coordinates(slim).sum() > budget:
        slim = np.asarray(simplify(shapes, tolerance), dtype=object)
        tolerance *= 2
        if tolerance > 1e6:  # as small as these shapes get
            break
    return slim


def thinned_roads(roads: gpd.GeoDataFrame, features: int, vertices: int, tolerance: float) -> list[tuple[int, Shapes]]:
    """Choose the roads that make a readable background: strong classes first, within a class the longest first.

    Parameters
    ----------
    roads
        A line layer in metres; its class in one of `ROAD_COLUMNS`, or all alike.
    features, vertices
        How many lines and vertices may be kept.
    tolerance
        Metres by which a line may be simplified.

    Returns
    -------
    list of (rank, lines)
        Weakest rank first, the order to draw them in.
    """
    column = next((name for name in ROAD_COLUMNS if name in roads.columns), None)
    classes = roads[column].astype(str) if column else pd.Series("", index=roads.index)
    # "secondary_link" is as strong as what it links.
    rank = classes.str.removesuffix("_link").map(ROAD_RANKS).fillna(VILLAGE_ROAD).astype(int).to_numpy()
    kept: list[tuple[int, Shapes]] = []
    for level in range(VILLAGE_ROAD + 1):
        mine = np.asarray(roads.geometry.to_numpy()[rank == level], dtype=object)
        if not len(mine) or features <= 0 or vertices <= 0:
            continue
        lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shapely.get_parts(mine))))
        lines = shapely.simplify(lines, tolerance)
        lines = lines[np.argsort(-shapely.length(lines), kind="stable")]
        lines = lines[: min(features, int((shapely.get_num_coordinates(lines).cumsum() <= vertices).sum()))]
        features -= len(lines)
        vertices -= int(shapely.get_num_coordinates(lines).sum())
        kept.append((level, lines))
    return kept[::-1]


def shared_borders(polygons: Shapes) -> tuple[list[int], list[int], list[list[str]]]:
    """Find the lines along which polygons touch, so that the border of any union of them can be drawn.

    Parameters
    ----------
    polygons
        Longitude and latitude; borders count as shared where the vertices are the same.

    Returns
    -------
    tuple
        Position of one neighbour, of the other, and the encoded lines between them.
    """
    lines = shapely.boundary(polygons)
    parts, part_owner = shapely.get_parts(lines, return_index=True)
    parts, owner = shapely.get_parts(parts, return_index=True)
    coordinates, at = shapely.get_coordinates(parts, return_index=True)
    owner = part_owner[owner][at]
    points, number = np.unique(np.rint(coordinates * 1e5).astype(np.int64), axis=0, return_inverse=True)
    number = number.ravel()
    same = at[1:] == at[:-1]
    ends = np.sort(np.column_stack([number[:-1], number[1:]])[same], axis=1)
    frame = pd.DataFrame({"a": ends[:, 0], "b": ends[:, 1], "owner": owner[:-1][same]})
    frame = frame[frame["a"] != frame["b"]].drop_duplicates()
    pairs = frame.groupby(["a", "b"])["owner"].agg(["min", "max", "size"]).reset_index()
    pairs = pairs[pairs["size"] == 2]
    touching, pair = np.unique(pairs[["min", "max"]].to_numpy(), axis=0, return_inverse=True)
    order = np.argsort(pair.ravel(), kind="stable")
    steps = shapely.linestrings(points[pairs[["a", "b"]].to_numpy()[order]] / 1e5)
    whole = shapely.line_merge(shapely.multilinestrings(steps, indices=pair.ravel()[order])) if len(steps) else []
    return touching[:, 0].tolist(), touching[:, 1].tolist(), encode_parts(whole)
