"""How full: rolls against seats, and classes by grade."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pandas as pd

from layout_planner.plan import Assignment, Plan
from layout_planner.policy import Rules
from layout_planner.study import Study

DEFAULT_CLASS = {"kindergarten": 30, "primary": 45, "junior": 50, "senior": 50, "vocational": 50, "special": 12}
"""Pupils a class where no rule says: 教督〔2017〕6号 (primary, junior); 教督〔2020〕1号 (kindergarten, middle class);
senior and vocational as GB 50099-2011; special 建标156-2011 (12)."""

CLASS_COLUMNS = ("school_id", "grade", "pupils", "classes", "largest", "large", "super_large", "known")


def class_limit(rules: Rules, stage: str) -> float:
    """Give the pupils a class may hold."""
    return float(rules.value("class_size", stage, default=DEFAULT_CLASS[stage]) or DEFAULT_CLASS[stage])


def classes_needed(
    pupils: Mapping[int, float] | pd.Series[float], limit: float, rooms: float = np.nan
) -> pd.Series[int]:
    """Form classes grade by grade: Σ over grades of ceil(pupils / limit), never ceil(total / limit).

    Parameters
    ----------
    pupils
        Grade → pupils of one school.
    limit
        Pupils a class may hold.
    rooms
        Classrooms; where they do not suffice, classes grow: each grade has one, the others go one by one to the grade
        with the fullest classes. NaN for no limit.

    Returns
    -------
    pd.Series
        Classes; index grade. A grade without pupils has none.
    """
    heads = pd.Series(pupils, dtype=float)
    wanted = np.ceil(heads.to_numpy() / limit - 1e-9).astype(int)
    if np.isnan(rooms) or wanted.sum() <= rooms:
        return pd.Series(wanted, index=heads.index, name="classes")
    formed = (heads.to_numpy() > 0).astype(int)
    while formed.sum() < rooms:
        fullest = int(np.argmax(np.where(formed > 0, heads.to_numpy() / np.maximum(formed, 1), -1.0)))
        formed[fullest] += 1
    return pd.Series(formed, index=heads.index, name="classes")


def class_table(plan: Plan, stage: str) -> pd.DataFrame:
    """Give the classes of every school and grade of a plan.

    Where the register of classes or the returns tell, and the roll is still the returned one, they are taken as they
    are; else classes are formed by `classes_needed` and shared evenly.

    Returns
    -------
    pd.DataFrame
        `CLASS_COLUMNS`: pupils and classes of the grade, the largest class, how many classes are large and
        super-large by the rules, and where the figure is from: "register", "returned" or "formed".
    """
    return _class_table(*_key(plan, stage)).copy()


@lru_cache(maxsize=64)
def _class_table(study: Study, before: Study, rules: Rules, assignment: Assignment) -> pd.DataFrame:
    stage = assignment.stage
    large = rules.value("large_class", stage, default=56.0) or 56.0
    huge = rules.value("super_large_class", stage, default=66.0) or 66.0
    rolls = assignment.roll_by_grade()
    table = rolls.reset_index()
    returned = _returned(before, stage).reindex(rolls.index)
    same = (returned["pupils"] - rolls).abs().lt(1e-6).to_numpy() & returned["classes"].ge(1).to_numpy()
    formed = _formed(study, rules, stage, rolls)
    classes = np.where(
        same, returned["classes"].to_numpy(dtype=float), formed.reindex(rolls.index).to_numpy(dtype=float)
    )
    heads = table["pupils"].to_numpy(dtype=float)
    small = np.floor(heads / np.maximum(classes, 1) + 1e-9)
    bigger = np.round(heads - small * classes)  # so many classes have one pupil more
    largest = np.ceil(heads / np.maximum(classes, 1) - 1e-9)
    table = table.assign(classes=classes, largest=largest, known=np.where(same, "returned", "formed"))
    table["large"] = _over(small, bigger, classes, large)
    table["super_large"] = _over(small, bigger, classes, huge)
    register = study.classes
    if len(register):
        counted = register.groupby(["school_id", "grade"], observed=True)["pupils"].agg(
            pupils="sum", classes="size", largest="max", large=lambda x: int((x >= large).sum()),
            super_large=lambda x: int((x >= huge).sum()),
        ).reindex(rolls.index)  # fmt: skip
        told = counted["pupils"].sub(rolls).abs().lt(1e-6).to_numpy()
        for column in ("classes", "largest", "large", "super_large"):
            table[column] = np.where(told, counted[column].to_numpy(dtype=float), table[column])
        table["known"] = np.where(told, "register", table["known"])
    return table[list(CLASS_COLUMNS)]


def school_table(plan: Plan, stage: str) -> pd.DataFrame:
    """Give the load of every open school of a stage.

    Returns
    -------
    pd.DataFrame
        Index school_id: roll, seats (inf unknown), load = roll / seats (NaN unknown), over (pupils above the seats),
        classes, class_size, largest, large, super_large, minutes and metres (means over day pupils with a known way).
    """
    return _school_table(*_key(plan, stage)).copy()


@lru_cache(maxsize=64)
def _school_table(study: Study, before: Study, rules: Rules, assignment: Assignment) -> pd.DataFrame:
    stage = assignment.stage
    ids = study.offering(stage)
    roll = assignment.roll().reindex(ids, fill_value=0.0)
    seats = study.seats(stage, class_limit(rules, stage)).reindex(ids)
    by_school = _class_table(study, before, rules, assignment).groupby("school_id")
    classes = by_school[["classes", "large", "super_large"]].sum().join(by_school["largest"].max())
    table = pd.DataFrame({"roll": roll, "seats": seats}, index=ids)
    known = np.isfinite(seats) & (seats > 0)
    table["load"] = (roll / seats).where(known)
    table["over"] = (roll - seats).clip(lower=0.0).where(np.isfinite(seats), 0.0)
    table = table.join(classes)
    table[["classes", "large", "super_large"]] = table[["classes", "large", "super_large"]].fillna(0)
    table["class_size"] = (table["roll"] / table["classes"]).where(table["classes"] > 0)
    flows = assignment.flows
    for unit in ("minutes", "metres"):
        has = flows.loc[flows[unit].notna() & (flows["how"] != "board")]
        sums = (has[unit] * has["pupils"]).groupby(has["school_id"]).sum()
        heads = has.groupby("school_id")["pupils"].sum()
        table[unit] = (sums / heads).reindex(ids)
    return table.rename_axis("school_id")


def _key(plan: Plan, stage: str) -> tuple[Study, Study, Rules, Assignment]:
    """Give what a plan's loads depend on: the study, the one with the returns of today, the rules, the assignment.

    All are immutable, so tables asked for again and again (scorecard, findings, maps) are worked out once.
    """
    before = plan.base.study if plan.base is not None else plan.study
    return plan.study, before, plan.rules, plan.assignments[stage]


def _returned(study: Study, stage: str) -> pd.DataFrame:
    """Give the returned rolls and classes by school and grade."""
    mine = study.rolls.loc[study.rolls["stage"] == stage]
    return mine.groupby(["school_id", "grade"], observed=True)[["pupils", "classes"]].sum(min_count=1)


def _formed(study: Study, rules: Rules, stage: str, rolls: pd.Series[float]) -> pd.Series[float]:
    """Form the classes of every school by the rule of `classes_needed`."""
    limit = class_limit(rules, stage)
    wanted = np.ceil(rolls / limit - 1e-9)
    rooms = study.offers["classrooms"].xs(stage, level="stage")
    totals = wanted.groupby("school_id").sum()
    for school in totals.index[(totals > rooms.reindex(totals.index)).to_numpy()]:
        formed = classes_needed(rolls.loc[school], limit, float(rooms[school]))
        wanted.loc[school] = formed.to_numpy(dtype=float)
    return wanted


def _over(small: np.ndarray, bigger: np.ndarray, classes: np.ndarray, limit: float) -> np.ndarray:
    """Count classes of at least `limit` pupils when `bigger` of them have small + 1 and the rest have small."""
    return np.where(small >= limit, classes, np.where(small + 1 >= limit, bigger, 0.0))
