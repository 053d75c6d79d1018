"""Roads and schools from OpenStreetMap through osmnx: its cache, settings and limits. Nothing is fetched unasked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import geopandas as gpd
import pandas as pd
import shapely

from layout_planner.base.errors import RunError, refuse
from layout_planner.base.files import whole_file
from layout_planner.base.messages import Text
from layout_planner.base.units import in_units
from layout_planner.roads.access import KEYS_READ
from layout_planner.roads.osm import from_graph
from layout_planner.study.kinds import read_offered

if TYPE_CHECKING:
    import networkx as nx

Where: TypeAlias = "str | shapely.Polygon | shapely.MultiPolygon | tuple[float, float, float, float]"
"""A place that OpenStreetMap's search finds, a polygon in WGS 84, or west, south, east, north in degrees."""

ROADS = (
    '["highway"]["area"!~"yes"]["highway"!~"abandoned|construction|no|planned|platform|proposed|raceway|razed"]',
    '["route"="ferry"]',
)
WAY_TAGS = tuple(sorted(KEYS_READ.union((
    "bridge", "duration", "ferry", "footway", "ford", "interval", "lanes", "lit", "maxheight:physical", "maxspeed",
    "maxspeed:backward", "maxspeed:forward", "maxlength", "maxweight", "maxwidth", "maxwidth:physical", "name",
    "est_width", "sidewalk", "surface", "tunnel", "width",
))))  # fmt: skip
NODE_TAGS = (
    "barrier", "access", "foot", "bicycle", "vehicle", "motor_vehicle", "motorcar", "bus", "psv", "highway", "railway",
    "locked", "bollard", "kerb", "maxheight", "maxwidth", "maxweight", "ford",
)  # fmt: skip
SCHOOL_COLUMNS = ("name", "stage", "stage_from", "amenity", "operator", "capacity", "grades", "geometry")


@in_units()
def roads_from_osm(where: Where) -> gpd.GeoDataFrame:
    """Fetch all roads and ferries of an area, as `read_study(…, roads=…)` takes them.

    Every piece of every way is kept with its own tags: a graph that osmnx has simplified lets one part of a road speak
    for all, see its `simplify_graph`.

    Parameters
    ----------
    where
        See `Where`.

    Returns
    -------
    GeoDataFrame
        Lines with `roads.ROAD_COLUMNS` and `roads.OSM_COLUMNS`, in the UTM zone of the area.

    Raises
    ------
    DataError
        Nothing is found there.
    RunError
        The server does not answer, or answers with a part only.
    """
    import osmnx

    area = _area(where)
    with _asked():
        graph: nx.MultiDiGraph = osmnx.graph_from_polygon(
            area, simplify=False, retain_all=True, truncate_by_edge=True, custom_filter=list(ROADS)
        )
    roads = from_graph(graph)
    return roads.to_crs(roads.estimate_utm_crs())


@in_units()
def schools_from_osm(where: Where) -> gpd.GeoDataFrame:
    """Fetch schools and kindergartens (amenity=school, kindergarten) of an area.

    Parameters
    ----------
    where
        See `Where`.

    Returns
    -------
    GeoDataFrame
        Index school_id ("node/1", "way/2"); points in WGS 84, `SCHOOL_COLUMNS`. stage: what the tags
        (`isced:level`, `grades`) or the name say, joined by "+", empty where neither does; stage_from: "tag", "name"
        or "". OpenStreetMap knows no rolls: seats, where tagged, stand in capacity.

    Raises
    ------
    DataError
        Nothing is found there.
    RunError
        The server does not answer, or answers with a part only.
    """
    import osmnx

    area = _area(where)
    with _asked():
        found = osmnx.features_from_polygon(area, {"amenity": ["school", "kindergarten"]})
    found = found.loc[found["amenity"].isin(["school", "kindergarten"])]
    index = pd.Index([f"{kind}/{number}" for kind, number in found.index], name="school_id")
    table = gpd.GeoDataFrame(found.reset_index(drop=True), crs="EPSG:4326").set_axis(index)
    points = table.geometry.representative_point()
    stages = [_stage(row) for row in table.drop(columns="geometry").astype(object).to_dict("records")]
    table = table.assign(stage=[stage for stage, _ in stages], stage_from=[told for _, told in stages])
    empty = pd.Series("", index, dtype="str")
    columns = {name: table[name].fillna("").astype(str) if name in table else empty for name in SCHOOL_COLUMNS[:-1]}
    return gpd.GeoDataFrame(columns, geometry=points.to_numpy(), crs="EPSG:4326").set_axis(index).sort_index()


def fetch(where: Where, folder: str | os.PathLike[str]) -> list[Path]:
    """Fetch roads and schools of an area into files from which `init` drafts a study.

    Returns
    -------
    list of Path
        schools.csv (with lon and lat) and roads.gpkg, both written whole.

    Raises
    ------
    DataError, RunError
        As `roads_from_osm` and `schools_from_osm`; one of the files is there already.
    """
    target = Path(folder)
    files = [target / "schools.csv", target / "roads.gpkg"]
    for file in files:
        if file.exists():
            told = Text(f"{file} is there already; move it away first", f"{file} 已存在；请先移走")
            raise RunError(str(told))
    schools, roads = schools_from_osm(where), roads_from_osm(where)
    table = pd.DataFrame(schools.drop(columns="geometry")).assign(lon=schools.geometry.x, lat=schools.geometry.y)
    with whole_file(files[0]) as part:
        table.reset_index().to_csv(part, index=False, encoding="utf-8-sig")
    with whole_file(files[1]) as part:
        roads.to_file(part, layer="roads", driver="GPKG")
    return files


def _area(where: Where) -> shapely.Polygon | shapely.MultiPolygon:
    import osmnx

    if isinstance(where, str):
        with _asked():
            found = osmnx.geocode_to_gdf(where)
        return found.geometry.iloc[0]
    area = shapely.box(*where) if isinstance(where, tuple) else where
    west, south, east, north = shapely.bounds(area)
    if area.is_empty or not area.is_valid or not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise refuse(
            "the area is no polygon in degrees (WGS 84)", "范围不是以度为单位的多边形（WGS 84）",
            "give west, south, east, north in degrees, or a place's name", "请给出西、南、东、北（度），或地名",
        )  # fmt: skip
    return area


@contextmanager
def _asked() -> Iterator[None]:
    """Ask with the tags we read; refuse what is only a part; give the settings back."""
    import osmnx
    import requests

    settings = osmnx.settings
    kept = {name: getattr(settings, name) for name in ("useful_tags_way", "useful_tags_node", "requests_kwargs")}
    remarks: list[str] = []

    def listen(response: Any, **_: object) -> None:
        # A query that ran out of time or memory comes with status 200, a remark, and what was found until then.
        with_remark = "json" in response.headers.get("Content-Type", "") and b'"remark"' in response.content
        if with_remark:
            remarks.append(str(response.json().get("remark", "")))

    settings.useful_tags_way = sorted({*kept["useful_tags_way"], *WAY_TAGS})
    settings.useful_tags_node = sorted({*kept["useful_tags_node"], *NODE_TAGS})
    settings.requests_kwargs = {**kept["requests_kwargs"], "hooks": {"response": listen}}
    errors = osmnx._errors
    try:
        yield
    except (errors.InsufficientResponseError, errors.GraphSimplificationError) as error:
        if not remarks:
            raise refuse(
                f"OpenStreetMap has nothing there ({error})", f"OpenStreetMap 在此范围内没有数据（{error}）",
                "give a larger area, or another name", "请扩大范围或更换地名",
            ) from error  # fmt: skip
    except (errors.ResponseStatusCodeError, requests.RequestException) as error:
        told = Text(
            f"the server does not answer ({type(error).__name__}); check the connection, or read a file instead",
            f"服务器没有应答（{type(error).__name__}）；请检查网络，或改为读取文件",
        )
        raise RunError(str(told)) from error
    finally:
        for name, value in kept.items():
            setattr(settings, name, value)
    if remarks:
        told = Text(
            f"the server gave a part only ({remarks[0]}); ask for a smaller area, or read a file instead",
            f"服务器只返回了部分数据（{remarks[0]}）；请缩小范围，或改为读取文件",
        )
        raise RunError(str(told))


_ISCED = {"0": "kindergarten", "1": "primary", "2": "junior", "3": "senior"}


def _stage(tags: dict[str, object]) -> tuple[str, str]:
    """Give the stages a school's tags or its name tell, and which of the two told."""
    if tags.get("amenity") == "kindergarten":
        return "kindergarten", "tag"
    levels = [_ISCED[one] for one in str(tags.get("isced:level") or "").replace("-", ";").split(";") if one in _ISCED]
    if levels:
        return "+".join(dict.fromkeys(levels)), "tag"
    for key in ("grades", "name"):
        said = tags.get(key)
        meant = read_offered(str(said)) if isinstance(said, str) else None
        if meant is not None:
            return "+".join(meant.stages), "tag" if key == "grades" else "name"
    return _named(str(tags.get("name") or ""))


def _named(name: str) -> tuple[str, str]:
    """Give the stages the end of a Chinese school's name tells."""
    words = (
        ("幼儿园", "kindergarten"), ("中心小学", "primary"), ("小学", "primary"), ("初级中学", "junior"),
        ("高级中学", "senior"), ("九年一贯制学校", "primary+junior"),
    )  # fmt: skip
    return next(((stage, "name") for word, stage in words if word in name), ("", ""))
