"""Fixtures of all rooms: the real studies, read once a session."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from itertools import count
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from hypothesis import settings
from numba.core import event

import layout_planner
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

HERE = Path(__file__).parent

# No limit of seconds ends a search sooner on a busy machine; processes that tests start see it too.
os.environ[clock.USUAL] = "work"

# The same examples every time, and no clock: a busy machine must not fail a property.
settings.register_profile("steady", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("steady")

# A study is never changed, so all tests of a process may hold the same one: reading takes longer than most tests.
samples.sample = lru_cache(maxsize=None)(samples.sample)


def _counting() -> Any:
    """Give what counts lines just now; None where nobody does."""
    return sys.modules["coverage"].Coverage.current() if "coverage" in sys.modules and sys.gettrace() else None


class _Compiling(event.Listener):
    """Count no lines while numba compiles: it walks none of ours."""

    def __init__(self) -> None:
        self.depth = 0
        self.paused: Any = None

    def on_start(self, event: event.Event) -> None:
        self.depth += 1
        if self.depth == 1 and (counting := _counting()) is not None:
            self.paused = counting
            counting.stop()

    def on_end(self, event: event.Event) -> None:
        self.depth -= 1
        if self.depth == 0 and self.paused is not None:
            self.paused.start()
            self.paused = None


event.register("numba:compile", _Compiling())


def pytest_collection_finish() -> None:
    """Import every module while lines are counted: tests that are not counted would else be the first to do so.

    And look for garbage less often, and never among modules and tests: they live as long as the process.
    """
    if _counting() is not None:
        for module in walk_packages(layout_planner.__path__, "layout_planner."):
            if not module.name.endswith("__main__"):
                with suppress(ImportError):  # what it asks for is not installed
                    import_module(module.name)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


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


LONGEST = (
    "browser", "test_notebooks.py", "phasing/test_plan_years.py", "test_examples.py", "show/test_parity.py",
    "papers/test_report.py", "batch/test_faults.py", "phasing/test_horizon.py", "phasing/test_phasing.py",
    "catchments/test_real.py", "assignment/test_solve.py", "cli/test_needs.py", "travel/test_road_rules.py",
    "cli/test_command.py", "travel/test_law_of_the_graph.py", "engines", "reading/test_damaged.py",
    "papers/test_annexes.py", "consolidation/test_choices.py", "assignment/test_real.py", "test_tutorial.py",
    "test_site.py", "data/test_samples.py",
)  # fmt: skip
"""What takes longest, in this order, begins first: no core is left alone with a long file at the end."""

UNCOUNTED = {"browser", "test_dependencies.py", "test_house.py", "test_names.py", "test_package.py"}
"""What reads sources, starts other processes or looks at pages: it walks no lines that others do not."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let slow tests run without counting lines: tables take 1.7 times as long under it, quick tests walk the same."""
    for item in items:
        if item.get_closest_marker("slow") or item.path.relative_to(HERE).parts[0] in UNCOUNTED:
            item.add_marker("no_cover")
    first = {name: at for at, name in enumerate(LONGEST)}

    def turn(item: pytest.Item) -> int:
        path = item.path.relative_to(HERE)
        return min(first.get(path.as_posix(), len(first)), first.get(path.parts[0], len(first)))

    items.sort(key=turn)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give a file to one process, and all that needs a browser: it starts once, and the page is made once."""
    if config.getoption("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::", 1)[0]
            return "tests/browser" if file.startswith("tests/browser/") else file

    config.option.loadscopereorder = False  # the order is ours
    return ByFile(config, log)


@pytest.fixture
def uncounted() -> Iterator[Callable[[], None]]:
    """Give what stops counting lines for the rest of a test, whose further rounds walk the same ones."""
    paused = []

    def stop() -> None:
        if (counting := _counting()) is not None:
            counting.stop()
            paused.append(counting)

    yield stop
    for counting in paused:
        counting.start()


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
    counting = _counting() if made else None
    if counting is not None:  # tests/plan/test_verify.py walks the lines of `verify`
        counting.stop()
    try:
        wrong = [check for plan in made for check in verify(plan).failed]
    finally:
        if counting is not None:
            counting.start()
    assert not wrong, wrong
