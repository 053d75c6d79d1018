"""How numbers are written, and that each keeps its source."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layout_planner.papers.figures import Figures, written
from tests.papers.paper_toy import merged


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (1234.4, "count", "1,234"), (30.04, "minutes", "30.0"), (3009.0, "km", "3.01"), (0.931, "share", "93.1"),
        (12_345_678.0, "yuan", "1,235"), (2025.0, "year", "2025"), (math.nan, "count", "–"), (math.inf, "count", "∞"),
        (-0.2, "count", "0"), (0.51532, "ratio", "0.515"),
    ],
)  # fmt: skip
def test_a_value_is_written_as_its_kind_asks(value, kind, text):
    assert written(value, kind) == text


def test_a_change_bears_its_sign():
    assert [written(v, "count", sign=True) for v in (5.0, -5.0, 0.3)] == ["+5", "-5", "0"]


@given(st.floats(-1e9, 1e9), st.sampled_from(["count", "minutes", "percent", "ratio", "metres"]))
def test_what_is_written_is_the_value_to_half_a_step(value, kind):
    step = {"count": 1.0, "metres": 1.0, "minutes": 0.1, "percent": 0.1, "ratio": 0.001}[kind]
    assert abs(float(written(value, kind).replace(",", "")) - value) <= step / 2 + 1e-6


def test_a_score_keeps_where_it_stands():
    plan, figures = merged(), Figures()
    assert figures.score(plan, "schools", "primary") == "2"
    assert figures.table.loc[0, ["written", "value", "source"]].tolist() == [
        "2", 2.0, "scorecard.csv[measure=schools, stage=primary, scope=county]",
    ]  # fmt: skip
