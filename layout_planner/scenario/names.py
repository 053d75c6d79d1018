"""Scenarios that name schools and villages by their names: read as the ids they mean."""

from __future__ import annotations

from dataclasses import fields, replace

import pandas as pd

from layout_planner.reading.names import ids_meant
from layout_planner.scenario.edit import Edit
from layout_planner.scenario.types import Scenario
from layout_planner.study import Study


def with_ids(study: Study, scenario: Scenario) -> Scenario:
    """Put ids in the place of names that only one school, place or site of the study bears.

    Parameters
    ----------
    study
        What the edits are of.
    scenario
        Its edits may name by id or by name.

    Returns
    -------
    Scenario
        The same object where nothing had to be changed. What is neither an id nor one row's own name stays: the check
        of the scenario tells it.
    """
    edits = tuple(_with_ids(study, edit) for edit in scenario.edits)
    changed = any(one is not other for one, other in zip(edits, scenario.edits, strict=True))
    return replace(scenario, edits=edits) if changed else scenario


def _with_ids(study: Study, edit: Edit) -> Edit:
    frames = {"school": study.schools, "place": study.places, "site": study.sites}
    meant = {
        name: name if name in frames[kind].index else str(ids_meant(pd.Series([name]), frames[kind]).iloc[0])
        for kind, name in edit.names
    }
    new = {field.name: meant[value] for field in fields(edit) if (value := _text(edit, field.name)) in meant}
    new = {name: value for name, value in new.items() if value != getattr(edit, name)}
    return replace(edit, **new) if new else edit  # type: ignore[arg-type]


def _text(edit: Edit, field: str) -> str | None:
    value = getattr(edit, field)
    return value if isinstance(value, str) else None
