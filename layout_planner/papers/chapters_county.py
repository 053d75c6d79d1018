"""Chapters about the county: the plan in a page, its land and children, problems, forecast, seats, principles."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text, language
from layout_planner.live.judged import told_of
from layout_planner.papers import annex_county, charts
from layout_planner.papers.annex import renamed
from layout_planner.papers.blocks import Block, Chapter, Grid, Picture, Sentence
from layout_planner.papers.paper import Paper, chapter, on, status_lines, ways_line
from layout_planner.papers.words import SEVERITY, SOURCES, UNITS, plain, said, stage_word
from layout_planner.plan import REASONS, without_school
from layout_planner.plan.concerned import pupils_by
from layout_planner.policy import class_limit

KEY = (
    "unplaced",
    "schools",
    "schools_own",
    "pupils_moved",
    "minutes_mean",
    "minutes_p95",
    "beyond_reach_minutes",
    "beyond_reach_metres",
    "load",
    "over_full_schools",
    "large_classes",
)
"""What a decision is made by."""


def general(paper: Paper) -> Chapter:
    """总则: what was worked out, from what, and how good it is known to be."""
    plan = paper.plan
    base = {
        "residents": Text("children who live here", "常住适龄儿童"),
        "hukou": Text("children registered here", "户籍适龄儿童"),
        "enrolled": Text("children enrolled here", "在校学生"),
    }
    demand = base.get(plan.study.demand_base, Text(plan.study.demand_base, plan.study.demand_base))

    def blocks() -> Iterator[Block]:
        year = paper.number(plan.study.year, "year", "provenance.json: provenance.year")
        yield Sentence(
            str(
                Text(
                    f"Year of the data: {year}. Children counted: {demand.en}.",
                    f"数据年份：{year} 年。需求口径：{demand.zh}。",
                )
            )
        )
        yield Sentence(ways_line(plan))
        rows = [[stage, told] for stage, told in status_lines(plan)]
        yield Grid(
            [
                str(Text("stage", "学段")),
                str(Text("how it was made, and how good it is known to be", "测算方法与结论可靠程度")),
            ],
            rows,
            source=str(Text("Source: provenance.json", "来源：provenance.json")),
            widths=(2.6, 14.0),
        )
        notes = [str(note) for done in plan.assignments.values() for note in done.notes]
        told = [*dict.fromkeys([*map(str, plan.study.sources.get("statements", ())), *notes])]
        for each in told[:12]:
            yield Sentence(f"· {plain(each)}")
        if len(told) > 12:
            more = paper.number(len(told) - 12, "count", "provenance.json: notes not shown")
            yield Sentence(
                str(Text(f"… and {more} more notes in the run folder.", f"……另有 {more} 条说明，见结果文件夹。")),
                "source",
            )

    return chapter("general", Text("General", "总则"), blocks(), Text("", ""))


def overview(paper: Paper) -> Chapter:
    """区域概况: townships, people, places, schools."""
    study = paper.base.study

    def blocks() -> Iterator[Block]:
        counts: list[tuple[Text, float, str]] = [
            (Text("townships", "乡镇（街道）"), len(study.townships), "study/townships"),
            (Text("villages and estates", "村（社区、小区）"), len(study.places), "study/places"),
        ]
        for frame, file in ((study.townships, "study/townships"), (study.places, "study/places")):
            if "population" in frame and frame["population"].notna().all() and len(frame):
                counts.append(
                    (Text("population", "人口"), float(frame["population"].sum()), f"{file}: sum of population")
                )
                break
        rows = [[str(words), paper.number(value, "count", source)] for words, value, source in counts]
        for stage in paper.base.assignments:
            word = stage_word(stage)
            rows.append(
                [
                    str(Text(f"{word}: schools open", f"{word}在办学校")),
                    paper.figures.score(paper.base, "schools", stage, paper.before()),
                ]
            )
            rows.append(
                [
                    str(Text(f"{word}: children", f"{word}适龄儿童")),
                    paper.figures.score(paper.base, "pupils", stage, paper.before()),
                ]
            )
        yield Grid(
            [str(Text("item", "项目")), str(Text("number", "数量"))],
            rows,
            (1,),
            str(Text("Source: study/, base/scorecard.csv", "来源：study/，base/scorecard.csv")),
            (9.0, 5.0),
        )

    return chapter("overview", Text("The county", "区域概况"), blocks(), Text("", ""))


def problems(paper: Paper) -> Chapter:
    """教育现状与问题: what breaks the rules today, by rule."""
    base = paper.base
    lang_found = told_of(base)

    def blocks() -> Iterator[Block]:
        found = lang_found.findings[language()]
        if not len(found):
            yield Sentence(str(Text("No breach of the rules was found today.", "现状未发现不符合规定之处。")))
        else:
            yield _findings(paper, found, f"{paper.before()}findings.csv")
        silent = lang_found.unchecked[language()]
        if len(silent):
            missing = dict.fromkeys(plain(m) for m in silent["missing"] if m)
            told = "；".join(missing) if language() == "zh" else "; ".join(missing)
            yield Sentence(str(Text(f"Not checked for want of data: {told}.", f"因缺少数据未检查：{told}。")), "source")
        for stage in [s for s in ("primary", "junior") if s in base.assignments][:1]:
            if len(charts.day_ways(base, stage)[0]):
                draw = on(charts.plot_minutes, base.with_(base=None), stage)
                yield Picture(
                    draw,
                    str(Text(f"Ways to school today, {stage_word(stage)}", f"{stage_word(stage)}上学单程时间（现状）")),
                )

    return chapter("problems", Text("Schools today, and what is wrong", "教育现状与问题"), blocks(), Text("", ""))


def _findings(paper: Paper, found: pd.DataFrame, file: str) -> Grid:
    """Count the findings by rule, breaches first; what varies from school to school stands in the run folder."""
    terms = {rule: paper.plan.rules.term(rule) for rule in found["rule"].unique()}
    words = [
        what if terms[rule] is None else str(terms[rule])
        for rule, what in zip(found["rule"], found["what"], strict=True)
    ]
    told = found.assign(what=words)
    grouped = told.groupby(["stage", "rule", "severity"], sort=False)
    table = grouped.agg(
        what=("what", "first"), source=("source", "first"), cases=("id", "size"), added=("pupils", "sum")
    )
    table = table.join(pupils_by(told, ["stage", "rule", "severity"])).reset_index()
    table = table.sort_values("severity", key=lambda s: s.map({"breach": 0, "advice": 1}), kind="stable")
    rows = []
    for row in table.to_dict("records"):
        at = f"{file}[rule={row['rule']}, stage={row['stage']}, severity={row['severity']}]"
        rows.append(
            [
                stage_word(row["stage"]),
                plain(row["what"]),
                str(SEVERITY.get(row["severity"], row["severity"])),
                paper.number(row["cases"], "count", f"{at}: rows"),
                paper.number(
                    row["pupils"],
                    "count",
                    f"{at}: {'sum of pupils' if row['added'] == row['pupils'] else 'pupils, each once'}",
                ),
                plain(row["source"]),
            ]
        )
    heads = (
        Text("stage", "学段"),
        Text("finding", "问题"),
        Text("severity", "性质"),
        Text("cases", "处"),
        Text("pupils", "涉及学生"),
        Text("by", "依据"),
    )
    return Grid([str(h) for h in heads], rows, (3, 4), str(Text(f"Source: {file}", f"来源：{file}")))


def coming(paper: Paper) -> Chapter:
    """学龄人口预测: children to come, by the three courses of births."""
    title = Text("Children to come", "学龄人口预测")
    forecast = paper.papers.forecast
    if forecast is None:
        return chapter("forecast", title, (), annex_county.NO_FORECAST)

    def blocks() -> Iterator[Block]:
        totals = {variant: forecast.totals(variant) for variant in ("low", "middle", "high")}
        stages = [s for s in paper.papers.stages if s in totals["middle"]]
        heads = [str(Text("autumn", "秋季")), *(stage_word(s) for s in stages)]
        rows = [
            [
                paper.number(year, "year", "forecast: year"),
                *(
                    paper.number(
                        totals["middle"].at[year, s],
                        "count",
                        f"forecast.csv[variant=middle, year={year}, stage={s}]: sum of pupils",
                    )
                    for s in stages
                ),
            ]
            for year in totals["middle"].index
        ]
        yield Sentence(str(Text("Middle course of births:", "中方案：")))
        yield Grid(
            heads,
            rows,
            range(1, len(heads)),
            str(Text("Source: lp.forecast, middle course", "来源：lp.forecast 中方案")),
        )
        for note in forecast.notes:
            yield Sentence(f"· {note}", "source")
        for stage in stages:
            seats = paper.plan.study.seats(stage, class_limit(paper.plan.rules, stage)).reindex(
                paper.plan.study.offering(stage)
            )
            draw = on(charts.plot_forecast, forecast, stage, seats=float(seats.sum()))
            yield Picture(
                draw,
                str(
                    Text(
                        f"{stage_word(stage)}: children to come, and the plan's seats",
                        f"{stage_word(stage)}学龄人口预测与规划学位",
                    )
                ),
                (16.0, 6.5),
            )

    return chapter("forecast", title, blocks(), annex_county.NO_FORECAST)


def supply(paper: Paper) -> Chapter:
    """学位供需缺口: seats of the county by stage, and the townships that lack most."""
    annex = annex_county.seats(paper.papers)

    def blocks() -> Iterator[Block]:
        first = paper.measures(("pupils", "seats", "load", "over_full_schools", "over_full_pupils"))
        if first is not None:
            yield first
        gap = annex.table.columns[4]
        lacking = annex.table.loc[annex.table[gap] < 0].sort_values(gap, kind="stable")
        if len(lacking):
            count = paper.number(len(lacking), "count", "annex seats: rows with a gap below 0")
            yield Sentence(
                str(
                    Text(
                        f"Townships with fewer seats than children, by stage: {count}; those that lack most:",
                        f"学位少于本地适龄儿童的乡镇（分学段计）{count} 处，缺口最大者：",
                    )
                )
            )
            yield from paper.annex(renamed(annex, lacking), most=15)

    return chapter(
        "seats", Text("Children and seats", "学位供需缺口"), blocks(), Text("no seats are known", "学位未知")
    )


def principles(paper: Paper) -> Chapter:
    """布局原则与标准: the rules the plan was judged by, each with its source."""
    rows = []
    marks = {
        "verified": Text("seen", "已核"),
        "partial": Text("in part", "部分核对"),
        "memory": Text("from memory", "待核"),
        "user": Text("set here", "本地设定"),
    }
    for rule in paper.plan.rules.rules:
        if rule.stage is not None and rule.stage not in paper.papers.stages:
            continue
        term = paper.plan.rules.term(rule.name)
        words = rule.name if term is None else str(term)
        value = f"{rule.value.value:g}"
        paper.figures.rows.append((value, float(rule.value.value), "plain", f"provenance.json: rules[{rule.name}]"))
        stage = stage_word(rule.stage) if rule.stage else str(Text("all", "全部"))
        rows.append(
            [
                words,
                stage,
                value,
                said(rule.value.unit, UNITS),
                said(rule.value.source, SOURCES),
                str(marks[rule.value.mark]),
            ]
        )
    heads = (
        Text("a breach is", "不合规定的情形"),
        Text("stage", "学段"),
        Text("limit", "限值"),
        Text("unit", "单位"),
        Text("source", "依据"),
        Text("mark", "核对"),
    )
    grid = Grid(
        [str(h) for h in heads], rows, (2,), str(Text("Source: provenance.json, rules", "来源：provenance.json 规则"))
    )
    return chapter(
        "principles",
        Text("Principles and standards", "布局原则与标准"),
        [grid] if rows else [],
        Text("no rules were given", "未设定规则"),
    )


def indicators(paper: Paper) -> Chapter:
    """优质均衡: the seven indicators, and the difference coefficients."""
    annex = annex_county.balance(paper.papers)
    title = Text("Quality and balance", "优质均衡指标")
    if annex.empty:
        return chapter("indicators", title, (), annex.missing)

    def blocks() -> Iterator[Block]:
        stages = [s for s in ("primary", "junior") if s in paper.papers.stages]
        differences = tuple(
            m for m in dict.fromkeys(paper.plan.scorecard.table["measure"]) if str(m).startswith("difference_")
        )
        grid = paper.measures(differences, stages)
        if grid is not None:
            yield grid
        yield from paper.annex(annex, range(1, len(annex.fields)), most=200)
        for stage in stages:
            if stage in paper.plan.districtings:
                yield Picture(
                    on(charts.plot_balance, paper.plan, stage),
                    str(
                        Text(f"Balance inside the districts, {stage_word(stage)}", f"{stage_word(stage)}管理学区内均衡")
                    ),
                    (16.0, 9.0),
                )
            if "teachers" in paper.plan.study.offers and np.isfinite(paper.plan.study.offers["teachers"]).any():
                yield Picture(
                    on(charts.plot_lorenz, paper.plan, stage),
                    str(Text(f"Teachers, {stage_word(stage)}", f"{stage_word(stage)}专任教师分布")),
                    (11.0, 8.0),
                )

    return chapter("indicators", title, blocks(), annex.missing)


def left_over(paper: Paper) -> Grid | None:
    """Name the places whose children have no school, and why; None where there is none."""
    mine = without_school(paper.plan)
    sums = (
        mine.groupby(["stage", "place_id", "reason"], sort=False)["pupils"]
        .sum()
        .sort_values(ascending=False, kind="stable")
    )
    if not len(sums):
        return None
    rows = [
        [
            stage_word(str(stage)),
            paper.papers.place(str(place)),
            plain(REASONS.get(str(reason), reason)),
            paper.number(pupils, "count", f"unplaced.csv[stage={stage}, place_id={place}]: sum of pupils"),
        ]
        for (stage, place, reason), pupils in sums.head(12).items()
    ]
    more = len(sums) - len(rows)
    if more:
        rest = paper.number(float(sums.iloc[len(rows) :].sum()), "count", "unplaced.csv: the other rows")
        count = paper.number(more, "count", "unplaced.csv: rows not shown")
        rows.append(["", str(Text(f"other places ({count})", f"其余 {count} 处")), "", rest])
    heads = (Text("stage", "学段"), Text("place", "居住点"), Text("reason", "原因"), Text("children", "人数"))
    return Grid([str(h) for h in heads], rows, (3,), str(Text("Source: unplaced.csv", "来源：unplaced.csv")))
