"""Carrying out a scenario: a study and its edits give a new study. Nothing changes in place."""

from __future__ import annotations

from layout_planner.scenario.check import check_scenario
from layout_planner.scenario.edit import Edit, in_order
from layout_planner.scenario.types import Scenario
from layout_planner.scenario.works import Works
from layout_planner.study import Study
from layout_planner.study.stages import parse_grades


def apply(study: Study, scenario: Scenario, year: int | None = None) -> Study:
    """Carry out the edits of a scenario.

    Parameters
    ----------
    study
        The study to start from; it stays as it is.
    scenario
        Checked first: unknown names and contradictions are refused, all at once.
    year
        Carry out only the edits up to and including that year; edits without a year always count.

    Returns
    -------
    Study
        With schools closed, opened, enlarged …; who goes where is the solvers' business, so `rolls` and `attendance`
        are still those of the start.

    Raises
    ------
    ScenarioError
        The scenario names what the study does not have, or contradicts itself.
    """
    check_scenario(study, scenario)
    works = Works(study, year)
    for edit in in_force(scenario, year):
        edit.apply(works)
    return works.finished()


def in_force(scenario: Scenario, year: int | None = None) -> list[Edit]:
    """Give the edits up to a year, in order of their years; within a year as written."""
    return in_order([edit for edit in scenario.edits if year is None or edit.year is None or edit.year <= year])


def destinations(scenario: Scenario, stage: str, grade: int, year: int | None = None) -> dict[str, str]:
    """Tell where the pupils of a grade go together: school → the one it merged into, or its host while rebuilt.

    Only the next step: whoever reads it follows a chain of mergers until a school that runs.
    """
    into = {}
    for edit in in_force(scenario, year):
        target = edit.destination(year) if edit.concerns(stage) and edit.asked([grade]) else None
        if edit.subject is not None and target is not None:
            into[edit.subject] = target
    return into


def pins(scenario: Scenario, stage: str, year: int | None = None) -> list[tuple[str, tuple[int, ...] | None, str]]:
    """Give the pins of a stage: place, grades (None for all), school."""
    return [
        (edit.sends, parse_grades(edit.grades) if edit.grades else None, edit.receiver)
        for edit in in_force(scenario, year)
        if edit.sends is not None and edit.receiver is not None and edit.concerns(stage)
    ]
