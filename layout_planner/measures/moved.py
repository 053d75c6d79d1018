"""Who changes school between two plans."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.memory import kept
from layout_planner.measures.matching import match_amounts
from layout_planner.plan import Assignment, Plan

MOVE_COLUMNS = ("place_id", "stage", "grade", "group", "from_school", "to_school", "pupils")
NOWHERE = ""
"""Stands for "no school of the study" on either side of a move."""

_KEYS = ["place_id", "grade", "group", "school_id"]


def moved(plan: Plan, stage: str, base: Plan | None = None) -> pd.DataFrame:
    """List the pupils whose school changes, by where they live.

    Of the children of a place, grade and group as many as possible count as staying; the rest are paired in the order
    of school ids, so a move is never counted twice.

    Parameters
    ----------
    base
        What to compare with; the plan's own base where left out. Both must cover the same places.

    Returns
    -------
    pd.DataFrame
        `MOVE_COLUMNS`; from_school or to_school is "" for children without a place before or after.
    """
    before = base if base is not None else plan.base
    if before is None or stage not in before.assignments:
        return _no_moves()
    return _moved(plan.assignments[stage], before.assignments[stage]).copy()


@kept
def _moved(after: Assignment, before: Assignment) -> pd.DataFrame:
    if after.flows is before.flows and after.unplaced is before.unplaced:
        return _no_moves()
    old, new = _by_school(before), _by_school(after)
    rows = pd.concat([old, new], ignore_index=True)
    sign = np.repeat([-1.0, 1.0], [len(old), len(new)])
    # One number a child's place, grade and group, one a school; sorted, so that pairs come in the order of ids.
    unit = np.unique(_codes(rows[_KEYS[:3]]), return_inverse=True)[1]
    school, schools = pd.factorize(rows["school_id"], sort=True)
    key, inverse = np.unique(unit * len(schools) + school, return_inverse=True)
    change = np.bincount(inverse, weights=sign * rows["pupils"].to_numpy(dtype=float), minlength=len(key)).round(6)
    sample = np.zeros(int(unit.max(initial=-1)) + 1, dtype=np.intp)
    sample[unit] = np.arange(len(rows))
    leaves, arrives = np.flatnonzero(change < 0), np.flatnonzero(change > 0)
    left_unit, right_unit = key[leaves] // len(schools), key[arrives] // len(schools)
    # Children who appear or vanish between the plans (another forecast, say) are not moved: pair what both sides have.
    lost = np.bincount(left_unit, weights=-change[leaves], minlength=len(sample))
    won = np.bincount(right_unit, weights=change[arrives], minlength=len(sample))
    both = np.minimum(lost, won)
    left, right, pupils = match_amounts(
        left_unit,
        -change[leaves] * (both / np.where(lost > 0, lost, 1.0))[left_unit],
        right_unit,
        change[arrives] * (both / np.where(won > 0, won, 1.0))[right_unit],
    )
    who = rows.iloc[sample[left_unit[left]]].reset_index(drop=True)
    return who.assign(
        stage=after.stage,
        from_school=np.asarray(schools)[key[leaves[left]] % len(schools)],
        to_school=np.asarray(schools)[key[arrives[right]] % len(schools)],
        pupils=pupils,
    ).astype({"from_school": "str", "to_school": "str"})[list(MOVE_COLUMNS)]


def _no_moves() -> pd.DataFrame:
    types = {"grade": np.int64, "pupils": np.float64}
    return pd.DataFrame({column: pd.Series(dtype=types.get(column, "str")) for column in MOVE_COLUMNS})


def _by_school(assignment: Assignment) -> pd.DataFrame:
    """Give who goes to which school, children without one under `NOWHERE`."""
    unplaced = assignment.unplaced.loc[assignment.unplaced["place_id"] != ""]
    placed = assignment.flows[[*_KEYS, "pupils"]]
    if not len(unplaced):
        return placed
    return pd.concat([placed, unplaced[[*_KEYS[:3], "pupils"]].assign(school_id=NOWHERE)])


def _codes(rows: pd.DataFrame) -> np.ndarray:
    """Give each row one number that orders as its columns do."""
    code = np.zeros(len(rows), dtype=np.int64)
    for column in rows:
        at, values = pd.factorize(rows[column], sort=True)
        code = code * max(len(values), 1) + at
    return code
