"""The search itself, compiled. Imported late: loading numba costs start-up time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
Array = Any

compiled = cast(Callable[[Kernel], Kernel], numba.njit(cache=True, nogil=True))
"""Compiled once, kept on disk, run without the interpreter's lock; the Python function stays under `.py_func`."""

SETTLED = -2
UNSEEN = -1


@compiled
def _up(heap: Array, where: Array, dist: Array, at: int) -> None:
    """Let the entry at a position rise in a 4-ary heap."""
    node = heap[at]
    key = dist[node]
    while at > 0:
        parent = (at - 1) >> 2
        other = heap[parent]
        if dist[other] <= key:
            break
        heap[at] = other
        where[other] = at
        at = parent
    heap[at] = node
    where[node] = at


@compiled
def _pop(heap: Array, where: Array, dist: Array, size: int) -> int:
    """Take the nearest node off the heap of `size` entries."""
    top = heap[0]
    where[top] = SETTLED
    size -= 1
    if size == 0:
        return top
    node = heap[size]
    key = dist[node]
    at = 0
    while True:
        child = 4 * at + 1
        if child >= size:
            break
        best = child
        least = dist[heap[child]]
        for c in range(child + 1, min(child + 4, size)):
            if dist[heap[c]] < least:
                best = c
                least = dist[heap[c]]
        if least >= key:
            break
        heap[at] = heap[best]
        where[heap[at]] = at
        at = best
    heap[at] = node
    where[node] = at
    return top


@compiled
def search(
    start: Array,
    other: Array,
    cost: Array,
    length: Array,
    seeds: Array,
    seed_cost: Array,
    seed_length: Array,
    limit: float,
    wanted: Array,
    to_find: int,
    dist: Array,
    far: Array,
    came: Array,
    heap: Array,
    where: Array,
    seen: Array,
) -> int:
    """Dijkstra from the seeds over one CSR, until the limit or until every wanted node is settled.

    Parameters
    ----------
    start, other, cost, length
        The CSR: arcs of node v are start[v]:start[v+1]; for ways *to* a site the arcs run backwards.
    seeds, seed_cost, seed_length
        Nodes to begin with, and what it costs to be there; an infinite cost is no seed.
    wanted, to_find
        Which nodes are asked about and how many they are; 0 searches everything within the limit.
    dist, far, came, where
        Scratch over all nodes: must come in as inf, any, −1, `UNSEEN`. dist and far hold the answer (minutes and
        metres), came the arc each node was reached by.
    heap, seen
        Scratch; the nodes touched are seen[:result], for the caller to clean.

    Returns
    -------
    int
        How many nodes were touched.
    """
    size = 0
    touched = 0
    found = 0
    for i in range(len(seeds)):
        v = seeds[i]
        if seed_cost[i] < dist[v]:
            dist[v] = seed_cost[i]
            far[v] = seed_length[i]
            if where[v] == UNSEEN:
                seen[touched] = v
                touched += 1
                heap[size] = v
                size += 1
                _up(heap, where, dist, size - 1)
            else:
                _up(heap, where, dist, where[v])
    while size > 0:
        v = _pop(heap, where, dist, size)
        size -= 1
        base = dist[v]
        if base > limit:
            break
        if wanted[v]:
            found += 1
            if found == to_find:
                break
        for arc in range(start[v], start[v + 1]):
            u = other[arc]
            reached = base + cost[arc]
            if reached < dist[u]:
                dist[u] = reached
                far[u] = far[v] + length[arc]
                came[u] = arc
                if where[u] == UNSEEN:
                    seen[touched] = u
                    touched += 1
                    heap[size] = u
                    size += 1
                    _up(heap, where, dist, size - 1)
                else:
                    _up(heap, where, dist, where[u])
    return touched


@compiled
def ways(
    start: Array,
    other: Array,
    cost: Array,
    length: Array,
    site_node: Array,
    site_cost: Array,
    site_length: Array,
    place_node: Array,
    place_cost: Array,
    place_length: Array,
    limit: float,
    minutes: Array,
    metres: Array,
) -> None:
    """Measure every place's way to each of some sites, by one backward search a site.

    Parameters
    ----------
    start, other, cost, length
        CSR of the arcs turned round.
    site_node, site_cost, site_length
        The two ends of the edge each site lies on and what it costs to come from there, (s, 2).
    place_node, place_cost, place_length
        The same for the places, going out, (p, 2).
    limit
        Minutes beyond which a search stops; inf for none.
    minutes, metres
        Filled, (s, p); inf where a place does not reach the site.
    """
    n = len(start) - 1
    dist = np.full(n, np.inf)
    far = np.zeros(n)
    came = np.full(n, -1, np.int32)
    heap = np.empty(n, np.int32)
    where = np.full(n, UNSEEN, np.int32)
    seen = np.empty(n, np.int32)
    wanted = np.zeros(n, np.bool_)
    for p in range(len(place_node)):
        for k in range(2):
            if place_cost[p, k] < np.inf:
                wanted[place_node[p, k]] = True
    to_find = int(wanted.sum())
    for s in range(len(site_node)):
        touched = search(
            start, other, cost, length, site_node[s], site_cost[s], site_length[s], limit, wanted, to_find,
            dist, far, came, heap, where, seen,
        )  # fmt: skip
        for p in range(len(place_node)):
            best = np.inf
            way = np.inf
            for k in range(2):
                v = place_node[p, k]
                total = dist[v] + place_cost[p, k]
                if total < best:
                    best = total
                    way = far[v] + place_length[p, k]
            minutes[s, p] = best
            metres[s, p] = way
        for i in range(touched):
            v = seen[i]
            dist[v] = np.inf
            where[v] = UNSEEN
            came[v] = -1
