import pytest

from layout_planner.study.headers import canonical, recognise


@pytest.mark.parametrize(
    ("table", "header", "name"),
    [
        ("schools", "学校名称", "name"),
        ("schools", "校名", "name"),
        ("schools", "學校名稱", "name"),
        ("schools", "学校(机构)标识码", "school_id"),
        ("schools", "学校（机构）标识码", "school_id"),
        ("schools", "XXDM", "school_id"),
        ("schools", "學校代碼", "school_id"),
        ("schools", "学段", "stage"),
        ("schools", "办学类型", "kind"),
        ("schools", "乡镇", "township_id"),
        ("schools", "鄉鎮", "township_id"),
        ("schools", "在校生数", "enrolment"),
        ("schools", "在園幼兒數", None),
        ("schools", "在校學生數", "enrolment"),
        ("schools", "教学班", "classes"),
        ("schools", "班級數", "classes"),
        ("schools", "教职工数", "staff"),
        ("schools", "专任教师", "teachers"),
        ("schools", "学位数", "seats"),
        ("schools", "核定规模（人）", "seats"),
        ("schools", "经度", "lon"),
        ("schools", "LAT", "lat"),
        ("schools", "X", "x"),
        ("schools", "寄宿生", "boarders"),
        ("schools", "三年级", "enrolment_g3"),
        ("schools", "大班", "enrolment_gk3"),
        ("schools", "小学学位", "seats_primary"),
        ("schools", "enrolment_g14", None),
        ("places", "小学适龄数", "pupils_primary"),
        ("places", "國小學生數", "pupils_primary"),
        ("places", "初中随迁子女", "migrants_junior"),
        ("places", "小学划片", "catchment_primary"),
        ("places", "Pupils Primary 3", "pupils_primary_3"),
        ("places", "常住人口", "population"),
        ("places", "备注", None),
        ("townships", "乡镇", "name"),
        ("rolls", "年级", "grade"),
        ("births", "出生人数", "count"),
    ],
)
def test_headers_as_people_write_them(table, header, name):
    assert canonical(table, header) == name


def test_staff_and_teachers_are_never_merged():
    found = recognise("schools", ["教职工数", "专任教师数"], {})
    assert found == {"staff": ["教职工数"], "teachers": ["专任教师数"]}


def test_two_headers_for_one_column_are_both_told():
    assert recognise("schools", ["学生人数", "在校生数"], {})["enrolment"] == ["学生人数", "在校生数"]


def test_the_canonical_name_itself_outweighs_those_that_mean_it():
    assert recognise("schools", ["在校生数", "enrolment"], {})["enrolment"] == ["enrolment"]


@pytest.mark.parametrize("header", ["name", "NAME"])
def test_a_name_that_is_also_the_id_outweighs_the_sort_of_settlement(header):
    found = recognise("places", [header, "place", "population"], {"place_id": header})
    assert found == {"place_id": [header], "name": [header], "population": ["population"]}
    assert recognise("places", ["place", header], {})["name"] == [header]


def test_what_the_study_file_says_outweighs_all():
    found = recognise("schools", ["在校生数", "enrolment", "人"], {"enrolment": "人"})
    assert found["enrolment"] == ["人"]
