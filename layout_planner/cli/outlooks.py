"""What the commands that look ahead show: children to come, a timetable, posts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from layout_planner.base.messages import Text
from layout_planner.cli.console import say, show_table
from layout_planner.cli.tables import MOST_ROWS, STATUS, stage_name

if TYPE_CHECKING:
    import pandas as pd

    from layout_planner.cohorts import Forecast
    from layout_planner.plan.phasing import Phasing
    from layout_planner.plan.staffing import Staffing

_STEPS = {
    "follow": Text("with the pupils", "随学生"), "cross": Text("cross-school round", "跨校竞聘"),
    "adjust": Text("allocated", "组织调剂"), "exchange": Text("exchanged", "交流轮岗"),
}  # fmt: skip


def show_children(forecast: Forecast, variant: str, stage: str | None) -> None:
    """Print the county's children by year and stage, and who enters each stage."""
    totals = forecast.totals(variant)
    stages = [s for s in totals if stage in (None, s)]
    header: list[object] = [Text("autumn", "秋季")]
    for s in stages:
        header += [stage_name(s), Text("entry grade", "入学年级")]
    intakes = {s: forecast.intake(s, variant) for s in stages}
    rows = []
    for year in totals.index:
        cells = [str(year)]
        for s in stages:
            cells += [f"{totals.at[year, s]:,.0f}", f"{intakes[s].get(year, math.nan):,.0f}"]
        rows.append(cells)
    title = Text(f"Children ({variant})", f"学龄人口（{variant}）")
    show_table(header, rows, numbers=range(1, len(header)), title=title)


def show_seats(forecast: Forecast, variant: str, stage: str | None) -> None:
    """Print the county's free seats by year and stage, and how many townships are warned."""
    table = forecast.seats()
    table = table.loc[table["variant"] == variant]
    stages = [s for s in dict.fromkeys(table["stage"]) if stage in (None, s)]
    gap = table.groupby(["year", "stage"])["gap"].sum()
    warned = table.loc[table["warning"] != ""].groupby(["year", "stage", "warning"]).size()
    header: list[object] = [Text("autumn", "秋季")]
    for s in stages:
        header += [stage_name(s), Text("yellow·orange·red", "黄·橙·红")]
    rows = []
    for year in dict.fromkeys(table["year"]):
        cells = [str(year)]
        for s in stages:
            counts = [int(warned.get((year, s, name), 0)) for name in ("yellow", "orange", "red")]
            cells += [f"{gap[(year, s)]:+,.0f}", "·".join(map(str, counts))]
        rows.append(cells)
    title = Text("Free seats of the county, and townships with a seat warning", "全县学位余缺与学位预警乡镇数")
    show_table(header, rows, numbers=range(1, len(header)), title=title)


def show_backtest(table: pd.DataFrame, stage: str | None) -> None:
    """Print how far births and the other grades miss each grade of today."""
    header = (Text("stage", "学段"), Text("grade", "年级"), Text("births", "出生"), Text("expected", "推算"),
              Text("living here", "实有"), Text("on the rolls", "在校"), Text("error", "误差"),
              Text("by the mean alone", "仅用均值"), Text("townships", "乡镇误差"))  # fmt: skip
    rows = []
    for (s, grade), row in table.iterrows():
        if stage in (None, s):
            counts = [f"{row[c]:,.0f}" for c in ("births", "expected", "residents", "rolls")]
            shares = [f"{row[c]:+.1%}" for c in ("error", "mean_error")]
            rows.append([stage_name(s), str(grade), *counts, *shares, f"{row['township_error']:.1%}"])
    title = Text("Back-test: each grade from its births and the other grades", "回测：由出生人口与其他年级推算各年级")
    show_table(header, rows, numbers=range(1, 9), title=title)


def show_phasing(found: Phasing) -> None:
    """Print what happens each year, the edits, who is over-full, and what to know."""
    line = str(STATUS[found.status])
    if not math.isnan(found.gap):
        line += str(Text(f" · gap {found.gap:.2%}", f" · 误差 {found.gap:.2%}"))
    say(line)
    for note in found.notes:
        say(f"· {note}")
    if not found.plans:
        return
    by = found.by_year()
    rows = [
        [str(year), f"{row.closures:,.0f}", f"{row.builds:,.0f}", f"{row.pupils:,.0f}", _yuan(row.cost)]
        for year, row in zip(by.index, by.itertuples(), strict=True)
    ]
    header = [Text("autumn", "秋季"), Text("closures", "撤并"), Text("builds", "建设"), Text("pupils", "学生"),
              Text("yuan", "元")]  # fmt: skip
    show_table(header, rows, numbers=(1, 2, 3, 4))
    from layout_planner.scenario.edits import LABELS

    edits = [
        [str(row.year), LABELS[row.do], row.name, row.into, f"{row.pupils:,.0f}", f"{row.seats:,.0f}"]
        for row in found.table.itertuples(index=False)
    ]
    header = [Text("autumn", "秋季"), Text("edit", "方式"), Text("school", "学校"), Text("into", "并入"),
              Text("pupils", "学生"), Text("seats", "新增学位")]  # fmt: skip
    show_table(header, edits[:MOST_ROWS], numbers=(4, 5))
    if len(edits) > MOST_ROWS:
        more = len(edits) - MOST_ROWS
        say(Text(f"… and {more} more; see phasing.csv.", f"……另有 {more} 项，见 phasing.csv。"))
    moves = found.over.loc[found.over["because"] == "moves"]
    if len(moves):
        say(Text("Over-full because of the moves:", "因撤并而超员："))
        rows = [[str(r.year), r.name, f"{r.roll:,.0f}", f"{r.seats:,.0f}"] for r in moves.head(MOST_ROWS).itertuples()]
        header = [Text("autumn", "秋季"), Text("school", "学校"), Text("pupils", "学生"), Text("seats", "学位")]
        show_table(header, rows, numbers=(2, 3))
    else:
        say(Text("No school is over-full because of the moves.", "没有学校因撤并而超员。"))


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
    from layout_planner.show.measure_words import worded

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
        rows = [[f"{r.from_month}–{r.to_month}", f"{r.waiting:,.0f}", f"{r.award_share:.0%}", _yuan(r.yuan)]
                for r in lad.itertuples()]  # fmt: skip
        header = [
            Text("months", "月份"),
            Text("waiting", "待岗"),
            Text("of the award", "年终奖比例"),
            Text("yuan", "元"),
        ]
        show_table(header, rows, numbers=(1, 2, 3), title=Text("The waiting ladder", "待岗阶梯"))


def _yuan(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.0f}"
