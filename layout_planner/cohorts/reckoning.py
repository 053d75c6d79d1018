"""Reckoning the children of later autumns, by township, stage and grade.

For township T, grade g and autumn t, with B the births of the cohort (`births.cohort`) and N the children living there,

    N(T, t, g) = N(T, t₀, g − k) · R(g) / R(g − k)    k = t − t₀, while that cohort was in a grade at t₀;
    N(T, t, g) = B(T, t, g) · R(g) · a(T)             for cohorts that were too young then.

R(g) is the county's ratio of children to births by grade at t₀: survival and leaving in one, as the cross-section shows
them, so that R(g) / R(g − 1) is the progression from grade to grade; a(T) the township's own ratio over the county's,
from the grades of the stage. (Cohort-ratio method, Hamilton and Perry 1962, on school grades.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.cohorts.births import cohort
from layout_planner.study import Study
from layout_planner.study.stages import cohort_year

MAIN_STAGES = ("kindergarten", "primary", "junior", "senior")
"""The stages children pass through; special and vocational schools run beside them."""

OWN_RATIO_BIRTHS = 200.0
"""A township's own ratio counts in full only with many births; with this many it counts half."""


@dataclass(frozen=True, eq=False)
class Ratios:
    """Children over births: the county's by (stage, grade), and the townships' own factors by stage."""

    county: pd.Series[float]
    own: pd.DataFrame


def residents(study: Study, townships: pd.Index) -> pd.DataFrame:
    """Give today's children by township, stage and grade, in full: every combination once."""
    home = study.pupils["place_id"].map(study.places["township_id"])
    sums = study.pupils.groupby([home.rename("township_id"), "stage", "grade"])["pupils"].sum()
    keys = [
        (t, s, g)
        for s in study.stages
        if (study.pupils["stage"] == s).any()
        for g in study.grades(s)
        for t in townships
    ]
    index = pd.MultiIndex.from_tuples(keys, names=["township_id", "stage", "grade"])
    return sums.reindex(index, fill_value=0.0).reset_index()


def ratios_of(now: pd.DataFrame, births: pd.DataFrame, year: int) -> Ratios:
    """Weigh today's children against the births of their cohorts."""
    county, own = {}, {}
    for stage, rows in now.groupby("stage"):
        here = rows.pivot(index="township_id", columns="grade", values="pupils")
        born = pd.concat({grade: cohort(births, grade, year) for grade in here.columns}, axis=1)
        known = born.columns[born.notna().all()]
        for grade in here.columns:
            at = grade if grade in known else (known[0] if len(known) else None)
            if at is None:
                continue
            county[(stage, grade)] = here[at].sum() / born[at].sum() if born[at].sum() > 0 else 0.0
        if len(known):
            expected = (born[known] * pd.Series({g: county[(stage, g)] for g in known})).sum(axis=1)
            factor = (here[known].sum(axis=1) / expected.where(expected > 0)).fillna(1.0)
            trust = expected / (expected + OWN_RATIO_BIRTHS)
            own[stage] = trust * factor + (1 - trust)
    return Ratios(pd.Series(county), pd.DataFrame(own))


def progressing(study: Study, ratios: Ratios, progression: Mapping[int, float]) -> Ratios:
    """Put a planner's progression in the place of the cross-section's; the later grades of the path follow."""
    if not progression:
        return ratios
    county = ratios.county.copy()
    path = {g: s for s in MAIN_STAGES for g in study.grades(s) if (s, g) in county}
    changed = 1.0
    for grade in sorted(path):
        before = ratios.county[(path[grade - 1], grade - 1)] if grade - 1 in path else 0.0
        if grade in progression and before > 0 and ratios.county[(path[grade], grade)] > 0:
            changed *= progression[grade] * before / ratios.county[(path[grade], grade)]
        county[(path[grade], grade)] *= changed
    return Ratios(county, ratios.own)


def autumn(study: Study, now: pd.DataFrame, ratios: Ratios, births: pd.DataFrame, year: int) -> pd.DataFrame:
    """Reckon one autumn: grown-up cohorts from today's children, younger ones from births."""
    step = year - study.year
    today = now.pivot(index="township_id", columns=["stage", "grade"], values="pupils")
    parts = []
    for stage, grade in today.columns:
        before = stage_before(study, stage, grade - step)
        ratio = ratios.county.get((stage, grade), np.nan)
        if before is not None and (before, grade - step) in today.columns:
            then = ratios.county.get((before, grade - step), np.nan)
            pupils = today[(before, grade - step)] * (ratio / then if then > 0 and ratio == ratio else 1.0)
        else:
            own = ratios.own[stage].reindex(births.index) if stage in ratios.own else np.nan
            pupils = cohort(births, grade, cohort_year(year, study.calendar)) * ratio * own
            pupils = pupils.where(pupils.notna(), today[(stage, grade)])  # births begin too late: as today
        parts.append(pupils.rename("pupils").rename_axis("township_id").reset_index().assign(stage=stage, grade=grade))
    return pd.concat(parts, ignore_index=True).fillna({"pupils": 0.0})


def stage_before(study: Study, stage: str, grade: int) -> str | None:
    """Tell in which stage the children were when they were in a lower grade; None when they were too young for any.

    Special and vocational schools run beside the main stages: their pupils were in the same stage, or in a main
    stage before it began.
    """
    if grade in study.grades(stage):
        return stage
    main = [s for s in MAIN_STAGES if grade in study.grades(s)]
    return main[0] if main and stage != "special" else None


def moved_to_town(study: Study, table: pd.DataFrame, share: float) -> pd.DataFrame:
    """Move a share of village children to the towns each year, spread by the towns' own children."""
    code = study.townships["urban_rural"].astype("string").reindex(table["township_id"])
    village = code.str.startswith("2").fillna(False).to_numpy(dtype=bool)
    years = table["year"] - study.year
    leaving = np.where(village, table["pupils"] * (1.0 - (1.0 - share) ** years), 0.0)
    keys = ["variant", "year", "stage", "grade"]
    total = pd.Series(leaving, index=table.index).groupby([table[k] for k in keys]).transform("sum")
    town = table["pupils"].where(~village, 0.0)
    weight = (town / town.groupby([table[k] for k in keys]).transform("sum")).fillna(0.0)
    return table.assign(pupils=table["pupils"] - leaving + total * weight)


def with_estates(study: Study, table: pd.DataFrame, coming: pd.DataFrame) -> pd.DataFrame:
    """Add the children of estates from the autumn they are handed over."""
    keys = ["year", "township_id", "stage", "grade"]
    home = coming["township_id"].where(coming["place_id"] == "", coming["place_id"].map(study.places["township_id"]))
    there = [coming.assign(township_id=home, year=year).loc[coming["year"] <= year] for year in table["year"].unique()]
    more = pd.concat(there).groupby(keys)["pupils"].sum()
    at = pd.MultiIndex.from_frame(table[keys])
    return table.assign(pupils=table["pupils"] + more.reindex(at).fillna(0.0).to_numpy())
