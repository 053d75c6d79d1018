"""How many pupils findings concern, each counted once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from layout_planner.plan.record import PlanRecord

WHOSE = {"school": "school_id", "place": "place_id"}


EVERYONE_THERE = ("county", "district", "township")
"""Kinds of what a finding is on, where it concerns all pupils of the stage there."""


def pupils_by(findings: pd.DataFrame, by: Sequence[str]) -> pd.Series:
    """Sum the pupils of findings, in groups that tell the stages apart.

    Who is told of on the county, a district or a township, is everyone there: of several such findings (one for each
    indicator, one for the county and one for each of its districts) they are counted once. Findings on places, schools
    and groups name each its own, and are added up.

    Parameters
    ----------
    findings
        `FINDING_COLUMNS`, and what else they are grouped by.
    by
        Columns; the stage is one of them.

    Returns
    -------
    pd.Series
        Index: the groups; pupils.
    """
    keys = list(by)
    whole = findings["kind"].isin(EVERYONE_THERE)
    own = findings.loc[~whole].groupby(keys, sort=False, observed=True)["pupils"].sum()
    # The county's findings bear the name of an indicator: there is but one county.
    there = findings.loc[whole].assign(where=findings["id"].where(findings["kind"] != "county", ""))
    each = there.groupby([*keys, "kind", "where"], sort=False, observed=True)["pupils"].max()
    most = each.groupby([*keys, "kind"], sort=False, observed=True).sum().groupby(keys, sort=False, observed=True).max()
    both = pd.concat([own, most], axis=1, keys=["own", "most"]).fillna(0.0).max(axis=1)
    return both.rename("pupils").rename_axis(keys)


def pupils_concerned(plan: PlanRecord) -> float:
    """Count the pupils whom the findings on places and schools concern, each once, however many findings that are.

    Where findings name a part of a school or a place (those beyond its seats, those beyond reach), the parts are taken
    to overlap as far as they can: at least so many. Findings on a township, a district or the county concern everyone
    there, and are left out.
    """
    total = 0.0
    for stage, assignment in plan.assignments.items():
        mine = plan.findings.loc[plan.findings["stage"] == stage]
        columns = [*WHOSE.values(), "pupils"]
        left = assignment.unplaced.assign(school_id="")[columns]
        rows = pd.concat([assignment.flows[columns], left], ignore_index=True)
        outside = assignment.outside.assign(place_id="")[columns]
        everyone = pd.concat([rows, outside], ignore_index=True)
        share = np.zeros(len(everyone))
        for kind, column in WHOSE.items():
            named = mine.loc[mine["kind"] == kind].groupby("id")["pupils"].max()
            heads = everyone.groupby(column)["pupils"].sum()
            part = (named / heads.reindex(named.index)).clip(0.0, 1.0).fillna(0.0)
            share = np.maximum(share, everyone[column].map(part).fillna(0.0).to_numpy(dtype=float))
        total += float((share * everyone["pupils"].to_numpy(dtype=float)).sum())
    return total
