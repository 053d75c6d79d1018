"""All-through schools given in one row: buildings and equipment divided over their stages by the published ratios."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.study.reading.faults import Faults, Table
from layout_planner.study.spread import spread
from layout_planner.study.stages import grade_from_label, grades_of

WEIGHTS = {"primary": 1.0, "junior": 1.1, "senior": 1.32}
"""What a pupil of each stage weighs: primary A/(A+1.1B), junior of a complete middle school B/(B+1.2C), twelve-year
primary A/(A+1.1B+1.32C) (教督〔2017〕6号, standards §2.1)."""

FACILITIES = (
    "seats", "classrooms", "site_area", "floor_area",
    "area_teaching", "area_sports", "equipment_value", "network_rooms",
)  # fmt: skip
"""What is divided. Teachers, staff and classes are not: no ratio is published for them."""


def divide_all_through(table: Table, calendar: str, faults: Faults) -> None:
    """Divide the totals of schools whose one row became a row for each stage, where the pupils of each are known.

    Pupils go by their own counts (enrolment by grade or by stage), facilities by `WEIGHTS`. What was divided is noted
    in `Table.divided` and told as a warning with the figures. Where the pupils of a stage are unknown, nothing is.

    Parameters
    ----------
    table
        Schools, one row a stage (`build.expand_stages`); its frame is changed.
    calendar
        Tells which grade is of which stage.
    faults
        Takes the warnings.
    """
    frame = table.frame
    rows = pd.Series(table.raw.rows, index=frame.index)
    several = rows.duplicated(keep=False) & frame["stage"].isin(WEIGHTS.keys())
    if not several.any():
        return
    pupils = _pupils(table, several, calendar)
    weights = pupils * frame["stage"].map(WEIGHTS)
    for column in [c for c in FACILITIES if c in frame and c in table.header_of]:
        numbers = frame[column].to_numpy(dtype=np.float64).copy()
        total = _total(table, column, several)
        done = np.zeros(len(frame), dtype=bool)
        for at in frame.index[several].groupby(rows[several]).values():
            if total[at].all() and weights[at].notna().all() and weights[at].sum() > 0:
                numbers[at] = spread([numbers[at[0]]], weights[at].to_numpy(dtype=np.float64))[0]
                done[at] = True
        if done.any():
            frame[column] = numbers
            table.divided[column] = done
            _tell(table, column, done, faults)


def _pupils(table: Table, several: pd.Series, calendar: str) -> pd.Series:
    """Count each stage's own pupils; NaN where only the school's total is known. The frame's enrolment follows."""
    frame = table.frame
    by_stage = pd.Series(np.nan, index=frame.index)
    by_grade = {grade_from_label(str(c).removeprefix("enrolment_g")): c for c in frame if "enrolment_g" in str(c)}
    for stage in frame.loc[several, "stage"].unique():
        mine = several & frame["stage"].eq(stage)
        columns = [by_grade[g] for g in grades_of(stage, calendar) if g in by_grade]
        if columns:
            by_stage = by_stage.where(~mine, frame[columns].sum(axis=1, min_count=1))
        own = f"enrolment_{stage}"
        if own in table.header_of:
            by_stage = by_stage.where(~mine | by_stage.notna(), frame["enrolment"].where(_said(table, own)))
    if "enrolment" in frame:
        frame["enrolment"] = frame["enrolment"].where(by_stage.isna(), by_stage)
    return by_stage


def _said(table: Table, column: str) -> pd.Series:
    return pd.Series(table.raw.frame[table.header_of[column]].notna().to_numpy(), index=table.frame.index)


def _total(table: Table, column: str, several: pd.Series) -> npt.NDArray[np.bool_]:
    """Mark rows whose number is the whole school's: given, and no stage's own number beside it."""
    total = several & table.frame[column].notna()
    for stage in WEIGHTS:
        if f"{column}_{stage}" in table.header_of:
            total &= ~_said(table, f"{column}_{stage}")
    return np.asarray(total, dtype=bool)


def _tell(table: Table, column: str, done: npt.NDArray[np.bool_], faults: Faults) -> None:
    frame, rows = table.frame, table.raw.rows

    def told(position: int) -> Text:
        mine = frame.loc[rows == rows[position]]
        parts = [f"{stage} {number:g}" for stage, number in zip(mine["stage"], mine[column], strict=True)]
        return Text(
            f"the school's total was divided by pupils, 1 : 1.1 : 1.32: {', '.join(parts)}.",
            f"全校总数已按 1 : 1.1 : 1.32 的学生折算比例分到各学段：{'，'.join(parts)}。",
        )

    first = done & ~pd.Series(rows).duplicated().to_numpy()
    mend = Text(f"if it is known, give {column}_primary, {column}_junior …", "如有分学段数据，请按学段分列。")
    faults.rows(table, first, column, told, mend, warn=True)


def state_divided(table: Table) -> list[Text]:
    """Give the sentence every result must carry where totals were divided."""
    if not table.divided:
        return []
    columns = ", ".join(table.divided)
    marks = np.logical_or.reduce(list(table.divided.values()))
    count = table.frame.loc[marks, "school_id"].nunique()
    return [
        Text(
            f"{columns} of {count} all-through schools are divided over their stages by pupils, primary 1 : junior 1.1 "
            ": senior 1.32 (教督〔2017〕6号).",
            f"{count} 所一贯制学校（含完全中学）的 {columns} 按学生数折算（小学 1：初中 1.1：高中 1.32，"
            "教督〔2017〕6号）分到各学段。",
        )
    ]
