"""plan-years: which building serves which stage in which year, with a bound, beside three naive plans."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.base.options import Effort
from layout_planner.base.proof import STATUS_WORDS
from layout_planner.cli import tables
from layout_planner.cli.console import complain, plain, say, show_table, step
from layout_planner.cli.inputs import load_births, load_rules, load_study, load_travel
from layout_planner.cli.options import Births, Lang, Modes, OutFolder, RuleNames, StudyPath, ToTown, stages_meant
from layout_planner.cli.records import Offered
from layout_planner.cli.tables import MOST_ROWS, stage_name, yuan_written
from layout_planner.cli.writing import refuse_other
from layout_planner.phasing.outlook_settings import USUAL, Years
from layout_planner.plan.yearplan import short_lines, way_out
from layout_planner.plan.yearplan_files import YEARPLAN_MARKER

if TYPE_CHECKING:
    from layout_planner.plan.years import YearPlan

ASKED = Years()
MOST_LINES = 5
"""Sentences on what cannot be seated, the most first; the table has them all."""
PLAN_NAMES = {
    "plan": Text("this plan", "本方案"),
    "each year on its own": Text("each year on its own", "逐年各自规划"),
    "final year first": Text("final year first, then dated", "先定末年再排期"),
    "today kept": Text("today kept, elastic seats only", "维持现状、仅用弹性学位"),
}
DOINGS = {
    "close": Text("close", "停办"), "convert": Text("convert", "改办"), "expand": Text("enlarge", "扩建"),
    "open": Text("open", "开办"), "point": Text("teaching point", "改为教学点"), "rebuild": Text("rebuild", "重建"),
    "reopen": Text("reopen", "恢复办学"),
}  # fmt: skip


def _course(variant: str) -> str:
    from layout_planner.cohorts.births import VARIANT_NAMES

    return str(VARIANT_NAMES.get(variant, variant))


def _ids(said: list[str] | None) -> tuple[str, ...]:
    return tuple(said or ())


def _last_autumns(said: list[str] | None) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in said or ():
        school, _, year = one.rpartition("=")
        if not school or not year.isdecimal():
            told = Text(f'"{one}": give SCHOOL=YEAR, as S3=2027', f"“{one}”：请写成 学校编号=年份，如 S3=2027")
            raise typer.BadParameter(str(told), param_hint="--rebuild")
        found[school.strip()] = int(year)
    return found


def _campuses(free: bool) -> str:
    return "free" if free else "stay"


def _waiting(said: list[str] | None) -> tuple[str, ...] | str:
    return "all" if said == ["all"] else tuple(said or ())


READS = {"keep": _ids, "waiting": _waiting, "campuses": _campuses, "rebuild": _last_autumns}
"""How the record takes what is typed."""


def plan_years(
    study: StudyPath,
    start: Annotated[int, typer.Option("--start", help="First autumn planned. 起始年。")],
    end: Annotated[int, typer.Option("--end", help="Last one. 截止年。")],
    stage: Annotated[
        list[str] | None,
        typer.Option(
            "--stage", callback=stages_meant, help="Stages planned together; repeated. 同时规划的学段，可重复。"
        ),
    ] = None,
    variant: Annotated[
        list[str] | None, typer.Option("--variant", help="Forecasts to hold; repeated. 须同时满足的预测方案，可重复。")
    ] = None,
    settings: Annotated[Years, Offered(reads=READS)] = ASKED,
    births: Births = None,
    to_town: ToTown = 0.0,
    mode: Modes = None,
    rules: RuleNames = None,
    effort: Annotated[Effort, Offered(says={"seconds": "Seconds for everything. 总限时（秒）。"})] = USUAL,
    out: OutFolder = None,
    lang: Lang = None,
) -> None:
    """Decide for every building and year which stage it serves, on several forecasts at once; with a bound.

    渡峰：逐年统筹各学段校舍，兼顾多种预测，附下界，并与三种常见做法对照。
    """
    if out is not None:
        refuse_other(out, YEARPLAN_MARKER)
    from layout_planner.cohorts import forecast as look_ahead
    from layout_planner.phasing.plan_years import plan_years as plan_ahead

    judged_by = load_rules(rules)
    facts = load_study(study)
    own = load_births(births, facts) if births is not None else None
    travel = load_travel(facts, mode)
    with step(Text("forecast", "预测")):
        coming = look_ahead(facts, end, births=own, to_town=to_town)
    with step(Text("a plan over the years", "逐年方案")):
        found = plan_ahead(
            facts, travel, judged_by, coming, start=start, end=end, stages=tuple(stage or ("primary", "junior")),
            variants=tuple(variant or ("low", "middle", "high")), settings=settings, effort=effort,
        )  # fmt: skip
    tables.show_study(facts)
    show_year_plan(found)
    if out is not None:
        with step(Text(f"writing {out}", f"写入 {out}")):
            found.write(out)
        say(Text(f"Written to {plain(out)}", f"已写入 {plain(out)}"))
    if found.status == "infeasible":
        complain(Text("Infeasible: see the notes above.", "无法实现：原因见上。"))
        raise typer.Exit(1)


def show_year_plan(found: YearPlan) -> None:
    """Print who has no seat, how sure the plan is, what it is worth, the years, and what is done."""
    lost = found.unplaced["pupils"].sum()
    if lost > 0:
        said = f"{lost:,.0f}"
        say(Text(f"{said} pupil-years without a seat (all forecasts).", f"无学位 {said} 人次（各预测合计）。"))
        for sentence in short_lines(found)[:MOST_LINES]:
            say(f"· {plain(str(sentence))}")
        rows = [[_course(r.variant), str(r.year), stage_name(r.stage), plain(r.name), f"{r.pupils:,.0f}",
                 f"{r.seats:,.0f}", str(way_out(r))] for r in found.short.head(MOST_ROWS).itertuples()]  # fmt: skip
        header = [Text("forecast", "预测"), Text("autumn", "秋季"), Text("stage", "学段"), Text("township", "乡镇"),
                  Text("without", "无学位"), Text("seats", "学位"), Text("cheapest way out", "最省办法")]  # fmt: skip
        show_table(header, rows, numbers=(4, 5))
    else:
        say(Text("Every child has a seat in every year and forecast.", "各年各预测下每个学生都有学位。"))
    line = f"{STATUS_WORDS[found.status]}{Text(' · ', ' · ')}{yuan_written(found.objective)}"
    if not math.isnan(found.gap):
        line += str(Text(f" · gap {found.gap:.2%}", f" · 误差 {found.gap:.2%}"))
    say(line)
    for note in found.notes:
        say(f"· {note}")
    _show_naive(found)
    _show_years(found)
    _show_acts(found)


def _show_naive(found: YearPlan) -> None:
    best = float(found.naive["yuan"].iloc[0] + found.naive["unplaced"].iloc[0])
    rows = []
    for name, row in found.naive.iterrows():
        whole = float(row["yuan"] + row["unplaced"])
        more = "–" if name == "plan" or math.isnan(whole) else yuan_written(whole - best)
        counts = [f"{row[c]:,.0f}" for c in ("unplaced_pupil_years", "over_pupil_years", "moved", "moved_twice")]
        rows.append([PLAN_NAMES[str(name)], *counts, yuan_written(row["yuan"]), more])
    header = [Text("plan", "方案"), Text("without a seat", "无学位人次"), Text("over the standard", "超标准人次"),
              Text("change school", "转学人次"), Text("twice", "二次转学"), Text("yuan", "元"),
              Text("dearer by", "多花")]  # fmt: skip
    title = Text("What looking ahead is worth (discounted; a missing seat is priced in the last column)",
                 "远见的价值（折现；缺学位按价计入末列）")  # fmt: skip
    show_table(header, rows, numbers=(1, 2, 3, 4, 5, 6), title=title)


def _show_years(found: YearPlan) -> None:
    rows = [
        [str(year), stage_name(stage), *(f"{row[c]:,.0f}" for c in ("unplaced", "pupils", "seats", "over"))]
        for (year, stage), row in found.crossing().iterrows()
    ]
    header = [Text("autumn", "秋季"), Text("stage", "学段"), Text("without a seat", "无学位"), Text("pupils", "学生"),
              Text("seats", "学位"), Text("over the standard", "超标准")]  # fmt: skip
    show_table(header, rows, numbers=(2, 3, 4, 5), title=Text("Year by year", "逐年"))


def _show_acts(found: YearPlan) -> None:
    acts = found.acts
    names = dict(zip(found.rooms["school_id"], found.rooms["name"], strict=True))
    rows = [
        [str(r.year), str(r.decided), DOINGS[r.do], r.name, stage_name(r.stage), stage_name(r.to) if r.to else "",
         f"{r.seats:+,.0f}", yuan_written(r.cost), names.get(r.host, r.host), _course(r.variant)]
        for r in acts.head(MOST_ROWS).itertuples()
    ]  # fmt: skip
    header = [Text("autumn", "秋季"), Text("decided", "决定"), Text("what", "措施"), Text("school", "学校"),
              Text("stage", "学段"), Text("to", "改为"), Text("seats", "学位"), Text("yuan", "元"),
              Text("pupils to", "学生转入"), Text("forecast", "预测")]  # fmt: skip
    show_table(header, rows, numbers=(6, 7), title=Text("What is done", "措施"))
    if len(acts) > MOST_ROWS:
        more = len(acts) - MOST_ROWS
        say(Text(f"… and {more} more; see acts.csv.", f"……另有 {more} 项，见 acts.csv。"))
