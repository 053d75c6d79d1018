"""The edits of a what-if, and applying them."""

from layout_planner.base.lazy import open_room

open_room(__name__)
