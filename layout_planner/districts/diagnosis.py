"""Why there is no division, and the nearest windows that can be met."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor

import numpy as np

from layout_planner.base.arrays import Ints
from layout_planner.engines.districting.cover import cover
from layout_planner.engines.districting.enumeration import make_pool
from layout_planner.engines.districting.problem import DistrictProblem, no_costs
from layout_planner.solving.clock import Clock

WIDEST = 1.0
"""Windows are widened by at most this share of their middle on each side."""
FINENESS = 0.0025
POOL = 400_000


@dataclass(frozen=True)
class Nearest:
    """The nearest windows that can be met when some are widened.

    Parameters
    ----------
    windows
        The windows widened (positions).
    by
        Share of the middle added on each side; NaN when even `WIDEST` does not help or time ran out.
    low, high
        All windows then.
    """

    windows: tuple[int, ...]
    by: float
    low: tuple[int, ...]
    high: tuple[int, ...]


def feasible(problem: DistrictProblem, clock: Clock) -> bool | None:
    """Tell whether there is a feasible division, by enumeration and branch and bound; None when it was not settled."""
    plain = replace(problem, costs=no_costs(problem.n, problem.leads, len(problem.indices)))
    pool = make_pool(plain, POOL)
    result = cover(plain, pool, None, np.inf, clock)
    if result.plan is not None:
        return True
    return False if result.status == "infeasible" and pool.complete else None


def widened(problem: DistrictProblem, windows: tuple[int, ...], by: float) -> tuple[Ints, Ints]:
    """Widen some windows on both sides by a share of their middle; the number of members by whole members."""
    low, high = problem.low.copy(), problem.high.copy()
    for r in windows:
        middle = (int(problem.low[r]) + int(problem.high[r])) / 2
        low[r] = max(0, ceil(int(problem.low[r]) - by * middle))
        high[r] = floor(int(problem.high[r]) + by * middle)
    return low, high


def nearest_windows(problem: DistrictProblem, seconds: float = 10.0) -> list[Nearest]:
    """Widen each window alone, then all together, as little as makes a division possible.

    Parameters
    ----------
    problem
        Infeasible as it stands; at most 64 units.
    seconds
        For everything.
    """
    rows = [r for r in range(len(problem.low)) if int(problem.weights[r].sum()) > 0]
    choices = [(r,) for r in rows] + ([tuple(rows)] if len(rows) > 1 else [])
    watch = Clock(seconds)
    found = []
    for windows in choices:
        by = _least(problem, windows, watch.within(seconds / len(choices)))
        low, high = widened(problem, windows, by) if by == by else (problem.low, problem.high)
        found.append(Nearest(windows, by, tuple(int(v) for v in low), tuple(int(v) for v in high)))
    return found


def _least(problem: DistrictProblem, windows: tuple[int, ...], clock: Clock) -> float:
    """Bisect; NaN when not found."""
    lower, upper = 0.0, None
    step = 0.05
    while step <= WIDEST:  # wide windows make large pools: start narrow
        answer = feasible(problem.with_windows(*widened(problem, windows, step)), clock)
        if answer:
            upper = step
            break
        if clock.over:
            return float("nan")
        if answer is False:
            lower = step
        step *= 2
    if upper is None:
        return float("nan")
    while upper - lower > FINENESS and not clock.over:
        middle = (lower + upper) / 2
        if feasible(problem.with_windows(*widened(problem, windows, middle)), clock):
            upper = middle
        else:
            lower = middle
    return upper
