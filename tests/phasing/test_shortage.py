"""Years that cannot be seated, worked out by hand: which stage, where, how many seats, the cheapest way out."""

from __future__ import annotations

import re
from typing import Any

import layout_planner as lp
from layout_planner.base.messages import using_language
from layout_planner.phasing.peaks import peaks
from layout_planner.phasing.plan_years import plan_years
from layout_planner.plan.yearplan import short_lines
from layout_planner.show.calendar import calendar
from layout_planner.study import Study
from tests.phasing.test_phasing import RULES, course
from tests.phasing.test_plan_years import MONEY, STILL, TRAVEL, steady
from tests.toy.county import line_county, nine_year_county

ONE_YEAR: dict[str, Any] = STILL | {
    "start": 2024, "end": 2024, "variants": ("middle",), "money": MONEY, "rounds": 1, "time_limit": 1e9, "gap": 0.0,
}  # fmt: skip


def said(study: Study, rules: lp.Rules = RULES, stages: tuple[str, ...] = ("primary",), **wishes: Any) -> list[str]:
    found = plan_years(study, TRAVEL, rules, steady(study), **ONE_YEAR | {"stages": stages} | wishes)
    assert found.verify().holds
    with using_language("zh"):
        return [str(line) for line in short_lines(found)]


def test_seats_enough_in_pieces_smaller_than_a_village() -> None:
    """Three schools of 150 hold two villages of 60 each: the seventh has no seat, while 90 are free, 30 at each."""
    assert said(line_county(seats=dict.fromkeys(("S1", "S2", "S3"), 150.0))) == [
        "小学，西乡：2024 年缺 60 个学位（中方案，当地学位 150）；最省办法：学位总量够用：允许一村分到几所学校。"
    ]


def test_in_blocks_they_are_seated() -> None:
    """Villages of 60 in two blocks of 30 each: five blocks fill each school of 150, four are left for the third.

    B, with S1 at its door, and A and C, 2 minutes off, have six blocks; one of A or C goes 6 or 10 minutes further.
    """
    study = line_county(seats=dict.fromkeys(("S1", "S2", "S3"), 150.0))
    found = plan_years(study, TRAVEL, RULES, steady(study), **ONE_YEAR | {"block": 30, "stages": ("primary",)})
    assert found.verify().holds and found.status == "optimal" and found.unplaced.empty
    assert found.flows["pupils"].sum() == 420.0 and found.flows["pupils"].min() == 30.0
    assert found.rooms.set_index("school_id")["pupils"].max() == 150.0
    assert any("14" in note.en for note in found.notes)


def test_no_school_within_reach() -> None:
    """A and C, 2 minutes from S1, D and F, 2 from S2; the limit is a minute: 120 children a side, 80 yuan a minute."""
    near = RULES.with_(primary={"reach_minutes": 1})
    # 120 children · 2 minutes · 80 yuan = 19,200 a year on each side.
    lines = said(line_county(), near, reach="hard")
    assert lines == [
        f"小学，{side}：2024 年缺 120 个学位（中方案，当地学位 {seats}）；最省办法：附近无校：放宽路程上限，或寄宿、"
        "校车（按一年路程计价）：约 19,200 元。"
        for side, seats in (("西乡", 270), ("东乡", 540))
    ]


def test_a_township_without_the_stage() -> None:
    """No junior school in the west; S2 is 8 minutes from C, 10 from B and 12 from A, who may go 8: 30 have no seat.

    15 · (10 + 12) minutes · 80 yuan are 26,400.
    """
    near = RULES.with_(junior={"reach_minutes": 8})
    assert said(nine_year_county(), near, ("junior",), reach="hard") == [
        "初中，西乡：2024 年缺 30 个学位（中方案，当地学位 0）；最省办法：附近无校：放宽路程上限，或寄宿、校车"
        "（按一年路程计价）：约 26,400 元。"
    ]


def test_a_conversion_is_named_only_where_there_is_a_building_to_convert() -> None:
    """Juniors have 50 and 40 seats for seven villages of 15: two stay out, and 15 would if villages parted.

    S1's 12 rooms could be theirs at 2,500 a seat, were a closure allowed; primary children have 540 seats elsewhere.
    With primary schools alone there is nothing to convert: 420 children have 390 seats, and in the first year nothing
    can be built, so that seats above the standard, three years at 1,500, are all that is left.
    """
    study = nine_year_county()
    offers = study.offers.copy()
    offers.loc[[("S2", "junior"), ("S3", "junior")], "seats"] = [50.0, 40.0]
    wishes: dict[str, Any] = {"convert": True, "convert_lead": 0}
    both = said(study.with_(offers=offers), stages=("primary", "junior"), most_closures=0, **wishes)
    assert both == [
        "初中，西乡：2024 年缺 30 个学位（中方案，当地学位 0）；最省办法：将其他学段校舍改办本学段：约 75,000 元。"
    ]
    alone = said(line_county(seats={"S1": 180.0, "S2": 180.0, "S3": 30.0}), **wishes)
    assert [line.split("最省办法：")[1] for line in alone] == ["放宽弹性学位三年：约 270,000 元。"]


def test_the_calendar_names_who_is_above_the_standard_and_what_stood_there_before() -> None:
    """Three schools of 100 take three villages of 60 or two, with seats above the standard: 80 and twice 20 over."""
    study = line_county(seats=dict.fromkeys(("S1", "S2", "S3"), 100.0))
    found = plan_years(study, TRAVEL, RULES, steady(study), **ONE_YEAR | {
        "stages": ("primary",), "elastic": 0.8, "close": False
    })  # fmt: skip
    page = calendar(found, lang="zh").page
    part = page.split("哪些学校、哪些年")[1].split("</table>")[0]
    rows = [re.sub("<[^>]+>", " ", row).split() for row in part.split("<tr>")[2:]]
    full = max(found.rooms.itertuples(), key=lambda row: row.over)
    assert rows[0] == [full.name, "小学", "2024", "2024", "180", "人／100", "学位", "80", "人（80%）"]
    assert [row[-2:] for row in rows[1:]] == [["20", "人（20%）"]] * 2
    assert "<h1>直线县 2024 年校舍使用安排</h1>" in page
    # Today first: three classrooms each, by the class size of 45.
    assert re.findall(r'<th class="y">现状|<td class="y"><span[^>]*>(\d+)</span></td>', page) == ["", "3", "3", "3"]


LENT = ["stage", "township_id", "short", "from_stage", "from_township", "rooms", "seats", "minutes", "left"]


def lent(study: Study, west: float, within: float) -> list[list[object]]:
    found = peaks(course(study, {2024: west}, {2024: 1.0}), TRAVEL, RULES, within=within)
    return found.lending[LENT].fillna(-1.0).to_numpy().tolist()


def test_rooms_lent_from_stage_to_stage_by_hand() -> None:
    """East: 540 primary seats for 240 children, 200 junior ones for 60; west: 270 primary seats and no junior school.

    As today the west's 45 juniors need one room of 50, and the west's primary school has 90 seats, two rooms of 45,
    empty: next door. With three times the children the west lacks 270 primary and 135 junior seats. The east's juniors
    leave 140 seats, two rooms, which make 90 primary seats, 180 are left; its primary schools 300, six rooms, of which
    three make 150 junior seats. A, B and C are 12, 10 and 8 minutes from S2, 10 in the mean: within 9 nobody lends.
    """
    study = nine_year_county()
    assert lent(study, 1.0, 9.0) == [["junior", "T1", 45.0, "primary", "T1", 1.0, 50.0, -1.0, 0.0]]
    assert lent(study, 3.0, 10.0) == [
        ["primary", "T1", 270.0, "junior", "T2", 2.0, 90.0, 10.0, 180.0],
        ["junior", "T1", 135.0, "primary", "T2", 3.0, 150.0, 10.0, 0.0],
    ]
    assert lent(study, 3.0, 9.0) == []


def test_the_way_is_to_the_school_that_lends() -> None:
    """S3 alone has juniors, 200 seats of them: 20, 18 and 16 minutes from A, B and C, though S2 is nearer."""
    study = nine_year_county()
    offers = study.offers.drop(("S2", "junior"))
    offers.loc[("S3", "junior"), "seats"] = 200.0
    gone = (study.rolls["school_id"] == "S2") & (study.rolls["stage"] == "junior")
    found = lent(study.with_(offers=offers, rolls=study.rolls.loc[~gone]), 3.0, 20.0)
    assert [(row[0], row[3], row[7]) for row in found] == [("primary", "junior", 18.0), ("junior", "primary", 10.0)]
