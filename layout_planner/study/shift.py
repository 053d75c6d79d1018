"""The Chinese map shifts: WGS 84 ↔ GCJ-02 (Amap, Tencent) ↔ BD-09 (Baidu), vectorised, with an exact inverse.

GCJ-02 has no EPSG code and no published inverse; the forward formula is the one in general use, which reproduces the
map services to within centimetres. The inverse is found by iteration: the shift changes so slowly (less than one part
in a hundred) that every round wins two digits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt

from layout_planner.base.arrays import Floats

Pair = tuple[Floats, Floats]
Datum = Literal["gcj02", "bd09"]

_AXIS = 6378245.0  # Krasovsky 1940, metres
_ECCENTRICITY2 = 0.00669342162296594323
_BOX = (72.004, 137.8347, 0.8293, 55.8271)  # outside it the services do not shift
_BAIDU = np.pi * 3000.0 / 180.0
_ROUNDS = 12
_ENOUGH = 1e-13  # degrees: 10 nanometres


def shift(lon: npt.ArrayLike, lat: npt.ArrayLike, to: Datum) -> Pair:
    """Shift WGS 84 coordinates as a map service does.

    Parameters
    ----------
    lon, lat
        Degrees, any shape.
    to
        "gcj02" or "bd09".

    Returns
    -------
    tuple of ndarray
        Shifted longitude and latitude, degrees.
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    x, y = _to_gcj(x, y)
    return _to_bd(x, y) if to == "bd09" else (x, y)


def unshift(lon: npt.ArrayLike, lat: npt.ArrayLike, frm: Datum) -> Pair:
    """Give WGS 84 coordinates back; the inverse of `shift` to better than 1e-5 m.

    Parameters
    ----------
    lon, lat
        Degrees, any shape.
    frm
        "gcj02" or "bd09".

    Returns
    -------
    tuple of ndarray
        Longitude and latitude in WGS 84, degrees.
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if frm == "bd09":
        x, y = _invert(_to_bd, x, y)
    back_x, back_y = _invert(_bend, x, y)
    # Near the border of the box a point may have come from inside it: what counts is where it came from.
    inside = _in_box(back_x, back_y)
    return np.where(inside, back_x, x), np.where(inside, back_y, y)


def is_shifted(lon: npt.ArrayLike, lat: npt.ArrayLike) -> bool:
    """Tell whether any of these points lies where the map services shift."""
    return bool(_in_box(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)).any())


def _invert(forward: Callable[[Floats, Floats], Pair], x: Floats, y: Floats) -> Pair:
    back_x, back_y = x.copy(), y.copy()
    for _ in range(_ROUNDS):
        there_x, there_y = forward(back_x, back_y)
        miss_x, miss_y = there_x - x, there_y - y
        back_x, back_y = back_x - miss_x, back_y - miss_y
        if max(np.max(np.abs(miss_x), initial=0.0), np.max(np.abs(miss_y), initial=0.0)) < _ENOUGH:
            break
    return back_x, back_y


def _in_box(lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    west, east, south, north = _BOX
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _to_gcj(lon: Floats, lat: Floats) -> Pair:
    there_lon, there_lat = _bend(lon, lat)
    inside = _in_box(lon, lat)
    return np.where(inside, there_lon, lon), np.where(inside, there_lat, lat)


def _bend(lon: Floats, lat: Floats) -> Pair:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    wave = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (
        wave
        + 20.0 * np.sin(y * np.pi)
        + 40.0 * np.sin(y / 3.0 * np.pi)
        + 160.0 * np.sin(y / 12.0 * np.pi)
        + 320.0 * np.sin(y * np.pi / 30.0)
    ) * (2.0 / 3.0)
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (
        wave
        + 20.0 * np.sin(x * np.pi)
        + 40.0 * np.sin(x / 3.0 * np.pi)
        + 150.0 * np.sin(x / 12.0 * np.pi)
        + 300.0 * np.sin(x / 30.0 * np.pi)
    ) * (2.0 / 3.0)
    phi = np.radians(lat)
    magic = 1.0 - _ECCENTRICITY2 * np.sin(phi) ** 2
    step_lat = np.degrees(north / ((_AXIS * (1.0 - _ECCENTRICITY2)) / (magic * np.sqrt(magic))))
    step_lon = np.degrees(east / (_AXIS / np.sqrt(magic) * np.cos(phi)))
    return lon + step_lon, lat + step_lat


def _to_bd(lon: Floats, lat: Floats) -> Pair:
    far = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BAIDU)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BAIDU)
    return far * np.cos(angle) + 0.0065, far * np.sin(angle) + 0.006
