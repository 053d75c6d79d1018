"""Progress for work that takes more than two seconds."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from layout_planner.base.messages import Text

Item = TypeVar("Item")

PATIENCE_SECONDS = 2.0
"""A bar appears only after this long, so that quick work stays quiet."""


class Tracker(Protocol):
    """Another way to show progress: goes through the items as it is given them."""

    def __call__(self, items: Iterable[Any], what: Text, total: int | None) -> Iterator[Any]:
        """Give the items on, and show how many are done."""


_tracker: contextvars.ContextVar[Tracker | None] = contextvars.ContextVar("tracker", default=None)


def track(items: Iterable[Item], what: Text, total: int | None = None) -> Iterator[Item]:
    """Go through items and show a bar once the work has lasted two seconds (tqdm: a widget in a notebook)."""
    tracker = _tracker.get()
    if tracker is not None:
        yield from tracker(items, what, total)
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
