"""What the records of a plan are made of: columns and their types, reasons, how good a result is known to be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.labels import equal_to
from layout_planner.base.messages import Text

FLOW_COLUMNS = ("place_id", "school_id", "stage", "grade", "group", "how", "mode", "pupils", "minutes", "metres")
AWAY = ("board", "lodge")
"""Values of `how` of those who do not come home every day: in the school's beds, or lodging near it (陪读)."""

UNPLACED_COLUMNS = ("place_id", "stage", "grade", "group", "pupils", "reason")
OUTSIDE_COLUMNS = ("school_id", "stage", "grade", "pupils", "reason")
ZONE_COLUMNS = ("place_id", "stage", "grades", "school_id")
SCORE_COLUMNS = ("measure", "stage", "scope", "id", "value", "unit", "better", "limit", "ok", "source")
FINDING_COLUMNS = (
    "rule", "what", "stage", "kind", "id", "name", "value", "limit", "excess", "unit", "pupils", "severity", "source",
    "overridden_because",
)  # fmt: skip
"""kind: place | school | township | district | county | group, id which; excess: how far beyond the limit, in `unit`,
never negative; severity: breach | advice; overridden_because: the reason where the user accepted it, else ""."""

UNCHECKED_COLUMNS = ("rule", "stage", "what", "missing", "source")
"""What a rule asks for and the data do not tell: one row a rule and stage, `missing` says which data."""

_NUMBERS = {"grade": np.int64, "pupils": np.float64, "minutes": np.float64, "metres": np.float64}


def by_day(flows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell which flows come home every day."""
    return np.asarray(~equal_to(flows["how"], *AWAY))


def typed(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Give a table of flows, unplaced or outside its columns in order, each of its type, empty tables too."""
    if "mode" in columns and "mode" not in table:
        table = table.assign(mode="")
    return table[list(columns)].astype({column: _NUMBERS.get(column, "str") for column in columns})


ELSEWHERE = Text("studies outside the study's schools today", "目前在研究范围外的学校就读")
HOME_UNKNOWN = Text("on the roll, home not in the study", "在册，住地不在研究范围内")
UNREACHABLE = Text("no way to any school that offers the grade", "没有通往任何开设该年级学校的路")
NO_SEAT = Text("no free seat at any school within reach", "可达学校均无空余学位")
BEYOND_REACH = Text("no school within the reach the rules allow", "规则允许的距离内没有学校")
CLOSED_HOME_UNKNOWN = Text("the school closed; home not in the study", "学校撤并，住地不在研究范围内")
NOT_ZONED = Text("the given zones name no school for this place and grade", "给定片区未为该居住点该年级指定学校")

NO_ZONE = Text("no zone within the seats and in one piece can take the place", "没有学位够用且连片的片区可以纳入该地点")


def lacks_school(unplaced: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell which rows of `unplaced` are of children who have no school at all: those who learn elsewhere have one."""
    return (unplaced["reason"] != ELSEWHERE.en).to_numpy(dtype=bool)


REASONS = {
    reason.en: reason
    for reason in (
        ELSEWHERE, HOME_UNKNOWN, UNREACHABLE, NO_SEAT, BEYOND_REACH, CLOSED_HOME_UNKNOWN, NOT_ZONED, NO_ZONE,
    )
}  # fmt: skip
"""What stands in the column `reason`: tables and files hold the English; who shows it looks up the reader's here."""

CHECK_NAMES = {
    "pupils": Text("pupils conserved", "学生守恒"),
    "grades": Text("open schools, offered grades", "在办学校与开设年级"),
    "seats": Text("seats", "学位"),
    "ways": Text("ways", "路程"),
    "no way": Text("no way to any school", "无路可达"),
    "zones": Text("zones whole", "片区完整"),
    "connected": Text("zones in one piece", "片区连片"),
    "objective": Text("objective", "目标值"),
    "proof": Text("bound and gap", "下界与差距"),
    "districts": Text("districts", "管理学区"),
    "objective of districts": Text("objective of districts", "学区划分目标值"),
    "proof of districts": Text("bound and gap of districts", "学区划分的下界与差距"),
    "pairs": Text("pairs", "结对"),
    "schools.csv": Text("schools.csv", "schools.csv"),
    "scorecard.csv": Text("scorecard.csv", "scorecard.csv"),
}
"""What each check of `verify` is called where people read it."""
