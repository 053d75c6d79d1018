"""Admission in order of distance, with overflow to the next school: a stated rule, not an optimum.

Every child asks at the nearest school that offers the grade. Schools admit in order of the way: who lives nearest
comes first; at equal ways the younger grade, then the order of places in the study. Who finds the school full asks at
the next nearest. The live page follows the same rule, step by step.
"""

from __future__ import annotations

import heapq

import numpy as np
import pandas as pd

from layout_planner.assignment.case import Case
from layout_planner.assignment.moves import Pairs, pair_kinds
from layout_planner.base.arrays import Floats, Positions
from layout_planner.base.labels import rows_of, texts


def admit_in_order(
    case: Case,
    rows: pd.DataFrame,
    free: Floats,
    candidates: int | None = None,
    allowed: Pairs | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Admit pupils in order of distance.

    Parameters
    ----------
    rows
        Pupils to admit (place_id, grade, group, pupils, and whatever else is to be carried along).
    free
        Free seats, shape (schools,), inf for "no limit": with all inf everyone goes to the nearest school.
    candidates
        Ask at so many nearest schools only; None for all within reach.
    allowed
        One array (places, schools) a grade: pairs that may be used; None for all.

    Returns
    -------
    tuple of DataFrame
        Rows with school_id, divided where a school had not room for all; and the rows left over.
    """
    left = free.copy()
    places, grades = case.place_at(rows["place_id"]), case.grade_at(rows["grade"])
    if len(free) and np.isinf(free).all():
        return _send_nearest(case, rows, places, grades, allowed)
    waiting = rows["pupils"].to_numpy(dtype=float).copy()
    queues = _queues(case, places, grades, candidates, allowed)
    # The heap holds each row's next question: (minutes, grade, place, row), so that ties are settled as stated.
    heap = []
    for row, queue in enumerate(queues):
        if len(queue) and waiting[row] > 0:
            heap.append((case.adult[grades[row]][places[row], queue[0]], grades[row], places[row], row, 0))
    heapq.heapify(heap)
    taken_row, taken_school, taken_pupils = [], [], []
    while heap:
        _, grade, place, row, step = heapq.heappop(heap)
        queue = queues[row]
        school = queue[step]
        room = left[school]
        admitted = min(waiting[row], room if waiting[row] % 1 or room == np.inf else np.floor(room + 1e-9))
        if admitted > 0:
            left[school] -= admitted
            waiting[row] -= admitted
            taken_row.append(row)
            taken_school.append(school)
            taken_pupils.append(admitted)
        if waiting[row] > 1e-9 and step + 1 < len(queue):
            minutes = case.adult[grade][place, queue[step + 1]]
            heapq.heappush(heap, (minutes, grade, place, row, step + 1))
    admitted_rows = rows.iloc[taken_row].assign(
        school_id=case.schools[np.array(taken_school, dtype=np.intp)], pupils=np.array(taken_pupils, dtype=float)
    )
    over = waiting > 1e-9
    return admitted_rows.reset_index(drop=True), rows.loc[over].assign(pupils=waiting[over]).reset_index(drop=True)


def _send_nearest(
    case: Case, rows: pd.DataFrame, places: np.ndarray, grades: np.ndarray, allowed: Pairs | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Send everyone to the nearest school: what the queues come to where no school is ever full."""
    school = np.full(len(rows), -1, dtype=np.intp)
    way = np.full(len(rows), np.inf)
    kind_of = pair_kinds(allowed, case)
    for alike in case.alike():
        for kind in {kind_of[grade] for grade in alike}:
            same = [grade for grade in alike if kind_of[grade] == kind]
            usable = np.isfinite(case.adult[same[0]]) & case.offers[:, same[0]]
            if allowed is not None:
                usable &= allowed[same[0]]
            minutes = np.where(usable, case.adult[same[0]], np.inf)
            nearest = minutes.argmin(axis=1)
            least = minutes[np.arange(len(nearest)), nearest]
            mine = np.isin(grades, same)
            school[mine], way[mine] = nearest[places[mine]], least[places[mine]]
    goes = np.isfinite(way) & (rows["pupils"].to_numpy(dtype=float) > 1e-9)
    order = np.lexsort([np.arange(len(rows)), places, grades, way])
    order = order[goes[order]]
    admitted = rows_of(rows, order, school_id=texts(case.schools, school[order]))
    return admitted, rows.iloc[:0] if goes.all() else rows.loc[~goes].reset_index(drop=True)


def take_seats(school: Positions, queue: Positions, pupils: Floats, free: Floats) -> Floats:
    """Let rows take seats at the one school each asks at, in the order of a queue.

    Parameters
    ----------
    school
        Position of the school each row asks at, shape (rows,).
    queue
        Positions of the rows that may ask, first come first.
    pupils
        Shape (rows,).
    free
        Free seats, shape (schools,), inf for no limit; used up in place.

    Returns
    -------
    ndarray
        Pupils who got a seat, shape (rows,); whole where all pupils are.
    """
    queue = queue[np.argsort(school[queue], kind="stable")]
    asked = school[queue]
    run = np.cumsum(pupils[queue]) - pupils[queue]
    before = run - run[np.searchsorted(asked, asked, side="left")]
    whole = bool((pupils == np.round(pupils)).all())
    room = np.where(np.isfinite(free), np.floor(free + 1e-9) if whole else free, np.inf)
    taken = np.zeros(len(pupils))
    taken[queue] = np.clip(room[asked] - before, 0.0, pupils[queue])
    np.subtract.at(free, asked, taken[queue])
    np.maximum(free, 0.0, out=free)
    return taken


def _queues(
    case: Case, places: np.ndarray, grades: np.ndarray, candidates: int | None, allowed: Pairs | None
) -> list[np.ndarray]:
    """Give each row its schools in order of the way; ties in the order of schools."""
    ordered: dict[tuple[int, int, int], np.ndarray] = {}
    queues = []
    group_of = {at: number for number, group in enumerate(case.alike()) for at in group}
    kind_of = pair_kinds(allowed, case)
    for place, grade in zip(places.tolist(), grades.tolist(), strict=True):
        key = (place, group_of[grade], kind_of[grade])
        if key not in ordered:
            minutes = case.adult[grade][place]
            usable = np.isfinite(minutes) & case.offers[:, grade]
            if allowed is not None:
                usable &= allowed[grade][place]
            schools = np.flatnonzero(usable)
            order = schools[np.argsort(minutes[schools], kind="stable")]
            ordered[key] = order if candidates is None else order[:candidates]
        queues.append(ordered[key])
    return queues
