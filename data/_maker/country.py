"""Boundaries that follow the land, and districts planted in them."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from rasterio import features
from scipy.ndimage import binary_fill_holes, label
from scipy.optimize import linprog
from scipy.sparse.csgraph import dijkstra
from shapely.geometry import LineString, Polygon, shape
from shapely.ops import polygonize, unary_union

from .draw import Bools, Floats, Ints, rounded_corners
from .terrain import Terrain, neighbour_pairs, pair_graph


def blob(score: Floats, cells: int) -> Bools:
    """Give the ``cells`` lowest-scoring cells as one piece without holes."""
    cut = np.partition(score.ravel(), cells)[cells]
    pieces, _ = label(score < cut)
    return np.asarray(binary_fill_holes(pieces == np.bincount(pieces.ravel())[1:].argmax() + 1))


def grow(terrain: Terrain, inside: Bools, seeds: Floats, head_start: Floats, climb: float, river_toll: float) -> Ints:
    """Divide the cells inside among seeds: each goes to the seed it is reached from first; -1 outside.

    Climbing is dear, so that two seeds meet on the ridge between them; so is the river.
    """
    shape_ = inside.shape
    first, second, step = neighbour_pairs(shape_)
    flat = inside.ravel()
    held = flat[first] & flat[second]
    first, second, step = first[held], second[held], step[held]
    height = terrain.height.ravel()
    cost = step * terrain.cell + climb * np.abs(height[first] - height[second])
    wet = np.zeros(flat.size, dtype=bool)
    columns = ((terrain.river[:, 0] - terrain.x0) / terrain.cell).astype(int)
    rows = ((terrain.river[:, 1] - terrain.y0) / terrain.cell).astype(int)
    seen = (rows >= 0) & (rows < shape_[0]) & (columns >= 0) & (columns < shape_[1])
    wet[rows[seen] * shape_[1] + columns[seen]] = True
    cost = cost + river_toll * (wet[first] != wet[second])
    column = ((seeds[:, 0] - terrain.x0) / terrain.cell).astype(int)
    row = ((seeds[:, 1] - terrain.y0) / terrain.cell).astype(int)
    reach = dijkstra(pair_graph(first, second, cost, flat.size), indices=row * shape_[1] + column)
    owner = np.argmin(reach - head_start[:, None], axis=0)
    return np.where(flat, owner, -1).reshape(shape_).astype(np.int64)


def _merge_crumbs(owner: Ints) -> Ints:
    """Give cells cut off from the main part of their owner to the neighbour they touch most."""
    owner = owner.copy()
    for who in range(int(owner.max()) + 1):
        pieces, count = label(owner == who)
        if count < 2:
            continue
        sizes = np.bincount(pieces.ravel())[1:]
        for piece in range(1, count + 1):
            if piece == sizes.argmax() + 1:
                continue
            rows, columns = np.nonzero(pieces == piece)
            around = [
                owner[r + dr, c + dc]
                for r, c in zip(rows, columns, strict=True)
                for dr, dc in ((0, 1), (1, 0), (0, -1), (-1, 0))
                if owner[r + dr, c + dc] not in (who, -1)
            ]
            if around:
                owner[rows, columns] = np.bincount(around).argmax()
    return owner


def outlines(terrain: Terrain, owner: Ints, tolerance: float) -> list[Polygon]:
    """Turn labelled cells into polygons with natural lines that still tile exactly.

    Borders are smoothed arc by arc, each shared arc once, between the points where three areas meet; built anew from
    the arcs the polygons share their borders to the last digit.
    """
    owner = _merge_crumbs(owner)
    transform = (terrain.cell, 0.0, terrain.x0, 0.0, terrain.cell, terrain.y0)
    raw = [
        (int(value), shape(geometry))
        for geometry, value in features.shapes(
            owner.astype(np.int32), mask=owner >= 0, transform=features.Affine(*transform)
        )
    ]
    arcs = shapely.line_merge(unary_union([area.boundary for _, area in raw]))
    smooth = []
    for arc in shapely.get_parts(arcs):
        loose = np.asarray(shapely.simplify(arc, tolerance, preserve_topology=True).coords)
        smooth.append(LineString(np.round(rounded_corners(loose))))
    faces = list(polygonize(unary_union(smooth)))
    areas: list[list[Polygon]] = [[] for _ in range(int(owner.max()) + 1)]
    for face in faces:
        overlap = [(face.intersection(area).area, value) for value, area in raw if area.intersects(face)]
        areas[max(overlap)[1]].append(face)
    merged = [shapely.union_all(parts) for parts in areas]
    assert all(isinstance(area, Polygon) and area.is_valid for area in merged), "an area fell apart"
    return merged


def shared_borders(areas: list[Polygon], least: float = 300.0) -> list[tuple[int, int]]:
    """Pairs of areas whose common border is at least ``least`` metres long."""
    tree = shapely.STRtree(areas)
    first, second = tree.query(areas, predicate="intersects")
    return [
        (int(a), int(b))
        for a, b in zip(first, second, strict=True)
        if a < b and areas[a].intersection(areas[b]).length >= least
    ]


def connected(members: set[int], around: dict[int, set[int]]) -> bool:
    """Whether the members hang together by shared borders."""
    if not members:
        return False
    start = next(iter(members))
    seen, open_ = {start}, [start]
    while open_:
        fresh = (around[open_.pop()] & members) - seen
        seen |= fresh
        open_.extend(fresh)
    return len(seen) == len(members)


@dataclass(frozen=True)
class Window:
    """What a planted division must keep to: how many districts, and the least and most townships in each."""

    districts: int
    least: int
    most: int


def plant_districts(
    rng: np.random.Generator, people: Floats, around: dict[int, set[int]], window: Window, tries: int = 40
) -> Ints:
    """Find connected districts of nearly equal population by moving one township at a time.

    A witness that the published figures (standards §1.1) can be met here, not an optimum.
    """
    count, target = len(people), float(people.sum()) / window.districts
    border = np.array([[b in around[a] for b in range(count)] for a in range(count)])

    def badness(of: Ints) -> float:
        load = np.bincount(of, weights=people, minlength=window.districts)
        size = np.bincount(of, minlength=window.districts)
        outside = np.maximum(window.least - size, 0) + np.maximum(size - window.most, 0)
        cut = border[of[:, None] != of[None, :]].sum() / 2
        return float(((load / target - 1) ** 2).sum() * 100 + 3 * outside.sum() + 0.01 * cut)

    best, best_value = np.zeros(count, dtype=np.int64), np.inf
    for _ in range(tries):
        of = np.full(count, -1)
        of[rng.choice(count, window.districts, replace=False)] = np.arange(window.districts)
        while (of < 0).any():  # grow the lightest district that can grow
            load = np.bincount(of[of >= 0], weights=people[of >= 0], minlength=window.districts)
            for district in np.argsort(load, kind="stable"):
                edge = sorted({n for t in np.flatnonzero(of == district) for n in around[int(t)] if of[n] < 0})
                if edge:
                    of[int(rng.choice(edge))] = district
                    break
        value, heat = badness(of), 0.4
        for _ in range(2500):
            heat *= 0.9975
            town = int(rng.integers(count))
            near = sorted({int(of[n]) for n in around[town]} - {int(of[town])})
            if not near:
                continue
            trial = of.copy()
            trial[town] = int(rng.choice(near))
            left = set(np.flatnonzero(of == of[town]).tolist()) - {town}
            if not connected(left, around):
                continue
            fresh = badness(trial)
            if fresh < value or rng.random() < np.exp((value - fresh) / heat):
                of, value = trial, fresh
        if value < best_value:
            best, best_value = of.copy(), value
    return best


def fit_population(natural: Floats, total: int, divisions: list[tuple[Ints, int, float]], play: float) -> Floats:
    """Change township populations as little as possible so that each division's districts are nearly equal.

    Parameters
    ----------
    divisions
        For each: district of every township, number of districts, largest deviation from the mean (0.05 = 5 %).
    play
        Largest relative change of one township.

    Notes
    -----
    min Σ dᵢ/nᵢ  subject to  |pᵢ − nᵢ| ≤ dᵢ ≤ play·nᵢ,  Σ pᵢ = total,  |Σ_{i∈D} pᵢ − total/k| ≤ dev·total/k.
    """
    count = len(natural)
    unit = np.eye(count)
    upper = [np.hstack([unit, -unit]), np.hstack([-unit, -unit])]
    limit = [natural, -natural]
    for of, districts, deviation in divisions:
        inside = (of[None, :] == np.arange(districts)[:, None]).astype(float)
        blank = np.zeros_like(inside)
        mean = total / districts
        upper += [np.hstack([inside, blank]), np.hstack([-inside, blank])]
        limit += [np.full(districts, mean * (1 + deviation)), np.full(districts, -mean * (1 - deviation))]
    answer = linprog(
        np.concatenate([np.zeros(count), 1 / natural]),
        A_ub=np.vstack(upper),
        b_ub=np.concatenate(limit),
        A_eq=np.concatenate([np.ones(count), np.zeros(count)])[None, :],
        b_eq=[total],
        bounds=[(0, None)] * count + [(0, play * n) for n in natural],
    )
    assert answer.success, f"no populations fit the planted districts: {answer.message}"
    return np.asarray(answer.x[:count])


def tiles_exactly(areas: gpd.GeoSeries) -> bool:
    """Whether polygons cover their union without gap or overlap."""
    whole = areas.union_all()
    return (
        isinstance(whole, Polygon)
        and not whole.interiors
        and abs(whole.area - float(areas.area.sum())) < 1.0
        and bool(shapely.coverage_is_valid(areas.to_numpy()))
    )
