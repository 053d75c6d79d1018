"""A second look at a finished plan, from its records alone: `verify` shares no code with the solvers.

Everything is counted again from the flows, the study and the travel tables with plain tables and networkx. What a
method does not promise (seats under "nearest"), or what the records do not hold, is said to be unchecked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import networkx as nx
import numpy as np
import pandas as pd

from layout_planner.base.arrays import Floats, Positions
from layout_planner.base.messages import Text
from layout_planner.plan.check import PUPILS, RELATIVE, Check, Verification, check_proof, make_check
from layout_planner.plan.columns import UNREACHABLE, lacks_school
from layout_planner.plan.record import Assignment, PlanRecord
from layout_planner.plan.tally import positions, tally
from layout_planner.plan.verify_districts import check_districts, check_pairs
from layout_planner.policy import class_limit
from layout_planner.scenario import in_force
from layout_planner.study import Study
from layout_planner.study.adjacency import neighbours
from layout_planner.travel import travel_for
from layout_planner.travel.types import WAYS

WAY = 1e-3
"""Minutes or metres a way may differ: tables are written with fewer digits than they were reckoned with."""
CHILDREN = ("place_id", "grade", "group")
"""What tells children apart."""

UNSEATED = {"over_seats", "to_town", "phased"}
"""What an assignment's work names where pupils may go beyond the seats: at a price, to town, in a year of a phasing."""
COST_PARTS = ("travel", "bus", "boarding", "household", "running", "building", "terms")
"""What a consolidation's objective is the sum of, yuan a year."""
COUNTS_ALL = ("today", "assumed", "given")
"""Methods whose objective counts everybody, pupils of private schools too."""
OPTIMISED = ("pupil-minutes", "pupil-metres")
"""Units of an objective that can be counted again from the flows."""


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
            check_proof(stage, assignment, asked=_asked(plan, assignment)),
        ]
    for stage, districting in plan.districtings.items():
        found += list(check_districts(stage, districting))
    for stage, pairing in plan.pairings.items():
        found.append(check_pairs(stage, pairing))
    return Verification(plan.name, tuple(found))


def _asked(plan: PlanRecord, assignment: Assignment) -> float:
    """Give the gap a plan was asked for; inf where its options do not tell."""
    gap = plan.provenance.get("options", {}).get("gap")
    return float(gap) if gap is not None and assignment.method in ("capacity", "contiguous") else math.inf


def _conserved(plan: PlanRecord, stage: str, assignment: Assignment) -> Check:
    """Placed + unplaced = children, by place, grade and group; no count below nought."""
    study = plan.study
    demand = study.pupils.loc[study.pupils["stage"] == stage]
    away = assignment.unplaced
    known = away.loc[away["place_id"].isin(study.places.index)] if len(away) else away
    who, pupils = tally([demand, assignment.flows, known], CHILDREN)
    asked, got = pupils[:, 0], pupils[:, 1] + pupils[:, 2]
    wrong = np.abs(asked - got) > PUPILS * (1 + asked)
    rows = who.loc[wrong]
    if wrong.any():
        rows = rows.assign(asked=asked[wrong], got=got[wrong]).sort_values(list(CHILDREN))
    breaches = [
        Text(
            f"{row.place_id}, grade {row.grade}, {row.group}: {row.asked:g} children, {row.got:g} told of",
            f"{row.place_id} {row.grade} 年级（{row.group}）：应有 {row.asked:g} 人，方案交代 {row.got:g} 人",
        )
        for row in rows.itertuples()
    ]
    tables = (assignment.flows, assignment.unplaced, assignment.outside)
    if any((table["pupils"].to_numpy(dtype=float) < 0).any() for table in tables):
        breaches.append(Text("counts below nought", "出现负的人数"))
    left = assignment.unplaced
    lacking = lacks_school(left)
    all_, placed, lost, away = (
        f"{rows.sum():,.0f}"
        for rows in (demand["pupils"], assignment.flows["pupils"], left["pupils"][lacking], left["pupils"][~lacking])
    )
    looked = Text(
        f"{all_} children of {stage}: {lost} without a school, {placed} placed, {away} who learn elsewhere",
        f"{all_} 名适龄儿童：未安置 {lost} 人，已安置 {placed} 人，县外就读 {away} 人",
    )
    return make_check("pupils", stage, looked, breaches)


def _grades(study: Study, stage: str) -> dict[str, frozenset[int]]:
    """Give the grades each school offers in a stage; empty where none does any more."""
    mine = study.offers.loc[study.offers.index.get_level_values("stage") == stage, "grades"]
    return {str(school): frozenset(grades) for school, grades in mine.droplevel("stage").items()}


def _offered(plan: PlanRecord, stage: str, assignment: Assignment) -> Check:
    """Nobody goes to a school that is closed, planned, or does not offer the grade."""
    study = plan.study
    mine = _grades(study, stage)
    state = study.schools["state"].to_dict()
    before = study.rolls if plan.base is None else plan.base.study.rolls
    back = before.loc[before["stage"] == stage]
    sent, pupils = tally([assignment.flows, assignment.outside, back], ["school_id", "grade"])
    roll, returned = pupils[:, 0] + pupils[:, 1], pupils[:, 2]
    as_before = roll <= returned + PUPILS  # what schools returned is carried on, odd as it may be
    schools, grades = sent["school_id"].to_numpy(dtype=object), sent["grade"].to_numpy()
    there = roll > PUPILS
    breaches = []
    rows = zip(schools[there], grades[there], roll[there], as_before[there], strict=True)
    for school, grade, heads, carried_on in sorted(rows):
        told = state.get(school)
        if told != "open":
            breaches.append(
                Text(f"{school} is {told} and has {heads:g} pupils", f"{school} 状态为 {told}，却有 {heads:g} 名学生")
            )
        elif grade not in mine.get(school, ()) and not carried_on:
            breaches.append(
                Text(
                    f"{school} does not offer grade {grade} and has {heads:g}",
                    f"{school} 不开设 {grade} 年级，却有 {heads:g} 人",
                )
            )
    count = len(set(schools[there]))
    looked = Text(
        f"{count} schools with pupils, each open and offering the grade; closed schools empty",
        f"{count} 所有学生的学校均在办且开设相应年级；撤并学校无学生",
    )
    return make_check("grades", stage, looked, breaches)


def _seated(plan: PlanRecord, stage: str, assignment: Assignment) -> Check:
    """Where the method holds seats: no school beyond its seats has been sent anybody."""
    seats = plan.study.seats(stage, class_limit(plan.rules, stage))
    roll = _heads(seats.index, assignment.flows, assignment.outside)
    limit = seats.to_numpy(dtype=float)
    over = roll > limit + PUPILS * (1 + np.where(np.isfinite(limit), limit, 0.0))
    said = Text(
        f"{over.sum()} of {len(seats)} schools have more pupils than seats",
        f"{len(seats)} 所学校中有 {over.sum()} 所超过学位",
    )
    beyond_seats = UNSEATED & set(assignment.work)
    if "seats" not in assignment.promises or beyond_seats or plan.base is None:
        no = Text(f"{said.en}; this method does not promise seats", f"{said.zh}；该分配方式不保证学位")
        return Check("seats", stage, None, no)
    if "leaves" in assignment.promises and not _same_children(plan, stage):
        no = Text(f"{said.en}; there are other children than before", f"{said.zh}；适龄儿童与此前不同，未作比较")
        return Check("seats", stage, None, no)
    breaches = []
    if over.any():
        sent = _heads(seats.index, _sent(plan, stage, assignment))
        breaches = [
            Text(
                f"{seats.index[at]}: {roll[at] - limit[at]:g} beyond its seats and sent more",
                f"{seats.index[at]}：超过学位 {roll[at] - limit[at]:g} 人，仍有新安排",
            )
            for at in np.flatnonzero(over & (sent > PUPILS * (1 + roll)))
        ]
    looked = Text(f"{said.en}, none of them sent anybody", f"{said.zh}，均未新增安排")
    return make_check("seats", stage, looked, breaches)


def _heads(schools: pd.Index, *tables: pd.DataFrame) -> Floats:
    """Add up the pupils of each school, shape (schools,)."""
    heads = np.zeros(len(schools))
    for table in tables:
        at = positions(table["school_id"], schools)
        heads += np.bincount(at[at >= 0], table["pupils"].to_numpy(dtype=float)[at >= 0], len(schools))
    return heads


def _same_children(plan: PlanRecord, stage: str) -> bool:
    """Tell whether the children are those of the plan it is compared with: else who is new cannot be told."""
    if plan.base is None:
        return False
    now, then = (study.pupils for study in (plan.study, plan.base.study))
    if now is then:
        return True
    _, pupils = tally([table.loc[table["stage"] == stage] for table in (now, then)], CHILDREN)
    return bool((np.abs(pupils[:, 0] - pupils[:, 1]) <= PUPILS).all())


def _sent(plan: PlanRecord, stage: str, assignment: Assignment) -> pd.DataFrame:
    """Give the flows the method decided on: not those of private schools and pins; under "stay" only newcomers."""
    flows = assignment.flows
    own = plan.study.is_private()
    fixed = np.append(own.to_numpy(dtype=bool), False)[positions(flows["school_id"], own.index)]
    pinned = np.zeros(len(flows), dtype=bool)
    for edit in in_force(plan.scenario, None):
        if edit.sends is not None and edit.concerns(stage):
            pinned |= ((flows["place_id"] == edit.sends) & (flows["school_id"] == edit.receiver)).to_numpy(dtype=bool)
    if len(assignment.zones) and pinned.any():  # a whole place that is pinned is drawn into the zone of its school
        drawn = pd.MultiIndex.from_frame(assignment.zones[["place_id", "school_id"]])
        pinned &= ~pd.MultiIndex.from_frame(flows[["place_id", "school_id"]]).isin(drawn)
    loose = flows.loc[~(fixed | pinned)]
    if "leaves" not in assignment.promises or plan.base is None:
        return loose
    who, pupils = tally([loose, plan.base.assignments[stage].flows], [*CHILDREN, "school_id"])
    more = pupils[:, 0] - pupils[:, 1]
    return who.assign(pupils=more).loc[more > PUPILS]


def _measured(plan: PlanRecord, stage: str, assignment: Assignment) -> Check:
    """Metres and minutes of every flow stand so in the travel tables."""
    worst, wrong, seen = 0.0, 0, 0
    flows = assignment.flows
    grade_of, pupils_of = flows["grade"].to_numpy(), pd.factorize(flows["school_id"])
    site = pd.Index(plan.study.site_of(pd.Index(pupils_of[1])))
    tables: dict[int, tuple[Positions, Positions]] = {}
    for grade in np.unique(grade_of):
        rows = np.flatnonzero(grade_of == grade)
        travel = travel_for(plan.travel, stage, int(grade))
        if id(travel) not in tables:
            columns = np.append(travel.minutes.columns.get_indexer(site), -1)
            tables[id(travel)] = positions(flows["place_id"], travel.minutes.index), columns[pupils_of[0]]
        at, to = (each[rows] for each in tables[id(travel)])
        if (at < 0).any() or (to < 0).any():
            wrong += int(((at < 0) | (to < 0)).sum())
            continue
        pace = travel.pace.get(int(grade), 1.0)
        for column, table, factor in (("minutes", travel.minutes, pace), ("metres", travel.metres, 1.0)):
            there = table.to_numpy(dtype=float)[at, to] * factor
            told = flows[column].to_numpy(dtype=float)[rows]
            both = np.isfinite(there) & np.isfinite(told)
            apart = np.abs(there[both] - told[both]) / np.maximum(1.0, np.abs(there[both]))
            worst = max(worst, float(apart.max(initial=0.0)))
            wrong += int((np.isfinite(there) != np.isfinite(told)).sum()) + int((apart > WAY).sum())
        if travel.ways is not None and "mode" in flows:
            used = np.array([*WAYS, ""], dtype=object)[travel.ways.to_numpy()[at, to]]
            by_day = flows["how"].ne("bus").to_numpy(dtype=bool)[rows]
            wrong += int((by_day & (used != flows["mode"].to_numpy(dtype=object)[rows])).sum())
        seen += len(rows)
    looked = Text(f"{seen:,} ways as in the travel tables", f"{seen:,} 条路程与出行表一致")
    breach = Text(f"{wrong:,} differ, by up to {worst:.3%}", f"{wrong:,} 条不一致，最大相差 {worst:.3%}")
    return make_check("ways", stage, looked, [breach] if wrong else [])


def _reasons(plan: PlanRecord, stage: str, assignment: Assignment) -> Check:
    """Whoever is said to have no way to any school has none in the travel tables."""
    left = assignment.unplaced.loc[assignment.unplaced["reason"] == UNREACHABLE.en]
    mine = _grades(plan.study, stage) if len(left) else {}
    breaches = []
    for place, grade in sorted({*zip(left["place_id"], left["grade"], strict=True)}):
        travel = travel_for(plan.travel, stage, int(grade))
        open_ = [s for s in plan.study.offering(stage) if int(grade) in mine.get(s, ())]
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
    if assignment.method in ("consolidate", "consolidate_stay") and "consolidation" in plan.provenance:
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
    sent = _sent(plan, stage, assignment.with_(method="consolidate"))
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
