"""Ten tasks of a county secretary and ten of a planner, done by script on two builds of the page, with what each takes.

    python -m benchmarks.page_tasks --old OLD.html --new NEW.html

A click, a text typed, an entry chosen, a key and a stroke of the pen each count one. A task a page has no way for is
"—". Every task ends with what must then be so; a script that does not get there fails.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHOOL, LETTERS = "P010", "huaiting"
"""The school the planner works on, and the pinyin of a village (槐汀苑)."""


class Hand:
    """A reader's hand on one page; it counts."""

    def __init__(self, tab: Any) -> None:
        self.tab, self.count = tab, 0

    def _did(self) -> None:
        self.count += 1
        self.tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")

    def click(self, what: str) -> None:
        """Press something."""
        self.tab.locator(what).first.click()
        self._did()

    def type(self, what: str, text: str) -> None:
        """Type into a box and leave it."""
        self.tab.fill(what, text)
        self.tab.locator(what).first.dispatch_event("change")
        self._did()

    def choose(self, what: str, value: str) -> None:
        """Choose an entry."""
        self.tab.select_option(what, value)
        self._did()

    def key(self, key: str) -> None:
        """Press a key."""
        self.tab.keyboard.press(key)
        self._did()

    def on_map(self, lon: float, lat: float) -> None:
        """Press the map at a point."""
        x, y = self._spot(lon, lat)
        self.tab.mouse.click(x, y)
        self._did()

    def ring(self, lon: float, lat: float, side: float = 40) -> None:
        """Draw a ring by hand around a point, so many pixels each way."""
        x, y = self._spot(lon, lat)
        mouse = self.tab.mouse
        mouse.move(x - side, y - side)
        mouse.down()
        for dx, dy in ((side, -side), (side, side), (-side, side)):
            mouse.move(x + dx, y + dy, steps=3)
        mouse.up()
        self._did()

    def _spot(self, lon: float, lat: float) -> tuple[float, float]:
        x, y = self.tab.evaluate(
            """([lon, lat]) => { const p = Page.map.latLngToContainerPoint([lat, lon]);
            const box = document.getElementById("map").getBoundingClientRect(); return [box.x + p.x, box.y + p.y]; }""",
            [lon, lat],
        )
        return x, y

    def so(self, script: str) -> None:
        """What must be so now."""
        assert self.tab.evaluate(script), script

    def home(self, school: str) -> tuple[float, float]:
        """Longitude and latitude of a school."""
        at = self.tab.evaluate("id => Page.data.schools.id.indexOf(id)", school)
        lon, lat = self.tab.evaluate("at => [Page.data.schools.lon[at], Page.data.schools.lat[at]]", at)
        return lon, lat


Way = Callable[[Hand], None]


@dataclass(frozen=True)
class Task:
    """What is to be done, and how on the old and the new page; None where there is no way."""

    who: str
    what: str
    old: Way | None
    new: Way | None


def find_school(hand: Hand) -> None:
    hand.click("#tab-schools")
    hand.type("#find", SCHOOL)
    hand.click("#found .plain")


def closed(hand: Hand) -> None:
    hand.so(f"Reader.editsOf().some(e => e.do === 'close' && Page.data.schools.id[e.school] === '{SCHOOL}')")


def close(hand: Hand) -> None:
    hand.click("#tab-schools")
    hand.type("#find", SCHOOL)
    hand.click("#found .act")
    closed(hand)


def sheet(number: int, kind: str) -> Way:
    def way(hand: Hand) -> None:
        hand.click(f"#sheets .pages button:nth-child({number})")
        hand.so(f"Page.data.sheets[Page.state.sheet].kind === '{kind}'")

    return way


def nothing(script: str) -> Way:
    return lambda hand: hand.so(script)


def pressed(button: str, script: str = "true") -> Way:
    def way(hand: Hand) -> None:
        hand.click(button)
        hand.so(script)

    return way


def village(hand: Hand) -> None:
    hand.click("#tab-places")
    hand.type("#findVillage", LETTERS)
    hand.click("#villageTable tbody button")
    hand.so("document.querySelector('#card .mean') !== null")


def help_of_a_figure(hand: Hand) -> None:
    hand.click("#tab-overview")
    hand.click("#figures [data-measure=minutes_mean] .ask")
    hand.so("document.querySelector('#figures .help').innerText.length > 10")


def where_over_full(hand: Hand) -> None:
    hand.click("#tab-overview")
    hand.click("#figures [data-measure=over_full_schools] .narrows")
    hand.so("Only.wanted().schools.size > 0")


def merge(hand: Hand) -> None:
    find_school(hand)
    hand.click("#actMerge")
    hand.choose("#into", hand.tab.evaluate("document.querySelector('#into option:nth-child(2)').value"))
    hand.so("Reader.editsOf()[0].do === 'merge'")


def split(hand: Hand) -> None:
    find_school(hand)
    hand.click("#actGrades")
    hand.choose("#bands", "4-6")
    hand.choose("#into", hand.tab.evaluate("document.querySelector('#into option:nth-child(2)').value"))
    hand.so("Reader.editsOf()[0].grades === '4-6'")


def lasso(hand: Hand) -> None:
    find_school(hand)
    hand.click("#actPaint")
    hand.click("#lassoOn")
    hand.ring(*hand.home(SCHOOL))
    hand.click("#handDone")
    hand.so("Reader.editsOf().filter(e => e.do === 'pin').length > 1")


def build(hand: Hand) -> None:
    hand.click("#tab-overview")
    hand.click("#newSchool")
    lon, lat = hand.home(SCHOOL)
    hand.on_map(lon + 0.03, lat + 0.02)
    hand.type("#actSeats", "270")
    hand.so("Reader.editsOf()[0].do === 'open' && Reader.editsOf()[0].seats === 270")


def seats(hand: Hand) -> None:
    find_school(hand)
    hand.type("#actSeats, #card input[type=number]", "2400")
    hand.so("Reader.editsOf()[0].seats === 2400")


def undo(hand: Hand) -> None:
    close(hand)
    hand.count = 0
    hand.key("Escape")
    hand.tab.evaluate("document.activeElement.blur()")
    hand.count = 0
    hand.key("Control+z")
    hand.so("Reader.editsOf().length === 0")


def variants(hand: Hand) -> None:
    close(hand)
    hand.count = 0
    hand.click("#tab-overview")
    hand.click("#variants summary")
    hand.click("#keepVariant")
    hand.so("document.querySelectorAll('#variantTable tbody tr').length > 3")


def shared(button: str) -> Way:
    def way(hand: Hand) -> None:
        close(hand)
        hand.count = 0
        hand.click("#tab-overview")
        hand.click("#share summary")
        if button == "#qrOn":
            hand.click(button)
            hand.so("document.querySelector('#qr svg') !== null")
            return
        with hand.tab.expect_download() as download:
            hand.click(button)
        assert Path(download.value.path()).stat().st_size > 1000

    return way


def saved_scenario(hand: Hand) -> None:
    close(hand)
    hand.count = 0
    hand.click("#tab-overview")
    with hand.tab.expect_download() as download:
        hand.click("#save")
    assert SCHOOL in Path(download.value.path()).read_text(encoding="utf-8")


NO_PRINT = "window.print = () => { window.printed = true; }"

SENTENCE = "document.getElementById('sentence').innerText"
COMPARED, ENGLISH = "Page.state.swipe !== null", "Page.state.lang === 'en'"

_WAYS: tuple[tuple[str, str, Way | None, Way | None], ...] = (
    (
        "secretary",
        "一句话看方案：撤并、换校、无学可上、红线",
        None,
        nothing(f"/撤并.*换校.*无学可上.*红线/.test({SENTENCE})"),
    ),
    ("secretary", "有没有孩子没学上", None, nothing(f"{SENTENCE}.includes('0 人无学可上')")),
    ("secretary", "按拼音找一个村，看它的路", None, village),
    ("secretary", "找一所学校，看学生从哪来、到哪去", find_school, find_school),
    ("secretary", "前后对比", pressed("#compare", COMPARED), pressed("#compare", COMPARED)),
    ("secretary", "看红线", sheet(2, "redlines"), sheet(2, "redlines")),
    ("secretary", "这个指标怎么算的", None, help_of_a_figure),
    ("secretary", "超员的学校在哪里", None, where_over_full),
    ("secretary", "打印 A4 决策材料", None, pressed("#pack4", "window.printed")),
    ("secretary", "换成英文", pressed("#language", ENGLISH), pressed("#language", ENGLISH)),
    ("planner", "关一所学校", close, close),
    ("planner", "并入指定的学校", None, merge),
    ("planner", "4–6 年级并入他校", None, split),
    ("planner", "圈选一片村庄划给一所学校", None, lasso),
    ("planner", "在地图上新建学校，给学位", None, build),
    ("planner", "改学位", seats, seats),
    ("planner", "撤销（改动之后）", undo, undo),
    ("planner", "存为备选并列比较（改动之后）", None, variants),
    ("planner", "导出方案 YAML（改动之后）", saved_scenario, saved_scenario),
    ("planner", "导出受影响村庄 Excel（改动之后）", None, shared("#villagesXlsx")),
    ("planner", "另存含改动的网页（改动之后）", None, shared("#savePage")),
    ("planner", "二维码带走（改动之后）", None, shared("#qrOn")),
)
TASKS = tuple(Task(*each) for each in _WAYS)


def clicks(browser: Any, html: Path, way: Way | None) -> str:
    """Do one task on a page that was just opened."""
    if way is None:
        return "—"
    context = browser.new_context(viewport={"width": 1366, "height": 768}, offline=True)
    tab = context.new_page()
    tab.goto(html.as_uri())
    tab.evaluate(NO_PRINT)
    hand = Hand(tab)
    way(hand)
    context.close()
    return str(hand.count)


def main() -> None:
    """Do all tasks on both pages and print what each took."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--old", type=Path, required=True)
    parser.add_argument("--new", type=Path, required=True)
    chosen = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        print("| who | task | before | now |\n|---|---|---|---|")
        for task in TASKS:
            before = clicks(browser, chosen.old.resolve(), task.old)
            print(f"| {task.who} | {task.what} | {before} | {clicks(browser, chosen.new.resolve(), task.new)} |")
        browser.close()


if __name__ == "__main__":
    main()
