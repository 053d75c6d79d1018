"""The land of 芝港区（模拟）: a city by the sea, its streets, communities and sub-districts. All of it made up."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.sparse.csgraph import dijkstra
from shapely.geometry import LineString, Polygon
from shapely.ops import polygonize, unary_union

from .country import blob, outlines
from .draw import (
    Floats,
    Ints,
    estate_names,
    farthest_points,
    fractal_noise,
    share_out,
    spaced_sample,
    village_names,
)
from .roads import Mesh
from .terrain import Terrain, pair_graph

CRS = "EPSG:4549"  # CGCS2000, 3° Gauss-Krüger, central meridian 120° E
ORIGIN = np.array([596_000.0, 4_146_000.0])
SIZE = (25_000.0, 18_000.0)
HEART = np.array([12_500.0, 10_200.0])  # the old town, by the harbour
AREA_KM2 = 172.0
PEOPLE = 712_000
PLACES = 160
SUBDISTRICTS = [
    "望潮街道",
    "鲸湾街道",
    "礁石街道",
    "灯塔山街道",
    "浪汀街道",
    "帆影街道",
    "槐荫路街道",
    "砚池街道",
    "云港街道",
    "鸥洲街道",
    "盐仓街道",
    "听涛街道",
]


@dataclass(eq=False)
class City:
    """Everything that lies on the ground before there are schools."""

    area: Polygon
    mesh: Mesh
    townships: gpd.GeoDataFrame
    places: gpd.GeoDataFrame


def _ground(rng: np.random.Generator) -> Terrain:
    """Hills as a raster; only where no streets climb does it matter."""
    cell = 100.0
    shape = (int(SIZE[1] / cell), int(SIZE[0] / cell))
    return Terrain(
        float(ORIGIN[0]),
        float(ORIGIN[1]),
        cell,
        gaussian_filter(fractal_noise(rng, shape, 2.2, 4.0), 2),
        np.zeros(shape),
        np.zeros(shape, bool),
        np.zeros((0, 2)),
    )


def _outline(rng: np.random.Generator, ground: Terrain) -> Polygon:
    """Coast in the north with two bays and a headland, a border over the hills in the south."""
    xy = ground.centres() - ORIGIN
    x, y = xy[:, 0] / 1000, xy[:, 1] / 1000
    coast = 12.2 + 1.5 * np.sin(x / 3.1 + 0.6) + 0.7 * np.sin(x / 1.3 + 2.0)
    rough = fractal_noise(rng, ground.height.shape, 1.7, 6.0).ravel()
    # The headland lies slantwise; a tongue of land ties it to the town.
    along, across = (x - 8.6) * 0.95 + (y - 14.6) * 0.3, (y - 14.6) * 0.95 - (x - 8.6) * 0.3
    island = np.exp(-(np.abs(along / 3.3) ** 3) - ((across + 0.25 * np.sin(along * 1.7)) / 0.8) ** 2) * 4.4
    neck = np.exp(-(((x - 7.6 - 0.25 * y + 3.2) / 0.65) ** 2) - ((y - 13.2) / 1.3) ** 2) * 2.9
    sea = np.maximum(y - coast - island - neck + 0.42 * rough, 0.0)
    south = np.maximum(3.6 + 1.1 * np.sin(x / 3.3) + 0.5 * np.sin(x / 1.1) - y + 0.6 * np.roll(rough, 777), 0.0)
    sides = np.maximum(np.abs(x - 12.5 + 1.5 * np.sin(y / 2.2)) - 10.2 + 0.7 * np.roll(rough, 4321), 0.0)
    score = (sea * 3 + south + sides).reshape(ground.height.shape) + np.hypot(x - 12.5, y - 9).reshape(
        ground.height.shape
    ) * 1e-3
    inside = blob(score, round(AREA_KM2 * 1e6 / ground.cell**2))
    inside[:2], inside[-2:], inside[:, :2], inside[:, -2:] = False, False, False, False
    return outlines(ground, np.where(inside, 0, -1), 90.0)[0]


def _spacing(length: float, heart: float, narrow: float, wide: float) -> Floats:
    """Positions of parallel streets, close in the old town and wide at the edges."""
    steps = [0.0]
    while steps[-1] < length:
        away = abs(steps[-1] - heart) / 9_000
        steps.append(steps[-1] + narrow + (wide - narrow) * min(away, 1.0) ** 1.2)
    return np.asarray(steps)


def _warped_grid(rng: np.random.Generator) -> Floats:
    """Crossing points of the streets, rows × columns × 2: a grid bent like one that grew with the shore."""
    x = _spacing(SIZE[0], HEART[0], 132.0, 260.0)
    y = _spacing(SIZE[1], HEART[1], 120.0, 240.0)
    gx, gy = np.meshgrid(x, y)
    swing = [gaussian_filter(fractal_noise(rng, (90, 125), 2.6, 3.0), 4) for _ in range(2)]
    at = [gy / 200, gx / 200]
    bend = np.stack([map_coordinates(s, at, order=3, mode="nearest") for s in swing], axis=-1)
    turned = np.stack([gx - HEART[0], gy - HEART[1]], axis=-1) @ np.array([[0.985, 0.17], [-0.17, 0.985]])
    coast_bow = 420 * np.sin(gx / 3_900)
    points = turned + HEART + 420 * bend
    points[..., 1] += coast_bow
    points += rng.normal(0, 9, points.shape)
    return np.asarray(np.round(points + ORIGIN))


def _streets(rng: np.random.Generator, grid: Floats, area: Polygon, ground: Terrain) -> Mesh:
    """Streets of four classes along the grid; hills and chance leave gaps."""
    rows, columns = grid.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    xy = grid.reshape(-1, 2)
    ends = np.vstack(
        [
            np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()], 1),
            np.stack([index[:-1].ravel(), index[1:].ravel()], 1),
        ]
    )
    line = np.concatenate([np.repeat(np.arange(rows), columns - 1), np.tile(np.arange(columns), rows - 1)])
    level = np.select([line % 14 == 5, line % 7 == 5, line % 7 == 2], [0, 1, 2], 3)
    inner = area.buffer(-25)
    shapely.prepare(inner)
    held = shapely.covers(inner, shapely.linestrings(xy[ends]))
    hill = ground.at(xy[ends].mean(axis=1)) > 1.05
    gap = rng.random(len(ends)) < np.select([level == 0, level == 1, level == 2], [0.0, 0.02, 0.05], 0.16)
    held &= ~gap & (~hill | (level == 0))
    length = np.hypot(*(xy[ends[:, 0]] - xy[ends[:, 1]]).T)
    mesh = Mesh(xy, ends.astype(np.int64), length, np.where(held, level, -1), np.zeros(len(ends), dtype=bool))
    mesh.drop_islands()
    return mesh


def _blocks(grid: Floats, area: Polygon) -> list[Polygon]:
    """Faces between the lines of the whole grid and the border."""
    lines = [LineString(row) for row in grid] + [LineString(grid[:, c]) for c in range(grid.shape[1])]
    net = unary_union([*lines, LineString(area.exterior.coords)])
    shapely.prepare(area)
    return [face for face in polygonize(net) if area.contains(face.representative_point())]


def _neighbours(areas: list[Polygon]) -> tuple[Ints, Ints]:
    tree = shapely.STRtree(areas)
    first, second = tree.query(areas, predicate="touches")
    once = first < second
    first, second = first[once], second[once]
    pieces = np.asarray(areas, dtype=object)
    border = shapely.length(shapely.intersection(pieces[first], pieces[second]))
    return first[border > 0.0], second[border > 0.0]


def _group(areas: list[Polygon], seeds: list[int], cost_scale: Floats) -> Ints:
    """Give each area to the seed nearest through neighbours, so that groups hang together."""
    first, second = _neighbours(areas)
    middle = np.array([shapely.centroid(a).coords[0] for a in areas])
    cost = np.hypot(*(middle[first] - middle[second]).T) + 1.0
    reach = dijkstra(pair_graph(first, second, cost, len(areas)), indices=seeds)
    return np.asarray(np.argmin(reach * cost_scale[:, None], axis=0), dtype=np.int64)


def _even_groups(areas: list[Polygon], seeds: list[int], weight: Floats) -> Ints:
    """Group areas around seeds that move to the middle of the people they gather, so that groups become alike."""
    middle = np.array([shapely.centroid(a).coords[0] for a in areas])
    scale = np.ones(len(seeds))
    for _ in range(12):
        of = _group(areas, seeds, scale)
        load = np.bincount(of, weights=weight, minlength=len(seeds))
        scale *= np.clip(load / load.mean(), 0.5, 2.0) ** 0.12
        for group in range(len(seeds)):
            own = np.flatnonzero(of == group)
            heart = np.average(middle[own], axis=0, weights=weight[own])
            seeds[group] = int(own[np.argmin(np.hypot(*(middle[own] - heart).T))])
    return _connected_groups(areas, _group(areas, seeds, scale), seeds)


def _connected_groups(areas: list[Polygon], of: Ints, seeds: list[int]) -> Ints:
    """Give areas cut off from the seed of their group to a group next to them."""
    first, second = _neighbours(areas)
    while True:
        same = of[first] == of[second]
        reach = dijkstra(pair_graph(first[same], second[same], np.ones(int(same.sum())), len(areas)), indices=seeds)
        lost = np.flatnonzero(~np.isfinite(reach[of, np.arange(len(areas))]))
        if len(lost) == 0:
            return of
        stray = int(lost[0])
        around = np.concatenate([second[first == stray], first[second == stray]])
        of[stray] = np.bincount(of[around[of[around] != of[stray]]]).argmax()


def _union(areas: list[Polygon], group: Ints, count: int) -> list[Polygon]:
    merged = [shapely.union_all([areas[i] for i in np.flatnonzero(group == g)]) for g in range(count)]
    assert all(isinstance(m, Polygon) and m.is_valid for m in merged), "a community fell apart"
    return merged


def make_city(seed: int) -> City:
    """Make the land; the same seed gives the same city."""
    rng = np.random.default_rng(seed)
    ground = _ground(rng)
    area = _outline(rng, ground)
    grid = _warped_grid(rng)
    mesh = _streets(rng, grid, area, ground)
    blocks = _blocks(grid, area)
    middle = np.array([shapely.centroid(b).coords[0] for b in blocks])
    density = _density(ground, middle)
    size = np.array([b.area for b in blocks])
    # Communities hold about equally many people, so they are small where people live close.
    seeds = spaced_sample(rng, middle, density * size + 0.02 * size, PLACES, 520.0)
    group = _group(blocks, seeds, np.ones(PLACES))
    communities = _union(blocks, group, PLACES)
    centre = np.array([shapely.centroid(c).coords[0] for c in communities])
    people_weight = np.asarray(np.bincount(group, weights=density * size, minlength=PLACES) + 4e4, dtype=np.float64)
    hearts = farthest_points(
        centre, len(SUBDISTRICTS) - 1, [int(np.argmin(np.hypot(*(centre - HEART - ORIGIN).T)))], people_weight**0.3
    )
    hearts = [int(np.argmin(np.hypot(*(centre - HEART - ORIGIN).T))), *hearts]
    owner = _even_groups(communities, hearts, people_weight)
    population = share_out(people_weight**0.8 * rng.lognormal(0, 0.22, PLACES), PEOPLE)
    names, estates = village_names(rng), estate_names(rng)
    estate = rng.random(PLACES) < 0.3
    places = gpd.GeoDataFrame(
        {
            "place_id": [f"C{i + 1:03d}" for i in range(PLACES)],
            "name": [next(estates) if e else next(names) + "社区" for e in estate],
            "township": owner,
            "kind": np.where(estate, "estate", "community"),
            "population": population,
        },
        geometry=communities,
        crs=CRS,
    ).sort_values(["township", "place_id"], kind="stable", ignore_index=True)
    places["place_id"] = [f"C{i + 1:03d}" for i in range(PLACES)]
    inside = [g.representative_point() for g in places.geometry]
    places["node"] = mesh.nearest(np.array([p.coords[0] for p in inside]), mesh.used())
    townships = gpd.GeoDataFrame(
        {
            "township_id": [f"990802{1 + i:03d}" for i in range(len(SUBDISTRICTS))],
            "name": SUBDISTRICTS,
            "population": np.bincount(places["township"], weights=places["population"]).astype(int),
            "urban_rural": ["111" if d < 6_500 else "112" for d in np.hypot(*(centre[hearts] - HEART - ORIGIN).T)],
        },
        geometry=_union(list(places.geometry), places["township"].to_numpy(), len(SUBDISTRICTS)),
        crs=CRS,
    )
    return City(area, mesh, townships, places)


def _density(ground: Terrain, xy: Floats) -> Floats:
    """People per area, relative: high in the old town, none on the hills."""
    away = np.hypot(*(xy - HEART - ORIGIN).T)
    second = np.hypot(*(xy - ORIGIN - np.array([18_500.0, 8_600.0])).T)
    flat = 1 / (1 + np.exp((ground.at(xy) - 0.8) * 6))
    return np.asarray(flat * (np.exp(-((away / 5_200) ** 1.4)) + 0.7 * np.exp(-((second / 2_600) ** 2)) + 0.08))
