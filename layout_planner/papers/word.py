"""Blocks as a Word document: bureau's styles, Chinese fonts, A4, the same input the same bytes."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from layout_planner.base.errors import refuse
from layout_planner.base.messages import language
from layout_planner.papers.blocks import Block, Grid, Heading, PageEnd, Picture, Sentence, Sheet
from layout_planner.papers.fonts import letter, lettering
from layout_planner.papers.words import plain

if TYPE_CHECKING:
    from docx.document import Document as WordFile
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.section import Section

DATED = dt.datetime(2000, 1, 1)
"""Date in the file's properties: a paper bears the year of its study, and equal content shall be equal bytes."""
ZIP_DATE = (1980, 1, 1, 0, 0, 0)

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TWIPS = 567.0
"""Twentieths of a point in a centimetre, as Word counts widths."""
PAPERS = {"A4": (21.0, 29.7), "A3": (42.0, 29.7)}
"""Centimetres, wide and high."""
MARGIN = 2.2
BODY, HEAD = "宋体", "黑体"
LATIN = "Times New Roman"
LONGEST = 400
"""Letters of one cell or sentence a reader can use; a name longer than that is cut with “…”."""
WHOLE = 16
"""Lines of a table, headings among them, that stay together on a page."""
UNBROKEN = 14
"""Letters of a word that no column breaks; longer ones are codes or addresses."""
_WORD = re.compile(r"[A-Za-z0-9.,%+()-]+")
SIZES = (9.0, 8.0, 7.0, 6.5, 6.0, 5.5)
"""Points of a table's letters, the largest first; 5.5 is the smallest size (七号) Chinese offices print."""
HALF_LETTER = 0.0179
"""Centimetres a point of size: half a Chinese letter."""


class Document:
    """A Word document being written.

    Parameters
    ----------
    template
        A .docx whose styles, header and footer are taken; its text is not. None: our own plain styles.
    title
        For the file's properties.
    mark
        What stands at the head of every page, as a single sheet may be handed on: "" for nothing. A bureau's own file
        has its own head and foot.
    """

    def __init__(self, title: str, template: str | os.PathLike[str] | None = None, mark: str = "") -> None:
        from docx import Document as new

        self.own = template is None
        self.doc = new() if template is None else _open(template)
        if not self.own:
            _empty(self.doc)
        else:
            self._style()
        self.styles = {style.name for style in self.doc.styles}  # asked for every table: looking them up takes long
        self.turn = False
        self.width = self._page("A4", self.doc.sections[-1])
        if self.own:
            self._head_and_foot(mark)
        about = self.doc.core_properties
        about.title, about.author, about.comments, about.last_modified_by = plain(title)[:200], "layout-planner", "", ""
        about.created = about.modified = DATED
        about.last_printed = DATED
        about.revision = 1
        about.language = "zh-CN" if language() == "zh" else "en"

    def add(self, blocks: Iterable[Block]) -> None:
        """Write blocks under one another."""
        held = list(blocks)
        for block, following in zip(held, [*held[1:], None], strict=True):
            if self.turn and not isinstance(block, Heading | Sheet):
                self.doc.add_page_break()
                self.turn = False
            match block:
                case Heading():
                    self._heading(block)
                case Sentence():
                    self._sentence(block, with_next=isinstance(following, Grid) and block.tone != "source")
                case Grid():
                    self._grid(block)
                case Picture():
                    self._picture(block)
                case PageEnd():
                    self.turn = True  # the next heading begins a page: a break of its own would leave a blank line
                case Sheet():
                    from docx.enum.section import WD_SECTION

                    self.turn = False
                    self.width = self._page(block.paper, self.doc.add_section(WD_SECTION.NEW_PAGE))

    def save(self, path: Path) -> None:
        """Write the file; what a clock would put into it is fixed."""
        held = io.BytesIO()
        self.doc.save(held)
        with zipfile.ZipFile(held) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as fixed:
            for name in made.namelist():
                told = zipfile.ZipInfo(name, ZIP_DATE)
                told.compress_type = zipfile.ZIP_DEFLATED
                told.external_attr = 0o600 << 16
                fixed.writestr(told, made.read(name))

    def _page(self, paper: str, section: Section) -> float:
        """Set the size of a section's pages; give the width between the margins, in centimetres."""
        from docx.enum.section import WD_ORIENT
        from docx.shared import Cm

        wide, high = PAPERS[paper]
        section.orientation = WD_ORIENT.LANDSCAPE if wide > high else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Cm(wide), Cm(high)
        if self.own:
            section.left_margin = section.right_margin = Cm(MARGIN)
            section.top_margin = section.bottom_margin = Cm(MARGIN if paper == "A4" else 1.2)
        left, right = section.left_margin, section.right_margin
        return wide - float((left.cm if left is not None else MARGIN) + (right.cm if right is not None else MARGIN))

    def _style(self) -> None:
        from docx.shared import Pt, RGBColor

        sizes = {
            "Normal": (10.5, BODY),
            "Title": (20, HEAD),
            "Heading 1": (16, HEAD),
            "Heading 2": (13, HEAD),
            "Heading 3": (11.5, HEAD),
        }
        for name, (size, chinese) in sizes.items():
            style = self.doc.styles[name]
            style.font.size = Pt(size)
            style.font.color.rgb = RGBColor(0, 0, 0)
            _fonts(style.element.get_or_add_rPr(), chinese)
        caption = self.doc.styles["Caption"]
        caption.font.size, caption.font.bold, caption.font.color.rgb = Pt(9), False, RGBColor(0x44, 0x44, 0x44)
        _fonts(caption.element.get_or_add_rPr(), HEAD)
        for line in self.doc.styles["Title"].element.xpath("w:pPr/w:pBdr"):
            line.getparent().remove(line)
        normal = self.doc.styles["Normal"].paragraph_format
        normal.space_after, normal.line_spacing = Pt(4), 1.25

    def _named(self, *names: str) -> str | None:
        """Give the first of some styles the document has: a bureau's file may lack ours, or name them in Chinese."""
        return next((name for name in names if name in self.styles), None)

    def _heading(self, block: Heading) -> None:
        wanted = (
            self._named(f"Heading {block.level}", f"heading {block.level}", f"标题 {block.level}")
            if block.level
            else self._named("Title", "标题")
        )
        paragraph = self.doc.add_paragraph(_cut(block.text), style=wanted)
        paragraph.paragraph_format.keep_with_next = True
        if self.turn:
            paragraph.paragraph_format.page_break_before = True
            self.turn = False
        if wanted is None:
            for run in paragraph.runs:
                run.bold = True

    def _head_and_foot(self, mark: str) -> None:
        """Put the mark at the head of every page, and its number at the foot."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Pt, RGBColor

        section = self.doc.sections[0]  # the sections that follow take them over
        if mark:
            head = section.header.paragraphs[0]
            head.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            run = head.add_run(plain(mark))
            run.font.size, run.font.color.rgb = Pt(9), RGBColor(0xB3, 0x26, 0x1E)
        foot = section.footer.paragraphs[0]
        foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
        number = OxmlElement("w:fldSimple")
        number.set(qn("w:instr"), "PAGE")
        run = foot.add_run("1")
        run.font.size = Pt(9)
        number.append(run._r)
        foot._p.append(number)

    def _sentence(self, block: Sentence, with_next: bool = False) -> None:
        from docx.shared import Pt, RGBColor

        paragraph = self.doc.add_paragraph()
        if with_next:
            paragraph.paragraph_format.keep_with_next = True
        run = paragraph.add_run(_cut(block.text, 4 * LONGEST))
        if block.tone == "alarm":
            run.bold, run.font.color.rgb, run.font.size = True, RGBColor(0xB3, 0x26, 0x1E), Pt(14)
        elif block.tone == "calm":
            run.bold = True
        elif block.tone == "lead":
            run.font.size = Pt(13)
        elif block.tone == "source":
            paragraph.paragraph_format.space_before = Pt(3)
            run.font.size, run.font.color.rgb = Pt(8), RGBColor(0x66, 0x66, 0x66)

    def _grid(self, block: Grid) -> None:
        from docx.shared import Cm, Pt

        # Document.add_table looks through all written so far for the width of the page: quadratic in the villages.
        table = self.doc._body.add_table(0, len(block.headers), Cm(self.width))
        table.style = self._named("Table Grid", "网格型") or table.style
        table.autofit = False
        points, fitting = fit_columns(block, self.width)
        widths = block.widths or fitting
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
        size = round(2 * points)  # Word counts letters in half points
        lines = [block.headers, *block.rows]
        right = set(block.numbers)
        places = ["right" if at in right else "" for at in range(len(widths))]
        for number, texts in enumerate(lines):
            # A short table is not torn apart, and the source does not stand alone on the next page.
            kept = bool(block.source) if number == len(lines) - 1 else len(lines) <= WHOLE
            row = _sub(table._tbl, "tr")
            look = _sub(row, "trPr")
            _sub(look, "cantSplit")
            if not number:  # repeated on every page
                _sub(look, "tblHeader")
            for text, width, place in zip(texts, widths, places, strict=True):
                _cell(row, _cut(text), width, size, place if number else "center", head=not number, kept=kept)
        if block.source:
            self._sentence(Sentence(block.source, "source"))
        else:
            self.doc.add_paragraph().paragraph_format.space_after = Pt(2)

    def _picture(self, block: Picture) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Cm
        from matplotlib.figure import Figure

        wide, high = block.size
        scale = min(1.0, self.width / wide)
        with lettering():
            figure = Figure(figsize=(wide / 2.54, high / 2.54), layout="constrained")
            block.draw(figure.subplots())
            letter(figure)
            held = io.BytesIO()
            figure.savefig(held, format="png", dpi=block.dpi, metadata={"Software": None})
        held.seek(0)
        paragraph = self.doc.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.add_run().add_picture(held, width=Cm(wide * scale))
        paragraph.paragraph_format.keep_with_next = bool(block.caption)
        if block.caption:
            below = self.doc.add_paragraph(_cut(block.caption), style=self._named("Caption", "caption", "题注"))
            below.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _sub(parent: BaseOxmlElement, tag: str, attributes: dict[str, str] | None = None) -> BaseOxmlElement:
    """Put an element of Word's below another."""
    child = parent.makeelement(f"{W}{tag}", attributes or {})
    parent.append(child)
    return child


def _cell(row: BaseOxmlElement, text: str, width: float, size: int, place: str, *, head: bool, kept: bool) -> None:
    """Write a cell of a table as XML: python-docx's own objects take ten times as long, and villages are many."""
    cell = _sub(row, "tc")
    look = _sub(cell, "tcPr")
    _sub(look, "tcW", {f"{W}type": "dxa", f"{W}w": str(round(width * TWIPS))})
    if head:
        _sub(look, "shd", {f"{W}val": "clear", f"{W}color": "auto", f"{W}fill": "E3EEF8"})
    paragraph = _sub(cell, "p")
    look = _sub(paragraph, "pPr")
    if kept:
        _sub(look, "keepNext")
    around, line = str(size * 10 // 8), str(size * 10 * 5 // 4)
    spacing = {f"{W}before": around, f"{W}after": around, f"{W}line": line}
    _sub(look, "spacing", spacing)
    if place:
        _sub(look, "jc", {f"{W}val": place})
    run = _sub(paragraph, "r")
    look = _sub(run, "rPr")
    if head:
        _sub(look, "b")
    _sub(look, "sz", {f"{W}val": str(size)})
    held = _sub(run, "t", {"{http://www.w3.org/XML/1998/namespace}space": "preserve"})
    held.text = text


def _open(template: str | os.PathLike[str]) -> WordFile:
    from docx import Document as opened
    from docx.opc.exceptions import OpcError

    try:
        return opened(os.fspath(template))
    except (OSError, ValueError, KeyError, OpcError, zipfile.BadZipFile) as error:
        raise refuse(
            f"{template} is no Word file (.docx) that can be read ({error})",
            f"{template} 不是可读取的 Word 文件（.docx）：{error}",
            "save it in Word as .docx", "请在 Word 中另存为 .docx",
        ) from error  # fmt: skip


def _empty(doc: WordFile) -> None:
    """Take the text out of a style file; the last section's settings, header and footer stay."""
    body = doc.element.body
    for element in list(body):
        if not element.tag.endswith("}sectPr"):
            body.remove(element)


def _fonts(look: BaseOxmlElement, chinese: str) -> None:
    from docx.oxml.ns import qn

    fonts = look.get_or_add_rFonts()
    for key in list(fonts.attrib):
        if "heme" in key:  # a theme font goes before a named one
            del fonts.attrib[key]
    for key, name in (("w:ascii", LATIN), ("w:hAnsi", LATIN), ("w:eastAsia", chinese), ("w:cs", LATIN)):
        fonts.set(qn(key), name)


def _cut(text: object, limit: int = LONGEST) -> str:
    whole = plain(text)
    return whole if len(whole) <= limit else whole[: limit - 1] + "…"


def column_widths(block: Grid, total: float) -> list[float]:
    """Share the width out, in centimetres, by what stands in the columns; numbers and short words are never broken."""
    return fit_columns(block, total)[1]


def fit_columns(block: Grid, total: float) -> tuple[float, list[float]]:
    """Choose the size of a table's letters, in points, and the widths of its columns, in centimetres.

    The more columns, the smaller the letters; and smaller still where words or numbers would be broken.
    """
    most = 9.0 if len(block.headers) <= 8 else 8.0 if len(block.headers) <= 9 else 7.0
    for points in (size for size in SIZES if size <= most):
        need, least = _wanted(block, points)
        if sum(least) <= total:
            break
    return points, _shared(block, need, least, total)


def _wanted(block: Grid, points: float) -> tuple[list[float], list[float]]:
    """Give the widths columns would like to have, and those below which words are broken."""
    small = points * HALF_LETTER
    digit = 1.25 * small  # in whatever font replaces ours where it is missing: leave room for a wide one
    numbers = set(block.numbers)
    need, least = [], []
    for at, header in enumerate(block.headers):
        held = max((_letters(row[at], 200) for row in block.rows[:300]), default=0)
        wanted = max(held, min(_letters(header, 40), 10 if held < 10 else 16))
        # Headings are bold.
        longest = max(_longest_word([header]) * 1.15, _longest_word(row[at] for row in block.rows[:300]))
        word = longest * 1.25 * small + 0.4
        need.append(max(min(wanted, 120) * (small if at not in numbers else digit) + 0.5, word))
        # The words of a heading may stand under each other; a number may not.
        low = held * digit + 0.5 if at in numbers else need[-1] if wanted <= 8 else min(need[-1], 12 * small + 0.5)
        least.append(max(word, low))
    return need, least


def _shared(block: Grid, need: list[float], least: list[float], total: float) -> list[float]:
    """Share the width out between what columns would like and what they must have; spare width goes to words."""
    numbers = set(block.numbers)
    if sum(need) <= total:
        roomy = [n if at not in numbers else 0.0 for at, n in enumerate(need)]
        spare = total - sum(need)
        return [
            n + spare * r / sum(roomy) if sum(roomy) else n + spare / len(need)
            for n, r in zip(need, roomy, strict=True)
        ]
    if sum(least) >= total:
        return [total * each / sum(least) for each in least]
    scale = (total - sum(least)) / (sum(need) - sum(least))
    return [low + (high - low) * scale for low, high in zip(least, need, strict=True)]


def _longest_word(texts: Iterable[object]) -> int:
    """Count the letters of the longest word that may not be broken; Chinese may, and so may what no line could hold."""
    words = (len(word) for text in texts for word in _WORD.findall(str(text)[:200]))
    return max((length for length in words if length <= UNBROKEN), default=0)


def _letters(text: object, most: int) -> int:
    return sum(2 if ord(c) > 0x2E80 else 1 for c in str(text)[:most])
