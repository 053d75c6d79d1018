"""Drawing a value from below: it names the maker of a room above, which is loaded when the picture is asked for."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol


class Drawn(Protocol):
    """A map or page: a file that opens without internet, and a cell of a notebook."""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as one file."""

    def _repr_html_(self) -> str: ...


def draw(maker: str, *shown: object, room: str = "show", **options: object) -> Any:
    """Call a maker of pictures, papers or graphs by its name.

    Records must not import the rooms above them; as with the plotting backends of pandas, the name is all they know.

    Parameters
    ----------
    maker
        A function of the room: "briefing", or with its module "frontiers.plot_frontier".
    shown, options
        What it is called with.
    room
        "show", "papers" or "travel".
    """
    module, _, name = f"layout_planner.{room}.{maker}".rpartition(".")
    return getattr(import_module(module), name)(*shown, **options)
