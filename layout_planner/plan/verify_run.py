"""A run folder verified: the plan in it, and the tables people read beside it."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.plan.check import PUPILS, Check, Verification, make_check
from layout_planner.plan.folder import school_table
from layout_planner.plan.reading import read_plan
from layout_planner.plan.types import Plan
from layout_planner.plan.verify import verify

GAP = 1e-6
"""How far a gap may be from the difference it stands for."""


def verify_run(folder: str | os.PathLike[str]) -> Verification:
    """Verify a run folder from what is written in it, the tables people read among it.

    Parameters
    ----------
    folder
        Written by `Plan.write`.

    Raises
    ------
    RunError
        It is no run folder, or damaged.
    """
    plan = read_plan(folder)
    return Verification(plan.name, (*verify(plan).checks, *_written(plan, Path(folder))))


def _written(plan: Plan, folder: Path) -> Iterator[Check]:
    """The table of schools people read says what the flows say."""
    read = pd.read_csv(folder / "schools.csv", dtype={"school_id": str, "stage": str}, encoding="utf-8-sig")
    told = read.set_index(["stage", "school_id"])["roll"]
    again = school_table(plan).set_index(["stage", "school_id"])["roll"]
    apart = again.index[(again - told.reindex(again.index)).abs().fillna(np.inf) > PUPILS * (1 + again.abs())]
    missing = told.index.difference(again.index)
    breaches = [
        Text(
            f"{school}: schools.csv says {told.get((stage, school), math.nan):g}",
            f"{school}：schools.csv 为 {told.get((stage, school), math.nan):g}",
        )
        for stage, school in [*apart, *missing]
    ]
    yield from _gaps(folder)
    yield make_check(
        "schools.csv",
        "",
        Text(f"{len(again)} rolls as the flows add up", f"{len(again)} 所学校在校生与安置表一致"),
        breaches,
    )


def _gaps(folder: Path) -> Iterator[Check]:
    """The gap that provenance.json tells is the difference of its objective and bound."""
    told = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    for part, name in (("assignments", "proof"), ("districtings", "proof of districts")):
        for stage, record in told.get(part, {}).items():
            objective, bound, gap = record["objective"], record["bound"], record["gap"]
            if None in (objective, bound, gap):
                continue
            right = (objective - bound) / abs(objective) if objective else 0.0
            looked = Text(f"gap {gap:.3%} in provenance.json", f"provenance.json 中的差距 {gap:.3%}")
            wrong = [Text(f"the gap is {right:.3%}", f"差距应为 {right:.3%}")] if abs(right - gap) > GAP else []
            yield make_check(name, stage, looked, wrong)
