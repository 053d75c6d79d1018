"""A grid of cells as bureaus lay it out: titles above, headers in two rows, totals between, notes below.

What is recognised is told as a warning with its row, so that nobody wonders where a row has gone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from layout_planner.base.errors import DataError, Fault
from layout_planner.base.messages import Text
from layout_planner.study.reading.headers import is_known

HEADER_WITHIN = 12
"""Rows among which the header is looked for."""

_Mask = npt.NDArray[np.bool_]
_BLANKS = "[\\s\u3000]*"
_SUMS = "|".join(f"{first}{_BLANKS}{last}" for first in "合总小總共" for last in "计計")
_TOTAL = f"^{_BLANKS}(.{{0,12}}({_SUMS})|(?i:(grand |sub)?total)){_BLANKS}[:：]?{_BLANKS}$"
_NOTE = re.compile(
    r"\s*[(（*]?\s*(备注|備註|注|註|说明|說明|填表|填报|制表|審核|审核|单位负责人|负责人|数据来源|资料来源|来源|notes?\b|source\b)",
    re.IGNORECASE,
)
_TOTAL_COLUMNS = 3
_NOTES_WITHIN = 30
_NUMBER = re.compile(r"[+-]?[\d.,%]+(e[+-]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Body:
    """What stands under the headers.

    Parameters
    ----------
    frame
        Columns by header; text.
    rows
        The file's row of each record.
    told
        Warnings: what was recognised on the way.
    """

    frame: pd.DataFrame
    rows: npt.NDArray[np.int64]
    told: tuple[Fault, ...]


def find_header(rows: Sequence[Sequence[str | None]], wanted: Collection[str] = ()) -> int:
    """Find the header among the first rows.

    It is the first row, unless that holds fewer than two known headers, a later one holds more, and every row above
    the later one is filled less than half as far: a title, a date, a unit.

    Parameters
    ----------
    rows
        The first rows of the file.
    wanted
        Headers the study file names.

    Returns
    -------
    int
        Position of the header.
    """
    width = max((len(row) for row in rows), default=0)
    heads = [[_clean(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    joined = [
        _join(top, below) if _is_second(top, below) else top
        for top, below in zip(heads, [*heads[1:], [""] * width], strict=True)
    ]
    known = [count_headers(row, wanted) for row in joined]
    if not known or known[0] >= 2 or max(known) < 2:
        return 0
    at = known.index(max(known))
    filled = [sum(bool(head) for head in row) for row in heads]
    enough = sum(bool(head) for head in joined[at])
    return at if all(2 * count < enough for count in filled[:at]) else 0


def count_headers(row: Sequence[str | None], wanted: Collection[str] = ()) -> int:
    """Count the different cells of a row that are headers we know, or that the study file names."""
    return len({cell for cell in row if cell and (cell.strip() in wanted or is_known(cell))})


def read_grid(name: str, grid: pd.DataFrame, header: int, above: int = 0, titles: Sequence[str] = ()) -> Body:
    """Take a grid apart.

    Parameters
    ----------
    name
        The file, for faults.
    grid
        Every cell as text, missing where empty.
    header
        Position of the header row in the grid.
    above
        Rows of the file that lie above the grid and are not in it.
    titles
        What stands in those.

    Returns
    -------
    Body
        Records under headers; empty rows and nameless empty columns have fallen away, row numbers are the file's.

    Raises
    ------
    DataError
        No rows, a column with values and no header, or two alike.
    """
    if len(grid) <= header:
        raise DataError([no_rows(name)])
    top = [_clean(h) for h in grid.iloc[header]]
    first = header + above + 1  # the header's row in the file
    told: list[Fault] = []
    said = [*titles, *(str(c).strip() for row in grid.iloc[:header].to_numpy() for c in row if isinstance(c, str))]
    if first > 1:
        told.append(_told_titles(name, first, said))
    depth = 1
    if header + 2 < len(grid):
        below = [_clean(h) for h in grid.iloc[header + 1]]
        if _is_second(top, below):
            top, depth = _join(top, below), 2
            told.append(_told_two_rows(name, first, [h for h in top if h]))
    body = grid.iloc[header + depth :]
    filled = np.column_stack([body[c].notna().to_numpy() for c in grid.columns])
    keep = [i for i, head in enumerate(top) if head or filled[:, i].any()]
    _check_headers(name, [top[i] for i in keep], keep, first)
    rows = np.arange(first + depth, first + depth + len(body), dtype=np.int64)
    used = filled.any(axis=1)
    notes = _notes(body, filled)
    totals = _totals(body) & used & ~notes
    for mask, tell in ((totals, _told_totals), (notes, _told_notes)):
        if mask.any():
            told.append(tell(name, rows[mask], _first_text(body, int(np.flatnonzero(mask)[0]))))
    used &= ~(totals | notes)
    if not used.any():
        raise DataError([no_rows(name)])
    frame = body.iloc[:, keep].set_axis([top[i] for i in keep], axis=1)
    if not used.all():
        frame, rows = frame.loc[used], rows[used]
    return Body(frame.reset_index(drop=True), rows, tuple(told))


def _clean(cell: object) -> str:
    """One line of a header: bureaus break long ones over several."""
    return re.sub(r"\s*\n\s*", "", cell).strip() if isinstance(cell, str) else ""


def _is_second(top: Sequence[str], below: Sequence[str]) -> bool:
    """Tell whether the row under the header is its second row.

    It is when it names the columns the first leaves blank (merged groups), leaves blank a column the first names
    (merged downwards), holds no number, and gives at least two headers that are known.
    """
    blank = [i for i, head in enumerate(top) if not head]
    if not blank or not top[0] or not any(b for b in below):
        return False
    named_above = any(head and not sub for head, sub in zip(top, below, strict=True))
    under = [sub for sub in below if sub]
    if not named_above or any(_NUMBER.fullmatch(unicodedata.normalize("NFKC", sub)) for sub in under):
        return False
    if not any(below[i] for i in blank):
        return False
    joined = _join(top, below)
    return sum(is_known(joined[i]) for i, sub in enumerate(below) if sub) >= 2


def _join(top: Sequence[str], below: Sequence[str]) -> list[str]:
    """Join a group's name and the name under it; a name that is known and alone in the row needs no group."""
    joined = []
    group = ""
    for head, sub in zip(top, below, strict=True):
        group = head or (group if sub else "")
        both = f"{group}{sub}"
        alone = sub and below.count(sub) == 1 and sub not in top and is_known(sub)
        joined.append(sub if alone and not is_known(both) else both)
    return joined


def _check_headers(name: str, named: Sequence[str], positions: Sequence[int], row: int) -> None:
    faults = [
        Fault(
            name,
            Text(f"column {at + 1} has values but no header.", f"第 {at + 1} 列有数据但没有表头。"),
            Text(f"give the column a header in row {row}, or delete it.", f"请在第 {row} 行补上表头，或删除该列。"),
            row=row,
        )
        for head, at in zip(named, positions, strict=True)
        if not head
    ]
    faults += [
        Fault(
            name,
            Text("two columns have this header.", "有两列表头相同。"),
            Text("rename or delete one of them.", "请改名或删除其中一列。"),
            row=row,
            column=head,
        )
        for head in dict.fromkeys(h for h in named if h and named.count(h) > 1)
    ]
    if faults:
        raise DataError(faults)


def _totals(body: pd.DataFrame) -> _Mask:
    """Mark the rows whose first filled cell, among the first columns, says that they are a sum."""
    found = np.zeros(len(body), dtype=bool)
    empty = np.ones(len(body), dtype=bool)
    for column in body.columns[:_TOTAL_COLUMNS]:
        cells = pa.array(body[column], type=pa.large_string(), from_pandas=True)
        says = pc.fill_null(pc.match_substring_regex(cells, _TOTAL), False).to_numpy(zero_copy_only=False)
        found |= empty & says
        empty &= body[column].isna().to_numpy()
    return found


def _notes(body: pd.DataFrame, filled: _Mask) -> _Mask:
    """Mark the last rows from the first that begins like a note; all of them must be filled less than half."""
    found = np.zeros(len(body), dtype=bool)
    count = filled.sum(axis=1)
    used = np.flatnonzero(count)[-_NOTES_WITHIN:]
    width = int(filled.any(axis=0).sum())
    start = None
    for at in used[::-1]:
        if 2 * count[at] > width:
            break
        if _NOTE.match(_first_text(body, int(at))):
            start = at
    if start is not None:
        found[start:] = count[start:] > 0
    return found


def _first_text(body: pd.DataFrame, at: int) -> str:
    return next((str(c).strip() for c in body.iloc[at] if isinstance(c, str)), "")


def _told_titles(name: str, row: int, said: Sequence[str]) -> Fault:
    shown = " / ".join(dict.fromkeys(s for s in said if s))[:120]
    return Fault(
        name,
        Text(f"the headers were found in row {row}; above them: {shown}", f"表头识别在第 {row} 行；其上为：{shown}"),
        Text(
            "nothing to do if that is so; else delete what stands above them.", "如属实无须处理；否则请删去其上各行。"
        ),
        row,
    )


def _told_two_rows(name: str, row: int, heads: Sequence[str]) -> Fault:
    shown = ", ".join(heads)
    return Fault(
        name,
        Text(f"the headers take rows {row} and {row + 1}: {shown}.", f"表头占第 {row}、{row + 1} 两行：{shown}。"),
        Text("if they were joined wrongly, write them in one row.", "如合并有误，请改为单行表头。"),
        row,
    )


def _told_totals(name: str, rows: npt.NDArray[np.int64], example: str) -> Fault:
    return Fault(
        name,
        Text(f"rows of totals were left out: {_list(rows)}.", f"合计行未计入：第 {_list(rows)} 行。"),
        Text("if one is a record, rename it.", "如为实际记录，请改名。"),
        int(rows[0]),
        value=example,
    )


def _told_notes(name: str, rows: npt.NDArray[np.int64], example: str) -> Fault:
    return Fault(
        name,
        Text(f"notes below the table were left out: rows {_list(rows)}.", f"表下说明未计入：第 {_list(rows)} 行。"),
        Text("if one is a record, move it above the notes.", "如为实际记录，请移到说明之上。"),
        int(rows[0]),
        value=example[:80],
    )


def _list(rows: npt.NDArray[np.int64]) -> str:
    shown = ", ".join(str(r) for r in rows[:20])
    return shown if len(rows) <= 20 else f"{shown} … ({len(rows)})"


def no_rows(name: str) -> Fault:
    """Say that a table is empty."""
    return Fault(
        name,
        Text("the table has no rows.", "表中没有数据行。"),
        Text("fill it, or take its section out of the study file.", "请填写数据，或从研究文件中删去该节。"),
    )
