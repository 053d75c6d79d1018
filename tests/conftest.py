"""Fixtures of all rooms: the real studies, read once a session."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from layout_planner.assignment import solve, town
from layout_planner.assignment.solve import judged
from layout_planner.base import units
from layout_planner.phasing import years
from layout_planner.plan import Plan
from layout_planner.plan.verify import verify
from layout_planner.reading import read_study, samples
from layout_planner.solving import clock
from layout_planner.study import Study
from tests import in_units
from tests.studies import assemble

# No limit of seconds ends a search sooner on a busy machine; processes that tests start see it too.
os.environ[clock.USUAL] = "work"

# The same examples every time, and no clock: a busy machine must not fail a property.
settings.register_profile("steady", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("steady")

# A study is never changed, so all tests of a process may hold the same one: reading takes longer than most tests.
samples.sample = lru_cache(maxsize=None)(samples.sample)


@pytest.fixture(scope="session")
def gongyi_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return assemble("gongyi", tmp_path_factory.mktemp("studies"))


@pytest.fixture(scope="session")
def gongyi(gongyi_folder: Path) -> Study:
    """1,276 villages and estates of a county-level city, 22 schools with seats."""
    return read_study(gongyi_folder)


@pytest.fixture(scope="session")
def fairfax_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return assemble("fairfax", tmp_path_factory.mktemp("studies"))


@pytest.fixture(scope="session")
def fairfax(fairfax_folder: Path) -> Study:
    """9,404 census blocks, 138 elementary schools, drive times; `elem_…` hold the official zones."""
    return read_study(fairfax_folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let slow tests run without counting lines: it costs half as much again, and quick tests walk the same lines."""
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker("no_cover")


VERIFIED, EACH = 5, 10
"""The first plans of a test and then one in so many are counted again; a test that makes hundreds makes them alike."""


@pytest.fixture(autouse=True)
def _every_table_says_its_units(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse a table of the public API that lacks a unit, in the quick tests, which walk all lines."""
    if not request.node.get_closest_marker("slow"):
        monkeypatch.setattr(units, "say_units", in_units.watched)


@pytest.fixture(autouse=True)
def _every_plan_is_verified(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Count every plan a test makes again, without the solvers: no test passes with a plan that is wrong."""
    made: list[Plan] = []
    number = count()

    def watched(plan: Plan, started: float, options: Mapping[str, Any]) -> Plan:
        plan = judged(plan, started, options)
        at = next(number)
        if at < VERIFIED or at % EACH == 0:
            made.append(plan)
        return plan

    for room in (solve, town, years):
        monkeypatch.setattr(room, "judged", watched)
    yield
    wrong = [check for plan in made for check in verify(plan).failed]
    assert not wrong, wrong
