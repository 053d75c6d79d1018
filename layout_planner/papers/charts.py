"""Charts of a plan for paper: each takes `ax` and gives it back. Values are those of the records, only drawn."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.measures.districts import difference_inside
from layout_planner.measures.resources import all_resources_after
from layout_planner.page import palette
from layout_planner.papers.fonts import label, letter, lettering
from layout_planner.papers.timetable import KINDS, timetable
from layout_planner.papers.words import measure_word, stage_word
from layout_planner.plan.columns import AWAY
from layout_planner.study.indicators import INDICATORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from layout_planner.cohorts import Forecast
    from layout_planner.plan import Plan
    from layout_planner.plan.frontier import Frontier
    from layout_planner.plan.phasing import Phasing

BEFORE, AFTER, LIMIT = "#9aa7b4", "#1f6fb2", "#b3261e"
MOST_BARS = 45
"""Rows a chart names one by one; beyond, it shows them as one curve or by kind."""


def drawn(chart: Callable[..., Axes]) -> Callable[..., Axes]:
    """Letter a chart in the reader's language, in fonts that have its letters; make a figure where `ax` is left out."""

    @functools.wraps(chart)
    def draw(*shown: object, ax: Axes | None = None, **options: object) -> Axes:
        with lettering():
            if ax is None:
                import matplotlib.pyplot as plt

                ax = plt.subplots(figsize=(8, 4.5), layout="constrained")[1]
            made = chart(*shown, ax=ax, **options)
            letter(made)
            return made

    return draw


def day_ways(plan: Plan, stage: str) -> tuple[np.ndarray, np.ndarray]:
    """Give minutes and pupils of the day pupils of a stage whose way is known."""
    flows = plan.assignments[stage].flows
    mine = flows.loc[(~flows["how"].isin(AWAY)) & flows["minutes"].notna()]
    return mine["minutes"].to_numpy(dtype=float), mine["pupils"].to_numpy(dtype=float)


@drawn
def plot_minutes(plan: Plan, stage: str = "primary", *, ax: Axes | None = None, width: float = 10.0) -> Axes:
    """Draw how many day pupils need how long, before and after.

    Parameters
    ----------
    plan
        The plan; beside its base, where it has one.
    stage
        A stage of it.
    ax
        Where to draw; a new figure where left out.
    width
        Minutes a class of the picture is wide; the last one is open.

    Returns
    -------
    Axes
        Bars of pupils by class of minutes one way.
    """
    assert ax is not None
    shown = [(Text("today", "现状"), plan.base or plan), (Text("plan", "规划"), plan)][: 1 if plan.base is None else 2]
    known = [(words, *day_ways(one, stage)) for words, one in shown if stage in one.assignments]
    longest = max((float(minutes.max()) for _, minutes, _ in known if len(minutes)), default=width)
    edges = np.arange(0.0, min(longest, 12 * width) + width, width)
    colours = [BEFORE, AFTER][2 - len(known) :]
    for number, ((words, minutes, pupils), colour) in enumerate(zip(known, colours, strict=True)):
        # A class holds its upper limit, so that 30 minutes are within 30.
        at = np.clip(np.ceil(minutes / width - 1e-9).astype(int) - 1, 0, len(edges) - 2)
        counts = np.bincount(at, weights=pupils, minlength=len(edges) - 1)
        bar = width / (len(known) + 0.4)
        ax.bar(edges[:-1] + bar * (number + 0.2), counts, bar, align="edge", color=colour, label=str(words))
    open_end = longest > edges[-1]
    names = [f"{low:g}–{high:g}" for low, high in itertools.pairwise(edges)]
    names[-1] = f"> {edges[-2]:g}" if open_end else names[-1]
    many = len(names) > 8
    ax.set_xticks(edges[:-1] + width / 2, names, fontsize=8 if many else None, rotation=30 if many else 0)
    ax.set_xlabel(str(Text("minutes one way", "单程（分钟）")))
    ax.set_ylabel(str(Text("day pupils", "走读学生（人）")))
    ax.set_title(str(Text(f"Way to school, {stage_word(stage)}", f"{stage_word(stage)}上学单程时间")))
    ax.legend(frameon=False)
    return _tidy(ax)


@drawn
def plot_load(plan: Plan, stage: str = "primary", *, ax: Axes | None = None) -> Axes:
    """Draw how full each school is: roll over seats, the fullest first; above one it bears a darker colour.

    Parameters
    ----------
    plan
        The plan, scored.
    stage
        A stage of it.
    ax
        Where to draw; a new figure where left out.

    Returns
    -------
    Axes
        A bar a school, named where there are at most `MOST_BARS`; schools whose seats are not known are left out, and
        counted in the title.
    """
    assert ax is not None
    table = plan.scorecard.table
    mine = table.loc[(table["scope"] == "school") & (table["stage"] == stage) & (table["measure"] == "load")]
    load = 100 * mine.set_index("id")["value"].dropna().sort_values(ascending=False, kind="stable")
    unknown = len(mine) - len(load)
    colours = np.where(load > 100 + 1e-7, palette.LOAD_COLOURS[3], palette.LOAD_COLOURS[2])
    if len(load) <= MOST_BARS:
        ax.barh(range(len(load)), load, color=colours)
        ax.set_yticks(range(len(load)), [label(plan.study.school_name(str(s))) for s in load.index], fontsize=7)
        ax.invert_yaxis()
        ax.axvline(100, color=LIMIT, linewidth=1)
        ax.set_xlabel(str(Text("pupils for 100 seats", "学位使用率（%）")))
    else:
        ax.bar(range(len(load)), load, width=1.0, color=colours)
        ax.axhline(100, color=LIMIT, linewidth=1)
        ax.set_ylabel(str(Text("pupils for 100 seats", "学位使用率（%）")))
        ax.set_xlabel(str(Text("schools, the fullest first", "学校（由满到空）")))
    over = int((load > 100 + 1e-7).sum())
    told = Text(
        f"Use of seats, {stage_word(stage)}: {over} of {len(load)} schools over-full",
        f"{stage_word(stage)}学位使用率：{len(load)} 所中 {over} 所超员",
    )
    silent = Text(f" ({unknown} unknown)", f"（{unknown} 所学位不明）") if unknown else Text("", "")
    ax.set_title(f"{told}{silent}")
    return _tidy(ax)


@drawn
def plot_tradeoff(frontier: Frontier, *, ax: Axes | None = None) -> Axes:
    """Draw the frontier: what each number of schools costs a year, the proved bound below it, and the knee, if any.

    Parameters
    ----------
    frontier
        Of `consolidate`.
    ax
        Where to draw; a new figure where left out.

    Returns
    -------
    Axes
        Million yuan a year against the schools kept (or the budget); the band between plan and bound is shaded.
    """
    assert ax is not None
    table = frontier.table
    table = table.loc[table["minutes_mean"].notna()]
    by_keep = frontier.by == "keep"
    x = table.index.to_numpy(dtype=float) / (1.0 if by_keep else 1e6)
    cost, bound = (table[name].to_numpy(dtype=float) / 1e6 for name in ("objective", "bound"))
    ax.fill_between(
        x, bound, cost, color=AFTER, alpha=0.2, linewidth=0, label=str(Text("not yet known", "尚不确定的范围"))
    )
    ax.plot(x, cost, marker="o", color=AFTER, label=str(Text("best plan found", "已找到的最好方案")))
    ax.plot(x, bound, color="black", linewidth=1, label=str(Text("proved bound", "已证下界")))
    if frontier.knee is not None:
        knee = float(frontier.knee) / (1.0 if by_keep else 1e6)
        ax.axvline(knee, linestyle=":", color="0.4", label=str(Text(f"knee {knee:g}", f"拐点 {knee:g}")))
    keep, budget = Text("schools kept", "保留学校数"), Text("budget, million yuan", "建设预算（百万元）")
    ax.set_xlabel(str(keep if by_keep else budget))
    ax.set_ylabel(str(Text("million yuan a year", "百万元/年")))
    ax.set_title(
        str(
            Text(
                f"Cost by number of schools, {stage_word(frontier.stage)}", f"{stage_word(frontier.stage)}学校数与费用"
            )
        )
    )
    ax.legend(frameon=False)
    return _tidy(ax)


@drawn
def plot_lorenz(plan: Plan, stage: str = "primary", resource: str = "teachers", *, ax: Axes | None = None) -> Axes:
    """Draw the Lorenz curve of a resource: which share of it the pupils with least of it have.

    Parameters
    ----------
    plan
        The plan; beside its base, where it has one.
    stage
        A stage of it.
    resource
        "teachers" or one of the seven indicators.
    ax
        Where to draw; a new figure where left out.

    Returns
    -------
    Axes
        Per cent of the resource against per cent of the pupils, those with least first.

    Raises
    ------
    DataError
        No school returned the resource.
    """
    assert ax is not None
    shown = [(Text("today", "现状"), plan.base or plan, BEFORE), (Text("plan", "规划"), plan, AFTER)]
    found = 0
    for words, one, colour in shown[: 1 if plan.base is None else 2]:
        if stage not in one.assignments or resource not in one.study.offers:
            continue
        have = all_resources_after(one, stage, [resource])[resource]
        pupils = one.assignments[stage].roll().reindex(have.index, fill_value=0.0)
        known = have.notna() & (pupils > 0)
        each = (have[known] / pupils[known]).sort_values(kind="stable").index
        if not len(each) or not float(have[each].sum()):
            continue
        x, y = (np.concatenate([[0.0], np.cumsum(v[each]) / v[each].sum()]) * 100 for v in (pupils, have))
        ax.plot(x, y, color=colour, label=str(words))
        found += 1
    if not found:
        raise refuse(
            f'no school of stage {stage} returned "{resource}"', f"没有{stage_word(stage)}学校上报“{resource}”",
            "give the column in the table of schools", "请在学校表中给出该列",
        )  # fmt: skip
    ax.plot([0, 100], [0, 100], color="0.6", linewidth=0.8, linestyle="--", label=str(Text("all alike", "完全均等")))
    ax.set_xlabel(str(Text("per cent of the pupils, those with least first", "学生累计占比（%，由少到多）")))
    ax.set_ylabel(str(Text("per cent of the resource", "资源累计占比（%）")))
    words = INDICATORS.get(resource, Text(measure_word(resource), measure_word(resource)))
    name = Text("teachers", "专任教师") if resource == "teachers" else words
    ax.set_title(str(Text(f"{name.en}, {stage_word(stage)}", f"{stage_word(stage)}{name.zh}分布")))
    ax.legend(frameon=False)
    return _tidy(ax)


@drawn
def plot_forecast(
    forecast: Forecast, stage: str = "primary", *, seats: float | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the children to come as a fan: the middle course inside the low and the high one.

    Parameters
    ----------
    forecast
        Of `lp.forecast`.
    stage
        A stage of it.
    seats
        Seats to draw as a line; left out: none.
    ax
        Where to draw; a new figure where left out.

    Returns
    -------
    Axes
        Children by autumn.
    """
    assert ax is not None
    low, middle, high = (forecast.totals(variant)[stage] for variant in ("low", "middle", "high"))
    years = middle.index.to_numpy(dtype=float)
    ax.fill_between(years, low, high, color=AFTER, alpha=0.25, linewidth=0, label=str(Text("low to high", "低—高方案")))
    ax.plot(years, middle, color=AFTER, marker=".", label=str(Text("middle", "中方案")))
    if seats is not None and np.isfinite(seats):
        ax.axhline(seats, color=LIMIT, linewidth=1, label=str(Text("seats", "学位")))
    ax.set_ylim(bottom=0)
    ax.set_xticks(years, [f"{year:g}" for year in years], rotation=45)
    ax.set_ylabel(str(Text("children", "适龄儿童（人）")))
    ax.set_title(str(Text(f"Children to come, {stage_word(stage)}", f"{stage_word(stage)}学龄人口预测")))
    ax.legend(frameon=False)
    return _tidy(ax)


@drawn
def plot_balance(plan: Plan, stage: str = "primary", *, ax: Axes | None = None) -> Axes:
    """Draw how evenly resources lie inside each management district: a dot an indicator, the limit as a line.

    Parameters
    ----------
    plan
        A plan with a districting of the stage.
    stage
        The stage.
    ax
        Where to draw; a new figure where left out.

    Returns
    -------
    Axes
        Difference coefficients by district.

    Raises
    ------
    DataError
        The plan has no districting of the stage, or no school returned an indicator.
    """
    assert ax is not None
    districting = plan.districtings.get(stage)
    inside = pd.DataFrame() if districting is None else difference_inside(plan, stage, districting.school_district)
    if districting is None or not inside.notna().to_numpy().any():
        raise refuse(
            f"no districts of stage {stage} with resources to compare", f"{stage_word(stage)}没有可比较资源的管理学区",
            "run partition, and give the resources in the table of schools", "请先运行 partition，并在学校表中给出资源",
        )  # fmt: skip
    order = [d for d in districting.districts if d in inside.index]
    for number, name in enumerate(inside.columns):
        colour = palette.DISTRICT_COLOURS[number % len(palette.DISTRICT_COLOURS)]
        ax.plot(
            inside.loc[order, name], range(len(order)), "o", color=colour, label=str(INDICATORS[name]), markersize=6
        )
    leads = [str(districting.lead_of.get(d, "")) for d in order]
    ax.set_yticks(
        range(len(order)),
        [label(plan.study.school_name(lead) if lead else d) for d, lead in zip(order, leads, strict=True)],
    )
    ax.invert_yaxis()
    rule = plan.rules.find("difference_coefficient", stage)
    if rule is not None:
        ax.axvline(rule.value.value, color=LIMIT, linewidth=1, label=str(Text("limit", "限值")))
    ax.set_xlim(left=0)
    ax.set_xlabel(str(Text("difference coefficient inside the district", "学区内差异系数")))
    ax.set_title(str(Text(f"Balance inside the districts, {stage_word(stage)}", f"{stage_word(stage)}管理学区内均衡")))
    ax.legend(frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return _tidy(ax)


@drawn
def plot_phasing(phasing: Phasing | Plan, *, ax: Axes | None = None) -> Axes:
    """Draw the timetable: a bar an edit in its year; where there are more than `MOST_BARS`, a row a kind with counts.

    Parameters
    ----------
    phasing
        Of `phase`, or a plan whose edits bear years.
    ax
        Where to draw; a new figure where left out.

    Returns
    -------
    Axes
        Years along the x axis.

    Raises
    ------
    DataError
        No edit has a year.
    """
    assert ax is not None
    table = timetable(phasing)
    if table.empty:
        raise refuse(
            "no edit of the plan has a year", "方案中没有任何改动写明年份",
            "run phase, or give year= in the edits", "请运行 phase，或在改动中写明 year",
        )  # fmt: skip
    colour = {do: palette.DISTRICT_COLOURS[at] for at, do in enumerate(KINDS)}
    if len(table) <= MOST_BARS:
        rows = [label(name) for name in table["name"]]
        ax.barh(range(len(table)), 1.0, left=table["year"] - 0.5, color=[colour[do] for do in table["do"]], height=0.7)
    else:
        counts = table.groupby(["do", "year"], sort=False).size().reset_index(name="n")
        kinds = [do for do in KINDS if do in set(counts["do"])]
        rows = [str(KINDS[do]) for do in kinds]
        at = counts["do"].map({do: i for i, do in enumerate(kinds)})
        ax.barh(at, 0.94, left=counts["year"] - 0.47, color=[colour[do] for do in counts["do"]], height=0.7)
        for y, year, n in zip(at, counts["year"], counts["n"], strict=True):
            ax.text(year, y, f"{n}", ha="center", va="center", color="white")
    ax.set_yticks(range(len(rows)), rows, fontsize=7 if len(rows) > 12 else 9)
    ax.invert_yaxis()
    years = range(int(table["year"].min()), int(table["year"].max()) + 1)
    ax.set_xticks(list(years))
    ax.set_title(str(Text("What happens in which autumn", "分年度实施")))
    if len(table) <= MOST_BARS:
        from matplotlib.patches import Patch

        used = [do for do in KINDS if do in set(table["do"])]
        handles = [Patch(color=colour[do], label=str(KINDS[do])) for do in used]
        ax.legend(handles=handles, frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return _tidy(ax)


def _tidy(ax: Axes) -> Axes:
    from matplotlib.ticker import StrMethodFormatter

    if ax.get_ylim()[1] >= 2000 and not ax.yaxis_inverted():
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.spines[["top", "right"]].set_visible(False)
    return ax
