"""What tells one plan from another: a digest of who goes where, the same before and after a run folder."""

from __future__ import annotations

import json

from layout_planner.base.files import digest_parts
from layout_planner.plan.types import Plan

DIGITS = 16


def plan_digest(plan: Plan) -> str:
    """Give sixteen hex digits that stand for a plan: its study, edits, and who goes where.

    A reply to a public page carries it, so that one about an earlier draft is not counted for this one.
    """
    parts = [plan.study.name, str(plan.study.year), json.dumps(plan.scenario.as_mapping(), sort_keys=True, default=str)]
    for stage, assignment in sorted(plan.assignments.items()):
        flows, left = assignment.flows, assignment.unplaced
        keys = ["place_id", "school_id", "grade", "group", "how"]
        rows = flows.sort_values(keys, kind="stable")[[*keys, "pupils"]].itertuples(index=False, name=None)
        away = left.sort_values(["place_id", "grade", "group"], kind="stable")[["place_id", "grade", "pupils"]]
        parts += [stage, *("|".join([*map(str, row[:-1]), f"{row[-1]:.6f}"]) for row in rows)]
        parts += [f"{place}|{grade}|{pupils:.6f}" for place, grade, pupils in away.itertuples(index=False, name=None)]
    return digest_parts(*parts)[:DIGITS]
