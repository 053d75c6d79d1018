"""Kindergartens in numbers: enrolment, inclusive and public shares, children within reach, estates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from layout_planner.base.units import in_units
from layout_planner.policy import Rules
from layout_planner.study import Study
from layout_planner.travel import TravelLike, travel_for

STAGE = "kindergarten"
PROFILE = "cn-preschool-2020"

WITHIN = (10.0, 15.0, 20.0, 30.0)
"""Minutes within which children are counted."""

ESTATE_COLUMNS = (
    "name", "year", "homes", "children", "school_id", "seats", "public", "inclusive", "short", "handed_over",
)  # fmt: skip


@in_units()
def preschool_shares(study: Study, rules: Rules | None = None) -> pd.DataFrame:
    """Give gross enrolment, inclusive coverage and the public share of a county's kindergartens.

    Parameters
    ----------
    study
        Rolls of the kindergartens, `ownership`, `inclusive` and `licensed` of the schools, and the children.
    rules
        Where the limits stand; the county evaluation (教督〔2020〕1号) where left out. A county with higher aims says
        ``rules.with_(kindergarten={"gross_enrolment": 0.9, "inclusive_coverage": 0.85})``.

    Returns
    -------
    pd.DataFrame
        Index measure: value and limit as shares, ok, source. gross_enrolment: children on kindergarten rolls by all
        children of the age; inclusive_coverage: children in public and in licensed inclusive private kindergartens by
        all in kindergartens; public_share: those in public ones. NaN where nobody is enrolled.
    """
    rules = rules or Rules.load(PROFILE)
    roll = study.roll(STAGE).reindex(study.offering(STAGE)).fillna(0.0)
    private = study.is_private().reindex(roll.index)
    inclusive = (_flag(study, "inclusive", roll.index, False) & _flag(study, "licensed", roll.index, True)) | ~private
    enrolled, children = float(roll.sum()), float(study.demand(STAGE).sum())
    values = {
        "gross_enrolment": enrolled / children if children else np.nan,
        "inclusive_coverage": float(roll[inclusive].sum()) / enrolled if enrolled else np.nan,
        "public_share": float(roll[~private].sum()) / enrolled if enrolled else np.nan,
    }
    rows = {}
    for measure, value in values.items():
        rule = rules.find(measure, STAGE)
        limit = np.nan if rule is None else rule.value.value
        ok = pd.NA if np.isnan(limit) or np.isnan(value) else value >= limit - 1e-9
        rows[measure] = {"value": value, "limit": limit, "ok": ok, "source": "" if rule is None else rule.value.source}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("measure")
    return table.astype({"value": float, "limit": float, "ok": "boolean"})


def _flag(study: Study, column: str, schools: pd.Index, otherwise: bool) -> pd.Series[bool]:
    """Give a yes or no of schools; `otherwise` where it is not said."""
    if column not in study.schools:
        return pd.Series(otherwise, index=schools)
    told = study.schools[column].reindex(schools)
    return told.astype("Float64").fillna(float(otherwise)).astype(bool)


def nearest_minutes(study: Study, travel: TravelLike, stage: str = STAGE) -> pd.DataFrame:
    """Give the children of each place and grade, and the minutes to the nearest school that offers the grade.

    Returns
    -------
    pd.DataFrame
        place_id, grade, pupils, minutes (at the pace of the grade; inf where there is no way).
    """
    mine = study.pupils.loc[study.pupils["stage"] == stage]
    sums = mine.groupby(["place_id", "grade"], observed=True)["pupils"].sum().reset_index()
    schools = study.offering(stage)
    grades = study.offers["grades"].reindex(pd.MultiIndex.from_product([schools, [stage]]))
    minutes = np.full(len(sums), np.inf)
    for grade in sums["grade"].unique():
        way = travel_for(travel, stage, int(grade))
        offers = np.array([grade in own for own in grades], dtype=bool)
        rows = (sums["grade"] == grade).to_numpy()
        if offers.any():
            cost = way.cost(sums.loc[rows, "place_id"], study.site_of(schools[offers]), "minutes")
            minutes[rows] = np.where(np.isnan(cost), np.inf, cost).min(axis=1) * way.pace.get(int(grade), 1.0)
    return sums.assign(minutes=minutes)


@in_units()
def within_minutes(
    study: Study, travel: TravelLike, stage: str = STAGE, minutes: Sequence[float] = WITHIN
) -> pd.Series[float]:
    """Give the share of children who have a school of the stage within so many minutes, full or not.

    Returns
    -------
    pd.Series
        Index minutes; shares.
    """
    near = nearest_minutes(study, travel, stage)
    total = float(near["pupils"].sum())
    shares = [
        float(near.loc[near["minutes"] <= t + 1e-9, "pupils"].sum()) / total if total else np.nan for t in minutes
    ]
    return pd.Series(shares, index=pd.Index([float(t) for t in minutes], name="minutes"), name="share")


@in_units()
def estate_kindergartens(study: Study) -> pd.DataFrame:
    """Say of each estate whether its kindergarten is there, handed over and large enough (应交尽交).

    Parameters
    ----------
    study
        With a table `estates`: estate_id, homes, year, yield_kindergarten (children a home); kindergartens name their
        estate in `estate_id`.

    Returns
    -------
    pd.DataFrame
        Index estate_id, `ESTATE_COLUMNS`: children it will have, its kindergarten ("" for none) with seats, whether
        it is public and inclusive, seats short of the children (both missing where its seats are not known), and
        handed_over: public or inclusive, and open.
    """
    estates = study.extra.get("estates", pd.DataFrame())
    if not len(estates):
        return pd.DataFrame(columns=list(ESTATE_COLUMNS)).rename_axis("estate_id")
    if "estate_id" in estates:
        estates = estates.set_index("estate_id")
    yields = estates["yield_kindergarten"] if "yield_kindergarten" in estates else pd.Series(0.0, estates.index)
    children = estates["homes"].astype(float) * yields.astype(float).fillna(0.0)
    own = study.schools["estate_id"] if "estate_id" in study.schools else pd.Series(dtype="str")
    runs = study.offering(STAGE)
    of_estate = {str(estate): str(school) for school, estate in own.items() if pd.notna(estate) and school in runs}
    school = pd.Series([of_estate.get(str(estate), "") for estate in estates.index], index=estates.index, dtype="str")
    has = school != ""
    seats = school.map(study.seats(STAGE)).fillna(0.0).astype(float).replace(np.inf, np.nan)  # not known, not endless
    public = has & school.map(study.is_private()).eq(False)  # NaN, no kindergarten, is neither
    inclusive = has & (public | school.map(_flag(study, "inclusive", study.schools.index, False)).eq(True))
    table = pd.DataFrame(
        {
            "name": estates["name"] if "name" in estates else estates.index.astype(str),
            "year": estates["year"],
            "homes": estates["homes"],
            "children": children,
            "school_id": school,
            "seats": seats,
            "public": public,
            "inclusive": inclusive,
            "short": (children - seats).clip(lower=0.0),
            "handed_over": inclusive,
        }
    )
    return table[list(ESTATE_COLUMNS)].rename_axis("estate_id")
