"""The verb `check_plan`: every check, every stage, one table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple
from typing import TypeVar

import numpy as np
import pandas as pd

from layout_planner.base.errors import did_you_mean
from layout_planner.base.messages import Text
from layout_planner.base.units import in_units
from layout_planner.measures.findings import closures, county, groups, provision, schools, ways
from layout_planner.measures.findings.case import Case, Check, Finding, Told, Unchecked
from layout_planner.measures.scorecard import same_as_base
from layout_planner.plan import FINDING_COLUMNS, UNCHECKED_COLUMNS, Plan
from layout_planner.policy import TERMS, Rules
from layout_planner.study import Study

CHECKS: tuple[Check, ...] = (*schools.CHECKS, *county.CHECKS, *provision.CHECKS, *ways.CHECKS)
"""What a stage is checked for, whether or not it is compared with another plan: each file lists its own."""

Row = TypeVar("Row", Finding, Unchecked)

NUMBERS = ("value", "limit", "excess", "pupils")


@in_units()
def check_plan(plan: Plan, rules: Rules | None = None, *, trace: bool = False) -> pd.DataFrame:
    """List what breaks the rules.

    Parameters
    ----------
    plan
        A plan of `today` or `solve`.
    rules
        Judge by these instead of the plan's own.
    trace
        Trace the new way of every pupil whose school closes, and name what is unsafe on it (seconds to minutes).

    Returns
    -------
    pd.DataFrame
        `FINDING_COLUMNS`, one row a breach: which rule, a sentence in the reader's language, whom (kind is place,
        school, township, district, county or group), value, limit, how far beyond, pupils concerned, severity, source,
        and the reason where the user overrode the rule or accepted the breach. What the data do not tell stands in
        `list_unchecked`.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> now = lp.today(study, ways, stage="junior")
    >>> found = lp.check_plan(now)
    >>> int((found["rule"] == "junior_per_township").sum())  # townships without a junior school
    7
    """
    return judge(plan, rules, trace=trace)[0]


@in_units()
def list_unchecked(plan: Plan, rules: Rules | None = None) -> pd.DataFrame:
    """List the rules that could not be checked for want of data, each once a stage: `UNCHECKED_COLUMNS`."""
    return judge(plan, rules)[1]


def judge(plan: Plan, rules: Rules | None = None, *, trace: bool = False) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give what `check_plan` and `list_unchecked` give, in one go."""
    judged = plan if rules is None else plan.with_(rules=rules)
    # Rows of this plan, and whole tables taken over from the base, in their order.
    found: list[list[Finding] | pd.DataFrame] = [[]]
    silent: list[list[Unchecked] | pd.DataFrame] = [[]]

    def keep(told: Iterable[Finding | Unchecked]) -> None:
        for row in told:
            if isinstance(row, Finding):
                _last(found).append(row)
            else:
                _last(silent).append(row)

    for stage in judged.assignments:
        case = Case(judged, stage)
        if judged.base is not None and same_as_base(judged, stage) and len(judged.base.scorecard.table):
            untouched = ~judged.base.findings["rule"].isin(ACROSS) & (judged.base.findings["stage"] == stage)
            found.append(judged.base.findings.loc[untouched])
            silent.append(judged.base.unchecked.loc[judged.base.unchecked["stage"] == stage])
        else:
            for check in CHECKS:
                keep(check(case))
            keep(schools.check_building(case))
            keep(closures.check_closures(case, trace))
            keep(groups.check_groups(case))
        keep(closures.check_junior_per_township(case))
        keep(schools.check_all_through(case))
    keep(provision.check_special(judged))
    keep(_unknown_rules(judged.rules))
    table = _joined([part if isinstance(part, pd.DataFrame) else _findings(judged, part) for part in found],
                    FINDING_COLUMNS).astype(dict.fromkeys(NUMBERS, np.float64))  # fmt: skip
    missing = _joined([part if isinstance(part, pd.DataFrame) else _unchecked(part) for part in silent],
                      UNCHECKED_COLUMNS)  # fmt: skip
    return table, missing.drop_duplicates(ignore_index=True)


def _last(parts: list[list[Row] | pd.DataFrame]) -> list[Row]:
    """Give the list at the end, a new one after a table."""
    end = parts[-1]
    if isinstance(end, pd.DataFrame):
        end = []
        parts.append(end)
    return end


ACROSS = (
    "junior_per_township",
    "school_size_nine_year",
    "school_classes_nine_year",
    "special_places",
    "special_school",
)
"""Rules that look beyond one stage, or at the base: they are checked anew even where the stage itself is as before."""


def _unknown_rules(rules: Rules) -> Told:
    known = {name for check in CHECKS for name in getattr(check, "rules", ())}
    for name in dict.fromkeys(rule.name for rule in rules.rules):
        if name not in TERMS and name not in known:
            rule = next(r for r in reversed(rules.rules) if r.name == name)
            hint = did_you_mean(name, TERMS)
            what = Text("not checked: no check knows this rule", "未检查：没有对应的检查")
            yield Unchecked(name, rule.stage or "", f"{what}{hint}", "", rule.value.source)


def _findings(plan: Plan, rows: list[Finding]) -> pd.DataFrame:
    fields = [column for column in FINDING_COLUMNS if column != "name"]
    table = pd.DataFrame({column: [getattr(row, column) for row in rows] for column in fields})
    accepted = {(a.rule, a.id): a.reason for a in plan.rules.allowances}
    if accepted and len(table):
        reasons = [accepted.get(key) for key in zip(table["rule"], table["id"], strict=True)]
        table["overridden_because"] = [
            reason or own for reason, own in zip(reasons, table["overridden_because"], strict=True)
        ]
    table = table.assign(name=_names(plan.study, table))
    types = {column: np.float64 if column in NUMBERS else "str" for column in FINDING_COLUMNS}
    return table[list(FINDING_COLUMNS)].astype(types)


def _names(study: Study, table: pd.DataFrame) -> pd.Series:
    names = table["id"].astype(object)
    for kind, frame in (("school", study.schools), ("place", study.places), ("township", study.townships)):
        if "name" in frame:
            known = frame["name"].reindex(table["id"]).to_numpy(dtype=object)
            names = names.mask(((table["kind"] == kind) & pd.notna(known)).to_numpy(dtype=bool), known)
    return names


def _unchecked(rows: list[Unchecked]) -> pd.DataFrame:
    return pd.DataFrame([astuple(row) for row in rows], columns=list(UNCHECKED_COLUMNS)).astype("str")


def _joined(parts: list[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    if filled:
        return pd.concat(filled, ignore_index=True)
    types = {column: np.float64 if column in NUMBERS else "str" for column in columns}
    return pd.DataFrame(columns=list(columns)).astype(types)
