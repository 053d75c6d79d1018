"""More of what people bring: totals in many words, binary workbooks, KML of ArcGIS, times, school from five."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from layout_planner.cohorts.births import cohort
from layout_planner.formats.described import read_fields
from layout_planner.formats.tables import read_table
from layout_planner.reading import check_study
from layout_planner.reading.draft import draft_study
from layout_planner.reading.reader import CheckReport
from layout_planner.study.stages import cohort_year, read_calendar
from tests.reading.xlsb import write_xlsb

TOML = """name = "t"
year = 2024
[places]
file = "places.csv"
coordinates = "wgs84"
[schools]
file = "schools.csv"
coordinates = "wgs84"
"""
PLACES = "place_id,name,乡镇,lon,lat,pupils_primary\nV1,东村,甲镇,105.00,31.00,60\nV2,西村,乙镇,105.02,31.00,30\n"
SCHOOLS = "school_id,name,stage,lon,lat,seats\nS1,东小学,primary,105.00,31.00,90\nS2,西小学,primary,105.02,31.00,90\n"


def _check(folder: Path, more: str = "", **files: str) -> CheckReport:
    for name, text in {"places": PLACES, "schools": SCHOOLS, **files}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "study.toml").write_text(TOML + more, encoding="utf-8")
    return check_study(folder)


def _said(report: CheckReport) -> str:
    return " | ".join(f"{f.column} {f.message.en}" for f in (*report.errors, *report.warnings))


@pytest.mark.parametrize(
    "total", ["全县", "合计", "3,总计", "共计", "Total general", "Gesamt", "Итого", "計", "총계", "Sub-total"]
)
def test_a_total_is_no_township_in_any_language(tmp_path, total):
    numbered = "," in total
    head, rows = "乡镇,2015,2016", ["甲镇,10,20", "乙镇,5,6"]
    if numbered:
        head, rows = f"序号,{head}", [f"{i},{row}" for i, row in enumerate(rows, start=1)]
    births = "\n".join([head, *rows, f"{total},15,26"]) + "\n"
    report = _check(tmp_path, '[births]\nfile = "births.csv"\n', births=births)
    assert report.study is not None, _said(report)
    assert report.study.births["count"].sum() == 41
    assert "rows of totals were left out: 4" in _said(report)


def test_a_row_that_is_the_sum_of_the_others_is_doubted_whatever_it_is_called(tmp_path):
    births = "乡镇,2015,2016\n甲镇,10,20\n乙镇,5,6\n丙镇,1,2\n本辖区,16,28\n"
    report = _check(tmp_path, '[births]\nfile = "births.csv"\n', births=births)
    (fault,) = [f for f in report.warnings if "sum of the other rows" in f.message.en]
    assert (fault.row, fault.value) == (5, "本辖区")
    assert "where = '乡镇 != \"本辖区\"'" in fault.mend.en
    more = '[births]\nfile = "births.csv"\nwhere = \'乡镇 != "本辖区"\'\n'
    again = _check(tmp_path, more, births=births)
    assert again.study is not None
    assert again.study.births["count"].sum() == 44


def test_births_that_are_not_known_are_told_by_their_cell(tmp_path):
    births = "乡镇,2015,2016\n甲镇,10,\n乙镇,若干,6\n外镇,1,2\n"
    report = _check(tmp_path, '[births]\nfile = "births.csv"\n', births=births)
    faults = {(f.row, f.column, f.message.en) for f in (*report.errors, *report.warnings)}
    assert (2, "2016", "the cell is empty: these births are not known.") in faults
    assert (3, "2015", "not a number.") in faults
    assert sum("no such township" in told for _, _, told in faults) == 1


def test_a_binary_workbook_is_read_with_its_merges_and_what_is_hidden(tmp_path):
    rows = [["乡镇", "村名", "lon", "小学学生数"], ["甲镇", "东村", 105.25, 12.0], [None, "西村", 105.5, 1.5]]
    write_xlsb(tmp_path / "p.xlsb", rows, merges=[(1, 0, 2, 0)], hidden=[2], columns=[3])
    raw = read_table(tmp_path, "p.xlsb")
    assert raw.frame.to_numpy().tolist() == [["甲镇", "东村", "105.25", "12"], ["甲镇", "西村", "105.5", "1.5"]]
    assert [f.message.en for f in raw.told] == [
        "merged cells count for each of their rows: 3.",
        "columns that are hidden in the sheet were read with the rest: D.",
        "rows that are hidden in the sheet, or filtered away, were read with the rest: 3.",
    ]
    write_xlsb(tmp_path / "plain.xlsb", rows)
    assert read_table(tmp_path, "plain.xlsb").told == ()
    (tmp_path / "q.xls").write_bytes((tmp_path / "p.xlsb").read_bytes())
    assert any("is a binary Excel workbook" in f.message.en for f in read_table(tmp_path, "q.xls").told)


ARCGIS = (
    "<html><body><table><tr><td>Pioneer</td></tr><tr><td><table>"
    "<tr><td>SCHOOL_ID</td><td>A1</td></tr><tr bgcolor='#D4E4F3'><td>LEVEL</td><td>primary</td></tr>"
    "<tr><td>Capacity</td><td>{seats} &amp; more</td></tr></table></td></tr></table></body></html>"
)


def test_a_kml_whose_data_lie_in_its_descriptions(tmp_path):
    marks = "".join(
        f"<Placemark><name>学校{i}</name><description><![CDATA[{ARCGIS.format(seats=90 * i)}]]></description>"
        f"<Point><coordinates>105.0{i},31</coordinates></Point></Placemark>"
        for i in (1, 2)
    )
    kml = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>{marks}</Folder></Document></kml>'
    (tmp_path / "s.kml").write_text(f'<?xml version="1.0" encoding="UTF-8"?>{kml}', encoding="utf-8")
    raw = read_table(tmp_path, "s.kml")
    assert raw.frame["Capacity"].tolist() == ["90 & more", "180 & more"]
    assert raw.frame["LEVEL"].tolist() == ["primary", "primary"]
    assert any("SCHOOL_ID, LEVEL, Capacity" in f.message.en for f in raw.told)


def test_a_description_without_a_table_has_no_fields():
    assert read_fields("a school <b>of</b> 1950") == {}
    assert read_fields("<table><tr><td>只有一格</td></tr><tr><td>a</td><td>b</td><td>c</td></tr></table>") == {}


@pytest.mark.parametrize("names", [("V1", "V2", "S1"), ("东村", "西村", "东小学")])
def test_measured_times_by_id_or_name_tell_the_school_they_lack(tmp_path, names):
    first, second, school = names
    times = f"place_id,{school}\n{first},5\n{second},17\n"
    report = _check(tmp_path, '[travel.drive]\nfile = "times.csv"\n', times=times)
    assert report.study is not None, _said(report)
    assert report.study.given_travel["drive"]["S1"].tolist() == [5.0, 17.0]
    assert "1 schools have no times in it; by this table nobody reaches them: S2 西小学" in _said(report)


def test_an_abbreviation_of_many_meanings_is_told(tmp_path):
    lone = SCHOOLS.replace("primary", "ES")
    assert "read as an elementary school" in _said(_check(tmp_path, schools=lone))
    both = lone + "S3,北中学,MS,105.01,31.00,90\n"
    assert "read as an elementary school" not in _said(_check(tmp_path, schools=both))


def test_a_title_with_another_separator_does_not_decide(tmp_path):
    text = "Liste des écoles, année 2024, public\nschool_id;name;stage;lon;lat;seats\nS1;A;primary;105,00;31,00;90\n"
    report = _check(tmp_path, schools=text)
    assert report.study is not None, _said(report)
    assert report.study.schools["name"].tolist() == ["A"]


def test_school_from_five_means_a_year_younger():
    england = read_calendar("R1+6+5+2@5")
    assert england is not None
    assert (england.entry, england.span("primary")) == (5, (0, 6))
    assert read_calendar("6+3@12") is None
    # Year 1 of autumn 2024 is five: born from September 2018 to August 2019, a third of 2018 and two thirds of 2019.
    births = pd.DataFrame({2017: [30.0], 2018: [60.0], 2019: [90.0]}, index=["T"])
    assert cohort(births, 1, cohort_year(2024, "R1+6+5+2@5"))["T"] == pytest.approx(20 + 60)
    assert cohort(births, 1, cohort_year(2024, "6+3"))["T"] == pytest.approx(10 + 40)


@pytest.mark.parametrize(
    ("columns", "hint"),
    [
        ("lon,lat\nA,小学,primary,105.1,31.0", "Picked on Amap or Tencent maps: gcj02"),
        ("x,y\nA,小学,primary,35500000,3430000", "in CGCS2000 that is EPSG:4523"),
        ("x,y\nA,小学,primary,530000,180000", "whoever drew the map knows it."),
    ],
)
def test_init_says_how_to_find_out_the_coordinates(tmp_path, columns, hint):
    (tmp_path / "schools.csv").write_text(f"school_id,name,stage,{columns}\n", encoding="utf-8")
    assert hint in draft_study(tmp_path)
