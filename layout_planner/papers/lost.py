"""Children without a school, in words: what every paper says first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.papers.words import stage_word
from layout_planner.plan import Plan, without_school


@dataclass(frozen=True)
class Lost:
    """The sentence, and whether there is a child without a school."""

    text: str
    any: bool


def lost_pupils(plan: Plan, stage: str) -> pd.Series[float]:
    """Give the children of a stage who have no school, by place; those who learn elsewhere today have one."""
    return without_school(plan, stage).groupby("place_id", sort=True)["pupils"].sum()


def lost_by_stage(plan: Plan, stages: Iterable[str] | None = None) -> dict[str, float]:
    """Give the number of children without a school by stage; all stages of the plan where left out."""
    return {stage: float(lost_pupils(plan, stage).sum()) for stage in (stages or plan.assignments)}


def _none_lost(plan: Plan, stages: list[str]) -> Text:
    """Say that every child has a school, and of which stages, where children of others are not spoken of."""
    silent = [s for s in plan.study.pupils["stage"].unique() if s not in stages and plan.study.demand(s).sum() > 0]
    if not silent:
        return Text("Every child has a school.", "全部适龄儿童均有学校。")
    words = [stage_word(stage) for stage in stages]
    return Text(
        f"Every child has a school at the stages planned here: {', '.join(words)}.",
        f"所列学段（{'、'.join(words)}）适龄儿童均有学校。",
    )


def lost_sentence(plan: Plan, stages: Iterable[str] | None = None) -> Lost:
    """Say how many children have no school, and what that means for a plan."""
    by = {stage: count for stage, count in lost_by_stage(plan, stages).items() if count > 0}
    if not by:
        return Lost(str(_none_lost(plan, list(stages or plan.assignments))), False)
    parts = [(stage_word(stage), f"{count:,.0f}") for stage, count in by.items()]
    total = f"{sum(by.values()):,.0f}"
    en = ", ".join(f"{word} {count}" for word, count in parts)
    zh = "、".join(f"{word} {count} 人" for word, count in parts)
    are = "child has" if total == "1" else "children have"
    fails = Text(": this plan cannot be carried out", "，方案不能实施") if plan.base is not None else Text("", "")
    return Lost(
        str(Text(f"{total} {are} no school ({en}){fails.en}.", f"{total} 名儿童无学可上（{zh}）{fails.zh}。")),
        True,
    )
