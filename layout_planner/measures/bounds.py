"""The bounds of zones in words (四至): what lies to the east, south, west and north, and whose zone a point is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layout_planner.base.arrays import Floats, Positions
from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.base.units import in_units
from layout_planner.reading.coordinates import declared
from layout_planner.study import Study
from layout_planner.study.mosaic import first_around
from layout_planner.study.shift import unshift
from layout_planner.travel.cells import cells_of, outline

Shapes = npt.NDArray[np.object_]

SIDES = ("east", "south", "west", "north")
"""The four bounds, in the order they are read out (东南西北)."""

STEP = 50.0
"""Metres: borders are looked at piece by piece, none longer."""

ALONG = 40.0
"""Metres within which a border runs along a road or a river: about half a wide street and its verge."""

WORTH_NAMING = 0.2
"""A thing is named when it makes up so much of a side, or is the longest."""

MOST_NAMED = 3
"""Things named on one side at most."""

COUNTY_LINE = Text("the boundary of the region", "区域边界")


@dataclass(frozen=True, eq=False)
class _Things:
    """What borders may run along: named lines and banks, borders of townships, the region's outline, places."""

    lines: Shapes
    names: Sequence[str]
    townships: Shapes
    township_names: Sequence[str]
    outline: shapely.Geometry
    cells: Shapes
    place_names: Sequence[str]


@in_units()
def describe_bounds(study: Study, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Put the bounds of zones into words, side by side: by named roads and rivers, townships, and neighbouring places.

    Each piece of a zone's border (of its largest part) belongs to the side it lies on as seen from the middle of the
    zone. It runs along a named road or river where one lies within `ALONG` metres; else along the outline of the
    region, or the border of another township; else the place beyond is named. A side tells what makes up a fifth of it
    or more, longest first.

    Parameters
    ----------
    study
        Its roads and water count where they have names.
    zones
        Polygons in the study's CRS (`draw_zones`); index school_id.

    Returns
    -------
    DataFrame
        Index as given, columns `SIDES`, texts in the reader's language ("" for a side no border lies on).
    """
    things = _things(study)
    rows = [_bounds(things, shape) for shape in zones.geometry]
    return pd.DataFrame(rows, index=zones.index, columns=list(SIDES), dtype="str")


def find_school(
    zones: gpd.GeoDataFrame, lon: float | Sequence[float], lat: float | Sequence[float], coordinates: str = "wgs84"
) -> pd.Series[str]:
    """Say which school points belong to.

    Parameters
    ----------
    zones
        Polygons in a metric CRS (`draw_zones`); index school_id.
    lon, lat
        Degrees, or eastings and northings where `coordinates` names a projected CRS; numbers or sequences.
    coordinates
        What they are in: "wgs84", "cgcs2000", "gcj02" (Amap, Tencent), "bd09" (Baidu) or "EPSG:n". A wrong
        declaration moves a point by up to 700 m.

    Returns
    -------
    Series
        School ids (several with ";" in a shared zone), "" for a point in no zone; in the order of the points. On a
        border the smaller id has it.

    Raises
    ------
    DataError
        Unknown coordinates, or not as many longitudes as latitudes.
    """
    known = declared(coordinates)
    if known is None:
        raise refuse(
            f'coordinates="{coordinates}" is unknown',
            f"coordinates=“{coordinates}”未知",
            'use "wgs84", "cgcs2000", "gcj02", "bd09" or "EPSG:n"',
            "可用 wgs84、cgcs2000、gcj02、bd09 或 EPSG:n",
        )
    x, y = np.atleast_1d(np.asarray(lon, dtype=np.float64)), np.atleast_1d(np.asarray(lat, dtype=np.float64))
    if x.shape != y.shape or x.ndim != 1:
        raise refuse(
            f"{x.size} longitudes and {y.size} latitudes",
            f"经度 {x.size} 个、纬度 {y.size} 个",
            "give one of each a point",
            "每个点须各有一个经度和纬度",
        )
    if known.shift is not None:
        x, y = unshift(x, y, known.shift)
    points = np.asarray(gpd.GeoSeries(gpd.points_from_xy(x, y), crs=known.crs).to_crs(zones.crs).array)
    ordered = zones.sort_index()
    zone = first_around(points, np.asarray(ordered.geometry.array))
    return pd.Series([ordered.index[at] if at >= 0 else "" for at in zone], dtype="str", name="school_id")


def _things(study: Study) -> _Things:
    lines, names = [], []
    for layer in (study.roads, study.extra.get("water")):
        if not isinstance(layer, gpd.GeoDataFrame) or "name" not in layer:
            continue
        named = layer.loc[layer["name"].notna() & (layer["name"].astype("string").str.strip() != "").fillna(False)]
        shapes = np.asarray(named.geometry.array)
        areal = shapely.get_dimensions(shapes) == 2
        lines.append(np.where(areal, shapely.boundary(shapes), shapes))
        names += [str(name).strip() for name in named["name"]]
    cells = cells_of(study)
    towns = study.townships.loc[~study.townships.geometry.is_empty & study.townships.geometry.notna()]
    place_names = study.places.get("name", study.places.index)
    return _Things(
        np.concatenate(lines) if lines else np.empty(0, dtype=object),
        names,
        np.asarray(towns.geometry.array),
        [str(name) for name in towns["name"]] if "name" in towns else [str(i) for i in towns.index],
        shapely.boundary(outline(study)),
        np.asarray(cells.array),
        [str(name) for name in place_names],
    )


def _bounds(things: _Things, shape: shapely.Geometry) -> list[str]:
    """Put one zone into words; in the order of `SIDES`."""
    if shape.is_empty:
        return [""] * len(SIDES)
    parts = shapely.get_parts(shape)
    main = shapely.orient_polygons(parts[np.argmax(shapely.area(parts))])
    ring = shapely.get_coordinates(shapely.segmentize(main.exterior, STEP))
    run = np.diff(ring, axis=0)
    length = np.hypot(run[:, 0], run[:, 1])
    ring_middle = (ring[:-1] + ring[1:])[length > 0] / 2
    run, length = run[length > 0], length[length > 0]
    # The ring turns left, so outside lies to the right of each step.
    outward = np.column_stack([run[:, 1], -run[:, 0]]) / length[:, None]
    what = _along(things, ring_middle, outward)
    side = _side(main, ring_middle)
    told = []
    for at in range(len(SIDES)):
        mine = side == at
        sums = pd.Series(length[mine]).groupby(np.asarray(what, dtype=object)[mine], sort=False).sum()
        sums = sums.drop("", errors="ignore").sort_values(ascending=False, kind="stable")
        shown = sums.index[(sums / max(length[mine].sum(), 1e-9)) >= WORTH_NAMING][:MOST_NAMED]
        told.append(str(Text(", ", "、")).join(shown if len(shown) else sums.index[:1]))
    return told


def _side(shape: shapely.Geometry, points: Floats) -> Positions:
    """Tell on which side of a shape points lie, as positions in `SIDES`, its own width and height being the measure."""
    west, south, east, north = shape.bounds
    middle = shapely.get_coordinates(shape.centroid)[0]
    dx, dy = ((points - middle) / [max(east - west, 1e-9), max(north - south, 1e-9)]).T
    flat = np.abs(dx) >= np.abs(dy)
    return np.where(flat, np.where(dx >= 0, 0, 2), np.where(dy >= 0, 3, 1)).astype(np.intp)


def _along(things: _Things, points: Floats, outward: Floats) -> list[str]:
    """Name what each piece of border runs along; "" where nothing is known."""
    here = shapely.points(points)
    beyond = shapely.points(points + outward)
    answer = np.full(len(points), "", dtype=object)
    place = first_around(beyond, things.cells)
    answer[place >= 0] = np.asarray(things.place_names, dtype=object)[place[place >= 0]]
    within = shapely.points(points - outward)
    inner, outer = (first_around(where, things.townships) for where in (within, beyond))
    other = (outer >= 0) & (outer != inner)
    names = [str(Text(f"the border of {name}", f"{name}界")) for name in things.township_names]
    answer[other] = np.asarray([*names, ""], dtype=object)[outer[other]]
    answer[shapely.dwithin(here, things.outline, 1.0)] = str(COUNTY_LINE)
    if len(things.lines):
        point, line = shapely.STRtree(things.lines).query_nearest(here, max_distance=ALONG, all_matches=False)
        answer[point] = np.asarray(things.names, dtype=object)[line]
    return [str(name) for name in answer]
