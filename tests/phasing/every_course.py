"""Toy counties over years, and the best of all their courses, found by trying every one."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from layout_planner.phasing.horizon.problem import Horizon

MOST_PATHS = 60
"""Joint paths of all buildings up to which a toy is tried through."""


def toy(seed: int) -> Horizon:
    """Make a county of two to four buildings, two stages, one to three years, one or two forecasts."""
    r = np.random.default_rng(seed)
    W, T = int(r.integers(1, 3)), int(r.integers(1, 4))
    B, places = (int(r.integers(2, 5)), 2) if W == 1 else (int(r.integers(2, 4)), 1)
    U = places * 2
    size = r.integers(5, 30, size=U).astype(float)
    pupils = np.round(size[None, :, None] * r.uniform(0.3, 1.5, size=(W, U, T)))
    way = np.repeat(r.integers(1, 60, size=(places, B)).astype(float), 2, axis=0)
    if r.random() < 0.3:
        way[r.integers(U), r.integers(B)] = np.inf
    prior = np.zeros((U, B))
    for u in np.flatnonzero(r.random(U) < 0.8):
        prior[u, r.choice(np.flatnonzero(np.isfinite(way[u])))] = 1.0
    owner: list[int] = []
    seats: list[tuple[float, float]] = []
    now = []
    for b in range(B):
        q = float(r.integers(15, 60))
        uses = [(0.0, 0.0), (q, 0.0), (0.0, q * 0.8), (q / 2, q * 0.4), (q * 1.5, 0.0)]
        some = r.choice(5, size=int(r.integers(2, 4)), replace=False)
        now.append(len(owner) + int(r.integers(len(some))))
        owner += [b] * len(some)
        seats += [uses[i] for i in some]
    whose, has = np.array(owner), np.array(seats)
    S = len(whose)
    same = whose[:, None] == whose[None]
    earliest = np.where(same & (r.random((S, S)) > 0.2), r.integers(0, 3, size=(S, S)), 99)
    np.fill_diagonal(earliest, 0)
    invest = np.where(same, r.integers(0, 300, size=(S, S)), 0).astype(float)
    np.fill_diagonal(invest, 0.0)
    tight, shrinks = r.random() < 0.4, r.random() < 0.3
    if shrinks:  # the first pool is a school of both kinds, the second a teaching point of the first kind alone
        has[(has > 0).all(axis=1), 1] = 0.0
    p = Horizon(
        pupils=pupils, staying=np.floor(pupils * r.uniform(0.5, 1.0, size=pupils.shape)),
        pace=r.uniform(1.0, 1.5, size=pupils.shape), group=np.arange(U), way=way, kind=np.array([0, 1] * places),
        prior=prior, owner=whose, seats=has, takes=np.array([[True, shrinks], [shrinks, not shrinks]]),
        running=np.where(has.max(axis=1) > 0, r.integers(50, 600, size=S), 0).astype(float), now=np.array(now),
        earliest=earliest, latest=np.full((S, S), 99), lead=np.zeros((S, S), dtype=np.int64),
        ends=(same & ((has[:, None] > 0) & (has[None] <= 0)).any(axis=2)).astype(np.int64), invest=invest,
        write=invest / 3, weight=np.array([1.0]) if W == 1 else np.array([0.4, 0.6]), discount=0.95 ** np.arange(T),
        known=int(r.integers(0, T + 1)), waits=(r.random(B) < 0.5) & (W == 2), floor=np.array([10.0, 0.0]),
        floor_price=np.array([5.0, 0.0]), elastic_share=float(r.choice([0, 0.2])),
        elastic_price=float(r.integers(1, 30)), elastic_years=int(r.integers(0, 4)),
        change=float(r.choice([0, 20, 200])), unplaced=500.0, budget=np.full(T, 300.0 if tight else np.inf),
        closures=np.full(T, 1.0 if tight else np.inf), hold=bool(r.random() < 0.4),
    )  # fmt: skip
    return p.with_(latest=_left_in_time(p, r)) if r.random() < 0.5 else p


def _left_in_time(p: Horizon, r: np.random.Generator) -> npt.NDArray[np.int64]:
    """Let some states be left by a year, or at once, and some arcs be shut from a year on."""
    S, T = len(p.owner), p.shape[3]
    latest = np.where(r.random((S, S)) < 0.1, r.integers(0, T, size=(S, S)), 99)
    stays = np.where(r.random(S) < 0.5, r.integers(-1, T, size=S), 99)
    np.fill_diagonal(latest, stays)
    for b in range(p.shape[2]):  # every building has some path
        at, own = {int(p.now[b])}, np.flatnonzero(p.owner == b)
        for t in range(T):
            at = {int(j) for i in at for j in own if p.earliest[i, j] <= t <= latest[i, j]}
        if not at:
            latest[own] = 99
    return latest


def best_of_all(p: Horizon) -> float | None:
    """Give the least cost of all paths and all ways to send the units; None where there are too many paths, or none."""
    W, _, B, T = p.shape
    own = [np.flatnonzero(p.owner == b) for b in range(B)]
    joint = np.array(list(itertools.product(*own)))
    if len(joint) ** T > 30_000:
        return None
    paths = [(path, _cost_of(p, joint[list(path)])) for path in itertools.product(range(len(joint)), repeat=T)]
    known = [(path, cost) for path, cost in paths if cost is not None]
    if not 0 < len(known) <= MOST_PATHS:
        return None
    sendings = _Sendings(p, joint)
    values = np.array([[cost + sendings.best(w, path) for path, cost in known] for w in range(W)])
    if W == 1:
        return float(values.min())
    states = np.array([joint[list(path)] for path, _ in known])  # paths × years × buildings
    best = np.inf
    for at in range(len(known)):
        alike = (states[:, : p.known] == states[at, : p.known]).all(axis=(1, 2))
        alike &= (states[:, :, ~p.waits] == states[at][:, ~p.waits]).all(axis=(1, 2))
        best = min(best, float(p.weight[0] * values[0, at] + p.weight[1] * values[1, alike].min()))
    return best


def _cost_of(p: Horizon, states: npt.NDArray[np.int64]) -> float | None:
    """Give what the arcs of a joint path cost, years × buildings; None where it is not allowed."""
    was, total = p.now, 0.0
    for t, now in enumerate(states):
        over = p.ends[was, now].sum() > p.closures[t] + 1e-9 or p.invest[was, now].sum() > p.budget[t] + 1e-9
        if over or (p.earliest[was, now] > t).any() or (p.latest[was, now] < t).any():
            return None
        total += float(p.write[was, now].sum() * p.discount[t:].sum())
        was = now
    return total


Reached = dict[tuple[int, ...], npt.NDArray[np.float64]]
"""Elastic years of each building so far → the least with each sending in the last year."""


class _Sendings:
    """All ways to send the units in a year, and the best course through the years for given states."""

    def __init__(self, p: Horizon, joint: npt.NDArray[np.int64]) -> None:
        self.p, self.joint = p, joint
        _, U, B, _ = p.shape
        self.kinds = p.kind[p.group]
        self.all = np.array(list(itertools.product(range(-1, B), repeat=U)))
        self._years: dict[tuple[int, int, int], tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]] = {}
        self._changes: dict[tuple[int, int, int], npt.NDArray[np.float64]] = {}
        self._reached: dict[tuple[int, tuple[int, ...]], Reached] = {}

    def year(self, w: int, t: int, j: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """Give what each sending costs in a year with certain states, and which buildings are over the standard."""
        if (w, t, j) in self._years:
            return self._years[w, t, j]
        p, states, number = self.p, self.joint[j], len(self.all)
        cost = np.full(number, p.running[states].sum())
        load, over = np.zeros((number, p.shape[2], 2)), np.zeros((number, p.shape[2]), dtype=np.int64)
        for u, at in enumerate(self.all.T):
            d = p.pupils[w, u, t]
            if d <= 0:
                continue
            cost += np.where(at < 0, d * p.unplaced, 0.0)
            for b in range(p.shape[2]):
                here = at == b
                pool = p.pool_of[states[b], self.kinds[u]]
                if pool < 0 or np.isinf(p.way[u, b]):
                    cost[here] = np.inf
                else:
                    cost[here] += d * p.pace[w, u, t] * p.way[u, b]
                    load[here, b, pool] += d
        for b, q in np.ndindex(p.shape[2], 2):
            seats = p.seats[states[b], q]
            if seats > 0:
                more = np.maximum(load[:, b, q] - seats, 0.0)
                cost[more > np.floor(seats * p.elastic_share + 1e-9) + 1e-9] = np.inf
                over[:, b] |= more > 1e-9
                cost += p.elastic_price * more + p.floor_price[q] * np.maximum(p.floor[q] - load[:, b, q], 0.0)
        self._years[w, t, j] = cost * p.discount[t], over
        return self._years[w, t, j]

    def change(self, w: int, t: int, j: int) -> npt.NDArray[np.float64]:
        """Give what it costs to go from each sending to each, by who changes school; in the first year from today."""
        j = j if self.p.hold else 0  # the states say who may not leave, and nothing else here
        if (w, t, j) not in self._changes:
            self._changes[w, t, j] = self._change(w, t, j)
        return self._changes[w, t, j]

    def _change(self, w: int, t: int, j: int) -> npt.NDArray[np.float64]:
        p, states = self.p, self.joint[j]
        B = p.shape[2]
        total = np.zeros((1 if t == 0 else len(self.all), len(self.all)))
        for u, at in enumerate(self.all.T):
            stay = p.staying[w, u, t]
            if stay <= 0:
                continue
            price = p.discount[t] * p.change * stay
            table = np.zeros((B + 1, B + 1))  # from, to; the last is no seat
            for one, two in itertools.permutations(range(B), 2):
                held = p.hold and p.pool_of[states[one], self.kinds[u]] >= 0
                table[one, two] = np.inf if held else price
            if t > 0:
                total += table[at][:, at]
            elif p.prior[u].any():
                total += table[p.prior[u].argmax()][at][None]
        return total

    def best(self, w: int, path: tuple[int, ...]) -> float:
        """Give the least a forecast costs with a joint path, counting the elastic years of every building."""
        return float(min((value.min() for value in self.reached(w, path).values()), default=np.inf))

    def reached(self, w: int, path: tuple[int, ...]) -> Reached:
        """Give the least with each sending in the last year of a joint path's beginning, by elastic years so far."""
        if not path:
            return {(0,) * self.p.shape[2]: np.zeros(1)}
        if (w, path) in self._reached:
            return self._reached[w, path]
        t, j = len(path) - 1, path[-1]
        most = min(self.p.elastic_years, self.p.shape[3])
        cost, over = self.year(w, t, j)
        change = self.change(w, t, j)
        kinds, which = np.unique(over, axis=0, return_inverse=True)
        new: Reached = {}
        for counts, value in self.reached(w, path[:-1]).items():
            here = (value[:, None] + change).min(axis=0) + cost
            for at, kind in enumerate(kinds):
                key = tuple(int(n) for n in np.add(counts, kind))
                if max(key) <= most:
                    kept = new.setdefault(key, np.full(len(here), np.inf))
                    kept[:] = np.minimum(kept, np.where(which.ravel() == at, here, np.inf))
        self._reached[w, path] = new
        return new
