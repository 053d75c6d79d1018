"""Consolidation: which schools to keep, merge, enlarge, rebuild and open, and what that costs."""

from layout_planner.base.lazy import open_room

open_room(__name__)
