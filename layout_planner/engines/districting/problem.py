"""Dividing a graph into connected districts within windows, as arrays. Labels live in `units`; here are positions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from layout_planner.base.arrays import Floats, Ints
from layout_planner.base.errors import DataError, Fault, refuse
from layout_planner.base.messages import Text
from layout_planner.solving.graphs import adjacency_rows

UnitKind = Literal["townships", "schools"]
LeadMode = Literal["inside", "detached", "none"]

DEVIATION, RATIO, SPREAD, SQUARE = 0, 1, 2, 3
"""Shapes of a cost that depends on the sums of a district; see `Costs`."""


class Costs(NamedTuple):
    """What a district costs, as a function of its members and its lead.

    The cost of a district D with lead l is ``lead[l] + Σ_u linear[u, l] + Σ border`` over the edges with both ends in D
    ``+ Σ shapes``, where every shape is a function of the sums ``s_a = lead_sums[a, l] + Σ_u sums[a, u]``:

    - DEVIATION ``weight · |s_a − target|``,
    - RATIO ``weight · s_b · |s_a / s_b − target|``,
    - SPREAD ``weight · (s_b − s_a² / s_c)``, a sum of squares about the mean: a = Σ w x, b = Σ w x², c = Σ w,
    - SQUARE ``weight · s_a²``.

    Parameters
    ----------
    linear
        Shape (units, leads).
    lead
        Shape (leads,).
    border
        One a stored arc of the graph (both arcs of an edge carry the same); shape (arcs,).
    sums, lead_sums
        Shape (sums, units) and (sums, leads).
    kind, first, second, third
        The shapes: what, and which sums; shape (shapes,).
    target, weight
        Shape (shapes,).
    constant
        Added once to the whole plan.
    """

    linear: Floats
    lead: Floats
    border: Floats
    sums: Floats
    lead_sums: Floats
    kind: Ints
    first: Ints
    second: Ints
    third: Ints
    target: Floats
    weight: Floats
    constant: float = 0.0


class Ground(NamedTuple):
    """What the kernels read of a problem beside its costs, see `DistrictProblem`; for a chain, of one choice of leads.

    numba compares packs by their types alone: who changes the order of fields here must delete its cache.
    """

    indptr: Ints
    indices: Ints
    weights: Ints
    low: Ints
    high: Ints
    homes: Ints
    lead_weights: Ints


@dataclass(frozen=True, eq=False)
class DistrictProblem:
    """Divide n units into k connected districts, every one within the windows and with a lead of its own.

    Build it with `make_problem`, which checks.

    Parameters
    ----------
    indptr, indices
        The graph in compressed rows: symmetric, sorted, without loops.
    weights
        What the windows bind, shape (windows, units), whole numbers ≥ 0. The first row is what a unit counts for the
        number of members (1, or 0 for a part of a township that is counted elsewhere).
    low, high
        The windows, whole numbers, both ends allowed; shape (windows,).
    districts
        How many; exactly.
    homes
        The unit of each lead, all different; −1 for a lead that stands in none. Without leads one dummy, −1.
    lead_weights
        What a lead brings to the windows of its district beside the units; shape (windows, leads).
    mode
        "inside": the lead is a member, every lead leads when there are as many as districts. "detached": each lead
        leads at most one district, wherever it stands. "none": districts without leads.
    costs
        See `Costs`.
    """

    indptr: Ints
    indices: Ints
    weights: Ints
    low: Ints
    high: Ints
    districts: int
    homes: Ints
    lead_weights: Ints
    mode: LeadMode
    costs: Costs

    @property
    def ground(self) -> Ground:
        """The arrays the kernels read."""
        return Ground(
            self.indptr, self.indices, self.weights, self.low, self.high, self.homes, self.lead_weights
        )  # fmt: skip

    @property
    def n(self) -> int:
        """Number of units."""
        return len(self.indptr) - 1

    @property
    def leads(self) -> int:
        """Number of leads (1 for the dummy)."""
        return len(self.homes)

    @property
    def bare_low(self) -> Ints:
        """Least the units of a district may weigh, whatever lead they get."""
        return self.low - self.lead_weights.max(axis=1)

    @property
    def bare_high(self) -> Ints:
        """Most the units of a district may weigh, whatever lead they get."""
        return self.high - self.lead_weights.min(axis=1)

    @property
    def edges(self) -> Ints:
        """The edges, each once, the smaller end first; shape (edges, 2)."""
        tail = np.repeat(np.arange(self.n), np.diff(self.indptr))
        once = tail < self.indices
        return np.column_stack([tail[once], self.indices[once]])

    def with_windows(self, low: Ints, high: Ints) -> DistrictProblem:
        """Return a copy with other windows."""
        return replace(self, low=np.asarray(low, dtype=np.int64), high=np.asarray(high, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class ArrayPlan:
    """A division, as arrays.

    Parameters
    ----------
    district_of
        District of each unit, 0 … k − 1; shape (units,).
    lead_of
        Lead of each district; shape (districts,).
    """

    district_of: Ints
    lead_of: Ints


def make_problem(
    edges: Ints | Sequence[tuple[int, int]],
    weights: Ints,
    low: Ints | Sequence[int],
    high: Ints | Sequence[int],
    districts: int,
    costs: Costs | None = None,
    homes: Iterable[int] | None = None,
    mode: LeadMode = "none",
    lead_weights: Ints | None = None,
) -> DistrictProblem:
    """Check the arrays and lay them out.

    Raises
    ------
    DataError
        A weight is negative or not whole, a window is empty, there are fewer leads than districts, two leads share a
        home inside, or there are more districts than units.
    """
    # Windows are compared as whole numbers: 88,000 / 80,000 − 1 <= 0.1 is false in floats.
    given = np.asarray(weights)
    whole = np.asarray(np.round(given), dtype=np.int64)
    low_, high_ = (np.asarray(side, dtype=np.int64) for side in (low, high))
    n = whole.shape[1]
    homes_ = np.array([-1] if homes is None else list(homes), dtype=np.int64)
    faults = []
    if (given != whole).any() or (whole < 0).any():
        faults.append(_fault("a weight is negative or not a whole number", "权重为负或非整数", "round it", "取整"))
    if (low_ > high_).any():
        faults.append(_fault("a window is empty (low above high)", "区间为空（下限大于上限）", "swap", "调换上下限"))
    if not 1 <= districts <= n:
        faults.append(
            _fault(f"{districts} districts of {n} units", f"{n} 个单元分为 {districts} 区", "ask for fewer", "减少区数")
        )
    if mode != "none" and len(homes_) < districts:
        faults.append(
            _fault(
                f"{len(homes_)} leads for {districts} districts",
                f"{districts} 个学区仅有 {len(homes_)} 所学区长学校",
                "name more leads, or fewer districts",
                "增加学区长学校或减少区数",
            )
        )
    if mode == "inside" and (len(set(homes_.tolist())) < len(homes_) or (homes_ < 0).any()):
        faults.append(
            _fault(
                "inside a district a unit can hold one lead only, and every lead needs a unit",
                "学区长学校须各在一个不同的单元内",
                'keep one of them, or use lead_mode="detached"',
                '只留其一，或用 lead_mode="detached"',
            )
        )
    if faults:
        raise DataError(faults)
    pairs = np.asarray(edges, dtype=np.int64).reshape(-1, 2)
    if len(pairs) and int(pairs.max()) >= n:
        raise refuse("an edge names a unit that does not exist", "邻接表含不存在的单元", "correct it", "请更正")
    indptr, indices = adjacency_rows(n, pairs)
    brought = np.zeros((len(whole), len(homes_)), dtype=np.int64) if lead_weights is None else np.asarray(lead_weights)
    return DistrictProblem(
        indptr,
        indices,
        np.ascontiguousarray(whole),
        low_,
        high_,
        int(districts),
        homes_,
        np.ascontiguousarray(brought, dtype=np.int64),
        mode,
        no_costs(n, len(homes_), len(indices)) if costs is None else costs,
    )


def no_costs(n: int, leads: int, arcs: int) -> Costs:
    """Give costs that are zero whatever the division."""
    none = np.zeros(0, dtype=np.int64)
    return Costs(
        np.zeros((n, leads)),
        np.zeros(leads),
        np.zeros(arcs),
        np.zeros((0, n)),
        np.zeros((0, leads)),
        none,
        none,
        none,
        none,
        np.zeros(0),
        np.zeros(0),
    )


def _fault(en: str, zh: str, mend_en: str, mend_zh: str) -> Fault:
    return Fault("", Text(en, zh), Text(mend_en, mend_zh))
