"""Who changes school between two plans."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.measures.matching import match_amounts
from layout_planner.plan import Plan

MOVE_COLUMNS = ("place_id", "stage", "grade", "group", "from_school", "to_school", "pupils")
NOWHERE = ""
"""Stands for "no school of the study" on either side of a move."""


def moved(plan: Plan, stage: str, base: Plan | None = None) -> pd.DataFrame:
    """List the pupils whose school changes, by where they live.

    Of the children of a place, grade and group as many as possible count as staying; the rest are paired in the order
    of school ids, so a move is never counted twice.

    Parameters
    ----------
    base
        What to compare with; the plan's own base where left out. Both must cover the same places.

    Returns
    -------
    pd.DataFrame
        `MOVE_COLUMNS`; from_school or to_school is "" for children without a place before or after.
    """
    before = base if base is not None else plan.base
    if before is None or stage not in before.assignments:
        return pd.DataFrame(columns=list(MOVE_COLUMNS))
    keys = ["place_id", "grade", "group"]
    old = _by_school(before, stage, keys)
    new = _by_school(plan, stage, keys)
    both = pd.concat([old.rename("old"), new.rename("new")], axis=1).fillna(0.0)
    change = (both["new"] - both["old"]).round(6)
    leaves, arrives = -change[change < 0], change[change > 0]
    unit, labels = pd.factorize(pd.MultiIndex.from_frame(change.index.to_frame()[keys]))
    where = pd.Series(unit, index=change.index)
    # Children who appear or vanish between the plans (another forecast, say) are not moved: pair what both sides have.
    lost = np.bincount(where[leaves.index], weights=leaves, minlength=len(labels))
    won = np.bincount(where[arrives.index], weights=arrives, minlength=len(labels))
    leaves, arrives = _fit(leaves, where, lost, won), _fit(arrives, where, won, lost)
    left_key, right_key = where[leaves.index].to_numpy(), where[arrives.index].to_numpy()
    lo, ro = np.argsort(left_key, kind="stable"), np.argsort(right_key, kind="stable")
    left, right, pupils = match_amounts(
        left_key[lo], leaves.to_numpy(dtype=float)[lo], right_key[ro], arrives.to_numpy(dtype=float)[ro]
    )
    source = leaves.index.to_frame(index=False).iloc[lo].iloc[left].reset_index(drop=True)
    target = arrives.index.to_frame(index=False).iloc[ro].iloc[right].reset_index(drop=True)
    table = source[keys].assign(
        stage=stage, from_school=source["school_id"], to_school=target["school_id"], pupils=pupils
    )
    return table[list(MOVE_COLUMNS)]


def _by_school(plan: Plan, stage: str, keys: list[str]) -> pd.Series[float]:
    assignment = plan.assignments[stage]
    unplaced = assignment.unplaced.loc[assignment.unplaced["place_id"] != ""]
    parts = [assignment.flows[[*keys, "school_id", "pupils"]]]
    if len(unplaced):
        parts.append(unplaced[[*keys, "pupils"]].assign(school_id=NOWHERE))
    rows = pd.concat(parts)
    return rows.groupby([*keys, "school_id"], observed=True)["pupils"].sum()


def _fit(amounts: pd.Series[float], where: pd.Series[int], own: np.ndarray, other: np.ndarray) -> pd.Series[float]:
    factor = np.minimum(1.0, other / np.where(own > 0, own, 1.0))
    return amounts * factor[where[amounts.index]]
