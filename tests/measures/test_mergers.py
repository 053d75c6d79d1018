"""The ledger of mergers and what they change, on the county on a line, worked out by hand; and on the sample county."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import layout_planner as lp
from layout_planner.assignment.solve import solve, today
from layout_planner.assignment.town import send_to_town
from layout_planner.measures.effects import merger_effects, town_classes, town_limits
from layout_planner.measures.mergers import LEDGER_COLUMNS, ledger, ledger_detail
from layout_planner.measures.posts import claimed_posts
from layout_planner.plan import Plan
from layout_planner.reading.samples import sample_file
from layout_planner.scenario import Board, Close, Convert, Expand, Merge, Open, Rebuild, Scenario
from layout_planner.study import Study
from layout_planner.study.towns import in_town
from tests.toy.county import line_county, line_travel, nine_year_county
from tests.toy.random_county import random_county

RULES = lp.Rules.load("cn-large-class", "cn-quality-balance").with_(primary={"reach_minutes": 9})
TRAVEL = line_travel()


def what_if(*edits: object, study: Study | None = None, **options: object) -> Plan:
    county = line_county() if study is None else study
    return solve(county, TRAVEL, RULES, scenario=Scenario("what-if", edits), **options)  # type: ignore[arg-type]


def adds_up(plan: Plan) -> None:
    """The rows of each school add up to its roll of before, and nobody stands in two rows."""
    assert plan.base is not None
    detail = ledger_detail(plan)
    for (stage, school), pupils in detail.groupby(["stage", "from_school"])["pupils"].sum().items():
        assert pupils == pytest.approx(plan.base.assignments[stage].roll()[school], abs=1e-4)
    table = ledger(plan)
    if len(table):
        ways = table[["day", "board", "bus"]].sum(axis=1) + table["pupils"].where(table["to_school"] == "", 0.0)
        assert np.allclose(ways, table["pupils"])
        assert table["pupils"].sum() == pytest.approx(detail["pupils"].sum())


def test_a_merger_in_the_ledger() -> None:
    plan = what_if(Merge("S3", into="S2"))
    (row,) = ledger(plan).to_dict("records")
    # G's 60 children stood at the gate of S3 and now go 8 minutes to S2; its six teachers follow them.
    assert (row["from_school"], row["to_school"], row["pupils"], row["day"]) == ("S3", "S2", 60, 60)
    assert (row["minutes_before"], row["minutes_after"], row["longest_after"]) == (0, 8, 8)
    assert (row["metres_after"], row["teachers"], row["site"], row["to_name"]) == (800, 6, "closed", "二小")
    adds_up(plan)


def test_closing_divides_the_pupils_by_the_seats() -> None:
    plan = what_if(Close("S2"), study=line_county(seats={"S1": 210.0, "S3": 150.0}))
    table = ledger(plan).set_index("to_school")
    # D, E, F have 180. S3 (6 from F, 8 from E, 10 from D) has 90 seats free, S1 (8 from D) has 30; 60 stay without.
    assert table["pupils"].to_dict() == {"": 60.0, "S1": 30.0, "S3": 90.0}
    assert table.loc["", ["day", "board", "bus"]].sum() == 0
    assert np.isnan(table.loc["", "minutes_after"])
    assert table["teachers"].sum() == pytest.approx(12)
    adds_up(plan)


def test_who_boards_is_told() -> None:
    plan = what_if(Merge("S3", into="S2"), Board("S2", beyond_minutes=7, beds=12))
    (row,) = ledger(plan).to_dict("records")
    assert (row["day"], row["board"], row["bus"]) == (48, 12, 0)  # grades 4 to 6 may: 30 would, 12 beds
    assert set(ledger_detail(plan).query("how == 'board'")["grade"]) <= {4, 5, 6}
    adds_up(plan)


@pytest.mark.parametrize(
    ("edit", "site", "leaves", "stays"),
    [
        (Merge("S3", into="S2", site="campus"), "campus", 0, 60),
        (Merge("S3", into="S2", site="teaching_point"), "teaching_point", 30, 30),
        (Close("S3", grades="6"), "closed", 10, 50),
    ],
)
def test_who_stays_on_the_site_stands_in_the_ledger_too(edit: object, site: str, leaves: float, stays: float) -> None:
    plan = what_if(edit)
    table = ledger(plan).set_index("to_school")
    assert table["pupils"].get("S2", 0.0) == leaves
    assert table["pupils"]["S3"] == stays
    assert set(table["site"]) == {site}
    assert table["minutes_after"]["S3"] == 0
    adds_up(plan)


def test_the_site_becomes_a_kindergarten() -> None:
    county = nine_year_county()
    plan = what_if(Merge("S1", into="S2", site="kindergarten"), study=county)
    assert set(ledger(plan)["site"]) == {"kindergarten"}
    converted = what_if(Convert("S3", to="kindergarten", stage="primary", seats=90), study=county)
    assert set(ledger(converted)["site"]) == {"kindergarten"}
    adds_up(converted)


def test_a_host_has_the_pupils_while_their_school_is_rebuilt_and_they_come_back() -> None:
    edits = (Rebuild("S3", seats=300, year=2024, back=2026, host="S2"),)
    meanwhile, after = what_if(*edits, year=2025), what_if(*edits, year=2026)
    (row,) = ledger(meanwhile).to_dict("records")
    assert (row["from_school"], row["to_school"], row["pupils"], row["site"]) == ("S3", "S2", 60, "rebuilding")
    assert ledger(after).empty
    assert after.assignments["primary"].roll()["S3"] == 60


def test_pupils_whose_home_is_not_known_are_followed() -> None:
    rolls = {"S1": dict.fromkeys(range(1, 7), 30.0), "S2": dict.fromkeys(range(1, 7), 31.0)}
    rolls["S3"] = dict.fromkeys(range(1, 7), 12.0)  # two in each grade come from elsewhere
    plan = what_if(Merge("S3", into="S2"), Close("S1"), study=line_county(rolls=rolls, seats={"S2": 500.0}))
    strangers = ledger_detail(plan).query("place_id == ''")
    assert strangers.groupby(["from_school", "to_school"])["pupils"].sum().to_dict() == {("S3", "S2"): 12.0}
    adds_up(plan)


def test_without_an_ending_school_the_ledger_is_empty() -> None:
    for plan in (today(line_county(), TRAVEL, RULES), what_if(Expand("S1", seats=400), Open("X1"))):
        assert ledger(plan).empty
        assert tuple(ledger(plan).columns) == LEDGER_COLUMNS
        assert merger_effects(plan).empty


@settings(max_examples=6)
@given(st.integers(0, 10_000), st.booleans())
def test_nobody_is_lost_in_any_county(seed: int, fractional: bool) -> None:
    county = random_county(seed, fractional=fractional)
    schools = list(county.study.offering("primary"))
    rng = np.random.default_rng(seed)
    closed = [s for s in schools[1:] if rng.random() < 0.6]
    edits = [Merge(s, into=schools[0]) if rng.random() < 0.5 else Close(s) for s in closed]
    plan = solve(county.study, county.travel, RULES, scenario=Scenario("random", edits))
    adds_up(plan)
    assert set(ledger(plan)["from_school"]) == {
        s
        for s in closed
        if plan.base.assignments["primary"].roll().get(s, 0.0) > 1e-6  # type: ignore[union-attr]
    }


def test_effects_by_hand() -> None:
    effects = merger_effects(what_if(Merge("S3", into="S2")))

    def find(effect: str, id: str, grade: int | None = None) -> tuple[float, float]:
        rows = effects.loc[(effects["effect"] == effect) & (effects["id"] == id)]
        rows = rows.loc[rows["grade"] == grade] if grade is not None else rows
        return float(rows["before"].iloc[0]), float(rows["after"].iloc[0])

    assert find("township_schools", "T2") == (2, 1)
    assert find("township_within_reach", "T2") == (100, 100)  # G goes 8 minutes of 9 allowed
    assert find("roll", "S2") == (180, 240)
    assert find("load", "S2") == pytest.approx((180 / 270, 240 / 270))
    assert find("classes", "S2", 1) == (1, 1)
    assert find("largest_class", "S2", 1) == (30, 40)
    assert "T1" not in set(effects["id"])


def test_effects_on_quality_and_reach() -> None:
    county = line_county(seats={"S2": 500.0})
    county = county.with_(offers=county.offers.assign(quality=[50.0, 80.0, 20.0]))
    effects = merger_effects(what_if(Merge("S1", into="S2"), study=county)).set_index(["effect", "id"])
    assert effects.loc[("quality", "displaced"), ["before", "after"]].tolist() == [50, 80]
    before, after = effects.loc[("quality", "all"), ["before", "after"]]
    assert (before, after) == pytest.approx(((180 * 50 + 180 * 80 + 60 * 20) / 420, (360 * 80 + 60 * 20) / 420))
    # From C it is 8 minutes to S2, from A and B 12 and 10: a third of T1 is left within the 9 allowed.
    assert effects.loc[("township_within_reach", "T1"), ["before", "after"]].tolist() == pytest.approx([100, 100 / 3])
    assert effects.loc[("township_schools", "T1"), "after"] == 0


def towns(county: Study) -> Study:
    """S2 and S3 stand in a town."""
    return county.with_(townships=county.townships.assign(urban_rural=["220", "121"]))


def test_who_stands_in_town() -> None:
    assert in_town(towns(line_county())).to_dict() == {"S1": False, "S2": True, "S3": True}
    # Without codes the township with most people is the town; without townships there is none.
    bare = line_county()
    bare = bare.with_(townships=bare.townships.drop(columns="urban_rural"))
    assert in_town(bare).to_dict() == {"S1": False, "S2": True, "S3": True}
    assert not in_town(bare.with_(schools=bare.schools.drop(columns="township_id"))).any()


def test_town_classes_by_hand() -> None:
    county = towns(nine_year_county())
    county = county.with_(offers=county.offers.assign(classrooms=6.0))
    plan = what_if(Close("S3", stage="primary"), study=county)
    # All of S3's pupils go to S2, which is in town: nobody is left to choose.
    assert (town_classes(plan, "primary")["comes"] == 0).all()
    curve = town_classes(plan, "primary", schools=["S1"], shares=[0.0, 0.5])
    # S1 has 30 in each of six grades and six rooms; half of G's 60 come: 35 in a class.
    assert curve.loc[0.5].to_dict() == {"comes": 30, "pupils": 210, "classes": 6, "class_size": 35, "largest": 35}
    limits = town_limits(plan, "primary", ["S1"], limits=(29.0, 33.0, 37.0))
    assert limits["mean"].tolist()[0] == 0
    assert limits["mean"].tolist()[1] == 0.31  # 30 + 10 × share > 33
    assert np.isnan(limits["largest"].tolist()[2])


def test_a_leak_moves_a_share_and_loses_nobody() -> None:
    county = line_county(seats={"S2": 400.0})
    county = county.with_(townships=county.townships.assign(urban_rural=["220", "121"]))
    county = county.with_(schools=county.schools.assign(township_id=["T1", "T1", "T2"]))
    plan = what_if(Merge("S1", into="S2"), study=county)
    after = send_to_town(plan, 0.4)
    # 180 displaced, 30 a grade: 12 of each go to S3, the school in town, and live there in the week.
    assert after.assignments["primary"].roll().to_dict() == {"S2": 360 - 72, "S3": 60 + 72}
    boarders = after.flows.query("how == 'board'")
    assert boarders.groupby("grade")["pupils"].sum().to_dict() == dict.fromkeys(range(1, 7), 12.0)
    assert (boarders["pupils"] % 1 == 0).all()
    assert after.flows["pupils"].sum() == plan.flows["pupils"].sum()
    assert after.study.roll("primary")["S3"] == 132
    assert "40" in after.name
    assert after.provenance["options"]["leak"] == 0.4
    adds_up(after)
    assert send_to_town(plan, 0.0).assignments["primary"] is plan.assignments["primary"]
    assert ledger(after)["to_school"].tolist() == ["S2", "S3"]


def test_a_leak_needs_a_town_and_a_share() -> None:
    plan = what_if(Merge("S1", into="S2"))
    with pytest.raises(lp.DataError, match="stands in town"):
        send_to_town(plan, 0.3)
    with pytest.raises(lp.DataError, match=r"not within 0 to 0\.6"):
        send_to_town(plan, 0.7, ["S3"])
    with pytest.raises(lp.DataError, match="S9"):
        send_to_town(plan, 0.3, ["S9"])


def test_posts_by_hand() -> None:
    posts = claimed_posts(what_if(Merge("S3", into="S2")), "primary")["claim"]
    # S2: 240 / 19; S1 with 180 is small: 6 classes × 1.8 = 10.8 > 180 / 19.
    assert posts.to_dict() == pytest.approx({"S1": 10.8, "S2": 240 / 19})


@pytest.mark.slow
def test_the_published_year_of_the_sample_county() -> None:
    before = lp.sample("fuxi-before")
    plan = lp.solve(
        before,
        lp.travel_matrix(before, "straight"),
        scenario=Scenario.read(sample_file("fuxi").with_name("history.yaml")),
    )
    table = ledger(plan)
    assert table.groupby("stage")["from_school"].nunique().to_dict() == {"junior": 22, "primary": 36}
    assert table["pupils"].sum() == 9584  # as published (standards §1.1)
    assert table["teachers"].sum() == pytest.approx(885)
    adds_up(plan)
    after = send_to_town(plan, 0.3)
    adds_up(after)
    assert after.flows["pupils"].sum() == plan.flows["pupils"].sum()
    sizes = town_classes(plan, "junior")["class_size"]
    assert sizes.is_monotonic_increasing
    assert isinstance(merger_effects(plan), pd.DataFrame)
