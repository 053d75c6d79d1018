"""Labels and positions: where texts stand in an index, and columns of text made of positions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from layout_planner.base.arrays import Positions


def positions(index: pd.Index, labels: pd.Series | pd.Index) -> Positions:
    """Give where labels stand in an index of different ones, −1 where they do not: `get_indexer`.

    Text is looked up as Arrow holds it: pandas makes Python objects of both sides first, which takes five times as
    long.
    """
    known, asked = (getattr(side.array, "__arrow_array__", None) for side in (index, labels))
    if known is not None and asked is not None:
        there, here = known(), asked()
        if there.type == here.type and (pa.types.is_string(here.type) or pa.types.is_large_string(here.type)):
            found = pc.fill_null(pc.index_in(here, value_set=there), -1)
            return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.intp)
    return np.asarray(index.get_indexer(labels), dtype=np.intp)


def texts(known: Sequence[str] | pd.Index, at: Positions) -> Any:
    """Give a column of text from positions in a few texts; −1 stands for none."""
    column = known.array if isinstance(known, pd.Index) and known.dtype == "str" else pd.array(known, dtype="str")
    return column.take(at, allow_fill=bool(len(at)) and int(at.min()) < 0)
