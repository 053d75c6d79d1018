"""A timetable of edits as an integer program; its formulation stands in `layout_planner.phasing.phase`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from layout_planner.base.arrays import Bools, Floats, Positions
from layout_planner.base.proof import Ended, Proof, Proved, unproved
from layout_planner.solving.clock import Clock
from layout_planner.solving.mip import Answer, Model

UNIT, PUPIL_YEARS = "school-years", "pupil-years"
LAST_SECONDS = 1.0
"""The second step has so long at least."""
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
class Found(Proved):
    """A timetable found.

    Parameters
    ----------
    year
        Position of the year of each edit; None where there is none, or none was found.
    proof
        Of the second step; optimal only where both steps are.
    crowding
        Pupil-years too many in the rooms of the problem: reached and proved in the first step.
    nodes
        Branch-and-bound nodes of both steps.
    """

    year: Positions | None
    proof: Proof
    crowding: Proof
    nodes: int = 0

    @property
    def over(self) -> float:
        """Pupil-years too many, reached."""
        return self.crowding.objective

    @property
    def over_bound(self) -> float:
        """Pupil-years too many, at least."""
        return self.crowding.bound


def solve_timetable(problem: Timetable, gap: float, clock: Clock) -> Found:
    """Find the timetable with the fewest pupils too many, and among those the one of least price."""
    edits, years = problem.allowed.shape
    if not edits:
        nothing = Proof(0.0, 0.0, UNIT, "proved")
        return Found(np.empty(0, dtype=np.intp), nothing, nothing)
    program = _Program(problem)
    over, price = program.over_cost(), program.price_cost()
    one = program.solve(over, gap, clock.within(clock.limit / 2))
    ended: Ended
    if one.x is None:
        ended = "infeasible" if one.proof.ended == "infeasible" else "failed"
        return Found(None, unproved(ended, UNIT), unproved(ended, PUPIL_YEARS), one.nodes)
    program.cap(over, max(one.proof.objective, 0.0) + OVER_DUST)
    two = program.solve(price, gap, clock.within(max(clock.left, LAST_SECONDS)), one.x)
    point = one.x if two.x is None else two.x
    ended = two.proof.ended if one.proof.ended == "proved" else one.proof.ended
    cost = float(price @ point)
    return Found(
        point[: edits * years].reshape(edits, years).argmax(axis=1),
        Proof(cost, min(two.proof.bound, cost), UNIT, ended),
        Proof(max(one.proof.objective, 0.0), max(one.proof.bound, 0.0), PUPIL_YEARS, one.proof.ended),
        one.nodes + two.nodes,
    )


@dataclass(frozen=True)
class Least:
    """The least yearly limit that would do, and whether less is ruled out."""

    value: float
    proved: bool


def least_limit(problem: Timetable, name: str, others: bool, clock: Clock) -> Least | None:
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
    program = _Program(bare, free=name)
    cost = np.zeros(program.model.width)
    cost[-1] = 1.0
    found = program.solve(cost, 0.0, clock)
    return None if found.x is None else Least(float(found.x[-1]), found.proof.status == "optimal")


class _Program:
    """Columns: z (edit, year), o (room, watched autumn), and the yearly limit that is sought where one is."""

    def __init__(self, problem: Timetable, free: str | None = None) -> None:
        self.problem, self.model = problem, Model()
        edits, years = problem.allowed.shape
        rooms, watched = problem.load.shape
        z = self.model.columns(0.0, most=problem.allowed.ravel().astype(float), whole=True).reshape(edits, years)
        o = self.model.columns(0.0, count=rooms * watched).reshape(rooms, watched)
        self.cells, self.over = z.size, o.size
        self.model.rows((np.repeat(np.arange(edits), years), z.ravel(), 1.0), least=1.0, most=1.0, count=edits)
        for a, b, lag in problem.first:
            for t in range(years):  # Z_b,t ≤ Z_a,t−lag
                self.model.rows((0, z[b, : t + 1], 1.0), (0, z[a, : max(t + 1 - lag, 0)], -1.0), most=0.0)
        for room in range(rooms):
            for t in range(watched):  # R + Σ n z ≤ q + o
                weight = problem.net[:, room, t].ravel()
                touching = np.flatnonzero(np.abs(weight) > 1e-12)
                self.model.rows(
                    (0, touching, weight[touching]), (0, o[room, t], -1.0),
                    most=problem.seats[room] - problem.load[room, t],
                )  # fmt: skip
        sought = None if free is None else self.model.columns(0.0)
        for name, use in problem.counts.items():
            for t in range(years):
                using = np.flatnonzero(use[:, t] > 0)
                spent = (0, z[using, t], use[using, t])
                if name == free and sought is not None:
                    self.model.rows(spent, (0, sought, -1.0), most=0.0)
                elif name in problem.limits:
                    self.model.rows(spent, most=problem.limits[name])

    def over_cost(self) -> Floats:
        cost = np.zeros(self.model.width)
        cost[self.cells : self.cells + self.over] = 1.0
        return cost

    def price_cost(self) -> Floats:
        cost = np.zeros(self.model.width)
        cost[: self.cells] = self.problem.price.ravel()
        return cost

    def cap(self, cost: Floats, most: float) -> None:
        """Keep a sum at what was reached."""
        at = np.flatnonzero(cost)
        self.model.rows((0, at, cost[at]), most=most)

    def solve(self, cost: Floats, gap: float, clock: Clock, start: Floats | None = None) -> Answer:
        self.model.charge(np.arange(self.model.width), cost)
        return self.model.solve(clock=clock, gap=gap, start=start, seed=1)
