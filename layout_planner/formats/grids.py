"""A grid of cells as bureaus lay it out: titles above, headers in two rows, totals between, notes below.

What is recognised is told as a warning with its row, so that nobody wonders where a row has gone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.errors import DataError, Fault
from layout_planner.base.messages import Text
from layout_planner.formats.books import Merge
from layout_planner.formats.heads import DEEPEST, clean, is_numbering, join_headings, with_units
from layout_planner.formats.limits import no_rows
from layout_planner.formats.totals import doubt_sums, find_totals
from layout_planner.study.headers import is_known, names_rows
from layout_planner.study.units import Unit, units_named

_Mask = npt.NDArray[np.bool_]
_BLANKS = "[\\s\u3000]*"
_NOTE = re.compile(
    r"\s*[(（*]?\s*(备注|備註|注|註|说明|說明|填表|填报|制表|審核|审核|单位负责人|负责人|数据来源|资料来源|来源|notes?\b|source\b)",
    re.IGNORECASE,
)
_LEAST_REPEATED = 2
_NOTES_WITHIN = 30


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
    spread
        Header → the records whose value stands in a merged cell that begins above them.
    units
        Those the titles name (单位：万元、人).
    """

    frame: pd.DataFrame
    rows: npt.NDArray[np.int64]
    told: tuple[Fault, ...]
    spread: Mapping[str, _Mask] = field(default_factory=dict)
    units: tuple[Unit, ...] = ()


def read_grid(
    name: str,
    grid: pd.DataFrame,
    header: int,
    above: int = 0,
    titles: Sequence[str] = (),
    merges: Sequence[Merge] = (),
) -> Body:
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
    merges
        Merged ranges; below the headers their value counts for each of their rows.

    Returns
    -------
    Body
        Records under headers; empty rows and nameless empty columns have fallen away, row numbers are the file's.

    Raises
    ------
    DataError
        No rows, or two columns of one known header.
    """
    if len(grid) <= header or not len(grid.columns):
        raise DataError([no_rows(name)])
    heads = [[clean(h) for h in row] for row in grid.iloc[header : header + DEEPEST + 3].to_numpy()]
    top, depth = join_headings(heads[: DEEPEST + 1], 0, [_moved(m, -header) for m in merges if m.top >= header])
    top, depth = with_units(top, depth, heads)
    numbered = heads[depth:][:1] and is_numbering(heads[depth], top)
    first = header + above + 1  # the header's row in the file
    told: list[Fault] = []
    said = [*titles, *(str(c).strip() for row in grid.iloc[:header].to_numpy() for c in row if isinstance(c, str))]
    if first > 1:
        told.append(_told_titles(name, first, said))
    if depth > 1:
        told.append(_told_depth(name, first, depth, [h for h in top if h]))
    if numbered:
        told.append(_told_numbering(name, first + depth))
        depth += 1
    body = grid.iloc[header + depth :]
    rows = np.arange(first + depth, first + depth + len(body), dtype=np.int64)
    filled = np.column_stack([body[c].notna().to_numpy() for c in grid.columns])
    keep = [i for i, head in enumerate(top) if head or filled[:, i].any()]
    times = _times([top[i] for i in keep])
    if times > 1:
        told.append(_told_beside(name, first, times))
        body, merges = _under_each_other(body, keep, times, [_moved(m, -header - depth) for m in merges])
        rows, merges = np.tile(rows, times), [_moved(m, header + depth) for m in merges]
        keep = keep[: len(keep) // times]
        filled = np.column_stack([body[c].notna().to_numpy() for c in body.columns])
    names, doubts = _name_columns(name, [top[i] for i in keep], keep, first)
    told += doubts
    again = _repeats(body, grid.iloc[header : header + depth])
    if again.any():
        told.append(_told_repeats(name, rows[again]))
        filled = filled & ~again[:, None]
    used, more = _find_records(name, body, filled, rows, dict(zip(keep, names, strict=True)))
    told += more
    if not used.any():
        raise DataError([no_rows(name)])
    spread: dict[str, _Mask] = {}
    if merges:
        body, spread = _fill_down(
            body, [_moved(m, -header - depth) for m in merges], dict(zip(keep, names, strict=True)), used
        )
        told += _told_merged(name, spread, rows)
        told += _told_across(name, merges, header + depth, header + depth + len(body), rows, used)
    frame = body.iloc[:, keep].set_axis(names, axis=1)
    if not used.all():
        frame, rows = frame.loc[used], rows[used]
        spread = {column: mask[used] for column, mask in spread.items()}
    return Body(frame.reset_index(drop=True), rows, tuple(told), spread, units_named(" ".join(said)))


def _times(heads: Sequence[str]) -> int:
    """Tell how often a row of headers repeats itself: a page set in two or three columns."""
    for times in (2, 3, 4):
        width = len(heads) // times
        if width >= _LEAST_REPEATED and list(heads) == list(heads[:width]) * times and all(heads[:width]):
            return times if any(names_rows(head) for head in heads[:width]) else 1
    return 1


def _under_each_other(
    body: pd.DataFrame, keep: Sequence[int], times: int, merges: Sequence[Merge]
) -> tuple[pd.DataFrame, list[Merge]]:
    """Set the columns of a page under each other, and its merged ranges with them."""
    width = len(keep) // times
    parts, moved = [], []
    for at in range(times):
        columns = [body.columns[i] for i in keep[at * width : (at + 1) * width]]
        parts.append(body[columns].set_axis([body.columns[i] for i in keep[:width]], axis=1))
        own = dict(zip(keep[at * width : (at + 1) * width], keep[:width], strict=True))
        down = at * len(body)
        moved += [
            Merge(m.top + down, own[m.left], m.bottom + down, own[m.right])
            for m in merges
            if m.left in own and m.right in own and m.top >= 0
        ]
    return pd.concat(parts, ignore_index=True).reindex(columns=body.columns), moved


def _told_beside(name: str, row: int, times: int) -> Fault:
    return Fault(
        name,
        Text(
            f"the headers stand {times} times side by side; the parts were set under each other.",
            f"同一表头并列 {times} 次，各栏已上下拼接读取。",
        ),
        Text("nothing to do if that is so.", "如属实无须处理。"),
        row,
    )


def _repeats(body: pd.DataFrame, heads: pd.DataFrame) -> _Mask:
    """Mark the rows that are the headers once more, as at the top of every printed page."""
    found = np.zeros(len(body), dtype=bool)
    for _, head in heads.iterrows():
        if head.notna().sum() < _LEAST_REPEATED:
            continue
        alike = ~found
        for column in body.columns:
            cells, said = body[column], head[column]
            alike &= (cells == said).to_numpy(dtype=bool) if isinstance(said, str) else cells.isna().to_numpy()
            if not alike.any():
                break
        found |= alike
    return found


def _find_records(
    name: str, body: pd.DataFrame, filled: _Mask, rows: npt.NDArray[np.int64], names: Mapping[int, str]
) -> tuple[_Mask, list[Fault]]:
    """Mark the rows that are records: neither blank nor totals nor notes; what was left out is told."""
    used = filled.any(axis=1)
    notes = _notes(body, filled)
    totals = find_totals(body) & used & ~notes
    told = [
        tell(name, rows[mask], _first_text(body, int(np.flatnonzero(mask)[0])))
        for mask, tell in ((totals, _told_totals), (notes, _told_notes))
        if mask.any()
    ]
    records = used & ~(totals | notes)
    return records, told + doubt_sums(name, body, totals, records, rows, names)


def _moved(merge: Merge, by: int) -> Merge:
    return Merge(merge.top + by, merge.left, merge.bottom + by, merge.right)


def _fill_down(
    body: pd.DataFrame, merges: Sequence[Merge], names: Mapping[int, str], used: _Mask
) -> tuple[pd.DataFrame, dict[str, _Mask]]:
    """Give each row of a merged range its value; the masks tell, by header, which rows got theirs so."""
    body = body.copy()
    spread: dict[str, _Mask] = {}
    for merge in merges:
        if merge.top < 0 or merge.bottom <= merge.top or merge.top >= len(body) or merge.left not in names:
            continue
        value = body.iat[merge.top, merge.left]
        below = np.arange(merge.top + 1, min(merge.bottom + 1, len(body)))
        below = below[used[below]]
        if not isinstance(value, str) or not len(below):
            continue
        body.iloc[below, merge.left] = value
        mask = spread.setdefault(names[merge.left], np.zeros(len(body), dtype=bool))
        mask[below] = True
    return body, spread


def _name_columns(name: str, heads: Sequence[str], positions: Sequence[int], row: int) -> tuple[list[str], list[Fault]]:
    """Name every column: those without a header by their place, repeated ones we do not know by a count.

    Raises
    ------
    DataError
        Two columns have one header that we know: which is meant cannot be guessed.
    """
    doubled = [h for h in dict.fromkeys(h for h in heads if h and heads.count(h) > 1) if is_known(h)]
    if doubled:
        both = [positions[i] for i, head in enumerate(heads) if head == doubled[0]]
        if not set(range(both[0], both[1])) <= set(positions):  # an empty column stands between the two
            told = Text("two tables stand side by side in one sheet.", "同一工作表内并列有两张表。")
            mend = Text("put each on a sheet of its own, and say sheet = …", "请将两表分到不同工作表，并注明 sheet = …")
            raise DataError([Fault(name, told, mend, row=row, column=doubled[0])])
        told = Text("two columns have this header.", "有两列表头相同。")
        mend = Text("rename or delete one of them.", "请改名或删除其中一列。")
        raise DataError([Fault(name, told, mend, row=row, column=head) for head in doubled])
    names: list[str] = []
    doubts = []
    for head, at in zip(heads, positions, strict=True):
        given = head
        if not head:
            given = _unlike(f"column {at + 1}", heads)
            told = Text(
                f'column {at + 1} has values but no header; it is carried through as "{given}".',
                f"第 {at + 1} 列有数据但没有表头，以“{given}”之名原样保留。",
            )
            mend = Text(f"give it a header in row {row} if it is needed.", f"如需使用，请在第 {row} 行补上表头。")
            doubts.append(Fault(name, told, mend, row=row))
        elif head in names:
            given = next(one for n in range(2, len(heads) + 2) if (one := f"{head} ({n})") not in (*heads, *names))
            told = Text(
                f'a second column has this header; it is called "{given}".', f"另有一列表头相同，记作“{given}”。"
            )
            doubts.append(Fault(name, told, Text("rename it if it is needed.", "如需使用，请改名。"), row, head))
        names.append(given)
    return names, doubts


def _unlike(given: str, heads: Sequence[str]) -> str:
    while given in heads:
        given += "_"
    return given


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
    above = Text(shown or "blank rows", shown or "空行")
    return Fault(
        name,
        Text(
            f"the headers were found in row {row}; above them: {above.en}", f"表头识别在第 {row} 行；其上为：{above.zh}"
        ),
        Text(
            "nothing to do if that is so; else delete what stands above them.", "如属实无须处理；否则请删去其上各行。"
        ),
        row,
    )


def _told_numbering(name: str, row: int) -> Fault:
    return Fault(
        name,
        Text(f"row {row} numbers the columns and was left out.", f"第 {row} 行为栏次编号，未计入。"),
        Text("nothing to do if that is so.", "如属实无须处理。"),
        row,
    )


def _told_depth(name: str, row: int, depth: int, heads: Sequence[str]) -> Fault:
    shown = ", ".join(heads)
    to = f"{row} and {row + 1}" if depth == 2 else f"{row} to {row + depth - 1}"
    to_zh = f"{row}、{row + 1} 两行" if depth == 2 else f"{row} 至 {row + depth - 1} 行"
    return Fault(
        name,
        Text(f"the headers take rows {to}: {shown}.", f"表头占第 {to_zh}：{shown}。"),
        Text("if they were joined wrongly, write them in one row.", "如合并有误，请改为单行表头。"),
        row,
    )


def _told_merged(name: str, spread: Mapping[str, _Mask], rows: npt.NDArray[np.int64]) -> list[Fault]:
    return [
        Fault(
            name,
            Text(
                f"merged cells count for each of their rows: {_list(rows[mask])}.",
                f"合并单元格的内容计入其所含各行：第 {_list(rows[mask])} 行。",
            ),
            Text("if that is not meant, split them and fill each row.", "如不应如此，请取消合并后逐行填写。"),
            int(rows[mask][0]),
            column,
        )
        for column, mask in spread.items()
    ]


def _told_repeats(name: str, rows: npt.NDArray[np.int64]) -> Fault:
    return Fault(
        name,
        Text(
            f"the headers stand there once more; left out: rows {_list(rows)}.",
            f"重复的表头行未计入：第 {_list(rows)} 行。",
        ),
        Text("nothing to do if that is so.", "如属实无须处理。"),
        int(rows[0]),
    )


def _told_across(
    name: str, merges: Sequence[Merge], first: int, end: int, rows: npt.NDArray[np.int64], used: _Mask
) -> list[Fault]:
    """Say which records have cells merged over several columns: their value stands in the first alone."""
    found = [
        int(rows[row - first])
        for m in merges
        if m.right > m.left
        for row in range(max(m.top, first), min(m.bottom + 1, end))
        if used[row - first]
    ]
    if not found:
        return []
    shown = _list(np.array(sorted(set(found)), dtype=np.int64))
    return [
        Fault(
            name,
            Text(
                f"cells merged over several columns; their value counts for the first of them: rows {shown}.",
                f"单元格横向合并，内容只计入首列：第 {shown} 行。",
            ),
            Text("split them and fill each cell.", "请取消合并，逐格填写。"),
            min(found),
        )
    ]


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
