"""Years that cannot be seated: which stage, where, how many seats, the cheapest way out, and whether any plan could."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Ints
from layout_planner.base.messages import Text
from layout_planner.phasing.outlook import Outlook
from layout_planner.solving.clock import Clock
from layout_planner.solving.mip import Model

SHORT_COLUMNS = ("variant", "year", "stage", "township_id", "pupils", "seats", "needed", "way_out")
DUST = 0.5


def shortages(look: Outlook, path: Ints, home: Ints) -> tuple[pd.DataFrame, bool]:
    """List what a plan cannot seat, by year, stage and township.

    Returns
    -------
    pd.DataFrame
        `SHORT_COLUMNS`: pupils without a seat; seats the township's schools have that year, those above the standard
        among them; seats needed more; way_out in the reader's language.
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
    for w, t in zip(*np.nonzero(lost.sum(axis=1) > DUST), strict=True):
        for stage in dict.fromkeys(stage_of[lost[w, :, t] > 0]):
            least = _least_left(look, w, t, stage)
            impossible |= least > DUST
            mine = (lost[w, :, t] > 0) & (stage_of == stage)
            for place in dict.fromkeys(home_of[mine]):
                pupils = float(lost[w, mine & (home_of == place), t].sum())
                seats = _seats(look, path[w, :, t], stage, str(place))
                rows.append((look.variants[w], look.years[t], stage, str(place), pupils, seats, pupils,
                             str(_way_out(look, pupils, least))))  # fmt: skip
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


def _way_out(look: Outlook, pupils: float, least: float) -> Text:
    """Name the cheapest way to seat so many more."""
    wish, money = look.wish, look.money
    ways = [
        (wish.convert_seat, Text("give a building of another stage", "将其他学段校舍改办本学段"), wish.convert),
        (money.seat.value, Text("build seats", "新建、扩建学位"), True),
        (wish.elastic_price * 3, Text("more seats above the standard, three years", "放宽弹性学位三年"), True),
    ]  # fmt: skip
    price, way, _ = min((one for one in ways if one[2]), key=lambda one: one[0])
    if least > DUST:
        price, way = money.seat.value, ways[1][1]
    yuan = price * pupils
    return Text(f"{way.en}: about {yuan:,.0f} yuan", f"{way.zh}：约 {yuan:,.0f} 元")
