"""A few of the ten thousand mutated tables (`benchmarks.data_in books` reads them all)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reading.bureau_books import check_book
from tests.reading.bureau_tables import SECTIONS


@pytest.mark.slow
def test_most_tables_come_in_and_some_are_refused():
    outcomes = [tuple(check_book(seed).split()) for seed in range(24)]
    assert {section for section, end in outcomes if end == "study"} == set(SECTIONS)
    assert 12 < sum(end == "study" for _, end in outcomes) < 24


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_what_comes_in_is_the_truth_or_is_refused(seed):
    check_book(seed)
