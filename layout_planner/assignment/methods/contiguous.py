"""The method "contiguous" as a value with settings; what carries it out is loaded when it is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from layout_planner.assignment.contiguous.settings import ZoneSettings
from layout_planner.assignment.methods.method import CONTIGUOUS
from layout_planner.base.messages import Text

if TYPE_CHECKING:
    from layout_planner.assignment.moves import Move
    from layout_planner.plan import Assignment


@dataclass(frozen=True, eq=False)
class Contiguous(ZoneSettings):
    """Zones in one piece; `assign="contiguous"` is this with nothing else said. The fields: see `ZoneSettings`."""

    name: ClassVar[str] = CONTIGUOUS.name
    words: ClassVar[Text] = CONTIGUOUS.words

    def __call__(self, move: Move) -> Assignment:
        """Draw the zones of one stage: a method of `solve`."""
        from layout_planner.assignment.contiguous.method import assign_contiguous

        return assign_contiguous(move, self)
