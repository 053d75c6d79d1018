"""Names for the arrays that the rooms pass on to each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Positions = NDArray[np.intp]
"""Positions in other arrays, as numpy's own sorting and searching give them."""
Bools = NDArray[np.bool_]
Words = NDArray[np.uint64]
"""Sets of small numbers, one bit each."""
