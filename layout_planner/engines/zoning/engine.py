"""The anytime driver: relaxation, annealing, pool, neighbourhoods and proof under one clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from layout_planner.base.arrays import Ints
from layout_planner.base.proof import Ended, Proof, Proved
from layout_planner.engines.zoning.annealing import Annealer
from layout_planner.engines.zoning.check import check_zones
from layout_planner.engines.zoning.neighbourhood import Neighbourhoods
from layout_planner.engines.zoning.problem import ZoneProblem
from layout_planner.engines.zoning.relaxation import Relaxation
from layout_planner.solving.clock import Clock, ClockKind

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
"""The last part of the time goes to the proof; half of it where the gap is wider than this, none where the problem is
too large for a proof."""
PART_SECONDS, MERGE_SECONDS, PART_NODES = 1.0, 2.0, 500
"""Limits of one search in a neighbourhood, and of one among mixed assignments."""
FIRST_TRIES = 3
"""Cycles of annealing in a round while nothing feasible is known; one in large problems, and one afterwards."""
MERGE_EVERY = 2
"""One of so many searches is among the pairs of several good assignments, the others in a neighbourhood."""
PARTS = 4
"""Searches in a round where work is limited."""
LEAST_SHARE, MOST_SHARE, LEAN = 0.5, 4.0, 1.5
"""Otherwise their time, as a multiple of the rest of the round; it leans to the side that gained more a second."""
PROOF_NODES = 1_000
"""Nodes of the final search for each round of work, where work is limited."""
POOL_COLUMNS, POOL_SECONDS, POOL_NODES = 4_000, 2.0, 200
"""Limits of one set partitioning."""


@dataclass(frozen=True, eq=False)
class ZoneResult(Proved):
    """What was found and what was proved.

    Parameters
    ----------
    school_of
        The school of each place, n; None when nothing feasible was found.
    proof
        Its cost, infinite where none was found, and what every assignment costs at least; NaN and infinite where
        there can be none.
    seconds
        Time taken, by the clock asked for.
    work
        What was counted: cycles, zones, searches, cuts, nodes, pairs left.
    """

    school_of: Ints | None
    proof: Proof
    seconds: float
    work: dict[str, int]


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
        A school for each place to begin with, n; used as it stands when it is feasible, else mended first.
    rounds
        Limit of work: rounds of annealing, set partitioning and neighbourhood searches; None for no limit.
    clock
        What the seconds are counted by: "wall", "cpu" or "work" (see `Clock`).
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
    seats finds feasible assignments and fills a pool of zones; set partitioning recombines the pool; small sets of
    adjacent zones are freed and redrawn exactly, larger ones as it gets harder to improve; the pairs that several good
    assignments use are searched exactly for the best mixture of them; each better assignment closes more pairs by
    reduced cost along paths; at the end the whole problem goes to branch and bound.

    References
    ----------
    Kong 2019 (service area problem: hybrid genetic algorithm with set partitioning); Validi, Buchanan and Lykhovyd 2022
    (contiguity by separators); Shaw 1998 and Fischetti and Lodi 2003 (neighbourhoods searched exactly);
    Cook and Seymour 2003 (merging tours, the pattern of merging assignments).
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
        self.afresh, self.part_share = False, 1.0
        self.annealer: Annealer | None = None
        self.parts: Neighbourhoods | None = None
        self.work: dict[str, int] = {"cycles": 0, "zones": 0, "searches": 0, "cuts": 0, "nodes": 0, "pairs": 0}

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
        begun, budget, rounds = self.clock.spent, self.clock.left, 0
        while not (self._done() or rounds == self.rounds):
            search = self.clock.within(begun + (1 - self._proof_share()) * budget - self.clock.spent)
            if search.over:
                break
            self._round(search)
            rounds += 1
        if not self._done():
            self._prove(self.clock)

    def result(self) -> ZoneResult:
        """Give what was reached."""
        if self.impossible:
            proof = Proof(np.nan, np.inf, ended="infeasible")
        elif self.best is None:
            proof = Proof(np.inf, self.bound, ended="interrupted" if self.interrupted else "time")
        else:
            proof = self._proof()
            proof = proof.with_(ended="interrupted") if self.interrupted else proof
        return ZoneResult(self.best, proof, self.clock.spent, self.work)

    def _proof(self) -> Proof:
        """Say what is proved of the best; its objective is infinite where there is none."""
        reached = np.inf if self.best is None else self.objective
        otherwise: Ended = "time" if self.rounds is None else "work"
        return Proof.within(max(self.gap_asked, PRECISION), float(reached), float(self.bound), otherwise=otherwise)

    def _gap(self) -> float:
        return self._proof().gap

    def _done(self) -> bool:
        return self.impossible or self.clock.over or self._proof().finished

    def _accepts(self, start: Ints) -> bool:
        """Take the user's start if it is feasible."""
        if not check_zones(self.problem, start).feasible:
            return False
        self._accept(np.array(start, dtype=np.int64))
        return True

    def _proof_share(self) -> float:
        """What part of the time is kept for the proof: less where none is in sight."""
        if self.relaxation.large:
            return 0.0
        return PROOF_SHARE if self._gap() < IN_SIGHT else PROOF_SHARE / 2

    def _round(self, clock: Clock) -> None:
        """Anneal and recombine the pool, then search neighbourhoods and mergers for a share of that time.

        Rounds begin from the best assignment and afresh in turn. What comes of annealing afresh is searched however bad
        it is: merged with the best, a few good zones are worth more than another local optimum. In large problems, for
        which there is never time enough, they begin afresh only after a round that gained nothing.
        """
        annealer, parts = self.annealer, self.parts
        assert annealer is not None and parts is not None
        begun, before = clock.spent, self.objective
        afresh = self.best is None or self.afresh
        hand = self._annealed(annealer, parts, clock, afresh)
        if hand is None:
            hand = self._merged(parts, clock)
        if hand is None:
            return
        if not afresh:
            hand = self._recombined(annealer, clock, hand)
        middle, between = clock.spent, self.objective
        until = middle + self.part_share * (middle - begun)
        searched = 0
        while not (clock.over or self._done()) and (
            searched < PARTS if self.rounds is not None else clock.spent < until
        ):
            found = self._improved(parts, clock, hand) if searched % MERGE_EVERY else self._merged(parts, clock)
            hand = hand if found is None else found
            searched += 1
        annealer.remember(hand)
        parts.keep(hand)
        self.afresh = not afresh and not (self.relaxation.large and self.objective < before)
        if np.isfinite(before):
            self._lean(
                (before - between) / (middle - begun), (between - self.objective) / (clock.spent - middle + 1e-9)
            )
        self.work.update(cycles=annealer.cycles, searches=parts.searches, zones=int(annealer.pool.size[0]))

    def _annealed(self, annealer: Annealer, parts: Neighbourhoods, clock: Clock, afresh: bool) -> Ints | None:
        """Anneal afresh and give what comes of it, or from the best assignment and give the best."""
        slack = self.objective - self.bound
        hand: Ints | None = None
        if afresh:
            parts.begin_small()
        for _ in range(1 if self.relaxation.large or self.best is not None else FIRST_TRIES):
            if afresh or self.best is None:
                found = annealer.afresh(slack, clock)
            else:
                found = annealer.again(self.best, slack, clock)
            parts.recall(annealer.state())
            self._take(found, parts)
            if found is not None and (hand is None or self.problem.objective(found) < self.problem.objective(hand)):
                hand = found
        return hand if afresh and hand is not None else self.best

    def _improved(self, parts: Neighbourhoods, clock: Clock, hand: Ints) -> Ints | None:
        """Search a neighbourhood of an assignment; give a better one, or None."""
        found = parts.improve(hand, self.relaxation.alive, self._limits(clock, PART_SECONDS), PART_NODES)
        self._accept(found)
        return found

    def _merged(self, parts: Neighbourhoods, clock: Clock) -> Ints | None:
        """Search a mixture of assignments; give one better than the best, or None."""
        return self._take(
            parts.merge(self.best, self.relaxation.alive, self._limits(clock, MERGE_SECONDS), PART_NODES), parts
        )

    def _limits(self, clock: Clock, seconds: float) -> Clock:
        """Give the clock of one search; where work is limited, nodes are, and time is not."""
        return clock.within(seconds) if self.rounds is None else clock

    def _take(self, found: Ints | None, parts: Neighbourhoods) -> Ints | None:
        """Keep what was found, if anything, for later, and see whether it is the best."""
        if found is not None:
            parts.keep(found)
            self._accept(found)
        return found

    def _lean(self, annealing: float, searching: float) -> None:
        """Give more of the time to whichever half gained more a second."""
        if annealing != searching:
            share = self.part_share * (LEAN if searching > annealing else 1 / LEAN)
            self.part_share = min(MOST_SHARE, max(LEAST_SHARE, share))

    def _recombined(self, annealer: Annealer, clock: Clock, hand: Ints) -> Ints:
        """Recombine the pool: give a new best assignment, or else the one at hand."""
        assert self.best is not None
        zones, own, excess = annealer.zones(self.best)
        chosen, _ = zones.combine(own, excess, POOL_COLUMNS, self._limits(clock, POOL_SECONDS), POOL_NODES)
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
        if not check_zones(self.problem, found).feasible:
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
