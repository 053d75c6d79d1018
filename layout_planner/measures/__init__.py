"""Numbers: distance, load, balance; the scorecard; the findings."""

from layout_planner.measures.balance import difference_coefficient, gini, theil
from layout_planner.measures.findings import check_plan
from layout_planner.measures.scorecard import compare, score

__all__ = ["check_plan", "compare", "difference_coefficient", "gini", "score", "theil"]
