"""Assignment: who goes to which school, today and in a what-if, and with what proof."""

from layout_planner.base.lazy import open_room

open_room(__name__)
