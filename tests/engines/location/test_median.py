"""The p-median beside the benchmarks: what it proves is what counting every set gives."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from benchmarks.alike import made_graph, made_plane
from benchmarks.median import CLOSED, OPEN, _Core, _Node, solve_median
from layout_planner.base.arrays import Floats
from layout_planner.solving.clock import Clock
from tests.plain import plain


def cheapest(cost: Floats, p: int, state: np.ndarray | None = None) -> float:
    """Count every set of p sites."""
    m = cost.shape[1]
    allowed = np.zeros(m, dtype=int) if state is None else state
    must, may = set(np.flatnonzero(allowed == OPEN)), np.flatnonzero(allowed != CLOSED)
    return min(cost[:, s].min(axis=1).sum() for s in map(list, combinations(may, p)) if must <= set(s))


@pytest.mark.parametrize("seed", range(4))
def test_median_is_that_of_every_set_counted(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    plain(monkeypatch, "benchmarks.median")  # compiling takes longer than these few steps in plain Python
    monkeypatch.setattr("benchmarks.median.ROOT_STEPS", 150)
    monkeypatch.setattr("benchmarks.median.SHAKES", 10)
    rng = np.random.default_rng(seed)
    # Whole costs tie often, and leave the relaxation a gap; every other instance has sites that must be open or closed.
    cost = rng.integers(1, 12, (9, 8)).astype(float) + (0.0 if seed < 2 else rng.random((9, 8)))
    state = None if seed % 2 else np.array([OPEN, CLOSED, *[0] * 6])
    found = solve_median(cost, 3, state=state, whole=seed < 2, seconds=np.inf)
    assert found.objective == pytest.approx(cheapest(cost, 3, state))
    assert found.proved and found.bound == pytest.approx(found.objective)
    assert cost[:, found.open].min(axis=1).sum() == pytest.approx(found.objective)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_left_as_an_integer_program_loses_no_better_set(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cost = rng.integers(1, 30, (12, 8)).astype(float)
    best = cheapest(cost, 3)
    node = _Node(np.zeros(8, dtype=np.int64), np.sort(cost, axis=1)[:, 1], np.zeros(8))
    core = _Core.of(cost, 3, node, best + 0.5)
    assert core is not None
    answer = core.solve(best + 0.5, Clock(np.inf))
    assert answer.x is not None and answer.proof.objective == pytest.approx(best)
    assert cost[:, core.read(answer.x)].min(axis=1).sum() == pytest.approx(best)
    none = _Core.of(cost, 3, node, best - 0.5)
    assert none is None or none.solve(best - 0.5, Clock(np.inf)).x is None


def test_instances_made_alike_have_the_published_sizes() -> None:
    cost, p = made_graph(21)
    assert cost.shape == (500, 500) and p == 5
    assert (cost == cost.T).all() and np.isfinite(cost).all() and (cost % 1 == 0).all()
    ways, demand, seats, number = made_plane(11)
    assert ways.shape == (100, 100) and number == 10
    assert 0.8 < demand.sum() / (number * seats) <= 0.96
