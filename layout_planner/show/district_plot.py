"""A picture of management districts for paper: who belongs together, who leads, and the links between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from layout_planner.base.messages import Text
from layout_planner.page import palette
from layout_planner.plan.districting import Districting
from layout_planner.show.frontiers import CHINESE
from layout_planner.study import Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_districts(districting: Districting, study: Study, ax: Axes | None = None) -> Axes:
    """Draw the districts: townships in the colour of their district, schools, leads as stars, a link to each member.

    Parameters
    ----------
    districting
        Of this study.
    study
        For the shapes and the schools' points.
    ax
        Where to draw; a new figure where left out.

    Returns
    -------
    Axes
        With a legend: district, lead, schools, pupils.
    """
    import matplotlib.pyplot as plt
    from matplotlib import font_manager
    from matplotlib.lines import Line2D

    if ax is None:
        ax = plt.subplots(figsize=(9, 7))[1]
    colours = palette.CATCHMENT_COLOURS
    colour = {district: colours[i % len(colours)] for i, district in enumerate(districting.districts)}
    if len(study.townships):
        # A township divided among its schools belongs to no district as a whole and stays grey.
        shade = [colour.get(str(districting.district_of.get(t, "")), palette.UNKNOWN) for t in study.townships.index]
        study.townships.plot(ax=ax, color=shade, alpha=0.45, edgecolor="white", linewidth=0.8)
    points = study.schools.geometry.reindex(districting.school_district.index)
    at = {school: (point.x, point.y) for school, point in points.items()}
    handles = []
    for district in districting.districts:
        mine = districting.school_district.index[districting.school_district == district]
        lead = str(districting.lead_of.get(district, ""))
        own = np.array([at[school] for school in mine if school != lead]).reshape(-1, 2)
        if lead in at:
            for x, y in own:
                ax.plot([at[lead][0], x], [at[lead][1], y], color=colour[district], linewidth=0.7, zorder=2)
            ax.scatter(*at[lead], marker="*", s=220, color=colour[district], edgecolor="black", zorder=4)
        ax.scatter(own[:, 0], own[:, 1], s=16, color=colour[district], edgecolor="black", linewidth=0.4, zorder=3)
        handles.append(Line2D([], [], color=colour[district], marker="*", label=_label(districting, study, district)))
    known = {font.name for font in font_manager.fontManager.ttflist}
    fonts = [name for name in CHINESE if name in known] or ["sans-serif"]
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, prop={"family": fonts})
    ax.set_aspect("equal")
    ax.set_axis_off()
    return ax


def _label(districting: Districting, study: Study, district: str) -> str:
    row: Any = districting.table.loc[district]
    lead = study.school_name(str(row["lead"])) if row["lead"] else district
    told = Text(
        f"{row['schools']} schools, {row['pupils']:,.0f} pupils", f"{row['schools']} 所，{row['pupils']:,.0f} 人"
    )
    return f"{lead}: {told}"
