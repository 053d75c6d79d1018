"""Flows as whole numbers: what is worked out from who goes where by sorting and adding up, without comparing texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Bools, Floats, Ints, Positions
from layout_planner.base.labels import numbered, positions, texts
from layout_planner.base.memory import kept
from layout_planner.plan.columns import by_day

LOWEST = -9
"""Grades go from −2 to 12: so many below zero leave room on either side."""
GRADES = 32


_NO_MODE = pd.Index([""], dtype="str")


class Sent(Protocol):
    """What is read of an assignment, which knows this file: its stage, its flows, and who comes from outside."""

    @property
    def stage(self) -> str:
        """Whose pupils."""

    @property
    def flows(self) -> pd.DataFrame:
        """Who goes where."""

    @property
    def outside(self) -> pd.DataFrame:
        """Who comes from outside the study."""


@dataclass(frozen=True, eq=False)
class Column:
    """A column of text: the texts in order, and for each row which of them it is."""

    known: pd.Index
    at: Positions

    @classmethod
    def of(cls, texts: pd.Series) -> Column:
        """Number the texts of a column."""
        return cls(*numbered(texts))

    def is_any(self, *wanted: str) -> Bools:
        """Tell which rows hold one of a few texts."""
        return np.asarray(self.known.isin(wanted), dtype=bool)[self.at] if len(self.known) else self.at > 0


@dataclass(frozen=True, eq=False)
class Coded:
    """The flows of an assignment, row by row."""

    place: Column
    school: Column
    group: Column
    how: Column
    mode: Column
    grade: Ints
    pupils: Floats
    minutes: Floats
    metres: Floats

    def where(self, keep: Bools) -> Coded:
        """Give some of the rows."""
        if keep.all():
            return self
        place, school, group, how, mode = (
            Column(one.known, one.at[keep]) for one in (self.place, self.school, self.group, self.how, self.mode)
        )
        pupils, minutes, metres = (one[keep] for one in (self.pupils, self.minutes, self.metres))
        return Coded(place, school, group, how, mode, self.grade[keep], pupils, minutes, metres)


@kept
def coded(assignment: Sent) -> Coded:
    """Number the texts in the flows of an assignment, once for all who ask."""
    flows = assignment.flows
    place, school, group, how = (Column.of(flows[name]) for name in ("place_id", "school_id", "group", "how"))
    mode = Column.of(flows["mode"]) if "mode" in flows else Column(_NO_MODE, np.zeros(len(flows), dtype=np.intp))
    pupils, minutes, metres = (flows[name].to_numpy(dtype=np.float64) for name in ("pupils", "minutes", "metres"))
    return Coded(place, school, group, how, mode, flows["grade"].to_numpy(dtype=np.int64), pupils, minutes, metres)


def joined(one: Column, two: Column) -> Column:
    """Put a column under another."""
    if one.known.equals(two.known):
        return Column(one.known, np.concatenate([one.at, two.at]))
    if one.known.is_monotonic_increasing:  # most often the second has no texts but those of the first
        there = positions(one.known, two.known)
        if (there >= 0).all():
            return Column(one.known, np.concatenate([one.at, there[two.at] if len(there) else two.at]))
    known = pd.Index(np.unique(np.concatenate([one.known.to_numpy(object), two.known.to_numpy(object)])), dtype="str")
    at = [positions(known, column.known)[column.at] if len(column.known) else column.at for column in (one, two)]
    return Column(known, np.concatenate(at))


@kept
def day_flows(assignment: Sent) -> Coded:
    """Give the flows of those who come home every day."""
    return coded(assignment).where(by_day(assignment.flows))


def add_by_school(assignment: Sent) -> pd.Series[float]:
    """Add up the pupils of each school and grade, those from outside included; index (school_id, grade), sorted."""
    flows, outside = coded(assignment), assignment.outside
    school, grade, pupils = flows.school, flows.grade, flows.pupils
    if len(outside):
        school = joined(school, Column.of(outside["school_id"]))
        grade = np.concatenate([grade, outside["grade"].to_numpy(dtype=np.int64)])
        pupils = np.concatenate([pupils, outside["pupils"].to_numpy(dtype=np.float64)])
    key = school.at * GRADES + grade - LOWEST
    sums = np.bincount(key, weights=pupils, minlength=len(school.known) * GRADES).astype(np.float64)
    present = np.flatnonzero(np.bincount(key, minlength=len(sums)))
    at, own = present // GRADES, present % GRADES + LOWEST
    grades = np.unique(own)
    index = pd.MultiIndex(
        [school.known, pd.Index(grades)], [at, np.searchsorted(grades, own)], names=["school_id", "grade"],
        verify_integrity=False,
    )  # fmt: skip
    return pd.Series(sums[present], index, name="pupils")


def add_by_way(assignment: Sent) -> pd.DataFrame:
    """Add up the pupils of each place, school and grade: place_id, school_id, stage, grade, pupils, sorted."""
    flows = coded(assignment)
    key = (flows.place.at * len(flows.school.known) + flows.school.at) * GRADES + flows.grade - LOWEST
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    pupils = np.add.reduceat(flows.pupils[order], first) if len(first) else flows.pupils[order]
    each = order[first]
    return pd.DataFrame(
        {
            "place_id": texts(flows.place.known, flows.place.at[each]),
            "school_id": texts(flows.school.known, flows.school.at[each]),
            "stage": texts([assignment.stage], np.zeros(len(each), dtype=np.intp)),
            "grade": flows.grade[each],
            "pupils": pupils,
        }
    )


def school_and_grade(index: pd.MultiIndex, schools: pd.Index) -> tuple[Positions, Ints]:
    """Give the position of the school of each (school_id, grade) among some schools, −1 for others, and the grade."""
    at = schools.get_indexer(index.levels[0])[index.codes[0]]
    return at.astype(np.intp), index.levels[1].to_numpy()[index.codes[1]].astype(np.int64)
