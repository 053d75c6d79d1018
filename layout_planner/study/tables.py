"""Reading one table of any format as it stands: headers and cells of the file, original row numbers, no judgement.

Every path is held inside the study's folder; sizes and decompression are limited; nothing is executed or written.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.errors import DataError, Fault, did_you_mean
from layout_planner.base.messages import Text

MAX_FILE_BYTES = 2_000_000_000
MAX_UNPACKED_BYTES = 1_000_000_000
MAX_COLUMNS = 2_000
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
    """

    file: str
    frame: pd.DataFrame
    rows: npt.NDArray[np.int64]
    geometry: gpd.GeoSeries | None = None
    crs: Any = None

    def select(self, mask: npt.NDArray[np.bool_]) -> RawTable:
        """Keep the rows of a mask; row numbers stay the file's."""
        geometry = None if self.geometry is None else self.geometry.loc[mask].reset_index(drop=True)
        return RawTable(self.file, self.frame.loc[mask].reset_index(drop=True), self.rows[mask], geometry, self.crs)


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
    folder: Path, name: str, layer: str | None = None, sheet: str | None = None, encoding: str | None = None
) -> RawTable:
    """Read a table.

    Parameters
    ----------
    folder
        The study's folder.
    name
        The file, relative to the folder; its ending tells the format (`SUFFIXES`).
    layer, sheet
        Which one, where a file holds several; the first where not said.
    encoding
        Of a text file or a shapefile's attributes, where it is neither UTF-8 nor GB18030.

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
        return _from_grid(name, _read_text(path, name, encoding))
    if suffix in (".xlsx", ".xlsm"):
        return _from_grid(name, _read_xlsx(path, name, sheet))
    if suffix == ".xls":
        return _from_grid(name, _read_xls(path, name, sheet))
    if suffix == ".parquet":
        return _read_parquet(path, name)
    if suffix == ".shp":
        for companion in path.parent.glob(f"{path.stem}.*"):
            resolve_inside(folder, companion.relative_to(folder).as_posix())  # GDAL would follow a link out
    return _read_layer(path, name, layer, encoding)


def _from_grid(name: str, grid: pd.DataFrame) -> RawTable:
    """Take the first row as headers; empty rows and nameless empty columns fall away, row numbers stay."""
    if not len(grid):
        raise DataError([_no_rows(name)])
    heads = [str(h).strip() if isinstance(h, str) else "" for h in grid.iloc[0]]
    body = grid.iloc[1:]
    filled = np.column_stack([body[c].notna().to_numpy() for c in grid.columns])
    keep = [i for i, head in enumerate(heads) if head or filled[:, i].any()]
    faults = [
        Fault(
            name,
            Text(f"column {i + 1} has values but no header.", f"第 {i + 1} 列有数据但没有表头。"),
            Text("give the column a header in row 1, or delete it.", "请在第 1 行补上表头，或删除该列。"),
            row=1,
        )
        for i in keep
        if not heads[i]
    ]
    named = [heads[i] for i in keep]
    faults += [
        Fault(
            name,
            Text("two columns have this header.", "有两列表头相同。"),
            Text("rename or delete one of them.", "请改名或删除其中一列。"),
            row=1,
            column=head,
        )
        for head in dict.fromkeys(h for h in named if h and named.count(h) > 1)
    ]
    if faults:
        raise DataError(faults)
    used = filled.any(axis=1)
    if not used.any():
        raise DataError([_no_rows(name)])
    rows = np.arange(2, len(body) + 2, dtype=np.int64)
    frame = body.iloc[:, keep].set_axis(named, axis=1)
    if not used.all():
        frame, rows = frame.loc[used], rows[used]
    return RawTable(name, frame.reset_index(drop=True), rows)


def _read_text(path: Path, name: str, encoding: str | None) -> pd.DataFrame:
    text = _decode(path.read_bytes(), name, encoding)
    head = text[: text.find("\n")] if "\n" in text else text
    comma = "\t" if head.count("\t") > head.count(",") else ";" if head.count(";") > head.count(",") else ","
    if head.count(comma) > MAX_COLUMNS:
        raise DataError([_damaged(name, f"more than {MAX_COLUMNS} columns")])
    if not text.strip():
        raise DataError([_no_rows(name)])
    try:
        return pd.read_csv(
            io.StringIO(text),
            header=None,
            sep=comma,
            dtype="str",
            keep_default_na=False,
            na_values=[""],
            skip_blank_lines=False,
            skipinitialspace=True,
        )
    except pd.errors.EmptyDataError:
        raise DataError([_no_rows(name)]) from None
    except (pd.errors.ParserError, csv.Error) as error:
        raise DataError(_ragged(text, name, comma) or [_damaged(name, str(error))]) from error


def _decode(raw: bytes, name: str, encoding: str | None) -> str:
    tried = [encoding] if encoding else ["utf-8-sig", "gb18030"]
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") and not encoding:
        tried = ["utf-16"]
    for one in tried:
        try:
            text = raw.decode(one)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\0" not in text:
            return text
    message = Text(f"cannot be read as {' or '.join(tried)}.", f"无法按 {'、'.join(tried)} 编码读取。")
    mend = Text(
        'save it as "CSV UTF-8", or name its encoding = "…" in the study file.',
        "请另存为“CSV UTF-8”，或在研究文件中注明 encoding = “…”。",
    )
    raise DataError([Fault(name, message, mend)])


def _ragged(text: str, name: str, comma: str) -> list[Fault]:
    """Find every row with more cells than headers: one separator too many, or a quote that is not closed."""
    faults = []
    width = 0
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=comma), start=1):
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


def _read_xlsx(path: Path, name: str, sheet: str | None) -> pd.DataFrame:
    _check_zip(path, name, xml=True)
    from openpyxl import load_workbook  # costs start-up time

    try:
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises whatever a damaged part provokes
        raise DataError([_damaged(name, str(error))]) from error
    try:
        chosen = _choose(name, sheet, book.sheetnames, "sheet", "工作表")
        try:
            rows = [
                [_cell_text(v) for v in row] for row in book[chosen].iter_rows(values_only=True, max_col=MAX_COLUMNS)
            ]
        except Exception as error:
            raise DataError([_damaged(name, str(error))]) from error
    finally:
        book.close()
    return _grid(rows)


def _read_xls(path: Path, name: str, sheet: str | None) -> pd.DataFrame:
    import xlrd  # type: ignore[import-untyped]

    try:
        book = xlrd.open_workbook(path, on_demand=True)
        chosen = _choose(name, sheet, book.sheet_names(), "sheet", "工作表")
        page = book.sheet_by_name(chosen)
        rows = [[_cell_text(v) for v in page.row_values(i)] for i in range(page.nrows)]
    except DataError:
        raise
    except Exception as error:  # xlrd, like openpyxl, raises whatever a damaged file provokes
        raise DataError([_damaged(name, str(error))]) from error
    return _grid(rows)


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
        raise DataError([_no_rows(name)])
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


def _no_rows(name: str) -> Fault:
    return Fault(
        name,
        Text("the table has no rows.", "表中没有数据行。"),
        Text("fill it, or take its section out of the study file.", "请填写数据，或从研究文件中删去该节。"),
    )
