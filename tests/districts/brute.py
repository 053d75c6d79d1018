"""Every division of a small graph, by trying them all: the answer the solvers are held against."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import networkx as nx
import numpy as np

from layout_planner.engines.districting.costs import plan_cost
from layout_planner.engines.districting.problem import ArrayPlan, DistrictProblem


def divisions(n: int, k: int) -> Iterator[list[int]]:
    """All ways to put n units into k districts that are not empty, each once (restricted growth)."""

    def extend(prefix: list[int], used: int) -> Iterator[list[int]]:
        if len(prefix) == n:
            if used == k:
                yield prefix
            return
        if k - used > n - len(prefix):
            return
        for d in range(min(used + 1, k)):
            yield from extend([*prefix, d], max(used, d + 1))

    yield from extend([], 0)


def lawful_divisions(problem: DistrictProblem) -> Iterator[np.ndarray]:
    """Those whose districts are connected and whose bare weights could lie in the windows."""
    graph = nx.Graph()
    graph.add_nodes_from(range(problem.n))
    graph.add_edges_from(problem.edges.tolist())
    known: dict[frozenset[int], bool] = {}

    def good(own: frozenset[int]) -> bool:
        if own not in known:
            load = problem.weights[:, sorted(own)].sum(axis=1)
            known[own] = bool(
                (load >= problem.bare_low).all()
                and (load <= problem.bare_high).all()
                and nx.is_connected(graph.subgraph(own))
            )
        return known[own]

    for of in divisions(problem.n, problem.districts):
        if all(good(frozenset(u for u, d in enumerate(of) if d == e)) for e in range(problem.districts)):
            yield np.array(of)


def cheapest(problem: DistrictProblem) -> tuple[float, int]:
    """The least cost over all divisions and leads, and how many lawful (division, leads) there are."""
    best, count = np.inf, 0
    for of in lawful_divisions(problem):
        for leads in _leads(problem, of):
            load = np.stack([problem.weights[:, of == d].sum(axis=1) for d in range(problem.districts)], axis=1)
            load = load + problem.lead_weights[:, list(leads)]
            if (load < problem.low[:, None]).any() or (load > problem.high[:, None]).any():
                continue
            count += 1
            best = min(best, plan_cost(problem, ArrayPlan(of, np.array(leads))))
    return best, count


def _leads(problem: DistrictProblem, of: np.ndarray) -> Iterator[tuple[int, ...]]:
    if problem.mode == "none":
        yield (0,) * problem.districts
        return
    for leads in permutations(range(problem.leads), problem.districts):
        if problem.mode == "detached" or all(of[problem.homes[i]] == d for d, i in enumerate(leads)):
            yield leads


def grid_tilings(problem: DistrictProblem, size: int) -> Iterator[np.ndarray]:
    """All divisions into connected districts of so many units each, by filling the first free unit's district."""
    near = [set(problem.indices[problem.indptr[u] : problem.indptr[u + 1]].tolist()) for u in range(problem.n)]

    def shapes(first: int, free: frozenset[int]) -> set[frozenset[int]]:
        grown = {frozenset([first])}
        for _ in range(size - 1):
            grown = {own | {v} for own in grown for u in own for v in near[u] & free - own}
        return grown

    def fill(of: dict[int, int], free: frozenset[int]) -> Iterator[np.ndarray]:
        if not free:
            yield np.array([of[u] for u in range(problem.n)])
            return
        for own in sorted(map(sorted, shapes(min(free), free))):
            d = len(of) // size
            yield from fill(of | dict.fromkeys(own, d), free - set(own))

    yield from fill({}, frozenset(range(problem.n)))
