"""The rules as a table for people: every value of every profile, whom it binds, where, and how sure we are of it."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from layout_planner.base.messages import Language, Text, using_language
from layout_planner.base.units import in_units
from layout_planner.policy.catalogue import AREA_WORDS, UNIT_WORDS
from layout_planner.policy.profile import profile_names, read_profile
from layout_planner.policy.rule import Rule
from layout_planner.study.stages import STAGE_NAMES, format_grades

MARKS = {
    "verified": Text("seen", "已核对"), "partial": Text("partly seen", "部分核对"),
    "memory": Text("from memory", "凭记忆"), "user": Text("yours", "自定"),
}  # fmt: skip
"""How sure we are of a value → its word."""

SEVERITIES = {"breach": Text("must", "必须"), "advice": Text("in principle", "原则上")}
"""Whether the document commands or advises → its word."""

SCOPE_WORDS = {
    "each": Text("each school", "逐校"), "mean": Text("mean of the classes", "班均"),
    "county": Text("the county as a whole", "全县合计"), "design": Text("design only", "仅约束设计"),
}  # fmt: skip
"""What a value is held against → its word."""

BINDS_WORDS = {
    "school": Text("school", "学校"), "county": Text("county", "县级政府"), "province": Text("province", "省级"),
    "developer": Text("developer", "开发建设单位"), "designer": Text("planner of buildings", "规划设计"),
}  # fmt: skip
"""Whose duty it is → its word."""

HEADINGS = {
    "profile": Text("profile", "规则集"), "document": Text("document", "文件"), "rule": Text("rule", "规则"),
    "what": Text("what is told", "提示内容"), "stage": Text("stage", "学段"), "area": Text("area", "区域"),
    "value": Text("value", "数值"), "unit": Text("unit", "单位"), "scope": Text("held against", "按何计"),
    "binds": Text("binds", "责任主体"), "force": Text("force", "力度"), "norm": Text("its word", "用词"),
    "since": Text("in force since", "施行"), "target": Text("target year", "目标年"), "mark": Text("mark", "核对"),
    "source": Text("source", "出处"),
}  # fmt: skip
"""Column → its heading."""


@in_units()
def rules_table(lang: Language = "zh", profiles: Iterable[str] | None = None) -> pd.DataFrame:
    """List every value of the rule profiles in words: what the documentation shows, generated from the profiles.

    Parameters
    ----------
    lang
        Language of headings and words; documents are quoted as they are.
    profiles
        These only, or .toml files; every profile of the package where left out.

    Returns
    -------
    pd.DataFrame
        One row a value, columns `HEADINGS` in the language; text, the value with ≤ or ≥ before it.
    """
    with using_language(lang):
        rows = [
            _row(profile.name, profile.document, rule)
            for profile in map(read_profile, profiles or profile_names())
            for rule in profile.rules
        ]
        return pd.DataFrame(rows, columns=list(HEADINGS)).set_axis([str(text) for text in HEADINGS.values()], axis=1)


def where_words(rule: Rule) -> tuple[str, str]:
    """Say in words for which stage and grades, and for which area, a rule holds; "" for all."""
    stage = str(Text(*STAGE_NAMES[rule.stage])) if rule.stage else ""
    if rule.grades:
        stage += str(Text(f" {format_grades(rule.grades)}", f"{format_grades(rule.grades)}年级"))
    return stage, str(Text(" and ", "、")).join(str(AREA_WORDS[area]) for area in rule.areas)


def _row(profile: str, document: str, rule: Rule) -> tuple[str, ...]:
    stage, area = where_words(rule)
    return (
        profile, document, rule.name, str(rule.term or ""), stage, area,
        f"{'≤' if rule.sense == 'max' else '≥'} {rule.value.value:g}",
        str(UNIT_WORDS.get(rule.value.unit, rule.value.unit)), str(SCOPE_WORDS.get(rule.scope, "")),
        str(BINDS_WORDS.get(rule.binds, "")), str(SEVERITIES[rule.severity]), rule.norm, rule.since,
        "" if rule.target is None else str(rule.target), str(MARKS[rule.value.mark]), rule.value.source,
    )  # fmt: skip
