"""The facts: the Study, its reader and writer, stages and grades, adjacency, the gate."""

from layout_planner.base.lazy import open_room

open_room(__name__)
