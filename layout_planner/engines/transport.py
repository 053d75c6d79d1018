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

import numba as nb
import numpy as np

from layout_planner.base.arrays import Floats, Positions

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


@nb.njit(cache=True)
def _settle(cost: Floats, pupils: Floats, room: Floats) -> tuple[Positions, Positions, Floats, Floats, int]:
    """Solve on a graph of schools; the last school is "unplaced". Returns place, school, amount, potentials, chains.

    Pupils of one place at one school are an entry. Entries of a school and of a place form linked lists, so that a
    school's cheapest ways out can be found again without looking at all places.
    """
    n, m = cost.shape
    size = 2 * n + m + 16
    at_place = np.empty(size, dtype=np.intp)
    at_school = np.empty(size, dtype=np.intp)
    amount = np.zeros(size)
    next_of_school = np.full(size, -1, dtype=np.intp)
    next_of_place = np.full(size, -1, dtype=np.intp)
    first_of_school = np.full(m, -1, dtype=np.intp)
    first_of_place = np.full(n, -1, dtype=np.intp)
    spare = np.arange(size - 1, -1, -1).astype(np.intp)  # unused entries, a stack
    spares = size
    load = np.zeros(m)
    for i in range(n):
        if pupils[i] <= 0.0:
            continue
        best = 0
        for j in range(1, m):
            if cost[i, j] < cost[i, best]:
                best = j
        spares -= 1
        e = spare[spares]
        at_place[e], at_school[e], amount[e] = i, best, pupils[i]
        next_of_school[e] = first_of_school[best]
        first_of_school[best] = e
        first_of_place[i] = e
        load[best] += pupils[i]
    way = np.full((m, m), np.inf)  # what it costs at least to pass one pupil from school to school
    by = np.full((m, m), -1, dtype=np.intp)  # and the entry that costs so little
    for j in range(m):
        _look_again(j, cost, at_place, next_of_school, first_of_school, way, by)
    potential = np.zeros(m)
    distance = np.empty(m)
    before = np.empty(m, dtype=np.intp)
    done = np.empty(m, dtype=np.bool_)
    stale = np.zeros(m, dtype=np.bool_)
    chains = 0
    for source in range(m):
        while load[source] - room[source] > DUST * (1.0 + room[source]):
            # The cheapest chain from the over-full school to the nearest one with free seats (Dijkstra).
            distance[:] = np.inf
            done[:] = False
            distance[source] = 0.0
            before[source] = -1
            target = -1
            while True:
                j, least = -1, np.inf
                for k in range(m):
                    if not done[k] and distance[k] < least:
                        j, least = k, distance[k]
                if j < 0:
                    break
                done[j] = True
                if room[j] - load[j] > DUST * (1.0 + load[j]):
                    target = j
                    break
                for k in range(m):
                    if not done[k] and by[j, k] >= 0:
                        step = max(way[j, k] + potential[j] - potential[k], 0.0)
                        if least + step < distance[k]:
                            distance[k] = least + step
                            before[k] = j
            end = distance[target]
            for k in range(m):
                potential[k] += min(distance[k], end)
            moved = min(load[source] - room[source], room[target] - load[target])
            k = target
            while before[k] >= 0:
                moved = min(moved, amount[by[before[k], k]])
                k = before[k]
            chains += 1
            k = target
            while before[k] >= 0:
                j = before[k]
                e = by[j, k]
                i = at_place[e]
                amount[e] -= moved
                load[j] -= moved
                load[k] += moved
                if amount[e] <= DUST:
                    moved_dust = amount[e]
                    amount[e] = 0.0
                    load[j] -= moved_dust
                    # Take the entry out of both lists; the school's ways out must be looked at again.
                    f, last = first_of_school[j], -1
                    while f != e:
                        last, f = f, next_of_school[f]
                    if last < 0:
                        first_of_school[j] = next_of_school[e]
                    else:
                        next_of_school[last] = next_of_school[e]
                    f, last = first_of_place[i], -1
                    while f != e:
                        last, f = f, next_of_place[f]
                    if last < 0:
                        first_of_place[i] = next_of_place[e]
                    else:
                        next_of_place[last] = next_of_place[e]
                    spare[spares] = e
                    spares += 1
                    stale[j] = True
                f = first_of_place[i]
                while f >= 0 and at_school[f] != k:
                    f = next_of_place[f]
                if f >= 0:
                    amount[f] += moved
                else:
                    spares -= 1
                    f = spare[spares]
                    at_place[f], at_school[f], amount[f] = i, k, moved
                    next_of_school[f] = first_of_school[k]
                    first_of_school[k] = f
                    next_of_place[f] = first_of_place[i]
                    first_of_place[i] = f
                    for t in range(m):
                        if cost[i, t] - cost[i, k] < way[k, t] and t != k and cost[i, t] < np.inf:
                            way[k, t] = cost[i, t] - cost[i, k]
                            by[k, t] = f
                k = j
            for j in range(m):
                if stale[j]:
                    _look_again(j, cost, at_place, next_of_school, first_of_school, way, by)
                    stale[j] = False
    count = 0
    for i in range(n):
        e = first_of_place[i]
        while e >= 0:
            count += 1
            e = next_of_place[e]
    place = np.empty(count, dtype=np.intp)
    school = np.empty(count, dtype=np.intp)
    number = np.empty(count)
    count = 0
    for i in range(n):
        e = first_of_place[i]
        while e >= 0:
            place[count], school[count], number[count] = i, at_school[e], amount[e]
            count += 1
            e = next_of_place[e]
    return place, school, number, potential, chains


@nb.njit(cache=True)
def _look_again(
    j: int,
    cost: Floats,
    at_place: Positions,
    next_of_school: Positions,
    first_of_school: Positions,
    way: Floats,
    by: Positions,
) -> None:
    """Find a school's cheapest way out to every other one, over all places that have pupils there."""
    m = cost.shape[1]
    way[j, :] = np.inf
    by[j, :] = -1
    e = first_of_school[j]
    while e >= 0:
        i = at_place[e]
        own = cost[i, j]
        for k in range(m):
            extra = cost[i, k] - own
            if extra < way[j, k] and k != j:
                way[j, k] = extra
                by[j, k] = e
        e = next_of_school[e]
