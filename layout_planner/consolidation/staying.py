"""`moves="stay"`: only pupils of schools that close are sent elsewhere, as an exact price on leaving an open school.

Whose school stays open stays there: x_is ≥ y_s for each unit i of school s. Each such demand is taken into the
objective with a price m_i ≥ 0,

    Σ c_ij x_ij + Σ f_j y_j + … + Σ_i m_i (y_s(i) − x_i,s(i)),

which asks nothing of the solver that it does not know: leaving costs m_i, the school's own price grows by the m_i of
its units, and Σ m_i is taken off as an offset. Of a solution in which all stay the added part is 0, and none that is
allowed has less, so the bound is one of the demand itself, whatever the prices (Lagrangian relaxation).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from layout_planner.base.arrays import Floats, Positions
from layout_planner.engines.location.branching import LocationResult
from layout_planner.engines.location.problem import FREE, OPEN, LocationProblem

DEARER = 8.0
"""Where somebody left an open school all the same, leaving gets so much dearer."""

FARTHER = 5
"""Down to which school, by what it costs a place, the worth of a seat is reckoned."""


@dataclass(frozen=True, eq=False)
class Staying:
    """Who is to stay where.

    Parameters
    ----------
    own
        Units: the column of today's school; −1 for those who have none, or may go anywhere.
    price
        Units: what leaving costs while the school is open.
    """

    own: Positions
    price: Floats

    def hold(self, problem: LocationProblem) -> LocationProblem:
        """Let everyone stay: at schools that stay in any case by leaving no other choice, else by the price."""
        some = np.flatnonzero(self.own >= 0)
        own = self.own[some]
        cost, price = problem.cost.copy(), problem.price.copy()
        held = problem.state[own] == OPEN
        alone = cost[some[held], own[held]]
        cost[some[held]] = np.inf
        cost[some[held], own[held]] = alone
        some, own = some[~held], own[~held]
        here = cost[some, own]
        cost[some] += self.price[some, None]
        cost[some, own] = here
        dearer = np.bincount(own, weights=self.price[some], minlength=problem.sites)
        return problem.with_(
            cost=cost, price=price + dearer[:, None], offset=problem.offset - float(self.price[some].sum())
        )

    def told(self, problem: LocationProblem, result: LocationResult) -> LocationResult:
        """Give a result of `hold(problem)` in yuan of the problem itself: without the prices, which come to nothing."""
        less = self.hold(problem).offset - problem.offset
        proof = result.proof.with_(objective=result.objective + less, bound=result.bound + less)
        return LocationResult(
            result.home, result.is_open, proof, result.nodes, tuple((value + less, each) for value, each in result.sets)
        )

    def leavers(self, result: LocationResult) -> Positions:
        """Name the units that left a school which is open."""
        if result.home is None or result.is_open is None:
            return np.empty(0, dtype=np.int64)
        has = self.own >= 0
        stays_open = np.zeros(len(self.own), dtype=bool)
        stays_open[has] = result.is_open[self.own[has]]
        return np.flatnonzero(stays_open & (result.home != self.own)).astype(np.int64)

    def dearer(self, units: Positions) -> Staying:
        """Raise the price of leaving for some units."""
        price = self.price.copy()
        price[units] *= DEARER
        return replace(self, price=price)


def make_staying(own: Positions, cost: Floats, demand: Floats, price: Floats, state: Positions) -> Staying:
    """Price leaving: above what any way saves, and what seats for those pupils may cost elsewhere.

    Parameters
    ----------
    own
        Units: the column of today's school, −1 for none.
    cost, demand
        Units × columns, units: as in `LocationProblem`.
    price
        Columns × sizes, yuan a year.
    state
        Columns; one that may not be open holds nobody.
    """
    own = np.where((own >= 0) & (state[own] >= FREE), own, -1)
    known = np.where(np.isfinite(cost), cost, np.inf)
    best = known.min(axis=1, initial=np.inf)
    here = known[np.arange(len(own)), np.maximum(own, 0)]
    both = (own >= 0) & np.isfinite(here) & np.isfinite(best)
    saves = np.maximum(np.subtract(here, best, out=np.zeros(len(own)), where=both), 0.0)
    # A seat that somebody leaves is worth what others save by it: the way to a school farther down their list.
    order = np.sort(known, axis=1)
    worse = order[:, min(FARTHER, order.shape[1]) - 1]
    apart = np.subtract(worse, best, out=np.zeros(len(own)), where=np.isfinite(worse) & np.isfinite(best)) / demand
    rent = float(np.quantile(apart, 0.9)) if len(apart) else 0.0
    steps = float(np.diff(np.nan_to_num(price), axis=1).max(initial=0.0)) / max(float(demand.mean()), 1.0)
    return Staying(own.astype(np.int64), saves + (rent + steps) * demand + 1.0)
