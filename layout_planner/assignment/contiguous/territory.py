"""The land under the zones: which places touch, where each school stands, and what lies apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from layout_planner.base.arrays import Floats, Ints
from layout_planner.study import Study
from layout_planner.study.adjacency import neighbours


@dataclass(frozen=True, eq=False)
class Territory:
    """Places as a graph.

    Parameters
    ----------
    edges
        Pairs of adjacent places (positions), bridges among them, shape (pairs, 2).
    home
        The place each school stands in, or the nearest, one a school.
    bridges
        Pairs of places that do not touch and were joined because the land beyond has too few seats: (island, shore).
    island
        For each place the number of its piece of land before bridges were laid.
    """

    edges: Ints
    home: Ints
    bridges: tuple[tuple[int, int], ...]
    island: Ints


def survey(study: Study, schools: pd.Index, demand: Floats, seats: Floats) -> Territory:
    """Find what touches what, and join islands that cannot seat their own children to the nearest shore.

    Parameters
    ----------
    schools
        The schools whose zones are drawn.
    demand, seats
        Children of each place and free seats of each school.
    """
    table = study.adjacency if len(study.adjacency) else neighbours(study.places.geometry)
    index = study.places.index
    edges = np.column_stack([index.get_indexer(table["place_a"]), index.get_indexer(table["place_b"])])
    edges = edges.astype(np.int64).reshape(-1, 2)
    home = homes(study, schools)
    bridges, island = _bridges(study, edges, home, demand, seats)
    both = np.concatenate([edges, np.array(bridges, dtype=np.int64).reshape(-1, 2)])
    return Territory(both, home, bridges, island)


def homes(study: Study, schools: pd.Index) -> Ints:
    """Give the position of the place each school stands in; where it stands in none, of the nearest."""
    tree = shapely.STRtree(study.places.geometry.to_numpy())
    at = tree.nearest(study.schools.geometry.reindex(schools).to_numpy())
    return np.asarray(at, dtype=np.int64).reshape(-1)


def _bridges(
    study: Study, edges: Ints, home: Ints, demand: Floats, seats: Floats
) -> tuple[tuple[tuple[int, int], ...], Ints]:
    """Join the piece of land that lacks most seats to the nearest other one, until every piece has enough."""
    n = len(study.places)
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n, n))
    count, label = connected_components(graph, directed=False)
    island = label.astype(np.int64)
    piece = island.copy()
    points = shapely.get_coordinates(study.place_points().to_numpy())
    bridges: list[tuple[int, int]] = []
    while count > 1:
        need = np.bincount(piece, weights=demand, minlength=piece.max() + 1)
        have = np.bincount(piece[home], weights=seats, minlength=piece.max() + 1)
        schools = np.bincount(piece[home], minlength=piece.max() + 1)
        present = np.bincount(piece, minlength=piece.max() + 1) > 0
        lacking = np.where(present & ((schools == 0) | (need > have)), need - have + (schools == 0), -np.inf)
        worst = int(np.argmax(lacking))
        if not np.isfinite(lacking[worst]):
            break
        inside, outside = np.flatnonzero(piece == worst), np.flatnonzero(piece != worst)
        if not len(outside):
            break
        away, nearest = _nearest(points[inside], points[outside])
        at = int(np.argmin(away))
        bridges.append((int(inside[at]), int(outside[nearest[at]])))
        piece[inside] = piece[bridges[-1][1]]
        count -= 1
    return tuple(bridges), island


def _nearest(points: Floats, others: Floats) -> tuple[Floats, Ints]:
    from scipy.spatial import cKDTree

    away, at = cKDTree(others).query(points)
    return np.asarray(away, dtype=np.float64), np.asarray(at, dtype=np.int64)
