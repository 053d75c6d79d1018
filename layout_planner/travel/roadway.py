"""The roads made ready for one mode: what is open and what it costs, and points put on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from layout_planner.base.arrays import Floats
from layout_planner.base.errors import TravelError
from layout_planner.base.messages import Text
from layout_planner.study import Study
from layout_planner.travel.gates import heed_barriers
from layout_planner.travel.hazards import cut_by_hazards, hazards_of
from layout_planner.travel.junctions import Junctions, make_junctions
from layout_planner.travel.modes import ON_FOOT, EdgeCosts, edge_costs
from layout_planner.travel.network import (
    MILLIMETRE,
    EdgeTree,
    Network,
    Pieces,
    Snapped,
    build_network,
    edge_tree,
    pieces_of,
    snap,
    snap_apart,
)
from layout_planner.travel.relief import Heights, flat, heights_along
from layout_planner.travel.speeds import flat_walk
from layout_planner.travel.turns import turns_of

Positions = npt.NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Roadway:
    """A study's roads for one mode.

    Parameters
    ----------
    network, heights, costs
        Nodes and edges, the heights along them, and what they cost.
    usable
        Edges points may be put on, (m,).
    barriers
        What the walk to the road may not cross: closed hazards, and the study's water.
    mode
        One of `ROAD_MODES`.
    v
        The speed table's numbers.
    """

    network: Network
    heights: Heights
    costs: EdgeCosts
    pieces: Pieces
    junctions: Junctions
    barriers: npt.NDArray[np.object_]
    mode: str
    v: Mapping[str, float]

    @cached_property
    def edges(self) -> EdgeTree:
        """The edges points may be put on, ready to be asked for the nearest."""
        usable = self.pieces.piece >= 0
        if not usable.any():
            usable = np.isfinite(self.costs.there) | np.isfinite(self.costs.back)
        return edge_tree(self.network, usable & (self.network.table["class"] != "ferry").to_numpy())

    def put(self, points: gpd.GeoSeries) -> Snapped:
        """Put points on the roads. Farther from a bus's road than `bus_reach` no bus serves them."""
        return self._within_reach(snap(self.network, self.edges, points, self.barriers))

    def put_apart(self, points: gpd.GeoSeries, found: Snapped) -> Snapped:
        """Put points on the longest piece of network that is hardly farther than the nearest road (`snap_apart`).

        Where the nearest road leads nowhere one goes from there; no edge where there is none.
        """
        return self._within_reach(snap_apart(self.network, self.edges, self.pieces, points, found, self.barriers))

    def _within_reach(self, found: Snapped) -> Snapped:
        return found.where(found.access <= self.v["bus_reach"]) if self.mode == "bus" else found

    def stubs_nearer(self, points: gpd.GeoSeries, found: Snapped) -> npt.NDArray[np.bool_]:
        """Tell which points have a road nearer than the one they were put on, which leads only one way."""
        open_ = np.isfinite(self.costs.there) | np.isfinite(self.costs.back)
        open_ &= (self.pieces.piece < 0) & (self.network.table["class"] != "ferry").to_numpy()
        nearer = np.zeros(len(points), dtype=bool)
        if open_.any() and (self.pieces.piece >= 0).any():
            stub = snap(self.network, edge_tree(self.network, open_), points)
            nearer = (stub.edge >= 0) & (stub.access < found.access - MILLIMETRE)
        return nearer

    def access_minutes(self, snapped: Snapped) -> Floats:
        """Give the minutes of the walk between points and the road; nan where there is no road."""
        minutes: Floats = snapped.access / (flat_walk(self.v) * 1000 / 60)
        return minutes


@dataclass(frozen=True, eq=False)
class Ends:
    """For points on edges: the edge's two nodes and the way between them and the point, walk to the road included.

    Parameters
    ----------
    node
        Tail and head, (k, 2).
    cost, length
        Minutes and metres, (k, 2); a cost of inf where that way is closed or the point lies on no road.
    """

    node: Positions
    cost: Floats
    length: Floats


def make_roadway(study: Study, mode: str, v: Mapping[str, float]) -> Roadway:
    """Make a study's roads ready for a mode.

    Raises
    ------
    TravelError
        The study has no roads, or its elevation cannot be read.
    """
    if study.roads is None or not len(study.roads):
        raise TravelError(
            str(
                Text(
                    f'the study has no roads, which mode "{mode}" needs; add [roads] to study.toml, or use'
                    ' mode="straight".',
                    f'数据中没有道路，无法按 "{mode}" 计算；请在 study.toml 中加入 [roads]，或用 mode="straight"。',
                )
            )
        )
    hazards = hazards_of(study)
    roads = study.roads if hazards is None or mode not in ON_FOOT else cut_by_hazards(study.roads, hazards)
    network, ends_only = heed_barriers(build_network(roads), mode)
    hilly = study.elevation is not None and mode != "drive"
    heights = heights_along(network, str(study.elevation), study.crs) if hilly else flat(len(network.tail))
    costs = edge_costs(network, mode, v, heights)
    fences = [] if hazards is None else [hazards.geometry[np.isinf(hazards["minutes"])].to_numpy()]
    water = study.extra.get("water")
    if isinstance(water, gpd.GeoDataFrame):
        fences.append(water.to_crs(study.crs).geometry.to_numpy())
    barriers = np.concatenate(fences) if fences else np.empty(0, dtype=object)
    there, back = np.isfinite(costs.there), np.isfinite(costs.back)
    turns = [] if mode in ON_FOOT else turns_of(network, mode, there, back)
    junctions = make_junctions(network, there, back, ends_only, turns)
    return Roadway(network, heights, costs, pieces_of(network, there, back, ends_only), junctions, barriers, mode, v)


def leave(road: Roadway, s: Snapped) -> Ends:
    """Reckon the way from points to the ends of the edges they lie on."""
    edge, share = shares(road.network, s)
    tail, head = road.costs.to_tail(edge, share)[1], road.costs.to_head(edge, share)[0]
    return _ends(road, s, road.junctions.leave[edge], edge, tail, head)


def arrive(road: Roadway, s: Snapped) -> Ends:
    """Reckon the way to points from the ends of the edges they lie on."""
    edge, share = shares(road.network, s)
    tail, head = road.costs.to_tail(edge, share)[0], road.costs.to_head(edge, share)[1]
    return _ends(road, s, road.junctions.stop[edge], edge, tail, head)


def shares(network: Network, s: Snapped) -> tuple[npt.NDArray[np.intp], Floats]:
    """Give the edge of each point and the share of it that lies before the point; 0 and 0 off the road."""
    edge = np.where(s.edge < 0, 0, s.edge).astype(np.intp)
    return edge, np.where(s.edge < 0, 0.0, s.along / network.metres[edge])


def _ends(road: Roadway, s: Snapped, node: Positions, edge: npt.NDArray[np.intp], tail: Floats, head: Floats) -> Ends:
    off = s.edge < 0
    access = np.where(off, np.inf, road.access_minutes(s))
    cost = np.column_stack([tail, head]) + access[:, None]
    length = np.column_stack([s.along, road.network.metres[edge] - s.along]) + s.access[:, None]
    return Ends(np.where(node < 0, 0, node), np.where(node < 0, np.inf, cost), length)


@dataclass(frozen=True, eq=False)
class Arcs:
    """One-way arcs in CSR.

    Parameters
    ----------
    start, other
        Arcs at node v are start[v]:start[v+1], and the node each comes from or goes to.
    minutes, metres
        Cost and length, (arcs,).
    edge, ahead
        The edge each arc runs along, −1 for a turn, and whether from its tail to its head, (arcs,).
    """

    start: Positions
    other: Positions
    minutes: Floats
    metres: Floats
    edge: Positions
    ahead: npt.NDArray[np.bool_]


def backward_arcs(road: Roadway) -> Arcs:
    """Give the arcs turned round, for searches to a site: at each node the arcs that come in."""
    j = road.junctions
    cost, length = open_arcs(road)
    order = np.lexsort((j.origin, j.at))
    start = np.zeros(j.count + 1, dtype=np.int32)
    start[1:] = np.cumsum(np.bincount(j.at, minlength=j.count))
    return Arcs(start, j.origin[order], cost[order], length[order], j.edge[order], j.ahead[order])


def open_arcs(road: Roadway) -> tuple[Floats, Floats]:
    """Give the minutes and metres of every arc; turns cost nothing."""
    j, costs = road.junctions, road.costs
    along = j.edge >= 0
    edge = np.where(along, j.edge, 0)
    cost = np.where(along, np.where(j.ahead, costs.there[edge], costs.back[edge]), 0.0)
    return cost, np.where(along, road.network.metres[edge], 0.0)
