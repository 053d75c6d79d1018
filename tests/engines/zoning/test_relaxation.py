"""The relaxation: bounds that hold, fixing that loses nothing better, and columns that come in later."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from layout_planner.engines.zoning import ZoneProblem, check_zones, relaxation
from layout_planner.engines.zoning.fixing import cheap_enough, path_feasible
from layout_planner.engines.zoning.relaxation import Relaxation
from layout_planner.solving.clock import Clock
from tests.engines.zoning.toys import best_by_trying, grid_edges, random_toy

AMPLE = Clock(np.inf)


def lawful_assignments(problem):
    """Every lawful assignment of a problem of at most 9 places."""
    every = (np.array(one) for one in product(range(problem.m), repeat=problem.n))
    return [one for one in every if check_zones(problem, one).feasible]


SMALL_TOYS = [seed for seed in range(120) if random_toy(seed).n <= 9 and random_toy(seed).m == 2]


@pytest.mark.parametrize("seed", SMALL_TOYS)
def test_cuts_hold_and_the_bound_is_below_the_best(seed):
    toy = random_toy(seed)
    lawful = lawful_assignments(toy)
    one = Relaxation(toy)
    if one.hopeless or not one.tighten(AMPLE):
        assert not lawful
        return
    for school_of in lawful:
        assert one.bound.value <= toy.objective(school_of) + 1e-6
        for cut in one.cuts:
            assert cut.coefficient @ (school_of[cut.places] == cut.school) >= cut.least - 1e-9
        assert one.alive[np.arange(toy.n), school_of].all()


@pytest.mark.parametrize("seed", SMALL_TOYS)
def test_fixing_keeps_whatever_is_better(seed):
    toy = random_toy(seed)
    lawful = lawful_assignments(toy)
    one = Relaxation(toy)
    if not lawful or not one.tighten(AMPLE):
        return
    costs = sorted(toy.objective(school_of) for school_of in lawful)
    upper = costs[len(costs) // 2]
    one.fix(upper)
    for school_of in lawful:
        if toy.objective(school_of) < upper - 1e-9:
            assert one.alive[np.arange(toy.n), school_of].all()


def test_paths_that_need_too_many_seats():
    # A row of five with 3 children each: a school of 9 seats at one end reaches two further places, no more.
    problem = ZoneProblem.from_edges(np.zeros((5, 2)), np.full(5, 3), [9, 15], grid_edges(1, 5), [0, 4])
    assert path_feasible(problem, problem.allowed)[:, 0].tolist() == [True, True, True, False, False]
    # And each step costs 2 more than the bound: with a slack of 3 only the next place is worth while.
    kept = cheap_enough(problem, problem.allowed, np.full((5, 2), 2.0) * (np.arange(5) > 0)[:, None], 3.0)
    assert kept[:, 0].tolist() == [True, True, False, False, False]


def county(seed, side=8, schools=7):
    rng = np.random.default_rng(seed)
    n = side * side
    place = np.array([(k // side, k % side) for k in range(n)], dtype=float)
    home = rng.choice(n, schools, replace=False)
    demand = rng.integers(1, 30, n).astype(float)
    away = np.hypot(*np.moveaxis(place[:, None, :] - place[home][None, :, :], 2, 0))
    seats = np.full(schools, np.ceil(1.05 * demand.sum() / schools))
    return ZoneProblem.from_edges(away * demand[:, None], demand, seats, grid_edges(side, side), home)


@pytest.mark.parametrize("seed", range(4))
def test_columns_that_come_in_later_give_the_same_bound(seed, monkeypatch):
    problem = county(seed)
    whole = Relaxation(problem)
    assert whole.solve(AMPLE)
    monkeypatch.setattr(relaxation, "LARGE", 10)
    monkeypatch.setattr(relaxation, "FIRST_SCHOOLS", 1)
    part = Relaxation(problem)
    assert part.solve(AMPLE)
    assert part.bound.value == pytest.approx(whole.bound.value)
    assert part.tighten(AMPLE) and part.bound.value >= whole.bound.value - 1e-6
    assert part.integers(AMPLE, np.inf, 1).school_of is None  # too large for branch and bound


@pytest.mark.parametrize("seed", [s for s in range(40) if random_toy(s).n <= 9])
def test_integers_find_the_best(seed):
    toy = random_toy(seed)
    least = best_by_trying(toy)
    one = Relaxation(toy)
    if one.hopeless:
        assert np.isinf(least)
        return
    outcome = one.integers(AMPLE, np.inf, 10_000)
    assert outcome.proven
    if np.isinf(least):
        assert outcome.school_of is None
    else:
        assert toy.objective(outcome.school_of) == pytest.approx(least)
        assert one.integers(AMPLE, least - 1e-3, 10_000).school_of is None
