"""lookup, consultation: the page for families, the notices, the replies gathered; what they print, write and refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.plan import plan_digest, read_plan
from tests.cli.conftest import Run
from tests.toy.county import line_county, line_travel


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A run: the line county without S1, whose 180 children go to S2."""
    plan = lp.solve(line_county(seats={"S2": 400.0}), line_travel(), lp.Rules.load("cn-layout-2012"),
                    scenario=lp.Scenario("close", [lp.Close("S1")]))  # fmt: skip
    return plan.write(tmp_path / "closed")


@pytest.fixture
def replies(tmp_path: Path, closed: Path) -> Path:
    """Two replies against, one for, one damaged."""
    folder = tmp_path / "replies"
    folder.mkdir()
    digest = plan_digest(read_plan(closed))
    for number, (place, answer) in enumerate((("A", "no"), ("B", "no"), ("C", "yes"))):
        told: dict[str, Any] = {
            "format": "layout-planner reply", "version": 1, "plan": digest, "id": f"{number:032x}", "place": place,
            "stage": "primary", "answer": answer, "ranking": ["near", "small", "same", "together"], "words": "路太远",
        }  # fmt: skip
        (folder / f"{number}.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    (folder / "x.json").write_text("{", encoding="utf-8")
    return folder


def test_lookup_writes_the_page_and_a_sheet_a_village(run: Run, closed: Path, tmp_path: Path) -> None:
    page, sheets = tmp_path / "page.html", tmp_path / "sheets.html"
    asked = ("--ask", "0816-1234567", "--exempt", "grade 6", "--township", "T1")
    done = run("lookup", closed, "--out", page, "--notices", sheets, *asked)
    assert done.exit_code == 0, done.stderr
    assert "page.html" in done.stdout and "sheets.html" in done.stdout and "kB" in done.stdout
    for file in (page, sheets):
        text = file.read_text(encoding="utf-8")
        # A, B and C are T1; D to G are T2.
        assert "A村" in text and "G村" not in text and "0816-1234567" in text
    zh = run("--lang", "zh", "lookup", closed, "--out", page)
    assert zh.exit_code == 0 and "已写入" in zh.stdout and "G村" in page.read_text(encoding="utf-8")


def test_lookup_says_what_it_cannot_read(run: Run, tmp_path: Path) -> None:
    done = run("lookup", tmp_path / "nothing", "--out", tmp_path / "page.html")
    assert done.exit_code == 1 and not (tmp_path / "page.html").exists()
    assert "nothing" in " ".join(done.stderr.split())
    assert run("lookup", tmp_path).exit_code == 2  # without --out


def test_consultation_counts_what_counts(run: Run, closed: Path, replies: Path, tmp_path: Path) -> None:
    out = tmp_path / "heard"
    done = run("consultation", replies, closed, "--out", out)
    assert done.exit_code == 0, done.stderr
    assert "3 replies count, 1 files do not." in done.stdout
    assert "not a vote" in done.stdout and "x.json" in done.stdout
    (line,) = (one.split() for one in done.stdout.split("By closure")[1].splitlines() if "一小" in one)
    assert line[-5:] == ["3", "1", "2", "0", "67%"]
    assert {file.name for file in out.iterdir()} == {
        f"{name}.csv" for name in ("replies", "refused", "villages", "closures", "topics", "ranking", "procedure")
    }
    closures = pd.read_csv(out / "closures.csv").set_index("school_id")
    assert closures.loc["S1", ["replies", "yes", "no"]].tolist() == [3, 1, 2]
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine", encoding="utf-8")
    assert run("consultation", replies, closed, "--out", other).exit_code == 1
    assert (other / "mine.txt").is_file()


def test_consultation_draws_the_plan_of_the_families_weights(run: Run, closed: Path, replies: Path) -> None:
    done = run("--lang", "zh", "consultation", replies, closed, "--beside", "primary")
    assert done.exit_code == 0, done.stderr
    assert "有效回执 3 份，不计入 1 份。" in done.stdout and "最看重" in done.stdout
