"""Checks between tables: every id that is named exists, or is put right where there is no doubt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from layout_planner.base.errors import did_you_mean
from layout_planner.base.messages import Text
from layout_planner.reading.config import StudyFile
from layout_planner.reading.faults import Faults, Table
from layout_planner.reading.names import unique_names
from layout_planner.study.columns import IDS, column_of

MOST_FOR_HINT = 20_000
"""Ids among which a likely misspelling is looked for; in longer lists that would take too long."""

_NAMES = {"places": ("place", "居住点"), "townships": ("township", "乡镇"), "schools": ("school", "学校"),
          "sites": ("site", "选址"), "estates": ("estate", "小区")}  # fmt: skip
_AS_TEXT = Text(
    "codes are text: format the column as text in the spreadsheet.", "编码是文本：请在表格中将该列设为文本格式。"
)


def check_references(tables: dict[str, Table], file: StudyFile, faults: Faults) -> None:
    """Check that every id of another table exists there.

    What is named instead of coded is put right where the name is unique in its table.

    Parameters
    ----------
    tables
        What came through the gate; columns of references may be replaced by the ids they mean.
    file
        The study file: a table it names but that is not among `tables` has failed already, and is not complained of.
    faults
        Collects what is wrong.
    """
    for name, table in tables.items():
        for canonical in [str(c) for c in table.frame.columns]:
            column = column_of(name, canonical)
            if column is None or column.holds not in ("ref", "refs"):
                continue
            known = _known_ids(column.to, tables, file)
            if known is None:
                continue
            if column.holds == "refs":
                _name_lists(table, canonical, known, tables)
                _check_lists(table, canonical, known, faults)
            else:
                _check_column(table, canonical, column.to, known, tables, faults)
    _check_parents(tables.get("schools"), faults)
    _check_sites(tables, faults)


def _known_ids(to: str, tables: dict[str, Table], file: StudyFile) -> pd.Index | None:
    """Give the ids a reference may name; None where that cannot be told."""
    key = IDS[to]
    if to in tables:
        frame = tables[to].frame
        return pd.Index(frame[key].dropna().unique()) if key in frame else None
    if to in file.tables or to == "estates":
        return None
    if to == "townships":  # dissolved from the places: what they name is what there is
        places = tables.get("places")
        if places is None or key not in places.frame or places.frame[key].isna().all():
            return None
        return pd.Index(places.frame[key].dropna().unique())
    return pd.Index([], dtype="str")


def _check_column(
    table: Table, column: str, to: str, known: pd.Index, tables: dict[str, Table], faults: Faults
) -> None:
    values = table.frame[column]
    unknown = (values.notna() & ~values.isin(known)).to_numpy()
    if not unknown.any():
        return
    if to in tables:
        meant = unique_names(tables[to]).ids(values)
        named = unknown & meant.notna().to_numpy()
        table.frame[column] = values.mask(named, meant)
        unknown = unknown & ~named
    _say_unknown(table, column, unknown, values, known, to, tables, faults)


def _say_unknown(
    table: Table,
    column: str,
    unknown: np.ndarray,
    values: pd.Series,
    known: pd.Index,
    to: str,
    tables: dict[str, Table],
    faults: Faults,
) -> None:
    en, zh = _NAMES[to]
    there = f" in {tables[to].file}" if to in tables else ""
    there_zh = f"（{tables[to].file}）" if to in tables else ""
    zeros = _without_zeros(known) if unknown.any() else {}
    alike = _ids_by_name(tables.get(to)) if unknown.any() else {}

    def told(position: int) -> Text:
        value = str(values.iloc[position])
        full = zeros.get(value.lstrip("0"))
        if full is not None:
            return Text(
                f'no such {en}{there}: leading zeros were lost, "{full}" is meant.',
                f"没有这个{zh}{there_zh}：前导零丢失，应为“{full}”。",
            )
        several = alike.get(value, [])
        if len(several) > 1:
            ids = ", ".join(several[:5])
            return Text(
                f"{len(several)} rows{there} have this name: {ids}.", f"{len(several)} 行同名{there_zh}：{ids}。"
            )
        hint = likely(value, known)
        return Text(f"no such {en}{there}{hint.en}.", f"没有这个{zh}{there_zh}{hint.zh}。")

    def mend(position: int) -> Text:
        if zeros.get(str(values.iloc[position]).lstrip("0")) is not None:
            return _AS_TEXT
        if len(alike.get(str(values.iloc[position]), [])) > 1:
            return Text("write the id of the one that is meant.", "请改填所指那一行的编号。")
        if (column_meant := _column_with(str(values.iloc[position]), tables.get(to))) is not None:
            return Text(
                f'the ids stand in another column: under [{to}] say columns = {{ {IDS[to]} = "{column_meant}" }}.',
                f'编号在另一列：请在 [{to}] 下写 columns = {{ {IDS[to]} = "{column_meant}" }}。',
            )
        return Text(f"correct the id, or add the {en}.", f"请更正编号，或补充该{zh}。")

    # Without a table of townships a name that no place bears is odd, not wrong.
    faults.rows(table, unknown, column, told, mend, warn=to == "townships" and to not in tables)


def _ids_by_name(table: Table | None) -> dict[str, list[str]]:
    """List the ids of every name of a table."""
    if table is None or not {"name", IDS[table.name]} <= set(table.frame.columns):
        return {}
    pairs = table.frame[["name", IDS[table.name]]].dropna().astype(str).drop_duplicates()
    return {str(name): ids.tolist() for name, ids in pairs.groupby("name")[IDS[table.name]]}


def _column_with(value: str, table: Table | None) -> str | None:
    """Find the column of a table without ids (its rows go by their names) that holds a value looked for."""
    if table is None or IDS[table.name] in table.header_of:
        return None
    raw = table.raw.frame
    return next((str(c) for c in raw.columns if raw[c].astype("string").str.strip().eq(value).any()), None)


def _name_lists(table: Table, column: str, known: pd.Index, tables: dict[str, Table]) -> None:
    """Put the ids in place of the names in lists of schools, where a name is unique."""
    values = table.frame[column]
    parts = values.dropna().str.split("[;、]", regex=True).explode().str.strip()
    if not len(parts) or parts.isin(known).all() or "schools" not in tables:
        return
    by_name = unique_names(tables["schools"]).ids(parts)
    meant = parts.where(parts.isin(known), by_name.fillna(parts))
    table.frame[column] = meant.groupby(level=0).agg(";".join).reindex(values.index).astype("str")


def _check_lists(table: Table, column: str, known: pd.Index, faults: Faults) -> None:
    parts = table.frame[column].dropna().str.split(";").explode().str.strip()
    parts = parts.loc[parts != ""]
    wrong = parts.loc[~parts.isin(known)]
    first = wrong.loc[~wrong.index.duplicated()]

    def told(position: int) -> Text:
        hint = likely(str(first[position]), known)
        return Text(f'no such school: "{first[position]}"{hint.en}.', f"没有这所学校：“{first[position]}”{hint.zh}。")

    mend = Text('correct the id; join several by ";".', "请更正编号；多所学校用“;”分隔。")
    faults.rows(table, first.index.to_numpy(), column, told, mend)


def _check_parents(schools: Table | None, faults: Faults) -> None:
    """A campus belongs to a school that is no campus itself."""
    if schools is None or "parent_id" not in schools.frame or "school_id" not in schools.frame:
        return
    frame = schools.frame
    parent = frame["parent_id"]
    itself = (parent.notna() & (parent == frame["school_id"])).to_numpy()
    told = Text("a school cannot be its own campus.", "学校不能是自身的分校区。")
    faults.rows(schools, itself, "parent_id", told, Text("name the main school.", "请填写主校编号。"))
    campuses = set(frame.loc[parent.notna() & ~itself, "school_id"])
    nested = (parent.isin(campuses)).to_numpy() & ~itself
    told = Text("this main school is itself a campus of another.", "该主校本身又是另一校的分校区。")
    faults.rows(schools, nested, "parent_id", told, Text("name the legal school.", "请填写法人学校的编号。"))


def _check_sites(tables: dict[str, Table], faults: Faults) -> None:
    """A candidate site and a school share the columns of a travel matrix: their ids must differ."""
    if "sites" not in tables or "schools" not in tables:
        return
    sites, schools = tables["sites"], tables["schools"]
    if "site_id" in sites.frame and "school_id" in schools.frame:
        both = sites.frame["site_id"].isin(schools.frame["school_id"]).to_numpy()
        told = Text("a school has this id already.", "已有学校使用该编号。")
        faults.rows(sites, both, "site_id", told, Text("give the site another id.", "请为选址另取编号。"))


def likely(value: str, known: Sequence[str] | pd.Index) -> Text:
    """Say which id may have been meant, where the list is short enough to look."""
    return did_you_mean(value, known) if len(known) <= MOST_FOR_HINT else Text("", "")


def _without_zeros(known: pd.Index) -> dict[str, str | None]:
    """Map codes without their leading zeros to the one code each can mean; None where it could be several."""
    found: dict[str, str | None] = {}
    for code in known:
        bare = str(code).lstrip("0")
        if bare != str(code):
            found[bare] = None if bare in found else str(code)
    return found
