"""An independent look at a division, sharing no code with the solvers."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from layout_planner.engines.districting.problem import ArrayPlan, DistrictProblem


@dataclass(frozen=True)
class DivisionFaults:
    """What is wrong with a division; all empty when it is feasible.

    Parameters
    ----------
    unassigned
        Units in no district, or in one that does not exist.
    empty
        Districts without units.
    severed
        Districts in more than one piece.
    outside
        (district, window, weight, low, high) where a window is broken.
    leads
        Districts whose lead does not exist, leads another as well, or (inside) stands elsewhere.
    """

    unassigned: tuple[int, ...]
    empty: tuple[int, ...]
    severed: tuple[int, ...]
    outside: tuple[tuple[int, int, int, int, int], ...]
    leads: tuple[int, ...]

    @property
    def feasible(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.unassigned or self.empty or self.severed or self.outside or self.leads)


def check_division(problem: DistrictProblem, plan: ArrayPlan) -> DivisionFaults:
    """Check completeness, connection, windows and leads by plain breadth-first search and plain sums.

    Parameters
    ----------
    problem
        The problem.
    plan
        The division.
    """
    of = [int(d) for d in plan.district_of]
    k = problem.districts
    unassigned = tuple(u for u, d in enumerate(of) if not 0 <= d < k)
    members: list[list[int]] = [[u for u, d in enumerate(of) if d == own] for own in range(k)]
    empty = tuple(d for d in range(k) if not members[d])
    severed = tuple(d for d in range(k) if members[d] and not _connected(problem, members[d]))
    outside = []
    for d in range(k):
        lead = int(plan.lead_of[d])
        for row in range(len(problem.low)):
            total = sum(int(problem.weights[row, u]) for u in members[d]) + int(problem.lead_weights[row, lead])
            low, high = int(problem.low[row]), int(problem.high[row])
            if not low <= total <= high:
                outside.append((d, row, total, low, high))
    wrong = set()
    if problem.mode != "none":
        for d in range(k):
            lead = int(plan.lead_of[d])
            shared = [int(i) for i in plan.lead_of].count(lead) > 1
            known = 0 <= lead < problem.leads
            if not known or shared or (problem.mode == "inside" and of[int(problem.homes[lead])] != d):
                wrong.add(d)
    return DivisionFaults(unassigned, empty, severed, tuple(outside), tuple(sorted(wrong)))


def _connected(problem: DistrictProblem, own: list[int]) -> bool:
    inside, reached = set(own), {own[0]}
    queue = deque([own[0]])
    while queue:
        here = queue.popleft()
        for there in problem.indices[problem.indptr[here] : problem.indptr[here + 1]].tolist():
            if there in inside and there not in reached:
                reached.add(there)
                queue.append(there)
    return len(reached) == len(inside)
