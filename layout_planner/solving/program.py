"""A linear or integer program as arrays, and our own arithmetic on it.

What a vector costs, what it breaks, what prices prove. It knows no solver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from layout_planner.base.arrays import Floats, Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_array

ROWS = 1e-6
"""How far a row or a limit of a feasible vector may be off, in its own unit."""
SUMS = 1e-9
"""And beside it this share of Σ|a_ij x_j|, which floating-point sums may be off by."""
WHOLE = 1e-5
"""How far from whole a value may be that is rounded."""
PRICES = 1e-7
"""Reduced costs of the wrong sign by less than this are rounding."""

Flaw = Literal["infeasible vector", "fractional vector"]
"""infeasible vector: a row or a limit does not hold, or there are not as many finite values as columns."""

Term = tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]
"""Row, column, coefficient; each one number or an array."""


class Program:
    """min Σ c_j x_j  s.t.  L_i ≤ Σ_j a_ij x_j ≤ U_i,  l_j ≤ x_j ≤ u_j,  some x_j whole.

    Columns and rows may be added and changed at any time.

    Parameters
    ----------
    unit
        Of the objective.
    """

    def __init__(self, unit: str = "") -> None:
        self.unit = unit
        self.cost, self.least, self.most = Grown(float), Grown(float), Grown(float)
        self.whole = Grown(bool)
        self.low, self.high = Grown(float), Grown(float)
        self.row, self.column, self.value = Grown(np.intp), Grown(np.intp), Grown(float)

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.cost)

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.low)

    # --- building ----------------------------------------------------------------------------------------------------

    def columns(
        self,
        cost: npt.ArrayLike,
        *terms: Term,
        least: npt.ArrayLike = 0.0,
        most: npt.ArrayLike = np.inf,
        whole: npt.ArrayLike = False,
        count: int | None = None,
    ) -> Ints:
        """Add columns.

        Parameters
        ----------
        cost
            One a column, or one for all.
        terms
            Their part in rows that stand already: rows of the program, columns counted within the block, coefficients.
        least, most
            Their limits.
        whole
            Whether they are whole numbers.
        count
            How many, where no argument is an array.

        Returns
        -------
        ndarray
            Their positions.

        Raises
        ------
        ValueError
            A number is missing or not finite.
        """
        number = count if count is not None else _length(cost, least, most, whole)
        costs, lower, upper = (_spread(one, number) for one in (cost, least, most))
        if not np.isfinite(costs).all() or np.isnan(lower).any() or np.isnan(upper).any():
            raise ValueError("costs must be finite, and limits numbers")
        first = self.width
        rows, inside, values = _entries(terms)
        self._enter(rows, first + inside, values)
        self.cost.add(costs)
        self.least.add(lower)
        self.most.add(upper)
        self.whole.add(np.broadcast_to(np.asarray(whole, dtype=bool), number))
        return np.arange(first, first + number)

    def rows(
        self, *terms: Term, least: npt.ArrayLike = -np.inf, most: npt.ArrayLike = np.inf, count: int | None = None
    ) -> Ints:
        """Add rows.

        Parameters
        ----------
        terms
            Rows counted within the block, columns of the program, coefficients; what stands twice is added up.
        least, most
            Limits of each row, or one for all.
        count
            How many rows; by default as many as the limits or the terms tell.

        Returns
        -------
        ndarray
            Their positions.

        Raises
        ------
        ValueError
            A number is missing or not finite.
        """
        inside, columns, values = _entries(terms)
        number = count if count is not None else max(_length(least, most), int(inside.max(initial=-1)) + 1)
        low, high = _spread(least, number), _spread(most, number)
        if np.isnan(low).any() or np.isnan(high).any():
            raise ValueError("limits must be numbers")
        first = self.height
        self._enter(first + inside, columns, values)
        self.low.add(low)
        self.high.add(high)
        return np.arange(first, first + number)

    def charge(self, columns: Ints, cost: npt.ArrayLike) -> None:
        """Change what columns cost."""
        self.cost.put(columns, _spread(cost, len(columns)))

    def make_whole(self, columns: Ints) -> None:
        """Ask that columns be whole numbers from now on: the relaxation becomes the integer program."""
        self.whole.put(columns, np.ones(len(columns), dtype=bool))

    def limit(self, columns: Ints, least: npt.ArrayLike, most: npt.ArrayLike) -> None:
        """Change the limits of columns."""
        self.least.put(columns, _spread(least, len(columns)))
        self.most.put(columns, _spread(most, len(columns)))

    def _enter(self, rows: Ints, columns: Ints, values: Floats) -> None:
        if not np.isfinite(values).all():
            raise ValueError("coefficients must be finite")
        self.row.add(rows)
        self.column.add(columns)
        self.value.add(values)

    def matrix(self, since: int = 0, rows: int = 0, columns: int = 0) -> csr_array:
        """Give the coefficients entered since some moment, in rows and columns from these on; scipy CSR."""
        from scipy.sparse import coo_array

        row, column, value = self.row.all[since:], self.column.all[since:], self.value.all[since:]
        here = (row >= rows) & (column >= columns)
        shape = (self.height - rows, self.width - columns)
        return coo_array((value[here], (row[here] - rows, column[here] - columns)), shape=shape).tocsr()

    # --- arithmetic --------------------------------------------------------------------------------------------------

    def objective(self, x: Floats) -> float:
        """Give what a vector costs."""
        return float(self.cost.all @ x)

    def breach(self, x: Floats) -> float:
        """Give by how much the worst row or limit is off beyond `ROWS` and `SUMS`; at most 0 where all hold."""
        part = self.value.all * x[self.column.all]
        sums = np.bincount(self.row.all, weights=part, minlength=self.height)
        slack = ROWS + SUMS * np.bincount(self.row.all, weights=np.abs(part), minlength=self.height)
        worst = -ROWS
        for off in (
            self.low.all - sums - slack, sums - self.high.all - slack, self.least.all - x - ROWS,
            x - self.most.all - ROWS,
        ):  # fmt: skip
            worst = max(worst, float(off.max(initial=-ROWS)))
        return worst

    def checked(self, x: Floats | None) -> tuple[Floats | None, Flaw | None]:
        """Round the whole columns of a vector, and give it where all holds; else what is wrong with it."""
        if x is None or len(x) != self.width or not np.isfinite(x).all():
            return None, "infeasible vector"
        whole = self.whole.all
        if whole.any():
            near = np.round(x)
            if (np.abs(near - x)[whole] > WHOLE).any():
                return None, "fractional vector"
            x = np.where(whole, near, x)
        return (x, None) if self.breach(x) <= 0 else (None, "infeasible vector")

    def proved_by(self, prices: Floats) -> float:
        """Give what the program costs at least, as these prices of the rows prove it, whatever they are.

            Σ_i (y_i L_i where y_i > 0, y_i U_i where y_i < 0) + Σ_j min(d_j l_j, d_j u_j),   d = c − Aᵀy

        Whole numbers are not asked for. Prices against a limit that is infinite count as 0; so do reduced costs within
        `PRICES` that would say −inf: no other tolerance is used.
        """
        limit = np.where(prices > 0, self.low.all, self.high.all)
        usable = np.where(np.isfinite(limit) & np.isfinite(prices), prices, 0.0)
        rows = float(usable @ np.where(usable == 0, 0.0, limit))
        part = self.value.all * usable[self.row.all]
        reduced = self.cost.all - np.bincount(self.column.all, weights=part, minlength=self.width)
        end = np.where(reduced > 0, self.least.all, self.most.all)
        free = (reduced == 0) | ((np.abs(reduced) <= PRICES) & ~np.isfinite(end))
        total = rows + float((np.where(free, 0.0, reduced) * np.where(free, 0.0, end)).sum())
        return total if np.isfinite(total) else -np.inf

    def rounding(self) -> float:
        """Give by how much prices within a solver's tolerance may fall short of the optimum."""
        reach = self.most.all - self.least.all
        return PRICES * float(reach[np.isfinite(reach)].sum())


class Grown:
    """An array that grows: parts are put together when it is looked at."""

    def __init__(self, kind: type) -> None:
        self._parts: list[npt.NDArray[Any]] = [np.empty(0, dtype=kind)]
        self._size = 0
        self.changes = 0

    def __len__(self) -> int:
        return self._size

    @property
    def all(self) -> npt.NDArray[Any]:
        """The array; not to be written to."""
        if len(self._parts) > 1:
            self._parts = [np.concatenate(self._parts)]
        return self._parts[0]

    def add(self, values: npt.NDArray[Any]) -> None:
        """Add at the end."""
        if len(values):
            self._parts.append(np.array(values, dtype=self._parts[0].dtype))
            self._size += len(values)

    def put(self, positions: Ints, values: npt.NDArray[Any]) -> None:
        """Change some."""
        if len(positions):
            self.all[positions] = values
            self.changes += 1


def _length(*arrays: npt.ArrayLike) -> int:
    sizes = {len(a) for a in map(np.asarray, arrays) if a.ndim}
    if len(sizes) > 1:
        raise ValueError(f"arrays of different lengths: {sorted(sizes)}")
    return sizes.pop() if sizes else 1


def _spread(values: npt.ArrayLike, number: int) -> Floats:
    return np.broadcast_to(np.asarray(values, dtype=float), number)


def _entries(terms: Sequence[Term]) -> tuple[Ints, Ints, Floats]:
    """Give rows, columns and coefficients of all terms, one after the other."""
    parts = [np.broadcast_arrays(*(np.atleast_1d(np.asarray(one)) for one in term)) for term in terms]
    if not parts:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp), np.empty(0)
    rows, columns, values = (np.concatenate([part[k].ravel() for part in parts]) for k in range(3))
    return rows.astype(np.intp), columns.astype(np.intp), values.astype(float)
