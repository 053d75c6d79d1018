"""Numbers: distance, load, balance; the scorecard; the findings."""

from layout_planner.base.lazy import open_room

open_room(__name__)
