"""One map for print: A3, 300 dpi, drawn without a browser."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from layout_planner.base.files import whole_file
from layout_planner.base.messages import Language, Text
from layout_planner.page import palette
from layout_planner.page.facts import CLOSED, ENDED, OPEN, PLANNED, scores_of, states
from layout_planner.page.geometry import ROAD_COLUMNS, ROAD_RANKS, VILLAGE_ROAD
from layout_planner.papers.charts import drawn
from layout_planner.papers.fonts import label, letter, lettering
from layout_planner.papers.lost import lost_pupils, lost_sentence
from layout_planner.papers.paper import plan_name
from layout_planner.papers.words import plain, stage_word
from layout_planner.plan import draw_zones
from layout_planner.plan.frames import stages_of
from layout_planner.plan.zones import zoned_stages

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from layout_planner.plan import Plan

A3 = (16.54, 11.69)
"""Inches, landscape."""
DPI = 300
PNG = {"Software": None}
"""No version in the file: the same map is the same bytes."""

MARKS: dict[int, tuple[Text, str, str, str]] = {
    OPEN: (Text("school open", "在办学校"), "o", "#1b1b1b", "white"),
    PLANNED: (Text("school planned", "规划学校"), "s", "#1f6fb2", "white"),
    ENDED: (Text("closed by the plan", "本方案撤并"), "X", "white", "#b3261e"),
    CLOSED: (Text("closed before", "原已关闭"), "x", "#8a8f96", "#8a8f96"),
}
"""State → word, marker, edge and face."""


@drawn
def plot_map(plan: Plan, stage: str = "primary", *, ax: Axes | None = None, names: bool = True) -> Axes:
    """Draw a plan as a map for paper: places by minutes, zones, schools by what becomes of them, roads, townships.

    Parameters
    ----------
    plan
        The plan, scored.
    stage
        A stage of it.
    ax
        Where to draw; a new figure where left out.
    names
        Whether schools that are open, planned or closed by the plan bear their names, as far as there is room.

    Returns
    -------
    Axes
        In the study's metric CRS, with scale bar, north arrow and legend; children without a school are the title's
        first line.

    Raises
    ------
    DataError
        The plan does not cover the stage.
    """
    assert ax is not None
    stages_of(plan, stage)
    _ground(plan, ax)
    _zones(plan, stage, ax)
    limits = _places(plan, stage, ax)
    state = states(plan, plan.base, stage)
    _schools(plan, state, ax)
    if names:
        _names(plan, state, ax)
    _legend(state, limits, ax)
    _scale(ax)
    _title(plan, stage, ax)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return ax


def print_map(
    plan: Plan, path: str | os.PathLike[str], stage: str = "primary", lang: Language | None = None, dpi: int = DPI
) -> Path:
    """Write a plan as one A3 map: PNG at 300 dpi, or PDF or SVG by the ending of the name.

    Parameters
    ----------
    plan
        The plan.
    path
        The file; whole or not at all.
    stage
        A stage of it.
    lang
        "zh" or "en"; the reader's where left out.
    dpi
        Dots an inch of a PNG.
    """
    from matplotlib.figure import Figure

    target = Path(path)
    with lettering(lang):
        figure = Figure(figsize=A3, layout="constrained")
        plot_map(plan, stage, ax=figure.subplots())
        letter(figure)
        kind = target.suffix.lower()
        undated: Mapping[str, str | None] = {
            ".png": PNG,
            ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
        }.get(kind, {"Date": None, "Creator": None} if kind == ".svg" else {})
        with whole_file(target) as part:
            figure.savefig(part, dpi=dpi, metadata=undated)
    return target


def _ground(plan: Plan, ax: Axes) -> None:
    study = plan.study
    if len(study.townships) and not study.townships.geometry.is_empty.all():
        study.townships.plot(
            ax=ax, facecolor="#fbfaf6", edgecolor="#8a8f96", linewidth=0.9, linestyle=(0, (5, 3)), zorder=1
        )
    water = study.extra.get("water")
    if isinstance(water, gpd.GeoDataFrame) and len(water):
        water.plot(ax=ax, color="#a9cfe8", linewidth=0.9, zorder=1.5)
    if study.roads is None or not len(study.roads):
        return
    column = next((name for name in ROAD_COLUMNS if name in study.roads), None)
    ranks = study.roads[column].map(ROAD_RANKS).fillna(VILLAGE_ROAD) if column else None
    for rank, (width, colour) in enumerate(((1.4, "#c98a3b"), (1.0, "#d8b070"), (0.6, "#cfcfc6"))):
        mine = study.roads.loc[(ranks == rank).to_numpy()] if ranks is not None else study.roads.iloc[:0]
        if len(mine):
            mine.plot(ax=ax, color=colour, linewidth=width, zorder=2)


def _zones(plan: Plan, stage: str, ax: Axes) -> None:
    if stage not in zoned_stages(plan):
        return
    zones = draw_zones(plan, stage)
    shown = zones.loc[~zones.geometry.is_empty]
    if len(shown):
        shown.boundary.plot(ax=ax, color="#5f6f86", linewidth=0.7, zorder=2.5)


def _places(plan: Plan, stage: str, ax: Axes) -> tuple[float, ...]:
    """Draw the places by their mean minutes, those with children left out first of all; give the class limits."""
    study = plan.study
    minutes = scores_of(plan, stage, "place").query("measure == 'minutes_mean'").set_index("id")["value"]
    children = study.demand(stage)
    ways = plan.assignments[stage].flows
    limits = palette.minute_limits(ways["minutes"], ways["pupils"])
    where = study.places.loc[children > 0]
    value = minutes.reindex(where.index)
    colours = np.array([*palette.MINUTE_COLOURS, palette.UNKNOWN])
    at = np.searchsorted(limits, value.fillna(0.0).to_numpy())
    shade = colours[np.where(value.isna(), len(colours) - 1, at)]
    areal = shapely.get_dimensions(np.asarray(where.geometry.array)) == 2
    if areal.any():
        where.loc[areal].plot(ax=ax, color=shade[areal], edgecolor="white", linewidth=0.3, alpha=0.85, zorder=2.2)
    if (~areal).any():
        points = where.geometry[~areal]
        size = np.clip(children[where.index][~areal].to_numpy() / 3.0, 3.0, 70.0)
        ax.scatter(points.x, points.y, s=size, c=shade[~areal], edgecolors="#55504a", linewidths=0.2, zorder=3)
    lost = lost_pupils(plan, stage)
    if len(lost):
        points = study.place_points().reindex(lost.index)
        ax.scatter(points.x, points.y, s=160, facecolors="none", edgecolors="#b3261e", linewidths=1.8, zorder=6)
    return limits


def _schools(plan: Plan, state: pd.Series[int], ax: Axes) -> None:
    points = plan.study.schools.geometry.reindex(state.index)
    for number, (_, marker, edge, face) in MARKS.items():
        mine = points[(state == number).to_numpy()]
        if len(mine):
            # A cross has no face of its own: its colour is that of the line.
            colours: dict[str, Any] = {"c": face} if marker == "x" else {"edgecolors": edge, "facecolors": face}
            size = 18 if number == CLOSED else 34
            ax.scatter(mine.x, mine.y, s=size, marker=marker, linewidths=0.9, zorder=5, **colours)


def _names(plan: Plan, state: pd.Series[int], ax: Axes) -> None:
    """Write the names where they do not lie on another; the planned and the closing ones first."""
    points = plan.study.schools.geometry
    west, east = ax.get_xlim()
    south, north = ax.get_ylim()
    wide, high = (east - west) / 165, (north - south) / 95  # one letter at this size
    taken: list[tuple[float, float, float, float]] = []
    order = [s for kind in (PLANNED, ENDED, OPEN) for s in state.index[state == kind]]
    for school in order:
        name = label(plan.study.school_name(school), 12)
        x, y = points[school].x + wide, points[school].y
        letters = sum(2 if ord(c) > 0x2E80 else 1 for c in name) / 2
        box = (x, y - high / 2, x + letters * wide, y + high / 2)
        if all(box[2] < o[0] or o[2] < box[0] or box[3] < o[1] or o[3] < box[1] for o in taken):
            taken.append(box)
            colour = "#b3261e" if state[school] == ENDED else "#1b1b1b"
            ax.text(x, y, name, fontsize=5.5, va="center", color=colour, zorder=7)


def _legend(state: pd.Series[int], limits: tuple[float, ...], ax: Axes) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    words = [Text(f"{low:g}–{high:g} min", f"{low:g}–{high:g} 分钟") for low, high in pairwise((0.0, *limits))]
    words.append(Text(f"> {limits[-1]:g} min", f"{limits[-1]:g} 分钟以上"))
    rows: list[Artist] = [
        Patch(facecolor=colour, edgecolor="#55504a", linewidth=0.3, label=str(word))
        for colour, word in zip(palette.MINUTE_COLOURS, words, strict=True)
    ]
    rows.append(Patch(facecolor=palette.UNKNOWN, label=str(Text("no daily way known", "无走读路程"))))
    lost = Text("children without a school", "有儿童无学可上")
    rows.append(
        Line2D(
            [],
            [],
            linestyle="",
            marker="o",
            markersize=9,
            markerfacecolor="none",
            markeredgecolor="#b3261e",
            label=str(lost),
        )
    )
    for number, (kind, marker, edge, face) in MARKS.items():
        if bool((state == number).any()):
            rows.append(
                Line2D(
                    [],
                    [],
                    linestyle="",
                    marker=marker,
                    markeredgecolor=edge if marker != "x" else face,
                    markerfacecolor=face,
                    label=str(kind),
                )
            )
    title = str(Text("mean minutes one way", "平均单程（分钟）"))
    ax.legend(
        handles=rows,
        title=title,
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        frameon=False,
        fontsize=8,
        title_fontsize=9,
    )


def _scale(ax: Axes) -> None:
    west, east = ax.get_xlim()
    south, north = ax.get_ylim()
    wanted = (east - west) / 6
    power = 10 ** np.floor(np.log10(wanted))
    length = float(power * max(step for step in (1, 2, 5) if step * power <= wanted))
    x, y = west + (east - west) * 0.03, south + (north - south) * 0.03
    ax.plot([x, x + length], [y, y], color="black", linewidth=2.5, solid_capstyle="butt", zorder=8)
    told = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    ax.text(x + length / 2, y + (north - south) * 0.008, told, ha="center", va="bottom", fontsize=8, zorder=8)
    arrow = {"arrowstyle": "-|>", "color": "black"}
    ax.annotate("", (0.97, 0.96), (0.97, 0.89), xycoords="axes fraction", arrowprops=arrow)
    ax.annotate("N", (0.97, 0.965), xycoords="axes fraction", ha="center", va="bottom", fontsize=11)


def _title(plan: Plan, stage: str, ax: Axes) -> None:
    study = plan.study
    made_up = str(Text("SIMULATED DATA · ", "模拟数据 · ")) if study.simulated else ""
    lost = lost_sentence(plan, [stage])
    ax.set_title(f"{made_up}{plain(study.name)} · {stage_word(stage)} · {label(plan_name(plan), 40)}\n{lost.text}",
                 color="#b3261e" if lost.any else "black", fontsize=12, linespacing=1.5)  # fmt: skip
