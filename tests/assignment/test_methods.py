"""The recipe "add a method": one value, handed in, goes through provenance, run folder, tables and page."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from layout_planner.assignment.methods import METHODS
from layout_planner.assignment.methods.method import Method
from layout_planner.assignment.moves import Move, assignable, case_of
from layout_planner.assignment.results import settle
from layout_planner.assignment.solve import solve, today
from layout_planner.base.errors import DataError
from layout_planner.base.messages import Text, using_language
from layout_planner.cli import tables
from layout_planner.consolidation.consolidate import consolidate
from layout_planner.page.method_words import METHODS as KNOWN
from layout_planner.page.method_words import method_words
from layout_planner.page.payload import page_data
from layout_planner.plan import Assignment, Plan, read_plan
from layout_planner.scenario import Close, Scenario
from tests.toy.county import line_county, line_travel


def _last_school(move: Move) -> Assignment:
    """Everybody to the last school of the list, full or not."""
    case = case_of(move)
    fixed, rows, outside, homeless = assignable(move, case)
    placed = pd.concat([fixed, rows.assign(school_id=case.schools[-1])])
    return settle(move, case, placed, rows.iloc[:0], outside, homeless, LAST, 0.0, [])


LAST = Method("last_school", Text("all to the last school", "一律到最后一所"), _last_school, seats=False)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return solve(line_county(), line_travel(), assign=LAST)


def test_a_method_of_ones_own_is_carried_out(plan: Plan) -> None:
    assert plan.assignments["primary"].roll().to_dict() == {"S3": 420.0}  # 7 villages × 6 grades × 10, 270 seats
    assert plan.assignments["primary"].status == "rule"
    assert plan.scorecard.value("over_full_pupils", "primary") == 150.0


def test_it_stands_in_the_provenance_and_the_run_folder(plan: Plan, tmp_path: Path) -> None:
    assert plan.provenance["options"]["assign"] == "last_school"
    plan.write(tmp_path / "run")
    told = json.loads((tmp_path / "run" / "provenance.json").read_text(encoding="utf-8"))
    assert told["assignments"]["primary"]["method"] == "last_school"
    back = read_plan(tmp_path / "run")
    assert method_words(back.assignments["primary"]) == LAST.words


def test_the_verifier_holds_it_to_what_it_promises(plan: Plan, tmp_path: Path) -> None:
    """It asks the assignment, so that a new method is in no list of the verifier's; a folder brings it along."""

    def said(one: Plan, name: str) -> list[bool | None]:
        one.write(tmp_path / name)
        return [
            check.holds
            for again in (one, read_plan(tmp_path / name))
            for check in again.verify().checks
            if check.name == "seats"
        ]

    assert said(plan, "honest") == [None, None]
    boast = plan.assignments["primary"].with_(promises=replace(LAST, seats=True).promises)
    assert said(plan.with_(assignments={"primary": boast}), "boastful") == [False, False]


def test_its_words_stand_in_tables_and_on_the_page(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    with using_language("zh"):
        tables.show_status(plan)
    assert "一律到最后一所" in capsys.readouterr().out
    data = page_data([plan], "zh")
    assert data["views"]["primary"][0]["status"]["method"] == {"zh": "一律到最后一所", "en": "all to the last school"}


def test_a_plain_callable_will_do() -> None:
    def as_it_was(move: Move) -> Assignment:
        return move.base

    plan = solve(line_county(), line_travel(), assign={"primary": as_it_was})
    assert plan.provenance["options"]["assign"] == "as_it_was"
    assert plan.assignments["primary"].method == "as_it_was"
    assert plan.assignments["primary"].roll().to_dict() == {"S1": 180.0, "S2": 180.0, "S3": 60.0}


def test_what_is_no_method_is_refused() -> None:
    with pytest.raises(DataError, match="gave no Assignment"):
        solve(line_county(), line_travel(), assign=lambda move: None)  # type: ignore[arg-type, return-value]
    for wrong in (3, Assignment, Method("today", Text("", ""))):
        with pytest.raises(DataError, match="assign is a"):
            solve(line_county(), line_travel(), assign=wrong)  # type: ignore[arg-type]


def test_every_method_of_ours_has_words_in_both_languages() -> None:
    made_elsewhere = {"today", "assumed", "given", "consolidate", "consolidate_stay", "counter", "phase_in", "shared"}
    assert set(KNOWN) == set(METHODS) | made_elsewhere
    for name, words in KNOWN.items():
        assert words.zh and words.en and words.zh != words.en and words.en != name


def test_a_folder_keeps_to_the_names_of_our_own(tmp_path: Path) -> None:
    """Run folders have not changed: only a method of one's own brings its words along."""
    solve(line_county(), line_travel(), assign="nearest").write(tmp_path / "run")
    told = json.loads((tmp_path / "run" / "provenance.json").read_text(encoding="utf-8"))
    assert "words" not in told["assignments"]["primary"]


def test_the_page_has_words_for_plans_that_were_optimised() -> None:
    plan = consolidate(line_county(), line_travel(), stage="primary", keep=2)
    assert isinstance(plan, Plan)
    view = page_data([plan.base, plan], "zh")["views"]["primary"]  # type: ignore[list-item]
    assert view[1]["status"]["method"]["zh"] == "优选保留学校，总费用最低"


def test_who_is_sent_to_the_nearest_counts_as_moved_though_today_is_assumed() -> None:
    study = line_county()
    bare = study.with_(rolls=study.rolls.iloc[:0])
    travel = line_travel()
    assert today(bare, travel).assignments["primary"].method == "assumed"
    closing = Scenario("x", [Close("S3")])
    for method, number in (("stay", 60.0), ("stay_nearest", 60.0), ("nearest", np.nan)):
        found = solve(bare, travel, scenario=closing, assign=method).scorecard.value("pupils_moved", "primary")
        assert found == pytest.approx(number, nan_ok=True)
