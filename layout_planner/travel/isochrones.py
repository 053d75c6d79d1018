"""How far children come within so many minutes: polygons along the roads, and the pupils inside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import shapely.ops

from layout_planner.base.arrays import Floats
from layout_planner.base.errors import TravelError
from layout_planner.base.messages import Text
from layout_planner.base.units import in_units
from layout_planner.study import Study
from layout_planner.travel.matrix import STRAIGHT, site_points
from layout_planner.travel.modes import ROAD_MODES, before_the_ride
from layout_planner.travel.roadway import Roadway, arrive, backward_arcs, make_roadway
from layout_planner.travel.speeds import flat_walk
from layout_planner.travel.types import Travel

SIDE = 150.0
"""Metres to either side of a road that count as lying on it, in the drawing only."""


@in_units()
def isochrones(
    study: Study,
    travel: Travel,
    sites: Iterable[str],
    minutes: Sequence[float] = (15.0, 30.0, 60.0),
    *,
    stage: str | None = None,
    grade: int | None = None,
    side: float = SIDE,
) -> gpd.GeoDataFrame:
    """Draw from where the nearest of some sites is reached within so many minutes.

    Parameters
    ----------
    study, travel
        The travel must have been measured on this study's roads (walk, bike, drive, bus) or be straight.
    sites
        School or candidate site ids; the nearest of them counts.
    minutes
        The bands' limits; each polygon holds those of smaller limits.
    stage
        Whose pupils are counted; None for all.
    grade
        Whose pace; None for an adult's.
    side
        Half the width drawn along a road, metres. Pupils are counted by the matrix, not by the drawing.

    Returns
    -------
    GeoDataFrame
        Index minutes, ascending; `places` and `pupils` within, `share` of the pupils, geometry in the study's CRS.

    Raises
    ------
    TravelError
        A site is not in the travel, or the travel has no roads to draw on.
    """
    chosen = pd.Index(list(dict.fromkeys(sites)), dtype="str")
    limits = sorted(float(m) for m in minutes)
    nearest = np.fmin.reduce(travel.cost(travel.minutes.index, chosen, grade=grade), axis=1, initial=np.nan)
    pupils = _pupils(study, stage).reindex(travel.minutes.index, fill_value=0.0).to_numpy()
    factor = travel.pace.get(grade, 1.0) if grade is not None else 1.0
    shapes = _shapes(study, travel, chosen, [limit / factor for limit in limits], side)
    inside = [nearest <= limit for limit in limits]
    total = pupils.sum()
    table = pd.DataFrame(
        {
            "places": [int(i.sum()) for i in inside],
            "pupils": [float(pupils[i].sum()) for i in inside],
            "share": [float(pupils[i].sum() / total) if total else np.nan for i in inside],
        },
        index=pd.Index(limits, name="minutes"),
    )
    return gpd.GeoDataFrame(table, geometry=shapes, crs=study.crs)


def _pupils(study: Study, stage: str | None) -> pd.Series:
    if stage is not None:
        return study.demand(stage)
    return study.pupils.groupby("place_id", observed=True)["pupils"].sum()


def _shapes(study: Study, travel: Travel, chosen: pd.Index, limits: list[float], side: float) -> list[shapely.Geometry]:
    points = site_points(study).reindex(chosen)
    if travel.mode == STRAIGHT:
        v = travel.options["speeds"]
        pace = flat_walk(v) * 1000 / 60 / v["detour"]
        return [shapely.union_all(shapely.buffer(points.to_numpy(), limit * pace)) for limit in limits]
    if travel.options.get("given") or travel.mode not in ROAD_MODES:
        raise TravelError(
            str(
                Text(
                    f"{travel.mode} travel has no roads to draw on; measure with walk, bike, drive or bus.",
                    f"{travel.mode} 没有沿道路计算，无法绘制等时圈；请用 walk、bike、drive 或 bus。",
                )
            )
        )
    road = make_roadway(study, travel.mode, travel.options["speeds"])
    wait = before_the_ride(travel.mode, road.v)
    return [_shape(road, points, limit - wait, side) for limit in limits]


def _shape(road: Roadway, points: gpd.GeoSeries, limit: float, side: float) -> shapely.Geometry:
    """Join the stretches of road from which a site is reached in time, made `side` wide."""
    from layout_planner.travel.kernels import search

    own = road.put(points)
    put = [own, road.put_apart(points, own)]
    ends, arcs = [arrive(road, s) for s in put], backward_arcs(road)
    node = np.concatenate([e.node.ravel() for e in ends])
    cost, length = np.concatenate([e.cost.ravel() for e in ends]), np.concatenate([e.length.ravel() for e in ends])
    dist = search(arcs.start, arcs.other, arcs.minutes, arcs.metres, node, cost, length, limit)[0]
    network, costs = road.network, road.costs
    # From a point on an edge one leaves by the tail or by the head: the stretch near each end that is in time.
    left = [limit - np.where(node < 0, np.inf, dist[node]) for node in road.junctions.leave.T]
    whole = np.isfinite(costs.back) & (costs.back <= left[0])
    whole |= np.isfinite(costs.there) & (costs.there <= left[1])
    whole &= (network.table["class"] != "ferry").to_numpy()
    pieces = list(network.lines[whole])
    for tail_end, cost in ((True, costs.back), (False, costs.there)):
        more = left[0 if tail_end else 1]
        for edge in np.flatnonzero(~whole & (more > 0) & np.isfinite(cost)):
            share = _reach(road, int(edge), tail_end, float(more[edge]))
            low, high = (0.0, share) if tail_end else (share, 1.0)
            pieces.append(shapely.ops.substring(network.lines[edge], low, high, normalized=True))
    for s in put:
        for k in np.flatnonzero((s.edge >= 0) & (road.access_minutes(s) <= limit)):
            pieces += _around(road, int(s.edge[k]), float(s.along[k]), limit - road.access_minutes(s)[k])
    strips = shapely.buffer(shapely.simplify(pieces, side / 5), side, quad_segs=2)
    return shapely.simplify(shapely.union_all(strips), side / 5) if len(pieces) else shapely.Polygon()


def _mounting(road: Roadway, edge: int) -> tuple[Floats, Floats, Floats]:
    """Give an edge's shares and the minutes there and back up to each."""
    part = slice(int(road.costs.start[edge]), int(road.costs.start[edge + 1]))
    there, back = road.costs.there_to[part], road.costs.back_to[part]
    return np.linspace(0, 1, len(there)), there, back


def _reach(road: Roadway, edge: int, tail_end: bool, left: float) -> float:
    """Give the share of an edge from beyond which its tail (or its head) is too far."""
    shares, there, back = _mounting(road, edge)
    if tail_end:
        return float(np.interp(left, back, shares))
    return float(np.interp(there[-1] - left, there, shares))


def _around(road: Roadway, edge: int, along: float, left: float) -> list[shapely.LineString]:
    """Give the stretch of a site's own edge from which it is reached without leaving the edge."""
    shares, there, back = _mounting(road, edge)
    at = along / float(road.network.metres[edge])
    low = high = at
    if np.isfinite(road.costs.there[edge]):
        low = float(np.interp(np.interp(at, shares, there) - left, there, shares))
    if np.isfinite(road.costs.back[edge]):
        high = float(np.interp(np.interp(at, shares, back) + left, back, shares))
    if high <= low:
        return []
    return [shapely.ops.substring(road.network.lines[edge], low, high, normalized=True)]
