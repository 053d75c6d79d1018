"""What schools have after a plan, and how unevenly: teachers and equipment follow the pupils of closed schools."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Floats, Positions
from layout_planner.base.labels import positions
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
    after = _columns(plan.study, stage, resources, ids)
    followed = _followed(plan, stage)
    if followed is not None and plan.base is not None:
        gone, left, to, share = followed
        had = _columns(plan.base.study, stage, [name for name in resources if name in MOVES_WITH_PUPILS], gone)
        for name, own in had.items():
            after[name] = after[name] + np.bincount(to, np.nan_to_num(own[left] * share), len(ids))
    return pd.DataFrame(after, index=ids, columns=resources)


def _columns(study: Study, stage: str, names: list[str], schools: pd.Index) -> dict[str, Floats]:
    """Give columns of the offers of a stage for some schools, NaN where nothing was returned."""
    offers = study.offers_of(stage)
    at = positions(offers.index, schools)
    none = np.full(len(schools), np.nan)
    returned = [name for name in names if name in offers and len(offers)]
    found = {name: np.where(at >= 0, offers[name].to_numpy(dtype=np.float64)[at], np.nan) for name in returned}
    return {name: found.get(name, none) for name in names}


def _followed(plan: Plan, stage: str) -> tuple[pd.Index, Positions, Positions, Floats] | None:
    """Give the schools that ended, and the share of their pupils that went to each open one; None without any.

    The shares are lists: position of the ended school, position of the open one, share.
    """
    if plan.base is None or stage not in plan.base.assignments:
        return None
    ids, before = plan.study.offering(stage), plan.base.study.offering(stage)
    gone = before[positions(ids, before) < 0]
    if not len(gone):
        return None
    changes = moved(plan, stage)
    left, to = positions(gone, changes["from_school"]), positions(ids, changes["to_school"])
    both = (left >= 0) & (to >= 0)
    left, to, pupils = left[both], to[both], changes["pupils"].to_numpy(dtype=np.float64)[both]
    return gone, left, to, pupils / np.bincount(left, weights=pupils, minlength=len(gone))[left]


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
    kinds = study.schools["kind"].take(positions(study.schools.index, roll.index))
    point = (kinds == TEACHING_POINT).to_numpy(dtype=bool, na_value=False)
    heads = roll.to_numpy(dtype=float)
    counts = (heads > 0) & ~(point & (heads < SMALL_POINT))
    resources = [resource for resource in RESOURCES if resource in study.offers]
    table = all_resources_after(plan, stage, resources)
    answer = []
    for resource in resources:
        have = table[resource].to_numpy(dtype=float)
        known = ~np.isnan(have) & counts
        if known.sum() < 2:
            continue
        values = spread(have[known] / heads[known], heads[known] / heads[known].sum())
        answer += [(name, resource, value) for name, value in zip(("difference", "gini", "theil"), values, strict=True)]
    return answer
