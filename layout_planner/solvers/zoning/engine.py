"""The anytime driver: relaxation, annealing, pool, neighbourhoods and proof under one clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from layout_planner.solvers.zoning.annealing import Annealer
from layout_planner.solvers.zoning.check import check_zones
from layout_planner.solvers.zoning.clock import Clock, ClockKind
from layout_planner.solvers.zoning.neighbourhood import Neighbourhoods
from layout_planner.solvers.zoning.problem import Ints, ZoneProblem
from layout_planner.solvers.zoning.relaxation import Relaxation

ZoneStatus = Literal["optimal", "feasible", "infeasible", "interrupted", "unknown"]
"""optimal: within the gap asked for, proved. feasible: lawful, its gap stated. infeasible: proved impossible.
interrupted: the best so far when the user stopped it. unknown: time ended with neither an assignment nor a proof."""

Progress = Callable[[float, float, float], None]
"""Told seconds, objective and bound whenever one of them improves."""

STEP, PRECISION = 1e-7, 1e-6
"""Share of the objective by which an assignment must be better to count, and within which one is called optimal."""
SMALL = 400
"""With so few open pairs the exact method is asked first."""
FIRST_SHARE, WORTH_CLOSING = 0.2, 5e-4
"""In large problems: part of the time for the first bound, and by what share the best must have improved before pairs
are closed anew."""
PROOF_SHARE, IN_SIGHT = 0.3, 5e-3
"""The last part of the time goes to the proof, half of it where the gap is wider than this, none of it where the problem
is too large for a proof."""
PART_SECONDS, PART_NODES = 2.0, 500
"""Limits of one search in a neighbourhood."""
PATIENCE = 2
"""Rounds without any gain before another assignment is taken in hand."""
FRESH_TRIES = 3
"""Cycles of annealing of which the best is taken in hand; one in large problems."""
ELITE = 24
"""Good assignments kept, to be merged."""
PARTS = 4
"""Neighbourhoods in a round where work is limited."""
LEAST_SHARE, MOST_SHARE, LEAN = 0.5, 4.0, 1.5
"""Otherwise their time, as a multiple of the rest of the round; it leans to the side that gained more a second."""
PROOF_NODES = 1_000
"""Nodes of the final search for each round of work, where work is limited."""
POOL_COLUMNS, POOL_SECONDS, POOL_NODES = 4_000, 3.0, 200
"""Limits of one set partitioning."""


@dataclass(frozen=True, eq=False)
class ZoneResult:
    """What was found and what was proved.

    Parameters
    ----------
    school_of
        The school of each place, n; None when nothing lawful was found.
    objective, bound
        Its cost, and what every assignment costs at least. NaN and infinite where there is none.
    gap
        (objective − bound) / |objective|.
    status
        See `ZoneStatus`.
    seconds
        Time taken, by the clock asked for.
    work
        What was counted: cycles, zones, searches, cuts, nodes, pairs left.
    """

    school_of: Ints | None
    objective: float
    bound: float
    gap: float
    status: ZoneStatus
    seconds: float
    work: dict[str, Any]


def solve_zones(
    problem: ZoneProblem,
    *,
    seconds: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
    start: Ints | None = None,
    rounds: int | None = None,
    clock: ClockKind = "wall",
    progress: Progress | None = None,
) -> ZoneResult:
    """Assign every place to one school at least cost, within the seats, every zone connected and around its school.

    Parameters
    ----------
    problem
        The problem as arrays. Pins are forbidden pairs; places kept together are contracted before (`contract`).
    seconds
        Time limit. Small problems end long before it, with a proof.
    gap
        Stop when (objective − bound) / |objective| is proved to be no more.
    seed
        Where chance begins. With `rounds` and no time limit the answer is the same every time.
    start
        A school for each place to begin with, n; used as it stands when it is lawful, else mended first.
    rounds
        Limit of work: rounds of annealing, set partitioning and neighbourhood searches; None for no limit.
    clock
        "wall", or "cpu" for the processor time of this process, where others share the machine.
    progress
        Told of every improvement.

    Returns
    -------
    ZoneResult
        The best assignment and the proved bound. Ctrl-C ends the search and gives what was reached.

    Notes
    -----
    The formulation stands in `relaxation`. In turn: pairs no path within the seats can serve are closed; the linear
    relaxation with separator cuts gives a bound, prices and a first wish; annealing with adaptive prices for missing
    seats finds lawful assignments and fills a pool of zones; set partitioning recombines the pool; small sets of
    adjacent zones are freed and redrawn exactly, larger ones as it gets harder to improve; each better assignment
    closes more pairs by reduced cost along paths; at the end the whole problem goes to branch and bound.

    References
    ----------
    Kong 2019 (service area problem: hybrid genetic algorithm with set partitioning); Validi, Buchanan and Lykhovyd 2022
    (contiguity by separators); Shaw 1998 and Fischetti and Lodi 2003 (neighbourhoods searched exactly).
    """
    run = _Run(problem, Clock(seconds, clock), gap, np.random.default_rng(seed), rounds, progress)
    try:
        run.go(start)
    except KeyboardInterrupt:
        run.interrupted = True
    return run.result()


class _Run:
    """One call of `solve_zones`: the best assignment, the bound, and the parts that work on them."""

    def __init__(
        self,
        problem: ZoneProblem,
        clock: Clock,
        gap: float,
        rng: np.random.Generator,
        rounds: int | None,
        progress: Progress | None,
    ) -> None:
        self.problem, self.clock, self.rng = problem, clock, rng
        self.gap_asked, self.rounds, self.progress = gap, rounds, progress
        self.best: Ints | None = None
        self.objective, self.bound, self.closed_at = np.inf, -np.inf, np.inf
        self.impossible = self.interrupted = False
        self.hand: Ints | None = None
        self.turn, self.part_share = 0, 1.0
        self.elite: list[Ints] = []
        self.annealer: Annealer | None = None
        self.parts: Neighbourhoods | None = None
        self.work: dict[str, Any] = {"cycles": 0, "zones": 0, "searches": 0, "cuts": 0, "nodes": 0, "pairs": 0}

    def go(self, start: Ints | None) -> None:
        """Work until the gap is reached, the time is over or the work is done."""
        problem = self.problem
        if problem.demand.sum() > problem.capacity.sum() * (1 + 1e-9):
            self.impossible = True
            return
        self.relaxation = Relaxation(problem)
        first = self.clock.within(FIRST_SHARE * self.clock.left) if self.relaxation.large else self.clock
        if self.relaxation.hopeless or not self.relaxation.tighten(first):
            self.impossible = True
            return
        self._learn()
        if self.relaxation.alive.sum() <= SMALL:
            self._prove(self.clock)
        if self._done():
            return
        self.annealer = Annealer(problem, self.relaxation.bound, self.relaxation.x.argmax(axis=1), self.rng)
        self.parts = Neighbourhoods(problem, self.rng)
        if start is not None and not self._accepts(start):
            self.annealer.keep_to(start)
        budget, rounds = self.clock.left, 0
        while not (self._done() or rounds == self.rounds):
            search = self.clock.within(self.clock.left - self._proof_share() * budget)
            if search.over:
                break
            self._round(search)
            rounds += 1
        if not self._done():
            self._prove(self.clock)

    def result(self) -> ZoneResult:
        """Give what was reached."""
        found = self.best is not None
        if self.impossible:
            status: ZoneStatus = "infeasible"
        elif self.interrupted:
            status = "interrupted"
        elif not found:
            status = "unknown"
        else:
            status = "optimal" if self._gap() <= max(self.gap_asked, PRECISION) else "feasible"
        return ZoneResult(
            school_of=self.best,
            objective=self.objective if found else np.nan,
            bound=np.inf if self.impossible else self.bound,
            gap=self._gap() if found else np.nan,
            status=status,
            seconds=self.clock.spent,
            work=self.work,
        )

    def _gap(self) -> float:
        if self.best is None:
            return np.inf
        return max(0.0, self.objective - self.bound) / max(abs(self.objective), 1e-12)

    def _done(self) -> bool:
        return self.impossible or self.clock.over or self._gap() <= max(self.gap_asked, PRECISION)

    def _accepts(self, start: Ints) -> bool:
        """Take the user's start if it is lawful."""
        if not check_zones(self.problem, start).lawful:
            return False
        self.hand = np.array(start, dtype=np.int64)
        self._accept(self.hand)
        return True

    def _proof_share(self) -> float:
        """What part of the time is kept for the proof: less where none is in sight."""
        if self.relaxation.large:
            return 0.0
        return PROOF_SHARE if self._gap() < IN_SIGHT else PROOF_SHARE / 2

    def _round(self, clock: Clock) -> None:
        """Anneal once and recombine the pool, then search neighbourhoods of one assignment for a share of that time.

        The assignment at hand is the best one until rounds bring nothing; then it is one annealed afresh, good or bad,
        whose zones end up in the pool and may serve the best one yet.
        """
        annealer, parts = self.annealer, self.parts
        assert annealer is not None and parts is not None
        begun, before = clock.spent, self.objective
        slack = self.objective - self.bound
        if self.hand is None or self.turn % 2:
            self.hand = self._fresh_hand(annealer, clock)
            parts.begin_small()
        else:
            assert self.best is not None
            again = annealer.again(self.best, slack, clock)
            self._keep(again)
            self.hand = self.best
            self._accept(again)
            if again is not None and self.best is again: self.hand = again
        self.turn += 1
        self._accept(self.hand)
        if self.hand is None:
            return
        hand = self._recombined(annealer, clock, self.hand)
        middle, between, as_it_was = clock.spent, self.objective, hand
        until = middle + self.part_share * (middle - begun)
        searched = 0
        while not (clock.over or self._done()) and (
            searched < PARTS if self.rounds is not None else clock.spent < until
        ):
            limits = clock.within(PART_SECONDS) if self.rounds is None else clock
            if searched % 4 == 0 and self.best is not None:
                found = self._merged(parts, limits)
            else:
                found = parts.improve(hand, self.relaxation.alive, limits, PART_NODES)
                self._keep(found)
            self._accept(found)
            hand = hand if found is None else found
            searched += 1
        annealer.remember(hand)
        self._keep(hand)
        self.hand = hand
        if np.isfinite(before):
            self._lean(
                (before - between) / (middle - begun), (between - self.objective) / (clock.spent - middle + 1e-9)
            )
        self.work.update(cycles=annealer.cycles, searches=parts.searches, zones=int(annealer.pool.size[0]))

    def _fresh_hand(self, annealer: Annealer, clock: Clock) -> Ints | None:
        """Anneal a few times from the relaxation and give the best; all leave their zones in the pool."""
        count = 1 if self.relaxation.large or self.best is not None else FRESH_TRIES
        tries = [annealer.afresh(self.objective - self.bound, clock) for _ in range(count)]
        for one in tries:
            self._keep(one)
        return min((one for one in tries if one is not None), key=self.problem.objective, default=None)

    def _keep(self, found: Ints | None) -> None:
        """Keep an assignment among the good ones that are merged."""
        if found is None or any(np.array_equal(found, one) for one in self.elite):
            return
        self.elite = sorted([*self.elite, found], key=self.problem.objective)[:ELITE]

    def _merged(self, parts: Neighbourhoods, clock: Clock) -> Ints | None:
        """Search among the pairs of the best assignment and some others."""
        assert self.best is not None
        others = [one for one in self.elite if not np.array_equal(one, self.best)]
        if not others:
            return None
        return parts.merge(self.best, others, self.relaxation.alive, clock, PART_NODES)

    def _lean(self, annealing: float, searching: float) -> None:
        """Give more of the time to whichever half gained more a second."""
        if annealing != searching:
            share = self.part_share * (LEAN if searching > annealing else 1 / LEAN)
            self.part_share = min(MOST_SHARE, max(LEAST_SHARE, share))

    def _recombined(self, annealer: Annealer, clock: Clock, hand: Ints) -> Ints:
        """Recombine the pool: give a new best assignment, or else the one at hand."""
        assert self.best is not None
        zones, own, excess = annealer.zones(self.best)
        limits = clock.within(POOL_SECONDS) if self.rounds is None else clock
        chosen, _ = zones.combine(own, excess, POOL_COLUMNS, limits, POOL_NODES)
        if zones.cost[chosen].sum() >= self.objective - PRECISION * abs(self.objective):
            return hand
        found = zones.assignment(chosen)
        self._accept(found)
        return found

    def _prove(self, clock: Clock) -> None:
        """Give the whole problem to branch and bound."""
        nodes = 2**31 - 1 if self.rounds is None else PROOF_NODES * self.rounds
        outcome = self.relaxation.integers(clock, self._cutoff(), nodes)
        self.work["nodes"] += outcome.nodes
        self._accept(outcome.school_of)
        self.impossible = outcome.proven and self.best is None
        self.bound = max(self.bound, min(outcome.bound, self._cutoff()))
        self._learn()

    def _accept(self, found: Ints | None) -> None:
        """Take a better assignment, and close what no still better one can use."""
        if found is None:
            return
        objective = self.problem.objective(found)
        if not objective < self.objective:
            return
        if not check_zones(self.problem, found).lawful:
            raise AssertionError("a part of the engine handed over an unlawful assignment")
        self.best, self.objective = found, objective
        if self.annealer is not None:
            self.annealer.remember(found)
        if not self._close():
            self.bound = self._cutoff()
        self._learn()

    def _close(self) -> bool:
        """Close pairs that no better assignment can use; False when none is left. In large problems not every time."""
        if self.relaxation.large:
            if self.objective > (1 - WORTH_CLOSING) * self.closed_at:
                return True
            self.closed_at = self.objective
            self.relaxation.fix(self._cutoff())
            if self.relaxation.large:
                return not self.relaxation.hopeless
        return self.relaxation.tighten(self.clock, self._cutoff())

    def _cutoff(self) -> float:
        """What an assignment must cost less than to count as better."""
        return self.objective - STEP * abs(self.objective) if self.best is not None else np.inf

    def _learn(self) -> None:
        """Take over what the relaxation knows, and tell of it."""
        # Once pairs are closed the relaxation speaks of better assignments only: never claim more than the best.
        self.bound = max(self.bound, min(self.relaxation.bound.value, self._cutoff()))
        self.work.update(pairs=int(self.relaxation.alive.sum()), cuts=len(self.relaxation.cuts))
        if self.progress is not None:
            self.progress(self.clock.spent, self.objective, self.bound)


def _first(one: Ints | None, other: Ints | None) -> Ints | None:
    """Give the first of two assignments that exists."""
    return other if one is None else one
