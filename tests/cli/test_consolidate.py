"""consolidate."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

import layout_planner as lp
from layout_planner.base.tables import read_csv
from layout_planner.cli.consolidate import read_numbers
from tests.cli.conftest import Run


def test_numbers_as_people_write_them() -> None:
    assert read_numbers("41") == 41
    assert read_numbers("3-5") == [3, 4, 5]
    assert read_numbers("30-40:5,50") == [30, 35, 40, 50]
    for wrong in ("many", "5-3", ""):
        with pytest.raises(typer.BadParameter):
            read_numbers(wrong)


def test_one_number_gives_a_plan(run: Run, villages: Path, tmp_path: Path) -> None:
    done = run("consolidate", villages, "--stage", "primary", "--keep", "1", "--out", tmp_path / "one")
    assert done.exit_code == 0, done.output
    assert "optimal" in done.stdout
    plan = lp.read_plan(tmp_path / "one")
    assert len(plan.study.offering("primary")) == 1
    assert plan.assignments["primary"].bound <= plan.assignments["primary"].objective + 1e-6


def test_several_numbers_give_a_frontier(run: Run, villages: Path, tmp_path: Path) -> None:
    done = run(
        "consolidate", villages, "--stage", "primary", "--keep", "1-2", "--at", "2",
        "--names", "machine", "--table", tmp_path / "front.csv", "--plot", tmp_path / "front.png",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "knee" not in done.stdout  # two points have none
    assert "step by step" in done.stdout
    assert read_csv(tmp_path / "front.csv")["keep"].astype(int).tolist() == [1, 2]
    assert (tmp_path / "front.png").stat().st_size > 5000


def test_what_cannot_be_is_said(run: Run, villages: Path) -> None:
    assert run("consolidate", villages, "--stage", "primary", "--keep", "9").exit_code == 1
    assert run("consolidate", villages, "--stage", "primary", "--keep", "all").exit_code == 2
