"""Months of birth as people and spreadsheets write them: 1985-03, 1985年3月, 198503, 31107."""

from __future__ import annotations

import datetime
import re

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.reading.faults import Faults, Table
from layout_planner.study import cells
from layout_planner.study.columns import Column

_WRITTEN = re.compile(r"((?:19|20)\d\d)\s*[-/.年]?\s*(1[0-2]|0?[1-9])(?!\d)(?:\D.*)?")
_TOGETHER = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])\d\d")
_SHORT = re.compile(r"(\d\d)\s*[.年/-]\s*(1[0-2]|0?[1-9])(?:\s*月.*)?")
_SERIAL = re.compile(r"[1-4]\d{4}(?:\.0)?")
_DAY_ZERO = datetime.date(1899, 12, 30)
"""The day before the first of a spreadsheet's count, as Excel counts (1900 had no 29 February)."""


def read_months(table: Table, column: Column, raw: pd.Series, faults: Faults) -> pd.Series:
    """Read a column of months as "1985-03"; what a spreadsheet counted in days is told, what is no month left unknown.

    1990.1 is January where months of one digit are written so (1990.5), and October, its last zero lost, where they
    have two (1990.05); where nothing tells it is left unknown.
    """
    text = cells.to_text(raw)
    plain = text.map(lambda cell: cells.plain_signs(str(cell)), na_action="ignore").astype("str")
    given = plain.dropna()
    two = bool(given.str.fullmatch(r"\d{4}\.0[1-9]").any())
    one = bool(given.str.fullmatch(r"\d{4}\.[2-9]").any())
    found = plain.map(lambda cell: _month(str(cell), two, one), na_action="ignore").astype("str")
    serial = plain.str.fullmatch(_SERIAL).eq(True).to_numpy() & found.notna().to_numpy()

    def told(position: int) -> Text:
        return Text(
            f"a date as the spreadsheet counts days; read as {found.iloc[position]}.",
            f"电子表格的日期序列号，按 {found.iloc[position]} 读取。",
        )

    mend = Text("format the column as a date, or write 1985-03.", "请将该列设为日期格式，或写作 1985-03。")
    faults.rows(table, serial & ~pd.Series(serial).cumsum().gt(1).to_numpy(), column.name, told, mend, warn=True)
    lost = np.asarray(text.notna() & found.isna(), dtype=bool)
    said = Text("no month of birth; left unknown.", "不是出生年月，按未知处理。")
    faults.rows(
        table, lost, column.name, said, Text("write year and month: 1985-03.", "请写年月，如 1985-03。"), warn=True
    )
    return found


def _month(cell: str, two: bool, one: bool) -> str | None:
    if re.fullmatch(r"\d{4}\.1", cell) and two != one:
        return f"{cell[:4]}-{'10' if two else '01'}"
    if re.fullmatch(r"\d{4}\.1", cell):
        return None
    if _SERIAL.fullmatch(cell):
        day = _DAY_ZERO + datetime.timedelta(days=int(float(cell)))
        return day.strftime("%Y-%m")
    found = _TOGETHER.fullmatch(cell) or _WRITTEN.fullmatch(cell)
    if found:
        return f"{found[1]}-{int(found[2]):02d}"
    short = _SHORT.fullmatch(cell)
    return f"{'19' if int(short[1]) > 30 else '20'}{short[1]}-{int(short[2]):02d}" if short else None
