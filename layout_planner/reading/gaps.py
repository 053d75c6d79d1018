"""Cells left blank where others of their column are filled: what is not known is said, and never taken for a zero."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from layout_planner.base.messages import Text
from layout_planner.reading.config import StudyFile
from layout_planner.reading.faults import Faults, Table
from layout_planner.study.stages import STAGES

_SHOWN = 20
_COUNTS = {
    "places": ("population",),
    "townships": ("population",),
    "schools": ("enrolment", "classes", "teachers", "staff"),
}
"""Section → the numbers a bureau gives of every row, or of none. Seats are asked for in `sense`: rooms may stand in."""
_HELD_BY = {"enrolment": "rolls", "teachers": "teachers", "staff": "teachers", "classes": "rolls"}
"""Column of the schools → the table that may hold it as well."""


def warn_of_gaps(tables: dict[str, Table], faults: Faults) -> None:
    """Warn of places and schools without a township where others have one: merged cells as text writes them."""
    for name in ("places", "schools"):
        table = tables.get(name)
        if table is None or "township_id" not in table.frame:
            continue
        blank = table.frame["township_id"].isna().to_numpy()
        if not blank.any() or blank.all():
            continue
        count, shown, zh = name_rows(table, blank)
        told = Text(f"{count} rows have no township: {shown}.", f"{count} 行没有乡镇：{zh}。")
        mend = Text(
            "fill each row; if the cells were merged in the workbook, give the workbook itself.",
            "请逐行填写；若原表为合并单元格，请直接使用原工作簿。",
        )
        _add(table, blank, "township_id", told, mend, faults)


def warn_of_blanks(tables: dict[str, Table], file: StudyFile, faults: Faults) -> None:
    """Warn of numbers that some rows lack and others have.

    Parameters
    ----------
    tables
        What came through the gate, schools with one row a stage.
    file
        The study file: where it reckons children from people, a place without a number of people has no children.
    faults
        Takes one warning a column.
    """
    for name, columns in _COUNTS.items():
        table = tables.get(name)
        for column in columns:
            if table is None or column not in table.frame or _HELD_BY.get(column) in tables:
                continue
            blank = find_blanks(table, column)
            if not blank.any():
                continue
            count, shown, zh = name_rows(table, blank)
            told = Text(
                f"{count} rows have no number here: {shown}; it counts as unknown, not as 0.",
                f"{count} 行此列没有数字：{zh}；按未知处理，不作 0 计。",
            )
            if table.frame[column].isna().all():
                told = Text("no number in the whole column; it counts as unknown.", "整列没有数字，按未知处理。")
            if column == "population" and name == "places" and file.tables["places"].pupils_from:
                told = Text(
                    f"{count} places have no number of people: {shown}; no children are reckoned there.",
                    f"{count} 个居住点没有人口数：{zh}；不推算其学生数。",
                )
            mend = Text("fill it in, 0 where there is none.", "请补填；确无则填 0。")
            _add(table, blank, column, told, mend, faults)


def find_blanks(table: Table, column: str) -> npt.NDArray[np.bool_]:
    """Mark the rows whose cell is empty; of a school, where it is in use and offers the stage the cell is for.

    A cell that holds something which could not be read is a fault already, and not marked.
    """
    frame = table.frame
    blank = frame[column].isna().to_numpy(copy=True)
    if not blank.any():
        return blank
    for header in [h for c, h in table.header_of.items() if c == column or c.startswith(f"{column}_g")]:
        if header in table.raw.frame:
            blank &= table.raw.frame[header].isna().to_numpy()
    if table.name != "schools":
        return blank
    for stage in STAGES:
        own = table.header_of.get(f"{column}_{stage}")
        if own in table.raw.frame:
            blank &= frame["stage"].ne(stage).to_numpy() | table.raw.frame[own].isna().to_numpy()
    if "state" in frame:
        blank &= frame["state"].fillna("open").eq("open").to_numpy()
    return blank & frame["stage"].notna().to_numpy()


def name_rows(table: Table, mask: npt.NDArray[np.bool_]) -> tuple[int, str, str]:
    """Count the file's rows of a mask, and name the first of them in either language."""
    rows = list(dict.fromkeys(table.raw.rows[mask].tolist()))
    shown, more = [str(row) for row in rows[:_SHOWN]], len(rows) > _SHOWN
    return len(rows), ", ".join(shown) + " …" * more, f"第 {'、'.join(shown)} 行{'等' * more}"


def _add(table: Table, mask: npt.NDArray[np.bool_], column: str, told: Text, mend: Text, faults: Faults) -> None:
    at = int(np.flatnonzero(mask)[0])
    row, header = int(table.raw.rows[at]), table.header_of.get(column, column)
    faults.add(table.raw.file_of(at), told, mend, row, header, warn=True)
