"""What people write for stages, kinds, grades and years of a stage, and what is meant by each; from the standard."""

from __future__ import annotations

from pathlib import Path

import pytest

from layout_planner.reading import check_study
from layout_planner.reading.vocabulary import likely_word
from layout_planner.study.headers import canonical
from layout_planner.study.kinds import KIND_WORDS, STAGE_WORDS, read_offered, stage_meant
from layout_planner.study.stages import grade_from_word, parse_grades, read_calendar

K, P, J, S, V, X = "kindergarten", "primary", "junior", "senior", "vocational", "special"

SAID: dict[tuple[tuple[str, ...], str | None], str] = {
    # GB/T 33782: 211, of which GB 50099 knows a complete kind
    ((P,), "211"): "完小 完全小学 村完小 中心完小 片完小 民办小学 附属小学 寄宿制小学 Primary Infant lower_primary "
    "Middle_deemed_primary Начальная_школа Szkoła_podstawowa",
    ((P,), "218"): "教学点 小学教学点",
    ((P,), "219"): "附设小学班",
    ((J,), "311"): "初级中学 Middle_school Junior_high Lower_secondary 普通初级中学 独立初中 民办初中 寄宿制初中 THCS "
    "MTs Scuola_secondaria_di_primo_grado Telesecundaria",
    ((J,), "319"): "附设初中班 附设普通初中班",
    ((S,), "342"): "高级中学 普通高中 综合高中 Senior_high Sixth_form Scuola_secondaria_di_secondo_grado",
    ((S,), "349"): "附设高中班 附设普通高中班",
    ((P, J), "312"): "九年一贯 九年一贯制 九年制学校 九年义务教育学校 民办九年一贯制学校 小学、初中 小初 小学至初中 "
    "小学-初中 國中小 Basic_school 義務教育学校 Основная_школа TH&THCS",
    ((P, J), "211"): "小学附设初中班 小学附设初中 小学带初中 小学戴帽初中 戴帽初中 完全小学附设初中班",
    ((P, J), "311"): "初中附设小学班",
    ((J, S), "341"): "完全中学 完中 初高中 初中、高中 初中（含高中） THCS&THPT",
    ((P, J, S), "345"): "十二年一贯制 十二年一贯 小初高 Combined Combined_school All-through All-age_school "
    "Area_school Composite Средняя_школа 小学初中高中",
    ((K, P, J, S), "345"): "十五年一贯制 十五年一贯制学校 十五年一贯",
    ((K, P), "211"): "小学附设幼儿园 小学附设幼儿班",
    ((K, P), None): "幼小 小学、幼儿园 小学+幼儿园",
    ((K, P, J), None): "幼小初 幼儿园、小学、初中",
    ((K,), "111"): "幼儿园 普惠园 普惠性民办幼儿园 附属幼儿园 学前教育机构 幼教点 ECD Nursery 認定こども園 TK",
    ((K,), "119"): "附设幼儿班 学前班 幼儿园附设",
    ((P, "secondary"), None): "中小学",
    (("secondary",), None): "中学 附属中学 Comprehensive Grammar_school Secondary",
    ((V,), "361"): "职业高中 职中 职业中学 职业中专 职教中心 技校 中等职业学校 TVET SMK Technical_high_school",
    ((X,), "511"): "特教 特校 特殊教育学校 盲校 聋校 培智学校 启智学校 SEN SLB",
}  # fmt: skip


@pytest.mark.parametrize(
    ("word", "stages", "kind"),
    [(word.replace("_", " "), stages, kind) for (stages, kind), words in SAID.items() for word in words.split()],
)
def test_what_a_school_is_called(word, stages, kind):
    offered = read_offered(word)
    assert offered is not None
    assert (offered.stages, offered.kind) == (stages, kind)


@pytest.mark.parametrize("word", ["初小", "初级小学", "不完全小学", "非完全小学"])
def test_an_incomplete_primary_school_has_four_grades(word):
    offered = read_offered(word)
    assert offered is not None
    assert (offered.stages, offered.kind, offered.grades) == (("primary",), "211", (1, 2, 3, 4))


@pytest.mark.parametrize(
    "word",
    ["一贯制学校", "国际学校", "外国语学校", "民办", "托儿所", "专门学校", "高职", "Lower school", "Upper school", "3"],
)
def test_what_leaves_the_stage_open_is_not_guessed(word):
    assert read_offered(word) is None


@pytest.mark.parametrize(
    ("text", "calendar", "grades"),
    [
        ("初一至初三", "6+3", (7, 8, 9)),
        ("初一至初四", "5+4", (6, 7, 8, 9)),
        ("高一-高三", "6+3+3", (10, 11, 12)),
        ("初一到高三", "6+3+3", (7, 8, 9, 10, 11, 12)),
        ("一年级至初三", "6+3", tuple(range(1, 10))),
        ("初中一年级", "6+3", (7,)),
        ("Form 1-Form 4", "8+4", (9, 10, 11, 12)),
        ("S1-S6", "7+6", (8, 9, 10, 11, 12, 13)),
        ("七至九年级", "6+3", (7, 8, 9)),
        ("七、八、九年级", "6+3", (7, 8, 9)),
        ("七八九年级", "6+3", (7, 8, 9)),
        ("1～6年级", "6+3", (1, 2, 3, 4, 5, 6)),
        ("小班中班大班", "6+3", (-2, -1, 0)),
        ("小中大班", "6+3", (-2, -1, 0)),
        ("小班、中班", "6+3", (-2, -1)),
        ("P-6", "6+6", (0, 1, 2, 3, 4, 5, 6)),
    ],
)
def test_grades_and_years_of_a_stage(text, calendar, grades):
    assert parse_grades(text, read_calendar(calendar)) == grades


def test_a_year_of_a_stage_hangs_on_the_calendar():
    for word in ("初一", "高二", "S1", "Form 3"):
        with pytest.raises(ValueError, match=word):
            grade_from_word(word)
    assert [grade_from_word("初一", read_calendar(c)) for c in ("6+3", "5+4", "7+6")] == [7, 6, 8]


@pytest.mark.parametrize(
    ("table", "header", "column"),
    [
        ("schools", "初一", "enrolment_g7"),
        ("schools", "初中一年级在校生数", "enrolment_g7"),
        ("schools", "高二人数", "enrolment_g11"),
        ("places", "一年级", "pupils_primary_1"),
        ("places", "七年级人数", "pupils_junior_7"),
        ("places", "初三学生", "pupils_junior_9"),
        ("places", "大班", "pupils_kindergarten_k3"),
        ("schools", "一年级教师", None),
    ],
)
def test_headers_by_grade(table, header, column):
    assert canonical(table, header) == column


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        ("初中部", "junior"),
        ("小学（1-6年级）", "primary"),
        ("Lower secondary school", "junior"),
        ("九年一贯制", None),
        ("中学", None),
    ],
)
def test_the_one_stage_of_a_row(word, stage):
    assert stage_meant(word) == stage


@pytest.mark.parametrize("word", ["十六年一贯制", "八年一贯制", "民办", "公办"])
def test_a_hint_is_of_the_same_numbers_and_adds_nothing(word):
    assert likely_word(word, {*STAGE_WORDS, *KIND_WORDS}).en == ""


def _check(folder: Path, kinds: list[str], more: str = "", head: str = 'calendar = "6+3"'):
    rows = "".join(f"S{i},校{i},{kind},105.0{i},31.0{more and ',' + more}\n" for i, kind in enumerate(kinds))
    (folder / "schools.csv").write_text(
        f"school_id,name,办学类型,lon,lat{',seats' if more else ''}\n{rows}", encoding="utf-8"
    )
    (folder / "places.csv").write_text("place_id,name,lon,lat,pupils_primary\nV,村,105,31,60\n", encoding="utf-8")
    (folder / "study.toml").write_text(
        f'name = "t"\nyear = 2024\n{head}\n[places]\nfile = "places.csv"\ncoordinates = "wgs84"\n'
        '[schools]\nfile = "schools.csv"\ncoordinates = "wgs84"\n',
        encoding="utf-8",
    )
    return check_study(folder)


def test_years_of_a_stage_become_grades_and_an_incomplete_school_is_told(tmp_path):
    report = _check(tmp_path, ["初一至初三", "初小", "小学附设初中班", "小学（含幼儿园）"], head='calendar = "5+4"')
    assert report.study is not None, str(report)
    grades = report.study.offers["grades"].to_dict()
    assert grades == {
        ("S0", "junior"): (6, 7, 8),
        ("S1", "primary"): (1, 2, 3, 4),
        ("S2", "primary"): (1, 2, 3, 4, 5),
        ("S2", "junior"): (6, 7, 8, 9),
        ("S3", "primary"): (1, 2, 3, 4, 5),
    }
    assert report.study.schools["kind"].to_dict() == {"S0": "311", "S1": "211", "S2": "211", "S3": "211"}
    told = {(w.row, w.message.en) for w in report.warnings if w.column == "办学类型"}
    assert told == {
        (3, "read as an incomplete primary school, grades 1-4 (GB 50099-2011)."),
        (5, "its kindergarten is not read: the numbers of the row are the school's."),
    }


def test_the_owner_in_the_column_of_kinds_is_said_to_be_that(tmp_path):
    errors = _check(tmp_path, ["小学", "民办"]).errors
    assert [(e.row, e.message.zh) for e in errors] == [(3, "这是举办者（公办、民办），不是学段或办学类型。")]
    assert 'columns = { ownership = "办学类型" }' in errors[0].mend.zh
    one_total = _check(tmp_path, ["小学附设幼儿班"], "90").errors
    assert [e.message.en for e in one_total] == ["one total for several stages."]
