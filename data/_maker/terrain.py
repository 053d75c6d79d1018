"""Relief of a hill county: a main river, a tree of valleys draining to it, ridges between."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin
from scipy.ndimage import gaussian_filter, map_coordinates, zoom
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from .draw import Bools, Floats, Ints, fractal_noise


@dataclass(frozen=True, eq=False)
class Terrain:
    """Square cells over the study area; row 0 is the south edge.

    Attributes
    ----------
    x0, y0
        Corner (south-west) of the raster, metres.
    cell
        Side of a cell, metres.
    height, above_stream
        Height over sea, and over the stream a cell drains to, metres.
    stream
        Cells that gather the water of more than 6 km².
    river
        The middle line of the main river, n × 2, metres.
    """

    x0: float
    y0: float
    cell: float
    height: Floats
    above_stream: Floats
    stream: Bools
    river: Floats

    def at(self, xy: Floats, field: Floats | None = None) -> Floats:
        """Value of a field (height unless told) at points, between cells by straight line."""
        rows = (xy[:, 1] - self.y0) / self.cell - 0.5
        columns = (xy[:, 0] - self.x0) / self.cell - 0.5
        values = self.height if field is None else field
        return np.asarray(map_coordinates(values, [rows, columns], order=1, mode="nearest"))

    def centres(self) -> Floats:
        """Centre points of all cells, row by row, n × 2."""
        rows, columns = self.height.shape
        x = self.x0 + (np.arange(columns) + 0.5) * self.cell
        y = self.y0 + (np.arange(rows) + 0.5) * self.cell
        return np.stack([a.ravel() for a in np.meshgrid(x, y)], axis=1)


def neighbour_pairs(shape: tuple[int, int]) -> tuple[Ints, Ints, Floats]:
    """Each pair of touching cells of a raster once (also over corners), with the step in cells."""
    index = np.arange(shape[0] * shape[1]).reshape(shape)
    ends = [
        (index[:, :-1], index[:, 1:], 1.0),
        (index[:-1, :], index[1:, :], 1.0),
        (index[:-1, :-1], index[1:, 1:], 2**0.5),
        (index[1:, :-1], index[:-1, 1:], 2**0.5),
    ]
    first = np.concatenate([a.ravel() for a, _, _ in ends])
    second = np.concatenate([b.ravel() for _, b, _ in ends])
    step = np.concatenate([np.full(a.size, s) for a, _, s in ends])
    return first, second, step


def pair_graph(first: Ints, second: Ints, cost: Floats, size: int) -> csr_array:
    """Sparse graph that holds each pair in both directions."""
    rows, columns = np.concatenate([first, second]), np.concatenate([second, first])
    return csr_array(coo_array((np.concatenate([cost, cost]), (rows, columns)), shape=(size, size)))


def river_course(rng: np.random.Generator, start: tuple[float, float], end: tuple[float, float]) -> Floats:
    """Draw a meandering line between two points: broad bends, and bends upon them."""
    along = np.linspace(0.0, 1.0, 700)
    base = np.outer(1 - along, start) + np.outer(along, end)
    across = np.array([end[1] - start[1], start[0] - end[0]])
    length = float(np.hypot(*across))
    across = across / length
    sway = np.zeros_like(along)
    for waves, width in ((0.9, 0.075), (2.3, 0.038), (5.1, 0.026), (11.3, 0.014), (19.7, 0.006)):
        strength = 0.6 + 0.4 * np.sin(2 * np.pi * (rng.uniform(1, 2) * along + rng.uniform()))
        sway += width * length * strength * np.sin(2 * np.pi * (waves * along + rng.uniform()))
    return base + sway[:, None] * across


def _drain(shape: tuple[int, int], level: Floats, outlets: Ints, rough: Floats) -> tuple[Ints, Ints, Floats]:
    """Tree along which every cell drains to an outlet: cells in order from the outlets, the next cell, the cells above.

    A shortest-path tree over a field that is dear where it is high has no pits by construction, and no two of its
    branches cross: all that is wanted of a drainage net.
    """
    first, second, step = neighbour_pairs(shape)
    cost = step * (rough[first] + rough[second]) * (1 + (level[first] + level[second]) / 60.0)
    distance, following, _ = dijkstra(
        pair_graph(first, second, cost, level.size), indices=outlets, min_only=True, return_predecessors=True
    )
    order = np.argsort(distance, kind="stable")
    catchment = np.ones(level.size)
    next_cell = following.tolist()
    gathered = catchment.tolist()
    for cell in order[::-1].tolist():
        if next_cell[cell] >= 0:
            gathered[next_cell[cell]] += gathered[cell]
    return order, following.astype(np.int64), np.asarray(gathered)


def make_terrain(
    rng: np.random.Generator, box: tuple[float, float, float, float], cell: float, river: Floats, hilliness: Floats
) -> Terrain:
    """Raise hills between the valleys that drain to a given river.

    Parameters
    ----------
    box
        West, south, east, north, metres; a whole number of cells.
    hilliness
        Factor on the steepness, a coarse field that is stretched over the box; about 1.

    Notes
    -----
    In a landscape in balance the slope of a stream falls with the area it drains (Flint's law, slope ~ area^-0.45);
    going up the tree of valleys with that slope gives concave valleys and ridges without any erosion in time.
    """
    shape = (round((box[3] - box[1]) / cell), round((box[2] - box[0]) / cell))
    columns = np.clip(((river[:, 0] - box[0]) / cell).astype(int), 0, shape[1] - 1)
    rows = np.clip(((river[:, 1] - box[1]) / cell).astype(int), 0, shape[0] - 1)
    on_river = rows * shape[1] + columns
    outlets, position = np.unique(on_river, return_index=True)
    river_level = np.linspace(368.0, 312.0, len(river))[position]
    stretch = zoom(hilliness, (shape[0] / hilliness.shape[0], shape[1] / hilliness.shape[1]), order=3)[
        : shape[0], : shape[1]
    ]
    steep = np.clip(stretch.ravel(), 0.25, None)
    rough = np.exp(0.55 * fractal_noise(rng, shape, 1.2, 6.0).ravel())

    level = np.zeros(shape[0] * shape[1])
    base = np.zeros_like(level)
    base[outlets] = river_level
    for _ in range(4):  # ridges wander to where two valleys meet at one height
        order, following, gathered = _drain(shape, level, outlets, rough)
        area = gathered * (cell / 1000) ** 2
        slope = np.minimum(0.052 * steep * area**-0.42, 0.33).tolist()
        height = base.tolist()
        stream_level = base.tolist()
        is_stream = (area > 6.0).tolist()
        target = following.tolist()
        for index in order.tolist():
            down = target[index]
            if down >= 0:
                height[index] = height[down] + slope[index] * cell
                stream_level[index] = height[index] if is_stream[index] else stream_level[down]
        river_mean = float(river_level.mean())
        level = np.maximum(np.asarray(height) - river_mean, 0.0)
    surface = gaussian_filter(np.asarray(height).reshape(shape), 0.8)
    surface += 7.0 * np.clip(steep.reshape(shape), 0, 1.5) * fractal_noise(rng, shape, 1.1, 8.0)
    above = np.maximum(surface - np.asarray(stream_level).reshape(shape), 0.0)
    return Terrain(box[0], box[1], cell, surface, above, (area > 6.0).reshape(shape), river)


def write_elevation(terrain: Terrain, path: Path, crs: str, cell: float = 100.0) -> None:
    """Write the heights as whole metres in a GeoTIFF of finer cells."""
    factor = terrain.cell / cell
    fine = zoom(terrain.height, factor, order=1, grid_mode=True, mode="nearest")
    whole = np.round(fine[::-1]).astype(np.int16)  # rasters start in the north
    north = terrain.y0 + terrain.height.shape[0] * terrain.cell
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=whole.shape[0],
        width=whole.shape[1],
        count=1,
        dtype="int16",
        crs=crs,
        transform=from_origin(terrain.x0, north, cell, cell),
        compress="deflate",
        predictor=2,
        zlevel=9,
        nodata=-32768,
    ) as raster:
        raster.write(whole, 1)
