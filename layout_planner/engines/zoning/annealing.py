"""The annealing search as the engine uses it: its memory, its temperatures, and the pool of zones it fills."""

from __future__ import annotations

import numpy as np

from layout_planner.base.arrays import Floats, Ints
from layout_planner.engines.zoning.pool import ZonePool
from layout_planner.engines.zoning.problem import ZoneProblem
from layout_planner.engines.zoning.relaxation import Bound
from layout_planner.engines.zoning.search import (
    Cooling,
    Land,
    Pool,
    State,
    anneal,
    fill_state,
    fill_table,
    grow,
    remember_all,
)
from layout_planner.solving.clock import Clock

STEPS = 1_000_000
"""Steps of one cycle; small problems make fewer, and those of many places more."""
STEPS_PER_PAIR, STEPS_PER_PLACE = 400, 800
FRESH_HEATS, MILD_HEATS, AGAIN_HEATS = (4.0, 1.0, 2.0), (0.5, 1.0, 2.0), (0.5, 0.25, 1.0)
"""First temperature of cycles that begin from the relaxation, of those that begin from a wish worth keeping or have few
steps for each place, and of one that begins from a good assignment, in typical regrets: what a place loses at its
second-best school."""
COOLED = 0.02
"""Last temperature as a share of the first."""
CHUNKS = 20
"""Parts of a cycle between two looks at the clock."""
SHORTAGE = 3.0
"""A missing seat costs so many times its price in the relaxation at least."""
OVERFULL, OVERFULL_SHARE = 2.0, 0.2
"""Prices of missing seats settle where so many schools are overfull, but no larger share: with more of them the search
is hardly ever feasible."""
KEPT_EXCESS = 0.15
"""Zones whose excess is a larger share of the whole gap are not worth remembering."""
POOL_ZONES, POOL_PLACES, POOL_SLOTS = 120_000, 5_000_000, 1 << 19


class Annealer:
    """Annealing with a memory.

    Parameters
    ----------
    problem
        The problem.
    bound
        The relaxation's verdict, which sets prices and temperatures.
    wish
        A school for each place as the relaxation would have it, n.
    rng
        Where chance comes from.
    """

    def __init__(self, problem: ZoneProblem, bound: Bound, wish: Ints, rng: np.random.Generator) -> None:
        n, m = problem.n, problem.m
        self._problem, self._wish, self._rng = problem, wish, rng
        self.land, self._regret = _survey(problem, bound, rng)
        self.pool = _empty_pool()
        self._state = State(
            school=grow(self.land, wish),
            load=np.zeros(m),
            members=np.zeros((m, n), dtype=np.int64),
            sizes=np.zeros(m, dtype=np.int64),
            position=np.zeros(n, dtype=np.int64),
            excess=np.zeros(m),
            key=np.zeros(m, dtype=np.int64),
            price=self.land.least_price.copy(),
            trespass=np.zeros(m, dtype=np.int64),
            totals=np.zeros(4),
            sums=np.zeros(problem.shape.level.shape),
            mark=np.zeros(n + 1, dtype=np.int64),
            queue=np.zeros(n, dtype=np.int64),
            moved=np.zeros(2 * n + 2, dtype=np.int64),
            origin=np.zeros(2 * n + 2, dtype=np.int64),
        )
        fill_state(self.land, self._state)
        self._steps = min(max(STEPS, STEPS_PER_PLACE * n), STEPS_PER_PAIR * n * m)
        self._heats = MILD_HEATS if STEPS_PER_PLACE * n > STEPS else FRESH_HEATS
        self.cycles = self.fresh_cycles = self.again_cycles = 0

    def afresh(self, gap: float, clock: Clock) -> Ints | None:
        """Anneal once from the wish; give the best feasible assignment met, good or bad, or None.

        Parameters
        ----------
        gap
            Best objective − bound, which decides what zones are worth remembering; infinite when nothing is known.
        clock
            When to stop.
        """
        if self.fresh_cycles:
            self.restart(self._wish)
        heat = self._heats[self.fresh_cycles % len(self._heats)]
        self.fresh_cycles += 1
        return self._anneal(heat, gap, clock)

    def again(self, known: Ints, gap: float, clock: Clock) -> Ints | None:
        """Anneal once from a feasible assignment, less hot; give the best one met when it has cooled, or None."""
        self._state.school[:] = known
        fill_state(self.land, self._state)
        heat = AGAIN_HEATS[self.again_cycles % len(AGAIN_HEATS)]
        self.again_cycles += 1
        return self._anneal(heat, gap, clock, begin=CHUNKS // 2)

    def _anneal(self, heat: float, gap: float, clock: Clock, begin: int = 0) -> Ints | None:
        """Anneal once from the state; the best feasible assignment met from this chunk on."""
        self.cycles += 1
        if self.pool.size[2]:
            self._forget_half()
        found = np.full(self._problem.n, -1, dtype=np.int64)
        keep = KEPT_EXCESS * gap if np.isfinite(gap) else 0.01 * abs(float(self._state.totals[0]))
        share = min(OVERFULL_SHARE, OVERFULL / self._problem.m)
        steps, cooled = self._steps // CHUNKS, COOLED ** (1 / CHUNKS)
        hot = heat * self._regret
        for chunk in range(CHUNKS):
            if clock.over:
                break
            if chunk <= begin:
                limit = np.inf
            cold = hot * cooled
            cooling = Cooling(hot, cold, steps, share, keep)
            limit = anneal(self.land, self._state, self.pool, found, limit, cooling, self._rng)
            hot = cold
        return None if found[0] < 0 else found

    def state(self) -> Ints:
        """Give where the last cycle ended, feasible or not."""
        return self._state.school.copy()

    def keep_to(self, wish: Ints) -> None:
        """Begin from a wish that is worth keeping: less hot than from the relaxation's."""
        self._heats = MILD_HEATS
        self.restart(wish)

    def restart(self, wish: Ints) -> None:
        """Begin again from zones as near to a wish as can hang together."""
        self._wish = wish
        self._state.school[:] = grow(self.land, wish)
        self._state.price[:] = self.land.least_price
        fill_state(self.land, self._state)

    def remember(self, school_of: Ints) -> None:
        """Put the zones of a feasible assignment into the pool."""
        kept = self._state.school.copy()
        self._state.school[:] = school_of
        fill_state(self.land, self._state)
        remember_all(self.land, self._state, self.pool)
        self._state.school[:] = kept
        fill_state(self.land, self._state)

    def zones(self, best: Ints) -> tuple[ZonePool, Ints, Floats]:
        """Give the pool, with the zones of the best assignment last: those zones, and every zone's excess."""
        m = self._problem.m
        known, filled = int(self.pool.size[0]), int(self.pool.size[1])
        order = np.argsort(best, kind="stable")
        pool = ZonePool(
            self._problem,
            np.concatenate([self.pool.school[:known], np.arange(m)]),
            np.concatenate([self.pool.ptr[: known + 1], filled + np.cumsum(np.bincount(best, minlength=m))]),
            np.concatenate([self.pool.places[:filled], order]),
        )
        return pool, known + np.arange(m), np.concatenate([self.pool.excess[:known], np.zeros(m)])

    def _forget_half(self) -> None:
        """Keep the half of the pool with the least excess."""
        old = self.pool
        known = int(old.size[0])
        inside = np.zeros(known, dtype=np.bool_)
        inside[np.argsort(old.excess[:known], kind="stable")[: known // 2]] = True
        sizes = np.diff(old.ptr[: known + 1])
        count, filled = int(inside.sum()), int(sizes[inside].sum())
        fresh = _empty_pool()
        fresh.school[:count] = old.school[:known][inside]
        fresh.excess[:count] = old.excess[:known][inside]
        fresh.ptr[1 : count + 1] = np.cumsum(sizes[inside])
        fresh.places[:filled] = old.places[: old.size[1]][np.repeat(inside, sizes)]
        fresh.size[:2] = count, filled
        fill_table(self.land, fresh)
        self.pool = fresh


def _survey(problem: ZoneProblem, bound: Bound, rng: np.random.Generator) -> tuple[Land, float]:
    """Make the annealer's view of a problem, and the typical regret that sets its temperatures."""
    finite = np.isfinite(bound.reduced)
    reduced = np.where(finite, bound.reduced, bound.reduced[finite].max(initial=1.0))
    spread = float(np.nanmax(problem.cost) - np.nanmin(problem.cost))
    regret = np.partition(reduced, 1, axis=1)[:, 1] if problem.m > 1 else np.zeros(problem.n)
    typical = float(np.median(regret)) or float(regret.mean()) or spread or 1.0
    charged = bound.seat_price[bound.seat_price > 0]
    usual = float(charged.mean()) if len(charged) else typical / (float(problem.demand.mean()) or 1.0)
    land = Land(
        indptr=problem.indptr,
        indices=problem.indices,
        cost=np.where(np.isnan(problem.cost), 3.0 * spread + typical, problem.cost),
        barred=np.isnan(problem.cost).astype(np.int64),
        demand=problem.demand,
        seats=problem.capacity + 1e-9 * np.maximum(1.0, np.abs(problem.capacity)),
        home=problem.home,
        reduced=reduced,
        seat_price=bound.seat_price,
        least_price=SHORTAGE * np.maximum(bound.seat_price, 0.3 * usual),
        keys=rng.integers(1, 2**62, problem.n),
        weight=problem.shape.weight,
        level=problem.shape.level,
        over=problem.shape.over,
        under=problem.shape.under,
        border=problem.border,
    )
    return land, typical


def _empty_pool() -> Pool:
    return Pool(
        table=np.zeros(POOL_SLOTS, dtype=np.int64),
        school=np.zeros(POOL_ZONES, dtype=np.int64),
        excess=np.zeros(POOL_ZONES),
        ptr=np.zeros(POOL_ZONES + 1, dtype=np.int64),
        places=np.zeros(POOL_PLACES, dtype=np.int64),
        size=np.zeros(3, dtype=np.int64),
    )
