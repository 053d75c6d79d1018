"""Schools that may be used for some years only: rebuilt or closed in time, argued by hand; solve and phase."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import layout_planner as lp
from layout_planner.base.errors import DataError
from layout_planner.base.messages import using_language
from layout_planner.phasing.outlook_settings import Years
from layout_planner.phasing.rebuilding import with_unsafe
from layout_planner.plan.yearplan import PLANS
from layout_planner.plan.years import YearPlan
from layout_planner.scenario import Merge, Rebuild
from layout_planner.show.calendar import calendar
from layout_planner.study import Study
from tests.phasing.test_phasing import RULES
from tests.phasing.test_plan_years import MONEY, STILL, TRAVEL, plan, steady
from tests.toy.county import line_county, nine_year_county

WISHES: dict[str, Any] = STILL | {
    "money": MONEY.with_(minute=2.5, school=100_000.0), "keep": ("S1", "S2"), "discount": 0.0, "rebuild_years": 1,
    "rebuild_seat": 10_000.0,
}  # fmt: skip
"""A minute costs 1,000 yuan a pupil and year, a school 100,000 a year, a rebuilt seat 10,000 in 50 years."""
OTHERS = 3 * (2 * 100_000 + 8 * 60 * 1_000)
"""S1 and S2 run on, and A, C, D and F are 2 minutes from them."""


def rebuilt(study: Study, last: int = 2024, **wishes: Any) -> YearPlan:
    return plan(study, steady(study), **WISHES | {"rebuild": {"S3": last}} | wishes)


def test_what_must_be_rebuilt_is_rebuilt_as_late_as_it_may_where_that_costs_least() -> None:
    """G's 60 children have S3 at their door and S2 8 minutes away: a year there costs 480,000; S3 may be used in 2024.

    S3 rebuilt in 2025: runs 3 years 300,000; 2025 at S2 480,000; 50 children change school and come back, 50,000; 270
    seats are 2.7 million, 54,000 of it in 2026: 884,000. Rebuilt in 2024 54,000 more. Closed in 2025: 100,000, twice
    480,000, and 25,000: 1,085,000; in 2024 1,465,000. Nobody else gains by another school. With a seat at 50,000 a
    rebuilding in 2025 costs 1,100,000: S3 closes. Where it may not be used at all, it is rebuilt in 2024.
    """
    study = line_county()
    found = rebuilt(study)
    assert found.status == "optimal" and found.objective == pytest.approx(OTHERS + 884_000)
    (act,) = found.acts.itertuples()
    assert (act.do, act.school_id, act.decided, act.year, act.lead, act.host) == ("rebuild", "S3", 2025, 2026, 1, "S2")
    assert (act.pupils, act.seats, act.rooms, act.cost) == (50.0, 0.0, 0.0, 2_700_000.0)
    assert found.calendar().loc[("S3", "三小")].tolist() == ["primary 6", "rebuilding", "primary 6"]
    costs = found.costs.set_index(["part", "year"])["yuan"]
    assert costs["running"].tolist() == [300_000.0] * 3 and costs["building"].tolist() == [0.0, 0.0, 54_000.0]
    assert costs["changes"].tolist() == [0.0, 25_000.0, 25_000.0]
    row = found.naive.loc[PLANS[0]]
    assert (row["moved"], row["moved_twice"], row["closures"]) == (100.0, 0.0, 0.0)  # coming back is no second change
    dear = rebuilt(study, rebuild_seat=50_000.0)
    assert dear.objective == pytest.approx(OTHERS + 1_085_000)
    assert [(a.do, a.year, a.host) for a in dear.acts.itertuples()] == [("close", 2025, "S2")]
    now = rebuilt(study, 2023)
    assert now.objective == pytest.approx(OTHERS + 938_000)
    assert [(a.do, a.decided, a.year) for a in now.acts.itertuples()] == [("rebuild", 2024, 2025)]


def test_the_naive_plans_hold_the_year_too() -> None:
    """Today kept rebuilds S3 as it is; a year at a time it closes, since no single year is worth a building site."""
    table = rebuilt(line_county()).naive
    whole = table["yuan"] + table["unplaced"]
    assert (table["status"].iloc[1:] == "").all()
    assert whole[PLANS[3]] == whole[PLANS[0]] == pytest.approx(OTHERS + 884_000)
    assert whole[PLANS[1]] == pytest.approx(OTHERS + 1_085_000) and table.loc[PLANS[1], "closures"] == 1.0
    assert whole[PLANS[2]] >= whole[PLANS[0]]


def test_it_is_rebuilt_larger_where_that_is_needed() -> None:
    """East has 240 children in four places for 120 + 60 seats, and a minute costs 100 yuan: S3 gets 90 seats more.

    They cost 90 · 10,000 / 50 = 18,000 a year, and F's way to S3, 6 minutes instead of 2, 24,000. The same at S2, where
    a seat costs 32,000, would be 57,600. A school runs for 30,000, so that closing S3 (115,200 for seats at S2, 48,000
    for G's way) is dearer than 30,000 and its seats. Nothing more can be there in the first year.
    """
    study = line_county(seats={"S1": 180.0, "S2": 120.0, "S3": 60.0})
    money = WISHES["money"].with_(minute=0.25, school=30_000.0)
    found = rebuilt(study, 2023, expand=(2, 4), money=money)
    (act,) = found.acts.itertuples()
    assert (act.do, act.decided, act.year) == ("rebuild", 2024, 2025)
    assert (act.seats, act.rooms, act.cost) == (90.0, 2.0, 1_500_000.0)
    last = found.rooms.set_index(["school_id", "year"]).loc[("S3", 2026)]
    assert (last["use"], last["seats"], last["pupils"], last["rooms"]) == ("rebuilt", 150.0, 120.0, 4.0)
    (edit,) = found.scenario().edits
    assert isinstance(edit, Rebuild) and (edit.seats, edit.year, edit.back) == (150.0, 2024, 2025)
    with using_language("zh"):
        assert str(found.notices()["S3"]).endswith("2025 年秋季建成启用，增加学位 90 个。")


def test_buildings_of_grade_d_are_named_or_rebuilt_in_time() -> None:
    """S3 is of grade D: kept in use it is named with its last year; usable until 2024 it is rebuilt in 2025."""
    study = line_county()
    graded = study.with_(schools=study.schools.assign(building_grade=["A", "C", "d"]))
    standing = plan(graded, steady(graded), **WISHES)
    (note,) = [note for note in standing.notes if "grade D" in note.en]
    assert "三小 (S3, 2026)" in note.en and "二小" not in note.en and "unsafe_until=" in note.zh
    found = plan(graded, steady(graded), **WISHES | {"unsafe_until": 2024})
    assert found.objective == pytest.approx(OTHERS + 884_000) and found.limits["rebuild"] == {"S3": 2024}
    assert not any("grade D" in note.en for note in found.notes)
    both = Years(unsafe_until=2024, rebuild={"S3": 2023})
    assert with_unsafe(graded, ("primary",), both).last_use == {"S3": 2023}
    assert with_unsafe(graded, ("junior",), Years(unsafe_until=2024)).last_use == {}


def test_both_stages_of_a_nine_year_school_are_rebuilt_together() -> None:
    """S3 has primary and junior children: two acts, the cost told once, each stage with its host."""
    study = nine_year_county()
    found = rebuilt(study, stages=("primary", "junior"), keep=("S1", "S2", "S3"))
    acts = found.acts
    assert acts["stage"].tolist() == ["junior", "primary"] and acts["host"].tolist() == ["S2", "S2"]
    assert sorted(acts["cost"]) == [0.0, (270 + 100) * 10_000.0] and acts["decided"].unique().tolist() == [2025]
    assert found.calendar().loc[("S3", "三小"), 2025] == "rebuilding"


def test_solve_and_phase_accept_the_edits() -> None:
    study = line_county()
    found = rebuilt(study)
    assert found.scenario().edits == (
        Rebuild("S3", seats=270.0, back=2026, host="S2", stage="primary", year=2025),
    )  # fmt: skip
    done = lp.solve(study, TRAVEL, RULES, scenario=found.scenario(), stage="primary")
    assert done.assignments["primary"].roll().to_dict() == {"S1": 180.0, "S2": 180.0, "S3": 60.0}
    dated = lp.phase(done, 2024, 2026, forecast=steady(study))
    assert [(r.do, r.year) for r in dated.table.itertuples()] == [("rebuild", 2026)]
    rolls = {year: plan.assignments["primary"].roll().to_dict() for year, plan in dated.plans.items()}
    assert rolls[2025] == {"S1": 180.0, "S2": 240.0} and rolls[2026]["S3"] == 60.0
    closed = rebuilt(study, rebuild_seat=50_000.0)
    assert closed.scenario().edits == (Merge("S3", into="S2", stage="primary", year=2025),)


def test_those_who_finish_where_they_are_stay_with_the_host() -> None:
    """S3 rebuilt in 2025, kept by order: the 50 of grades 2 to 6 move to S2 and finish there, as do the 10 who enter.

    In 2026 only its new grade 1 learns at S3; nobody changes school a second time.
    """
    found = rebuilt(line_county(), moves="entry", keep=("S1", "S2", "S3"), rebuild_seat=0.0)
    rolls = found.rooms.set_index(["school_id", "year"])["pupils"]
    assert (rolls["S3", 2024], rolls["S3", 2026], rolls["S2", 2026]) == (60.0, 10.0, 230.0)
    assert (found.naive.loc[PLANS[0], "moved"], found.naive.loc[PLANS[0], "moved_twice"]) == (50.0, 0.0)
    with using_language("zh"):
        assert str(found.notices()["S3"]) == (
            "三小：2025 年秋季起小学原址重建，学生转入二小，2026 年秋季建成启用。"
        )  # fmt: skip


def test_the_notice_and_the_calendar_say_it_in_both_languages() -> None:
    found = rebuilt(line_county())
    with using_language("zh"):
        assert str(found.notices()["S3"]) == (
            "三小：2025 年秋季起小学原址重建，学生在二小过渡，2026 年秋季建成启用。"
        )  # fmt: skip
    page = calendar(found, lang="zh").page
    assert '<td class="y site" data-y="1">重建</td>' in page and "重建：在建" in page and "重建启用 1" in page
    assert str(found.notices()["S3"]) == (
        "三小: primary is rebuilt from 2025, pupils at 二小 meanwhile, and stands again in 2026."
    )
    assert '<td class="y site" data-y="1">rebuilt</td>' in calendar(found, lang="en").page


def test_what_is_wrong_with_a_rebuilding_is_found() -> None:
    found = rebuilt(line_county())

    def failed(**changes: Any) -> list[str]:
        return [check.name for check in replace(found, **changes).verify().failed]

    assert failed(limits={**found.limits, "rebuild": {"S1": 2025}}) == ["left"]
    assert failed(acts=found.acts.assign(decided=2024, lead=2)) == ["acts", "left"]
    assert failed(limits={**found.limits, "budget": 2_000_000.0}) == ["limits"]


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"rebuild": {"S9": 2024}}, "no open school of the stages planned: S9"),
        ({"rebuild": {"S3": 2022}}, "from 2023 to 2025, not S3=2022"),
        ({"rebuild": {"S3": 2026}}, "from 2023 to 2025, not S3=2026"),
        ({"rebuild_years": 0}, "rebuild_years"),
        ({"rebuild_years": 3, "keep": ("S3",)}, r"nor closed in time can be: S3 \(2024\)"),
        ({"budget": 2_000_000.0, "keep": ("S3",)}, "a budget of 2,700,000 yuan a year would do"),
        ({"budget": 0.0, "most_closures": 0}, "a budget of 2,700,000 yuan a year would do"),
    ],
)
def test_what_cannot_be_rebuilt_is_refused(wishes: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        rebuilt(line_county(), **wishes)


def test_private_and_closed_schools_are_refused() -> None:
    study = line_county()
    private = study.schools.assign(ownership=["public", "public", "private"])
    with pytest.raises(DataError, match="private schools"):
        rebuilt(study.with_(schools=private))
    closed = study.schools.assign(state=["open", "open", "closed"], closed_year=[float("nan")] * 2 + [2020.0])
    with pytest.raises(DataError, match="no open school"):
        rebuilt(study.with_(schools=closed, rolls=study.rolls.loc[study.rolls["school_id"] != "S3"]), reopen=True)
