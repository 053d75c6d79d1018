"""The data block of a page: geometry once, facts by stage and plan, all as plain values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import reduce

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layout_planner.base.errors import refuse
from layout_planner.base.escape import shorten
from layout_planner.base.messages import Text
from layout_planner.live.judged import both, term_words, told_of
from layout_planner.live.stages import candidate_sites, live_data, pack
from layout_planner.measures import score
from layout_planner.page import palette
from layout_planner.page.facts import StageFacts, name_words, stage_facts
from layout_planner.page.geometry import degrees, encode_parts, shared_borders, simplified, thinned_roads
from layout_planner.page.method_words import method_words
from layout_planner.page.mode_words import mode_words
from layout_planner.page.sheets import Beside, district_data, sheet_data, year_data
from layout_planner.page.spelling import pinyin_of
from layout_planner.plan import Plan
from layout_planner.study import Study
from layout_planner.study.stages import STAGE_NAMES, format_grades
from layout_planner.travel import Travel, travel_for
from layout_planner.travel.speeds import assumed
from layout_planner.travel.types import WAYS
from layout_planner.travel.usual import USUAL

FEATURES = 10_000
"""Places, roads, townships and schools a page may hold; roads give way first, polygons of places then."""

VERTICES = {"places": 120_000, "townships": 20_000, "roads": 45_000, "water": 20_000}
"""Vertices each layer may hold."""


UNNAMED = ("no edits", "无改动")


def page_data(
    plans: Sequence[Plan], lang: str, beside: Beside | None = None, sheets: bool = False
) -> dict[str, object]:
    """Gather what a page shows of some plans of one region.

    Parameters
    ----------
    plans
        The first is what the others are compared with.
    lang
        The language the page opens in, "zh" or "en".
    beside
        Forecast, phasing, frontier, districts to show with the plans.
    sheets
        Whether the page opens on the three-minute sheets.

    Returns
    -------
    dict
        Plain values for `json_block`: the region (townships, roads, water, places, schools), then
        `views[stage][plan]`.

    Raises
    ------
    DataError
        No plan, plans in different coordinate systems, or a language there is none for.
    """
    _check(plans, lang)
    # A plan put together by hand may not have been scored.
    plans = [plan if len(plan.scorecard.table) else plan.with_(scorecard=score(plan)) for plan in plans]
    beside = beside or Beside()
    named = len(plans)
    if beside.phasing is not None:
        plans = [*plans, *(beside.phasing.plans[year] for year in sorted(beside.phasing.plans))]
    shown = plans[named - 1]
    studies = [plan.study for plan in plans]
    places = _union([study.places for study in studies])
    schools = _with_sites(_union([study.schools for study in studies]), plans)
    study = shown.study
    stages = [stage for stage in study.stages if any(stage in plan.assignments for plan in plans)]
    first = plans[0]
    told = [told_of(plan) for plan in plans]
    views = {
        stage: [
            stage_facts(plan, None if plan is first else first, stage, schools.index, places.index, its)
            for plan, its in zip(plans, told, strict=True)
        ]
        for stage in stages
    }
    modes = {stage: travel_for(shown.travel, stage).mode for stage in stages}
    return {
        "lang": lang,
        "title": shorten(study.name),
        "year": study.year,
        "simulated": any(each.simulated for each in studies),
        "demand": study.demand_base,
        "statements": [*_statements(study), *_ways_told(shown, stages)],
        "plans": [
            {
                "id": shorten(plan.name),
                "hidden": at >= named,
                "rules": [shorten(name) for name in plan.rules.profiles],
                **both(name),
            }
            for at, (plan, name) in enumerate(zip(plans, plan_names(plans), strict=True))
        ],
        "shown": named - 1,
        "stages": [
            {"id": s, "en": STAGE_NAMES[s][0], "zh": STAGE_NAMES[s][1], "grades": format_grades(study.grades(s))}
            for s in stages
        ],
        "modes": modes,
        "modeWords": mode_words([*WAYS, *modes.values()]),
        "bounds": _bounds(study, places, schools),
        **region(study, places, schools),
        "pinyin": pinyin_of([*_names(places), *_names(schools), *map(str, study.townships["name"])]),
        "beside": _neighbours(study, places),
        "views": views,
        "terms": term_words(_rules_named(views)),
        "live": live_data(plans, stages, schools.index, places.index),
        "sheets": sheet_data(shown, beside, schools.index, places.index) if sheets else [],
        "districts": district_data(shown, beside, schools.index),
        "years": year_data(plans, beside, named),
        "style": style(plans, stages, schools),
    }


def _rules_named(views: Mapping[str, Sequence[StageFacts]]) -> set[str]:
    """Name the rules of which the views tell anything."""
    return {
        str(row["rule"])
        for each in views.values()
        for view in each
        for row in (*view.get("findings", ()), *view.get("unchecked", ()), *view.get("rules", ()))
    }


def plan_names(plans: Sequence[Plan]) -> list[Text]:
    """Name plans for the reader: those without edits by how they were assigned, equal names by a number."""
    names = []
    for plan in plans:
        name = name_words(plan.name)
        if plan.name in UNNAMED:
            told = list(dict.fromkeys(method_words(done) for done in plan.assignments.values()))
            name = Text(" / ".join(t.en for t in told), " / ".join(t.zh for t in told))
        names.append(name)
    seen: dict[str, int] = {}
    for at, name in enumerate(names):
        seen[name.en] = seen.get(name.en, 0) + 1
        if seen[name.en] > 1:
            names[at] = Text(f"{name.en} ({seen[name.en]})", f"{name.zh}（{seen[name.en]}）")
    return names


def _with_sites(schools: gpd.GeoDataFrame, plans: Sequence[Plan]) -> gpd.GeoDataFrame:
    """Put the candidate sites behind the schools, so that the page can open them."""
    found = [candidate_sites(plan) for plan in plans]
    found = [sites.loc[~sites.index.isin(schools.index)] for sites in found if len(sites)]
    if not found:
        return schools
    sites = _union(found).rename_axis(schools.index.name)
    columns = [column for column in ("name", "township_id", "geometry") if column in sites]
    return gpd.GeoDataFrame(pd.concat([schools, sites[columns]]), geometry="geometry", crs=schools.crs)


def region(study: Study, places: gpd.GeoDataFrame, schools: gpd.GeoDataFrame) -> dict[str, object]:
    """Give the geometry of a study within the page's budget."""
    tolerance = _extent(study) / 8_000  # about a quarter of a pixel when the region fills a screen
    at = study.townships.index
    drawn = study.townships.geometry.notna() & ~study.townships.geometry.is_empty
    outlines = np.full(len(drawn), None, dtype=object)  # a list of townships without borders will do
    outlines[drawn.to_numpy()] = degrees(
        simplified(_shapes(study.townships.loc[drawn]), VERTICES["townships"], tolerance), study.crs
    )
    seats = degrees(_township_points(study), study.crs)
    left = FEATURES - len(places) - len(study.townships) - len(schools)
    roads = [] if study.roads is None else thinned_roads(study.roads, max(left, 1_000), VERTICES["roads"], tolerance)
    return {
        "townships": {
            "name": [shorten(name) for name in study.townships["name"]],
            "people": [int(p) if pd.notna(p) else 0 for p in _column(study.townships, "population")],
            "shape": encode_parts(outlines),
            **_points(seats),
        },
        "outline": encode_parts([shapely.union_all(outlines[drawn.to_numpy()])])[0] if drawn.any() else [],
        "roads": [
            {"rank": rank, "lines": [part for parts in encode_parts(degrees(lines, study.crs)) for part in parts]}
            for rank, lines in roads
        ],
        "water": _water(study, tolerance),
        "places": {
            "id": [shorten(label) for label in places.index],
            "name": [shorten(name) for name in _names(places)],
            "township": _within(at, places),
            **_points(degrees(places.representative_point(), study.crs)),
            **_areas(places, study.crs, tolerance),
        },
        "schools": {
            "id": [shorten(label) for label in schools.index],
            "name": [shorten(name) for name in _names(schools)],
            "township": _within(at, schools),
            **_points(degrees(schools.geometry, study.crs)),
        },
    }


def style(plans: Sequence[Plan], stages: Sequence[str], schools: gpd.GeoDataFrame) -> dict[str, object]:
    """Give the colours and class limits; those of a stage are the same for every plan."""
    limits, colours = {}, {}
    for stage in stages:
        flows = pd.concat([plan.assignments[stage].flows for plan in plans if stage in plan.assignments])
        limits[stage] = list(palette.minute_limits(flows["minutes"], flows["pupils"]))
        taught = pd.concat([plan.study.offers.reset_index()[["school_id", "stage"]] for plan in plans])
        mine = schools.index.isin(taught.loc[taught["stage"] == stage, "school_id"])
        points = schools.geometry[mine]
        given = np.full(len(schools), -1)
        given[mine] = palette.colour_numbers(points.x.to_numpy(), points.y.to_numpy())
        colours[stage] = given.tolist()
    return {
        "minutes": {"limits": limits, "colours": list(palette.MINUTE_COLOURS)},
        "load": {"limits": list(palette.LOAD_LIMITS), "colours": list(palette.LOAD_COLOURS)},
        "catchments": {"colours": list(palette.CATCHMENT_COLOURS), "of": colours},
        "unknown": palette.UNKNOWN,
        "board": palette.BOARD,
    }


def _check(plans: Sequence[Plan], lang: str) -> None:
    if not plans:
        raise refuse(
            "there is no plan to draw", "没有可画的方案", "hand in one plan or several", "请给出一个或多个方案"
        )
    if lang not in ("zh", "en"):
        raise refuse(f'language "{lang}" is unknown', f"语言“{lang}”未知", 'use "zh" or "en"', "请用 zh 或 en")
    systems = sorted({plan.study.crs for plan in plans})
    if len(systems) > 1:
        raise refuse(
            f"the plans lie in different coordinate systems: {', '.join(systems)}",
            f"方案的坐标系不同：{'、'.join(systems)}",
            "compare plans of one study",
            "请比较同一研究区的方案",
        )


def _union(frames: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Put frames of one kind together; of what is in several the last one counts, in the order of the first."""
    index = reduce(lambda a, b: a.union(b, sort=False), [frame.index for frame in frames])
    whole = pd.concat(frames[::-1])
    return whole.loc[~whole.index.duplicated()].loc[index]


def _names(frame: gpd.GeoDataFrame) -> list[str]:
    """Give the names, the id where there is none."""
    return [str(label) if pd.isna(name) else str(name) for label, name in _column(frame, "name").items()]


def _column(frame: pd.DataFrame, column: str) -> pd.Series:
    return frame[column] if column in frame else pd.Series(np.nan, frame.index)


def _within(townships: pd.Index, frame: gpd.GeoDataFrame) -> list[int]:
    return [int(at) for at in townships.get_indexer(_column(frame, "township_id"))]


def _shapes(frame: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    return np.asarray(frame.geometry.to_numpy(), dtype=object)


def _township_points(study: Study) -> gpd.GeoSeries:
    """Give a point of each township: inside it, or where it has no borders amid its places, else amid all places."""
    points = study.townships.representative_point()
    lacking = points.isna() | points.is_empty
    if lacking.any():
        homes = study.place_points()
        amid = pd.DataFrame({"x": homes.x, "y": homes.y}).groupby(study.places["township_id"]).mean()
        amid = amid.reindex(points.index).fillna({"x": homes.x.mean(), "y": homes.y.mean()})
        there = gpd.GeoSeries(gpd.points_from_xy(amid["x"], amid["y"]), index=points.index, crs=points.crs)
        points = points.where(~lacking, there)
    return points


def _points(shapes: npt.NDArray[np.object_] | gpd.GeoSeries) -> dict[str, str]:
    """Give positions in units of 1e-5 degree, about a metre."""
    return {
        "lon": pack(np.rint(shapely.get_x(shapes) * 1e5)),
        "lat": pack(np.rint(shapely.get_y(shapes) * 1e5)),
    }


def _areas(places: gpd.GeoDataFrame, crs: str, tolerance: float) -> dict[str, object]:
    """Give the outlines of places that are areas and the borders they share; nothing where they are points."""
    shapes = _shapes(places)
    if len(shapes) > FEATURES or (shapely.get_dimensions(shapes) < 2).any():
        return {}
    slim = degrees(simplified(shapes, VERTICES["places"], tolerance), crs)
    left, right, lines = shared_borders(slim)
    return {"shape": encode_parts(slim), "borders": {"left": left, "right": right, "line": lines}}


def _neighbours(study: Study, places: gpd.GeoDataFrame) -> dict[str, str] | None:
    """Give which places lie beside each other, one column less the other; None where that is not known, or too much.

    With it the page says whether the villages of a school hang together.
    """
    table = study.adjacency
    if not len(table) or len(places) > FEATURES:
        return None
    a, b = places.index.get_indexer(table["place_a"]), places.index.get_indexer(table["place_b"])
    known = (a >= 0) & (b >= 0)
    order = np.lexsort([b[known], a[known]])
    return {"a": pack(np.diff(a[known][order], prepend=0)), "b": pack(b[known][order])}


def _water(study: Study, tolerance: float) -> list[list[str]]:
    water = study.extra.get("water")
    if not isinstance(water, gpd.GeoDataFrame) or water.empty:
        return []
    areal = water[shapely.get_dimensions(_shapes(water)) == 2]
    linear = water[shapely.get_dimensions(_shapes(water)) == 1]
    slim = [
        shapely.simplify(_shapes(areal), tolerance),  # lakes need not tile
        simplified(_shapes(linear), VERTICES["water"], tolerance),
    ]
    return [part for shapes in slim for part in encode_parts(degrees(shapes, study.crs))]


def _extent(study: Study) -> float:
    drawn = study.townships.geometry.notna().any()
    west, south, east, north = study.townships.total_bounds if drawn else study.places.total_bounds
    return float(np.hypot(east - west, north - south))


def _bounds(study: Study, *frames: gpd.GeoDataFrame) -> list[float]:
    """Give west, south, east, north in degrees of all that is drawn."""
    boxes = [frame.to_crs("EPSG:4326").total_bounds for frame in (study.townships, *frames) if len(frame)]
    low, high = np.nanmin(boxes, axis=0)[:2], np.nanmax(boxes, axis=0)[2:]
    return [round(float(value), 5) for value in (*low, *high)]


def _ways_told(plan: Plan, stages: Sequence[str]) -> list[dict[str, str]]:
    """Say how the children go where that differs from child to child, and which of its numbers are assumed."""
    ways = dict.fromkeys(travel_for(plan.travel, stage) for stage in stages)
    modes = {mode for way in ways for mode in ([USUAL, *_used(way)] if way.ways is not None else [way.mode])}
    firsts = [way.options["notes"][0] for way in ways if way.ways is not None and way.options.get("notes")]
    told = [Text(note["en"], note["zh"]) for note in firsts]
    used = next((way.options["speeds"] for way in ways if "speeds" in way.options), None)
    roads = plan.study.roads
    if roads is not None and "class" in roads and (roads["class"] == "ferry").any():
        modes |= {"ferry"}
    return [both(text) for text in (*dict.fromkeys(told), assumed(sorted(modes), used)) if text is not None]


def _used(way: Travel) -> list[str]:
    """Name the modes some pair is gone by."""
    assert way.ways is not None
    return [WAYS[code] for code in np.unique(way.ways.to_numpy()) if code >= 0]


_TWO_LANGUAGES = re.compile(r"(.*[\u4e00-\u9fff][^A-Za-z]*?)\s+([A-Za-z][^\u4e00-\u9fff]*)", re.DOTALL)


def _statements(study: Study) -> list[dict[str, str]]:
    """Give the statements every result must carry, in both languages.

    The note of a study is one text; one that goes on in English after its Chinese is shown by language.
    """
    told = [text for text in study.sources.get("statements", ()) if isinstance(text, Text)]
    note = str(study.sources.get("note") or "").strip()
    two = _TWO_LANGUAGES.fullmatch(note)
    words = Text(two[2].strip(), two[1].strip()) if two else Text(note, note)
    return [both(text) for text in (*told, *([words] if note else []))]
