"""`travel_matrix`: the way of every place to every school and candidate site, and between the sites."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout_planner.base.errors import TravelError, did_you_mean
from layout_planner.base.messages import Text
from layout_planner.base.progress import track
from layout_planner.study import Study
from layout_planner.travel.modes import NETWORK_MODES, edge_minutes
from layout_planner.travel.network import Floats, Network, Snapped, build_network, snap, snappable
from layout_planner.travel.speeds import flat_walk, pace_by_grade, speeds_for, values
from layout_planner.travel.types import Travel

METRES_SUFFIX = ":metres"
"""`study.given_travel["drive:metres"]` holds the metres to the minutes of "drive"."""

_SITES_A_TASK = 4
_STRAIGHT = "straight"


def travel_matrix(
    study: Study,
    mode: str = "walk",
    *,
    limit: float | None = None,
    speeds: Mapping[str, float] | None = None,
    threads: int | None = None,
) -> Travel:
    """Measure the way of every place to every school and candidate site.

    Places count from one point inside them, to schools of every state and all candidate `sites`.

    Parameters
    ----------
    study
        The region. "walk" and "drive" need its `roads`.
    mode
        The name of a matrix the study was given (measured times go before reckoned ones), "walk", "drive", or
        "straight": the crow's way times a detour factor, at walking speed.
    limit
        Minutes (adult pace) beyond which a way is left out, as NaN; None for none.
    speeds
        Changes to the speed table (`SPEEDS`), name → value.
    threads
        How many searches at a time; None for one a processor.

    Returns
    -------
    Travel
        Minutes and metres place × site and site × site. Metres run along the fastest way, the walk to and from the
        road included. `options["notes"]` holds what a reader must know, in both languages.

    Raises
    ------
    TravelError
        The mode is unknown, or the study has no roads for it.
    DataError
        A speed that does not exist or is not positive.
    """
    if mode in study.given_travel and not mode.endswith(METRES_SUFFIX):
        return _given(study, mode, limit)
    v = values(speeds_for(study, speeds))
    origins = pd.concat([study.place_points(), _site_points(study)])
    minutes, metres, notes = _measure(study, mode, v, limit, origins, _site_points(study), threads)
    options = {"mode": mode, "limit": limit, "speeds": v, "notes": notes}
    return _travel(study.places.index, minutes, metres, mode, options)


def add_sites(travel: Travel, study: Study, points: gpd.GeoSeries | None = None) -> Travel:
    """Measure the ways to further sites and give a travel that has them too.

    Parameters
    ----------
    travel
        Measured on the same roads; its options hold here too.
    study
        The region.
    points
        Site id → point, in the study's CRS. None for every school and candidate site of `study` the travel lacks:
        what an `Open` edit brought.

    Raises
    ------
    TravelError
        A point bears the name of a site that is there already, or the travel was given and not measured: a column
        of it cannot be reckoned.
    """
    if points is None:
        known = _site_points(study)
        points = known[~known.index.isin(travel.minutes.columns)]
    if not len(points):
        return travel
    twice = points.index[points.index.isin(travel.minutes.columns) | points.index.duplicated()]
    if len(twice):
        shown = ", ".join(map(str, twice[:10]))
        raise TravelError(
            str(
                Text(
                    f"site {shown} is in the travel matrix already; give the new site another id.",
                    f"选址 {shown} 已在出行矩阵中；请另用编号。",
                )
            )
        )
    if travel.options.get("given"):
        shown = ", ".join(map(str, points.index[:10]))
        raise TravelError(
            str(
                Text(
                    f"the {travel.mode} times were handed in; a column for {shown} cannot be reckoned. Add it to the"
                    " file, or measure with walk, drive or straight.",
                    f"{travel.mode} 时间为外部给定，无法推算 {shown}；请在文件中补列，或改用 walk、drive、straight。",
                )
            )
        )
    limit, v = travel.options["limit"], travel.options["speeds"]
    old = travel.minutes.columns
    between = _site_points(study).reindex(old)
    if "points" in travel.options:
        between = between.fillna(gpd.GeoSeries.from_wkt(pd.Series(travel.options["points"]), crs=study.crs))
    origins = pd.concat([study.place_points(), between, points])
    minutes, metres, notes = _measure(study, travel.mode, v, limit, origins, points, None)
    # The way from the new sites to the old ones needs searches to the old ones, from the new ones only.
    back_minutes, back_metres, _ = _measure(study, travel.mode, v, limit, points, between, None)
    everything = []
    for key, fresh, back in (("minutes", minutes, back_minutes), ("metres", metres, back_metres)):
        table = pd.concat([travel.minutes if key == "minutes" else travel.metres, travel.between[key]])
        everything.append(pd.concat([pd.concat([table, back]), fresh], axis=1))
    told = {**travel.options.get("points", {}), **{str(i): p.wkt for i, p in points.items()}}
    seen = list(travel.options["notes"])
    options = {**travel.options, "points": told, "notes": seen + [note for note in notes if note not in seen]}
    return _travel(travel.minutes.index, everything[0], everything[1], travel.mode, options)


def unreachable(travel: Travel) -> pd.Series[int]:
    """Name the places that some site cannot be reached from.

    Returns
    -------
    pd.Series
        How many sites each such place does not reach (or only beyond the limit); index place_id.
    """
    missing = travel.minutes.isna().sum(axis=1)
    return missing[missing > 0].rename("sites")


def _travel(
    places: pd.Index, minutes: pd.DataFrame, metres: pd.DataFrame, mode: str, options: dict[str, Any]
) -> Travel:
    """Cut the two stacked tables (places above sites) apart."""
    k = len(places)
    pace = pace_by_grade(options["speeds"]) if mode in ("walk", _STRAIGHT) else {}
    between = {"minutes": minutes.iloc[k:], "metres": metres.iloc[k:]}
    return Travel(
        mode,
        minutes.iloc[:k].rename_axis(places.name),
        metres.iloc[:k].rename_axis(places.name),
        between,
        options,
        pace,
    )


def _site_points(study: Study) -> gpd.GeoSeries:
    """Give a point for every school and every candidate site that is not a school already."""
    more = study.sites.geometry[~study.sites.index.isin(study.schools.index)]
    return pd.concat([study.schools.geometry, more]) if len(more) else study.schools.geometry


def _given(study: Study, mode: str, limit: float | None) -> Travel:
    """Take a handed-in matrix, in the order of the study's places and sites."""
    table = study.given_travel[mode]
    places, sites = study.places.index, _site_points(study).index
    minutes = table.reindex(index=places, columns=sites).astype(np.float64)
    if limit is not None:
        minutes = minutes.where(minutes <= limit)
    notes = []
    if f"{mode}{METRES_SUFFIX}" in study.given_travel:
        metres = study.given_travel[f"{mode}{METRES_SUFFIX}"].reindex(index=places, columns=sites).astype(np.float64)
        metres = metres.where(minutes.notna())
    else:
        metres = pd.DataFrame(np.nan, index=places, columns=sites)
        notes.append(
            _note(
                f"The {mode} matrix gives minutes only: metres are unknown (NaN).",
                f"{mode} 矩阵只有分钟：米数未知（NaN）。",
            )
        )
    lacking = [str(s) for s in sites if s not in table.columns]
    if lacking:
        shown = ", ".join(lacking[:10]) + (" …" if len(lacking) > 10 else "")
        notes.append(
            _note(
                f"The {mode} matrix has no column for {len(lacking)} sites: {shown}.",
                f"{mode} 矩阵缺 {len(lacking)} 个学校或选址的列：{shown}。",
            )
        )
    options = {"mode": mode, "limit": limit, "given": True, "notes": notes}
    return Travel(mode, minutes, metres, {}, options, {})


def _note(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh": zh}


def _measure(
    study: Study,
    mode: str,
    v: Mapping[str, float],
    limit: float | None,
    origins: gpd.GeoSeries,
    sites: gpd.GeoSeries,
    threads: int | None,
) -> tuple[pd.DataFrame, pd.DataFrame, list[dict[str, str]]]:
    """Measure from some points to others. Returns minutes, metres (origin × site) and notes."""
    if mode == _STRAIGHT:
        minutes, metres, notes = _crow(origins, sites, v)
    elif mode in NETWORK_MODES:
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
        minutes, metres, notes = _by_road(study.roads, mode, v, limit, origins, sites, threads)
    else:
        known = [*(k for k in study.given_travel if not k.endswith(METRES_SUFFIX)), *NETWORK_MODES, _STRAIGHT]
        hint = did_you_mean(mode, known)
        raise TravelError(
            str(
                Text(
                    f'no travel mode "{mode}"{hint.en}; there are {", ".join(known)}.',
                    f"没有出行方式“{mode}”{hint.zh}；可用：{'、'.join(known)}。",
                )
            )
        )
    lost = ~np.isfinite(minutes) | (minutes > (np.inf if limit is None else limit))
    minutes[lost], metres[lost] = np.nan, np.nan
    labels = {"index": origins.index, "columns": sites.index}
    return pd.DataFrame(minutes, **labels), pd.DataFrame(metres, **labels), notes


def _crow(
    origins: gpd.GeoSeries, sites: gpd.GeoSeries, v: Mapping[str, float]
) -> tuple[Floats, Floats, list[dict[str, str]]]:
    x, y = (shapely.get_x(origins.to_numpy()), shapely.get_y(origins.to_numpy()))
    metres = np.hypot(x[:, None] - shapely.get_x(sites.to_numpy()), y[:, None] - shapely.get_y(sites.to_numpy()))
    metres *= v["detour"]
    note = _note(
        f"Ways are straight lines × {v['detour']:g}, on foot at {flat_walk(v):.2f} km/h: no road was followed.",
        f"路程按直线距离 × {v['detour']:g}、步行 {flat_walk(v):.2f} 公里/小时估算，未沿道路计算。",
    )
    return metres / (flat_walk(v) * 1000 / 60), metres, [note]


@dataclass(frozen=True, eq=False)
class _Ends:
    """For points on edges: the edge's two nodes and what it costs to go to (or come from) them, (k, 2)."""

    node: np.ndarray[Any, Any]
    cost: Floats
    length: Floats


def _by_road(
    roads: gpd.GeoDataFrame,
    mode: str,
    v: Mapping[str, float],
    limit: float | None,
    origins: gpd.GeoSeries,
    sites: gpd.GeoSeries,
    threads: int | None,
) -> tuple[Floats, Floats, list[dict[str, str]]]:
    network = build_network(roads)
    there, back = edge_minutes(network, mode, v)
    usable = snappable(network, there, back)
    a, b = snap(network, usable, origins), snap(network, usable, sites)
    minutes, metres = _search_all(
        network, there, back, _leave(network, a, there, back), _arrive(network, b, there, back), limit, threads
    )
    _along_one_edge(network, there, back, a, b, minutes, metres)
    walk = flat_walk(v) * 1000 / 60
    access = a.access[:, None] + b.access[None, :]
    minutes += access / walk
    metres += access
    return minutes, metres, _snap_notes(a, origins)


def _snap_notes(snapped: Snapped, origins: gpd.GeoSeries, far: float = 1000.0) -> list[dict[str, str]]:
    remote = origins.index[snapped.access > far]
    if not len(remote):
        return []
    shown = ", ".join(map(str, remote[:10])) + (" …" if len(remote) > 10 else "")
    return [
        _note(
            f"{len(remote)} points lie more than {far:g} m from the nearest road, counted as a straight walk: {shown}.",
            f"{len(remote)} 个点距最近道路超过 {far:g} 米，按直线步行计：{shown}。",
        )
    ]


def _share(network: Network, s: Snapped) -> tuple[np.ndarray[Any, Any], Floats, np.ndarray[Any, Any]]:
    edge = np.where(s.edge < 0, 0, s.edge)
    return edge, s.along / network.metres[edge], s.edge < 0


def _leave(network: Network, s: Snapped, there: Floats, back: Floats) -> _Ends:
    """Cost from points on edges to the edges' ends."""
    edge, share, none = _share(network, s)
    cost = np.column_stack([_part(back[edge], share), _part(there[edge], 1 - share)])
    return _ends(network, s, edge, cost, none)


def _arrive(network: Network, s: Snapped, there: Floats, back: Floats) -> _Ends:
    """Cost from the edges' ends to points on edges."""
    edge, share, none = _share(network, s)
    cost = np.column_stack([_part(there[edge], share), _part(back[edge], 1 - share)])
    return _ends(network, s, edge, cost, none)


def _part(whole: Floats, share: Floats) -> Floats:
    """Take a share of an edge's cost: none of a closed edge costs nothing, any part of it is closed."""
    return np.where(share == 0, 0.0, whole * np.where(share == 0, 1.0, share))


def _ends(network: Network, s: Snapped, edge: np.ndarray[Any, Any], cost: Floats, none: np.ndarray[Any, Any]) -> _Ends:
    cost[none] = np.inf
    length = np.column_stack([s.along, network.metres[edge] - s.along])
    return _Ends(np.column_stack([network.tail[edge], network.head[edge]]), cost, length)


def _along_one_edge(
    network: Network, there: Floats, back: Floats, a: Snapped, b: Snapped, minutes: Floats, metres: Floats
) -> None:
    """Let points on the same edge go straight along it."""
    by_edge: dict[int, list[int]] = {}
    for j, edge in enumerate(b.edge):
        by_edge.setdefault(int(edge), []).append(j)
    for i, edge in enumerate(a.edge):
        for j in by_edge.get(int(edge), ()) if edge >= 0 else ():
            gap = b.along[j] - a.along[i]
            cost = float(there[edge] if gap >= 0 else back[edge])
            direct = 0.0 if gap == 0 else cost * abs(gap) / network.metres[edge]
            if direct < minutes[i, j]:
                minutes[i, j], metres[i, j] = direct, abs(gap)


def backward_arcs(network: Network, there: Floats, back: Floats) -> tuple[np.ndarray[Any, Any], ...]:
    """Give the CSR of the arcs turned round, for searches to a site.

    Returns
    -------
    tuple
        start (n+1,), other (arcs,) — the node an arc comes from —, minutes, metres, and the edge of each arc.
    """
    go, come = np.flatnonzero(np.isfinite(there)), np.flatnonzero(np.isfinite(back))
    origin = np.concatenate([network.tail[go], network.head[come]])
    at = np.concatenate([network.head[go], network.tail[come]])
    edge = np.concatenate([go, come])
    cost = np.concatenate([there[go], back[come]])
    order = np.lexsort((origin, at))
    start = np.zeros(len(network.xy) + 1, dtype=np.int32)
    start[1:] = np.cumsum(np.bincount(at, minlength=len(network.xy)))
    return start, origin[order].astype(np.int32), cost[order], network.metres[edge][order], edge[order]


def _search_all(
    network: Network,
    there: Floats,
    back: Floats,
    origins: _Ends,
    sites: _Ends,
    limit: float | None,
    threads: int | None,
) -> tuple[Floats, Floats]:
    """Run one backward search a site, a few sites a task, tasks side by side."""
    from layout_planner.travel.kernels import ways

    start, other, cost, length, _ = backward_arcs(network, there, back)
    minutes = np.full((len(sites.node), len(origins.node)), np.inf)
    metres = np.full_like(minutes, np.inf)
    reach = np.inf if limit is None else float(limit)

    def work(first: int) -> None:
        part = slice(first, first + _SITES_A_TASK)
        ways(
            start, other, cost, length, sites.node[part], sites.cost[part], sites.length[part],
            origins.node, origins.cost, origins.length, reach, minutes[part], metres[part],
        )  # fmt: skip

    tasks = range(0, len(sites.node), _SITES_A_TASK)
    with ThreadPoolExecutor(threads or len(os.sched_getaffinity(0))) as pool:
        done = pool.map(work, tasks)
        for _ in track(done, Text("travel times", "计算路程"), total=len(tasks)):
            pass
    return np.ascontiguousarray(minutes.T), np.ascontiguousarray(metres.T)
