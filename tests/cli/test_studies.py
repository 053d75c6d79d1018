"""check, today, solve: what they print, write and return."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.cells import cell_len

from layout_planner.plan import read_plan
from tests.cli.conftest import Run


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_check_of_good_data(run: Run, villages: Path) -> None:
    done = run("check", villages)
    assert done.exit_code == 0
    assert "Three villages: 0 errors, 0 warnings." in done.stdout
    assert done.stdout.split("primary")[1].split()[:3] == ["2", "216", "216"]  # schools, children, on the rolls


def test_check_as_json(run: Run, villages: Path) -> None:
    done = run("check", villages, "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert (told["study"], told["errors"], told["warnings"]) == ("Three villages", [], [])
    assert any(text.startswith("[places] places.csv: 3 rows.") for text in told["told"])


def test_check_lists_every_fault_and_ends_with_1(run: Run, villages: Path) -> None:
    edit(villages / "places.csv", ",60\n", ",-60\n")
    edit(villages / "schools.csv", "S2,", "S1,")
    done = run("check", villages)
    assert done.exit_code == 1
    assert "places.csv row 3, pupils_primary" in done.stdout
    assert "schools.csv row 3, school_id" in done.stdout
    told = json.loads(run("check", villages, "--json").stdout)
    assert told["study"] is None
    assert {(fault["file"], fault["row"]) for fault in told["errors"]} >= {("places.csv", 3), ("schools.csv", 3)}
    assert all(fault["mend"] for fault in told["errors"])


def test_check_writes_a_page_and_leaves_the_study_as_it_is(run: Run, villages: Path, tmp_path: Path) -> None:
    edit(villages / "places.csv", ",60\n", ",-60\n")
    before = files(villages)
    assert "Written to check.html" in run("check", villages).stdout
    page = Path("check.html").read_text(encoding="utf-8")
    assert (
        "1 errors: the study cannot be read yet." in page
        and "places.csv" in page
        and "http" not in page.split("</style>")[1]
    )
    done = run("check", villages, "--out", villages / "check.html")
    assert "No page written" in done.stderr
    assert files(villages) == before
    mine = tmp_path / "mine.html"
    mine.write_text("my own page", encoding="utf-8")
    done = run("check", villages, "--out", mine)
    assert done.exit_code == 1 and "is no page of a check" in done.stderr
    assert mine.read_text(encoding="utf-8") == "my own page"


def test_init_draws_up_a_study_file_that_only_lacks_what_nobody_can_guess(run: Run, villages: Path) -> None:
    (villages / "study.toml").unlink()
    done = run("init", villages)
    assert done.exit_code == 0 and "Written to" in done.stdout
    text = (villages / "study.toml").read_text(encoding="utf-8")
    assert '[schools]\nfile = "schools.csv"' in text and "# coordinates =" in text
    again = run("init", villages)
    assert again.exit_code == 1 and "exists already" in again.stderr
    assert (villages / "study.toml").read_text(encoding="utf-8") == text


def test_bad_input_is_told_without_a_traceback_in_both_languages(run: Run, villages: Path) -> None:
    edit(villages / "places.csv", ",60\n", ",-60\n")
    english, chinese = run("today", villages), run("today", villages, "--lang", "zh")
    assert english.exit_code == chinese.exit_code == 1
    assert english.stdout == chinese.stdout == ""
    assert "places.csv: 1 fault, nothing was loaded." in english.stderr and "Mend:" in english.stderr
    assert "places.csv：1 处错误" in chinese.stderr and "改法：" in chinese.stderr
    assert "Traceback" not in english.stderr + chinese.stderr


def test_no_study_there(run: Run, tmp_path: Path) -> None:
    done = run("today", tmp_path / "nowhere")
    assert done.exit_code == 1
    assert "no study file here" in done.stderr


def test_today_shows_the_present_and_writes_it(run: Run, villages: Path, tmp_path: Path) -> None:
    done = run("today", villages, "--out", tmp_path / "run")
    assert done.exit_code == 0
    assert "spread evenly over the grades" in done.stdout  # what was assumed
    assert "Use of seats" in done.stdout and "60.0 %" in done.stdout  # 216 of 360
    assert read_plan(tmp_path / "run").assignments["primary"].roll().to_dict() == {"S1": 180.0, "S2": 36.0}


def test_a_merger(run: Run, villages: Path, tmp_path: Path) -> None:
    done = run("solve", villages, "--scenario", villages / "merge.yaml", "--out", tmp_path / "run")
    assert done.exit_code == 0
    assert "merge 河边小学 → 东村小学" in done.stdout
    moved = next(line for line in done.stdout.splitlines() if "change school" in line)
    assert moved.split()[-3:] == ["–", "36", "–"]
    assert "180 → 216" in done.stdout
    assert {"assignment.csv", "findings.csv", "map.html", "plan.gpkg", "provenance.json", "schools.csv"} <= {
        path.name for path in (tmp_path / "run").iterdir()
    }
    plan = read_plan(tmp_path / "run")
    assert plan.name == "merge" and plan.assignments["primary"].roll().to_dict() == {"S1": 216.0}
    assert 'lang="en"' in (tmp_path / "run" / "map.html").read_text(encoding="utf-8")[:2000]


def test_chinese_tables_are_aligned_and_not_folded(run: Run, villages: Path) -> None:
    done = run("solve", villages, "--scenario", villages / "merge.yaml", "--lang", "zh")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    start = next(i for i, line in enumerate(lines) if "指标" in line)
    rows = lines[start : lines.index("", start)] if "" in lines[start:] else lines[start : start + 12]
    table = [line for line in rows if line.startswith(" ")][:10]
    assert len({cell_len(line) for line in table}) == 1
    assert "河边小学" in done.stdout and "关闭" in done.stdout and "在办学校" in done.stdout


def test_names_can_neither_mark_up_nor_steer_the_terminal(run: Run, villages: Path) -> None:
    edit(villages / "schools.csv", "河边小学", "[red]河边[/red]")
    edit(villages / "merge.yaml", "into: S1", 'into: S1, reason: "\\e]0;x\\a"')
    done = run("solve", villages, "--scenario", villages / "merge.yaml")
    assert done.exit_code == 0
    assert "[red]河边[/red]" in done.stdout
    assert "\x1b" not in done.stdout and "\x07" not in done.stdout


def test_a_zone_map_is_scored(run: Run, villages: Path, tmp_path: Path) -> None:
    zones = tmp_path / "zones.csv"
    zones.write_text("place_id,school_id\nV1,S1\nV2,S2\nV3,S2\n", encoding="utf-8")
    done = run("solve", villages, "--zones", zones, "--out", tmp_path / "run")
    assert done.exit_code == 0
    assert read_plan(tmp_path / "run").assignments["primary"].school_of().to_dict() == {
        "V1": "S1",
        "V2": "S2",
        "V3": "S2",
    }


def test_faults_of_a_zone_map(run: Run, villages: Path, tmp_path: Path) -> None:
    zones = tmp_path / "zones.csv"
    zones.write_text("place_id,school_id\nV1,S1\nV9,S2\nV1,S2\n", encoding="utf-8")
    done = run("solve", villages, "--zones", zones)
    assert done.exit_code == 1
    assert 'row 3, place_id = "V9": no such place' in done.stderr
    assert 'row 4, place_id = "V1": the place stands in row 2 already.' in done.stderr
    zones.write_text("place,to\nV1,S1\n", encoding="utf-8")
    assert 'the column "school_id" is missing' in run("solve", villages, "--zones", zones).stderr


def test_infeasible_is_explained_and_written(run: Run, villages: Path, tmp_path: Path) -> None:
    edit(villages / "schools.csv", "180,270", "180,100")  # 190 seats for 216 pupils
    done = run("solve", villages, "--assign", "capacity", "--split", "--out", tmp_path / "run")
    assert done.exit_code == 1
    assert "cannot be done as asked" in done.stdout
    assert "Without a school: 26 pupils" in done.stdout
    assert "Infeasible" in done.stderr
    assert read_plan(tmp_path / "run").status == "infeasible"


def test_capacity_states_how_good_it_is(run: Run, villages: Path) -> None:
    done = run("solve", villages, "--assign", "capacity")
    assert done.exit_code == 0
    assert "primary · least travel within the seats · optimal within the gap asked for · proved best" in done.stdout


@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        ("edits: [{do: merge, school: S9, into: S1}]", "S9"),
        ("edits: [{do: close, school: S2}, {do: keep, school: S2}]", "{do: keep, school: S2}"),
        ("edits: [{do: merg, school: S2}]", "merg"),
        ("edits: [", "broken.yaml: not"),
        ("[1, 2]", "a scenario is a mapping"),
    ],
)
def test_a_broken_scenario(run: Run, villages: Path, scenario: str, told: str) -> None:
    (villages / "broken.yaml").write_text(scenario, encoding="utf-8")
    done = run("solve", villages, "--scenario", villages / "broken.yaml")
    assert done.exit_code == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_edits_of_later_years_wait(run: Run, villages: Path) -> None:
    edit(villages / "merge.yaml", "into: S1", "into: S1, year: 2026")
    early = run("solve", villages, "--scenario", villages / "merge.yaml", "--year", "2025")
    late = run("solve", villages, "--scenario", villages / "merge.yaml", "--year", "2026")
    assert "180 → 216" not in early.stdout and "180 → 216" in late.stdout


def test_modes(run: Run, villages: Path) -> None:
    assert run("solve", villages, "--mode", "straight").exit_code == 0
    assert run("solve", villages, "--mode", "primary=straight").exit_code == 0
    lacking = run("solve", villages, "--mode", "walk")
    assert lacking.exit_code == 1 and "the study has no roads" in lacking.stderr
    unknown = run("solve", villages, "--mode", "fly")
    assert unknown.exit_code == 1 and "fly" in unknown.stderr
    twice = run("solve", villages, "--mode", "walk", "--mode", "drive")
    assert twice.exit_code == 2 and "give one mode for all" in twice.stderr
    stage = run("solve", villages, "--mode", "primry=walk")
    assert stage.exit_code == 2 and 'did you mean "primary"' in stage.stderr


def test_rules_may_be_chosen(run: Run, villages: Path) -> None:
    done = run("today", villages, "--rules", "cn-sichuan-2014")
    assert done.exit_code == 0 and "国办发〔2018〕27号" not in done.stdout
    wrong = run("today", villages, "--rules", "cn-sichuan")
    assert wrong.exit_code == 1 and 'did you mean "cn-sichuan-2014"' in wrong.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("solve",),
        ("solve", "x", "--assign", "best"),
        ("solve", "x", "--gap", "2"),
        ("solve", "x", "--nosuch"),
        ("today", "x", "--lang", "fr"),
        ("map", "x"),
        ("chek", "x"),
    ],
)
def test_wrong_usage_ends_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert "Traceback" not in done.stderr


def test_a_map_and_a_rule_at_once_is_wrong_usage(run: Run, villages: Path) -> None:
    done = run("solve", villages, "--zones", "zones.csv", "--assign", "nearest")
    assert done.exit_code == 2 and "not both" in done.stderr


def test_a_folder_of_others_is_never_replaced(run: Run, villages: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.doc").write_text("ten years of work", encoding="utf-8")
    done = run("today", villages, "--out", foreign)
    assert done.exit_code == 1 and "was not written by this program" in done.stderr
    assert files(foreign) == ["thesis.doc"]


def test_a_run_of_ours_is_replaced(run: Run, villages: Path, tmp_path: Path) -> None:
    assert run("today", villages, "--out", tmp_path / "run").exit_code == 0
    assert run("solve", villages, "--scenario", villages / "merge.yaml", "--out", tmp_path / "run").exit_code == 0
    assert read_plan(tmp_path / "run").name == "merge"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "villages"]


def test_interrupted_while_writing_leaves_nothing(
    run: Run, villages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("layout_planner.plan.folder.draw", stop)
    done = run("today", villages, "--out", tmp_path / "run")
    assert done.exit_code == 130
    assert "Interrupted" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["villages"]


def test_a_folder_that_cannot_be_written(run: Run, villages: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = run("today", villages, "--out", tmp_path / "file" / "run")
    assert done.exit_code == 1
    assert str(tmp_path / "file") in done.stderr and "Traceback" not in done.stderr


def test_input_is_never_changed(run: Run, villages: Path, tmp_path: Path) -> None:
    before = {path: (villages / path).read_bytes() for path in files(villages)}
    run("solve", villages, "--scenario", villages / "merge.yaml", "--out", tmp_path / "run")
    assert {path: (villages / path).read_bytes() for path in files(villages)} == before


def test_solve_draws_zones_in_one_piece(run: Run, villages: Path) -> None:
    told = run("solve", villages, "--assign", "contiguous", "--mode", "straight", "--time-limit", "5", "--out", "zones")
    assert told.exit_code == 0, told.output
    assert "optimal" in told.output
    table = Path("zones/zones.csv").read_text(encoding="utf-8-sig")
    assert table.splitlines()[0] == "place_id,stage,grades,school_id"
    assert len(table.splitlines()) == 4
