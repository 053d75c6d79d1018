"""Why does this place belong to that school? The nearer schools, their seats, and what it would take to move it."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from layout_planner.assignment.case import make_case
from layout_planner.assignment.contiguous.territory import survey
from layout_planner.base.arrays import Floats, Ints
from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.messages import Text
from layout_planner.base.units import Measured
from layout_planner.plan import Plan
from layout_planner.plan.frames import stages_of
from layout_planner.plan.zones import zone_map

MOST_MOVES = 4
"""Places in a chain at most, the one asked about among them."""
CANDIDATES = 12
"""Places an over-full zone may pass on that are tried, those that lose least for each child."""
MOST_STATES = 3_000

WHY_COLUMNS = (
    "school_id", "name", "minutes", "metres", "seats", "roll", "free", "touches", "pupil_minutes", "chain_minutes",
    "chain",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Why(Measured):
    """Why a place belongs to its school.

    Parameters
    ----------
    place, school
        Their ids.
    pupils
        Children of the place who go by zone.
    table
        `WHY_COLUMNS`, one row a school: its own first, then the nearer ones by minutes. touches: whether the place
        lies beside that zone; pupil_minutes: what moving the place there alone would add (negative: save);
        chain_minutes: what the cheapest chain of moves found adds in all so that no school is over-full that was not
        before, NaN where none of up to `MOST_MOVES` places was found; chain: the moves as "place → school".
    notes
        The answer in words.
    """

    place: str
    school: str
    pupils: float
    table: pd.DataFrame
    notes: tuple[Text, ...]

    def __str__(self) -> str:
        return "\n".join(str(note) for note in self.notes)


@dataclass(frozen=True, eq=False)
class _Map:
    """A zone map as arrays: places × schools."""

    plan: Plan
    places: pd.Index
    schools: pd.Index
    school: Ints
    pupils: Floats
    minutes: Floats
    metres: Floats
    seats: Floats
    load: Floats
    beside: list[Ints]
    home: Ints


def explain_zone(plan: Plan, place: str, stage: str | None = None) -> Why:
    """Say why a place belongs to its school, and what it would take to move it to a nearer one.

    Parameters
    ----------
    plan
        A plan with zones: drawn by ``assign="contiguous"``, given, or today's catchments.
    place
        The place asked about.
    stage
        The stage; may be left out where the plan has but one.

    Returns
    -------
    Why

    Raises
    ------
    DataError
        The place or the stage is not in the plan.
    """
    land = _map_of(plan, stage_of(plan, stage))
    if place not in land.places:
        hint = did_you_mean(place, land.places)
        raise refuse(
            f'no place "{place}"{hint.en}', f"没有居住点“{place}”{hint.zh}",
            "use a place_id of the study", "请用研究中的 place_id",
        )  # fmt: skip
    i = int(land.places.get_loc(place))
    own = int(land.school[i])
    ways = land.minutes[i]
    nearer = np.flatnonzero(ways < ways[own]) if np.isfinite(ways[own]) else np.flatnonzero(np.isfinite(ways))
    nearer = nearer[np.argsort(ways[nearer], kind="stable")]
    rows, notes = [_row(land, i, own, (0.0, []))], [_first_note(land, i, own, len(nearer))]
    for k in nearer:
        chain = _cheapest_chain(land, i, int(k))
        rows.append(_row(land, i, int(k), chain))
        notes.append(_note(land, i, own, int(k), chain))
    table = pd.DataFrame(rows, columns=list(WHY_COLUMNS))
    return Why(place, str(land.schools[own]), float(land.pupils[i]), table, tuple(notes))


def stage_of(plan: Plan, stage: str | None) -> str:
    """Give the stage asked for, or the only one there is."""
    known = list(plan.assignments)
    return stages_of(plan, known[0] if stage is None and len(known) == 1 else str(stage))[0]


def _map_of(plan: Plan, stage: str) -> _Map:
    """Lay the zones of a plan out."""
    study, assignment = plan.study, plan.assignments[stage]
    case = make_case(study, plan.travel, plan.rules, stage)
    zones = zone_map(plan, stage).str.split(";").str[0]
    schools = case.schools[case.schools.isin(zones)]
    columns = case.schools.get_indexer(schools)
    flows = assignment.flows.loc[assignment.flows["school_id"].isin(schools)]
    at, grade = case.place_at(flows["place_id"]), case.grade_at(flows["grade"])
    count = flows["pupils"].to_numpy(dtype=float)
    n = len(case.places)
    pupils = np.bincount(at, weights=count, minlength=n).astype(float)
    minutes, metres = np.zeros((n, len(schools))), np.zeros((n, len(schools)))
    for g in range(len(case.grades)):
        here = np.bincount(at[grade == g], weights=count[grade == g], minlength=n)
        share = np.divide(here, pupils, out=np.full(n, 1.0 / len(case.grades)), where=pupils > 0)[:, None]
        # A school without the grade is no school for the place: NaN spreads.
        offers = np.where(case.offers[columns, g], 1.0, np.nan)[None, :]
        minutes += np.where(share > 0, share * case.minutes(g)[:, columns] * offers, 0.0)
        metres += np.where(share > 0, share * case.metres[g][:, columns] * offers, 0.0)
    seats = case.seats[columns]
    territory = survey(study, schools, np.zeros(n), np.ones(len(schools)))
    order = np.concatenate([territory.edges, territory.edges[:, ::-1]])
    order = order[np.argsort(order[:, 0], kind="stable")]
    starts = np.searchsorted(order[:, 0], np.arange(n + 1))
    return _Map(
        plan, case.places, schools, schools.get_indexer(zones.reindex(case.places)).astype(np.int64), pupils, minutes,
        metres, seats, assignment.roll().reindex(schools, fill_value=0.0).to_numpy(dtype=float),
        [order[a:b, 1] for a, b in pairwise(starts)], territory.home,
    )  # fmt: skip


def _touches(land: _Map, school: Ints, i: int, k: int) -> bool:
    """Tell whether a place lies beside a zone, or is where its school stands."""
    return bool((school[land.beside[i]] == k).any()) or int(land.home[k]) == i


def _leaves_whole(land: _Map, school: Ints, i: int) -> bool:
    """Tell whether the zone of a place stays in one piece without it."""
    j = school[i]
    if land.home[j] == i:
        return False
    mates = {int(v) for v in land.beside[i] if school[v] == j}
    start = next(iter(mates), None)
    if start is None or len(mates) == 1:
        return True
    reached, queue = {start}, deque([start])
    while queue and not mates <= reached:
        for v in land.beside[queue.popleft()]:
            there = int(v)
            if there != i and there not in reached and school[there] == j:
                reached.add(there)
                queue.append(there)
    return mates <= reached


def _added(land: _Map, i: int, a: int, b: int) -> float:
    return float(land.pupils[i] * (land.minutes[i, b] - land.minutes[i, a]))


def _cheapest_chain(land: _Map, i: int, k: int) -> tuple[float, list[tuple[int, int]]] | None:
    """Search chains of single places, cheapest first, that end with no school over-full that was not before."""
    if not (np.isfinite(land.minutes[i, k]) and _touches(land, land.school, i, k)):
        return None
    if not _leaves_whole(land, land.school, i):
        return None
    limit = np.maximum(land.seats, land.load) + 1e-6
    first = ((i, k),)
    heap: list[tuple[float, tuple[tuple[int, int], ...]]] = [(_added(land, i, int(land.school[i]), k), first)]
    for _ in range(MOST_STATES):
        if not heap:
            return None
        cost, moves = heapq.heappop(heap)
        school, load = land.school.copy(), land.load.copy()
        for v, b in moves:
            load[school[v]] -= land.pupils[v]
            load[b] += land.pupils[v]
            school[v] = b
        over = np.flatnonzero(load > limit)
        if not len(over):
            return cost, list(moves)
        if len(over) > 1 or len(moves) >= MOST_MOVES:
            continue
        for price, v, b in _onward(land, school, int(over[0]), {m for m, _ in moves}):
            heapq.heappush(heap, (cost + price, (*moves, (v, b))))
    return None


def _onward(land: _Map, school: Ints, k: int, moved: set[int]) -> list[tuple[float, int, int]]:
    """List what an over-full zone may pass on: places at its border, with what that costs and where to."""
    found: list[tuple[float, float, int, int]] = []
    for v in np.flatnonzero((school == k) & (land.pupils > 0)):
        if int(v) in moved or land.home[k] == v:
            continue
        for b in np.unique(school[land.beside[v]]):
            if b != k and np.isfinite(land.minutes[v, b]):
                price = _added(land, int(v), k, int(b))
                found.append((price / float(land.pupils[v]), price, int(v), int(b)))
    found.sort()
    kept: list[tuple[float, int, int]] = []
    for _, price, place, to in found:
        if len(kept) == CANDIDATES:
            break
        if _leaves_whole(land, school, place):
            kept.append((price, place, to))
    return kept


def _row(land: _Map, i: int, k: int, chain: tuple[float, list[tuple[int, int]]] | None) -> tuple[object, ...]:
    own = int(land.school[i])
    told = "" if chain is None else "; ".join(f"{land.places[v]} → {land.schools[b]}" for v, b in chain[1])
    return (
        str(land.schools[k]), land.plan.study.school_name(str(land.schools[k])), land.minutes[i, k], land.metres[i, k],
        land.seats[k], land.load[k], max(land.seats[k] - land.load[k], 0.0),
        k == own or _touches(land, land.school, i, k),
        _added(land, i, own, k) if k != own else 0.0, np.nan if chain is None else chain[0], told,
    )  # fmt: skip


def _name(land: _Map, i: int) -> str:
    names = land.plan.study.places.get("name", {})
    return str(names.get(land.places[i], land.places[i]))


def _first_note(land: _Map, i: int, own: int, nearer: int) -> Text:
    place, school = _name(land, i), land.plan.study.school_name(str(land.schools[own]))
    way = land.minutes[i, own]
    if not nearer:
        return Text(
            f"{place} belongs to {school}, {way:.0f} minutes away: the nearest.",
            f"{place} 划入最近的 {school}，{way:.0f} 分钟。",
        )
    return Text(
        f"{place} ({land.pupils[i]:,.0f} pupils) belongs to {school}, {way:.0f} minutes away; "
        f"{nearer} schools are nearer.",
        f"{place}（{land.pupils[i]:,.0f} 名学生）划入 {school}，{way:.0f} 分钟；另有 {nearer} 所学校更近。",
    )


def _note(land: _Map, i: int, own: int, k: int, chain: tuple[float, list[tuple[int, int]]] | None) -> Text:
    school, way = land.plan.study.school_name(str(land.schools[k])), land.minutes[i, k]
    free = max(land.seats[k] - land.load[k], 0.0)
    lead = Text(f"{school}, {way:.0f} minutes, {free:,.0f} free seats", f"{school}：{way:.0f} 分钟，空位 {free:,.0f}")
    if chain is None:
        if not _touches(land, land.school, i, k):
            why_not = Text("its zone does not touch the place", "其片区与该地点不相邻")
        elif not _leaves_whole(land, land.school, i):
            why_not = Text("others would be cut off from their school", "其他地点将与其学校隔断")
        else:
            why_not = Text(f"no chain of up to {MOST_MOVES} moves was found", f"未找到 {MOST_MOVES} 步以内的调整")
        return Text(f"{lead.en}: {why_not.en}.", f"{lead.zh}；{why_not.zh}。")
    cost, moves = chain
    more = "、".join(_name(land, v) for v, _ in moves[1:])
    with_en = f" if {more} move on too" if more else ""
    with_zh = f"，需同时调整 {more}" if more else ""
    return Text(
        f"{lead.en}: moving there changes the whole by {cost:+,.0f} pupil-minutes{with_en}.",
        f"{lead.zh}；改划过去总计 {cost:+,.0f} 人·分钟{with_zh}。",
    )
