"""map: runs as one page that opens without internet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from layout_planner.cli.inputs import load_plans
from layout_planner.cli.options import Lang, Modes, RuleNames, Runs
from layout_planner.cli.writing import write_map


def map(
    runs: Runs,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.html", help="The page to write. 写出的网页。")],
    mode: Modes = None,
    rules: RuleNames = None,
    lang: Lang = None,
) -> None:
    """Draw runs as one page that opens without internet, on which schools can be closed, kept, opened and enlarged.

    画成一张不联网也能打开的网页，可在其中关停、保留、恢复或扩建学校。
    """
    plans = load_plans(runs, mode, rules)
    write_map(plans, out)
