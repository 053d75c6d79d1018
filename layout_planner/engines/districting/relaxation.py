"""The linear relaxation of set partitioning over the pool: column pricing and subset-row cuts.

Rows: one a unit, one a lead where leads are matched, the number of districts, then cuts over three units: at most one
chosen district holds two of the three (Jepsen, Petersen, Spoorendonk and Pisinger 2008).
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints, Words
from layout_planner.base.proof import Proof
from layout_planner.engines.districting.costs import members
from layout_planner.engines.districting.enumeration import Pool
from layout_planner.engines.districting.problem import DistrictProblem
from layout_planner.solving.clock import Clock
from layout_planner.solving.kernel import kernel
from layout_planner.solving.mip import Answer, Model

TINY = 1e-7
ADDED = 400
"""Columns that enter in one round at most."""
CUTS_A_ROUND = 40
CUTS_A_UNIT = 6
"""Cuts of one round that a unit takes part in: those that share units say much the same."""


@kernel
def reduced_costs(
    masks: Words, lead_of: Ints, cost: Floats, tables: Floats, lead_price: Floats, cuts: Words, cut_price: Floats
) -> Floats:
    """Give the reduced cost of every column.

    Parameters
    ----------
    tables
        Sum of the prices of the units in each byte of a word; shape (8, 256).
    cuts, cut_price
        Three units each, and the price of the cut (at most 0).
    """
    found = np.empty(len(masks))
    byte = np.uint64(255)
    one = np.uint64(1)
    zero = np.uint64(0)
    eight = np.uint64(8)
    for j in range(len(masks)):
        word = masks[j]
        value = cost[j] - lead_price[lead_of[j]]
        b = 0
        while word != zero:
            value -= tables[b, np.int64(word & byte)]
            word >>= eight
            b += 1
        for q in range(len(cuts)):
            common = masks[j] & cuts[q]
            if common != zero and common & (common - one) != zero:
                value -= cut_price[q]
        found[j] = value
    return found


def holds_two(masks: Words, cuts: Words) -> Bools:
    """Tell which sets hold two of the three units of each cut; shape (sets, cuts)."""
    common = masks[:, None] & cuts[None, :]
    some = common != 0
    return some & ((common & (common - some.astype(np.uint64))) != 0)


class Relaxation:
    """The relaxation over some columns of the pool, growing.

    Every row but the cuts has slack columns: first they are all that costs (phase one), which tells "no division" from
    "not yet found"; later they cost so much that they only show where a branch has none.

    Parameters
    ----------
    problem, pool
        The problem, and every column it may choose from.
    """

    def __init__(self, problem: DistrictProblem, pool: Pool) -> None:
        self.problem, self.pool, self.n = problem, pool, problem.n
        self.matched = problem.mode == "detached"
        self.rows = self.n + (problem.leads if self.matched else 0) + 1
        self.cuts = np.zeros(0, dtype=np.uint64)
        self.inside = np.zeros(len(pool.cost), dtype=bool)
        self.entered = np.zeros(0, dtype=np.int64)
        self.phase_one = True
        self.rounds = 0
        self.model = Model(presolve=False)
        self.answer = Answer(Proof(np.inf, -np.inf))
        demand = np.append(np.ones(self.rows - 1), float(problem.districts))
        loose = np.zeros(self.rows, dtype=bool)  # more may lead than districts are asked for
        loose[self.n : self.rows - 1] = self.matched and problem.leads > problem.districts
        self.model.rows(least=np.where(loose, 0.0, demand), most=demand)
        row = np.append(np.arange(self.rows), self.rows - 1)
        sign = np.append(np.ones(self.rows), -1.0)  # too many districts; too much of a unit never comes alone
        self.slacks = len(self.model.columns(1.0, (row, np.arange(len(row)), sign), count=len(row)))

    def add(self, columns: Ints) -> None:
        """Let columns of the pool enter."""
        new = columns[~self.inside[columns]]
        if not len(new):
            return
        at, rows = np.nonzero(self._table(new, self.cuts))
        self.model.columns(np.zeros(len(new)) if self.phase_one else self.pool.cost[new], (rows, at, 1.0))
        self.inside[new] = True
        self.entered = np.concatenate([self.entered, new])

    def _table(self, columns: Ints, cuts: Words) -> Bools:
        """Give the rows columns stand in; shape (columns, rows), those of the cuts last."""
        masks, leads = self.pool.masks[columns], self.pool.lead_of[columns]
        blocks = [members(masks, self.n)]
        if self.matched:
            blocks.append(leads[:, None] == np.arange(self.problem.leads))
        blocks += [np.ones((len(columns), 1), dtype=bool), holds_two(masks, cuts)]
        return np.concatenate(blocks, axis=1)

    def integers(self, columns: Ints) -> Model:
        """Make the model in integers of some columns, without the cuts: HiGHS finds its own faster."""
        model = Model()
        x = model.columns(self.pool.cost[columns], most=1.0, whole=True)
        at, rows = np.nonzero(self._table(columns, self.cuts[:0]))
        model.rows((rows, x[at], 1.0), least=self.model.low.all[: self.rows], most=self.model.high.all[: self.rows])
        return model

    def add_cuts(self, cuts: Words) -> None:
        """Add cuts as rows."""
        holds = holds_two(self.pool.masks[self.entered], cuts)
        at, row = np.nonzero(holds)
        self.model.rows((row, self.slacks + at, 1.0), most=1.0, count=len(cuts))
        self.cuts = np.concatenate([self.cuts, cuts])

    def charge(self, phase_one: bool, slack_cost: float) -> None:
        """Change what is minimised: the slacks alone, or the costs with slacks at a price."""
        self.phase_one = phase_one
        cost = np.zeros(len(self.entered)) if phase_one else self.pool.cost[self.entered]
        self.model.charge(np.arange(self.model.width), np.concatenate([np.full(self.slacks, slack_cost), cost]))

    def allow(self, allowed: Bools) -> None:
        """Let only these of the entered columns be used."""
        self.model.limit(np.arange(self.slacks, self.model.width), 0.0, np.where(allowed, np.inf, 0.0))

    def glance(self, iterations: int) -> float:
        """Go some way towards the value over the columns that may be used, and say where that is."""
        return self.model.solve(iterations=iterations).last

    def values(self) -> tuple[Ints, Floats, float]:
        """Give the columns in use, their values, and the sum of the slacks."""
        x = self.answer.x
        assert x is not None  # asked for after `price_out` only
        used = np.flatnonzero(x[self.slacks :] > 1e-7)
        return self.entered[used], x[self.slacks :][used], float(x[: self.slacks].sum())

    def reduced(self, prices: Floats, active: Ints) -> Floats:
        """Give the reduced costs of columns of the pool."""
        problem = self.problem
        of_unit = np.zeros(64)
        of_unit[: self.n] = prices[: self.n]
        bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
        tables = np.ascontiguousarray((bits @ of_unit.reshape(8, 8).T).T)
        lead = prices[self.n : self.n + problem.leads] if self.matched else np.zeros(problem.leads)
        cost = np.zeros(len(active)) if self.phase_one else self.pool.cost[active]
        cut = prices[self.rows :]
        live = cut < -TINY
        return reduced_costs(
            self.pool.masks[active],
            self.pool.lead_of[active],
            cost,
            tables,
            lead + prices[self.rows - 1],
            self.cuts[live],
            cut[live],
        )

    def price_out(self, active: Ints, clock: Clock, enough: float = np.inf) -> tuple[float, Floats] | None:
        """Solve the relaxation over all active columns.

        Parameters
        ----------
        active
            The columns of the pool that may be used; of those that have entered, only they are used.
        enough
            Of no use above this value: the bound is then given as soon as it is proved (infinite).

        Returns
        -------
        tuple or None
            Value, and reduced costs of the active columns; None when the clock was over, or the solver failed.
        """
        may = np.zeros(len(self.inside), dtype=bool)
        may[active] = True
        self.allow(may[self.entered])
        while True:
            self.answer = self.model.solve(clock=clock)
            value, prices = self.answer.proof.objective, self.answer.prices
            if self.answer.proof.status != "optimal" or prices is None:
                return None
            self.rounds += 1
            reduced = self.reduced(prices, active)
            wanted = np.flatnonzero((reduced < -TINY) & ~self.inside[active])
            if not len(wanted) or (self.phase_one and value < TINY):
                return value, reduced
            # Lagrangian bound: each of the k districts saves the least reduced cost at most.
            if value + self.problem.districts * float(reduced.min()) > enough:
                return np.inf, reduced
            if clock.over:
                return None
            self.add(active[choose(self.pool.masks[active[wanted]], reduced[wanted], wanted, self.n)])


def choose(masks: Words, reduced: Floats, wanted: Ints, n: int) -> Ints:
    """Choose columns to enter: the best of all, and the best of each unit, so that none is left behind."""
    if len(wanted) <= ADDED:
        return wanted
    best = np.argpartition(reduced, ADDED // 2)[: ADDED // 2]
    more = [best]
    few = max(1, ADDED // (2 * n))
    for u in range(n):
        has = np.flatnonzero((masks >> np.uint64(u)) & np.uint64(1))
        if len(has):
            more.append(has[np.argpartition(reduced[has], min(few, len(has) - 1))[:few]])
    return wanted[np.unique(np.concatenate(more))]


def separate(masks: Words, x: Floats, n: int, old: Words) -> Words:
    """Find three units of which the chosen districts hold two more than once in sum."""
    triples = np.array([(1 << a) | (1 << b) | (1 << c) for a, b, c in combinations(range(n), 3)], dtype=np.uint64)
    load = np.zeros(len(triples))
    for mask, share in zip(masks, x, strict=True):
        load += share * holds_two(np.array([mask]), triples)[0]
    violated = np.flatnonzero(load > 1.0 + 1e-3)
    violated = violated[~np.isin(triples[violated], old)]
    order = violated[np.argsort(-load[violated], kind="stable")]
    used = np.zeros(n, dtype=np.int64)
    kept = []
    for q in order:
        own = np.flatnonzero(members(triples[q : q + 1], n)[0])
        if (used[own] < CUTS_A_UNIT).all():
            used[own] += 1
            kept.append(q)
        if len(kept) == CUTS_A_ROUND:
            break
    return triples[kept]
