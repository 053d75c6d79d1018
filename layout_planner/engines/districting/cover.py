"""Set partitioning over the pool of all districts, by branch and bound: exact, with a bound at every moment.

min Σ c_j x_j over columns j = (district, lead), so that every unit lies in exactly one chosen district, exactly as
many districts are chosen as asked for, each lead leads at most one, x binary (Garfinkel and Nemhauser 1970). Branches
say that two units lie together or apart (Ryan and Foster 1981). A column whose reduced cost exceeds what lies between
the bound and the best division is fixed at zero for good; what few columns are left then go to HiGHS.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints, Words
from layout_planner.base.proof import Ended, Proof, Proved
from layout_planner.engines.districting.costs import members
from layout_planner.engines.districting.enumeration import Pool
from layout_planner.engines.districting.problem import ArrayPlan, DistrictProblem
from layout_planner.engines.districting.relaxation import Relaxation, choose, separate
from layout_planner.solving.clock import Clock

TOLERANCE = 1e-9
"""Relative: divisions whose costs differ by less are as good as each other."""
CUT_ROUNDS = 25
TAILING_OFF = 0.04
"""A round of cuts that closes less of the gap than this is the last one of its node."""
TRIED = 5
"""Pairs of units tried before a branch is chosen."""
GLANCE = 60
"""Steps of the simplex method spent on each side of a pair tried."""
PROMISING = 2_000
"""Columns of least reduced cost among which a better division is looked for at the root."""
FEW = 2_000
"""With no more columns left than these, HiGHS finishes a branch."""


@dataclass(frozen=True, eq=False)
class Cover(Proved):
    """What the set partitioning came to.

    Parameters
    ----------
    proof
        "infeasible": no division exists; ended by "time" where the clock was over; objective inf where none was found.
    plan
        The best division, None where there is none.
    columns, left, cuts, rounds, nodes
        Columns of the pool, columns left after fixing at the root, cuts, rounds of pricing, branches looked at.
    """

    proof: Proof
    plan: ArrayPlan | None
    columns: int
    left: int
    cuts: int
    rounds: int
    nodes: int


class _Tree:
    """Branch and bound, best bound first."""

    def __init__(self, problem: DistrictProblem, pool: Pool, clock: Clock) -> None:
        self.problem, self.pool, self.clock = problem, pool, clock
        self.master = Relaxation(problem, pool)
        self.best: ArrayPlan | None = None
        self.upper = np.inf
        self.bound = -np.inf
        self.left = len(pool.cost)
        self.nodes = 0

    @property
    def enough(self) -> float:
        """A branch whose bound reaches this holds nothing better."""
        return self.upper - TOLERANCE * max(1.0, abs(self.upper)) if self.upper < np.inf else np.inf

    def told(self, ended: Ended) -> Cover:
        bound = self.upper if ended != "time" else min(self.bound, self.upper)
        return Cover(
            Proof(self.upper, bound, ended=ended),
            self.best,
            len(self.pool.cost),
            self.left,
            len(self.master.cuts),
            self.master.rounds,
            self.nodes,
        )

    def run(self, known: ArrayPlan | None, known_cost: float) -> Cover:
        active = np.arange(len(self.pool.cost))
        if not len(active):
            return self.told("infeasible")
        if known is not None:
            self.best, self.upper = known, known_cost
            self.master.add(columns_of_plan(self.pool, known))
        self.master.add(choose(self.pool.masks, self.pool.cost, active, self.problem.n))
        possible = self._possible(active)
        if possible is None:
            return self.told("time")
        if not possible:
            return self.told("infeasible")
        heap: list[tuple[float, int, Ints]] = [(-np.inf, 0, active)]
        while heap:
            self.bound = max(self.bound, heap[0][0])
            if heap[0][0] >= self.enough:
                break
            if self.clock.over:
                return self.told("time")
            value, _, active = heapq.heappop(heap)
            for branch_value, branch in self._look(active, root=self.nodes == 0):
                self.nodes += 1
                if branch is None:
                    return self.told("time")
                heapq.heappush(heap, (max(value, branch_value), self.nodes, branch))
        return self.told("proved" if self.best is not None else "infeasible")

    def _possible(self, active: Ints) -> bool | None:
        """Tell whether the relaxation has a solution at all; None when the clock was over."""
        self.master.charge(True, 1.0)
        priced = self.master.price_out(active, self.clock)
        price = 10.0 * float(np.abs(self.pool.cost).max() + 1.0)
        self.master.charge(False, price)
        return None if priced is None else priced[0] < 1e-6

    def _look(self, active: Ints, root: bool) -> list[tuple[float, Ints | None]]:
        """Bound a branch; give the branches it splits into, or (bound, None) when the clock was over."""
        last = -np.inf
        for turn in range(CUT_ROUNDS + 1):
            priced = self.master.price_out(active, self.clock, self.enough)
            if priced is None:
                return [(last, None)]
            value, reduced = priced
            if value >= self.enough:
                if root:
                    self.left = 0
                return []
            if root:
                self.bound = max(self.bound, value)
            active, reduced = self._fixed(active, reduced, value)
            if root:
                self.left = len(active)
            used, x, slack = self.master.values()
            if slack > 1e-6:
                if self._possible(active) is False:
                    return []
                return self._split(active, used, x, value)
            if (np.abs(x - np.round(x)) < 1e-6).all():
                self._take(used[x > 0.5])
                return []
            closing = (value - last) / max(self.upper - value, 1e-12) if self.upper < np.inf else 1.0
            if turn == CUT_ROUNDS or (turn and closing < TAILING_OFF) or (not root and turn == 1):
                break
            last = value
            cuts = separate(self.pool.masks[used], x, self.problem.n, self.master.cuts)
            if not len(cuts):
                break
            self.master.add_cuts(cuts)
        if root and len(active) > FEW:
            self._among(active[np.argsort(reduced, kind="stable")[:PROMISING]], 0.2)
            active, reduced = self._fixed(active, reduced, value)
            self.left = len(active)
        if len(active) <= FEW and self._among(active, 0.5):
            return []
        return self._split(active, used, x, value)

    def _among(self, columns: Ints, share: float) -> bool:
        """Look for the best division among some columns; tell whether the search came to its end."""
        clock = self.clock.within(share * self.clock.left)
        found = self.master.integers(columns).solve(clock=clock, cutoff=self.enough)
        for point in found.points:
            self._take(columns[point > 0.5])
        return found.proof.finished

    def _fixed(self, active: Ints, reduced: Floats, value: float) -> tuple[Ints, Floats]:
        """Keep the columns that could be in something better."""
        kept = reduced <= self.upper - value + TOLERANCE
        return active[kept], reduced[kept]

    def _take(self, chosen: Ints) -> None:
        cost = float(self.pool.cost[chosen].sum())
        if cost < self.upper:
            self.best, self.upper = plan_of_columns(self.problem, self.pool, chosen), cost

    def _split(self, active: Ints, used: Ints, x: Floats, value: float) -> list[tuple[float, Ints | None]]:
        """Choose two units and give the branch where they lie together and the one where they lie apart."""
        pairs = self._pairs(used, x)
        best: tuple[float, int, int] | None = None
        known = self.pool.masks[self.master.entered]
        may = np.zeros(len(self.pool.cost), dtype=bool)
        may[active] = True
        allowed = may[self.master.entered]
        for u, v in pairs:
            if len(pairs) == 1:
                best = (0.0, u, v)
                break
            gains = []
            for together in (True, False):
                self.master.allow(allowed & agrees(known, u, v, together))
                gains.append(max(1e-6, min(self.master.glance(GLANCE), 2.0 * abs(value) + 1.0) - value))
            score = gains[0] * gains[1]
            if best is None or score > best[0]:
                best = (score, u, v)
        assert best is not None
        masks = self.pool.masks[active]
        return [(value, active[agrees(masks, best[1], best[2], together)]) for together in (True, False)]

    def _pairs(self, used: Ints, x: Floats) -> list[tuple[int, int]]:
        """Find the pairs of units whose lying together is least decided; near 1/2, heavy ties broken by position."""
        table = members(self.pool.masks[used], self.problem.n).astype(float)
        together = table.T @ (table * x[:, None])
        rows, columns = np.triu_indices(self.problem.n, 1)
        share = together[rows, columns]
        undecided = np.abs(share - 0.5)
        order = np.lexsort((columns, rows, np.round(undecided, 6)))
        order = order[(share[order] > 1e-6) & (share[order] < 1 - 1e-6)]
        if not len(
            order
        ):  # the sets are decided, their leads are not: any pair apart or together leaves them to the LP
            order = np.arange(1)
        return [(int(rows[i]), int(columns[i])) for i in order[:TRIED]]


def agrees(masks: Words, u: int, v: int, together: bool) -> Bools:
    """Tell which sets hold both or neither of two units (together), or not both (apart)."""
    one = np.uint64(1)
    has_u, has_v = (masks >> np.uint64(u)) & one, (masks >> np.uint64(v)) & one
    return (has_u == has_v) if together else (has_u & has_v) == 0


def cover(problem: DistrictProblem, pool: Pool, known: ArrayPlan | None, known_cost: float, clock: Clock) -> Cover:
    """Choose districts from the pool.

    Parameters
    ----------
    pool
        Complete, or the answer is no proof.
    known, known_cost
        A feasible division found before, or None and inf. Costs here are without the constant.
    clock
        When over, the best so far and the bound proved so far are given.
    """
    return _Tree(problem, pool, clock).run(known, known_cost)


def columns_of_plan(pool: Pool, plan: ArrayPlan) -> Ints:
    """Find a plan's districts in the pool (positions of columns)."""
    found = []
    for d in range(len(plan.lead_of)):
        mask = np.uint64(sum(1 << int(u) for u in np.flatnonzero(plan.district_of == d)))
        found += np.flatnonzero((pool.masks == mask) & (pool.lead_of == plan.lead_of[d])).tolist()
    return np.array(found, dtype=np.int64)


def plan_of_columns(problem: DistrictProblem, pool: Pool, chosen: Ints) -> ArrayPlan:
    """Make a plan of chosen columns, districts in the order of their first unit."""
    table = members(pool.masks[chosen], problem.n)
    order = np.argsort(table.argmax(axis=1), kind="stable")
    return ArrayPlan(table[order].argmax(axis=0).astype(np.int64), pool.lead_of[chosen][order])
