"""A hand that can plan, and nothing lost: mergers, teaching points, painted villages, variants, files, links."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from show_toy import toy_plans

from layout_planner.scenario import Close, Merge, Pin, Scenario
from layout_planner.show import briefing

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def html() -> str:
    return briefing(toy_plans(), sheets=False).page


@pytest.fixture
def today(open_page, html: str) -> Any:
    """The page on the plan of today, before any edit."""
    opened = open_page(html)
    opened.run("Page.set({plan: 0})")
    return opened


def saved(opened: Any, button: str, tmp_path: Path) -> Path:
    opened.run("document.getElementById('share').open = true")
    with opened.page.expect_download() as download:
        opened.page.click(button)
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    return file


def written(opened: Any) -> tuple[Any, ...]:
    return Scenario.from_mapping(opened.run("Scenario.scenario()")).edits


def test_a_school_merges_into_the_one_that_is_clicked(today) -> None:
    today.run("Page.pick('school', 3)")
    today.page.click("#actMerge")
    assert "点选“石门村小学”要并入的学校" in today.text("#hand")
    today.page.select_option("#into", "1")
    assert written(today) == (Merge("S4", into="S2", stage="primary"),)
    # All 258 go to S2 together, as far as its seats go: 500 seats, 470 there before.
    free = today.run("Reader.reference().schools.seats[1] - Reader.reference().schools.roll[1]")
    assert today.run("Reader.view().moves.to[0]") == 1
    assert today.run("Reader.view().moves.pupils[Reader.view().moves.to.indexOf(1)]") == max(free, 0)
    assert not today.page.is_visible("#hand")
    assert today.errors == []


def test_grades_one_to_three_stay_as_a_teaching_point(today) -> None:
    today.run("Page.pick('school', 3)")
    today.page.click("#actPoint")
    today.page.select_option("#into", "0")
    assert written(today) == (Merge("S4", into="S1", site="teaching_point", stage="primary"),)
    # Six villages of 22 children in grade 4 leave; the 126 of grade 1 stay.
    assert today.run("Reader.view().figures.pupils_moved") == 6 * 22
    assert today.run("Reader.view().schools.roll[3]") == 258 - 6 * 22
    assert "留 1–3 年级为教学点" in today.text("#edits")


def test_villages_are_painted_and_taken_back(today) -> None:
    today.run("Page.pick('school', 1)")
    today.page.click("#actPaint")
    place = today.run("Reader.reference().places.at.find((at, k) => Reader.reference().places.school[k] === 0)")
    pupils = today.run("at => Reader.view().places.pupils[Reader.view().places.at.indexOf(at)]", place)
    today.run("at => Hand.clicked({kind: 'place', at})", place)
    assert today.run("Reader.view().figures.pupils_moved") == pupils
    study_place = today.run("at => Page.data.places.id[at]", place)
    assert written(today) == (Pin(study_place, "S2", stage="primary"),)
    today.run("at => Hand.clicked({kind: 'place', at})", place)  # a second click takes it back
    assert written(today) == ()
    today.page.click("#handDone")
    today.run("at => Page.pick('place', at)", place)
    today.page.click("#lockPlace")
    today.run("Changes.decide(0, 'close')")
    # Locked onto a school that closes, the lock goes with it.
    assert written(today) == (Close("S1", stage="primary"),)


def test_steps_and_variants_side_by_side(today) -> None:
    today.run("Page.set({tab: 'overview'})")
    today.run("Changes.decide(3, 'close')")
    today.run("Changes.keepVariant()")
    today.run("Changes.decide(2, 'close')")
    today.run("Changes.keepVariant()")
    signs = "cell.innerText.replace(/[^A-Z0-9\u4e00-\u9fff]/g, '')"
    read = f"rows => rows.map(row => [...row.children].map(cell => {signs}))"
    table = today.page.eval_on_selector_all("#variantTable tr", read)
    assert table[0] == ["指标", "A", "B"]
    assert ["在办学校", "4", "3"] in table
    today.run("Changes.goTo(0)")
    assert written(today) == ()
    today.run("Changes.goTo(2)")
    assert len(written(today)) == 2
    today.run("Changes.showVariant(0)")
    assert [edit.school for edit in written(today)] == ["S4"]
    assert today.errors == []


def test_the_page_is_saved_with_its_edits_and_opens_again(open_page, today, tmp_path: Path) -> None:
    today.run("Changes.decide(2, 'close')")
    today.run("Changes.explain(2, '</script><b>危房</b>')")
    figures = today.run("Reader.view().figures")
    file = saved(today, "#savePage", tmp_path)
    again = open_page(file.read_text(encoding="utf-8"))
    assert again.run("Reader.view().figures") == figures
    assert again.run("Page.state.plan") == 0
    assert written(again) == (Close("S3", stage="primary", reason="</script><b>危房</b>"),)
    assert again.errors == [] and again.requests == []
    assert again.page.locator("#app b b").count() == 0


def test_a_link_is_short_and_refuses_another_page(open_page, today, html: str, tmp_path: Path) -> None:
    today.run("""() => { Changes.decide(3, 'merge', {into: 1, site: 'teaching_point'}); Changes.decide(2, 'close');
        Changes.enlarge(1, 720); Changes.pin([4, 5], 1); }""")
    link = today.run("Keep.shortState()")
    assert len(link) < 60  # a QR code of the smallest kinds
    edits = today.run("Page.state.edits")
    again = open_page(html)
    assert again.run("text => Keep.fromShort(text).edits", link) == edits
    assert again.run("text => Keep.fromShort('x' + text)", link) is None
    assert again.run("text => Keep.fromShort(text + '~0:z9')", link) is None


def test_edits_are_kept_on_this_computer_and_the_reader_is_warned(today) -> None:
    today.run("Changes.decide(2, 'close')")
    assert today.run("!dispatchEvent(new Event('beforeunload', {cancelable: true}))")  # the browser will ask
    today.run("Keep.saved()")  # as after a file was written: leaving asks no more
    today.page.reload()
    today.run("Keep.saved()")
    assert "已恢复上次在本机的 1 项改动" in today.text("#restored")
    assert [edit.school for edit in written(today)] == ["S3"]
    today.page.click("#forget")
    assert written(today) == ()
    assert today.run("dispatchEvent(new Event('beforeunload', {cancelable: true}))")
    today.page.reload()
    assert not today.page.is_visible("#restored")


def test_the_villages_concerned_as_tables(today, tmp_path: Path) -> None:
    today.run("Page.set({tab: 'overview'})")
    today.run("Changes.decide(3, 'close')")
    rows = list(csv.reader(io.StringIO(saved(today, "#villagesCsv", tmp_path).read_text(encoding="utf-8-sig"))))
    head, body = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    assert head[4:] == ["学生", "原学校", "新学校", "原单程（分钟）", "新单程（分钟）", "原因"]
    assert sum(float(row[4]) for row in body) == 258
    assert {row[5] for row in body} == {"石门村小学"}
    assert {row[9] for row in body} <= {"原校撤并", "无空余学位"}
    assert any("无学可上" in cell for row in rows[len(body) + 1 :] for cell in row)
    book = openpyxl.load_workbook(saved(today, "#villagesXlsx", tmp_path))
    sheet = book[book.sheetnames[0]]
    number = {4, 7, 8}
    wanted = [[(float(c) if c else None) if k in number else c for k, c in enumerate(row)] for row in body]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == wanted


def test_formulas_stay_text_in_tables(today) -> None:
    assert today.run("Sheetfile.csv([['=1+1', '-2', -2, '＝a', 'a\"b']])") == '\ufeff\'=1+1,\'-2,-2,\'＝a,"a""b"\r\n'


def test_the_map_as_a_picture_says_what_it_shows(today, tmp_path: Path) -> None:
    today.run("Page.set({tab: 'overview'})")
    today.run("Changes.decide(3, 'close')")
    svg = saved(today, "#mapSvg", tmp_path).read_text(encoding="utf-8")
    assert "<path" in svg and "石门村小学" in svg and "无学可上" in svg and re.search(r"20\d\d-\d\d-\d\d", svg)
    assert "<script" not in svg
    png = saved(today, "#mapPng", tmp_path).read_bytes()
    assert png.startswith(b"\x89PNG") and len(png) > 20_000


def test_schools_and_villages_are_found_by_letters_ids_and_coordinates(open_page, html: str) -> None:
    opened = open_page(html)
    opened.page.click("#tab-schools")
    for text, count in (("bygx", 0), ("byxx", 1), ("s3", 1), ("黄坪", 2)):
        opened.page.fill("#find", text)
        assert opened.page.locator("#found .school").count() == count, text
    opened.page.fill("#find", "第7村")
    assert opened.text("#placesFound").startswith("⌖")
    lat, lon = opened.run("[Page.data.places.lat[6], Page.data.places.lon[6]]")
    opened.page.fill("#find", f"{lon}, {lat}")
    opened.page.click("#placesFound button")
    opened.page.wait_for_function("([a, b]) => Page.map.getCenter().distanceTo([a, b]) < 2000", arg=[lat, lon])


def test_the_keyboard_goes_from_school_to_school(open_page, html: str) -> None:
    opened = open_page(html)
    opened.page.focus("#map")
    opened.page.keyboard.press("n")
    first = opened.run("Page.state.pick.at")
    rolls = opened.run("Reader.view().schools.roll")
    assert rolls[first] == max(roll for roll in rolls if roll is not None)
    opened.page.keyboard.press("n")
    assert opened.run("Page.state.pick.at") != first
    opened.page.keyboard.press("p")
    assert opened.run("Page.state.pick.at") == first
    assert opened.page.is_visible("#card")
