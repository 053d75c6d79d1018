"""Nested zones (对口直升): the zone of a primary school falls wholly into that of one junior school."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.assignment.case import Case, make_case
from layout_planner.assignment.moves import public
from layout_planner.base.arrays import Floats
from layout_planner.base.proof import Proof, Proved
from layout_planner.measures.feeders import feeder_table
from layout_planner.plan import Plan
from layout_planner.plan.zones import SHARED, zone_map
from layout_planner.solving.whole import Wholes, place_whole


@dataclass(frozen=True, eq=False)
class Nesting(Proved):
    """Junior zones made of whole primary zones.

    Parameters
    ----------
    zones
        Place → junior school (two with ";" where even a place must be shared); what `solve(assign={"junior": zones})`
        and `draw_zones` take. Places no seat was found for are left out.
    table
        As `feeder_table`: junior pupils by primary zone and junior school.
    divided
        Primary zones (school ids) that had to be divided: they fit whole into no junior school's seats.
    proof, seconds
        As in `Assignment`; pupil-minutes, those of divided zones place by place. "infeasible" where seats are short;
        bound and gap are NaN where a zone had to be divided.
    """

    zones: pd.Series
    table: pd.DataFrame
    divided: tuple[str, ...]
    proof: Proof
    seconds: float


def nest_zones(
    plan: Plan, low: str = "primary", high: str = "junior", *, gap: float = 2e-3, time_limit: float = 60.0
) -> Nesting:
    """Give every primary zone to one junior school: least pupil-minutes within the seats.

    The generalised assignment problem of `whole.place_whole` with primary zones as its units; a zone is divided only
    where seats allow nothing else, as few as may be, and then place by place. That junior zones hang together is not
    enforced, and `draw_zones` tells where they do not; `Contiguous(together=…)` with the places of each primary zone
    sees to it, where no primary zone holds two junior schools.

    Parameters
    ----------
    plan
        Covers both stages; its zones of `low` are kept, those of `high` made anew. Pupils of `high` at public schools
        count; those at private schools stay there.
    low, high
        The stages.
    gap, time_limit
        Stop at this relative gap, after so many seconds.

    Raises
    ------
    DataError
        The plan does not cover a stage.
    """
    started = time.perf_counter()
    lower = zone_map(plan, low)
    case = make_case(plan.study, plan.travel, plan.rules, high)
    pupils, guests = _pupils(plan, case, high)
    seats = np.where(public(case), np.maximum(case.seats - guests, 0.0), 0.0)
    minutes = np.where(public(case)[None, :] & case.offers[:, 0][None, :], case.minutes(0), np.nan)
    unit, names = pd.factorize(lower.reindex(case.places), sort=True)
    weight = np.bincount(unit, weights=pupils, minlength=len(names)).astype(float)
    cost = _mean_ways(minutes, pupils, unit, len(names))
    whole = place_whole(cost, weight, seats, gap, time_limit)
    school = _schools(whole, cost, weight)
    torn = np.union1d(whole.divided, np.flatnonzero(whole.unplaced > 0))
    kept = ~np.isin(np.arange(len(names)), torn)
    answer = pd.Series(case.schools.to_numpy(dtype=object)[school[unit]], index=case.places)
    objective = float((np.nan_to_num(cost[np.arange(len(names)), school]) * weight)[kept].sum())
    lost = 0.0
    if len(torn):
        free = np.maximum(seats - np.bincount(school[kept], weights=weight[kept], minlength=len(seats)), 0.0)
        mine = np.flatnonzero(np.isin(unit, torn))
        parts = place_whole(minutes[mine], pupils[mine], free, gap, time_limit)
        answer.iloc[mine] = _labels(parts, case, mine, minutes[mine], pupils[mine])
        objective += parts.objective
        lost = float(parts.unplaced.sum())
    zones = answer.dropna().astype("str").rename("school_id").rename_axis("place_id")
    # Divided place by place, a zone may cost less than its mean way: then nothing is proved.
    proof = Proof.within(gap, objective, float("nan") if len(torn) else whole.bound, "pupil-minutes", "searched")
    return Nesting(
        zones=zones,
        table=feeder_table(plan, low, high, zones),
        divided=tuple(str(names[at]) for at in torn),
        proof=proof.with_(ended="infeasible") if lost > 0 else proof,
        seconds=time.perf_counter() - started,
    )


def _pupils(plan: Plan, case: Case, stage: str) -> tuple[Floats, Floats]:
    """Give the public pupils of each place, and of each school those whose home is not in the study."""
    assignment = plan.assignments[stage]
    flows = assignment.flows
    at = case.school_at(flows["school_id"])
    mine = flows.loc[(at < 0) | public(case)[at]]
    pupils = mine.groupby("place_id")["pupils"].sum().reindex(case.places, fill_value=0.0).to_numpy(dtype=float)
    guests = assignment.outside.groupby("school_id")["pupils"].sum().reindex(case.schools, fill_value=0.0)
    return pupils, guests.to_numpy(dtype=float)


def _mean_ways(minutes: Floats, pupils: Floats, unit: np.ndarray, units: int) -> Floats:
    """Give the mean way of the pupils of each unit to each school; of its places where it has no pupils."""
    heads = np.bincount(unit, weights=pupils, minlength=units)[unit]
    weight = np.where(heads > 0, pupils, 1.0)
    sums, total = np.zeros((units, minutes.shape[1])), np.bincount(unit, weights=weight, minlength=units)
    counts = weight > 0
    np.add.at(sums, unit[counts], (minutes * weight[:, None])[counts])
    return sums / np.maximum(total, 1e-9)[:, None]


def _schools(whole: Wholes, cost: Floats, weight: Floats) -> np.ndarray:
    """Give one school a unit: where most of it goes; the nearest for a unit without pupils."""
    share = np.zeros(cost.shape)
    np.add.at(share, (whole.place, whole.school), whole.pupils)
    nearest = np.argmin(np.where(np.isfinite(cost), cost, np.inf), axis=1)
    return np.where((weight > 0) & share.any(axis=1), np.argmax(share, axis=1), nearest)


def _labels(parts: Wholes, case: Case, at: np.ndarray, cost: Floats, pupils: Floats) -> np.ndarray:
    """Give the places of divided zones their school, or their schools."""
    share = np.zeros(cost.shape, dtype=bool)
    share[parts.place, parts.school] = True
    nearest = np.argmin(np.where(np.isfinite(cost), cost, np.inf), axis=1)
    labels = np.empty(len(at), dtype=object)
    for row in range(len(at)):
        mine = np.flatnonzero(share[row]) if pupils[row] > 0 else nearest[[row]]
        labels[row] = SHARED.join(str(case.schools[j]) for j in mine) or None
    return labels
