"""`handout`: the answer to “and if our school stayed?” on one printed sheet, in two columns."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from importlib import resources

import pandas as pd

from layout_planner.base.escape import esc, shorten
from layout_planner.base.messages import Language, Text, language, using_language
from layout_planner.measures.catalogue import shown_in
from layout_planner.measures.mergers import ledger
from layout_planner.page.briefing import Page
from layout_planner.plan.counterplan import Counter
from layout_planner.study.stages import STAGE_NAMES

PARTS = ("travel", "running", "floor", "building")
"""Rows that are parts of the row above them."""

MOST_TOWNSHIPS, MOST_WAYS = 8, 6
"""Rows of a table, so that all stays on one sheet; the rest is summed up."""


def handout(counter: Counter, path: str | os.PathLike[str] | None = None, lang: Language | None = None) -> Page:
    """Write a counterplan as one sheet to print and hand over.

    Parameters
    ----------
    counter
        What `keep_instead` gave.
    path
        Where to save the page; not saved where left out.
    lang
        "zh" or "en"; the reader's where left out.

    Returns
    -------
    Page
        The page, which loads nothing; a notebook shows it.
    """
    lang = lang or language()
    with using_language(lang):
        style = (resources.files("layout_planner.show") / "handout.css").read_text(encoding="utf-8")
        head = f'<meta charset="utf-8"><title>{esc(_title(counter))}</title><style>{style}</style>'
        body = "\n".join(_body(counter))
        page = Page(f'<!doctype html><html lang="{lang}"><head>{head}</head><body>{body}</body></html>')
    if path is not None:
        page.save(path)
    return page


def _title(counter: Counter) -> Text:
    name = shorten(counter.plan.study.school_name(counter.school))
    return Text(f"If {name} stayed", f"如果保留{name}")


def _body(counter: Counter) -> Iterator[str]:
    study = counter.plan.study
    yield f"<h1>{esc(_title(counter))}</h1>"
    badge = f' <span class="badge">{esc(Text("simulated data", "模拟数据"))}</span>' if study.simulated else ""
    stage = Text(*STAGE_NAMES[counter.stage])
    yield f'<p class="sub">{esc(study.name)} {study.year} · {esc(stage)} · {esc(shorten(counter.plan.name))}{badge}</p>'
    yield f'<p class="lead">{" ".join(esc(sentence) for sentence in _lead(counter))}</p>'
    yield _columns(counter)
    if counter.closes:
        yield f"<h2>{esc(Text('Where the pupils of the school that closes instead go', '改撤学校的学生去向'))}</h2>"
        yield _ways(counter)
    yield f"<h2>{esc(Text('Who gains, who loses, by township', '哪些乡镇受益，哪些受损'))}</h2>"
    yield _gains(counter)
    yield f"<h2>{esc(Text('What would let the school stay', '怎样才能保留本校'))}</h2>"
    yield "<ul>" + "".join(f"<li>{esc(line)}</li>" for line in _stays_if(counter)) + "</ul>"
    yield f"<small>{' '.join(esc(line) for line in _how(counter))}</small>"


def _lead(counter: Counter) -> Iterator[Text]:
    plan, base = counter.plan, counter.plan.base
    assert base is not None
    mine = ledger(plan, counter.stage).query("from_school == @counter.school")
    to = [plan.study.school_name(school) for school in mine["to_school"] if school]
    n = mine["pupils"].sum()
    yield Text(
        f"The plan sends its {n:,.0f} pupils to {', '.join(to)}.", f"方案将本校 {n:,.0f} 名学生并入{'、'.join(to)}。"
    )
    for school in counter.closes:
        name = plan.study.school_name(school)
        roll = plan.assignments[counter.stage].roll().get(school, 0.0)
        yield Text(
            f"If it stays and the number of schools may not rise, {name} ({roll:,.0f} pupils) closes instead.",
            f"若保留本校而学校总数不变，则改撤{name}（{roll:,.0f} 人）。",
        )
    more = float(counter.table.at["yuan", "change"])
    amount = f"{abs(more) / 10_000:,.0f}"
    yield (
        Text(f"That costs {amount} ten thousand yuan more a year.", f"每年多支出 {amount} 万元。")
        if more >= 0
        else Text(f"That saves {amount} ten thousand yuan a year.", f"每年少支出 {amount} 万元。")
    )


def _columns(counter: Counter) -> str:
    head = (Text("", ""), Text("the plan", "原方案"), Text("the school stays", "保留本校"), Text("change", "变化"))
    rows = [
        "<tr>" + "".join(f"<th{' class=n' if at else ''}>{esc(cell)}</th>" for at, cell in enumerate(head)) + "</tr>"
    ]
    for row in shown_in("counter"):
        measure, unit = row.name, row.unit
        plan, other, change = counter.table.loc[measure, ["plan", "other", "change"]].astype(float)
        if math.isnan(plan) or (measure == "unplaced" and plan == other == 0):
            continue
        shown = _number(change, unit, sign=True)
        # Less is better in every row but the number of schools, unless the measure says otherwise.
        better = change > 0 if row.better == "higher" else change < 0
        tone = "" if measure == "schools" or shown == "=" else " good" if better else " bad"
        kind = "part" if measure in PARTS else "sum" if measure == "yuan" else ""
        cells = [f"<td>{esc(row.label('counter'))}</td>", f'<td class="n">{_number(plan, unit)}</td>']
        cells += [f'<td class="n">{_number(other, unit)}</td>', f'<td class="n{tone}">{shown}</td>']
        rows.append(f'<tr class="{kind}">{"".join(cells)}</tr>')
    return f"<table>{''.join(rows)}</table>"


def _number(value: float, unit: str, sign: bool = False) -> str:
    if math.isnan(value):
        return "–"
    in_myriads = unit.startswith("yuan")
    decimals = 1 if in_myriads or unit in ("min", "posts") else 0
    rounded = round(value / 10_000 if in_myriads else value, decimals)
    if sign and rounded == 0:
        return "="
    return f"{rounded:{'+' if sign else ''},.{decimals}f}"


def _ways(counter: Counter) -> str:
    table = ledger(counter.other, counter.stage)
    table = table.loc[table["from_school"].isin(counter.closes)].sort_values("pupils", ascending=False, kind="stable")
    nowhere = str(Text("without a school", "未安置"))
    head = (
        Text("from", "改撤校"), Text("to", "去向"), Text("pupils", "人数"), Text("way before", "原单程（分钟）"),
        Text("way after", "新单程（分钟）"), Text("boarding", "寄宿"),
    )  # fmt: skip
    rows = [
        [
            esc(row.from_name),
            esc(row.to_name or nowhere),
            _number(row.pupils, "pupils"),
            _number(row.minutes_before, "min"),
            _number(row.minutes_after, "min"),
            _number(row.board, "pupils"),
        ]
        for row in table.head(MOST_WAYS).itertuples()
    ]
    rest = table.iloc[MOST_WAYS:]
    if len(rest):
        name = Text(f"{len(rest)} more", f"其余 {len(rest)} 所")
        rows.append(["", esc(name), _number(rest["pupils"].sum(), ""), "", "", _number(rest["board"].sum(), "")])
    return _table(head, rows, names=2)


def _gains(counter: Counter) -> str:
    gains = counter.gains
    head = (
        Text("township", "乡镇"), Text("shorter way", "路程缩短（人）"), Text("by, mean", "平均缩短（分钟）"),
        Text("longer way", "路程变长（人）"), Text("by, mean", "平均变长（分钟）"),
    )  # fmt: skip
    rows = [
        [
            esc(row.name),
            _number(row.better, "pupils"),
            _number(row.minutes_saved, "min"),
            _number(row.worse, "pupils"),
            _number(row.minutes_lost, "min"),
        ]
        for row in gains.head(MOST_TOWNSHIPS).itertuples(index=False)
    ]
    rest = gains.iloc[MOST_TOWNSHIPS:]
    if len(rest):
        name = Text(f"{len(rest)} more", f"其余 {len(rest)} 个")
        rows.append([esc(name), _number(rest["better"].sum(), ""), "", _number(rest["worse"].sum(), ""), ""])
    return _table(head, rows, names=1)


def _table(head: tuple[Text, ...], rows: list[list[str]], names: int) -> str:
    def line(cells: list[str], tag: str) -> str:
        return "".join(f"<{tag}{' class=n' if at >= names else ''}>{cell}</{tag}>" for at, cell in enumerate(cells))

    lines = [line([str(esc(cell)) for cell in head], "th"), *(line(row, "td") for row in rows)]
    return "<table>" + "".join(f"<tr>{cells}</tr>" for cells in lines) + "</table>"


def _stays_if(counter: Counter) -> Iterator[Text]:
    table: pd.DataFrame = counter.stays_if
    now, needed = table["now"], table["needed"]
    if math.isinf(needed["roll"]):
        yield Text(
            f"Roll: {now['roll']:,.0f}. No roll would make it cheaper to keep than to close.",
            f"规模：现有 {now['roll']:,.0f} 人。无论多少人，保留都不比撤并省钱。",
        )
    elif not math.isnan(needed["roll"]):
        least = math.ceil(needed["roll"])
        yield Text(
            f"Roll: {now['roll']:,.0f} now; from {least:,} pupils on, keeping it costs no more than closing it.",
            f"规模：现有 {now['roll']:,.0f} 人；达到 {least:,} 人，保留的费用即不高于撤并。",
        )
    if not math.isnan(needed["minutes"]):
        yield Text(
            f"Way: its pupils would go {now['minutes']:.1f} minutes longer; beyond {needed['minutes']:.1f} minutes, "
            "closing does not pay.",
            f"路程：撤并后学生平均多走 {now['minutes']:.1f} 分钟；超过 {needed['minutes']:.1f} 分钟，撤并就不合算。",
        )
    if math.isnan(now["seats"]):
        yield Text(
            f"Seats: not known of every receiving school; they must have {needed['seats']:,.0f} free.",
            f"学位：接收学校中有学位未知者；须有空余学位 {needed['seats']:,.0f} 个。",
        )
        return
    short = max(needed["seats"] - now["seats"], 0.0)
    yield Text(
        f"Seats: the receiving schools have {now['seats']:,.0f} free for {needed['seats']:,.0f} pupils; "
        + (f"unless {short:,.0f} are built, it must stay." if short else "nothing need be built."),
        f"学位：接收学校现有空余学位 {now['seats']:,.0f} 个，需 {needed['seats']:,.0f} 个；"
        + (f"若不新建 {short:,.0f} 个，本校就须保留。" if short else "无须新建。"),
    )


def _how(counter: Counter) -> Iterator[Text]:
    yield (
        Text(
            "All else is as in the plan. The school that closes instead is the one that leaves the least yuan a year; "
            f"of {len(counter.tried)} possible ones none is cheaper.",
            f"其余安排同原方案。改撤学校按年费用最省选出：{len(counter.tried)} 所可选学校中没有更省的。",
        )
        if counter.closes
        else Text("All else is as in the plan; there is one school more.", "其余安排同原方案，学校多一所。")
    )
    yield Text("What follows the pupils is the same in both columns and left out.", "随学生走的经费两栏相同，未列入。")
    value = counter.prices["value"].to_dict()
    yield Text(
        f"Reckoned with: a child's minute on the way {value['minute']:g} yuan, {value['ways']:g} ways a year (boarders "
        f"once a week); {100 * value['overhead']:g} % of a school's running cost ends with it, {value['school']:,.0f} "
        f"yuan where it is not known; schools under {value['floor_pupils']:g} pupils funded as if they had so many, "
        f"{value['floor']:g} yuan each; a seat {value['seat']:,.0f} yuan, over {value['years']:g} years.",
        f"单价：路途每分钟 {value['minute']:g} 元，每年 {value['ways']:g} 个单程（寄宿生每周一次）；学校运行费的"
        f" {100 * value['overhead']:g}% 随学校撤销而停支，运行费不明的按 {value['school']:,.0f} 元；不足"
        f" {value['floor_pupils']:g} 人按 {value['floor_pupils']:g} 人拨付，每人 {value['floor']:g} 元；每学位建设"
        f" {value['seat']:,.0f} 元，按 {value['years']:g} 年分摊。",
    )
    yield from counter.notes
