"""Cells a spreadsheet has spoilt: errors of formulas, codes that became dates, names spread with blanks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from layout_planner.base.messages import Text
from layout_planner.reading.faults import Faults, Table
from layout_planner.study import cells
from layout_planner.study.columns import Column

_ERROR = r"^\s*#(N/A|REF!|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA|BLOCKED!|UNKNOWN!|FIELD!)\s*$"
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_DATE = rf"(?i)^\s*(\d{{4}}-\d\d-\d\d|\d{{1,2}}月\d{{1,2}}日|(?:{_MONTHS})-\d{{1,2}}|\d{{1,2}}-(?:{_MONTHS}))\s*$"
_SPREAD = r"^\p{Han}([\s\x{3000}]+\p{Han})+$"
_BETWEEN = r"(\p{Han})[\s\x{3000}]+(\p{Han})"
_CODES = ("id", "ref", "refs", "grade", "grades")


def mend_spoilt(table: Table, known: Mapping[str, Column], faults: Faults) -> None:
    """Refuse what a spreadsheet made of names and codes, and close up names spread with blanks; the frame is changed.

    Parameters
    ----------
    table
        Canonical columns, cells as they stand in the file.
    known
        Those of its columns we know. Numbers are judged where they are read.
    faults
        Takes an error a cell, and one warning a column of names that were closed up.
    """
    for header, column in known.items():
        raw = table.frame[header]
        if column.holds == "number" or not (isinstance(raw.dtype, pd.StringDtype) or raw.dtype.kind == "O"):
            continue
        text = cells.to_text(raw)
        array = pa.array(text, type=pa.large_string(), from_pandas=True)
        told = Text("a formula of the spreadsheet that failed, no value.", "电子表格公式出错，不是有效内容。")
        mend = Text("correct it in the spreadsheet, or write the value.", "请在表格中更正公式，或直接填写内容。")
        faults.rows(table, _matches(array, _ERROR, "#"), header, told, mend)
        if column.holds in _CODES:
            told = Text(
                "the spreadsheet turned a code (3-1, 1-6) into a date.", "电子表格把编码（如 3-1、1-6）变成了日期。"
            )
            mend = Text("format the column as text and enter it again.", "请将该列设为文本格式后重新填写。")
            dates = _matches(array, _DATE, "-", "月")
            if faults.rows(table, dates, header, told, mend) and column.holds in ("grade", "grades"):
                table.frame[header] = text.mask(dates)  # one fault a cell
        if header == "name" or header == "township_id":
            _close_up(table, header, text, array, faults)


def _close_up(table: Table, header: str, text: pd.Series, array: pa.Array, faults: Faults) -> None:
    """Write 张 三 as 张三: blanks that only fill the width of a cell tell two townships apart that are one."""
    spread = _matches(array, _SPREAD if header == "name" else _BETWEEN, " ", "\u3000", "\n", "\t")
    if not spread.any():
        return
    closed = array
    for _ in range(2):  # a character shared by two matches is seen by the second
        closed = pc.replace_substring_regex(closed, _BETWEEN, r"\1\2")
    whole = pd.Series(closed.to_pandas().to_numpy(), index=text.index, dtype="str")
    table.frame[header] = text.mask(spread, whole)
    at = int(np.flatnonzero(spread)[0])
    told = Text(
        f'blanks inside {int(spread.sum())} names were taken out: "{text.iloc[at]}" = "{whole.iloc[at]}".',
        f"{int(spread.sum())} 处名称中的空格已去除：“{text.iloc[at]}”按“{whole.iloc[at]}”读取。",
    )
    mend = Text("nothing to do if that is so.", "如属实无须处理。")
    row = int(table.raw.rows[at])
    faults.add(table.raw.file_of(at), told, mend, row, table.header_of.get(header, header), warn=True)


def _matches(array: pa.Array, pattern: str, *signs: str) -> npt.NDArray[np.bool_]:
    """Match a pattern; where no cell holds one of the signs it needs, nothing is matched at a tenth of the time."""
    if not any(pc.any(pc.match_substring(array, sign)).as_py() for sign in signs):
        return np.zeros(len(array), dtype=bool)
    found: npt.NDArray[np.bool_] = pc.fill_null(pc.match_substring_regex(array, pattern), False).to_numpy(
        zero_copy_only=False
    )
    return found
