"""The tables of a study and their columns: one place that says what a column holds and what it may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from layout_planner.study.indicators import INDICATORS
from layout_planner.study.kinds import (
    OWNERSHIP_WORDS,
    STAGE_WORDS,
    STATE_WORDS,
    TIE_WORDS,
    USUAL_WORDS,
)
from layout_planner.study.stages import STAGES, grade_from_label

STUDY_FILE = "study.toml"
"""The file in a study's folder that says which file holds what."""

METRES = ":metres"
"""What follows the mode in the name of a travel matrix that holds metres."""

Holds = Literal["id", "ref", "refs", "text", "number", "flag", "word", "offered", "grade", "grades", "month"]
"""id: text that names the row · ref: an id of another table · refs: several, with ";" · flag: yes or no ·
word: one of a vocabulary · offered: the stages or the kind of a school · grade: k1 … 13 · grades: "1-6" ·
month: "1985-03"."""


@dataclass(frozen=True)
class Column:
    """One canonical column.

    Parameters
    ----------
    name
        Canonical name.
    holds
        What its cells are.
    needed
        The table is refused without it, and so is a row whose cell is empty.
    to
        For ref and refs: the table whose ids it holds.
    words
        For word: what people write → what is kept.
    least, most
        For number: the range, both ends allowed.
    whole
        For number: fractions are refused.
    """

    name: str
    holds: Holds
    needed: bool = False
    to: str = ""
    words: tuple[tuple[str, str], ...] = ()
    least: float | None = 0.0
    most: float | None = None
    whole: bool = False


def _number(
    name: str, needed: bool = False, least: float | None = 0.0, most: float | None = None, whole: bool = False
) -> Column:
    return Column(name, "number", needed, least=least, most=most, whole=whole)


def _words(name: str, words: dict[str, str], needed: bool = False) -> Column:
    return Column(name, "word", needed, words=tuple(words.items()))


def _year(name: str, needed: bool = False) -> Column:
    return Column(name, "number", needed, least=1900, most=2200, whole=True)


STAGE = _words("stage", STAGE_WORDS)
NEEDED_STAGE = _words("stage", STAGE_WORDS, needed=True)
POINT = (
    _number("lon", least=None),
    _number("lat", least=None),
    _number("x", least=None),
    _number("y", least=None),
)
SCHOOL = Column("school_id", "ref", True, to="schools")
PLACE = Column("place_id", "ref", True, to="places")
TOWN = Column("township_id", "ref", to="townships")

OFFER_NUMBERS = (
    "enrolment", "seats", "classrooms", "classes", "class_size", "teachers", "staff", *INDICATORS,
    "boarders", "beds", "carers", "quality", "lead_candidate", "site_area", "floor_area", "open_cost", "running_cost",
)  # fmt: skip
"""Columns of the schools table that are said per school and stage; they become columns of `Study.offers`."""

SCHOOL_AGREE = ("name", "code", "kind", "township_id", "ownership", "parent_id", "estate_id")
"""Columns on which the rows of one school must agree."""

TABLES: dict[str, tuple[Column, ...]] = {
    "places": (
        Column("place_id", "id", True),
        Column("name", "text"),
        TOWN,
        Column("kind", "text"),
        _number("population"),
        _words("usual_mode", USUAL_WORDS),
        *POINT,
    ),
    "townships": (
        Column("township_id", "id", True),
        Column("name", "text", True),
        _number("population"),
        Column("urban_rural", "text"),
        *POINT,
    ),
    "schools": (
        Column("school_id", "id", True),
        Column("name", "text", True),
        Column("stage", "offered"),
        Column("kind", "offered"),
        Column("code", "text"),
        Column("grades", "grades"),
        Column("grade_from", "grade"),
        Column("grade_to", "grade"),
        _words("state", STATE_WORDS),
        _year("closed_year"),
        TOWN,
        _words("ownership", OWNERSHIP_WORDS),
        Column("parent_id", "ref", to="schools"),
        Column("successor_id", "ref", to="schools"),
        Column("estate_id", "ref", to="estates"),
        *(_number(name) for name in OFFER_NUMBERS if name not in ("lead_candidate", "class_size")),
        _number("class_size", most=200),
        Column("lead_candidate", "flag"),
        Column("inclusive", "flag"),
        Column("licensed", "flag"),
        Column("migrant_designated", "flag"),
        Column("bilingual", "flag"),
        _number("canteen_seats"),
        Column("tenure", "text"),
        Column("building_grade", "text"),
        *POINT,
    ),
    "sites": (
        Column("site_id", "id", True),
        Column("name", "text"),
        STAGE,
        _number("seats"),
        _number("open_cost"),
        TOWN,
        *POINT,
    ),
    "rolls": (
        SCHOOL,
        NEEDED_STAGE,
        Column("grade", "grade", True),
        _number("pupils", needed=True),
        _number("classes"),
    ),
    "attendance": (
        Column("place_id", "ref", to="places"),
        TOWN,
        SCHOOL,
        NEEDED_STAGE,
        Column("grade", "grade"),
        _number("pupils", needed=True),
    ),
    "zones": (SCHOOL, STAGE, Column("name", "text")),
    "applicants": (
        PLACE,
        NEEDED_STAGE,
        _words("tie", TIE_WORDS, needed=True),
        _number("pupils"),
        Column("sibling", "flag"),
        Column("dwelling_id", "text"),
        _year("dwelling_used"),
        _year("since"),
    ),
    "births": (
        Column("township_id", "ref", True, to="townships"),
        _year("year", needed=True),
        _number("count", needed=True),
        Column("variant", "text"),
    ),
    "classes": (
        SCHOOL,
        Column("grade", "grade", True),
        Column("class_no", "text", True),
        _number("pupils", needed=True, most=200),
    ),
    "teachers": (
        Column("teacher_id", "text"),
        SCHOOL,
        STAGE,
        Column("subject", "text", True),
        _number("teachers"),
        Column("degree", "text"),
        Column("backbone", "flag"),
        Column("sex", "text"),
        Column("born", "month"),
        Column("post", "text"),
        Column("title", "text"),
        Column("protected", "text"),
    ),
    "adjacency": (
        Column("place_a", "ref", True, to="places"),
        Column("place_b", "ref", True, to="places"),
    ),
    "estates": (
        Column("estate_id", "id", True),
        Column("name", "text"),
        Column("place_id", "ref", to="places"),
        TOWN,
        _number("homes"),
        _number("people"),
        *POINT,
    ),
    "roads": (Column("road_id", "text"),),
    "costs": (),
    "stops": (*POINT, _number("headway", least=1.0)),
    "hazards": (),
    "water": (),
    "speeds": (
        Column("name", "text", True),
        _number("value", needed=True),
        Column("source", "text"),
    ),
    "procedure": (
        Column("school_id", "ref", to="schools"),
        *(Column(step, "text") for step in ("argument", "risk", "hearing", "notice_start", "notice_end")),
        *(_number(f"hearing_{who}") for who in ("attended", "for", "against")),
        *(_number(f"parents_{who}") for who in ("asked", "against")),
        *(Column(step, "text") for step in ("plan_filed", "reported")),
        *(Column(step, "text") for step in ("legality", "decision", "approval")),
    ),
    "projects": (Column("school_id", "ref", to="schools"),),
}
"""Table → its canonical columns. Other columns are kept and carried through as they are."""

KEYS: dict[str, tuple[str, ...]] = {
    "places": ("place_id",),
    "townships": ("township_id",),
    "schools": ("school_id", "stage"),
    "sites": ("site_id",),
    "rolls": ("school_id", "stage", "grade"),
    "attendance": ("place_id", "township_id", "school_id", "stage", "grade"),
    "births": ("township_id", "year", "variant"),
    "classes": ("school_id", "grade", "class_no"),
    "estates": ("estate_id",),
    "speeds": ("name",),
}
"""Table → the columns that together name a row; no two rows may share them."""

IDS = {
    "places": "place_id",
    "townships": "township_id",
    "schools": "school_id",
    "sites": "site_id",
    "estates": "estate_id",
}
"""Table that others refer to → its id."""

SHAPES: dict[str, tuple[str, ...]] = {
    "places": ("point", "polygon"),
    "townships": ("polygon",),
    "schools": ("point", "polygon"),
    "sites": ("point", "polygon"),
    "zones": ("polygon",),
    "stops": ("point",),
    "roads": ("line",),
    "hazards": ("point", "line", "polygon"),
    "water": ("line", "polygon"),
    "estates": ("point", "polygon"),
}
"""Table → the shapes its rows may have; other tables have none."""

LOCATED = ("places", "schools", "sites", "zones", "roads")
"""Tables whose every row must lie somewhere."""

PATTERNS: dict[str, tuple[tuple[re.Pattern[str], Holds], ...]] = {
    "places": (
        (re.compile(rf"(?:pupils|migrants)_({'|'.join(STAGES)})(?:_(k?\d+))?"), "number"),
        (re.compile(rf"group_\w+?_({'|'.join(STAGES)})"), "number"),
        (re.compile(rf"catchment_({'|'.join(STAGES)})"), "refs"),
    ),
    "townships": ((re.compile(rf"(?:pupils|migrants)_({'|'.join(STAGES)})(?:_(k?\d+))?"), "number"),),
    "births": ((re.compile(r"count_((?:19|20)\d\d)"), "number"),),
    "schools": (
        (re.compile(r"enrolment_g(k?\d+)"), "number"),
        (re.compile(rf"(?:seats|classrooms|classes|enrolment|teachers|staff)_({'|'.join(STAGES)})"), "number"),
    ),
}
"""Columns that carry a stage or a grade in their name."""


_UNITS: tuple[tuple[str, str], ...] = (
    ("pupils|migrants|group|enrolment|population|teachers|staff|boarders|count", "人 名 个 位 人次"),
    ("seats", "人 个 座 位 个学位 学位"),
    ("class_size", "人 人/班"),
    ("classes", "班 个 个班 个教学班"),
    ("classrooms|network_rooms", "间 个 口"),
    ("beds", "张 个 床 张床 个床位"),
    ("area|site_area|floor_area", "㎡ m² m2 平方米 平米"),
    ("equipment_value|open_cost|running_cost", "元"),
    ("year|closed_year", "年"),
)


def units_of(name: str) -> tuple[str, ...]:
    """Name the units that may stand after a number in a column's cells without changing it: 320人, 12个班."""
    for names, units in _UNITS:
        if re.fullmatch(rf"({names})(_\w+)?", name):
            return tuple(units.split())
    return ()


def column_of(table: str, name: str) -> Column | None:
    """Find the canonical column of that name; None where the table has none."""
    for column in TABLES[table]:
        if column.name == name:
            return column
    for pattern, holds in PATTERNS.get(table, ()):
        match = pattern.fullmatch(name)
        if match and (table == "births" or _is_grade(match.groups()[-1])):
            return Column(name, holds, to="schools" if holds == "refs" else "")
    return None


def known_names(table: str) -> list[str]:
    """Name the canonical columns of a table, patterns by their commonest examples: what a mistyped name may mean."""
    names = [column.name for column in TABLES[table]]
    if table == "places":
        for lead in ("pupils", "migrants", "catchment"):
            names += [f"{lead}_{stage}" for stage in STAGES]
    if table == "schools":
        names += [f"enrolment_g{grade}" for grade in ("k1", "k2", "k3", *range(1, 13))]
        names += [f"{lead}_{stage}" for lead in ("seats", "classes", "enrolment") for stage in STAGES]
    return names


def stage_columns(names: Iterable[str], lead: str) -> dict[str, dict[int | None, str]]:
    """Sort columns such as pupils_<stage> and pupils_<stage>_<grade> by stage and grade.

    Returns
    -------
    dict
        Stage → {grade, or None for the stage's total → column}, stages youngest first.
    """
    pattern = re.compile(rf"{lead}_({'|'.join(STAGES)})(?:_(k?\d+))?")
    found: dict[str, dict[int | None, str]] = {}
    for name in names:
        match = pattern.fullmatch(name)
        if match:
            grade = None if match[2] is None else grade_from_label(match[2])
            found.setdefault(match[1], {})[grade] = name
    return {stage: found[stage] for stage in STAGES if stage in found}


def _is_grade(text: str | None) -> bool:
    if text is None or text in STAGES:
        return True
    try:
        grade_from_label(text)
    except ValueError:
        return False
    return True
