"""The bureau's own folder: four townships of fuxi as four Excel files, laid out as bureaus keep them.

Title rows, headers in two rows, merged cells, totals, notes, coordinates of a map service: what a planner begins with
who has no study file yet. The manual's tutorial starts from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter
from scipy.spatial import cKDTree

from layout_planner.study.shift import shift

NAME = "柘桥县（模拟）"
TOWNSHIPS = ("990722113", "990722130", "990722126", "990722129")
"""The centre first, then those around it."""
YEAR = 2023
STAGES = {"kindergarten": "幼儿（3-5岁）", "primary": "小学（6-11岁）", "junior": "初中（12-14岁）"}
KINDS = {"211": "小学", "218": "小学教学点", "311": "初级中学", "312": "九年一贯制学校"}
GRADES = {"primary": 6, "junior": 3}
LARGEST = 50
"""Pupils of a class of the made-up rolls, at most."""
NOTE = "注：模拟数据，地名、学校、人口均为虚构。"
Merge = tuple[int, int, int, int]


def make_bureau(fuxi: Path, folder: Path) -> None:
    """Write the four workbooks from the files of the sample county."""
    read = {name: _table(fuxi / f"{name}.csv") for name in ("places", "schools", "births")}
    towns = pd.read_parquet(fuxi / "townships.parquet", columns=["township_id", "name"]).set_index("township_id")[
        "name"
    ]
    places = read["places"].loc[read["places"]["township_id"].isin(TOWNSHIPS)]
    schools = read["schools"]
    schools = schools.loc[
        schools["township_id"].isin(TOWNSHIPS) & (schools["state"] == "open") & schools["kind"].isin(KINDS)
    ]
    own = pd.DataFrame(
        {s: places[[c for c in places if c.startswith(f"pupils_{s}_")]].sum(axis=1).to_numpy() for s in STAGES},
        index=places["place_id"],
    )
    rolls = pd.concat({stage: _nearest(places, schools, own, stage) for stage in ("primary", "junior")})
    folder.mkdir(parents=True, exist_ok=True)
    order = {town: at for at, town in enumerate(TOWNSHIPS)}
    places = places.assign(at=places["township_id"].map(order)).sort_values(["at", "place_id"])
    _villages(folder / "村居委会一览表.xlsx", places, towns, own)
    _schools(folder / "学校一览表.xlsx", schools, towns, rolls, order)
    _townships(folder / "乡镇基本情况.xlsx", places, towns)
    _births(folder / "出生人口.xlsx", read["births"], towns)


def _nearest(places: pd.DataFrame, schools: pd.DataFrame, own: pd.DataFrame, stage: str) -> pd.Series:
    """Fill the rolls: every child learns at the nearest school that has its stage, so homes and rolls agree."""
    there = schools.loc[schools["stage"] == stage].reset_index(drop=True)
    spots = [
        np.column_stack([np.cos(np.radians(31.2)) * frame["lon"].to_numpy(), frame["lat"].to_numpy()])
        for frame in (there, places)
    ]
    at = cKDTree(spots[0]).query(spots[1])[1]
    return own[stage].groupby(there["school_id"].to_numpy()[at]).sum().reindex(there["school_id"], fill_value=0)


def _table(path: Path) -> pd.DataFrame:
    text = dict.fromkeys(("code", "township_id", "kind", "school_id", "place_id"), str)
    return pd.read_csv(path, dtype=text, encoding="utf-8-sig")


def _write(path: Path, rows: Sequence[Sequence[Any]], merged: Sequence[Merge], widths: Sequence[int]) -> None:
    """Write a sheet: cells as they stand, then the merged ones over them."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(YEAR + 1, 1, 1)})  # the same file every time
    sheet = book.add_worksheet("Sheet1")
    middle = book.add_format({"align": "center", "valign": "vcenter", "border": 1})
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(at, column, value, middle)
    for top, left, bottom, right in merged:
        sheet.merge_range(top, left, bottom, right, rows[top][left], middle)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    book.close()


def _villages(path: Path, places: pd.DataFrame, towns: pd.Series, own: pd.DataFrame) -> None:
    lon, lat = shift(places["lon"], places["lat"], "gcj02")
    counts = own.reindex(places["place_id"]).astype(int)
    rows: list[list[Any]] = [
        [f"{NAME}村（居）委会及适龄儿童情况统计表"],
        [f"填报单位：{NAME}教育局", *[None] * 6, f"统计时间：{YEAR}年9月1日"],
        ["序号", "乡镇", "村（居）委会", "总人口", "适龄儿童", None, None, "经度", "纬度", "备注"],
        [None, None, None, None, *STAGES.values()],
    ]
    merged: list[Merge] = [(0, 0, 0, 9), (2, 4, 2, 6), *((2, at, 3, at) for at in (0, 1, 2, 3, 7, 8, 9))]
    for at, (place, x, y) in enumerate(zip(places.itertuples(), lon, lat, strict=True)):
        rows.append(
            [at + 1, towns[place.township_id], place.name, int(place.population), *map(int, counts.iloc[at]),
             round(float(x), 6), round(float(y), 6)]
        )  # fmt: skip
    first = 4
    for size in places.groupby("at").size():
        merged.append((first, 1, first + int(size) - 1, 1))
        first += int(size)
    rows += [["合计", None, None, int(places["population"].sum()), *map(int, counts.sum())], [NOTE]]
    # Under a merged cell only the first row has the township's name, as in Excel.
    for top, left, bottom, _ in merged:
        if left == 1 and top >= 4:
            for row in rows[top + 1 : bottom + 1]:
                row[1] = None
    _write(path, rows, merged, (6, 12, 18, 10, 14, 14, 14, 12, 12, 10))


def _schools(path: Path, schools: pd.DataFrame, towns: pd.Series, rolls: pd.Series, order: dict[str, int]) -> None:
    groups = ["学位数", None, "在校生数", None, "班级数", None]
    rows: list[list[Any]] = [
        [f"{YEAR}—{YEAR + 1}学年{NAME}义务教育学校一览表"],
        ["单位：人、个、平方米"],
        ["序号", "学校名称", "学校标识码", "办学类型", "所在乡镇", *groups, "专任教师", "校园占地面积", "经度", "纬度"],
        [*[None] * 5, *["小学", "初中"] * 3],
    ]
    merged: list[Merge] = [(0, 0, 0, 14), *((2, at, 2, at + 1) for at in (5, 7, 9))]
    merged += [(2, at, 3, at) for at in (0, 1, 2, 3, 4, 11, 12, 13, 14)]
    one_row = schools.sort_values("stage", ascending=False).groupby("school_id", sort=False)
    ordered = sorted(one_row, key=lambda item: (order[item[1]["township_id"].iloc[0]], item[0]))
    for number, (school, its) in enumerate(ordered, start=1):
        head = its.iloc[0]
        by_stage = its.set_index("stage")
        pupils = [int(rolls.get((stage, school), 0)) for stage in GRADES]
        has = [stage in by_stage.index for stage in GRADES]
        seats = [int(by_stage.loc[stage, "seats"]) if there else None for stage, there in zip(GRADES, has, strict=True)]
        classes = [
            grades * -(-count // (grades * LARGEST)) for count, grades in zip(pupils, GRADES.values(), strict=True)
        ]
        figures = [*seats, *(count if there else None for count, there in zip(pupils, has, strict=True)),
                   *(count if there else None for count, there in zip(classes, has, strict=True))]  # fmt: skip
        teachers = sum(-(-count // ratio) for count, ratio in zip(pupils, (18, 13), strict=True))
        lon, lat = shift([head["lon"]], [head["lat"]], "gcj02")
        rows.append(
            [number, head["name"], head["code"], KINDS[head["kind"]], towns[head["township_id"]], *figures,
             teachers, int(its["site_area"].sum()), round(float(lon[0]), 6), round(float(lat[0]), 6)]
        )  # fmt: skip
    totals = [sum(row[at] or 0 for row in rows[4:]) for at in (7, 8)]
    rows += [[None, "合计", *[None] * 5, *totals], [NOTE]]
    _write(path, rows, merged, (6, 26, 14, 16, 12, 8, 8, 8, 8, 8, 8, 10, 14, 12, 12))


def _townships(path: Path, places: pd.DataFrame, towns: pd.Series) -> None:
    people = places.groupby("township_id")["population"].sum()
    rows: list[list[Any]] = [
        [f"{NAME}乡镇基本情况"],
        ["序号", "乡镇名称", "行政区划代码", "城乡分类代码", "常住人口（人）"],
        *([at, towns[town], town, "210", int(people[town])] for at, town in enumerate(TOWNSHIPS, start=1)),
        [NOTE],
    ]
    _write(path, rows, [(0, 0, 0, 4)], (6, 14, 16, 16, 16))


def _births(path: Path, births: pd.DataFrame, towns: pd.Series) -> None:
    births = births.loc[births["township_id"].isin(TOWNSHIPS) & (births["variant"] == "recorded")]
    wide = births.pivot(index="township_id", columns="year", values="count").loc[list(TOWNSHIPS)]
    rows: list[list[Any]] = [
        [f"{NAME}分乡镇出生人口（卫健部门提供）"],
        ["乡镇", *(f"{year}年" for year in wide)],
        *([towns[town], *map(int, counts)] for town, counts in wide.iterrows()),
        ["合计", *map(int, wide.sum())],
        [NOTE],
    ]
    _write(path, rows, [(0, 0, 0, len(wide.columns))], (14, *[8] * len(wide.columns)))
