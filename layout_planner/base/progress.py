"""Progress for work that takes more than two seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from layout_planner.base.messages import Text

Item = TypeVar("Item")

PATIENCE_SECONDS = 2.0
"""A bar appears only after this long, so that quick work stays quiet."""


def track(items: Iterable[Item], what: Text, total: int | None = None) -> Iterator[Item]:
    """Go through items and show a bar once the work has lasted two seconds (tqdm: a widget in a notebook)."""
    from tqdm.auto import tqdm  # loaded late: it costs start-up time

    yield from tqdm(items, desc=str(what), total=total, delay=PATIENCE_SECONDS, leave=False, dynamic_ncols=True)
