"""Run folders of an earlier version (724abed, format 2): they read back, and every command goes on from them.

The folders, without the pictures, are those of `tests/toy/county.py`: S3 closed, two schools chosen, zones drawn.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import layout_planner as lp
from layout_planner.cli.app import make_app
from layout_planner.measures import score
from tests.toy.county import line_county, line_travel

FOLDERS = Path(__file__).with_name("runs_724abed.zip")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs_724abed")
    zipfile.ZipFile(FOLDERS).extractall(folder)
    return folder


@pytest.mark.parametrize(
    ("name", "method", "promises"),
    [
        ("closed", "stay", ("seats", "leaves")),
        ("chosen", "consolidate", ("seats",)),
        ("drawn", "contiguous", ("seats",)),
    ],
)
def test_they_read_back_and_bear_checking(runs: Path, name: str, method: str, promises: tuple[str, ...]) -> None:
    plan = lp.read_plan(runs / name)
    done = plan.assignments["primary"]
    assert (done.method, done.promises) == (method, promises)
    assert done.flows["pupils"].sum() == 420.0
    said = {check.name: check.holds for check in plan.verify().checks}
    assert said["seats"] is True and said["ways"] is True and False not in said.values()


@pytest.mark.parametrize("name", ["closed", "chosen", "drawn"])
def test_every_measure_it_had_is_counted_the_same_today(runs: Path, name: str) -> None:
    plan = lp.read_plan(runs / name)
    keys = ["measure", "stage", "scope", "id"]
    then = plan.scorecard.table.set_index(keys)["value"]
    now = score(plan).table.set_index(keys)["value"]
    assert len(then) >= 60
    assert then.index.difference(now.index).tolist() == []
    np.testing.assert_allclose(now.reindex(then.index), then, rtol=1e-9)


def test_the_same_what_if_gives_the_same_plan(runs: Path) -> None:
    then = lp.read_plan(runs / "closed").assignments["primary"]
    now = lp.solve(line_county(), line_travel(), scenario=lp.Scenario("close S3", [lp.Close("S3")]))
    keys = ["place_id", "school_id", "grade"]
    pairs = [one.flows.groupby(keys)["pupils"].sum() for one in (then, now.assignments["primary"])]
    assert pairs[0].to_dict() == pairs[1].to_dict()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("verify chosen", "420 placed"),
        ("compare closed chosen", "Use of seats"),
        ("compare drawn", "Use of seats"),
        ("ledger closed", "S3"),
        ("zones drawn --stage primary", "the border of"),
        ("solve closed/study --mode straight --out again", "again"),
        ("solve closed --out again_of_a_run", "again_of_a_run"),
        ("map closed chosen --out map.html", "map.html"),
        ("report closed --out report.docx", "report.docx"),
    ],
)
def test_commands_go_on_from_them(runs: Path, monkeypatch: pytest.MonkeyPatch, command: str, said: str) -> None:
    monkeypatch.chdir(runs)
    monkeypatch.setenv("LAYOUT_PLANNER_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")
    done = CliRunner().invoke(make_app(), command.split())
    assert done.exit_code == 0, done.output
    assert said in done.output
