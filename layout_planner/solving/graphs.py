"""Graph kernels on compressed rows: lightest paths, widest paths, and least vertex cuts."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.solving.kernel import kernel

TINY = 1e-9
"""Flow below this is none."""


def adjacency_rows(n: int, edges: Ints | Sequence[tuple[int, int]]) -> tuple[Ints, Ints]:
    """Give sorted compressed rows of an undirected graph from its edges, in any order, without loops or repeats."""
    pairs = np.asarray(edges, dtype=np.int64).reshape(-1, 2)
    both = np.vstack([pairs, pairs[:, ::-1]])
    both = both[both[:, 0] != both[:, 1]]
    keys = np.unique(both[:, 0] * n + both[:, 1])
    indptr = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(keys // max(n, 1), minlength=n), out=indptr[1:])
    return indptr, keys % max(n, 1)


@kernel
def lightest_paths(indptr: Ints, indices: Ints, weight: Floats, usable: Bools, source: int) -> Floats:
    """Weight of the lightest path from a source to every vertex, both ends counted, through usable vertices only.

    Parameters
    ----------
    indptr, indices
        The graph.
    weight
        Weight of each vertex, at least 0.
    usable
        Vertices a path may enter (the source is always used).
    source
        Where paths begin.

    Returns
    -------
    ndarray
        Path weights; infinite where there is no path.
    """
    dist = np.full(len(weight), np.inf)
    dist[source] = weight[source]
    heap = [(weight[source], source)]
    while heap:
        d, here = heapq.heappop(heap)
        if d > dist[here]:
            continue
        for e in range(indptr[here], indptr[here + 1]):
            there = indices[e]
            if usable[there] and d + weight[there] < dist[there]:
                dist[there] = d + weight[there]
                heapq.heappush(heap, (dist[there], there))
    return dist


@kernel
def widest_paths(indptr: Ints, indices: Ints, value: Floats, source: int) -> Floats:
    """Give the largest bottleneck of vertex values on a path from the source, the far end counted, the source not."""
    width = np.zeros(len(value))
    width[source] = np.inf
    heap = [(-np.inf, source)]
    while heap:
        w, here = heapq.heappop(heap)
        if -w < width[here]:
            continue
        for e in range(indptr[here], indptr[here + 1]):
            there = indices[e]
            through = min(-w, value[there])
            if through > width[there]:
                width[there] = through
                heapq.heappush(heap, (-through, there))
    return width


class Flow(NamedTuple):
    """A flow between two vertices of a graph whose vertices, not arcs, have capacities.

    Every vertex v is split in "in" (state 2v) and "out" (state 2v + 1), joined by an arc of capacity `value[v]`; arcs
    between vertices are unlimited.
    """

    indptr: Ints
    indices: Ints
    reverse: Ints
    """For each arc the position of its reverse."""
    value: Floats
    usable: Bools
    through: Floats
    """Flow through each vertex."""
    along: Floats
    """Flow along each arc."""
    parent: Ints
    """Scratch, 2n: from which state a state was reached; −1 = not reached."""
    queue: Ints


@kernel
def _reach(flow: Flow, begin: int, end: int) -> None:
    """Search the residual graph from a state, breadth first, until `end` is reached."""
    parent, queue = flow.parent, flow.queue
    parent[:] = -1
    parent[begin] = begin
    queue[0] = begin
    head, tail = 0, 1
    while head < tail and parent[end] < 0:
        state = queue[head]
        head += 1
        v = state >> 1
        if state & 1:  # out: to the neighbours' in, or back to its own
            for e in range(flow.indptr[v], flow.indptr[v + 1]):
                there = 2 * flow.indices[e]
                if flow.usable[flow.indices[e]] and parent[there] < 0 and there + 1 != begin:
                    parent[there] = state
                    queue[tail] = there
                    tail += 1
            if state != begin and flow.through[v] > TINY and parent[state - 1] < 0:
                parent[state - 1] = state
                queue[tail] = state - 1
                tail += 1
        else:  # in: through the vertex, or back along an arc that brought flow
            if flow.value[v] - flow.through[v] > TINY and parent[state + 1] < 0:
                parent[state + 1] = state
                queue[tail] = state + 1
                tail += 1
            for e in range(flow.indptr[v], flow.indptr[v + 1]):
                there = 2 * flow.indices[e] + 1
                if flow.along[flow.reverse[e]] > TINY and parent[there] < 0:
                    parent[there] = state
                    queue[tail] = there
                    tail += 1


@kernel
def _reach_back(flow: Flow, end: int) -> None:
    """Find every state from which `end` can be reached in the residual graph."""
    parent, queue = flow.parent, flow.queue
    parent[:] = -1
    parent[end] = end
    queue[0] = end
    head, tail = 0, 1
    while head < tail:
        state = queue[head]
        head += 1
        v = state >> 1
        if state & 1:  # out is reached from its own in, or from the in of a neighbour that can give flow back
            if flow.value[v] - flow.through[v] > TINY and parent[state - 1] < 0:
                parent[state - 1] = state
                queue[tail] = state - 1
                tail += 1
            for e in range(flow.indptr[v], flow.indptr[v + 1]):
                there = 2 * flow.indices[e]
                if flow.along[e] > TINY and parent[there] < 0:
                    parent[there] = state
                    queue[tail] = there
                    tail += 1
        else:  # in is reached from the out of any neighbour, or from its own when flow can be taken back
            for e in range(flow.indptr[v], flow.indptr[v + 1]):
                there = 2 * flow.indices[e] + 1
                if flow.usable[flow.indices[e]] and parent[there] < 0:
                    parent[there] = state
                    queue[tail] = there
                    tail += 1
            if state != end and flow.through[v] > TINY and parent[state + 1] < 0:
                parent[state + 1] = state
                queue[tail] = state + 1
                tail += 1


@kernel
def _arc(flow: Flow, tail: int, head: int) -> int:
    """Position of the arc from one vertex to another."""
    for e in range(flow.indptr[tail], flow.indptr[tail + 1]):
        if flow.indices[e] == head:
            return e
    return -1


@kernel
def _push(flow: Flow, begin: int, end: int, most: float) -> float:
    """Send as much as fits along the path just found; give how much."""
    amount = most
    state = end
    while state != begin:
        before = flow.parent[state]
        a, b = before >> 1, state >> 1
        if a == b:
            amount = min(amount, flow.value[a] - flow.through[a] if state & 1 else flow.through[a])
        elif not before & 1:
            amount = min(amount, flow.along[_arc(flow, b, a)])
        state = before
    state = end
    while state != begin:
        before = flow.parent[state]
        a, b = before >> 1, state >> 1
        if a == b:
            flow.through[a] += amount if state & 1 else -amount
        elif before & 1:
            flow.along[_arc(flow, a, b)] += amount
        else:
            flow.along[_arc(flow, b, a)] -= amount
        state = before
    return amount


@kernel
def least_cut(
    indptr: Ints, indices: Ints, reverse: Ints, value: Floats, usable: Bools, source: int, sink: int, enough: float
) -> tuple[float, Bools, Bools]:
    """Find a least vertex cut between two vertices that are not adjacent, by shortest augmenting paths.

    Parameters
    ----------
    indptr, indices, reverse
        The graph, and for each arc the position of its reverse.
    value
        Capacity of each vertex (those of source and sink do not count).
    usable
        Vertices of the graph that take part.
    source, sink
        The two ends.
    enough
        Stop as soon as this much flows; the cut is then not complete.

    Returns
    -------
    float, ndarray, ndarray
        The flow, the cut nearest to the source and the cut nearest to the sink, as masks of vertices.
    """
    n = len(value)
    flow = Flow(
        indptr,
        indices,
        reverse,
        value,
        usable,
        np.zeros(n),
        np.zeros(len(indices)),
        np.empty(2 * n, dtype=np.int64),
        np.empty(2 * n, dtype=np.int64),
    )
    begin, end = 2 * source + 1, 2 * sink
    total = 0.0
    while total < enough - TINY:
        _reach(flow, begin, end)
        if flow.parent[end] < 0:
            break
        total += _push(flow, begin, end, enough - total)
    near_source = np.zeros(n, dtype=np.bool_)
    near_sink = np.zeros(n, dtype=np.bool_)
    for v in range(n):
        near_source[v] = flow.parent[2 * v] >= 0 and flow.parent[2 * v + 1] < 0
    _reach_back(flow, end)
    for v in range(n):
        near_sink[v] = flow.parent[2 * v + 1] >= 0 and flow.parent[2 * v] < 0
    for v in (source, sink):
        near_source[v] = False
        near_sink[v] = False
    return total, near_source, near_sink


@kernel
def reverse_arcs(indptr: Ints, indices: Ints) -> Ints:
    """Give for each arc the position of its reverse."""
    reverse = np.empty(len(indices), dtype=np.int64)
    for v in range(len(indptr) - 1):
        for e in range(indptr[v], indptr[v + 1]):
            for back in range(indptr[indices[e]], indptr[indices[e] + 1]):
                if indices[back] == v:
                    reverse[e] = back
    return reverse


@kernel
def _light_path_exists(
    indptr: Ints, indices: Ints, weight: Floats, usable: Bools, source: int, sink: int, limit: float
) -> bool:
    """Tell whether some path between two vertices weighs no more than the limit, both ends counted."""
    dist = np.full(len(weight), np.inf)
    dist[source] = weight[source]
    heap = [(weight[source], source)]
    while heap:
        d, here = heapq.heappop(heap)
        if here == sink:
            return bool(d <= limit)
        if d > dist[here]:
            continue
        for e in range(indptr[here], indptr[here + 1]):
            there = indices[e]
            onward = d + weight[there]
            if usable[there] and onward < dist[there] and onward <= limit:
                dist[there] = onward
                heapq.heappush(heap, (onward, there))
    return False


@kernel
def shrink_separator(
    indptr: Ints, indices: Ints, weight: Floats, usable: Bools, separator: Bools, source: int, sink: int, limit: float
) -> Bools:
    """Drop vertices from a separator as long as every path left open weighs more than the limit.

    What remains meets every path of weight at most `limit` between source and sink, and is minimal in that.
    """
    keep = separator.copy()
    free = usable.copy()
    members = np.flatnonzero(separator)
    for v in members:
        free[v] = False
    for v in members:
        free[v] = True
        if _light_path_exists(indptr, indices, weight, free, source, sink, limit):
            free[v] = False
        else:
            keep[v] = False
    return keep
