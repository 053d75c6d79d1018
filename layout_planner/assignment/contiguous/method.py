"""The rule "contiguous": whole places to schools, within the seats, every zone in one piece, with a proof.

    min  Σ c_ij x_ij     s.t.  Σ_j x_ij = 1,   Σ_i d_i x_ij ≤ Q_j,   x binary,
                               the places of every zone hang together around its school

with c_ij the pupil-minutes (or metres) of sending place i to school j, or the weighted goals; Kong 2019 calls it the
service area problem. How it is solved and bounded stands in `engines.zoning`.
"""

from __future__ import annotations

import time
from collections import deque

import numpy as np
import pandas as pd

from layout_planner.assignment.contiguous.impossible import nearest_possible, reach_needed
from layout_planner.assignment.contiguous.layout import Layout, lay_out
from layout_planner.assignment.contiguous.settings import ZoneSettings
from layout_planner.assignment.methods.in_order import in_order
from layout_planner.assignment.methods.method import CONTIGUOUS, NEAREST_SEATS
from layout_planner.assignment.moves import Move
from layout_planner.assignment.results import settle
from layout_planner.base.arrays import Bools, Ints
from layout_planner.base.messages import Text
from layout_planner.base.progress import gauge
from layout_planner.base.proof import Proof, unproved
from layout_planner.engines.zoning import ZoneProblem, ZoneResult, solve_zones
from layout_planner.plan import NO_ZONE, ZONE_COLUMNS, Assignment, typed
from layout_planner.study.stages import format_grades


def assign_contiguous(move: Move, wish: ZoneSettings) -> Assignment:
    """Draw the zones of one stage.

    Parameters
    ----------
    move
        The study before and after the edits. Its options give the reach, the gap and the seconds.
    wish
        Goals, overload price, forbidden pairs, places kept together, where to start.

    Returns
    -------
    Assignment
        With `zones`. Where it cannot be done the status is "infeasible": the places that had to be left out of the
        zones of least overload stand in `unplaced`, and the notes say which seats or what reach would mend it. Where
        time or work ended without zones and without a proof, it is what "nearest_seats" gives, without zones, its
        status "interrupted".
    """
    started = time.perf_counter()
    layout = lay_out(move, wish)
    result = _search(layout)
    work: dict[str, object] = {"unit": _unit(layout), **wish.told(), **result.work}
    notes = list(_notes(layout))
    lacking = None
    if result.school_of is None:
        lacking = nearest_possible(layout, proved=result.status == "infeasible")
        school_of, left_out = lacking.school_of, lacking.left_out
    else:
        school_of, left_out = layout.contraction.expand(result.school_of), np.zeros(layout.units, dtype=np.bool_)
    if lacking is not None and left_out.any() and not lacking.proved:
        return _without_zones(move, lacking.notes[0], started).with_(work=work)
    if lacking is not None and left_out.any():
        notes += [*lacking.notes, *reach_needed(layout)]
        work["extra_seats"] = lacking.extra_seats
        found = _settled(layout, school_of, left_out, started, notes)
        return found.with_(proof=unproved("infeasible", _unit(layout)), work=work)
    school_of = tidy(layout, school_of)
    work |= values_of(layout, school_of)
    found = _settled(layout, school_of, left_out, started, notes)
    objective = layout.objective(school_of)
    ended = "infeasible" if found.status == "infeasible" else result.proof.ended
    proof = Proof(objective, min(layout.bound(result.bound), objective), _unit(layout), ended)
    return found.with_(proof=proof, work=work)


def _without_zones(move: Move, why: Text, started: float) -> Assignment:
    """Send the children by the rule of the nearest school with seats, when no zones were found in time."""
    found = in_order(move, NEAREST_SEATS)
    shown = Text(
        "What is shown instead is everyone at the nearest school with seats: it has no zones.",
        "现以“就近且有学位”的办法安置，未划片区。",
    )
    seconds = time.perf_counter() - started
    return found.with_(proof=unproved("failed"), notes=(why, shown, *found.notes), seconds=seconds)


def _search(layout: Layout) -> ZoneResult:
    """Let the engine work, and show what it has reached."""
    options, wish = layout.move.options, layout.wish
    what = Text("zones: reached and proved", "划片：已达到与已证明")
    with gauge(what, options.time_limit) as tell:

        def told(seconds: float, objective: float, bound: float) -> None:
            reached, proved = (f"{v / layout.scale:,.4g}" if np.isfinite(v) else "–" for v in (objective, bound))
            tell(seconds, f"{reached} ≥ {proved}")

        return solve_zones(
            layout.contraction.problem, seconds=options.time_limit, gap=options.gap, seed=wish.seed,
            start=start_of(layout), rounds=wish.rounds, progress=told,
        )  # fmt: skip


def start_of(layout: Layout) -> Ints | None:
    """Give the assignment to start from: a given map, or today's; whom it leaves out goes to the nearest school."""
    wish, area, problem = layout.wish, layout.area, layout.problem
    if wish.start is None:
        return None
    at = np.full(layout.units, -1, dtype=np.int64)
    if isinstance(wish.start, str):
        known = area.today.sum(axis=1) > 0
        at[known] = area.today[known].argmax(axis=1)
    else:
        at = area.schools.get_indexer(wish.start.reindex(area.places).astype("str")).astype(np.int64)
    way = np.where(np.isnan(area.minutes), np.inf, area.minutes)
    at = np.where(at < 0, way.argmin(axis=1), at)
    grounds = np.nanargmin(problem.cost[layout.units :], axis=1) if problem.n > layout.units else at[:0]
    whole = np.concatenate([at, grounds])
    whole[problem.home] = np.arange(problem.m)
    return layout.contraction.shrink(whole)


def _unit(layout: Layout) -> str:
    return "weighted goals" if layout.parts else f"pupil-{layout.wish.by}"


def values_of(layout: Layout, school_of: Ints) -> dict[str, float]:
    """Give what each goal comes to, before its weight; and pupils beyond the seats where these have a price."""
    told: dict[str, float] = {}
    mine = school_of[: layout.units]
    for name, _, part in layout.parts:
        value = 0.0 if part.pairs is None else float(part.pairs[np.arange(len(mine)), mine].sum())
        for each in part.sums:
            away = np.bincount(mine, weights=each.amount, minlength=len(each.level)) - each.level
            value += float((each.over * np.maximum(away, 0.0) + each.under * np.maximum(-away, 0.0)).sum())
        if part.border is not None:
            ends = mine[layout.area.edges]
            value += float(part.border[ends[:, 0] != ends[:, 1]].sum())
        told[f"goal_{name}"] = value
    if layout.wish.overload is not None:
        load = np.bincount(mine, weights=layout.area.pupils, minlength=len(layout.area.seats))
        told["over_seats"] = float(np.maximum(load - layout.area.seats, 0.0).sum())
    return told


def tidy(layout: Layout, school_of: Ints) -> Ints:
    """Let places without children join the nearest zone at their border, as long as every zone stays in one piece.

    They cost nothing, so that the search leaves them anywhere.
    """
    problem, area = layout.problem, layout.area
    if layout.wish.together or len(problem.border):
        return school_of
    school = school_of.copy()
    way = np.where(np.isnan(area.minutes), np.inf, area.minutes)
    empty = np.flatnonzero(area.pupils == 0)
    empty = empty[~np.isin(empty, problem.home)]
    for _ in range(3):
        moved = 0
        for i in empty:
            beside = np.unique(school[problem.indices[problem.indptr[i] : problem.indptr[i + 1]]])
            beside = beside[~np.isnan(problem.cost[i, beside])]
            better = beside[way[i, beside] < way[i, school[i]]]
            if len(better) and not _holds_together(problem, school, int(i)):
                continue
            if len(better):
                school[i] = better[np.argmin(way[i, better])]
                moved += 1
        if not moved:
            break
    return school


def _holds_together(problem: ZoneProblem, school: Ints, i: int) -> bool:
    """Tell whether the zone of place i stays in one piece without it."""
    j = school[i]
    beside = {int(k) for k in problem.indices[problem.indptr[i] : problem.indptr[i + 1]] if school[k] == j}
    if len(beside) <= 1:
        return True
    reached, queue = {int(problem.home[j])}, deque([int(problem.home[j])])
    beside -= reached
    while queue and beside:
        here = queue.popleft()
        for k in problem.indices[problem.indptr[here] : problem.indptr[here + 1]]:
            there = int(k)
            if there != i and school[there] == j and there not in reached:
                reached.add(there)
                beside.discard(there)
                queue.append(there)
    return not beside


def _settled(layout: Layout, school_of: Ints, left_out: Bools, started: float, notes: list[Text]) -> Assignment:
    """Give rows their schools and put the assignment together."""
    move, case, rows = layout.move, layout.case, layout.rows
    out = left_out[layout.unit_of]
    ids = layout.area.schools.to_numpy()[school_of[layout.unit_of]]
    moved = rows.assign(school_id=ids).loc[~out]
    over = pd.concat([layout.over, rows.loc[out]])
    placed = pd.concat([layout.fixed, moved]) if len(layout.fixed) else moved
    found = settle(move, case, placed, over, layout.outside, layout.homeless, CONTIGUOUS, started, notes, NO_ZONE)
    return found.with_(zones=zone_table(layout, school_of, left_out), seconds=time.perf_counter() - started)


def zone_table(layout: Layout, school_of: Ints, left_out: Bools) -> pd.DataFrame:
    """List the school of every place, band by band; places left out of all zones are absent."""
    kept = ~left_out
    bands = np.array([format_grades(band) for band in layout.bands], dtype=object)
    table = pd.DataFrame(
        {
            "place_id": layout.area.places[kept],
            "stage": layout.move.stage,
            "grades": bands[np.repeat(np.arange(len(bands)), len(layout.case.places))][kept],
            "school_id": layout.area.schools[school_of[: layout.units][kept]],
        }
    )
    return typed(table, ZONE_COLUMNS)


def _notes(layout: Layout) -> list[Text]:
    """Say what of the land was taken how."""
    case, area, notes = layout.case, layout.area, []
    names = case.study.places["name"] if "name" in case.study.places else pd.Series(dtype="str")

    def name(place: int) -> str:
        return str(names.get(case.places[place], case.places[place]))

    for island, shore in layout.territory.bridges:
        size = int((layout.territory.island == layout.territory.island[island]).sum())
        notes.append(
            Text(
                f"{name(island)} and the {size - 1} places beside it touch no other land and lack seats; "
                f"they are taken as adjacent to {name(shore)}.",
                f"{name(island)} 及与其相连的 {size - 1} 个地点是学位不足的孤立地块，按与 {name(shore)} 相邻处理。",
            )
        )
    grounds = [j for j, home in enumerate(layout.problem.home) if home >= layout.units]
    if grounds:
        told = [f"{case.study.school_name(area.schools[j])} ({name(layout.territory.home[j])})" for j in grounds[:8]]
        more = " …" if len(grounds) > 8 else ""
        notes.append(
            Text(
                f"{len(grounds)} schools do not own the place they stand in (two in one place, too few seats for it, "
                f"or a pin): their zones begin beside it: {', '.join(told)}{more}.",
                f"{len(grounds)} 所学校所在地点不归其片区（一地两校、学位少于当地学生或另有指定），片区自其旁起："
                f"{'、'.join(told)}{more}。",
            )
        )
    if len(layout.bands) > 1:
        told = [format_grades(band) for band in layout.bands]
        notes.append(
            Text(
                f"Some schools offer only some grades: grades {' and '.join(told)} have zones of their own.",
                f"部分学校只开设部分年级：{'、'.join(told)} 年级分别划片。",
            )
        )
    return notes
