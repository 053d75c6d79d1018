"""Line layers of any make as roads: the columns and words of Chinese road layers, Geofabrik, QuickOSM, GDAL, osmnx."""

from __future__ import annotations

import re
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layout_planner.base.shapefiles import as_cut
from layout_planner.roads.access import kmh_of, metres_of, minutes_of, tonnes_of
from layout_planner.roads.lines import cut_at_junctions, join_crossings, same_points
from layout_planner.roads.osm import HIGHWAY, OSM_COLUMNS, from_lines

_WORDS = {
    **dict.fromkeys(("高速", "高速路", "国家高速", "省级高速", "高速匝道"), "motorway"),
    **dict.fromkeys(("国道", "省道", "国家级", "省级", "国省道", "国省干线", "国道主干线", "一级", "二级"), "trunk"),
    **dict.fromkeys(("快速路", "主干路", "主干道", "干线", "匝道"), "trunk"),
    **dict.fromkeys(("县道", "县级", "三级", "次干路", "次干道"), "secondary"),
    **dict.fromkeys(("乡道", "乡级", "镇级", "县乡道", "乡镇道路", "支路", "辅路", "专用", "专用道路"), "tertiary"),
    **dict.fromkeys(("四级", "村道", "村级", "等外", "等外路", "农村", "乡村道路", "街道", "街巷", "巷"), "village"),
    **dict.fromkeys(("巷道", "胡同", "里弄", "内部道路", "内部路", "小区道路", "组道", "通村", "通组路"), "village"),
    **dict.fromkeys(("通组", "村组道路", "村内道路", "乡村路", "农村道路", "街坊路", "产业路", "水泥路"), "village"),
    **dict.fromkeys(("大车路", "乡村小路", "时令路", "山隘", "栈道", "人行桥", "阶梯路", "林道", "林区道路"), "path"),
    **dict.fromkeys(("小路", "步道", "步行道", "人行道", "人行道路", "行人道路", "便道", "机耕道", "机耕路"), "path"),
    **dict.fromkeys(("田间道", "生产路", "步行街", "自行车道", "非机动车道"), "path"),
    **dict.fromkeys(("渡口", "轮渡", "人渡", "渡船", "车渡", "汽渡", "汽车渡口", "航线", "水运"), "ferry"),
}  # fmt: skip
"""Road classes as Chinese layers write them, 城市 at the beginning and 公路 at the end left out."""
_NO_CLASS = re.compile("铁路|铁道|高铁|地铁|轻轨|有轨|索道|管线|航道|在建|建筑中|未建|拟建|规划|施工|未通车|废弃|停用")
"""Words in a class of what nobody walks or drives on: rails, and roads that are not there yet or no more."""
_INSIDE = {
    "motorway": re.compile("高速(?:公路|路)?$"),
    "trunk": re.compile("国道|省道|快速路|主干[路道]"),
    "secondary": re.compile("县道|次干[路道]"),
    "tertiary": re.compile("乡道"),
    "village": re.compile("村道"),
    "ferry": re.compile("渡口|轮渡|渡船|人渡|[车汽]渡|渡运|航线"),
}
"""Words of a class inside a longer one (国道G318, 环城高速), looked for in this order where the whole is not known."""
_FOR_CARS = re.compile("车渡|汽渡|汽车")
_COUNTY_CODE = re.compile(r"^([GSXYCZ]\d{1,4})\d{6}$")
"""A route's number with the code of its county behind it: X012410122."""
_ROUTE = re.compile(r"^([GSXYCZ])\d{1,4}")
_ROUTES = {"G": "trunk", "S": "trunk", "X": "secondary", "Y": "tertiary", "C": "village", "Z": "tertiary"}
_OURS = ("motorway", "trunk", "secondary", "tertiary", "village", "path", "ferry")

_CLASS_HEADERS = (
    "class", "highway", "fclass", "type", "道路等级", "技术等级", "行政等级", "公路等级", "公路行政等级", "等级",
    "道路类型", "道路类别", "类型", "路线编号", "路线编码", "路线代码", "公路编号", "路线编号及名称",
)  # fmt: skip
_NAME_HEADERS = ("name", "名称", "路名", "道路名称", "路线名称")
_ONEWAY_HEADERS = (
    "oneway", "单行", "单行道", "单行线", "单向", "单向通行", "是否单行", "是否单向", "单双向", "通行方向", "行车方向",
    "行驶方向", "车流方向", "方向",
)  # fmt: skip
_FLAG_HEADERS = {
    "bridge": ("bridge", "桥梁", "桥", "是否桥梁", "是否为桥", "桥名", "桥梁名称"),
    "tunnel": ("tunnel", "隧道", "是否隧道", "隧道名称"),
    "ford": ("ford", "漫水", "漫水路", "涉水", "过水路面"),
    "ferry": ("ferry", "渡口", "轮渡", "是否渡口", "渡口名称"),
}
_AMOUNTS = {
    "maxspeed": (
        kmh_of,
        (
            "maxspeed",
            "限速",
            "限速值",
            "最高限速",
            "限制速度",
            "设计速度",
            "设计车速",
            "设计时速",
            "行车速度",
            "车速",
            "时速",
            "speed",
        ),
    ),
    "width": (
        metres_of,
        ("width", "路面宽度", "路面宽", "路宽", "道路宽度", "宽度", "车行道宽", "行车道宽", "行车道宽度", "车道宽度"),
    ),
    "maxwidth": (metres_of, ("maxwidth", "限宽")),
    "maxheight": (metres_of, ("maxheight", "限高", "净高")),
    "maxweight": (tonnes_of, ("maxweight", "限重", "限载", "载重")),
    "maxlength": (metres_of, ("maxlength", "限长")),
    "minutes": (minutes_of, ("minutes", "渡运时间", "duration")),
    "wait": (minutes_of, ("wait", "候渡时间", "等候时间")),
}
NO_ROADS, UNKNOWN, DIRECTIONS = "no_roads", "unknown_classes", "unknown_directions"
"""In `attrs` of what is read: words of the class column whose lines were left out, those taken for village roads
because nobody knows them, and words of direction taken for two-way; word → lines."""
_LEVEL_HEADERS = ("layer", "level", "层级", "层")
_UNIT = re.compile(r"\s*[(（\[][^)）\]]*[)）\]]$")
_SNAP_METRES = 0.5
"""An end that misses another line by less was meant to meet it."""
_METRES_A_DEGREE = 111_000.0

_NO_WORDS = frozenset(("", "no", "none", "false", "f", "0", "0.0", "n", "否", "无", "不是", "separate", "nan", "<na>"))
_YES_WORDS = frozenset(("yes", "true", "t", "1", "1.0", "y", "是", "有"))
_FORWARD = frozenset({
    "yes", "true", "1", "1.0", "y", "是", "单行", "单行线", "单向", "单向通行", "正向", "正向单行", "顺向", "顺行",
    "顺方向", "f", "ft",
})  # fmt: skip
_TWO_WAY = _NO_WORDS | frozenset({
    "双向", "双行", "双行道", "双行线", "双向通行", "双向行驶", "双向车道", "b", "both", "2", "2.0", "alternating",
})  # fmt: skip
_HEADING = re.compile("(?:单行)?[自由从]?([东西南北]{1,2})[向往至到]([东西南北]{1,2})(?:单行|通行|行驶)?")
_COMPASS = {"东": (1.0, 0.0), "西": (-1.0, 0.0), "北": (0.0, 1.0), "南": (0.0, -1.0)}
_BACKWARD = frozenset(("-1", "-1.0", "reverse", "逆向", "逆向单行", "反向", "反向单行", "逆行", "逆方向", "tf"))


def roads_from_lines(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Make a line layer a road layer.

    Parameters
    ----------
    found
        LineStrings or MultiLineStrings with any columns; other shapes and lines without length are left out.

    Returns
    -------
    GeoDataFrame
        Cut at every point two lines share, with `ROAD_COLUMNS` and the layer's own columns; index 0…n−1. In a layer
        that holds bridges, tunnels or lines on different levels, lines that cross without a common point pass over one
        another. In one that does not, they meet (`join_crossings`). Columns that are OpenStreetMap's keys (`highway`,
        `other_tags`, Geofabrik's `fclass`) are read as its tags. `attrs` tells of the words of the class column that
        are no roads (`no_roads`: rails, what is planned) or unknown (`unknown_classes`).
    """
    found = found.explode(ignore_index=True)
    lines = found.geometry.to_numpy()
    good = (shapely.get_type_id(lines) == 1) & (shapely.length(lines) > 0)
    found = found.loc[good].reset_index(drop=True)
    if not len(found):
        return found
    table = pd.DataFrame(found.drop(columns=found.geometry.name))
    if {"from_node", "to_node"} <= set(table) and table[["from_node", "to_node"]].notna().all(axis=None):
        return found  # our own, cut already: points at one place may be two nodes here
    lines = shapely.force_2d(found.geometry.to_numpy())
    tags = _tags(table)
    if tags is not None:
        return _from_tags(tags, table, lines, found.crs)
    columns = _layer_columns(table, lines)
    if not _knows_levels(columns):
        lines = join_crossings(lines, _SNAP_METRES / (_METRES_A_DEGREE if found.crs.is_geographic else 1.0))
    xy, line = shapely.get_coordinates(lines, return_index=True)
    cut = cut_at_junctions(xy, line, same_points(xy))
    back = columns.pop("_backward").to_numpy(dtype=bool)[cut.line]
    shapes = np.where(back, shapely.reverse(cut.lines), cut.lines)
    table = columns.iloc[cut.line].reset_index(drop=True)
    if table["minutes"].notna().any():
        length = shapely.length(shapes)
        table["minutes"] *= length / np.bincount(cut.line, weights=length)[cut.line]
    roads = gpd.GeoDataFrame(table, geometry=shapes, crs=found.crs)
    roads = roads.loc[roads["class"].notna()].reset_index(drop=True)
    roads.attrs = {name: columns.attrs[name] for name in (NO_ROADS, UNKNOWN, DIRECTIONS) if columns.attrs.get(name)}
    return roads


def _lower(table: pd.DataFrame) -> dict[str, object]:
    """Give the columns by their headers in small letters, and without the unit behind them: 路面宽度（米）."""
    found = {str(column).strip().lower(): column for column in table.columns}
    return {_UNIT.sub("", header): column for header, column in found.items()} | found


def _text(column: pd.Series) -> pd.Series:
    return column.astype("string").str.strip().str.lower().fillna("")


def _tags(table: pd.DataFrame) -> list[dict[str, str]] | None:
    """Give each row's OSM tags, where the layer is one of OpenStreetMap's; None for other layers."""
    lower = _lower(table)
    key = next((k for k in ("highway", "fclass") if k in lower), None)
    if key is None:
        return None
    kind = _text(table[lower[key]]).str.replace(r"^track_grade\d$", "track", regex=True)
    told = kind[kind != ""]
    hstore = next((lower[k] for k in ("other_tags", "all_tags", "tags") if k in lower), None)
    osm = told.str.removesuffix("_link").isin([*HIGHWAY, *_NO_ROAD])
    if (not osm.any() or osm.mean() < 0.5) and (len(told) or not {"osm_id", "other_tags"} & set(lower)):
        return None
    known = {k: c for k, c in lower.items() if k not in (key, "osm_id", "id", "fid", "geometry")}
    columns = {k: table[c].astype("string").str.strip() for k, c in known.items()}
    if "oneway" in columns:
        columns["oneway"] = _letters(columns["oneway"], key == "fclass")
    for flag in {"bridge", "tunnel"} & set(columns):
        columns[flag] = columns[flag].replace({"T": "yes", "F": "no"})
    rows: list[dict[str, str]] = []
    frame = pd.DataFrame(columns).astype(object)
    frame = frame.where(frame.notna(), None)
    for highway, extra, row in zip(
        kind, table[hstore] if hstore is not None else [None] * len(table), frame.to_dict("records"), strict=True
    ):
        tags = {str(k): str(v) for k, v in row.items() if v not in (None, "")} | _hstore(extra)
        if highway:
            tags["highway"] = highway
        rows.append(tags)
    return rows


_NO_ROAD = ("construction", "proposed", "raceway", "platform", "corridor", "elevator", "bus_guideway", "rest_area")

_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"\s*=>\s*"((?:[^"\\]|\\.)*)"')


def _hstore(text: object) -> dict[str, str]:
    """Read GDAL's other_tags: "bridge"=>"yes","oneway"=>"yes"."""
    return {k: v.replace('\\"', '"') for k, v in _PAIR.findall(text)} if isinstance(text, str) else {}


def _from_tags(
    tags: list[dict[str, str]], table: pd.DataFrame, lines: npt.NDArray[np.object_], crs: Any
) -> gpd.GeoDataFrame:
    """Read a layer of OSM's keys; the layer's other columns are carried through."""
    roads = from_lines(tags, lines, crs)
    if not len(roads):
        return roads
    own = table[[c for c in table.columns if c not in roads.columns]]
    source = roads.pop("_line").to_numpy()
    roads = roads.drop(columns=["from_node", "to_node"])  # they are known by their place here, and have no ids
    return gpd.GeoDataFrame(pd.concat([roads, own.iloc[source].reset_index(drop=True)], axis=1), crs=crs)


def _letters(oneway: pd.Series, geofabrik: bool) -> pd.Series:
    """Read Geofabrik's F (along the line), T (against it), B (both); T and F alone may be true and false."""
    told = oneway.dropna()
    letters = told[told != ""].str.upper()
    if not letters.isin(("F", "T", "B", "Y", "N")).any():
        return oneway
    truth = set(letters) <= {"T", "F"} and len(letters) == len(oneway) and "F" in set(letters) and not geofabrik
    words = {"T": "yes", "F": "no"} if truth else {"F": "yes", "T": "-1", "B": "no"}
    return oneway.str.upper().map(words | {"Y": "yes", "N": "no"}).fillna(oneway)


def _layer_columns(table: pd.DataFrame, lines: npt.NDArray[np.object_]) -> pd.DataFrame:
    """Read the columns of a layer that is not OpenStreetMap's."""
    lower = _lower(table)
    out = table.copy()

    def column(headers: tuple[str, ...]) -> pd.Series | None:
        names = (*headers, *(cut for h in headers for cut in as_cut(h)))  # a shapefile may have cut the name
        header = next((lower[h] for h in names if h in lower), None)
        return None if header is None else table[header]

    found = column(_CLASS_HEADERS)
    out["class"] = "village" if found is None else _classes(found, out.attrs)
    named = column(_NAME_HEADERS)
    out["name"] = None if named is None else named.astype(object)
    for flag, headers in _FLAG_HEADERS.items():
        told = column(headers)
        text = None if told is None else _text(told)
        out[flag] = False if text is None else ~text.isin(_NO_WORDS) if flag != "ford" else text.isin(_YES_WORDS)
    out["oneway"], out["_backward"] = _one_way(column(_ONEWAY_HEADERS), lines, out.attrs)
    for amount, (read, headers) in _AMOUNTS.items():
        told = column(headers)
        if told is not None or amount == "minutes":
            out[amount] = np.nan if told is None else [read(None if pd.isna(v) else v) for v in told]
    for flag in ("pavement", "foot", "lit"):
        if flag not in lower:
            out[flag] = None
    return _ferries(out, found)


def _ferries(out: pd.DataFrame, words: pd.Series | None) -> pd.DataFrame:
    """A road marked as a ferry carries what the road carries; a ferry that bears no class of road only walkers."""
    flagged = out.pop("ferry").astype(bool)
    alone = out["class"] == "ferry"
    if (flagged | alone).any() and "drive" not in out:
        cars = (flagged & ~alone) | (
            False if words is None else words.astype("string").str.contains(_FOR_CARS).fillna(False)
        )
        for mode in ("drive", "bus"):
            words_of = pd.Series(np.where(cars, "yes", "no"), index=out.index, dtype=object)
            out[mode] = words_of.where(flagged | alone, None)
    out["class"] = out["class"].astype(object).where(~flagged, "ferry")
    return out


def _classes(column: pd.Series, told: dict[str, object]) -> pd.Series:
    """Read words of road classes; what is no road, and what was never heard of, is counted by word in `told`."""
    words = column.astype("string").str.strip()
    none = words.str.contains(_NO_CLASS).fillna(False).astype(bool)
    short = words.str.removesuffix("_link").str.removeprefix("城市").str.removesuffix("公路")
    kind = short.map({**_WORDS, **HIGHWAY, **{word: word for word in _OURS}})
    number = words.str.upper().str.replace(_COUNTY_CODE, r"\1", regex=True)
    route = number.str.extract(_ROUTE, expand=False).fillna(number.where(number.isin(list(_ROUTES)))).map(_ROUTES)
    # G5 and G4202 are motorways, G108 a national road; S1 and S40 motorways, S205 a provincial road.
    expressway = number.str.fullmatch(r"[GS]\d{1,2}(\D.*)?|G\d{4}.*").fillna(False)
    route = route.mask(expressway.astype(bool), "motorway")
    none |= short.isin(_NO_ROAD).fillna(False).astype(bool)
    known = kind.fillna(route)
    for road, inside in _INSIDE.items():
        known = known.mask(known.isna() & words.str.contains(inside).fillna(False).astype(bool), road)
    for name, which in ((NO_ROADS, none), (UNKNOWN, known.isna() & ~none & words.fillna("").ne(""))):
        told[name] = {str(word): int(count) for word, count in words[which].value_counts().items()}
    return known.fillna("village").astype(object).where(~none, None)


def _one_way(
    column: pd.Series | None, lines: npt.NDArray[np.object_], told: dict[str, object]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Tell which lines are one-way, and which of them against the line; words nobody knows are counted in `told`."""
    if column is None:
        return np.zeros(len(lines), dtype=bool), np.zeros(len(lines), dtype=bool)
    text = _text(_letters(column.astype("string").str.strip(), False))
    if str(column.name).strip().lower() in ("通行方向", "行车方向", "行驶方向", "车流方向", "方向", "direction"):
        text = text.replace({"1": "no", "1.0": "no", "2": "yes", "2.0": "yes", "3": "-1", "3.0": "-1"})
    text = text.where(~text.str.fullmatch(_HEADING), _along_the_line(text, lines))
    back, along = text.isin(_BACKWARD), text.isin(_FORWARD)
    strange = ~(back | along | text.isin(_TWO_WAY))
    told[DIRECTIONS] = {str(word): int(count) for word, count in column[strange].value_counts().items()}
    return (along | back).to_numpy(dtype=bool), back.to_numpy(dtype=bool)


def _along_the_line(text: pd.Series, lines: npt.NDArray[np.object_]) -> pd.Series:
    """Read "from east to west" by how each line is drawn: yes where it runs that way, −1 where against it."""
    ends = [shapely.get_coordinates(shapely.get_point(lines, k)) for k in (0, -1)]
    chord = ends[1] - ends[0]
    to = text.str.extract(_HEADING)[1].fillna("")
    away = [sum(np.dot(_COMPASS[c], step) for c in word) for word, step in zip(to, chord, strict=True)]
    return pd.Series(np.where(np.array(away) >= 0, "yes", "-1"), index=text.index, dtype="string")


def _knows_levels(columns: pd.DataFrame) -> bool:
    """Tell whether a layer says that some lines pass over others: a bridge, a tunnel, or levels that differ."""
    if columns["bridge"].any() or columns["tunnel"].any():
        return True
    lower = _lower(columns)
    for header in _LEVEL_HEADERS:
        if header in lower:
            text = columns[lower[header]].astype("string").str.strip()
            level = pd.to_numeric(text, errors="coerce")
            if level.notna().any() and text[level.isna()].fillna("").eq("").all() and level.fillna(0).nunique() > 1:
                return True
    return False


__all__ = ["OSM_COLUMNS", "roads_from_lines"]
