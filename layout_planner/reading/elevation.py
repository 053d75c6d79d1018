"""What can be told of an elevation raster before anyone walks on it: whether it opens, lies here, and has voids."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layout_planner.base.messages import Text
from layout_planner.reading.faults import Faults
from layout_planner.study.heights import find_voids

_MOST_LOOKED_AT = 1_000


def check_elevation(path: Path, name: str, places: gpd.GeoDataFrame, faults: Faults) -> None:
    """Note what is wrong with an elevation raster, as warnings: only walking needs it.

    Parameters
    ----------
    path, name
        The raster, and how the study file names it.
    places
        The study's places: it should cover them.
    faults
        Collects the warnings.
    """
    from rasterio.errors import RasterioError

    def warn(en: str, zh: str, mend_en: str, mend_zh: str) -> None:
        faults.add(name, Text(en, zh), Text(mend_en, mend_zh), column="elevation", warn=True)

    try:
        crs, bounds, band = _look(path)
    except (RasterioError, OSError, ValueError) as error:
        warn(
            f"the elevation raster cannot be read ({error}).",
            f"高程栅格无法读取（{error}）。",
            "give a GeoTIFF; until then nothing knows of slopes.",
            "请提供 GeoTIFF；在此之前不计坡度。",
        )
        return
    grid = np.ma.filled(band.astype(np.float64), np.nan)
    untagged = find_voids(grid) & ~np.isnan(grid)
    if untagged.any():
        value = float(grid[untagged][0])
        share = float(untagged.mean())
        warn(
            f"{share:.2%} of the elevation raster is no height ({value:g}) though no tag says so; the nearest height "
            "was taken there.",
            f"高程栅格中 {share:.2%} 的像元不是高程（{value:g}）且未标为无数据，这些像元取最近的高程。",
            "save it with its nodata value, or fill the voids.",
            "请在栅格中写入无数据值，或先填补空洞。",
        )
    if crs is None:
        warn(
            "the elevation raster does not say its coordinate system.",
            "高程栅格未注明坐标系。",
            "save it with one.",
            "请写入坐标系后保存。",
        )
        return
    area = shapely.box(*places.to_crs(crs).total_bounds)
    if not shapely.intersects(shapely.box(*bounds), area):
        warn(
            "the elevation raster does not touch the places.",
            "高程栅格与居住点没有重叠。",
            "give one of this region.",
            "请提供本区域的高程。",
        )


def _look(path: Path) -> tuple[Any, tuple[float, float, float, float], np.ma.MaskedArray[Any, Any]]:
    """Give a raster's CRS, bounds and first band, of a large one every so many cells."""
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # told in our own words
        with rasterio.open(path) as raster:
            shape = min(raster.height, _MOST_LOOKED_AT), min(raster.width, _MOST_LOOKED_AT)
            return raster.crs, tuple(raster.bounds), raster.read(1, out_shape=shape, masked=True)
