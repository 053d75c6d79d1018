"""The service area problem as arrays: which school each place belongs to, in one piece and within the seats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.base.errors import DataError, Fault, refuse
from layout_planner.base.messages import Text
from layout_planner.solving.graphs import adjacency_rows


@dataclass(frozen=True, eq=False)
class Shape:
    """What zones cost beyond their pairs: sums over a zone, and borders between zones.

    A zone of school j costs Σ_r over_rj · max(0, s_rj − level_rj) + under_rj · max(0, level_rj − s_rj), s_rj being the
    sum of weight_ri over its places; two adjacent places in different zones cost what their border does.

    Parameters
    ----------
    weight
        r × n, any sign.
    level, over, under
        r × m; prices at least 0.
    edges, border
        Pairs of adjacent places (k × 2) and what each costs (k, at least 0) when it parts two zones.
    """

    weight: Floats
    level: Floats
    over: Floats
    under: Floats
    edges: Ints
    border: Floats

    @classmethod
    def none(cls, n: int, m: int) -> Shape:
        """Give a shape that costs nothing."""
        empty = np.zeros((0, m))
        return cls(np.zeros((0, n)), empty, empty, empty, np.zeros((0, 2), dtype=np.int64), np.zeros(0))

    def cost(self, school_of: Ints) -> float:
        """Give what the zones of an assignment cost beyond their pairs."""
        total = float(self.border[school_of[self.edges[:, 0]] != school_of[self.edges[:, 1]]].sum())
        for weight, level, over, under in zip(self.weight, self.level, self.over, self.under, strict=True):
            away = np.bincount(school_of, weights=weight, minlength=len(level)) - level
            total += float((over * np.maximum(away, 0.0) + under * np.maximum(-away, 0.0)).sum())
        return total

    def restrict(self, position: Ints, places: Ints, schools: Ints) -> Shape:
        """Give the shape of some places and schools alone; `position` says where each place went, −1 for nowhere."""
        ends = position[self.edges]
        inside = (ends >= 0).all(axis=1)
        level, over, under = self.level[:, schools], self.over[:, schools], self.under[:, schools]
        return Shape(self.weight[:, places], level, over, under, ends[inside], self.border[inside])

    def group(self, label: Ints, count: int) -> Shape:
        """Give the shape after places were joined; `label` says into which."""
        weight = np.zeros((len(self.weight), count))
        np.add.at(weight.T, label, self.weight.T)
        return replace(self, weight=weight, edges=label[self.edges])


@dataclass(frozen=True, eq=False)
class ZoneProblem:
    """Assign every place to one school: least cost, hard seats, every zone connected and around its school.

    Build it with `ZoneProblem.from_edges`, which checks and normalises.

    Parameters
    ----------
    cost
        n × m, the cost of giving a place to a school as a whole (any finite number); NaN where that is forbidden.
        A place with a school in it is open to that school only.
    demand
        Seats a place needs, n, at least 0.
    capacity
        Seats of a school, m.
    indptr, indices
        The adjacency in compressed rows (n + 1 and twice the edges), symmetric, without loops, sorted.
    home
        The place each school stands in, m, all different.
    shape
        What zones cost beyond their pairs.
    """

    cost: Floats
    demand: Floats
    capacity: Floats
    indptr: Ints
    indices: Ints
    home: Ints
    shape: Shape

    def __post_init__(self) -> None:
        """Let nobody write into the arrays: all alike, since numba compiles anew for one that may be written."""
        for array in (self.cost, self.demand, self.capacity, self.indptr, self.indices, self.home):
            array.setflags(write=False)

    @classmethod
    def from_edges(
        cls,
        cost: Floats,
        demand: Floats | Sequence[float],
        capacity: Floats | Sequence[float],
        edges: Ints | Sequence[tuple[int, int]],
        home: Ints | Sequence[int],
        shape: Shape | None = None,
    ) -> ZoneProblem:
        """Check the arrays, keep other schools off each school's own place, and sort the adjacency.

        Parameters
        ----------
        cost, demand, capacity, home, shape
            As in the class.
        edges
            Pairs of adjacent places, in any order, repeated or not; loops are dropped.

        Raises
        ------
        DataError
            Shapes that do not fit, numbers that are not finite or are negative, an index out of range, or two schools
            in one place: all of them at once.
        """
        values = np.array(cost, dtype=np.float64)
        need = np.array(demand, dtype=np.float64)
        seats = np.array(capacity, dtype=np.float64)
        pairs = np.array(edges, dtype=np.int64).reshape(-1, 2)
        stands = np.array(home, dtype=np.int64)
        _check_arrays(values, need, seats, pairs, stands)
        n, m = values.shape
        own = values[stands, np.arange(m)]
        values[stands, :] = np.nan
        values[stands, np.arange(m)] = own
        indptr, indices = adjacency_rows(n, pairs)
        return cls(values, need, seats, indptr, indices, stands, shape or Shape.none(n, m))

    @property
    def n(self) -> int:
        """Number of places."""
        return self.cost.shape[0]

    @property
    def m(self) -> int:
        """Number of schools."""
        return self.cost.shape[1]

    @property
    def allowed(self) -> Bools:
        """Pairs that are not forbidden, n × m."""
        return ~np.isnan(self.cost)

    def objective(self, school_of: Ints) -> float:
        """Give the cost of an assignment; NaN if it uses a forbidden pair."""
        return float(self.cost[np.arange(self.n), school_of].sum()) + self.shape.cost(school_of)

    @cached_property
    def border(self) -> Floats:
        """Cost of the border along each arc of the adjacency; empty where no border costs anything."""
        priced = self.shape.border > 0
        if not priced.any():
            return np.zeros(0)
        ends = self.shape.edges[priced]
        keys = np.concatenate([ends[:, 0] * self.n + ends[:, 1], ends[:, 1] * self.n + ends[:, 0]])
        arcs = np.repeat(np.arange(self.n), np.diff(self.indptr)) * self.n + self.indices
        total = np.zeros(len(arcs))
        loops = np.concatenate([ends[:, 0] == ends[:, 1]] * 2)  # inside a group that is kept together
        np.add.at(total, np.searchsorted(arcs, keys[~loops]), np.tile(self.shape.border[priced], 2)[~loops])
        return total

    def loads(self, school_of: Ints) -> Floats:
        """Give the seats each school needs under an assignment."""
        return np.bincount(school_of, weights=self.demand, minlength=self.m).astype(np.float64)

    def forbid(self, pairs: Bools) -> ZoneProblem:
        """Return the problem with more pairs forbidden (n × m mask)."""
        return replace(self, cost=np.where(pairs, np.nan, self.cost))

    def restrict(self, places: Ints, schools: Ints) -> ZoneProblem:
        """Return the problem on some places and schools alone; every school's own place must be among the places."""
        position = np.full(self.n, -1, dtype=np.int64)
        position[places] = np.arange(len(places))
        rows = np.repeat(np.arange(self.n), np.diff(self.indptr))
        inside = (position[rows] >= 0) & (position[self.indices] >= 0)
        pairs = np.column_stack([position[rows[inside]], position[self.indices[inside]]])
        indptr, indices = adjacency_rows(len(places), pairs)
        return ZoneProblem(
            cost=np.ascontiguousarray(self.cost[np.ix_(places, schools)]),
            demand=self.demand[places],
            capacity=self.capacity[schools],
            indptr=indptr,
            indices=indices,
            home=position[self.home[schools]],
            shape=self.shape.restrict(position, places, schools),
        )


@dataclass(frozen=True, eq=False)
class Contraction:
    """A problem in which places kept together are one place.

    Parameters
    ----------
    problem
        The smaller problem.
    group_of
        For each original place its place in the smaller problem.
    """

    problem: ZoneProblem
    group_of: Ints

    def expand(self, school_of: Ints) -> Ints:
        """Carry an assignment of the smaller problem back to the original places."""
        return school_of[self.group_of]

    def shrink(self, school_of: Ints) -> Ints:
        """Carry an assignment of the original places over: each group follows its first member."""
        first = np.full(self.problem.n, -1, dtype=np.int64)
        first[self.group_of[::-1]] = np.asarray(school_of, dtype=np.int64)[::-1]
        return first


def contract(problem: ZoneProblem, together: Iterable[Sequence[int]]) -> Contraction:
    """Make each group of places kept together one place.

    A group counts as one piece of land: what touches one member touches the group, as a village with two entrances
    does. Groups that share a member are joined.

    Parameters
    ----------
    problem
        The problem with every place by itself.
    together
        Groups of positions of places.

    Raises
    ------
    DataError
        A group holds the places of two schools.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = [(group[0], member) for group in together for member in group]
    ends = np.array(links, dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(problem.n, problem.n))
    count, label = connected_components(graph, directed=False)
    label = label.astype(np.int64)
    cost = np.zeros((count, problem.m))
    np.add.at(cost, label, problem.cost)  # NaN spreads: what one member may not do, the group may not
    rows = np.repeat(np.arange(problem.n), np.diff(problem.indptr))
    smaller = ZoneProblem.from_edges(
        cost,
        np.bincount(label, weights=problem.demand, minlength=count).astype(np.float64),
        problem.capacity,
        np.column_stack([label[rows], label[problem.indices]]),
        label[problem.home],
        problem.shape.group(label, count),
    )
    return Contraction(smaller, label)


def _check_arrays(cost: Floats, demand: Floats, capacity: Floats, edges: Ints, home: Ints) -> None:
    if cost.ndim != 2 or demand.shape != cost.shape[:1] or not capacity.shape == home.shape == cost.shape[1:]:
        raise refuse(
            f"cost {cost.shape}, demand {demand.shape}, capacity {capacity.shape} and home {home.shape} do not fit.",
            f"cost {cost.shape}、demand {demand.shape}、capacity {capacity.shape}、home {home.shape} 的形状不一致。",
            "give cost as places × schools, demand one a place, capacity and home one a school.",
            "cost 应为 地点×学校，demand 每地点一个，capacity 与 home 每校一个。",
        )
    faults = []
    if np.isinf(cost).any():
        faults.append(_fault("cost holds infinite numbers.", "cost 含无穷大。", "use NaN to forbid.", "禁止时用 NaN。"))
    if not (np.isfinite(demand).all() and (demand >= 0).all()):
        faults.append(
            _fault("demand must be finite and at least 0.", "demand 必须有限且不小于 0。", "correct it.", "请更正。")
        )
    if not np.isfinite(capacity).all():
        faults.append(_fault("capacity must be finite.", "capacity 必须有限。", "correct it.", "请更正。"))
    n = cost.shape[0]
    if ((edges < 0) | (edges >= n)).any() or ((home < 0) | (home >= n)).any():
        faults.append(
            _fault(
                f"edges and home must lie in 0 … {n - 1}.",
                f"edges 与 home 必须在 0 … {n - 1} 之间。",
                "use positions of places.",
                "请使用地点的位置序号。",
            )
        )
    shared = np.unique(home, return_counts=True)
    for place in shared[0][shared[1] > 1]:
        schools = np.flatnonzero(home == place).tolist()
        faults.append(
            _fault(
                f"schools {schools} stand in one place ({place}), which can belong to one zone only.",
                f"学校 {schools} 位于同一地点（{place}），而一个地点只能属于一个片区。",
                "split the place, or join the schools into one with the sum of their seats.",
                "请拆分该地点，或把这些学校合并为一所并将学位相加。",
            )
        )
    if faults:
        raise DataError(faults)


def _fault(en: str, zh: str, mend_en: str, mend_zh: str) -> Fault:
    return Fault("", Text(en, zh), Text(mend_en, mend_zh))
