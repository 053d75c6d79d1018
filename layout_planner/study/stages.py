"""Stages and grades. A grade is one integer all the way up, so that age on entry = grade + 5.

Kindergarten −2, −1, 0 (小班, 中班, 大班); primary from 1; junior and senior follow on, where the calendar cuts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from layout_planner.base.errors import refuse

STAGES = ("kindergarten", "primary", "junior", "senior", "vocational", "special")
"""Every stage, youngest first."""

STAGE_NAMES = {
    "kindergarten": ("kindergarten", "幼儿园"),
    "primary": ("primary", "小学"),
    "junior": ("junior", "初中"),
    "senior": ("senior", "高中"),
    "vocational": ("vocational", "中职"),
    "special": ("special", "特殊教育"),
}
"""Stage → its name in English and Chinese."""

LOWER_GRADES = (1, 2, 3)
"""Grades that go home every day and stay near it: a teaching point keeps them (国办发〔2018〕27号)."""

_HAN_NUMBERS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_EARLY_YEARS = {
    "小班": -2, "中班": -1, "大班": 0, "托班": -2, "k1": -2, "k2": -1, "k3": 0,
    "pk3": -2, "pk": -1, "prek": -1, "prekindergarten": -1, "pk4": -1,
    "jk": -1, "tk": -1, "lkg": -1, "sk": 0, "ukg": 0, "prep": 0, "f": 0, "foundation": 0, "学前班": 0,
    "k": 0, "p": 0, "kg": 0, "kindergarten": 0, "r": 0, "reception": 0, "rec": 0, "yr": 0,
}  # fmt: skip
"""The years before grade 1: an American K is the year before it, as is a British reception, an Australian foundation or
prep, an Indian UKG, an Ontarian SK."""
_ELEMENTAIRE = {"cp": 1, "ce1": 2, "ce2": 3, "cm1": 4, "cm2": 5}
"""The years of a French école élémentaire."""
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
"""Grades where both ends of a range are written so."""
_GRADE = re.compile(
    r"(?:g|gr|grade|grades|y|yr|year|years|p|std|standard|class|classes|klassen?|kl|小|第)?"
    r"(-?\d{1,2}|十[一二]|[一二三四五六七八九十])(?:st|nd|rd|th|o|°)?(?:año|ano|grado)?"
)
_RANGE = re.compile(r"(.+?)-(.+)")
STAGE_YEAR = re.compile(r"([小初高])(?:学|中)?([一二三四五六1-6])|(?:s|form|secondary)([1-7])")
"""A year counted from the beginning of its stage; which grade it is hangs on the calendar."""

CALENDARS = ("6+3", "5+4", "6+3+3", "5+4+3", "7+6", "6+6", "8+4", "K1+5+3+4", "R1+6+5+2@5", "5+3+2+2")
"""Examples of calendars, commonest first; any other of the same form will do (`read_calendar`)."""

OLDEST = 13
"""The highest grade any country counts."""

_CALENDAR = re.compile(r"(?:([KR])([1-3]?)\+)?(\d{1,2}(?:\+\d{1,2}){1,3})(?:@([4-8]))?")
_USUAL_AGE = 6


@dataclass(frozen=True)
class Calendar:
    """The years of each stage.

    Parameters
    ----------
    kindergarten, reception
        Years before grade 1, of their own (K) or as the first years of primary school (R).
    years
        Years of primary, junior and whatever follows, from grade 1.
    entry
        The age at which grade 1 begins.
    """

    kindergarten: int
    reception: int
    years: tuple[int, ...]
    entry: int = _USUAL_AGE

    def span(self, stage: str) -> tuple[int, int] | None:
        """Give a stage's first and last grade; None where the stage is unknown.

        Without its own years a senior school has three; special schools run through the compulsory years.
        """
        primary, junior = self.years[0], self.years[1]
        senior = sum(self.years[2:]) if len(self.years) > 2 else 3
        after = primary + junior
        return {
            "kindergarten": (1 - self.kindergarten - self.reception, -self.reception),
            "primary": (1 - self.reception, primary),
            "junior": (primary + 1, after),
            "senior": (after + 1, after + senior),
            "vocational": (after + 1, after + senior),
            "special": (1, after),
        }.get(stage)

    def ages(self, stage: str) -> tuple[int, int] | None:
        """Give the ages of a stage's first and last grade; a kindergarten without years of its own begins at three."""
        if stage == "kindergarten" and not self.kindergarten:
            return 3, self.entry - self.reception - 1
        span = self.span(stage)
        return None if span is None else (span[0] + self.entry - 1, span[1] + self.entry - 1)

    @property
    def secondary(self) -> tuple[str, ...]:
        """The stages a "secondary school" (中学) holds.

        All above primary; where junior school stands for a level of its own (four parts, as India's 5+3+2+2), those
        above it.
        """
        return ("junior",) if len(self.years) == 2 else ("senior",) if len(self.years) == 4 else ("junior", "senior")

    def stages_of(self, grades: Iterable[int]) -> tuple[str, ...]:
        """Name the general stages that some of these grades belong to, youngest first."""
        held = set(grades)
        general = ("kindergarten", "primary", "junior", "senior")
        spans = [(stage, span) for stage in general if (span := self.span(stage)) is not None]
        return tuple(stage for stage, (low, high) in spans if held & set(range(low, high + 1)))


USUAL = Calendar(0, 0, (6, 3))
"""Six years of primary school from six, three of junior: where nothing else is said."""


def read_calendar(text: str) -> Calendar | None:
    """Read a calendar; None where it is none.

    Parameters
    ----------
    text
        Years of primary + junior (+ senior, in one or two parts): "6+3", 六三制, "7+6", "5+3+2+2". Before them may
        stand K (one), K2, K3, the years of kindergarten (three where not said), or R, R2: reception years that belong
        to the primary school. Behind them, after @, the age at which grade 1 begins, where it is not six
        ("R1+6+5+2@5", of England).
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()
    han = re.fullmatch("([二三四五六七八]{2,4})制?", plain)
    if han is not None:
        plain = "+".join(str(_HAN_NUMBERS.index(sign) + 1) for sign in han[1])
    found = _CALENDAR.fullmatch(plain)
    if found is None:
        return None
    years = tuple(int(part) for part in found[3].split("+"))
    if 0 in years or sum(years) > OLDEST:
        return None
    own = int(found[2] or 1) if found[1] else 0
    reception = own if found[1] == "R" else 0
    return Calendar(own if found[1] == "K" else 3 - reception, reception, years, int(found[4] or _USUAL_AGE))


def cohort_year(year: int, calendar: str) -> int:
    """Give the autumn in which the grades of a year would sit if school began at six, as cohorts are reckoned.

    Whoever begins at five was born a year later than whoever sits beside them and began at six.
    """
    years = read_calendar(calendar)
    return year + _USUAL_AGE - (_USUAL_AGE if years is None else years.entry)


def calendar_mend() -> tuple[str, str]:
    """Say how a calendar is written, in English and Chinese."""
    shown = ", ".join(CALENDARS)
    return (
        f"write the years of primary + junior (+ senior), as one of {shown}",
        f"请写小学+初中（+高中）的年数，如 {shown.replace(', ', '、')}",
    )


def grades_of(stage: str, calendar: str) -> tuple[int, ...]:
    """Give the grades of a stage under a calendar.

    Parameters
    ----------
    stage
        One of `STAGES`.
    calendar
        As `read_calendar` reads it.

    Returns
    -------
    tuple of int
        Continuous grades, ascending. Special schools run through the nine compulsory years.

    Raises
    ------
    DataError
        The stage or the calendar is unknown.
    """
    years = read_calendar(calendar)
    if years is None:
        en, zh = calendar_mend()
        raise refuse(f'calendar "{calendar}" is unknown', f"学制“{calendar}”未知", en, zh)
    span = years.span(stage)
    if span is None:
        raise refuse(
            f'stage "{stage}" is unknown',
            f"学段“{stage}”未知",
            f"use one of {', '.join(STAGES)}",
            f"可用：{'、'.join(STAGES)}",
        )
    return tuple(range(span[0], span[1] + 1))


def parse_grades(text: str, calendar: Calendar | None = None) -> tuple[int, ...]:
    """Read "1-6", "1-3,5", "k1-k3", and what people write for them: PK-5, K-8, P1–P7, 一至六年级, Grade 1 to 6.

    Parameters
    ----------
    text
        Grades and ranges, also 七、八、九年级, 七八九年级, 小班中班大班, 小中大班.
    calendar
        Tells what 初一至初三 and Form 1 are; without one they are refused.

    Raises
    ------
    ValueError
        The text is not a list of grades and ranges.
    """
    plain = re.sub(
        r"[～〜~–—－至到]| to | ao? | al | bis | à ", "-", unicodedata.normalize("NFKC", str(text)).strip().lower()
    )
    plain = re.sub(r"班(?=[小中大])", "班,", plain)
    if re.fullmatch(r"[小中大]{2,3}班", plain):
        plain = ",".join(f"{one}班" for one in plain[:-1])
    elif re.fullmatch(r"[一二三四五六七八九]{2,9}年级", plain):
        plain = ",".join(plain[:-2])
    found: set[int] = set()
    for part in re.split(r"[,、;，；/]", plain):
        ends = _RANGE.fullmatch(part.strip())
        low, high = (ends[1], ends[2]) if ends else (part, part)
        if ends and low.strip() in _ROMAN and high.strip() in _ROMAN:
            low, high = (str(_ROMAN.index(end.strip()) + 1) for end in (low, high))
        first, last = grade_from_word(low, calendar), grade_from_word(high, calendar)
        if last < first:
            raise ValueError(text)
        found.update(range(first, last + 1))
    return tuple(sorted(found))


def grade_from_word(word: str, calendar: Calendar | None = None) -> int:
    """Read one grade as people write it: 3, G3, Grade 3, Year 3, P3, 三年级, K, PK, Reception, 大班, k1.

    Parameters
    ----------
    word
        One grade.
    calendar
        Tells where the years of a stage begin: 初一, 高中二年级, S1, Form 1.

    Raises
    ------
    ValueError
        It is none, or hangs on the calendar and there is none.
    """
    bare = re.sub(r"\s+", "", unicodedata.normalize("NFKC", word).lower())
    # A dot ends an abbreviation or an ordinal (Gr. 3, 3.); between digits it is none of ours to drop.
    bare = re.sub(r"(?<=[^\W\d])\.|(?<=\d)\.(?=[^\W\d]|$)", "", bare)
    bare = re.sub(r"\.0$", "", re.sub(r"(年级|年級|学年|學年|학년|年|级|級)$", "", bare))
    if bare in _EARLY_YEARS:
        return _EARLY_YEARS[bare]
    if bare in _ELEMENTAIRE:
        return _ELEMENTAIRE[bare]
    found = _GRADE.fullmatch(bare)
    if found is None:
        return _year_of_stage(bare, word, calendar)
    number = found[1]
    return grade_from_label(number if number.isascii() else str(_HAN_NUMBERS.index(number) + 1))


def _year_of_stage(bare: str, word: str, calendar: Calendar | None) -> int:
    """Read a year counted from the beginning of its stage: 初一, 初中二, S1, Form 3."""
    found = STAGE_YEAR.fullmatch(bare)
    if found is None or calendar is None:
        raise ValueError(word)
    stage = {"小": "primary", "高": "senior"}.get(found[1] or "", "junior")
    number = found[2] or found[3]
    span = calendar.span(stage)
    assert span is not None
    # Reception years come before the first: 小一 is grade 1 whatever the calendar has below it.
    first = 1 if stage == "primary" else span[0]
    return first + (int(number) if number.isascii() else _HAN_NUMBERS.index(number) + 1) - 1


def format_grades(grades: Iterable[int]) -> str:
    """Write grades as `parse_grades` reads them."""
    ordered = sorted(set(grades))
    runs: list[tuple[int, int]] = []
    for grade in ordered:
        if runs and grade == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], grade)
        else:
            runs.append((grade, grade))
    return ",".join(
        grade_label(low) if low == high else f"{grade_label(low)}-{grade_label(high)}" for low, high in runs
    )


def grade_label(grade: int) -> str:
    """Name a grade in a column or a file: k1, k2, k3 for the kindergarten's, else the number."""
    return f"k{grade + 3}" if grade <= 0 else str(grade)


def grade_from_label(label: str) -> int:
    """Read a grade's name; the inverse of `grade_label`.

    Raises
    ------
    ValueError
        The label names no grade of −2 … 13.
    """
    text = label.strip().lower()
    grade = int(text[1:]) - 3 if text.startswith("k") else int(text)
    if not -2 <= grade <= OLDEST or (text.startswith("k") and grade > 0):
        raise ValueError(label)
    return grade
