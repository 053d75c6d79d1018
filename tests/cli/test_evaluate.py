"""evaluate from the shell."""

from __future__ import annotations

from pathlib import Path

from layout_planner.base.tables import read_csv
from tests.cli.conftest import Run

SCHOOLS = """school_id,name,stage,lon,lat,enrolment,seats,teachers_above_degree,teachers_backbone,teachers_arts,\
area_teaching,area_sports,equipment_value,network_rooms
S1,东村小学,primary,105.00,31.00,180,270,9,2,2,900,1440,360000,5
S2,河边小学,primary,105.06,31.00,36,90,2,1,1,100,288,72000,1
"""
# Of S2's 36 pupils: 162 m² of rooms are asked for, 137.7 at 85 %, 100 are there.


def test_what_it_would_take_to_pass(run: Run, villages: Path, tmp_path: Path) -> None:
    (villages / "schools.csv").write_text(SCHOOLS, encoding="utf-8")
    done = run("evaluate", villages, "--price", "area_teaching=1000", "--out", tmp_path / "table")
    assert done.exit_code == 0, done.output
    assert "1 of 2 schools pass" in done.stdout
    assert "The county: fails." in done.stdout
    assert "38,000 yuan in all" in done.stdout  # the room stays at 85 %: 38 of 62 m²
    assert {p.name for p in (tmp_path / "table").iterdir()} == {
        "indicators.csv", "verdicts.csv", "spread.csv", "table.csv", "shifts.csv",
    }  # fmt: skip
    assert read_csv(tmp_path / "table" / "shifts.csv")["quantity"].tolist() == [38]


def test_a_run_is_shown_before_and_after(run: Run, villages: Path, tmp_path: Path) -> None:
    (villages / "schools.csv").write_text(SCHOOLS, encoding="utf-8")
    assert run("solve", villages, "--scenario", villages / "merge.yaml", "--out", tmp_path / "run").exit_code == 0
    done = run("evaluate", tmp_path / "run", "--no-shifts", "--lang", "zh", "--out", tmp_path / "table")
    assert done.exit_code == 0, done.output
    assert "小学（调整前）：2 所中 1 所达标。" in done.stdout
    assert "小学（调整后）：1 所中" in done.stdout
    assert (tmp_path / "table" / "indicators_before.csv").is_file()


def test_wrong_prices_are_refused(run: Run, villages: Path) -> None:
    assert run("evaluate", villages, "--price", "move").exit_code == 2
    assert run("evaluate", villages, "--price", "move=much").exit_code == 2
    done = run("evaluate", villages, "--price", "moves=1")
    assert done.exit_code == 1
    assert 'did you mean "move"' in done.stderr


def test_the_share_beyond_reach_names_its_grades_and_numbers(run: Run, villages: Path) -> None:
    # 216 children, evenly over six grades: 108 in grades 1 to 3, for whom half an hour is the limit.
    line = next(line for line in run("today", villages).stdout.splitlines() if "beyond the time allowed" in line)
    assert "grades 1-3" in line
    assert "of 108)" in line
