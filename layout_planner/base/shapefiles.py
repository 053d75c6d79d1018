"""Shapefiles whose column names are cut in the middle of a character."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd

CUT_TEXTS = "cut_texts"

_NAME_BYTES = 10
"""A DBF holds ten bytes of a column's name; GDAL cuts there, also within a character (findings/shp-cut-names.sh)."""


def read_cut_names(path: Path, layer: str | None = None) -> gpd.GeoDataFrame | None:
    """Read a UTF-8 shapefile that cannot be decoded because the end of a name, or of a text, is half a character.

    Returns
    -------
    GeoDataFrame or None
        The layer, each half character left out, in `attrs[CUT_TEXTS]` the columns with texts so cut → rows; None
        where it is no shapefile or not in UTF-8.
    """
    import pyogrio

    if path.suffix.lower() != ".shp":
        return None
    frame = pyogrio.read_dataframe(path, layer=layer, encoding="ISO-8859-1")
    cut: dict[str, int] = {}
    try:
        for column in frame.columns.drop(frame.geometry.name):
            if frame[column].dtype.kind == "O":  # text, of any kind pandas has
                told = [_decoded(v) if isinstance(v, str) else v for v in frame[column]]
                cut[_decoded(column)] = sum(
                    new.encode() != old.encode("latin-1")
                    for new, old in zip(told, frame[column], strict=True)
                    if isinstance(old, str)
                )
                frame[column] = told
        frame = frame.rename(columns={c: _decoded(c) for c in frame.columns})
        frame.attrs[CUT_TEXTS] = {column: rows for column, rows in cut.items() if rows}
        return frame
    except UnicodeDecodeError:
        return None


def _decoded(text: str) -> str:
    """Decode a text whose bytes were taken for ISO-8859-1; what is left of a character at the end is left out."""
    raw = text.encode("latin-1")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            raise
        return raw[: error.start].decode("utf-8")


def as_cut(name: str) -> set[str]:
    """Give what a shapefile makes of a column name longer than it holds, in UTF-8 and in GBK; none where it fits."""
    cut = set()
    for encoding in ("utf-8", "gbk"):
        raw = name.encode(encoding, "ignore")
        if len(raw) > _NAME_BYTES:
            cut.add(raw[:_NAME_BYTES].decode(encoding, "ignore"))
    return cut


def is_cut(name: str) -> bool:
    """Tell whether a column name is as long as one that a shapefile has cut: the rest of it may be missing."""
    return bool(re.search(r"[^\x00-\x7f]", name)) and _NAME_BYTES - 2 <= len(name.encode()) <= _NAME_BYTES
