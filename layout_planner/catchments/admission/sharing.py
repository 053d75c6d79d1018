"""Zones shared by several schools (多校划片): which neighbours to join, so that every child has like odds.

A shared zone admits by draw: a child gets each of its schools with the odds of its seats. Every connected set of zones
of an allowed size is priced, and the zones are parted into such sets at least total price, an exact cover:

    min  Σ_S c_S x_S     s.t.  Σ_{S ∋ z} x_S = 1 for every zone z,   x binary
    c_S = n_S |q_S − q̄| / d  +  w · Σ_i n_i (m_iS − m_i) / m̄

n pupils; q_S the seat-weighted quality a child of S may expect, q̄ the county's, d the pupils' mean |q − q̄| with a
zone a school; m_iS the mean minutes of place i under the draw, m_i those to its own school, m̄ the pupils' mean. Both
terms are 1 a pupil where nothing is shared or the way doubles. HiGHS solves it (set partitioning, Balas and Padberg
1976, from memory).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.assignment.case import Case, label_flows, make_case
from layout_planner.assignment.solve import judged, with_rolls
from layout_planner.base.arrays import Bools, Floats, Positions
from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.base.proof import Proof, Proved, unproved
from layout_planner.catchments.admission.order import divide
from layout_planner.catchments.methods import SHARED_ZONES
from layout_planner.plan import Assignment, Plan
from layout_planner.plan.zones import SHARED, zone_map
from layout_planner.solving.clock import Clock
from layout_planner.solving.mip import Model
from layout_planner.study import Study
from layout_planner.study.adjacency import neighbours

GROUP_COLUMNS = (
    "zone", "schools", "places", "pupils", "seats", "quality", "minutes_own", "minutes", "longest",
)  # fmt: skip

NO_SETS = 200_000
"""More sets than this are not priced: ask for smaller ones."""


@dataclass(frozen=True, eq=False)
class SharedZones(Proved):
    """Which schools share a zone.

    Parameters
    ----------
    zones
        Place → schools with ";" between them; what `draw_zones`, `admit_children` and `phase_in_zones` take.
    table
        `GROUP_COLUMNS`, one row a shared zone: schools (how many), places, pupils, seats, quality (weighted by seats),
        mean minutes to the own school and under the draw, and the longest way any child may draw.
    odds
        zone, school_id, seats, odds (of a child of the zone), quality.
    spread_before, spread
        Pupils' mean distance of the quality they may expect from the county's, a zone a school and shared.
    plan
        One draw carried out, as even as whole children can be (see `divide`): every pupil is at one school.
    proof, seconds
        As in `Assignment`; the objective has no unit.
    """

    zones: pd.Series
    table: pd.DataFrame
    odds: pd.DataFrame
    spread_before: float
    spread: float
    plan: Plan
    proof: Proof
    seconds: float


@dataclass(frozen=True, eq=False)
class _Ground:
    """What sets of zones are priced by: places × schools, with the zone of each place."""

    case: Case
    zone: Positions
    pupils: Floats
    minutes: Floats
    seats: Floats
    quality: Floats
    touches: Bools


def share_zones(
    plan: Plan,
    stage: str,
    *,
    sizes: Sequence[int] = (2, 3, 4),
    travel_weight: float = 1.0,
    longest: float | None = None,
    quality: pd.Series | None = None,
    gap: float = 1e-4,
    time_limit: float = 60.0,
) -> SharedZones:
    """Join neighbouring zones so that the odds of a good school are alike and ways stay short.

    Parameters
    ----------
    plan
        Whose zones are joined (the first school of zones shared already).
    stage
        A stage it covers.
    sizes
        Schools a zone may have; a school that touches no other keeps its own.
    travel_weight
        w: what twice the way counts against the whole of today's inequality.
    longest
        Minutes (pace of the entry grade) no child may have to a school it may draw, beyond those to its own.
    quality
        Index school_id; the schools' `quality` where left out.
    gap, time_limit
        Stop at this relative gap, after so many seconds.

    Raises
    ------
    DataError
        Quality or seats of a school are not known, the zones cannot be parted into sets of those sizes, or there are
        too many.
    """
    started = time.perf_counter()
    ground = _ground(plan, stage, quality)
    sets = _connected_sets(ground.touches, sizes)
    price, known = _prices(ground, sets, travel_weight, longest)
    sets, price = [each for each, ok in zip(sets, known, strict=True) if ok], price[known]
    member = np.concatenate([np.asarray(each) for each in sets]) if sets else np.empty(0, dtype=np.intp)
    column = np.repeat(np.arange(len(sets)), [len(each) for each in sets])
    m = len(ground.seats)
    model = Model()
    chosen_set = model.columns(price, most=1.0, whole=True)
    model.rows((member, chosen_set[column], 1.0), least=1.0, most=1.0, count=m)
    found = model.solve(clock=Clock(time_limit), gap=gap)
    if found.x is None:
        raise refuse(
            f"the {m} zones cannot be parted into connected sets of {', '.join(map(str, sizes))}",
            f"{m} 个片区无法划分为 {'、'.join(map(str, sizes))} 所相邻学校的组合",
            "allow 1 in sizes, or a longer way",
            "请在 sizes 中加入 1，或放宽路程",
        )
    chosen = [sets[at] for at in np.flatnonzero(found.x > 0.5)]
    return _result(plan, ground, chosen, found.proof, time.perf_counter() - started)


def _ground(plan: Plan, stage: str, quality: pd.Series | None) -> _Ground:
    study = plan.study
    own = zone_map(plan, stage).str.split(SHARED).str[0]
    schools = pd.Index(sorted(own.unique()))
    case = make_case(study, plan.travel, plan.rules, stage, schools)
    offered = study.offers.xs(stage, level="stage")
    worth = (offered["quality"] if quality is None else quality).reindex(schools).astype(float)
    unknown = list(dict.fromkeys([*schools[worth.isna()], *schools[~np.isfinite(case.seats)]]))
    if unknown:
        raise refuse(
            f"quality or seats are not known: {', '.join(map(str, unknown[:10]))}",
            f"缺少办学质量或学位：{'、'.join(map(str, unknown[:10]))}",
            "fill in the columns, or give quality=",
            "请补充，或给出 quality=",
        )
    flows = plan.assignments[stage].flows
    mine = flows.loc[flows["school_id"].isin(schools)]
    pupils = mine.groupby("place_id")["pupils"].sum().reindex(case.places, fill_value=0.0).to_numpy(dtype=float)
    zone = schools.get_indexer(own.reindex(case.places))
    return _Ground(
        case, zone.astype(np.intp), pupils, case.minutes(0), case.seats, worth.to_numpy(), _touching(study, zone)
    )


def _touching(study: Study, zone: Positions) -> Bools:
    pairs = study.adjacency if len(study.adjacency) else neighbours(study.places.geometry)
    at = study.places.index
    a, b = zone[at.get_indexer(pairs["place_a"])], zone[at.get_indexer(pairs["place_b"])]
    touches = np.zeros((zone.max() + 1, zone.max() + 1), dtype=bool)
    touches[a, b] = touches[b, a] = True
    np.fill_diagonal(touches, False)
    return touches


def _connected_sets(touches: Bools, sizes: Sequence[int]) -> list[tuple[int, ...]]:
    """List the connected sets of zones of the sizes allowed, each once; zones that touch none stand alone."""
    around = [set(np.flatnonzero(row).tolist()) for row in touches]
    alone = [(at,) for at, near in enumerate(around) if not near or 1 in sizes]
    found: set[tuple[int, ...]] = set(alone)
    layer: set[tuple[int, ...]] = {(at,) for at in range(len(around))}
    for size in range(2, max(sizes, default=1) + 1):
        grown = {
            tuple(sorted((*each, more))) for each in layer for one in each for more in around[one] if more not in each
        }
        if len(found) + len(grown) > NO_SETS:
            raise refuse(
                f"more than {NO_SETS:,} sets of {size} zones",
                f"{size} 校组合超过 {NO_SETS:,} 个",
                "allow smaller sets only",
                "请减小组合规模",
            )
        layer = grown
        if size in sizes:
            found |= grown
    return sorted(found)


def _prices(ground: _Ground, sets: list[tuple[int, ...]], weight: float, longest: float | None) -> tuple[Floats, Bools]:
    """Price every set; tells which can be used (every child has a way to every school, none too long)."""
    level = float((ground.quality * ground.seats).sum() / ground.seats.sum())
    own = ground.minutes[np.arange(len(ground.zone)), ground.zone]
    count = ground.pupils.sum()
    distance = float((ground.pupils * np.abs(ground.quality[ground.zone] - level)).sum() / count) or 1.0
    mean = float(np.nansum(ground.pupils * own) / count) or 1.0
    price, known = np.zeros(len(sets)), np.ones(len(sets), dtype=bool)
    for at, each in enumerate(sets):
        members = np.asarray(each)
        odds = _odds(ground, members)
        here = np.flatnonzero(np.isin(ground.zone, members) & (ground.pupils > 0))
        ways = ground.minutes[np.ix_(here, members)]
        if longest is not None:
            known[at] = bool((ways <= np.maximum(longest, own[here])[:, None] + 1e-9).all())
        known[at] &= bool(np.isfinite(ways).all())
        n = ground.pupils[here]
        fair = n.sum() * abs(float(odds @ ground.quality[members]) - level) / distance
        price[at] = fair + weight * float((n * (np.nan_to_num(ways) @ odds - own[here])).sum()) / mean
    return price, known


def _odds(ground: _Ground, members: Positions) -> Floats:
    seats = ground.seats[members]
    return seats / seats.sum() if seats.sum() > 0 else np.full(len(members), 1 / len(members))


def _result(plan: Plan, ground: _Ground, chosen: list[tuple[int, ...]], proof: Proof, seconds: float) -> SharedZones:
    case = ground.case
    label = np.empty(len(ground.seats), dtype=object)
    table, odds = [], []
    own = ground.minutes[np.arange(len(ground.zone)), ground.zone]
    level = float((ground.quality * ground.seats).sum() / ground.seats.sum())
    spread = 0.0
    for each in chosen:
        members = np.asarray(each)
        name = SHARED.join(str(case.schools[at]) for at in each)
        label[members] = name
        chance = _odds(ground, members)
        here = np.flatnonzero(np.isin(ground.zone, members))
        ways, n = ground.minutes[np.ix_(here, members)], ground.pupils[here]
        expected = float(chance @ ground.quality[members])
        spread += n.sum() * abs(expected - level)
        heads = max(n.sum(), 1e-9)
        row = (name, len(each), len(here), n.sum(), ground.seats[members].sum(), expected)
        far = float(np.nanmax(ways[n > 0])) if (n > 0).any() else float("nan")
        table.append((*row, np.nansum(n * own[here]) / heads, np.nansum(n * (ways @ chance)) / heads, far))
        odds += [
            (name, case.schools[at], ground.seats[at], p, ground.quality[at])
            for at, p in zip(each, chance, strict=True)
        ]
    zones = pd.Series(label[ground.zone], index=case.places, name="school_id", dtype="str").rename_axis("place_id")
    count = ground.pupils.sum()
    return SharedZones(
        zones=zones,
        table=pd.DataFrame(table, columns=list(GROUP_COLUMNS)),
        odds=pd.DataFrame(odds, columns=["zone", "school_id", "seats", "odds", "quality"]),
        spread_before=float((ground.pupils * np.abs(ground.quality[ground.zone] - level)).sum() / count),
        spread=spread / count,
        plan=_drawn(plan, ground, zones),
        proof=proof,
        seconds=seconds,
    )


def _drawn(plan: Plan, ground: _Ground, zones: pd.Series) -> Plan:
    """Carry out one even draw among the pupils at the schools of shared zones."""
    started = time.perf_counter()
    case = ground.case
    before = plan.assignments[case.stage]
    mine = before.flows["school_id"].isin(case.schools).to_numpy()
    asks = before.flows.loc[mine].groupby(["place_id", "grade", "group"], as_index=False)["pupils"].sum()
    parts = []
    for zone, rows in asks.groupby(asks["place_id"].map(zones), sort=True):
        schools = np.array(str(zone).split(SHARED), dtype=object)
        parts.append(divide(rows, schools, case.seats[case.schools.get_indexer(schools)]))
    drawn = pd.concat(parts, ignore_index=True).rename(columns={"drawn": "school_id"})
    flows = pd.concat([before.flows.loc[~mine], label_flows(case, drawn)], ignore_index=True)
    note = Text(
        "Shared zones: one even draw; which child goes where is for the draw to say.",
        "多校划片：按学位比例均匀派位的一种结果，具体以派位为准。",
    )
    after = Assignment(
        case.stage, flows, before.unplaced, before.outside, SHARED_ZONES.name, unproved("rule"), notes=(note,),
        seconds=time.perf_counter() - started,
    )  # fmt: skip
    study = with_rolls(plan.study, {case.stage: after})
    shared = plan.with_(
        name=f"{plan.name} {Text('shared zones', '多校划片')}",
        study=study,
        base=plan.base or plan,
        assignments={case.stage: after},
    )
    return judged(shared, started, {"assign": SHARED_ZONES.name})
