"""Dijkstra's search from one site, compiled: for ways drawn on a map and for isochrones. Matrices: `hierarchy`.

Imported late: loading numba costs start-up time.
"""

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
    start: Array, other: Array, cost: Array, length: Array,
    seeds: Array, seed_cost: Array, seed_length: Array, limit: float,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Dijkstra from the seeds over one CSR, with a 4-ary heap that knows where each node is.

    Parameters
    ----------
    start, other, cost, length
        The CSR: arcs of node v are start[v]:start[v+1]; for ways *to* a site the arcs run backwards.
    seeds, seed_cost, seed_length
        Nodes to begin with, and what it costs to be there; an infinite cost is no seed.
    limit
        Stop beyond this cost; inf for none.

    Returns
    -------
    tuple
        Cost (inf where not reached within the limit), length along that way, and the arc each node was reached by
        (−1 for seeds and what was not reached), each (n,).
    """
    n = len(start) - 1
    dist = np.full(n, np.inf)
    far = np.full(n, np.inf)
    came = np.full(n, -1, np.int64)
    heap = np.empty(n, np.int32)
    where = np.full(n, UNSEEN, np.int32)
    size = 0
    for i in range(len(seeds)):
        v = seeds[i]
        if seed_cost[i] < dist[v]:
            dist[v] = seed_cost[i]
            far[v] = seed_length[i]
            if where[v] == UNSEEN:
                where[v] = size
                heap[size] = v
                size += 1
            _up(heap, where, dist, where[v])
    while size > 0:
        v = _pop(heap, where, dist, size)
        size -= 1
        if dist[v] > limit:
            break
        for arc in range(start[v], start[v + 1]):
            u = other[arc]
            if dist[v] + cost[arc] < dist[u]:
                dist[u] = dist[v] + cost[arc]
                far[u] = far[v] + length[arc]
                came[u] = arc
                if where[u] == UNSEEN:
                    where[u] = size
                    heap[size] = u
                    size += 1
                _up(heap, where, dist, where[u])
    for v in range(n):
        if dist[v] > limit:
            dist[v] = np.inf
            far[v] = np.inf
            came[v] = -1
    return dist, far, came
