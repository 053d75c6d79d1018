"""report: a run as a Word document, for one audience."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from layout_planner.base.messages import Text, language
from layout_planner.cli.console import plain, say, step
from layout_planner.cli.inputs import load_plans, read_names
from layout_planner.cli.options import Lang, Modes, RuleNames, Runs, To

if TYPE_CHECKING:
    from layout_planner.cohorts import Forecast
    from layout_planner.plan import Plan


def report(
    runs: Runs,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE.docx", help="The document to write. 写出的文档。", dir_okay=False)
    ],
    audience: Annotated[
        Literal["plan", "committee", "government", "posts", "finance", "land", "village", "notice", "inspection"],
        typer.Option(
            "--for",
            help="For whom; plan is the whole. "
            "读者：整本方案、常委会、政府常务会、编办/人社、财政、自规局、听证、公示、督导。",
        ),
    ] = "plan",
    template: Annotated[
        Path | None,
        typer.Option("--template", metavar="FILE.docx", help="A .docx whose styles are used. 本单位的样式文件。"),
    ] = None,
    places: Annotated[
        str | None,
        typer.Option("--places", metavar="IDS", help="Villages of the hearing; left out: those affected. 听证的村。"),
    ] = None,
    to: To = None,
    mode: Modes = None,
    rules: RuleNames = None,
    lang: Lang = None,
) -> None:
    """Write a run as a Word document; numbers that are not known are left out and named.

    把结果写成 Word 文档（布局规划全文或按读者分册）；没有依据的章节略去并列明。
    """
    from layout_planner.papers.report import report as written

    plans = load_plans(runs, mode, rules)
    coming = look_ahead(plans[-1], to)
    with step(Text("writing the document", "撰写文档")):
        made = written(plans, out, audience, language(), template=template, forecast=coming, places=read_names(places))
    for title, why in made.left_out.items():
        say(Text(f"· left out: {title} ({why})", f"· 未列：{title}（{why}）"))
    say(Text(f"Written to {plain(made.path)}", f"已写入 {plain(made.path)}"))


def look_ahead(plan: Plan, to: int | None) -> Forecast | None:
    """Forecast the children of today's study; ten years on where no year is said, None where no births were given.

    Raises
    ------
    DataError
        A year was asked for and the births do not tell.
    """
    study = (plan if plan.base is None else plan.base).study
    if to is None and not len(study.births):
        return None
    from layout_planner.base.errors import DataError
    from layout_planner.cohorts import forecast

    with step(Text("forecasting the children", "推算学龄人口")):
        try:
            return forecast(study, study.year + 10 if to is None else to)
        except DataError as error:
            if to is not None:
                raise
            say(Text(f"· no forecast: {error}", f"· 未作人口预测：{error}"))
            return None
