"""What a result is: records, and the run folder they are written to. No algorithm lives here."""

from layout_planner.base.proof import Proof, Status, unproved
from layout_planner.plan.columns import (
    BEYOND_REACH,
    CLOSED_HOME_UNKNOWN,
    ELSEWHERE,
    FINDING_COLUMNS,
    FLOW_COLUMNS,
    HOME_UNKNOWN,
    NO_SEAT,
    NO_ZONE,
    NOT_ZONED,
    OUTSIDE_COLUMNS,
    REASONS,
    SCORE_COLUMNS,
    UNCHECKED_COLUMNS,
    UNPLACED_COLUMNS,
    UNREACHABLE,
    ZONE_COLUMNS,
    typed,
)
from layout_planner.plan.evaluation import Evaluation
from layout_planner.plan.reading import read_plan
from layout_planner.plan.types import Assignment, Plan, Scorecard

__all__ = [
    "BEYOND_REACH",
    "CLOSED_HOME_UNKNOWN",
    "ELSEWHERE",
    "FINDING_COLUMNS",
    "FLOW_COLUMNS",
    "HOME_UNKNOWN",
    "NOT_ZONED",
    "NO_SEAT",
    "NO_ZONE",
    "OUTSIDE_COLUMNS",
    "REASONS",
    "SCORE_COLUMNS",
    "UNCHECKED_COLUMNS",
    "UNPLACED_COLUMNS",
    "UNREACHABLE",
    "ZONE_COLUMNS",
    "Assignment",
    "Evaluation",
    "Plan",
    "Proof",
    "Scorecard",
    "Status",
    "read_plan",
    "typed",
    "unproved",
]
