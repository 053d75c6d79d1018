"""As today but for those whose school changes."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from layout_planner.assignment.carriage import keep_boarding
from layout_planner.assignment.methods.method import Method
from layout_planner.assignment.moves import (
    Move,
    allowed_pairs,
    base_rows,
    case_of,
    free_seats,
    outside_after,
    squeezed_out,
    still_offered,
    take_pinned,
    untouched,
)
from layout_planner.assignment.overflow import admit_in_order
from layout_planner.assignment.results import settle
from layout_planner.assignment.together import follow_mergers
from layout_planner.base.messages import Text
from layout_planner.base.proof import unproved
from layout_planner.plan import Assignment


def stay(move: Move, method: Method) -> Assignment:
    """Let all stay as today; only pupils whose school closes, or shrinks where seats count, go to another."""
    started = time.perf_counter()
    if untouched(move):
        return move.base.with_(
            method=method.name, stays=True, proof=unproved("rule"), work={},
            notes=(), seconds=time.perf_counter() - started,
        )  # fmt: skip
    case = case_of(move)
    pinned, rows = take_pinned(move, case, base_rows(move.base))
    stays = still_offered(move, case, rows)
    outside, homeless = outside_after(move, case)
    kept, displaced = rows.loc[stays], rows.loc[~stays]
    squeezed = squeezed_out(move, case, kept, outside) if method.seats else np.zeros(len(kept))
    if squeezed.any():
        displaced = pd.concat([displaced, kept.assign(pupils=squeezed).loc[squeezed > 0]])
        left = kept["pupils"].to_numpy() - squeezed
        kept = kept.assign(pupils=left).loc[left > 0]
    free = free_seats(case, kept, outside, pinned) if method.seats else np.full(len(case.schools), np.inf)
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
