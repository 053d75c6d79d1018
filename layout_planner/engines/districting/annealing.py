"""The kernels of the local search: districts are grown, then annealed; they stay connected at every step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from layout_planner.base.arrays import Floats, Ints, Words
from layout_planner.engines.districting.costs import shaped_cost
from layout_planner.engines.districting.problem import Costs, Ground
from layout_planner.solving.chance import below, uniform
from layout_planner.solving.kernel import kernel


@kernel
def grow(
    indptr: Ints, indices: Ints, size: Floats, seeds: Ints, preference: Floats, compact: float, noise: Floats
) -> Ints:
    """Grow districts from seeds: the lightest takes the neighbour it likes best, until all within reach is taken.

    Parameters
    ----------
    size
        What the districts are balanced by, one a unit.
    seeds
        First unit of each district.
    preference
        Cost of a unit in a district, shape (units, districts).
    compact
        What each neighbour already inside takes off the cost.
    noise
        Added to the cost; one a unit.
    """
    n = len(indptr) - 1
    k = len(seeds)
    of = np.full(n, -1, dtype=np.int64)
    load = np.zeros(k)
    stuck = np.zeros(k, dtype=np.bool_)
    for d in range(k):
        of[seeds[d]] = d
        load[d] = size[seeds[d]]
    # The rim of a district: units without a district that touch it, kept as lists with repeats weeded when met.
    rim = np.empty((k, len(indices) + 1), dtype=np.int64)
    length = np.zeros(k, dtype=np.int64)
    for d in range(k):
        for e in range(indptr[seeds[d]], indptr[seeds[d] + 1]):
            rim[d, length[d]] = indices[e]
            length[d] += 1
    while True:
        d = -1
        for c in range(k):
            if not stuck[c] and (d < 0 or load[c] < load[d]):
                d = c
        if d < 0:
            return of
        best = -1
        least = np.inf
        kept = 0
        for i in range(length[d]):
            u = rim[d, i]
            if of[u] >= 0:
                continue
            rim[d, kept] = u
            kept += 1
            value = preference[u, d] + noise[u]
            for e in range(indptr[u], indptr[u + 1]):
                if of[indices[e]] == d:
                    value -= compact
            if value < least:
                best, least = u, value
        length[d] = kept
        if best < 0:
            stuck[d] = True
            continue
        of[best] = d
        load[d] += size[best]
        for e in range(indptr[best], indptr[best + 1]):
            if of[indices[e]] < 0 and length[d] < rim.shape[1]:
                rim[d, length[d]] = indices[e]
                length[d] += 1


@kernel
def stays_connected(indptr: Ints, indices: Ints, of: Ints, u: int, stamp: Ints, mark: int, queue: Ints) -> bool:
    """Tell whether the district of a unit stays in one piece when the unit leaves.

    Parameters
    ----------
    stamp, mark, queue
        Scratch: stamps below `mark` count as unseen.
    """
    d = of[u]
    first = -1
    wanted = 0
    for e in range(indptr[u], indptr[u + 1]):
        if of[indices[e]] == d:
            if first < 0:
                first = indices[e]
            else:
                wanted += 1
    if first < 0:
        return False  # the unit is the whole district
    if wanted == 0:
        return True
    stamp[u] = mark
    stamp[first] = mark
    queue[0] = first
    head = 0
    tail = 1
    while head < tail:
        here = queue[head]
        head += 1
        for e in range(indptr[here], indptr[here + 1]):
            v = indices[e]
            if of[v] != d or stamp[v] == mark:
                continue
            stamp[v] = mark
            for f in range(indptr[v], indptr[v + 1]):
                if indices[f] == u:
                    wanted -= 1
                    if wanted == 0:
                        return True
                    break
            queue[tail] = v
            tail += 1
    return False


@kernel
def _excess(load: Ints, low: Ints, high: Ints) -> float:
    total = 0.0
    for r in range(len(load)):
        middle = 0.5 * (low[r] + high[r])
        if load[r] > high[r]:
            total += (load[r] - high[r]) / max(middle, 1.0)
        elif load[r] < low[r]:
            total += (low[r] - load[r]) / max(middle, 1.0)
    return total


@kernel
def _touch(indptr: Ints, indices: Ints, of: Ints, border: Floats, u: int, d: int) -> float:
    """Sum the border costs between a unit and a district."""
    total = 0.0
    for e in range(indptr[u], indptr[u + 1]):
        if of[indices[e]] == d:
            total += border[e]
    return total


class Division(NamedTuple):
    """A plan as the kernels change it: the district of each unit, the lead of each district."""

    of: Ints
    lead_of: Ints


class Schedule(NamedTuple):
    """How the whole run cools: temperature at its first and last step, price of one unit of excess at the last step."""

    hot: float
    cold: float
    penalty: float
    """It grows from a twentieth of that."""
    steps: int


class _Tally(NamedTuple):
    """What follows from a division: one row or number a district, and who holds each lead, −1 for nobody."""

    load: Ints
    s: Floats
    line: Floats
    """All but the shapes."""
    value: Floats
    over: Floats
    number: Ints
    holder: Ints


@kernel
def _tally(ground: Ground, costs: Costs, now: Division) -> _Tally:
    """Add up what each district weighs and costs."""
    of, lead_of, indptr, indices = now.of, now.lead_of, ground.indptr, ground.indices
    k = len(lead_of)
    rows = len(ground.weights)
    m = len(costs.sums)
    load = np.zeros((k, rows), dtype=np.int64)
    s = np.zeros((k, m))
    line = np.zeros(k)
    value = np.zeros(k)
    over = np.zeros(k)
    number = np.zeros(k, dtype=np.int64)
    holder = np.full(len(costs.lead), -1, dtype=np.int64)
    for d in range(k):
        holder[lead_of[d]] = d
        for r in range(rows):
            load[d, r] = ground.lead_weights[r, lead_of[d]]
        for a in range(m):
            s[d, a] = costs.lead_sums[a, lead_of[d]]
        line[d] = costs.lead[lead_of[d]]
    for u in range(len(of)):
        d = of[u]
        number[d] += 1
        for r in range(rows):
            load[d, r] += ground.weights[r, u]
        for a in range(m):
            s[d, a] += costs.sums[a, u]
        line[d] += costs.linear[u, lead_of[d]]
        for e in range(indptr[u], indptr[u + 1]):
            if indices[e] > u and of[indices[e]] == d:
                line[d] += costs.border[e]
    for d in range(k):
        value[d] = line[d] + shaped_cost(s[d], costs)
        over[d] = _excess(load[d], ground.low, ground.high)
    return _Tally(load, s, line, value, over, number, holder)


@kernel
def _swap_leads(
    ground: Ground, costs: Costs, mode: int, now: Division, tally: _Tally, heat: float, price: float, state: Words
) -> tuple[bool, float, float]:
    """Try another lead for a district; who had it takes the old one. Gives whether, and what cost and excess change."""
    of, lead_of, linear = now.of, now.lead_of, costs.linear
    leads = len(tally.holder)
    d = below(state, len(lead_of))
    new = below(state, leads)
    old = lead_of[d]
    e = tally.holder[new]
    if new == old or (mode == 1 and of[ground.homes[new]] != d):
        return False, 0.0, 0.0
    line_d = tally.line[d] - costs.lead[old] + costs.lead[new]
    line_e = 0.0
    if e >= 0:
        line_e = tally.line[e] - costs.lead[new] + costs.lead[old]
    for u in range(len(of)):
        if of[u] == d:
            line_d += linear[u, new] - linear[u, old]
        elif e >= 0 and of[u] == e:
            line_e += linear[u, old] - linear[u, new]
    rows = len(ground.weights)
    m = len(costs.sums)
    s_d, s_e = np.empty(m), np.empty(m)
    w_d, w_e = np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.int64)
    for a in range(m):
        s_d[a] = tally.s[d, a] + costs.lead_sums[a, new] - costs.lead_sums[a, old]
    for r in range(rows):
        w_d[r] = tally.load[d, r] + ground.lead_weights[r, new] - ground.lead_weights[r, old]
    value_d = line_d + shaped_cost(s_d, costs)
    over_d = _excess(w_d, ground.low, ground.high)
    change = value_d - tally.value[d]
    change_over = over_d - tally.over[d]
    value_e = 0.0
    over_e = 0.0
    if e >= 0:
        for a in range(m):
            s_e[a] = tally.s[e, a] + costs.lead_sums[a, old] - costs.lead_sums[a, new]
        for r in range(rows):
            w_e[r] = tally.load[e, r] + ground.lead_weights[r, old] - ground.lead_weights[r, new]
        value_e = line_e + shaped_cost(s_e, costs)
        over_e = _excess(w_e, ground.low, ground.high)
        change += value_e - tally.value[e]
        change_over += over_e - tally.over[e]
    delta = change + price * change_over
    if delta > 0 and uniform(state) >= np.exp(-delta / heat):
        return False, 0.0, 0.0
    lead_of[d] = new
    tally.holder[new] = d
    tally.holder[old] = e
    tally.line[d], tally.value[d], tally.over[d] = line_d, value_d, over_d
    tally.s[d] = s_d
    tally.load[d] = w_d
    if e >= 0:
        lead_of[e] = old
        tally.line[e], tally.value[e], tally.over[e] = line_e, value_e, over_e
        tally.s[e] = s_e
        tally.load[e] = w_e
    return True, change, change_over


@kernel
def anneal(
    ground: Ground,
    costs: Costs,
    mode: int,
    now: Division,
    best: Division,
    reached: Floats,
    schedule: Schedule,
    part: tuple[int, int],
    state: Words,
) -> tuple[float, float]:
    """Anneal from a plan, in place: shift a unit to a neighbouring district, exchange two units, exchange two leads.

    Parameters
    ----------
    mode
        0 without leads, 1 the lead is a member, 2 detached.
    now
        The plan; every district connected. Changed in place.
    best, reached
        The best plan so far, and (cost, excess) of it; changed in place. Less excess is better, then less cost.
    part
        The first step of the schedule that this call does, and how many it does.
    state
        See `chance`.

    Returns
    -------
    float, float
        Cost and excess of the plan at the end.

    References
    ----------
    Kirkpatrick, Gelatt and Vecchi 1983, Optimization by simulated annealing.
    """
    # A step takes less time than handing these arrays to another kernel would: shifts and exchanges stay in the loop.
    of, lead_of, indptr, indices = now.of, now.lead_of, ground.indptr, ground.indices
    weights, low, high = ground.weights, ground.low, ground.high
    linear, border, sums = costs.linear, costs.border, costs.sums
    tally = _tally(ground, costs, now)
    load, s, line, value, over, number = tally.load, tally.s, tally.line, tally.value, tally.over, tally.number
    n = len(of)
    k, rows = load.shape
    m = len(sums)
    leads = len(tally.holder)
    home_of = np.full(n, -1, dtype=np.int64)
    if mode == 1:
        for i in range(leads):
            home_of[ground.homes[i]] = i
    cost = 0.0
    excess = 0.0
    for d in range(k):
        cost += value[d]
        excess += over[d]
    stamp = np.zeros(n, dtype=np.int64)
    queue = np.empty(n, dtype=np.int64)
    mark = 0
    s_d, s_e = np.empty(m), np.empty(m)
    w_d, w_e = np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.int64)
    for step in range(part[0], part[0] + part[1]):
        heat = schedule.hot * (schedule.cold / schedule.hot) ** (step / schedule.steps)
        price = schedule.penalty * (0.05 + 0.95 * step / schedule.steps)
        choice = uniform(state)
        if k > 1 and choice < 0.03 and (mode == 2 or (mode == 1 and leads > k)):
            taken, change, change_over = _swap_leads(ground, costs, mode, now, tally, heat, price, state)
            if not taken:
                continue
            cost += change
            excess += change_over
        else:
            u = below(state, n)
            degree = indptr[u + 1] - indptr[u]
            if degree == 0:
                continue
            d = of[u]
            e = of[indices[indptr[u] + below(state, degree)]]
            if e == d or (mode == 1 and home_of[u] >= 0 and lead_of[d] == home_of[u]):
                continue
            v = -1
            if choice > 0.6:  # an exchange: v, of district e, reached by a short walk, comes back
                v = u
                for _ in range(1 + below(state, 4)):
                    v = indices[indptr[v] + below(state, indptr[v + 1] - indptr[v])]
                if of[v] != e or (mode == 1 and home_of[v] >= 0 and lead_of[e] == home_of[v]):
                    continue
            elif number[d] == 1:
                continue
            # Sums first: connectivity is looked at only for moves that would be taken.
            gone = _touch(indptr, indices, of, border, u, d)
            come = _touch(indptr, indices, of, border, u, e)
            line_d = line[d] - linear[u, lead_of[d]] - gone
            line_e = line[e] + linear[u, lead_of[e]] + come
            for a in range(m):
                s_d[a] = s[d, a] - sums[a, u]
                s_e[a] = s[e, a] + sums[a, u]
            for r in range(rows):
                w_d[r] = load[d, r] - weights[r, u]
                w_e[r] = load[e, r] + weights[r, u]
            if v >= 0:
                of[u] = e
                gone = _touch(indptr, indices, of, border, v, e)
                come = _touch(indptr, indices, of, border, v, d)
                of[u] = d
                line_e -= linear[v, lead_of[e]] + gone
                line_d += linear[v, lead_of[d]] + come
                for a in range(m):
                    s_d[a] += sums[a, v]
                    s_e[a] -= sums[a, v]
                for r in range(rows):
                    w_d[r] += weights[r, v]
                    w_e[r] -= weights[r, v]
            over_d = _excess(w_d, low, high)
            over_e = _excess(w_e, low, high)
            value_d = line_d + shaped_cost(s_d, costs)
            value_e = line_e + shaped_cost(s_e, costs)
            change = value_d + value_e - value[d] - value[e]
            change_over = over_d + over_e - over[d] - over[e]
            delta = change + price * change_over
            if delta > 0 and uniform(state) >= np.exp(-delta / heat):
                continue
            mark += 1
            if number[d] > 1 and not stays_connected(indptr, indices, of, u, stamp, mark, queue):
                continue
            if v >= 0:
                if number[d] == 1:
                    continue
                of[u] = e
                mark += 1
                touches = False
                for f in range(indptr[v], indptr[v + 1]):
                    if of[indices[f]] == d:
                        touches = True
                if not touches or not stays_connected(indptr, indices, of, v, stamp, mark, queue):
                    of[u] = d
                    continue
                of[v] = d
            else:
                of[u] = e
                number[d] -= 1
                number[e] += 1
            line[d], value[d], over[d] = line_d, value_d, over_d
            line[e], value[e], over[e] = line_e, value_e, over_e
            s[d] = s_d
            s[e] = s_e
            load[d] = w_d
            load[e] = w_e
            cost += change
            excess += change_over
        clean = 0.0 if excess < 1e-9 else excess
        if clean < reached[1] - 1e-12 or (clean <= reached[1] and cost < reached[0] - 1e-12):
            reached[0], reached[1] = cost, clean
            best.of[:] = of
            best.lead_of[:] = lead_of
    return cost, excess
