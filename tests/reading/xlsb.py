"""A binary workbook, written by hand: no library of ours writes one (LibreOffice reads what this writes)."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_TYPES = (
    f'<Types xmlns="{_PACKAGE}content-types">'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
    '<Override PartName="/xl/worksheets/sheet1.bin" ContentType="application/vnd.ms-excel.worksheet"/></Types>'
)


def write_xlsb(
    path: Path,
    rows: list[list[str | float | None]],
    merges: Sequence[tuple[int, int, int, int]] = (),
    hidden: Sequence[int] = (),
    columns: Sequence[int] = (),
) -> None:
    """Write one sheet of texts and numbers ([MS-XLSB]: BrtRowHdr 0, BrtCellReal 5, BrtCellSt 6).

    Merges are (top, left, bottom, right), from 0 like the hidden rows and columns (BrtMergeCell 176, BrtColInfo 60).
    """
    width = max(len(row) for row in rows)
    sheet = _record(129) + _record(148, struct.pack("<4I", 0, len(rows) - 1, 0, width - 1))
    if columns:
        infos = b"".join(_record(60, struct.pack("<IIIIH", at, at, 0, 0, 3)) for at in columns)
        sheet += _record(390) + infos + _record(391)
    sheet += _record(145)
    for number, row in enumerate(rows):
        sheet += _record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 16 * (number in hidden), 0, 0))
        for column, value in enumerate(row):
            at = struct.pack("<II", column, 0)
            if isinstance(value, str):
                sheet += _record(6, at + _text(value))
            elif value is not None:
                sheet += _record(5, at + struct.pack("<d", value))
    sheet += _record(146)
    if merges:
        ranges = b"".join(
            _record(176, struct.pack("<4I", top, bottom, left, right)) for top, left, bottom, right in merges
        )
        sheet += _record(177, struct.pack("<I", len(merges))) + ranges + _record(178)
    sheet += _record(130)
    bundle = _record(156, struct.pack("<II", 0, 1) + _text("rId1") + _text("表"))
    book = _record(131) + _record(143) + bundle + _record(144) + _record(132)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _leads_to("officeDocument", "xl/workbook.bin"))
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/_rels/workbook.bin.rels", _leads_to("worksheet", "worksheets/sheet1.bin"))
        archive.writestr("xl/worksheets/sheet1.bin", sheet)


def _record(number: int, body: bytes = b"") -> bytes:
    head = bytes([number]) if number < 0x80 else bytes([number & 0x7F | 0x80, number >> 7])
    size = len(body)
    while True:
        head += bytes([size & 0x7F | (0x80 if size > 0x7F else 0)])
        size >>= 7
        if not size:
            return head + body


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _leads_to(kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{_PACKAGE}relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}{kind}" Target="{target}"/></Relationships>'
    )
