"""Which sites, which sizes, and who goes where, with a proof: for one problem and for a whole frontier."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.engines.location.branching import NEAR, ROOT_STEPS, WARM_STEPS, LocationResult, LocationSearch
from layout_planner.engines.location.problem import CLOSED, OPEN, LocationProblem
from layout_planner.engines.location.solutions import nearest_open, settle_in
from layout_planner.solving.clock import Clock, ClockKind


def solve_location(
    problem: LocationProblem,
    *,
    gap: float = 0.0,
    seconds: float = 60.0,
    whole: bool = False,
    seed: int = 0,
    clock: ClockKind = "wall",
) -> LocationResult:
    """Choose sites, sizes and homes at least cost.

    Parameters
    ----------
    problem
        See `LocationProblem`.
    gap
        Stop when (objective − bound) / objective is at most this.
    seconds
        Seconds at most.
    whole
        Every solution costs a whole number, so a bound above UB − 1 is a proof.
    seed
        For the annealing.
    clock
        What the seconds are counted by.

    Returns
    -------
    LocationResult
        Ctrl-C ends the search and gives what was reached.
    """
    search = LocationSearch(problem, gap, Clock(seconds, clock), whole, seed)
    try:
        if search.possible():
            search.descend_from_root(ROOT_STEPS)
            search.branch()
    except KeyboardInterrupt:
        pass
    return search.result()


def solve_counts(
    problem: LocationProblem,
    counts: Iterable[int],
    *,
    gap: float = 1e-2,
    seconds: float = 120.0,
    seed: int = 0,
    told: Callable[[int, LocationResult], None] | None = None,
    clock: ClockKind = "wall",
) -> dict[int, LocationResult]:
    """Solve one problem for several numbers of open sites, each helping the next.

    Parameters
    ----------
    counts
        Numbers of counted sites; each is solved as fewest = most.
    gap
        Relative gap to reach at every number.
    seconds
        Seconds for all together: about half for a first round, the rest where the gap is still too large.
    told
        Called with each first result.
    clock
        What the seconds are counted by.

    Returns
    -------
    dict
        Number → result, in ascending order.
    """
    watch = Clock(seconds, clock)
    order = sorted(set(counts), reverse=True)
    searches: dict[int, LocationSearch] = {}
    multipliers: Floats | None = None
    bounds = np.full(problem.sites + 1, -np.inf)
    before: LocationSearch | None = None
    for number in order:
        each = problem.with_(fewest=number, most=number)
        search = LocationSearch(each, gap, watch, False, seed)
        searches[number] = search
        if not search.possible():
            continue
        search.bounds = bounds
        if before is not None and before.home is not None and before.is_open is not None:
            search.start_from(before.home, before.is_open)
        search.descend_from_root(ROOT_STEPS if multipliers is None else WARM_STEPS, multipliers)
        multipliers, before = search.multipliers, search
        if told is not None:
            told(number, search.result())
    for number in reversed(order):  # a set with one more, too
        larger = searches.get(number - 1)
        if larger is None or larger.home is None or larger.is_open is None or searches[number].done():
            continue
        searches[number].start_from(larger.home, larger.is_open)
    for number in order:
        searches[number].bound = max(searches[number].bound, min(bounds[number], searches[number].objective))
    _spend_the_rest(searches, watch)
    return {number: searches[number].result() for number in sorted(searches)}


def adapt(problem: LocationProblem, home: Ints, is_open: Bools, *, gap: float = 0.0, seed: int = 0) -> LocationResult:
    """Make a solution of this problem out of one for another number of sites, or with other sites given.

    Sites are dropped or added one at a time, the cheapest first, then interchanged; who goes where is annealed. No
    clock stops it, so it ends at the same solution on a machine that stands still; nothing is proved.

    Parameters
    ----------
    home, is_open
        n and m: a solution. A place whose site is not open, or −1, goes to the nearest that is.
    """
    search = LocationSearch(problem, gap, Clock(np.inf), False, seed)
    if search.possible():
        start = (is_open & (problem.state != CLOSED)) | (problem.state == OPEN)
        homes = np.where(start[home] & (home >= 0), home, -1).astype(np.int64)
        near = nearest_open(problem.cost, start, NEAR)
        settle_in(problem.cost, problem.site_terms(), start, near, homes, search.over, 2)
        if (homes >= 0).all():
            search.start_from(homes, start)
    return search.result()


def _spend_the_rest(searches: dict[int, LocationSearch], watch: Clock) -> None:
    """Branch where the gap is largest, a slice at a time, until every gap is reached or the time is over."""
    while not watch.over:
        open_ends = {k: s for k, s in searches.items() if s.could_go_on()}
        if not open_ends:
            break
        worst = max(open_ends, key=lambda k: (open_ends[k].result().gap / (1.0 + 0.3 * open_ends[k].slices), -k))
        search = open_ends[worst]
        search.slices += 1
        search.polish_more()
        search.branch(seconds=2.0)
