"""Rides of a school bus: where it can stop, and how long it needs from stop to stop and to the school."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout_planner.study import Study
from layout_planner.travel.roadway import make_roadway
from layout_planner.travel.speeds import speeds_for, values
from layout_planner.travel.sweeps import measure


@dataclass(frozen=True, eq=False)
class Rides:
    """What a bus needs between stops and schools.

    Parameters
    ----------
    stops
        Index as the points asked for: geometry (where the bus stops, on a road it may pass), walk_metres (from the
        point to the stop); points no bus can serve are left out.
    minutes, metres
        From every stop and school to every stop and school, along roads a bus may pass; NaN where there is no way.
        Waiting and getting on are not in them.
    """

    stops: gpd.GeoDataFrame
    minutes: pd.DataFrame
    metres: pd.DataFrame


def bus_rides(
    study: Study, points: gpd.GeoSeries, schools: pd.Index, speeds: Mapping[str, float] | None = None
) -> Rides:
    """Measure the rides of a school bus.

    Parameters
    ----------
    study
        With roads; `bus_roads` tells which of them a bus may pass, `bus_reach` how far a child walks to one at most.
    points
        Id → point: where children live, or the stops that are there. Ids must not be those of schools.
    schools
        Ids of the schools the buses go to.

    Raises
    ------
    TravelError
        The study has no roads.
    """
    v = {**values(speeds_for(study, speeds)), "bus_stop": 0.0}
    road = make_roadway(study, "bus", v)
    ends = pd.concat([points, study.schools.geometry.loc[schools]])
    put = road.put(gpd.GeoSeries(ends, crs=study.crs))
    near = put.edge >= 0
    feet = shapely.line_interpolate_point(road.network.lines[put.edge[near]], put.along[near])
    # On the road itself the way to the road is nothing: what is measured is the ride alone.
    on_road = gpd.GeoSeries(feet, index=ends.index[near], crs=study.crs)
    minutes, metres, _ = measure(road, on_road, on_road)
    here = near[: len(points)]
    stops = gpd.GeoDataFrame(
        {"walk_metres": put.access[: len(points)][here]},
        index=points.index[here],
        geometry=on_road.iloc[: int(here.sum())].to_numpy(),
        crs=study.crs,
    )
    same = np.equal.outer(minutes.index.to_numpy(), minutes.columns.to_numpy())
    return Rides(stops, minutes.mask(same, 0.0), metres.mask(same, 0.0))
