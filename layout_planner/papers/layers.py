"""`plan.gpkg`: a plan as layers for QGIS, in the reader's words, each with its style."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from layout_planner.base.messages import Language, Text, language, using_language
from layout_planner.measures.mergers import weighted_mean
from layout_planner.page import palette
from layout_planner.papers.columns import column_of
from layout_planner.papers.people import Names, for_people
from layout_planner.papers.styles import style_of
from layout_planner.papers.words import plain, stage_word
from layout_planner.plan import draw_zones, without_school
from layout_planner.plan.columns import AWAY
from layout_planner.plan.folder import school_table
from layout_planner.plan.zones import zoned_stages

if TYPE_CHECKING:
    from layout_planner.plan import Plan
    from layout_planner.study import Study

STAMP = "2000-01-01T00:00:00.000Z"
"""Time of change in every file: the same plan is the same bytes."""

STYLES = "layer_styles"
"""The table QGIS looks for styles in."""

LAYERS = {
    "unplaced": Text("children without a school", "未安置学生"),
    "schools": Text("schools", "学校"), "places": Text("places", "居住点"), "flows": Text("who goes where", "学生流向"),
    "zones": Text("catchments", "招生片区"), "roads": Text("roads", "道路"), "townships": Text("townships", "乡镇"),
}  # fmt: skip


def write_layers(
    plan: Plan, path: str | os.PathLike[str], lang: Language | None = None, names: Names = "people"
) -> None:
    """Write a plan as a GeoPackage.

    Parameters
    ----------
    plan
        The plan.
    path
        The file, made new; the same plan gives the same bytes.
    lang
        "zh" or "en"; the reader's where left out.
    names
        "people": layers and columns in words, names beside ids, rounded; "machine": as the program calls them.

    Notes
    -----
    Layers unplaced (children without a school, where there are any), schools (one point a school and stage: state,
    seats, roll before and after), places (by stage pupils, school
    and minutes before and after), flows (lines place → school), zones of each stage that admits by catchment, roads and
    townships, in the study's CRS, and the table `layer_styles`: QGIS opens each layer in its style.
    """
    with using_language(lang or language()), _still():
        styles = []
        limits = _limits(plan)
        for kind, stage, frame in _layers(plan):
            shown = frame if names == "machine" else _worded(frame, plan)
            name = f"{kind}_{stage}" if stage else kind
            if names == "people":
                name = f"{LAYERS[kind]} {stage_word(stage)}".strip()
            shown.to_file(path, layer=name, driver="GPKG", engine="pyogrio")
            headers = {str(c): str(column_of(str(c)).words) if names == "people" else str(c) for c in frame.columns}
            styles.append(_style_row(name, style_of(kind, frame, headers, limits, names)))
        pyogrio.write_dataframe(pd.DataFrame(styles), path, layer=STYLES, driver="GPKG")


@contextmanager
def _still() -> Iterator[None]:
    """Let GDAL put a fixed time of change into what it writes."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": STAMP})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _limits(plan: Plan) -> tuple[float, ...]:
    flows = plan.flows
    return palette.minute_limits(flows["minutes"], flows["pupils"])


def _layers(plan: Plan) -> Iterator[tuple[str, str, gpd.GeoDataFrame]]:
    study = plan.study
    lost = _lost(plan)
    if len(lost):
        yield "unplaced", "", lost
    yield "schools", "", _schools(plan)
    yield "places", "", _places(plan)
    flows = _flows(plan)
    if len(flows):
        yield "flows", "", flows
    for stage in zoned_stages(plan):
        yield "zones", stage, draw_zones(plan, stage).reset_index()
    if study.roads is not None and len(study.roads):
        columns = [c for c in ("road_id", "name", "class", "highway", "geometry") if c in study.roads]
        yield "roads", "", study.roads[columns].reset_index(drop=True)
    if len(study.townships):
        columns = [c for c in ("name", "population", "urban_rural", "geometry") if c in study.townships]
        yield "townships", "", study.townships[columns].reset_index()


def _lost(plan: Plan) -> gpd.GeoDataFrame:
    """Give a point a place, stage and reason where children have no school."""
    keys = ["place_id", "stage", "reason"]
    left = without_school(plan)
    table = left.groupby(keys, sort=True)["pupils"].sum().reset_index()
    points = plan.study.place_points().reindex(table["place_id"]).to_numpy()
    return gpd.GeoDataFrame(table, geometry=points, crs=plan.study.crs)


def _schools(plan: Plan) -> gpd.GeoDataFrame:
    table = school_table(plan)
    points = plan.study.schools.geometry.reindex(table["school_id"]).to_numpy()
    return gpd.GeoDataFrame(table, geometry=points, crs=plan.study.crs)


def _places(plan: Plan) -> gpd.GeoDataFrame:
    study = plan.study
    columns = [c for c in ("name", "township_id", "geometry") if c in study.places]
    places = study.places[columns].reset_index()
    for stage, done in plan.assignments.items():
        places[f"pupils_{stage}"] = study.demand(stage).to_numpy()
        before = plan.base.assignments.get(stage) if plan.base is not None else None
        for when, one in (("before", before), ("after", done)):
            if one is None:
                continue
            of = places["place_id"].map(one.school_of())
            places[f"school_{when}_{stage}"] = of
            day = one.flows.loc[~one.flows["how"].isin(AWAY)]
            minutes = weighted_mean(day, "minutes", ["place_id"])
            places[f"minutes_{when}_{stage}"] = places["place_id"].map(minutes)
    return gpd.GeoDataFrame(places, geometry="geometry", crs=study.crs)


def _flows(plan: Plan) -> gpd.GeoDataFrame:
    """Give a line a place, school and stage: pupils, mean minutes; and whether they went there before."""
    keys = ["place_id", "school_id", "stage"]
    table = plan.flows.groupby(keys, observed=True)["pupils"].sum().to_frame()
    table["minutes"] = weighted_mean(plan.flows, "minutes", keys)
    table["metres"] = weighted_mean(plan.flows, "metres", keys)
    if plan.base is not None:
        went = plan.base.flows.groupby(keys, observed=True)["pupils"].sum()
        table["pupils_before"] = went.reindex(table.index).fillna(0.0)
    table = table.reset_index()
    start, end = (
        shapely.get_coordinates(points.to_numpy())
        for points in (
            plan.study.place_points().reindex(table["place_id"]),
            plan.study.schools.geometry.reindex(table["school_id"]).representative_point(),
        )
    )
    lines = shapely.linestrings(np.stack([start, end], axis=1)) if len(table) else []
    return gpd.GeoDataFrame(table, geometry=lines, crs=plan.study.crs)


def _worded(frame: gpd.GeoDataFrame, plan: Plan) -> gpd.GeoDataFrame:
    """Put a layer into words; schools named by id in the table of places get their names."""
    named = frame.copy()
    for column in frame.columns:
        if str(column).startswith(("school_before_", "school_after_")):
            known = [plan.study] if plan.base is None else [plan.study, plan.base.study]
            named[column] = [_name(known, school) for school in frame[column]]
    shown = for_people(pd.DataFrame(named), plan.study)
    return gpd.GeoDataFrame(shown, geometry=frame.geometry.name, crs=frame.crs)


def _name(studies: list[Study], school: object) -> str:
    if not isinstance(school, str):
        return ""
    return next((plain(s.school_name(school)) for s in studies if school in s.schools.index), school)


def _style_row(layer: str, qml: str) -> dict[str, object]:
    return {
        "f_table_catalog": "", "f_table_schema": "", "f_table_name": layer, "f_geometry_column": "geom",
        "styleName": layer, "styleQML": qml, "styleSLD": "", "useAsDefault": True, "description": "layout-planner",
        "owner": "", "ui": "", "update_time": STAMP,
    }  # fmt: skip
