"""Areas that tile: gaps closed, overlaps resolved, borders the same line on both sides."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from layout_planner.study.mosaic import dissolve, grow_cells, settle, tile

REGION = box(0, 0, 100, 60)


def shapes(**named: shapely.Geometry) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(named.values()), index=list(named), crs="EPSG:4544")


def assert_tiles(cells: gpd.GeoSeries, outline: shapely.Geometry) -> None:
    array = np.asarray(cells.array)
    assert shapely.coverage_is_valid(array)
    assert cells.area.sum() == pytest.approx(outline.area)
    assert shapely.symmetric_difference(shapely.union_all(array), outline).area == pytest.approx(0, abs=1e-6)


def test_what_tiles_already_stays_as_it_is() -> None:
    given_ = shapes(a=box(0, 0, 50, 60), b=box(50, 0, 100, 60))
    assert tile(given_, REGION) is given_


def test_an_overlap_goes_to_the_earlier_a_gap_to_the_longest_border_and_what_lies_outside_is_cut() -> None:
    # a and b overlap for x in 40 … 50; between b and c nothing lies for x in 70 … 75; c reaches beyond the region.
    cells = tile(shapes(a=box(0, 0, 50, 60), b=box(40, 0, 70, 60), c=box(75, 10, 120, 60)), REGION)
    assert_tiles(cells, REGION)
    # The gap is 5 × 60 and the strip 25 × 10 below c, one face of 550: 60 m along b, 50 + 25 m along c.
    assert cells.area.to_dict() == pytest.approx({"a": 3000.0, "b": 1200.0, "c": 25 * 50 + 300 + 250})


def test_a_hairline_between_neighbours_goes_with_one_of_them() -> None:
    cells = tile(shapes(a=box(0, 0, 49.8, 60), b=box(50.1, 0, 100, 60)), REGION)
    assert_tiles(cells, REGION)
    assert set(np.round(cells.area, 1)) in ({3006.0, 2994.0}, {2988.0, 3012.0})
    assert (cells.geom_type == "Polygon").all()


def test_a_shape_under_an_earlier_one_is_empty() -> None:
    cells = tile(shapes(a=REGION, b=box(10, 10, 20, 20)), REGION)
    assert cells["b"].is_empty and cells["a"].area == 6000


def test_an_island_with_nothing_on_it_goes_to_the_nearest() -> None:
    region = shapely.union_all([box(0, 0, 10, 10), box(20, 0, 30, 10)])
    cells = tile(shapes(a=box(0, 0, 4, 10), b=box(4, 0, 10, 10)), region)
    assert cells.area.to_dict() == pytest.approx({"a": 40.0, "b": 160.0})


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(-10, 95), st.integers(-10, 55), st.integers(1, 60), st.integers(1, 60)),
        min_size=1,
        max_size=8,
    )
)
def test_any_boxes_are_made_to_tile(corners: list[tuple[int, int, int, int]]) -> None:
    boxes = [box(x, y, x + w, y + h) for x, y, w, h in corners]
    cells = tile(gpd.GeoSeries(boxes, crs="EPSG:4544"), REGION)
    if any(b.intersection(REGION).area > 0 for b in boxes):
        assert_tiles(cells, REGION)
    # Who comes first keeps all it had inside the region.
    assert cells[0].area >= boxes[0].intersection(REGION).area - 1e-6


def points(*x: float) -> gpd.GeoSeries:
    return gpd.GeoSeries(gpd.points_from_xy(x, [30.0] * len(x)), index=list("abcdef"[: len(x)]), crs="EPSG:4544")


NO_SEEDS = np.empty((0, 2)), np.empty(0, dtype=np.intp)


def test_cells_without_seeds_are_those_of_voronoi() -> None:
    cells = grow_cells(*NO_SEEDS, points(20, 60), REGION)
    assert_tiles(cells, REGION)
    assert cells.area.to_dict() == pytest.approx({"a": 2400.0, "b": 3600.0})


def test_seeds_carry_a_points_area_on() -> None:
    # What is nearest to x = 50 belongs to a as well: the border lies at 55.
    cells = grow_cells(np.array([[50.0, 30.0]]), np.array([0]), points(20, 60), REGION)
    assert cells.area.to_dict() == pytest.approx({"a": 55 * 60.0, "b": 45 * 60.0})


def test_a_piece_apart_from_its_point_goes_to_the_neighbour() -> None:
    cells = grow_cells(np.array([[90.0, 30.0]]), np.array([0]), points(20, 60), REGION)
    assert cells.area.to_dict() == pytest.approx({"a": 2400.0, "b": 3600.0})


def test_of_points_that_coincide_the_first_has_the_cell() -> None:
    cells = grow_cells(*NO_SEEDS, points(20, 20, 60), REGION)
    assert cells.area.to_dict() == pytest.approx({"a": 2400.0, "b": 0.0, "c": 3600.0})


def test_one_point_has_all() -> None:
    assert grow_cells(*NO_SEEDS, points(20), REGION)["a"].equals(REGION)


@settings(max_examples=40)
@given(st.integers(2, 12), st.integers(0, 20), st.integers(0, 10_000))
def test_cells_of_points_tile_a_ragged_region_and_hold_their_points(n: int, more: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    region = shapely.union_all([box(0, 0, 80, 60), box(70, 20, 100, 45)])
    xy = rng.uniform((0, 0), (80, 60), (n, 2)).round(1)
    seeds, owner = rng.uniform((0, 0), (100, 60), (more, 2)), rng.integers(0, n, more)
    own = gpd.GeoSeries(shapely.points(xy), crs="EPSG:4544")
    cells = grow_cells(seeds, owner, own, region)
    assert_tiles(cells, region)
    assert (cells.geom_type[~cells.is_empty] == "Polygon").all()
    first = ~pd.Series([tuple(p) for p in xy]).duplicated()
    assert cells[first].distance(own[first]).max() < 0.02


def test_settling_goes_on_wave_by_wave() -> None:
    faces = np.array([box(x, 0, x + 1, 1) for x in range(5)])
    assert settle(faces, np.array([0, -1, -1, -1, 1])).tolist() == [0, 0, 0, 1, 1]
    nobody = np.full(5, -1)
    assert settle(faces, nobody).tolist() == nobody.tolist()


def test_dissolved_areas_share_their_border() -> None:
    cells = shapes(a=box(0, 0, 50, 30), b=box(50, 0, 100, 30), c=box(0, 30, 50, 60), d=box(50, 30, 100, 60))
    zones = dissolve(cells, pd.Series({"a": "S2", "b": "S1", "c": "S2", "d": None}, name="school_id"))
    assert zones.index.tolist() == ["S1", "S2"]
    assert zones["S2"].equals(box(0, 0, 50, 60)) and zones["S1"].equals(cells["b"])
    apart = dissolve(cells, pd.Series({"a": "S1", "b": "S2", "c": "S2", "d": "S1"}))
    assert apart.geom_type.tolist() == ["MultiPolygon", "MultiPolygon"]
