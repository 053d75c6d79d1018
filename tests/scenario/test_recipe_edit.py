"""The recipe for a new edit: one class, and checking, applying, YAML, ledger, phasing and the command line follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

import pytest
from pydantic import Field
from pydantic.dataclasses import dataclass

import layout_planner as lp
from layout_planner.assignment.solve import solve
from layout_planner.base.errors import ScenarioError
from layout_planner.base.messages import Text, using_language
from layout_planner.cli.tables import show_edits
from layout_planner.cli.template import show_edit_counts
from layout_planner.measures.mergers import ledger
from layout_planner.phasing.phase import phase
from layout_planner.scenario import Close, Edit, Expand, Scenario, apply, destinations
from layout_planner.scenario.edit import SchoolEdit
from layout_planner.scenario.edits import EDITS, LABELS
from layout_planner.scenario.reading import load_plain
from layout_planner.scenario.scope import FROZEN
from layout_planner.scenario.standing import Fault, Standing
from layout_planner.scenario.works import Works
from tests.toy.county import line_county, line_travel

RULES = lp.Rules.load("cn-large-class", "cn-quality-balance")


@dataclass(frozen=True, config=FROZEN)
class HandUp(SchoolEdit):
    """Send a primary school's grades from 4 on to another school; it stays as a lower school."""

    into: str
    do: Literal["hand_up"] = Field(default="hand_up", repr=False, kw_only=True)

    label: ClassVar[Text] = Text("hand up", "高段上移")
    ends: ClassVar[bool] = True

    @property
    def names(self) -> tuple:
        return ("school", self.school), ("school", self.into)

    @property
    def receiver(self) -> str:
        return self.into

    @property
    def becomes(self) -> str:
        return "lower school"

    @property
    def empties(self) -> bool:
        return False

    def ended_grades(self, stage: str, grades: Iterable[int]) -> set[int]:
        return {grade for grade in grades if grade >= 4} if stage == "primary" else set()

    def destination(self, year: int | None) -> str:
        return self.into

    def faults(self, standing: Standing) -> Iterator[Fault]:
        found = [*standing.not_running(self, self.school), *standing.not_open(self, self.into)]
        yield from found
        if not found:
            standing.end(replace(self, grades="4-6"), self.school)

    def apply(self, works: Works) -> None:
        works.end(self.school, replace(self, grades="4-6"))


HAND = HandUp("S3", into="S2", reason="few pupils")


def refused(*edits: Edit) -> str:
    with using_language("en"), pytest.raises(ScenarioError) as caught:
        apply(line_county(), Scenario("x", edits))
    return str(caught.value)


def test_it_is_checked_like_the_others() -> None:
    assert 'no school "S33" in the study (did you mean "S3' in refused(HandUp("S33", into="S2"))
    assert "HandUp('S3', into='S2') ↔ Close('S3'): one school cannot end twice." in refused(HAND, Close("S3"))
    assert "HandUp('S3', into='S2') ↔ Close('S2'): the receiving school ends" in refused(HAND, Close("S2"))
    # In the course of the edits: grades 4 to 6 are not there any more a year later.
    later = refused(replace(HAND, year=2024), Close("S3", grades="4-6", year=2025))
    assert "Close('S3', grades='4-6', year=2025) ↔ HandUp('S3'" in later
    assert later.endswith("S3 has grades 1-3 only.")


def test_it_is_applied() -> None:
    study = apply(line_county(), Scenario("x", [HAND]))
    assert study.offers.at[("S3", "primary"), "grades"] == (1, 2, 3)
    assert study.schools.at["S3", "state"] == "open"
    assert destinations(Scenario("x", [HAND]), "primary", 5) == {"S3": "S2"}


def test_it_is_written(tmp_path: Path) -> None:
    file = Scenario("x", [HAND]).write(tmp_path / "x.yaml")
    edits = load_plain(file.read_text(encoding="utf-8"))["edits"]
    assert edits == [{"do": "hand_up", "reason": "few pupils", "school": "S3", "into": "S2"}]


def test_its_pupils_stand_in_the_ledger_and_get_a_year(capsys: pytest.CaptureFixture[str]) -> None:
    plan = solve(line_county(), line_travel(), RULES, scenario=Scenario("x", [HAND, Expand("S2", seats=300)]))
    # G has 60 children at the gate of S3, ten a grade: 30 stay, 30 go 8 minutes to S2.
    rows = ledger(plan).set_index("to_school")
    assert rows["pupils"].to_dict() == {"S2": 30, "S3": 30}
    assert set(rows["site"]) == {"lower school"}
    assert rows.at["S2", "minutes_after"] == 8
    timed = phase(plan, start=2024, end=2026)
    row = timed.table.set_index("do").loc["hand_up"]
    assert (row["school_id"], row["into"], row["pupils"]) == ("S3", "S2", 30)
    assert timed.by_year()["closures"].sum() == 1
    roll = timed.plans[int(row["year"])].assignments["primary"].roll()
    assert roll.to_dict() == {"S1": 180, "S2": 210, "S3": 30}
    with using_language("zh"):
        show_edits(plan)
        show_edit_counts(plan.scenario)
    said = capsys.readouterr().out
    assert "高段上移 三小 → 二小 (few pupils)" in said
    assert said.count("高段上移") == 2


def test_every_edit_has_a_word_and_a_name_of_its_own() -> None:
    assert len(LABELS) == len({label.zh for label in LABELS.values()}) == len(EDITS) == 10
