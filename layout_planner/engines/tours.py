"""What tours of vehicles cost at least, by columns: every stop is fetched once, and a tour may forget where it was.

    min  Σ_r c_r x_r      s.t.  Σ_r a_ir x_r ≥ 1  every stop i,   Σ_r x_r ≥ ⌈load / largest vehicle⌉,   x ≥ 0

over all routes r that fit a vehicle and the time and do not turn straight back (2-cycles): more than there are tours,
so that the least cost is a bound. The routes of least reduced cost are found exactly by dynamic programming over the
last stop, the load and the time, which is rounded down. After Christofides, Mingozzi & Toth 1981 (q-routes) and
Baldacci, Christofides & Mingozzi 2008 (columns); cited from memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from layout_planner.base.arrays import Floats, Ints
from layout_planner.solving.kernel import kernel
from layout_planner.solving.mip import Model

STEPS = 1_000_000_000
"""Extensions of a route in one search for routes at most (few of them can be); the time is divided accordingly."""
MOST_SLICES = 240
ROUNDS = 200
"""Searches for routes at most; the bound holds whenever it stops."""
FINE = 1e-7


@dataclass(frozen=True, eq=False)
class TourCase:
    """Vehicles that go out empty to their first stop, fetch what stands at stops, and end at one place.

    Parameters
    ----------
    out
        Cost of the way to each stop as the first one; shape (stops,).
    between
        Cost of the way from stop to stop; shape (stops, stops).
    home
        Cost of the way from each stop to the end; shape (stops,).
    time, last
        Time from being at a stop to being at the next, and at the end; shapes (stops, stops) and (stops,).
    load
        What stands at each stop, whole numbers from 1; shape (stops,).
    fixed
        Cost of the vehicle for a load of 0, 1, 2 … up to the largest; shape (largest + 1,).
    limit
        Time from being at the first stop to being at the end, at most.
    """

    out: Floats
    between: Floats
    home: Floats
    time: Floats
    last: Floats
    load: Ints
    fixed: Floats
    limit: float


class _Way(NamedTuple):
    """A case as the kernel takes it: times in slices, rounded down."""

    out: Floats
    between: Floats
    home: Floats
    time: Ints
    last: Ints
    load: Ints
    fixed: Floats
    slices: int


def bound_tours(case: TourCase, tours: list[tuple[int, ...]]) -> float:
    """Bound what any tours cost that fetch the load of each stop together.

    Parameters
    ----------
    case
        Stops and vehicles; every stop can be fetched alone in time.
    tours
        Tours that are known, to begin from: stops in their order.

    Returns
    -------
    float
        In the unit of the costs. It holds for the least cost of all tours, not only of those given.
    """
    n = len(case.load)
    if not n:
        return 0.0
    way = _sliced(case)
    known = {*tours, *((stop,) for stop in range(n))}
    model = Model("", presolve=False)
    vehicles = np.ceil(case.load.sum() / (len(case.fixed) - 1))
    rows = model.rows(least=np.append(np.ones(n), vehicles))
    _enter(model, case, rows, sorted(known))
    least = float(case.out.min() + case.home.min() + case.fixed.min())
    best = 0.0
    for _ in range(ROUNDS):
        prices = model.solve().prices
        if prices is None:
            break
        price = np.maximum(prices, 0.0)
        reduced, routes = _price(way, price[:n], price[n])
        short = min(reduced, 0.0)
        proved = float(price[:n].sum() + price[n] * vehicles)
        # No route costs less than `least`, and none more than its prices + |short|: so much of the prices is proved.
        best = max(best, proved * (least / (least - short) if least > 0 else float(short == 0)))
        fresh = sorted({route for route in _listed(routes) if route} - known)
        if short >= -FINE * max(1.0, float(price.max())) or not fresh:
            break
        known.update(fresh)
        _enter(model, case, rows, fresh)
    return best


def join_stops(case: TourCase) -> list[tuple[int, ...]]:
    """Begin with a tour a stop, and join end to beginning the two that save most, while any do (Clarke & Wright 1964).

    Every stop can be fetched alone in time; so can what is joined.
    """
    routes: list[tuple[int, ...]] = [(stop,) for stop in range(len(case.load))]
    load = case.load.copy()
    lasts = np.zeros(len(routes))  # from being at the first stop to being at the last
    alive = np.ones(len(routes), dtype=bool)
    while True:
        live = np.flatnonzero(alive)
        first, last = (np.array([routes[k][end] for k in live], dtype=np.intp) for end in (0, -1))
        both = load[live][:, None] + load[live][None, :]
        fits = both < len(case.fixed)
        ride = lasts[live][:, None] + case.time[np.ix_(last, first)] + (lasts[live] + case.last[last])[None, :]
        fits &= ride <= case.limit
        np.fill_diagonal(fits, False)
        if not fits.any():
            break
        saved = case.home[last][:, None] + case.out[first][None, :] - case.between[np.ix_(last, first)]
        saved = saved + case.fixed[load[live]][:, None] + case.fixed[load[live]][None, :]
        saved = np.where(fits, saved - case.fixed[np.where(fits, both, 0)], -np.inf)
        one, two = (int(live[at]) for at in np.unravel_index(int(np.argmax(saved)), saved.shape))
        if saved.max() <= 0:
            break
        lasts[one] += float(case.time[routes[one][-1], routes[two][0]]) + lasts[two]
        routes[one] += routes[two]
        load[one] += load[two]
        alive[two] = False
    return [routes[k] for k in np.flatnonzero(alive)]


def _sliced(case: TourCase) -> _Way:
    """Divide the time into slices, as many as the work allows."""
    n = len(case.load)
    slices = int(np.clip(STEPS // (n * n * len(case.fixed)), 1, MOST_SLICES))
    each = case.limit / slices
    time, last = (np.floor(minutes / each + FINE).astype(np.int64) for minutes in (case.time, case.last))
    return _Way(case.out, case.between, case.home, time, last, case.load, case.fixed, slices)


def _enter(model: Model, case: TourCase, rows: Ints, routes: list[tuple[int, ...]]) -> None:
    stops = np.concatenate([np.asarray(route, dtype=np.intp) for route in routes])
    column = np.repeat(np.arange(len(routes)), [len(route) for route in routes])
    model.columns(
        np.array([_cost(case, route) for route in routes]),
        (rows[stops], column, 1.0),
        (np.full(len(routes), rows[-1]), np.arange(len(routes)), 1.0),
    )


def _cost(case: TourCase, route: tuple[int, ...]) -> float:
    way = np.asarray(route, dtype=np.intp)
    load = int(case.load[way].sum())
    return float(case.out[way[0]] + case.between[way[:-1], way[1:]].sum() + case.home[way[-1]] + case.fixed[load])


def _listed(routes: Ints) -> list[tuple[int, ...]]:
    return [tuple(int(stop) for stop in route if stop >= 0) for route in routes]


@kernel
def _price(way: _Way, price: Floats, each: float) -> tuple[float, Ints]:
    """Find the least reduced cost of all routes, and the best route to each last stop whose reduced cost is negative.

    A route earns the price of each stop it is at, and one for itself.

    A state is (last stop, load, slice); it keeps its best route and the best that came from another stop, so that none
    turns straight back.
    """
    n, most, slices = len(way.load), len(way.fixed) - 1, way.slices
    shape = (2, n, most + 1, slices + 1)
    cost = np.full(shape, np.inf)
    before = np.full(shape, -1, dtype=np.int32)
    rank = np.zeros(shape, dtype=np.int8)
    when = np.zeros(shape, dtype=np.int32)
    for i in range(n):
        if way.load[i] <= most and way.last[i] <= slices:
            cost[0, i, way.load[i], 0] = way.out[i] - price[i]
    for load in range(1, most + 1):
        for i in range(n):
            for at in range(slices + 1):
                if cost[0, i, load, at] == np.inf:
                    continue
                for j in range(n):
                    more, then = load + way.load[j], at + way.time[i, j]
                    if j == i or more > most or then + way.last[j] > slices:
                        continue
                    one = 1 if before[0, i, load, at] == j else 0
                    new = cost[one, i, load, at] + way.between[i, j] - price[j]
                    if new < cost[0, j, more, then]:
                        if before[0, j, more, then] != i:
                            cost[1, j, more, then] = cost[0, j, more, then]
                            before[1, j, more, then] = before[0, j, more, then]
                            rank[1, j, more, then] = rank[0, j, more, then]
                            when[1, j, more, then] = when[0, j, more, then]
                        to = 0
                    elif new < cost[1, j, more, then] and before[0, j, more, then] != i:
                        to = 1
                    else:
                        continue
                    cost[to, j, more, then] = new
                    before[to, j, more, then] = i
                    rank[to, j, more, then] = one
                    when[to, j, more, then] = at
    least, routes = np.inf, np.full((n, most), -1, dtype=np.int64)
    for i in range(n):
        best, load, at = np.inf, 0, 0
        for q in range(1, most + 1):
            for t in range(slices + 1 - way.last[i]):
                whole = cost[0, i, q, t] + way.home[i] + way.fixed[q] - each
                if whole < best:
                    best, load, at = whole, q, t
        least = min(least, best)
        if best < 0:
            stop, one, length = i, 0, 0
            while stop >= 0:
                routes[i, length] = stop
                length += 1
                back, ranked, then = before[one, stop, load, at], rank[one, stop, load, at], when[one, stop, load, at]
                load -= way.load[stop]
                stop, one, at = back, ranked, then
            routes[i, :length] = routes[i, :length][::-1].copy()
    return least, routes
