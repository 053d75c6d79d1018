"""Difference coefficient, Gini and Theil: published figures and sums by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layout_planner import DataError
from layout_planner.base.messages import using_language
from layout_planner.measures import difference_coefficient, gini, theil

P = pd.Series([45.0, 37, 89, 76, 55], index=list("abcde"))
X = pd.Series([279.0, 137, 935, 160, 402], index=list("abcde"))


def test_the_published_fixture() -> None:
    assert round(difference_coefficient(X, P), 4) == 0.5153


def test_by_hand() -> None:
    # Two schools, 10 and 30 pupils, 1 and 2 each: mean 1.75; S² = ¼·0.5625 + ¾·0.0625; CV = 0.4330 / 1.75.
    pupils, have = pd.Series([10.0, 30.0]), pd.Series([10.0, 60.0])
    assert difference_coefficient(have, pupils) == pytest.approx(math.sqrt(0.1875) / 1.75)
    # Gini: Σ w w |1 − 2| / (2 · 1.75) = 2 · ¼ · ¾ / 3.5.
    assert gini(have, pupils) == pytest.approx(0.375 / 3.5)
    # Theil: ¼ (1/1.75) ln(1/1.75) + ¾ (2/1.75) ln(2/1.75).
    assert theil(have, pupils) == pytest.approx(0.25 / 1.75 * math.log(1 / 1.75) + 1.5 / 1.75 * math.log(2 / 1.75))
    # One has all: Gini = the share of pupils who have nothing; Theil = ln of how many times the mean the others have.
    none = pd.Series([0.0, 60.0])
    assert gini(none, pupils) == pytest.approx(0.25)
    assert theil(none, pupils) == pytest.approx(math.log(4 / 3))


numbers = st.lists(st.tuples(st.floats(0, 1e6), st.integers(1, 5000)), min_size=1, max_size=12)


@given(numbers)
def test_they_agree_with_their_definitions(pairs: list[tuple[float, int]]) -> None:
    have = pd.Series([float(x) for x, _ in pairs])
    pupils = pd.Series([float(p) for _, p in pairs])
    each, w = (have / pupils).to_numpy(), (pupils / pupils.sum()).to_numpy()
    mean = float(each @ w)
    found = [measure(have, pupils) for measure in (difference_coefficient, gini, theil)]
    if mean == 0:
        assert found[0] == 0
        assert math.isnan(found[1])
        assert math.isnan(found[2])
        return
    assert found[1] == pytest.approx(float((np.abs(each[:, None] - each) * np.outer(w, w)).sum() / 2 / mean), abs=1e-9)
    for value in found:
        assert value >= 0
    assert [measure(have * 7, pupils) for measure in (difference_coefficient, gini, theil)] == pytest.approx(
        found, abs=1e-9
    )
    # A school divided in two alike halves changes nothing.
    half = pd.concat([have, have], ignore_index=True) / 2
    assert difference_coefficient(half, pd.concat([pupils, pupils], ignore_index=True) / 2) == pytest.approx(
        found[0], abs=1e-9
    )


def test_equal_schools_empty_schools_and_none() -> None:
    for measure in (difference_coefficient, gini, theil):
        assert measure(P * 3, P) == pytest.approx(0, abs=1e-12)
        assert math.isnan(measure(P.iloc[:0], P.iloc[:0]))
        assert math.isnan(measure(X, P * 0))
        with_empty = measure(pd.concat([X, pd.Series({"f": 5.0})]), pd.concat([P, pd.Series({"f": 0.0})]))
        assert with_empty == pytest.approx(measure(X, P))
        unknown = measure(pd.concat([X, pd.Series({"f": np.nan})]), pd.concat([P, pd.Series({"f": 9.0})]))
        assert unknown == pytest.approx(measure(X, P))


def test_every_wrong_school_is_named() -> None:
    with using_language("en"), pytest.raises(DataError) as caught:
        difference_coefficient(X.mul([1, -1, 1, 1, -1]), P.rename({"a": "z"}))
    told = str(caught.value)
    assert "not of the same schools: a, z" in told
    assert "resource of school b is negative" in told
    assert "resource of school e is negative" in told
    with pytest.raises(DataError):
        gini(X.iloc[::-1], P)
