"""A plan over the years, with a bound: prices, search, and for what is small the whole program."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from layout_planner.base.arrays import Ints
from layout_planner.base.proof import Ended, Proof
from layout_planner.phasing.horizon.exact import SMALL, Whole, columns_needed
from layout_planner.phasing.horizon.prices import Pricing
from layout_planner.phasing.horizon.problem import Horizon
from layout_planner.phasing.horizon.search import Search
from layout_planner.solving.clock import Clock

UNIT = "yuan"
STEPS, FEW, SHARE = 600, 100, 0.2
"""Steps of the prices before a round of the search, fewer where the problem is small, since the whole program proves
what they leave; and the share of the time they may take: a plan is to be there before the bound is good."""
BEGINNINGS, DRAWN = 3, 60
"""Rounds in which the search begins anew, from the states that the prices choose. Where units are large the search
hardly gets from one good plan to another: there in every other round, from the best of so many drawn ones."""
WHOLE_STEPS = 40
"""And of those that know that units go whole, each dearer."""
SHAKEN = 150
"""Paths forced on buildings at random in each round."""
ROUNDS = 12
Tell = Callable[[float, str], None]


@dataclass(frozen=True, eq=False)
class Course:
    """A plan over the years.

    Parameters
    ----------
    path, home
        States W × B × T; buildings of units W × U × T, −1 for no seat.
    parts
        `problem.PARTS`, discounted yuan.
    proof
        Of their sum.
    rounds
        Rounds of prices and search.
    """

    path: Ints
    home: Ints
    parts: dict[str, float]
    proof: Proof
    rounds: int


def solve_horizon(
    problem: Horizon, *, gap: float, clock: Clock, seed: int = 0, rounds: int = ROUNDS, small: int = SMALL,
    tell: Tell | None = None, start: Ints | None = None,
) -> Course:  # fmt: skip
    """Find a plan and a bound; the best so far when time is over or Ctrl-C is pressed.

    Parameters
    ----------
    rounds
        Of prices and search at most: the same work on every machine.
    small
        Columns up to which the whole program is solved at the end, which proves what it finds.
    tell
        Is told seconds spent and what is reached.
    start
        States of a plan that is known, W × B × T.
    """
    search = Search(problem, seed)
    pricing = Pricing(problem)
    best = (search.cost, *search.copy())
    bound, made, steps = -np.inf, 0, STEPS if columns_needed(problem) > SMALL else FEW
    ended_as: Ended = "searched"
    try:
        if start is not None:
            best = _better(best, search, search.begin(start))
        priced = pricing.begin()
        for made in range(1, rounds + 1):
            priced = pricing.improve(priced, best[0], clock.within(SHARE * clock.limit), steps, gap)
            if pricing.coarse and made > 1:
                priced = pricing.improve(priced, best[0], clock, WHOLE_STEPS, gap, whole=True)
            bound = max(bound, priced.bound)
            if tell is not None:
                tell(clock.spent, _line(best[0], bound))
            if clock.over or best[0] - bound <= gap * abs(best[0]):
                break
            begun = best
            if made % 2 if pricing.coarse else made <= BEGINNINGS:
                drawn: Iterable[Ints] = search.draw(priced, clock, DRAWN) if pricing.coarse else ()
                begun = _begun(search, (priced.path, *drawn)) or best
                best = min(best, begun, key=_cost)
            search.restore(*(begun if pricing.coarse else best)[1:])
            kept = search.sweep(pricing, priced, clock)
            search.exchange()
            kept += search.shake(pricing, priced, clock, SHAKEN)
            before = best[0]
            best = _better(best, search, search.recount())
            if tell is not None:
                tell(clock.spent, _line(best[0], bound))
            if best[0] - bound <= gap * abs(best[0]):
                break
            if not kept and before - best[0] <= 1e-6 * abs(before) and made > 3:
                break
        if best[0] - bound > gap * abs(best[0]) and not clock.over and columns_needed(problem) <= small:
            proof, path, home = Whole(problem).solve(gap, clock)
            bound = max(bound, proof.bound)
            if path is not None and home is not None:
                cost = sum(problem.cost(path, home).values())
                if cost < best[0] and not problem.faults(path, home):
                    best = (cost, path, home)
        ended_as = "time" if clock.over else "searched"
    except KeyboardInterrupt:
        ended_as = "interrupted"
    parts = problem.cost(best[1], best[2])
    proof = Proof.within(gap, sum(parts.values()), bound, UNIT, otherwise=ended_as)
    return Course(best[1], best[2], parts, proof, made)


def _cost(plan: tuple[float, Ints, Ints]) -> float:
    return plan[0]


def _begun(search: Search, paths: Iterable[Ints]) -> tuple[float, Ints, Ints] | None:
    """Begin from each of some states that a year's limits allow; give the cheapest plan."""
    best = None
    for path in paths:
        if _within(search.problem, path):
            cost = search.begin(path)
            if best is None or cost < best[0]:
                best = (cost, *search.copy())
    return best


def _better(best: tuple[float, Ints, Ints], search: Search, cost: float) -> tuple[float, Ints, Ints]:
    p = search.problem
    if cost < best[0] - 1e-9 * abs(best[0]) and _within(p, search.now.path):
        return (cost, *search.copy())
    return best


def _within(problem: Horizon, path: Ints) -> bool:
    """Tell whether a plan keeps what a year may hold."""
    closures, paid = problem.acts(path)
    return bool((closures <= problem.closures + 1e-9).all() and (paid <= problem.budget + 1e-6).all())


def _line(cost: float, bound: float) -> str:
    gap = (cost - bound) / abs(cost) if cost else 0.0
    return f"{cost / 1e6:,.1f} | {bound / 1e6:,.1f} ({gap:.2%})"
