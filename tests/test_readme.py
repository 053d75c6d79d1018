"""What README says is true: its session runs, its files exist, its commands are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from layout_planner.cli.front import COMMANDS
from tests.readme import README, ROOT, blocks

TOLD = README.read_text(encoding="utf-8")
ENGLISH, CHINESE = TOLD.split("\n## 中文\n")


@pytest.mark.slow
def test_the_first_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (session,) = [text for language, _, text in blocks() if language == "python"]
    assert len([line for line in session.splitlines() if line and not line.startswith("import")]) <= 10
    names: dict[str, object] = {}
    exec(compile(session, "README.md", "exec"), names)
    assert (tmp_path / "hill-merge.html").stat().st_size > 200_000
    assert (tmp_path / "runs" / "hill-merge" / "provenance.json").is_file()


def test_every_command_named_is_there_and_the_other_way_round() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `([\w-]+)", page, re.MULTILINE))
    assert told == set(COMMANDS)


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", TOLD)
    assert len(links) > 20 and [link for link in links if not (ROOT / link).exists()] == []


def test_every_make_target_named_is_there() -> None:
    named = set(re.findall(r"^make (\w+)|`make (\w+)`", TOLD, re.MULTILINE))
    there = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"bundle", "demo", "test", "lint", "maps", "site"} == {first or second for first, second in named} <= there


def test_the_chinese_half_is_half_as_long() -> None:
    """In width on the page: a Chinese character is as wide as two letters and says as much."""
    widths = [sum(1 + ("\u2e80" <= c <= "\uffef") for c in "".join(half.split())) for half in (ENGLISH, CHINESE)]
    assert widths[1] >= widths[0] / 2
