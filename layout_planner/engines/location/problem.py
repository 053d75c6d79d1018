"""Where schools should be, with seats: the problem as arrays, and what a solution of it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.base.records import changed

CLOSED, FREE, OPEN = -1, 0, 1


class Sites(NamedTuple):
    """What places need and sites cost, for the kernels; see `LocationProblem`.

    numba compares packs by their types alone: who changes the order of fields here must delete its cache.
    """

    demand: Floats
    seats: Floats
    price: Floats
    least: Floats
    floor: Floats
    tau: Floats


class Counts(NamedTuple):
    """Which sites may be open and how many, in all and of each region, for the kernels; see `LocationProblem`."""

    state: Ints
    counted: Bools
    fewest: int
    most: int
    region: Ints
    low: Ints
    high: Ints


@dataclass(frozen=True, eq=False)
class LocationProblem:
    """Choose which of m sites are open and how large, and send each of n places whole to one of them.

        min  Σ c_ij x_ij + Σ f_jo y_jo + Σ τ_j max(0, g_j − load_j)
        s.t. Σ_j x_ij = 1,   Σ_o y_jo ≤ 1,   x_ij ≤ Σ_o y_jo,
             l_j Σ_o y_jo ≤ load_j = Σ_i d_i x_ij ≤ Σ_o Q_jo y_jo,
             fewest ≤ Σ over counted sites of Σ_o y_jo ≤ most,   x, y binary

    (single-source capacitated location with modular sizes). Build it with `make_problem`, which fills in what is left
    out.

    Parameters
    ----------
    cost
        n × m: cost of the place, as a whole, at the site; inf where that is not allowed.
    demand
        n: seats a place needs, > 0.
    seats, price
        m × s: the sizes a site may have, ascending, and the cost of being open at each, not falling. Beyond a site's
        own sizes its last one is repeated.
    state
        m: −1 must be closed, 0 free, 1 must be open.
    counted
        m: does the site count towards `fewest` and `most`.
    least
        m: l, what a site must be asked for to be open.
    floor, floor_price
        m: g and τ, the price of each pupil that a site which is open falls short of its floor.
    fewest, most
        Counted sites that may be open.
    region, region_least
        m and r: the region of each site, and how many counted sites of each region must be open. None: no such demand.
    offset
        Cost that no choice changes. It stands in no objective here, but gaps are taken of the whole.
    """

    cost: Floats
    demand: Floats
    seats: Floats
    price: Floats
    state: Ints
    counted: Bools
    least: Floats
    floor: Floats
    floor_price: Floats
    fewest: int
    most: int
    offset: float = 0.0
    region: Ints | None = None
    region_least: Ints | None = None

    @property
    def places(self) -> int:
        """Number of places."""
        return self.cost.shape[0]

    @property
    def sites(self) -> int:
        """Number of sites."""
        return self.cost.shape[1]

    def with_(self, **changes: object) -> LocationProblem:
        """Return a copy with some fields replaced."""
        return changed(self, changes)

    def regions(self) -> tuple[Ints, Ints]:
        """Give the region of each site, and the least open counted sites of each region; one region if none is told."""
        if self.region is None or self.region_least is None:
            return np.zeros(self.sites, dtype=np.int64), np.zeros(1, dtype=np.int64)
        return self.region, self.region_least

    def site_terms(self) -> Sites:
        """Give what the kernels read of places and sites."""
        return Sites(self.demand, self.seats, self.price, self.least, self.floor, self.floor_price)

    def counts(self) -> Counts:
        """Give what the kernels read of which sites may be open."""
        region, low = self.regions()
        many = np.full(len(low), self.sites, dtype=np.int64)
        return Counts(self.state, self.counted, self.fewest, self.most, region, low, many)

    def in_regions(self, is_open: Bools) -> Ints:
        """Count the open counted sites of each region."""
        region, least = self.regions()
        return np.bincount(region[is_open & self.counted], minlength=len(least)).astype(np.int64)

    def loads(self, home: Ints) -> Floats:
        """Give what each site is asked for, m, when place i is at site home[i]."""
        return np.bincount(home, weights=self.demand, minlength=self.sites).astype(float)

    def size_of(self, loads: Floats) -> Ints:
        """Give the least size that holds each site's load, m; the number of sizes where none does."""
        return (self.seats < loads[:, None] - 1e-6).sum(axis=1).astype(np.int64)

    def prices(self, home: Ints, is_open: Bools) -> Floats:
        """Give what each site costs, m: its least size and the floor; inf where its seats or its least load fail."""
        loads = self.loads(home)
        size = self.size_of(loads)
        last = self.seats.shape[1]
        each = self.price[np.arange(self.sites), np.minimum(size, last - 1)]
        each = each + self.floor_price * np.maximum(self.floor - loads, 0.0)
        fails = (size >= last) | (loads < self.least - 1e-6)
        return np.where(is_open, np.where(fails, np.inf, each), np.where(loads > 0, np.inf, 0.0))

    def objective(self, home: Ints, is_open: Bools) -> float:
        """Give the cost of a solution; inf where it is not allowed."""
        count = int((is_open & self.counted).sum())
        against = (is_open & (self.state == CLOSED)).any() or (~is_open & (self.state == OPEN)).any()
        if against or not self.fewest <= count <= self.most or (self.in_regions(is_open) < self.regions()[1]).any():
            return float("inf")
        return float(self.cost[np.arange(self.places), home].sum() + self.prices(home, is_open).sum())


def make_problem(
    cost: Floats,
    demand: Floats,
    seats: Floats,
    price: Floats | None = None,
    *,
    fewest: int = 0,
    most: int | None = None,
    state: Ints | None = None,
    counted: Bools | None = None,
    least: Floats | float = 0.0,
    floor: Floats | float = 0.0,
    floor_price: Floats | float = 0.0,
    offset: float = 0.0,
    region: Ints | None = None,
    region_least: Ints | None = None,
) -> LocationProblem:
    """Fill in what is left out, and check shapes.

    Parameters
    ----------
    seats
        m × s, or m for sites of one size. NaN beyond a site's own sizes.
    price
        Like seats; 0 where left out.
    most
        All sites where left out.

    Raises
    ------
    ValueError
        Shapes do not fit, sizes or prices fall, or demand is not positive.
    """
    values = np.array(np.where(np.isnan(cost), np.inf, cost), dtype=float, order="C")
    n, m = values.shape
    # Seats without limit are as many as there are children: loops and knapsacks want a number.
    sizes = np.atleast_2d(np.minimum(np.asarray(seats, dtype=float), np.ceil(np.sum(demand))).T).T
    sizes = np.broadcast_to(sizes, (m, sizes.shape[1]))
    prices = np.zeros(sizes.shape) if price is None else np.atleast_2d(np.asarray(price, dtype=float).T).T
    prices = np.broadcast_to(prices, sizes.shape)
    # A repeated last size changes nothing and spares every loop a question.
    known = np.maximum.accumulate(np.where(np.isnan(sizes), -1, np.arange(sizes.shape[1])[None, :]), axis=1)
    sizes, prices = np.take_along_axis(sizes, known, axis=1), np.take_along_axis(prices, known, axis=1)
    wrong = np.isnan(sizes).any() or (np.diff(sizes, axis=1) < 0).any() or (np.diff(prices, axis=1) < 0).any()
    if wrong or len(demand) != n or not (np.asarray(demand) > 0).all():
        raise ValueError("sizes and prices must not fall, and every place needs a demand")

    # Copies that may be written, all of them: numba compiles every kernel anew for an array that may not.
    def each(value: Floats | float) -> Floats:
        return np.array(np.broadcast_to(np.asarray(value, dtype=float), (m,)), order="C")

    return LocationProblem(
        cost=values,
        demand=np.array(demand, dtype=float, order="C"),
        seats=np.array(sizes, order="C"),
        price=np.array(prices, order="C"),
        state=np.zeros(m, dtype=np.int64) if state is None else np.array(state, dtype=np.int64, order="C"),
        counted=np.ones(m, dtype=np.bool_) if counted is None else np.array(counted, dtype=np.bool_, order="C"),
        least=each(least),
        floor=each(floor),
        floor_price=each(floor_price),
        fewest=int(fewest),
        most=m if most is None else int(most),
        offset=float(offset),
        region=None if region is None else np.array(region, dtype=np.int64, order="C"),
        region_least=None if region_least is None else np.array(region_least, dtype=np.int64, order="C"),
    )
