"""How drawn polygons fit together: overlaps, slivers, enclaves, islands, parts. Measured, never mended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from layout_planner.base.arrays import Ints
from layout_planner.base.messages import Text
from layout_planner.reading.faults import Faults, Table
from layout_planner.study.adjacency import border_pairs

LEAST_OVERLAP = 1.0
"""Square metres of an overlap or a gap; less is rounding."""
SLIVER_WIDTH = 20.0
"""Metres: a hole between units that is thinner than this was not meant."""
SCRAP = 0.01
"""A part smaller than this share of its unit is a scrap of the drawing."""

Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Topology:
    """How the polygons of one layer fit together; positions are those of the layer's rows.

    Parameters
    ----------
    pairs
        Neighbours, shape (n, 2), the smaller first.
    overlaps, overlap_areas
        Pairs that overlap by more than `LEAST_OVERLAP`, and by how many square metres.
    slivers
        Thin holes between units: (area in m², two of the units around it).
    enclaves
        Units wholly surrounded by one other: (unit, the one around it).
    islands
        Units that touch no other.
    groups
        Number of separate groups of units that hang together.
    parts
        Units of several parts: (unit, parts that are more than scraps).
    """

    pairs: Ints
    overlaps: Ints
    overlap_areas: npt.NDArray[np.float64]
    slivers: tuple[tuple[float, tuple[int, ...]], ...]
    enclaves: tuple[tuple[int, int], ...]
    islands: tuple[int, ...]
    groups: int
    parts: tuple[tuple[int, int], ...]


def measure_topology(polygons: gpd.GeoSeries) -> Topology:
    """Measure how polygons fit together.

    Parameters
    ----------
    polygons
        Valid polygons in metres, none missing.

    Returns
    -------
    Topology
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    shapes = np.asarray(polygons.array)
    pairs = border_pairs(shapes)
    shared = shapely.area(shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]]))
    over = shared > LEAST_OVERLAP
    degree = np.bincount(pairs.ravel(), minlength=len(shapes))
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(shapes), len(shapes)))
    groups, _ = connected_components(links, directed=False)
    return Topology(
        pairs=pairs,
        overlaps=pairs[over],
        overlap_areas=shared[over],
        slivers=tuple(_slivers(shapes)),
        enclaves=tuple(_enclaves(shapes, pairs, degree)),
        islands=tuple(np.flatnonzero(degree == 0).tolist()) if len(shapes) > 1 else (),
        groups=int(groups),
        parts=tuple(_parts(shapes)),
    )


def _slivers(shapes: Shapes) -> list[tuple[float, tuple[int, ...]]]:
    """Find the holes of the whole that are too thin to be lakes: 2 × area ÷ half the outline is about their width."""
    whole = shapely.get_parts(shapely.union_all(shapes))
    holes = [shapely.polygons(ring) for part in whole for ring in shapely.get_rings(part)[1:]]
    if not holes:
        return []
    areas, outlines = shapely.area(holes), shapely.length(holes)
    thin = np.flatnonzero((2 * areas < SLIVER_WIDTH * outlines / 2) & (areas > LEAST_OVERLAP))
    tree = shapely.STRtree(shapes)
    found = []
    for i in thin:
        around = np.unique(tree.query(holes[i], predicate="intersects"))[:2]
        found.append((float(areas[i]), tuple(int(a) for a in around)))
    return sorted(found, reverse=True)


def _enclaves(shapes: Shapes, pairs: Ints, degree: Ints) -> list[tuple[int, int]]:
    found = []
    for unit in np.flatnonzero(degree == 1):
        pair = pairs[(pairs == unit).any(axis=1)][0]
        around = int(pair[pair != unit][0])
        filled = shapely.union_all([shapely.polygons(part.exterior) for part in shapely.get_parts(shapes[around])])
        if shapely.covers(filled.buffer(0.01), shapes[unit]):
            found.append((int(unit), around))
    return found


def _parts(shapes: Shapes) -> list[tuple[int, int]]:
    several = np.flatnonzero(shapely.get_num_geometries(shapes) > 1)
    found = []
    for unit in several:
        areas = shapely.area(shapely.get_parts(shapes[unit]))
        real = int((areas > SCRAP * areas.sum()).sum())
        if real > 1:
            found.append((int(unit), real))
    return found


def warn_topology(table: Table, shapes: gpd.GeoSeries, names: Sequence[str], faults: Faults) -> None:
    """Note as warnings how a layer's polygons do not fit together; nothing is changed.

    Parameters
    ----------
    table, shapes
        The table and its valid polygons in metres, row for row.
    names
        What to call each row.
    faults
        Collects the warnings.
    """
    found = measure_topology(shapes)
    correct = Text("mend the layer's borders in your GIS.", "请在 GIS 中修正图层边界。")
    look = Text("look at it on a map: right if it is so on the ground.", "请在地图上核对；若实地如此则无需更改。")

    def warn(rows: Iterable[int], what: Text | Callable[[int], Text], mend: Text) -> None:
        faults.rows(table, list(rows), "geometry", what, mend, value=lambda at: names[at], warn=True)

    areas = {int(b): (int(a), float(m2)) for (a, b), m2 in zip(found.overlaps, found.overlap_areas, strict=True)}
    warn(
        sorted(areas, key=lambda unit: -areas[unit][1]),
        lambda at: Text(
            f"overlaps {names[areas[at][0]]} by {areas[at][1]:,.0f} m².",
            f"与 {names[areas[at][0]]} 重叠 {areas[at][1]:,.0f} 平方米。",
        ),
        correct,
    )
    if found.slivers:
        total = sum(area for area, _ in found.slivers)
        widest, around = found.slivers[0]
        between = " / ".join(names[i] for i in around)
        told = Text(
            f"{len(found.slivers)} slivers between units, {total:,.0f} m² together; the largest, {widest:,.0f} m², by "
            f"{between}.",
            f"单元之间有 {len(found.slivers)} 处缝隙，共 {total:,.0f} 平方米；最大一处 {widest:,.0f} 平方米，"
            f"邻 {between}。",
        )
        faults.add(table.file, told, correct, column="geometry", warn=True)
    ring = dict(found.enclaves)
    warn(
        ring,
        lambda at: Text(f"an enclave: only {names[ring[at]]} is around it.", f"飞地：四周均为 {names[ring[at]]}。"),
        look,
    )
    warn(found.islands, Text("an island: it touches no other unit.", "孤岛：不与任何单元相邻。"), look)
    parts = dict(found.parts)
    warn(
        parts,
        lambda at: Text(f"lies in {parts[at]} separate parts.", f"由 {parts[at]} 块不相连的部分组成。"),
        look,
    )
    if found.groups - len(found.islands) > 1:
        told = Text(
            f"the units form {found.groups} groups that do not touch.", f"各单元分为互不相邻的 {found.groups} 片。"
        )
        faults.add(table.file, told, look, column="geometry", warn=True)
