"""Reading one table of any format as it stands: headers and cells of the file, original row numbers, no judgement.

What a file is, its content tells, not its name. Every path is held inside the study's folder; sizes and decompression
are limited; nothing is executed or written.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath, PureWindowsPath

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.errors import DataError, Fault, did_you_mean
from layout_planner.base.messages import Text
from layout_planner.formats.archives import unpacked
from layout_planner.formats.books import (
    Book,
    Page,
    open_xls,
    open_xlsb,
    open_xlsx,
    tell_formulas,
    tell_hidden,
)
from layout_planner.formats.decoding import decode
from layout_planner.formats.feeds import is_feed, stops_of
from layout_planner.formats.grids import read_grid
from layout_planner.formats.heads import HEADER_WITHIN, count_headers, find_header
from layout_planner.formats.layers import FOLDERS, LAYER_SUFFIXES, read_layer
from layout_planner.formats.limits import (
    MAX_CELLS,
    MAX_FILE_BYTES,
    MAX_UNPACKED_BYTES,
    damaged,
    no_rows,
    too_large,
)
from layout_planner.formats.opendocument import open_ods, open_xml_2003
from layout_planner.formats.points import find_points
from layout_planner.formats.texts import read_text
from layout_planner.formats.webtables import open_html
from layout_planner.study.units import Unit

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
BOOK_SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".html", ".htm")
ARCHIVE_SUFFIXES = (".zip", ".kmz")

_Mask = npt.NDArray[np.bool_]
_OLD_EXCEL = (b"\xd0\xcf\x11\xe0", b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08")
_FORM_OF = {".xlsx": "xlsx", ".xlsm": "xlsx", ".xlsb": "xlsb", ".xls": "xls", ".ods": "ods", ".html": "html",
            ".htm": "html", ".csv": "text", ".tsv": "text", ".txt": "text"}  # fmt: skip
_HTML = re.compile(
    rb"(<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(!doctype html|html|head|meta|table|style|body|div|center)\b", re.DOTALL
)
_FORMS = {
    "xlsx": Text("an Excel workbook", "Excel 工作簿"),
    "xlsb": Text("a binary Excel workbook", "Excel 二进制工作簿"),
    "xls": Text("an Excel 97 workbook", "Excel 97 工作簿"),
    "ods": Text("an OpenDocument workbook", "OpenDocument 工作簿"),
    "html": Text("a web page", "网页表格"),
    "xml": Text("an Excel 2003 XML workbook", "Excel 2003 XML 工作簿"),
    "text": Text("plain text", "纯文本"),
}


@dataclass(frozen=True, eq=False)
class RawTable:
    """One table as it stands in its file.

    Parameters
    ----------
    file
        As the study file names it.
    frame
        Columns by the file's headers; text where the format knows only text.
    rows
        The spreadsheet row of each record: the header is row 1. Records of a layer count likewise.
    geometry
        The shapes of a layer, else None.
    crs
        The layer's own CRS, else None.
    told
        Warnings: what was recognised on the way (title rows, totals, the sheet, the encoding).
    separator
        What stands between the cells of a text table, else empty.
    spread
        Header → the records whose value stands in a merged cell that begins above them.
    files
        The file of each record, where they come from several.
    laid
        A column that was laid out of several (a column a year), and the header each record's cell stands under.
    units
        Those the titles above the table name.
    unit_of
        Header → the unit of each record, where they come from several files that do not agree.
    """

    file: str
    frame: pd.DataFrame
    rows: npt.NDArray[np.int64]
    geometry: gpd.GeoSeries | None = None
    crs: object = None
    told: tuple[Fault, ...] = ()
    separator: str = ""
    spread: Mapping[str, _Mask] = field(default_factory=dict)
    files: npt.NDArray[np.object_] | None = None
    laid: tuple[str, npt.NDArray[np.object_]] | None = None
    units: tuple[Unit, ...] = ()
    unit_of: Mapping[str, npt.NDArray[np.object_]] = field(default_factory=dict)

    def select(self, mask: _Mask) -> RawTable:
        """Keep the rows of a mask; row numbers stay the file's."""
        return self.take(np.flatnonzero(mask))

    def take(self, at: npt.NDArray[np.int64]) -> RawTable:
        """Give the rows at these positions, a row as often as it is named."""
        return replace(
            self,
            frame=self.frame.iloc[at].reset_index(drop=True),
            rows=self.rows[at],
            geometry=None if self.geometry is None else self.geometry.iloc[at].reset_index(drop=True),
            spread={column: rows[at] for column, rows in self.spread.items()},
            files=None if self.files is None else self.files[at],
            laid=None if self.laid is None else (self.laid[0], self.laid[1][at]),
            unit_of={column: units[at] for column, units in self.unit_of.items()},
        )

    def file_of(self, position: int) -> str:
        """Give the file a record stands in."""
        return self.file if self.files is None else str(self.files[position])


@dataclass(frozen=True)
class Asked:
    """What a reader is asked for; see `read_table`."""

    folder: Path
    path: Path
    name: str
    layer: str | None
    sheet: str | None
    encoding: str | None
    wanted: Collection[str]


def resolve_inside(folder: Path, name: str) -> Path:
    """Find a file of the study; nothing outside its folder is ever opened.

    Raises
    ------
    DataError
        The path leads outside, by "..", an absolute path or a link, or there is no such file.
    """
    outside = Text("the path leads out of the study folder.", "路径超出研究文件夹。")
    copy = Text("copy the file into the study folder.", "请把文件复制到研究文件夹内。")
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or PureWindowsPath(name).drive or ".." in parts.parts or "\0" in name:
        raise DataError([Fault(name, outside, copy)])
    path = folder / parts
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        inside = False
    if not inside:
        raise DataError([Fault(name, outside, copy)])
    if not path.is_file() and not (path.suffix.lower() == ".gdb" and path.is_dir()):
        present = sorted(p.name for p in folder.iterdir() if p.is_file()) if folder.is_dir() else []
        hint = did_you_mean(name, present)
        raise DataError(
            [
                Fault(
                    name,
                    Text(f"there is no such file{hint.en}.", f"没有这个文件{hint.zh}。"),
                    Text(
                        "correct file = … in the study file, or add the file.",
                        "请更正研究文件中的 file = …，或补上该文件。",
                    ),
                )
            ]
        )
    if _size(path) > MAX_FILE_BYTES:
        raise DataError([too_large(name)])
    return path


def read_table(
    folder: Path,
    name: str,
    layer: str | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    wanted: Collection[str] = (),
) -> RawTable:
    """Read a table.

    Parameters
    ----------
    folder
        The study's folder.
    name
        The file, relative to the folder (`FORMATS`).
    layer, sheet
        Which one, where a file holds several; of an archive, `layer` may name the file inside. Where not said: the
        first that is not hidden and has headers we know; the others are told.
    encoding
        Of a text file or a shapefile's attributes; where not said it is recognised by what the text would be.
    wanted
        Headers the study file names: they help to find the header row.

    Raises
    ------
    DataError
        The file is missing, outside the folder, damaged, or of an unknown format.
    """
    path = resolve_inside(folder, name)
    read = FORMATS.get(path.suffix.lower())
    if read is None:
        message = Text(f'the format "{path.suffix.lower()}" is not read.', f"不支持“{path.suffix.lower()}”格式。")
        mend = Text(f"save it as one of {', '.join(FORMATS)}.", f"请另存为以下格式之一：{'、'.join(FORMATS)}。")
        raise DataError([Fault(name, message, mend)])
    raw = read(Asked(folder, path, name, layer, sheet, encoding, wanted))
    found = find_points(raw.file, raw.frame, raw.rows) if raw.geometry is None else None
    if found is None:
        return raw
    told = (*raw.told, found.told)
    return replace(raw, frame=found.frame, geometry=found.geometry, crs=found.crs, told=told)


def _read_layer(asked: Asked) -> RawTable:
    _hold_companions(asked.folder, asked.path)
    frame, told = read_layer(asked.path, asked.name, asked.layer, asked.encoding, asked.wanted)
    return from_frame(asked.name, frame, told)


def _read_sheet(asked: Asked) -> RawTable:
    """Read a text or a workbook, whichever its content says it is."""
    path, name = asked.path, asked.name
    suffix, form = path.suffix.lower(), _form(path, name)
    told = [] if form == _FORM_OF[suffix] else [_told_form(name, suffix, form)]
    if form == "text":
        return _read_text(path, name, asked.encoding, asked.wanted, told)
    book, more = open_html(path, name, asked.encoding) if form == "html" else (_OPENERS[form](path, name), [])
    return _read_book(name, book, asked.sheet, asked.wanted, [*told, *more])


def _hold_companions(folder: Path, path: Path) -> None:
    """Refuse a layer of several files of which one is a link out of the folder: GDAL would follow it."""
    near = path.iterdir() if path.is_dir() else path.parent.glob(f"{path.stem}.*")
    for companion in near:
        if companion.is_file():
            resolve_inside(folder, companion.relative_to(folder).as_posix())


def _size(path: Path) -> int:
    return sum(p.stat().st_size for p in path.iterdir()) if path.is_dir() else path.stat().st_size


def _form(path: Path, name: str) -> str:
    """Tell what a table's file is by its first bytes: web systems name anything .xls."""
    with open(path, "rb") as stream:
        head = stream.read(4096)
    if head.startswith(b"PK"):
        try:
            with zipfile.ZipFile(path) as archive:
                names = set(archive.namelist())
        except (zipfile.BadZipFile, OSError) as error:
            raise DataError([damaged(name, str(error))]) from error
        return "ods" if "content.xml" in names else "xlsb" if "xl/workbook.bin" in names else "xlsx"
    if head.startswith(_OLD_EXCEL):
        if _is_locked(path):
            message = Text("the workbook is locked with a password.", "工作簿有密码保护。")
            mend = Text("open it and save it without a password.", "请打开后取消密码再保存。")
            raise DataError([Fault(name, message, mend)])
        return "xls"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<?xml") and b"urn:schemas-microsoft-com:office:spreadsheet" in start:
        return "xml"
    if _HTML.match(start):
        return "html"
    suffix = path.suffix.lower()
    if suffix not in TEXT_SUFFIXES and not (suffix == ".xls" and re.search(rb"[\t,;]", head)):
        raise DataError([damaged(name, f"not a {suffix} file")])
    return "text"


def _is_locked(path: Path) -> bool:
    with open(path, "rb") as stream:
        return "EncryptedPackage".encode("utf-16-le") in stream.read(1 << 20)


def _told_form(name: str, suffix: str, form: str) -> Fault:
    what = _FORMS[form]
    return Fault(
        name,
        Text(
            f"is named {suffix} but is {what.en}; it was read as that.",
            f"扩展名为 {suffix}，实为{what.zh}，已按后者读取。",
        ),
        Text("nothing to do if the table reads well.", "如读取无误，无须处理。"),
    )


_OPENERS = {"xlsx": open_xlsx, "xlsb": open_xlsb, "xls": open_xls, "ods": open_ods, "xml": open_xml_2003}


def _read_text(path: Path, name: str, encoding: str | None, wanted: Collection[str], told: Sequence[Fault]) -> RawTable:
    text, more = decode(path.read_bytes(), name, encoding)
    grid = read_text(text, name, wanted)
    body = read_grid(name, grid.cells, 0, grid.above, grid.titles)
    every = (*told, *more, *body.told)
    return RawTable(name, body.frame, body.rows, told=every, separator=grid.separator, units=body.units)


def _read_book(name: str, book: Book, sheet: str | None, wanted: Collection[str], told: Sequence[Fault]) -> RawTable:
    try:
        told = list(told)
        if sheet is None and len(book.sheets) > 1:
            chosen = _choose_sheet(book, wanted)
            told.append(_told_sheet(name, chosen, book))
        else:
            chosen = _choose(name, sheet, book.sheets)
        page = book.read(chosen, None)
    except DataError:
        raise
    except Exception as error:  # a damaged part may show only while its rows are read
        raise DataError([damaged(name, str(error))]) from error
    finally:
        book.close()
    header = find_header(page.rows[:HEADER_WITHIN], wanted, page.merges)
    body = read_grid(name, _grid(page, name), header, merges=page.merges)
    used = {int(row) for row in body.rows}
    told += [*body.told, *tell_formulas(name, page, used), *tell_hidden(name, page, used)]
    return RawTable(name, body.frame, body.rows, told=tuple(told), spread=body.spread, units=body.units)


def _choose_sheet(book: Book, wanted: Collection[str]) -> str:
    """Choose the first sheet in sight with two headers we know: a cover sheet has none; else the first in sight."""
    seen = [sheet for sheet in book.sheets if sheet not in book.hidden] or book.sheets
    for sheet in seen:
        if any(count_headers(row, wanted) >= 2 for row in book.read(sheet, HEADER_WITHIN).rows):
            return sheet
    return seen[0]


def _told_sheet(name: str, chosen: str, book: Book) -> Fault:
    others = [(s, s in book.hidden) for s in book.sheets if s != chosen]
    en = ", ".join(f'"{s}"{" (hidden)" if hidden else ""}' for s, hidden in others)
    zh = "".join(f"“{s}”{'（隐藏）' if hidden else ''}" for s, hidden in others)
    return Fault(
        name,
        Text(f'the sheet "{chosen}" was read, not {en}.', f"读取的是工作表“{chosen}”，未读取{zh}。"),
        Text(
            'if another is meant, say sheet = "…" in the study file; sheet = ["…", "…"] reads several.',
            '如应读其他表，请注明 sheet = "…"；sheet = ["…", "…"] 可同时读取多张。',
        ),
        column="sheet",
        value=chosen,
    )


def _grid(page: Page, name: str) -> pd.DataFrame:
    width = max((len(row) for row in page.rows), default=0)
    if width * len(page.rows) > MAX_CELLS:
        raise DataError([too_large(name)])
    return pd.DataFrame([row + [None] * (width - len(row)) for row in page.rows], dtype="str")


def _read_archive(asked: Asked) -> RawTable:
    """Read the one table an archive holds, or the one that `layer` names."""
    name, layer, wanted = asked.name, asked.layer, asked.wanted
    with unpacked(asked.path, name) as root:
        found = {p.relative_to(root).as_posix(): p for p in sorted(root.rglob("*")) if _is_table(p, root)}
        if not found:
            told = Text("the archive holds no table.", "压缩包内没有可读的数据表。")
            may = [suffix for suffix in FORMATS if suffix not in ARCHIVE_SUFFIXES]
            mend = Text(f"it may hold {', '.join(may)}.", f"可含以下格式：{'、'.join(may)}。")
            raise DataError([Fault(name, told, mend)])
        named = [one for one, p in found.items() if layer in (one, p.name, p.stem)]
        if not named and is_feed(found):
            return from_frame(name, stops_of(found, name))
        chosen = named[0] if named else _choose_member(root, found, wanted)
        try:
            raw = read_table(root, chosen, None if named else layer, asked.sheet, asked.encoding, wanted)
        except DataError as error:
            raise DataError([replace(f, file=f"{name}/{f.file}") for f in error.faults]) from error
    inside = f"{name}/{chosen}"
    told_all = [replace(f, file=inside) for f in raw.told]
    if len(found) > 1 and not named:
        told_all.append(_told_member(name, chosen, [one for one in found if one != chosen]))
    return replace(raw, file=name, told=tuple(told_all))


def _is_table(path: Path, root: Path) -> bool:
    if any(parent.suffix.lower() in FOLDERS for parent in path.relative_to(root).parents):
        return False
    suffix = path.suffix.lower()
    return suffix in FOLDERS if path.is_dir() else suffix in FORMATS and suffix not in ARCHIVE_SUFFIXES


def _choose_member(root: Path, found: Mapping[str, Path], wanted: Collection[str]) -> str:
    """Choose the first table of an archive with two headers we know; else the first."""
    if len(found) > 1:
        for one in found:
            try:
                heads = [str(c) for c in read_table(root, one, wanted=wanted).frame.columns]
            except DataError:
                continue
            if count_headers(heads, wanted) >= 2:
                return one
    return next(iter(found))


def _told_member(name: str, chosen: str, others: Sequence[str]) -> Fault:
    return Fault(
        name,
        Text(f'"{chosen}" was read, not {", ".join(others)}.', f"读取的是“{chosen}”，未读取{'、'.join(others)}。"),
        Text('if another is meant, say layer = "…" in the study file.', '如应读其他文件，请注明 layer = "…"。'),
        column="layer",
        value=chosen,
    )


def _read_parquet(asked: Asked) -> RawTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path, name = asked.path, asked.name
    try:
        meta = pq.read_metadata(path)
        if sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups)) > MAX_UNPACKED_BYTES:
            raise DataError([too_large(name)])
        schema = meta.schema.to_arrow_schema()
        frame = gpd.read_parquet(path) if b"geo" in (schema.metadata or {}) else pd.read_parquet(path)
    except (pa.ArrowException, ValueError, TypeError, KeyError, OSError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError([damaged(name, str(error))]) from error
    if frame.index.names != [None]:
        frame = frame.reset_index()
    return from_frame(name, frame)


def from_frame(name: str, frame: pd.DataFrame, told: Sequence[Fault] = ()) -> RawTable:
    """Make a table of a frame that a library has read: its records count from row 2, as in a spreadsheet."""
    if not len(frame):
        raise DataError([no_rows(name)])
    frame = frame.reset_index(drop=True)
    rows = np.arange(2, len(frame) + 2, dtype=np.int64)
    frame.columns = [str(column) for column in frame.columns]
    if not isinstance(frame, gpd.GeoDataFrame):
        return RawTable(name, frame, rows, told=tuple(told))
    geometry = gpd.GeoSeries(frame.geometry, name="geometry")
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    bare = geometry.set_crs(None, allow_override=True)
    return RawTable(name, plain, rows, bare, frame.crs, told=tuple(told))


def _choose(name: str, wanted: str | None, present: list[str]) -> str:
    if wanted is None and present:
        return present[0]
    if wanted in present:
        return str(wanted)
    hint = did_you_mean(wanted or "", present)
    if wanted is None:
        raise DataError([damaged(name, "a workbook without sheets")])
    message = Text(f'there is no sheet "{wanted}"{hint.en}.', f"没有工作表“{wanted}”{hint.zh}。")
    mend = Text(f"it has: {', '.join(present) or 'none'}.", f"现有：{'、'.join(present) or '无'}。")
    raise DataError([Fault(name, message, mend, column="sheet", value=wanted)])


FORMATS: dict[str, Callable[[Asked], RawTable]] = {
    **dict.fromkeys((*TEXT_SUFFIXES, *BOOK_SUFFIXES), _read_sheet),
    ".parquet": _read_parquet,
    **dict.fromkeys(LAYER_SUFFIXES, _read_layer),
    **dict.fromkeys(ARCHIVE_SUFFIXES, _read_archive),
}
"""Suffix → what reads such a file. A new format is a reader and its line here; `init`, archives and messages follow."""
