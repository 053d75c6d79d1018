"""Coordinates that stand in one column: "105.02,31.01" under 经纬度, (lat, lon) of web portals, well-known text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layout_planner.base.errors import Fault
from layout_planner.base.messages import Text
from layout_planner.study.headers import canonical

_NUMBER = r"[+-]?\d{1,3}(?:\.\d+)?"
_PAIR = re.compile(rf"[(\[]?\s*({_NUMBER})\s*°?\s*(?:[,;、/|]|\s)\s*({_NUMBER})\s*°?\s*[)\]]?")
_EAST, _NORTH = re.compile("经|經|longitude|lon|lng"), re.compile("纬|緯|latitude|lat")
_NORTH_FIRST = re.compile(r"geo_?point(_?2d)?|location.*")
_EITHER = re.compile(r"(.*坐标|gps.*|coordinates?|coords?|position|地理位置)(\(.*\))?")
_WKT_HEADS = {"wkt", "geom", "geometry", "the_geom", "shape", "geometrywkt", "wkt_geom", "geom_wkt"}
_WKT = re.compile(r"\s*(srid=(\d+);)?\s*(multi)?(point|polygon|linestring)\s*(z|m|zm)?\s*\(", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Found:
    """A table with its coordinates apart: the frame, what is told, and shapes with their CRS where it has any."""

    frame: pd.DataFrame
    told: Fault
    geometry: gpd.GeoSeries | None = None
    crs: str | None = None


def find_points(file: str, frame: pd.DataFrame, rows: npt.NDArray[np.int64]) -> Found | None:
    """Give a table whose coordinates stand in one column two columns, or shapes where it is well-known text.

    Which number is the longitude, one above 90 tells, else the header; where neither does the table stays as it is,
    and that is told.

    Parameters
    ----------
    file, frame, rows
        The table's name for faults, its cells by the file's headers, and the file's row of each.

    Returns
    -------
    Found or None
        None where it has columns of coordinates, or none that holds both.
    """
    headers = [str(one) for one in frame.columns]
    if any(canonical("places", one) in ("lon", "lat", "x", "y") for one in headers):
        return None
    for header in headers:
        plain = unicodedata.normalize("NFKC", header).strip().lower()
        both = _EAST.search(plain) is not None and _NORTH.search(plain) is not None
        found = None
        if plain.replace(" ", "_") in _WKT_HEADS:
            found = _shapes(file, frame, header)
        elif both or _NORTH_FIRST.fullmatch(plain) or _EITHER.fullmatch(plain):
            found = _split(file, frame, rows, header, plain)
        if found is not None:
            return found
    return None


def _texts(column: pd.Series) -> list[str | None]:
    return [None if pd.isna(cell) else unicodedata.normalize("NFKC", str(cell)).strip() for cell in column]


def _split(file: str, frame: pd.DataFrame, rows: npt.NDArray[np.int64], header: str, plain: str) -> Found | None:
    found = [None if text is None else _PAIR.fullmatch(text) for text in _texts(frame[header])]
    there = frame[header].notna().to_numpy()
    read = np.array([one is not None for one in found], dtype=bool)
    if not read.any() or read.sum() < 0.5 * there.sum():
        return None
    pairs = np.array([(float(one[1]), float(one[2])) if one else (np.nan, np.nan) for one in found])
    first = _east_is_first(pairs, plain)
    if first is None:
        said = Text(
            "each cell holds two numbers, and nothing tells which is the longitude.",
            "每格有两个数，无法判断哪个是经度。",
        )
        mend = Text("give them a column each, lon and lat.", "请分为经度、纬度两列。")
        return Found(frame, Fault(file, said, mend, None, header))
    # What is no pair stays in sight: it is a fault where coordinates are needed.
    cells = [(text, text) if one is None else (one[1], one[2]) for text, one in zip(frame[header], found, strict=True)]
    frame = frame.copy()
    frame["lon"] = pd.Series([pair[0 if first else 1] for pair in cells], index=frame.index, dtype="str")
    frame["lat"] = pd.Series([pair[1 if first else 0] for pair in cells], index=frame.index, dtype="str")
    at = int(np.flatnonzero(read)[0])
    said = Text(
        f"read as longitude {frame['lon'].iloc[at]}, latitude {frame['lat'].iloc[at]}.",
        f"按经度 {frame['lon'].iloc[at]}、纬度 {frame['lat'].iloc[at]} 读取。",
    )
    mend = Text("if that is wrong, give them a column each, lon and lat.", "如有误，请分为经度、纬度两列。")
    return Found(frame, Fault(file, said, mend, int(rows[at]), header, str(frame[header].iloc[at])))


def _east_is_first(pairs: npt.NDArray[np.float64], plain: str) -> bool | None:
    left, right = bool((np.abs(pairs[:, 0]) > 90).any()), bool((np.abs(pairs[:, 1]) > 90).any())
    if left != right:
        return left
    east, north = _EAST.search(plain), _NORTH.search(plain)
    if east and north:
        return east.start() < north.start()
    return False if _NORTH_FIRST.fullmatch(plain) else None


def _shapes(file: str, frame: pd.DataFrame, header: str) -> Found | None:
    texts = _texts(frame[header])
    said = [None if text is None else _WKT.match(text) for text in texts]
    if not any(said) or not all(one for text, one in zip(texts, said, strict=True) if text is not None):
        return None
    codes = {one[2] for one in said if one}
    bare = [None if text is None else re.sub(r"(?i)^srid=\d+;", "", text) for text in texts]
    shapes = gpd.GeoSeries(shapely.from_wkt(bare, on_invalid="ignore"), index=frame.index)
    code = codes.pop() if len(codes) == 1 else None
    said_so = Text("the shapes were read from this column (WKT).", "图形取自此列（WKT）。")
    told = Fault(file, said_so, Text("nothing to do if that is so.", "如属实无须处理。"), column=header)
    return Found(frame.drop(columns=header), told, shapes, None if code is None else f"EPSG:{code}")
