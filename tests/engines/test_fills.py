"""Fills of single schools, the bound they give, and what annealing and mixing make of an assignment."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from layout_planner.base.arrays import Floats, Positions
from layout_planner.solving import fills, rounding
from layout_planner.solving.clock import Clock
from layout_planner.solving.fills import Ground, Near, filled, mix_windows, raise_prices
from layout_planner.solving.rounding import cool_down, round_whole
from layout_planner.solving.transport import ship
from layout_planner.solving.whole import place_whole
from tests.plain import plain

NEVER = Clock(np.inf)


def nearest(cost: Floats, pupils: Floats) -> Near:
    """Give the schools of each place where no seat has a price."""
    return Near.of(cost, pupils, np.zeros(len(cost)), np.zeros(cost.shape[1]))


def best_of_all(cost: Floats, pupils: Floats, seats: Floats) -> float:
    """Try every assignment of whole places."""
    n, m = cost.shape
    least = np.inf
    for school in itertools.product(range(m), repeat=n):
        at = np.array(school)
        if (np.bincount(at, pupils, m) <= seats).all():
            least = min(least, float((cost[np.arange(n), at] * pupils).sum()))
    return least


def county(seed: int, n: int, m: int, tight: float) -> tuple[Floats, Floats, Floats]:
    rng = np.random.default_rng(seed)
    cost = rng.integers(1, 60, (n, m)).astype(float)
    pupils = rng.integers(5, 30, n).astype(float)
    return cost, pupils, np.ceil(pupils.sum() * tight * rng.dirichlet(np.ones(m) * 9))


@pytest.mark.parametrize("seed", range(12))
def test_the_bound_lies_between_the_transportation_problem_and_the_optimum(seed: int) -> None:
    cost, pupils, seats = county(seed, 7, 3, 1.2)
    optimum = best_of_all(cost, pupils, seats)
    relaxed = ship(cost, pupils, seats)
    if not np.isfinite(optimum):
        return
    near = Near.of(cost, pupils, relaxed.place_price, relaxed.school_price)
    ground = Ground.of(near, pupils, seats)
    assert ground is not None
    bound, prices = raise_prices(ground, relaxed.place_price * pupils, near.beyond, optimum, NEVER)
    assert relaxed.objective - 1e-6 <= bound <= optimum + 1e-6
    assert bound == pytest.approx(prices.sum() + filled(ground, prices)[0])


def test_a_fill_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    plain(monkeypatch, "layout_planner.solving.fills")
    # One school of 10 seats; places of 6, 5 and 4 pupils gain 7, 6 and 5 by it: 6 and 4 fill it best, for 12.
    near = nearest(np.array([[1.0], [1.0], [1.0]]), np.array([6.0, 5.0, 4.0]))
    ground = Ground.of(near, np.array([6.0, 5.0, 4.0]), np.array([10.0]))
    assert ground is not None
    least, taken, _ = filled(ground, np.array([13.0, 11.0, 9.0]))
    assert (least, taken.tolist()) == (-12.0, [1, 0, 1])
    # With 15 seats all go; a price below the cost keeps a place out.
    ground = Ground.of(near, np.array([6.0, 5.0, 4.0]), np.array([15.0]))
    assert ground is not None
    least, taken, _ = filled(ground, np.array([13.0, 4.0, 9.0]))
    assert (least, taken.tolist()) == (-12.0, [1, 0, 1])


def test_pairs_left_out_hold_the_prices_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fills, "NEAR", 2)
    cost = np.array([[1.0, 2.0, 3.0, np.nan], [9.0, 5.0, 4.0, 7.0]])
    near = nearest(cost, np.array([2.0, 3.0]))
    assert near.school.tolist() == [[0, 1], [2, 1]]
    assert near.ways.tolist() == [[2.0, 4.0], [12.0, 15.0]]
    assert near.beyond.tolist() == [6.0, 21.0]
    ground = Ground.of(near, np.array([2.0, 3.0]), np.array([1.0, 1.0, 3.0, 9.0]))
    assert ground is not None
    _, prices = raise_prices(ground, np.array([50.0, 50.0]), near.beyond, 60.0, NEVER)
    assert (prices <= near.beyond + 1e-9).all()


def test_pupils_in_parts_and_very_large_schools_have_no_fills() -> None:
    near = nearest(np.ones((2, 1)), np.array([1.5, 2.0]))
    assert Ground.of(near, np.array([1.5, 2.0]), np.array([3.0])) is None
    crowd = np.full(2, 30_000.0)
    assert Ground.of(nearest(np.ones((2, 1)), crowd), crowd, np.array([40_000.0])) is None
    assert Ground.of(nearest(np.ones((2, 1)), crowd), crowd, np.array([np.inf])) is not None


def start_of(cost: Floats, pupils: Floats, seats: Floats) -> Positions:
    relaxed = ship(cost, pupils, seats)
    nearest = np.full(len(pupils), -1, dtype=np.intp)
    nearest[relaxed.place] = relaxed.school
    school = round_whole(cost, pupils, seats, relaxed.school_price, nearest)
    assert school is not None
    return school


def test_annealing_and_mixing_stay_within_the_seats_and_never_lose() -> None:
    cost, pupils, seats = county(3, 120, 12, 1.1)
    school = start_of(cost, pupils, seats)
    near, every = nearest(cost, pupils), np.arange(len(pupils))
    ground = Ground.of(near, pupils, seats)
    assert ground is not None
    paid = [float((cost[every, school] * pupils).sum())]
    cool_down(near, cost, pupils, seats, school, paid[0] * 0.01, 1, NEVER)
    paid.append(float((cost[every, school] * pupils).sum()))
    prices = ship(cost, pupils, seats).place_price * pupils
    windows = mix_windows(near, ground, school, prices, paid[1] * 0.01, np.random.default_rng(1), NEVER)
    saved = sum(next(windows) for _ in range(2))
    paid.append(float((cost[every, school] * pupils).sum()))
    assert paid[1] - paid[2] == pytest.approx(saved)
    assert paid[0] >= paid[1] >= paid[2]
    assert (np.bincount(school, pupils, len(seats)) <= seats).all()


def test_exchanges_that_need_a_third_school_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = {name: getattr(rounding, name) for name in ("below", "uniform")}
    plain(monkeypatch, "layout_planner.solving.rounding")
    for name, kernel in compiled.items():  # they count on words running over
        monkeypatch.setattr(rounding, name, kernel)
    # Three full schools of one place each, every place one school off: only going round helps, 27 → 3.
    cost = np.array([[9.0, 1.0, 9.0], [9.0, 9.0, 1.0], [1.0, 9.0, 9.0], [9.0, 9.0, 9.0]])
    pupils, seats = np.array([1.0, 1.0, 1.0, 0.0]), np.ones(3)
    school = np.array([0, 1, 2, -1])
    monkeypatch.setattr(rounding, "TRIES", 400)
    seats[0] = 2.0  # one seat to spare, so that there is a first step
    cool_down(nearest(cost, pupils), cost, pupils, seats, school, 60.0, 1, NEVER)
    assert school.tolist() == [1, 2, 0, -1]


@pytest.mark.slow
def test_a_county_ends_close_to_its_bound() -> None:
    rng = np.random.default_rng(0)
    at = rng.uniform(0, 1, (150, 2))
    pupils, seats = rng.integers(5, 121, 150).astype(float), rng.integers(500, 1101, 15).astype(float)
    cost = np.hypot(at[:, :1] - at[::10, 0], at[:, 1:] - at[::10, 1])
    found = place_whole(cost, pupils, seats, gap=1e-3, seconds=60.0)
    assert found.proved
    assert found.bound > found.work["relaxation"]
    assert (np.bincount(found.school, pupils[found.place], 15) <= seats).all()
