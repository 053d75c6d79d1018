"""How full: rolls against seats, and classes by grade."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Floats, Ints
from layout_planner.base.labels import positions, texts
from layout_planner.base.memory import kept
from layout_planner.measures.distance import mean_by
from layout_planner.plan import Assignment, Plan, by_day
from layout_planner.plan.coded import GRADES, LOWEST, coded, school_and_grade
from layout_planner.policy import Rules, class_limit
from layout_planner.study import Study

LARGE, SUPER_LARGE = 56.0, 66.0
"""Pupils from which a class is large or super-large (国发〔2016〕40号), where no rule says."""

CLASS_COLUMNS = (
    "school_id", "grade", "pupils", "classes", "largest", "large", "super_large", "in_large", "in_super_large", "known",
)  # fmt: skip


def classes_needed(
    pupils: Mapping[int, float] | pd.Series[float], limit: float | np.ndarray, rooms: float = np.nan
) -> pd.Series[int]:
    """Form classes grade by grade: Σ over grades of ceil(pupils / limit), never ceil(total / limit).

    Parameters
    ----------
    pupils
        Grade → pupils of one school.
    limit
        Pupils a class may hold, in every grade or grade by grade.
    rooms
        Classrooms; where they do not suffice, classes grow: each grade has one, the others go one by one to the grade
        with the fullest classes. NaN for no limit.

    Returns
    -------
    pd.Series
        Classes; index grade. A grade without pupils has none.
    """
    heads = pd.Series(pupils, dtype=float)
    return pd.Series(_form(heads.to_numpy(), limit, rooms), index=heads.index, name="classes")


def _form(heads: np.ndarray, limit: float | np.ndarray, rooms: float) -> np.ndarray:
    wanted = np.ceil(heads / limit - 1e-9).astype(int)
    if np.isnan(rooms) or wanted.sum() <= rooms:
        return wanted
    pupils = heads.tolist()
    formed = [int(own > 0) for own in pupils]
    for _ in range(math.ceil(rooms) - sum(formed)):
        size = [own / count if count else -1.0 for own, count in zip(pupils, formed, strict=True)]
        formed[size.index(max(size))] += 1
    return np.array(formed)


def class_table(plan: Plan, stage: str) -> pd.DataFrame:
    """Give the classes of every school and grade of a plan.

    Where the register of classes or the returns tell, and the roll is still the returned one, they are taken as they
    are; else classes are formed by `classes_needed` and shared evenly.

    Returns
    -------
    pd.DataFrame
        `CLASS_COLUMNS`: pupils and classes of the grade, the largest class, how many classes are large and
        super-large by the rules, the pupils in large classes, and where the figures are from: "register", "returned"
        or "formed".
    """
    return _class_table(*_key(plan, stage)).copy()


@kept
def _class_table(assignment: Assignment, study: Study, before: Study, rules: Rules) -> pd.DataFrame:
    stage = assignment.stage
    large = rules.value("large_class", stage, default=LARGE) or LARGE
    huge = rules.value("super_large_class", stage, default=SUPER_LARGE) or SUPER_LARGE
    rolls = assignment.roll_by_grade()
    heads = rolls.to_numpy(dtype=float)
    pupils, told_classes = _as_returned(before, stage, rolls.index)
    same = (np.abs(pupils - heads) < 1e-6) & (told_classes >= 1)
    classes = np.where(same, told_classes, _formed(study, rules, stage, rolls))
    small = np.floor(heads / np.maximum(classes, 1) + 1e-9)
    bigger = np.round(heads - small * classes)  # so many classes have one pupil more
    school, grade = rolls.index.codes[0], rolls.index.levels[1].to_numpy()[rolls.index.codes[1]]
    table = pd.DataFrame(
        {
            "school_id": texts(rolls.index.levels[0], school),
            "grade": grade.astype(np.int64),
            "pupils": heads,
            "classes": classes,
            "largest": np.ceil(heads / np.maximum(classes, 1) - 1e-9),
            "large": _over(small, bigger, classes, large),
            "super_large": _over(small, bigger, classes, huge),
            "in_large": _in_over(small, bigger, heads, large),
            "in_super_large": _in_over(small, bigger, heads, huge),
            "known": texts(["formed", "returned"], same.astype(np.intp)),
        }
    )
    if len(study.classes):
        counted = _counted(study.classes, large, huge).reindex(rolls.index)
        told = counted["pupils"].sub(rolls).abs().lt(1e-6).to_numpy()
        for column in ("classes", "largest", "large", "super_large", "in_large", "in_super_large"):
            table[column] = np.where(told, counted[column].to_numpy(dtype=float), table[column])
        table["known"] = np.where(told, "register", table["known"])
    assert tuple(table) == CLASS_COLUMNS
    return table


def _counted(register: pd.DataFrame, large: float, huge: float) -> pd.DataFrame:
    """Count the classes of the register by school and grade."""
    size = register["pupils"].astype(float)
    marked = register.assign(
        classes=1.0,
        largest=size,
        large=(size >= large).astype(float),
        super_large=(size >= huge).astype(float),
        in_large=size.where(size >= large, 0.0),
        in_super_large=size.where(size >= huge, 0.0),
    )
    sums = ("pupils", "classes", "large", "super_large", "in_large", "in_super_large")
    how = dict.fromkeys(sums, "sum") | {"largest": "max"}
    return marked.groupby(["school_id", "grade"], observed=True).agg(how)


def school_table(plan: Plan, stage: str) -> pd.DataFrame:
    """Give the load of every open school of a stage.

    Returns
    -------
    pd.DataFrame
        Index school_id: roll, seats (inf unknown), load = roll / seats (NaN unknown), over (pupils above the seats),
        classes, class_size, largest, large, super_large, in_large, minutes and metres (means over day pupils with a
        known way).
    """
    return _school_table(*_key(plan, stage)).copy()


@kept
def _school_table(assignment: Assignment, study: Study, before: Study, rules: Rules) -> pd.DataFrame:
    stage = assignment.stage
    ids = study.offering(stage)
    by_grade = _class_table(assignment, study, before, rules)
    at = positions(ids, by_grade["school_id"])
    mine, at = at >= 0, at[at >= 0]

    def added(column: str) -> Floats:
        amounts = by_grade[column].to_numpy(dtype=float)[mine]
        return np.bincount(at, weights=np.nan_to_num(amounts), minlength=len(ids)).astype(np.float64)

    roll, classes = added("pupils"), added("classes")
    largest = np.full(len(ids), np.nan)
    np.fmax.at(largest, at, by_grade["largest"].to_numpy(dtype=float)[mine])
    seats = study.seats(stage, class_limit(rules, stage)).reindex(ids).to_numpy(dtype=float)
    known = np.isfinite(seats)
    flows, coding = assignment.flows, coded(assignment)
    schools = positions(ids, coding.school.known)[coding.school.at] if len(flows) else coding.school.at
    came = np.where(by_day(flows), schools, -1)
    ways = {u: mean_by(flows[u].to_numpy(dtype=float), coding.pupils, came, len(ids)) for u in ("minutes", "metres")}
    return pd.DataFrame(
        {
            "roll": roll,
            "seats": seats,
            "load": roll / np.where(known & (seats > 0), seats, np.nan),
            "over": np.where(known, np.maximum(roll - seats, 0.0), 0.0),
            "classes": classes,
            **{column: added(column) for column in ("large", "super_large", "in_large")},
            "largest": largest,
            "class_size": roll / np.where(classes > 0, classes, np.nan),
            **ways,
        },
        index=ids.rename("school_id"),
    )


def _key(plan: Plan, stage: str) -> tuple[Assignment, Study, Study, Rules]:
    """Give what a plan's loads depend on: the assignment, the study, the one with the returns of today, the rules.

    All are immutable, so tables asked for again and again (scorecard, findings, maps) are worked out once.
    """
    before = plan.base.study if plan.base is not None else plan.study
    return plan.assignments[stage], plan.study, before, plan.rules


@kept
def _returned(study: Study, stage: str) -> tuple[Ints, Floats, Floats]:
    """Give the returned rolls and classes by school and grade (one number, ascending; see `_key_of`)."""
    mine = study.rolls.loc[study.rolls["stage"] == stage]
    sums = mine.groupby(["school_id", "grade"], observed=True)[["pupils", "classes"]].sum(min_count=1)
    key = _key_of(study, sums.index)
    order = np.argsort(key, kind="stable")
    return key[order], *(sums[column].to_numpy(dtype=float)[order] for column in ("pupils", "classes"))


def _as_returned(study: Study, stage: str, index: pd.MultiIndex) -> tuple[Floats, Floats]:
    """Give the returned rolls and classes of some schools and grades, NaN where none were."""
    key, pupils, classes = _returned(study, stage)
    asked = _key_of(study, index)
    at = np.minimum(np.searchsorted(key, asked), max(len(key) - 1, 0))
    if not len(key):
        return np.full(len(asked), np.nan), np.full(len(asked), np.nan)
    found = (key[at] == asked) & (asked >= 0)
    return np.where(found, pupils[at], np.nan), np.where(found, classes[at], np.nan)


def _key_of(study: Study, index: pd.MultiIndex) -> Ints:
    """Give one number for each (school_id, grade), −1 for a school the study has not."""
    school, grade = school_and_grade(index, study.schools.index)
    return np.where(school >= 0, school * GRADES + grade - LOWEST, -1)


def _formed(study: Study, rules: Rules, stage: str, rolls: pd.Series[float]) -> np.ndarray:
    """Form the classes of every school by the rule of `classes_needed`; in the order of `rolls`."""
    each = np.array([class_limit(rules, stage, int(grade)) for grade in rolls.index.levels[1]], dtype=float)
    limit = each[rolls.index.codes[1]]
    wanted = np.ceil(rolls.to_numpy(dtype=float) / limit - 1e-9)
    school, schools = rolls.index.codes[0], rolls.index.levels[0]
    rooms = study.offers_of(stage)["classrooms"].reindex(schools).to_numpy(dtype=float)
    for at in np.flatnonzero(np.bincount(school, weights=wanted, minlength=len(schools)) > rooms):
        mine = school == at
        wanted[mine] = _form(rolls.to_numpy(dtype=float)[mine], limit[mine], float(rooms[at]))
    return wanted


def _over(small: np.ndarray, bigger: np.ndarray, classes: np.ndarray, limit: float) -> np.ndarray:
    """Count classes of at least `limit` pupils when `bigger` of them have small + 1 and the rest have small."""
    return np.where(small >= limit, classes, np.where(small + 1 >= limit, bigger, 0.0))


def _in_over(small: np.ndarray, bigger: np.ndarray, heads: np.ndarray, limit: float) -> np.ndarray:
    """Count the pupils in classes of at least `limit`, as `_over` counts the classes."""
    return np.where(small >= limit, heads, np.where(small + 1 >= limit, bigger * (small + 1), 0.0))
