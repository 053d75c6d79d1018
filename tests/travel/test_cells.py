"""The area of a place: its polygon, or what is nearest along the roads."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString, Point, box

import layout_planner as lp
from layout_planner.study import Study
from layout_planner.travel.cells import cells_of, nearest_by_road, outline
from tests.toy.county import EAST, NORTH, line_county

AT = (EAST, NORTH)


def roads(*lines: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    shapes = [LineString([(AT[0] + x, AT[1] + y) for x, y in line]) for line in lines]
    return gpd.GeoDataFrame({"class": ["village"] * len(shapes)}, geometry=shapes, crs="EPSG:4544")


def test_the_nearest_along_the_roads_is_not_the_nearest_as_the_crow_flies() -> None:
    # A stands on one bank, B on the other; the only bridge is at x = 1000, so the bank's end (0, 0) is A's.
    bank = roads([(0, 0), (500, 0)], [(500, 0), (1000, 0)], [(1000, 0), (1000, 100)], [(0, 100), (1000, 100)])
    points = gpd.GeoSeries([Point(AT[0] + 600, AT[1]), Point(AT[0], AT[1] + 100)], crs="EPSG:4544")
    xy, owner = nearest_by_road(bank, points)
    found = {(x - AT[0], y - AT[1]): at for (x, y), at in zip(xy.tolist(), owner.tolist(), strict=True)}
    assert found == {(0, 0): 0, (500, 0): 0, (1000, 0): 0, (1000, 100): 0, (0, 100): 1}


def test_of_parallel_roads_the_shorter_counts() -> None:
    # B is 900 m from the junction on the short road; were both lengths added up, A (1,000 m) would have it.
    two = roads([(0, 0), (1000, 0)], [(1000, 0), (1900, 0)], [(1000, 0), (1450, 900), (1900, 0)])
    points = gpd.GeoSeries([Point(*AT), Point(AT[0] + 1900, AT[1])], crs="EPSG:4544")
    xy, owner = nearest_by_road(two, points)
    assert owner[np.argmin(np.abs(xy[:, 0] - AT[0] - 1000))] == 1


def test_points_without_roads_get_voronoi_cells_inside_the_townships() -> None:
    study = line_county()
    cells = cells_of(study)
    assert cells.index.equals(study.places.index)
    # Villages stand at 0, 200, 400, 1000 … m; the townships reach from −100 to 2,100 m and are 1,000 m wide.
    assert cells["A"].area == pytest.approx(200 * 1000) and cells["C"].area == pytest.approx(400 * 1000)
    assert cells.area.sum() == pytest.approx(outline(study).area)


def test_studies_on_the_same_land_share_their_cells() -> None:
    study = line_county()
    cells = cells_of(study)
    assert cells_of(study.with_(name="other")) is cells
    assert cells_of(line_county()) is cells  # another study of the same content, kept by content
    moved = study.places.set_geometry(study.places.translate(10, 0))
    assert cells_of(study.with_(places=moved)) is not cells


def test_the_outline_without_townships_is_a_box_around_the_points_or_the_places_joined() -> None:
    study = line_county()
    bare = study.with_(townships=study.townships.iloc[:0])
    west, south, east, north = outline(bare).bounds
    assert (west - EAST, east - EAST, south - NORTH, north - NORTH) == (-100, 2100, -100, 100)
    squares = study.places.set_geometry([box(i, 0, i + 1, 1) for i in range(7)], crs=study.crs)
    assert outline(bare.with_(places=squares)).equals(box(0, 0, 7, 1))


@pytest.fixture(scope="module")
def hills() -> Study:
    return lp.sample("fuxi")


def test_the_cells_of_a_county_of_villages_tile_it(hills: Study) -> None:
    cells = cells_of(hills)
    array = np.asarray(cells.array)
    assert (cells.geom_type == "Polygon").all() and shapely.coverage_is_valid(array)
    assert shapely.symmetric_difference(shapely.union_all(array), outline(hills)).area < 1.0  # m² of 2,500 km²
    assert shapely.intersects(array, np.asarray(hills.place_points().array)).all()
