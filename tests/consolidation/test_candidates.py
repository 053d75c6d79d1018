"""Candidate sites near children without a school, or a way beyond reach, by hand on the line."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import LineString, MultiPolygon, Polygon, box

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


def test_land_as_planning_bureaus_hand_it_over(plan: lp.Plan) -> None:
    # Around A a plot of two parts; around B one that crosses itself (both halves count: B lies in the western one);
    # around C one with a hole where C is; a row without a shape, and the border of a plot as a line through C.
    def around(x: float, half: float = 20.0) -> Polygon:
        return box(EAST + x * 100 - half, NORTH - half, EAST + x * 100 + half, NORTH + half)

    east, north = EAST + 200, NORTH
    bow_tie = Polygon(
        [(east - 20, north - 20), (east + 40, north + 20), (east + 40, north - 20), (east - 20, north + 20)]
    )
    assert not bow_tie.is_valid
    holed = around(4, 60).difference(around(4, 20))
    border = LineString([(EAST + 400, NORTH - 50), (EAST + 400, NORTH + 50)])
    shapes = [MultiPolygon([around(0), around(20)]), bow_tie, holed, None, border]
    land = gpd.GeoDataFrame({"plot": range(5)}, geometry=shapes, crs="EPSG:4544")
    # B is best (see above); without its plot A and not C, whose plot leaves it out.
    assert at(propose_sites(plan, stage="primary", number=2, land=land.to_crs(4490))) == [2.0, 20.0]
    assert at(propose_sites(plan, stage="primary", number=2, land=land.drop(index=1))) == [0.0, 20.0]
    for wrong, said in ((land.set_crs(None, allow_override=True), "no coordinate system"), (land[3:], "no polygon")):
        with lp.using_language("en"), pytest.raises(lp.DataError, match=said):
            propose_sites(plan, stage="primary", number=1, land=wrong)


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
