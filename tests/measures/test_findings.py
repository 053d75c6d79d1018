"""Every check of the findings on the county on a line, worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point

import layout_planner as lp
from layout_planner.assignment.solve import solve, today
from layout_planner.base.cited import Cited
from layout_planner.base.messages import using_language
from layout_planner.measures.findings import check_plan, closures, judge, list_unchecked
from layout_planner.plan import FINDING_COLUMNS, UNCHECKED_COLUMNS, Plan
from layout_planner.policy import Rule
from layout_planner.scenario import Board, Bus, Close, Convert, Expand, Merge, Open, Rebuild, Scenario
from layout_planner.study import Study
from layout_planner.study.stages import grades_of
from tests.toy.county import EAST, NORTH, VILLAGES, line_county, line_travel, nine_year_county

TRAVEL = line_travel()


@pytest.fixture(autouse=True)
def _english() -> Any:
    with using_language("en"):
        yield


def rules(*profiles: str, **values: dict[str, float]) -> lp.Rules:
    return lp.Rules.load(*profiles).with_("county order 3", **values)


def found(plan: Plan, by: lp.Rules, rule: str, *columns: str) -> list[Any]:
    table = check_plan(plan, by).query("rule == @rule")
    rows = table[list(columns or ("id", "value", "limit", "excess", "pupils"))].to_numpy().tolist()
    return rows if len(columns) != 1 else [row[0] for row in rows]


def silent(plan: Plan, by: lp.Rules, rule: str) -> list[str]:
    return list_unchecked(plan, by).query("rule == @rule")["missing"].tolist()


def now(study: Study | None = None, by: lp.Rules | None = None) -> Plan:
    return today(study or line_county(), TRAVEL, by or lp.Rules())


def what_if(*edits: object, study: Study | None = None, by: lp.Rules | None = None) -> Plan:
    return solve(study or line_county(), TRAVEL, by or lp.Rules(), scenario=Scenario("what-if", edits))  # type: ignore[arg-type]


def with_offers(study: Study, **columns: object) -> Study:
    return study.with_(offers=study.offers.assign(**columns))


def with_schools(study: Study, **columns: object) -> Study:
    return study.with_(schools=study.schools.assign(**columns))


# --- what a finding is ---------------------------------------------------------------------------------------------


def test_an_overridden_rule_is_told_with_the_reason() -> None:
    published = lp.Rules((Rule("least_roll", Cited(200, "pupils", "doc 1", "verified"), "primary", sense="min"),))
    plan = now()  # 180, 180, 60 pupils
    assert found(plan, published, "least_roll", "id", "excess") == [["S1", 20], ["S2", 20], ["S3", 140]]
    mine = published.with_("mountain county", primary={"least_roll": 100})
    rows = found(plan, mine, "least_roll", "id", "limit", "source", "overridden_because")
    assert rows == [
        ["S3", 100, "mountain county", ""],
        ["S1", 200, "doc 1", "mountain county"],
        ["S2", 200, "doc 1", "mountain county"],
    ]


def test_an_accepted_breach_stays_and_carries_its_reason() -> None:
    by = rules(primary={"least_roll": 200})
    accepted = by.allow("least_roll", "S3", reason="the only school beyond the river")
    rows = found(now(), accepted, "least_roll", "id", "overridden_because")
    assert rows == [["S1", ""], ["S2", ""], ["S3", "the only school beyond the river"]]
    assert lp.Rules.from_table(by.table(), by.profiles, accepted.allowance_table()).allowances == accepted.allowances
    with pytest.raises(lp.RulesError, match='did you mean "least_roll"'):
        by.allow("least_rol", "S3", reason="x")
    with pytest.raises(lp.RulesError, match="say for whom"):
        by.allow("least_roll", reason="x")
    with pytest.raises(lp.RulesError, match="the reason"):
        by.allow("least_roll", "S3", reason=" ")


def test_the_tables_have_their_columns_full_and_empty() -> None:
    for plan in (now(), what_if(Close("S1"))):
        table, missing = judge(plan)
        assert tuple(table.columns) == FINDING_COLUMNS
        assert tuple(missing.columns) == UNCHECKED_COLUMNS
        assert (table.dtypes[["value", "limit", "excess", "pupils"]] == np.float64).all()
    everything = lp.Rules.load(*lp.policy.profile_names())
    table, missing = judge(what_if(Close("S1"), study=nine_year_county(), by=everything), everything)
    assert (table["source"] != "").all()
    assert (table["excess"].dropna() >= 0).all()
    assert set(table["severity"]) <= {"breach", "advice"}
    assert not missing.duplicated(["rule", "stage", "missing"]).any()


def test_a_rule_no_check_knows_is_named() -> None:
    by = rules(primary={"class_sise": 40})
    row = list_unchecked(now(), by).query("rule == 'class_sise'").iloc[0]
    assert 'did you mean "class_size"' in row["what"]
    assert row["source"] == "county order 3"


# --- ways ----------------------------------------------------------------------------------------------------------


def test_reach_by_mode() -> None:
    walk = solve(
        line_county(seats={"S2": 400.0}), lp.Travel("walk", TRAVEL.minutes, TRAVEL.metres),
        scenario=Scenario("x", [Merge("S1", into="S2"), Bus("S2", beyond_minutes=9, capacity=60)]),
    )  # fmt: skip
    # A, B, C: 12, 10 and 8 minutes to S2; grades 4 to 6 of A and B ride the bus. On foot nine minutes are allowed, by
    # bus eleven; the five of the general rule count for neither.
    by = rules(primary={"reach_minutes": 5, "reach_minutes_walk": 9, "reach_minutes_bus": 11})
    assert found(walk, by, "reach_minutes", "id") == []
    assert found(walk, by, "reach_minutes_walk", "id", "value", "pupils") == [["A", 12, 30], ["B", 10, 30]]
    assert found(walk, by, "reach_minutes_bus", "id", "value", "pupils", "what") == [
        ["A", 12, 30, "way by bus longer than the limit"]
    ]
    unknown = now(line_county(), by)
    flows = unknown.assignments["primary"].flows.assign(minutes=np.nan)
    blind = unknown.with_(assignments={"primary": unknown.assignments["primary"].with_(flows=flows)})
    assert len(silent(blind, by, "reach_minutes")) == 1


def test_service_radius_as_the_crow_flies_by_area() -> None:
    study = line_county()
    study = study.with_(townships=study.townships.assign(urban_rural=["220", "121"]))
    by = rules("cn-gb50180-2018").with_("x", primary={}).with_("y")
    assert found(now(study), by, "service_radius") == []  # 200 m at most
    far = what_if(Close("S1"), study=study.with_(schools=study.schools))
    # C (rural) has no limit; F is a town: 500 m. Moving S2 away makes D, E, F go 1 km.
    moved = study.schools.geometry.copy()
    moved["S2"] = Point(EAST + 1200, NORTH + 1000)
    away = now(study.with_(schools=study.schools.set_geometry(moved)))
    rows = found(away, by, "service_radius", "id", "limit", "pupils")
    assert rows == [["D", 500, 60], ["E", 500, 60], ["F", 500, 60]]
    assert len(found(far, by, "service_radius")) == 0  # the children of A, B and C are rural
    bare = study.with_(townships=study.townships.drop(columns="urban_rural"))
    assert silent(now(bare), by, "service_radius") == ["urban_rural of the townships"]


def test_the_youngest_do_not_board() -> None:
    plan = what_if(
        Close("S1"), Board("S2", beyond_minutes=9, grades="1-6", beds=200), study=line_county(seats={"S2": 400.0})
    )
    by = rules("cn-small-schools-2018")
    assert found(plan, by, "boarding_from_grade") == [["S2", 1, 4, 3, 60]]  # A and B, grades 1 to 3


def test_kindergarten_children_are_brought_by_their_guardians() -> None:
    """A and B, 12 and 10 minutes from S2, ride the bus: 120 pupils, were they of an age that is not to."""
    edits = Merge("S1", into="S2"), Bus("S2", beyond_minutes=9, grades="1-6", capacity=200)
    plan = what_if(*edits, study=line_county(seats={"S2": 400.0}))
    assert found(plan, rules("cn-school-bus-2012"), "bused_children") == []  # it binds kindergartens
    assert found(plan, rules(primary={"bused_children": 0}), "bused_children") == [["S2", 120, 0, 120, 120]]


# --- schools -------------------------------------------------------------------------------------------------------


def test_sizes_in_pupils_and_classes() -> None:
    by = rules(primary={"school_size": 100, "school_classes": 5, "school_classes_least": 7, "least_roll": 100})
    plan = now()
    assert found(plan, by, "school_size", "id", "value", "excess") == [["S1", 180, 80], ["S2", 180, 80]]
    assert found(plan, by, "school_classes", "id", "value") == [["S1", 6], ["S2", 6], ["S3", 6]]
    assert found(plan, by, "school_classes_least", "id", "excess") == [["S1", 1], ["S2", 1], ["S3", 1]]
    assert found(plan, by, "least_roll") == [["S3", 60, 100, 40, 60]]
    assert found(plan, rules("cn-quality-balance"), "funding_floor_roll", "id", "severity") == [["S3", "advice"]]


def test_all_through_schools_have_a_size_of_their_own() -> None:
    plan = now(nine_year_county())  # S2 180 + 60, S3 60 + 45
    by = rules(every={"school_size_nine_year": 200, "school_classes_nine_year": 8}, primary={"school_size": 100})
    assert found(plan, by, "school_size", "id") == ["S1"]
    assert found(plan, by, "school_size_nine_year", "id", "value", "stage") == [["S2", 240, "junior"]]
    assert found(plan, by, "school_classes_nine_year", "id", "value") == [["S2", 9], ["S3", 9]]
    # Also where only the primary stage changed: the closure of S1 fills S3's primary.
    more = what_if(Close("S1"), study=nine_year_county(), by=by)
    assert set(more.findings.query("rule == 'school_size_nine_year'")["id"]) == {"S2"}


def test_incomplete_primaries_have_smaller_classes() -> None:
    study = line_county(
        grades={"S3": (1, 2, 3)}, rolls={"S1": dict.fromkeys(range(1, 7), 30.0), "S2": dict.fromkeys(range(1, 7), 30.0),
                                         "S3": dict.fromkeys((1, 2, 3), 35.0)},
    )  # fmt: skip
    by = rules("cn-rural-building-2008")
    assert found(now(study), by, "class_size_incomplete_primary") == [["S3", 35, 30, 5, 105]]
    assert found(now(study), by, "class_size", "id") == []
    many = with_offers(study, classrooms=[np.nan, np.nan, 6.0])
    small = rules("cn-rural-building-2008", primary={"class_size": 17})
    assert found(now(many), small, "incomplete_primary_classes", "id", "value") == [["S3", 6]]


def test_super_large_classes_count_their_own_pupils() -> None:
    six = range(1, 7)
    rolls = {s: dict.fromkeys(six, n) for s, n in (("S1", 131.0), ("S2", 130.0), ("S3", 10.0))}
    study = line_county({"A": 131.0, "B": 0.0, "C": 0.0, "D": 130.0, "E": 0.0, "F": 0.0}, rolls=rolls)
    study = with_offers(study, classrooms=[12.0, 12.0, np.nan])
    # S1: classes of 65 and 66 in each grade: 66 pupils a grade are in super-large ones. S2: 65 and 65.
    assert found(now(study), rules("cn-large-class"), "super_large_class") == [["S1", 66, 66, 0, 396]]
    assert found(now(study), rules("cn-large-class"), "large_class", "id", "pupils") == [["S1", 786], ["S2", 780]]
    register = pd.DataFrame(
        [("S1", 1, "1", 70.0), ("S1", 1, "2", 61.0)], columns=["school_id", "grade", "class_no", "pupils"]
    )
    told = now(study.with_(classes=register))
    assert found(told, rules("cn-large-class"), "super_large_class", "value", "pupils") == [[70, 330 + 70]]


def test_posts_by_area_and_in_small_schools() -> None:
    study = with_offers(line_county(), staff=[10.0, 8.0, 6.0])  # 18, 22.5 and 10 pupils each
    study = study.with_(townships=study.townships.assign(urban_rural=["111", "220"]))
    city = rules("cn-posts-2001")  # 19 in the city, 23 in the country
    assert found(now(study), city, "pupils_per_post") == []
    closer = city.with_("x", primary={"pupils_per_post": 20})
    assert found(now(study), closer, "pupils_per_post", "id", "value") == [["S2", 22.5]]
    # 2014: below 200 pupils a school is measured by its classes: 10/6, 8/6 and 6/6 a class, 1.8 asked for.
    assert [row[0] for row in found(now(study), rules("cn-posts-2014"), "posts_per_class")] == ["S1", "S2", "S3"]
    short = with_offers(study, staff=[np.nan, 8.0, 6.0])
    assert silent(now(short), city, "pupils_per_post") == ["staff (教职工): 1 of 3 did not return it"]
    none = study.with_(offers=study.offers.drop(columns="staff"))
    assert silent(now(none), city, "pupils_per_post") == ["staff (教职工)"]
    bare = study.with_(townships=study.townships.assign(urban_rural=["", ""]))
    assert silent(now(bare), city, "pupils_per_post") == ["urban_rural of the townships"]


def test_no_more_pupils_in_a_dangerous_building() -> None:
    study = with_schools(
        line_county(seats={"S2": 300.0}), building_grade=["A", "C级", "D"], tenure=["state", "leased", "state"]
    )
    plan = what_if(Merge("S1", into="S2"), Expand("S2", seats=400), study=study)
    assert found(plan, lp.Rules(), "unsafe_building", "id", "value") == [["S2", 180]]
    assert found(plan, lp.Rules(), "land_tenure", "id", "severity") == [["S2", "advice"]]
    mended = what_if(Rebuild("S2", seats=400), Merge("S1", into="S2"), study=study)
    assert found(mended, lp.Rules(), "unsafe_building") == []
    unknown = what_if(Merge("S1", into="S3"), study=line_county(seats={"S3": 300.0}))
    assert silent(unknown, lp.Rules(), "unsafe_building") == ["building_grade of the schools"]


def test_land_for_each_pupil() -> None:
    study = with_offers(line_county(), site_area=[1800.0, 3600.0, np.nan])
    by = rules(primary={"site_area_per_pupil": 15})
    assert found(now(study), by, "site_area_per_pupil") == [["S1", 10, 15, 5, 180]]
    assert silent(now(study), by, "site_area_per_pupil") == ["site_area: 1 of 3 did not return it"]


# --- closures ------------------------------------------------------------------------------------------------------

CLOSURES = ("cn-layout-2012",)


def test_the_hearing() -> None:
    record = pd.DataFrame({"school_id": ["S1"], "hearing_attended": [20.0], "hearing_for": [8.0]})
    by = rules(*CLOSURES)
    study = line_county().with_(extra={"procedure": record})
    plan = what_if(Close("S1"), Close("S3"), study=study)
    assert found(plan, by, "no_closure_majority_against", "id", "value", "limit", "pupils") == [["S1", 0.6, 0.5, 180]]
    assert "1 of 2 closures" in silent(plan, by, "no_closure_majority_against")[0]


def test_the_way_is_too_long() -> None:
    by = rules(*CLOSURES, primary={"reach_minutes[1-3]": 9})
    plan = what_if(Merge("S1", into="S2"), study=line_county(seats={"S2": 400.0}))
    # A 12, B 10, C 8 minutes: the youngest of A and B; grades 4 to 6 have no limit.
    assert found(plan, by, "no_closure_way_unsafe") == [["S1", 60, 0, 60, 60]]
    told = silent(plan, by, "no_closure_way_unsafe")
    assert "90 of the pupils who move" in told[0]
    assert "not traced" in told[1]
    # Who had as far before is not told: with S1 at the other end, closing it makes nobody's way longer.
    near = TRAVEL.minutes.assign(S1=99.0)
    far = solve(line_county(seats={"S2": 400.0}), lp.Travel("line", near, TRAVEL.metres), lp.Rules(),
                scenario=Scenario("x", [Merge("S1", into="S2")]))  # fmt: skip
    assert found(far, by, "no_closure_way_unsafe") == []


def test_the_way_is_unsafe_where_it_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    study = line_county(seats={"S2": 400.0})
    road = gpd.GeoDataFrame(geometry=[LineString([(EAST, NORTH), (EAST + 2000, NORTH)])], crs=study.crs)
    plan = what_if(Merge("S1", into="S2"), study=study)
    by = rules(*CLOSURES)
    assert check_plan(plan, by, trace=True).query("rule == 'no_closure_way_unsafe'").empty  # no roads
    ways = {"A": ["ford Y", "landslide"], "B": ["ford Y"], "C": []}

    def trace(_study: Study, _travel: object, pairs: list[tuple[str, str]]) -> list[SimpleNamespace]:
        return [SimpleNamespace(place_id=p, site_id=s) for p, s in pairs]

    monkeypatch.setattr(closures, "trace_ways", trace)
    monkeypatch.setattr(closures, "unsafe_names", lambda way: ways[way.place_id])
    traced = check_plan(plan.with_(study=plan.study.with_(roads=road)), by, trace=True)
    row = traced.query("rule == 'no_closure_way_unsafe'").iloc[0]
    assert (row["id"], row["pupils"]) == ("S1", 120)
    assert row["what"] == "closed; the new way is unsafe: ford Y; landslide"


def test_the_receiving_school() -> None:
    study = with_offers(line_county(seats={"S2": 400.0}), beds=[0.0, 50.0, 0.0], classrooms=[np.nan, 9.0, np.nan])
    by = rules(*CLOSURES, "cn-large-class", primary={"school_size": 200})
    plan = what_if(Merge("S1", into="S2"), Board("S2", beyond_minutes=9, grades="1-6", beds=120), study=study, by=by)
    assert found(plan, by, "no_closure_beds_short", "id", "value", "pupils") == [["S2", 70, 120]]
    assert found(plan, by, "no_closure_over_size", "id", "value") == [["S2", 160]]
    # Sixty a grade and nine rooms: three grades have two classes of thirty, three have one of sixty.
    assert found(plan, by, "no_closure_large_class", "id", "value", "pupils") == [["S2", 3, 180]]
    assert silent(plan, by, "no_closure_beds_short") == ["canteen seats of 1 receiving schools with boarders"]
    fed = with_schools(study, canteen_seats=[0.0, 100.0, 0.0])
    hungry = what_if(Merge("S1", into="S2"), Board("S2", beyond_minutes=9, grades="1-6", beds=120), study=fed, by=by)
    assert found(hungry, by, "no_closure_beds_short", "value") == [70, 20]


def test_built_before_closed() -> None:
    by = rules(*CLOSURES)
    late = what_if(Close("S1", year=2024), Expand("S2", seats=400, year=2026))
    assert found(late, by, "built_before_closed", "id", "value", "pupils") == [["S1", 2, 180]]
    in_time = what_if(Close("S1", year=2026), Expand("S2", seats=400, year=2026))
    assert found(in_time, by, "built_before_closed") == []
    undated = what_if(Close("S1"), Expand("S2", seats=400, year=2026))
    assert silent(undated, by, "built_before_closed") == ["years of the closures and of what is built"]
    opened = what_if(Open("X1", seats=400, year=2027), Close("S3", year=2026))
    assert found(opened, by, "built_before_closed", "id", "value") == [["S3", 1]]


def test_the_procedure_holds_a_closure_back() -> None:
    by = rules("cn-major-decisions-2019", every={"procedure_approval_days": 365})
    record = pd.DataFrame({"school_id": ["S1"], "notice_start": ["2023-09-01"], "notice_end": ["2023-09-11"]})
    study = line_county().with_(extra={"procedure": record})
    plan = what_if(Close("S1", year=2023), Close("S3"), study=study)
    rows = found(plan, by, "procedure", "id", "value", "limit", "excess")
    assert rows == [["S1", 2023, 2025, 2]]
    assert "713" in found(plan, by, "procedure", "source")[0]
    assert silent(plan, by, "procedure") == ["years of the closures"]
    assert found(plan, by, "procedure_notice_days") == [["S1", 10, 30, 20, 180]]


def test_a_township_keeps_its_junior_school() -> None:
    by = rules("cn-sichuan-2014")
    assert found(now(nine_year_county()), by, "junior_per_township") == [["T1", 0, 1, 1, 45]]  # none today either
    plan = what_if(Close("S2", stage="junior"), Close("S3", stage="junior"), study=nine_year_county())
    rows = found(plan, by, "junior_per_township", "id", "name", "what")
    assert rows == [
        ["T2", "东乡", "township left without a junior school"],
        ["T1", "西乡", "township without a junior school"],
    ]
    bare = nine_year_county()
    assert silent(now(bare.with_(townships=bare.townships.iloc[:0])), by, "junior_per_township")


def test_protected_schools_and_groups() -> None:
    # Left-behind children: all ten of each grade of A, none elsewhere: 60 of 420 children, and S1 is their school.
    study = line_county()
    study = with_schools(study, bilingual=[1.0, 0.0, np.nan])
    places = study.places.assign(group_left_behind_primary=[60.0, 0, 0, 0, 0, 0, 0])
    plan = what_if(Close("S1"), study=study.with_(places=places))
    assert found(plan, lp.Rules(), "bilingual_protected", "id", "pupils") == [["S1", 180]]
    table = lp.measures.group_table(plan, "primary")
    assert table.loc["left_behind", ["pupils", "closed"]].tolist() == [60, 1.0]
    assert table.loc["everyone", "closed"] == pytest.approx(180 / 420)
    assert table.loc["left_behind", "minutes"] > table.loc["everyone", "minutes"]
    ((group, ratio, pupils),) = found(plan, lp.Rules(), "group_burden", "id", "value", "pupils")
    assert (group, pupils) == ("left_behind", 60)
    assert ratio == pytest.approx(420 / 180)
    assert found(plan, rules(primary={"group_burden": 3}), "group_burden") == []
    assert silent(what_if(Close("S1")), lp.Rules(), "group_burden") == ["groups by place (group_<name>_<stage>)"]
    migrants = what_if(Close("S1"), study=line_county(migrants={"A": 10.0}))
    assert lp.measures.group_table(migrants, "primary").loc["migrant", "closed"] == 1.0


# --- the county ----------------------------------------------------------------------------------------------------


def test_districts_are_held_to_the_coefficient_too() -> None:
    study = with_offers(line_county(), area_teaching=[180.0, 1800.0, 600.0])  # 1, 10 and 10 a pupil
    by = rules("cn-quality-balance")
    of = SimpleNamespace(school_district=pd.Series({"S1": "D1", "S2": "D1", "S3": "D2"}))
    table = check_plan(now(study).with_(districtings={"primary": of}), by)
    rows = table.query("rule == 'difference_coefficient' and kind == 'district'")
    assert rows[["id", "pupils"]].to_numpy().tolist() == [["D1", 360]]
    assert rows["value"].iloc[0] == pytest.approx(4.5 / 5.5)
    assert len(silent(now(study), by, "difference_coefficient")) == 1  # the other six are not returned


def test_the_mean_of_the_eight_of_2012() -> None:
    names = ("area_teaching", "area_sports", "equipment_value", "computers", "books", "teachers",
             "teachers_above_degree", "teachers_middle_title")  # fmt: skip
    study = with_offers(line_county(), **{name: [180.0, 1800.0, 600.0] for name in names})
    by = rules("cn-basic-balance-2012")
    # 1, 10, 10 a pupil in all eight: mean 2580/420; S² = 3/7 · 4/7 · 81.
    value = np.sqrt(3 / 7 * 4 / 7 * 81) / (2580 / 420)
    assert found(now(study), by, "difference_coefficient_mean", "value") == [pytest.approx(value)]
    assert "books" in silent(now(), by, "difference_coefficient_mean")[0]


def test_indicators_short_and_unknown() -> None:
    by = rules("cn-quality-balance")
    rich = {name: [1e6] * 3 for name in ("teachers_above_degree", "teachers_backbone", "teachers_arts", "area_teaching",
                                         "area_sports", "equipment_value", "network_rooms")}  # fmt: skip
    rich |= {"teachers_arts": [0.0, 1e6, 0.5], "network_rooms": [0.0, np.nan, 1e6]}
    plan = now(with_offers(line_county(), **rich))
    ((school, met, what),) = found(plan, by, "indicators_met", "id", "value", "what")
    assert (school, met) == ("S1", 5)
    assert what.endswith("short: PE, music and art teachers, network classrooms")
    # S3 has 0.5 arts teachers for 60: 0.8333 of 0.9 per 100, a share of 0.9259; at 0.4 it would be too little.
    assert found(plan, by, "indicator_rest_share") == []
    less = now(with_offers(line_county(), **(rich | {"teachers_arts": [0.0, 1e6, 0.4]})))
    assert found(less, by, "indicator_rest_share", "id", "value") == [["S3", pytest.approx(0.4 / 0.54)]]
    assert silent(plan, by, "indicators_met") == ["some indicators of 1 of 3 schools"]
    assert found(now(), by, "indicators_met") == []  # teaching area is known, and all else is not: it may yet be met
    assert silent(now(), by, "indicators_met") == ["some indicators of 3 of 3 schools"]


def test_admission_by_catchment() -> None:
    by = rules("cn-quality-balance")
    assert silent(now(), by, "catchment_admission_share") == ["catchment_primary of the places"]
    study = line_county()
    study = study.with_(townships=study.townships.assign(urban_rural=["220", "121"]))
    zones = study.places.assign(catchment_primary=["S1", "S1", "S1", "S1", "S2", "S2;S3", "S3"])
    town = study.with_(places=zones)
    # In the town stand S2 (D, E, F: 180) and S3 (G: 60); D is zoned to S1.
    assert found(now(town), by, "catchment_admission_share") == [["county", 0.75, 1, 0.25, 60]]
    # With S1 closed its children's zone is where they are sent.
    assert found(what_if(Close("S1"), study=town), by, "catchment_admission_share") == []


def test_migrant_children() -> None:
    by = rules("cn-quality-balance")
    study = line_county(migrants={"A": 10.0, "G": 5.0})
    study = with_schools(study, ownership=["private", "public", "public"], migrant_designated=[0.0, 0.0, 0.0])
    # 60 of A at the private S1, 30 of G at S3.
    assert found(now(study), by, "migrants_public_share") == [["county", pytest.approx(1 / 3), 0.85,
                                                               pytest.approx(0.85 - 1 / 3), 60]]  # fmt: skip
    assert found(now(study), by, "migrants_admitted") == []  # S3 has seats to spare
    tight = study.with_(offers=study.offers.assign(seats=[270.0, 270.0, 30.0]))
    assert found(now(tight), by, "migrants_admitted", "id", "pupils") == [["S3", 30]]
    may = lp.measures.migrant_admission(now(tight), "primary")
    assert may.loc["S3", ["local", "migrants", "spare", "may_admit"]].tolist() == [30, 30, 0, False]
    assert bool(may.at["S2", "may_admit"])
    named = with_schools(tight, migrant_designated=[0.0, 0.0, 1.0])
    assert bool(lp.measures.migrant_admission(now(named), "primary").at["S3", "may_admit"])
    assert silent(now(), by, "migrants_public_share") == ["migrant children by place"]


def test_disabled_children_without_a_place() -> None:
    by = rules("cn-quality-balance")
    assert silent(now(), by, "disabled_enrolment") == ["group_disabled_primary of the places"]
    study = line_county(seats={"S2": 180.0, "S3": 60.0})
    study = study.with_(places=study.places.assign(group_disabled_primary=[2.0, 0, 0, 2.0, 0, 0, 0]))
    assert found(now(study), by, "disabled_enrolment") == []
    # S1 closes and nobody has a seat for its children: A's two of the county's four are left out.
    assert found(what_if(Close("S1"), study=study), by, "disabled_enrolment") == [
        ["county", 0.5, 0.95, pytest.approx(0.45), 2]
    ]


def test_special_schools_have_places() -> None:
    study = line_county()
    index = pd.MultiIndex.from_tuples([("S9", "special")], names=study.offers.index.names)
    row = pd.DataFrame({"grades": [(1,)], "seats": [40.0]}, index=index)
    school = study.schools.iloc[[0]].rename(index={"S1": "S9"}).assign(kind="511", name="特校")
    rolls = pd.concat([study.rolls, pd.DataFrame([("S9", "special", 1, 55.0, np.nan)], columns=study.rolls.columns)])
    study = study.with_(
        offers=pd.concat([study.offers, row]).sort_index(), rolls=rolls,
        schools=gpd.GeoDataFrame(pd.concat([study.schools, school]), crs=study.crs),
    )  # fmt: skip
    assert found(now(study), lp.Rules(), "special_places") == [["S9", 55, 40, 15, 15]]
    blind = study.with_(offers=study.offers.assign(seats=np.nan))
    assert silent(now(blind), lp.Rules(), "special_places") == ["places of the special schools"]


def kindergartens(**changes: object) -> Study:
    """The line county with its three schools as kindergartens: ten children in each of k1 to k3 of every village."""
    study = line_county()
    three = grades_of("kindergarten", "6+3")
    offers = study.offers.rename(index={"primary": "kindergarten"}).assign(grades=[three] * 3)
    pupils = study.pupils.loc[study.pupils["grade"] <= 3]
    rolls = study.rolls.loc[study.rolls["grade"] <= 3]
    return study.with_(
        offers=offers,
        pupils=pupils.assign(stage="kindergarten", grade=pupils["grade"] - 3),
        rolls=rolls.assign(stage="kindergarten", grade=rolls["grade"] - 3),
        schools=study.schools.assign(kind="111"),
    ).with_(**changes)


def test_kindergartens() -> None:
    by = rules("cn-preschool-2020", "cn-kindergarten-staff-2013")
    study = with_schools(kindergartens(), ownership=["private", "private", "public"], inclusive=[1.0, 0.0, np.nan])
    study = with_offers(study, staff=[20.0, 10.0, 2.0], teachers=[6.0, 5.0, 3.0])  # 90, 90, 30 children
    plan = now(study)
    assert found(plan, by, "public_share", "value", "pupils") == [[pytest.approx(30 / 210), 180]]
    assert found(plan, by, "inclusive_coverage", "value") == [pytest.approx(120 / 210)]
    assert found(plan, by, "gross_enrolment") == []
    # Thirty a grade, no rooms known: k1 makes two classes of 15, k2 and k3 one of 30 each: all within.
    assert found(plan, by, "class_size_share") == []
    assert found(plan, by, "pupils_per_staff", "id", "value") == [["S2", 9], ["S3", 15]]
    assert found(plan, by, "pupils_per_staff_least", "id", "value") == [["S1", 4.5]]
    assert found(plan, by, "pupils_per_teacher") == []  # a quotient of the county: 210 children, 14 teachers
    assert found(plan, by, "teachers_per_class", "id", "value") == [["S1", 1.5], ["S2", 1.25], ["S3", 1]]
    assert silent(plan, by, "adults_per_class") == ["carers"]
    full = with_offers(study, classrooms=[3.0, 3.0, 3.0])  # k1 has one class of thirty in S1 and S2: 2 of 9 too large
    assert found(now(full), by, "class_size_share", "value") == [pytest.approx(7 / 9)]
    unknown = with_schools(study, inclusive=np.nan)
    assert silent(now(unknown), by, "inclusive_coverage") == ["inclusive of the private kindergartens"]
    one = rules("cn-kindergarten-staff-2013", kindergarten={"class_size_share": 0.9})
    assert silent(plan, one, "class_size_share") == ["class_size of every grade in the rules"]


def test_people_and_seats() -> None:
    by = rules("cn-local-planning")
    study = line_county()
    plan = now(study.with_(townships=study.townships.assign(urban_rural="111")))  # 4,200 people, 810 seats, 3 schools
    assert found(plan, by, "seats_per_1000_most", "value", "limit") == [[pytest.approx(810 / 4.2), 80]]
    assert found(plan, by, "people_per_school_least", "value", "limit") == [[1400, 15_000]]
    study = line_county()
    bare = study.with_(places=study.places.drop(columns="population"))
    assert silent(now(bare), by, "seats_per_1000") == ["population of the places"]
    assert silent(now(with_offers(study, seats=np.nan)), by, "seats_per_1000") == ["seats of every school"]


def test_a_stage_that_ends_is_a_closure_too() -> None:
    study = with_offers(line_county(seats={"S2": 400.0, "S3": 400.0}), classrooms=6.0)
    plan = what_if(Convert("S1", to="kindergarten"), study=study)
    by = rules(*CLOSURES, primary={"reach_minutes": 5})
    assert found(plan, by, "no_closure_way_unsafe", "id", "pupils") == [["S1", 180]]


def test_records_no_study_holds_are_named_once() -> None:
    missing = list_unchecked(now(nine_year_county()), rules("cn-quality-balance"))
    assert missing.query("rule == 'retention_three_year'")["stage"].tolist() == ["junior"]
    assert missing.query("rule == 'exchange_share'")["stage"].tolist() == ["primary", "junior"]
    assert all("not checked" in what for what in missing["what"])
    assert len(VILLAGES) == 7
