"""`report`: a plan as a Word document, in the outline of a layout plan (布局规划) or as the pack of one audience."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.files import whole_file
from layout_planner.base.messages import Language, Text, language, using_language
from layout_planner.papers import chapters_county, chapters_plan
from layout_planner.papers.annex import Papers
from layout_planner.papers.annexes import last_plan, make_annexes
from layout_planner.papers.blocks import Block, Chapter, Grid, Heading, PageEnd, Picture, Sentence, Sheet
from layout_planner.papers.chapters_county import KEY, left_over
from layout_planner.papers.lost import lost_sentence
from layout_planner.papers.paper import Paper, on, plan_name, status_lines, ways_line
from layout_planner.papers.print_map import DPI, plot_map
from layout_planner.papers.villages import villages
from layout_planner.papers.word import Document
from layout_planner.papers.words import plain, stage_word
from layout_planner.plan import Plan, without_school
from layout_planner.plan.zones import zoned_stages

if TYPE_CHECKING:
    from layout_planner.cohorts import Forecast
    from layout_planner.plan.frontier import Frontier
    from layout_planner.plan.phasing import Phasing

CHAPTERS: Mapping[str, Callable[[Paper], Chapter]] = {
    "general": chapters_county.general,
    "overview": chapters_county.overview,
    "problems": chapters_county.problems,
    "forecast": chapters_county.coming,
    "seats": chapters_county.supply,
    "principles": chapters_county.principles,
    "stages": chapters_plan.stages,
    "zones": chapters_plan.zones,
    "schools": chapters_plan.schools,
    "years": chapters_plan.years,
    "staff": chapters_plan.staff,
    "carriage": chapters_plan.carriage,
    "money": chapters_plan.money,
    "sites": chapters_plan.sites,
    "risks": chapters_plan.risks,
    "indicators": chapters_county.indicators,
    "assurance": chapters_plan.assurance,
}
"""Chapter → what writes it."""

OUTLINE = (
    "general",
    "overview",
    "problems",
    "forecast",
    "seats",
    "principles",
    "stages",
    "zones",
    "schools",
    "years",
    "staff",
    "carriage",
    "money",
    "risks",
    "assurance",
)
"""The chapters of a layout plan, in the order they are handed in; annexes and maps follow."""


@dataclass(frozen=True)
class Audience:
    """Whom a paper is for.

    Parameters
    ----------
    title
        What the paper is called.
    chapters
        Keys of `CHAPTERS`, in order.
    map_first
        One A3 map for print stands before everything else but the first page.
    maps
        Maps of the stages stand at the end.
    by_village
        A page a village follows.
    """

    title: Text
    chapters: tuple[str, ...] = ()
    map_first: bool = False
    maps: bool = False
    by_village: bool = False


AUDIENCES: Mapping[str, Audience] = {
    "plan": Audience(Text("Layout plan", "中小学幼儿园布局规划"), OUTLINE, maps=True),
    "committee": Audience(Text("Decision sheet", "布局规划决策要点（县委常委会）"), ("risks",), map_first=True),
    "government": Audience(
        Text("For the county government", "布局规划（县政府常务会议）"),
        ("stages", "years", "money", "risks", "principles"),
    ),
    "posts": Audience(Text("Posts and teachers", "教师编制与配置（编办、人社）"), ("staff", "stages")),
    "finance": Audience(Text("Projects and running cost", "建设项目与运行经费（财政）"), ("money", "years")),
    "land": Audience(Text("Sites", "学校用地（自然资源和规划局）"), ("sites", "seats"), maps=True),
    "village": Audience(Text("Hearing", "村（社区）听证材料"), by_village=True),
    "notice": Audience(Text("Public notice", "布局调整公示"), ("schools", "carriage", "zones")),
    "inspection": Audience(Text("Indicators for inspection", "优质均衡指标（督导）"), ("indicators", "problems")),
}
"""Audience → its pack."""


@dataclass(frozen=True)
class Report:
    """A paper that was written.

    Parameters
    ----------
    path
        The file.
    figures
        Every number in it: as written, its value, how it is written, and where it stands in the run folder.
    left_out
        Chapter → what is missing to write it.
    """

    path: Path
    figures: pd.DataFrame
    left_out: Mapping[str, str] = field(default_factory=dict)


def report(
    plans: Plan | Sequence[Plan],
    path: str | os.PathLike[str],
    audience: str = "plan",
    lang: Language | None = None,
    *,
    template: str | os.PathLike[str] | None = None,
    forecast: Forecast | None = None,
    phasing: Phasing | None = None,
    frontier: Frontier | None = None,
    places: Sequence[str] | None = None,
) -> Report:
    """Write a plan as a Word document.

    Its first page says how many children have no school, what is made up, the few figures a decision is made by, how
    good the plan is known to be, and which chapters are left out for want of data. Text stands only where it states
    what was computed; every table names its source in the run folder.

    Parameters
    ----------
    plans
        A plan; of several the last, compared with its base, or with the first where it has none.
    path
        The .docx, whole or not at all. The same plan gives the same bytes.
    audience
        "plan" (the whole layout plan), "committee" (常委会), "government" (政府常务会), "posts" (编办、人社), "finance"
        (财政), "land" (自规局), "village" (a page a village), "notice" (公示) or "inspection" (督导).
    lang
        "zh" or "en"; the reader's where left out.
    template
        A .docx whose styles, header and footer are used.
    forecast, phasing, frontier
        What was worked out beside the plan; chapters that need it are left out without.
    places
        Villages of the hearing; those where something changes where left out.

    Returns
    -------
    Report
        Where it lies, every number with its source, and what was left out.

    Raises
    ------
    DataError
        No plan; an audience, template or place that is not there.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> what = lp.Scenario("merger", [lp.Merge("P037", into="P036"), lp.Expand("P036", seats=1350)])
    >>> plan = lp.solve(study, ways, scenario=what, stage="primary")
    >>> done = lp.report(plan, "finance.docx", audience="finance", lang="en")
    >>> done.path.name, dict(done.left_out)
    ('finance.docx', {'Year by year': 'no edit has a year (run phase)'})
    >>> done.figures.loc[0, ["written", "source"]].tolist()
    ['1,584', 'measures.pricing.investment[stage=primary]']
    """
    if audience not in AUDIENCES:
        hint = did_you_mean(audience, AUDIENCES)
        raise refuse(
            f'audience="{audience}" is unknown{hint.en}',
            f"audience=“{audience}”未知{hint.zh}",
            f"use one of {', '.join(AUDIENCES)}",
            f"可用：{'、'.join(AUDIENCES)}",
        )
    with using_language(lang or language()):
        paper = Paper(Papers(last_plan(plans), forecast, phasing, frontier))
        own = AUDIENCES[audience]
        made_up = str(Text("Simulated data", "模拟数据")) if paper.plan.study.simulated else ""
        document = Document(str(own.title), template, made_up)
        chapters = [CHAPTERS[key](paper) for key in own.chapters]
        if own.by_village:
            chapters.append(villages(paper, places))
        held = [each for each in chapters if each.blocks]
        missing = {str(each.title): str(each.missing) for each in chapters if not each.blocks}
        document.add(_front(paper, own, missing))
        if own.map_first:
            document.add(_maps(paper, DPI, most=1))
            if held:
                document.add([Sheet("A4")])
        elif held:
            document.add([PageEnd()])
        _write(document, held, own)
        if own.maps:
            _annexes(document, paper)
            document.add(_maps(paper, 200))
        with whole_file(path) as part:
            document.save(part)
    return Report(Path(path), paper.figures.table, missing)


def _write(document: Document, chapters: Sequence[Chapter], own: Audience) -> None:
    for number, each in enumerate(chapters, 1):
        if each.key != "villages":
            document.add([Heading(f"{_ordinal(number)}{each.title}", 1)])
        document.add(each.blocks)


def _ordinal(number: int) -> str:
    han = "〇一二三四五六七八九十"
    chinese = han[number] if number <= 10 else f"十{han[number - 10]}"
    return str(Text(f"{number}  ", f"{chinese}、"))


def _title(paper: Paper, own: Audience) -> str:
    """Give the title; kindergartens stand in that of a layout plan only where it plans them."""
    title = own.title
    if "kindergarten" not in paper.papers.stages:
        title = Text(title.en, title.zh.replace("中小学幼儿园", "中小学"))
    name = plain(paper.plan.study.name)
    return str(Text(f"{name}: {title.en}", f"{name}{title.zh}"))


def _front(paper: Paper, own: Audience, missing: Mapping[str, str]) -> Iterator[Block]:
    """The first page: who has no school, what is made up, what a decision is made by, what is left out."""
    plan = paper.plan
    yield Heading(_title(paper, own), 0)
    lost = lost_sentence(plan)
    for stage in paper.papers.stages:
        paper.figures.lost(plan, stage)
    paper.number(float(without_school(plan)["pupils"].sum()), "count", "unplaced.csv: sum of pupils")
    yield Sentence(lost.text, "alarm" if lost.any else "calm")
    if plan.study.simulated:
        yield Sentence(
            str(
                Text("SIMULATED DATA: places, schools and people are made up.", "模拟数据：地名、学校、人口均为虚构。")
            ),
            "alarm",
        )
    year = paper.number(plan.study.year, "year", "provenance.json: provenance.year")
    name = plan_name(plan)
    yield Sentence(str(Text(f"{year} · plan: {name}", f"{year} 年 · 方案：{name}")), "lead")
    if lost.any:
        grid = left_over(paper)
        if grid is not None:
            yield grid
    if own.by_village:
        told = Text(
            "One page a village follows: who goes where, how far, by what, and what changes.",
            "以下每村（社区）一页：谁、去哪、多远、怎么去、有何变化。",
        )
        yield Sentence(str(told))
    else:
        grid = paper.measures(KEY)
        if grid is not None:
            yield grid
        for stage, said in status_lines(plan):
            yield Sentence(f"{stage}: {said}" if language() == "en" else f"{stage}：{said}")
        yield Sentence(ways_line(plan))
    if missing:
        yield Heading(str(Text("Left out for want of data", "因无数据未列的章节")))
        rows = [[title, why] for title, why in missing.items()]
        yield Grid([str(Text("chapter", "章节")), str(Text("what is missing", "原因"))], rows)


def _annexes(document: Document, paper: Paper) -> None:
    """List the annex tables, which stand in a workbook of their own."""
    rows = []
    for number, annex in enumerate(make_annexes(paper.papers), 1):
        count = paper.number(len(annex.table), "count", f"annex {annex.key}: rows")
        paper.figures.rows.append((str(number), float(number), "count", "number of an annex"))
        rows.append([str(number), str(annex.title), count, str(annex.missing)])
    heads = (Text("no.", "序号"), Text("annex", "附表"), Text("rows", "行数"), Text("why it has none", "无数据的原因"))
    told = Text(
        "The tables stand in the workbook that layout-planner annexes writes.",
        "附表另见 layout-planner annexes 写出的工作簿。",
    )
    widths = (1.6, 5.0, 2.0, 8.0)
    shown = 4 if any(row[3] for row in rows) else 3
    grid = Grid([str(h) for h in heads[:shown]], [row[:shown] for row in rows], (2,), widths=widths[:shown])
    document.add([Heading(str(Text("Annexes", "附表")), 1), Sentence(str(told)), grid])


def _maps(paper: Paper, dpi: int, most: int = 3) -> Iterator[Block]:
    """Maps of the stages that admit by catchment, each an A3 page; of any stage where none does."""
    stages = list(zoned_stages(paper.plan)) or paper.papers.stages
    for stage in stages[:most]:
        yield Sheet("A3")
        yield Picture(
            on(plot_map, paper.plan, stage),
            str(Text(f"{stage_word(stage)}: the plan", f"{stage_word(stage)}布局图")),
            (37.0, 25.0),
            dpi,
        )
