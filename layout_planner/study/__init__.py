"""The facts: the Study, its reader and writer, stages and grades, adjacency, the gate."""

from layout_planner.study.types import LOCAL, MIGRANT, TIDY, Study

__all__ = ["LOCAL", "MIGRANT", "TIDY", "Study"]
