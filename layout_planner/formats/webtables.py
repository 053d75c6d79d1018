"""Tables of HTML, which many web systems hand out as .xls."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from layout_planner.base.errors import DataError, Fault
from layout_planner.formats.books import Book, Merge, Page, trimmed
from layout_planner.formats.decoding import decode
from layout_planner.formats.limits import MAX_CELLS, MAX_COLUMNS, damaged, too_large

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_MOST_SPANNED = 65_536


def open_html(path: Path, name: str, encoding: str | None) -> tuple[Book, list[Fault]]:
    """Open a page of HTML: each of its tables is a sheet, "1", "2" and so on.

    Returns
    -------
    tuple
        The tables, and warnings of the encoding.

    Raises
    ------
    DataError
        It has no table, or cannot be decoded.
    """
    raw = path.read_bytes()
    said = _CHARSET.search(raw[:4096])
    charset = said[1].decode("ascii") if said else None
    if charset is not None and charset.lower() in ("gb2312", "gbk", "x-gbk"):
        charset = "gb18030"
    text, told = decode(raw, name, encoding or charset)
    reader = _Reader(name)
    reader.feed(text)
    reader.close()
    pages = {str(i): page for i, page in enumerate((t.page() for t in reader.tables), start=1) if page.rows}
    if not pages:
        raise DataError([damaged(name, "HTML without a table")])

    def read(sheet: str, most: int | None) -> Page:
        return pages[sheet] if most is None else Page(pages[sheet].rows[:most])

    return Book(list(pages), [], read), told


class _Table:
    """A table as it is read: cells by place, spans as merged ranges."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cells: dict[tuple[int, int], str] = {}
        self.taken: dict[int, int] = {}  # column → rows it is covered through
        self.merges: list[Merge] = []
        self.row, self.column = -1, 0

    def begin_row(self) -> None:
        self.row, self.column = self.row + 1, 0

    def begin_cell(self, wide: int, high: int) -> tuple[int, int]:
        self.row = max(self.row, 0)
        while self.taken.get(self.column, -1) >= self.row:
            self.column += 1
        at = (self.row, self.column)
        if len(self.cells) > MAX_CELLS:
            raise DataError([too_large(self.name)])
        if wide > 1 or high > 1:
            self.merges.append(Merge(at[0], at[1], at[0] + high - 1, at[1] + wide - 1))
        for column in range(self.column, self.column + wide):
            self.taken[column] = self.row + high - 1
        self.column += wide
        self.cells[at] = ""
        return at

    def page(self) -> Page:
        height = self.row + 1
        rows: list[list[str | None]] = [[] for _ in range(height)]
        for (row, column), text in sorted(self.cells.items()):
            cells = rows[row]
            cells.extend([None] * (column + 1 - len(cells)))
            cells[column] = text.strip() or None
        return Page([trimmed(row, self.name) for row in rows], tuple(m for m in sorted(self.merges) if m.top < height))


class _Reader(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.name = name
        self.tables: list[_Table] = []
        self._open: list[tuple[_Table, tuple[int, int] | None]] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._hidden += 1
        if tag == "table":
            table = _Table(self.name)
            self.tables.append(table)
            self._open.append((table, None))
        elif self._open and tag == "tr":
            self._open[-1][0].begin_row()
            self._open[-1] = (self._open[-1][0], None)
        elif self._open and tag in ("td", "th"):
            said = dict(attrs)
            table = self._open[-1][0]
            wide = _span(said.get("colspan"), MAX_COLUMNS)
            self._open[-1] = (table, table.begin_cell(wide, _span(said.get("rowspan"), _MOST_SPANNED)))
        elif self._open and tag == "br":
            self._say("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._hidden = max(0, self._hidden - 1)
        if tag == "table" and self._open:
            self._open.pop()
        elif self._open and tag in ("td", "th", "tr"):
            self._open[-1] = (self._open[-1][0], None)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._say(re.sub(r"\s+", " ", data))

    def _say(self, text: str) -> None:
        if self._open:
            table, at = self._open[-1]
            if at is not None:
                table.cells[at] += text


def _span(text: str | None, most: int) -> int:
    return min(int(text), most) if text and text.isdigit() and int(text) > 0 else 1
