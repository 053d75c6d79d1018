"""init: draw up study.toml from the files in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.cli.console import complain, plain, say, step
from layout_planner.cli.options import Lang


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the bureau's files lie. 数据文件夹。")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE.toml", help="Where to write; left out: study.toml in the folder. 输出位置。"
        ),
    ] = None,
    osm: Annotated[
        str | None,
        typer.Option(
            "--osm", metavar="PLACE", help="First fetch schools and roads of a place from OpenStreetMap. 先取该地数据。"
        ),
    ] = None,
    lang: Lang = None,
) -> None:
    """Draw up study.toml from the files in a folder: what was recognised, and what is left to say.

    根据文件夹中的文件草拟 study.toml：注明已识别的内容和需补填之处。
    """
    from layout_planner.base.files import whole_file
    from layout_planner.reading import draft_study
    from layout_planner.study.columns import STUDY_FILE

    target = folder / STUDY_FILE if out is None else out
    if target.exists():
        complain(Text(f"{target} exists already; it is left as it is.", f"{target} 已存在，未作改动。"))
        raise typer.Exit(1)
    if osm is not None:
        from layout_planner.reading.online import fetch

        with step(Text(f"fetching {osm} from OpenStreetMap", f"从 OpenStreetMap 获取 {osm}")):
            files = fetch(osm, folder)
        names = ", ".join(file.name for file in files)
        say(
            Text(
                f"Fetched {names} (© OpenStreetMap contributors); places and rolls are yours to add.",
                f"已获取 {names}（© OpenStreetMap 贡献者）；居住点与在校生数请自行补充。",
            )
        )
    with step(Text("looking at the files", "查看文件")):
        text = draft_study(folder)
    with whole_file(target) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
    typer.echo(text)
    say(
        Text(
            f"Written to {plain(target)}. Fill in what is marked, then: layout-planner check {plain(target.parent)}",
            f"已写入 {plain(target)}。请补填标出之处，然后运行：layout-planner check {plain(target.parent)}",
        )
    )
