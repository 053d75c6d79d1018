"""Files of a stranger nobody here had tried: each is right, told, or one error."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from layout_planner.reading import check_study
from layout_planner.reading.names import ByName, same_name
from layout_planner.reading.reader import CheckReport
from layout_planner.staffing.teachers import retirement_year

PLACES = "place_id,name,lon,lat,pupils_primary\nV1,东村,105.0,31.0,60\nV2,西村,105.02,31.0,30\n"
SCHOOLS = "school_id,name,stage,lon,lat,enrolment,seats\nS1,东小,primary,105.0,31.0,90,270\n"
TABLE = '[{section}]\nfile = "{file}"\ncoordinates = "wgs84"\n'


def _check(folder: Path, more: str = "", file: str = "places.csv", **texts: str) -> CheckReport:
    for name, text in {"places": PLACES, "schools": SCHOOLS, **texts}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    tables = TABLE.format(section="places", file=file) + TABLE.format(section="schools", file="schools.csv")
    (folder / "study.toml").write_text(f'name = "t"\nyear = 2024\n{tables}{more}', encoding="utf-8")
    return check_study(folder)


def _sheet(folder: Path, rows: list[list[object]], merges: tuple[str, ...] = ()) -> str:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for merge in merges:
        book.active.merge_cells(merge)
    book.save(folder / "book.xlsx")
    return "book.xlsx"


def _said(report: CheckReport) -> list[str]:
    return [f.message.en for f in (*report.errors, *report.warnings)]


def _children(report: CheckReport) -> dict[str, float]:
    assert report.study is not None, str(report)
    return report.study.demand("primary").to_dict()


def test_layers_of_two_crs_are_brought_to_one(tmp_path):
    for name, lon, crs in (("V1", 105.0, 4326), ("V2", 105.02, 4544)):
        row = {"place_id": [name], "name": [name], "pupils_primary": [60]}
        point = gpd.GeoDataFrame(row, geometry=[shapely.Point(lon, 31)], crs=4326).to_crs(crs)
        point.to_file(tmp_path / "places.gpkg", layer=name)
    _check(tmp_path, file="places.gpkg")
    toml = (tmp_path / "study.toml").read_text(encoding="utf-8")
    toml = toml.replace('"places.gpkg"\ncoordinates = "wgs84"', '"places.gpkg"\nlayer = ["V1", "V2"]')
    (tmp_path / "study.toml").write_text(toml, encoding="utf-8")
    report = check_study(tmp_path)
    assert report.study is not None, str(report)
    assert report.study.places.geometry.to_crs(4326).x.round(6).tolist() == [105.0, 105.02]


def test_a_table_that_begins_in_the_middle_of_a_sheet(tmp_path):
    rows = [[None] * 7] * 4 + [
        [None] * 3 + row for row in [["村名", "经度", "纬度", "小学生数"], ["东村", 105.0, 31.0, 60]]
    ]
    report = _check(tmp_path, file=_sheet(tmp_path, rows))
    assert _children(report) == {"东村": 60}
    assert "the headers were found in row 5; above them: blank rows" in _said(report)


HALF = ["村名", "经度", "纬度", "小学生数"]


def test_a_page_in_two_columns_is_set_under_each_other(tmp_path):
    rows = [
        ["某县村情况"],
        [*HALF, None, *HALF],
        ["东村", 105.0, 31.0, 60, None, "西村", 105.02, 31.0, 30],
        ["南村", 105.01, 31.0, 12, None, None, None, None, None],
    ]
    report = _check(tmp_path, file=_sheet(tmp_path, rows))
    assert _children(report) == {"东村": 60, "南村": 12, "西村": 30}
    assert "the headers stand 2 times side by side; the parts were set under each other." in _said(report)


def test_two_tables_side_by_side_are_said_to_be_that(tmp_path):
    rows = [
        [*HALF, None, "学校名称", "学段", "经度", "纬度"],
        ["东村", 105.0, 31.0, 60, None, "东小", "小学", 105.0, 31.0],
    ]
    (error,) = _check(tmp_path, file=_sheet(tmp_path, rows)).errors
    assert error.message.zh == "同一工作表内并列有两张表。"


def test_a_name_is_the_same_in_brackets_and_blanks_of_any_kind(tmp_path):
    assert same_name("县实验小学 （东校区）\u200b") == same_name("县实验小学(东校区)")
    places = PLACES.replace("pupils_primary", "pupils_primary,catchment_primary")
    places = places.replace(",60", ",60,县实验小学(东校区)").replace(",30", ",30,县实验 小学（东校区）")
    report = _check(tmp_path, places=places, schools=SCHOOLS.replace("东小", "县实验小学（东校区）"))
    assert report.study is not None, str(report)
    assert report.study.places["catchment_primary"].tolist() == ["S1", "S1"]


def test_names_that_only_width_tells_apart_are_not_one(tmp_path):
    names = pd.Series(["一小(东)", "一小（东）", "二小", "三小", "三小"])
    by_name = ByName(names, pd.Index(["A", "B", "C", "D", "E"]))
    asked = pd.Series(["一小（东）", "一小 (东)", "二 小", "三小", "三 小", None])
    assert by_name.ids(asked).astype(object).where(lambda found: found.notna(), None).tolist() == [
        "B", None, "C", None, None, None,
    ]  # fmt: skip


def test_signs_without_width_at_the_ends_are_no_part_of_a_name(tmp_path):
    places = PLACES.replace("东村", "\ufeff东村\u200b").replace("西村", "\u00a0西村\t")
    report = _check(tmp_path, places=places)
    assert report.study is not None
    assert report.study.places["name"].tolist() == ["东村", "西村"]


MONTHS = [
    (["29221", "1985-03-01", "1990.05", "1991年6月", "199206", "1970/1/31", "19850301"],
     ["1980-01", "1985-03", "1990-05", "1991-06", "1992-06", "1970-01", "1985-03"]),
    (["1990.05", "1990.1"], ["1990-05", "1990-10"]),
    (["1990.5", "1990.1"], ["1990-05", "1990-01"]),
    (["1990.1", "85.3", "1985"], [None, "1985-03", None]),
]  # fmt: skip


@pytest.mark.parametrize(("written", "months"), MONTHS)
def test_months_of_birth_as_they_are_written(tmp_path, written, months):
    rows = "".join(f"S1,语文,小学,1,{one}\n" for one in written)
    report = _check(tmp_path, '[teachers]\nfile = "t.csv"\n', t=f"school_id,subject,stage,teachers,born\n{rows}")
    assert report.study is not None, str(report)
    found = report.study.extra["teachers"]["born"]
    assert found.astype(object).where(found.notna(), None).tolist() == months
    unknown = [w.value for w in report.warnings if w.message.en == "no month of birth; left unknown."]
    assert unknown == [one for one, month in zip(written, months, strict=True) if month is None]
    if "29221" in written:  # read as text this was the year 2922
        assert retirement_year(found.iloc[0], "男", "") == 2043  # 60 in 2040, three years later
        assert any("read as 1980-01" in told for told in _said(report))


def test_grades_without_a_column_are_told(tmp_path):
    head = "学校名称,学段,经度,纬度,学位数"
    schools = f"{head},一年级人数,二年级人数\n东小,小学,105,31,270,45,45\n"
    report = _check(tmp_path, schools=schools)
    assert report.study is not None
    assert "no column for grades 3-6 of primary: they count as without pupils." in _said(report)
    whole = f"{head},{','.join(f'{g}年级' for g in '一二三四五六')}\n东小,小学,105,31,270,15,15,15,15,15,15\n"
    report = _check(tmp_path, schools=whole)
    assert report.study is not None
    assert report.study.rolls[["grade", "pupils"]].to_numpy().tolist() == [[g, 15] for g in range(1, 7)]
    assert not any("no column for grades" in told for told in _said(report))


def test_grades_that_became_a_date_are_one_fault(tmp_path):
    schools = SCHOOLS.replace("stage,", "stage,grades,").replace("primary,", "primary,2024-01-06,")
    errors = _check(tmp_path, schools=schools).errors
    assert [(e.row, e.column, e.value) for e in errors] == [(2, "grades", "2024-01-06")]


@pytest.mark.parametrize(("grade", "kept"), [("初一", 7), ("九年级", 9), ("初中二年级", 8), ("8", 8)])
def test_the_grade_of_a_roll_in_peoples_words(tmp_path, grade, kept):
    rolls = f"学校名称,学段,年级,学生数\n东初,初中部,{grade},13\n"
    schools = "school_id,name,stage,lon,lat,seats\nS1,东初,初中,105,31,270\n"
    report = _check(tmp_path, '[rolls]\nfile = "r.csv"\n', schools=schools, r=rolls)
    assert report.study is not None, str(report)
    assert report.study.rolls[["school_id", "stage", "grade", "pupils"]].to_numpy().tolist() == [
        ["S1", "junior", kept, 13]
    ]


TOWNS = PLACES.replace("name,", "name,乡镇,").replace("东村,", "东村,甲镇,").replace("西村,", "西村,乙镇,")
BORN = [("甲镇", 2016, 10.0), ("甲镇", 2017, 11.0), ("乙镇", 2016, 5.0), ("乙镇", 2017, 6.0)]


@pytest.mark.parametrize(
    "births",
    [
        "年份,甲镇,乙镇,合计\n2016,10,5,15\n2017年,11,6,17\n",
        "乡镇,出生人口,\n,2016,2017\n甲镇,10,11\n乙镇,5,6\n",
        "乡镇,2016年出生人口,2017 年,合计\n甲镇,10,11,21\n乙 镇,5,6,11\n合计,15,17,32\n",
    ],
)
def test_births_however_they_are_laid_out(tmp_path, births):
    report = _check(tmp_path, '[births]\nfile = "b.csv"\n', places=TOWNS, b=births)
    assert report.study is not None, str(report)
    found = report.study.births.sort_values(["township_id", "year"], ignore_index=True)
    assert sorted(found[["township_id", "year", "count"]].itertuples(index=False, name=None)) == sorted(BORN)


def test_a_column_of_births_that_is_no_township_is_told(tmp_path):
    births = "年份,甲镇,丙镇\n2016,10,5\n"
    report = _check(tmp_path, '[births]\nfile = "b.csv"\n', places=TOWNS, b=births)
    told = [(w.row, w.column, w.value, w.message.en) for w in report.warnings if "no such township" in w.message.en]
    assert [one[:3] for one in told] == [(2, "township_id", "丙镇")]


def test_stages_told_by_the_columns_that_hold_numbers(tmp_path):
    head = "学校名称,经度,纬度,小学学位,初中学位,小学在校生,初中在校生"
    schools = f"{head}\n一贯校,105,31,270,150,60,30\n东小,105.01,31,90,,30,\n"
    report = _check(tmp_path, schools=schools)
    assert report.study is not None, str(report)
    assert report.study.offers["seats"].to_dict() == {
        ("一贯校", "junior"): 150, ("一贯校", "primary"): 270, ("东小", "primary"): 90,
    }  # fmt: skip
    assert any("neither a stage nor a kind is named" in told for told in _said(report))


def test_a_mend_of_swapped_columns_can_be_pasted(tmp_path):
    places = "place_id,name,经度,纬度,pupils_primary\nV1,东村,31.0,105.0,60\nV2,西村,31.0,105.02,30\n"
    report = _check(tmp_path, places=places)
    (mend,) = {e.mend.en for e in report.errors}
    said = mend.removeprefix("swap the two columns: under [places] say ").removesuffix(".")
    assert said == 'columns = { lon = "纬度", lat = "经度" }'
    toml = (tmp_path / "study.toml").read_text(encoding="utf-8").replace("[schools]", f"{said}\n[schools]")
    (tmp_path / "study.toml").write_text(toml, encoding="utf-8")
    mended = check_study(tmp_path)
    assert mended.study is not None, str(mended)
    assert mended.study.places.geometry.to_crs(4326).x.round(6).tolist() == [105.0, 105.02]
