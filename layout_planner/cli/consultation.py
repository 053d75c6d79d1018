"""consultation: the replies of families gathered, without trusting any of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.cli import tables
from layout_planner.cli.console import plain, say, show_table, step
from layout_planner.cli.inputs import load_plans
from layout_planner.cli.options import Lang, Modes, OutFolder, RuleNames, RunPath
from layout_planner.cli.tables import MOST_ROWS, stage_name
from layout_planner.cli.writing import refuse_other

if TYPE_CHECKING:
    from layout_planner.catchments.hearing.consultation import Consultation
    from layout_planner.plan import Plan

MARKER = "replies.csv"


def consultation(
    replies: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the reply files. 回执文件夹。")],
    run: RunPath,
    beside: Annotated[
        str | None,
        typer.Option("--beside", metavar="STAGE", help="Draw the plan their weights give. 按家长意愿加权另画一案。"),
    ] = None,
    out: OutFolder = None,
    mode: Modes = None,
    rules: RuleNames = None,
    lang: Lang = None,
) -> None:
    """Gather the replies of families: by village and closure, topics, what matters; damaged and double ones named.

    汇总群众意见：分村、分撤并校；关注点；最看重什么；损坏、重复的逐个列出。
    """
    if out is not None:
        refuse_other(out, MARKER)
    plan = load_plans([run], mode, rules)[-1]
    from layout_planner.catchments.hearing.consultation import consultation as gather

    with step(Text("replies", "汇总回执")):
        found = gather(replies, plan)
    tables.show_head(plan)
    show_consultation(found)
    if beside is not None:
        with step(Text("the plan families' weights give", "按家长意愿加权的方案")):
            other = found.beside(beside)
        tables.show_measures([plan, other], stages=[beside])
    if out is not None:
        _write(found, plan, out)


def show_consultation(found: Consultation) -> None:
    """Print what counts and what does not, closures, topics, and the order of what matters."""
    counted, left = len(found.replies), len(found.refused)
    say(Text(f"{counted:,} replies count, {left:,} files do not.", f"有效回执 {counted:,} 份，不计入 {left:,} 份。"))
    say(
        Text(
            "Nobody checked who sent them: it is what was said, not a vote.",
            "回执未核验身份：是意见汇总，不是投票结果。",
        )
    )
    numbers = [Text("replies", "回执"), Text("agree", "同意"), Text("against", "不同意"), Text("not sure", "不确定")]
    closures = found.closures.loc[found.closures["replies"] > 0].sort_values("no", ascending=False, kind="stable")
    rows = [[plain(row.name), stage_name(stage), row.replies, row.yes, row.no, row.unsure, f"{row.against:.0%}"]
            for (_, stage), row in zip(closures.index, closures.itertuples(index=False), strict=True)]  # fmt: skip
    header = [Text("closed school", "撤并学校"), Text("stage", "学段"), *numbers, Text("share against", "反对比例")]
    if rows:
        show_table(header, _as_text(rows[:MOST_ROWS]), numbers=range(2, 7), title=Text("By closure", "按撤并校"))
    spoken = found.topics.loc[found.topics["replies"] > 0]
    if len(spoken):
        rows = [[row.name, row.replies] for row in spoken.itertuples(index=False)]
        show_table([Text("topic", "关注点"), numbers[0]], _as_text(rows), numbers=(1,))
    if found.goals:
        rows = [
            [row.name, f"{row.first:.0%}", f"{row.weight:.2f}", row.goal]
            for row in found.ranking.itertuples(index=False)
        ]
        header = [
            Text("what matters", "最看重"),
            Text("put first", "排第一"),
            Text("weight", "权重"),
            Text("goal", "目标"),
        ]
        show_table(header, rows, numbers=(1, 2))
    if left:
        rows = [[plain(row.file), plain(row.why)] for row in found.refused.head(MOST_ROWS).itertuples(index=False)]
        show_table([Text("not counted", "不计入的文件"), Text("why", "原因")], rows)
        if left > MOST_ROWS:
            say(
                Text(
                    f"… and {left - MOST_ROWS:,} more in refused.csv", f"……另有 {left - MOST_ROWS:,} 份，见 refused.csv"
                )
            )


def _as_text(rows: list[list[object]]) -> list[list[object]]:
    return [[f"{cell:,}" if isinstance(cell, int) else cell for cell in row] for row in rows]


def _write(found: Consultation, plan: Plan, out: Path) -> None:
    from layout_planner.base.files import whole_folder
    from layout_planner.base.tables import write_csv

    with whole_folder(out, MARKER) as part:
        write_csv(found.replies, part / MARKER)
        write_csv(found.refused, part / "refused.csv")
        write_csv(found.villages.reset_index(), part / "villages.csv")
        write_csv(found.closures.reset_index(), part / "closures.csv")
        write_csv(found.topics.reset_index(), part / "topics.csv")
        write_csv(found.ranking.reset_index(), part / "ranking.csv")
        write_csv(found.record(plan.study).extra["procedure"], part / "procedure.csv")
    say(Text(f"Written to {plain(out)}", f"已写入 {plain(out)}"))
