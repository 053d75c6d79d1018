"""Forecasts worked out by hand, and what must hold on the samples."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point

import layout_planner as lp
from layout_planner.cohorts.births import cohort, extended, recorded
from layout_planner.phasing.peaks import peaks
from layout_planner.study import TIDY, Study
from tests.toy.county import line_county

BIRTH_COLUMNS = list(TIDY["births"])


def births(counts: dict[str, dict[int, float]]) -> pd.DataFrame:
    rows = [(town, year, n, "recorded") for town, by_year in counts.items() for year, n in by_year.items()]
    return pd.DataFrame(rows, columns=BIRTH_COLUMNS)


def steady(n: float, first: int = 2005, last: int = 2023) -> dict[int, float]:
    return dict.fromkeys(range(first, last + 1), n)


def test_a_grade_takes_a_third_of_one_year_and_two_thirds_of_the_next() -> None:
    # Grade 1 of autumn 2023: 1 September 2016 … 31 August 2017.
    table = recorded(births({"T1": {2016: 300.0, 2017: 150.0}}))
    assert cohort(table, 1, 2023)["T1"] == pytest.approx(300 / 3 + 150 * 2 / 3)
    assert cohort(table, 7, 2029)["T1"] == pytest.approx(200.0)  # the same children six years on
    assert cohort(table, -2, 2020)["T1"] == pytest.approx(200.0)  # and in the small class, three years old
    assert np.isnan(cohort(table, 2, 2023)["T1"])


def test_births_go_on_from_the_county_level_by_the_stated_growth() -> None:
    # Mean of the last three years 100 and 50; the county's last year is 120 of 150, so both are scaled by 0.8.
    table = recorded(births({"T1": {2021: 100, 2022: 120, 2023: 80}, "T2": {2021: 50, 2022: 60, 2023: 40}}))
    more = extended(table, 2025, -0.10)
    assert more.loc["T1", 2024] == pytest.approx(100 * 0.8 * 0.9)
    assert more.loc["T2", 2025] == pytest.approx(50 * 0.8 * 0.81)


def test_a_planners_own_births_count_before_the_growth() -> None:
    table = recorded(births({"T1": steady(90.0)}))
    own = pd.DataFrame({2024: [33.0]}, index=["T1"])
    assert extended(table, 2025, 0.0, own).loc["T1"].tolist()[-2:] == [33.0, 90.0]


def test_steady_births_give_a_steady_county() -> None:
    # 36 births a year in the west and 48 in the east make 10 a grade and village; nothing changes.
    study = line_county().with_(births=births({"T1": steady(36.0), "T2": steady(48.0)}))
    to_come = lp.forecast(study, 2028, growth={"middle": 0.0})
    assert to_come.totals()["primary"].tolist() == pytest.approx([420.0] * 5)
    later = to_come.middle
    assert later.year == 2028 and later.rolls.empty and later.attendance.empty
    pd.testing.assert_series_equal(later.demand("primary"), study.demand("primary"))


def test_a_cohort_grows_up_and_the_next_follows_its_births() -> None:
    # Grade 1 doubles in village A only; six years later it is gone, one year later it is grade 2.
    study = line_county()
    pupils = study.pupils.copy()
    pupils.loc[(pupils["place_id"] == "A") & (pupils["grade"] == 1), "pupils"] = 20.0
    # The births do not know of it: the county's ratio of grade 1 rises, the others stay.
    study = study.with_(pupils=pupils, births=births({"T1": steady(36.0), "T2": steady(48.0)}))
    table = lp.forecast(study, 2024, growth={"middle": 0.0}).table
    west = table.loc[table["township_id"] == "T1"].set_index("grade")["pupils"]
    # N(2024, 2) = N(2023, 1) R(2)/R(1): 40 children, R(1) = 80/84, R(2) = 70/84.
    assert west[2] == pytest.approx(40 * 70 / 80)
    assert west[3] == pytest.approx(30.0)


def test_village_children_move_to_town_and_none_is_lost() -> None:
    study = line_county().with_(births=births({"T1": steady(36.0), "T2": steady(48.0)}))
    townships = study.townships.assign(urban_rural=["220", "121"])
    moved = lp.forecast(study.with_(townships=townships), 2025, growth={"middle": 0.0}, to_town=0.1)
    sums = moved.table.groupby(["year", "township_id"])["pupils"].sum().unstack()
    assert sums.loc[2024, "T1"] == pytest.approx(180 * 0.9)
    assert sums.loc[2025, "T1"] == pytest.approx(180 * 0.81)
    assert sums.sum(axis=1).tolist() == pytest.approx([420.0, 420.0])


def test_estates_bring_children_from_their_year_on() -> None:
    estates = pd.DataFrame(
        {"estate_id": ["E"], "place_id": ["G"], "homes": [100], "year": [2025], "yield_primary": [0.3]}
    )
    study = line_county().with_(births=births({"T1": steady(36.0), "T2": steady(48.0)}), extra={"estates": estates})
    totals = lp.forecast(study, 2026, growth={"middle": 0.0}).totals()["primary"]
    assert totals.tolist() == pytest.approx([420.0, 450.0, 450.0])
    without = lp.forecast(study, 2026, growth={"middle": 0.0}, estates=False).totals()["primary"]
    assert without.tolist() == pytest.approx([420.0] * 3)


def test_seats_are_set_against_children_by_township() -> None:
    study = line_county().with_(births=births({"T1": steady(36.0), "T2": steady(48.0)}))
    seats = lp.forecast(study, 2024, growth={"middle": 0.0}).seats().set_index("area")
    assert seats.loc["T1", ["pupils", "seats", "gap"]].tolist() == pytest.approx([180, 270, 90])  # S1
    assert seats.loc["T2", ["pupils", "seats", "gap"]].tolist() == pytest.approx([240, 540, 300])  # S2 and S3


def test_seats_nobody_returned_stay_unknown() -> None:
    study = line_county().with_(births=births({"T1": steady(36.0), "T2": steady(48.0)}))
    offers = study.offers.copy()
    offers.loc[("S2", "primary"), "seats"] = np.nan
    study = study.with_(offers=offers)
    coming = lp.forecast(study, 2024, growth={"middle": 0.0})
    seats = coming.seats().set_index("area")
    assert seats.loc["T1", ["seats", "gap", "unknown"]].tolist() == pytest.approx([270, 90, 0])
    assert seats.loc["T2", ["seats", "gap", "load"]].isna().all()
    assert seats.loc["T2", ["unknown", "warning"]].tolist() == [1, "unknown"]
    told = peaks(coming)
    assert told.balance.set_index("township_id").loc["T1", ["seats", "empty"]].tolist() == pytest.approx([270, 90])
    county = told.table.set_index("township_id").loc[["", "T2"], ["most_short", "most_empty", "empty_from"]]
    assert county.isna().all(axis=None)
    # Rooms tell the seats where the size of a class is given: 6 rooms of 45.
    rooms = study.with_(offers=offers.assign(classrooms=[6.0] * len(offers)))
    known = lp.forecast(rooms, 2024, growth={"middle": 0.0}).seats({"primary": 45.0}).set_index("area")
    assert known.loc["T2", ["seats", "unknown"]].tolist() == pytest.approx([540, 0])


def test_the_back_test_is_exact_where_births_explain_everything() -> None:
    study = line_county().with_(births=births({"T1": steady(36.0), "T2": steady(48.0)}))
    table = lp.cohorts.backtest(study)
    assert table["error"].abs().max() == pytest.approx(0.0, abs=1e-12)
    # Births split 36 : 48 = 3 : 4, as the villages are.
    assert table["township_error"].abs().max() == pytest.approx(0.0, abs=1e-12)


def test_what_cannot_be_forecast_is_refused() -> None:
    with pytest.raises(lp.DataError, match="births"):
        lp.forecast(line_county(), 2030)
    study = line_county().with_(births=births({"T1": steady(36.0), "T2": steady(48.0)}))
    with pytest.raises(lp.DataError, match="later than 2023"):
        lp.forecast(study, 2023)
    with pytest.raises(lp.DataError, match="no year 2040"):
        lp.forecast(study, 2025).study(2040)


@pytest.mark.slow
@given(
    west=st.integers(0, 80), east=st.integers(1, 80), growth=st.floats(-0.2, 0.1), share=st.floats(0, 0.5),
)  # fmt: skip
def test_places_add_up_to_the_rounded_townships(west: int, east: int, growth: float, share: float) -> None:
    study = line_county().with_(births=births({"T1": steady(west), "T2": steady(east)}))
    townships = study.townships.assign(urban_rural=["220", "121"])
    to_come = lp.forecast(study.with_(townships=townships), 2027, growth={"middle": growth}, to_town=share)
    last = to_come.table.loc[to_come.table["year"] == 2027]
    by_place = to_come.middle.pupils
    assert (by_place["pupils"] >= 0).all() and (by_place["pupils"] % 1 == 0).all()
    home = study.places["township_id"]
    got = by_place.groupby([by_place["place_id"].map(home), "stage", "grade"])["pupils"].sum()
    want = np.round(last.set_index(["township_id", "stage", "grade"])["pupils"])
    for key, n in want.items():
        assert got.get(key, 0.0) == pytest.approx(n)


def test_fuxi_kindergartens_shrink_now_and_junior_intake_peaks_later() -> None:
    to_come = lp.forecast(lp.sample("fuxi"), 2035)
    totals = to_come.totals()
    assert (totals["kindergarten"].diff().dropna() < 0).all()
    assert totals["primary"].idxmax() == 2024
    assert to_come.intake("junior").idxmax() in (2028, 2029)
    low, high = to_come.totals("low"), to_come.totals("high")
    assert (low.loc[2035] <= totals.loc[2035]).all() and (totals.loc[2035] <= high.loc[2035]).all()


def test_fuxi_births_explain_the_rolls_from_grade_one_up() -> None:
    # The sample's children leave at a steady rate, so the line is as good as exact; the plain mean is not.
    grown = lp.cohorts.backtest(lp.sample("fuxi")).drop(index="kindergarten", level="stage")
    assert grown[["error", "roll_error"]].abs().max().max() < 0.001
    assert 0.05 < grown["mean_error"].abs().max() < 0.08
    assert grown["township_error"].max() < 0.04


def test_the_back_test_leaves_the_grade_itself_out() -> None:
    # 10 children a grade and village of 7 each; grade 3 has half: the others' line does not know, grade 3 is told high.
    study = line_county()
    pupils = study.pupils.copy()
    pupils.loc[pupils["grade"] == 3, "pupils"] = 5.0
    study = study.with_(pupils=pupils, births=births({"T1": steady(36.0), "T2": steady(48.0)}))
    table = lp.cohorts.backtest(study).loc["primary"]
    assert table.loc[3, ["residents", "rolls"]].tolist() == [35.0, 70.0]
    assert table.loc[3, "expected"] == pytest.approx(70.0)
    assert table.loc[3, ["error", "mean_error", "roll_error"]].tolist() == pytest.approx([1.0, 1.0, 0.0])
    with pytest.raises(lp.DataError, match="do not reach back"):
        lp.cohorts.backtest(study.with_(births=births({"T1": {2022: 1.0, 2023: 1.0}})))


def test_five_and_four_years_take_the_births_of_their_own_cohorts() -> None:
    """Under 5+4 junior school begins with grade 6: born September 2011 to August 2012 for the autumn of 2023."""
    study = lp.sample("zhigang")
    table = lp.cohorts.backtest(study)
    by_year = study.births.groupby("year")["count"].sum()
    assert table.loc[("junior", 6), "births"] == pytest.approx(by_year[2011] / 3 + by_year[2012] * 2 / 3)
    assert table.drop(index="kindergarten", level="stage")["error"].abs().max() < 0.025
    intake = lp.forecast(study, 2026, estates=False).intake("junior")
    five = study.pupils.loc[(study.pupils["stage"] == "primary") & (study.pupils["grade"] == 5), "pupils"].sum()
    assert intake[2024] == pytest.approx(five, rel=0.03)


def test_a_planners_progression_takes_the_place_of_the_cross_sections() -> None:
    study = line_county().with_(births=births({"T1": steady(36.0), "T2": steady(48.0)}))
    table = lp.forecast(study, 2025, growth={"middle": 0.0}, progression={3: 0.9}).table
    county = table.groupby(["year", "grade"])["pupils"].sum()
    # Who enters grade 3 in 2024 or 2025 loses a tenth; who is past it today does not.
    assert county.loc[2024].tolist() == pytest.approx([70, 70, 63, 70, 70, 70])
    assert county.loc[2025].tolist() == pytest.approx([70, 70, 63, 63, 70, 70])


def test_children_move_in_and_out_of_a_township() -> None:
    study = line_county().with_(births=births({"T1": steady(36.0), "T2": steady(48.0)}))
    table = lp.forecast(study, 2025, growth={"middle": 0.0}, migration={"T1": -0.1}).table
    sums = table.groupby(["year", "township_id"])["pupils"].sum().unstack()
    assert sums["T1"].tolist() == pytest.approx([162.0, 145.8]) and sums["T2"].tolist() == pytest.approx([240.0] * 2)


def test_children_of_an_estate_live_there() -> None:
    estates = pd.DataFrame(
        {"estate_id": ["E", "W"], "place_id": ["G", None], "township_id": [None, "T1"], "homes": [100, 10],
         "year": [2025, 2030], "yield_primary": [0.25, 1.0]}
    )  # fmt: skip
    study = line_county().with_(births=births({"T1": steady(36.0), "T2": steady(48.0)}), extra={"estates": estates})
    to_come = lp.forecast(study, 2026, growth={"middle": 0.0})
    now, later = to_come.study(2024).demand("primary"), to_come.study(2026).demand("primary")
    assert (later - now).to_dict() == {**dict.fromkeys("ABCDEF", 0.0), "G": 25.0}
    west = lp.forecast(study, 2030, growth={"middle": 0.0}).table
    assert west.loc[(west["year"] == 2030) & (west["township_id"] == "T1"), "pupils"].sum() == pytest.approx(190.0)
    nowhere = {"estates": estates.assign(place_id=None, township_id=None)}
    with pytest.raises(lp.DataError, match="neither a place nor a township"):
        lp.forecast(study.with_(extra=nowhere), 2026)


def private_county() -> Study:
    """S3 is private: 60 of 420 pupils."""
    study = line_county().with_(births=births({"T1": steady(36.0), "T2": steady(48.0)}))
    return study.with_(schools=study.schools.assign(ownership=["public", "public", "private"]))


def test_private_schools_shrink_to_a_quota_and_their_pupils_need_public_seats() -> None:
    # 60 / 420 = 1/7 today, 5 % in 2025: half way in 2024.
    to_come = lp.forecast(private_county(), 2026, growth={"middle": 0.0}, private={"primary": 0.05}, private_by=2025)
    share = (1 / 7 + 0.05) / 2
    assert to_come.private["primary"].tolist() == pytest.approx([1 / 7, share, 0.05, 0.05])
    east = to_come.seats().set_index(["area", "year"]).loc["T2", "seats"]
    assert east.tolist() == pytest.approx([270 + 420 * share, 270 + 21, 270 + 21])
    assert to_come.study(2024).seats("primary").to_dict() == {"S1": 270.0, "S2": 270.0, "S3": 40.0}
    assert any("Private schools" in note.en for note in to_come.notes)
    # A quota above today's share is no order to grow.
    assert lp.forecast(private_county(), 2024, private={"primary": 0.5}).private["primary"].tolist() == pytest.approx(
        [1 / 7, 1 / 7]
    )


def test_seats_by_area_and_the_warnings_the_planner_sets() -> None:
    study = line_county(seats={"S1": 180.0}).with_(births=births({"T1": steady(36.0), "T2": steady(48.0)}))
    to_come = lp.forecast(study, 2024, growth={"middle": 0.0})
    table = to_come.seats().set_index("area")
    assert table["warning"].to_dict() == {"T1": "orange", "T2": ""}  # 180 of 180, 240 of 540
    one = to_come.seats(areas=pd.Series("east and west", index=["T1", "T2"]), warning={"look": 0.5})
    assert one[["area", "pupils", "seats", "gap", "warning"]].to_numpy().tolist() == [
        ["east and west", pytest.approx(420.0), 720.0, pytest.approx(300.0), "look"]
    ]
    none = line_county(seats={"S1": 0.0}).with_(births=study.births)
    assert lp.forecast(none, 2024).seats().set_index("area").loc["T1", "warning"].tolist() == ["red"] * 3


@pytest.mark.parametrize(
    "wrong",
    [{"migration": {"T9": 0.1}}, {"private": {"junior": 0.05}}, {"private": {"primary": 5}}, {"progression": {2: 0}},
     {"migration": {"T1": -1}}, {"private_by": 2023}],
)  # fmt: skip
def test_a_planners_own_rates_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(lp.DataError):
        lp.forecast(private_county(), 2026, **wrong)


def test_places_without_children_of_a_stage_share_evenly() -> None:
    # Township T1 has no pupils on record, but births say there will be some.
    study = line_county(pupils=dict.fromkeys("ABC", 0.0)).with_(births=births({"T1": steady(60.0), "T2": steady(48.0)}))
    later = lp.forecast(study, 2031, growth={"middle": 0.0}).middle
    assert isinstance(later.places, gpd.GeoDataFrame) and isinstance(later.places.geometry.iloc[0], Point)
    west = later.demand("primary")[list("ABC")]
    assert west.max() - west.min() <= 6 * 1  # one child a grade at most between them
