"""Seats that fall free each autumn, and the seat warning."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.cohorts import Forecast
from layout_planner.measures.intake import cohorts_of, entry_seats, entry_shares
from layout_planner.plan import Plan
from layout_planner.study import Study
from tests.toy.county import line_county, line_travel

SIX = range(1, 7)


def roomy(rooms: tuple[float, float, float], **county: object) -> Study:
    study = line_county(**county)
    return study.with_(offers=study.offers.assign(classrooms=list(rooms)))


def begin(study: Study, first: dict[int, tuple[float, float]], to: int) -> Forecast:
    """So many children of T1 and T2 begin each autumn."""
    rows = [
        ("middle", year, town, "primary", 1, number)
        for year in range(2024, to + 1)
        for town, number in zip(("T1", "T2"), first.get(year, (30.0, 40.0)), strict=True)
    ]
    return Forecast(
        study, to, pd.DataFrame(rows, columns=["variant", "year", "township_id", "stage", "grade", "pupils"])
    )


def test_rooms_that_fall_free_times_the_limit() -> None:
    # S1 has a class of 30 in each of six grades and 8 rooms: five stay, 3 are free, 45 each. S2's rooms are unknown:
    # 270 − 5 × 30. S3 has fewer rooms than classes that stay.
    plan = lp.today(roomy((8, np.nan, 4)), line_travel())
    seats = entry_seats(plan.study, plan.rules, "primary", cohorts_of(plan, "primary").move_up())
    assert seats.to_dict() == {"S1": 135, "S2": 120, "S3": 0}


def test_without_rooms_and_seats_there_is_no_limit_and_without_the_grade_no_seat() -> None:
    plan = lp.today(line_county(seats={"S1": np.nan}, grades={"S3": (4, 5, 6)}, pupils={"G": 0.0}), line_travel())
    seats = entry_seats(plan.study, plan.rules, "primary", cohorts_of(plan, "primary").move_up())
    assert seats.to_dict() == {"S1": np.inf, "S2": 120, "S3": 0}


def test_large_classes_move_up_as_they_are() -> None:
    # 60 in one class a grade at S1: two classes by the limit, but one moves up.
    study = roomy((7, 7, 7), pupils={"A": 40.0})
    rolls = study.rolls.assign(classes=1.0)
    plan = lp.today(study.with_(rolls=rolls), line_travel())
    cohorts = cohorts_of(plan, "primary")
    assert cohorts.heads.loc["S1", 3] == 60 and cohorts.classes.loc["S1", 3] == 1
    assert entry_seats(plan.study, plan.rules, "primary", cohorts.move_up())["S1"] == 2 * 45


def test_shares_follow_the_entry_grade_and_elsewhere_the_zone() -> None:
    study = line_county(pupils={"B": 0.0}, rolls={"S1": dict.fromkeys(SIX, 18.0), "S2": dict.fromkeys(SIX, 30.0),
                                                  "S3": dict.fromkeys(SIX, 10.0)})  # fmt: skip
    shares = entry_shares(lp.today(study, line_travel()), "primary").set_index(["place_id", "school_id"])["share"]
    assert shares.groupby(level="place_id").sum().eq(1.0).all()
    assert shares["B", "S1"] == 1.0
    assert shares[:, ""].sum() == pytest.approx(0.2)  # 2 of the 20 of A and C learn elsewhere


def warned(plan: Plan, first: dict[int, tuple[float, float]], years: int, **options: object) -> pd.DataFrame:
    coming = begin(plan.study, first, 2023 + years)
    return lp.measures.warn_seats(plan, coming, "primary", years=years, **options)


def test_warnings_by_year_and_level() -> None:
    # 7 rooms at each: one falls free each autumn beside the spare one, so 90, until classes of two rooms move up.
    plan = lp.today(roomy((7, 7, 7)), line_travel())
    table = warned(plan, {2024: (88.0, 40.0), 2025: (50.0, 40.0)}, 2)
    s1 = table.loc[table["school_id"] == "S1"].set_index("year")
    assert s1["applicants"].tolist() == [88, 50] and s1["seats"].tolist() == [90, 45]
    assert s1["level"].tolist() == ["orange", "red"] and s1["missing"].tolist() == [0, 5]
    assert s1["load"].tolist() == pytest.approx([88 / 90, 50 / 45])
    assert (table.loc[table["school_id"] != "S1", "level"] == "").all()
    own = warned(plan, {2024: (88.0, 40.0)}, 1, levels={"full": 0.5})
    assert own.set_index("school_id")["level"].to_dict() == {"S1": "full", "S2": "", "S3": ""}


def test_a_school_takes_in_no_more_than_its_seats_so_that_next_year_is_not_made_worse() -> None:
    plan = lp.today(roomy((6, 6, 6)), line_travel())
    s1 = warned(plan, {2024: (200.0, 40.0)}, 2).query("school_id == 'S1'")
    assert s1["seats"].tolist() == [45, 45] and s1["missing"].tolist() == [155, 0]


def test_no_seats_at_all_and_private_schools() -> None:
    study = roomy((5, 6, 6))
    study = study.with_(schools=study.schools.assign(ownership=["public", "public", "private"]))
    table = warned(lp.today(study, line_travel()), {}, 1)
    assert table["school_id"].tolist() == ["S1", "S2"]
    assert np.isinf(table.loc[0, "load"]) and table.loc[0, "level"] == "red"


def test_years_and_forecast_must_fit() -> None:
    plan = lp.today(line_county(), line_travel())
    for years, to in ((7, 2035), (0, 2035), (3, 2025)):
        with pytest.raises(lp.DataError, match=f"years={years}"):
            lp.measures.warn_seats(plan, begin(plan.study, {}, to), "primary", years=years)


def test_a_districts_warnings_ease_as_intakes_fall() -> None:
    study = lp.sample("zhigang")
    now = lp.today(study, lp.travel_matrix(study))
    table = lp.measures.warn_seats(now, lp.forecast(study, to=2029), "primary")
    red = table.loc[table["level"] == "red"].groupby("year").size().reindex(range(2024, 2030), fill_value=0)
    assert red[2024] == 13 and red[2029] < red[2024]
    assert (table.loc[table["level"] == "", "missing"] == 0).all()
