"""A scenario as YAML: there and back, and nothing but a scenario gets in."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout_planner.base.errors import ScenarioError
from layout_planner.base.messages import using_language
from layout_planner.scenario import (
    Board,
    Bus,
    Close,
    Convert,
    Expand,
    Keep,
    Merge,
    Open,
    Pin,
    Rebuild,
    Scenario,
)

EVERY_KIND = (
    Close("S1", grades="4-6", year=2024, reason="= not a formula: 村小"),
    Merge("0123", into="S2", site="teaching_point", stage="primary"),
    Keep("no"),
    Expand("S2", seats=480.0, classrooms=12),
    Expand("S3", add_seats=-45.0),
    Rebuild("S3", 540.0, back=2027, host="S2", year=2025),
    Open("X1", seats=180.0, school="N1", name="新校: 一", parent="S2"),
    Convert("S4", to="kindergarten", seats=90.0),
    Pin("A", school="S2", stage="junior"),
    Board("S2", beyond_minutes=60.0, beds=40),
    Bus("S3", beyond_minutes=30.0, capacity=45),
)


def read(text: str, tmp_path: Path) -> Scenario:
    path = tmp_path / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    return Scenario.read(path)


def test_every_edit_comes_back_as_it_was(tmp_path: Path) -> None:
    scenario = Scenario("山区撤并: 2024", EVERY_KIND, note="line one\nline two")
    assert Scenario.read(scenario.write(tmp_path / "s.yaml")) == scenario
    assert Scenario.from_mapping(scenario.as_mapping()) == scenario


words = st.text(min_size=1, max_size=12).filter(lambda text: text.strip() == text and "\x00" not in text)


@settings(max_examples=100, deadline=None)
@given(words, words, words, st.floats(0.5, 1e6), st.integers(1949, 2200))
def test_any_text_and_number_comes_back(
    tmp_path_factory: pytest.TempPathFactory, name: str, school: str, why: str, seats: float, year: int
) -> None:
    scenario = Scenario(name, [Expand(school, seats=seats, year=year, reason=why), Pin(school, why)])
    assert Scenario.read(scenario.write(tmp_path_factory.mktemp("s") / "s.yaml")) == scenario


def test_codes_are_text_whatever_they_look_like(tmp_path: Path) -> None:
    scenario = read("name: 2024\nedits:\n  - {do: merge, school: 0123, into: no, year: 2024}\n", tmp_path)
    assert scenario.edits == (Merge("0123", into="no", year=2024),)
    assert scenario.name == "2024"


def test_a_file_without_name_takes_the_files(tmp_path: Path) -> None:
    assert read("edits:\n", tmp_path).name == "scenario"
    assert read("edits: []\nnote: ~\n", tmp_path) == Scenario("scenario")


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefghi", "bcdefghij", strict=True)
)

HOSTILE = {
    "not a mapping": "- close\n- S1\n",
    "a bare word": "hello",
    "nothing": "",
    "broken": "name: [unclosed",
    "a tag that runs code": "name: !!python/object/apply:os.system ['true']",
    "a harmless tag": "name: !!str x",
    "an alias bomb": BOMB + "name: *j\nedits: *j\n",
    "an anchor": "name: &n x\nedits: []\n",
    "a key twice": "edits: []\nedits: [{do: close, school: S1}]\n",
    "a key twice inside": "edits: [{do: close, school: S1, school: S2}]",
    "very deep": "edits: " + "[" * 5000 + "]" * 5000,
    "two documents": "name: a\n---\nname: b\n",
    "an unknown key": "name: x\nedit: []\n",
    "an unknown key of an edit": "edits: [{do: close, school: S1, shcool: S2}]",
    "an unknown edit": "edits: [{do: demolish, school: S1}]",
    "no edit named": "edits: [{school: S1}]",
    "edits that are no list": "edits: close S1",
    "edits that are a mapping": "edits: {do: close, school: S1}",
    "a name that is a list": "name: [a, b]",
    "a missing school": "edits: [{do: close}]",
    "an empty school": 'edits: [{do: close, school: ""}]',
    "a merger into itself": "edits: [{do: merge, school: S1, into: S1}]",
    "a wrong site": "edits: [{do: merge, school: S1, into: S2, site: moved}]",
    "a wrong stage": "edits: [{do: close, school: S1, stage: college}]",
    "a year out of range": "edits: [{do: close, school: S1, year: 1500}]",
    "half a year": "edits: [{do: close, school: S1, year: 2024.5}]",
    "a huge number": f"edits: [{{do: close, school: S1, year: {'9' * 5000}}}]",
    "seats twice": "edits: [{do: expand, school: S1, seats: 10, add_seats: 10}]",
    "endless seats": "edits: [{do: expand, school: S1, seats: .inf}]",
    "infinite seats": "edits: [{do: expand, school: S1, seats: inf}]",
    "seats that are no number": "edits: [{do: expand, school: S1, add_seats: nan}]",
    "no seats": "edits: [{do: expand, school: S1, seats: 0}]",
    "back before it goes": "edits: [{do: rebuild, school: S1, seats: 9, year: 2025, back: 2025}]",
    "its own host": "edits: [{do: rebuild, school: S1, seats: 9, host: S1}]",
    "a control character": "name: \x01",
    "a mapping as key": "{a: b}: c",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_and_wrong_files_are_refused_as_scenario_errors(text: str, tmp_path: Path) -> None:
    for language in ("en", "zh"):
        with using_language(language), pytest.raises(ScenarioError) as caught:  # type: ignore[arg-type]
            read(text, tmp_path)
        assert len(str(caught.value)) < 2000  # a bomb must not go off in the message either


def test_bytes_that_are_no_text_and_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "gbk.yaml").write_bytes("name: 山区".encode("gb18030"))
    (tmp_path / "big.yaml").write_bytes(b"#" * 1_000_001)
    for name in ("gbk.yaml", "big.yaml", "absent.yaml", "."):
        with pytest.raises(ScenarioError):
            Scenario.read(tmp_path / name)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="edits: [{do}close,\n-&*!|>'\"#x1~", max_size=60))
def test_no_text_gives_anything_but_a_scenario_or_a_scenario_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("s") / "s.yaml"
    path.write_text(text, encoding="utf-8")
    with contextlib.suppress(ScenarioError):
        Scenario.read(path)


def test_faults_say_where_what_and_are_all_told() -> None:
    content = {"edits": [{"do": "close"}, {"do": "expand", "school": "S1", "seats": "many"}], "nmae": "x"}
    with using_language("en"), pytest.raises(ScenarioError) as caught:
        Scenario.from_mapping(content, "plan.yaml")
    assert str(caught.value).splitlines() == [
        "plan.yaml: 3 fault(s)",
        "  nmae: unknown key; known are name, note, run, edits",
        "  edit 1 school: this is needed ({'do': 'close'})",
        "  edit 2 seats: must be a number ('many')",
    ]
    with using_language("zh"), pytest.raises(ScenarioError, match="应为数字"):
        Scenario.from_mapping(content)


def test_of_very_many_faults_the_first_are_shown() -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_mapping({"edits": [{"do": "close"}] * 200})
    lines = str(caught.value).splitlines()
    assert "200" in lines[0] and len(lines) == 52 and lines[-1].strip() == "…"


def test_with_adds_edits_and_leaves_the_original() -> None:
    one = Scenario("a", [Keep("S1")])
    two = one.with_([Close("S2")], name="b")
    assert (len(one.edits), one.name) == (1, "a")
    assert (two.edits, two.name) == ((Keep("S1"), Close("S2")), "b")
