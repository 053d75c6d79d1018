"""Styles of our layers for QGIS (QML): schools by state, places by minutes, lines by pupils."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import shapely

from layout_planner.page import palette
from layout_planner.papers.people import Names
from layout_planner.papers.words import STATES

HEADER = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
VERSION = "3.22.0"
STATE_LOOKS = {
    "open": ("circle", "#ffffff", "#1b1b1b"),
    "planned": ("square", "#ffffff", "#1f6fb2"),
    "closed": ("cross2", "#8a8f96", "#8a8f96"),
}


def style_of(
    kind: str, frame: gpd.GeoDataFrame, headers: Mapping[str, str], limits: Sequence[float], names: Names
) -> str:
    """Give the style of a layer as QML.

    Parameters
    ----------
    kind
        "unplaced", "schools", "places", "flows", "zones", "roads" or "townships".
    frame
        The layer by our own names.
    headers
        Column by our own name → as it stands in the file.
    limits
        Class limits of minutes.
    names
        Whose words stand in the column of states.
    """
    root = ET.Element("qgis", {"version": VERSION, "styleCategories": "Symbology|Labeling", "labelsEnabled": "0"})
    if kind == "schools":
        _categories(root, headers["state"], {s: str(STATES[s]) if names == "people" else s for s in STATES})
        _labels(root, headers["name"])
    elif kind == "unplaced":
        ring = {
            "name": "circle",
            "color": _rgba("#b3261e", 0),
            "outline_color": _rgba("#b3261e"),
            "outline_width": "0.8",
        }
        _single(root, "marker", ring | {"size": "5"})
        _labels(root, headers["pupils"])
    elif kind == "places":
        _classes(root, frame, headers, limits)
    elif kind == "flows":
        _single(root, "line", {"line_color": _rgba("#1f6fb2", 150), "line_width": "0.3"})
    elif kind == "zones":
        _single(
            root,
            "fill",
            {
                "color": _rgba("#3f84bf", 25),
                "outline_color": _rgba("#3a4a5e"),
                "outline_width": "0.5",
                "style": "solid",
            },
        )
        _labels(root, headers["name"])
    elif kind == "roads":
        _single(root, "line", {"line_color": _rgba("#c98a3b"), "line_width": "0.4"})
    else:
        look = {
            "color": _rgba("#fbfaf6"),
            "outline_color": _rgba("#8a8f96"),
            "outline_width": "0.35",
            "outline_style": "dash",
            "style": "no",
        }
        _single(root, "fill", look)
        _labels(root, headers["name"])
    return HEADER + ET.tostring(root, encoding="unicode")


def _rgba(colour: str, alpha: int = 255) -> str:
    return ",".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5)) + f",{alpha}"


def _symbol(parent: ET.Element, name: str, shape: str, look: Mapping[str, str]) -> None:
    drawn = {"marker": "SimpleMarker", "line": "SimpleLine", "fill": "SimpleFill"}[shape]
    common = {"alpha": "1", "clip_to_extent": "1", "force_rhr": "0"}
    symbol = ET.SubElement(parent, "symbol", {"type": shape, "name": name, **common})
    layer = ET.SubElement(symbol, "layer", {"class": drawn, "enabled": "1", "locked": "0", "pass": "0"})
    options = ET.SubElement(layer, "Option", {"type": "Map"})
    for key, value in look.items():
        ET.SubElement(options, "Option", {"type": "QString", "name": key, "value": value})


def _renderer(root: ET.Element, kind: str, **more: str) -> ET.Element:
    common = {"forceraster": "0", "symbollevels": "0", "enableorderby": "0"}
    return ET.SubElement(root, "renderer-v2", {"type": kind, **common, **more})


def _single(root: ET.Element, shape: str, look: Mapping[str, str]) -> None:
    _symbol(ET.SubElement(_renderer(root, "singleSymbol"), "symbols"), "0", shape, look)


def _categories(root: ET.Element, column: str, words: Mapping[str, str]) -> None:
    renderer = _renderer(root, "categorizedSymbol", attr=f'"{column}"')
    categories, symbols = ET.SubElement(renderer, "categories"), ET.SubElement(renderer, "symbols")
    for number, (state, (mark, face, edge)) in enumerate(STATE_LOOKS.items()):
        word = words[state]
        ET.SubElement(
            categories,
            "category",
            {"value": word, "label": word, "symbol": str(number), "render": "true", "type": "string"},
        )
        look = {"name": mark, "color": _rgba(face), "outline_color": _rgba(edge), "outline_width": "0.5", "size": "2.8"}
        _symbol(symbols, str(number), "marker", look)


def _classes(root: ET.Element, frame: gpd.GeoDataFrame, headers: Mapping[str, str], limits: Sequence[float]) -> None:
    """Colour places by the minutes of the first stage with children on daily ways, compulsory ones first."""
    stages = [str(c).removeprefix("minutes_after_") for c in frame.columns if str(c).startswith("minutes_after_")]
    stages.sort(key=lambda stage: ("primary", "junior", stage).index(stage))
    shape = "fill" if _areal(frame) else "marker"
    if not stages:
        _single(root, shape, {"color": _rgba(palette.UNKNOWN), "size": "1.6"})
        return
    column = headers[f"minutes_after_{stages[0]}"]
    renderer = _renderer(root, "graduatedSymbol", attr=f'"{column}"', graduatedMethod="GraduatedColor")
    ranges, symbols = ET.SubElement(renderer, "ranges"), ET.SubElement(renderer, "symbols")
    bounds = [0.0, *limits, 100_000.0]
    for number, ((low, high), colour) in enumerate(zip(pairwise(bounds), palette.MINUTE_COLOURS, strict=True)):
        label = f"{low:g} – {high:g}" if high < bounds[-1] else f"> {low:g}"
        ET.SubElement(
            ranges,
            "range",
            {"lower": f"{low:g}", "upper": f"{high:g}", "label": label, "symbol": str(number), "render": "true"},
        )
        look = {
            "color": _rgba(colour),
            "outline_color": _rgba("#55504a"),
            "outline_width": "0.1",
            "size": "1.8",
            "style": "solid",
            "name": "circle",
        }
        _symbol(symbols, str(number), shape, look)


def _areal(frame: gpd.GeoDataFrame) -> bool:
    return bool(len(frame)) and bool(np.median(shapely.get_dimensions(np.asarray(frame.geometry.array))) == 2)


def _labels(root: ET.Element, column: str) -> None:
    root.set("labelsEnabled", "1")
    settings = ET.SubElement(ET.SubElement(root, "labeling", {"type": "simple"}), "settings", {"calloutType": "simple"})
    text = {
        "fieldName": column, "isExpression": "0", "fontFamily": "Noto Sans CJK SC", "fontSize": "7",
        "fontSizeUnit": "Point",
        "textColor": "30,30,30,255", "textOpacity": "1",
    }  # fmt: skip
    style = ET.SubElement(settings, "text-style", text)
    ET.SubElement(
        style,
        "text-buffer",
        {"bufferDraw": "1", "bufferSize": "0.6", "bufferSizeUnits": "MM", "bufferColor": "255,255,255,255"},
    )
    ET.SubElement(settings, "placement", {"placement": "1", "dist": "1", "distUnits": "MM", "quadOffset": "2"})
    ET.SubElement(settings, "rendering", {"drawLabels": "1", "obstacle": "1", "scaleVisibility": "0"})
