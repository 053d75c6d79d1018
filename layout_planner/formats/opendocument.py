"""Workbooks of OpenDocument (.ods) and of Excel 2003's XML, as grids of text."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from layout_planner.base.errors import DataError
from layout_planner.formats.archives import check_office, refuse_entities
from layout_planner.formats.books import Book, Merge, Page, Rows, cell_text, trimmed
from layout_planner.formats.limits import MAX_CELLS, damaged, too_large

_CONTENT = "content.xml"
_UNSEEN = ("collapse", "filter")


def open_ods(path: Path, name: str) -> Book:
    """Open a workbook of OpenDocument.

    Raises
    ------
    DataError
        It is damaged, or unsafe to unpack.
    """
    check_office(path, name)
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_CONTENT) as stream:
            sheets, hidden = _read_ods(stream, name)
    except (zipfile.BadZipFile, KeyError, OSError, ElementTree.ParseError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError([damaged(name, str(error))]) from error
    return Book(list(sheets), hidden, lambda sheet, most: _first(sheets[sheet], most))


def open_xml_2003(path: Path, name: str) -> Book:
    """Open a workbook of Excel 2003's XML, which many programs name .xls.

    Raises
    ------
    DataError
        It is damaged, or declares entities.
    """
    with open(path, "rb") as stream:
        refuse_entities(stream.read(4096), name)
        stream.seek(0)
        try:
            sheets = _read_xml_2003(stream, name)
        except (ElementTree.ParseError, ValueError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError([damaged(name, str(error))]) from error
    return Book(list(sheets), [], lambda sheet, most: _first(sheets[sheet], most))


def _first(page: Page, most: int | None) -> Page:
    return page if most is None else Page(page.rows[:most])


def _local(text: str) -> str:
    return text.rpartition("}")[2]


def _own(element: ElementTree.Element) -> dict[str, str]:
    """Give an element's attributes by their names without namespaces."""
    return {_local(key): value for key, value in element.attrib.items()}


class _Grid:
    """A sheet as it grows; empty rows and cells at an end, repeated to the edge of the sheet, are never written."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: Rows = []
        self.merges: list[Merge] = []
        self.unseen: set[int] = set()
        self.unseen_columns: set[int] = set()
        self._column = 0
        self._blank = 0
        self._cells = 0

    @property
    def height(self) -> int:
        """Rows so far, blank ones at the end counted."""
        return len(self.rows) + self._blank

    def lay(self, hidden: bool, times: int, at: int | None = None) -> None:
        """Note so many columns more (from `at` on), and whether they are in sight."""
        first = self._column if at is None else at
        self._column = first + min(times, 16_384)
        if hidden:
            self.unseen_columns |= set(range(first, self._column))

    def hide(self, times: int) -> None:
        """Note that the next rows are not in sight."""
        self.unseen |= set(range(self.height, self.height + min(times, MAX_CELLS)))

    def add(self, row: list[str | None], times: int) -> None:
        """Add a row as often as it repeats.

        Raises
        ------
        DataError
            The sheet gets too large.
        """
        row = trimmed(row, self.name)
        if not row:
            self._blank += times
            return
        self._cells += (len(row) + 1) * times + self._blank
        if self._cells > MAX_CELLS:
            raise DataError([too_large(self.name)])
        self.rows.extend([] for _ in range(self._blank))
        self._blank = 0
        self.rows.extend(list(row) for _ in range(times))

    def page(self) -> Page:
        """Give the sheet."""
        last = len(self.rows) - 1
        merges = tuple(m for m in sorted(self.merges) if m.top <= last)
        unseen = frozenset(row for row in self.unseen if row <= last)
        return Page(self.rows, merges, hidden=unseen, hidden_columns=frozenset(self.unseen_columns))


def _read_ods(stream: IO[bytes], name: str) -> tuple[dict[str, Page], list[str]]:
    sheets: dict[str, Page] = {}
    unseen: set[str] = set()
    hidden: list[str] = []
    grid, title = _Grid(name), ""
    style = ""
    for event, element in ElementTree.iterparse(stream, events=("start", "end")):
        tag = _local(element.tag)
        if event == "start":
            if tag == "table" and _is_table(element):
                grid, title = _Grid(name), _own(element).get("name", "")
                if _own(element).get("style-name") in unseen:
                    hidden.append(title)
            elif tag == "style":
                style = _own(element).get("name", "")
        elif tag == "table-properties" and _own(element).get("display") == "false":
            unseen.add(style)
        elif tag == "table-row":
            said = _own(element)
            repeated = int(said.get("number-rows-repeated", 1))
            if said.get("visibility") in _UNSEEN:
                grid.hide(repeated)
            grid.add(_ods_row(element, grid), repeated)
            element.clear()
        elif tag == "table-column":
            said = _own(element)
            grid.lay(said.get("visibility") in _UNSEEN, int(said.get("number-columns-repeated", 1)))
        elif tag == "table" and _is_table(element):
            sheets[title] = grid.page()
            element.clear()
    return sheets, hidden


def _is_table(element: ElementTree.Element) -> bool:
    return ":table:" in element.tag


def _ods_row(element: ElementTree.Element, grid: _Grid) -> list[str | None]:
    row: list[str | None] = []
    for cell in element:
        if _local(cell.tag) not in ("table-cell", "covered-table-cell"):
            continue
        said = _own(cell)
        times = int(said.get("number-columns-repeated", 1))
        wide, high = int(said.get("number-columns-spanned", 1)), int(said.get("number-rows-spanned", 1))
        if wide > 1 or high > 1:
            grid.merges.append(Merge(grid.height, len(row), grid.height + high - 1, len(row) + wide - 1))
        value = None if _local(cell.tag) == "covered-table-cell" else _ods_value(cell, said)
        row.extend([value] * (times if value is not None else min(times, 16_384)))
    return row


def _ods_value(cell: ElementTree.Element, said: dict[str, str]) -> str | None:
    kind = said.get("value-type", "")
    if kind in ("float", "percentage", "currency") and "value" in said:
        return cell_text(float(said["value"]))
    if kind == "date" and "date-value" in said:
        return said["date-value"].removesuffix("T00:00:00")
    if kind == "boolean":
        return said.get("boolean-value")
    lines = ["".join(p.itertext()) for p in cell if _local(p.tag) == "p"]  # a comment is an element of its own
    return "\n".join(lines) or None


def _read_xml_2003(stream: IO[bytes], name: str) -> dict[str, Page]:
    sheets: dict[str, Page] = {}
    grid, title = _Grid(name), ""
    for event, element in ElementTree.iterparse(stream, events=("start", "end")):
        tag = _local(element.tag)
        if event == "start" and tag == "Worksheet":
            grid, title = _Grid(name), _own(element).get("Name", "")
        elif event == "end" and tag == "Row":
            at = int(_own(element).get("Index", grid.height + 1)) - 1
            if at > grid.height:
                grid.add([], at - grid.height)
            if _own(element).get("Hidden") == "1":
                grid.hide(1)
            grid.add(_xml_row(element, grid), 1)
            element.clear()
        elif event == "end" and tag == "Column":
            said = _own(element)
            from_here = int(said["Index"]) - 1 if "Index" in said else None
            grid.lay(said.get("Hidden") == "1", int(said.get("Span", 0)) + 1, from_here)
        elif event == "end" and tag == "Worksheet":
            sheets[title] = grid.page()
            element.clear()
    return sheets


def _xml_row(element: ElementTree.Element, grid: _Grid) -> list[str | None]:
    row: list[str | None] = []
    for cell in element:
        if _local(cell.tag) != "Cell":
            continue
        said = _own(cell)
        at = int(said.get("Index", len(row) + 1)) - 1
        row.extend([None] * min(at - len(row), 16_384))
        across, down = int(said.get("MergeAcross", 0)), int(said.get("MergeDown", 0))
        if across or down:
            grid.merges.append(Merge(grid.height, len(row), grid.height + down, len(row) + across))
        data = next((part for part in cell if _local(part.tag) == "Data"), None)
        text = "" if data is None else "".join(data.itertext())
        if (
            data is not None
            and _own(data).get("Type") == "Number"
            and re.fullmatch(r"[+-]?[\d.]+([eE][+-]?\d+)?", text)
        ):
            row.append(cell_text(float(text)))
        else:
            row.append(text.removesuffix("T00:00:00.000") or None)
        row.extend([None] * min(across, 16_384))
    return row
