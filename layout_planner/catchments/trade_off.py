"""How much nearer for how many who change school: plans between two goals, each with its bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from layout_planner.assignment.methods.contiguous import Contiguous
from layout_planner.assignment.solve import solve
from layout_planner.base.messages import Text
from layout_planner.base.progress import track
from layout_planner.base.units import Measured
from layout_planner.plan import Plan
from layout_planner.plan.zones import zone_map
from layout_planner.policy import Rules
from layout_planner.scenario import Scenario
from layout_planner.study import Study
from layout_planner.travel import TravelLike

WEIGHTS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Weights of pupils who change school against travel, both as shares: six points of the frontier."""


@dataclass(frozen=True, eq=False, repr=False)
class Tradeoff(Measured):
    """Plans between near ways and few changes.

    Parameters
    ----------
    plans
        One a weight, in ascending order of weight.
    table
        Index weight: minutes_mean, pupils_moved, share_moved, over_full_pupils, status, objective, bound, gap.
    """

    plans: tuple[Plan, ...]
    table: pd.DataFrame


def trade_off_moves(
    study: Study,
    travel: TravelLike,
    rules: Rules | None = None,
    *,
    stage: str,
    weights: Sequence[float] = WEIGHTS,
    wish: Contiguous | None = None,
    scenario: Scenario | None = None,
    gap: float = 2e-3,
    time_limit: float = 60.0,
) -> Tradeoff:
    """Draw zones for several weights of "pupils who change school" against travel.

    Each point minimises travel + weight · moved (weighted-sum method: points on the convex hull of the frontier).

    Parameters
    ----------
    study, travel, rules, stage, scenario, gap
        As in `solve`.
    weights
        From 0 (ways alone) upward.
    wish
        Other settings; its goals are kept beside, its start (today's zones where left out) is that of the point of most
        weight. Every other point starts from the one before.
    time_limit
        Wall seconds a point.
    """
    wish = wish or Contiguous(start="today")
    others = {goal: weight for goal, weight in wish.goals.items() if goal not in ("travel", "moved")}
    plans: list[Plan] = []
    for weight in track(sorted(weights, reverse=True), Text("trade-off, by weight", "权衡（按权重）")):
        start = wish.start if not plans else zone_map(plans[-1], stage)
        asked = replace(wish, goals={**others, "travel": 1.0, "moved": float(weight)}, start=start)
        name = Scenario(f"moved × {weight:g}", scenario.edits if scenario is not None else ())
        plans.append(
            solve(study, travel, rules, scenario=name, assign=asked, stage=stage, gap=gap, time_limit=time_limit)
        )
    plans.reverse()
    rows = [_figures(plan, stage) for plan in plans]
    return Tradeoff(tuple(plans), pd.DataFrame(rows, index=pd.Index(sorted(weights), name="weight")))


def _figures(plan: Plan, stage: str) -> dict[str, float | str]:
    found = plan.assignments[stage]
    return {
        "minutes_mean": plan.scorecard.value("minutes_mean", stage),
        "pupils_moved": plan.scorecard.value("pupils_moved", stage),
        "share_moved": float(found.work.get("goal_moved", float("nan"))),
        "over_full_pupils": plan.scorecard.value("over_full_pupils", stage),
        "status": found.status,
        "objective": found.objective,
        "bound": found.bound,
        "gap": found.gap,
    }
