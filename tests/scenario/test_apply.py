"""Carrying out a scenario on the line county, worked out by hand; and random ones, which may never do harm."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout_planner.base.errors import ScenarioError
from layout_planner.scenario import (
    Board,
    Bus,
    Close,
    Convert,
    Edit,
    Expand,
    Keep,
    Merge,
    Open,
    Pin,
    Rebuild,
    Scenario,
    apply,
    destinations,
    in_force,
    pins,
)
from layout_planner.study import Study
from tests.toy.county import line_county, nine_year_county
from tests.toy.digests import digest_study

COUNTY = nine_year_county()


def after(*edits: Edit, study: Study = COUNTY, year: int | None = None) -> Study:
    return apply(study, Scenario("x", edits), year)


def offer(study: Study, school: str, stage: str) -> dict[str, object]:
    return dict(study.offers.loc[(school, stage)])


def test_close_ends_a_school_and_keeps_its_record() -> None:
    study = after(Close("S1", year=2026))
    assert study.schools.at["S1", "state"] == "closed"
    assert study.schools.at["S1", "closed_year"] == 2026
    assert list(study.offering("primary")) == ["S2", "S3"]
    assert offer(study, "S1", "primary")["seats"] == 270
    assert after(Close("S1")).schools.at["S1", "closed_year"] == 2023  # the study's year


def test_a_nine_year_school_closes_stage_by_stage() -> None:
    study = after(Close("S2", stage="primary"))
    assert study.schools.at["S2", "state"] == "open"
    assert ("S2", "primary") not in study.offers.index
    assert list(study.offering("junior")) == ["S2", "S3"]
    both = after(Close("S2", stage="primary", year=2024), Close("S2", stage="junior", year=2025))
    assert both.schools.at["S2", "state"] == "closed"
    assert both.schools.at["S2", "closed_year"] == 2025


def test_closing_some_grades_leaves_the_others() -> None:
    study = after(Close("S1", grades="4-6"))
    assert offer(study, "S1", "primary")["grades"] == (1, 2, 3)
    assert study.schools.at["S1", "state"] == "open"
    # The primary grades of a nine-year school are its primary stage: the offer goes with its last grade.
    assert ("S2", "primary") not in after(Close("S2", grades="1-6")).offers.index
    assert offer(after(Close("S2", grades="5-7")), "S2", "primary")["grades"] == (1, 2, 3, 4)
    assert offer(after(Close("S2", grades="5-7")), "S2", "junior")["grades"] == (8, 9)
    whole = after(Close("S1", grades="1-6"))
    assert whole.schools.at["S1", "state"] == "closed"
    assert offer(whole, "S1", "primary")["grades"] == (1, 2, 3, 4, 5, 6)


def test_what_a_merged_site_becomes() -> None:
    closed = after(Merge("S1", into="S2"))
    assert closed.schools.at["S1", "state"] == "closed"
    campus = after(Merge("S1", into="S2", site="campus"))
    assert (campus.schools.at["S1", "state"], campus.schools.at["S1", "parent_id"]) == ("open", "S2")
    assert campus.categories()["S1"] == "campus"
    pd.testing.assert_frame_equal(campus.offers, COUNTY.offers)
    point = after(Merge("S1", into="S2", site="teaching_point"))
    assert (point.schools.at["S1", "kind"], point.schools.at["S1", "parent_id"]) == ("218", "S2")
    assert point.categories()["S1"] == "teaching point"
    assert offer(point, "S1", "primary")["grades"] == (1, 2, 3)
    garden = after(Merge("S1", into="S2", site="kindergarten"))
    assert (garden.schools.at["S1", "state"], garden.schools.at["S1", "kind"]) == ("open", "111")
    assert ("S1", "primary") not in garden.offers.index
    assert offer(garden, "S1", "kindergarten")["seats"] == 12 * 30
    assert offer(garden, "S1", "kindergarten")["grades"] == (-2, -1, 0)


def test_a_stage_that_turns_into_a_kindergarten_leaves_the_other_stage() -> None:
    study = after(Merge("S2", into="S3", stage="primary", site="kindergarten"))
    assert [key[1] for key in study.offers.index if key[0] == "S2"] == ["junior", "kindergarten"]
    assert offer(study, "S2", "kindergarten")["seats"] == 360  # 12 rooms of the primary stage × 30
    assert study.schools.at["S2", "kind"] == "312"
    converted = after(Convert("S2", to="kindergarten", stage="junior"))
    assert [key[1] for key in converted.offers.index if key[0] == "S2"] == ["kindergarten", "primary"]
    assert offer(converted, "S2", "kindergarten")["seats"] == 180  # 6 rooms × 30
    whole = after(Convert("S2", to="senior", seats=200))
    assert [key[1] for key in whole.offers.index if key[0] == "S2"] == ["senior"]
    assert whole.schools.at["S2", "kind"] == "342"


@pytest.mark.parametrize(
    ("before", "rooms", "edit", "seats", "rooms_after"),
    [
        (270.0, 6.0, Expand("S1", seats=300), 300, 7),  # 6 × 300 / 270 = 6.67
        (270.0, 6.0, Expand("S1", add_seats=30), 300, 7),
        (300.0, 5.0, Expand("S1", seats=480), 480, 11),  # the rooms were short before: 480 / 45 = 10.7
        (270.0, 6.0, Expand("S1", seats=200), 200, 6),
        (270.0, 6.0, Expand("S1", add_seats=-400), 0, 6),
        (np.nan, 6.0, Expand("S1", seats=400), 400, 9),
        (np.nan, np.nan, Expand("S1", seats=400), 400, np.nan),
        (0.0, 0.0, Expand("S1", seats=90), 90, 2),
        (270.0, 6.0, Expand("S1", seats=450, classrooms=20), 450, 20),
        (270.0, 6.0, Rebuild("S1", 540), 540, 12),
    ],
)
def test_seats_and_rooms_after_an_enlargement(
    before: float, rooms: float, edit: Edit, seats: float, rooms_after: float
) -> None:
    offers = COUNTY.offers.copy()
    offers.loc[("S1", "primary"), ["seats", "classrooms"]] = [before, rooms]
    study = after(edit, study=COUNTY.with_(offers=offers))
    found = study.offers.loc[("S1", "primary"), ["seats", "classrooms"]].astype(float)
    np.testing.assert_array_equal(found, [seats, rooms_after])
    if rooms_after == rooms_after and seats > 0:
        assert study.seats("primary", class_limit=45)["S1"] == min(seats, 45 * rooms_after)


def test_a_school_out_for_its_rebuilding_comes_back() -> None:
    edit = Rebuild("S1", 360, year=2024, back=2026, host="S2")
    assert after(edit, year=2023).schools.at["S1", "state"] == "open"
    away = after(edit, year=2025)
    assert list(away.offering("primary")) == ["S2", "S3"]
    assert destinations(Scenario("x", [edit]), "primary", 1, 2025) == {"S1": "S2"}
    for year in (2026, None):
        back = after(edit, year=year)
        assert back.schools.at["S1", "state"] == "open"
        assert offer(back, "S1", "primary")["seats"] == 360
        assert destinations(Scenario("x", [edit]), "primary", 1, year) == {}
    stage = Rebuild("S2", 360, stage="primary", year=2024, back=2026)
    meanwhile = after(stage, Expand("S2", add_seats=10, stage="primary", year=2025), year=2025)
    assert ("S2", "primary") not in meanwhile.offers.index
    assert list(meanwhile.offering("junior")) == ["S2", "S3"]


def test_a_school_opens_on_a_candidate_site() -> None:
    study = after(Open("X1", school="N1", name="新小学", parent="S2", grades="1-3"))
    assert list(study.schools.index) == ["S1", "S2", "S3", "N1"]
    new = study.schools.loc["N1"]
    assert (new["name"], new["state"], new["kind"], new["township_id"]) == ("新小学", "open", "211", "T2")
    assert study.site_of(["N1", "S1"]) == ["X1", "S1"]
    assert new.geometry.equals(COUNTY.sites.geometry["X1"])
    assert offer(study, "N1", "primary")["grades"] == (1, 2, 3)
    assert offer(study, "N1", "primary")["seats"] == 180  # the site's
    assert len(study.sites) == 0
    assert study.schools.crs == COUNTY.schools.crs
    assert list(after(Open("X1", seats=90)).offering("primary")) == ["S1", "S2", "S3", "X1"]


def test_a_new_row_fits_columns_of_any_type() -> None:
    odd = COUNTY.schools.assign(floors=[3, 2, 4], heated=[True, False, True], tag=["a", "b", None], rank=[1.5, 2, 3])
    study = after(Open("X1"), study=COUNTY.with_(schools=odd))
    assert study.schools.loc["X1", ["floors", "heated", "tag", "rank"]].isna().all()
    assert study.schools.loc["S1", ["floors", "heated", "tag", "rank"]].tolist() == [3, True, "a", 1.5]


def test_a_closed_school_takes_up_again() -> None:
    schools = COUNTY.schools.assign(state=["open", "closed", "planned"], closed_year=[np.nan, 2020, np.nan])
    study = COUNTY.with_(schools=schools)
    opened = after(Open("S2"), Open("S3", seats=99, stage="junior"), study=study)
    assert opened.schools.loc[["S2", "S3"], "state"].tolist() == ["open", "open"]
    assert opened.schools["closed_year"].isna().all()
    assert offer(opened, "S2", "junior")["seats"] == 100
    assert [key[1] for key in opened.offers.index if key[0] == "S3"] == ["junior"]
    assert offer(opened, "S3", "junior")["seats"] == 99
    some = after(Open("S2", stage="primary", grades="1-3"), study=study)
    assert offer(some, "S2", "primary")["grades"] == (1, 2, 3)
    reserve = Scenario("x", [Close("S1", year=2024), Open("S1", year=2030)])
    assert apply(COUNTY, reserve, 2029).schools.at["S1", "state"] == "closed"
    assert apply(COUNTY, reserve).schools.at["S1", "state"] == "open"


def test_only_edits_up_to_the_year_are_carried_out() -> None:
    edits = [Close("S1", year=2025), Expand("S2", seats=400, stage="primary"), Close("S3", stage="primary", year=2024)]
    scenario = Scenario("x", edits)
    assert [edit.year for edit in in_force(scenario)] == [None, 2024, 2025]
    assert in_force(scenario, 2024) == [edits[1], edits[2]]
    assert list(apply(COUNTY, scenario, 2023).offering("primary")) == ["S1", "S2", "S3"]
    assert list(apply(COUNTY, scenario, 2024).offering("primary")) == ["S1", "S2"]
    assert list(apply(COUNTY, scenario).offering("primary")) == ["S2"]
    assert apply(COUNTY, scenario, 2023).seats("primary")["S2"] == 400


def test_destinations_and_pins_by_stage_and_grade() -> None:
    scenario = Scenario(
        "x",
        [
            Merge("S1", into="S2", grades="1-3"),
            Merge("S1", into="S3", grades="4-6"),
            Merge("S2", into="S3", site="campus", stage="junior"),
            Pin("A", school="S2", grades="7"),
            Pin("B", school="S2", stage="primary", year=2030),
        ],
    )
    assert destinations(scenario, "primary", 1) == {"S1": "S2"}
    assert destinations(scenario, "primary", 6) == {"S1": "S3"}
    assert destinations(scenario, "junior", 7) == {}
    assert pins(scenario, "junior") == [("A", (7,), "S2")]
    assert pins(scenario, "primary", 2029) == [("A", (7,), "S2")]
    assert pins(scenario, "primary") == [("A", (7,), "S2"), ("B", None, "S2")]
    with_closure = apply(COUNTY, scenario)
    assert with_closure.schools.at["S1", "state"] == "closed"


# --- random scenarios ------------------------------------------------------------------------------------------------

schools = st.sampled_from(["S1", "S2", "S3", "X1", "N1", "S9"])
said = {
    "stage": st.sampled_from([None, None, "primary", "junior", "kindergarten"]),
    "grades": st.sampled_from([None, None, None, "1-3", "4-6", "1-6", "7-9", "6,7", "12", "oops"]),
    "year": st.sampled_from([None, None, 2024, 2025, 2026]),
}
seats = st.sampled_from([None, 45.0, 200.5, 480.0])
edits = st.one_of(
    st.builds(Close, schools, **said),
    st.tuples(schools, schools).filter(lambda pair: pair[0] != pair[1]).flatmap(
        lambda pair: st.builds(
            Merge, st.just(pair[0]), into=st.just(pair[1]),
            site=st.sampled_from(["closed", "campus", "teaching_point", "kindergarten"]), **said,
        )
    ),
    st.builds(Keep, schools, **said),
    st.builds(Expand, schools, add_seats=st.sampled_from([-300.0, 45.0]), **said),
    st.builds(Expand, schools, seats=seats.filter(bool), **said),
    st.builds(
        Rebuild, st.sampled_from(["S1", "S3"]), seats=seats.filter(bool), back=st.sampled_from([None, 2027]),
        host=st.just("S2"), **said,
    ),
    st.builds(Open, st.sampled_from(["X1", "S1", "S3"]), seats=seats, school=st.sampled_from([None, "N1"]), **said),
    st.builds(Convert, schools, to=st.sampled_from(["kindergarten", "primary", "senior"]), seats=seats, **said),
    st.builds(Pin, st.sampled_from("ABZ"), schools, **said),
    st.builds(Board, schools, beyond_minutes=st.just(5.0), **said),
    st.builds(Bus, schools, **said),
)  # fmt: skip
STARTS = [
    COUNTY,
    COUNTY.with_(schools=COUNTY.schools.assign(state=["open", "open", "closed"])),
    COUNTY.with_(offers=COUNTY.offers.sort_index(ascending=False)),
    line_county(),
]
DIGESTS = {id(study): digest_study(study) for study in STARTS}


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.sampled_from(STARTS), st.lists(edits, max_size=5), st.sampled_from([None, 2023, 2024, 2025, 2027]))
def test_a_random_scenario_applies_or_is_refused_and_never_touches_the_study(
    study: Study, said: list[Edit], year: int | None
) -> None:
    before = DIGESTS[id(study)]
    scenario = Scenario("random", said)
    try:
        once = apply(study, scenario, year)
    except ScenarioError:
        assert digest_study(study) == before
        return
    assert digest_study(study) == before
    assert digest_study(apply(study, scenario, year)) == digest_study(once)
    assert Scenario.from_mapping(scenario.as_mapping()) == scenario
    # What stands afterwards is a study: every open school has a stage, every stage a grade, no seats below 0.
    assert once.offers.index.is_unique
    assert all(len(grades) for grades in once.offers["grades"])
    assert set(study.schools.index) <= set(once.schools.index)
    open_schools = once.schools.index[once.schools["state"] == "open"]
    assert set(open_schools) <= set(once.offers.index.get_level_values("school_id"))
    assert not (once.offers["seats"] < 0).any()
    assert once.schools.geometry.notna().all()
    for stage in once.stages:
        once.seats(stage, 45.0)
