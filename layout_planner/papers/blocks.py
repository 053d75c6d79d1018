"""What a document is made of, before any file format: headings, sentences, tables, pictures, page ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from layout_planner.base.messages import Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a chapter."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Sentence:
    """A paragraph; tone says how it is shown."""

    text: str
    tone: str = ""
    """"" plain · "alarm" red and bold · "calm" bold · "source" small and grey · "lead" large."""


@dataclass(frozen=True)
class Grid:
    """A table: headers, rows of texts, which columns are numbers, where it is from."""

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int] = ()
    source: str = ""
    widths: Sequence[float] = ()
    """Centimetres; shared out by content where left out."""


@dataclass(frozen=True)
class Picture:
    """A chart or map: drawn when the document is written."""

    draw: Callable[[Axes], object]
    caption: str
    size: tuple[float, float] = (16.0, 8.0)
    """Centimetres, wide and high."""
    dpi: int = 160


@dataclass(frozen=True)
class PageEnd:
    """What follows begins on a new page."""


@dataclass(frozen=True)
class Sheet:
    """What follows stands on pages of another size: "A4" upright, "A3" lying."""

    paper: str = "A4"


Block: TypeAlias = Heading | Sentence | Grid | Picture | PageEnd | Sheet


@dataclass(frozen=True)
class Chapter:
    """A chapter: its title, its blocks; or what is missing to write it.

    Parameters
    ----------
    key, title
        Its name in code, and for readers.
    blocks
        What stands in it; empty where it is left out.
    missing
        Why it is left out.
    """

    key: str
    title: Text
    blocks: tuple[Block, ...] = ()
    missing: Text = field(default_factory=lambda: Text("", ""))
