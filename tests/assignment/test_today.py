"""Today reproduces what the schools returned, on counties of every kind; nobody is lost, and it is always the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import layout_planner as lp
from layout_planner.assignment.solve import today
from layout_planner.assignment.today import assign_today
from layout_planner.plan import ELSEWHERE, HOME_UNKNOWN, NO_SEAT, REASONS, UNREACHABLE, Assignment
from layout_planner.study import Study
from layout_planner.travel.types import WAYS
from tests.toy.county import VILLAGES, line_county, line_travel, nine_year_county
from tests.toy.digests import digest_plan
from tests.toy.random_county import random_county

RULES = lp.Rules.load("cn-large-class", "cn-quality-balance")
seeds = st.integers(0, 2**32 - 1)


def children(study: Study, stage: str = "primary") -> pd.Series:
    mine = study.pupils.loc[study.pupils["stage"] == stage]
    return mine.groupby(["place_id", "grade", "group"])["pupils"].sum()


def conserved(found: Assignment, study: Study) -> None:
    """Placed + unplaced = residents, for each place, grade and group."""
    parts = [found.flows, found.unplaced.loc[found.unplaced["place_id"] != ""]]
    columns = ["place_id", "grade", "group", "pupils"]
    sums = pd.concat([part[columns] for part in parts]).groupby(columns[:3])["pupils"].sum()
    want = children(study, found.stage)
    assert set(sums.index) == set(want.index)
    np.testing.assert_allclose(sums.reindex(want.index), want, rtol=1e-9, atol=1e-6)
    assert (found.flows["pupils"] > 0).all()


def reproduced(found: Assignment, study: Study) -> None:
    """Every returned roll is matched grade by grade, the pupils from outside among them."""
    rolls = (
        study.rolls.loc[study.rolls["stage"] == found.stage].set_index(["school_id", "grade"])["pupils"].astype(float)
    )
    by_grade = found.roll_by_grade()
    np.testing.assert_allclose(by_grade.reindex(rolls.index, fill_value=0.0), rolls, rtol=1e-9, atol=1e-6)
    returned = set(rolls.index.get_level_values(0))
    beyond = [key for key in by_grade.index if key[0] in returned and key not in rolls.index]
    assert by_grade.loc[beyond].sum() == pytest.approx(0)


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(seeds, st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_every_roll_is_reproduced_and_nobody_is_lost(
    seed: int, fractional: bool, attendance: bool, catchments: bool, missing: bool
) -> None:
    county = random_county(
        seed, fractional=fractional, attendance=attendance, catchments=catchments, missing=missing
    )  # fmt: skip
    if not len(county.study.pupils):
        return
    found = assign_today(county.study, county.travel, RULES, "primary")
    conserved(found, county.study)
    reproduced(found, county.study)
    if not fractional and not missing:
        np.testing.assert_array_equal(found.flows["pupils"], np.round(found.flows["pupils"]))
    # The remainder is stated, and there is no more of it than must be: who is left out finds no returned place.
    stated = " ".join(note.en for note in found.notes)
    for why, pupils in found.unplaced.groupby("reason")["pupils"].sum().items():
        assert REASONS[why].en in stated
        assert f"{pupils:,.0f}" in stated
    for stage_grade, rest in found.outside.groupby("grade"):
        left = found.unplaced.loc[found.unplaced["grade"] == stage_grade]
        for place in left["place_id"].unique():
            ways = county.travel.minutes.loc[place, rest["school_id"]]
            offered = [stage_grade in county.study.offers.at[(s, "primary"), "grades"] for s in rest["school_id"]]
            assert not (ways.notna().to_numpy() & np.array(offered)).any()
    if not missing and not attendance:  # attendance over the roll would be clipped
        assert set(found.outside["reason"]) <= {HOME_UNKNOWN.en}


@settings(max_examples=50, deadline=None)
@given(seeds, st.booleans(), st.booleans())
def test_a_closed_system_has_no_remainder_and_keeps_known_attendance(
    seed: int, attendance: bool, fractional: bool
) -> None:
    county = random_county(seed, closed_system=True, attendance=attendance, fractional=fractional)
    if not len(county.study.pupils):
        return
    found = assign_today(county.study, county.travel, RULES, "primary")
    assert not len(found.unplaced)
    assert not len(found.outside)
    assert found.status == ("optimal" if len(county.study.rolls) else "rule")
    known = county.study.attendance.set_index(["place_id", "school_id", "grade"])["pupils"]
    flows = found.flows.groupby(["place_id", "school_id", "grade"])["pupils"].sum()
    assert (flows.reindex(known.index, fill_value=0.0) >= known - 1e-6).all()
    # Least travel: the flows the returns were made of cannot be shorter (at the pace of each grade).
    pace = np.array([county.travel.pace.get(grade, 1.0) for grade in range(1, 7)])
    made = np.nansum(np.nan_to_num(county.travel.minutes.to_numpy())[:, :, None] * county.flows * pace)
    assert found.objective <= made + 1e-6


def test_the_county_on_a_line_by_hand() -> None:
    # Everybody learns at the nearest school: 3 villages × 60 at S1 and S2, G's 60 at S3.
    plan = today(line_county(), line_travel(), RULES)
    found = plan.assignments["primary"]
    assert plan.status == "optimal"
    assert found.roll().to_dict() == {"S1": 180, "S2": 180, "S3": 60}
    assert found.objective == found.bound == 60 * (2 + 0 + 2 + 2 + 0 + 2 + 0)
    assert found.gap == 0.0
    assert found.notes == ()
    assert plan.base is None


def test_today_is_not_nearest() -> None:
    # S3 returned 20 of each grade more than G has: they come from F (6 minutes on) though S2 is 2 minutes off.
    six = range(1, 7)
    rolls = {"S1": dict.fromkeys(six, 30), "S2": dict.fromkeys(six, 20), "S3": dict.fromkeys(six, 20)}
    found = today(line_county(rolls=rolls), line_travel(), RULES).assignments["primary"]
    flows = found.flows.groupby(["place_id", "school_id"])["pupils"].sum()
    assert flows[("F", "S3")] == 60
    assert flows[("D", "S2")] == flows[("E", "S2")] == 60


def test_what_is_over_and_what_is_missing_is_stated() -> None:
    six = range(1, 7)
    more = {"S1": dict.fromkeys(six, 35), "S2": dict.fromkeys(six, 30), "S3": dict.fromkeys(six, 10)}
    found = today(line_county(rolls=more), line_travel(), RULES).assignments["primary"]
    assert found.outside.groupby("school_id")["pupils"].sum().to_dict() == {"S1": 30}
    assert found.notes[0].en == "30 pupils on the rolls of 1 schools live outside the study."
    less = {"S1": dict.fromkeys(six, 28), "S2": dict.fromkeys(six, 30), "S3": dict.fromkeys(six, 10)}
    found = today(line_county(rolls=less), line_travel(), RULES).assignments["primary"]
    assert found.unplaced["pupils"].sum() == 12
    assert set(found.unplaced["reason"]) == {ELSEWHERE.en}
    # Fewest minutes are lost to the roll when those with the longest way study elsewhere: A and C, 2 minutes each.
    assert set(found.unplaced["place_id"]) <= {"A", "C"}


def test_a_school_that_returned_no_roll_is_filled_and_named() -> None:
    six = range(1, 7)
    some = {"S1": dict.fromkeys(six, 30), "S2": dict.fromkeys(six, 30)}
    found = today(line_county(rolls=some), line_travel(), RULES).assignments["primary"]
    assert found.roll().to_dict() == {"S1": 180, "S2": 180, "S3": 60}
    assert "三小" in found.notes[0].en
    # A returned roll comes before the way: S1 returned 40 a grade, so 10 of D go west though S2 is nearer.
    west = {"S1": dict.fromkeys(six, 40)}
    found = today(line_county(rolls=west, seats={"S3": 30.0}), line_travel(), RULES).assignments["primary"]
    assert found.roll()["S1"] == 240


def test_without_rolls_today_is_assumed_within_the_seats_and_said_to_be() -> None:
    study = line_county(rolls={}, seats={"S1": 100.0, "S2": 270.0, "S3": 60.0})
    plan = today(study, line_travel(), RULES)
    found = plan.assignments["primary"]
    assert (found.method, found.status) == ("assumed", "rule")
    assert np.isnan(found.bound)
    assert found.roll()["S1"] == 100  # 17 seats in four grades, 16 in two: none is lost to rounding
    np.testing.assert_array_equal(found.flows["pupils"], np.round(found.flows["pupils"]))
    short = line_county(rolls={}, seats={"S1": 100.0, "S2": 100.0, "S3": 60.0})
    found = today(short, line_travel(), RULES).assignments["primary"]
    assert found.unplaced["pupils"].sum() == 420 - 260
    assert set(found.unplaced["reason"]) == {NO_SEAT.en}


def test_catchments_are_kept_before_ways_are_short_and_may_be_shared() -> None:
    study = line_county(rolls={})
    zones = dict.fromkeys(VILLAGES, "S1") | {"E": "S2;S3", "F": " S3 ; S2 ", "G": "S9;S3", "D": ""}
    study = study.with_(
        places=study.places.assign(catchment_primary=pd.Series(zones)),
        offers=study.offers.assign(seats=[300.0, 60.0, 300.0]),
    )
    found = today(study, line_travel(), RULES).assignments["primary"]
    assert found.method == "today"
    flows = found.flows.groupby(["place_id", "school_id"])["pupils"].sum()
    assert flows.loc[["A", "B", "C"]].index.get_level_values(1).unique().tolist() == ["S1"]
    assert flows.loc["E"].to_dict() == {"S2": 60}  # the shared zone's 60 seats at S2 go to the nearer
    assert flows.loc["F"].to_dict() == {"S3": 60}
    assert flows.loc["D"].to_dict() == {"S1": 60}
    assert found.notes[-1].en == "60 pupils learn outside their catchment."


def test_a_long_chain_of_moves_keeps_everyone_in_the_catchment() -> None:
    # Ten villages in a row, each in the zone of its own school and the next; S0 is full, so all move one on: each step
    # costs 50 minutes, together far more than any single way.
    n = 10
    minutes = np.full((n, n), 55.0)
    for i in range(n):
        minutes[i, i] = 1.0
        minutes[i, (i + 1) % n] = 51.0
    minutes[0, 5] = 2.0
    base = line_county()
    places, schools = [f"V{i}" for i in range(n)], [f"Z{i}" for i in range(n)]
    frame = base.places.iloc[[0] * n].set_axis(pd.Index(places, name="place_id"))
    frame["catchment_primary"] = [f"Z{i};Z{i + 1}" if i + 1 < n else f"Z{i}" for i in range(n)]
    index = pd.MultiIndex.from_product([schools, ["primary"]], names=["school_id", "stage"])
    offers = base.offers.iloc[[0] * n].set_axis(index).assign(seats=6.0)
    pupils = [(p, "primary", g, "local", 2.0 if p == "V0" else 0.0 if p == "V9" else 1.0)
              for p in places for g in range(1, 7)]  # fmt: skip
    study = base.with_(
        places=frame,
        schools=base.schools.iloc[[0] * n].set_axis(pd.Index(schools, name="school_id")),
        offers=offers,
        pupils=pd.DataFrame(pupils, columns=base.pupils.columns).query("pupils > 0"),
        rolls=base.rolls.iloc[:0],
    )
    ways = pd.DataFrame(minutes, index=pd.Index(places, name="place_id"), columns=schools)
    travel = line_travel().with_(minutes=ways, metres=ways)
    found = today(study, travel, RULES).assignments["primary"]
    assert found.notes[-1].en == "0 pupils learn outside their catchment."
    assert not len(found.unplaced)


def test_attendance_without_grades_is_spread_as_the_roll_is() -> None:
    six = range(1, 7)
    rolls = {"S1": {g: 20 + g for g in six}, "S2": dict.fromkeys(six, 30), "S3": {g: 20 - g for g in six}}
    attendance = pd.DataFrame(
        [("A", "S2", "primary", np.nan, 7.0), ("G", "S1", "primary", 2.0, 3.0)],
        columns=["place_id", "school_id", "stage", "grade", "pupils"],
    )
    study = line_county(rolls=rolls).with_(attendance=attendance)
    plan = today(study, line_travel(), RULES)
    conserved(plan.assignments["primary"], study)
    reproduced(plan.assignments["primary"], study)
    flows = plan.flows.groupby(["place_id", "school_id"])["pupils"].sum()
    assert flows[("A", "S2")] >= 7
    spread = plan.flows.query("place_id == 'A' and school_id == 'S2'").groupby("grade")["pupils"].sum()
    assert sorted(spread.tolist())[:5] == [1, 1, 1, 1, 1]  # 7 over six grades of 30: one each and one more
    assert flows[("G", "S1")] == 3
    # Without a roll to go by, as the children of the place are.
    silent = line_county(rolls={}).with_(attendance=attendance)
    found = today(silent, line_travel(), RULES)
    assert found.assignments["primary"].method == "today"
    assert found.flows.groupby(["place_id", "school_id"])["pupils"].sum()[("A", "S2")] == 7


def test_migrants_are_shared_out_among_the_schools_of_their_village() -> None:
    six = range(1, 7)
    rolls = {"S1": dict.fromkeys(six, 25), "S2": dict.fromkeys(six, 35), "S3": dict.fromkeys(six, 10)}
    study = line_county(rolls=rolls, migrants={"C": 4.0})
    plan = today(study, line_travel(), RULES)
    conserved(plan.assignments["primary"], study)
    of_c = plan.flows.loc[plan.flows["place_id"] == "C"].groupby(["school_id", "group"])["pupils"].sum()
    assert of_c.to_dict() == {
        ("S1", "local"): 18, ("S1", "migrant"): 12, ("S2", "local"): 18, ("S2", "migrant"): 12,
    }  # fmt: skip
    one_fraction = study.pupils.copy()
    one_fraction.loc[one_fraction["place_id"] == "G", "pupils"] = 9.7
    plan = today(study.with_(pupils=one_fraction), line_travel(), RULES)
    again = plan.flows.loc[plan.flows["place_id"] == "C"].groupby(["school_id", "group"])["pupils"].sum()
    assert again.to_dict() == of_c.to_dict()  # a fraction elsewhere breaks nobody here


def test_boarders_are_those_with_the_longest_way_and_not_the_youngest() -> None:
    study = line_county()
    study = study.with_(offers=study.offers.assign(boarders=[70.0, 20.0, np.nan]))
    flows = today(study, line_travel(), RULES).flows
    board = flows.loc[flows["how"] == "board"]
    assert board.groupby("school_id")["pupils"].sum().to_dict() == {"S1": 70, "S2": 20}
    # S1: A and C lie 2 minutes off, 60 of them in grades 4–6; then B's older ones before any younger.
    old = board.loc[(board["school_id"] == "S1") & (board["grade"] > 3)]
    assert old.groupby("place_id")["pupils"].sum().to_dict() == {"A": 30, "B": 10, "C": 30}
    assert set(board.loc[board["school_id"] == "S2", "place_id"]) <= {"D", "F"}
    conserved(today(study, line_travel(), RULES).assignments["primary"], study)


def usual_line() -> lp.travel.Travel:
    """The line county as children usually go: on foot up to 150 m, beyond it by electric bicycle, daily up to 1,000."""
    travel = line_travel()
    ways = pd.DataFrame(np.where(travel.metres <= 150, WAYS.index("walk"), WAYS.index("ebike")).astype(np.int8),
                        index=travel.minutes.index, columns=travel.minutes.columns)  # fmt: skip
    return travel.with_(mode="usual", ways=ways, day=1000.0)


def test_whom_attendance_shows_far_away_lodges_there_and_every_flow_tells_its_mode() -> None:
    """Village A lies 100 × (|x| to S3) = more than 1,000 m from S3: six of its children are known to learn there."""
    study = line_county(attendance=[("A", "S3", g, 1.0) for g in range(1, 7)])
    plan = today(study, usual_line(), RULES)
    flows = plan.flows
    lodge = flows.loc[flows["how"] == "lodge"]
    assert set(zip(lodge["place_id"], lodge["school_id"], strict=True)) == {("A", "S3")}
    assert lodge["pupils"].sum() == 6
    day = flows.loc[flows["how"] == "day"]
    assert (day["mode"] == np.where(day["metres"] <= 150, "walk", "ebike")).all()
    by = day.groupby("mode")["pupils"].sum()
    card = plan.scorecard
    assert (card.value("by_walk", "primary"), card.value("by_ebike", "primary")) == (by["walk"], by["ebike"])
    assert card.value("lodgers", "primary") == card.value("boarders", "primary") == 6
    # They are no day pupils: the mean way is of the others.
    assert card.value("minutes_mean", "primary") == pytest.approx(
        (day["minutes"] * day["pupils"]).sum() / day["pupils"].sum()
    )
    # Who lodges stays when others move; whoever moves comes by day.
    later = lp.solve(study, usual_line(), RULES, scenario=lp.Scenario("x", [lp.Close("S1")]))
    assert later.flows.loc[later.flows["how"] == "lodge", "pupils"].sum() == 6
    assert later.flows["pupils"].sum() + later.unplaced["pupils"].sum() == 420
    assert "lodge" not in set(today(study, line_travel(), RULES).flows["how"])
    assert set(today(study, line_travel(), RULES).flows["mode"]) == {"line"}


def test_a_place_without_a_way_and_a_grade_nobody_offers_are_named() -> None:
    travel = line_travel()
    minutes = travel.minutes.copy()
    minutes.loc["G"] = np.nan
    grades = {"S1": (1, 2, 3, 4, 5), "S2": (1, 2, 3, 4, 5), "S3": (1, 2, 3)}
    study = line_county(grades=grades)
    plan = today(study, travel.with_(minutes=minutes, metres=minutes), RULES)
    conserved(plan.assignments["primary"], study)
    reproduced(plan.assignments["primary"], study)
    unplaced = plan.unplaced.set_index(["place_id", "grade"])["reason"]
    assert set(unplaced.loc["G"]) == {UNREACHABLE.en}
    assert unplaced[("A", 6)] == UNREACHABLE.en


def test_every_stage_by_itself_and_one_stage_alone() -> None:
    study, travel = nine_year_county(), line_travel()
    plan = today(study, travel, RULES)
    assert list(plan.assignments) == ["primary", "junior"]
    for stage in ("primary", "junior"):
        conserved(plan.assignments[stage], study)
        reproduced(plan.assignments[stage], study)
    alone = today(study, travel, RULES, stage="junior")
    assert list(alone.assignments) == ["junior"]
    assert alone.assignments["junior"] is plan.assignments["junior"]  # worked out once
    with pytest.raises(lp.DataError, match="juniors"):
        today(study, travel, RULES, stage="juniors")


def test_a_mapping_of_ways_is_kept_too() -> None:
    study, ways = nine_year_county(), {"primary": line_travel(), "junior": line_travel({7: 0.5})}
    plan = today(study, ways, RULES)
    assert plan.assignments["primary"] is today(study, ways, RULES).assignments["primary"]
    sevens = plan.flows.loc[(plan.flows["grade"] == 7) & (plan.flows["place_id"] == "A"), "minutes"]
    assert sevens.tolist() == [6.0]  # 12 minutes at half the pace factor


def test_no_school_open_leaves_everyone_named() -> None:
    study = line_county()
    study = study.with_(schools=study.schools.assign(state="closed"))
    plan = today(study, line_travel(), RULES)
    conserved(plan.assignments["primary"], study)
    assert set(plan.unplaced["reason"]) == {UNREACHABLE.en}
    assert plan.unplaced["pupils"].sum() == 420


PRINT_DIGEST = """
import layout_planner as lp
from layout_planner.scenario import Close, Merge, Scenario
from tests.toy.digests import digest_plan
from tests.toy.random_county import random_county
rules = lp.Rules.load("cn-large-class", "cn-quality-balance")
for seed in (3, 8):
    county = random_county(seed, attendance=True, catchments=True, missing=True, private=True)
    print(digest_plan(lp.today(county.study, county.travel, rules)))
    for assign in ("stay", "nearest_seats", "capacity"):
        scenario = Scenario("x", [Close("S0")])
        print(digest_plan(lp.solve(county.study, county.travel, rules, scenario=scenario, assign=assign)))
"""


@pytest.mark.slow
def test_the_same_input_gives_the_same_output_whatever_the_hash_seed() -> None:
    root = Path(__file__).parents[2]
    told = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", PRINT_DIGEST], cwd=root, text=True, capture_output=True, check=True,
            env={"PYTHONHASHSEED": seed, "PATH": "", "HOME": str(root), "LAYOUT_PLANNER_LANG": "en"},
        ).stdout
        for seed in ("0", "4242")
    ]  # fmt: skip
    assert told[0] == told[1]
    assert len(told[0].splitlines()) == 8
    county = random_county(3, attendance=True)
    assert digest_plan(today(county.study, county.travel, RULES)) == digest_plan(
        today(county.study.with_(), county.travel, RULES)
    )
