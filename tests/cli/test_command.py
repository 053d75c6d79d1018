"""The command as the shell runs it: start-up, exit codes, Ctrl-C, the demonstration."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from layout_planner import __version__
from layout_planner.assignment.methods import METHODS
from layout_planner.base.tables import read_csv
from layout_planner.cli import main
from layout_planner.plan import read_plan
from layout_planner.reading import sample
from layout_planner.reading.samples import sample_file
from layout_planner.scenario import Scenario, apply
from tests.cli.conftest import Run
from tests.cli.latin import latin_sentences

START = (sys.executable, "-c", "from layout_planner.cli import main; main()")


def shell(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LAYOUT_PLANNER_LANG": "en", **more}
    command = [*START, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, check=False)


def test_help_names_every_command_in_both_languages() -> None:
    done = shell("--help")
    assert done.returncode == 0
    assert all(f"\n  {verb} " in done.stdout for verb in ("demo", "check", "today", "solve", "compare", "map", "rules"))
    assert "学校布局规划" in shell("--help", LAYOUT_PLANNER_LANG="zh").stdout


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from layout_planner.cli.app import make_app; make_app();"
        "print([m for m in ('numpy', 'pandas', 'geopandas', 'pydantic', 'folium', 'yaml', 'tqdm') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_version() -> None:
    done = shell("--version")
    assert (done.returncode, done.stdout) == (0, f"layout-planner {__version__}\n")


def test_an_unknown_command_suggests_one() -> None:
    done = shell("chek", "somewhere")
    assert done.returncode == 2
    assert 'no command "chek" (did you mean "check"?)' in done.stderr


def test_nothing_asked_shows_the_help() -> None:
    done = shell()
    assert done.returncode == 2
    assert "Usage: layout-planner" in done.stdout + done.stderr


def test_the_language_of_the_environment(villages: Path) -> None:
    done = shell("check", villages, "--json", LAYOUT_PLANNER_LANG="zh_CN.UTF-8")
    assert done.returncode == 0
    assert '"errors": []' in done.stdout and "行。" in done.stdout


def test_a_terminal_that_knows_no_chinese_does_not_end_the_run(villages: Path) -> None:
    done = shell("check", villages, "--json", "--lang", "zh", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "Three villages" in done.stdout


def test_bad_input_ends_with_1(tmp_path: Path) -> None:
    done = shell("today", tmp_path)
    assert done.returncode == 1
    assert "no study file here" in done.stderr and "Traceback" not in done.stderr


def test_every_way_to_assign_can_be_asked_for(run: Run) -> None:
    told = run("solve", "--help").stdout
    assert "|".join(METHODS) in told


def test_ctrl_c_ends_with_130_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    started = subprocess.Popen(
        [*START, "demo", "--out", str(tmp_path / "demo")], cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        stdout=subprocess.PIPE, env={**os.environ, "LAYOUT_PLANNER_LANG": "en"},
        # A runner in the background has Ctrl-C switched off, and its children would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    time.sleep(2.5)
    started.send_signal(signal.SIGINT)
    _, told = started.communicate(timeout=120)
    assert started.returncode == 130
    assert "Traceback" not in told
    assert [path for path in tmp_path.rglob("*") if path.name.startswith((".part", ".old"))] == []


@pytest.mark.slow
def test_the_demonstration(run: Run, tmp_path: Path) -> None:
    done = run("demo", "--names", "machine", "--out", tmp_path / "demo")
    assert done.exit_code == 0, done.stderr
    assert "Simulated data" in done.stdout
    assert "柘桥栀冲小学 → 柘桥中心小学校" in done.stdout
    for name in ("today.html", "hill-merge.html"):
        page = (tmp_path / "demo" / name).read_bytes()
        assert 200_000 < len(page) < 6_000_000
        assert "模拟".encode() in page
    table = read_csv(tmp_path / "demo" / "comparison.csv").set_index(["stage", "measure"])
    moved = table.loc[("primary", "pupils_moved"), "hill-merge"]
    plan = read_plan(tmp_path / "demo" / "runs" / "hill-merge")
    assert plan.assignments["primary"].roll()["P036"] == sample("fuxi").roll("primary")["P036"] + moved
    shown = run("compare", tmp_path / "demo" / "runs" / "hill-merge", "--lang", "zh")
    assert latin_sentences(shown.output) == []


@pytest.mark.slow
def test_a_long_plan_is_told_in_short(run: Run) -> None:
    scenario = sample_file("fuxi").with_name("end-state.yaml")
    done = run("solve", "fuxi", "--stage", "junior", "--scenario", scenario)
    assert done.exit_code == 0, done.stderr
    assert f"… and {len(Scenario.read(scenario).edits) - 12} more edits." in done.stdout
    schools = next(line for line in done.stdout.splitlines() if "Schools open" in line)
    assert schools.split()[-3:] == ["28", "16", "-12"]


def test_main_takes_what_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["layout-planner", "--version"])
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert sys.stdout.errors == sys.stderr.errors == "replace"


def test_the_demonstrations_merger_is_believable() -> None:
    study = sample("fuxi")
    scenario = Scenario.read(sample_file("fuxi").with_name("hill-merge.yaml"))
    after = apply(study, scenario)
    roll = study.roll("primary")
    merging = [edit.school for edit in scenario.edits if edit.do == "merge"]
    centre = next(edit.into for edit in scenario.edits if edit.do == "merge")
    towns = study.schools["township_id"]
    assert all(roll[school] < 300 and towns[school] == towns[centre] for school in merging)
    assert "中心" in study.school_name(centre)
    assert after.seats("primary", 45)[centre] >= roll[[centre, *merging]].sum()  # built before they close
