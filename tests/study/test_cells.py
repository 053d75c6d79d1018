import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layout_planner.study import cells


def _text(*values):
    return pd.Series(values, dtype="str")


def test_numbers_as_people_type_them():
    values, bad = cells.to_numbers(
        _text("12", " 3.5 ", "１２３", "", None, "1e3", "-4", "十二", "320人", "1,234", "nan")
    )
    assert bad.tolist() == [False] * 7 + [True, True, True, False]
    assert values[:3].tolist() == [12, 3.5, 123]
    assert np.isnan(values[[3, 4, 7, 8, 9]]).all()
    assert values[5:7].tolist() == [1000, -4]
    assert np.isinf(values[10])  # no finite number, as the gate will say


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
def test_numbers_written_in_full_come_back_to_the_last_digit(numbers):
    values, bad = cells.to_numbers(_text(*map(repr, numbers)))
    assert values.tolist() == numbers
    assert not bad.any()


def test_codes_keep_zeros_and_betray_spreadsheets():
    codes = cells.to_codes(_text("007", " 12 ", "１２", "12.0", "2.15E+09", "12e5", ""))
    assert codes.values.tolist()[:6] == ["007", "12", "12", "12.0", "2.15E+09", "12e5"]
    assert pd.isna(codes.values[6])
    assert codes.decimal.tolist() == [False] * 3 + [True] + [False] * 3
    assert codes.scientific.tolist() == [False] * 4 + [True, False, False]


def test_codes_of_typed_columns_are_written_without_a_point():
    assert cells.to_codes(pd.Series([1, 2])).values.tolist() == ["1", "2"]
    floats = cells.to_codes(pd.Series([1.0, np.nan, 1e18]))
    assert floats.values[0] == "1"
    assert pd.isna(floats.values[1])
    assert floats.scientific.tolist() == [False, False, True]


def test_words_grades_and_flags():
    words, bad = cells.to_words(
        _text("小学", "ＰＲＩＭＡＲＹ", None, "大学"), {"小学": "primary", "primary": "primary"}
    )
    assert words.tolist()[:2] == ["primary", "primary"]
    assert bad.tolist() == [False, False, False, True]
    grades, bad = cells.to_grades(_text("k1", "大班", "一年级", "7", "7.0", "14", None))
    assert grades[:5].tolist() == [-2, 0, 1, 7, 7]
    assert bad.tolist() == [False] * 5 + [True, False]
    flags, bad = cells.to_flags(_text("是", "0", "", "maybe"))
    assert flags[:2].tolist() == [1, 0]
    assert bad.tolist() == [False, False, False, True]
    lists, bad = cells.to_grade_lists(_text("1-3,5", "k1-k3", "none", "6-1"))
    assert lists.tolist()[:3] == [(1, 2, 3, 5), (-2, -1, 0), ()]
    assert bad.tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (("1", "2"), "int64"),
        (("1", None), "float64"),
        (("1.5", "2"), "float64"),
        (("007", "2"), "str"),  # a code
        (("1234567890123456", "2"), "str"),  # too long for a number
        (("a", "2"), "str"),
        ((None, None), "str"),
    ],
)
def test_columns_of_no_meaning_to_us_get_their_natural_type(values, kind):
    assert str(cells.infer(_text(*values)).dtype) == kind
