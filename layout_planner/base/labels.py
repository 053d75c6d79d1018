"""Labels and positions: where texts stand in an index, and columns of text made of positions.

A column made here of positions in a few texts is remembered with them while it lives: whoever looks it up again gets
the positions back, and no text is compared.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from layout_planner.base.arrays import Positions

_made: dict[int, tuple[weakref.ref[Any], pd.Index, npt.NDArray[np.int32]]] = {}
"""The column as Arrow holds it (its id, and itself) → the different texts it was made of, and its positions in them."""

_ranks: dict[int, tuple[weakref.ref[Any], Positions]] = {}
"""An index (its id, and itself) → the rank of each of its texts in order."""


def positions(index: pd.Index, labels: pd.Series | pd.Index) -> Positions:
    """Give where labels stand in an index of different ones, −1 where they do not: `get_indexer`.

    Text is looked up as Arrow holds it: pandas makes Python objects of both sides first, which takes five times as
    long.
    """
    made = made_of(labels)
    if made is not None:
        known, at = made
        if known is index:
            return at.astype(np.intp)
        if len(known) < len(at):
            return positions(index, known)[at]
    known, asked = (getattr(side.array, "__arrow_array__", None) for side in (index, labels))
    if known is not None and asked is not None:
        there, here = known(), asked()
        if there.type == here.type and (pa.types.is_string(here.type) or pa.types.is_large_string(here.type)):
            found = pc.fill_null(pc.index_in(here, value_set=there), -1)
            return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.intp)
    return np.asarray(index.get_indexer(labels), dtype=np.intp)


def texts(known: Sequence[str] | pd.Index, at: Positions) -> Any:
    """Give a column of text from positions in a few texts; −1 stands for none."""
    few = known if isinstance(known, pd.Index) and known.dtype == "str" else _index(tuple(known))
    lacking = bool(len(at)) and int(at.min()) < 0
    column = few.array.take(at, allow_fill=lacking)
    if not lacking and few.is_unique:
        _remember(column, few, at)
    return column


def made_of(column: pd.Series | pd.Index) -> tuple[pd.Index, npt.NDArray[np.int32]] | None:
    """Give the different texts a column was made of and its positions in them (not to be changed); None if unknown."""
    arrow = getattr(column.array, "__arrow_array__", None)
    if arrow is None:
        return None
    held = arrow()
    made = _made.get(id(held))
    return made[1:] if made is not None and made[0]() is held else None


def numbered(column: pd.Series) -> tuple[pd.Index, Positions]:
    """Give the texts that stand in a column, in order, and for each row which of them it is."""
    made = made_of(column)
    if made is None:
        at, known = pd.factorize(column, sort=True)
        return pd.Index(known, dtype="str"), at
    known, at = made
    there = np.flatnonzero(np.bincount(at, minlength=len(known)))
    there = there[np.argsort(_rank(known)[there])]
    number = np.zeros(len(known), dtype=np.intp)
    number[there] = np.arange(len(there))
    return known[there], number[at]


def rows_of(table: pd.DataFrame, at: Positions, **instead: Any) -> pd.DataFrame:
    """Give some rows of a table by position, numbered anew; what its texts were made of stays known.

    Parameters
    ----------
    instead
        Columns of the answer that are not taken from the table.
    """
    columns: dict[str, Any] = {}
    for name in table:
        if name in instead:
            columns[str(name)] = instead[str(name)]
            continue
        column = table[name]
        made = made_of(column)
        columns[str(name)] = column.array.take(at) if made is None else texts(made[0], made[1][at].astype(np.intp))
    return pd.DataFrame({**columns, **instead}, index=pd.RangeIndex(len(at)), copy=False)


def remembered(table: pd.DataFrame) -> pd.DataFrame:
    """Give a table that many will look things up in with its columns of text made anew, so that they are known."""
    again = {str(name): texts(*numbered(table[name])) for name in table if table[name].dtype == "str" and len(table)}
    return table.assign(**again)


def equal_to(column: pd.Series, *wanted: str) -> Any:
    """Tell which rows of a column of text hold one of a few texts, as booleans."""
    made = made_of(column)
    if made is None:
        return column.isin(wanted).to_numpy(dtype=bool)
    known, at = made
    return known.isin(wanted)[at]


@lru_cache(maxsize=256)
def _index(known: tuple[str, ...]) -> pd.Index:
    return pd.Index(known, dtype="str")


def _remember(column: Any, known: pd.Index, at: Positions) -> None:
    held = column.__arrow_array__()
    key = id(held)
    kept = np.array(at, dtype=np.int32)  # a copy: whoever made it may change theirs
    kept.flags.writeable = False
    _made[key] = weakref.ref(held, lambda _: _made.pop(key, None)), known, kept


def _rank(known: pd.Index) -> Positions:
    """Give the rank of each of some different texts, kept while the index lives."""
    key = id(known)
    found = _ranks.get(key)
    if found is None or found[0]() is not known:
        order = np.argsort(known.to_numpy(dtype=object), kind="stable")
        rank = np.empty(len(order), dtype=np.intp)
        rank[order] = np.arange(len(order))
        found = _ranks[key] = weakref.ref(known, lambda _: _ranks.pop(key, None)), rank
    return found[1]
