"""The engine against brute force, against impossible problems, and on published instances."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from benchmarks import sap
from layout_planner.engines.zoning import ZoneProblem, check_zones, engine, solve_zones
from layout_planner.engines.zoning.neighbourhood import Neighbourhoods
from layout_planner.solving.clock import Clock
from tests.engines.zoning.toys import best_by_trying, grid_edges, random_toy, shaped_toy

WORK = {"seconds": np.inf, "rounds": 2}
AMPLE = Clock(np.inf)


@pytest.mark.slow
@pytest.mark.parametrize("exact_first", [True, False])
def test_equals_brute_force(exact_first, monkeypatch):
    if not exact_first:  # the way of large problems: annealing, pool and neighbourhoods come before the proof
        monkeypatch.setattr(engine, "SMALL", 0)
    feasible = 0
    for seed in range(400 if exact_first else 100):
        toy = random_toy(seed)
        least = best_by_trying(toy)
        result = solve_zones(toy, seed=seed, **WORK)
        if np.isinf(least):
            assert result.status == "infeasible" and result.school_of is None, seed
            continue
        feasible += 1
        assert result.status == "optimal", seed
        assert result.objective == pytest.approx(least, rel=1e-6, abs=1e-6), seed
        assert result.bound <= least + 1e-6 * max(1.0, abs(least)), seed
        assert check_zones(toy, result.school_of).feasible, seed
    assert feasible >= (200 if exact_first else 50)


@pytest.mark.slow
@pytest.mark.parametrize("exact_first", [True, False])
@pytest.mark.parametrize("borders", [False, True])
def test_costs_of_whole_zones_equal_brute_force(exact_first, borders, monkeypatch):
    if not exact_first:
        monkeypatch.setattr(engine, "SMALL", 0)
    reached = feasible = 0
    for seed in range(120):
        toy = shaped_toy(seed, borders)
        least = best_by_trying(toy)
        result = solve_zones(toy, seed=seed, **WORK)
        if np.isinf(least):
            assert result.status == "infeasible", seed
            continue
        feasible += 1
        assert check_zones(toy, result.school_of).feasible, seed
        assert result.objective == pytest.approx(toy.objective(result.school_of)), seed
        assert result.bound <= least + 1e-6 * max(1.0, abs(least)), seed
        if borders:  # the bound takes them as 0
            reached += result.objective <= least + 1e-6 * max(1.0, abs(least))
            assert result.objective >= least - 1e-6 * max(1.0, abs(least)), seed
        else:
            assert (result.status, result.objective) == ("optimal", pytest.approx(least, rel=1e-6, abs=1e-6)), seed
    assert feasible >= 60
    assert not borders or reached >= 0.9 * feasible


def line(seats, cost=None):
    """Five places in a row, schools at both ends, one child each."""
    away = np.abs(np.arange(5)[:, None] - np.array([0, 4])[None, :]).astype(float)
    return ZoneProblem.from_edges(away if cost is None else cost, np.ones(5), seats, grid_edges(1, 5), [0, 4])


def test_by_hand():
    result = solve_zones(line([3, 2]), **WORK)
    assert result.school_of.tolist() == [0, 0, 0, 1, 1]
    assert (result.objective, result.status) == (4.0, "optimal")
    assert solve_zones(line([2, 3]), **WORK).school_of.tolist() == [0, 0, 1, 1, 1]


def test_too_few_seats():
    result = solve_zones(line([2, 2]), **WORK)
    assert result.status == "infeasible" and np.isinf(result.bound) and np.isnan(result.objective)


def test_wall_between_place_and_every_school():
    cost = line([5, 5]).cost.copy()
    cost[1, 0] = cost[3, 1] = np.nan  # place 2 may go to either, but no way there stays in one zone
    assert solve_zones(line([5, 5], cost), **WORK).status == "infeasible"


def test_island_without_school():
    problem = ZoneProblem.from_edges(np.zeros((3, 1)), np.ones(3), [9], [(0, 1)], [0])
    assert solve_zones(problem, **WORK).status == "infeasible"


def test_same_seed_same_answer():
    rng = np.random.default_rng(3)
    problem = open_county(rng)
    first, second = (solve_zones(problem, seed=5, **WORK) for _ in range(2))
    assert np.array_equal(first.school_of, second.school_of)
    assert (first.bound, first.work) == (second.bound, second.work)


def open_county(rng, side=6, schools=4):
    """A square county with nearly full schools."""
    n = side * side
    place = np.array([(k // side, k % side) for k in range(n)], dtype=float)
    home = rng.choice(n, schools, replace=False)
    demand = rng.integers(1, 30, n).astype(float)
    away = np.hypot(*np.moveaxis(place[:, None, :] - place[home][None, :, :], 2, 0))
    seats = np.full(schools, np.ceil(1.08 * demand.sum() / schools))
    return ZoneProblem.from_edges(away * demand[:, None], demand, seats, grid_edges(side, side), home)


def test_merging_takes_the_best_of_each():
    away = np.full((10, 4), np.nan)  # two rows of five places with a school at each end, and no way from row to row
    away[:5, :2] = away[5:, 2:] = line([5, 5]).cost
    edges = [(k, k + 1) for k in range(9) if k != 4]
    problem = ZoneProblem.from_edges(away, np.ones(10), [4, 4, 4, 4], edges, [0, 4, 5, 9])
    good, bad = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 1, 1, 1])
    first, second = np.concatenate([good, bad + 2]), np.concatenate([bad, good + 2])
    parts = Neighbourhoods(problem, np.random.default_rng(0))
    assert parts.merge(first, problem.allowed, AMPLE, 100) is None  # nothing to merge it with
    for one in (first, second, second):
        parts.keep(one)
    merged = parts.merge(first, problem.allowed, AMPLE, 100)
    assert merged.tolist() == [*good, *(good + 2)]
    assert parts.merge(first, problem.allowed, AMPLE, 100) is None  # the same mixture is not searched twice
    assert parts.searches == 1


def test_start_is_never_made_worse():
    problem = open_county(np.random.default_rng(4))
    good = solve_zones(problem, **WORK).school_of
    told = []
    result = solve_zones(problem, seconds=np.inf, rounds=0, start=good, progress=lambda *row: told.append(row))
    assert result.objective <= problem.objective(good)
    assert told and all(bound <= objective * (1 + 1e-9) for _, objective, bound in told)
    assert all(a[1] >= b[1] and a[2] <= b[2] for a, b in pairwise(told))


def test_an_unlawful_start_is_mended():
    problem = open_county(np.random.default_rng(4))
    nearest = np.nanargmin(problem.cost, axis=1)
    assert not check_zones(problem, nearest).feasible
    result = solve_zones(problem, seconds=np.inf, rounds=2, start=nearest)
    assert check_zones(problem, result.school_of).feasible


def test_ctrl_c_gives_the_best_so_far():
    def stop(seconds, objective, bound):
        if np.isfinite(objective):
            raise KeyboardInterrupt

    result = solve_zones(open_county(np.random.default_rng(5)), progress=stop)
    assert result.status == "interrupted" and result.school_of is not None


def test_gap_asked_for_ends_the_work():
    result = solve_zones(open_county(np.random.default_rng(6)), gap=0.2, seconds=np.inf)
    assert result.status == "optimal" and result.gap <= 0.2


@pytest.mark.slow
@pytest.mark.skipif(not sap.FOLDER.is_dir(), reason="the published instances lie beside the repository only")
@pytest.mark.parametrize("name", ["gy2_22c", "gy_40c"])
def test_published_instances(name):
    instance = sap.named(name)
    best = sap.best_published()[name]
    result = solve_zones(instance.problem, seconds=8.0, clock="work")
    assert check_zones(instance.problem, result.school_of).feasible
    assert result.bound <= best * (1 + 1e-6) and result.objective >= result.bound
    assert result.objective <= best * 1.02
