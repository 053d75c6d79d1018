"""School buses: stops, routes, tours and what they cost."""

from layout_planner.base.lazy import open_room

open_room(__name__)
