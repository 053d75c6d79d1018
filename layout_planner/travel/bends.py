"""What it costs to turn: minutes at the ends of roads, so that a way pays for the junctions it passes.

Whoever passes pays at the end of the road they come by and at the end of the road they go out by. That can tell a turn
from going straight on wherever three roads meet, which is where most turns are made, and at the entries and exits of
roundabouts; where more meet it cannot, and everyone pays about the mean. It leaves a node a node: to hold every turn
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


_STRAIGHT = 45.0
"""Degrees up to which one goes straight on."""

_HARDLY = 0.001
"""Weight of those who turn where three roads meet: what they cost there is exact but for left and right, which are
met halfway, and costs those who go straight on nothing."""

_ROUNDS = 30
_STILL = 1e-5
"""Rounds of fitting, at most, and the minutes by which the last one moves nothing any more."""


def seconds_to_turn(degrees: Floats, v: Mapping[str, float]) -> Floats:
    """Give the seconds a car loses by turning through an angle.

    Parameters
    ----------
    degrees
        0 is straight on, 90 to the left, −90 to the right, ±180 back.

    Notes
    -----
    The curves are those of OSRM 26.10, profiles/car.lua, process_turn. One drives on the right, as in mainland China.
    """
    half = np.abs(degrees) / 180
    near = v["turn"] / (1 + np.exp(6.5 * _BIAS - 13 / _BIAS * half))
    far = v["turn"] / (1 + np.exp(6.5 / _BIAS - 13 * _BIAS * half))
    across = v["turn_across"] / (1 + np.exp(3.25 - 13 * half))
    return np.where(degrees > 0, far + across, near)


def turn_minutes(network: Network, there: Bools, back: Bools, v: Mapping[str, float]) -> tuple[Floats, Floats]:
    """Give the minutes at the tail and at the head of each edge: for those who come by it, and who go out by it.

    Parameters
    ----------
    there, back
        Which edges are open from tail to head, and from head to tail, (m,).

    Returns
    -------
    tuple of ndarray
        Twice (m, 2). Coming by one edge and going out by another costs the first of the one and the second of the
        other, at the ends that meet.
    """
    coming, going = np.zeros((len(there), 2)), np.zeros((len(there), 2))
    open_ = np.flatnonzero(there | back)
    arm = np.concatenate([2 * open_, 2 * open_ + 1])  # 2 × edge + end
    node = np.concatenate([network.tail[open_], network.head[open_]])
    order = np.argsort(node, kind="stable")
    arm, node = arm[order], node[order]
    start = np.flatnonzero(np.r_[True, node[1:] != node[:-1]]) if len(node) else np.empty(0, dtype=int)
    count = np.diff(np.r_[start, len(node)])
    goes, comes = np.column_stack([there, back]).ravel(), np.column_stack([back, there]).ravel()
    bearing = _bearings(network.lines)
    for arms in np.unique(count[count >= 3]).tolist():
        mine = arm[start[count == arms][:, None] + np.arange(arms)]
        off = (bearing[mine][:, None, :] - bearing[mine][:, :, None]) % 360 - 180  # from the arm come by to the other
        passes = comes[mine][:, :, None] & goes[mine][:, None, :]
        passes[:, np.arange(arms), np.arange(arms)] = False
        share = v["turn_share"] if arms > 3 else _HARDLY
        parts = _at_ends(seconds_to_turn(off, v) / 60, passes, passes & (np.abs(off) < _STRAIGHT), share)
        for minutes, part in zip((coming, going), parts, strict=True):
            minutes.reshape(-1)[mine] = part
    return coming, going


def _bearings(lines: npt.NDArray[np.object_]) -> Floats:
    """Give the direction in which each line leaves its first point and its last, degrees, (2 m,)."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    begins = np.flatnonzero(np.r_[True, line[1:] != line[:-1]]) if len(line) else np.empty(0, dtype=int)
    ends = np.r_[begins[1:], len(line)] - 1
    step = np.stack([xy[ends] - xy[begins], xy[begins] - xy[ends]], axis=1)  # right for lines of one stroke
    bent = np.flatnonzero(ends - begins > 1)
    along = np.minimum(_ALONG, shapely.length(lines[bent]) / 2)
    for end, (first, inner) in enumerate(((begins, along), (ends, -along))):
        step[bent, end] = shapely.get_coordinates(shapely.line_interpolate_point(lines[bent], inner)) - xy[first[bent]]
    return np.degrees(np.arctan2(step[:, :, 1], step[:, :, 0])).ravel()


def _at_ends(cost: Floats, passes: Bools, straight: Bools, share: float) -> tuple[Floats, Floats]:
    """Share what turning costs out among those who come by each arm and those who go out by it.

    Parameters
    ----------
    cost, passes, straight
        From arm to arm, (k, arms, arms), who may pass so, and who passes without turning.
    share
        How many turn of those who come by an arm; few come by one that only turns lead on from.

    Returns
    -------
    tuple
        Coming and going, (k, arms) each, none below 0: those whose sums come closest to the costs, by least squares,
        each passing weighing as much as there are who take it. Fitted in turn: each is a mean where the others stand.
    """
    ahead, aside = (which.sum(axis=2, keepdims=True) for which in (straight, passes & ~straight))
    taken = np.where(straight, (1 - share) / np.maximum(ahead, 1), share / np.maximum(aside, 1)) * passes
    back, paid = taken.transpose(0, 2, 1), taken * cost
    sides = [(taken, taken.sum(axis=2), paid.sum(axis=2)), (back, taken.sum(axis=1), paid.sum(axis=1))]
    fitted = [np.zeros(cost.shape[:2]), np.zeros(cost.shape[:2])]
    for step in range(2 * _ROUNDS):
        mine = step % 2
        weight, who, whole = sides[mine]
        left = whole - (weight @ fitted[1 - mine][:, :, None])[:, :, 0]
        now = np.maximum(np.divide(left, who, out=np.zeros_like(left), where=who > 0), 0.0)
        moved = np.abs(now - fitted[mine]).max(initial=0.0)
        fitted[mine] = now
        if step > 1 and moved < _STILL:
            break
    return fitted[0], fitted[1]
