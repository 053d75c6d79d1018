"""Small grids whose best assignment can be found by trying everything."""

from __future__ import annotations

from itertools import product

import numpy as np

from layout_planner.engines.zoning import Shape, ZoneProblem


def grid_edges(rows: int, columns: int) -> list[tuple[int, int]]:
    """Edges of a grid, rook moves."""
    at = [[r * columns + c for c in range(columns)] for r in range(rows)]
    across = [(at[r][c], at[r][c + 1]) for r, c in product(range(rows), range(columns - 1))]
    return across + [(at[r][c], at[r + 1][c]) for r, c in product(range(rows - 1), range(columns))]


def random_toy(seed: int) -> ZoneProblem:
    """A grid of 4 to 12 places with 1 to 3 schools, tight seats, some walls and some forbidden pairs."""
    rng = np.random.default_rng(seed)
    rows, columns = [(2, 2), (2, 3), (3, 3), (2, 5), (3, 4), (2, 6)][rng.integers(6)]
    n, m = rows * columns, int(rng.integers(1, 4))
    edges = [edge for edge in grid_edges(rows, columns) if rng.random() > 0.1]
    home = rng.choice(n, size=m, replace=False)
    demand = rng.integers(0, 9, n).astype(float)
    share = rng.dirichlet(np.full(m, 4.0))
    capacity = np.ceil(demand.sum() * share * rng.uniform(1.0, 1.6))
    place = np.array(list(product(range(rows), range(columns))), dtype=float)
    cost = np.abs(place[:, None, :] - place[home][None, :, :]).sum(axis=2) * demand[:, None] + rng.normal(0, 3, (n, m))
    cost[rng.random((n, m)) < 0.05] = np.nan
    cost[home, np.arange(m)] = 0.0
    return ZoneProblem.from_edges(cost, demand, capacity, edges, home)


def shaped_toy(seed: int, borders: bool) -> ZoneProblem:
    """The same with sums over zones that cost something above or below a level, and, if asked, priced borders."""
    toy = random_toy(seed)
    rng = np.random.default_rng(seed + 10_000)
    r = int(rng.integers(1, 3))
    weight = np.concatenate([toy.demand[None], rng.normal(0, 3, (1, toy.n))])[:r]
    rows = np.repeat(np.arange(toy.n), np.diff(toy.indptr))
    edges = np.column_stack([rows, toy.indices])[rows < toy.indices]
    shape = Shape(
        weight=weight,
        level=np.stack([toy.capacity * rng.uniform(0.5, 0.9), np.zeros(toy.m)])[:r],
        over=rng.uniform(0, 4, (r, toy.m)),
        under=rng.uniform(0, 2, (r, toy.m)),
        edges=edges,
        border=rng.uniform(0, 3, len(edges)) if borders else np.zeros(len(edges)),
    )
    return ZoneProblem.from_edges(toy.cost, toy.demand, toy.capacity, edges, toy.home, shape)


def best_by_trying(problem: ZoneProblem) -> float:
    """Least cost over all assignments; infinite when there is none.

    Lists every lawful zone of every school as a bit mask, then tiles the places with one zone a school.
    """
    tilings = {0: 0.0}
    for j in range(problem.m):
        zones = _zones(problem, j)
        fresh: dict[int, float] = {}
        for mask, cost in tilings.items():
            for zone, price in zones.items():
                if not mask & zone and cost + price < fresh.get(mask | zone, np.inf):
                    fresh[mask | zone] = cost + price
        tilings = fresh
    return tilings.get((1 << problem.n) - 1, np.inf)


def _zones(problem: ZoneProblem, j: int) -> dict[int, float]:
    home = int(problem.home[j])
    neighbours = [
        sum(1 << int(k) for k in problem.indices[problem.indptr[i] : problem.indptr[i + 1]]) for i in range(problem.n)
    ]
    found: dict[int, float] = {}
    queue = [1 << home]
    seen = {1 << home}
    while queue:  # grow connected sets place by place
        zone = queue.pop()
        members = [i for i in range(problem.n) if zone >> i & 1]
        if any(np.isnan(problem.cost[i, j]) for i in members):
            continue
        if problem.demand[members].sum() > problem.capacity[j]:
            continue
        found[zone] = float(problem.cost[members, j].sum()) + _beyond_pairs(problem, members, j)
        beside = 0
        for i in members:
            beside |= neighbours[i]
        for i in range(problem.n):
            grown = zone | 1 << i
            if beside >> i & 1 and grown not in seen:
                seen.add(grown)
                queue.append(grown)
    return found


def _beyond_pairs(problem: ZoneProblem, members: list[int], j: int) -> float:
    """What one zone's sums cost, and its half of the borders around it."""
    total, shape = 0.0, problem.shape
    for weight, level, over, under in zip(shape.weight, shape.level, shape.over, shape.under, strict=True):
        away = float(weight[members].sum() - level[j])
        total += over[j] * max(away, 0.0) + under[j] * max(-away, 0.0)
    for (a, b), price in zip(shape.edges, shape.border, strict=True):
        total += price / 2 * ((a in members) != (b in members))
    return total
