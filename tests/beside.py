"""What may lie beside the repository: real data, published instances. Tests skip, with a reason, where it does not."""

from functools import lru_cache
from pathlib import Path

import geopandas as gpd

from layout_planner.roads.reader import read_roads

SHARED = Path(__file__).parents[2] / "shared"
DATA = SHARED / "data"
BENCH = SHARED / "bench"
CASES = SHARED / "cases"


@lru_cache(maxsize=4)
def real_roads(file: str) -> gpd.GeoDataFrame:
    """Give the roads of a real file of `DATA`, read once a process; no test changes them."""
    return read_roads(DATA / file)
