"""check: every fault and every doubt of a study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.messages import Text, language
from layout_planner.cli.console import complain, plain, say, show_table, step
from layout_planner.cli.inputs import study_path
from layout_planner.cli.options import Lang, StudyPath
from layout_planner.cli.tables import stage_name

if TYPE_CHECKING:
    from layout_planner.reading import CheckReport
    from layout_planner.study import Study


def check(
    study: StudyPath,
    as_json: Annotated[
        bool, typer.Option("--json", help="The report as JSON, no page. 以 JSON 输出，不写网页。")
    ] = False,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE.html", help="Where to write the page. 报告网页的位置。")
    ] = Path("check.html"),
    lang: Lang = None,
) -> None:
    """Check a study: every fault and every doubt, with file, row and mend; the same as a page.

    检查数据：逐条列出错误与疑点、所在位置和改法，并写成网页。
    """
    source = study_path(study)
    with step(Text("checking", "检查")):
        from layout_planner.cli.beyond import look_beyond
        from layout_planner.reading import check_study

        report = look_beyond(check_study(source), source if source.is_dir() else source.parent)
    if as_json:
        import json

        told = {
            "study": None if report.study is None else report.study.name,
            "errors": [fault.as_dict() for fault in report.errors],
            "warnings": [fault.as_dict() for fault in report.warnings],
            "told": [str(text) for text in report.told],
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        say(report)
        for text in report.told:
            say(f"· {text}")
        if report.study is not None:
            show_counts(report.study)
        _write_page(report, source, out)
    if report.errors:
        raise typer.Exit(1)


def _write_page(report: CheckReport, source: Path, out: Path) -> None:
    """Write the page of a check; the study's own folder stays as it is."""
    from layout_planner.show import checkpage

    folder = source if source.is_dir() else source.parent
    if out.resolve().is_relative_to(folder.resolve()):
        told = Text(
            "No page written: nothing is put into the study's folder. Name another place with --out.",
            "未写网页：程序不向研究文件夹写入任何内容。请用 --out 指定别处。",
        )
        complain(told)
        return
    checkpage(report, out, language())
    say(Text(f"Written to {plain(out)}", f"已写入 {plain(out)}"))


def show_counts(study: Study) -> None:
    """Print what a study holds: its schools by state and kind, its pupils by stage."""
    rows = [
        [
            stage_name(stage),
            f"{len(study.offering(stage)):,}",
            f"{study.demand(stage).sum():,.0f}",
            f"{study.roll(stage).sum():,.0f}",
        ]
        for stage in study.stages
    ]
    header = (Text("stage", "学段"), Text("schools open", "在办学校"), Text("children", "适龄儿童"),
              Text("on the rolls", "在校生"))  # fmt: skip
    show_table(header, rows, numbers=(1, 2, 3))
