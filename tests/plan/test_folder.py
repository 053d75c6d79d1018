"""The run folder: there and back, whole or not at all, and nothing foreign is ever touched."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.assignment.solve import solve, today
from layout_planner.base.errors import RunError
from layout_planner.base.messages import using_language
from layout_planner.plan import Assignment, Plan, folder, read_plan
from layout_planner.scenario import Board, Close, Expand, Merge, Pin, Scenario
from layout_planner.study import Study
from tests.toy.county import line_county, line_travel, nine_year_county

RULES = lp.Rules.load("cn-large-class", "cn-quality-balance").with_("a 'reason', with = signs", primary={
    "reach_minutes[1-3]": 5, "school_size": 200})  # fmt: skip
TRAVEL = line_travel({1: 1.25})


def without_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """The map is the show room's business; here the folder is."""

    class Nothing:
        def save(self, path: Path) -> None:
            pass

    monkeypatch.setattr(Plan, "map", lambda _: Nothing())


@pytest.fixture(autouse=True)
def _no_map(monkeypatch: pytest.MonkeyPatch) -> None:
    without_map(monkeypatch)


@lru_cache(maxsize=1)
def full() -> Plan:
    """Everything there may be: two stages, pupils from outside, some without a seat, boarders, notes, findings."""
    study = nine_year_county()
    rolls = study.rolls.copy()
    rolls.loc[(rolls["school_id"] == "S1") & (rolls["grade"] == 1), "pupils"] += 3
    rolls.loc[(rolls["school_id"] == "S3") & (rolls["grade"] == 8), "pupils"] += 2
    study = study.with_(rolls=rolls, offers=study.offers.assign(seats=[270.0, 100.0, 200.0, 100.0, 80.0]))
    edits = [Merge("S1", into="S2", stage="primary", reason="=1+1"), Pin("A", school="S3"), Board("S3", beds=9)]
    return solve(study, TRAVEL, RULES, scenario=Scenario("山区 = 1", edits, note="两行\n文字"))


def same_assignment(one: Assignment, two: Assignment) -> None:
    for name in ("flows", "unplaced", "outside"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))
    assert (one.stage, one.method, one.status, one.notes) == (two.stage, two.method, two.status, two.notes)
    np.testing.assert_array_equal([one.objective, one.bound, one.gap], [two.objective, two.bound, two.gap])
    assert dict(one.work) == dict(two.work)
    assert one.seconds == two.seconds


def same_plan(one: Plan, two: Plan) -> None:
    assert (one.name, one.status, one.scenario) == (two.name, two.status, two.scenario)
    assert list(one.assignments) == list(two.assignments)
    for stage in one.assignments:
        same_assignment(one.assignments[stage], two.assignments[stage])
    pd.testing.assert_frame_equal(one.scorecard.table, two.scorecard.table)
    pd.testing.assert_frame_equal(one.findings, two.findings)
    assert one.rules.table() == two.rules.table()
    assert one.rules.profiles == two.rules.profiles
    assert dict(one.provenance) == dict(two.provenance)


def files(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}


def test_a_plan_comes_back_as_it_was(tmp_path: Path) -> None:
    plan = full()
    assert len(plan.unplaced) and len(plan.outside) and len(plan.findings)
    assert plan.status == "infeasible"
    back = read_plan(plan.write(tmp_path / "run"))
    same_plan(plan, back)
    assert plan.base is not None and back.base is not None
    same_plan(plan.base, back.base)
    pd.testing.assert_frame_equal(back.travel.minutes, TRAVEL.minutes)  # type: ignore[union-attr]
    assert dict(back.travel.pace) == {1: 1.25}  # type: ignore[union-attr]
    # Written again it is the same again.
    same_plan(back, read_plan(back.write(tmp_path / "again")))


@pytest.mark.slow
@pytest.mark.parametrize("assign", ["nearest", "nearest_seats", "capacity"])
def test_every_rule_comes_back(assign: str, tmp_path: Path) -> None:
    plan = solve(line_county(), TRAVEL, RULES, scenario=Scenario("x", [Close("S1")]), assign=assign)
    same_plan(plan, read_plan(plan.write(tmp_path / "run")))
    same_plan(plan.base, read_plan(plan.base.write(tmp_path / "base")))  # type: ignore[union-attr, arg-type]


def test_a_mapping_of_ways_comes_back(tmp_path: Path) -> None:
    study, other = nine_year_county(), line_travel({7: 0.9})
    ways = {"primary": TRAVEL, "junior": other}
    back = read_plan(today(study, ways, RULES).write(tmp_path / "run"))
    assert list(back.travel) == ["primary", "junior"]  # type: ignore[arg-type]
    assert dict(back.travel["junior"].pace) == {7: 0.9}  # type: ignore[index]
    bands = {("primary", "1-3"): TRAVEL, ("primary", "4-6"): other, ("junior", "7-9"): other}
    plan = today(study, bands, RULES)
    back = read_plan(plan.write(tmp_path / "bands"))
    assert list(back.travel) == list(bands)  # type: ignore[arg-type]
    assert len(list((tmp_path / "bands").glob("travel_*.parquet"))) == 2


def test_today_of_the_study_inside_is_the_plan(tmp_path: Path) -> None:
    plan = full()
    run = plan.write(tmp_path / "run")
    again = today(lp.read_study(run / "study"), TRAVEL, RULES)
    for stage, assignment in plan.assignments.items():
        roll = assignment.roll_by_grade()
        found = again.assignments[stage].roll_by_grade()
        np.testing.assert_allclose(found.reindex(roll.index, fill_value=0.0), roll)


def test_an_opened_site_keeps_its_way_when_read_back(tmp_path: Path) -> None:
    scenario = Scenario("x", [lp.Open("X1", school="N1"), Close("S3")])
    plan = solve(line_county(), TRAVEL, RULES, scenario=scenario)
    back = read_plan(plan.write(tmp_path / "run"))
    assert back.study.site_of(["N1", "S2"]) == ["X1", "S2"]
    further = solve(back.study, back.travel, RULES, scenario=Scenario("y", [Close("S2")]))
    assert further.assignments["primary"].roll()["N1"] == 180


def test_text_a_spreadsheet_would_run_is_guarded_and_reads_back(tmp_path: Path) -> None:
    nasty = ["=1+1", "+86", "-x", "@sum", "'quoted", "＝1", 'a,b\n"c"', "\tx", "0123", "NA", "真", "1e5", "x"]
    study = line_county()
    names = pd.Series(nasty[:7], index=study.places.index, dtype="str")
    study = study.with_(places=study.places.assign(name=names), schools=study.schools.assign(name=nasty[7:10]))
    plan = solve(study, TRAVEL, RULES, scenario=Scenario("=1+1", [Expand("S1", seats=9), Expand("S2", seats=9)]))
    assert len(plan.findings)
    run = plan.write(tmp_path / "run")
    same_plan(plan, read_plan(run))
    for name in ("findings", "schools", "assignment"):
        raw = pd.read_csv(run / f"{name}.csv", dtype="str", keep_default_na=False, encoding="utf-8-sig")
        for column in raw:
            cells = raw[column][raw[column] != ""]
            numbers = pd.to_numeric(cells, errors="coerce").notna()
            assert not cells[~numbers].str.match(r"[=+\-@\t\r＝＋－＠]").any()
    back = read_plan(run).study
    assert back.places["name"].tolist() == nasty[:7]


def test_codes_that_look_like_numbers_stay_text(tmp_path: Path) -> None:
    study = line_county()
    codes = {"S1": "0001", "S2": "1e5", "S3": "NA"}
    minutes = TRAVEL.minutes.rename(columns=codes)
    study = study.with_(
        schools=study.schools.rename(index=codes), offers=study.offers.rename(index=codes, level="school_id"),
        rolls=study.rolls.assign(school_id=study.rolls["school_id"].map(codes)),
    )  # fmt: skip
    plan = today(study, TRAVEL.with_(minutes=minutes, metres=minutes), RULES)
    back = read_plan(plan.write(tmp_path / "run"))
    same_plan(plan, back)
    assert set(back.flows["school_id"]) == {"0001", "1e5", "NA"}


@pytest.mark.slow
def test_a_foreign_folder_is_never_replaced(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.docx").write_text("years of work")
    for language in ("en", "zh"):
        with using_language(language), pytest.raises(RunError):  # type: ignore[arg-type]
            full().write(mine)
    assert files(mine) == {"thesis.docx": b"years of work"}
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError):
        full().write(tmp_path / "file")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "mine"]
    empty = tmp_path / "empty"
    empty.mkdir()
    full().write(empty)
    assert (empty / "provenance.json").is_file()


def test_an_earlier_run_is_replaced_whole(tmp_path: Path) -> None:
    run = full().write(tmp_path / "run")
    (run / "leftover.txt").write_text("of the earlier run")
    today(line_county(), TRAVEL, RULES).write(run)
    assert not (run / "leftover.txt").exists()
    assert not (run / "base").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.slow
@pytest.mark.parametrize("step", ["_write_tables", "write_study", "_write_travel", "draw", "_json"])
@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_half_written_stays_when_writing_fails(
    step: str, fault: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = today(line_county(), TRAVEL, RULES).write(tmp_path / "run")
    before = files(run)

    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(folder, step, fail)
    with pytest.raises(RunError if isinstance(fault, OSError) else KeyboardInterrupt):
        full().write(run)
    with pytest.raises(RunError if isinstance(fault, OSError) else KeyboardInterrupt):
        full().write(tmp_path / "new")
    assert files(run) == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_the_earlier_run_stands_again_when_the_last_step_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = today(line_county(), TRAVEL, RULES).write(tmp_path / "run")
    before = files(run)
    replace = Path.replace

    def fail(self: Path, target: Path) -> Path:
        if self.name.startswith(".part-") and not self.suffix and Path(target) == run:
            raise PermissionError("in use")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(RunError, match="in use"):
        full().write(run)
    assert files(run) == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(RunError):
        full().write(locked / "run")


def damage(run: Path, **changes: object) -> None:
    told = json.loads((run / "provenance.json").read_text(encoding="utf-8"))
    (run / "provenance.json").write_text(json.dumps(told | changes), encoding="utf-8")


def test_what_is_no_run_or_a_damaged_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not a run folder"):
        read_plan(tmp_path)
    plan = today(line_county(), TRAVEL, RULES)
    for name, changes in (
        ("newer", {"format": 99}), ("travel", {"travel": [{"key": None, "file": "absent.parquet"}]}),
        ("rules", {"rules": [{"rule": "x"}]}), ("assignments", {"assignments": {"primary": {}}}),
    ):  # fmt: skip
        run = plan.write(tmp_path / name)
        damage(run, **changes)
        with pytest.raises(lp.LayoutPlannerError):
            read_plan(run)
    run = plan.write(tmp_path / "table")
    (run / "assignment.csv").unlink()
    with pytest.raises(RunError, match="damaged"):
        read_plan(run)
    (run / "provenance.json").write_text("[]")
    with pytest.raises(RunError, match="format None"):
        read_plan(run)
    (run / "provenance.json").write_text("{")
    with pytest.raises(RunError, match="not a run folder"):
        read_plan(run)
    run = plan.write(tmp_path / "study")
    (run / "study" / "study.toml").write_text("name = ")
    with pytest.raises(lp.LayoutPlannerError):
        read_plan(run)


def test_a_travel_file_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    plan = today(line_county(), TRAVEL, RULES)
    other = plan.write(tmp_path / "other")
    run = plan.write(tmp_path / "run")
    (run / "travel_line.parquet").unlink()
    damage(run, travel=[{"key": None, "file": "../other/travel_line.parquet"}])
    assert (other / "travel_line.parquet").is_file()
    with pytest.raises(lp.LayoutPlannerError):
        read_plan(run)


def test_a_study_without_pupils_makes_a_plan_that_comes_back(tmp_path: Path) -> None:
    study: Study = line_county()
    plan = today(study.with_(pupils=study.pupils.iloc[:0], rolls=study.rolls.iloc[:0]), TRAVEL, RULES)
    assert not plan.assignments
    back = read_plan(plan.write(tmp_path / "run"))
    assert back.status == "rule"
    assert back.flows.empty
