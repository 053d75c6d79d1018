"""The methods of `solve`: how pupils are sent to schools after the edits of a what-if.

A method is one value: its name, its words, whether seats bind, who may stay, and what carries it out. To add one, write
a `Method` and hand it to `solve(..., assign=)`; put into `METHODS` it has a name in the command line as well. Nothing
heavy is loaded here, so that the command line can list the methods.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from layout_planner.assignment.methods.method import ASSUMED, CONTIGUOUS, GIVEN, NEAREST_SEATS, TODAY, Method
from layout_planner.base.messages import Text

if TYPE_CHECKING:
    from layout_planner.assignment.moves import Move
    from layout_planner.plan import Assignment


def _stay(move: Move) -> Assignment:
    from layout_planner.assignment.methods.stay import stay

    return stay(move, STAY)


def _stay_nearest(move: Move) -> Assignment:
    from layout_planner.assignment.methods.stay import stay

    return stay(move, STAY_NEAREST)


def _nearest(move: Move) -> Assignment:
    from layout_planner.assignment.methods.in_order import in_order

    return in_order(move, NEAREST)


def _nearest_seats(move: Move) -> Assignment:
    from layout_planner.assignment.methods.in_order import in_order

    return in_order(move, NEAREST_SEATS)


def _capacity(move: Move) -> Assignment:
    from layout_planner.assignment.methods.capacity import capacity

    return capacity(move, CAPACITY)


def _contiguous(move: Move) -> Assignment:
    from layout_planner.assignment.methods.contiguous import Contiguous

    return Contiguous()(move)


def _migrants_designated(move: Move) -> Assignment:
    from layout_planner.assignment.migrants import send_migrants

    return send_migrants(move, MIGRANTS_DESIGNATED, to_designated=True)


def _migrants_spare(move: Move) -> Assignment:
    from layout_planner.assignment.migrants import send_migrants

    return send_migrants(move, MIGRANTS_SPARE, to_designated=False)


STAY = Method(
    "stay",
    Text("all stay but those whose school closes or shrinks", "其余不动，仅撤并学校的学生转学"),
    _stay,
    stays=True,
    help="as today but for those whose school changes; the default",
)
STAY_NEAREST = Method(
    "stay_nearest",
    Text(
        "all stay but those whose school closes, who go to the nearest", "其余不动，撤并学校的学生就近转学（不计学位）"
    ),
    _stay_nearest,
    stays=True,
    seats=False,
    help="likewise, to the nearest, full or not",
)
NEAREST = Method(
    "nearest", Text("each to the nearest school, seats not counted", "就近入学（不计学位）"), _nearest, seats=False
)
CAPACITY = Method(
    "capacity",
    Text("least travel within the seats", "学位约束下总路程最短"),
    _capacity,
    help="least travel within the seats",
)
MIGRANTS_DESIGNATED = Method(
    "migrants_designated",
    Text("migrants to designated schools", "随迁子女入定点学校"),
    _migrants_designated,
    leaves=True,
    help="migrants get the seats local children leave: at designated schools first",
)
MIGRANTS_SPARE = Method(
    "migrants_spare",
    Text("migrants to the nearest free seats", "随迁子女就近入空余学位"),
    _migrants_spare,
    leaves=True,
    help="likewise, anywhere",
)

METHODS = {
    method.name: method
    for method in (
        STAY, STAY_NEAREST, NEAREST, replace(NEAREST_SEATS, run=_nearest_seats), CAPACITY,
        replace(CONTIGUOUS, run=_contiguous), MIGRANTS_DESIGNATED, MIGRANTS_SPARE,
    )
}  # fmt: skip
"""The methods `solve` and the command line know by name."""


def words_by_name(*further: Iterable[Method]) -> dict[str, Text]:
    """Give the words of the methods of this room, and of those other rooms bring."""
    every = [*METHODS.values(), TODAY, ASSUMED, GIVEN, *(method for methods in further for method in methods)]
    return {method.name: method.words for method in every}
