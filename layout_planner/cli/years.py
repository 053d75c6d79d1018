"""The commands that look ahead: forecast, phase, staff."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from layout_planner.base.messages import Text
from layout_planner.cli import outlooks, tables
from layout_planner.cli.console import complain, plain, say, step
from layout_planner.cli.inputs import load_births, load_rules, load_study, load_travel
from layout_planner.cli.options import Lang, Modes, OutFolder, RuleNames, Stage, StudyPath
from layout_planner.cli.studies import refuse_foreign, write

if TYPE_CHECKING:
    from layout_planner.cohorts import Forecast
    from layout_planner.plan.phasing import Phasing

FORECAST_MARKER = "forecast.csv"
PHASING_MARKER = "phasing.csv"
"""What every folder of that make holds."""

Births = Annotated[
    Path | None,
    typer.Option(
        "--births", metavar="TABLE", help="Births to come by your own reckoning: township_id, year, count, and variant "
        "(low, middle, high). 自定的未来出生人口。",
    ),
]  # fmt: skip
Variant = Annotated[
    Literal["low", "middle", "high"], typer.Option("--variant", help="Which course of births. 出生方案。")
]
ToTown = Annotated[
    float, typer.Option("--to-town", min=0, max=0.99, help="Share of village children moving to town a year. 进城率。")
]


def forecast(
    study: StudyPath,
    to: Annotated[int, typer.Option("--to", help="Last autumn. 预测到哪一年。")],
    variant: Variant = "middle",
    stage: Stage = None,
    births: Births = None,
    to_town: ToTown = 0.0,
    private: Annotated[
        list[str] | None,
        typer.Option(
            "--private",
            metavar="STAGE=SHARE",
            help="Share of pupils private schools may have by then: primary=0.05; repeated. 民办在校生占比上限。",
        ),
    ] = None,
    out: OutFolder = None,
    lang: Lang = None,
) -> None:
    """Forecast the children of every autumn from the births; seats against them; how good the method is.

    学龄人口预测、学位供需与回测误差。
    """  # fmt: skip
    if out is not None:
        _refuse(out, FORECAST_MARKER)
    quotas = _shares(private or ())
    facts = load_study(study)
    own = load_births(births, facts) if births is not None else None
    from layout_planner.cohorts import backtest
    from layout_planner.cohorts import forecast as look_ahead

    with step(Text("forecast", "预测")):
        coming = look_ahead(facts, to, births=own, to_town=to_town, private=quotas or None)
        behind = backtest(facts)
    tables.show_study(facts)
    for note in coming.notes:
        say(f"· {note}")
    outlooks.show_children(coming, variant, stage)
    outlooks.show_seats(coming, variant, stage)
    outlooks.show_backtest(behind, stage)
    if out is not None:
        from layout_planner.base.files import whole_folder
        from layout_planner.base.tables import write_csv

        with whole_folder(out, FORECAST_MARKER) as part:
            write_csv(coming.table, part / FORECAST_MARKER)
            write_csv(coming.seats(), part / "seats.csv")
            write_csv(behind, part / "backtest.csv", index=True)
        say(Text(f"Written to {plain(out)}", f"已写入 {plain(out)}"))


def phase(
    study: StudyPath,
    scenario: Annotated[
        Path, typer.Option("--scenario", metavar="FILE.yaml", help="What is to be reached. 远期方案。")
    ],
    start: Annotated[int, typer.Option("--start", help="First autumn anything takes place. 起始年。")],
    end: Annotated[int, typer.Option("--end", help="Last one. 截止年。")],
    most_closures: Annotated[
        int | None, typer.Option("--most-closures", min=0, help="Closures a year at most. 每年最多撤并数。")
    ] = None,
    most_moved: Annotated[
        float | None, typer.Option("--most-moved", min=0, help="Pupils who change school a year. 每年最多转学人数。")
    ] = None,
    budget: Annotated[
        float | None, typer.Option("--budget", min=0, help="Yuan a year for new seats. 每年经费（元）。")
    ] = None,
    seat_cost: Annotated[
        float | None, typer.Option("--seat-cost", min=0, help="Yuan a seat. 每学位造价（元）。")
    ] = None,
    build_years: Annotated[
        int, typer.Option("--build-years", min=0, help="Years from paying to sitting. 建设周期（年）。")
    ] = 0,
    until: Annotated[int | None, typer.Option("--until", help="Watch the seats until then. 学位核验到哪一年。")] = None,
    finish: Annotated[
        bool,
        typer.Option("--finish", help="Pupils may finish where they are; only the entry grade moves. 老生老办法。"),
    ] = False,
    variant: Variant = "middle",
    births: Births = None,
    to_town: ToTown = 0.0,
    stage: Stage = None,
    mode: Modes = None,
    rules: RuleNames = None,
    gap: Annotated[float, typer.Option("--gap", min=0, max=0.99, help="Stop at this gap. 允许误差。")] = 1e-3,
    time_limit: Annotated[
        float, typer.Option("--time-limit", min=0.1, help="Seconds of the solver. 求解限时（秒）。")
    ] = 120.0,
    out: OutFolder = None,
    lang: Lang = None,
) -> None:
    """Give each closure, enlargement and opening of a what-if its year, on the forecast.

    分期实施：先建后撤、逐年不超员、每年不超上限。
    """
    if out is not None:
        _refuse(out, PHASING_MARKER)
    from layout_planner.scenario import Scenario

    edits = Scenario.read(scenario)
    judged_by = load_rules(rules)
    facts = load_study(study)
    own = load_births(births, facts) if births is not None else None
    travel = load_travel(facts, mode)
    from layout_planner.assignment.solve import solve as carry_out
    from layout_planner.phasing.phase import phase as give_years

    with step(Text("who goes where", "分配学生")):
        plan = carry_out(facts, travel, judged_by, scenario=edits, stage=stage)
    with step(Text("a year for each edit", "分期")):
        course = _course(facts, own, to_town, until or end, finish)
        found = give_years(
            plan, start, end, forecast=course, variant=variant, most_closures=most_closures, most_moved=most_moved,
            budget=budget, seat_cost=seat_cost, build_years=build_years, until=until, finish=finish, gap=gap,
            time_limit=time_limit,
        )  # fmt: skip
    tables.show_head(plan)
    outlooks.show_phasing(found)
    if out is not None and found.plans:
        _write_phasing(found, out)
    if not found.plans:
        complain(Text("No timetable: see the notes above.", "排不出分期：原因见上。"))
        raise typer.Exit(1)


def staff(
    study: StudyPath,
    scenario: Annotated[
        Path | None, typer.Option("--scenario", metavar="FILE.yaml", help="The what-if; today without. 方案。")
    ] = None,
    cap: Annotated[float | None, typer.Option("--cap", min=0, help="Posts of the county in all. 编制总量。")] = None,
    reserve: Annotated[
        float, typer.Option("--reserve", min=0, max=0.99, help="Share of posts held for recruits. 预留招聘比例。")
    ] = 0.0,
    own_share: Annotated[
        float, typer.Option("--own-share", min=0, max=1, help="Share a school fills from its own first. 校内竞聘比例。")
    ] = 0.9,
    districts: Annotated[
        Path | None,
        typer.Option("--districts", metavar="RUN", help="Pool teachers in the districts of this run. 按学区统筹。"),
    ] = None,
    exchanging: Annotated[
        bool, typer.Option("--exchange", help="Exchange teachers up to the shares the rules ask. 交流轮岗到规定比例。")
    ] = False,
    leave: Annotated[
        float, typer.Option("--leave", min=0, max=0.99, help="Share retiring a year, births unknown. 年退休比例。")
    ] = 0.025,
    stage: Stage = None,
    mode: Modes = None,
    rules: RuleNames = None,
    out: OutFolder = None,
    lang: Lang = None,
) -> None:
    """Posts by the published ratios and who fills them: with the pupils, in two rounds, by subject with least travel.

    县管校聘：核编、竞聘、调剂、走教、待岗。
    """
    refuse_foreign(out)
    from layout_planner.scenario import Scenario

    edits = Scenario.read(scenario) if scenario is not None else None
    judged_by = load_rules(rules)
    facts = load_study(study)
    travel = load_travel(facts, mode)
    from layout_planner.assignment.solve import solve as carry_out
    from layout_planner.assignment.solve import today
    from layout_planner.staffing.staff import staff as fill_posts

    with step(Text("who goes where", "分配学生")):
        if edits is None:
            plan = today(facts, travel, judged_by, stage)
        else:
            plan = carry_out(facts, travel, judged_by, scenario=edits, stage=stage)
    pool: Literal["county", "district"] = "county"
    if districts is not None:
        from layout_planner.plan import read_plan

        plan, pool = plan.with_(districtings=read_plan(districts).districtings), "district"
    with step(Text("posts and teachers", "核编与聘任")):
        found = fill_posts(
            plan, pool=pool, cap=cap, reserve=reserve, own_share=own_share, leave=leave, exchanging=exchanging
        )
    tables.show_head(plan)
    outlooks.show_staffing(found)
    if out is not None:
        write(plan.with_(staffing=found), out)


def _refuse(out: Path, marker: str) -> None:
    from layout_planner.base.files import check_replaceable

    check_replaceable(out, marker)


def _shares(said: Sequence[str]) -> dict[str, float]:
    """Read "primary=0.05"."""
    shares = {}
    for text in said:
        stage, _, share = text.partition("=")
        try:
            shares[stage.strip()] = float(share)
        except ValueError as error:
            told = Text(f'"{text}": write STAGE=SHARE, as primary=0.05', f"“{text}”：请写作 学段=占比，如 primary=0.05")
            raise typer.BadParameter(str(told), param_hint="--private") from error
    return shares


def _course(facts: object, births: object, to_town: float, until: int, finish: bool) -> Forecast | None:
    """Forecast as asked; None leaves it to the phasing, which needs no births."""
    if births is None and to_town == 0:
        return None
    from layout_planner.cohorts import forecast as look_ahead

    longest = 5 if finish else 0
    return look_ahead(facts, until + longest, births=births, to_town=to_town)  # type: ignore[arg-type]


def _write_phasing(found: Phasing, out: Path) -> None:
    """Write the timetable, the schools through the years, who is over-full, and the dated scenario."""
    from layout_planner.base.files import whole_folder
    from layout_planner.base.tables import write_csv

    with step(Text(f"writing {out}", f"写入 {out}")), whole_folder(out, PHASING_MARKER) as part:
        write_csv(found.table, part / PHASING_MARKER)
        write_csv(found.by_school(), part / "schools.csv", index=True)
        write_csv(found.over, part / "over.csv")
        found.scenario.write(part / "scenario.yaml")
        for year, plan in found.plans.items():
            write_csv(plan.scorecard.table, part / f"scorecard_{year}.csv")
            write_csv(plan.findings, part / f"findings_{year}.csv")
    say(Text(f"Written to {plain(out)}", f"已写入 {plain(out)}"))
