"""Who goes where in which year while states change: one unit at a time by dynamic programming.

A unit's course through the years is the shortest path over (year, building), given the seats that others leave; the
costs of a step are its way, what it adds to a room, and the change of school.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints

NEVER = 1e30


class Field(NamedTuple):
    """What does not change: the arrays of a `Horizon` as kernels want them; `near` are a unit's options, U × C."""

    pupils: Floats
    staying: Floats
    pace: Floats
    yearly: Floats
    group: Ints
    kind: Ints
    way: Floats
    near: Ints
    prior: Floats
    all_prior: Floats
    seats: Floats
    extra: Floats
    pool_of: Ints
    floor: Floats
    tau: Floats
    elastic: float
    years: int
    change: float
    unplaced: float
    hold: bool


class Now(NamedTuple):
    """A plan: states W × B × T, buildings of units W × U × T, pupils of pools W × B × P × T, elastic years W × B."""

    path: Ints
    home: Ints
    load: Floats
    over: Ints


@nb.njit(cache=True)
def room_cost(f: Field, n: Now, w: int, b: int, p: int, t: int, load: float) -> float:
    """Give what a pool costs at a load: the floor, and pupils above the standard."""
    seats = f.seats[n.path[w, b, t], p]
    if seats <= 0:
        return 0.0
    return f.yearly[w, t] * (f.tau[p] * max(0.0, f.floor[p] - load) + f.elastic * max(0.0, load - seats))


@nb.njit(cache=True)
def is_over(f: Field, n: Now, w: int, b: int, t: int) -> bool:
    """Tell whether a building has pupils above the standard in a year."""
    s = n.path[w, b, t]
    over = False
    for p in range(f.seats.shape[1]):
        over |= f.seats[s, p] > 0 and n.load[w, b, p, t] > f.seats[s, p] + 1e-6
    return over


@nb.njit(cache=True)
def add(f: Field, n: Now, w: int, u: int, t: int, b: int, sign: float) -> float:
    """Put a unit into a building's rooms, or take it out; give what the room costs more."""
    p = f.pool_of[n.path[w, b, t], f.kind[f.group[u]]]
    was = is_over(f, n, w, b, t)
    before = room_cost(f, n, w, b, p, t, n.load[w, b, p, t])
    n.load[w, b, p, t] += sign * f.pupils[w, u, t]
    n.over[w, b] += int(is_over(f, n, w, b, t)) - int(was)
    return room_cost(f, n, w, b, p, t, n.load[w, b, p, t]) - before


@nb.njit(cache=True)
def unit_cost(f: Field, n: Now, w: int, u: int) -> float:
    """Give what a unit's ways, changes and years without a seat cost."""
    total, g = 0.0, f.group[u]
    for t in range(f.pupils.shape[2]):
        d, b = f.pupils[w, u, t], n.home[w, u, t]
        if d > 0:
            total += f.yearly[w, t] * d * (f.unplaced if b < 0 else f.way[g, b] * f.pace[w, u, t])
        if f.staying[w, u, t] > 0 and b >= 0:
            total += f.yearly[w, t] * f.change * f.staying[w, u, t] * changed(f, n, w, u, t)
    return total


@nb.njit(cache=True)
def changed(f: Field, n: Now, w: int, u: int, t: int) -> float:
    """Give the share of a unit that changes school in a year."""
    b = n.home[w, u, t]
    if t == 0:
        return f.all_prior[u] - f.prior[u, b]
    return 1.0 if n.home[w, u, t - 1] >= 0 and n.home[w, u, t - 1] != b else 0.0


@nb.njit(cache=True)
def lift(f: Field, n: Now, w: int, u: int) -> float:
    """Take a unit out of all rooms; its buildings stay written. Give what is spared, below 0."""
    total = -unit_cost(f, n, w, u)
    for t in range(f.pupils.shape[2]):
        if n.home[w, u, t] >= 0 and f.pupils[w, u, t] > 0:
            total += add(f, n, w, u, t, n.home[w, u, t], -1.0)
    return total


@nb.njit(cache=True)
def put(f: Field, n: Now, w: int, u: int) -> float:
    """Put a unit where it is written; give what that costs."""
    total = unit_cost(f, n, w, u)
    for t in range(f.pupils.shape[2]):
        if n.home[w, u, t] >= 0 and f.pupils[w, u, t] > 0:
            total += add(f, n, w, u, t, n.home[w, u, t], 1.0)
    return total


@nb.njit(cache=True)
def course(f: Field, n: Now, w: int, u: int, strict: bool) -> None:
    """Write the cheapest course of a unit that is lifted, given the seats others leave.

    With `strict` no building gets a further elastic year.
    """
    T, C, g = f.pupils.shape[2], f.near.shape[1], f.group[u]
    k = f.kind[g]
    best, back = np.empty((T, C + 1)), np.empty((T, C + 1), dtype=np.int64)
    for t in range(T):
        for j in range(C + 1):  # numba takes seconds to compile np.full
            best[t, j], back[t, j] = NEVER, 0
    for t in range(T):
        d, stay = f.pupils[w, u, t], f.staying[w, u, t]
        step = f.yearly[w, t] * f.change * stay
        cheapest, leaves = NEVER, -1  # of the options one may leave
        if t > 0:
            for j in range(C + 1):
                if best[t - 1, j] >= cheapest:
                    continue
                if j < C and f.hold and stay > 0 and f.pool_of[n.path[w, f.near[u, j], t], k] >= 0:
                    continue
                cheapest, leaves = best[t - 1, j], j
        for j in range(C + 1):
            if j == C:
                here = f.yearly[w, t] * d * f.unplaced
                if t == 0:
                    best[t, j] = here
                    continue
                for i in range(C + 1):  # whoever finds no seat may go from anywhere
                    if best[t - 1, i] + here < best[t, j]:
                        best[t, j], back[t, j] = best[t - 1, i] + here, i
                continue
            b = f.near[u, j]
            if b < 0:
                continue
            p = f.pool_of[n.path[w, b, t], k]
            if p < 0:
                if d > 0:
                    continue
                here = 0.0
            else:
                load, seats = n.load[w, b, p, t], f.seats[n.path[w, b, t], p]
                if d > 0 and load + d > seats + 1e-6:
                    if load + d > seats + f.extra[n.path[w, b, t], p] + 1e-6:
                        continue
                    if not is_over(f, n, w, b, t) and (strict or n.over[w, b] >= f.years):
                        continue
                here = f.yearly[w, t] * d * f.way[g, b] * f.pace[w, u, t]
                here += room_cost(f, n, w, b, p, t, load + d) - room_cost(f, n, w, b, p, t, load)
            if t == 0:
                held = False
                if f.hold and stay > 0:
                    for i in range(C):
                        h = f.near[u, i]
                        if h >= 0 and h != b and f.prior[u, h] > 0.5 and f.pool_of[n.path[w, h, 0], k] >= 0:
                            held = True
                if not held:
                    best[t, j] = here + step * (f.all_prior[u] - f.prior[u, b])
                continue
            if best[t - 1, j] < NEVER:
                best[t, j], back[t, j] = best[t - 1, j] + here, j
            if best[t - 1, C] + here < best[t, j]:
                best[t, j], back[t, j] = best[t - 1, C] + here, C
            if leaves >= 0 and leaves != j and leaves != C and cheapest + step + here < best[t, j]:
                best[t, j], back[t, j] = cheapest + step + here, leaves
    at = 0
    for j in range(C + 1):
        if best[T - 1, j] < best[T - 1, at]:
            at = j
    for t in range(T - 1, -1, -1):
        n.home[w, u, t] = -1 if at == C else f.near[u, at]
        at = back[t, at]


@nb.njit(cache=True)
def settle(f: Field, n: Now, w: int, u: int) -> float:
    """Give a lifted unit its cheapest course and put it there; give what that costs."""
    T = f.pupils.shape[2]
    strict = False
    while True:  # one call of each kernel: every further one is compiled into this again
        course(f, n, w, u, strict)
        again = False
        for t in range(T):
            b = n.home[w, u, t]
            if strict or b < 0 or f.pupils[w, u, t] <= 0:
                continue
            further = 0  # elastic years this unit would add to the building
            for v in range(T):
                if n.home[w, u, v] == b and f.pupils[w, u, v] > 0 and not is_over(f, n, w, b, v):
                    s = n.path[w, b, v]
                    p = f.pool_of[s, f.kind[f.group[u]]]
                    further += int(n.load[w, b, p, v] + f.pupils[w, u, v] > f.seats[s, p] + 1e-6)
            again |= n.over[w, b] + further > f.years
        if not again:
            return put(f, n, w, u)
        strict = True


@nb.njit(cache=True)
def room_costs(f: Field, n: Now, w: int, b: int) -> float:
    """Give what the pools of a building cost over the years; and count its elastic years anew."""
    total, over = 0.0, 0
    for t in range(n.path.shape[2]):
        over += int(is_over(f, n, w, b, t))
        for p in range(f.seats.shape[1]):
            total += room_cost(f, n, w, b, p, t, n.load[w, b, p, t])
    n.over[w, b] = over
    return total


@nb.njit(cache=True)
def concerned(f: Field, n: Now, w: int, u: int, b: int, new: Ints) -> bool:
    """Tell whether another path of a building throws a unit out, or may draw it in."""
    g = f.group[u]
    k = f.kind[g]
    for t in range(len(new)):
        old = n.path[w, b, t]
        if old == new[t] or f.pupils[w, u, t] <= 0:
            continue
        here = n.home[w, u, t]
        if here == b:
            return True
        p = f.pool_of[new[t], k]
        if p >= 0 and f.hold and f.staying[w, u, t] > 0:
            was = n.home[w, u, t - 1] == b if t > 0 else f.prior[u, b] > 0.5
            if was:  # where a building goes on, they stay
                return True
        if p < 0 or not (here < 0 or f.way[g, b] < f.way[g, here] - 1e-9):
            continue
        before = f.pool_of[old, k]
        if before < 0 or f.seats[new[t], p] > f.seats[old, before]:
            return True
    return False


@nb.njit(cache=True)
def walk(f: Field, n: Now, which: Ints, new: Ints, was: Ints) -> float:
    """Give buildings other paths, n × W × T, and write down those they had; give what their pools cost more."""
    total = 0.0
    for i in range(len(which)):
        b = which[i]
        for w in range(n.path.shape[0]):
            total -= room_costs(f, n, w, b)
            for t in range(n.path.shape[2]):
                was[i, w, t], n.path[w, b, t] = n.path[w, b, t], new[i, w, t]
            total += room_costs(f, n, w, b)
    return total


@nb.njit(cache=True)
def attempt(
    f: Field,
    n: Now,
    users: Ints,
    starts: Ints,
    which: Ints,
    new: Ints,
    gain: float,
    least: float,
    mark: Bools,
    who: Ints,
) -> float:
    """Give buildings other paths, and everyone concerned another course; keep it where it spares at least `least`.

    Parameters
    ----------
    users, starts
        The units that may go to each building, those with most pupils first.
    which, new
        Buildings, and their paths, n × W × T.
    gain
        What the paths themselves cost more.
    mark, who
        W × U, all False, and WU × 2: scratch.

    Returns
    -------
    float
        What it costs more; 0 where nothing was changed.
    """
    W, _, T = n.home.shape
    total = gain
    count = 0
    for i in range(len(which)):
        b = which[i]
        for at in range(starts[b], starts[b + 1]):
            u = users[at]
            for w in range(W):
                if not mark[w, u] and concerned(f, n, w, u, b, new[i, w]):
                    mark[w, u] = True
                    who[count, 0], who[count, 1] = w, u
                    count += 1
    kept, was = np.empty((count, T), dtype=np.int64), np.empty(new.shape, dtype=np.int64)
    for at in range(count):
        w, u = who[at, 0], who[at, 1]
        mark[w, u] = False
        for t in range(T):
            kept[at, t] = n.home[w, u, t]
        total += lift(f, n, w, u)
    total += walk(f, n, which, new, was)
    for at in range(count):
        total += settle(f, n, who[at, 0], who[at, 1])
    if total < -least:
        return total
    for at in range(count):
        lift(f, n, who[at, 0], who[at, 1])
    walk(f, n, which, was, new)
    for at in range(count):
        for t in range(T):
            n.home[who[at, 0], who[at, 1], t] = kept[at, t]
        put(f, n, who[at, 0], who[at, 1])
    return 0.0


@nb.njit(cache=True)
def polish(f: Field, n: Now, order: Ints) -> float:
    """Give every unit its cheapest course anew, one after the other; give what that spares, at most 0."""
    total, kept = 0.0, np.empty(n.home.shape[2], dtype=np.int64)
    for u in order:
        for w in range(n.home.shape[0]):
            for t in range(len(kept)):
                kept[t] = n.home[w, u, t]
            change = lift(f, n, w, u)
            change += settle(f, n, w, u)
            if change > 1e-7:  # a course that strict years made dearer
                lift(f, n, w, u)
                for t in range(len(kept)):
                    n.home[w, u, t] = kept[t]
                put(f, n, w, u)
            else:
                total += change
    return total


@nb.njit(cache=True)
def wanted(f: Field, n: Now, w: int, u: int, b: int) -> bool:
    """Tell whether a unit would be nearer at a building that takes it in some year than where it is."""
    g = f.group[u]
    for t in range(n.home.shape[2]):
        here = n.home[w, u, t]
        away = f.pupils[w, u, t] > 0 and here != b and f.pool_of[n.path[w, b, t], f.kind[g]] >= 0
        if away and (here < 0 or f.way[g, b] < f.way[g, here] - 1e-9):
            return True
    return False


@nb.njit(cache=True)
def is_at(f: Field, n: Now, w: int, u: int, b: int) -> bool:
    """Tell whether a unit has a seat at a building in some year."""
    there = False
    for t in range(n.home.shape[2]):
        there |= n.home[w, u, t] == b and f.pupils[w, u, t] > 0
    return there


@nb.njit(cache=True)
def swap(f: Field, n: Now, order: Ints, users: Ints, starts: Ints, near: int) -> float:
    """Let every unit take the place of each unit at the buildings it would rather go to; keep what is cheaper.

    Both are lifted, the first is settled, then the other where it may. Of its options the `near` nearest are tried.
    Give what that spares, at most 0.
    """
    T = n.home.shape[2]
    total = 0.0
    kept = np.empty((2, T), dtype=np.int64)
    for u in order:
        for w in range(n.home.shape[0]):
            for j in range(min(near, f.near.shape[1])):
                b = f.near[u, j]
                if b < 0 or not wanted(f, n, w, u, b):
                    continue
                for at in range(starts[b], starts[b + 1]):
                    v = users[at]
                    if v == u or f.kind[f.group[v]] != f.kind[f.group[u]] or not is_at(f, n, w, v, b):
                        continue
                    for t in range(T):
                        kept[0, t], kept[1, t] = n.home[w, u, t], n.home[w, v, t]
                    change = lift(f, n, w, u)
                    change += lift(f, n, w, v)
                    change += settle(f, n, w, u)
                    change += settle(f, n, w, v)
                    if change < -1e-6:
                        total += change
                        continue
                    lift(f, n, w, u)
                    lift(f, n, w, v)
                    for t in range(T):
                        n.home[w, u, t], n.home[w, v, t] = kept[0, t], kept[1, t]
                    put(f, n, w, u)
                    put(f, n, w, v)
    return total
