"""Births as bureaus keep them: a row a township, a column a year, laid out as a row for each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.formats.tables import RawTable
from layout_planner.reading.faults import MOST_PER_CHECK, Faults

_COUNT = re.compile(r"count_(\d{4})")


def lay_years_under(raw: RawTable, header_of: Mapping[str, str], faults: Faults) -> tuple[RawTable, dict[str, str]]:
    """Lay a table with a column for each year out as township, year, count.

    Parameters
    ----------
    raw
        As it stands in the file.
    header_of
        Canonical name → header; `count_2016` and the like are the columns of years.
    faults
        Takes a warning for each empty cell of a row that has numbers: births that are not known are no zero.

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
    _tell_gaps(raw, list(years.values()), there.reshape(rows, len(years)), faults)
    laid = raw.take(at[there])
    none = np.zeros(rows, dtype=bool)
    merged = np.column_stack([raw.spread.get(header, none) for header in years.values()]).ravel()[there]
    heads = np.tile(np.array(list(years.values()), dtype=object), rows)[there]
    laid = replace(
        laid,
        frame=long.loc[there].reset_index(drop=True),
        geometry=None,
        spread={**laid.spread, "count": merged},
        laid=("count", heads),
    )
    return laid, rest | {"year": "year", "count": "count"}


def _tell_gaps(raw: RawTable, headers: list[str], there: npt.NDArray[np.bool_], faults: Faults) -> None:
    known = np.any(there, axis=1, keepdims=True)
    gaps = np.argwhere(~there & known)
    mend = Text("fill it, if it is known; 0 where nobody was born.", "如已知请补填；确无出生时填 0。")
    for row, column in gaps[:MOST_PER_CHECK]:
        told = Text("the cell is empty: these births are not known.", "单元格为空：该年出生人数未知。")
        faults.add(raw.file_of(row), told, mend, int(raw.rows[row]), headers[column], warn=True)
    if len(gaps) > MOST_PER_CHECK:
        more = len(gaps) - MOST_PER_CHECK
        told = Text(f"{more} more cells of births are empty.", f"另有 {more} 格出生人数为空。")
        faults.add(raw.file, told, mend, warn=True)
