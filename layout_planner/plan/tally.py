"""Adding up children by what they have in common: tables of tens of thousands of rows, each label looked at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Floats, Positions


def positions(labels: pd.Series, index: pd.Index) -> Positions:
    """Give where each label stands in an index, as `index.get_indexer` does; −1 where it does not."""
    codes, different = pd.factorize(labels)
    return np.append(index.get_indexer(different), -1)[codes]


def tally(parts: Sequence[pd.DataFrame], keys: Sequence[str]) -> tuple[pd.DataFrame, Floats]:
    """Add up the pupils of several tables, side by side.

    Parameters
    ----------
    parts
        Tables with the keys and `pupils`.
    keys
        What rows must have in common to be added up.

    Returns
    -------
    combinations, pupils
        The keys that occur in any table, one row a combination, in no particular order; and shape (combinations,
        tables), 0 where a table has none.
    """
    lengths = [len(part) for part in parts]
    code = np.zeros(sum(lengths), dtype=np.int64)
    columns: list[tuple[Positions, pd.Index]] = []
    for key in keys:
        filled = [part[key] for part in parts if len(part)]
        at, different = pd.factorize(pd.concat(filled, ignore_index=True) if filled else parts[0][key])
        columns.append((at, different))
        code = code * (len(different) + 1) + at + 1
    _, first, combination = np.unique(code, return_index=True, return_inverse=True)
    pupils = np.zeros((len(first), len(parts)))
    amounts = np.concatenate([part["pupils"].to_numpy(dtype=float) for part in parts])
    np.add.at(pupils, (combination, np.repeat(np.arange(len(parts)), lengths)), amounts)
    named = {key: different.take(at[first]) for key, (at, different) in zip(keys, columns, strict=True)}
    return pd.DataFrame(named), pupils
