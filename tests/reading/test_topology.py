"""How drawn polygons fit together, on drawings small enough to see."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import affinity, box

from layout_planner.reading import check_study
from layout_planner.reading.topology import measure_topology
from layout_planner.study.adjacency import border_pairs
from tests.beside import DATA


def measured(*shapes: shapely.Geometry):  # type: ignore[no-untyped-def]
    return measure_topology(gpd.GeoSeries(list(shapes), crs="EPSG:4544"))


def test_neighbours_that_fit_have_nothing_to_tell() -> None:
    found = measured(box(0, 0, 100, 100), box(100, 0, 200, 100))
    assert found.pairs.tolist() == [[0, 1]]
    assert (found.overlaps.size, found.slivers, found.enclaves, found.islands, found.groups) == (0, (), (), (), 1)


def test_an_overlap_is_measured() -> None:
    found = measured(box(0, 0, 100, 100), box(90, 0, 200, 100))
    assert found.overlaps.tolist() == [[0, 1]]
    assert found.overlap_areas.tolist() == [1000.0]


def test_a_thin_hole_is_a_sliver_and_a_lake_is_not() -> None:
    thin = measured(box(0, 0, 200, 500) - box(195, 100, 200, 400), box(200, 0, 400, 500))
    assert thin.slivers == ((1500.0, (0, 1)),)
    lake = measured(box(0, 0, 200, 500) - box(100, 100, 200, 400), box(200, 0, 400, 500))
    assert lake.slivers == ()


def test_enclaves_islands_parts_and_groups_are_named() -> None:
    around = box(0, 0, 100, 100) - box(40, 40, 60, 60)
    two = shapely.union(box(100, 0, 150, 100), box(300, 0, 350, 100))
    found = measured(around, box(40, 40, 60, 60), two, box(1000, 0, 1100, 100))
    assert found.enclaves == ((1, 0),)
    assert found.islands == (3,)
    assert found.parts == ((2, 2),)
    assert found.groups == 2


def test_corners_that_touch_make_no_neighbours() -> None:
    found = measured(box(0, 0, 100, 100), box(100, 100, 200, 200))
    assert found.islands == (0, 1)


def test_check_names_what_does_not_fit(tmp_path: Path) -> None:
    shapes = [box(0, 0, 1000, 1000), box(990, 0, 2000, 1000), box(5000, 0, 6000, 1000)]
    frame = gpd.GeoDataFrame(
        {"place_id": ["V1", "V2", "V3"], "name": ["甲", "乙", "丙"], "pupils_primary": [1, 2, 3]},
        geometry=[affinity.translate(s, 500_000, 3_400_000) for s in shapes],
        crs="EPSG:4544",
    )
    frame.to_file(tmp_path / "places.gpkg")
    (tmp_path / "study.toml").write_text('name = "x"\nyear = 2023\n[places]\nfile = "places.gpkg"\n', encoding="utf-8")
    told = {(str(w.value), w.row): w.message.en for w in check_study(tmp_path).warnings}
    assert told[("乙", 3)] == "overlaps 甲 by 10,000 m²."
    assert told[("丙", 4)] == "an island: it touches no other unit."


def test_gongyi_is_measured_as_published() -> None:
    file = DATA / "gongyi" / "gy2_polyon.shp"
    if not file.exists():
        pytest.skip("needs shared/data/gongyi")
    shapes = gpd.read_file(file).geometry.make_valid()
    found = measure_topology(shapes.set_crs("EPSG:4497", allow_override=True))
    assert (found.groups, found.overlaps.size, found.slivers) == (1, 0, ())
    # Published are the pairs that share points exactly. One border more is one on the ground: two villages run beside
    # each other for 546 m with a corner in it rounded by less than a nanometre (10^-9 m).
    polygons = np.asarray(shapes.array)
    exact = {tuple(pair) for pair in border_pairs(polygons, tolerant=False).tolist()}
    assert len(exact) == 3426
    assert {tuple(pair) for pair in found.pairs.tolist()} == exact | {(454, 462)}
    one, other = polygons[454], polygons[462]
    assert shapely.distance(one, other) < 1e-8
    assert shapely.length(shapely.intersection(one.boundary, other.boundary.buffer(1e-6))) == pytest.approx(546, abs=1)
    assert dict(found.parts) == {37: 3, 153: 2, 179: 2, 1116: 2, 1128: 2}
