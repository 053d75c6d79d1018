"""Annexes as an Excel workbook: text stays text, the same tables give the same bytes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from layout_planner.base.messages import Text
from layout_planner.papers.annex import Annex, Field
from layout_planner.papers.columns import Kind
from layout_planner.papers.lost import lost_sentence
from layout_planner.papers.paper import plan_name
from layout_planner.papers.words import plain
from layout_planner.plan import Plan

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

FORMATS: dict[Kind, str] = {
    "count": "#,##0", "yuan": "#,##0", "year": "0", "grade": "0", "minutes": "#,##0.0", "metres": "#,##0", "km": "0.00",
    "percent": "0.0", "share": "0.000", "ratio": "#,##0.000", "plain": "#,##0.###",
}  # fmt: skip
HEADER_ROW = 3
"""Row of the headers, from 0: title, what must be said first, source, headers."""

LONGEST_CELL = 32_767
"""Letters an Excel cell can hold."""

WIDEST, NARROWEST = 46.0, 7.0
LINE, HIGHEST = 15.0, 409.0
"""Points: of a line, and of the highest row Excel has."""
A4_LETTERS = 150.0
"""Letters that stand beside each other on a lying A4 sheet; more need A3."""
DATED = dt.datetime(2000, 1, 1)
"""Creation date in every workbook: papers bear the date of the study, and equal content shall be equal bytes."""


def write_workbook(annexes: Sequence[Annex], plan: Plan, path: Path) -> None:
    """Write annexes as a workbook, each a sheet, behind a sheet of contents."""
    import xlsxwriter

    book = xlsxwriter.Workbook(
        str(path),
        {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        },
    )
    book.set_properties({"title": _title(plan), "created": DATED})
    looks = _Looks(book)
    _contents(book, looks, annexes, plan)
    sheets = [book.add_worksheet(_sheet_name(number, annex)) for number, annex in enumerate(annexes, 1)]
    lists = _Lists(book, looks)
    for sheet, annex in zip(sheets, annexes, strict=True):
        _write(sheet, looks, lists, annex, plan)
    lists.hide()
    book.close()


def _sheet_name(number: int, annex: Annex) -> str:
    return f"{number} {annex.title}"[:31]


def _title(plan: Plan) -> str:
    return str(Text(f"Annexes · {plain(plan.study.name)}", f"附表 · {plain(plan.study.name)}"))[:200]


class _Looks:
    """The formats of a workbook."""

    def __init__(self, book: Workbook) -> None:
        self.title = book.add_format({"bold": True, "font_size": 14, "valign": "vcenter"})
        self.alarm = book.add_format({"bold": True, "font_color": "#B3261E", "valign": "vcenter"})
        self.calm = book.add_format({"font_color": "#333333", "valign": "vcenter"})
        self.note = book.add_format({"font_color": "#666666", "font_size": 9, "valign": "vcenter"})
        head = {
            "bold": True,
            "bg_color": "#E3EEF8",
            "border": 1,
            "text_wrap": True,
            "align": "center",
            "valign": "vcenter",
        }
        self.head = book.add_format(head)
        self.text = book.add_format({"border": 1, "num_format": "@", "text_wrap": True, "valign": "top"})
        self.cells = {
            kind: book.add_format({"border": 1, "num_format": code, "valign": "top"}) for kind, code in FORMATS.items()
        }

    def of(self, kind: Kind) -> object:
        return self.cells.get(kind, self.text)


class _Lists:
    """The words of drop-downs, on a hidden sheet: a list in the cell itself may not be longer than 255 letters."""

    def __init__(self, book: Workbook, looks: _Looks) -> None:
        self.sheet = book.add_worksheet(str(Text("choices", "选项")))
        self.looks = looks
        self.held: dict[tuple[str, ...], str] = {}

    def where(self, words: tuple[str, ...]) -> str:
        if words not in self.held:
            column = len(self.held)
            for row, word in enumerate(words):
                self.sheet.write_string(row, column, word, self.looks.text)
            letter = chr(ord("A") + column)
            self.held[words] = f"='{self.sheet.get_name()}'!${letter}$1:${letter}${len(words)}"
        return self.held[words]

    def hide(self) -> None:
        self.sheet.hide()


def _contents(book: Workbook, looks: _Looks, annexes: Sequence[Annex], plan: Plan) -> None:
    sheet = book.add_worksheet(str(Text("contents", "目录")))
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 6)
    sheet.set_column(1, 1, 30)
    sheet.set_column(2, 2, 10)
    sheet.set_column(3, 3, 70)
    sheet.write_string(0, 0, _title(plan), looks.title)
    lost = lost_sentence(plan)
    sheet.write_string(1, 0, lost.text, looks.alarm if lost.any else looks.calm)
    told = Text(
        f"{plan.study.year} · plan: {plan_name(plan)[:200]}", f"{plan.study.year} 年 · 方案：{plan_name(plan)[:200]}"
    )
    sheet.write_string(2, 0, str(told), looks.calm)
    if plan.study.simulated:
        made_up = Text(
            "Simulated data: places, schools and people are made up.", "模拟数据：地名、学校、人口均为虚构。"
        )
        sheet.write_string(3, 0, str(made_up), looks.alarm)
    heads = (
        Text("no.", "序号"),
        Text("annex", "附表"),
        Text("rows", "行数"),
        Text("source; why it has no rows", "数据来源；无数据的原因"),
    )
    for column, head in enumerate(heads):
        sheet.write_string(5, column, str(head), looks.head)
    for number, annex in enumerate(annexes, 1):
        sheet.write_number(5 + number, 0, number, looks.of("count"))
        sheet.write_string(5 + number, 1, str(annex.title), looks.text)
        sheet.write_number(5 + number, 2, len(annex.table), looks.of("count"))
        source = str(annex.missing) if annex.empty else str(annex.source)
        sheet.write_string(5 + number, 3, source, looks.text)
        lines = int(np.ceil(_letters(source, LONGEST_CELL) / 64))  # of 70 that stand beside each other
        if lines > 1:
            sheet.set_row(5 + number, LINE * lines)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.print_area(0, 0, 5 + len(annexes), 3)


def _write(sheet: Worksheet, looks: _Looks, lists: _Lists, annex: Annex, plan: Plan) -> None:
    last = max(len(annex.fields) - 1, 0)
    made_up = str(Text(" (simulated data)", "（模拟数据）")) if plan.study.simulated else ""
    sheet.write_string(0, 0, f"{annex.title}{made_up}", looks.title)
    lost = lost_sentence(plan)
    sheet.write_string(1, 0, lost.text, looks.alarm if lost.any else looks.calm)
    said = Text(f"Source: {annex.source.en}", f"来源：{annex.source.zh}")
    nothing = (
        Text(f". No rows: {annex.missing.en}.", f"。无数据：{annex.missing.zh}。") if annex.empty else Text("", "")
    )
    sheet.write_string(2, 0, f"{said}{nothing}", looks.note)
    end = HEADER_ROW + max(len(annex.table), 1)
    for column, (header, field) in enumerate(annex.fields.items()):
        sheet.write_string(HEADER_ROW, column, header, looks.head)
        sheet.set_column(column, column, _width(annex, header, field))
        _column(sheet, looks, annex, header, column)
        if field.choices:
            words = tuple(str(choice) for choice in field.choices)
            # A warning, no stop: several words may stand in one cell, and a county may have words of its own.
            wanted = {"validate": "list", "source": lists.where(words), "error_type": "information"}
            sheet.data_validation(HEADER_ROW + 1, column, end, column, wanted)
    tall = max(_heading_lines(header, _width(annex, header, field)) for header, field in annex.fields.items())
    sheet.set_row(HEADER_ROW, max(32.0, LINE * tall + 2))
    for row, lines in enumerate(_lines(annex), HEADER_ROW + 1):
        if lines > 1:
            sheet.set_row(row, min(LINE * lines, HIGHEST))
    sheet.freeze_panes(HEADER_ROW + 1, min(2, last))
    sheet.autofilter(HEADER_ROW, 0, end, last)
    sheet.repeat_rows(0, HEADER_ROW)
    sheet.print_area(0, 0, end, last)
    widths = sum(_width(annex, header, field) for header, field in annex.fields.items())
    sheet.set_paper(8 if widths > A4_LETTERS else 9)  # A3, A4: what is wider is printed smaller
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&P / &N")


def _column(sheet: Worksheet, looks: _Looks, annex: Annex, header: str, column: int) -> None:
    kind = annex.fields[header].kind
    look = looks.of(kind)
    for row, value in enumerate(annex.table[header], HEADER_ROW + 1):
        if isinstance(value, str):
            if value:
                sheet.write_string(row, column, value[:LONGEST_CELL], look)
            else:
                sheet.write_blank(row, column, None, look)
        elif value is None or not np.isfinite(value):
            sheet.write_blank(row, column, None, look)
        else:
            sheet.write_number(row, column, float(value), look)


def _lines(annex: Annex) -> list[int]:
    """Count the lines each row needs: not every program grows a row by itself to what stands in it."""
    most = np.ones(len(annex.table), dtype=int)
    for header, field in annex.fields.items():
        if field.kind in ("text", "code"):
            room = _width(annex, header, field) - 2
            letters = [_letters(str(text), LONGEST_CELL) for text in annex.table[header]]
            most = np.maximum(most, np.ceil(np.array(letters, dtype=float) / room).astype(int))
    return [int(lines) for lines in most]


def _heading_lines(header: str, width: float) -> int:
    """Count the lines of a heading, which is bold and broken between words, in a column so many letters wide."""
    room, lines, used = width / 1.1 - 1, 1, 0.0
    for word in header.split():
        wide = float(_letters(word))
        if used and used + 1 + wide > room:
            lines, used = lines + 1, 0.0
        used += wide + (1 if used else 0)
        if used > room:  # Chinese has no spaces: broken anywhere
            lines, used = lines + int(used // room), used % room
    return lines


def _width(annex: Annex, header: str, field: Field) -> float:
    """Give a width in letters: two for a Chinese one; xlsxwriter's own fitting gives them half of what they need."""
    if field.kind in ("text", "code"):
        longest = max((_letters(text) for text in annex.table[header].head(200)), default=0)
    else:
        longest = 10
    return min(WIDEST, max(NARROWEST, longest + 2, min(_letters(header), 14) + 2))


def _letters(text: str, most: int = 60) -> int:
    return sum(2 if ord(c) > 0x2E80 else 1 for c in text[:most])
