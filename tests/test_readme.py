"""What the README says is true: its session runs, its files exist, its commands are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from layout_planner.cli.front import COMMANDS
from tests.readme import README, blocks

ROOT = README.parent


@pytest.mark.slow
def test_the_first_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (session,) = [text for language, _, text in blocks() if language == "python"]
    names: dict[str, object] = {}
    exec(compile(session, "README.md", "exec"), names)
    assert (tmp_path / "hill-merge.html").stat().st_size > 200_000
    assert (tmp_path / "runs" / "hill-merge" / "provenance.json").is_file()


def test_every_command_named_is_there_and_the_other_way_round() -> None:
    table = README.read_text(encoding="utf-8").split("## The command")[1].split("\n## ")[0]
    told = set(re.findall(r"^\| `([\w-]+)", table, re.MULTILINE))
    assert told == set(COMMANDS)


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README.read_text(encoding="utf-8"))
    assert links and [link for link in links if not (ROOT / link).exists()] == []


def test_every_make_target_named_is_there() -> None:
    named = set(re.findall(r"^make (\w+)|`make (\w+)`", README.read_text(encoding="utf-8"), re.MULTILINE))
    there = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"bundle", "demo", "test", "lint", "samples"} == {first or second for first, second in named} <= there
