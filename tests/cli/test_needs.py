"""README's three villages through every command, in Chinese: it runs, or says in one sentence what it needs.

The table "What each command needs" of docs/input.md is held to what happens here.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from layout_planner.cli.app import make_app
from layout_planner.cli.front import COMMANDS
from tests.cli.latin import latin_sentences
from tests.readme import write_example

ROOT = Path(__file__).parents[2]
STAGE = ("--stage", "小学")
RUNS: dict[str, tuple[str, ...]] = {
    "template-tables": ("tables",),
    "init": ("bare",),
    "check": ("villages",),
    "today": ("villages",),
    "solve": ("villages", "--scenario", "villages/merge.yaml", "--out", "run"),
    "compare": ("run",),
    "zones": ("run", *STAGE),
    "verify": ("run",),
    "template": (),
    "score": ("villages", *STAGE),
    "ledger": ("run", *STAGE),
    "counter": ("run", *STAGE, "--keep", "河边小学"),
    "bus": ("run", *STAGE),
    "consolidate": ("villages", *STAGE, "--keep", "1"),
    "partition": ("villages", *STAGE, "--districts", "2"),
    "pair": ("villages", *STAGE),
    "forecast": ("villages", "--to", "2027"),
    "phase": ("villages", "--scenario", "villages/merge.yaml", "--start", "2025", "--end", "2026"),
    "staff": ("villages",),
    "evaluate": ("villages",),
    "rules": (),
    "map": ("run", "--out", "map.html"),
    "report": ("run", "--out", "run.docx"),
    "annexes": ("run", "--out", "run.xlsx"),
    "peaks": ("villages", "--to", "2027"),
    "plan-years": ("villages", *STAGE, "--start", "2024", "--end", "2025"),
    "lookup": ("run", "--out", "lookup.html"),
    "consultation": ("replies", "run"),
}
"""Command → what stands behind it; every command but those that run these on many studies or on the sample."""

REFUSED = {
    "bus": r"\[roads\]",
    "partition": "township_id",
    "forecast": r"\[births\]",
    "peaks": r"\[births\]",
    "plan-years": r"\[births\]",
    "staff": "teachers",
}
"""Command → the column or section its one sentence names."""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """What every command said, and its exit code."""
    root = tmp_path_factory.mktemp("needs")
    write_example(root / "villages")
    (root / "replies").mkdir()
    shutil.copytree(root / "villages", root / "bare", ignore=shutil.ignore_patterns("*.toml"))
    runner, app = CliRunner(env={"LAYOUT_PLANNER_LANG": "zh", "COLUMNS": "200"}), make_app()
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        for command, words in RUNS.items():
            result = runner.invoke(app, [command, *words])
            assert result.exception is None or isinstance(result.exception, SystemExit), (command, result.exception)
            found[command] = result.exit_code, result.output
    return found


def test_every_command_is_tried():
    assert set(RUNS) == set(COMMANDS) - {"demo", "batch", "overview"}


@pytest.mark.parametrize("command", RUNS)
def test_it_runs_or_says_what_it_needs(said, command):
    code, text = said[command]
    if command not in REFUSED:
        assert code == 0, text
        return
    assert code == 1, text
    told = [line for line in text.splitlines() if "改法" in line or "：" in line]
    assert len(told) <= 2, text
    assert re.search(REFUSED[command], text), text


@pytest.mark.parametrize("command", RUNS)
def test_what_it_says_is_chinese(said, command):
    assert latin_sentences(said[command][1]) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_its_help_is_in_one_language(command):
    app = make_app()
    zh = CliRunner(env={"LAYOUT_PLANNER_LANG": "zh", "COLUMNS": "200"}).invoke(app, [command, "-h"])
    assert zh.exit_code == 0
    assert latin_sentences(zh.output) == []
    en = CliRunner().invoke(app, [command, "--lang", "en", "-h"])
    assert not re.search("[\u4e00-\u9fff]{3}", en.output)


def test_the_table_of_needs_says_the_same():
    page = (ROOT / "docs" / "input.md").read_text(encoding="utf-8").partition("## What each command needs")[2]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| `")
    ]
    without = {name: row[2] for row in rows for name in re.findall("`([a-z-]+)`", row[0])}
    assert set(RUNS) - {"rules", "template", "template-tables"} <= set(without)
    assert {name for name, told in without.items() if told.startswith("refused")} == set(REFUSED)
