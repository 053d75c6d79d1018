"""Lower bounds by Lagrangian relaxation of "every place has one school", and what they prove.

    L(λ) = Σ λ_i + min over the counts allowed of Σ_j ρ_j(λ),
    ρ_j  = min over sizes o and fills x of site j:  f_jo + Σ_i (c_ij − λ_i) x_i + τ_j max(0, g_j − Σ d_i x_i)

(Cornuejols, Fisher and Nemhauser 1977; for seats: Pirkul 1987.) A fill is a knapsack: exact by dynamic programming
where demands are small whole numbers, else with one place divided, which only lowers the bound. λ is raised by
subgradient steps (Held, Wolfe and Crowder 1974). One λ bounds every number of open sites at once, which is what a
frontier needs. A site whose forced opening or closing lifts L above the best known is settled; so is a pair.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.engines.location.problem import Counts, Sites


@nb.njit(cache=True)
def _in_question(ways: Floats, demand: Floats, lam: Floats, j: int, limit: float, items: Ints, ratio: Floats) -> int:
    """List the places whose reduced cost a pupil at site j is below a limit; how many there are."""
    count = 0
    for i in range(len(lam)):
        d = ways[j, i] - lam[i]
        if d < (limit * demand[i] if limit > 0.0 else 0.0) and d < np.inf:
            items[count] = i
            ratio[count] = d / demand[i]
            count += 1
    return count


@nb.njit(cache=True)
def fill_divided(ways: Floats, sites: Sites, lam: Floats, j: int, take: Floats) -> float:
    """Fill site j in the order of reduced cost a pupil; the last place may be divided. Writes x into `take` (n,).

    `ways` is the cost, m × n, in the order the loops run.
    """
    demand, seats, price = sites.demand, sites.seats, sites.price
    floor, tau = sites.floor[j], sites.tau[j]
    n = ways.shape[1]
    last = seats[j, seats.shape[1] - 1]
    take[:] = 0.0
    forced = max(sites.least[j], 0.0)
    if forced > last:
        return np.inf
    # Below the floor a pupil saves τ; below the least load he must come, whatever he costs.
    limit = np.inf if forced > 0.0 else (tau if floor > 0.0 else 0.0)
    items = np.empty(n, dtype=np.int64)
    ratio = np.empty(n)
    count = _in_question(ways, demand, lam, j, limit, items, ratio)
    order = np.argsort(ratio[:count])
    best = np.inf
    best_load = 0.0
    load = 0.0
    value = tau * floor
    size = 0
    sizes = seats.shape[1]
    if forced <= 1e-9:
        best = value + price[j, 0]
    at = 0
    left = demand[items[order[0]]] if count > 0 else 0.0
    # Walk along the fill; stop at places' ends, at sizes, at the floor and at the least load. Between stops the value
    # is linear, so the best load is a stop.
    while at < count:
        r = ratio[order[at]]
        slope = r - (tau if load < floor - 1e-9 else 0.0)
        if slope >= 0.0 and load >= forced - 1e-9:
            break
        while size < sizes and seats[j, size] <= load + 1e-9:
            size += 1
        if size >= sizes:
            break
        step = min(left, seats[j, size] - load)
        if load < floor - 1e-9:
            step = min(step, floor - load)
        if load < forced - 1e-9:
            step = min(step, forced - load)
        value += slope * step
        load += step
        left -= step
        if load >= forced - 1e-9 and value + price[j, size] < best:
            best = value + price[j, size]
            best_load = load
        if left <= 1e-9:
            at += 1
            if at < count:
                left = demand[items[order[at]]]
    if not best < np.inf:
        return np.inf
    _take(items, order, demand, best_load, take)
    return best


@nb.njit(cache=True)
def _take(items: Ints, order: Ints, demand: Floats, most: float, take: Floats) -> None:
    """Take the places in order up to a load; the last may be divided."""
    load = 0.0
    for k in range(len(order)):
        i = items[order[k]]
        part = min(demand[i], most - load)
        if part <= 1e-9:
            break
        take[i] = part / demand[i]
        load += part


@nb.njit(cache=True)
def fill_whole(ways: Floats, sites: Sites, lam: Floats, j: int, take: Floats, table: Floats, width: int) -> float:
    """Fill site j with whole places, exactly; `table[q]` is left holding the least Σ of a fill of exactly q seats."""
    demand, seats, price, least = sites.demand, sites.seats, sites.price, sites.least[j]
    n = ways.shape[1]
    take[:] = 0.0
    table[: width + 1] = np.inf
    table[0] = 0.0
    items = np.empty(n, dtype=np.int64)
    count = 0
    for i in range(n):
        d = ways[j, i] - lam[i]
        if demand[i] <= width and (d < 0.0 or (least > 0.0 and d < np.inf)):
            items[count] = i
            count += 1
    took = np.zeros((count, width + 1), dtype=np.bool_)
    reach = 0
    for k in range(count):
        i = items[k]
        d = int(demand[i])
        gain = ways[j, i] - lam[i]
        reach = min(reach + d, width)
        for q in range(reach, d - 1, -1):
            v = table[q - d] + gain
            if v < table[q]:
                table[q] = v
                took[k, q] = True
    best, at = np.inf, 0
    o = 0
    for q in range(int(np.ceil(least - 1e-9)), width + 1):
        while o < seats.shape[1] and seats[j, o] < q - 1e-9:
            o += 1
        if o == seats.shape[1]:
            break
        if price[j, o] + table[q] < best:
            best, at = price[j, o] + table[q], q
    if best < np.inf:
        for k in range(count - 1, -1, -1):
            if took[k, at]:
                i = items[k]
                take[i] = 1.0
                at -= int(demand[i])
    return best


@nb.njit(cache=True)
def choose(rho: Floats, counts: Counts, chosen: Bools) -> float:
    """Choose sites of least Σ ρ under the counts; writes `chosen`, gives the sum (inf where no choice is left).

    Sets with so many sites of each region and so many in all form an M-convex family: taking the best by region up to
    its least number, then the best anywhere up to the greatest, is optimal.
    """
    state, counted, fewest, most = counts.state, counts.counted, counts.fewest, counts.most
    region, low, high = counts.region, counts.low, counts.high
    m = len(rho)
    total = 0.0
    have = 0
    spare = 0
    inside = np.zeros(len(low), dtype=np.int64)
    for j in range(m):
        chosen[j] = False
        if state[j] == 1 or (not counted[j] and state[j] == 0 and rho[j] < 0.0):
            chosen[j] = True
            total += rho[j]
            if counted[j]:
                have += 1
                inside[region[j]] += 1
        elif counted[j] and state[j] == 0:
            spare += 1
    if have > most or have + spare < fewest:
        return np.inf
    order = np.argsort(rho)
    for k in range(m):
        j = order[k]
        if not chosen[j] and state[j] == 0 and counted[j] and inside[region[j]] < low[region[j]]:
            chosen[j] = True
            total += rho[j]
            have += 1
            inside[region[j]] += 1
    for k in range(m):
        j = order[k]
        if chosen[j] or state[j] != 0 or not counted[j] or inside[region[j]] >= high[region[j]]:
            continue
        if have < fewest or (have < most and rho[j] < 0.0):
            chosen[j] = True
            total += rho[j]
            have += 1
            inside[region[j]] += 1
    fits = fewest <= have <= most
    for r in range(len(low)):
        fits = fits and low[r] <= inside[r] <= high[r]
    return total if fits else np.inf


@nb.njit(cache=True)
def bounds_by_count(base: float, rho: Floats, counts: Counts, bounds: Floats) -> None:
    """Raise `bounds[k]`, the bound when exactly k counted sites are open, by what this λ proves."""
    state, counted = counts.state, counts.counted
    m = len(rho)
    have = 0
    total = base
    for j in range(m):
        if state[j] == 1:
            total += rho[j]
            if counted[j]:
                have += 1
        elif state[j] == 0 and not counted[j] and rho[j] < 0.0:
            total += rho[j]
    order = np.argsort(rho)
    if total > bounds[have]:
        bounds[have] = total
    for k in range(m):
        j = order[k]
        if state[j] == 0 and counted[j]:
            have += 1
            total += rho[j]
            if total > bounds[have]:
                bounds[have] = total


class Aim(NamedTuple):
    """How a bound is raised."""

    best: float
    """The best known objective: where the steps aim."""
    slack: float
    """No solution above best − slack is of interest."""
    steps: int
    pace: float
    """Length of the first step, as a share of Polyak's; 1.5 from afar, less near the end."""
    settle: bool
    """Close and open for good what no solution below best − slack can have otherwise."""


class Gain(NamedTuple):
    """What raising a bound tells beside it; all arrays are changed in place."""

    bounds: Floats
    """m + 1: the bound for each number of counted open sites; with `settle` only for solutions better than `best`."""
    sets: Bools
    values: Floats
    """Up to so many open sets of the best λs met, and their L, for the search above."""
    shares: Floats
    """m: how often each site was chosen, later steps counting more. Near 0 or 1 where the relaxation is of one mind."""


@nb.njit(cache=True)
def _fill_all(
    ways: Floats, sites: Sites, state: Ints, lam: Floats, width: int, rho: Floats, take: Floats, table: Floats
) -> None:
    """Fill every site that is not closed; writes `rho` (m,) and `take` (m × n); `table` has a row a site, or one."""
    rows = len(table)
    for j in range(len(rho)):
        if state[j] == -1:
            rho[j] = np.inf
        elif width > 0:
            rho[j] = fill_whole(ways, sites, lam, j, take[j], table[j % rows], width)
        else:
            rho[j] = fill_divided(ways, sites, lam, j, take[j])


@nb.njit(cache=True)
def _turn(take: Floats, chosen: Bools, got: Floats, grad: Floats, previous: Floats) -> float:
    """Turn the direction `grad` towards the places that lack a school; gives the square of its length."""
    n = len(grad)
    norm = 0.0
    got[:] = 0.0
    for j in range(len(chosen)):
        if chosen[j]:
            for i in range(n):
                got[i] += take[j, i]
    for i in range(n):
        grad[i] = 0.7 * (1.0 - got[i]) + 0.3 * previous[i]
        previous[i] = grad[i]
        norm += grad[i] * grad[i]
    return norm


@nb.njit(cache=True)
def raise_bound(
    ways: Floats, sites: Sites, counts: Counts, lam: Floats, width: int, aim: Aim, gain: Gain
) -> tuple[float, Floats, int]:
    """Raise L(λ) by subgradient steps; the state of `counts` gains what reduced costs prove.

    Parameters
    ----------
    width
        Seats up to which fills are exact (0: divided fills).

    Returns
    -------
    tuple
        The bound, its λ, and how many sets were written.
    """
    best, shares = aim.best, gain.shares
    m, n = ways.shape
    lam = lam.copy()
    lam_best = lam.copy()
    bound = -np.inf
    rho = np.empty(m)
    grad = np.empty(n)
    previous = np.zeros(n)
    got = np.empty(n)
    chosen = np.zeros(m, dtype=np.bool_)
    take = np.empty((m, n))
    table = np.empty((1, width + 1))
    pace = aim.pace
    limit = best - aim.slack
    stale = 0
    kept = 0
    for _ in range(aim.steps):
        base = lam.sum()
        _fill_all(ways, sites, counts.state, lam, width, rho, take, table)
        value = base + choose(rho, counts, chosen)
        if not value < np.inf:
            return np.inf, lam_best, kept
        for j in range(m):
            shares[j] += 0.03 * ((1.0 if chosen[j] else 0.0) - shares[j])
        bounds_by_count(base, rho, counts, gain.bounds)
        if value > bound + 1e-5 * abs(bound) or bound == -np.inf:
            stale = 0
        else:
            stale += 1
        if value > bound:
            bound = value
            lam_best[:] = lam
        kept = _keep_set(chosen, value, gain.sets, gain.values, kept)
        if aim.settle and best < np.inf:
            _settle(rho, counts, chosen, value, limit)
        if bound >= limit:
            break
        norm = _turn(take, chosen, got, grad, previous)
        if norm < 1e-12:
            break
        if stale >= 20:
            pace *= 0.6
            stale = 0
            lam[:] = lam_best
            previous[:] = 0.0
            if pace < 0.005:
                break
        goal = best * 1.01 if best < np.inf else bound + 0.05 * abs(bound) + 1.0
        length = pace * max(goal - value, 1e-6 * abs(value)) / norm
        for i in range(n):
            lam[i] += length * grad[i]
    return bound, lam_best, kept


@nb.njit(cache=True)
def _keep_set(chosen: Bools, value: float, sets: Bools, values: Floats, kept: int) -> int:
    """Remember an open set among the best, each once."""
    room = len(values)
    for k in range(kept):
        if (sets[k] == chosen).all():
            values[k] = max(values[k], value)
            return kept
    if kept < room:
        sets[kept] = chosen
        values[kept] = value
        return kept + 1
    worst = np.argmin(values)
    if value > values[worst]:
        sets[worst] = chosen
        values[worst] = value
    return kept


@nb.njit(cache=True)
def _settle(rho: Floats, counts: Counts, chosen: Bools, value: float, limit: float) -> None:
    """Close or open for good the sites whose other choice would lift the bound to the limit."""
    state, counted, fewest, most = counts.state, counts.counted, counts.fewest, counts.most
    m = len(rho)
    have = 0
    dearest_in, cheapest_out = -np.inf, np.inf
    for j in range(m):
        if chosen[j] and counted[j]:
            have += 1
    for j in range(m):
        if state[j] == 0 and counted[j]:
            if chosen[j]:
                dearest_in = max(dearest_in, rho[j])
            else:
                cheapest_out = min(cheapest_out, rho[j])
    for j in range(m):
        if state[j] != 0:
            continue
        if chosen[j]:
            # Without j: another one must come in where the count asks for it.
            instead = 0.0
            if counted[j] and have <= fewest:
                instead = cheapest_out
            elif counted[j]:
                instead = min(0.0, cheapest_out)
            if value - rho[j] + instead >= limit:
                state[j] = 1
        else:
            out = 0.0
            if counted[j] and have >= most:
                out = dearest_in
            elif counted[j] and have + 1 > fewest:
                out = max(0.0, dearest_in) if dearest_in > -np.inf else 0.0
            if value + rho[j] - out >= limit:
                state[j] = -1


@nb.njit(cache=True)
def pair_bounds(ways: Floats, sites: Sites, counts: Counts, lam: Floats, width: int) -> tuple[Floats, float]:
    """Give for every pair a bound on solutions that use it, n × m, and L(λ)."""
    demand, seats, price, least = sites.demand, sites.seats, sites.price, sites.least
    floor, tau, state, counted = sites.floor, sites.tau, counts.state, counts.counted
    m, n = ways.shape
    rho = np.empty(m)
    take = np.empty((m, n))
    table = np.empty((m, width + 1))
    chosen = np.zeros(m, dtype=np.bool_)
    _fill_all(ways, sites, state, lam, width, rho, take, table)
    value = lam.sum() + choose(rho, counts, chosen)
    have = 0
    dearest_in = -np.inf
    for j in range(m):
        if chosen[j] and counted[j]:
            have += 1
            if state[j] == 0:
                dearest_in = max(dearest_in, rho[j])
    out = np.full((n, m), np.inf)
    for j in range(m):
        if state[j] == -1 or not rho[j] < np.inf:
            continue
        opening = 0.0
        if not chosen[j]:
            leaves = 0.0
            if counted[j] and have >= counts.most:
                leaves = dearest_in
            elif counted[j] and have + 1 > counts.fewest:
                leaves = max(0.0, dearest_in) if dearest_in > -np.inf else 0.0
            opening = rho[j] - leaves
        for i in range(n):
            d = ways[j, i] - lam[i]
            if not ways[j, i] < np.inf:
                continue
            extra = 0.0
            if width > 0:
                forced = np.inf
                need = int(demand[i])
                o = 0
                for q in range(max(need, int(np.ceil(least[j] - 1e-9))), width + 1):
                    while o < seats.shape[1] and seats[j, o] < q - 1e-9:
                        o += 1
                    if o == seats.shape[1]:
                        break
                    # For a place the fill uses anyway this may count it twice, which only lowers the bound.
                    forced = min(forced, price[j, o] + table[j, q - need] + d)
                extra = max(forced - rho[j], 0.0)
            elif d > 0.0:
                # Pupils of a place forced in push out others or pay for a seat: at least their own reduced cost less
                # what they may save on the floor.
                extra = max(0.0, d - (tau[j] * demand[i] if floor[j] > 0.0 else 0.0) - _forced_saving(least[j], rho, j))
            out[i, j] = value + opening + extra
    return out, value


@nb.njit(cache=True)
def _forced_saving(least: float, rho: Floats, j: int) -> float:
    """Below a least load a forced place may replace a dearer one: no bound is claimed then."""
    return np.inf if least > 0.0 else 0.0
