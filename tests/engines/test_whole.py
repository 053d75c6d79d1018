"""Whole places within seats, against trying everything."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout_planner.solving import rounding, whole
from layout_planner.solving.transport import ship
from layout_planner.solving.whole import Wholes, place_whole


def try_everything(cost: np.ndarray, pupils: np.ndarray, seats: np.ndarray) -> float | None:
    """Give the least cost of whole places within seats, or None where there is no such way."""
    best = None
    for choice in product(range(cost.shape[1]), repeat=len(pupils)):
        total = sum(cost[i, j] * pupils[i] for i, j in enumerate(choice))
        filled = np.bincount(choice, weights=pupils, minlength=len(seats))
        if np.isfinite(total) and (filled <= seats + 1e-9).all() and (best is None or total < best):
            best = float(total)
    return best


def fewest_divided(cost: np.ndarray, pupils: np.ndarray, seats: np.ndarray) -> int:
    """Give how many places must be divided at least: try every set of places that stay whole."""
    n, m = cost.shape
    for count in range(n + 1):
        for parts in product([False, True], repeat=n):
            if sum(parts) != count:
                continue
            kept = [i for i in range(n) if not parts[i]]
            for choice in product(range(m), repeat=len(kept)):
                if not all(np.isfinite(cost[i, j]) for i, j in zip(kept, choice, strict=True)):
                    continue
                left = seats - np.bincount(choice, weights=pupils[kept], minlength=m)
                if (left < -1e-9).any():
                    continue
                rest = [i for i in range(n) if parts[i]]
                if not rest or not ship(cost[rest], pupils[rest], np.maximum(left, 0)).unplaced.any():
                    return count
    raise AssertionError("seats are short")


def check(cost: np.ndarray, pupils: np.ndarray, seats: np.ndarray, found: Wholes) -> None:
    placed = np.bincount(found.place, weights=found.pupils, minlength=len(pupils))
    np.testing.assert_allclose(placed + found.unplaced, pupils, atol=1e-9)
    assert (np.bincount(found.school, weights=found.pupils, minlength=len(seats)) <= seats + 1e-6).all()
    assert found.objective == pytest.approx(float((cost[found.place, found.school] * found.pupils).sum()))
    assert found.bound <= found.objective + 1e-9
    assert found.bound >= 0


def toy(seed: int, tight: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 7)), int(rng.integers(1, 4))
    cost = rng.integers(0, 60, (n, m)).astype(float)
    cost[rng.random((n, m)) < 0.15] = np.nan
    pupils = rng.integers(0, 12, n).astype(float)
    seats = np.ceil(pupils.sum() * tight * rng.dirichlet(np.ones(m) * 3))
    seats[rng.random(m) < 0.1] = np.inf
    return cost, pupils, seats


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 1.02, 1.1, 1.3, 2.0]), st.sampled_from([0.0, 1e-3, 0.05]))
def test_as_good_as_trying_everything(seed: int, tight: float, gap: float) -> None:
    cost, pupils, seats = toy(seed, tight)
    found = place_whole(cost, pupils, seats, gap=gap, seconds=np.inf)
    check(cost, pupils, seats, found)
    has = pupils > 0
    best = try_everything(cost[has], pupils[has], seats)
    if found.unplaced.any():  # seats or ways are short, even where places may be divided
        assert ship(cost, pupils, seats).unplaced.sum() == pytest.approx(found.unplaced.sum())
        assert best is None
    elif best is not None:
        assert not len(found.divided)
        assert best - 1e-6 <= found.objective <= best * (1 + gap) + 1e-6
        assert found.bound <= best + 1e-6
        assert found.proved
    else:
        assert len(found.divided) == fewest_divided(cost[has], pupils[has], seats) > 0
        assert found.bound == pytest.approx(found.work["relaxation"])
    # The gap is honest: what is called proved lies within the gap of the bound.
    assert not found.proved or found.objective - found.bound <= gap * found.objective + 1e-6


def test_two_villages_that_cannot_both_stay_whole() -> None:
    # Three villages of 4 and two schools of 6: one village must be divided, 2 and 2.
    found = place_whole(np.zeros((3, 2)), np.full(3, 4.0), np.full(2, 6.0))
    assert len(found.divided) == 1
    assert sorted(found.pupils.tolist()) == [2.0, 2.0, 4.0, 4.0]


def test_seats_that_are_short_place_as_many_as_can_be() -> None:
    found = place_whole(np.array([[1.0], [2.0]]), np.array([3.0, 3.0]), np.array([4.0]))
    assert found.unplaced.tolist() == [0.0, 2.0]
    assert not found.proved
    assert found.objective == 3 * 1 + 1 * 2


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 2), (2, 0)])
def test_next_to_nothing(n: int, m: int) -> None:
    found = place_whole(np.zeros((n, m)), np.ones(n), np.ones(m))
    assert len(found.place) == 0
    assert found.unplaced.sum() == n
    assert found.objective == found.bound == 0.0


def test_time_is_kept_and_the_bound_stays_valid() -> None:
    rng = np.random.default_rng(1)
    cost = rng.uniform(1, 60, (300, 12))
    pupils = rng.integers(20, 60, 300).astype(float)
    seats = np.full(12, np.ceil(pupils.sum() / 12 * 1.001))
    found = place_whole(cost, pupils, seats, gap=0.0, seconds=1.0)
    check(cost, pupils, seats, found)
    assert found.bound >= ship(cost, pupils, seats).objective - 1e-4
    assert found.objective - found.bound <= 0.02 * found.objective


def test_a_solver_that_finds_nothing_in_time_still_gives_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    cost, pupils, seats = np.zeros((3, 2)), np.full(3, 4.0), np.full(2, 6.0)
    monkeypatch.setattr(whole, "_integer_program", lambda *args: (None, -np.inf))
    found = place_whole(cost, pupils, seats, seconds=0.1)
    check(cost, pupils, seats, found)
    assert not found.proved


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_rounding_is_lawful_and_the_same_in_plain_python(seed: int, tight: bool) -> None:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 12)), int(rng.integers(1, 5))
    cost = rng.integers(0, 60, (n, m)).astype(float)
    pupils = rng.integers(1, 12, n).astype(float)
    seats = np.ceil(pupils.sum() * (1.05 if tight else 2.0) * rng.dirichlet(np.ones(m) * 5))
    start = cost.argmin(axis=1)
    found = rounding.round_whole(cost, pupils, seats, np.zeros(m), start)
    with pytest.MonkeyPatch.context() as patch:
        for kernel in ("_mend_overloads", "_improve"):
            patch.setattr(rounding, kernel, getattr(rounding, kernel).py_func)
        plain = rounding.round_whole(cost, pupils, seats, np.zeros(m), start)
    assert (found is None) == (plain is None)
    if found is None or plain is None:
        return
    np.testing.assert_array_equal(found, plain)
    assert (np.bincount(found, pupils, m) <= seats + 1e-9).all()
    # No single place could be shifted to its gain.
    load = np.bincount(found, pupils, m)
    for i in range(n):
        for k in range(m):
            room = load[k] + pupils[i] <= seats[k] + 1e-9
            assert k == found[i] or not room or cost[i, k] >= cost[i, found[i]] - 1e-9
