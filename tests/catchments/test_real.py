"""Zones of real counties: Gongyi's polygons and seats, Fairfax beside its officials."""

from __future__ import annotations

import pytest

import layout_planner as lp
from layout_planner.assignment.solve import solve
from layout_planner.scenario import Scenario
from tests.catchments.test_contiguous import check

OFFICIAL = ("catchment_primary", "elem_scenario2", "elem_scenario3", "elem_scenario4", "elem_scenario5")


@pytest.mark.slow
def test_gongyi_every_pupil_in_one_piece(gongyi: lp.Study) -> None:
    travel = lp.travel_matrix(gongyi, mode="straight")
    plan = solve(gongyi, travel, stage="junior", assign="contiguous", gap=0.01, time_limit=1e6)
    found = plan.assignments["junior"]
    assert found.flows["pupils"].sum() == 40_995
    assert plan.unplaced.empty
    assert plan.scorecard.value("over_full_pupils", "junior") == 0
    assert len(found.zones) == 1_276
    check(gongyi, found)
    assert found.bound <= found.objective
    assert found.gap <= 0.01
    # The transportation problem without contiguity is a bound of another make.
    split = solve(gongyi, travel, assign="capacity", split=True).assignments["junior"]
    assert split.objective <= found.objective


@pytest.mark.slow
def test_fairfax_is_nearer_than_every_official_plan(fairfax: lp.Study) -> None:
    travel = lp.travel_matrix(fairfax, mode="drive")
    plan = solve(fairfax, travel, stage="primary", assign="contiguous", gap=0.03, time_limit=40)
    found = plan.assignments["primary"]
    check(fairfax, found)
    officials = [solve(fairfax, travel, assign=fairfax.places[zone], scenario=Scenario(zone)) for zone in OFFICIAL]
    minutes = [each.scorecard.value("minutes_mean", "primary") for each in officials]
    over = [each.scorecard.value("over_full_pupils", "primary") for each in officials]
    assert plan.scorecard.value("minutes_mean", "primary") < min(minutes) - 0.3
    assert plan.scorecard.value("over_full_pupils", "primary") <= 1e-6 <= min(over)
    assert 0 < plan.scorecard.value("pupils_moved", "primary") < 89_045
