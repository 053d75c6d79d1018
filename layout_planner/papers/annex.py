"""`Annex`: one annex table (附表), as it stands in the workbook and in the document."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text, language
from layout_planner.cohorts import Forecast
from layout_planner.papers.columns import DECIMALS, Kind
from layout_planner.papers.words import plain
from layout_planner.plan import Plan
from layout_planner.plan.phasing import Phasing

if TYPE_CHECKING:
    from layout_planner.plan.frontier import Frontier

NOTHING_GIVEN = Text("left blank: to be filled in", "留空待填")


@dataclass(frozen=True)
class Field:
    """One column of an annex.

    Parameters
    ----------
    words
        Its header.
    kind
        How its values are written.
    choices
        What may be chosen in its cells; () for anything.
    """

    words: Text
    kind: Kind = "text"
    choices: tuple[Text, ...] = ()


@dataclass(frozen=True, eq=False)
class Annex:
    """One annex table.

    Parameters
    ----------
    key, title
        Its name in code, and for readers.
    fields
        Header → `Field`, in order, of the columns of `table`.
    table
        In the reader's words; text is text, numbers are rounded to what is known.
    source
        Where the values are from.
    missing
        What is not there to fill it; empty where it has rows. The bureau's own form all the same.
    """

    key: str
    title: Text
    fields: Mapping[str, Field]
    table: pd.DataFrame
    source: Text
    missing: Text = field(default_factory=lambda: Text("", ""))

    @property
    def empty(self) -> bool:
        """Whether it has no row."""
        return not len(self.table)


@dataclass(frozen=True, eq=False)
class Papers:
    """What papers are made of: a plan and what stands beside it.

    Parameters
    ----------
    plan
        The plan told.
    forecast, phasing, frontier
        Years to come, the timetable, cost against the number of schools, where worked out.
    held
        Annexes made so far, by name and language.
    """

    plan: Plan
    forecast: Forecast | None = None
    phasing: Phasing | None = None
    frontier: Frontier | None = None
    held: dict[tuple[str, str], Annex] = field(default_factory=dict, repr=False)

    @cached_property
    def base(self) -> Plan:
        """What the plan is compared with; the plan itself where it is a today."""
        return self.plan if self.plan.base is None else self.plan.base

    @property
    def stages(self) -> list[str]:
        """The stages the plan covers."""
        return list(self.plan.assignments)

    def school(self, school: str) -> str:
        """Name a school, after the plan or before; "" for none."""
        if not school:
            return ""
        known = school in self.plan.study.schools.index
        return plain((self.plan if known else self.base).study.school_name(school))

    def township_of(self, school: str) -> str:
        """Name the township a school stands in; "" where it is not said."""
        for study in (self.plan.study, self.base.study):
            if school in study.schools.index and "township_id" in study.schools:
                return self.township(study.schools.at[school, "township_id"])
        return ""

    def township(self, township: object) -> str:
        """Name a township; "" for none."""
        names = self.plan.study.townships
        if township is None or pd.isna(township):
            return ""
        return plain(names.at[township, "name"]) if "name" in names and township in names.index else plain(township)

    def place(self, place: str) -> str:
        """Name a place."""
        places = self.plan.study.places
        return plain(places.at[place, "name"]) if "name" in places and place in places.index else plain(place)


def once(maker: Callable[[Papers], Annex]) -> Callable[[Papers], Annex]:
    """Make an annex once for all the chapters and sheets it stands in."""

    @functools.wraps(maker)
    def give(papers: Papers) -> Annex:
        key = maker.__name__, language()
        if key not in papers.held:
            papers.held[key] = maker(papers)
        return papers.held[key]

    return give


def make(
    key: str,
    title: Text,
    fields: Mapping[str, Field],
    rows: Sequence[Mapping[str, object]] | pd.DataFrame,
    source: Text,
    missing: Text | None = None,
) -> Annex:
    """Put rows (by the names of `fields`) into an annex: headers in words, each column of its kind, rounded.

    Columns a row does not have are blank.
    """
    table = pd.DataFrame(rows)
    shown: dict[str, pd.Series] = {}
    known: dict[str, Field] = {}
    for name, own in fields.items():
        values = table[name] if name in table else pd.Series([np.nan] * len(table), index=table.index, dtype=object)
        header = str(own.words)
        known[header] = own
        if own.kind in ("text", "code", "flag"):
            shown[header] = values.map(lambda v: "" if _blank(v) else plain(v)).astype("str")
        else:
            numbers = pd.to_numeric(values).astype("float64").replace([np.inf, -np.inf], np.nan)
            shown[header] = numbers.round(DECIMALS.get(own.kind, 3))
    nothing = Text("", "") if len(table) else missing or Text("no such case in the plan", "本方案无此情形")
    return Annex(key, title, known, pd.DataFrame(shown).reset_index(drop=True), source, nothing)


def renamed(annex: Annex, table: pd.DataFrame) -> Annex:
    """Give an annex other rows of the same columns."""
    return replace(annex, table=table)


def _blank(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value))
