"""The commands on mergers: templates of a reform, the ledger, a school that stays, buses, the closure score."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text, language
from layout_planner.cli import disclosures, tables
from layout_planner.cli.console import say, step
from layout_planner.cli.inputs import load_plans, load_study, make_today
from layout_planner.cli.options import Lang, Modes, RuleNames, RunPath, Stage, StudyPath

if TYPE_CHECKING:
    import pandas as pd

    from layout_planner.plan import Plan

OneStage = Annotated[str, typer.Option("--stage", help="The stage, such as primary. 学段。")]
OutTable = Annotated[
    Path | None, typer.Option("--out", metavar="FILE.csv", help="Write the table too. 写出表格。", dir_okay=False)
]


def template(
    name: Annotated[
        str | None, typer.Argument(metavar="[TEMPLATE]", help="Its name, or a .yaml file. 模板名或文件。")
    ] = None,
    study: Annotated[
        Path | None, typer.Argument(metavar="[STUDY]", help="The county to fill it in for. 研究文件夹或示例名。")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.yaml", help="Write the scenario. 写出方案。", dir_okay=False)
    ] = None,
    lang: Lang = None,
) -> None:
    """Fill in a reform template for a county: rules give a scenario. Without arguments the templates are listed.

    改革模板：按规则为本县生成方案；不带参数时列出模板。
    """
    from layout_planner.scenario.templates import Template, template_names

    if name is None:
        for known in template_names():
            say(f"{known}: {Template.read(known).note}")
        return
    reform = Template.read(name)
    if study is None:
        say(f"{reform.name}: {reform.note}")
        return
    facts = load_study(study)
    with step(Text("filling in the template", "按模板生成方案")):
        scenario = reform.fill(facts)
    disclosures.show_edit_counts(scenario)
    if out is not None:
        scenario.write(out)
        say(Text(f"Written to {out}", f"已写入 {out}"))


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
    lang: Lang = None,
) -> None:
    """Account for the pupils of every school that ends: who goes where, by which way, and how; and what else changes.

    撤并明细：学生去向、人数、原路程与新路程、走读/寄宿/校车；以及对乡镇、班级与城区的影响。
    """
    plan = _what_if(run, mode, rules)
    if leak is not None:
        from layout_planner.assignment.leak import leak as send_to_town

        plan = send_to_town(plan, leak, stage=stage)
    from layout_planner.measures.mergers import ledger as account

    table = account(plan, stage)
    tables.show_head(plan)
    disclosures.show_ledger(table)
    disclosures.show_effects(plan, stage)
    disclosures.show_town(plan, stage)
    _write(table, out)


def counter(
    run: RunPath,
    keep: Annotated[str, typer.Option("--keep", metavar="SCHOOL", help="The school that stays. 要保留的学校。")],
    stage: Stage = None,
    more: Annotated[bool, typer.Option("--more", help="One school more; none closes instead. 不改撤他校。")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.html", help="Write one sheet to print. 写出一页纸。", dir_okay=False),
    ] = None,
    mode: Modes = None,
    rules: RuleNames = None,
    lang: Lang = None,
) -> None:
    """Set a plan beside the one in which a school stays: what else must close, yuan, minutes, posts, who gains.

    如果保留这所学校：要改撤哪一所、多花多少钱、多走多少路、谁受益。
    """
    plan = _what_if(run, mode, rules)
    from layout_planner.consolidation.counter import counter as set_beside
    from layout_planner.scenario import Keep

    with step(Text("the plan with the school", "保留本校的方案")):
        found = set_beside(plan, Keep(keep, stage=stage), same_number=not more)
    tables.show_head(plan)
    disclosures.show_counter(found)
    if out is not None:
        from layout_planner.show.handouts import handout

        handout(found, out, lang=language())
        say(Text(f"Written to {out}", f"已写入 {out}"))


def bus(
    run: RunPath,
    stage: OneStage,
    school: Annotated[
        list[str] | None, typer.Option("--school", metavar="SCHOOL", help="These only; may be repeated. 只做这些学校。")
    ] = None,
    beyond: Annotated[
        float | None,
        typer.Option("--beyond", min=0, metavar="MINUTES", help="Left out: the rules' reach. 单程超过多少分钟。"),
    ] = None,
    out: OutTable = None,
    mode: Modes = None,
    rules: RuleNames = None,
    lang: Lang = None,
) -> None:
    """Route school buses for the pupils beyond reach, and say what boarding would take instead.

    校车与寄宿：为路远学生编排线路、站点与车型，算人均费用与最长乘车时间；并列出寄宿所需床位、餐位与人员。
    """
    plan = load_plans([run], mode, rules)[-1]
    from layout_planner.buses.routes import route_buses
    from layout_planner.measures.boarding import boarding_needs

    service = route_buses(plan, stage, school, beyond_minutes=beyond)
    needs = boarding_needs(plan, stage, beyond)
    tables.show_head(plan)
    disclosures.show_buses(service)
    disclosures.show_boarding(needs if school is None else needs.loc[needs.index.isin(school)])
    _write(service.routes, out)


def score(
    study: StudyPath,
    stage: OneStage,
    weight: Annotated[
        list[str] | None,
        typer.Option("--weight", metavar="FACTOR=NUMBER", help="roll=3; may be repeated. 因素权重。"),
    ] = None,
    closed: Annotated[
        Path | None,
        typer.Option("--closed", metavar="FILE.yaml", help="What closed since: how good was it? 此后撤并的方案。"),
    ] = None,
    out: OutTable = None,
    mode: Modes = None,
    rules: RuleNames = None,
    lang: Lang = None,
) -> None:
    """Rank the schools that come into question for closing, each with its reasons; a talk's beginning, not its end.

    撤并评分：逐校列出得分与理由，供会商参考；可用历史撤并检验其准确度。
    """
    weights = _weights(weight or [])
    plan = make_today(load_study(study), mode, rules, stage)
    from layout_planner.measures.closure import closure_scores, hindcast
    from layout_planner.scenario import Scenario

    ranked = closure_scores(plan, stage, weights)
    tables.show_head(plan)
    disclosures.show_scores(ranked)
    if closed is not None:
        disclosures.show_hindcast(hindcast(ranked, Scenario.read(closed), stage))
    _write(ranked.reset_index(), out)


def _what_if(run: Path, mode: list[str] | None, rules: list[str] | None) -> Plan:
    plan = load_plans([run], mode, rules)[-1]
    if plan.base is None:
        raise refuse(
            f"{run} is a today, not a what-if", f"{run} 是现状，不是推演方案",
            "make a run first: solve STUDY --scenario FILE --out RUN", "请先运行 solve 研究 --scenario 方案 --out 结果",
        )  # fmt: skip
    return plan


def _weights(said: list[str]) -> dict[str, float]:
    weights = {}
    for one in said:
        name, _, number = one.partition("=")
        try:
            weights[name.strip()] = float(number)
        except ValueError as error:
            told = Text(f'write "{one}" as roll=3', f"“{one}”请写作 roll=3")
            raise typer.BadParameter(str(told), param_hint="--weight") from error
    return weights


def _write(table: pd.DataFrame, out: Path | None) -> None:
    """Write a table as CSV, whole or not at all."""
    if out is None:
        return
    from layout_planner.base.files import whole_file
    from layout_planner.base.tables import write_csv

    with whole_file(out) as part:
        write_csv(table, part)
    say(Text(f"Written to {out}", f"已写入 {out}"))
