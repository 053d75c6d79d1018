"""A run folder verified: the plan in it, and the tables people read beside it."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.plan.check import PUPILS, Check, Verification, make_check
from layout_planner.plan.columns import lacks_school
from layout_planner.plan.folder import school_table
from layout_planner.plan.reading import read_plan
from layout_planner.plan.record import Assignment, PlanRecord
from layout_planner.plan.verify import verify

GAP = 1e-6
"""How far a gap may be from the difference it stands for."""
SCORE = 1e-6
"""How far a figure of scorecard.csv may be from the one counted again, as a share of it."""


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


def _written(plan: PlanRecord, folder: Path) -> Iterator[Check]:
    """The tables people read say what the flows say, and provenance.json what its own figures say."""
    yield from _gaps(folder)
    yield _schools(plan, folder)
    yield _scores(plan)


def _schools(plan: PlanRecord, folder: Path) -> Check:
    """schools.csv: state, seats and roll of every school."""
    read = pd.read_csv(folder / "schools.csv", dtype={"school_id": str, "stage": str}, encoding="utf-8-sig")
    told, again = (table.set_index(["stage", "school_id"]) for table in (read, school_table(plan)))
    breaches = []
    for key in again.index.union(told.index, sort=False):
        if key not in told.index or key not in again.index:
            breaches.append(Text(f"{key[1]} stands in one of the two only", f"{key[1]} 仅见于其中之一"))
            continue
        for column in ("state", "seats", "roll"):
            said, right = told.at[key, column], again.at[key, column]
            if pd.isna(said) and pd.isna(right):
                continue
            alike = said == right if column == "state" else abs(said - right) <= PUPILS * (1 + abs(right))
            if not alike:
                breaches.append(
                    Text(
                        f"{key[1]}: schools.csv says {column} {said}, it is {right}",
                        f"{key[1]}：schools.csv 中 {column} 为 {said}，应为 {right}",
                    )
                )
    looked = Text(
        f"state, seats and roll of {len(again)} schools as the study and the flows have them",
        f"{len(again)} 所学校的状态、学位与在校生与数据及安置表一致",
    )
    return make_check("schools.csv", "", looked, breaches)


def _scores(plan: PlanRecord) -> Check:
    """scorecard.csv: children, ways and rolls, added up again from the flows; the other measures are not."""
    table = plan.scorecard.table
    told = table.set_index(["stage", "scope", "measure", "id"])["value"]
    breaches, count = [], 0
    for stage, assignment in plan.assignments.items():
        again = {("county", name, ""): value for name, value in _counted(assignment).items()}
        again |= {("school", "roll", str(school)): pupils for school, pupils in assignment.roll().items()}
        for (scope, measure, name), value in again.items():
            said = told.get((stage, scope, measure, name), math.nan)
            if (stage, scope, measure, name) not in told.index:
                continue
            count += 1
            same = (math.isnan(said) and math.isnan(value)) or abs(said - value) <= SCORE * max(1.0, abs(value))
            if not same:
                of = f"{measure} {name}".strip()
                breaches.append(
                    Text(
                        f"{of}: scorecard.csv says {said:g}, it is {value:g}",
                        f"{of}：scorecard.csv 为 {said:g}，应为 {value:g}",
                    )
                )
    looked = Text(
        f"{count} figures of children, ways and rolls as the flows add up; other measures are not counted again",
        f"{count} 项学生、路程与在校生数字与安置表一致；其余指标未重算",
    )
    return make_check("scorecard.csv", "", looked, breaches)


def _counted(assignment: Assignment) -> dict[str, float]:
    """Add up who is placed and how far they go by day."""
    flows = assignment.flows
    left = assignment.unplaced
    placed, lacking = float(flows["pupils"].sum()), lacks_school(left)
    found = {
        "pupils": placed + float(left["pupils"].sum()),
        "placed": placed,
        "unplaced": float(left.loc[lacking, "pupils"].sum()),
        "elsewhere": float(left.loc[~lacking, "pupils"].sum()),
        "outside": float(assignment.outside["pupils"].sum()),
    }
    for unit in ("minutes", "metres"):
        way = flows.loc[(flows["how"] != "board") & flows[unit].notna() & (flows["pupils"] > 0)]
        heads = float(way["pupils"].sum())
        found[f"{unit}_mean"] = float((way[unit] * way["pupils"]).sum()) / heads if heads else math.nan
    return found


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
