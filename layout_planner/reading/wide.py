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
_SUM = re.compile(r"\s*(合\s*计|总\s*计|小\s*计|总\s*数|全[县区市乡]?.{0,2}|序号|备注|totals?|sum)\s*", re.IGNORECASE)


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


def lay_townships_under(raw: RawTable, header_of: Mapping[str, str], faults: Faults) -> tuple[RawTable, dict[str, str]]:
    """Lay a table with a row a year and a column for each township out as township, year, count; told.

    Parameters
    ----------
    raw, header_of, faults
        As for `lay_years_under`.

    Returns
    -------
    tuple
        As `lay_years_under`; both as they were where the table names townships or counts otherwise.
    """
    towns = [c for c in map(str, raw.frame.columns) if c not in header_of.values() and not _SUM.fullmatch(c)]
    if set(header_of) != {"year"} or not towns:
        return raw, dict(header_of)
    rows = len(raw.frame)
    at = np.repeat(np.arange(rows), len(towns))
    counts = pd.Series(raw.frame[towns].to_numpy(dtype=object).ravel(), dtype=object)
    there = counts.notna().to_numpy()
    year = raw.frame[header_of["year"]].iloc[at].reset_index(drop=True)
    heads = np.tile(np.array(towns, dtype=object), rows)
    long = pd.DataFrame({header_of["year"]: year, "township_id": pd.Series(heads, dtype="str"), "count": counts})
    _tell_gaps(raw, towns, there.reshape(rows, len(towns)), faults)
    told = Text(
        f"a row a year and a column a township: {', '.join(towns[:8])}.",
        f"每行一年、每列一个乡镇：{'、'.join(towns[:8])}。",
    )
    mend = Text("nothing to do if that is so.", "如属实无须处理。")
    faults.add(raw.file, told, mend, 1, warn=True)
    laid = raw.take(at[there])
    laid = replace(
        laid, frame=long.loc[there].reset_index(drop=True), geometry=None, spread={}, laid=("count", heads[there])
    )
    return laid, {"year": header_of["year"], "township_id": "township_id", "count": "count"}


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
