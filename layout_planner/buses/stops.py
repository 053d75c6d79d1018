"""Whom a school bus fetches, and where: the pupils beyond reach, and the stops of each school."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Floats
from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.buses.fleet import Fleet
from layout_planner.measures.distance import reach_of
from layout_planner.plan import Plan, by_day
from layout_planner.plan.busing import NO_ROAD, NO_WAY, TOO_LONG, UNSERVED_COLUMNS
from layout_planner.travel.rides import Rides


def pupils_to_fetch(
    plan: Plan, stage: str, schools: Sequence[str] | None, beyond: float | None, grades: Iterable[int] | None
) -> pd.DataFrame:
    """Give the flows of the pupils to be fetched, in the order of schools and places."""
    offering = plan.study.offering(stage)
    wanted = offering if schools is None else pd.Index(list(schools))
    unknown = wanted.difference(offering)
    if len(unknown):
        hint = did_you_mean(str(unknown[0]), offering)
        raise refuse(
            f"schools not open for {stage}: {', '.join(map(str, unknown[:10]))}{hint.en}",
            f"未开办 {stage} 的学校：{'、'.join(map(str, unknown[:10]))}{hint.zh}",
            "name open schools of the stage",
            "请写该学段在办学校编号",
        )
    flows = plan.assignments[stage].flows
    limit = reach_of(flows, plan.rules, "minutes") if beyond is None else np.full(len(flows), beyond)
    far = (flows["minutes"].to_numpy(dtype=float) > limit + 1e-9) & by_day(flows)
    far &= flows["school_id"].isin(wanted).to_numpy()
    if grades is not None:
        far &= flows["grade"].isin(list(grades)).to_numpy()
    return flows.loc[far].sort_values(["school_id", "place_id", "grade", "group"], kind="stable")


@dataclass(frozen=True, eq=False)
class SchoolStops:
    """One school: its stops, the ways between them (the school last), who is fetched there and who cannot be."""

    school: str
    stops: list[str]
    walk: list[float]
    minutes: Floats
    metres: Floats
    pupils: Floats
    unserved: pd.DataFrame


def gather_stops(school: str, mine: pd.DataFrame, rides: Rides, fleet: Fleet) -> SchoolStops:
    """Choose the stops: places of most children first, others within `gather` use their stop."""
    children = mine.groupby("place_id", sort=True)["pupils"].sum()
    reason = {str(place): _why_not(str(place), school, float(n), rides, fleet) for place, n in children.items()}
    served = [place for place in children.index if reason[place] is None]
    served.sort(key=lambda place: (-children[place], place))
    points = rides.stops.geometry
    stops: list[str] = []
    walk: list[float] = []
    pupils: list[float] = []
    for place in served:
        to_road = float(rides.stops.at[place, "walk_metres"])
        apart = [float(points[place].distance(points[stop])) for stop in stops]
        near = int(np.argmin(apart)) if apart else -1
        if near >= 0 and apart[near] <= fleet.gather:
            walk[near] = max(walk[near], to_road + apart[near])
            pupils[near] += float(children[place])
        else:
            stops.append(place)
            walk.append(to_road)
            pupils.append(float(children[place]))
    nodes = [*stops, school]
    left = mine.assign(reason=mine["place_id"].map(reason))
    return SchoolStops(
        school=school,
        stops=stops,
        walk=walk,
        minutes=rides.minutes.loc[nodes, nodes].to_numpy(dtype=float),
        metres=rides.metres.loc[nodes, nodes].to_numpy(dtype=float),
        pupils=np.array(pupils, dtype=float),
        unserved=left.loc[left["reason"].notna(), list(UNSERVED_COLUMNS)],
    )


def _why_not(place: str, school: str, pupils: float, rides: Rides, fleet: Fleet) -> str | None:
    """Say why no bus can fetch the children of a place; None where one can."""
    if place not in rides.stops.index or school not in rides.minutes.columns:
        return NO_ROAD.en
    there, back = rides.minutes.at[place, school], rides.minutes.at[school, place]
    if not np.isfinite(there) or not np.isfinite(back):
        return NO_WAY.en
    most = min(pupils, float(max(fleet.sizes)))
    # A second to spare: the search reckons in whole seconds.
    return TOO_LONG.en if there + fleet.stop + fleet.child * most > fleet.most_minutes - 1 / 60 else None
