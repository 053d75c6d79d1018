"""Values that say in a few lines what they hold, in a console and in a notebook."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable
from itertools import islice

from layout_planner.base.messages import Text

MOST_LINES, MOST_WIDTH = 12, 150
"""So long is a picture of a value at most, and so wide a line of it."""

Line = tuple[object, object]
"""What is told, and its value."""


class Shown:
    """Gives a value a short `repr` and an HTML one, both of the lines it tells of itself."""

    def _heading(self) -> str:
        """Name the value: its type and what it is called."""
        raise NotImplementedError

    def _lines(self) -> Iterable[Line]:
        """Tell what a person wants to know first, the most important first."""
        raise NotImplementedError

    def _told(self) -> list[tuple[str, str]]:
        return [(cut(label), cut(value)) for label, value in islice(self._lines(), MOST_LINES - 1)]

    def __repr__(self) -> str:
        return "\n".join([cut(self._heading()), *(f"  {label}: {value}" for label, value in self._told())])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th style="text-align:left">{html.escape(label)}</th>'
            f'<td style="text-align:left">{html.escape(value)}</td></tr>'
            for label, value in self._told()
        )
        return f"<table><caption><b>{html.escape(cut(self._heading()))}</b></caption>{rows}</table>"


def cut(text: object) -> str:
    """Cut a text that is too long for a line."""
    whole = " ".join(str(text).split())
    return whole if len(whole) <= MOST_WIDTH else whole[: MOST_WIDTH - 1] + "…"


def count(value: float, digits: int = 0) -> str:
    """Write a number for people; a dash where it is not known."""
    return f"{value:,.{digits}f}" if math.isfinite(value) else "—"


WITHOUT_SCHOOL = Text("children without a school", "无学可上的儿童")
SIMULATED = (Text("data", "数据"), Text("simulated", "模拟数据"))
