"""The nearest school, with or without seats."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from layout_planner.assignment.methods.method import Method
from layout_planner.assignment.moves import (
    Move,
    allowed_pairs,
    assignable,
    case_of,
    free_seats,
    public,
)
from layout_planner.assignment.overflow import admit_in_order
from layout_planner.assignment.results import settle
from layout_planner.plan import Assignment


def in_order(move: Move, method: Method) -> Assignment:
    """Send everyone to the nearest school that offers the grade; where seats count, who finds none asks on."""
    started = time.perf_counter()
    case = case_of(move)
    fixed, rows, outside, homeless = assignable(move, case)
    free = free_seats(case, fixed, outside) if method.seats else np.full(len(case.schools), np.inf)
    moved, over = admit_in_order(case, rows, free, move.options.candidates, allowed_pairs(move, case, public(case)))
    placed = pd.concat([fixed, moved]) if len(fixed) else moved
    return settle(move, case, placed, over, outside, homeless, method, started, [])
