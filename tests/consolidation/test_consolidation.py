"""Consolidation of the county on a line, worked out by hand."""

from __future__ import annotations

import pytest

import layout_planner as lp
from layout_planner.plan.frontier import Frontier
from tests.toy.county import line_county, line_travel


def test_two_of_three_schools() -> None:
    # Seats for all in two schools; S3 serves 60 pupils at no way, S2 180 at 1.3 min: S3 goes, its pupils ride to S2.
    study = line_county(seats={"S1": 270.0, "S2": 270.0, "S3": 270.0})
    plan = lp.consolidate(study, line_travel(), stage="primary", keep=2, expand=False, sites=False)
    assert isinstance(plan, lp.Plan)
    assert len(plan.study.offering("primary")) == 2
    done = plan.assignments["primary"]
    assert done.flows["pupils"].sum() == 420.0
    assert done.bound <= done.objective + 1e-6
    loads = done.roll()
    assert (loads <= 270.0).all()


def test_a_frontier_of_one_to_three() -> None:
    study = line_county(seats=dict.fromkeys(("S1", "S2", "S3"), 450.0))
    front = lp.consolidate(study, line_travel(), stage="primary", keep=range(1, 4), expand=False, sites=False)
    assert isinstance(front, Frontier)
    assert len(front.table) == 3
    assert len(front.at(keep=1).study.offering("primary")) == 1


def test_a_kept_school_stays_and_too_few_seats_are_refused() -> None:
    study = line_county(seats=dict.fromkeys(("S1", "S2", "S3"), 270.0))
    kept = lp.consolidate(
        study, line_travel(), stage="primary", keep=2, expand=False, sites=False, pins=[lp.Keep("S3")]
    )
    assert isinstance(kept, lp.Plan) and "S3" in kept.study.offering("primary")
    with pytest.raises(lp.DataError):
        lp.consolidate(study, line_travel(), stage="primary", keep=1, expand=False, sites=False)
