"""`Sent`: who is sent where in one stage, as a formula of the catalogue sees it.

Made of a plan it holds all there is to know. `screen` and `consolidate`, which make no plans, fill in what they have:
a formula that needs more then has no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Floats
from layout_planner.base.labels import equal_to
from layout_planner.measures.counted import KINDS, kinds_of
from layout_planner.measures.distance import WAYS, coded_alike, reach_of, reach_of_alike, ways_by
from layout_planner.measures.load import school_table
from layout_planner.measures.mergers import ledger_detail
from layout_planner.measures.money import Money
from layout_planner.measures.moved import NOWHERE, moved
from layout_planner.measures.posts import claimed_posts
from layout_planner.measures.pricing import investment, yearly_cost
from layout_planner.measures.resources import balances
from layout_planner.plan import Plan, by_day, lacks_school
from layout_planner.plan.coded import Coded, coded, day_flows
from layout_planner.study.stages import LOWER_GRADES
from layout_planner.travel.types import travel_for

TAIL = 0.1
"""The worst-off share of pupils whose mean way is told."""


@dataclass(frozen=True, eq=False)
class Sent:
    """Who is sent where in one stage.

    Parameters
    ----------
    placed, unplaced, elsewhere, outside
        Pupils with a place here, without a school, at schools outside the study, and on a roll from outside.
    open_schools
        Schools of the stage that are open: all of `kinds` together.
    day
        Pupils of each flow who come by day.
    minutes, metres
        Their ways; empty where not known at all.
    schools
        Columns of the open schools: roll, seats (inf: without limit), over; classes, largest, large, super_large where
        known.
    moved
        Pupils who change school against the base; None without a base, NaN where it cannot be told.
    riders
        Of the day pupils those who ride the school bus.
    by
        Mode → day pupils who go by it; empty where all go by one.
    lodgers
        Of those who do not come home every day those who lodge near the school (陪读).
    reach
        Unit → (day pupils beyond the rules' reach, day pupils a limit holds for), where not reckoned from a plan.
    costs
        Yuan by part, where not reckoned from a plan.
    kinds
        Kind (`measures.counted`) → open schools, where not reckoned from a plan.
    plan, stage, money
        What all this is of, where there is a plan; the prices.
    """

    placed: float
    unplaced: float
    open_schools: float
    day: Floats
    minutes: Floats
    schools: Mapping[str, Floats]
    metres: Floats = field(default_factory=lambda: np.empty(0))
    elsewhere: float = 0.0
    outside: float = np.nan
    moved: float | None = None
    riders: float = np.nan
    by: Mapping[str, float] = field(default_factory=dict)
    lodgers: float = np.nan
    reach: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    costs: Mapping[str, float] = field(default_factory=dict)
    kinds: Mapping[str, float] = field(default_factory=dict)
    plan: Plan | None = None
    stage: str = ""
    money: Money | None = None

    @classmethod
    def of(cls, plan: Plan, stage: str, money: Money | None = None) -> Sent:
        """Take a stage of a plan."""
        assignment = plan.assignments[stage]
        left = assignment.unplaced
        lacking = lacks_school(left)
        every, home = coded(assignment), day_flows(assignment)
        table = school_table(plan, stage)
        return cls(
            placed=float(every.pupils.sum()),
            unplaced=float(left.loc[lacking, "pupils"].sum()),
            elsewhere=float(left.loc[~lacking, "pupils"].sum()),
            open_schools=float(len(table)),
            day=home.pupils,
            minutes=home.minutes,
            schools={str(name): table[name].to_numpy(dtype=float) for name in table},
            metres=home.metres,
            outside=float(assignment.outside["pupils"].sum()),
            moved=_moved(plan, stage),
            riders=float(home.pupils[home.how.is_any("bus")].sum()),
            by=_by_mode(home),
            lodgers=float(every.pupils[every.how.is_any("lodge")].sum()),
            plan=plan,
            stage=stage,
            money=money,
        )

    @cached_property
    def counted(self) -> Mapping[str, float]:
        """Kind → open schools, 0 where there are none; empty where it is not known."""
        if self.plan is None:
            return self.kinds
        kinds = kinds_of(self.plan.study, self.stage, pd.Index(self.plan.study.offering(self.stage))).to_numpy(object)
        return {kind: float((kinds == kind).sum()) for kind in KINDS}

    def ways(self, unit: Literal["minutes", "metres"]) -> Floats:
        """Give `WAYS` of the day pupils; NaN where no way is known."""
        return self._minutes_told if unit == "minutes" else self._metres_told

    @cached_property
    def _minutes_told(self) -> Floats:
        return self._told(self.minutes)

    @cached_property
    def _metres_told(self) -> Floats:
        return self._told(self.metres)

    def _told(self, ways: Floats) -> Floats:
        if len(ways) != len(self.day):
            return np.full(len(WAYS), np.nan)
        return ways_by(ways, self.day, np.zeros(len(self.day), dtype=np.intp), 1)[0]

    def tail(self) -> float:
        """Give the mean way in minutes of the worst-off tenth of the day pupils whose way is known."""
        known = np.isfinite(self.minutes) & (self.day > 0)
        return tail_mean(self.minutes[known], self.day[known], TAIL) if known.any() else np.nan

    def beyond(self, unit: Literal["minutes", "metres"]) -> tuple[float, float]:
        """Give the day pupils whose way is beyond the rules' reach, and those a limit holds for."""
        return self._beyond.get(unit, (0.0, 0.0))

    @cached_property
    def _beyond(self) -> Mapping[str, tuple[float, float]]:
        if self.plan is None:
            return self.reach
        home = day_flows(self.plan.assignments[self.stage])
        mode = travel_for(self.plan.travel, self.stage).mode if self.plan.travel else ""
        alike = list(coded_alike(self.stage, home, mode))
        found = {}
        for unit, way in (("minutes", self.minutes), ("metres", self.metres)):
            limit = reach_of_alike(alike, len(home.pupils), self.plan.rules, unit)
            held = ~np.isnan(limit) & ~np.isnan(way)
            far = held & (np.where(held, way, 0.0) > limit + 1e-9)
            found[unit] = (float(self.day[far].sum()), float(self.day[held].sum()))
        return found

    @cached_property
    def spread(self) -> Mapping[str, float]:
        """difference_, gini_ and theil_ of each resource that two schools or more returned; of a plan only."""
        if self.plan is None:
            return {}
        return {f"{name}_{resource}": value for name, resource, value in balances(self.plan, self.stage)}

    @cached_property
    def yuan(self) -> Mapping[str, float]:
        """Yuan a year by part, their total, and the investment; empty where no prices are given."""
        if self.plan is None or self.money is None:
            return self.costs
        cost = {str(part): float(v) for part, v in yearly_cost(self.plan, self.stage, self.money).items()}
        return {**cost, "investment": investment(self.plan, self.stage, self.money)}

    def young_beyond(self) -> float | None:
        """Give the day pupils of the lowest grades beyond reach; NaN where no limit holds for them."""
        if self.plan is None:
            return None
        flows = self.plan.assignments[self.stage].flows
        young = flows.loc[by_day(flows) & flows["minutes"].notna() & flows["grade"].isin(LOWER_GRADES)]
        reach = reach_of(young, self.plan.rules, "minutes")
        far = young["pupils"].to_numpy()[young["minutes"].to_numpy() > reach + 1e-9].sum()
        return float(far) if np.isfinite(reach).any() else np.nan

    @cached_property
    def went(self) -> tuple[float | None, float | None]:
        """Pupils who leave the schools that end for another, and by how many minutes their way grows on average."""
        if self.plan is None:
            return None, None
        went = ledger_detail(self.plan, self.stage)
        went = went.loc[(went["to_school"] != went["from_school"]) & (went["to_school"] != NOWHERE)]
        longer = (went["minutes_after"] - went["minutes_before"]).dropna()
        heads = went["pupils"].reindex(longer.index)
        return float(went["pupils"].sum()), float((longer * heads).sum() / heads.sum()) if heads.sum() else np.nan

    @property
    def posts(self) -> float | None:
        """Teachers' posts due by the published ratios."""
        return None if self.plan is None else float(claimed_posts(self.plan, self.stage)["claim"].sum(min_count=1))

    @property
    def findings(self) -> float | None:
        """Findings of the stage."""
        return None if self.plan is None else float((self.plan.findings["stage"] == self.stage).sum())


def _by_mode(home: Coded) -> dict[str, float]:
    """Count the day pupils by mode; nothing where all go by one."""
    sums = np.bincount(home.mode.at, weights=home.pupils, minlength=len(home.mode.known))
    there = np.bincount(home.mode.at, minlength=len(home.mode.known)) > 0
    told = {str(m): float(n) for m, n, any_ in zip(home.mode.known, sums, there, strict=True) if m and any_}
    return told if len(told) > 1 else {}


def _moved(plan: Plan, stage: str) -> float | None:
    if plan.base is None or stage not in plan.base.assignments:
        return None
    if plan.base.assignments[stage].method == "assumed" and not plan.assignments[stage].stays:
        return np.nan  # two ways of sending everyone differ, but nobody is known to move
    changes = moved(plan, stage)
    nowhere = equal_to(changes["from_school"], NOWHERE) | equal_to(changes["to_school"], NOWHERE)
    return float(changes["pupils"].to_numpy(dtype=float)[~nowhere].sum())


def tail_mean(minutes: Floats, pupils: Floats, share: float) -> float:
    """Give the mean way of the worst-off share of pupils (conditional value at risk); one pupil may count in part."""
    order = np.argsort(-minutes, kind="stable")
    before = np.cumsum(pupils[order]) - pupils[order]
    counts = np.clip(share * pupils.sum() - before, 0.0, pupils[order])
    return float((minutes[order] * counts).sum() / counts.sum())
