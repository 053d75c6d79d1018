"""The peak (渡峰): year and height by stage and township, when seats run short or stand empty, who could lend rooms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.assignment.solve import default_rules
from layout_planner.base.units import Measured
from layout_planner.cohorts import Forecast
from layout_planner.policy import Rules, class_limit
from layout_planner.travel import TravelLike, travel_for

PEAK_COLUMNS = ("variant", "stage", "township_id", "name", "now", "peak_year", "peak", "rise", "last", "intake_year",
                "intake_peak", "short_from", "short_to", "most_short", "empty_from", "most_empty")  # fmt: skip
LENDING_COLUMNS = ("variant", "year", "stage", "township_id", "short", "from_stage", "from_township", "rooms", "seats",
                   "minutes", "left")  # fmt: skip
COUNTY = ""
EMPTY = 0.7
"""Pupils a seat below which seats stand empty: three in ten. No document sets it; it is the planner's to choose."""


@dataclass(frozen=True, eq=False, repr=False)
class Peaks(Measured):
    """What is coming, stage by stage.

    Parameters
    ----------
    table
        `PEAK_COLUMNS`, one row a forecast, stage and township (township_id "" for the county): children now and at the
        peak, its year, its rise over now, children in the last year; year and height of the peak of the entry grade;
        first and last year in which children outnumber seats and the most missing; first year in which fewer than
        `empty` of the seats are filled and the most empty.
    balance
        variant, year, stage, township_id, pupils, seats, short, empty; the last three are missing where the seats of
        a school there are not known, and so is what `table` says of them.
    lending
        `LENDING_COLUMNS`: which shortage another stage's empty rooms could carry: rooms lent, seats they make at the
        borrowing stage's class size, mean minutes on the way (NaN within the township), and what is left short. The
        shortest way first; a room is lent once a year.
    """

    table: pd.DataFrame
    balance: pd.DataFrame
    lending: pd.DataFrame


def peaks(
    forecast: Forecast, travel: TravelLike | None = None, rules: Rules | None = None, *, within: float | None = None,
    empty: float = EMPTY,
) -> Peaks:  # fmt: skip
    """Tell year and height of the peaks, where seats run short or stand empty, and who could lend rooms.

    Parameters
    ----------
    forecast
        Children to come.
    travel, rules
        Ways, and the class sizes; without ways rooms are lent within a township only.
    within
        Minutes on the way (mean over a township's places, an adult's pace) to a township that lends; the rules' reach
        of the stage where left out.
    empty
        Pupils a seat below which seats stand empty.

    Returns
    -------
    Peaks
        Tables by forecast, stage and township. Seats are those open now, by the rules' class size.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> found = lp.peaks(lp.forecast(study, to=2029))
    >>> county = found.table.query("township_id == '' and variant == 'middle'").set_index("stage")
    >>> county["peak_year"]
    stage
    junior          2028
    kindergarten    2024
    primary         2024
    senior          2029
    Name: peak_year, dtype: int64
    """
    study, rules = forecast.base, rules or default_rules()
    limits = {stage: class_limit(rules, stage) for stage in study.stages}
    seats = forecast.seats(limits).rename(columns={"area": "township_id"})
    seats = seats.assign(township_id=seats["township_id"].astype(str))
    balance = seats.assign(
        short=(seats["pupils"] - seats["seats"]).clip(lower=0.0),
        empty=(seats["seats"] - seats["pupils"]).clip(lower=0.0),
    )[["variant", "year", "stage", "township_id", "pupils", "seats", "short", "empty"]]
    keys = ["variant", "year", "stage"]
    county = balance.groupby(keys, as_index=False)[["pupils", "seats"]].agg(lambda mine: mine.sum(skipna=False))
    county = county.assign(
        township_id=COUNTY, short=(county["pupils"] - county["seats"]).clip(lower=0.0),
        empty=(county["seats"] - county["pupils"]).clip(lower=0.0),
    )  # fmt: skip
    every = pd.concat([county, balance], ignore_index=True)
    rows = [
        _peak(forecast, str(variant), str(stage), str(township), part, empty)
        for (variant, stage, township), part in every.groupby(["variant", "stage", "township_id"])
    ]
    table = pd.DataFrame(rows, columns=list(PEAK_COLUMNS))
    return Peaks(table, balance.reset_index(drop=True), _lending(forecast, balance, travel, rules, limits, within))


def _peak(
    forecast: Forecast, variant: str, stage: str, township: str, part: pd.DataFrame, empty: float
) -> tuple[object, ...]:
    study = forecast.base
    course = part.set_index("year").sort_index()
    pupils = course["pupils"]
    entry = forecast.table.loc[(forecast.table["variant"] == variant) & (forecast.table["stage"] == stage)]
    entry = entry.loc[entry["grade"] == study.grades(stage)[0]]
    here = study.pupils.loc[study.pupils["stage"] == stage]
    if township != COUNTY:
        entry = entry.loc[entry["township_id"].astype(str) == township]
        here = here.loc[here["place_id"].map(study.places["township_id"]).astype(str) == township]
    intake = entry.groupby("year")["pupils"].sum()
    now = float(here["pupils"].sum())
    short = course.index[course["short"] > 0.5]
    thin = course.index[(course["seats"] > 0) & (course["pupils"] < empty * course["seats"])]
    return (
        variant, stage, township, _name(forecast, township), now, int(pupils.idxmax()), float(pupils.max()),
        float(pupils.max()) - now, float(pupils.iloc[-1]), int(intake.idxmax()), float(intake.max()),
        short.min() if len(short) else np.nan, short.max() if len(short) else np.nan, float(course["short"].max()),
        thin.min() if len(thin) else np.nan, float(course["empty"].max()),
    )  # fmt: skip


def _name(forecast: Forecast, township: str) -> str:
    names = forecast.base.townships.get("name")
    return "" if township == COUNTY or names is None else str(names.get(township, township))


def _lending(
    forecast: Forecast, balance: pd.DataFrame, travel: TravelLike | None, rules: Rules, limits: dict[str, float],
    within: float | None,
) -> pd.DataFrame:  # fmt: skip
    """Lend each township's empty rooms, those on the shortest way first."""
    rows: list[tuple[object, ...]] = []
    able = [s for s in limits if s != "kindergarten"]
    apart = {(s, lender): _apart(forecast, travel, rules, s, lender, within)
             for s in able for lender in able if s != lender}  # fmt: skip
    for (variant, year), part in balance.loc[balance["stage"].isin(able)].groupby(["variant", "year"]):
        known = part.loc[part["empty"].notna()]  # who does not know their seats lends none
        rooms = {(r.stage, r.township_id): np.floor(r.empty / limits[r.stage]) for r in known.itertuples()}
        for need in part.loc[part["short"] > 0.5].sort_values("short", ascending=False).itertuples():
            left = float(need.short)
            options = [(apart[need.stage, stage].get((need.township_id, place), np.nan), place, stage)
                       for stage, place in rooms if stage != need.stage]  # fmt: skip
            near = sorted((m, p, s) for m, p, s in options if not np.isnan(m))
            for minutes, place, stage in near:
                lent = min(rooms[(stage, place)], np.ceil(left / limits[need.stage]))
                if left <= 0 or not lent >= 1:  # neither where the seats are not known
                    continue
                rooms[(stage, place)] -= lent
                made = lent * limits[need.stage]
                left = max(left - made, 0.0)
                rows.append((variant, year, need.stage, need.township_id, need.short, stage, place, lent, made,
                             np.nan if place == need.township_id else minutes, left))  # fmt: skip
    return pd.DataFrame(rows, columns=list(LENDING_COLUMNS))


def _apart(
    forecast: Forecast, travel: TravelLike | None, rules: Rules, stage: str, lender: str, within: float | None
) -> dict[tuple[str, str], float]:
    """Give mean minutes from a township's places to the nearest school of the lending stage in another; 0 within it."""
    study = forecast.base
    townships = [str(t) for t in study.townships.index]
    found = {(t, t): 0.0 for t in townships}
    if travel is None:
        return found
    reach = within if within is not None else rules.value("reach_minutes", stage, study.grades(stage)[0])
    way = travel_for(travel, stage, study.grades(stage)[0])
    schools = study.offering(lender)
    minutes = way.cost(study.places.index, study.site_of(schools), "minutes")
    home, there = (
        study.places["township_id"].astype(str).to_numpy(),
        study.schools["township_id"].reindex(schools).astype(str).to_numpy(),
    )
    for two in townships:
        columns = minutes[:, there == two]
        if not columns.shape[1]:
            continue
        nearest = np.where(np.isnan(columns), np.inf, columns).min(axis=1)
        for one in townships:
            mine = nearest[home == one]
            if one != two and len(mine) and np.isfinite(mine).all() and (reach is None or mine.mean() <= reach):
                found[(one, two)] = float(mine.mean())
    return found
