"""`explore`: a plan on a `folium.Map`, layer by layer, for planners who put layers of their own on it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.escape import esc, shorten
from layout_planner.base.messages import Text
from layout_planner.page import palette
from layout_planner.page.geometry import degrees, simplified
from layout_planner.plan import REASONS, Plan
from layout_planner.plan.frames import without_school
from layout_planner.plan.zones import SHARED, draw_zones, zoned_stages
from layout_planner.show.offline_map import Legend, OfflineDualMap, OfflineMap
from layout_planner.study.stages import STAGE_NAMES
from layout_planner.travel import isochrones, travel_for

if TYPE_CHECKING:
    from branca.element import MacroElement

RED = "#c8140a"
DARK = "#2d3945"
MADE = "#0a7a3d"
VERTICES, TOLERANCE = 60_000, 10.0
"""So many vertices may a layer of areas have; metres by which it is simplified at first where it has more."""
BANDS = (15.0, 30.0, 60.0)
"""Minutes of the isochrones."""

LAYERS: Mapping[str, Text] = {
    "townships": Text("townships", "乡镇"),
    "districts": Text("management districts", "管理学区"),
    "zones": Text("zones", "招生片区"),
    "isochrones": Text("reach of the schools", "学校可达范围"),
    "flows": Text("who goes where", "就学流向"),
    "places": Text("places by minutes one way", "居住点（按单程分钟）"),
    "schools": Text("schools by load", "学校（按学位使用率）"),
}
"""What may be drawn, from the ground up; children without a school are always drawn."""
AT_FIRST = ("townships", "places", "schools")
"""Shown when the map opens; the others are a click away."""
ON_REQUEST = ("isochrones",)
"""Drawn only where they are asked for by name: they take seconds."""


@dataclass(frozen=True, eq=False)
class _Drawing:
    """What the layers of one plan and stage are made of."""

    plan: Plan
    stage: str
    limits: tuple[float, ...]


def explore(
    plan: Plan,
    m: folium.Map | None = None,
    *,
    stage: str | None = None,
    layers: Sequence[str] | None = None,
    tiles: str | None = None,
) -> folium.Map:
    """Draw a plan on a `folium.Map`, in the habit of geopandas' `explore`.

    Every layer is a named `FeatureGroup` that the list of layers switches on and off; the first, in red, are the
    children without a school of all stages. Put layers of your own on the map as on any of folium's
    (``folium.Marker(…).add_to(m)``, ``gdf.explore(m=m)``): the list of layers takes them up. Text of yours passes a
    template in folium: send it through `layout_planner.show.esc` where it may hold braces or tags.

    Parameters
    ----------
    plan
        A plan; today is one.
    m
        A map to draw on; a new one where left out. Layers then bear the plan's name.
    stage
        The stage drawn; primary where left out, or the first the plan covers.
    layers
        Names out of `LAYERS`, all of them shown at first; where left out all but the isochrones, some switched off.
    tiles
        Map tiles, as folium takes them ("CartoDB positron", a URL). None: nothing is ever loaded, and `m.save(…)` and
        the notebook's cell need no network. Ignored where `m` is given.

    Returns
    -------
    folium.Map
        The map: `m`, or a new one.

    Raises
    ------
    DataError
        An unknown layer, or a stage the plan does not cover.
    TravelError
        Isochrones were asked for, and the plan's ways are not measured along roads or straight lines.
    """
    drawing = _drawing(plan, stage, (plan,))
    chosen = _chosen(layers)
    prefix = "" if m is None else f"{esc(shorten(plan.name))}: "
    if m is None:
        # Who draws the tiles must be named; without tiles there is nobody to name.
        m = OfflineMap(tiles=tiles, control_scale=True, zoomSnap=0.25, attributionControl=tiles is not None)
    _drawn(m, drawing, chosen, layers is not None, prefix)
    Legend(_legend(drawing, chosen, opened=True)).add_to(m)
    _fit(m, plan, 240, 240)
    return m


def dual_map(
    before: Plan, after: Plan, *, stage: str | None = None, layers: Sequence[str] | None = None
) -> OfflineDualMap:
    """Draw two plans side by side, on maps that move together and colour alike.

    Parameters
    ----------
    before, after
        Left and right.
    stage, layers
        As in `explore`.

    Returns
    -------
    folium.plugins.DualMap
        `m1` and `m2` are the two maps. Nothing is loaded.

    Raises
    ------
    DataError, TravelError
        As in `explore`.
    """
    both = OfflineDualMap(tiles=None, attributionControl=False, zoomSnap=0.25)
    chosen = _chosen(layers)
    for side, plan in ((both.m1, before), (both.m2, after)):
        drawing = _drawing(plan, stage, (before, after))
        _drawn(side, drawing, chosen, layers is not None, "")
        Legend(_legend(drawing, chosen, opened=False)).add_to(side)
        _fit(side, before, 10, 10)
    return both


def _chosen(layers: Sequence[str] | None) -> list[str]:
    asked = [layers] if isinstance(layers, str) else layers
    for name in asked or ():
        if name not in LAYERS:
            hint = did_you_mean(name, LAYERS)
            raise refuse(
                f'there is no layer "{name}"{hint.en}',
                f"没有图层“{name}”{hint.zh}",
                f"use any of {', '.join(LAYERS)}",
                f"可用：{'、'.join(LAYERS)}",
            )
    return [name for name in LAYERS if (name in asked if asked is not None else name not in ON_REQUEST)]


def _drawing(plan: Plan, stage: str | None, shown: Iterable[Plan]) -> _Drawing:
    stage = stage or ("primary" if "primary" in plan.assignments else next(iter(plan.assignments)))
    frames = [each.places_gdf(stage) for each in shown]
    minutes, pupils = (pd.concat([frame[column] for frame in frames]) for column in ("minutes_mean", "pupils"))
    return _Drawing(plan, stage, palette.minute_limits(minutes, pupils))


def _fit(m: folium.Map, plan: Plan, left: int, right: int) -> None:
    """Show all of the study, so many pixels beside it left free for the legend and the list of layers."""
    points = pd.concat([plan.study.place_points(), plan.study.schools.geometry]).to_crs("EPSG:4326")
    west, south, east, north = points.total_bounds
    if math.isfinite(west):
        m.fit_bounds([[south, west], [north, east]], padding_top_left=(left, 10), padding_bottom_right=(right, 10))


def _drawn(m: folium.Map, drawing: _Drawing, chosen: Sequence[str], all_shown: bool, prefix: str) -> None:
    """Put the layers on a map, children without a school first in the list and on top of the others."""
    for name, height in (("lp-schools", 450), ("lp-without", 460)):
        if not any(getattr(each, "name", None) == name for each in m._children.values()):
            folium.map.CustomPane(name, z_index=height, pointer_events=True).add_to(m)
    red = folium.FeatureGroup(name=f"{prefix}{_headline(drawing.plan)}").add_to(m)
    for told in _without(drawing.plan):
        told.add_to(red)
    makers: dict[str, Callable[[_Drawing], Iterable[MacroElement]]] = {
        "townships": _townships, "districts": _districts, "zones": _zones, "isochrones": _isochrones,
        "flows": _flows, "places": _places, "schools": _schools,
    }  # fmt: skip
    for name in chosen:
        parts = list(makers[name](drawing))
        if parts:
            shown = all_shown or name in AT_FIRST
            group = folium.FeatureGroup(name=f"{prefix}{esc(LAYERS[name])}", show=shown).add_to(m)
            for part in parts:
                part.add_to(group)
    if not any(isinstance(each, folium.LayerControl) for each in m._children.values()):
        folium.LayerControl(collapsed=False).add_to(m)


def _headline(plan: Plan) -> str:
    """Say in red how many children have no school, of all stages."""
    count = float(without_school(plan)["pupils"].sum())
    told = Text(f"{_count(count)} children without a school", f"{_count(count)} 名儿童无学可上")
    return f'<b style="color:{RED if count else DARK}">{esc(told)}</b>'


def _layer(
    shapes: gpd.GeoSeries,
    told: pd.DataFrame,
    styles: Sequence[Mapping[str, object]],
    pane: str = "overlayPane",
    popup: bool = False,
) -> folium.GeoJson:
    """Make one GeoJson: shapes in metres, a table of texts to be told of each, a style each."""
    drawn = np.asarray(shapes.to_numpy(), dtype=object)
    if len(drawn) and (shapely.get_dimensions(drawn) == 2).all():
        drawn = simplified(drawn, VERTICES, TOLERANCE)
    drawn = shapely.transform(degrees(drawn, shapes.crs), lambda xy: np.round(xy, 5))
    # Names stand in no key and no id: those pass the template unescaped.
    fields = [f"f{i}" for i in range(told.shape[1])]
    rows = [[f"<bdi>{esc(shorten(text))}</bdi>" for text in row] for row in told.to_numpy(dtype=object)]
    features = [
        {
            "type": "Feature", "id": str(i), "geometry": json.loads(shapely.to_geojson(shape)),
            "properties": dict(zip(fields, row, strict=True)),
        }
        for i, (shape, row) in enumerate(zip(drawn, rows, strict=True))
    ]  # fmt: skip
    style = {str(i): {**each, "pane": pane} for i, each in enumerate(styles)}
    words = [esc(column) for column in told.columns]
    look = "max-width:340px;white-space:normal;overflow-wrap:anywhere"
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        style_function=lambda feature: style[feature["id"]],
        marker=folium.CircleMarker(),
        tooltip=folium.GeoJsonTooltip(fields, words, style=look, sticky=True) if features else None,
        popup=folium.GeoJsonPopup(fields, words, style=look) if popup and features else None,
        pane=pane,
    )


def _told(columns: Mapping[Text, Iterable[object]]) -> pd.DataFrame:
    return pd.DataFrame({str(word): list(values) for word, values in columns.items()}, dtype=object)


NAME, PUPILS, MINUTES = Text("name", "名称"), Text("children", "适龄儿童"), Text("minutes one way", "单程分钟")
STAGE, WITHOUT, WHY = Text("stage", "学段"), Text("without a school", "无学可上"), Text("why", "原因")
SCHOOL, ROLL, SEATS = Text("school", "学校"), Text("pupils", "在校生"), Text("seats", "学位")
LOAD, STATE, LEAD = Text("pupils a seat", "学位使用率"), Text("state", "状态"), Text("lead school", "学区长学校")
STATES = {
    "open": Text("open", "在办"), "closed": Text("closed", "已撤"), "planned": Text("planned", "规划"),
    "ended": Text("closed by the plan", "方案撤并"), "made": Text("opened by the plan", "方案新开"),
}  # fmt: skip


def _without(plan: Plan) -> Iterable[folium.GeoJson]:
    """Draw the children without a school of all stages, a red dot a place, its size by their number."""
    lost = without_school(plan)
    if not len(lost):
        return
    places = plan.places_gdf()
    sums = lost.groupby("place_id", sort=False)["pupils"].sum().sort_values(ascending=False)
    sums = sums[sums.index.isin(places.index)]
    by = lost.groupby("place_id", sort=False)
    stages = by["stage"].agg(lambda own: "、".join(str(Text(*STAGE_NAMES[each])) for each in dict.fromkeys(own)))
    why = by["reason"].agg(lambda own: "；".join(str(REASONS.get(each, each)) for each in dict.fromkeys(own)))
    told = {
        NAME: places["name"].reindex(sums.index), WITHOUT: sums.map(_count),
        STAGE: stages.reindex(sums.index), WHY: why.reindex(sums.index),
    }  # fmt: skip
    styles = [_dot(RED, 5 + min(math.sqrt(n), 14), color="#5e0500", weight=1.5, fillOpacity=0.85) for n in sums]
    yield _layer(plan.study.place_points().reindex(sums.index), _told(told), styles, "lp-without", popup=True)


def _townships(drawing: _Drawing) -> Iterable[folium.GeoJson]:
    towns = drawing.plan.study.townships
    if len(towns):
        shape = {"color": "#6c7a88", "weight": 1.2, "fillColor": "#ffffff", "fillOpacity": 0.35}
        yield _layer(towns.geometry, _told({NAME: _names(towns)}), [shape] * len(towns))


def _districts(drawing: _Drawing) -> Iterable[folium.GeoJson]:
    """Shade townships that belong to one district as a whole, and dot the schools in the colour of theirs."""
    study, found = drawing.plan.study, drawing.plan.districtings.get(drawing.stage)
    if found is None:
        return
    colours = palette.DISTRICT_COLOURS
    colour = {district: colours[i % len(colours)] for i, district in enumerate(found.districts)}

    def told(frame: gpd.GeoDataFrame, district: pd.Series) -> pd.DataFrame:
        leads = district.map(lambda each: study.school_name(str(found.lead_of.get(each, ""))))
        return _told({NAME: _names(frame), Text("district", "学区"): district, LEAD: leads})

    towns = study.townships.loc[study.townships.index.isin(found.district_of.index)]
    if len(towns):
        own = found.district_of.reindex(towns.index)
        yield _layer(towns.geometry, told(towns, own), [_area(colour[each], 0.45) for each in own])
    schools = study.schools.loc[study.schools.index.isin(found.school_district.index)]
    own = found.school_district.reindex(schools.index)
    leads = set(found.lead_of)
    styles = [
        _dot(colour[district], 9 if school in leads else 5, color=DARK, weight=2 if school in leads else 1)
        for school, district in own.items()
    ]
    yield _layer(schools.geometry, told(schools, own), styles)


def _zones(drawing: _Drawing) -> Iterable[folium.GeoJson]:
    plan, stage = drawing.plan, drawing.stage
    if stage not in zoned_stages(plan):
        return
    zones = draw_zones(plan, stage)
    # By where the schools of the study stand, so that a zone keeps its colour from plan to plan.
    schools = plan.study.schools
    numbers = palette.colour_numbers(schools.geometry.x.to_numpy(), schools.geometry.y.to_numpy())
    colours = [numbers[schools.index.get_loc(label.split(SHARED)[0])] for label in zones.index]
    told = {SCHOOL: zones["name"], PUPILS: zones["pupils"].map(_count), SEATS: zones["seats"].map(_count)}
    yield _layer(zones.geometry, _told(told), [_area(palette.CATCHMENT_COLOURS[c], 0.3) for c in colours])


def _isochrones(drawing: _Drawing) -> Iterable[folium.GeoJson]:
    study, stage = drawing.plan.study, drawing.stage
    grade = study.grades(stage)[0]
    travel = travel_for(drawing.plan.travel, stage, grade)
    bands = isochrones(study, travel, study.site_of(study.offering(stage)), BANDS, stage=stage, grade=grade)[::-1]
    told = {MINUTES: bands.index.map(lambda each: f"≤ {each:g}"), PUPILS: bands["pupils"].map(_count)}
    colours = palette.MINUTE_COLOURS[: len(BANDS)][::-1]
    yield _layer(bands.geometry, _told(told), [{**_area(each, 0.6), "stroke": False} for each in colours])


def _flows(drawing: _Drawing) -> Iterable[folium.GeoJson]:
    study, flows = drawing.plan.study, drawing.plan.flows_gdf(drawing.stage)
    if not len(flows):
        return
    homes, schools = (flows.index.get_level_values(level) for level in (0, 1))
    names = _names(study.places)
    told = {
        Text("from", "居住点"): names.reindex(homes), SCHOOL: [study.school_name(each) for each in schools],
        ROLL: flows["pupils"].map(_count), MINUTES: flows["minutes"].map(_count),
    }  # fmt: skip
    most = max(float(flows["pupils"].max()), 1.0)
    styles = [{"color": "#3f5f7f", "weight": 0.8 + 4 * math.sqrt(n / most), "opacity": 0.5} for n in flows["pupils"]]
    yield _layer(flows.geometry, _told(told), styles)


def _places(drawing: _Drawing) -> Iterable[folium.GeoJson]:
    """Colour the places by the mean way of their children, those without children left out."""
    plan, stage = drawing.plan, drawing.stage
    places = plan.places_gdf(stage)
    places = places.loc[(places["pupils"] > 0) & ~places.geometry.is_empty & places.geometry.notna()]
    if not len(places):
        return
    schools = places["school_id"].map(plan.study.school_name, na_action="ignore").fillna("—")
    told = {
        NAME: places["name"], WITHOUT: places["without_school"].map(_count), PUPILS: places["pupils"].map(_count),
        MINUTES: places["minutes_mean"].map(_count), SCHOOL: schools,
    }  # fmt: skip
    shade = [
        palette.MINUTE_COLOURS[int(np.searchsorted(drawing.limits, minutes))]
        if math.isfinite(minutes) else palette.BOARD if away > 0 else palette.UNKNOWN
        for minutes, away in zip(places["minutes_mean"], places["away"], strict=True)
    ]  # fmt: skip
    styles = [
        {**_dot(colour, 2.5 + min(math.sqrt(n) / 4, 6), color="#57493a", weight=0.6), "fillOpacity": 0.8}
        for colour, n in zip(shade, places["pupils"], strict=True)
    ]
    yield _layer(places.geometry, _told(told), styles, popup=True)


def _schools(drawing: _Drawing) -> Iterable[folium.GeoJson]:
    """Colour the schools by load; those the plan closes are hollow and dashed, those it opens ringed in green."""
    schools = drawing.plan.schools_gdf(drawing.stage)
    states = [_state(now, then) for now, then in zip(schools["state"], schools["state_before"], strict=True)]
    told = {
        SCHOOL: schools["name"], STATE: [STATES[each] for each in states], ROLL: schools["roll"].map(_count),
        SEATS: schools["seats"].map(_count), LOAD: schools["load"].map(lambda load: _count(load, 2)),
    }  # fmt: skip
    styles = []
    for state, load, roll in zip(states, schools["load"], schools["roll"], strict=True):
        size = 6 + min(math.sqrt(roll) / 5, 9)
        known = math.isfinite(load)
        colour = palette.LOAD_COLOURS[int(np.searchsorted(palette.LOAD_LIMITS, load))] if known else palette.UNKNOWN
        if state in ("open", "made"):
            ring, weight = (MADE, 4.0) if state == "made" else (DARK, 3.0 if known and load > 1 else 1.5)
            styles.append(_dot(colour, size, color=ring, weight=weight, fillOpacity=1.0))
        else:
            ended = state == "ended"
            styles.append(_dot("#ffffff", 8 if ended else 4, color=DARK, weight=2 if ended else 1, dashArray="3 3"))
    if len(schools):
        yield _layer(schools.geometry, _told(told), styles, "lp-schools", popup=True)


def _state(now: str, then: object) -> str:
    if now == "open":
        return "open" if then == "open" else "made"
    return "ended" if then == "open" else now


def _dot(colour: str, radius: float, **more: object) -> dict[str, object]:
    return {"fill": True, "fillColor": colour, "radius": round(radius, 1), "fillOpacity": 0.9, "stroke": True, **more}


def _area(colour: str, opacity: float) -> dict[str, object]:
    return {"fill": True, "fillColor": colour, "fillOpacity": opacity, "color": "#ffffff", "weight": 1.2}


def _names(frame: gpd.GeoDataFrame) -> pd.Series:
    ids = frame.index.to_series().astype("str")
    return frame["name"].astype("string").fillna(ids).astype("str") if "name" in frame else ids


def _count(value: float, digits: int = 0) -> str:
    return f"{value:,.{digits}f}" if math.isfinite(value) else "—"


def _legend(drawing: _Drawing, chosen: Sequence[str], opened: bool) -> str:
    """Word the box in the corner: the children without a school first, then what the colours mean."""
    plan, study = drawing.plan, drawing.plan.study
    head = f"{shorten(study.name)} {study.year} · {Text(*STAGE_NAMES[drawing.stage])}"
    first = [_headline(plan), f"<bdi>{esc(shorten(plan.name))}</bdi>", f"<bdi>{esc(head)}</bdi>"]
    if study.simulated:
        first.append(f"<b>{esc(Text('simulated data', '模拟数据'))}</b>")
    lines: list[str] = []
    if "places" in chosen:
        lines += [f"<u>{esc(MINUTES)}</u>", *_classes(drawing.limits, palette.MINUTE_COLOURS)]
        lines += [_swatch(palette.BOARD, Text("all board or lodge", "全部住校或陪读"))]
        lines += [_swatch(palette.UNKNOWN, Text("no known way", "路程未知"))]
    if "isochrones" in chosen:
        bands = zip(BANDS, palette.MINUTE_COLOURS, strict=False)
        lines += [
            f"<u>{esc(LAYERS['isochrones'])}</u>",
            *(_swatch(c, Text(f"≤ {b:g} min", f"≤ {b:g} 分钟")) for b, c in bands),
        ]
    if "schools" in chosen:
        lines += [f"<u>{esc(LOAD)}</u>", *_classes(palette.LOAD_LIMITS, palette.LOAD_COLOURS, round_=True)]
        lines += [_swatch("#ffffff", Text("closed", "已撤"), f"1.5px dashed {DARK}", round_=True)]
        lines += [_swatch("#ffffff", STATES["made"], f"3px solid {MADE}", round_=True)]
    box = "background:#fffffff0;padding:8px 10px;border:1px solid #b9c2cb;border-radius:4px;max-width:250px;"
    box += "font:13px/1.45 system-ui,sans-serif;overflow-wrap:anywhere"
    key = f"<summary>{esc(Text('legend', '图例'))}</summary>{'<br>'.join(lines)}"
    return f'<div style="{box}">{"<br>".join(first)}<details{" open" * opened}>{key}</details></div>'


def _classes(limits: Sequence[float], colours: Sequence[str], round_: bool = False) -> list[str]:
    words = [f"≤ {limits[0]:g}", *(f"{low:g} – {high:g}" for low, high in pairwise(limits)), f"> {limits[-1]:g}"]
    return [_swatch(colour, word, round_=round_) for colour, word in zip(colours, words, strict=True)]


def _swatch(colour: str, word: object, border: str = "1px solid #57493a", round_: bool = False) -> str:
    shape = f"width:12px;height:12px;background:{colour};border:{border};border-radius:{'50%' if round_ else '2px'}"
    return f'<span style="display:inline-block;vertical-align:-2px;{shape}"></span> {esc(word)}'
