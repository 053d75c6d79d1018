"""Large-neighbourhood search: the exact method on a part of the problem.

Either a few zones side by side are freed and redrawn, or all places at once, but only among the pairs that several good
assignments use: those mostly agree, and where they do not the best of each is put together.
"""

from __future__ import annotations

import hashlib

import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.engines.zoning.problem import ZoneProblem
from layout_planner.engines.zoning.relaxation import Relaxation
from layout_planner.solving.clock import Clock

FIRST_SIZE = 100.0
"""Places in the first neighbourhoods, about."""
SHRINK, GROW, LEAP = 0.9, 1.02, 1.15
"""After a search that did not end, one that ended early, and when nothing of this size is left to try."""
DRAWS = 40
"""Draws of a neighbourhood before the size counts as exhausted."""
KEPT, RECENT = 24, 12
"""Good feasible assignments, and ends of annealing, that are kept to be merged."""
FIRST_PARTNERS, FEWER, MORE = 3.0, 0.8, 1.1
"""How many of them are merged with the best one at first, and how that number changes."""
EARLY, EARLY_MERGED = 0.1, 0.25
"""A search is easy when it takes less than this share of its limits."""


class Neighbourhoods:
    """Which neighbourhoods to try, how large, and which were tried already.

    Parameters
    ----------
    problem
        The problem.
    rng
        Where chance comes from.
    """

    def __init__(self, problem: ZoneProblem, rng: np.random.Generator) -> None:
        self._problem, self._rng = problem, rng
        self._rows = np.repeat(np.arange(problem.n), np.diff(problem.indptr))
        self._tried: set[bytes] = set()
        self.size = FIRST_SIZE
        self._kept: list[Ints] = []
        self._recent: list[Ints] = []
        self._partners = FIRST_PARTNERS
        self.searches = 0

    def improve(self, best: Ints, alive: Bools, clock: Clock, nodes: int) -> Ints | None:
        """Free one neighbourhood of an assignment and search it; give a better assignment, or None.

        Parameters
        ----------
        best
            A feasible assignment, n.
        alive
            Pairs that a better assignment may use, n × m.
        clock, nodes
            Limits of the search.
        """
        schools = self._draw(best)
        if schools is None:
            self.size = min(self.size * LEAP, 2.0 * self._problem.n)
            return None
        self._tried.add(_drawing(best, schools))
        places = np.flatnonzero(np.isin(best, schools))
        part = self._problem.restrict(places, schools)
        cutoff = _below(part.objective(np.searchsorted(schools, best[places])))
        found, effort = self._search(part, alive[np.ix_(places, schools)], cutoff, clock, nodes)
        if effort > 1:
            self.size *= SHRINK
        elif effort < EARLY:
            self.size *= GROW
        if found is None:
            return None
        better = best.copy()
        better[places] = schools[found]
        return better

    def recall(self, state: Ints) -> None:
        """Keep where annealing ended, feasible or not, for a while: its pairs may help too."""
        self._recent = [*self._recent, state][-RECENT:]

    def keep(self, found: Ints) -> None:
        """Keep an assignment among the good ones to merge, unless there are enough better ones."""
        if not any(np.array_equal(found, one) for one in self._kept):
            self._kept = sorted([*self._kept, found], key=self._problem.objective)[:KEPT]

    def merge(self, best: Ints | None, alive: Bools, clock: Clock, nodes: int) -> Ints | None:
        """Search among the pairs that the best assignment and a few others use; give a better one, or None.

        Parameters
        ----------
        best
            The best assignment, n; None when no feasible one is known.
        alive
            Pairs that a better assignment may use, n × m.
        clock, nodes
            Limits of the search.
        """
        others = [one for one in (*self._kept, *self._recent) if best is None or not np.array_equal(one, best)]
        if not others:
            return None
        pairs = np.zeros_like(alive)
        chosen = self._rng.choice(len(others), min(len(others), int(self._partners)), replace=False)
        for one in (*(others[k] for k in chosen), *(() if best is None else (best,))):
            pairs[np.arange(len(one)), one] = True
        mixture = hashlib.blake2b(np.packbits(pairs).tobytes(), digest_size=16).digest()
        if mixture in self._tried:
            return None
        self._tried.add(mixture)
        cutoff = np.inf if best is None else _below(self._problem.objective(best))
        found, effort = self._search(self._problem, alive & pairs, cutoff, clock, nodes)
        if effort > 1:
            self._partners = max(1.0, self._partners * FEWER)
        elif effort < EARLY_MERGED:
            self._partners = min(self._partners * MORE, KEPT)
        return found

    def _search(
        self, part: ZoneProblem, alive: Bools, cutoff: float, clock: Clock, nodes: int
    ) -> tuple[Ints | None, float]:
        """Search a part; give an assignment below the cutoff, if any, and what share of its limits the search took.

        The share is above 1 when the limits ended it.
        """
        self.searches += 1
        begun = clock.spent
        relaxation = Relaxation(part, alive)
        if not relaxation.tighten(clock, cutoff):
            return None, 0.0
        outcome = relaxation.integers(clock, cutoff, nodes)
        # No time may be left on a busy machine: whatever was done then took more than there was.
        took = (clock.spent - begun) / clock.limit if clock.limit > 0 else np.inf
        effort = max(outcome.nodes / nodes, took) if outcome.proven else np.inf
        found = outcome.school_of
        # The programme knows nothing of borders.
        return (None if found is None or part.objective(found) >= cutoff else found), effort

    def begin_small(self) -> None:
        """Go back to small neighbourhoods, for an assignment that was not searched before."""
        self.size = min(self.size, FIRST_SIZE)

    def _draw(self, best: Ints) -> Ints | None:
        """Draw schools whose zones lie side by side and were not yet tried as they are now drawn."""
        m = self._problem.m
        borders = np.zeros((m, m))
        np.add.at(borders, (best[self._rows], best[self._problem.indices]), 1.0)
        np.fill_diagonal(borders, 0.0)
        count = np.bincount(best, minlength=m)
        for _ in range(DRAWS):
            chosen = self._cluster(borders, count)
            if len(chosen) > 1 and _drawing(best, chosen) not in self._tried:
                return chosen
        return None

    def _cluster(self, borders: Floats, count: Ints) -> Ints:
        chosen = [int(self._rng.integers(len(count)))]
        while True:
            beside = borders[chosen].sum(axis=0) > 0
            beside[chosen] = False
            candidates = np.flatnonzero(beside)
            if not len(candidates):
                break
            after = int(self._rng.choice(candidates))
            if count[chosen].sum() + count[after] > self.size and len(chosen) > 1:
                break
            chosen.append(after)
        return np.array(sorted(chosen), dtype=np.int64)


def _below(objective: float) -> float:
    """Give what an assignment must cost less than to be better."""
    return objective - 1e-7 * max(1.0, abs(objective))


def _drawing(school_of: Ints, schools: Ints) -> bytes:
    """Give a fingerprint of how the zones of some schools are drawn."""
    shown = np.where(np.isin(school_of, schools), school_of, -1)
    return hashlib.blake2b(shown.tobytes(), digest_size=16).digest()
