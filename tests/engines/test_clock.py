"""The clock of counted work: it stops at the same step whatever else the machine does."""

from __future__ import annotations

import pytest

from layout_planner.solving import clock
from layout_planner.solving.clock import ITERATION, LOOK, NODE, Clock


@pytest.mark.parametrize("asked", ["wall", "cpu", "work"])
def test_limits_of_seconds_are_counted_by_work_in_tests(asked):
    assert Clock(1.0, asked).kind == "work"


def test_it_is_over_after_so_many_looks():
    watch = Clock(10.5 * LOOK, "work")
    assert [watch.over for _ in range(12)] == [False] * 10 + [True] * 2


def test_a_clock_within_ends_no_later():
    watch = Clock(5.5 * LOOK, "work")
    inner = watch.within(100.0)
    assert inner.limit == pytest.approx(4.5 * LOOK)  # one look is spent
    assert watch.within(LOOK).limit == LOOK


def test_what_a_solver_did_counts():
    watch = Clock(1.0, "work")
    watch.worked(nodes=3, iterations=40)
    assert watch.spent == pytest.approx(3 * NODE + 40 * ITERATION + LOOK)
    assert Clock(float("inf"), "work").left == float("inf")


def test_the_wall_is_heeded_where_nobody_counts(monkeypatch):
    monkeypatch.delenv(clock.USUAL)
    ticks = iter([1.0, 1.5, 3.0])
    monkeypatch.setitem(clock._NOW, "wall", lambda: next(ticks))
    watch = Clock(1.0)
    assert watch.kind == "wall"
    assert not watch.over and watch.over
    watch.worked(10**9, 10**9)  # only counted work hears of it
