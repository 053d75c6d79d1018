"""The transportation problem: pupils to seats at least total cost, exactly.

    min  Σ c_ij x_ij + Σ p_i s_i
    s.t. Σ_j x_ij + s_i = a_i      every pupil of i is placed, or counted as unplaced at the price p_i
         Σ_i x_ij       ≤ b_j      seats
         x, s ≥ 0

(Hitchcock 1941.) Schools are few and places many, so the search runs on schools alone: everyone starts at the cheapest
school; while a school is over-full, its surplus moves along the cheapest chain of schools to one with free seats, where
passing from school j to k costs the least any place at j would lose by it (successive shortest paths with potentials:
Busacker and Gowen 1961, Edmonds and Karp 1972). The potentials are the dual prices, hence the proof; whole numbers stay
whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numba as nb
import numpy as np

from layout_planner.base.arrays import Bools, Floats, Positions

DUST = 1e-9
"""Pupils or free seats below this are rounding."""


@dataclass(frozen=True)
class Shipment:
    """An optimal shipment.

    Parameters
    ----------
    place, school, pupils
        Who goes where: positions and amounts, only positive ones.
    unplaced
        Shape (places,).
    place_price, school_price
        Dual values u (places,) and v ≤ 0 (schools,): what one pupil more costs, and what one seat more saves.
        c_ij − u_i − v_j ≥ 0 for every allowed pair, and 0 where pupils go.
    objective
        Total cost, the price of the unplaced included; also the bound, the problem being solved to optimality.
    chains
        Chains along which pupils were moved.
    """

    place: Positions
    school: Positions
    pupils: Floats
    unplaced: Floats
    place_price: Floats
    school_price: Floats
    objective: float
    chains: int


def ship(cost: Floats, pupils: Floats, seats: Floats, unplaced_price: float | Floats | None = None) -> Shipment:
    """Send pupils to seats at least total cost.

    Parameters
    ----------
    cost
        Cost of one pupil, shape (places, schools); NaN where the pair is not allowed. May be negative.
    pupils
        Pupils of each place, ≥ 0.
    seats
        Seats of each school, ≥ 0; inf where unlimited.
    unplaced_price
        Price of one pupil left unplaced, each place's or all alike; by default so high that nobody stays out who
        can be placed.

    Returns
    -------
    Shipment
        Always optimal: with a price on the unplaced the problem has a solution whatever the seats.
    """
    n, m = cost.shape
    allowed = np.isfinite(cost)
    if unplaced_price is None:
        # Dearer than any chain of moves that could make room.
        unplaced_price = 2.0 * (np.abs(cost[allowed]).max(initial=0.0) + 1.0) * (m + 1)
    price = np.broadcast_to(np.asarray(unplaced_price, dtype=float), (n,))
    # Staying unplaced is one more school, at its price, with room for all.
    whole = np.column_stack([np.where(allowed, cost, np.inf), price])
    room = np.append(np.asarray(seats, dtype=float), np.inf)
    place, school, amount, potential, chains = _settle(whole, np.asarray(pupils, dtype=float), room)
    out = school == m
    unplaced = np.zeros(n)
    np.add.at(unplaced, place[out], amount[out])
    order = np.lexsort([school[~out], place[~out]])
    school_price = np.minimum(potential[:m] - potential[m], 0.0)
    place_price = (whole - np.append(school_price, 0.0)[None, :]).min(axis=1)
    return Shipment(
        place[~out][order],
        school[~out][order],
        amount[~out][order],
        unplaced,
        place_price,
        school_price,
        float((whole[place, school] * amount).sum()),
        int(chains),
    )


class _Entries(NamedTuple):
    """Pupils of one place at one school are an entry; all arrays are changed in place.

    Those of a school and of a place form linked lists, so that a school's cheapest ways out can be found again without
    looking at all places.
    """

    place: Positions
    school: Positions
    amount: Floats
    next_of_school: Positions
    next_of_place: Positions
    first_of_school: Positions
    first_of_place: Positions
    spare: Positions
    """Unused entries, a stack."""
    spares: Positions
    """How many those are, (1,)."""


class _Ways(NamedTuple):
    """What it costs at least to pass one pupil from school to school, m × m, and the entry that costs so little."""

    cost: Floats
    by: Positions


@nb.njit(cache=True)
def _add(entries: _Entries, i: int, j: int, amount: float) -> int:
    """Make an entry, first of both lists."""
    entries.spares[0] -= 1
    e = entries.spare[entries.spares[0]]
    entries.place[e], entries.school[e], entries.amount[e] = i, j, amount
    entries.next_of_school[e] = entries.first_of_school[j]
    entries.first_of_school[j] = e
    entries.next_of_place[e] = entries.first_of_place[i]
    entries.first_of_place[i] = e
    return e


@nb.njit(cache=True)
def _unlink(first: Positions, next_of: Positions, at: int, e: int) -> None:
    """Take an entry out of one list."""
    f, last = first[at], -1
    while f != e:
        last, f = f, next_of[f]
    if last < 0:
        first[at] = next_of[e]
    else:
        next_of[last] = next_of[e]


@nb.njit(cache=True)
def _nearest_free(
    source: int, load: Floats, room: Floats, ways: _Ways, potential: Floats, before: Positions
) -> tuple[int, Floats]:
    """Find the cheapest chain from a school to one with free seats (Dijkstra); writes `before`, gives the distances."""
    m = len(load)
    distance = np.full(m, np.inf)
    done = np.zeros(m, dtype=np.bool_)
    distance[source] = 0.0
    before[source] = -1
    while True:
        j, least = -1, np.inf
        for k in range(m):
            if not done[k] and distance[k] < least:
                j, least = k, distance[k]
        if j < 0 or room[j] - load[j] > DUST * (1.0 + load[j]):
            return j, distance
        done[j] = True
        for k in range(m):
            if not done[k] and ways.by[j, k] >= 0:
                step = max(ways.cost[j, k] + potential[j] - potential[k], 0.0)
                if least + step < distance[k]:
                    distance[k] = least + step
                    before[k] = j


@nb.njit(cache=True)
def _pass_on(
    cost: Floats, entries: _Entries, ways: _Ways, load: Floats, j: int, k: int, moved: float, stale: Bools
) -> None:
    """Pass pupils of one entry from school j to school k."""
    e = ways.by[j, k]
    i = entries.place[e]
    entries.amount[e] -= moved
    load[j] -= moved
    load[k] += moved
    if entries.amount[e] <= DUST:
        load[j] -= entries.amount[e]
        entries.amount[e] = 0.0
        _unlink(entries.first_of_school, entries.next_of_school, j, e)
        _unlink(entries.first_of_place, entries.next_of_place, i, e)
        entries.spare[entries.spares[0]] = e
        entries.spares[0] += 1
        stale[j] = True  # its ways out must be looked at again
    f = entries.first_of_place[i]
    while f >= 0 and entries.school[f] != k:
        f = entries.next_of_place[f]
    if f >= 0:
        entries.amount[f] += moved
        return
    f = _add(entries, i, k, moved)
    for t in range(len(load)):
        if cost[i, t] - cost[i, k] < ways.cost[k, t] and t != k and cost[i, t] < np.inf:
            ways.cost[k, t] = cost[i, t] - cost[i, k]
            ways.by[k, t] = f


@nb.njit(cache=True)
def _settle(cost: Floats, pupils: Floats, room: Floats) -> tuple[Positions, Positions, Floats, Floats, int]:
    """Solve on a graph of schools; the last school is "unplaced". Returns place, school, amount, potentials, chains."""
    n, m = cost.shape
    size = 2 * n + m + 16
    entries = _Entries(
        np.empty(size, dtype=np.intp),
        np.empty(size, dtype=np.intp),
        np.zeros(size),
        np.full(size, -1, dtype=np.intp),
        np.full(size, -1, dtype=np.intp),
        np.full(m, -1, dtype=np.intp),
        np.full(n, -1, dtype=np.intp),
        np.arange(size - 1, -1, -1).astype(np.intp),
        np.full(1, size, dtype=np.intp),
    )
    load = np.zeros(m)
    for i in range(n):
        if pupils[i] <= 0.0:
            continue
        best = 0
        for j in range(1, m):
            if cost[i, j] < cost[i, best]:
                best = j
        _add(entries, i, best, pupils[i])
        load[best] += pupils[i]
    ways = _Ways(np.full((m, m), np.inf), np.full((m, m), -1, dtype=np.intp))
    for j in range(m):
        _look_again(j, cost, entries, ways)
    potential = np.zeros(m)
    before = np.empty(m, dtype=np.intp)
    stale = np.zeros(m, dtype=np.bool_)
    chains = 0
    for source in range(m):
        while load[source] - room[source] > DUST * (1.0 + room[source]):
            target, distance = _nearest_free(source, load, room, ways, potential, before)
            end = distance[target]
            for k in range(m):
                potential[k] += min(distance[k], end)
            moved = min(load[source] - room[source], room[target] - load[target])
            k = target
            while before[k] >= 0:
                moved = min(moved, entries.amount[ways.by[before[k], k]])
                k = before[k]
            chains += 1
            k = target
            while before[k] >= 0:
                _pass_on(cost, entries, ways, load, before[k], k, moved, stale)
                k = before[k]
            for j in range(m):
                if stale[j]:
                    _look_again(j, cost, entries, ways)
                    stale[j] = False
    place, school, amount = _list_entries(entries)
    return place, school, amount, potential, chains


@nb.njit(cache=True)
def _list_entries(entries: _Entries) -> tuple[Positions, Positions, Floats]:
    """Give place, school and amount of every entry, by place."""
    count = 0
    for first in entries.first_of_place:
        e = first
        while e >= 0:
            count += 1
            e = entries.next_of_place[e]
    place = np.empty(count, dtype=np.intp)
    school = np.empty(count, dtype=np.intp)
    number = np.empty(count)
    count = 0
    for i in range(len(entries.first_of_place)):
        e = entries.first_of_place[i]
        while e >= 0:
            place[count], school[count], number[count] = i, entries.school[e], entries.amount[e]
            count += 1
            e = entries.next_of_place[e]
    return place, school, number


@nb.njit(cache=True)
def _look_again(j: int, cost: Floats, entries: _Entries, ways: _Ways) -> None:
    """Find a school's cheapest way out to every other one, over all places that have pupils there."""
    m = cost.shape[1]
    ways.cost[j, :] = np.inf
    ways.by[j, :] = -1
    e = entries.first_of_school[j]
    while e >= 0:
        i = entries.place[e]
        own = cost[i, j]
        for k in range(m):
            extra = cost[i, k] - own
            if extra < ways.cost[j, k] and k != j:
                ways.cost[j, k] = extra
                ways.by[j, k] = e
        e = entries.next_of_school[e]
