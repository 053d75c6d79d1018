"""Roads from OpenStreetMap extracts, osmnx graphs and any line layer, cut where they meet.

Every reader ends in one line layer: LineStrings whose end points are the junctions, and the columns of `ROAD_COLUMNS`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layout_planner.base.errors import DataError, Fault
from layout_planner.base.messages import Text

ROAD_COLUMNS = ("class", "name", "oneway", "bridge", "tunnel", "ford", "pavement", "foot", "lit")
"""class: motorway | trunk | secondary | tertiary | village | path. oneway … ford: yes or no. pavement, foot (may one
walk here) and lit: yes, no, or unknown (None)."""

_HIGHWAY = {
    "motorway": "motorway",
    "trunk": "trunk",
    "primary": "trunk",
    "secondary": "secondary",
    "tertiary": "tertiary",
    **dict.fromkeys(("unclassified", "residential", "living_street", "service", "road", "busway"), "village"),
    **dict.fromkeys(("track", "pedestrian", "footway", "path", "steps", "cycleway", "bridleway"), "path"),
}
"""OSM's highway=* → our class (links as their road); what is absent here (construction, raceway …) is no road."""

_WORDS = {
    "高速": "motorway", "高速公路": "motorway", "国道": "trunk", "省道": "trunk", "一级": "trunk", "二级": "trunk",
    "主干路": "trunk", "主干道": "trunk", "县道": "secondary", "三级": "secondary", "次干路": "secondary",
    "次干道": "secondary", "乡道": "tertiary", "支路": "tertiary", "四级": "village", "村道": "village",
    "等外": "village", "小路": "path", "步道": "path",
}  # fmt: skip
"""Road classes as Chinese layers write them."""

_CLASS_HEADERS = ("class", "highway", "fclass", "type", "道路等级", "技术等级", "等级", "道路类型", "类型")
_LEVEL_HEADERS = ("bridge", "tunnel", "layer", "level", "z_order", "桥梁", "桥", "隧道", "层级")
_SNAP_METRES = 0.5
"""An end that misses another line by less was meant to meet it."""
_METRES_A_DEGREE = 111_000.0
_NAME_HEADERS = ("name", "名称", "路名", "道路名称")
_TAGS = ("highway", "name", "oneway", "junction", "bridge", "tunnel", "ford", "sidewalk", "foot", "access", "lit")
_NO = ("no", "none", "false", "0", "separate")


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
            roads = _read_osm(path)
        elif name.lower().endswith(".graphml"):
            roads = _read_graphml(path)
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


def cut_at_junctions(
    xy: npt.NDArray[np.float64], line: npt.NDArray[np.int64], node: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """Cut lines at every point that several lines (or one line twice) pass through.

    Parameters
    ----------
    xy
        The lines' points one after the other, (n, 2).
    line
        Which line each point belongs to, ascending, (n,).
    node
        What makes two points the same: an id, (n,).

    Returns
    -------
    tuple
        LineStrings, and the line each was cut from.
    """
    again = np.zeros(len(node), dtype=bool)
    again[1:] = (node[1:] == node[:-1]) & (line[1:] == line[:-1])
    xy, line, node = xy[~again], line[~again], node[~again]
    _, which, times = np.unique(node, return_inverse=True, return_counts=True)
    first = np.r_[True, line[1:] != line[:-1]]
    last = np.r_[first[1:], True]
    cut = (times[which] > 1) & ~first & ~last
    # A point that is cut at ends one piece and begins the next: it is written twice.
    copies = np.where(cut, 2, 1)
    at = np.repeat(np.arange(len(node)), copies)
    begins = np.zeros(len(at), dtype=bool)
    begins[(np.cumsum(copies) - 1)[cut | first]] = True
    piece = np.cumsum(begins) - 1
    long_enough = np.bincount(piece) > 1
    keep = long_enough[piece]
    renumbered = (np.cumsum(long_enough) - 1)[piece[keep]]
    pieces = shapely.linestrings(xy[at[keep]], indices=renumbered)
    return pieces, line[at[begins]][long_enough]


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


def _read_osm(path: str | os.PathLike[str]) -> gpd.GeoDataFrame:
    import osmium

    rows: list[tuple[str | None, ...]] = []
    refs: list[int] = []
    counts: list[int] = []
    lonlat: list[float] = []
    ways = osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    way: Any
    for way in ways.with_filter(osmium.filter.KeyFilter("highway")):
        known = [node for node in way.nodes if node.location.valid()]  # an extract is cut at its border
        if len(known) < 2:
            continue
        tags = way.tags
        rows.append(tuple(tags.get(tag) for tag in _TAGS))
        counts.append(len(known))
        for node in known:
            refs.append(node.ref)
            lonlat += (node.location.lon, node.location.lat)
    table = pd.DataFrame(rows, columns=list(_TAGS), dtype=object)
    line = np.repeat(np.arange(len(counts)), counts)
    return _from_tags(table, np.reshape(np.array(lonlat, dtype=float), (-1, 2)), line, np.array(refs), "EPSG:4326")


def _from_tags(
    tags: pd.DataFrame, xy: npt.NDArray[np.float64], line: npt.NDArray[np.int64], node: npt.NDArray[np.int64], crs: Any
) -> gpd.GeoDataFrame:
    """Turn OSM ways (tags, points, ids of points) into the road layer."""
    table = _tag_columns(tags)
    barred = tags["access"].isin(("no", "private")) & ~tags["foot"].isin(("yes", "designated", "permissive"))
    good = (table["class"].notna() & ~barred).to_numpy()
    keep = good[line]
    if not keep.any():
        return gpd.GeoDataFrame(columns=[*ROAD_COLUMNS, "geometry"], geometry="geometry", crs=crs)
    pieces, source = cut_at_junctions(xy[keep], line[keep], node[keep])
    backward = tags["oneway"].isin(("-1", "reverse")).to_numpy()[source]
    pieces[backward] = shapely.reverse(pieces[backward])
    return gpd.GeoDataFrame(table.iloc[source].reset_index(drop=True), geometry=pieces, crs=crs)


def _tag_columns(tags: pd.DataFrame) -> pd.DataFrame:
    """Read OSM tags as `ROAD_COLUMNS`."""
    highway = tags["highway"].astype("string").str.removesuffix("_link")
    kind = highway.map(_HIGHWAY).astype(object)
    text = {tag: tags[tag].astype("string").str.lower() for tag in _TAGS}

    def yes(tag: str) -> pd.Series:
        return (text[tag].notna() & ~text[tag].isin(_NO)).astype(bool)

    def known(tag: str) -> pd.Series:
        return yes(tag).astype(object).where(text[tag].notna() & (text[tag] != "separate"), None)

    round_about = text["junction"].isin(("roundabout", "circular")) | (highway == "motorway")
    oneway = text["oneway"].isin(("yes", "true", "1", "-1", "reverse")) | (round_about & text["oneway"].isna())
    foot = known("foot")
    return pd.DataFrame(
        {
            "class": kind.where(highway.isin(_HIGHWAY), None),
            "name": tags["name"].astype(object).where(tags["name"].notna(), None),
            "oneway": oneway.fillna(False).astype(bool),
            "bridge": yes("bridge"),
            "tunnel": yes("tunnel"),
            "ford": yes("ford"),
            "pavement": known("sidewalk"),
            "foot": foot,
            "lit": known("lit"),
        }
    )


def _read_graphml(path: str | os.PathLike[str]) -> gpd.GeoDataFrame:
    """Read a graph that osmnx saved; of the two directions of a street one line is kept."""
    import networkx as nx

    graph = nx.read_graphml(path)
    x = {v: float(d["x"]) for v, d in graph.nodes(data=True)}
    y = {v: float(d["y"]) for v, d in graph.nodes(data=True)}
    rows, lines, seen = [], [], set()
    for u, v, data in graph.edges(data=True):
        line = (
            shapely.from_wkt(data["geometry"])
            if "geometry" in data
            else shapely.LineString([(x[u], y[u]), (x[v], y[v])])
        )
        both_ways = str(data.get("oneway", "False")).lower() not in ("true", "1", "yes")
        if both_ways:
            key = (min(u, v), max(u, v), round(line.length, 9))
            if key in seen:
                continue
            seen.add(key)
        rows.append({tag: _first(data.get(tag)) for tag in _TAGS} | {"oneway": "no" if both_ways else "yes"})
        lines.append(line)
    crs = graph.graph.get("crs", "EPSG:4326")
    tags = pd.DataFrame(rows, columns=list(_TAGS), dtype=object)
    tags["junction"] = None  # osmnx has settled who is one-way, and turned the lines accordingly
    return _from_lines(tags, np.array(lines, dtype=object), crs)


def _first(value: object) -> str | None:
    """Take the first of a list that osmnx wrote as text: "['a', 'b']"."""
    if value is None:
        return None
    text = str(value)
    return text.strip("[]").split(",")[0].strip(" '\"") if text.startswith("[") else text


def _from_lines(tags: pd.DataFrame, lines: npt.NDArray[np.object_], crs: Any) -> gpd.GeoDataFrame:
    xy, line = shapely.get_coordinates(lines, return_index=True)
    return _from_tags(tags, xy, line, _same_points(xy), crs)


def _same_points(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Give points an id by their place: a millimetre apart (or 1e-8 degrees) is the same."""
    digits = 8 if len(xy) and np.abs(xy).max() <= 360 else 3
    rounded = np.round(xy, digits) + 0.0
    return np.unique(rounded[:, 0] + 1j * rounded[:, 1], return_inverse=True)[1]


def _read_layer(path: str | os.PathLike[str], layer: str | None) -> gpd.GeoDataFrame:
    """Read any line layer; the class is found under a known header and in known words."""
    name = Path(path).name
    if not Path(path).exists():
        raise _fault(name, "there is no such file.", "文件不存在。", "correct the path.", "请更正路径。")
    if Path(path).suffix.lower() in (".parquet", ".geoparquet"):
        found = gpd.read_parquet(path)
    else:
        found = gpd.read_file(path, **({} if layer is None else {"layer": layer}))
    if found.crs is None:
        raise _fault(
            name,
            "does not say its coordinate system.",
            "未注明坐标系。",
            "add the .prj file, or set the CRS when saving.",
            "请补 .prj 文件，或在保存时注明坐标系。",
        )
    return roads_from_lines(found)


def roads_from_lines(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Make a line layer a road layer.

    Parameters
    ----------
    found
        LineStrings or MultiLineStrings with any columns; other shapes and lines without length are left out.

    Returns
    -------
    GeoDataFrame
        Cut at every point two lines share, with `ROAD_COLUMNS` and the layer's own columns; index 0…n−1. A layer that
        knows of bridges, tunnels or levels is taken at its word: lines that cross without a common point pass over
        one another. In one that does not, they meet (`join_crossings`).
    """
    found = found.explode(ignore_index=True)
    lines = found.geometry.to_numpy()
    good = (shapely.get_type_id(lines) == 1) & (shapely.length(lines) > 0)
    found = found.loc[good].reset_index(drop=True)
    if not len(found):
        return found
    lines = found.geometry.to_numpy()
    if not {str(column).lower() for column in found.columns} & set(_LEVEL_HEADERS):
        lines = join_crossings(lines, _SNAP_METRES / (_METRES_A_DEGREE if found.crs.is_geographic else 1.0))
    xy, line = shapely.get_coordinates(lines, return_index=True)
    pieces, source = cut_at_junctions(xy, line, _same_points(xy))
    table = pd.DataFrame(found.drop(columns=found.geometry.name))
    cut = gpd.GeoDataFrame(_layer_columns(table).iloc[source].reset_index(drop=True), geometry=pieces, crs=found.crs)
    return cut.loc[cut["class"].notna()].reset_index(drop=True)


def _layer_columns(table: pd.DataFrame) -> pd.DataFrame:
    lower = {str(column).lower(): column for column in table.columns}
    header = next((lower[h] for h in _CLASS_HEADERS if h in lower), None)
    out = table.copy()
    if header is not None:
        words = table[header].astype("string").str.strip().str.removesuffix("_link")
        ours = dict.fromkeys(("motorway", "trunk", "secondary", "tertiary", "village", "path"))
        known = {**_WORDS, **_HIGHWAY, **{word: word for word in ours}}
        osm = words.isin(("construction", "proposed", "raceway", "platform", "corridor", "elevator"))
        out["class"] = words.map(known).fillna("village").astype(object).where(~osm, None)
    else:
        out["class"] = "village"
    named = next((lower[h] for h in _NAME_HEADERS if h in lower), None)
    out["name"] = table[named].astype(object) if named is not None else None
    for flag in ("oneway", "bridge", "tunnel", "ford"):
        if flag in lower:
            text = table[lower[flag]].astype("string").str.strip().str.lower()
            out[flag] = text.isin(("yes", "true", "t", "1", "1.0", "y", "是")).fillna(False).astype(bool)
        else:
            out[flag] = False
    for flag in ("pavement", "foot", "lit"):
        if flag not in lower:
            out[flag] = None
    return out
