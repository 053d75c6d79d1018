"""The p-median problem: which p of m sites to keep so that the total way to the nearest is least, proved.

    min Σ_i min_{j open} c_ij   s.t.  exactly p sites are open

(Hakimi 1964.) Upper bound: greedy and fast interchange (Whitaker 1983; Resende and Werneck 2007) from several starts.
Lower bound: Lagrangian relaxation of "every place has one school" (Cornuejols, Fisher and Nemhauser 1977),

    L(λ) = Σ λ_i + min over p sites of ρ_j,      ρ_j = Σ_i min(0, c_ij − λ_i),

raised by subgradient steps (Held, Wolfe and Crowder 1974). A site whose forced closing (or opening) lifts L above the
best known is open (or closed) in every better solution and leaves the problem; what is left is settled by branching.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import NamedTuple

import numba as nb
import numpy as np

from layout_planner.base.arrays import Floats, Ints
from layout_planner.base.proof import Proof, Proved
from layout_planner.solving.clock import Clock, ClockKind
from layout_planner.solving.mip import Answer, Model

CLOSED, FREE, OPEN = -1, 0, 1
MEND_WITHIN = 1.02
"""A node's own set is mended by interchange when it comes this near to the best."""

ROOT_STEPS, NODE_STEPS = 2000, 120
SELDOM = 0.01
"""A site the relaxation chose less often of late is left alone by the first shakes."""
CORE_SITES, CORE_SECONDS = 4.0, 10.0
"""With so few sites a place left within reach an integer program decides a node; after so long branching goes on."""
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
    state = np.zeros(cost.shape[1], dtype=np.int64) if state is None else state.astype(np.int64)
    if not (state == OPEN).sum() <= p <= (state != CLOSED).sum():
        raise ValueError("p does not fit the sites that must be open or closed")
    search = _Search(cost, p, state, gap, whole, Clock(seconds, clock))
    search.run(np.random.default_rng(seed))
    return search.result()


@dataclass(frozen=True, eq=False)
class _Node:
    """Sites closed, free or open, λ, and how often each site was chosen of late."""

    fixed: Ints
    multipliers: Floats
    shares: Floats


class _Search:
    """The best set, the bound, and the tree of what is undecided, least bound first."""

    def __init__(self, cost: Floats, p: int, state: Ints, gap: float, whole: bool, clock: Clock) -> None:
        self.cost, self.p, self.state, self.gap, self.whole, self.clock = cost, p, state, gap, whole, clock
        self.open = np.zeros(0, dtype=np.int64)
        self.best = self.left = np.inf
        self.heap: list[tuple[float, int, _Node]] = []
        self.nodes = 0
        self.core_size = CORE_SITES * len(cost)
        self.mended: set[bytes] = set()

    def run(self, rng: np.random.Generator) -> None:
        """Find a good set, bound it, and branch."""
        chosen = greedy(self.cost, self.p, self.state)
        interchange(self.cost, chosen, self.state)
        self._accept(chosen)
        node = _Node(self.state.copy(), _first_multipliers(self.cost, self.open), np.zeros(len(self.state)))
        bound, node = self._raise(node, ROOT_STEPS, 1.5)
        if bound < self._target() and self._shake(node, rng):
            again, node = self._raise(node, ROOT_STEPS, 0.3)
            bound = max(bound, again)
        self._push(bound, node)
        while self.heap and not self.clock.over:
            known, _, node = heapq.heappop(self.heap)
            if known >= self._target():
                self.left = min(self.left, known)
                continue
            if self._decided(node):
                continue
            for child in self._children(node):
                bound, child = self._raise(child, NODE_STEPS, 0.5)
                self._push(max(bound, known), child)

    def result(self) -> MedianResult:
        """Give what was reached."""
        bound = min(self.best, self.left, self.heap[0][0] if self.heap else np.inf)
        if self.gap:  # sites were settled for sets better by the gap: of others nothing is known
            bound = min(bound, self._target())
        if self.whole and np.isfinite(bound):
            bound = min(self.best, float(np.ceil(bound - 1e-6)))
        return MedianResult(self.open, Proof.within(self.gap, float(self.best), float(bound)), self.nodes)

    def _slack(self) -> float:
        return max(1.0 - 1e-6 if self.whole else 0.0, self.gap * self.best, 1e-9 * abs(self.best))

    def _target(self) -> float:
        return self.best - self._slack()

    def _accept(self, chosen: Ints) -> None:
        value = float(self.cost[:, chosen].min(axis=1).sum())
        if value < self.best - 1e-9:
            self.best, self.open = value, np.sort(chosen).astype(np.int64)

    def _push(self, bound: float, node: _Node) -> None:
        if bound < self._target():
            heapq.heappush(self.heap, (bound, self.nodes, node))
        else:
            self.left = min(self.left, bound)

    def _raise(self, node: _Node, steps: int, pace: float) -> tuple[float, _Node]:
        """Raise the bound of a node, without the columns of closed sites."""
        self.nodes += 1
        fixed, lam, shares = node.fixed.copy(), node.multipliers.copy(), node.shares.copy()
        bound = -np.inf
        while steps:
            live = np.flatnonzero(fixed != CLOSED)
            if not (fixed == OPEN).sum() <= self.p <= len(live):
                bound = np.inf
                break
            ways, state, share = np.ascontiguousarray(self.cost[:, live]), fixed[live], shares[live]
            found = Found(np.zeros(self.p, dtype=np.int64), np.full(1, np.inf))
            reached, steps, pace = lagrange(
                ways, self.p, state, lam, share, self.best, self._slack(), steps, pace, found
            )
            fixed[live], shares[live] = state, share
            bound = max(bound, reached)
            if found.cost[0] < self.best * MEND_WITHIN:
                self._mend(ways, live, found.open)
        return bound, _Node(fixed, lam, shares)

    def _mend(self, ways: Floats, live: Ints, chosen: Ints) -> None:
        """Interchange within the columns left, from each set once."""
        key = np.sort(live[chosen]).tobytes()
        if key not in self.mended:
            self.mended.add(key)
            interchange(ways, chosen, self.state[live])
            self._accept(live[chosen])

    def _shake(self, node: _Node, rng: np.random.Generator) -> bool:
        """Shake the best set and mend it (Hansen and Mladenović 1997); is it better now.

        First among the sites the relaxation chose of late, then among all that are not closed. What is closed or open
        was proved so for every better set, so nothing is lost.
        """
        before = self.best
        for core in (node.shares > SELDOM, node.fixed != CLOSED):
            near = core & (node.fixed != CLOSED)
            near[self.open] = True
            live = np.flatnonzero(near)
            ways = np.ascontiguousarray(self.cost[:, live])
            state, strength = np.where(node.fixed[live] == OPEN, OPEN, FREE), 1
            for _ in range(SHAKES // 2):
                chosen = np.flatnonzero(np.isin(live, self.open))
                spare = np.setdiff1d(np.flatnonzero(state == FREE), chosen)
                movable = np.flatnonzero(state[chosen] == FREE)
                swaps = min(strength, len(spare), len(movable))
                if not swaps or self.clock.over:
                    break
                chosen[rng.choice(movable, swaps, replace=False)] = rng.choice(spare, swaps, replace=False)
                value = interchange(ways, chosen, state)
                strength = 1 if value < self.best - 1e-9 else strength % 8 + 1
                self._accept(live[chosen])
        return self.best < before

    def _decided(self, node: _Node) -> bool:
        """Decide a node by an integer program where that is small, which it is where the gap is."""
        core = _Core.of(self.cost, self.p, node, self._target())
        if core is None:
            self._none_better()
            return True
        if core.size > self.core_size:
            return False
        found = core.solve(self._target(), self.clock.within(CORE_SECONDS))
        if found.x is not None:
            self._accept(core.read(found.x))
        if not found.proof.finished:
            self.core_size /= 2
            return False
        self._none_better()
        return True

    def _none_better(self) -> None:
        """Note that a node holds no set below the target."""
        self.left = min(self.left, self._target() if self.gap else self.best)

    def _children(self, node: _Node) -> list[_Node]:
        """Open or close the free site the relaxation is least of one mind about; none where one set is left."""
        free = np.flatnonzero(node.fixed == FREE)
        must = np.flatnonzero(node.fixed == OPEN)
        left = self.p - len(must)
        if left <= 0 or left >= len(free):
            self._accept(must if left <= 0 else np.concatenate([must, free]))
            self.left = min(self.left, self.best)
            return []
        split = int(free[np.argmin(np.abs(node.shares[free] - 0.5))])
        children = []
        for choice in (OPEN, CLOSED):
            fixed = node.fixed.copy()
            fixed[split] = choice
            children.append(_Node(fixed, node.multipliers, node.shares))
        return children


class _Core:
    """What is left of a node, by distances (Cornuejols, Nemhauser and Wolsey 1980; García, Labbé and Marín 2011).

    y_j: site j is open; z_ik: place i has no open site within its k-th distance, which costs D_i,k+1 − D_ik. Distances
    at which a place's reduced cost alone lifts the bound to the target are left out: the gap decides how many remain.
    """

    def __init__(self, cost: Floats, p: int, sites: Ints, fixed: Ints, reach: Floats) -> None:
        self.cost, self.p, self.sites, self.fixed, self.reach = cost, p, sites, fixed, reach
        self.size = int((cost <= reach[:, None]).sum())

    @classmethod
    def of(cls, cost: Floats, p: int, node: _Node, target: float) -> _Core | None:
        """Cut a node down to what may be better than the target; None where nothing is."""
        sites = np.flatnonzero(node.fixed != CLOSED)
        ways, fixed, lam = cost[:, sites], node.fixed[sites], node.multipliers
        rho = np.minimum(ways - lam[:, None], 0.0).sum(axis=0)
        free = np.sort(rho[fixed == FREE])[: p - int((fixed == OPEN).sum())]
        bound = float(lam.sum() + rho[fixed == OPEN].sum() + free.sum())
        # Beyond an open site nobody goes.
        reach = np.minimum(lam + (target - bound), ways[:, fixed == OPEN].min(axis=1, initial=np.inf))
        if bound >= target or (ways.min(axis=1) > reach).any():
            return None
        return cls(ways, p, sites, fixed, reach)

    def solve(self, target: float, clock: Clock) -> Answer:
        """Solve it, for sets below the target."""
        n, m = self.cost.shape
        model = Model()
        y = model.columns(np.zeros(m), least=(self.fixed == OPEN).astype(float), most=1.0, whole=True)
        model.rows((0, y, 1.0), least=self.p, most=self.p)
        constant = 0.0
        owner: list[Ints] = []
        column: list[Ints] = []
        steps: list[float] = []
        level = 0
        for i in range(n):
            inside = np.flatnonzero(self.cost[i] <= self.reach[i])
            ways, rank = np.unique(self.cost[i, inside], return_inverse=True)
            constant += float(ways[0])
            for k in range(len(ways)):
                within = inside[rank <= k]
                owner.append(np.full(len(within), level))
                column.append(within)
                level += 1
            steps += [*np.diff(ways), 0.0]
        z = model.columns(np.array(steps), most=(np.array(steps) > 0).astype(float))
        each = np.arange(level)
        model.rows((np.concatenate(owner), y[np.concatenate(column)], 1.0), (each, z, 1.0), least=1.0, count=level)
        model.columns(constant, least=1.0, most=1.0, count=1)
        return model.solve(clock=clock, absolute_gap=1e-7, cutoff=target)

    def read(self, x: Floats) -> Ints:
        """Read which sites are open."""
        return self.sites[x[: len(self.sites)] > 0.5]


def _first_multipliers(cost: Floats, chosen: Ints) -> Floats:
    """Start λ between the nearest and the second nearest open site, where it ends up."""
    ways = np.sort(cost[:, chosen], axis=1)
    return (ways[:, 0] + ways[:, min(1, ways.shape[1] - 1)]) / 2


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
def _reduced_costs(ways: Floats, lam: Floats, rho: Floats) -> None:
    """Write what each open site brings at most under λ."""
    n, m = ways.shape
    rho[:] = 0.0
    for i in range(n):
        li = lam[i]
        for j in range(m):
            rho[j] += min(ways[i, j] - li, 0.0)


@nb.njit(cache=True)
def _serve(ways: Floats, chosen: Ints, lam: Floats, grad: Floats) -> float:
    """Send every place to its nearest chosen site; gives the cost, and writes the subgradient."""
    total = 0.0
    for i in range(len(lam)):
        a = np.inf
        hits = 0.0
        for j in chosen:
            c = ways[i, j]
            if c < a:
                a = c
            if c < lam[i]:
                hits += 1.0
        total += a
        grad[i] = 1.0 - hits
    return total


@nb.njit(cache=True)
def _settle(fixed: Ints, order: Ints, left: int, rho: Floats, base: float, limit: float) -> int:
    """Open or close for good what must be so in every solution better than the limit; how many sites closed."""
    if not 0 < left < len(order):
        return 0
    closed = 0
    last_in, first_out = rho[order[left - 1]], rho[order[left]]
    for k in range(left):
        if base - rho[order[k]] + first_out >= limit:
            fixed[order[k]] = 1
    for k in range(left, len(order)):
        if base - last_in + rho[order[k]] >= limit:
            fixed[order[k]] = -1
            closed += 1
    return closed


class Found(NamedTuple):
    """The cheapest open set met, which `lagrange` changes in place."""

    open: Ints
    cost: Floats


@nb.njit(cache=True)
def lagrange(
    ways: Floats, p: int, fixed: Ints, lam: Floats, shares: Floats, best: float, slack: float, steps: int,
    pace: float, found: Found,
) -> tuple[float, int, float]:  # fmt: skip
    """Raise the Lagrangian bound; `fixed` gains what reduced costs prove, `lam` becomes the best λ.

    Ends early, with steps left, where a third of the columns have been closed: they are better dropped.

    Returns
    -------
    tuple
        The bound, the steps left, and the pace reached.
    """
    n, m = ways.shape
    start = lam
    lam = start.copy()
    bound = -np.inf
    rho = np.empty(m)
    grad = np.empty(n)
    previous = np.zeros(n)
    stale = 0
    chosen = np.empty(p, dtype=np.int64)
    closed = 0
    while steps > 0:
        steps -= 1
        base = lam.sum()
        _reduced_costs(ways, lam, rho)
        count = 0
        for j in range(m):
            if fixed[j] == 1:
                base += rho[j]
                chosen[count] = j
                count += 1
        left = p - count
        free = np.nonzero(fixed == 0)[0]
        if left < 0 or left > len(free):  # what was proved leaves no better set
            return np.inf, 0, pace
        order = free[np.argsort(rho[free])]
        for k in range(left):
            base += rho[order[k]]
            chosen[count] = order[k]
            count += 1
        shares *= 0.97
        for k in range(p):
            shares[chosen[k]] += 0.03
        total = _serve(ways, chosen, lam, grad)
        if total < found.cost[0]:
            found.cost[0] = total
            found.open[:] = chosen
        stale = 0 if base > bound + 1e-6 * abs(bound) or not np.isfinite(bound) else stale + 1
        if base > bound:
            bound = base
            start[:] = lam
        goal = min(best, found.cost[0])
        limit = goal - max(slack, 1e-9 * abs(goal))
        closed += _settle(fixed, order, left, rho, base, limit)
        if bound >= limit:
            return bound, 0, pace
        if 3 * closed > m:
            return bound, steps, pace
        if stale >= 25:
            pace *= 0.6
            stale = 0
            lam[:] = start
            if pace < 0.002:
                return bound, 0, pace
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
    return bound, 0, pace
