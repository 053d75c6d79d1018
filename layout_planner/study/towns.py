"""Which schools stand in town: by the urban-rural code of their township, in which the first digit 1 means urban."""

from __future__ import annotations

import pandas as pd

from layout_planner.study.types import Study


def in_town(study: Study) -> pd.Series[bool]:
    """Tell which schools stand in the county seat or another town (统计用城乡分类代码 1xx).

    Returns
    -------
    pd.Series
        Index school_id. Where no township bears a code, the township with most people counts as the town.
    """
    townships = study.townships
    codes = townships["urban_rural"] if "urban_rural" in townships else pd.Series(None, townships.index, dtype="str")
    codes = codes.astype("string").fillna("")
    town = set(townships.index[codes.str.startswith("1").to_numpy(dtype=bool)])
    if not codes.str.len().any() and len(townships) and "population" in townships:
        town = {townships["population"].astype(float).idxmax()}
    at = study.schools["township_id"] if "township_id" in study.schools else pd.Series(None, study.schools.index)
    return at.isin(town).rename("in_town")
