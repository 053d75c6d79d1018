"""Units in headers: 占地面积（亩）, 设备值（万元）, 总人口（万人）. Tables hold square metres, yuan and people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_SCALES: dict[str, dict[str, float]] = {
    "money": {
        "元": 1.0, "yuan": 1.0, "百元": 100.0, "千元": 1000.0, "万元": 1e4, "萬元": 1e4, "百万元": 1e6, "亿元": 1e8,
    },
    "area": {
        "m2": 1.0, "㎡": 1.0, "平方米": 1.0, "平米": 1.0, "sqm": 1.0, "亩": 2000 / 3, "畝": 2000 / 3, "mu": 2000 / 3,
        "公顷": 1e4, "公頃": 1e4, "ha": 1e4, "hectares": 1e4, "万平方米": 1e4, "万m2": 1e4, "万㎡": 1e4,
        "平方公里": 1e6, "km2": 1e6,
    },
    "people": {
        "人": 1.0, "名": 1.0, "百人": 100.0, "千人": 1000.0, "万人": 1e4, "萬人": 1e4, "百户": 100.0,
        "thousands": 1000.0, "thousand": 1000.0,
    },
    "": dict.fromkeys(("个", "间", "所", "张", "台", "班", "轨", "口", "户", "年", "岁", "度", "°", "座", "位"), 1.0),
}  # fmt: skip
"""What is counted → unit → how much of the table's own unit one of it is."""
_COUNTED = (
    ("money", re.compile(r"equipment_value|open_cost|running_cost")),
    ("area", re.compile(r"area|site_area|floor_area|area_teaching|area_sports")),
    (
        "people",
        re.compile(r"(pupils|migrants|group|enrolment|population|teachers|staff|boarders|carers|seats|count)(_\w+)?"),
    ),
)
_ALL = {unit: (what, scale) for what, units in _SCALES.items() for unit, scale in units.items()}
UNITS = "|".join(sorted(map(re.escape, _ALL), key=len, reverse=True))
"""A pattern of every unit that may stand in brackets behind a header."""
_IN_BRACKETS = re.compile(rf"\((?:单位[:：])?({UNITS})\)\s*$", re.IGNORECASE)
_BRACKETS = "()（）[]【】 　"


@dataclass(frozen=True)
class Unit:
    """A unit as it is written, what it counts ("" where anything), and how much of the table's own unit it is."""

    written: str
    counts: str
    scale: float


def unit_of(header: str) -> Unit | None:
    """Give the unit in brackets at the end of a header; None where there is none."""
    found = _IN_BRACKETS.search(unicodedata.normalize("NFKC", header).strip())
    return None if found is None else Unit(found[1], *_ALL[found[1].lower()])


def counted_in(column: str) -> str:
    """Tell what a column of numbers counts: money, area, people; empty where its numbers have no scale."""
    return next((what for what, pattern in _COUNTED if pattern.fullmatch(column)), "")


def is_unit(cell: str) -> bool:
    """Tell whether a cell is nothing but a unit: 人, （万元）."""
    return unicodedata.normalize("NFKC", cell).strip(_BRACKETS).lower() in _ALL


def unit_meant(units: Sequence[Unit], column: str, header: str) -> Unit | None:
    """Give the unit of a column: what its header says in brackets, else what the title says.

    Raises
    ------
    ValueError
        As `title_unit`.
    """
    return unit_of(header) or title_unit(units, column)


def units_named(title: str) -> tuple[Unit, ...]:
    """Give the units a title names (单位：万元、人), each once."""
    found: dict[str, Unit] = {}
    for part in _SAID.findall(unicodedata.normalize("NFKC", title)):
        for one in re.split(r"[、，,/;；]", part):
            if one.lower() in _ALL:
                found.setdefault(one, Unit(one, *_ALL[one.lower()]))
    return tuple(found.values())


_SAID = re.compile(r"(?:单位|\bunits?)\s*[:：]\s*([^\s)）]+)", re.IGNORECASE)


def title_unit(units: Sequence[Unit], column: str) -> Unit | None:
    """Give the unit a title means for a column: the one of its kind; None where it names none of it.

    Raises
    ------
    ValueError
        The title names several of its kind (单位：亩、平方米).
    """
    counts = counted_in(column)
    mine = [unit for unit in units if counts and unit.counts == counts]
    if len({unit.scale for unit in mine}) > 1:
        raise ValueError(", ".join(unit.written for unit in mine))
    return mine[0] if mine else None
