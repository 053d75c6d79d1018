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
from layout_planner.study import TIDY
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
    seats = lp.forecast(study, 2024, growth={"middle": 0.0}).seats().set_index("township_id")
    assert seats.loc["T1", ["pupils", "seats", "gap"]].tolist() == pytest.approx([180, 270, 90])  # S1
    assert seats.loc["T2", ["pupils", "seats", "gap"]].tolist() == pytest.approx([240, 540, 300])  # S2 and S3


def test_the_back_test_is_exact_where_births_explain_everything() -> None:
    study = line_county().with_(births=births({"T1": steady(36.0), "T2": steady(48.0)}))
    table = lp.backtest(study)
    assert table["error"].abs().max() == pytest.approx(0.0, abs=1e-12)
    # Births split 36 : 48 = 3 : 4, as the villages are.
    assert table["township_error"].abs().max() == pytest.approx(0.0, abs=1e-12)


def test_what_cannot_be_forecast_is_refused() -> None:
    with pytest.raises(lp.DataError, match="births"):
        lp.forecast(line_county(), 2030)
    study = line_county().with_(births=births({"T1": steady(36.0), "T2": steady(48.0)}))
    with pytest.raises(lp.DataError, match="after 2023"):
        lp.forecast(study, 2023)
    with pytest.raises(lp.DataError, match="no year 2040"):
        lp.forecast(study, 2025).study(2040)


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


def test_fuxi_births_explain_the_rolls_within_seven_per_cent_from_grade_one_up() -> None:
    table = lp.backtest(lp.sample("fuxi"))
    grown = table.drop(index="kindergarten", level="stage")
    assert grown["error"].abs().max() < 0.07


def test_places_without_children_of_a_stage_share_evenly() -> None:
    # Township T1 has no pupils on record, but births say there will be some.
    study = line_county(pupils=dict.fromkeys("ABC", 0.0)).with_(births=births({"T1": steady(60.0), "T2": steady(48.0)}))
    later = lp.forecast(study, 2031, growth={"middle": 0.0}).middle
    assert isinstance(later.places, gpd.GeoDataFrame) and isinstance(later.places.geometry.iloc[0], Point)
    west = later.demand("primary")[list("ABC")]
    assert west.max() - west.min() <= 6 * 1  # one child a grade at most between them
