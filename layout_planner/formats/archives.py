"""Archives: what they would unpack to is known before anything is unpacked, and nothing leaves their folder."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from layout_planner.base.errors import DataError, Fault
from layout_planner.base.messages import Text
from layout_planner.formats.limits import (
    FREE_BYTES,
    MAX_MEMBERS,
    MAX_RATIO,
    MAX_UNPACKED_BYTES,
    damaged,
    too_large,
)

_HEAD = 4096


def check_archive(path: Path, name: str) -> None:
    """Refuse an archive (npz, zip, kmz) that is damaged or would unpack to more than the limit.

    Raises
    ------
    DataError
        It is, or it would.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_sizes(archive, name)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        raise DataError([damaged(name, str(error))]) from error


def check_office(path: Path, name: str) -> None:
    """Refuse a spreadsheet's archive that is damaged, too large once unpacked, or whose XML declares entities.

    Raises
    ------
    DataError
        It is one of these.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_sizes(archive, name)
            for item in archive.infolist():
                if item.filename.lower().endswith((".xml", ".rels")):
                    with archive.open(item) as stream:
                        refuse_entities(stream.read(_HEAD), name)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        raise DataError([damaged(name, str(error))]) from error


def refuse_entities(head: bytes, name: str) -> None:
    """Refuse XML that declares a document type: entities can make a few bytes into gigabytes.

    Raises
    ------
    DataError
        It does.
    """
    if re.search(rb"<!(DOCTYPE|ENTITY)", head.replace(b"\0", b""), re.IGNORECASE):  # UTF-16 must not hide it
        message = Text("holds an XML document type, which no table needs.", "含有 XML 文档类型声明，表格不应包含。")
        mend = Text("save it anew from the program it comes from.", "请用原软件重新另存。")
        raise DataError([Fault(name, message, mend)])


@contextmanager
def unpacked(path: Path, name: str) -> Iterator[Path]:
    """Unpack an archive into a folder of its own, which goes when the block is left.

    Yields
    ------
    Path
        The folder.

    Raises
    ------
    DataError
        The archive is damaged, locked, too large once unpacked, or names a file outside itself.
    """
    check_archive(path, name)
    with tempfile.TemporaryDirectory(prefix="layout-planner-") as folder:
        root = Path(folder)
        try:
            with zipfile.ZipFile(path) as archive:
                for item in archive.infolist():
                    _unpack(archive, item, root, name)
        except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
            raise DataError([damaged(name, str(error))]) from error
        yield root


def _unpack(archive: zipfile.ZipFile, item: zipfile.ZipInfo, root: Path, name: str) -> None:
    inside = PurePosixPath(_member_name(item).replace("\\", "/"))
    if inside.is_absolute() or ".." in inside.parts or any(":" in part for part in inside.parts):
        message = Text("names a file outside itself.", "压缩包中的路径超出其自身。")
        raise DataError([Fault(name, message, Text("pack it anew.", "请重新打包。"), value=str(inside))])
    if item.is_dir() or "__MACOSX" in inside.parts or not inside.parts:
        return
    target = root / inside
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(item) as source, open(target, "wb") as sink:
        shutil.copyfileobj(source, sink)


def _member_name(item: zipfile.ZipInfo) -> str:
    """Give the name of a member; Windows in Chinese writes it in GBK without saying so."""
    if item.flag_bits & 0x800:
        return item.filename
    try:
        raw = item.filename.encode("cp437")
    except UnicodeEncodeError:
        return item.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return item.filename


def _check_sizes(archive: zipfile.ZipFile, name: str) -> None:
    items = archive.infolist()
    whole = sum(item.file_size for item in items)
    swollen = any(i.file_size > FREE_BYTES and i.file_size > MAX_RATIO * max(i.compress_size, 1) for i in items)
    if whole > MAX_UNPACKED_BYTES or swollen or len(items) > MAX_MEMBERS:
        raise DataError([too_large(name)])
