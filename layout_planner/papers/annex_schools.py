"""Annexes about schools: what stands today, what becomes of each, who goes where, what is built, what is left over."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.measures.load import class_table, school_table
from layout_planner.measures.mergers import ending_schools, ledger
from layout_planner.measures.pricing import investment_by_school
from layout_planner.papers.annex import Annex, Field, Papers, make, once
from layout_planner.papers.words import SITES, STATES, grade_word, listed, stage_word
from layout_planner.plan import Plan
from layout_planner.scenario import in_force
from layout_planner.scenario.edit import Edit
from layout_planner.scenario.edits import EDITS

CODE, SCHOOL = Field(Text("school code", "学校标识码"), "code"), Field(Text("school", "学校名称"))
TOWN, STAGE = Field(Text("township", "乡镇")), Field(Text("stage", "学段"))
KEPT = Text("keep", "保留")
FUNDS = tuple(
    Text(*each)
    for each in (
        ("central", "中央"),
        ("provincial", "省级"),
        ("city", "市级"),
        ("county", "县级"),
        ("bonds", "专项债"),
        ("other", "其他"),
    )
)
REMEDIES = tuple(
    Text(*each)
    for each in (
        ("split the class", "分班"),
        ("enlarge the school", "扩建"),
        ("send on", "统筹分流"),
        ("no new pupils from elsewhere", "控制转入"),
    )
)
TENURES = tuple(
    Text(*each) for each in (("state", "国有"), ("collective", "集体"), ("private", "私有"), ("rented", "租赁"))
)
TENURE = {text.en: text for text in TENURES} | {"village collective": TENURES[1]}
USES = tuple(
    Text(*each)
    for each in (
        ("kindergarten", "改办幼儿园"),
        ("teaching point", "保留教学点"),
        ("campus", "分校区"),
        ("study base", "研学实践基地"),
        ("kept in reserve", "保留备用"),
        ("handed back", "移交乡镇（村）"),
        ("closed", "关闭"),
    )
)


def code_of(papers: Papers, school: str) -> str:
    """Give the state's code of a school where it was returned, else its id here."""
    for study in (papers.plan.study, papers.base.study):
        if "code" in study.schools and school in study.schools.index:
            code = study.schools.at[school, "code"]
            if pd.notna(code) and str(code).strip():
                return str(code)
    return school


@once
def current(papers: Papers) -> Annex:
    """现状一览: what stands today."""
    study = papers.base.study
    rows = []
    for stage in papers.base.assignments:
        table = school_table(papers.base, stage)
        offers = study.offers.xs(stage, level="stage")
        for school, its in table.iterrows():
            said = offers.loc[school] if school in offers.index else pd.Series(dtype=object)
            rows.append(
                {
                    "code": code_of(papers, str(school)),
                    "school": papers.school(str(school)),
                    "town": papers.township_of(str(school)),
                    "stage": stage_word(stage),
                    "classes": its["classes"],
                    "roll": its["roll"],
                    "seats": its["seats"],
                    **{name: said.get(name) for name in ("boarders", "staff", "site_area", "floor_area")},
                }
            )
    fields = {
        "code": CODE,
        "school": SCHOOL,
        "town": TOWN,
        "stage": STAGE,
        "classes": Field(Text("classes", "班数"), "count"),
        "roll": Field(Text("pupils", "在校生"), "count"),
        "boarders": Field(Text("boarders", "寄宿生"), "count"),
        "staff": Field(Text("staff", "教职工"), "count"),
        "site_area": Field(Text("site (m²)", "占地（㎡）"), "count"),
        "floor_area": Field(Text("floor (m²)", "校舍（㎡）"), "count"),
        "seats": Field(Text("seats", "学位"), "count"),
    }
    source = Text("returns of the schools; rolls: base/assignment.csv", "学校上报数据；在校生见 base/assignment.csv")
    return make("current", Text("Schools today", "现状一览表"), fields, rows, source)


def edits_of(papers: Papers, school: str, stage: str) -> list[Edit]:
    """Give the edits of a plan that are about a school and concern a stage."""
    year = papers.plan.provenance.get("options", {}).get("year")
    found = in_force(papers.plan.scenario, None if year is None else int(year))
    return [edit for edit in found if edit.subject == school and edit.concerns(stage)]


@once
def adjustments(papers: Papers) -> Annex:
    """逐校调整: what becomes of each school."""
    rows: list[dict[str, object]] = []
    for stage in papers.stages if papers.plan.base is not None else []:
        before = school_table(papers.base, stage) if stage in papers.base.assignments else pd.DataFrame()
        after = school_table(papers.plan, stage)
        for school in [*before.index, *(s for s in after.index if s not in before.index)]:
            edits = edits_of(papers, str(school), stage)
            state = str(STATES["open"]) if school in before.index else "—"
            words = [str(edit.label) for edit in edits]
            ended = school not in after.index
            into = [papers.school(edit.receiver) for edit in edits if edit.receiver]
            years = [edit.year for edit in edits if edit.year is not None]
            rows.append(
                {
                    "code": code_of(papers, str(school)),
                    "school": papers.school(str(school)),
                    "town": papers.township_of(str(school)),
                    "stage": stage_word(stage),
                    "state": state,
                    "roll_before": before["roll"].get(school) if len(before) else np.nan,
                    "seats_before": before["seats"].get(school) if len(before) else np.nan,
                    "do": listed(words) or (str(STATES["closed"]) if ended else str(KEPT)),
                    "into": listed(into),
                    "classes": after["classes"].get(school),
                    "roll": after["roll"].get(school),
                    "seats": after["seats"].get(school),
                    "year": min(years) if years else np.nan,
                    "reason": listed((edit.reason for edit in edits if edit.reason), "; ", "；"),
                }
            )
    # Kinds that are about a school; several of one school stand in one cell, which the drop-down allows all the same.
    choices = (KEPT, *(edit.label for edit in EDITS if edit.label.zh != KEPT.zh))
    fields = {
        "code": CODE,
        "school": SCHOOL,
        "town": TOWN,
        "stage": STAGE,
        "state": Field(Text("today", "现状")),
        "roll_before": Field(Text("pupils today", "现在校生"), "count"),
        "seats_before": Field(Text("seats today", "现有学位"), "count"),
        "do": Field(Text("what is done", "方式"), "text", choices),
        "into": Field(Text("merged into", "并入校")),
        "classes": Field(Text("classes planned", "规划班数"), "count"),
        "roll": Field(Text("pupils planned", "规划在校生"), "count"),
        "seats": Field(Text("seats planned", "规划学位"), "count"),
        "year": Field(Text("year", "年份"), "year"),
        "reason": Field(Text("reason", "理由")),
    }
    source = Text("scenario in provenance.json; schools.csv", "provenance.json 中的方案；schools.csv")
    missing = Text("this is today: nothing is changed", "本结果为现状，未作调整")
    return make("schools", Text("School by school", "逐校调整表"), fields, rows, source, missing)


@once
def mergers(papers: Papers) -> Annex:
    """撤并明细: who goes where, by which way."""
    table = ledger(papers.plan)
    rows = [
        {
            **{
                name: row[name]
                for name in (
                    "pupils",
                    "minutes_before",
                    "minutes_after",
                    "longest_after",
                    "metres_before",
                    "metres_after",
                    "day",
                    "board",
                    "bus",
                    "teachers",
                )
            },
            "code": code_of(papers, row["from_school"]),
            "school": row["from_name"],
            "stage": stage_word(row["stage"]),
            "site": SITES.get(row["site"], row["site"]),
            "to_code": code_of(papers, row["to_school"]) if row["to_school"] else "",
            "to": row["to_name"] or str(Text("NO SCHOOL", "无学可上")),
        }
        for row in table.to_dict("records")
    ]
    fields = {
        "code": Field(Text("code of the school that ends", "撤并校标识码"), "code"),
        "school": Field(Text("school that ends", "撤并校")),
        "stage": STAGE,
        "site": Field(Text("site becomes", "原校址"), "text", tuple(SITES.values())),
        "to_code": Field(Text("code of the receiving school", "接收校标识码"), "code"),
        "to": Field(Text("its pupils go to", "学生去向")),
        "pupils": Field(Text("pupils", "人数"), "count"),
        "minutes_before": Field(Text("way before (min)", "原单程（分钟）"), "minutes"),
        "minutes_after": Field(Text("way after (min)", "新单程（分钟）"), "minutes"),
        "longest_after": Field(Text("longest way after (min)", "新单程最远（分钟）"), "minutes"),
        "metres_before": Field(Text("way before (m)", "原路程（米）"), "metres"),
        "metres_after": Field(Text("way after (m)", "新路程（米）"), "metres"),
        "day": Field(Text("by day", "走读"), "count"),
        "board": Field(Text("boarding", "寄宿"), "count"),
        "bus": Field(Text("by bus", "校车"), "count"),
        "teachers": Field(Text("teachers who follow", "随学生调动教师"), "ratio"),
    }
    fields["teachers"] = Field(fields["teachers"].words, "minutes")  # tenths: teachers follow in proportion
    source = Text("assignment.csv against base/assignment.csv", "assignment.csv 与 base/assignment.csv 对照")
    missing = Text("the plan closes no school", "本方案不撤并学校")
    return make("mergers", Text("Mergers", "撤并明细表"), fields, rows, source, missing)


@once
def projects(papers: Papers) -> Annex:
    """项目表: what is built; sources of the money are the bureau's to fill in."""
    rows = []
    for stage in papers.stages if papers.plan.base is not None else []:
        after, before = school_table(papers.plan, stage)["seats"], papers.base.study.seats(stage)
        for school, yuan in investment_by_school(papers.plan, stage).items():
            edits = [edit for edit in edits_of(papers, str(school), stage) if edit.builds]
            years = [edit.year for edit in edits if edit.year is not None]
            offers = papers.plan.study.offers
            area = offers["site_area"].get((school, stage)) if "site_area" in offers else np.nan
            rows.append(
                {
                    "school": papers.school(str(school)),
                    "code": code_of(papers, str(school)),
                    "stage": stage_word(stage),
                    "kind": listed(dict.fromkeys(str(edit.label) for edit in edits)) or _use(papers, str(school)),
                    "site_area": area,
                    "seats": after.get(school, np.nan) - before.get(school, 0.0),
                    "yuan": yuan,
                    "start": min(years) if years else np.nan,
                }
            )
    fields = {
        "school": Field(Text("project", "项目（学校）")),
        "code": CODE,
        "stage": STAGE,
        "kind": Field(Text("kind", "性质"), "text", tuple(edit.label for edit in EDITS if edit.builds)),
        "seats": Field(Text("seats added", "规模（新增学位）"), "count"),
        "site_area": Field(Text("site (m²)", "用地（㎡）"), "count"),
        "yuan": Field(Text("investment (yuan)", "投资（元）"), "yuan"),
        "funds": Field(Text("source of the money", "资金来源"), "text", FUNDS),
        "start": Field(Text("in use from", "启用年份"), "year"),
        "from": Field(Text("begins", "开工")),
        "to": Field(Text("ends", "竣工")),
    }
    source = Text(
        "seats of the plan against today × the price of a seat, or what the site costs (prices: Money)",
        "规划学位与现状之差×每学位造价，或场址所列造价（单价见 Money）",
    )
    missing = Text("the plan builds nothing", "本方案无建设项目")
    return make("projects", Text("Projects", "项目表"), fields, rows, source, missing)


def _use(papers: Papers, school: str) -> str:
    """Say what a school's site becomes for this stage by the end of another: a kindergarten in a closed primary."""
    found = [edit.becomes for edit in papers.plan.scenario.edits if edit.subject == school and edit.becomes is not None]
    return str(SITES.get(found[-1], found[-1])) if found else ""


def _large(plan: Plan, stage: str) -> list[dict[str, object]]:
    """List the large classes of a stage: those of the register, and of schools without one how many and the largest."""
    limit = plan.rules.value("large_class", stage, default=56.0) or 56.0
    table, register = class_table(plan, stage), plan.study.classes
    rows: list[dict[str, object]] = []
    if len(register):
        mine, grades = set(plan.study.offering(stage)), set(plan.study.grades(stage))
        size = register["pupils"].astype(float)
        known = register.loc[register["school_id"].isin(mine) & register["grade"].isin(grades) & (size >= limit)]
        rows += [
            {"school_id": r["school_id"], "grade": r["grade"], "no": r["class_no"], "pupils": r["pupils"]}
            for r in known.to_dict("records")
        ]
        table = table.loc[table["known"] != "register"]
    rows += [
        {
            "school_id": r["school_id"],
            "grade": r["grade"],
            "no": str(Text(f"{r['large']:.0f} in all", f"共 {r['large']:.0f} 个班")),
            "pupils": r["largest"],
        }
        for r in table.loc[table["large"] > 0].to_dict("records")
    ]
    return [{**row, "stage": stage, "limit": limit} for row in rows]


@once
def large_classes(papers: Papers) -> Annex:
    """大班额台账: the large classes of today, class by class where a register was given."""
    rows = [row for stage in papers.base.assignments for row in _large(papers.base, stage)]
    for row in rows:
        school = str(row["school_id"])
        row |= {
            "code": code_of(papers, school),
            "school": papers.school(school),
            "stage": stage_word(str(row["stage"])),
            "grade": grade_word(int(str(row["grade"]))),
        }
    fields = {
        "code": CODE,
        "school": SCHOOL,
        "stage": STAGE,
        "grade": Field(Text("grade", "年级")),
        "no": Field(Text("class", "班")),
        "pupils": Field(Text("pupils (of the largest)", "人数（最大班）"), "count"),
        "limit": Field(Text("large from", "大班额标准"), "count"),
        "remedy": Field(Text("remedy", "措施"), "text", REMEDIES),
        "done": Field(Text("struck off on", "销号日")),
    }
    source = Text("register of classes, or returned and formed classes", "班级台账，或上报、推算的班级")
    return make(
        "large_classes",
        Text("Large classes", "大班额台账"),
        fields,
        rows,
        source,
        Text("no large class today", "现状无大班额"),
    )


@once
def assets(papers: Papers) -> Annex:
    """资产处置: the buildings the plan empties, kindergartens first."""
    rows = []
    for stage in papers.stages:
        offers = papers.base.study.offers
        for school in ending_schools(papers.plan, stage):
            ends = [edit for edit in edits_of(papers, school, stage) if edit.becomes is not None]
            becomes = ends[-1].becomes if ends else "closed"
            tenure = papers.base.study.schools["tenure"].get(school) if "tenure" in papers.base.study.schools else None
            rows.append(
                {
                    "code": code_of(papers, school),
                    "school": papers.school(school),
                    "town": papers.township_of(school),
                    "stage": stage_word(stage),
                    "tenure": TENURE.get(str(tenure), tenure),
                    **{
                        name: offers[name].get((school, stage))
                        for name in ("floor_area", "site_area")
                        if name in offers
                    },
                    "use": SITES.get(str(becomes), becomes) if becomes != "closed" else "",
                    "order": becomes != "kindergarten",
                }
            )
    rows.sort(key=lambda row: bool(row["order"]))
    fields = {
        "code": CODE,
        "school": Field(Text("building", "校舍（学校）")),
        "town": TOWN,
        "stage": STAGE,
        "tenure": Field(Text("tenure", "权属"), "text", TENURES),
        "floor_area": Field(Text("floor (m²)", "面积（㎡）"), "count"),
        "site_area": Field(Text("site (m²)", "占地（㎡）"), "count"),
        "use": Field(Text("use (kindergarten first)", "去向（幼儿园优先）"), "text", USES),
    }
    source = Text("scenario in provenance.json; table of schools", "provenance.json 中的方案；学校表")
    return make(
        "assets",
        Text("Buildings left over", "资产处置表"),
        fields,
        rows,
        source,
        Text("the plan empties no building", "本方案不腾空校舍"),
    )
