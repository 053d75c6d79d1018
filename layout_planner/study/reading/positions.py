"""Checks of position: repeated points, points outside their township, points far from all others. Warnings only."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
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
        points = np.asarray(shapes[name].representative_point().array)
        _warn_repeated(tables[name], points, faults)
        _warn_far(tables[name], points, faults)
        if "township_id" in tables[name].frame and len(townships):
            _warn_outside(tables[name], points, townships, faults)


def _warn_repeated(table: Table, points: np.ndarray, faults: Faults) -> None:
    key = "place_id" if table.name == "places" else "school_id" if table.name == "schools" else "site_id"
    xy = shapely.get_coordinates(points)
    _, first, back = np.unique(np.round(xy, 3), axis=0, return_index=True, return_inverse=True)
    leader = first[back.ravel()]
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
