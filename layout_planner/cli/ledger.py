"""ledger: who goes where from the schools that end, and what else changes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.cli import tables
from layout_planner.cli.console import say, show_table
from layout_planner.cli.inputs import load_what_if
from layout_planner.cli.options import Lang, Modes, Names, OutTable, RuleNames, RunPath, Stage
from layout_planner.cli.tables import MOST_ROWS, SITES, numbers_written, stage_name
from layout_planner.cli.writing import write_table

if TYPE_CHECKING:
    import pandas as pd

    from layout_planner.plan import Plan


EFFECTS = {
    "township_schools": Text("open schools", "在办学校"),
    "township_within_reach": Text("within reach, %", "就近入学，%"),
    "roll": Text("pupils", "在校生"), "load": Text("load", "学位使用率"), "classes": Text("classes", "班数"),
    "largest_class": Text("largest class", "最大班额"), "quality": Text("quality of the school", "所在学校质量"),
}  # fmt: skip

WHOM = {"displaced": Text("displaced", "撤并校学生"), "all": Text("all", "全体学生")}
"""Whom an effect is of, where it is of no school or township."""


def ledger(
    run: RunPath,
    stage: Stage = None,
    leak: Annotated[
        float | None,
        typer.Option("--leak", min=0, max=0.6, help="Share of the displaced who choose the town. 进城比例。"),
    ] = None,
    out: OutTable = None,
    mode: Modes = None,
    rules: RuleNames = None,
    names: Names = None,
    lang: Lang = None,
) -> None:
    """Account for the pupils of every school that ends: who goes where, by which way, and how; and what else changes.

    撤并明细：学生去向、人数、原路程与新路程、走读/寄宿/校车；以及对乡镇、班级与城区的影响。
    """
    plan = load_what_if(run, mode, rules)
    if leak is not None:
        from layout_planner.assignment.town import send_to_town as send_to_town

        plan = send_to_town(plan, leak, stage=stage)
    from layout_planner.measures.mergers import ledger as account

    table = account(plan, stage)
    tables.show_head(plan)
    show_ledger(table)
    show_effects(plan, stage)
    show_town(plan, stage)
    write_table(table, out, plan.study)


def show_ledger(table: pd.DataFrame) -> None:
    """Print who goes where from the schools that end, and how many in all."""
    nowhere = Text("without a school", "未安置")
    rows = [
        [
            stage_name(row.stage),
            row.from_name,
            SITES.get(row.site, row.site),
            row.to_name or nowhere,
            *numbers_written(row.pupils, row.board, row.bus),
            *numbers_written(row.minutes_before, row.minutes_after, row.longest_after, decimals=1),
        ]
        for row in table.head(4 * MOST_ROWS).itertuples()
    ]
    header = (
        Text("stage", "学段"), Text("school", "撤并校"), Text("site", "校址"), Text("to", "去向"),
        Text("pupils", "人数"), Text("board", "寄宿"), Text("bus", "校车"),
        Text("min before", "原路程/分"), Text("min after", "新路程/分"),
        Text("longest", "最长/分"),
    )  # fmt: skip
    total = f"{table['pupils'].sum():,.0f}"
    schools = table["from_school"].nunique()
    title = Text(f"Ledger: {schools} schools, {total} pupils", f"撤并明细：{schools} 所，{total} 人")
    show_table(header, rows, numbers=range(4, 10), title=title)
    if len(table) > len(rows):
        more = len(table) - len(rows)
        say(Text(f"… and {more} more rows; see --out.", f"……另有 {more} 行，用 --out 写出。"))


def show_effects(plan: Plan, stage: str | None) -> None:
    """Print what changes for townships and receiving schools."""
    from layout_planner.measures.effects import merger_effects

    effects = merger_effects(plan, stage)
    effects = effects.loc[effects["grade"].isna() & (effects["before"].round(2) != effects["after"].round(2))]
    rows = [
        [
            stage_name(row.stage),
            WHOM.get(row.name, row.name),
            EFFECTS[row.effect],
            *numbers_written(row.before, row.after, decimals=2 if row.effect == "load" else 1),
        ]
        for row in effects.head(2 * MOST_ROWS).itertuples(index=False)
    ]
    header = (
        Text("stage", "学段"),
        Text("of", "对象"),
        Text("what", "指标"),
        Text("before", "前"),
        Text("after", "后"),
    )
    show_table(header, rows, numbers=(3, 4), title=Text("What changes", "影响"))
    if len(effects) > len(rows):
        more = len(effects) - len(rows)
        say(Text(f"… and {more} more.", f"……另有 {more} 项。"))


def show_town(plan: Plan, stage: str | None) -> None:
    """Say from which share of families who choose the town its classes pass 45, 50, 55."""
    from layout_planner.base.errors import DataError
    from layout_planner.measures.effects import town_limits
    from layout_planner.measures.mergers import ledger_detail

    for each in ledger_detail(plan, stage)["stage"].unique():
        try:
            limits = town_limits(plan, each)
        except DataError:  # no school of the stage in town: nothing to say
            continue
        for limit, share in limits["mean"].items():
            size = f"{limit:g}"
            told = (
                Text("not even at 60 % of the displaced families", "60% 进城仍不超过")
                if math.isnan(share)
                else Text("already", "现已超过")
                if share == 0
                else Text(f"from {share:.0%} of the displaced families on", f"{share:.0%} 的被撤并家庭进城即超过")
            )
            say(
                Text(
                    f"{stage_name(each)}: town classes above {size} on average: {told}",
                    f"{stage_name(each)}：城区平均班额超过 {size} 人：{told}",
                )
            )
