"""Graph kernels on compressed rows: lightest paths, widest paths, and least vertex cuts."""

from __future__ import annotations

import heapq

import numpy as np

from layout_planner.solvers.zoning.kernel import kernel
from layout_planner.solvers.zoning.problem import Bools, Floats, Ints


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


@kernel
def least_cut(
    indptr: Ints, indices: Ints, reverse: Ints, value: Floats, usable: Bools, source: int, sink: int, enough: float
) -> tuple[float, Bools, Bools]:
    """Find a least vertex cut between two vertices that are not adjacent, by augmenting paths.

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

    Notes
    -----
    Every vertex v is split in "in" (2v) and "out" (2v + 1), joined by an arc of capacity `value[v]`; arcs between
    vertices are unlimited. At the end a vertex is in the cut when its "in" half is reached in the residual graph and
    its "out" half is not.
    """
    n = len(value)
    tiny = 1e-9
    through = np.zeros(n)
    along = np.zeros(len(indices))
    parent = np.empty(2 * n, dtype=np.int64)
    queue = np.empty(2 * n, dtype=np.int64)
    total = 0.0
    begin = 2 * source + 1
    end = 2 * sink
    while True:
        parent[:] = -1
        parent[begin] = begin
        queue[0] = begin
        head, tail = 0, 1
        while head < tail and parent[end] < 0:
            state = queue[head]
            head += 1
            v = state >> 1
            if state & 1:  # out: to neighbours' in, or back to its own in
                for e in range(indptr[v], indptr[v + 1]):
                    there = 2 * indices[e]
                    if usable[indices[e]] and parent[there] < 0 and indices[e] != source:
                        parent[there] = state
                        queue[tail] = there
                        tail += 1
                if v != source and through[v] > tiny and parent[2 * v] < 0:
                    parent[2 * v] = state
                    queue[tail] = 2 * v
                    tail += 1
            else:  # in: through the vertex, or back along an arc that carries flow
                if value[v] - through[v] > tiny and parent[state + 1] < 0:
                    parent[state + 1] = state
                    queue[tail] = state + 1
                    tail += 1
                for e in range(indptr[v], indptr[v + 1]):
                    there = 2 * indices[e] + 1
                    if along[reverse[e]] > tiny and parent[there] < 0:
                        parent[there] = state
                        queue[tail] = there
                        tail += 1
        if parent[end] < 0:
            break
        push = enough - total
        state = end
        while state != begin:
            before = parent[state]
            if before >> 1 == state >> 1:
                v = state >> 1
                push = min(push, value[v] - through[v] if state & 1 else through[v])
            elif not before & 1:  # in → out: flow is taken back
                for e in range(indptr[state >> 1], indptr[(state >> 1) + 1]):
                    if indices[e] == before >> 1:
                        push = min(push, along[e])
            state = before
        state = end
        while state != begin:
            before = parent[state]
            a, b = before >> 1, state >> 1
            if a == b:
                through[a] += push if state & 1 else -push
            elif before & 1:
                for e in range(indptr[a], indptr[a + 1]):
                    if indices[e] == b:
                        along[e] += push
            else:
                for e in range(indptr[b], indptr[b + 1]):
                    if indices[e] == a:
                        along[e] -= push
            state = before
        total += push
        if total >= enough - tiny:
            break
    near_source = np.zeros(n, dtype=np.bool_)
    for v in range(n):
        near_source[v] = parent[2 * v] >= 0 and parent[2 * v + 1] < 0 and v != source and v != sink
    # Backwards from the sink: which states can still reach it in the residual graph.
    parent[:] = -1
    parent[end] = end
    queue[0] = end
    head, tail = 0, 1
    while head < tail:
        state = queue[head]
        head += 1
        v = state >> 1
        if state & 1:  # reached out from: its in (spare capacity), or the in of neighbours it received flow back from
            if v != source and value[v] - through[v] > tiny and parent[2 * v] < 0:
                parent[2 * v] = state
                queue[tail] = 2 * v
                tail += 1
            for e in range(indptr[v], indptr[v + 1]):
                there = 2 * indices[e]
                if along[e] > tiny and parent[there] < 0:
                    parent[there] = state
                    queue[tail] = there
                    tail += 1
        else:  # reached in from: the out of any neighbour, or its own out when flow can be taken back
            for e in range(indptr[v], indptr[v + 1]):
                there = 2 * indices[e] + 1
                if usable[indices[e]] and parent[there] < 0 and indices[e] != sink:
                    parent[there] = state
                    queue[tail] = there
                    tail += 1
            if v != sink and through[v] > tiny and parent[2 * v + 1] < 0:
                parent[2 * v + 1] = state
                queue[tail] = 2 * v + 1
                tail += 1
    near_sink = np.zeros(n, dtype=np.bool_)
    for v in range(n):
        near_sink[v] = parent[2 * v + 1] >= 0 and parent[2 * v] < 0 and v != source and v != sink
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
