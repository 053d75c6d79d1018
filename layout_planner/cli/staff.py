"""staff: posts, and who fills them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.cli import tables
from layout_planner.cli.console import say, show_table, step
from layout_planner.cli.inputs import load_rules, load_study, load_travel
from layout_planner.cli.options import Lang, Modes, OutFolder, RuleNames, Stage, StudyPath
from layout_planner.cli.records import Offered
from layout_planner.cli.tables import stage_name, yuan_written
from layout_planner.cli.writing import refuse_foreign, write
from layout_planner.staffing.settings import Posts

if TYPE_CHECKING:
    from layout_planner.plan.staffing import Staffing


_STEPS = {
    "follow": Text("with the pupils", "随学生"), "cross": Text("cross-school round", "跨校竞聘"),
    "adjust": Text("allocated", "组织调剂"), "exchange": Text("exchanged", "交流轮岗"),
}  # fmt: skip


ASKED = Posts()


def staff(
    study: StudyPath,
    scenario: Annotated[
        Path | None, typer.Option("--scenario", metavar="FILE.yaml", help="The what-if; today without. 方案。")
    ] = None,
    settings: Annotated[Posts, Offered()] = ASKED,
    districts: Annotated[
        Path | None,
        typer.Option("--districts", metavar="RUN", help="Pool teachers in the districts of this run. 按学区统筹。"),
    ] = None,
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
    if districts is not None:
        from layout_planner.plan import read_plan

        plan = plan.with_(districtings=read_plan(districts).districtings)
        settings = replace(settings, pool="district")
    with step(Text("posts and teachers", "核编与聘任")):
        found = fill_posts(plan, settings=settings)
    tables.show_head(plan)
    show_staffing(found)
    if out is not None:
        write(plan.with_(staffing=found), out)


def show_staffing(found: Staffing) -> None:
    """Print posts and teachers by level and by subject, who moves, the rates and what to know."""
    for note in found.notes:
        say(f"· {note}")
    rows = [
        [stage_name(r.stage), f"{r.pupils:,.0f}", f"{r.posts:,.0f}", f"{r.reserved:,.0f}", f"{r.teachers:,.0f}",
         f"{r.surplus:+,.0f}", r.source]
        for r in found.levels.itertuples()
    ]  # fmt: skip
    header = [Text("stage", "学段"), Text("pupils", "学生"), Text("posts", "编制"), Text("held", "预留"),
              Text("teachers", "教师"), Text("over", "超缺编"), Text("source", "依据")]  # fmt: skip
    show_table(header, rows, numbers=range(1, 6), title=Text("Posts by level", "各学段编制"))
    by = found.by_subject()
    columns = ("posts", "before", "own", "cross", "adjusted", "other_subject", "vacant", "waiting")
    words = (
        Text("posts", "编制"), Text("now", "现有"), Text("own", "本校"), Text("cross", "跨校"),
        Text("allocated", "调剂"), Text("other subject", "跨学科"), Text("vacant", "空编"), Text("waiting", "待岗"),
    )  # fmt: skip
    rows = [
        [stage_name(stage), subject or "–", *(f"{by.at[(stage, subject), c]:,.0f}" for c in columns)]
        for stage, subject in by.index
    ]
    show_table([Text("stage", "学段"), Text("subject", "学科"), *words], rows, numbers=range(2, 10))
    moves = found.moves.groupby(["stage", "step"], sort=False)["teachers"].sum()
    for (stage, each), number in moves.items():
        say(f"{stage_name(stage)} · {_STEPS[each]}: {number:,}")
    from layout_planner.page.measure_words import worded

    rates = found.rates.loc[found.rates["unit"] == "%"]
    rows = []
    for (stage, measure), row in rates.iterrows():
        if math.isnan(row["value"]):
            continue
        name = worded(measure, "%")
        limit = "" if math.isnan(row["limit"]) else f"≥ {row['limit']:.0f} %"
        rows.append([stage_name(stage), Text(name["en"], name["zh"]), f"{row['value']:.1f} %", limit, row["source"]])
    header = [Text("stage", "学段"), Text("rate", "指标"), Text("value", "数值"), Text("limit", "标准"),
              Text("source", "依据")]  # fmt: skip
    show_table(header, rows, numbers=(2, 3))
    lad = found.ladder.loc[found.ladder["waiting"] > 0]
    if len(lad):
        rows = [[f"{r.from_month}–{r.to_month}", f"{r.waiting:,.0f}", f"{r.award_share:.0%}", yuan_written(r.yuan)]
                for r in lad.itertuples()]  # fmt: skip
        header = [
            Text("months", "月份"),
            Text("waiting", "待岗"),
            Text("of the award", "年终奖比例"),
            Text("yuan", "元"),
        ]
        show_table(header, rows, numbers=(1, 2, 3), title=Text("The waiting ladder", "待岗阶梯"))
