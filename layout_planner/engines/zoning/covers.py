"""Lifted cover cuts: which places cannot all go to one school because of its seats."""

from __future__ import annotations

import numpy as np

from layout_planner.base.arrays import Floats
from layout_planner.solving.kernel import kernel


@kernel
def lifted_cover(weight: Floats, value: Floats, room: float) -> tuple[Floats, float]:
    """Find a cut Σ a_i x_i ≤ b that the seats imply and a fractional point is likely to violate.

    A cover is a set that does not fit, Σ_C w > room; at most |C| − 1 of it can be chosen. The greedy cover is the one
    the point fills most; made minimal, the other items are lifted one by one, those the point uses most first, with the
    exact coefficient |C| − 1 − max{Σ a : what is lifted so far, fitting beside the item}.

    Parameters
    ----------
    weight, value
        Seats each item needs (at least 0), and the point, one an item.
    room
        Seats there are.

    Returns
    -------
    ndarray, float
        The coefficients and the right-hand side; all zero when there is no cover.

    References
    ----------
    Balas 1975, Facets of the knapsack polytope; Gu, Nemhauser and Savelsbergh 1998, Lifted cover inequalities.
    """
    items = len(weight)
    coefficient = np.zeros(items)
    order = np.argsort((1.0 - value) / np.maximum(weight, 1e-12))
    inside = np.zeros(items, dtype=np.bool_)
    total = 0.0
    for k in order:
        if weight[k] > 0.0:
            inside[k] = True
            total += weight[k]
            if total > room:
                break
    if total <= room:
        return coefficient, 0.0
    for k in np.argsort(value):  # drop what the cover can do without, the least used first
        if inside[k] and total - weight[k] > room:
            inside[k] = False
            total -= weight[k]
    size = int(inside.sum())
    # lightest[z]: the least weight of lifted items whose coefficients sum to z or more.
    lightest = np.full(size + 1, np.inf)
    weights = weight[inside]
    sorted_weights = weights[np.argsort(weights)]  # as above: a second kind of sorting would be compiled too
    lightest[0] = 0.0
    for z in range(size):
        lightest[z + 1] = lightest[z] + sorted_weights[z]
    coefficient[inside] = 1.0
    for k in np.argsort(-value):
        if inside[k] or weight[k] <= 0.0:
            continue
        fits = -1
        for z in range(size - 1, -1, -1):
            if lightest[z] <= room - weight[k]:
                fits = z
                break
        lift = size - 1 - fits if fits >= 0 else size
        if lift <= 0:
            continue
        coefficient[k] = lift
        for z in range(size, 0, -1):
            lightest[z] = min(lightest[z], lightest[max(0, z - lift)] + weight[k])
    return coefficient, size - 1.0
