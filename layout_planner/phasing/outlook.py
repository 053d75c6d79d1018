"""A county over the years as a `Horizon`: states of buildings, pupils of each autumn, ways, and their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.assignment.case import Case, make_case
from layout_planner.assignment.moves import Move, Options, allowed_pairs, assignable, free_seats, public
from layout_planner.base.arrays import Bools, Floats, Ints, Positions
from layout_planner.base.errors import refuse
from layout_planner.cohorts import Forecast
from layout_planner.measures.money import Money
from layout_planner.phasing.horizon.problem import Horizon
from layout_planner.phasing.outlook_settings import Years
from layout_planner.phasing.pupils import Side, children_of, make_units
from layout_planner.phasing.uses import Uses, make_uses
from layout_planner.plan import Plan
from layout_planner.policy import Rules
from layout_planner.scenario import Open, Scenario, apply
from layout_planner.study import Study
from layout_planner.study.stages import LOWER_GRADES
from layout_planner.travel import TravelLike, travel_for

PART_NEAR = 6
"""The grades of a place may part where a school without all grades is among so many nearest; else it goes whole."""


@dataclass(frozen=True, eq=False)
class Outlook:
    """The problem and its labels.

    Parameters
    ----------
    study
        With every candidate site opened as a school.
    problem
        The arrays.
    years, variants, stages
        Labels of T, W, and the stages planned.
    buildings
        School and site ids: labels of B.
    uses
        The states: see `Uses`.
    units
        One row a unit: place_id, stage, cohort (year of entry; −1 for all grades), grades (a tuple).
    fixed
        variant, year, place_id, stage, school_id, pupils: those whom no rule moves (private schools).
    waits
        Names of the buildings that wait.
    """

    study: Study
    problem: Horizon
    years: tuple[int, ...]
    variants: tuple[str, ...]
    stages: tuple[str, ...]
    buildings: pd.Index
    uses: Uses
    units: pd.DataFrame
    fixed: pd.DataFrame
    base: Plan
    rules: Rules
    money: Money
    wish: Years


def lay_out(
    base: Plan, travel: TravelLike, rules: Rules, forecast: Forecast, years: Sequence[int], stages: Sequence[str],
    variants: Sequence[str], wish: Years,
) -> Outlook:  # fmt: skip
    """Lay the county out; see `plan_years` for the arguments. `base` is today, with every stage solved."""
    study, money = base.study, wish.money or Money()
    wide = _widened(study, stages, wish)
    sides = [_side(base, wide, travel, rules, stage, wish) for stage in stages]
    uses = make_uses(wide, study, rules, money, wish, years, sides)
    pupils = children_of(study, forecast, [years[0] - 1, *years], stages, variants)
    groups, prior, kinds, way = _groups(sides, uses, wide, travel, wish, base)
    units, fixed = make_units(groups, prior, sides, pupils, years, variants, wish.moves == "entry", wish.block)
    weight = np.array([(wish.weights or {}).get(v, 0.0 if wish.weights else 1.0) for v in variants], dtype=float)
    if not weight.sum() > 0 or (weight < 0).any():
        raise refuse(
            "weights= : at least one forecast planned needs a weight above 0, none below",
            "weights= ：至少一个预测的权重须大于 0，且不得为负",
            f"give weights for {', '.join(variants)}", f"请给出权重：{'、'.join(variants)}",
        )  # fmt: skip
    T, B = len(years), len(uses.buildings)
    waits = np.isin(uses.buildings, list(wish.waiting)) if wish.waiting != "all" else np.ones(B, dtype=bool)
    known = T if wish.known is None else min(max(wish.known - years[0], 0), T)
    limit = wish.most_closures
    problem = Horizon(
        pupils=units.pupils, staying=units.staying, pace=units.pace, group=units.group, way=way[units.of],
        kind=kinds[units.of],
        prior=units.prior, owner=uses.owner, seats=uses.seats, takes=uses.takes, running=uses.running, now=uses.now,
        earliest=uses.earliest, latest=uses.latest, lead=uses.lead, ends=uses.ends, invest=uses.invest,
        write=uses.write, weight=weight / weight.sum(),
        discount=(1.0 + wish.discount) ** -np.arange(T, dtype=np.float64), known=known,
        waits=np.asarray(waits & (len(variants) > 1)), floor=uses.floor,
        floor_price=np.array([money.of_floor(stages[s]) for s in uses.pool_stage]), elastic_share=wish.elastic,
        elastic_price=wish.elastic_price, elastic_years=wish.elastic_years, change=wish.change, unplaced=wish.unplaced,
        budget=np.full(T, np.inf if wish.budget is None else wish.budget),
        closures=np.full(T, np.inf if limit is None else float(limit)), hold=wish.moves == "entry",
    )  # fmt: skip
    return Outlook(
        wide, problem, tuple(years), tuple(variants), tuple(stages), uses.buildings, uses, units.table, fixed, base,
        rules, money, wish,
    )  # fmt: skip


def _widened(study: Study, stages: Sequence[str], wish: Years) -> Study:
    if not wish.build or "stage" not in study.sites:
        return study
    openings = [Open(site=str(s), stage=str(study.sites.at[s, "stage"])) for s in study.sites.index
                if study.sites.at[s, "stage"] in stages]  # fmt: skip
    return apply(study, Scenario("sites", openings)) if openings else study


def _side(base: Plan, wide: Study, travel: TravelLike, rules: Rules, stage: str, wish: Years) -> Side:
    move = Move(base.study, wide, travel, rules, stage, Scenario("today"),
                Options(wish.reach, False, None, 0.0, 60.0, None), base.assignments[stage])  # fmt: skip
    case = make_case(wide, travel, rules, stage)
    if len(set(case.way)) > 1:
        raise refuse(
            f"{stage}: its grades travel in different ways", f"{stage}：各年级出行方式不同",
            "give plan_years one Travel for each stage", "plan_years 每学段只能用一种出行方式",
        )  # fmt: skip
    taken, rows, outside, _ = assignable(move, case)
    admits = public(case)
    free = np.where(admits, free_seats(case, taken, outside), 0.0)
    points = _points(base, stage, case, admits, wish)
    kinds: dict[tuple[bytes, bool], list[int]] = {}
    for at, grade in enumerate(case.grades):
        low = bool(points.any()) and grade in LOWER_GRADES
        kinds.setdefault((case.offers[admits][:, at].tobytes(), low), []).append(at)
    return Side(stage, case, move, rows, taken, free, admits, tuple(tuple(band) for band in kinds.values()), points)


def _points(base: Plan, stage: str, case: Case, admits: Bools, wish: Years) -> Bools:
    """Tell which schools may become teaching points: small, with all grades, schools of their own today."""
    none = np.zeros(len(case.schools), dtype=bool)
    if not wish.points or stage != "primary" or set(case.grades) <= set(LOWER_GRADES):
        return none
    schools, categories = base.study.schools, base.study.categories()
    parent = schools["parent_id"].notna() if "parent_id" in schools else pd.Series(False, schools.index)
    roll = base.assignments[stage].roll().reindex(case.schools).fillna(np.inf).to_numpy(dtype=float)
    own = [categories.get(s) == stage and not parent.get(s, False) and s not in wish.keep for s in case.schools]
    return np.asarray(admits & case.offers.all(axis=1) & (roll <= wish.point_pupils) & np.array(own, dtype=bool) | none)


def _groups(
    sides: Sequence[Side], uses: Uses, wide: Study, travel: TravelLike, wish: Years, base: Plan
) -> tuple[pd.DataFrame, Floats, Ints, Floats]:
    """List places, or parts of them, with who goes where today, their kinds, and their ways."""
    parts, priors, kinds, ways = [], [], [], []
    money = wish.money or Money()
    for at, side in enumerate(sides):
        case, grades = side.case, side.case.grades
        way = travel_for(travel, side.stage, grades[0])
        minutes = way.cost(case.places, wide.site_of(uses.buildings), "minutes")
        parted = _parted(side)
        rows: list[tuple[str, int, tuple[int, ...], int]] = []
        for p, place in enumerate(case.places):
            bands = side.bands if parted[p] and len(side.bands) > 1 else (tuple(range(len(grades))),)
            for band in bands:
                kind = uses.kind_of[(at, band)]
                rows.append((str(place), p, tuple(grades[g] for g in band), kind))
        table = pd.DataFrame({"place_id": [r[0] for r in rows], "stage": side.stage,
                              "grades": [r[2] for r in rows]})  # fmt: skip
        where = np.array([r[1] for r in rows], dtype=np.intp)
        share = _today(base, side, table, uses.buildings)
        yuan = np.where(np.isnan(minutes), np.inf, minutes)[where] * money.of_minute()
        yuan = np.where(_able(side, uses, wide, where), yuan, np.inf)
        parts.append(table)
        priors.append(np.where(np.isfinite(yuan), share, 0.0))
        kinds.append(np.array([r[3] for r in rows], dtype=np.int64))
        ways.append(yuan)
    units = pd.concat(parts, ignore_index=True)
    return units, np.concatenate(priors), np.concatenate(kinds), np.concatenate(ways)


def _able(side: Side, uses: Uses, wide: Study, where: Positions) -> Bools:
    """Tell which buildings a unit may go to: public ones, within reach where that is hard."""
    private = wide.is_private().reindex(uses.buildings, fill_value=False).to_numpy(dtype=bool)
    able = np.broadcast_to(~private, (len(where), len(private))).copy()
    pairs = allowed_pairs(side.move, side.case, None)
    if pairs is None:
        return able
    at = side.case.schools.get_indexer(uses.buildings)
    within = np.all([pairs[g] for g in range(len(side.case.grades))], axis=0)[where]
    near = np.where(at >= 0, within[:, np.maximum(at, 0)], True)
    return able & near


def _parted(side: Side) -> Bools:
    """Tell the places whose grades may part: a school without all of them is among the nearest."""
    case = side.case
    partial = side.admits & ~case.offers.all(axis=1) | side.points
    if not partial.any():
        return np.zeros(len(case.places), dtype=bool)
    ways = np.where(np.isnan(case.adult[0]), np.inf, case.adult[0])
    near = np.sort(ways, axis=1)[:, min(PART_NEAR, ways.shape[1]) - 1]
    return np.asarray((ways[:, partial] <= near[:, None]).any(axis=1))


def _today(base: Plan, side: Side, table: pd.DataFrame, buildings: pd.Index) -> Floats:
    """Give the share of each unit at each building today, among those a rule may send."""
    flows = base.assignments[side.stage].flows
    private = base.study.is_private()
    flows = flows.loc[(flows["place_id"] != "") & ~flows["school_id"].map(private).fillna(False).astype(bool)]
    both = enumerate(zip(table["place_id"], table["grades"], strict=True))
    unit = {(place, grade): at for at, (place, grades) in both for grade in grades}
    at = np.array([unit.get(key, -1) for key in zip(flows["place_id"], flows["grade"], strict=True)], dtype=np.intp)
    to = buildings.get_indexer(flows["school_id"])
    known = (at >= 0) & (to >= 0)
    sums = np.zeros((len(table), len(buildings)))
    np.add.at(sums, (at[known], to[known]), flows["pupils"].to_numpy(dtype=float)[known])
    whole = sums.sum(axis=1, keepdims=True)
    return np.where(whole > 0, sums / np.maximum(whole, 1e-9), 0.0)
