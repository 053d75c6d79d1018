"""Making a shipment whole without an integer program: round, mend overloads, shift and swap while that helps, anneal.

Quick and usually within a thousandth of the bound where places are small against the seats; where seats are tight it
may find nothing, and the integer program of `whole` has the word.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from layout_planner.base.arrays import Floats, Positions, Words
from layout_planner.solving.chance import below, uniform
from layout_planner.solving.clock import Clock
from layout_planner.solving.fills import Near

ROUNDS = 50
"""Passes of shifting and swapping at most; each must have helped for the next to follow."""

NEIGHBOURS = 6
"""Schools of least reduced cost that a place may be shifted or swapped to."""
FEW = 2_000
"""Up to so many places every exchange is tried; beyond, annealing goes on from the mended start."""

TRIES, STAGES = 4_000, 40
"""Annealing: steps a place, and in how many stages of falling temperature; the clock is looked at between them."""
TRIED = 8
"""Schools that annealing sends a place to."""
HOT, COLD = 5.0, 0.05
"""First and last temperature, as shares of the distance to the bound a school."""


def round_whole(
    cost: Floats, pupils: Floats, seats: Floats, school_price: Floats, start: Positions
) -> Positions | None:
    """Find whole places to schools within the seats, near a starting assignment.

    Parameters
    ----------
    cost
        Cost of one pupil, shape (places, schools); NaN where the pair is not allowed.
    pupils, seats
        Shapes (places,) and (schools,).
    school_price
        Dual prices ≤ 0 of the seats: they tell which schools are worth trying.
    start
        School of each place, −1 for places without pupils.

    Returns
    -------
    ndarray or None
        School of each place; None when overloads could not be mended.
    """
    ways = cost if np.isfinite(cost).all() else np.where(np.isfinite(cost), cost, np.inf)
    school = start.copy()
    if not _mend_overloads(ways, pupils, seats, school):
        return None
    if len(ways) <= FEW:
        order = np.argsort(ways - school_price[None, :], axis=1, kind="stable")[:, : NEIGHBOURS + 1]
        _improve(ways, pupils, seats, order, school)
    return school


def cool_down(
    near: Near, cost: Floats, pupils: Floats, seats: Floats, school: Positions, distance: float, seed: int, clock: Clock
) -> None:
    """Improve an assignment in place by annealing: shifts, and ejections where the school is full.

    Parameters
    ----------
    near
        The schools each place may be sent to.
    cost, pupils, seats
        As in `round_whole`.
    school
        School of each place, −1 for places without pupils; within the seats before and after.
    distance
        From the cost to the bound: temperatures are shares of it.
    """
    who = np.flatnonzero(school >= 0)
    paid = np.zeros(len(school))
    paid[who] = cost[who, school[who]] * pupils[who]
    best, least = school.copy(), paid.sum()
    schools, ways = np.ascontiguousarray(near.school[:, :TRIED]), np.ascontiguousarray(near.ways[:, :TRIED])
    state = np.array([2 * seed + 1], dtype=np.uint64)
    for stage in range(STAGES):
        if clock.over:
            break
        heat = distance / len(seats) * HOT * (COLD / HOT) ** (stage / (STAGES - 1))
        _anneal(schools, ways, pupils, seats, school, paid, heat, TRIES * len(who) // STAGES, state)
        if paid.sum() < least:
            best[:], least = school, paid.sum()
    school[:] = best


@nb.njit(cache=True)
def _mend_overloads(ways: Floats, pupils: Floats, seats: Floats, school: Positions) -> bool:
    """Shift places out of over-full schools, the least extra cost for each pupil of relief first."""
    n, m = ways.shape
    load = np.zeros(m)
    for i in range(n):
        if school[i] >= 0:
            load[school[i]] += pupils[i]
    for j in range(m):
        while load[j] > seats[j] + 1e-9:
            excess = load[j] - seats[j]
            best, at, to = np.inf, -1, -1
            for i in range(n):
                if school[i] != j or pupils[i] <= 0.0:
                    continue
                relief = min(pupils[i], excess)
                for k in range(m):
                    if k != j and load[k] + pupils[i] <= seats[k] + 1e-9:
                        price = (ways[i, k] - ways[i, j]) * pupils[i] / relief
                        if price < best:
                            best, at, to = price, i, k
            if at < 0 or best == np.inf:
                return False
            school[at] = to
            load[j] -= pupils[at]
            load[to] += pupils[at]
    return True


@nb.njit(cache=True)
def _improve(ways: Floats, pupils: Floats, seats: Floats, order: Positions, school: Positions) -> None:
    """Shift a place, or swap two, while that saves; every step stays within the seats."""
    n, m = ways.shape
    load = np.zeros(m)
    for i in range(n):
        if school[i] >= 0:
            load[school[i]] += pupils[i]
    for _ in range(ROUNDS):
        helped = False
        for i in range(n):
            j = school[i]
            if j < 0 or pupils[i] <= 0.0:
                continue
            d = pupils[i]
            for step in range(order.shape[1]):
                k = order[i, step]
                if k == j or ways[i, k] == np.inf:
                    continue
                gain = (ways[i, j] - ways[i, k]) * d
                if gain > 1e-9 and load[k] + d <= seats[k] + 1e-9:
                    school[i] = k
                    load[j] -= d
                    load[k] += d
                    helped = True
                    break
                if gain <= 1e-9:
                    continue
                # No room at k: who there would lose least by making it?
                best, who, where = gain - 1e-9, -1, -1
                for other in range(n):
                    if school[other] != k or pupils[other] <= 0.0:
                        continue
                    e = pupils[other]
                    if load[k] - e + d > seats[k] + 1e-9:
                        continue
                    for way in range(order.shape[1]):
                        t = order[other, way]
                        if t == k or ways[other, t] == np.inf:
                            continue
                        loss = (ways[other, t] - ways[other, k]) * e
                        after = load[t] + e - (d if t == j else 0.0)
                        if loss < best and after <= seats[t] + 1e-9:
                            best, who, where = loss, other, t
                if who >= 0:
                    school[who] = where
                    school[i] = k
                    load[k] += d - pupils[who]
                    load[where] += pupils[who]
                    load[j] -= d
                    helped = True
                    break
        if not helped:
            return


@nb.njit(cache=True)
def _move(
    i: int, k: int, way: float, d: float, school: Positions, paid: Floats, room: Floats, lists: Positions
) -> None:
    """Send a place to another school, and keep the lists of who is where."""
    after, before, first = lists[0], lists[1], lists[2]
    j = school[i]
    if before[i] >= 0:
        after[before[i]] = after[i]
    else:
        first[j] = after[i]
    if after[i] >= 0:
        before[after[i]] = before[i]
    after[i] = first[k]
    before[i] = -1
    if first[k] >= 0:
        before[first[k]] = i
    first[k] = i
    room[j] += d
    room[k] -= d
    school[i] = k
    paid[i] = way


@nb.njit(cache=True)
def _anneal(
    near: Positions, ways: Floats, pupils: Floats, seats: Floats, school: Positions, paid: Floats, heat: float,
    steps: int, state: Words,
) -> None:  # fmt: skip
    """Anneal at one temperature; `school` and `paid` (cost of the whole place) are changed in place."""
    n, width = near.shape
    m = len(seats)
    room = seats.copy()
    lists = np.full((3, max(n, m)), -1, dtype=np.intp)  # the next and the last place at the school, its first one
    for i in range(n):
        j = school[i]
        if j >= 0:
            room[j] -= pupils[i]
            lists[0, i] = lists[2, j]
            if lists[2, j] >= 0:
                lists[1, lists[2, j]] = i
            lists[2, j] = i
    for _ in range(steps):
        i = below(state, n)
        j = school[i]
        draw = uniform(state)
        c = int(width * draw * draw)
        k = near[i, c]
        if j < 0 or k < 0 or k == j:
            continue
        d = pupils[i]
        extra = ways[i, c] - paid[i]
        who, where, way = -1, -1, 0.0
        if room[k] + 1e-9 < d:
            # No room at k: who there would lose least by making it?
            short = d - room[k] - 1e-9
            least = np.inf
            other = lists[2, k]
            while other >= 0:
                if pupils[other] >= short:
                    for t in range(width):
                        loss = ways[other, t] - paid[other]
                        z = near[other, t]
                        left = room[z] + (d if z == j else 0.0) + 1e-9
                        if loss < least and z >= 0 and z != k and left >= pupils[other]:
                            least, who, where, way = loss, other, z, ways[other, t]
                other = lists[0, other]
            if who < 0:
                continue
            extra += least
        if extra > -heat * np.log(1.0 - uniform(state)):
            continue
        if who >= 0:
            _move(who, where, way, pupils[who], school, paid, room, lists)
        _move(i, k, ways[i, c], d, school, paid, room, lists)
