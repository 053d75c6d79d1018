"""The roads tell which coordinate system points were taken in; never the wrong one."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from layout_planner.reading import check_study, sample
from layout_planner.reading.coordinates import choose_metric
from layout_planner.reading.datums import FEWEST_POINTS, READINGS, DatumEvidence, weigh_datums
from layout_planner.study.shift import shift
from tests.beside import DATA, real_roads
from tests.study.toy_folder import write_toy

CASES = 34
ABROAD = {"andorra/andorra.osm.pbf": (104.0, -12.0), "porto_alegre/poa_osm.pbf": (164.0, 62.0)}
"""Real networks from elsewhere, and the degrees that move them into China, where the map services shift."""


def in_china(file: str) -> gpd.GeoSeries:
    if not (DATA / file).exists():
        pytest.skip(f"needs shared/data/{file}")
    move = np.array(ABROAD[file])
    lonlat = real_roads(file).geometry.to_crs(4326).to_numpy()
    moved = gpd.GeoSeries(shapely.transform(lonlat, lambda c: c + move), crs=4326)
    west, south, east, north = moved.total_bounds
    return moved.to_crs(choose_metric((west + east) / 2, (south + north) / 2)[0])


def beside(roads: gpd.GeoSeries, rng: np.random.Generator, taken_in: str, away: float = 0.0) -> DatumEvidence | None:
    """Put 30 schools 10–60 m off a road, write their coordinates as a map service would, and weigh them."""
    lines = roads.to_numpy()
    chosen = lines[rng.choice(len(lines), 30, p=shapely.length(lines) / shapely.length(lines).sum())]
    on = shapely.get_coordinates(shapely.line_interpolate_point(chosen, rng.uniform(0, 1, 30), normalized=True))
    off, angle = rng.uniform(10, 60, 30), rng.uniform(0, 2 * np.pi, 30)
    xy = on + np.column_stack([off * np.cos(angle), off * np.sin(angle)]) + away
    lon, lat = pyproj.Transformer.from_crs(roads.crs, 4326, always_xy=True).transform(xy[:, 0], xy[:, 1])
    if taken_in != "wgs84":
        lon, lat = shift(lon, lat, taken_in)  # type: ignore[arg-type]
    return weigh_datums(lon, lat, roads)


@pytest.mark.slow
@pytest.mark.parametrize("file", [*ABROAD, "fuxi"])
def test_a_hundred_counties_are_named_rightly_or_not_at_all(file: str) -> None:
    roads = sample("fuxi").roads.geometry if file == "fuxi" else in_china(file)
    rng = np.random.default_rng(5)
    truths = [READINGS[case % 3] for case in range(CASES)]
    found = [beside(roads, rng, truth) for truth in truths]
    named = [(one.best, truth) for one, truth in zip(found, truths, strict=True) if one is not None and one.best]
    assert all(best == truth for best, truth in named)
    assert len(named) >= (30 if file == "porto_alegre/poa_osm.pbf" else CASES)


def test_points_taken_in_none_of_the_three_stay_unnamed() -> None:
    roads = sample("fuxi").roads.geometry
    rng = np.random.default_rng(6)
    found = [beside(roads, rng, "wgs84", away) for away in (150.0, -220.0, 310.0, 400.0)]
    assert [one.best for one in found if one is not None] == [None] * 4


def test_few_points_or_no_roads_prove_nothing() -> None:
    roads = sample("fuxi").roads.geometry
    few = np.full(FEWEST_POINTS - 1, 105.0), np.full(FEWEST_POINTS - 1, 31.0)
    assert weigh_datums(*few, roads) is None
    assert weigh_datums(np.full(50, 105.0), np.full(50, 31.0), roads[:0]) is None


@pytest.mark.slow
def test_check_tells_of_coordinates_from_a_map_service_and_changes_nothing(tmp_path: Path) -> None:
    study = sample("fuxi")
    schools = study.schools.geometry.to_crs(4326)
    lon, lat = shift(schools.x, schools.y, "bd09")
    rows = [f"S{i},甲{i},primary,{x:.7f},{y:.7f},100" for i, (x, y) in enumerate(zip(lon, lat, strict=True))]
    (tmp_path / "schools.csv").write_text("\n".join(["school_id,name,stage,lon,lat,seats", *rows]), encoding="utf-8")
    first = study.places.geometry.to_crs(4326).iloc[0]
    text = f"place_id,lon,lat,pupils_primary\nV1,{first.x},{first.y},10\n"
    (tmp_path / "places.csv").write_text(text, encoding="utf-8")
    study.roads[["geometry"]].to_file(tmp_path / "roads.gpkg")
    head = (
        'name = "x"\nyear = 2023\n[places]\nfile = "places.csv"\ncoordinates = "wgs84"\n[roads]\nfile = "roads.gpkg"\n'
    )
    toml = head + '[schools]\nfile = "schools.csv"\ncoordinates = "{}"\n'
    (tmp_path / "study.toml").write_text(toml.format("wgs84"), encoding="utf-8")
    report = check_study(tmp_path)
    (warning,) = [w for w in report.warnings if w.column == "schools.coordinates"]
    assert "but the roads say BD-09" in warning.message.en
    assert 'coordinates = "bd09"' in warning.mend.en
    assert (warning.file, warning.row) == ("study.toml", 10)
    assert report.study is not None
    assert report.study.schools.geometry.to_crs(4326).x.iloc[0] == pytest.approx(lon[0], abs=1e-6)
    (tmp_path / "study.toml").write_text(toml.format("bd09"), encoding="utf-8")
    report = check_study(tmp_path)
    assert not [w for w in report.warnings if w.column == "schools.coordinates"]
    assert any("the roads agree with BD-09" in text.en for text in report.told)


def test_swapped_columns_outside_china_are_told(tmp_path: Path) -> None:
    roads = gpd.GeoDataFrame(geometry=[shapely.LineString([(1.4, 42.4), (1.7, 42.6)])], crs=4326)
    folder = write_toy(tmp_path)
    roads.to_file(folder / "roads.gpkg")
    (folder / "places.csv").write_text("place_id,lon,lat,pupils_primary\nV1,42.5,1.5,10\nV2,42.5,1.6,9\n")
    toml = 'name = "x"\nyear = 2023\n[places]\nfile = "places.csv"\ncoordinates = "wgs84"\n'
    toml += '[roads]\nfile = "roads.gpkg"\n'
    (folder / "study.toml").write_text(toml)
    (fault,) = check_study(folder).errors
    assert fault.file == "places.csv"
    assert "with longitude and latitude exchanged they would be among it" in fault.message.en
