"""The roads made ready for one mode, and the ways of many points to many sites along them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layout_planner.base.arrays import Floats
from layout_planner.base.errors import TravelError
from layout_planner.base.messages import Text
from layout_planner.base.progress import track
from layout_planner.study import Study
from layout_planner.travel.hazards import cut_by_hazards, hazards_of
from layout_planner.travel.modes import ON_FOOT, EdgeCosts, edge_costs
from layout_planner.travel.network import EdgeTree, Network, Snapped, build_network, edge_tree, snap, snappable
from layout_planner.travel.relief import Heights, flat, heights_along
from layout_planner.travel.speeds import flat_walk

Positions = npt.NDArray[np.integer]

SITES_AT_ONCE = 16
"""Sites one sweep answers: as many as keep the processor's lanes full and a county's nodes in its cache."""


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
    usable: npt.NDArray[np.bool_]
    barriers: npt.NDArray[np.object_]
    mode: str
    v: Mapping[str, float]

    @cached_property
    def edges(self) -> EdgeTree:
        """The edges points may be put on, ready to be asked for the nearest."""
        return edge_tree(self.network, self.usable)

    def put(self, points: gpd.GeoSeries) -> Snapped:
        """Put points on the roads. Farther from a bus's road than `bus_reach` no bus serves them."""
        found = snap(self.network, self.edges, points, self.barriers)
        if self.mode != "bus":
            return found
        near = found.access <= self.v["bus_reach"]
        return Snapped(
            np.where(near, found.edge, -1).astype(np.int32),
            np.where(near, found.along, np.nan),
            np.where(near, found.access, np.nan),
        )

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
    network = build_network(roads)
    hilly = study.elevation is not None and mode != "drive"
    heights = heights_along(network, str(study.elevation), study.crs) if hilly else flat(len(network.tail))
    costs = edge_costs(network, mode, v, heights)
    fences = [] if hazards is None else [hazards.geometry[np.isinf(hazards["minutes"])].to_numpy()]
    water = study.extra.get("water")
    if isinstance(water, gpd.GeoDataFrame):
        fences.append(water.to_crs(study.crs).geometry.to_numpy())
    barriers = np.concatenate(fences) if fences else np.empty(0, dtype=object)
    return Roadway(network, heights, costs, snappable(network, costs.there, costs.back), barriers, mode, v)


def leave(road: Roadway, s: Snapped) -> Ends:
    """Reckon the way from points to the ends of the edges they lie on."""
    edge, share = _shares(road.network, s)
    return _ends(road, s, edge, road.costs.to_tail(edge, share)[1], road.costs.to_head(edge, share)[0])


def arrive(road: Roadway, s: Snapped) -> Ends:
    """Reckon the way to points from the ends of the edges they lie on."""
    edge, share = _shares(road.network, s)
    return _ends(road, s, edge, road.costs.to_tail(edge, share)[0], road.costs.to_head(edge, share)[1])


def _shares(network: Network, s: Snapped) -> tuple[npt.NDArray[np.intp], Floats]:
    edge = np.where(s.edge < 0, 0, s.edge).astype(np.intp)
    return edge, np.where(s.edge < 0, 0.0, s.along / network.metres[edge])


def _ends(road: Roadway, s: Snapped, edge: npt.NDArray[np.intp], tail: Floats, head: Floats) -> Ends:
    off = s.edge < 0
    access = np.where(off, np.inf, road.access_minutes(s))
    cost = np.column_stack([tail, head]) + access[:, None]
    length = np.column_stack([s.along, road.network.metres[edge] - s.along]) + s.access[:, None]
    return Ends(np.column_stack([road.network.tail[edge], road.network.head[edge]]), cost, length)


@dataclass(frozen=True, eq=False)
class Arcs:
    """One-way arcs in CSR.

    Parameters
    ----------
    start, other
        Arcs at node v are start[v]:start[v+1], and the node each comes from or goes to.
    minutes, metres
        Cost and length, (arcs,).
    edge
        The edge each arc runs along, (arcs,).
    """

    start: Positions
    other: Positions
    minutes: Floats
    metres: Floats
    edge: Positions


def backward_arcs(road: Roadway) -> Arcs:
    """Give the arcs turned round, for searches to a site: at each node the arcs that come in."""
    origin, at, cost, edge = _open_arcs(road)
    order = np.lexsort((origin, at))
    start = np.zeros(len(road.network.xy) + 1, dtype=np.int32)
    start[1:] = np.cumsum(np.bincount(at, minlength=len(road.network.xy)))
    return Arcs(start, origin[order], cost[order], road.network.metres[edge][order], edge[order])


def _open_arcs(road: Roadway) -> tuple[Positions, Positions, Floats, Positions]:
    """List the open arcs: from, to, minutes, edge."""
    network, costs = road.network, road.costs
    go, come = np.flatnonzero(np.isfinite(costs.there)), np.flatnonzero(np.isfinite(costs.back))
    origin = np.concatenate([network.tail[go], network.head[come]])
    at = np.concatenate([network.head[go], network.tail[come]])
    return origin, at, np.concatenate([costs.there[go], costs.back[come]]), np.concatenate([go, come])


def measure(
    road: Roadway,
    origins: gpd.GeoSeries,
    sites: gpd.GeoSeries,
    limit: float | None = None,
    threads: int | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, Snapped]:
    """Measure the way of every origin to every site.

    Returns
    -------
    tuple
        Minutes and metres (origin × site, NaN where there is no way or only one beyond the limit), and where the
        origins were put on the road.
    """
    a, b = road.put(origins), road.put(sites)
    reach = np.inf if limit is None else float(limit)
    minutes, metres = _sweep_all(road, leave(road, a), arrive(road, b), reach, threads)
    _along_one_edge(road, a, b, reach, minutes, metres)
    if road.mode in ON_FOOT:
        _straight_across(road, origins, sites, a, b, reach, minutes, metres)
    return (
        pd.DataFrame(minutes, index=origins.index, columns=sites.index, copy=False),
        pd.DataFrame(metres, index=origins.index, columns=sites.index, copy=False),
        a,
    )


@dataclass(frozen=True, eq=False)
class _Hierarchy:
    """What a sweep needs of the roads: see `hierarchy.sweep`."""

    rank: Positions
    up_start: Positions
    up: Positions
    fall: Floats
    fall_metres: Floats
    index: Positions
    arc_start: Positions
    arc_to: Positions
    arc_cost: Floats
    arc_metres: Floats


def _hierarchy(road: Roadway, nodes: Positions) -> _Hierarchy:
    """Build the hierarchy, and the part of it that lies above the nodes ways begin at."""
    from layout_planner.travel.hierarchy import above, customise, eliminate

    n = len(road.network.xy)
    rank, up_start, up = eliminate(n, road.network.tail, road.network.head)
    origin, at, cost, edge = _open_arcs(road)
    rise, rise_metres, fall, fall_metres = customise(
        up_start, up, rank[origin], rank[at], cost, road.network.metres[edge]
    )
    higher = above(up_start, up, rank[nodes.ravel()])
    index = np.full(n, -1, dtype=np.int32)
    index[higher] = np.arange(len(higher), dtype=np.int32)
    degree = np.diff(up_start)[higher]
    start = np.r_[0, np.cumsum(degree)]
    pick = np.repeat(up_start[higher] - start[:-1], degree) + np.arange(start[-1])
    return _Hierarchy(
        rank, up_start, up, fall, fall_metres, index, start, index[up[pick]], rise[pick], rise_metres[pick]
    )


def _sweep_all(road: Roadway, origins: Ends, sites: Ends, limit: float, threads: int | None) -> tuple[Floats, Floats]:
    """Sweep the hierarchy, a few sites a task, tasks side by side."""
    from layout_planner.travel.hierarchy import sweep

    h = _hierarchy(road, origins.node)
    minutes = np.empty((len(origins.node), len(sites.node)))
    metres = np.empty_like(minutes)
    site_node, rows = h.rank[sites.node], h.index[h.rank[origins.node]]
    together = np.argsort(sites.node[:, 0], kind="stable")  # along the Morton curve, so that a task's sites are near

    def work(first: int) -> None:
        part = together[first : first + SITES_AT_ONCE]
        sweep(
            h.up_start, h.up, h.fall, h.fall_metres, h.index, h.arc_start, h.arc_to, h.arc_cost, h.arc_metres,
            site_node[part], sites.cost[part], sites.length[part], part,
            rows, origins.cost, origins.length, limit, minutes, metres,
        )  # fmt: skip

    tasks = range(0, len(site_node), SITES_AT_ONCE)
    with ThreadPoolExecutor(threads or len(os.sched_getaffinity(0))) as pool:
        for _ in track(pool.map(work, tasks), Text("travel times", "计算路程"), total=len(tasks)):
            pass
    return minutes, metres


def _along_one_edge(road: Roadway, a: Snapped, b: Snapped, limit: float, minutes: Floats, metres: Floats) -> None:
    """Let points on the same edge go straight along it."""
    on_edge: dict[int, list[int]] = {}
    for j, edge in enumerate(b.edge):
        on_edge.setdefault(int(edge), []).append(j)
    pairs = [(i, j) for i, edge in enumerate(a.edge) if edge >= 0 for j in on_edge.get(int(edge), ())]
    if not pairs:
        return
    i, j = np.array(pairs).T
    edge, share = _shares(road.network, a)
    edge = edge[i]
    from_, to = share[i], _shares(road.network, b)[1][j]
    there = road.costs.to_tail(edge, to)[0] - _finite(road.costs.to_tail(edge, from_)[0])
    back = road.costs.to_tail(edge, from_)[1] - _finite(road.costs.to_tail(edge, to)[1])
    along = np.where(from_ == to, 0.0, np.where(to > from_, there, back))
    total = along + road.access_minutes(a)[i] + road.access_minutes(b)[j]
    better = (total <= limit) & (np.isnan(minutes[i, j]) | (total < minutes[i, j])) & np.isfinite(total)
    i, j = i[better], j[better]
    minutes[i, j] = total[better]
    metres[i, j] = np.abs(a.along[i] - b.along[j]) + a.access[i] + b.access[j]


def _straight_across(
    road: Roadway,
    origins: gpd.GeoSeries,
    sites: gpd.GeoSeries,
    a: Snapped,
    b: Snapped,
    limit: float,
    minutes: Floats,
    metres: Floats,
) -> None:
    """Let points nearer to each other than to the road go straight, unless a barrier lies between."""
    far = np.flatnonzero(a.access > 0)
    near = np.flatnonzero(b.edge >= 0)
    if not (len(far) and len(near)):
        return
    tree = shapely.STRtree(sites.to_numpy()[near])
    reach = a.access[far] + b.access[near].max()
    which, hit = tree.query(origins.to_numpy()[far], predicate="dwithin", distance=reach)
    i, j = far[which], near[hit]
    legs = shapely.shortest_line(origins.to_numpy()[i], sites.to_numpy()[j])
    length = shapely.length(legs)
    better = length < a.access[i] + b.access[j]
    if len(road.barriers):
        cut = shapely.STRtree(road.barriers).query(legs, predicate="intersects")[0]
        better[cut] = False
    total = length / (flat_walk(road.v) * 1000 / 60)
    better &= (total <= limit) & (np.isnan(minutes[i, j]) | (total < minutes[i, j]))
    minutes[i[better], j[better]] = total[better]
    metres[i[better], j[better]] = length[better]


def _finite(cost: Floats) -> Floats:
    """Put 0 for a closed way, so that closed minus closed stays closed."""
    return np.where(np.isinf(cost), 0.0, cost)
