"""Who changes school between two plans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Floats, Ints
from layout_planner.base.labels import texts
from layout_planner.base.memory import kept
from layout_planner.measures.matching import match_amounts
from layout_planner.plan import Assignment, Plan
from layout_planner.plan.coded import GRADES, LOWEST, Column, coded, joined

MOVE_COLUMNS = ("place_id", "stage", "grade", "group", "from_school", "to_school", "pupils")
NOWHERE = ""
"""Stands for "no school of the study" on either side of a move."""


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
    place, group, school = (joined(one, two) for one, two in zip(old.texts, new.texts, strict=True))
    grade = np.concatenate([old.grade, new.grade]) - LOWEST
    change = np.concatenate([-old.pupils, new.pupils])
    # One number a child's place, grade and group, and its school; sorted, so that pairs come in the order of ids.
    groups, schools = len(group.known), len(school.known)
    key = ((place.at * GRADES + grade) * groups + group.at) * schools + school.at
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    key = key[order[first]]
    change = np.add.reduceat(change[order], first).round(6) if len(first) else change
    leaves, arrives = np.flatnonzero(change < 0), np.flatnonzero(change > 0)
    child = key // max(schools, 1)
    units, unit = np.unique(np.concatenate([child[leaves], child[arrives]]), return_inverse=True)
    left_unit, right_unit = unit[: len(leaves)], unit[len(leaves) :]
    # Children who appear or vanish between the plans (another forecast, say) are not moved: pair what both sides have.
    lost = np.bincount(left_unit, weights=-change[leaves], minlength=len(units))
    won = np.bincount(right_unit, weights=change[arrives], minlength=len(units))
    both = np.minimum(lost, won)
    left, right, pupils = match_amounts(
        left_unit,
        -change[leaves] * (both / np.where(lost > 0, lost, 1.0))[left_unit],
        right_unit,
        change[arrives] * (both / np.where(won > 0, won, 1.0))[right_unit],
    )
    who = units[left_unit[left]]
    return pd.DataFrame(
        {
            "place_id": texts(place.known, who // (GRADES * max(groups, 1))),
            "stage": texts([after.stage], np.zeros(len(who), dtype=np.intp)),
            "grade": who // max(groups, 1) % GRADES + LOWEST,
            "group": texts(group.known, who % max(groups, 1)),
            "from_school": texts(school.known, key[leaves[left]] % max(schools, 1)),
            "to_school": texts(school.known, key[arrives[right]] % max(schools, 1)),
            "pupils": pupils,
        },
        columns=list(MOVE_COLUMNS),
    )


def _no_moves() -> pd.DataFrame:
    types = {"grade": np.int64, "pupils": np.float64}
    return pd.DataFrame({column: pd.Series(dtype=types.get(column, "str")) for column in MOVE_COLUMNS})


@dataclass(frozen=True, eq=False)
class _BySchool:
    """Who goes to which school, row by row."""

    texts: tuple[Column, Column, Column]
    grade: Ints
    pupils: Floats


@kept
def _by_school(assignment: Assignment) -> _BySchool:
    """Give who goes to which school (place, group and school as texts), children without one under `NOWHERE`."""
    flows = coded(assignment)
    columns = flows.place, flows.group, flows.school
    unplaced = assignment.unplaced.loc[assignment.unplaced["place_id"] != ""]
    if not len(unplaced):
        return _BySchool(columns, flows.grade, flows.pupils)
    nowhere = Column(pd.Index([NOWHERE], dtype="str"), np.zeros(len(unplaced), dtype=np.intp))
    others = Column.of(unplaced["place_id"]), Column.of(unplaced["group"]), nowhere
    place, group, school = (joined(one, two) for one, two in zip(columns, others, strict=True))
    grade, pupils = unplaced["grade"].to_numpy(dtype=np.int64), unplaced["pupils"].to_numpy(dtype=np.float64)
    return _BySchool(
        (place, group, school), np.concatenate([flows.grade, grade]), np.concatenate([flows.pupils, pupils])
    )
