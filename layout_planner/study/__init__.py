"""The facts: the Study, its reader and writer, stages and grades, adjacency, the gate."""

from layout_planner.study.adjacency import neighbours
from layout_planner.study.reading.draft import draft_study
from layout_planner.study.reading.reader import CheckReport, check_study, read_study
from layout_planner.study.samples import sample
from layout_planner.study.tidy import LOCAL, MIGRANT, TIDY
from layout_planner.study.types import Study
from layout_planner.study.write import write_study

__all__ = [
    "LOCAL",
    "MIGRANT",
    "TIDY",
    "CheckReport",
    "Study",
    "check_study",
    "draft_study",
    "neighbours",
    "read_study",
    "sample",
    "write_study",
]
