"""A true bound from prices: what each building is worth to those whom it may take, and its best path through the years.

With a price π_wgt on a seat for each pupil of group g (place and kind) in year t, and prices on what a year may hold,
the problem falls apart by building. For each state, year and forecast the pupils whose way costs less than their price
fill the seats in the order of the difference, first those that spare the floor, last those above the standard; the
values of the states are the lengths of a network whose shortest path is the building's best course. Σ of all that is a
bound, whatever the prices (Lagrangian relaxation of the assignment, Geoffrion 1974; capacitated location: Cornuéjols,
Sridharan and Thizy 1991). A change of school costs κ n · max over buildings of (x_t−1 − x_t), which is at least any
λ · (x_t−1 − x_t) with 0 ≤ λ ≤ κ n: such prices of leaving, too, fall apart by building and year. Where units are large
beside rooms they go whole (`knapsack`). Left out, so that the bound holds for every way of moving: who may not leave
(`hold`), and changes of cohorts that share a place. The prices are moved by the volume algorithm (Barahona and Anbil
2000).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import NamedTuple

import numba as nb
import numpy as np

from layout_planner.base.arrays import Floats, Ints
from layout_planner.phasing.horizon.problem import Horizon
from layout_planner.phasing.horizon.rooms import Market, served, worth
from layout_planner.solving.clock import Clock

FIRST_STEP, LEAST_STEP = 1.0, 1e-4
PATIENCE = 15
"""Steps without a better bound after which they become shorter."""
KEPT = 0.1
"""Share of the newest direction in the averaged one."""
PAIRS = 8
"""Buildings nearest to each unit of which later changes of school are priced."""
REMEMBERED = 30
"""Steps whose paths are kept."""
COARSE = 0.05
"""Mean size of units beside rooms from which the bound knows that they go whole."""


@nb.njit(cache=True)
def shortest(value: Floats, arcs: Floats, each: Floats, now: int, known: int, path: Ints, through: Floats) -> float:
    """Give the length of a building's best path; write it (W × T), and by how much each state is worse (W × K × T).

    Parameters
    ----------
    value, arcs, each
        Of states, W × K × T; of arcs, T × K × K for all forecasts together, and W × T × K × K for each.
    now, known
        The state before; the year from which paths may part.
    """
    W, K, T = value.shape
    back = np.zeros((T, K), dtype=np.int64)
    left, on = np.zeros((W, T + 1, K)), np.zeros((W, T + 1, K), dtype=np.int64)
    for w in range(W):  # what is left once the forecast is known
        for t in range(T - 1, known - 1, -1):
            for i in range(K):
                left[w, t, i] = np.inf
                for j in range(K):
                    one = each[w, t, i, j] + value[w, j, t] + left[w, t + 1, j]
                    if one < left[w, t, i]:
                        left[w, t, i], on[w, t, i] = one, j
    rest = np.zeros((known + 1, K))
    for i in range(K):
        for w in range(W):
            rest[known, i] += left[w, known, i]
    for t in range(known - 1, -1, -1):  # and before
        for i in range(K):
            rest[t, i] = np.inf
            for j in range(K):
                one = arcs[t, i, j] + rest[t + 1, j]
                for w in range(W):
                    one += value[w, j, t]
                rest[t, i] = min(rest[t, i], one)
    best = rest[0, now]
    reach = np.empty(K)
    for i in range(K):
        reach[i] = 0.0 if i == now else np.inf
    for t in range(known):
        new = np.empty(K)
        for j in range(K):
            new[j] = np.inf
            for i in range(K):
                if reach[i] + arcs[t, i, j] < new[j]:
                    new[j], back[t, j] = reach[i] + arcs[t, i, j], i
            for w in range(W):
                new[j] += value[w, j, t]
            for w in range(W):
                through[w, j, t] = new[j] + rest[t + 1, j] - best
        reach = new
    at = now
    for j in range(K):
        if reach[j] + rest[known, j] < reach[at] + rest[known, at]:
            at = j
    for w in range(W):
        state = at
        for t in range(known - 1, -1, -1):
            path[w, t] = state
            state = back[t, state]
        state = at
        for t in range(known, T):
            state = on[w, t, state]
            path[w, t] = state
        other = np.empty(K)
        for j in range(K):  # nothing leads on from a state that has to be left and cannot be
            other[j] = reach[j] + rest[known, j] - left[w, known, j] if rest[known, j] < np.inf else np.inf
        for t in range(known, T):
            new = np.empty(K)
            for j in range(K):
                new[j] = np.inf
                for i in range(K):
                    new[j] = min(new[j], other[i] + each[w, t, i, j])
                new[j] += value[w, j, t]
                through[w, j, t] = new[j] + left[w, t + 1, j] - best
            other = new
    return best


class Prices(NamedTuple):
    """Prices of what the buildings share.

    Of pupils, W × G × T; of closures and yuan a year, 2 × W × T; of a year above the standard, W × B; of leaving after
    the first year, W × pairs × T, a pupil: any between nothing and what a change of school costs.
    """

    pupils: Floats
    limit: Floats
    years: Floats
    leave: Floats


@dataclass(frozen=True, eq=False)
class Priced:
    """What prices prove.

    Parameters
    ----------
    bound
        Nothing allowed costs less.
    prices
        The prices.
    through
        W × S × T: what the whole costs at least if the building is in that state in that year (paths common to all
        forecasts stand in every w).
    path
        W × B × T: the best paths at these prices.
    late
        The best paths at the prices of the last steps, the newest last: how often a building is in a state tells how
        much of it the relaxation wants.
    """

    bound: float
    prices: Prices
    through: Floats
    path: Ints
    late: tuple[Ints, ...] = ()


@dataclass(frozen=True, eq=False)
class Look:
    """The relaxation at prices.

    Parameters
    ----------
    bound
        What it proves.
    taken, done, above, there
        Who is served, W × G × T; closures and yuan of each year, 2 × W × T; years above the standard, W × B; who is
        where, W × pairs × T.
    path, through
        See `Priced`.
    """

    bound: float
    taken: Floats
    done: Floats
    above: Floats
    there: Floats
    path: Ints
    through: Floats


class Pricing:
    """The relaxation of a problem: groups, orders, and the network of each building.

    Parameters
    ----------
    problem
        The problem.
    """

    def __init__(self, problem: Horizon) -> None:
        self.problem = problem
        W, _, B, T = problem.shape
        G = len(problem.kind)
        self.demand, pace = np.zeros((W, G, T)), np.zeros((W, G, T))
        for w in range(W):
            np.add.at(self.demand[w], problem.group, problem.pupils[w])
            np.add.at(pace[w], problem.group, problem.pupils[w] * problem.pace[w])
        pace = np.where(self.demand > 0, pace / np.maximum(self.demand, 1e-9), 1.0)
        uses = np.zeros((B, problem.seats.shape[1]))
        np.add.at(uses, problem.owner, (problem.seats > 0).astype(float))
        self.alone = len(problem.kind) == problem.shape[1] and bool((problem.group == np.arange(G)).all())
        """Whether each group is one unit."""
        pair = self._pairs()
        self.yearly = problem.weight[:, None] * problem.discount[None]
        self.per = self.yearly[:, None, :] * self.demand
        self.leaves, self._owner = self._leaving(pair)
        self.market = Market(
            self.demand, pace, np.ascontiguousarray(problem.way),
            np.ascontiguousarray(np.argsort(problem.way, axis=0, kind="stable").T),
            np.isfinite(problem.way).sum(axis=0).astype(np.int64), problem.kind, problem.takes.astype(float), uses,
            problem.seats, problem.extra, problem.first, problem.floor, problem.floor_price, problem.elastic_price,
            self._moving(), pair, self._owner,
        )  # fmt: skip
        sizes = problem.pupils[problem.pupils > 0]
        seats = problem.seats[problem.seats > 0]
        self.coarse = self.alone and bool((problem.pupils == np.round(problem.pupils)).all()) and len(seats) > 0 \
            and float(sizes.mean()) > COARSE * float(np.minimum(seats, sizes.sum()).mean())  # fmt: skip
        """Whether units are so large beside rooms that going whole matters, and are whole numbers."""
        self._still: dict[int, Floats] = {}

    def _moving(self) -> Floats:
        """Give what a change of school in the first year costs a pupil, W × G × B: exact where each group is a unit."""
        p = self.problem
        W, _, B, _ = p.shape
        if not self.alone:
            return np.zeros((W, len(p.kind), B))
        share = p.change * p.staying[:, :, 0] / np.maximum(p.pupils[:, :, 0], 1e-9)
        return np.ascontiguousarray(share[:, :, None] * (p.prior.sum(axis=1)[:, None] - p.prior)[None])

    def _pairs(self) -> Ints:
        """Number the pairs of groups and buildings of which later changes are priced: the nearest, G × B."""
        p = self.problem
        pair = np.full(p.way.shape, -1, dtype=np.int64)
        if self.alone and p.change > 0 and p.shape[3] > 1:
            order = np.argsort(p.way, axis=1, kind="stable")[:, :PAIRS]
            g, j = np.nonzero(np.isfinite(np.take_along_axis(p.way, order, axis=1)))
            pair[g, order[g, j]] = np.arange(len(g))
        return pair

    def _leaving(self, pair: Ints) -> tuple[Floats, Ints]:
        """Give the most that leaving may be priced at, W × pairs × T a pupil, and the group of each pair."""
        p = self.problem
        owner = np.nonzero(pair >= 0)[0].astype(np.int64)
        most = np.zeros((p.shape[0], len(owner), p.shape[3]))
        if len(owner):
            share = p.change * p.staying / np.maximum(p.pupils, 1e-9)
            share[:, :, 1:] *= (p.pupils[:, :, :-1] > 0) & (p.pupils[:, :, 1:] > 0)
            most[:, :, 1:] = share[:, owner, 1:]
            order = np.argsort(pair[pair >= 0], kind="stable")
            most, owner = most[:, order], owner[order]
        return most, owner

    def start(self) -> Prices:
        """Give prices to begin with: what the third nearest building would cost."""
        W, _, B, T = self.problem.shape
        third = np.sort(np.where(np.isfinite(self.problem.way), self.problem.way, self.problem.unplaced), axis=1)
        price = np.minimum(third[:, min(2, third.shape[1] - 1)] + 50.0, self.problem.unplaced)
        pupils = np.ascontiguousarray(np.broadcast_to(price[None, :, None], self.demand.shape))
        return Prices(pupils, np.zeros((2, W, T)), np.zeros((W, B)), np.zeros(self.leaves.shape))

    def shift(self, leave: Floats) -> Floats:
        """Give what a seat costs more or less by the prices of leaving, W × pairs × T, a pupil.

        κ n · moved_t ≥ Σ_b λ_bt (x_b,t−1 − x_bt) − max_b λ_bt · gone_t for every λ between 0 and κ n: who stays is
        paid back what the year before was charged.
        """
        shift = -leave
        if leave.shape[1]:
            per = np.maximum(self.per[:, self._owner], 1e-12)
            shift[:, :, :-1] += leave[:, :, 1:] * per[:, :, 1:] / per[:, :, :-1]
        return np.ascontiguousarray(shift)

    def ceiling(self, leave: Floats) -> Floats:
        """Give the highest price of a pupil, W × G × T: no seat costs so much, less what leaving is not charged."""
        most = np.full(self.demand.shape, self.problem.unplaced)
        if leave.shape[1]:
            which, begins = np.unique(self._owner, return_index=True)
            most[:, which] -= np.maximum.reduceat(leave, begins, axis=1)
        return np.maximum(most, 0.0)

    def values(self, prices: Prices, whole: bool = False) -> tuple[Floats, Floats]:
        """Give what each state is worth at prices, W × S × T: running, less what its rooms save; and where it is full.

        With `whole` units go whole.
        """
        p = self.problem
        both = np.zeros((2, len(prices.pupils), len(p.owner), prices.pupils.shape[2]))
        worth(self.market, prices.pupils, self.shift(prices.leave), whole, both)
        both = (both + p.running[None, None, :, None]) * self.yearly[None, :, None, :]
        both[1] += prices.years[:, p.owner][:, :, None]
        full = both[1] < both[0]
        return np.ascontiguousarray(both.min(axis=0)), full

    def look(self, prices: Prices, whole: bool = False) -> Look:
        """Look at the relaxation at prices, those of pupils at most the `ceiling`."""
        p = self.problem
        W, _, B, T = p.shape
        prices = prices._replace(pupils=np.minimum(prices.pupils, self.ceiling(prices.leave)))
        value, full = self.values(prices, whole)
        path = np.zeros((W, B, T), dtype=np.int64)
        through = np.full(value.shape, np.inf)
        total = float((self.per * prices.pupils).sum()) - float(prices.years.sum()) * min(p.elastic_years, T)
        for kind, limits in ((0, p.closures), (1, p.budget)):
            known = np.isfinite(limits)
            total -= float((prices.limit[kind][:, known] * limits[known]).sum())
        for b in range(B):
            own = slice(p.first[b], p.first[b + 1])
            each = self.arcs(b, prices.limit)
            total += shortest(
                value[:, own], each.sum(axis=0), each, p.now[b] - p.first[b], p.known if p.waits[b] else T,
                path[:, b], through[:, own],
            )  # fmt: skip
            path[:, b] += p.first[b]
        taken, there = np.zeros(self.demand.shape), np.zeros(self.leaves.shape)
        w, _, t = np.indices(path.shape)
        above = full[w, path, t].astype(float)
        served(self.market, prices.pupils, self.shift(prices.leave), path, above, whole, taken, there)
        return Look(total, taken, np.stack(p.acts(path)), above.sum(axis=2), there, path, through + total)

    def arcs(self, b: int, limit: Floats) -> Floats:
        """Give what the arcs of a building cost in each forecast, W × T × K × K."""
        if not limit.any():
            if b not in self._still:
                self._still[b] = self._arcs(b, limit)
            return self._still[b]
        return self._arcs(b, limit)

    def _arcs(self, b: int, limit: Floats) -> Floats:
        p, years = self.problem, np.arange(self.demand.shape[2])[:, None, None]
        own = slice(p.first[b], p.first[b + 1])
        cost = p.weight[:, None, None, None] * (p.write[own, own][None] * p.rest[:, None, None])
        if limit.any():
            pay = np.maximum(years - p.lead[own, own][None], 0)
            cost = cost + limit[0][:, :, None, None] * p.ends[own, own] + limit[1][:, pay] * p.invest[own, own]
        return np.ascontiguousarray(np.where(p.open(years.ravel(), own), cost, np.inf))

    def courses(self, b: int, value: Floats, priced: Priced) -> list[Ints]:
        """Give the best path through each state and year, T each, by what the whole costs at least with it."""
        p = self.problem
        own = slice(p.first[b], p.first[b + 1])
        arcs = self.arcs(b, priced.prices.limit).sum(axis=0)
        return [p.first[b] + path for path in _through(value[:, own].sum(axis=0), arcs, p.now[b] - p.first[b])]

    def branches(self, b: int, value: Floats, priced: Priced, now: Ints) -> list[Ints]:
        """Give paths that part from the present one in one forecast, once it is known; W × T each."""
        p, told = self.problem, []
        base = p.first[b]
        own = slice(base, p.first[b + 1])
        each = self.arcs(b, priced.prices.limit)
        for w in range(len(now)):
            start = now[w, p.known - 1] if p.known else p.now[b]
            for tail in _through(value[w, own, p.known :], each[w, p.known :], start - base)[:8]:
                new = now.copy()
                new[w, p.known :] = base + tail
                told.append(new)
        return told

    def begin(self) -> Priced:
        """Give the prices to begin with."""
        prices = self.start()
        seen = self.look(prices)
        return Priced(seen.bound, prices, seen.through, seen.path)

    def improve(
        self, best: Priced, upper: float, clock: Clock, steps: int, gap: float = 0.0, whole: bool = False
    ) -> Priced:
        """Move the prices towards a better bound; with `whole` the bound knows that units go whole."""
        p = self.problem
        seen = self.look(best.prices, whole)
        if seen.bound > best.bound:
            best = Priced(seen.bound, best.prices, seen.through, seen.path)
        mean, done, above, there = seen.taken, seen.done, seen.above, seen.there
        late = deque((*best.late, seen.path), maxlen=REMEMBERED)
        step, stale, made = FIRST_STEP, 0, 0
        held = np.stack([p.closures, p.budget])[:, None, :]
        known = np.isfinite(held)
        size = float(self.demand.sum()) / max(float(np.prod(np.shape(above))) * p.shape[3], 1.0)  # pupils of a building
        rate = np.where(known, size / np.maximum(np.where(known, held, 1.0), 1.0) ** 2, 0.0)
        per = self.per[:, self._owner]
        while made < steps and not clock.over and step > LEAST_STEP:
            if np.isfinite(upper) and upper - best.bound <= gap * abs(upper):
                break
            made += 1
            at = best.prices
            off = np.where(self.per > 0, 1.0 - mean, 0.0)
            excess = np.where(known, done - np.where(known, held, 0.0), 0.0)
            more = above - min(p.elastic_years, p.shape[3])
            more = np.where((at.years > 0) | (more > 0), more, 0.0)
            left = np.diff(there, axis=2, prepend=there[:, :, :1]) * -1.0
            left = np.where((left > 0) & (at.leave < self.leaves) | (left < 0) & (at.leave > 0), left, 0.0)
            length = float((self.per * off**2).sum() + (rate * excess**2).sum() + 0.1 * size * (more**2).sum())
            length += float((per * left**2).sum())
            if length <= 1e-12:
                break
            target = upper if np.isfinite(upper) else best.bound + 0.05 * abs(best.bound) + 1.0
            pace = step * max(target - best.bound, 1e-3 * abs(target)) / length
            leave = np.clip(at.leave + pace * left, 0.0, self.leaves)
            prices = Prices(
                np.clip(at.pupils + pace * off, 0.0, self.ceiling(leave)),
                np.maximum(at.limit + pace * rate * excess, 0.0),
                np.maximum(at.years + pace * 0.1 * size * more, 0.0), leave,
            )  # fmt: skip
            seen = self.look(prices, whole)
            late.append(seen.path)
            mean, done, above, there = (
                KEPT * new + (1 - KEPT) * old
                for new, old in zip(
                    (seen.taken, seen.done, seen.above, seen.there), (mean, done, above, there), strict=True
                )
            )
            if seen.bound > best.bound + 1e-9 * abs(best.bound):
                stale, step = 0, min(step * 1.1, 1.9)
                best = Priced(seen.bound, prices, seen.through, seen.path)
            else:
                stale += 1
                if stale >= PATIENCE:
                    step, stale = step * 0.66, 0
        return replace(best, late=tuple(late))


def _through(value: Floats, arcs: Floats, now: int) -> list[Ints]:
    """Give the best path through each state and year, the best of all first; values K × T, arcs T × K × K."""
    K, T = value.shape
    ahead, left, back, on = np.empty((T, K)), np.zeros((T, K)), np.zeros((T, K), int), np.zeros((T, K), int)
    reach = np.where(np.arange(K) == now, 0.0, np.inf)
    for t in range(T):
        whole = reach[:, None] + arcs[t]
        back[t], reach = whole.argmin(axis=0), whole.min(axis=0) + value[:, t]
        ahead[t] = reach
    for t in range(T - 2, -1, -1):
        whole = arcs[t + 1] + (value[:, t + 1] + left[t + 1])[None]
        on[t], left[t] = whole.argmin(axis=1), whole.min(axis=1)
    told: dict[bytes, Ints] = {}
    for at in np.argsort((ahead + left).ravel(), kind="stable"):
        t, k = divmod(int(at), K)
        if not np.isfinite(ahead[t, k] + left[t, k]):
            break
        path = np.full(T, k, dtype=np.int64)
        for v in range(t, 0, -1):
            path[v - 1] = back[v, path[v]]
        for v in range(t, T - 1):
            path[v + 1] = on[v, path[v]]
        told.setdefault(path.tobytes(), path)
    return list(told.values())
