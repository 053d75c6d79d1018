"""The terms of the objective: each unit-free, a `Goal` (`base.goals`), so that users can add their own.

A term is a `Goal`, or any function, from `Units` to `Part`. A `Part` says what a district costs in terms of its
members, its lead and its sums (see `Costs`); every solver and every measure works on parts, whatever the size of the
county.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from layout_planner.base.arrays import Floats, Ints
from layout_planner.base.goals import Goal, goal
from layout_planner.engines.districting.problem import DEVIATION, RATIO, SPREAD, SQUARE, Costs
from layout_planner.solving.graphs import adjacency_rows

if TYPE_CHECKING:
    from layout_planner.districts.units import Units


@dataclass(frozen=True, eq=False)
class Sum:
    """An amount that adds up over the members of a district.

    Parameters
    ----------
    units
        One a unit.
    leads
        What a lead brings beside the units; 0 where left out.
    """

    units: Floats
    leads: Floats | None = None


@dataclass(frozen=True, eq=False)
class Shape:
    """A cost that depends on the sums of a district; see `Costs` for the kinds."""

    kind: int
    first: Sum
    second: Sum | None = None
    third: Sum | None = None
    target: float = 0.0
    weight: float = 1.0


@dataclass(frozen=True, eq=False)
class Part:
    """What one term makes a district cost.

    Parameters
    ----------
    linear
        Cost of a unit under a lead, shape (units, leads); None for none.
    border
        Cost of an edge with both ends in the district, one an edge; None for none.
    shapes
        Costs of sums.
    constant
        Added once.
    """

    linear: Floats | None = None
    border: Floats | None = None
    shapes: Sequence[Shape] = ()
    constant: float = 0.0


Term: TypeAlias = "Goal[Units, Part] | Callable[[Units], Part]"
"""A term of the objective."""


@goal("travel", "way to the lead (1: all at their nearest)", "到学区长校的路程（1 为各就最近）")
def travel(units: Units) -> Part:
    """Travel of the members' pupils to the lead; 1 when every unit has its nearest lead."""
    scale = float((units.pupils * units.minutes.min(axis=1)).sum()) or 1.0
    return Part(linear=units.pupils[:, None] * units.minutes / scale)


@goal("population", "unequal in people", "人口不均")
def population(units: Units) -> Part:
    """Mean relative deviation of the districts' population from the mean."""
    return _deviation(units, units.population, units.lead_population)


@goal("pupils", "unequal in pupils", "学生数不均")
def pupils(units: Units) -> Part:
    """Mean relative deviation of the districts' pupils (by residence) from the mean."""
    return _deviation(units, units.pupils, units.lead_pupils)


@goal("strength", "unequal in strength", "实力不均", weight=0.5)
def strength(units: Units) -> Part:
    """Deviation of the districts' mean strength from the county's, in standard deviations between schools."""
    mass, first, _, total = _strength(units)
    if total <= 0:
        return Part()
    return Part(shapes=[Shape(RATIO, first, mass, weight=1.0 / float(np.sqrt(total)))])


@goal("mix", "strong and weak apart", "强弱未搭配", weight=0.5)
def mix(units: Units) -> Part:
    """Share of the variance of strength between districts: 0 when each mixes strong and weak as the county does."""
    mass, first, second, total = _strength(units)
    if total <= 0:
        return Part()
    return Part(shapes=[Shape(SPREAD, first, second, mass, weight=-1.0 / total)], constant=1.0)


@goal("alike", "unlike within", "区内差异（特色）", weight=0.5)
def alike(units: Units) -> Part:
    """Share of the variance of character that lies within districts: 0 when members of a district are all alike."""
    weight = units.pupils / max(float(units.pupils.sum()), 1.0)
    shapes = []
    for values in units.features:
        centred = values - float((weight * values).sum())
        total = float((weight * centred**2).sum())
        if total > 0:
            shapes.append(
                Shape(
                    SPREAD,
                    Sum(weight * centred),
                    Sum(weight * centred**2),
                    Sum(weight),
                    weight=1.0 / (total * len(units.features)),
                )
            )
    return Part(shapes=shapes)


@goal("compact", "borders cut", "割裂的边界", weight=0.5)
def compact(units: Units) -> Part:
    """Share of the borders between units that is a border between districts."""
    length = np.where(np.isnan(units.border), 0.0, units.border)
    total = float(length.sum())
    return Part(border=-length / total, constant=1.0) if total > 0 else Part()


@goal("keep", "torn from today's district", "脱离现学区")
def keep(units: Units) -> Part:
    """Pupils torn from those they share a district with today: 0 when every district of today stays whole."""
    if units.today is None:
        return Part()
    shapes = []
    groups = [units.pupils * (units.today == g) for g in range(int(units.today.max()) + 1)]
    total = sum(float(group.sum()) ** 2 for group in groups)
    if total <= 0:
        return Part()
    shapes = [Shape(SQUARE, Sum(group), weight=-1.0 / total) for group in groups]
    return Part(shapes=shapes, constant=1.0)


STANDARD_TERMS: Mapping[str, Goal[Units, Part]] = {
    each.name: each for each in (travel, population, pupils, strength, mix, alike, compact, keep)
}
"""Near (travel, compact), equal in size (population, pupils) and strength, strong with weak (mix), alike, and kept."""

STANDARD_WEIGHTS: Mapping[str, float] = {name: each.weight for name, each in STANDARD_TERMS.items()}


def _deviation(units: Units, of_units: Ints, of_leads: Ints) -> Part:
    total = float(of_units.sum() + of_leads.sum())
    if total <= 0:
        return Part()
    k = units.districts
    shape = Shape(DEVIATION, Sum(of_units / total, of_leads / total), target=1.0 / k)
    return Part(shapes=[shape])


def _strength(units: Units) -> tuple[Sum, Sum, Sum, float]:
    """Give Σ w, Σ w x, Σ w x² of centred strength, and its whole variance between schools."""
    total = float(units.school_mass.sum() + units.lead_mass.sum())
    if total <= 0:
        none = Sum(np.zeros(units.n))
        return none, none, none, 0.0
    mean = float(units.school_strength.sum() + units.lead_strength.sum()) / total
    first = Sum(
        (units.school_strength - mean * units.school_mass) / total,
        (units.lead_strength - mean * units.lead_mass) / total,
    )
    second = Sum(
        (units.school_squares - 2 * mean * units.school_strength + mean**2 * units.school_mass) / total,
        (units.lead_squares - 2 * mean * units.lead_strength + mean**2 * units.lead_mass) / total,
    )
    variance = float(second.units.sum() + (second.leads.sum() if second.leads is not None else 0.0))
    return Sum(units.school_mass / total, units.lead_mass / total), first, second, variance


def combine(units: Units, parts: Sequence[tuple[float, Part]]) -> Costs:
    """Add weighted parts up to the costs a solver works on."""
    n, leads = units.n, units.minutes.shape[1]
    indptr, indices = adjacency_rows(n, units.edges)
    linear = np.zeros((n, leads))
    edge_cost = np.zeros(len(units.edges))
    constant = 0.0
    sums: list[Floats] = []
    lead_sums: list[Floats] = []
    shapes: list[tuple[int, int, int, int, float, float]] = []

    def row(amount: Sum | None) -> int:
        if amount is None:
            return 0
        sums.append(np.asarray(amount.units, dtype=float))
        lead_sums.append(np.zeros(leads) if amount.leads is None else np.asarray(amount.leads, dtype=float))
        return len(sums) - 1

    for weight, part in parts:
        if weight == 0:
            continue
        constant += weight * part.constant
        if part.linear is not None:
            linear += weight * part.linear
        if part.border is not None:
            edge_cost += weight * part.border
        shapes += [
            (s.kind, row(s.first), row(s.second), row(s.third), s.target, weight * s.weight) for s in part.shapes
        ]
    kind, first, second, third = (np.array([s[i] for s in shapes], dtype=np.int64) for i in range(4))
    return Costs(
        linear,
        np.zeros(leads),
        _on_arcs(n, units.edges, edge_cost, indptr, indices),
        np.array(sums).reshape(-1, n),
        np.array(lead_sums).reshape(-1, leads),
        kind,
        first,
        second,
        third,
        np.array([s[4] for s in shapes], dtype=float),
        np.array([s[5] for s in shapes], dtype=float),
        constant,
    )


def _on_arcs(n: int, edges: Ints, values: Floats, indptr: Ints, indices: Ints) -> Floats:
    from scipy.sparse import coo_array

    a, b = edges[:, 0], edges[:, 1]
    ranks = np.arange(1, len(edges) + 1)
    table = coo_array(
        (np.concatenate([ranks, ranks]), (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(n, n)
    ).tocsr()
    table.sort_indices()
    assert np.array_equal(table.indices, indices) and np.array_equal(table.indptr, indptr)
    return values[table.data - 1] if len(edges) else np.zeros(0)
