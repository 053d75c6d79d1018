"""The kernels of the transportation problem and of rounding, as plain Python, against scipy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from layout_planner.solving.rounding import round_whole
from layout_planner.solving.transport import ship
from tests.plain import plain


@pytest.mark.parametrize("seed", range(15))
def test_shipping_in_plain_python_costs_what_scipy_says(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    plain(monkeypatch, "layout_planner.solving.transport")
    rng = np.random.default_rng(seed)
    n, m = 7, 4
    cost = rng.integers(1, 20, (n, m)).astype(float)
    pupils, seats = rng.integers(1, 9, n).astype(float), rng.integers(3, 12, m).astype(float)
    found = ship(cost, pupils, seats, 50.0)
    full = np.column_stack([cost, np.full(n, 50.0)])
    places = np.kron(np.eye(n), np.ones(m + 1))
    schools = np.tile(np.eye(m, m + 1), n)
    told = linprog(full.ravel(), A_ub=schools, b_ub=seats, A_eq=places, b_eq=pupils)
    assert found.objective == pytest.approx(told.fun)
    dual = float(found.place_price @ pupils + found.school_price @ seats)
    assert dual == pytest.approx(found.objective)  # the proof: prices that add up to the cost


def test_rounding_mends_an_overload_and_swaps(monkeypatch: pytest.MonkeyPatch) -> None:
    plain(monkeypatch, "layout_planner.solving.rounding")
    # School 0 holds 10; places 0 and 1 (6 pupils each) both start there. Place 1 loses less by leaving.
    cost = np.array([[1.0, 9.0], [1.0, 2.0], [5.0, 1.0]])
    school = round_whole(cost, np.array([6.0, 6.0, 3.0]), np.array([10.0, 10.0]), np.zeros(2), np.array([0, 0, 1]))
    assert school is not None and school.tolist() == [0, 1, 1]
    # Both at the wrong school and both schools full: only an exchange helps.
    cost = np.array([[5.0, 1.0, 9.0], [1.0, 5.0, 2.0]])
    school = round_whole(cost, np.array([4.0, 4.0]), np.array([4.0, 4.0, 4.0]), np.zeros(3), np.array([0, 1]))
    assert school is not None and cost[[0, 1], school].sum() <= 3.0
    assert round_whole(cost, np.array([4.0, 4.0]), np.array([1.0, 1.0, 1.0]), np.zeros(3), np.array([0, 1])) is None
