"""A consolidation's three steps, apart: today · everyone to the best place with today's schools · the plan.

Most of what a plan saves in ways is often not owed to its schools: whoever goes past the nearest school today is sent
there by any plan that sends everyone anew. The middle step says how much of it that is, with not one school changed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.plan.record import PlanRecord

TODAY, BEST_PLACE, PLAN = "today", "best_place", "plan"
"""The columns."""

STEP_UNITS: Mapping[str, str] = {
    "unplaced": "pupils", "pupils_moved": "pupils", "schools": "schools", "schools_own": "schools",
    "minutes_mean": "min", "minutes_p95": "min", "beyond_reach_minutes_pupils": "pupils", "over_full_pupils": "pupils",
}  # fmt: skip
"""The measures, children without a school first."""


def step_figures(plan: PlanRecord, stage: str) -> dict[str, float]:
    """Give the measures of one step; those a plan does not have are absent."""
    told = {name: plan.scorecard.value(name, stage) for name in STEP_UNITS}
    return {name: value for name, value in told.items() if np.isfinite(value)}


def three_steps(plan: PlanRecord) -> pd.DataFrame:
    """Set the three steps to a plan of `consolidate` side by side.

    Parameters
    ----------
    plan
        Of `consolidate`, or a point of its frontier carried out.

    Returns
    -------
    pd.DataFrame
        Index measure; columns today, best_place (everyone sent to the best place within the seats, no school
        changed), plan; `attrs["units"]` has the unit of each measure. pupils_moved is counted from today in both.

    Raises
    ------
    DataError
        The plan is not one of `consolidate`.
    """
    told = plan.provenance.get("consolidation", {}).get(BEST_PLACE)
    if told is None or plan.base is None:
        raise refuse(
            "the plan was not made by consolidate",
            "该方案不是由 consolidate 生成的",
            "give a plan of consolidate, or compare plans with lp.compare",
            "请给 consolidate 的方案；其他方案请用 lp.compare 比较",
        )
    (stage,) = plan.assignments
    steps = {TODAY: step_figures(plan.base, stage), BEST_PLACE: dict(told), PLAN: step_figures(plan, stage)}
    steps[TODAY].setdefault("pupils_moved", 0.0)
    table = pd.DataFrame(steps, index=pd.Index(list(STEP_UNITS), name="measure"), dtype=float)
    table.attrs["units"] = dict(STEP_UNITS)
    return table
