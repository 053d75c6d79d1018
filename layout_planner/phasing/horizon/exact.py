"""The whole problem as one integer program, for what is small: the formulation of `problem`, column by column."""

from __future__ import annotations

import numpy as np

from layout_planner.base.arrays import Floats, Ints
from layout_planner.base.proof import Proof
from layout_planner.phasing.horizon.problem import Horizon
from layout_planner.solving.clock import Clock
from layout_planner.solving.mip import Model

SMALL = 6_000
"""Columns x up to which the whole program is solved."""


def columns_needed(problem: Horizon) -> int:
    """Count the columns x_wubt."""
    ways = np.isfinite(problem.way).sum(axis=1)[problem.group]
    return int(((problem.pupils > 0).sum(axis=(0, 2)) * ways).sum())


class Whole:
    """The program and the way back from its columns.

    Parameters
    ----------
    problem
        The problem.
    """

    def __init__(self, problem: Horizon) -> None:
        self.problem, self.model = problem, Model("yuan")
        p = problem
        W, U, B, T = p.shape
        yearly = p.weight[:, None] * p.discount[None]
        S = len(p.owner)
        m = self.model
        w, s, t = (one.ravel() for one in np.indices((W, S, T)))
        self.y = m.columns(yearly[w, t] * p.running[s], most=1.0, whole=True).reshape(W, S, T)
        self._paths(yearly)
        kinds = p.kind[p.group]
        able = np.zeros((B, p.takes.shape[1]), dtype=bool)
        np.logical_or.at(able, p.owner, p.pool_of >= 0)
        usable = np.isfinite(p.way[p.group]) & able[:, kinds].T
        live = (p.pupils > 0) | (p.staying > 0)
        w, u, b, t = np.nonzero(live[:, :, None, :] & usable[None, :, :, None])
        cost = yearly[w, t] * p.pupils[w, u, t] * p.pace[w, u, t] * p.way[p.group[u], b]
        self.x = np.full((W, U, B, T), -1, dtype=np.int64)
        self.x[w, u, b, t] = m.columns(cost, most=1.0, whole=True, count=len(w))
        wz, uz, tz = np.nonzero(live)
        self.z = np.full((W, U, T), -1, dtype=np.int64)
        self.z[wz, uz, tz] = m.columns(
            yearly[wz, tz] * p.pupils[wz, uz, tz] * p.unplaced, most=1.0, whole=True, count=len(wz)
        )
        row = np.full((W, U, T), -1, dtype=np.int64)
        row[wz, uz, tz] = np.arange(len(wz))
        m.rows((row[w, u, t], self.x[w, u, b, t], 1.0), (np.arange(len(wz)), self.z[wz, uz, tz], 1.0),
               least=1.0, most=1.0, count=len(wz))  # fmt: skip
        self._rooms(w, u, b, t, yearly)
        self._changes(yearly)

    def _paths(self, yearly: Floats) -> None:
        """Arcs: each state is entered by one arc and left by one; common to all forecasts where they must be."""
        p, m = self.problem, self.model
        W, _, B, T = p.shape
        done = np.zeros((2, W, T), dtype=object)
        for kind in range(2):
            for at in np.ndindex(W, T):
                done[(kind, *at)] = ([], [])
        for b in range(B):
            own = np.arange(p.first[b], p.first[b + 1])
            for w in range(W):
                for t in range(T):
                    i, j = np.nonzero(p.open(np.array([t]), own)[0])
                    i, j = own[i], own[j]
                    if t == 0:
                        i, j = i[i == p.now[b]], j[i == p.now[b]]
                    z = m.columns(p.weight[w] * p.rest[t] * p.write[i, j], most=1.0, count=len(i))
                    m.rows((j - own[0], z, 1.0), (np.arange(len(own)), self.y[w, own, t], -1.0), least=0.0, most=0.0,
                           count=len(own))  # fmt: skip
                    if t == 0:
                        m.rows((0, z, 1.0), least=1.0, most=1.0, count=1)
                    else:
                        m.rows((i - own[0], z, 1.0), (np.arange(len(own)), self.y[w, own, t - 1], -1.0), least=0.0,
                               most=0.0, count=len(own))  # fmt: skip
                    pay = np.maximum(t - p.lead[i, j], 0)
                    for k in np.flatnonzero(p.ends[i, j] > 0):
                        _note(done[0, w, t], z[k], p.ends[i[k], j[k]])
                    for k in np.flatnonzero(p.invest[i, j] > 0):
                        _note(done[1, w, pay[k]], z[k], p.invest[i[k], j[k]])
                    if w > 0 and (t < p.known or not p.waits[b]):
                        m.rows((np.arange(len(own)), self.y[w, own, t], 1.0),
                               (np.arange(len(own)), self.y[0, own, t], -1.0), least=0.0, most=0.0,
                               count=len(own))  # fmt: skip
        for kind, limits in ((0, p.closures), (1, p.budget)):
            for w, t in np.ndindex(W, T):
                columns, values = done[kind, w, t]
                if np.isfinite(limits[t]) and columns:
                    m.rows((0, np.array(columns), np.array(values, dtype=float)), most=float(limits[t]), count=1)

    def _rooms(self, w: Ints, u: Ints, b: Ints, t: Ints, yearly: Floats) -> None:
        """Seats, and the floor; who is taken at all."""
        p, m = self.problem, self.model
        W, _, B, T = p.shape
        kinds = p.kind[p.group]
        P = p.seats.shape[1]
        # x ≤ the states of the building that take the unit
        states = [np.flatnonzero((p.owner == at) & (p.pool_of[:, k] >= 0)) for at in range(B)
                  for k in range(p.takes.shape[1])]  # fmt: skip
        n = p.takes.shape[1]
        rows, columns = [], []
        for at, (ww, uu, bb, tt) in enumerate(zip(w, u, b, t, strict=True)):
            for s in states[bb * n + kinds[uu]]:
                rows.append(at)
                columns.append(self.y[ww, s, tt])
        m.rows((np.arange(len(w)), self.x[w, u, b, t], 1.0), (np.array(rows, int), np.array(columns, int), -1.0),
               most=0.0, count=len(w))  # fmt: skip
        for ww, bb, tt in np.ndindex(W, B, T):
            own = np.arange(p.first[bb], p.first[bb + 1])
            on = m.columns(0.0, most=1.0, whole=True, count=1)
            for pool in range(P):
                offering = own[p.seats[own, pool] > 0]
                if not len(offering):
                    continue
                mine = (w == ww) & (b == bb) & (t == tt) & p.takes[pool, kinds[u]]
                x, d = self.x[w[mine], u[mine], bb, tt], p.pupils[ww, u[mine], tt]
                y, seats = self.y[ww, offering, tt], p.seats[offering, pool]
                extra = p.extra[offering, pool]
                # A kind's pool is told by the state: the others' pupils do not count where this pool is shut.
                over = m.columns(yearly[ww, tt] * p.elastic_price, count=1)
                other = own[(p.seats[own, pool] <= 0)]
                free = self.y[ww, other, tt]
                big = float(d.sum())
                m.rows((0, x, d), (0, y, -seats), (0, over, -1.0), (0, free, -big), most=0.0, count=1)
                m.rows((0, over, 1.0), (0, y, -extra), most=0.0, count=1)
                m.rows((0, over, 1.0), (0, on, -float(extra.max(initial=0.0))), most=0.0, count=1)
                if p.floor[pool] > 0:
                    short = m.columns(yearly[ww, tt] * p.floor_price[pool], count=1)
                    m.rows((0, short, 1.0), (0, x, d), (0, y, -np.full(len(y), p.floor[pool])), least=0.0, count=1)
            self._on[ww, bb, tt] = on[0]
        for ww, bb in np.ndindex(W, B):
            m.rows((0, self._on[ww, bb], 1.0), most=float(p.elastic_years), count=1)

    def _changes(self, yearly: Floats) -> None:
        """Changes of school, and who may not leave."""
        p, m = self.problem, self.model
        kinds = p.kind[p.group]
        for w, u, t in zip(*np.nonzero(p.staying > 0), strict=True):
            there = np.flatnonzero(self.x[w, u, :, t] >= 0)
            x = self.x[w, u, there, t]
            price = yearly[w, t] * p.change * p.staying[w, u, t]
            if t == 0:
                share = p.prior[u].sum() - p.prior[u, there]
                m.charge(x, m.cost.all[x] + price * share)
                before = None
            else:
                before = self.x[w, u, :, t - 1]
                known = there[before[there] >= 0]
                moved = m.columns(price, count=len(known))
                at = np.arange(len(known))
                m.rows((at, moved, 1.0), (at, before[known], -1.0), (at, self.x[w, u, known, t], 1.0),
                       (at, np.full(len(known), self.z[w, u, t]), 1.0), least=0.0, count=len(known))  # fmt: skip
            if not p.hold:
                continue
            for b in there:
                own = np.arange(p.first[b], p.first[b + 1])
                serves = self.y[w, own[p.pool_of[own, kinds[u]] >= 0], t]
                terms = [(0, self.x[w, u, b, t], 1.0), (0, self.z[w, u, t], 1.0), (0, serves, -1.0)]
                if before is None and p.prior[u, b] > 0.5:
                    m.rows(*terms, least=0.0, count=1)
                elif before is not None and before[b] >= 0:
                    m.rows(*terms, (0, before[b], -1.0), least=-1.0, count=1)

    @property
    def _on(self) -> Ints:
        if not hasattr(self, "_elastic"):
            W, _, B, T = self.problem.shape
            self._elastic = np.zeros((W, B, T), dtype=np.int64)
        return self._elastic

    def solve(self, gap: float, clock: Clock, cutoff: float = np.inf) -> tuple[Proof, Ints | None, Ints | None]:
        """Solve it; give states and buildings of units where something below the cutoff was found."""
        p = self.problem
        _, _, B, T = p.shape
        answer = self.model.solve(gap=gap, clock=clock, cutoff=cutoff)
        if answer.x is None:
            return answer.proof, None, None
        y = answer.x[self.y] > 0.5
        path = np.stack([np.argmax(np.where(p.owner[None, :, None] == b, y, False), axis=1) for b in range(B)], axis=1)
        x = np.where(self.x >= 0, answer.x[np.maximum(self.x, 0)], 0.0)
        home = np.where(x.max(axis=2, initial=0) > 0.5, x.argmax(axis=2), -1)
        asleep = (p.pupils <= 0) & (p.staying <= 0)
        prior = np.where(p.prior.max(axis=1, initial=0) > 0, p.prior.argmax(axis=1), -1)
        for t in range(T):  # who is not at school yet, or any more, stays written where they were
            last = prior[None, :] if t == 0 else home[:, :, t - 1]
            home[:, :, t] = np.where(asleep[:, :, t], last, home[:, :, t])
        return answer.proof, path, home


def _note(entry: tuple[list[int], list[float]], column: int, value: float) -> None:
    entry[0].append(int(column))
    entry[1].append(float(value))
