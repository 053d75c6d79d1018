"""Every number of every profile against a table typed from the documents' facts, not from the profiles.

Columns: rule, stage, grades, area, value, unit, severity, mark. A profile with another number, unit or mark, with one
rule more or one fewer, fails.
"""

from __future__ import annotations

import pytest

from layout_planner.policy import TERMS, Rules, profile_names, read_profile

Row = tuple[str, str, str, str, float, str, str, str]

HUNDRED, EACH = "per 100 pupils", "m² per pupil"

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


def row(rule: str, stage: str, value: float, unit: str = "pupils", severity: str = "breach", mark: str = "verified",
        grades: str = "", area: str = "") -> Row:  # fmt: skip
    return (rule, stage, grades, area, value, unit, severity, mark)


TABLE: dict[str, tuple[str, list[Row]]] = {
    "cn-quality-balance": (
        "教督〔2017〕6号",
        [
            *(row(f"indicator_{name}", "primary", low, unit) for name, (low, _, unit) in SEVEN.items()),
            *(row(f"indicator_{name}", "junior", high, unit) for name, (_, high, unit) in SEVEN.items()),
            row("class_size", "primary", 45),
            row("class_size", "junior", 50),
            row("school_size", "primary", 2000),
            row("school_size", "junior", 2000),
            row("school_size_nine_year", "", 2500),
            row("indicators_met", "", 6, "indicators"),
            row("indicator_rest_share", "", 0.85, "1"),
            row("difference_coefficient", "primary", 0.50, "1"),
            row("difference_coefficient", "junior", 0.45, "1"),
            row("teaching_point_left_out_below", "", 50),
            row("funding_floor_roll", "", 100, severity="advice"),
            row("exchange_share", "", 0.10, "1"),
            row("exchange_backbone_share", "", 0.20, "1"),
            row("catchment_admission_share", "primary", 1.00, "1"),
            row("catchment_admission_share", "junior", 0.95, "1"),
            row("migrants_public_share", "", 0.85, "1"),
            row("retention_three_year", "junior", 0.95, "1"),
            row("disabled_enrolment", "", 0.95, "1"),
            row("split_weight", "junior", 1.1, "1", "advice", "partial"),
            row("split_weight", "senior", 1.32, "1", "advice", "partial"),
            row("split_weight_complete_middle", "senior", 1.2, "1", "advice", "partial"),
        ],
    ),
    "cn-basic-balance-2012": (
        "教督〔2012〕3号",
        [
            row("difference_coefficient_mean", "primary", 0.65, "1"),
            row("difference_coefficient_mean", "junior", 0.55, "1", mark="memory"),
        ],
    ),
    "cn-preschool-2020": (
        "教督〔2020〕1号",
        [
            row("gross_enrolment", "kindergarten", 0.85, "1"),
            row("inclusive_coverage", "kindergarten", 0.80, "1"),
            row("public_share", "kindergarten", 0.50, "1"),
            row("class_size_share", "kindergarten", 0.85, "1", mark="partial"),
            row("class_size", "kindergarten", 25, mark="partial", grades="k1"),
            row("class_size", "kindergarten", 30, mark="partial", grades="k2"),
            row("class_size", "kindergarten", 35, mark="partial", grades="k3"),
            row("pupils_per_teacher", "kindergarten", 15, "pupils per teacher", mark="partial"),
        ],
    ),
    "cn-layout-2012": (
        "国办发〔2012〕48号",
        [
            row("no_closure_majority_against", "", 0.5, "1"),
            row("no_closure_way_unsafe", "", 0, "pupils"),
            row("no_closure_beds_short", "", 0, "beds"),
            row("no_closure_over_size", "", 0, "pupils"),
            row("no_closure_large_class", "", 0, "classes"),
            row("built_before_closed", "", 0, "years"),
        ],
    ),
    "cn-small-schools-2018": (
        "国办发〔2018〕27号",
        [
            row("reach_minutes", "primary", 30, "minutes", "advice", grades="1-3"),
            row("boarding_from_grade", "primary", 4, "grade", "advice"),
        ],
    ),
    "cn-sichuan-2014": (
        "四川 2014",
        [
            row("reach_metres", "primary", 1500, "m", grades="1-4"),
            row("reach_metres", "primary", 5000, "m", grades="5-6"),
            row("junior_per_township", "junior", 1, "schools", "advice"),
        ],
    ),
    "cn-hebei": (
        "河北省关于规范农村义务教育学校布局的意见",
        [
            row("reach_metres", "primary", 2000, "m"),
            row("procedure_notice_days", "", 30, "days"),
        ],
    ),
    "cn-gb50099-2011": (
        "GB 50099-2011",
        [
            row("class_size", "primary", 45),
            row("class_size_incomplete_primary", "primary", 30),
            row("class_size", "junior", 50),
            row("class_size", "senior", 50),
            *(row("service_radius", "primary", 500, "m", "advice", "partial", area=a) for a in ("urban", "town")),
            *(row("service_radius", "junior", 1000, "m", "advice", "partial", area=a) for a in ("urban", "town")),
        ],
    ),
    "cn-gb50180-2018": (
        "GB 50180-2018",
        [
            *(row("service_radius", "kindergarten", 300, "m", "advice", area=a) for a in ("urban", "town")),
            *(row("service_radius", "primary", 500, "m", "advice", area=a) for a in ("urban", "town")),
            *(row("service_radius", "junior", 1000, "m", "advice", "memory", area=a) for a in ("urban", "town")),
        ],
    ),
    "cn-shandong-2018": (
        "山东 2018",
        [
            row("service_radius", "kindergarten", 300, "m", "advice"),
            row("service_radius", "primary", 500, "m", "advice"),
            row("service_radius", "junior", 1000, "m", "advice"),
            row("school_classes", "primary", 36, "classes"),
            row("school_classes", "junior", 36, "classes"),
            row("school_classes_nine_year", "", 45, "classes"),
            row("school_classes", "senior", 60, "classes"),
            row("class_size", "kindergarten", 30),
            row("class_size", "primary", 45),
            row("class_size", "junior", 50),
            row("class_size", "senior", 50),
        ],
    ),
    "cn-rural-building-2008": (
        "建标109-2008",
        [
            row("class_size", "primary", 45),
            row("class_size", "junior", 50),
            row("class_size_incomplete_primary", "primary", 30),
            row("school_classes", "primary", 24, "classes", "advice"),
            row("school_classes", "junior", 24, "classes", "advice"),
            row("school_classes_least", "primary", 6, "classes", "advice"),
            row("school_classes_least", "junior", 12, "classes", "advice"),
            row("incomplete_primary_classes", "primary", 4, "classes", "advice"),
        ],
    ),
    "cn-large-class": ("国发〔2016〕40号", [row("large_class", "", 56), row("super_large_class", "", 66)]),
    "cn-posts-2001": (
        "国办发〔2001〕74号",
        [
            row("pupils_per_post", stage, value, "pupils per post", area=area)
            for stage, values in (("senior", (12.5, 13, 13.5)), ("junior", (13.5, 16, 18)), ("primary", (19, 21, 23)))
            for area, value in zip(("urban", "town", "rural"), values, strict=True)
        ],
    ),
    "cn-posts-2014": (
        "中央编办发〔2014〕72号",
        [
            row("pupils_per_post", "senior", 12.5, "pupils per post"),
            row("pupils_per_post", "junior", 13.5, "pupils per post"),
            row("pupils_per_post", "primary", 19, "pupils per post"),
            row("small_school_roll", "", 200, severity="advice", mark="memory"),
            row("posts_per_class", "", 1.8, "posts per class", "advice", "memory"),
        ],
    ),
    "cn-kindergarten-staff-2013": (
        "教师〔2013〕1号",
        [
            row("pupils_per_staff", "kindergarten", 7, "pupils per staff"),
            row("pupils_per_staff_least", "kindergarten", 5, "pupils per staff", "advice"),
            row("teachers_per_class", "kindergarten", 2, "teachers per class"),
            row("carers_per_class", "kindergarten", 1, "carers per class"),
        ],
    ),
    "cn-local-planning": (
        "地方规划指标",
        [
            *(
                row(name, stage, value, "seats per 1000 people", "advice", "memory")
                for stage, low, high in (("kindergarten", 30, 40), ("primary", 60, 80), ("junior", 30, 40))
                for name, value in (("seats_per_1000", low), ("seats_per_1000_most", high))
            ),
            *(
                row(name, stage, value, "people", "advice")
                for stage, low, high in (("primary", 15_000, 20_000), ("junior", 20_000, 30_000))
                for name, value in (("people_per_school_least", low), ("people_per_school", high))
            ),
        ],
    ),
    "cn-major-decisions-2019": (
        "国务院令第713号",
        [
            row("procedure_notice_days", "", 30, "days", "advice", "partial"),
            row("procedure_legality_days", "", 7, "working days", "advice", "memory"),
        ],
    ),
}


def test_no_profile_is_left_out() -> None:
    assert sorted(TABLE) == profile_names()


@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_number_is_the_documents(name: str) -> None:
    document, rows = TABLE[name]
    found = [
        (r["rule"], r["stage"], r["grades"], r["area"], r["value"], r["unit"], r["severity"], r["mark"])
        for r in Rules.load(name).table()
    ]
    assert sorted(found) == sorted(rows)
    assert all(r.value.source.startswith(document) for r in Rules.load(name).rules)
    assert read_profile(name).document == document


@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_rule_has_a_word_and_lies_on_its_side(name: str) -> None:
    for rule in Rules.load(name).rules:
        term = TERMS[rule.name]
        assert rule.sense == term.sense, rule.name
        assert term.text.en
        assert term.text.zh


def test_a_profile_says_what_it_is() -> None:
    profile = read_profile("cn-gb50099-2011")
    assert profile.title.en == "Code for design of school"
    assert profile.title.zh == "中小学校设计规范"
