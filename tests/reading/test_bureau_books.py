"""A few of the ten thousand mutated tables of villages (`benchmarks.data_in books` reads them all)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reading.bureau_books import check_book


@pytest.mark.slow
def test_most_tables_come_in_and_some_are_refused():
    outcomes = [check_book(seed) for seed in range(24)]
    assert outcomes.count("study") > 12
    assert "refused" in outcomes


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_what_comes_in_is_the_truth_or_is_refused(seed):
    check_book(seed)
