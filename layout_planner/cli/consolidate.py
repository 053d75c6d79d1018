"""consolidate: which schools to keep, enlarge, open and close."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.base.options import Effort
from layout_planner.base.proof import STATUS_WORDS
from layout_planner.cli import tables
from layout_planner.cli.console import plain, say, show_table, step
from layout_planner.cli.inputs import load_rules, load_study, load_travel
from layout_planner.cli.options import Lang, Modes, Names, OneStage, OutFolder, RuleNames, StudyPath
from layout_planner.cli.records import Offered
from layout_planner.cli.writing import refuse_foreign, write
from layout_planner.consolidation.settings import USUAL, Consolidation

if TYPE_CHECKING:
    from layout_planner.plan import Plan
    from layout_planner.plan.frontier import Frontier
    from layout_planner.scenario import Scenario
    from layout_planner.study import Study


ASKED = Consolidation()


def _campuses(free: bool) -> str:
    return "free" if free else "stay"


def _pins(path: Path | None) -> Scenario | tuple[()]:
    from layout_planner.scenario import Scenario

    return () if path is None else Scenario.read(path)


def _by_ids(study: Study, settings: Consolidation) -> Consolidation:
    """Let pins name schools by their names, as a scenario may."""
    from layout_planner.scenario import Scenario, with_ids

    held = settings.pins
    return replace(settings, pins=with_ids(study, held)) if isinstance(held, Scenario) else settings


def consolidate(
    study: StudyPath,
    stage: OneStage,
    keep: Annotated[
        str | None,
        typer.Option(
            "--keep",
            metavar="N",
            help="Schools to keep: 41, 30-83, 30-83:5, 41,50,60. 保留学校数：41、30-83、30-83:5 或 41,50,60。",
        ),
    ] = None,
    at: Annotated[
        int | None,
        typer.Option(
            "--at",
            help="Of several, the one to carry out; left out: the knee, or the cheapest. "
            "给出多个学校数时详列哪一个；不写时取拐点，无拐点时取费用最低。",
        ),
    ] = None,
    budget: Annotated[
        float | None, typer.Option("--budget", min=0, help="Yuan of building at most. 建设预算。")
    ] = None,
    settings: Annotated[Consolidation, Offered(reads={"campuses": _campuses, "pins": _pins})] = ASKED,
    mode: Modes = None,
    rules: RuleNames = None,
    effort: Annotated[Effort, Offered(says={"seconds": "Seconds for all. 总限时（秒）。"})] = USUAL,
    table: Annotated[
        Path | None, typer.Option("--table", metavar="FILE.csv", help="Write all points. 写出全部点。")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE.png", help="Draw the frontier. 画出前沿图。")
    ] = None,
    out: OutFolder = None,
    names: Names = None,
    lang: Lang = None,
) -> None:
    """Choose which schools to keep, enlarge, open and close, at least cost, with a proof.

    优选布局：保留、扩容、新建、撤并哪些学校，费用最低并给出误差上界。
    """
    refuse_foreign(out)
    wanted = None if keep is None else read_numbers(keep)
    judged_by = load_rules(rules)
    facts = load_study(study)
    settings = _by_ids(facts, settings)
    travel = load_travel(facts, mode)
    from layout_planner.consolidation.consolidate import consolidate as choose
    from layout_planner.plan.frontier import Frontier

    with step(Text("choosing schools", "优选布局")):
        found = choose(
            facts, travel, judged_by, stage=stage, keep=wanted, budget=budget, settings=settings, effort=effort,
        )  # fmt: skip
    plan = _of_frontier(found, at, table, plot) if isinstance(found, Frontier) else found
    tables.show_head(plan)
    tables.show_status(plan)
    show_steps(plan)
    tables.show_edits(plan)
    tables.show_measures([plan.base, plan] if plan.base is not None else [plan])
    tables.show_findings(plan)
    if out is not None:
        write(plan, out)


def _of_frontier(front: Frontier, at: int | None, table: Path | None, plot: Path | None) -> Plan:
    """Show a frontier, and give the plan of one point."""
    show_frontier(front)
    if table is not None:
        from layout_planner.base.files import whole_file
        from layout_planner.papers.people import write_people

        with whole_file(table) as part:
            write_people(front.table.reset_index(), part)
        say(Text(f"Written to {plain(table)}", f"已写入 {plain(table)}"))
    if plot is not None:
        from layout_planner.show.frontiers import plot_frontier

        plot_frontier(front).savefig(plot, dpi=150)
        say(Text(f"Written to {plain(plot)}", f"已写入 {plain(plot)}"))
    return front.at(front.chosen if at is None else at)


def show_steps(plan: Plan) -> None:
    """Show how much of the change is owed to sending everyone anew, and how much to the schools."""
    from layout_planner.page.measure_words import worded
    from layout_planner.plan import three_steps

    table = three_steps(plan)
    units = table.attrs["units"]
    header = (
        Text("step by step", "分步比较"), Text("today", "现状"),
        Text("same schools, everyone to the best place", "学校不变、全部就学最优"), Text("this plan", "本方案"),
    )  # fmt: skip
    rows = []
    for measure, row in table.dropna(how="all").iterrows():
        words = worded(str(measure), units[str(measure)])
        cells = ["" if math.isnan(value) else tables.written(value, words["kind"]) for value in row]
        rows.append([Text(words["en"], words["zh"]), *cells])
    show_table(header, rows, numbers=(1, 2, 3))


def show_frontier(front: Frontier) -> None:
    """Show what each number of schools costs, and how close to the best that is proved to be."""
    header = (
        Text("schools", "学校数"), Text("million yuan a year", "百万元/年"),
        Text("no plan is better by more than", "误差上界"),
        Text("minutes", "平均分钟"), Text("95 % below", "95% 分位"), Text("building, million", "建设（百万元）"),
        Text("closed", "撤并"), Text("enlarged", "扩容"), Text("opened", "新建"),
    )  # fmt: skip
    rows = []
    for point in front.points:
        if point.scenario is None:
            rows.append([str(point.keep), str(STATUS_WORDS[point.status]), *[""] * 7])
            continue
        f = point.figures
        rows.append(
            [
                str(point.keep) + (" ←" if point.keep == front.knee else ""),
                f"{float(f['objective']) / 1e6:,.1f}",
                f"{100 * float(f['gap']):.2f} %",
                *(f"{float(f[name]):.1f}" for name in ("minutes_mean", "minutes_p95")),
                f"{float(f['investment']) / 1e6:,.1f}",
                *(f"{float(f[name]):.0f}" for name in ("closed", "expanded", "opened")),
            ]
        )
    show_table(header, rows, numbers=tuple(range(1, 9)))
    if front.knee is not None:
        say(Text(f"The knee is at {front.knee:g} schools.", f"拐点：{front.knee:g} 所。"))
    for note in front.notes:
        say(note)


def read_numbers(text: str) -> int | list[int]:
    """Read "41", "41,50,60", "30-83" or "30-83:5"."""
    found: list[int] = []
    try:
        for part in text.replace("，", ",").split(","):
            span, _, pace = part.partition(":")
            low, dash, high = span.partition("-")
            found += range(int(low), int(high) + 1, int(pace or 1)) if dash else [int(low)]
    except ValueError as error:
        told = Text(f'"{text}" is not a list of numbers', f"“{text}”不是数字列表")
        raise typer.BadParameter(str(told), param_hint="--keep") from error
    if not found:
        told = Text(f'"{text}" holds no number', f"“{text}”中没有数字")
        raise typer.BadParameter(str(told), param_hint="--keep")
    return found[0] if len(found) == 1 else found
