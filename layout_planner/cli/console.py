"""Speaking to the reader: results on stdout, progress and complaints on stderr."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from layout_planner.base.messages import Text
from layout_planner.base.progress import PATIENCE_SECONDS, tracked_by

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

Item = TypeVar("Item")

WIDE = 240
"""Columns of a line that goes into a file or a pipe: nothing is folded there."""


def console(stderr: bool = False) -> Console:
    """Make a console for stdout (or stderr), as it is at this moment."""
    made = _patient_console()(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = WIDE
    return made


@lru_cache(maxsize=1)
def _patient_console() -> type[Console]:
    """Make a console that goes on without a reader: with "| head -1" the run is still written."""
    from rich.console import Console

    class Patient(Console):
        def on_broken_pipe(self) -> None:
            self.quiet = True
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.file.fileno())
            os.close(nowhere)

    return Patient


def plain(text: object) -> str:
    """Give a text without control characters: a school's name must not steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in str(text))


def say(text: object = "") -> None:
    """Print a line of the result."""
    console().print(plain(text), soft_wrap=True)


def complain(text: object) -> None:
    """Print what went wrong."""
    console(stderr=True).print(plain(text), soft_wrap=True, style="red")


def show_table(
    header: Sequence[object], rows: Iterable[Sequence[object]], numbers: Sequence[int] = (), title: object = ""
) -> None:
    """Print a table; columns named by position in `numbers` stand flush right."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, title=plain(title) or None, title_justify="left", title_style="bold")
    for at, name in enumerate(header):
        table.add_column(plain(name), justify="right" if at in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(plain(cell) for cell in row))
    console().print(table)


@contextmanager
def step(what: Text) -> Iterator[None]:
    """Show that a piece of work is under way, with its parts; what took over two seconds leaves a line."""
    shell = console(stderr=True)
    started = time.perf_counter()
    if shell.is_terminal:
        with _bars(shell) as bars, tracked_by(_Bars(bars)):
            bars.add_task(str(what), total=None)
            yield
    else:  # in a log or a pipe a moving bar is noise; the line below tells enough
        with tracked_by(_quietly):
            yield
    seconds = time.perf_counter() - started
    if seconds > PATIENCE_SECONDS:
        shell.print(plain(f"{what}: {seconds:.1f} s"), style="dim", soft_wrap=True)


def _bars(shell: Console) -> Progress:
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=shell, transient=True)


def _quietly(items: Iterable[Item], what: Text, total: int | None) -> Iterator[Item]:
    yield from items


class _Bars:
    """The library's progress as bars of the shell."""

    def __init__(self, bars: Progress) -> None:
        self.bars = bars

    def __call__(self, items: Iterable[Item], what: Text, total: int | None) -> Iterator[Item]:
        if total is None and isinstance(items, Sequence):
            total = len(items)
        bar = self.bars.add_task(f"  {what}", total=total)
        try:
            for item in items:
                yield item
                self.bars.advance(bar)
        finally:
            self.bars.remove_task(bar)
