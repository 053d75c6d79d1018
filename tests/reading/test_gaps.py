"""Cells left blank: what is not known is said with its rows, in either language, and is no zero."""

from __future__ import annotations

import numpy as np
import pytest

from layout_planner.reading import check_study
from tests.reading.test_door import BODY, HEAD, _write

HEADS = "school_id,name,stage,lon,lat,{}\n"


def _schools(column: str, *cells: str, stage: str = "primary") -> str:
    rows = [f"S{i},学校{i},{stage},105.0{i},31.0,{cell}\n" for i, cell in enumerate(cells)]
    return HEADS.format(column) + "".join(rows)


@pytest.mark.parametrize("column", ["enrolment", "classes", "teachers", "staff", "在校生数"])
def test_a_number_one_school_lacks_is_told_by_its_row(tmp_path, column):
    report = check_study(_write(tmp_path, schools=_schools(f"seats,{column}", "90,60", "90,", "90,30")))
    assert report.study is not None
    (told,) = [w for w in report.warnings if w.column == column]
    assert (told.file, told.row) == ("schools.csv", 3)
    assert told.message.en == "1 rows have no number here: 3; it counts as unknown, not as 0."
    assert told.message.zh == "1 行此列没有数字：第 3 行；按未知处理，不作 0 计。"


def test_seats_that_are_reckoned_from_classrooms_and_seats_nobody_knows(tmp_path):
    report = check_study(_write(tmp_path, schools=_schools("seats,classrooms", "90,2", ",3", ",", "90,")))
    assert report.study is not None
    told = [w.message.en for w in report.warnings if w.column == "seats"]
    assert told == [
        "1 open schools have neither seats nor classrooms and count as unlimited (rows 4).",
        "1 open schools have no number of seats: 3; theirs are reckoned from the classrooms.",
    ]
    seats = report.study.seats("primary", 45)
    assert seats.tolist() == [90, 135, np.inf, 90]


def test_of_a_school_only_the_stages_it_offers_are_asked_for(tmp_path):
    schools = (
        "school_id,name,办学类型,lon,lat,小学在校生数,初中在校生数\n"
        "S1,甲,小学,105.00,31.00,60,\nS2,乙,初级中学,105.01,31.00,,40\nS3,丙,九年一贯制学校,105.02,31.00,50,\n"
    )
    report = check_study(_write(tmp_path, schools=schools))
    assert report.study is not None, str(report)
    assert [(w.row, w.message.zh) for w in report.warnings if "没有数字" in w.message.zh] == [
        (4, "1 行此列没有数字：第 4 行；按未知处理，不作 0 计。")
    ]


def test_a_column_nobody_filled_in_and_a_school_that_is_closed(tmp_path):
    schools = (
        "school_id,name,stage,lon,lat,seats,state,enrolment,teachers\n"
        "S1,甲,primary,105.00,31.00,90,open,60,\nS2,乙,primary,105.01,31.00,90,closed,,\n"
    )
    told = {w.column: w.message.en for w in check_study(_write(tmp_path, schools=schools)).warnings}
    assert told["teachers"] == "no number in the whole column; it counts as unknown."
    assert "enrolment" not in told


def test_where_children_are_reckoned_from_people_a_place_without_people_is_named(tmp_path):
    places = "place_id,name,lon,lat,population\nV1,东村,105.00,31.00,600\nV2,西村,105.02,31.00,\n"
    body = BODY.replace("[schools]", "pupils_from = { primary = 0.1 }\n[schools]")
    report = check_study(_write(tmp_path, HEAD, body, places=places))
    assert report.study is not None
    assert report.study.demand("primary").to_dict() == {"V1": 60.0, "V2": 0.0}
    (told,) = [w for w in report.warnings if w.column == "population"]
    assert told.message.en == "1 places have no number of people: 3; no children are reckoned there."
