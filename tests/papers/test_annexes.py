"""The annex workbook, read back by another library."""

from __future__ import annotations

import math

import openpyxl
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.papers.annex import Papers, renamed
from layout_planner.papers.annexes import MAKERS, annex_tables, annexes, make_annexes
from layout_planner.papers.workbook import HEADER_ROW, _heading_lines, write_workbook
from tests.papers.paper_toy import hostile, merged, some_without_a_school
from tests.show.show_toy import HOSTILE

TITLES = (
    "现状一览表", "人口预测表", "学位供需表", "逐校调整表", "撤并明细表", "项目表", "学区表", "划片表", "教师配置表",
    "优质均衡表", "大班额台账", "程序台账", "资产处置表",
)  # fmt: skip
CONTROL = "a\x00b\x0bc\x1fd_x0041_"


def _cell(value: object) -> object:
    """Give a cell as the table holds it: an empty one is "" in a column of text."""
    return "" if value is None else value


def read_back(path, annex, number):
    sheet = openpyxl.load_workbook(path)[f"{number} {annex.title}"[:31]]
    rows = list(sheet.iter_rows(min_row=HEADER_ROW + 1, max_row=HEADER_ROW + 1 + len(annex.table)))
    return sheet, [cell.value for cell in rows[0]], rows[1:]


def assert_equal(path, made):
    for number, annex in enumerate(made, 1):
        _, headers, rows = read_back(path, annex, number)
        assert headers == list(annex.table.columns) == list(annex.fields)
        for cells, (_, row) in zip(rows, annex.table.iterrows(), strict=True):
            for cell, expected in zip(cells, row, strict=True):
                if isinstance(expected, str):
                    assert _cell(cell.value) == expected and cell.data_type in ("s", "n")
                    assert cell.data_type == "s" or expected == ""
                else:
                    assert (cell.value is None) == (not math.isfinite(expected))
                    assert cell.value is None or cell.value == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_thirteen_tables_read_back_equal(tmp_path, lang):
    plan = merged()
    path = annexes(plan, tmp_path / "a.xlsx", lang)
    with lp.using_language(lang):
        made = make_annexes(Papers(plan))
        assert len(made) == len(MAKERS) == 13
        assert_equal(path, made)
    assert lang == "en" or tuple(annex_tables(plan, "zh")) == TITLES


def test_what_stands_in_them(tmp_path):
    tables = annex_tables(merged(), "zh")
    mergers = tables["撤并明细表"].iloc[0]
    # All sixty pupils of S3 live in G: eight minutes instead of none, 800 metres, by day; its six teachers follow.
    shown = ["撤并校标识码", "撤并校", "学生去向", "人数", "原单程（分钟）", "新单程（分钟）", "新路程（米）", "走读"]
    assert mergers[shown].tolist() == ["0211000003", "三小", "二小", 60, 0.0, 8.0, 800, 60]
    assert mergers["随学生调动教师"] == 6
    changed = tables["逐校调整表"].set_index("学校名称")
    assert changed["方式"].to_dict() == {"一小": "保留", "二小": "扩容", "三小": "并入"}
    assert changed.loc["三小", ["并入校", "年份", "理由"]].tolist() == ["二小", 2025, "规模过小"]
    assert changed.loc["二小", ["现有学位", "规划学位", "规划在校生"]].tolist() == [270, 360, 240]
    project = tables["项目表"].iloc[0]
    assert project[["项目（学校）", "规模（新增学位）", "投资（元）", "启用年份"]].tolist() == [
        "二小",
        90,
        90 * 32_000,
        2024,
    ]
    assets = tables["资产处置表"].iloc[0]
    assert assets[["校舍（学校）", "权属", "面积（㎡）"]].tolist() == ["三小", "国有", 800]
    seats = tables["学位供需表"].set_index("片区（乡镇）")
    assert seats.loc["东乡", ["需求（适龄儿童）", "供给（学位）", "余缺"]].tolist() == [240, 360, 120]


def test_headers_stay_in_sight_and_choices_drop_down(tmp_path):
    plan = merged()
    path = annexes(plan, tmp_path / "a.xlsx", "zh")
    with lp.using_language("zh"):
        made = {annex.key: (number, annex) for number, annex in enumerate(make_annexes(Papers(plan)), 1)}
        number, annex = made["projects"]
        sheet, headers, rows = read_back(path, annex, number)
    assert (
        sheet.freeze_panes == "C5" and sheet.print_title_rows == "$1:$4" and sheet.page_setup.orientation == "landscape"
    )
    assert sheet.print_area and sheet.page_setup.fitToHeight == 0
    rules = {str(rule.sqref)[0]: rule for rule in sheet.data_validations.dataValidation}
    column = "ABCDEFGHIJKLMN"[headers.index("资金来源")]
    assert rules[column].type == "list" and "选项" in rules[column].formula1
    book = openpyxl.load_workbook(path)
    assert book["选项"].sheet_state == "hidden"
    yuan = rows[0][headers.index("投资（元）")]
    assert yuan.number_format == "#,##0" and rows[0][headers.index("学校标识码")].number_format == "@"


def test_a_long_text_has_the_lines_it_needs(tmp_path):
    """30 villages of four characters and a comma: 300 letters' width in 44 a line are seven lines, 15 points each."""
    plan = merged()
    annex = make_annexes(Papers(plan), ["catchments"])[0]
    places = list(annex.fields)[4]
    table = annex.table.assign(**{places: ["甲乙丙村、" * 30, *annex.table[places].iloc[1:]]})
    write_workbook([renamed(annex, table)], plan, tmp_path / "long.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "long.xlsx").worksheets[1]
    assert sheet.row_dimensions[5].height == 7 * 15
    write_workbook(make_annexes(Papers(plan), ["current"]), plan, tmp_path / "short.xlsx")
    assert openpyxl.load_workbook(tmp_path / "short.xlsx").worksheets[1].row_dimensions[5].height is None
    assert sheet.column_dimensions["E"].width == pytest.approx(46, abs=1)


def test_headings_and_the_contents_have_the_lines_they_need(tmp_path):
    """In a column of 16 letters 13.5 bold ones stand beside each other: "teachers above" is broken behind teachers."""
    assert _heading_lines("teachers above the required degree", 16) == 4
    assert _heading_lines("sports area", 16) == 1
    assert _heading_lines("体育、艺术专任教师", 16) == 2
    path = annexes(merged(simulated=True), tmp_path / "a.xlsx", "en")
    book = openpyxl.load_workbook(path)
    assert book.worksheets[0].row_dimensions[9].height == 2 * 15  # the source of the seats: 113 letters of 64 a line
    assert book.worksheets[0].row_dimensions[7].height is None
    balance = book.worksheets[10]
    assert balance["A1"].value == "Balance (simulated data)"
    told = book.worksheets[7]["A3"].value
    assert told == "Source: districting.csv. No rows: no districts were drawn (run partition)."
    assert balance.row_dimensions[HEADER_ROW + 1].height == pytest.approx(4 * 15 + 2, abs=0.5)


def test_of_a_school_nothing_is_known_of_nothing_is_said_to_be_met():
    plan = merged()
    known = plan.study.offers.index.get_level_values("school_id") == "S1"
    offers = plan.study.offers.assign(area_teaching=[900.0 if k else float("nan") for k in known])  # 5 m² for each
    table = annex_tables(plan.with_(study=plan.study.with_(offers=offers)), "zh")["优质均衡表"].set_index("学校名称")
    assert table.loc["一小", "达标数"] == 1 and math.isnan(table.loc["二小", "达标数"])


def test_the_first_sheet_says_who_has_no_school(tmp_path):
    path = annexes(some_without_a_school(), tmp_path / "a.xlsx", "zh")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[0] == "目录"
    assert book["目录"]["A2"].value == "120 名儿童无学可上（小学 120 人），方案不能实施。"
    assert all(book[name]["A2"].value == book["目录"]["A2"].value for name in book.sheetnames[1:-1])


@pytest.mark.parametrize("name", [*HOSTILE, "=cmd|' /C calc'!A0", "@SUM(1)", CONTROL])
def test_a_hostile_name_stays_text(tmp_path, name):
    plan = hostile(name)
    path = annexes(plan, tmp_path / "a.xlsx", "zh")
    with lp.using_language("zh"):
        assert_equal(path, make_annexes(Papers(plan), ["current"]))
    for sheet in openpyxl.load_workbook(path):
        assert all(cell.data_type != "f" and cell.hyperlink is None for row in sheet.iter_rows() for cell in row)


def test_the_same_plan_is_the_same_bytes(tmp_path):
    plan = merged()
    one, two = (annexes(plan, tmp_path / f"{n}.xlsx", "zh").read_bytes() for n in (1, 2))
    assert one == two


def test_today_alone_has_the_forms_all_the_same(tmp_path):
    base = merged().base
    assert base is not None
    tables = annex_tables(base, "zh")
    assert len(tables["现状一览表"]) == 3 and tables["撤并明细表"].empty and tables["项目表"].empty
    assert pd.DataFrame(tables["现状一览表"])["学校标识码"].tolist() == ["0211000001", "0211000002", "0211000003"]


def test_no_plan_is_refused(tmp_path):
    with pytest.raises(lp.DataError, match="no plan"):
        annexes([], tmp_path / "a.xlsx", "en")
