"""Migrant workers' children (随迁子女): at designated schools, or wherever local children leave seats."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from layout_planner.assignment.carriage import keep_boarding
from layout_planner.assignment.case import Case
from layout_planner.assignment.methods.method import Method
from layout_planner.assignment.moves import (
    Move,
    allowed_pairs,
    base_rows,
    case_of,
    free_seats,
    offered,
    outside_after,
    public,
    still_offered,
    take_pinned,
)
from layout_planner.assignment.overflow import admit_in_order, take_seats
from layout_planner.assignment.results import settle
from layout_planner.base.arrays import Bools, Floats
from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.plan import Assignment
from layout_planner.study.tidy import MIGRANT


def send_migrants(move: Move, method: Method, to_designated: bool) -> Assignment:
    """Give migrants the seats local children leave.

    Local children, pupils of private schools and pinned pupils stay (those whose school closed go first to the nearest
    with seats). A migrant at a school that admits migrants stays too while it has seats for all of them, the nearest
    first; the others go, in order of distance, to the nearest that has seats. With `to_designated` only designated
    schools admit migrants at first; when they are full the nearest public school with spare seats does.
    """
    started = time.perf_counter()
    case = case_of(move)
    pinned, rows = take_pinned(move, case, base_rows(move.base))
    outside, homeless = outside_after(move, case)
    stays = still_offered(move, case, rows)
    at = case.school_at(rows["school_id"])
    private = stays & (at >= 0) & ~public(case)[at]
    asks = (rows["group"] == MIGRANT).to_numpy(dtype=bool) & ~private
    kept, homeless_locals = rows.loc[~asks & stays], rows.loc[~asks & ~stays]
    free = free_seats(case, kept, outside, pinned)
    local, over = _admit(move, case, homeless_locals, free, public(case))
    admits = public(case)
    if to_designated and asks.any():
        admits = admits & _designated(case)
    remain, rest = _who_remain(case, rows.loc[asks], admits, free)
    first, rest = _admit(move, case, rest, free, admits)
    second, lost = _admit(move, case, rest, free, public(case)) if to_designated else (rest.iloc[:0], rest)
    moved = pd.concat([part for part in (local, first, second) if len(part)] or [first])
    placed = pd.concat([kept, pinned, remain, keep_boarding(case, kept, moved)])
    over = pd.concat([part for part in (over, lost) if len(part)] or [lost])
    stay, go, beyond = (float(part["pupils"].sum()) for part in (remain, first, second))
    notes = [
        Text(
            f"Migrants: {stay:,.0f} stay, {go:,.0f} go to another school that admits them, {beyond:,.0f} to the "
            "nearest other public school with spare seats.",
            f"随迁子女：{stay:,.0f} 人不变，{go:,.0f} 人转至接收学校，{beyond:,.0f} 人转至最近有余位的公办学校。",
        )
    ]
    return settle(move, case, placed, over, outside, homeless, method, started, notes)


def _admit(
    move: Move, case: Case, rows: pd.DataFrame, free: Floats, schools: Bools
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Admit rows at some schools in order of distance; `free` is used up."""
    admitted, over = admit_in_order(case, rows, free, move.options.candidates, allowed_pairs(move, case, schools))
    np.subtract.at(free, case.school_at(admitted["school_id"]), admitted["pupils"].to_numpy(dtype=float))
    return admitted, over


def _who_remain(case: Case, rows: pd.DataFrame, admits: Bools, free: Floats) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Let migrants stay at schools that admit them while there are seats, the nearest first; gives both parts."""
    at, grade, place = case.school_at(rows["school_id"]), case.grade_at(rows["grade"]), case.place_at(rows["place_id"])
    may = offered(case, rows["school_id"], rows["grade"])
    may[may] = admits[at[may]]
    minutes = np.nan_to_num(np.stack(case.adult)[grade, place, at], nan=np.inf)
    queue = np.lexsort([place, minutes])
    pupils = rows["pupils"].to_numpy(dtype=float)
    taken = take_seats(at, queue[may[queue]], pupils, free)
    return rows.assign(pupils=taken).loc[taken > 0], rows.assign(pupils=pupils - taken).loc[pupils - taken > 0]


def _designated(case: Case) -> Bools:
    schools = case.study.schools
    flags = schools["migrant_designated"] if "migrant_designated" in schools else pd.Series(0.0, schools.index)
    answer = flags.reindex(case.schools).fillna(0.0).to_numpy(dtype=float) > 0
    if not answer.any():
        raise refuse(
            f"no open school of stage {case.stage} is designated for migrants' children",
            f"学段 {case.stage} 没有指定接收随迁子女的在办学校",
            'mark some with migrant_designated = 1, or use assign="migrants_spare"',
            '请以 migrant_designated = 1 标明，或用 assign="migrants_spare"',
        )
    return answer
