"""The kernels of the local search: districts are grown, then annealed; they stay connected at every step."""

from __future__ import annotations

import numpy as np

from layout_planner.base.arrays import Floats, Ints, Words
from layout_planner.engines.chance import below, uniform
from layout_planner.engines.districting.costing import shaped_cost
from layout_planner.engines.kernel import kernel


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


@kernel
def anneal(
    indptr: Ints,
    indices: Ints,
    weights: Ints,
    low: Ints,
    high: Ints,
    homes: Ints,
    lead_weights: Ints,
    mode: int,
    linear: Floats,
    lead_cost: Floats,
    border: Floats,
    sums: Floats,
    lead_sums: Floats,
    kind: Ints,
    first: Ints,
    second: Ints,
    third: Ints,
    target: Floats,
    weight: Floats,
    of: Ints,
    lead_of: Ints,
    best_of: Ints,
    best_lead: Ints,
    best: Floats,
    hot: float,
    cold: float,
    penalty: float,
    begin: int,
    steps: int,
    total_steps: int,
    state: Words,
) -> tuple[float, float]:
    """Anneal from a plan, in place: shift a unit to a neighbouring district, exchange two units, exchange two leads.

    Parameters
    ----------
    mode
        0 without leads, 1 the lead is a member, 2 detached.
    of, lead_of
        The plan; every district connected. Changed in place.
    best_of, best_lead, best
        The best plan so far, and (cost, excess) of it; changed in place. Less excess is better, then less cost.
    hot, cold
        Temperature at the first and at the last step of the whole run.
    penalty
        Price of one unit of excess at the last step; it grows from a twentieth of that.
    begin, steps, total_steps
        This call does steps begin … begin + steps of total_steps.
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
    n = len(of)
    k = len(lead_of)
    rows = len(weights)
    m = len(sums)
    load = np.zeros((k, rows), dtype=np.int64)
    s = np.zeros((k, m))
    line = np.zeros(k)
    value = np.zeros(k)
    over = np.zeros(k)
    number = np.zeros(k, dtype=np.int64)
    leads = lead_cost.shape[0]
    holder = np.full(leads, -1, dtype=np.int64)
    home_of = np.full(n, -1, dtype=np.int64)
    if mode == 1:
        for i in range(leads):
            home_of[homes[i]] = i
    for d in range(k):
        holder[lead_of[d]] = d
        for r in range(rows):
            load[d, r] = lead_weights[r, lead_of[d]]
        for a in range(m):
            s[d, a] = lead_sums[a, lead_of[d]]
        line[d] = lead_cost[lead_of[d]]
    for u in range(n):
        d = of[u]
        number[d] += 1
        for r in range(rows):
            load[d, r] += weights[r, u]
        for a in range(m):
            s[d, a] += sums[a, u]
        line[d] += linear[u, lead_of[d]]
        for e in range(indptr[u], indptr[u + 1]):
            if indices[e] > u and of[indices[e]] == d:
                line[d] += border[e]
    cost = 0.0
    excess = 0.0
    for d in range(k):
        value[d] = line[d] + shaped_cost(s[d], kind, first, second, third, target, weight)
        over[d] = _excess(load[d], low, high)
        cost += value[d]
        excess += over[d]
    stamp = np.zeros(n, dtype=np.int64)
    queue = np.empty(n, dtype=np.int64)
    mark = 0
    s_d, s_e = np.empty(m), np.empty(m)
    w_d, w_e = np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.int64)
    for step in range(begin, begin + steps):
        heat = hot * (cold / hot) ** (step / total_steps)
        price = penalty * (0.05 + 0.95 * step / total_steps)
        choice = uniform(state)
        if k > 1 and ((mode == 2 and choice < 0.03) or (mode == 1 and leads > k and choice < 0.03)):
            d = below(state, k)
            new = below(state, leads)
            old = lead_of[d]
            e = holder[new]
            if new == old or (mode == 1 and of[homes[new]] != d):
                continue
            # District d takes the lead `new`; who had it takes the old one.
            line_d = line[d] - lead_cost[old] + lead_cost[new]
            line_e = 0.0
            if e >= 0:
                line_e = line[e] - lead_cost[new] + lead_cost[old]
            for u in range(n):
                if of[u] == d:
                    line_d += linear[u, new] - linear[u, old]
                elif e >= 0 and of[u] == e:
                    line_e += linear[u, old] - linear[u, new]
            for a in range(m):
                s_d[a] = s[d, a] + lead_sums[a, new] - lead_sums[a, old]
            for r in range(rows):
                w_d[r] = load[d, r] + lead_weights[r, new] - lead_weights[r, old]
            value_d = line_d + shaped_cost(s_d, kind, first, second, third, target, weight)
            over_d = _excess(w_d, low, high)
            change = value_d - value[d]
            change_over = over_d - over[d]
            value_e = 0.0
            over_e = 0.0
            if e >= 0:
                for a in range(m):
                    s_e[a] = s[e, a] + lead_sums[a, old] - lead_sums[a, new]
                for r in range(rows):
                    w_e[r] = load[e, r] + lead_weights[r, old] - lead_weights[r, new]
                value_e = line_e + shaped_cost(s_e, kind, first, second, third, target, weight)
                over_e = _excess(w_e, low, high)
                change += value_e - value[e]
                change_over += over_e - over[e]
            delta = change + price * change_over
            if delta > 0 and uniform(state) >= np.exp(-delta / heat):
                continue
            lead_of[d] = new
            holder[new] = d
            holder[old] = e
            line[d], value[d], over[d] = line_d, value_d, over_d
            s[d] = s_d
            load[d] = w_d
            if e >= 0:
                lead_of[e] = old
                line[e], value[e], over[e] = line_e, value_e, over_e
                s[e] = s_e
                load[e] = w_e
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
            value_d = line_d + shaped_cost(s_d, kind, first, second, third, target, weight)
            value_e = line_e + shaped_cost(s_e, kind, first, second, third, target, weight)
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
        if clean < best[1] - 1e-12 or (clean <= best[1] and cost < best[0] - 1e-12):
            best[0], best[1] = cost, clean
            best_of[:] = of
            best_lead[:] = lead_of
    return cost, excess
