"""bus: school buses for the pupils beyond reach, or boarding instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.cli import tables
from layout_planner.cli.console import say, show_table
from layout_planner.cli.inputs import load_plans, schools_meant
from layout_planner.cli.options import Lang, Modes, Names, OneStage, OutTable, RuleNames, RunPath
from layout_planner.cli.tables import MOST_ROWS, numbers_written
from layout_planner.cli.writing import write_table

if TYPE_CHECKING:
    import pandas as pd

    from layout_planner.plan.busing import BusService


def bus(
    run: RunPath,
    stage: OneStage,
    school: Annotated[
        list[str] | None, typer.Option("--school", metavar="SCHOOL", help="These only; may be repeated. 只做这些学校。")
    ] = None,
    beyond: Annotated[
        float | None,
        typer.Option(
            "--beyond",
            min=0,
            metavar="MINUTES",
            help="Left out: the rules' reach. 单程超过多少分钟；不写时取规则的路程。",
        ),
    ] = None,
    out: OutTable = None,
    mode: Modes = None,
    rules: RuleNames = None,
    names: Names = None,
    lang: Lang = None,
) -> None:
    """Route school buses for the pupils beyond reach, and say what boarding would take instead.

    校车与寄宿：为路远学生编排线路、站点与车型，算人均费用与最长乘车时间；并列出寄宿所需床位、餐位与人员。
    """
    plan = load_plans([run], mode, rules)[-1]
    school = schools_meant(plan.study, school, "--school")
    from layout_planner.buses.routes import route_buses
    from layout_planner.measures.boarding import boarding_needs

    service = route_buses(plan, stage, school, beyond_minutes=beyond)
    needs = boarding_needs(plan, stage, beyond)
    tables.show_head(plan)
    show_buses(service)
    show_boarding(needs if school is None else needs.loc[needs.index.isin(school)])
    write_table(service.routes, out, plan.study)


def show_buses(service: BusService) -> None:
    """Print the buses of each school, and who cannot be fetched."""
    table = service.schools.sort_values("riders", ascending=False, kind="stable")
    rows = [
        [
            row.name,
            *numbers_written(row.pupils, row.riders, row.stops, row.buses),
            *numbers_written(row.longest_ride, row.metres / 1000, decimals=1),
            *numbers_written(row.yuan, row.yuan_a_pupil),
            f"{row.gap:.0%}",
        ]
        for row in table.head(2 * MOST_ROWS).itertuples(index=False)
    ]
    header = (
        Text("school", "学校"), Text("beyond", "路远学生"), Text("riders", "乘车"), Text("stops", "站点"),
        Text("buses", "车辆"), Text("longest min", "最长/分"), Text("km", "里程/千米"),
        Text("yuan a year", "年费用/元"), Text("a pupil", "人均/元"), Text("gap", "误差上限"),
    )  # fmt: skip
    buses, yuan, riders = table["buses"].sum(), table["yuan"].sum(), table["riders"].sum()
    each = yuan / riders if riders else 0.0
    title = Text(
        f"School buses: {buses:,.0f}, {riders:,.0f} pupils, {yuan:,.0f} yuan a year, {each:,.0f} a pupil",
        f"校车：{buses:,.0f} 辆，{riders:,.0f} 人，每年 {yuan:,.0f} 元，人均 {each:,.0f} 元",
    )
    show_table(header, rows, numbers=range(1, 10), title=title)
    from layout_planner.plan.busing import NO_ROAD, NO_WAY, TOO_LONG

    reasons = {reason.en: reason for reason in (NO_ROAD, NO_WAY, TOO_LONG)}
    for reason, pupils in service.unserved.groupby("reason")["pupils"].sum().items():
        number = f"{pupils:,.0f}"
        told = reasons[str(reason)]
        say(Text(f"No bus for {number} pupils: {told.en}", f"{number} 名学生无法乘校车：{told.zh}"))


def show_boarding(needs: pd.DataFrame) -> None:
    """Print what boarding would take."""
    rows = [
        [
            row.name,
            *numbers_written(
                row.boarders, row.would_board, row.too_young, row.beds_girls, row.beds_boys, row.beds_short
            ),
            *numbers_written(row.canteen_seats, row.carers + row.cooks, row.yuan),
        ]
        for row in needs.head(MOST_ROWS).itertuples(index=False)
    ]
    header = (
        Text("school", "学校"), Text("board now", "现寄宿"), Text("would board", "应寄宿"),
        Text("too young", "低年级不寄宿"), Text("girls' beds", "女生床位"), Text("boys' beds", "男生床位"),
        Text("beds short", "缺床位"),
        Text("canteen seats", "餐位"), Text("staff", "人员"), Text("yuan a year", "年费用/元"),
    )  # fmt: skip
    short = f"{needs['beds_short'].sum():,.0f}"
    title = Text(f"Boarding instead: {short} beds short", f"如改为寄宿：缺床位 {short} 张")
    show_table(header, rows, numbers=range(1, 10), title=title)
