"""compare: runs side by side, and how two divisions into districts differ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.messages import Text
from layout_planner.cli import tables
from layout_planner.cli.console import say, show_table
from layout_planner.cli.inputs import load_plans
from layout_planner.cli.options import Lang, Modes, Names, RuleNames, Runs, Stage
from layout_planner.cli.writing import write_comparison
from layout_planner.plan.batch import RECORDS

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
    """Set runs side by side; one run alone, beside what it started from; a batch, all its jobs.

    方案比较；只给一个时，与其起点（现状）比较；给批量结果时，列出其全部任务。
    """
    if any((run / RECORDS).is_dir() for run in runs):
        compare_jobs(runs, stage or "primary", everything, out)
        return
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


def compare_jobs(folders: Sequence[Path], stage: str, everything: bool, out: Path | None) -> None:
    """Print the measures of the jobs of a batch, worst first: by children without a school, then by the ways."""
    from layout_planner.measures.catalogue import shown_in
    from layout_planner.page.measure_words import worded
    from layout_planner.plan.batch import read_batch

    if len(folders) > 1:
        told = Text("compare one batch at a time", "一次只能比较一个批量结果")
        raise typer.BadParameter(str(told), param_hint="RUN")
    table = read_batch(folders[0]).compare(stage)
    order = [name for name in ("unplaced", "minutes_mean") if name in table]
    table = table.sort_values(order, ascending=False, kind="stable") if order else table
    shown = [m.name for m in shown_in("table") if m.name in table]
    shown = list(table) if everything else list(dict.fromkeys(["unplaced", *shown]))[:8]
    words = {name: worded(name, "") for name in shown}
    header: list[object] = [Text("job", "任务"), *(Text(words[name]["en"], words[name]["zh"]) for name in shown)]
    rows = [[job, *(tables.written(row[name], words[name]["kind"]) for name in shown)] for job, row in table.iterrows()]
    show_table(header, rows)
    if out is not None:
        from layout_planner.base.files import whole_file
        from layout_planner.base.tables import write_csv

        with whole_file(out) as part:
            write_csv(table, part, index=True)
        say(Text(f"Written to {out}", f"已写入 {out}"))


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
