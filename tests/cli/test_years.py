"""forecast, phase, staff: what they print, write and return."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import layout_planner as lp
from tests.cli.conftest import Run
from tests.cohorts.test_forecast import births, steady
from tests.toy.county import line_county


@pytest.fixture
def county(tmp_path: Path) -> Path:
    """The line county, 420 pupils at three schools, with births to match."""
    lp.write_study(line_county().with_(births=births({"T1": steady(36.0), "T2": steady(48.0)})), tmp_path / "county")
    (tmp_path / "merge.yaml").write_text(
        "name: m\nedits:\n  - {do: merge, school: S3, into: S2}\n  - {do: expand, school: S2, seats: 300}\n",
        encoding="utf-8",
    )
    return tmp_path / "county"


def row(out: str, title: str, first: str) -> list[str]:
    """Give the cells of the row that begins so, of the table under a title."""
    lines = [line.split() for line in out.split(title)[1].splitlines()]
    return next(cells for cells in lines if cells and cells[0] == first)


def test_forecast_shows_children_seats_and_the_back_test(run: Run, county: Path, tmp_path: Path) -> None:
    own = tmp_path / "births.csv"
    own.write_text("township_id,year,count\nT1,2024,3.6\n", encoding="utf-8")
    out = tmp_path / "forecast"
    asked = ("--to", 2031, "--variant", "middle", "--births", own, "--names", "machine")
    done = run("forecast", county, *asked, "--out", out)
    assert done.exit_code == 0, done.stderr
    assert row(done.stdout, "Children (middle)", "2024") == ["2024", "420", "70"]
    assert row(done.stdout, "Free seats of the county", "2024") == ["2024", "+390", "0·0·0"]
    assert "+0.0%" in done.stdout.split("Back-test")[1]
    written = pd.read_csv(out / "forecast.csv", dtype={"township_id": str})
    grade_1 = written.loc[(written["year"] == 2031) & (written["grade"] == 1) & (written["township_id"] == "T1")]
    # Two thirds of the births of 2025 (carried on from 36) and one third of the own 3.6.
    assert grade_1.set_index("variant")["pupils"]["middle"] < grade_1.set_index("variant")["pupils"]["high"]
    assert {file.name for file in out.iterdir()} == {"forecast.csv", "seats.csv", "backtest.csv"}
    chinese = run("--lang", "zh", "forecast", county, "--to", 2025)
    assert "适龄儿童" in chinese.stdout and "回测" in chinese.stdout


def test_bad_births_and_shares_are_told(run: Run, county: Path, tmp_path: Path) -> None:
    own = tmp_path / "births.csv"
    own.write_text("township_id,year,count\nT9,2024,3\nT1,2024,-3\n", encoding="utf-8")
    done = run("forecast", county, "--to", 2026, "--births", own)
    assert done.exit_code == 1
    assert "births.csv: 2 faults" in done.stderr and "no such township" in done.stderr and "≥ 0" in done.stderr
    own.write_text("township_id,year\nT1,2024\n", encoding="utf-8")
    assert 'the column "count" is missing' in run("forecast", county, "--to", 2026, "--births", own).stderr
    assert run("forecast", county, "--to", 2026, "--private", "primary").exit_code == 2
    assert run("forecast", county, "--to", 2026, "--private", "primary=0.05").exit_code == 0
    assert run("forecast", county, "--to", 2020).exit_code == 1


@pytest.mark.slow
def test_phase_gives_years_and_writes_them(run: Run, county: Path, tmp_path: Path) -> None:
    out = tmp_path / "phased"
    args = ("--scenario", tmp_path / "merge.yaml", "--start", 2024, "--end", 2026, "--mode", "straight")
    done = run("phase", county, *args, "--build-years", 1, "--seat-cost", 20000, "--out", out)
    assert done.exit_code == 0, done.stderr
    assert "optimal within the gap asked for · gap 0.00%" in done.stdout
    assert "No school is over-full because of the moves." in done.stdout
    assert "2024" in done.stdout.split("merge")[0]
    dated = lp.Scenario.read(out / "scenario.yaml")
    assert {(edit.do, edit.year) for edit in dated.edits} == {("merge", 2024), ("expand", 2026)}
    assert (out / "schools.csv").is_file() and (out / "findings_2025.csv").is_file()
    again = run("phase", county, *args, "--end", 2024, "--finish", "--until", 2025, "--to-town", 0.01, "--out", out)
    assert again.exit_code == 0 and "Pupils finish where they are" in again.stdout
    assert (out / "scorecard_2025.csv").is_file() and not (out / "scorecard_2026.csv").is_file()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    assert run("phase", county, *args, "--out", tmp_path / "mine").exit_code == 1


def test_phase_says_which_limit_cannot_be_kept(run: Run, county: Path, tmp_path: Path) -> None:
    args = ("--scenario", tmp_path / "merge.yaml", "--start", 2024, "--end", 2024, "--mode", "straight")
    done = run("phase", county, *args, "--most-closures", 0)
    assert done.exit_code == 1
    assert "closures a year: 0 cannot be kept" in done.stdout and "No timetable" in done.stderr


@pytest.mark.slow
def test_staff_shows_posts_and_writes_a_run(run: Run, county: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = run(
        "staff", county, "--scenario", tmp_path / "merge.yaml", "--mode", "straight", "--leave", 0.1, "--out", out
    )
    assert done.exit_code == 0, done.stderr
    assert "Posts by level" in done.stdout and "with the pupils: 6" in done.stdout
    assert "The waiting ladder" in done.stdout
    assert lp.read_plan(out).staffing.levels["teachers"].tolist() == [28]
    today = run("--lang", "zh", "staff", county, "--mode", "straight")
    assert today.exit_code == 0 and "各学段编制" in today.stdout


@pytest.mark.slow
def test_staff_pools_in_the_districts_of_a_run(run: Run, county: Path, tmp_path: Path) -> None:
    """S3 has two teachers too many for S1, which is in another district: they wait."""
    study = lp.read_study(county)
    ways = lp.travel_matrix(study, mode="straight")
    districts = lp.partition(study, ways, stage="primary", districts=2, lead_mode="none")
    folder = lp.today(study, ways).with_(districtings={"primary": districts}).write(tmp_path / "districts")
    profile = tmp_path / "posts.toml"
    profile.write_text(
        'document = "own"\nmark = "user"\ntitle = {en = "own", zh = "自定"}\n'
        '[[rule]]\nname = "pupils_per_post"\nstage = "primary"\nvalue = 15\nunit = "pupils per post"\n'
        '[[rule]]\nname = "posts_per_class"\nstage = "primary"\nvalue = 0.1\nunit = "posts per class"\nsense = "min"\n',
        encoding="utf-8",
    )
    args = ("staff", county, "--mode", "straight", "--rules", profile, "--own-share", 1)
    assert row(run(*args).stdout, "waiting", "primary")[-2:] == ["0", "0"]
    assert row(run(*args, "--districts", folder, "--exchange").stdout, "waiting", "primary")[-2:] == ["2", "2"]


def test_plan_years_and_peaks_show_and_write(run: Run, county: Path, tmp_path: Path) -> None:
    out = tmp_path / "years"
    args = ("--start", 2024, "--end", 2025, "--stage", "primary", "--variant", "middle", "--mode", "straight")
    wishes = ["--no-build", "--no-convert", *(f"--keep={school}" for school in ("S1", "S2", "S3"))]
    wishes += ["--rebuild", "S3=2023", "--rebuild-years", "1"]
    done = run("plan-years", county, *args, *wishes, "--gap", 0, "--out", out)
    assert done.exit_code == 0, done.stderr
    assert row(done.stdout, "What is done", "2025")[:3] == ["2025", "2024", "rebuild"]
    assert run("plan-years", county, *args, "--rebuild", "S3").exit_code == 2
    assert "did you mean" in run("plan-years", county, *args, "--rebuild", "s3=2024").stderr
    assert "Every child has a seat" in done.stdout and "What looking ahead is worth" in done.stdout
    assert done.stdout.index("Every child has a seat") < done.stdout.index("gap")
    assert lp.plan.read_year_plan(out).verify().holds
    assert run("plan-years", county, *args, "--waiting", "S1", "--out", out).exit_code == 1
    told = run("--lang", "zh", "peaks", county, "--to", 2025, "--mode", "straight", "--out", tmp_path / "peaks")
    assert told.exit_code == 0, told.stderr
    assert "学位不足的乡镇" in told.stdout and "峰年" in told.stdout
    assert {file.name for file in (tmp_path / "peaks").iterdir()} == {"peaks.csv", "balance.csv", "lending.csv"}
