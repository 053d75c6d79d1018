"""What a rule of `solve` gets, and the first steps all rules share: who may stay, who is pinned, who must move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.assignment.case import Case, add_up, make_case, offers_matrix
from layout_planner.base.arrays import Bools, Floats
from layout_planner.base.errors import refuse
from layout_planner.base.labels import positions, remembered
from layout_planner.base.memory import Same, kept
from layout_planner.plan import NO_SEAT, OUTSIDE_COLUMNS, Assignment
from layout_planner.policy import Rules, class_limit
from layout_planner.scenario import Scenario, in_force, pins
from layout_planner.study import Study
from layout_planner.travel import TravelLike

Pairs = tuple[Bools, ...]
"""One array (places, schools) a grade: pairs that may be used. Grades with the same pairs share the array."""


@dataclass(frozen=True)
class Options:
    """How to solve; see `solve`."""

    reach: str
    split: bool
    candidates: int | None
    gap: float
    time_limit: float
    year: int | None

    def __post_init__(self) -> None:
        if self.reach not in ("priced", "hard"):
            raise refuse(
                f'reach="{self.reach}" is unknown',
                f"reach=“{self.reach}”未知",
                'use "priced" or "hard"',
                "可用 priced 或 hard",
            )
        if self.candidates is not None and self.candidates < 1:
            raise refuse(
                "candidates= must be at least 1",
                "candidates= 至少为 1",
                "give a whole number, or None",
                "请给正整数或 None",
            )
        if not 0 <= self.gap < 1 or self.time_limit <= 0:
            raise refuse(
                "gap= must lie from 0 to below 1, and time_limit= above 0",
                "gap= 须在 0 与 1 之间（不含 1），time_limit= 须大于 0",
                "correct them",
                "请更正",
            )

    def told(self) -> dict[str, object]:
        """Give the options that differ from the plain case, for the provenance."""
        plain = {"reach": "priced", "split": False}  # a gap of 0.0 is told, though it equals False
        return {k: v for k, v in vars(self).items() if v is not None and not (k in plain and v == plain[k])}


@dataclass(frozen=True, eq=False)
class Move:
    """What a rule gets: the study before and after the edits, and who goes where before."""

    before: Study
    study: Study
    travel: TravelLike
    rules: Rules
    stage: str
    scenario: Scenario
    options: Options
    base: Assignment


def case_of(move: Move) -> Case:
    """Lay out the stage after the edits."""
    return make_case(move.study, move.travel, move.rules, move.stage)


def public(case: Case) -> Bools:
    """Tell which schools admit by rule: private schools choose, and are chosen."""
    private = case.study.is_private()
    at = positions(private.index, case.schools)
    return ~np.where(at >= 0, private.to_numpy(dtype=bool)[at], False)


def offered(case: Case, schools: pd.Series, grades: pd.Series) -> Bools:
    """Tell for each row whether its school runs and has its grade."""
    at = case.school_at(schools)
    answer = at >= 0
    answer[answer] = case.offers[at[answer], case.grade_at(grades)[answer]]
    return answer


def untouched(move: Move) -> bool:
    """Tell whether no edit concerns the stage and nobody waits for a seat, so that all stay as they are."""
    orders = [
        edit
        for edit in in_force(move.scenario, move.options.year)
        if edit.carriage is not None and edit.concerns(move.stage)
    ]
    return (
        not orders
        and not pins(move.scenario, move.stage, move.options.year)
        and move.options.reach == "priced"
        and move.before.offering(move.stage).equals(move.study.offering(move.stage))
        and move.before.offers_of(move.stage).equals(move.study.offers_of(move.stage))
        and not (move.base.unplaced["reason"] == NO_SEAT.en).any()
    )


def base_rows(base: Assignment) -> pd.DataFrame:
    """Give who goes where before, and after them those who found no seat: they ask again."""
    waiting = base.unplaced.loc[base.unplaced["reason"] == NO_SEAT.en]
    rows = base.flows[["place_id", "grade", "group", "pupils", "school_id", "how"]]
    if waiting.empty:
        return rows
    asked = waiting[["place_id", "grade", "group", "pupils"]].assign(school_id="", how="day")
    return pd.concat([rows, asked], ignore_index=True)


@kept
def _offered_before(study: Study, stage: str) -> tuple[pd.Index, Bools]:
    """Give the schools open before the edits, and which grades each has."""
    schools = study.offering(stage)
    return schools, offers_matrix(study, stage, schools)


def still_offered(move: Move, case: Case, rows: pd.DataFrame) -> Bools:
    """Tell who may stay: the school runs and has the grade, or never said it had (and has the pupils all the same)."""
    had, offers = _offered_before(move.before, move.stage)
    at = positions(had, rows["school_id"])
    never = (at >= 0) & ~offers[at, case.grade_at(rows["grade"])] if len(had) else at >= 0
    runs = case.school_at(rows["school_id"]) >= 0
    return runs & (offered(case, rows["school_id"], rows["grade"]) | never)


def take_pinned(move: Move, case: Case, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take out the pupils a pin sends to a school; a pin to a school without the grade concerns only the others."""
    target = pd.Series("", index=rows.index, dtype="str")
    for place, grades, school in pins(move.scenario, move.stage, move.options.year):
        hit = rows["place_id"] == place
        if grades is not None:
            hit &= rows["grade"].isin(grades)
        target[hit] = school
    hit = offered(case, target, rows["grade"])
    pinned = rows.loc[hit]
    same = pinned["school_id"] == target[hit]
    return pinned.assign(school_id=target[hit], how=pinned["how"].where(same, "day")), rows.loc[~hit]


def outside_after(move: Move, case: Case) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part the pupils whose home is not in the study: those whose school goes on, and the others."""
    rows = move.base.outside
    goes_on = still_offered(move, case, rows)
    if goes_on.all():
        return rows, rows.iloc[:0]
    return rows.loc[goes_on, list(OUTSIDE_COLUMNS)], rows.loc[~goes_on, list(OUTSIDE_COLUMNS)]


def free_seats(case: Case, *taken: pd.DataFrame) -> Floats:
    """Give the seats left after those taken, never below 0; shape (schools,)."""
    free = case.seats.copy()
    for rows in taken:
        at = case.school_at(rows["school_id"])
        np.subtract.at(free, at[at >= 0], rows["pupils"].to_numpy(dtype=float)[at >= 0])
    return np.maximum(free, 0.0)


def stays_away(move: Move) -> pd.DataFrame:
    """Give the children who live here and learn elsewhere, or have no way: no edit of schools concerns them."""
    return _stays_away(move.base)


@kept
def _stays_away(base: Assignment) -> pd.DataFrame:
    return base.unplaced.loc[base.unplaced["reason"] != NO_SEAT.en].reset_index(drop=True)


def squeezed_out(move: Move, case: Case, kept: pd.DataFrame, outside: pd.DataFrame) -> Floats:
    """Say how many pupils of each row must leave because the seats of their school fell below its roll.

    A school that was over-full before and keeps its seats stays so: what is today is not undone. Where seats are
    lost, those with the longest way leave first.
    """
    limit = class_limit(move.rules, move.stage)
    before = move.before.seats(move.stage, limit).reindex(case.schools).to_numpy(dtype=float)
    at = case.school_at(kept["school_id"])
    pupils = kept["pupils"].to_numpy(dtype=float)
    roll = np.bincount(at, weights=pupils, minlength=len(case.schools))
    np.add.at(roll, case.school_at(outside["school_id"]), outside["pupils"].to_numpy(dtype=float))
    excess = np.where(case.seats < before, np.maximum(roll - case.seats, 0.0), 0.0)
    out = np.zeros(len(kept))
    if not excess.any():
        return out
    whole = bool((pupils == np.round(pupils)).all())
    place, grade = case.place_at(kept["place_id"]), case.grade_at(kept["grade"])
    ways = np.stack(case.adult)[grade, place, at]
    for school in np.flatnonzero(excess > 0):
        mine = np.flatnonzero(at == school)
        mine = mine[np.argsort(-np.nan_to_num(ways[mine], nan=np.inf), kind="stable")]
        earlier = np.cumsum(pupils[mine]) - pupils[mine]
        leave = np.ceil(excess[school] - 1e-9) if whole else excess[school]
        out[mine] = np.clip(leave - earlier, 0.0, pupils[mine])
    return out


def assignable(
    move: Move, case: Case, apart: tuple[str, ...] = ()
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Part the pupils: those who stay where they are (private schools, pins), and those a rule may send anywhere.

    The latter are added up by place, grade and group, and by the columns told `apart`: school_id, how.
    """
    outside, homeless = outside_after(move, case)
    private = ~public(case)
    ground = _Ground(
        Same(case.places), case.grades, tuple(case.schools[private]), tuple(map(bytes, case.offers[private])), apart
    )
    if not pins(move.scenario, move.stage, move.options.year):
        return *_parted_base(move.base, ground), outside, homeless
    pinned, rows = take_pinned(move, case, base_rows(move.base))
    fixed, loose = _parted(rows, ground)
    return pd.concat([fixed, pinned]), loose, outside, homeless


@dataclass(frozen=True)
class _Ground:
    """What it hangs on who is free to go: the places, the grades, the private schools with the grades each has."""

    places: Same[pd.Index]
    grades: tuple[int, ...]
    private: tuple[str, ...]
    offers: tuple[bytes, ...]
    apart: tuple[str, ...]


@kept
def _parted_base(base: Assignment, ground: _Ground) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part those of a base once for all what-ifs that leave the private schools alone."""
    fixed, loose = _parted(base_rows(base), ground)
    return fixed, remembered(loose)


def _parted(rows: pd.DataFrame, ground: _Ground) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part rows into those at private schools and the others, which are added up."""
    apart, grade = ground.apart, pd.Index(ground.grades).get_indexer(rows["grade"])
    private = np.zeros(len(rows), dtype=bool)
    if ground.private:
        at = positions(pd.Index(ground.private, dtype="str"), rows["school_id"])
        offers = np.array([np.frombuffer(row, dtype=bool) for row in ground.offers])
        private = (at >= 0) & offers[at, grade]
    free, grade = rows.loc[~private], grade[~private]
    place, group = positions(ground.places.it, free["place_id"]), pd.factorize(free["group"], sort=True)[0]
    told = [pd.factorize(free[column], sort=True)[0] for column in apart]
    first, pupils = add_up([place, grade, group, *told], free["pupils"].to_numpy(dtype=float))
    order = np.lexsort([*(each[first] for each in told), group[first], free["grade"].to_numpy()[first], place[first]])
    loose = free[["place_id", "grade", "group", *apart]].iloc[first[order]].assign(pupils=pupils[order])
    return rows.loc[private], loose.reset_index(drop=True)


def pair_kinds(allowed: Pairs | None, case: Case) -> list[int]:
    """Number the grades so that those of one number may use the same pairs."""
    if allowed is None:
        return [0] * len(case.grades)
    number: dict[bytes, int] = {}
    once = {id(pairs): number.setdefault(pairs.tobytes(), len(number)) for pairs in allowed}
    return [once[id(pairs)] for pairs in allowed]


def allowed_pairs(move: Move, case: Case, schools: Bools | None = None) -> Pairs | None:
    """Tell which pairs each grade may use: within the rules' reach where that is hard, at the schools given.

    None when all may be used.
    """
    if move.options.reach != "hard" and schools is None:
        return None
    pairs: dict[tuple[object, ...], Bools] = {}
    answer = []
    for at, grade in enumerate(case.grades):
        limits = [
            move.rules.value(name, move.stage, grade) if move.options.reach == "hard" else None
            for name in ("reach_minutes", "reach_metres")
        ]
        key = (*limits, float(case.pace[at]) if limits[0] is not None else None, case.way[at])
        if key not in pairs:
            mine = np.ones((len(case.places), len(case.schools)), dtype=bool)
            for limit, way in zip(limits, (case.minutes(at), case.metres[at]), strict=True):
                if limit is not None:
                    mine &= way <= limit + 1e-9
            if schools is not None:
                mine &= schools[None, :]
            pairs[key] = mine
        answer.append(pairs[key])
    return tuple(answer)
