"""Which pairs (place, school) can still occur: the near-free reasoning that makes proofs short.

If place i belongs to school j, so does every place on some path from i to j's own place. Hence x_ij = 0 when even the
lightest such path needs more seats than the school has, and when the cheapest sum of reduced costs along one exceeds
what is left between the best known assignment and the lower bound. Every pair fixed lengthens the paths of others.
"""

from __future__ import annotations

import numpy as np

from layout_planner.base.arrays import Bools, Floats
from layout_planner.engines.zoning.check import SEAT_TOLERANCE
from layout_planner.engines.zoning.problem import ZoneProblem
from layout_planner.solving.graphs import lightest_paths


def path_feasible(problem: ZoneProblem, alive: Bools) -> Bools:
    """Keep the pairs joined by a path of allowed places that fits in the school's seats.

    Parameters
    ----------
    problem
        The problem.
    alive
        Pairs still open, n × m.

    Returns
    -------
    ndarray
        The pairs that remain, n × m.
    """
    kept = np.zeros_like(alive)
    demand = problem.demand.copy()  # may be written, as the prices of `cheap_enough` may: one kernel serves both
    for j, home in enumerate(problem.home):
        room = problem.capacity[j] + SEAT_TOLERANCE * max(1.0, abs(problem.capacity[j]))
        usable = np.ascontiguousarray(alive[:, j])
        if usable[home]:
            weight = lightest_paths(problem.indptr, problem.indices, demand, usable, home)
            kept[:, j] = usable & (weight <= room)
    return kept


def cheap_enough(problem: ZoneProblem, alive: Bools, reduced: Floats, slack: float) -> Bools:
    """Keep the pairs joined by a path whose reduced costs sum to no more than the slack.

    Parameters
    ----------
    problem
        The problem.
    alive
        Pairs still open, n × m.
    reduced
        What each pair adds to the lower bound at least, n × m, never negative.
    slack
        Best known objective − lower bound.
    """
    kept = np.zeros_like(alive)
    for j, home in enumerate(problem.home):
        usable = np.ascontiguousarray(alive[:, j])
        if usable[home]:
            price = np.where(usable, reduced[:, j], 0.0)
            kept[:, j] = usable & (lightest_paths(problem.indptr, problem.indices, price, usable, home) <= slack)
    return kept
