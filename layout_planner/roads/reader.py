"""Roads from OpenStreetMap extracts, osmnx graphs and any line layer, cut where they meet.

Every reader ends in one line layer: LineStrings whose end points are the junctions, and the columns of `ROAD_COLUMNS`.
Layers from OpenStreetMap have those of `OSM_COLUMNS` too.
"""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd

from layout_planner.base.errors import DataError, Fault
from layout_planner.base.messages import Text
from layout_planner.base.shapefiles import read_cut_names
from layout_planner.roads.layers import roads_from_lines
from layout_planner.roads.osm import OSM_COLUMNS, ROAD_COLUMNS, read_graphml, read_osm

__all__ = ["OSM_COLUMNS", "ROAD_COLUMNS", "read_roads", "roads_from_lines"]


def read_roads(path: str | os.PathLike[str], crs: str | None = None, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read roads of any kind as one line layer, cut at every point two of them share.

    Parameters
    ----------
    path
        `.osm.pbf` or `.osm` (OpenStreetMap), `.graphml` (osmnx), or anything geopandas reads.
    crs
        The metric CRS to give them in; None for the UTM zone of the data.
    layer
        Which layer of a file that holds several.

    Returns
    -------
    GeoDataFrame
        LineStrings with `ROAD_COLUMNS`, and whatever else a line layer carried; index 0…n−1.

    Raises
    ------
    DataError
        The file cannot be read, holds no roads, or does not say its CRS.
    """
    name = Path(path).name
    try:
        if name.lower().endswith((".osm.pbf", ".osm", ".osm.bz2", ".osm.gz", ".pbf")):
            roads = read_osm(path)
        elif name.lower().endswith(".graphml"):
            roads = read_graphml(path)
        else:
            roads = _read_layer(path, layer)
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        if isinstance(error, DataError):
            raise
        raise _fault(
            name,
            f"cannot be read as roads ({error}).",
            f"无法作为道路读取（{error}）。",
            "give an .osm.pbf, .osm, .graphml or a line layer.",
            "请提供 .osm.pbf、.osm、.graphml 或线图层。",
        ) from error
    if not len(roads):
        raise _fault(name, "holds no roads.", "其中没有道路。", "choose another file or layer.", "请换文件或图层。")
    return roads.to_crs(crs if crs is not None else roads.estimate_utm_crs())


def _fault(file: str, en: str, zh: str, mend_en: str, mend_zh: str) -> DataError:
    return DataError([Fault(file, Text(en, zh), Text(mend_en, mend_zh))])


def _read_layer(path: str | os.PathLike[str], layer: str | None) -> gpd.GeoDataFrame:
    """Read any line layer; the class is found under a known header and in known words."""
    name = Path(path).name
    if not Path(path).exists():
        raise _fault(name, "there is no such file.", "文件不存在。", "correct the path.", "请更正路径。")
    if Path(path).suffix.lower() in (".parquet", ".geoparquet"):
        found = gpd.read_parquet(path)
    else:
        try:
            found = gpd.read_file(path, **({} if layer is None else {"layer": layer}))
        except UnicodeDecodeError:
            plain = read_cut_names(Path(path), layer)
            if plain is None:
                raise
            found = plain
    if found.crs is None:
        raise _fault(
            name,
            "does not say its coordinate system.",
            "未注明坐标系。",
            "add the .prj file, or set the CRS when saving.",
            "请补 .prj 文件，或在保存时注明坐标系。",
        )
    return roads_from_lines(found)
