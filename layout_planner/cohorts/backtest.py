"""How far births alone explain the children of today: the back-test of the forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.base.units import in_units
from layout_planner.cohorts.births import cohort, recorded
from layout_planner.cohorts.reckoning import residents
from layout_planner.study import Study
from layout_planner.study.stages import cohort_year


@in_units()
def backtest(study: Study) -> pd.DataFrame:
    """Reckon today's children, grade by grade, from births and from the *other* grades alone, and say how far off.

    A grade's ratio of children to births is read off a straight line through the ratios of the stage's other grades
    (their mean, where there is one other): the grade itself takes no part in its own reckoning. Where children leave at
    a steady rate the line is exact, so the error of the plain mean of the others stands beside it.

    Returns
    -------
    pd.DataFrame
        Index (stage, grade): births of the cohort, expected, residents, rolls (of the open schools, NaN where not
        returned), error (expected / residents − 1), mean_error (by the plain mean), roll_error (against the rolls),
        and township_error, the mean absolute error of the townships weighted by their residents. A grade without
        another in its stage, or whose births are not recorded, is left out.

    Raises
    ------
    DataError
        No births, or none that reach back to a grade of today.
    """
    table = recorded(study.births)
    now = residents(study, table.index)
    rolls = study.rolls.groupby(["stage", "grade"])["pupils"].sum()
    year = cohort_year(study.year, study.calendar)
    rows = []
    for stage in dict.fromkeys(now["stage"]):
        grades = [grade for grade in study.grades(stage) if cohort(table, grade, year).notna().all()]
        born = pd.DataFrame({grade: cohort(table, grade, year) for grade in grades})
        here = now.loc[now["stage"] == stage].pivot(index="township_id", columns="grade", values="pupils")
        here = here.reindex(index=born.index, columns=grades)
        ratio = here.sum() / born.sum().where(born.sum() > 0)
        for grade in grades:
            others = ratio.drop(grade).dropna()
            if not len(others):
                continue
            line = np.polyfit(others.index.to_numpy(dtype=float), others.to_numpy(), min(len(others) - 1, 1))
            expected = born[grade] * max(float(np.polyval(line, grade)), 0.0)
            residents_now, roll = here[grade].sum(), float(rolls.get((stage, grade), np.nan))
            rows.append(
                {
                    "stage": stage,
                    "grade": grade,
                    "births": born[grade].sum(),
                    "expected": expected.sum(),
                    "residents": residents_now,
                    "rolls": roll,
                    "error": expected.sum() / residents_now - 1 if residents_now else np.nan,
                    "mean_error": born[grade].sum() * others.mean() / residents_now - 1 if residents_now else np.nan,
                    "roll_error": expected.sum() / roll - 1 if roll else np.nan,
                    "township_error": (expected - here[grade]).abs().sum() / residents_now if residents_now else np.nan,
                }
            )
    if not rows:
        raise refuse(
            "the recorded births do not reach back to any grade of today",
            "出生记录未覆盖现有任何年级",
            f"add the births of {year - 15} to {year - 6}",
            f"请补充 {year - 15} 至 {year - 6} 年的出生人口",
        )
    return pd.DataFrame(rows).set_index(["stage", "grade"])
