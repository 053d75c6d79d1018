"""Fill-in tables for a bureau that begins with nothing: Excel workbooks whose headers `read_study` knows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from layout_planner.base.errors import RunError
from layout_planner.base.files import whole_file
from layout_planner.base.messages import Text, language

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet


@dataclass(frozen=True)
class Field:
    """One column to fill in.

    Parameters
    ----------
    header
        As it stands in the table, in both languages; both are headers the reader knows.
    example
        What a cell may look like.
    note
        What to fill in.
    needed
        The table is of no use without it.
    choices
        What a drop-down offers; left out: anything.
    """

    header: Text
    example: Text
    note: Text
    needed: bool = False
    choices: Text | None = None


def _field(zh: str, en: str, example: str, note_zh: str, note_en: str, needed: bool = False, **more: str) -> Field:
    one = Text(more.get("example_en", example), example)
    choices = Text(more["choices_en"], more["choices"]) if "choices" in more else None
    return Field(Text(en, zh), one, Text(note_en, note_zh), needed, choices)


_LON = _field(
    "经度", "lon", "108.6032", "十进制度；注明坐标系（高德为 gcj02）", "degrees; say which coordinates they are", True
)
_LAT = _field("纬度", "lat", "29.4987", "十进制度", "degrees", True)
_TOWN = _field("乡镇", "township", "青柏镇", "与乡镇表一致", "as in the table of townships", example_en="Green Town")

TABLES: dict[str, tuple[Text, tuple[Field, ...]]] = {
    "places": (Text("places", "村居委会"), (
        _field("村代码", "place id", "500299101001", "可不填，以村名为编号", "may stay empty: the name then serves"),
        _field("村名", "village", "大坪社区", "居住点名称，同乡镇内不重名", "name, once in a township", True,
               example_en="Hill Village"),
        _TOWN,
        _field("常住人口", "population", "8198", "人", "people"),
        _field("幼儿园适龄儿童", "pupils kindergarten", "205", "3–5 岁", "children of kindergarten age"),
        _field("小学适龄儿童", "pupils primary", "451", "6–11 岁", "children of primary age", True),
        _field("初中适龄儿童", "pupils junior", "230", "12–14 岁", "children of junior age"),
        _field("小学随迁子女", "migrants primary", "12", "其中：随迁子女", "migrant children among them"),
        _field("小学划片学校", "catchment primary", "实验小学", "现划片学校的名称或标识码，多校用“；”",
               "today's school, by id or name", example_en="Central School"),
        _LON, _LAT,
    )),
    "townships": (Text("townships", "乡镇"), (
        _field("乡镇代码", "township id", "500299101", "可不填，以名称为编号",
               "may stay empty: the name then serves"),
        _field("乡镇名称", "township name", "青柏镇", "", "", True, example_en="Green Town"),
        _field("常住人口", "population", "17846", "人", "people"),
        _field("城乡分类代码", "urban rural", "121", "统计用城乡分类代码", "urban-rural code",
               choices="111,112,121,122,123,210,220", choices_en="111,112,121,122,123,210,220"),
    )),
    "schools": (Text("schools", "学校"), (
        _field("学校标识码", "school id", "2150010037", "10 位；可不填，以校名为编号",
               "may stay empty: the name then serves"),
        _field("学校名称", "school name", "实验小学", "", "", True, example_en="Central School"),
        _field("办学类型", "kind", "小学", "一校一行；一贯制学校按学段分列人数", "one row a school",
               True, example_en="primary",
               choices="幼儿园,小学,教学点,初级中学,九年一贯制学校,完全中学,高级中学,十二年一贯制学校,特殊教育学校",
               choices_en="kindergarten,primary,teaching point,junior,nine-year,complete middle,senior,twelve-year,"
                          "special"),
        _TOWN,
        _field("举办者", "ownership", "公办", "", "", example_en="public", choices="公办,民办",
               choices_en="public,private"),
        _field("办学状态", "state", "在办", "不填为在办", "empty: open", example_en="open", choices="在办,撤并,规划",
               choices_en="open,closed,planned"),
        _field("年级范围", "grades", "1-6", "教学点必填，如 1-4", "of teaching points above all"),
        _field("小学在校生", "enrolment primary", "769", "人", "pupils"),
        _field("初中在校生", "enrolment junior", "", "人", "pupils"),
        _field("小学学位", "seats primary", "810", "个", "seats"),
        _field("初中学位", "seats junior", "", "个", "seats"),
        _field("小学班数", "classes primary", "18", "个", "classes"),
        _field("初中班数", "classes junior", "", "个", "classes"),
        _field("专任教师", "teachers", "45", "人", "full-time teachers"),
        _field("教职工数", "staff", "48", "人", "staff"),
        _field("寄宿生", "boarders", "0", "人", "boarders"),
        _field("高于规定学历教师数", "teachers above degree", "40", "七项指标之一", "one of the seven indicators"),
        _field("骨干教师数", "teachers backbone", "3", "七项指标之二", "one of the seven indicators"),
        _field("体育艺术教师", "teachers arts", "4", "七项指标之三", "one of the seven indicators"),
        _field("教学及辅助用房面积", "area teaching", "3600", "平方米；七项指标之四",
               "m²; one of the seven indicators"),
        _field("体育运动场馆面积", "area sports", "6000", "平方米；七项指标之五", "m²; one of the seven indicators"),
        _field("教学仪器设备值", "equipment value", "1600000", "元；七项指标之六",
               "yuan; one of the seven indicators"),
        _field("网络多媒体教室数", "network rooms", "20", "间；七项指标之七", "rooms; one of the seven indicators"),
        _LON, _LAT,
    )),
    "births": (Text("births", "出生人口"), (
        _field("乡镇", "township", "青柏镇", "与乡镇表一致", "as in the table of townships",
               True, example_en="Green Town"),
        *(_field(f"{year}年", f"{year}", "160", "该年出生人数", "births of that year") for year in range(2012, 2026)),
    )),
    "attendance": (Text("attendance", "就读去向"), (
        _field("村名", "village", "大坪社区", "或填乡镇", "or the township", True, example_en="Hill Village"),
        _field("就读学校", "school", "实验小学", "校名或标识码", "by id or name", True, example_en="Central School"),
        _field("学段", "stage", "小学", "", "", True, example_en="primary", choices="幼儿园,小学,初中,高中",
               choices_en="kindergarten,primary,junior,senior"),
        _field("就读人数", "pupils", "120", "人", "pupils", True),
    )),
}  # fmt: skip
"""Section → its title and its columns to fill in."""

_ROWS = 2000
"""Rows with drop-downs."""


def write_blanks(folder: str | os.PathLike[str]) -> list[Path]:
    """Write one fill-in workbook for each table a study may have, in the reader's language.

    Parameters
    ----------
    folder
        Made where it does not exist. Workbooks of these names that lie there already are left as they are.

    Returns
    -------
    list of Path
        What was written: the first sheet to fill in (headers with notes and drop-downs), the second with what each
        column means, whether it is needed, and an example.

    Raises
    ------
    RunError
        One of the workbooks exists already.
    """
    root = Path(folder)
    zh = language() == "zh"
    paths = {section: root / f"{title}.xlsx" for section, (title, _) in TABLES.items()}
    there = [path.name for path in paths.values() if path.exists()]
    if there:
        named = ", ".join(there)
        raise RunError(str(Text(f"{named} exist already; name another folder.", f"{named} 已存在，请另选文件夹。")))
    root.mkdir(parents=True, exist_ok=True)
    for section, path in paths.items():
        with whole_file(path) as part:
            _write(part, TABLES[section][1], zh)
    return list(paths.values())


def _write(path: Path, columns: tuple[Field, ...], zh: bool) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
    book.set_properties({"created": datetime(2024, 1, 1)})  # the same file every time
    bold = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True})
    must = book.add_format({"bold": True, "bg_color": "#FCE4D6", "border": 1, "text_wrap": True})
    text = book.add_format({"num_format": "@"})
    fill = book.add_worksheet(str(Text("fill in", "填写")))
    fill.freeze_panes(1, 0)
    for at, column in enumerate(columns):
        fill.write_string(0, at, str(column.header), must if column.needed else bold)
        code = "id" in column.header.en or column.choices is not None
        fill.set_column(
            at, at, max(10, 2 * len(str(column.header)) if zh else len(column.header.en) + 2), text if code else None
        )
        if str(column.note):
            fill.write_comment(0, at, str(column.note))
        if column.choices is not None:
            fill.data_validation(1, at, _ROWS, at, {"validate": "list", "source": str(column.choices).split(",")})
    _explain(book.add_worksheet(str(Text("what it means", "填写说明"))), columns, bold)
    book.close()


def _explain(sheet: Worksheet, columns: tuple[Field, ...], bold: Format) -> None:
    """List every column down the page: none of it reads like a row of headers."""
    titles = (
        Text("column", "栏目"),
        Text("needed", "是否必填"),
        Text("for example", "示例"),
        Text("what to fill in", "填写要求"),
    )
    for at, title in enumerate(titles):
        sheet.write_string(0, at, str(title), bold)
    for row, column in enumerate(columns, start=1):
        needed = Text("yes", "必填") if column.needed else Text("no", "选填")
        for at, cell in enumerate((column.header, needed, column.example, column.note)):
            sheet.write_string(row, at, str(cell))
    sheet.set_column(0, 3, 24)
