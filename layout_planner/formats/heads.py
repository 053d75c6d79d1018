"""Rows of headers: where they begin, how many there are, what is joined, and what below them is none of the records."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Collection, Sequence

from layout_planner.formats.books import Merge
from layout_planner.study.headers import is_known
from layout_planner.study.units import is_unit

HEADER_WITHIN = 12
"""Rows among which the header is looked for."""
DEEPEST = 4
"""Rows that headers may take."""

_LEAST_UNITS = 2
_LEAST_NUMBERED = 3
_STEMS = "甲乙丙丁戊己庚辛"
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER = re.compile(r"[+-]?[\d.,%]+(e[+-]?\d+)?", re.IGNORECASE)


def find_header(
    rows: Sequence[Sequence[str | None]], wanted: Collection[str] = (), merges: Sequence[Merge] = ()
) -> int:
    """Find the header among the first rows.

    It is the first row, unless that holds fewer than two known headers, a later one holds more, and every row above
    the later one is filled less than half as far: a title, a date, a unit.

    Parameters
    ----------
    rows
        The first rows of the file.
    wanted
        Headers the study file names.
    merges
        Merged ranges of the sheet, where its format has them.

    Returns
    -------
    int
        Position of the header.
    """
    width = max((len(row) for row in rows), default=0)
    heads = [[clean(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    joined = [join_headings(heads, at, merges)[0] for at in range(len(heads))]
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


def clean(cell: object) -> str:
    """One line of a header: bureaus break long ones over several."""
    return re.sub(r"\s*\n\s*", "", cell).strip() if isinstance(cell, str) else ""


def join_headings(heads: Sequence[Sequence[str]], at: int, merges: Sequence[Merge]) -> tuple[list[str], int]:
    """Give the headers that start in a row, and the rows they take."""
    across = [m for m in merges if m.top <= at <= m.bottom and m.right > m.left]
    depth = _depth(heads, at, merges, across)
    top = list(heads[at])
    for below in range(at + 1, at + depth):
        beside = [m for m in merges if m.top < below <= m.bottom + 1 and m.top >= at and m.right > m.left]
        top = _join(top, heads[below], beside)
    return top, depth


def _depth(heads: Sequence[Sequence[str]], at: int, merges: Sequence[Merge], across: Sequence[Merge]) -> int:
    """Tell how many rows the headers take: by the merged ranges that start there, else by what reads like headers."""
    if at + 1 >= len(heads):
        return 1
    high = {m.bottom - m.top + 1 for m in merges if m.top == at and m.bottom > m.top and m.right == m.left}
    depth = max(high, default=1)
    under_it = heads[at + 1 : at + depth]
    if len(high) == 1 and len(under_it) == depth - 1 < DEEPEST and not any(_has_number(row) for row in under_it):
        return depth
    below = heads[at + 1]
    groups = [m for m in across if m.top == at and any(heads[at][m.left : m.left + 1])]
    alone = [i for i, head in enumerate(heads[at]) if head and not any(m.left <= i <= m.right for m in groups)]
    if groups and alone and not _has_number(below):
        under = {i for m in groups for i in range(m.left, m.right + 1)}
        named = {i for i, sub in enumerate(below) if sub}
        if named and named <= under and all(any(below[m.left : m.right + 1]) for m in groups):
            return 2
    return 2 if _is_second(heads[at], below) else 1


def _join(top: Sequence[str], below: Sequence[str], merges: Sequence[Merge] = ()) -> list[str]:
    """Join a group's name and the name under it; a name that is known and alone in the row needs no group.

    A group reaches as far as its merged range; where none is known, as far as the next name.
    """
    end = {m.left: m.right for m in merges}
    joined = []
    group, last, known = "", len(top), False
    for at, (head, sub) in enumerate(zip(top, below, strict=True)):
        if head:
            group, last, known = head, end.get(at, len(top)), at in end
        elif at > last or (not sub and not known):
            group = ""
        elif not sub:  # the name under it is merged, too, and begins further left
            joined.append("")
            continue
        both = f"{group}{sub}"
        alone = sub and below.count(sub) == 1 and sub not in top and is_known(sub)
        joined.append(sub if alone and not is_known(both) else both)
    return joined


def _is_second(top: Sequence[str], below: Sequence[str]) -> bool:
    """Tell whether the row under the header is its second row.

    It is when it names the columns the first leaves blank (merged groups), leaves blank a column the first names
    (merged downwards), holds no number, and gives at least two headers that are known.
    """
    blank = [i for i, head in enumerate(top) if not head]
    if not blank or not top[0] or not any(b for b in below):
        return False
    named_above = any(head and not sub for head, sub in zip(top, below, strict=True))
    if not named_above or _has_number(below):
        return False
    if not any(below[i] for i in blank):
        return False
    joined = _join(top, below)
    return sum(is_known(joined[i]) for i, sub in enumerate(below) if sub) >= 2


def _has_number(row: Sequence[str]) -> bool:
    """Tell whether a row holds a number; years one after the other (2016, 2017 …) are names of columns."""
    found = [plain for cell in row if cell and _NUMBER.fullmatch(plain := unicodedata.normalize("NFKC", cell))]
    years = [int(one) for one in found if _YEAR.fullmatch(one)]
    follow = len(years) > 1 and all(later - one in (1, -1) for one, later in itertools.pairwise(years))
    return bool(found) and not (follow and len(years) == len(found))


def with_units(top: Sequence[str], depth: int, heads: Sequence[Sequence[str]]) -> tuple[list[str], int]:
    """Put the units of a row of nothing but units, right below the headers, behind these in brackets."""
    row = heads[depth] if depth < len(heads) else []
    filled = [cell for cell in row if cell]
    if len(filled) < _LEAST_UNITS or not all(map(is_unit, filled)):
        return list(top), depth
    units = [f"({cell.strip('()（） ')})" if cell and head else "" for head, cell in zip(top, row, strict=True)]
    return [f"{head}{unit}" for head, unit in zip(top, units, strict=True)], depth + 1


def is_numbering(row: Sequence[str], top: Sequence[str]) -> bool:
    """Tell a row that numbers the columns, as statistical forms do: 甲 乙 1 2 3, (1) (2) (3), 4=1+2."""
    cells = [unicodedata.normalize("NFKC", cell).strip() for cell in row if cell]
    numbers = list(itertools.dropwhile(lambda cell: cell in _STEMS, cells))
    if len(numbers) < _LEAST_NUMBERED or len(cells) < 0.8 * sum(map(bool, top)):
        return False
    if cells[: len(cells) - len(numbers)] != [*_STEMS][: len(cells) - len(numbers)]:
        return False
    found = [re.fullmatch(r"[(（]?(\d{1,3})[)）]?(=.*)?", cell) for cell in numbers]
    return all(one is not None and int(one[1]) == at for at, one in enumerate(found, start=1))
