"""How totals of villages and of schools are spread over grades together, so that what agrees in total agrees by grade.

Spread apart, their remainders fall into different grades, and children are invented who live here and study elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Floats
from layout_planner.reading.faults import Table
from layout_planner.study.columns import stage_columns
from layout_planner.study.spread import align, balanced_weights, cohort_weights, spread, spread_exactly, spread_onto
from layout_planner.study.stages import cohort_year, grades_of

_SAME_COUNTY = 0.2
"""Residents and rolls that differ by more than this share are no two counts of the same children."""


@dataclass(frozen=True, eq=False)
class GradeSums:
    """What the grades of one stage are to come to.

    Parameters
    ----------
    places
        Pupils by grade of all places, where those are given in total only; None: they are spread on their own.
    schools
        Pupils by grade of the schools that returned only a total; None: each is spread evenly.
    by_rolls
        The sums of the places are taken from rolls that are known by grade.
    """

    places: Floats | None = None
    schools: Floats | None = None
    by_rolls: bool = False


def agree(
    places: Table,
    rates: Mapping[str, float],
    births: pd.DataFrame,
    known: pd.DataFrame,
    lone: Mapping[str, float],
    year: int,
    calendar: str,
) -> dict[str, GradeSums]:
    """Work out the sums of the grades of every stage that has residents and rolls.

    Parameters
    ----------
    places
        With pupils_<stage>, or by grade.
    rates
        Stages whose pupils are reckoned from the population.
    births
        They weigh the grades where neither side tells them.
    known
        Rolls by grade: stage, grade, pupils.
    lone
        Stage → pupils of the schools that returned a total only.

    Returns
    -------
    dict
        Stage → the sums; stages without one of the two sides are left out.
    """
    frame = places.frame
    found = {}
    for stage, columns in stage_columns(frame.columns, "pupils").items():
        grades = grades_of(stage, calendar)
        mine = known.loc[known["stage"] == stage].groupby("grade")["pupils"].sum().reindex(list(grades))
        returned = np.nan_to_num(mine.to_numpy(dtype=np.float64))
        rest = float(lone.get(stage, 0.0))
        if stage in rates or not returned.sum() + rest > 0:
            continue
        by_grade = [grade for grade in grades if grade in columns]
        if by_grade:
            here = np.array([np.nansum(frame[columns[g]]) if g in columns else 0.0 for g in grades])
            found[stage] = GradeSums(schools=_left(align(returned.sum() + rest, here) - returned, rest))
            continue
        homes = np.nan_to_num(frame[columns[None]].to_numpy(dtype=np.float64))
        whole = np.allclose(homes, np.rint(homes), rtol=0, atol=1e-9)
        found[stage] = _both(homes.sum(), returned, rest, _shape(births, grades, cohort_year(year, calendar)), whole)
    return found


def _both(homes: float, returned: Floats, rest: float, shape: Floats, whole: bool) -> GradeSums:
    """Bring two totals, or a total and rolls by grade, to one shape of the grades."""
    total = returned.sum() + rest
    if rest == 0:
        alike = abs(homes - total) <= _SAME_COUNTY * max(homes, total)
        return GradeSums(align(homes, returned), by_rolls=True) if alike else GradeSums()
    if not whole:
        sums = spread_exactly([homes], shape)[0]
    elif returned.sum() > 0:
        sums = spread([homes], shape)[0]
    else:
        fewer = spread([min(homes, total)], shape)[0]
        return GradeSums(align(homes, fewer), _left(align(total, fewer), rest))
    return GradeSums(sums, _left(align(total, sums) - returned, rest))


def _left(sums: Floats, rest: float) -> Floats | None:
    return sums if rest > 0 and sums.min(initial=0.0) >= 0 else None


def _shape(births: pd.DataFrame, grades: tuple[int, ...], year: int) -> Floats:
    overall = cohort_weights(births, grades, year)[1]
    usable = overall is not None and overall.sum() > 0
    return overall.to_numpy(dtype=np.float64) if overall is not None and usable else np.ones(len(grades))


def spread_rolls(totals: Floats, open_to: np.ndarray, sums: Floats | None) -> Floats:
    """Spread the totals of schools over the grades they have: to the sums where those can be met, else evenly."""
    if sums is not None and abs(totals.sum() - sums.sum()) < 1e-6:
        weights = balanced_weights(totals, open_to, sums)
        if weights is not None:
            fractions = not np.allclose(sums, np.rint(sums), rtol=0, atol=1e-9)
            return weights if fractions else spread_onto(totals, np.where(open_to, weights, 0.0), sums)
    return np.vstack([_evenly(total, row) for total, row in zip(totals, open_to, strict=True)])


def _evenly(total: float, open_to: np.ndarray) -> Floats:
    row = np.zeros(len(open_to))
    row[open_to] = spread([total], np.ones(int(open_to.sum())))[0]
    return row
