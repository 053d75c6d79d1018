"""Checks of position: repeated points, points outside their township, points far from all others. Warnings only."""

from __future__ import annotations

from functools import partial

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from layout_planner.base.arrays import Floats
from layout_planner.base.messages import Text
from layout_planner.reading.faults import Faults, Table

FAR_OUT = 5.0
"""A place this many times farther from the middle than nine in ten of all, and …"""

AWAY_METRES = 50_000.0
"""A school or a place with nobody so near is looked at."""

ABROAD_METRES = 500_000.0
"""… and with nobody so near is looked at even where all others are few and far apart."""

FAR_METRES = 30_000.0
"""… at least so many metres, is looked at."""

_POINTS = ("places", "schools", "sites")
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
    middle = {name: middles(np.asarray(shapes[name].array)) for name in _POINTS if name in shapes}
    away = _warn_away(tables, middle, faults)
    for name, points in middle.items():
        _warn_repeated(tables[name], points, faults)
        _warn_far(tables[name], points, away.get(name), faults)
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


def _warn_away(
    tables: dict[str, Table], points: dict[str, np.ndarray], faults: Faults
) -> dict[str, npt.NDArray[np.bool_]]:
    """Note schools, sites and places far from every other place (a place: also from every school), in km.

    Returns
    -------
    dict
        Table → which of its rows were told.
    """
    told: dict[str, npt.NDArray[np.bool_]] = {}
    if "places" not in points:
        return told
    at = {name: shapely.get_coordinates(one) for name, one in points.items()}
    usual: float | None = None
    for name, xy in at.items():
        others = at["places"] if name != "places" else np.vstack([at["places"], at.get("schools", at["places"][:0])])
        alone = _alone(xy, others, 2 if name == "places" else 1)
        if not len(alone):
            continue
        usual = _usual_gap(at["places"]) if usual is None else usual
        # Of itself a place is the nearest; what stands on the same spot tells nothing either.
        found = cKDTree(others).query(xy[alone], k=min(len(others), 2 if name == "places" else 1))[0]
        gap = np.zeros(len(xy))
        gap[alone] = found.reshape(len(alone), -1)[:, -1]
        far = gap > min(max(AWAY_METRES, FAR_OUT * usual), ABROAD_METRES)
        if not far.any() or (name == "places" and far.all()):
            continue
        told[name] = far
        column = next((c for c in ("lon", "x") if c in tables[name].header_of), "geometry")
        en, zh = ("place", "居住点") if name != "places" else ("other place or school", "其他居住点或学校")
        faults.rows(
            tables[name], far, column,
            partial(_away, gap, en, zh),
            _LOOK, warn=True,
        )  # fmt: skip
    return told


def _alone(xy: np.ndarray, others: np.ndarray, least: int) -> npt.NDArray[np.intp]:
    """Give the rows in whose square there are fewer than so many others: who shares one is near, whatever else is."""
    corner = np.minimum(xy.min(axis=0), others.min(axis=0))
    side = AWAY_METRES / np.sqrt(2.0)
    mine, theirs = (((one - corner) // side).astype(np.int64) for one in (xy, others))
    width = int(max(mine[:, 1].max(), theirs[:, 1].max())) + 1
    squares, count = np.unique(theirs[:, 0] * width + theirs[:, 1], return_counts=True)
    keys = mine[:, 0] * width + mine[:, 1]
    at = np.minimum(np.searchsorted(squares, keys), len(squares) - 1)
    there = np.where(squares[at] == keys, count[at], 0)
    return np.flatnonzero(there < least)


def _usual_gap(places: np.ndarray) -> float:
    """Give the median way from a place to the next."""
    homes = np.unique(places, axis=0)
    return float(np.median(cKDTree(homes).query(homes, k=2)[0][:, 1])) if len(homes) > 1 else 0.0


def _away(gap: Floats, en: str, zh: str, at: int) -> Text:
    return Text(f"{gap[at] / 1000:,.0f} km from the nearest {en}.", f"距最近的{zh} {gap[at] / 1000:,.0f} 公里。")


def _warn_repeated(table: Table, points: np.ndarray, faults: Faults) -> None:
    key = "place_id" if table.name == "places" else "school_id" if table.name == "schools" else "site_id"
    at = _places_at(shapely.get_coordinates(points))
    first = np.full(at.max(initial=-1) + 1, len(at), dtype=np.int64)
    np.minimum.at(first, at, np.arange(len(at)))
    leader = first[at]
    again = leader != np.arange(len(at))
    later = np.flatnonzero(again)  # of a million places few stand at one point: only their ids are looked at
    ids = table.frame[key]
    again[later] = ids.iloc[later].to_numpy(dtype=object) != ids.iloc[leader[later]].to_numpy(dtype=object)

    def told(position: int) -> Text:
        row = int(table.raw.rows[leader[position]])
        return Text(f"the same point as in row {row}.", f"与第 {row} 行坐标相同。")

    faults.rows(table, again, key, told, _LOOK, warn=True)


def _warn_far(table: Table, points: np.ndarray, told_already: npt.NDArray[np.bool_] | None, faults: Faults) -> None:
    xy = shapely.get_coordinates(points)
    if len(xy) < 10:
        return
    gap = np.hypot(*(xy - np.median(xy, axis=0)).T)
    far = (gap > FAR_OUT * np.quantile(gap, 0.9)) & (gap > FAR_METRES)
    if told_already is not None:
        far &= ~told_already
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
