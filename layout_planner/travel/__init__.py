"""Roads → who needs how long to where."""

from layout_planner.base.lazy import open_room

open_room(__name__)
