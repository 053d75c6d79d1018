"""Tables as bureaus keep them, drawn at random with the truth beside them: villages, schools, townships, births.

A `Draft` is the table as it will be written; `bureau_books` writes, damages and reads it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

STAGES = ("primary", "junior")
SECTIONS = ("places", "schools", "townships", "births")
ZERO = {"plain": 0x30, "full": 0xFF10, "hindi": 0x0966, "arabic": 0x0660}
NAMES = "东西南北上下大小青白石松柳桥塘沟岭坪湾口"
Cell = str | int | float | None
Area = tuple[int, int, int, int]
"""A merged range: first row and column, last row and column, from 0."""

_HEADS = {
    "no": ["序号"],
    "town": ["乡镇", "所属乡镇", "乡镇（街道）", "所在乡镇"],
    "lon": ["经度"],
    "lat": ["纬度"],
    "note": ["备注"],
    "place": ["村名", "居住点", "村（居）委会"],
    "primary": ["小学适龄儿童", "小学适龄人口数", "小学学生数"],
    "junior": ["初中适龄儿童", "初中适龄人口数", "初中学生数"],
    "school": ["学校名称", "校名", "学校"],
    "code": ["学校标识码", "学校（机构）标识码", "学校代码"],
    "kind": ["办学类型", "学校类别", "学校类型"],
    "seats_primary": ["小学学位数", "学位数（小学）"],
    "seats_junior": ["初中学位数", "学位数（初中）"],
    "enrolment_primary": ["小学在校生数", "在校生数（小学）"],
    "enrolment_junior": ["初中在校生数", "在校生数（初中）"],
    "teachers": ["专任教师", "专任教师数"],
    "township": ["乡镇名称", "乡镇", "乡镇（街道）"],
    "township_code": ["行政区划代码", "乡镇代码"],
    "population": ["常住人口（人）", "总人口", "人口数"],
}
_GROUPS = {
    ("primary", "junior"): ("适龄儿童", ("小学", "初中")),
    ("seats_primary", "seats_junior"): ("学位数", ("小学", "初中")),
    ("enrolment_primary", "enrolment_junior"): ("在校生数", ("小学", "初中")),
}
"""Columns side by side that may stand under one merged header: its words, and theirs."""
_KINDS = {
    "小学": ("primary",),
    "村小": ("primary",),
    "教学点": ("primary",),
    "初级中学": ("junior",),
    "九年一贯制学校": STAGES,
    "小学、初中": STAGES,
}
_TITLES = {"places": "各村适龄儿童统计表", "schools": "学校一览表", "townships": "乡镇基本情况", "births": "出生人口"}


@dataclass
class Draft:
    """A table as it will be written: rows of cells, merged ranges, where the body is, and what is true."""

    section: str
    rows: list[list[Cell]]
    merges: list[Area]
    columns: list[str]
    first: int
    counts: tuple[str, ...]
    """Columns whose numbers must arrive."""
    truth: dict[str, dict[str, float]]
    """Name → column → number; a number that is not known is not in it."""
    towns: dict[str, str]
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """School → the stages it offers."""
    codes: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    """What must be told of, in an error or a warning, as a pattern: damage that may cost a number."""
    merged: tuple[str, str] | None = None
    """A count that stands in a merged cell, which text leaves blank."""

    @property
    def name(self) -> int:
        """Position of the column that names the rows."""
        names = {"places": "place", "schools": "school", "townships": "township", "births": "township"}
        return self.columns.index(names[self.section])

    def records(self) -> list[int]:
        """Rows that are no title, total or note."""
        return [i for i, row in enumerate(self.rows) if row[self.name] in self.truth and i >= self.first]


def draw(rng: random.Random) -> Draft:
    """Draw one table of a county."""
    section = rng.choice(SECTIONS)
    towns = [f"{name}镇" for name in rng.sample(NAMES, rng.randint(1, 5))]
    makers = {"places": _villages, "schools": _schools, "townships": _townships, "births": _births}
    columns, counts, records, words = makers[section](towns, rng)
    rows, merges = _heads(section, columns, rng)
    truth = {str(r["name"]): {c: float(r[c]) for c in counts if r.get(c) is not None} for r in records}  # type: ignore[arg-type]
    draft = Draft(section, rows, merges, columns, len(rows), counts, truth, {}, words)
    style, grouped, unit, angles = rng.choice(list(ZERO)), rng.random() < 0.2, rng.random() < 0.1, rng.random() < 0.15
    for number, record in enumerate(records, start=1):
        name = record["name"]
        if "town" in columns:
            draft.towns[str(name)] = str(record["town"])
        if "code" in record:
            draft.codes[str(name)] = str(record["code"])
        said = dict(record) | {"no": number, "note": rng.choice([None, None, "新建"]), columns[draft.name]: name}
        said["township_code"] = record.get("code")
        for column in counts:
            if said[column] is not None:
                said[column] = _number(int(said[column]), style, grouped, unit)  # type: ignore[arg-type]
        if "lon" in columns and angles:
            said |= {"lon": _angle(float(said["lon"]), "东经"), "lat": _angle(float(said["lat"]), "北纬")}  # type: ignore[arg-type]
        draft.rows.append([said[c] for c in columns])
    if rng.random() < 0.5 and "town" in columns:
        _merge_towns(draft)
    _add_sums_and_notes(draft, rng)
    return draft


Made = tuple[list[str], tuple[str, ...], list[dict[str, Cell]], dict[str, tuple[str, ...]]]


def _point(rng: random.Random) -> dict[str, Cell]:
    return {"lon": 105 + rng.randint(0, 900) / 10_000, "lat": 31 + rng.randint(0, 900) / 10_000}


def _count(rng: random.Random) -> int:
    return rng.choice([0, rng.randint(1, 90), rng.randint(900, 1500)])


def _villages(towns: Sequence[str], rng: random.Random) -> Made:
    records: dict[str, dict[str, Cell]] = {}
    for town in towns:
        for _ in range(rng.randint(1, 5)):
            name = "".join(rng.sample(NAMES, 3)) + "村"
            counts: dict[str, Cell] = {stage: _count(rng) for stage in STAGES}
            records.setdefault(name, {"name": name, "town": town} | counts | _point(rng))
    columns = _chosen(["no", "town", "place", "primary", "junior", "lon", "lat", "note"], ("no", "note"), rng)
    if rng.random() < 0.3:
        columns.remove("lon"), columns.remove("lat")
        columns[columns.index("place") + 1 : 1] = ["lon", "lat"]
    return columns, STAGES, list(records.values()), {}


def _schools(towns: Sequence[str], rng: random.Random) -> Made:
    records: dict[str, dict[str, Cell]] = {}
    words = {}
    for town in towns:
        for _ in range(rng.randint(1, 4)):
            kind = rng.choice(list(_KINDS))
            name = "".join(rng.sample(NAMES, 3)) + kind.replace("、", "")
            if name in records:
                continue
            words[name] = _KINDS[kind]
            counts: dict[str, Cell] = {
                f"{what}_{stage}": rng.randint(1, 1500) if stage in _KINDS[kind] else None
                for what in ("seats", "enrolment")
                for stage in STAGES
            }
            known = {"name": name, "town": town, "kind": kind, "code": f"{rng.randint(2, 3)}15{len(records):07d}"}
            records[name] = known | {"teachers": rng.randint(1, 90)} | counts | _point(rng)
    wide = ["seats_primary", "seats_junior", "enrolment_primary", "enrolment_junior"]
    columns = ["no", "school", "code", "kind", "town", *wide, "teachers", "lon", "lat", "note"]
    return _chosen(columns, ("no", "note"), rng), (*wide, "teachers"), list(records.values()), words


def _townships(towns: Sequence[str], rng: random.Random) -> Made:
    records: list[dict[str, Cell]] = [
        {"name": town, "population": rng.randint(900, 90_000), "code": f"5101{at:02d}1{at:02d}000"}
        for at, town in enumerate(towns, start=11)
    ]
    return (
        _chosen(["no", "township", "township_code", "population", "note"], ("no", "note"), rng),
        ("population",),
        records,
        {},
    )


def _births(towns: Sequence[str], rng: random.Random) -> Made:
    begun = rng.randint(2010, 2016)
    years = tuple(str(year) for year in range(begun, begun + rng.randint(3, 9)))
    records: list[dict[str, Cell]] = [{"name": town} | {year: _count(rng) for year in years} for town in towns]
    return _chosen(["no", "township", *years, "note"], ("no", "note"), rng), years, records, {}


def _chosen(columns: list[str], optional: Sequence[str], rng: random.Random) -> list[str]:
    return [c for c in columns if c not in optional or rng.random() < 0.6]


def _heads(section: str, columns: list[str], rng: random.Random) -> tuple[list[list[Cell]], list[Area]]:
    width = len(columns)
    blank: list[Cell] = [None] * (width - 1)
    rows: list[list[Cell]] = [[f"某县{_TITLES[section]}", *blank]] if rng.random() < 0.6 else []
    merges = [(0, 0, 0, width - 1)] if rows else []
    if rows and rng.random() < 0.5:
        rows.append(["填报单位：某县教育局", *blank])
    at = len(rows)
    top: list[Cell] = [rng.choice(_HEADS[c]) if c in _HEADS else f"{c}{'年' * rng.randint(0, 1)}" for c in columns]
    below: list[Cell] = [None] * width
    groups = [pair for pair in _GROUPS if pair[0] in columns] if rng.random() < 0.5 else []
    under = {columns.index(c) for pair in groups for c in pair}
    for pair in groups:
        left = columns.index(pair[0])
        group, (first, second) = _GROUPS[pair]
        top[left], top[left + 1], below[left], below[left + 1] = group, None, first, second
        merges.append((at, left, at, left + 1))
    rows.append(top)
    if groups:
        rows.append(below)
        merges += [(at, c, at + 1, c) for c in range(width) if c not in under]
    return rows, merges


def _number(number: int, style: str, grouped: bool, unit: bool) -> Cell:
    if style == "plain" and not grouped and not unit:
        return number
    text = f"{number:,}" if grouped else str(number)
    return "".join(chr(ZERO[style] + int(c)) if c.isdigit() else c for c in text) + ("人" if unit else "")


def _angle(degrees: float, side: str) -> str:
    seconds = round(degrees * 3600)
    return f"{side}{seconds // 3600}°{seconds % 3600 // 60:02d}′{seconds % 60:02d}″"


def _merge_towns(draft: Draft) -> None:
    column = draft.columns.index("town")
    start = draft.first
    for at in range(draft.first + 1, len(draft.rows) + 1):
        if at == len(draft.rows) or draft.rows[at][column] != draft.rows[start][column]:
            if at - start > 1:
                draft.merges.append((start, column, at - 1, column))
                for below in range(start + 1, at):
                    draft.rows[below][column] = None
            start = at


def insert(draft: Draft, at: int, row: list[Cell]) -> None:
    """Put a row between the others; merged ranges below it move, those across it stretch."""
    draft.rows.insert(at, row)
    draft.merges = [_stretch(m, at) for m in draft.merges]


def _stretch(merge: Area, at: int) -> Area:
    top, left, bottom, right = merge
    return (top + (top >= at), left, bottom + (bottom >= at), right)


def _add_sums_and_notes(draft: Draft, rng: random.Random) -> None:
    width = len(draft.columns)
    if rng.random() < 0.2 and "town" in draft.columns:
        _add_subtotals(draft)
    if rng.random() < 0.4:
        insert(draft, rng.randint(draft.first, len(draft.rows)), [None] * width)
    if rng.random() < 0.5:
        numbered = draft.columns[0] == "no" and rng.random() < 0.3
        total: list[Cell] = [None] * width
        total[0] = len(draft.truth) + 1 if numbered else rng.choice(["合计", "合  计", "总计", "全县合计", "全县"])
        if numbered:
            total[1] = rng.choice(["合计", "总计", "全县合计"])
        for column in draft.counts:
            if draft.columns.index(column):
                total[draft.columns.index(column)] = int(sum(c.get(column, 0) for c in draft.truth.values()))
        at = rng.choice([draft.first, len(draft.rows), len(draft.rows)])
        insert(draft, at, total)
    if rng.random() < 0.4:
        draft.rows.append([rng.choice(["注：含随迁子女。", "填表人：王五", "数据来源：教育局"]), *[None] * (width - 1)])


def _add_subtotals(draft: Draft) -> None:
    """Put the sum of each township below its rows, as many tables have it."""
    for town in dict.fromkeys(draft.towns.values()):
        mine = [name for name, other in draft.towns.items() if other == town]
        last = max(i for i in draft.records() if draft.rows[i][draft.name] in mine)
        sums: list[Cell] = [None] * len(draft.columns)
        sums[draft.columns.index("town")] = "小计"
        for column in draft.counts:
            sums[draft.columns.index(column)] = int(sum(draft.truth[name].get(column, 0) for name in mine))
        draft.rows.insert(last + 1, sums)
        draft.merges = [_stretch(m, last + 1) for m in draft.merges]
