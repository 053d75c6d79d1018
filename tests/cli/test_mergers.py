"""template, score, ledger, counter, bus."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from layout_planner.base.tables import read_csv
from layout_planner.buses import routes as routing
from layout_planner.scenario import Scenario
from layout_planner.study import Study
from layout_planner.travel.rides import Rides
from tests.cli.conftest import Run


@pytest.fixture
def merged(run: Run, villages: Path, tmp_path: Path) -> Path:
    """A run folder of the merger."""
    assert run("solve", villages, "--scenario", villages / "merge.yaml", "--out", tmp_path / "merged").exit_code == 0
    return tmp_path / "merged"


def test_templates_are_listed_told_and_filled_in(run: Run, villages: Path, tmp_path: Path) -> None:
    listed = run("template")
    assert listed.exit_code == 0
    assert "senior-to-town" in listed.stdout
    assert "upper school" in run("template", "senior-to-town").stdout
    own = tmp_path / "own.yaml"
    own.write_text("name: own\nsteps:\n- {do: merge, stage: primary, where: roll < 100}\n", encoding="utf-8")
    done = run("template", own, villages, "--out", tmp_path / "filled.yaml")
    assert done.exit_code == 0
    (edit,) = Scenario.read(tmp_path / "filled.yaml").edits
    assert (edit.school, edit.into) == ("S2", "S1")  # type: ignore[union-attr]
    wrong = run("template", "nosuch")
    assert wrong.exit_code == 1
    assert "rural-county" in wrong.stderr


@pytest.mark.slow
def test_the_ledger_of_a_run(run: Run, merged: Path, tmp_path: Path) -> None:
    done = run("ledger", merged, "--names", "machine", "--out", tmp_path / "ledger.csv")
    assert done.exit_code == 0
    assert "Ledger: 1 schools, 36 pupils" in done.stdout
    table = read_csv(tmp_path / "ledger.csv")
    assert table.loc[0, ["from_school", "to_school"]].tolist() == ["S2", "S1"]
    assert float(table.loc[0, "pupils"]) == 36
    chinese = run("ledger", merged, "--lang", "zh")
    assert "撤并明细：1 所，36 人" in chinese.stdout


def test_families_who_choose_a_town_there_is_not(run: Run, merged: Path) -> None:
    done = run("ledger", merged, "--leak", "0.3")
    assert done.exit_code == 1
    assert "stands in town" in done.stderr


def test_a_today_has_no_ledger(run: Run, villages: Path) -> None:
    done = run("ledger", villages)
    assert done.exit_code == 1
    assert "not a what-if" in done.stderr


@pytest.mark.slow
def test_if_the_school_stayed(run: Run, merged: Path, tmp_path: Path) -> None:
    done = run("counter", merged, "--keep", "S2", "--more", "--out", tmp_path / "sheet.html", "--lang", "zh")
    assert done.exit_code == 0
    assert "原方案" in done.stdout
    assert "如果保留河边小学" in (tmp_path / "sheet.html").read_text(encoding="utf-8")
    instead = run("counter", merged, "--keep", "S2")
    assert "Closes instead: 东村小学" in instead.stdout
    assert "find no seat" in instead.stdout  # S2 is too small for all
    assert run("counter", merged, "--keep", "S1").exit_code == 1


@pytest.mark.slow
def test_buses_and_boarding(run: Run, merged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyvrp", reason="the extra bus (PyVRP) is not installed")
    assert "roads" in run("bus", merged, "--stage", "primary", "--beyond", "10").stderr

    def rides(study: Study, points: gpd.GeoSeries, schools: pd.Index) -> Rides:
        ends = [*points.index, *schools]
        metres = pd.DataFrame([[1000.0 * (a != b) for b in ends] for a in ends], index=ends, columns=ends)
        stops = gpd.GeoDataFrame({"walk_metres": 5.0}, index=points.index, geometry=points, crs=study.crs)
        return Rides(stops.iloc[:1], metres / 500, metres)

    monkeypatch.setattr(routing, "bus_rides", rides)
    done = run("bus", merged, "--stage", "primary", "--beyond", "10", "--out", tmp_path / "routes.csv")
    assert done.exit_code == 0
    assert "School buses: 2, 60 pupils" in done.stdout
    assert "No bus for 36 pupils" in done.stdout
    assert "Boarding instead" in done.stdout
    assert len(read_csv(tmp_path / "routes.csv")) == 2
    only = run("bus", merged, "--stage", "primary", "--beyond", "10", "--school", "S1")
    assert only.exit_code == 0


def test_scores_and_how_good_they_were(run: Run, villages: Path, tmp_path: Path) -> None:
    closed = villages / "merge.yaml"
    done = run("score", villages, "--stage", "primary", "--weight", "roll=5", "--closed", closed,
               "--names", "machine", "--out", tmp_path / "scores.csv")  # fmt: skip
    assert done.exit_code == 0
    assert "few pupils" in done.stdout
    assert "AUC" in done.stdout
    assert read_csv(tmp_path / "scores.csv")["school_id"].tolist() == ["S2", "S1"]
    assert run("score", villages, "--stage", "primary", "--weight", "roll").exit_code == 2
    assert run("score", villages, "--stage", "primary", "--weight", "rol=1").exit_code == 1
