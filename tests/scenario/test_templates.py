"""Templates: rules filled in for a county, by hand on the county on a line, and for the sample studies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import layout_planner as lp
from layout_planner.assignment.solve import solve
from layout_planner.scenario import Board, Edit, Expand, Merge, Open
from layout_planner.scenario.templates import Template, template_names
from layout_planner.study import Study
from tests.toy.county import line_county, line_travel


def fill(text: str, folder: Path, study: Study | None = None) -> list[Edit]:
    file = folder / "reform.yaml"
    file.write_text(f"name: reform\nsteps:\n{text}", encoding="utf-8")
    return list(Template.read(file).fill(county() if study is None else study).edits)


def county(**seats: float) -> Study:
    """S1 stands in the country, S2 and S3 in town."""
    made = line_county(seats=seats or None)
    return made.with_(townships=made.townships.assign(urban_rural=["220", "121"]))


TO_TOWN = "- {do: merge, stage: primary, where: \"area = 'country'\", among: \"area = 'town'\", REST}\n"
FIT = "- {do: expand, stage: primary, where: receives > 0, reason: room}\n"


def test_all_to_town_and_room_for_those_who_come(tmp_path: Path) -> None:
    merge, expand = fill(TO_TOWN.replace("REST", "into: nearest") + FIT, tmp_path)
    assert isinstance(merge, Merge)
    assert (merge.school, merge.into, merge.stage) == ("S1", "S2", "primary")  # 10 away, S3 is 18 away
    assert isinstance(expand, Expand)
    assert (expand.school, expand.seats, expand.reason) == ("S2", 360, "room")  # 180 + 180; two more classes of 45
    plan = solve(county(), line_travel(), scenario=lp.Scenario("reform", [merge, expand]))
    assert plan.assignments["primary"].roll().to_dict() == {"S2": 360, "S3": 60}


@pytest.mark.parametrize(
    ("rest", "seats", "into"),
    [
        ("into: nearest", {}, "S2"),
        ("into: nearest, within: seats", {"S2": 270, "S3": 270}, "S3"),  # S2 has 90 free, S3 has 210
        ("into: nearest, within: seats", {"S2": 400, "S3": 270}, "S2"),
        ("into: nearest, within: seats", {"S2": 200, "S3": 100}, "S3"),  # neither has 180; S3 has more
        ("into: largest", {}, "S2"),
    ],
)
def test_where_a_school_merges_into(rest: str, seats: dict[str, float], into: str, tmp_path: Path) -> None:
    (merge,) = fill(TO_TOWN.replace("REST", rest), tmp_path, county(**seats))
    assert merge.into == into  # type: ignore[union-attr]


def test_beds_are_the_capacity_of_boarding(tmp_path: Path) -> None:
    made = county()
    made = made.with_(offers=made.offers.assign(beds=[0.0, 150.0, 200.0], boarders=[0.0, 0.0, 10.0]))
    text = TO_TOWN.replace("REST", "within: beds") + "- {do: board, stage: primary, beyond_minutes: 60}\n"
    edits = fill(text, tmp_path, made)
    assert edits[0].into == "S3"  # type: ignore[union-attr]  # 190 beds free for 180, S2 has 150
    boards = [edit for edit in edits if isinstance(edit, Board)]
    assert [(edit.school, edit.beds, edit.beyond_minutes) for edit in boards] == [("S2", 150, 60), ("S3", 200, 60)]


def test_every_township_keeps_its_last_school(tmp_path: Path) -> None:
    text = (
        "- {do: merge, stage: primary, where: township_schools > 1}\n- {do: merge, stage: primary, where: roll < 999}\n"
    )
    edits = fill(text, tmp_path)
    # S3 (60) goes to S2; S2 is then the last of its township, and as a receiver it stays in the second step too.
    assert [(edit.school, edit.into) for edit in edits] == [("S3", "S2"), ("S1", "S2")]  # type: ignore[union-attr]
    only = fill(text.replace("999}", "999, first: 1}"), tmp_path)
    assert len(only) == 2
    assert len(fill("- {do: merge, stage: primary, first: 1, by: next_metres}\n", tmp_path)) == 1


def test_campus_kindergarten_and_sites(tmp_path: Path) -> None:
    text = "- {do: merge, stage: primary, where: roll < 100, site: SITE}\n- {do: open, stage: primary}\n"
    campus, opened = fill(text.replace("SITE", "campus"), tmp_path)
    assert (campus.site, campus.into) == ("campus", "S2")  # type: ignore[union-attr]
    assert isinstance(opened, Open)
    assert opened.site == "X1"
    assert fill(text.replace("SITE", "campus") + FIT, tmp_path)[2:] == []  # a campus sends nobody
    twice = fill("- {do: open, stage: primary}\n" * 2, tmp_path)
    assert len(twice) == 1


def test_who_may_not_receive(tmp_path: Path) -> None:
    made = county()
    private = made.with_(schools=made.schools.assign(ownership=["public", "private", "public"]))
    (merge,) = fill(TO_TOWN.replace("REST", "into: nearest"), tmp_path, private)
    assert merge.into == "S3"  # type: ignore[union-attr]
    some = line_county(grades={"S2": (1, 2, 3), "S3": (1, 2, 3)})
    some = some.with_(townships=made.townships)
    assert fill(TO_TOWN.replace("REST", "into: nearest"), tmp_path, some) == []  # none has grades 4 to 6
    assert fill("- {do: merge, stage: junior}\n- {do: expand, stage: primary}\n", tmp_path) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- {do: burn, stage: primary}\n", "do"),
        ("- {do: merge, stage: primary, wher: roll > 1}\n", r"steps\.0\.wher"),
        ("- {do: merge, stage: primary, where: rol > 1}\n", "rol"),
        ("- {do: merge, stage: primary, by: size}\n", "size"),
        ("  []\n", "steps"),
        ("- {do: &a merge}\n", "YAML"),
    ],
)
def test_faults_are_named(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(lp.ScenarioError, match=told):
        fill(text, tmp_path)


def test_no_such_template() -> None:
    with pytest.raises(lp.ScenarioError, match="rural-county"):
        Template.read("rural-conty")


@pytest.mark.parametrize(
    ("name", "sample"), [("rural-county", "fuxi"), ("urban-district", "zhigang"), ("senior-to-town", "zhigang")]
)
def test_the_templates_of_the_package_fit_the_samples(name: str, sample: str) -> None:
    assert name in template_names()
    study = lp.sample(sample)
    scenario = Template.read(name).fill(study)
    assert scenario.edits
    assert scenario.note
    after = lp.scenario.apply(study, scenario)  # nothing contradicts anything
    assert len(after.schools) >= len(study.schools)
    merged = {edit.school for edit in scenario.edits if isinstance(edit, Merge)}
    assert not merged & {edit.into for edit in scenario.edits if isinstance(edit, Merge)}
    assert np.isfinite([edit.seats for edit in scenario.edits if isinstance(edit, Expand)]).all()
