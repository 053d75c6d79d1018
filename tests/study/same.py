"""Whether two studies hold the same, table by table."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
from geopandas.testing import assert_geodataframe_equal

from layout_planner.study import Study

TABLES = (
    "places", "townships", "schools", "sites", "offers", "pupils", "rolls", "attendance", "births", "classes",
    "adjacency", "roads",
)  # fmt: skip
PLAIN = ("name", "year", "calendar", "crs", "simulated", "demand_base")


def assert_same(one: Study, other: Study) -> None:
    for name in PLAIN:
        assert getattr(one, name) == getattr(other, name), name
    for name in TABLES:
        _assert_same_table(getattr(one, name), getattr(other, name))
    assert set(one.extra) == set(other.extra)
    for name, table in one.extra.items():
        _assert_same_table(table, other.extra[name])
    assert set(one.given_travel) == set(other.given_travel)
    for mode, table in one.given_travel.items():
        pd.testing.assert_frame_equal(table, other.given_travel[mode])
    assert one.sources.get("statements", ()) == other.sources.get("statements", ())


def _assert_same_table(one: pd.DataFrame | None, other: pd.DataFrame | None) -> None:
    if one is None or other is None:
        assert one is None and other is None
    elif isinstance(one, gpd.GeoDataFrame):
        assert_geodataframe_equal(one, gpd.GeoDataFrame(other)[list(one.columns)])
    else:
        pd.testing.assert_frame_equal(one, other)
