"""Kernels of the Markov chain: merge two neighbouring districts, draw a spanning tree, cut it (ReCom)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from layout_planner.base.arrays import Bools, Floats, Ints, Words
from layout_planner.engines.chance import below, uniform
from layout_planner.engines.kernel import kernel

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


@kernel
def chain(
    indptr: Ints,
    indices: Ints,
    weights: Ints,
    low: Ints,
    high: Ints,
    brought: Ints,
    homes: Ints,
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
    weights, low, high
        Windows of a district, whole numbers.
    brought
        What the lead of each district brings, shape (windows, districts).
    homes
        A unit each district must keep (its lead's); −1 for none.
    of
        The division; lawful. Changed in place.
    steps, thin
        Steps, and how many lie between two that are kept.
    rule
        PAIRS, EDGES or REVERSIBLE.
    most_cuts
        REVERSIBLE: an upper bound on the lawful cuts of a tree.
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
    lawful edge of the least spanning tree, as in GerryChain 1.0. Reversible: Cannon, Duchin, Randall and Rule 2022.
    """
    n = len(of)
    k = brought.shape[1]
    rows = len(weights)
    arcs = len(indices)
    told = np.zeros(4, dtype=np.int64)
    head = np.full(k, -1, dtype=np.int64)
    after = np.full(n, -1, dtype=np.int64)
    load = np.zeros((k, rows), dtype=np.int64)
    between = np.zeros((k, k), dtype=np.int64)
    tail = np.empty(arcs, dtype=np.int64)
    for u in range(n):
        after[u] = head[of[u]]
        head[of[u]] = u
        for r in range(rows):
            load[of[u], r] += weights[r, u]
        for e in range(indptr[u], indptr[u + 1]):
            tail[e] = u
            between[of[u], of[indices[e]]] += 1
    nodes = np.empty(n, dtype=np.int64)
    local = np.empty(n, dtype=np.int64)
    ends = np.empty(arcs // 2 + 1, dtype=np.int64)
    # Unsigned: numba then spares the look whether an index counts from the end.
    tree = np.empty((n, 2), dtype=np.uint32)
    up = np.empty(n, dtype=np.uint32)
    inside = np.empty(n, dtype=np.bool_)
    start = np.empty(n + 1, dtype=np.int64)
    near = np.empty(arcs, dtype=np.uint32)
    degree = np.empty(n, dtype=np.int64)
    knot = np.empty(n, dtype=np.uint32)
    parent = np.empty(n, dtype=np.uint32)
    order = np.empty(n, dtype=np.uint32)
    edge_of = np.empty(n, dtype=np.int64)
    sub = np.empty((n, rows), dtype=np.int64)
    held = np.empty(n, dtype=np.int64)
    cuts = np.empty(n, dtype=np.int64)
    swapped = np.empty(n, dtype=np.bool_)
    whole = np.empty(rows, dtype=np.int64)
    for step in range(steps):
        # --- two districts
        a = -1
        b = -1
        if rule == EDGES:
            while True:
                e = below(state, arcs)
                a, b = of[tail[e]], of[indices[e]]
                if a != b:
                    break
        else:
            while True:
                a = below(state, k)
                b = below(state, k - 1)
                if b >= a:
                    b += 1
                if between[a, b] > 0 or rule == REVERSIBLE:
                    break
        if between[a, b] > 0:
            # --- their units and edges
            m = 0
            for d in (a, b):
                u = head[d]
                while u >= 0:
                    local[u] = m
                    nodes[m] = u
                    m += 1
                    u = after[u]
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
            for r in range(rows):
                whole[r] = load[a, r] + load[b, r]
            tries = 1 if rule == REVERSIBLE else attempts
            chosen = -1
            heaviest = -1
            swap = False
            while tries > 0:
                tries -= 1
                told[1] += 1
                if rule == REVERSIBLE:
                    _wilson(m, start, near, up, inside, tree, state)
                else:
                    _kruskal(m, edges, ends, up, tree, state)
                # --- strip the tree leaf by leaf: a vertex with one edge left hands all it gathered to the other end.
                # The edges left at a vertex are kept as the exclusive or of their numbers, so that the last is known.
                for i in range(m):
                    degree[i] = 0
                    knot[i] = 0
                    held[i] = 0
                    for r in range(rows):
                        sub[i, r] = weights[r, nodes[i]]
                for t in range(m - 1):
                    x, y = tree[t, 0], tree[t, 1]
                    degree[x] += 1
                    degree[y] += 1
                    knot[x] ^= np.uint32(t)
                    knot[y] ^= np.uint32(t)
                if homes[a] >= 0:
                    held[local[homes[a]]] += 1
                if homes[b] >= 0:
                    held[local[homes[b]]] += 2
                found = 0
                at = 0
                for i in range(m):
                    x = np.uint32(i)
                    while degree[x] == 1:
                        t_up = knot[x]
                        p = np.uint32(tree[t_up, 0] ^ tree[t_up, 1] ^ x)
                        order[at] = x
                        at += 1
                        parent[x] = p
                        degree[x] = 0
                        degree[p] -= 1
                        knot[p] ^= t_up
                        held[p] += held[x]
                        nobody = held[x] == 0 and homes[a] < 0 and homes[b] < 0
                        straight = nobody or held[x] == 1
                        crossed = nobody or held[x] == 2
                        for r in range(rows):
                            own = sub[x, r]
                            sub[p, r] += own
                            rest = whole[r] - own
                            if straight:
                                one, two = own + brought[r, a], rest + brought[r, b]
                                straight = low[r] <= one <= high[r] and low[r] <= two <= high[r]
                            if crossed:
                                one, two = own + brought[r, b], rest + brought[r, a]
                                crossed = low[r] <= one <= high[r] and low[r] <= two <= high[r]
                        if straight or crossed:
                            if rule == REVERSIBLE and homes[a] < 0 and homes[b] < 0:
                                # Which side keeps the name is drawn first, so that both directions are alike likely.
                                if uniform(state) < 0.5:
                                    straight = False
                                else:
                                    crossed = False
                            elif straight and crossed and uniform(state) < 0.5:
                                straight = False
                            if straight or crossed:
                                cuts[found] = x
                                edge_of[found] = t_up
                                swapped[x] = not straight
                                found += 1
                        x = p
                if found == 0:
                    continue
                if rule == REVERSIBLE:
                    if found > most_cuts:
                        told[3] += 1
                    pick = below(state, most_cuts)
                    if pick < found:
                        chosen = cuts[pick]
                else:
                    for i in range(found):
                        if chosen < 0 or edge_of[i] > heaviest:
                            chosen, heaviest = cuts[i], edge_of[i]
                break
            if chosen >= 0:
                swap = swapped[chosen]
                # --- who is below the cut: from the last vertex, which was never stripped, back to the first leaf
                inside[parent[order[m - 2]]] = False
                for i in range(m - 2, -1, -1):
                    x = order[i]
                    inside[x] = x == chosen or inside[parent[x]]
                below_name = b if swap else a
                above_name = a if swap else b
                if rule == REVERSIBLE:
                    crossing = 0
                    for i in range(edges):
                        if inside[ends[i] >> 20] != inside[ends[i] & 1048575]:
                            crossing += 1
                    if uniform(state) * crossing >= 1.0:
                        chosen = -1
            elif rule != REVERSIBLE:
                told[2] += 1
            if chosen >= 0:
                told[0] += 1
                # Borders with other districts change where units change their district; the border between the two is
                # what the cut of the graph crosses.
                for i in range(m):
                    u = nodes[i]
                    old = of[u]
                    new = below_name if inside[i] else above_name
                    if old != new:
                        for e in range(indptr[u], indptr[u + 1]):
                            c = of[indices[e]]
                            if c != a and c != b:
                                between[old, c] -= 1
                                between[c, old] -= 1
                                between[new, c] += 1
                                between[c, new] += 1
                crossing = 0
                for i in range(edges):
                    if inside[ends[i] >> 20] != inside[ends[i] & 1048575]:
                        crossing += 1
                between[a, b] = crossing
                between[b, a] = crossing
                head[a] = -1
                head[b] = -1
                for r in range(rows):
                    load[a, r] = 0
                    load[b, r] = 0
                for i in range(m):
                    u = nodes[i]
                    d = below_name if inside[i] else above_name
                    of[u] = d
                    after[u] = head[d]
                    head[d] = u
                    for r in range(rows):
                        load[d, r] += weights[r, u]
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
