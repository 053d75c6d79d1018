"""Checks of position: repeated points, points outside their township, points far from all others. Warnings only."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout_planner.base.messages import Text
from layout_planner.study.reading.faults import Faults, Table

FAR_OUT = 5.0
"""A place this many times farther from the middle than nine in ten of all, and …"""

FAR_METRES = 30_000.0
"""… at least so many metres, is looked at."""

_LOOK = Text("look at it on a map.", "请在地图上核对。")


def check_positions(
    tables: dict[str, Table], shapes: dict[str, gpd.GeoSeries], townships: gpd.GeoDataFrame, faults: Faults
) -> None:
    """Note positions that are possible but not likely.

    Parameters
    ----------
    tables, shapes
        The tables and their shapes in the study's CRS, row for row.
    townships
        Index township_id, polygons where known.
    faults
        Collects the warnings.
    """
    for name in ("places", "schools", "sites"):
        if name not in shapes:
            continue
        points = middles(np.asarray(shapes[name].array))
        _warn_repeated(tables[name], points, faults)
        _warn_far(tables[name], points, faults)
        if "township_id" in tables[name].frame and len(townships):
            _warn_outside(tables[name], points, townships, faults)


def middles(shapes: np.ndarray) -> np.ndarray:
    """Give a point inside each shape; points are their own, and a million of them are not made anew."""
    if (shapely.get_type_id(shapes) <= 0).all():  # points, or none
        return shapes
    return np.asarray(shapely.point_on_surface(shapes))


def _places_at(xy: np.ndarray) -> np.ndarray:
    """Number places by their coordinates, to the millimetre: rows at one place share a number."""
    if not len(xy):
        return np.zeros(0, dtype=np.int64)
    cells = np.round((xy - xy.min(axis=0)) * 1000).astype(np.int64)
    width = int(cells[:, 1].max()) + 1
    if int(cells[:, 0].max()) * width < 2**62:
        return np.asarray(pd.factorize(cells[:, 0] * width + cells[:, 1])[0])
    return np.asarray(np.unique(cells, axis=0, return_inverse=True)[1].ravel())


def _warn_repeated(table: Table, points: np.ndarray, faults: Faults) -> None:
    key = "place_id" if table.name == "places" else "school_id" if table.name == "schools" else "site_id"
    at = _places_at(shapely.get_coordinates(points))
    first = np.full(at.max(initial=-1) + 1, len(at), dtype=np.int64)
    np.minimum.at(first, at, np.arange(len(at)))
    leader = first[at]
    ids = table.frame[key].to_numpy(dtype=object)
    again = ids != ids[leader]

    def told(position: int) -> Text:
        row = int(table.raw.rows[leader[position]])
        return Text(f"the same point as in row {row}.", f"与第 {row} 行坐标相同。")

    faults.rows(table, again, key, told, _LOOK, warn=True)


def _warn_far(table: Table, points: np.ndarray, faults: Faults) -> None:
    xy = shapely.get_coordinates(points)
    if len(xy) < 10:
        return
    gap = np.hypot(*(xy - np.median(xy, axis=0)).T)
    far = (gap > FAR_OUT * np.quantile(gap, 0.9)) & (gap > FAR_METRES)
    column = next((c for c in ("lon", "x") if c in table.header_of), "geometry")
    faults.rows(
        table,
        far,
        column,
        lambda at: Text(
            f"{gap[at] / 1000:,.0f} km from the middle of the region.", f"距区域中心 {gap[at] / 1000:,.0f} 公里。"
        ),
        _LOOK,
        warn=True,
    )


def _warn_outside(table: Table, points: np.ndarray, townships: gpd.GeoDataFrame, faults: Faults) -> None:
    at = townships.index.get_indexer(table.frame["township_id"])
    outlines = np.asarray(townships.geometry.array)
    outside = np.zeros(len(points), dtype=bool)
    xy = shapely.get_coordinates(points)
    for i in np.unique(at[at >= 0]):
        if outlines[i] is None:
            continue
        mine = np.flatnonzero(at == i)
        shapely.prepare(outlines[i])
        outside[mine] = ~shapely.intersects_xy(outlines[i], xy[mine, 0], xy[mine, 1])
    if not outside.any():
        return
    # On the border itself a rounding decides: only what lies clearly outside is named.
    where = np.flatnonzero(outside)
    gap = shapely.distance(points[where], outlines[at[where]])
    clear = where[gap > 50.0]
    metres = dict(zip(where.tolist(), gap.tolist(), strict=True))
    faults.rows(
        table,
        clear,
        "township_id",
        lambda p: Text(f"{metres[p]:,.0f} m outside this township.", f"位于该乡镇界外 {metres[p]:,.0f} 米。"),
        Text("correct the township or the coordinates.", "请更正乡镇或坐标。"),
        warn=True,
    )
