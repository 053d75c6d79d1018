"""What a scenario may not say: unknown names with a suggestion, and contradictions with both edits named."""

from __future__ import annotations

import re

import pytest
import yaml

from layout_planner.base.errors import ScenarioError
from layout_planner.base.messages import using_language
from layout_planner.base.notation import writing_for_files
from layout_planner.scenario import (
    Board,
    Bus,
    Close,
    Convert,
    Edit,
    Expand,
    Keep,
    Merge,
    Open,
    Pin,
    Rebuild,
    Scenario,
    check_scenario,
)
from tests.toy.county import nine_year_county

COUNTY = nine_year_county()
CLOSED = COUNTY.with_(schools=COUNTY.schools.assign(state=["open", "open", "closed"]))

CONTRADICTIONS: list[tuple[Edit, Edit, str]] = [
    (Close("S1"), Close("S1"), "end twice"),
    (Close("S2", stage="junior"), Merge("S2", into="S3", stage="junior"), "end twice"),
    (Merge("S1", into="S2"), Convert("S1", to="kindergarten", seats=60), "end twice"),
    (Keep("S1"), Close("S1"), "kept"),
    (Merge("S1", into="S2", site="campus"), Keep("S1"), "kept"),
    (Close("S1"), Expand("S1", seats=300), "enlarged"),
    (Expand("S1", add_seats=30, year=2025), Close("S1", year=2024), "enlarged"),
    (Rebuild("S1", 300), Merge("S1", into="S2"), "enlarged"),
    (Expand("S1", seats=300), Expand("S1", seats=330), "two totals"),
    (Expand("S1", seats=300), Rebuild("S1", 330), "two totals"),
    (Merge("S1", into="S2", stage="primary"), Close("S2", stage="primary"), "receiving school ends"),
    (Merge("S1", into="S2", stage="primary"), Merge("S2", into="S3"), "receiving school ends"),
    (Pin("A", school="S1"), Close("S1"), "ends"),
    (Pin("A", school="S1"), Pin("A", school="S2"), "two schools"),
    (Pin("A", school="S2", grades="1-3"), Pin("A", school="S1", grades="3-6"), "two schools"),
    (Open("X1"), Open("X1", school="N2"), "twice"),
    (Open("X1", school="N1"), Close("N1"), "opens and ends"),
    (Board("S1"), Close("S1"), "boarders or a bus"),
    (Bus("S1"), Bus("S1", capacity=40), "two orders"),
    (Close("S1", year=2024), Close("S1", year=2026), "has ended by then"),
    (Close("S1", year=2024), Expand("S1", seats=300, year=2023, stage="junior"), "offers primary"),
    (Merge("S1", into="S2", stage="primary", year=2025), Close("S2", year=2024), "has ended by then"),
    (Merge("S1", into="X1"), Open("X1", year=2026), "opens only later"),
    (Merge("S1", into="X1"), Open("X1"), "opens only later"),
    (Close("S2", grades="4-6", year=2024), Merge("S1", into="S2", year=2025), "does not have grades 4-6"),
]


@pytest.mark.parametrize(("one", "two", "why"), CONTRADICTIONS)
def test_a_contradiction_names_both_edits_whatever_their_order(one: Edit, two: Edit, why: str) -> None:
    edits = [one, two]
    orders = [edits] if why == "opens only later" else [edits, edits[::-1]]
    for order in orders:
        with using_language("en"), pytest.raises(ScenarioError, match=why) as caught:
            check_scenario(COUNTY, Scenario("x", order))
        told = str(caught.value)
        if "offers primary" not in why:  # one edit wrong by itself
            for edit in order:
                assert f"{type(edit).__name__}('" in told
            assert "↔" in told
        with using_language("zh"), pytest.raises(ScenarioError, match="处错误"):
            check_scenario(COUNTY, Scenario("x", order))


AGREEING: list[list[Edit]] = [
    [],
    [Close("S2", stage="primary"), Close("S2", stage="junior")],
    [Close("S1", grades="4-6"), Close("S1", grades="1-3")],
    [Close("S1", grades="4-6", year=2024), Close("S1", year=2026)],
    [Merge("S1", into="S2", site="teaching_point", stage="primary", year=2024), Close("S1", year=2027)],
    [Merge("S1", into="S2", site="campus", stage="primary"), Expand("S1", seats=300)],
    [Merge("S1", into="S2", stage="primary", year=2024), Merge("S2", into="S3", year=2025)],
    [Expand("S1", seats=300, year=2023), Close("S1", year=2030)],
    [Expand("S1", seats=300), Expand("S1", add_seats=30)],
    [Expand("S1", seats=300, year=2024), Expand("S1", seats=330, year=2025)],
    [Close("S3", year=2024), Open("S3", year=2028)],
    [Open("X1"), Merge("S1", into="X1"), Expand("X1", add_seats=90)],
    [Merge("S1", into="X1", year=2025), Open("X1", year=2024)],
    [Keep("S1"), Keep("S1"), Expand("S1", seats=300)],
    [Pin("A", school="S1", grades="1-3"), Pin("A", school="S2", grades="4-6")],
    [Pin("A", school="S2"), Pin("A", school="S2")],
    [Convert("S1", to="kindergarten"), Close("S2", stage="primary")],
    [Merge("S1", into="S2", site="kindergarten")],
    [Board("S1"), Board("S2"), Bus("S1")],
]


@pytest.mark.parametrize("edits", AGREEING, ids=range(len(AGREEING)))
def test_edits_that_agree_pass(edits: list[Edit]) -> None:
    check_scenario(COUNTY, Scenario("x", edits))


WRONG: list[tuple[Edit, str]] = [
    (Close("S9"), r"no school .S9. in the study \(did you mean .S\d "),
    (Close("二小"), "did you mean .S2 二小"),
    (Merge("S1", into="三小学"), "did you mean .S3 三小"),
    (Close("qqqqqq"), "no school .qqqqqq. in the study; check the id"),
    (Rebuild("S1", 300, host="S8"), "no school .S8."),
    (Open("X2"), "no candidate site .X2. in the study .did you mean .X1 新址"),
    (Open("X1", parent="S7"), "no school .S7."),
    (Pin("a村", school="S1"), "no place .a村."),
    (Close("S1", grades="1..3"), "write grades as"),
    (Close("S1", grades="7-9"), "S1 has grades 1-6 only"),
    (Close("S1", stage="junior"), "school S1 offers primary"),
    (Pin("A", school="S1", stage="junior"), "school S1 offers primary"),
    (Expand("S2", seats=300), "several stages"),
    (Rebuild("S2", 300), "several stages"),
    (Merge("S2", into="S1"), "S1 does not offer junior; merge stage by stage"),
    (Open("S1"), "open already"),
    (Open("X1", school="S1"), "that id is taken"),
    (Open("X1", grades="7"), "primary has grades 1-6 only"),
    (Convert("S2", to="primary", stage="junior", seats=90), "offers primary already"),
    (Convert("S2", to="junior", grades="1-3", seats=90), "offers junior already"),
    (Convert("S2", to="primary", stage="primary", grades="1-3", seats=90), "offers primary already"),
]


@pytest.mark.parametrize(("edit", "why"), WRONG)
def test_a_wrong_edit_is_named_with_the_mend(edit: Edit, why: str) -> None:
    with using_language("en"), pytest.raises(ScenarioError, match=why) as caught:
        check_scenario(COUNTY, Scenario("x", [edit]))
    assert f"{type(edit).__name__}(" in str(caught.value)
    with using_language("zh"), pytest.raises(ScenarioError, match=r"[一-龥]"):
        check_scenario(COUNTY, Scenario("x", [edit]))


def test_what_depends_on_the_state_and_the_facts() -> None:
    bare = COUNTY.with_(offers=COUNTY.offers.assign(classrooms=float("nan")), sites=COUNTY.sites.drop(columns="seats"))
    no_stage = COUNTY.with_(sites=COUNTY.sites.drop(columns="stage"))
    upper = COUNTY.offers.copy()
    upper.at[("S1", "primary"), "grades"] = (4, 5, 6)
    cases: list[tuple[object, Edit, str]] = [
        (CLOSED, Close("S3"), "school S3 is closed, not open"),
        (CLOSED, Merge("S1", into="S3"), "school S3 is closed"),
        (CLOSED, Open("S3", school="N3"), "keeps its id"),
        (CLOSED, Open("S3", stage="senior"), "S3 offers primary, junior"),
        (CLOSED, Open("S3", grades="9", stage="primary"), "primary has grades 1-6"),
        (bare, Merge("S1", into="S2", site="kindergarten"), "classrooms are not known"),
        (bare, Convert("S1", to="kindergarten"), "say how many seats"),
        (bare.with_(sites=bare.sites.assign(seats=float("nan"))), Open("X1"), "say how many seats"),
        (no_stage, Open("X1"), "say which stage"),
        (COUNTY.with_(offers=upper), Merge("S1", into="S2", site="teaching_point"), "none of grades 1–3"),
    ]
    for study, edit, why in cases:
        with using_language("en"), pytest.raises(ScenarioError, match=why):
            check_scenario(study, Scenario("x", [edit]))  # type: ignore[arg-type]
    check_scenario(CLOSED, Scenario("x", [Open("S3"), Merge("S1", into="S3")]))
    check_scenario(no_stage, Scenario("x", [Open("X1", stage="primary")]))


def test_every_fault_is_told_at_once() -> None:
    edits = [Close("S9"), Pin("Z", school="S1"), Close("S1"), Keep("S1")]
    with using_language("en"), pytest.raises(ScenarioError) as caught:
        check_scenario(COUNTY, Scenario("much", edits))
    lines = str(caught.value).splitlines()
    assert lines[0] == 'scenario "much": 4 faults, nothing was changed.'
    assert re.search(r"Close\('S1'\) ↔ Keep\('S1'\)", lines[4])


def test_thousands_of_edits_are_checked_quickly() -> None:
    many = [Pin("ABCDEFG"[at % 7], school="S2", reason=str(at)) for at in range(400)]
    check_scenario(COUNTY, Scenario("x", many))
    with pytest.raises(ScenarioError) as caught:
        check_scenario(COUNTY, Scenario("x", [Close(f"Q{at}") for at in range(3000)]))
    assert len(str(caught.value).splitlines()) == 51


def test_beside_a_file_edits_are_written_as_the_file_says_them() -> None:
    edits = [Merge("S1", into="S2", stage="primary", year=2025), Close("S2", year=2024)]
    with writing_for_files(), using_language("zh"), pytest.raises(ScenarioError) as caught:
        check_scenario(COUNTY, Scenario("并校", edits))
    (line,) = str(caught.value).splitlines()[1:]
    assert line.startswith("  {do: merge, school: S1, into: S2, stage: primary, year: 2025} ↔ ")
    assert line.endswith("{do: close, school: S2, year: 2024}：学校 S2 届时已撤。")
    pasted = yaml.safe_load(line.strip().partition(" ↔ ")[0])
    assert Scenario.from_mapping({"edits": [pasted]}).edits == (edits[0],)
    with writing_for_files(), using_language("zh"), pytest.raises(ScenarioError) as caught:
        check_scenario(COUNTY, Scenario("扩容", [Expand("S2", seats=300)]))
    assert str(caught.value).endswith("  {do: expand, school: S2, seats: 300}：该校有多个学段：请注明 stage: …。")
    with writing_for_files(), using_language("zh"), pytest.raises(ScenarioError) as caught:
        Scenario.from_mapping({"edits": [{"do": "expand", "school": "S1"}]}, "方案.yaml")
    told = "  第 1 项改动：seats（总学位）与 add_seats（增加）二选一（{do: expand, school: S1}）"
    assert str(caught.value).splitlines()[1:] == [told]


def test_nothing_is_added_to_seats_that_are_not_known() -> None:
    offers = COUNTY.offers.copy()
    offers.loc[("S1", "primary"), "seats"] = float("nan")  # six classrooms hold 270: "90 more" is not 90
    study = COUNTY.with_(offers=offers)
    with using_language("en"), pytest.raises(ScenarioError, match=r"seats are not known.*new total \(seats=…\)"):
        check_scenario(study, Scenario("x", [Expand("S1", add_seats=90)]))
    check_scenario(study, Scenario("x", [Expand("S1", seats=300), Expand("S1", add_seats=90)]))
    check_scenario(study, Scenario("x", [Expand("S3", add_seats=90, stage="primary")]))
