"""Numbers: distance, load, balance; the scorecard; the findings."""

from layout_planner.measures.balance import difference_coefficient, gini, theil
from layout_planner.measures.findings import check_plan, list_unchecked
from layout_planner.measures.findings.county import migrant_admission
from layout_planner.measures.findings.groups import group_table
from layout_planner.measures.scorecard import compare, score

__all__ = [
    "check_plan",
    "compare",
    "difference_coefficient",
    "gini",
    "group_table",
    "list_unchecked",
    "migrant_admission",
    "score",
    "theil",
]
