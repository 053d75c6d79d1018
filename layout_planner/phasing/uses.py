"""What a building may be used for, and what it takes to get from one use to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.measures.money import Money
from layout_planner.phasing.horizon.problem import States
from layout_planner.phasing.outlook_settings import Years
from layout_planner.phasing.rebuilding import NEVER, SITE, Arc, rebuilding_arc, rebuilt_uses, shut
from layout_planner.phasing.use import POINT, Use
from layout_planner.policy import Rules, class_limit, earliest_closing_years
from layout_planner.study import Study
from layout_planner.study.stages import LOWER_GRADES

if TYPE_CHECKING:
    from layout_planner.phasing.pupils import Side

DEFAULT_SIZE = 2000.0
"""Pupils a school may grow to where the rules say nothing."""


@dataclass(frozen=True, eq=False)
class Uses(States):
    """The states of all buildings, and what they mean.

    Parameters
    ----------
    uses
        One a state.
    buildings
        Labels.
    pool_stage
        Stage (by position) of each pool.
    kind_of
        (stage position, grades by position) → kind of unit.
    """

    uses: tuple[Use, ...]
    buildings: pd.Index
    pool_stage: tuple[int, ...]
    kind_of: Mapping[tuple[int, tuple[int, ...]], int]


@dataclass(frozen=True, eq=False)
class _County:
    """What the states and arcs are read from: the county with its sites opened, and what `make_uses` is given.

    Parameters
    ----------
    limits
        Pupils a class, by stage.
    new
        Schools that the sites are.
    """

    wide: Study
    rules: Rules
    money: Money
    wish: Years
    years: Sequence[int]
    sides: Sequence[Side]
    limits: Sequence[float]
    new: set[str]


def make_uses(
    wide: Study, study: Study, rules: Rules, money: Money, wish: Years, years: Sequence[int], sides: Sequence[Side]
) -> Uses:  # fmt: skip
    """List the states of every building and the arcs between them."""
    new = set(wide.schools.index) - set(study.schools.index)
    closed = _reopened(study, sides, rules, wish)
    buildings = pd.Index([s for s in wide.schools.index if any(s in side.case.schools for side in sides)
                          or s in closed], dtype=object)  # fmt: skip
    stays = _staying(study, sides, rules, wish, new)
    shrinks = set().union(*(_shrinking(side, rules, wish, new) for side in sides))
    limits = [class_limit(rules, side.stage) for side in sides]
    county = _County(wide, rules, money, wish, years, sides, limits, new)
    uses: list[Use] = []
    now = []
    for b, school in enumerate(buildings):
        now.append(len(uses))
        uses += _of(county, b, str(school), closed.get(school), stays, shrinks)
    return _arrays(county, tuple(uses), buildings, np.array(now, dtype=np.int64))


def _of(
    county: _County, b: int, school: str, closed: Mapping[int, tuple[float, float]] | None,
    stays: Mapping[int, set[str]], shrinks: set[str],
) -> list[Use]:  # fmt: skip
    """List the states of one building, the present one first."""
    sides, limits, wish, wide = county.sides, county.limits, county.wish, county.wide
    nothing = Use(b, "closed")
    if closed is not None:  # again with all its stages, or one of them
        offered = {str(stage) for at, stage in wide.offers.index if at == school}
        every = [list(closed)] if len(closed) > 1 and offered == {sides[s].stage for s in closed} else []
        return [nothing, *(_again(b, closed, some) for some in [*every, *([s] for s in closed)])]
    seats, rooms, own = {}, {}, {}
    for s, side in enumerate(sides):
        at = side.case.schools.get_indexer([school])[0]
        if at < 0:
            continue
        seats[s], own[s] = float(side.free[at]), float(side.case.seats[at])
        told = wide.offers["classrooms"].get((school, side.stage), np.nan) if "classrooms" in wide.offers else np.nan
        rooms[s] = float(told) if np.isfinite(told) else float(np.ceil(side.case.seats[at] / limits[s]))
    if school in county.new:
        return [nothing, Use(b, "new", seats, rooms, own)]
    today = Use(b, "as today", seats, rooms, own)
    found = [today]
    moveable = [s for s in seats if school not in stays[s]]
    if wide.is_private().get(school, False):
        return found
    if wish.close and moveable:
        found += [_without(today, moveable)]
        if len(moveable) > 1:
            found += [_without(today, [s]) for s in moveable]
    whole = {s: bool(sides[s].case.offers[sides[s].case.schools.get_loc(school)].all()) for s in seats}
    found += [use for s in seats if whole[s] for use in _enlarged(county, today, s)]
    if school in wish.last_use:
        larger, ended = ([use for use in found if use.word == word] for word in ("enlarged", "closed"))
        return rebuilt_uses(today, larger, ended, wish.rebuild_years)
    if school in shrinks:
        (s,) = (s for s in seats if sides[s].points[sides[s].case.schools.get_loc(school)])
        grades = sum(_lower(sides[s]))
        found.append(Use(b, POINT, {**seats, s: min(seats[s], grades * limits[s])},
                         {**rooms, s: min(rooms[s], grades)}, own))  # fmt: skip
    able = [s for s in moveable if wish.convert and rooms[s] >= wish.convert_rooms and whole[s]]
    return found + [use for s in able for use in _converted(county, today, s)]


def _enlarged(county: _County, use: Use, s: int) -> list[Use]:
    """List what a building may be enlarged to for a stage, up to the rules' school size."""
    own, limit, found = use.own[s], county.limits[s], []
    top = county.rules.value("school_size", county.sides[s].stage) or DEFAULT_SIZE
    for step in county.wish.expand:
        more = step * limit
        if np.isfinite(own) and own + more <= top + 1e-9:
            found.append(Use(use.building, "enlarged", {**use.seats, s: use.seats[s] + more},
                             {**use.rooms, s: use.rooms[s] + step}, {**use.own, s: own + more}))  # fmt: skip
    return found


def _converted(county: _County, use: Use, s: int) -> list[Use]:
    """List the stages that a stage's rooms in a building may be given to."""
    found = []
    seats, rooms, own = ({k: v for k, v in one.items() if k != s} for one in (use.seats, use.rooms, use.own))
    for to, side in enumerate(county.sides):
        if to == s or "kindergarten" in (side.stage, county.sides[s].stage):
            continue
        more = use.rooms[s] * county.limits[to]
        found.append(Use(use.building, "converted", {**seats, to: use.seats.get(to, 0.0) + more},
                         {**rooms, to: use.rooms.get(to, 0.0) + use.rooms[s]},
                         {**own, to: use.own.get(to, 0.0) + more}))  # fmt: skip
    return found


def _again(b: int, closed: Mapping[int, tuple[float, float]], stages: Sequence[int]) -> Use:
    seats = {s: closed[s][0] for s in stages}
    return Use(b, "open", seats, {s: closed[s][1] for s in stages}, seats)


def _without(use: Use, gone: Sequence[int]) -> Use:
    seats, rooms, own = ({k: v for k, v in one.items() if k not in gone} for one in (use.seats, use.rooms, use.own))
    return Use(use.building, "as today" if seats else "closed", seats, rooms, own)


def _reopened(
    study: Study, sides: Sequence[Side], rules: Rules, wish: Years
) -> dict[str, dict[int, tuple[float, float]]]:
    """Name closed public schools with known seats: school → stage → seats and rooms."""
    found: dict[str, dict[int, tuple[float, float]]] = {}
    if not wish.reopen:
        return found
    for s, side in enumerate(sides):
        limit = class_limit(rules, side.stage)
        ids = study.offering(side.stage, "closed")
        seats = study.seats(side.stage, limit).reindex(ids)
        for school, number in seats.items():
            if np.isfinite(number) and number > 0 and not study.is_private().get(school, False):
                found.setdefault(str(school), {})[s] = (float(number), float(np.ceil(number / limit)))
    return found


def _staying(study: Study, sides: Sequence[Side], rules: Rules, wish: Years, new: set[str]) -> dict[int, set[str]]:
    """Name the schools that may not end each stage."""
    parent = (
        study.schools["parent_id"].notna() if "parent_id" in study.schools else pd.Series(False, study.schools.index)
    )
    categories = study.categories()
    stays: dict[int, set[str]] = {}
    for s, side in enumerate(sides):
        mine = {str(school) for school in side.case.schools if school not in new}
        told = set(map(str, wish.keep)) & mine
        if wish.campuses == "stay":
            told |= {x for x in mine if bool(parent.get(x, False)) or categories.get(x) != side.stage}
        if wish.keep_small:
            told |= necessary(side, rules, new)
        stays[s] = told
    return stays


def _lower(side: Side) -> tuple[bool, ...]:
    """Tell which grades of a stage a teaching point keeps."""
    return tuple(grade in LOWER_GRADES for grade in side.case.grades)


def _shrinking(side: Side, rules: Rules, wish: Years, new: set[str]) -> set[str]:
    """Name the schools that may become teaching points: not those that upper grades need."""
    able = {str(school) for school in side.case.schools[side.points]}
    upper = [at for at, low in enumerate(_lower(side)) if not low]
    return able - (necessary(side, rules, new, upper) if able and wish.keep_small else set())


def necessary(
    side: Side, rules: Rules, new: set[str] | None = None, grades: Sequence[int] | None = None
) -> set[str]:  # fmt: skip
    """Name the schools without which a place would have no school of the stage within the rules' reach.

    Of `grades` (by position) alone, where they are given. Only places with children of the stage, and schools that
    admit by rule and run today, are looked at.
    """
    case, told = side.case, set()
    runs = side.admits & ~np.isin(case.schools, list(new or ()))
    peopled = np.isin(case.places, side.rows["place_id"].unique())
    for at, grade in enumerate(case.grades):
        if grades is not None and at not in grades:
            continue
        limit = rules.value("reach_minutes", side.stage, grade)
        if limit is None:
            continue
        near = (case.minutes(at) <= limit + 1e-9) & (runs & case.offers[:, at])[None]
        only = near[peopled & (near.sum(axis=1) == 1)]
        told |= {str(case.schools[j]) for j in np.flatnonzero(only.any(axis=0))}
    return told


Pools = dict[tuple[int, tuple[bool, ...]], int]
"""Stage (by position) and which of its grades are offered → pool."""


def _pools(sides: Sequence[Side]) -> tuple[Pools, dict[tuple[int, tuple[int, ...]], int], Bools]:
    """Number the pools, and the kinds of units by stage and grades; tell which pool takes which kind."""
    pools: Pools = {}
    kind_of: dict[tuple[int, tuple[int, ...]], int] = {}
    for s, side in enumerate(sides):
        whole = tuple(range(len(side.case.grades)))
        for band in dict.fromkeys([whole, *side.bands]):
            kind_of[(s, band)] = len(kind_of)
        pools[(s, (True,) * len(whole))] = len(pools)
        for row in side.case.offers[side.admits]:
            pools.setdefault((s, tuple(bool(x) for x in row)), len(pools))
        if side.points.any():
            pools.setdefault((s, _lower(side)), len(pools))
    takes = np.zeros((len(pools), len(kind_of)), dtype=bool)
    for (s, offered), p in pools.items():
        for (k, band), at in kind_of.items():
            takes[p, at] = s == k and all(offered[g] for g in band)
    return pools, kind_of, takes


def _arrays(county: _County, uses: tuple[Use, ...], buildings: pd.Index, now: Ints) -> Uses:
    """Turn the states into arrays: pools by stage and grades offered, running cost, arcs."""
    wide, sides, money, wish = county.wide, county.sides, county.money, county.wish
    pools, kind_of, takes = _pools(sides)
    S = len(uses)
    owner = np.array([use.building for use in uses], dtype=np.int64)
    seats, running = np.zeros((S, len(pools))), np.zeros(S)
    runs = [money.of_running(wide, side.stage, side.case.schools)[0] for side in sides]
    for at, use in enumerate(uses):
        school = str(buildings[use.building])
        known = [float(run[school]) for run in runs if school in run.index]
        for s, number in use.seats.items():
            here = sides[s].case.schools.get_indexer([school])[0]
            offered = (True,) * len(sides[s].case.grades) if here < 0 else tuple(
                bool(x) for x in sides[s].case.offers[here])  # fmt: skip
            if here >= 0 and not sides[s].admits[here]:
                continue
            shrunk = use.word == POINT and bool(sides[s].points[here])
            offered = _lower(sides[s]) if shrunk else offered
            seats[at, pools[(s, offered)]] = number if np.isfinite(number) else 1e6
            run = float(runs[s][school]) if school in runs[s].index else max(known, default=money.school.value)
            running[at] += min(run, money.point.value) if shrunk else run
    for at, use in enumerate(uses):
        if use.word == SITE:  # the school goes on, in other rooms
            running[at] = running[now[use.building]]
    earliest, latest, lead, ends, invest, write = _between(county, uses, buildings, owner)
    latest = shut(earliest, latest, owner, now, [str(b) for b in buildings], wish, len(county.years))
    stage_of = tuple(s for s, _ in pools)
    return Uses(owner, seats, takes, running, now, earliest, latest, lead, ends, invest, write,
                np.full(len(pools), money.floor_pupils.value), uses, buildings, stage_of, kind_of)  # fmt: skip


def _between(
    county: _County, uses: tuple[Use, ...], buildings: pd.Index, owner: Ints
) -> tuple[Ints, Ints, Ints, Ints, Floats, Floats]:
    """Give the arcs: earliest and latest year, lead time, closures, yuan paid, yuan written off a year."""
    wide, wish, years, money = county.wide, county.wish, county.years, county.money
    S = len(uses)
    earliest, latest = np.full((S, S), NEVER), np.full((S, S), NEVER)
    lead, ends = np.zeros((S, S), dtype=np.int64), np.zeros((S, S), dtype=np.int64)
    invest, write = np.zeros((S, S)), np.zeros((S, S))
    lawful = wish.lawful
    if lawful is None:
        lawful = earliest_closing_years(wide, county.rules, [str(b) for b in buildings if b not in county.new])
    sites = county.sides[0].move.before.sites  # those opened in the wide study are no sites any more
    for i in range(S):
        school = str(buildings[owner[i]])
        closing = max(int(lawful.get(school, years[0])) - years[0], 0)
        for j in np.flatnonzero(owner == owner[i]):
            one, two = uses[i], uses[j]
            if i == j and school not in wish.last_use:
                earliest[i, j] = 0
                continue
            if school in wish.last_use:
                left = wish.last_use[school] - years[0]
                arc = rebuilding_arc(one, two, left, closing, len(years), wish, money)
            else:
                told = float(sites["open_cost"].get(str(wide.schools.at[school, "site_id"]), np.nan)) \
                    if two.word == "new" and "open_cost" in sites else np.nan  # fmt: skip
                arc = _arc(one, two, told, closing, wish, money)
            if arc is not None:
                earliest[i, j], latest[i, j], lead[i, j], ends[i, j] = arc.earliest, arc.latest, arc.lead, arc.ends
                invest[i, j], write[i, j] = arc.invest, arc.invest / arc.life
    return earliest, latest, lead, ends, invest, write


def _arc(one: Use, two: Use, told: float, closing: int, wish: Years, money: Money) -> Arc | None:
    """Give the arc from one state of a building to another; None where there is none.

    Parameters
    ----------
    told
        What the study says a new school costs; NaN where it does not.
    closing
        The first year (by position) in which the school may close.
    """
    if any(two.own.get(s, had) < had - 1e-9 for s, had in one.own.items()):
        return None  # a house is not made smaller
    gone = [s for s in one.own if s not in two.own]
    if (one.word == POINT and two.word != "closed") or (two.word == POINT and one.word != "as today"):
        return None  # a teaching point stays one or closes
    if one.word == "closed" and (two.word in ("enlarged", "converted") or (two.word != "new" and not wish.reopen)):
        return None  # one step at a time
    if one.word == two.word and two.word in ("open", "as today") and not two.own.keys() < one.own.keys():
        return None  # a stage comes back only where the school opens again
    if wish.built_stays and one.word in ("enlarged", "new") and gone and two.word != "converted":
        return None
    more = sum(two.own[s] - one.own.get(s, 0.0) for s in two.own if two.own[s] > one.own.get(s, 0.0) + 1e-9)
    if two.word == "new":
        cost = told if np.isfinite(told) else more * money.seat.value
        wait, life = wish.build_lead, money.years.value
    elif two.word == "converted" or one.word == "converted":
        cost, wait, life = more * wish.convert_seat, wish.convert_lead, wish.convert_years
    elif one.word == "closed":
        cost, wait, life = more * wish.reopen_seat, wish.reopen_lead, wish.convert_years
    elif more:
        cost, wait, life = more * money.seat.value, wish.expand_lead, money.years.value
    else:
        cost, wait, life = 0.0, 0, 1.0
    ending = bool(gone) or two.word == POINT
    return Arc(max(wait, closing if ending else 0), NEVER, wait, int(bool(gone)), cost, life)
