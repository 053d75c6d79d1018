"""A name only one process may hold at a time; whoever held it and has gone, however that came, holds it no more."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from layout_planner.base.leftovers import is_open_as, lock


@contextmanager
def hold(path: str | os.PathLike[str], wait: bool = False) -> Iterator[bool]:
    """Hold a lock file inside the block; it is removed afterwards.

    Parameters
    ----------
    path
        The lock file; its folder is made.
    wait
        Wait for whoever holds it now.

    Yields
    ------
    bool
        Whether it is held: False only without `wait`, where somebody else holds it.

    Raises
    ------
    OSError
        The folder cannot be written, or its file system has no locks.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle = _take(target, wait)
    if handle is None:
        yield False
        return
    try:
        yield True
    finally:
        with suppress(OSError):  # on Windows an open file stays; it is empty, and free once closed
            target.unlink(missing_ok=True)
        os.close(handle)


def _take(target: Path, wait: bool) -> int | None:
    while True:
        handle = os.open(target, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            mine = lock(handle)
            if mine and is_open_as(target, handle):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # somebody else's, or removed by who held it in the instant before it was locked
        if not mine and not wait:
            return None
        if not mine:
            time.sleep(0.05)
