"""The text format in which Kong publishes service area and location instances."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from layout_planner.base.arrays import Floats, Ints


class Files(NamedTuple):
    """What the two files of an instance hold: n units, of which those with seats are facilities."""

    ids: Ints
    people: Floats
    edges: Ints
    """Pairs of adjacent units: every row of the connectivity file, whatever distance it gives."""
    home: Ints
    """The units that are facilities; seats and opening cost belong to them, in this order."""
    seats: Floats
    opening: Floats
    kilometres: Floats
    """Straight lines, n × facilities."""


def read_files(units: Path, connectivity: Path) -> Files:
    """Read the two text files of an instance."""
    table = np.genfromtxt(units, skip_header=1)
    pairs = np.genfromtxt(connectivity, delimiter=",", skip_header=1, usecols=(1, 2)).astype(np.int64)
    ids = table[:, 0].astype(np.int64)
    order = np.argsort(ids)
    home = np.flatnonzero(table[:, 6] > 0)
    xy = table[:, 2:4]
    return Files(
        ids=ids,
        people=table[:, 1],
        edges=order[np.searchsorted(ids[order], pairs)],
        home=home,
        seats=table[home, 6],
        opening=table[home, 5],
        kilometres=np.hypot(*np.moveaxis(xy[:, None, :] - xy[None, home, :], 2, 0)) / 1000,
    )
