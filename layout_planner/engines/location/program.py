"""What is left of a location problem, as an integer program for HiGHS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.engines.location.problem import CLOSED, OPEN, LocationProblem


@dataclass(frozen=True, eq=False)
class Leftover:
    """What the integer program says.

    Parameters
    ----------
    home, is_open
        The best solution met that is below the cutoff; None where there is none.
    bound
        What no solution over the pairs given goes below; the cutoff where there is none.
    finished
        The program was solved to the end.
    nodes
        Branch-and-bound nodes.
    """

    home: Ints | None
    is_open: Bools | None
    bound: float
    finished: bool
    nodes: int


def solve_leftover(
    problem: LocationProblem, pairs: Bools, *, cutoff: float, seconds: float, gap: float = 0.0
) -> Leftover:
    """Solve over some pairs only.

    Parameters
    ----------
    pairs
        n × m, those that may be used; `problem.state` holds too.
    cutoff
        Only solutions below are of interest.
    seconds, gap
        Limits of HiGHS.
    """
    import highspy

    usable = pairs & np.isfinite(problem.cost) & (problem.state != CLOSED)[None, :]
    if not usable.any(axis=1).all():
        return Leftover(None, None, cutoff, True, 0)
    model = _Model(problem, usable)
    highs = highspy.Highs()
    for name, setting in (
        ("output_flag", False), ("threads", 1), ("random_seed", 1), ("time_limit", max(seconds, 0.1)),
        ("mip_rel_gap", gap), ("mip_abs_gap", 1e-7), ("objective_bound", float(cutoff)),
        ("mip_feasibility_tolerance", 1e-7),
    ):  # fmt: skip
        highs.setOptionValue(name, setting)
    highs.passModel(model.lp())
    highs.run()
    status, info = highs.getModelStatus(), highs.getInfo()
    ended = highspy.HighsModelStatus
    finished = status in (ended.kOptimal, ended.kInfeasible, ended.kObjectiveBound)
    bound = cutoff if status in (ended.kInfeasible, ended.kObjectiveBound) else float(info.mip_dual_bound)
    nodes = max(int(info.mip_node_count), 0)
    if info.primal_solution_status != 2:  # 2: a feasible point is at hand
        return Leftover(None, None, min(bound, cutoff), finished, nodes)
    home, is_open = model.read(np.asarray(highs.getSolution().col_value))
    return Leftover(home, is_open, min(bound, cutoff), finished, nodes)


class _Model:
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

    def lp(self) -> Any:
        """Lay the program out by rows."""
        import highspy
        from scipy.sparse import coo_array

        p = self.problem
        n, m = p.places, p.sites
        pairs, sizes, shorts = len(self.i), len(self.site), len(self.short)
        y, s = pairs + np.arange(sizes), pairs + sizes + np.arange(shorts)
        rows: list[Ints] = []
        columns: list[Ints] = []
        values: list[Floats] = []

        def put(row: Ints, column: Ints, value: Floats | float) -> None:
            rows.append(np.asarray(row))
            columns.append(np.asarray(column))
            values.append(np.broadcast_to(np.asarray(value, dtype=float), np.shape(row)))

        x = np.arange(pairs)
        put(self.i, x, 1.0)  # 0 … n: every place has one school
        put(n + self.site, y, 1.0)  # n … n + m: one size a site
        put(n + m + self.j, x, p.demand[self.i])  # load within the seats
        put(n + m + self.site, y, -p.seats[self.site, self.size])
        put(n + 2 * m + self.j, x, p.demand[self.i])  # load at least the least
        put(n + 2 * m + self.site, y, -p.least[self.site])
        counted = p.counted[self.site]
        put(np.full(int(counted.sum()), n + 3 * m), y[counted], 1.0)
        at = n + 3 * m + 1
        order = {int(site): k for k, site in enumerate(self.short)}
        floor_row = np.array([order.get(int(j), -1) for j in range(m)])
        here = floor_row[self.j] >= 0
        put(at + floor_row[self.j[here]], x[here], p.demand[self.i[here]])  # load + shortfall ≥ floor
        put(at + np.arange(shorts), s, 1.0)
        there = floor_row[self.site] >= 0
        put(at + floor_row[self.site[there]], y[there], -p.floor[self.site[there]])
        at += shorts
        region, least = p.regions()
        put(at + region[self.site[counted]], y[counted], 1.0)  # every region has its least number
        regions, at = at, at + len(least)
        put(at + x, x, 1.0)  # nobody at a school that is closed
        first = np.searchsorted(self.site, self.j)
        sizes_of = np.bincount(self.site, minlength=m)[self.j]
        offset = np.arange(int(sizes_of.sum())) - np.repeat(np.cumsum(sizes_of) - sizes_of, sizes_of)
        put(at + np.repeat(x, sizes_of), y[np.repeat(first, sizes_of) + offset], -1.0)
        number = at + pairs
        inf = np.inf
        lower = np.full(number, -inf)
        upper = np.zeros(number)
        lower[:n] = upper[:n] = 1.0
        upper[n : n + m] = 1.0
        lower[n : n + m] = np.where(p.state == OPEN, 1.0, 0.0)
        lower[n + 2 * m : n + 3 * m] = 0.0
        upper[n + 2 * m : n + 3 * m] = inf
        lower[n + 3 * m], upper[n + 3 * m] = p.fewest, p.most
        lower[n + 3 * m + 1 : regions] = 0.0
        lower[regions:at] = least
        upper[n + 3 * m + 1 : at] = inf
        matrix = coo_array(
            (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
            shape=(number, pairs + sizes + shorts),
        ).tocsc()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = matrix.shape[1], number
        lp.col_cost_ = np.concatenate(
            [p.cost[self.i, self.j], p.price[self.site, self.size], p.floor_price[self.short]]
        )
        lp.col_lower_ = np.zeros(matrix.shape[1])
        lp.col_upper_ = np.concatenate([np.ones(pairs + sizes), np.full(shorts, inf)])
        lp.row_lower_, lp.row_upper_ = lower, upper
        lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
        lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
        lp.a_matrix_.value_ = matrix.data
        kinds = highspy.HighsVarType
        lp.integrality_ = [kinds.kInteger] * (pairs + sizes) + [kinds.kContinuous] * shorts
        return lp

    def read(self, values: Floats) -> tuple[Ints, Bools]:
        """Read who goes where, and which sites are open."""
        home = np.full(self.problem.places, -1, dtype=np.int64)
        used = values[: len(self.i)] > 0.5
        home[self.i[used]] = self.j[used]
        is_open = np.zeros(self.problem.sites, dtype=np.bool_)
        is_open[self.site[values[len(self.i) : len(self.i) + len(self.site)] > 0.5]] = True
        return home, is_open
