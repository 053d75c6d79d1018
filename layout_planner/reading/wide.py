"""Births as bureaus keep them: a row a township, a column a year, laid out as a row for each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from layout_planner.reading.tables import RawTable

_COUNT = re.compile(r"count_(\d{4})")


def lay_years_under(raw: RawTable, header_of: Mapping[str, str]) -> tuple[RawTable, dict[str, str]]:
    """Lay a table with a column for each year out as township, year, count.

    Parameters
    ----------
    raw
        As it stands in the file.
    header_of
        Canonical name → header; `count_2016` and the like are the columns of years.

    Returns
    -------
    tuple
        The table, every row as often as there are years, with the file's row numbers and the columns `year` and
        `count` (empty cells left out), and what its headers mean now; both as they were where no column is a year's.
    """
    years = {int(found[1]): header for name, header in header_of.items() if (found := _COUNT.fullmatch(name))}
    if not years or "year" in header_of or "count" in header_of:
        return raw, dict(header_of)
    rest = {name: header for name, header in header_of.items() if not _COUNT.fullmatch(name)}
    kept = [column for column in raw.frame.columns if column not in years.values()]
    rows = len(raw.frame)
    at = np.repeat(np.arange(rows), len(years))
    long = raw.frame[kept].iloc[at].reset_index(drop=True)
    long["year"] = pd.Series(np.tile([str(year) for year in years], rows), dtype="str")
    counts = raw.frame[list(years.values())].to_numpy(dtype=object)
    long["count"] = pd.Series(counts.ravel(), dtype=object)
    there = long["count"].notna().to_numpy()
    laid = raw.take(at[there])
    none = np.zeros(rows, dtype=bool)
    merged = np.column_stack([raw.spread.get(header, none) for header in years.values()]).ravel()[there]
    laid = replace(
        laid, frame=long.loc[there].reset_index(drop=True), geometry=None, spread={**laid.spread, "count": merged}
    )
    return laid, rest | {"year": "year", "count": "count"}
