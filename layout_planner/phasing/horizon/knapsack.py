"""What a room is worth when units go whole: the best set of units for every load, by dynamic programming over pupils.

In `rooms.fill` a room is filled with parts of units, which leaves a gap where places are large beside schools. Here it
takes whole units only: a 0/1 knapsack over whole pupils, solved once for all states of a building (Martello and Toth
1990, "Knapsack Problems", ch. 2). The bound is at least as good, at the cost of a table of units × seats.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from layout_planner.base.arrays import Bools, Floats

FAR = 1e30
"""A load that no set of units has."""


@nb.njit(cache=True)
def loads(rates: Floats, sizes: Floats, n: int, most: int, best: Floats, took: Bools) -> int:
    """Write what the best set of units with each load costs, `best` (most + 1); give the largest load reached.

    Where `took`, n × (most + 1), is not empty, write there which units each best set has.
    """
    best[0] = 0.0
    for at in range(1, most + 1):
        best[at] = FAR
    top, told = 0, len(took) > 0
    for at in range(n):
        size = int(sizes[at] + 0.5)
        cost = rates[at] * sizes[at]
        top = min(most, top + size)
        for load in range(top, size - 1, -1):
            other = best[load - size] + cost
            if other < best[load]:
                best[load] = other
                if told:
                    took[at, load] = True
    return top


@nb.njit(cache=True)
def best_load(
    best: Floats, top: int, seats: float, extra: float, floor: float, tau: float, price: float
) -> tuple[float, int]:
    """Give what a room saves at its best load, and that load."""
    least, at = FAR, 0
    for load in range(min(top, int(seats + extra + 1e-6)) + 1):
        value = best[load] + tau * max(0.0, floor - load) + price * max(0.0, load - seats)
        if value < least:
            least, at = value, load
    return least, at


@nb.njit(cache=True)
def pack(
    rates: Floats, sizes: Floats, n: int, seats: float, extra: float, floor: float, tau: float, price: float,
    used: Floats,
) -> None:  # fmt: skip
    """Write who fills a room best, 1 into `used` for each unit."""
    most = int(min(seats + extra, sizes[:n].sum()) + 1e-6)
    best, took = np.empty(most + 1), np.zeros((n, most + 1), dtype=np.bool_)
    top = loads(rates, sizes, n, most, best, took)
    load = best_load(best, top, seats, extra, floor, tau, price)[1]
    for at in range(n - 1, -1, -1):
        if took[at, load]:
            used[at] = 1.0
            load -= int(sizes[at] + 0.5)
