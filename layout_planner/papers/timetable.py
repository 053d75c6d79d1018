"""The edits of a plan in the order of years: what phasing gave them, or what the scenario says."""

from __future__ import annotations

import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.plan import Plan
from layout_planner.plan.phasing import PHASE_COLUMNS, Phasing
from layout_planner.scenario.edits import LABELS

KINDS: dict[str, Text] = dict(LABELS)
"""Kind of an edit → its word, in the order of the house."""


def timetable(given: Phasing | Plan | None) -> pd.DataFrame:
    """Give the edits that have a year, in order.

    Returns
    -------
    pd.DataFrame
        `PHASE_COLUMNS`; of a plan that was not phased pupils, seats and cost are NaN: they are not known by year.
    """
    if isinstance(given, Phasing):
        return given.table.sort_values("year", kind="stable").reset_index(drop=True)
    edits = () if given is None else given.scenario.edits
    rows = []
    for edit in edits:
        if edit.year is None or given is None:
            continue
        name = given.study.school_name(edit.subject) if edit.subject else str(getattr(edit, "place", "") or "")
        into = given.study.school_name(edit.receiver) if edit.receiver else ""
        rows.append(
            (
                edit.year,
                edit.do,
                edit.subject or "",
                name,
                edit.stage or "",
                into,
                float("nan"),
                float("nan"),
                float("nan"),
                edit.reason or "",
            )
        )
    table = pd.DataFrame(rows, columns=list(PHASE_COLUMNS))
    return table.sort_values("year", kind="stable").reset_index(drop=True)
