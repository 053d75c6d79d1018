"""Rows of totals among the records: known by their words, doubted by their numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from layout_planner.base.errors import Fault
from layout_planner.base.messages import Text

_Mask = npt.NDArray[np.bool_]
_BLANKS = "[\\s\u3000]*"
_SUMS = "|".join(f"{first}{_BLANKS}{last}" for first in "合总小總総共累" for last in "计計")
_WHOLE = (
    "[全本](?:县|縣|区|區|市|镇|鎮|乡|鄉|州|旗|省|街道|学区|学校)(?:总数|总数量)?|"
    "总数|汇总|计|計|합계|총계|소계|총합|계"
)
_ABROAD = (
    "(?i:(?:grand |sub[- ]?)?totals?(?: g[eé]n[eé]ra[le]| geral| generale| ogólny)?|(?:sub|algemeen )?totaal|totale|"
    "gesamt(?:summe)?|zwischensumme|summe|insgesamt|zusammen|ensemble|sous-total|somma|suma|razem|ogółem|toplam|всего|"
    "итого|celkem|yhteensä|i alt|totalt|jumlah|tổng(?: cộng)?|รวม|مجموع|المجموع|योग|कुल)"
)
_TOTAL = f"^{_BLANKS}(.{{0,12}}({_SUMS})|{_WHOLE}|{_ABROAD}){_BLANKS}[:：]?{_BLANKS}$"
_SERIAL = r"^\s*\d{1,6}(\.0)?\s*$"
_TOTAL_COLUMNS = 3
_MOST_DOUBTED = 20_000
"""Rows of a table whose ends are held against the sums of the rest; a larger one is no printed table."""


def find_totals(body: pd.DataFrame) -> _Mask:
    """Mark the rows whose first filled cell, among the first columns, says that they are a sum.

    A number before it counts as the row's own: totals are numbered on, too.
    """
    found = np.zeros(len(body), dtype=bool)
    first = list(body.columns[:_TOTAL_COLUMNS])
    says = [_matches(body[column], _TOTAL) for column in first]
    if not any(mask.any() for mask in says):
        return found
    empty = ~found
    for column, mask in zip(first, says, strict=True):
        found |= empty & mask
        empty &= body[column].isna().to_numpy() | _matches(body[column], _SERIAL)
    return found


def _matches(column: pd.Series, pattern: str) -> _Mask:
    cells = pa.array(column, type=pa.large_string(), from_pandas=True)
    found: _Mask = pc.fill_null(pc.match_substring_regex(cells, pattern), False).to_numpy(zero_copy_only=False)
    return found


def doubt_sums(
    name: str,
    body: pd.DataFrame,
    totals: _Mask,
    records: _Mask,
    rows: npt.NDArray[np.int64],
    names: Mapping[int, str],
) -> list[Fault]:
    """Say where the one total is not the sum of its rows, and where a record at either end is the sum of the others."""
    told = _told_sums(name, body, totals, records, rows)
    at = np.flatnonzero(records)
    if not 4 <= len(at) <= _MOST_DOUBTED:
        return told
    for end, rest in ((at[-1], at[:-1]), (at[0], at[1:])):
        if _is_sum(body, int(end), rest):
            column, label = next(
                (
                    (names.get(at, ""), str(cell).strip())
                    for at, cell in enumerate(body.iloc[int(end)])
                    if isinstance(cell, str) and _plain_number(cell) is None
                ),
                ("", ""),
            )
            said = Text(
                "every number of this row is the sum of the other rows: it may be a total.",
                "此行各数均为其余各行之和，可能是合计行。",
            )
            mend = Text(
                f"if it is one, leave it out: where = '{column} != \"{label}\"' in its section.",
                f"如是合计，请在该节写 where = '{column} != \"{label}\"' 将其排除。",
            )
            told.append(Fault(name, said, mend, int(rows[end]), value=label))
    return told


def _is_sum(body: pd.DataFrame, end: int, rest: npt.NDArray[np.int64]) -> bool:
    """Tell whether every number of a row, in two columns or more, is the sum of the others.

    Serial numbers, and columns with fractions (coordinates, areas, shares) are not asked.
    """
    found = 0
    for column in body.columns:
        said = _plain_number(body[column].iat[end])
        cells = [_plain_number(cell) for cell in body[column].to_numpy()[rest]]
        others = [cell for cell in cells if cell is not None]
        if said is None or len(others) < len(rest) or others == [float(i) for i in range(1, len(others) + 1)]:
            continue
        if any(cell % 1 for cell in (said, *others)):
            continue
        if abs(sum(others) - said) > 1e-6 * abs(said):
            return False
        found += bool(said)
    return found >= 2


def _told_sums(
    name: str, body: pd.DataFrame, totals: _Mask, records: _Mask, rows: npt.NDArray[np.int64]
) -> list[Fault]:
    """Compare the one total of a table with the sum of its rows; where they differ something was lost or added."""
    at = np.flatnonzero(totals)
    if len(at) != 1 or at[0] != np.flatnonzero(totals | records)[-1] or not records.any():
        return []
    faults = []
    for column in body.columns:
        said = _plain_number(body[column].iat[int(at[0])])
        if said is None:
            continue
        cells = [_plain_number(cell) for cell in body[column].to_numpy()[records] if isinstance(cell, str)]
        if any(cell is None for cell in cells):
            continue
        summed = float(sum(cell for cell in cells if cell is not None))
        if abs(summed - said) > 0.5 + 1e-6 * abs(said):
            told = Text(
                f"the total in row {rows[at[0]]} says {said:,.15g}, its rows add up to {summed:,.15g} "
                f"(column {column + 1}).",
                f"第 {rows[at[0]]} 行合计为 {said:,.15g}，各行之和为 {summed:,.15g}（第 {column + 1} 列）。",
            )
            mend = Text("look which is right; the rows were used.", "请核对；程序采用各行数据。")
            faults.append(Fault(name, told, mend, int(rows[at[0]])))
    return faults


def _plain_number(cell: object) -> float | None:
    if not isinstance(cell, str):
        return None
    text = unicodedata.normalize("NFKC", cell).replace(",", "").strip()
    return float(text) if re.fullmatch(r"[+-]?\d+(\.\d+)?", text) else None
