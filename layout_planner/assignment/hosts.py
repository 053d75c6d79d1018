"""Pupils of a school that is rebuilt, at their host meanwhile (过渡安置)."""

from __future__ import annotations

import numpy as np

from layout_planner.assignment.case import NAMES
from layout_planner.plan import FLOW_COLUMNS, OUTSIDE_COLUMNS, Assignment
from layout_planner.study import Study
from layout_planner.travel import TravelLike, travel_for


def at_host(assignment: Assignment, study: Study, travel: TravelLike, school: str, host: str) -> Assignment:
    """Send everyone of one school to another, with the ways from their homes measured anew."""
    flows, outside = assignment.flows.copy(), assignment.outside.copy()
    mine = (flows["school_id"] == school).to_numpy(dtype=bool)
    site = study.site_of([host])
    for grade in flows.loc[mine, "grade"].unique():
        here = mine & (flows["grade"] == grade).to_numpy(dtype=bool)
        way = travel_for(travel, assignment.stage, int(grade))
        places = list(flows.loc[here, "place_id"])
        flows.loc[here, "minutes"] = way.cost(places, site, "minutes", int(grade))[:, 0]
        flows.loc[here, "metres"] = way.cost(places, site, "metres")[:, 0]
        used = way.modes(places, site)
        flows.loc[here, "mode"] = used if isinstance(used, str) else NAMES[used[:, 0]]
    flows.loc[mine, "school_id"] = host
    outside.loc[outside["school_id"] == school, "school_id"] = host
    keys = [column for column in FLOW_COLUMNS if column not in ("pupils", "minutes", "metres")]
    sums = flows.groupby(keys, sort=False).agg({"pupils": "sum", "minutes": "first", "metres": "first"}).reset_index()
    place, schools = study.places.index, study.schools.index
    order = np.lexsort(
        [sums["how"], sums["group"], sums["grade"], schools.get_indexer(sums["school_id"]),
         place.get_indexer(sums["place_id"])]
    )  # fmt: skip
    keys = [column for column in OUTSIDE_COLUMNS if column != "pupils"]
    return assignment.with_(
        flows=sums.iloc[order].reset_index(drop=True)[list(FLOW_COLUMNS)],
        outside=outside.groupby(keys, sort=False, as_index=False)["pupils"].sum()[list(OUTSIDE_COLUMNS)],
    )
