"""The commands on one study: init, check, today, solve."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from layout_planner.base.messages import Text, language
from layout_planner.cli import tables
from layout_planner.cli.console import complain, plain, say, step
from layout_planner.cli.inputs import load_rules, load_study, load_travel, load_zones, make_today, study_path
from layout_planner.cli.options import Lang, Modes, OutFolder, RuleNames, Stage, StudyPath

if TYPE_CHECKING:
    from layout_planner.plan import Plan
    from layout_planner.study import CheckReport


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
        from layout_planner.study import check_study

        report = check_study(source)
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
            tables.show_counts(report.study)
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


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the bureau's files lie. 数据文件夹。")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE.toml", help="Where to write; left out: study.toml in the folder. 输出位置。"
        ),
    ] = None,
    lang: Lang = None,
) -> None:
    """Draw up study.toml from the files in a folder: what was recognised, and what is left to say.

    根据文件夹中的文件草拟 study.toml：注明已识别的内容和需补填之处。
    """
    from layout_planner.base.files import whole_file
    from layout_planner.study import draft_study
    from layout_planner.study.reading.config import STUDY_FILE

    target = folder / STUDY_FILE if out is None else out
    if target.exists():
        complain(Text(f"{target} exists already; it is left as it is.", f"{target} 已存在，未作改动。"))
        raise typer.Exit(1)
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


def today(
    study: StudyPath,
    stage: Stage = None,
    mode: Modes = None,
    rules: RuleNames = None,
    out: OutFolder = None,
    lang: Lang = None,
) -> None:
    """Show the present: who goes where, how far, how full, what breaks the rules.

    看现状：谁去哪所学校、走多远、学位够不够、哪些不合规定。
    """
    refuse_foreign(out)
    plan = make_today(load_study(study), mode, rules, stage)
    tables.show_head(plan)
    tables.show_status(plan)
    tables.show_measures([plan])
    tables.show_unplaced(plan)
    tables.show_findings(plan)
    if out is not None:
        write(plan, out)


def solve(
    study: StudyPath,
    scenario: Annotated[
        Path | None, typer.Option("--scenario", metavar="FILE.yaml", help="The edits of the what-if. 方案（YAML）。")
    ] = None,
    assign: Annotated[
        Literal[
            "stay",
            "stay_nearest",
            "nearest",
            "nearest_seats",
            "capacity",
            "contiguous",
            "migrants_designated",
            "migrants_spare",
        ]
        | None,
        typer.Option(
            "--assign",
            show_default=False,
            help="stay (as today but for those whose school changes; the default), stay_nearest (likewise, to the "
            "nearest, full or not), nearest, nearest_seats (overflow to the next), capacity (least travel within the "
            "seats), contiguous (the same, every zone in one piece), migrants_designated or migrants_spare (they get "
            "the seats local children leave: at designated schools first, or anywhere). 分配办法。",
        ),
    ] = None,
    zones: Annotated[
        Path | None,
        typer.Option("--zones", metavar="TABLE", help="Score this map place → school instead. 给定片区表。"),
    ] = None,
    stage: Stage = None,
    mode: Modes = None,
    rules: RuleNames = None,
    year: Annotated[int | None, typer.Option("--year", help="Edits up to this year only. 只计到此年。")] = None,
    reach: Annotated[
        Literal["priced", "hard"], typer.Option("--reach", help="hard: no way beyond the rules' reach. 路程是否硬限。")
    ] = "priced",
    split: Annotated[bool, typer.Option("--split", help="capacity: places may be divided. 允许拆分居住点。")] = False,
    candidates: Annotated[
        int | None, typer.Option("--candidates", min=1, help="Ask at so many nearest schools only. 只考虑最近几所。")
    ] = None,
    gap: Annotated[
        float, typer.Option("--gap", min=0, max=0.99, help="capacity, contiguous: stop at this gap. 允许误差。")
    ] = 2e-3,
    time_limit: Annotated[
        float, typer.Option("--time-limit", min=0.1, help="capacity, contiguous: seconds a stage. 每学段限时（秒）。")
    ] = 60.0,
    out: OutFolder = None,
    lang: Lang = None,
) -> None:
    """Carry out a what-if and say who goes where.

    推演方案：撤并、扩容、新建之后，谁去哪所学校。
    """
    if assign is not None and zones is not None:
        told = Text("give either --assign or --zones, not both", "--assign 与 --zones 只能二选一")
        raise typer.BadParameter(str(told), param_hint="--zones")
    refuse_foreign(out)
    from layout_planner.scenario import Scenario

    edits = Scenario.read(scenario) if scenario is not None else None
    said = edits.run if edits is not None else {}  # a scenario from the live page says how it was carried out
    stage, candidates = stage or said.get("stage"), candidates or said.get("candidates")
    judged_by = load_rules(rules or said.get("rules"))
    facts = load_study(study)
    given = load_zones(zones, facts, stage) if zones is not None else assign or said.get("assign") or "stay"
    travel = load_travel(facts, mode or said.get("mode"))
    from layout_planner.assignment.solve import solve as carry_out

    with step(Text("who goes where", "分配学生")):
        plan = carry_out(
            facts, travel, judged_by, scenario=edits, assign=given, stage=stage, year=year, reach=reach, split=split,
            candidates=candidates, gap=gap, time_limit=time_limit,
        )  # fmt: skip
    tables.show_head(plan)
    tables.show_edits(plan)
    tables.show_status(plan)
    tables.show_measures([plan.base, plan] if plan.base is not None else [plan])
    tables.show_changed_schools(plan)
    tables.show_unplaced(plan)
    tables.show_findings(plan)
    if out is not None:
        write(plan, out)
    if plan.status == "infeasible":
        complain(Text("Infeasible: see the notes above.", "无法实现：原因见上。"))
        raise typer.Exit(1)


def refuse_foreign(out: Path | None) -> None:
    """Refuse a folder that holds something else before anything is worked out for it."""
    if out is not None:
        from layout_planner.base.files import check_replaceable
        from layout_planner.plan.folder import MARKER

        check_replaceable(out, MARKER)


def write(plan: Plan, folder: Path) -> None:
    """Write a run folder, its map in the reader's language."""
    with step(Text(f"writing {folder}", f"写入 {folder}")):
        plan.write(folder)
    say(Text(f"Written to {plain(folder)}", f"已写入 {plain(folder)}"))
