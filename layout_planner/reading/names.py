"""Rows without ids: a village, school or township goes by its name, and by township and name where two share one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.reading.faults import Faults, Table
from layout_planner.study import cells
from layout_planner.study.columns import IDS

_WHAT = {"places": ("places", "居住点"), "townships": ("townships", "乡镇"), "schools": ("schools", "学校"),
         "sites": ("sites", "选址"), "estates": ("estates", "小区")}  # fmt: skip


def give_ids(table: Table, faults: Faults) -> None:
    """Give a table without a column of ids the names of its rows as ids; the frame is changed.

    Where rows share a name the township stands before it. Rows of one school that differ in their stage are one
    school. Names that even then stand twice are faults: which village is meant could not be told.

    Parameters
    ----------
    table
        Canonical columns, cells as they stand in the file. One that has ids, or no names either, stays as it is.
    faults
        Takes a warning that says so, or the faults.
    """
    key = IDS.get(table.name)
    frame = table.frame
    if key is None or key in frame or "name" not in frame:
        return
    names = cells.to_text(frame["name"])
    unsaid = np.zeros(len(frame), dtype=bool)
    keys = [names] if table.name != "schools" else [names, *(frame[c].astype("str") for c in _TELLING if c in frame)]
    shared = _twice(keys) & names.notna().to_numpy()
    if table.name != "townships" and "township_id" in frame:
        towns = cells.to_text(frame["township_id"])
        if table.name == "schools":  # one name in two townships is two schools, whatever their stages
            several = towns.groupby(names).transform("nunique").to_numpy() > 1
            shared |= several & names.notna().to_numpy()
        unsaid = shared & towns.isna().to_numpy()  # it may be the one of a township or another
        longer = towns.str.cat(names, sep=" ")
        names = names.mask(shared & towns.notna().to_numpy(), longer)
        keys[0] = names
    again = (_twice(keys) | unsaid) & names.notna().to_numpy()
    en, zh = _WHAT[table.name]
    header = table.header_of.get("name", "name")
    if again.any():
        told = Text("this name stands more than once, and there is no column of ids.", "名称重复，且表中没有编号列。")
        mend = Text(
            f"tell them apart: add the township, or a column {key} of ids.",
            f"请加以区分：补充所在乡镇列，或增加编号列（{key}）。",
        )
        faults.rows(table, again, "name", told, mend)
    told = Text(
        f"there are no ids: {en} go by their names{', with the township where two share one' if shared.any() else ''}.",
        f"没有编号列：{zh}以名称为编号{'（重名的加乡镇名）' if shared.any() else ''}。",
    )
    mend = Text("nothing to do; with a column of ids a name may change.", "无须处理；如名称会变动，请增加编号列。")
    faults.add(table.file, told, mend, column=header, warn=True)
    table.frame = pd.concat([names.rename(key), frame], axis=1)


_TELLING = ("stage", "kind", "grades")
"""Columns that tell the rows of one school apart."""


def _twice(keys: list[pd.Series]) -> np.ndarray:
    return pd.concat([one.reset_index(drop=True) for one in keys], axis=1).duplicated(keep=False).to_numpy()


def unique_names(table: Table) -> dict[str, str]:
    """Map every name of a table that only one id bears to that id."""
    key = IDS[table.name]
    if not {"name", key} <= set(table.frame.columns):
        return {}
    pairs = table.frame[["name", key]].dropna().astype(str).drop_duplicates()
    once = pairs.loc[~pairs["name"].duplicated(keep=False)]
    return dict(zip(once["name"], once[key], strict=True))


def ids_meant(values: pd.Series, frame: pd.DataFrame) -> pd.Series:
    """Put ids in the place of names.

    Parameters
    ----------
    values
        Ids or names, as text.
    frame
        Places, schools or townships of a study: ids as index, and `name`.

    Returns
    -------
    pd.Series
        Values that are ids, or no row's own name, stay as they are.
    """
    if "name" not in frame or values.isin(frame.index).all():
        return values
    names = frame["name"].dropna().astype(str)
    once = names.loc[~names.duplicated(keep=False)]
    meant = values.map(dict(zip(once, once.index, strict=True)))
    return values.where(values.isin(frame.index) | meant.isna(), meant)
