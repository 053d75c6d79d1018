"""Recognising headers in simplified and traditional Chinese and in English (standards §4)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import pandas as pd

from layout_planner.study.columns import IDS, TABLES, column_of, known_names
from layout_planner.study.kinds import OWNERSHIP_WORDS, STATE_WORDS, plain, read_offered
from layout_planner.study.stages import USUAL, Calendar, grade_from_label, grade_from_word, grade_label
from layout_planner.study.units import UNITS
from layout_planner.study.words import group_words

_LEADS = {
    "places": ("pupils", "migrants", "catchment"),
    "townships": ("pupils", "migrants"),
    "schools": ("seats", "classrooms", "classes", "enrolment", "teachers", "staff"),
}
"""Table → the columns it has once for each stage, before the stage's name."""

_AGES = re.compile(
    r"(?:ages?|年龄)?(\d{1,2})(?:周?岁)?(?:[-~～—–至到]|to)(\d{1,2})(?:周?岁|歲|years?|yrs?)?(?:人口|组)?"
)
_AGE = re.compile(r"(?:ages?)?(\d{1,2})(?:周?岁|歲|years?)")
_YEAR = re.compile(
    r"(?:y|year|births?|出生(?:人口|人数|数)?|活产数)?((?:19|20)\d\d)(?:年|年度)?(?:出生|出生人口|出生人数|出生数|人数|births?)?"
)
_STAGE_OF_AGES = (("kindergarten", 3, 6), ("primary", 6, 12), ("junior", 11, 15), ("senior", 14, 18))
"""The ages a stage may hold where school begins at six; a span of ages belongs to the first that holds all of it."""

NAMED_BY = {"place_id": "place", "township_id": "township", "school_id": "school"}
"""Reference → the header that holds a name in its place (就读学校, 所在乡镇), which serves where no code stands."""


def recognise(
    table: str,
    headers: Sequence[str],
    given: Mapping[str, str],
    frame: pd.DataFrame | None = None,
    calendar: Calendar = USUAL,
) -> dict[str, list[str]]:
    """Find the canonical column of each header.

    Parameters
    ----------
    table
        The section's name.
    headers
        As they stand in the file.
    given
        Canonical name → header, as the study file says; these are not looked at again.
    frame
        The cells: they tell which of its meanings a word such as "type" or "status" has. Left out: the commonest.
    calendar
        Tells the grade of an age: children of six are in grade 1, or in grade 2 where school begins at five.

    Returns
    -------
    dict
        Canonical name → the headers read as it: one, or several where the table is ambiguous. A header that is
        itself the canonical name outweighs those that only mean it, a code outweighs a name.
    """
    taken = set(given.values())
    found: dict[str, list[str]] = {name: [header] for name, header in given.items()}
    exact = {header for header in headers if header not in taken and column_of(table, header) is not None}
    for header in headers:
        if header in exact and header not in given:
            found[header] = [header]
    ids = {given[key] for key in IDS.values() if key in given}
    for header in headers:
        if header in ids and (name := canonical(table, header, calendar)) is not None and name not in given:
            found.setdefault(name, []).append(header)  # the name that is also the id
        if header in taken or header in exact:
            continue
        name = canonical(table, header, calendar)
        if name is not None and name not in given and name not in exact:
            found.setdefault(name, []).append(header)
    for name, several in found.items():
        best = min(_rank(table, header, name) for header in several)
        found[name] = [header for header in several if _rank(table, header, name) == best]
    if table == "schools" and frame is not None:
        fixed = {*given, *exact}
        open_to_doubt = [h for name in VOCABULARIES if name in found and name not in fixed for h in found.pop(name)]
        found |= _by_content(open_to_doubt, [n for n in VOCABULARIES if n not in found], frame)
    return found


VOCABULARIES: dict[str, Callable[[str], object]] = {
    "stage": read_offered,
    "kind": read_offered,
    "state": lambda cell: STATE_WORDS.get(plain(cell)),
    "ownership": lambda cell: OWNERSHIP_WORDS.get(plain(cell)),
}
"""Columns of schools whose headers may say many things (type, status, 类型, 性质), with what reads their cells."""

_LOOKED_AT = 200


def _by_content(headers: Sequence[str], wanted: Sequence[str], frame: pd.DataFrame) -> dict[str, list[str]]:
    """Settle what words of many meanings mean, by their cells; what most cells are not is left as it is.

    A lone column that may tell the stage stays one even where its words are unknown: then every one is a fault that
    says so, not a table without stages.
    """
    found: dict[str, list[str]] = {}
    usual = {header: canonical("schools", header) for header in headers}
    shares = {}
    for header in headers:
        distinct = frame[header].dropna().astype(str).str.strip()
        values = distinct[distinct != ""].unique()[:_LOOKED_AT]
        for name in wanted:
            read = sum(VOCABULARIES[name](value) is not None for value in values)
            shares[header, name] = read / len(values) if len(values) else float(name == usual[header])

    def fit(header: str, name: str) -> tuple[float, bool]:
        return shares[header, name], usual[header] == name

    left = list(headers)
    for name in sorted(wanted, key=lambda n: n in ("stage", "kind") and "stage" not in usual.values()):
        fitting = [header for header in left if shares[header, name] >= 0.5]
        if not fitting:
            continue
        best = max(fit(header, name) for header in fitting)
        # What means it by its usual sense goes first; another column must fit as well as none of its own.
        mine = [
            h
            for h in fitting
            if fit(h, name) == best and all(fit(h, o) <= fit(h, name) for o in wanted if o not in found)
        ]
        if mine:
            found[name] = mine
            left = [header for header in left if header not in mine]
    lone = [header for header in left if usual[header] in ("stage", "kind")]
    if lone and not {"stage", "kind"} & set(found):
        name = "stage" if any(usual[h] == "stage" for h in lone) else "kind"
        found[name] = [h for h in lone if usual[h] == name]
    return found


def canonical(table: str, header: str, calendar: Calendar = USUAL) -> str | None:
    """Tell which canonical column a header means; None where it is none of ours."""
    bare = _bare(header)
    name = bare.replace(" ", "_")
    if column_of(table, name) is not None:
        return name
    lowered = bare.replace(" ", "").replace("_", "")
    for known in _KNOWN.get(lowered, ()):
        form = _form(table, known)
        if form and column_of(table, form) is not None:
            return form
    if len(name) == _LONGEST_DBF and (whole := _cut_short(table, name)) is not None:
        return whole
    if table == "births" and (year := _YEAR.fullmatch(lowered)):
        return f"count_{year[1]}"
    return _composed(table, _for_parts(header), calendar) if table in _LEADS else None


def _cut_short(table: str, name: str) -> str | None:
    """Give the one column whose name a shapefile cut to ten letters: pupils_pri, township_i."""
    meant = [known for known in known_names(table) if known.startswith(name) and len(known) > len(name)]
    return meant[0] if len(meant) == 1 else None


def _form(table: str, name: str) -> str:
    """Name the column an alias stands for in a table: a school's name is `name` among the schools, a reference else."""
    own = {"places": "place", "townships": "township", "schools": "school"}.get(table)
    if name in ("place", "township", "school"):
        return "name" if name == own else f"{name}_id"
    if name == "stage" and table == "places":
        return ""
    if name == "kind" and table not in ("schools", "places"):
        return "stage"
    return name


def _rank(table: str, header: str, name: str) -> int:
    """Rank headers that are read as one column: its own name first, a code before a name, 学校名称 before 名称."""
    if _bare(header).replace(" ", "_") == name:
        return -1
    known = _KNOWN.get(_bare(header).replace(" ", "").replace("_", ""), ())
    if name in NAMED_BY:
        return int(name not in known)
    return int(name == "name" and "name" in known)


def ages_in(header: str) -> tuple[int, int] | None:
    """Give the first and last age a header names; None where it names none, or one alone."""
    found = _ages(_for_parts(header))
    return None if found is None else (int(found[1]), int(found[2]))


def _ages(text: str) -> re.Match[str] | None:
    return _AGES.search(text) if "岁" in text or "歲" in text or "age" in text or "year" in text else None


def _stage_of_ages(low: int, high: int, calendar: Calendar) -> str:
    for stage, _, _ in _STAGE_OF_AGES:
        if calendar.ages(stage) == (low, high):
            return stage
    later = calendar.entry - USUAL.entry
    return next((s for s, first, last in _STAGE_OF_AGES if first + later <= low <= high <= last + later), "")


def _composed(table: str, text: str, calendar: Calendar) -> str | None:
    """Read a header made of parts: what is counted, and the stage, the ages or the grade it is counted for."""
    ages = _ages(text)
    age = None if ages else _AGE.search(text)
    spans = ages or age
    rest = text if spans is None else text[: spans.start()] + text[spans.end() :]
    grade, rest = _grade_in(rest, calendar)
    parts = _taken_apart(rest)
    if parts is None:
        return None
    stages = {name for role, name in parts if role == "stage"}
    measures = {name for role, name in parts if role == "measure"}
    if spans is not None and not stages:
        low = int(spans[1])
        if ages:
            stages = {_stage_of_ages(low, int(ages[2]), calendar)} - {""}
        else:
            number = low - calendar.entry + 1
            stages = set(calendar.stages_of([number])[:1] or (["kindergarten"] if number < 1 else []))
            grade = grade or (grade_label(number) if low >= 3 else "")
    if table != "schools":
        if grade and not stages:
            number = grade_from_label(grade)
            stages = set(calendar.stages_of([number])[:1] or (["kindergarten"] if number < 1 else []))
        if grade or spans is not None:
            measures = measures or {"pupils"}
    if table == "schools" and grade and not stages and measures <= {"pupils", "enrolment"}:
        return f"enrolment_g{grade}"
    lead = next((one for one in _LEADS[table] if one in measures), None)
    if lead is None and table != "schools" and stages and {"pupils", "enrolment"} & measures:
        lead = "pupils"
    if len(stages) != 1 or lead is None:
        return None
    name = f"{lead}_{next(iter(stages))}" + (f"_{grade}" if grade and table != "schools" else "")
    return name if column_of(table, name) is not None else None


def _grade_in(text: str, calendar: Calendar) -> tuple[str, str]:
    """Find a grade in a header and take it out: 三年级, 大班, "grade 3", 初一."""
    found = re.search(
        r"[初高]中?[一二三四](?:年级|年級)?(?![级年\d])|(十[一二]|[一二三四五六七八九十]|\d{1,2})(?:年级|年級)"
        r"|(?<![初高])[小中大]班|grade(\d{1,2}|k|pk)|(?<![a-z])kg",
        text,
    )
    if found is None:
        return "", text
    return grade_label(grade_from_word(found[0], calendar)), text[: found.start()] + text[found.end() :]


def _taken_apart(text: str) -> set[tuple[str, str]] | None:
    """Take a text apart into known parts, the longest first; None where something is left over.

    A word may mean two things (学生: children of a village, pupils of a school); the table chooses.
    """
    found: set[tuple[str, str]] = set()
    at = 0
    while at < len(text):
        length = next((n for n in range(_LONGEST_PART, 0, -1) if text[at : at + n] in _WORDS), 0)
        if not length:
            return None
        found |= _WORDS[text[at : at + length]]
        at += length
    return found


@lru_cache(maxsize=4096)
def is_known(header: str) -> bool:
    """Tell whether a cell reads like a header of any table; a bare number (a code such as 211) never does."""
    if len(header) > _LONGEST_HEADER:
        return False
    return any(c.isalpha() for c in header) and any(canonical(table, header) is not None for table in TABLES)


def names_rows(header: str) -> bool:
    """Tell whether a header stands over names or codes of rows (村名, 学校标识码)."""
    found = {canonical(table, header) for table in TABLES} if is_known(header) else set()
    return bool(found & {"name", *IDS.values()})


def count_known(text: str) -> int:
    """Count the cells of a few lines of delimited text that read like headers."""
    return sum(is_known(cell.strip().strip('"')) for cell in re.split(r"[,;\t\r\n]", text) if 0 < len(cell) < 60)


def _bare(header: str) -> str:
    """Half width, lower case, without units in brackets and without signs: 学校（机构）标识码 → 学校机构标识码."""
    text = unicodedata.normalize("NFKC", header).strip().lower()
    text = re.sub(rf"\((?:单位[:：])?(?:{UNITS})\)", "", text)
    return re.sub(r"[()\[\]/、·\-:：.'’＊*?]", "", text).strip()


def _for_parts(header: str) -> str:
    """Half width, lower case, without units and signs; a hyphen between ages stays."""
    text = unicodedata.normalize("NFKC", header).strip().lower()
    text = re.sub(rf"\((?:单位[:：])?(?:{UNITS})\)", "", text)
    return re.sub(r"[()\[\]/、·:：_\s,，.]|(?<!\d)-|-(?!\d)", "", text)


_LONGEST_HEADER = 200
_LONGEST_DBF = 10
_KNOWN: dict[str, tuple[str, ...]] = {}
for _name, _words in group_words("headers").items():
    for _word in _words:
        _KNOWN[_word] = (*_KNOWN.get(_word, ()), _name)
_WORDS: dict[str, set[tuple[str, str]]] = {}
for _role in ("stage", "measure", "fill"):
    for _name, _words in group_words("parts", _role).items():
        for _word in _words:
            _WORDS.setdefault(_word, set()).add((_role, _name))
_LONGEST_PART = max(map(len, _WORDS))
