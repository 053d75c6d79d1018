"""`Use`: one state of a building."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

POINT = "teaching point"


@dataclass(frozen=True)
class Use:
    """One state of a building.

    Parameters
    ----------
    building
        Its position.
    word
        "closed", "as today", "enlarged", "converted", "teaching point", "open", "new", "rebuilding" or "rebuilt".
    seats, rooms
        Stage (by position) → seats to be filled; classrooms, NaN unknown.
    own
        Stage → seats with those of pupils who stay in any case.
    step
        Which year of building it is; 0 where nothing is rebuilt.
    """

    building: int
    word: str
    seats: Mapping[int, float] = field(default_factory=dict)
    rooms: Mapping[int, float] = field(default_factory=dict)
    own: Mapping[int, float] = field(default_factory=dict)
    step: int = 0
