"""What is made of 涪溪县 before it is written."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from .fuxi_land import Land
from .fuxi_schools import Stage


@dataclass(eq=False)
class County:
    """All that is made before it is written."""

    land: Land
    births: pd.DataFrame
    pupils: pd.DataFrame
    stages: dict[str, Stage]
    schools: pd.DataFrame
    before: pd.DataFrame
    rolls: pd.DataFrame
    rolls_before: pd.DataFrame
    roads: gpd.GeoDataFrame
    sites: pd.DataFrame
