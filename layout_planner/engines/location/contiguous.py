"""Which sites to open when every zone must hang together: location without that first, then zones for the best sets.

Without contiguity the problem is a relaxation, so its bound holds; its best sets of sites are tried in turn, each with
the zoning engine (Kong 2021 names the problem: capacitated facility location–allocation with contiguity).
"""

from __future__ import annotations

import numpy as np

from layout_planner.base.arrays import Bools, Ints
from layout_planner.base.proof import Proof
from layout_planner.engines.location import solutions
from layout_planner.engines.location.branching import NEAR, ROOT_STEPS, LocationResult, LocationSearch
from layout_planner.engines.location.problem import LocationProblem
from layout_planner.engines.zoning import ZoneProblem, solve_zones
from layout_planner.solving.clock import Clock, ClockKind

SEARCH_SHARE = 0.35
"""Of the time, for sets and their bound; the rest is for zones."""
TRIAL_SHARE = 0.08
"""Of the time, for each set at first."""
LAST_SHARE = 0.25
"""Of the time, for the best set at the end."""


def solve_contiguous(
    problem: LocationProblem,
    edges: Ints,
    stands: Ints,
    *,
    gap: float = 0.0,
    seconds: float = 60.0,
    seed: int = 0,
    clock: ClockKind = "wall",
) -> LocationResult:
    """Choose sites and connected zones around them at least cost.

    Parameters
    ----------
    problem
        See `LocationProblem`.
    edges
        Pairs of adjacent places, shape (edges, 2).
    stands
        The place each site stands in, all different.
    gap, seconds, seed
        As in `solve_location`.
    clock
        What the seconds are counted by; "cpu" where others share the machine.

    Returns
    -------
    LocationResult
        `home` has connected zones; the bound is that of the problem without contiguity.
    """
    watch = Clock(seconds, clock)
    search = LocationSearch(problem, gap, watch, False, seed)
    if not search.possible():
        return search.result()
    search.descend_from_root(ROOT_STEPS)
    sets = watch.within(SEARCH_SHARE * seconds - watch.spent)
    while not sets.over and search.could_go_on():
        search.polish_more()
        search.slices += 1
        search.branch(seconds=min(sets.left, 0.1 * seconds))
    best: LocationResult | None = None
    tried: set[bytes] = set()
    for value, is_open in sorted(search.sets, key=lambda pair: (pair[0], pair[1].tobytes())):
        left = watch.left
        enough = best is not None and value >= best.objective
        if left < LAST_SHARE * seconds or enough or is_open.tobytes() in tried:
            if is_open.tobytes() in tried:
                continue
            break
        tried.add(is_open.tobytes())
        best = _better(
            best, _zones(problem, search, edges, stands, is_open, None, watch.within(TRIAL_SHARE * seconds), seed)
        )
    if best is not None and best.home is not None and best.is_open is not None:
        final = _zones(problem, search, edges, stands, best.is_open, best.home, watch, seed + 1)
        best = _better(best, final)
    bound = search.result().bound
    if best is None or best.home is None:
        return LocationResult(None, None, Proof(np.inf, bound, ended="time"), search.nodes)
    proof = Proof.within(gap, best.objective, bound, offset=problem.offset)
    return LocationResult(best.home, best.is_open, proof, search.nodes, best.sets)


def _better(one: LocationResult | None, two: LocationResult | None) -> LocationResult | None:
    if one is None or two is None:
        return one or two
    return two if two.objective < one.objective else one


def _zones(
    problem: LocationProblem,
    search: LocationSearch,
    edges: Ints,
    stands: Ints,
    is_open: Bools,
    start: Ints | None,
    clock: Clock,
    seed: int,
) -> LocationResult | None:
    """Draw zones for one set of sites, of the sizes it has without contiguity."""
    if clock.over:
        return None
    if start is None:
        start = np.full(problem.places, -1, dtype=np.int64)
        near = solutions.nearest_open(problem.cost, is_open, NEAR)
        solutions.settle_in(problem.cost, problem.site_terms(), is_open, near, start, search.over, 6)
        search.anneal(is_open, start, 1.0, 300 * problem.places)
        if (start < 0).any():
            return None
    at = np.flatnonzero(is_open)
    column = np.full(problem.sites, -1, dtype=np.int64)
    column[at] = np.arange(len(at))
    size = np.minimum(problem.size_of(problem.loads(start)), problem.seats.shape[1] - 1)
    cost = np.where(np.isfinite(problem.cost[:, at]), problem.cost[:, at], np.nan)
    zones = ZoneProblem.from_edges(cost, problem.demand, problem.seats[at, size[at]], edges, stands[at])
    found = solve_zones(zones, seconds=clock.left, seed=seed, start=column[start], clock=clock.kind)
    if found.school_of is None:
        return None
    home = at[found.school_of].astype(np.int64)
    return LocationResult(home, is_open, Proof(problem.objective(home, is_open), -np.inf), 0)
