"""Frontiers drawn: travel and money against the number of schools, and the plans along them as a map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layout_planner.base.messages import Text, language
from layout_planner.page.briefing import briefing
from layout_planner.plan.frontier import Frontier

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CHINESE = ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "SimHei", "PingFang SC", "WenQuanYi Micro Hei")
"""Fonts with Chinese letters, in the order they are looked for."""

PARTS = {
    "travel": Text("time on the way", "路途时间"),
    "bus": Text("school bus", "校车"),
    "boarding": Text("boarding", "寄宿"),
    "household": Text("households", "家庭支出"),
    "running": Text("running", "运转经费"),
    "building": Text("building", "建设（年摊）"),
    "terms": Text("further terms", "附加项"),
}
"""The parts of the objective as readers know them."""


def plot_frontier(front: Frontier) -> Figure:
    """Draw minutes and money against the number of schools (or the budget), with the bounds and the knee."""
    from matplotlib import font_manager
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    table = front.table
    table = table.loc[table["minutes_mean"].notna()]
    known = {font.name for font in font_manager.fontManager.ttflist}
    fonts = [name for name in CHINESE if name in known]
    # Without a font that has the letters every one would be an empty box.
    lang = language() if fonts else "en"

    def say(en: str, zh: str) -> str:
        return Text(en, zh).in_(lang)

    figure = Figure(figsize=(8, 7), layout="constrained")
    ways, money = figure.subplots(2, 1, sharex=True)
    x = table.index.to_numpy(dtype=float) / (1.0 if front.by == "keep" else 1e6)
    knee = None if front.knee is None else float(front.knee) / (1.0 if front.by == "keep" else 1e6)
    ways.plot(x, table["minutes_mean"], marker=".", label=say("mean", "平均"))
    ways.plot(x, table["minutes_p95"], marker=".", label=say("95 % below", "95% 分位"))
    ways.plot(x, table["minutes_tail"], marker=".", label=say("worst-off tenth", "最远十分之一平均"))
    if knee is not None:
        ways.axvline(knee, linestyle=":", color="0.4", label=say(f"knee {knee:g}", f"拐点 {knee:g}"))
        money.axvline(knee, linestyle=":", color="0.4")
    ways.set_ylabel(say("minutes one way", "单程（分钟）"))
    ways.legend()
    bottom = np.zeros(len(table))
    for name, text in PARTS.items():
        part = table[name].to_numpy(dtype=float) / 1e6
        if part.any():
            money.fill_between(x, bottom, bottom + part, alpha=0.55, label=text.in_(lang))
            bottom = bottom + part
    money.plot(x, table["bound"] / 1e6, color="black", linewidth=1, label=say("proved bound", "已证下界"))
    money.set_ylabel(say("million yuan a year", "百万元/年"))
    money.set_xlabel(
        say("schools kept", "保留学校数") if front.by == "keep" else say("budget, million yuan", "建设预算（百万元）")
    )
    money.xaxis.set_major_locator(MaxNLocator(integer=front.by == "keep"))
    money.legend(ncols=2)
    if fonts and lang == "zh":
        for axes in (ways, money):
            texts = [axes.xaxis.label, axes.yaxis.label, *axes.get_legend().get_texts()]
            for text_shown in texts:
                text_shown.set_family(fonts)
    return figure


def map_frontier(front: Frontier) -> object:
    """Draw today and three points of the frontier as one map: most schools, the knee (or the cheapest), fewest."""
    reached = [p for p in front.points if p.scenario is not None]
    wanted = [reached[-1], front.point(front.chosen), reached[0]] if reached else []
    plans = [front.carry_out(p) for p in dict.fromkeys(wanted)]
    return briefing([front.base, *plans], lang=language(), frontier=front)
