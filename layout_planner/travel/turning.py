"""What turning costs at the ends of roads, compiled: see `bends`.

Imported late: loading numba costs start-up time. Constants come as arguments: a kept kernel does not see another
file's constant change.
"""

from __future__ import annotations

import math

import numpy as np

from layout_planner.travel.kernels import Array, compiled


@compiled
def seconds_lost(degrees: float, turn: float, across: float, bias: float) -> float:
    """Give the seconds a car loses by turning through an angle: OSRM 26.10, profiles/car.lua, process_turn."""
    half = abs(degrees) / 180
    if degrees <= 0:
        return turn / (1 + math.exp(6.5 * bias - 13 / bias * half))
    far = turn / (1 + math.exp(6.5 / bias - 13 * bias * half))
    return far + across / (1 + math.exp(3.25 - 13 * half))


@compiled
def arms_of(n: int, tail: Array, head: Array, open_: Array) -> tuple[Array, Array]:
    """List the ends of open edges node by node, 2 × edge + end: where each node's begin, and the ends."""
    start = np.zeros(n + 1, np.int64)
    for e in range(len(tail)):
        if open_[e]:
            start[tail[e] + 1] += 1
            start[head[e] + 1] += 1
    for v in range(n):
        start[v + 1] += start[v]
    arm = np.empty(start[n], np.int64)
    filled = start[:n].copy()
    for e in range(len(tail)):
        if open_[e]:
            for end, v in ((0, tail[e]), (1, head[e])):
                arm[filled[v]] = 2 * e + end
                filled[v] += 1
    return start, arm


@compiled
def _passings(
    mine: Array, goes: Array, comes: Array, bearing: Array, told: tuple[float, ...], taken: Array, paid: Array
) -> None:
    """Reckon for one node who passes from arm to arm, as shares of those who come by each, and what they pay."""
    share, straight, turn, across, bias = told
    m = len(mine)
    off = np.empty(m)
    for a in range(m):
        ahead = aside = 0
        for b in range(m):
            off[b] = bearing[mine[b]] - bearing[mine[a]]
            off[b] += 180.0 if off[b] < 0 else -180.0
            if a != b and comes[mine[a]] and goes[mine[b]]:
                ahead += abs(off[b]) < straight
                aside += abs(off[b]) >= straight
        for b in range(m):
            taken[a, b] = paid[a, b] = 0.0
            if a != b and comes[mine[a]] and goes[mine[b]]:
                taken[a, b] = (1 - share) / ahead if abs(off[b]) < straight else share / aside
                paid[a, b] = taken[a, b] * seconds_lost(off[b], turn, across, bias) / 60


@compiled
def _means(weight: Array, paid: Array, other: Array, mine: Array) -> float:
    """Move each arm's part to the mean of what is left where the other parts stand, 0 at the least; the most moved."""
    moved = 0.0
    for a in range(len(mine)):
        who = left = 0.0
        for b in range(len(mine)):
            who += weight[a, b]
            left += paid[a, b] - weight[a, b] * other[b]
        now = max(left / who, 0.0) if who > 0 else 0.0
        moved = max(moved, abs(now - mine[a]))
        mine[a] = now
    return moved


@compiled
def _fit(taken: Array, paid: Array, rounds: int, still: float, coming: Array, going: Array) -> None:
    """Share one node's costs out among those who come by each arm and those who go out by it."""
    coming[:] = going[:] = 0.0
    for step in range(rounds):
        if _means(taken, paid, going, coming) < still and step > 0:
            return
        if _means(taken.T, paid.T, coming, going) < still and step > 0:
            return


@compiled
def share_out(
    start: Array,
    arm: Array,
    goes: Array,
    comes: Array,
    bearing: Array,
    told: tuple[float, ...],
    rounds: int,
    still: float,
) -> tuple[Array, Array]:
    """Give the minutes of those who come by each end of an edge, and of those who go out by it.

    Parameters
    ----------
    start, arm
        As `arms_of` gives them.
    goes, comes, bearing
        Whether one may go out by an end, come by it, and the direction in which the edge leaves it.
    told
        The share who turn where three meet and where more do, degrees up to which one goes straight on, and what
        turning costs: see `seconds_lost`.
    rounds, still
        Rounds of fitting, at most, and the minutes by which the last one moves nothing any more.
    """
    coming, going = np.zeros(len(goes)), np.zeros(len(goes))
    hardly, share, straight, turn, across, bias = told
    most = 0
    for v in range(len(start) - 1):
        most = max(most, start[v + 1] - start[v])
    taken, paid = np.empty((most, most)), np.empty((most, most))
    came, went = np.empty(most), np.empty(most)
    for v in range(len(start) - 1):
        m = start[v + 1] - start[v]
        if m < 3:
            continue
        mine = arm[start[v] : start[v + 1]]
        here = hardly if m == 3 else share, straight, turn, across, bias
        _passings(mine, goes, comes, bearing, here, taken, paid)
        _fit(taken, paid, rounds, still, came[:m], went[:m])
        for a in range(m):
            coming[mine[a]], going[mine[a]] = came[a], went[a]
    return coming, going
