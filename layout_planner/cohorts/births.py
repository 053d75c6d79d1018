"""Births by township and year: what was recorded, what is assumed to come, and the cohorts they make."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text

CUT_OFF_SHARE = 1 / 3
"""Share of a calendar year's births from 1 September to 31 December, who enter school a year later (31 August)."""

GROWTH: Mapping[str, float] = {"low": -0.06, "middle": -0.03, "high": 0.0}
"""Change of births a year after the last recorded one. Not a prediction: three stated courses around the national one
(国家统计局, ten thousand: 2017 1,765, 2022 956, 2024 954, 2025 792: −12 % a year to 2022, then level, then −17 %;
`national.py`)."""

VARIANT_NAMES: Mapping[str, Text] = {
    "low": Text("low", "低方案"), "middle": Text("middle", "中方案"), "high": Text("high", "高方案"),
}  # fmt: skip
"""Course of births → its name."""


def recorded(births: pd.DataFrame) -> pd.DataFrame:
    """Lay recorded births out, township × year.

    Parameters
    ----------
    births
        township_id, year, count, variant; of several variants "recorded" counts, else the first.

    Raises
    ------
    DataError
        No births are given.
    """
    if births.empty:
        raise refuse(
            "the study has no births, and a forecast rests on them",
            "研究中没有出生人口，无法预测",
            "add a table [births] with township_id, year, count",
            "请补充 [births] 表：township_id、year、count",
        )
    variants = births["variant"].astype("string").fillna("recorded")
    chosen = "recorded" if (variants == "recorded").any() else variants.iloc[0]
    mine = births.loc[variants == chosen]
    return mine.pivot_table(index="township_id", columns="year", values="count", aggfunc="sum").sort_index(axis=1)


def extended(table: pd.DataFrame, until: int, growth: float, given: pd.DataFrame | None = None) -> pd.DataFrame:
    """Carry births on beyond the last recorded year.

    Parameters
    ----------
    table
        Births, township × year.
    until
        Last year wanted.
    growth
        Change a year, −0.03 for three per cent fewer. Each township starts from the mean of its last three years,
        scaled so that the county goes on from its last year: small townships swing by chance.
    given
        Births a planner gives for later years, township × year; they count before the growth.

    Returns
    -------
    pd.DataFrame
        Township × year up to `until`.
    """
    last = int(table.columns.max())
    recent = table.loc[:, last - 2 : last].mean(axis=1)
    level = recent * (table[last].sum() / recent.sum()) if recent.sum() > 0 else recent
    columns = {year: level * (1.0 + growth) ** (year - last) for year in range(last + 1, until + 1)}
    whole = pd.concat([table, pd.DataFrame(columns, index=table.index)], axis=1)
    if given is not None:
        for year in given.columns.intersection(whole.columns):
            whole[year] = given[year].reindex(whole.index).fillna(whole[year])
    return whole


def cohort(table: pd.DataFrame, grade: int, year: int) -> pd.Series[float]:
    """Give the births that make a grade of an autumn.

    Born from 1 September of year − 6 − grade to 31 August of the next year: one third of the first calendar year, two
    thirds of the second.

    Returns
    -------
    pd.Series
        Births; index township_id, NaN where a year is missing.
    """
    first, second = year - 6 - grade, year - 5 - grade
    missing = pd.Series(np.nan, index=table.index)
    return CUT_OFF_SHARE * table.get(first, missing) + (1 - CUT_OFF_SHARE) * table.get(second, missing)
