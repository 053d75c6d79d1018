"""`Method`: what a way to send pupils to schools is, and the few that other files must know by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from layout_planner.base.messages import Text

if TYPE_CHECKING:
    from layout_planner.assignment.moves import Move
    from layout_planner.plan import Assignment
    from layout_planner.plan.record import Promise

Run: TypeAlias = "Callable[[Move], Assignment]"
"""What carries a method out: the stage before and after the edits in, who goes where out."""


@dataclass(frozen=True)
class Method:
    """A way to send pupils to schools.

    Parameters
    ----------
    name
        As typed, and as run folders hold it.
    words
        As a reader calls it, on pages and in tables.
    run
        What carries it out; None for what another verb made (today, a map handed in, `consolidate`): such a method
        cannot be asked for.
    stays
        Only pupils whose school closes or shrinks are sent; the others stay as today, boarders too.
    seats
        Whether a full school turns pupils away.
    leaves
        Whom it need not move it leaves where they are, though it does not start from those whose school closes.
    help
        What the command line says of it, in English.
    """

    name: str
    words: Text
    run: Run | None = None
    stays: bool = False
    seats: bool = True
    leaves: bool = False
    help: str = ""

    @property
    def promises(self) -> tuple[Promise, ...]:
        """What `verify` may hold it to."""
        seats: tuple[Promise, ...] = ("seats",) if self.seats else ()
        return (*seats, "leaves") if self.stays or self.leaves else seats

    def __call__(self, move: Move) -> Assignment:
        """Send the pupils of one stage."""
        if self.run is None:
            raise TypeError(f"{self.name} is not a method to ask for")
        return self.run(move)


def method_of(run: Run | Method) -> Method:
    """Make a method of a callable, which may say its own `name`, `words`, `stays` and `seats`; a `Method` is itself."""
    if isinstance(run, Method):
        return run
    name = str(getattr(run, "name", None) or getattr(run, "__name__", type(run).__name__))
    words = getattr(run, "words", None)
    stays, seats = (bool(getattr(run, what, False)) for what in ("stays", "seats"))
    return Method(name, words if isinstance(words, Text) else Text(name, name), run, stays, seats)


TODAY = Method("today", Text("as today", "现状就读"))
ASSUMED = Method(
    "assumed", Text("today assumed: neither rolls nor catchments are known", "现状为推定（无在校生数或划片）")
)
GIVEN = Method("given", Text("catchments as handed in", "按给定划片"), seats=False)
NEAREST_SEATS = Method(
    "nearest_seats", Text("nearest school with seats left", "就近入学，满额顺延"), help="overflow to the next"
)
CONTIGUOUS = Method(
    "contiguous",
    Text("unbroken catchments, least total travel", "片区连片，总路程最短"),
    help="the same, every zone in one piece",
)
"""What `Contiguous` carries out, whatever its settings."""
