"""What a room is worth when units go whole: the best set of units for every load, by dynamic programming over pupils.

In `prices` a room is filled with parts of units, which leaves a gap where places are large beside schools. Here each
room takes whole units only: a 0/1 knapsack over whole pupils, solved once for all states of a building (Martello and
Toth 1990, "Knapsack Problems", ch. 2). The bound is at least as good, at the cost of a table of units × seats.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.phasing.horizon.rooms import Market, farthest, gather

FAR = 1e30
"""A load that no set of units has."""


@nb.njit(cache=True)
def loads(rates: Floats, sizes: Floats, n: int, most: int, best: Floats) -> int:
    """Write what the best set of units with each load costs, `best` (most + 1); give the largest load reached."""
    best[0] = 0.0
    for at in range(1, most + 1):
        best[at] = FAR
    top = 0
    for at in range(n):
        size = int(sizes[at] + 0.5)
        cost = rates[at] * sizes[at]
        top = min(most, top + size)
        for load in range(top, size - 1, -1):
            other = best[load - size] + cost
            if other < best[load]:
                best[load] = other
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
def widest(m: Market, b: int, p: int) -> float:
    """Give the most pupils a pool of a building may ever hold."""
    most = 0.0
    for s in range(m.first[b], m.first[b + 1]):
        if m.seats[s, p] > 0:
            most = max(most, m.seats[s, p] + m.extra[s, p])
    return most


@nb.njit(cache=True)
def worth_whole(m: Market, price: Floats, shift: Floats, value: Floats) -> None:
    """Write what each state is worth, as `rooms.worth` does, when units go whole; demand must be whole numbers."""
    W, G, T = m.demand.shape
    B, P = len(m.first) - 1, m.seats.shape[1]
    found, who = np.empty((2, G)), np.empty(G, dtype=np.int64)
    for w in range(W):
        for t in range(T):
            top = farthest(m, price, shift, w, t)
            for b in range(B):
                for p in range(P):
                    if m.uses[b, p] == 0:
                        continue
                    n = gather(m, price, shift, w, t, b, p, top, found, who)
                    most = int(min(widest(m, b, p), found[1, :n].sum()) + 1e-6)
                    best = np.empty(most + 1)
                    reach = loads(found[0], found[1], n, most, best)
                    for s in range(m.first[b], m.first[b + 1]):
                        if m.seats[s, p] <= 0:
                            continue
                        for full in range(2):
                            value[full, w, s, t] += best_load(
                                best, reach, m.seats[s, p], full * m.extra[s, p], m.floor[p], m.tau[p], m.elastic
                            )[0]


@nb.njit(cache=True)
def served_whole(
    m: Market, price: Floats, shift: Floats, path: Ints, full: Floats, share: Floats, there: Floats
) -> None:  # fmt: skip
    """Write who is served, as `rooms.served` does, when units go whole."""
    W, G, T = m.demand.shape
    found, who = np.empty((2, G)), np.empty(G, dtype=np.int64)
    for w in range(W):
        for t in range(T):
            top = farthest(m, price, shift, w, t)
            for b in range(path.shape[1]):
                s = path[w, b, t]
                for p in range(m.seats.shape[1]):
                    if m.seats[s, p] <= 0:
                        continue
                    n = gather(m, price, shift, w, t, b, p, top, found, who)
                    extra = full[w, b, t] * m.extra[s, p]
                    most = int(min(m.seats[s, p] + extra, found[1, :n].sum()) + 1e-6)
                    best, took = np.empty(most + 1), np.zeros((n, most + 1), dtype=np.bool_)
                    reach = chosen(found[0], found[1], n, most, best, took)
                    load = best_load(best, reach, m.seats[s, p], extra, m.floor[p], m.tau[p], m.elastic)[1]
                    for at in range(n - 1, -1, -1):
                        if took[at, load]:
                            share[w, who[at], t] += 1.0
                            if m.pair[who[at], b] >= 0:
                                there[w, m.pair[who[at], b], t] += 1.0
                            load -= int(found[1, at] + 0.5)


@nb.njit(cache=True)
def chosen(rates: Floats, sizes: Floats, n: int, most: int, best: Floats, took: Bools) -> int:
    """Do what `loads` does, and write which units each best set has, n × (most + 1)."""
    best[0] = 0.0
    for at in range(1, most + 1):
        best[at] = FAR
    top = 0
    for at in range(n):
        size = int(sizes[at] + 0.5)
        cost = rates[at] * sizes[at]
        top = min(most, top + size)
        for load in range(top, size - 1, -1):
            other = best[load - size] + cost
            if other < best[load]:
                best[load] = other
                took[at, load] = True
    return top
