"""Kernels of the Markov chain: merge two neighbouring districts, draw a spanning tree, cut it (ReCom)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from layout_planner.base.arrays import Bools, Floats, Ints, Words
from layout_planner.engines.districting.problem import Ground
from layout_planner.solving.chance import below, uniform
from layout_planner.solving.kernel import kernel

Shorts = NDArray[np.uint32]
PAIRS, EDGES, REVERSIBLE = 0, 1, 2
"""Which two districts are merged: any adjacent pair alike, or by the edges between them; or the reversible chain."""


@kernel
def _kruskal(m: int, edges: int, ends: Ints, up: Shorts, tree: Shorts, state: Words) -> None:
    """Draw a spanning tree: the least one under random weights. Edges of the tree stand in order of their weight.

    Parameters
    ----------
    m, edges
        Vertices and edges of the merged districts.
    ends
        Ends of the edges, local, two to a word (first · 2²⁰ + second); their order is changed.
    up
        Scratch.
    tree
        The tree's edges; shape (m − 1, 2).
    """
    for v in range(m):
        up[v] = v
    taken = 0
    for i in range(edges):
        j = i + below(state, edges - i)
        both = ends[j]
        ends[j] = ends[i]
        ends[i] = both
        a, b = np.uint32(both >> 20), np.uint32(both & 1048575)
        x, y = a, b
        while up[x] != x:
            up[x] = up[up[x]]
            x = up[x]
        while up[y] != y:
            up[y] = up[up[y]]
            y = up[y]
        if x != y:
            up[x] = y
            tree[taken, 0], tree[taken, 1] = a, b
            taken += 1
            if taken == m - 1:
                return


@kernel
def _wilson(m: int, start: Ints, near: Shorts, up: Shorts, inside: Bools, tree: Shorts, state: Words) -> None:
    """Draw a spanning tree, every one alike likely (Wilson 1996).

    Parameters
    ----------
    start, near
        The merged districts in compressed rows, local.
    """
    for v in range(m):
        inside[v] = False
    inside[below(state, m)] = True
    taken = 0
    for v in range(m):
        u = v
        while not inside[u]:
            up[u] = near[start[u] + below(state, start[u + 1] - start[u])]
            u = up[u]
        u = v
        while not inside[u]:
            inside[u] = True
            tree[taken, 0], tree[taken, 1] = u, up[u]
            taken += 1
            u = up[u]


class _Course(NamedTuple):
    """The division and what follows from it; changed in place."""

    of: Ints
    head: Ints
    """The units of a district as a list: its first, and the one after each; −1 ends it."""
    after: Ints
    load: Ints
    between: Ints
    """Edges between two districts, twice inside one; shape (districts, districts)."""


class _Scratch(NamedTuple):
    """Two districts merged: their units and edges, and a spanning tree of them."""

    nodes: Ints
    local: Ints
    ends: Ints
    start: Ints
    near: Shorts
    # Unsigned: numba then spares the look whether an index counts from the end.
    tree: Shorts
    up: Shorts
    inside: Bools
    degree: Ints
    knot: Shorts
    parent: Shorts
    order: Shorts
    sub: Ints
    held: Ints
    cuts: Ints
    """The feasible cuts found: the vertex below each, the edge of the tree, and (by vertex) whether names change."""
    edge_of: Ints
    swapped: Bools


@kernel
def _course(ground: Ground, of: Ints) -> _Course:
    """List the units of each district, and add up what follows."""
    n = len(of)
    k = ground.lead_weights.shape[1]
    rows = len(ground.weights)
    head = np.full(k, -1, dtype=np.int64)
    after = np.full(n, -1, dtype=np.int64)
    load = np.zeros((k, rows), dtype=np.int64)
    between = np.zeros((k, k), dtype=np.int64)
    for u in range(n):
        after[u] = head[of[u]]
        head[of[u]] = u
        for r in range(rows):
            load[of[u], r] += ground.weights[r, u]
        for e in range(ground.indptr[u], ground.indptr[u + 1]):
            between[of[u], of[ground.indices[e]]] += 1
    return _Course(of, head, after, load, between)


@kernel
def _scratch(n: int, arcs: int, rows: int) -> _Scratch:
    """Make room for the largest merger there can be."""
    return _Scratch(
        np.empty(n, dtype=np.int64),
        np.empty(n, dtype=np.int64),
        np.empty(arcs // 2 + 1, dtype=np.int64),
        np.empty(n + 1, dtype=np.int64),
        np.empty(arcs, dtype=np.uint32),
        np.empty((n, 2), dtype=np.uint32),
        np.empty(n, dtype=np.uint32),
        np.empty(n, dtype=np.bool_),
        np.empty(n, dtype=np.int64),
        np.empty(n, dtype=np.uint32),
        np.empty(n, dtype=np.uint32),
        np.empty(n, dtype=np.uint32),
        np.empty((n, rows), dtype=np.int64),
        np.empty(n, dtype=np.int64),
        np.empty(n, dtype=np.int64),
        np.empty(n, dtype=np.int64),
        np.empty(n, dtype=np.bool_),
    )


@kernel
def _two_districts(ground: Ground, course: _Course, tail: Ints, rule: int, state: Words) -> tuple[int, int]:
    """Draw two districts; REVERSIBLE also such as do not touch."""
    if rule == EDGES:
        while True:
            e = below(state, len(tail))
            a, b = course.of[tail[e]], course.of[ground.indices[e]]
            if a != b:
                return a, b
    k = len(course.head)
    while True:
        a = below(state, k)
        b = below(state, k - 1)
        if b >= a:
            b += 1
        if course.between[a, b] > 0 or rule == REVERSIBLE:
            return a, b


@kernel
def _merge(ground: Ground, course: _Course, a: int, b: int, rule: int, scratch: _Scratch) -> tuple[int, int]:
    """Lay out two districts as one graph; how many units and edges it has."""
    of, indptr, indices = course.of, ground.indptr, ground.indices
    nodes, local, ends, start, near = scratch.nodes, scratch.local, scratch.ends, scratch.start, scratch.near
    m = 0
    for d in (a, b):
        u = course.head[d]
        while u >= 0:
            local[u] = m
            nodes[m] = u
            m += 1
            u = course.after[u]
    edges = 0
    at = 0
    for i in range(m):
        start[i] = at
        u = nodes[i]
        for e in range(indptr[u], indptr[u + 1]):
            v = indices[e]
            if of[v] == a or of[v] == b:
                if rule == REVERSIBLE:
                    near[at] = local[v]
                    at += 1
                if v > u:
                    ends[edges] = (i << 20) + local[v]
                    edges += 1
    start[m] = at
    return m, edges


@kernel
def _hang(weights: Ints, scratch: _Scratch, m: int) -> None:
    """Count the edges of the tree at each vertex and gather their numbers; nothing is handed on yet."""
    tree, degree, knot = scratch.tree, scratch.degree, scratch.knot
    for i in range(m):
        degree[i] = 0
        knot[i] = 0
        scratch.held[i] = 0
        for r in range(len(weights)):
            scratch.sub[i, r] = weights[r, scratch.nodes[i]]
    for t in range(m - 1):
        x, y = tree[t, 0], tree[t, 1]
        degree[x] += 1
        degree[y] += 1
        knot[x] ^= np.uint32(t)
        knot[y] ^= np.uint32(t)


@kernel
def _find_cuts(
    ground: Ground, course: _Course, a: int, b: int, m: int, rule: int, scratch: _Scratch, state: Words
) -> int:
    """Find the feasible cuts of the tree; how many there are.

    The tree is stripped leaf by leaf: a vertex with one edge left hands all it gathered to the other end. The edges
    left at a vertex are kept as the exclusive or of their numbers, so that the last is known.
    """
    weights, low, high, brought, homes = ground.weights, ground.low, ground.high, ground.lead_weights, ground.homes
    tree, degree, knot, sub, held = scratch.tree, scratch.degree, scratch.knot, scratch.sub, scratch.held
    load = course.load
    rows = len(weights)
    _hang(weights, scratch, m)
    if homes[a] >= 0:
        held[scratch.local[homes[a]]] += 1
    if homes[b] >= 0:
        held[scratch.local[homes[b]]] += 2
    free = homes[a] < 0 and homes[b] < 0
    found = 0
    at = 0
    for i in range(m):
        x = np.uint32(i)
        while degree[x] == 1:
            t_up = knot[x]
            p = np.uint32(tree[t_up, 0] ^ tree[t_up, 1] ^ x)
            scratch.order[at] = x
            at += 1
            scratch.parent[x] = p
            degree[x] = 0
            degree[p] -= 1
            knot[p] ^= t_up
            held[p] += held[x]
            nobody = held[x] == 0 and free
            straight = nobody or held[x] == 1
            crossed = nobody or held[x] == 2
            for r in range(rows):
                own = sub[x, r]
                sub[p, r] += own
                rest = load[a, r] + load[b, r] - own
                if straight:
                    one, two = own + brought[r, a], rest + brought[r, b]
                    straight = low[r] <= one <= high[r] and low[r] <= two <= high[r]
                if crossed:
                    one, two = own + brought[r, b], rest + brought[r, a]
                    crossed = low[r] <= one <= high[r] and low[r] <= two <= high[r]
            if straight or crossed:
                if rule == REVERSIBLE and free:
                    # Which side keeps the name is drawn first, so that both directions are alike likely.
                    if uniform(state) < 0.5:
                        straight = False
                    else:
                        crossed = False
                elif straight and crossed and uniform(state) < 0.5:
                    straight = False
                if straight or crossed:
                    scratch.cuts[found] = x
                    scratch.edge_of[found] = t_up
                    scratch.swapped[x] = not straight
                    found += 1
            x = p
    return found


@kernel
def _crossing(scratch: _Scratch, edges: int) -> int:
    """Count the edges of the merged districts that the cut crosses."""
    crossing = 0
    for i in range(edges):
        if scratch.inside[scratch.ends[i] >> 20] != scratch.inside[scratch.ends[i] & 1048575]:
            crossing += 1
    return crossing


@kernel
def _divide(ground: Ground, course: _Course, a: int, b: int, m: int, swap: bool, scratch: _Scratch) -> None:
    """Give the units below the cut to one district, the others to the other."""
    of, between, load, indptr = course.of, course.between, course.load, ground.indptr
    below_name = b if swap else a
    above_name = a if swap else b
    # Borders with other districts change where units change their district; the border between the two is
    # what the cut of the graph crosses.
    for i in range(m):
        u = scratch.nodes[i]
        old = of[u]
        new = below_name if scratch.inside[i] else above_name
        if old != new:
            for e in range(indptr[u], indptr[u + 1]):
                c = of[ground.indices[e]]
                if c != a and c != b:
                    between[old, c] -= 1
                    between[c, old] -= 1
                    between[new, c] += 1
                    between[c, new] += 1
    for d in (a, b):
        course.head[d] = -1
        for r in range(load.shape[1]):
            load[d, r] = 0
    for i in range(m):
        u = scratch.nodes[i]
        d = below_name if scratch.inside[i] else above_name
        of[u] = d
        course.after[u] = course.head[d]
        course.head[d] = u
        for r in range(load.shape[1]):
            load[d, r] += ground.weights[r, u]


@kernel
def chain(
    ground: Ground,
    of: Ints,
    steps: int,
    thin: int,
    rule: int,
    most_cuts: int,
    attempts: int,
    state: Words,
    kept: Ints,
) -> Ints:
    """Run the chain in place and keep every thin-th division.

    Parameters
    ----------
    ground
        The graph and the windows, with `homes` (a unit each district must keep, its lead's; −1 for none) and
        `lead_weights` (what its lead brings, shape (windows, districts)) by district.
    of
        The division; within all windows. Changed in place.
    steps, thin
        Steps, and how many lie between two that are kept.
    rule
        PAIRS, EDGES or REVERSIBLE.
    most_cuts
        REVERSIBLE: an upper bound on the feasible cuts of a tree.
    attempts
        PAIRS and EDGES: trees drawn for a pair before the step is given up (the division then stays).
    kept
        Room for the divisions kept; shape (steps // thin, units).

    Returns
    -------
    ndarray
        Steps that changed the division, trees drawn, steps given up, trees with more cuts than `most_cuts`.

    References
    ----------
    DeFord, Duchin and Solomon 2021, Recombination: a family of Markov chains for redistricting. The cut is the heaviest
    feasible edge of the least spanning tree, as in GerryChain 1.0. Reversible: Cannon, Duchin, Randall and Rule 2022.
    """
    n = len(of)
    told = np.zeros(4, dtype=np.int64)
    tail = np.empty(len(ground.indices), dtype=np.int64)
    for u in range(n):
        for e in range(ground.indptr[u], ground.indptr[u + 1]):
            tail[e] = u
    course = _course(ground, of)
    scratch = _scratch(n, len(tail), len(ground.weights))
    inside, parent, order, cuts = scratch.inside, scratch.parent, scratch.order, scratch.cuts
    for step in range(steps):
        a, b = _two_districts(ground, course, tail, rule, state)
        if course.between[a, b] > 0:
            m, edges = _merge(ground, course, a, b, rule, scratch)
            chosen = -1
            for _ in range(1 if rule == REVERSIBLE else attempts):
                told[1] += 1
                if rule == REVERSIBLE:
                    _wilson(m, scratch.start, scratch.near, scratch.up, inside, scratch.tree, state)
                else:
                    _kruskal(m, edges, scratch.ends, scratch.up, scratch.tree, state)
                found = _find_cuts(ground, course, a, b, m, rule, scratch, state)
                if rule == REVERSIBLE and found > 0:
                    if found > most_cuts:
                        told[3] += 1
                    pick = below(state, most_cuts)
                    if pick < found:
                        chosen = cuts[pick]
                elif found > 0:
                    heaviest = -1
                    for i in range(found):
                        if scratch.edge_of[i] > heaviest:
                            chosen, heaviest = cuts[i], scratch.edge_of[i]
                if found > 0:
                    break
            crossing = 0
            if chosen >= 0:
                # Who is below the cut: from the last vertex, which was never stripped, back to the first leaf.
                inside[parent[order[m - 2]]] = False
                for i in range(m - 2, -1, -1):
                    x = order[i]
                    inside[x] = x == chosen or inside[parent[x]]
                crossing = _crossing(scratch, edges)
                if rule == REVERSIBLE and uniform(state) * crossing >= 1.0:
                    chosen = -1
            elif rule != REVERSIBLE:
                told[2] += 1
            if chosen >= 0:
                told[0] += 1
                _divide(ground, course, a, b, m, scratch.swapped[chosen], scratch)
                course.between[a, b] = crossing
                course.between[b, a] = crossing
        if (step + 1) % thin == 0:
            kept[(step + 1) // thin - 1] = of
    return told


@kernel
def cut_edges(indptr: Ints, indices: Ints, plans: Ints) -> Ints:
    """Count the edges between districts of each plan; plans has shape (plans, units)."""
    found = np.zeros(len(plans), dtype=np.int64)
    for p in range(len(plans)):
        for u in range(len(indptr) - 1):
            for e in range(indptr[u], indptr[u + 1]):
                if indices[e] > u and plans[p, u] != plans[p, indices[e]]:
                    found[p] += 1
    return found


@kernel
def loads(weights: Ints, brought: Ints, plans: Ints) -> Floats:
    """Give the largest relative deviation from the mean of each window of each plan; shape (plans, windows)."""
    rows = len(weights)
    k = brought.shape[1]
    found = np.zeros((len(plans), rows))
    for p in range(len(plans)):
        for r in range(rows):
            load = brought[r].copy()
            for u in range(plans.shape[1]):
                load[plans[p, u]] += weights[r, u]
            mean = load.sum() / k
            for d in range(k):
                if mean > 0:
                    found[p, r] = max(found[p, r], abs(load[d] / mean - 1.0))
    return found
