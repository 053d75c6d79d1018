"""Annexes about the county: children to come, seats, districts, zones, teachers, balance, procedure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.cohorts.births import VARIANT_NAMES
from layout_planner.measures.bounds import SIDES, describe_bounds
from layout_planner.measures.districts import difference_inside
from layout_planner.measures.indicators import COMPULSORY, plan_indicators, school_verdicts, spread_table
from layout_planner.measures.intake import warn_seats
from layout_planner.measures.mergers import ending_schools
from layout_planner.papers.annex import Annex, Field, Papers, make, once
from layout_planner.papers.annex_schools import CODE, SCHOOL, STAGE, TOWN, code_of
from layout_planner.papers.words import SUBJECTS, WARNINGS, grade_word, listed, said, stage_word
from layout_planner.plan import draw_zones, list_places
from layout_planner.plan.zones import SHARED, zoned_stages
from layout_planner.policy import STEPS, procedure_clock
from layout_planner.study.indicators import INDICATORS

NO_FORECAST = Text(
    "no forecast was made (give births and run forecast)", "未作人口预测（需出生人口数据并运行 forecast）"
)


@once
def forecast_rows(papers: Papers) -> Annex:
    """人口预测: children by township and autumn, grade by grade."""
    fields: dict[str, Field] = {
        "town": TOWN,
        "year": Field(Text("autumn", "年份（秋季）"), "year"),
        "births": Field(Text("births that year", "出生"), "count"),
    }
    rows: list[dict[str, object]] = []
    if papers.forecast is not None:
        table = papers.forecast.table
        grades = sorted(int(grade) for grade in table["grade"].unique())
        for grade in grades:
            word = grade_word(grade)
            fields[f"g{grade}"] = Field(
                Text(
                    f"grade {word}" if grade >= 1 else f"kindergarten {grade + 3}",
                    word if grade < 1 else f"{word} 年级",
                ),
                "count",
            )
        births = papers.forecast.base.births
        known = (
            births.groupby(["township_id", "year"])["count"].sum()
            if len(births) and births["variant"].nunique() <= 1
            else pd.Series(dtype=float)
        )
        wide = table.pivot_table(
            index=["variant", "township_id", "year"], columns="grade", values="pupils", aggfunc="sum"
        )
        wide = wide.loc[[v for v in ("middle", "low", "high") if v in wide.index.get_level_values(0)]]
        for (variant, town, year), row in wide.iterrows():
            rows.append(
                {
                    "town": papers.township(town),
                    "year": year,
                    "births": known.get((town, year), np.nan),
                    **{f"g{grade}": row[grade] for grade in grades},
                    "sum": row.sum(),
                    "variant": VARIANT_NAMES[variant],
                }
            )
    fields["sum"] = Field(Text("children", "在校生（适龄）"), "count")
    fields["variant"] = Field(Text("course", "方案"), "text", tuple(VARIANT_NAMES.values()))
    source = Text("lp.forecast: cohorts from births", "lp.forecast：由出生人口逐年推算")
    return make("forecast", Text("Children to come", "人口预测表"), fields, rows, source, NO_FORECAST)


@once
def seats(papers: Papers) -> Annex:
    """学位供需: children against seats, township by township, after the plan."""
    table = papers.plan.scorecard.table
    mine = table.loc[(table["scope"] == "township") & table["measure"].isin(["pupils", "seats", "roll"])]
    rows = []
    for stage in papers.stages:
        wide = mine.loc[mine["stage"] == stage].pivot(index="id", columns="measure", values="value")
        for town, row in wide.reindex(columns=["pupils", "seats", "roll"]).iterrows():
            offered = row["seats"]
            rows.append(
                {
                    "town": papers.township(town),
                    "stage": stage_word(stage),
                    "pupils": row["pupils"],
                    "seats": offered,
                    "gap": offered - row["pupils"],
                    "roll": row["roll"],
                    "use": 100 * row["pupils"] / offered if offered and offered > 0 else np.nan,
                }
            )
    fields = {
        "town": Field(Text("area (township)", "片区（乡镇）")),
        "stage": STAGE,
        "pupils": Field(Text("children (need)", "需求（适龄儿童）"), "count"),
        "seats": Field(Text("seats (supply)", "供给（学位）"), "count"),
        "gap": Field(Text("seats to spare", "余缺"), "count"),
        "use": Field(Text("children for 100 seats", "利用率（%）"), "percent"),
        "roll": Field(Text("pupils at its schools", "区内学校在校生"), "count"),
    }
    source = Text(
        "scorecard.csv, scope township; blank seats: no school of the stage there, or one whose seats are not known",
        "scorecard.csv（乡镇范围）；学位空白：当地无该学段学校，或有学校学位未知",
    )
    return make("seats", Text("Children and seats", "学位供需表"), fields, rows, source)


@once
def districts(papers: Papers) -> Annex:
    """学区: management districts with lead, members and difference coefficient."""
    rows = []
    for stage, found in papers.plan.districtings.items():
        inside = (
            difference_inside(papers.plan, stage, found.school_district) if stage in papers.stages else pd.DataFrame()
        )
        names = found.units["name"] if "name" in found.units else pd.Series(found.units.index, found.units.index)
        for district in found.districts:
            lead = str(found.lead_of.get(district, ""))
            members = [str(s) for s in found.school_district.index[found.school_district == district] if s != lead]
            spread = inside.loc[district].dropna() if district in inside.index else pd.Series(dtype=float)
            row = found.table.loc[district]
            rows.append(
                {
                    "district": district,
                    "stage": stage_word(stage),
                    "lead": papers.school(lead),
                    "count": row["schools"],
                    "members": listed(papers.school(s) for s in members),
                    "units": listed(str(names[u]) for u in found.members(district)),
                    "population": row.get("population", np.nan),
                    "pupils": row["pupils"],
                    "difference": spread.mean() if len(spread) else np.nan,
                    "worst": spread.max() if len(spread) else np.nan,
                }
            )
    fields = {
        "district": Field(Text("district", "学区"), "code"),
        "stage": STAGE,
        "lead": Field(Text("lead school", "学区长校")),
        "count": Field(Text("schools", "学校数"), "count"),
        "members": Field(Text("member schools", "成员校")),
        "units": Field(Text("townships", "乡镇")),
        "population": Field(Text("population", "人口"), "count"),
        "pupils": Field(Text("pupils", "学生"), "count"),
        "difference": Field(Text("difference coefficient, mean", "差异系数（各指标平均）"), "ratio"),
        "worst": Field(Text("difference coefficient, largest", "差异系数（最大）"), "ratio"),
    }
    source = Text("districting.csv", "districting.csv")
    missing = Text("no districts were drawn (run partition)", "未划分管理学区（请运行 partition）")
    return make("districts", Text("Management districts", "学区表"), fields, rows, source, missing)


@once
def catchments(papers: Papers) -> Annex:
    """划片: zone by zone its places, bounds, children, seats and warning."""
    rows = []
    for stage in zoned_stages(papers.plan):
        zones = draw_zones(papers.plan, stage)
        bounds = describe_bounds(papers.plan.study, zones)
        members = list_places(papers.plan, stage).groupby("school_id")["place"].agg(list)
        warned = _warnings(papers, stage)
        for zone, row in zones.iterrows():
            sides = [
                f"{side}{bounds.at[zone, name]}"
                for side, name in zip(_SIDES(), SIDES, strict=True)
                if bounds.at[zone, name]
            ]
            rows.append(
                {
                    "code": listed(code_of(papers, s) for s in str(zone).split(SHARED)),
                    "school": row["name"],
                    "stage": stage_word(stage),
                    "count": row["places"],
                    "places": listed(str(p) for p in members.get(zone, [])),
                    "bounds": listed(sides, "; ", "；"),
                    "pupils": row["pupils"],
                    "seats": row["seats"],
                    "parts": row["parts"],
                    "apart": row["apart"],
                    "warning": warned.get(str(zone), ""),
                }
            )
    fields = {
        "code": CODE,
        "school": SCHOOL,
        "stage": STAGE,
        "count": Field(Text("places", "村/小区数"), "count"),
        "places": Field(Text("villages and estates", "小区/村")),
        "bounds": Field(Text("bounds", "四至")),
        "pupils": Field(Text("children", "适龄数"), "count"),
        "seats": Field(Text("seats", "学位"), "count"),
        "parts": Field(Text("parts", "片数"), "count"),
        "apart": Field(Text("apart", "飞地")),
        "warning": Field(Text("seat warning", "学位预警"), "text", tuple(WARNINGS.values())),
    }
    source = Text("zones of the plan; bounds from roads, rivers, townships", "方案片区；四至取自道路、河流、乡镇界")
    missing = Text("no stage with catchments", "没有划片入学的学段")
    return make("catchments", Text("Catchments", "划片表"), fields, rows, source, missing)


def _SIDES() -> list[str]:
    return [
        str(Text(f"{en}: ", f"{zh}至")) for en, zh in (("east", "东"), ("south", "南"), ("west", "西"), ("north", "北"))
    ]


def _warnings(papers: Papers, stage: str) -> dict[str, str]:
    """Give the first warning of each school: colour and autumn."""
    if papers.forecast is None:
        return {}
    years = min(6, papers.forecast.to - papers.forecast.base.year)
    table = warn_seats(papers.plan, papers.forecast, stage, years=years)
    first = table.loc[table["level"] != ""].drop_duplicates("school_id")
    return {str(r["school_id"]): f"{WARNINGS[r['level']]} {r['year']}" for r in first.to_dict("records")}


@once
def teachers(papers: Papers) -> Annex:
    """教师: posts and who fills them, by school and subject."""
    rows = []
    if papers.plan.staffing is not None:
        rows = [
            {
                **row,
                "code": code_of(papers, row["school_id"]),
                "school": row["name"],
                "stage": stage_word(row["stage"]),
                "subject": said(row["subject"], SUBJECTS),
            }
            for row in papers.plan.staffing.table.to_dict("records")
        ]
    counts = {
        "posts": Text("posts", "编制"),
        "before": Text("teachers now", "现有"),
        "followed": Text("came with pupils", "随生调入"),
        "surplus": Text("above (+) or short of (−) the posts", "超（+）缺（−）编"),
        "own": Text("own school", "本校聘任"),
        "cross": Text("cross-school", "跨校竞聘"),
        "adjusted": Text("allocated", "组织调剂"),
        "exchanged": Text("exchanged", "交流"),
        "other_subject": Text("teach another subject", "跨学科任教"),
        "after": Text("teachers after", "调整后"),
        "vacant": Text("vacant", "空编"),
        "waiting": Text("without a post", "待岗"),
    }
    fields = {
        "code": CODE,
        "school": SCHOOL,
        "stage": STAGE,
        "subject": Field(Text("subject", "学科")),
        **{name: Field(words, "count") for name, words in counts.items()},
    }
    missing = Text("posts were not worked out (run staff)", "未推算教师配置（请运行 staff）")
    return make("teachers", Text("Teachers", "教师配置表"), fields, rows, Text("staffing.csv", "staffing.csv"), missing)


@once
def balance(papers: Papers) -> Annex:
    """均衡: seven indicators school by school, how many are met; the difference coefficients in a row of their own."""
    rows: list[dict[str, object]] = []
    yes, no = str(Text("yes", "是")), str(Text("no", "否"))
    for stage in (s for s in papers.stages if s in COMPULSORY):
        table = plan_indicators(papers.plan, stage)
        if table.empty or not table["value"].notna().any():
            continue
        verdicts = school_verdicts(table, papers.plan.rules).set_index("school_id")
        wide = table.pivot(index="school_id", columns="indicator", values="value")
        for school in dict.fromkeys(table["school_id"]):
            row: dict[str, object] = {
                "code": code_of(papers, school),
                "school": papers.school(school),
                "stage": stage_word(stage),
                **wide.loc[school].to_dict(),
            }
            if school in verdicts.index:
                its = verdicts.loc[school]
                met = its["met"] if its["known"] else np.nan  # nothing known is not nothing met
                row |= {"met": met, "passes": "" if pd.isna(its["passes"]) else yes if its["passes"] else no}
            rows.append(row)
        spread = spread_table(table, papers.plan.rules).set_index("indicator")["difference"]
        rows.append(
            {
                "code": "",
                "school": str(Text("difference coefficient", "差异系数")),
                "stage": stage_word(stage),
                **spread.to_dict(),
            }
        )
    fields = {
        "code": CODE,
        "school": SCHOOL,
        "stage": STAGE,
        **{name: Field(words, "ratio") for name, words in INDICATORS.items()},
        "met": Field(Text("met", "达标数"), "count"),
        "passes": Field(Text("passes", "是否合格"), "text", (Text("yes", "是"), Text("no", "否"))),
    }
    source = Text(
        "教督〔2017〕6号, per pupil or per 100 pupils; closed schools' teachers and equipment follow the pupils",
        "教督〔2017〕6号，生均或每百名学生；撤并校师资设备随学生",
    )
    missing = Text("the schools' resources were not given", "学校表缺少七项资源指标")
    return make("balance", Text("Balance", "优质均衡表"), fields, rows, source, missing)


@once
def procedure(papers: Papers) -> Annex:
    """程序台账: the steps of each closure that are done, and the next one. Dates not reached yet are left blank."""
    rows: list[dict[str, object]] = []
    closing = sorted({school for stage in papers.stages for school in ending_schools(papers.plan, stage)})
    study = papers.base.study
    records = study.extra.get("procedure")
    held = records.set_index("school_id") if records is not None and len(records) else pd.DataFrame()
    clock = procedure_clock(study, papers.plan.rules, closing)
    words = dict(zip(STEPS, (Text(*each) for each in _STEPS), strict=True))
    for school in closing:
        row: dict[str, object] = {"code": code_of(papers, school), "school": papers.school(school)}
        if school in held.index:
            row |= held.loc[school].to_dict()
        step = str(clock.at[school, "next"])
        rows.append({**row, "next": words[step] if step in words else str(Text("all done", "已完成"))})
    fields = {
        "code": CODE,
        "school": SCHOOL,
        "argument": Field(Text("expert argument", "论证")),
        "risk": Field(Text("risk assessment", "风险评估")),
        "hearing": Field(Text("hearing", "听证")),
        "hearing_attended": Field(Text("attended", "听证参加"), "count"),
        "hearing_for": Field(Text("for", "听证赞成"), "count"),
        "hearing_against": Field(Text("against", "听证反对"), "count"),
        "notice_start": Field(Text("notice from", "公示起")),
        "notice_end": Field(Text("notice to", "公示止")),
        "legality": Field(Text("legality review", "合法性审查")),
        "decision": Field(Text("decision", "集体决定")),
        "approval": Field(Text("approval", "批文")),
        "next": Field(Text("next step", "下一步")),
    }
    source = Text("table procedure of the study; blank: not done yet", "本县程序台账；空白：尚未办理")
    return make(
        "procedure",
        Text("Procedure", "程序台账"),
        fields,
        rows,
        source,
        Text("the plan closes no school", "本方案不撤并学校"),
    )


_STEPS = (
    ("expert argument", "专家论证"),
    ("risk assessment", "风险评估"),
    ("hearing", "听证"),
    ("public notice", "公示"),
    ("legality review", "合法性审查"),
    ("collective decision", "集体决定"),
    ("approval above", "上级审批"),
)
