"""`overview`: many counties on one page that links a briefing each."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from layout_planner._version import __version__
from layout_planner.base.errors import refuse
from layout_planner.base.files import whole_folder
from layout_planner.base.messages import Language, Text
from layout_planner.plan import Plan
from layout_planner.show import palette
from layout_planner.show.escape import esc, shorten
from layout_planner.show.geometry import degrees
from layout_planner.show.offline import policy
from layout_planner.show.page import briefing

MARKER = "overview.json"
"""Tells a folder of ours from any other."""

WIDTH = 900
VERTICES = 400
"""Corners an outline may have: a county is a thumbnail here."""

LIMITS = (10.0, 20.0, 30.0, 45.0)

HEADS = (
    Text("county", "县（区）"),
    Text("schools", "学校"),
    Text("pupils", "学生"),
    Text("mean way, min", "平均单程（分钟）"),
    Text("beyond the time allowed", "超时学生"),
    Text("over-full schools", "超员学校"),
    Text("findings", "不合规定处"),
)


def overview(
    counties: Mapping[str, Plan | Sequence[Plan]],
    folder: str | os.PathLike[str],
    *,
    stage: str = "primary",
    title: str = "",
    lang: Language = "zh",
) -> Path:
    """Write one briefing a county and a page that links them: a map coloured by the mean way, and a table.

    Parameters
    ----------
    counties
        Name → its plans, as for `briefing`; the last plan of each is told of.
    folder
        Made new, whole or not at all; an earlier overview there is replaced, any other folder never.
    stage
        The stage map and table tell of.
    title
        Of the overview.
    lang
        "zh" or "en".

    Returns
    -------
    Path
        The page, `index.html` in the folder.

    Raises
    ------
    DataError
        No county.
    RunError
        The folder holds something else.
    """
    if not counties:
        raise refuse("there is no county to show", "没有可显示的县", "hand in at least one", "请至少给出一个")
    with whole_folder(folder, MARKER) as part:
        told: list[tuple[str, Plan, str]] = []
        for number, (name, plans) in enumerate(counties.items(), start=1):
            file = f"county-{number:03d}.html"  # names are for reading, never for files
            briefing(plans, part / file, lang=lang)
            told.append((name, plans if isinstance(plans, Plan) else list(plans)[-1], file))
        page = _page(told, stage, title or str(Text("Counties", "各县概览").in_(lang)), lang)
        (part / "index.html").write_text(page, encoding="utf-8", newline="\n")
        (part / MARKER).write_text(json.dumps({"version": __version__, "counties": len(told)}), encoding="utf-8")
    return Path(folder) / "index.html"


def _page(told: Sequence[tuple[str, Plan, str]], stage: str, title: str, lang: Language) -> str:
    heads = "".join(f"<th>{esc(head.in_(lang))}</th>" for head in HEADS)
    rows = "\n".join(_row(name, plan, file, stage) for name, plan, file in told)
    simulated = any(plan.study.simulated for _, plan, _ in told)
    badge = f"<b>{esc(Text('simulated data', '模拟数据').in_(lang))}</b>" if simulated else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy([])}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{esc(shorten(title))}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{esc(shorten(title))} {badge}</h1>\n{_map(told, stage, lang)}\n"
        f"<table><thead><tr>{heads}</tr></thead><tbody>\n{rows}\n</tbody></table>\n</body>\n</html>\n"
    )


def _row(name: str, plan: Plan, file: str, stage: str) -> str:
    card = plan.scorecard
    findings = int((plan.findings["stage"] == stage).sum()) if len(plan.findings) else 0
    far = card.value("beyond_reach_minutes", stage)
    cells = [
        _number(card.value("schools", stage)),
        _number(card.value("placed", stage)),
        _number(card.value("minutes_mean", stage), 1),
        "—" if np.isnan(far) else f"{far:.1f} %",
        _number(card.value("over_full_schools", stage)),
        _number(float(findings)),
    ]
    link = f'<a href="{file}"><bdi>{esc(shorten(name))}</bdi></a>'
    return f"<tr><td>{link}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _number(value: float, digits: int = 0) -> str:
    return "—" if np.isnan(value) else f"{value:,.{digits}f}"


def _map(told: Sequence[tuple[str, Plan, str]], stage: str, lang: Language) -> str:
    outlines = [_outline(plan) for _, plan, _ in told]
    west, south, east, north = shapely.total_bounds(np.array(outlines, dtype=object))
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    scale = WIDTH / max((east - west) * squeeze, 1e-9)
    height = (north - south) * scale
    shapes = []
    for (name, plan, file), outline in zip(told, outlines, strict=True):
        mean = plan.scorecard.value("minutes_mean", stage)
        colour = palette.UNKNOWN if np.isnan(mean) else palette.MINUTE_COLOURS[int(np.searchsorted(LIMITS, mean))]
        d = "".join(_path(ring, west, north, scale, squeeze) for ring in _rings(outline))
        shapes.append(
            f'<a href="{file}"><path d="{d}" fill="{colour}" fill-rule="evenodd"><title>{esc(shorten(name))}</title>'
            "</path></a>"
        )
    keys = ["≤ 10", "10–20", "20–30", "30–45", "> 45"]
    minutes = esc(Text("mean way one way, minutes", "平均单程（分钟）").in_(lang))
    legend = "".join(
        f'<span><i style="background:{colour}"></i>{esc(key)}</span>'
        for key, colour in zip(keys, palette.MINUTE_COLOURS, strict=True)
    )
    label = esc(Text("Map of the counties", "各县地图").in_(lang))
    return (
        f'<svg viewBox="-4 -4 {WIDTH + 8} {height + 8:.0f}" role="img" aria-label="{label}">{"".join(shapes)}</svg>'
        f'<p class="keys">{minutes}: {legend}</p>'
    )


def _outline(plan: Plan) -> Any:
    study = plan.study
    drawn = study.townships.geometry.dropna()
    shapes = drawn if len(drawn) else study.places.geometry.buffer(1_000.0)
    whole = shapely.union_all(np.asarray(shapes.to_numpy(), dtype=object))
    tolerance = 20.0
    while shapely.get_num_coordinates(whole) > VERTICES and tolerance < 1e5:
        whole = shapely.simplify(whole, tolerance)
        tolerance *= 2
    return degrees([whole], study.crs)[0]


def _rings(outline: Any) -> list[Any]:
    return [shapely.get_coordinates(ring) for ring in shapely.get_parts(shapely.boundary(outline))]


def _path(ring: Any, west: float, north: float, scale: float, squeeze: float) -> str:
    x, y = (ring[:, 0] - west) * squeeze * scale, (north - ring[:, 1]) * scale
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True)) + "Z"


_STYLE = """
body { font: 15px/1.5 "Noto Sans CJK SC", "Microsoft YaHei", SimHei, sans-serif; color: #22303c; margin: 24px auto;
  max-width: 960px; padding: 0 16px; }
h1 { font-size: 22px; } h1 b { background: #ffd166; font-size: 14px; padding: 2px 8px; border-radius: 3px; }
svg { width: 100%; height: auto; max-height: 70vh; } path { stroke: #22303c; stroke-width: 1; }
a:hover path { stroke-width: 3; } .keys i { display: inline-block; width: 16px; height: 12px; margin: 0 4px 0 12px; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: right; padding: 4px 8px; border-top: 1px solid
  #d9dde2; } th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere; }
"""
