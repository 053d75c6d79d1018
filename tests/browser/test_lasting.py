"""What comes back to the page from outside: stored states, saved files, links, scenario files, whole or broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from show_toy import toy_plans

from layout_planner.scenario import Close, Merge, Scenario
from layout_planner.show import briefing

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def html() -> str:
    return briefing(toy_plans(), sheets=False).page


@pytest.fixture
def today(open_page: Any, html: str) -> Any:
    opened = open_page(html)
    opened.run("Page.set({plan: 0, tab: 'overview'})")
    return opened


def written(opened: Any) -> tuple[Any, ...]:
    return Scenario.from_mapping(opened.run("Scenario.scenario()")).edits


def stored(opened: Any) -> dict[str, Any]:
    opened.run("dispatchEvent(new Event('pagehide'))")
    return dict(opened.run("({...localStorage})"))


# ---- storage --------------------------------------------------------------------------------------------------------


def test_variants_come_back_with_the_edits(today: Any) -> None:
    today.run("Changes.decide(3, 'close')")
    today.run("Changes.keepVariant()")
    today.run("Changes.decide(2, 'close')")
    today.run("Changes.keepVariant()")
    today.run("Changes.dropVariant(0)")
    today.run("Changes.keepVariant()")  # the letter that is free, not B a second time
    assert today.run("Changes.variants.map(v => v.name)") == ["B", "A"]
    stored(today)
    today.run("Keep.saved()")
    today.page.reload()
    assert today.run("Changes.variants.map(v => [v.name, Object.values(v.edits).flat().length])") == [
        ["B", 2],
        ["A", 2],
    ]
    today.run("Changes.showVariant(0)")
    assert written(today) == (Close("S3", stage="primary"), Close("S4", stage="primary"))
    assert today.errors == []


@pytest.mark.parametrize(
    "state",
    [
        "no json",
        "null",
        "[]",
        '{"edits": 7, "plan": 0, "stage": "primary"}',
        '{"edits": {"primary 0": [{"do": "close", "school": 99999}]}, "plan": 0, "stage": "primary"}',
        '{"edits": {"primary 0": [{"do": "explode", "school": 1}]}, "plan": 0, "stage": "primary"}',
        '{"edits": {"nowhere 0": []}, "plan": 0, "stage": "primary"}',
        '{"edits": {"primary 0": [{"do": "pin", "school": 1, "place": -3}]}, "plan": 0, "stage": "primary"}',
        '{"edits": {"primary 0": [{"do": "expand", "school": 1, "seats": "<b>"}]}, "plan": 0, "stage": "primary"}',
        '{"edits": {"primary 0": [{"do": "merge", "school": 1}]}, "plan": 0, "stage": "primary"}',
        '{"edits": {}, "plan": 9, "stage": "primary"}',
    ],
)
def test_a_broken_stored_state_is_left_alone_and_the_page_opens(today: Any, state: str) -> None:
    today.run("Changes.decide(2, 'close')")
    (slot,) = stored(today)
    today.run("Keep.saved()")
    today.run("([slot, state]) => addEventListener('pagehide', () => localStorage.setItem(slot, state))", [slot, state])
    today.page.reload()
    assert today.run("localStorage.getItem(Object.keys(localStorage)[0])") == state
    today.page.click("#tab-overview")
    assert written(today) == ()
    assert today.page.locator("#figures .tile").count() > 0
    assert today.errors == []


def test_where_storage_is_full_or_forbidden_the_reader_is_warned_before_leaving(today: Any) -> None:
    for broken in (
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }",
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })",
    ):
        today.run(f"() => {{ {broken} }}")
        today.run("Changes.decide(2, 'close')")
        today.run("dispatchEvent(new Event('pagehide'))")
        assert today.run("!dispatchEvent(new Event('beforeunload', {cancelable: true}))")
        today.run("Changes.undo()")
    assert today.errors == []


def test_two_windows_on_one_file_are_told_of_each_other(today: Any) -> None:
    other = today.page.context.new_page()
    other.goto(today.page.url)
    other.evaluate("Page.set({plan: 0}); Changes.decide(3, 'close'); dispatchEvent(new Event('pagehide'))")
    today.page.wait_for_selector("#restored:not([hidden])")
    assert "另一窗口" in today.text("#restored")
    today.run("Changes.decide(2, 'close')")
    assert written(today) == (Close("S3", stage="primary"),)  # what is on the screen is this window's alone


def saved_page(opened: Any, tmp_path: Path, name: str) -> str:
    opened.run("document.getElementById('share').open = true")
    with opened.page.expect_download() as download:
        opened.page.click("#savePage")
    file = tmp_path / name
    download.value.save_as(file)
    return file.read_text(encoding="utf-8")


def test_a_saved_page_is_edited_again_and_again(open_page: Any, today: Any, tmp_path: Path) -> None:
    today.run("Changes.decide(2, 'close')")
    today.run("Changes.keepVariant()")
    again = open_page(saved_page(today, tmp_path, "one.html"))
    assert written(again) == (Close("S3", stage="primary"),)
    assert again.run("Changes.variants.length") == 1
    again.run("Changes.decide(3, 'close')")
    again.run("Keep.saved()")
    again.page.reload()
    # Later edits on the saved file come back, not those it was saved with.
    assert len(written(again)) == 2
    assert "已恢复上次在本机的 2 项改动" in again.text("#restored")
    again.run("Changes.reset()")
    again.run("Keep.saved()")
    again.page.reload()
    assert written(again) == ()  # taken back for good
    again.run("Page.set({plan: 0, tab: 'overview'})")
    again.run("Changes.decide(1, 'close')")
    third = open_page(saved_page(again, tmp_path, "two.html"))
    assert written(third) == (Close("S2", stage="primary"),)
    assert third.page.locator("script#kept").count() == 1
    assert again.errors == third.errors == []


# ---- links ----------------------------------------------------------------------------------------------------------


def test_a_link_keeps_new_schools_apart_whatever_their_order(open_page: Any, today: Any, html: str) -> None:
    """Two new schools; the one that takes a merged school's pupils is the second, whose edit stands first."""
    today.run("Page.set({hand: {do: 'site'}})")
    at = today.run("[[4, 20].map(k => [Page.data.places.lon[k], Page.data.places.lat[k]])][0]")
    first, second = (today.run("([lon, lat]) => Changes.build(lon, lat)", spot) for spot in at)
    today.run("([from, into]) => Changes.decide(from, 'merge', {into})", [3, second])
    today.run("school => Changes.decide(school, 'open', {seats: 300})", first)
    want = {(e.do, getattr(e, "site", None) or e.into) for e in written(today) if e.do in ("open", "merge")}
    link = today.run("Keep.shortState()")
    again = open_page(html)
    assert again.run("text => Keep.paste(text)", link).startswith("已载入 3")
    got = written(again)
    merge = next(edit for edit in got if isinstance(edit, Merge))
    assert merge.into == f"new@{at[1][0]:.5f},{at[1][1]:.5f}"
    assert {e.site for e in got if e.do == "open"} == {f"new@{lon:.5f},{lat:.5f}" for lon, lat in at}
    assert len(want) >= 2
    assert again.run("Reader.view().figures") == today.run("Reader.view().figures")


@pytest.mark.parametrize("hash_", ["#s=%E0%A4%A", "#s=", "#s=<img src=x onerror=window.pwned=1>", "#s=a~b~c~d~0:c1"])
def test_a_broken_link_opens_the_page_as_it_is(today: Any, hash_: str) -> None:
    today.page.goto("about:blank")
    today.page.goto(today.page.url)
    today.page.go_back()
    today.run("hash => { location.hash = hash; }", hash_)
    today.page.reload()
    today.page.click("#tab-overview")
    assert today.page.locator("#figures .tile").count() > 0
    assert written(today) == ()
    assert today.run("window.pwned") is None
    assert [error for error in today.errors if "dialog" not in error] == []


def test_no_letter_of_a_link_makes_the_page_fail(today: Any) -> None:
    today.run("Changes.decide(3, 'merge', {into: 1}); Changes.pin([4], 1); Changes.enlarge(1, 720)")
    link = today.run("Keep.shortState()")
    told = today.run(
        """link => { let ours = 0; for (let k = 0; k < link.length; k++) for (const sign of "~:,>*=!@gz0-.") {
        const found = Keep.fromShort(link.slice(0, k) + sign + link.slice(k + 1));
        if (!found) continue; ours++;
        for (const each of Object.values(found.edits)) for (const edit of each)
            if (Page.data.schools.id[edit.school] === undefined) return "no school"; }
        return ours; }""",
        link,
    )
    assert isinstance(told, int)
    assert today.errors == []


# ---- files ----------------------------------------------------------------------------------------------------------


def load(opened: Any, *edits: dict[str, Any], **more: Any) -> list[str]:
    told: list[str] = opened.run("told => Scenario.load(told)", {"edits": list(edits), **more})
    return told


@pytest.mark.parametrize(
    ("edits", "says"),
    [
        ([{"do": "close", "school": "S3"}, {"do": "keep", "school": "S3"}], "同一对象有两项相反的改动：黄坪小学"),
        ([{"do": "merge", "school": "S3", "into": "S3"}], "学生被送往将撤并的学校：黄坪小学"),
        ([{"do": "merge", "school": "S4", "into": "S3"}, {"do": "close", "school": "S3"}], "学生被送往将撤并的学校"),
        ([{"do": "pin", "place": "V01", "school": "S3"}, {"do": "close", "school": "S3"}], "学生被送往将撤并的学校"),
        ([{"do": "pin", "place": "V01", "school": "S3"}, {"do": "pin", "place": "V01", "school": "S2"}], "第1村"),
        ([{"do": "close", "school": "S3", "grades": "77"}], "年级：77"),
        ([{"do": "expand", "school": "S3", "seats": "1e999"}], "学位：1e999"),
        ([{"do": "expand", "school": "S3", "seats": "0x99"}], "学位：0x99"),
        ([{"do": "expand", "school": "S3", "seats": -5}], "学位：-5"),
        ([{"do": "close", "school": "S3", "year": "soon"}], "年份：soon"),
        ([{"do": "close", "school": "S3", "reason": {"a": 1}}], "理由"),
        ([{"do": "open", "site": "new@999.0,31.0", "stage": "primary", "seats": 90}], "位置不在本县范围"),
        ([{"do": "pin", "place": "V99", "school": "S3"}], "没有这个居住点：V99"),
        ([{"do": "close", "school": "<img src=x onerror=alert(1)>"}], "没有这所学校：<img"),
        (["close S3"], "不是一项改动"),
    ],
)  # fmt: skip
def test_what_the_command_line_refuses_is_not_taken_over(today: Any, edits: list[Any], says: str) -> None:
    today.run("Changes.decide(1, 'keep')")
    faults = load(today, *edits)
    assert any(says in fault for fault in faults), faults
    assert [edit.do for edit in written(today)] == ["keep"]
    assert today.errors == []


BROKEN = (
    "", "{", "[", "- - -", "name: [1, 2", "a: b: c", "edits:\n  - {do: close, school: 'S3}", "\t- x", "edits: &a [*a]",
    "!!python/object:os.system {}", "\u0000\u0001", "x" * 1_100_000, "- " * 5_000, "edits: " + "[" * 3_000,
    "__proto__: {do: close}", "edits: {do: close}",
)  # fmt: skip


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_broken_yaml_is_refused_with_a_reason(today: Any, text: str) -> None:
    faults = today.run("text => Scenario.loadText(text)", text)
    if faults == []:  # a mapping without edits is a scenario that changes nothing
        assert written(today) == ()
    else:
        assert all(len(fault) < 400 for fault in faults)
    assert today.run("({}).do") is None
    assert today.errors == []


def test_a_file_of_another_study_or_plan_is_told_of(today: Any, tmp_path: Path) -> None:
    today.run("Changes.decide(2, 'close')")
    own = today.run("Yaml.write(Scenario.scenario())")
    today.run("Changes.reset()")

    def chosen(text: str) -> str:
        file = tmp_path / "plan.yaml"
        file.write_text(text, encoding="utf-8")
        today.page.set_input_files("#load", file)
        today.page.wait_for_function("() => Reader.editsOf().length === 1")
        said = today.text("#bench")
        today.run("Changes.reset()")
        return str(said)

    assert "另一份数据" not in chosen(own)
    assert "写自另一份数据：邻县 2021" in chosen(own.replace("青白县（模拟） 2023", "邻县 2021"))
    assert "本页没有这个方案" in chosen(own.replace("base: 今天", "base: 别的方案"))
    today.run("Page.set({lang: 'en'})")
    assert "written for other data: Elsewhere 2020" in chosen(
        own.replace("青白县（模拟） 2023；方案：", "Elsewhere 2020; plan: ")
    )
    assert today.errors == []


def test_hostile_notes_stay_text_in_files_prints_and_tables(open_page: Any, today: Any, html: str) -> None:
    hostile = "x\n[primary S1] <img src=x onerror=window.pwned=9> \u202e\"'`${1}{{2}} =1+1" + "长" * 200
    today.run("Changes.decide(2, 'close')")
    today.run("text => Changes.explain(2, text)", hostile)
    today.run("text => Changes.annotate(2, text)", hostile)
    text = today.run("Yaml.write(Scenario.scenario())")
    assert Scenario.from_mapping(json.loads(json.dumps(today.run("Scenario.scenario()")))).edits[0].reason == hostile
    again = open_page(html)
    assert again.run("text => Scenario.loadText(text)", text) == []
    assert again.run("Reader.editsOf()[0].reason") == hostile
    for opened in (today, again):
        opened.run("Page.pick('school', 2)")
        opened.run("Pack.make()")
        opened.run("Pack.done()")
        opened.run("Page.toPaper()")
        opened.run("Page.toScreen()")
        assert opened.run("window.pwned") is None
        assert opened.page.locator("#app img:not([aria-hidden]), #pack img").count() == 0  # the legend has pictures
        assert opened.run("document.documentElement.scrollWidth") <= 1366
        assert opened.errors == []
    assert today.run("Sheetfile.csv([['=1+1 \"x\"\\n']])").startswith("\ufeff\"'=1+1")
