"""What it costs to go along an edge, there and back, by each mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.arrays import Floats
from layout_planner.travel.network import Network, truth
from layout_planner.travel.relief import Heights

ROAD_MODES = ("walk", "bike", "drive", "bus")
"""Modes that run on the roads; "mixed" is put together from walk and bus."""

ON_FOOT = ("walk", "bike")
"""Modes that hazards hold for."""


@dataclass(frozen=True, eq=False)
class EdgeCosts:
    """Minutes along every edge, and how they mount up on the way.

    Parameters
    ----------
    there, back
        Minutes from tail to head and from head to tail, (m,); inf where the mode may not go.
    start
        Samples of edge e are start[e]:start[e+1], in equal steps from tail to head, (m+1,).
    there_to, back_to
        Minutes from the tail to each sample, and from each sample to the tail, as if both ways were open.
    """

    there: Floats
    back: Floats
    start: npt.NDArray[np.int64]
    there_to: Floats
    back_to: Floats

    def to_tail(self, edge: npt.NDArray[np.intp], share: Floats) -> tuple[Floats, Floats]:
        """Give minutes from the tail to a share of the edge, and back from there; inf the way that is closed.

        Standing on the tail costs nothing, closed or not.
        """
        return self._part(edge, share, self.there_to, self.there), self._part(edge, share, self.back_to, self.back)

    def to_head(self, edge: npt.NDArray[np.intp], share: Floats) -> tuple[Floats, Floats]:
        """Give minutes from a share of the edge to the head, and back from there; inf the way that is closed."""
        rest = 1 - share
        there, back = self._whole(edge, self.there_to), self._whole(edge, self.back_to)
        before_there = _between(self.start, self.there_to, edge, share)
        before_back = _between(self.start, self.back_to, edge, share)
        return (
            np.where(rest == 0, 0.0, np.where(np.isinf(self.there[edge]), np.inf, there - before_there)),
            np.where(rest == 0, 0.0, np.where(np.isinf(self.back[edge]), np.inf, back - before_back)),
        )

    def _whole(self, edge: npt.NDArray[np.intp], mounting: Floats) -> Floats:
        return mounting[self.start[edge + 1] - 1]

    def _part(self, edge: npt.NDArray[np.intp], share: Floats, mounting: Floats, whole: Floats) -> Floats:
        part = _between(self.start, mounting, edge, share)
        return np.where(share == 0, 0.0, np.where(np.isinf(whole[edge]), np.inf, part))


def _between(start: npt.NDArray[np.int64], mounting: Floats, edge: npt.NDArray[np.intp], share: Floats) -> Floats:
    steps = start[edge + 1] - start[edge] - 1
    at = share * steps
    below = np.minimum(at.astype(np.int64), steps - 1)
    first = start[edge] + below
    value: Floats = mounting[first] + (mounting[first + 1] - mounting[first]) * (at - below)
    return value


def edge_costs(network: Network, mode: str, v: Mapping[str, float], heights: Heights) -> EdgeCosts:
    """Reckon what every edge costs.

    Walking and cycling are open both ways on every class but motorways and where `foot` says no; driving and the
    bus keep to one-way streets and off paths, and the bus to roads that can carry it (`bus_roads`). Passing a hazard
    costs its `hazard_minutes`; inf closes the edge.
    """
    slope, edge = heights.slopes(network.metres)
    steps = np.diff(heights.start) - 1
    run = (network.metres / steps)[edge]
    if mode in ON_FOOT:
        speed = walking_speed if mode == "walk" else cycling_speed
        up, down = run / (speed(slope, v) * 1000 / 60), run / (speed(-slope, v) * 1000 / 60)
        closed = (network.table["class"] == "motorway").to_numpy() | forbidden(network, "foot")
        if "hazard_minutes" in network.table:
            extra = network.table["hazard_minutes"].fillna(0.0).to_numpy(dtype=float)
            closed |= np.isinf(extra)
            share = np.where(np.isinf(extra), 0.0, extra)[edge] / steps[edge]
            up, down = up + share, down + share
        closed_back = closed
    else:
        kmh = class_speeds(network, v)
        if mode == "bus":
            kmh = np.where(bus_roads(network, v, heights), np.minimum(kmh, v["bus_top"]), 0.0)
        closed = kmh == 0
        closed_back = closed | network.flag("oneway")
        pace = 60 / (np.where(closed, 1.0, kmh) * 1000)
        if mode == "bus":
            pace = pace + v["bus_stop"] / (v["bus_stop_every"] * 1000)
        up = down = run * pace[edge]
    return _mount(heights.start, up, down, edge, closed, closed_back)


def _mount(
    start: npt.NDArray[np.int64],
    up: Floats,
    down: Floats,
    edge: npt.NDArray[np.intp],
    closed: npt.NDArray[np.bool_],
    closed_back: npt.NDArray[np.bool_],
) -> EdgeCosts:
    """Add the steps of every edge up."""
    to: list[Floats] = []
    after = np.arange(len(edge)) + edge + 1
    for cost in (up, down):
        mounting = np.zeros(start[-1])
        mounting[after] = cost
        running = np.cumsum(mounting)
        # One sum over all edges, then each begins at nought: on a million edges the tenth digit is still right.
        running -= np.repeat(running[start[:-1]], np.diff(start))
        to.append(running)
    whole = [np.bincount(edge, weights=cost, minlength=len(closed)) for cost in (up, down)]
    return EdgeCosts(np.where(closed, np.inf, whole[0]), np.where(closed_back, np.inf, whole[1]), start, to[0], to[1])


def walking_speed(slope: Floats, v: Mapping[str, float]) -> Floats:
    """Give the speed on foot, km/h, by Tobler's hiking function.

    Parameters
    ----------
    slope
        Rise over run in the direction of walking; beyond `walk_steepest` it is taken for the raster's error.

    References
    ----------
    W. Tobler 1993, Three presentations on geographical analysis and modeling, NCGIA 93-1.
    """
    held = np.clip(slope, -v["walk_steepest"], v["walk_steepest"])
    speed: Floats = v["walk_top"] * np.exp(-v["walk_decay"] * np.abs(held + v["walk_shift"]))
    return speed


def cycling_speed(slope: Floats, v: Mapping[str, float]) -> Floats:
    """Give the speed of a bicycle, km/h: so much slower for each per cent up, so much faster for each down."""
    percent = 100 * slope
    speed = v["bike_flat"] - v["bike_up"] * np.maximum(percent, 0) + v["bike_down"] * np.maximum(-percent, 0)
    return np.clip(speed, v["bike_least"], v["bike_top"])


def class_speeds(network: Network, v: Mapping[str, float]) -> Floats:
    """Give the driving speed of each edge by its class, km/h; 0 where no car goes."""
    known = {name.removeprefix("drive_"): value for name, value in v.items() if name.startswith("drive_")}
    kmh: Floats = network.table["class"].map(known).fillna(0.0).to_numpy(dtype=float)
    return kmh


def bus_roads(network: Network, v: Mapping[str, float], heights: Heights) -> npt.NDArray[np.bool_]:
    """Tell which edges a school bus may pass.

    Where the layer has a column `bus`, its yes and no hold. Else a bus passes every road but paths, fords, roads
    narrower than `bus_width` (column `width`, metres) and village roads with a step steeper than `bus_steep`.
    """
    slope, edge = heights.slopes(network.metres)
    steepest = np.zeros(len(network.tail))
    np.maximum.at(steepest, edge, np.abs(slope))
    kind = network.table["class"].to_numpy()
    passable = (kind != "path") & ~network.flag("ford") & ~((kind == "village") & (steepest > v["bus_steep"]))
    if "width" in network.table:
        width = pd.to_numeric(network.table["width"], errors="coerce").to_numpy(dtype=float)
        passable &= ~(width < v["bus_width"])
    if "bus" in network.table:
        told = network.table["bus"].notna().to_numpy()
        passable = np.where(told, truth(network.table["bus"]), passable)
    return passable


def forbidden(network: Network, name: str) -> npt.NDArray[np.bool_]:
    """Tell where a column says no; where it is empty nothing is forbidden."""
    if name not in network.table:
        return np.zeros(len(network.tail), dtype=bool)
    column = network.table[name]
    return column.notna().to_numpy() & ~truth(column)
