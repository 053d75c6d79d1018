"""Random counties as arrays: what the tests and the benchmark of districts are tried on."""

from __future__ import annotations

import numpy as np
from scipy.spatial import Delaunay

from layout_planner.engines.districting.problem import Costs, DistrictProblem, make_problem
from layout_planner.solving.graphs import adjacency_rows


def random_county(
    n: int,
    districts: int,
    seed: int,
    size: tuple[int, int],
    mode: str = "inside",
    people: float = 0.10,
    pupils: float = 0.15,
    terms: bool = True,
) -> DistrictProblem:
    """Townships at random points, neighbours by a thinned Delaunay triangulation; people log-normal, seats heavier.

    The leads stand in the most populous townships. Cost: pupil-minutes to the lead, people, pupils and strength between
    districts, likeness of character within.
    """
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 1, (n, 2)) * [1.2, 1.0]
    for _ in range(8):  # some relaxation: townships are of like extent
        sample = rng.uniform(0, 1, (4000, 2)) * [1.2, 1.0]
        nearest = np.argmin(((sample[:, None] - points[None]) ** 2).sum(axis=2), axis=1)
        points = np.array([sample[nearest == u].mean(axis=0) if (nearest == u).any() else points[u] for u in range(n)])
    triangles = Delaunay(points).simplices
    pairs = np.unique(np.sort(triangles[:, [[0, 1], [1, 2], [0, 2]]].reshape(-1, 2), axis=1), axis=0)
    length = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T)
    pairs = pairs[length < 2.2 * np.median(length)]
    population = np.round(20_000 * rng.lognormal(0, 0.3, n)).astype(np.int64)
    share = 0.06 * rng.lognormal(0, 0.12, n)
    children = np.round(population * share).astype(np.int64)
    leads = np.sort(np.argsort(-population, kind="stable")[:districts])
    weights = np.stack([np.ones(n, dtype=np.int64), population, children])
    mean_people, mean_children = population.sum() / districts, children.sum() / districts
    low = [size[0], int(np.ceil(mean_people * (1 - people))), int(np.ceil(mean_children * (1 - pupils)))]
    high = [size[1], int(mean_people * (1 + people)), int(mean_children * (1 + pupils))]
    strength = rng.normal(60, 10, n) + 12 * (np.arange(n)[:, None] == leads).any(axis=1)
    character = rng.normal(0, 1, (2, n)) + np.array([points[:, 0], points[:, 1]]) * 2
    costs = county_costs(
        points, population, children, strength, character, leads, districts, adjacency_rows(n, pairs)[1]
    )
    return make_problem(
        pairs,
        weights,
        low,
        high,
        districts,
        costs if terms else None,
        leads if mode != "none" else None,
        mode,  # type: ignore[arg-type]
    )


def county_costs(points, population, children, strength, character, leads, districts, indices):
    """The five terms, each unit-free and about 1 for a division at random."""
    away = np.hypot(points[:, None, 0] - points[leads][None, :, 0], points[:, None, 1] - points[leads][None, :, 1])
    travel = children[:, None] * away / (children.sum() * 0.4)
    people, pupils = population / population.sum(), children / children.sum()
    mean = float((pupils * strength).sum())
    z = (character - (pupils * character).sum(axis=1, keepdims=True)) / character.std(axis=1, keepdims=True)
    k = districts
    sums = np.stack([people, pupils, pupils * (strength - mean), *(pupils * z), pupils * (z**2).sum(axis=0)])
    # Shapes: people and pupils off the mean, strength off the mean, spread of two features within.
    kind = [0, 0, 1, 2, 2]
    first = [0, 1, 2, 3, 4]
    second = [0, 0, 1, 5, 1]
    third = [0, 0, 0, 1, 1]
    # The two spreads share one row of squares: Σ w (x² + y²) − (Σ w x)²/W − (Σ w y)²/W + W·0; the second takes Σ w as
    # its row of squares, which adds up to a constant.
    target = [1 / k, 1 / k, 0.0, 0.0, 0.0]
    weight = [2.0, 2.0, 2.0 / strength.std(), 0.25, 0.25]
    as_int = lambda values: np.array(values, dtype=np.int64)  # noqa: E731
    return Costs(
        np.ascontiguousarray(travel),
        np.zeros(len(leads)),
        np.zeros(len(indices)),
        np.ascontiguousarray(sums),
        np.zeros((len(sums), len(leads))),
        as_int(kind),
        as_int(first),
        as_int(second),
        as_int(third),
        np.array(target),
        np.array(weight),
        -0.25,
    )
