"""A population raster as places: its cells, or squares of several cells, that hold people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout_planner.base.errors import DataError, Fault
from layout_planner.base.messages import Text

RASTER_SUFFIXES = (".tif", ".tiff")
MOST_CELLS = 200_000_000
"""Cells of a raster; a larger one is to be cut to the region first."""


def read_population(path: Path, name: str, cell: float | None) -> tuple[pd.DataFrame, gpd.GeoSeries, Any]:
    """Read a raster of people a cell as a table of places.

    Parameters
    ----------
    path
        A GeoTIFF; its first band holds people a cell. No data and values of 0 or less are no people.
    name
        The file as the study names it, for faults.
    cell
        Side of the squares in metres (in a raster of degrees: about); None for the raster's own cells.

    Returns
    -------
    tuple
        place_id ("r<row>c<column>"), population; the centre of the people of each square; the CRS. No one is lost: the
        squares add up to the raster.

    Raises
    ------
    DataError
        It cannot be read, does not say its CRS, is turned or too large, or holds no people.
    """
    import rasterio
    from rasterio.errors import RasterioError

    def fault(en: str, zh: str, mend_en: str, mend_zh: str) -> DataError:
        return DataError([Fault(name, Text(en, zh), Text(mend_en, mend_zh))])

    try:
        with rasterio.open(path) as raster:
            crs, grid, shape = raster.crs, raster.transform, raster.shape
            if shape[0] * shape[1] > MOST_CELLS:
                raise fault("the raster is too large.", "栅格过大。", "cut it to the region.", "请先裁剪到区域范围。")
            people = np.ma.filled(raster.read(1, masked=True).astype(np.float64), 0.0)
    except RasterioError as error:
        raise fault(
            f"cannot be read as a raster ({error}).",
            f"无法作为栅格读取（{error}）。",
            "give a GeoTIFF.",
            "请提供 GeoTIFF。",
        ) from error
    if crs is None:
        raise fault("the raster has no CRS.", "栅格缺少坐标系。", "save it with one.", "请在保存时写入坐标系。")
    if grid.b or grid.d:
        raise fault("the raster is turned.", "栅格有旋转。", "warp it to north up.", "请重采样为正北朝上。")
    row, column = np.nonzero(np.isfinite(people) & (people > 0))
    if not len(row):
        raise fault("the raster holds no people.", "栅格中没有人口。", "choose another band or file.", "请更换文件。")
    amount = people[row, column]
    x, y = grid.c + (column + 0.5) * grid.a, grid.f + (row + 0.5) * grid.e
    wide, high = _cells_a_square(cell, abs(grid.a), abs(grid.e), crs, float(np.median(y)))
    keys = pd.DataFrame(
        {"row": row // high, "column": column // wide, "people": amount, "x": x * amount, "y": y * amount}
    )
    squares = keys.groupby(["row", "column"], sort=True).sum().reset_index()
    ids = "r" + squares["row"].astype(str) + "c" + squares["column"].astype(str)
    frame = pd.DataFrame({"place_id": ids.astype("str"), "population": squares["people"]})
    points = shapely.points(squares["x"] / squares["people"], squares["y"] / squares["people"])
    return frame, gpd.GeoSeries(points, crs=crs), crs


def _cells_a_square(cell: float | None, width: float, height: float, crs: Any, middle: float) -> tuple[int, int]:
    """Tell how many cells across and down make a square of the side asked for."""
    if cell is None:
        return 1, 1
    if crs.is_geographic:
        width, height = width * 111_320.0 * float(np.cos(np.radians(middle))), height * 110_540.0
    return max(1, round(cell / width)), max(1, round(cell / height))
