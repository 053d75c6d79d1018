import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from layout_planner.base.errors import DataError, TravelError
from layout_planner.travel import add_sites, travel_matrix, unreachable
from layout_planner.travel.network import build_network
from layout_planner.travel.speeds import SPEEDS, flat_walk, values
from tests.travel.builders import CRS, grid_roads, roads_of, study_of

FLAT = flat_walk(values(SPEEDS)) * 1000 / 60  # metres a minute
# A road of 1 km east, then 1 km north; a place 100 m beside its first half, a school at its end.
BENT = roads_of([[(0, 0), (1000, 0)], [(1000, 0), (1000, 1000)]], **{"class": ["secondary", "village"]})


def test_straight_is_the_crow_times_the_detour():
    travel = travel_matrix(study_of({"A": (0, 0)}, {"S": (3000, 4000)}), "straight")
    assert travel.metres.at["A", "S"] == pytest.approx(6500)
    assert travel.minutes.at["A", "S"] == pytest.approx(6500 / FLAT)
    assert "1.3" in travel.options["notes"][0]["zh"]


def test_walk_by_hand_with_access_legs_from_the_middle_of_an_edge():
    travel = travel_matrix(study_of({"A": (250, 100)}, {"S": (1000, 1000)}, BENT), "walk")
    assert travel.metres.at["A", "S"] == pytest.approx(100 + 750 + 1000)
    assert travel.minutes.at["A", "S"] == pytest.approx(1850 / FLAT)


def test_drive_by_class_and_walk_to_the_road():
    travel = travel_matrix(study_of({"A": (250, 100)}, {"S": (1000, 1000)}, BENT), "drive")
    assert travel.minutes.at["A", "S"] == pytest.approx(100 / FLAT + 0.75 / 40 * 60 + 1 / 20 * 60)
    assert travel.metres.at["A", "S"] == pytest.approx(1850)
    assert not travel.pace  # a bus is as fast for every age


def test_one_way_holds_for_cars_only():
    # Round a square one way: from (0,0) eastward all the way to (0,100).
    square = [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 100)], [(0, 100), (0, 0)]]
    roads = roads_of(square, **{"class": ["village"] * 4, "oneway": ["yes"] * 4})
    study = study_of({"A": (0, 50)}, {"S": (50, 0), "T": (0, 75)}, roads)
    assert travel_matrix(study, "walk").metres.loc["A"].tolist() == pytest.approx([100, 25])
    drive = travel_matrix(study, "drive").metres.loc["A"]
    assert drive.tolist() == pytest.approx([100, 375])  # T lies behind, on the same edge: once round


def test_a_river_without_a_bridge_is_nan_and_named():
    roads = roads_of([[(0, 0), (1000, 0)], [(0, 500), (1000, 500)]])
    study = study_of({"A": (100, 0), "B": (100, 500)}, {"S": (900, 0)}, roads)
    travel = travel_matrix(study, "walk")
    assert np.isnan(travel.minutes.at["B", "S"]) and np.isnan(travel.metres.at["B", "S"])
    assert unreachable(travel).to_dict() == {"B": 1}
    assert "reach no school" in travel.options["notes"][0]["en"] and "B" in travel.options["notes"][0]["zh"]


def test_a_mode_without_a_single_road_of_its_own():
    study = study_of({"A": (100, 0)}, {"S": (900, 0)}, roads_of([[(0, 0), (1000, 0)]], **{"class": ["path"]}))
    drive = travel_matrix(study, "drive")
    assert drive.minutes.isna().all(axis=None) and "A" in drive.options["notes"][0]["en"]
    assert travel_matrix(study, "walk").metres.at["A", "S"] == pytest.approx(800)


def test_roads_without_a_class_and_in_several_parts():
    line = shapely.MultiLineString([[(0, 0, 5), (500, 0, 6)], [(500, 0, 6), (1000, 0, 7)]])
    roads = gpd.GeoDataFrame({"name": ["x"]}, geometry=[line], crs=CRS)
    travel = travel_matrix(study_of({"A": (100, 0)}, {"S": (900, 0)}, roads), "drive")
    assert travel.minutes.at["A", "S"] == pytest.approx(0.8 / 20 * 60)


def test_nothing_is_put_on_a_scrap_of_road():
    roads = roads_of([[(0, 0), (5000, 0)], [(100, 50), (110, 50)]])
    travel = travel_matrix(study_of({"A": (105, 60)}, {"S": (1105, 0)}, roads), "walk")
    assert travel.metres.at["A", "S"] == pytest.approx(60 + 1000)


def test_limit_leaves_out_what_is_farther():
    study = study_of({"A": (250, 0), "B": (900, 0)}, {"S": (1000, 0)}, BENT)
    for mode in ("walk", "straight"):
        travel = travel_matrix(study, mode, limit=5.0)
        assert np.isnan(travel.minutes.at["A", "S"]) and np.isnan(travel.metres.at["A", "S"])
        assert travel.metres.at["B", "S"] > 0


def test_given_goes_before_reckoned_and_says_what_it_lacks():
    minutes = pd.DataFrame({"S": [7.0, 9.0]}, index=pd.Index(["B", "A"]))
    study = study_of({"A": (0, 0), "B": (1, 0)}, {"S": (5, 5), "T": (6, 6)}, BENT, given_travel={"drive": minutes})
    travel = travel_matrix(study, "drive")
    assert travel.minutes["S"].to_dict() == {"A": 9.0, "B": 7.0}
    assert travel.minutes["T"].isna().all() and travel.metres.isna().all().all()
    assert len(travel.options["notes"]) == 2
    both = study.with_(given_travel={"drive": minutes, "drive:metres": minutes * 500})
    assert travel_matrix(both, "drive", limit=8).metres["S"].fillna(-1).to_dict() == {"A": -1, "B": 3500}
    with pytest.raises(TravelError, match="T"):
        add_sites(travel, study, gpd.GeoSeries({"N": shapely.Point(0, 0)}, crs=CRS).rename({"N": "T2"}))


def test_schools_of_every_state_candidate_sites_and_between():
    study = study_of({"A": (0, 0)}, {"S": (1000, 0)}, BENT, sites={"N": (1000, 500), "S": (0, 0)})
    travel = travel_matrix(study, "walk")
    assert list(travel.minutes.columns) == ["S", "N"]
    assert travel.between["metres"].loc["N", "S"] == pytest.approx(500)
    assert travel.between["minutes"].shape == (2, 2) and travel.between["minutes"].at["N", "N"] == 0


@pytest.mark.parametrize("mode", ["walk", "drive", "straight"])
def test_an_added_site_is_the_same_as_one_measured_at_once(mode):
    roads = grid_roads(8, 8, seed=3, oneway=0.2)
    study = study_of({"A": (130, 40), "B": (900, 610)}, {"S": (500, 500), "T": (40, 1200)}, roads)
    later = study.with_(schools=study_of({}, {"S": (500, 500), "T": (40, 1200), "N": (1111, 222)}).schools)
    grown, whole = add_sites(travel_matrix(study, mode), later), travel_matrix(later, mode)
    pd.testing.assert_frame_equal(grown.minutes, whole.minutes)
    pd.testing.assert_frame_equal(grown.metres, whole.metres)
    for key in ("minutes", "metres"):
        pd.testing.assert_frame_equal(grown.between[key], whole.between[key])
    assert add_sites(grown, later) is grown


def test_two_sites_added_one_after_the_other_without_a_study_that_knows_them():
    study = study_of({"A": (0, 0)}, {"S": (1000, 0)}, BENT)
    travel = travel_matrix(study, "walk")
    for name, x in (("N", 400), ("M", 700)):
        travel = add_sites(travel, study, gpd.GeoSeries({name: shapely.Point(x, 0)}, crs=CRS))
    assert travel.metres.loc["A"].tolist() == pytest.approx([1000, 400, 700])
    assert travel.between["metres"].loc["N", "M"] == pytest.approx(300)
    with pytest.raises(TravelError, match="M"):
        add_sites(travel, study, gpd.GeoSeries({"M": shapely.Point(0, 0)}, crs=CRS))


def test_faults_are_told():
    study = study_of({"A": (0, 0)}, {"S": (1, 1)})
    with pytest.raises(TravelError, match="no roads"):
        travel_matrix(study, "walk")
    with pytest.raises(TravelError, match='did you mean "walk"'):
        travel_matrix(study, "wlak")
    with pytest.raises(DataError) as caught:
        travel_matrix(study, "straight", speeds={"detuor": 2, "walk_top": -1})
    assert len(caught.value.faults) == 2
    with pytest.raises(TravelError, match="no line"):
        build_network(roads_of([[(0, 0), (0, 0)]]))


def test_the_study_overrides_a_speed_and_the_call_overrides_the_study():
    table = pd.DataFrame({"name": ["detour", "walk_top"], "value": [1.5, 4.0]})
    study = study_of({"A": (0, 0)}, {"S": (1000, 0)}, extra={"speeds": table})
    assert travel_matrix(study, "straight").metres.at["A", "S"] == pytest.approx(1500)
    assert travel_matrix(study, "straight", speeds={"detour": 2}).metres.at["A", "S"] == pytest.approx(2000)


def test_pace_by_age_scales_minutes_only():
    travel = travel_matrix(study_of({"A": (0, 0)}, {"S": (1000, 0)}, BENT), "walk")
    adult, child = travel.cost(["A"], ["S"]), travel.cost(["A"], ["S"], grade=2)
    assert child[0, 0] == pytest.approx(1.14 * adult[0, 0])
    assert travel.cost(["A"], ["S"], by="metres", grade=2)[0, 0] == pytest.approx(1000)
