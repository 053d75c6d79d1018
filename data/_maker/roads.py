"""Road networks grown on a mesh of points: trunk roads first, then each class reaching out from those before."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import Delaunay, cKDTree
from shapely.geometry import LineString, Polygon

from .draw import Bools, Floats, Ints, rounded_corners
from .terrain import Terrain, pair_graph

CLASSES = ("trunk", "secondary", "tertiary", "village")


@dataclass(eq=False)
class Mesh:
    """All road links that could be built; building gives a link a class.

    Attributes
    ----------
    xy
        Points, metres, n × 2.
    ends
        Links, m × 2 positions in ``xy``. The links of a Delaunay mesh never cross, so roads meet only at points.
    cost
        What a link costs to build or travel: its length, dearer when steep.
    level
        Class of each link as position in CLASSES, -1 where nothing is built.
    bridge
        Links over the river.
    """

    xy: Floats
    ends: Ints
    cost: Floats
    level: Ints
    bridge: Bools
    _row: dict[tuple[int, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._row = {(int(a), int(b)): i for i, (a, b) in enumerate(self.ends)}

    @property
    def length(self) -> Floats:
        """Straight length of each link, metres."""
        return np.hypot(*(self.xy[self.ends[:, 0]] - self.xy[self.ends[:, 1]]).T)

    def graph(self, built_only: bool = False, reuse: float = 0.45) -> csr_array:
        """Links as a graph; what is built already is cheap to share."""
        built = self.level >= 0
        held = built if built_only else np.ones_like(built)
        cost = self.length if built_only else self.cost * np.where(built, reuse, 1.0)
        return pair_graph(self.ends[held, 0], self.ends[held, 1], cost[held], len(self.xy))

    def nearest(self, xy: Floats, among: Ints | None = None) -> Ints:
        """Nearest mesh point of each given point."""
        pool = np.arange(len(self.xy)) if among is None else among
        return np.asarray(pool[cKDTree(self.xy[pool]).query(xy)[1]], dtype=np.int64)

    def used(self) -> Ints:
        """Points on a built link."""
        return np.unique(self.ends[self.level >= 0])

    def build(self, links: Bools | Ints, level: int) -> None:
        """Build links in a class; what is built already keeps its class."""
        chosen = np.zeros(len(self.ends), dtype=bool)
        chosen[links] = True
        self.level[chosen & (self.level < 0)] = level

    def build_back(self, before: Ints, targets: Ints, level: int) -> None:
        """Build the way from each target back to the source of a shortest-path tree."""
        links = []
        done: set[int] = set()
        for target in targets.tolist():
            node = target
            while node not in done and before[node] >= 0:
                done.add(node)
                previous = int(before[node])
                links.append(self._row[(min(node, previous), max(node, previous))])
                node = previous
        self.build(np.asarray(links, dtype=np.int64), level)

    def reach_out(self, targets: Ints, level: int, reuse: float = 0.45) -> None:
        """Join targets to what is built by the cheapest branches."""
        _, before, _ = dijkstra(self.graph(reuse=reuse), indices=self.used(), min_only=True, return_predecessors=True)
        self.build_back(before, targets, level)

    def drop_islands(self) -> None:
        """Take back links that do not hang together with the rest."""
        _, piece = connected_components(self.graph(built_only=True), directed=False)
        main = np.bincount(piece[self.ends[self.level >= 0, 0]]).argmax()
        self.level[piece[self.ends[:, 0]] != main] = -1

    def join(self, pairs: list[tuple[int, int]], level: int, limit: float = np.inf) -> None:
        """Build the cheapest way between the points of each pair, all seen against the same network."""
        graph = self.graph()
        for source in sorted({a for a, _ in pairs}):
            far = np.asarray([b for a, b in pairs if a == source], dtype=np.int64)
            _, before = dijkstra(graph, indices=source, return_predecessors=True, limit=limit)
            self.build_back(before, far, level)

    def join_in_turn(self, pairs: list[tuple[int, int]], level: int) -> None:
        """Build the cheapest way between the points of each pair, each sharing what was built for those before."""
        for pair in pairs:
            self.join([pair], level)


def make_mesh(
    rng: np.random.Generator,
    terrain: Terrain,
    area: Polygon,
    spacing: float,
    bank: float,
    bridges: Floats,
    towns: list[tuple[Floats, float]],
) -> Mesh:
    """Scatter points over an area and link neighbours; links over the river stay only at the given bridges.

    Parameters
    ----------
    bank
        No point lies nearer to the middle of the river, metres.
    towns
        Middle and radius of the towns: there the points form blocks, elsewhere they lie as the land will have it.
    """
    west, south, east, north = area.bounds
    half = max(east - west, north - south) * 0.75
    x, y = np.meshgrid(np.arange(-half, half, spacing), np.arange(-half, half, spacing))
    turn = np.array([[0.95, 0.31], [-0.31, 0.95]])
    xy = np.stack([x.ravel(), y.ravel()], axis=1) @ turn + np.array([(west + east) / 2, (south + north) / 2])
    xy += np.stack([260 * np.sin(xy[:, 1] / 1_700), 260 * np.sin(xy[:, 0] / 1_900)], axis=1)
    loose = np.full(len(xy), 0.42)
    for middle, radius in towns:
        loose[np.hypot(*(xy - middle).T) < radius] = 0.06
    xy += rng.uniform(-1, 1, xy.shape) * loose[:, None] * spacing
    inner = area.buffer(-60)
    shapely.prepare(inner)
    river = LineString(terrain.river)
    shapely.prepare(river)
    xy = xy[shapely.contains_xy(inner, xy)]
    xy = np.round(xy[shapely.distance(shapely.points(xy), river) > bank])
    triangles = Delaunay(xy).simplices
    ends = np.unique(np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])), axis=0)
    lines = shapely.linestrings(xy[ends])
    wet = shapely.intersects(lines, river)
    length = shapely.length(lines)
    bridge = np.zeros(len(ends), dtype=bool)
    middles = xy[ends].mean(axis=1)
    spans = np.flatnonzero(
        wet & (length < 3.2 * bank + spacing) & (shapely.get_num_geometries(shapely.intersection(lines, river)) == 1)
    )
    for point in bridges:
        bridge[spans[np.argmin(np.hypot(*(middles[spans] - point).T) + length[spans])]] = True
    keep = np.where(wet, bridge, (length < 4 * spacing) & shapely.covers(inner, lines))
    ends, bridge, length = ends[keep], bridge[keep], length[keep]
    slope = np.abs(np.diff(terrain.at(xy)[ends], axis=1).ravel()) / length
    # Twice as dear at 8 %, five times at 16 %: roads wind along the valleys and cross at saddles.
    cost = np.where(bridge, length, length * (1 + (slope / 0.08) ** 2))
    return Mesh(xy, ends.astype(np.int64), cost, np.full(len(ends), -1), bridge)


def _chains(mesh: Mesh, stops: set[int]) -> list[list[int]]:
    """Follow built links through points where nothing is decided; each chain runs between two real nodes."""
    built = np.flatnonzero(mesh.level >= 0)
    at: dict[int, list[int]] = {}
    for link in built.tolist():
        for end in mesh.ends[link].tolist():
            at.setdefault(end, []).append(link)
    kind = mesh.level * 2 + mesh.bridge

    def is_node(point: int) -> bool:
        links = at[point]
        return len(links) != 2 or kind[links[0]] != kind[links[1]] or point in stops

    def follow(start: int, link: int) -> list[int]:
        chain, point = [start], start
        while True:
            seen.add(link)
            a, b = mesh.ends[link].tolist()
            point = b if point == a else a
            chain.append(point)
            if is_node(point) or point == start:
                return chain
            link = next(other for other in at[point] if other != link)

    seen: set[int] = set()
    chains = []
    for point in sorted(at):
        if is_node(point):
            for link in at[point]:
                if link not in seen:
                    chains += [follow(point, link)]
    return chains


def road_layer(
    rng: np.random.Generator, mesh: Mesh, stops: Ints, crs: str, names: dict[int, str], winding: float = 0.07
) -> gpd.GeoDataFrame:
    """Turn the built links into road lines from node to node, winding between.

    Parameters
    ----------
    stops
        Points that must stay nodes (where places and schools are).
    names
        Name by class; other classes are unnamed.
    winding
        Sideways swing of a link, as a share of its length.
    """
    row = {(int(a), int(b)): i for i, (a, b) in enumerate(mesh.ends)}
    # Each link bends once, by up to an eighth of its length: less than would reach a neighbouring link.
    a, b = mesh.xy[mesh.ends[:, 0]], mesh.xy[mesh.ends[:, 1]]
    sway = np.clip(rng.normal(0, winding, len(a)), -0.12, 0.12) * np.where(mesh.bridge, 0, 1)
    bend = (a + b) / 2 + (b - a)[:, ::-1] * np.array([1, -1]) * sway[:, None]
    lines, levels, bridge = [], [], []
    for chain in _chains(mesh, set(stops.tolist())):
        links = [row[(min(p, q), max(p, q))] for p, q in pairwise(chain)]
        level = int(mesh.level[links[0]])
        points = [mesh.xy[chain[0]]]
        for link, point in zip(links, chain[1:], strict=True):
            if level > 1 and not mesh.bridge[link]:
                points.append(bend[link])
            points.append(mesh.xy[point])
        course = np.asarray(points)
        if level <= 1 and len(course) > 2:  # main roads are drawn with a wider sweep
            course = rounded_corners(course, 1)
        lines.append(LineString(np.round(course)))
        levels.append(level)
        bridge.append(bool(mesh.bridge[links[0]]))
    return gpd.GeoDataFrame(
        {
            "road_id": [f"R{i + 1:05d}" for i in range(len(lines))],
            "class": [CLASSES[level] for level in levels],
            "name": [names.get(level, "") for level in levels],
            "bridge": np.asarray(bridge, dtype=np.int8),
            "oneway": np.zeros(len(lines), dtype=np.int8),
        },
        geometry=lines,
        crs=crs,
    )


def end_points(roads: gpd.GeoDataFrame) -> tuple[Ints, Ints, Floats]:
    """Read the graph off the end points: from, to (numbers of distinct points) and the points themselves."""
    coordinates, owner = shapely.get_coordinates(roads.geometry, return_index=True)
    first = np.searchsorted(owner, np.arange(len(roads)), side="left")
    last = np.searchsorted(owner, np.arange(len(roads)), side="right") - 1
    points, number = np.unique(np.vstack([coordinates[first], coordinates[last]]), axis=0, return_inverse=True)
    number = number.ravel()
    return number[: len(roads)].astype(np.int64), number[len(roads) :].astype(np.int64), points
