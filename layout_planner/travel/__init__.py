"""Roads → who needs how long to where."""

from layout_planner.travel.access import floating_catchment, longest_ways
from layout_planner.travel.files import read_travel, write_travel
from layout_planner.travel.isochrones import isochrones
from layout_planner.travel.matrix import add_sites, travel_matrix, unreachable
from layout_planner.travel.paths import Way, trace_ways, unsafe_names, ways_table
from layout_planner.travel.speeds import SPEEDS
from layout_planner.travel.types import Travel, TravelLike, travel_for

__all__ = [
    "SPEEDS",
    "Travel",
    "TravelLike",
    "Way",
    "add_sites",
    "floating_catchment",
    "isochrones",
    "longest_ways",
    "read_travel",
    "trace_ways",
    "travel_for",
    "travel_matrix",
    "unreachable",
    "unsafe_names",
    "ways_table",
    "write_travel",
]
