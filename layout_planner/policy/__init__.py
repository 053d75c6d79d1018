"""Rule profiles, each value with its source; the clock of a closure."""

from layout_planner.policy.areas import AREAS, area_of, areas_of
from layout_planner.policy.catalogue import PER_HUNDRED, TERMS, Term
from layout_planner.policy.procedure import STEPS, earliest_closing_years, procedure_clock
from layout_planner.policy.types import (
    DEFAULT_CLASS,
    Allowance,
    Profile,
    Rule,
    Rules,
    class_limit,
    profile_names,
    read_profile,
)

__all__ = [
    "AREAS",
    "DEFAULT_CLASS",
    "PER_HUNDRED",
    "STEPS",
    "TERMS",
    "Allowance",
    "Profile",
    "Rule",
    "Rules",
    "Term",
    "area_of",
    "areas_of",
    "class_limit",
    "earliest_closing_years",
    "procedure_clock",
    "profile_names",
    "read_profile",
]
