"""The p-median problem: which p of m sites to keep so that the total way to the nearest is least, proved.

    min Σ_i min_{j open} c_ij   s.t.  exactly p sites are open

(Hakimi 1964.) Upper bound: greedy and fast interchange (Whitaker 1983; Resende and Werneck 2007) from several starts.
Lower bound: Lagrangian relaxation of "every place has one school" (Cornuejols, Fisher and Nemhauser 1977),

    L(λ) = Σ λ_i + min over p sites of ρ_j,      ρ_j = Σ_i min(0, c_ij − λ_i),

raised by subgradient steps (Held, Wolfe and Crowder 1974). A site whose forced closing (or opening) lifts L above the
best known is open (or closed) in every better solution and leaves the problem; what is left is settled by branching.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

from layout_planner.base.arrays import Floats, Ints
from layout_planner.base.proof import Proof, Proved
from layout_planner.solving.clock import Clock, ClockKind

CLOSED, FREE, OPEN = -1, 0, 1
MEND_WITHIN = 1.02
"""A node's own set is mended by interchange when it comes this near to the best."""

ROOT_STEPS, NODE_STEPS = 2000, 120
SHAKES = 300
"""Times the best set is shaken and mended before the tree starts (variable neighbourhood search)."""


@dataclass(frozen=True)
class MedianResult(Proved):
    """Sites to keep.

    Parameters
    ----------
    open
        Positions of the open sites, ascending.
    proof
        Total cost of the nearest open site, and what no solution can go below.
    nodes
        Branch-and-bound nodes.
    """

    open: Ints
    proof: Proof
    nodes: int

    @property
    def proved(self) -> bool:
        """The gap asked for is reached."""
        return self.proof.finished


def solve_median(
    cost: Floats,
    p: int,
    *,
    state: Ints | None = None,
    gap: float = 0.0,
    seconds: float = 60.0,
    whole: bool = False,
    seed: int = 0,
    clock: ClockKind = "wall",
) -> MedianResult:
    """Choose p sites.

    Parameters
    ----------
    cost
        Cost of place i at site j, shape (places, sites), finite.
    p
        Number of sites to open.
    state
        −1 closed, 0 free, 1 open for each site; all free where left out.
    gap
        Relative gap at which to stop.
    seconds, clock
        Seconds at most, and what they are counted by.
    whole
        All costs are whole numbers, so a bound above UB − 1 is a proof.
    seed
        For the starts of the interchange.
    """
    watch = Clock(seconds, clock)
    m = cost.shape[1]
    fixed = np.zeros(m, dtype=np.int64) if state is None else state.astype(np.int64).copy()
    if not (fixed == OPEN).sum() <= p <= (fixed != CLOSED).sum():
        raise ValueError("p does not fit the sites that must be open or closed")
    best_open, best = _good_set(cost, p, fixed, np.random.default_rng(seed))
    slack = 1.0 - 1e-6 if whole else 0.0
    multipliers = _first_multipliers(cost, best_open)
    tree = [(fixed, multipliers, -np.inf, ROOT_STEPS)]
    nodes, bound_left = 0, np.inf
    while tree:
        if nodes and watch.over:
            break
        nodes += 1
        fixed, multipliers, known, steps = tree.pop()
        target = best - max(slack, gap * best, 1e-9 * abs(best))
        if known >= target:
            bound_left = min(bound_left, known)
            continue
        fixed = fixed.copy()
        bound, multipliers, found_open, found = lagrange(cost, p, fixed, multipliers, best, slack, steps)
        if found < best * MEND_WITHIN:
            chosen = found_open.copy()
            value = interchange(cost, chosen, np.zeros(m, dtype=np.int64) if state is None else state.astype(np.int64))
            if value < best - 1e-9:
                best, best_open = value, np.sort(chosen)
        target = best - max(slack, gap * best, 1e-9 * abs(best))
        if bound >= target:
            bound_left = min(bound_left, bound)
            continue
        split = _branch_on(cost, p, fixed, multipliers)
        if split < 0:  # one set is left
            chosen = np.flatnonzero((fixed == OPEN) | ((fixed == FREE) & ((fixed == OPEN).sum() < p)))
            value = float(cost[:, chosen].min(axis=1).sum())
            if value < best:
                best, best_open = value, chosen.astype(np.int64)
            bound_left = min(bound_left, value)
            continue
        for choice in (CLOSED, OPEN):  # the open child is looked at first
            child = fixed.copy()
            child[split] = choice
            if (child == OPEN).sum() <= p <= (child != CLOSED).sum():
                tree.append((child, multipliers, bound, NODE_STEPS))
    for _, _, known, _ in tree:
        bound_left = min(bound_left, known)
    bound = min(best, bound_left)
    if whole and np.isfinite(bound):
        bound = min(best, float(np.ceil(bound - 1e-6)))
    return MedianResult(best_open, Proof.within(gap, float(best), float(bound)), nodes)


def _good_set(cost: Floats, p: int, fixed: Ints, rng: np.random.Generator) -> tuple[Ints, float]:
    """Find a good set: greedy, interchange, then shake and mend (Hansen and Mladenović 1997)."""
    chosen = greedy(cost, p, fixed)
    best = interchange(cost, chosen, fixed)
    swappable = min(p - int((fixed == OPEN).sum()), int((fixed == FREE).sum()) - p + int((fixed == OPEN).sum()))
    if swappable <= 0:
        return np.sort(chosen), best
    strength = 1
    for _ in range(SHAKES):
        trial = chosen.copy()
        spare = np.flatnonzero((fixed == FREE) & ~np.isin(np.arange(cost.shape[1]), trial))
        movable = np.flatnonzero(fixed[trial] == FREE)
        swaps = min(strength, swappable)
        trial[rng.choice(movable, swaps, replace=False)] = rng.choice(spare, swaps, replace=False)
        value = interchange(cost, trial, fixed)
        if value < best - 1e-9:
            chosen, best, strength = trial, value, 1
        else:
            strength = strength % 8 + 1
    return np.sort(chosen), best


def _first_multipliers(cost: Floats, chosen: Ints) -> Floats:
    """Start λ between the nearest and the second nearest open site, where it ends up."""
    ways = np.sort(cost[:, chosen], axis=1)
    return (ways[:, 0] + ways[:, min(1, ways.shape[1] - 1)]) / 2


def _branch_on(cost: Floats, p: int, fixed: Ints, multipliers: Floats) -> int:
    """Choose the free site nearest to the edge of being chosen."""
    rho = np.minimum(0.0, cost - multipliers[:, None]).sum(axis=0)
    free = np.flatnonzero(fixed == FREE)
    left = p - int((fixed == OPEN).sum())
    if not len(free) or left <= 0 or left >= len(free):
        return -1
    order = free[np.argsort(rho[free], kind="stable")]
    return int(order[left - 1])


@nb.njit(cache=True)
def greedy(cost: Floats, p: int, fixed: Ints) -> Ints:
    """Open one site after the other, each time the one that saves most."""
    n, m = cost.shape
    nearest = np.full(n, np.inf)
    chosen = np.empty(p, dtype=np.int64)
    count = 0
    taken = np.zeros(m, dtype=np.bool_)
    for j in range(m):
        if fixed[j] == 1:
            chosen[count] = j
            count += 1
            taken[j] = True
            for i in range(n):
                nearest[i] = min(nearest[i], cost[i, j])
    while count < p:
        best, at = np.inf, -1
        for j in range(m):
            if taken[j] or fixed[j] == -1:
                continue
            total = 0.0
            for i in range(n):
                total += min(nearest[i], cost[i, j])
            if total < best:
                best, at = total, j
        chosen[count] = at
        count += 1
        taken[at] = True
        for i in range(n):
            nearest[i] = min(nearest[i], cost[i, at])
    return chosen


@nb.njit(cache=True)
def interchange(cost: Floats, chosen: Ints, fixed: Ints) -> float:
    """Swap an open for a closed site while that helps, best swap first; `chosen` is changed in place."""
    n, m = cost.shape
    p = len(chosen)
    slot = np.full(m, -1, dtype=np.int64)
    for k in range(p):
        slot[chosen[k]] = k
    near = np.empty(n, dtype=np.int64)
    first = np.empty(n)
    second = np.empty(n)
    loss = np.empty(p)
    total = 0.0
    top = cost.max() + 1.0  # with one open site there is no second: anything above every cost serves
    while True:
        total = 0.0
        loss[:] = 0.0
        for i in range(n):
            a, b, at = top, top, -1
            for k in range(p):
                c = cost[i, chosen[k]]
                if c < a:
                    b, a, at = a, c, k
                elif c < b:
                    b = c
            near[i], first[i], second[i] = at, a, b
            total += a
            loss[at] += b - a
        gain_best, into, out = 1e-9, -1, -1
        extra = np.empty(p)
        for j in range(m):
            if slot[j] >= 0 or fixed[j] == -1:
                continue
            gain = 0.0
            extra[:] = 0.0
            for i in range(n):
                c = cost[i, j]
                if c < first[i]:
                    gain += first[i] - c
                    extra[near[i]] += second[i] - first[i]
                elif c < second[i]:
                    extra[near[i]] += second[i] - c
            for k in range(p):
                if fixed[chosen[k]] == 1:
                    continue
                net = gain - loss[k] + extra[k]
                if net > gain_best:
                    gain_best, into, out = net, j, k
        if into < 0:
            return total
        slot[chosen[out]] = -1
        chosen[out] = into
        slot[into] = out


@nb.njit(cache=True)
def _reduced_costs(cost: Floats, lam: Floats, rho: Floats) -> None:
    """Write what each open site brings at most under λ."""
    n, m = cost.shape
    rho[:] = 0.0
    for i in range(n):
        li = lam[i]
        for j in range(m):
            d = cost[i, j] - li
            if d < 0.0:
                rho[j] += d


@nb.njit(cache=True)
def _serve(cost: Floats, chosen: Ints, lam: Floats, grad: Floats) -> float:
    """Send every place to its nearest chosen site; gives the cost, and writes the subgradient."""
    total = 0.0
    for i in range(len(lam)):
        a = np.inf
        hits = 0.0
        for j in chosen:
            c = cost[i, j]
            if c < a:
                a = c
            if c < lam[i]:
                hits += 1.0
        total += a
        grad[i] = 1.0 - hits
    return total


@nb.njit(cache=True)
def _settle(fixed: Ints, order: Ints, left: int, rho: Floats, base: float, limit: float) -> None:
    """Open or close for good what must be so in every solution better than the limit, by reduced costs."""
    if not 0 < left < len(order):
        return
    last_in, first_out = rho[order[left - 1]], rho[order[left]]
    for k in range(left):
        if base - rho[order[k]] + first_out >= limit:
            fixed[order[k]] = 1
    for k in range(left, len(order)):
        if base - last_in + rho[order[k]] >= limit:
            fixed[order[k]] = -1


@nb.njit(cache=True)
def lagrange(
    cost: Floats, p: int, fixed: Ints, multipliers: Floats, best: float, slack: float, steps: int
) -> tuple[float, Floats, Ints, float]:
    """Raise the Lagrangian bound; `fixed` gains what reduced costs prove. Returns bound, λ, best open set, its cost."""
    n, m = cost.shape
    lam = multipliers.copy()
    lam_best = lam.copy()
    bound = -np.inf
    found = np.inf
    found_open = np.zeros(p, dtype=np.int64)
    rho = np.empty(m)
    grad = np.empty(n)
    previous = np.zeros(n)
    pace = 1.5
    stale = 0
    chosen = np.empty(p, dtype=np.int64)
    for _ in range(steps):
        must = 0
        base = 0.0
        for i in range(n):
            base += lam[i]
        for j in range(m):
            if fixed[j] == 1:
                must += 1
        _reduced_costs(cost, lam, rho)
        count = 0
        left = p - must
        free = np.nonzero(fixed == 0)[0]
        if left < 0 or left > len(free):  # what was proved leaves no better set
            return np.inf, lam_best, found_open, found
        order = free[np.argsort(rho[free])]
        for j in range(m):
            if fixed[j] == 1:
                base += rho[j]
                chosen[count] = j
                count += 1
        for k in range(left):
            base += rho[order[k]]
            chosen[count] = order[k]
            count += 1
        total = _serve(cost, chosen, lam, grad)
        if total < found:
            found = total
            found_open[:] = chosen
        if base > bound + 1e-6 * abs(bound) or not np.isfinite(bound):
            stale = 0
        else:
            stale += 1
        if base > bound:
            bound = base
            lam_best[:] = lam
        goal = min(best, found)
        limit = goal - max(slack, 1e-9 * abs(goal))
        _settle(fixed, order, left, rho, base, limit)
        if bound >= limit:
            break
        if stale >= 25:
            pace *= 0.6
            stale = 0
            lam[:] = lam_best
            if pace < 0.002:
                break
        norm = 0.0
        for i in range(n):
            grad[i] = 0.7 * grad[i] + 0.3 * previous[i]
            norm += grad[i] * grad[i]
            previous[i] = grad[i]
        if norm < 1e-12:
            break
        step = pace * (1.02 * goal - base) / norm
        for i in range(n):
            lam[i] += step * grad[i]
    return bound, lam_best, found_open, found
