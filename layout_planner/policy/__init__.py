"""Rule profiles, each value with its source."""

from layout_planner.policy.types import DEFAULT_CLASS, Rule, Rules, class_limit, profile_names

__all__ = ["DEFAULT_CLASS", "Rule", "Rules", "class_limit", "profile_names"]
