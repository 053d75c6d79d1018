"""Schools opened at a chosen point: sites named after their longitude and latitude."""

from __future__ import annotations

import re
from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd

from layout_planner.base.errors import ScenarioError
from layout_planner.base.messages import Text
from layout_planner.scenario.edit import Edit
from layout_planner.study import Study

AT_POINT = re.compile(r"new@(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)")
"""The id of a site that is a point: longitude and latitude in degrees, WGS 84."""

FARTHEST = 50_000.0
"""Metres from the nearest place beyond which a point is a slip of the pen (latitude first, another county)."""


def site_at(lon: float, lat: float) -> str:
    """Name the site at a point, to about a metre.

    Raises
    ------
    ValueError
        It lies nowhere on earth.
    """
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(f"at=({lon:g}, {lat:g}): longitude first, then latitude / 先经度，后纬度")
    return f"new@{lon:.5f},{lat:.5f}"


def with_points(study: Study, edits: Iterable[Edit]) -> Study:
    """Give a study the candidate sites that edits name by their point; the same object where they name none.

    Raises
    ------
    ScenarioError
        A point lies farther than `FARTHEST` from every place of the study.
    """
    names = dict.fromkeys(name for edit in edits for name in edit.named("site"))
    found = {name: AT_POINT.fullmatch(name) for name in names if name not in study.sites.index}
    asked = {name: (float(match[1]), float(match[2])) for name, match in found.items() if match}
    asked = {name: point for name, point in asked.items() if name not in study.schools.index}
    if not asked:
        return study
    lon, lat = np.array(list(asked.values())).T
    points = gpd.GeoSeries.from_xy(lon, lat, index=list(asked), crs="EPSG:4326").to_crs(study.crs)
    homes = study.place_points()
    for name, point in points.items():
        away = float(homes.distance(point).min())
        if not away <= FARTHEST:
            told = Text(
                f'"{name}" lies {away / 1000:,.0f} km from the nearest place of the study; longitude stands first.',
                f"“{name}”距研究范围内最近的居住点 {away / 1000:,.0f} 公里；请先写经度，后写纬度。",
            )
            raise ScenarioError(str(told))
    added = gpd.GeoDataFrame({"name": list(asked)}, index=points.index, geometry=points.to_numpy(), crs=study.crs)
    sites = pd.concat([study.sites, added]) if len(study.sites) else added.reindex(columns=study.sites.columns)
    return study.with_(sites=gpd.GeoDataFrame(sites, crs=study.crs).rename_axis("site_id"))
