"""Least total minutes within the seats."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from layout_planner.assignment.case import Case
from layout_planner.assignment.methods.method import Method
from layout_planner.assignment.moves import (
    Move,
    Pairs,
    allowed_pairs,
    assignable,
    case_of,
    free_seats,
    pair_kinds,
    public,
)
from layout_planner.assignment.results import UNIT, back_to_rows, settle
from layout_planner.base.arrays import Floats, Positions
from layout_planner.base.messages import Text
from layout_planner.base.proof import Proof
from layout_planner.plan import Assignment
from layout_planner.solving.transport import ship
from layout_planner.solving.whole import place_whole


def capacity(move: Move, method: Method) -> Assignment:
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
    if len(divided):  # its grades walk at paces of their own: what they come to is counted, not the mean of the place
        paid = _paid(case, moved)
        proof = Proof.within(move.options.gap, paid, min(proof.bound, paid), UNIT, "searched")
    notes = [_who_is_divided(case, unit_place[divided])] if len(divided) else []
    placed = pd.concat([fixed, moved])
    result = settle(move, case, placed, over, outside, homeless, method, started, notes)
    return result.with_(
        proof=proof.with_(ended="infeasible") if result.status == "infeasible" else proof,
        work={"unit": UNIT, "divided": len(divided), **work},
    )


def _paid(case: Case, sent: pd.DataFrame) -> float:
    """Add up the minutes of pupils that are sent, each at the pace of its grade."""
    place, school = case.place_at(sent["place_id"]), case.school_at(sent["school_id"])
    grade, pupils = case.grade_at(sent["grade"]), sent["pupils"].to_numpy(dtype=float)
    return float(
        sum((case.minutes(int(at))[place[grade == at], school[grade == at]] * pupils[grade == at]).sum()
            for at in np.unique(grade))
    )  # fmt: skip


def _who_is_divided(case: Case, at: Positions) -> Text:
    names = case.study.places["name"] if "name" in case.study.places else pd.Series(dtype="str")
    shown = [str(names.get(place, place)) for place in case.places[at[:10]]]
    more = " …" if len(at) > len(shown) else ""
    return Text(
        f"{len(at)} places could not be sent whole to one school and are divided, the like share of every grade: "
        f"{', '.join(shown)}{more}.",
        f"{len(at)} 个居住点未能整体安排到一所学校，已按各年级同比例拆分：{'、'.join(shown)}{more}。",
    )


def _units(
    case: Case, rows: pd.DataFrame, allowed: Pairs | None, apart: bool
) -> tuple[Positions, Positions, Floats, Floats]:
    """Make the units that go whole to one school: a place, or its grades apart where they may not go to the same ones.

    With `apart` also where they walk at different paces: in a unit that may be divided all children cost the same.

    Returns the place of each unit, the unit of each row, the pupils of each unit, and the minutes of one of its pupils
    to each school.
    """
    groups: dict[tuple[int, int, float], list[int]] = {}
    kind_of = pair_kinds(allowed, case)
    for number, alike in enumerate(case.alike()):
        for at in alike:
            groups.setdefault((number, kind_of[at], float(case.pace[at]) if apart else 1.0), []).append(at)
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
