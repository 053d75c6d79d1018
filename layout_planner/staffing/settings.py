"""How posts are shared out and filled: the record that `staff` and its command read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from layout_planner.base.options import option

if TYPE_CHECKING:
    from layout_planner.plan.staffing import Ladder

CAREER_YEARS = 40
"""Years of a career: where birth months are not known, one teacher in so many retires a year."""


@dataclass(frozen=True, eq=False)
class Posts:
    """How posts are shared out, and how they are filled.

    Parameters
    ----------
    cap
        Posts there are (编制总量): of the county, shared over the stages by their claims, or stage → posts. The claims
        where left out.
    reserve
        Share of the posts held back for recruits.
    own_share
        Share of its posts a school fills from its own in the first round.
    exchanging
        Exchange teachers of one subject between near schools of the pool until 10 % of the eligible, a fifth of them
        backbone, have changed school (交流轮岗; the rules' own shares where they have them).
    leave
        Share of the teachers who retire in a year where their birth months are not known.
    later
        Years all retire later than the statute's date, by agreement (at most 3), or earlier (弹性退休; not below the
        age of before 2025).
    pool
        Whose posts a teacher may be sent to: any school of the county, or those of the management district
        (`plan.districtings`).
    other_subjects
        Let who is left fill posts of other subjects (跨学科) rather than wait.
    lessons
        Stage → {subject: share of the lessons}; as the county's teachers are spread today where left out.
    most_minutes
        Longest way (one way, by the plan's travel) an itinerant teacher goes.
    ladder
        The waiting ladder; half-year terms and dismissal after three years where left out.
    """

    cap: float | Mapping[str, float] | None = option(
        None, "Posts of the county in all.", "编制总量。", kind=float | None, least=0
    )
    reserve: float = option(0.0, "Share of posts held for recruits.", "预留招聘比例。", least=0, most=0.99)
    own_share: float = option(0.9, "Share a school fills from its own first.", "校内竞聘比例。", least=0, most=1)
    exchanging: bool = option(
        False, "Exchange teachers up to the shares the rules ask.", "交流轮岗到规定比例。", flag="--exchange"
    )
    leave: float = option(
        1.0 / CAREER_YEARS, "Share retiring a year, births unknown.", "年退休比例。", least=0, most=0.99
    )
    later: float = option(
        0.0, "Years all retire later (−: earlier) than the statute's date.", "弹性退休年数。", least=-3, most=3
    )
    pool: Literal["county", "district"] = "county"
    other_subjects: bool = True
    lessons: Mapping[str, Mapping[str, float]] | None = None
    most_minutes: float = 60.0
    ladder: Ladder | None = None
