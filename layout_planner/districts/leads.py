"""Which schools lead: keeping some, detaching a lead from its township, dividing its seats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from layout_planner.base.arrays import Ints
from layout_planner.base.errors import DataError, refuse
from layout_planner.base.messages import Text
from layout_planner.districts.units import Units
from layout_planner.measures.matching import share_out


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
            raise _no_lead(", ".join(units.names[u] for u in own))
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


def _no_lead(named: str) -> DataError:
    return refuse(
        f"{named}: to be divided by school, but no lead was chosen there",
        f"{named}：拟按学校划分，但其中没有选定的学区长学校",
        "name a lead there, or use divide=False",
        "在其中指定一所，或用 divide=False",
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
