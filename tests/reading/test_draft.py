"""A study.toml drawn up from the files of a folder."""

from __future__ import annotations

import re
import tomllib

import geopandas as gpd
import pytest
import shapely

from layout_planner.base.errors import DataError
from layout_planner.base.messages import using_language
from layout_planner.reading import check_study
from layout_planner.reading.draft import draft_study
from tests.study.toy_folder import write_toy


def _fill_in(text: str) -> str:
    text = re.sub(r"^# year = .*$", "year = 2023", text, flags=re.MULTILINE)
    return re.sub(r'^# coordinates = ("wgs84").*$', r"coordinates = \1", text, flags=re.MULTILINE)


def test_the_draft_of_a_whole_county_reads_once_the_blanks_are_filled(tmp_path):
    folder = write_toy(tmp_path / "toy", study_toml=None)
    text = draft_study(folder)
    sections = tomllib.loads(text)
    assert {name: body["file"] for name, body in sections.items() if isinstance(body, dict)} == {
        name: f"{name}.csv"
        for name in ("places", "townships", "schools", "sites", "rolls", "attendance", "births", "classes")
    }
    assert "year" not in sections
    assert "coordinates" not in sections["places"]
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        f"{n}.csv" for n in sections if n not in ("name", "calendar")
    )
    (folder / "study.toml").write_text(_fill_in(text), encoding="utf-8")
    report = check_study(folder)
    assert report.errors == ()
    assert report.study is not None
    assert report.study.name == "toy"


def test_files_are_told_by_their_headers_whatever_they_are_called(tmp_path):
    toy = write_toy(tmp_path / "toy", study_toml=None)
    folder = tmp_path / "涪溪"
    folder.mkdir()
    for new, old in {"a2023.csv": "places.csv", "b.csv": "schools.csv", "c.csv": "attendance.csv"}.items():
        (folder / new).write_bytes((toy / old).read_bytes())
    text = draft_study(folder)
    sections = tomllib.loads(text)
    assert sections["name"] == "涪溪"
    assert (sections["places"]["file"], sections["schools"]["file"]) == ("a2023.csv", "b.csv")
    assert sections["attendance"]["file"] == "c.csv"
    assert "# year = 2023" in text


def test_made_up_data_are_proposed_as_such_where_the_files_say_so(tmp_path):
    table = "编码,村名,人口数,经度,纬度\n1,东村,100,105,31\n"
    (tmp_path / "村.csv").write_text("某县（模拟）村庄一览表,,,,\n" + table, encoding="utf-8")
    with using_language("zh"):
        text = draft_study(tmp_path)
    assert tomllib.loads(text)["simulated"] is True
    assert "文件自称数据为虚构（“（模拟）”）" in text
    (tmp_path / "村.csv").write_text("某县村庄一览表,,,,\n" + table, encoding="utf-8")
    assert "simulated" not in tomllib.loads(draft_study(tmp_path))


def test_blanks_and_leftovers_are_named(tmp_path):
    (tmp_path / "村.csv").write_text("编码,村名,人口数,经度,纬度\n1,东村,100,105,31\n", encoding="utf-8")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "broken.xlsx").write_bytes(b"no workbook")
    (tmp_path / "dem.tif").write_bytes(b"")
    (tmp_path / "county.osm.pbf").write_bytes(b"")
    line = gpd.GeoDataFrame({"等级": ["乡"]}, geometry=[shapely.LineString([(0, 0), (1, 1)])], crs="EPSG:4544")
    line.to_file(tmp_path / "水系.gpkg")
    with using_language("zh"):
        text = draft_study(tmp_path)
    sections = tomllib.loads(text)
    assert sections["elevation"]["file"] == "dem.tif"
    assert sections["roads"]["file"] == "county.osm.pbf"
    assert sections["water"]["file"] == "水系.gpkg"
    assert "place_id" not in text  # a village without a code goes by its name
    assert "# 已识别：村名 → name，人口数 → population，经度 → lon，纬度 → lat" in text
    assert "# 原样保留：编码" in text
    assert "#   other.csv：未识别为任何一类表" in text
    assert re.search(r"^#   broken\.xlsx：.*损坏", text, re.MULTILINE)


def test_names_with_quotes_stay_valid(tmp_path):
    folder = tmp_path / 'a"b'
    folder.mkdir()
    (folder / "村's.csv").write_text("place_id,population\nV1,3\n", encoding="utf-8")
    sections = tomllib.loads(draft_study(folder))
    assert (sections["name"], sections["places"]["file"]) == ('a"b', "村's.csv")


def test_a_folder_of_nothing_is_refused(tmp_path):
    with pytest.raises(DataError, match="no file here can serve"):
        draft_study(tmp_path)
    with pytest.raises(DataError, match="no file here can serve"):
        draft_study(tmp_path / "nowhere")
