"""An independent look at a finished assignment, sharing no code with the solver."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from layout_planner.base.arrays import Ints
from layout_planner.engines.zoning.problem import ZoneProblem


@dataclass(frozen=True)
class ZoneFaults:
    """What is wrong with an assignment; all empty when it is feasible.

    Parameters
    ----------
    unassigned
        Places without a school.
    forbidden
        Places at a school they may not attend.
    overfull
        Schools with more children than seats.
    astray
        Schools whose own place lies in another zone.
    severed
        Places from which one cannot walk to their school without leaving its zone.
    """

    unassigned: tuple[int, ...]
    forbidden: tuple[int, ...]
    overfull: tuple[int, ...]
    astray: tuple[int, ...]
    severed: tuple[int, ...]

    @property
    def feasible(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.unassigned or self.forbidden or self.overfull or self.astray or self.severed)


SEAT_TOLERANCE = 1e-6
"""Sums of fractional pupils may exceed the seats by this share, no more."""


def check_zones(problem: ZoneProblem, school_of: Ints) -> ZoneFaults:
    """Check seats, forbidden pairs and contiguity of an assignment by plain breadth-first search.

    Parameters
    ----------
    problem
        The problem.
    school_of
        The school of each place, n; negative = none.
    """
    school = [int(j) for j in school_of]
    unassigned = tuple(i for i, j in enumerate(school) if not 0 <= j < problem.m)
    forbidden = tuple(i for i, j in enumerate(school) if 0 <= j < problem.m and np.isnan(problem.cost[i, j]))
    load = [0.0] * problem.m
    for i, j in enumerate(school):
        if 0 <= j < problem.m:
            load[j] += float(problem.demand[i])
    overfull = tuple(j for j, q in enumerate(problem.capacity) if load[j] > q + SEAT_TOLERANCE * max(1.0, abs(q)))
    astray = tuple(j for j, place in enumerate(problem.home) if school[place] != j)
    reached = [False] * problem.n
    for j, place in enumerate(problem.home):
        if school[place] != j:
            continue
        reached[place] = True
        queue = deque([int(place)])
        while queue:
            here = queue.popleft()
            for there in problem.indices[problem.indptr[here] : problem.indptr[here + 1]]:
                if school[there] == j and not reached[there]:
                    reached[there] = True
                    queue.append(int(there))
    severed = tuple(i for i, ok in enumerate(reached) if not ok and 0 <= school[i] < problem.m)
    return ZoneFaults(unassigned, forbidden, overfull, astray, severed)
