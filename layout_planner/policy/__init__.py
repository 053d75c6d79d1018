"""Rule profiles, each value with its source; the clock of a closure."""

from layout_planner.base.lazy import open_room

open_room(__name__)
