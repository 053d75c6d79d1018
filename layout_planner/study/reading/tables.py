"""Reading one table of any format as it stands: headers and cells of the file, original row numbers, no judgement.

Every path is held inside the study's folder; sizes and decompression are limited; nothing is executed or written.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.errors import DataError, Fault, did_you_mean
from layout_planner.base.messages import Text
from layout_planner.study.reading.decoding import decode
from layout_planner.study.reading.grids import HEADER_WITHIN, count_headers, find_header, no_rows, read_grid

MAX_FILE_BYTES = 2_000_000_000
MAX_UNPACKED_BYTES = 1_000_000_000
MAX_COLUMNS = 2_000
MAX_HEAD_CHARACTERS = 100_000
TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
LAYER_SUFFIXES = (".gpkg", ".geojson", ".json", ".shp")
SUFFIXES = (*TEXT_SUFFIXES, ".xlsx", ".xlsm", ".xls", ".parquet", *LAYER_SUFFIXES)

_MAGIC = {".gpkg": b"SQLite format 3\0", ".shp": b"\x00\x00\x27\x0a", ".parquet": b"PAR1"}


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
    """

    file: str
    frame: pd.DataFrame
    rows: npt.NDArray[np.int64]
    geometry: gpd.GeoSeries | None = None
    crs: Any = None
    told: tuple[Fault, ...] = ()

    def select(self, mask: npt.NDArray[np.bool_]) -> RawTable:
        """Keep the rows of a mask; row numbers stay the file's."""
        geometry = None if self.geometry is None else self.geometry.loc[mask].reset_index(drop=True)
        frame = self.frame.loc[mask].reset_index(drop=True)
        return RawTable(self.file, frame, self.rows[mask], geometry, self.crs, self.told)


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
    if not path.is_file():
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
    if path.stat().st_size > MAX_FILE_BYTES:
        raise DataError([_too_large(name)])
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
        The file, relative to the folder; its ending tells the format (`SUFFIXES`).
    layer, sheet
        Which one, where a file holds several. Where not said: the first layer; the first sheet that is not hidden
        and has headers we know.
    encoding
        Of a text file or a shapefile's attributes; where not said, a text file's is recognised.
    wanted
        Headers the study file names: they help to find the header row.

    Raises
    ------
    DataError
        The file is missing, outside the folder, damaged, or of an unknown format.
    """
    path = resolve_inside(folder, name)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        message = Text(f'the format "{suffix}" is not read.', f"不支持“{suffix}”格式。")
        mend = Text(f"save it as one of {', '.join(SUFFIXES)}.", f"请另存为以下格式之一：{'、'.join(SUFFIXES)}。")
        raise DataError([Fault(name, message, mend)])
    if suffix in _MAGIC:
        with open(path, "rb") as stream:
            if stream.read(len(_MAGIC[suffix])) != _MAGIC[suffix]:
                raise DataError([_damaged(name, f"not a {suffix} file")])
    if suffix in TEXT_SUFFIXES:
        return _read_text(path, name, encoding, wanted)
    if suffix in (".xlsx", ".xlsm", ".xls"):
        book = _open_xls(path, name) if suffix == ".xls" else _open_xlsx(path, name)
        return _read_book(name, book, sheet, wanted)
    if suffix == ".parquet":
        return _read_parquet(path, name)
    if suffix == ".shp":
        for companion in path.parent.glob(f"{path.stem}.*"):
            resolve_inside(folder, companion.relative_to(folder).as_posix())  # GDAL would follow a link out
    return _read_layer(path, name, layer, encoding)


def _from_grid(name: str, grid: pd.DataFrame, wanted: Collection[str], told: Sequence[Fault] = ()) -> RawTable:
    body = read_grid(name, grid, find_header(_head_rows(grid), wanted))
    return RawTable(name, body.frame, body.rows, told=(*told, *body.told))


def _head_rows(grid: pd.DataFrame) -> list[list[str | None]]:
    return [[c if isinstance(c, str) else None for c in row] for row in grid.iloc[:HEADER_WITHIN].to_numpy()]


def _read_text(path: Path, name: str, encoding: str | None, wanted: Collection[str]) -> RawTable:
    text, told = decode(path.read_bytes(), name, encoding)
    if not text.strip():
        raise DataError([no_rows(name)])
    comma = _separator(text)
    start, above, titles = _skip_titles(text, comma, wanted)
    end = text.find("\n", start)
    if text.count(comma, start, end if end >= 0 else len(text)) > MAX_COLUMNS:
        raise DataError([_damaged(name, f"more than {MAX_COLUMNS} columns")])
    rest = text[start:]
    try:
        grid = pd.read_csv(
            io.StringIO(rest),
            header=None,
            sep=comma,
            dtype="str",
            keep_default_na=False,
            na_values=[""],
            skip_blank_lines=False,
            skipinitialspace=True,
        )
    except pd.errors.EmptyDataError:
        raise DataError([no_rows(name)]) from None
    except (pd.errors.ParserError, csv.Error) as error:
        raise DataError(_ragged(rest, name, comma, above) or [_damaged(name, str(error))]) from error
    body = read_grid(name, grid, 0, above, titles)
    return RawTable(name, body.frame, body.rows, told=(*told, *body.told))


def _separator(text: str) -> str:
    """Find what separates the cells, by the first line that has any separator: a title may have none."""
    for line in io.StringIO(text[:MAX_HEAD_CHARACTERS]):
        counts = {one: line.count(one) for one in (",", "\t", ";")}
        if any(counts.values()):
            return "\t" if counts["\t"] > counts[","] else ";" if counts[";"] > counts[","] else ","
    return ","


def _skip_titles(text: str, comma: str, wanted: Collection[str]) -> tuple[int, int, list[str]]:
    """Find where the header starts: offset in the text, rows above it, and what they say."""
    rows: list[list[str | None]] = []
    ends = []
    lines = io.StringIO(text[:MAX_HEAD_CHARACTERS])
    try:
        for cells in csv.reader(iter(lines.readline, ""), delimiter=comma, skipinitialspace=True):
            rows.append([*cells])
            ends.append(lines.tell())
            if len(rows) == HEADER_WITHIN:
                break
    except csv.Error:
        return 0, 0, []
    at = find_header(rows, wanted)
    titles = [cell.strip() for row in rows[:at] for cell in row if cell and cell.strip()]
    return (ends[at - 1], at, titles) if at else (0, 0, [])


def _ragged(text: str, name: str, comma: str, above: int) -> list[Fault]:
    """Find every row with more cells than headers: one separator too many, or a quote that is not closed."""
    faults = []
    width = 0
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=comma), start=above + 1):
            width = width or len(cells)
            if len(cells) > width:
                message = Text(
                    f"{len(cells)} cells under {width} headers.", f"{width} 个表头下有 {len(cells)} 个单元格。"
                )
                mend = Text("put text that holds a comma in quotes.", "含逗号的文字请加英文双引号。")
                faults.append(Fault(name, message, mend, row=number))
    except csv.Error:
        return faults
    return faults


@dataclass(frozen=True, eq=False)
class _Book:
    """A workbook of either kind: its sheets in order, the hidden ones, and how to read the rows of one."""

    sheets: list[str]
    hidden: list[str]
    rows: Callable[[str, int | None], list[list[str | None]]]
    close: Callable[[], None]


def _open_xlsx(path: Path, name: str) -> _Book:
    _check_zip(path, name, xml=True)
    from openpyxl import load_workbook  # costs start-up time

    try:
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        hidden = [page.title for page in book.worksheets if page.sheet_state != "visible"]
        sheets = [page.title for page in book.worksheets]  # chart sheets have no cells
    except Exception as error:  # openpyxl raises whatever a damaged part provokes
        raise DataError([_damaged(name, str(error))]) from error

    def rows(sheet: str, most: int | None) -> list[list[str | None]]:
        cells = book[sheet].iter_rows(values_only=True, max_row=most, max_col=MAX_COLUMNS)
        return [[_cell_text(v) for v in row] for row in cells]

    return _Book(sheets, hidden, rows, book.close)


def _open_xls(path: Path, name: str) -> _Book:
    import xlrd  # type: ignore[import-untyped]

    try:
        book = xlrd.open_workbook(path, on_demand=True)
        sheets = list(book.sheet_names())
        hidden = [s for s in sheets if book.sheet_by_name(s).visibility != 0]
    except Exception as error:  # xlrd, like openpyxl, raises whatever a damaged file provokes
        raise DataError([_damaged(name, str(error))]) from error

    def rows(sheet: str, most: int | None) -> list[list[str | None]]:
        page = book.sheet_by_name(sheet)
        count = page.nrows if most is None else min(most, page.nrows)
        return [[_cell_text(v) for v in page.row_values(i)] for i in range(count)]

    return _Book(sheets, hidden, rows, book.release_resources)


def _read_book(name: str, book: _Book, sheet: str | None, wanted: Collection[str]) -> RawTable:
    try:
        told: list[Fault] = []
        if sheet is None and len(book.sheets) > 1:
            chosen = _choose_sheet(book, wanted)
            told.append(_told_sheet(name, chosen, book))
        else:
            chosen = _choose(name, sheet, book.sheets, "sheet", "工作表")
        grid = _grid(book.rows(chosen, None))
    except DataError:
        raise
    except Exception as error:  # a damaged part may show only while its rows are read
        raise DataError([_damaged(name, str(error))]) from error
    finally:
        book.close()
    return _from_grid(name, grid, wanted, told)


def _choose_sheet(book: _Book, wanted: Collection[str]) -> str:
    """Choose the first sheet in sight with two headers we know: a cover sheet has none; else the first in sight."""
    seen = [sheet for sheet in book.sheets if sheet not in book.hidden] or book.sheets
    for sheet in seen:
        if any(count_headers(row, wanted) >= 2 for row in book.rows(sheet, HEADER_WITHIN)):
            return sheet
    return seen[0]


def _told_sheet(name: str, chosen: str, book: _Book) -> Fault:
    others = [(s, s in book.hidden) for s in book.sheets if s != chosen]
    en = ", ".join(f'"{s}"{" (hidden)" if hidden else ""}' for s, hidden in others)
    zh = "".join(f"“{s}”{'（隐藏）' if hidden else ''}" for s, hidden in others)
    return Fault(
        name,
        Text(f'the sheet "{chosen}" was read, not {en}.', f"读取的是工作表“{chosen}”，未读取{zh}。"),
        Text('if another is meant, say sheet = "…" in the study file.', "如应读其他表，请注明 sheet = “…”。"),
        column="sheet",
        value=chosen,
    )


def _grid(rows: list[list[str | None]]) -> pd.DataFrame:
    width = max((len(row) for row in rows), default=0)
    return pd.DataFrame([row + [None] * (width - len(row)) for row in rows], dtype="str")


def _cell_text(value: object) -> str | None:
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
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).removesuffix("T00:00:00")
    return str(value)


def _read_parquet(path: Path, name: str) -> RawTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        meta = pq.read_metadata(path)
        if sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups)) > MAX_UNPACKED_BYTES:
            raise DataError([_too_large(name)])
        schema = meta.schema.to_arrow_schema()
        frame = gpd.read_parquet(path) if b"geo" in (schema.metadata or {}) else pd.read_parquet(path)
    except (pa.ArrowException, ValueError, TypeError, KeyError, OSError) as error:
        raise DataError([_damaged(name, str(error))]) from error
    if frame.index.names != [None]:
        frame = frame.reset_index()
    return _from_frame(name, frame)


def _read_layer(path: Path, name: str, layer: str | None, encoding: str | None) -> RawTable:
    import pyogrio

    if path.suffix.lower() in (".geojson", ".json"):
        # GDAL goes by content: only what looks like JSON may reach it, so that no other driver is tempted.
        with open(path, "rb") as stream:
            if not stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
                raise DataError([_damaged(name, "not GeoJSON")])
    if path.suffix.lower() == ".shp":
        missing = [s for s in (".dbf", ".shx") if not path.with_suffix(s).is_file()]
        if missing:
            message = Text(f"its companion {missing[0]} is missing.", f"缺少同名的 {missing[0]} 文件。")
            mend = Text(
                "copy all files of the shapefile: .shp, .dbf, .shx, .prj, .cpg.", "请复制 shapefile 的全部文件。"
            )
            raise DataError([Fault(name, message, mend)])
        encoding = encoding or (None if path.with_suffix(".cpg").is_file() else "gb18030")
    try:
        names = [str(one[0]) for one in pyogrio.list_layers(path)]
        chosen = _choose(name, layer, names, "layer", "图层")
        frame = pyogrio.read_dataframe(path, layer=chosen, encoding=encoding)
    except DataError:
        raise
    except Exception as error:  # pyogrio raises several unrelated classes for damaged files
        raise DataError([_damaged(name, str(error))]) from error
    return _from_frame(name, frame)


def _from_frame(name: str, frame: pd.DataFrame) -> RawTable:
    if not len(frame):
        raise DataError([no_rows(name)])
    frame = frame.reset_index(drop=True)
    rows = np.arange(2, len(frame) + 2, dtype=np.int64)
    frame.columns = [str(column) for column in frame.columns]
    if not isinstance(frame, gpd.GeoDataFrame):
        return RawTable(name, frame, rows)
    geometry = gpd.GeoSeries(frame.geometry, name="geometry")
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    return RawTable(name, plain, rows, geometry.set_crs(None, allow_override=True), frame.crs)


def _choose(name: str, wanted: str | None, present: list[str], en: str, zh: str) -> str:
    if wanted is None and present:
        return present[0]
    if wanted in present:
        return str(wanted)
    hint = did_you_mean(wanted or "", present)
    message = Text(f'there is no {en} "{wanted}"{hint.en}.', f"没有{zh}“{wanted}”{hint.zh}。")
    mend = Text(f"it has: {', '.join(present) or 'none'}.", f"现有：{'、'.join(present) or '无'}。")
    raise DataError([Fault(name, message, mend, column=en, value=wanted)])


def check_archive(path: Path, name: str) -> None:
    """Refuse an archive (npz) that is damaged or would unpack to more than the limit.

    Raises
    ------
    DataError
        It is, or it would.
    """
    _check_zip(path, name, xml=False)


def _check_zip(path: Path, name: str, xml: bool) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise DataError([_too_large(name)])
            if not xml:
                return
            for item in archive.infolist():
                if not item.filename.lower().endswith((".xml", ".rels")):
                    continue
                with archive.open(item) as stream:
                    head = stream.read(4096).replace(b"\0", b"")  # UTF-16 must not hide it
                if re.search(rb"<!(DOCTYPE|ENTITY)", head, re.IGNORECASE):
                    message = Text(
                        "holds an XML document type, which no spreadsheet needs.",
                        "含有 XML 文档类型声明，表格不应包含。",
                    )
                    mend = Text("save it anew from a spreadsheet program.", "请用表格软件重新另存。")
                    raise DataError([Fault(name, message, mend)])
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        raise DataError([_damaged(name, str(error))]) from error


def _damaged(name: str, detail: str) -> Fault:
    said = " ".join(detail.split())[:200]
    return Fault(
        name,
        Text(f"the file is damaged or not what its name says ({said}).", f"文件已损坏或与扩展名不符（{said}）。"),
        Text("open it in the program it comes from and save it again.", "请用原软件打开后重新保存。"),
    )


def _too_large(name: str) -> Fault:
    return Fault(
        name,
        Text("the file is larger than the limit.", "文件超过大小上限。"),
        Text("split it, or leave out columns the study does not need.", "请拆分文件，或去掉不需要的列。"),
    )
