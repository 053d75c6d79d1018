"""How pupils are sent to schools after the edits of a what-if: the rules of `solve`, and their steps."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.messages import Text
from layout_planner.measures.matching import match_amounts
from layout_planner.plan import OUTSIDE_COLUMNS, UNPLACED_COLUMNS, Assignment, Status
from layout_planner.policy import Rules
from layout_planner.scenario import Scenario, destinations, pins
from layout_planner.solvers.admission import admit_in_order
from layout_planner.solvers.case import Bools, Case, Floats, Ints, label_flows, make_case, residents
from layout_planner.solvers.present import reason
from layout_planner.solvers.transport import ship
from layout_planner.solvers.whole import place_whole
from layout_planner.study import Study
from layout_planner.travel import TravelLike

NO_SEAT = Text("no free seat at any school within reach", "可达学校均无空余学位")
CLOSED_HOME_UNKNOWN = Text("the school closed; home not in the study", "学校撤并，住地不在研究范围内")


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
                "candidates must be at least 1",
                "candidates 至少为 1",
                "give a whole number, or None",
                "请给正整数或 None",
            )
        if not 0 <= self.gap < 1 or self.time_limit <= 0:
            raise refuse(
                "gap must lie in [0, 1) and time_limit be positive",
                "gap 须在 [0, 1)，time_limit 须为正",
                "correct them",
                "请更正",
            )

    def told(self) -> dict[str, Any]:
        """Give the options that differ from the plain case, for the provenance."""
        return {key: value for key, value in vars(self).items() if value not in (None, False, "priced")}


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


# --- the rules -------------------------------------------------------------------------------------------------------


def _stay(move: Move) -> Assignment:
    """As today; pupils of schools that close or shrink move."""
    started = time.perf_counter()
    case = _case(move)
    rows = move.base.flows[["place_id", "grade", "group", "pupils", "school_id", "how"]]
    pinned, rows = _take_pinned(move, rows)
    at, grade = case.school_at(rows["school_id"]), case.grade_at(rows["grade"])
    stays = (at >= 0) & case.offers[at, grade]
    outside, lost = _outside_after(move, case)
    kept, displaced = rows.loc[stays], rows.loc[~stays]
    squeezed = _squeezed(move, case, kept, outside)
    if squeezed.any():
        displaced = pd.concat([displaced, kept.assign(pupils=squeezed).loc[squeezed > 0]])
        left = kept["pupils"].to_numpy() - squeezed
        kept = kept.assign(pupils=left).loc[left > 0]
    free = _free(case, kept, outside, pinned)
    merged, rest, spilled = _follow_mergers(move, case, displaced, free)
    moved, over = admit_in_order(case, rest, free, move.options.candidates, _within_reach(move, case))
    placed = pd.concat([kept, pinned, merged, moved])
    notes = [
        Text(
            f"{n:,.0f} pupils of {a} do not fit into {b} and go on to the next school with seats.",
            f"{a} 的 {n:,.0f} 名学生超出 {b} 的学位，转至下一所有学位的学校。",
        )
        for a, b, n in spilled
    ]
    stays_away = move.base.unplaced
    return _assignment(move, case, placed, over, outside, "stay", started, notes, stays_away=stays_away, lost=lost)


def _nearest(move: Move) -> Assignment:
    return _in_order(move, "nearest", limitless=True)


def _nearest_seats(move: Move) -> Assignment:
    return _in_order(move, "nearest_seats", limitless=False)


def _in_order(move: Move, method: str, limitless: bool) -> Assignment:
    started = time.perf_counter()
    case = _case(move)
    fixed, rows, outside, lost = _assignable(move, case)
    free = _free(case, fixed, outside)
    open_to_all = _public(case)
    allowed = _within_reach(move, case)
    mask = np.broadcast_to(open_to_all[None, :], (len(case.places), len(case.schools)))
    mask = mask if allowed is None else mask & allowed
    free = np.full(len(free), np.inf) if limitless else free
    moved, over = admit_in_order(case, rows, free, move.options.candidates, mask)
    placed = pd.concat([fixed, moved])
    return _assignment(move, case, placed, over, outside, method, started, [], _stays_away(move), lost)


def _capacity(move: Move) -> Assignment:
    """Least total minutes within the seats."""
    started = time.perf_counter()
    case = _case(move)
    fixed, rows, outside, lost = _assignable(move, case)
    free = np.maximum(_free(case, fixed, outside), 0.0)
    allowed = _within_reach(move, case)
    unit_place, unit_of, pupils, cost = _units(case, rows, allowed)
    if move.options.split:
        shipped = ship(cost, pupils, free)
        place, school, amount, unplaced = shipped.place, shipped.school, shipped.pupils, shipped.unplaced
        objective = bound = float((cost[place, school] * amount).sum())
        proved, divided = True, np.empty(0, dtype=np.intp)
        work: dict[str, float] = {"columns": shipped.columns, "rounds": shipped.rounds}
    else:
        whole = place_whole(cost, pupils, free, move.options.gap, move.options.time_limit)
        place, school, amount, unplaced = whole.place, whole.school, whole.pupils, whole.unplaced
        objective, bound, proved, divided, work = whole.objective, whole.bound, whole.proved, whole.divided, whole.work
    moved, over = _back_to_rows(case, rows, unit_of, place, school, amount, unplaced)
    notes = []
    if len(divided):
        named = [str(case.places[at]) for at in unit_place[divided][:10]]
        names = "、".join(str(case.study.places["name"].get(p, p)) if "name" in case.study.places else p for p in named)
        notes.append(
            Text(
                f"{len(divided)} places fit whole into no school and are divided: {names}.",
                f"{len(divided)} 个居住点无法整体安排，已拆分：{names}。",
            )
        )
    status: Status = "optimal" if proved else "feasible"
    placed = pd.concat([fixed, moved])
    result = _assignment(move, case, placed, over, outside, "capacity", started, notes, _stays_away(move), lost)
    if result.status == "infeasible":
        status = "infeasible"
    gap = (objective - bound) / objective if objective > 0 else 0.0
    return result.with_(
        status=status, objective=objective, bound=bound, gap=max(gap, 0.0), work={"unit": "pupil-minutes", **work}
    )


def _given(move: Move, zones: pd.Series) -> Assignment:
    """Score a zone map as it stands."""
    started = time.perf_counter()
    case = _case(move)
    unknown_schools = sorted(set(zones.dropna().astype(str)) - set(case.schools))
    unknown_places = sorted(set(zones.index.astype(str)) - set(case.places))
    if unknown_schools or unknown_places:
        wrong = ", ".join([*unknown_places[:5], *unknown_schools[:5]])
        hint = did_you_mean((unknown_schools or unknown_places)[0], case.schools if unknown_schools else case.places)
        raise refuse(
            f"the given zones name places or open schools the study does not have: {wrong}{hint.en}",
            f"给定的片区含有研究中没有的居住点或在办学校：{wrong}{hint.zh}",
            "correct the ids, or open the school in the scenario",
            "请更正编号，或在方案中开办该校",
        )
    rows = residents(move.study, move.stage)
    school = rows["place_id"].map(zones)
    outside = move.base.outside.iloc[:0]
    offered = case.offers[case.school_at(school.fillna("")), case.grade_at(rows["grade"])] & school.notna().to_numpy()
    placed = rows.assign(school_id=school).loc[offered]
    over = rows.loc[~offered]
    missing = Text(
        "the given zones send nobody of this place and grade to a school", "给定片区未为该居住点该年级指定学校"
    )
    result = _assignment(move, case, placed, over, outside, "given", started, [], otherwise=missing)
    objective = float((result.flows["minutes"] * result.flows["pupils"]).sum())
    return result.with_(
        status="infeasible" if len(over) else "given", objective=objective, work={"unit": "pupil-minutes"}
    )


RULES: dict[str, Callable[[Move], Assignment]] = {
    "stay": _stay,
    "nearest": _nearest,
    "nearest_seats": _nearest_seats,
    "capacity": _capacity,
}
"""The rules by name."""


def send(move: Move, method: str | pd.Series) -> Assignment:
    """Send the pupils of one stage by a rule, or by a given map place → school."""
    return _given(move, method) if isinstance(method, pd.Series) else RULES[method](move)


# --- their steps -----------------------------------------------------------------------------------------------------


def _case(move: Move) -> Case:
    return make_case(move.study, move.travel, move.rules, move.stage)


def _public(case: Case) -> Bools:
    """Tell which schools admit by rule: private schools choose, and are chosen."""
    if "ownership" not in case.study.schools:
        return np.ones(len(case.schools), dtype=bool)
    return (case.study.schools["ownership"].reindex(case.schools).astype("string").fillna("") != "private").to_numpy(
        dtype=bool
    )


def _take_pinned(move: Move, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take out the pupils a pin sends to a school."""
    target = pd.Series(pd.NA, index=rows.index, dtype="object")
    for place, grades, school in pins(move.scenario, move.stage, move.options.year):
        hit = rows["place_id"] == place
        if grades is not None:
            hit &= rows["grade"].isin(grades)
        target[hit] = school
    hit = target.notna()
    return rows.loc[hit].assign(school_id=target[hit].astype("str")), rows.loc[~hit]


def _outside_after(move: Move, case: Case) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Carry pupils whose home is not in the study: they stay, follow a merger, or are lost sight of."""
    rows = move.base.outside
    into = destinations(move.scenario, move.stage, move.options.year)
    school = rows["school_id"].map(lambda s: into.get(s, s)) if len(rows) else rows["school_id"]
    at = case.school_at(school)
    goes_on = (at >= 0) & case.offers[at, case.grade_at(rows["grade"])] if len(rows) else np.empty(0, dtype=bool)
    lost = rows.loc[~goes_on].assign(place_id="", group="local", reason=str(CLOSED_HOME_UNKNOWN.en))
    return rows.assign(school_id=school).loc[goes_on][list(OUTSIDE_COLUMNS)], lost[list(UNPLACED_COLUMNS)]


def _free(case: Case, *taken: pd.DataFrame) -> Floats:
    """Give the seats left after those taken, never below 0; shape (schools,)."""
    free = case.seats.copy()
    for rows in taken:
        at = case.school_at(rows["school_id"])
        np.subtract.at(free, at[at >= 0], rows["pupils"].to_numpy(dtype=float)[at >= 0])
    return np.maximum(free, 0.0)


def _squeezed(move: Move, case: Case, kept: pd.DataFrame, outside: pd.DataFrame) -> Floats:
    """Say how many pupils of each row must leave because the seats of their school fell below its roll.

    A school that was over-full before and keeps its seats stays so: what is today is not undone. Where seats are
    lost, those with the longest way leave first.
    """
    limit = move.rules.value("class_size", move.stage)
    before = move.before.seats(move.stage, limit).reindex(case.schools).to_numpy(dtype=float)
    at = case.school_at(kept["school_id"])
    pupils = kept["pupils"].to_numpy(dtype=float)
    roll = np.bincount(at, weights=pupils, minlength=len(case.schools))
    np.add.at(roll, case.school_at(outside["school_id"]), outside["pupils"].to_numpy(dtype=float))
    excess = np.where(case.seats < before, np.maximum(roll - case.seats, 0.0), 0.0)
    out = np.zeros(len(kept))
    ways = np.array(
        [
            case.adult[g][p, s]
            for p, g, s in zip(case.place_at(kept["place_id"]), case.grade_at(kept["grade"]), at, strict=True)
        ]
    )
    for school in np.flatnonzero(excess > 0):
        mine = np.flatnonzero(at == school)
        mine = mine[np.argsort(-np.nan_to_num(ways[mine], nan=np.inf), kind="stable")]
        earlier = np.cumsum(pupils[mine]) - pupils[mine]
        out[mine] = np.clip(np.ceil(excess[school]) - earlier, 0.0, pupils[mine])
    return out


def _follow_mergers(
    move: Move, case: Case, displaced: pd.DataFrame, free: Floats
) -> tuple[pd.DataFrame, pd.DataFrame, list[tuple[str, str, float]]]:
    """Send the pupils of merged schools to the one they merged into while it has seats; `free` is used up."""
    into = destinations(move.scenario, move.stage, move.options.year)
    target = pd.Series([into.get(school, "") for school in displaced["school_id"]], displaced.index, dtype="str")
    goes = case.school_at(target) >= 0
    rows = displaced.loc[goes].assign(target=target[goes])
    admitted, rest = [], [displaced.loc[~goes]]
    spilled = []
    for (origin, school), group in rows.groupby(["school_id", "target"], sort=True, observed=True):
        column = case.schools.get_loc(school)
        only = np.zeros((len(case.places), len(case.schools)), dtype=bool)
        only[:, column] = True
        taken, left = admit_in_order(case, group.drop(columns="target"), free, None, only)
        free[column] -= taken["pupils"].sum()
        admitted.append(taken)
        if len(left):
            rest.append(left)
            spilled.append(
                (case.study.school_name(origin), case.study.school_name(school), float(left["pupils"].sum()))
            )
    return pd.concat([displaced.iloc[:0], *admitted]), pd.concat(rest), spilled


def _assignable(move: Move, case: Case) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Part the pupils: those who stay where they are (private schools, pins), and those a rule may send anywhere."""
    rows = move.base.flows[["place_id", "grade", "group", "pupils", "school_id", "how"]]
    pinned, rows = _take_pinned(move, rows)
    at, grade = case.school_at(rows["school_id"]), case.grade_at(rows["grade"])
    private = (at >= 0) & ~_public(case)[at] & case.offers[at, grade]
    outside, lost = _outside_after(move, case)
    sums = rows.loc[~private].groupby(["place_id", "grade", "group"], observed=True, sort=False)["pupils"].sum()
    loose = sums.reset_index()
    order = np.lexsort([loose["group"].astype(str), loose["grade"], case.place_at(loose["place_id"])])
    return pd.concat([rows.loc[private], pinned]), loose.iloc[order].reset_index(drop=True), outside, lost


def _stays_away(move: Move) -> pd.DataFrame:
    return move.base.unplaced


def _within_reach(move: Move, case: Case) -> Bools | None:
    """Tell which pairs lie within the rules' reach for every grade of the stage; None when reach is only priced."""
    if move.options.reach != "hard":
        return None
    allowed = np.ones((len(case.places), len(case.schools)), dtype=bool)
    for at, grade in enumerate(case.grades):
        minutes = move.rules.value("reach_minutes", move.stage, grade)
        metres = move.rules.value("reach_metres", move.stage, grade)
        if minutes is not None:
            allowed &= case.minutes(at) <= minutes
        if metres is not None:
            allowed &= case.metres[at] <= metres
    return allowed


def _units(case: Case, rows: pd.DataFrame, allowed: Bools | None) -> tuple[Ints, Ints, Floats, Floats]:
    """Make the units that go whole to one school: a place, or its grades apart where schools offer them apart.

    Returns the place of each unit, the unit of each row, the pupils of each unit, and the minutes of one of its pupils
    to each school.
    """
    alike = case.alike()
    group_of = {at: number for number, group in enumerate(alike) for at in group}
    place = case.place_at(rows["place_id"])
    grade = case.grade_at(rows["grade"])
    group = np.array([group_of[at] for at in range(len(case.grades))])[grade]
    key, unit_of = np.unique(place * len(alike) + group, return_inverse=True)
    pupils = rows["pupils"].to_numpy(dtype=float)
    weight = np.bincount(unit_of, weights=pupils, minlength=len(key)).astype(float)
    paced = np.bincount(unit_of, weights=pupils * case.pace[grade], minlength=len(key))
    unit_place, unit_group = key // len(alike), key % len(alike)
    cost = np.full((len(key), len(case.schools)), np.nan)
    for number, grades in enumerate(alike):
        mine = unit_group == number
        ways = case.adult[grades[0]][unit_place[mine]] * (paced[mine] / weight[mine])[:, None]
        ways[:, ~(case.offers[:, grades[0]] & _public(case))] = np.nan
        cost[mine] = ways
    if allowed is not None:
        cost[~allowed[unit_place]] = np.nan
    return unit_place, unit_of, weight, cost


def _back_to_rows(
    case: Case,
    rows: pd.DataFrame,
    unit_of: np.ndarray,
    unit: np.ndarray,
    school: np.ndarray,
    amount: Floats,
    unplaced: Floats,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the units' schools to the rows they are made of."""
    waiting = np.flatnonzero(unplaced > 0)
    units = np.concatenate([unit, waiting])
    schools = np.concatenate([school, np.full(len(waiting), -1)])
    amounts = np.concatenate([amount, unplaced[waiting]])
    right_order = np.argsort(units, kind="stable")
    left_order = np.argsort(unit_of, kind="stable")
    left, right, pupils = match_amounts(
        unit_of[left_order],
        rows["pupils"].to_numpy(dtype=float)[left_order],
        units[right_order],
        amounts[right_order],
    )
    at = schools[right_order][right]
    paired = rows.iloc[left_order[left]].assign(pupils=pupils)
    placed = paired.loc[at >= 0].assign(school_id=case.schools[at[at >= 0]])
    return placed, paired.loc[at < 0]


def _assignment(
    move: Move,
    case: Case,
    placed: pd.DataFrame,
    over: pd.DataFrame,
    outside: pd.DataFrame,
    method: str,
    started: float,
    notes: list[Text],
    stays_away: pd.DataFrame | None = None,
    lost: pd.DataFrame | None = None,
    otherwise: Text = NO_SEAT,
) -> Assignment:
    """Put the parts together; whoever is left over makes the plan infeasible, with a diagnosis."""
    left = over.assign(
        stage=move.stage,
        reason=[reason(case, p, g, otherwise) for p, g in zip(over["place_id"], over["grade"], strict=True)],
    )[list(UNPLACED_COLUMNS)]
    parts = [frame for frame in (stays_away, lost, left) if frame is not None and len(frame)]
    unplaced = pd.concat(parts, ignore_index=True) if parts else left
    short = len(left) > 0 or (lost is not None and len(lost) > 0)
    if len(left):
        notes = [*notes, *_diagnose(case, left, placed, outside)]
    return Assignment(
        stage=move.stage,
        flows=label_flows(case, placed),
        unplaced=unplaced,
        outside=outside,
        method=method,
        status="infeasible" if short else "rule",
        seconds=time.perf_counter() - started,
        notes=tuple(notes),
    )


def _diagnose(case: Case, left: pd.DataFrame, placed: pd.DataFrame, outside: pd.DataFrame) -> list[Text]:
    """Say what would have to give: seats at the schools nearest to those left over."""
    number = left["pupils"].sum()
    seats = _free(case, placed, outside)
    spare = seats[np.isfinite(seats)].sum()
    place, grade = case.place_at(left["place_id"]), case.grade_at(left["grade"])
    wanted: dict[int, float] = {}
    for p, g, n in zip(place, grade, left["pupils"], strict=True):
        ways = np.where(case.offers[:, g], case.adult[g][p], np.nan)
        if np.isfinite(ways).any():
            at = int(np.nanargmin(ways))
            wanted[at] = wanted.get(at, 0.0) + float(n)
    named = sorted(wanted.items(), key=lambda item: (-item[1], item[0]))[:5]
    zh = "、".join(f"{case.study.school_name(case.schools[at])} +{np.ceil(n):.0f}" for at, n in named)
    en = ", ".join(f"{case.study.school_name(case.schools[at])} +{np.ceil(n):.0f}" for at, n in named)
    if not named:
        return [
            Text(
                f"{number:,.0f} pupils reach no school; a road, a bus or boarding would have to give.",
                f"{number:,.0f} 名学生没有可达学校；需修路、开校车或寄宿。",
            )
        ]
    return [
        Text(
            f"{number:,.0f} pupils find no seat ({spare:,.0f} free seats elsewhere). Seats at their nearest schools "
            f"that would place them: {en}.",
            f"{number:,.0f} 名学生没有学位（其他学校尚有 {spare:,.0f} 个空位）。在其最近学校增加学位即可安排：{zh}。",
        )
    ]
