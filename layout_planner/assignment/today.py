"""Today: who goes where now. Not "nearest": the flow that reproduces what the schools returned."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.assignment.carriage import as_returned, lodge
from layout_planner.assignment.case import Case, label_flows, make_case, residents
from layout_planner.assignment.methods.method import ASSUMED, TODAY
from layout_planner.assignment.results import UNIT
from layout_planner.assignment.unknown import least_travel
from layout_planner.base.arrays import Bools, Floats, Positions
from layout_planner.base.messages import Text
from layout_planner.base.proof import Proof
from layout_planner.measures.matching import share_out
from layout_planner.plan import (
    ELSEWHERE,
    HOME_UNKNOWN,
    NO_SEAT,
    OUTSIDE_COLUMNS,
    REASONS,
    UNPLACED_COLUMNS,
    UNREACHABLE,
    Assignment,
    typed,
)
from layout_planner.policy import Rules
from layout_planner.solving.transport import ship
from layout_planner.study import Study
from layout_planner.travel import TravelLike


def assign_today(study: Study, travel: TravelLike, rules: Rules, stage: str) -> Assignment:
    """Work out who goes where today in one stage.

    Known attendance is taken as it is. The other pupils are sent, grade by grade, so that every returned roll is
    matched; among all such flows the one with the fewest pupils outside their catchment (where catchments are given)
    and then the least travel is shown. What rolls and residents do not explain is stated: children who live here and
    learn elsewhere in `unplaced`, pupils whose home is not in the study in `outside`.

    Returns
    -------
    Assignment
        status "optimal" (least travel among the flows that match the rolls), or "rule" with a note where the study
        gives neither rolls nor catchments and today can only be assumed.
    """
    started = time.perf_counter()
    case = make_case(study, travel, rules, stage)
    rolls = _rolls(case)
    catchment = _catchments(case)
    by_grade = _residents_by_grade(case)
    known = _attendance(case, by_grade, rolls)
    assumed = bool(np.isnan(rolls).all()) and catchment is None and not any(len(rows) for rows in known)
    rooms = _rooms(case, by_grade, rolls)
    prices = _prices(case, rolls, catchment)
    if assumed:
        flows, chains = least_travel(case, by_grade, prices.unplaced)
    else:
        flows, chains = _matched(case, by_grade, rooms, known, prices)
    placed = lodge(case, as_returned(case, _with_groups(case, flows, by_grade)))
    objective = float((placed["minutes"] * placed["pupils"]).sum())
    outside = _outside(case, rolls, placed)
    unplaced = _unplaced(case, placed, NO_SEAT if assumed else ELSEWHERE)
    return Assignment(
        stage=stage,
        flows=placed,
        unplaced=unplaced,
        outside=outside,
        method=(ASSUMED if assumed else TODAY).name,
        proof=Proof(objective, np.nan, UNIT, "rule") if assumed else Proof(objective, objective, UNIT, "proved"),
        seconds=time.perf_counter() - started,
        work={"unit": UNIT, "chains": chains},
        notes=tuple(_notes(case, placed, unplaced, outside, rolls, catchment, assumed)),
    )


def _matched(
    case: Case, by_grade: Floats, rooms: Floats, known: list[np.ndarray], prices: _Prices
) -> tuple[np.ndarray, int]:
    """Match the rolls grade by grade; rows (place, school, grade, pupils) and the chains of moves."""
    flows, chains = np.empty((0, 4)), 0
    solved: list[tuple[int, np.ndarray]] = []
    for at in range(len(case.grades)):
        found = next((_scaled(case, by_grade, rooms, known, at, *earlier) for earlier in solved), None)
        if found is None:
            found, moved = _match_rolls(case, at, by_grade[:, at], rooms[:, at], known[at], prices)
            chains += moved
            solved.append((at, found))
        flows = np.vstack([flows, np.column_stack([found[:, :2], np.full(len(found), at), found[:, 2]])])
    return flows, chains


def _rolls(case: Case) -> Floats:
    """Give the returned rolls, shape (schools, grades); NaN for a school that returned none."""
    mine = case.study.rolls.loc[case.study.rolls["stage"] == case.stage]
    table = np.full((len(case.schools), len(case.grades)), np.nan)
    at, grade = case.school_at(mine["school_id"]), case.grade_at(mine["grade"])
    keep = (at >= 0) & (grade >= 0)
    table[np.unique(at[keep])] = 0.0  # who returned some grades has none in the others
    np.add.at(table, (at[keep], grade[keep]), mine["pupils"].to_numpy(dtype=float)[keep])
    return table


def _catchments(case: Case) -> Bools | None:
    """Tell which schools each place belongs to, shape (places, schools); None where no catchments are given."""
    column = f"catchment_{case.stage}"
    if column not in case.study.places:
        return None
    named = case.study.places[column].astype("string").fillna("").str.split(";").explode().str.strip()
    at = case.schools.get_indexer(named)
    table = np.zeros((len(case.places), len(case.schools)), dtype=bool)
    table[case.places.get_indexer(named.index)[at >= 0], at[at >= 0]] = True
    return table if table.any() else None


def _residents_by_grade(case: Case) -> Floats:
    rows = residents(case.study, case.stage)
    table = np.zeros((len(case.places), len(case.grades)))
    grade = case.grade_at(rows["grade"])
    keep = grade >= 0
    np.add.at(table, (case.place_at(rows["place_id"])[keep], grade[keep]), rows["pupils"].to_numpy(dtype=float)[keep])
    return table


def _attendance(case: Case, by_grade: Floats, rolls: Floats) -> list[np.ndarray]:
    """Give known attendance a grade as (place, school, pupils), clipped to residents and rolls.

    Attendance without a grade is spread, see `_spread`.
    """
    table = case.study.attendance
    mine = table.loc[table["stage"] == case.stage]
    known: list[np.ndarray] = [np.empty((0, 3)) for _ in case.grades]
    if mine.empty:
        return known
    place, school = case.place_at(mine["place_id"]), case.school_at(mine["school_id"])
    grade = case.grade_at(mine["grade"].fillna(-99).astype(int))
    pupils = mine["pupils"].to_numpy(dtype=float)
    usable = (place >= 0) & (school >= 0)
    without = usable & mine["grade"].isna().to_numpy()
    spread = _spread(case, place[without], school[without], pupils[without], by_grade, rolls)
    for at in range(len(case.grades)):
        exact = usable & (grade == at)
        rows = np.vstack([
            np.column_stack([place[exact], school[exact], pupils[exact]]),
            np.column_stack([place[without], school[without], spread[:, at]]),
        ])  # fmt: skip
        rows = _clip(rows, 0, by_grade[:, at])
        room = np.where(np.isnan(rolls[:, at]), np.inf, rolls[:, at])
        known[at] = _clip(rows, 1, room)
    return known


def _spread(case: Case, place: Positions, school: Positions, pupils: Floats, by_grade: Floats, rolls: Floats) -> Floats:
    """Spread attendance without a grade as the school's roll is, else as the children of the place; (rows, grades)."""
    like = np.nan_to_num(rolls)[school]
    for other in (by_grade[place], case.offers[school].astype(float)):
        like = np.where(like.sum(axis=1, keepdims=True) > 0, like, other)
    key = np.repeat(np.arange(len(place)), len(case.grades))
    return share_out(key, like.ravel(), pupils).reshape(like.shape)


def _clip(rows: np.ndarray, side: int, limit: Floats) -> np.ndarray:
    """Cut rows so that the sums over one side stay within the limit, first come first served."""
    order = np.argsort(rows[:, side], kind="stable")
    rows = rows[order]
    key = rows[:, side].astype(np.intp)
    before = np.cumsum(rows[:, 2]) - rows[:, 2]
    first = np.searchsorted(key, key, side="left")
    before -= before[first] if len(rows) else 0.0
    rows[:, 2] = np.clip(limit[key] - before, 0.0, rows[:, 2])
    return rows[rows[:, 2] > 0]


def _rooms(case: Case, by_grade: Floats, rolls: Floats) -> Floats:
    """Give how many pupils each grade of each school takes, shape (schools, grades): its roll, else its share of seats.

    Where pupils come whole so do the shares; the lower grades have one more.
    """
    offered = case.offers.cumsum(axis=1)
    count = np.maximum(offered[:, -1:], 1)
    seats = case.seats[:, None]
    if (by_grade == np.round(by_grade)).all():
        share = np.floor(seats / count)
        rest = np.where(np.isfinite(seats), np.floor(seats), 0.0) - np.where(np.isfinite(share), share, 0.0) * count
        share = share + (offered <= rest)
    else:
        share = np.broadcast_to(seats / count, rolls.shape)
    return np.where(np.isnan(rolls), np.where(case.offers, share, 0.0), rolls)


@dataclass(frozen=True, eq=False)
class _Prices:
    """What outweighs what: everyone placed, then every roll matched, then catchments kept, then least travel.

    A change of any flow runs through each school at most once, so each level costs more than the one below can save
    on such a path.

    Parameters
    ----------
    beyond
        Shape (places, schools): added to the minutes of a pair outside the catchment; None without catchments.
    returned
        Shape (schools,): saved by each pupil at a school that returned a roll; nobody is assumed at another before.
    unplaced
        Of a child left out.
    """

    beyond: Floats | None
    returned: Floats
    unplaced: float


def _prices(case: Case, rolls: Floats, catchment: Bools | None) -> _Prices:
    dearest = max((np.nanmax(case.minutes(at), initial=0.0) for at in range(len(case.grades))), default=0.0) + 1.0
    path = min(len(case.places), len(case.schools)) + 1.0
    beyond = None if catchment is None else np.where(catchment, 0.0, path * dearest)
    dearest += 0.0 if catchment is None else path * dearest
    missing = np.isnan(rolls).any(axis=1)
    mixed = missing.any() and not missing.all()
    returned = np.where(missing, 0.0, path * dearest if mixed else 0.0)
    return _Prices(beyond, returned, path * (dearest + returned.max(initial=0.0)))


_EVEN = 1e-4
"""Of two flows of equal travel the one without the longest ways is shown: long ways cost this much more, at most."""


def _match_rolls(
    case: Case, at: int, supply: Floats, room: Floats, known: np.ndarray, prices: _Prices
) -> tuple[np.ndarray, int]:
    """Send the pupils of one grade so that the rolls are matched; returns (place, school, pupils) and chains."""
    minutes = case.minutes(at)
    cost = minutes * (1.0 + _EVEN * minutes / prices.unplaced) - prices.returned[None, :]
    if prices.beyond is not None:
        cost = cost + prices.beyond
    cost[:, ~case.offers[:, at]] = np.nan
    left, room = supply.copy(), room.copy()
    place, school = known[:, 0].astype(np.intp), known[:, 1].astype(np.intp)
    np.subtract.at(left, place, known[:, 2])
    np.subtract.at(room, school, known[:, 2])
    result = ship(cost, np.maximum(left, 0.0), np.maximum(room, 0.0), prices.unplaced)
    found = np.column_stack([result.place, result.school, result.pupils])
    return np.vstack([known, found]), result.chains


def _scaled(
    case: Case, by_grade: Floats, rooms: Floats, known: list[np.ndarray], at: int, earlier: int, flows: np.ndarray
) -> np.ndarray | None:
    """Reuse an earlier grade's flow where this grade is the same up to a factor (stages spread evenly over grades)."""
    if len(known[at]) or len(known[earlier]) or case.adult[at] is not case.adult[earlier]:
        return None
    if not (case.offers[:, at] == case.offers[:, earlier]).all():
        return None
    total, before = by_grade[:, at].sum(), by_grade[:, earlier].sum()
    if before <= 0:
        return None
    factor = total / before
    same = np.allclose(by_grade[:, at], factor * by_grade[:, earlier], rtol=1e-9, atol=1e-9)
    if not same or not np.allclose(rooms[:, at], factor * rooms[:, earlier], rtol=1e-9, atol=1e-9):
        return None
    return np.column_stack([flows[:, :2], flows[:, 2] * factor])


def _with_groups(case: Case, flows: np.ndarray, by_grade: Floats) -> pd.DataFrame:
    """Tell the groups apart in flows of all pupils: each school of a place and grade gets its share of each group."""
    rows = residents(case.study, case.stage)
    rows = rows.assign(key=case.place_at(rows["place_id"]) * len(case.grades) + case.grade_at(rows["grade"]))
    place, school, grade = (flows[:, column].astype(np.intp) for column in (0, 1, 2))
    # Who is not placed is one more school, so that groups are shared out over everyone; it is dropped below.
    placed = np.zeros(by_grade.shape)
    np.add.at(placed, (place, grade), flows[:, 3])
    p, g = np.nonzero(by_grade - placed > 1e-7)
    key = np.concatenate([place, p]) * len(case.grades) + np.concatenate([grade, g])
    school = np.concatenate([school, np.full(len(p), -1)])
    left = np.concatenate([flows[:, 3], (by_grade - placed)[p, g]])
    parts = []
    groups = sorted(rows["group"].unique())
    for group in groups:
        totals = np.zeros(by_grade.size)
        mine = rows.loc[rows["group"] == group]
        np.add.at(totals, mine["key"].to_numpy(), mine["pupils"].to_numpy(dtype=float))
        taken = left if group == groups[-1] else share_out(key, left, totals)
        left = left - taken
        keep = (school >= 0) & (taken > 1e-7)
        parts.append(
            pd.DataFrame(
                {
                    "place_id": case.places[key[keep] // len(case.grades)],
                    "school_id": case.schools[school[keep]],
                    "grade": np.array(case.grades)[key[keep] % len(case.grades)],
                    "group": group,
                    "pupils": taken[keep],
                }
            )
        )
    return label_flows(case, pd.concat(parts, ignore_index=True) if parts else rows.assign(school_id=""))


def _outside(case: Case, rolls: Floats, flows: pd.DataFrame) -> pd.DataFrame:
    here = np.zeros(rolls.shape)
    np.add.at(
        here, (case.school_at(flows["school_id"]), case.grade_at(flows["grade"])), flows["pupils"].to_numpy(dtype=float)
    )
    rest = np.nan_to_num(rolls - here)
    s, g = np.nonzero(rest > 1e-6)
    table = pd.DataFrame(
        {
            "school_id": case.schools[s],
            "stage": case.stage,
            "grade": np.array(case.grades)[g],
            "pupils": rest[s, g],
            "reason": str(HOME_UNKNOWN.en),
        }
    )
    return typed(table, OUTSIDE_COLUMNS)


def _unplaced(case: Case, flows: pd.DataFrame, otherwise: Text) -> pd.DataFrame:
    rows = residents(case.study, case.stage)
    keys = ["place_id", "grade", "group"]
    placed = flows.groupby(keys, observed=True)["pupils"].sum()
    have = pd.MultiIndex.from_frame(rows[keys])
    rest = rows["pupils"].to_numpy(dtype=float) - placed.reindex(have, fill_value=0.0).to_numpy(dtype=float)
    left = rows.assign(pupils=rest, stage=case.stage).loc[rest > 1e-6]
    why = [reason(case, p, g, otherwise) for p, g in zip(left["place_id"], left["grade"], strict=True)]
    return typed(left.assign(reason=why), UNPLACED_COLUMNS).reset_index(drop=True)


def reason(case: Case, place: str, grade: int, otherwise: Text) -> str:
    """Say why a child has no place: no way to any school, or the reason given."""
    at = case.grades.index(grade)
    ways = case.adult[at][case.places.get_loc(place), case.offers[:, at]]
    return str((otherwise if np.isfinite(ways).any() else UNREACHABLE).en)


def _notes(
    case: Case,
    flows: pd.DataFrame,
    unplaced: pd.DataFrame,
    outside: pd.DataFrame,
    rolls: Floats,
    catchment: Bools | None,
    assumed: bool,
) -> list[Text]:
    notes = []
    if assumed:
        notes.append(
            Text(
                "Neither rolls, attendance nor catchments are given: who goes where today is not known. "
                "Shown is the least travel within the seats.",
                "未提供在校生、就学去向或片区：目前谁在哪所学校不可知。所示为学位之内总路程最短的分配。",
            )
        )
    elif np.isnan(rolls).any():
        names = "、".join(case.study.school_name(s) for s in case.schools[np.isnan(rolls).any(axis=1)][:8])
        notes.append(
            Text(
                f"{int(np.isnan(rolls).any(axis=1).sum())} schools returned no roll and are filled by travel: {names}",
                f"{int(np.isnan(rolls).any(axis=1).sum())} 所学校未报在校生，按路程推算：{names}",
            )
        )
    for why, pupils in unplaced.groupby("reason", sort=True)["pupils"].sum().items():
        n = f"{pupils:,.0f}"
        told = REASONS[str(why)]
        notes.append(Text(f"{n} children who live here: {told.en}.", f"住在本地的 {n} 名儿童：{told.zh}。"))
    if len(outside):
        n, schools = outside["pupils"].sum(), outside["school_id"].nunique()
        notes.append(
            Text(
                f"{n:,.0f} pupils on the rolls of {schools} schools live outside the study.",
                f"{schools} 所学校的 {n:,.0f} 名在校生住在研究范围之外。",
            )
        )
    if catchment is not None and len(flows):
        p, s = case.place_at(flows["place_id"]), case.school_at(flows["school_id"])
        beyond = flows["pupils"].to_numpy(dtype=float)[~catchment[p, s]].sum()
        notes.append(Text(f"{beyond:,.0f} pupils learn outside their catchment.", f"{beyond:,.0f} 名学生跨片区就读。"))
    return notes
