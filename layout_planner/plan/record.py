"""What a result is: `Assignment`, `Scorecard`, `PlanRecord`. Records only; no algorithm lives here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Self, TypeAlias, cast

import numpy as np
import pandas as pd

from layout_planner.base.drawing import Drawn, draw
from layout_planner.base.memory import kept
from layout_planner.base.messages import Language, Text, language
from layout_planner.base.proof import RULED, Proof, Proved, Status
from layout_planner.base.records import changed
from layout_planner.base.shown import SIMULATED, WITHOUT_SCHOOL, Line, Shown, count
from layout_planner.base.units import Measured, in_units, rows_in_units
from layout_planner.plan.coded import add_by_school
from layout_planner.plan.columns import (
    FINDING_COLUMNS,
    FLOW_COLUMNS,
    OUTSIDE_COLUMNS,
    SCORE_COLUMNS,
    UNCHECKED_COLUMNS,
    UNPLACED_COLUMNS,
    ZONE_COLUMNS,
    by_day,
    lacks_school,
    typed,
)
from layout_planner.plan.districting import Districting, Pairing
from layout_planner.plan.staffing import Staffing
from layout_planner.policy import Rules
from layout_planner.scenario import Scenario
from layout_planner.study import Study
from layout_planner.study.stages import STAGE_NAMES
from layout_planner.travel import TravelLike

Promise = Literal["seats", "leaves"]
"""seats: nobody is sent to a school without a free seat. leaves: whom it need not move stays where they are."""


_NO_ZONES = pd.DataFrame(columns=list(ZONE_COLUMNS), dtype="str")
_NO_SCORES, _NO_FINDINGS, _NONE_UNCHECKED = (
    pd.DataFrame(columns=list(columns)) for columns in (SCORE_COLUMNS, FINDING_COLUMNS, UNCHECKED_COLUMNS)
)


@dataclass(frozen=True, eq=False, repr=False)
class Assignment(Measured, Proved):
    """Who goes to which school in one stage.

    Parameters
    ----------
    stage
        The stage.
    flows
        `FLOW_COLUMNS`: pupils of a place, grade and group who go to a school; how = day | board | bus | lodge (rooms
        near the school during the week, 陪读); mode = by what they go ("walk", "ebike" …); minutes (at
        the pace of the grade) and metres one way, NaN where the way is not known.
    unplaced
        `UNPLACED_COLUMNS`: children without a place, each with the reason.
    outside
        `OUTSIDE_COLUMNS`: pupils on a school's roll whose home is not in the study.
    method
        The rule or solver: "today", "stay", "nearest", "nearest_seats", "capacity", "given" …
    proof
        Pupil-minutes (or another unit) reached and proved, and how the search ended; NaN where nothing was optimised.
        status, objective, bound and gap say the same (see `Proof`).
    seconds
        Wall time of the solver.
    work
        What the solver counted: columns, nodes, rounds, settings.
    notes
        Statements the reader must see, in both languages: what was assumed, what did not fit.
    zones
        `ZONE_COLUMNS`, where zones were drawn: the school of every place, those without pupils too, by band of grades.
    words
        What a reader calls the method, where it is the planner's own; ours are known by their name.
    stays
        Only pupils whose school closes or shrinks were sent elsewhere.
    promises
        What the method promises, for `verify` to hold it to; see `Promise`.
    """

    stage: str
    flows: pd.DataFrame
    unplaced: pd.DataFrame
    outside: pd.DataFrame
    method: str
    proof: Proof = RULED
    seconds: float = 0.0
    work: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()
    zones: pd.DataFrame = field(default_factory=_NO_ZONES.copy)
    words: Text | None = None
    stays: bool = False
    promises: tuple[Promise, ...] = ()

    def with_(self, **changes: object) -> Assignment:
        """Return a copy with some fields replaced."""
        return changed(self, changes)

    @in_units()
    def roll(self) -> pd.Series[float]:
        """Give the pupils of each school, those from outside included; index school_id."""
        by_grade = _rolls(self)
        at, schools = by_grade.index.codes[0], by_grade.index.levels[0]
        there = np.flatnonzero(np.bincount(at, minlength=len(schools)))
        sums = np.bincount(at, weights=by_grade.to_numpy(), minlength=len(schools)).astype(np.float64)[there]
        return pd.Series(sums, schools.take(there).rename("school_id"), name="pupils")

    @in_units()
    def roll_by_grade(self) -> pd.Series[float]:
        """Give the pupils of each school and grade, those from outside included; index (school_id, grade)."""
        return _rolls(self).copy()

    def school_of(self) -> pd.Series[str]:
        """Give the school most of a place's pupils go to; index place_id (places without pupils are absent)."""
        sums = self.flows.groupby(["place_id", "school_id"], observed=True)["pupils"].sum().reset_index()
        # Ties go to the smaller id, so that the same input gives the same map.
        ordered = sums.sort_values(["place_id", "pupils", "school_id"], ascending=[True, False, True])
        return ordered.drop_duplicates("place_id").set_index("place_id")["school_id"]


@kept
def _rolls(assignment: Assignment) -> pd.Series[float]:
    return add_by_school(assignment)


@dataclass(frozen=True, eq=False, repr=False)
class Scorecard(Measured):
    """The measures of a plan, tidy.

    Parameters
    ----------
    table
        `SCORE_COLUMNS`: scope is county | township | school | place, id names which; better is "lower", "higher" or
        ""; limit, ok and source come from the rules where one holds.
    """

    table: pd.DataFrame

    def value(self, measure: str, stage: str, scope: str = "county", id: str = "") -> float:
        """Give one value; NaN where the scorecard has none."""
        t = self.table
        hit = t.loc[
            (t["measure"] == measure) & (t["stage"] == stage) & (t["scope"] == scope) & (t["id"] == id), "value"
        ]
        return float(hit.iloc[0]) if len(hit) else float("nan")

    def county(self) -> pd.DataFrame:
        """Give the county's measures, wide: measure × stage; `attrs["units"]` has the unit of each measure."""
        mine = self.table.loc[self.table["scope"] == "county"]
        wide = mine.pivot(index="measure", columns="stage", values="value").rename_axis(columns=None)
        return cast("pd.DataFrame", rows_in_units(wide, dict(zip(mine["measure"], mine["unit"], strict=True))))


Judgement: TypeAlias = tuple[pd.DataFrame, pd.DataFrame]
"""The findings of a plan, and what could not be checked."""
_BESIDE_THE_RULES = {"name", "provenance", "pairings"}
"""Fields no rule looks at."""
_BESIDE_THE_MEASURES = _BESIDE_THE_RULES | {"districtings", "judge"}
"""Fields no measure looks at."""


_NO_CARD = Scorecard(_NO_SCORES)


@dataclass(frozen=True, eq=False)
class Scored:
    """A scorecard that is known already: that of a run folder, or one handed in."""

    card: Scorecard = _NO_CARD

    def __call__(self, plan: PlanRecord) -> Scorecard:
        """Give it, whatever the plan."""
        return self.card


@dataclass(frozen=True, eq=False)
class Judged:
    """Findings that are known already: those of a run folder, or those handed in."""

    findings: pd.DataFrame = field(default_factory=_NO_FINDINGS.copy)
    unchecked: pd.DataFrame = field(default_factory=_NONE_UNCHECKED.copy)

    def __call__(self, plan: PlanRecord) -> Judgement:
        """Give them, whatever the plan."""
        return self.findings, self.unchecked


@dataclass(frozen=True, eq=False, repr=False)
class PlanRecord(Shown):
    """A what-if carried out.

    Parameters
    ----------
    name
        How tables and maps call it.
    study
        The study after the edits.
    travel
        What the ways were measured with.
    rules
        The rules it was judged by.
    scenario
        The edits; without edits for today.
    assignments
        Stage → `Assignment`.
    base
        The plan it is compared with (today); None for today itself.
    districtings, pairings, staffing
        Management districts by stage, pairs or groups of schools by stage, and the teachers, where worked out.
    provenance
        Version, digests, options, timings.
    judge
        What gives `findings` and `unchecked` when they are first asked for: a hundred what-ifs need not be checked
        against every rule to be compared.
    scorer
        What gives `scorecard` when it is first asked for: who only wants to know who goes where need not wait for it.
    """

    name: str
    study: Study
    travel: TravelLike
    rules: Rules
    scenario: Scenario
    assignments: Mapping[str, Assignment]
    base: Self | None = None
    districtings: Mapping[str, Districting] = field(default_factory=dict)
    pairings: Mapping[str, Pairing] = field(default_factory=dict)
    staffing: Staffing | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    judge: Callable[[Self], Judgement] = field(default_factory=Judged)
    scorer: Callable[[Self], Scorecard] = field(default_factory=Scored)

    @cached_property
    def scorecard(self) -> Scorecard:
        """The measures."""
        return self.scorer(self)

    @cached_property
    def _judgement(self) -> Judgement:
        return self.judge(self)

    @property
    @in_units()
    def findings(self) -> pd.DataFrame:
        """What breaks the rules: `FINDING_COLUMNS`."""
        return self._judgement[0]

    @property
    @in_units()
    def unchecked(self) -> pd.DataFrame:
        """What could not be checked for want of data: `UNCHECKED_COLUMNS`."""
        return self._judgement[1]

    @property
    def status(self) -> Status:
        """The weakest status among the stages."""
        order: tuple[Status, ...] = ("infeasible", "interrupted", "feasible", "rule", "given", "optimal")
        found = {a.status for a in self.assignments.values()}
        return next((s for s in order if s in found), "rule")

    @property
    @in_units()
    def flows(self) -> pd.DataFrame:
        """The flows of all stages."""
        return _stack([a.flows for a in self.assignments.values()], FLOW_COLUMNS)

    @property
    @in_units()
    def unplaced(self) -> pd.DataFrame:
        """Children without a place, of all stages."""
        return _stack([a.unplaced for a in self.assignments.values()], UNPLACED_COLUMNS)

    @property
    @in_units()
    def outside(self) -> pd.DataFrame:
        """Pupils on rolls whose home is not in the study, of all stages."""
        return _stack([a.outside for a in self.assignments.values()], OUTSIDE_COLUMNS)

    def with_(self, **changes: Any) -> Self:
        """Return a copy with some fields replaced.

        `districting=` and `pairing=` put one stage's answer beside the others; the rates of a new `staffing` go into
        the scorecard. `findings=`, `unchecked=` and `scorecard=` are kept as they are handed in.
        """
        if {"findings", "unchecked"} & set(changes):
            given = changes.pop("findings", None), changes.pop("unchecked", None)
            changes["judge"] = Judged(
                *(own if one is None else one for one, own in zip(given, self._judgement, strict=True))
            )
        for one, every in (("districting", "districtings"), ("pairing", "pairings")):
            if one in changes:
                answer = changes.pop(one)
                changes[every] = {**changes.get(every, getattr(self, every)), answer.stage: answer}
        if "staffing" in changes and "scorecard" not in changes:
            table = self.scorecard.table
            old = set() if self.staffing is None else set(self.staffing.scores()["measure"])
            rows = [table.loc[~table["measure"].isin(old)]]
            rows += [] if changes["staffing"] is None else [changes["staffing"].scores()]
            filled = [part for part in rows if len(part)]
            changes["scorecard"] = Scorecard(pd.concat(filled, ignore_index=True) if filled else table)
        if "scorecard" in changes:
            changes["scorer"] = Scored(changes.pop("scorecard"))
        other = changed(self, changes)
        for known, beside in (("_judgement", _BESIDE_THE_RULES), ("scorecard", _BESIDE_THE_MEASURES)):
            if known in vars(self) and set(changes) <= beside:
                vars(other)[known] = vars(self)[known]
        return other

    def tables(
        self, lang: Language | None = None, names: Literal["people", "machine"] = "people"
    ) -> dict[str, pd.DataFrame]:
        """Give the tables of the plan, children without a school first.

        Parameters
        ----------
        lang
            "zh" or "en"; the reader's where left out.
        names
            "people": headers and values in words, names beside ids, rounded to what is known; "machine": as the run
            folder holds them, which is what `read_plan` reads back.

        Returns
        -------
        dict
            Name → table.
        """
        made: dict[str, pd.DataFrame] = draw("people.plan_tables", self, lang, names, room="papers")
        return made

    def map(self) -> Drawn:
        """Draw the plan as a map that opens without internet."""
        return draw("briefing", [self], lang=language(), sheets=False)

    def _heading(self) -> str:
        return f"Plan {self.name!r} ({self.study.name} {self.study.year})"

    def _lines(self) -> Iterator[Line]:
        lost = self.unplaced
        yield WITHOUT_SCHOOL, count(float(lost.loc[lacks_school(lost), "pupils"].sum()))
        if self.study.simulated:
            yield SIMULATED
        yield Text("edits, status", "改动、状态"), f"{len(self.scenario.edits)}, {self.status}"
        for stage, done in self.assignments.items():
            day = done.flows.loc[by_day(done.flows) & done.flows["minutes"].notna().to_numpy()]
            pupils = float(day["pupils"].sum())
            minutes = count(float((day["pupils"] * day["minutes"]).sum()) / pupils if pupils else float("nan"), 1)
            placed, schools = count(float(done.flows["pupils"].sum())), len(self.study.offering(stage))
            yield (
                Text(*STAGE_NAMES[stage]),
                Text(
                    f"{placed} children at school, {schools:,} open schools, {minutes} min one way, {done.method}",
                    f"在学 {placed} 人，在办 {schools:,} 所，单程 {minutes} 分钟，{done.method}",
                ),
            )
        best = self.provenance.get("consolidation", {}).get("best_place", {}).get("minutes_mean")
        if best is not None:
            yield (
                Text("the same schools, everyone to the best place", "学校不变、全部就学最优"),
                Text(f"{count(float(best), 1)} min one way", f"单程 {count(float(best), 1)} 分钟"),
            )
        for done in self.assignments.values():
            for note in done.notes:
                yield Text("note", "说明"), note

    def _repr_html_(self) -> str:
        return f"{super()._repr_html_()}{self.map()._repr_html_()}"


def _stack(frames: list[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return typed(pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(columns)), columns)
