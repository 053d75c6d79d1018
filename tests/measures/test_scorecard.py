"""The scorecard, classes, moves and findings on the county on a line, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.assignment.solve import solve, today
from layout_planner.base.messages import using_language
from layout_planner.measures.findings import check_plan
from layout_planner.measures.load import class_table, classes_needed, school_table
from layout_planner.measures.moved import moved
from layout_planner.measures.resources import resources_after
from layout_planner.measures.scorecard import compare, score
from layout_planner.plan import SCORE_COLUMNS, Plan
from layout_planner.scenario import Board, Close, Expand, Merge, Open, Scenario
from layout_planner.study import Study
from tests.toy.county import VILLAGES, line_county, line_travel, nine_year_county

RULES = lp.Rules.load("cn-large-class", "cn-quality-balance").with_(
    primary={"reach_minutes[1-3]": 5, "reach_minutes[4-6]": 15, "school_size": 200}
)
TRAVEL = line_travel()


def now(study: Study | None = None) -> Plan:
    return today(line_county() if study is None else study, TRAVEL, RULES)


def what_if(*edits: object, study: Study | None = None, **options: object) -> Plan:
    county = line_county() if study is None else study
    return solve(county, TRAVEL, RULES, scenario=Scenario("what-if", edits), **options)  # type: ignore[arg-type]


def value(plan: Plan, measure: str, scope: str = "county", id: str = "", stage: str = "primary") -> float:
    return plan.scorecard.value(measure, stage, scope, id)


def test_180_pupils_over_six_grades_make_six_classes() -> None:
    assert value(now(), "classes", "school", "S1") == 6
    assert value(now(), "classes") == 6 + 6 + 6  # S3's 60 pupils: six classes of ten
    assert value(now(), "class_size") == 420 / 18
    assert value(now(), "largest_class") == 30


@pytest.mark.parametrize(
    ("pupils", "limit", "rooms", "classes"),
    [
        ({1: 30, 2: 30, 3: 30, 4: 30, 5: 30, 6: 30}, 45, np.nan, [1, 1, 1, 1, 1, 1]),
        ({1: 46, 2: 45, 3: 0}, 45, np.nan, [2, 1, 0]),
        ({1: 46, 2: 45, 3: 0}, 45, 2, [1, 1, 0]),  # rooms are short: a class of 46
        ({1: 130, 2: 100}, 45, 4, [2, 2]),  # 3 + 3 wanted; the fullest class is divided first
        ({1: 130, 2: 100}, 45, 1, [1, 1]),  # a grade has one class, rooms or not
        ({7: 0, 8: 0}, 50, 3, [0, 0]),
        ({}, 45, np.nan, []),
    ],
)
def test_classes_are_formed_grade_by_grade(
    pupils: dict[int, float], limit: float, rooms: float, classes: list[int]
) -> None:
    assert classes_needed(pupils, limit, rooms).tolist() == classes


def test_large_classes_where_rooms_are_short_and_from_the_register() -> None:
    six = range(1, 7)
    rolls = {"S1": dict.fromkeys(six, 112.0), "S2": dict.fromkeys(six, 130.0), "S3": dict.fromkeys(six, 10.0)}
    study = line_county({"A": 112.0, "B": 0.0, "C": 0.0, "D": 130.0, "E": 0.0, "F": 0.0}, rolls=rolls)
    study = study.with_(offers=study.offers.assign(classrooms=[12.0, 9.0, np.nan]))
    plan = now(study)
    table = class_table(plan, "primary").set_index(["school_id", "grade"])
    # S1: 2 rooms a grade, 112 = 56 + 56: both large. S2: 9 rooms; 3 grades have two classes of 65, 3 one of 130.
    assert table.loc["S1", ["classes", "largest", "large", "super_large", "in_large"]].iloc[0].tolist() == [
        2, 56, 2, 0, 112,
    ]  # fmt: skip
    assert value(plan, "large_classes") == 12 + 9
    assert value(plan, "super_large_classes") == 3
    assert table.loc["S2", "largest"].tolist() == [65, 65, 65, 130, 130, 130]
    assert set(table["known"]) == {"formed"}
    register = pd.DataFrame(
        [("S1", 1, "1", 70.0), ("S1", 1, "2", 42.0), ("S1", 2, "1", 30.0)],
        columns=["school_id", "grade", "class_no", "pupils"],
    )
    counted = class_table(now(study.with_(classes=register)), "primary").set_index(["school_id", "grade"])
    assert counted.loc[("S1", 1), "known"] == "register"
    assert counted.loc[("S1", 1), ["classes", "largest", "large", "super_large", "in_large"]].tolist() == [
        2, 70, 1, 1, 70,
    ]  # fmt: skip
    assert counted.loc[("S1", 2), "known"] == "formed"  # 30 in the register, 112 on the roll: out of date


def test_returned_classes_count_while_the_roll_is_the_same() -> None:
    study = line_county()
    study = study.with_(rolls=study.rolls.assign(classes=np.where(study.rolls["school_id"] == "S1", 2.0, np.nan)))
    assert value(now(study), "classes", "school", "S1") == 12
    moved_on = what_if(Close("S3"), study=study)
    assert value(moved_on, "classes", "school", "S1") == 12  # its roll did not change
    grown = what_if(Close("S2"), study=study)
    assert class_table(grown, "primary").set_index("school_id").loc["S1", "known"].iloc[0] == "formed"


def test_the_limit_of_a_class_may_differ_by_grade() -> None:
    rules = RULES.with_(primary={"class_size[1-3]": 15})
    plan = today(line_county(), TRAVEL, rules)
    assert class_table(plan, "primary").query("school_id == 'S1'")["classes"].tolist() == [2, 2, 2, 1, 1, 1]
    short = line_county()
    short = short.with_(offers=short.offers.assign(classrooms=6.0))
    findings = check_plan(today(short, TRAVEL, rules)).query("rule == 'class_size'")
    assert findings[["id", "value", "limit", "pupils"]].to_numpy().tolist() == [
        ["S1", 30.0, 15.0, 90.0], ["S2", 30.0, 15.0, 90.0],
    ]  # fmt: skip


def test_the_county_by_hand() -> None:
    plan = now()
    want = {
        "pupils": 420, "placed": 420, "unplaced": 0, "outside": 0, "schools": 3, "boarders": 0,
        "minutes_mean": 480 / 420, "minutes_median": 2, "minutes_p90": 2, "minutes_p95": 2, "minutes_max": 2,
        "metres_mean": 48000 / 420, "metres_max": 200, "beyond_reach_minutes": 0, "seats": 810, "load": 420 / 810,
        "over_full_schools": 0, "over_full_pupils": 0, "large_classes": 0,
    }  # fmt: skip
    for measure, number in want.items():
        assert value(plan, measure) == pytest.approx(number), measure
    # Teachers a pupil: 10/180, 12/180, 6/60 with 180, 180, 60 pupils.
    each, weight = np.array([10 / 180, 12 / 180, 6 / 60]), np.array([180, 180, 60]) / 420
    mean = 28 / 420
    assert value(plan, "difference_teachers") == pytest.approx(np.sqrt((weight * (each - mean) ** 2).sum()) / mean)
    assert tuple(plan.scorecard.table.columns) == SCORE_COLUMNS
    assert plan.scorecard.table["ok"].dtype == "boolean"


def test_scopes_below_the_county() -> None:
    plan = what_if(Close("S1"), study=line_county(seats={"S2": 400.0}))
    assert value(plan, "pupils", "township", "T1") == 180
    assert value(plan, "minutes_mean", "township", "T1") == 10  # A, B, C: 12, 10, 8
    assert value(plan, "roll", "township", "T2") == 420
    assert np.isnan(value(plan, "roll", "township", "T1"))  # no school stands there any more
    assert value(plan, "seats", "township", "T2") == 670
    assert value(plan, "minutes_mean", "place", "A") == 12
    assert value(plan, "metres_mean", "place", "G") == 0
    assert value(plan, "roll", "school", "S2") == 360
    assert value(plan, "minutes", "school", "S2") == pytest.approx((12 + 10 + 8 + 2 + 0 + 2) / 6)
    row = plan.scorecard.table.query("measure == 'roll' and scope == 'school' and id == 'S2'").iloc[0]
    assert (row["limit"], row["ok"], row["source"]) == (200, False, "set by the user")


def test_boarders_do_not_count_in_the_daily_ways() -> None:
    plan = what_if(Close("S1"), Board("S2", beyond_minutes=11), study=line_county(seats={"S2": 400.0}))
    assert value(plan, "boarders") == 30  # A's grades 4 to 6
    assert value(plan, "minutes_mean", "place", "A") == 12
    assert value(plan, "minutes_mean") == pytest.approx((480 - 240 + (30 * 12 + 60 * 10 + 60 * 8)) / 390)


def test_who_moves_is_counted_once_and_paired() -> None:
    plan = what_if(Merge("S1", into="S3"))
    changes = moved(plan, "primary")
    assert changes.groupby(["from_school", "to_school"])["pupils"].sum().to_dict() == {("S1", "S3"): 180}
    assert set(changes["place_id"]) == {"A", "B", "C"}
    assert value(plan, "pupils_moved") == 180
    assert value(plan, "share_moved") == pytest.approx(100 * 180 / 420)
    back = moved(plan.base, "primary", base=plan)  # type: ignore[arg-type]
    assert back.groupby(["from_school", "to_school"])["pupils"].sum().to_dict() == {("S3", "S1"): 180}
    assert len(moved(now(), "primary")) == 0
    assert len(moved(what_if(), "primary")) == 0
    lost = what_if(Close("S1"), study=line_county(seats={"S2": 180.0, "S3": 60.0}))
    assert moved(lost, "primary").groupby(["from_school", "to_school"])["pupils"].sum().to_dict() == {("S1", ""): 180}
    assert value(lost, "pupils_moved") == 0


@pytest.mark.parametrize(("assign", "number"), [("stay", 60), ("stay_nearest", 60), ("nearest", np.nan)])
def test_who_moves_where_today_is_assumed(assign: str, number: float) -> None:
    # G's 60 children go to S3, which closes. Whoever stays does so under a rule that keeps them where they are assumed
    # to be; two rules that send everyone anew differ, but nobody is known to move.
    plan = what_if(Close("S3"), study=line_county(rolls={}), assign=assign)
    assert plan.base is not None and plan.base.assignments["primary"].method == "assumed"
    assert value(plan, "pupils_moved") == pytest.approx(number, nan_ok=True)
    assert value(plan, "share_moved") == pytest.approx(100 * number / 420, nan_ok=True)


def test_children_who_are_more_or_fewer_are_not_moved() -> None:
    before = now()
    more = today(line_county({"A": 15.0}), TRAVEL, RULES)
    assert len(moved(more, "primary", base=before)) == 0
    six = range(1, 7)
    other = line_county({"A": 15.0}, rolls={"S2": dict.fromkeys(six, 45.0), "S1": dict.fromkeys(six, 20.0), "S3":
                                            dict.fromkeys(six, 10.0)})  # fmt: skip
    changes = moved(today(other, TRAVEL, RULES), "primary", base=before)
    assert changes["pupils"].sum() == pytest.approx(90)
    assert set(changes["from_school"]) == {"S1"}


def test_teachers_follow_their_pupils_and_buildings_stay() -> None:
    plan = what_if(Close("S1"))  # 90 of the 180 go to S2, 90 to S3
    assert resources_after(plan, "primary", "teachers").to_dict() == {"S2": 17, "S3": 11}
    assert resources_after(plan, "primary", "area_teaching").to_dict() == {"S2": 900, "S3": 900}
    assert resources_after(now(), "primary", "teachers").to_dict() == {"S1": 10, "S2": 12, "S3": 6}
    unknown = line_county()
    unknown = unknown.with_(offers=unknown.offers.assign(teachers=[10.0, np.nan, 6.0]))
    after = resources_after(what_if(Close("S1"), study=unknown), "primary", "teachers")
    assert np.isnan(after["S2"])
    assert after["S3"] == 11


def test_small_teaching_points_do_not_count_in_the_spread() -> None:
    study = line_county()
    point = study.with_(schools=study.schools.assign(kind=["211", "211", "218"]))
    assert value(now(point), "difference_teachers") == value(now(study), "difference_teachers")  # 60 pupils: counts
    fewer = line_county({"G": 5.0}, rolls=None)
    small = fewer.with_(schools=point.schools)
    each = np.array([10 / 180, 12 / 180])
    assert value(now(small), "difference_teachers") == pytest.approx(each.std() / each.mean())


def test_a_stage_nobody_touched_is_measured_as_if_anew() -> None:
    study = nine_year_county()
    plan = solve(study, TRAVEL, RULES, scenario=Scenario("x", [Close("S1")]))
    assert plan.assignments["junior"].flows is plan.base.assignments["junior"].flows  # type: ignore[union-attr]
    flows = plan.assignments["junior"].flows.copy()
    anew = plan.with_(assignments={**plan.assignments, "junior": plan.assignments["junior"].with_(flows=flows)})
    pd.testing.assert_frame_equal(score(anew).table, plan.scorecard.table)
    pd.testing.assert_frame_equal(check_plan(anew), plan.findings)
    other = check_plan(plan, RULES.with_(junior={"least_roll": 100}))
    assert set(other.query("stage == 'junior' and rule == 'least_roll'")["id"]) == {"S2", "S3"}


def test_plans_side_by_side() -> None:
    plan = what_if(Close("S1"))
    table = compare([now(), plan, plan])
    assert list(table.columns) == ["today", "what-if", "what-if (2)"]
    assert table.loc[("primary", "schools", "schools")].tolist() == [3, 2, 2]
    assert np.isnan(table.loc[("primary", "pupils_moved", "pupils"), "today"])
    for scope in ("township", "school", "place"):
        below = compare([now(), plan], scope)
        assert list(below.index.names) == ["stage", "id", "measure", "unit"]
    assert np.isnan(compare([now(), plan], "school").loc[("primary", "S1", "roll", "pupils"), "what-if"])
    bare = line_county()
    bare = bare.with_(places=bare.places.drop(columns="township_id"))
    assert compare([today(bare, TRAVEL, RULES)], "township").empty
    with using_language("en"), pytest.raises(lp.DataError, match='did you mean "school"'):
        compare([plan], "schools")
    with pytest.raises(lp.DataError):
        compare([])
    county = plan.scorecard.county()
    assert county.loc["schools", "primary"] == 2
    assert np.isnan(plan.scorecard.value("no such", "primary"))


def test_findings_say_rule_value_limit_whom_and_source() -> None:
    with using_language("en"):
        plan = what_if(Close("S1"), study=line_county(seats={"S2": 400.0, "S3": 50.0}))
        found = plan.findings
    size = found.query("rule == 'school_size'").iloc[0]
    assert size[["id", "name", "kind", "value", "limit", "pupils"]].tolist() == ["S2", "二小", "school", 360, 200, 360]
    assert size["source"] == "set by the user"
    seats = found.query("rule == 'seats'").iloc[0]
    assert seats[["id", "value", "limit", "pupils", "severity"]].tolist() == ["S3", 60, 50, 10, "breach"]
    reach = found.query("rule == 'reach_minutes'").set_index("id")
    assert reach[["value", "limit", "pupils"]].to_numpy().tolist() == [[12, 5, 30], [10, 5, 30], [8, 5, 30]]
    assert reach.loc["A", "name"] == "A村"
    assert (found["source"] != "").all()
    spread = found.query("rule == 'difference_coefficient'")
    assert set(spread["kind"]) <= {"county"}


def test_spread_above_the_limit_is_a_finding_of_the_county() -> None:
    study = line_county()
    study = study.with_(offers=study.offers.assign(area_teaching=[100.0, 900.0, 2000.0]))
    with using_language("zh"):
        found = now(study).findings.query("rule == 'difference_coefficient'")
    assert found["id"].tolist() == ["area_teaching"]
    assert found["value"].iloc[0] > found["limit"].iloc[0] == 0.5
    assert "2017" in found["source"].iloc[0]
    assert "差异系数" in found["what"].iloc[0]


def test_children_without_a_place_are_findings_in_the_readers_language() -> None:
    tight = line_county(seats={"S2": 180.0, "S3": 60.0})
    for language, word in (("en", "no free seat"), ("zh", "学位")):
        with using_language(language):  # type: ignore[arg-type]
            found = what_if(Close("S1"), study=tight).findings.query("rule == 'unplaced'")
        assert set(found["id"]) == {"A", "B", "C"}
        assert all(word in what for what in found["what"])


def test_odd_counties_are_measured_too() -> None:
    no_seats = line_county(seats=dict.fromkeys(("S1", "S2", "S3"), 0.0))
    assert np.isnan(value(now(no_seats), "load"))
    unknown = line_county()
    unknown = unknown.with_(offers=unknown.offers.assign(seats=np.nan))
    assert np.isnan(value(now(unknown), "seats"))
    offers = line_county().offers.copy()
    offers.loc[("S1", "primary"), "seats"] = np.nan  # 270 of 810: the other 540 are not the county's
    part = line_county().with_(offers=offers)
    assert np.isnan(value(now(part), "seats"))
    assert value(now(part), "load") == pytest.approx(240 / 540)
    assert np.isnan(value(now(unknown), "seats", "school", "S1"))
    assert school_table(now(unknown), "primary")["over"].sum() == 0
    bare = line_county()
    bare = bare.with_(
        schools=bare.schools.drop(columns=["township_id", "name"]), places=bare.places.drop(columns="name"),
        offers=bare.offers.drop(columns=["teachers", "area_teaching"]),
    )  # fmt: skip
    plan = what_if(Expand("S3", seats=10), study=bare)
    assert np.isnan(value(plan, "difference_teachers"))
    assert plan.findings.query("rule == 'seats'").empty
    opened = what_if(Open("X1"), study=bare)
    assert value(opened, "roll", "school", "X1") == 0
    empty = line_county().with_(pupils=line_county().pupils.iloc[:0])
    assert today(empty, TRAVEL, RULES).scorecard.table.empty
    assert check_plan(today(empty, TRAVEL, RULES)).empty
    assert len(VILLAGES) == 7
