"""compare: runs side by side, and how two divisions into districts differ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.messages import Text
from layout_planner.cli import tables
from layout_planner.cli.console import say
from layout_planner.cli.inputs import load_plans
from layout_planner.cli.options import Lang, Modes, Names, RuleNames, Runs, Stage
from layout_planner.cli.writing import write_comparison

if TYPE_CHECKING:
    from layout_planner.plan import Plan


def compare(
    runs: Runs,
    stage: Stage = None,
    everything: Annotated[bool, typer.Option("--all", help="Every measure. 显示全部指标。")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.csv", help="All measures as a table. 写出全部指标。")
    ] = None,
    mode: Modes = None,
    rules: RuleNames = None,
    names: Names = None,
    lang: Lang = None,
) -> None:
    """Set runs side by side; one run alone, beside what it started from.

    方案比较；只给一个时，与其起点（现状）比较。
    """
    plans = load_plans(runs, mode, rules)
    known = list(dict.fromkeys(each for plan in plans for each in plan.assignments))
    if stage is not None and stage not in known:
        hint = did_you_mean(stage, known)
        raise refuse(
            f'the runs have no stage "{stage}"{hint.en}.', f"这些结果没有学段“{stage}”{hint.zh}。",
            f"use one of {', '.join(known)}.", f"可用：{'、'.join(known)}。",
        )  # fmt: skip
    tables.show_head(plans[-1])
    tables.show_measures(plans, everything, None if stage is None else [stage])
    show_moves(plans)
    if out is not None:
        write_comparison(plans, out)


def show_moves(plans: Sequence[Plan]) -> None:
    """Print, where two plans divide a stage differently, how many schools change district and the Rand index."""
    from layout_planner.measures.decomposition import compare_districtings

    first, last = plans[0], plans[-1]
    for stage in first.districtings.keys() & last.districtings.keys():
        one, two = (plan.districtings[stage].school_district for plan in (first, last))
        both = one.index.intersection(two.index)
        found = compare_districtings(one[both], two[both])
        say(
            Text(
                f"{tables.stage_name(stage)}: {found['moved']:.1%} of {len(both)} schools change district "
                f"(adjusted Rand index {found['rand']:.3f})",
                f"{tables.stage_name(stage)}：{len(both)} 所学校中 {found['moved']:.1%} 变更学区"
                f"（调整兰德指数 {found['rand']:.3f}）",
            )
        )
