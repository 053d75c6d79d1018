"""Pupils and seats over the years as lines that cross: a small picture a stage, for county, towns and country."""

from __future__ import annotations

import pandas as pd

from layout_planner.base.escape import esc
from layout_planner.base.messages import Text
from layout_planner.plan.yearplan import YearRecord
from layout_planner.study.stages import STAGE_NAMES

WIDE, HIGH, LEFT, TOP, BOTTOM = 300, 130, 46, 12, 18
WHERE = {"": Text("the county", "全县"), "town": Text("towns", "城镇"), "country": Text("country", "乡村")}
"""Where children live and schools stand."""


def crossing_charts(plan: YearRecord, variant: str | None) -> str:
    """Draw the lines: pupils full, seats of the standard dashed, red where pupils are more."""
    areas = [where for where in WHERE if not where or plan.limits.get("town")]
    tables = {where: plan.crossing(variant, where) for where in areas}
    figures = []
    for stage in plan.stages:
        for where in areas:
            name = WHERE[where]
            rows = tables[where].xs(stage, level="stage").reindex(list(plan.years)).fillna(0.0)
            title = Text(f"{STAGE_NAMES[stage][0]}, {name.en}", f"{STAGE_NAMES[stage][1]} · {name.zh}")
            figures.append(f"<figure><figcaption>{esc(title)}</figcaption>{_picture(plan, rows, title)}</figure>")
    key = Text(
        "full line: pupils · dashed: seats · red: more pupils than seats (of the place they live in)",
        "实线：学生 · 虚线：标准学位 · 红：学生多于学位（按居住地与校址）",
    )
    columns = len(areas) if len(areas) > 1 else len(plan.stages)
    return f'<div class="lines" style="--columns:{columns}">{"".join(figures)}</div><p class="key">{esc(key)}</p>'


def _picture(plan: YearRecord, rows: pd.DataFrame, title: Text) -> str:
    years = list(plan.years)
    top = max(float(rows[["pupils", "seats"]].to_numpy().max()), 1.0) * 1.05
    step = (WIDE - LEFT - 14) / max(len(years) - 1, 1)

    def at(number: int, value: float) -> tuple[float, float]:
        return LEFT + step * number, TOP + (HIGH - TOP - BOTTOM) * (1 - value / top)

    def line(column: str) -> str:
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(k, float(v)) for k, v in enumerate(rows[column])))

    short = []
    for k, (pupils, seats) in enumerate(zip(rows["pupils"], rows["seats"], strict=True)):
        if pupils > seats + 0.5:
            x, y = at(k, float(pupils))
            short.append(
                f'<line class="short" x1="{x:.1f}" x2="{x:.1f}" y1="{y:.1f}" y2="{at(k, float(seats))[1]:.1f}"/>'
            )
    ticks = "".join(
        f'<text class="t" x="{LEFT - 4}" y="{at(0, value)[1] + 3:.1f}" text-anchor="end">{value:,.0f}</text>'
        f'<line class="grid" x1="{LEFT}" x2="{WIDE - 14}" y1="{at(0, value)[1]:.1f}" y2="{at(0, value)[1]:.1f}"/>'
        for value in (0.0, _round(top / 2), _round(top * 0.95))
    )
    names = "".join(
        f'<text class="t" x="{at(k, 0)[0]:.1f}" y="{HIGH - 4}" text-anchor="middle">{years[k]}</text>'
        for k in sorted({0, (len(years) - 1) // 2, len(years) - 1})
    )
    return (
        f'<svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{esc(title)}" data-left="{LEFT}" '
        f'data-step="{step:.2f}">'
        f'{ticks}{names}<line class="now" x1="{LEFT}" x2="{LEFT}" y1="{TOP}" y2="{HIGH - BOTTOM}"/>{"".join(short)}'
        f'<polyline class="seats" points="{line("seats")}"/><polyline class="pupils" points="{line("pupils")}"/></svg>'
    )


def _round(value: float) -> float:
    """Round to two digits that can be read."""
    size = 10.0 ** max(len(f"{value:.0f}") - 2, 0)
    return float(round(value / size) * size)
