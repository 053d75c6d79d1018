"""Where things lie: coordinates declared or refused, checked, shifted, brought into one metric CRS."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from layout_planner.base.arrays import Floats
from layout_planner.base.messages import Text
from layout_planner.reading.faults import Faults, Table
from layout_planner.study.columns import IDS, LOCATED, SHAPES
from layout_planner.study.shift import Datum, unshift

Mask = npt.NDArray[np.bool_]

H3 = "h3"
"""`coordinates = "h3"`: the ids of the places are H3 cells, which tell where they lie."""
_NAMED = {"wgs84": 4326, "cgcs2000": 4490, "gcj02": 4326, "bd09": 4326}
_HOW = Text(
    'say which: coordinates = "wgs84", "cgcs2000", "gcj02" (Amap, Tencent), "bd09" (Baidu) or "EPSG:n".',
    '请注明：coordinates = "wgs84"、"cgcs2000"、"gcj02"（高德、腾讯）、"bd09"（百度）或 "EPSG:n"。',
)
_CHECK = Text("correct the coordinates.", "请更正坐标。")
_CHINA = (73.0, 135.5, 3.0, 54.0)
_SHIFTED: dict[str, Datum] = {"gcj02": "gcj02", "bd09": "bd09"}
_SHAPE_OF = {
    "Point": "point", "MultiPoint": "point", "Polygon": "polygon", "MultiPolygon": "polygon",
    "LineString": "line", "MultiLineString": "line", "LinearRing": "line",
}  # fmt: skip
_SHAPE_ZH = {"point": "点", "line": "线", "polygon": "面"}


@dataclass(frozen=True)
class Declared:
    """What `coordinates = …` means: a CRS, and a map service's shift to undo."""

    crs: pyproj.CRS
    shift: Datum | None


def declared(text: str) -> Declared | None:
    """Read a declaration of coordinates; None where it is none."""
    word = text.strip().lower().replace("-", "").replace(" ", "")
    if word in _SHIFTED:
        return Declared(pyproj.CRS(4326), _SHIFTED[word])
    if word in _NAMED:
        return Declared(pyproj.CRS(_NAMED[word]), None)
    crs = parse_epsg(text)
    return None if crs is None else Declared(crs, None)


def parse_epsg(text: str) -> pyproj.CRS | None:
    """Read "EPSG:n"; None where it is no known code."""
    head, _, code = text.strip().upper().partition(":")
    if head != "EPSG" or not code.isdigit():
        return None
    try:
        return pyproj.CRS.from_epsg(int(code))
    except pyproj.exceptions.CRSError:
        return None


def is_metric(crs: pyproj.CRS) -> bool:
    """Tell whether a CRS is projected and in metres."""
    return bool(crs.is_projected) and all(axis.unit_name == "metre" for axis in crs.axis_info[:2])


@lru_cache(maxsize=32)
def transformer(crs: pyproj.CRS, to: pyproj.CRS) -> pyproj.Transformer:
    """Give what turns coordinates of one CRS into another's, x before y; making one takes up to a tenth of a second."""
    return pyproj.Transformer.from_crs(crs, to, always_xy=True)


def degrees_of(crs: pyproj.CRS) -> pyproj.Transformer:
    """Give what turns coordinates of a CRS into longitude and latitude."""
    return transformer(crs, pyproj.CRS(4326))


def choose_metric(lon: float, lat: float) -> tuple[str, Text]:
    """Choose a metric CRS for a region: in China the CGCS2000 3° Gauss zone, elsewhere UTM.

    Parameters
    ----------
    lon, lat
        Middle of the region, degrees.

    Returns
    -------
    tuple
        "EPSG:n" and a sentence that says so.
    """
    west, east, south, north = _CHINA
    if west <= lon <= east and south <= lat <= north:
        meridian = int(np.clip(3 * np.floor(lon / 3 + 0.5), 75, 135))
        code = 4534 + (meridian - 75) // 3
        told = f"CGCS2000 3° Gauss–Krüger, {meridian}° E"
    else:
        zone = int((lon + 180) // 6) % 60 + 1
        code = (32600 if lat >= 0 else 32700) + zone
        told = f"WGS 84 UTM {zone}{'N' if lat >= 0 else 'S'}"
    name = f"EPSG:{code}"
    return name, Text(f"Metric CRS chosen from the data: {name} ({told}).", f"按数据选定的投影：{name}（{told}）。")


def implied_crs(eastings: Floats) -> str | None:
    """Name the CGCS2000 CRS that zone-prefixed Gauss–Krüger eastings (19 682 242) imply; None where they do not."""
    known = eastings[np.abs(eastings) < 1e8]  # which no NaN is
    if not len(known):
        return None
    zones = np.unique(known // 1_000_000).astype(int)
    rest = known % 1_000_000
    if len(zones) != 1 or rest.min() < 100_000 or rest.max() > 900_000:
        return None
    zone = int(zones[0])
    if 13 <= zone <= 23:
        return f"EPSG:{4491 + zone - 13}"
    if 25 <= zone <= 45:
        return f"EPSG:{4513 + zone - 25}"
    return None


def locate(table: Table, coordinates: str | None, study_file: str, faults: Faults) -> None:
    """Give a table its shapes in a known CRS (`table.geometry`, `table.crs`), every doubt a fault.

    Tables without shapes and coordinates are left as they are, unless every row of theirs must lie somewhere.
    """
    if coordinates == H3 and table.raw.geometry is None:
        _locate_cells(table, faults)
        return
    wanted = None
    if coordinates is not None:
        wanted = declared(coordinates)
        if wanted is None:
            told = Text("unknown coordinates.", "未知的坐标系声明。")
            faults.add(study_file, told, _HOW, column=f"{table.name}.coordinates", value=coordinates)
            return
    if table.raw.geometry is not None:
        _locate_layer(table, wanted, coordinates, study_file, faults)
    else:
        _locate_columns(table, wanted, study_file, faults)
    spare = [c for c in ("lon", "lat", "x", "y") if c in table.frame.columns]
    if table.is_located and spare:
        table.frame = table.frame.drop(columns=spare)


def _locate_cells(table: Table, faults: Faults) -> None:
    """Put places whose ids are H3 cells at the middle of their cells."""
    try:
        import h3
    except ImportError:
        told = Text("H3 cells need the library h3.", "读取 H3 网格需要 h3 库。")
        faults.add(table.file, told, Text("pip install h3, or add lon and lat.", "请 pip install h3，或补充经纬度。"))
        return
    ids = table.frame[IDS.get(table.name, "place_id")].fillna("").tolist()
    valid = np.array([h3.is_valid_cell(one) for one in ids], dtype=bool)
    told = Text("not an H3 cell.", "不是 H3 网格编号。")
    mend = Text("correct the id, or declare lon and lat instead.", "请更正编号，或改用经纬度。")
    if faults.rows(table, ~valid, IDS.get(table.name, "place_id"), told, mend):
        return
    latlon = np.array([h3.cell_to_latlng(one) for one in ids]).reshape(-1, 2)
    table.crs = pyproj.CRS(4326)
    table.geometry = gpd.GeoSeries(shapely.points(latlon[:, 1], latlon[:, 0]), crs=table.crs)


def _locate_layer(
    table: Table, wanted: Declared | None, coordinates: str | None, study_file: str, faults: Faults
) -> None:
    shapes, crs = table.raw.geometry, table.raw.crs
    assert shapes is not None
    array = np.asarray(shapes.array)
    before = len(faults.errors)
    _check_shapes(table, array, faults)
    bounds = shapely.bounds(array)
    if wanted is None and crs is None:
        implied = implied_crs(bounds[:, [0, 2]].ravel())
        if implied is not None:
            told = Text(
                f"has no CRS; the eastings carry a Gauss–Krüger zone prefix, which implies {implied} (CGCS2000).",
                f"缺少坐标系；横坐标带高斯–克吕格带号，对应 {implied}（CGCS2000）。",
            )
            mend = Text(
                f'if that is so, say coordinates = "{implied}" (Xi\'an 1980 and Beijing 1954 have codes of their own).',
                f'如属实，请注明 coordinates = "{implied}"（西安 80、北京 54 另有代码）。',
            )
        else:
            told, mend = Text("has no CRS (.prj).", "缺少坐标系（.prj）。"), _HOW
        faults.add(table.file, told, mend)
        return
    if wanted is not None and crs is not None and wanted.shift is None and not _same(crs, wanted.crs):
        known = pyproj.CRS(crs).to_string()
        told = Text(
            f"the file says {known}, the study file says {coordinates}.",
            f"文件注明为 {known}，研究文件注明为 {coordinates}。",
        )
        mend = Text(
            "take coordinates = … out, or correct the file's CRS.", "请删去 coordinates = …，或更正文件坐标系。"
        )
        faults.add(study_file, told, mend, column=f"{table.name}.coordinates", value=coordinates)
        return
    own = wanted.crs if wanted is not None and (crs is None or wanted.shift is not None) else pyproj.CRS(crs)
    if len(faults.errors) > before:
        return
    ok = _check_bounds(table, bounds, own, None, faults)
    if ok and wanted is not None and wanted.shift is not None:
        array = _unshift_shapes(array, wanted.shift)
    if ok:
        table.geometry, table.crs = gpd.GeoSeries(array, crs=own), own


def _locate_columns(table: Table, wanted: Declared | None, study_file: str, faults: Faults) -> None:
    pairs = [p for p in (("lon", "lat"), ("x", "y")) if set(p) <= set(table.frame.columns)]
    half = [c for c in ("lon", "lat", "x", "y") if c in table.frame.columns]
    if not pairs:
        if table.name in LOCATED or half:
            told = Text(
                "no coordinates: neither lon and lat, nor x and y, nor shapes.", "没有坐标：缺少经纬度、x/y 或图形。"
            )
            mend = Text("add lon and lat, or use a layer file.", "请补充经度和纬度两列，或使用图层文件。")
            faults.add(table.file, told, mend, row=1, column="lon")
        return
    geographic = wanted is not None and wanted.crs.is_geographic
    pair = pairs[0] if geographic or len(pairs) == 1 else pairs[-1]
    if wanted is None:
        pair = pairs[0]
        east = table.frame[pair[0]].to_numpy(dtype=np.float64)
        implied = implied_crs(east)
        told = Text(
            f"it is not said what the coordinates {pair[0]}, {pair[1]} are.", f"未注明 {pair[0]}、{pair[1]} 的坐标系。"
        )
        mend = _HOW
        if implied is not None:
            mend = Text(
                f'the eastings carry a Gauss–Krüger zone prefix: if it is CGCS2000, say coordinates = "{implied}".',
                f'横坐标带高斯–克吕格带号：若为 CGCS2000，请注明 coordinates = "{implied}"。',
            )
        faults.add(study_file, told, mend, column=f"{table.name}.coordinates")
        return
    x, y = (table.frame[c].to_numpy(dtype=np.float64) for c in pair)
    needed = table.name in LOCATED
    lost = np.isnan(x) | np.isnan(y)
    if needed:
        told = Text("no coordinates.", "缺少坐标。")
        mend = Text("fill in both coordinates, or delete the row.", "请补全坐标，或删除该行。")
        unread = np.zeros(len(lost), dtype=bool)  # a cell that could not be read is a fault already
        for column, values in zip(pair, (x, y), strict=True):
            header = table.header_of.get(column, column)
            if header in table.raw.frame:
                unread |= np.isnan(values) & table.raw.frame[header].notna().to_numpy()
        faults.rows(table, lost & ~unread, pair[0], told, mend)
    ok = _check_bounds(table, np.column_stack([x, y, x, y]), wanted.crs, pair, faults)
    if not ok or (needed and lost.any()) or not np.isfinite(x[~lost]).all() or not np.isfinite(y[~lost]).all():
        return
    if wanted.shift is not None:
        x, y = unshift(x, y, wanted.shift)
    points = np.column_stack([x, y])
    points[lost] = np.nan
    table.points, table.crs = points, wanted.crs


def _check_shapes(table: Table, array: npt.NDArray[np.object_], faults: Faults) -> None:
    nothing = shapely.is_missing(array) | shapely.is_empty(array)
    told = Text("the row has no shape.", "该行没有图形。")
    mend = Text("draw it, or delete the row.", "请补绘图形，或删除该行。")
    faults.rows(table, nothing, "geometry", told, mend)
    bounds = shapely.bounds(array)
    told = Text("the shape has a coordinate that is no finite number.", "图形含非有限坐标。")
    faults.rows(table, ~nothing & ~np.isfinite(bounds).all(axis=1), "geometry", told, _CHECK)
    allowed = SHAPES.get(table.name, ())
    if not allowed:
        return
    types = np.array([_SHAPE_OF.get(g.geom_type, "mixed") if g is not None else "" for g in array], dtype=object)
    wrong = ~nothing & ~np.isin(types, allowed)
    en, zh = " or ".join(allowed), "或".join(_SHAPE_ZH[a] for a in allowed)
    told = Text(f"the shape is no {en}.", f"图形不是{zh}。")
    mend = Text(f"use a layer of {en}s.", f"请使用{zh}图层。")
    faults.rows(table, wrong, "geometry", told, mend, value=lambda at: types[at])
    present = set(types[~nothing])
    if table.name == "places" and {"point", "polygon"} <= present:
        told = Text("points and polygons are mixed.", "点与面混在一起。")
        faults.add(table.file, told, Text("use one kind of shape.", "请统一为一种图形。"), column="geometry")


def _check_bounds(table: Table, bounds: Floats, crs: pyproj.CRS, pair: tuple[str, str] | None, faults: Faults) -> bool:
    """Check that shapes lie on the earth and where their CRS is meant for; True where they do."""
    west, south, east, north = bounds.T
    column = pair[0] if pair else "geometry"
    value = None if pair else (lambda at: f"{west[at]:g}, {south[at]:g}")
    before = len(faults.errors)
    nowhere = (west == 0) & (south == 0) & (east == 0) & (north == 0)
    told = Text("the point (0, 0) is in the Gulf of Guinea: the coordinates are missing.", "坐标为 (0, 0)，实为缺失。")
    faults.rows(table, nowhere, column, told, Text("fill in the coordinates.", "请补填坐标。"), value)
    if crs.is_geographic:
        _check_degrees(table, bounds, nowhere, pair, faults)
    else:
        _check_metres(table, bounds, nowhere, crs, pair, faults)
    return len(faults.errors) == before


def _check_degrees(table: Table, bounds: Floats, nowhere: Mask, pair: tuple[str, str] | None, faults: Faults) -> None:
    west, south, east, north = bounds.T
    column = pair[0] if pair else "geometry"
    value = None if pair else (lambda at: f"{west[at]:g}, {south[at]:g}")
    swapped = (np.abs(north) > 90) & (np.abs(east) <= 90) & (np.abs(north) <= 180)
    fine = ~nowhere & np.isfinite(bounds).all(axis=1)
    if fine.any() and (east[fine] < 54).all() and (west[fine] > 3).all() and (south[fine] > 72).all():
        swapped = fine & (north < 136)  # in the Arctic Ocean as it stands, in western China once swapped
    told = Text("longitude and latitude are swapped.", "经度与纬度颠倒。")
    mend = _swap(table, pair, bool(swapped[fine].all()))
    faults.rows(table, swapped, pair[1] if pair else column, told, mend, value)
    outside = ~swapped & fine & ((west < -180) | (east > 180) | (south < -90) | (north > 90))
    implied = implied_crs(west[outside])
    told = Text(
        "no degrees: longitude is −180 … 180, latitude −90 … 90.", "不是经纬度：经度应在 −180…180，纬度 −90…90。"
    )
    mend = (
        _CHECK if implied is None else Text(f'metres? Say coordinates = "{implied}".', f"若为米制，请注明“{implied}”。")
    )
    faults.rows(table, outside, column, told, mend, value)


def _swap(table: Table, pair: tuple[str, str] | None, everywhere: bool) -> Text:
    """Say how the axes are swapped: in the study file where every row is so, for files are left as they are."""
    if pair is None or not everywhere or not set(pair) <= set(table.header_of):
        return Text("swap the two columns where it is so.", "请对调所指各行的两列。")
    first, second = (table.header_of[name] for name in pair)
    said = f'columns = {{ {pair[0]} = "{second}", {pair[1]} = "{first}" }}'
    return Text(
        f"swap the two columns: under [{table.name}] say {said}.", f"请对调两列：在 [{table.name}] 下写 {said}。"
    )


def _check_metres(
    table: Table, bounds: Floats, nowhere: Mask, crs: pyproj.CRS, pair: tuple[str, str] | None, faults: Faults
) -> None:
    west, south, east, north = bounds.T
    column = pair[0] if pair else "geometry"
    value = None if pair else (lambda at: f"{west[at]:g}, {south[at]:g}")
    fine = ~nowhere & np.isfinite(bounds).all(axis=1)
    degrees = fine & (np.abs(east) <= 180) & (np.abs(north) <= 90)
    told = Text(
        f"degrees in a table declared as metres ({crs.to_string()}).", f"声明为米制（{crs.to_string()}），却是经纬度。"
    )
    mend = Text('declare degrees, e.g. coordinates = "wgs84".', '请按经纬度声明，如 coordinates = "wgs84"。')
    faults.rows(table, degrees, column, told, mend, value)
    rest = fine & ~degrees
    if crs.area_of_use is None or not rest.any():
        return
    to_degrees = degrees_of(crs)
    x, y = (west + east) / 2, (south + north) / 2
    astray = rest & ~_in_use(crs, *to_degrees.transform(x, y))
    if not astray.any():
        return
    turned = astray & _in_use(crs, *to_degrees.transform(y, x))
    told = Text("x and y are swapped: in surveying X is often the northing.", "x 与 y 颠倒：测量坐标常以 X 为北。")
    faults.rows(table, turned, column, told, _swap(table, pair, bool(turned[fine].all())), value)
    told = Text(f"far outside the area {crs.to_string()} is meant for.", f"远超出 {crs.to_string()} 的适用范围。")
    mend = Text("correct the coordinates or the declared CRS.", "请更正坐标或所声明的坐标系。")
    faults.rows(table, astray & ~turned, column, told, mend, value)


def _in_use(crs: pyproj.CRS, lon: Floats, lat: Floats) -> Mask:
    area = crs.area_of_use
    assert area is not None
    slack = 3.0  # degrees: a county may lie over the edge of a zone
    with np.errstate(invalid="ignore"):
        return np.asarray(
            (lon >= area.west - slack)
            & (lon <= area.east + slack)
            & (lat >= area.south - slack)
            & (lat <= area.north + slack),
            dtype=bool,
        )


def to_metric(table: Table, crs: str, faults: Faults) -> gpd.GeoSeries:
    """Bring a table's shapes into the study's CRS; polygons that are invalid are repaired with a warning."""
    if table.points is not None:
        return _points_to_metric(table, crs)
    assert table.geometry is not None
    shapes = table.geometry if _same(table.crs, pyproj.CRS(crs)) else table.geometry.to_crs(crs)
    array = np.asarray(shapes.array)
    invalid = ~shapely.is_valid(array) & ~shapely.is_missing(array)
    if invalid.any():
        positions = np.flatnonzero(invalid)
        repaired = np.array([_polygonal(g) for g in shapely.make_valid(array[positions])], dtype=object)
        old, new = shapely.area(array[positions]), shapely.area(repaired)
        at_row = {int(p): i for i, p in enumerate(positions)}
        reasons = shapely.is_valid_reason(array[positions])

        def told(position: int) -> Text:
            i = at_row[position]
            change = f"{old[i]:,.0f} → {new[i]:,.0f} m² ({new[i] - old[i]:+,.1f})"
            return Text(
                f"the shape is invalid ({reasons[i]}) and was repaired; area {change}.",
                f"图形无效（{reasons[i]}），已修复；面积 {change}。",
            )

        mend = Text(
            "look at it, and correct the layer if the repair is not what was meant.", "请核对；如修复有误请更正图层。"
        )
        faults.rows(table, invalid, "geometry", told, mend, value=lambda at: None, warn=True)
        array = array.copy()
        array[positions] = repaired
    return gpd.GeoSeries(array, crs=crs)


def _points_to_metric(table: Table, crs: str) -> gpd.GeoSeries:
    """Bring points from columns into the study's CRS without making shapes of them first."""
    assert table.points is not None
    there = np.isfinite(table.points).all(axis=1)
    x, y = table.points[there].T
    metric = pyproj.CRS(crs)
    if not _same(table.crs, metric):
        x, y = transformer(pyproj.CRS(table.crs), metric).transform(x, y)
    array = np.full(len(table.points), None, dtype=object)
    array[there] = shapely.points(x, y)
    return gpd.GeoSeries(array, crs=crs)


def _polygonal(shape: Any) -> Any:
    """Keep what has an area of a repaired shape; lines and points left over are scraps."""
    if shape.geom_type != "GeometryCollection":
        return shape
    return shapely.union_all([part for part in shape.geoms if part.geom_type in ("Polygon", "MultiPolygon")])


def _unshift_shapes(array: npt.NDArray[np.object_], datum: Datum) -> npt.NDArray[np.object_]:
    return shapely.transform(array, lambda c: np.column_stack(unshift(c[:, 0], c[:, 1], datum)))


def _same(one: object, other: object) -> bool:
    return bool(pyproj.CRS(one).equals(pyproj.CRS(other), ignore_axis_order=True))
