"""Roads → who needs how long to where."""

from layout_planner.travel.files import read_travel, write_travel
from layout_planner.travel.matrix import add_sites, travel_matrix, unreachable
from layout_planner.travel.speeds import SPEEDS
from layout_planner.travel.types import Travel, TravelLike, travel_for

__all__ = [
    "SPEEDS",
    "Travel",
    "TravelLike",
    "add_sites",
    "read_travel",
    "travel_for",
    "travel_matrix",
    "unreachable",
    "write_travel",
]
