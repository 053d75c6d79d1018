"""Set partitioning over the zones seen so far: the best way to tile the county with zones the search has met.

    min  Σ_z cost_z y_z   s.t.   every place in exactly one chosen zone, every school with exactly one

Columns enter the linear programme by reduced cost, as in column generation with the pool as the pricer; then those
whose reduced cost exceeds what is left to the best known assignment are dropped and the rest is solved in integers.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array

from layout_planner.base.arrays import Floats, Ints
from layout_planner.engines.zoning.problem import ZoneProblem
from layout_planner.solving.clock import Clock
from layout_planner.solving.kernel import kernel
from layout_planner.solving.mip import Model

BATCH = 2_000
"""Zones that enter the linear programme in one round."""
PRICING_ROUNDS = 12


class ZonePool:
    """Feasible zones of one problem.

    Parameters
    ----------
    problem
        The problem.
    school, ptr, places
        School of each zone, and its places as slices `places[ptr[z]:ptr[z + 1]]`.
    """

    def __init__(self, problem: ZoneProblem, school: Ints, ptr: Ints, places: Ints) -> None:
        self.problem = problem
        self.school, self.ptr, self.places = school, ptr, places
        self.cost: Floats = self._sums(problem.cost[places, np.repeat(school, np.diff(ptr))]) + self._shapes()

    def __len__(self) -> int:
        return len(self.school)

    def assignment(self, chosen: Ints) -> Ints:
        """Give the school of each place when these zones, one a school, are chosen."""
        school_of = np.full(self.problem.n, -1, dtype=np.int64)
        for zone in chosen:
            school_of[self.places[self.ptr[zone] : self.ptr[zone + 1]]] = self.school[zone]
        return school_of

    def _shapes(self) -> Floats:
        """Give what each zone costs beyond its pairs; a border is shared by the two zones at it."""
        problem, shape = self.problem, self.problem.shape
        cost = np.zeros(len(self))
        for weight, level, over, under in zip(shape.weight, shape.level, shape.over, shape.under, strict=True):
            away = self._sums(weight[self.places]) - level[self.school]
            cost += over[self.school] * np.maximum(away, 0.0) + under[self.school] * np.maximum(-away, 0.0)
        if len(problem.border):
            cost += 0.5 * outlines(self.ptr, self.places, problem.indptr, problem.indices, problem.border)
        return cost

    def _sums(self, values: Floats) -> Floats:
        return np.add.reduceat(values, self.ptr[:-1]) if len(values) else np.zeros(0)

    def _reduced(self, place_price: Floats, school_price: Floats) -> Floats:
        return self.cost - self._sums(place_price[self.places]) - school_price[self.school]

    def _matrix(self, chosen: Ints) -> csc_array:
        """Rows: places, then schools; one column for each chosen zone."""
        sizes = np.diff(self.ptr)[chosen]
        starts = np.concatenate([[0], np.cumsum(sizes + 1)])
        rows = np.empty(starts[-1], dtype=np.int64)
        rows[starts[1:] - 1] = self.problem.n + self.school[chosen]
        inner = np.ones(len(rows), dtype=np.bool_)
        inner[starts[1:] - 1] = False
        offsets = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        rows[inner] = self.places[np.repeat(self.ptr[chosen], sizes) + offsets]
        return csc_array((np.ones(len(rows)), rows, starts), shape=(self.problem.n + self.problem.m, len(chosen)))

    def _program(self, zones: Ints, whole: bool) -> Model:
        model = Model()
        y = model.columns(self.cost[zones], most=1.0, whole=whole)
        matrix = self._matrix(zones).tocoo()
        model.rows((matrix.row, y[matrix.col], 1.0), least=1.0, most=1.0, count=matrix.shape[0])
        return model

    def combine(self, start: Ints, excess: Floats, columns: int, clock: Clock, nodes: int) -> tuple[Ints, float]:
        """Look for a better assignment made of zones of the pool.

        Parameters
        ----------
        start
            The zones, one a school, of the best known assignment.
        excess
            A first guess of the reduced costs.
        columns
            Zones at most in the integer programme.
        clock
            When to stop.
        nodes
            Nodes at most in the integer programme.

        Returns
        -------
        ndarray, float
            The best zones found, one a school, and the value of the linear programme over the pool.
        """
        n = self.problem.n
        upper = float(self.cost[start].sum())
        chosen = np.union1d(start, _least(excess, BATCH))
        for _ in range(PRICING_ROUNDS):
            answer = self._program(chosen, whole=False).solve(clock=clock)
            dual, value = answer.prices, answer.proof.objective
            if answer.proof.status != "optimal" or dual is None:
                return start, np.nan
            reduced = self._reduced(dual[:n], dual[n:])
            wanting = np.flatnonzero(reduced < -1e-7 * max(1.0, abs(upper)))
            if not len(wanting):
                break
            near = chosen[reduced[chosen] <= upper - value]
            chosen = np.union1d(np.union1d(start, near), wanting[_least(reduced[wanting], BATCH)])
        kept = np.union1d(start, _least(np.where(reduced <= upper - value, reduced, np.inf), columns))
        search = self._program(kept, whole=True).solve(clock=clock, cutoff=upper, nodes=nodes)
        for point in reversed(search.points):
            found = kept[point > 0.5]
            if self.cost[found].sum() < upper:
                return found, value
        return start, value


@kernel
def outlines(ptr: Ints, places: Ints, indptr: Ints, indices: Ints, border: Floats) -> Floats:
    """Give the cost of each zone's borders, towards whatever lies beyond."""
    zones = len(ptr) - 1
    cost = np.zeros(zones)
    inside = np.full(len(indptr) - 1, -1, dtype=np.int64)
    for zone in range(zones):
        for k in range(ptr[zone], ptr[zone + 1]):
            inside[places[k]] = zone
        for k in range(ptr[zone], ptr[zone + 1]):
            for e in range(indptr[places[k]], indptr[places[k] + 1]):
                if inside[indices[e]] != zone:
                    cost[zone] += border[e]
    return cost


def _least(values: Floats, count: int) -> Ints:
    """Positions of the smallest finite values, at most so many."""
    order = np.argpartition(values, count)[:count] if count < len(values) else np.arange(len(values))
    return order[np.isfinite(values[order])]
