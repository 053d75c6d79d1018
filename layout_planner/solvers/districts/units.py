"""From a study to units: what is divided, what neighbours what, who may lead, and what a detached lead brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.messages import Text
from layout_planner.measures.matching import share_out
from layout_planner.solvers.districts.problem import Floats, Ints
from layout_planner.study import Study
from layout_planner.study.adjacency import SHORTEST_BORDER, neighbours
from layout_planner.travel import TravelLike, travel_for

UnitKind = Literal["townships", "schools"]
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
    edges, border, links, edge_notes = _graph(study, kind, ids, names, unit_at)
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


def strongest(units: Units, count: int, strength: Mapping[str, float]) -> list[int]:
    """Give the positions of the strongest leads, best first; ties by position."""
    order = sorted(range(len(units.leads)), key=lambda i: (-strength.get(str(units.leads[i]), 0.0), i))
    return order[:count]


def keep_leads(units: Units, kept: Sequence[int]) -> Units:
    """Return a copy with some of the leads."""
    at = np.asarray(kept, dtype=np.int64)
    return replace(
        units,
        leads=units.leads[at],
        homes=units.homes[at],
        minutes=np.ascontiguousarray(units.minutes[:, at]),
        **{
            name: getattr(units, name)[at]
            for name in ("lead_size", "lead_population", "lead_pupils", "lead_mass", "lead_strength", "lead_squares")
        },
    )


def detach_leads(units: Units, rolls: Mapping[str, float], strength: Mapping[str, float]) -> Units:
    """Let each lead count, with its pupils on roll and its strength, for the district it leads instead of its unit."""
    mass = np.array([rolls.get(str(lead), 0.0) for lead in units.leads])
    x = np.array([strength.get(str(lead), 0.0) for lead in units.leads])
    own = (mass, mass * x, mass * x**2)
    home = units.homes >= 0
    left = []
    for values, brought in zip((units.school_mass, units.school_strength, units.school_squares), own, strict=True):
        rest = values.copy()
        np.subtract.at(rest, units.homes[home], brought[home])
        left.append(rest)
    return replace(
        units,
        school_mass=left[0], school_strength=left[1], school_squares=left[2],
        lead_mass=own[0], lead_strength=own[1], lead_squares=own[2],
        unit_of_school={s: u for s, u in units.unit_of_school.items() if s not in set(units.leads)},
        lead_of_school={str(lead): str(lead) for lead in units.leads},
    )  # fmt: skip


def divide_seats(units: Units, candidates: Ints, rolls: Mapping[str, float], strength: Mapping[str, float]) -> Units:
    """Divide the units the candidates stand in by school: each lead brings a share to its district.

    The divided units that touch form one town. A town's people, pupils and other schools are shared among the leads
    that stand in it, in proportion to the leads' rolls (largest remainder); each lead counts as one member.

    Parameters
    ----------
    units
        With the chosen leads only.
    candidates
        Units to divide (positions): where all candidate leads stand, chosen or not.
    rolls, strength
        Of each school of the stage.

    Raises
    ------
    DataError
        A town to be divided has no chosen lead.
    """
    gone = np.unique(candidates[candidates >= 0])
    town = _towns(units, gone)
    stay = np.setdiff1d(np.arange(units.n), gone)
    leads = len(units.leads)
    share: dict[str, np.ndarray] = {name: np.zeros(leads) for name in ("people", "children", "mass", "first", "second")}
    goes_with: dict[str, str] = {}
    for number in np.unique(town):
        own = gone[town == number]
        here = np.flatnonzero(np.isin(units.homes, own))
        if not len(here):
            named = ", ".join(units.names[u] for u in own)
            raise refuse(
                f"{named}: to be divided by school, but no lead was chosen there",
                f"{named}：拟按学校划分，但其中没有选定的学区长学校",
                "name a lead there, or use divide=False",
                "在其中指定一所，或用 divide=False",
            )
        weight = np.maximum([rolls.get(str(units.leads[i]), 0.0) for i in here], 1.0)
        for name, amounts in (("people", units.population), ("children", units.pupils)):
            total = float(amounts[own].sum())
            # Hare quota with largest remainder, on the scale of the amount.
            share[name][here] = share_out(
                np.zeros(len(here), dtype=np.intp), _stretched(weight, total), np.array([total])
            )
        _share_schools(units, own, here, rolls, strength, share, goes_with)
    at = {int(u): i for i, u in enumerate(stay)}
    inner = np.array([int(a) in at and int(b) in at for a, b in units.edges], dtype=bool)
    moved = np.array([[at[int(a)], at[int(b)]] for a, b in units.edges[inner]], dtype=np.int64).reshape(-1, 2)
    names = ", ".join(units.names[u] for u in gone)
    note = Text(
        f"Divided by school among the leads, in proportion to their rolls: {names}. Each lead's share counts as one "
        "member; it is not part of the connected townships.",
        f"按学校划分、按学区长学校在校生数分摊：{names}。每所学区长学校的份额计作一个成员单元，不要求与其乡镇相连。",
    )
    return replace(
        units,
        ids=units.ids[stay],
        names=tuple(units.names[u] for u in stay),
        edges=moved,
        border=units.border[inner],
        links=tuple((at[a], at[b]) for a, b in units.links if a in at and b in at),
        size=units.size[stay],
        population=units.population[stay],
        pupils=units.pupils[stay],
        school_mass=units.school_mass[stay],
        school_strength=units.school_strength[stay],
        school_squares=units.school_squares[stay],
        features=np.ascontiguousarray(units.features[:, stay]),
        today=None if units.today is None else units.today[stay],
        homes=np.full(leads, -1, dtype=np.int64),
        minutes=np.ascontiguousarray(units.minutes[stay]),
        lead_size=np.ones(leads, dtype=np.int64),
        lead_population=np.round(share["people"]).astype(np.int64),
        lead_pupils=np.round(share["children"]).astype(np.int64),
        lead_mass=share["mass"],
        lead_strength=share["first"],
        lead_squares=share["second"],
        unit_of_school={s: u for s, u in units.unit_of_school.items() if u in set(units.ids[stay])},
        lead_of_school=goes_with,
        notes=(*units.notes, note),
    )


def _stretched(weight: np.ndarray, total: float) -> np.ndarray:
    """Scale weights up so that each is whole and their sum is at least the total."""
    return np.ceil(weight / weight.sum() * max(total, 1.0) * 1000.0)


def _share_schools(
    units: Units,
    own: Ints,
    here: Ints,
    rolls: Mapping[str, float],
    strength: Mapping[str, float],
    share: dict[str, np.ndarray],
    goes_with: dict[str, str],
) -> None:
    """Give each school of a divided town to a lead: leads to themselves, others to the lead with the least so far."""
    inside = set(units.ids[own])
    schools = [s for s, u in units.unit_of_school.items() if u in inside]
    leads = {str(units.leads[i]): int(i) for i in here}
    load = {i: rolls.get(s, 0.0) for s, i in leads.items()}
    others = sorted((s for s in schools if s not in leads), key=lambda s: (-rolls.get(s, 0.0), s))
    for school in [*leads, *others]:
        lead = leads.get(school, min(load, key=lambda i: (load[i], i)))
        if school not in leads:
            load[lead] += rolls.get(school, 0.0)
        goes_with[school] = str(units.leads[lead])
        w, x = rolls.get(school, 0.0), strength.get(school, 0.0)
        for name, value in (("mass", w), ("first", w * x), ("second", w * x * x)):
            share[name][lead] += value


def _towns(units: Units, gone: Ints) -> Ints:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    at = {int(u): i for i, u in enumerate(gone)}
    pairs = [(at[int(a)], at[int(b)]) for a, b in units.edges if int(a) in at and int(b) in at]
    rows = np.array([p[0] for p in pairs], dtype=np.int64)
    columns = np.array([p[1] for p in pairs], dtype=np.int64)
    graph = coo_array((np.ones(len(pairs)), (rows, columns)), shape=(len(gone), len(gone)))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


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
                "补全 township_id，或用 units=“schools”",
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


def _graph(
    study: Study, kind: UnitKind, ids: pd.Index, names: pd.Series, unit_at: pd.Series
) -> tuple[Ints, Floats, tuple[tuple[int, int], ...], list[Text]]:
    """Find the neighbours, tie islands to the nearest unit, name corners that touch and units with one neighbour."""
    if kind == "townships":
        shapes = study.townships.geometry.reindex(ids)
        pairs = neighbours(shapes)
        edges = np.column_stack([ids.get_indexer(pairs["place_a"]), ids.get_indexer(pairs["place_b"])]).astype(np.int64)
        border = _border_metres(shapes, edges)
        corners = _corners(shapes, edges)
    else:
        a, b = (unit_at.reindex(study.adjacency[c]).to_numpy() for c in ("place_a", "place_b"))
        both = np.sort(np.column_stack([a, b])[(a != b) & (a >= 0) & (b >= 0)].astype(np.int64), axis=1)
        edges, count = np.unique(both, axis=0, return_counts=True)
        border, corners = count.astype(float), []
        shapes = study.schools.geometry.reindex(ids)
    edges, border, links = _tied(shapes, edges.reshape(-1, 2), border)
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    notes = _told(list(names), edges, links, corners)
    return edges[order], border[order], tuple(links), notes


def _border_metres(shapes: pd.Series, edges: Ints) -> Floats:
    import shapely

    polygons = np.asarray(shapes.array)
    shared = shapely.intersection(polygons[edges[:, 0]], polygons[edges[:, 1]])
    return np.asarray(shapely.length(shared), dtype=float)


def _corners(shapes: pd.Series, edges: Ints) -> list[tuple[int, int]]:
    """Pairs of polygons that touch without sharing a border."""
    import shapely

    polygons = np.asarray(shapes.array)
    if not (shapely.get_dimensions(polygons) == 2).all():
        return []
    a, b = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    known = {(int(i), int(j)) for i, j in edges}
    return [(int(i), int(j)) for i, j in zip(a, b, strict=True) if i < j and (int(i), int(j)) not in known]


def _tied(shapes: pd.Series, edges: Ints, border: Floats) -> tuple[Ints, Floats, list[tuple[int, int]]]:
    """Tie the pieces of the graph together by the shortest links, so that an island goes with the nearest shore."""
    import shapely
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(shapes)
    links: list[tuple[int, int]] = []
    points = np.asarray(shapes.array)
    while True:
        graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n, n))
        count, piece = connected_components(graph, directed=False)
        if count == 1:
            return edges, border, links
        sizes = np.bincount(piece)
        island = np.flatnonzero(piece == int(np.argmin(sizes)))
        others = np.flatnonzero(piece != int(np.argmin(sizes)))
        away = shapely.distance(points[island][:, None], points[others][None, :])
        i, j = np.unravel_index(int(np.argmin(away)), away.shape)
        link = (min(int(island[i]), int(others[j])), max(int(island[i]), int(others[j])))
        links.append(link)
        edges = np.concatenate([edges, [link]])
        border = np.concatenate([border, [np.nan]])


def _told(names: list[str], edges: Ints, links: list[tuple[int, int]], corners: list[tuple[int, int]]) -> list[Text]:
    def named(pairs: list[tuple[int, int]]) -> str:
        shown = "; ".join(f"{names[a]}–{names[b]}" for a, b in pairs[:12])
        return shown + (" …" if len(pairs) > 12 else "")

    notes = []
    if links:
        notes.append(
            Text(
                f"Islands, tied to the nearest unit: {named(links)}.", f"飞地或孤岛，并入最近单元相连：{named(links)}。"
            )
        )
    if corners:
        notes.append(
            Text(
                f"Touch in a corner only (under {SHORTEST_BORDER} m), so no neighbours: {named(corners)}.",
                f"仅在角点相接，不视为相邻：{named(corners)}。",
            )
        )
    degree = np.bincount(edges.ravel(), minlength=len(names))
    hanging = [int(u) for u in np.flatnonzero(degree == 1)]
    if hanging:
        other = {u: int(edges[(edges == u).any(axis=1)].sum()) - u for u in hanging}
        pairs = [(u, other[u]) for u in hanging]
        notes.append(
            Text(
                f"Enclaves and ends with one neighbour only, which they go with: {named(pairs)}.",
                f"只有一个相邻单元（随其划分）：{named(pairs)}。",
            )
        )
    return notes
