"""`Counter`: a plan beside the one in which a school stays. A record only; `counter` works it out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.plan.types import Plan


@dataclass(frozen=True, eq=False)
class Counter:
    """The answer to “and if our school stayed?”: two plans in two columns, who gains, and what would let it stay.

    Parameters
    ----------
    school, stage
        The school that stays, and the stage that is compared.
    plan, other
        The plan as proposed; the one in which the school stays. `other.scenario` holds its edits.
    closes
        Schools that close instead, so that the number of schools is the same; none where the number may rise.
    table
        Index measure (`COUNTER_ROWS`); columns unit, plan, other, change.
    gains
        By township: name, better and worse (pupils whose way is shorter or longer than in the plan, by more than half
        a minute), minutes_saved and minutes_lost (their means); townships where nobody's way changes are left out.
    stays_if
        Index roll | minutes | seats; columns now, needed, unit: what would let the school stay at no more yuan a year
        than the plan, all else equal. NaN: no such figure.
    tried
        Every school that could have closed instead: the yearly cost (NaN where it was ruled out by its bound), the
        bound, and the children left without a place.
    proved
        The exchange costs least of all single ones: the rest are ruled out by their bounds.
    prices
        The prices the yuan are reckoned by: index price; value, unit, source, mark.
    notes
        Statements the reader must see.
    """

    school: str
    stage: str
    plan: Plan
    other: Plan
    closes: tuple[str, ...]
    table: pd.DataFrame
    gains: pd.DataFrame
    stays_if: pd.DataFrame
    tried: pd.DataFrame
    proved: bool
    prices: pd.DataFrame
    notes: tuple[Text, ...] = ()
    work: dict[str, Any] = field(default_factory=dict)


COUNTER_ROWS: dict[str, tuple[str, Text]] = {
    "schools": ("schools", Text("open schools of the stage", "本学段在办学校（所）")),
    "yuan": ("yuan a year", Text("cost a year, all told (10,000 yuan)", "年费用合计（万元）")),
    "travel": ("yuan a year", Text("of it: children's time on the way", "其中：学生路途时间折算")),
    "running": ("yuan a year", Text("of it: running costs that end with a school", "其中：随学校存废的运行费")),
    "floor": ("yuan a year", Text("of it: small schools funded as 100 pupils", "其中：不足百人按百人拨付的差额")),
    "building": ("yuan a year", Text("of it: building, written off evenly", "其中：建设投资按年分摊")),
    "investment": ("yuan", Text("building, once (10,000 yuan)", "一次性建设投资（万元）")),
    "minutes_mean": ("min", Text("mean way of a pupil", "学生平均单程（分钟）")),
    "minutes_p95": ("min", Text("95 of 100 pupils need at most", "95% 学生单程不超过（分钟）")),
    "far_young": ("pupils", Text("day pupils of the lowest grades beyond reach", "低年级走读超出规定时间（人）")),
    "boarders": ("pupils", Text("boarders", "寄宿生（人）")),
    "moved": ("pupils", Text("pupils who change school", "需转学学生（人）")),
    "moved_minutes": ("min", Text("their way becomes longer by, on average", "转学学生平均多走（分钟）")),
    "unplaced": ("pupils", Text("children without a place", "未安置学生（人）")),
    "posts": ("posts", Text("teachers' posts due", "应核编制（名）")),
    "largest_class": ("pupils", Text("largest class", "最大班额（人）")),
    "findings": ("findings", Text("breaches of the rules", "不合规定之处（条）")),
}
"""The rows of `Counter.table`: unit, and what a reader sees (who shows yuan divides them)."""
