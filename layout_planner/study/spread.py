"""Spreading totals over grades: whole numbers stay whole, no total changes, and the county's sums come out right."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.arrays import Floats

_BLOCK = 16_384
"""Rows that are spread at a time: their arrays stay in the processor's cache."""
_TURN = (5**0.5 - 1) / 2  # the golden section spreads starting points most evenly


def spread(totals: npt.ArrayLike, weights: npt.ArrayLike) -> Floats:
    """Spread totals over shares.

    Parameters
    ----------
    totals
        One number a row, ≥ 0.
    weights
        Shares, ≥ 0: one row for all, or one row a total. A row of zeros means even shares.

    Returns
    -------
    ndarray
        Shape (totals, shares). Each row sums to its total. Where the total is whole every cell is whole: its exact
        share rounded down or up; where it is not, the exact share.

    Notes
    -----
    Which cells are rounded up is dealt out by systematic sampling over the remainders, its starting point moving from
    row to row. Always favouring the largest remainder would give small villages no child in the smaller year groups.
    """
    amount = np.asarray(totals, dtype=np.float64)
    share = np.broadcast_to(np.asarray(weights, dtype=np.float64), (len(amount), np.shape(weights)[-1]))
    if len(amount) <= _BLOCK:
        return _spread(amount, share, 0)
    parts = [slice(at, at + _BLOCK) for at in range(0, len(amount), _BLOCK)]
    found = np.empty(share.shape)
    for part in parts:
        found[part] = _spread(amount[part], share[part], part.start)
    return found


def _spread(amount: Floats, share: Floats, first: int) -> Floats:
    """Spread the totals of some rows, of which the first has this number among all."""
    sums = share.sum(axis=1, keepdims=True)
    share = np.where(sums > 0, share / np.where(sums > 0, sums, 1.0), 1.0 / share.shape[1])
    exact = amount[:, None] * share
    down = np.floor(exact + 1e-9)
    left = np.maximum(exact - down, 0.0)
    missing = np.rint(amount - down.sum(axis=1))
    # Scaled so that the running sum ends on the whole number exactly, whatever was lost in rounding.
    running = np.cumsum(left, axis=1)
    ends = running[:, -1:]
    running = np.where(ends > 0, running / np.where(ends > 0, ends, 1.0), 0.0) * missing[:, None]
    start = (np.arange(first, first + len(amount)) * _TURN) % 1.0
    steps = np.ceil(running - start[:, None] - 1e-9)
    steps[:, -1] = np.ceil(missing - start - 1e-9)
    before = np.column_stack([np.ceil(-start - 1e-9), steps[:, :-1]])
    whole = np.isclose(amount, np.rint(amount), rtol=0, atol=1e-9)
    return np.where(whole[:, None], down + (steps - before), exact)


def spread_onto(totals: npt.ArrayLike, weights: npt.ArrayLike, sums: npt.ArrayLike) -> Floats:
    """Spread totals over shares so that the columns come to given sums: two tables that agree in total agree by grade.

    Parameters
    ----------
    totals
        One number a row, ≥ 0.
    weights
        As `spread` takes them; a share of 0 stays 0.
    sums
        What each column is to come to; they add up to the totals.

    Returns
    -------
    ndarray
        As `spread` gives it, with units moved within rows, first where rounding went furthest, until the columns have
        their sums. Where totals are not whole every row is spread as the sums are. Where shares of 0 forbid it, the
        nearest that was found.
    """
    amount = np.asarray(totals, dtype=np.float64)
    wanted = np.asarray(sums, dtype=np.float64)
    share = np.broadcast_to(np.asarray(weights, dtype=np.float64), (len(amount), len(wanted)))
    open_to = (share > 0) | ~(share > 0).any(axis=1, keepdims=True)
    if not np.allclose(amount, np.rint(amount), rtol=0, atol=1e-9) or not np.allclose(
        wanted, np.rint(wanted), rtol=0, atol=1e-9
    ):
        return spread_exactly(amount, np.where(open_to, wanted, 0.0))
    found = spread(amount, share)
    scale = np.where(open_to, share, 0.0).sum(axis=1, keepdims=True)
    even = open_to / np.maximum(open_to.sum(axis=1, keepdims=True), 1)
    exact = amount[:, None] * np.where(scale > 0, share / np.where(scale > 0, scale, 1.0), even)
    while _move_unit(found, exact, open_to, np.rint(found.sum(axis=0) - wanted)):
        pass
    return found


def spread_exactly(totals: npt.ArrayLike, weights: npt.ArrayLike) -> Floats:
    """Spread totals over shares without rounding; rows of zeros mean even shares."""
    amount = np.asarray(totals, dtype=np.float64)
    share = np.broadcast_to(np.asarray(weights, dtype=np.float64), (len(amount), np.shape(weights)[-1]))
    sums = share.sum(axis=1, keepdims=True)
    return amount[:, None] * np.where(sums > 0, share / np.where(sums > 0, sums, 1.0), 1.0 / share.shape[1])


def _move_unit(found: Floats, exact: Floats, open_to: npt.NDArray[np.bool_], over: Floats) -> bool:
    """Move units from columns that hold too much to columns that hold too little; False where nothing can be moved."""
    if not (over > 0).any() or not (over < 0).any():
        return False
    for source in np.argsort(-over, kind="stable"):
        if over[source] <= 0:
            break
        for target in np.argsort(over, kind="stable"):
            if over[target] >= 0:
                break
            rows = np.flatnonzero((found[:, source] >= 1) & open_to[:, target])
            if not len(rows):
                continue
            gain = (found - exact)[rows, source] - (found - exact)[rows, target]
            most = int(min(over[source], -over[target], len(rows)))
            chosen = rows[np.argsort(-gain, kind="stable")[:most]]
            found[chosen, source] -= 1
            found[chosen, target] += 1
            return True
    return False


def balanced_weights(totals: npt.ArrayLike, open_to: npt.ArrayLike, sums: npt.ArrayLike) -> Floats | None:
    """Find shares that respect which cells are open and bring rows and columns to their sums (iterative scaling).

    Returns
    -------
    ndarray or None
        Shape (rows, columns); None where the open cells cannot hold these sums.
    """
    amount = np.asarray(totals, dtype=np.float64)
    wanted = np.asarray(sums, dtype=np.float64)
    table = np.where(np.asarray(open_to, dtype=bool), 1.0, 0.0) * wanted
    for _ in range(_MOST_SCALINGS):
        rows = table.sum(axis=1, keepdims=True)
        table = table * np.divide(amount[:, None], rows, out=np.zeros_like(rows), where=rows > 0)
        columns = table.sum(axis=0)
        if np.abs(columns - wanted).max(initial=0.0) < 0.01 and np.allclose(table.sum(axis=1), amount, atol=0.01):
            return table
        table = table * np.divide(wanted, columns, out=np.zeros_like(columns), where=columns > 0)
    return None


_MOST_SCALINGS = 500


def align(total: float, other: npt.ArrayLike) -> Floats:
    """Give the grades of a total so that they agree with the grades of another as far as the totals do.

    No grade has fewer than the other's where the total is larger, and none has more where it is smaller.
    """
    grades = np.asarray(other, dtype=np.float64)
    more = total - grades.sum()
    if abs(more) < 1e-9:
        return grades
    if not grades.sum() > 0:
        return spread([total], np.ones(len(grades)))[0]
    return grades + spread([more], grades)[0] if more > 0 else spread([total], grades)[0]


def cohort_weights(births: pd.DataFrame, grades: tuple[int, ...], year: int) -> tuple[pd.DataFrame, pd.Series | None]:
    """Weigh grades by the births of their cohorts.

    Grade g in the autumn of year t was born from 1 September t−6−g to 31 August t−5−g: one third of the calendar year
    t−6−g and two thirds of t−5−g (standards §2).

    Parameters
    ----------
    births
        township_id, year, count, variant. Where there are several variants the first named counts.
    grades
        The grades to weigh.
    year
        The school year's autumn.

    Returns
    -------
    tuple
        Weights by township (index township_id, columns grades; only townships whose years are complete), and the
        weights of all townships together, None where no year is complete.
    """
    if len(births) and births["variant"].nunique(dropna=False) > 1:
        births = births.loc[births["variant"] == births["variant"].iloc[0]]
    by_year = births.pivot_table(index="township_id", columns="year", values="count", aggfunc="sum")
    needed = sorted({year - 6 - g for g in grades} | {year - 5 - g for g in grades})
    if not set(needed) <= set(by_year.columns):
        return pd.DataFrame(columns=list(grades), dtype=float), None
    complete = by_year.loc[by_year[needed].notna().all(axis=1)]
    weights = pd.DataFrame({g: complete[year - 6 - g] / 3 + complete[year - 5 - g] * 2 / 3 for g in grades})
    return weights, weights.sum() if len(weights) else None
