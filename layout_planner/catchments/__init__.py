"""Catchments (招生片区): whole places to schools, in one piece, with goals, answers and mends."""

from layout_planner.base.lazy import open_room

open_room(__name__)
