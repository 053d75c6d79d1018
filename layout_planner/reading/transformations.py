"""How well one coordinate system can be turned into another: PROJ guesses where none has been published."""

from __future__ import annotations

import warnings
from functools import lru_cache

import numpy as np
import pyproj
from pyproj.transformer import AreaOfInterest, TransformerGroup

from layout_planner.base.messages import Text

DOUBTFUL = 5.0
"""Metres from which a transformation's accuracy is told."""
_EARTH_CENTRED = 6_378_137.0
"""Semi-major axis of WGS 84, CGCS2000, GRS 80: systems on it agree to a metre or two."""


@lru_cache(maxsize=64)
def find_doubt(own: pyproj.CRS, to: pyproj.CRS, lon: float, lat: float) -> Text | None:
    """Tell how far a transformation may be off.

    Parameters
    ----------
    own, to
        From and to.
    lon, lat
        About where, degrees.

    Returns
    -------
    Text or None
        A sentence where it is off by more than `DOUBTFUL`, or by nobody knows how much; else None.
    """
    if all(crs.ellipsoid and crs.ellipsoid.semi_major_metre == _EARTH_CENTRED for crs in (own, to)):
        return None
    if own.geodetic_crs is None or own.geodetic_crs.equals(to.geodetic_crs, ignore_axis_order=True):
        return None
    here = AreaOfInterest(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of grids that are not installed: what is left is told below
        best = TransformerGroup(own, to, always_xy=True, area_of_interest=here).transformers[:1]
    name, other = own.geodetic_crs.name, to.geodetic_crs.name if to.geodetic_crs is not None else to.name
    if best and best[0].accuracy > DOUBTFUL:
        off = best[0].accuracy
        return Text(
            f"{name} was turned into {other}, good to about {off:.0f} m.",
            f"{name} 转换为 {other}，精度约 {off:.0f} 米。",
        )
    if best and best[0].accuracy >= 0 and "ballpark" not in best[0].description.lower():
        return None
    least, most = _published(own.geodetic_crs, lon, lat)
    if most > 0:
        size = Text(
            f"by the published transformations to WGS 84 that is {least:.0f} to {most:.0f} m here",
            f"按已发布的该系至 WGS 84 的转换，此处相差 {least:.0f} 至 {most:.0f} 米",
        )
    else:
        size = Text("nothing is published; 50 to 150 m are common", "没有已发布的参数，通常相差 50 至 150 米")
    return Text(
        f"{name} was turned into {other} without a shift of the datum, for none is published: {size.en}.",
        f"{name} 与 {other} 之间没有已发布的基准转换，换算时未作平移：{size.zh}。",
    )


HOW = Text(
    "ask the survey office for the layer in CGCS2000, or transform it with local parameters first.",
    "请向测绘部门索取 CGCS2000 成果，或先用当地参数转换。",
)


def _published(own: pyproj.CRS, lon: float, lat: float) -> tuple[float, float]:
    """Give the least and most metres by which the published transformations move a point; 0 where there are none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        group = TransformerGroup(own, 4326, always_xy=True)
    moved = []
    for one in group.transformers:
        if one.accuracy < 0:
            continue
        x, y = one.transform(lon, lat)
        moved.append(float(np.hypot((x - lon) * 111_320 * np.cos(np.radians(lat)), (y - lat) * 110_950)))
    moved = [m for m in moved if np.isfinite(m)]
    return (min(moved), max(moved)) if moved else (0.0, 0.0)
