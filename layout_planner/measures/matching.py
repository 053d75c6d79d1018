"""Pairing two lists of amounts that add up to the same within each key."""

from __future__ import annotations

import numpy as np

from layout_planner.base.arrays import Floats, Positions

DUST = 1e-7
"""Amounts of pupils below this are rounding, not children."""


def match_amounts(
    left_key: Positions, left: Floats, right_key: Positions, right: Floats
) -> tuple[Positions, Positions, Floats]:
    """Pair amounts in order, key by key: the first left with the first right until one is used up, and so on.

    Whole numbers stay whole. Think of each side as rulers laid end to end; the cuts of both make the pieces.

    Parameters
    ----------
    left_key, right_key
        Keys, ascending; shape (n,) and (m,).
    left, right
        Amounts ≥ 0, same shapes; for each key both sides have the same sum.

    Returns
    -------
    tuple
        Positions on the left, positions on the right, amounts; each of shape (pieces,).

    Raises
    ------
    ValueError
        The keys do not ascend, or the sums of a key differ.
    """
    if (np.diff(left_key) < 0).any() or (np.diff(right_key) < 0).any():
        raise ValueError("keys must ascend")
    keys = max(left_key.max(initial=-1), right_key.max(initial=-1)) + 1
    sums_left: Floats = np.bincount(left_key, weights=left, minlength=keys).astype(np.float64)
    sums_right: Floats = np.bincount(right_key, weights=right, minlength=keys).astype(np.float64)
    if not np.allclose(sums_left, sums_right, rtol=1e-9, atol=1e-6):
        raise ValueError("the sums of a key differ")
    # Every key has its own stretch of the ruler, the same on both sides: rounding in one moves no other.
    ends_left = _ends(left_key, left, sums_left, sums_left)
    ends_right = _ends(right_key, right, sums_right, sums_left)
    cuts = np.unique(np.concatenate([[0.0], ends_left, ends_right]))
    lengths = np.diff(cuts)
    middles = cuts[:-1] + lengths / 2
    keep = lengths > DUST
    middles, lengths = middles[keep], lengths[keep]
    at_left = np.searchsorted(ends_left, middles, side="right").clip(max=max(len(left) - 1, 0))
    at_right = np.searchsorted(ends_right, middles, side="right").clip(max=max(len(right) - 1, 0))
    nearest_whole = np.round(lengths)
    lengths = np.where(np.abs(lengths - nearest_whole) < DUST, nearest_whole, lengths)
    return at_left, at_right, lengths


def _ends(key: Positions, amounts: Floats, sums: Floats, lengths: Floats) -> Floats:
    """Lay the amounts of each key end to end on the stretch of that key; gives where each ends."""
    if not len(key):
        return np.empty(0)
    stretch = np.cumsum(lengths)
    first = np.searchsorted(key, key, side="left")
    run = np.cumsum(amounts)
    within = run - (run - amounts)[first]
    scaled = within * (lengths / np.where(sums > 0, sums, 1.0))[key]
    ends = (stretch - lengths)[key] + scaled
    last = np.append(key[1:] != key[:-1], True)
    ends[last] = stretch[key[last]]
    return np.maximum.accumulate(ends)


def share_out(key: Positions, amounts: Floats, totals: Floats) -> Floats:
    """Take a total from the amounts of each key, in proportion; whole numbers stay whole (largest remainder).

    Parameters
    ----------
    key
        Key of each amount, shape (n,), any order.
    amounts
        Amounts ≥ 0, shape (n,).
    totals
        What to take from each key, indexed by key; beyond the sum of its amounts they are scaled up.

    Returns
    -------
    ndarray
        Shape (n,), with the sum of every key as asked; each at most its amount, unless scaled up.
    """
    sums = np.bincount(key, weights=amounts, minlength=len(totals))
    quota = amounts * (totals / np.where(sums > 0, sums, 1.0))[key]
    if not len(key):
        return quota
    # A key whose amounts and total are whole is shared out whole, whatever the others are.
    broken = np.bincount(key, weights=np.abs(amounts - np.round(amounts)) > DUST, minlength=len(totals))
    whole = (broken == 0) & (np.abs(totals - np.round(totals)) < DUST)
    taken = np.floor(quota + DUST)
    missing = np.round(totals - np.bincount(key, weights=taken, minlength=len(totals))).astype(np.intp)
    # Rank the remainders within each key; the largest get one more. Ties go to the earlier entry.
    order = np.lexsort([np.arange(len(key)), -(quota - taken), key])
    start = np.searchsorted(key[order], key[order], side="left")
    rank = np.arange(len(key)) - start
    taken[order] += rank < missing[key[order]]
    return np.where(whole[key], taken, quota)
