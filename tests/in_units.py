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
    dtypes = [(table.name, table.dtype)] if table.ndim == 1 else list(zip(table.columns, table.dtypes, strict=True))
    silent = [
        (at, name)
        for at, (name, dtype) in enumerate(dtypes)
        if name not in said and is_numeric_dtype(dtype) and not is_bool_dtype(dtype)
    ]
    if silent and not _said_by_row(table, said):
        columns = [(table if table.ndim == 1 else table.iloc[:, at], name) for at, name in silent]
        found += [f"no unit of {name}" for column, name in columns if column.notna().any()]
    if None in table.index.names and not is_numeric_dtype(table.index) and len(table):
        found.append(f"index without a name: {table.index[:3].tolist()}")
    if isinstance(table, gpd.GeoDataFrame) and table.crs is None:
        found.append("no CRS")
    return found


def _said_by_row(table: Any, said: Mapping[str, str]) -> bool:
    if "unit" in table.index.names or (table.ndim == 2 and "unit" in table):
        return True
    return {*said} == {str(name) for name in table.index.get_level_values(-1)}


def watched(table: Any, own: Mapping[str, str] | None = None) -> Any:
    """As `say_units`, and refuse a table that lacks a unit; the ids of what a test makes by hand need no name."""
    told = say_units(table, own)
    if isinstance(told, pd.DataFrame | pd.Series):
        found = [each for each in wrong_in(told) if not each.startswith("index")]
        assert not found, found
    return told
