"""What a decision-maker does with a briefing, done by script; and the same scenario on the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from show_toy import toy_plans
from typer.testing import CliRunner

import layout_planner as lp
from layout_planner.cli.app import make_app
from layout_planner.scenario import Scenario
from layout_planner.show import briefing

pytestmark = pytest.mark.browser


def tile(opened, number: int) -> float:
    return float(opened.text(f"#figures .tile:nth-child({number}) b").replace(",", "").split()[0].rstrip("%"))


@pytest.mark.slow
def test_ten_tasks_of_a_decision_maker(open_page, fuxi_html, tmp_path) -> None:
    opened = open_page(fuxi_html)
    page = opened.page
    # 1. It opens on the three minutes: grades 1 to 3 on the map, and numbers.
    assert "低年级" in opened.text("#sheets")
    # 2. Switch the stage, compare two plans.
    page.click("#stages button:nth-child(3)")
    assert opened.run("Page.state.stage") == "junior"
    page.click("#stages button:nth-child(2)")
    page.click("#tab-overview")
    page.click("#plans button:nth-child(1)")
    before = tile(opened, 1)
    page.click("#plans button:nth-child(2)")
    assert tile(opened, 1) == before - 2
    page.click("#compare")
    assert page.is_visible("#swipe")
    page.click("#compare")
    # 3. Find a school.
    page.click("#plans button:nth-child(1)")
    page.click("#tab-schools")
    page.fill("#find", "P010")
    assert page.locator("#found li").count() == 1
    # 4. Close it, from its card.
    page.click("#found .plain")
    page.click("#actClose")
    page.click("#tab-overview")
    assert tile(opened, 1) == before - 1
    assert "1,222 人" in opened.text("#verdict")
    # 5. Send everyone to the nearest, full or not: see the overflow.
    over = opened.run("Reader.view().figures.over_full_pupils")
    page.click("#bench .pair button:nth-child(2)")
    assert opened.run("Reader.view().figures.over_full_pupils") > over
    page.click("#tab-findings")
    assert "新出现" in opened.text("#findings")
    page.click("#tab-overview")
    page.click("#bench .pair button:nth-child(1)")
    # 6. Undo and redo, by keys.
    page.keyboard.press("Control+z")
    assert tile(opened, 1) == before
    page.keyboard.press("Control+y")
    assert tile(opened, 1) == before - 1
    # 7. Export. 8. Reload the export.
    with page.expect_download() as download:
        page.click("#save")
    file = tmp_path / "edits.yaml"
    download.value.save_as(file)
    assert Scenario.read(file).as_mapping()["edits"] == [{"do": "close", "stage": "primary", "school": "P010"}]
    figures = opened.run("Reader.view().figures")
    page.click("#reset")
    assert page.locator("#edits li").count() == 0
    page.set_input_files("#load", file)
    page.wait_for_selector("#edits li")
    assert opened.run("Reader.view().figures") == figures
    # 9. Read a village's way, before and after.
    page.keyboard.press("Escape")
    moved = opened.run("Reader.view().result.moved[0].place")
    opened.run("at => Page.pick('place', at)", moved)
    card = opened.text("#card")
    assert "分钟" in card and "现状" in card and "改动后" in card
    # 10. Print.
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1
    assert opened.requests == [] and opened.errors == []
    same_on_the_command_line(file, figures, tmp_path / "run")


def same_on_the_command_line(file: Path, figures: dict[str, float], out: Path) -> None:
    done = CliRunner().invoke(make_app(), ["solve", "fuxi", "--scenario", str(file), "--out", str(out), "--lang", "en"])
    assert done.exit_code == 0, done.output
    plan = lp.read_plan(out)
    assert plan.provenance["options"]["candidates"] == 8
    card = plan.scorecard
    for measure, value in figures.items():
        if measure in ("unknown", "small_schools") or value is None:
            continue
        assert card.value(measure, "primary") == pytest.approx(value, rel=1e-6), measure


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\nedits:\n- {do: convert, school: S1, to: junior}\n", "convert"),
        ("name: x\nedits:\n- {do: close, school: S99}\n", "S99"),
        ("name: &a x\n", "YAML"),
        ("- 1\n", "不是方案文件"),
        ("name: x\nedits:\n- {do: expand, school: S1, seats: -5}\n", "-5"),
    ],
)
def test_a_scenario_the_page_cannot_carry_out_is_refused_whole(open_page, text: str, said: str) -> None:
    opened = open_page(briefing(toy_plans(), sheets=False).page)
    payload = {"name": "x.yaml", "mimeType": "text/yaml", "buffer": text.encode()}
    opened.page.set_input_files("#load", payload)
    opened.page.wait_for_selector(".faults")
    assert said in opened.text(".faults")
    assert opened.run("Object.keys(Page.state.edits).length") == 0
    assert opened.errors == []


def test_keep_open_enlarge_and_take_back(open_page) -> None:
    opened = open_page(briefing(toy_plans(), sheets=False).page)
    page = opened.page
    opened.run("Page.pick('school', 3)")  # the village school the plan closes
    page.click("#actOpen")
    assert opened.run("Reader.view().figures.schools") == 5
    page.click("#actBack")
    assert opened.run("Reader.view().figures.schools") == 4
    opened.run("Page.pick('school', 2)")
    page.click("#actKeep")
    assert not page.is_visible("#actClose")
    page.click("#actBack")
    page.fill("#actSeats", "600")
    page.keyboard.press("Tab")
    schools = "Reader.view().schools"
    assert opened.run(f"{schools}.seats[{schools}.at.indexOf(2)]") == 600
    # One school returned no seats: with it nobody can say how many there are.
    assert opened.run("[Reader.view().figures.seats, Reader.reference().figures.seats]") == [None, None]
    assert "600" in opened.run("Yaml.write(Scenario.scenario())")
    page.keyboard.press("Escape")
    page.click("#undo")
    assert opened.run("Object.keys(Page.state.edits).length") == 0
    assert opened.errors == []


def test_when_the_page_does_not_know_it_says_so(open_page) -> None:
    opened = open_page(briefing(toy_plans(), sheets=False).page)
    opened.run("Page.set({stage: 'junior'})")
    for school in (5, 6):
        opened.run("at => Changes.decide(at, 'close')", school)
    lost = opened.run("Reader.view().figures.unplaced")
    assert lost == opened.run("Reader.reference().figures.placed") + 5  # five pupils whose home is not known
    assert "未安置学生" in opened.text("#verdict")
    assert "住地不详" in opened.text("#verdict")


def test_the_line_between_before_and_after_moves_by_keys(open_page) -> None:
    opened = open_page(briefing(toy_plans(), sheets=False).page)
    opened.page.click("#compare")
    opened.page.focus("#swipe")
    opened.page.keyboard.press("ArrowLeft")
    assert opened.run("Page.state.swipe") == pytest.approx(0.46)
    clips = opened.page.eval_on_selector_all(
        "#map .leaflet-overlay-pane > div", "nodes => nodes.map(n => n.style.clipPath)"
    )
    assert all(clip.startswith("inset") for clip in clips)
    # Both pictures lie at the same spot, and each has an extent to be clipped by.
    spots = opened.page.eval_on_selector_all(
        "#map .leaflet-overlay-pane > div",
        "nodes => nodes.map(n => n.getBoundingClientRect()).map(b => [b.left, b.top, b.width, b.height])",
    )
    assert len(spots) == 2 and spots[0] == spots[1] and min(spots[0][2:]) > 500
    assert opened.errors == []
