"""A second look at a finished plan, from its records alone: `verify` shares no code with the solvers.

Everything is counted again from the flows, the study and the travel tables with plain tables and networkx. What a
method does not promise (seats under "nearest"), or what the records do not hold, is said to be unchecked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import networkx as nx
import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.plan.columns import UNREACHABLE
from layout_planner.plan.districting import Districting, Pairing
from layout_planner.plan.record import Assignment, PlanRecord
from layout_planner.policy import class_limit
from layout_planner.scenario import in_force
from layout_planner.study import Study
from layout_planner.study.adjacency import neighbours
from layout_planner.travel import travel_for

PUPILS = 1e-6
"""Pupils that count as none: shares of a child that rounding leaves."""
RELATIVE = 1e-6
"""How far a sum counted again may differ, as a share of it."""
WAY = 1e-3
"""Minutes or metres a way may differ: tables are written with fewer digits than they were reckoned with."""
SHOWN = 5
"""How many breaches a check names."""

SEATS_HELD = ("stay", "nearest_seats", "capacity", "contiguous", "consolidate", "migrants_designated", "migrants_spare")
"""Methods that send nobody to a school without a free seat."""
UNSEATED = {"over_seats", "to_town", "phased"}
"""What an assignment's work names where pupils may go beyond the seats: at a price, to town, in a year of a phasing."""
COST_PARTS = ("travel", "bus", "boarding", "household", "running", "building", "terms")
"""What a consolidation's objective is the sum of, yuan a year."""
MOVES_SOME = ("stay", "stay_nearest", "migrants_designated", "migrants_spare")
"""Methods that leave whom they need not move where they are."""
COUNTS_ALL = ("today", "assumed", "given")
"""Methods whose objective counts everybody, pupils of private schools too."""
OPTIMISED = ("pupil-minutes", "pupil-metres")
"""Units of an objective that can be counted again from the flows."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Parameters
    ----------
    name
        One of `columns.CHECK_NAMES`.
    stage
        The stage it concerns.
    holds
        Whether it holds; None where it could not be checked, or nothing was promised.
    said
        What was compared, and what was found.
    """

    name: str
    stage: str
    holds: bool | None
    said: Text


@dataclass(frozen=True)
class Verification:
    """What a second look at a plan found.

    Parameters
    ----------
    plan
        Name of the plan.
    checks
        In the order they were made.
    """

    plan: str
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Whether no check failed."""
        return all(check.holds is not False for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.holds is False)

    @property
    def table(self) -> pd.DataFrame:
        """The checks: check, stage, holds (missing where unchecked), said in the reader's language."""
        rows = [(c.name, c.stage, c.holds, str(c.said)) for c in self.checks]
        table = pd.DataFrame(rows, columns=["check", "stage", "holds", "said"])
        return table.astype({"holds": "boolean"})


def verify(plan: PlanRecord) -> Verification:
    """Count a plan again, without any of the solvers' code.

    Parameters
    ----------
    plan
        From `solve`, `consolidate`, `partition` …, or read back by `read_plan`.

    Returns
    -------
    Verification
        Pupils conserved, grades offered and closed schools empty, seats, ways as the travel tables have them, children
        said to be without a way, zones whole and in one piece, objective and bound; districts connected and within
        their windows, pairs each school once. Each check says what it looked at.
    """
    found: list[Check] = []
    for stage, assignment in plan.assignments.items():
        found += [
            _conserved(plan, stage, assignment),
            _offered(plan, stage, assignment),
            _seated(plan, stage, assignment),
            _measured(plan, stage, assignment),
            _reasons(plan, stage, assignment),
            *_zones(plan, stage, assignment),
            _objective(plan, stage, assignment),
            _proof(stage, assignment),
        ]
    for stage, districting in plan.districtings.items():
        found += list(_districts(stage, districting))
    for stage, pairing in plan.pairings.items():
        found.append(_pairs(stage, pairing))
    return Verification(plan.name, tuple(found))


def make_check(name: str, stage: str, looked: Text, breaches: list[Text]) -> Check:
    """Make a check that holds when there are no breaches, else one that names the first."""
    if not breaches:
        return Check(name, stage, True, looked)
    more = (
        Text("", "") if len(breaches) <= SHOWN else Text(f" and {len(breaches) - SHOWN} more", f"等 {len(breaches)} 处")
    )
    shown = breaches[:SHOWN]
    told = Text("; ".join(b.en for b in shown) + more.en, "；".join(b.zh for b in shown) + more.zh)
    return Check(name, stage, False, Text(f"{looked.en}: {told.en}", f"{looked.zh}：{told.zh}"))


def _conserved(plan: PlanRecord, stage: str, assignment: Assignment) -> Check:
    """Placed + unplaced = children, by place, grade and group; no count below nought."""
    keys = ["place_id", "grade", "group"]
    study = plan.study
    demand = study.pupils.loc[study.pupils["stage"] == stage].groupby(keys, observed=True)["pupils"].sum()
    away = assignment.unplaced
    known = away["place_id"].isin(study.places.index)
    parts = [assignment.flows[[*keys, "pupils"]], away.loc[known, [*keys, "pupils"]]]
    got = pd.concat(parts).groupby(keys, observed=True)["pupils"].sum()
    both = pd.concat([demand.rename("asked"), got.rename("got")], axis=1).fillna(0.0)
    wrong = both.loc[(both["asked"] - both["got"]).abs() > PUPILS * (1 + both["asked"])]
    breaches = [
        Text(
            f"{place}, grade {grade}, {group}: {row['asked']:g} children, {row['got']:g} told of",
            f"{place} {grade} 年级（{group}）：应有 {row['asked']:g} 人，方案交代 {row['got']:g} 人",
        )
        for (place, grade, group), row in wrong.iterrows()
    ]
    tables = (assignment.flows, assignment.unplaced, assignment.outside)
    if any((table["pupils"] < 0).any() for table in tables):
        breaches.append(Text("counts below nought", "出现负的人数"))
    looked = Text(
        f"{demand.sum():,.0f} children of {stage}: {assignment.flows['pupils'].sum():,.0f} placed, "
        f"{assignment.unplaced['pupils'].sum():,.0f} without a place",
        f"{demand.sum():,.0f} 名适龄儿童：已安置 {assignment.flows['pupils'].sum():,.0f} 人，"
        f"未安置 {assignment.unplaced['pupils'].sum():,.0f} 人",
    )
    return make_check("pupils", stage, looked, breaches)


def _grades(study: Study, stage: str) -> pd.Series:
    """Give the grades each school offers in a stage; empty where none does any more."""
    mine = study.offers.loc[study.offers.index.get_level_values("stage") == stage, "grades"]
    return mine.droplevel("stage")


def _offered(plan: PlanRecord, stage: str, assignment: Assignment) -> Check:
    """Nobody goes to a school that is closed, planned, or does not offer the grade."""
    study = plan.study
    mine = _grades(study, stage)
    sent = assignment.roll_by_grade()
    before = study.rolls if plan.base is None else plan.base.study.rolls
    back = before.loc[before["stage"] == stage].set_index(["school_id", "grade"])["pupils"].reindex(sent.index)
    returned = sent <= back.fillna(0.0) + PUPILS  # what schools returned is carried on, odd as it may be
    breaches = []
    for (school, grade), pupils in sent[sent > PUPILS].items():
        state = study.schools["state"].get(school)
        if state != "open":
            breaches.append(
                Text(
                    f"{school} is {state} and has {pupils:g} pupils", f"{school} 状态为 {state}，却有 {pupils:g} 名学生"
                )
            )
        elif (school not in mine or int(grade) not in mine[school]) and not returned[school, grade]:
            breaches.append(
                Text(
                    f"{school} does not offer grade {grade} and has {pupils:g}",
                    f"{school} 不开设 {grade} 年级，却有 {pupils:g} 人",
                )
            )
    roll = assignment.roll()
    schools = int((roll > PUPILS).sum())
    looked = Text(
        f"{schools} schools with pupils, each open and offering the grade; closed schools empty",
        f"{schools} 所有学生的学校均在办且开设相应年级；撤并学校无学生",
    )
    return make_check("grades", stage, looked, breaches)


def _seated(plan: PlanRecord, stage: str, assignment: Assignment) -> Check:
    """Where the method holds seats: no school beyond its seats has been sent anybody."""
    seats = plan.study.seats(stage, class_limit(plan.rules, stage))
    roll = assignment.roll().reindex(seats.index, fill_value=0.0)
    over = roll[roll > seats + PUPILS * (1 + seats.where(np.isfinite(seats), 0.0))]
    said = Text(
        f"{len(over)} of {len(seats)} schools have more pupils than seats",
        f"{len(seats)} 所学校中有 {len(over)} 所超过学位",
    )
    beyond_seats = UNSEATED & set(assignment.work)
    if assignment.method not in SEATS_HELD or beyond_seats or plan.base is None:
        no = Text(f"{said.en}; this method does not promise seats", f"{said.zh}；该分配方式不保证学位")
        return Check("seats", stage, None, no)
    if assignment.method in MOVES_SOME and not _same_children(plan, stage):
        no = Text(f"{said.en}; there are other children than before", f"{said.zh}；适龄儿童与此前不同，未作比较")
        return Check("seats", stage, None, no)
    sent = _sent(plan, stage, assignment).groupby("school_id", observed=True)["pupils"].sum()
    beyond = {
        str(school): float(roll[school] - seats[school])
        for school in over.index
        if sent.get(school, 0.0) > PUPILS * (1 + roll[school])
    }
    breaches = [
        Text(f"{school}: {by:g} beyond its seats and sent more", f"{school}：超过学位 {by:g} 人，仍有新安排")
        for school, by in beyond.items()
    ]
    looked = Text(f"{said.en}, none of them sent anybody", f"{said.zh}，均未新增安排")
    return make_check("seats", stage, looked, breaches)


def _same_children(plan: PlanRecord, stage: str) -> bool:
    """Tell whether the children are those of the plan it is compared with: else who is new cannot be told."""
    keys = ["place_id", "grade", "group"]
    tables = [study.pupils for study in (plan.study, plan.base.study)] if plan.base is not None else []
    sums = [t.loc[t["stage"] == stage].groupby(keys, observed=True)["pupils"].sum() for t in tables]
    return len(sums) == 2 and len(sums[0]) == len(sums[1]) and bool(sums[0].sub(sums[1]).abs().max() <= PUPILS)


def _sent(plan: PlanRecord, stage: str, assignment: Assignment) -> pd.DataFrame:
    """Give the flows the method decided on: not those of private schools and pins; under "stay" only newcomers."""
    flows = assignment.flows
    fixed = flows["school_id"].map(plan.study.is_private()).fillna(False).astype(bool)
    pinned = pd.Series(False, index=flows.index)
    for edit in in_force(plan.scenario, None):
        if edit.sends is not None and edit.concerns(stage):
            pinned |= (flows["place_id"] == edit.sends) & (flows["school_id"] == edit.receiver)
    if len(assignment.zones):  # a whole place that is pinned is drawn into the zone of its school
        drawn = pd.MultiIndex.from_frame(assignment.zones[["place_id", "school_id"]])
        pinned &= ~pd.MultiIndex.from_frame(flows[["place_id", "school_id"]]).isin(drawn)
    fixed |= pinned
    loose = flows.loc[~fixed]
    if assignment.method not in MOVES_SOME or plan.base is None:
        return loose
    keys = ["place_id", "grade", "group", "school_id"]
    before = plan.base.assignments[stage].flows.groupby(keys, observed=True)["pupils"].sum()
    after = loose.groupby(keys, observed=True)["pupils"].sum()
    new = after.sub(before.reindex(after.index, fill_value=0.0)).clip(lower=0.0)
    return new[new > PUPILS].reset_index()


def _measured(plan: PlanRecord, stage: str, assignment: Assignment) -> Check:
    """Metres and minutes of every flow stand so in the travel tables."""
    worst, wrong, seen = 0.0, 0, 0
    for grade, rows in assignment.flows.groupby("grade", observed=True):
        travel = travel_for(plan.travel, stage, int(grade))
        pace = travel.pace.get(int(grade), 1.0)
        at = travel.minutes.index.get_indexer(rows["place_id"])
        to = travel.minutes.columns.get_indexer(plan.study.site_of(pd.Index(rows["school_id"])))
        if (at < 0).any() or (to < 0).any():
            wrong += int(((at < 0) | (to < 0)).sum())
            continue
        for column, table, factor in (("minutes", travel.minutes, pace), ("metres", travel.metres, 1.0)):
            there = table.to_numpy(dtype=float)[at, to] * factor
            told = rows[column].to_numpy(dtype=float)
            both = np.isfinite(there) & np.isfinite(told)
            apart = np.abs(there[both] - told[both]) / np.maximum(1.0, np.abs(there[both]))
            worst = max(worst, float(apart.max(initial=0.0)))
            wrong += int((np.isfinite(there) != np.isfinite(told)).sum()) + int((apart > WAY).sum())
        seen += len(rows)
    looked = Text(f"{seen:,} ways as in the travel tables", f"{seen:,} 条路程与出行表一致")
    breach = Text(f"{wrong:,} differ, by up to {worst:.3%}", f"{wrong:,} 条不一致，最大相差 {worst:.3%}")
    return make_check("ways", stage, looked, [breach] if wrong else [])


def _reasons(plan: PlanRecord, stage: str, assignment: Assignment) -> Check:
    """Whoever is said to have no way to any school has none in the travel tables."""
    left = assignment.unplaced.loc[assignment.unplaced["reason"] == UNREACHABLE.en]
    mine = _grades(plan.study, stage)
    breaches = []
    for (place, grade), _ in left.groupby(["place_id", "grade"], observed=True):
        travel = travel_for(plan.travel, stage, int(grade))
        open_ = [s for s in plan.study.offering(stage) if int(grade) in mine[s]]
        columns = travel.minutes.columns.intersection(pd.Index(plan.study.site_of(open_)))
        ways = travel.minutes.loc[place, columns] if place in travel.minutes.index else pd.Series(dtype=float)
        if np.isfinite(ways.to_numpy(dtype=float)).any():
            breaches.append(Text(f"{place}, grade {grade}: there is a way", f"{place} {grade} 年级：实际有路可达"))
    looked = Text(
        f"{left['pupils'].sum():,.0f} children without a way to any school",
        f"{left['pupils'].sum():,.0f} 名儿童无路可达任何学校",
    )
    return make_check("no way", stage, looked, breaches)


def _land(plan: PlanRecord) -> nx.Graph:
    """Give places and which of them touch."""
    study = plan.study
    table = study.adjacency if len(study.adjacency) else neighbours(study.places.geometry)
    land: nx.Graph[str] = nx.Graph()
    land.add_nodes_from(study.places.index)
    land.add_edges_from(zip(table["place_a"], table["place_b"], strict=True))
    return land


def _zones(plan: PlanRecord, stage: str, assignment: Assignment) -> Iterator[Check]:
    """Every place has one school a band; every zone is in one piece on its land, the school's own place counted."""
    zones = assignment.zones
    if not len(zones):
        return
    looked = Text(f"{len(zones):,} places in zones, each in one", f"{len(zones):,} 个居住点各属一个片区")
    twice = zones.loc[zones.duplicated(["place_id", "grades"]), "place_id"]
    yield make_check("zones", stage, looked, [Text(f"{p} stands in two", f"{p} 属于两个片区") for p in twice])
    land = _land(plan)
    mainland = {place: number for number, piece in enumerate(nx.connected_components(land)) for place in piece}
    shapes = plan.study.places.geometry
    breaches = []
    for (grades, school), mine in zones.groupby(["grades", "school_id"], observed=True):
        ground = shapes.index[int(np.argmin(shapes.distance(plan.study.schools.geometry[school]).to_numpy()))]
        members = set(mine["place_id"])
        for number in {mainland[place] for place in members}:
            here = {place for place in members if mainland[place] == number}
            stands = {ground} if mainland[ground] == number else set()
            pieces = nx.number_connected_components(land.subgraph(here | stands))
            if pieces > 1:
                breaches.append(
                    Text(f"{school}, grades {grades}: {pieces} pieces", f"{school}（{grades} 年级）：分成 {pieces} 块")
                )
    count = zones.groupby(["grades", "school_id"], observed=True).ngroups
    yield make_check("connected", stage, Text(f"{count} zones, each in one piece", f"{count} 个片区各自连片"), breaches)


def _objective(plan: PlanRecord, stage: str, assignment: Assignment) -> Check:
    """Sum the ways of those the method sent and hold them against the objective."""
    unit = assignment.work.get("unit")
    if not math.isfinite(assignment.objective):
        return Check("objective", stage, None, Text("nothing was optimised", "未作优化"))
    if assignment.method == "consolidate" and "consolidation" in plan.provenance:
        return _money(plan, stage, assignment)
    if unit not in OPTIMISED or "over_seats" in assignment.work:
        no = Text(
            f"{assignment.objective:,.6g} {unit}: its prices are not in the records",
            f"{assignment.objective:,.6g}（{unit}）：记录中没有其价格，无法重算",
        )
        return Check("objective", stage, None, no)
    flows = assignment.flows if assignment.method in COUNTS_ALL else _sent(plan, stage, assignment)
    again = float((flows["pupils"] * flows[str(unit).removeprefix("pupil-")]).sum())
    told = assignment.objective
    looked = Text(f"{again:,.6g} {unit} counted again", f"重算为 {again:,.6g} {unit}")
    apart = abs(again - told) > RELATIVE * max(1.0, abs(told))
    return make_check(
        "objective", stage, looked, [Text(f"the plan says {told:,.6g}", f"方案称 {told:,.6g}")] if apart else []
    )


def _money(plan: PlanRecord, stage: str, assignment: Assignment) -> Check:
    """The parts of a consolidation's cost add up; its ways by day cost what flows and prices say."""
    told = plan.provenance["consolidation"]
    total = sum(float(told[part]) for part in COST_PARTS if part in told)
    looked = Text(
        f"{total:,.0f} yuan a year from ways, riding, boarding, running and building",
        f"路程、乘车、寄宿、运行与建设合计每年 {total:,.0f} 元",
    )
    breaches = []
    if abs(total - assignment.objective) > RELATIVE * max(1.0, abs(assignment.objective)):
        breaches.append(Text(f"the plan says {assignment.objective:,.0f}", f"方案称 {assignment.objective:,.0f}"))
    sent = _sent(plan, stage, assignment)
    prices = told["prices"]
    if (sent["how"] == "day").all():
        ways = float((sent["pupils"] * sent["minutes"]).sum()) * prices["minute"] * prices["ways"]
        if abs(ways - float(told["travel"])) > 1e-4 * max(1.0, ways):
            breaches.append(
                Text(
                    f"ways cost {ways:,.0f}, not {told['travel']:,.0f}",
                    f"路程费用应为 {ways:,.0f}，而非 {told['travel']:,.0f}",
                )
            )
    return make_check("objective", stage, looked, breaches)


def _proof(stage: str, of: Assignment | Districting, name: str = "proof") -> Check:
    """Bound ≤ objective; the gap is their difference."""
    if not (math.isfinite(of.objective) and math.isfinite(of.bound)):
        return Check(name, stage, None, Text("no bound is claimed", "未给出下界"))
    looked = Text(
        f"objective {of.objective:,.6g}, bound {of.bound:,.6g}, gap {of.gap:.3%}",
        f"目标值 {of.objective:,.6g}，下界 {of.bound:,.6g}，差距 {of.gap:.3%}",
    )
    slack = RELATIVE * max(1.0, abs(of.objective))
    breaches = []
    if of.bound > of.objective + slack:
        breaches.append(Text("the bound lies above the objective", "下界高于目标值"))
    return make_check(name, stage, looked, breaches)


def _districts(stage: str, found: Districting) -> Iterator[Check]:
    """Every unit in one district, each district connected and within its windows, leads one a district."""
    if found.status in ("infeasible", "interrupted"):
        said = Text("no feasible division was found; the one shown breaks limits", "未找到可行划分；所示划分突破限值")
        yield Check("districts", stage, None, said)
        return
    links: nx.Graph[str] = nx.Graph()
    links.add_nodes_from(found.district_of.index)
    links.add_edges_from(zip(found.edges["a"], found.edges["b"], strict=True))
    breaches = []
    missing = found.units.index.difference(found.district_of.index)
    breaches += [Text(f"{unit} is in no district", f"{unit} 不属于任何学区") for unit in missing]
    for district, mine in found.district_of.groupby(found.district_of):
        pieces = nx.number_connected_components(links.subgraph(mine.index))
        if pieces > 1:
            breaches.append(Text(f"{district}: {pieces} pieces", f"{district}：分成 {pieces} 块"))
        for window, limits in found.windows.iterrows():
            size = float(found.units.loc[mine.index, window].sum())
            lead = found.lead_of.get(district) if len(found.lead_of) else None
            if lead is not None and lead in found.lead_shares.index and window in found.lead_shares:
                share = float(found.lead_shares.at[lead, window])
                size += 0.0 if math.isnan(share) else share
            if not limits["low"] - PUPILS <= size <= limits["high"] + PUPILS:
                breaches.append(
                    Text(
                        f"{district}: {window} {size:,.0f}, allowed {limits['low']:,.0f}–{limits['high']:,.0f}",
                        f"{district}：{window} {size:,.0f}，允许 {limits['low']:,.0f}–{limits['high']:,.0f}",
                    )
                )
    leads = found.lead_of.value_counts()
    breaches += [Text(f"{lead} leads {n} districts", f"{lead} 兼任 {n} 个学区") for lead, n in leads[leads > 1].items()]
    if found.inside:
        breaches += [
            Text(f"{district}: its lead {lead} lies outside", f"{district}：学区长学校 {lead} 在学区之外")
            for district, lead in found.lead_of.items()
            if found.district_of.get(found.lead_units.get(lead)) != district
        ]
    count = found.district_of.nunique()
    looked = Text(f"{count} districts, connected and within their windows", f"{count} 个学区连片且在规定范围内")
    yield make_check("districts", stage, looked, breaches)
    total = float(found.terms["cost"].sum(skipna=False)) if len(found.terms) else math.nan
    if math.isfinite(total) and math.isfinite(found.objective):
        apart = abs(total - found.objective) > RELATIVE * max(1.0, abs(total))
        said = Text(f"terms add up to {total:.6g}", f"各项合计 {total:.6g}")
        told = Text(f"the division says {found.objective:.6g}", f"划分称 {found.objective:.6g}")
        yield make_check("objective of districts", stage, said, [told] if apart else [])
    yield _proof(stage, found, "proof of districts")


def _pairs(stage: str, pairing: Pairing) -> Check:
    """A member has one core; nobody is both a member and a core."""
    members = pairing.table["member"]
    twice = members[members.duplicated()].unique()
    both = set(members) & set(pairing.table["core"])
    breaches = [
        Text(f"{school} stands in two groups", f"{school} 同属两组")
        for school in chain(twice, sorted(both - set(twice)))
    ]
    looked = Text(f"{len(pairing.table)} pairs, each member once", f"{len(pairing.table)} 对，每校只结对一次")
    return make_check("pairs", stage, looked, breaches)
