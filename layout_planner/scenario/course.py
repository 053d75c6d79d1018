"""The course of a scenario: its edits in order, each held against the state the earlier ones left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.scenario.edits import (
    Board,
    Bus,
    Close,
    Convert,
    Edit,
    Expand,
    Keep,
    Merge,
    Open,
    Pin,
    Rebuild,
)
from layout_planner.study import Study
from layout_planner.study.stages import STAGES, format_grades, parse_grades

TEACHING_POINT_GRADES = (1, 2, 3)
"""Grades a teaching point keeps: lower grades stay near (国办发〔2018〕27号)."""

Fault = tuple[Edit, Edit | None, Text]
"""The edit at fault, the other edit it clashes with, and why."""


def in_order(edits: Sequence[Edit]) -> list[Edit]:
    """Give edits in the order they are carried out: those without a year first, then by year; else as written."""
    return sorted(edits, key=lambda edit: edit.year if edit.year is not None else -1)


class Course:
    """Which school offers which grades as the edits go by; lives for one check."""

    def __init__(self, study: Study, edits: Sequence[Edit]) -> None:
        self.study = study
        self.edits = in_order(edits)
        self.state: dict[str, str] = study.schools["state"].to_dict()
        self.offered: dict[str, dict[str, set[int]]] = {}
        for (school, stage), grades in study.offers["grades"].items():
            self.offered.setdefault(school, {})[stage] = set(grades)
        self.rooms: dict[str, float] = study.offers["classrooms"].groupby(level="school_id").sum(min_count=1).to_dict()
        self.changed_by: dict[str, Edit] = {}
        self.opens: dict[str, Edit] = {edit.school_id: edit for edit in self.edits if isinstance(edit, Open)}

    def faults(self) -> Iterator[Fault]:
        """Go through the edits and tell what cannot be carried out."""
        checks: dict[type, Callable[..., Iterator[Fault]]] = {
            Open: self._open,
            Close: self._close,
            Merge: self._merge,
            Convert: self._convert,
            Expand: self._enlarge,
            Rebuild: self._enlarge,
            Pin: self._runs,
            Keep: self._runs,
            Board: self._runs,
            Bus: self._runs,
        }
        for edit in self.edits:
            yield from checks[type(edit)](edit)

    # --- the edits, one by one ---------------------------------------------------------------------------------------

    def _open(self, edit: Open) -> Iterator[Fault]:
        school = edit.school_id
        if edit.parent is not None:
            yield from self._is_open(edit, edit.parent)
        if edit.site in self.state and edit.site not in self.study.sites.index:
            if school != edit.site:
                yield edit, None, Text("a school that reopens keeps its id.", "恢复办学的学校沿用原编号。")
            elif self.state[school] == "open":
                yield edit, self.changed_by.get(school), Text("the school is open already.", "该校已在办。")
            else:
                yield from self._reopen(edit, school)
            return
        site = self.study.sites.loc[edit.site]
        stage = edit.stage if edit.stage is not None else site.get("stage")
        if school in self.state:
            yield edit, self.changed_by.get(school), Text("that id is taken.", "该编号已被占用。")
            return
        if stage not in STAGES:
            yield edit, None, Text("say which stage (stage=…); the site does not.", "请注明 stage；该校址未写学段。")
            return
        if edit.seats is None and not float(site["seats"] if pd.notna(site.get("seats")) else 0.0) > 0:
            yield edit, None, Text("say how many seats (seats=…); the site does not.", "请注明 seats；该校址未写学位。")
        grades = self._asked(edit, set(self.study.grades(stage)))
        if not grades:
            yield edit, None, _no_such_grades(stage, self.study.grades(stage))
        self.state[school], self.offered[school], self.changed_by[school] = "open", {stage: grades}, edit

    def _reopen(self, edit: Open, school: str) -> Iterator[Fault]:
        offered = self.offered.get(school, {})
        if edit.stage is not None and edit.stage not in offered:
            yield edit, None, self._offers(school)
            return
        for stage in list(offered):
            if edit.stage not in (None, stage):
                del offered[stage]
                continue
            if edit.grades is not None:
                offered[stage] = self._asked(edit, set(self.study.grades(stage)))
                if not offered[stage]:
                    yield edit, None, _no_such_grades(stage, self.study.grades(stage))
        self.state[school], self.changed_by[school] = "open", edit

    def _close(self, edit: Close) -> Iterator[Fault]:
        clean = True
        for fault in self._runs(edit):
            clean = False
            yield fault
        if clean:
            self._end(edit, edit.school)

    def _merge(self, edit: Merge) -> Iterator[Fault]:
        found = [*self._runs(edit), *self._is_open(edit, edit.into)]
        if not found:
            found += self._receiver_lacks(edit)
            own = self.offered[edit.school]
            if edit.site == "teaching_point" and not own.get("primary", set()) & set(TEACHING_POINT_GRADES):
                told = Text("it has none of grades 1–3 to keep.", "该校没有可保留的 1–3 年级。")
                found.append((edit, None, told))
            if edit.site == "kindergarten":
                found += self._takes_kindergarten(edit)
        yield from found
        if found:
            return
        if edit.site == "teaching_point":
            own["primary"] &= set(TEACHING_POINT_GRADES)
            self.changed_by[edit.school] = edit
        elif edit.site != "campus":
            self._end(edit, edit.school)
            if edit.site == "kindergarten":
                self._begin(edit.school, "kindergarten")

    def _convert(self, edit: Convert) -> Iterator[Fault]:
        found = list(self._runs(edit))
        kept = set(self.offered.get(edit.school, {})) - {edit.stage} if edit.stage is not None else set()
        if not found and edit.to in kept:
            told = Text(f"the school offers {edit.to} already; use Expand.", f"该校已办 {edit.to}；请用 Expand。")
            found.append((edit, None, told))
        if not found and edit.seats is None and not self.rooms.get(edit.school, np.nan) > 0:
            told = Text("its classrooms are not known: say how many seats.", "教室数未知：请注明 seats。")
            found.append((edit, None, told))
        yield from found
        if not found:
            self._end(edit, edit.school)
            self._begin(edit.school, edit.to)

    def _enlarge(self, edit: Expand | Rebuild) -> Iterator[Fault]:
        clean = True
        for fault in self._runs(edit):
            clean = False
            yield fault
        if clean and edit.stage is None and len(self.offered[edit.school]) > 1:
            told = Text("the school has several stages: say which (stage=…).", "该校有多个学段：请注明 stage。")
            yield edit, None, told
        if isinstance(edit, Rebuild) and edit.host is not None:
            yield from self._is_open(edit, edit.host)

    def _runs(self, edit: Close | Merge | Convert | Expand | Rebuild | Pin | Keep | Board | Bus) -> Iterator[Fault]:
        """Tell when the school is not open, or has not the stage or none of the grades that are named."""
        school = edit.school
        closed = list(self._is_open(edit, school))
        yield from closed
        if closed:
            return
        offered = self.offered.get(school, {})
        if (edit.stage is not None and edit.stage not in offered) or not offered:
            yield edit, self.changed_by.get(school), self._offers(school)
            return
        stages = [edit.stage] if edit.stage is not None else list(offered)
        here = set().union(*(offered[stage] for stage in stages))
        if not self._asked(edit, here):
            yield edit, self.changed_by.get(school), _no_such_grades(school, sorted(here))

    # --- their parts -------------------------------------------------------------------------------------------------

    def _is_open(self, edit: Edit, school: str) -> Iterator[Fault]:
        state = self.state.get(school)
        if state == "open":
            return
        other = self.changed_by.get(school)
        if other is None and school in self.opens and self.opens[school] is not edit:
            told = Text("the school opens only later; write its opening first.", "该校此后才开办；请先写其开办。")
            yield edit, self.opens[school], told
        elif other is not None:
            yield edit, other, Text(f"school {school} has ended by then.", f"学校 {school} 届时已撤。")
        else:
            yield edit, None, Text(f"school {school} is {state}, not open.", f"学校 {school} 不在办（{state}）。")

    def _receiver_lacks(self, edit: Merge) -> list[Fault]:
        own, there = self.offered[edit.school], self.offered.get(edit.into, {})
        stages = [edit.stage] if edit.stage is not None else list(own)
        lacking = [stage for stage in stages if stage not in there]
        if lacking:
            text = Text(
                f"{edit.into} does not offer {', '.join(lacking)}; merge stage by stage (stage=…).",
                f"{edit.into} 不办 {'、'.join(lacking)}；请按学段分别合并（stage=…）。",
            )
            return [(edit, self.changed_by.get(edit.into), text)]
        if edit.site == "campus":
            return []
        stays = set(TEACHING_POINT_GRADES) if edit.site == "teaching_point" else set()
        homeless = set().union(*(self._asked(edit, own[s]) - there[s] for s in stages)) - stays
        if homeless:
            shown = format_grades(homeless)
            text = Text(
                f"{edit.into} does not have grades {shown}; merge those elsewhere (grades=…).",
                f"{edit.into} 没有 {shown} 年级；请将这些年级并入他校（grades=…）。",
            )
            return [(edit, self.changed_by.get(edit.into), text)]
        return []

    def _takes_kindergarten(self, edit: Merge) -> Iterator[Fault]:
        own = self.offered[edit.school]
        if "kindergarten" in own and edit.stage not in (None, "kindergarten"):
            yield edit, None, Text("the school has a kindergarten already.", "该校已有幼儿园。")
        if not self.rooms.get(edit.school, np.nan) > 0:
            told = Text(
                "its classrooms are not known; use Close, and Convert with seats=….",
                "教室数未知；请改用 Convert 并注明 seats。",
            )
            yield edit, None, told

    def _end(self, edit: Close | Merge | Convert, school: str) -> None:
        offered = self.offered[school]
        ending = [stage for stage in offered if edit.stage in (None, stage)]
        left = {stage: grades - self._asked(edit, grades) for stage, grades in offered.items() if stage in ending}
        after = {stage: left.get(stage, grades) for stage, grades in offered.items()}
        after = {stage: grades for stage, grades in after.items() if grades}
        self.changed_by[school] = edit
        if after:
            self.offered[school] = after
        else:
            self.state[school] = "closed"

    def _begin(self, school: str, stage: str) -> None:
        kept = self.offered[school] if self.state[school] == "open" else {}
        self.offered[school] = {**kept, stage: set(self.study.grades(stage))}
        self.state[school] = "open"

    def _offers(self, school: str) -> Text:
        stages = [stage for stage in STAGES if stage in self.offered.get(school, {})]
        return Text(
            f"school {school} offers {', '.join(stages) or 'nothing'}.",
            f"学校 {school} 的学段为 {'、'.join(stages) or '无'}。",
        )

    @staticmethod
    def _asked(edit: Edit, grades: set[int]) -> set[int]:
        """Give those of the grades that the edit speaks of."""
        return set(grades) if edit.grades is None else grades & set(parse_grades(edit.grades))


def _no_such_grades(owner: str, grades: Sequence[int]) -> Text:
    shown = format_grades(grades)
    return Text(f"{owner} has grades {shown} only.", f"{owner} 只有 {shown} 年级。")
