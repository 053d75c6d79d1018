"""Lines cut where they meet, and given a common point where they cross."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Lines cut at junctions.

    Parameters
    ----------
    lines, line
        LineStrings, and the line each was cut from, (m,).
    first, last
        Ids of their end points, (m,).
    node, piece
        The pieces' points one after the other: id, and the piece each belongs to.
    """

    lines: npt.NDArray[np.object_]
    line: Ids
    first: Ids
    last: Ids
    node: Ids
    piece: Ids

    def count(self, nodes: Ids) -> npt.NDArray[np.float64]:
        """Count how many of some nodes lie on each piece, those at an end by half."""
        hit = np.isin(self.node, nodes)
        starts = np.r_[True, self.piece[1:] != self.piece[:-1]]
        ends = np.r_[starts[1:], True]
        weight = np.where(hit, np.where(starts | ends, 0.5, 1.0), 0.0)
        return np.bincount(self.piece, weights=weight).astype(np.float64)


def cut_at_junctions(
    xy: npt.NDArray[np.float64], line: Ids, node: Ids, also: npt.NDArray[np.bool_] | None = None
) -> Pieces:
    """Cut lines at every point that several lines (or one line twice) pass through.

    Parameters
    ----------
    xy
        The lines' points one after the other, (n, 2).
    line
        Which line each point belongs to, ascending, (n,).
    node
        What makes two points the same: an id, (n,).
    also
        Points to cut at besides, (n,).
    """
    again = np.zeros(len(node), dtype=bool)
    again[1:] = (node[1:] == node[:-1]) & (line[1:] == line[:-1])
    also = np.zeros(len(node), dtype=bool) if also is None else also
    xy, line, node, also = xy[~again], line[~again], node[~again], also[~again]
    _, which, times = np.unique(node, return_inverse=True, return_counts=True)
    first = np.r_[True, line[1:] != line[:-1]]
    last = np.r_[first[1:], True]
    cut = ((times[which] > 1) | also) & ~first & ~last
    # A point that is cut at ends one piece and begins the next: it is written twice.
    copies = np.where(cut, 2, 1)
    at = np.repeat(np.arange(len(node)), copies)
    begins = np.zeros(len(at), dtype=bool)
    begins[(np.cumsum(copies) - 1)[cut | first]] = True
    piece = np.cumsum(begins) - 1
    long_enough = np.bincount(piece) > 1
    keep = long_enough[piece]
    renumbered = (np.cumsum(long_enough) - 1)[piece[keep]]
    at = at[keep]
    starts = np.flatnonzero(np.r_[True, renumbered[1:] != renumbered[:-1]])
    ends = np.r_[starts[1:], len(at)] - 1
    lines = shapely.linestrings(xy[at], indices=renumbered)
    return Pieces(lines, line[at[starts]], node[at[starts]], node[at[ends]], node[at], renumbered)


def same_points(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Give points an id by their place: a millimetre apart (or 1e-8 degrees) is the same."""
    digits = 8 if len(xy) and np.abs(xy).max() <= 360 else 3
    rounded = np.round(xy, digits) + 0.0
    return np.unique(rounded[:, 0] + 1j * rounded[:, 1], return_inverse=True)[1]


def join_crossings(lines: npt.NDArray[np.object_], snap: float) -> npt.NDArray[np.object_]:
    """Give lines a common point wherever two of them cross, or one ends on another.

    Parameters
    ----------
    lines
        LineStrings, (n,).
    snap
        How far an end may miss the line it meets, in units of the lines; the end is moved onto it.

    Returns
    -------
    ndarray
        The lines with those points put in, (n,).
    """
    a, b = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=snap)
    a, b = a[a != b], b[a != b]
    along: dict[int, list[tuple[float, float, float]]] = {}

    def put_in(line: npt.NDArray[np.int64], points: npt.NDArray[np.object_]) -> None:
        where = shapely.line_locate_point(lines[line], points)
        for i, at, (x, y) in zip(line.tolist(), where.tolist(), shapely.get_coordinates(points).tolist(), strict=True):
            along.setdefault(i, []).append((at, x, y))

    lines = _ends_snapped(lines, a, b, snap, put_in)
    first = a < b
    crossing = shapely.intersection(lines[a[first]], lines[b[first]])
    parts, of = shapely.get_parts(crossing, return_index=True)
    point = shapely.get_type_id(parts) == 0
    put_in(a[first][of[point]], parts[point])
    put_in(b[first][of[point]], parts[point])
    joined = lines.copy()
    for i, points in along.items():
        xy = shapely.get_coordinates(lines[i])
        far = np.r_[0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T))]
        new = np.array(points)
        order = np.argsort(np.r_[far, new[:, 0]], kind="stable")
        joined[i] = shapely.LineString(np.vstack([xy, new[:, 1:]])[order])
    return joined


def _ends_snapped(
    lines: npt.NDArray[np.object_], a: npt.NDArray[np.int64], b: npt.NDArray[np.int64], snap: float, put_in: Any
) -> npt.NDArray[np.object_]:
    """Move ends of the lines a that stop short of (or on) the inside of b onto it, and give b a point there."""
    moved = lines.copy()
    for end in (0, -1):
        tips = shapely.get_point(lines[a], end)
        gap = shapely.distance(tips, lines[b])
        at = shapely.line_locate_point(lines[b], tips)
        inside = (gap <= snap) & (at > snap) & (at < shapely.length(lines[b]) - snap)
        near = np.flatnonzero(inside)
        near = near[np.lexsort((gap[near], a[near]))]
        near = near[np.unique(a[near], return_index=True)[1]]  # the nearest line of each
        on = shapely.line_interpolate_point(lines[b[near]], at[near])
        put_in(b[near], on)
        for i, target in zip(a[near].tolist(), on, strict=True):
            xy = shapely.get_coordinates(moved[i])
            xy[end] = shapely.get_coordinates(target)[0]
            moved[i] = shapely.LineString(xy)
    return moved
