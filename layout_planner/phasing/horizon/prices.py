"""A true bound from prices: what each building is worth to those whom it may take, and its best path through the years.

With a price π_wgt on a seat for each pupil of group g (place and kind) in year t, and prices on what a year may hold,
the problem falls apart by building. For each state, year and forecast the pupils whose way costs less than their price
fill the seats in the order of the difference, first those that spare the floor, last those above the standard; the
values of the states are the lengths of a network whose shortest path is the building's best course. Σ of all that is a
bound, whatever the prices (Lagrangian relaxation of the assignment, Geoffrion 1974; capacitated location: Cornuéjols,
Sridharan and Thizy 1991). Left out, so that the bound holds for every way of moving: changes of school after the first
year, and that units go whole. The prices are moved by the volume algorithm (Barahona and
Anbil 2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numba as nb
import numpy as np

from layout_planner.base.arrays import Floats, Ints
from layout_planner.phasing.horizon.problem import Horizon
from layout_planner.solving.clock import Clock

FIRST_STEP, LEAST_STEP = 1.0, 1e-4
PATIENCE = 15
"""Steps without a better bound after which they become shorter."""
KEPT = 0.1
"""Share of the newest direction in the averaged one."""


@nb.njit(cache=True)
def fill(
    rates: Floats, sizes: Floats, order: Ints, seats: float, extra: float, floor: float, tau: float, price: float,
    used: Floats,
) -> float:  # fmt: skip
    """Give what filling a room saves a pupil-year (≤ floor's cost), taking the cheapest first; shares into `used`."""
    total, load = tau * floor, 0.0
    for at in order:
        left, rate = sizes[at], rates[at]
        share = 0.0
        while left > 1e-9:
            if load < floor and load < seats:
                slope, room = rate - tau, min(floor, seats) - load
            elif load < seats:
                slope, room = rate, seats - load
            else:
                slope, room = rate + price, seats + extra - load
            if slope >= 0 or room <= 1e-9:
                break
            part = min(left, room)
            total += slope * part
            load += part
            left -= part
            share += part
        used[at] = share / sizes[at]
        if left > 1e-9:
            break
    return total


class Market(NamedTuple):
    """What prices meet: pupils and mean pace of groups, W × G × T; their ways, G × B, each building's nearest first.

    `known` of `near` have a way; `uses` are the pools any state of a building has, B × P; `move`, W × G × B, is what
    changing school costs a pupil in the first year.
    """

    demand: Floats
    pace: Floats
    way: Floats
    near: Ints
    known: Ints
    kind: Ints
    takes: Floats
    uses: Floats
    seats: Floats
    extra: Floats
    first: Ints
    floor: Floats
    tau: Floats
    elastic: float
    move: Floats


@nb.njit(cache=True)
def gather(m: Market, price: Floats, w: int, t: int, b: int, p: int, top: float, found: Floats, who: Ints) -> int:
    """Write rates and sizes of those whom a pool may gain by taking, 2 × G, and who they are; give their number."""
    n = 0
    for at in range(m.known[b]):
        g = m.near[b, at]
        if m.way[g, b] >= top + m.tau[p]:
            break
        rate = m.way[g, b] * m.pace[w, g, t] - price[w, g, t]
        if t == 0:
            rate += m.move[w, g, b]
        if m.takes[p, m.kind[g]] > 0 and rate < m.tau[p] and m.demand[w, g, t] > 0:
            found[0, n], found[1, n], who[n] = rate, m.demand[w, g, t], g
            n += 1
    return n


@nb.njit(cache=True)
def farthest(m: Market, price: Floats, w: int, t: int) -> float:
    """Give the way beyond which nobody gains: the highest price over the least pace."""
    top, least = 0.0, np.inf
    for g in range(price.shape[1]):
        if m.demand[w, g, t] > 0:
            top, least = max(top, price[w, g, t]), min(least, m.pace[w, g, t])
    return top / least if least > 0 else np.inf


@nb.njit(cache=True)
def worth(m: Market, price: Floats, value: Floats) -> None:
    """Write what each state is worth, 2 × W × S × T, a year undiscounted: what its rooms save by whom they take.

    First without seats above the standard, then with them.
    """
    W, G, T = m.demand.shape
    B, P = len(m.first) - 1, m.seats.shape[1]
    found, used, who = np.empty((2, G)), np.empty(G), np.empty(G, dtype=np.int64)
    for w in range(W):
        for t in range(T):
            top = farthest(m, price, w, t)
            for b in range(B):
                for p in range(P):
                    if m.uses[b, p] == 0:
                        continue
                    n = gather(m, price, w, t, b, p, top, found, who)
                    order = np.argsort(found[0, :n])
                    for s in range(m.first[b], m.first[b + 1]):
                        for full in range(2):
                            if m.seats[s, p] > 0:
                                value[full, w, s, t] += fill(
                                    found[0], found[1], order, m.seats[s, p], full * m.extra[s, p], m.floor[p],
                                    m.tau[p], m.elastic, used,
                                )  # fmt: skip


@nb.njit(cache=True)
def served(m: Market, price: Floats, path: Ints, full: Floats, share: Floats) -> None:
    """Write how much of each group the chosen states take, W × G × T; `full`, W × B × T, is 1 above the standard."""
    W, G, T = m.demand.shape
    found, used, who = np.empty((2, G)), np.empty(G), np.empty(G, dtype=np.int64)
    for w in range(W):
        for t in range(T):
            top = farthest(m, price, w, t)
            for b in range(path.shape[1]):
                s = path[w, b, t]
                for p in range(m.seats.shape[1]):
                    if m.seats[s, p] <= 0:
                        continue
                    n = gather(m, price, w, t, b, p, top, found, who)
                    used[:n] = 0.0
                    order = np.argsort(found[0, :n])
                    fill(
                        found[0], found[1], order, m.seats[s, p], full[w, b, t] * m.extra[s, p], m.floor[p], m.tau[p],
                        m.elastic, used,
                    )  # fmt: skip
                    for at in range(n):
                        share[w, who[at], t] += used[at]


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
        for j in range(K):
            other[j] = reach[j] + rest[known, j] - left[w, known, j]
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


@dataclass(frozen=True, eq=False)
class Priced:
    """What prices prove.

    Parameters
    ----------
    bound
        Nothing allowed costs less.
    price, limit, years
        Of pupils, W × G × T; of closures and yuan a year, 2 × W × T; of a year above the standard, W × B.
    through
        W × S × T: what the whole costs at least if the building is in that state in that year (paths common to all
        forecasts stand in every w).
    path
        W × B × T: the best paths at these prices.
    steps
        Steps made.
    """

    bound: float
    price: Floats
    limit: Floats
    years: Floats
    through: Floats
    path: Ints
    steps: int


@dataclass(frozen=True, eq=False)
class Look:
    """The relaxation at prices.

    Parameters
    ----------
    bound
        What it proves.
    taken, done, above
        Who is served, W × G × T; closures and yuan of each year, 2 × W × T; years above the standard, W × B.
    path, through
        See `Priced`.
    """

    bound: float
    taken: Floats
    done: Floats
    above: Floats
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
        self.market = Market(
            self.demand, pace, np.ascontiguousarray(problem.way),
            np.ascontiguousarray(np.argsort(problem.way, axis=0, kind="stable").T),
            np.isfinite(problem.way).sum(axis=0).astype(np.int64), problem.kind, problem.takes.astype(float), uses,
            problem.seats, problem.extra, problem.first, problem.floor, problem.floor_price, problem.elastic_price,
            self._moving(),
        )  # fmt: skip
        self.yearly = problem.weight[:, None] * problem.discount[None]
        self.per = self.yearly[:, None, :] * self.demand
        self._still: dict[int, Floats] = {}

    def _moving(self) -> Floats:
        """Give what a change of school in the first year costs a pupil, W × G × B: exact where each group is a unit."""
        p = self.problem
        W, U, B, _ = p.shape
        if len(p.kind) != U or (p.group != np.arange(U)).any():
            return np.zeros((W, len(p.kind), B))
        share = p.change * p.staying[:, :, 0] / np.maximum(p.pupils[:, :, 0], 1e-9)
        return np.ascontiguousarray(share[:, :, None] * (p.prior.sum(axis=1)[:, None] - p.prior)[None])

    def start(self) -> Floats:
        """Give prices to begin with: what the third nearest building would cost."""
        third = np.sort(np.where(np.isfinite(self.market.way), self.market.way, self.problem.unplaced), axis=1)
        price = np.minimum(third[:, min(2, third.shape[1] - 1)] + 50.0, self.problem.unplaced)
        return np.ascontiguousarray(np.broadcast_to(price[None, :, None], self.demand.shape))

    def values(self, price: Floats, years: Floats) -> tuple[Floats, Floats]:
        """Give what each state is worth at prices, W × S × T: running, less what its rooms save; and where it is full.

        `years`, W × B, is the price of a year above the standard.
        """
        p = self.problem
        both = np.zeros((2, len(price), len(p.owner), price.shape[2]))
        worth(self.market, price, both)
        both = (both + p.running[None, None, :, None]) * self.yearly[None, :, None, :]
        both[1] += years[:, p.owner][:, :, None]
        full = both[1] < both[0]
        return np.ascontiguousarray(both.min(axis=0)), full

    def look(self, price: Floats, limit: Floats, years: Floats) -> Look:
        """Look at the relaxation at prices of seats, W × G × T, of what a year holds, 2 × W × T, and elastic years."""
        p = self.problem
        W, _, B, T = p.shape
        value, full = self.values(price, years)
        path = np.zeros((W, B, T), dtype=np.int64)
        through = np.full(value.shape, np.inf)
        total = float((self.per * price).sum()) - float(years.sum()) * min(p.elastic_years, T)
        for kind, limits in ((0, p.closures), (1, p.budget)):
            known = np.isfinite(limits)
            total -= float((limit[kind][:, known] * limits[known]).sum())
        for b in range(B):
            own = slice(p.first[b], p.first[b + 1])
            each = self.arcs(b, limit)
            total += shortest(
                value[:, own], each.sum(axis=0), each, p.now[b] - p.first[b], p.known if p.waits[b] else T,
                path[:, b], through[:, own],
            )  # fmt: skip
            path[:, b] += p.first[b]
        taken = np.zeros(self.demand.shape)
        w, _, t = np.indices(path.shape)
        above = full[w, path, t].astype(float)
        served(self.market, price, path, above, taken)
        return Look(total, taken, np.stack(p.acts(path)), above.sum(axis=2), path, through + total)

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
        return np.ascontiguousarray(np.where(p.earliest[own, own][None] <= years, cost, np.inf))

    def courses(self, b: int, value: Floats, priced: Priced) -> list[Ints]:
        """Give the best path through each state and year, T each, by what the whole costs at least with it."""
        p = self.problem
        own = slice(p.first[b], p.first[b + 1])
        arcs = self.arcs(b, priced.limit).sum(axis=0)
        return [p.first[b] + path for path in _through(value[:, own].sum(axis=0), arcs, p.now[b] - p.first[b])]

    def branches(self, b: int, value: Floats, priced: Priced, now: Ints) -> list[Ints]:
        """Give paths that part from the present one in one forecast, once it is known; W × T each."""
        p, told = self.problem, []
        base = p.first[b]
        own = slice(base, p.first[b + 1])
        each = self.arcs(b, priced.limit)
        for w in range(len(now)):
            start = now[w, p.known - 1] if p.known else p.now[b]
            for tail in _through(value[w, own, p.known :], each[w, p.known :], start - base)[:8]:
                new = now.copy()
                new[w, p.known :] = base + tail
                told.append(new)
        return told

    def begin(self) -> Priced:
        """Give the prices to begin with."""
        W, _, B, T = self.problem.shape
        price, limit, years = self.start(), np.zeros((2, W, T)), np.zeros((W, B))
        seen = self.look(price, limit, years)
        return Priced(seen.bound, price, limit, years, seen.through, seen.path, 0)

    def improve(self, best: Priced, upper: float, clock: Clock, steps: int, gap: float = 0.0) -> Priced:
        """Move the prices towards a better bound."""
        p = self.problem
        seen = self.look(best.price, best.limit, best.years)
        mean, done, above = seen.taken, seen.done, seen.above
        step, stale, made = FIRST_STEP, 0, 0
        held = np.stack([p.closures, p.budget])[:, None, :]
        known = np.isfinite(held)
        size = float(self.demand.sum()) / max(float(np.prod(np.shape(above))) * p.shape[3], 1.0)  # pupils of a building
        rate = np.where(known, size / np.maximum(np.where(known, held, 1.0), 1.0) ** 2, 0.0)
        while made < steps and not clock.over and step > LEAST_STEP:
            if np.isfinite(upper) and upper - best.bound <= gap * abs(upper):
                break
            made += 1
            off = np.where(self.per > 0, 1.0 - mean, 0.0)
            excess = np.where(known, done - np.where(known, held, 0.0), 0.0)
            more = above - min(p.elastic_years, p.shape[3])
            more = np.where((best.years > 0) | (more > 0), more, 0.0)
            length = float((self.per * off**2).sum() + (rate * excess**2).sum() + 0.1 * size * (more**2).sum())
            if length <= 1e-12:
                break
            target = upper if np.isfinite(upper) else best.bound + 0.05 * abs(best.bound) + 1.0
            pace = step * max(target - best.bound, 1e-3 * abs(target)) / length
            price = np.clip(best.price + pace * off, 0.0, p.unplaced)
            limit = np.maximum(best.limit + pace * rate * excess, 0.0)
            years = np.maximum(best.years + pace * 0.1 * size * more, 0.0)
            seen = self.look(price, limit, years)
            mean = KEPT * seen.taken + (1 - KEPT) * mean
            done = KEPT * seen.done + (1 - KEPT) * done
            above = KEPT * seen.above + (1 - KEPT) * above
            if seen.bound > best.bound + 1e-9 * abs(best.bound):
                stale, step = 0, min(step * 1.1, 1.9)
                best = Priced(seen.bound, price, limit, years, seen.through, seen.path, made)
            else:
                stale += 1
                if stale >= PATIENCE:
                    step, stale = step * 0.66, 0
        return best


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
