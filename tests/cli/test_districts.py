"""partition and pair: what they print, write and return."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from layout_planner.plan import read_plan
from tests.cli.conftest import Run

JUNIOR = ("--stage", "junior", "--districts", "5", "--townships", "6-9", "--population", "130000", "--pupils", "5000")


@pytest.mark.slow
def test_partition_writes_a_run_and_compares(run: Run, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    done = run("partition", "fuxi", *JUNIOR, "--mode", "straight", "--ensemble", "2000", "--out", one)
    assert done.exit_code == 0, done.output
    assert "junior" in done.stdout and "optimal" in done.stdout and "D5" in done.stdout
    assert "better than this share of feasible divisions" in done.stdout
    assert read_plan(one).districtings["junior"].breaches.empty
    assert (one / "map.html").is_file() and (one / "districting.csv").is_file()
    done = run(
        "partition", "fuxi", *JUNIOR, "--mode", "straight", "--weight", "travel=0", "--whole-towns", "--out", two
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = run("compare", one, two, "--stage", "junior")
    assert "of 28 schools change district (adjusted Rand index" in told.stdout


@pytest.mark.slow
def test_partition_that_cannot_be_done_names_the_nearest_windows(run: Run) -> None:
    done = run("partition", "fuxi", *JUNIOR[:4], "--townships", "6-6", "--whole-towns", "--mode", "straight")
    assert done.exit_code == 1
    assert "nearest that can be met" in done.stdout and "Broken: " in done.stdout


def test_partition_refuses_nonsense(run: Run) -> None:
    assert run("partition", "fuxi", "--stage", "junior", "--districts", "5", "--townships", "six").exit_code == 2
    assert run("partition", "fuxi", "--stage", "junior", "--districts", "5", "--weight", "travel").exit_code == 2


@pytest.mark.slow
def test_pair_writes_a_run(run: Run, tmp_path: Path) -> None:
    done = run("pair", "fuxi", "--stage", "junior", "--count", "3", "--mode", "straight", "--out", tmp_path / "pairs")
    assert done.exit_code == 0, done.output
    assert "Without a partner" in done.stdout and "difference coefficient" in done.stdout
    table = pd.read_csv(tmp_path / "pairs" / "pairs.csv", encoding="utf-8-sig")
    assert len(table) == 3 and read_plan(tmp_path / "pairs").pairings["junior"].status == "optimal"
