"""overview: the counties of a batch on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from layout_planner.base.messages import Text, language
from layout_planner.cli.console import plain, say, step
from layout_planner.cli.options import Lang, Stage


def overview(
    batch: Annotated[Path, typer.Argument(metavar="BATCH", help="The folder a batch wrote. 批量结果文件夹。")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The pages' folder, made new. 网页文件夹。")],
    stage: Stage = None,
    title: Annotated[str, typer.Option("--title", help="Of the page. 标题。")] = "",
    lang: Lang = None,
) -> None:
    """Draw the counties of a batch on one page that links a briefing each.

    多县概览：无学可上者在先，各县指标排名、路程最远的村、普遍存在的问题。
    """
    from layout_planner.plan.batch import read_batch
    from layout_planner.show.provinces import overview as draw

    found = read_batch(batch)
    with step(Text("drawing the counties", "绘制各县概览")):
        page = draw(found, out, stage=stage or "primary", title=title, lang=language())
    say(Text(f"Written to {plain(page)}", f"已写入 {plain(page)}"))
