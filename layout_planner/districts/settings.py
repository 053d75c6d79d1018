"""What districts must be: the record that `partition` and its command read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from layout_planner.base.options import Effort, option

if TYPE_CHECKING:
    import pandas as pd

    from layout_planner.districts.terms import Term

USUAL = Effort(seconds=60.0, seed=0)


@dataclass(frozen=True, eq=False)
class Partition:
    """What districts must be, and what they should be.

    Parameters
    ----------
    leads
        Candidate lead schools (学区长学校); the schools marked as candidates where left out; [] for none.
    lead_mode
        "detached": the strongest candidates, as many as districts, are matched one to one to districts by travel and
        strength (each lead's own counts for the district it leads), wherever they stand;
        "inside": each lead is a member of its district; "none".
    divide_towns
        With detached leads: the townships the candidates stand in (county seat, sub-centre) are divided by school, and
        each lead brings its share to the district it leads. False: they are units like others.
    units
        "townships" (whole townships) or "schools" (with their catchments).
    townships
        Least and most members of a district; free where left out.
    population, pupils
        What a district should have (pupils by residence); the mean where left out.
    population_tolerance, pupils_tolerance
        Share by which a district may differ from that; None for no window.
    weights
        Term → weight, over `STANDARD_WEIGHTS`; 0 leaves a term out.
    terms
        Further terms: name → goal or function `Units -> Part`; its own weight (1) unless given.
    method
        "best": ours, with a bound. "ward", "average", "kmeans": clusterings of scikit-learn as baselines beside it,
        repaired as far as handing on units goes (see `layout_planner.districts.baselines`); no bound is claimed.
    strength
        Strength of each school; `quality` of the offers where left out.
    today
        District of today by unit, for the term "keep".
    """

    leads: Sequence[str] | None = option(
        None, "Candidate lead schools; left out: those marked.", "学区长候选校。", kind=str | None, metavar="ID,ID"
    )
    lead_mode: Literal["detached", "inside", "none"] = option(
        "detached", "detached: leads of the county seat, matched to districts; inside: a member leads; none.",
        "学区长校在区外、区内或不设。", kind=Literal["detached", "inside", "none"],
    )  # fmt: skip
    divide_towns: bool = option(
        True, "Towns of detached leads are not divided by school.", "城区不按校划分。", flag="--whole-towns",
        typed=False,
    )  # fmt: skip
    units: Literal["townships", "schools"] = option(
        "townships", "What is divided.", "划分单元。", kind=Literal["townships", "schools"]
    )
    townships: tuple[int, int] | None = option(
        None, "Members of a district.", "每区乡镇数。", kind=str | None, metavar="LOW-HIGH"
    )
    population: float | None = option(None, "People a district; left out: the mean.", "每区人口。", kind=float | None)
    pupils: float | None = option(
        None, "Pupils by residence; left out: the mean.", "每区学生（按住地）。", kind=float | None
    )
    population_tolerance: float | None = option(0.10, "Share; inf for none.", "人口容差（比例）；inf 为不限。", least=0)
    pupils_tolerance: float | None = option(0.15, "Share; inf for none.", "学生数容差（比例）；inf 为不限。", least=0)
    weights: Mapping[str, float] | None = option(
        None, "Weight of a term (travel, population, pupils, strength, mix, alike, compact); may be repeated.",
        "目标权重（travel、population、pupils、strength、mix、alike、compact）；"
        "可重复。", flag="--weight", kind=list[str] | None, metavar="TERM=W",
    )  # fmt: skip
    method: Literal["best", "ward", "average", "kmeans"] = option(
        "best", "best, or a clustering as a baseline.", "best：优化；其余为聚类基准。",
        kind=Literal["best", "ward", "average", "kmeans"],
    )  # fmt: skip
    terms: Mapping[str, Term] | None = None
    strength: pd.Series | None = None
    today: pd.Series | None = None
