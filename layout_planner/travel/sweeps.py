"""The ways of many points to many sites along the roads: minutes and metres."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layout_planner.base.arrays import Floats
from layout_planner.base.messages import Text
from layout_planner.base.progress import track
from layout_planner.travel.junctions import Junctions
from layout_planner.travel.modes import ON_FOOT
from layout_planner.travel.network import Snapped
from layout_planner.travel.roadway import Ends, Positions, Roadway, arrive, leave, open_arcs, shares
from layout_planner.travel.speeds import flat_walk

if TYPE_CHECKING:  # loading numba costs start-up time
    from layout_planner.travel.hierarchy import Upward

SITES_AT_ONCE = 16
"""Sites one sweep answers: as many as keep the processor's lanes full and a county's nodes in its cache."""


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
    apart_a, apart_b = road.put_apart(origins, a), road.put_apart(sites, b)
    some = bool((apart_a.edge >= 0).any() or (apart_b.edge >= 0).any())
    nodes = np.concatenate([leave(road, a).node, leave(road, apart_a).node])
    h = _hierarchy(road, nodes)
    # Where a way is missing because it is too long nothing else is tried, so all ways are wanted first.
    minutes, metres = _ways(road, h, a, b, np.inf if some else reach, threads)
    passed, passed_sites = road.stubs_nearer(origins, a), road.stubs_nearer(sites, b)
    if some:
        more = _from_other_pieces(road, h, (a, b), (apart_a, apart_b), threads, minutes, metres)
        passed, passed_sites = passed | more[0], passed_sites | more[1]
        far = minutes > reach
        minutes[far], metres[far] = np.nan, np.nan
    if road.mode in ON_FOOT:
        _straight_across(road, origins, sites, a, b, reach, minutes, metres)
    return (
        pd.DataFrame(minutes, index=origins.index, columns=sites.index, copy=False),
        pd.DataFrame(metres, index=origins.index, columns=sites.index, copy=False),
        replace(a, passed=passed, passed_sites=passed_sites),
    )


def _ways(
    road: Roadway, h: _Hierarchy, a: Snapped, b: Snapped, limit: float, threads: int | None
) -> tuple[Floats, Floats]:
    """Measure the ways between points put on the roads."""
    minutes, metres = _sweep_all(h, leave(road, a), arrive(road, b), limit, threads)
    _along_one_edge(road, a, b, limit, minutes, metres)
    return minutes, metres


def _from_other_pieces(
    road: Roadway,
    h: _Hierarchy,
    own: tuple[Snapped, Snapped],
    apart: tuple[Snapped, Snapped],
    threads: int | None,
    minutes: Floats,
    metres: Floats,
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Fill in ways that are missing because an end's nearest road lies on a piece apart: they begin or end beside it.

    Returns
    -------
    tuple
        The origins and the sites whose nearest road was passed over.
    """
    rows, columns = (np.flatnonzero(s.edge >= 0) for s in apart)
    all_rows, all_columns = (np.arange(len(s.edge)) for s in own)
    passed, passed_sites = np.zeros(len(all_rows), dtype=bool), np.zeros(len(all_columns), dtype=bool)
    for i, j, a, b in (
        (rows, all_columns, apart[0], own[1]),
        (all_rows, columns, own[0], apart[1]),
        (rows, columns, apart[0], apart[1]),
    ):
        if not (len(i) and len(j)):
            continue
        found = _ways(road, h, a.take(i), b.take(j), np.inf, threads)
        block = np.ix_(i, j)
        missing = np.isnan(minutes[block]) & ~np.isnan(found[0])
        for table, more in ((minutes, found[0]), (metres, found[1])):
            table[block] = np.where(missing, more, table[block])
        if a is apart[0]:
            passed[i] |= missing.any(axis=1)
        if b is apart[1]:
            passed_sites[j] |= missing.any(axis=0)
    return passed, passed_sites


@dataclass(frozen=True, eq=False)
class _Hierarchy:
    """What sweeps need of the roads: the rank of each node, and the hierarchy above the places."""

    rank: Positions
    upward: Upward


def _hierarchy(road: Roadway, nodes: Positions) -> _Hierarchy:
    """Build the hierarchy, and the part of it that lies above the nodes ways begin at."""
    from layout_planner.travel.hierarchy import Upward, above, customise, eliminate

    j = road.junctions
    n = j.count
    plain = n == len(road.network.xy)
    rank, up_start, up = eliminate(n, *((road.network.tail, road.network.head) if plain else _pairs(j)))
    cost, length = open_arcs(road)
    rise, rise_metres, fall, fall_metres = customise(up_start, up, rank[j.origin], rank[j.at], cost, length)
    higher = above(up_start, up, rank[nodes.ravel()])
    index = np.full(n, -1, dtype=np.int32)
    index[higher] = np.arange(len(higher), dtype=np.int32)
    degree = np.diff(up_start)[higher]
    start = np.r_[0, np.cumsum(degree)]
    pick = np.repeat(up_start[higher] - start[:-1], degree) + np.arange(start[-1])
    arcs = start, index[up[pick]], rise[pick], rise_metres[pick]
    return _Hierarchy(rank, Upward(up_start, up, fall, fall_metres, index, *arcs))


def _pairs(j: Junctions) -> tuple[Positions, Positions]:
    """Give every pair of nodes that an arc joins once."""
    low, high = np.minimum(j.origin, j.at).astype(np.int64), np.maximum(j.origin, j.at)
    both = np.unique(low * j.count + high)
    return (both // j.count).astype(np.int32), (both % j.count).astype(np.int32)


def _sweep_all(h: _Hierarchy, origins: Ends, sites: Ends, limit: float, threads: int | None) -> tuple[Floats, Floats]:
    """Sweep the hierarchy, a few sites a task, tasks side by side."""
    from layout_planner.travel.hierarchy import EdgeEnds, sweep

    minutes = np.empty((len(origins.node), len(sites.node)))
    metres = np.empty_like(minutes)
    site_node = h.rank[sites.node]
    places = EdgeEnds(h.upward.index[h.rank[origins.node]], origins.cost, origins.length)
    together = np.argsort(sites.node[:, 0], kind="stable")  # along the Morton curve, so that a task's sites are near

    def work(first: int) -> None:
        part = together[first : first + SITES_AT_ONCE]
        ends = EdgeEnds(site_node[part], sites.cost[part], sites.length[part])
        sweep(h.upward, ends, part, places, limit, minutes, metres)

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
    edge, share = shares(road.network, a)
    edge = edge[i]
    from_, to = share[i], shares(road.network, b)[1][j]
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
