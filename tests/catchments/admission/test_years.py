"""New zones by the entry grade, the others stay, autumn by autumn."""

from __future__ import annotations

import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.cohorts import Forecast
from layout_planner.plan import Plan
from layout_planner.scenario import Close, Scenario
from layout_planner.study import Study
from tests.toy.county import line_county, line_travel

SIX = range(1, 7)


def swapped(study: Study | None = None) -> Plan:
    """C (10 children a grade) belongs to S2 from now on; today all of it goes to S1."""
    zones = pd.Series(dict(zip("ABCDEFG", ["S1", "S1", "S2", "S2", "S2", "S2", "S3"], strict=True)))
    return lp.solve(study or line_county(), line_travel(), assign=zones, stage="primary")


def forecast_of(study: Study, children: dict[tuple[int, str, int], float], to: int = 2025) -> Forecast:
    """A forecast with these (year, township, grade) and, for all others, the children of now."""
    rows = [
        ("middle", year, town, "primary", grade, children.get((year, town, grade), 30.0 if town == "T1" else 40.0))
        for year in range(study.year + 1, to + 1)
        for town in ("T1", "T2")
        for grade in SIX
    ]
    return Forecast(
        study, to, pd.DataFrame(rows, columns=["variant", "year", "township_id", "stage", "grade", "pupils"])
    )


def test_each_autumn_one_more_grade_follows_the_new_zones() -> None:
    done = lp.catchments.phase_in_zones(swapped(), "primary")
    assert done.table["year"].tolist() == list(range(2024, 2030))
    for year, plan in done.plans.items():
        flows = plan.assignments["primary"].flows
        mine = flows.loc[flows["place_id"] == "C"].set_index("grade")["school_id"]
        assert mine.to_dict() == {grade: "S2" if grade <= year - 2023 else "S1" for grade in SIX}
    assert done.table["by_new_zones"].tolist() == [70.0 * n for n in SIX]
    assert done.table["divided_places"].tolist() == [1, 1, 1, 1, 1, 0]
    assert (done.table["pupils"] == 420).all() and (done.table["unplaced"] == 0).all()
    # C goes 2 minutes to S1, 8 to S2; all others need 2 + 0 + 2 + 0 + 2 + 0 = 6 minutes a child of each place.
    assert done.table["minutes_mean"].tolist() == pytest.approx([(6 * 6 + 2 * (6 - n) + 8 * n) / 42 for n in SIX])


def test_an_entry_grade_beyond_its_seats_is_sent_on() -> None:
    # S2 has 210 seats: 5 grades of 30 move up, 60 are free at first; then 5 × 30 + … each year one grade of 40.
    plan = swapped(line_county(seats={"S2": 180.0}))
    done = lp.catchments.phase_in_zones(plan, "primary", years=2)
    # 180 − 150 = 30 free, 40 ask: C's 10 (8 minutes) are sent on, back to S1. In 2025 again.
    assert done.table["sent_on"].tolist() == [10.0, 10.0]
    flows = done.plans[2025].assignments["primary"].flows
    assert flows.loc[flows["place_id"] == "C", "school_id"].eq("S1").all()
    assert (done.table["over_full_pupils"] == 0).all()


def test_where_no_seat_is_left_anyone_too_many_is_unplaced_and_asks_again() -> None:
    tight = line_county(seats={"S1": 180.0, "S2": 180.0, "S3": 60.0}, pupils={"G": 10.0})
    coming = forecast_of(tight, {(2024, "T1", 1): 36.0, (2025, "T1", 2): 36.0})
    done = lp.catchments.phase_in_zones(swapped(tight), "primary", forecast=coming, years=2)
    assert done.table["unplaced"].tolist() == [6.0, 6.0]
    first = done.plans[2024].assignments["primary"]
    assert first.status == "infeasible" and first.unplaced["grade"].unique().tolist() == [1]


def test_numbers_are_the_forecasts_and_who_leaves_leaves_all_schools_alike() -> None:
    study = line_county()
    coming = forecast_of(study, {(2024, "T1", 1): 24.0, (2024, "T1", 2): 27.0, (2024, "T2", 3): 48.0})
    plan = lp.catchments.phase_in_zones(swapped(study), "primary", forecast=coming, years=1).plans[2024]
    flows = plan.assignments["primary"].flows
    by = flows.groupby(["place_id", "grade"])["pupils"].sum()
    assert by.xs(1, level="grade")[["A", "B", "C"]].tolist() == [8, 8, 8]
    assert by.xs(2, level="grade")[["A", "B", "C"]].tolist() == [9, 9, 9]
    assert by.xs(3, level="grade")[["D", "E", "F", "G"]].tolist() == [12, 12, 12, 12]  # 8 moved in
    assert plan.study.demand("primary").sum() == flows["pupils"].sum() == 420 - 6 - 3 + 8


def test_pupils_of_a_closed_school_go_by_the_new_zones() -> None:
    plan = lp.solve(
        line_county(), line_travel(), scenario=Scenario("close", [Close("S3")]), assign="nearest", stage="primary"
    )
    flows = lp.catchments.phase_in_zones(plan, "primary", years=1).plans[2024].assignments["primary"].flows
    assert flows.loc[flows["place_id"] == "G", "school_id"].eq("S2").all()


def test_pupils_of_private_schools_and_from_elsewhere_keep_their_share() -> None:
    # Each grade of D has 10 children, 4 at the private S3; S1 has 5 a grade whose home is not in the study.
    study = line_county(
        rolls={"S1": dict.fromkeys(SIX, 35.0), "S2": dict.fromkeys(SIX, 26.0), "S3": dict.fromkeys(SIX, 14.0)},
        attendance=[
            *((p, s, g, 10.0) for p, s in zip("ABCEFG", ["S1"] * 3 + ["S2"] * 2 + ["S3"], strict=True) for g in SIX),
            *(("D", "S2", g, 6.0) for g in SIX),
            *(("D", "S3", g, 4.0) for g in SIX),
        ],
    )
    study = study.with_(schools=study.schools.assign(ownership=["public", "public", "private"]))
    now = lp.today(study, line_travel())
    assert now.outside["pupils"].sum() == 30
    for plan in lp.catchments.phase_in_zones(now, "primary").plans.values():
        flows = plan.assignments["primary"].flows
        assert flows.loc[flows["place_id"] == "D"].groupby("school_id")["pupils"].sum().to_dict() == {
            "S2": 36,
            "S3": 24,
        }
        assert plan.outside.groupby("school_id")["pupils"].sum().to_dict() == {"S1": 30}
        assert flows["pupils"].sum() == 420


def test_a_forecast_that_ends_too_early_is_refused() -> None:
    study = line_county()
    with pytest.raises(lp.DataError, match="2025"):
        lp.catchments.phase_in_zones(swapped(study), "primary", forecast=forecast_of(study, {}))
    with pytest.raises(lp.DataError, match="0 autumns"):
        lp.catchments.phase_in_zones(swapped(study), "primary", years=0)


@pytest.mark.slow
def test_an_urban_district_grows_into_its_seats() -> None:
    study = lp.sample("zhigang")
    walk = lp.travel_matrix(study)
    plan = lp.solve(study, walk, assign="nearest_seats", stage="primary")
    coming = lp.forecast(study, to=2028)
    done = lp.catchments.phase_in_zones(plan, "primary", forecast=coming)
    today = plan.base.scorecard.value("over_full_pupils", "primary")
    over = done.table["over_full_pupils"].tolist()
    assert today == 1823 and over == sorted(over, reverse=True) and over[-1] == 0
    assert done.table["pupils"].tolist() == [coming.study(y).demand("primary").sum() for y in done.plans]
    assert (done.table["unplaced"] == 0).all()
