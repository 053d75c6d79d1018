"""Staffing: posts, teachers, exchange, and the evaluation by the resource standards."""

from layout_planner.base.lazy import open_room

open_room(__name__)
