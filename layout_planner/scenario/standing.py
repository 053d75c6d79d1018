"""`Standing`: which school offers which grades as the edits of a scenario go by, and what cannot be carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from layout_planner.base.memory import kept
from layout_planner.base.messages import Text
from layout_planner.base.notation import to_say
from layout_planner.scenario.scope import Scope
from layout_planner.study import Study
from layout_planner.study.stages import STAGE_NAMES, STAGES, format_grades

Fault = tuple[Scope | None, Text]
"""The earlier or later edit an edit clashes with, if there is one, and why it cannot be carried out."""

_STATES = {"closed": "已撤并", "planned": "规划"}


class Standing:
    """The state of the schools at one point of the course; every edit is held against it, then changes it.

    Parameters
    ----------
    study
        The study before the edits.
    opens
        School → the edit that opens it, at whatever time.
    """

    def __init__(self, study: Study, opens: Mapping[str, Scope]) -> None:
        self.study = study
        state, self._before, self._rooms, unsized = _start(study)
        self.state: dict[str, str] = dict(state)
        self.offered: dict[str, dict[str, set[int]]] = {}
        self.changed_by: dict[str, Scope] = {}
        self._unsized = set(unsized)
        self._opens = opens

    def of(self, school: str) -> dict[str, set[int]]:
        """Give what a school offers: stage → grades, which an edit may change."""
        if school not in self.offered:
            # Most edits concern few schools: only those are copied.
            self.offered[school] = {stage: set(grades) for stage, grades in self._before.get(school, {}).items()}
        return self.offered[school]

    def has_rooms(self, school: str) -> bool:
        """Tell whether the classrooms of a school are known."""
        return self._rooms.get(school, np.nan) > 0

    def knows_size(self, school: str, stage: str) -> bool:
        """Tell whether the seats of a stage are known: returned, or set by an earlier edit."""
        return (school, stage) not in self._unsized

    def size_is_known(self, school: str, stage: str) -> None:
        """Note that an edit says how many seats a stage has."""
        self._unsized.discard((school, stage))

    def not_open(self, edit: Scope, school: str) -> list[Fault]:
        """Say why a school is not open; nothing where it is."""
        state = self.state.get(school)
        if state == "open":
            return []
        other = self.changed_by.get(school)
        if other is None and school in self._opens and self._opens[school] is not edit:
            told = Text("the school opens only later; write its opening first.", "该校此后才开办；请先写其开办。")
            return [(self._opens[school], told)]
        if other is not None:
            return [(other, Text(f"school {school} has ended by then.", f"学校 {school} 届时已撤。"))]
        return [
            (
                None,
                Text(
                    f"school {school} is {state}, not open.",
                    f"学校 {school} 不在办（{_STATES.get(str(state), state)}）。",
                ),
            )
        ]

    def not_running(self, edit: Scope, school: str) -> list[Fault]:
        """Say why a school is not open, or has not the stage or none of the grades that are named."""
        closed = self.not_open(edit, school)
        if closed:
            return closed
        offered = self.of(school)
        if (edit.stage is not None and edit.stage not in offered) or not offered:
            return [(self.changed_by.get(school), self.says_offers(school))]
        here = set().union(*(grades for stage, grades in offered.items() if edit.concerns(stage)))
        if not edit.asked(here):
            return [(self.changed_by.get(school), no_such_grades(school, sorted(here)))]
        return []

    def lacking(self, edit: Scope, school: str, into: str, staying: set[int] | None) -> list[Fault]:
        """Say what a school lacks that is to receive the pupils of another; None: all of them stay where they are."""
        own, there = self.of(school), self.of(into)
        stages = [edit.stage] if edit.stage is not None else list(own)
        lacking = [stage for stage in stages if stage not in there]
        if lacking:
            text = Text(
                f"{into} does not offer {', '.join(lacking)}; merge stage by stage ({to_say('stage')}).",
                f"{into} 不办{'、'.join(STAGE_NAMES[s][1] for s in lacking)}；请按学段分别合并（{to_say('stage')}）。",
            )
            return [(self.changed_by.get(into), text)]
        if staying is None:
            return []
        homeless = set().union(*(edit.asked(own[stage]) - there[stage] for stage in stages)) - staying
        if homeless:
            shown = format_grades(homeless)
            text = Text(
                f"{into} does not have grades {shown}; merge those elsewhere ({to_say('grades')}).",
                f"{into} 没有 {shown} 年级；请将这些年级并入他校（{to_say('grades')}）。",
            )
            return [(self.changed_by.get(into), text)]
        return []

    def end(self, edit: Scope, school: str) -> None:
        """End what an edit names; the school closes with the last of it."""
        left = {s: grades - edit.asked(grades) if edit.concerns(s) else grades for s, grades in self.of(school).items()}
        after = {stage: grades for stage, grades in left.items() if grades}
        self.changed_by[school] = edit
        if after:
            self.offered[school] = after
        else:
            self.state[school] = "closed"

    def begin(self, school: str, stage: str) -> None:
        """Give a school a stage beside those that are left."""
        kept = self.of(school) if self.state[school] == "open" else {}
        self.offered[school] = {**kept, stage: set(self.study.grades(stage))}
        self.state[school] = "open"
        self.size_is_known(school, stage)

    def open(self, edit: Scope, school: str, stage: str) -> Iterator[Fault]:
        """Open a new school with the grades of a stage that an edit names."""
        grades = edit.asked(self.study.grades(stage))
        if not grades:
            yield None, no_such_grades(stage, self.study.grades(stage))
        self.state[school], self.offered[school], self.changed_by[school] = "open", {stage: grades}, edit

    def reopen(self, edit: Scope, school: str) -> Iterator[Fault]:
        """Open a closed or planned school again, with what an edit names."""
        offered = self.of(school)
        if edit.stage is not None and edit.stage not in offered:
            yield None, self.says_offers(school)
            return
        for stage in list(offered):
            if not edit.concerns(stage):
                del offered[stage]
                continue
            if edit.grades is not None:
                offered[stage] = edit.asked(self.study.grades(stage))
                if not offered[stage]:
                    yield None, no_such_grades(stage, self.study.grades(stage))
        self.state[school], self.changed_by[school] = "open", edit

    def says_offers(self, school: str) -> Text:
        """Say what a school offers."""
        stages = [stage for stage in STAGES if stage in self.of(school)]
        return Text(
            f"school {school} offers {', '.join(stages) or 'nothing'}.",
            f"学校 {school} 的学段为{'、'.join(STAGE_NAMES[stage][1] for stage in stages) or '无'}。",
        )


@kept
def _start(
    study: Study,
) -> tuple[dict[str, str], dict[str, dict[str, set[int]]], dict[str, float], frozenset[tuple[str, str]]]:
    """Give, before any edit, each school's state, its grades by stage, its classrooms; and what has no known seats."""
    offered: dict[str, dict[str, set[int]]] = {}
    for (school, stage), grades in study.offers["grades"].items():
        offered.setdefault(school, {})[stage] = set(grades)
    rooms = study.offers["classrooms"].groupby(level="school_id").sum(min_count=1).to_dict()
    seats = study.offers["seats"].astype(float)
    return study.schools["state"].to_dict(), offered, rooms, frozenset(seats.index[seats.isna()])


def no_such_grades(owner: str, grades: Sequence[int]) -> Text:
    """Say which grades there are instead."""
    shown, zh = format_grades(grades), STAGE_NAMES[owner][1] if owner in STAGE_NAMES else owner
    return Text(f"{owner} has grades {shown} only.", f"{zh} 只有 {shown} 年级。")
