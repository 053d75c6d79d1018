"""Slope, bicycles, buses and hazards: answers worked out by hand."""

from math import exp

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layout_planner.base.errors import TravelError
from layout_planner.travel import add_sites, travel_matrix
from layout_planner.travel.modes import cycling_speed, walking_speed
from layout_planner.travel.speeds import SPEEDS, values
from tests.travel.builders import CRS, roads_of, study_of

V = values(SPEEDS)
FLAT = 6 * exp(-3.5 * 0.05) * 1000 / 60  # metres a minute


def raster(path, height, cell=50.0, west=-500.0, north=1500.0, size=80, nodata=None, crs=CRS):
    """Write a raster whose cell centres hold height(x, y)."""
    x = west + (np.arange(size) + 0.5) * cell
    y = north - (np.arange(size) + 0.5) * cell
    grid = np.vectorize(height)(*np.meshgrid(x, y)).astype("float64")
    transform = rasterio.Affine(cell, 0, west, 0, -cell, north)
    with rasterio.open(
        path, "w", driver="GTiff", height=size, width=size, count=1, dtype="float64", crs=crs, transform=transform,
        nodata=nodata,
    ) as out:  # fmt: skip
        out.write(grid, 1)
    return str(path)


def tobler(metres, slope):
    return metres / (6 * exp(-3.5 * abs(slope + 0.05)) * 1000 / 60)


@pytest.mark.parametrize("slope", [0.12, -0.03])
def test_walking_a_slope_equals_the_formula(tmp_path, slope):
    roads = roads_of([[(0, 0), (700, 0), (1000, 0)], [(1000, 0), (1000, 1000)]])
    study = study_of({"A": (200, 0), "B": (1000, 800)}, {"S": (900, 0)}, roads)
    study = study.with_(elevation=raster(tmp_path / "dem.tif", lambda x, y: 300 + slope * x))
    travel = travel_matrix(study, "walk")
    assert travel.minutes.at["A", "S"] == pytest.approx(tobler(700, slope), rel=1e-9)
    assert travel.minutes.at["B", "S"] == pytest.approx(800 / FLAT + tobler(100, -slope), rel=1e-9)
    assert travel.metres.at["A", "S"] == pytest.approx(700)
    back = travel_matrix(study_of({"A": (900, 0)}, {"S": (200, 0)}, roads, elevation=study.elevation), "walk")
    assert back.minutes.at["A", "S"] == pytest.approx(tobler(700, -slope), rel=1e-9)


def test_a_hill_between_level_ends_counts(tmp_path):
    """One long edge over a ridge: sampled only at its ends it would be flat."""
    roads = roads_of([[(0, 0), (1000, 0)]])
    dem = raster(tmp_path / "dem.tif", lambda x, y: 100 - abs(x - 525) * 0.2)
    study = study_of({"A": (0, 0)}, {"S": (1000, 0)}, roads, elevation=dem)
    minutes = travel_matrix(study, "walk").minutes.at["A", "S"]
    assert minutes == pytest.approx(tobler(525, 0.2) + tobler(475, -0.2), rel=0.03)
    assert minutes > 1.3 * 1000 / FLAT
    bridge = study.with_(roads=roads.assign(bridge=True, **{"class": "village"}))
    assert travel_matrix(bridge, "walk").minutes.at["A", "S"] == pytest.approx(tobler(1000, 0.01), rel=1e-9)


def test_voids_take_the_nearest_height_and_what_lies_off_the_raster_is_told(tmp_path):
    dem = raster(tmp_path / "dem.tif", lambda x, y: -9999 if 400 < x < 600 else 250.0, nodata=-9999)
    roads = roads_of([[(0, 0), (1000, 0)], [(1000, 0), (9000, 0)]])
    travel = travel_matrix(study_of({"A": (0, 0)}, {"S": (1000, 0)}, roads, elevation=dem), "walk")
    assert travel.minutes.at["A", "S"] == pytest.approx(1000 / FLAT, rel=1e-9)
    assert "off the elevation raster" in travel.options["notes"][0]["en"]


def test_rasters_that_cannot_serve_are_named(tmp_path):
    roads = roads_of([[(0, 0), (1000, 0)]])
    far = raster(tmp_path / "far.tif", lambda x, y: 0, west=1e6)
    nowhere = raster(tmp_path / "nowhere.tif", lambda x, y: 0, crs=None)
    for dem, why in ((far, "does not touch"), (nowhere, "coordinate system"), (tmp_path / "no.tif", "cannot be read")):
        with pytest.raises(TravelError, match=why):
            travel_matrix(study_of({"A": (0, 0)}, {"S": (1000, 0)}, roads, elevation=str(dem)), "walk")


def test_a_geographic_raster_gives_the_same_heights(tmp_path):
    from pyproj import Transformer

    east, north = 500_000.0, 3_400_000.0
    roads = roads_of([[(east, north), (east + 1000, north)]])
    lon, lat = Transformer.from_crs(CRS, 4326, always_xy=True).transform(east, north)
    west, top, cell = lon - 0.01, lat + 0.01, 1 / 3600
    height = lambda x, y: (x - lon) * 20_000  # noqa: E731 — about 0.208 m a metre
    dem = raster(tmp_path / "d.tif", height, cell=cell, west=west, north=top, crs="EPSG:4326")
    study = study_of({"A": (east, north)}, {"S": (east + 1000, north)}, roads, elevation=dem)
    slope = 20_000 * (Transformer.from_crs(CRS, 4326, always_xy=True).transform(east + 1000, north)[0] - lon) / 1000
    assert travel_matrix(study, "walk").minutes.at["A", "S"] == pytest.approx(tobler(1000, slope), rel=1e-6)


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_speeds_stay_within_what_is_human(a, b):
    walk, bike = (f(np.array([a, b]), V) for f in (walking_speed, cycling_speed))
    assert ((walk > 0) & (walk <= 6)).all() and ((bike >= 4) & (bike <= 20)).all()
    steeper = max(a, b) > min(a, b) >= 0
    if steeper:
        assert walk[np.argmax([a, b])] <= walk[np.argmin([a, b])]


def test_bicycle_on_the_flat_and_uphill(tmp_path):
    study = study_of({"A": (0, 0)}, {"S": (1000, 0)}, roads_of([[(0, 0), (1000, 0)]]))
    assert travel_matrix(study, "bike").minutes.at["A", "S"] == pytest.approx(5.0)
    hill = study.with_(elevation=raster(tmp_path / "dem.tif", lambda x, y: 0.02 * x))
    assert travel_matrix(hill, "bike").minutes.at["A", "S"] == pytest.approx(60 / (12 - 2.88), rel=1e-9)


def test_an_electric_bicycle_goes_as_fast_as_its_motor_climbs_where_a_bicycle_may(tmp_path):
    """5 min to get ready, then 20 km/h; up 8 %: 400 W × 0.8 / (155 kg × 9.81 × (0.08 + 0.012)) = 2.2875 m/s."""
    roads = roads_of([[(0, 0), (1000, 0)], [(0, 0), (0, 10), (1000, 10), (1000, 0)]], bike=["no", "yes"])
    study = study_of({"A": (0, 0)}, {"S": (1000, 0)}, roads)
    assert travel_matrix(study, "ebike").minutes.at["A", "S"] == pytest.approx(5 + 1020 / (20_000 / 60))
    plain = study_of({"A": (0, 0)}, {"S": (1000, 0)}, roads_of([[(0, 0), (1000, 0)]]))
    hill = plain.with_(elevation=raster(tmp_path / "dem.tif", lambda x, y: 0.08 * x))
    up = 400 * 0.8 / (155 * 9.81 * 0.092)
    assert travel_matrix(hill, "ebike").minutes.at["A", "S"] == pytest.approx(5 + 1000 / up / 60, rel=1e-6)
    down = plain.with_(elevation=raster(tmp_path / "down.tif", lambda x, y: 80 - 0.08 * x))
    assert travel_matrix(down, "ebike").minutes.at["A", "S"] == pytest.approx(8.0)


def test_nobody_walks_on_motorways_or_where_foot_says_no():
    lines = [[(0, 0), (1000, 0)], [(0, 0), (0, 300)], [(0, 300), (1000, 300)], [(1000, 300), (1000, 0)]]
    table = {"class": ["motorway", "village", "trunk", "village"], "foot": [None, None, "yes", None]}
    study = study_of({"A": (0, 0)}, {"S": (1000, 0)}, roads_of(lines, **table))
    assert travel_matrix(study, "walk").metres.at["A", "S"] == pytest.approx(1600)
    assert travel_matrix(study, "drive").metres.at["A", "S"] == pytest.approx(1000)
    no = study.with_(roads=study.roads.assign(foot=[None, None, "no", None]))
    assert np.isnan(travel_matrix(no, "walk").minutes.at["A", "S"])


def test_bus_by_hand_and_no_bus_possible(tmp_path):
    lines = [[(0, 0), (3000, 0)], [(3000, 0), (3000, 900)]]
    roads = roads_of(lines, **{"class": ["secondary", "village"]})
    study = study_of({"A": (0, 100), "B": (3000, 900), "C": (0, 1500)}, {"S": (3000, 0)}, roads)
    travel = travel_matrix(study, "bus")
    ride = 3 / 40 * 60 + 3 / 1.5
    assert travel.minutes.at["A", "S"] == pytest.approx(5 + 100 / FLAT + ride)
    assert travel.minutes.at["B", "S"] == pytest.approx(5 + 0.9 / 20 * 60 + 0.9 / 1.5)
    assert np.isnan(travel.minutes.at["C", "S"])  # 1,500 m from any road: no bus serves it
    assert "No bus" in travel.options["notes"][0]["en"] and "C" in travel.options["notes"][0]["zh"]
    steep = study.with_(elevation=raster(tmp_path / "dem.tif", lambda x, y: 0.1 * y, west=-500, north=2500))
    assert travel_matrix(steep, "bus").minutes["S"].isna().tolist() == [False, False, True]  # B walks 900 m down
    assert travel_matrix(steep, "bus").metres.at["B", "S"] == pytest.approx(900)
    for column in ({"bus": ["yes", "no"]}, {"width": [6, 3]}, {"ford": [False, True]}):
        barred = study.with_(roads=roads.assign(**column))
        assert travel_matrix(barred, "bus").minutes.at["B", "S"] == pytest.approx(5 + 900 / FLAT)


def test_mixed_takes_the_quicker_of_walking_and_riding():
    roads = roads_of([[(0, 0), (1000, 0)], [(1000, 0), (7000, 0)]], **{"class": ["path", "secondary"]})
    study = study_of({"A": (0, 0), "B": (6900, 0)}, {"S": (7000, 0)}, roads)
    with pytest.raises(TravelError, match="stops"):
        travel_matrix(study, "mixed")
    stops = gpd.GeoSeries([shapely.Point(1000, 0), shapely.Point(4000, 0)], index=["t1", "t2"], crs=CRS)
    travel = travel_matrix(study, "mixed", stops=stops)
    assert travel.minutes.at["A", "S"] == pytest.approx(1000 / FLAT + 5 + 6 / 40 * 60 + 6 / 1.5)
    assert travel.metres.at["A", "S"] == pytest.approx(7000)
    assert travel.minutes.at["B", "S"] == pytest.approx(100 / FLAT)
    listed = study.with_(extra={"stops": gpd.GeoDataFrame(geometry=stops)})
    pd.testing.assert_frame_equal(travel_matrix(listed, "mixed").minutes, travel.minutes)
    assert travel_matrix(study, "mixed", stops=stops, limit=20.0).minutes["S"].isna().tolist() == [True, False]
    later = add_sites(travel, study, gpd.GeoSeries({"N": shapely.Point(4000, 0)}, crs=CRS))
    assert later.minutes.at["A", "N"] == pytest.approx(1000 / FLAT + 5 + 3 / 40 * 60 + 3 / 1.5)


def hazard(shape, **columns):
    return {"hazards": gpd.GeoDataFrame({k: [v] for k, v in columns.items()}, geometry=[shape], crs=CRS)}


# Straight on 1 km, or round by the south, 2 km.
TWO_WAYS = roads_of([[(0, 0), (1000, 0)], [(0, 0), (0, -500)], [(0, -500), (1000, -500)], [(1000, -500), (1000, 0)]])
RIVER = shapely.LineString([(500, 200), (500, -200)])


def test_a_closed_line_is_gone_round_unless_a_bridge_crosses_it():
    study = study_of({"A": (0, 0)}, {"S": (1000, 0)}, TWO_WAYS, extra=hazard(RIVER, kind="river"))
    assert travel_matrix(study, "walk").metres.at["A", "S"] == pytest.approx(2000)
    assert travel_matrix(study, "drive").metres.at["A", "S"] == pytest.approx(1000)
    bridged = study.with_(roads=TWO_WAYS.assign(bridge=[True, False, False, False]))
    assert travel_matrix(bridged, "walk").metres.at["A", "S"] == pytest.approx(1000)
    quiet = study.with_(extra=hazard(RIVER, kind="river", active="no"))
    assert travel_matrix(quiet, "walk").metres.at["A", "S"] == pytest.approx(1000)


def test_a_crossing_that_costs_minutes_is_paid_once():
    study = study_of({"A": (0, 0), "B": (600, 0)}, {"S": (1000, 0)}, TWO_WAYS)
    line = study.with_(extra=hazard(RIVER, kind="arterial", minutes=2.0))
    zone = study.with_(extra=hazard(shapely.box(300, -100, 500, 100), kind="flood", minutes=2.0))
    spot = study.with_(extra=hazard(shapely.Point(500, 0), kind="landslide", minutes=2.0))
    for dangerous in (line, zone, spot):
        travel = travel_matrix(dangerous, "walk")
        assert travel.minutes.at["A", "S"] == pytest.approx(1000 / FLAT + 2, rel=1e-6)
        assert travel.metres.at["A", "S"] == pytest.approx(1000, rel=1e-6)
        assert travel.minutes.at["B", "S"] == pytest.approx(400 / FLAT, rel=1e-6)
    for harmless in ({"kind": "flood"}, {"kind": "river", "closed": "no"}):
        assert travel_matrix(study.with_(extra=hazard(RIVER, **harmless)), "walk").metres.at["A", "S"] == 1000
    shut = study.with_(extra=hazard(RIVER, kind="flood", closed="yes"))
    assert travel_matrix(shut, "walk").metres.at["A", "S"] == pytest.approx(2000)
    dear = study.with_(extra=hazard(RIVER, kind="arterial", minutes=60.0))
    assert travel_matrix(dear, "walk").metres.at["A", "S"] == pytest.approx(2000)


def test_the_walk_to_the_road_does_not_cross_water():
    """The near road lies over the river; the one on this side is taken."""
    roads = roads_of([[(0, 0), (1000, 0)], [(0, 400), (1000, 400)], [(1000, 0), (1000, 400)]])
    water = gpd.GeoDataFrame(geometry=[shapely.LineString([(-100, 50), (900, 50)])], crs=CRS)
    study = study_of({"A": (500, 100)}, {"S": (500, 0)}, roads)
    assert travel_matrix(study, "walk").metres.at["A", "S"] == pytest.approx(100)
    wet = study.with_(extra={"water": water})
    assert travel_matrix(wet, "walk").metres.at["A", "S"] == pytest.approx(300 + 500 + 400 + 500)
    island = shapely.Point(500, 100).buffer(30).boundary
    lost = study.with_(extra={"water": gpd.GeoDataFrame(geometry=[island], crs=CRS)})
    travel = travel_matrix(lost, "walk")
    assert np.isnan(travel.minutes.at["A", "S"]) and "A" in travel.options["notes"][0]["en"]


def test_neighbours_far_from_the_road_walk_straight():
    roads = roads_of([[(0, 0), (1000, 0)]])
    travel = travel_matrix(study_of({"A": (500, 400)}, {"S": (520, 400), "T": (900, 10)}, roads), "walk")
    assert travel.metres.loc["A"].tolist() == pytest.approx([20, 400 + 400 + 10])


def test_hazards_must_have_shape_and_a_lawful_cost():
    study = study_of({"A": (0, 0)}, {"S": (1000, 0)}, TWO_WAYS)
    with pytest.raises(TravelError, match="geometry"):
        travel_matrix(study.with_(extra={"hazards": pd.DataFrame({"kind": ["x"]})}), "walk")
    with pytest.raises(TravelError, match="negative"):
        travel_matrix(study.with_(extra=hazard(RIVER, minutes=-1.0)), "walk")
