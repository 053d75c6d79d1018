"""What a plan breaks: rule, value, limit, whom it concerns, source. Nothing is blocked by it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.measures.distance import beyond_reach
from layout_planner.measures.load import school_table
from layout_planner.plan import FINDING_COLUMNS, Plan
from layout_planner.policy import Rule, Rules

Finding = dict[str, object]


def check_plan(plan: Plan, rules: Rules | None = None) -> pd.DataFrame:
    """List what breaks the rules.

    Parameters
    ----------
    plan
        A plan of `today` or `solve`.
    rules
        Judge by these instead of the plan's own.

    Returns
    -------
    pd.DataFrame
        `FINDING_COLUMNS`, one row a breach: kind is place, school or county, pupils how many it concerns, what a
        sentence in the reader's language, source the document.
    """
    judged = plan if rules is None else plan.with_(rules=rules)
    found: list[Finding] = []
    for stage in judged.assignments:
        found += _seats(judged, stage)
        found += _sizes(judged, stage)
        found += _reach(judged, stage)
        found += _without_place(judged, stage)
    return pd.DataFrame(found, columns=list(FINDING_COLUMNS))


def _seats(plan: Plan, stage: str) -> Iterator[Finding]:
    table = school_table(plan, stage)
    for school, row in table.loc[table["over"] > 1e-6].iterrows():
        what = Text("more pupils than seats", "在校生超过学位")
        yield _finding(plan, stage, what, "seats", str(school), row["roll"], row["seats"], "pupils", row["over"], None)


def _sizes(plan: Plan, stage: str) -> Iterator[Finding]:
    table = school_table(plan, stage)
    checks = (
        ("school_size", "roll", Text("school larger than the limit", "学校规模超限"), "roll"),
        ("large_class", "largest", Text("large classes", "大班额"), "large"),
        ("class_size", "largest", Text("classes above the limit", "班额超标"), "roll"),
    )
    for name, column, what, concerned in checks:
        rule = plan.rules.find(name, stage)
        if rule is None:
            continue
        # A large class begins at its number; a class or a school may be as large as the limit.
        over = table[column] >= rule.value.value if name == "large_class" else table[column] > rule.value.value
        for school, row in table.loc[over.fillna(False)].iterrows():
            pupils = row["large"] * rule.value.value if concerned == "large" else row["roll"]
            yield _finding(
                plan, stage, what, name, str(school), row[column], rule.value.value, rule.value.unit, pupils, rule
            )


def _reach(plan: Plan, stage: str) -> Iterator[Finding]:
    flows = plan.assignments[stage].flows
    for unit in ("minutes", "metres"):
        beyond = beyond_reach(flows, plan.rules, unit).fillna(False).astype(bool)
        far = flows.loc[beyond]
        if far.empty:
            continue
        what = Text("way to school longer than the limit", "上学路程超限")
        bands = {grade: _band(plan, stage, unit, grade) for grade in far["grade"].unique()}
        for (place, grades), group in far.groupby([far["place_id"], far["grade"].map(bands)]):
            rule = plan.rules.find(f"reach_{unit}", stage, int(grades[0]))
            assert rule is not None  # beyond_reach told so
            yield _finding(
                plan, stage, what, f"reach_{unit}", str(place), group[unit].max(), rule.value.value, rule.value.unit,
                group["pupils"].sum(), rule, kind="place",
            )  # fmt: skip


def _band(plan: Plan, stage: str, unit: str, grade: int) -> tuple[int, ...]:
    rule = plan.rules.find(f"reach_{unit}", stage, int(grade))
    return rule.grades if rule is not None and rule.grades else (int(grade),)


def _without_place(plan: Plan, stage: str) -> Iterator[Finding]:
    unplaced = plan.assignments[stage].unplaced
    for (place, reason), pupils in unplaced.groupby(["place_id", "reason"], sort=True)["pupils"].sum().items():
        what = Text(str(reason), str(reason))
        yield _finding(plan, stage, what, "unplaced", str(place), pupils, 0.0, "pupils", pupils, None, kind="place")


def _finding(
    plan: Plan, stage: str, what: Text, rule: str, id: str, value: float, limit: float, unit: str, pupils: float,
    cited: Rule | None, kind: str = "school",
) -> Finding:  # fmt: skip
    frame = plan.study.schools if kind == "school" else plan.study.places
    name = frame["name"].get(id, id) if "name" in frame else id
    return {
        "rule": rule,
        "what": str(what),
        "stage": stage,
        "kind": kind,
        "id": id,
        "name": str(name),
        "value": float(value),
        "limit": float(limit) if np.isfinite(limit) else float("nan"),
        "unit": unit,
        "pupils": float(pupils),
        "severity": cited.severity if cited else "breach",
        "source": cited.value.source if cited else "",
    }
