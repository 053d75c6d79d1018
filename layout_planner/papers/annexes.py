"""`annexes`: the thirteen annex tables of a layout plan (附表) as one Excel workbook."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.base.files import whole_file
from layout_planner.base.messages import Language, language, using_language
from layout_planner.cohorts import Forecast
from layout_planner.papers import annex_county, annex_schools
from layout_planner.papers.annex import Annex, Papers
from layout_planner.papers.workbook import write_workbook
from layout_planner.plan import Plan
from layout_planner.plan.phasing import Phasing

MAKERS = {
    "current": annex_schools.current,
    "forecast": annex_county.forecast_rows,
    "seats": annex_county.seats,
    "schools": annex_schools.adjustments,
    "mergers": annex_schools.mergers,
    "projects": annex_schools.projects,
    "districts": annex_county.districts,
    "catchments": annex_county.catchments,
    "teachers": annex_county.teachers,
    "balance": annex_county.balance,
    "large_classes": annex_schools.large_classes,
    "procedure": annex_county.procedure,
    "assets": annex_schools.assets,
}
"""The annexes, in the order a bureau hands them in."""


def make_annexes(papers: Papers, keys: Sequence[str] | None = None) -> list[Annex]:
    """Make the annexes, or those named, in the reader's language."""
    return [maker(papers) for key, maker in MAKERS.items() if keys is None or key in keys]


def last_plan(plans: Plan | Sequence[Plan]) -> Plan:
    """Give the plan papers tell: the last of several; what it is compared with where it brings none is the first.

    Raises
    ------
    DataError
        No plan.
    """
    every = [plans] if isinstance(plans, Plan) else list(plans)
    if not every:
        raise refuse("no plan to write of", "没有可写的方案", "give at least one", "请至少给一个")
    told = every[-1]
    return told.with_(base=every[0]) if told.base is None and len(every) > 1 else told


def annex_tables(
    plans: Plan | Sequence[Plan],
    lang: Language | None = None,
    forecast: Forecast | None = None,
    phasing: Phasing | None = None,
) -> dict[str, pd.DataFrame]:
    """Give the annex tables as they stand in the workbook: title → table, in the reader's words."""
    with using_language(lang or language()):
        made = make_annexes(Papers(last_plan(plans), forecast, phasing))
        return {str(annex.title): annex.table for annex in made}


def annexes(
    plans: Plan | Sequence[Plan],
    path: str | os.PathLike[str],
    lang: Language | None = None,
    *,
    forecast: Forecast | None = None,
    phasing: Phasing | None = None,
) -> Path:
    """Write the thirteen annex tables (附表) as an Excel workbook.

    Parameters
    ----------
    plans
        A plan; of several the last, compared with its base, or with the first where it has none.
    path
        The workbook, whole or not at all. The same plan gives the same bytes.
    lang
        "zh" or "en"; the reader's where left out.
    forecast, phasing
        Years to come and the timetable, where worked out.

    Returns
    -------
    Path
        The workbook. Its first sheet says how many children have no school, what is made up, and which annexes have no
        rows and why; each other sheet has headers that stay in sight, number formats, a print area, and drop-downs
        where something is chosen. Text is never a formula, codes are text.

    Raises
    ------
    DataError
        No plan.

    Examples
    --------
    >>> import pandas as pd
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> now = lp.today(study, ways, stage="junior")
    >>> path = lp.annexes(now, "annexes.xlsx", lang="en")
    >>> with pd.ExcelFile(path, engine="openpyxl") as book:
    ...     print(book.sheet_names[:3])
    ['contents', '1 Schools today', '2 Children to come']
    """
    with using_language(lang or language()):
        told = last_plan(plans)
        made = make_annexes(Papers(told, forecast, phasing))
        with whole_file(path) as part:
            write_workbook(made, told, part)
    return Path(path)
