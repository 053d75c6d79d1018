"""The edits of a what-if, and applying them."""

from layout_planner.scenario.applying import apply, destinations, in_force, pins
from layout_planner.scenario.check import check_scenario
from layout_planner.scenario.edit import Edit, in_order
from layout_planner.scenario.edits import (
    Board,
    Bus,
    Close,
    Convert,
    Expand,
    Keep,
    Merge,
    Open,
    Pin,
    Rebuild,
)
from layout_planner.scenario.types import Scenario

__all__ = [
    "Board",
    "Bus",
    "Close",
    "Convert",
    "Edit",
    "Expand",
    "Keep",
    "Merge",
    "Open",
    "Pin",
    "Rebuild",
    "Scenario",
    "apply",
    "check_scenario",
    "destinations",
    "in_force",
    "in_order",
    "pins",
]
