"""annexes: the thirteen annex tables of a run as an Excel workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from layout_planner.base.messages import Text, language
from layout_planner.cli.console import plain, say, step
from layout_planner.cli.inputs import load_plans
from layout_planner.cli.options import Lang, Modes, RuleNames, Runs, To
from layout_planner.cli.report import look_ahead


def annexes(
    runs: Runs,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE.xlsx", help="The workbook to write. 写出的工作簿。", dir_okay=False)
    ],
    to: To = None,
    mode: Modes = None,
    rules: RuleNames = None,
    lang: Lang = None,
) -> None:
    """Write the thirteen annex tables (附表) of a run as an Excel workbook.

    把结果写成十三张附表（Excel）。
    """
    from layout_planner.papers.annexes import annexes as written

    plans = load_plans(runs, mode, rules)
    coming = look_ahead(plans[-1], to)
    with step(Text("writing the annexes", "写附表")):
        path = written(plans, out, language(), forecast=coming)
    say(Text(f"Written to {plain(path)}", f"已写入 {plain(path)}"))
