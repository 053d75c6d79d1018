"""What it costs to turn: minutes at the ends of roads, so that a way pays for the junctions it passes.

A cost at either end of a road can tell a turn from going straight on wherever three roads meet, which is where most
turns are made; where more meet it cannot, and everyone pays the mean. That leaves a node a node: to hold every turn
apart would take the graph of turns, three times as large.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import shapely

from layout_planner.base.arrays import Floats
from layout_planner.travel.network import Network

Bools = npt.NDArray[np.bool_]

_BIAS = 1.075
"""How much less a turn to the near side costs (OSRM 26.10, profiles/car.lua, turn_bias)."""

_ALONG = 20.0
"""Metres along a road at which its direction is taken: the first stroke of a drawing says little."""


def seconds_to_turn(degrees: Floats, v: Mapping[str, float], oncoming: Bools | bool = True) -> Floats:
    """Give the seconds a car loses by turning through an angle, the mean of a turn to the left and one to the right.

    Parameters
    ----------
    degrees
        0 is straight on, 180 back.
    oncoming
        False where one of the two roads is one-way, as on a roundabout: a turn to the near side.

    Notes
    -----
    The two curves are those of OSRM 26.10, profiles/car.lua, process_turn. Road layers do not tell on which side one
    drives, and a way there and back turns to both.
    """
    half = degrees / 180
    near = v["turn"] / (1 + np.exp(6.5 * _BIAS - 13 / _BIAS * half))
    far = v["turn"] / (1 + np.exp(6.5 / _BIAS - 13 * _BIAS * half))
    across = v["turn_across"] / (1 + np.exp(3.25 - 13 * half))
    return np.where(oncoming, (near + far + across) / 2, near)


def turn_minutes(network: Network, there: Bools, back: Bools, v: Mapping[str, float]) -> Floats:
    """Give the minutes at the tail and at the head of each edge, for those who come or go by it.

    Parameters
    ----------
    there, back
        Which edges are open from tail to head, and from head to tail, (m,).

    Returns
    -------
    ndarray
        (m, 2). The sum over the two ends that meet where one passes from edge to edge is what passing costs.
    """
    minutes = np.zeros((len(there), 2))
    open_ = np.flatnonzero(there | back)
    arm = np.concatenate([2 * open_, 2 * open_ + 1])  # 2 × edge + end
    node = np.concatenate([network.tail[open_], network.head[open_]])
    order = np.argsort(node, kind="stable")
    arm, node = arm[order], node[order]
    start = np.flatnonzero(np.r_[True, node[1:] != node[:-1]]) if len(node) else np.empty(0, dtype=int)
    count = np.diff(np.r_[start, len(node)])
    goes, comes = np.column_stack([there, back]).ravel(), np.column_stack([back, there]).ravel()
    bearing, two_way = _bearings(network.lines), there & back
    for arms in np.unique(count[count >= 3]).tolist():
        mine = arm[start[count == arms][:, None] + np.arange(arms)]
        off = np.abs(bearing[mine][:, :, None] - bearing[mine][:, None, :])
        both = two_way[mine // 2][:, :, None] & two_way[mine // 2][:, None, :]
        cost = seconds_to_turn(np.abs(180 - np.where(off > 180, 360 - off, off)), v, both) / 60
        passes = goes[mine][:, :, None] & comes[mine][:, None, :]
        passes |= passes.transpose(0, 2, 1)
        passes[:, np.arange(arms), np.arange(arms)] = False
        minutes.reshape(-1)[mine] = _at_ends(cost, passes, v["turn_share"])
    return minutes


def _bearings(lines: npt.NDArray[np.object_]) -> Floats:
    """Give the direction in which each line leaves its first point and its last, degrees, (2 m,)."""
    found = []
    along = np.minimum(_ALONG, shapely.length(lines) / 2)
    for end, inner in ((0, along), (-1, -along)):
        step = shapely.get_coordinates(shapely.line_interpolate_point(lines, inner))
        step = step - shapely.get_coordinates(shapely.get_point(lines, end))
        found.append(np.degrees(np.arctan2(step[:, 1], step[:, 0])))
    return np.column_stack(found).ravel()


def _at_ends(cost: Floats, passes: Bools, share: float) -> Floats:
    """Share what turning costs out among the arms of junctions, (k, arms) from (k, arms, arms).

    Three arms that all lead to each other: exactly, by w_a + w_b = cost_ab; where a sharp fork would ask for less than
    nothing, exactly for the two turns that are no sharp ones. Else half of what those who come by an arm pay on
    average, a share of them turning.
    """
    usual = np.where(passes, cost, np.inf)
    straightest = usual.min(axis=2)
    others = passes.sum(axis=2) - 1
    rest = np.where(passes, cost, 0.0).sum(axis=2) - np.where(np.isinf(straightest), 0.0, straightest)
    turning = np.divide(rest, others, out=np.zeros_like(rest), where=others > 0)
    part = np.where(others > 0, share, 0.0)
    mean: Floats = np.where(others < 0, 0.0, ((1 - part) * np.where(others < 0, 0.0, straightest) + part * turning) / 2)
    if cost.shape[1] != 3:
        return mean
    pairs = cost * ~np.eye(3, dtype=bool)
    row = pairs.sum(axis=2)
    exact = row - row.sum(axis=1, keepdims=True) / 4
    least = exact.argmin(axis=1)
    fork = pairs[np.arange(len(pairs)), least]
    exact = np.where(exact.min(axis=1, keepdims=True) < 0, fork, exact)
    whole = (passes.sum(axis=(1, 2)) == 6)[:, None]
    return np.where(whole, exact, mean)
