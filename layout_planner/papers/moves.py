"""Who goes where from the schools that end, as a table a reader can take in: the few main ways, the rest in one row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.papers.annex import Annex
from layout_planner.papers.blocks import Grid
from layout_planner.papers.columns import Kind
from layout_planner.papers.paper import Paper

SHOWN = ("school", "stage", "site", "to", "pupils", "minutes_before", "minutes_after", "longest_after", "day", "board",
         "bus")  # fmt: skip
MAIN = 0.05
"""Share of a school's pupils that makes a receiving school a row of its own; the largest always has one."""


def main_moves(paper: Paper, annex: Annex) -> Grid:
    """Show of each school that ends its main receiving schools, and the others as one row.

    Parameters
    ----------
    annex
        The mergers, all rows.
    """
    heads = dict(zip(MOVES, annex.fields, strict=True))
    columns = [heads[name] for name in SHOWN]
    kinds = [annex.fields[column].kind for column in columns]
    rows = []
    for _, mine in annex.table.groupby([heads["code"], heads["school"], heads["stage"]], sort=False):
        pupils = mine[heads["pupils"]].astype(float)
        mine = mine.loc[pupils.sort_values(ascending=False, kind="stable").index]
        main = (mine[heads["pupils"]].astype(float) >= MAIN * pupils.sum()).to_numpy(copy=True)
        main[0] = True
        for _, row in mine.loc[main].iterrows():
            rows.append(list(_cells(paper, row[columns], kinds, "annex mergers: {}")))
        if not main.all():
            rest = mine.loc[~main]
            row = _together(rest, heads)[columns]
            rows.append(list(_cells(paper, row, kinds, "measures.ledger: the other receiving schools, {}")))
    numbers = [at for at, kind in enumerate(kinds) if kind != "text"]
    told = Text(
        f"Source: {annex.source.en}; receiving schools of fewer than {MAIN:.0%} of a school's pupils together, all in "
        "the annex",
        f"来源：{annex.source.zh}；接收不足撤并校学生 {MAIN:.0%} 的学校合为一行，全部见附表",
    )
    return Grid(columns, rows, numbers, str(told))


MOVES = ("code", "school", "stage", "site", "to_code", "to", "pupils", "minutes_before", "minutes_after",
         "longest_after", "metres_before", "metres_after", "day", "board", "bus", "teachers")  # fmt: skip
"""The columns of the annex, in its order."""


def _cells(paper: Paper, row: pd.Series, kinds: list[Kind], source: str) -> Iterator[str]:
    for (header, value), kind in zip(row.items(), kinds, strict=True):
        known = isinstance(value, str) or (value is not None and np.isfinite(value))
        yield (value if isinstance(value, str) else paper.number(value, kind, source.format(header))) if known else ""


def _together(rest: pd.DataFrame, heads: dict[str, str]) -> pd.Series:
    """Add rows up: pupils are summed, ways are means over the pupils."""
    row: dict[str, object] = {heads[name]: rest[heads[name]].iloc[0] for name in ("school", "stage", "site")}
    count = len(rest)
    row[heads["to"]] = str(Text(f"other schools ({count})", f"其余 {count} 所"))
    pupils = rest[heads["pupils"]].astype(float)
    for name in ("pupils", "day", "board", "bus"):
        row[heads[name]] = float(rest[heads[name]].astype(float).sum())
    for name in ("minutes_before", "minutes_after"):
        minutes = rest[heads[name]].astype(float)
        known = minutes.notna()
        weight = pupils[known].sum()
        row[heads[name]] = float((minutes * pupils)[known].sum() / weight) if weight else float("nan")
    row[heads["longest_after"]] = float(rest[heads["longest_after"]].astype(float).max())
    return pd.Series(row)
