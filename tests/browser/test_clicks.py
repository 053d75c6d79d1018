"""Each task of `benchmarks.page_tasks` gets where it should, in as many steps as docs/page.md says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.page_tasks import TASKS, clicks

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def told() -> dict[str, str]:
    """Read the table of steps in docs/page.md: task → steps now."""
    lines = (ROOT / "docs" / "page.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return {row[1]: row[3] for row in rows if row[0] in ("secretary", "planner")}


def test_each_task_takes_the_steps_that_are_told(chromium: Any, fuxi_html: str, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(fuxi_html, encoding="utf-8", newline="\n")
    assert sum(task.who == "secretary" for task in TASKS) >= 10 <= sum(task.who == "planner" for task in TASKS)
    assert {task.what: clicks(chromium, file, task.new) for task in TASKS} == told()
