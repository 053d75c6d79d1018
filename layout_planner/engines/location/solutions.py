"""Good solutions: which sites, who goes where, and which sizes follow from that.

Who goes where is descended and annealed (Kirkpatrick, Gelatt and Vecchi 1983) by shifting one place and swapping two,
the price of a site being the stair of its sizes; too few seats or too few pupils cost a penalty, so that the way may
lead through what is not allowed. Sites are dropped, added and interchanged in the order of an estimate that ignores
seats (Resende and Werneck 2007), each candidate then weighed with seats.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.engines.location.problem import Counts, Sites

TRIALS = 24
"""Interchanges weighed with seats before a set is taken for the best of its neighbours."""


@nb.njit(cache=True)
def site_price(load: float, j: int, sites: Sites, over: float) -> float:
    """Price of an open site at a load, with `over` for each pupil too many or too few."""
    seats, price, least, floor, tau = sites.seats, sites.price, sites.least, sites.floor, sites.tau
    sizes = seats.shape[1]
    o = 0
    while o < sizes and seats[j, o] < load - 1e-6:
        o += 1
    total = price[j, o] if o < sizes else price[j, sizes - 1] + over * (load - seats[j, sizes - 1])
    if load < least[j] - 1e-6:
        total += over * (least[j] - load)
    if load < floor[j]:
        total += tau[j] * (floor[j] - load)
    return total


@nb.njit(cache=True)
def nearest_open(cost: Floats, is_open: Bools, width: int) -> Ints:
    """Give each place's `width` cheapest open sites, ascending; −1 where there are fewer."""
    n, m = cost.shape
    near = np.full((n, width), -1, dtype=np.int64)
    best = np.empty(width)
    for i in range(n):
        best[:] = np.inf
        for j in range(m):
            c = cost[i, j]
            if not is_open[j] or not c < best[width - 1]:
                continue
            at = width - 1
            while at > 0 and best[at - 1] > c:
                best[at] = best[at - 1]
                near[i, at] = near[i, at - 1]
                at -= 1
            best[at] = c
            near[i, at] = j
    return near


@nb.njit(cache=True)
def settle_in(
    cost: Floats, sites: Sites, is_open: Bools, near: Ints, home: Ints, over: float, passes: int | np.int64
) -> float:
    """Send everyone somewhere and descend by shifts; `home` is the start (−1: anywhere) and the result."""
    demand, seats = sites.demand, sites.seats
    n, m = cost.shape
    sizes = seats.shape[1]
    load = np.zeros(m)
    for i in range(n):
        if home[i] >= 0 and (not is_open[home[i]] or not cost[i, home[i]] < np.inf):
            home[i] = -1
        if home[i] >= 0:
            load[home[i]] += demand[i]
    for i in range(n):
        if home[i] >= 0:
            continue
        best, at = np.inf, near[i, 0]
        for k in range(near.shape[1]):
            j = near[i, k]
            if j < 0:
                break
            c = cost[i, j] + over * max(0.0, min(demand[i], load[j] + demand[i] - seats[j, sizes - 1]))
            if c < best:
                best, at = c, j
        if at < 0:
            return np.inf
        home[i] = at
        load[at] += demand[i]
    now = np.zeros(m)
    total = 0.0
    for j in range(m):
        if is_open[j]:
            now[j] = site_price(load[j], j, sites, over)
            total += now[j]
    for _ in range(passes):
        moved = False
        for i in range(n):
            a = home[i]
            without = site_price(load[a] - demand[i], a, sites, over)
            best, at, price_at = -1e-7, -1, 0.0
            for k in range(near.shape[1]):
                b = near[i, k]
                if b < 0:
                    break
                gain = cost[i, b] - cost[i, a] + without - now[a]
                if b == a or gain >= best:
                    continue
                with_it = site_price(load[b] + demand[i], b, sites, over)
                if gain + with_it - now[b] < best:
                    best, at, price_at = gain + with_it - now[b], b, with_it
            if at >= 0:
                home[i] = at
                load[a] -= demand[i]
                load[at] += demand[i]
                total += without - now[a] + price_at - now[at]
                now[a], now[at] = without, price_at
                moved = True
        if not moved:
            break
    for i in range(n):
        total += cost[i, home[i]]
    return total


@nb.njit(cache=True)
def _by_site(demand: Floats, home: Ints, m: int) -> tuple[Floats, Ints, Ints, Ints]:
    """Give each site's load, its places (a row), how many those are, and where each place stands in its row."""
    n = len(home)
    load = np.zeros(m)
    members = np.empty((m, n), dtype=np.int64)
    count = np.zeros(m, dtype=np.int64)
    slot = np.empty(n, dtype=np.int64)
    for i in range(n):
        j = home[i]
        load[j] += demand[i]
        slot[i] = count[j]
        members[j, count[j]] = i
        count[j] += 1
    return load, members, count, slot


@nb.njit(cache=True)
def _priced(cost: Floats, sites: Sites, is_open: Bools, home: Ints, load: Floats, over: float) -> tuple[float, Floats]:
    """Give the value with penalties of who goes where, and what each open site costs with its load."""
    value = 0.0
    for i in range(len(home)):
        value += cost[i, home[i]]
    now = np.zeros(len(load))
    for j in range(len(load)):
        if is_open[j]:
            now[j] = site_price(load[j], j, sites, over)
            value += now[j]
    return value, now


@nb.njit(cache=True)
def anneal(
    cost: Floats, sites: Sites, is_open: Bools, near: Ints, home: Ints, over: float, hot: float, cold: float,
    steps: int, rng: np.random.Generator,
) -> float:  # fmt: skip
    """Anneal who goes where among open sites; `home` is the start and the best met. Gives its value with penalties."""
    demand = sites.demand
    n, m = cost.shape
    load, members, count, slot = _by_site(demand, home, m)
    here = home.copy()
    value, now = _priced(cost, sites, is_open, here, load, over)
    best = value
    heat = hot
    cool = (cold / hot) ** (1.0 / max(steps, 1))
    width = near.shape[1]
    for _ in range(steps):
        heat *= cool
        i = int(rng.random() * n)
        a = here[i]
        b = near[i, int(rng.random() * width)]
        if b < 0 or b == a:
            continue
        other = -1
        if count[b] > 0 and rng.random() < 0.5:
            other = members[b, int(rng.random() * count[b])]
            if not cost[other, a] < np.inf:
                continue
        change = cost[i, b] - cost[i, a]
        shift = demand[i]
        if other >= 0:
            change += cost[other, a] - cost[other, b]
            shift -= demand[other]
        if change > 30.0 * heat + now[a] + now[b]:
            continue
        pa = site_price(load[a] - shift, a, sites, over)
        pb = site_price(load[b] + shift, b, sites, over)
        change += pa - now[a] + pb - now[b]
        if change > 0.0 and rng.random() >= np.exp(-change / heat):
            continue
        value += change
        now[a], now[b] = pa, pb
        load[a] -= shift
        load[b] += shift
        if other >= 0:
            members[a, slot[i]] = other
            members[b, slot[other]] = i
            slot[i], slot[other] = slot[other], slot[i]
            here[other] = a
        else:
            last = members[a, count[a] - 1]
            members[a, slot[i]] = last
            slot[last] = slot[i]
            count[a] -= 1
            slot[i] = count[b]
            members[b, count[b]] = i
            count[b] += 1
        here[i] = b
        if value < best - 1e-9:
            best = value
            home[:] = here
    return best


@nb.njit(cache=True)
def estimate_moves(
    cost: Floats, sites: Sites, state: Ints, is_open: Bools, home: Ints, near: Ints, over: float
) -> tuple[Floats, Floats, Floats]:
    """Estimate what dropping, adding and interchanging sites changes when seats are ignored."""
    demand, seats, least = sites.demand, sites.seats, sites.least
    n, m = cost.shape
    load = np.zeros(m)
    for i in range(n):
        load[home[i]] += demand[i]
    drop = np.full(m, np.inf)
    for j in range(m):
        if is_open[j] and state[j] == 0:
            drop[j] = -site_price(load[j], j, sites, over)
    first = np.empty(n)
    second = np.empty(n)
    for i in range(n):
        j = home[i]
        first[i] = cost[i, j]
        second[i] = first[i] + over * demand[i]  # nowhere else: as dear as a missing seat
        for k in range(near.shape[1]):
            if near[i, k] >= 0 and near[i, k] != j:
                second[i] = cost[i, near[i, k]]
                break
        drop[j] += max(second[i] - first[i], 0.0)
    add = np.full(m, np.inf)
    both = np.zeros((m, m))
    for k in range(m):
        if is_open[k] or state[k] == -1:
            continue
        gain = 0.0
        came = 0.0
        most = seats[k, seats.shape[1] - 1]
        for i in range(n):
            c = cost[i, k]
            if c < first[i] and came + demand[i] <= most:
                gain += first[i] - c
                came += demand[i]
                both[home[i], k] -= max(second[i] - first[i], 0.0)
            elif c < second[i]:
                both[home[i], k] -= second[i] - max(c, first[i])
        add[k] = site_price(max(came, least[k]), k, sites, over) - gain
    return drop, add, both


@nb.njit(cache=True)
def exchange_sites(
    cost: Floats, sites: Sites, counts: Counts, is_open: Bools, home: Ints, over: float, width: int, rounds: int,
    trials: int,
) -> float:  # fmt: skip
    """Drop, add and interchange sites while that helps; `is_open` and `home` are the start and the result.

    No region falls below its least number `low` of counted sites.
    """
    counted, region, low = counts.counted, counts.region, counts.low
    m = cost.shape[1]
    inside = np.zeros(len(low), dtype=np.int64)
    near = nearest_open(cost, is_open, width)
    # Passes are typed: bare numbers have the kernel compiled for each of them.
    value = settle_in(cost, sites, is_open, near, home, over, np.int64(6))
    outs = np.empty(m * m + 2 * m, dtype=np.int64)
    ins = np.empty(m * m + 2 * m, dtype=np.int64)
    guess = np.empty(m * m + 2 * m)
    for _ in range(rounds):
        have = 0
        inside[:] = 0
        for j in range(m):
            if is_open[j] and counted[j]:
                have += 1
                inside[region[j]] += 1
        drop, add, both = estimate_moves(cost, sites, counts.state, is_open, home, near, over)
        number = 0
        for j in range(m + 1):
            if j < m and not drop[j] < np.inf:
                continue
            for k in range(m + 1):
                if (j == m and k == m) or (k < m and not add[k] < np.inf):
                    continue
                change = 0
                if j < m and counted[j]:
                    change -= 1
                if k < m and counted[k]:
                    change += 1
                if not counts.fewest <= have + change <= counts.most:
                    continue
                last = j < m and counted[j] and inside[region[j]] <= low[region[j]]
                if last and (k == m or not counted[k] or region[k] != region[j]):
                    continue
                outs[number], ins[number] = j, k
                guess[number] = (drop[j] if j < m else 0.0) + (add[k] if k < m else 0.0)
                if j < m and k < m:
                    guess[number] += both[j, k]
                number += 1
        order = np.argsort(guess[:number])
        better = False
        for at in range(min(trials, number)):
            j, k = outs[order[at]], ins[order[at]]
            trial_open = is_open.copy()
            if j < m:
                trial_open[j] = False
            if k < m:
                trial_open[k] = True
            trial = home.copy()
            trial_near = nearest_open(cost, trial_open, width)
            found = settle_in(cost, sites, trial_open, trial_near, trial, over, np.int64(4))
            if found < value - 1e-7 * abs(value):
                value = found
                is_open[:] = trial_open
                home[:] = trial
                near = trial_near
                better = True
                break
        if not better:
            break
    return value
