"""The linear relaxation, with contiguity added as node-separator cuts when it is violated.

    min  Σ c_ij x_ij
    s.t. Σ_j x_ij = 1                    every place i
         Σ_i d_i x_ij ≤ Q_j              every school j
         x_ij ≤ Σ_{k ∈ S} x_kj           every j, i not adjacent to j's place, and S that parts i from it
         0 ≤ x ≤ 1

Where zones cost something by sums over them (`Shape`), Σ_i w_ri x_ij − s⁺_rj + s⁻_rj = level_rj is added for each, and
over_rj s⁺_rj + under_rj s⁻_rj to the objective. Borders between zones stay out: they never cost less than nothing.

Any prices λ ≤ 0 of the seats, π ≥ 0 of the cuts and −over ≤ μ ≤ under of the sums prove a bound:
Σ_j λ_j Q_j + Σ_rj μ_rj level_rj + Σ_i min_j (c_ij − λ_j d_i − Σ_r μ_rj w_ri − Σ π a_ij).
The bounds claimed here are computed from that formula, never read from the solver, so its tolerances cannot spoil them.

References
----------
Oehrlein and Haunert 2017, A cutting-plane method for contiguity-constrained spatial aggregation; Fischetti et al. 2017,
Thinning out Steiner trees; Validi, Buchanan and Lykhovyd 2022, Imposing contiguity constraints in political districting
models (separators that only paths within the limit must meet).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.engines.zoning.check import SEAT_TOLERANCE
from layout_planner.engines.zoning.covers import lifted_cover
from layout_planner.engines.zoning.fixing import cheap_enough, path_feasible
from layout_planner.engines.zoning.problem import ZoneProblem
from layout_planner.solving.clock import Clock
from layout_planner.solving.graphs import least_cut, reverse_arcs, shrink_separator, widest_paths
from layout_planner.solving.mip import Model
from layout_planner.solving.program import Term


class Cut(NamedTuple):
    """One inequality over the places of one school: Σ coefficient · x[places, school] ≥ least."""

    school: int
    places: Ints
    coefficient: Floats
    least: float


LARGE = 60_000
"""With more open pairs than this the programme begins with each place's cheapest schools and takes in others as their
prices ask for it; the bound always counts all of them."""
FIRST_SCHOOLS = 8
MOST_SEPARATED = 4
"""In large problems so many places of a school are separated in one round, those that violate most, by one cut each."""
VIOLATION = 0.02
"""Cuts violated by less are not worth a row."""


@dataclass(frozen=True, eq=False)
class Bound:
    """A proved lower bound and what it says of each pair.

    Parameters
    ----------
    value
        The bound.
    reduced
        What a pair adds to the bound at least, n × m; infinite where the pair is closed.
    seat_price
        What a seat more would save, m, at least 0.
    """

    value: float
    reduced: Floats
    seat_price: Floats


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the search in integers came to.

    Parameters
    ----------
    school_of
        The best connected assignment below the cutoff; None when none was found.
    bound
        What every assignment costs at least, as far as it is below the cutoff.
    proven
        Whether nothing below `bound` can exist: the search came to its end.
    nodes
        Nodes of the tree.
    """

    school_of: Ints | None
    bound: float
    proven: bool
    nodes: int


class Relaxation:
    """The relaxation of one problem, kept warm between rounds of cuts and fixing.

    Parameters
    ----------
    problem
        The problem.
    alive
        Pairs still open, n × m; those that no path within the seats can reach are closed at once.
    """

    def __init__(self, problem: ZoneProblem, alive: Bools | None = None) -> None:
        self.problem = problem
        self.alive = path_feasible(problem, problem.allowed if alive is None else alive)
        self.x: Floats = np.zeros(self.alive.shape)
        self.bound = Bound(-np.inf, np.zeros(self.alive.shape), np.zeros(problem.m))
        self.cuts: list[Cut] = []
        self.impossible = False
        self._reverse = reverse_arcs(problem.indptr, problem.indices)
        self._schools_each = FIRST_SCHOOLS
        sums = problem.shape.level.size
        # The columns s⁺ and s⁻ come first, the rows of sums after those of places and seats.
        self._slacks, self._cut_row = 2 * sums, problem.n + problem.m + sums
        self._place, self._school = np.nonzero(self._cheapest())
        self._column = np.full(self.alive.shape, -1, dtype=np.int64)
        self._column[self._place, self._school] = np.arange(len(self._place))
        self._model = self._model_of(np.arange(len(self._place)))

    @property
    def large(self) -> bool:
        """Whether so many pairs are open that only the most needful work is done."""
        return int(self.alive.sum()) > LARGE

    @property
    def hopeless(self) -> bool:
        """Whether some place has no school left."""
        return not bool(self.alive.any(axis=1).all())

    def solve(self, clock: Clock) -> bool:
        """Solve the relaxation as it stands and improve the bound; False when it has no solution or no time."""
        while not clock.over:
            answer = self._model.solve(clock=clock)
            if answer.proof.ended == "infeasible":
                left = self.alive & (self._column < 0)
                if not left.any():
                    self.impossible = True
                    return False
                self._schools_each *= 2
                self._enter(left & self._cheapest())
                continue
            if answer.x is None or answer.prices is None or answer.proof.ended not in ("proved", "disputed"):
                return False
            self.x = np.zeros(self.alive.shape)
            self.x[self._place, self._school] = answer.x[self._slacks :]
            found = self._price(answer.prices)
            if found.value >= self.bound.value:
                self.bound = found
            # Columns left out so far whose reduced cost in the programme is negative.
            known = np.where(self._column >= 0, found.reduced, np.inf).min(axis=1)
            wanting = (self._column < 0) & (found.reduced < known[:, None] - 1e-9 * max(1.0, float(known.max())))
            if not wanting.any():
                return True
            self._enter(wanting)
        return False

    def tighten(self, clock: Clock, upper: float = np.inf, rounds: int = 40) -> bool:
        """Solve, separate and fix until nothing more is found; False when no assignment below `upper` is left."""
        for _ in range(rounds):
            if not self.solve(clock):
                return not self.impossible
            if self.bound.value >= upper:
                return False
            closed = self.fix(upper) if np.isfinite(upper) else 0
            if self.hopeless:
                return False
            if not self.separate(clock) + self.cover() and not closed:
                break
        return True

    def fix(self, upper: float) -> int:
        """Close every pair that no assignment better than `upper` can use; gives how many."""
        total = 0
        while True:
            kept = path_feasible(self.problem, self.alive)
            kept &= cheap_enough(self.problem, kept, np.where(kept, self.bound.reduced, 0.0), upper - self.bound.value)
            closed = self.close(kept)
            total += closed
            if not closed or self.hopeless:
                return total

    def integers(self, clock: Clock, upper: float, nodes: int) -> Outcome:
        """Solve in integers, adding cuts until every zone is connected.

        Parameters
        ----------
        clock
            When to stop.
        upper
            Only assignments cheaper than this are of interest.
        nodes
            Nodes of the tree at most, in all.
        """
        problem = self.problem
        best: Ints | None = None
        bound, spent = self.bound.value, 0
        if self.large:  # branch and bound would not leave its root
            return Outcome(None, bound, False, 0)
        self._enter(self.alive & (self._column < 0))
        while True:
            place, school = np.nonzero(self.alive)
            model = self._model_of(self._column[place, school], whole=True)
            found = model.solve(clock=clock, cutoff=upper, nodes=nodes - spent)
            spent += found.nodes
            bound = max(bound, min(found.proof.bound, upper))
            known = len(self.cuts)
            for point in found.points:
                self.x = np.zeros(self.alive.shape)
                self.x[place, school] = point[self._slacks :]
                if not self.separate():
                    best = self.x.argmax(axis=1)
                    upper = problem.objective(best)
            if found.proof.finished and len(self.cuts) == known:
                # Borders are not in the programme: its optimum proves itself only where they cost nothing.
                blind = bool(len(problem.border)) and bool(found.points)
                return Outcome(best, min(bound, upper) if blind else upper, not blind, spent)
            if clock.over or spent >= nodes or not found.points:
                return Outcome(best, min(bound, upper), False, spent)
            if not self.tighten(clock, upper):
                return Outcome(best, upper, True, spent)

    def separate(self, clock: Clock | None = None, nested: int = 2) -> int:
        """Add cuts that the present solution violates, until the clock is over; gives how many."""
        problem = self.problem
        most = problem.n
        if self.large:
            most, nested = MOST_SEPARATED, 0
        fresh: list[Cut] = []
        for j, home in enumerate(problem.home):
            value = np.ascontiguousarray(self.x[:, j])
            usable = np.ascontiguousarray(self.alive[:, j])
            width = widest_paths(problem.indptr, problem.indices, value, home)
            room = problem.capacity[j] * (1 + 1e-6)
            violating = np.flatnonzero(value - width > VIOLATION)
            if len(violating) > most:
                violating = violating[np.argsort(width[violating] - value[violating], kind="stable")[:most]]
            if clock is not None and clock.over:
                break
            for i in violating:
                fresh += self._cuts_of(int(i), j, value.copy(), usable, room, nested)
        self._add(fresh)
        return len(fresh)

    def cover(self) -> int:
        """Add lifted covers that the present solution violates; gives how many."""
        problem = self.problem
        fresh: list[Cut] = []
        for j, home in enumerate(problem.home):
            places = np.flatnonzero(self.alive[:, j])
            places = places[places != home]
            value = self.x[places, j]
            if ((value > VIOLATION) & (value < 1 - VIOLATION)).any():
                room = problem.capacity[j] * (1 + SEAT_TOLERANCE) - problem.demand[home]
                coefficient, most = lifted_cover(problem.demand[places], value, room)
                if coefficient @ value > most + VIOLATION:
                    used = coefficient > 0
                    fresh.append(Cut(j, places[used], -coefficient[used], -most))
        self._add(fresh)
        return len(fresh)

    def _cuts_of(self, i: int, j: int, value: Floats, usable: Bools, room: float, nested: int) -> list[Cut]:
        problem, home = self.problem, int(self.problem.home[j])
        found: list[Cut] = []
        seen: set[bytes] = set()
        for _ in range(max(nested, 1)):
            flow, near_i, near_home = least_cut(
                problem.indptr, problem.indices, self._reverse, value, usable, i, home, value[i]
            )
            if flow > value[i] - VIOLATION:
                break
            for mask in (near_i, near_home) if nested else (near_i,):
                small = shrink_separator(problem.indptr, problem.indices, problem.demand, usable, mask, i, home, room)
                key = small.tobytes()
                if key not in seen:
                    seen.add(key)
                    members = np.flatnonzero(small)
                    coefficient = np.concatenate([[-1.0], np.ones(len(members))])
                    found.append(Cut(j, np.concatenate([[i], members]), coefficient, 0.0))
            value[near_i] = 1.0  # the next cut must be another one
            value[near_home] = 1.0
        return found

    def close(self, kept: Bools) -> int:
        """Close all pairs but these; gives how many were closed."""
        shut = self.alive & ~kept
        columns = self._slacks + self._column[shut & (self._column >= 0)]
        if len(columns):
            self._model.limit(columns, 0.0, 0.0)
        self.alive = self.alive & kept
        return int(shut.sum())

    def _price(self, dual: Floats) -> Bound:
        problem = self.problem
        m = problem.m
        shape = problem.shape
        seat_price = np.maximum(-dual[problem.n : problem.n + m], 0.0)
        sum_price = np.clip(dual[problem.n + m : self._cut_row].reshape(shape.level.shape), -shape.over, shape.under)
        cut_price = np.maximum(dual[self._cut_row :], 0.0)
        reduced = problem.cost + problem.demand[:, None] * seat_price - shape.weight.T @ sum_price
        for cut, price in zip(self.cuts, cut_price, strict=True):
            if price > 0:
                reduced[cut.places, cut.school] -= price * cut.coefficient
        reduced[~self.alive] = np.inf
        least = reduced.min(axis=1)
        right = cut_price @ np.array([cut.least for cut in self.cuts])
        value = float(least.sum() - seat_price @ problem.capacity + (sum_price * shape.level).sum() + right)
        return Bound(value, reduced - least[:, None], seat_price)

    def _cheapest(self) -> Bools:
        """Open pairs the programme holds: all, or in large problems each place's cheapest and the schools' own."""
        if not self.large or self._schools_each >= self.problem.m:
            return self.alive
        cost = np.where(self.alive, self.problem.cost, np.inf)
        limit = np.partition(cost, self._schools_each - 1, axis=1)[:, [self._schools_each - 1]]
        return self.alive & (cost <= limit)

    def _enter(self, pairs: Bools) -> None:
        """Add columns to the programme, with their part in the cuts."""
        problem, first = self.problem, len(self._place)
        place, school = np.nonzero(pairs)
        here = np.arange(len(place))
        self._column[place, school] = first + here
        self._place, self._school = np.concatenate([self._place, place]), np.concatenate([self._school, school])
        rows, columns, values = self._rows_of(place, school)
        for k, cut in enumerate(self.cuts):
            column = self._column[cut.places, cut.school] - first
            fresh = column >= 0
            rows.append(np.full(int(fresh.sum()), self._cut_row + k))
            columns.append(column[fresh])
            values.append(cut.coefficient[fresh])
        self._model.columns(problem.cost[place, school], *zip(rows, columns, values, strict=True), most=1.0)

    def _add(self, cuts: list[Cut]) -> None:
        if cuts:
            terms = []
            for k, cut in enumerate(cuts):
                column = self._column[cut.places, cut.school]
                terms.append((k, self._slacks + column[column >= 0], cut.coefficient[column >= 0]))
            self._model.rows(*terms, least=[cut.least for cut in cuts])
        self.cuts += cuts

    def _model_of(self, columns: Ints, whole: bool = False) -> Model:
        """Make the model over some columns, with all cuts."""
        problem, shape = self.problem, self.problem.shape
        n, m = problem.n, problem.m
        place, school = self._place[columns], self._school[columns]
        new = np.full(len(self._place) + 1, -1, dtype=np.int64)
        model = Model()
        slack = model.columns(np.column_stack([shape.over.ravel(), shape.under.ravel()]).ravel())
        x = model.columns(problem.cost[place, school], most=1.0, whole=whole)
        new[columns] = x
        rows, at, values = self._rows_of(place, school)
        terms: list[Term] = [(row, x[column], value) for row, column, value in zip(rows, at, values, strict=True)]
        for k, cut in enumerate(self.cuts):
            column = new[self._column[cut.places, cut.school]]
            terms.append((self._cut_row + k, column[column >= 0], cut.coefficient[column >= 0]))
        terms.append((n + m + slack // 2, slack, np.where(slack % 2, 1.0, -1.0)))
        level = shape.level.ravel()
        model.rows(
            *terms,
            least=np.concatenate([np.ones(n), np.full(m, -np.inf), level, [cut.least for cut in self.cuts]]),
            most=np.concatenate([np.ones(n), problem.capacity, level, np.full(len(self.cuts), np.inf)]),
        )
        return model

    def _rows_of(self, place: Ints, school: Ints) -> tuple[list[Ints], list[Ints], list[Floats]]:
        """Give rows, columns and values of some pairs, one column each, in the rows of places, seats and sums."""
        problem = self.problem
        n, m, here = problem.n, problem.m, np.arange(len(place))
        rows, columns = [place, n + school], [here, here]
        values = [np.ones(len(here)), problem.demand[place]]
        for r, weight in enumerate(problem.shape.weight):
            rows.append(n + m + r * m + school)
            columns.append(here)
            values.append(weight[place])
        return rows, columns, values
