"""What a stranger's tables hold and no case showed: each came in with a wrong number, or without a word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pytest
import shapely

from layout_planner.reading import check_study
from layout_planner.reading.reader import CheckReport
from tests.reading.test_door import BODY, HEAD, _write

HEADS = ["村名", "乡镇", "经度", "纬度", "小学学生数", "初中学生数"]
ROWS = [
    ["东村", "甲镇", 105.0, 31.0, 60, 20],
    ["西村", "甲镇", 105.02, 31.0, 30, 10],
    ["南村", "乙镇", 105.03, 31.01, 12, 8],
]
RIGHT = {"东村": (60.0, 20.0), "西村": (30.0, 10.0), "南村": (12.0, 8.0)}


def _book(
    folder: Path, rows: Sequence[Sequence[Any]], merges: Sequence[str] = (), hidden: Sequence[int] = ()
) -> CheckReport:
    """Read a workbook as the places of a study, beside two schools."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for merge in merges:
        book.active.merge_cells(merge)
    for row in hidden:
        book.active.row_dimensions[row].hidden = True
    book.save(folder / "places.xlsx")
    return check_study(_write(folder, body=BODY.replace("places.csv", "places.xlsx")))


def _children(report: CheckReport) -> dict[str, tuple[float, float]]:
    assert report.study is not None, str(report)
    primary, junior = report.study.demand("primary"), report.study.demand("junior")
    return {place: (primary[place], junior[place]) for place in report.study.places.index}


def _said(report: CheckReport) -> str:
    return " | ".join(f"{f.row} {f.column}: {f.message.en}" for f in (*report.errors, *report.warnings))


@pytest.mark.parametrize(
    ("below", "told"),
    [
        ([1, 2, 3, 4, 5, 6], "row 2 numbers the columns"),
        (["甲", "乙", 1, 2, 3, 4], "row 2 numbers the columns"),
        (["甲", "乙", "（1）", "（2）", "（3）=1+2", "（4）"], "row 2 numbers the columns"),
        ([None, None, "度", "度", "人", "人"], "the headers take rows 1 and 2"),
        ([None, None, "（度）", "（度）", "（人）", "（人）"], "经度(度)"),
    ],
)
def test_a_row_of_column_numbers_or_units_is_no_village(tmp_path, below, told):
    report = _book(tmp_path, [HEADS, below, *ROWS])
    assert _children(report) == RIGHT
    assert told in _said(report)


def test_a_village_with_small_numbers_is_one(tmp_path):
    first = ["东村", "甲镇", 105.0, 31.0, 1, 2]
    assert _children(_book(tmp_path, [HEADS, first, *ROWS[1:]]))["东村"] == (1.0, 2.0)


def test_a_group_of_three_header_rows_reaches_as_far_as_its_cell(tmp_path):
    heads = [
        ["村名", "乡镇", "位置", None, "适龄儿童", None, None, None],
        [None, None, "经度", "纬度", "小学", None, "初中", None],
        [None, None, None, None, "合计", "其中女", "合计", "其中女"],
    ]
    rows = [[*row[:5], 5, row[5], 3] for row in ROWS]
    merges = ["A1:A3", "B1:B3", "C1:D1", "C2:C3", "D2:D3", "E1:H1", "E2:F2", "G2:H2"]
    assert _children(_book(tmp_path, [*heads, *rows], merges)) == RIGHT


def test_a_total_with_coordinates_of_its_own_is_doubted(tmp_path):
    report = _book(tmp_path, [HEADS, ["清河县", None, 105.01, 31.0, 102, 38], *ROWS])
    (told,) = [w for w in report.warnings if "sum of the other rows" in w.message.en]
    assert (told.row, told.value) == (2, "清河县")


def test_rows_out_of_sight_are_read_and_told(tmp_path):
    report = _book(tmp_path, [HEADS, *ROWS], hidden=[3])
    assert _children(report) == RIGHT
    assert "rows that are hidden in the sheet, or filtered away, were read with the rest: 3." in _said(report)


@pytest.mark.parametrize(
    ("at", "cell", "told"),
    [
        (0, "#NAME?", "2 村名: a formula of the spreadsheet that failed"),
        (1, "#N/A", "2 乡镇: a formula of the spreadsheet that failed"),
        (1, "#REF!", "2 乡镇: a formula of the spreadsheet that failed"),
        (2, "#VALUE!", "2 经度: not a number"),
        (4, "#DIV/0!", "2 小学学生数: not a number"),
    ],
)
def test_an_error_of_the_spreadsheet_is_no_name(tmp_path, at, cell, told):
    rows = [[*ROWS[0]], *ROWS[1:]]
    rows[0][at] = cell
    report = _book(tmp_path, [HEADS, *rows])
    assert report.study is None
    assert told in _said(report)


@pytest.mark.parametrize("cell", ["2024-03-01", "3月1日", "1-Mar", "Mar-01"])
def test_a_code_that_became_a_date_is_refused(tmp_path, cell):
    rows = [["3-2", *ROWS[1]], [cell, *ROWS[0]]]
    report = _book(tmp_path, [["村编号", *HEADS], *rows])
    assert [(f.row, f.column) for f in report.errors] == [(3, "村编号")]
    assert "turned a code" in _said(report)


def test_a_township_spread_over_its_cell_is_the_same_township(tmp_path):
    rows = [["东　村", "甲 镇", *ROWS[0][2:]], ROWS[1], ROWS[2]]
    report = _book(tmp_path, [HEADS, *rows])
    assert _children(report) == RIGHT
    assert report.study is not None
    assert set(report.study.townships.index) == {"甲镇", "乙镇"}
    assert 'blanks inside 1 names were taken out: "甲 镇" = "甲镇".' in _said(report)


@pytest.mark.parametrize(
    ("header", "cell", "column", "value", "told"),
    [
        ("教学仪器设备值（万元）", "160", "equipment_value", 1_600_000.0, "160 = 1,600,000 yuan"),
        ("教学仪器设备值（元）", "160", "equipment_value", 160.0, ""),
        ("教学仪器设备值(单位：千元)", "160", "equipment_value", 160_000.0, "160 = 160,000 yuan"),
        ("占地面积（亩）", "30", "site_area", 20_000.0, "30 = 20,000 m²"),
        ("占地面积（公顷）", "1.5", "site_area", 15_000.0, "1.5 = 15,000 m²"),
        ("占地面积（㎡）", "20000", "site_area", 20_000.0, ""),
        ("校舍建筑面积（万平方米）", "0.8", "floor_area", 8_000.0, "0.8 = 8,000 m²"),
    ],
)
def test_the_unit_in_a_header_counts(tmp_path, header, cell, column, value, told):
    schools = f"school_id,name,stage,lon,lat,seats,{header}\nS1,甲,小学,105.0,31.0,90,{cell}\n"
    report = check_study(_write(tmp_path, schools=schools))
    assert report.study is not None, str(report)
    assert report.study.offers[column].tolist() == [pytest.approx(value)]
    assert told in _said(report)
    assert told or "read in" not in _said(report)


def test_people_in_ten_thousands_and_a_unit_of_something_else(tmp_path):
    places = "place_id,name,lon,lat,小学学生数,总人口（万人）\nV1,东村,105.0,31.0,60,0.12\n"
    report = check_study(_write(tmp_path, places=places))
    assert report.study is not None
    assert report.study.places["population"].tolist() == [pytest.approx(1200)]
    schools = "school_id,name,stage,lon,lat,占地面积（万元）\nS1,甲,小学,105.0,31.0,3\n"
    (fault,) = check_study(_write(tmp_path, schools=schools)).errors
    assert (fault.column, fault.message.zh) == (
        "占地面积（万元）", "表头中的单位（万元）与该列含义（site_area）不符。",
    )  # fmt: skip


_VALUED = "school_id,name,stage,lon,lat,enrolment,site_area,floor_area,{money}\nS1,甲,小学,105.0,31.0,120,3,2,16\n"


def _valued(folder: Path, title: str, money: str = "设备值") -> CheckReport:
    return check_study(_write(folder, schools=f"学校一览表,,,,,,,,\n{title},,,,,,,,\n{_VALUED.format(money=money)}"))


def test_a_unit_in_the_title_counts_for_the_columns_of_its_kind(tmp_path):
    report = _valued(tmp_path, "单位：万元、人")
    assert report.study is not None, str(report)
    offer = report.study.offers.loc[("S1", "primary")]
    assert (offer["equipment_value"], offer["enrolment"], offer["site_area"]) == (160_000, 120, 3)
    told = [(f.row, f.column, f.message.en) for f in report.warnings if "title" in f.message.en]
    assert told == [(4, "设备值", "read in 万元, as the title says: 16 = 160,000 yuan.")]
    own = _valued(tmp_path, "单位：万元", "设备值（元）")
    assert own.study is not None
    assert own.study.offers.loc[("S1", "primary"), "equipment_value"] == 16  # the header knows better
    mu = _valued(tmp_path, "计量单位：亩")
    assert mu.study is not None
    assert mu.study.offers.loc[("S1", "primary"), ["site_area", "floor_area"]].tolist() == [
        2000,
        pytest.approx(4000 / 3),
    ]


def test_a_title_of_two_units_of_one_kind_is_not_guessed(tmp_path):
    errors = _valued(tmp_path, "单位：亩、平方米").errors
    assert [(e.column, e.message.en[:38]) for e in errors] == [
        ("site_area", "the title names several units (亩, 平方米)"),
        ("floor_area", "the title names several units (亩, 平方米)"),
    ]


def test_thousands_in_a_title_that_no_school_has_are_asked_about(tmp_path):
    (error,) = _valued(tmp_path, "单位：千人").errors
    assert (error.column, error.row) == ("enrolment", 4)
    assert error.message.zh == "标题单位为千人，据此 120 = 120,000 人：可能并非本列单位。"


def test_units_of_several_files_are_each_their_own(tmp_path):
    """总人口（万人） in one file and 总人口 in the next: neither is read by the other's unit."""
    _write(tmp_path, body=BODY.replace('"places.csv"', '["places.csv", "more.csv", "titled.csv"]'))
    head = "place_id,name,lon,lat,pupils_primary"
    (tmp_path / "places.csv").write_text(f"{head},总人口（万人）\nV1,东村,105.0,31.0,60,0.12\n", encoding="utf-8")
    (tmp_path / "more.csv").write_text(f"{head},总人口\nV2,西村,105.02,31.0,30,800\n", encoding="utf-8")
    head = head.replace("pupils_primary", "小学生数（人）")
    titled = f"村情况,,,,,\n单位：千人,,,,,\n{head},总人口\nV3,南村,105.01,31.0,9,0.5\n"
    (tmp_path / "titled.csv").write_text(titled, encoding="utf-8")
    report = check_study(tmp_path)
    assert report.study is not None, str(report)
    assert report.study.places["population"].tolist() == [1200, 800, 500]
    assert report.study.demand("primary").tolist() == [60, 30, 9]


@pytest.mark.parametrize(
    ("lon", "lat", "told"),
    [
        ("-105.00", "31.00", "with the other sign of the longitude"),
        ("105.00", "-31.00", "with the other sign of the latitude"),
        ("31.00", "15.00", "from the nearest other place or school"),
    ],
)
def test_one_of_two_places_on_the_other_side_of_the_world(tmp_path, lon, lat, told):
    places = f"place_id,name,lon,lat,pupils_primary\nV1,东村,{lon},{lat},60\nV2,西村,105.02,31.00,30\n"
    assert told in _said(check_study(_write(tmp_path, places=places)))


@pytest.mark.parametrize(
    ("header", "first", "second", "told"),
    [
        ("经度,纬度", "105.00,31.00", "105.02，31.0", "read as longitude 105.00, latitude 31.00"),
        ("经纬度", "105.00 31.00", "105.02 31.0", "read as longitude 105.00, latitude 31.00"),
        ("坐标", "31.00,105.00", "31.0;105.02", "read as longitude 105.00, latitude 31.00"),
        ("Location", "(31.00, 105.00)", "(31.0, 105.02)", "read as longitude 105.00, latitude 31.00"),
        ("wkt", "POINT(105.00 31.00)", "POINT (105.02 31.0)", "the shapes were read from this column"),
        ("the_geom", "SRID=4326;POINT(105 31)", "SRID=4326;POINT(105.02 31)", "the shapes were read from this column"),
    ],
)
def test_coordinates_in_one_column(tmp_path, header, first, second, told):
    places = f'place_id,name,"{header}",pupils_primary\nV1,东村,"{first}",60\nV2,西村,"{second}",30\n'
    report = check_study(_write(tmp_path, places=places))
    assert report.study is not None, str(report)
    at = report.study.places.to_crs(4326).geometry
    assert [(round(p.x, 6), round(p.y, 6)) for p in at] == [(105.0, 31.0), (105.02, 31.0)]
    assert told in _said(report)


@pytest.mark.parametrize(
    ("header", "lat_first"), [("geo_point_2d", True), ("地理坐标（纬度，经度）", True), ("lng/lat", False)]
)
def test_the_header_tells_which_is_the_longitude(tmp_path, header, lat_first):
    cells = ["48.85,2.35", "48.86,2.36"] if lat_first else ["2.35,48.85", "2.36,48.86"]
    places = f'place_id,name,"{header}",pupils_primary\nV1,a,"{cells[0]}",60\nV2,b,"{cells[1]}",30\n'
    schools = "school_id,name,stage,lon,lat\nS1,c,primary,2.35,48.85\n"
    report = check_study(_write(tmp_path, places=places, schools=schools))
    assert report.study is not None, str(report)
    assert round(report.study.places.to_crs(4326).geometry.iloc[0].x, 6) == 2.35


def test_two_numbers_that_may_be_either_are_not_guessed(tmp_path):
    places = 'place_id,name,坐标,pupils_primary\nV1,东村,"31.00,75.00",60\n'
    report = check_study(_write(tmp_path, places=places))
    assert report.study is None
    assert "nothing tells which is the longitude" in _said(report)


def test_a_kml_keeps_the_names_of_its_fields(tmp_path):
    marks = [
        f"<Placemark><name>{name}</name><ExtendedData><Data name='小学生数'><value>{primary}</value></Data>"
        f"<Data name='初中生数'><value>{junior}</value></Data></ExtendedData>"
        f"<Point><coordinates>{lon},31.0,0</coordinates></Point></Placemark>"
        for name, _, lon, _, primary, junior in ROWS
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    text = f"{head}<Folder><name>村</name>{''.join(marks)}</Folder></Document></kml>"
    (tmp_path / "places.kml").write_text(text, encoding="utf-8")
    body = BODY.replace('places.csv"\ncoordinates = "wgs84"', 'places.kml"')
    assert _children(check_study(_write(tmp_path, body=body))) == RIGHT


@pytest.mark.filterwarnings("ignore")
def test_names_a_shapefile_cut_short(tmp_path):
    points = [shapely.Point(row[2], row[3]) for row in ROWS]
    frame = gpd.GeoDataFrame(
        {"place_id": [row[0] for row in ROWS], "township_id": [row[1] for row in ROWS],
         "pupils_primary": [row[4] for row in ROWS], "pupils_junior": [row[5] for row in ROWS]},
        geometry=points, crs=4326,
    )  # fmt: skip
    frame.to_file(tmp_path / "places.shp", encoding="utf-8")
    body = BODY.replace('places.csv"\ncoordinates = "wgs84"', 'places.shp"')
    report = check_study(_write(tmp_path, body=body))
    assert _children(report) == RIGHT
    (tmp_path / "places.cpg").write_text("ISO-8859-1", encoding="ascii")
    frame.assign(place_id=["东村小学旁", "西村小学旁", "南村小学旁"]).to_file(tmp_path / "places.shp", encoding="gbk")
    (tmp_path / "places.cpg").write_text("UTF-8", encoding="ascii")
    (fault,) = check_study(tmp_path).errors
    assert fault.message.en == "the attributes are not in the encoding its .cpg says."


@pytest.mark.parametrize(
    ("encoding", "said"), [("euc_jp", "EUC-JP|cannot be told"), ("iso2022_jp", "recognised as ISO-2022-JP")]
)
def test_other_encodings_of_japan_are_no_thai(tmp_path, encoding, said):
    folder = _write(tmp_path)
    heads = "school_id,name,stage,lon,lat,seats"
    schools = f"{heads}\nS1,東町立小学校,primary,105.0,31.0,9\nS2,ひがし中央小学校,primary,105.01,31.0,9\n"
    (folder / "schools.csv").write_bytes(schools.encode(encoding))
    report = check_study(folder)
    assert re.search(said, _said(report))
    assert report.study is None or report.study.schools["name"].tolist() == ["東町立小学校", "ひがし中央小学校"]


@pytest.mark.parametrize(
    ("calendar", "header", "stage", "told"),
    [
        ("6+3", "6-11岁", "primary", ""),
        ("6+3", "12-14岁", "junior", ""),
        ("6+3", "6-12岁", "primary", "the header says ages 6–12; primary is 6–11"),
        ("5+4", "6-11岁", "primary", "the header says ages 6–11; primary is 6–10"),
        ("5+4", "6-10岁", "primary", ""),
        ("6+3@7", "7-12岁", "primary", ""),
        ("R1+6+5@5", "5-10岁", "primary", "the header says ages 5–10; primary is 4–10"),
        ("R1+6+5@5", "4-10岁", "primary", ""),
        ("R1+6+5@5", "11-15岁", "junior", ""),
    ],
)
def test_a_span_of_ages_is_held_against_the_calendar(tmp_path, calendar, header, stage, told):
    places = f"place_id,name,lon,lat,{header}\nV1,东村,105.0,31.0,60\n"
    report = check_study(_write(tmp_path, head=HEAD + f'calendar = "{calendar}"\n', places=places))
    assert report.study is not None, str(report)
    assert report.study.demand(stage).tolist() == [60]
    assert told in _said(report)
    assert told or "the header says ages" not in _said(report)


@pytest.mark.parametrize(
    ("calendar", "first", "junior"), [("6+3", 1, [7, 8, 9]), ("6+3@7", 0, []), ("R1+6+5@5", 2, [7, 8, 9, 10])]
)
def test_a_column_an_age_goes_to_the_grade_of_the_calendar(tmp_path, calendar, first, junior):
    ages = range(6, 15) if first else range(7, 13)
    head = ",".join(f"{age}岁" for age in ages)
    places = f"place_id,name,lon,lat,{head}\nV1,东村,105.0,31.0,{','.join(str(10 + age) for age in ages)}\n"
    report = check_study(_write(tmp_path, head=HEAD + f'calendar = "{calendar}"\n', places=places))
    assert report.study is not None, str(report)
    found = report.study.pupils.set_index("grade")["pupils"]
    assert found[max(first, 1)] == 10 + ages[0]
    assert sorted(g for g in report.study.pupils.query("stage == 'junior'")["grade"]) == junior
    assert found.sum() == sum(10 + age for age in ages)


@pytest.mark.parametrize(
    "text", ["<html><body><table>", "<html><body><table><tr>", "<table><tr></tr><tr></tr></table>"]
)
def test_a_page_cut_short_before_its_first_cell_is_refused(tmp_path, text):
    (tmp_path / "places.xls").write_text(text, encoding="utf-8")
    report = check_study(_write(tmp_path, body=BODY.replace("places.csv", "places.xls")))
    assert report.study is None
    assert re.search("the table has no rows|HTML without a table", _said(report))


@pytest.mark.parametrize(("cell", "told"), [("6", True), ("1-6", False), ("4", False)])
def test_the_number_of_grades_is_not_taken_for_the_last_of_them_in_silence(tmp_path, cell, told):
    schools = f"school_id,name,stage,lon,lat,seats,grades\nS1,甲,小学,105.0,31.0,90,{cell}\n"
    report = check_study(_write(tmp_path, schools=schools))
    assert ("read as the last grade alone" in _said(report)) is told
