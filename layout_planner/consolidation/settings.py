"""What a consolidation may change, and what must hold: the record that `consolidate` and its command read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from layout_planner.base.errors import refuse
from layout_planner.base.options import Effort, option

if TYPE_CHECKING:
    import pandas as pd

    from layout_planner.consolidation.terms import Term
    from layout_planner.measures.money import Money
    from layout_planner.scenario import Edit, Scenario
    from layout_planner.study import Study

Expansion: TypeAlias = bool | float | Mapping[str, float]
"""Every school, none, every one up to so many seats, or these schools up to so many."""
Ride: TypeAlias = Literal["day", "bus", "board"]
"""What pupils beyond the rules' reach do."""
Moves: TypeAlias = Literal["free", "stay"]
"""Whom the plan may send elsewhere."""

USUAL = Effort(seconds=100.0, gap=5e-3, seed=0, clock="wall")


@dataclass(frozen=True, eq=False)
class Consolidation:
    """What may change, and what must hold.

    Parameters
    ----------
    expand
        True: every complete school may grow by whole classes up to the rules' school size. False: none. A number:
        up to so many seats. A mapping school → seats: only these, up to that.
    rebuild
        Likewise, how large schools may be rebuilt where growing does not reach: every seat of the new house is paid.
        With any of it, a school whose `building_grade` is D is rebuilt if it is kept.
    sites
        Candidate sites of the study may open. A site with a `parent_id` opens as a campus of that school, and is not
        counted.
    points
        Every primary school that may close may instead become a teaching point, which keeps grades 1 to 3; the upper
        grades go to a complete school. Teaching points are not counted.
    campuses
        "stay": campuses, teaching points and sections of other schools stay; "free": they may close too.
    moves
        "free": everyone is sent anew, to the best place for all. "stay": only pupils of schools that close (or become
        a teaching point) are sent elsewhere, and children without a school; whoever has a school that stays open
        stays there. What sending everyone anew would do with today's schools stands beside it in either case.
    pins
        Edits that hold in every plan: `Keep`, `Close`, `Merge`, `Open`, `Expand` …
    least_roll
        Pupils a school that may close must have to stay (pinned ones need not).
    every_township
        A township that has a school of the stage keeps one.
    contiguous
        Zones hang together along the study's adjacency. The bound is that without this demand, so it holds.
    reach
        "priced": long ways cost what they last, and are reported; "hard": pairs beyond the rules' reach are not used.
    ride
        What pupils beyond the rules' reach in minutes do: "day": come by themselves; "bus": ride; "board": board, but
        for grades 1 to 3, which ride. Prices stand in `Money`; the plan has the edits `Bus` and `Board`.
    not_before
        School → year: where the plan closes it, the edit bears that year, before which `phase` does not close it.
    demands
        Further numbers of children, as studies or as Series place_id → pupils: seats hold in each of them (each place
        with the most it has in any), ways are weighed by their mean. What that safety costs is stated as `safety`.
    money
        The prices; `Money()` where left out.
    terms
        Further terms: goals that price pairs, sites or sizes (`layout_planner.consolidation.terms`).

    Raises
    ------
    DataError
        A word that is not known.
    """

    expand: Expansion = option(True, "Schools may grow by classes.", "允许扩容。", kind=bool)
    rebuild: Expansion = option(False, "Schools may be rebuilt.", "允许改建。", kind=bool, flag="--rebuild")
    sites: bool = option(True, "Candidate sites may open.", "允许新建。")
    points: bool = option(False, "Schools may become teaching points, grades 1-3.", "允许改为教学点。", flag="--points")
    campuses: Literal["stay", "free"] = option(
        "stay", "Campuses and teaching points may close.", "分校区、教学点可撤。", kind=bool, typed=False,
        flag="--free-campuses",
    )  # fmt: skip
    moves: Moves = option(
        "free",
        "stay: only pupils of schools that close move.",
        "stay：仅撤并学校的学生转学；free：全部重新划分。",
        kind=Literal["free", "stay"],
    )
    pins: Sequence[Edit] | Scenario = option(
        (), "Edits that hold in any case.", "必须执行的改动。", kind=Path | None, typed=None, metavar="FILE.yaml"
    )
    least_roll: float = option(0.0, "Least pupils of a kept school.", "最小规模。", least=0)
    every_township: bool = option(False, "Every township keeps a school.", "每乡镇至少一所。", flag="--every-township")
    contiguous: bool = option(False, "Zones hang together.", "片区连片。", flag="--contiguous")
    reach: Literal["priced", "hard"] = option(
        "priced",
        "hard: no way beyond the rules' reach.",
        "hard：路程为硬限，不得超出规则。",
        kind=Literal["priced", "hard"],
    )
    ride: Ride = option("day", "What pupils beyond reach do.", "超距离学生的办法。", kind=Ride)
    not_before: Mapping[str, int] | None = None
    demands: Sequence[Study | pd.Series] = ()
    money: Money | None = None
    terms: Sequence[Term] = ()

    def __post_init__(self) -> None:
        known = {
            "campuses": ("stay", "free"),
            "moves": ("free", "stay"),
            "reach": ("priced", "hard"),
            "ride": ("day", "bus", "board"),
        }
        for name, values in known.items():
            given = getattr(self, name)
            if given not in values:
                raise refuse(
                    f'{name}="{given}" is unknown',
                    f"{name}=“{given}”未知",
                    f"use one of {', '.join(values)}",
                    f"可用：{'、'.join(values)}",
                )

        if self.moves == "stay" and self.contiguous:
            raise refuse(
                "moves=stay and contiguous contradict each other: where children go today need not hang together",
                "moves=stay 与 contiguous 矛盾：现有就学片区不一定连片",
                "ask for one of the two",
                "请只用其一",
            )

    def edits(self) -> tuple[Edit, ...]:
        """Give the pinned edits, whether they came as a scenario or one by one."""
        from layout_planner.scenario import Scenario

        return tuple(self.pins.edits if isinstance(self.pins, Scenario) else self.pins)
