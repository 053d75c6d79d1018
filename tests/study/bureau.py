"""A made-up county as a bureau keeps it: four workbooks, title rows, two-row headers, merged cells, totals, notes."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import openpyxl
import shapely

TOWNS = {"清河镇": "500000101000", "石岭乡": "500000102000"}
VILLAGES = (
    # township, village, people, aged 3–5, 6–11, 12–14, lon, lat
    ("清河镇", "东街社区居委会", 4000, 90, 200, 95, 108.600, 29.500),
    ("清河镇", "柳林村委会", 900, 21, 43, 22, 108.620, 29.500),
    ("清河镇", "白沙村委会", 700, 16, 37, 18, 108.600, 29.520),
    ("石岭乡", "石岭村委会", 1500, 34, 71, 36, 108.700, 29.550),
    ("石岭乡", "高坪村委会", 800, 19, 41, 20, 108.720, 29.550),
    ("石岭乡", "柳林村委会", 600, 13, 28, 14, 108.700, 29.570),
)
SCHOOLS = (
    # name, code, kind, township, then seats, rolls and classes of primary and junior, teachers, area, lon, lat
    ("清河镇中心小学", "2150000001", "小学", "清河镇", 300, None, 262, None, 7, None, 16, 9000, 108.601, 29.501),
    ("清河镇初级中学", "3150000002", "初级中学", "清河镇", None, 250, None, 128, None, 3, 12, 8000, 108.602, 29.499),
    (
        "石岭乡九年一贯制学校",
        "3150000003",
        "九年一贯制学校",
        "石岭乡",
        180,
        120,
        130,
        77,
        6,
        3,
        20,
        10500,
        108.701,
        29.550,
    ),
    ("高坪教学点", "2150000004", "小学教学点", "石岭乡", 45, None, 28, None, 2, None, 3, 1500, 108.720, 29.551),
)
BIRTHS = {"清河镇": [60 - i for i in range(13)], "石岭乡": [31 - i for i in range(13)]}


def write_county(folder: Path) -> Path:
    """Write the four workbooks and a road layer."""
    folder.mkdir(parents=True, exist_ok=True)
    _villages(folder / "村居委会一览表.xlsx")
    _schools(folder / "学校一览表.xlsx")
    _townships(folder / "乡镇基本情况.xlsx")
    _births(folder / "出生人口.xlsx")
    lines = [((108.59, 29.5), (108.60, 29.5), (108.62, 29.5), (108.70, 29.55), (108.72, 29.55)),
             ((108.60, 29.5), (108.60, 29.52)), ((108.70, 29.55), (108.70, 29.57))]  # fmt: skip
    shapes = [shapely.LineString(line) for line in lines]
    roads = gpd.GeoDataFrame({"技术等级": ["县道"] * 3}, geometry=shapes, crs="EPSG:4326")
    roads.to_file(folder / "道路.shp", encoding="gbk")
    return folder


def _villages(path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.append(["清河县村（居）委会及适龄儿童情况统计表"])
    page.append(["填报单位：清河县教育局", None, None, None, None, None, None, "统计时间：2024年9月1日"])
    page.append(["序号", "乡镇", "村（居）委会", "总人口", "适龄儿童", None, None, "经度", "纬度", "备注"])
    page.append([None, None, None, None, "幼儿（3-5岁）", "小学（6-11岁）", "初中（12-14岁）", None, None, None])
    for number, (town, *rest) in enumerate(VILLAGES, start=1):
        first = number == 1 or VILLAGES[number - 2][0] != town
        page.append([number, town if first else None, *rest, None])
    page.append(["合计", None, None, *(sum(v[i] for v in VILLAGES) for i in (2, 3, 4, 5))])
    page.append(["注：适龄儿童按常住口径统计。"])
    for area in ("A1:J1", "E3:G3", "B5:B7", "B8:B10", *(f"{c}3:{c}4" for c in "ABCDHIJ")):
        page.merge_cells(area)
    book.save(path)


def _schools(path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.append(["2024—2025学年清河县义务教育学校一览表"])
    page.append(["单位：人、个、平方米"])
    groups = ["学位数", None, "在校生数", None, "班级数", None]
    page.append(
        ["序号", "学校名称", "学校标识码", "办学类型", "所在乡镇", *groups, "专任教师", "校园占地面积", "经度", "纬度"]
    )
    page.append([None] * 5 + ["小学", "初中"] * 3)
    for number, row in enumerate(SCHOOLS, start=1):
        page.append([number, *row])
    page.append([None, "合计", *[None] * 5, *(sum(r[i] or 0 for r in SCHOOLS) for i in (6, 7))])
    for area in ("A1:O1", "F3:G3", "H3:I3", "J3:K3"):
        page.merge_cells(area)
    book.save(path)


def _townships(path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.append(["清河县乡镇基本情况"])
    page.append(["序号", "乡镇名称", "行政区划代码", "户籍人口（人）", "常住人口（人）"])
    for number, (name, code) in enumerate(TOWNS.items(), start=1):
        page.append([number, name, code, 7000 * number, sum(v[2] for v in VILLAGES if v[0] == name)])
    book.save(path)


def _births(path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.append(["清河县分乡镇出生人口（卫健部门提供）"])
    page.append(["乡镇", *(f"{year}年" for year in range(2012, 2025))])
    for town, counts in BIRTHS.items():
        page.append([town, *counts])
    page.append(["合计"])
    book.save(path)
