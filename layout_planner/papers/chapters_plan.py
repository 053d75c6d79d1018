"""Chapters about the plan: stages, zones, schools, years, teachers, carriage, money, risks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text, language
from layout_planner.live.judged import told_of
from layout_planner.measures.effects import merger_effects
from layout_planner.measures.money import Money
from layout_planner.measures.pricing import investment, yearly_cost
from layout_planner.papers import annex_county, annex_schools, charts
from layout_planner.papers.annex import renamed
from layout_planner.papers.blocks import Block, Chapter, Grid, Heading, Picture, Sentence
from layout_planner.papers.chapters_county import KEY, _findings
from layout_planner.papers.moves import main_moves
from layout_planner.papers.paper import MOST_ROWS, Paper, chapter, on
from layout_planner.papers.timetable import timetable
from layout_planner.papers.words import SUBJECTS, plain, said, stage_word
from layout_planner.plan import Plan
from layout_planner.plan.phasing import Phasing
from layout_planner.scenario.edits import LABELS

TODAY_ONLY = Text("this is today: nothing is planned", "本结果为现状，没有规划方案")

MORE = (
    *KEY,
    "pupils",
    "outside",
    "boarders",
    "seats",
    "classes",
    "class_size",
    "largest_class",
    "super_large_classes",
    "share_moved",
    "minutes_median",
    "minutes_max",
    "metres_mean",
)


def stages(paper: Paper) -> Chapter:
    """学段布局: every stage, before and after, with the ways and how full the schools are."""

    def blocks() -> Iterator[Block]:
        for stage in paper.papers.stages:
            grid = paper.measures(MORE, [stage])
            if grid is None:
                continue
            yield Heading(stage_word(stage))
            yield grid
            front = paper.papers.frontier
            if front is not None and front.stage == stage and len(front.points) > 1:
                told = Text(f"Cost by number of schools, {stage_word(stage)}", f"{stage_word(stage)}学校数与费用")
                yield Picture(on(charts.plot_tradeoff, front), str(told), (16.0, 7.5))
            if len(charts.day_ways(paper.plan, stage)[0]):
                yield Picture(
                    on(charts.plot_minutes, paper.plan, stage),
                    str(
                        Text(
                            f"Ways to school before and after, {stage_word(stage)}",
                            f"{stage_word(stage)}上学单程时间前后对比",
                        )
                    ),
                    (16.0, 7.0),
                )
            table = paper.plan.scorecard.table
            full = table.loc[
                (table["stage"] == stage)
                & (table["measure"] == "load")
                & (table["scope"] == "school")
                & table["value"].notna()
            ]
            if len(full):
                yield Picture(
                    on(charts.plot_load, paper.plan, stage),
                    str(Text(f"Use of seats by school, {stage_word(stage)}", f"{stage_word(stage)}各校学位使用率")),
                    (16.0, _bars_high(len(full))),
                )

    return chapter(
        "stages", Text("The stages", "学段布局"), blocks(), Text("the plan covers no stage", "方案未覆盖任何学段")
    )


def _bars_high(bars: int) -> float:
    """Give the height of a chart of bars, in centimetres: each that is named has a line of its own."""
    return max(8.5, 3.0 + 0.4 * bars) if bars <= charts.MOST_BARS else 8.5


def zones(paper: Paper) -> Chapter:
    """学区与划片: management districts and catchments."""
    districts, catchments = annex_county.districts(paper.papers), annex_county.catchments(paper.papers)

    def blocks() -> Iterator[Block]:
        if not districts.empty:
            yield Heading(str(districts.title))
            yield from paper.annex(districts, (0, 1, 2, 3, 5, 6, 7, 8))
        if not catchments.empty:
            yield Heading(str(catchments.title))
            yield from paper.annex(catchments, (1, 2, 3, 5, 6, 7, 10), most=25)

    missing = Text("no districts were drawn, and no stage admits by catchment", "未划分学区，也没有划片入学的学段")
    return chapter("zones", Text("Districts and catchments", "学区与划片"), blocks(), missing)


def schools(paper: Paper) -> Chapter:
    """逐校方案: what becomes of each school that changes; the kept ones are counted."""
    annex = annex_schools.adjustments(paper.papers)
    if annex.empty:
        return chapter("schools", Text("School by school", "逐校方案"), (), TODAY_ONLY)

    def blocks() -> Iterator[Block]:
        do = annex.table.columns[7]
        kept = annex.table[do] == str(annex_schools.KEPT)
        count = paper.number(int(kept.sum()), "count", "annex schools: rows kept as they are")
        changed = annex.table.loc[~kept]
        n = paper.number(len(changed), "count", "annex schools: rows that change")
        yield Sentence(
            str(
                Text(
                    f"Schools that change (by stage): {n}; kept as they are: {count}.",
                    f"调整 {n} 所（分学段计），保留不变 {count} 所。",
                )
            )
        )
        if len(changed):
            yield from paper.annex(renamed(annex, changed), (1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13), most=200)

    return chapter("schools", Text("School by school", "逐校方案"), blocks(), TODAY_ONLY)


def years(paper: Paper) -> Chapter:
    """分期实施: what happens in which autumn."""
    given = paper.papers.phasing
    table = timetable(given if isinstance(given, Phasing) else paper.plan)
    missing = Text("no edit has a year (run phase)", "方案未写明年份（请运行 phase）")

    def blocks() -> Iterator[Block]:
        if table.empty:
            return
        kinds = [do for do in LABELS if do in set(table["do"])]
        counts = table.groupby(["year", "do"]).size().unstack(fill_value=0)
        heads = [str(Text("autumn", "秋季")), *(str(LABELS[do]) for do in kinds)]
        phased = isinstance(given, Phasing)
        if phased:
            heads.append(str(Text("pupils who move with it, by the forecast", "随之转学学生（按预测）")))
            # A year's cost is not known where one of its is not; without any known year there is no such column.
            costs = table.groupby("year")["cost"].sum(skipna=False)
            priced = bool(costs.notna().any())
            heads += [str(Text("10,000 yuan", "万元"))] if priced else []
        source = "phasing.csv" if phased else "provenance.json: scenario"
        by = table.groupby("year")
        rows = []
        for year in counts.index:
            row = [
                paper.number(year, "year", f"{source}: year"),
                *(paper.number(counts.at[year, do], "count", f"{source}[year={year}, do={do}]: rows") for do in kinds),
            ]
            if phased:
                row.append(
                    paper.number(float(by["pupils"].sum()[year]), "count", f"{source}[year={year}]: sum of pupils")
                )
            if phased and priced:
                row.append(paper.number(float(costs[year]), "yuan", f"{source}[year={year}]: sum of cost"))
            rows.append(row)
        yield Grid(heads, rows, range(1, len(heads)), str(Text(f"Source: {source}", f"来源：{source}")))
        high = 3.0 + 0.45 * min(len(table), charts.MOST_BARS) if len(table) <= charts.MOST_BARS else 7.0
        yield Picture(
            on(charts.plot_phasing, given if phased else paper.plan),
            str(Text("What happens in which autumn", "分年度实施")),
            (16.0, min(high, 20.0)),
        )
        for note in given.notes if isinstance(given, Phasing) else ():
            yield Sentence(f"· {note}", "source")

    return chapter("years", Text("Year by year", "分期实施"), blocks(), missing)


def staff(paper: Paper) -> Chapter:
    """教师配置: posts and teachers by stage, and by subject what is short."""
    staffing = paper.plan.staffing
    title = Text("Teachers", "教师配置")
    if staffing is None:
        return chapter(
            "staff", title, (), Text("posts were not worked out (run staff)", "未推算教师配置（请运行 staff）")
        )

    def blocks() -> Iterator[Block]:
        names = {
            "pupils": Text("pupils", "学生"),
            "classes": Text("classes", "班数"),
            "posts": Text("posts", "编制"),
            "reserved": Text("reserved", "预留"),
            "teachers": Text("teachers now", "现有教师"),
            "surplus": Text("above the posts", "超（+）缺（−）编"),
        }
        rows = []
        for row in staffing.levels.to_dict("records"):
            cells = [
                paper.number(
                    row[name], "count", f"staffing/levels.csv[stage={row['stage']}].{name}", sign=name == "surplus"
                )
                for name in names
            ]
            rows.append([stage_word(row["stage"]), *cells, plain(row["source"])])
        heads = [str(Text("stage", "学段")), *(str(w) for w in names.values()), str(Text("by", "依据"))]
        yield Grid(heads, rows, range(1, 7), str(Text("Source: staffing/", "来源：staffing/")))
        by = staffing.by_subject().reset_index()
        parts = {
            "posts": Text("posts", "编制"),
            "before": Text("now", "现有"),
            "cross": Text("cross-school", "跨校竞聘"),
            "adjusted": Text("allocated", "组织调剂"),
            "other_subject": Text("teach another subject", "跨学科任教"),
            "vacant": Text("vacant", "空编"),
            "waiting": Text("without a post", "待岗"),
        }
        rows = [
            [
                stage_word(row["stage"]),
                said(row["subject"], SUBJECTS),
                *(
                    paper.number(
                        row[name],
                        "count",
                        f"staffing.csv[stage={row['stage']}, subject={row['subject']}]: sum of {name}",
                    )
                    for name in parts
                ),
            ]
            for row in by.to_dict("records")
        ]
        heads = [str(Text("stage", "学段")), str(Text("subject", "学科")), *(str(w) for w in parts.values())]
        yield Grid(heads, rows, range(2, 9), str(Text("Source: staffing.csv", "来源：staffing.csv")))
        for note in staffing.notes:
            yield Sentence(f"· {note}", "source")

    return chapter("staff", title, blocks(), Text("", ""))


def carriage(paper: Paper) -> Chapter:
    """寄宿与交通: how pupils come, before and after, and whose way becomes longer."""

    def blocks() -> Iterator[Block]:
        rows = []
        for stage in paper.papers.stages:
            for how, words in (
                ("day", Text("by day", "走读")),
                ("board", Text("boarding", "寄宿")),
                ("lodge", Text("lodging near it", "陪读")),
                ("bus", Text("school bus", "校车")),
            ):
                counts = [_by(one, stage, how) for one in (paper.base, paper.plan)]
                if not any(counts):
                    continue
                at = f"assignment.csv[stage={stage}, how={how}]: sum of pupils"
                cells = [paper.number(counts[0], "count", paper.before() + at)]
                if paper.compared:
                    cells.append(paper.number(counts[1], "count", at))
                rows.append([stage_word(stage), str(words), *cells])
        heads = [Text("stage", "学段"), Text("how they come", "到校方式"), Text("today", "现状"), Text("plan", "规划")]
        if rows:
            yield Grid(
                [str(h) for h in heads[: len(rows[0])]],
                rows,
                range(2, 4),
                str(Text("Source: assignment.csv", "来源：assignment.csv")),
            )
        mergers = annex_schools.mergers(paper.papers)
        if not mergers.empty:
            yield Heading(str(mergers.title))
            if len(mergers.table) <= MOST_ROWS:
                yield from paper.annex(mergers, (1, 2, 3, 5, 6, 7, 8, 9, 12, 13, 14))
            else:
                yield main_moves(paper, mergers)

    return chapter(
        "carriage", Text("Boarding and ways", "寄宿与交通"), blocks(), Text("nobody goes anywhere", "没有学生流向")
    )


def _by(plan: Plan, stage: str, how: str) -> float:
    """Count the pupils of a stage who come in one way."""
    if stage not in plan.assignments:
        return 0.0
    flows = plan.assignments[stage].flows
    return float(flows.loc[flows["how"] == how, "pupils"].sum())


YEARLY_PARTS = {
    "running": Text("running cost that ends with schools", "随学校撤并停支的运行费"),
    "floor": Text("small schools funded as if larger", "小规模学校按基准人数拨付的差额"),
    "travel": Text("families' time on the way (priced)", "学生路途时间折算"),
}
"""What of the yearly cost is set out."""


def _cost_items(paper: Paper, stage: str) -> Iterator[tuple[str, str]]:
    """Name what a stage costs once and a year, with its figure."""
    now, then = yearly_cost(paper.base, stage), yearly_cost(paper.plan, stage)
    once = paper.number(investment(paper.plan, stage), "yuan", f"measures.pricing.investment[stage={stage}]")
    yield str(Text("building, once", "建设投资（一次性）")), once
    for name, words in YEARLY_PARTS.items():
        change = float(then[name] - now[name])
        known = name != "running" or "running_cost" in paper.plan.study.offers
        if known and np.isfinite(change):
            source = f"measures.pricing.yearly_cost[stage={stage}].{name}, less base"
            item = Text(f"{words.en}, change a year", f"{words.zh}（每年增减）")
            yield str(item), paper.number(change, "yuan", source, sign=True)


def money(paper: Paper) -> Chapter:
    """经费与资产处置: what it costs once and a year, what is built, what is left over."""
    title = Text("Money and buildings", "经费与资产处置")
    projects, assets = annex_schools.projects(paper.papers), annex_schools.assets(paper.papers)
    if not paper.compared:
        return chapter("money", title, (), TODAY_ONLY)

    def blocks() -> Iterator[Block]:
        rows = []
        for stage in paper.papers.stages:
            if stage not in paper.base.assignments:
                continue
            rows += [[stage_word(stage), *cell] for cell in _cost_items(paper, stage) if cell[1] != "0"]
        heads = (Text("stage", "学段"), Text("item", "项目"), Text("10,000 yuan", "万元"))
        if rows:
            yield Grid(
                [str(h) for h in heads],
                rows,
                (2,),
                str(
                    Text(
                        "Source: measures.pricing, of the flows of both plans; prices below",
                        "来源：measures.pricing，按两方案学生流向计算；单价见下",
                    )
                ),
                (2.6, 10.0, 4.0),
            )
            yield Sentence(_prices(paper), "source")
        for annex, columns in ((projects, (0, 2, 3, 4, 5, 6, 8)), (assets, (1, 2, 3, 4, 5, 6, 7))):
            if not annex.empty:
                yield Heading(str(annex.title))
                yield from paper.annex(annex, columns)

    return chapter("money", title, blocks(), TODAY_ONLY)


def _prices(paper: Paper) -> str:
    """State the prices that the figures above were reckoned with."""
    money = Money()
    names = ("minute", "ways", "overhead", "school", "floor_pupils", "floor", "seat")
    each: dict[str, str] = {}
    for name in names:
        value = getattr(money, name).value * (100 if name == "overhead" else 1)
        each[name] = f"{value:,.10g}"
        paper.figures.rows.append((each[name], float(value), "plain", f"measures.money.Money().{name}"))
    return str(
        Text(
            f"Reckoned with: a child's minute on the way {each['minute']} yuan, {each['ways']} ways a year (boarders "
            f"once a week); {each['overhead']} % of a school's running cost ends with it, {each['school']} yuan where "
            f"it is not known; schools under {each['floor_pupils']} pupils funded as if they had so many, "
            f"{each['floor']} yuan each; a seat {each['seat']} yuan. Assumed where no document says; what follows the "
            "pupils is the same in both plans and left out.",
            f"单价：路途每分钟 {each['minute']} 元，每年 {each['ways']} 个单程（寄宿生每周一次）；学校运行费的"
            f" {each['overhead']}% 随学校撤销而停支，运行费不明的按 {each['school']} 元；不足 {each['floor_pupils']} 人"
            f"按 {each['floor_pupils']} 人拨付，每人 {each['floor']} 元；每学位建设 {each['seat']} 元。无文件依据的为"
            "假定；随学生走的经费两方案相同，未列入。",
        )
    )


def sites(paper: Paper) -> Chapter:
    """场址: what is built where, on which land, and which buildings fall free."""
    projects, assets = annex_schools.projects(paper.papers), annex_schools.assets(paper.papers)
    title = Text("Sites", "学校用地")

    def blocks() -> Iterator[Block]:
        if not paper.compared:
            return
        for annex in (projects, assets):
            if not annex.empty:
                yield Heading(str(annex.title))
                yield from paper.annex(annex, most=200)
        points = paper.plan.study.schools.geometry.to_crs("EPSG:4490")
        opened = [s for s in paper.plan.study.schools.index if s not in paper.base.study.schools.index]
        rows = [
            [
                paper.papers.school(s),
                paper.papers.township_of(s),
                _degrees(paper, points[s].x, s, "lon"),
                _degrees(paper, points[s].y, s, "lat"),
            ]
            for s in opened
        ]
        if rows:
            heads = (
                Text("new school", "新建学校"),
                Text("township", "乡镇"),
                Text("longitude", "经度"),
                Text("latitude", "纬度"),
            )
            yield Grid(
                [str(h) for h in heads],
                rows,
                (2, 3),
                str(Text("CGCS2000 (EPSG:4490), of study/", "CGCS2000（EPSG:4490），来源：study/")),
            )

    return chapter(
        "sites", title, blocks(), Text("the plan builds nothing and empties nothing", "本方案无建设、无腾退")
    )


def _degrees(paper: Paper, value: float, school: str, axis: str) -> str:
    text = f"{value:.6f}"
    paper.figures.rows.append((text, float(value), "plain", f"study/schools[{school}].{axis}"))
    return text


def risks(paper: Paper) -> Chapter:
    """风险评估、听证、公示: what the plan breaks, who is hit, which steps are still to be done."""
    title = Text("Risks, hearings, notices", "风险评估、听证与公示")
    if not paper.compared:
        return chapter("risks", title, (), TODAY_ONLY)

    def blocks() -> Iterator[Block]:
        found = told_of(paper.plan).findings[language()]
        if len(found):
            yield Heading(str(Text("What the plan breaks", "方案不合规定之处")))
            yield _findings(paper, found, "findings.csv")
        else:
            yield Sentence(str(Text("The plan breaks no rule that was checked.", "方案未触犯已检查的规则。")))
        effects = merger_effects(paper.plan)
        hit = effects.loc[effects["effect"] == "township_within_reach"] if len(effects) else pd.DataFrame()
        hit = hit.loc[hit["before"].notna() | hit["after"].notna()] if len(hit) else hit
        if len(hit):
            rows = [
                [
                    stage_word(r["stage"]),
                    plain(r["name"]),
                    paper.number(r["before"], "percent", f"measures.merger_effects[{r['id']}].before"),
                    paper.number(r["after"], "percent", f"measures.merger_effects[{r['id']}].after"),
                ]
                for r in hit.head(40).to_dict("records")
            ]
            heads = (
                Text("stage", "学段"),
                Text("township", "乡镇"),
                Text("within the limits today (%)", "现状：路程不超规定（%）"),
                Text("in the plan (%)", "规划：路程不超规定（%）"),
            )
            yield Grid(
                [str(h) for h in heads],
                rows,
                (2, 3),
                str(Text("Source: measures.merger_effects", "来源：measures.merger_effects")),
            )
        steps = annex_county.procedure(paper.papers)
        if not steps.empty:
            yield Heading(str(steps.title))
            yield from paper.annex(steps, most=25)

    return chapter("risks", title, blocks(), TODAY_ONLY)


def assurance(paper: Paper) -> Chapter:
    """保障: the bureau's own words; no data speak of it."""
    missing = Text(
        "organisation and safeguards are the bureau's to write; no data speak of them",
        "组织领导与保障措施由教育局撰写，数据中没有依据",
    )
    return chapter("assurance", Text("Safeguards", "保障措施"), (), missing)
