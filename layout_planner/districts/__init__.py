"""Management districts: division into connected districts, ensembles of lawful divisions, pairs and groups, sharing."""

from layout_planner.districts.ensemble import ensemble
from layout_planner.districts.pair import pair, sharing_effect
from layout_planner.districts.partition import PUBLISHED, alike_against_mixed, partition
from layout_planner.districts.sharing import (
    annex_table,
    district_balance,
    joint_days,
    lesson_balance,
    pool_posts,
    school_minutes,
    send_lessons,
    travelling_teachers,
)

__all__ = [
    "PUBLISHED",
    "alike_against_mixed",
    "annex_table",
    "district_balance",
    "ensemble",
    "joint_days",
    "lesson_balance",
    "pair",
    "partition",
    "pool_posts",
    "school_minutes",
    "send_lessons",
    "sharing_effect",
    "travelling_teachers",
]
