"""Rows without ids: a village, school or township goes by its name, and by township and name where two share one."""

from __future__ import annotations

import re
import unicodedata

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


class ByName:
    """The ids of names that one alone bears; brackets, blanks and letters of another width or case are the same name.

    Parameters
    ----------
    names, ids
        Of every row; an id may stand in several.
    """

    def __init__(self, names: pd.Series, ids: pd.Series | pd.Index) -> None:
        pairs = pd.DataFrame({"name": names.to_numpy(), "id": np.asarray(ids)}).dropna().astype(str).drop_duplicates()
        self._exact = _once(pairs["name"], pairs["id"])
        self._pairs = pairs
        self._alike: dict[str, str] | None = None

    def ids(self, values: pd.Series) -> pd.Series:
        """Give the id of each name; missing where none or several bear it."""
        found = values.map(self._exact)
        rest = values.notna() & found.isna()
        if not rest.any() or not len(self._pairs):
            return found
        if self._alike is None:
            self._alike = _once(self._pairs["name"].map(same_name), self._pairs["id"])
        several = set(self._pairs["name"]) - set(self._exact)  # a name of two rows is never that of one
        written = values[rest].astype(str)
        return found.where(
            ~rest, written.where(~written.isin(several)).map(same_name, na_action="ignore").map(self._alike)
        )


def same_name(name: str) -> str:
    """Write a name so that it is the same however it was typed: 实验小学 （东校区） and 实验小学(东校区)."""
    return re.sub(r"[\s\u200b-\u200f\u2060\ufeff]", "", unicodedata.normalize("NFKC", name)).casefold()


def _once(names: pd.Series, ids: pd.Series) -> dict[str, str]:
    pairs = pd.DataFrame({"name": names, "id": ids}).drop_duplicates()
    alone = pairs.loc[~pairs["name"].duplicated(keep=False)]
    return dict(zip(alone["name"], alone["id"], strict=True))


def unique_names(table: Table) -> ByName:
    """Give the ids of a table's names that one id alone bears."""
    key = IDS[table.name]
    if not {"name", key} <= set(table.frame.columns):
        return ByName(pd.Series(dtype="str"), pd.Series(dtype="str"))
    return ByName(table.frame["name"], table.frame[key])


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
    meant = ByName(frame["name"], frame.index).ids(values)
    return values.where(values.isin(frame.index) | meant.isna(), meant)
