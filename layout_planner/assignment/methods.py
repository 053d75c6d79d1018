"""The rules of `solve`: how pupils are sent to schools after the edits of a what-if."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from layout_planner.assignment.carriage import keep_boarding
from layout_planner.assignment.case import Case, residents
from layout_planner.assignment.contiguous.method import assign_contiguous
from layout_planner.assignment.contiguous.settings import Contiguous
from layout_planner.assignment.migrants import MIGRANT_RULES
from layout_planner.assignment.moves import (
    Move,
    Pairs,
    allowed_pairs,
    assignable,
    base_rows,
    case_of,
    free_seats,
    offered,
    outside_after,
    public,
    squeezed_out,
    still_offered,
    take_pinned,
    untouched,
)
from layout_planner.assignment.overflow import admit_in_order
from layout_planner.assignment.results import UNIT, back_to_rows, settle
from layout_planner.assignment.together import follow_mergers
from layout_planner.base.arrays import Floats, Positions
from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.messages import Text
from layout_planner.base.proof import Proof, unproved
from layout_planner.engines.transport import ship
from layout_planner.engines.whole import place_whole
from layout_planner.plan import NOT_ZONED, Assignment


def _stay(move: Move) -> Assignment:
    """As today; pupils of schools that close or shrink move."""
    return _stay_by(move, "stay", limitless=False)


def _stay_nearest(move: Move) -> Assignment:
    """As today; pupils of schools that close move to the nearest, full or not."""
    return _stay_by(move, "stay_nearest", limitless=True)


def _stay_by(move: Move, method: str, limitless: bool) -> Assignment:
    started = time.perf_counter()
    if untouched(move):
        return move.base.with_(
            method=method, proof=unproved("rule"), work={}, notes=(),
            seconds=time.perf_counter() - started,
        )  # fmt: skip
    case = case_of(move)
    pinned, rows = take_pinned(move, case, base_rows(move))
    stays = still_offered(move, case, rows)
    outside, homeless = outside_after(move, case)
    kept, displaced = rows.loc[stays], rows.loc[~stays]
    squeezed = np.zeros(len(kept)) if limitless else squeezed_out(move, case, kept, outside)
    if squeezed.any():
        displaced = pd.concat([displaced, kept.assign(pupils=squeezed).loc[squeezed > 0]])
        left = kept["pupils"].to_numpy() - squeezed
        kept = kept.assign(pupils=left).loc[left > 0]
    free = np.full(len(case.schools), np.inf) if limitless else free_seats(case, kept, outside, pinned)
    allowed = allowed_pairs(move, case)
    merged, rest, spilled = follow_mergers(move, case, displaced, free, allowed)
    moved, over = admit_in_order(case, rest, free, move.options.candidates, allowed)
    placed = pd.concat([kept, pinned, keep_boarding(case, kept, pd.concat([merged, moved]))])
    notes = [
        Text(
            f"{n:,.0f} pupils of {a} find no seat or no way at {b} and go on to the next school with seats.",
            f"{a} 的 {n:,.0f} 名学生在 {b} 没有学位或无路可达，转至下一所有学位的学校。",
        )
        for a, b, n in spilled
    ]
    return settle(move, case, placed, over, outside, homeless, method, started, notes)


def _nearest(move: Move) -> Assignment:
    return _in_order(move, "nearest", limitless=True)


def _nearest_seats(move: Move) -> Assignment:
    return _in_order(move, "nearest_seats", limitless=False)


def _in_order(move: Move, method: str, limitless: bool) -> Assignment:
    started = time.perf_counter()
    case = case_of(move)
    fixed, rows, outside, homeless = assignable(move, case)
    free = np.full(len(case.schools), np.inf) if limitless else free_seats(case, fixed, outside)
    moved, over = admit_in_order(case, rows, free, move.options.candidates, allowed_pairs(move, case, public(case)))
    placed = pd.concat([fixed, moved])
    return settle(move, case, placed, over, outside, homeless, method, started, [])


def _capacity(move: Move) -> Assignment:
    """Least total minutes within the seats; objective and bound count those the rule may send, at their own pace."""
    started = time.perf_counter()
    case = case_of(move)
    fixed, rows, outside, homeless = assignable(move, case)
    free = free_seats(case, fixed, outside)
    unit_place, unit_of, pupils, cost = _units(
        case, rows, allowed_pairs(move, case, public(case)), apart=move.options.split
    )
    if move.options.split:
        shipped = ship(cost, pupils, free)
        place, school, amount, unplaced = shipped.place, shipped.school, shipped.pupils, shipped.unplaced
        least = float((cost[place, school] * amount).sum())
        proof, divided = Proof(least, least, UNIT, "proved"), np.empty(0, dtype=np.intp)
        work: dict[str, float] = {"chains": shipped.chains}
    else:
        whole = place_whole(cost, pupils, free, move.options.gap, move.options.time_limit)
        place, school, amount, unplaced = whole.place, whole.school, whole.pupils, whole.unplaced
        proof, divided, work = whole.proof.with_(unit=UNIT), whole.divided, whole.work
    moved, over = back_to_rows(case, rows, unit_of, place, school, amount, unplaced)
    notes = [_who_is_divided(case, unit_place[divided])] if len(divided) else []
    placed = pd.concat([fixed, moved])
    result = settle(move, case, placed, over, outside, homeless, "capacity", started, notes)
    return result.with_(
        proof=proof.with_(ended="infeasible") if result.status == "infeasible" else proof,
        work={"unit": UNIT, "divided": len(divided), **work},
    )


def _who_is_divided(case: Case, at: Positions) -> Text:
    names = case.study.places["name"] if "name" in case.study.places else pd.Series(dtype="str")
    shown = [str(names.get(place, place)) for place in case.places[at[:10]]]
    more = " …" if len(at) > len(shown) else ""
    return Text(
        f"{len(at)} places could not be sent whole to one school and are divided: {', '.join(shown)}{more}.",
        f"{len(at)} 个居住点未能整体安排到一所学校，已拆分：{'、'.join(shown)}{more}。",
    )


def _given(move: Move, zones: pd.Series) -> Assignment:
    """Score a zone map as it stands."""
    started = time.perf_counter()
    case = case_of(move)
    school_of = _checked_zones(case, zones)
    rows = residents(move.study, move.stage)
    school = rows["place_id"].map(school_of)
    outside, homeless = outside_after(move, case)
    sent = offered(case, school.fillna(""), rows["grade"])
    placed, over = rows.assign(school_id=school).loc[sent], rows.loc[~sent]
    result = settle(move, case, placed, over, outside, homeless, "given", started, [], NOT_ZONED)
    objective = float((result.flows["minutes"] * result.flows["pupils"]).sum())
    return result.with_(
        proof=Proof(objective, np.nan, UNIT, "infeasible" if result.status == "infeasible" else "given"),
        work={"unit": UNIT},
    )


def _checked_zones(case: Case, zones: pd.Series) -> pd.Series:
    """Give zones place → school as text, or refuse what the study does not have."""
    named = zones.dropna()
    named = pd.Series(named.astype(str).to_numpy(dtype=object), index=named.index.astype(str), dtype="str")
    schools, places = named[~named.isin(case.schools)].unique(), zones.index.astype(str).difference(case.places)
    if len(schools) or len(places):
        wrong = ", ".join([*places[:5], *schools[:5]])
        hint = did_you_mean(*((schools[0], case.schools) if len(schools) else (places[0], case.places)))
        raise refuse(
            f"the given zones name places or open schools the study does not have: {wrong}{hint.en}",
            f"给定的片区含有研究中没有的居住点或在办学校：{wrong}{hint.zh}",
            "correct the ids, or open the school in the scenario",
            "请更正编号，或在方案中开办该校",
        )
    twice = named.index[named.index.duplicated()].unique()
    if len(twice):
        raise refuse(
            f"the given zones name places twice: {', '.join(twice[:10])}",
            f"给定的片区中居住点重复：{'、'.join(twice[:10])}",
            "give each place one school",
            "每个居住点请只给一所学校",
        )
    return named


def _contiguous(move: Move) -> Assignment:
    return assign_contiguous(move, Contiguous())


RULES: dict[str, Callable[[Move], Assignment]] = {
    "stay": _stay,
    "stay_nearest": _stay_nearest,
    "nearest": _nearest,
    "nearest_seats": _nearest_seats,
    "capacity": _capacity,
    "contiguous": _contiguous,
    **MIGRANT_RULES,
}
"""The rules by name."""


def send(move: Move, method: str | pd.Series | Contiguous) -> Assignment:
    """Send the pupils of one stage by a rule, or by a given map place → school."""
    if isinstance(method, Contiguous):
        return assign_contiguous(move, method)
    return _given(move, method) if isinstance(method, pd.Series) else RULES[method](move)


def _units(
    case: Case, rows: pd.DataFrame, allowed: Pairs | None, apart: bool
) -> tuple[Positions, Positions, Floats, Floats]:
    """Make the units that go whole to one school: a place, or its grades apart where they may not go to the same ones.

    With `apart` also where they walk at different paces: in a unit that may be divided all children cost the same.

    Returns the place of each unit, the unit of each row, the pupils of each unit, and the minutes of one of its pupils
    to each school.
    """
    groups: dict[tuple[int, int, float], list[int]] = {}
    for number, alike in enumerate(case.alike()):
        for at in alike:
            pairs = 0 if allowed is None else id(allowed[at])
            groups.setdefault((number, pairs, float(case.pace[at]) if apart else 1.0), []).append(at)
    group_of = np.empty(len(case.grades), dtype=np.intp)
    for number, members in enumerate(groups.values()):
        group_of[members] = number
    place, grade = case.place_at(rows["place_id"]), case.grade_at(rows["grade"])
    key, unit_of = np.unique(place * len(groups) + group_of[grade], return_inverse=True)
    pupils = rows["pupils"].to_numpy(dtype=float)
    weight = np.bincount(unit_of, weights=pupils, minlength=len(key)).astype(float)
    paced = np.bincount(unit_of, weights=pupils * case.pace[grade], minlength=len(key))
    unit_place, unit_group = key // len(groups), key % len(groups)
    cost = np.full((len(key), len(case.schools)), np.nan)
    for number, members in enumerate(groups.values()):
        mine = unit_group == number
        ways = case.adult[members[0]][unit_place[mine]] * (paced[mine] / weight[mine])[:, None]
        ways[:, ~case.offers[:, members[0]]] = np.nan
        if allowed is not None:
            ways[~allowed[members[0]][unit_place[mine]]] = np.nan
        cost[mine] = ways
    return unit_place, unit_of, weight, cost
