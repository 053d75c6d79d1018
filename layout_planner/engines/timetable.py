"""A timetable of edits as an integer program; its formulation stands in `layout_planner.phasing.phase`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from layout_planner.base.arrays import Bools, Floats, Positions

OVER_DUST = 1e-6
"""Pupil-years too many below this are rounding."""


@dataclass(frozen=True, eq=False)
class Timetable:
    """Which edit takes place when: the problem as arrays.

    Parameters
    ----------
    allowed
        Shape (edits, years): may the edit take place then.
    price
        Shape (edits, years): what that year costs in the objective.
    load
        Shape (rooms, watched): pupils of a room (a stage of a school) if nobody moved, by watched autumn.
    net
        Shape (edits, rooms, watched, years): pupils less seats that an edit of that year brings to a room in a watched
        autumn; before its year too, where a school is rebuilt and a host has its pupils.
    seats
        Shape (rooms,): seats before any edit, finite.
    first
        (a, b, lag): edit b takes place at least so many years after edit a.
    counts
        Name of a yearly limit → shape (edits, years): how much of it an edit uses up in the year it takes place.
    limits
        Name → the limit, one for all years.
    """

    allowed: Bools
    price: Floats
    load: Floats
    net: Floats
    seats: Floats
    first: tuple[tuple[int, int, int], ...]
    counts: Mapping[str, Floats]
    limits: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Found:
    """A timetable found.

    Parameters
    ----------
    year
        Position of the year of each edit; None where there is none, or none was found.
    status
        optimal (both steps proved), feasible, infeasible, interrupted (nothing found in time).
    objective, bound
        Of the second step.
    over, over_bound
        Pupil-years too many in the rooms of the problem: reached, proved.
    nodes
        Branch-and-bound nodes of both steps.
    """

    year: Positions | None
    status: Literal["optimal", "feasible", "infeasible", "interrupted"]
    objective: float = float("nan")
    bound: float = float("nan")
    over: float = float("nan")
    over_bound: float = float("nan")
    nodes: int = 0


def solve_timetable(problem: Timetable, gap: float, seconds: float) -> Found:
    """Find the timetable with the fewest pupils too many, and among those the one of least price."""
    until = time.perf_counter() + seconds
    edits, years = problem.allowed.shape
    if not edits:
        return Found(np.empty(0, dtype=np.intp), "optimal", 0.0, 0.0, 0.0, 0.0)
    model = _Model(problem)
    over, price = model.over_cost(), model.price_cost()
    one = model.run(over, gap, seconds / 2)
    if one.point is None:
        return Found(None, "infeasible" if one.proved else "interrupted", nodes=one.nodes)
    least = max(float(over @ one.point), 0.0)
    model.cap(over, least + OVER_DUST)
    two = model.run(price, gap, max(until - time.perf_counter(), 1.0), one.point)
    point = one.point if two.point is None else two.point
    return Found(
        year=point[: edits * years].reshape(edits, years).argmax(axis=1),
        status="optimal" if one.proved and two.proved else "feasible",
        objective=float(price @ point),
        bound=min(two.bound, float(price @ point)),
        over=max(float(over @ point), 0.0),
        over_bound=min(max(one.bound, 0.0), least),
        nodes=one.nodes + two.nodes,
    )


@dataclass(frozen=True)
class Least:
    """The least yearly limit that would do, and whether less is ruled out."""

    value: float
    proved: bool


def least_limit(problem: Timetable, name: str, others: bool, seconds: float) -> Least | None:
    """Give the least yearly limit that would do; None where none was found.

    Parameters
    ----------
    name
        The limit.
    others
        Keep the other limits.
    """
    kept = {key: value for key, value in problem.limits.items() if key != name and others}
    # Seats are soft: they stand in no limit's way, and are left out.
    bare = replace(problem, limits=kept, load=problem.load[:0], net=problem.net[:, :0], seats=problem.seats[:0])
    model = _Model(bare, free=name)
    cost = np.zeros(model.columns)
    cost[-1] = 1.0
    found = model.run(cost, 0.0, seconds)
    return None if found.point is None else Least(float(found.point[-1]), found.proved)


@dataclass(frozen=True, eq=False)
class _Run:
    point: Floats | None
    bound: float
    proved: bool
    nodes: int


class _Model:
    """Columns: z (edit, year), o (room, watched autumn), and the yearly limit that is sought where one is."""

    def __init__(self, problem: Timetable, free: str | None = None) -> None:
        self.problem = problem
        edits, years = problem.allowed.shape
        rooms, watched = problem.load.shape
        self.cells, self.over = edits * years, rooms * watched
        self.columns = self.cells + self.over + (free is not None)
        self.rows: list[tuple[Positions, Floats, float, float]] = []
        z = np.arange(edits * years).reshape(edits, years)
        for e in range(edits):
            self.rows.append((z[e], np.ones(years), 1.0, 1.0))
        for a, b, lag in problem.first:
            for t in range(years):  # Z_b,t ≤ Z_a,t−lag
                columns = np.concatenate([z[b, : t + 1], z[a, : max(t + 1 - lag, 0)]])
                values = np.concatenate([np.ones(t + 1), -np.ones(max(t + 1 - lag, 0))])
                self.rows.append((columns, values, -np.inf, 0.0))
        for room in range(rooms):
            for t in range(watched):  # R + Σ n z ≤ q + o
                weight = problem.net[:, room, t].ravel()
                touching = np.flatnonzero(np.abs(weight) > 1e-12)
                columns = np.append(touching, self.cells + room * watched + t)
                values = np.append(weight[touching], -1.0)
                self.rows.append((columns, values, -np.inf, problem.seats[room] - problem.load[room, t]))
        for name, use in problem.counts.items():
            for t in range(years):
                using = np.flatnonzero(use[:, t] > 0)
                if name == free:
                    columns, values = np.append(z[using, t], self.columns - 1), np.append(use[using, t], -1.0)
                    self.rows.append((columns, values, -np.inf, 0.0))
                elif name in problem.limits:
                    self.rows.append((z[using, t], use[using, t], -np.inf, problem.limits[name]))

    def over_cost(self) -> Floats:
        cost = np.zeros(self.columns)
        cost[self.cells : self.cells + self.over] = 1.0
        return cost

    def price_cost(self) -> Floats:
        cost = np.zeros(self.columns)
        cost[: self.cells] = self.problem.price.ravel()
        return cost

    def cap(self, cost: Floats, most: float) -> None:
        """Keep a sum at what was reached."""
        self.rows.append((np.flatnonzero(cost), cost[cost != 0], -np.inf, most))

    def run(self, cost: Floats, gap: float, seconds: float, start: Floats | None = None) -> _Run:
        import highspy

        highs = highspy.Highs()
        for name, setting in (
            ("output_flag", False), ("threads", 1), ("random_seed", 1), ("time_limit", max(seconds, 0.1)),
            ("mip_rel_gap", gap), ("mip_feasibility_tolerance", 1e-7),
        ):  # fmt: skip
            highs.setOptionValue(name, setting)
        highs.passModel(self._lp(highspy, cost))
        if start is not None:
            solution = highspy.HighsSolution()
            solution.col_value = list(start)
            highs.setSolution(solution)
        highs.run()
        status, info = highs.getModelStatus(), highs.getInfo()
        ended = highspy.HighsModelStatus
        proved = status in (ended.kOptimal, ended.kInfeasible)
        nodes = max(int(info.mip_node_count), 0)
        if info.primal_solution_status != 2:  # 2: a feasible point is at hand
            return _Run(None, np.inf, proved, nodes)
        point = np.asarray(highs.getSolution().col_value)
        point[: self.cells] = np.round(point[: self.cells])
        return _Run(point, float(info.mip_dual_bound), proved, nodes)

    def _lp(self, highspy: Any, cost: Floats) -> Any:
        starts = np.concatenate([[0], np.cumsum([len(row[0]) for row in self.rows])])
        upper = np.full(self.columns, np.inf)
        upper[: self.cells] = self.problem.allowed.ravel().astype(float)
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.columns, len(self.rows)
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros(self.columns), upper
        lp.row_lower_ = np.array([row[2] for row in self.rows])
        lp.row_upper_ = np.array([row[3] for row in self.rows])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = starts.astype(np.int32)
        lp.a_matrix_.index_ = np.concatenate([row[0] for row in self.rows]).astype(np.int32)
        lp.a_matrix_.value_ = np.concatenate([row[1] for row in self.rows])
        kinds = highspy.HighsVarType
        lp.integrality_ = [kinds.kInteger] * self.cells + [kinds.kContinuous] * (self.columns - self.cells)
        return lp
