"""What a result is: records, and the run folder they are written to. No algorithm lives here."""

from layout_planner.plan.folder import read_plan
from layout_planner.plan.types import (
    FINDING_COLUMNS,
    FLOW_COLUMNS,
    OUTSIDE_COLUMNS,
    SCORE_COLUMNS,
    UNPLACED_COLUMNS,
    Assignment,
    Plan,
    Scorecard,
    Status,
    set_renderer,
)

__all__ = [
    "FINDING_COLUMNS",
    "FLOW_COLUMNS",
    "OUTSIDE_COLUMNS",
    "SCORE_COLUMNS",
    "UNPLACED_COLUMNS",
    "Assignment",
    "Plan",
    "Scorecard",
    "Status",
    "read_plan",
    "set_renderer",
]
