"""What a plan breaks: rule, value, limit, whom it concerns, source. Nothing is blocked by it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.measures.distance import beyond_reach
from layout_planner.measures.load import LARGE, class_table, school_table
from layout_planner.measures.scorecard import balances, same_as_base
from layout_planner.plan import FINDING_COLUMNS, REASONS, Plan
from layout_planner.policy import Rule, Rules
from layout_planner.study import Study

Finding = dict[str, object]

OF_THE_STUDY = Text("the study's own figures", "本研究数据")
"""The source of a finding no document is needed for: more pupils than seats, a child without a place."""


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
    parts = []
    for stage in judged.assignments:
        if judged.base is not None and same_as_base(judged, stage):
            parts.append(judged.base.findings.loc[judged.base.findings["stage"] == stage])
        else:
            parts.append(_stage_findings(judged, stage))
    return pd.concat(parts, ignore_index=True) if parts else _as_table(judged.study, [])


def _stage_findings(judged: Plan, stage: str) -> pd.DataFrame:
    return _as_table(
        judged.study,
        [
            *_seats(judged, stage),
            *_sizes(judged, stage),
            *_balance(judged, stage),
            *_reach(judged, stage),
            *_without_place(judged, stage),
        ],
    )


def _as_table(study: Study, found: list[Finding]) -> pd.DataFrame:
    table = pd.DataFrame(found, columns=list(FINDING_COLUMNS))
    names = table["id"]
    for kind, frame in (("school", study.schools), ("place", study.places)):
        if "name" in frame:
            known = frame["name"].reindex(table["id"]).to_numpy(dtype=object)
            names = names.mask(((table["kind"] == kind) & pd.notna(known)).to_numpy(dtype=bool), known)
    table["name"] = names
    numbers = ("value", "limit", "pupils")
    return table.astype({c: np.float64 if c in numbers else "str" for c in FINDING_COLUMNS})


def _seats(plan: Plan, stage: str) -> Iterator[Finding]:
    table = school_table(plan, stage)
    full = table.loc[table["over"] > 1e-6]
    what = Text("more pupils than seats", "在校生超过学位")
    for school, roll, seats, over in zip(full.index, full["roll"], full["seats"], full["over"], strict=True):
        yield _finding(stage, what, "seats", str(school), roll, seats, "pupils", over, None)


def _sizes(plan: Plan, stage: str) -> Iterator[Finding]:
    table = school_table(plan, stage)
    rule = plan.rules.find("school_size", stage)
    if rule is not None:
        what = Text("school larger than the limit", "学校规模超限")
        for school, roll in table.loc[table["roll"] > rule.value.value, "roll"].items():
            yield _finding(stage, what, rule.name, str(school), roll, rule.value.value, "pupils", roll, rule)
    rule = plan.rules.find("large_class", stage)
    if rule is not None:
        what = Text("large classes", "大班额")
        # A large class begins at its number; a class or a school may be as large as the limit.
        many = table.loc[table["largest"] >= (rule.value.value or LARGE)]
        for school, largest, pupils in zip(many.index, many["largest"], many["in_large"], strict=True):
            yield _finding(stage, what, rule.name, str(school), largest, rule.value.value, "pupils", pupils, rule)
    yield from _class_sizes(plan, stage)


def _class_sizes(plan: Plan, stage: str) -> Iterator[Finding]:
    """Hold the largest class of each grade against the limit of the grade; one finding a school and limit."""
    classes = class_table(plan, stage)
    what = Text("classes above the limit", "班额超标")
    for grade in sorted(classes["grade"].unique()):
        rule = plan.rules.find("class_size", stage, int(grade))
        if rule is None:
            continue
        same = [g for g in classes["grade"].unique() if plan.rules.find("class_size", stage, int(g)) is rule]
        if grade != min(same):
            continue  # told with the first grade the rule holds for
        over = classes.loc[classes["grade"].isin(same) & (classes["largest"] > rule.value.value)]
        for school, mine in over.groupby("school_id", sort=True):
            largest, pupils = mine["largest"].max(), mine["pupils"].sum()
            yield _finding(stage, what, rule.name, str(school), largest, rule.value.value, "pupils", pupils, rule)


def _balance(plan: Plan, stage: str) -> Iterator[Finding]:
    rule = plan.rules.find("difference_coefficient", stage)
    if rule is None:
        return
    pupils = float(school_table(plan, stage)["roll"].sum())
    for name, resource, value in balances(plan, stage):
        if name == "difference" and resource != "teachers" and value > rule.value.value + 1e-9:
            what = Text(f"spread between schools: {resource}", f"校际差异系数超限：{resource}")
            yield _finding(stage, what, rule.name, resource, value, rule.value.value, "1", pupils, rule, kind="county")


def _reach(plan: Plan, stage: str) -> Iterator[Finding]:
    flows = plan.assignments[stage].flows
    what = str(Text("way to school longer than the limit", "上学路程超限"))  # once: there may be thousands
    for unit in ("minutes", "metres"):
        beyond = beyond_reach(flows, plan.rules, unit).fillna(False).to_numpy(dtype=bool)
        far = flows.loc[beyond, ["place_id", "grade", unit, "pupils"]]
        if far.empty:
            continue
        rules = {int(grade): plan.rules.find(f"reach_{unit}", stage, int(grade)) for grade in far["grade"].unique()}
        bands = {id(rule): rule for rule in rules.values()}
        number = {key: at for at, key in enumerate(bands)}
        band = far["grade"].map({grade: number[id(rule)] for grade, rule in rules.items()})
        worst = far.groupby([far["place_id"], band]).agg({unit: "max", "pupils": "sum"})
        held = list(bands.values())
        for (place, at), value, pupils in zip(worst.index, worst[unit], worst["pupils"], strict=True):
            rule = held[at]
            assert rule is not None  # beyond_reach told so
            yield _finding(
                stage,
                what,
                rule.name,
                str(place),
                value,
                rule.value.value,
                rule.value.unit,
                pupils,
                rule,
                "place",
            )


def _without_place(plan: Plan, stage: str) -> Iterator[Finding]:
    unplaced = plan.assignments[stage].unplaced
    for (place, why), pupils in unplaced.groupby(["place_id", "reason"], sort=True)["pupils"].sum().items():
        what = REASONS.get(str(why), Text(str(why), str(why)))
        yield _finding(stage, what, "unplaced", str(place), pupils, 0.0, "pupils", pupils, None, "place")


def _finding(
    stage: str, what: Text | str, rule: str, id: str, value: float, limit: float, unit: str, pupils: float,
    cited: Rule | None, kind: str = "school",
) -> Finding:  # fmt: skip
    return {
        "rule": rule,
        "what": str(what),
        "stage": stage,
        "kind": kind,
        "id": id,
        "value": float(value),
        "limit": float(limit) if np.isfinite(limit) else float("nan"),
        "unit": unit,
        "pupils": float(pupils),
        "severity": cited.severity if cited else "breach",
        "source": cited.value.source if cited else str(OF_THE_STUDY),
    }
