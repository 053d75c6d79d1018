"""Going together: pupils of merged schools follow the merger, pupils without a known home their schoolmates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.assignment.case import Case
from layout_planner.assignment.moves import Move, Pairs
from layout_planner.assignment.overflow import admit_in_order
from layout_planner.base.arrays import Floats
from layout_planner.plan import CLOSED_HOME_UNKNOWN, OUTSIDE_COLUMNS, UNPLACED_COLUMNS
from layout_planner.scenario import destinations

_NONE_FOUND, _NONE_LOST = (pd.DataFrame(columns=list(names)) for names in (OUTSIDE_COLUMNS, UNPLACED_COLUMNS))


def _receivers(move: Move, case: Case) -> dict[tuple[str, int], str]:
    """Tell where the pupils of a (school, grade) go together: a chain of mergers ends at the first school that runs."""
    final = {}
    for at, grade in enumerate(case.grades):
        runs = set(case.schools[case.offers[:, at]])
        into = destinations(move.scenario, move.stage, grade, move.options.year)
        for school in into:
            target, seen = into[school], {school}
            while target not in runs and target in into and target not in seen:
                seen.add(target)
                target = into[target]
            if target in runs:
                final[(school, grade)] = target
    return final


def follow_mergers(
    move: Move, case: Case, displaced: pd.DataFrame, free: Floats, allowed: Pairs | None
) -> tuple[pd.DataFrame, pd.DataFrame, list[tuple[str, str, float]]]:
    """Send the pupils of merged schools to the one they merged into while it has seats; `free` is used up.

    Where several schools merge into one and its seats are short, those who live nearest come first.
    """
    into = _receivers(move, case)
    keys = zip(displaced["school_id"], displaced["grade"], strict=True)
    target = case.school_at(pd.Series([into.get(key, "") for key in keys], dtype="str"))
    goes = target >= 0
    if not goes.any():
        return displaced.iloc[:0], displaced, []
    only = {column: np.arange(len(case.schools)) == column for column in np.unique(target[goes])}
    admitted, rest, spilled = [], [displaced.loc[~goes]], []
    for column, mask in only.items():
        pairs = np.broadcast_to(mask, (len(case.places), len(case.schools)))
        may = (pairs,) * len(case.grades) if allowed is None else tuple(pairs & one for one in allowed)
        taken, left = admit_in_order(case, displaced.loc[target == column], free, None, may)
        free[column] -= taken["pupils"].sum()
        admitted.append(taken)
        rest.append(left)
        for origin, pupils in left.groupby("school_id", sort=True)["pupils"].sum().items():
            names = case.study.school_name(str(origin)), case.study.school_name(case.schools[column])
            spilled.append((*names, float(pupils)))
    return pd.concat(admitted), pd.concat(rest), spilled


def follow_schoolmates(
    move: Move, case: Case, placed: pd.DataFrame, homeless: pd.DataFrame, free: Floats
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Send pupils whose home is not known and whose school ended after it, or where most children of its places go.

    Returns rows with their new school, and those left without.
    """
    columns = list(OUTSIDE_COLUMNS)
    if not len(homeless):
        return _NONE_FOUND, _NONE_LOST
    into = _receivers(move, case)
    found, lost = [], []
    for row in homeless.itertuples(index=False):
        first = into.get((row.school_id, row.grade))
        left = float(row.pupils)
        grade = case.grades.index(row.grade)
        for at in _likely(move, case, placed, row.school_id, grade, first):
            room = free[at] if left % 1 or np.isinf(free[at]) else np.floor(free[at] + 1e-9)
            goes = min(left, room)
            if goes > 0:
                free[at] -= goes
                left -= goes
                found.append((case.schools[at], row.stage, row.grade, goes, row.reason))
        if left > 0:
            lost.append(("", row.stage, row.grade, "local", left, CLOSED_HOME_UNKNOWN.en))
    return pd.DataFrame(found, columns=columns), pd.DataFrame(lost, columns=list(UNPLACED_COLUMNS))


def _likely(move: Move, case: Case, placed: pd.DataFrame, school: str, grade: int, first: str | None) -> list[int]:
    """Rank the schools that have a grade for pupils of a school that ended: where it merged, where its places go, near.

    Gives positions; only `first` where nothing is known of the places its pupils come from.
    """
    mates = move.base.flows.loc[move.base.flows["school_id"] == school]
    weight = np.bincount(case.place_at(mates["place_id"]), weights=mates["pupils"], minlength=len(case.places))
    near, at = case.place_at(placed["place_id"]), case.school_at(placed["school_id"])
    votes = np.bincount(at, weights=placed["pupils"] * weight[near], minlength=len(case.schools))
    homes = np.flatnonzero(weight)
    ways = case.adult[grade][homes]
    reached = np.isfinite(ways) * weight[homes, None]
    mean = (np.nan_to_num(ways) * reached).sum(axis=0) / np.maximum(reached.sum(axis=0), 1e-12)
    usable = case.offers[:, grade] & (reached.sum(axis=0) > 0)
    order = [int(j) for j in np.lexsort([mean, -votes]) if usable[j]]
    if first is None:
        return order
    target = int(case.schools.get_loc(first))
    return [target, *(j for j in order if j != target)]
