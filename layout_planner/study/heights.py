"""Which cells of an elevation raster hold no height, though no tag says so."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

LOWEST, HIGHEST = -500.0, 9_000.0
"""Metres: the shore of the Dead Sea lies at -430, the highest peak at 8,849; −32768 and −9999 are marks of a void."""
_NO_SEA = 50.0


def find_voids(grid: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Mark the cells that hold no height.

    Parameters
    ----------
    grid
        Metres; NaN where the raster itself says that there is none.

    Returns
    -------
    ndarray
        True where there is none, where no height on land can be so low or high, and where a zero lies in a raster whose
        every other height is more than 50 m: there is no sea.
    """
    with np.errstate(invalid="ignore"):
        void = ~((grid > LOWEST) & (grid < HIGHEST))
        zero = ~void & (grid == 0.0)
    if zero.any():
        others = grid[~void & ~zero]
        if len(others) and others.min() > _NO_SEA:
            void |= zero
    return void
