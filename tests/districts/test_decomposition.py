"""The difference coefficient taken apart, and two divisions compared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from layout_planner.base.errors import DataError
from layout_planner.measures.decomposition import compare_districtings, decompose_difference

PUPILS = pd.Series([45.0, 37.0, 89.0, 76.0, 55.0], index=list("abcde"))
RESOURCE = pd.Series([279.0, 137.0, 935.0, 160.0, 402.0], index=list("abcde"))


def test_the_published_fixture_taken_apart() -> None:
    table = decompose_difference(RESOURCE, PUPILS, pd.Series(list("xxyyy"), index=list("abcde")))
    assert table.at["total", "coefficient"] == pytest.approx(0.5153, abs=5e-5)
    assert table["part"][:-1].sum() == pytest.approx(table.at["total", "part"])
    # District x by hand: means 6.2 and 3.7027 around 416/82 = 5.0732, weights 45/82 and 37/82.
    mean = 416 / 82
    square = 45 / 82 * (279 / 45 - mean) ** 2 + 37 / 82 * (137 / 37 - mean) ** 2
    assert table.at["x", "coefficient"] == pytest.approx(np.sqrt(square) / mean)
    assert table.at["x", "pupils"] == 82 and table.at["total", "pupils"] == 302


@given(
    st.lists(
        st.tuples(st.just(0.0) | st.floats(1e-3, 1e4), st.integers(1, 2000), st.sampled_from("xyz")),
        min_size=1,
        max_size=12,
    )
)
def test_parts_add_up_exactly(rows: list[tuple[float, int, str]]) -> None:
    frame = pd.DataFrame(rows, columns=["x", "p", "d"], index=[f"s{i}" for i in range(len(rows))])
    table = decompose_difference(frame["x"], frame["p"].astype(float), frame["d"])
    assert table["part"][:-1].sum() == pytest.approx(table.at["total", "part"], rel=1e-9, abs=1e-12)


def test_a_school_without_a_district_is_named() -> None:
    with pytest.raises(DataError, match="c"):
        decompose_difference(RESOURCE, PUPILS, pd.Series(["x", "x", None, "y", "y"], index=list("abcde")))


def test_two_divisions_compared() -> None:
    before = pd.Series({"a": "1", "b": "1", "c": "2", "d": "2"})
    renamed = before.map({"1": "X", "2": "Y"})
    assert compare_districtings(before, renamed).to_dict() == {"moved": 0.0, "moved_weight": 0.0, "rand": 1.0}
    after = pd.Series({"a": "1", "b": "2", "c": "2", "d": "2"})
    found = compare_districtings(before, after, pd.Series({"a": 10, "b": 30, "c": 30, "d": 30}))
    assert found["moved"] == pytest.approx(0.25) and found["moved_weight"] == pytest.approx(0.3)
    assert found["rand"] == pytest.approx(adjusted_rand_score(before, after))
