"""Options several commands share. Help stands in both languages, since it is written before one is chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from layout_planner.base.messages import Language, Text, using_language
from layout_planner.cli.front import LANG
from layout_planner.cli.helping import bilingual


def _speak(ctx: typer.Context, lang: Language | None) -> None:
    if lang is not None:
        # On the root, so that it still holds when an error of the command is told.
        ctx.find_root().with_resource(using_language(lang))


def _stage_meant(said: str | None) -> str | None:
    """Take a stage by any of its words: 小学, elementary, primary.

    Raises
    ------
    typer.BadParameter
        It names no stage, or several.
    """
    if said is None:
        return None
    from layout_planner.study.kinds import read_offered
    from layout_planner.study.stages import STAGE_NAMES, STAGES

    meant = read_offered(said)
    if said in STAGES or (meant is not None and len(meant.stages) == 1 and meant.stages[0] in STAGES):
        return said if said in STAGES or meant is None else meant.stages[0]
    all_of_them = "、".join(f"{STAGE_NAMES[stage][1]} {stage}" for stage in STAGES)
    told = Text(f'"{said}" is no single stage: {", ".join(STAGES)}', f"“{said}”不是单个学段；可用：{all_of_them}")
    raise typer.BadParameter(str(told), param_hint="--stage")


def stages_meant(said: list[str] | None) -> list[str] | None:
    """Take several stages, each by any of its words."""
    return None if said is None else [stage for one in said if (stage := _stage_meant(one)) is not None]


StudyPath = Annotated[
    Path,
    typer.Argument(
        metavar="STUDY",
        help="A folder with study.toml, a study file, or a sample: fuxi, fuxi-before, zhigang. "
        "研究文件夹、研究文件或示例：fuxi、fuxi-before、zhigang。",
    ),
]
Runs = Annotated[
    list[Path],
    typer.Argument(metavar="RUN...", help="Run folders; a study stands for its today. 结果文件夹；研究则取其现状。"),
]
RunPath = Annotated[
    Path,
    typer.Argument(metavar="RUN", help="A run folder; a study stands for its today. 结果文件夹；研究则取其现状。"),
]
Lang = Annotated[
    Literal["zh", "en"] | None,
    typer.Option(
        "--lang", callback=_speak, is_eager=True, show_default=False,
        help=bilingual(LANG),
    ),
]  # fmt: skip
Stage = Annotated[
    str | None,
    typer.Option("--stage", callback=_stage_meant, help="One stage only, such as primary or 小学. 只做一个学段。"),
]
Modes = Annotated[
    list[str] | None,
    typer.Option(
        "--mode", metavar="MODE",
        help="How children travel: walk, bike, drive, bus, straight, or a matrix the study brings; for one stage: "
        "primary=walk. Left out: walk where there are roads. May be repeated. "
        "出行方式：walk 步行、bike 骑行、drive 开车、bus 校车、straight 直线，或研究自带的矩阵；"
        "可按学段写 primary=walk，可重复；不写时有路网则步行。",
    ),
]  # fmt: skip
RuleNames = Annotated[
    list[str] | None,
    typer.Option(
        "--rules", metavar="PROFILE",
        help="Judge by this profile (see rules) or .toml file; repeated: later ones count more. "
        "评判所依的规则集（见 rules）或 .toml 文件；可重复，后者优先。",
    ),
]  # fmt: skip
OutFolder = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Write the whole run into this folder. 结果写入此文件夹。"),
]


OneStage = Annotated[
    str, typer.Option("--stage", callback=_stage_meant, help="The stage, such as primary or 小学. 学段。")
]


OutTable = Annotated[
    Path | None, typer.Option("--out", metavar="FILE.csv", help="Write the table too. 写出表格。", dir_okay=False)
]


Births = Annotated[
    Path | None,
    typer.Option(
        "--births", metavar="TABLE", help="Births to come by your own reckoning: township_id, year, count, and variant "
        "(low, middle, high). 自定的未来出生人口：township_id、year、count、variant（low、middle、high）。",
    ),
]  # fmt: skip


Variant = Annotated[
    Literal["low", "middle", "high"], typer.Option("--variant", help="Which course of births. 出生方案。")
]


ToTown = Annotated[
    float, typer.Option("--to-town", min=0, max=0.99, help="Share of village children moving to town a year. 进城率。")
]


To = Annotated[
    int | None,
    typer.Option("--to", metavar="YEAR", help="Last autumn of the forecast; left out: ten years on. 预测到哪一年。"),
]


def _call(ctx: typer.Context, names: Literal["people", "machine"] | None) -> None:
    if names is not None:
        from layout_planner.papers.people import using_names

        ctx.find_root().with_resource(using_names(names))


Names = Annotated[
    Literal["people", "machine"] | None,
    typer.Option(
        "--names", callback=_call, show_default=False,
        help="Words of written tables: people (left out) reads well, machine is as the program calls it. "
        "表头用语：people 易读（默认），machine 为程序列名。",
    ),
]  # fmt: skip
