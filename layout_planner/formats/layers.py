"""Layers of any format GDAL reads; only what is what its name says reaches it, and only files inside the study."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from layout_planner.base.errors import DataError, Fault, did_you_mean
from layout_planner.base.messages import Text
from layout_planner.base.shapefiles import CUT_TEXTS, is_cut, read_cut_names
from layout_planner.formats.archives import refuse_entities
from layout_planner.formats.decoding import judge_dbf
from layout_planner.formats.described import with_described, with_extended
from layout_planner.formats.heads import count_headers
from layout_planner.formats.limits import damaged

if TYPE_CHECKING:
    import geopandas as gpd

FOLDERS = (".gdb",)
"""Formats that are a folder."""
LAYER_SUFFIXES = (".gpkg", ".geojson", ".json", ".shp", ".kml", ".tab", ".mif", ".fgb", *FOLDERS)

_COMPANIONS = {".shp": (".dbf", ".shx"), ".tab": (".dat",), ".mif": (".mid",)}
_MAGIC = {".gpkg": b"SQLite format 3\0", ".shp": b"\x00\x00\x27\x0a", ".fgb": b"fgb\x03fgb"}
_KML_OWN = {"id", "description", "timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility",
            "drawOrder", "icon", "snippet"}  # fmt: skip


def read_layer(
    path: Path, name: str, layer: str | None, encoding: str | None, wanted: Collection[str]
) -> tuple[pd.DataFrame, list[Fault]]:
    """Read one layer.

    Parameters
    ----------
    path, name
        The file, and how the study file names it.
    layer
        Which one, where there are several; where not said, the first with headers we know, and the others are told.
    encoding
        Of the attributes, for shapefiles and MapInfo; where neither it nor a .cpg says, it is recognised and told.
    wanted
        Headers the study file names.

    Returns
    -------
    tuple
        The layer as a GeoDataFrame (or a frame, where it has no shapes), and warnings.

    Raises
    ------
    DataError
        It is damaged, incomplete, or has no such layer.
    """
    import pyogrio

    suffix = path.suffix.lower()
    _check_head(path, name, suffix)
    told: list[Fault] = []
    missing = [s for s in _COMPANIONS.get(suffix, ()) if not _companion(path, s)]
    if missing:
        message = Text(f"its companion {missing[0]} is missing.", f"缺少同名的 {missing[0]} 文件。")
        mend = Text(
            "copy all files of the layer (a shapefile: .shp, .dbf, .shx, .prj, .cpg).",
            "请复制图层的全部文件（shapefile 为 .shp、.dbf、.shx、.prj、.cpg）。",
        )
        raise DataError([Fault(name, message, mend)])
    if suffix == ".shp" and encoding is None and not _companion(path, ".cpg"):
        dbf = _companion(path, ".dbf")
        assert dbf is not None
        encoding, more = judge_dbf(dbf.read_bytes(), name)
        told += more
    try:
        names = [str(one[0]) for one in pyogrio.list_layers(path)]
        chosen = _choose(path, name, layer, names, wanted)
        if layer is None and len(names) > 1:
            told.append(_told_layer(name, chosen, [n for n in names if n != chosen]))
        frame = pyogrio.read_dataframe(path, layer=chosen, encoding=encoding)
    except DataError:
        raise
    except UnicodeDecodeError as error:
        plain = read_cut_names(path, chosen) if str(encoding or "utf-8").lower() in ("utf-8", "utf8") else None
        if plain is None:
            raise DataError([_other_encoding(path, name, encoding)]) from error
        frame = plain
        if headers := [str(c) for c in frame.columns if is_cut(str(c))]:
            told.append(_told_cut(name, headers))
        if texts := frame.attrs[CUT_TEXTS]:
            told.append(_told_texts(name, texts))
    except Exception as error:  # pyogrio raises several unrelated classes for damaged files
        raise DataError([damaged(name, str(error))]) from error
    if suffix == ".kml":
        frame, fields = with_described(with_extended(_without_empty(frame), path, chosen))
        told += _told_fields(name, fields)
    return frame, told


def _told_texts(name: str, cut: dict[str, int]) -> Fault:
    """Say which columns of a shapefile have texts that end within a character; column → rows."""
    en, zh = ", ".join(f"{c} ({n})" for c, n in cut.items()), "、".join(f"{c}（{n} 行）" for c, n in cut.items())
    return Fault(
        name,
        Text(
            f"texts end in the middle of a character, which was left out, in column (rows): {en}.",
            f"以下字段有文字在半个汉字处被截断，残缺部分已略去：{zh}。",
        ),
        Text(
            "look whether they are whole, or save the layer as GeoPackage (.gpkg).",
            "请核对这些文字是否完整，或将图层另存为 GeoPackage（.gpkg）。",
        ),
    )


def _told_cut(name: str, cut: list[str]) -> Fault:
    """Say that a shapefile cut the names of columns."""
    return Fault(
        name,
        Text(
            f"the shapefile holds ten bytes of a column's name and has cut longer ones: {', '.join(cut)}.",
            f"shapefile 的字段名最多十个字节，较长的字段名已被截断：{'、'.join(cut)}。",
        ),
        Text(
            "name the columns in the study file, or save the layer as GeoPackage (.gpkg).",
            "请在研究文件中指明字段，或将图层另存为 GeoPackage（.gpkg）。",
        ),
    )


def _other_encoding(path: Path, name: str, encoding: str | None) -> Fault:
    """Say that the attributes are in another encoding than the .cpg, or the study file, says."""
    dbf = _companion(path, ".dbf")
    try:
        likely = judge_dbf(dbf.read_bytes(), name)[0] if dbf is not None else None
    except DataError:  # nor can it be told
        likely = None
    hint = f' (encoding = "{likely}")' if likely else ""
    by = Text("the study file", "研究文件") if encoding else Text("its .cpg", ".cpg 文件")
    return Fault(
        name,
        Text(f"the attributes are not in the encoding {by.en} says.", f"属性表的编码与{by.zh}所注不符。"),
        Text(
            f"correct it: in the study file it is said as encoding = …{hint}.",
            f"请更正；可在研究文件中注明 encoding = …{hint}。",
        ),
    )


def _companion(path: Path, suffix: str) -> Path | None:
    """Find a file beside another, whatever the case of its ending."""
    for ending in (suffix, suffix.upper()):
        if path.with_suffix(ending).is_file():
            return path.with_suffix(ending)
    return None


def _check_head(path: Path, name: str, suffix: str) -> None:
    """Refuse a file that is not what its name says: GDAL goes by content, and no other driver should be tempted."""
    if suffix in FOLDERS:
        if not any(p.suffix.lower() == ".gdbtable" for p in path.iterdir()):
            raise DataError([damaged(name, "not a file geodatabase")])
        return
    with open(path, "rb") as stream:
        head = stream.read(4096)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if suffix in _MAGIC and not head.startswith(_MAGIC[suffix]):
        raise DataError([damaged(name, f"not a {suffix} file")])
    if suffix in (".geojson", ".json") and not start.startswith(b"{"):
        raise DataError([damaged(name, "not GeoJSON")])
    if suffix == ".kml":
        refuse_entities(head, name)
        if not start.startswith(b"<") or b"<kml" not in head.lower():
            raise DataError([damaged(name, "not KML")])
    if (suffix == ".tab" and b"!table" not in head.lower()) or (
        suffix == ".mif" and b"version" not in head[:64].lower()
    ):
        raise DataError([damaged(name, f"not a MapInfo {suffix} file")])


def _choose(path: Path, name: str, layer: str | None, present: list[str], wanted: Collection[str]) -> str:
    import pyogrio

    if layer is None and present:
        for one in present if len(present) > 1 else ():
            fields = [str(f) for f in pyogrio.read_info(path, layer=one)["fields"]]
            if count_headers(fields, wanted) >= 2:
                return one
        return present[0]
    if layer in present:
        return str(layer)
    if layer is None:
        raise DataError([damaged(name, "no layers")])
    hint = did_you_mean(layer, present)
    message = Text(f'there is no layer "{layer}"{hint.en}.', f"没有图层“{layer}”{hint.zh}。")
    mend = Text(f"it has: {', '.join(present) or 'none'}.", f"现有：{'、'.join(present) or '无'}。")
    raise DataError([Fault(name, message, mend, column="layer", value=layer)])


def _told_layer(name: str, chosen: str, others: list[str]) -> Fault:
    return Fault(
        name,
        Text(
            f'the layer "{chosen}" was read, not {", ".join(others)}.',
            f"读取的是图层“{chosen}”，未读取{'、'.join(others)}。",
        ),
        Text(
            'if another is meant, say layer = "…" in the study file; layer = ["…", "…"] reads several.',
            '如应读其他图层，请注明 layer = "…"；layer = ["…", "…"] 可同时读取多个。',
        ),
        column="layer",
        value=chosen,
    )


def _told_fields(name: str, fields: list[str]) -> list[Fault]:
    if not fields:
        return []
    shown = ", ".join(fields[:12]) + (" …" if len(fields) > 12 else "")
    said = Text(
        f"the fields were read from the tables in its descriptions: {shown}.", f"字段取自说明中的表格：{shown}。"
    )
    return [Fault(name, said, Text("nothing to do if that is so.", "如属实无须处理。"))]


def _without_empty(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Leave out what every KML has and hardly any fills."""
    empty = [c for c in frame.columns if c in _KML_OWN and (frame[c].isna() | frame[c].isin(["", -1, 0])).all()]
    return frame.drop(columns=empty)
