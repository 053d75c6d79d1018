"""`calendar`: a plan over years on one page: buildings by years, stage by colour, rooms as numbers; loads nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from importlib import resources

import pandas as pd

from layout_planner.base.escape import esc, json_block, shorten
from layout_planner.base.messages import Language, Text, language, using_language
from layout_planner.cohorts.births import VARIANT_NAMES
from layout_planner.page.briefing import Page
from layout_planner.page.palette import CATCHMENT_COLOURS
from layout_planner.plan.yearplan import PLANS, YearRecord, short_lines, way_out
from layout_planner.show.crossing import crossing_charts
from layout_planner.study.stages import STAGE_NAMES

_NAIVE = {
    PLANS[0]: Text("this plan", "本方案"),
    PLANS[1]: Text("each year on its own", "逐年各自规划"),
    PLANS[2]: Text("final year first, then dated", "先定末年再排期"),
    PLANS[3]: Text("today kept, elastic seats only", "维持现状、仅用弹性学位"),
}
_DONE = {
    "close": Text("closed", "停办"), "convert": Text("converted", "改办"), "expand": Text("enlarged", "扩建"),
    "open": Text("opened", "开办"), "point": Text("made teaching points", "改为教学点"),
    "reopen": Text("opened again", "恢复办学"), "rebuild": Text("rebuilt", "重建启用"),
}  # fmt: skip
LIGHT = 110
"""Brightness (0 to 255) from which dark ink is read better than white."""
MOST_LINES = 5
"""Sentences on what cannot be seated, the most first."""
MOST_OVER = 40
"""Schools above the standard; the rest stands in the run folder."""
MOST_SHORT = 30
"""Rows of what cannot be seated; the rest stands in the run folder."""


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
        here = resources.files("layout_planner.show")
        sheet, own, script = (
            (here / name).read_text(encoding="utf-8") for name in ("handout.css", "calendar.css", "calendar.js")
        )
        county = str(plan.limits.get("county") or "")
        first, last = plan.years[0], plan.years[-1]
        years = (f"{first}–{last}", f"{first}—{last}") if last > first else (str(first), str(first))
        title = Text(f"{county} schools {years[0]}".strip(),
                     f"{county} {years[1]} 年校舍使用安排".strip())  # fmt: skip
        view = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        head = f"{view}<title>{esc(title)}</title><style>{sheet}{own}</style>"
        body = "\n".join((f"<h1>{esc(title)}</h1>", *_body(plan, variant)))
        whole = f"<head>{head}</head><body>{body}<script>{script}</script></body>"
        page = Page(f'<!doctype html><html lang="{lang}">{whole}</html>')
    if path is not None:
        page.save(path)
    return page


def _body(plan: YearRecord, variant: str | None) -> Iterator[str]:
    yield from _first(plan, variant)
    yield _slider(plan, variant)
    yield f"<h2>{esc(Text('Pupils against seats', '学生与学位'))}</h2>"
    yield crossing_charts(plan, variant)
    yield _crossing(plan, variant)
    yield f"<h2>{esc(Text('Buildings by years: classrooms of each stage', '校舍逐年用途（数字为教室数）'))}</h2>"
    yield _key(plan)
    yield _buildings(plan, variant)
    yield from _over(plan, variant)
    yield f"<h2>{esc(Text('What looking ahead is worth', '与三种常见做法对照'))}</h2>"
    yield _naive(plan)
    yield f"<h2>{esc(Text('For the public notice', '公示条目'))}</h2>"
    yield "<ul>" + "".join(f"<li>{esc(line)}</li>" for line in plan.notices().values()) + "</ul>"
    yield f"<small>{' '.join(esc(note) for note in plan.notes)}</small>"


def _first(plan: YearRecord, variant: str | None) -> Iterator[str]:
    """Say who has no seat, in any forecast; who is above the standard; how sure the plan is."""
    mine = plan.scenario(variant).name.rsplit(" ", 1)[-1]
    lost = plan.unplaced.groupby("variant")["pupils"].sum().reindex(list(plan.variants)).fillna(0.0)
    words = [
        Text(f"{VARIANT_NAMES[v].en} {n:,.0f}" if v in VARIANT_NAMES else f"{v} {n:,.0f}",
             f"{VARIANT_NAMES[v].zh} {n:,.0f}" if v in VARIANT_NAMES else f"{v} {n:,.0f}")
        for v, n in lost.items()
    ]  # fmt: skip
    told = Text("Every child has a seat in every year and forecast.", "各年、各预测下每个学生都有学位。")
    if lost.sum() > 0:
        told = Text(f"Pupil-years without a seat, by forecast: {', '.join(w.en for w in words)}.",
                    f"无学位人次（按预测）：{'，'.join(w.zh for w in words)}。")  # fmt: skip
    over = plan.rooms.loc[(plan.rooms["variant"] == mine) & (plan.rooms["over"] > 0)]
    above = Text("Nobody learns above the standard.", "无人超标准就读。")
    if len(over):
        years, many = f"{over['year'].min()}–{over['year'].max()}", over["school_id"].nunique()
        above = Text(
            f"{over['over'].sum():,.0f} pupil-years above the standard, in {many} buildings, {years}.",
            f"超标准（弹性学位）{over['over'].sum():,.0f} 人次，涉及 {many} 处校舍，{years} 年。",
        )
    gap = Text(f"At most {plan.gap:.2%} dearer than the best there is.", f"与最优方案相差不超过 {plan.gap:.2%}。")
    named = VARIANT_NAMES.get(mine, Text(mine, mine))
    shown = Text(f"Shown below: the {named.en} forecast.", f"以下为{named.zh}。")
    yield f'<p class="lead"><b class="{"bad" if lost.sum() else "good"}">{esc(told)}</b> {esc(above)} {esc(gap)}'
    yield f" {esc(shown)}</p>"
    if len(plan.short):
        yield "<ul>" + "".join(f"<li>{esc(line)}</li>" for line in short_lines(plan)[:MOST_LINES]) + "</ul>"
        yield _short(plan)


def _short(plan: YearRecord) -> str:
    """List the years that cannot be seated: stage, where, how many seats, the cheapest way out."""
    head = (Text("forecast", "预测"), Text("autumn", "秋季"), Text("stage", "学段"), Text("township", "乡镇"),
            Text("without a seat", "无学位"), Text("seats there", "当地学位"),
            Text("cheapest way out", "最省办法"))  # fmt: skip
    rows = []
    for row in plan.short.sort_values("pupils", ascending=False, kind="stable").head(MOST_SHORT).itertuples():
        course = VARIANT_NAMES.get(row.variant, row.variant)
        words = (course, row.year, Text(*STAGE_NAMES[row.stage]), row.name, _number(row.pupils),
                 _number(row.seats), way_out(row))  # fmt: skip
        rows.append("<tr>" + "".join(f"<td>{esc(word)}</td>" for word in words) + "</tr>")
    more = len(plan.short) - MOST_SHORT
    rest = (
        f"<p>{esc(Text(f'… and {more} more in short.csv', f'……另有 {more} 项，见 short.csv'))}</p>" if more > 0 else ""
    )
    titles = "".join(f"<th>{esc(one)}</th>" for one in head)
    return f'<div class="wide"><table><tr>{titles}</tr>{"".join(rows)}</table></div>{rest}'


def _over(plan: YearRecord, variant: str | None) -> Iterator[str]:
    """Name the schools with more pupils than seats of the standard, and the years, those with the most first."""
    name = plan.scenario(variant).name.rsplit(" ", 1)[-1]
    mine = plan.rooms.loc[(plan.rooms["variant"] == name) & (plan.rooms["over"] > 0)]
    if mine.empty:
        return
    names, rows = plan.names(), []
    worst = mine.loc[mine.groupby(["school_id", "stage"])["over"].idxmax()]
    for row in worst.sort_values("over", ascending=False, kind="stable").head(MOST_OVER).itertuples():
        years = mine.loc[(mine["school_id"] == row.school_id) & (mine["stage"] == row.stage), "year"]
        share = row.over / row.seats
        told = (shorten(str(names[str(row.school_id)])), Text(*STAGE_NAMES[row.stage]),
                Text(", ".join(map(str, years)), "、".join(map(str, years))), row.year,
                Text(f"{row.pupils:,.0f} on {row.seats:,.0f} seats", f"{row.pupils:,.0f} 人／{row.seats:,.0f} 学位"),
                Text(f"{row.over:,.0f} ({share:.0%})", f"{row.over:,.0f} 人（{share:.0%}）"))  # fmt: skip
        rows.append("<tr>" + "".join(f"<td>{esc(word)}</td>" for word in told) + "</tr>")
    head = (Text("school", "学校"), Text("stage", "学段"), Text("autumns above the standard", "超标准的秋季"),
            Text("the fullest", "最满一年"), Text("then", "当年"), Text("above", "超出"))  # fmt: skip
    titles = "".join(f"<th>{esc(one)}</th>" for one in head)
    more = len(worst) - MOST_OVER
    rest = Text(f"… and {more} more in rooms.csv", f"……另有 {more} 所，见 rooms.csv")
    title = Text("Above the standard: which schools, which years", "超标准就读（弹性学位）：哪些学校、哪些年")
    yield f'<h2>{esc(title)}</h2><div class="wide"><table class="over"><tr>{titles}</tr>{"".join(rows)}</table></div>'
    yield f"<p>{esc(rest)}</p>" if more > 0 else ""


def _slider(plan: YearRecord, variant: str | None) -> str:
    """Give the years one by one: who has no seat, rolls and seats, and what is done."""
    table = plan.crossing(variant)
    mine = plan.scenario(variant).name.rsplit(" ", 1)[-1]
    acts = plan.acts.loc[plan.acts["variant"].isin(("", mine))]
    told = []
    for year in plan.years:
        parts = []
        for stage in plan.stages:
            row = table.loc[(year, stage)]
            parts.append(Text(
                f"{STAGE_NAMES[stage][0]}: {row['unplaced']:,.0f} without a seat, "
                f"{row['over']:,.0f} above the standard, "
                f"{row['pupils']:,.0f} pupils, {row['seats']:,.0f} seats",
                f"{STAGE_NAMES[stage][1]}：无学位 {row['unplaced']:,.0f}，超标准 {row['over']:,.0f}，"
                f"学生 {row['pupils']:,.0f}，学位 {row['seats']:,.0f}",
            ))  # fmt: skip
        done = acts.loc[acts["year"] == year, "do"].value_counts()
        doing = [Text(f"{_DONE[do].en} {n}", f"{_DONE[do].zh} {n}") for do, n in done.items()]
        if doing:
            parts.append(Text(", ".join(one.en for one in doing), "，".join(one.zh for one in doing)))
        told.append(
            {"year": str(year), "text": str(Text("; ".join(p.en for p in parts), "；".join(p.zh for p in parts)))}
        )
    name = Text("autumn", "秋季")
    last = len(plan.years) - 1
    return (
        f'<div class="year"><label>{esc(name)} <input type="range" min="0" max="{last}" value="0"></label>'
        f'<output></output><p aria-live="polite"></p></div>'
        f'<script type="application/json" id="years">{json_block(told)}</script>'
    )


def _colour(plan: YearRecord, stage: str) -> str:
    return CATCHMENT_COLOURS[plan.stages.index(stage) % len(CATCHMENT_COLOURS)]


def _paint(plan: YearRecord, stage: str) -> str:
    """Give the style of a stage: its colour, and ink that can be read on it."""
    colour = _colour(plan, stage)
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    ink = "#1b1b1b" if 0.299 * red + 0.587 * green + 0.114 * blue > LIGHT else "#fff"
    return f"background:{colour};color:{ink}"


def _key(plan: YearRecord) -> str:
    parts = [f'<span style="{_paint(plan, s)}">{esc(Text(*STAGE_NAMES[s]))}</span>' for s in plan.stages]
    said = Text("ring: pupils above the standard · hatched: not used", "描边：超标准就读（弹性学位） · 斜纹：不使用")
    if (plan.acts["do"] == "rebuild").any():
        said = Text(f"{said.en} · rebuilt: building site", f"{said.zh} · 重建：在建，学生在外过渡")
    return f'<p class="key">{"".join(parts)}{esc(said)}</p>'


def _crossing(plan: YearRecord, variant: str | None) -> str:
    table = plan.crossing(variant)
    stages = [STAGE_NAMES[s] for s in plan.stages]
    head = [Text("autumn", "秋季"), *(Text(f"{en}: pupils / seats", f"{zh}：学生 / 学位") for en, zh in stages)]
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
        rows.append(f'<tr data-y="{plan.years.index(year)}"><td>{year}</td>{"".join(told)}</tr>')
    return f'<div class="wide"><table><tr>{cells}</tr>{"".join(rows)}</table></div>'


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
    return f'<div class="wide"><table><tr>{titles}</tr>{"".join(rows)}</table></div>'


def _number(value: float, digits: int = 0) -> str:
    return "–" if pd.isna(value) else f"{value:,.{digits}f}"


def _buildings(plan: YearRecord, variant: str | None) -> str:
    name = plan.scenario(variant).name.rsplit(" ", 1)[-1]
    mine = plan.rooms.loc[(plan.rooms["variant"] == name) & (plan.rooms["use"] != "private")]
    cells = dict(iter(mine.groupby(["school_id", "year"])))
    here = {*mine["school_id"], *plan.acts["school_id"]}
    names = {school: name for school, name in plan.names().items() if school in here}
    changing = list(dict.fromkeys(plan.acts["school_id"]))
    sites = plan.rebuilding(name)
    today = plan.limits.get("today")
    head = f'<th class="y">{esc(Text("today", "现状"))}</th>' if today is not None else ""
    head += "".join(f'<th class="y" data-y="{k}">{year}</th>' for k, year in enumerate(plan.years))
    rows = []
    for school in [*changing, *(s for s in names if s not in changing)]:
        line = "" if today is None else _now(plan, today.get(str(school), {}))
        line += "".join(
            _cell(plan, cells.get((school, year)), k, year in sites.get(str(school), ()))
            for k, year in enumerate(plan.years)
        )
        rows.append(f'<tr><td class="first">{esc(shorten(str(names[school])))}</td>{line}</tr>')
    building = esc(Text("building", "校舍"))
    top = f'<thead><tr><th class="first">{building}</th>{head}</tr></thead>'
    return f'<div class="wide"><table>{top}{"".join(rows)}</table></div>'


def _now(plan: YearRecord, rooms: Mapping[str, float | None]) -> str:
    """Give the cell of a building before the first year."""
    told = [
        f'<span style="{_paint(plan, stage)}">{"?" if number is None else f"{number:.0f}"}</span>'
        for stage, number in rooms.items()
    ]
    return f'<td class="y{"" if told else " gone"}">{"".join(told)}</td>'


def _cell(plan: YearRecord, part: pd.DataFrame | None, number_of_year: int, site: bool) -> str:
    if site:
        return f'<td class="y site" data-y="{number_of_year}">{esc(Text("rebuilt", "重建"))}</td>'
    if part is None:
        return f'<td class="y gone" data-y="{number_of_year}"></td>'
    told = []
    for row in part.itertuples():
        ring = ' class="over"' if row.over > 0 else ""
        tip = Text(f"{row.pupils:,.0f} of {row.seats:,.0f} seats", f"{row.pupils:,.0f} 人／{row.seats:,.0f} 学位")
        number = "?" if pd.isna(row.rooms) else f"{row.rooms:.0f}"
        told.append(f'<span{ring} style="{_paint(plan, row.stage)}" title="{esc(tip)}">{number}</span>')
    return f'<td class="y" data-y="{number_of_year}">{"".join(told)}</td>'
