"""Pairing and sharing out: sums kept, whole numbers whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layout_planner.measures.matching import match_amounts, share_out

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.booleans())
def test_pairs_add_up_on_both_sides(seed: int, whole: bool) -> None:
    rng = np.random.default_rng(seed)
    keys = int(rng.integers(1, 30))
    left_key, right_key = np.sort(rng.integers(0, keys, 40)), np.sort(np.append(rng.integers(0, keys, 40), range(keys)))
    left = rng.integers(0, 9, 40).astype(float) * (1.0 if whole else rng.random(40))
    sums = np.bincount(left_key, left, keys)
    right = rng.random(len(right_key)) + 0.01
    right *= (sums / np.bincount(right_key, right, keys))[right_key]
    if whole:
        right = share_out(right_key, np.ceil(right) + 3, sums)
    a, b, amounts = match_amounts(left_key, left, right_key, right)
    assert (left_key[a] == right_key[b]).all()
    np.testing.assert_allclose(np.bincount(a, amounts, 40), left, atol=1e-6)
    np.testing.assert_allclose(np.bincount(b, amounts, len(right)), right, atol=1e-6)
    if whole:
        np.testing.assert_array_equal(amounts, np.round(amounts))


def test_rounding_in_one_key_moves_no_other() -> None:
    # Ten thousand keys, each a hair longer on one side: laid end to end the hairs would add up to a child.
    keys = np.arange(10_000)
    a, b, amounts = match_amounts(keys, np.full(10_000, 3.0), keys, np.full(10_000, 3.0 + 9e-7))
    np.testing.assert_array_equal(a, keys)
    np.testing.assert_array_equal(b, keys)
    np.testing.assert_allclose(amounts, 3.0)


def test_what_cannot_be_paired_is_refused() -> None:
    with pytest.raises(ValueError, match="sums"):
        match_amounts(np.array([0]), np.array([1.0]), np.array([0]), np.array([2.0]))
    with pytest.raises(ValueError, match="ascend"):
        match_amounts(np.array([1, 0]), np.ones(2), np.array([0, 1]), np.ones(2))
    nothing = np.empty(0, dtype=np.intp)
    assert [len(part) for part in match_amounts(nothing, np.empty(0), nothing, np.empty(0))] == [0, 0, 0]


@given(seeds)
def test_shares_add_up_and_stay_within(seed: int) -> None:
    rng = np.random.default_rng(seed)
    key = rng.integers(0, 6, 30)
    amounts = rng.integers(0, 9, 30).astype(float)
    broken = rng.integers(0, 6)
    amounts[key == broken] *= 0.7
    sums = np.bincount(key, amounts, 6)
    totals = np.floor(sums * rng.random(6))
    taken = share_out(key, amounts, totals)
    np.testing.assert_allclose(np.bincount(key, taken, 6), totals, atol=1e-9)
    assert (taken <= amounts + 1e-9).all()
    others = key != broken
    np.testing.assert_array_equal(taken[others], np.round(taken[others]))
    # In proportion: nobody is more than one pupil away from the exact share.
    exact = amounts * (totals / np.where(sums > 0, sums, 1))[key]
    assert (np.abs(taken - exact) < 1).all()
    assert len(share_out(key[:0], amounts[:0], totals[:0])) == 0
