"""Plans: other paths for one building or two at a time, everyone concerned settled anew; what is cheaper is kept."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from layout_planner.base.arrays import Ints
from layout_planner.phasing.horizon.filling import Field, Now, attempt, polish, settle, swap
from layout_planner.phasing.horizon.prices import KEPT, Priced, Pricing
from layout_planner.phasing.horizon.problem import Horizon
from layout_planner.phasing.horizon.still import still
from layout_planner.solving.clock import Clock

OPTIONS = 40
"""Buildings a unit may choose from: the nearest that may ever take it, and where it is today."""
NEIGHBOURS = 6
"""Buildings nearest in the ways of pupils that are changed together with one."""
TRIED = 24
"""Other paths of a building that are tried, the most promising by their bound."""
PAIRED = 4
"""And of each of two buildings."""
EXCHANGED = 8
"""Nearest buildings of a unit where it may take another's place."""
AROUND = 60
"""Units nearest to a building that are settled anew after a path was forced on it."""
FORCED = 1e30


class Search:
    """A plan that is made better.

    Parameters
    ----------
    problem
        The problem.
    seed
        Of the order in which buildings are looked at.
    """

    def __init__(self, problem: Horizon, seed: int = 0) -> None:
        self.problem, self._chance = problem, np.random.default_rng(seed)
        W, U, B, T = problem.shape
        near = _options(problem)
        self.field = Field(
            problem.pupils, problem.staying, problem.pace,
            np.ascontiguousarray(problem.weight[:, None] * problem.discount[None]),
            problem.group, problem.kind, np.ascontiguousarray(problem.way), near, problem.prior,
            problem.prior.sum(axis=1), problem.seats, problem.extra, problem.pool_of, problem.floor,
            problem.floor_price, problem.elastic_price, min(problem.elastic_years, T), problem.change,
            problem.unplaced, problem.hold,
        )  # fmt: skip
        size = problem.pupils.sum(axis=(0, 2))
        self._order = np.argsort(-size, kind="stable").astype(np.int64)
        u, c = np.nonzero(near[self._order] >= 0)
        b = near[self._order][u, c]
        by = np.argsort(b, kind="stable")
        self._users = self._order[u[by]]
        self._starts = np.searchsorted(b[by], np.arange(B + 1)).astype(np.int64)
        self._mark, self._who = np.zeros((W, U), dtype=np.bool_), np.zeros((W * U, 2), dtype=np.int64)
        self._beside = _neighbours(problem)
        self.begin(still(problem))

    def begin(self, path: Ints) -> float:
        """Begin anew from states, everyone settled in the order of their number."""
        p = self.problem
        W, U, B, T = p.shape
        self.now = Now(
            np.array(path, dtype=np.int64), np.full((W, U, T), -1, dtype=np.int64),
            np.zeros((W, B, p.seats.shape[1], T)), np.zeros((W, B), dtype=np.int64),
        )  # fmt: skip
        for u in self._order:
            for w in range(W):
                settle(self.field, self.now, w, int(u))
        self.settle()
        return self.recount()

    def draw(self, priced: Priced, clock: Clock, tries: int) -> Iterator[Ints]:
        """Draw states: each building takes its path of one of the last steps of the prices, the newer the likelier.

        Randomized rounding of the relaxation, of which those paths are a convex combination (Barahona and Chudak 2005,
        "Near-optimal solutions to large-scale facility location problems", Discrete Optimization 2).
        """
        weight = (1 - KEPT) ** np.arange(len(priced.late))[::-1]
        every = np.stack(priced.late)
        told: set[bytes] = set()
        for _ in range(tries):
            if clock.over:
                return
            step = self._chance.choice(len(weight), size=every.shape[2], p=weight / weight.sum())
            path = every[step, :, np.arange(every.shape[2])].transpose(1, 0, 2)
            if path.tobytes() not in told:
                told.add(path.tobytes())
                yield path

    def settle(self, rounds: int = 4) -> None:
        """Give everyone their cheapest course until that spares nothing more."""
        for _ in range(rounds):
            if polish(self.field, self.now, self._order) > -1e-6 * max(1.0, abs(self.cost if self._known else 0.0)):
                break

    _known = False
    cost = np.inf

    def recount(self) -> float:
        """Add up what the plan costs from nothing."""
        self.cost = sum(self.problem.cost(self.now.path, self.now.home).values())
        self._done = np.stack(self.problem.acts(self.now.path))
        self._known = True
        return self.cost

    def copy(self) -> tuple[Ints, Ints]:
        """Give the states and the buildings of units."""
        return self.now.path.copy(), self.now.home.copy()

    def restore(self, path: Ints, home: Ints) -> None:
        """Go back to a plan."""
        p = self.problem
        seats = p.seats[path].transpose(0, 1, 3, 2)
        loads = p.loads(path, home)
        over = ((loads > seats + 1e-6) & (seats > 0)).any(axis=2).sum(axis=2)
        self.now = Now(path.copy(), home.copy(), loads, over.astype(np.int64))
        self.recount()

    def change(self, which: list[int], new: Ints, least: float = 1e-6) -> bool:
        """Try other paths for buildings, n × W × T; keep them where the plan costs less."""
        p, path = self.problem, self.now.path
        old = path[:, which]
        now = np.array(new)
        done = self._done
        if np.isfinite(p.closures).any() or np.isfinite(p.budget).any():
            other = path.copy()
            other[:, which] = now.transpose(1, 0, 2)
            done = np.stack(p.acts(other))
            over = (done[0] > p.closures + 1e-9) | (done[1] > p.budget + 1e-6)
            worse = (
                np.maximum(done - np.stack([p.closures, p.budget])[:, None], 0).sum()
                > np.maximum(self._done - np.stack([p.closures, p.budget])[:, None], 0).sum() + 1e-9
                if over.any()
                else False
            )
            if over.any() and (worse or (np.isfinite(self.cost) and not self._over_now())):
                return False
        gain = self._path_cost(which, now.transpose(1, 0, 2)) - self._path_cost(which, old)
        spared = attempt(
            self.field, self.now, self._users, self._starts, np.array(which, dtype=np.int64), now, gain, least,
            self._mark, self._who,
        )  # fmt: skip
        if spared < -least:
            self.cost += spared
            self._done = done
        return spared < -least

    def _over_now(self) -> bool:
        p = self.problem
        return bool((self._done[0] > p.closures + 1e-9).any() or (self._done[1] > p.budget + 1e-6).any())

    def _path_cost(self, which: list[int], path: Ints) -> float:
        """Give what the paths of some buildings cost, W × n × T: running and building."""
        p = self.problem
        first = np.broadcast_to(p.now[which][None, :, None], (*path.shape[:2], 1))
        was = np.concatenate([first, path[:, :, :-1]], axis=2)
        each = p.running[path] * p.discount + p.write[was, path] * p.rest
        return float((p.weight[:, None, None] * each).sum())

    def sweep(self, pricing: Pricing, priced: Priced, clock: Clock) -> int:
        """Try the most promising other paths of every building, alone and with a neighbour; count what was kept."""
        kept = 0
        paths = Courses(pricing, priced)
        order = self._chance.permutation(self.problem.shape[2])
        for b in order:
            if clock.over:
                return kept
            for new in paths.of(int(b), self.now.path[:, b], TRIED):
                if self.change([int(b)], new[None]):
                    kept += 1
                    break
        for b in order:
            for c in self._beside[b]:
                if clock.over:
                    return kept
                kept += self._pair(paths, int(b), int(c))
        return kept

    def exchange(self, units: Ints | None = None) -> None:
        """Let units take each other's places, and give them their cheapest courses, until that spares nothing more."""
        units = self._order if units is None else units
        for _ in range(4):
            spared = swap(self.field, self.now, units, self._users, self._starts, EXCHANGED)
            spared += polish(self.field, self.now, units)
            self.cost += spared
            if spared > -1e-6 * abs(self.cost):
                break

    def shake(self, pricing: Pricing, priced: Priced, clock: Clock, tries: int) -> int:
        """Force another path on a building at random, settle all around it anew, and keep what is cheaper then."""
        paths, kept = Courses(pricing, priced), 0
        for _ in range(tries):
            if clock.over:
                break
            b = int(self._chance.integers(self.problem.shape[2]))
            others = list(paths.of(b, self.now.path[:, b], TRIED))
            if not others:
                continue
            new = others[int(self._chance.integers(len(others)))]
            now = self.now
            before = Now(now.path.copy(), now.home.copy(), now.load.copy(), now.over.copy())
            cost, done = self.cost, self._done
            if not self.change([b], new[None], least=-FORCED):
                continue
            self.exchange(self._around(b))
            if self.cost < cost - 1e-6:
                kept += 1
            else:
                self.now, self.cost, self._done = before, cost, done
        return kept

    def _around(self, b: int) -> Ints:
        """Give the units that may go to a building, those that are there or may most easily be first."""
        mine = self._users[self._starts[b] : self._starts[b + 1]]
        way = self.problem.way[self.problem.group[mine], b]
        return np.ascontiguousarray(mine[np.argsort(way, kind="stable")[:AROUND]])

    def _pair(self, paths: Courses, b: int, c: int) -> int:
        for one in paths.of(b, self.now.path[:, b], PAIRED):
            for two in paths.of(c, self.now.path[:, c], PAIRED):
                if self.change([b, c], np.stack([one, two])):
                    return 1
        return 0


class Courses:
    """The paths of each building that promise most at given prices."""

    def __init__(self, pricing: Pricing, priced: Priced) -> None:
        self.problem = pricing.problem
        self._pricing, self._priced = pricing, priced
        self._value, _ = pricing.values(priced.prices)
        self._known: dict[int, list[Ints]] = {}

    def of(self, b: int, now: Ints, most: int) -> Iterator[Ints]:
        """Give other paths of a building than the one it has, W × T, the most promising first."""
        if b not in self._known:
            self._known[b] = self._pricing.courses(b, self._value, self._priced)
        given = 0
        if self.problem.waits[b]:
            for new in self._pricing.branches(b, self._value, self._priced, now):
                if given < most and (new != now).any():
                    given += 1
                    yield new
        for one in self._known[b]:
            if given >= most:
                return
            new = np.broadcast_to(one, now.shape)
            if (new != now).any():
                given += 1
                yield new


def _options(problem: Horizon) -> Ints:
    """Give the buildings each unit may choose from, U × C, −1 beyond."""
    able = np.zeros((problem.shape[2], problem.takes.shape[1]), dtype=bool)
    np.logical_or.at(able, problem.owner, problem.pool_of >= 0)
    way = np.where(able[:, problem.kind].T, problem.way, np.inf)
    order = np.argsort(way, axis=1, kind="stable")[:, :OPTIONS]
    near = np.where(np.isfinite(np.take_along_axis(way, order, axis=1)), order, -1)[problem.group]
    prior = np.where(problem.prior.max(axis=1, initial=0) > 0, problem.prior.argmax(axis=1), -1)
    missing = (prior >= 0) & ~(near == prior[:, None]).any(axis=1)
    return np.ascontiguousarray(np.column_stack([near, np.where(missing, prior, -1)]).astype(np.int64))


def _neighbours(problem: Horizon) -> list[Ints]:
    """Give the buildings that are alike in the ways of those who live nearest to each."""
    way = np.where(np.isfinite(problem.way), problem.way, problem.unplaced)
    nearest = [np.argsort(way[:, b], kind="stable")[: max(8, len(way) // 50)] for b in range(way.shape[1])]
    apart = np.array([way[rows].mean(axis=0) for rows in nearest])
    np.fill_diagonal(apart, np.inf)
    return [np.argsort(row, kind="stable")[: min(NEIGHBOURS, len(row) - 1)].astype(np.int64) for row in apart]
