"""The search under `moves="stay"`: plans in which whoever has a school that stays open stays there.

Three sources of plans, each put right by `put_back` (the schools are kept, everyone stays who may):

1. the schools that are best where everyone may move;
2. the schools found where leaving an open school has a price (see `staying`), which also proves something;
3. the plans of the other points: one for fewer schools with some opened again, one for more with some closed. They
   need no clock, and neither does what begins with today's schools, so that a point has a plan if one can be reached
   by closing schools one at a time, however slow the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from layout_planner.base.arrays import Bools, Positions
from layout_planner.base.proof import Proof
from layout_planner.consolidation.staying import Staying
from layout_planner.engines.location.branching import LocationResult
from layout_planner.engines.location.capacitated import adapt, solve_location
from layout_planner.engines.location.problem import CLOSED, OPEN, LocationProblem
from layout_planner.solving.clock import Clock, ClockKind

START_SHARE = 0.3
"""Of the time, for the same with everyone free to move: its schools are the first plan in which pupils stay."""

STAY_ATTEMPTS = 3
"""How often leaving an open school is made dearer."""

REPAIR_SECONDS = 3.0
"""For a set of schools that is given: only who goes where is open."""

Run = tuple[int | None, float | None]
"""How many schools to keep, and within which budget."""
SolveEach = Callable[[LocationProblem, Sequence[Run], float], list[LocationResult]]
Tidy = Callable[[LocationProblem, LocationResult], LocationResult]


@dataclass(eq=False)
class StaySearch:
    """One search over all points.

    Parameters
    ----------
    problem
        As where everyone may move.
    staying
        Who is to stay where.
    runs
        The points.
    solve_each
        Solves points of a problem within so many seconds.
    tidy
        Drops teaching points of schools that stay themselves.
    gap, seed, clock
        As for `solve_location`.
    """

    problem: LocationProblem
    staying: Staying
    runs: Sequence[Run]
    solve_each: SolveEach
    tidy: Tidy
    gap: float
    seed: int
    clock: ClockKind

    def run(self, seconds: float) -> list[LocationResult]:
        """Give the best plan met for each point, with what is proved of it."""
        staying, left = self.staying, list(range(len(self.runs)))
        watch = Clock(seconds, self.clock)
        found = self._from_free(START_SHARE * seconds)
        for attempt in range(STAY_ATTEMPTS):
            its = max(watch.left * (1.0 if attempt == STAY_ATTEMPTS - 1 else 0.7), 0.5)
            results = self.solve_each(staying.hold(self.problem), [self.runs[at] for at in left], its)
            leave = np.zeros(0, dtype=np.int64)
            for at, result in zip(list(left), results, strict=True):
                told = staying.told(self.problem, result)
                gone = staying.leavers(told)
                put_back = self.put_back(told) if len(gone) else told
                found[at] = self._better(found[at], put_back, told.bound)
                if put_back is None:
                    leave = np.union1d(leave, gone)
                else:
                    left.remove(at)
            if not left:
                break
            staying = staying.dearer(leave)
        return self._along(found)

    def put_back(self, result: LocationResult) -> LocationResult | None:
        """Keep the schools of a solution, and let everyone stay whose school is among them; the bound is as it was."""
        if result.is_open is None or result.home is None:
            return None
        problem = self.problem
        state = np.where(result.is_open, OPEN, CLOSED).astype(np.int64)
        count = int((result.is_open & problem.counted).sum())
        held = self.staying.hold(problem.with_(state=state, fewest=count, most=count))
        found = solve_location(held, gap=self.gap, seconds=REPAIR_SECONDS, seed=self.seed, clock=self.clock)
        if found.home is None or found.is_open is None:  # the clock stopped it: a plan all the same
            found = adapt(held, result.home, result.is_open, gap=self.gap, seed=self.seed)
        if found.home is None or found.is_open is None:
            return None
        value = problem.objective(found.home, found.is_open)
        proof = Proof.within(self.gap, value, min(result.bound, value), offset=problem.offset)
        return LocationResult(found.home, found.is_open, proof, result.nodes, result.sets)

    def _from_free(self, seconds: float) -> list[LocationResult]:
        """Begin with the schools that are best where all may move, everyone put back; what that costs is a bound."""
        found = []
        for free in self.solve_each(self.problem, self.runs, seconds):
            none = LocationResult(None, None, Proof(np.inf, free.bound, ended="time"), free.nodes)
            put_back = self.put_back(free)
            found.append(none if put_back is None else put_back)
        return found

    def _along(self, found: list[LocationResult]) -> list[LocationResult]:
        """Let each number of schools learn from the numbers beside it, upwards and downwards, and from today."""
        numbered = [(number, at) for at, (number, budget) in enumerate(self.runs) if budget is None]
        today = np.unique(self.staying.own[self.staying.own >= 0])
        is_open = np.zeros(self.problem.sites, dtype=np.bool_)
        is_open[today] = True
        for _, at in numbered:
            if found[at].home is None:
                found[at] = self._better(found[at], self._adapted(at, self.staying.own, is_open), found[at].bound)
        order = [at for _, at in sorted((number, at) for number, at in numbered if number is not None)]
        for one, other in (*pairwise(order), *pairwise(reversed(order))):
            home, its = found[one].home, found[one].is_open
            if home is not None and its is not None and found[other].gap > self.gap:
                found[other] = self._better(found[other], self._adapted(other, home, its), found[other].bound)
        return found

    def _adapted(self, at: int, home: Positions, is_open: Bools) -> LocationResult | None:
        """Make a plan for one point out of another's."""
        number, _ = self.runs[at]
        problem = self.problem if number is None else self.problem.with_(fewest=number, most=number)
        held = self.staying.hold(problem)
        found = self.tidy(held, adapt(held, home, is_open, gap=self.gap, seed=self.seed))
        if found.home is None:
            return None
        told = self.staying.told(problem, found)
        return self.put_back(told) if len(self.staying.leavers(told)) else told

    def _better(self, one: LocationResult, other: LocationResult | None, bound: float) -> LocationResult:
        """Give the cheaper of two results of one point, with the better of what is proved."""
        best = min((each for each in (one, other) if each is not None), key=lambda each: each.objective)
        proved = max(one.bound, bound)
        if not np.isfinite(best.objective):
            return replace(best, proof=Proof(np.inf, proved, ended="time"))
        offset = self.problem.offset
        return replace(best, proof=Proof.within(self.gap, best.objective, min(proved, best.objective), offset=offset))
