"""The procedure of a closure as a clock: what is done, what is still to do, and the earliest lawful closing.

Steps: expert argument (论证), stability risk assessment (风险评估), hearing (听证), public notice (公示), legality
review (合法性审查), collective decision (集体决定), approval above (上级审批). 国办发〔2012〕48号 asks for plan,
argument, notice and approval, with a hearing; their order is the rules' (`Rules.steps`), since provinces differ.
Terms are rules (`procedure_notice_days` …), so a province sets its own; a step without a published term takes no time
here, and the date is then a lower bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import pandas as pd

from layout_planner.base.errors import DataError, Fault
from layout_planner.base.messages import Text
from layout_planner.base.units import in_units
from layout_planner.policy.rule import STEPS
from layout_planner.policy.types import Rules
from layout_planner.study import Study

TERM_START = (9, 1)
"""Month and day a school year begins: a closure takes effect then."""

WORKING_DAYS = "working days"
"""Unit of a term that does not count Saturdays and Sundays; every other term counts calendar days."""


@in_units()
def procedure_clock(
    study: Study, rules: Rules, schools: Iterable[str] | None = None, as_of: date | None = None
) -> pd.DataFrame:
    """Give the dates of each step of each closure, and the earliest lawful closing.

    Parameters
    ----------
    study
        `extra["procedure"]` holds what is done: school_id, a date for each of `STEPS` (`notice_start`, `notice_end`
        for the notice), of the hearing `hearing_attended` with `hearing_for` or `hearing_against` (persons), and of the
        parents `parents_asked` and `parents_against` (persons, or replies of a consultation).
    rules
        The terms: ``procedure_<step>_days``, calendar days or, by their unit, working days.
    schools
        Whose closures; those of the procedure table where left out.
    as_of
        Day from which what is not done can begin; 1 September of the study's year where left out.

    Returns
    -------
    pd.DataFrame
        Index school_id. A date for each of `STEPS`: when it was done, else the earliest it can be; `done` (steps);
        `next` (the first step not done, "" for none); `earliest` (date the last step can be done); `year` (the first
        autumn on or after it: closing takes effect with a school year); `notice_days` given, `notice_short` (days
        missing to the term, 0 where kept, NaN where there was no notice yet); `against` and `parents` (share against of
        those who attended the hearing, and of the parents asked; NaN where not known).

    Raises
    ------
    DataError
        A cell that should be a date or a number is not; every one is named.
    """
    table = _records(study)
    wanted = [str(s) for s in schools] if schools is not None else list(table.index)
    start = as_of or date(study.year, *TERM_START)
    rows = [_one(school, table, _terms(study, rules, school), start) for school in wanted]
    columns = [*rules.steps, "done", "next", "earliest", "year", "notice_days", "notice_short", "against", "parents"]
    clock = pd.DataFrame(rows, columns=columns, index=pd.Index(wanted, name="school_id", dtype="str"))
    return clock[[*STEPS, *columns[len(STEPS) :]]]


def earliest_closing_years(
    study: Study, rules: Rules, schools: Iterable[str], as_of: date | None = None
) -> dict[str, int]:
    """Give the first autumn in which each school may lawfully close: what `phase` takes as ``lawful=``.

    Parameters
    ----------
    study, rules, as_of
        As in `procedure_clock`.
    schools
        The schools a plan closes.

    Returns
    -------
    dict
        School → year. A school nothing is known of (no term in the rules, no row in the procedure table) is left out:
        nothing holds it back.
    """
    asked = list(dict.fromkeys(str(school) for school in schools))
    known = set(_records(study).index)
    bound = [s for s in asked if s in known or any(days for days, _ in _terms(study, rules, s).values())]
    return {str(school): int(year) for school, year in procedure_clock(study, rules, bound, as_of)["year"].items()}


def _terms(study: Study, rules: Rules, school: str) -> dict[str, tuple[float, bool]]:
    """Give the term of each step, the longest of the school's stages: (days, whether working days)."""
    offers = study.offers.index
    stages = offers[offers.get_level_values("school_id") == school].get_level_values("stage")
    terms = {}
    for step in rules.steps:
        found = [rules.find(f"procedure_{step}_days", str(stage)) for stage in stages]
        longest = max((r for r in found if r is not None), key=lambda r: r.value.value, default=None)
        terms[step] = (0.0, False) if longest is None else (longest.value.value, longest.value.unit == WORKING_DAYS)
    return terms


def _one(school: str, table: pd.DataFrame, terms: dict[str, tuple[float, bool]], start: date) -> list[object]:
    record = table.loc[school] if school in table.index else pd.Series(dtype=object)
    at: date | None = None
    dates: list[object] = []
    done, following = 0, ""
    for step, (days, working) in terms.items():
        told = record.get(step)
        begun = record.get("notice_start") if step == "notice" else None
        if begun is not None and not pd.isna(begun):  # a notice holds for its term, whatever its end says
            due = _later(begun, days, working)
            told = due if told is None or pd.isna(told) else max(told, due)
            if due > start and following == "":
                following = step
        if told is not None and not pd.isna(told):
            at = told if at is None else max(at, told)
            done += following != step
        else:
            following = following or step
            at = _later(start if at is None else max(at, start), days, working)
        dates.append(at)
    assert at is not None
    year = at.year + (at > date(at.year, *TERM_START))
    given, short = _notice(record, terms["notice"])
    return [*dates, done, following, at, year, given, short, _against(record), _parents(record)]


def _later(day: date, days: float, working: bool) -> date:
    whole = int(np.ceil(days))
    if not working:
        return day + timedelta(days=whole)
    moved: date = np.busday_offset(np.datetime64(day), whole, roll="forward").astype(object)
    return moved


def _notice(record: pd.Series, term: tuple[float, bool]) -> tuple[float, float]:
    begun, ended = record.get("notice_start"), record.get("notice")
    if begun is None or ended is None or pd.isna(begun) or pd.isna(ended):
        return float("nan"), float("nan")
    days, working = term
    given = np.busday_count(begun, ended) if working else (ended - begun).days
    return float(given), float(max(days - given, 0.0))


def _against(record: pd.Series) -> float:
    attended, against, favour = (
        float(record.get(f"hearing_{name}", np.nan)) for name in ("attended", "against", "for")
    )
    if not attended > 0:
        return float("nan")
    # Who attended and did not vote for it counts as against only where the votes against are not told.
    return against / attended if not np.isnan(against) else (attended - favour) / attended


def _parents(record: pd.Series) -> float:
    asked, against = (float(record.get(f"parents_{name}", np.nan)) for name in ("asked", "against"))
    return against / asked if asked > 0 else float("nan")


def _records(study: Study) -> pd.DataFrame:
    """Give the procedure table with dates as dates; index school_id, a step done twice counts the last time."""
    given = study.extra.get("procedure")
    if given is None or "school_id" not in given:
        return pd.DataFrame(index=pd.Index([], name="school_id", dtype="str"))
    faults: list[Fault] = []
    table = pd.DataFrame(index=given.index)
    renamed = {step: step for step in STEPS if step != "notice"} | {"notice_start": "notice_start",
                                                                     "notice_end": "notice"}  # fmt: skip
    for column, step in renamed.items():
        if column in given:
            table[step] = pd.Series(
                [_day(value, column, row, faults) for row, value in enumerate(given[column], start=2)],
                index=given.index,
                dtype=object,
            )
    for name in (*(f"hearing_{who}" for who in ("attended", "against", "for")), "parents_asked", "parents_against"):
        if name in given:
            table[name] = pd.to_numeric(given[name], errors="coerce").astype(float)
    if faults:
        raise DataError(faults)
    rows = table.set_axis(pd.Index(given["school_id"], dtype="str", name="school_id"))
    rows = rows.loc[rows.index.notna()]
    return rows.groupby(level=0).last() if rows.index.has_duplicates else rows


_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T].*)?")


def _day(value: object, column: str, row: int, faults: list[Fault]) -> date | None:
    if value is None or pd.isna(value) or str(value).strip() == "":
        return None
    match = _DAY.fullmatch(str(value).strip())
    try:
        if match:
            return date(*(int(part) for part in match.groups()))
    except ValueError:  # a thirteenth month
        pass
    message = Text("this is not a date.", "这不是日期。")
    mend = Text("write it as 2024-03-01.", "请写作 2024-03-01。")
    faults.append(Fault("procedure", message, mend, row, column, str(value)))
    return None
