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
_STILL = 1e-7
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
    from layout_planner.travel.turning import seconds_lost

    lost = [seconds_lost(d, float(v["turn"]), float(v["turn_across"]), _BIAS) for d in np.ravel(degrees).astype(float)]
    return np.reshape(lost, np.shape(degrees))


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
        other, at the ends that meet: none below 0, and those whose sums come closest to the costs, by least squares,
        each passing weighing as much as there are who take it. Fitted in turn: each is a mean where the others stand.
    """
    if v["turn"] == v["turn_across"] == 0:
        return np.zeros((len(there), 2)), np.zeros((len(there), 2))
    from layout_planner.travel.turning import arms_of, share_out

    start, arm = arms_of(len(network.xy), network.tail, network.head, there | back)
    goes, comes = np.column_stack([there, back]).ravel(), np.column_stack([back, there]).ravel()
    told = (_HARDLY, float(v["turn_share"]), _STRAIGHT, float(v["turn"]), float(v["turn_across"]), _BIAS)
    coming, going = share_out(start, arm, goes, comes, _bearings(network.lines), told, _ROUNDS, _STILL)
    return coming.reshape(-1, 2), going.reshape(-1, 2)


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
