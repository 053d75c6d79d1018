"""Instances made alike OR-Library's families, seeded, to judge by: sizes as published, none tuned to.

The p-median's graphs (Beasley 1985) are random: n nodes, n²/50 edges of length 1–100, a random tree among them so that
all hang together. The capacitated ones (Osman and Christofides 1994) are n places at whole coordinates within
100 × 100, demands of 1–20, p sites of equal seats of which about 82 to 96 per cent are needed.
"""

from __future__ import annotations

import numpy as np

from layout_planner.base.arrays import Floats

GRAPHS = (
    (500, 5), (500, 10), (500, 50), (500, 100), (500, 167), (600, 5), (600, 10), (600, 60), (600, 120), (600, 200),
    (700, 5), (700, 10), (700, 70), (700, 140), (800, 5), (800, 10), (800, 80), (900, 5), (900, 10), (900, 90),
)  # fmt: skip
"""n and p of pmed21–40."""
PLANES = ((100, 10), (100, 10), (100, 15), (120, 12), (150, 10), (150, 15), (150, 20), (200, 10), (200, 15), (200, 20))
"""n and p of capacitated instances beyond the published ones (50 into 5, 100 into 10)."""


def made_graph(number: int) -> tuple[Floats, int]:
    """Make the p-median instance alike pmed`number` (21–40): ways between all nodes, and p."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import shortest_path

    n, p = GRAPHS[number - 21]
    rng = np.random.default_rng([2101, number])
    order = rng.permutation(n)
    before = (rng.random(n - 1) * np.arange(1, n)).astype(np.int64)
    edges = {(min(a, b), max(a, b)) for a, b in zip(order[1:], order[before], strict=True)}
    while len(edges) < n * n // 50:
        a, b = rng.integers(0, n, 2)
        if a != b:
            edges.add((min(a, b), max(a, b)))
    rows, columns = np.array(sorted(edges)).T
    lengths = rng.integers(1, 101, len(rows)).astype(float)
    graph = coo_array((lengths, (rows, columns)), shape=(n, n)).tocsr()
    return np.ascontiguousarray(shortest_path(graph, directed=False)), p


def made_plane(number: int) -> tuple[Floats, Floats, float, int]:
    """Make capacitated instance `number` (11–20): cost, demand, seats of a site, and p."""
    n, p = PLANES[number - 11]
    rng = np.random.default_rng([1994, number])
    x, y = rng.integers(0, 101, (2, n))
    demand = rng.integers(1, 21, n).astype(float)
    seats = float(np.ceil(demand.sum() / p / rng.uniform(0.82, 0.96)))
    return np.floor(np.hypot(x[:, None] - x, y[:, None] - y) + 1e-9), demand, seats, p
