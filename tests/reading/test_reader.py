"""Reading: what the tables of a study become."""

from __future__ import annotations

import os

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from layout_planner.base.errors import DataError
from layout_planner.reading import check_study, read_study, sample
from layout_planner.study import LOCAL, MIGRANT
from layout_planner.study.shift import shift
from tests.study.toy_folder import FILES, write_toy


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    return read_study(write_toy(tmp_path_factory.mktemp("toy")))


def _texts(study):
    return " ".join(text.en for text in study.sources["statements"])


# --- real data


def test_gongyi(gongyi):
    assert len(gongyi.places) == 1276
    assert len(gongyi.schools) == 22
    assert gongyi.demand("junior").sum() == 40_995
    assert gongyi.seats("junior").sum() == 41_900
    assert gongyi.places["population"].sum() == 819_812
    assert gongyi.crs == "EPSG:4547"
    assert (gongyi.pupils["pupils"] % 1 == 0).all()
    by_grade = gongyi.pupils.groupby("grade")["pupils"].sum()
    assert (by_grade - 40_995 / 3).abs().max() < 30
    repaired = [w for w in gongyi.sources["warnings"] if "repaired" in w.message.en]
    assert [w.row for w in repaired] == [14, 155, 1103, 1126]
    assert all("m²" in w.message.en for w in repaired)
    assert gongyi.places.is_valid.all()
    assert "EPSG:4547" in _texts(gongyi)
    assert gongyi.schools.geometry.geom_type.eq("Point").all()


def test_fairfax(fairfax):
    assert len(fairfax.places) == 9404
    assert len(fairfax.schools) == 138
    assert fairfax.demand("primary").sum() == pytest.approx(89_045, abs=1e-6)
    assert fairfax.seats("primary").sum() == 101_127
    assert fairfax.roll("primary").sum() == 89_045
    assert fairfax.crs == "EPSG:32618"
    assert len(fairfax.adjacency) == 23_196
    drive = fairfax.given_travel["drive"]
    assert drive.shape == (9404, 138)
    assert list(drive.index) == list(fairfax.places.index)
    assert set(drive.columns) == set(fairfax.schools.index)
    assert 0 < drive.to_numpy().mean() < 60  # minutes
    assert set(fairfax.places["catchment_primary"]) <= set(fairfax.schools.index)
    assert "× population" in _texts(fairfax)


@pytest.mark.parametrize("name", ["fuxi", "fuxi-before", "zhigang"])
def test_samples(name):
    study = sample(name)
    assert study.simulated
    assert study.sources["warnings"] == ()
    assert (study.pupils["pupils"] > 0).all()


def test_samples_count_what_the_documents_count():
    now, before = sample("fuxi").counts(), sample("fuxi-before").counts()
    assert (now["open", "primary"], now["open", "junior"]) == (83, 28)
    assert now["closed", "primary"] + now["closed", "junior"] == 58
    assert (before["open", "primary"], before["open", "junior"]) == (119, 50)


def test_unknown_sample():
    with pytest.raises(DataError, match='did you mean "fuxi"'):
        sample("fuxxi")


# --- the toy county


def test_frames_carry_ids_and_the_promised_columns(toy):
    assert toy.places.index.name == "place_id"
    assert list(toy.places.columns[:3]) == ["name", "township_id", "population"]
    assert "pupils_primary" not in toy.places
    assert toy.places["catchment_primary"].tolist() == ["S1", "S1;S3", "S3", "S3"]
    assert toy.schools.index.tolist() == ["S1", "S2", "S3", "S4"]
    assert toy.schools["state"].tolist() == ["open", "open", "open", "closed"]
    assert toy.schools.at["S4", "closed_year"] == 2020
    assert toy.schools.at["S3", "parent_id"] == "S2"
    assert toy.offers.index.names == ["school_id", "stage"]
    assert toy.offers.at[("S3", "primary"), "grades"] == (1, 2, 3)
    assert toy.offers.at[("S2", "junior"), "seats"] == 150
    assert toy.townships.loc["001", "name"] == "东乡"
    assert toy.places.crs == toy.schools.crs == "EPSG:4544"


def test_totals_are_spread_over_grades_and_migrants_stay_inside(toy):
    mine = toy.pupils.query("place_id == 'V1' and stage == 'primary'")
    assert mine["pupils"].sum() == 60
    assert mine.groupby("group")["pupils"].sum().to_dict() == {LOCAL: 54, MIGRANT: 6}
    assert mine.groupby("grade")["pupils"].sum().tolist() == [10] * 6
    assert toy.demand("junior").tolist() == [30, 15, 20, 7]
    assert "spread evenly over the grades" in _texts(toy)


def test_rolls_come_from_the_table_else_from_enrolment(toy):
    assert toy.roll("primary").fillna(-1).to_dict() == {"S1": 80, "S2": 30, "S3": 33, "S4": -1}
    assert toy.rolls.query("school_id == 'S2' and stage == 'junior'")["pupils"].tolist() == [22, 22, 22]
    assert "S4" not in set(toy.rolls["school_id"])
    assert "The enrolment of 1 school stages" in _texts(toy)


def test_points_get_a_gabriel_graph(toy):
    assert toy.adjacency.to_numpy().tolist() == [["V1", "V2"], ["V2", "V3"], ["V3", "V4"]]


def test_sources_name_files_headers_and_statements(toy):
    assert set(toy.sources["files"]) == set(FILES)
    assert len(toy.sources["files"]["places.csv"]) == 64
    assert toy.sources["headers"]["schools"]["seats"] == "seats"


def test_nothing_is_written_into_the_input_folder(tmp_path):
    folder = write_toy(tmp_path / "in")
    before = {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}
    folder.chmod(0o555)
    try:
        read_study(folder)
    finally:
        folder.chmod(0o755)
    assert {p.name: p.stat().st_mtime_ns for p in folder.iterdir()} == before


def test_births_weigh_the_grades_where_they_are_known(tmp_path):
    # Primary under 6+3 in 2023 needs the births of 2011–2018; grade 1 is born a third in 2016 and two thirds in 2017.
    years = range(2008, 2019)
    rows = [f"{t},{y},{300 if y >= 2016 else 100}," for t in ("001", "002") for y in years]
    births = "township_id,year,count,variant\n" + "\n".join(rows) + "\n"
    places = FILES["places.csv"].replace("600,105.00,31.00,60,6,30", "600,105.00,31.00,8000,6,30")
    study = read_study(write_toy(tmp_path, births_csv=births, places_csv=places))
    mine = study.pupils.query("place_id == 'V1' and stage == 'primary'").groupby("grade")["pupils"].sum()
    # Cohorts: grade 1: 300; grade 2: 100/3 + 200 = 233.3; grades 3–6: 100 each → of 933.3 in all.
    assert mine.tolist() == pytest.approx([8000 * w / (2800 / 3) for w in (300, 700 / 3, 100, 100, 100, 100)], abs=1)
    assert mine.sum() == 8000
    assert "by births" in _texts(study)


def test_pupils_by_grade_are_taken_as_they_are(tmp_path):
    grades = ",".join(f"pupils_primary_{g}" for g in range(1, 7)) + ",pupils_kindergarten_k1"
    head = f"place_id,lon,lat,{grades}\n"
    rows = "V1,105.0,31.0,1,2,3,4,5,6,7\nV2,105.02,31.01,0,0,0,0,0,9,0\n"
    text = 'name="a"\nyear=2023\n[places]\nfile="places.csv"\ncoordinates="wgs84"\n'
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    (tmp_path / "places.csv").write_text(head + rows, encoding="utf-8")
    study = read_study(tmp_path)
    assert study.pupils.query("place_id == 'V1' and stage == 'primary'")["pupils"].tolist() == [1, 2, 3, 4, 5, 6]
    assert study.pupils.query("stage == 'kindergarten'")[["grade", "pupils"]].to_numpy().tolist() == [[-2, 7]]
    assert study.demand("primary").tolist() == [21, 9]
    assert study.stages == ("kindergarten", "primary")
    assert len(study.schools) == len(study.townships) == len(study.offers) == 0
    assert study.crs == "EPSG:4544"


def test_chinese_headers_words_and_gb18030(tmp_path):
    schools = (
        "学校标识码,学校名称,办学类型,办学状态,乡镇,在校生数,学位数,经度,纬度\n"
        "S1,东小,小学,在办,东乡,,270,105.01,31.00\n"
        "S3,西点,教学点,在办,西乡,,60,105.10,31.06\n"
    )
    folder = write_toy(tmp_path, attendance_csv=None, classes_csv=None, places_csv=None)
    (folder / "schools.csv").write_bytes(schools.encode("gb18030"))
    places = FILES["places.csv"].replace("S1;S3", "S1；S3").replace("pupils_primary", "小学适龄数", 1)
    (folder / "places.csv").write_bytes(b"\xef\xbb\xbf" + places.encode())
    toml = FILES["study.toml"]
    for gone in ("attendance", "classes"):
        toml = toml.replace(f'[{gone}]\nfile = "{gone}.csv"\n', "")
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    study = read_study(folder)
    assert study.schools["township_id"].tolist() == ["001", "002"]  # by name
    assert study.sources["headers"]["schools"]["school_id"] == "学校标识码"
    assert study.demand("primary").sum() == 143
    assert study.places["catchment_primary"].iloc[1] == "S1;S3"


def test_one_row_of_a_nine_year_school_becomes_two_offers(tmp_path):
    head = "school_id,name,kind,lon,lat,seats_primary,seats_junior," + ",".join(f"enrolment_g{g}" for g in range(1, 10))
    schools = head + "\nS1,东校,九年一贯制学校,105.01,31.00,270,150,9,9,9,9,9,9,20,21,22\n"
    places = FILES["places.csv"].replace("S1;S3", "S1").replace(",S3", ",S1")
    text = 'name="a"\nyear=2023\n[places]\nfile="places.csv"\ncoordinates="wgs84"\n'
    text += '[schools]\nfile="schools.csv"\ncoordinates="wgs84"\n'
    for name, content in (("places.csv", places), ("schools.csv", schools), ("study.toml", text)):
        (tmp_path / name).write_text(content, encoding="utf-8")
    study = read_study(tmp_path)
    assert study.schools["kind"].tolist() == ["312"]
    assert study.offers["seats"].to_dict() == {("S1", "junior"): 150, ("S1", "primary"): 270}
    assert study.roll("primary").tolist() == [54]
    assert study.rolls.query("stage == 'junior'")["pupils"].tolist() == [20, 21, 22]
    assert study.offers.at[("S1", "junior"), "enrolment"] == 63


def test_attendance_by_township_and_without_grade_is_spread(tmp_path):
    attendance = "township_id,school_id,stage,pupils\n001,S1,primary,63\n"
    study = read_study(write_toy(tmp_path, attendance_csv=attendance))
    assert study.attendance["pupils"].sum() == 63
    assert set(study.attendance["place_id"]) == {"V1", "V2"}
    assert set(study.attendance["grade"]) == set(range(1, 7))
    by_place = study.attendance.groupby("place_id")["pupils"].sum()
    assert by_place["V1"] == pytest.approx(42, abs=3)  # V1 has 60 of the township's 90 children
    assert "spread by pupils and rolls" in _texts(study)


def test_polygons_without_townships_are_dissolved(tmp_path):
    boxes = [shapely.box(5e5 + 1000 * i, 3.43e6, 5e5 + 1000 * (i + 1), 3.431e6) for i in range(4)]
    frame = pd.DataFrame({"place_id": list("abcd"), "township_id": ["T1", "T1", "T2", "T2"], "pupils_primary": 5})
    gpd.GeoDataFrame(frame, geometry=boxes, crs="EPSG:4544").to_parquet(tmp_path / "p.parquet")
    (tmp_path / "study.toml").write_text('name="a"\nyear=2023\n[places]\nfile="p.parquet"\n', encoding="utf-8")
    study = read_study(tmp_path)
    assert study.townships.geometry.area.tolist() == [2e6, 2e6]
    assert study.adjacency.to_numpy().tolist() == [["a", "b"], ["b", "c"], ["c", "d"]]
    assert "dissolved" in _texts(study)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_shifted_coordinates_are_shifted_back(tmp_path, toy, datum):
    places = pd.read_csv(write_toy(tmp_path) / "places.csv", dtype={"township_id": "str"})
    places["lon"], places["lat"] = shift(places["lon"], places["lat"], datum)
    places.to_csv(tmp_path / "places.csv", index=False)
    text = FILES["study.toml"].replace("wgs84", datum, 1)
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    gap = read_study(tmp_path).places.geometry.distance(toy.places.geometry)
    assert gap.max() < 1e-4


@pytest.mark.parametrize(
    ("lon", "lat", "crs"),
    [
        (104.9, 31.2, "EPSG:4544"),  # 105° E
        (121.4, 37.5, "EPSG:4549"),  # 120° E
        (113.0, 34.7, "EPSG:4547"),  # 114° E
        (-77.3, 38.8, "EPSG:32618"),
        (-51.2, -30.0, "EPSG:32722"),
        (1.5, 42.5, "EPSG:32631"),
    ],
)
def test_the_metric_crs_is_chosen_from_the_data(tmp_path, lon, lat, crs):
    text = f"place_id,lon,lat,pupils_primary\na,{lon},{lat},3\nb,{lon + 0.01},{lat},4\n"
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    toml = 'name="a"\nyear=2023\n[places]\nfile="p.csv"\ncoordinates="wgs84"\n'
    (tmp_path / "study.toml").write_text(toml, encoding="utf-8")
    study = read_study(tmp_path)
    assert study.crs == crs
    assert crs in _texts(study)
    assert study.places.geometry.iloc[0].distance(study.places.geometry.iloc[1]) == pytest.approx(
        111_320 * 0.01 * np.cos(np.radians(lat)), rel=0.005
    )


def test_given_travel_wide_and_long_say_the_same(tmp_path):
    wide = "place_id,S1,S2\nV4,60,\nV1,120,30\nV2,6,12\nV3,18,24\n"
    long = "place_id,school_id,minutes,metres\nV1,S1,2,200\nV1,S2,0.5,\nV2,S1,0.1,9\n"
    long += "V2,S2,0.2,\nV3,S1,0.3,\nV3,S2,0.4,\nV4,S1,1,\n"
    folder = write_toy(tmp_path)
    (folder / "w.csv").write_text(wide, encoding="utf-8")
    (folder / "l.csv").write_text(long, encoding="utf-8")
    toml = FILES["study.toml"] + '\n[travel.walk]\nfile="w.csv"\nunit="seconds"\n[travel.bus]\nfile="l.csv"\n'
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    given = read_study(folder).given_travel
    assert set(given) == {"walk", "bus", "bus:metres"}
    pd.testing.assert_frame_equal(given["walk"], given["bus"])
    assert given["walk"].loc["V1"].tolist() == [2, 0.5]
    assert np.isnan(given["walk"].at["V4", "S2"])
    assert given["bus:metres"].at["V2", "S1"] == 9


def test_the_same_file_may_serve_twice_filtered_and_with_constants(gongyi):
    assert "supply1" in gongyi.places  # kept as it is
    assert gongyi.offers.index.get_level_values("stage").unique().tolist() == ["junior"]


def test_edge_of_the_table_blank_rows_and_crlf(tmp_path):
    text = FILES["places.csv"].replace("\n", ",\r\n").replace("V2,", ",,,,,,,,,,\r\nV2,").replace("41,2,20", "-4,2,20")
    (fault,) = check_study(write_toy(tmp_path, places_csv=text)).errors
    assert fault.row == 5  # the blank row counts, as in a spreadsheet


def test_language_of_the_faults(tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "LAYOUT_PLANNER_LANG", "zh")
    write_toy(tmp_path, places_csv=FILES["places.csv"].replace("41,2,20", "-4,2,20"))
    with pytest.raises(DataError, match='第 4 行，pupils_primary = "-4"：不能为负数。改法：'):
        read_study(tmp_path)


def test_roads_of_any_kind_and_further_tables(tmp_path):
    folder = write_toy(tmp_path)
    lines = [shapely.LineString([(105.0, 31.0), (105.1, 31.0)]), shapely.LineString([(105.05, 31.0), (105.05, 31.1)])]
    lines[0] = shapely.LineString([(105.0, 31.0), (105.05, 31.0), (105.1, 31.0)])
    gpd.GeoDataFrame({"class": ["trunk", "乡道"]}, geometry=lines, crs=4326).to_file(folder / "roads.geojson")
    (folder / "costs.csv").write_text("what,yuan\n寄宿补助,1250\n", encoding="utf-8")
    (folder / "estates.csv").write_text("estate_id,place_id,homes\nE1,V1,300\n", encoding="utf-8")
    toml = FILES["study.toml"]
    for name in ("roads.geojson", "costs.csv", "estates.csv"):
        toml += f'\n[{name.split(".")[0]}]\nfile = "{name}"\n'
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    study = read_study(folder)
    assert study.roads is not None
    assert study.roads["class"].tolist() == ["trunk", "trunk", "tertiary"]  # cut where they meet
    assert study.roads.crs == study.crs
    assert study.extra["costs"].to_numpy().tolist() == [["寄宿补助", 1250]]
    assert study.extra["estates"].loc["E1", "homes"] == 300


# --- warnings


def test_positions_that_are_possible_but_unlikely(tmp_path):
    rows = "".join(f"W{i},村{i},001,9,105.0{i},31.0{i},1,0,1,S1\n" for i in range(10))
    rows += "W10,远村,001,9,108.5,31.0,1,0,1,S1\nW11,同村,001,9,105.00,31.00,1,0,1,S1\n"
    report = check_study(write_toy(tmp_path, places_csv=FILES["places.csv"] + rows))
    assert report.errors == ()
    told = {(w.row, w.column): w.message.en for w in report.warnings}
    assert "km from the nearest other place or school" in told[(16, "lon")]
    assert "the same point as in row 2" in told[(17, "place_id")]


def test_places_outside_their_township(tmp_path):
    outline = gpd.GeoDataFrame(
        {"township_id": ["001", "002"], "name": ["东乡", "西乡"]},
        geometry=[shapely.box(104.9, 30.9, 105.05, 31.1), shapely.box(105.05, 30.9, 105.2, 31.1)],
        crs=4326,
    )
    folder = write_toy(tmp_path, places_csv=FILES["places.csv"].replace("西村,001", "西村,002"))
    outline.to_file(folder / "t.geojson")
    toml = FILES["study.toml"].replace("townships.csv", "t.geojson")
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    (warning,) = check_study(folder).warnings
    assert (warning.file, warning.row, warning.column, warning.value) == ("places.csv", 3, "township_id", "002")
    assert "outside this township" in warning.message.en


def test_doubtful_numbers(tmp_path):
    schools = FILES["schools.csv"].replace("80,270,6,6", "80,0,5,6").replace("33,60,3,3", "33,,,3")
    places = FILES["places.csv"].replace("41,2,20", ",,20")
    report = check_study(write_toy(tmp_path, schools_csv=schools, places_csv=places))
    assert report.errors == ()
    told = [w.message.en for w in report.warnings]
    assert any("an open school without seats" in text for text in told)
    assert any("fewer classrooms than classes" in text for text in told)
    assert any("1 open schools have neither seats nor classrooms" in text for text in told)
    assert any("1 places have no number and count as 0 (rows 4)" in text for text in told)


# --- applicants


REGISTER = """\
居住点编号,学段,招生类别,人数,多孩家庭,房产证号,学位占用年份,落户年份
V1,小学,人户一致,1,是,H-7,2021,2016
V2,小学,租房,3,,,,
V3,primary,随迁子女,2,否,,,2020
"""


def test_a_register_of_applicants_is_read_and_written_back(tmp_path):
    toml = FILES["study.toml"] + '\n[applicants]\nfile = "applicants.csv"\n'
    study = read_study(write_toy(tmp_path / "toy", study_toml=toml, applicants_csv=REGISTER))
    table = study.extra["applicants"]
    assert table["tie"].tolist() == ["both", "tenant", "migrant"] and table["pupils"].tolist() == [1, 3, 2]
    assert table.loc[0, ["place_id", "stage", "dwelling_id", "dwelling_used", "since"]].tolist() == [
        "V1", "primary", "H-7", 2021, 2016,
    ]  # fmt: skip
    assert table["sibling"].fillna(0).tolist() == [1, 0, 0]
    back = read_study(study.write(tmp_path / "back")).extra["applicants"]
    assert back["tie"].tolist() == table["tie"].tolist() and back["dwelling_used"].equals(table["dwelling_used"])
    wrong = REGISTER.replace("租房", "亲友")
    with pytest.raises(DataError, match="亲友"):
        read_study(write_toy(tmp_path / "wrong", study_toml=toml, applicants_csv=wrong))
