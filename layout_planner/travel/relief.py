"""Heights along roads, from an elevation raster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

from layout_planner.base.arrays import Floats
from layout_planner.base.errors import TravelError
from layout_planner.base.messages import Text
from layout_planner.study.heights import find_voids
from layout_planner.travel.network import Network

if TYPE_CHECKING:
    from rasterio import DatasetReader

LEAST_STEP = 20.0
"""Metres between samples at the least: a finer raster than this shows walls and hedges, not the road."""


@dataclass(frozen=True, eq=False)
class Heights:
    """Heights along every edge, at both ends and in equal steps between.

    Parameters
    ----------
    start
        Samples of edge e are start[e]:start[e+1], at least two, (m+1,).
    height
        Metres above the sea.
    outside
        Share of the samples that lie off the raster, where the nearest height inside was taken.
    """

    start: npt.NDArray[np.int64]
    height: Floats
    outside: float

    def slopes(self, metres: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Give rise over run of every step, from tail to head, and the edge each step belongs to."""
        steps = np.diff(self.start) - 1
        edge = np.repeat(np.arange(len(steps)), steps)
        from_ = np.arange(len(edge)) + edge  # each edge has one sample more than steps
        return (self.height[from_ + 1] - self.height[from_]) / (metres / steps)[edge], edge


def flat(edges: int) -> Heights:
    """Give heights for a country without relief: one step an edge."""
    return Heights(np.arange(edges + 1) * 2, np.zeros(2 * edges), 0.0)


def heights_along(network: Network, elevation: str, crs: str) -> Heights:
    """Sample an elevation raster along every edge, about once a cell.

    On bridges and in tunnels the height runs evenly from end to end: the raster shows the valley or the mountain.

    Parameters
    ----------
    elevation
        Any raster rasterio opens, heights in metres in its first band; voids take the nearest height.
    crs
        The network's CRS.

    Raises
    ------
    TravelError
        The raster cannot be read, does not say its CRS, or does not touch the roads.
    """
    import rasterio
    from pyproj import Transformer

    try:
        with rasterio.open(elevation) as raster:
            if raster.crs is None:
                raise _fault(elevation, "does not say its coordinate system.", "未注明坐标系。")
            step = max(LEAST_STEP, _cell_metres(raster))
            steps = np.maximum(1, np.ceil(network.metres / step - 1e-9)).astype(np.int64)
            start = np.r_[0, np.cumsum(steps + 1)]
            edge = np.repeat(np.arange(len(steps)), steps + 1)
            share = (np.arange(start[-1]) - start[edge]) / steps[edge]
            xy = shapely.get_coordinates(
                shapely.line_interpolate_point(network.lines[edge], share * network.metres[edge])
            )
            move = Transformer.from_crs(crs, raster.crs, always_xy=True)
            x, y = move.transform(xy[:, 0], xy[:, 1])
            height, outside = _bilinear(raster, np.asarray(x), np.asarray(y))
    except rasterio.errors.RasterioError as error:
        raise _fault(elevation, f"cannot be read ({error}).", f"无法读取（{error}）。") from error
    if outside == 1.0:
        raise _fault(elevation, "does not touch the roads.", "与道路没有重叠。")
    level = network.flag("bridge") | network.flag("tunnel")
    first, last = height[start[:-1]], height[start[1:] - 1]
    even = first[edge] + (last - first)[edge] * share
    return Heights(start, np.where(level[edge], even, height), outside)


def _fault(file: str, en: str, zh: str) -> TravelError:
    return TravelError(str(Text(f"the elevation raster {file} {en}", f"高程栅格 {file} {zh}")))


def _cell_metres(raster: DatasetReader) -> float:
    """Give the size of a raster's cell in metres, the smaller side."""
    across, down = raster.res
    if not raster.crs.is_geographic:
        return float(min(across, down))
    bounds = raster.bounds
    middle = np.radians((bounds.top + bounds.bottom) / 2)
    return float(min(across * np.cos(middle), down) * 111_320)


def _bilinear(raster: DatasetReader, x: Floats, y: Floats) -> tuple[Floats, float]:
    """Read heights between cell centres. Returns them and the share of points off the raster."""
    from rasterio.windows import Window

    rows, columns = raster.height, raster.width
    inverse = ~raster.transform
    column = inverse.a * x + inverse.b * y + inverse.c - 0.5  # cells count from their centres
    row = inverse.d * x + inverse.e * y + inverse.f - 0.5
    off = (column < -0.5) | (column > columns - 0.5) | (row < -0.5) | (row > rows - 0.5)
    column, row = np.clip(column, 0, columns - 1), np.clip(row, 0, rows - 1)
    left, top = int(column.min()), int(row.min())
    window = Window(left, top, min(int(column.max()) + 2, columns) - left, min(int(row.max()) + 2, rows) - top)
    band = raster.read(1, window=window, masked=True)
    grid = _without_voids(np.ma.filled(band.astype(np.float64), np.nan))
    c, r = column - left, row - top
    c0, r0 = np.minimum(c.astype(np.int64), grid.shape[1] - 1), np.minimum(r.astype(np.int64), grid.shape[0] - 1)
    c1, r1 = np.minimum(c0 + 1, grid.shape[1] - 1), np.minimum(r0 + 1, grid.shape[0] - 1)
    fc, fr = c - c0, r - r0
    upper = grid[r0, c0] * (1 - fc) + grid[r0, c1] * fc
    lower = grid[r1, c0] * (1 - fc) + grid[r1, c1] * fc
    return upper * (1 - fr) + lower * fr, float(off.mean())


def _without_voids(grid: Floats) -> Floats:
    """Fill cells without a height from the nearest one that has it."""
    void = find_voids(grid)
    if not void.any() or void.all():
        return np.where(void, 0.0, grid)
    from scipy.ndimage import distance_transform_edt

    nearest = distance_transform_edt(void, return_distances=False, return_indices=True)
    filled: Floats = grid[tuple(nearest)]
    return filled
