"""Columns of text made of positions are known by them, and say the same as columns nobody made."""

from __future__ import annotations

import gc

import numpy as np
import pandas as pd
import pytest

from layout_planner.base import labels
from layout_planner.base.labels import equal_to, made_of, numbered, positions, remembered, rows_of, texts

KNOWN = pd.Index(["P2", "P10", "P1"], dtype="str")
AT = np.array([2, 0, 2, 0])


def column() -> pd.Series:
    return pd.DataFrame({"place_id": texts(KNOWN, AT)})["place_id"]


def test_what_was_made_is_known_and_what_was_not_is_looked_up() -> None:
    made, told = column(), pd.Series(["P1", "P2", "P1", "P2"], dtype="str")
    assert list(made) == list(told) and made_of(made) is not None and made_of(told) is None
    for one in (made, told):
        names, at = numbered(one)
        assert list(names) == ["P1", "P2"] and at.tolist() == [0, 1, 0, 1]  # in order, and only those there
        assert equal_to(one, "P2", "P10").tolist() == [False, True, False, True]
        assert positions(pd.Index(["P1", "P9"], dtype="str"), one).tolist() == [0, -1, 0, -1]
        assert positions(KNOWN, one).tolist() == AT.tolist()


def test_what_is_known_of_a_column_is_its_own() -> None:
    at = AT.copy()
    made = pd.Series(texts(KNOWN, at))
    at[:] = 1
    positions(KNOWN, made)[:] = 1
    assert positions(KNOWN, made).tolist() == [2, 0, 2, 0]
    changed = made.copy()
    changed.iloc[0] = "P10"
    assert numbered(changed)[0].tolist() == ["P1", "P10", "P2"] and numbered(made)[0].tolist() == ["P1", "P2"]


@pytest.mark.parametrize("known, at", [(["A", "A"], [0, 1]), (["A", "B"], [0, -1])])
def test_texts_that_occur_twice_or_are_missing_are_never_taken_as_known(known: list[str], at: list[int]) -> None:
    made = pd.Series(texts(known, np.array(at)))
    assert made_of(made) is None
    assert numbered(made)[1].tolist() == ([0, 0] if known[1] == "A" else [0, -1])


def test_rows_of_a_table_keep_what_is_known() -> None:
    table = pd.DataFrame({"place_id": ["b", "a", "b"], "pupils": [1.0, 2.0, 3.0]}).astype({"place_id": "str"})
    known = remembered(table)
    pd.testing.assert_frame_equal(known, table)
    some = rows_of(known, np.array([2, 1]), how=texts(["day"], np.zeros(2, dtype=np.intp)), pupils=np.array([4.0, 5.0]))
    expected = pd.DataFrame({"place_id": ["b", "a"], "pupils": [4.0, 5.0], "how": ["day", "day"]})
    pd.testing.assert_frame_equal(some, expected.astype({"place_id": "str", "how": "str"}))
    assert made_of(some["place_id"]) is not None
    pd.testing.assert_frame_equal(rows_of(table, np.array([1])), table.iloc[[1]].reset_index(drop=True))
    assert len(rows_of(known, np.empty(0, dtype=np.intp))) == 0


def test_nothing_is_kept_of_a_column_that_is_gone() -> None:
    gc.collect()
    before = len(labels._made)
    made = column()
    assert len(labels._made) == before + 1
    del made
    gc.collect()
    assert len(labels._made) == before
