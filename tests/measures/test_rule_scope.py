"""Whom a rule binds and where: the same county, the same number, other findings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.base.cited import Cited
from layout_planner.base.messages import using_language
from layout_planner.measures.distance import reach_of
from layout_planner.policy import Rule
from layout_planner.scenario import Close, Convert, Merge, Open
from layout_planner.study import Study
from tests.measures.test_findings import found, kindergartens, now, silent, what_if, with_offers, with_schools
from tests.toy.county import line_county, nine_year_county


@pytest.fixture(autouse=True)
def _english() -> Any:
    with using_language("en"):
        yield


def one(name: str, value: float, unit: str = "pupils", **more: Any) -> lp.Rules:
    return lp.Rules((Rule(name, Cited(value, unit, "doc", "verified"), **more),))


def lying(west: str | None, east: str | None, study: Study | None = None) -> Study:
    """The county with urban-rural codes for its townships: T1 has A, B, C and S1; T2 the rest."""
    study = study or line_county()
    return study.with_(townships=study.townships.assign(urban_rural=[west, east]))


# --- where ---------------------------------------------------------------------------------------------------------


def test_a_rural_way_binds_rural_places_only() -> None:
    rural = one("reach_minutes", 1, "minutes", stage="primary", area="rural")  # A, C, D and F go two minutes
    assert found(now(lying("220", "111")), rural, "reach_minutes", "id") == ["A", "C"]
    assert found(now(lying("111", "210")), rural, "reach_minutes", "id") == ["D", "F"]
    assert found(now(lying("111", "121")), rural, "reach_minutes") == []
    both = one("reach_minutes", 1, "minutes", stage="primary", area="town+rural")
    assert found(now(lying("121", "210")), both, "reach_minutes", "id") == ["A", "C", "D", "F"]
    half = now(lying("220", None))
    assert found(half, rural, "reach_minutes", "id") == ["A", "C"]
    assert silent(half, rural, "reach_minutes") == ["urban_rural of the townships"]


def test_a_local_number_is_the_countys_yardstick() -> None:
    rules = lp.Rules.load("cn-small-schools-2018")
    plan = now(lying("111", "111"))
    assert set(reach_of(plan.assignments["primary"].flows.query("grade <= 3"), rules, "minutes")) == {30.0}
    assert rules.value("reach_minutes", "primary", 1) == 30
    assert rules.value("reach_minutes", "primary", 1, area="urban") is None
    assert rules.value("reach_minutes", "primary", 1, area="") is None  # not known where
    posts = lp.Rules.load("cn-posts-2001")  # three numbers: none is the county's
    assert posts.find("pupils_per_post", "primary") is None
    mine = rules.with_("valley", primary={"reach_minutes": 40})
    assert mine.value("reach_minutes", "primary", 1) == 40
    assert [r.value.value for r, _ in mine.limits("reach_minutes", "primary", 1, "rural")] == [40, 30]
    assert [r.value.value for r, _ in mine.limits("reach_minutes", "primary", 1, "urban")] == [40]


def test_a_schools_rule_by_where_it_stands() -> None:
    rural = one("school_size", 100, stage="primary", area="rural")  # S1 and S2 have 180
    assert found(now(lying("220", "111")), rural, "school_size", "id") == ["S1"]
    assert found(now(lying("111", "220")), rural, "school_size", "id") == ["S2"]
    assert silent(now(lying("111", None)), rural, "school_size") == ["urban_rural of the townships"]


def test_townships_that_are_streets_need_no_junior_school() -> None:
    rules = lp.Rules.load("cn-layout-2012")
    study = nine_year_county()
    assert found(now(lying("220", "210", study)), rules, "junior_per_township", "id") == ["T1"]
    assert found(now(lying("111", "111", study)), rules, "junior_per_township", "id") == []


def test_people_and_schools_of_the_city_alone() -> None:
    rules = one("people_per_school", 1000, "people", stage="primary", area="urban", scope="county")
    # T1: 1,800 people and one school; T2: 2,400 and two.
    assert found(now(lying("111", "220")), rules, "people_per_school", "value") == [1800]
    assert found(now(lying("220", "111")), rules, "people_per_school", "value") == [1200]
    assert silent(now(lying(None, "111")), rules, "people_per_school") == ["urban_rural of the townships"]


def test_admission_leaves_boarding_schools_out() -> None:
    rules = lp.Rules.load("cn-quality-balance")
    study = lying("121", "121")
    study = study.with_(places=study.places.assign(catchment_primary=["S2"] + ["S1"] * 2 + ["S2"] * 3 + ["S3"]))
    # A's 60 go to S1 from S2's zone: 360 of 420 are inside. With S1 a boarding school nobody is outside.
    assert found(now(study), rules, "catchment_admission_share", "value") == [pytest.approx(360 / 420)]
    assert found(now(with_offers(study, boarders=[5.0, 0, 0])), rules, "catchment_admission_share") == []


# --- whom ----------------------------------------------------------------------------------------------------------


def test_a_quotient_of_the_county_or_of_each_school() -> None:
    study = with_offers(kindergartens(), teachers=[9.0, 3.0, 2.0])  # 90, 90, 30 children
    each = one("pupils_per_teacher", 14, stage="kindergarten", scope="each")
    assert found(now(study), each, "pupils_per_teacher", "id", "value") == [["S2", 30], ["S3", 15]]
    county = one("pupils_per_teacher", 14, stage="kindergarten", scope="county")
    assert found(now(study), county, "pupils_per_teacher", "id", "value", "pupils") == [["county", 15, 210]]
    assert found(now(study), lp.Rules.load("cn-preschool-2020"), "pupils_per_teacher") == []  # 15 is not above 15


def test_the_mean_of_the_classes_or_the_largest() -> None:
    three = dict.fromkeys(range(1, 7), 20.0)
    study = with_offers(line_county(rolls={"S1": three | {1: 44.0}, "S2": three, "S3": three}), classrooms=6.0)
    each = one("class_size", 30, stage="primary", scope="each")
    assert found(now(study), each, "class_size", "id", "value") == [["S1", 44]]
    assert found(now(study), one("class_size", 30, stage="primary", scope="mean"), "class_size") == []  # 144 / 6 = 24
    mean = one("class_size", 23, stage="primary", scope="mean")
    assert found(now(study), mean, "class_size", "id", "value", "pupils") == [["S1", 24, 144]]


def test_what_binds_the_design_is_not_held_against_running_classes() -> None:
    study = with_offers(line_county(dict.fromkeys("ABC", 60.0), seats=dict.fromkeys(("S1", "S2", "S3"), 2000.0)),
                        classrooms=[6.0, 12.0, 12.0])  # fmt: skip
    assert found(now(study), lp.Rules.load("cn-gb50099-2011"), "class_size") == []
    running = lp.Rules.load("cn-quality-balance", "cn-gb50099-2011")  # the later one does not hide the one that binds
    assert found(now(study), running, "class_size", "id", "limit") == [["S1", 45]]
    assert lp.policy.class_limit(lp.Rules.load("cn-gb50099-2011"), "senior") == 50  # rooms are reckoned by it


def test_two_teachers_and_a_carer_or_three_teachers() -> None:
    rules = lp.Rules.load("cn-kindergarten-staff-2013")
    study = with_offers(kindergartens(), classrooms=[3.0, 3.0, 3.0], staff=[18.0, 18.0, 6.0])  # three classes each
    full = now(with_offers(study, teachers=[6.0, 9.0, 6.0], carers=[3.0, 0.0, 0.0]))
    assert found(full, rules, "teachers_per_class") == []
    assert found(full, rules, "adults_per_class", "id", "value") == [["S3", 2]]  # two teachers and nobody else
    untold = now(with_offers(study, teachers=[6.0, 9.0, 3.0]))
    assert found(untold, rules, "adults_per_class") == []  # S2's nine teachers do; of the others nobody knows
    assert silent(untold, rules, "adults_per_class") == ["carers: 2 of 3 did not return it"]
    assert found(untold, rules, "teachers_per_class", "id") == ["S3"]


# --- closures ------------------------------------------------------------------------------------------------------


def test_a_small_rural_school_that_closes_is_told_with_its_reason() -> None:
    rules = lp.Rules.load("cn-no1-2026")
    plan = what_if(Close("S3"), Merge("S1", into="S2"))  # 60 and 180 pupils
    assert found(plan, rules, "small_school_kept", "id", "value", "limit", "severity", "what") == [
        ["S3", 60, 100, "advice", "small rural school closed; no reason is given"]
    ]
    asked = what_if(Close("S3", reason="the families asked for it"))
    assert found(asked, rules, "small_school_kept", "what") == [
        "small rural school closed; reason: the families asked for it"
    ]
    assert found(what_if(Close("S3"), study=lying("220", "111")), rules, "small_school_kept") == []


def test_kindergartens_that_close_are_a_procedure_too() -> None:
    rules = lp.Rules.load("cn-no1-2026", "cn-preschool-law-2025")
    study = kindergartens()
    study = with_offers(study, seats=[270.0, 90.0, 30.0])
    plan = what_if(Close("S1"), study=study)  # ninety children, no seat anywhere
    assert found(plan, rules, "kindergarten_kept", "id", "severity") == [["S1", "advice"]]
    assert found(plan, rules, "kindergarten_end_reported", "id", "value", "severity") == [["S1", 90, "breach"]]
    assert silent(plan, rules, "kindergarten_end_reported") == [
        "report to the county office and public notice: not told for 1 of 1 closures"
    ]
    record = pd.DataFrame({"school_id": ["S1"], "reported": ["否"], "notice_start": ["2026-03-01"]})
    roomy = with_offers(study, seats=500.0).with_(extra={"procedure": record})
    not_reported = what_if(Close("S1"), study=roomy)
    assert found(not_reported, rules, "kindergarten_end_reported", "id", "what") == [
        ["S1", "kindergarten ended without report, notice or places"]
    ]
    done = roomy.with_(extra={"procedure": record.assign(reported="2026-02-01")})
    kept = what_if(Close("S1"), study=done)
    assert found(kept, rules, "kindergarten_end_reported") == silent(kept, rules, "kindergarten_end_reported") == []


def test_what_must_be_filed_and_approved() -> None:
    rules = lp.Rules.load("cn-small-schools-2018", "cn-shaanxi-2019")
    rural = what_if(Close("S3"))
    assert silent(rural, rules, "plan_filed") == ["layout plan filed with the province: not told for 1 of 1 closures"]
    assert silent(rural, rules, "closure_approved") == ["approval above: not told for 1 of 1 closures"]
    city = what_if(Close("S3"), study=lying("111", "111"))
    assert silent(city, rules, "plan_filed") == []  # the circular is about rural schools
    record = pd.DataFrame({"school_id": ["S3"], "plan_filed": ["未"], "approval": ["2026-05-01"]})
    told = what_if(Close("S3"), study=line_county().with_(extra={"procedure": record}))
    assert found(told, rules, "plan_filed", "id", "value", "limit", "severity") == [["S3", 0, 1, "breach"]]
    assert found(told, rules, "closure_approved") == silent(told, rules, "closure_approved") == []


def test_the_parents_have_a_majority_of_their_own() -> None:
    record = pd.DataFrame({"school_id": ["S1", "S3"], "parents_asked": [10.0, 10.0], "parents_against": [6.0, 5.0]})
    plan = what_if(Close("S1"), Close("S3"), study=line_county().with_(extra={"procedure": record}))
    rules = lp.Rules.load("cn-layout-2012")
    assert found(plan, rules, "no_closure_parents_against", "id", "value", "pupils") == [["S1", 0.6, 180]]
    assert silent(plan, rules, "no_closure_majority_against") == ["result of the hearing: not told for 2 of 2 closures"]


# --- what must be provided -----------------------------------------------------------------------------------------


def test_estates_and_their_kindergartens() -> None:
    rules = lp.Rules.load("cn-shaanxi-2019", "cn-preschool-law-2025")
    estates = pd.DataFrame({"estate_id": ["E1", "E2", "E3"], "homes": [1499.0, 1500.0, 2000.0]})
    study = lying("111", "121", kindergartens()).with_(extra={"estates": estates})
    study = with_schools(
        study, estate_id=["E3", "E3", None], ownership=["private", "public", "private"], inclusive=[0.0, np.nan, 0.0]
    )
    plan = now(study)
    assert found(plan, rules, "estate_homes", "id", "value") == [["E2", 1500]]
    assert found(plan, rules, "estate_kindergarten", "id", "pupils") == [["S1", 90]]
    assert silent(plan, rules, "estate_kindergarten") == []
    unknown = with_schools(study, inclusive=np.nan)
    assert silent(now(unknown), rules, "estate_kindergarten") == ["inclusive of 1 private estate kindergartens"]
    assert silent(now(kindergartens()), rules, "estate_homes") == ["table [estates] with homes"]


def test_public_kindergartens_in_the_country() -> None:
    rules = lp.Rules.load("cn-preschool-2020", "cn-preschool-law-2025")
    study = with_schools(kindergartens(), ownership=["private", "public", "public"])
    assert found(now(study), rules, "public_kindergarten_per_township", "id", "severity") == [["T1", "advice"]]
    assert found(now(study), rules, "rural_public_share") == []  # 120 of 210
    more = with_schools(study, ownership=["private", "private", "public"])
    assert found(now(more), rules, "rural_public_share", "value", "pupils") == [[pytest.approx(30 / 210), 180]]
    assert found(now(lying("220", "111", more)), rules, "rural_public_share", "value") == [0.0]
    assert found(now(lying("111", "111", study)), rules, "public_kindergarten_per_township") == []


def test_no_public_kindergarten_becomes_private() -> None:
    rules = lp.Rules.load("cn-preschool-law-2025")
    before = now(kindergartens())
    after = now(with_schools(kindergartens(), ownership=["public", "private", "public"])).with_(base=before)
    assert found(after, rules, "public_not_private", "id", "value", "severity") == [["S2", 90, "breach"]]


def test_empty_rooms_of_another_stage_come_first() -> None:
    rules = lp.Rules.load("cn-outline-2035", "cn-hunan-2023")
    study = nine_year_county()
    builds = Open("X1", stage="junior", seats=100)
    study = study.with_(sites=study.sites.assign(stage="junior", seats=100.0))
    plan = what_if(Close("S2"), builds, study=study)  # both in T2
    new = next(s for s in plan.study.offering("junior") if s not in study.schools.index)
    assert found(plan, rules, "cross_stage_use", "id", "value", "limit") == [[new, 1, 0]]
    assert found(what_if(builds, study=study), rules, "cross_stage_use") == []
    used = what_if(Convert("S1", to="kindergarten"), builds, study=study)
    assert found(used, rules, "cross_stage_use") == []  # S1 is used on, and lies in T1


def test_a_large_county_has_a_special_school() -> None:
    study = line_county()
    large = study.with_(places=study.places.assign(population=30_000))
    rules = lp.Rules.load("cn-expansion-2023")
    assert found(now(large), rules, "special_school", "value", "limit") == [[210_000, 200_000]]
    assert found(now(study), rules, "special_school") == []
    bare = study.with_(places=study.places.drop(columns="population"))
    assert silent(now(bare), rules, "special_school") == ["population of the places"]


def test_what_no_table_tells_is_named() -> None:
    rules = lp.Rules.load("cn-outline-2035", "cn-preschool-law-2025", "cn-preschool-2020")
    plan = now(kindergartens())
    assert silent(plan, rules, "seat_warning") == ["whether the county warns of seats"]
    assert silent(plan, rules, "kindergarten_plan") == ["whether the county has the plan"]
    assert silent(plan, rules, "class_size_mixed") == ["which classes are of mixed ages"]
