"""The commands on finished runs and on the rules: compare, map, rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.messages import Text, language
from layout_planner.cli import tables
from layout_planner.cli.console import say, show_table, step
from layout_planner.cli.inputs import load_plans
from layout_planner.cli.options import Lang, Modes, RuleNames, Runs, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    if out is not None:
        write_comparison(plans, out)


def draw(
    runs: Runs,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.html", help="The page to write. 写出的网页。")],
    mode: Modes = None,
    rules: RuleNames = None,
    lang: Lang = None,
) -> None:
    """Draw runs as one map that opens without internet.

    画成一张不联网也能打开的地图。
    """
    plans = load_plans(runs, mode, rules)
    write_map(plans, out)


def rules(
    profiles: Annotated[
        list[str] | None, typer.Argument(metavar="[PROFILE]...", help="These only, or .toml files. 只列这些规则集。")
    ] = None,
    lang: Lang = None,
) -> None:
    """List the rule profiles: every value with its source, and how sure we are of it.

    列出规则集：每个数值的出处与可靠程度。
    """
    from layout_planner.policy import Rules, profile_names

    marks = {
        "verified": Text("seen", "已核对"), "partial": Text("partly seen", "部分核对"),
        "memory": Text("from memory", "凭记忆"), "user": Text("yours", "自定"),
    }  # fmt: skip
    severities = {"breach": Text("must", "必须"), "advice": Text("in principle", "原则上")}
    header = (
        Text("rule", "规则"), Text("where", "范围"), Text("value", "数值"), Text("unit", "单位"), Text("force", "力度"),
        Text("mark", "核对"), Text("source", "出处"),
    )  # fmt: skip
    for name in profiles or profile_names():
        rows = [
            [
                row["rule"],
                " ".join(str(row[key]) for key in ("stage", "grades", "area") if row[key]),
                f"{'≤' if row['sense'] == 'max' else '≥'} {row['value']:g}",
                row["unit"],
                severities[row["severity"]],
                marks[row["mark"]],
                row["source"],
            ]
            for row in Rules.load(name).table()
        ]
        show_table(header, rows, numbers=(2,), title=name)


def write_comparison(plans: Sequence[Plan], path: Path) -> None:
    """Write every measure of plans as CSV, whole or not at all."""
    from layout_planner.base.files import whole_file
    from layout_planner.base.tables import write_csv
    from layout_planner.measures import compare as beside

    with whole_file(path) as part:
        write_csv(beside(plans), part, index=True)
    say(Text(f"Written to {path}", f"已写入 {path}"))


def write_map(plans: Sequence[Plan], path: Path) -> None:
    """Write one page with some plans, in the reader's language."""
    with step(Text("drawing the map", "绘制地图")):
        from layout_planner.show import webmap

        webmap(plans, path, lang=language())
    say(Text(f"Written to {path}", f"已写入 {path}"))
