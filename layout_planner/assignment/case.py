"""One stage of a study as arrays: what every solver starts from, and the way back to labelled flows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.arrays import Bools, Floats, Positions
from layout_planner.base.labels import numbered, positions, texts
from layout_planner.plan import FLOW_COLUMNS
from layout_planner.policy import Rules, class_limit
from layout_planner.study import Study
from layout_planner.travel import TravelLike, travel_for
from layout_planner.travel.types import WAYS

ROW_COLUMNS = ("place_id", "grade", "group", "pupils")
"""Pupils as the solvers pass them on: children of one place, grade and group."""

NAMES = np.array([*WAYS, ""], dtype=object)
"""What the positions of modes mean; −1 is the last."""


@dataclass(frozen=True, eq=False)
class Case:
    """One stage of a study as arrays. Rows are places, columns are schools.

    Parameters
    ----------
    places, schools
        Labels: all places of the study; the schools at hand.
    grades
        The grades of the stage.
    offers
        Shape (schools, grades): does the school offer the grade.
    seats
        Shape (schools,): seats of the stage, inf where unknown.
    adult
        One array (places, schools) a grade: adult minutes, NaN where unreachable.
    metres
        Likewise, metres.
    pace
        Shape (grades,): factor on the minutes.
    way
        One number a grade: grades of one number travel alike, and share minutes and metres.
    modes
        By what each pair is gone, one a grade: positions in `WAYS` (places, schools), or the one mode of all.
    day
        Shape (grades,): the farthest way to come home from every day, metres.
    """

    study: Study
    stage: str
    places: pd.Index
    schools: pd.Index
    grades: tuple[int, ...]
    offers: Bools
    seats: Floats
    adult: tuple[Floats, ...]
    metres: tuple[Floats, ...]
    pace: Floats
    way: tuple[int, ...]
    modes: tuple[npt.NDArray[np.int8] | str, ...]
    day: Floats

    def minutes(self, grade_at: int) -> Floats:
        """Give minutes at the pace of a grade (by position); shape (places, schools)."""
        factor = float(self.pace[grade_at])
        return self.adult[grade_at] * factor if factor != 1.0 else self.adult[grade_at]

    def grade_at(self, grades: pd.Series) -> Positions:
        """Give the positions of grades."""
        known = np.array(self.grades)
        asked = grades.to_numpy()
        found = np.minimum(np.searchsorted(known, asked), len(known) - 1)
        return np.where(known[found] == asked, found, -1)

    def place_at(self, places: pd.Series) -> Positions:
        """Give the positions of places."""
        return positions(self.places, places)

    def school_at(self, schools: pd.Series) -> Positions:
        """Give the positions of schools; −1 where a school is not at hand."""
        return positions(self.schools, schools)

    def alike(self) -> list[list[int]]:
        """Group grades (by position) that the same schools offer and that travel alike."""
        groups: dict[tuple[object, ...], list[int]] = {}
        for at in range(len(self.grades)):
            groups.setdefault((self.offers[:, at].tobytes(), self.way[at]), []).append(at)
        return list(groups.values())


def make_case(
    study: Study, travel: TravelLike, rules: Rules, stage: str, schools: Sequence[str] | pd.Index | None = None
) -> Case:
    """Lay out one stage as arrays.

    Parameters
    ----------
    schools
        The schools at hand; those open for the stage where left out.
    """
    at_hand = study.offering(stage) if schools is None else pd.Index(schools)
    grades = study.grades(stage)
    sites = study.site_of(at_hand)
    ways = [travel_for(travel, stage, grade) for grade in grades]
    number = {way: at for at, way in enumerate(dict.fromkeys(ways))}
    places = study.places.index
    minutes = [way.cost(places, sites, "minutes") for way in number]
    metres = [way.cost(places, sites, "metres") for way in number]
    modes = [way.modes(places, sites) for way in number]
    return Case(
        study=study,
        stage=stage,
        places=study.places.index,
        schools=at_hand,
        grades=grades,
        offers=offers_matrix(study, stage, at_hand),
        seats=study.seats(stage, class_limit(rules, stage)).reindex(at_hand).to_numpy(dtype=float),
        adult=tuple(minutes[number[way]] for way in ways),
        metres=tuple(metres[number[way]] for way in ways),
        pace=np.array([way.pace.get(grade, 1.0) for way, grade in zip(ways, grades, strict=True)], dtype=float),
        way=tuple(number[way] for way in ways),
        modes=tuple(modes[number[way]] for way in ways),
        day=np.array([way.day for way in ways], dtype=float),
    )


def offers_matrix(study: Study, stage: str, schools: pd.Index) -> Bools:
    """Tell which school offers which grade of a stage; shape (schools, grades)."""
    mine = study.offers_of(stage)["grades"]
    grades = study.grades(stage)
    number: dict[tuple[int, ...], int] = {}  # few schools have other grades than the rest
    which = np.array([*(number.setdefault(tuple(own), len(number)) for own in mine), -1], dtype=np.intp)
    kinds = np.array([[grade in own for grade in grades] for own in (*number, ())], dtype=bool)
    return kinds.reshape(-1, len(grades))[which[positions(mine.index, schools)]]


def residents(study: Study, stage: str) -> pd.DataFrame:
    """Give the children to be placed as rows (`ROW_COLUMNS`), in the order of places, grades and groups."""
    mine = study.pupils.loc[(study.pupils["stage"] == stage) & (study.pupils["pupils"] > 0), list(ROW_COLUMNS)]
    order = np.lexsort(
        [
            mine["group"].to_numpy(dtype=object).astype(str),
            mine["grade"],
            study.places.index.get_indexer(mine["place_id"]),
        ]
    )
    return mine.iloc[order].reset_index(drop=True)


def add_up(keys: Sequence[Positions], amounts: Floats) -> tuple[Positions, Floats]:
    """Add up amounts of equal keys (whole numbers): the first position of each, in order of positions, and its sum."""
    code = np.zeros(len(amounts), dtype=np.int64)
    for key in keys:
        code = code * (int(key.max(initial=0)) + 2) + key + 1
    _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    sums = np.bincount(inverse, weights=amounts, minlength=len(first)).astype(float)
    return first[order].astype(np.intp), sums[order]


def label_flows(case: Case, rows: pd.DataFrame) -> pd.DataFrame:
    """Make flows of rows that carry a school: look up the way of each, add up equal ones, order them.

    Parameters
    ----------
    rows
        Columns of `ROW_COLUMNS` and school_id; every school must be at hand. `how` where some do not come by day.
    """
    p, s, g = case.place_at(rows["place_id"]), case.school_at(rows["school_id"]), case.grade_at(rows["grade"])
    groups, group = numbered(rows["group"])
    hows, how = numbered(rows["how"].fillna("day")) if "how" in rows else (pd.Index(["day"]), np.zeros_like(p))
    first, pupils = add_up([p, s, g, group, how], rows["pupils"].to_numpy(dtype=float))
    order = np.lexsort([how[first], group[first], g[first], s[first], p[first]])
    first, pupils = first[order], pupils[order]
    p, s, g, group, how = p[first], s[first], g[first], group[first], how[first]
    minutes, metres = np.full(len(p), np.nan), np.full(len(p), np.nan)
    modes = list(dict.fromkeys([*NAMES, *(used for used in case.modes if isinstance(used, str))]))
    mode = np.full(len(p), modes.index(""))
    for at in np.unique(g):
        mine = np.flatnonzero(g == at)
        minutes[mine] = case.adult[at][p[mine], s[mine]] * case.pace[at]
        metres[mine] = case.metres[at][p[mine], s[mine]]
        used = case.modes[at]
        mode[mine] = modes.index(used) if isinstance(used, str) else used[p[mine], s[mine]] % len(NAMES)
    mode[np.isnan(minutes)] = modes.index("")
    mode[np.array([one == "bus" for one in hows], dtype=bool)[how]] = modes.index("bus")
    return pd.DataFrame(
        {
            "place_id": texts(case.places, p),
            "school_id": texts(case.schools, s),
            "stage": texts([case.stage], np.zeros_like(p)),
            "grade": np.array(case.grades, dtype=np.int64)[g],
            "group": texts(groups, group),
            "how": texts(hows, how),
            "mode": texts(modes, mode),
            "pupils": pupils,
            "minutes": minutes,
            "metres": metres,
        },
        columns=list(FLOW_COLUMNS),
    )
