"""KML whose data GDAL does not give as they are: in HTML tables of descriptions, or under names it cannot write."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TypeVar
from xml.etree import ElementTree

import pandas as pd

Frame = TypeVar("Frame", bound=pd.DataFrame)

_ENOUGH = 0.5
_LONGEST = 200_000
"""Characters of one description that are looked at."""


def with_described(frame: Frame) -> tuple[Frame, list[str]]:
    """Put the fields of HTML tables in the descriptions into columns of their own.

    Parameters
    ----------
    frame
        A layer of a KML as GDAL reads it.

    Returns
    -------
    tuple
        The frame, and the fields found. Where at least half of the descriptions hold a table of two columns (field,
        value): a column of text for each
        field in place of the description; a field that bears the name of a column there is gets "(2)" behind it. Else
        the frame as it is, and none.
    """
    column = next((c for c in frame.columns if str(c).lower() == "description"), None)
    if column is None or not frame[column].astype("string").str.contains("<t[dh]", case=False, regex=True).any():
        return frame, []
    rows = [read_fields(str(text)) if isinstance(text, str) else {} for text in frame[column]]
    if sum(bool(row) for row in rows) < _ENOUGH * len(rows):
        return frame, []
    fields = pd.DataFrame(rows, index=frame.index, dtype="str")
    rest = frame.drop(columns=column)
    taken = {str(c) for c in rest.columns}
    fields.columns = [f"{name} (2)" if name in taken else name for name in fields.columns]
    return rest.join(fields), [str(name) for name in fields.columns]


def with_extended(frame: Frame, path: Path, layer: str) -> Frame:
    """Give the fields of ExtendedData their own names: of 小学生数 GDAL makes ____________, and of two such fields one.

    Parameters
    ----------
    frame
        The layer as GDAL reads it.
    path, layer
        The KML, and which of its folders.

    Returns
    -------
    GeoDataFrame
        With a column of text for each field; the frame as it is where every name is plain, or its rows cannot be told.
    """
    found = [one for one in _folders(path) if [name or None for name, _ in one[1]] == _names(frame)]
    mine = [one for one in found if one[0] == layer] or found
    if len(mine) != 1:
        return frame
    rows = [fields for _, fields in mine[0][1]]
    fields = list(dict.fromkeys(name for row in rows for name in row))
    if all(_laundered(name) == name for name in fields):
        return frame
    lost = {_laundered(name) for name in fields}
    rest = frame.drop(columns=[c for c in frame.columns if c in lost])
    taken = {str(c) for c in rest.columns}
    own = pd.DataFrame(rows, index=frame.index, columns=fields, dtype="str")
    own.columns = [f"{name} (2)" if name in taken else name for name in fields]
    return rest.join(own)


def _names(frame: pd.DataFrame) -> list[str | None]:
    column = next((c for c in frame.columns if str(c).lower() == "name"), None)
    if column is None:
        return [None] * len(frame)
    return [None if pd.isna(name) else str(name).strip() or None for name in frame[column]]


def _laundered(name: str) -> str:
    return re.sub(rb"[^A-Za-z0-9_]", b"_", name.encode()).decode()


def _folders(path: Path) -> list[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """List the folders of a KML with the placemarks right in them: name, and field → value."""
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError:
        return []
    found = []
    for holder in root.iter():
        marks = [one for one in holder if _tag(one) == "Placemark"]
        if marks:
            found.append((_said(holder, "name"), [(_said(one, "name"), _extended(one)) for one in marks]))
    return found


def _extended(mark: ElementTree.Element) -> dict[str, str]:
    fields = {}
    for one in mark.iter():
        if _tag(one) == "Data" and one.get("name"):
            fields[str(one.get("name"))] = _said(one, "value")
        elif _tag(one) == "SimpleData" and one.get("name"):
            fields[str(one.get("name"))] = (one.text or "").strip()
    return fields


def _said(element: ElementTree.Element, tag: str) -> str:
    return next(((one.text or "").strip() for one in element if _tag(one) == tag), "")


def _tag(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def read_fields(text: str) -> dict[str, str]:
    """Read the rows of two cells in a text's HTML tables: field → value; empty where there are none."""
    parser = _Rows()
    parser.feed(text[:_LONGEST])
    parser.close()
    return {name: value for name, value in parser.found if name}


class _Rows(HTMLParser):
    """Collects the rows of two cells; a row that holds another table is none."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []
        self._rows: list[list[str]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._inside = False
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th") and self._rows:
            self._rows[-1].append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._inside = False
        elif tag == "tr" and self._rows:
            row = [" ".join(cell.split()) for cell in self._rows.pop()]
            if len(row) == 2:
                self.found.append((row[0].rstrip(":："), row[1]))

    def handle_data(self, data: str) -> None:
        if self._inside and self._rows:
            self._rows[-1][-1] += data
