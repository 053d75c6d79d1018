"""`Frontier`: travel and money against the number of schools, every point with its bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Positions
from layout_planner.base.drawing import Drawn, draw
from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.base.proof import Proof, Proved
from layout_planner.base.shown import WITHOUT_SCHOOL, Line, Shown, count
from layout_planner.base.units import Measured, in_units, rows_in_units
from layout_planner.plan.columns import lacks_school
from layout_planner.plan.concerned import pupils_concerned
from layout_planner.plan.steps import three_steps
from layout_planner.plan.types import Plan
from layout_planner.scenario import Scenario

POINT_COLUMNS = (
    "status", "objective", "bound", "gap", "gap_avoidable", "travel", "bus", "boarding", "household", "running",
    "building", "terms", "investment", "minutes_mean", "minutes_p95", "minutes_tail", "beyond_reach", "riders",
    "boarders", "added_gini", "closed", "expanded", "rebuilt", "opened", "points", "seats_added", "pupils_moved",
    "schools", "safety",
)  # fmt: skip


def unit_of(figure: str) -> str:
    """Give the unit of a column of `Frontier.table`; "" for a text."""
    if figure == "status":
        return ""
    if figure.startswith("minutes_"):
        return "min"
    if figure == "investment":
        return "yuan"
    if figure in ("gap", "gap_avoidable", "added_gini"):
        return "1"
    if figure == "seats_added":
        return "seats"
    if figure in ("beyond_reach", "riders", "boarders", "pupils_moved"):
        return "pupils"
    counts = ("closed", "expanded", "rebuilt", "opened", "points", "keep")
    return "schools" if figure in counts or figure.startswith("schools") else "yuan a year"


TODAY_IS = Text("today", "现状")
SAME_SCHOOLS = Text("the same schools, everyone to the best place", "学校不变、全部就学最优")

BELOW_CHORD = 1e-3
"""Of both axes: by how much a point must lie below the chord to be a knee."""


@dataclass(frozen=True, eq=False)
class Point(Proved):
    """One choice of schools.

    Parameters
    ----------
    keep
        Legal schools of the stage that are open, new ones among them.
    scenario
        The edits that lead there; None where nothing was found.
    figures
        `POINT_COLUMNS`. Yuan a year: objective and bound; its parts travel (time on the way), bus, boarding,
        household (what boarding costs the family), running (with the funding floor), building, terms; safety (what it
        costs that seats hold in further demands). Yuan: investment. Minutes one way, boarders left out: minutes_mean,
        minutes_p95, minutes_tail (mean of the worst-off tenth). Pupils: beyond_reach, riders, boarders, pupils_moved.
        added_gini: how unevenly townships bear the added minutes. gap is of the whole objective, gap_avoidable of the
        part that the choice of schools can change.
    proof
        Of the whole objective; "infeasible" where so few schools cannot seat everyone.
    alternatives
        Other sets met for the same number: (objective, ids of the closed schools).
    budget
        Yuan of building allowed; None without a limit.
    home
        What `Frontier.carry_out` makes the plan of: where the solver sends each of its units; None where nothing was
        found.
    """

    keep: int
    scenario: Scenario | None
    figures: Mapping[str, float | str]
    proof: Proof
    alternatives: tuple[tuple[float, frozenset[str]], ...] = ()
    budget: float | None = None
    home: Positions | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False, repr=False)
class Frontier(Measured, Shown):
    """What each number of schools, or each amount of money, costs at best.

    Parameters
    ----------
    stage
        The stage.
    points
        In ascending order of `keep`, or of the budget.
    schools
        Index school_id of those that could have closed; name.
    prices
        What was counted, with unit and source (see `Money`).
    carry_out
        Makes the plan of a point; given by the solver.
    base
        Today.
    by
        "keep" or "budget": what differs from point to point.
    seconds, work
        Wall time, and what was counted.
    notes
        What the reader must know.
    best_place
        Today's schools, and everyone sent to the best place within their seats: the step between today and the plans.
    """

    stage: str
    points: tuple[Point, ...]
    schools: pd.DataFrame
    prices: pd.DataFrame
    carry_out: Callable[[Point], Plan]
    base: Plan
    by: Literal["keep", "budget"] = "keep"
    seconds: float = 0.0
    work: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()
    best_place: Plan | None = None

    @property
    def table(self) -> pd.DataFrame:
        """One row a point: index keep (or budget), `POINT_COLUMNS` and further measures of the catalogue.

        `attrs["units"]` has the unit of each column.
        """
        index = pd.Index([self._key(p) for p in self.points], name=self.by)
        table = pd.DataFrame([dict(p.figures) for p in self.points], index=index, columns=list(self._columns()))
        table = table if self.by == "keep" else table.assign(keep=[p.keep for p in self.points])
        table.attrs["units"] = {name: unit_of(name) for name in table}
        return table

    def _columns(self) -> tuple[str, ...]:
        """Name the figures points have."""
        return tuple(dict.fromkeys((*POINT_COLUMNS, *(name for point in self.points for name in point.figures))))

    def _key(self, point: Point) -> float:
        return point.keep if self.by == "keep" or point.budget is None else point.budget

    def point(self, keep: float) -> Point:
        """Give one point, by its number of schools or its budget.

        Raises
        ------
        DataError
            The frontier has no such point.
        """
        found = next((p for p in self.points if self._key(p) == keep), None)
        if found is None:
            known = [self._key(p) for p in self.points]
            raise refuse(
                f"the frontier has no point {self.by}={keep:g}",
                f"前沿上没有 {self.by}={keep:g} 的点",
                f"use one of {known[0]:g} … {known[-1]:g}",
                f"可用 {known[0]:g} … {known[-1]:g}",
            )
        return found

    def at(self, keep: float) -> Plan:
        """Carry out one point: a plan with flows, scorecard and findings.

        Raises
        ------
        DataError
            No such point, or nothing was found there.
        """
        point = self.point(keep)
        if point.scenario is None:
            raise refuse(
                f"no plan with {self.by}={keep:g}: {point.status}",
                f"{self.by}={keep:g} 没有可行方案：{point.status}",
                "keep more schools, or let more of them grow",
                "请多保留学校或允许更多扩容",
            )
        return self.carry_out(point)

    def beside(self, keep: float, *others: float) -> pd.DataFrame:
        """Set points side by side, and say what the first costs over each of the others.

        Returns
        -------
        pd.DataFrame
            Index measure: mean, p95 and worst-off tenth of the minutes, yuan of each kind, pupils moved and beyond
            reach, findings and the pupils they concern (findings_pupils: each counted once, see
            `layout_planner.plan.concerned`). A column for each point, then "first − other" for each other.
        """
        rows = [name for name in self._columns() if name not in ("status", "bound", "gap", "gap_avoidable")]
        columns: dict[str, pd.Series] = {}
        for key in (keep, *others):
            plan = self.at(key)
            told = {name: self.point(key).figures.get(name, np.nan) for name in rows}
            told |= {"findings": len(plan.findings), "findings_pupils": pupils_concerned(plan)}
            columns[f"{key:g}"] = pd.Series(told, dtype=float)
        first = columns[f"{keep:g}"]
        columns |= {f"{keep:g} − {key:g}": first - columns[f"{key:g}"] for key in others}
        units = {name: unit_of(name) for name in rows} | {"findings": "findings", "findings_pupils": "pupils"}
        table = pd.DataFrame(columns).rename_axis("measure").dropna(how="all")
        return cast("pd.DataFrame", rows_in_units(table, units))

    def steps(self, keep: float) -> pd.DataFrame:
        """Set the three steps to a point side by side: today, the best place with today's schools, the plan.

        See `layout_planner.plan.three_steps`.
        """
        return three_steps(self.at(keep))

    def plot(self) -> object:
        """Draw travel and money against the number of schools (or the budget), with the bounds and the knee.

        Returns
        -------
        matplotlib Figure
        """
        return draw("frontiers.plot_frontier", self)

    def _heading(self) -> str:
        return f"Frontier of {self.stage} by {self.by} ({self.base.study.name} {self.base.study.year})"

    def _lines(self) -> Iterator[Line]:
        lost = self.base.unplaced
        today = lost.loc[(lost["stage"] == self.stage) & lacks_school(lost), "pupils"].sum()
        yield Text(f"{WITHOUT_SCHOOL.en} today", f"目前{WITHOUT_SCHOOL.zh}"), count(float(today))
        found = [point for point in self.points if point.scenario is not None]
        without = len(self.points) - len(found)
        for step, plan in ((TODAY_IS, self.base), (SAME_SCHOOLS, self.best_place)):
            if plan is not None and self.stage in plan.assignments:
                minutes = plan.scorecard.value("minutes_mean", self.stage)
                yield step, Text(f"{count(minutes, 1)} min one way", f"单程 {count(minutes, 1)} 分钟")
        yield Text("points with a plan, without", "有方案的点、无方案的点"), f"{len(found)}, {without}"
        shown = found if len(found) <= 7 else [found[i * (len(found) - 1) // 6] for i in range(7)]
        for point in shown:
            minutes, moved = (float(point.figures[name]) for name in ("minutes_mean", "pupils_moved"))
            yield (
                f"{self.by} = {self._key(point):,g}",
                Text(
                    f"{count(minutes, 1)} min one way, {count(moved)} pupils moved, {point.status}",
                    f"单程 {count(minutes, 1)} 分钟，转学 {count(moved)} 人，{point.status}",
                ),
            )
        yield Text("all figures", "全部数字"), ".table, .plot(), .at(keep)"

    def map(self) -> Drawn:
        """Draw today, the most and the fewest schools and the knee as one map that opens without internet."""
        return draw("frontiers.map_frontier", self)

    @property
    def knee(self) -> float | None:
        """The number of schools below which each further closure costs children clearly more; or the budget.

        The point farthest below the chord of mean minutes against the number of schools, both scaled to 0 … 1
        (Satopää et al. 2011). None where fewer than three points were reached, or none lies below the chord: two points
        have no knee, and neither has a straight line.
        """
        t = self.table["minutes_mean"].astype(float).dropna()
        span = float(t.iloc[0] - t.iloc[-1]) if len(t) >= 3 else 0.0
        if not span > 0:
            return None
        x = (t.index.to_numpy(dtype=float) - t.index[0]) / (t.index[-1] - t.index[0])
        below = 1.0 - x - (t.to_numpy() - t.iloc[-1]) / span
        at = int(np.argmax(below))
        return t.index[at].item() if below[at] > BELOW_CHORD else None

    @property
    def chosen(self) -> float:
        """The point that is carried out where none is named: the knee, else the one that costs least.

        Raises
        ------
        DataError
            No point was reached.
        """
        if self.knee is not None:
            return self.knee
        cost = self.table["objective"].astype(float).dropna()
        if cost.empty:
            self.at(self._key(self.points[0]))  # says why nothing was found
        return cost.idxmin().item()

    @property
    def today(self) -> tuple[int, float] | None:
        """Legal schools open today, counted as `keep` counts them, and the mean minutes of today's ways.

        None where no point was reached or today was not scored.
        """
        reached = [p for p in self.points if p.scenario is not None and np.isfinite(float(p.figures["closed"]))]
        minutes = self.base.scorecard.value("minutes_mean", self.stage) if len(self.base.scorecard.table) else np.nan
        if not reached or not np.isfinite(minutes):
            return None
        figures = reached[-1].figures
        return int(reached[-1].keep + float(figures["closed"]) - float(figures["opened"])), float(minutes)

    @in_units(yuan="yuan a year")
    def each_further(self) -> pd.DataFrame:
        """Say what each further closure costs.

        Returns
        -------
        pd.DataFrame
            Index keep (after the closure); minutes (added to the mean way), yuan (added to the objective, a year).
        """
        t = self.table[["minutes_mean", "objective"]].astype(float)
        return (-t.diff().shift(-1)).iloc[:-1].set_axis(["minutes", "yuan"], axis=1)

    @in_units()
    def robust(self, keep: float | None = None, within: float = 0.01) -> pd.DataFrame:
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
