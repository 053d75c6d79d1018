"""demo: a sample county today, and after a merger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.cli import tables
from layout_planner.cli.console import say, step
from layout_planner.cli.inputs import load_study, load_travel
from layout_planner.cli.options import Lang, Names
from layout_planner.cli.writing import write, write_comparison, write_map

SAMPLE = "fuxi"


SCENARIO = "hill-merge.yaml"
"""Lies beside the sample's study file."""


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write. 输出文件夹。")] = Path("demo"),
    names: Names = None,
    lang: Lang = None,
) -> None:
    """Show what the program does on a made-up county: today, a merger, maps, tables, a comparison.

    用虚构的县演示：现状、撤并方案、地图、表格与比较。
    """
    from layout_planner.assignment.solve import solve, today
    from layout_planner.reading.samples import sample_file
    from layout_planner.scenario import Scenario

    file = sample_file(SAMPLE)
    study = load_study(file)
    travel = load_travel(study, None)
    scenario = Scenario.read(file.with_name(SCENARIO))
    with step(Text("today", "现状")):
        now = today(study, travel)
    with step(Text("the what-if", "推演方案")):
        plan = solve(study, travel, scenario=scenario)
    tables.show_head(plan)
    tables.show_edits(plan)
    touched = [stage for stage in plan.assignments if plan.scorecard.value("pupils_moved", stage) > 0]
    tables.show_measures([now, plan], stages=touched)
    tables.show_changed_schools(plan)
    write(plan, out / "runs" / scenario.name)
    write_map([now], out / "today.html")
    write_map([now, plan], out / f"{scenario.name}.html")
    write_comparison([now, plan], out / "comparison.csv")
    say(Text("Open the .html files in a browser; they need no internet.", "用浏览器打开 .html 文件，无需联网。"))
