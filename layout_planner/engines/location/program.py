"""What is left of a location problem, as an integer program for HiGHS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.base.proof import Proof
from layout_planner.engines.location.problem import CLOSED, OPEN, LocationProblem
from layout_planner.solving.clock import Clock
from layout_planner.solving.mip import Model


@dataclass(frozen=True, eq=False)
class Leftover:
    """What the integer program says.

    Parameters
    ----------
    home, is_open
        The best solution met that is below the cutoff; None where there is none.
    proof
        Of the pairs given, below the cutoff.
    nodes
        Branch-and-bound nodes.
    """

    home: Ints | None
    is_open: Bools | None
    proof: Proof
    nodes: int


def solve_leftover(
    problem: LocationProblem, pairs: Bools, *, cutoff: float, clock: Clock, gap: float = 0.0, nodes: int = 2**31 - 1
) -> Leftover:
    """Solve over some pairs only.

    Parameters
    ----------
    pairs
        n × m, those that may be used; `problem.state` holds too.
    cutoff
        Only solutions below are of interest.
    clock, gap, nodes
        When to stop.
    """
    usable = pairs & np.isfinite(problem.cost) & (problem.state != CLOSED)[None, :]
    if not usable.any(axis=1).all():
        return Leftover(None, None, Proof(np.inf, cutoff, ended="infeasible"), 0)
    program = _Program(problem, usable)
    found = program.lay_out().solve(clock=clock, gap=gap, absolute_gap=1e-7, cutoff=float(cutoff), nodes=nodes, seed=1)
    if found.x is None:
        return Leftover(None, None, found.proof, found.nodes)
    return Leftover(*program.read(found.x), found.proof, found.nodes)


class _Program:
    """Columns: x for each pair, y for each site and size, s for each site's shortfall of its floor."""

    def __init__(self, problem: LocationProblem, usable: Bools) -> None:
        self.problem = problem
        self.i, self.j = np.nonzero(usable)
        # A repeated size is one size; a site with nobody to come is of no use unless it must be open.
        distinct = np.ones(problem.seats.shape, dtype=bool)
        distinct[:, 1:] = np.diff(problem.seats, axis=1) > 0
        distinct &= (usable.any(axis=0) | (problem.state == OPEN) | (problem.fewest > 0))[:, None]
        distinct &= (problem.state != CLOSED)[:, None]
        self.site, self.size = np.nonzero(distinct)
        self.short = np.flatnonzero((problem.floor > 0) & (problem.floor_price > 0) & distinct.any(axis=1))

    def lay_out(self) -> Model:
        """Lay the program out by columns and rows."""
        p = self.problem
        n, m, i, j = p.places, p.sites, self.i, self.j
        model = Model()
        x = model.columns(p.cost[i, j], most=1.0, whole=True)
        y = model.columns(p.price[self.site, self.size], most=1.0, whole=True)
        s = model.columns(p.floor_price[self.short])
        load = (j, x, p.demand[i])
        # Every place has one school, every site at most one size.
        model.rows((i, x, 1.0), least=1.0, most=1.0, count=n)
        model.rows((self.site, y, 1.0), least=np.where(p.state == OPEN, 1.0, 0.0), most=1.0, count=m)
        # The load is within the seats, and at least the least.
        model.rows(load, (self.site, y, -p.seats[self.site, self.size]), most=0.0, count=m)
        model.rows(load, (self.site, y, -p.least[self.site]), least=0.0, count=m)
        counted = p.counted[self.site]
        model.rows((0, y[counted], 1.0), least=p.fewest, most=p.most)
        # Load and shortfall reach the floor.
        floor_of = np.full(m, -1, dtype=np.int64)
        floor_of[self.short] = np.arange(len(self.short))
        here, there = floor_of[j] >= 0, floor_of[self.site] >= 0
        model.rows(
            (floor_of[j[here]], x[here], p.demand[i[here]]),
            (np.arange(len(s)), s, 1.0),
            (floor_of[self.site[there]], y[there], -p.floor[self.site[there]]),
            least=0.0, count=len(s),
        )  # fmt: skip
        region, least = p.regions()
        model.rows((region[self.site[counted]], y[counted], 1.0), least=least.astype(float), count=len(least))
        # Nobody at a school that is closed.
        first = np.searchsorted(self.site, j)
        sizes_of = np.bincount(self.site, minlength=m)[j]
        offset = np.arange(int(sizes_of.sum())) - np.repeat(np.cumsum(sizes_of) - sizes_of, sizes_of)
        each = np.arange(len(x))
        model.rows(
            (each, x, 1.0), (np.repeat(each, sizes_of), y[np.repeat(first, sizes_of) + offset], -1.0),
            most=0.0, count=len(x),
        )  # fmt: skip
        return model

    def read(self, values: Floats) -> tuple[Ints, Bools]:
        """Read who goes where, and which sites are open."""
        home = np.full(self.problem.places, -1, dtype=np.int64)
        used = values[: len(self.i)] > 0.5
        home[self.i[used]] = self.j[used]
        is_open = np.zeros(self.problem.sites, dtype=np.bool_)
        is_open[self.site[values[len(self.i) : len(self.i) + len(self.site)] > 0.5]] = True
        return home, is_open
