"""Kernels: what a district costs, given its sums."""

from __future__ import annotations

import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints, Words
from layout_planner.engines.districting.problem import (
    DEVIATION,
    RATIO,
    SPREAD,
    ArrayPlan,
    Costs,
    DistrictProblem,
    Ground,
)
from layout_planner.solving.kernel import kernel


@kernel
def shaped_cost(sums: Floats, costs: Costs) -> float:
    """Give the cost of all shapes at the sums of one district (the lead's share included)."""
    kind, first, second, third = costs.kind, costs.first, costs.second, costs.third
    target, weight = costs.target, costs.weight
    total = 0.0
    for p in range(len(kind)):
        a = sums[first[p]]
        if kind[p] == DEVIATION:
            total += weight[p] * abs(a - target[p])
        elif kind[p] == RATIO:
            total += weight[p] * abs(a - target[p] * sums[second[p]])
        elif kind[p] == SPREAD:
            mass = sums[third[p]]
            if mass > 0.0:
                total += weight[p] * (sums[second[p]] - a * a / mass)
        else:
            total += weight[p] * a * a
    return total


def district_costs(problem: DistrictProblem, plan: ArrayPlan, costs: Costs | None = None) -> Floats:
    """Give the cost of each district of a plan, without the constant; plain NumPy, the kernels' second opinion.

    Parameters
    ----------
    costs
        Other costs than the problem's, on the same units and leads: one term alone, say.
    """
    c = problem.costs if costs is None else costs
    found = np.zeros(problem.districts)
    tail = np.repeat(np.arange(problem.n), np.diff(problem.indptr))
    for d in range(problem.districts):
        lead, mine = int(plan.lead_of[d]), plan.district_of == d
        inner = mine[tail] & mine[problem.indices] & (tail < problem.indices)
        s = c.sums[:, mine].sum(axis=1) + c.lead_sums[:, lead]
        found[d] = c.lead[lead] + c.linear[mine, lead].sum() + c.border[inner].sum()
        for p, kind in enumerate(c.kind):
            a = s[c.first[p]]
            if kind == DEVIATION:
                found[d] += c.weight[p] * abs(a - c.target[p])
            elif kind == RATIO:
                found[d] += c.weight[p] * abs(a - c.target[p] * s[c.second[p]])
            elif kind == SPREAD:
                mass = s[c.third[p]]
                found[d] += c.weight[p] * (s[c.second[p]] - a * a / mass) if mass > 0 else 0.0
            else:
                found[d] += c.weight[p] * a * a
    return found


def plan_cost(problem: DistrictProblem, plan: ArrayPlan, costs: Costs | None = None) -> float:
    """Give the cost of a whole plan."""
    c = problem.costs if costs is None else costs
    return float(district_costs(problem, plan, c).sum() + c.constant)


@kernel
def plan_costs(plans: Ints, leads: Ints, ground: Ground, costs: Costs) -> Floats:
    """Give the cost of many plans, without the constant.

    Parameters
    ----------
    plans, leads
        District of each unit and lead of each district; shapes (plans, units) and (plans, districts).
    """
    indptr, indices = ground.indptr, ground.indices
    linear, border, sums = costs.linear, costs.border, costs.sums
    k = leads.shape[1]
    m = len(sums)
    found = np.zeros(len(plans))
    s = np.empty((k, m))
    for p in range(len(plans)):
        for d in range(k):
            found[p] += costs.lead[leads[p, d]]
            for a in range(m):
                s[d, a] = costs.lead_sums[a, leads[p, d]]
        for u in range(plans.shape[1]):
            d = plans[p, u]
            found[p] += linear[u, leads[p, d]]
            for a in range(m):
                s[d, a] += sums[a, u]
            for e in range(indptr[u], indptr[u + 1]):
                if indices[e] > u and plans[p, indices[e]] == d:
                    found[p] += border[e]
        for d in range(k):
            found[p] += shaped_cost(s[d], costs)
    return found


@kernel
def _lowest(word: np.uint64) -> np.uint64:
    """Keep the lowest set bit of a word that is not 0."""
    return word ^ (word & (word - np.uint64(1)))


@kernel
def _add_up(mask: np.uint64, bit: Ints, ground: Ground, costs: Costs, w: Ints, s: Floats, line: Floats) -> float:
    """Add up a set's members: its weights, its sums and what each lead costs it, in place; gives its inner borders."""
    indptr, indices, border = ground.indptr, ground.indices, costs.border
    one = np.uint64(1)
    zero = np.uint64(0)
    w[:] = 0
    s[:] = 0.0
    line[:] = 0.0
    inner = 0.0
    left = mask
    while left != zero:
        low_bit = _lowest(left)
        left ^= low_bit
        u = bit[np.int64(low_bit % np.uint64(67))]
        for r in range(len(w)):
            w[r] += ground.weights[r, u]
        for a in range(len(s)):
            s[a] += costs.sums[a, u]
        for lead in range(len(line)):
            line[lead] += costs.linear[u, lead]
        for e in range(indptr[u], indptr[u + 1]):
            v = indices[e]
            if v > u and (mask >> np.uint64(v)) & one != zero:
                inner += border[e]
    return inner


@kernel
def columns_of(masks: Words, bit: Ints, ground: Ground, costs: Costs, inside: bool) -> tuple[Ints, Ints, Floats]:
    """Price every connected set with every lead it may have.

    Parameters
    ----------
    masks
        The sets, one bit a unit.
    bit
        Bit of a word modulo 67 → its position.
    inside
        Whether only the cheapest lead whose home is in the set counts, or every lead makes a column of its own.

    Returns
    -------
    ndarray, ndarray, ndarray
        Which set, which lead, and the cost of each feasible column.
    """
    low, high, lead_weights, homes = ground.low, ground.high, ground.lead_weights, ground.homes
    leads = len(homes)
    room = len(masks) * (1 if inside else leads)
    which = np.empty(room, dtype=np.int64)
    lead_of = np.empty(room, dtype=np.int64)
    cost = np.empty(room)
    at = 0
    w = np.empty(len(low), dtype=np.int64)
    s = np.empty(len(costs.sums))
    with_lead = np.empty(len(s))
    line = np.empty(leads)
    for j in range(len(masks)):
        inner = _add_up(masks[j], bit, ground, costs, w, s, line)
        best = np.inf
        best_lead = -1
        for lead in range(leads):
            if inside and (masks[j] >> np.uint64(homes[lead])) & np.uint64(1) == np.uint64(0):
                continue
            feasible = True
            for r in range(len(w)):
                total = w[r] + lead_weights[r, lead]
                if total < low[r] or total > high[r]:
                    feasible = False
                    break
            if not feasible:
                continue
            for a in range(len(s)):
                with_lead[a] = s[a] + costs.lead_sums[a, lead]
            value = costs.lead[lead] + line[lead] + inner + shaped_cost(with_lead, costs)
            if not inside:
                which[at], lead_of[at], cost[at] = j, lead, value
                at += 1
            elif value < best:
                best, best_lead = value, lead
        if inside and best_lead >= 0:
            which[at], lead_of[at], cost[at] = j, best_lead, best
            at += 1
    return which[:at], lead_of[:at], cost[:at]


BIT_OF = np.full(67, -1, dtype=np.int64)
"""2 to the power of b, modulo 67, is different for every b < 66: a table gives b back."""
for _b in range(64):
    BIT_OF[(1 << _b) % 67] = _b


def members(masks: Words, n: int) -> Bools:
    """Spread sets over a table; shape (sets, units)."""
    return (masks[:, None] >> np.arange(n, dtype=np.uint64)) & np.uint64(1) != 0
