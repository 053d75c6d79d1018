"""Plans over years on the line county: by hand, against consolidate and phase, and what is said where it cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.base.errors import DataError, RunError
from layout_planner.base.messages import using_language
from layout_planner.cohorts import Forecast
from layout_planner.measures.money import Money
from layout_planner.phasing.peaks import peaks
from layout_planner.phasing.plan_years import plan_years
from layout_planner.plan.yearplan import PLANS, way_out
from layout_planner.plan.years import YearPlan, read_year_plan
from layout_planner.scenario import Merge, Open
from layout_planner.study import Study
from tests.phasing.test_phasing import RULES, course
from tests.toy.county import line_county, line_travel, nine_year_county

TRAVEL = line_travel()
MONEY = Money().with_(floor=0.0)
STILL: dict[str, Any] = {"build": False, "expand": (), "convert": False, "elastic": 0.0, "keep_small": False}
"""Schools may close, and nothing else."""


def plan(study: Study, coming: Forecast, end: int = 2026, **wishes: Any) -> YearPlan:
    given: dict[str, Any] = {
        "stages": ("primary",), "variants": ("middle",), "money": MONEY, "time_limit": 1e9, "gap": 0.0, "rounds": 1,
    }  # fmt: skip
    found = plan_years(study, TRAVEL, RULES, coming, start=2024, end=end, **(given | wishes))
    assert found.verify().holds, found.verify().table.to_string()
    return found


def steady(study: Study, **factors: float) -> Forecast:
    return course(study, *({year: factors.get(side, 1.0) for year in (2024, 2025, 2026)} for side in ("west", "east")))


def dear_schools() -> Money:
    return MONEY.with_(school=1_000_000.0)


@pytest.mark.slow
def test_what_is_spared_is_the_school_that_is_needed_least() -> None:
    """S3 has 60 pupils 8 minutes from S2, which has 90 seats free: it closes at once, and more may not close.

    S1 and S2 together have 540 seats for 420 pupils; one alone has 270. The first year alone has changes of school: the
    50 of S3 in grades 2 to 6, at 500 yuan.
    """
    study = line_county()
    found = plan(study, steady(study), **STILL)
    assert found.status == "optimal"
    assert [(a.do, a.year, a.school_id, a.host, a.pupils) for a in found.acts.itertuples()] == [
        ("close", 2024, "S3", "S2", 50.0)
    ]
    assert found.scenario().edits == (Merge("S3", into="S2", stage="primary", year=2024),)
    table = found.calendar()
    assert list(table.columns) == [2024, 2025, 2026]
    assert table.index.tolist() == [("S1", "一小"), ("S2", "二小")]
    # Minutes a day as the toy has them: A 2, B 0, C 2; D 2, E 0, F 2, G 8; 60 pupils each; 80 yuan a minute and year.
    assert found.costs.set_index(["year", "part"])["yuan"][2024, "travel"] == 60 * 16 * 80.0
    assert found.costs.set_index(["year", "part"])["yuan"][2024, "changes"] == 50 * 500.0
    assert found.costs.set_index(["year", "part"])["yuan"][2025, "changes"] == 0.0
    assert found.parts().loc["running", "middle"] == pytest.approx(600_000 * (1 + 1 / 1.05 + 1 / 1.05**2))
    assert found.naive.loc[PLANS[0], "moved"] == 50.0 and found.naive.loc[PLANS[3], "closures"] == 0.0
    assert found.naive.loc[PLANS[3], "yuan"] > found.naive.loc[PLANS[0], "yuan"] == pytest.approx(found.objective)
    carried = lp.solve(study, TRAVEL, RULES, scenario=found.scenario(), stage="primary")
    assert carried.assignments["primary"].roll().to_dict() == {"S1": 180.0, "S2": 240.0}
    with using_language("zh"):
        assert str(found.notices()["S3"]) == "三小：2024 年秋季起不再办小学，学生转入二小。"


def test_a_year_alone_is_what_consolidate_finds() -> None:
    for factor in (0.6, 1.0, 1.4):
        study = line_county(pupils={"A": 14.0, "G": 4.0})
        coming = course(study, {2024: factor}, {2024: 1.0})
        money = MONEY.with_(school=200_000.0, floor=720.0)
        mine = plan(study, coming, end=2024, **STILL | {"change": 0.0, "money": money, "elastic": 0.0})
        theirs = lp.consolidate(
            coming.study(2024), TRAVEL, RULES, stage="primary", expand=False, sites=False, money=money, gap=0.0,
        )  # fmt: skip
        assert isinstance(theirs, lp.Plan)
        assert mine.objective == pytest.approx(theirs.assignments["primary"].objective)
        assert mine.status == "optimal"
        closed = {edit.subject for edit in theirs.scenario.edits if edit.closes}
        assert set(mine.acts["school_id"]) == closed


def test_dates_alone_are_those_of_phase() -> None:
    """S1 is full and S2 holds just today's east: S3 may go when its children are no more, as `phase` dates it."""
    study = line_county(seats={"S1": 180.0, "S2": 240.0})
    west = dict.fromkeys((2024, 2025, 2026), 1.0)
    for first, east in ((2025, {2024: 1.2, 2025: 1.0, 2026: 0.8}), (2026, {2024: 1.2, 2025: 1.1, 2026: 1.0})):
        coming = course(study, west, east)
        goal = lp.solve(study, TRAVEL, RULES, scenario=lp.Scenario("goal", [Merge("S3", into="S2")]))
        dated = lp.phase(goal, 2024, 2026, forecast=coming)
        mine = plan(study, coming, **STILL | {"keep": ("S1", "S2")})
        assert {row.year for row in dated.table.itertuples()} == {first} == set(mine.acts["year"])
        again = lp.phase(
            lp.solve(study, TRAVEL, RULES, scenario=mine.scenario(), stage="primary"), 2024, 2026, forecast=coming
        )
        assert [row.year for row in again.table.itertuples()] == [first]


def test_a_building_goes_from_one_stage_to_another() -> None:
    """Primary rolls halve, junior ones double: 210 juniors need more than the 200 seats there are.

    S1 is the only building that may change; its 12 rooms would hold all of them.
    """
    study = nine_year_county()
    primary = course(study, dict.fromkeys((2024, 2025, 2026), 0.5), dict.fromkeys((2024, 2025, 2026), 0.5)).table
    table = primary.assign(pupils=primary["pupils"] * primary["stage"].map({"primary": 1.0, "junior": 4.0}))
    coming = Forecast(study, 2026, table)
    found = plan(study, coming, **STILL | {"stages": ("primary", "junior"), "convert": True, "convert_lead": 1})
    (act,) = found.acts.loc[found.acts["do"] == "convert"].itertuples()
    assert (act.school_id, act.decided, act.year, act.stage, act.to, act.lead) == (
        "S1",
        2024,
        2025,
        "primary",
        "junior",
        1,
    )
    assert act.rooms == 12.0 and act.cost == act.seats * 2_500.0
    assert found.calendar().loc[("S1", "一小"), 2025] == "junior 12"
    # 2024 comes before the rooms are there: ten juniors have no seat, and that is said first.
    lost = found.unplaced.loc[found.unplaced["year"] == 2024]
    assert lost["stage"].unique().tolist() == ["junior"] and found.crossing().loc[(2024, "junior"), "unplaced"] >= 10.0
    assert set(found.unplaced["year"]) == {2024}
    assert found.short["stage"].tolist()[0] == "junior" and found.short["way_out"].iloc[0] == "elastic"


def test_small_junior_schools_are_funded_at_the_junior_rate() -> None:
    """Two junior schools with 105 pupils, each funded as if it had 100: 95 too few, at 940 yuan and not at 720."""
    study = nine_year_county()
    found = plan(study, steady(study), **STILL | {"stages": ("junior",), "close": False, "money": Money()})
    assert found.costs.set_index(["year", "part"])["yuan"][2024, "floor"] == 95 * 940.0


def test_a_small_school_becomes_a_teaching_point_where_that_costs_least() -> None:
    """A minute costs 600 yuan a year: G's 60 children are 8 minutes from S2.

    Closing S3 spares 300,000 and costs 60 · 8 · 600 = 288,000 a year; a point of grades 1 to 3 spares 180,000 and costs
    30 · 8 · 600 = 144,000. Of the upper grades 20 were at school in them before. S1 and S2 have 180 pupils: too many.
    """
    study, money = line_county(), MONEY.with_(minute=1.5)
    still = plan(study, steady(study), **STILL | {"money": money})
    assert [act.do for act in still.acts.itertuples()] == ["close"]
    found = plan(study, steady(study), **STILL | {"money": money, "points": True})
    (act,) = found.acts.itertuples()
    assert (act.do, act.year, act.school_id, act.host, act.pupils, act.rooms) == ("point", 2024, "S3", "S2", 20.0, 3.0)
    costs = found.costs.set_index(["year", "part"])["yuan"]
    assert costs[2025, "running"] == 2 * 300_000 + 120_000 and costs[2024, "changes"] == 20 * 500
    assert costs[2025, "travel"] == (480 + 30 * 8) * 600
    assert found.scenario().edits == (
        Merge("S3", into="S2", site="teaching_point", stage="primary", year=2024),
    )  # fmt: skip
    carried = lp.solve(study, TRAVEL, RULES, scenario=found.scenario(), stage="primary")
    assert carried.assignments["primary"].roll().to_dict() == {"S1": 180.0, "S2": 210.0, "S3": 30.0}
    with using_language("zh"):
        assert str(found.notices()["S3"]) == "三小：2024 年秋季起改为教学点（保留1—3年级），学生转入二小（4年级起）。"
    large = plan(study, steady(study), **STILL | {"money": money, "points": True, "point_pupils": 59})
    assert [act.do for act in large.acts.itertuples()] == ["close"]
    # Where S3 is the only one in reach of the lower grades, it may not close, but may become a point.
    near = RULES.with_(primary={"reach_minutes": 7})
    wishes = STILL | {"keep_small": True, "points": True, "money": money}
    kept = plan_years(study, TRAVEL, near, steady(study), start=2024, end=2026, stages=("primary",),
                      variants=("middle",), rounds=1, time_limit=1e9, **wishes)  # fmt: skip
    assert kept.acts.empty  # the upper grades too have no other school within 7 minutes


def test_what_cannot_be_seated_is_said_and_proved() -> None:
    """Four hundred and twenty children, 300 seats in all: 120 are left over every year, whatever is done."""
    study = line_county(seats=dict.fromkeys(("S1", "S2", "S3"), 100.0))
    found = plan(study, steady(study), **STILL)
    assert found.status == "infeasible"
    assert found.unplaced.groupby("year")["pupils"].sum().min() >= 120.0
    assert set(found.short["year"]) == {2024, 2025, 2026} and (found.short["needed"] > 0).all()
    # 100 seats hold one place of 60; 240 have none, and no use of the buildings would seat all: seats must be built,
    # which takes a year.
    assert found.short.groupby("year")["pupils"].sum().tolist() == [240.0] * 3
    by_year = found.short.set_index("year")
    assert by_year["way_out"].groupby("year").unique().map(list).tolist() == [["elastic"], ["build"], ["build"]]
    assert (by_year["yuan"] == by_year["needed"] * by_year["way_out"].map({"elastic": 4_500, "build": 32_000})).all()
    assert str(way_out(next(found.short.tail(1).itertuples()))) == "build seats: about 3,840,000 yuan"
    # With 180 seats each three places of 60 go whole to one school, and two to each of the others.
    helped = plan(study, steady(study), **STILL | {"elastic": 0.8, "elastic_years": 3})
    assert helped.status == "optimal" and helped.unplaced.empty
    assert helped.crossing()["over"].tolist() == [120.0] * 3
    once = plan(study, steady(study), **STILL | {"elastic": 0.4, "elastic_years": 2})
    assert (not once.unplaced.empty and once.status == "feasible") or once.status == "optimal"


@pytest.mark.slow
def test_those_in_school_finish_where_they_are() -> None:
    """S3 closes in 2024 for all; where it takes nobody new it runs on until the last have left, unless it is shut."""
    study = line_county()
    found = plan(study, steady(study), **STILL | {"moves": "entry"})
    assert found.flows["entry"].min() == 2019  # grade 6 of 2024
    moved = found.naive.loc[PLANS[0], "moved"]
    assert moved == 50.0 and set(found.acts["school_id"]) == {"S3"}
    dear = plan(study, steady(study), **STILL | {"moves": "entry", "change": 1e6})
    assert dear.acts.empty and dear.naive.loc[PLANS[0], "moved"] == 0.0


def two_ways(study: Study) -> Forecast:
    """Low: the east loses most of its children in 2025; high: it keeps them and more."""
    parts = []
    for variant, east in (("low", (1.0, 0.4, 0.4)), ("high", (1.0, 1.45, 1.45))):
        one = course(study, dict.fromkeys((2024, 2025, 2026), 1.0), dict(zip((2024, 2025, 2026), east, strict=True)))
        parts.append(one.table.assign(variant=variant))
    return Forecast(study, 2026, pd.concat(parts, ignore_index=True))


@pytest.mark.slow
def test_forecasts_share_decisions_and_some_may_wait() -> None:
    """West is full. What may close differs between the forecasts, and is known from 2025 on."""
    study = line_county(seats={"S1": 180.0})
    common = plan(study, two_ways(study), **STILL | {"variants": ("low", "high")})
    waits = plan(study, two_ways(study), **STILL | {"variants": ("low", "high"), "waiting": "all", "known": 2025})
    assert set(common.acts["variant"]) <= {""}
    assert waits.objective < common.objective
    # In the high one S2 and S3 have 540 seats for all 528 children, in the low one S1 and S2 450 for 276.
    told = [(act.variant, act.year, act.school_id) for act in waits.acts.itertuples()]
    assert told == [("high", 2025, "S1"), ("low", 2025, "S3")]
    assert list(waits.robust.index) == ["low", "high"]
    assert (waits.robust["price"] >= 0).all() and waits.robust["price"].sum() < common.robust["price"].sum()
    mean = (common.robust["here"] * 0.5).sum()
    assert mean == pytest.approx(common.objective)
    assert [waits.scenario(name).edits[0].subject for name in ("low", "high")] == ["S3", "S1"]
    with pytest.raises(DataError, match="does not hold"):
        waits.scenario("middle")


def test_limits_of_a_year_are_kept() -> None:
    study = line_county(pupils=dict.fromkeys("ABCDEFG", 4.0))
    money = dear_schools()
    free = plan(study, steady(study), **STILL | {"money": money})
    assert len(free.acts) == 2 and set(free.acts["year"]) == {2024}
    slow = plan(study, steady(study), **STILL | {"money": money, "most_closures": 1})
    assert sorted(slow.acts["year"]) == [2024, 2025]
    late = plan(study, steady(study), **STILL | {"money": money, "lawful": {"S1": 2026, "S2": 2026, "S3": 2026}})
    assert set(late.acts["year"]) == {2026}
    kept = plan(study, steady(study), **STILL | {"money": money, "keep": ("S1", "S2", "S3")})
    assert kept.acts.empty


def test_small_schools_without_another_in_reach_stay() -> None:
    study = line_county()
    near = RULES.with_(primary={"reach_minutes": 7})
    found = plan_years(
        study, TRAVEL, near, steady(study), start=2024, end=2026, stages=("primary",), variants=("middle",), rounds=1,
        money=dear_schools(), time_limit=1e9, **STILL | {"keep_small": True},
    )  # fmt: skip
    assert found.acts.empty  # A and B have S1 alone within 7 minutes, D and E S2, and G S3
    assert found.verify().holds


def test_a_site_opens_after_its_time_to_build() -> None:
    """East grows to 360 children for 270 + 60 seats, and west is full: the candidate site opens in 2026.

    What the study says it costs is paid two years before.
    """
    study = line_county(seats={"S1": 180.0, "S3": 60.0})
    study = study.with_(sites=study.sites.assign(open_cost=900_000.0))
    coming = course(study, dict.fromkeys((2024, 2025, 2026), 1.0), {2024: 1.0, 2025: 1.0, 2026: 1.5})
    wishes = STILL | {"build": True, "close": False, "money": MONEY.with_(school=10_000.0)}
    found = plan(study, coming, **wishes)
    (act,) = found.acts.itertuples()
    assert (act.do, act.school_id, act.decided, act.year, act.cost) == ("open", "X1", 2024, 2026, 900_000.0)
    assert found.scenario().edits == (Open(site="X1", stage="primary", year=2026),)
    assert found.parts().loc["building", "middle"] == pytest.approx(900_000 / 50 / 1.05**2)
    poor = plan(study, coming, **wishes | {"budget": 800_000.0})
    assert poor.acts.empty


def test_a_plan_is_written_and_read_back(tmp_path: Path) -> None:
    study = line_county()
    found = plan(study, two_ways(study), **STILL | {"variants": ("low", "high"), "waiting": ["S3"], "known": 2025})
    found.write(tmp_path / "run")
    again = read_year_plan(tmp_path / "run")
    assert again.verify().holds and again.proof == found.proof
    assert again.calendar("low").equals(found.calendar("low")) and again.scenarios == found.scenarios
    pd.testing.assert_frame_equal(again.naive, found.naive)
    pd.testing.assert_frame_equal(again.parts(), found.parts())
    with pytest.raises(RunError, match="not a run folder"):
        read_year_plan(tmp_path)


def test_what_is_wrong_with_a_plan_is_found() -> None:
    study = line_county()
    found = plan(study, steady(study), **STILL)

    def failed(**changes: Any) -> list[str]:
        return [check.name for check in replace(found, **changes).verify().failed]

    assert "conserved" in failed(flows=found.flows.iloc[1:])
    assert "offered" in failed(rooms=found.rooms.iloc[1:])
    assert "seats" in failed(rooms=found.rooms.assign(seats=found.rooms["seats"] / 2))
    assert failed(acts=found.acts.assign(lead=2)) == ["acts"]
    assert failed(limits={**found.limits, "closures": 0}) == ["limits"]
    assert failed(costs=found.costs.assign(yuan=found.costs["yuan"] * 1.1)) == ["objective"]
    assert failed(proof=replace(found.proof, bound=found.objective + 10.0, ended="searched")) == ["proof"]


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"end": 2030}, "within the forecast"),
        ({"stages": ("university",)}, "university"),
        ({"variants": ("middel",)}, "did you mean"),
        ({"keep": ("S9",)}, "keep= names buildings"),
        ({"waiting": ("S1",)}, "known"),
        ({"elastic": -0.1}, "out of range"),
        ({"moves": "some"}, "unknown"),
        ({"weights": {"low": 1.0}}, "weights"),
    ],
)
def test_what_does_not_fit_is_refused(wishes: dict[str, Any], said: str) -> None:
    study = line_county()
    with pytest.raises(DataError, match=said):
        plan(study, steady(study), **wishes)


def test_peaks_by_hand() -> None:
    """East 240 children and 330 seats; 1.5 times as many in 2025 are 360: 30 short, and S1 has 270 − 90 = 180 empty."""
    study = nine_year_county()
    coming = course(study, {2024: 1.0, 2025: 0.5, 2026: 0.5}, {2024: 1.0, 2025: 3.0, 2026: 1.0})
    found = peaks(coming, TRAVEL, RULES, within=30.0)
    county = found.table.set_index(["stage", "township_id"]).loc[("junior", "")]
    assert (county["now"], county["peak_year"], county["peak"]) == (105.0, 2025, 45 * 0.5 + 60 * 3.0)
    east = found.table.set_index(["stage", "township_id"]).loc[("junior", "T2")]
    assert (east["short_from"], east["short_to"]) == (2025.0, 2025.0) if east["most_short"] > 0 else True
    need = found.balance.set_index(["year", "stage", "township_id"]).loc[(2025, "primary", "T2")]
    assert need["pupils"] == 720.0 and need["short"] == 720.0 - need["seats"]
    assert (found.lending["rooms"] >= 1).all() and (found.lending["from_stage"] != found.lending["stage"]).all()
