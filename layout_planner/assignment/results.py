"""The way back from a rule's choice to an `Assignment`: rows with schools, who is left over, and why."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from layout_planner.assignment.carriage import as_returned, by_orders
from layout_planner.assignment.case import Case, label_flows
from layout_planner.assignment.diagnosis import diagnose, reasons
from layout_planner.assignment.methods.method import GIVEN, Method
from layout_planner.assignment.moves import Move, free_seats, stays_away
from layout_planner.assignment.together import follow_schoolmates
from layout_planner.base.arrays import Floats
from layout_planner.base.messages import Text
from layout_planner.base.proof import unproved
from layout_planner.measures.matching import match_amounts
from layout_planner.plan import NO_SEAT, OUTSIDE_COLUMNS, UNPLACED_COLUMNS, Assignment, typed
from layout_planner.study.spread import spread_onto

UNIT = "pupil-minutes"
"""What travel is counted in unless told otherwise."""


def back_to_rows(
    case: Case,
    rows: pd.DataFrame,
    unit_of: np.ndarray,
    unit: np.ndarray,
    school: np.ndarray,
    amount: Floats,
    unplaced: Floats,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the units' schools to the rows they are made of; a divided unit sends the like share of every grade."""
    waiting = np.flatnonzero(unplaced > 0)
    units = np.concatenate([unit, waiting])
    schools = np.concatenate([school, np.full(len(waiting), -1)])
    amounts = np.concatenate([amount, unplaced[waiting]])
    pupils = rows["pupils"].to_numpy(dtype=float)
    divided = np.bincount(units, minlength=int(unit_of.max(initial=-1)) + 1) > 1
    whole = ~divided[units]
    right_order = np.flatnonzero(whole)[np.argsort(units[whole], kind="stable")]
    left_order = np.flatnonzero(~divided[unit_of])
    left_order = left_order[np.argsort(unit_of[left_order], kind="stable")]
    left, right, sent = match_amounts(unit_of[left_order], pupils[left_order], units[right_order], amounts[right_order])
    parts = [(left_order[left], schools[right_order][right], sent)]
    for one in np.flatnonzero(divided):
        mine, to = np.flatnonzero(unit_of == one), np.flatnonzero(units == one)
        table = spread_onto(pupils[mine], amounts[to], amounts[to])
        row, column = np.nonzero(table > 0)
        parts.append((mine[row], schools[to[column]], table[row, column]))
    row, at, sent = (np.concatenate(some) for some in zip(*parts, strict=True))
    paired = rows.iloc[row].assign(pupils=sent)
    placed = paired.loc[at >= 0].assign(school_id=case.schools[at[at >= 0]])
    return placed, paired.loc[at < 0]


def settle(
    move: Move,
    case: Case,
    placed: pd.DataFrame,
    over: pd.DataFrame,
    outside: pd.DataFrame,
    homeless: pd.DataFrame,
    method: Method,
    started: float,
    notes: list[Text],
    otherwise: Text = NO_SEAT,
) -> Assignment:
    """Put the parts together; whoever is left over makes the plan infeasible, with a diagnosis."""
    flows = label_flows(case, placed)
    if not method.stays:  # who stays keeps boarding as today; else each school has as many boarders as it returned
        flows = as_returned(case, flows)
    flows = by_orders(case, flows, move.scenario, move.options.year)
    free = free_seats(case, flows, outside) if method.seats else np.full(len(case.schools), np.inf)
    found, lost = follow_schoolmates(move, case, flows, homeless, free)
    if len(found):
        keys = [key for key in OUTSIDE_COLUMNS if key != "pupils"]
        outside = pd.concat([outside, found]).groupby(keys, sort=False)["pupils"].sum().reset_index()
    left = move.base.unplaced.iloc[:0]
    if len(over):
        left = over.assign(stage=move.stage, reason=reasons(move, case, over, otherwise))[list(UNPLACED_COLUMNS)]
    elsewhere = move.base.unplaced.iloc[:0] if method is GIVEN else stays_away(move)
    parts = [frame for frame in (elsewhere, lost, left) if len(frame)]
    if not len(lost) and not len(left):
        unplaced = elsewhere  # of the right types already
    else:
        unplaced = typed(pd.concat(parts, ignore_index=True), UNPLACED_COLUMNS)
    notes = [*notes, *diagnose(move, case, left, free_seats(case, flows, outside))] if len(left) else notes
    return Assignment(
        stage=move.stage,
        flows=flows,
        unplaced=unplaced,
        outside=outside if outside is move.base.outside else typed(outside, OUTSIDE_COLUMNS).reset_index(drop=True),
        method=method.name,
        stays=method.stays,
        promises=method.promises,
        proof=unproved("infeasible" if len(left) or len(lost) else "rule"),
        seconds=time.perf_counter() - started,
        notes=tuple(notes),
    )
