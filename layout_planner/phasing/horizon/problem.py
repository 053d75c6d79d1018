"""Buildings that pass from state to state, year by year, and pupils who need seats in each: the problem as arrays.

    min  Σ_w p_w [ Σ δ_t d_wut a_wut c_ub x_wubt + Σ δ_t run_s y_wst + Σ δ_t τ_p max(0, g_p − load) + Σ δ_t e · over
                 + Σ δ_t κ n_wut moved_wut + Σ δ_t M d_wut gone_wut + Σ arcs z_wat write_a Σ_{v ≥ t} δ_v ]
    s.t. Σ_b x_wubt + gone_wut = 1                           a unit goes whole to one building, or has no seat
         y: one path of arcs a building and forecast;        states and their arcs: lead time, years open
         x_wubt ≤ Σ y of the states of b that take u;        load_wbpt ≤ Σ_s Q_sp y_wst + over_wbpt
         over ≤ share · Q,  over > 0 in at most L years      elastic seats
         moved_wut ≥ x_wub,t−1 − x_wubt − gone_wut           a change of school
         hold: x_wubt + gone ≥ x_wub,t−1 where b goes on to take u
         Σ arcs' endings in t ≤ n_t,  Σ arcs' yuan, paid `lead` years before, ≤ budget_t
         paths are one path for all forecasts; of buildings that wait, until the year the forecast is known

w forecasts, u units of pupils (a place's pupils of a stage, or of one cohort), b buildings, p rooms of a kind ("pools":
a stage's), s states of a building, t years. Multi-period modular school location: Antunes and Peeters 2001, "On solving
complex multi-period location models using simulated annealing", European Journal of Operational Research 130; Delmelle,
Thill, Peeters and Thomas 2014, "A multi-period capacitated school location problem with modular equipment and closest
assignment considerations", Journal of Geographical Systems 16. The forecasts as in two-stage programs with recourse.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints

PARTS = ("unplaced", "travel", "running", "floor", "building", "elastic", "changes")
"""What a plan costs, apart; discounted, and weighed over the forecasts."""


@dataclass(frozen=True, eq=False)
class States:
    """The states of all buildings, and the arcs from one to another.

    Parameters
    ----------
    owner
        S: the building of each state; the states of a building stand together.
    seats
        S × P: seats of each pool; 0 where the state has none.
    takes
        P × kinds: which units a pool takes; of a state's pools at most one takes a kind.
    running
        S: yuan a year.
    now
        B: the state before the first year.
    earliest, latest
        S × S, arcs: the first and the last year (by position) an arc may lead into its state, T and more for never; a
        state that has to be left in time has no arc to itself later, one that must be left at once none at all.
    lead, ends
        S × S, arcs: years from paying to using; how many closures it counts.
    invest, write
        S × S: yuan paid, and yuan a year written off from the year of use to the end of the horizon.
    floor
        P: pupils a room that is open is funded for at least.
    """

    owner: Ints
    seats: Floats
    takes: Bools
    running: Floats
    now: Ints
    earliest: Ints
    latest: Ints
    lead: Ints
    ends: Ints
    invest: Floats
    write: Floats
    floor: Floats

    def open(self, years: Ints, own: slice | Ints = slice(None)) -> Bools:
        """Tell which arcs between some states may be gone in some years, years × states × states."""
        at = np.atleast_1d(years)[:, None, None]
        first, last = (arcs[own][:, own][None] for arcs in (self.earliest, self.latest))
        return np.asarray((first <= at) & (at <= last))


@dataclass(frozen=True, eq=False)
class Horizon(States):
    """The problem; see the module's head. Its states stand first.

    Parameters
    ----------
    pupils, staying
        W × U × T: pupils of a unit, and those among them who were at school in the stage the year before.
    pace
        W × U × T: what `way` is multiplied with, by who they are; of those without pupils any number.
    group
        U: row of `way` and `kind`.
    way
        G × B: yuan a pupil a year; inf where there is no way.
    kind
        G: which kind of unit it is.
    prior
        U × B: share of a unit's pupils who are at each building before the first year.
    weight, discount
        W and T.
    known, waits
        The year from which forecasts are told apart, and B: the buildings whose path may differ from then on.
    floor_price
        P: yuan for each pupil fewer than `floor`.
    elastic_share, elastic_price, elastic_years
        Seats above the standard as a share of seats, yuan a pupil a year, years a building may have them.
    change, unplaced
        Yuan a pupil who changes school; yuan a year a pupil without a seat.
    budget, closures
        T: limits a year, inf for none.
    hold
        Nobody leaves a building that goes on to take the unit.
    """

    pupils: Floats
    staying: Floats
    pace: Floats
    group: Ints
    way: Floats
    kind: Ints
    prior: Floats
    weight: Floats
    discount: Floats
    known: int
    waits: Bools
    floor_price: Floats
    elastic_share: float
    elastic_price: float
    elastic_years: int
    change: float
    unplaced: float
    budget: Floats
    closures: Floats
    hold: bool

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Forecasts, units, buildings, years."""
        return (*self.pupils.shape[:2], self.way.shape[1], self.pupils.shape[2])

    @cached_property
    def pool_of(self) -> Ints:
        """S × kinds: the pool that takes a kind in a state; −1 for none."""
        fits = (self.seats[:, :, None] > 0) & self.takes[None]
        return np.where(fits.any(axis=1), fits.argmax(axis=1), -1).astype(np.int64)

    @cached_property
    def first(self) -> Ints:
        """B + 1: where the states of each building begin."""
        return np.searchsorted(self.owner, np.arange(self.way.shape[1] + 1)).astype(np.int64)

    @cached_property
    def extra(self) -> Floats:
        """S × P: seats a pool may have above the standard."""
        return np.floor(self.seats * self.elastic_share + 1e-9)

    @cached_property
    def rest(self) -> Floats:
        """T: discount factors from a year to the end of the horizon, added up."""
        return np.ascontiguousarray(np.cumsum(self.discount[::-1])[::-1])

    def with_(self, **changes: Any) -> Horizon:
        """Return a copy with some fields replaced."""
        return replace(self, **changes)

    def alone(self, w: int) -> Horizon:
        """Give the problem of one forecast."""
        return self.with_(pupils=self.pupils[[w]], staying=self.staying[[w]], pace=self.pace[[w]], weight=np.ones(1))

    def reachable(self) -> Bools:
        """Tell which states some path has in each year, T × S."""
        T, S = self.shape[3], len(self.owner)
        told, at = np.zeros((T, S), dtype=bool), np.isin(np.arange(S), self.now)
        for t in range(T):
            at = told[t] = (self.open(np.array([t]))[0] & at[:, None]).any(axis=0)
        return told

    def before(self, path: Ints) -> Ints:
        """Give the state of each building the year before, W × B × T."""
        first = np.broadcast_to(self.now[None, :, None], (*path.shape[:2], 1))
        return np.concatenate([first, path[:, :, :-1]], axis=2)

    def acts(self, path: Ints) -> tuple[Floats, Floats]:
        """Give closures, and yuan paid, of each forecast and year, W × T."""
        was, closures, paid = self.before(path), np.zeros((2, 1)), np.zeros((len(path), path.shape[2]))
        closures = self.ends[was, path].sum(axis=1).astype(float)
        for w, b, t in zip(*np.nonzero(self.invest[was, path]), strict=True):
            arc = was[w, b, t], path[w, b, t]
            paid[w, max(t - self.lead[arc], 0)] += self.invest[arc]
        return closures, paid

    def loads(self, path: Ints, home: Ints) -> Floats:
        """Give the pupils of each pool, W × B × P × T."""
        shape = (len(path), self.way.shape[1], self.seats.shape[1], path.shape[2])
        loads = np.zeros(shape)
        w, u, t = np.nonzero((home >= 0) & (self.pupils > 0))
        b = home[w, u, t]
        pool = self.pool_of[path[w, b, t], self.kind[self.group[u]]]
        np.add.at(loads, (w, b, pool, t), self.pupils[w, u, t])
        return loads

    def moved(self, home: Ints) -> Floats:
        """Give the pupils of each unit who change school in each year, W × U × T."""
        share = np.zeros(home.shape)
        stays = np.take_along_axis(self.prior[None], np.maximum(home[:, :, 0], 0)[:, :, None], axis=2)[:, :, 0]
        share[:, :, 0] = np.where(home[:, :, 0] >= 0, self.prior.sum(axis=1)[None] - stays, 0.0)
        one, two = home[:, :, :-1], home[:, :, 1:]
        share[:, :, 1:] = (one >= 0) & (two >= 0) & (one != two)
        return self.staying * share

    def by_year(self, path: Ints, home: Ints) -> dict[str, Floats]:
        """Give what a plan costs, by `PARTS`, in each forecast and year, W × T, not discounted.

        Parameters
        ----------
        path, home
            States, W × B × T; buildings of units, W × U × T, −1 for no seat.
        """
        ways = np.where((home >= 0) & (self.pupils > 0), self.way[self.group[None, :, None], np.maximum(home, 0)], 0.0)
        loads = self.loads(path, home)
        seats = self.seats[path].transpose(0, 1, 3, 2)
        short = np.where(seats > 0, np.maximum(self.floor[None, None, :, None] - loads, 0.0), 0.0)
        return {
            "unplaced": self.unplaced * np.where(home < 0, self.pupils, 0.0).sum(axis=1),
            "travel": (ways * self.pupils * self.pace).sum(axis=1),
            "running": self.running[path].sum(axis=1),
            "floor": (short * self.floor_price[None, None, :, None]).sum(axis=(1, 2)),
            "building": np.cumsum(self.write[self.before(path), path].sum(axis=1), axis=1),
            "elastic": self.elastic_price * np.maximum(loads - seats, 0.0).sum(axis=(1, 2)),
            "changes": self.change * self.moved(home).sum(axis=1),
        }

    def cost(self, path: Ints, home: Ints) -> dict[str, float]:
        """Add up what a plan costs, by `PARTS`: discounted, and weighed over the forecasts."""
        yearly = self.weight[:, None] * self.discount[None]
        return {name: float((yearly * value).sum()) for name, value in self.by_year(path, home).items()}

    def faults(self, path: Ints, home: Ints) -> list[str]:
        """Name the demands a plan does not keep; none of a plan that is allowed."""
        W, _, B, T = self.shape
        was, told = self.before(path), []
        years = np.arange(T)[None, None]
        shut = (self.earliest[was, path] > years) | (self.latest[was, path] < years)
        if (self.owner[path] != np.arange(B)[None, :, None]).any() or shut.any():
            return ["arcs"]
        common = path[:, :, : self.known] if self.waits.any() else path
        if (common != common[:1]).any() or (path[:, ~self.waits] != path[:1, ~self.waits]).any():
            told.append("waiting")
        w, u, t = np.nonzero((home >= 0) & (self.pupils > 0))
        b = home[w, u, t]
        kinds = self.kind[self.group]
        if (self.pool_of[path[w, b, t], kinds[u]] < 0).any() or not np.isfinite(self.way[self.group[u], b]).all():
            return [*told, "no such place"]
        seats = self.seats[path].transpose(0, 1, 3, 2)
        over = self.loads(path, home) - seats
        if (over > self.extra[path].transpose(0, 1, 3, 2) + 1e-6).any():
            told.append("seats")
        if ((over > 1e-6).any(axis=2).sum(axis=2) > self.elastic_years).any():
            told.append("elastic years")
        closures, paid = self.acts(path)
        if (closures > self.closures + 1e-9).any():
            told.append("closures")
        if (paid > self.budget + 1e-6).any():
            told.append("budget")
        if self.hold:
            prior = np.where(self.prior.max(axis=1) > 0.5, self.prior.argmax(axis=1), -1)
            held = np.concatenate([np.broadcast_to(prior[None, :, None], (W, len(prior), 1)), home[:, :, :-1]], axis=2)
            bound = (held >= 0) & (home >= 0) & (held != home) & (self.staying > 0)
            w, u, t = np.nonzero(bound)
            if (self.pool_of[path[w, held[w, u, t], t], kinds[u]] >= 0).any():
                told.append("hold")
        return told
