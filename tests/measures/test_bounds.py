"""The bounds of zones in words, and whose zone a point is in."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely import LineString, box

import layout_planner as lp
from layout_planner.measures.bounds import SIDES
from layout_planner.study import Study
from tests.toy.county import EAST, NORTH, line_county


def at(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    return box(EAST + x0, NORTH + y0, EAST + x1, NORTH + y1)


def four_blocks() -> tuple[Study, gpd.GeoDataFrame]:
    """Four blocks of a kilometre, two townships.

    ```
    C D      the western two are 西乡, the eastern 东乡
    A B      中山路 runs along the border of A and C, 20 m north of it; 清河 along that of B and D
    ```
    """
    base = line_county()
    places = gpd.GeoDataFrame(
        {"name": ["甲村", "乙村", "丙村", "丁村"], "township_id": ["T1", "T2", "T1", "T2"]},
        index=pd.Index(list("ABCD"), name="place_id"),
        geometry=[at(0, 0, 1000, 1000), at(1000, 0, 2000, 1000), at(0, 1000, 1000, 2000), at(1000, 1000, 2000, 2000)],
        crs=base.crs,
    )
    townships = base.townships.set_geometry([at(0, 0, 1000, 2000), at(1000, 0, 2000, 2000)], crs=base.crs)
    road = LineString([(EAST, NORTH + 1020), (EAST + 1000, NORTH + 1020)])
    lane = LineString([(EAST + 1000, NORTH), (EAST + 1000, NORTH + 1000)])
    roads = gpd.GeoDataFrame({"name": ["中山路", None], "class": "trunk"}, geometry=[road, lane], crs=base.crs)
    river = gpd.GeoDataFrame({"name": ["清河"]}, geometry=[at(1000, 1000, 2000, 1030)], crs=base.crs)
    study = base.with_(places=places, townships=townships, roads=roads, extra={"water": river})
    zones = places.set_index(pd.Index(["S1", "S2", "S3", "S4"], name="school_id"))
    return study, zones


def test_roads_and_rivers_come_before_townships_and_those_before_neighbours() -> None:
    study, zones = four_blocks()
    with lp.using_language("zh"):
        table = lp.measures.describe_bounds(study, zones)
    assert table.columns.tolist() == list(SIDES)
    assert table.loc["S1"].tolist() == ["东乡界", "区域边界", "区域边界", "中山路"]
    assert table.loc["S4"].tolist() == ["区域边界", "清河", "西乡界", "区域边界"]


def test_english_and_neighbouring_places_where_no_line_has_a_name() -> None:
    study, zones = four_blocks()
    bare = study.with_(roads=None, extra={})
    with lp.using_language("en"):
        table = lp.measures.describe_bounds(bare, zones)
    assert table.loc["S1"].tolist() == [
        "the border of 东乡", "the boundary of the region", "the boundary of the region", "丙村",
    ]  # fmt: skip


def test_what_makes_up_little_of_a_side_is_not_named() -> None:
    study, _ = four_blocks()
    # A and B together: in the north 中山路 for one half, the bank of 清河 for the other.
    both = gpd.GeoDataFrame(geometry=[at(0, 0, 2000, 1000)], index=["S1"], crs=study.crs)
    with lp.using_language("zh"):
        assert set(lp.measures.describe_bounds(study, both).loc["S1", "north"].split("、")) == {"中山路", "清河"}
        short = study.with_(roads=study.roads.iloc[1:])  # 丙村 (1,000 m) and 清河
        assert set(lp.measures.describe_bounds(short, both).loc["S1", "north"].split("、")) == {"丙村", "清河"}
        # A zone that reaches 100 m into B: of its northern side 1,100 m, 清河 has 100.
        wide = gpd.GeoDataFrame(geometry=[at(0, 0, 1100, 1000)], index=["S1"], crs=study.crs)
        assert lp.measures.describe_bounds(study, wide).loc["S1", "north"] == "中山路"


def test_the_largest_part_is_described_and_an_empty_zone_has_no_bounds() -> None:
    study, zones = four_blocks()
    parts = shapely.union_all([zones.geometry["S1"], at(1900, 1900, 2000, 2000)])
    odd = gpd.GeoDataFrame(geometry=[parts, shapely.Polygon()], index=["S1", "S9"], crs=study.crs)
    with lp.using_language("zh"):
        table = lp.measures.describe_bounds(study, odd)
    assert table.loc["S1", "north"] == "中山路" and table.loc["S9"].tolist() == [""] * 4


def test_whose_zone_a_point_is_in() -> None:
    study, zones = four_blocks()
    inside = gpd.GeoSeries(gpd.points_from_xy([EAST + 500, EAST + 1500], [NORTH + 500, NORTH + 1500]), crs=study.crs)
    degrees = inside.to_crs("EPSG:4326")
    assert lp.measures.find_school(zones, degrees.x.to_list(), degrees.y.to_list()).tolist() == ["S1", "S4"]
    assert lp.measures.find_school(zones, EAST + 500, NORTH + 500, study.crs).tolist() == ["S1"]
    assert lp.measures.find_school(zones, EAST - 1, NORTH, study.crs).tolist() == [""]
    assert lp.measures.find_school(zones, EAST + 1000, NORTH + 1000, study.crs).tolist() == [
        "S1"
    ]  # the corner of all four


def test_a_map_services_shift_is_undone() -> None:
    from layout_planner.study.shift import shift

    study, zones = four_blocks()
    point = gpd.GeoSeries(gpd.points_from_xy([EAST + 100], [NORTH + 100]), crs=study.crs).to_crs("EPSG:4326")
    lon, lat = shift(point.x.to_numpy(), point.y.to_numpy(), "gcj02")
    assert lp.measures.find_school(zones, lon, lat, "gcj02").tolist() == ["S1"]
    assert lp.measures.find_school(zones, lon, lat, "wgs84").tolist() != ["S1"]


def test_wrong_arguments_are_refused() -> None:
    _, zones = four_blocks()
    with pytest.raises(lp.DataError, match="mars"):
        lp.measures.find_school(zones, 1.0, 2.0, "mars")
    with pytest.raises(lp.DataError, match="2 longitudes and 1 latitudes"):
        lp.measures.find_school(zones, [1.0, 2.0], 2.0)
