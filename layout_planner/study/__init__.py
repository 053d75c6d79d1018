"""The facts: the Study and its writer, stages and grades, the words of its tables, adjacency."""

from layout_planner.base.lazy import open_room

open_room(__name__)
