"""What is made of 芝港区 before it is written, and what all its makers need to know."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from .zhigang_land import City

GRADES = {"kindergarten": (-2, -1, 0), "primary": tuple(range(1, 6)), "junior": (6, 7, 8, 9), "senior": (10, 11, 12)}
OUT = {"primary": 230, "junior": 190, "senior": 120}  # live here, study elsewhere
IN = {"primary": 150, "junior": 130, "senior": 180}  # study here, live elsewhere


@dataclass(eq=False)
class District:
    """All that is made before it is written."""

    city: City
    births: pd.DataFrame
    pupils: pd.DataFrame
    schools: pd.DataFrame
    rolls: pd.DataFrame
    classes: pd.DataFrame
    roads: gpd.GeoDataFrame
    catchments: pd.DataFrame
    outside: dict[str, int]
