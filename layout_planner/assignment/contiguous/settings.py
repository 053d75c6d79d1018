"""How zones are to be drawn: what `solve(..., assign=Contiguous(...))` takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from layout_planner.assignment.contiguous.goals import GOALS, Area, Part, ZoneGoal
from layout_planner.base.errors import refuse
from layout_planner.base.goals import Goal, goal_of


@dataclass(frozen=True, eq=False)
class ZoneSettings:
    """What is asked of zones in one piece; `Contiguous` carries it out.

    Parameters
    ----------
    goals
        Goal → weight (0: reported only), by name (`goals.GOALS`) or as a `Goal` or callable `Area -> Part`. Every goal
        is unit-free. Left out: pupil-minutes alone, in their own unit.
    by
        What a way costs: "minutes" at the pace of the grade, or "metres".
    overload
        What a pupil beyond the seats costs, in the unit of the way (pupil-minutes or pupil-metres; with `goals`, in
        minutes of the way of one pupil). None: seats are hard.
    forbid
        Pairs (place, school) that are not allowed. Pins come from the scenario (`Pin`).
    together
        Groups of places that go to one school, as a village with two entrances does.
    start
        Where the search begins: a Series place → school, or "today"; None lets the relaxation choose.
    seed
        Where chance begins.
    rounds
        Limit of work instead of time, for results that are the same on every machine; None for none.

    Raises
    ------
    DataError
        A goal that is not known, or a number that cannot be.
    """

    goals: Mapping[str | ZoneGoal, float] = field(default_factory=dict)
    by: Literal["minutes", "metres"] = "minutes"
    overload: float | None = None
    forbid: Sequence[tuple[str, str]] = ()
    together: Sequence[Sequence[str]] = ()
    start: pd.Series | Literal["today"] | None = None
    seed: int = 0
    rounds: int | None = None

    def __post_init__(self) -> None:
        from layout_planner.base.errors import did_you_mean

        for goal, weight in self.goals.items():
            if isinstance(goal, str) and goal not in GOALS:
                hint = did_you_mean(goal, GOALS)
                raise refuse(
                    f'the goal "{goal}" is unknown{hint.en}', f"目标“{goal}”未知{hint.zh}",
                    f"use {', '.join(GOALS)}, or a callable Area -> Part",
                    f"可用：{'、'.join(GOALS)}，或函数 Area -> Part",
                )  # fmt: skip
            if not 0 <= weight < float("inf"):
                raise refuse(
                    f"the weight {weight} of a goal is not a number from 0", f"目标权重 {weight} 不是非负数",
                    "give 0 or more", "请给 0 或正数",
                )  # fmt: skip
        if self.by not in ("minutes", "metres") or (self.overload is not None and not 0 < self.overload < float("inf")):
            raise refuse(
                'by must be "minutes" or "metres" and overload positive', "by 须为 minutes 或 metres，overload 须为正",
                "correct them", "请更正",
            )  # fmt: skip

    def weighted(self) -> list[tuple[str, Goal[Area, Part], float]]:
        """Give name, function and weight of each goal; one of weight 0 is only reported."""
        known = [(GOALS[g] if isinstance(g, str) else goal_of(g), w) for g, w in self.goals.items()]
        return [(goal.name, goal, weight) for goal, weight in known]

    def told(self) -> dict[str, object]:
        """Give what was asked for, as plain values for the provenance."""
        said: dict[str, object] = {"goals": {name: weight for name, _, weight in self.weighted()}, "by": self.by}
        said |= {"overload": self.overload, "seed": self.seed, "rounds": self.rounds}
        said |= {"forbid": [list(pair) for pair in self.forbid], "together": [list(group) for group in self.together]}
        said["start"] = "given" if isinstance(self.start, pd.Series) else self.start
        return {key: value for key, value in said.items() if value not in (None, {}, [])}
