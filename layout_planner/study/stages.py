"""Stages and grades. A grade is one integer all the way up, so that age on entry = grade + 5.

Kindergarten −2, −1, 0 (小班, 中班, 大班); primary from 1; junior and senior follow on, where the calendar cuts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

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

CALENDARS = ("6+3", "5+4", "6+3+3", "5+4+3")


def grades_of(stage: str, calendar: str) -> tuple[int, ...]:
    """Give the grades of a stage under a calendar.

    Parameters
    ----------
    stage
        One of `STAGES`.
    calendar
        Years of primary + junior (+ senior): "6+3", "5+4", "6+3+3", "5+4+3".

    Returns
    -------
    tuple of int
        Continuous grades, ascending. Special schools run through the nine compulsory years.

    Raises
    ------
    DataError
        The stage or the calendar is unknown.
    """
    if calendar not in CALENDARS:
        raise refuse(
            f'calendar "{calendar}" is unknown',
            f"学制“{calendar}”未知",
            f"use one of {', '.join(CALENDARS)}",
            f"可用：{'、'.join(CALENDARS)}",
        )
    years = [int(part) for part in calendar.split("+")]
    primary, junior = years[0], years[1]
    senior = years[2] if len(years) > 2 else 3
    spans = {
        "kindergarten": (-2, 0),
        "primary": (1, primary),
        "junior": (primary + 1, primary + junior),
        "senior": (primary + junior + 1, primary + junior + senior),
        "vocational": (primary + junior + 1, primary + junior + senior),
        "special": (1, primary + junior),
    }
    if stage not in spans:
        raise refuse(
            f'stage "{stage}" is unknown',
            f"学段“{stage}”未知",
            f"use one of {', '.join(STAGES)}",
            f"可用：{'、'.join(STAGES)}",
        )
    first, last = spans[stage]
    return tuple(range(first, last + 1))


def parse_grades(text: str) -> tuple[int, ...]:
    """Read "1-6", "1-3,5" or "k1-k3" as grades.

    Raises
    ------
    ValueError
        The text is not a list of grades and ranges.
    """
    found: set[int] = set()
    for part in str(text).replace("，", ",").replace("、", ",").replace("－", "-").split(","):
        span = re.fullmatch(r"(k?-?\d+)(?:\s*-\s*(k?-?\d+))?", part.strip().lower())
        if span is None:
            raise ValueError(text)
        low = grade_from_label(span[1])
        high = grade_from_label(span[2]) if span[2] else low
        if high < low:
            raise ValueError(text)
        found.update(range(low, high + 1))
    return tuple(sorted(found))


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
        The label names no grade of −2 … 12.
    """
    text = label.strip().lower()
    grade = int(text[1:]) - 3 if text.startswith("k") else int(text)
    if not -2 <= grade <= 12 or (text.startswith("k") and grade > 0):
        raise ValueError(label)
    return grade
