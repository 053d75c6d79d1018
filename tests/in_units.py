"""Every table the public API gives in a test is looked at: units of its numbers, a named index, a CRS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from layout_planner.base import units

say_units = units.say_units


def wrong_in(table: Any) -> list[str]:
    """Give what a table does not say of itself."""
    found = []
    said = table.attrs.get("units", {})
    by_row = "unit" in table.index.names or (table.ndim == 2 and "unit" in table) or {*said} == {
        str(name) for name in table.index.get_level_values(-1)
    }  # fmt: skip
    pairs = table.items() if table.ndim == 2 else [(table.name, table)]
    for name, column in pairs:
        if (
            is_numeric_dtype(column)
            and not is_bool_dtype(column)
            and column.notna().any()
            and name not in said
            and not by_row
        ):
            found.append(f"no unit of {name}")
    if None in table.index.names and not is_numeric_dtype(table.index) and len(table):
        found.append(f"index without a name: {table.index[:3].tolist()}")
    if isinstance(table, gpd.GeoDataFrame) and table.crs is None:
        found.append("no CRS")
    return found


def watched(table: Any, own: Mapping[str, str] | None = None) -> Any:
    """As `say_units`, and refuse a table that lacks a unit; the ids of what a test makes by hand need no name."""
    told = say_units(table, own)
    if isinstance(told, pd.DataFrame | pd.Series):
        found = [each for each in wrong_in(told) if not each.startswith("index")]
        assert not found, found
    return told
