"""The smallest study, taken from the README, and a way to run the command inside the test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from layout_planner.cli.app import make_app
from tests.readme import write_example

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run the command in a folder of its own; in English unless asked otherwise."""
    monkeypatch.chdir(tmp_path_factory.mktemp("here"))
    monkeypatch.setenv("LAYOUT_PLANNER_LANG", "en")
    monkeypatch.delenv("COLUMNS", raising=False)
    runner, app = CliRunner(), make_app()
    return lambda *args: runner.invoke(app, [str(arg) for arg in args])


@pytest.fixture
def villages(tmp_path: Path) -> Path:
    """Three villages and two schools, and merge.yaml."""
    return write_example(tmp_path / "villages")
