"""Rule profiles, each value with its source."""

from layout_planner.policy.types import Rule, Rules, profile_names

__all__ = ["Rule", "Rules", "profile_names"]
