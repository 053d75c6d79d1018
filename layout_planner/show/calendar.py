"""`calendar`: a plan over years on one page: buildings by years, stage by colour, rooms as numbers; loads nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import resources

import pandas as pd

from layout_planner.base.escape import esc, shorten
from layout_planner.base.messages import Language, Text, language, using_language
from layout_planner.page.briefing import Page
from layout_planner.page.palette import CATCHMENT_COLOURS
from layout_planner.plan.yearplan import PLANS, YearRecord
from layout_planner.study.stages import STAGE_NAMES

_NAIVE = {
    PLANS[0]: Text("this plan", "本方案"),
    PLANS[1]: Text("each year on its own", "逐年各自规划"),
    PLANS[2]: Text("final year first, then dated", "先定末年再排期"),
    PLANS[3]: Text("today kept, elastic seats only", "维持现状、仅用弹性学位"),
}
_STYLE = """
@page { size: A3 landscape; margin: 12mm; }
body { max-width: none; padding: 12px 24px; }
td.y { text-align: center; white-space: nowrap; }
td.y span { display: inline-block; min-width: 26px; margin: 0 1px; padding: 0 4px; border-radius: 3px; color: #fff; }
td.y span.over { outline: 2px solid #5e0b5e; outline-offset: 1px; }
td.gone { background: repeating-linear-gradient(45deg, #fff 0 4px, #e6e8eb 4px 8px); }
.key span { display: inline-block; padding: 0 8px; margin-right: 8px; border-radius: 3px; color: #fff; }
"""


def calendar(
    plan: YearRecord,
    path: str | os.PathLike[str] | None = None,
    variant: str | None = None,
    lang: Language | None = None,
) -> Page:
    """Draw buildings by years.

    Parameters
    ----------
    plan
        What `plan_years` gave.
    path
        Where to save the page; not saved where left out.
    variant
        The forecast shown; "middle" or the first where left out.
    lang
        "zh" or "en"; the reader's where left out.

    Returns
    -------
    Page
        Children without a seat first; pupils against seats; the plan beside three naive ones; the buildings that
        change, then the others; a line a school for the public notice.
    """
    lang = lang or language()
    with using_language(lang):
        style = (resources.files("layout_planner.show") / "handout.css").read_text(encoding="utf-8")
        title = Text(f"Schools {plan.years[0]}–{plan.years[-1]}", f"{plan.years[0]}—{plan.years[-1]} 年校舍使用安排")
        head = f'<meta charset="utf-8"><title>{esc(title)}</title><style>{style}{_STYLE}</style>'
        body = "\n".join((f"<h1>{esc(title)}</h1>", *_body(plan, variant)))
        page = Page(f'<!doctype html><html lang="{lang}"><head>{head}</head><body>{body}</body></html>')
    if path is not None:
        page.save(path)
    return page


def _body(plan: YearRecord, variant: str | None) -> Iterator[str]:
    lost = float(plan.crossing(variant)["unplaced"].sum())
    told = (
        Text(f"{lost:,.0f} pupil-years without a seat.", f"无学位 {lost:,.0f} 人次。")
        if lost > 0
        else Text("Every child has a seat in every year.", "各年每个学生都有学位。")
    )
    gap = Text(f"At most {plan.gap:.2%} dearer than the best there is.", f"与最优方案相差不超过 {plan.gap:.2%}。")
    yield f'<p class="lead"><b class="{"bad" if lost else "good"}">{esc(told)}</b> {esc(gap)}</p>'
    yield f"<h2>{esc(Text('Pupils against seats', '学生与学位'))}</h2>"
    yield _crossing(plan, variant)
    yield f"<h2>{esc(Text('What looking ahead is worth', '与三种常见做法对照'))}</h2>"
    yield _naive(plan)
    yield f"<h2>{esc(Text('Buildings by years: classrooms of each stage', '校舍逐年用途（数字为教室数）'))}</h2>"
    yield _key(plan)
    yield _buildings(plan, variant)
    yield f"<h2>{esc(Text('For the public notice', '公示条目'))}</h2>"
    yield "<ul>" + "".join(f"<li>{esc(line)}</li>" for line in plan.notices().values()) + "</ul>"
    yield f"<small>{' '.join(esc(note) for note in plan.notes)}</small>"


def _colour(plan: YearRecord, stage: str) -> str:
    return CATCHMENT_COLOURS[plan.stages.index(stage) % len(CATCHMENT_COLOURS)]


def _key(plan: YearRecord) -> str:
    parts = [f'<span style="background:{_colour(plan, s)}">{esc(Text(*STAGE_NAMES[s]))}</span>' for s in plan.stages]
    said = Text("ring: pupils above the standard · hatched: not used", "描边：超标准就读（弹性学位） · 斜纹：不使用")
    return f'<p class="key">{"".join(parts)}{esc(said)}</p>'


def _crossing(plan: YearRecord, variant: str | None) -> str:
    table = plan.crossing(variant)
    head = [Text("autumn", "秋季"), *(Text(*STAGE_NAMES[s]) for s in plan.stages)]
    cells = "".join(f"<th{' class=n' if k else ''}>{esc(one)}</th>" for k, one in enumerate(head))
    rows = []
    for year in plan.years:
        told = []
        for stage in plan.stages:
            row = table.loc[(year, stage)]
            over = Text(f", {row['over']:,.0f} over", f"，超 {row['over']:,.0f}") if row["over"] > 0 else ""
            none = (
                Text(f", {row['unplaced']:,.0f} without", f"，无学位 {row['unplaced']:,.0f}")
                if row["unplaced"] > 0
                else ""
            )
            told.append(f'<td class="n">{row["pupils"]:,.0f} / {row["seats"]:,.0f}{esc(over)}{esc(none)}</td>')
        rows.append(f"<tr><td>{year}</td>{''.join(told)}</tr>")
    return f"<table><tr>{cells}</tr>{''.join(rows)}</table>"


def _naive(plan: YearRecord) -> str:
    whole = plan.naive["yuan"] + plan.naive["unplaced"]
    head = (Text("plan", "方案"), Text("without a seat", "无学位人次"), Text("over the standard", "超标准人次"),
            Text("change school", "转学人次"), Text("twice", "二次转学"), Text("million yuan", "百万元"),
            Text("dearer by", "多花"))  # fmt: skip
    rows = []
    for name, row in plan.naive.iterrows():
        counts = (row[c] for c in ("unplaced_pupil_years", "over_pupil_years", "moved", "moved_twice"))
        more = (whole[name] - whole.iloc[0]) / 1e6
        cells = [
            *(_number(n) for n in counts),
            _number(row["yuan"] / 1e6, 1),
            "" if name == PLANS[0] else _number(more, 1),
        ]
        rows.append(f"<tr><td>{esc(_NAIVE[str(name)])}</td>{''.join(f'<td class=n>{c}</td>' for c in cells)}</tr>")
    titles = "".join(f"<th{' class=n' if k else ''}>{esc(one)}</th>" for k, one in enumerate(head))
    return f"<table><tr>{titles}</tr>{''.join(rows)}</table>"


def _number(value: float, digits: int = 0) -> str:
    return "–" if pd.isna(value) else f"{value:,.{digits}f}"


def _buildings(plan: YearRecord, variant: str | None) -> str:
    name = plan.scenario(variant).name.rsplit(" ", 1)[-1]
    mine = plan.rooms.loc[(plan.rooms["variant"] == name) & (plan.rooms["use"] != "private")]
    cells = dict(iter(mine.groupby(["school_id", "year"])))
    names = dict(zip(mine["school_id"], mine["name"], strict=True))
    names |= dict(zip(plan.acts["school_id"], plan.acts["name"], strict=True))
    changing = list(dict.fromkeys(plan.acts["school_id"]))
    head = "".join(f"<th class=n>{year}</th>" for year in plan.years)
    rows = []
    for school in [*changing, *(s for s in names if s not in changing)]:
        line = "".join(_cell(plan, cells.get((school, year))) for year in plan.years)
        rows.append(f"<tr><td>{esc(shorten(str(names[school])))}</td>{line}</tr>")
    return f"<table><tr><th>{esc(Text('building', '校舍'))}</th>{head}</tr>{''.join(rows)}</table>"


def _cell(plan: YearRecord, part: pd.DataFrame | None) -> str:
    if part is None:
        return '<td class="y gone"></td>'
    told = []
    for row in part.itertuples():
        ring = ' class="over"' if row.over > 0 else ""
        tip = Text(f"{row.pupils:,.0f} of {row.seats:,.0f} seats", f"{row.pupils:,.0f} 人／{row.seats:,.0f} 学位")
        number = "?" if pd.isna(row.rooms) else f"{row.rooms:.0f}"
        told.append(f'<span{ring} style="background:{_colour(plan, row.stage)}" title="{esc(tip)}">{number}</span>')
    return f'<td class="y">{"".join(told)}</td>'
