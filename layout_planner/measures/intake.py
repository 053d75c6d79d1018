"""Yearly admission: the seats that fall free in the entry grade, and the seat warning (学位预警).

A school has room for so many new classes as rooms fall free: its classrooms less the classes that move up. Classes move
up as they are, large ones too; new ones hold what the rules allow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.base.units import in_units
from layout_planner.cohorts import Forecast
from layout_planner.measures.load import class_table
from layout_planner.plan import Plan, lacks_school
from layout_planner.plan.zones import SHARED, zone_map
from layout_planner.policy import Rules, class_limit
from layout_planner.study import Study

LEVELS: Mapping[str, float] = {"red": 1.0, "orange": 0.95, "yellow": 0.9}
"""Warning → applicants a seat above which it is given; a planner's usual choice, no published value."""

WARNING_COLUMNS = ("year", "school_id", "name", "applicants", "seats", "missing", "load", "level")


@dataclass(frozen=True, eq=False)
class Cohorts:
    """Pupils and classes of a stage, school by grade.

    Parameters
    ----------
    heads, classes
        Index school_id (open schools of the stage), columns its grades.
    """

    heads: pd.DataFrame
    classes: pd.DataFrame

    def move_up(self) -> Cohorts:
        """Let a year pass: every grade moves up, the highest leaves, the entry grade is empty."""
        return Cohorts(self.heads.shift(1, axis=1, fill_value=0.0), self.classes.shift(1, axis=1, fill_value=0.0))

    def with_heads(self, heads: pd.DataFrame, limit: Mapping[int, float]) -> Cohorts:
        """Give the cohorts other pupils: where there were classes they stay, else they are formed within the limit."""
        wanted = pd.DataFrame({g: np.ceil(heads[g] / limit[g] - 1e-9) for g in heads})
        return Cohorts(heads, self.classes.where(self.classes > 0, wanted).where(heads > 0, 0.0))


def cohorts_of(plan: Plan, stage: str) -> Cohorts:
    """Give the pupils and classes of a plan's open schools, pupils whose home is outside the study included."""
    table = class_table(plan, stage)
    schools, grades = plan.study.offering(stage), list(plan.study.grades(stage))
    heads, classes = (
        table.pivot(index="school_id", columns="grade", values=column)
        .reindex(index=schools, columns=grades)
        .fillna(0.0)
        .astype(float)
        for column in ("pupils", "classes")
    )
    return Cohorts(heads, classes)


def class_limits(rules: Rules, stage: str, grades: tuple[int, ...]) -> dict[int, float]:
    """Give the pupils a class may hold, grade by grade."""
    return {grade: class_limit(rules, stage, grade) for grade in grades}


def entry_seats(study: Study, rules: Rules, stage: str, staying: Cohorts) -> pd.Series[float]:
    """Count the seats of the entry grade.

    Parameters
    ----------
    study, rules, stage
        Classrooms (or seats) of the schools, and the pupils a class may hold.
    staying
        After `Cohorts.move_up`; its entry grade does not count.

    Returns
    -------
    Series
        (classrooms − classes that stay) × limit; where classrooms are not known, seats − pupils who stay; inf where
        neither is; 0 for a school without the entry grade. Index school_id, open schools of the stage.
    """
    schools = staying.heads.index
    offers = study.offers.xs(stage, level="stage").reindex(schools)
    entry = study.grades(stage)[0]
    rooms = offers["classrooms"].astype(float) - staying.classes.drop(columns=entry).sum(axis=1)
    by_seats = offers["seats"].astype(float) - staying.heads.drop(columns=entry).sum(axis=1)
    seats = (rooms * class_limit(rules, stage, entry)).fillna(by_seats).fillna(np.inf).clip(lower=0.0)
    begins = offers["grades"].map(lambda grades: entry in grades).astype(bool)
    return seats.where(begins, 0.0).rename("seats").rename_axis("school_id")


def entry_shares(plan: Plan, stage: str) -> pd.DataFrame:
    """Say where the children of each place begin school under a plan.

    Returns
    -------
    DataFrame
        place_id, school_id ("" for schools outside the study), share; the shares of a place add up to 1. A place
        without children in the entry grade follows its zone.
    """
    assignment = plan.assignments[stage]
    entry = plan.study.grades(stage)[0]
    here = assignment.flows[["place_id", "school_id", "grade", "pupils"]]
    gone = assignment.unplaced.loc[~lacks_school(assignment.unplaced), ["place_id", "grade", "pupils"]]
    both = pd.concat([here, gone.assign(school_id="")]) if len(gone) else here
    sums = both.loc[both["grade"] == entry].groupby(["place_id", "school_id"], as_index=False)["pupils"].sum()
    sums["share"] = sums["pupils"] / sums.groupby("place_id")["pupils"].transform("sum")
    zones = zone_map(plan, stage)
    rest = zones[~zones.index.isin(sums["place_id"])].str.split(SHARED).explode().rename("school_id").reset_index()
    rest["share"] = 1.0 / rest.groupby("place_id")["school_id"].transform("size")
    columns = ["place_id", "school_id", "share"]
    return pd.concat([part[columns] for part in (sums, rest) if len(part)], ignore_index=True)


@in_units()
def warn_seats(
    plan: Plan,
    forecast: Forecast,
    stage: str,
    *,
    years: int = 6,
    variant: str = "middle",
    levels: Mapping[str, float] = LEVELS,
) -> pd.DataFrame:
    """Warn of the autumns in which a zone has more children than seats (学位预警).

    The children who begin school each autumn go where those of their place go now; pupils from outside the study stay
    as many. Every autumn the classes move up, and rooms fall free (`entry_seats`); a school takes in no more than its
    seats, so that one full year does not make the next look worse.

    Parameters
    ----------
    plan
        Whose zones are looked at; today is a plan.
    forecast
        Of the same study.
    stage
        A stage the plan covers.
    years
        Autumns to come, 1 to 6.
    variant
        "low", "middle" or "high".
    levels
        Warning → applicants a seat above which it is given.

    Returns
    -------
    DataFrame
        `WARNING_COLUMNS`, public schools of the stage in the order of years: applicants expected, seats that fall free,
        missing = applicants − seats where positive, load = applicants / seats, level ("" for none).

    Raises
    ------
    DataError
        `years` is not 1 to 6, or the forecast ends too early.
    """
    first = forecast.base.year + 1
    if not 1 <= years <= 6 or first + years - 1 > forecast.to:
        raise refuse(
            f"years={years} with a forecast to {forecast.to}",
            f"years={years}，而预测止于 {forecast.to} 年",
            f"ask for 1 to 6 autumns, and forecast to {first + years - 1} or later",
            "可查 1–6 个秋季，预测年份须足够",
        )
    study, rules = plan.study, plan.rules
    grades = study.grades(stage)
    shares = entry_shares(plan, stage)
    cohorts = cohorts_of(plan, stage)
    schools = cohorts.heads.index
    outside = plan.assignments[stage].outside
    guests = outside.loc[outside["grade"] == grades[0]].groupby("school_id")["pupils"].sum()
    parts = []
    for year in range(first, first + years):
        cohorts = cohorts.move_up()
        seats = entry_seats(study, rules, stage, cohorts)
        born = forecast.study(year, variant).pupils
        mine = born.loc[(born["stage"] == stage) & (born["grade"] == grades[0])].groupby("place_id")["pupils"].sum()
        asked = shares["share"] * shares["place_id"].map(mine).fillna(0.0)
        asked = asked.groupby(shares["school_id"]).sum().reindex(schools, fill_value=0.0)
        asked = asked.add(guests, fill_value=0.0).reindex(schools)
        heads = cohorts.heads.copy()
        heads[grades[0]] = np.minimum(asked, seats)
        cohorts = cohorts.with_heads(heads, class_limits(rules, stage, grades))
        parts.append(pd.DataFrame({"year": year, "applicants": asked, "seats": seats}).reset_index(names="school_id"))
    table = pd.concat(parts, ignore_index=True)
    private = study.is_private().reindex(table["school_id"]).to_numpy(dtype=bool)
    table = table.loc[~private].reset_index(drop=True)
    table["name"] = table["school_id"].map(study.school_name)
    table["missing"] = (table["applicants"] - table["seats"]).clip(lower=0.0)
    table["load"] = np.where(
        table["seats"] > 0, table["applicants"] / table["seats"].where(table["seats"] > 0),
        np.where(table["applicants"] > 0, np.inf, 0.0),
    )  # fmt: skip
    table["level"] = ""
    for level, limit in sorted(levels.items(), key=lambda item: item[1]):
        table.loc[table["load"] > limit + 1e-9, "level"] = level
    return table[list(WARNING_COLUMNS)]
