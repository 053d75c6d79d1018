"""Tables as bureaus send them: titles, two-row headers, hidden sheets, totals, notes, units, encodings."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest

from layout_planner.base.errors import DataError
from layout_planner.formats.tables import read_table
from layout_planner.reading import check_study
from tests.study.toy_folder import FILES, write_toy

TITLED = [
    ["涪溪县中小学基本情况一览表"],
    ["填报单位：县教育局", None, None, None, "单位：人"],
    ["学校", None, "所属乡镇", "小学", None, "初中", None, "地址"],
    ["学校标识码", "学校名称", None, "学生数", "班数", "学生数", "班数", None],
    ["2151000001", "东小", "001", "320人", "８个班", None, None, "东街"],
    ["2151000002", "西小", "001", "1,080", "24", None, None, "西街"],
    ["城关镇小计", None, None, "1400", "32", None, None, None],
    ["2151000003", "一贯", "002", "200", "6", "150", "3", "北街"],
    ["合  计", None, None, "1600", "38", "150", "3", None],
    ["注：不含教学点。"],
    ["填表人：张三", None, None, "审核人：李四"],
]


def _workbook(path: Path, sheets: dict[str, list[list[str | None]]], hidden: tuple[str, ...] = ()) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
        if title in hidden:
            page.sheet_state = "hidden"
    if "表" in book.sheetnames:
        book["表"].merge_cells("A3:B3")
        book["表"].merge_cells("D3:E3")
        book["表"].merge_cells("H3:H4")
    book.save(path)


def _text(rows: list[list[str | None]]) -> str:
    return "".join(",".join('"' + (c or "") + '"' for c in row) + "\n" for row in rows)


def _said(raw) -> str:
    return " | ".join(f.message.en for f in raw.told)


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_titles_two_header_rows_totals_and_notes_are_recognised_and_told(tmp_path, form):
    if form == "xlsx":
        _workbook(tmp_path / "t.xlsx", {"表": TITLED})
    else:
        (tmp_path / "t.csv").write_text(_text(TITLED), encoding="utf-8-sig")
    raw = read_table(tmp_path, f"t.{form}")
    heads = ["学校标识码", "学校名称", "所属乡镇", "小学学生数", "小学班数", "初中学生数", "初中班数", "地址"]
    assert list(raw.frame.columns) == heads
    assert list(raw.frame["学校名称"]) == ["东小", "西小", "一贯"]
    assert list(raw.rows) == [5, 6, 8]
    assert [f.row for f in raw.told] == [3, 3, 7, 10]
    said = _said(raw)
    assert "found in row 3; above them: 涪溪县中小学基本情况一览表" in said
    assert "headers take rows 3 and 4" in said
    assert "totals were left out: 7, 9." in said
    assert "notes below the table were left out: rows 10, 11." in said


def test_such_a_table_becomes_the_schools_of_a_study(tmp_path):
    rows = [[*row[:7], "寄宿生" if i == 2 else None] for i, row in enumerate(TITLED) if i < 9]
    for row, lon in zip(rows, (None, None, "经度", None, 105.01, 105.02, None, 105.11, None), strict=True):
        row += [None] * (8 - len(row)) + [lon]
    for row, lat in zip(rows, (None, None, "纬度", None, 31.0, 31.01, None, 31.05, None), strict=True):
        row += [lat]
    for row, stage in zip(rows, (None, None, "类型", None, "小学", "小学", None, "九年一贯制", None), strict=True):
        row += [stage]
    toml = FILES["study.toml"].split("[sites]")[0].replace("schools.csv", "schools.xlsx")
    places = FILES["places.csv"].replace(",catchment_primary", "").replace(",S1;S3", "").replace(",S1\n", "\n")
    folder = write_toy(tmp_path / "toy", study_toml=toml, places_csv=places.replace(",S3\n", "\n"))
    _workbook(folder / "schools.xlsx", {"说明": [["填表说明"]], "表": rows, "去年": rows}, hidden=("去年",))
    report = check_study(folder)
    assert report.errors == ()
    assert report.study is not None
    offers = report.study.offers
    assert offers.loc[("2151000001", "primary"), "enrolment"] == 320
    assert offers.loc[("2151000001", "primary"), "classes"] == 8
    assert offers.loc[("2151000002", "primary"), "enrolment"] == 1080
    assert offers.loc[("2151000003", "junior"), "enrolment"] == 150
    assert offers.loc[("2151000003", "primary"), "classes"] == 6
    told = {(w.row, w.message.en) for w in report.warnings}
    assert (None, 'the sheet "表" was read, not "说明", "去年" (hidden).') in told
    assert {(5, "read as 320."), (5, "read as 8."), (6, "read as 1080.")} <= told


@pytest.mark.parametrize("encoding", ["big5", "utf-16", "utf-16-le", "utf-16-be"])
def test_encoding_is_recognised_and_told(tmp_path, encoding):
    text = "學校代碼,學校名稱,學段,學生人數\n2151000001,東國小,國小,80\n2151000002,西國中,國中,90\n"
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    raw = read_table(tmp_path, "t.csv")
    assert list(raw.frame["學校名稱"]) == ["東國小", "西國中"]
    assert f"the encoding was recognised as {'Big5' if encoding == 'big5' else encoding.upper()}" in _said(raw)


def test_gb18030_is_not_taken_for_big5(tmp_path):
    (tmp_path / "t.csv").write_bytes("学校代码,学校名称,学段\n1,东小,小学\n".encode("gb18030"))
    raw = read_table(tmp_path, "t.csv")
    assert list(raw.frame["学校名称"]) == ["东小"]
    assert raw.told == ()


def test_a_plain_table_is_left_alone(tmp_path):
    (tmp_path / "t.csv").write_text(FILES["schools.csv"], encoding="utf-8")
    raw = read_table(tmp_path, "t.csv")
    assert list(raw.rows) == [2, 3, 4, 5, 6]
    assert raw.told == ()


def test_a_row_too_long_is_told_by_its_own_row_under_a_title(tmp_path):
    (tmp_path / "t.csv").write_text("某县一览表\n学校名称,学段,班数\n东小,小学,6\n西小,小学,6,7\n", encoding="utf-8")
    with pytest.raises(DataError, match="4 cells under 3 headers") as caught:
        read_table(tmp_path, "t.csv")
    assert [f.row for f in caught.value.faults] == [4]


def test_a_column_without_header_is_carried_through_and_told(tmp_path):
    rows = [["某县一览表", None, None, None], ["学校名称", "学段", "班数", None], ["东小", "小学", "6", "7"]]
    _workbook(tmp_path / "t.xlsx", {"一": rows})
    raw = read_table(tmp_path, "t.xlsx")
    assert list(raw.frame["column 4"]) == ["7"]
    assert "column 4 has values but no header" in _said(raw)
    assert raw.told[-1].row == 2


def test_a_hidden_sheet_is_read_where_it_is_named(tmp_path):
    rows = [["学校名称", "学段"], ["东小", "小学"]]
    _workbook(tmp_path / "t.xlsx", {"一": rows, "二": [rows[0], ["西小", "小学"]]}, hidden=("二",))
    raw = read_table(tmp_path, "t.xlsx", sheet="二")
    assert list(raw.frame["学校名称"]) == ["西小"]
    assert raw.told == ()


def test_units_that_change_the_number_or_belong_to_another_column_are_refused(tmp_path):
    places = FILES["places.csv"].replace("001,600,", "001,6万,").replace("002,400,", "002,4个班,")
    report = check_study(write_toy(tmp_path / "toy", places_csv=places))
    assert [(f.row, f.column, f.message.en) for f in report.errors] == [
        (2, "population", "not a number."),
        (4, "population", "not a number."),
    ]


def test_full_school_code_as_decimal_is_mended_and_told(tmp_path):
    folder = write_toy(tmp_path / "toy")
    for file in folder.iterdir():
        file.write_text(file.read_text(encoding="utf-8").replace("S1", "2151000001"), encoding="utf-8")
    schools = (folder / "schools.csv").read_text(encoding="utf-8")
    (folder / "schools.csv").write_text(schools.replace("2151000001,", "2151000001.0,"), encoding="utf-8")
    report = check_study(folder)
    assert report.errors == ()
    assert report.study is not None
    assert "2151000001" in report.study.schools.index
    assert [(w.row, w.value) for w in report.warnings if ".0" in w.message.en] == [(2, "2151000001.0")]


def test_speeds_of_the_study(tmp_path):
    toml = FILES["study.toml"] + '\n[speeds]\nfile = "speeds.csv"\n'
    folder = write_toy(tmp_path / "toy", study_toml=toml, speeds_csv="name,value,source\nbus_top,40,县交通局\n")
    report = check_study(folder)
    assert report.errors == ()
    assert report.study is not None
    assert report.study.extra["speeds"].to_dict("records") == [{"name": "bus_top", "value": 40.0, "source": "县交通局"}]
    (folder / "speeds.csv").write_text("name,value\nbus_top,-1\nbus_top,2\n", encoding="utf-8")
    assert [(f.row, f.column) for f in check_study(folder).errors] == [(2, "value"), (3, "name")]


_UNSEEN = [
    "columns that are hidden in the sheet were read with the rest: C.",
    "rows that are hidden in the sheet, or filtered away, were read with the rest: 3.",
]


def test_what_is_hidden_in_a_workbook_is_read_and_told(tmp_path):
    book = openpyxl.Workbook()
    for row in (["学校名称", "学段", "学位数"], ["东小", "小学", 90], ["西小", "小学", 45]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["C"].hidden = True
    book.active.column_dimensions["F"].hidden = True  # empty: nothing to tell
    book.save(tmp_path / "t.xlsx")
    raw = read_table(tmp_path, "t.xlsx")
    assert raw.frame["学位数"].tolist() == ["90", "45"]
    assert [f.message.en for f in raw.told] == _UNSEEN


def test_what_is_hidden_in_an_open_document_is_read_and_told(tmp_path):
    def row(cells: list[str], more: str = "") -> str:
        inside = "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in cells)
        return f"<table:table-row {more}>{inside}</table:table-row>"

    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        '<table:table table:name="表"><table:table-column table:number-columns-repeated="2"/>'
        '<table:table-column table:visibility="collapse"/>'
        '<table:table-column table:number-columns-repeated="16381" table:visibility="collapse"/>'
        + row(["学校名称", "学段", "学位数"])
        + row(["东小", "小学", "90"])
        + row(["西小", "小学", "45"], 'table:visibility="filter"')
        + '<table:table-row table:number-rows-repeated="1048573" table:visibility="collapse">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(tmp_path / "t.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    raw = read_table(tmp_path, "t.ods")
    assert raw.frame["学位数"].tolist() == ["90", "45"]
    assert [f.message.en for f in raw.told] == _UNSEEN


def test_what_is_hidden_in_a_workbook_of_2003_is_read_and_told(tmp_path):
    def row(cells: list[str], more: str = "") -> str:
        inside = "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in cells)
        return f"<Row{more}>{inside}</Row>"

    name = "urn:schemas-microsoft-com:office:spreadsheet"
    (tmp_path / "t.xls").write_text(
        f'<?xml version="1.0"?><Workbook xmlns="{name}" xmlns:ss="{name}"><Worksheet ss:Name="表"><Table>'
        '<Column ss:Index="3" ss:Hidden="1"/>'
        + row(["学校名称", "学段", "学位数"])
        + row(["东小", "小学", "90"])
        + row(["西小", "小学", "45"], ' ss:Hidden="1"')
        + "</Table></Worksheet></Workbook>",
        encoding="utf-8",
    )
    raw = read_table(tmp_path, "t.xls")
    assert raw.frame["学位数"].tolist() == ["90", "45"]
    assert [f.message.en for f in raw.told][1:] == _UNSEEN
