"""Longitude and latitude exchanged, or a sign lost: told by where everything else of the study lies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from layout_planner.base.messages import Text
from layout_planner.reading.coordinates import degrees_of
from layout_planner.reading.faults import Faults, Table

Floats = npt.NDArray[np.float64]

_APART = 3.0
"""Degrees: a county is smaller."""
_NEAR = 1.0
_MOST_ASTRAY = 0.34
_FEW_ROWS = 12

_TURNS: tuple[tuple[Callable[[Floats, Floats], tuple[Floats, Floats]], Text], ...] = (
    (lambda lon, lat: (lat, lon), Text("with longitude and latitude exchanged", "对调经度与纬度后")),
    (lambda lon, lat: (-lon, lat), Text("with the other sign of the longitude", "经度变号后")),
    (lambda lon, lat: (lon, -lat), Text("with the other sign of the latitude", "纬度变号后")),
    (lambda lon, lat: (-lon, -lat), Text("with the other signs of both", "经度、纬度都变号后")),
    (lambda lon, lat: (-lat, lon), Text("exchanged and with the other sign of the longitude", "对调并使经度变号后")),
    (lambda lon, lat: (lat, -lon), Text("exchanged and with the other sign of the latitude", "对调并使纬度变号后")),
    (lambda lon, lat: (-lat, -lon), Text("exchanged and with the other signs of both", "对调并都变号后")),
)


def check_axes(tables: dict[str, Table], faults: Faults) -> None:
    """Note tables, and rows of a table, that lie far from the rest and would lie among it once turned.

    Parameters
    ----------
    tables
        Those that have been located are looked at.
    faults
        Collects the errors.
    """
    at = {name: _lonlat(table) for name, table in tables.items() if table.is_located}
    at = {name: xy for name, xy in at.items() if np.isfinite(xy).all(axis=1).any()}
    turned = _check_tables(tables, at, faults)
    rest = {name: xy for name, xy in at.items() if name not in turned}
    # A few places alone tell no middle: schools and roads stand among them.
    points = {name: xy for name, xy in rest.items() if tables[name].raw.geometry is None} or rest
    together = np.vstack([*points.values()]) if points else np.empty((0, 2))
    for name, xy in rest.items():
        few = np.isfinite(xy).all(axis=1).sum() < _FEW_ROWS and name in points
        _check_rows(tables[name], xy, together if few else xy, faults)


def _lonlat(table: Table) -> Floats:
    west, south, east, north = table.bounds.T
    lon, lat = degrees_of(table.crs).transform((west + east) / 2, (south + north) / 2)
    xy = np.column_stack([lon, lat])
    xy[~np.isfinite(xy).all(axis=1)] = np.nan
    return xy


def _middle(xy: Floats) -> Floats:
    return np.asarray(np.nanmedian(xy, axis=0))


def _check_tables(tables: dict[str, Table], at: dict[str, Floats], faults: Faults) -> set[str]:
    """Compare the middle of each table with those of the others; what is turned stands alone."""
    middles = {name: _middle(xy) for name, xy in at.items()}
    found: set[str] = set()
    # Columns are doubted before layers, which bring their own system, and the places last.
    order = sorted(middles, key=lambda name: (tables[name].raw.geometry is not None, name == "places", len(at[name])))
    for name in order:
        others = np.array([m for other, m in middles.items() if other != name and other not in found])
        if not len(others) or (np.abs(others - middles[name]).max(axis=1) < _APART).any():
            continue
        rest = np.median(others, axis=0)
        how = _turn(middles[name][None, :], rest)[0]
        if how is None:
            continue
        found.add(name)
        km = _kilometres(middles[name], rest)
        told = Text(
            f"its rows lie {km:,.0f} km from the rest of the study; {how.en} they would be among it.",
            f"本表各行距研究的其余部分 {km:,.0f} 公里；{how.zh}即与其一致。",
        )
        mend = Text("correct the coordinates, here or in the other tables.", "请更正本表或其他表的坐标。")
        column = next((c for c in ("lon", "x") if c in tables[name].header_of), "geometry")
        faults.add(tables[name].file, told, mend, column=tables[name].header_of.get(column, column))
    return found


def _check_rows(table: Table, xy: Floats, among: Floats, faults: Faults) -> None:
    """Note rows that lie far from the middle of those they are held against, and near it once turned."""
    if np.isfinite(among).all(axis=1).sum() < 3:
        return
    middle = _middle(among)
    with np.errstate(invalid="ignore"):
        astray = np.abs(xy - middle).max(axis=1) > _APART
        if not astray.any() or (np.abs(among - middle).max(axis=1) > _APART).mean() > _MOST_ASTRAY:
            return
    how = {int(i): one for i, one in zip(np.flatnonzero(astray), _turn(xy[astray], middle), strict=True) if one}

    def told(at: int) -> Text:
        km = _kilometres(xy[at], middle)
        return Text(
            f"{km:,.0f} km from the other rows; {how[at].en} it would be among them.",
            f"距其他各行 {km:,.0f} 公里；{how[at].zh}即与其一致。",
        )

    column = next((c for c in ("lon", "x") if c in table.header_of), "geometry")
    mend = Text("correct the coordinates.", "请更正坐标。")
    faults.rows(table, np.array(sorted(how), dtype=np.int64), column, told, mend)


def _turn(xy: Floats, middle: Floats) -> list[Text | None]:
    """Tell for each point which turn brings it near the middle; None where none does."""
    found: list[Text | None] = [None] * len(xy)
    for turn, words in reversed(_TURNS):
        lon, lat = turn(xy[:, 0], xy[:, 1])
        near = np.maximum(np.abs(lon - middle[0]), np.abs(lat - middle[1])) < _NEAR
        found = [words if close else old for close, old in zip(near, found, strict=True)]
    return found


def _kilometres(one: Floats, other: Floats) -> float:
    a, b = np.radians(one), np.radians(other)
    cosine = np.sin(a[1]) * np.sin(b[1]) + np.cos(a[1]) * np.cos(b[1]) * np.cos(a[0] - b[0])
    return float(6371.0 * np.arccos(np.clip(cosine, -1, 1)))
