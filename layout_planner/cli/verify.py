"""The command `verify`: a run counted again from its folder, without the solvers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.cli.console import say, show_table
from layout_planner.cli.options import Lang, RunPath

if TYPE_CHECKING:
    from layout_planner.plan.check import Verification

_HOLDS = {True: Text("holds", "成立"), False: Text("DOES NOT HOLD", "不成立"), None: Text("unchecked", "未检查")}


def verify(
    run: RunPath,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable. 机器可读。")] = False,
    lang: Lang = None,
) -> None:
    """Count a run again from its folder, without any of the solvers' code; exit 1 when something does not hold.

    只凭结果文件夹重新核算，不用求解程序；有不成立者退出码为 1。
    """
    from layout_planner.plan.verify_run import verify_run

    found = verify_run(run)
    if as_json:
        rows = [
            {"check": c.name, "stage": c.stage, "holds": c.holds, "en": c.said.en, "zh": c.said.zh}
            for c in found.checks
        ]
        typer.echo(json.dumps({"plan": found.plan, "holds": found.holds, "checks": rows}, ensure_ascii=False))
    else:
        _tell(found)
    if not found.holds:
        raise typer.Exit(1)


def _tell(found: Verification) -> None:
    from layout_planner.plan.columns import CHECK_NAMES
    from layout_planner.study.stages import STAGE_NAMES

    header = (
        Text("check", "核查"),
        Text("stage", "学段"),
        Text("result", "结果"),
        Text("what was counted", "核算内容"),
    )
    rows = [
        (CHECK_NAMES[c.name], Text(*STAGE_NAMES[c.stage]) if c.stage else "", _HOLDS[c.holds], c.said)
        for c in found.checks
    ]
    show_table(header, rows, title=found.plan)
    wrong, open_ = len(found.failed), sum(c.holds is None for c in found.checks)
    say(
        Text(
            f"{len(found.checks)} checks: {wrong} do not hold, {open_} could not be checked.",
            f"共 {len(found.checks)} 项核查：{wrong} 项不成立，{open_} 项无法核查。",
        )
    )
