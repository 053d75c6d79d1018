"""Tables on disk: CSV that Excel opens without running what stands in it, and that reads back unchanged."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

RISKY = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""Text that begins so is taken for a formula by spreadsheets (full-width forms included)."""


def write_csv(frame: pd.DataFrame, path: str | os.PathLike[str], index: bool = False) -> None:
    """Write a table as UTF-8 with BOM; text that looks like a formula gets an apostrophe in front, numbers never."""
    table = frame.reset_index() if index else frame
    safe = table.copy()
    for column in table.columns:
        if isinstance(table[column].dtype, pd.StringDtype):
            first = table[column].str.slice(0, 1)
            risky = first.isin([*RISKY, "'"]).to_numpy(dtype=bool)
            if risky.any():
                safe[column] = table[column].mask(risky, "'" + table[column])
        elif table[column].dtype == object:
            safe[column] = table[column].map(guard)
    safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def read_csv(path: str | os.PathLike[str], text: tuple[str, ...] = ()) -> pd.DataFrame:
    """Read a table that `write_csv` wrote.

    Parameters
    ----------
    text
        Columns that are text (codes!), whatever they look like.
    """
    table = pd.read_csv(
        Path(path), encoding="utf-8-sig", dtype=dict.fromkeys(text, "str"), keep_default_na=False, na_values=[""]
    )
    for column in table.columns:
        if column in text or table[column].dtype == object or isinstance(table[column].dtype, pd.StringDtype):
            table[column] = table[column].map(unguard, na_action="ignore")
    return table


def guard(value: object) -> object:
    """Put an apostrophe before text a spreadsheet would run, and before one that has it already."""
    if isinstance(value, str) and (value.startswith(RISKY) or value.startswith("'")):
        return "'" + value
    return value


def unguard(value: object) -> object:
    """Undo `guard`."""
    if isinstance(value, str) and value.startswith("'"):
        return value[1:]
    return value
