"""How many pupils findings concern, each counted once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.plan.record import PlanRecord

WHOSE = {"school": "school_id", "place": "place_id"}


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
