"""The matrix engine, compiled: eliminate nodes by least degree once, then answer many sites by sweeps without a heap.

A customizable contraction hierarchy (Dibbelt, Strasser, Wagner 2016, ACM JEA 21) in the order of a least-degree
elimination, queried along its elimination tree; one sweep down (Delling et al. 2011, PHAST; restricted to the nodes
above the places as in RPHAST) settles several sites at once, since every site takes the same steps. No search, no
heap, no witness: exact for any costs ≥ 0, one-way or not. Road networks are nearly trees with small cuts, so the
filled graph stays small (4 upward arcs a node on a county, 5 on a region of a million nodes).

Nodes are numbered by rank here (0 is eliminated first). Imported late: loading numba costs start-up time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from layout_planner.travel.kernels import Array, compiled


@compiled
def _unlink(node: int, degree: int, first: Array, after: Array, before: Array) -> None:
    """Take a node out of its degree's list."""
    if before[node] >= 0:
        after[before[node]] = after[node]
    else:
        first[degree] = after[node]
    if after[node] >= 0:
        before[after[node]] = before[node]


@compiled
def _link(node: int, degree: int, first: Array, after: Array, before: Array) -> None:
    """Put a node at the head of its degree's list."""
    after[node] = first[degree]
    before[node] = -1
    if first[degree] >= 0:
        before[first[degree]] = node
    first[degree] = node


@compiled
def _adjacency(n: int, tail: Array, head: Array, mark: Array) -> tuple[Array, Array, Array]:
    """Give every node's neighbours once: where they begin, how many they are, and the pool they lie in."""
    at = np.zeros(n + 1, np.int64)
    for e in range(len(tail)):
        at[tail[e] + 1] += 1
        at[head[e] + 1] += 1
    for v in range(n):
        at[v + 1] += at[v]
    pool = np.empty(4 * at[n] + 16, np.int32)
    size = np.zeros(n, np.int64)
    for e in range(len(tail)):
        for u, w in ((tail[e], head[e]), (head[e], tail[e])):
            pool[at[u] + size[u]] = w
            size[u] += 1
    for v in range(n):
        kept = 0
        mark[v] = v
        for i in range(size[v]):
            w = pool[at[v] + i]
            if mark[w] != v:
                mark[w] = v
                pool[at[v] + kept] = w
                kept += 1
        size[v] = kept
    return at, size, pool


@compiled
def _sort(values: Array, low: int, high: int) -> None:
    """Sort a short stretch by insertion (numba's own sort would cost seconds to compile)."""
    for i in range(low + 1, high):
        value = values[i]
        j = i
        while j > low and values[j - 1] > value:
            values[j] = values[j - 1]
            j -= 1
        values[j] = value


@compiled
def _find(values: Array, low: int, high: int, value: int) -> int:
    """Find where a value stands in an ascending stretch that holds it."""
    while high - low > 1:
        middle = (low + high) // 2
        if values[middle] <= value:
            low = middle
        else:
            high = middle
    return low


@compiled
def _with_room(pool: Array, top: int, more: int) -> Array:
    """Give the pool, or a larger copy where the rest of it is too small."""
    if top + more <= len(pool):
        return pool
    bigger = np.empty(max(2 * len(pool), top + more), np.int32)
    bigger[:top] = pool[:top]
    return bigger


@compiled
def eliminate(n: int, tail: Array, head: Array) -> tuple[Array, Array, Array]:
    """Eliminate nodes, always one of least degree, joining its neighbours; what stays above each is its upward arcs.

    Parameters
    ----------
    n
        How many nodes there are.
    tail, head
        The network's edges, whichever way they are open; loops and parallel edges may be among them.

    Returns
    -------
    tuple
        rank of each node (n,), and the CSR of upward arcs in ranks, heads ascending: up_start (n+1,), up.
    """
    mark = np.full(n, -1, np.int64)
    at, size, pool = _adjacency(n, tail, head, mark)
    room = at[1:] - at[:n]
    top = at[n]
    first = np.full(n + 1, -1, np.int32)
    after = np.full(n, -1, np.int32)
    before = np.full(n, -1, np.int32)
    for v in range(n - 1, -1, -1):
        _link(v, size[v], first, after, before)
    order = np.empty(n, np.int32)
    rank = np.empty(n, np.int32)
    stamp = n
    low = 0
    for r in range(n):
        while first[low] < 0:
            low += 1
        v = first[low]
        _unlink(v, low, first, after, before)
        order[r] = v
        rank[v] = r
        for i in range(size[v]):
            u = pool[at[v] + i]
            _unlink(u, size[u], first, after, before)
            stamp += 1
            mark[u] = stamp
            kept = 0
            for j in range(size[u]):
                w = pool[at[u] + j]
                mark[w] = stamp
                if w != v:
                    pool[at[u] + kept] = w
                    kept += 1
            fresh = 0
            for j in range(size[v]):
                if mark[pool[at[v] + j]] != stamp:
                    fresh += 1
            if kept + fresh > room[u]:
                room[u] = kept + fresh + (kept + fresh) // 2 + 4
                pool = _with_room(pool, top, room[u])
                for j in range(kept):
                    pool[top + j] = pool[at[u] + j]
                at[u] = top
                top += room[u]
            for j in range(size[v]):
                w = pool[at[v] + j]
                if mark[w] != stamp:
                    pool[at[u] + kept] = w
                    kept += 1
            size[u] = kept
            _link(u, kept, first, after, before)
            low = min(low, kept)
    up_start, up = _upward(order, rank, at, size, pool)
    return rank, up_start, up


@compiled
def _upward(order: Array, rank: Array, at: Array, size: Array, pool: Array) -> tuple[Array, Array]:
    """Write what stays above each node as the CSR of upward arcs in ranks."""
    n = len(order)
    start = np.zeros(n + 1, np.int64)
    for r in range(n):
        start[r + 1] = start[r] + size[order[r]]
    up = np.empty(start[n], np.int32)
    for r in range(n):
        v = order[r]
        for i in range(size[v]):
            up[start[r] + i] = rank[pool[at[v] + i]]
        _sort(up, start[r], start[r + 1])
    return start, up


@compiled
def customise(
    up_start: Array, up: Array, tail: Array, head: Array, cost: Array, length: Array
) -> tuple[Array, Array, Array, Array]:
    """Give every upward arc the least cost over the nodes below it, both ways, with the length of that way.

    Parameters
    ----------
    up_start, up
        The upward arcs.
    tail, head, cost, length
        The arcs of the network, in ranks.

    Returns
    -------
    tuple
        rise and its metres (from the lower node to the higher), fall and its metres (back); inf where closed.
    """
    n = len(up_start) - 1
    arcs = len(up)
    rise = np.full(arcs, np.inf)
    rise_metres = np.zeros(arcs)
    fall = np.full(arcs, np.inf)
    fall_metres = np.zeros(arcs)
    for a in range(len(tail)):
        if tail[a] == head[a]:
            continue
        low, high = min(tail[a], head[a]), max(tail[a], head[a])
        i = _find(up, up_start[low], up_start[low + 1], high)
        if tail[a] == low and cost[a] < rise[i]:
            rise[i] = cost[a]
            rise_metres[i] = length[a]
        elif tail[a] == high and cost[a] < fall[i]:
            fall[i] = cost[a]
            fall_metres[i] = length[a]
    down_start = np.zeros(n + 1, np.int64)
    for i in range(arcs):
        down_start[up[i] + 1] += 1
    for v in range(n):
        down_start[v + 1] += down_start[v]
    down = np.empty(arcs, np.int64)
    down_node = np.empty(arcs, np.int32)
    filled = down_start[:n].copy()
    for v in range(n):
        for i in range(up_start[v], up_start[v + 1]):
            down[filled[up[i]]] = i
            down_node[filled[up[i]]] = v
            filled[up[i]] += 1
    arc_to = np.full(n, -1, np.int64)
    for u in range(n):
        # Every triangle v < u < w: by way of v, u reaches w and w reaches u. Arcs out of v are final by now.
        for i in range(up_start[u], up_start[u + 1]):
            arc_to[up[i]] = i
        for k in range(down_start[u], down_start[u + 1]):
            a = down[k]
            for b in range(a + 1, up_start[down_node[k] + 1]):
                i = arc_to[up[b]]
                if fall[a] + rise[b] < rise[i]:
                    rise[i] = fall[a] + rise[b]
                    rise_metres[i] = fall_metres[a] + rise_metres[b]
                if fall[b] + rise[a] < fall[i]:
                    fall[i] = fall[b] + rise[a]
                    fall_metres[i] = fall_metres[b] + rise_metres[a]
    return rise, rise_metres, fall, fall_metres


@compiled
def _parent(up_start: Array, up: Array, v: int) -> int:
    """Give the lowest node above one, −1 at the top: its parent in the elimination tree."""
    return up[up_start[v]] if up_start[v + 1] > up_start[v] else -1


@compiled
def above(up_start: Array, up: Array, targets: Array) -> Array:
    """List the targets and every node above one of them, highest first."""
    inside = np.zeros(len(up_start) - 1, np.bool_)
    count = 0
    for t in targets:
        v = t
        while v >= 0 and not inside[v]:
            inside[v] = True
            count += 1
            v = _parent(up_start, up, v)
    nodes = np.empty(count, np.int32)
    for v in range(len(inside)):
        if inside[v]:
            count -= 1
            nodes[count] = v
    return nodes


class Upward(NamedTuple):
    """The hierarchy as a sweep reads it."""

    up_start: Array
    up: Array
    fall: Array
    fall_metres: Array
    """As `eliminate` and `customise` gave them."""
    index: Array
    """Position of each node among those above the places (`above`), −1 for the others, (n,)."""
    arc_start: Array
    arc_to: Array
    arc_cost: Array
    arc_metres: Array
    """CSR of the upward arcs of those nodes, in positions, with their rise."""


class EdgeEnds(NamedTuple):
    """The two ends of the edge each point lies on, and the way between there and the point, each (points, 2)."""

    node: Array
    cost: Array
    metres: Array


class _Reached(NamedTuple):
    """What a sweep knows of the nodes above the places: minutes and metres to each site, and whether any is known."""

    live: Array
    """Rows that hold a way; the others are never written, nor read."""
    minutes: Array
    metres: Array


@compiled
def _climb(h: Upward, site: EdgeEnds, lane: int, limit: float, dist: Array, far: Array, reached: _Reached) -> None:
    """Reckon the way to one site from every node above its two seeds, and enter those that the sweep asks about."""
    up_start, up, fall, fall_metres = h.up_start, h.up, h.fall, h.fall_metres
    live, minutes, metres = reached.live, reached.minutes, reached.metres
    seeds, cost = site.node[lane], site.cost[lane]
    for k in range(2):
        v = seeds[k]
        while v >= 0:
            dist[v] = np.inf
            v = _parent(up_start, up, v)
    for k in range(2):
        if cost[k] < dist[seeds[k]]:
            dist[seeds[k]] = cost[k]
            far[seeds[k]] = site.metres[lane, k]
    a, b = seeds[0], seeds[1]
    while a >= 0 or b >= 0:
        v = b if a < 0 or 0 <= b < a else a
        if dist[v] <= limit and dist[v] < np.inf:
            row = h.index[v]
            if row >= 0:
                if not live[row]:
                    live[row] = True
                    minutes[row, :] = np.inf
                minutes[row, lane] = dist[v]
                metres[row, lane] = far[v]
            for i in range(up_start[v], up_start[v + 1]):
                if fall[i] + dist[v] < dist[up[i]]:
                    dist[up[i]] = fall[i] + dist[v]
                    far[up[i]] = fall_metres[i] + far[v]
        parent = _parent(up_start, up, v)
        if a == v:
            a = parent
        if b == v:
            b = parent


@compiled
def sweep(
    h: Upward, sites: EdgeEnds, column: Array, places: EdgeEnds, limit: float, minutes: Array, metres: Array
) -> None:
    """Measure every place's way to a handful of sites at once.

    Parameters
    ----------
    sites
        Nodes in ranks, and the way from there to the site.
    column
        The column of the result each site takes, (s,).
    places
        Nodes in positions (`Upward.index`), and the way from the place to there.
    limit
        Minutes beyond which a way is not told; inf for none. Nodes beyond it for every one of these sites are passed
        over, so sites that lie together make quick work.
    minutes, metres
        The result, (p, all sites); NaN where a place does not reach the site.
    """
    arc_start, arc_to, arc_cost, arc_metres = h.arc_start, h.arc_to, h.arc_cost, h.arc_metres
    lanes = len(column)
    n = len(arc_start) - 1
    live = np.zeros(n, np.bool_)
    t = np.empty((n, lanes))
    m = np.empty((n, lanes))
    reached = _Reached(live, t, m)
    dist = np.empty(len(h.index))
    far = np.empty(len(h.index))
    for s in range(lanes):
        _climb(h, sites, s, limit, dist, far, reached)
    for v in range(n):
        for arc in range(arc_start[v], arc_start[v + 1]):
            w, cost, length = arc_to[arc], arc_cost[arc], arc_metres[arc]
            if not live[w] or cost == np.inf:
                continue
            if not live[v]:
                live[v] = True
                t[v, :] = np.inf
            for s in range(lanes):  # without a branch, so that the processor takes several lanes at a time
                minute = t[w, s] + cost
                walked = m[w, s] + length
                better = minute < t[v, s]
                t[v, s] = minute if better else t[v, s]
                m[v, s] = walked if better else m[v, s]
        if live[v] and limit < np.inf:
            least = np.inf
            for s in range(lanes):
                least = min(least, t[v, s])
            live[v] = least <= limit
    for p in range(len(places.node)):
        for s in range(lanes):
            best = np.inf
            way = np.nan
            for k in range(2):
                row = places.node[p, k]
                if live[row] and t[row, s] + places.cost[p, k] < best:
                    best = t[row, s] + places.cost[p, k]
                    way = m[row, s] + places.metres[p, k]
            told = best <= limit and best < np.inf
            minutes[p, column[s]] = best if told else np.nan
            metres[p, column[s]] = way if told else np.nan
