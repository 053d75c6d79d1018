"""How pupils come and what that costs: on foot, by school bus, boarding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.arrays import Floats
from layout_planner.consolidation.settings import Ride
from layout_planner.measures.money import Money
from layout_planner.policy import Rules
from layout_planner.scenario import Board, Bus, Edit
from layout_planner.study.stages import LOWER_GRADES, format_grades

DAY, BUS, BOARD = 0, 1, 2
Hows = npt.NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Ways:
    """The ways of rows of pupils to sites.

    Parameters
    ----------
    how
        Rows × sites: DAY, BUS or BOARD.
    minutes
        Rows × sites: minutes of the daily way, NaN for boarders, inf where there is none.
    yuan
        Part ("travel", "bus", "boarding", "household") → rows × sites, yuan a pupil a year.
    limit
        Rows: the minutes beyond which pupils ride or board; inf where the rules say nothing.
    """

    how: Hows
    minutes: Floats
    yuan: Mapping[str, Floats]
    limit: Floats


def make_ways(
    grades: pd.Series[int], minutes: Floats, metres: Floats, rules: Rules, stage: str, ride: Ride, money: Money
) -> Ways:
    """Price the ways.

    Parameters
    ----------
    grades
        Of each row.
    minutes, metres
        Rows × sites: the way on foot (or by whatever the ways were measured with); inf where there is none.
    """
    limits = {grade: rules.value("reach_minutes", stage, int(grade)) for grade in grades.unique()}
    limit = np.array([np.inf if limits[grade] is None else limits[grade] for grade in grades], dtype=float)
    far = (minutes > limit[:, None] + 1e-9) & np.isfinite(minutes)
    how = np.zeros(minutes.shape, dtype=np.int8)
    if ride != "day":
        young = (grades.isin(LOWER_GRADES) | (grades <= 0)).to_numpy(dtype=bool)
        how[far] = BUS
        if ride == "board":
            how[far & ~young[:, None]] = BOARD
    kilometres = np.where(np.isfinite(metres), metres, 0.0) / 1000.0
    daily = np.where(how == BUS, 60.0 * kilometres / money.bus_speed.value, minutes)
    ways = np.where(how == BOARD, money.weeks.value, money.ways.value)
    yuan = {
        "travel": daily * ways * money.minute.value,
        "bus": np.where(how == BUS, money.bus_seat.value + money.bus_km.value * kilometres * ways, 0.0),
        "boarding": np.where(how == BOARD, money.bed.value, 0.0),
        "household": np.where(how == BOARD, money.home.value, 0.0),
    }
    return Ways(how, np.where(how == BOARD, np.nan, daily), yuan, limit)


def orders_of(stage: str, riders: pd.DataFrame) -> list[Edit]:
    """Write who rides and who boards as edits.

    Parameters
    ----------
    riders
        Columns school_id, grade, how (BUS or BOARD), limit: one row each.
    """
    edits: list[Edit] = []
    groups = riders.groupby(["school_id", "how", "limit"], observed=True, sort=True)["grade"].unique()
    for (school, how, limit), grades in groups.items():
        order = Bus if how == BUS else Board
        edits.append(order(str(school), beyond_minutes=float(limit), grades=format_grades(grades), stage=stage))
    return edits
