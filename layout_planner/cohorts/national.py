"""Births and rolls of the country as published to 2025, and the years they peak: to stand beside a county's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from layout_planner.base.cited import Mark
from layout_planner.base.messages import Text
from layout_planner.base.units import in_units

BIRTHS: Mapping[int, float] = {
    2016: 1883, 2017: 1765, 2018: 1523, 2019: 1465, 2020: 1202, 2021: 1062, 2022: 956, 2023: 902, 2024: 954, 2025: 792,
}  # fmt: skip
"""Births of the country, ten thousand. 国家统计局: 2016 and 2017 as revised after the census (17 May 2021; first
published 1786 and 1723), 2025 on 19 January 2026. 2011–2015 rose by about 100 a year too; their revised figures were
not met, so they are left out."""

_ROWS: tuple[tuple[str, dict[int, float]], ...] = (
    ("kindergarten", {2020: 4818.3, 2021: 4805.2, 2022: 4627.5, 2023: 4093.0, 2024: 3584.0, 2025: 3225.5}),
    ("primary", {2023: 10836.0, 2024: 10584.4, 2025: 10178.3}),
    ("primary_intake", {2020: 1808.1, 2021: 1782.6, 2022: 1701.0, 2023: 1877.9, 2024: 1616.6, 2025: 1461.7}),
    ("junior", {2023: 5243.7, 2024: 5386.2, 2025: 5509.3}),
    ("junior_intake", {2023: 1754.6, 2024: 1848.8, 2025: 1852.8}),
    ("senior", {2023: 2803.6, 2024: 2922.3, 2025: 3039.5}),
)
_FROM_MEMORY = {("primary_intake", 2022)}


@in_units()
def national_children() -> pd.DataFrame:
    """List the children of the country by year, as published.

    Returns
    -------
    pd.DataFrame
        what (a stage's rolls, or its intake), year, children (ten thousand), mark ("verified", or "memory" where the
        figure was not met). Source: the ministry's statistical communiqués 2020–2025.
    """
    rows = [
        (what, year, number, "memory" if (what, year) in _FROM_MEMORY else "verified")
        for what, by_year in _ROWS
        for year, number in by_year.items()
    ]
    return pd.DataFrame(rows, columns=["what", "year", "children", "mark"])


@dataclass(frozen=True)
class Peak:
    """When a roll of the country is highest.

    Parameters
    ----------
    year
        The year.
    source
        Who says so.
    mark
        How sure we are of it.
    """

    year: int
    source: Text
    mark: Mark


_PUBLISHED = Text("the rolls published to 2025", "已公布至2025年的在校生数")
_OURS = Text("ours: intake six years before × 0.99", "本工具推算：六年前小学招生数 × 0.99")

NATIONAL_PEAKS: Mapping[str, tuple[Peak, ...]] = {
    "kindergarten": (Peak(2020, _PUBLISHED, "verified"),),
    "primary": (Peak(2023, _PUBLISHED, "verified"),),
    "primary_intake": (Peak(2023, _PUBLISHED, "verified"),),
    "junior": (Peak(2026, Text("ministry, reform commission", "教育部、国家发展改革委"), "verified"),),
    "junior_intake": (Peak(2025, _PUBLISHED, "verified"), Peak(2029, _OURS, "partial")),
    "senior": (Peak(2029, Text("ministry, reform commission", "教育部、国家发展改革委"), "verified"),),
}
"""Rolls (and intake) of a stage → the years they crest. They are the country's: a county that loses people peaked
earlier, and its own cohort forecast decides."""
