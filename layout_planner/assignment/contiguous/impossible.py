"""When no feasible zones exist: those that need the fewest extra seats, who is left out, what would have to give."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from layout_planner.assignment.contiguous.layout import Layout, lay_out
from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.base.messages import Text
from layout_planner.engines.zoning import Shape, ZoneProblem, ZoneResult, solve_zones

SECONDS = 20.0
"""Time for the search for the fewest extra seats, beyond that of the search itself; less when that had less."""
SEAT_OVER_WAY = 1000.0
"""An extra seat costs so many times the dearest way of a pupil: seats first, ways second."""
MOST_NAMES = 8
OUT_OF_TIME = Text(
    "Time ended with neither feasible zones nor a proof that there are none; give it longer (time_limit=).",
    "时间用尽，既未找到可行划分，也未证明其不存在；请延长时限（time_limit=）。",
)


@dataclass(frozen=True, eq=False)
class Impossible:
    """The nearest possible.

    Parameters
    ----------
    school_of
        School of every unit (grounds included) in the zones of fewest extra seats.
    left_out
        Units of the area that do not fit in the seats there are.
    extra_seats
        School → seats that would have to be added; together the fewest found.
    least_seats
        What any feasible zones need in extra seats at least.
    proved
        Whether it is proved that nothing feasible exists.
    notes
        All this in words.
    """

    school_of: Ints
    left_out: Bools
    extra_seats: dict[str, float]
    least_seats: float
    proved: bool
    notes: list[Text]


def nearest_possible(layout: Layout, proved: bool) -> Impossible:
    """Find the zones with the fewest seats too few, and say who and what that is about."""
    severed = _severed(layout)
    problem, price = _soft(layout, severed)
    seconds = min(SECONDS, layout.move.options.time_limit)
    found = solve_zones(problem, seconds=seconds, gap=1e-3, seed=layout.wish.seed, rounds=layout.wish.rounds)
    if found.school_of is None:
        return _hopeless(layout, proved, contradiction=found.status == "infeasible")
    school_of = layout.contraction.expand(found.school_of)
    load = np.bincount(school_of, weights=layout.problem.demand, minlength=layout.problem.m)
    over = np.maximum(load - layout.problem.capacity, 0.0)
    over[over < 1e-6] = 0.0
    left_out: Bools = np.asarray(_left_out(layout, school_of, over) | severed[: layout.units], dtype=np.bool_)
    ids = layout.area.schools
    extra = {str(ids[j]): float(np.ceil(over[j] - 1e-6)) for j in np.argsort(-over, kind="stable") if over[j] > 0}
    least = max(problem.demand.sum() - layout.problem.capacity.sum(), _least_seats(found, problem, price), 0.0)
    notes = _told(layout, left_out, severed, extra, least, proved, found)
    return Impossible(school_of, left_out, extra, least, proved, notes)


def _soft(layout: Layout, severed: Bools) -> tuple[ZoneProblem, float]:
    """Make seats cost instead of end; places that no way leads to count no children and may go anywhere."""
    problem = layout.contraction.problem
    demand, cost = problem.demand.copy(), problem.cost.copy()
    stuck = np.unique(layout.contraction.group_of[severed])
    demand[stuck] = 0.0
    cost[stuck] = 0.0
    per_pupil = np.nanmax(np.where(demand[:, None] > 0, cost / np.maximum(demand, 1e-9)[:, None], 0.0))
    price = SEAT_OVER_WAY * max(float(per_pupil), 1.0)
    m = problem.m
    seats = Shape(
        np.concatenate([problem.shape.weight, demand[None]]),
        np.concatenate([problem.shape.level, problem.capacity[None]]),
        np.concatenate([problem.shape.over, np.full((1, m), price)]),
        np.concatenate([problem.shape.under, np.zeros((1, m))]),
        problem.shape.edges,
        problem.shape.border,
    )
    roomy = np.full(m, demand.sum() + 1.0)
    return replace(problem, demand=demand, cost=cost, capacity=roomy, shape=seats), price


def _least_seats(found: ZoneResult, problem: ZoneProblem, price: float) -> float:
    """Bound the extra seats of any feasible zones: what the bound leaves when every way is as dear as can be."""
    dearest = float(np.nansum(np.nanmax(np.where(np.isnan(problem.cost), -np.inf, problem.cost), axis=1)))
    return max(0.0, (found.bound - dearest) / price) if len(problem.shape.weight) == 1 else 0.0


def _severed(layout: Layout) -> Bools:
    """Find units from which no path of open pairs leads to any school, seats aside."""
    from layout_planner.engines.zoning.fixing import path_feasible

    problem = layout.contraction.problem
    roomy = replace(problem, capacity=np.full(problem.m, problem.demand.sum() + 1.0))
    reached = path_feasible(roomy, problem.allowed).any(axis=1)
    return np.logical_not(np.asarray(reached)[layout.contraction.group_of])


def _left_out(layout: Layout, school_of: Ints, over: Floats) -> Bools:
    """Choose whom an over-full zone leaves out: from its edge inward, the farthest first, until the seats suffice."""
    area = layout.area
    out = np.zeros(layout.units, dtype=np.bool_)
    for j in np.flatnonzero(over > 0):
        left = over[j]
        for i in reversed(_from_school(layout, school_of, int(j))):
            if left <= 1e-6:
                break
            if i < layout.units:
                out[i] = True
                left -= area.pupils[i]
    return out


def _from_school(layout: Layout, school_of: Ints, j: int) -> list[int]:
    """List the units of a zone outward from its school: any first part of the list hangs together."""
    problem = layout.problem
    way = np.nan_to_num(layout.area.minutes, nan=np.inf)
    heap, seen, order = [(0.0, int(problem.home[j]))], {int(problem.home[j])}, []
    while heap:
        _, here = heapq.heappop(heap)
        order.append(here)
        for k in problem.indices[problem.indptr[here] : problem.indptr[here + 1]]:
            there = int(k)
            if school_of[there] == j and there not in seen:
                seen.add(there)
                heapq.heappush(heap, (float(way[there, j]) if there < layout.units else 0.0, there))
    return order


def _hopeless(layout: Layout, proved: bool, contradiction: bool) -> Impossible:
    """Say that not even with seats for all zones were found: there are none, or time ended before any."""
    way = np.nan_to_num(layout.area.minutes, nan=np.inf)
    nearest = np.where(layout.problem.allowed[: layout.units], way, np.inf).argmin(axis=1)
    school_of = np.concatenate([nearest, np.zeros(layout.problem.n - layout.units, dtype=np.int64)]).astype(np.int64)
    if contradiction:
        note = Text(
            "No zones in one piece exist even with seats for everyone: pins, forbidden pairs and places kept together "
            "contradict each other.",
            "即使学位足够，也没有连片的划分：指定、禁止与合并划片的要求互相矛盾。",
        )
    elif proved:
        note = Text(
            "No zones in one piece exist within the seats; time ended before the fewest extra seats were found.",
            "在现有学位内没有连片的划分；时间用尽，未找到最少需增加的学位。",
        )
    else:
        note = OUT_OF_TIME
    return Impossible(school_of, layout.area.pupils > 0, {}, 0.0, proved or contradiction, [note])


def _told(
    layout: Layout, left_out: Bools, severed: Bools, extra: dict[str, float], least: float, proved: bool,
    found: ZoneResult,
) -> list[Text]:  # fmt: skip
    """Put it in words."""
    study, area, notes = layout.case.study, layout.area, []
    names = study.places["name"] if "name" in study.places else pd.Series(dtype="str")
    if not proved:
        notes.append(OUT_OF_TIME)
    for mask, en, zh in (
        (severed[: layout.units] & left_out, "cannot be joined to any school in one piece", "无法与任何学校连片"),
        (left_out & ~severed[: layout.units], "do not fit in the seats of their zone", "超出所在片区学位"),
    ):
        if mask.any():
            places = area.places[mask]
            shown = [str(names.get(place, place)) for place in places[:MOST_NAMES]]
            more = " …" if len(places) > MOST_NAMES else ""
            number = area.pupils[mask].sum()
            notes.append(
                Text(
                    f"{len(places)} places with {number:,.0f} pupils {en}: {', '.join(shown)}{more}.",
                    f"{len(places)} 个地点、{number:,.0f} 名学生{zh}：{'、'.join(shown)}{more}。",
                )
            )
    if extra:
        told = [f"{study.school_name(school)} +{seats:,.0f}" for school, seats in list(extra.items())[:MOST_NAMES]]
        more = " …" if len(extra) > MOST_NAMES else ""
        total = sum(extra.values())
        notes.append(
            Text(
                f"The fewest extra seats found that make it possible: {total:,.0f} ({', '.join(told)}{more}); at least "
                f"{np.floor(least + 1e-6):,.0f} are needed.",
                f"找到的最少增加学位：{total:,.0f} 个（{'、'.join(told)}{more}）；"
                f"至少需要 {np.floor(least + 1e-6):,.0f} 个。",
            )
        )
    return notes


def reach_needed(layout: Layout) -> list[Text]:
    """Say what reach would be enough with the seats there are, where the reach is hard."""
    move = layout.move
    if move.options.reach != "hard":
        return []
    wider = lay_out(replace(move, options=replace(move.options, reach="priced")), layout.wish)
    seconds = min(SECONDS, move.options.time_limit)
    found = solve_zones(
        wider.contraction.problem, seconds=seconds, gap=0.01, seed=layout.wish.seed, rounds=layout.wish.rounds
    )
    if found.school_of is None:
        return [Text("No reach was found with which the seats suffice.", "未找到在现有学位下可行的路程限值。")]
    mine = wider.contraction.expand(found.school_of)[: wider.units]
    ways = wider.area.minutes[np.arange(wider.units), mine][wider.area.pupils > 0]
    need = np.ceil(ways.max(initial=0.0))
    return [
        Text(
            f"With the seats there are, a reach of {need:.0f} minutes is enough (not shown to be the least).",
            f"在现有学位下，路程限值放宽到 {need:.0f} 分钟即可（未证明为最小值）。",
        )
    ]
