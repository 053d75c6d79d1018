"""What zones may be asked for: named, unit-free, typed callables, so that users can add their own.

A goal is a `Goal` (`base.goals`), or any function, from `Area` to `Part`. A part says what zones cost in terms of pairs
(unit, school), of sums over a zone, and of borders between zones. Pairs and sums enter the linear relaxation, so that
the bound counts them in full; borders are known to the search alone, and the bound takes them as 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
import shapely

from layout_planner.base.arrays import Floats, Ints
from layout_planner.base.errors import refuse
from layout_planner.base.goals import Goal, goal
from layout_planner.policy import Rules
from layout_planner.study import Study


@dataclass(frozen=True, eq=False)
class Area:
    """What a goal may look at. A unit is a place, or a place and a band of grades where schools offer but some.

    Parameters
    ----------
    study, rules, stage
        The study after the edits, what it is judged by, the stage.
    places
        The place of each unit.
    schools
        The schools whose zones are drawn.
    grades
        The grades of each unit.
    pupils
        Children of each unit.
    minutes, metres
        Units × schools: one way, mean over the unit's children at their pace; NaN where there is none.
    seats
        Free seats of each school.
    today
        Units × schools: how many of the unit's children attend the school before the edits.
    groups
        Group → children of each unit who belong to it ("migrant", and every `group_<name>_<stage>` of the places).
    edges
        Adjacent units, shape (pairs, 2).
    """

    study: Study
    rules: Rules
    stage: str
    places: pd.Index
    schools: pd.Index
    grades: tuple[tuple[int, ...], ...]
    pupils: Floats
    minutes: Floats
    metres: Floats
    seats: Floats
    today: Floats
    groups: Mapping[str, Floats]
    edges: Ints

    @property
    def scale(self) -> float:
        """Pupil-minutes when every child goes to the nearest school; at least the number of pupils."""
        nearest = np.where(np.isfinite(self.minutes), self.minutes, np.inf).min(axis=1)
        ways = self.pupils * np.where(np.isfinite(nearest), nearest, 0.0)
        return max(float(ways.sum()), float(self.pupils.sum()), 1e-9)


@dataclass(frozen=True, eq=False)
class Sum:
    """A cost of what adds up over a zone: over · max(0, Σ amount − level) + under · max(0, level − Σ amount).

    Parameters
    ----------
    amount
        One a unit.
    level
        One a school.
    over, under
        Prices, one a school, at least 0.
    """

    amount: Floats
    level: Floats
    over: Floats
    under: Floats


@dataclass(frozen=True, eq=False)
class Part:
    """What one goal makes zones cost.

    Parameters
    ----------
    pairs
        Units × schools; None for nothing.
    sums
        Costs of sums over zones.
    border
        One an edge of the area, at least 0: what it costs when its two units are in different zones; None for nothing.
    """

    pairs: Floats | None = None
    sums: Sequence[Sum] = ()
    border: Floats | None = None


ZoneGoal: TypeAlias = "Goal[Area, Part] | Callable[[Area], Part]"
"""What zones may be asked for."""


@goal("travel", "ways of the pupils", "学生路程")
def travel(area: Area) -> Part:
    """Pupil-minutes; 1 when everyone goes to the nearest school."""
    return Part(pairs=area.pupils[:, None] * np.nan_to_num(area.minutes) / area.scale)


def longest_ways(beyond: float | None = None) -> Goal[Area, Part]:
    """Price the minutes of ways longer than so many (left out: the rules' reach), as a share like `travel`.

    The longest way itself is bounded by `solve(..., reach="hard")`.
    """

    @goal("longest_ways", "ways beyond reach", "超距路程")
    def longest_ways(area: Area) -> Part:
        limit = np.array([_reach(area, grades) if beyond is None else beyond for grades in area.grades])
        over = np.maximum(np.nan_to_num(area.minutes) - limit[:, None], 0.0)
        return Part(pairs=area.pupils[:, None] * over / area.scale)

    return longest_ways


def _reach(area: Area, grades: tuple[int, ...]) -> float:
    limits = [area.rules.value("reach_minutes", area.stage, grade) for grade in grades]
    known = [float(limit) for limit in limits if limit is not None]
    if not known:
        raise refuse(
            f"the rules have no reach_minutes for {area.stage}", f"规则中没有学段 {area.stage} 的 reach_minutes",
            "name the minutes: longest_ways(30)", "请直接给出分钟数：longest_ways(30)",
        )  # fmt: skip
    return min(known)


@goal("moved", "pupils who change school", "需转学的学生")
def moved(area: Area) -> Part:
    """Share of pupils who change school against today."""
    return Part(pairs=np.maximum(area.pupils[:, None] - area.today, 0.0) / max(float(area.pupils.sum()), 1e-9))


def redrawn(zones: pd.Series) -> Goal[Area, Part]:
    """Share of places whose school differs from a given map place → school."""

    @goal("redrawn", "places redrawn", "改划的地点")
    def redrawn(area: Area) -> Part:
        given = area.schools.get_indexer(zones.reindex(area.places).astype("str"))
        other = np.arange(len(area.schools))[None, :] != given[:, None]
        return Part(pairs=other / max(len(area.places), 1))

    return redrawn


@goal("balance", "schools unequally full", "学校使用率不均")
def balance(area: Area) -> Part:
    """Share of pupils above or below what their school would have if all were equally full."""
    total = max(float(area.pupils.sum()), 1e-9)
    level = area.seats * total / max(float(area.seats.sum()), 1e-9)
    price = np.full(len(area.schools), 1.0 / total)
    return Part(sums=[Sum(area.pupils, level, price, price)])


def mix(group: str) -> Goal[Area, Part]:
    """Index of dissimilarity of a group between schools: 0 when each school has the county's share, 1 when apart.

    ``"rural"`` is everyone in a township whose urban_rural code begins with 2. Duncan and Duncan 1955.
    """

    @goal(f"{group}_mix", f"{group} apart from the others", f"{group} 群体未混合")
    def mix(area: Area) -> Part:
        members = _members(area, group)
        total = float(area.pupils.sum())
        share = float(members.sum()) / max(total, 1e-9)
        price = np.full(len(area.schools), 1.0 / max(2.0 * total * share * (1.0 - share), 1e-9))
        return Part(sums=[Sum(members - share * area.pupils, np.zeros(len(area.schools)), price, price)])

    return mix


def _members(area: Area, group: str) -> Floats:
    if group == "rural" and "rural" not in area.groups:
        code = area.study.townships.get("urban_rural", pd.Series(dtype="str")).astype("str")
        township = area.study.places["township_id"].reindex(area.places)
        return area.pupils * township.map(code).fillna("").astype("str").str.startswith("2").to_numpy(dtype=bool)
    if group not in area.groups:
        known = [*area.groups, "rural"]
        raise refuse(
            f'no group "{group}" among the pupils', f"学生中没有群体“{group}”",
            f"use {', '.join(known)}", f"可用：{'、'.join(known)}",
        )  # fmt: skip
    return area.groups[group]


@goal("neighbours", "neighbours torn apart", "相邻学生被分开")
def neighbours(area: Area) -> Part:
    """Share of neighbouring children who are torn apart: each edge counts the pupils of its smaller end."""
    weight = np.minimum(area.pupils[area.edges[:, 0]], area.pupils[area.edges[:, 1]])
    return Part(border=weight / max(float(weight.sum()), 1e-9))


@goal("compact", "zones far from round", "片区不紧凑")
def compact(area: Area) -> Part:
    """Moment of inertia about the schools; 1 when everyone goes to the nearest (Weaver and Hess 1963)."""
    points = shapely.get_coordinates(area.study.place_points().reindex(area.places).to_numpy())
    sites = shapely.get_coordinates(area.study.schools.geometry.reindex(area.schools).to_numpy())
    square = ((points[:, None, :] - sites[None, :, :]) ** 2).sum(axis=2)
    inertia = area.pupils[:, None] * square
    return Part(pairs=inertia / max(float(inertia.min(axis=1).sum()), 1e-9))


ARTERIAL = ("motorway", "trunk", "primary")
"""Classes of roads that children should not have to cross."""


@goal("crossings", "arterial roads to cross", "须穿越主干道")
def crossings(area: Area) -> Part:
    """Arterial roads between home and school, crossings a child: lines of `ARTERIAL` met by the straight way."""
    roads = area.study.roads
    count = np.zeros(area.minutes.shape)
    if roads is not None and "class" in roads:
        lines = roads.geometry[roads["class"].astype("str").str.removesuffix("_link").isin(ARTERIAL)].to_numpy()
        merged = shapely.get_parts(shapely.line_merge(shapely.union_all(lines))) if len(lines) else lines
        points = area.study.place_points().reindex(area.places).to_numpy()
        sites = area.study.schools.geometry.reindex(area.schools).to_numpy()
        ends = np.stack(
            [np.repeat(shapely.get_coordinates(points), len(sites), axis=0),
             np.tile(shapely.get_coordinates(sites), (len(points), 1))], axis=1,
        )  # fmt: skip
        if len(merged):
            way, _ = shapely.STRtree(merged).query(shapely.linestrings(ends), predicate="crosses")
            count = np.bincount(way, minlength=len(ends)).reshape(count.shape).astype(float)
    return Part(pairs=area.pupils[:, None] * count / max(float(area.pupils.sum()), 1e-9))


GOALS: Mapping[str, Goal[Area, Part]] = {
    each.name: each
    for each in (
        travel, longest_ways(), moved, balance, mix("rural"), mix("migrant"), neighbours, compact, crossings,
    )
}  # fmt: skip
"""The goals that go by a name; those with parameters as usual."""
