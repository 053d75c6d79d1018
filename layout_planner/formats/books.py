"""Workbooks: their sheets as grids of text, with what the cells alone do not tell (merged ranges, missing values)."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING
from xml.parsers import expat

from layout_planner.base.errors import DataError, Fault
from layout_planner.base.messages import Text
from layout_planner.formats.archives import check_office
from layout_planner.formats.binary import parts_of, read_marks
from layout_planner.formats.limits import MAX_COLUMNS, damaged, too_wide

if TYPE_CHECKING:
    from xlrd.sheet import Cell

Rows = list[list[str | None]]

_STRICT = {
    b"http://purl.oclc.org/ooxml/spreadsheetml/main": b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/officeDocument/relationships": (
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    ),
    b"http://purl.oclc.org/ooxml/drawingml/main": b"http://schemas.openxmlformats.org/drawingml/2006/main",
}
"""Namespaces of the strict form of a workbook → those of the usual one; the content is the same."""
_CHUNK = 1 << 20
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]+)(\d+):([A-Z]+)(\d+)[\"']")
_HIDDEN_COLUMNS = re.compile(rb"<(?:\w+:)?col\s[^>]*?hidden=[\"'](?:1|true)[\"'][^>]*>")
_HIDDEN = re.compile(rb"<(?:\w+:)?row\s[^>]*?hidden=[\"'](?:1|true)[\"'][^>]*>")


@dataclass(frozen=True, order=True)
class Merge:
    """A merged range of a sheet: first and last row and column, from 0."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, eq=False)
class Page:
    """One sheet.

    Parameters
    ----------
    rows
        Its cells as text, None where empty; rows may differ in length.
    merges
        Its merged ranges; their value stands in the first cell.
    uncomputed
        Cells (row, column) with a formula whose value was never stored; their text is the formula.
    hidden
        Rows that are not in sight: hidden, or left out by a filter.
    hidden_columns
        Columns that are not in sight.
    """

    rows: Rows
    merges: tuple[Merge, ...] = ()
    uncomputed: frozenset[tuple[int, int]] = frozenset()
    hidden: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


@dataclass(frozen=True, eq=False)
class Book:
    """A workbook of any kind: its sheets in order, the hidden ones, and how to read one (or its first rows)."""

    sheets: list[str]
    hidden: list[str]
    read: Callable[[str, int | None], Page]
    close: Callable[[], None] = field(default=lambda: None)


def open_xlsx(path: Path, name: str) -> Book:
    """Open a workbook of Office Open XML, transitional or strict.

    Raises
    ------
    DataError
        It is damaged, or unsafe to unpack.
    """
    check_office(path, name)
    from openpyxl import load_workbook  # costs start-up time

    try:
        source: object = _transitional(path)
        book = load_workbook(source, read_only=True, data_only=True, keep_links=False)
        hidden = [page.title for page in book.worksheets if page.sheet_state != "visible"]
        sheets = [page.title for page in book.worksheets]  # chart sheets have no cells
        parts = {page.title: page._worksheet_path for page in book.worksheets}
        unsaved = bool(book.calculation and book.calculation.fullCalcOnLoad)
    except Exception as error:  # openpyxl raises whatever a damaged part provokes
        raise DataError([damaged(name, str(error))]) from error

    def read(sheet: str, most: int | None) -> Page:
        page = book[sheet]
        page.reset_dimensions()  # the stated size is a hint, and may be too small
        rows = [_row(cells, name) for cells in page.iter_rows(values_only=True, max_row=most)]
        if most is not None:
            return Page(rows)
        return _with_marks(book._archive, parts[sheet], rows, unsaved)

    return Book(sheets, hidden, read, book.close)


def open_xls(path: Path, name: str) -> Book:
    """Open a workbook of Excel 97.

    Raises
    ------
    DataError
        It is damaged.
    """
    import xlrd

    try:
        book = xlrd.open_workbook(path, formatting_info=True, logfile=io.StringIO())
        sheets = list(book.sheet_names())
        hidden = [s for s in sheets if book.sheet_by_name(s).visibility != 0]
    except Exception as error:  # xlrd, like openpyxl, raises whatever a damaged file provokes
        raise DataError([damaged(name, str(error))]) from error

    def cell(one: Cell) -> str | None:
        if one.ctype == xlrd.XL_CELL_DATE:
            return cell_text(xlrd.xldate_as_datetime(one.value, book.datemode))
        if one.ctype == xlrd.XL_CELL_BOOLEAN:
            return cell_text(bool(one.value))
        if one.ctype == xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(one.value, "#N/A"))
        return cell_text(one.value)

    def read(sheet: str, most: int | None) -> Page:
        page = book.sheet_by_name(sheet)
        count = page.nrows if most is None else min(most, page.nrows)
        merges = tuple(Merge(top, left, below - 1, beside - 1) for top, below, left, beside in page.merged_cells)
        hidden = frozenset(row for row, info in page.rowinfo_map.items() if info.hidden)
        columns = frozenset(column for column, info in page.colinfo_map.items() if info.hidden)
        rows = [trimmed([cell(one) for one in page.row(i)], name) for i in range(count)]
        return Page(rows, merges, hidden=hidden, hidden_columns=columns)

    return Book(sheets, hidden, read, book.release_resources)


def open_xlsb(path: Path, name: str) -> Book:
    """Open a binary workbook of Excel 2007 and later.

    Raises
    ------
    DataError
        It is damaged, or unsafe to unpack.
    """
    check_office(path, name)
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))  # by content, not by name
        pages = [page for page in book.sheets_metadata if page.typ == calamine.SheetTypeEnum.WorkSheet]
        with zipfile.ZipFile(path) as archive:
            parts = parts_of(archive)
    except Exception as error:  # calamine has an error for each kind of damage
        raise DataError([damaged(name, str(error))]) from error
    hidden = [page.name for page in pages if page.visible != calamine.SheetVisibleEnum.Visible]

    def read(sheet: str, most: int | None) -> Page:
        cells = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False, nrows=most)
        rows = [_row(tuple(row), name) for row in cells]
        if most is not None or sheet not in parts:
            return Page(rows)
        with zipfile.ZipFile(path) as archive:
            marks = read_marks(archive, parts[sheet], MAX_COLUMNS)
        return Page(rows, tuple(Merge(*one) for one in marks.merges), frozenset(), marks.rows, marks.columns)

    return Book([page.name for page in pages], hidden, read, book.close)


def tell_formulas(name: str, page: Page, rows: set[int]) -> list[Fault]:
    """Name the cells of these rows whose formula has no stored value."""
    places = sorted((row, column) for row, column in page.uncomputed if row + 1 in rows)
    if not places:
        return []
    shown = ", ".join(f"{_letters(column)}{row + 1}" for row, column in places[:20])
    more = f" … ({len(places)})" if len(places) > 20 else ""
    return [
        Fault(
            name,
            Text(f"formulas without a stored value: {shown}{more}.", f"公式没有存储计算结果：{shown}{more}。"),
            Text("open the workbook in Excel or WPS and save it.", "请用 Excel 或 WPS 打开后保存一次。"),
            places[0][0] + 1,
        )
    ]


def tell_hidden(name: str, page: Page, rows: set[int]) -> list[Fault]:
    """Say which of these rows, and which columns, are not in sight: they are read all the same."""
    return [*_tell_hidden_columns(name, page, rows), *_tell_hidden_rows(name, page, rows)]


def _tell_hidden_columns(name: str, page: Page, rows: set[int]) -> list[Fault]:
    hidden = sorted(
        column
        for column in page.hidden_columns
        if any(len(page.rows[row - 1]) > column and page.rows[row - 1][column] is not None for row in rows)
    )
    if not hidden:
        return []
    shown = ", ".join(_letters(column) for column in hidden[:20])
    shown += f" … ({len(hidden)})" if len(hidden) > 20 else ""
    said = Text(
        f"columns that are hidden in the sheet were read with the rest: {shown}.",
        f"工作表中隐藏的列也已读取：{shown} 列。",
    )
    mend = Text(
        "if they are not meant, delete them, or say ignore = […]", "如不应计入，请删除，或用 ignore = […] 排除。"
    )
    return [Fault(name, said, mend)]


def _tell_hidden_rows(name: str, page: Page, rows: set[int]) -> list[Fault]:
    hidden = sorted(row + 1 for row in page.hidden if row + 1 in rows)
    if not hidden:
        return []
    shown = ", ".join(map(str, hidden[:20])) + (f" … ({len(hidden)})" if len(hidden) > 20 else "")
    said = Text(
        f"rows that are hidden in the sheet, or filtered away, were read with the rest: {shown}.",
        f"工作表中隐藏或被筛选掉的行也已读取：第 {shown} 行。",
    )
    mend = Text("if they are not meant, delete them, or say where = …", "如不应计入，请删除，或用 where = … 排除。")
    return [Fault(name, said, mend, hidden[0])]


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_text(value: object) -> str | None:
    """Write a spreadsheet's cell as text; numbers too long for a spreadsheet show that digits were lost."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        if value != value:
            return None
        if abs(value) >= 1e15:
            return f"{value:.6E}"
        return str(int(value)) if value == int(value) else repr(float(value))
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat().removesuffix("T00:00:00")
    return str(value)


def trimmed(row: list[str | None], name: str) -> list[str | None]:
    """Cut the empty cells at the end of a row.

    Raises
    ------
    DataError
        More columns are filled than a table may have.
    """
    end = len(row)
    while end and row[end - 1] is None:
        end -= 1
    if end > MAX_COLUMNS:
        raise DataError([too_wide(name)])
    return row if end == len(row) else row[:end]


def _row(cells: tuple[object, ...], name: str) -> list[str | None]:
    return trimmed([cell_text(value) for value in cells], name)


def _transitional(path: Path) -> Path | IO[bytes]:
    """Give the workbook as openpyxl knows it: of a strict one it sees no sheets."""
    with zipfile.ZipFile(path) as archive:
        if not any(b"purl.oclc.org/ooxml" in archive.read(n) for n in archive.namelist() if n == "xl/workbook.xml"):
            return path if path.suffix.lower() in (".xlsx", ".xlsm") else io.BytesIO(path.read_bytes())
        changed = io.BytesIO()
        with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
            for item in archive.infolist():
                content = archive.read(item)
                if item.filename.endswith((".xml", ".rels")):
                    for strict, usual in _STRICT.items():
                        content = content.replace(strict, usual)
                copy.writestr(item.filename, content)
    changed.seek(0)
    return changed


def _with_marks(archive: zipfile.ZipFile, part: str, rows: Rows, unsaved: bool) -> Page:
    """Add what openpyxl's fast reader leaves out: merged ranges, and formulas without a stored value."""
    merges, formulas, hidden, columns = _scan(archive, part)
    if not formulas:
        return Page(rows, merges, hidden=hidden, hidden_columns=columns)
    marks = _Formulas()
    with archive.open(part) as stream:
        marks.read(stream)
    # A program that stores 0 for every formula and asks for a calculation on loading has computed none of them.
    missing = marks.missing | (marks.zero if unsaved and not marks.computed else {})
    for (row, column), formula in missing.items():
        rows.extend([] for _ in range(row + 1 - len(rows)))
        cells = rows[row]
        cells.extend([None] * (column + 1 - len(cells)))
        cells[column] = f"={formula}"
    return Page(rows, merges, frozenset(missing), hidden, columns)


def _scan(archive: zipfile.ZipFile, part: str) -> tuple[tuple[Merge, ...], bool, frozenset[int], frozenset[int]]:
    """Find merged ranges, whether there is a formula, hidden rows and columns, without parsing every cell."""
    merges: set[Merge] = set()
    hidden: set[int] = set()
    columns: set[int] = set()
    formulas = False
    rest = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            text = rest + chunk
            formulas = formulas or re.search(rb"<(?:\w+:)?f[\s>/]", text) is not None
            for left, top, right, bottom in _MERGED.findall(text):
                merges.add(Merge(int(top) - 1, _column(left), int(bottom) - 1, _column(right)))
            for row in _HIDDEN.findall(text):
                if number := re.search(rb"\sr=[\"'](\d+)[\"']", row):
                    hidden.add(int(number[1]) - 1)
            for span in _HIDDEN_COLUMNS.findall(text):
                ends = [re.search(rb"\s%s=[\"'](\d+)[\"']" % end, span) for end in (b"min", b"max")]
                if ends[0] and ends[1]:
                    columns |= set(range(int(ends[0][1]) - 1, min(int(ends[1][1]), MAX_COLUMNS)))
            rest = text[-200:]
    return tuple(sorted(merges)), formulas, frozenset(hidden), frozenset(columns)


def _column(letters: bytes | str) -> int:
    number = 0
    for letter in letters if isinstance(letters, bytes) else letters.encode():
        number = number * 26 + letter - 64
    return number - 1


class _Formulas:
    """The formulas of a sheet's XML: those without a stored value, those whose value is 0, and whether any has more."""

    def __init__(self) -> None:
        self.missing: dict[tuple[int, int], str] = {}
        self.zero: dict[tuple[int, int], str] = {}
        self.computed = False
        self._row = self._next = 0
        self._at = (0, 0)
        self._kind = ""
        self._text: dict[str, str] = {}
        self._in = ""

    def read(self, stream: IO[bytes]) -> None:
        """Go through the XML of a sheet."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._say
        parser.ParseFile(stream)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(" ")[2]
        if tag == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._next = 0
        elif tag == "c":
            place = re.fullmatch(r"([A-Z]+)(\d+)", attributes.get("r", ""))
            column = _column(place[1]) if place else self._next
            self._at = (int(place[2]) - 1 if place else self._row - 1, column)
            self._next = column + 1
            self._kind = attributes.get("t", "n")
            self._text = {}
        elif tag in ("f", "v"):
            self._in = tag
            self._text[tag] = ""

    def _say(self, text: str) -> None:
        if self._in:
            self._text[self._in] += text

    def _end(self, tag: str) -> None:
        tag = tag.rpartition(" ")[2]
        self._in = ""
        if tag != "c" or "f" not in self._text:
            return
        value = self._text.get("v")
        if value is None or (value.strip() == "" and self._kind != "str"):
            self.missing[self._at] = self._text["f"]
        elif value.strip() == "0" and self._kind == "n":
            self.zero[self._at] = self._text["f"]
        else:
            self.computed = True
