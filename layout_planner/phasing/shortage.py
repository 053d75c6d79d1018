"""Years that cannot be seated: which stage, where, how many seats, the cheapest way out, and whether any plan could."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.phasing.outlook import Outlook
from layout_planner.solving.clock import Clock
from layout_planner.solving.mip import Model
from layout_planner.travel import travel_for

SHORT_COLUMNS = ("variant", "year", "stage", "township_id", "name", "pupils", "seats", "needed", "way_out", "yuan")
DUST = 0.5
WORK = 60.0
"""Seconds of counted work for each program, the same on every machine."""
ELASTIC_YEARS = 3
"""Years for which seats above the standard are priced as a way out."""


def shortages(look: Outlook, path: Ints, home: Ints) -> tuple[pd.DataFrame, bool]:
    """List what a plan cannot seat, by year, stage and township.

    Returns
    -------
    pd.DataFrame
        `SHORT_COLUMNS`: pupils without a seat; seats the township's schools have that year, those above the standard
        among them; seats needed more; the cheapest way out (`WAYS_OUT`), and what it costs.
    bool
        Whether it is proved that no plan can seat everyone: even with every building at the largest use for the stage
        that it may have in that year, and all seats above the standard, somebody is left over (a flow, solved as a
        linear program).
    """
    p = look.problem
    lost = np.where(home < 0, p.pupils, 0.0)
    rows, impossible = [], False
    township = look.study.places["township_id"]
    home_of = look.units["place_id"].map(township).astype(str).to_numpy()
    stage_of = look.units["stage"].to_numpy()
    names, may = look.study.townships["name"], p.reachable()
    for w, t in zip(*np.nonzero(lost.sum(axis=1) > DUST), strict=True):
        for stage in dict.fromkeys(stage_of[lost[w, :, t] > 0]):
            mine = (lost[w, :, t] > 0) & (stage_of == stage)
            now = np.isin(np.arange(len(p.owner)), path[w, :, t])
            year = _Year(look, int(w), int(t), str(stage), now, may[t], np.where(mine, lost[w, :, t], 0.0))
            impossible |= year.least > DUST
            for place in dict.fromkeys(home_of[mine]):
                here = mine & (home_of == place)
                pupils = float(lost[w, here, t].sum())
                seats = _seats(look, path[w, :, t], stage, str(place))
                name = str(names.get(place, place))
                rows.append((look.variants[w], look.years[t], stage, str(place), name, pupils, seats, pupils,
                             *year.way_out(here)))  # fmt: skip
    return pd.DataFrame(rows, columns=list(SHORT_COLUMNS)), impossible


def _seats(look: Outlook, states: Ints, stage: str, township: str) -> float:
    """Give the seats of a stage in a township, those above the standard among them."""
    p, at = look.problem, look.stages.index(stage)
    pools = [q for q, s in enumerate(look.uses.pool_stage) if s == at]
    there = (look.study.schools["township_id"].reindex(look.buildings).astype(str) == township).to_numpy()
    return float((p.seats + p.extra)[states][there][:, pools].sum())


class _Year:
    """A year, stage and forecast in which somebody has no seat.

    Parameters
    ----------
    now, may
        S: the states the plan has that year; those any plan may have.
    lost
        U: pupils of the stage without a seat.
    """

    def __init__(
        self, look: Outlook, w: int, t: int, stage: str, now: Bools, may: Bools, lost: Floats
    ) -> None:  # fmt: skip
        self.look, self.w, self.t, self.stage, self.lost = look, w, t, stage, lost
        self.now, self.may = now, may
        p = look.problem
        self.units = np.flatnonzero((look.units["stage"] == stage).to_numpy() & (p.pupils[w, :, t] > 0))
        self.pools = [q for q, s in enumerate(look.uses.pool_stage) if s == look.stages.index(stage)]
        self.least = self._left(may)

    def _left(self, states: Bools) -> float:
        """Give how many pupils are left over at least, every building at the largest of some states for the stage."""
        p = self.look.problem
        B, kinds = p.shape[2], p.kind[p.group]
        most = np.zeros(B)
        np.maximum.at(most, p.owner[states], (p.seats + p.extra)[states][:, self.pools].sum(axis=1))
        takes = np.zeros((B, p.takes.shape[1]), dtype=bool)
        np.logical_or.at(takes, p.owner[states], p.pool_of[states] >= 0)
        u, b = np.nonzero(np.isfinite(p.way[p.group[self.units]]) & takes[:, kinds[self.units]].T)
        model = Model("pupils")
        d = p.pupils[self.w, self.units, self.t]
        x = model.columns(0.0, most=np.inf, count=len(u))
        gone = model.columns(np.ones(len(self.units)))
        model.rows((u, x, 1.0), (np.arange(len(self.units)), gone, 1.0), least=d, most=d)
        model.rows((b, x, 1.0), most=most, count=B)
        return max(model.solve(clock=Clock(WORK, "work")).proof.bound, 0.0)

    def way_out(self, here: Bools) -> tuple[str, float]:
        """Name the cheapest way to seat those of a township (`WAYS_OUT`) that is ready by then, and what it costs."""
        wish, money = self.look.wish, self.look.money
        pupils = float(self.lost[here].sum())
        away = self._beyond(here)
        if away is not None:  # no school of the stage within reach, whatever is built at those there are
            return away
        if self._left(self.now) <= DUST:  # there are seats, in pieces smaller than a place
            return "part", 0.0
        prices = {"elastic": wish.elastic_price * ELASTIC_YEARS}
        if self.t >= min(wish.expand_lead, wish.build_lead):
            prices["build"] = money.seat.value
            if self.least > DUST:  # however the buildings are used, seats are missing
                del prices["elastic"]
        if self.least <= DUST and self._convertible():
            prices["convert"] = wish.convert_seat
        way = min(prices, key=lambda name: prices[name])
        return way, prices[way] * pupils

    def _convertible(self) -> bool:
        """Tell whether a building of another stage may be the stage's by then, and is not."""
        at = self.look.stages.index(self.stage)
        return any(
            use.word == "converted" and at in use.seats and self.may[s] and not self.now[s]
            for s, use in enumerate(self.look.uses.uses)
        )

    def _beyond(self, here: Bools) -> tuple[str, float] | None:
        """Tell what the nearest school beyond the reach costs, where most have none within it; None where they have.

        Where no way is known to any school, a school has to be built.
        """
        look, p = self.look, self.look.problem
        takes = np.zeros((p.shape[2], p.takes.shape[1]), dtype=bool)
        np.logical_or.at(takes, p.owner[self.may], p.pool_of[self.may] >= 0)
        units = np.flatnonzero(here)
        able = takes[:, p.kind[p.group[units]]].T
        none = ~(np.isfinite(p.way[p.group[units]]) & able).any(axis=1)
        if self.lost[units[none]].sum() <= self.lost[units].sum() / 2:
            return None
        way = travel_for(look.base.travel, self.stage, look.study.grades(self.stage)[0])
        minutes = way.cost(look.units["place_id"].iloc[units[none]], look.study.site_of(look.buildings), "minutes")
        nearest = np.where(able[none] & ~np.isnan(minutes), minutes, np.inf).min(axis=1)
        pupils = self.lost[units]
        if not np.isfinite(nearest).all():
            return "build", float(pupils.sum()) * look.money.seat.value
        return "reach", float(pupils[none] @ nearest) * look.money.of_minute()
