"""All-through schools given in one row: buildings and equipment divided over their stages by the published ratios."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.reading.faults import Faults, Table
from layout_planner.study.spread import spread
from layout_planner.study.stages import STAGE_NAMES, grade_from_label, grades_of

WEIGHTS = {"primary": 1.0, "junior": 1.1, "senior": 1.32}
"""What a pupil of each stage weighs: primary A/(A+1.1B), junior of a complete middle school B/(B+1.2C), twelve-year
primary A/(A+1.1B+1.32C) (教督〔2017〕6号, standards §2.1)."""

FACILITIES = (
    "seats", "classrooms", "site_area", "floor_area",
    "area_teaching", "area_sports", "equipment_value", "network_rooms",
)  # fmt: skip
"""What is divided by `WEIGHTS`. Classes are not: no ratio is published for them."""


POSTS = {"primary": 1 / 19, "junior": 1 / 13.5, "senior": 1 / 12.5}
"""Posts a pupil of each stage is allotted (中央编办发〔2014〕72号)."""

PEOPLE = ("teachers", "staff")
"""What is divided by `POSTS`."""


def divide_all_through(table: Table, calendar: str, faults: Faults, by_grades: bool = False) -> None:
    """Divide the totals of schools whose one row became a row for each stage, where the pupils of each are known.

    Pupils go by their own counts (enrolment by grade or by stage), facilities by `WEIGHTS`, teachers by `POSTS`. What
    was divided is noted
    in `Table.divided` and told as a warning with the figures. Where the pupils of a stage are unknown, nothing is.

    Parameters
    ----------
    table
        Schools, one row a stage (`build.expand_stages`); its frame is changed.
    calendar
        Tells which grade is of which stage.
    faults
        Takes the warnings.
    by_grades
        Pupils and classes known in total only are divided by the number of grades: the planner has said so.
    """
    frame = table.frame
    rows = pd.Series(table.raw.rows, index=frame.index)
    several = rows.duplicated(keep=False) & frame["stage"].isin(WEIGHTS.keys())
    if not several.any():
        return
    pupils = _pupils(table, several, calendar)
    if by_grades:
        pupils = _by_grades(table, several, rows, calendar, pupils, faults)
    share = {"facilities": pupils * frame["stage"].map(WEIGHTS), "people": pupils * frame["stage"].map(POSTS)}
    for column in [c for c in (*FACILITIES, *PEOPLE) if c in frame and c in table.header_of]:
        weights = share["people" if column in PEOPLE else "facilities"]
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


def _by_grades(
    table: Table, several: pd.Series, rows: pd.Series, calendar: str, pupils: pd.Series, faults: Faults
) -> pd.Series:
    """Divide totals of pupils and classes by the number of grades of each stage; gives the pupils of each row."""
    frame = table.frame
    own = frame["grades"] if "grades" in frame else pd.Series(None, frame.index, dtype=object)
    lengths = np.array(
        [
            len(g) if isinstance(g, tuple) else len(grades_of(s, calendar)) if isinstance(s, str) else 1
            for g, s in zip(own, frame["stage"], strict=True)
        ]
    )
    for column in [c for c in ("enrolment", "classes") if c in frame and c in table.header_of]:
        numbers = frame[column].to_numpy(dtype=np.float64).copy()
        total = _total(table, column, several) & (pupils.isna().to_numpy() | (column != "enrolment"))
        done = np.zeros(len(frame), dtype=bool)
        for at in frame.index[several].groupby(rows[several]).values():
            if total[at].all():
                numbers[at] = spread([numbers[at[0]]], lengths[at])[0]
                done[at] = True
        if done.any():
            frame[column] = numbers
            table.divided[column] = done
            _tell(table, column, done, faults)
        if column == "enrolment":
            pupils = pupils.where(~done, frame[column])
    return pupils


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
        shown = [
            f"{STAGE_NAMES[stage][1]} {number:g}" for stage, number in zip(mine["stage"], mine[column], strict=True)
        ]
        en, zh = _BY[_ratio(column)]
        return Text(
            f"the school's total was divided {en}: {', '.join(parts)}.",
            f"全校总数已按{zh}分到各学段：{'，'.join(shown)}。",
        )

    first = done & ~pd.Series(rows).duplicated().to_numpy()
    mend = Text(f"if it is known, give {column}_primary, {column}_junior …", "如有分学段数据，请按学段分列。")
    faults.rows(table, first, column, told, mend, warn=True)


_BY = {
    "facilities": ("by pupils, 1 : 1.1 : 1.32", " 1 : 1.1 : 1.32 的学生折算比例"),
    "people": (
        "by pupils and posts, 1/19 : 1/13.5 : 1/12.5",
        "学生数和编制标准（小学 1:19、初中 1:13.5、高中 1:12.5）",
    ),
    "grades": ("by the number of grades", "年级数"),
}


def _ratio(column: str) -> str:
    return "people" if column in PEOPLE else "facilities" if column in FACILITIES else "grades"


_STATED = {
    "facilities": (
        "by pupils, primary 1 : junior 1.1 : senior 1.32 (教督〔2017〕6号)",
        "学生数折算（小学 1：初中 1.1：高中 1.32，教督〔2017〕6号）",
    ),
    "people": (
        "by pupils and the posts allotted to them, primary 1:19, junior 1:13.5, senior 1:12.5 (中央编办发〔2014〕72号)",
        "学生数和编制标准（小学 1:19、初中 1:13.5、高中 1:12.5，中央编办发〔2014〕72号）",
    ),
    "grades": ("by the number of grades of each, as the study file says", "各学段年级数（按研究文件的要求）"),
}
_COLUMN_NAMES = {
    "seats": "学位", "classrooms": "教室", "site_area": "占地面积", "floor_area": "校舍面积",
    "area_teaching": "教学用房面积", "area_sports": "体育场馆面积", "equipment_value": "设备值",
    "network_rooms": "多媒体教室", "teachers": "专任教师", "staff": "教职工", "enrolment": "在校生", "classes": "班级",
}  # fmt: skip


def state_divided(table: Table) -> list[Text]:
    """Give the sentences every result must carry where totals were divided."""
    found = []
    for ratio, (en, zh) in _STATED.items():
        columns = [column for column in table.divided if _ratio(column) == ratio]
        if not columns:
            continue
        marks = np.logical_or.reduce([table.divided[column] for column in columns])
        count = table.frame.loc[marks, "school_id"].nunique()
        names = "、".join(_COLUMN_NAMES[column] for column in columns)
        found.append(
            Text(
                f"{', '.join(columns)} of {count} all-through schools are divided over their stages {en}.",
                f"{count} 所一贯制学校（含完全中学）的{names}按{zh}分到各学段。",
            )
        )
    return found
