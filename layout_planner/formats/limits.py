"""What a file may hold at most, and the faults that every reader of a format says alike."""

from __future__ import annotations

from layout_planner.base.errors import Fault
from layout_planner.base.messages import Text

MAX_FILE_BYTES = 2_000_000_000
MAX_UNPACKED_BYTES = 1_000_000_000
MAX_RATIO = 300
"""How many times its packed size a part of an archive may unpack to, once it is larger than `FREE_BYTES`."""
FREE_BYTES = 50_000_000
MAX_MEMBERS = 20_000
MAX_COLUMNS = 2_000
MAX_CELLS = 100_000_000
MAX_HEAD_CHARACTERS = 100_000


def damaged(name: str, detail: str) -> Fault:
    """Say that a file cannot be read as what it should be."""
    said = " ".join(detail.split())[:200]
    return Fault(
        name,
        Text(f"the file is damaged or not what its name says ({said}).", f"文件已损坏或与扩展名不符（{said}）。"),
        Text("open it in the program it comes from and save it again.", "请用原软件打开后重新保存。"),
    )


def too_large(name: str) -> Fault:
    """Say that a file, or what it unpacks to, is larger than is read."""
    return Fault(
        name,
        Text("the file is larger than the limit.", "文件超过大小上限。"),
        Text("split it, or leave out columns the study does not need.", "请拆分文件，或去掉不需要的列。"),
    )


def too_wide(name: str) -> Fault:
    """Say that a table has too many columns."""
    return damaged(name, f"more than {MAX_COLUMNS} columns")


def no_rows(name: str) -> Fault:
    """Say that a table is empty."""
    return Fault(
        name,
        Text("the table has no rows.", "表中没有数据行。"),
        Text("fill it, or take its section out of the study file.", "请填写数据，或从研究文件中删去该节。"),
    )
