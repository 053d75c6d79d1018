"""What schools have after a plan, and how unevenly: teachers and equipment follow the pupils of closed schools."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.memory import kept
from layout_planner.measures.balance import spread
from layout_planner.measures.load import school_table
from layout_planner.measures.moved import moved
from layout_planner.plan import Assignment, Plan
from layout_planner.policy import Rules
from layout_planner.scenario import Scenario
from layout_planner.scenario.works import TEACHING_POINT
from layout_planner.study import Study
from layout_planner.study.indicators import INDICATORS

RESOURCES = ("teachers", *INDICATORS)
"""Raw quantities whose spread between schools is measured."""

MOVES_WITH_PUPILS = (
    "teachers", "staff", "carers", "teachers_above_degree", "teachers_backbone", "teachers_arts", "equipment_value",
)  # fmt: skip
"""Of a closed school's resources these follow its pupils; buildings stay where they are."""

SMALL_POINT = 50
"""Teaching points under 50 pupils do not count in the difference coefficients (教督〔2017〕6号)."""


def resources_after(plan: Plan, stage: str, resource: str) -> pd.Series[float]:
    """Give a resource of the open schools of a stage after the plan; index school_id, NaN where not returned.

    Teachers and equipment of schools that closed follow their pupils in proportion (县管校聘: the teachers of merged
    schools first follow the pupils); buildings do not move.
    """
    return all_resources_after(plan, stage, [resource])[resource]


def all_resources_after(plan: Plan, stage: str, resources: list[str]) -> pd.DataFrame:
    """Give some resources of the open schools after the plan, as `resources_after` does."""
    ids = plan.study.offering(stage)
    after = _of_stage(plan.study, stage).reindex(index=ids, columns=resources).astype(float)
    shares = _followed(plan, stage)
    moving = [name for name in resources if name in MOVES_WITH_PUPILS]
    if shares is None or plan.base is None or not moving:
        return after
    before = _of_stage(plan.base.study, stage).reindex(columns=moving).astype(float)
    carried = before.reindex(shares.index.get_level_values(0)).to_numpy() * shares.to_numpy()[:, None]
    arrives = pd.DataFrame(carried, index=shares.index, columns=moving).groupby(level=1).sum()
    after[moving] = after[moving] + arrives.reindex(ids).fillna(0.0)
    return after


def _followed(plan: Plan, stage: str) -> pd.Series[float] | None:
    """Give the share of each closed school's pupils that went to each open one, index (from, to); None without any."""
    if plan.base is None or stage not in plan.base.assignments:
        return None
    ids = plan.study.offering(stage)
    gone = plan.base.study.offering(stage).difference(ids)
    if not len(gone):
        return None
    changes = moved(plan, stage)
    changes = changes.loc[changes["from_school"].isin(gone) & changes["to_school"].isin(ids)]
    shares = changes.groupby(["from_school", "to_school"])["pupils"].sum()
    return shares / shares.groupby(level=0).transform("sum")


def _of_stage(study: Study, stage: str) -> pd.DataFrame:
    return study.offers.loc[study.offers.index.get_level_values("stage") == stage].droplevel("stage")


def balances(plan: Plan, stage: str) -> list[tuple[str, str, float]]:
    """Give (difference | gini | theil, resource, value) for every resource that two schools or more returned."""
    base = plan.base if plan.base is not None and stage in plan.base.assignments else None
    return _balances(
        plan.assignments[stage],
        plan.study,
        plan.rules,
        None if base is None else base.study,
        None if base is None else base.assignments[stage],
    )


@kept
def _balances(
    assignment: Assignment, study: Study, rules: Rules, before: Study | None, old: Assignment | None
) -> list[tuple[str, str, float]]:
    # Asked for by the scorecard and by the findings: the plan is put together again from what the answer depends on.
    stage = assignment.stage
    plan = Plan("", study, {}, rules, Scenario(), {stage: assignment})
    if before is not None and old is not None:
        plan = plan.with_(base=Plan("", before, {}, rules, Scenario(), {stage: old}))
    roll = school_table(plan, stage)["roll"]
    kinds = study.schools["kind"].reindex(roll.index).astype("string").fillna("")
    counts = (roll > 0) & ~((kinds == TEACHING_POINT) & (roll < SMALL_POINT)).to_numpy(dtype=bool)
    resources = [resource for resource in RESOURCES if resource in study.offers]
    table = all_resources_after(plan, stage, resources)
    answer = []
    heads = roll.to_numpy(dtype=float)
    for resource in resources:
        have = table[resource].to_numpy(dtype=float)
        known = ~np.isnan(have) & counts.to_numpy(dtype=bool)
        if known.sum() < 2:
            continue
        values = spread(have[known] / heads[known], heads[known] / heads[known].sum())
        answer += [(name, resource, value) for name, value in zip(("difference", "gini", "theil"), values, strict=True)]
    return answer
