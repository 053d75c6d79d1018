"""Annealing over assignments: every zone stays connected, seats may be exceeded at a price.

A step gives a place on a border to the zone across it, together with whatever that cuts off from the old zone's school
("shift"). If the receiving zone is then overfull, it passes a place on at once, back ("swap") or further ("chain"), and
the two are judged as one step. What a missing seat costs follows the seat prices of the relaxation and rises or falls
with how long a school has been overfull.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np

from layout_planner.base.arrays import Floats, Ints
from layout_planner.solving.kernel import kernel

ADAPT_EVERY = 2000
"""Steps between two looks at who is overfull."""
RISE = 1.02
"""What a missing seat costs is multiplied by this while a school is overfull, and falls more slowly otherwise."""
ATTEMPTS = 8
"""Places tried when an overfull zone must pass one on."""


class Land(NamedTuple):
    """What does not change during a search: graph, finite costs, needs, seats, homes, and the relaxation's verdict."""

    indptr: Ints
    indices: Ints
    cost: Floats
    """n × m; forbidden pairs are merely very dear, so that the search can pass through them on its way."""
    barred: Ints
    """1 for forbidden pairs, n × m."""
    demand: Floats
    seats: Floats
    home: Ints
    reduced: Floats
    """What a pair adds to the bound, n × m, finite."""
    seat_price: Floats
    least_price: Floats
    """A missing seat never costs less than this, m."""
    keys: Ints
    """A random 63-bit number for every place, to tell zones apart."""
    weight: Floats
    """Sums over zones that cost something (`Shape`): r × n, and r × m each of level, over and under."""
    level: Floats
    over: Floats
    under: Floats
    border: Floats
    """Cost of the border along each arc; empty where none costs anything."""


class Cooling(NamedTuple):
    """How one stretch of annealing goes."""

    hot: float
    cold: float
    """First and last temperature, in units of cost."""
    steps: int
    overfull: float
    """Share of schools that are overfull when their prices are in balance."""
    keep_excess: float
    """Zones above this excess are not remembered."""


class State(NamedTuple):
    """An assignment and what follows from it; all arrays are changed in place."""

    school: Ints
    load: Floats
    members: Ints
    """m × n: the places of each zone in its first `sizes` columns."""
    sizes: Ints
    position: Ints
    """Where each place stands in its zone's row of `members`."""
    excess: Floats
    """Each zone's share of the distance between assignment and bound: Σ reduced + seat price × free seats."""
    key: Ints
    """Each zone's fingerprint."""
    price: Floats
    """What a missing seat costs now, m."""
    trespass: Ints
    """Places each zone holds that it may not, m."""
    totals: Floats
    """The cost of pairs, the number of overfull schools, that of trespasses, and the cost of sums and borders."""
    sums: Floats
    """Each zone's sums, r × m."""
    mark: Ints
    """Scratch: n stamps and, last, the stamp in use."""
    queue: Ints
    moved: Ints
    """Scratch: places moved in the present step, and where from."""
    origin: Ints


class Pool(NamedTuple):
    """Zones seen: feasible in themselves, each once, in flat arrays; `size` holds zones, places and dropped."""

    table: Ints
    """Hash table of fingerprints, a power of two long; 0 = free."""
    school: Ints
    excess: Floats
    ptr: Ints
    places: Ints
    size: Ints


@kernel
def fill_state(land: Land, state: State) -> None:
    """Work out everything that follows from `state.school`."""
    n = len(state.school)
    state.load[:] = 0.0
    state.sizes[:] = 0
    state.key[:] = 0
    state.excess[:] = land.seat_price * land.seats
    state.totals[:] = 0.0
    state.trespass[:] = 0
    state.sums[:] = 0.0
    for i in range(n):
        j = state.school[i]
        state.school[i] = -1
        _enter(land, state, i, j)
    state.totals[3] = 0.0
    for r in range(len(land.weight)):
        for j in range(len(land.seats)):
            state.totals[3] += _cost_of_sum(land, r, j, state.sums[r, j])
    if len(land.border) > 0:
        for i in range(n):
            for e in range(land.indptr[i], land.indptr[i + 1]):
                if state.school[land.indices[e]] != state.school[i]:
                    state.totals[3] += 0.5 * land.border[e]


@kernel
def _cost_of_sum(land: Land, r: int, j: int, amount: float) -> float:
    """Price of one sum of a zone."""
    away = amount - land.level[r, j]
    return land.over[r, j] * away if away > 0.0 else -land.under[r, j] * away


@kernel
def _reshape(land: Land, state: State, i: int, a: int, j: int) -> None:
    """Work out what the sums and borders cost when place i goes from zone a (−1 for none yet) to zone j."""
    for r in range(len(land.weight)):
        if a >= 0:
            state.totals[3] -= _cost_of_sum(land, r, a, state.sums[r, a])
            state.sums[r, a] -= land.weight[r, i]
            state.totals[3] += _cost_of_sum(land, r, a, state.sums[r, a])
        state.totals[3] -= _cost_of_sum(land, r, j, state.sums[r, j])
        state.sums[r, j] += land.weight[r, i]
        state.totals[3] += _cost_of_sum(land, r, j, state.sums[r, j])
    if len(land.border) > 0:
        for e in range(land.indptr[i], land.indptr[i + 1]):
            beyond = state.school[land.indices[e]]
            if beyond == a:
                state.totals[3] += land.border[e]
            if beyond == j:
                state.totals[3] -= land.border[e]


@kernel
def _enter(land: Land, state: State, i: int, j: int) -> None:
    a = state.school[i]
    if len(land.weight) > 0 or len(land.border) > 0:
        _reshape(land, state, i, a, j)
    if a >= 0:
        last = state.members[a, state.sizes[a] - 1]
        state.members[a, state.position[i]] = last
        state.position[last] = state.position[i]
        state.sizes[a] -= 1
        overfull = state.load[a] > land.seats[a]
        state.load[a] -= land.demand[i]
        if overfull and state.load[a] <= land.seats[a]:
            state.totals[1] -= 1.0
        state.totals[0] -= land.cost[i, a]
        state.trespass[a] -= land.barred[i, a]
        state.totals[2] -= land.barred[i, a]
        state.key[a] ^= land.keys[i]
        state.excess[a] -= land.reduced[i, a] - land.seat_price[a] * land.demand[i]
    state.school[i] = j
    state.members[j, state.sizes[j]] = i
    state.position[i] = state.sizes[j]
    state.sizes[j] += 1
    overfull = state.load[j] > land.seats[j]
    state.load[j] += land.demand[i]
    if not overfull and state.load[j] > land.seats[j]:
        state.totals[1] += 1.0
    state.totals[0] += land.cost[i, j]
    state.trespass[j] += land.barred[i, j]
    state.totals[2] += land.barred[i, j]
    state.key[j] ^= land.keys[i]
    state.excess[j] += land.reduced[i, j] - land.seat_price[j] * land.demand[i]


@kernel
def _spread(land: Land, state: State, i: int, source: int, beside: int) -> int:
    """Mark what of its zone hangs together with a place when place i is gone, until all of i's neighbours are met.

    Gives how many of the `beside` neighbours of i in the zone were not met.
    """
    j = state.school[i]
    state.mark[-1] += 1
    stamp = state.mark[-1]
    state.mark[i] = stamp
    state.mark[source] = stamp
    state.queue[0] = source
    head, tail = 0, 1
    for e in range(land.indptr[i], land.indptr[i + 1]):
        if land.indices[e] == source:
            beside -= 1
    while head < tail and beside > 0:
        here = state.queue[head]
        head += 1
        for e in range(land.indptr[here], land.indptr[here + 1]):
            there = land.indices[e]
            if state.school[there] == j and state.mark[there] != stamp:
                state.mark[there] = stamp
                state.queue[tail] = there
                tail += 1
                for f in range(land.indptr[i], land.indptr[i + 1]):
                    if land.indices[f] == there:
                        beside -= 1
    return beside


@kernel
def _severed_by(land: Land, state: State, i: int, begin: int) -> int:
    """Write into `moved[begin:]` the places that lose their school when place i leaves its zone; give the new end."""
    j = state.school[i]
    beside, first = 0, -1
    for e in range(land.indptr[i], land.indptr[i + 1]):
        if state.school[land.indices[e]] == j:
            first = land.indices[e]
            beside += 1
    # The neighbours mostly hang together close by; only where they do not is it asked who keeps the school.
    if beside <= 1 or _spread(land, state, i, first, beside) == 0:
        return begin
    if _spread(land, state, i, land.home[j], beside) == 0:
        return begin
    stamp = state.mark[-1]
    end = begin
    for e in range(land.indptr[i], land.indptr[i + 1]):
        there = land.indices[e]
        if state.school[there] == j and state.mark[there] != stamp:
            state.mark[there] = stamp
            state.moved[end] = there
            end += 1
    head = begin
    while head < end:
        here = state.moved[head]
        head += 1
        for e in range(land.indptr[here], land.indptr[here + 1]):
            there = land.indices[e]
            if state.school[there] == j and state.mark[there] != stamp:
                state.mark[there] = stamp
                state.moved[end] = there
                end += 1
    return end


@kernel
def _fine(land: Land, state: State, j: int) -> float:
    """Price of the seats missing at a school."""
    return state.price[j] * max(0.0, state.load[j] - land.seats[j])


@kernel
def _shift(land: Land, state: State, i: int, b: int, begin: int) -> tuple[int, float]:
    """Give place i, and what it cuts off, to zone b; log it from `begin`; give the log's end and the change of cost."""
    a = state.school[i]
    state.moved[begin] = i
    end = _severed_by(land, state, i, begin + 1)
    before = _fine(land, state, a) + _fine(land, state, b) + state.totals[3]
    change = 0.0
    for k in range(begin, end):
        v = state.moved[k]
        change += land.cost[v, b] - land.cost[v, a]
        state.origin[k] = a
        _enter(land, state, v, b)
    return end, change + _fine(land, state, a) + _fine(land, state, b) + state.totals[3] - before


@kernel
def _undo(land: Land, state: State, begin: int, end: int) -> None:
    for k in range(end - 1, begin - 1, -1):
        _enter(land, state, state.moved[k], state.origin[k])


@kernel
def _neighbour(land: Land, i: int, rng: np.random.Generator) -> int:
    degree = land.indptr[i + 1] - land.indptr[i]
    if degree == 0:
        return i
    return land.indices[land.indptr[i] + int(rng.random() * degree)]


@kernel
def _over(land: Land, j: int, load: float) -> float:
    """Seats missing at a school with such a load."""
    return max(0.0, load - land.seats[j])


@kernel
def _pass_on(
    land: Land, state: State, a: int, b: int, i: int, coming: float, rng: np.random.Generator
) -> tuple[int, int, float]:
    """Choose the place an overfull zone b had best give away, and to which zone, out of a few; −1 when none is found.

    Place i has come or, where `coming` is its demand and not 0, will come from zone a; it stays. Gives the change of
    cost too, which does not know what the place would cut off.
    """
    best, place, target = np.inf, -1, -1
    full = state.load[b] + coming
    for _ in range(ATTEMPTS):
        v = state.members[b, int(rng.random() * state.sizes[b])]
        beyond = _neighbour(land, v, rng)
        c = state.school[beyond]
        if c == b or beyond == i or v == i or v == land.home[b]:
            continue
        d = land.demand[v]
        load = state.load[c] - coming if c == a else state.load[c]
        change = land.cost[v, c] - land.cost[v, b]
        change += state.price[c] * (_over(land, c, load + d) - _over(land, c, load))
        change += state.price[b] * (_over(land, b, full - d) - _over(land, b, full))
        if change < best:
            best, place, target = change, v, c
    return place, target, best


@kernel
def _remember(land: Land, state: State, pool: Pool, j: int) -> None:
    """Put a zone into the pool unless it is there."""
    fingerprint = state.key[j] + j + 1
    slots = len(pool.table)
    slot = fingerprint & (slots - 1)
    while pool.table[slot] != 0:
        if pool.table[slot] == fingerprint:
            return
        slot = (slot + 1) & (slots - 1)
    zones, filled = pool.size[0], pool.size[1]
    if zones + 1 >= len(pool.ptr) or filled + state.sizes[j] > len(pool.places):
        pool.size[2] += 1
        return
    pool.table[slot] = fingerprint
    pool.school[zones] = j
    pool.excess[zones] = state.excess[j]
    for k in range(state.sizes[j]):
        pool.places[filled + k] = state.members[j, k]
    pool.ptr[zones + 1] = filled + state.sizes[j]
    pool.size[0] = zones + 1
    pool.size[1] = filled + state.sizes[j]


@kernel
def fill_table(land: Land, pool: Pool) -> None:
    """Work out the hash table of a pool from its zones."""
    pool.table[:] = 0
    slots = len(pool.table)
    for zone in range(pool.size[0]):
        fingerprint = 0
        for k in range(pool.ptr[zone], pool.ptr[zone + 1]):
            fingerprint ^= land.keys[pool.places[k]]
        fingerprint += pool.school[zone] + 1
        slot = fingerprint & (slots - 1)
        while pool.table[slot] != 0:
            slot = (slot + 1) & (slots - 1)
        pool.table[slot] = fingerprint


@kernel
def remember_all(land: Land, state: State, pool: Pool) -> None:
    """Put every zone of a feasible assignment into the pool."""
    for j in range(len(land.seats)):
        _remember(land, state, pool, j)


@kernel
def _adapt_prices(land: Land, state: State, share: float) -> None:
    """Raise prices where seats are missing, lower them elsewhere; in balance when this share of schools is overfull."""
    fall = RISE ** (-share / (1.0 - share))
    for j in range(len(land.seats)):
        if state.load[j] > land.seats[j]:
            state.price[j] *= RISE
        else:
            state.price[j] = max(land.least_price[j], state.price[j] * fall)


@kernel
def anneal(
    land: Land,
    state: State,
    pool: Pool,
    best: Ints,
    best_cost: float,
    cooling: Cooling,
    rng: np.random.Generator,
) -> float:
    """Anneal from a state, cooling geometrically; the best feasible assignment met is written into `best`.

    Parameters
    ----------
    land, state, pool
        The problem, where to start (changed), and where zones are remembered.
    best, best_cost
        The best assignment so far and its cost (infinite when there is none).
    cooling
        How it cools, and what is priced and remembered on the way.
    rng
        Where chance comes from.

    Returns
    -------
    float
        The cost of `best`.
    """
    n = len(state.school)
    factor = (cooling.cold / cooling.hot) ** (1.0 / max(1, cooling.steps - 1))
    heat = cooling.hot
    swift = len(land.weight) == 0 and len(land.border) == 0
    for step in range(cooling.steps):
        heat *= factor
        if step % ADAPT_EVERY == 0:
            _adapt_prices(land, state, cooling.overfull)
        i = int(rng.random() * n)
        a = state.school[i]
        b = state.school[_neighbour(land, i, rng)]
        if a == b or i == land.home[a]:
            continue
        most = -heat * np.log(1.0 - rng.random())
        v, c, d = -1, b, land.demand[i]
        if swift and _severed_by(land, state, i, 0) == 0:
            # Nearly all steps end here, judged before anything is changed.
            change = land.cost[i, b] - land.cost[i, a]
            change += state.price[a] * (_over(land, a, state.load[a] - d) - _over(land, a, state.load[a]))
            change += state.price[b] * (_over(land, b, state.load[b] + d) - _over(land, b, state.load[b]))
            if state.load[b] + d > land.seats[b]:
                v, target, more = _pass_on(land, state, a, b, i, d, rng)
                if v >= 0:
                    c = target
                    change += more
            if change > most:
                continue
            end, change = _shift(land, state, i, b, 0)
        else:
            end, change = _shift(land, state, i, b, 0)
            if state.load[b] > land.seats[b]:
                v, target, more = _pass_on(land, state, a, b, i, 0.0, rng)
                if v >= 0:
                    c = target
        if v >= 0:
            end, more = _shift(land, state, v, c, end)
            change += more
        if change > most:
            _undo(land, state, 0, end)
            continue
        for j in (a, b, c):
            if state.load[j] <= land.seats[j] and state.trespass[j] == 0 and state.excess[j] <= cooling.keep_excess:
                _remember(land, state, pool, j)
        feasible = state.totals[1] == 0.0 and state.totals[2] == 0.0
        cost = state.totals[0] + state.totals[3]
        if feasible and cost < best_cost - 1e-9 * abs(cost):
            best_cost = cost
            best[:] = state.school
    return best_cost


@kernel
def grow(land: Land, wish: Ints) -> Ints:
    """Make connected zones from a wish: first what hangs together as wished, then the rest, cheapest pair first.

    Places that no school can reach over land keep −1.
    """
    school = np.full(len(wish), -1, dtype=np.int64)
    heap = [(-2.0, land.home[0], 0)]
    for j in range(1, len(land.home)):
        heapq.heappush(heap, (-2.0, land.home[j], j))
    while heap:
        _, i, j = heapq.heappop(heap)
        if school[i] >= 0:
            continue
        school[i] = j
        for e in range(land.indptr[i], land.indptr[i + 1]):
            there = land.indices[e]
            if school[there] < 0:
                heapq.heappush(heap, (-1.0 if wish[there] == j else land.reduced[there, j], there, j))
    return school
