import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout_planner.study.spread import cohort_weights, spread


def test_180_over_six_grades_is_30_each():
    assert spread([180], np.ones(6)).tolist() == [[30.0] * 6]


def test_ten_over_six_grades_is_ones_and_twos():
    (row,) = spread([10], np.ones(6))
    assert sorted(row) == [1, 1, 2, 2, 2, 2]


def test_fractions_are_spread_evenly():
    assert spread([4.5], np.ones(3)).tolist() == [[1.5, 1.5, 1.5]]


def test_a_row_without_weights_is_spread_evenly():
    assert spread([6], np.zeros((1, 3))).tolist() == [[2.0, 2.0, 2.0]]


def test_small_villages_together_have_children_in_every_grade():
    # 600 villages with one child each: no grade may be left out, none preferred by more than a few.
    county = spread(np.ones(600), np.ones(6)).sum(axis=0)
    assert county.sum() == 600
    assert np.abs(county - 100).max() <= 2


def test_weights_show_in_the_county_though_not_in_the_village():
    weights = np.array([1.0, 2.0, 3.0])
    county = spread(np.ones(6000), weights).sum(axis=0)
    assert np.abs(county - [1000, 2000, 3000]).max() <= 5


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 10_000), min_size=1, max_size=40),
    st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=9),
)
def test_whole_totals_stay_whole_and_near_their_share(totals, weights):
    parts = spread(totals, weights)
    assert (parts == np.rint(parts)).all()
    assert (parts >= 0).all()
    assert parts.sum(axis=1).tolist() == totals
    share = np.array(weights) / sum(weights) if sum(weights) > 0 else np.full(len(weights), 1 / len(weights))
    assert (np.abs(parts - np.outer(totals, share)) < 1 + 1e-6).all()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(0, 1e4, allow_nan=False), min_size=1, max_size=20),
    st.lists(st.floats(0.01, 100), min_size=1, max_size=6),
)
def test_no_total_changes(totals, weights):
    assert spread(totals, weights).sum(axis=1) == pytest.approx(totals, abs=1e-6)


def test_grade_one_of_autumn_2023_was_born_a_third_in_2016_and_two_thirds_in_2017():
    births = pd.DataFrame(
        {"township_id": ["T"] * 3, "year": [2016, 2017, 2018], "count": [30.0, 60.0, 90.0], "variant": ""}
    )
    weights, overall = cohort_weights(births, (1,), 2023)
    assert weights.loc["T", 1] == pytest.approx(30 / 3 + 60 * 2 / 3)
    assert overall is not None
    assert overall[1] == pytest.approx(50.0)


def test_births_that_do_not_reach_back_far_enough_weigh_nothing():
    births = pd.DataFrame({"township_id": ["T"], "year": [2017], "count": [60.0], "variant": [""]})
    weights, overall = cohort_weights(births, (1, 2), 2023)
    assert overall is None
    assert len(weights) == 0
