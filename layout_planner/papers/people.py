"""Tables for people: columns and values in the reader's language, names beside ids, rounded to what is known."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from layout_planner.base.messages import Language, Text, language, using_language
from layout_planner.base.tables import write_csv
from layout_planner.live.judged import told_of
from layout_planner.papers.columns import COLUMNS, DECIMALS, NAMED_BY, UNIT_KINDS, Column, Kind, column_of
from layout_planner.papers.words import VALUES, YEARS_BEFORE, grade_word, measure_word, plain

if TYPE_CHECKING:
    from layout_planner.plan import Plan
    from layout_planner.study import Study

Names = Literal["people", "machine"]
"""Whose words a table is in: the reader's, or those of the program (as run folders have them)."""

_asked: ContextVar[Names] = ContextVar("names", default="people")


@contextmanager
def using_names(names: Names) -> Iterator[None]:
    """Write tables with one kind of names inside the block."""
    token = _asked.set(names)
    try:
        yield
    finally:
        _asked.reset(token)


BY_UNIT = ("value", "limit", "excess", "mean", "have", "lacks")
"""Columns whose decimals follow the unit that stands in their row."""

NEVER = {"rule": "rule", "geometry": "geometry"}
"""Columns whose values are no words: citations by code, shapes."""


def for_people(table: pd.DataFrame, study: Study | None = None, lang: Language | None = None) -> pd.DataFrame:
    """Put a table of this program into the reader's words.

    Parameters
    ----------
    table
        Any table with the columns of `COLUMNS`; its index is not shown. Left as it is.
    study
        Names schools, places and townships beside their ids; without it ids stand alone.
    lang
        "zh" or "en"; the reader's where left out.

    Returns
    -------
    pd.DataFrame
        The same rows: headers and values in words, ids as text with a column of names beside them, numbers rounded to
        what is known (whole pupils, tenths of minutes). A column nobody knows keeps its name.
    """
    with using_language(lang or language()):
        shown = table.rename_axis(columns=None).reset_index(drop=True)
        parts: dict[str, pd.Series] = {}
        for name in shown.columns:
            column = column_of(str(name))
            _add(parts, str(column.words), _written(shown, str(name), column))
            beside = NAMED_BY.get(str(name))
            if beside is not None and study is not None and beside not in shown.columns and not _has_name(shown, name):
                _add(parts, _name_header(str(name), column), _names(shown[name], str(name), study))
        return type(table)(parts, index=shown.index)


def _add(parts: dict[str, pd.Series], header: str, values: pd.Series) -> None:
    """Put a column under its header; one that is taken gets a number."""
    name, number = header, 1
    while name in parts:
        number += 1
        name = f"{header} ({number})"
    parts[name] = values


def _has_name(table: pd.DataFrame, name: object) -> bool:
    """Tell whether the table names what an id means: its column `name` is that of the first id."""
    first = next((column for column in table.columns if column in NAMED_BY), None)
    return name == first and "name" in table.columns


def _name_header(name: str, column: Column) -> str:
    code = column.words
    return str(
        Text(code.en.replace(" code", "").replace("code of the ", "").replace(" no.", ""), code.zh.removesuffix("编号"))
    )


def _names(ids: pd.Series, name: str, study: Study) -> pd.Series:
    frame = {"place_id": study.places, "township_id": study.townships}.get(name, study.schools)
    known = frame["name"] if "name" in frame else pd.Series(dtype="str")
    lookup = known.astype("str").to_dict()

    def named(value: object) -> str:
        # Shared zones hold several ids.
        return " · ".join(plain(lookup.get(part, part)) for part in str(value).split(";")) if _is_known(value) else ""

    return _each_once(ids, named)


def _each_once(values: pd.Series, write: Callable[[object], str]) -> pd.Series:
    """Write every value of a column, each different text once."""
    if values.dtype != "str":
        return values.map(write).astype("str")
    at, known = pd.factorize(values)
    told = np.array([*(write(value) for value in known), write(None)], dtype=object)  # −1: missing
    return pd.Series(told[at], index=values.index, name=values.name).astype("str")


def _is_known(value: object) -> bool:
    return not (value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)) or value == "")


def _written(table: pd.DataFrame, name: str, column: Column) -> pd.Series:
    values = table[name]
    if name in NEVER or (column.kind == "text" and isinstance(values.dtype, pd.CategoricalDtype)):
        values = values.astype("str") if name != "geometry" else values
    if name == "geometry":
        return values
    if name == "measure":
        return values.map(measure_word).astype("str")
    if column.kind == "flag" or values.dtype in ("bool", "boolean"):
        yes, no = Text("yes", "是"), Text("no", "否")
        return values.map(lambda v: "" if pd.isna(v) else str(yes if v else no)).astype("str")
    if column.kind == "grade" and pd.api.types.is_numeric_dtype(values):
        early = set(values.dropna().unique()) & set(YEARS_BEFORE)
        return values.map(_grade) if early else values.astype("Int64")
    if pd.api.types.is_numeric_dtype(values):
        return _rounded(table, name, values, column.kind)
    words = VALUES.get(name, {})
    return _each_once(values, lambda v: plain(words.get(str(v), v)) if _is_known(v) else "")


def _grade(grade: float) -> str:
    return grade_word(int(grade))


def _rounded(table: pd.DataFrame, name: str, values: pd.Series, kind: Kind) -> pd.Series:
    """Round to what is known; whole numbers where there is nothing behind the point."""
    if (name in BY_UNIT or name not in COLUMNS) and "unit" in table.columns:
        decimals = table["unit"].map(lambda unit: DECIMALS[UNIT_KINDS.get(str(unit), "count")])
        # A coefficient or a value per pupil is no count, whatever its unit is called.
        decimals = decimals.where(
            table["unit"].astype("str").isin(["pupils", "seats", "schools", "classes", "min", "m", "%"]), 3
        )
        each = [round(float(v), int(d)) if np.isfinite(v) else np.nan for v, d in zip(values, decimals, strict=True)]
        return pd.Series(each, index=values.index, dtype="float64")
    if kind in ("text", "code", "plain", "flag"):
        kind = "ratio"
    decimals_known = DECIMALS[kind]
    rounded = values.astype("float64").round(decimals_known)
    finite = rounded.replace([np.inf, -np.inf], np.nan)
    return finite.astype("Int64") if decimals_known == 0 else finite


def plan_tables(plan: Plan, lang: Language | None = None, names: Names = "people") -> dict[str, pd.DataFrame]:
    """Give the tables of a plan.

    Parameters
    ----------
    plan
        The plan.
    lang
        "zh" or "en"; the reader's where left out.
    names
        "people": words, names beside ids, rounded; "machine": as run folders hold them.

    Returns
    -------
    dict
        Name → table, children without a school first. Machine names are those of the run folder's files.
    """
    from layout_planner.plan import lacks_school
    from layout_planner.plan.folder import school_table

    own = {
        "unplaced": (Text("children without a school", "未安置学生"), plan.unplaced),
        "schools": (Text("schools", "学校"), school_table(plan)),
        "assignment": (Text("who goes where", "学生流向"), plan.flows),
        "outside": (Text("pupils from outside", "县外来源学生"), plan.outside),
        "scorecard": (Text("measures", "指标"), plan.scorecard.table),
        "findings": (Text("findings", "问题"), plan.findings),
        "unchecked": (Text("not checked", "未检查"), plan.unchecked),
    }
    if names == "machine":
        return {name: table for name, (_, table) in own.items()}
    lacking = lacks_school(plan.unplaced)
    own["unplaced"] = own["unplaced"][0], plan.unplaced.loc[lacking]
    own["elsewhere"] = Text("pupils who learn elsewhere", "县外就读学生"), plan.unplaced.loc[~lacking]
    with using_language(lang or language()):
        told = told_of(plan)
        own["findings"] = own["findings"][0], told.findings[language()].drop(columns="rule")
        own["unchecked"] = own["unchecked"][0], told.unchecked[language()].drop(columns="rule")
        own["scorecard"] = own["scorecard"][0], _named_scores(plan)
        return {str(words): for_people(table, plan.study) for words, table in own.values()}


def _named_scores(plan: Plan) -> pd.DataFrame:
    """Put the names of townships, schools and places beside the ids of the scorecard."""
    table = plan.scorecard.table
    frames = {"township": plan.study.townships, "school": plan.study.schools, "place": plan.study.places}
    names = pd.Series("", index=table.index, dtype="str")
    for scope, frame in frames.items():
        if "name" in frame:
            mine = (table["scope"] == scope).to_numpy()
            names[mine] = table.loc[mine, "id"].map(frame["name"].astype("str")).fillna("")
    named = table.copy()
    named.insert(int(list(table.columns).index("id")) + 1, "name", names)
    return named


def in_words(table: pd.DataFrame, study: Study | None = None) -> pd.DataFrame:
    """Put a table into the names asked for (`using_names`): the reader's words, or as it is."""
    return for_people(table, study) if _asked.get() == "people" else table


def write_people(table: pd.DataFrame, path: str | os.PathLike[str], study: Study | None = None) -> None:
    """Write a table as CSV that Excel opens without running what stands in it.

    In the reader's words, or, inside `using_names("machine")`, as the program calls columns and values, unrounded.
    """
    write_csv(in_words(table, study), path)
