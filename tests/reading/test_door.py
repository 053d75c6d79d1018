"""What people bring: stages and kinds in their words, calendars of other countries, names for ids, zones, totals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import layout_planner as lp
from layout_planner.base.errors import DataError
from layout_planner.base.messages import using_language
from layout_planner.reading import check_study
from layout_planner.reading.draft import draft_study
from layout_planner.study.kinds import read_offered
from layout_planner.study.stages import grades_of, parse_grades, read_calendar

HEAD = 'name = "t"\nyear = 2024\n'
BODY = '[places]\nfile = "places.csv"\ncoordinates = "wgs84"\n[schools]\nfile = "schools.csv"\ncoordinates = "wgs84"\n'
PLACES = "place_id,name,lon,lat,pupils_primary\nV1,东村,105.00,31.00,60\nV2,西村,105.02,31.00,30\n"
SCHOOLS = (
    "school_id,name,stage,lon,lat,seats\nS1,东村小学,primary,105.00,31.00,270\nS2,西村小学,primary,105.02,31.00,90\n"
)


def _write(folder: Path, head: str = HEAD, body: str = BODY, **files: str) -> Path:
    for name, text in {"places": PLACES, "schools": SCHOOLS, **files}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "study.toml").write_text(head + body, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("words", "stages", "kind"),
    [
        ("小学、初中", ("primary", "junior"), "312"),
        ("小学/初中", ("primary", "junior"), "312"),
        ("小学初中高中", ("primary", "junior", "senior"), "345"),
        ("Elementary School", ("primary",), "211"),
        ("Primary School", ("primary",), "211"),
        ("Middle School", ("junior",), "311"),
        ("High School", ("senior",), "342"),
        ("ES", ("primary",), "211"),
        ("MS", ("junior",), "311"),
        ("HS", ("senior",), "342"),
        ("ES/MS", ("primary", "junior"), "312"),
        ("Secondary", ("secondary",), None),
        ("中学", ("secondary",), None),
        ("完全中学", ("junior", "senior"), "341"),
        ("九年一贯制学校", ("primary", "junior"), "312"),
        ("九年一贯制学校（含幼儿园）", ("primary", "junior"), "312"),
        ("教学点", ("primary",), "218"),
        ("幼儿园附设", ("kindergarten",), "119"),
        ("國民小學", ("primary",), "211"),
        ("小学校", ("primary",), "211"),
        ("中学校", ("junior",), "311"),
        ("B1(小学校)", ("primary",), "211"),
        ("Grundschule", ("primary",), "211"),
        ("초등학교", ("primary",), "211"),
        ("Ecole maternelle", ("kindergarten",), "111"),
        ("Primary with Upper Primary", ("primary", "junior"), "312"),
        ("Pr. Up Pr. and Secondary Only", ("primary", "junior", "secondary"), None),
        ("211", ("primary",), "211"),
    ],
)
def test_stages_and_kinds_in_peoples_words(words, stages, kind):
    offered = read_offered(words)
    assert offered is not None
    assert (offered.stages, offered.kind) == (stages, kind)


@pytest.mark.parametrize("words", ["Not applicable", "公办", "3", "Regular school", "x" * 1000, ""])
def test_what_names_no_stage_is_not_guessed(words):
    assert read_offered(words) is None


@pytest.mark.parametrize(
    ("word", "kept", "told"),
    [
        ("magnet", "211", "no kind of school that is known"),  # unknown: the stage's own kind
        ("初中", "211", "a kind of other stages than set says"),
        ("教学点", "218", None),
        ("九年一贯制", "312", None),
    ],
)
def test_a_guessed_kind_gives_way_to_the_stage_the_study_file_says(tmp_path, word, kept, told):
    schools = f"school_id,name,type,lon,lat,seats\nS1,a,{word},105.00,31.00,270\nS2,b,小学,105.02,31.00,90\n"
    report = check_study(_write(tmp_path, body=BODY + 'set = { stage = "primary" }\n', schools=schools))
    assert report.study is not None, str(report)
    assert set(report.study.offers.index.get_level_values("stage")) == {"primary"}
    assert report.study.schools["kind"].to_dict() == {"S1": kept, "S2": "211"}
    warned = [(w.row, w.column, w.value) for w in report.warnings if told is not None and told in w.message.en]
    assert warned == ([(2, "type", word)] if told is not None else [])


def test_a_column_that_the_study_file_names_as_the_kind_is_held_to_it(tmp_path):
    schools = "school_id,name,type,lon,lat,seats\nS1,a,magnet,105.00,31.00,270\nS2,b,小学,105.02,31.00,90\n"
    body = BODY + 'columns = { kind = "type" }\nset = { stage = "primary" }\n'
    (fault,) = check_study(_write(tmp_path, body=body, schools=schools)).errors
    assert (fault.row, fault.column, fault.value) == (2, "type", "magnet")


def test_two_columns_that_may_be_the_kind_are_told_and_left_where_the_stage_is_said(tmp_path):
    schools = "school_id,name,type,category,lon,lat,seats\nS1,a,小学,小学,105.00,31.00,270\n"
    report = check_study(_write(tmp_path, body=BODY + 'set = { stage = "primary" }\n', schools=schools))
    assert report.study is not None, str(report)
    assert [w.message.en for w in report.warnings if w.column == "category"] == [
        'several columns are read as kind: "type", "category".'
    ]


def test_a_span_of_grades_tells_the_stages_by_the_calendar(tmp_path):
    schools = "school_id,name,stage,lon,lat\nS1,a,K-8,105.0,31.0\nS2,b,Secondary,105.01,31.0\nS3,c,PK-5,105.02,31.0\n"
    study = lp.read_study(_write(tmp_path, 'name = "t"\nyear = 2024\ncalendar = "K1+5+3+4"\n', schools=schools))
    grades = study.offers["grades"].to_dict()
    assert grades[("S1", "kindergarten")] == (0,)
    assert grades[("S1", "primary")] == (1, 2, 3, 4, 5)
    assert grades[("S1", "junior")] == (6, 7, 8)
    assert {stage for school, stage in grades if school == "S2"} == {"junior", "senior"}
    assert grades[("S3", "primary")] == (1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("calendar", "stages"),
    [
        ("7+6", {"primary": (1, 7), "junior": (8, 13)}),
        ("8+4", {"primary": (1, 8), "junior": (9, 12)}),
        ("5+3+2+2", {"primary": (1, 5), "junior": (6, 8), "senior": (9, 12)}),
        ("K1+5+3+4", {"kindergarten": (0, 0), "primary": (1, 5), "junior": (6, 8), "senior": (9, 12)}),
        ("R1+6+5+2", {"kindergarten": (-2, -1), "primary": (0, 6), "junior": (7, 11), "senior": (12, 13)}),
    ],
)
def test_calendars_of_other_countries(calendar, stages):
    found = {stage: (grades_of(stage, calendar)[0], grades_of(stage, calendar)[-1]) for stage in stages}
    assert found == stages


@pytest.mark.parametrize("calendar", ["6", "6-3", "0+3", "9+9", "K4+6+3", "six+3", "6+3+3+2+1", ""])
def test_what_is_no_calendar(calendar):
    assert read_calendar(calendar) is None


def test_a_primary_school_of_seven_grades(tmp_path):
    schools = "school_id,name,stage,lon,lat,enrolment,grades\nS1,东村小学,primary,105.0,31.0,91,P1–P7\n"
    folder = _write(tmp_path, 'name = "t"\nyear = 2024\ncalendar = "7+6"\n', schools=schools)
    study = lp.read_study(folder)
    assert study.rolls["grade"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert study.roll("primary")["S1"] == 91


@pytest.mark.parametrize(
    ("text", "grades"),
    [("PK-5", (-1, 0, 1, 2, 3, 4, 5)), ("K-2", (0, 1, 2)), ("一至六年级", (1, 2, 3, 4, 5, 6)),
     ("七至九年级", (7, 8, 9)), ("Year 7-9", (7, 8, 9)), ("1～3年级", (1, 2, 3)), ("小班-大班", (-2, -1, 0)),
     ("01-03", (1, 2, 3)), ("1.0", (1,)), ("Gr. 3", (3,)), ("3.", (3,))],
)  # fmt: skip
def test_grades_in_peoples_words(text, grades):
    assert parse_grades(text) == grades


@pytest.mark.parametrize("text", ["初一至初三", "S1-S6", "", "6-1", "1-14", "1..3", "1.3"])
def test_grades_that_hang_on_the_calendar_or_are_none(text):
    with pytest.raises(ValueError):
        parse_grades(text)


def test_one_fault_a_cell_and_no_hint_that_drops_data(tmp_path):
    schools = SCHOOLS.replace("东村小学,primary", "东村小学,小学、武校").replace("西村小学,primary", "西村小学,primery")
    report = check_study(_write(tmp_path, schools=schools))
    mine = [fault for fault in report.errors if fault.file == "schools.csv"]
    assert [fault.row for fault in mine] == [2, 3]
    assert "did you mean" not in mine[0].message.en
    assert 'did you mean "primary"' in mine[1].message.en
    assert "312 九年一贯制" in mine[0].mend.zh


def test_the_school_year_is_one_number_in_both_languages(tmp_path):
    folder = _write(tmp_path, 'name = "t"\nyear = "2024-2025"\n')
    (fault,) = check_study(folder).errors
    assert fault.mend.en == "the autumn, as one number: year = 2024."
    with using_language("zh"):
        assert str(fault) == '第 2 行，year = "2024-2025"：此处应为数字。改法：请填秋季学年的一个数字：year = 2024。'


def test_a_header_may_be_id_and_name(tmp_path):
    schools = "name,stage,lon,lat\n东村小学,primary,105.00,31.00\n"
    body = BODY.replace('"schools.csv"\n', '"schools.csv"\ncolumns = { school_id = "name" }\n')
    study = lp.read_study(_write(tmp_path, body=body, schools=schools))
    assert study.schools.index.tolist() == study.schools["name"].tolist() == ["东村小学"]


def test_without_ids_names_serve_and_the_township_tells_two_apart(tmp_path):
    places = (
        "村名,乡镇,经度,纬度,小学适龄数\n东村,甲乡,105.0,31.0,60\n东村,乙乡,105.1,31.0,30\n西村,乙乡,105.12,31.0,10\n"
    )
    schools = "学校名称,办学类型,所在乡镇,经度,纬度\n中心小学,小学,甲乡,105,31\n中心小学,小学,乙乡,105.1,31\n"
    study = lp.read_study(_write(tmp_path, places=places, schools=schools))
    assert study.places.index.tolist() == ["甲乡 东村", "乙乡 东村", "西村"]
    assert study.schools.index.tolist() == ["甲乡 中心小学", "乙乡 中心小学"]
    assert sorted(study.townships.index) == ["乙乡", "甲乡"]
    same = places.replace("乙乡,105.1,", "甲乡,105.1,")
    with pytest.raises(DataError, match="more than once"):
        lp.read_study(_write(tmp_path, places=same, schools=schools))


def test_a_forgotten_column_of_ids_is_found_by_what_refers_to_it(tmp_path):
    places = PLACES.replace("place_id", "no")
    attendance = "place_id,school_id,stage,pupils\nV1,S1,primary,10\n"
    body = BODY + '[attendance]\nfile = "attendance.csv"\n'
    (fault,) = check_study(_write(tmp_path, body=body, places=places, attendance=attendance)).errors
    assert 'columns = { place_id = "no" }' in fault.mend.en


def test_schools_and_places_are_named_by_name_in_other_tables(tmp_path):
    attendance = "行政村,就读学校,学段,就读人数\n东村,东村小学,小学,60\n西村,西村小学,小学,30\n"
    places = PLACES.replace("pupils_primary", "pupils_primary,catchment_primary").replace(
        ",60", ",60,东村小学;西村小学"
    )
    places = places.replace(",30\n", ",30,西村小学\n")
    body = BODY + '[attendance]\nfile = "attendance.csv"\n'
    study = lp.read_study(_write(tmp_path, body=body, places=places, attendance=attendance))
    pairs = study.attendance.groupby(["place_id", "school_id"])["pupils"].sum()
    assert pairs.to_dict() == {("V1", "S1"): 60.0, ("V2", "S2"): 30.0}
    assert study.places["catchment_primary"].tolist() == ["S1;S2", "S2"]


def test_births_by_township_and_year_across(tmp_path):
    places = PLACES.replace("lon", "township_id,lon").replace(",105", ",甲乡,105")
    births = "乡镇,2016年,2017年,2018年\n甲乡,20,18,\n"
    study = lp.read_study(_write(tmp_path, body=BODY + '[births]\nfile = "births.csv"\n', places=places, births=births))
    assert study.births[["township_id", "year", "count"]].to_numpy().tolist() == [
        ["甲乡", 2016, 20.0],
        ["甲乡", 2017, 18.0],
    ]


def _square(lon: float) -> list[list[list[float]]]:
    west, east = lon - 0.005, lon + 0.005
    return [[[west, 30.99], [east, 30.99], [east, 31.01], [west, 31.01], [west, 30.99]]]


def test_zones_drawn_as_areas_become_todays_catchments(tmp_path):
    parts = [("东村小学", 105.0), ("S2", 105.02), ("S2", 105.04), ("S2", 105.0)]  # one zone in parts; an overlap
    features = [
        {"type": "Feature", "properties": {"school_id": school},
         "geometry": {"type": "Polygon", "coordinates": _square(lon)}}
        for school, lon in parts
    ]  # fmt: skip
    folder = _write(tmp_path, body=BODY + '[zones]\nfile = "zones.geojson"\n')
    (folder / "zones.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    study = lp.read_study(folder)
    assert study.places["catchment_primary"].tolist() == ["S1;S2", "S2"]
    assert "2 places lie in them" in " ".join(str(text) for text in study.sources["statements"])


@pytest.mark.parametrize(
    ("homes", "rolls"),
    [((7, 7), (7, 7)), ((7, 8), (8, 7)), ((10, 11, 13), (10, 11, 13)), ((1,) * 6, (1,) * 6),
     ((7.5, 8.25, 9.25), (10, 15)), ((5, 6, 23), (30, 4)), ((17, 0, 3), (1, 19))],
)  # fmt: skip
def test_totals_that_agree_agree_by_grade(tmp_path, homes, rolls):
    places = "place_id,lon,lat,pupils_primary\n" + "".join(f"V{i},{105 + i / 50},31,{n}\n" for i, n in enumerate(homes))
    schools = "school_id,name,stage,lon,lat,seats,enrolment\n" + "".join(
        f"S{i},小{i},primary,{105 + i / 50},31,90,{n}\n" for i, n in enumerate(rolls)
    )
    study = lp.read_study(_write(tmp_path, places=places, schools=schools))
    by_grade = [table.groupby("grade")["pupils"].sum() for table in (study.pupils, study.rolls)]
    assert by_grade[0].to_dict() == pytest.approx(by_grade[1].to_dict())
    now = lp.today(study, lp.travel_matrix(study, mode="straight")).assignments["primary"]
    assert len(now.unplaced) == len(now.outside) == 0


def test_where_totals_differ_only_the_difference_is_outside(tmp_path):
    schools = SCHOOLS.replace("seats\n", "seats,enrolment\n").replace(",270", ",270,60").replace(",90\n", ",90,37\n")
    study = lp.read_study(_write(tmp_path, schools=schools))
    now = lp.today(study, lp.travel_matrix(study, mode="straight")).assignments["primary"]
    assert (now.unplaced["pupils"].sum(), now.outside["pupils"].sum()) == (0.0, 7.0)


def test_a_folder_of_strange_tables_is_told_file_by_file(tmp_path):
    (tmp_path / "scholen.csv").write_text("instellingsnaam,soort\nA,basis\n", encoding="utf-8")
    (tmp_path / "wijken.csv").write_text("wijkcode,leerlingen\n1,60\n", encoding="utf-8")
    (tmp_path / "notes.docx").write_bytes(b"")
    text = draft_study(tmp_path)
    assert "scholen.csv: not recognised as any table; none of its headers is known: instellingsnaam, soort" in text
    assert "wijken.csv: not recognised" in text
    assert "notes.docx: a format that is not read" in text
    assert '# file = "scholen.csv"' in text


def test_lists_of_schools_stage_by_stage_are_set_together(tmp_path):
    (tmp_path / "places.csv").write_text(PLACES, encoding="utf-8")
    for name, lon in (("小学", 105.0), ("初中", 105.01)):
        text = f"学校名称,经度,纬度,学位数\n东村{name},{lon},31.00,270\n"
        (tmp_path / f"{name}一览表.csv").write_text(text, encoding="utf-8")
    text = draft_study(tmp_path).replace("# year = …", "year = 2024").replace("# coordinates", "coordinates")
    assert 'file = ["初中一览表.csv", "小学一览表.csv"]' in text
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    study = lp.read_study(tmp_path)
    assert study.offers.index.tolist() == [("东村初中", "junior"), ("东村小学", "primary")]


def test_totals_of_all_through_schools_are_divided_by_grades_where_asked(tmp_path):
    schools = "school_id,name,kind,lon,lat,enrolment,seats\nS1,a,九年一贯制,105,31,900,945\n"
    with pytest.raises(DataError, match="one total for several stages"):
        lp.read_study(_write(tmp_path, schools=schools))
    body = BODY.replace('"schools.csv"\n', '"schools.csv"\nshare_by = "grades"\n')
    offers = lp.read_study(_write(tmp_path, body=body, schools=schools)).offers
    assert offers["enrolment"].to_dict() == {("S1", "junior"): 300.0, ("S1", "primary"): 600.0}
    # 945 seats by pupils, 600 to 1.1 × 300
    assert offers["seats"].to_dict() == {("S1", "junior"): 335.0, ("S1", "primary"): 610.0}


def _warned(folder: Path) -> str:
    return " ".join(str(fault) for fault in check_study(folder).warnings)


def test_what_a_planner_would_look_at_twice(tmp_path):
    places = (
        "place_id,population,lon,lat,pupils_primary,catchment_primary\nV1,50,105.0,31.0,60,S2\nV2,900,105.02,31,30,S1\n"
    )
    schools = "school_id,name,stage,lon,lat,seats,enrolment\nS1,a,primary,105,31,5,60\nS2,b,junior,105.02,31,90,30\n"
    told = _warned(_write(tmp_path, places=places, schools=schools))
    assert 'population = "50": fewer people than children' in told
    assert 'seats = "5": 12 pupils a seat' in told
    assert "90 children of primary for 5 seats" in told
    assert '"S2" is no primary school' in told


def test_a_crs_of_another_country_is_told(tmp_path):
    assert "made for" in _warned(_write(tmp_path, HEAD + 'crs = "EPSG:27700"\n'))
    assert "made for" not in _warned(_write(tmp_path, HEAD + 'crs = "EPSG:4544"\n'))


def test_schools_of_another_hemisphere_are_told_in_km(tmp_path):
    schools = SCHOOLS.replace("31.00", "-31.00")
    report = check_study(_write(tmp_path, schools=schools))
    said = " ".join(str(fault) for fault in (*report.errors, *report.warnings))
    assert "km" in said
    assert "sign of the latitude" in said


def test_one_school_far_from_every_place_is_told_in_km(tmp_path):
    schools = SCHOOLS.replace("105.02,31.00", "105.02,13.00")
    assert "1,9" in _warned(_write(tmp_path, schools=schools))
    told = [str(fault) for fault in check_study(tmp_path).warnings if "km from the nearest place" in str(fault)]
    assert len(told) == 1
    assert told[0].startswith('row 3, lon = "105.02": ')
