"""Roads from OpenStreetMap: ways with their nodes, barriers, lights, ferries and turn restrictions, as a road layer."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from layout_planner.roads.access import (
    MODES,
    access_of,
    barrier_stops,
    in_force_on_the_way,
    kmh_of,
    least,
    metres_of,
    minutes_of,
    tonnes_of,
    turned,
)
from layout_planner.roads.lines import Pieces, cut_at_junctions, same_points

if TYPE_CHECKING:
    import networkx as nx

ROAD_COLUMNS = ("class", "name", "oneway", "bridge", "tunnel", "ford", "pavement", "foot", "lit")
"""class: motorway | trunk | secondary | tertiary | village | path | ferry. oneway … ford: yes or no. pavement, foot
(may one walk here) and lit: yes, no, or unknown (None)."""

OSM_COLUMNS = (
    "highway", *MODES, "push", "conditional", "maxspeed", "width", "maxwidth", "maxheight", "maxweight", "maxlength",
    "minutes", "wait", "lights", "way", "from_node", "to_node", "stops_from", "stops_to", "turns",
)  # fmt: skip
"""What a layer from OpenStreetMap says besides. highway: as it is tagged; walk, bike, drive, bus, push and conditional:
see `roads.access.Access`; maxspeed in km/h, widths, heights and lengths in metres, maxweight in tonnes, minutes a ferry
takes and its wait; lights: traffic lights along the piece, half a one at each end; way, from_node, to_node: the ids;
stops_from, stops_to: whom a barrier there stops; turns: `no n2 w11 drive,bus` for "not by node 2 into way 11",
`only …` for "only", several with ";"."""

HIGHWAY = {
    "motorway": "motorway",
    "trunk": "trunk",
    "primary": "trunk",
    "secondary": "secondary",
    "tertiary": "tertiary",
    **dict.fromkeys(("unclassified", "residential", "living_street", "service", "road", "busway"), "village"),
    **dict.fromkeys(("track", "pedestrian", "footway", "path", "steps", "cycleway", "bridleway"), "path"),
    **dict.fromkeys(("platform", "corridor", "elevator"), "path"),
}
"""OSM's highway=* → our class (links as their road); what is absent here (construction, raceway …) is no road."""

_NO = ("no", "none", "false", "0", "separate")
_RESTRICTED = {"drive": ("motorcar", "motor_vehicle", "vehicle"), "bus": ("bus", "psv", "motor_vehicle", "vehicle")}
"""Who is meant by restriction:<mode> and by except=<mode>."""


@dataclass
class _Ways:
    """What is read off a file, way after way."""

    ids: list[int] = field(default_factory=list)
    tags: list[dict[str, str]] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    refs: list[int] = field(default_factory=list)
    lonlat: list[tuple[float, float]] = field(default_factory=list)
    turns: dict[int, list[str]] = field(default_factory=dict)
    at_times: dict[int, list[str]] = field(default_factory=dict)


def read_osm(path: str | os.PathLike[str]) -> gpd.GeoDataFrame:
    """Read roads and ferries off an OpenStreetMap file.

    The nodes may stand before or after the ways, or inside them (`out geom`, LocationsOnWays), and ids may be negative
    (JOSM). Where a middle node of a way is not in the extract, the way ends before it and begins anew behind it.
    """
    ways = _read_ways(path)
    if not ways.ids:
        return _empty()
    ref = np.array(ways.refs, dtype=np.int64)
    xy = np.array(ways.lonlat, dtype=float).reshape(-1, 2)
    stops, lights = _read_nodes(path, ref, xy)
    known = np.isfinite(xy).all(axis=1)
    way = np.repeat(np.arange(len(ways.ids)), ways.counts)
    begins = np.r_[True, (way[1:] != way[:-1]) | ~known[1:] | ~known[:-1]]
    run = np.cumsum(begins) - 1
    keep = known & (np.bincount(run)[run] > 1)
    if not keep.any():
        return _empty()
    ref, xy, way = ref[keep], xy[keep], way[keep]
    run = np.unique(run[keep], return_inverse=True)[1]
    of_run = way[np.r_[True, run[1:] != run[:-1]]]
    turns = ["; ".join(ways.turns.get(ways.ids[w], ())) or None for w in of_run]
    table = tag_columns([ways.tags[w] for w in of_run]).assign(way=np.array(ways.ids)[of_run], turns=turns)
    at_times = [ways.at_times.get(ways.ids[w], []) for w in of_run]
    table["conditional"] = [
        "; ".join(([own] if isinstance(own, str) else []) + more) or None
        for own, more in zip(table["conditional"], at_times, strict=True)
    ]
    return assemble(table, xy, run, ref, "EPSG:4326", stops, lights).drop(columns="_line", errors="ignore")


def _read_ways(path: str | os.PathLike[str]) -> _Ways:
    import osmium

    found = _Ways()
    thing: Any
    kinds = osmium.osm.WAY | osmium.osm.RELATION
    files = osmium.FileProcessor(str(path)).with_filter(osmium.filter.EntityFilter(kinds))
    for thing in files.with_filter(osmium.filter.KeyFilter("highway", "route", "restriction", "type")):
        if thing.is_relation():
            _read_turn(thing, found.turns, found.at_times)
            continue
        tags = dict(thing.tags)
        if "highway" not in tags and tags.get("route") != "ferry":
            continue
        found.ids.append(thing.id)
        found.tags.append(tags)
        found.counts.append(len(thing.nodes))
        for node in thing.nodes:
            found.refs.append(node.ref)
            at = node.location
            found.lonlat.append((at.lon, at.lat) if at.valid() else (np.nan, np.nan))
    return found


def _read_nodes(
    path: str | os.PathLike[str], ref: npt.NDArray[np.int64], xy: npt.NDArray[np.float64]
) -> tuple[dict[int, str], set[int]]:
    """Put in the places of the nodes, and find the barriers and the traffic lights among them."""
    import osmium

    order = np.argsort(ref, kind="stable")
    ids, first = np.unique(ref[order], return_index=True)
    place = np.full((len(ids), 2), np.nan)
    stops: dict[int, str] = {}
    lights: set[int] = set()
    files = osmium.FileProcessor(str(path)).with_filter(osmium.filter.EntityFilter(osmium.osm.NODE))
    if ids[0] > 0:  # the filter knows no negative ids
        files = files.with_filter(osmium.filter.IdFilter(ids.tolist()))
    at = dict(zip(ids.tolist(), range(len(ids)), strict=True))
    node: Any
    for node in files:
        k = at.get(node.id)
        if k is None:
            continue
        if node.location.valid():
            place[k] = node.location.lon, node.location.lat
        if len(node.tags):
            tags = dict(node.tags)
            stopped = barrier_stops(tags)
            if stopped is not None:
                stops[node.id] = stopped
            if tags.get("highway") == "traffic_signals":
                lights.add(node.id)
    everywhere = np.empty_like(xy)
    everywhere[order] = np.repeat(place, np.diff(np.r_[first, len(ref)]), axis=0)
    missing = ~np.isfinite(xy).all(axis=1)
    xy[missing] = everywhere[missing]
    return stops, lights


def _read_turn(relation: Any, turns: dict[int, list[str]], at_times: dict[int, list[str]]) -> None:
    """Read a turn restriction: to every way it begins on, what is forbidden or ordered, always or at times."""
    tags = dict(relation.tags)
    kind, _, meant = tags.get("type", "").partition(":")
    if kind != "restriction":
        return
    if meant and "restriction" in tags:  # the older way to write restriction:bus=…
        tags[f"restriction:{meant}"] = tags.pop("restriction")
    hours = [f"{tags[key]}-{tags.get(key.replace('_on', '_off'), '')}" for key in ("day_on", "hour_on") if key in tags]
    if hours and "restriction" in tags:  # the older way to write it: the whole holds at those times only
        tags["restriction:conditional"] = f"{tags.pop('restriction')} @ ({' '.join(hours)})"
    told = []
    for key in [key for key in sorted(tags) if key.startswith("restriction") and key.endswith(":conditional")]:
        word, _, when = tags[key].partition("@")
        if in_force_on_the_way(when):
            tags.setdefault(key.removesuffix(":conditional"), word.strip())
        else:
            told.append(f"{key}={tags[key]}")
    for member in relation.members if told else ():
        if member.role == "from" and member.type == "w":
            at_times.setdefault(member.ref, []).extend(told)
    spared = {part.strip() for part in tags.get("except", "").split(";")}
    by_word: dict[str, list[str]] = {}
    for mode, names in _RESTRICTED.items():
        value = next((tags[f"restriction:{name}"] for name in names if f"restriction:{name}" in tags), None)
        if value is None:
            value = None if spared & set(names) else tags.get("restriction")
        word = (value or "").split("_")[0]
        if word in ("no", "only"):
            by_word.setdefault(word, []).append(mode)
    roles: dict[str, list[tuple[str, int]]] = {"from": [], "via": [], "to": []}
    for member in relation.members:
        if member.role in roles:
            roles[member.role].append((member.type, member.ref))
    via = roles["via"]
    whole = via and all(kind == "w" for kind, _ in via)
    if not whole and not (len(via) == 1 and via[0][0] == "n"):
        return
    through = ",".join(f"{kind}{ref}" for kind, ref in via)
    for word, modes in by_word.items():
        into = [f"w{ref}" for kind, ref in roles["to"] if kind == "w"]
        for kind, ref in roles["from"]:
            if kind == "w" and into:
                for target in into if word == "no" else [",".join(into)]:
                    turns.setdefault(ref, []).append(f"{word} {through} {target} {','.join(modes)}")


def assemble(
    table: pd.DataFrame,
    xy: npt.NDArray[np.float64],
    line: npt.NDArray[np.intp],
    node: npt.NDArray[np.int64],
    crs: object,
    stops: Mapping[int, str] | None = None,
    lights: Iterable[int] = (),
) -> gpd.GeoDataFrame:
    """Turn lines with columns (`tag_columns`), points and ids of points into the road layer, cut where roads meet.

    Parameters
    ----------
    table
        One row a line.
    xy, line, node
        The points one after the other, the line each belongs to, and its id.
    stops, lights
        Whom a barrier at a node stops, and which nodes are traffic lights.
    """
    shut = (table[list(MODES)] == "no").all(axis=1)
    keep = (table["class"].notna() & ~shut).to_numpy()[line]
    if not keep.any():
        return _empty(crs)
    barred = np.array(sorted(stops or ()), dtype=np.int64)
    cut = cut_at_junctions(xy[keep], line[keep], node[keep], np.isin(node[keep], barred))
    first, last = _one_where_no_length_parts(cut)
    roads = table.iloc[cut.line].reset_index(drop=True)
    roads["_line"] = cut.line
    roads["lights"] = cut.count(np.array(sorted(lights), dtype=np.int64))
    roads["from_node"], roads["to_node"] = first, last
    roads["stops_from"] = [(stops or {}).get(n) for n in cut.first.tolist()]
    roads["stops_to"] = [(stops or {}).get(n) for n in cut.last.tolist()]
    shape = cut.lines
    if roads["minutes"].notna().any():
        length = shapely.length(shape)
        roads["minutes"] *= length / np.bincount(cut.line, weights=length)[cut.line]
    back = roads.pop("_backward").to_numpy(dtype=bool)
    shape = np.where(back, shapely.reverse(shape), shape)
    long = shapely.length(shape) > 0
    return gpd.GeoDataFrame(_turn_round(roads, back), geometry=shape, crs=crs).loc[long].reset_index(drop=True)


def _one_where_no_length_parts(cut: Pieces) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Make one node of two that lie at one place and that a way joins: the piece between them has no length."""
    none = np.flatnonzero(shapely.length(cut.lines) == 0)
    if not len(none):
        return cut.first, cut.last
    ids, which = np.unique(np.concatenate([cut.first, cut.last]), return_inverse=True)
    ends = which[none], which[len(cut.first) + none]
    joined = coo_matrix((np.ones(len(none)), ends), shape=(len(ids), len(ids)))
    group = connected_components(joined, directed=False)[1]
    _, least = np.unique(group, return_index=True)
    one = ids[least][group][which]
    return one[: len(cut.first)], one[len(cut.first) :]


def _turn_round(roads: pd.DataFrame, back: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Turn the columns of lines that will be drawn the other way round, so that a one-way road runs along its line."""
    for mode in MODES:
        roads.loc[back, mode] = [turned(word) for word in roads.loc[back, mode]]
    for a, b in (("from_node", "to_node"), ("stops_from", "stops_to")):
        one, two = roads[a].copy(), roads[b].copy()
        roads[a], roads[b] = one.where(~back, two), two.where(~back, one)
    return roads


def _empty(crs: object = "EPSG:4326") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns=[*ROAD_COLUMNS, *OSM_COLUMNS, "geometry"], geometry="geometry", crs=crs)


def tag_columns(ways: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """Read OSM tags as `ROAD_COLUMNS` and `OSM_COLUMNS`, and `_backward`: the way is one against its line."""
    return pd.DataFrame([_row(tags) for tags in ways])


def _row(tags: Mapping[str, str]) -> dict[str, object]:
    highway = tags.get("highway", "").removesuffix("_link")
    ferry = tags.get("route") == "ferry" and "highway" not in tags
    access = access_of(tags)
    drive = access.drive if access.drive != "no" else access.bus
    return {
        "class": "ferry" if ferry else HIGHWAY.get(highway),
        "highway": tags.get("highway"),
        "name": tags.get("name"),
        "oneway": drive.endswith(("forward", "backward")),
        "bridge": _yes(tags, "bridge"),
        "tunnel": _yes(tags, "tunnel"),
        "ford": _yes(tags, "ford"),
        "pavement": None if tags.get("sidewalk") in (None, "separate") else _yes(tags, "sidewalk"),
        "foot": None if "foot" not in tags else access.walk.split()[0] != "no",
        "lit": None if "lit" not in tags else _yes(tags, "lit"),
        **dict(zip(MODES, (access.walk, access.bike, access.drive, access.bus), strict=True)),
        "push": access.push,
        "conditional": access.conditional,
        "maxspeed": least(kmh_of(tags.get(f"maxspeed{side}")) for side in _SIDES)
        if "maxspeed" not in tags
        else kmh_of(tags["maxspeed"]),
        "width": metres_of(tags.get("width") or tags.get("est_width")),
        "maxwidth": least(metres_of(tags.get(key)) for key in ("maxwidth", "maxwidth:physical")),
        "maxheight": least(metres_of(tags.get(key)) for key in ("maxheight", "maxheight:physical")),
        "maxweight": tonnes_of(tags.get("maxweight")),
        "maxlength": metres_of(tags.get("maxlength")),
        "minutes": minutes_of(tags.get("duration")) if ferry else float("nan"),
        "wait": minutes_of(tags.get("interval")) / 2 if ferry else float("nan"),
        "lights": 0.0,
        "way": None,
        "turns": None,
        "_backward": drive.endswith("backward"),
    }


_SIDES = (":forward", ":backward")


def _yes(tags: Mapping[str, str], key: str) -> bool:
    value = tags.get(key)
    return value is not None and value.strip().lower() not in _NO


def read_graphml(path: str | os.PathLike[str]) -> gpd.GeoDataFrame:
    """Read a graph that osmnx saved; of the two directions of a street one line is kept."""
    import networkx as nx

    return from_graph(nx.read_graphml(path))


def from_graph(graph: nx.Graph) -> gpd.GeoDataFrame:
    """Take the roads out of an osmnx graph, projected or not; of the two directions of a street one line is kept.

    Parameters
    ----------
    graph
        As osmnx makes it: nodes with x and y, edges with the tags of their ways (a list where several were joined, of
        which the first is taken), `geometry` as a shape or as text; `graph.graph["crs"]`.

    Raises
    ------
    KeyError
        A node has no x or y: this is no graph of osmnx.
    """
    x = {v: float(d["x"]) for v, d in graph.nodes(data=True)}
    y = {v: float(d["y"]) for v, d in graph.nodes(data=True)}
    number = {v: k for k, v in enumerate(graph.nodes)}
    tags: list[dict[str, str]] = []
    lines, ends, seen = [], [], set()
    for u, v, data in graph.edges(data=True):
        line = _shape(data["geometry"]) if "geometry" in data else shapely.LineString([(x[u], y[u]), (x[v], y[v])])
        both_ways = str(data.get("oneway", "False")).lower() not in ("true", "1", "yes")
        if both_ways:
            key = (min(u, v), max(u, v), round(line.length, 9))
            if key in seen:
                continue
            seen.add(key)
        told = {str(k): _first(value) for k, value in data.items() if k not in ("geometry", "oneway", "junction")}
        # osmnx has settled who is one-way, and turned the lines accordingly
        tags.append(told | {"oneway": "no" if both_ways else "yes"})
        lines.append(line)
        ends.append((number[u], number[v]))
    stops = {number[v]: s for v, d in graph.nodes(data=True) if (s := barrier_stops({k: str(t) for k, t in d.items()}))}
    lit = [number[v] for v, d in graph.nodes(data=True) if d.get("highway") == "traffic_signals"]
    crs = graph.graph.get("crs", "EPSG:4326")
    roads = from_lines(tags, np.array(lines, dtype=object), crs, ends, stops, lit)
    return roads.drop(columns="_line", errors="ignore")


def _shape(told: object) -> shapely.LineString:
    return shapely.from_wkt(told) if isinstance(told, str) else told


def _first(value: object) -> str:
    """Take the first of a list, which osmnx writes to files as text: "['a', 'b']"."""
    text = str(value[0] if isinstance(value, list) and value else value)
    return text.strip("[]").split(",")[0].strip(" '\"") if text.startswith("[") else text


def from_lines(
    tags: Sequence[Mapping[str, str]],
    lines: npt.NDArray[np.object_],
    crs: object,
    ends: Sequence[tuple[int, int]] | None = None,
    stops: Mapping[int, str] | None = None,
    lights: Iterable[int] = (),
) -> gpd.GeoDataFrame:
    """Make a road layer of lines with OSM tags.

    Parameters
    ----------
    ends
        Ids of the first and last point of each line; None: points at one place are one. Inner points are their own.
    """
    table = tag_columns(tags)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    if ends is None:
        node = same_points(xy).astype(np.int64)
    else:
        first = np.r_[True, line[1:] != line[:-1]]
        node = -1 - np.arange(len(xy))
        node[first] = [a for a, _ in ends]
        node[np.r_[first[1:], True]] = [b for _, b in ends]
    return assemble(table, xy, line, node, crs, stops, lights)
