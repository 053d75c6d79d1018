"""What rooms are worth at prices, and whom they take: parts of units, cheapest first, or whole ones (`knapsack`)."""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from layout_planner.base.arrays import Floats, Ints
from layout_planner.phasing.horizon.knapsack import best_load, loads, pack


@nb.njit(cache=True)
def fill(
    rates: Floats, sizes: Floats, order: Ints, seats: float, extra: float, floor: float, tau: float, price: float,
    used: Floats,
) -> float:  # fmt: skip
    """Give what filling a room saves a pupil-year (≤ floor's cost), taking the cheapest first; shares into `used`."""
    total, load = tau * floor, 0.0
    for at in order:
        left, rate = sizes[at], rates[at]
        share = 0.0
        while left > 1e-9:
            if load < floor and load < seats:
                slope, room = rate - tau, min(floor, seats) - load
            elif load < seats:
                slope, room = rate, seats - load
            else:
                slope, room = rate + price, seats + extra - load
            if slope >= 0 or room <= 1e-9:
                break
            part = min(left, room)
            total += slope * part
            load += part
            left -= part
            share += part
        used[at] = share / sizes[at]
        if left > 1e-9:
            break
    return total


class Market(NamedTuple):
    """What prices meet: pupils and mean pace of groups, W × G × T; their ways, G × B, each building's nearest first.

    `known` of `near` have a way; `uses` are the pools any state of a building has, B × P; `move`, W × G × B, is what
    changing school costs a pupil in the first year; `pair`, G × B, numbers the pairs of which later changes are priced,
    −1 for none, and `whose` are their groups.
    """

    demand: Floats
    pace: Floats
    way: Floats
    near: Ints
    known: Ints
    kind: Ints
    takes: Floats
    uses: Floats
    seats: Floats
    extra: Floats
    first: Ints
    floor: Floats
    tau: Floats
    elastic: float
    move: Floats
    pair: Ints
    whose: Ints


@nb.njit(cache=True)
def gather(
    m: Market, price: Floats, shift: Floats, w: int, t: int, b: int, p: int, top: float, found: Floats, who: Ints
) -> int:
    """Write rates and sizes of those whom a pool may gain by taking, 2 × G, and who they are; give their number."""
    n = 0
    for at in range(m.known[b]):
        g = m.near[b, at]
        if m.way[g, b] >= top:
            break
        rate = m.way[g, b] * m.pace[w, g, t] - price[w, g, t]
        if t == 0:
            rate += m.move[w, g, b]
        if m.pair[g, b] >= 0:
            rate += shift[w, m.pair[g, b], t]
        if m.takes[p, m.kind[g]] > 0 and rate < m.tau[p] and m.demand[w, g, t] > 0:
            found[0, n], found[1, n], who[n] = rate, m.demand[w, g, t], g
            n += 1
    return n


@nb.njit(cache=True)
def farthest(m: Market, price: Floats, shift: Floats, w: int, t: int) -> float:
    """Give the way beyond which no room gains: the highest price and what else is spared, over the least pace."""
    top, least = 0.0, np.inf
    for g in range(price.shape[1]):
        if m.demand[w, g, t] > 0:
            top, least = max(top, price[w, g, t]), min(least, m.pace[w, g, t])
    for k in range(shift.shape[1]):
        if m.demand[w, m.whose[k], t] > 0:
            top = max(top, price[w, m.whose[k], t] - shift[w, k, t])
    return (top + m.tau.max()) / least if least > 0 else np.inf


@nb.njit(cache=True)
def widest(m: Market, b: int, p: int) -> float:
    """Give the most pupils a pool of a building may ever hold."""
    most = 0.0
    for s in range(m.first[b], m.first[b + 1]):
        if m.seats[s, p] > 0:
            most = max(most, m.seats[s, p] + m.extra[s, p])
    return most


@nb.njit(cache=True)
def worth(m: Market, price: Floats, shift: Floats, whole: bool, value: Floats) -> None:
    """Write what each state is worth, 2 × W × S × T, a year undiscounted: what its rooms save by whom they take.

    First without seats above the standard, then with them. `shift`, W × pairs × T, is what staying or leaving is
    priced at, a pupil. With `whole` units go whole, and demand must be whole numbers.
    """
    W, G, T = m.demand.shape
    B, P = len(m.first) - 1, m.seats.shape[1]
    found, used, who = np.empty((2, G)), np.empty(G), np.empty(G, dtype=np.int64)
    nobody = np.zeros((0, 0), dtype=np.bool_)
    for w in range(W):
        for t in range(T):
            top = farthest(m, price, shift, w, t)
            for b in range(B):
                for p in range(P):
                    if m.uses[b, p] == 0:
                        continue
                    n = gather(m, price, shift, w, t, b, p, top, found, who)
                    most = int(min(widest(m, b, p), found[1, :n].sum()) + 1e-6) if whole else 0
                    best = np.empty(most + 1)
                    reach = loads(found[0], found[1], n, most, best, nobody) if whole else 0
                    order = np.argsort(found[0, :n])
                    for s in range(m.first[b], m.first[b + 1]):
                        seats, extra = m.seats[s, p], m.extra[s, p]
                        for full in range(2 if seats > 0 else 0):
                            if whole:
                                value[full, w, s, t] += best_load(
                                    best, reach, seats, full * extra, m.floor[p], m.tau[p], m.elastic
                                )[0]
                            else:
                                value[full, w, s, t] += fill(
                                    found[0],
                                    found[1],
                                    order,
                                    seats,
                                    full * extra,
                                    m.floor[p],
                                    m.tau[p],
                                    m.elastic,
                                    used,
                                )


@nb.njit(cache=True)
def served(
    m: Market, price: Floats, shift: Floats, path: Ints, full: Floats, whole: bool, share: Floats, there: Floats
) -> None:
    """Write how much of each group the chosen states take, W × G × T, and of each pair, W × pairs × T.

    `full`, W × B × T, is 1 above the standard; with `whole` units go whole.
    """
    W, G, T = m.demand.shape
    found, used, who = np.empty((2, G)), np.empty(G), np.empty(G, dtype=np.int64)
    for w in range(W):
        for t in range(T):
            top = farthest(m, price, shift, w, t)
            for b in range(path.shape[1]):
                s = path[w, b, t]
                for p in range(m.seats.shape[1]):
                    if m.seats[s, p] <= 0:
                        continue
                    n = gather(m, price, shift, w, t, b, p, top, found, who)
                    used[:n] = 0.0
                    seats, extra = m.seats[s, p], full[w, b, t] * m.extra[s, p]
                    if whole:
                        pack(found[0], found[1], n, seats, extra, m.floor[p], m.tau[p], m.elastic, used)
                    else:
                        order = np.argsort(found[0, :n])
                        fill(found[0], found[1], order, seats, extra, m.floor[p], m.tau[p], m.elastic, used)
                    for at in range(n):
                        share[w, who[at], t] += used[at]
                        if m.pair[who[at], b] >= 0:
                            there[w, m.pair[who[at], b], t] += used[at]
