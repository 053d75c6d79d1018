"""A plan's findings in both languages, and which rules were held against it: texts and order, nothing judged here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from layout_planner.base.escape import shorten
from layout_planner.base.memory import kept
from layout_planner.base.messages import Language, Text, using_language
from layout_planner.measures.findings import judge
from layout_planner.plan import Plan
from layout_planner.plan.record import Judged
from layout_planner.policy import TERMS

LIVE = ("seats", "school_size", "large_class", "class_size", "reach_minutes", "reach_metres", "unplaced")
"""Findings the page works out itself, before and after every edit (web/gauge.js)."""

LIVE_CLOSURES = (
    "no_closure_way_unsafe", "no_closure_beds_short", "no_closure_over_size", "no_closure_large_class",
    "unsafe_building",
)  # fmt: skip
"""Rules that forbid a closure and that the page judges for the reader's own edits (web/closures.js)."""

MERGERS = (
    *LIVE_CLOSURES[:-1], "no_closure_majority_against", "no_closure_parents_against", "built_before_closed",
    "small_school_kept", "kindergarten_kept", "kindergarten_end_reported", "plan_filed", "closure_approved",
)  # fmt: skip
"""Rules that are held against closures alone."""

HELD = (
    *MERGERS, "school_size", "class_size", "large_class", "super_large_class", "difference_coefficient",
    "difference_coefficient_mean", "indicators_met", "boarding_from_grade", "junior_per_township",
    "catchment_admission_share", "migrants_public_share", "disabled_enrolment", "retention_three_year",
    "exchange_share", "exchange_backbone_share", "reach_minutes", "reach_metres",
)  # fmt: skip
"""Rules the checks hold against a plan wherever its profiles have them: without a finding, and not listed as unchecked,
they are kept."""


@dataclass(frozen=True, eq=False)
class Told:
    """What was found and what could not be checked, row by row the same in both languages."""

    findings: dict[Language, pd.DataFrame]
    unchecked: dict[Language, pd.DataFrame]


def told_of(plan: Plan) -> Told:
    """Let a plan be judged once in each language.

    A plan whose findings were handed in or read back keeps them: their words are told in both languages where judging
    anew finds the very same breaches, else they stay as they were written.
    """
    found: dict[Language, pd.DataFrame] = {}
    silent: dict[Language, pd.DataFrame] = {}
    recorded = isinstance(plan.judge, Judged)
    if recorded and not len(plan.findings) and not len(plan.unchecked):
        return Told(dict.fromkeys(_LANGUAGES, plan.findings), dict.fromkeys(_LANGUAGES, plan.unchecked))
    for lang in _LANGUAGES:
        with using_language(lang):
            fresh = _judged_in(plan, lang)
            found[lang], silent[lang] = fresh.findings, fresh.unchecked
    for name, tables in (("findings", found), ("unchecked", silent)):
        if not _alike(tables["zh"], tables["en"]) or (recorded and not _alike(tables["zh"], getattr(plan, name))):
            tables.update(dict.fromkeys(_LANGUAGES, getattr(plan, name)))
    return Told(found, silent)


_LANGUAGES: tuple[Language, Language] = ("zh", "en")


@kept
def _judged_in(plan: Plan, lang: Language) -> Plan:
    """Copy a plan and its bases without the findings they remember in the language of whoever asked first.

    Kept, since one plan often stands on several pages, and as the base of others.
    """
    return replace(plan, base=None if plan.base is None else _judged_in(plan.base, lang), judge=judge)


def _alike(one: pd.DataFrame, two: pd.DataFrame) -> bool:
    """Tell whether two tables speak of the same things in the same order."""
    keys = [column for column in ("rule", "stage", "kind", "id") if column in one]
    return len(one) == len(two) and all(one[key].astype(str).tolist() == two[key].astype(str).tolist() for key in keys)


def finding_rows(told: Told, stage: str, schools: pd.Index, places: pd.Index) -> list[dict[str, object]]:
    """Give the findings of a stage the page does not work out itself, with the place or school they concern."""
    known = {"school": schools, "place": places}
    rows = []
    for zh, en in _pairs(told.findings, stage):
        if zh["rule"] in LIVE:
            continue
        at = int(known[zh["kind"]].get_indexer([zh["id"]])[0]) if zh["kind"] in known else -1
        rows.append(
            {
                "rule": str(zh["rule"]),
                "what": _both(zh["what"], en["what"]),
                "name": shorten(zh["name"]),
                "kind": str(zh["kind"]),
                "at": at,
                "value": _finite(zh["value"]),
                "limit": _finite(zh["limit"]),
                "pupils": _finite(zh["pupils"]),
                "severity": str(zh["severity"]),
                "source": _both(zh["source"], en["source"]),
            }
        )
    return rows


def red_lines(told: Told, stage: str) -> list[str] | None:
    """Give the rules that bind and are broken in a stage; None where a plan was handed over without being judged."""
    table = told.findings["zh"]
    if not len(table) and not len(told.unchecked["zh"]):
        return None
    mine = table[(table["stage"] == stage) & (table["severity"] != "advice")]
    return sorted(mine["rule"].unique())


def unchecked_rows(told: Told, stage: str) -> list[dict[str, object]]:
    """Give what could not be checked of a stage: rule, and for want of what."""
    return [
        {
            "rule": str(zh["rule"]),
            "missing": _both(zh["missing"] or zh["what"], en["missing"] or en["what"]),
            "source": _both(zh["source"], en["source"]),
        }
        for zh, en in _pairs(told.unchecked, stage)
    ]


def held_rules(plan: Plan, stage: str) -> list[dict[str, object]]:
    """Give the rules held against a stage, each once: name, severity, source, and whether only closures are judged."""
    found: dict[str, dict[str, object]] = {}
    for rule in plan.rules.rules:
        if rule.name in HELD and rule.stage in (None, stage):
            found[rule.name] = {
                "rule": rule.name,
                "severity": rule.severity,
                "source": shorten(rule.value.source),
                "merger": int(rule.name in MERGERS),
            }
    return list(found.values())


def term_words(names: set[str]) -> dict[str, dict[str, str]]:
    """Give rules their names in both languages; those the page has words for itself are not among them."""
    return {name: {"zh": TERMS[name].text.zh, "en": TERMS[name].text.en} for name in sorted(names) if name in TERMS}


def both(text: Text) -> dict[str, str]:
    """Give a text in the two languages of the page."""
    return _both(text.zh, text.en)


def _both(zh: str, en: str) -> dict[str, str]:
    return {"zh": shorten(zh, 400), "en": shorten(en, 400)}


def _pairs(tables: dict[Language, pd.DataFrame], stage: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    zh, en = tables["zh"], tables["en"]
    mine = (zh["stage"] == stage).to_numpy(dtype=bool)
    return list(zip(zh[mine].to_dict("records"), en[mine].to_dict("records"), strict=True))


def _finite(value: float) -> float | int | None:
    if value is None or value != value or abs(value) == float("inf"):
        return None
    rounded = round(float(value), 4)
    return int(rounded) if rounded == int(rounded) else rounded
