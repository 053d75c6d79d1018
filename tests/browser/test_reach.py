"""What everyone reaches: by mouse, keys, a screen reader, a phone, in both languages; what old browsers are told."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from show_toy import toy_plans

from layout_planner.show import briefing

sys.path.insert(0, str(Path(__file__).parents[1] / "show"))
from test_sheets import frontier

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
"""axe-core 4.11.4 from npm, MPL 2.0."""


@pytest.fixture(scope="module")
def html() -> str:
    return briefing(toy_plans(), sheets=False).page


def test_a_tile_and_a_row_of_the_legend_narrow_the_map(open_page: Any, html: str) -> None:
    opened = open_page(html)
    snap = "document.querySelectorAll('#map canvas')[1].toDataURL()"
    whole = opened.run(snap)
    opened.page.click("#figures [data-measure=over_full_schools] .narrows")
    # 429 of 500 seats at S2, 389 of 900 at S1; S3 takes more than its 300.
    assert opened.run("[...Only.wanted().schools].map(at => Page.data.schools.id[at])") == ["S3"]
    assert opened.run("Only.wanted().places") is None
    assert "地图仅突出：超员学校" in opened.text("#narrowed")
    assert opened.run(snap) != whole
    opened.page.click("#narrowed-only")
    assert opened.run(snap) == whole
    row = opened.page.locator("#keys button[data-only='way 0']")
    count = int(row.locator(".n").inner_text())
    row.click()
    assert opened.run("Only.wanted().places.size") == count
    assert row.get_attribute("aria-pressed") == "true"
    opened.page.locator("#keys button[data-only='state 3']").click()
    assert opened.run("[...Only.wanted().schools].map(at => Page.data.schools.id[at])") == ["S4"]
    opened.page.click("#stages button:nth-child(2)")
    assert opened.run("Page.state.only") is None
    assert opened.errors == []


def test_every_figure_says_how_it_is_counted_and_from_which_data(open_page: Any, fuxi_html: str) -> None:
    opened = open_page(fuxi_html)
    for lang in ("zh", "en"):
        opened.run("lang => Page.set({lang, tab: 'overview', grades: Views.ALL})", lang)
        tiles = opened.page.locator("#figures .tile")
        assert opened.page.locator("#figures .ask").count() == tiles.count()
        rows = opened.page.locator("#table tbody tr")
        assert opened.page.locator("#table details.ask").count() == rows.count()
        opened.page.click("#figures [data-measure=minutes_mean] .ask")
        help_ = opened.text("#figures [data-measure=minutes_mean] .help")
        assert "2023" in help_ and ("寄宿生" in help_ if lang == "zh" else "boarders" in help_)
        opened.page.click("#figures [data-measure=minutes_mean] .ask")
        assert opened.page.locator("#figures .help").count() == 0


def test_names_are_found_by_pinyin_in_full_and_by_first_letters(open_page: Any) -> None:
    today, _ = toy_plans()
    renamed = today.study.schools.assign(name=today.study.schools["name"].replace("白岩小学", "重庆路小学"))
    study = today.study.with_(schools=renamed)
    opened = open_page(briefing([today.with_(study=study)], sheets=False).page)
    opened.page.click("#tab-schools")
    for text, names in (
        ("chongqinglu", ["重庆路小学"]),
        ("chong qing", ["重庆路小学"]),
        ("cqlxx", ["重庆路小学"]),
        ("zhongqing", []),
        ("shimencun", ["石门村小学"]),
        ("hpxx", ["黄坪小学"]),
    ):
        opened.page.fill("#find", text)
        found = opened.page.eval_on_selector_all("#found .school .plain", "nodes => nodes.map(n => n.innerText)")
        assert found == names, text
    opened.page.fill("#find", "baiyanxiang")
    assert "白岩乡" in opened.text("#placesFound")


def test_keys_go_from_school_to_school_and_from_village_to_village(open_page: Any, html: str) -> None:
    opened = open_page(html)
    opened.page.focus("#map")
    longest = opened.run("Reader.view().places.at[Logic.farthest(Reader.view(), 1)[0]]")
    opened.page.keyboard.press("v")
    assert opened.run("Page.state.pick") == {"kind": "place", "at": longest}
    opened.page.keyboard.press("v")
    assert opened.run("Page.state.pick.at") != longest
    opened.page.keyboard.press("b")
    assert opened.run("Page.state.pick.at") == longest
    assert opened.page.get_attribute("#card", "aria-live") == "polite"
    assert "V" in str(opened.page.get_attribute("#map", "aria-label"))


def test_the_villages_as_a_table_for_those_who_do_not_see_the_map(open_page: Any, html: str) -> None:
    opened = open_page(html)
    opened.page.click("#tab-places")
    assert opened.text("#villageTable caption").startswith("居住点、学生")
    rows = opened.page.locator("#villageTable tbody tr")
    assert rows.count() == 40
    # The village that is cut off comes first, whatever the order.
    assert "第40村" in rows.nth(0).inner_text() and "无学可上" in rows.nth(0).inner_text()
    ways = opened.run(
        """[...document.querySelectorAll("#villageTable tbody tr")].slice(1)
        .map(r => parseFloat(r.children[3].innerText))"""
    )
    assert ways == sorted(ways, reverse=True)
    heads = opened.page.eval_on_selector_all("#villageTable th", "nodes => nodes.map(n => n.scope)")
    assert set(heads) == {"col", "row"}
    opened.page.fill("#findVillage", "di7cun")
    assert rows.count() == 1
    rows.nth(0).locator("button").click()
    assert opened.run("Page.state.pick") == {"kind": "place", "at": 6}
    assert opened.page.is_visible("#card")


def test_on_a_phone_the_map_stands_still_under_a_sheet_that_is_pulled(open_page: Any, html: str) -> None:
    opened = open_page(html, 390, 844)
    assert opened.run("document.documentElement.scrollHeight") <= 844
    top = "document.querySelector('.panel').getBoundingClientRect().top"
    opened.page.wait_for_function(f"{top} < 700")
    heights = []
    for _ in range(3):
        opened.page.click("#sheetSize")
        opened.run("Promise.all(document.querySelector('.panel').getAnimations().map(a => a.finished))")
        heights.append(opened.run(top))
    assert len(set(heights)) == 3
    box = opened.page.locator("#sheetSize").bounding_box()
    opened.page.mouse.move(box["x"] + 50, box["y"] + 20)
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] + 50, 500, steps=4)
    opened.page.mouse.up()
    opened.run("Promise.all(document.querySelector('.panel').getAnimations().map(a => a.finished))")
    map_box = opened.page.locator("#map").bounding_box()
    opened.run("document.querySelector('.panel').scrollTop = 400")
    assert opened.page.locator("#map").bounding_box() == map_box
    assert opened.errors == []


@pytest.mark.parametrize("tab", ["overview", "schools", "places", "findings"])
def test_on_a_phone_what_is_pressed_is_44_points_high(open_page: Any, html: str, tab: str) -> None:
    opened = open_page(html, 390, 844)
    opened.run("tab => { Page.set({tab}); document.getElementById('legend').open = true; }", tab)
    opened.run("Changes.decide(2, 'close')")
    opened.run("Page.pick('school', 2)")
    small = opened.run(
        """() => [...document.querySelectorAll("button, select, input, summary, label.button, label.key, #map a")]
        .filter(n => !["file", "checkbox", "range"].includes(n.type))
        .filter(n => n.offsetParent && getComputedStyle(n).visibility !== "hidden")
        .map(n => [n.id || n.className || n.innerText, n.getBoundingClientRect()])
        .filter(([, b]) => b.height < 43.5 || b.width < 43.5).map(([name, b]) => `${name} ${b.width} × ${b.height}`)"""
    )
    assert small == []


def test_an_old_browser_gets_a_sentence(chromium: Any, html: str, tmp_path: Path) -> None:
    """A script that cannot be read leaves the sentence standing; it shows after a few seconds."""
    file = tmp_path / "old.html"
    broken = html.replace('"use strict";', "this is no script;", 1)
    file.write_text(broken, encoding="utf-8", newline="\n")
    context = chromium.new_context(offline=True)
    tab = context.new_page()
    tab.goto(file.as_uri())
    assert "浏览器版本过低" in tab.text_content("#tooOld") and "too old" in tab.text_content("#tooOld")
    tab.evaluate("document.getAnimations().forEach(a => a.finish())")
    assert tab.is_visible("#tooOld")
    context.close()


def test_a_browser_that_reads_the_script_never_shows_it(open_page: Any, html: str) -> None:
    assert open_page(html).page.locator("#tooOld").count() == 0


def test_each_way_is_told_by_the_mode_the_child_uses(open_page: Any) -> None:
    """A travel "as children usually go" says pair by pair how; here villages within 3 km walk, the others ride."""
    today, _ = toy_plans()
    travel = today.travel
    ways = pd.DataFrame(
        np.where(travel.metres.to_numpy() <= 3_000, 0, 2), index=travel.metres.index, columns=travel.metres.columns
    )
    usual = replace(travel, mode="usual", ways=ways)
    opened = open_page(briefing([today.with_(travel=usual)], sheets=False).page)
    assert "按通常出行方式" in opened.text("#source")
    told = {}
    for at in (27, 0):
        opened.run("at => Page.pick('place', at)", at)
        told[at] = opened.text("#card .rows")
    assert "电动车" in told[0] and "步行" not in told[0]  # V01 lies 7 km from S1
    assert "步行" in opened.run(
        """() => { const { ways } = Reader.view(), k = ways.metres.findIndex((m) => m < 3000);
        return Reader.modeName(Logic.placeFacts(Reader.view(), ways.place[k]).to[0].mode); }"""
    )
    assert opened.errors == []


def with_years_and_districts(plans: Any) -> str:
    """The toy county with a slider of years and two districts."""
    import layout_planner as lp

    today = plans[0]
    births = pd.DataFrame(
        [(t, year, 40.0, "middle") for t in ("T1", "T2", "T3") for year in range(2005, 2024)],
        columns=["township_id", "year", "count", "variant"],
    )
    study = today.study.with_(births=births)
    return briefing([today.with_(study=study), plans[1]], forecast=lp.forecast(study, to=2030)).page


def test_the_slider_lies_clear_of_the_legend(open_page: Any) -> None:
    opened = open_page(with_years_and_districts(toy_plans()))
    for width, height in ((1920, 1080), (1366, 768), (900, 700), (390, 844)):
        opened.page.set_viewport_size({"width": width, "height": height})
        opened.run("document.getElementById('legend').open = true")
        assert opened.page.is_visible("#years")
        boxes = opened.run(
            """["#years", "#legend"].map(s => document.querySelector(s).getBoundingClientRect())
            .map(b => [b.left, b.top, b.right, b.bottom])"""
        )
        (a, b) = boxes
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (width, boxes)


def serious(opened: Any) -> list[Any]:
    """Ask axe-core for serious and critical faults of the page as it stands."""
    opened.settle()
    found = opened.run("axe.run({resultTypes: ['violations']}).then(r => r.violations)")
    return [(v["id"], v["nodes"][0]["html"][:160]) for v in found if v["impact"] in ("serious", "critical")]


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1366, 768)])
def test_what_the_hand_asks_lies_clear_of_the_legend(open_page: Any, html: str, width: int, height: int) -> None:
    opened = open_page(html, width, height)
    opened.run("Page.set({plan: 0, tab: 'overview', hand: {do: 'paint', school: 1}})")
    assert opened.run("document.getElementById('legend').open")
    edge = "document.querySelector('#legend').getBoundingClientRect().right"
    assert opened.run(f"document.querySelector('#hand').getBoundingClientRect().left >= {edge}")


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_axe_finds_no_serious_fault_in_what_opens_over_the_page(
    open_page: Any, fuxi_html: str, width: int, height: int
) -> None:
    """Everything that opens: help, sharing, variants, faults, the hand's questions, the lasso, the pack."""
    opened = open_page(fuxi_html, width, height)
    opened.run(f"() => {{ {AXE.read_text(encoding='utf-8')} }}")
    opened.run("Page.set({tab: 'overview', grades: Views.ALL})")
    seventh = opened.run("Page.data.schools.id.indexOf('P010')")
    opened.run("at => Changes.decide(at, 'close')", seventh)
    opened.run("Changes.keepVariant()")
    opened.run("Scenario.loadText('edits: [7]')")
    steps = {
        "alarm and help": "document.querySelector('#figures .ask').click()",
        "sharing": "(document.getElementById('share').open = true, document.getElementById('qrOn').click())",
        "legend": "document.getElementById('legend').open = true",
        "merge": "Page.set({hand: {do: 'merge', school: Page.data.schools.id.indexOf('P036')}})",
        "grades": "Page.set({hand: {do: 'grades', school: Page.data.schools.id.indexOf('P036')}})",
        "paint": "Page.set({hand: {do: 'paint', school: Page.data.schools.id.indexOf('P036')}})",
        "site": "Page.set({hand: {do: 'site'}})",
        "new school": "Page.pick('school', Changes.build(Page.data.places.lon[0], Page.data.places.lat[0]))",
        "before and after": "Page.set({swipe: 0.5, hand: null})",
        "pack": "Pack.make()",
    }
    for step, script in steps.items():
        opened.run(f"() => {{ {script}; }}")
        assert serious(opened) == [], step


@pytest.mark.slow
def test_axe_finds_no_serious_fault_on_sheets_districts_and_years(open_page: Any) -> None:
    import layout_planner as lp

    study = lp.sample("fuxi")
    ways = lp.travel_matrix(study, mode="straight")
    areas = lp.partition(study, ways, stage="primary", districts=8)
    pages = (
        briefing([lp.today(study, ways)], forecast=lp.forecast(study, to=2030), districting=areas),
        briefing(toy_plans(), frontier=frontier(toy_plans()[1])),
    )
    seen = set()
    for page in pages:
        opened = open_page(page.page)
        opened.run(f"() => {{ {AXE.read_text(encoding='utf-8')} }}")
        for number, kind in enumerate(opened.run("Page.data.sheets.map(s => s.kind)")):
            opened.run("k => { Sheets.open(k); Page.set({tab: 'sheets'}); }", number)
            assert serious(opened) == [], kind
            seen.add(kind)
        for view in ("{tab: 'districts'}", "{tab: 'overview', year: 2028}"):
            if "districts" not in view or opened.run("Page.data.districts.length"):
                opened.run(f"Page.set({view})")
                assert serious(opened) == [], view
    assert seen == {"young", "towns", "frontier", "robust", "redlines", "hard"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_axe_finds_no_serious_fault_on_any_tab(open_page: Any, fuxi_html: str, lang: str) -> None:
    axe = AXE.read_text(encoding="utf-8")
    opened = open_page(fuxi_html)
    opened.run(f"() => {{ {axe} }}")
    opened.run("lang => Page.set({lang})", lang)
    tabs = opened.run("[...document.querySelectorAll('#tabs button')].map(n => n.id.slice(4))")
    assert {"overview", "schools", "places", "findings", "sheets"} <= set(tabs)
    opened.run("Changes.decide(Page.data.schools.id.indexOf('P010'), 'close')")
    opened.run("Page.pick('school', Page.data.schools.id.indexOf('P010'))")
    for tab in tabs:
        opened.run("tab => Page.set({tab})", tab)
        assert serious(opened) == [], tab
