"""Checks of the way to school: reach by band and mode, the service radius, boarding and buses of the youngest."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely

from layout_planner.base.arrays import Positions
from layout_planner.base.messages import Text
from layout_planner.measures.distance import reach_rule, ways_alike
from layout_planner.measures.findings.case import NO_AREA, Case, Told, cited, hold, plain
from layout_planner.plan import ELSEWHERE, REASONS, by_day
from layout_planner.policy import Rule
from layout_planner.travel.types import travel_for

UNKNOWN_WAY = Text("minutes or metres of the ways", "路程数据")


def mode_of(case: Case) -> str:
    """Give the mode by which the stage's ways were measured."""
    return travel_for(case.plan.travel, case.stage).mode if case.plan.travel else ""


def check_reach(case: Case) -> Told:
    """Ways longer than the limit of the grade and the mode: one finding a place and rule."""
    flows = case.assignment.flows
    flows = flows.loc[by_day(flows)]
    mode, rules = mode_of(case), case.plan.rules
    for unit in ("minutes", "metres"):
        value = flows[unit].to_numpy(dtype=float)
        found: dict[Rule, tuple[str, list[np.ndarray]]] = {}
        asked = False
        for (stage, grade, own), at in ways_alike(flows, mode):
            name = reach_rule(rules, unit, stage, grade, own)
            for area, here in _by_area(case, name, flows, at):
                if area == "":
                    yield case.unchecked(name, NO_AREA)
                left = here
                for rule, reason in rules.limits(name, stage, grade, area):
                    asked = True
                    beyond = left[value[left] > rule.value.value + 1e-9]
                    found.setdefault(rule, (reason, []))[1].append(beyond)
                    left = np.setdiff1d(left, beyond, assume_unique=True)
        if asked and len(flows) and np.isnan(value).all():
            yield case.unchecked(f"reach_{unit}", UNKNOWN_WAY)
        for rule, (reason, parts) in found.items():
            far = flows.iloc[np.concatenate(parts)]
            worst = far.groupby("place_id", sort=True).agg({unit: "max", "pupils": "sum"})
            what = str(rule.term or rule.name)
            for place, way, pupils in zip(worst.index, worst[unit], worst["pupils"], strict=True):
                over = way - rule.value.value
                yield cited(case, rule, what, "place", str(place), way, pupils, excess=over, reason=reason)


def _by_area(case: Case, name: str, flows: pd.DataFrame, at: Positions) -> Iterator[tuple[str | None, Positions]]:
    """Give the flows apart by the area of their places, where the rule tells areas apart: (area, positions)."""
    if not case.by_area(name):
        yield None, at
        return
    area = case.place_areas.reindex(flows["place_id"].iloc[at]).to_numpy(dtype=object)
    for one in dict.fromkeys(area):
        yield one, at[area == one]


def check_radius(case: Case) -> Told:
    """Places outside the service radius of their school, as the crow flies."""
    if not case.has("service_radius"):
        return
    if case.by_area("service_radius") and (case.place_areas == "").all():
        yield case.unchecked("service_radius", NO_AREA)
        return
    flows, study = case.assignment.flows, case.plan.study
    flows = flows.loc[by_day(flows)]
    home = study.place_points().reindex(flows["place_id"]).to_numpy()
    there = study.schools.geometry.reindex(flows["school_id"]).to_numpy()
    away = shapely.distance(home, there)
    areas = case.place_areas.reindex(flows["place_id"]).to_numpy(dtype=object)
    limit = {area: case.plan.rules.value("service_radius", case.stage, area=area) for area in set(areas)}
    bound = np.array([np.inf if limit[area] is None else limit[area] for area in areas], dtype=float)
    far = pd.DataFrame({"place_id": flows["place_id"].to_numpy(), "away": away, "pupils": flows["pupils"].to_numpy()})
    worst = far.loc[away > bound + 1e-9].groupby("place_id", sort=True).agg({"away": "max", "pupils": "sum"})
    yield from hold(case, "service_radius", worst["away"], worst["pupils"], "place")


def check_boarding(case: Case) -> Told:
    """Pupils who board in too low a grade."""
    flows = case.assignment.flows
    board = flows.loc[(flows["how"] == "board").to_numpy(dtype=bool)]
    if not len(board):
        return
    limit = max((r.value.value for r in case.plan.rules.rules if r.name == "boarding_from_grade"), default=0.0)
    young = board.loc[board["grade"] < limit].groupby("school_id", sort=True)["pupils"].sum()
    lowest = board.groupby("school_id", sort=True)["grade"].min().astype(float)
    yield from hold(case, "boarding_from_grade", lowest, young)


def check_bused(case: Case) -> Told:
    """Children who ride the school bus where their guardians are to bring them."""
    flows = case.assignment.flows
    ride = flows.loc[(flows["how"] == "bus").to_numpy(dtype=bool)]
    by = ride.groupby("school_id", sort=True)["pupils"].sum()
    yield from hold(case, "bused_children", by, by)


def check_unplaced(case: Case) -> Told:
    """Children without a school, with the reason; beside them, as advice, those who learn elsewhere and so have one."""
    unplaced = case.assignment.unplaced
    for (place, why), pupils in unplaced.groupby(["place_id", "reason"], sort=True)["pupils"].sum().items():
        what = REASONS.get(str(why), Text(str(why), str(why)))
        severity = "advice" if why == ELSEWHERE.en else "breach"
        yield plain(case, "unplaced", what, "place", str(place), pupils, 0.0, "pupils", pupils, severity=severity)


CHECKS = (
    check_reach,
    check_radius,
    check_boarding,
    check_bused,
    check_unplaced,
)
"""What every stage is checked for."""
