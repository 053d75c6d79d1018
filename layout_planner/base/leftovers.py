"""Whose the unfinished files are: what a killed run left is removed, what a living one writes is not touched.

Beside everything unfinished (`.part-xxxxxxxx`) lies an owner file (`.part-xxxxxxxx.layout-planner`), which its process
keeps locked. The lock ends with the process, however that ends; a process number would say nothing once it is given
out again. A process forked meanwhile shares the lock: what it may still write to is not removed.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

PREFIX = ".part-"
OWNER = ".layout-planner"
EARLIER = ".earlier"
"""Marks what stood under the target's name, as long as the new has not taken its place."""


@contextmanager
def claim(target: Path) -> Iterator[Path]:
    """Give a name beside a target under which to write; all that still bears it is removed when the block ends.

    Parameters
    ----------
    target
        The file or folder to make; its folder exists. What stood there and was moved to the name given plus
        `EARLIER` is put back, unless something else stands there by then.
    """
    owner, handle = _own(target)
    stem = owner.with_suffix("")
    try:
        yield stem
    finally:
        _give_up(owner, handle, done=_clear(stem, target))


def remove_leftovers(folder: Path) -> None:
    """Remove what killed runs left in a folder, and put back an earlier result they had moved aside.

    What cannot be removed (a read-only folder, somebody else's files) or whose owner cannot be known to be gone (no
    locks on that file system, written from another machine) stays, without an error.
    """
    with suppress(OSError):
        for owner in sorted(folder.glob(f"{PREFIX}*{OWNER}")):
            with suppress(OSError):
                _remove(owner)


def _own(target: Path) -> tuple[Path, int]:
    """Make a locked owner file beside a target."""
    while True:
        handle, name = tempfile.mkstemp(prefix=PREFIX, suffix=OWNER, dir=target.parent)
        owner = Path(name)
        try:
            mine = lock(handle) and is_open_as(owner, handle)
        except OSError:  # no locks here: without an owner file nobody will think this run dead
            owner.unlink(missing_ok=True)
            return owner, handle
        if mine:
            os.lseek(handle, 0, os.SEEK_SET)
            os.write(handle, json.dumps({"target": target.name, "machine": sorted(_machine())}).encode())
            return owner, handle
        os.close(handle)  # removed as a leftover in the instant before it was locked: try another name


def _remove(owner: Path) -> None:
    """Remove one owner file and what belongs to it, if its process is gone."""
    handle = os.open(owner, os.O_RDWR)
    done = False
    try:
        if lock(handle) and is_open_as(owner, handle):
            done = _clear_for(owner)
    finally:
        _give_up(owner, handle, done=done)


def _clear_for(owner: Path) -> bool:
    """Clear what belongs to an owner file whose process is gone; say whether nothing is left."""
    stem = owner.with_suffix("")
    try:
        told = json.loads(owner.read_bytes())
        target, machine = stem.with_name(told["target"]), set(told["machine"])
    except (ValueError, TypeError, KeyError):  # killed before it had written this, thus before anything else
        return not _belongings(stem)
    # Not every network file system carries locks from one machine to the other.
    return bool(machine & _machine()) and _clear(stem, target)


def _clear(stem: Path, target: Path) -> bool:
    """Remove all that bears a name, putting back what stood in the target's place; say whether nothing is left."""
    with suppress(OSError):
        earlier = stem.with_suffix(EARLIER)
        if earlier.exists() and not target.exists():
            earlier.replace(target)
        for path in _belongings(stem):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    return not _belongings(stem)


def _belongings(stem: Path) -> list[Path]:
    """Give all that bears a name, without its owner file."""
    found = [*stem.parent.glob(stem.name), *stem.parent.glob(f"{stem.name}.*")]
    return [path for path in found if path.suffix != OWNER]


def _give_up(owner: Path, handle: int, *, done: bool) -> None:
    """Close an owner file, and remove it when nothing is left that belongs to it."""
    if sys.platform == "win32":  # an open file cannot be removed
        os.close(handle)
        if done:
            with suppress(OSError):
                owner.unlink(missing_ok=True)
        return
    try:
        if done:
            owner.unlink(missing_ok=True)
    finally:
        os.close(handle)


def lock(handle: int) -> bool:
    """Lock an open file until it is closed; False when somebody else has it locked.

    Raises
    ------
    OSError
        The file system has no locks.
    """
    if sys.platform == "win32":
        os.lseek(handle, 1 << 20, os.SEEK_SET)  # behind the text, which others must be able to read
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_open_as(path: Path, handle: int) -> bool:
    """Say whether a path still names the open file."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except FileNotFoundError:
        return False


def _machine() -> set[str]:
    """Give what this machine is known by: its name, and its start (one for all containers on it)."""
    known = {platform.node()}
    with suppress(OSError):
        known.add(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
    return known - {""}
