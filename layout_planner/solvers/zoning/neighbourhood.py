"""Large-neighbourhood search: a few zones side by side are freed and redrawn by the exact method."""

from __future__ import annotations

import hashlib

import numpy as np

from layout_planner.solvers.zoning.clock import Clock
from layout_planner.solvers.zoning.problem import Bools, Floats, Ints, ZoneProblem
from layout_planner.solvers.zoning.relaxation import Relaxation

FIRST_SIZE = 100.0
"""Places in the first neighbourhoods, about."""
SHRINK, GROW, LEAP = 0.9, 1.02, 1.15
"""After a search that did not end, one that ended early, and when nothing of this size is left to try."""
FIRST_PARENTS, MOST_PARENTS = 3.0, 24.0
"""Other assignments merged with the best one at first, and at most."""
DRAWS = 40
"""Draws of a neighbourhood before the size counts as exhausted."""
EARLY = 0.1
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
        self.parents = FIRST_PARENTS
        self.searches = 0

    def improve(self, best: Ints, alive: Bools, clock: Clock, nodes: int) -> Ints | None:
        """Free one neighbourhood of an assignment and search it; give a better assignment, or None.

        Parameters
        ----------
        best
            A lawful assignment, n.
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
        before = clock.spent
        found, proven, used = self._search(best, schools, alive, clock, nodes)
        if not proven:
            self.size *= SHRINK
        elif used < EARLY * nodes and clock.spent - before < EARLY * clock.limit:
            self.size *= GROW
        return found

    def merge(self, best: Ints, others: list[Ints], alive: Bools, clock: Clock, nodes: int) -> Ints | None:
        """Search among the pairs that several good assignments use; give one better than the best, or None.

        How many of the others are taken follows from whether such searches end in time.
        """
        count = min(len(others), int(self.parents))
        chosen = [others[k] for k in self._rng.choice(len(others), count, replace=False)]
        pairs = np.zeros_like(alive)
        for one in (best, *chosen):
            pairs[np.arange(len(best)), one] = True
        key = hashlib.blake2b(np.packbits(pairs).tobytes(), digest_size=16).digest()
        if key in self._tried:
            return None
        self._tried.add(key)
        before = clock.spent
        found, proven, used = self._search(best, np.arange(self._problem.m), alive & pairs, clock, nodes)
        if not proven:
            self.parents = max(1.0, 0.8 * self.parents)
        elif used < EARLY * nodes and clock.spent - before < EARLY * clock.limit:
            self.parents = min(1.1 * self.parents, MOST_PARENTS)
        return found

    def _search(
        self, best: Ints, schools: Ints, alive: Bools, clock: Clock, nodes: int
    ) -> tuple[Ints | None, bool, int]:
        """Redraw the zones of some schools; give a better assignment, whether the search ended, and its nodes."""
        self.searches += 1
        places = np.flatnonzero(np.isin(best, schools))
        part = self._problem.restrict(places, schools)
        now = part.objective(np.searchsorted(schools, best[places]))
        cutoff = now - 1e-7 * max(1.0, abs(now))
        relaxation = Relaxation(part, alive[np.ix_(places, schools)])
        if not relaxation.tighten(clock, cutoff):
            return None, True, 0
        outcome = relaxation.integers(clock, cutoff, nodes)
        if outcome.school_of is None or not part.objective(outcome.school_of) < now:  # borders are not in the programme
            return None, outcome.proven, outcome.nodes
        better = best.copy()
        better[places] = schools[outcome.school_of]
        return better, outcome.proven, outcome.nodes

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


def _drawing(school_of: Ints, schools: Ints) -> bytes:
    """Give a fingerprint of how the zones of some schools are drawn."""
    shown = np.where(np.isin(school_of, schools), school_of, -1)
    return hashlib.blake2b(shown.tobytes(), digest_size=16).digest()
