"""Today where nothing is known of it: the least travel within the seats, all grades of a school sharing its seats."""

from __future__ import annotations

import numpy as np

from layout_planner.assignment.case import Case
from layout_planner.base.arrays import Floats
from layout_planner.solving.transport import ship
from layout_planner.study.spread import spread_exactly, spread_onto


def least_travel(case: Case, by_grade: Floats, unplaced_price: float) -> tuple[np.ndarray, int]:
    """Send the pupils of all grades within the seats of the stage so that they travel least.

    Grades that the same schools offer and that walk at one pace are one supply; a place that goes to several schools
    sends the same share of each of these grades to each, whole where pupils are whole.

    Parameters
    ----------
    by_grade
        Pupils, shape (places, grades).
    unplaced_price
        Of a child left out, in minutes; dearer than any chain of moves that would make room.

    Returns
    -------
    tuple
        Rows (place, school, grade, pupils) as positions, and the chains along which pupils were moved.
    """
    groups: dict[tuple[int, float], list[int]] = {}
    for number, alike in enumerate(case.alike()):
        for at in alike:
            groups.setdefault((number, float(case.pace[at])), []).append(at)
    costs, pupils = [], []
    for members in groups.values():
        cost = case.minutes(members[0]).copy()
        cost[:, ~case.offers[:, members[0]]] = np.nan
        costs.append(cost)
        pupils.append(by_grade[:, members].sum(axis=1))
    shipped = ship(np.vstack(costs), np.concatenate(pupils), case.seats, unplaced_price)
    places = len(case.places)
    order = np.argsort(shipped.place, kind="stable")
    unit, school, amount = shipped.place[order], shipped.school[order], shipped.pupils[order]
    starts = np.flatnonzero(np.diff(unit, prepend=-1))
    rows = []
    members_of = list(groups.values())
    for first, last in zip(starts, np.append(starts, len(unit))[1:], strict=True):
        place, members = unit[first] % places, members_of[unit[first] // places]
        supply = by_grade[place, members]
        left = max(float(shipped.unplaced[unit[first]]), 0.0)
        shares = share_alike(np.append(amount[first:last], left), supply)
        s, g = np.nonzero(shares[:-1] > 0)
        rows.append(
            np.column_stack([np.full(len(s), place), school[first:last][s], np.array(members)[g], shares[s, g]])
        )
    return (np.vstack(rows) if rows else np.empty((0, 4))), shipped.chains


def share_alike(totals: Floats, supply: Floats) -> Floats:
    """Share out what a place sends to several schools so that each gets of every row what it gets of all.

    Parameters
    ----------
    totals
        Pupils sent to each destination.
    supply
        Pupils of each row (a grade, a group) of the place; they add up to the totals.

    Returns
    -------
    ndarray
        Shape (destinations, rows); whole where both are whole, and always exact by rows and destinations.
    """
    whole = all(np.allclose(one, np.rint(one), rtol=0, atol=1e-9) for one in (totals, supply))
    return spread_onto(totals, supply, supply) if whole else spread_exactly(totals, supply)
