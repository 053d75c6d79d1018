"""Two hundred toys against trying everything, with every feature of the problem; and what must hold of any optimum."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layout_planner.engines.location.capacitated import solve_counts, solve_location
from layout_planner.engines.location.contiguous import solve_contiguous
from layout_planner.engines.location.problem import CLOSED, FREE, OPEN, LocationProblem, make_problem

PLACES, SITES = 6, 4
HOMES = np.array(list(product(range(SITES), repeat=PLACES)))


def toy(seed: int, kind: str) -> LocationProblem:
    """`divided`: floors and fractional demand, so that bounds come from divided fills; `whole`: exact knapsacks."""
    rng = np.random.default_rng(seed)
    demand = rng.integers(1, 6, PLACES).astype(float)
    floor = 0.0
    if kind == "divided":
        demand += 0.5
        floor = float(rng.integers(0, 8))
    cost = rng.integers(1, 30, (PLACES, SITES)).astype(float)
    cost[rng.random(cost.shape) < 0.1] = np.inf
    state = rng.choice([FREE, FREE, FREE, OPEN, CLOSED], SITES)
    region = rng.integers(0, 2, SITES) if seed % 3 == 0 else None
    fewest = int(rng.integers(0, 3))
    return make_problem(
        cost,
        demand,
        np.sort(rng.integers(3, 18, (SITES, 3)), axis=1).astype(float),
        np.cumsum(rng.integers(0, 9, (SITES, 3)), axis=1).astype(float),
        fewest=fewest,
        most=fewest + int(rng.integers(0, 3)),
        state=state,
        counted=rng.random(SITES) < 0.8,
        least=float(rng.integers(0, 5)),
        floor=floor,
        floor_price=0.75,
        region=region,
        region_least=None if region is None else rng.integers(0, 2, 2),
    )


def by_trying_all(problem: LocationProblem) -> float:
    best = np.inf
    loads = np.stack([(j == HOMES) @ problem.demand for j in range(SITES)], axis=1)
    ways = sum(problem.cost[i, HOMES[:, i]] for i in range(PLACES))
    for pattern in product([False, True], repeat=SITES):
        is_open = np.array(pattern)
        if (is_open & (problem.state == CLOSED)).any() or (~is_open & (problem.state == OPEN)).any():
            continue
        if not problem.fewest <= (is_open & problem.counted).sum() <= problem.most:
            continue
        if (problem.in_regions(is_open) < problem.regions()[1]).any():
            continue
        fits = np.isfinite(ways) & ~(loads[:, ~is_open] > 0).any(axis=1)
        total = np.where(fits, ways, np.inf)
        for j in np.flatnonzero(is_open):
            load = loads[:, j]
            size = (problem.seats[j][None, :] < load[:, None] - 1e-6).sum(axis=1)
            price = np.append(problem.price[j], np.inf)[size]
            price = np.where(load < problem.least[j] - 1e-6, np.inf, price)
            total = total + price + problem.floor_price[j] * np.maximum(problem.floor[j] - load, 0.0)
        best = min(best, float(total.min()))
    return best


@pytest.mark.parametrize("kind", ["divided", "whole"])
@pytest.mark.parametrize("tens", range(12))
def test_toys_are_as_good_as_trying_all(tens: int, kind: str) -> None:
    for seed in range(10 * tens, 10 * tens + 10):
        problem = toy(seed, kind)
        expected = by_trying_all(problem)
        found = solve_location(problem, seconds=np.inf)
        if np.isinf(expected):
            assert found.status == "infeasible", seed
            assert found.home is None
        else:
            assert found.status == "optimal", seed
            assert found.objective == pytest.approx(expected), seed
            assert found.home is not None
            assert found.is_open is not None
            assert problem.objective(found.home, found.is_open) == pytest.approx(expected)


@given(seed=st.integers(0, 10_000), more=st.integers(1, 6))
def test_more_seats_never_cost_more(seed: int, more: int) -> None:
    problem = toy(seed, "whole")
    roomier = problem.with_(seats=problem.seats + more)
    before = solve_location(problem, seconds=np.inf)
    after = solve_location(roomier, seconds=np.inf)
    assert before.status in ("optimal", "infeasible")
    assert after.objective <= before.objective + 1e-6


@given(seed=st.integers(0, 10_000))
def test_a_frontier_is_what_each_number_costs_by_itself(seed: int) -> None:
    problem = toy(seed, "divided").with_(state=np.zeros(SITES, dtype=np.int64), counted=np.ones(SITES, dtype=bool))
    both = solve_counts(problem, [2, 3], gap=0.0, seconds=np.inf)
    for number, found in both.items():
        assert found.objective == pytest.approx(by_trying_all(problem.with_(fewest=number, most=number)))


def test_zones_hang_together_on_a_line() -> None:
    """Places 0 … 5 on a line, sites in 0, 2 and 5. Alone, 1 would go to 2 and 4 to 5; seats make a zone jump.

    Site 2 holds 3: without contiguity the cheapest two sites are 0 and 5 … by hand: with sites 0 and 5 (seats 3 each)
    0, 1, 2 go to 0 at 0 + 1 + 2 and 3, 4, 5 to 5 at 2 + 1 + 0, together 6; prices are 1 each, so 8. Any set with 2
    needs two more seats than 2 has beside 0 or 5: {0, 2}: 0, 1, 2 and 3, 4, 5 → 2 takes 3, 4, 5 at 1 + 2 + 3 but its
    own place belongs to it, so it is over-full; three sites cost one more and save at most 2: {0, 2, 5} has 0 | 1 2 3 |
    4 5 or alike at 1 + 1 + 1 = 3, with prices 6.
    """
    x = np.array([0.0, 1, 2, 3, 4, 5])
    stands = np.array([0, 2, 5])
    cost = np.abs(x[:, None] - x[stands][None, :])
    problem = make_problem(cost, np.ones(6), np.full(3, 3.0), np.ones(3), most=3)
    edges = np.column_stack([np.arange(5), np.arange(1, 6)])
    found = solve_contiguous(problem, edges, stands, seconds=np.inf)
    assert found.objective == pytest.approx(6.0)
    two = solve_contiguous(problem.with_(fewest=2, most=2), edges, stands, seconds=np.inf)
    assert two.objective == pytest.approx(8.0)
    assert two.home is not None
    assert two.home.tolist() in ([0, 0, 0, 2, 2, 2], [1, 1, 1, 2, 2, 2])
    assert two.bound <= two.objective
