"""From a study to units: what is divided, what neighbours what, who may lead, and what a detached lead brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Floats, Ints
from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.messages import Text
from layout_planner.districts.borders import make_graph
from layout_planner.engines.districting.problem import UnitKind
from layout_planner.study import Study
from layout_planner.travel import TravelLike, travel_for

FAR = 2.0
"""A unit that cannot reach a lead counts as this many times the longest way."""


@dataclass(frozen=True, eq=False)
class Units:
    """What is divided, as arrays beside labels; what terms are made of.

    Parameters
    ----------
    ids, names
        The units: townships, or schools with their catchments.
    districts
        How many districts are asked for.
    edges, border
        Neighbouring pairs (positions, the smaller first, ascending) and the metres of border they share; NaN for links
        that are none.
    links
        Those of `edges` that only tie an island to the nearest unit.
    size, population, pupils
        What a unit counts for the number of members; people and children of the stage who live there.
    school_mass, school_strength, school_squares
        Σ w, Σ w x and Σ w x² of the schools in the unit: w pupils on roll, x strength.
    features
        Character, standardised; shape (features, units).
    today
        District of today, 0 …; None where not given.
    leads, homes, minutes
        Candidate leads (school ids), the unit each stands in (−1 for none), and minutes from unit to lead, pupils'
        mean; shape (units, leads). One dummy without leads.
    lead_size, lead_population, lead_pupils, lead_mass, lead_strength, lead_squares
        What a detached lead brings; 0 otherwise.
    unit_of_school, lead_of_school
        School → unit id, or school → lead it goes along with; one of both.
    notes
        What the reader must know.
    """

    ids: pd.Index
    names: tuple[str, ...]
    districts: int
    edges: Ints
    border: Floats
    links: tuple[tuple[int, int], ...]
    size: Ints
    population: Ints
    pupils: Ints
    school_mass: Floats
    school_strength: Floats
    school_squares: Floats
    features: Floats
    today: Ints | None
    leads: pd.Index
    homes: Ints
    minutes: Floats
    lead_size: Ints
    lead_population: Ints
    lead_pupils: Ints
    lead_mass: Floats
    lead_strength: Floats
    lead_squares: Floats
    unit_of_school: Mapping[str, str]
    lead_of_school: Mapping[str, str]
    notes: tuple[Text, ...] = ()

    @property
    def n(self) -> int:
        """Number of units."""
        return len(self.ids)


def make_units(
    study: Study,
    travel: TravelLike,
    stage: str,
    districts: int,
    kind: UnitKind = "townships",
    leads: Sequence[str] | None = None,
    strength: pd.Series | None = None,
    today: pd.Series | None = None,
) -> Units:
    """Lay out one stage of a study as units, before any lead is detached.

    Parameters
    ----------
    leads
        Candidate lead schools; those marked `lead_candidate` where left out; an empty list for districts without.
    strength
        Strength of each school, any scale; the column `quality` of the offers where left out.
    today
        District of today by unit id.

    Raises
    ------
    DataError
        A lead is not an open school of the stage.
    """
    schools = study.offering(stage)
    of_place, names, kind_notes = _unit_of_place(study, travel, stage, kind, schools)
    ids = names.index
    unit_at = pd.Series(ids.get_indexer(of_place), index=of_place.index)
    notes = list(kind_notes)
    population = _per_unit(study.places["population"].fillna(0), unit_at, len(ids))
    if not population.sum() and kind == "townships":
        population = np.round(study.townships["population"].reindex(ids).fillna(0).to_numpy(dtype=float))
    demand = study.demand(stage)
    children = _per_unit(demand, unit_at, len(ids))
    if kind == "townships":
        unit_of_school = study.schools["township_id"].reindex(schools)
    else:
        unit_of_school = pd.Series(schools, index=schools)
    rolls = study.roll(stage).reindex(schools).fillna(0).to_numpy(dtype=float)
    strong, strong_note = _strength_of(study, stage, schools, strength)
    notes += strong_note
    at = ids.get_indexer(unit_of_school)
    sums = (
        np.bincount(at[at >= 0], weights=v[at >= 0], minlength=len(ids))
        for v in (rolls, rolls * strong, rolls * strong**2)
    )
    mass, first, second = (np.asarray(values, dtype=float) for values in sums)
    edges, border, links, edge_notes = make_graph(study, kind, ids, names, unit_at)
    notes += edge_notes
    chosen = _candidates(study, stage, schools, leads)
    minutes, far_note = _minutes(study, travel, stage, unit_at, demand, chosen, len(ids))
    notes += far_note
    before = None if today is None else pd.factorize(today.reindex(ids).to_numpy(dtype=object), sort=True)[0]
    whole = np.zeros(max(len(chosen), 1), dtype=np.int64)
    none = np.zeros(len(whole))
    return Units(
        ids,
        tuple(names),
        districts,
        edges,
        border,
        links,
        np.ones(len(ids), dtype=np.int64),
        population.astype(np.int64),
        children.astype(np.int64),
        mass,
        first,
        second,
        _features(study, stage, kind, ids, unit_at, population, mass, at),
        None if before is None else before.astype(np.int64),
        chosen,
        ids.get_indexer(unit_of_school.reindex(chosen)).astype(np.int64) if len(chosen) else np.array([-1]),
        minutes,
        whole,
        whole,
        whole,
        none,
        none,
        none,
        {str(s): str(u) for s, u in unit_of_school.items() if u in ids},
        {},
        tuple(notes),
    )


def _unit_of_place(
    study: Study, travel: TravelLike, stage: str, kind: UnitKind, schools: pd.Index
) -> tuple[pd.Series, pd.Series, list[Text]]:
    """Give the unit of each place, and the names of the units (index: their ids, in the study's order)."""
    if kind == "townships":
        if study.places["township_id"].isna().any() or not len(study.townships):
            raise refuse(
                "places without a township cannot be put into districts of townships",
                "有居住点缺少乡镇，无法按乡镇划分学区",
                'fill township_id, or use units="schools"',
                '补全 township_id，或用 units="schools"',
            )
        return study.places["township_id"], study.townships["name"].astype(str), []
    column = f"catchment_{stage}"
    nearest = _nearest_school(study, travel, stage, schools)
    if column in study.places:
        first = study.places[column].astype("str").str.split(";").str[0]
        of_place = first.where(first.isin(schools), nearest)
        said = ("of the catchments given", "按给定的招生片区")
    else:
        of_place = nearest
        said = ("of the places nearest to each school", "按各校最近的居住点")
    note = Text(f"Units are schools with the children {said[0]}.", f"单元为学校及其片区（{said[1]}）。")
    return of_place, study.schools["name"].reindex(schools).astype(str), [note]


def _nearest_school(study: Study, travel: TravelLike, stage: str, schools: pd.Index) -> pd.Series:
    way = travel_for(travel, stage, study.grades(stage)[0])
    minutes = np.nan_to_num(way.cost(study.places.index, study.site_of(schools)), nan=np.inf)
    return pd.Series(schools[minutes.argmin(axis=1)], index=study.places.index)


def _per_unit(values: pd.Series, unit_at: pd.Series, n: int) -> np.ndarray:
    at = unit_at.reindex(values.index).to_numpy()
    return np.round(np.bincount(at[at >= 0], weights=values.to_numpy(dtype=float)[at >= 0], minlength=n))


def _strength_of(
    study: Study, stage: str, schools: pd.Index, strength: pd.Series | None
) -> tuple[np.ndarray, list[Text]]:
    if strength is None:
        column = study.offers["quality"] if "quality" in study.offers else pd.Series(np.nan, study.offers.index)
        strength = column.xs(stage, level="stage") if len(column) else column
    values = strength.reindex(schools).to_numpy(dtype=float)
    unknown = np.isnan(values)
    if not unknown.any():
        return values, []
    mean = float(values[~unknown].mean()) if (~unknown).any() else 0.0
    note = Text(
        f"{int(unknown.sum())} schools have no strength (quality); they count as average.",
        f"{int(unknown.sum())} 所学校缺少办学水平（quality），按平均值计。",
    )
    return np.where(unknown, mean, values), [note]


def strength_map(study: Study, stage: str, strength: pd.Series | None) -> dict[str, float]:
    """Give the strength of every open school of the stage."""
    schools = study.offering(stage)
    return {str(s): float(v) for s, v in zip(schools, _strength_of(study, stage, schools, strength)[0], strict=True)}


def _candidates(study: Study, stage: str, schools: pd.Index, leads: Sequence[str] | None) -> pd.Index:
    if leads is None:
        if "lead_candidate" not in study.offers:
            return pd.Index([], dtype="str")
        marked = study.offers["lead_candidate"].xs(stage, level="stage").reindex(schools).fillna(0) > 0
        return schools[marked.to_numpy()]
    for lead in leads:
        if lead not in schools:
            hint = did_you_mean(lead, schools)
            raise refuse(
                f'lead "{lead}" is not an open school of stage {stage}{hint.en}',
                f"学区长学校“{lead}”不是该学段在办学校{hint.zh}",
                "name schools by their id",
                "请用学校 id",
            )
    return pd.Index(list(dict.fromkeys(leads)), dtype="str")


def _minutes(
    study: Study, travel: TravelLike, stage: str, unit_at: pd.Series, demand: pd.Series, leads: pd.Index, n: int
) -> tuple[Floats, list[Text]]:
    """Mean minutes of a unit's pupils (of its places where it has none) to each lead."""
    if not len(leads):
        return np.zeros((n, 1)), []
    way = travel_for(travel, stage, study.grades(stage)[0])
    minutes = way.cost(study.places.index, study.site_of(leads))
    at = unit_at.reindex(study.places.index).to_numpy()
    weight = demand.reindex(study.places.index).fillna(0).to_numpy(dtype=float) + 1e-9
    known = ~np.isnan(minutes) & (at >= 0)[:, None]
    total, ways = np.zeros((n, len(leads))), np.zeros((n, len(leads)))
    for lead in range(len(leads)):
        ok = known[:, lead]
        total[:, lead] = np.bincount(at[ok], weights=weight[ok], minlength=n)
        ways[:, lead] = np.bincount(at[ok], weights=weight[ok] * minutes[ok, lead], minlength=n)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = ways / total
    lost = np.isnan(mean)
    notes = []
    if lost.any():
        far = FAR * (float(np.nanmax(mean)) if (~lost).any() else 1.0)
        mean = np.where(lost, far, mean)
        notes.append(
            Text(
                f"{int(lost.sum())} ways between a unit and a lead are not known; they count as {far:.0f} minutes.",
                f"{int(lost.sum())} 条单元至学区长学校的路程未知，按 {far:.0f} 分钟计。",
            )
        )
    return np.ascontiguousarray(mean), notes


def _features(
    study: Study,
    stage: str,
    kind: UnitKind,
    ids: pd.Index,
    unit_at: pd.Series,
    population: np.ndarray,
    mass: np.ndarray,
    school_at: np.ndarray,
) -> Floats:
    """Character of a unit: density of people, size of its schools, share of migrant children; standardised."""
    count = np.bincount(school_at[school_at >= 0], minlength=len(ids))
    size = np.where(count > 0, mass / np.maximum(count, 1), np.nan)
    found = [size]
    if kind == "townships" and (study.townships.geometry.area.reindex(ids) > 0).all():
        area = study.townships.geometry.area.reindex(ids).to_numpy(dtype=float)
        found.append(np.log((population + 1.0) / area))
    mine = study.pupils.loc[study.pupils["stage"] == stage]
    away = mine.loc[mine["group"] == "migrant"].groupby("place_id", observed=True)["pupils"].sum()
    every = _per_unit(study.demand(stage), unit_at, len(ids))
    if len(away):
        migrants = _per_unit(away.reindex(study.places.index).fillna(0.0), unit_at, len(ids))
        found.append(np.where(every > 0, migrants / np.maximum(every, 1), np.nan))
    rows = []
    for values in found:
        known = ~np.isnan(values)
        spread = float(values[known].std()) if known.any() else 0.0
        if spread > 0:
            rows.append(np.where(known, (values - values[known].mean()) / spread, 0.0))
    return np.array(rows, dtype=float).reshape(-1, len(ids))
