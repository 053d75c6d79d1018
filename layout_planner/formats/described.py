"""KML whose data lie in the HTML tables of its descriptions, as ArcGIS and other programs write them."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pandas as pd

_ENOUGH = 0.5
_LONGEST = 200_000
"""Characters of one description that are looked at."""


def with_described(frame: Any) -> tuple[Any, list[str]]:
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
