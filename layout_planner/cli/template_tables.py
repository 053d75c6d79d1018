"""template-tables: Excel tables to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.cli.console import plain, say
from layout_planner.cli.options import Lang


def template_tables(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write them. 写入的文件夹。")],
    example: Annotated[
        bool,
        typer.Option(
            "--example", help="The four filled-in tables of a made-up county instead. 改为一个虚构县填好的四张表。"
        ),
    ] = False,
    lang: Lang = None,
) -> None:
    """Write Excel tables to fill in: villages, townships, schools, births, attendance; init reads them back.

    写出可填写的 Excel 表：村居、乡镇、学校、出生人口、就读去向（含说明、示例和下拉选项），填好后用 init 读取。
    """
    from layout_planner.reading.blanks import write_blanks
    from layout_planner.reading.samples import copy_bureau

    for path in copy_bureau(folder) if example else write_blanks(folder):
        say(Text(f"Written to {plain(path)}", f"已写入 {plain(path)}"))
    if example:
        made_up = Text(
            "Simulated data: places, schools and people are made up.", "模拟数据：地名、学校、人口均为虚构。"
        )
        then = Text(f"Then: layout-planner init {plain(folder)}", f"然后运行：layout-planner init {plain(folder)}")
        say(made_up)
        say(then)
        return
    say(
        Text(
            f"Fill in what you have (marked columns are needed), then: layout-planner init {plain(folder)}",
            f"请填写已有数据（橙色列必填，用不到的表可删除），然后运行：layout-planner init {plain(folder)}",
        )
    )
