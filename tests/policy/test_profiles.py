"""Every number of every profile against a table typed from the documents' facts, not from the profiles.

The facts are the audit of 2026: number, unit, severity, mark, where it holds, what it is held against. A profile with
another of these, with one rule more or one fewer, fails.
"""

from __future__ import annotations

import pytest

from layout_planner.base.messages import using_language
from layout_planner.policy import STEPS, TERMS, Rules, profile_names, read_profile, rules_table
from layout_planner.policy.rule import MUST, SHOULD

Row = tuple[str, str, str, str, float, str, str, str, str]

HUNDRED, EACH = "per 100 pupils", "m² per pupil"
TOWNS, COUNTRY = "urban+town", "town+rural"
K, P, J, S = "kindergarten", "primary", "junior", "senior"

# Seven indicators: primary, junior, unit (教督〔2017〕6号).
SEVEN = {
    "teachers_above_degree": (4.2, 5.3, HUNDRED),
    "teachers_backbone": (1, 1, HUNDRED),
    "teachers_arts": (0.9, 0.9, HUNDRED),
    "area_teaching": (4.5, 5.8, EACH),
    "area_sports": (7.5, 10.2, EACH),
    "equipment_value": (2000, 2500, "yuan per pupil"),
    "network_rooms": (2.3, 2.4, HUNDRED),
}
NO_CLOSURE = {"majority_against": (0.5, "1"), "parents_against": (0.5, "1"), "way_unsafe": (0, "pupils"),
              "beds_short": (0, "beds"), "over_size": (0, "pupils"), "large_class": (0, "classes")}  # fmt: skip


def must(rule: str, stage: str, value: float, unit: str = "pupils", scope: str = "each", mark: str = "verified",
         grades: str = "", area: str = "") -> Row:  # fmt: skip
    return (rule, stage, grades, area, value, unit, "breach", mark, scope)


def should(rule: str, stage: str, value: float, unit: str = "pupils", scope: str = "each", mark: str = "verified",
           grades: str = "", area: str = "") -> Row:  # fmt: skip
    return (rule, stage, grades, area, value, unit, "advice", mark, scope)


TABLE: dict[str, tuple[str, list[Row]]] = {
    "cn-quality-balance": (
        "教督〔2017〕6号",
        [
            *(must(f"indicator_{name}", P, low, unit) for name, (low, _, unit) in SEVEN.items()),
            *(must(f"indicator_{name}", J, high, unit) for name, (_, high, unit) in SEVEN.items()),
            must("class_size", P, 45),
            must("class_size", J, 50),
            must("school_size", P, 2000),
            must("school_size", J, 2000),
            must("school_size_nine_year", "", 2500),
            must("indicators_met", "", 6, "indicators"),
            must("indicator_rest_share", "", 0.85, "1", mark="memory"),  # not met in any source
            must("difference_coefficient", P, 0.50, "1", "county"),
            must("difference_coefficient", J, 0.45, "1", "county"),
            must("teaching_point_left_out_below", "", 50, scope=""),
            should("funding_floor_roll", "", 100, scope=""),
            must("exchange_share", "", 0.10, "1", "county"),
            must("exchange_backbone_share", "", 0.20, "1", "county"),
            must("catchment_admission_share", P, 1.00, "1", "county", "partial", area=TOWNS),
            must("catchment_admission_share", J, 0.95, "1", "county", "partial", area=TOWNS),
            must("migrants_public_share", "", 0.85, "1", "county"),
            must("retention_three_year", J, 0.95, "1", "county"),
            must("disabled_enrolment", "", 0.95, "1", "county"),
            should("split_weight", J, 1.1, "1", "county"),
            should("split_weight", S, 1.32, "1", "county"),
            should("split_weight_complete_middle", S, 1.2, "1", "county"),
        ],
    ),
    "cn-basic-balance-2012": (
        "教督〔2012〕3号",
        [
            must("difference_coefficient_mean", P, 0.65, "1", "county", "memory"),
            must("difference_coefficient_mean", J, 0.55, "1", "county", "memory"),
        ],
    ),
    "cn-preschool-2020": (
        "教督〔2020〕1号",
        [
            must("gross_enrolment", K, 0.85, "1", "county"),
            must("inclusive_coverage", K, 0.80, "1", "county"),
            must("public_share", K, 0.50, "1", "county"),
            must("class_size_share", K, 0.85, "1", "county"),
            must("pupils_per_teacher", K, 15, "pupils per teacher", "county"),  # a quotient of the county
            *(should("class_size", K, n, grades=g) for g, n in (("k1", 25), ("k2", 30), ("k3", 35))),
            should("class_size_mixed", K, 30),
            should("school_size", K, 360),
            should("public_kindergarten_per_township", K, 1, "schools", area=COUNTRY),
        ],
    ),
    "cn-layout-2012": (
        "国办发〔2012〕48号",
        [
            *(must(f"no_closure_{name}", "", value, unit) for name, (value, unit) in NO_CLOSURE.items()),
            must("built_before_closed", "", 0, "years"),
            should("junior_per_township", J, 1, "schools", area=COUNTRY),
        ],
    ),
    "cn-small-schools-2018": (
        "国办发〔2018〕27号",
        [
            should("reach_minutes", P, 30, "minutes", grades="1-3", area="rural"),
            should("boarding_from_grade", P, 4, "grade", area="rural"),
            must("plan_filed", P, 1, "1", area="rural"),
            must("plan_filed", J, 1, "1", area="rural"),
        ],
    ),
    "cn-sichuan-2014": (
        "四川 2014",
        [
            must("reach_metres", P, 1500, "m", mark="partial", grades="1-4", area="rural"),
            must("reach_metres", P, 5000, "m", mark="partial", grades="5-6", area="rural"),
            should("junior_per_township", J, 1, "schools", mark="partial", area=COUNTRY),
        ],
    ),
    "cn-hebei": (
        "河北 2013",
        [
            should("service_radius", P, 2000, "m", mark="partial", area="rural"),  # a radius, not a way
            must("procedure_notice_days", "", 30, "days", "", "partial", area="rural"),
        ],
    ),
    "cn-gb50099-2011": (
        "GB 50099-2011",
        [
            must("class_size", P, 45, scope="design"),
            must("class_size_incomplete_primary", P, 30, scope="design"),
            must("class_size", J, 50, scope="design"),
            must("class_size", S, 50, scope="design"),
            should("service_radius", P, 500, "m", mark="partial", area=TOWNS),
            should("service_radius", J, 1000, "m", mark="partial", area=TOWNS),
        ],
    ),
    "cn-gb50180-2018": (
        "GB 50180-2018",
        [
            should("service_radius", stage, metres, "m", mark="partial", area=TOWNS)
            for stage, metres in ((K, 300), (P, 500), (J, 1000))
        ],
    ),
    "cn-shandong-2018": (
        "山东省政府办公厅 2018",
        [
            *(should("service_radius", stage, metres, "m", mark="partial", area=TOWNS)
              for stage, metres in ((K, 300), (P, 500), (J, 1000))),
            should("school_classes", K, 12, "classes", mark="partial", area=TOWNS),
            *(must("school_classes", stage, n, "classes", mark="partial", area=TOWNS)
              for stage, n in ((P, 36), (J, 36), (S, 60))),
            must("school_classes_nine_year", "", 45, "classes", mark="partial", area=TOWNS),
            must("class_size", K, 30, scope="mean", mark="partial", area=TOWNS),
            *(must("class_size", stage, n, mark="partial", area=TOWNS) for stage, n in ((P, 45), (J, 50), (S, 50))),
        ],
    ),
    "cn-rural-building-2008": (
        "建标109-2008",
        [
            should("class_size", P, 45, area="rural"),
            should("class_size", J, 50, area="rural"),
            should("class_size_incomplete_primary", P, 30, area="rural"),
            should("school_classes", P, 24, "classes", area="rural"),
            should("school_classes", J, 24, "classes", area="rural"),
            should("school_classes_least", P, 6, "classes", area="rural"),
            should("school_classes_least", J, 12, "classes", area="rural"),
            should("incomplete_primary_classes", P, 4, "classes", area="rural"),
        ],
    ),
    "cn-rural-building-2008-long": (
        "建标109-2008",
        [should("class_size", P, 40, area="rural"), should("class_size", J, 45, area="rural")],
    ),
    "cn-large-class": ("国发〔2016〕40号", [must("large_class", "", 56), must("super_large_class", "", 66)]),
    "cn-posts-2001": (
        "国办发〔2001〕74号",
        [
            should("pupils_per_post", stage, value, "pupils per post", area=area)
            for stage, values in ((S, (12.5, 13, 13.5)), (J, (13.5, 16, 18)), (P, (19, 21, 23)))
            for area, value in zip(("urban", "town", "rural"), values, strict=True)
        ],
    ),
    "cn-posts-2014": (
        "中央编办发〔2014〕72号",
        [
            *(must("pupils_per_post", stage, n, "pupils per post") for stage, n in ((S, 12.5), (J, 13.5), (P, 19))),
            should("small_school_roll", "", 200, scope="", mark="memory"),  # provincial, not national
            should("posts_per_class", "", 1.8, "posts per class", mark="memory"),
        ],
    ),
    "cn-kindergarten-staff-2013": (
        "教师〔2013〕1号",
        [
            must("pupils_per_staff", K, 7, "pupils per staff"),
            should("pupils_per_staff_least", K, 5, "pupils per staff"),
            must("teachers_per_class", K, 2, "teachers per class"),
            must("adults_per_class", K, 3, "teachers and carers per class"),  # 2 + 1, or 3 teachers
        ],
    ),
    "cn-local-planning": (
        "地方规划指标",
        [
            *(
                should(name, stage, value, "seats per 1000 people", "county", "memory")
                for stage, low, high in ((K, 30, 40), (P, 60, 80), (J, 30, 40))
                for name, value in (("seats_per_1000", low), ("seats_per_1000_most", high))
            ),
            *(
                should(name, stage, value, "people", "county", "partial", area="urban")
                for stage, low, high in ((P, 15_000, 20_000), (J, 20_000, 30_000))
                for name, value in (("people_per_school_least", low), ("people_per_school", high))
            ),
            should("school_classes_least", P, 24, "classes", mark="partial", area="urban"),
            should("school_classes_least", J, 18, "classes", mark="partial", area="urban"),
        ],
    ),
    "cn-major-decisions-2019": (
        "国务院令第713号",
        [
            should("procedure_notice_days", "", 30, "days", ""),
            should("procedure_hearing_days", "", 7, "days", ""),
            should("procedure_legality_days", "", 7, "working days", ""),
        ],
    ),
    "cn-no1-2026": (
        "中央一号文件（2026年2月3日）",
        [
            should("small_school_kept", P, 100, area="rural"),
            should("kindergarten_kept", K, 0, "schools", area="rural"),
        ],
    ),
    "cn-preschool-law-2025": (
        "中华人民共和国学前教育法",
        [
            must("kindergarten_end_reported", K, 0),
            must("kindergarten_plan", K, 1, "1", "county"),
            must("estate_kindergarten", K, 0, area=TOWNS),
            must("rural_public_share", K, 0.5, "1", "county", area="rural"),
            must("public_not_private", K, 0),
        ],
    ),
    "cn-expansion-2023": (
        "新时代基础教育扩优提质行动计划（2023年8月）",
        [
            should("public_share_target", K, 0.60, "1", "county"),
            should("disabled_enrolment_target", P, 0.97, "1", "county"),
            should("disabled_enrolment_target", J, 0.97, "1", "county"),
            should("special_school", "special", 200_000, "people", "county"),
        ],
    ),
    "cn-outline-2035": (
        "教育强国建设规划纲要（2024—2035年）",
        [
            *(should("seat_warning", stage, 1, "1", "county") for stage in (K, P, J, S)),
            *(should("cross_stage_use", stage, 0, "schools") for stage in (K, P, J, S)),
            should("special_school", "special", 200_000, "people", "county"),
        ],
    ),
    "cn-county-senior-2025": (
        "县域普通高中振兴行动计划，2025年9月26日",
        [should("seat_warning", S, 1, "1", "county")],
    ),
    "cn-shaanxi-2019": (
        "陕西省中小学幼儿园布局办法（2019年12月1日起）",
        [
            must("closure_approved", "", 1, "1"),
            must("estate_homes", K, 1_500, "homes"),
            must("estate_homes", P, 3_000, "homes"),
            must("estate_people", J, 30_000, "people"),
            must("estate_people", S, 100_000, "people"),
        ],
    ),
    "cn-hunan-2023": (
        "湖南省通知，2023年11月",
        [should("no_new_rural_kindergarten", K, 0, "schools", mark="partial", area="rural")],
    ),
    "cn-provinces-2012": (
        "山东、江西、安徽",
        [should("reach_metres_walk", P, 2000, "m", mark="partial", area="rural")],
    ),
    "cn-xinjiang-2012": ("新疆", [should("reach_minutes_walk", P, 45, "minutes", mark="partial", area="rural")]),
    "cn-school-bus-2012": ("国务院令第617号", [must("bused_children", K, 0)]),
    "cn-luliang-2025": ("吕梁市 2025", [should("procedure_notice_days", "", 30, "working days", "")]),
}  # fmt: skip

ELSEWHERE = {
    "split_weight": "县域义务教育均衡发展督导评估数据拆分指南（2015）",
    "class_size": "幼儿园工作规程（教育部令第39号",
    "class_size_mixed": "幼儿园工作规程（教育部令第39号",
    "school_size": "幼儿园工作规程（教育部令第39号",
}
"""Rules that stand in another document than their profile's."""


def test_no_profile_is_left_out() -> None:
    assert sorted(TABLE) == profile_names()
    assert sum(len(rows) for _, rows in TABLE.values()) == len(rules_table("zh"))


@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_number_is_the_documents(name: str) -> None:
    document, rows = TABLE[name]
    found = [
        (r["rule"], r["stage"], r["grades"], r["area"], r["value"], r["unit"], r["severity"], r["mark"],
         r.get("scope", ""))
        for r in Rules.load(name).table()
    ]  # fmt: skip
    assert sorted(found) == sorted(rows)
    assert read_profile(name).document.startswith(document)
    for rule in Rules.load(name).rules:
        other = next((text for key, text in ELSEWHERE.items() if rule.name.startswith(key)), document)
        assert rule.value.source.startswith((document, other)), rule.name


@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_rule_has_a_word_and_lies_on_its_side(name: str) -> None:
    for rule in Rules.load(name).rules:
        term = TERMS[rule.name]
        assert rule.sense == term.sense, rule.name
        assert term.text.en
        assert term.text.zh
        # The norm's own word stands in what is told, and makes it a breach or advice.
        assert not rule.norm or rule.norm in rule.value.source
        assert not rule.norm or (rule.norm in MUST) == (rule.severity == "breach")
        assert rule.norm in ("", *MUST, *SHOULD)


def test_what_stands_in_another_document_says_so() -> None:
    weights = [r for r in Rules.load("cn-quality-balance").rules if r.name.startswith("split_weight")]
    assert {r.value.source.split("，")[0] for r in weights} == {ELSEWHERE["split_weight"]}
    assert all("不拆分教师" in r.value.source for r in weights)
    classes = [r for r in Rules.load("cn-preschool-2020").rules if r.name == "class_size"]
    assert {(r.norm, r.since) for r in classes} == {("一般", "2016-03-01")}
    closures = [r for r in Rules.load("cn-layout-2012").rules if r.name.startswith("no_closure")]
    assert {r.norm for r in closures} == {"不得"} and all("2016年10月9日" in r.value.source for r in closures)
    assert all("不得强行撤并" in r.value.source for r in closures)  # bans on forcing


def test_dates_and_duties() -> None:
    law = Rules.load("cn-preschool-law-2025").rules
    assert {r.since for r in law} == {"2025-06-01"}
    assert {r.name: r.binds for r in law}["estate_kindergarten"] == "developer"
    assert {r.target for r in Rules.load("cn-expansion-2023").rules} == {2027}
    assert Rules.load("cn-hebei").steps.index("notice") > Rules.load("cn-hebei").steps.index("decision")
    assert Rules.load("cn-quality-balance").steps == STEPS
    assert [mark for _, mark in read_profile("cn-outline-2035").facts] == ["partial"]  # small classes: no number


def test_the_table_for_people() -> None:
    zh, en = rules_table("zh", ["cn-preschool-2020"]), rules_table("en", ["cn-preschool-2020"])
    assert list(zh.columns[:3]) == ["规则集", "文件", "规则"] and len(zh) == len(en) == 11
    mine = zh.loc[zh["规则"] == "public_kindergarten_per_township"].iloc[0]
    assert (mine["区域"], mine["数值"], mine["力度"], mine["责任主体"]) == ("镇区、乡村", "≥ 1", "原则上", "县级政府")
    assert set(en["held against"]) == {"the county as a whole", "each school"}
    assert en.loc[en["rule"] == "class_size", "stage"].tolist() == [f"kindergarten {g}" for g in ("k1", "k2", "k3")]
    with using_language("zh"):
        assert rules_table("en", ["cn-hebei"]).columns[0] == "profile"  # whatever the language around it


def test_a_profile_says_what_it_is() -> None:
    profile = read_profile("cn-gb50099-2011")
    assert profile.title.en == "Code for design of school"
    assert profile.title.zh == "中小学校设计规范"
