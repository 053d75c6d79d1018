"""What a plan breaks, and what could not be checked. Nothing is blocked by it, and everything is cited."""

from layout_planner.measures.findings.checking import check_plan, judge, list_unchecked

__all__ = ["check_plan", "judge", "list_unchecked"]
