"""evaluate: a county against the resource standards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.cli import tables
from layout_planner.cli.console import say, show_table, step
from layout_planner.cli.inputs import load_study
from layout_planner.cli.options import Lang, Names

if TYPE_CHECKING:
    import pandas as pd

    from layout_planner.plan import Evaluation, Plan
    from layout_planner.study import Study


VERDICTS = {True: Text("passes", "达标"), False: Text("fails", "未达标"), None: Text("not known", "无法判定")}


DEEDS = {
    "move": Text("teachers moved", "教师调动"), "train": Text("teachers trained", "教师培养"),
    "hire": Text("teachers hired", "教师招聘"), "build": Text("built", "新建"), "buy": Text("bought", "购置"),
}  # fmt: skip


def evaluate(
    subject: Annotated[
        Path, typer.Argument(metavar="STUDY|RUN", help="A study, a sample, or a run folder. 研究、示例或结果文件夹。")
    ],
    profile: Annotated[
        str, typer.Option("--profile", help="A profile with resource indicators, or a .toml file. 含资源指标的规则集。")
    ] = "cn-quality-balance",
    shifts: Annotated[
        bool, typer.Option("--shifts/--no-shifts", help="Work out the cheapest shifts. 是否计算最省调整。")
    ] = True,
    price: Annotated[
        list[str] | None,
        typer.Option(
            "--price",
            metavar="NAME=YUAN",
            help="move=8000, area_teaching=2500 …; repeated. 单价，如 move=8000、area_teaching=2500；可重复。",
        ),
    ] = None,
    time_limit: Annotated[
        float, typer.Option("--time-limit", min=0.1, help="Seconds a stage. 每学段限时（秒）。")
    ] = 60.0,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write the tables there as CSV. 各表写入此文件夹。")
    ] = None,
    names: Names = None,
    lang: Lang = None,
) -> None:
    """Hold a county against the resource standards: each school, each indicator, and what it would take to pass.

    优质均衡评估：逐校七项指标、差异系数，以及达标的最省调整。
    """
    prices = dict(_price(said) for said in price or ())
    facts = _subject(subject)
    from layout_planner.staffing.evaluate import evaluate as hold

    with step(Text("evaluating", "评估")):
        found = hold(facts, profile, shifts=shifts, prices=prices, time_limit=time_limit)
    _show(found)
    if out is not None:
        _write(found, out)


def _subject(path: Path) -> Study | Plan:
    from layout_planner.plan import read_plan
    from layout_planner.plan.folder import MARKER

    if (path / MARKER).is_file():
        with step(Text(f"reading {path}", f"读取 {path}")):
            return read_plan(path)
    return load_study(path)


def _price(said: str) -> tuple[str, float]:
    name, given, value = said.partition("=")
    try:
        if given:
            return name.strip(), float(value)
    except ValueError:
        pass
    told = Text(f"{said}: write NAME=YUAN, as move=8000", f"{said}：请写作 名称=元，如 move=8000")
    raise typer.BadParameter(str(told), param_hint="--price")


def _show(found: Evaluation) -> None:
    from layout_planner.study.indicators import INDICATORS

    two = [("", found)] if found.before is None else [("before", found.before), ("after", found)]
    heads = {"": Text("now", "现状"), "before": Text("before", "调整前"), "after": Text("after", "调整后")}
    header: list[object] = [
        Text("stage", "学段"),
        Text("indicator", "指标"),
        Text("mean", "均值"),
        Text("limit", "上限"),
    ]
    header += [Text(f"difference, {heads[key].en}", f"差异系数（{heads[key].zh}）") for key, _ in two]
    spreads = [each.spread.set_index(["stage", "indicator"]) for _, each in two]
    rows = [
        [
            tables.stage_name(stage), INDICATORS[name], f"{row['mean']:,.2f}", f"{row['limit']:.2f}",
            *(_marked(spread, (stage, name)) for spread in spreads),
        ]
        for (stage, name), row in spreads[-1].iterrows()
    ]  # fmt: skip
    if rows:
        show_table(header, rows, numbers=range(2, len(header)), title=Text("Between schools", "校际均衡"))
    for key, each in two:
        for stage, mine in each.schools.groupby("stage", sort=False):
            good, all_of = int(mine["passes"].fillna(False).sum()), len(mine)
            known = each.indicators.loc[each.indicators["stage"] == stage, "value"].notna().any()
            if not known:
                unknown = Text("nothing is known.", "无法判定。")
                name = tables.stage_name(str(stage))
                say(Text(f"{name}, {heads[key].en}: {unknown.en}", f"{name}（{heads[key].zh}）：{unknown.zh}"))
                continue
            say(
                Text(
                    f"{tables.stage_name(str(stage))}, {heads[key].en}: {good} of {all_of} schools pass.",
                    f"{tables.stage_name(str(stage))}（{heads[key].zh}）：{all_of} 所中 {good} 所达标。",
                )
            )
    say(Text(f"The county: {VERDICTS[found.passes].en}.", f"全县：{VERDICTS[found.passes].zh}。"))
    if len(found.shifts):
        _show_shifts(found)
    for note in found.notes:
        say(f"  {note}")


def _marked(spread: pd.DataFrame, key: Sequence[str]) -> str:
    row = spread.loc[tuple(key)] if tuple(key) in spread.index else None
    if row is None or math.isnan(row["difference"]):
        return "–"
    return f"{row['difference']:.4f}{'' if row['ok'] is None or row['ok'] else ' !'}"


def _show_shifts(found: Evaluation) -> None:
    from layout_planner.study.indicators import INDICATORS

    sums = found.shifts.groupby(["stage", "do", "indicator", "unit"], sort=False)[["quantity", "cost"]].sum()
    units = {"teachers": Text("teachers", "人"), "rooms": Text("rooms", "间"), "yuan": Text("yuan", "元")}
    rows = [
        [tables.stage_name(stage), DEEDS[do], INDICATORS[name], f"{row['quantity']:,.0f}", units.get(unit, unit),
         f"{row['cost']:,.0f}"]
        for (stage, do, name, unit), row in sums.iterrows()
    ]  # fmt: skip
    header = (Text("stage", "学段"), Text("do", "措施"), Text("indicator", "指标"), Text("quantity", "数量"),
              Text("unit", "单位"), Text("yuan", "费用（元）"))  # fmt: skip
    show_table(header, rows, numbers=(3, 5), title=Text("The cheapest shifts that pass", "达标的最省调整"))
    total, gap = f"{found.objective:,.0f}", f"{100 * found.gap:.2g}"
    say(
        Text(
            f"{total} yuan in all; no answer is more than {gap} % cheaper.",
            f"合计 {total} 元；不存在便宜 {gap}% 以上的办法。",
        )
    )


def _write(found: Evaluation, folder: Path) -> None:
    from layout_planner.base.files import whole_folder
    from layout_planner.papers.people import write_people

    with whole_folder(folder, "indicators.csv") as part:
        write_people(found.indicators, part / "indicators.csv")
        write_people(found.schools, part / "verdicts.csv")
        write_people(found.spread, part / "spread.csv")
        write_people(found.table().reset_index(), part / "table.csv")
        write_people(found.shifts, part / "shifts.csv")
        if found.before is not None:
            write_people(found.before.indicators, part / "indicators_before.csv")
    say(Text(f"Written to {folder}", f"已写入 {folder}"))
