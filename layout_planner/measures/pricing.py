"""What a finished plan costs a year, part by part, by the prices of `Money`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.measures.money import Money
from layout_planner.plan import Plan, by_day

WEEKLY = 0.2
"""Ways of a boarder against those of a day pupil: once a week instead of five times."""


def yearly_cost(plan: Plan, stage: str, money: Money | None = None) -> pd.Series[float]:
    """Price a stage of a plan, however it was made.

    Parameters
    ----------
    plan
        A plan; with a base, what is built is counted against it.
    stage
        The stage.
    money
        The prices; `Money()` where left out.

    Returns
    -------
    pd.Series
        Yuan a year: travel (the ways of day pupils and, once a week, of boarders; unknown ways count nothing), running
        (what ends when an open school closes), floor (small schools funded as if larger), building (seats added and
        schools opened, written off evenly), total. The part of running cost that follows the pupils is left out: it is
        the same in every plan.
    """
    money = money or Money()
    assignment = plan.assignments[stage]
    flows = assignment.flows
    trips = np.where(by_day(flows), 1.0, WEEKLY)
    travel = float((flows["minutes"] * flows["pupils"] * trips).sum()) * money.of_minute()
    schools = plan.study.offering(stage)
    running = float(money.of_running(plan.study, stage, schools)[0].sum())
    roll = assignment.roll().reindex(schools, fill_value=0.0)
    floor = float(((money.floor_pupils.value - roll).clip(lower=0.0)).sum()) * money.of_floor(stage)
    building = investment(plan, stage, money) / money.years.value
    parts = {"travel": travel, "running": running, "floor": floor, "building": building}
    return pd.Series({**parts, "total": sum(parts.values())}, name="yuan a year", dtype=float)


def investment(plan: Plan, stage: str, money: Money | None = None) -> float:
    """Give the yuan to build the seats of a stage that the plan has and its base has not; 0 without a base."""
    return float(investment_by_school(plan, stage, money).sum())


def investment_by_school(plan: Plan, stage: str, money: Money | None = None) -> pd.Series[float]:
    """Give the yuan to build the seats each open school of a stage has and had not before.

    Returns
    -------
    pd.Series
        Yuan; index school_id of the schools that gain seats, empty without a base. A new school costs what its site
        says, where it says so; every other seat the price of `Money`.
    """
    money = money or Money()
    spent: dict[str, float] = {}
    if plan.base is not None:
        after, before = (study.seats(stage) for study in (plan.study, plan.base.study))
        for school in plan.study.offering(stage):
            had = float(before.get(school, 0.0))
            more = float(after[school]) - had
            if not np.isfinite(more) or more <= 0:
                continue
            site = plan.study.schools["site_id"].get(school) if "site_id" in plan.study.schools else None
            sites = plan.base.study.sites
            told = sites["open_cost"].get(site) if had == 0.0 and "open_cost" in sites else None
            spent[school] = more * money.seat.value if told is None or np.isnan(told) else float(told)
    return pd.Series(spent, name="yuan", dtype=float).rename_axis("school_id")
