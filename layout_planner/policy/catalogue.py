"""What rules can limit: every rule name the checks know, in words, with its unit and its sense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from layout_planner.base.messages import Text
from layout_planner.study.indicators import INDICATORS


@dataclass(frozen=True)
class Term:
    """One thing a rule may limit.

    Parameters
    ----------
    text
        What is told of a case that breaks it.
    unit
        Of the value.
    sense
        "max" or "min": on which side the value lies.
    """

    text: Text
    unit: str = "pupils"
    sense: Literal["max", "min"] = "max"

    def __str__(self) -> str:
        return str(self.text)


UNIT_WORDS: dict[str, Text] = {
    unit: Text(unit, zh)
    for unit, zh in {
        "1": "", "pupils": "人", "minutes": "分钟", "m": "米", "grade": "年级", "classes": "班", "beds": "张",
        "years": "年", "schools": "所", "days": "天", "pupils per post": "人/编", "posts per class": "编/班",
        "people": "人", "pupils per staff": "人/教职工", "teachers per class": "人/班", "carers per class": "人/班",
        "teachers and carers per class": "人/班", "homes": "户", "working days": "个工作日",
        "pupils per teacher": "人/专任教师", "indicators": "项", "seats per 1000 people": "座/千人",
        "m² per pupil": "平方米/生", "yuan per pupil": "元/生", "per 100 pupils": "每百名学生", "per pupil": "每生",
    }.items()
}  # fmt: skip
"""Unit → its name."""

AREA_WORDS = {"urban": Text("urban", "城区"), "town": Text("town", "镇区"), "rural": Text("rural", "乡村")}
"""Area a rule holds for → its name."""


def _term(en: str, zh: str, unit: str = "pupils", sense: Literal["max", "min"] = "max") -> Term:
    return Term(Text(en, zh), unit, sense)


TERMS: dict[str, Term] = {
    # the way to school
    "reach_minutes": _term("way to school longer than the limit", "上学路程超限", "minutes"),
    "reach_metres": _term("way to school longer than the limit", "上学路程超限", "m"),
    "service_radius": _term("outside the service radius", "超出服务半径", "m"),
    "boarding_from_grade": _term("boards in too low a grade", "低年级学生寄宿", "grade", "min"),
    "bused_children": _term("fetched by school bus as a rule", "日常由校车接送"),
    # size
    "school_size": _term("school larger than the limit", "学校规模超限"),
    "school_size_nine_year": _term("all-through school larger than the limit", "一贯制学校规模超限"),
    "school_classes": _term("more classes than the limit", "班数超限", "classes"),
    "school_classes_nine_year": _term("all-through school with too many classes", "一贯制学校班数超限", "classes"),
    "school_classes_least": _term("fewer classes than the smallest size", "班数低于最小标准规模", "classes", "min"),
    "incomplete_primary_classes": _term("incomplete primary school of more classes", "非完全小学班数超限", "classes"),
    "least_roll": _term("roll below the least", "学校规模低于下限", "pupils", "min"),
    "funding_floor_roll": _term("few pupils: funded as if more", "规模较小学校（公用经费按下限核定）", "pupils", "min"),
    "class_size": _term("classes above the limit", "班额超标"),
    "class_size_incomplete_primary": _term("classes above the limit (incomplete primary)", "非完全小学班额超标"),
    "class_size_mixed": _term("classes of mixed ages above the limit", "混合班班额超标"),
    "large_class": _term("large classes", "大班额"),
    "super_large_class": _term("super-large classes", "超大班额"),
    # closures
    "no_closure_majority_against": _term("closed against the majority of the hearing", "听证会多数反对仍撤并", "1"),
    "no_closure_parents_against": _term("closed against the majority of the parents", "多数家长反对仍撤并", "1"),
    "no_closure_way_unsafe": _term("closed; the new way is unsafe or too long", "撤并后途中不安全或路途过远"),
    "no_closure_beds_short": _term("receiving school short of beds or canteen", "并入学校住宿、用餐条件不足", "beds"),
    "no_closure_over_size": _term("receiving school larger than the limit", "并入后学校规模超限"),
    "no_closure_large_class": _term("receiving school with large classes", "并入后出现大班额", "classes"),
    "built_before_closed": _term("closed before the receiving school is built", "先撤后建", "years"),
    "junior_per_township": _term("township without a junior school", "乡镇没有初中", "schools", "min"),
    "small_school_kept": _term("small rural school closed", "撤并乡村小规模学校", "pupils", "min"),
    "kindergarten_kept": _term("rural kindergarten closed", "撤并乡村幼儿园", "schools"),
    "kindergarten_end_reported": _term(
        "kindergarten ended without report, notice or places", "终止办园未报告、公告或安置"
    ),
    "plan_filed": _term("closed before the layout plan is filed", "布局规划未备案即撤并", "1", "min"),
    "closure_approved": _term("closed without approval above", "未经上级批准即撤并", "1", "min"),
    # what is planned
    "public_not_private": _term("public kindergarten made private", "公办幼儿园转为民办"),
    "cross_stage_use": _term("built while rooms of another stage fall empty", "他学段校舍空出仍新建", "schools"),
    "no_new_rural_kindergarten": _term("new rural kindergarten", "农村新建幼儿园", "schools"),
    "estate_kindergarten": _term("estate kindergarten neither public nor inclusive", "配套幼儿园未移交、非普惠"),
    "estate_homes": _term("estate without the school of its size", "居住区未按规模配建学校", "homes"),
    "estate_people": _term("estate without the school of its size", "居住区未按规模配建学校", "people"),
    "kindergarten_plan": _term("no layout plan of kindergartens", "没有幼儿园布局规划", "1", "min"),
    "seat_warning": _term("no forecast and warning of seats", "没有学位预测预警", "1", "min"),
    "special_school": _term("county without a special school", "县内没有特殊教育学校", "people"),
    # procedure
    "procedure_argument_days": _term("expert argument", "专家论证", "days", "min"),
    "procedure_risk_days": _term("stability risk assessment", "社会稳定风险评估", "days", "min"),
    "procedure_hearing_days": _term("hearing", "听证", "days", "min"),
    "procedure_notice_days": _term("public notice", "公示", "days", "min"),
    "procedure_legality_days": _term("legality review", "合法性审查", "days", "min"),
    "procedure_decision_days": _term("collective decision", "集体决定", "days", "min"),
    "procedure_approval_days": _term("approval above", "上级审批", "days", "min"),
    # staff
    "pupils_per_post": _term("fewer staff than the posts for its pupils", "教职工低于编制标准", "pupils per post"),
    "posts_per_class": _term("small school with fewer staff a class", "小规模学校班师比不足", "posts per class", "min"),
    "small_school_roll": _term("small school", "小规模学校", "pupils", "min"),
    "pupils_per_staff": _term("too many children a member of staff", "教职工与幼儿比不足", "pupils per staff"),
    "pupils_per_staff_least": _term("more staff than the standard", "教职工超过标准", "pupils per staff", "min"),
    "teachers_per_class": _term("too few teachers a class", "每班专任教师不足", "teachers per class", "min"),
    "carers_per_class": _term("too few carers a class", "每班保育员不足", "carers per class", "min"),
    "adults_per_class": _term(
        "too few teachers and carers a class", "每班专任教师与保育员合计不足", "teachers and carers per class", "min"
    ),
    "pupils_per_teacher": _term("too many children a teacher", "专任教师与幼儿比不足", "pupils per teacher"),
    "exchange_share": _term("too few teachers exchanged", "教师交流轮岗比例不足", "1", "min"),
    "exchange_backbone_share": _term("too few backbone teachers exchanged", "骨干教师交流轮岗比例不足", "1", "min"),
    # balance
    "indicators_met": _term("fewer indicators met than asked for", "资源配置达标项数不足", "indicators", "min"),
    "indicator_rest_share": _term("the other indicator too far below", "余项低于标准的规定比例", "1", "min"),
    "difference_coefficient": _term("spread between schools", "校际差异系数超限", "1"),
    "difference_coefficient_mean": _term("mean spread between schools", "校际差异系数均值超限", "1"),
    "teaching_point_left_out_below": _term("teaching point left out", "教学点不计入", "pupils", "min"),
    "split_weight": _term("weight of a pupil of the stage", "学段折算权重", "1", "min"),
    "split_weight_complete_middle": _term("weight of a pupil of the stage", "学段折算权重", "1", "min"),
    # shares of the county
    "catchment_admission_share": _term("admitted from outside the catchment", "划片就近入学比例不足", "1", "min"),
    "migrants_public_share": _term("migrant children outside public schools", "随迁子女公办就读比例不足", "1", "min"),
    "disabled_enrolment": _term("disabled children without a place", "残疾儿童入学率不足", "1", "min"),
    "retention_three_year": _term("retention over three years", "三年巩固率不足", "1", "min"),
    "gross_enrolment": _term("gross enrolment too low", "毛入园率不足", "1", "min"),
    "inclusive_coverage": _term("too few children in inclusive kindergartens", "普惠性幼儿园覆盖率不足", "1", "min"),
    "public_share": _term("too few children in public kindergartens", "公办园在园幼儿占比不足", "1", "min"),
    "public_share_target": _term("public kindergartens short of the target", "公办园占比未达目标", "1", "min"),
    "disabled_enrolment_target": _term(
        "enrolment of the disabled short of the target", "残疾儿童入学率未达目标", "1", "min"
    ),
    "rural_public_share": _term("rural kindergartens not mainly public", "农村学前教育未以公办为主", "1", "min"),
    "public_kindergarten_per_township": _term(
        "township without a public kindergarten", "乡镇没有公办幼儿园", "schools", "min"
    ),
    "class_size_share": _term("too few classes within the limit", "班额达标比例不足", "1", "min"),
    "seats_per_1000": _term("too few seats for the people", "千人学位数不足", "seats per 1000 people", "min"),
    "seats_per_1000_most": _term("more seats for the people than usual", "千人学位数偏多", "seats per 1000 people"),
    "people_per_school_least": _term("too few people a school", "每校服务人口过少", "people", "min"),
    "people_per_school": _term("too many people a school", "每校服务人口过多", "people"),
    # limits on building
    "site_area_per_pupil": _term("site too small for its pupils", "生均用地不足", "m² per pupil", "min"),
    "floor_area_per_pupil": _term("buildings too small for its pupils", "生均校舍不足", "m² per pupil", "min"),
    "group_burden": _term("a group bears more than its share", "特定群体负担偏重", "1"),
}  # fmt: skip
"""Rule name → what it limits. `least_roll`, `site_area_per_pupil`, `floor_area_per_pupil` and `group_burden` stand in
no national profile; they are for profiles of the user's own."""

for _mode, _way in (("walk", Text("on foot", "步行")), ("bike", Text("by bike", "骑行")),
                    ("ebike", Text("by electric bicycle", "电动自行车")),
                    ("drive", Text("by car", "乘车")), ("bus", Text("by bus", "校车"))):  # fmt: skip
    for _unit in ("minutes", "metres"):
        TERMS[f"reach_{_unit}_{_mode}"] = _term(
            f"way {_way.en} longer than the limit", f"{_way.zh}路程超限", "minutes" if _unit == "minutes" else "m"
        )

PER_HUNDRED = "per 100 pupils"

for _name, _text in INDICATORS.items():
    _unit = PER_HUNDRED if _name.startswith(("teachers", "network")) else "per pupil"
    TERMS[f"indicator_{_name}"] = Term(_text, _unit, "min")
