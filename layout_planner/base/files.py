"""Writing whole or not at all, and digests of content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from layout_planner.base.errors import RunError
from layout_planner.base.leftovers import EARLIER, claim, remove_leftovers
from layout_planner.base.messages import Text


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a file whole or not at all.

    Gives a path beside the target to write to; it takes the target's name only when the block ends well.
    What killed runs left in that folder is removed first.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(target.parent)
    with claim(target) as claimed:
        part = claimed.with_suffix(target.suffix)  # the suffix stays: several writers choose their format by it
        part.touch(exist_ok=False)
        part.chmod(0o644)  # a map is meant to be handed on
        yield part
        part.replace(target)


def check_replaceable(path: str | os.PathLike[str], marker: str) -> None:
    """Refuse a folder that exists and was not made by the same hand.

    Parameters
    ----------
    path
        The folder about to be written.
    marker
        A file name every folder of that make holds.

    Raises
    ------
    RunError
        The folder exists, is not empty and lacks the marker; or it is no folder.
    """
    target = Path(path)
    if target.exists() and (not target.is_dir() or (any(target.iterdir()) and not (target / marker).is_file())):
        raise RunError(
            str(
                Text(
                    f"{target} exists and was not written by this program as such a folder (no {marker} in it); "
                    "name another folder, or remove it yourself.",
                    f"{target} 已存在且不是本程序写出的同类文件夹（其中没有 {marker}）；请换一个文件夹，或自行删除。",
                )
            )
        )


@contextmanager
def whole_folder(path: str | os.PathLike[str], marker: str) -> Iterator[Path]:
    """Write a folder whole or not at all, replacing an earlier one only if it is of the same make.

    What killed runs left beside it is removed first.

    Parameters
    ----------
    path
        The folder to make.
    marker
        A file name every such folder holds. A folder that exists, is not empty and lacks it is never replaced.

    Raises
    ------
    RunError
        The folder exists and holds something else.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(target.parent)  # before the check: it may bring back the earlier folder
    check_replaceable(target, marker)
    with claim(target) as part:
        part.mkdir()
        part.chmod(0o755)
        yield part
        if target.exists():
            target.replace(part.with_suffix(EARLIER))  # stands again should the next line fail
        part.replace(target)


def digest_file(path: str | os.PathLike[str]) -> str:
    """Give the SHA-256 of a file's bytes, as hex."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_parts(*parts: bytes | str) -> str:
    """Give one SHA-256 over several parts, each with its length so that no two lists look alike."""
    whole = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        whole.update(len(raw).to_bytes(8, "little"))
        whole.update(raw)
    return whole.hexdigest()
