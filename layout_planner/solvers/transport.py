"""The transportation problem: pupils to seats at least total cost, by HiGHS with columns priced in as needed.

    min  Σ c_ij x_ij + Σ p_i s_i
    s.t. Σ_j x_ij + s_i = a_i      every pupil of i is placed, or counted as unplaced at the price p_i
         Σ_i x_ij       ≤ b_j      seats
         x, s ≥ 0

(Hitchcock 1941.) Its vertices are whole where a and b are whole. Only pairs that may matter enter the program: each
place's nearest schools first, then whatever the dual prices ask for, until no pair left out has a negative reduced
cost; the result is the optimum over all pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

START_COLUMNS = 8
"""Nearest schools of each place that enter at once: few enough to be quick, enough to need few rounds."""


@dataclass(frozen=True)
class Shipment:
    """An optimal shipment.

    Parameters
    ----------
    place, school, pupils
        Who goes where: positions and amounts, only positive ones.
    unplaced
        Shape (places,).
    place_price, school_price
        Dual values u (places,) and v ≤ 0 (schools,): what one pupil more costs, and what one seat more saves.
    objective
        Total cost, the price of the unplaced included; also the bound, the problem being solved to optimality.
    rounds, columns
        Pricing rounds, and pairs that entered.
    """

    place: Ints
    school: Ints
    pupils: Floats
    unplaced: Floats
    place_price: Floats
    school_price: Floats
    objective: float
    rounds: int
    columns: int


def ship(cost: Floats, pupils: Floats, seats: Floats, unplaced_price: float | Floats | None = None) -> Shipment:
    """Send pupils to seats at least total cost.

    Parameters
    ----------
    cost
        Cost of one pupil, shape (places, schools); NaN where the pair is not allowed. May be negative.
    pupils
        Pupils of each place, ≥ 0.
    seats
        Seats of each school, ≥ 0; inf where unlimited.
    unplaced_price
        Price of one pupil left unplaced, each place's or all alike; by default so high that nobody stays out who
        can be placed.

    Returns
    -------
    Shipment
        Always optimal: with a price on the unplaced the problem has a solution whatever the seats.
    """
    n, m = cost.shape
    if not cost.size:
        nobody = np.empty(0, dtype=np.intp)
        return Shipment(nobody, nobody, np.empty(0), pupils.astype(float), np.zeros(n), np.zeros(m), 0.0, 0, 0)
    allowed = np.isfinite(cost)
    if unplaced_price is None:
        unplaced_price = 10.0 * (np.abs(cost[allowed]).max(initial=0.0) + 1.0) * max(1, min(n, m))
    price = np.broadcast_to(np.asarray(unplaced_price, dtype=float), (n,))
    chosen = _nearest(np.where(allowed, cost, np.inf), min(START_COLUMNS, m))
    solver = _Program(n, m, cost, pupils, seats, price)
    solver.add(*np.nonzero(chosen))
    rounds = 0
    while True:
        rounds += 1
        u, v = solver.solve()
        reduced = cost - u[:, None] - v[None, :]
        # Duals carry the solver's tolerance, and large prices their rounding.
        wanted = allowed & ~chosen & (reduced < -1e-7 - 1e-11 * np.abs(u)[:, None])
        wanted &= (pupils > 0)[:, None]
        if not wanted.any():
            break
        worst = _nearest(np.where(wanted, reduced, np.inf), min(START_COLUMNS, m))
        chosen |= worst
        solver.add(*np.nonzero(worst))
    return solver.result(u, v, rounds)


def _nearest(cost: Floats, k: int) -> npt.NDArray[np.bool_]:
    """Mark the k smallest finite entries of each row."""
    marked = np.zeros(cost.shape, dtype=bool)
    if k > 0 and cost.size:
        at = np.argpartition(cost, k - 1, axis=1)[:, :k]
        np.put_along_axis(marked, at, True, axis=1)
    return marked & np.isfinite(cost)


class _Program:
    """The linear program as it grows: rows are places, then schools; the first columns are the unplaced."""

    def __init__(self, n: int, m: int, cost: Floats, pupils: Floats, seats: Floats, price: Floats) -> None:
        import highspy

        self.n, self.m, self.cost, self.pupils = n, m, cost, pupils
        self.i = np.empty(0, dtype=np.intp)
        self.j = np.empty(0, dtype=np.intp)
        self.highs = highspy.Highs()
        self.highs.setOptionValue("output_flag", False)
        self.highs.setOptionValue("threads", 1)
        self.inf = highspy.kHighsInf
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = n, n + m
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = price, np.zeros(n), np.full(n, self.inf)
        lp.row_lower_ = np.concatenate([pupils, np.full(m, -self.inf)])
        lp.row_upper_ = np.concatenate([pupils, np.where(np.isfinite(seats), seats, self.inf)])
        lp.a_matrix_.start_ = np.arange(n + 1, dtype=np.int32)
        lp.a_matrix_.index_ = np.arange(n, dtype=np.int32)
        lp.a_matrix_.value_ = np.ones(n)
        self.highs.passModel(lp)

    def add(self, i: Ints, j: Ints) -> None:
        count = len(i)
        if not count:
            return
        self.i, self.j = np.concatenate([self.i, i]), np.concatenate([self.j, j])
        index = np.column_stack([i, self.n + j]).astype(np.int32).ravel()
        starts = np.arange(0, 2 * count, 2, dtype=np.int32)
        self.highs.addCols(
            count,
            self.cost[i, j],
            np.zeros(count),
            np.full(count, self.inf),
            2 * count,
            starts,
            index,
            np.ones(2 * count),
        )

    def solve(self) -> tuple[Floats, Floats]:
        import highspy

        self.highs.run()
        status = self.highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:  # cannot happen: feasible and bounded by construction
            raise RuntimeError(f"HiGHS ended with {status}")
        duals = np.asarray(self.highs.getSolution().row_dual)
        return duals[: self.n], np.minimum(duals[self.n :], 0.0)

    def result(self, u: Floats, v: Floats, rounds: int) -> Shipment:
        values = np.asarray(self.highs.getSolution().col_value)
        whole = np.round(values)
        values = np.where(np.abs(values - whole) < 1e-6, whole, values)
        x, unplaced = values[self.n :], values[: self.n]
        keep = x > 1e-7
        unplaced = np.minimum(np.where(unplaced > 1e-7, unplaced, 0.0), self.pupils)
        i, j, x = self.i[keep], self.j[keep], x[keep]
        # Nobody is lost to the solver's tolerance: what a place ships is what it has.
        shipped = np.bincount(i, weights=x, minlength=self.n)
        unplaced = np.where(shipped > 0, unplaced, self.pupils)
        x = x * ((self.pupils - unplaced) / np.where(shipped > 0, shipped, 1.0))[i]
        order = np.lexsort([j, i])
        return Shipment(
            i[order],
            j[order],
            x[order],
            unplaced,
            u,
            v,
            float(self.highs.getInfo().objective_function_value),
            rounds,
            len(self.i),
        )
