"""The land of 涪溪县（模拟）: relief, townships, villages and roads. All of it made up."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree
from shapely.geometry import LineString, Polygon

from .country import (
    Window,
    blob,
    fit_population,
    grow,
    outlines,
    plant_districts,
    shared_borders,
)
from .draw import (
    Floats,
    Ints,
    estate_names,
    farthest_points,
    fractal_noise,
    gabriel_pairs,
    share_out,
    spaced_sample,
    village_names,
)
from .roads import Mesh, make_mesh
from .terrain import Terrain, make_terrain, river_course

CRS = "EPSG:4544"  # CGCS2000, 3° Gauss-Krüger, central meridian 105° E
AREA_KM2 = 2650.0  # standards §1.1
PEOPLE = 645_000  # between 640 and 650 thousand, standards §1.1
BOX = (463_000.0, 3_417_000.0, 537_000.0, 3_487_000.0)
CELL = 200.0
MESH = 185.0  # distance of the points roads may run through, metres
SEAT_PARTS = 4  # the county seat is divided, so that no unit breaks a district window
PLACES = 1000

# First the four sub-districts of the seat, then the sub-centre, then towns (镇) and townships (乡).
TOWNSHIPS = [
    "砚台街道",
    "涪阳街道",
    "栖云街道",
    "望汀街道",
    "芦笙镇",
    "鹿砚镇",
    "槐津镇",
    "白榆滩镇",
    "枕溪镇",
    "青笏镇",
    "竽山镇",
    "琅水镇",
    "柘桥镇",
    "蓼湾镇",
    "皂角垭镇",
    "云岫镇",
    "石磬镇",
    "葭桥镇",
    "椿坪镇",
    "双璞镇",
    "丹枫嘴镇",
    "绛岩镇",
    "玄滩镇",
    "素溪镇",
    "芷江坪乡",
    "荇塘乡",
    "鸢岭乡",
    "缃岭乡",
    "黛坪乡",
    "篆石乡",
    "笙竹乡",
    "菖坝乡",
    "蕨岗乡",
]
WINDOWS = {"junior": Window(5, 6, 9), "primary": Window(8, 3, 5)}  # townships per district, standards §1.1


@dataclass(eq=False)
class Land:
    """Everything that lies on the ground before there are schools."""

    terrain: Terrain
    county: Polygon
    townships: gpd.GeoDataFrame
    centres: Floats
    planted: dict[str, Ints]
    places: pd.DataFrame
    mesh: Mesh
    water: gpd.GeoDataFrame


def _relief(rng: np.random.Generator) -> Terrain:
    river = river_course(rng, (489_000.0, 3_489_500.0), (516_000.0, 3_414_500.0))
    rows, columns = np.mgrid[0:1:8j, 0:1:8j]
    hilliness = 0.62 + 0.75 * (0.55 * rows + 0.45 * (1 - columns)) ** 1.5 + 0.10 * fractal_noise(rng, (8, 8), 1.5)
    return make_terrain(rng, BOX, CELL, river, hilliness)


def _county_cells(rng: np.random.Generator, terrain: Terrain) -> np.ndarray:
    xy = terrain.centres() - np.array([500_000.0, 3_452_000.0])
    turned = xy @ np.array([[0.96, -0.28], [0.28, 0.96]])
    radius = np.hypot(turned[:, 0] / 31_500, turned[:, 1] / 27_500).reshape(terrain.height.shape)
    # Ridges draw the border towards them: a low relief above the streams is cheap to include.
    score = (
        radius + 0.075 * fractal_noise(rng, radius.shape, 1.7, 3.0) + 0.0002 * (terrain.height - terrain.height.mean())
    )
    return blob(score, round(AREA_KM2 * 1e6 / CELL**2))


def _town_centres(rng: np.random.Generator, terrain: Terrain, inside: np.ndarray) -> Floats:
    """The seat first, on the river in the middle, then the sub-centre, then 28 towns in the valleys."""
    cells = terrain.centres()
    river = cKDTree(terrain.river)
    flat = terrain.at(cells, terrain.above_stream) < 35
    ok = inside.ravel() & flat
    candidates = cells[ok]
    to_river = river.query(candidates)[0]
    middle = np.hypot(*(candidates - np.array([497_500.0, 3_455_500.0])).T)
    seat = int(np.argmin(middle + 5 * np.abs(to_river - 1_500)))
    away = np.hypot(*(candidates - candidates[seat]).T)
    south = np.hypot(*(candidates - np.array([515_000.0, 3_436_000.0])).T)
    sub = int(np.argmin(south + 5 * np.abs(to_river - 1_200) + 1e6 * (away < 22_000)))
    xy = candidates
    near_edge = ~np.asarray([inside[r, c] for r, c in _cells_at(terrain, xy, 1_800)])
    weight = np.where((to_river < 700) | near_edge, 0.2, 1.0) * rng.uniform(0.85, 1.0, len(xy))
    # The seat's area is kept free of other towns by counting it as a wide place.
    offsets = [
        int(np.argmin(np.hypot(*(xy - (xy[seat] + 4_200 * np.array(d))).T))) for d in ((1, 0), (-1, 0), (0, 1), (0, -1))
    ]
    towns = farthest_points(xy, 28, [seat, *offsets, sub], weight)
    return xy[[seat, sub, *towns]]


def _cells_at(terrain: Terrain, xy: Floats, step: float) -> list[tuple[int, int]]:
    """Row and column of the cell a step outward from the middle of the box."""
    middle = np.array([(BOX[0] + BOX[2]) / 2, (BOX[1] + BOX[3]) / 2])
    out = xy - middle
    probe = xy + out / np.maximum(np.hypot(*out.T), 1.0)[:, None] * step
    rows = np.clip(((probe[:, 1] - terrain.y0) / CELL).astype(int), 0, terrain.height.shape[0] - 1)
    columns = np.clip(((probe[:, 0] - terrain.x0) / CELL).astype(int), 0, terrain.height.shape[1] - 1)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _township_areas(
    rng: np.random.Generator, terrain: Terrain, inside: np.ndarray, towns: Floats
) -> tuple[list[Polygon], Floats]:
    """Polygons and centres of the 33: the seat's area is divided in four once more."""
    head_start = np.where(np.arange(len(towns)) == 0, -400.0, rng.uniform(-900, 900, len(towns)))
    owner = grow(terrain, inside, towns, head_start, climb=18.0, river_toll=1_500.0)
    seat = owner == 0
    cells = terrain.centres()[seat.ravel()]
    near = cells[np.hypot(*(cells - towns[0]).T) < 3_200]
    first = int(np.argmin(np.hypot(*(near - (towns[0] + [-1_200, 1_200])).T)))
    parts = near[[first, *farthest_points(near, SEAT_PARTS - 1, [first])]]
    inner = grow(terrain, seat, parts, np.zeros(SEAT_PARTS), climb=4.0, river_toll=4_000.0)
    numbered = np.where(owner > 0, owner + SEAT_PARTS - 1, -1)
    numbered = np.where(seat, inner, numbered)
    # The centre of a sub-district is where it comes nearest to the middle of the city.
    hearts = []
    for part in range(SEAT_PARTS):
        own = terrain.centres()[(numbered == part).ravel()]
        hearts.append(own[np.argsort(np.hypot(*(own - towns[0]).T), kind="stable")[len(own) // 25]])
    return outlines(terrain, numbered, 165.0), np.vstack([hearts, towns[1:]])


def _populations(rng: np.random.Generator, areas: list[Polygon]) -> tuple[Ints, dict[str, Ints]]:
    """People of each township, such that the published divisions into 5 and 8 districts can both be met."""
    size = np.array([area.area / 1e6 for area in areas])
    natural = 12_500 * (size / size[SEAT_PARTS + 1 :].mean()) ** 0.6 + rng.uniform(2_000, 7_000, len(areas))
    natural[:SEAT_PARTS] = rng.uniform(29_000, 36_000, SEAT_PARTS)
    natural[SEAT_PARTS] = 36_000
    natural *= PEOPLE / natural.sum()
    around: dict[int, set[int]] = {i: set() for i in range(len(areas))}
    for a, b in shared_borders(areas):
        around[a].add(b)
        around[b].add(a)
    planted = {stage: plant_districts(rng, natural, around, window) for stage, window in WINDOWS.items()}
    fitted = fit_population(natural, PEOPLE, [(planted[s], WINDOWS[s].districts, 0.06) for s in WINDOWS], 0.3)
    return share_out(fitted, PEOPLE), planted


def _place_counts(people: Ints) -> Ints:
    """Number of places in each township: estates and communities in town, villages of some 500 people elsewhere."""
    count = np.round(people / 640).astype(int)
    count[:SEAT_PARTS] = np.round(people[:SEAT_PARTS] / 2_300)
    count[SEAT_PARTS] = 30
    rural = np.arange(len(people)) > SEAT_PARTS
    count[rural] = share_out(people[rural], PLACES - int(count[~rural].sum()))
    return count


def _settle(
    rng: np.random.Generator, land_mesh: Mesh, terrain: Terrain, townships: gpd.GeoDataFrame, centres: Floats
) -> pd.DataFrame:
    """Place towns and villages on mesh points: low, gentle, spaced, towns dense."""
    xy = land_mesh.xy
    above, height = terrain.at(xy, terrain.above_stream), terrain.at(xy)
    dx = terrain.at(xy + np.array([100.0, 0.0])) - terrain.at(xy - np.array([100.0, 0.0]))
    dy = terrain.at(xy + np.array([0.0, 100.0])) - terrain.at(xy - np.array([0.0, 100.0]))
    slope = np.hypot(dx, dy) / 200
    good = np.exp(-above / 55 - slope / 0.12 - (height - height.min()) / 900)
    villages, estates = village_names(rng), estate_names(rng)
    rows: list[dict[str, object]] = []
    counts = _place_counts(townships["population"].to_numpy())
    for t, (area, count) in enumerate(zip(townships.geometry, counts.tolist(), strict=True)):
        own = np.flatnonzero(shapely.contains_xy(area, xy))
        away = np.hypot(*(xy[own] - centres[t]).T)
        core = count if t < SEAT_PARTS else (9 if t == SEAT_PARTS else 2)
        reach = 2_600 if t < SEAT_PARTS else (1_500 if t == SEAT_PARTS else 500)
        near = own[away < max(reach, np.sort(away)[min(3 * core, len(away) - 1)])]
        town = near[spaced_sample(rng, xy[near], np.exp(-np.hypot(*(xy[near] - centres[t]).T) / reach), core, 330)]
        far = np.setdiff1d(own[away > 900], town)
        hamlet = far[spaced_sample(rng, xy[far], good[far], count - core, 1_050)]
        weight = np.concatenate([_town_weight(rng, t, len(town)), rng.lognormal(0, 0.38, len(hamlet)) * 0.75 + 0.15])
        if len(hamlet):
            ease = good[hamlet] / good[hamlet].mean()
            weight[len(town) :] *= 0.6 + 0.8 * ease / (1 + ease)
        people = share_out(weight, int(townships["population"].iloc[t]))
        for i, (point, number) in enumerate(zip([*town, *hamlet], people, strict=True)):
            inner = i < len(town)
            kind = "village" if not inner else ("estate" if t <= SEAT_PARTS and i % 3 == 2 else "community")
            name = next(estates) if kind == "estate" else next(villages) + ("社区" if kind == "community" else "村")
            rows.append(
                {"name": name, "township": t, "kind": kind, "population": int(number), "node": int(point), "rank": i}
            )
    frame = pd.DataFrame(rows)
    frame.insert(0, "place_id", [f"L{i + 1:04d}" for i in range(len(frame))])
    return frame


def _town_weight(rng: np.random.Generator, township: int, count: int) -> Floats:
    """Relative size of the communities of a town, in units of an ordinary village."""
    if township <= SEAT_PARTS:
        return np.asarray(rng.lognormal(1.2, 0.3, count)) * (1.0 if township < SEAT_PARTS else 0.95)
    return np.array([4.6, 2.4])[:count] * rng.uniform(0.8, 1.2, count)


def _build_roads(
    rng: np.random.Generator, mesh: Mesh, terrain: Terrain, centres: Floats, county: Polygon, nodes: Ints
) -> None:
    """Build the four classes one after another; each shares the ways of those before."""
    towns = mesh.nearest(centres)
    # Trunk roads: the seat with the sub-centre and with five gates on the border.
    rim = np.asarray([county.exterior.interpolate(f, normalized=True).coords[0] for f in np.linspace(0, 1, 6)[:-1]])
    gates = mesh.nearest(rim)
    mesh.join_in_turn([(int(towns[0]), int(towns[SEAT_PARTS]))] + [(int(towns[0]), int(g)) for g in gates], 0)
    mesh.join_in_turn([(int(towns[0]), int(towns[i])) for i in range(1, SEAT_PARTS)], 0)
    # Secondary roads: neighbouring towns.
    mesh.join_in_turn([(int(towns[a]), int(towns[b])) for a, b in gabriel_pairs(centres)], 1)
    # Tertiary roads: every village, and four in ten of the ways between neighbouring villages.
    mesh.reach_out(np.concatenate([nodes, mesh.ends[mesh.bridge].ravel()]), 2)
    mesh.build(mesh.bridge, 2)
    links = [pair for pair in gabriel_pairs(mesh.xy[nodes]) if rng.random() < 0.4]
    mesh.join([(int(nodes[a]), int(nodes[b])) for a, b in links], 2, limit=9_000)
    # Streets of the towns: most links of the mesh near their middle.
    for t, centre in enumerate(centres):
        close = np.hypot(*(mesh.xy[mesh.ends].mean(axis=1) - centre).T) < _street_radius(t)
        sides = mesh.length < 1.19 * MESH  # not the diagonals of the blocks
        mesh.build(close & sides & ~mesh.bridge & (rng.random(len(close)) < 0.9), 2 if t <= SEAT_PARTS else 3)
    mesh.drop_islands()
    # Village roads: scattered farmsteads, as usual in these hills, and some gaps closed.
    above = terrain.at(mesh.xy, terrain.above_stream)
    hamlets = _draw_points(rng, np.exp(-above / 90), 10_800)
    mesh.reach_out(hamlets, 3, reuse=0.5)
    used = np.zeros(len(mesh.xy), dtype=bool)
    used[mesh.used()] = True
    gap = used[mesh.ends].all(axis=1) & (mesh.level < 0) & ~mesh.bridge & (mesh.cost < 1.6 * mesh.length)
    mesh.build(gap & (rng.random(len(gap)) < 0.05), 3)


def _street_radius(township: int) -> float:
    """How far the streets of a town reach, metres."""
    return 2_300.0 if township < SEAT_PARTS else (1_300.0 if township == SEAT_PARTS else 480.0)


def _draw_points(rng: np.random.Generator, weight: Floats, count: int) -> Ints:
    """Draw mesh points by weight without replacement."""
    keys = np.log(np.maximum(weight, 1e-12)) + rng.gumbel(size=len(weight))
    return np.sort(np.argsort(-keys, kind="stable")[:count])


def _water(terrain: Terrain, county: Polygon) -> gpd.GeoDataFrame:
    """The river as a polygon, a little beyond the county."""
    width = LineString(terrain.river).buffer(75).simplify(12)
    river = shapely.set_precision(width.intersection(county.buffer(2_500)), 1.0)
    return gpd.GeoDataFrame({"name": ["涪溪"], "kind": ["river"]}, geometry=[river], crs=CRS)


def make_land(seed: int) -> Land:
    """Make the land; the same seed gives the same land."""
    rng = np.random.default_rng(seed)
    terrain = _relief(rng)
    inside = _county_cells(rng, terrain)
    towns = _town_centres(rng, terrain, inside)
    areas, centres = _township_areas(rng, terrain, inside, towns)
    county = shapely.union_all(areas)
    people, planted = _populations(rng, areas)
    townships = gpd.GeoDataFrame(
        {
            "township_id": [f"990722{100 + i + 1}" for i in range(len(areas))],
            "name": TOWNSHIPS,
            "population": people,
            "urban_rural": ["121"] * SEAT_PARTS + ["121"] + ["210"] * (len(areas) - SEAT_PARTS - 1),
        },
        geometry=areas,
        crs=CRS,
    )
    on_river = _bridge_points(terrain, centres)
    towns_ = [(centre, _street_radius(t)) for t, centre in enumerate(centres)]
    mesh = make_mesh(rng, terrain, county, MESH, 130.0, on_river, towns_)
    places = _settle(rng, mesh, terrain, townships, centres)
    spots = mesh.xy[places["node"].to_numpy()] + rng.uniform(-45, 45, (len(places), 2))
    places["x"], places["y"] = spots[:, 0], spots[:, 1]
    _build_roads(rng, mesh, terrain, centres, county, places["node"].to_numpy())
    return Land(terrain, county, townships, centres, planted, places, mesh, _water(terrain, county))


def _bridge_points(terrain: Terrain, centres: Floats) -> Floats:
    """Where the river is bridged: three times in the seat, at the sub-centre, and where a town lies by the river."""
    river = LineString(terrain.river)
    heart = centres[:SEAT_PARTS].mean(axis=0)
    middle = river.project(shapely.Point(heart))
    spots = [middle - 1_500, middle, middle + 1_700, river.project(shapely.Point(centres[SEAT_PARTS]))]
    for town in centres[SEAT_PARTS + 1 :]:
        along = river.project(shapely.Point(town))
        if river.distance(shapely.Point(town)) < 7_000 and min(abs(along - s) for s in spots) > 5_500:
            spots.append(along)
    return np.asarray([river.interpolate(s).coords[0] for s in spots])
