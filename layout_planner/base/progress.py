"""Progress for work that takes more than two seconds."""

from __future__ import annotations

import contextvars
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import Protocol, TypeVar

from layout_planner.base.messages import Text

Item = TypeVar("Item")

PATIENCE_SECONDS = 2.0
"""A bar appears only after this long, so that quick work stays quiet."""

LOG_FACTOR = 4.0
"""In a log, where nothing can be painted over, the next line comes when the work has lasted so many times as long."""


class Tracker(Protocol):
    """Another way to show progress: goes through the items as it is given them."""

    def __call__(self, items: Iterable[Item], what: Text, total: int | None) -> Iterator[Item]:
        """Give the items on, and show how many are done."""


_tracker: contextvars.ContextVar[Tracker | None] = contextvars.ContextVar("tracker", default=None)


def track(items: Iterable[Item], what: Text, total: int | None = None) -> Iterator[Item]:
    """Go through items and show a bar once the work has lasted two seconds (tqdm: a widget in a notebook).

    In a log or a pipe there are a few lines instead (see `_Log`).
    """
    tracker = _tracker.get()
    if tracker is not None:
        yield from tracker(items, what, total)
        return
    if not _can_repaint():
        yield from _logged(items, what, total)
        return
    from tqdm.auto import tqdm  # loaded late: it costs start-up time

    yield from tqdm(items, desc=str(what), total=total, delay=PATIENCE_SECONDS, leave=False, dynamic_ncols=True)


@contextmanager
def gauge(what: Text, seconds: float) -> Iterator[Callable[[float, str], None]]:
    """Show how far an anytime search is: gives a function to tell seconds spent and what is reached.

    Where progress is shown another way (`tracked_by`) it stays quiet.
    """
    if _tracker.get() is not None:
        yield lambda spent, told: None
        return
    if not _can_repaint():
        log = _Log(what)
        yield lambda spent, told: log.tell(f"{min(spent, seconds):.0f}/{seconds:.0f} s{told and f', {told}'}")
        return
    from tqdm.auto import tqdm

    shape = "{desc}: |{bar}| {n:.0f}/{total:.0f} s{postfix}"
    with tqdm(
        total=seconds, desc=str(what), delay=PATIENCE_SECONDS, leave=False, dynamic_ncols=True, bar_format=shape
    ) as bar:

        def tell(spent: float, told: str) -> None:
            bar.set_postfix_str(told, refresh=False)
            bar.update(min(spent, seconds) - bar.n)

        yield tell


@contextmanager
def tracked_by(tracker: Tracker) -> Iterator[None]:
    """Show progress another way inside the block: the shell has its own bars."""
    token = _tracker.set(tracker)
    try:
        yield
    finally:
        _tracker.reset(token)


def _can_repaint() -> bool:
    """Tell whether a bar can move where errors are written: in a terminal and a notebook, not in a file or a pipe."""
    # A kernel's stream says that it is no terminal, though a notebook paints over what it has shown.
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if getattr(shell, "kernel", None) is not None:
        return True
    return sys.stderr is not None and not sys.stderr.closed and sys.stderr.isatty()


class _Log:
    """Writes how far the work is after two seconds, then after eight, half a minute, two minutes: six lines an hour."""

    def __init__(self, what: Text) -> None:
        self.what, self.begun, self.next = what, time.monotonic(), PATIENCE_SECONDS

    def tell(self, told: str) -> None:
        lasted = time.monotonic() - self.begun
        if lasted < self.next:
            return
        while self.next <= lasted:
            self.next *= LOG_FACTOR
        if sys.stderr is not None:
            print(f"{self.what}: {told}", file=sys.stderr, flush=True)


def _logged(items: Iterable[Item], what: Text, total: int | None) -> Iterator[Item]:
    log = _Log(what)
    number = total if total is not None else len(items) if isinstance(items, Sized) else None
    for done, item in enumerate(items):
        log.tell(f"{done:,}/{number:,}" if number is not None else f"{done:,}")
        yield item
