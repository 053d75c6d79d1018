"""Years that cannot be seated: which stage, where, how many seats, the cheapest way out, and whether any plan could."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Ints
from layout_planner.phasing.outlook import Outlook
from layout_planner.solving.clock import Clock
from layout_planner.solving.mip import Model

SHORT_COLUMNS = ("variant", "year", "stage", "township_id", "name", "pupils", "seats", "needed", "way_out", "yuan")
DUST = 0.5


def shortages(look: Outlook, path: Ints, home: Ints) -> tuple[pd.DataFrame, bool]:
    """List what a plan cannot seat, by year, stage and township.

    Returns
    -------
    pd.DataFrame
        `SHORT_COLUMNS`: pupils without a seat; seats the township's schools have that year, those above the standard
        among them; seats needed more; the cheapest way out (`WAYS_OUT`), and what it costs.
    bool
        Whether it is proved that no plan can seat everyone: even with every building at its largest use for the stage
        and all seats above the standard, somebody is left over (a flow, solved as a linear program).
    """
    p = look.problem
    lost = np.where(home < 0, p.pupils, 0.0)
    rows, impossible = [], False
    township = look.study.places["township_id"]
    home_of = look.units["place_id"].map(township).astype(str).to_numpy()
    stage_of = look.units["stage"].to_numpy()
    names = look.study.townships["name"]
    for w, t in zip(*np.nonzero(lost.sum(axis=1) > DUST), strict=True):
        for stage in dict.fromkeys(stage_of[lost[w, :, t] > 0]):
            least = _least_left(look, w, t, stage)
            impossible |= least > DUST
            mine = (lost[w, :, t] > 0) & (stage_of == stage)
            for place in dict.fromkeys(home_of[mine]):
                pupils = float(lost[w, mine & (home_of == place), t].sum())
                seats = _seats(look, path[w, :, t], stage, str(place))
                name = str(names.get(place, place))
                rows.append((look.variants[w], look.years[t], stage, str(place), name, pupils, seats, pupils,
                             *_way_out(look, int(t), pupils, least)))  # fmt: skip
    return pd.DataFrame(rows, columns=list(SHORT_COLUMNS)), impossible


def _seats(look: Outlook, states: Ints, stage: str, township: str) -> float:
    """Give the seats of a stage in a township, those above the standard among them."""
    p, at = look.problem, look.stages.index(stage)
    pools = [q for q, s in enumerate(look.uses.pool_stage) if s == at]
    there = (look.study.schools["township_id"].reindex(look.buildings).astype(str) == township).to_numpy()
    return float((p.seats + p.extra)[states][there][:, pools].sum())


def _least_left(look: Outlook, w: int, t: int, stage: str) -> float:
    """Give how many pupils of a stage are left over at least in a year, every building at its largest use for it."""
    p, at = look.problem, look.stages.index(stage)
    B = p.shape[2]
    kinds = p.kind[p.group]
    units = np.flatnonzero((look.units["stage"] == stage).to_numpy() & (p.pupils[w, :, t] > 0))
    pools = [q for q, s in enumerate(look.uses.pool_stage) if s == at]
    most = np.zeros(B)
    np.maximum.at(most, p.owner, (p.seats + p.extra)[:, pools].sum(axis=1))
    takes = np.zeros((B, p.takes.shape[1]), dtype=bool)
    np.logical_or.at(takes, p.owner, p.pool_of >= 0)
    u, b = np.nonzero(np.isfinite(p.way[p.group[units]]) & takes[:, kinds[units]].T)
    model = Model("pupils")
    d = p.pupils[w, units, t]
    x = model.columns(0.0, most=np.inf, count=len(u))
    gone = model.columns(np.ones(len(units)))
    model.rows((u, x, 1.0), (np.arange(len(units)), gone, 1.0), least=d, most=d)
    model.rows((b, x, 1.0), most=most, count=B)
    return max(model.solve(clock=Clock(60)).proof.bound, 0.0)


def _way_out(look: Outlook, t: int, pupils: float, least: float) -> tuple[str, float]:
    """Name the cheapest way to seat so many more (`WAYS_OUT`) that is ready by then, and what it costs."""
    wish, money = look.wish, look.money
    prices = {"elastic": wish.elastic_price * 3}
    if t >= min(wish.expand_lead, wish.build_lead):
        prices["build"] = money.seat.value
        if least > DUST:  # however the buildings are used, seats are missing
            del prices["elastic"]
    if least <= DUST and wish.convert and t >= wish.convert_lead:
        prices["convert"] = wish.convert_seat
    way = min(prices, key=lambda name: prices[name])
    return way, prices[way] * pupils
