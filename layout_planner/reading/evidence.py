"""What a check tells beside faults: headers recognised, coordinates against the roads, borders, points for a map."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from layout_planner.base.arrays import Floats
from layout_planner.base.messages import Text
from layout_planner.reading.config import StudyFile
from layout_planner.reading.coordinates import degrees_of
from layout_planner.reading.datums import READINGS, DatumEvidence, Reading, as_written, weigh_datums
from layout_planner.reading.faults import Faults, Table
from layout_planner.reading.positions import middles
from layout_planner.reading.topology import warn_topology
from layout_planner.study.shift import is_shifted
from layout_planner.study.types import Study

POINT_TABLES = ("schools", "places", "sites")
"""Tables whose positions are weighed and shown."""
_NEAR_ROADS = 0.2
"""Degrees around the roads' extent within which points are expected."""
_ALMOST_ALL, _ALMOST_NONE = 0.9, 0.1


def tell_recognised(tables: dict[str, Table]) -> list[Text]:
    """Say how each table was read: file, rows, headers recognised and headers carried through."""
    said = []
    for name, table in tables.items():
        renamed = [f"{header} → {column}" for column, header in table.header_of.items() if header != column]
        known = {*table.header_of, *table.header_of.values()}
        other = [str(c) for c in table.raw.frame.columns if str(c) not in known]
        en, zh = (
            f"[{name}] {table.file}: {len(table.raw.rows)} rows.",
            f"[{name}] {table.file}：{len(table.raw.rows)} 行。",
        )
        if renamed:
            en, zh = f"{en} Recognised: {', '.join(renamed)}.", f"{zh}已识别：{'，'.join(renamed)}。"
        if other:
            shown = [*other[:12], *(["…"] if len(other) > 12 else [])]
            en, zh = f"{en} Carried through: {', '.join(shown)}.", f"{zh}原样保留：{'，'.join(shown)}。"
        said.append(Text(en, zh))
    return said


def tell_crs(study: Study, tables: dict[str, Table]) -> list[Text]:
    """Say in which CRS each layer lay and which the study uses."""
    own = [f"{name} {table.crs.to_string()}" for name, table in tables.items() if table.crs is not None]
    return [
        Text(
            f"Coordinates: {', '.join(own)}; the study is in {study.crs}.",
            f"坐标系：{'，'.join(own)}；研究采用 {study.crs}。",
        )
    ]


def weigh_coordinates(study: Study, tables: dict[str, Table], file: StudyFile, faults: Faults) -> list[Text]:
    """Weigh the declared coordinates of every point table against the roads and the townships; a doubt is a warning.

    Returns
    -------
    list of Text
        What the roads say, a sentence for each table that could be weighed.
    """
    if study.roads is None or not len(study.roads):
        return [Text("No roads: the coordinates could not be tested.", "没有道路，无法检验坐标系。")]
    told = []
    for name in POINT_TABLES:
        table = tables.get(name)
        lonlat = None if table is None else _points(table)
        if table is None or lonlat is None:
            continue
        reading = _declared(file.tables[name].coordinates)
        lon, lat = as_written(*lonlat, reading)
        if _are_swapped(study, table, *lonlat, faults) or not is_shifted(lon, lat):
            continue  # outside China the three readings are one
        evidence = weigh_datums(lon, lat, study.roads.geometry)
        if evidence is None:
            continue
        said = evidence.told(reading)
        inside = _inside_townships(study, table, lon, lat)
        said = Text(f"[{name}] {said.en}{inside.en}", f"[{name}] {said.zh}{inside.zh}")
        told.append(said)
        if evidence.best is not None and evidence.best != reading:
            _warn_datum(table, evidence, said, file, faults)
    return told


def warn_borders(study: Study, tables: dict[str, Table], faults: Faults) -> None:
    """Note overlaps, slivers, enclaves, islands and parts of the places and townships that are polygons."""
    for name, layer in (("places", study.places), ("townships", study.townships)):
        table = tables.get(name)
        if table is None or not table.is_located or len(layer) != len(table.raw.rows):
            continue
        if layer.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).all():
            warn_topology(table, layer.geometry, [str(n) for n in layer["name"]], faults)


def locate_rows(tables: dict[str, Table]) -> pd.DataFrame:
    """Give where the rows of the point tables lie, for a map of what a check found.

    Returns
    -------
    DataFrame
        table, file, row (as a spreadsheet shows it), lon, lat.
    """
    frames = []
    for name in POINT_TABLES:
        table = tables.get(name)
        if table is None or not table.is_located:
            continue
        if table.points is not None:
            there = np.isfinite(table.points).all(axis=1)
            xy = table.points[there]
        else:
            points = middles(np.asarray(table.geometry))
            there = ~(shapely.is_missing(points) | shapely.is_empty(points))
            xy = shapely.get_coordinates(points[there])
        lon, lat = degrees_of(table.crs).transform(xy[:, 0], xy[:, 1])
        frames.append(
            pd.DataFrame({"table": name, "file": table.file, "row": table.raw.rows[there], "lon": lon, "lat": lat})
        )
    columns = ["table", "file", "row", "lon", "lat"]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def _declared(coordinates: str | None) -> Reading:
    word = (coordinates or "").strip().lower().replace("-", "")
    return next((reading for reading in READINGS if reading == word), "wgs84")


def _points(table: Table) -> tuple[Floats, Floats] | None:
    """Give longitude and latitude of the distinct points of a table, in order; None where it holds areas."""
    if table.points is not None:
        xy = table.points[np.isfinite(table.points).all(axis=1)]
    elif table.geometry is None or not (table.geometry.geom_type.dropna() == "Point").all():
        return None
    else:
        xy = shapely.get_coordinates(table.geometry.dropna().to_numpy())
    xy = xy[np.sort(np.unique(xy, axis=0, return_index=True)[1])]
    lon, lat = degrees_of(table.crs).transform(xy[:, 0], xy[:, 1])
    return np.asarray(lon), np.asarray(lat)


def _are_swapped(study: Study, table: Table, lon: Floats, lat: Floats, faults: Faults) -> bool:
    """Warn of points far from every road that lie among the roads once longitude and latitude are swapped."""
    assert study.roads is not None
    roads_west, roads_south, roads_east, roads_north = study.roads.to_crs(4326).total_bounds

    def among(x: Floats, y: Floats) -> float:
        across = (x > roads_west - _NEAR_ROADS) & (x < roads_east + _NEAR_ROADS)
        along = (y > roads_south - _NEAR_ROADS) & (y < roads_north + _NEAR_ROADS)
        return float((across & along).mean())

    as_they_are, turned = among(lon, lat), among(lat, lon)
    if as_they_are > _ALMOST_NONE or turned < _ALMOST_ALL:
        return False
    told = Text(
        f"{as_they_are:.0%} of the points lie in the region of the roads; with longitude and latitude swapped it would "
        f"be {turned:.0%}.",
        f"仅 {as_they_are:.0%} 的点位于道路所在区域；若对调经纬度则为 {turned:.0%}。",
    )
    faults.add(table.file, told, Text("swap the two columns.", "请对调两列。"), column="lon", warn=True)
    return True


def _inside_townships(study: Study, table: Table, lon: Floats, lat: Floats) -> Text:
    """Say for each reading how many points lie inside any township; empty where there are no outlines."""
    outlines = study.townships.geometry.dropna()
    outlines = outlines[outlines.geom_type.isin(["Polygon", "MultiPolygon"])]
    if not len(outlines):
        return Text("", "")
    import geopandas as gpd

    from layout_planner.study.shift import unshift

    whole = shapely.union_all(outlines.to_numpy())
    shapely.prepare(whole)
    shares = []
    for reading in READINGS:
        x, y = (lon, lat) if reading == "wgs84" else unshift(lon, lat, reading)
        points = gpd.GeoSeries(gpd.points_from_xy(x, y), crs=4326).to_crs(study.crs)
        shares.append(f"{float(np.mean(shapely.intersects(whole, points.to_numpy()))):.0%}")
    shown = ", ".join(shares)
    return Text(
        f" Inside the townships, in the same order: {shown}.",
        f"位于乡镇范围内的比例（同上顺序）：{'，'.join(shares)}。",
    )


def _warn_datum(table: Table, evidence: DatumEvidence, said: Text, file: StudyFile, faults: Faults) -> None:
    best = "wgs84" if evidence.best is None else evidence.best
    mend = Text(
        f'ask where the points come from; if it is so, say coordinates = "{best}". Nothing was changed.',
        f'请核实坐标来源；如属实，请注明 coordinates = "{best}"。程序未作任何改动。',
    )
    faults.add(
        file.path.name, said, mend, file.line(table.name, "coordinates"), f"{table.name}.coordinates",
        file.tables[table.name].coordinates, warn=True,
    )  # fmt: skip
