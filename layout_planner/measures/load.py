"""How full: rolls against seats, and classes by grade."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from layout_planner.base.memory import kept
from layout_planner.measures.distance import mean_by
from layout_planner.plan import Assignment, Plan, by_day
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
    formed = (heads > 0).astype(int)
    while formed.sum() < rooms:
        fullest = int(np.argmax(np.where(formed > 0, heads / np.maximum(formed, 1), -1.0)))
        formed[fullest] += 1
    return formed


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
    returned = _returned(before, stage).reindex(rolls.index)
    same = (returned["pupils"] - rolls).abs().lt(1e-6).to_numpy() & returned["classes"].ge(1).to_numpy()
    classes = np.where(same, returned["classes"].to_numpy(dtype=float), _formed(study, rules, stage, rolls))
    heads = rolls.to_numpy(dtype=float)
    small = np.floor(heads / np.maximum(classes, 1) + 1e-9)
    bigger = np.round(heads - small * classes)  # so many classes have one pupil more
    table = rolls.reset_index().assign(
        classes=classes,
        largest=np.ceil(heads / np.maximum(classes, 1) - 1e-9),
        large=_over(small, bigger, classes, large),
        super_large=_over(small, bigger, classes, huge),
        in_large=_in_over(small, bigger, heads, large),
        in_super_large=_in_over(small, bigger, heads, huge),
        known=np.where(same, "returned", "formed"),
    )
    if len(study.classes):
        counted = _counted(study.classes, large, huge).reindex(rolls.index)
        told = counted["pupils"].sub(rolls).abs().lt(1e-6).to_numpy()
        for column in ("classes", "largest", "large", "super_large", "in_large", "in_super_large"):
            table[column] = np.where(told, counted[column].to_numpy(dtype=float), table[column])
        table["known"] = np.where(told, "register", table["known"])
    return table[list(CLASS_COLUMNS)]


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
    roll = assignment.roll().reindex(ids, fill_value=0.0)
    seats = study.seats(stage, class_limit(rules, stage)).reindex(ids)
    sums = ["classes", "large", "super_large", "in_large"]
    by_school = _class_table(assignment, study, before, rules).groupby("school_id")
    classes = by_school[sums].sum().reindex(ids).fillna(0.0)
    known = np.isfinite(seats) & (seats > 0)
    table = pd.DataFrame({"roll": roll, "seats": seats}, index=ids).assign(
        load=(roll / seats.where(known)),
        over=(roll - seats).clip(lower=0.0).where(np.isfinite(seats), 0.0),
        **{column: classes[column] for column in sums},
        largest=by_school["largest"].max().reindex(ids),
        class_size=roll / classes["classes"].where(classes["classes"] > 0),
    )
    flows = assignment.flows
    day = by_day(flows)
    at = np.where(day, ids.get_indexer(flows["school_id"]), -1)
    for unit in ("minutes", "metres"):
        values, pupils = flows[unit].to_numpy(dtype=float), flows["pupils"].to_numpy(dtype=float)
        table[unit] = mean_by(values, pupils, at, len(ids))
    return table.rename_axis("school_id")


def _key(plan: Plan, stage: str) -> tuple[Assignment, Study, Study, Rules]:
    """Give what a plan's loads depend on: the assignment, the study, the one with the returns of today, the rules.

    All are immutable, so tables asked for again and again (scorecard, findings, maps) are worked out once.
    """
    before = plan.base.study if plan.base is not None else plan.study
    return plan.assignments[stage], plan.study, before, plan.rules


def _returned(study: Study, stage: str) -> pd.DataFrame:
    """Give the returned rolls and classes by school and grade."""
    mine = study.rolls.loc[study.rolls["stage"] == stage]
    return mine.groupby(["school_id", "grade"], observed=True)[["pupils", "classes"]].sum(min_count=1)


def _formed(study: Study, rules: Rules, stage: str, rolls: pd.Series[float]) -> np.ndarray:
    """Form the classes of every school by the rule of `classes_needed`; in the order of `rolls`."""
    grades = rolls.index.get_level_values("grade").to_numpy()
    limit = np.ones(len(rolls))
    for grade in np.unique(grades):
        limit[grades == grade] = class_limit(rules, stage, int(grade))
    wanted = np.ceil(rolls.to_numpy(dtype=float) / limit - 1e-9)
    school, schools = pd.factorize(rolls.index.get_level_values("school_id"))
    offers = study.offers.loc[study.offers.index.get_level_values("stage") == stage, "classrooms"].droplevel("stage")
    rooms = offers.reindex(schools).to_numpy(dtype=float)
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
