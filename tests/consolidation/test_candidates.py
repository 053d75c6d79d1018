"""Candidate sites near children without a school, or a way beyond reach, by hand on the line."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import box

import layout_planner as lp
from layout_planner.consolidation import propose_sites
from tests.toy.county import EAST, NORTH, line_county, line_travel

RULES = lp.Rules.load("cn-quality-balance").with_(primary={"reach_minutes": 5})


@pytest.fixture(scope="module")
def plan() -> lp.Plan:
    """Everyone at S2: A walks 12 minutes, B 10, C 8, G 8, the others at most 2."""
    study = line_county(seats={"S2": 900.0})
    away = lp.Scenario("one school", [lp.Close("S1"), lp.Close("S3")])
    return lp.solve(study, line_travel(), RULES, scenario=away, stage="primary")


def at(sites: gpd.GeoDataFrame) -> list[float]:
    return [round((point.x - EAST) / 100, 2) for point in sites.geometry]


def test_centres_are_weighted_by_what_is_to_be_saved(plan: lp.Plan) -> None:
    sites = propose_sites(plan, stage="primary", number=2, ground="centre")
    # Minutes beyond 5: A 7, B 5, C 3 and G 3; (0 × 7 + 2 × 5 + 4 × 3) / 15 = 1.47.
    assert at(sites) == [1.47, 20.0]
    assert sites["pupils"].tolist() == [180.0, 60.0]
    assert sites.attrs["chosen_by"] == "centre"


def test_sites_are_set_down_where_ways_are_least(plan: lp.Plan) -> None:
    sites = propose_sites(plan, stage="primary", number=2)
    # On a village (there are no roads), with the least weighted way: B, 2 × 7 + 2 × 3 = 20; A would be 22, C 38.
    assert at(sites) == [2.0, 20.0]
    assert sites.attrs["chosen_by"] == "lines"  # the ways were handed in: no further column can be measured
    assert sites["seats"].tolist() == [270.0, 270.0]  # six classes of 45
    assert sites.index.name == "site_id"
    assert sites.crs == plan.study.crs
    assert plan.study.with_(sites=sites).sites.index.tolist() == ["N1", "N2"]


def test_only_land_that_may_be_built_on_is_proposed(plan: lp.Plan) -> None:
    squares = [box(EAST + x - 20, NORTH - 20, EAST + x + 20, NORTH + 20) for x in (0, 2000)]
    land = gpd.GeoDataFrame(geometry=squares, crs="EPSG:4544")
    assert at(propose_sites(plan, stage="primary", number=2, land=land.to_crs(4326))) == [0.0, 20.0]
    nowhere = land.assign(geometry=land.translate(0, 5_000))
    with pytest.raises(lp.DataError, match="no road lies in the land"):
        propose_sites(plan, stage="primary", number=1, land=nowhere)


def test_children_without_a_school_weigh_too(plan: lp.Plan) -> None:
    study = line_county(pupils={"G": 0.0}, seats={"S2": 240.0})
    away = lp.Scenario("too few seats", [lp.Close("S1"), lp.Close("S3")])
    full = lp.solve(study, line_travel(), RULES, scenario=away, stage="primary", assign="nearest_seats")
    lost = full.unplaced.groupby("place_id")["pupils"].sum()
    assert lost.to_dict() == {"A": 60.0, "B": 60.0}
    (site,) = propose_sites(full, stage="primary", number=1).itertuples()
    assert site.pupils == 180.0  # C's children are beyond reach, A's and B's without a school


def test_where_nothing_is_needed_that_is_said(plan: lp.Plan) -> None:
    here = lp.today(line_county(), line_travel(), RULES, stage="primary")
    with pytest.raises(lp.DataError, match="nothing needs a new school"):
        propose_sites(here, stage="primary", number=1)
    with pytest.raises(lp.DataError, match="ask for 1 to 4"):
        propose_sites(plan, stage="primary", number=5)
