"""The page for families, without a browser: what is in it, and what must never be."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from show_toy import HOSTILE, toy_plans

import layout_planner as lp
from layout_planner.plan import ELSEWHERE, NO_SEAT, Plan, plan_digest, read_plan
from layout_planner.show import BureauWords, lookup_page, print_notices
from layout_planner.show.lookup import MOST_BYTES, lookup_data
from tests.toy.county import line_county, line_travel
from tests.toy.villages import thousand_plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return thousand_plan()


def village(data: dict, name: str, stage: str = "primary") -> list:
    """Give what the page tells of a village: bands of (grades mask, schools today, schools planned, state)."""
    at = next(k for k, place in enumerate(data["places"]) if place[0] == name)
    mine = next(one for one in data["stages"] if one["key"] == stage)
    ids = [data["schools"][option[0]][0] for option in mine["options"]]
    return [(m, [ids[k] for k in then], [ids[k] for k in now], state) for m, then, now, state in mine["rows"][at]]


def test_a_village_before_and_after(plan: Plan) -> None:
    data = lookup_data(plan, "zh", BureauWords())
    # V0175 stands at 1,750 m, where S03 does: its children go to S02 or S04, both 500 m away.
    ((mask, today, planned, state),) = village(data, "V0175")
    assert (mask, today, state) == (0b111111, ["S03"], 0) and planned[0] in ("S02", "S04")
    assert village(data, "V0475") == [(0b111111, ["S09"], ["S08"], 0)]
    assert village(data, "V0025") == [(0b111111, ["S00"], ["S00"], 0)]
    assert village(data, "V0999") == [(0b111111, [], [], 1)]  # no way at all: first of all to be said
    for stage in data["stages"]:
        ends = {data["schools"][int(at)][0]: told for at, (told, _) in stage["changes"].items()}
        assert ends == {"S03": [2026, "校舍为D级"], "S09": [2027, ""]}
    assert [stage["without"] for stage in data["stages"]] == [12, 6]
    assert data["sounds"][475] == "beishan475cun bs475c"


def test_what_is_internal_is_not_in_the_file(plan: Plan) -> None:
    told = BureauWords(ask="教育局基教股 0816-1234567", exempt="六年级学生可在原校毕业", why={"S03": "原校舍不能再用"})
    page = lookup_page(plan, told=told).page
    block = re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert block is not None
    data = json.loads(block[1])
    assert set(data) == {"lang", "county", "year", "compared", "simulated", "digest", "ask", "exempt", "townships",
                         "places", "sounds", "schools", "stages", "form"}  # fmt: skip
    assert {key for stage in data["stages"] for key in stage} == {
        "key", "name", "grades", "options", "rows", "changes", "without"
    }  # fmt: skip
    # Teachers (98,765 a school), seats (54,321), rolls, measures, findings, sources of rules, files: none of them.
    assert "98765" not in block[1] and "54321" not in block[1]
    inside = (
        "teacher seat enrolment finding severity scorecard breach 教督 国办 师 yuan objective provenance pupils D级"
    )
    for word in inside.split():
        assert word not in block[1], word
    assert "0816-1234567" in page and "六年级学生可在原校毕业" in page and "原校舍不能再用" in page
    assert len(page.encode()) < MOST_BYTES
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None and policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy[1] and page.count("<script") == 2
    assert not re.search(r'(?:src|href)="(?!#)', page)


def test_children_who_learn_elsewhere_are_not_without_a_school() -> None:
    plan = lp.today(line_county(), line_travel(), lp.Rules())
    primary = plan.assignments["primary"]
    lost = primary.flows.iloc[:2].assign(reason=[ELSEWHERE.en, NO_SEAT.en])[primary.unplaced.columns]
    data = lookup_data(plan.with_(assignments={"primary": primary.with_(unplaced=lost)}), "en", BureauWords())
    assert {band[3] for band in village(data, "A")} == {0, 1, 2}
    assert data["stages"][0]["without"] == 10 and data["compared"] == 0


def test_migrant_children_are_told_apart_only_where_they_go_elsewhere() -> None:
    plan = lp.today(line_county(migrants={"A": 4.0, "B": 4.0}), line_travel(), lp.Rules())
    primary = plan.assignments["primary"]
    moved = primary.flows["place_id"].eq("A") & primary.flows["group"].eq("migrant")
    flows = primary.flows.assign(school_id=primary.flows["school_id"].where(~moved, "S2"))
    data = lookup_data(plan.with_(assignments={"primary": primary.with_(flows=flows)}), "en", BureauWords())
    (stage,) = data["stages"]

    def whose(k: int) -> set[tuple[str, int]]:
        mine = {option for band in stage["rows"][k] for option in band[2]}
        return {(data["schools"][stage["options"][at][0]][0], stage["options"][at][5]) for at in mine}

    assert whose(0) == {("S1", 0), ("S2", 1)}
    assert whose(1) == {("S1", 0)}


def test_a_plan_has_one_digest_before_and_after_its_folder(plan: Plan, tmp_path) -> None:
    assert re.fullmatch("[0-9a-f]{16}", plan_digest(plan))
    assert plan_digest(plan) != plan_digest(plan.base)
    small = lp.solve(
        line_county(seats={"S2": 400.0}), line_travel(), lp.Rules(), scenario=lp.Scenario("m", [lp.Close("S1")])
    )
    back = read_plan(small.write(tmp_path / "run"))
    assert plan_digest(back) == plan_digest(small)
    assert lookup_page(back).page == lookup_page(small).page


def test_a_page_too_large_and_one_of_nothing_are_refused(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    some = lookup_data(plan, "zh", BureauWords(), townships=["T00", "T03"])
    assert len(some["places"]) == 80 and some["townships"] == ["第0镇", "第3镇"]
    with lp.using_language("en"), pytest.raises(lp.DataError, match="no village is left"):
        lookup_page(plan, townships=["nowhere"])
    monkeypatch.setattr("layout_planner.show.lookup.MOST_BYTES", 10_000)
    with lp.using_language("en"), pytest.raises(lp.DataError, match="one page for some of the townships"):
        lookup_page(plan)


def test_a_notice_says_first_who_has_no_school_and_bears_a_code(plan: Plan) -> None:
    told = BureauWords(ask="0816-1234567", url="https://edu.example/lookup.html")
    page = print_notices(plan, told=told, townships=["T24"]).page
    sheets = re.findall(r"<article>.*?</article>", page, re.DOTALL)
    assert len(sheets) == 40 and all(sheet.count("<svg") == 1 for sheet in sheets)
    last = sheets[-1]
    assert "还没有学校：小学所有年级的部分孩子" in last and last.index("还没有学校") < last.index("<table")
    assert "0816-1234567" in last and "<script" not in page
    closing = print_notices(plan, lang="en", told=told, townships=["T04"]).page
    assert "autumn 2026: 校舍为D级" in closing and "on foot along the roads" in closing


def test_the_code_leads_to_the_village_or_holds_the_answer(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    import segno

    drawn: list[str] = []
    make = segno.make
    monkeypatch.setattr(segno, "make", lambda content, **how: (drawn.append(content), make(content, **how))[1])
    print_notices(plan, told=BureauWords(url="https://edu.example/x.html#old"), townships=["T00"])
    assert drawn[0] == "https://edu.example/x.html#V0000"
    drawn.clear()
    print_notices(plan, townships=["T11"])
    assert drawn[35].startswith("北山475村\n小学 所有年级: 第9学校 (沿道路步行")
    assert "第9学校" in drawn[35] and "第8学校" in drawn[35] and all(len(text.encode()) <= 710 for text in drawn)


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: name[:12])
def test_a_hostile_name_is_no_markup(name: str) -> None:
    before, after = toy_plans(name)
    plan = replace(after, base=before)
    told = BureauWords(ask=name, exempt=name, url="https://x.example/")
    for page in (lookup_page(plan, told=told).page, print_notices(plan, told=told).page):
        assert "<img src=x" not in page and "<script>window" not in page
        assert page.count("</script>") in (0, 2)
