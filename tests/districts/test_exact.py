"""The exact method against trying every division, and the checker against both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout_planner.base.errors import DataError
from layout_planner.engines.districting.check import check_division
from layout_planner.engines.districting.costs import plan_cost
from layout_planner.engines.districting.division import divide, loose_bound
from layout_planner.engines.districting.enumeration import make_pool
from layout_planner.engines.districting.problem import ArrayPlan, DistrictProblem, make_problem
from tests.districts.brute import cheapest, lawful_divisions
from tests.districts.counties import random_county

PATIENT = np.inf
"""Seconds: a proof must not fall victim to a busy machine, on which the first call compiles slowly."""


def small(seed: int, mode: str, n: int = 9, k: int = 3) -> DistrictProblem:
    return random_county(n, k, seed, (2, 4), mode, people=0.35, pupils=0.4)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["inside", "detached", "none"])
@pytest.mark.parametrize("seed", range(4))
def test_optimum_is_that_of_trying_all(seed: int, mode: str) -> None:
    problem = small(seed, mode)
    best, count = cheapest(problem)
    found = divide(problem, seed=seed, time_limit=PATIENT)
    if count == 0:
        assert found.status == "infeasible"
        return
    assert found.status == "optimal"
    assert found.cost == pytest.approx(best, abs=1e-8)
    assert found.bound == pytest.approx(best, abs=1e-6)
    assert found.plan is not None and check_division(problem, found.plan).feasible
    assert plan_cost(problem, found.plan) == pytest.approx(found.cost, abs=1e-8)
    assert loose_bound(problem) <= best + 1e-8


@pytest.mark.parametrize("seed", range(3))
def test_more_candidates_than_districts(seed: int) -> None:
    base = small(seed, "inside", k=3)
    for mode in ("inside", "detached"):
        problem = replace(base, districts=2, low=base.low, high=base.high * 2, mode=mode)
        best, count = cheapest(problem)
        found = divide(problem, time_limit=PATIENT)
        assert (found.status == "infeasible") == (count == 0)
        if count:
            assert found.cost == pytest.approx(best, abs=1e-8)


def test_leads_bring_people_of_their_own() -> None:
    base = small(1, "detached")
    brought = np.array([[1, 1, 1], [9000, 2000, 4000], [500, 100, 250]])
    problem = replace(base, lead_weights=brought, high=base.high + np.array([1, 6000, 400]))
    best, count = cheapest(problem)
    assert count > 0
    found = divide(problem, time_limit=PATIENT)
    assert found.cost == pytest.approx(best, abs=1e-8)
    assert check_division(problem, found.plan).feasible


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(6, 9))
def test_pool_holds_every_district_of_every_division(seed: int, n: int) -> None:
    problem = random_county(n, 3, seed, (1, 4), "none", people=0.5, pupils=0.6)
    seen = {
        int(sum(1 << int(u) for u in np.flatnonzero(of == d)))
        for of in lawful_divisions(problem)
        for d in range(problem.districts)
    }
    pool = make_pool(problem)
    masks = [int(mask) for mask in pool.masks]
    assert len(masks) == len(set(masks)), "a set is listed twice"
    assert seen <= set(masks)
    assert pool.complete and not make_pool(problem, most=len(masks) - 1).complete


def test_windows_are_whole_numbers() -> None:
    # 88,000 / 80,000 - 1 <= 0.1 is false in floats; both districts weigh exactly the tenth more or less.
    weights = np.array([[1, 1, 1, 1], [44_000, 44_000, 36_000, 36_000]])
    line = [(0, 1), (1, 2), (2, 3)]
    assert divide(make_problem(line, weights, [2, 72_000], [2, 88_000], 2)).status == "optimal"
    assert divide(make_problem(line, weights, [2, 72_001], [2, 88_000], 2)).status == "infeasible"


def test_number_of_districts_is_exact() -> None:
    # Two districts would do; three are asked for and must be had, or be refused.
    weights = np.ones((1, 6), dtype=np.int64)
    ring = [(i, (i + 1) % 6) for i in range(6)]
    assert len(set(divide(make_problem(ring, weights, [1], [6], 3)).plan.district_of)) == 3
    assert divide(make_problem(ring, weights, [3], [6], 3)).status == "infeasible"


def test_units_without_people_bind_districts() -> None:
    # A hub without people joins two ends: without it there is no division into two of two people each.
    weights = np.array([[1, 1, 1, 1, 0], [1, 1, 1, 1, 0]])
    star = [(0, 4), (1, 4), (2, 3), (3, 4)]
    found = divide(make_problem(star, weights, [1, 2], [5, 2], 2))
    assert found.status == "optimal"
    assert found.plan.district_of[2] == found.plan.district_of[3] != found.plan.district_of[0]


def test_an_island_is_a_district_or_nothing() -> None:
    weights = np.ones((1, 5), dtype=np.int64)
    edges = [(0, 1), (1, 2), (3, 4)]
    found = divide(make_problem(edges, weights, [2], [3], 2))
    assert found.status == "optimal" and found.plan.district_of.tolist() == [0, 0, 0, 1, 1]
    assert divide(make_problem(edges, weights, [1], [2], 2)).status == "infeasible"


def test_two_leads_in_one_unit_are_refused_inside() -> None:
    weights = np.ones((1, 4), dtype=np.int64)
    with pytest.raises(DataError, match="one lead only"):
        make_problem([(0, 1), (1, 2), (2, 3)], weights, [1], [3], 2, homes=[1, 1], mode="inside")


@pytest.mark.parametrize("mode", ["inside", "detached"])
def test_search_keeps_districts_connected_and_close_to_the_optimum(mode: str) -> None:
    problem = random_county(33, 5, 1, (6, 9), mode)
    exact = divide(problem, time_limit=PATIENT)
    found = divide(problem, method="search", time_limit=1.0, clock="work")
    faults = check_division(problem, found.plan)
    assert not faults.severed and not faults.unassigned and not faults.leads
    assert found.status == "feasible" and faults.feasible
    assert exact.status == "optimal" and exact.cost - 1e-9 <= found.cost <= 1.1 * exact.cost
    assert loose_bound(problem) <= exact.cost
    assert found.cost == pytest.approx(plan_cost(problem, found.plan))


def test_checker_sees_what_is_wrong() -> None:
    problem = random_county(12, 3, 0, (3, 5), "inside", people=0.5, pupils=0.5)
    plan = divide(problem, time_limit=PATIENT).plan
    nine = np.array([9, 0, 0])
    assert check_division(problem, plan).feasible
    other = ArrayPlan(plan.district_of.copy(), plan.lead_of)
    other.district_of[0] = (other.district_of[0] + 1) % 3
    assert not check_division(problem, other).feasible
    assert check_division(problem, ArrayPlan(plan.district_of, plan.lead_of[::-1].copy())).leads
    assert check_division(problem.with_windows(problem.low + nine, problem.high + nine), plan).outside
