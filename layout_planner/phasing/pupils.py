"""The children of years to come as the units of a plan: places, or the cohorts of a place that entered in one year."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.assignment.case import Case
from layout_planner.assignment.moves import Move
from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.cohorts import Forecast
from layout_planner.cohorts.homes import to_places
from layout_planner.study import Study


@dataclass(frozen=True, eq=False)
class Side:
    """One stage: the schools that offer it now or may, who may be sent anywhere, and who is not.

    Parameters
    ----------
    case, move
        What the rules of `solve` get.
    rows
        Children of today a rule may send anywhere: place_id, grade, group, pupils.
    fixed
        Those who stay in any case: place_id, grade, school_id, pupils.
    free
        Seats of the case's schools that nobody holds who stays.
    admits
        Which of them admit by rule.
    bands
        Grades (by position) that the same schools offer, now or as teaching points.
    points
        Which of the case's schools may become teaching points.
    """

    stage: str
    case: Case
    move: Move
    rows: pd.DataFrame
    fixed: pd.DataFrame
    free: Floats
    admits: Bools
    bands: tuple[tuple[int, ...], ...]
    points: Bools


@dataclass(frozen=True, eq=False)
class Units:
    """Units and their course; see `Horizon` for the arrays.

    Parameters
    ----------
    table
        One row a unit: place_id, stage, cohort (year of entry; −1 for all grades), grades (a tuple).
    group
        The block of each unit: a place's pupils of a stage (or of a part of its grades), or a part of them.
    of
        The place, by its row in the groups, of each block.
    """

    table: pd.DataFrame
    group: Ints
    of: Ints
    prior: Floats
    pupils: Floats
    staying: Floats
    pace: Floats


def children_of(
    study: Study, forecast: Forecast, years: Sequence[int], stages: Sequence[str], variants: Sequence[str]
) -> pd.DataFrame:
    """Give the children of every forecast and autumn by place, stage and grade, as `Forecast.study` gives them."""
    table = forecast.table
    mine = table.loc[table["stage"].isin(stages) & table["variant"].isin(variants) & table["year"].isin(years)]
    key = mine[["variant", "year", "grade"]].drop_duplicates().reset_index(drop=True)
    code = pd.Series(key.index, index=pd.MultiIndex.from_frame(key))
    coded = mine.assign(grade=code.reindex(pd.MultiIndex.from_frame(mine[["variant", "year", "grade"]])).to_numpy())
    estates = []
    for at, (variant, year, grade) in enumerate(key.itertuples(index=False)):
        own = forecast.estates.loc[(forecast.estates["year"] <= year) & (forecast.estates["grade"] == grade)]
        estates.append(own.assign(grade=at))
        del variant
    placed = to_places(study, coded, pd.concat(estates) if estates else forecast.estates)
    told = key.iloc[placed["grade"].to_numpy()].reset_index(drop=True)
    whole = pd.concat([placed[["place_id", "stage", "pupils"]].reset_index(drop=True), told], axis=1)
    if years[0] == study.year:
        now = study.pupils.loc[study.pupils["stage"].isin(stages)]
        whole = pd.concat([whole, *[now.assign(variant=v, year=study.year)[whole.columns] for v in variants]])
    keys = ["variant", "year", "stage", "place_id", "grade"]
    return whole.groupby(keys, observed=True, as_index=False)["pupils"].sum()


def make_units(
    groups: pd.DataFrame, prior: Floats, sides: Sequence[Side], pupils: pd.DataFrame, years: Sequence[int],
    variants: Sequence[str], cohorts: bool, block: int | None = None,
) -> tuple[Units, pd.DataFrame]:  # fmt: skip
    """Make the units of the groups, and list the pupils whom no rule moves (private schools).

    Parameters
    ----------
    groups, prior
        Places or parts of them; the share of each that goes to each building today.
    cohorts
        One unit for each year of entry; those at school already one for each school they go to today.
    block
        Pupils above which a group is divided into blocks alike in size; None for never.
    """
    cubes, fixed = [], []
    for side in sides:
        cube = _cube(side, pupils, years, variants)
        away, told = _apart(side, cube, years, variants)
        cubes.append(cube - away)
        fixed.append(told)
    at = {side.stage: k for k, side in enumerate(sides)}
    rows: list[tuple[int, int]] = []
    of: list[int] = []
    parts: list[tuple[Floats, Floats, Floats, Floats]] = []
    for g, (place, stage, band) in enumerate(zip(groups["place_id"], groups["stage"], groups["grades"], strict=True)):
        case = sides[at[stage]].case
        own = cubes[at[stage]][:, :, case.places.get_loc(place)]
        grades = [case.grades.index(grade) for grade in band]
        whole = _of_group(own, grades, prior[g], case.pace, years[0], cohorts)
        most = max((float(many.max()) for _, _, many, _, _ in whole), default=0.0)
        blocks = 1 if block is None else max(math.ceil(most / block), 1)
        for k in range(blocks):
            for cohort, share, many, stay, pace in whole:
                rows.append((len(of), cohort))
                parts.append((share, *_block(many, stay, k, blocks), pace))
            of.append(g)
    which, place = np.array([g for g, _ in rows], dtype=np.int64), np.array(of, dtype=np.int64)
    share, many, stay, pace = (np.stack([part[k] for part in parts], axis=int(k > 0)) for k in range(4))
    table = groups.iloc[place[which]].reset_index(drop=True).assign(cohort=[cohort for _, cohort in rows])
    return Units(table, which, place, share, many, stay, pace), pd.concat(fixed, ignore_index=True)


Unit = tuple[int, Floats, Floats, Floats, Floats]
"""Cohort, shares of today's buildings, pupils, those who stay, mean pace; the last three W × T."""


def _of_group(own: Floats, grades: Sequence[int], prior: Floats, pace: Floats, start: int, cohorts: bool) -> list[Unit]:
    """Make the units of a place's grades, which are W × (T + 1) × grades of the stage, the year before first."""
    now, before = own[:, 1:], own[:, :-1]
    inside = [g for g in grades if g - 1 in grades]
    if not cohorts:
        many = now[:, :, grades].sum(axis=2)
        stay = sum((np.minimum(now[:, :, g], before[:, :, g - 1]) for g in inside), np.zeros(many.shape))
        length = now[:, :, grades] @ pace[grades]
        return [(-1, prior, many, stay, np.where(many > 0, length / np.maximum(many, 1e-9), 1.0))]
    told: list[Unit] = []
    T = now.shape[1]
    for first in range(-grades[-1], T - grades[0]):  # the year, by position, in which the cohort is in grade 0
        years = [t for t in range(T) if t - first in grades]
        if not years or not now[:, years, [t - first for t in years]].any():
            continue
        there = np.flatnonzero(prior > 0) if -1 - first in grades else np.zeros(0, dtype=np.intp)
        ends = np.cumsum(prior[there]) if len(there) else np.ones(1)
        for k in range(max(len(there), 1)):
            many, stay, long = np.zeros((len(now), T)), np.zeros((len(now), T)), np.ones((len(now), T))
            low, high = (float(ends[k - 1]) if k else 0.0), (float(ends[k]) if k + 1 < len(ends) else 1.0)
            for t in years:
                g = t - first
                many[:, t] = _part(now[:, t, g], low, high)
                if g - 1 in grades:
                    stay[:, t] = np.minimum(many[:, t], _part(before[:, t, g - 1], low, high))
                long[:, t] = pace[g]
            share = np.zeros(len(prior))
            share[there[k : k + 1]] = 1.0
            told.append((start + first, share, many, stay, long))
    return told


def _block(many: Floats, stay: Floats, k: int, blocks: int) -> tuple[Floats, Floats]:
    """Give a block's pupils, whole, and those of them who stay."""
    if blocks == 1:
        return many, stay
    mine, same = (_part(pupils, k / blocks, (k + 1) / blocks) for pupils in (many, stay))
    return mine, np.minimum(same, mine)


def _part(pupils: Floats, low: float, high: float) -> Floats:
    """Give a part of pupils, whole: parts that follow each other add up to the whole."""
    return np.round(pupils * high) - np.round(pupils * low)


def _cube(side: Side, pupils: pd.DataFrame, years: Sequence[int], variants: Sequence[str]) -> Floats:
    """Give the children of a stage, W × (T + 1) × places × grades, the year before the first too."""
    case = side.case
    mine = pupils.loc[pupils["stage"] == side.stage]
    cube = np.zeros((len(variants), len(years) + 1, len(case.places), len(case.grades)))
    index = {v: at for at, v in enumerate(variants)}
    at = (mine["variant"].map(index).to_numpy(), mine["year"].to_numpy() - (years[0] - 1),
          case.place_at(mine["place_id"]), case.grade_at(mine["grade"]))  # fmt: skip
    np.add.at(cube, at, mine["pupils"].to_numpy(dtype=float))
    return cube


def _apart(side: Side, cube: Floats, years: Sequence[int], variants: Sequence[str]) -> tuple[Floats, pd.DataFrame]:
    """Give the children of each year who stay in private schools: the share of their place that does today."""
    case = side.case
    columns = ["variant", "year", "place_id", "stage", "school_id", "pupils"]
    away = np.zeros(cube.shape)
    held = side.fixed.loc[side.fixed["place_id"] != ""]
    if held.empty:
        return away, pd.DataFrame(columns=columns)
    private = held.groupby(["place_id", "grade"])["pupils"].sum()
    total = pd.concat([held, side.rows]).groupby(["place_id", "grade"])["pupils"].sum()
    share = (private / total).dropna()
    by_place = np.zeros((len(case.places), len(case.grades)))
    by_place[case.place_at(share.index.get_level_values(0)), case.grade_at(share.index.get_level_values(1))] = share
    away = np.round(cube * by_place[None, None])
    rows = []
    schools = held.groupby(["place_id", "school_id"])["pupils"].sum()
    for (place, school), number in schools.items():
        p = case.places.get_loc(place)
        part = number / schools.loc[place].sum()
        sums = away[:, 1:, p].sum(axis=2) * part
        rows += [(v, y, place, side.stage, school, sums[w, t]) for w, v in enumerate(variants)
                 for t, y in enumerate(years) if sums[w, t] > 0]  # fmt: skip
    return away, pd.DataFrame(rows, columns=columns)
