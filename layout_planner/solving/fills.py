"""Whole places to schools where the transportation problem is not tight: fills of single schools, priced.

    L(λ) = Σ_i λ_i + Σ_j min { Σ_i (c_ij d_i − λ_i) x_i :  Σ_i d_i x_i ≤ Q_j,  x binary }

(Lagrangian relaxation of "every place has one school": Fisher, Jaikumar and Van Wassenhove 1986.) A school of a county
takes a dozen places: which of them fill it whole is a knapsack, exact by dynamic programming over whole pupils, and L
lies well above the transportation problem, which divides a place at almost every full school. λ is raised by
subgradient steps (Held, Wolfe and Crowder 1974). Only the nearest schools of each place are looked at; a pair left out
never enters a fill while λ_i does not exceed its cost, which is kept so.

The fills met on the way are columns: over a few dozen neighbouring schools the best mixture of them is a set
partitioning problem of modest size, solved exactly, window by window.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints, Positions
from layout_planner.solving.clock import Clock
from layout_planner.solving.kernel import kernel
from layout_planner.solving.mip import Model

NEAR, MOST = 12, 64
"""So many schools a place may be sent to, the cheapest: more where prices make farther ones worth it, up to the second.
"""
ROWS = 1024
"""Places looked at together when the cheapest schools are chosen: no second table of all pairs is made."""
LARGEST = 20_000
"""Seats up to which a fill is worked out."""
STEPS, PATIENCE, SHRINK, KEEP = 2_000, 20, 0.7, 0.7
"""Subgradient: steps at most; steps without gain after which the step is shortened, and by what; weight of the last
direction."""
WINDOW, DRAWS, COLUMNS, SECONDS = 40, 150, 60, 8.0
"""Schools of a window, draws of prices that make its columns, columns a school, and seconds of its program."""


@dataclass(frozen=True, eq=False)
class Near:
    """The cheapest schools of each place.

    Parameters
    ----------
    school
        Shape (places, k), the cheapest with the price of a seat first; −1 where there are fewer.
    ways
        Cost of the whole place, same shape; inf where there is no school.
    beyond
        Least cost of the whole place at a school left out, shape (places,); inf where none is.
    """

    school: Positions
    ways: Floats
    beyond: Floats

    @classmethod
    def of(cls, cost: Floats, pupils: Floats, place_price: Floats, school_price: Floats) -> Near:
        """Choose them from the cost of one pupil, shape (places, schools), NaN where a pair is not allowed.

        The prices are those of the transportation problem: a place may go where a pupil costs less than it is charged.
        """
        n, m = cost.shape
        chunks = [slice(at, at + ROWS) for at in range(0, n, ROWS)]
        worth = max(((cost[rows] < place_price[rows, None]).sum(axis=1).max() for rows in chunks), default=0)
        k = min(max(NEAR, int(worth) + 2), MOST, m)
        school, ways, beyond = np.empty((n, k), dtype=np.intp), np.empty((n, k)), np.full(n, np.inf)
        for rows in chunks:
            part = np.where(np.isfinite(cost[rows]), cost[rows], np.inf)
            every = np.broadcast_to(np.arange(m), part.shape)
            near = np.argpartition(part, k, axis=1)[:, : k + 1] if m > k else every
            if m > k:
                beyond[rows] = np.take_along_axis(part, near[:, k:], axis=1)[:, 0]
            near = near[:, :k]
            paid = np.take_along_axis(part, near, axis=1)
            order = np.lexsort([near, paid - school_price[near]], axis=1)
            school[rows], ways[rows] = (np.take_along_axis(each, order, axis=1) for each in (near, paid))
        school[~np.isfinite(ways)] = -1
        heads = np.maximum(pupils, 1e-12)
        return cls(school, ways * heads[:, None], beyond * heads)


@dataclass(frozen=True, eq=False)
class Ground:
    """The same pairs school by school: those of school j are `start[j]` to `start[j + 1]`."""

    start: Ints
    place: Ints
    cost: Floats
    pupils: Ints
    seats: Ints

    @classmethod
    def of(cls, near: Near, pupils: Floats, seats: Floats) -> Ground | None:
        """Turn the table; None where pupils are no whole numbers or a school is too large for a fill."""
        whole = np.round(pupils)
        room = np.minimum(np.floor(np.minimum(seats, whole.sum()) + 1e-9), 2**40)
        place, step = np.nonzero(near.school >= 0)
        school = near.school[place, step]
        asked = np.bincount(school, weights=whole[place], minlength=len(seats))
        if (np.abs(pupils - whole) > 1e-9).any() or (room[asked > room] > LARGEST).any():
            return None
        order = np.lexsort([place, school])
        start = np.searchsorted(school[order], np.arange(len(seats) + 1)).astype(np.int64)
        cost = near.ways[place, step][order]
        return cls(start, place[order].astype(np.int64), cost, whole.astype(np.int64), room.astype(np.int64))

    def within(self, places: Bools, schools: Bools) -> tuple[Ground, Positions]:
        """Keep some places and schools; also which entries those are. Other schools have none."""
        at = np.repeat(np.arange(len(self.seats)), np.diff(self.start))
        kept = np.flatnonzero(places[self.place] & schools[at])
        start = np.searchsorted(at[kept], np.arange(len(self.seats) + 1)).astype(np.int64)
        return Ground(start, self.place[kept], self.cost[kept], self.pupils, self.seats), kept


@kernel
def fill_schools(
    start: Ints, place: Ints, cost: Floats, pupils: Ints, seats: Ints, prices: Floats, taken: Ints, chosen: Bools
) -> float:
    """Fill every school for itself at least c d − λ; writes which entries are chosen and how often a place is taken."""
    total = 0.0
    taken[:] = 0
    chosen[:] = False
    for j in range(len(seats)):
        width = start[j + 1] - start[j]
        entry = np.empty(width, dtype=np.int64)
        worth = np.empty(width)
        count, asked = 0, 0
        for e in range(start[j], start[j + 1]):
            gain = prices[place[e]] - cost[e]
            if gain > 0.0 and pupils[place[e]] <= seats[j]:
                entry[count] = e
                worth[count] = gain
                asked += pupils[place[e]]
                count += 1
        room = min(seats[j], asked)
        best = np.zeros(room + 1)
        took = np.zeros((count, room + 1), dtype=np.bool_)
        if asked <= seats[j]:
            took[:, :] = True
            best[room] = worth[:count].sum()
        else:
            for t in range(count):
                heads = pupils[place[entry[t]]]
                for seat in range(room, heads - 1, -1):
                    value = best[seat - heads] + worth[t]
                    if value > best[seat]:
                        best[seat] = value
                        took[t, seat] = True
        total -= best[room]
        seat = room
        for t in range(count - 1, -1, -1):
            if took[t, seat]:
                chosen[entry[t]] = True
                taken[place[entry[t]]] += 1
                seat -= pupils[place[entry[t]]]
    return total


def filled(ground: Ground, prices: Floats) -> tuple[float, Ints, Bools]:
    """Give the least sum of all fills, how often each place is taken, and the entries chosen."""
    taken, chosen = np.zeros(len(prices), dtype=np.int64), np.zeros(len(ground.place), dtype=np.bool_)
    least = fill_schools(
        ground.start, ground.place, ground.cost, ground.pupils, ground.seats, prices, taken, chosen
    )  # fmt: skip
    return float(least), taken, chosen


def raise_prices(ground: Ground, prices: Floats, beyond: Floats, upper: float, clock: Clock) -> tuple[float, Floats]:
    """Raise the bound L by subgradient steps; gives the best bound and its prices.

    Parameters
    ----------
    prices
        λ to start from: what the transportation problem charges for each place.
    beyond
        λ may not exceed it: pairs left out stay out of every fill.
    upper
        Cost of the best solution known.
    """
    lam = np.minimum(prices, beyond)
    bound, best = -np.inf, lam
    length, since, direction = 1.0, 0, np.zeros(len(lam))
    for _ in range(STEPS):
        least, taken, _ = filled(ground, lam)
        value = float(lam.sum()) + least
        since = 0 if value > bound + 1e-9 * abs(value) else since + 1
        if value > bound:
            bound, best = value, lam
        if since >= PATIENCE:
            length, since, lam = length * SHRINK, 0, best
        direction = KEEP * direction + (1.0 - taken)
        norm = float(direction @ direction)
        if norm <= 0.0 or upper - value <= 1e-9 * abs(upper) or clock.over:
            break
        lam = np.minimum(lam + length * (upper - value) / norm * direction, beyond)
    return bound, best


def mix_windows(
    near: Near, ground: Ground, school: Positions, prices: Floats, gap: float, rng: np.random.Generator, clock: Clock
) -> Iterator[float]:
    """Improve an assignment in place, window by window; gives what each window saved.

    Parameters
    ----------
    school
        School of each place, −1 for places without pupils; changed in place.
    gap
        The distance to the bound: prices are drawn about as far from λ as a school's share of it.
    """
    m = len(ground.seats)
    touch, seen = _touching(near, m), np.zeros(m)
    while not clock.over:
        window = _window(touch, int((seen + rng.random(m)).argmin()))  # where it has been looked at least
        seen += window
        yield _mixed(near, ground, school, prices, window, gap, rng, clock)


def _touching(near: Near, m: int) -> list[Positions]:
    """Give the schools that share places with each school, the ones that share most first."""
    shared = np.zeros((m, m), dtype=np.int32)
    for step in range(1, min(near.school.shape[1], 4)):
        both = near.school[:, step] >= 0
        np.add.at(shared, (near.school[both, 0], near.school[both, step]), 1)
    shared += shared.T
    return [np.argsort(-row, kind="stable")[: int((row > 0).sum())] for row in shared]


def _window(touch: list[Positions], first: int) -> Bools:
    """Grow a window from one school over those that touch it."""
    inside = np.zeros(len(touch), dtype=np.bool_)
    inside[first] = True
    queue, count = [first], 1
    while queue and count < WINDOW:
        for other in touch[queue.pop(0)]:
            if not inside[other] and count < WINDOW:
                inside[other] = True
                count += 1
                queue.append(int(other))
    return inside


def _mixed(
    near: Near, ground: Ground, school: Positions, prices: Floats, window: Bools, gap: float,
    rng: np.random.Generator, clock: Clock,
) -> float:  # fmt: skip
    """Mix the fills of a window at least cost; gives what that saved."""
    at = np.where(school >= 0, school, 0)
    mine = (school >= 0) & window[at]
    own = np.array([(near.school[i] == school[i]).any() for i in np.flatnonzero(mine)], dtype=np.bool_)
    mine[np.flatnonzero(mine)[~own]] = False  # who is sent beyond the nearest schools stays there, and keeps the seats
    stay = (school >= 0) & window[at] & ~mine
    seats = ground.seats.copy()
    np.subtract.at(seats, school[stay], ground.pupils[stay])
    part, _ = ground.within(mine, window)
    part = Ground(part.start, part.place, part.cost, part.pupils, np.maximum(seats, 0))
    pool, present = _columns(part, school, prices, mine, gap / len(ground.seats), rng)
    before = sum(pool[fill] for fill in present)
    kept = _cheapest(pool, present, prices)
    value = np.array([pool[key] for key in kept])
    index = np.full(len(school), -1, dtype=np.intp)
    places = np.flatnonzero(mine)
    index[places] = np.arange(len(places))
    start = (np.arange(len(kept)) < len(present)).astype(float)
    model = Model()
    x = model.columns(value, most=1.0, whole=True)
    counts = [len(members) for _, members in kept]
    rows = index[np.concatenate([np.array(members, dtype=np.intp) for _, members in kept])]
    model.rows((rows, np.repeat(x, counts), 1.0), least=1.0, most=1.0, count=len(places))
    rank = {j: number for number, j in enumerate(dict.fromkeys(j for j, _ in kept))}
    model.rows((np.array([rank[j] for j, _ in kept]), x, 1.0), most=1.0, count=len(rank))
    answer = model.solve(clock=clock.within(SECONDS), absolute_gap=1e-6 * before, start=start, seed=1)
    if answer.x is None:
        return 0.0
    saved = before - float(value[answer.x > 0.5].sum())
    if saved <= 1e-9 * before:
        return 0.0
    for column in np.flatnonzero(answer.x > 0.5):
        j, members = kept[column]
        school[list(members)] = j
    return saved


Fill = tuple[int, tuple[int, ...]]
"""A school and the places that fill it."""


def _columns(
    part: Ground, school: Positions, prices: Floats, mine: Bools, scale: float, rng: np.random.Generator
) -> tuple[dict[Fill, float], list[Fill]]:
    """Give fills of the schools of a window with their cost, by prices drawn around λ, and the present ones."""
    pool: dict[Fill, float] = {}
    present: list[Fill] = []
    at = np.repeat(np.arange(len(part.seats)), np.diff(part.start))
    now = school[part.place] == at
    lam = prices.copy()
    for draw in range(DRAWS + 1):
        if draw:
            noise = rng.normal(0.0, scale * rng.uniform(0.1, 2.0), len(lam))
            _, taken, now = filled(part, lam + noise)
            lam = lam + 0.2 * scale * np.where(mine, 1.0 - taken, 0.0)
        entries = np.flatnonzero(now)
        for own in np.split(entries, np.flatnonzero(np.diff(at[entries])) + 1):
            if len(own):
                pool.setdefault((int(at[own[0]]), tuple(part.place[own].tolist())), float(part.cost[own].sum()))
        if not draw:
            present = list(pool)
    return pool, present


def _cheapest(pool: dict[Fill, float], present: list[Fill], prices: Floats) -> list[Fill]:
    """Keep of each school the fills of least reduced cost; the present ones stand first and stay."""
    by_school: dict[int, list[tuple[float, Fill]]] = {}
    for key, cost in pool.items():
        by_school.setdefault(key[0], []).append((cost - float(prices[list(key[1])].sum()), key))
    kept = dict.fromkeys(present)
    for fills in by_school.values():
        kept.update(dict.fromkeys(key for _, key in sorted(fills)[:COLUMNS]))
    return list(kept)
