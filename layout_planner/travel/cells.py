"""The area of each place: its own polygon, or for points what is nearest to it along the roads."""

from __future__ import annotations

from functools import lru_cache

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from layout_planner.base.arrays import Floats, Positions
from layout_planner.base.files import digest_parts
from layout_planner.study import Study
from layout_planner.study.mosaic import grow_cells, tile
from layout_planner.travel.cache import layer_parts, shape_bytes
from layout_planner.travel.network import build_network, edge_tree, snap


def cells_of(study: Study) -> gpd.GeoSeries:
    """Give each place an area, so that the areas tile the region.

    Polygons are made to tile (`study.mosaic.tile`). Points get what is nearest along the roads: every junction belongs
    to the place with the shortest way to it, in metres, and every spot to its nearest junction or place (a network
    Voronoi diagram, Erwig 2000, cited from memory); without roads, plain Voronoi cells.

    Returns
    -------
    GeoSeries
        Polygons in the study's CRS, index place_id. Together they are the region's outline (`outline`).
    """
    return _cells(_Land(study))


def outline(study: Study) -> shapely.Geometry:
    """Give the outline of a region: its townships joined; without any, its places (points: the box around them)."""
    for layer in (study.townships, study.places):
        shapes = np.asarray(layer.geometry.array)
        known = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
        if len(known) and (shapely.get_dimensions(known) == 2).all():
            return shapely.union_all(known)
    points = np.asarray(study.place_points().array)
    west, south, east, north = shapely.total_bounds(points)
    margin = max(east - west, north - south, 1_000.0) / 20
    return shapely.box(west - margin, south - margin, east + margin, north + margin)


class _Land:
    """What the cells depend on, told apart by its content: studies alike in it share their cells."""

    def __init__(self, study: Study) -> None:
        self.study = study
        parts: list[bytes | str] = [study.crs, "\0".join(map(str, study.places.index))]
        parts += [shape_bytes(layer.geometry) for layer in (study.places, study.townships)]
        parts += ["none"] if study.roads is None else layer_parts(study.roads)
        self.key = digest_parts(*parts)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Land) and self.key == other.key


@lru_cache(maxsize=2)
def _cells(land: _Land) -> gpd.GeoSeries:
    study = land.study
    region = outline(study)
    places = study.places.geometry
    if len(places) and (shapely.get_dimensions(np.asarray(places.array)) == 2).all():
        return tile(places, region)
    points = study.place_points()
    seeds, owner = nearest_by_road(study.roads, points) if study.roads is not None else (np.empty((0, 2)), _NONE)
    return grow_cells(seeds, owner, points, region)


_NONE = np.empty(0, dtype=np.intp)


def nearest_by_road(roads: gpd.GeoDataFrame, points: gpd.GeoSeries) -> tuple[Floats, Positions]:
    """Tell for each junction which point is nearest along the roads.

    Parameters
    ----------
    roads
        Lines in metres that meet at their ends; one-way streets are walked both ways.
    points
        In the same CRS.

    Returns
    -------
    tuple of ndarray
        Coordinates of the junctions that are reached, shape (n, 2), and the position of their point, shape (n,).
    """
    network = build_network(roads)
    put = snap(network, edge_tree(network, np.ones(len(network.tail), dtype=bool)), points)
    known = np.flatnonzero(put.edge >= 0)
    edge = put.edge[known]
    n = len(network.xy)
    # Each point is a node of its own, tied to both ends of the road it stands on.
    tail_way = put.access[known] + put.along[known]
    head_way = put.access[known] + network.metres[edge] - put.along[known]
    start = np.concatenate([network.tail, n + known, n + known])
    stop = np.concatenate([network.head, network.tail[edge], network.head[edge]])
    metres = np.concatenate([network.metres, tail_way, head_way])
    # Of parallel roads the shortest counts; a matrix would add them up.
    order = np.lexsort([metres, np.maximum(start, stop), np.minimum(start, stop)])
    low, high, metres = np.minimum(start, stop)[order], np.maximum(start, stop)[order], metres[order]
    keep = np.append(True, (np.diff(low) != 0) | (np.diff(high) != 0)) & (low != high)
    size = n + len(points)
    graph = coo_matrix((np.maximum(metres[keep], 1e-6), (low[keep], high[keep])), shape=(size, size)).tocsr()
    _, _, source = dijkstra(graph, directed=False, indices=n + known, return_predecessors=True, min_only=True)
    reached = np.flatnonzero(source[:n] >= n)
    return network.xy[reached], (source[reached] - n).astype(np.intp)
