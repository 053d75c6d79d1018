"""Making a shipment whole without an integer program: round, mend overloads, then shift and swap while that helps.

Quick and usually within a thousandth of the bound where places are small against the seats; where seats are tight it
may find nothing, and the integer program of `whole` has the word.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from layout_planner.base.arrays import Floats, Positions

ROUNDS = 50
"""Passes of shifting and swapping at most; each must have helped for the next to follow."""

NEIGHBOURS = 6
"""Schools of least reduced cost that a place may be shifted or swapped to."""


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
    ways = np.where(np.isfinite(cost), cost, np.inf)
    order = np.argsort(ways - school_price[None, :], axis=1, kind="stable")[:, : NEIGHBOURS + 1]
    school = start.copy()
    if not _mend_overloads(ways, pupils, seats, school):
        return None
    _improve(ways, pupils, seats, order, school)
    return school


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
