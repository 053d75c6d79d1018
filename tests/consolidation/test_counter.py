"""If the school stayed: two columns on the county on a line, worked out by hand, and against trying everything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import layout_planner as lp
from layout_planner.assignment.solve import solve
from layout_planner.consolidation.counter import keep_instead
from layout_planner.measures.money import Money
from layout_planner.measures.pricing import investment, yearly_cost
from layout_planner.plan import Plan
from layout_planner.plan.counterplan import Counter
from layout_planner.scenario import Close, Convert, Expand, Keep, Merge, Open, Scenario
from layout_planner.show.handouts import handout
from layout_planner.study import Study
from tests.toy.county import line_county, line_travel, nine_year_county
from tests.toy.random_county import random_county

RULES = lp.Rules.load("cn-large-class", "cn-quality-balance").with_(primary={"reach_minutes": 9})
TRAVEL = line_travel()
MONEY = Money().with_(minute=1.0, ways=1.0, school=500.0, floor=10.0, seat=100.0, years=50)
"""A minute is a yuan, a school 500, a pupil below a hundred 10, a seat 2 a year."""


def what_if(*edits: object, study: Study | None = None, **options: object) -> Plan:
    county = line_county(seats={"S1": 400, "S2": 400}) if study is None else study
    return solve(county, TRAVEL, RULES, scenario=Scenario("what-if", edits), **options)  # type: ignore[arg-type]


def figure(found: Counter, measure: str) -> tuple[float, float]:
    return tuple(found.table.loc[measure, ["plan", "other"]])


def test_yearly_cost_by_hand() -> None:
    plan = what_if(Merge("S3", into="S2"), Expand("S2", seats=450), Open("X1", seats=50))
    # Today A, B, C need 2, 0, 2 minutes to S1; D, E, F 2, 0, 2 to S2. G's 60 now go 8 minutes, 50 seats are built at
    # S2 and 50 at X1, which nobody needs to go to and which is funded as if it had a hundred.
    cost = yearly_cost(plan, "primary", MONEY)
    assert cost.to_dict() == {"travel": 480 + 480, "running": 1500, "floor": 1000, "building": 200, "total": 3660}
    assert investment(plan, "primary", MONEY) == 10_000
    assert plan.base is not None
    assert investment(plan.base, "primary", MONEY) == 0
    assert yearly_cost(plan.base, "primary", MONEY)["total"] == 480 + 1500 + 400


def test_a_site_of_known_cost_and_boarders_once_a_week() -> None:
    county = line_county()
    county = county.with_(sites=county.sites.assign(open_cost=7500.0))
    plan = what_if(Open("X1"), Merge("S3", into="S2"), lp.Board("S2", beyond_minutes=7), study=county)
    assert investment(plan, "primary", MONEY) == 7500
    # Grades 4 to 6 of G board: 30 children, 8 minutes, a fifth of the ways.
    assert yearly_cost(plan, "primary", MONEY)["travel"] == pytest.approx(480 + 30 * 8 + 30 * 8 / 5)


def test_two_columns_by_hand() -> None:
    found = keep_instead(what_if(Merge("S3", into="S2")), Keep("S3"), money=MONEY)
    # S3's pupils stay. S1 could close: 180 pupils go 12, 10, 8 minutes to S2 instead of 2, 0, 2: 1560 longer ways. Or
    # S2: D, E, F go 10, 10 (to S1; at equal ways the first) and 6: 60 × (8 + 8 + 4 …) less. S2 it is, see `tried`.
    assert found.closes == ("S2",)
    assert found.tried.loc["S2", "cost"] < found.tried.loc["S1", "bound"] or found.tried["cost"].notna().all()
    assert figure(found, "schools") == (2, 2)
    assert found.other.assignments["primary"].roll()["S3"] >= 60
    assert figure(found, "yuan")[1] == pytest.approx(yearly_cost(found.other, "primary", MONEY)["total"])
    assert found.other.flows["pupils"].sum() == 420
    assert [type(edit).__name__ for edit in found.other.scenario.edits] == ["Close"]
    # G's 60 gain 8 minutes; the 180 of S2's villages lose.
    gains = found.gains.loc["T2"]
    assert (gains["better"], gains["minutes_saved"], gains["worse"]) == (60, 8, 180)


def test_one_school_more() -> None:
    found = keep_instead(what_if(Merge("S3", into="S2")), Keep("S3"), same_number=False, money=MONEY)
    assert found.closes == ()
    assert figure(found, "schools") == (2, 3)
    assert found.other.assignments["primary"].roll().to_dict() == {"S1": 180, "S2": 180, "S3": 60}
    assert figure(found, "moved") == (60, 0)
    assert figure(found, "moved_minutes")[0] == 8
    # Keeping: 500 for the school and 400 below the floor; closing: 60 × 8 minutes.
    assert found.table.at["yuan", "change"] == 900 - 480
    assert found.table.at["far_young", "plan"] == 0
    assert found.table.at["posts", "other"] == pytest.approx(3 * 6 * 1.8)


def test_what_would_let_it_stay_by_hand() -> None:
    table = keep_instead(what_if(Merge("S3", into="S2")), Keep("S3"), same_number=False, money=MONEY).stays_if
    # 500 + 10 × (100 − n) = 8 n: from 83.3 pupils on; or 15 minutes longer: 60 × 15 = 900. S2 has 220 seats free.
    assert table.loc["roll", ["now", "needed"]].tolist() == pytest.approx([60, 1500 / 18])
    assert table.loc["minutes", ["now", "needed"]].tolist() == pytest.approx([8, 15])
    assert table.loc["seats", ["now", "needed"]].tolist() == [220, 60]
    dear = keep_instead(
        what_if(Merge("S3", into="S2")), Keep("S3"), same_number=False, money=MONEY.with_(school=4000.0)
    )
    assert dear.stays_if.at["roll", "needed"] == 500  # 4000 / 8, where no floor counts any more
    offers = line_county().offers.copy()
    offers.loc[("S2", "primary"), "seats"] = np.nan
    unsized = what_if(Merge("S3", into="S2"), study=line_county().with_(offers=offers))
    free = keep_instead(unsized, Keep("S3"), same_number=False, money=MONEY).stays_if.loc["seats", "now"]
    assert np.isnan(free)  # nobody returned the receiver's seats: they are neither 0 nor without end


def test_an_enlargement_is_trimmed_to_what_is_needed() -> None:
    county = line_county(seats={"S2": 180.0})
    plan = what_if(Expand("S2", seats=450), Merge("S3", into="S2"), Merge("S1", into="S2"), study=county)
    kept = keep_instead(plan, Keep("S3"), same_number=False, money=MONEY)
    (expand, merge) = kept.other.scenario.edits
    # 360 pupils stay at S2: 180 seats and four classes of 45.
    assert isinstance(expand, Expand)
    assert (expand.seats, expand.classrooms) == (360, None)
    assert isinstance(merge, Merge)
    assert figure(kept, "investment") == (27_000, 18_000)
    both = keep_instead(
        what_if(Expand("S2", add_seats=60), Merge("S3", into="S2"), study=county), Keep("S3"), same_number=False
    )
    assert both.other.scenario.edits == ()  # nothing need be built


def test_children_without_a_place_and_strangers_come_back_too() -> None:
    rolls = {"S1": dict.fromkeys(range(1, 7), 30.0), "S2": dict.fromkeys(range(1, 7), 30.0)}
    rolls["S3"] = dict.fromkeys(range(1, 7), 12.0)  # two of each grade come from elsewhere
    county = line_county(rolls=rolls, seats={"S1": 180.0, "S2": 200.0, "S3": 90.0})
    plan = what_if(Close("S3"), study=county)
    assert plan.status == "infeasible"
    back = keep_instead(plan, Keep("S3"), same_number=False).other.assignments["primary"]
    assert plan.base is not None
    before = plan.base.assignments["primary"]
    assert back.roll_by_grade().to_dict() == before.roll_by_grade().to_dict()
    assert len(back.unplaced) == len(before.unplaced) == 0
    assert back.outside["pupils"].sum() == 12
    # If another must close, whoever finds no seat is counted, and told.
    found = keep_instead(plan, Keep("S3"))
    assert found.notes
    assert found.other.status == "infeasible"


def test_of_several_stages_one_is_asked_about() -> None:
    county = nine_year_county()
    plan = what_if(Merge("S3", into="S2"), study=county)
    with pytest.raises(lp.DataError, match="2 stages"):
        keep_instead(plan, Keep("S3"))
    found = keep_instead(plan, Keep("S3", stage="junior"), same_number=False)
    assert found.stage == "junior"
    assert "S3" in found.other.study.offering("junior")


def test_what_cannot_be_asked() -> None:
    plan = what_if(Merge("S3", into="S2"))
    for school in ("S1", "S9"):
        with pytest.raises(lp.DataError, match=school):
            keep_instead(plan, Keep(school))
    with pytest.raises(lp.DataError, match="cannot close instead: S3"):
        keep_instead(plan, Keep("S3"), among=["S3"])
    with pytest.raises(lp.DataError, match="no other school"):
        keep_instead(what_if(Merge("S3", into="S2"), Merge("S1", into="S2")), Keep("S3"))
    edit = Convert("S3", to="junior", stage="primary", seats=300)
    used = what_if(edit, study=_converted(), assign={"junior": "nearest"})
    with pytest.raises(lp.DataError, match="has pupils of junior"):
        keep_instead(used, Keep("S3"))


def _converted() -> Study:
    """Juniors learn at S2; the primary S3 could become their school."""
    county = nine_year_county()
    offers = county.offers.drop(index=("S3", "junior"))
    junior = county.rolls["stage"] == "junior"
    rolls = county.rolls.loc[~(junior & (county.rolls["school_id"] == "S3"))]
    rolls = rolls.assign(pupils=rolls["pupils"].where(rolls["stage"] != "junior", 35.0))
    return county.with_(offers=offers, rolls=rolls, schools=county.schools.assign(kind=["211", "312", "211"]))


@pytest.mark.slow
@settings(max_examples=5)
@given(st.integers(0, 10_000))
def test_no_single_exchange_is_cheaper(seed: int) -> None:
    county = random_county(seed, closed_system=True, seats_factor=(1.5, 3.0))
    schools = list(county.study.offering("primary"))
    assume(len(schools) >= 3)
    plan = solve(county.study, county.travel, RULES, scenario=Scenario("end", [Close(schools[0])]))
    found = keep_instead(plan, Keep(schools[0]), money=MONEY)
    everyone = [float(p.flows["pupils"].sum() + p.unplaced["pupils"].sum()) for p in (plan, found.other)]
    assert everyone[0] == pytest.approx(everyone[1])
    every = {}
    for school, row in found.tried.iterrows():
        if np.isnan(row["cost"]):  # ruled out: now it must
            row = keep_instead(plan, Keep(schools[0]), among=[school], money=MONEY).tried.iloc[0]
        every[school] = (row["unplaced"], row["cost"])
        assert row["unplaced"] > 0 or row["bound"] <= row["cost"] + 1e-6
    assert every[found.closes[0]] == min(every.values())


def test_the_handout_says_it_all_in_both_languages(tmp_path: object) -> None:
    county = line_county(seats={"S1": 400, "S2": 400})
    schools = county.schools.assign(name=["一小", "二小", "<b>三小</b>"])
    plan = what_if(Merge("S3", into="S2"), study=county.with_(schools=schools, simulated=True))
    found = keep_instead(plan, Keep("S3"), money=MONEY)
    page = handout(found, lang="zh").page
    assert "如果保留&lt;b&gt;三小&lt;/b&gt;" in page
    assert "<b>" not in page
    for words in ("原方案", "保留本校", "东乡", "模拟数据", "规模：现有 60 人", "改撤二小"):
        assert words in page
    english = handout(keep_instead(plan, Keep("S3"), same_number=False, money=MONEY), lang="en").page
    assert "there is one school more" in english
    assert "原方案" not in english
    never = handout(keep_instead(plan, Keep("S3"), same_number=False, money=MONEY.with_(minute=0.0)), lang="en").page
    assert "No roll would make it cheaper" in never


def test_saved_whole(tmp_path: object) -> None:
    found = keep_instead(what_if(Merge("S3", into="S2")), Keep("S3"), money=MONEY)
    file = tmp_path / "sheet.html"  # type: ignore[operator]
    handout(found, file, lang="en")
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert np.isfinite(found.work["seconds"])


def test_a_plan_the_program_proposed_can_be_asked_too() -> None:
    county = line_county(seats={"S1": 400, "S2": 400})
    plan = lp.consolidate(county, TRAVEL, RULES, stage="primary", keep=2, time_limit=5)
    assert isinstance(plan, Plan)
    (closed,) = set(county.schools.index) - set(plan.study.offering("primary"))
    found = keep_instead(plan, Keep(closed), money=MONEY)
    assert set(found.other.study.offering("primary")) >= {closed}
    assert figure(found, "schools")[0] == figure(found, "schools")[1]
    assert found.other.flows["pupils"].sum() + found.other.unplaced["pupils"].sum() == 420
