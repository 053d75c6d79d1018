"""lookup: a plan as a page for families, and a printed notice a village."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from layout_planner.base.messages import Text, language
from layout_planner.cli import tables
from layout_planner.cli.console import plain, say, step
from layout_planner.cli.inputs import load_plans
from layout_planner.cli.options import Lang, Modes, RuleNames, RunPath


def lookup(
    run: RunPath,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.html", help="The page to write. 写出的网页。")],
    notices: Annotated[
        Path | None,
        typer.Option("--notices", metavar="FILE.html", help="Sheets to print, one a village. 每村一页的告示。"),
    ] = None,
    ask: Annotated[str, typer.Option("--ask", help="Whom to ask: office, telephone. 咨询单位与电话。")] = "",
    exempt: Annotated[str, typer.Option("--exempt", help="Who may stay where they are. 谁可以不变。")] = "",
    url: Annotated[
        str, typer.Option("--url", help="Where the page will stand, for the codes. 页面网址（二维码）。")
    ] = "",
    township: Annotated[
        list[str] | None, typer.Option("--township", metavar="ID", help="Only this township; repeated. 只做这些乡镇。")
    ] = None,
    mode: Modes = None,
    rules: RuleNames = None,
    lang: Lang = None,
) -> None:
    """Write the page on which families look up their village and reply to the plan; on request notices to print.

    群众查询页（手机）：本村现在与方案中的学校、路程、何时开始、问谁，并可填写意见；可另出每村一页的告示。
    """
    plan = load_plans([run], mode, rules)[-1]
    from layout_planner.show.lookup import BureauWords, lookup_page
    from layout_planner.show.notices import print_notices

    told = BureauWords(ask=ask, exempt=exempt, url=url)
    tables.show_head(plan)
    with step(Text("the page for families", "生成查询页")):
        page = lookup_page(plan, out, lang=language(), told=told, townships=township)
    say(
        Text(
            f"Written to {plain(out)} ({page.size / 1000:,.0f} kB)",
            f"已写入 {plain(out)}（{page.size / 1000:,.0f} kB）",
        )
    )
    if notices is not None:
        print_notices(plan, notices, lang=language(), told=told, townships=township)
        say(Text(f"Written to {plain(notices)}", f"已写入 {plain(notices)}"))
