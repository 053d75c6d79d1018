"""What the commands on mergers show: the ledger, its effects, two columns, buses and boarding, scores."""

from __future__ import annotations

import math
from collections import Counter as Tally
from typing import TYPE_CHECKING

from layout_planner.base.messages import Text
from layout_planner.cli.console import say, show_table
from layout_planner.cli.tables import MOST_ROWS, stage_name

if TYPE_CHECKING:
    import pandas as pd

    from layout_planner.plan import Plan
    from layout_planner.plan.busing import BusService
    from layout_planner.plan.counterplan import Counter
    from layout_planner.scenario import Scenario

SITES = {
    "closed": Text("closed", "关闭"), "campus": Text("campus", "分校区"),
    "teaching_point": Text("teaching point", "教学点"),
    "kindergarten": Text("kindergarten", "改办幼儿园"), "rebuilding": Text("rebuilding", "改扩建"),
}  # fmt: skip

EFFECTS = {
    "township_schools": Text("open schools", "在办学校"),
    "township_within_reach": Text("within reach, %", "就近入学，%"),
    "roll": Text("pupils", "在校生"), "load": Text("load", "学位使用率"), "classes": Text("classes", "班数"),
    "largest_class": Text("largest class", "最大班额"), "quality": Text("quality of the school", "所在学校质量"),
}  # fmt: skip


def show_edit_counts(scenario: Scenario) -> None:
    """Print how many edits of each kind a scenario has."""
    counts = Tally(
        (edit.label, edit.stage, edit.becomes if edit.ends and edit.receiver is not None else None)
        for edit in scenario.edits
    )
    rows = [
        [label, stage_name(stage) if stage else "", SITES.get(site or "", ""), number]
        for (label, stage, site), number in counts.items()
    ]
    header = (Text("edit", "改动"), Text("stage", "学段"), Text("site", "校址"), Text("number", "数量"))
    show_table(header, rows, numbers=(3,), title=scenario.name)


def show_ledger(table: pd.DataFrame) -> None:
    """Print who goes where from the schools that end, and how many in all."""
    nowhere = Text("without a place", "未安置")
    rows = [
        [
            stage_name(row.stage),
            row.from_name,
            SITES.get(row.site, row.site),
            row.to_name or nowhere,
            *_numbers(row.pupils, row.board, row.bus),
            *_numbers(row.minutes_before, row.minutes_after, row.longest_after, decimals=1),
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
            row.name,
            EFFECTS[row.effect],
            *_numbers(row.before, row.after, decimals=2 if row.effect == "load" else 1),
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


def show_counter(found: Counter) -> None:
    """Print the two columns, who gains, and what would let the school stay."""
    from layout_planner.plan.counterplan import COUNTER_ROWS

    name = found.plan.study.school_name
    if found.closes:
        closes = ", ".join(name(school) for school in found.closes)
        say(Text(f"Closes instead: {closes}", f"改撤：{closes}"))
    rows = []
    for measure, (unit, words) in COUNTER_ROWS.items():
        plan, other, change = (float(found.table.at[measure, column]) for column in ("plan", "other", "change"))
        if math.isnan(plan):
            continue
        scale = 1e-4 if unit.startswith("yuan") else 1.0
        decimals = 1 if unit in ("min", "posts") or scale != 1.0 else 0
        cells = _numbers(plan * scale, other * scale, decimals=decimals)
        rows.append([words, *cells, f"{round(change * scale, decimals) + 0.0:+,.{decimals}f}"])
    header = (Text("", ""), Text("the plan", "原方案"), Text("the school stays", "保留本校"), Text("change", "变化"))
    show_table(header, rows, numbers=(1, 2, 3), title=name(found.school))
    gains = [
        [row.name, *_numbers(row.better, row.worse), *_numbers(row.minutes_saved, row.minutes_lost, decimals=1)]
        for row in found.gains.head(MOST_ROWS).itertuples(index=False)
    ]
    header2 = (
        Text("township", "乡镇"), Text("shorter way", "路程缩短（人）"), Text("longer way", "路程变长（人）"),
        Text("min saved", "缩短/分"), Text("min lost", "变长/分"),
    )  # fmt: skip
    show_table(header2, gains, numbers=(1, 2, 3, 4), title=Text("Who gains", "谁受益"))
    asked = {
        "roll": Text("pupils (it has; from so many on it stays)", "学生数（现有；达到多少可保留）"),
        "minutes": Text("minutes longer (they are; beyond so many it stays)", "多走分钟（实际；超过多少可保留）"),
        "seats": Text("free seats of the receivers (there are; needed)", "接收校空余学位（现有；所需）"),
    }
    stays = [
        [asked[str(what)], *_numbers(row["now"], row["needed"], decimals=0 if what != "minutes" else 1)]
        for what, row in found.stays_if.iterrows()
    ]
    header3 = (Text("", ""), Text("now", "现有"), Text("needed", "所需"))
    show_table(header3, stays, numbers=(1, 2), title=Text("What would let it stay", "怎样才能保留"))
    for note in found.notes:
        say(note)


def show_buses(service: BusService) -> None:
    """Print the buses of each school, and who cannot be fetched."""
    table = service.schools.sort_values("riders", ascending=False, kind="stable")
    rows = [
        [
            row.name,
            *_numbers(row.pupils, row.riders, row.stops, row.buses),
            *_numbers(row.longest_ride, row.metres / 1000, decimals=1),
            *_numbers(row.yuan, row.yuan_a_pupil),
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
            *_numbers(row.boarders, row.would_board, row.too_young, row.beds_girls, row.beds_boys, row.beds_short),
            *_numbers(row.canteen_seats, row.carers + row.cooks, row.yuan),
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


def show_scores(ranked: pd.DataFrame) -> None:
    """Print the ranking, each school with its reasons."""
    rows = [
        [row.rank, row.name, *_numbers(row.score, decimals=1), *_numbers(row.roll), row.why]
        for row in ranked.head(2 * MOST_ROWS).itertuples(index=False)
    ]
    header = (
        Text("rank", "序"), Text("school", "学校"), Text("score", "得分"), Text("pupils", "学生"),
        Text("why", "主要理由"),
    )  # fmt: skip
    show_table(header, rows, numbers=(0, 2, 3), title=Text("What speaks for closing", "撤并评分"))


def show_hindcast(told: pd.DataFrame) -> None:
    """Print how well the ranking and its factors would have told what closed."""
    rows = [[by, f"{row['auc']:.3f}", f"{row['hits']:.0%}"] for by, row in told.iterrows()]
    header = (Text("by", "依据"), "AUC", Text("hits", "命中"))
    show_table(header, rows, numbers=(1, 2), title=Text("Against what closed since", "与此后实际撤并对照"))


def _numbers(*values: float, decimals: int = 0) -> list[str]:
    return ["–" if math.isnan(value) else "∞" if math.isinf(value) else f"{value:,.{decimals}f}" for value in values]
