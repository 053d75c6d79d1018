"""What a reader of a travel matrix must know: roads far away or apart, rules by the hour, points without a road."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from layout_planner.travel.modes import ruled_as
from layout_planner.travel.network import Snapped
from layout_planner.travel.roadway import Roadway

FAR_FROM_ROAD = 1000.0
"""Metres of straight walk to the nearest road from which a point is named."""

Note = dict[str, str]
"""One sentence in both languages: "en", "zh"."""


def note(en: str, zh: str) -> Note:
    """Make a note."""
    return {"en": en, "zh": zh}


def some(labels: pd.Index) -> str:
    """Name the first ten of some labels."""
    return ", ".join(map(str, labels[:10])) + (" …" if len(labels) > 10 else "")


def rule_notes(road: Roadway) -> list[Note]:
    """Tell of rules that hold at certain times only: they are not reckoned with."""
    table = road.network.table
    if "conditional" not in table:
        return []
    key = {
        "walk": "foot",
        "bike": "bicycle|vehicle|oneway",
        "drive": "motorcar|motor_vehicle|vehicle|oneway|restriction|maxspeed",
    }
    words = key.get(ruled_as(road.mode), "bus|psv|motor_vehicle|vehicle|oneway|restriction|maxspeed")
    told = table["conditional"].astype("string")
    told = told[told.str.contains(rf"(?:^|; |:)(?:{words}|access)\b", regex=True).fillna(False)]
    if not len(told):
        return []
    shown = " | ".join(told.unique()[:3])
    return [
        note(
            f"{len(told)} stretches of road have rules that hold at certain times only ({shown}): what holds at other"
            " times was taken; a road whose direction changes by the hour is taken as closed to vehicles.",
            f"{len(told)} 段道路有分时段的通行规定（{shown}）：按其余时间的规定计；潮汐道路按车辆不可通行计。",
        )
    ]


def snap_notes(snapped: Snapped, origins: gpd.GeoSeries, mode: str, sites: gpd.GeoSeries) -> list[Note]:
    """Name the points without a road, beside a piece of road apart from the rest, or far from the nearest."""
    notes = []
    off = origins.index[snapped.edge < 0].unique()
    if len(off):
        notes.append(
            note(
                f"No bus is possible for {len(off)} points, no road it may pass being near: {some(off)}.",
                f"{len(off)} 个点附近没有校车可通行的道路，无法开行校车：{some(off)}。",
            )
            if mode == "bus"
            else note(
                f"{len(off)} points have no road on their side of the water or the hazard: {some(off)}.",
                f"{len(off)} 个点在水域或危险区域一侧没有道路：{some(off)}。",
            )
        )
    told = [(origins, snapped.passed), (sites, snapped.passed_sites)]
    passed = pd.Index([label for points, which in told if which is not None for label in points.index[which]]).unique()
    if len(passed):
        notes.append(
            note(
                f"{len(passed)} points have their nearest road on a piece apart from the rest, or on a one-way stub;"
                f" it was passed over for the next road: {some(passed)}.",
                f"{len(passed)} 个点最近的道路与其余路网不相连（或为单向断头路），改走邻近道路：{some(passed)}。",
            )
        )
    remote = origins.index[snapped.access > FAR_FROM_ROAD].unique()
    if len(remote):
        notes.append(
            note(
                f"{len(remote)} points lie more than {FAR_FROM_ROAD:g} m from the nearest road, counted as a straight"
                f" walk: {some(remote)}.",
                f"{len(remote)} 个点距最近道路超过 {FAR_FROM_ROAD:g} 米，按直线步行计：{some(remote)}。",
            )
        )
    return notes
