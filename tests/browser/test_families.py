"""The page for families on a phone: a thousand answers held to the run folder, hostile names, the form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from show_toy import HOSTILE, toy_plans

from layout_planner.catchments import consultation
from layout_planner.show import BureauWords, lookup_page
from tests.toy.villages import VILLAGES, thousand_plan

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}

READ = """async () => {
  const ids = JSON.parse(document.getElementById("data").textContent).places.map((place) => place[0]);
  const found = {};
  for (const id of ids) {
    const turned = new Promise((done) => window.addEventListener("hashchange", done, { once: true }));
    location.hash = id;
    await turned;
    const read = (box) => [...box.querySelectorAll(".way")].map((way) =>
      [...way.querySelectorAll("b")].map((b) => [b.querySelector("bdi") ? b.querySelector("bdi").textContent : "",
        b.nextElementSibling ? b.nextElementSibling.textContent : ""]));
    found[id] = {
      village: document.querySelector("#village").textContent,
      alarms: document.querySelectorAll("#answer .alarm").length,
      first: document.querySelector("#answer").firstElementChild.querySelector(".alarm") !== null,
      stages: [...document.querySelectorAll("#answer .stage")].map((stage) =>
        [...stage.querySelectorAll(".band")].map((band) => ({
          same: band.querySelector(".same") !== null, ways: read(band), text: band.textContent }))),
    };
  }
  return found;
}"""


def expected(flows: pd.DataFrame, place: str, stage: str, names: pd.Series) -> set[tuple[str, str]]:
    """Give what a run folder says of a village and stage: school and rounded minutes."""
    mine = flows.loc[(flows["place_id"] == place) & (flows["stage"] == stage)]
    minutes = np.floor(mine["minutes"] + 0.5).astype(int)
    words = {m: "不到 1 分钟" if m < 1 else f"单程约 {m} 分钟" for m in minutes}
    return {(str(names[school]), f"步行 · {words[m]}") for school, m in zip(mine["school_id"], minutes, strict=True)}


def told(bands: list[dict[str, Any]], which: int) -> set[tuple[str, str]]:
    """Give what the page shows: today's schools (0) or the plan's (−1)."""
    found = set()
    for band in bands:
        for school, way in band["ways"][which]:
            if school:
                found.add((school, " · ".join(way.split(" · ")[:2])))
    return found


def test_a_thousand_villages_are_answered_as_the_run_folder_does(open_page: Any, tmp_path: Path) -> None:
    names = dict(enumerate(HOSTILE)) | {500: '=HYPERLINK("http://x")'}
    plan = thousand_plan(names)
    run = plan.write(tmp_path / "run")
    after = pd.read_csv(run / "assignment.csv", dtype={"place_id": str, "school_id": str})
    assert plan.base is not None
    before = pd.concat([a.flows for a in plan.base.assignments.values()])
    schools = plan.study.schools["name"]
    opened = open_page(lookup_page(plan).page, **PHONE)
    found = opened.page.evaluate(READ)
    assert len(found) == VILLAGES
    for place, answer in found.items():
        if place == "V0999":  # no way to any school: told before all else
            assert answer["alarms"] == 2 and answer["first"]
            assert not any(band["same"] for bands in answer["stages"] for band in bands)
            continue
        assert answer["alarms"] == 0, place
        for bands, stage in zip(answer["stages"], ("primary", "junior"), strict=True):
            assert told(bands, -1) == expected(after, place, stage, schools), (place, stage)
            if not all(band["same"] for band in bands):
                assert told(bands, 0) == expected(before, place, stage, schools), (place, stage)
                assert "2026年秋季学期" in bands[0]["text"] or "2027年秋季学期" in bands[0]["text"]
    assert opened.run("window.pwned") is None
    assert opened.errors == [] and opened.requests == []
    assert opened.run("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_parent_types_taps_and_replies(open_page: Any, tmp_path: Path) -> None:
    plan = thousand_plan()
    opened = open_page(lookup_page(plan, told=BureauWords(ask="0816-1234567", exempt="六年级")).page, **PHONE)
    page = opened.page
    # Who has no school stands before the search.
    assert "还有 18 名儿童没有学校" in page.inner_text("#without")
    assert page.locator("#without").bounding_box()["y"] < page.locator("#search").bounding_box()["y"]
    page.fill("#typed", "bs175c")  # by the first letters
    page.locator("#hits button").first.click()
    assert page.inner_text("#village") == "北山175村"
    answer = page.inner_text("#answer")
    for words in ("学校有变化", "第3学校", "2026年秋季学期", "校舍为D级", "六年级", "0816-1234567", "征求意见"):
        assert words in answer, words
    page.click("#language")
    assert "The school changes" in page.inner_text("#answer") and "autumn 2026" in page.inner_text("#answer")
    page.click("#language")
    page.click("#save")
    assert "请先选择" in page.inner_text("#told")
    page.click("#reply button:text-is('小学')")
    page.click("#reply button:text-is('不同意')")
    page.click("[aria-label='上移: 班级人数少']")
    page.fill("#free", "<img src=x onerror=window.pwned=1> 路太远，孩子小\u202e")
    with page.expect_download() as waiting:
        page.click("#save")
    folder = tmp_path / "replies"
    folder.mkdir()
    waiting.value.save_as(folder / "a.json")
    copied = json.loads(page.input_value("#copy"))
    assert copied == json.loads((folder / "a.json").read_text(encoding="utf-8"))
    assert copied["ranking"] == ["small", "near", "same", "together"]
    got = consultation(folder, plan)
    assert got.refused.empty and got.replies.loc[0, ["place_id", "stage", "answer"]].tolist() == [
        "V0175",
        "primary",
        "no",
    ]
    assert got.replies.loc[0, "words"] == "<img src=x onerror=window.pwned=1> 路太远，孩子小"
    assert got.closures.loc[("S03", "primary"), ["replies", "no", "against"]].tolist() == [1, 1, 1.0]
    page.click("#back")
    page.locator("#hits summary").nth(4).click()  # by township
    page.locator("#hits details button").first.click()
    assert page.inner_text("#village") == "东山160村"
    assert opened.run("window.pwned") is None and opened.errors == [] and opened.requests == []


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: name[:12])
def test_a_hostile_name_stays_text_on_the_page_for_families(open_page: Any, name: str) -> None:
    before, after = toy_plans(name)
    opened = open_page(lookup_page(after.with_(base=before), told=BureauWords(ask=name, exempt=name)).page, **PHONE)
    opened.page.locator("#hits summary").first.click()
    opened.page.locator("#hits details button").first.click()
    opened.page.click("#language")
    assert opened.run("window.pwned") is None
    assert opened.errors == [] and opened.requests == []
    assert opened.page.locator("img, iframe, body script[src]").count() == 0
    assert opened.run("document.documentElement.scrollWidth") <= PHONE["width"]
    assert opened.run("getComputedStyle(document.querySelector('#village bdi')).unicodeBidi") == "isolate"
