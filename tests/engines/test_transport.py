"""The transportation problem against scipy's linear programs, and where there is next to nothing to ship."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from layout_planner.solving import transport
from layout_planner.solving.transport import Shipment, ship


def reference(cost: np.ndarray, pupils: np.ndarray, seats: np.ndarray, price: float) -> float:
    """The same program, all pairs at once, by scipy."""
    n, m = cost.shape
    pairs = [(i, j) for i in range(n) for j in range(m) if np.isfinite(cost[i, j])]
    c = [cost[pair] for pair in pairs] + [price] * n
    place = np.zeros((n, len(c)))
    school = np.zeros((m, len(c)))
    for at, (i, j) in enumerate(pairs):
        place[i, at] = school[j, at] = 1.0
    place[np.arange(n), len(pairs) + np.arange(n)] = 1.0
    limited = np.isfinite(seats)
    found = linprog(c, A_ub=school[limited], b_ub=seats[limited], A_eq=place, b_eq=pupils, method="highs")
    assert found.status == 0
    return float(found.fun)


def check(cost: np.ndarray, pupils: np.ndarray, seats: np.ndarray, found: Shipment) -> None:
    """A shipment loses nobody, overfills nothing and uses only what is allowed."""
    placed = np.bincount(found.place, weights=found.pupils, minlength=len(pupils))
    np.testing.assert_allclose(placed + found.unplaced, pupils, rtol=1e-12, atol=1e-12)
    filled = np.bincount(found.school, weights=found.pupils, minlength=len(seats))
    assert (filled <= seats + 1e-6).all()
    assert np.isfinite(cost[found.place, found.school]).all()
    assert (found.pupils > 0).all()


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_as_cheap_as_scipy_whatever_the_numbers(seed: int, whole: bool, negative: bool) -> None:
    rng = np.random.default_rng(seed)
    n, m = rng.integers(1, 9), rng.integers(1, 14)
    cost = rng.uniform(-20 if negative else 0, 60, (n, m))
    cost[rng.random((n, m)) < rng.choice([0.0, 0.3, 1.0])] = np.nan
    pupils = rng.integers(0, 20, n).astype(float) * (1.0 if whole else rng.random(n))
    seats = rng.integers(0, 40, m).astype(float) * (1.0 if whole else rng.random(m))
    seats[rng.random(m) < 0.2] = np.inf
    found = ship(cost, pupils, seats, 500.0)
    assert found.objective == pytest.approx(reference(cost, pupils, seats, 500.0), rel=1e-9, abs=1e-6)
    check(cost, pupils, seats, found)
    if whole:
        np.testing.assert_array_equal(found.pupils, np.round(found.pupils))
    # The prices are a dual solution: no pair is cheaper than its place and school say.
    has = pupils > 0
    reduced = (cost - found.place_price[:, None] - found.school_price[None, :])[has]
    assert np.nanmin(np.where(np.isfinite(reduced), reduced, 0.0), initial=0.0) >= -1e-6
    assert (found.school_price <= 0).all()


def test_nobody_stays_out_who_can_be_placed_however_far() -> None:
    # A chain: the only free seat is at the far end, and everybody must move one school on to reach it.
    n = 12
    cost = np.full((n, n), np.nan)
    for i in range(n):
        cost[i, i] = 0.0
        if i + 1 < n:
            cost[i, i + 1] = 60.0
    pupils = np.ones(n)
    pupils[0] = 2.0
    pupils[n - 1] = 0.0
    found = ship(cost, pupils, np.ones(n))
    assert not found.unplaced.any()
    assert float((cost[found.place, found.school] * found.pupils).sum()) == 60.0 * (n - 1)


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 3), (3, 0), (1, 1)])
def test_next_to_nothing(n: int, m: int) -> None:
    cost, pupils, seats = np.full((n, m), np.nan), np.full(n, 2.0), np.full(m, 5.0)
    found = ship(cost, pupils, seats)
    assert len(found.place) == 0
    np.testing.assert_array_equal(found.unplaced, pupils)
    check(cost, pupils, seats, found)


def test_no_pupils_no_seats_and_ties() -> None:
    nobody = ship(np.zeros((2, 2)), np.zeros(2), np.ones(2))
    assert (len(nobody.place), nobody.objective) == (0, 0.0)
    full = ship(np.zeros((2, 2)), np.ones(2), np.zeros(2))
    np.testing.assert_array_equal(full.unplaced, [1.0, 1.0])
    ties = [ship(np.ones((4, 3)), np.full(4, 3.0), np.full(3, 4.0)) for _ in range(2)]
    np.testing.assert_array_equal(ties[0].place, ties[1].place)
    np.testing.assert_array_equal(ties[0].pupils, ties[1].pupils)


@pytest.mark.parametrize("seed", range(40))
def test_the_kernel_in_plain_python_says_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(seed)
    n, m = rng.integers(1, 9), rng.integers(1, 7)
    cost = rng.integers(0, 20, (n, m)).astype(float)
    cost[rng.random((n, m)) < 0.2] = np.nan
    pupils, seats = rng.integers(0, 20, n).astype(float), rng.integers(0, 25, m).astype(float)
    quick = ship(cost, pupils, seats)
    monkeypatch.setattr(transport, "_look_again", transport._look_again.py_func)
    monkeypatch.setattr(transport, "_settle", transport._settle.py_func)
    plain = ship(cost, pupils, seats)
    for name in ("place", "school", "pupils", "unplaced", "school_price"):
        np.testing.assert_array_equal(getattr(quick, name), getattr(plain, name))
    check(cost, pupils, seats, plain)


def test_fractions_of_many_places_add_up() -> None:
    rng = np.random.default_rng(5)
    cost = rng.uniform(0, 60, (2000, 30))
    pupils = rng.random(2000) * 3
    seats = np.full(30, pupils.sum() / 30 * 1.001)
    found = ship(cost, pupils, seats)
    check(cost, pupils, seats, found)
    assert not found.unplaced.any()
