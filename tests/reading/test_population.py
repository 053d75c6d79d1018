"""Rasters, grids and township totals become places; nobody is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio import Affine

from layout_planner.base.errors import DataError
from layout_planner.reading import check_study, read_study
from layout_planner.reading.rasters import read_population

HEAD = 'name = "x"\nyear = 2023\n'


def write_raster(path: Path, people: np.ndarray, crs: str | None = "EPSG:4544", side: float = 100.0) -> None:
    east, north, step = (105, 31, 0.001) if crs == "EPSG:4326" else (500_000, 3_400_000, side)
    place = Affine(step, 0, east, 0, -step, north)
    options = {"height": people.shape[0], "width": people.shape[1], "count": 1, "dtype": "float32", "nodata": -1}
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=place, **options) as raster:
        raster.write(people.astype("float32"), 1)


def test_cells_that_hold_people_become_places(tmp_path: Path) -> None:
    write_raster(tmp_path / "people.tif", np.array([[100, 0, -1], [300, 50, 0]]))
    toml = HEAD + '[places]\nfile = "people.tif"\npupils_from = { primary = 0.1 }\n'
    (tmp_path / "study.toml").write_text(toml, encoding="utf-8")
    study = read_study(tmp_path)
    assert study.places["population"].to_dict() == {"r0c0": 100, "r1c0": 300, "r1c1": 50}
    assert study.demand("primary").to_dict() == {"r0c0": 10, "r1c0": 30, "r1c1": 5}
    first = study.places.geometry["r0c0"]
    assert (first.x, first.y) == (500_050, 3_399_950)


def test_squares_of_several_cells_lie_where_their_people_do(tmp_path: Path) -> None:
    write_raster(tmp_path / "people.tif", np.array([[100, 0, 7], [300, 0, 0]]))
    frame, points, _ = read_population(tmp_path / "people.tif", "people.tif", 200.0)
    assert frame.to_numpy().tolist() == [["r0c0", 400.0], ["r0c1", 7.0]]
    assert (points[0].x, points[0].y) == (500_050, 3_400_000 - 125)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 999), cell=st.one_of(st.none(), st.floats(50, 2000)), geographic=st.booleans())
def test_squares_add_up_to_the_raster(seed: int, cell: float | None, geographic: bool, tmp_path_factory) -> None:
    people = np.random.default_rng(seed).integers(-1, 40, (17, 23))
    file = tmp_path_factory.mktemp("r") / "p.tif"
    write_raster(file, people, "EPSG:4326" if geographic else "EPSG:4544")
    frame, points, _ = read_population(file, "p.tif", cell)
    assert frame["population"].sum() == people[people > 0].sum()
    assert len(points) == len(frame) == frame["place_id"].nunique()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: write_raster(p, np.zeros((2, 2))), "holds no people"),
        (lambda p: write_raster(p, np.ones((2, 2)), crs=None), "has no CRS"),
        (lambda p: p.write_bytes(b"no raster"), "cannot be read as a raster"),
    ],
)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_raster_that_cannot_serve_is_one_fault(tmp_path: Path, make, said: str) -> None:
    make(tmp_path / "people.tif")
    toml = HEAD + '[places]\nfile = "people.tif"\npupils_from = { primary = 0.1 }\n'
    (tmp_path / "study.toml").write_text(toml, encoding="utf-8")
    (fault,) = check_study(tmp_path).errors
    assert said in fault.message.en


def grid(tmp_path: Path, townships: str, more: str = "", places: str | None = None) -> Path:
    rows = places or "place_id,township_id,population,lon,lat\nA,T1,30,105,31\nB,T1,10,105.01,31\nC,T2,0,105.02,31\n"
    (tmp_path / "places.csv").write_text(rows, encoding="utf-8")
    (tmp_path / "townships.csv").write_text(townships, encoding="utf-8")
    toml = HEAD + '[places]\nfile = "places.csv"\ncoordinates = "wgs84"\n[townships]\nfile = "townships.csv"\n'
    (tmp_path / "study.toml").write_text(toml + 'share_by = "population"\n' + more, encoding="utf-8")
    return tmp_path


def test_township_totals_are_shared_out_and_kept(tmp_path: Path) -> None:
    towns = "township_id,name,pupils_primary,migrants_primary,pupils_junior_7\nT1,甲,40,4,7\nT2,乙,9,0,3\n"
    study = read_study(grid(tmp_path, towns))
    assert study.demand("primary").to_dict() == {"A": 30, "B": 10, "C": 9}
    junior = study.demand("junior")
    assert junior["A"] + junior["B"] == 7
    assert junior["C"] == 3
    migrants = study.pupils.loc[study.pupils["group"] == "migrant"].groupby("stage")["pupils"].sum()
    assert migrants.to_dict() == {"primary": 4}
    assert any("shared out over 3 places by population" in text.en for text in study.sources["statements"])


@settings(max_examples=12, deadline=None)
@given(
    totals=st.lists(st.integers(0, 900), min_size=2, max_size=2),
    people=st.lists(st.integers(0, 500), min_size=6, max_size=6),
)
def test_every_total_is_kept_to_the_child(totals: list[int], people: list[int], tmp_path_factory) -> None:
    rows = [f"P{i},T{1 + i % 2},{n},105.0{i},31" for i, n in enumerate(people)]
    places = "\n".join(["place_id,township_id,population,lon,lat", *rows])
    towns = f"township_id,name,pupils_primary\nT1,甲,{totals[0]}\nT2,乙,{totals[1]}\n"
    report = check_study(grid(tmp_path_factory.mktemp("t"), towns, places=places))
    assert report.study is not None
    demand = report.study.demand("primary")
    home = report.study.places["township_id"]
    assert demand.groupby(home).sum().to_dict() == {"T1": totals[0], "T2": totals[1]}


def test_places_without_a_township_go_into_the_one_they_lie_in(tmp_path: Path) -> None:
    import geopandas as gpd
    from shapely import box

    folder = grid(tmp_path, "x", places="place_id,population,lon,lat\nA,3,105.1,31.1\nB,1,105.9,31.1\nC,5,106.5,31.1\n")
    frame = {"township_id": ["T1", "T2"], "name": ["甲", "乙"], "pupils_primary": [8, 5]}
    gpd.GeoDataFrame(frame, geometry=[box(105, 31, 106, 32), box(106, 31, 107, 32)], crs=4326).to_file(
        folder / "t.gpkg"
    )
    toml = (folder / "study.toml").read_text(encoding="utf-8").replace("townships.csv", "t.gpkg")
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    study = read_study(folder)
    assert study.places["township_id"].to_dict() == {"A": "T1", "B": "T1", "C": "T2"}
    assert study.demand("primary").to_dict() == {"A": 6, "B": 2, "C": 5}


@pytest.mark.parametrize(
    ("towns", "more", "said"),
    [
        ("township_id,name\nT1,甲\nT2,乙\n", "", "no numbers of children to share out"),
        ("township_id,name,pupils_primary\nT1,甲,3\nT2,乙,4\nT3,丙,5\n", "", "children, but no place"),
    ],
)
def test_totals_that_cannot_be_shared_are_told(tmp_path: Path, towns: str, more: str, said: str) -> None:
    (fault,) = [f for f in check_study(grid(tmp_path, towns, more)).errors if f.file == "townships.csv"]
    assert said in fault.message.en


def test_a_column_the_places_lack_is_told_with_those_they_have(tmp_path: Path) -> None:
    folder = grid(tmp_path, "township_id,name,pupils_primary\nT1,甲,3\nT2,乙,4\n")
    toml = (folder / "study.toml").read_text(encoding="utf-8").replace('"population"', '"households"')
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    (fault,) = [f for f in check_study(folder).errors if f.column == "townships.share_by"]
    assert "population, even" in fault.mend.en


def test_h3_cells_lie_where_their_ids_say(tmp_path: Path) -> None:
    h3 = pytest.importorskip("h3")
    cells = [h3.latlng_to_cell(31.0 + i / 100, 105.0, 9) for i in range(3)]
    rows = [f"{cell},100,20" for cell in cells]
    (tmp_path / "cells.csv").write_text("\n".join(["place_id,population,pupils_primary", *rows]), encoding="utf-8")
    toml = HEAD + '[places]\nfile = "cells.csv"\ncoordinates = "h3"\n'
    (tmp_path / "study.toml").write_text(toml, encoding="utf-8")
    where = read_study(tmp_path).places.geometry.to_crs(4326)
    assert np.hypot(where.x - 105.0, where.y - [31.0, 31.01, 31.02]).max() < 0.003
    (tmp_path / "cells.csv").write_text("place_id,population,pupils_primary\nnonsense,1,1\n", encoding="utf-8")
    with pytest.raises(DataError, match="not an H3 cell"):
        read_study(tmp_path)
