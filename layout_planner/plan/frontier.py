"""`Frontier`: travel and money against the number of schools, every point with its bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.plan.types import Plan, Status
from layout_planner.scenario import Scenario

POINT_COLUMNS = (
    "status", "objective", "bound", "gap", "gap_avoidable", "travel", "running", "building", "terms", "investment",
    "minutes_mean", "minutes_p95", "closed", "expanded", "opened", "seats_added", "pupils_moved", "schools",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Point:
    """One choice of schools.

    Parameters
    ----------
    keep
        Legal schools of the stage that are open, new ones among them.
    scenario
        The edits that lead there; None where nothing was found.
    figures
        `POINT_COLUMNS`: objective, bound, travel, running, building and terms in yuan a year, investment in yuan;
        minutes one way; gap of the whole objective, gap_avoidable of the part that the choice of schools can change.
    status
        See `Status`; "infeasible" where so few schools cannot seat everyone.
    alternatives
        Other sets met for the same number: (objective, ids of the closed schools).
    """

    keep: int
    scenario: Scenario | None
    figures: Mapping[str, float | str]
    status: Status
    alternatives: tuple[tuple[float, frozenset[str]], ...] = ()


@dataclass(frozen=True, eq=False)
class Frontier:
    """What each number of schools costs at best.

    Parameters
    ----------
    stage
        The stage.
    points
        In ascending order of `keep`.
    schools
        Index school_id of those that could have closed; name.
    prices
        What was counted, with unit and source (see `Money`).
    carry_out
        Makes the plan of a point; given by the solver.
    seconds, work
        Wall time, and what was counted.
    notes
        What the reader must know.
    """

    stage: str
    points: tuple[Point, ...]
    schools: pd.DataFrame
    prices: pd.DataFrame
    carry_out: Callable[[Point], Plan]
    seconds: float = 0.0
    work: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Any, ...] = ()

    @property
    def table(self) -> pd.DataFrame:
        """One row a point: index keep, `POINT_COLUMNS`."""
        index = pd.Index([p.keep for p in self.points], name="keep")
        return pd.DataFrame([dict(p.figures) for p in self.points], index=index, columns=list(POINT_COLUMNS))

    def point(self, keep: int) -> Point:
        """Give one point.

        Raises
        ------
        DataError
            The frontier has no such point.
        """
        found = next((p for p in self.points if p.keep == keep), None)
        if found is None:
            known = [p.keep for p in self.points]
            raise refuse(
                f"the frontier has no point keep={keep}",
                f"前沿上没有 keep={keep} 的点",
                f"use one of {known[0]} … {known[-1]}",
                f"可用 {known[0]} … {known[-1]}",
            )
        return found

    def at(self, keep: int) -> Plan:
        """Carry out one point: a plan with flows, scorecard and findings.

        Raises
        ------
        DataError
            No such point, or nothing was found there.
        """
        point = self.point(keep)
        if point.scenario is None:
            raise refuse(
                f"no plan with keep={keep}: {point.status}",
                f"keep={keep} 没有可行方案：{point.status}",
                "keep more schools, or let more of them grow",
                "请多保留学校或允许更多扩容",
            )
        return self.carry_out(point)

    @property
    def knee(self) -> int:
        """The number of schools below which each further closure costs children clearly more.

        The point farthest below the chord of mean minutes against the number of schools, both scaled to 0 … 1
        (Satopää et al. 2011).
        """
        t = self.table["minutes_mean"].astype(float).dropna()
        if len(t) < 3:
            return int(t.index[0]) if len(t) else 0
        x = (t.index.to_numpy(dtype=float) - t.index[0]) / (t.index[-1] - t.index[0])
        span = t.iloc[0] - t.iloc[-1]
        y = (t.to_numpy() - t.iloc[-1]) / span if span else np.zeros(len(t))
        return int(t.index[int(np.argmax(1.0 - x - y))])

    def each_further(self) -> pd.DataFrame:
        """Say what each further closure costs.

        Returns
        -------
        pd.DataFrame
            Index keep (after the closure); minutes (added to the mean way), yuan (added to the objective, a year).
        """
        t = self.table[["minutes_mean", "objective"]].astype(float)
        return (-t.diff().shift(-1)).iloc[:-1].set_axis(["minutes", "yuan"], axis=1)

    def robust(self, keep: int | None = None, within: float = 0.01) -> pd.DataFrame:
        """Say which schools close in all good plans, in some, in none.

        Parameters
        ----------
        keep
            Good plans are those met for this number whose objective is at most `within` above the best; left out,
            the best plans of all points.
        within
            Share of the objective.

        Returns
        -------
        pd.DataFrame
            Index school_id; name, share (of the good plans in which it closes), closes ("all", "some", "none"), plans.
        """
        if keep is None:
            sets = [self._closed(p) for p in self.points if p.scenario is not None]
        else:
            point = self.point(keep)
            best = float(point.figures["objective"])
            sets = [closed for value, closed in point.alternatives if value <= best * (1.0 + within)]
            sets = list(dict.fromkeys(sets))
        share = pd.Series(
            [sum(s in closed for closed in sets) / max(len(sets), 1) for s in self.schools.index],
            index=self.schools.index, dtype=float,
        )  # fmt: skip
        told = np.where(share >= 1.0, "all", np.where(share > 0.0, "some", "none"))
        return self.schools[["name"]].assign(share=share, closes=told, plans=len(sets))

    def _closed(self, point: Point) -> frozenset[str]:
        best = min(point.alternatives, key=lambda pair: pair[0], default=(np.inf, frozenset()))
        return best[1]
