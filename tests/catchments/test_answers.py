"""Why a place is where it is, hand-drawn maps mended, and the trade-off: by hand on the line county."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.assignment.contiguous.goals import GOALS, Part, longest_ways, mix, redrawn
from layout_planner.assignment.solve import solve, today
from layout_planner.base.errors import DataError
from layout_planner.base.messages import using_language
from tests.catchments.test_contiguous import RULES, check, draw, letters, zones
from tests.toy.county import VILLAGES, line_county, line_travel


def given(text: str, study: lp.Study | None = None) -> lp.Plan:
    """A map of the line county as one digit a village."""
    series = pd.Series({v: f"S{digit}" for v, digit in zip(VILLAGES, text, strict=True)})
    return solve(line_county() if study is None else study, line_travel(), RULES, assign=series)


def test_why_the_nearest():
    answer = lp.catchments.explain_zone(draw(), "A")
    assert (answer.school, answer.pupils) == ("S1", 60.0)
    assert list(answer.table["school_id"]) == ["S1"]
    assert "the nearest" in str(answer)


def test_why_names_seats_and_the_cheapest_chain():
    tight = draw(line_county(seats={"S1": 270.0, "S2": 120.0, "S3": 130.0}))
    assert letters(tight) == "1112233"
    answer = lp.catchments.explain_zone(tight, "F", "primary")
    row = answer.table.set_index("school_id").loc["S2"]
    assert (row["free"], row["touches"], row["pupil_minutes"]) == (0.0, True, 60 * (2 - 6))
    # F to S2 pushes D on to S1: 8 minutes instead of 2
    assert row["chain"] == "F → S2; D → S1"
    assert row["chain_minutes"] == pytest.approx(60 * (2 - 6) + 60 * (8 - 2))
    assert "D村" in str(answer)
    with using_language("zh"):
        assert "改划过去" in str(answer)


def test_why_not_when_others_would_be_cut_off():
    plan = given("1111233")
    answer = lp.catchments.explain_zone(plan, "C")
    assert answer.table["school_id"].tolist() == ["S1"]
    answer = lp.catchments.explain_zone(given("2222223"), "B")  # A hangs on B
    row = answer.table.set_index("school_id").loc["S1"] if "S1" in set(answer.table["school_id"]) else None
    assert row is None  # no zone of S1 at all: nothing to move to
    beyond = lp.catchments.explain_zone(given("1121223"), "C")
    assert beyond.table["chain_minutes"].iloc[1] == pytest.approx(60 * (2 - 8))
    row = (
        lp.catchments.explain_zone(given("2122223"), "A").table.set_index("school_id").loc["S1"]
    )  # nearer, free, and beside it
    assert row["chain_minutes"] == pytest.approx(60 * (2 - 12))


def test_why_refuses_what_is_not_there():
    with pytest.raises(DataError, match="Q"):
        lp.catchments.explain_zone(draw(), "Q")
    with pytest.raises(DataError, match="no stage"):
        lp.catchments.explain_zone(draw(), "A", "junior")


def test_repair_joins_pieces_with_the_fewest_changes():
    mended = lp.catchments.repair_zones(
        given("1212223"), rounds=1, time_limit=1e6
    )  # B at S2 though S1 stands there, C at S1
    found = mended.assignments["primary"]
    assert letters(mended) == "1112223"
    assert found.work["places_changed"] == found.work["at_least"] == 1
    assert any("B村" in note.en for note in found.notes)
    check(mended.study, found)


def test_repair_empties_an_over_full_school_and_prefers_short_ways():
    study = line_county(seats={"S1": 270.0, "S2": 200.0, "S3": 270.0})
    mended = lp.catchments.repair_zones(given("1122223", study), rounds=1, time_limit=1e6)  # 240 children at S2
    found = mended.assignments["primary"]
    assert found.work["places_changed"] == found.work["at_least"] == 1
    assert letters(mended) == "1112223"  # C back to S1 (2 instead of 8), rather than F to S3


def test_repair_says_when_nothing_is_lawful():
    study = line_county(seats={"S1": 100.0, "S2": 100.0, "S3": 100.0})
    assert lp.catchments.repair_zones(given("1112223", study), rounds=1, time_limit=1e6).status == "infeasible"


def test_a_lawful_map_is_left_alone():
    mended = lp.catchments.repair_zones(given("1111222"), rounds=1, time_limit=1e6)
    assert mended.assignments["primary"].work["places_changed"] == 1  # G has a school of its own
    mended = lp.catchments.repair_zones(given("1111223"), rounds=1, time_limit=1e6)
    assert mended.assignments["primary"].work["places_changed"] == 0
    assert letters(mended) == "1111223"


def attended(text: str) -> lp.Study:
    """The line county with today's attendance by a map."""
    rows = [(v, f"S{digit}", g, 10.0) for v, digit in zip(VILLAGES, text, strict=True) for g in range(1, 7)]
    rolls: dict[str, dict[int, float]] = {}
    for _, school, grade, number in rows:
        by = rolls.setdefault(school, {})
        by[grade] = by.get(grade, 0.0) + number
    return line_county(rolls=rolls, attendance=rows)


def test_trade_off_between_ways_and_changes():
    found = lp.catchments.trade_off_moves(
        attended("1111223"), line_travel(), RULES, stage="primary", weights=(0.0, 10.0), time_limit=1e6, gap=0.0,
        wish=lp.Contiguous(start="today", rounds=1),
    )  # fmt: skip
    assert [letters(plan) for plan in found.plans] == ["1112223", "1111223"]
    assert found.table["pupils_moved"].tolist() == pytest.approx([60.0, 0.0])
    assert found.table["minutes_mean"].is_monotonic_increasing


def test_longest_ways_need_a_limit():
    with pytest.raises(DataError, match="reach_minutes"):
        draw(wish={"goals": {"longest_ways": 1.0}})


@pytest.mark.slow
@pytest.mark.parametrize(
    "goal",
    [*(g for g in GOALS if g != "longest_ways"), longest_ways(3.0), mix("rural"), redrawn(pd.Series({"A": "S1"}))],
)
def test_every_goal_can_be_asked_for(goal):
    plan = draw(attended("1111223"), wish={"goals": {"travel": 1.0, goal: 0.5}})
    found = plan.assignments["primary"]
    name = goal if isinstance(goal, str) else goal.name
    value = (
        next(value for key, value in found.work.items() if key.startswith("goal_") and key != "goal_travel")
        if (name != "travel")
        else found.work["goal_travel"]
    )
    assert value >= 0.0
    assert found.bound <= found.objective * (1 + 1e-9)
    check(plan.study, found)


def test_goals_by_hand():
    plan = draw(attended("1111223"), wish={"goals": {"travel": 1.0, "moved": 0.0, "balance": 0.0, "neighbours": 0.0}})
    work = plan.assignments["primary"].work
    assert letters(plan) == "1112223"
    assert work["goal_travel"] == pytest.approx(1.0)
    assert work["goal_moved"] == pytest.approx(60 / 420)
    # rolls 180, 180, 60 against 140 each: 40 + 40 above, 80 below
    assert work["goal_balance"] == pytest.approx(160 / 420)
    assert work["goal_neighbours"] == pytest.approx(2 / 6)
    assert plan.assignments["primary"].work["unit"] == "weighted goals"


def test_a_goal_changes_the_map():
    study = line_county()
    even = draw(study, wish={"goals": {"travel": 0.1, "balance": 1.0}})
    rolls = even.assignments["primary"].roll()
    assert rolls.max() - rolls.min() <= 60  # 3 + 2 + 2 villages, or as near as can be
    assert even.assignments["primary"].status == "optimal"
    mixed = draw(study, wish={"goals": {"travel": 0.01, "rural_mix": 1.0}})
    assert (
        mixed.assignments["primary"].work["goal_rural_mix"]
        <= (
            draw(study, wish={"goals": {"travel": 1.0, "rural_mix": 0.0}}).assignments["primary"].work["goal_rural_mix"]
        )
    )


def test_a_goal_of_ones_own():
    def far_from_s2(area):
        pairs = np.zeros(area.minutes.shape)
        pairs[:, area.schools.get_loc("S2")] = area.pupils / area.pupils.sum()
        return Part(pairs=pairs)

    plan = draw(wish={"goals": {far_from_s2: 1.0}})
    assert sorted(v for v, s in zones(plan).items() if s == "S2") == ["E"]  # its own place only
    assert "goal_far_from_s2" in plan.assignments["primary"].work


@pytest.mark.slow
def test_crossings_are_counted():
    study = lp.sample("zhigang")
    walk = lp.travel_matrix(study, mode="straight")
    wish = lp.Contiguous(goals={"travel": 1.0, "crossings": 0.2}, rounds=0)
    plan = solve(study, walk, RULES, stage="primary", assign=wish, time_limit=20, gap=0.5)
    assert plan.assignments["primary"].work.get("goal_crossings", 0.0) >= 0.0
    assert today(study, walk, RULES, "primary").study is study
