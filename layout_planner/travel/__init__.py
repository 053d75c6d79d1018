"""Roads → who needs how long to where."""

from layout_planner.travel.types import Travel, TravelLike, travel_for

__all__ = ["Travel", "TravelLike", "travel_for"]
