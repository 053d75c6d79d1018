"""Marks of a binary workbook (.xlsb): merged ranges, hidden rows and columns, which its reader does not tell.

[MS-XLSB]: a part is a row of records, each with its number and size in seven bits a byte. BrtRowHdr (0) holds the row
and whether it has no height, BrtColInfo (60) a span of columns and whether they are hidden, BrtMergeCell (176) a range.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree

_ROW, _COLUMNS, _MERGED, _SHEET = 0, 60, 176, 156
_NO_HEIGHT = 0x10
_HIDDEN_COLUMN = 0x01


class Marks(NamedTuple):
    """What stands around a sheet's cells, from 0: (top, left, bottom, right) of merges, hidden rows and columns."""

    merges: tuple[tuple[int, int, int, int], ...]
    rows: frozenset[int]
    columns: frozenset[int]


def parts_of(archive: zipfile.ZipFile) -> dict[str, str]:
    """Give the part of each sheet by its name."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.bin.rels"))
    target = {one.get("Id", ""): one.get("Target", "") for one in relations}
    found = {}
    for number, body in _records(archive.read("xl/workbook.bin")):
        if number == _SHEET:
            key, at = _text(body, 8)
            name, _ = _text(body, at)
            found[name] = posixpath.normpath(posixpath.join("xl", target.get(key, ""))).removeprefix("xl/xl/")
    return found


def read_marks(archive: zipfile.ZipFile, part: str, most_columns: int) -> Marks:
    """Go through the records of a sheet."""
    merges, rows, columns = [], set(), set()
    for number, body in _records(archive.read(part)):
        if number == _ROW and body[11] & _NO_HEIGHT:
            rows.add(struct.unpack_from("<I", body)[0])
        elif number == _COLUMNS and body[16] & _HIDDEN_COLUMN:
            first, last = struct.unpack_from("<II", body)
            columns |= set(range(first, min(last, most_columns) + 1))
        elif number == _MERGED:
            top, bottom, left, right = struct.unpack_from("<4I", body)
            merges.append((top, left, bottom, right))
    return Marks(tuple(sorted(merges)), frozenset(rows), frozenset(columns))


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(content):
        number = content[at]
        at += 1
        if number & 0x80:
            number = number & 0x7F | (content[at] & 0x7F) << 7
            at += 1
        size = shift = 0
        while True:
            byte = content[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        yield number, content[at : at + size]
        at += size


def _text(body: bytes, at: int) -> tuple[str, int]:
    count = struct.unpack_from("<I", body, at)[0]
    end = at + 4 + 2 * count
    return body[at + 4 : end].decode("utf-16-le"), end
