"""`Goal`: what a plan may be asked for, as a named callable.

Zones (`assignment.contiguous.goals`), schools (`consolidation.terms`) and districts (`districts.terms`) are drawn under
goals of this one kind. What a goal looks at differs, since the three choose different things: an `Area` of units and
schools, a `Situation` of rows, sites and sizes in yuan, the `Units` and leads of districts. What it answers is what the
program of that room can hold: pairs, sums over a zone and borders; yuan by pair or site; linear costs and shapes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from layout_planner.base.messages import Text

S = TypeVar("S")
"""What a goal looks at."""
P = TypeVar("P")
"""What it answers."""


@dataclass(frozen=True, eq=False)
class Goal(Generic[S, P]):
    """A named, typed callable: what is looked at in, what it costs out.

    Parameters
    ----------
    name
        How results call it.
    formula
        What it costs.
    words
        What readers call it; None where only the name is known.
    weight
        How much it counts where nothing is said.
    """

    name: str
    formula: Callable[[S], P]
    words: Text | None = None
    weight: float = 1.0

    def __call__(self, looked_at: S) -> P:
        """Work out what it costs."""
        return self.formula(looked_at)


def goal(name: str, en: str, zh: str, weight: float = 1.0) -> Callable[[Callable[[S], P]], Goal[S, P]]:
    """Make the function below a `Goal`."""

    def made(formula: Callable[[S], P]) -> Goal[S, P]:
        return Goal(name, formula, Text(en, zh), weight)

    return made


def goal_of(asked: Goal[S, P] | Callable[[S], P]) -> Goal[S, P]:
    """Take a goal as it is; a plain callable becomes one by its `__name__`."""
    return asked if isinstance(asked, Goal) else Goal(getattr(asked, "__name__", type(asked).__name__), asked)
