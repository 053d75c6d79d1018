"""Hazards: what a child on foot may not cross, or only at a cost of minutes."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import shapely.ops

from layout_planner.base.errors import TravelError
from layout_planner.base.messages import Text
from layout_planner.study import Study
from layout_planner.travel.network import truth

BARRIERS = ("river", "water", "arterial", "railway", "barrier", "河流", "水域", "干道", "铁路", "屏障")
"""Kinds of hazard that nobody crosses on foot where the table says nothing else; a bridge or a tunnel takes one over
or under. Other kinds (no_pavement, flood, landslide …) are named on the ways that meet them, and cost nothing unless
the table says so."""

_LINE_HALF_WIDTH = 1.0  # a line hazard is met as a strip: crossing it is a piece of road two metres long


def hazards_of(study: Study) -> gpd.GeoDataFrame | None:
    """Give the study's hazards as polygons with `kind`, `name`, `minutes` (inf: may not be crossed) and `strip`.

    Parameters
    ----------
    study
        `extra["hazards"]`: lines or polygons with `kind` and `name`. Column `closed` (yes or no) tells whether one may
        cross on foot, `minutes` what a crossing costs; where both are empty the kind decides (`BARRIERS`). Rows with
        `active` = no are left out.

    Raises
    ------
    TravelError
        The table holds no geometry, or a negative cost.
    """
    given = study.extra.get("hazards")
    if given is None or not len(given):
        return None
    if not isinstance(given, gpd.GeoDataFrame):
        raise TravelError(
            str(
                Text(
                    "the hazards have no geometry; give lines or polygons (gpkg, geojson, shp).",
                    "危险区域表没有几何；请提供线或面（gpkg、geojson、shp）。",
                )
            )
        )
    if "active" in given:
        given = given.loc[given["active"].isna().to_numpy() | truth(given["active"])]
    given = given.to_crs(study.crs) if given.crs is not None else given
    shapes = given.geometry.to_numpy()
    strip = shapely.get_dimensions(shapes) < 2
    shapes = np.where(strip, shapely.buffer(shapes, _LINE_HALF_WIDTH), shapes)
    minutes = pd.to_numeric(given["minutes"], errors="coerce") if "minutes" in given else pd.Series(np.nan, given.index)
    if (minutes < 0).any():
        raise TravelError(
            str(Text("a hazard cannot cost negative minutes; correct the table.", "危险区域的分钟数不能为负；请更正。"))
        )
    kind = given["kind"].astype("string").fillna("") if "kind" in given else pd.Series("", given.index)
    closed = kind.isin(BARRIERS) & minutes.isna()
    if "closed" in given:
        closed = closed.where(given["closed"].isna(), truth(given["closed"]))
    table = {
        "kind": kind,
        "name": given["name"].astype("string").fillna("") if "name" in given else "",
        "minutes": minutes.fillna(0.0).mask(closed.astype(bool), np.inf).to_numpy(),
        "strip": strip,
    }
    return gpd.GeoDataFrame(
        pd.DataFrame(table, index=given.index), geometry=shapely.make_valid(shapes), crs=study.crs
    ).reset_index(drop=True)


def cut_by_hazards(roads: gpd.GeoDataFrame, hazards: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut the roads where they enter and leave hazards.

    Returns
    -------
    GeoDataFrame
        The roads, with columns `hazard` (what the piece lies in, "" for none; several with ";") and `hazard_minutes`
        (what passing it costs, inf where it is closed). A crossing of a line costs once, however aslant; a road that
        only ends on the line pays half.
    """
    hazards = hazards.loc[hazards["minutes"] > 0].reset_index(drop=True)
    roads = roads.explode(ignore_index=True)
    lines = roads.geometry.to_numpy()
    over = np.zeros(len(roads), dtype=bool)
    for column in ("bridge", "tunnel"):
        if column in roads:
            over |= truth(roads[column])
    safe_over = hazards["kind"].isin(BARRIERS).to_numpy()
    road, hazard = shapely.STRtree(hazards.geometry.to_numpy()).query(lines, predicate="intersects")
    met = ~(over[road] & safe_over[hazard])
    touched = pd.Series(hazard[met]).groupby(road[met]).agg(list)
    whole = roads.loc[~roads.index.isin(touched.index)].assign(hazard="", hazard_minutes=0.0)
    source: list[int] = []
    pieces: list[shapely.Geometry] = []
    names: list[str] = []
    costs: list[float] = []
    for row, crossed in touched.items():
        for piece, inside in _pieces(lines[row], hazards.geometry.to_numpy(), crossed):
            source.append(int(str(row)))
            pieces.append(piece)
            names.append(";".join(str(hazards["name"].iat[h] or hazards["kind"].iat[h]) for h in inside))
            costs.append(sum(_cost(piece, hazards, h) for h in inside))
    cut = (
        roads.iloc[source]
        .assign(hazard=names, hazard_minutes=costs)
        .set_geometry(np.array(pieces, dtype=object), crs=roads.crs)
    )
    return gpd.GeoDataFrame(pd.concat([whole, cut], ignore_index=True), crs=roads.crs)


def _pieces(
    line: shapely.LineString, shapes: npt.NDArray[np.object_], crossed: list[int]
) -> list[tuple[shapely.LineString, list[int]]]:
    """Cut one line at the borders of the hazards it meets; tell for each piece which it lies in."""
    at = {0.0, line.length}
    for h in crossed:
        marks = shapely.get_parts(shapely.intersection(line, shapely.boundary(shapes[h])))
        for mark in marks:
            ends = shapely.points(shapely.get_coordinates(mark))
            at.update(shapely.line_locate_point(line, ends).tolist())
    stations = sorted(at)
    found = []
    for low, high in pairwise(stations):
        if high - low < 1e-6:
            continue
        piece = shapely.ops.substring(line, low, high)
        middle = shapely.line_interpolate_point(piece, 0.5, normalized=True)
        found.append((piece, [h for h in crossed if shapely.intersects(shapes[h], middle)]))
    return found


def _cost(piece: shapely.LineString, hazards: gpd.GeoDataFrame, h: int) -> float:
    minutes = float(hazards["minutes"].iat[h])
    if np.isinf(minutes):
        return minutes
    if not hazards["strip"].iat[h]:
        return minutes
    return minutes * min(1.0, piece.length / (2 * _LINE_HALF_WIDTH))
