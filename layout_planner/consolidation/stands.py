"""Where sites stand among the places, and which places touch: what contiguous zones are drawn on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Bools, Ints
from layout_planner.study import Study


def neighbours_of(study: Study) -> Ints:
    """Give the pairs of adjacent places by position, shape (edges, 2)."""
    at = [study.places.index.get_indexer(study.adjacency[column]) for column in ("place_a", "place_b")]
    return np.column_stack(at).astype(np.int64)


def stands_of(study: Study, schools: pd.Index, uses: Bools) -> Ints:
    """Give the place each school stands in, all different among those in use; 0 for the others.

    A school stands in the area it lies in, else in the place nearest to it. Where two share a place, the one nearer
    to its point has it, and the other the next place free.
    """
    points = study.schools.geometry.reindex(schools)
    places = study.places.geometry
    grounds = study.place_points()
    xy = np.column_stack([grounds.x, grounds.y])
    stands = np.zeros(len(schools), dtype=np.int64)
    wanted: list[tuple[float, int, list[int]]] = []
    for at in np.flatnonzero(uses).tolist():
        point = points.iloc[at]
        far = np.hypot(xy[:, 0] - point.x, xy[:, 1] - point.y)
        inside = places.sindex.query(point, predicate="intersects")
        order = [*sorted(int(i) for i in inside), *(int(i) for i in np.argsort(far, kind="stable"))]
        wanted.append((float(far[order[0]]), at, order))
    taken: set[int] = set()
    for _, at, order in sorted(wanted):
        place = next(i for i in order if i not in taken)
        stands[at] = place
        taken.add(place)
    return stands
