"""Screening says what `solve` says, scenario by scenario."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import layout_planner as lp
from layout_planner.assignment.case import make_case, residents
from layout_planner.assignment.overflow import admit_in_order
from layout_planner.consolidation.screen import SCREEN_COLUMNS
from layout_planner.engines.asking import Questions
from tests.plain import plain
from tests.toy.county import line_county, line_travel

SAME = [name for name in SCREEN_COLUMNS if name not in ("travel", "running")]


def agree(study: lp.Study, travel: lp.Travel, scenarios: list[lp.Scenario], assign: str) -> None:
    table = lp.screen(study, travel, stage="primary", scenarios=scenarios, assign=assign)
    for scenario in scenarios:
        score = lp.solve(study, travel, scenario=scenario, assign=assign, stage="primary").scorecard
        for name in SAME:
            assert table.at[scenario.name, name] == pytest.approx(score.value(name, "primary"), nan_ok=True), name


@pytest.mark.slow
@pytest.mark.parametrize("assign", ["nearest", "nearest_seats"])
def test_the_line(assign: str) -> None:
    scenarios = [
        lp.Scenario("none"),
        lp.Scenario("one", [lp.Close("S3")]),
        lp.Scenario("merge", [lp.Merge("S2", into="S1"), lp.Keep("S1")]),
        lp.Scenario("campus", [lp.Merge("S2", into="S1", site="campus")]),
        lp.Scenario("point", [lp.Merge("S2", into="S1", site="teaching_point")]),
    ]
    agree(line_county(seats=dict.fromkeys(("S1", "S2", "S3"), 200.0)), line_travel(), scenarios, assign)
    # S3 closed: G's 60 children walk 8 minutes to S2, the others as before: (8 × 60 + 8 × 60) / 420.
    table = lp.screen(line_county(), line_travel(), stage="primary", scenarios=scenarios[1:2])
    assert table.at["one", "minutes_mean"] == pytest.approx(16 / 7)
    assert table.at["one", "pupils_moved"] == 60.0
    assert table.at["one", "travel"] == pytest.approx(960 * 80.0)
    assert table.at["one", "running"] == pytest.approx(2 * 300_000.0)


def test_who_waits_or_learns_elsewhere_is_counted_once() -> None:
    """420 children, 300 seats: 120 wait. Of S1's 180 children 60 learn elsewhere by the rolls: none of them waits."""
    scenarios = [lp.Scenario("none"), lp.Scenario("one", [lp.Close("S3")])]
    short = line_county(seats=dict.fromkeys(("S1", "S2", "S3"), 100.0), rolls={})
    agree(short, line_travel(), scenarios, "nearest_seats")
    table = lp.screen(short, line_travel(), stage="primary", scenarios=scenarios, assign="nearest_seats")
    assert list(table["unplaced"]) == [120.0, 220.0]
    assert table["pupils_moved"].isna().all()
    grades = range(1, 7)
    rolls = {"S1": dict.fromkeys(grades, 20.0), "S2": dict.fromkeys(grades, 30.0), "S3": dict.fromkeys(grades, 10.0)}
    away = line_county(rolls=rolls)
    agree(away, line_travel(), scenarios, "nearest_seats")
    table = lp.screen(away, line_travel(), stage="primary", scenarios=scenarios, assign="nearest_seats")
    assert list(table["unplaced"]) == [0.0, 0.0]
    assert list(table["elsewhere"]) == [60.0, 60.0]


@pytest.mark.slow
@pytest.mark.parametrize("assign", ["nearest", "nearest_seats"])
def test_the_sample_county(assign: str) -> None:
    study = lp.sample("fuxi")
    walk = lp.travel_matrix(study, mode="walk")
    rng = np.random.default_rng(1)
    schools = [str(s) for s in study.offering("primary")]
    scenarios = [lp.Scenario("few", [lp.Close(schools[20], stage="primary")])]
    closed = rng.choice(schools, 30, replace=False)
    scenarios.append(lp.Scenario("many", [lp.Close(str(s), stage="primary") for s in closed]))
    table = lp.screen(study, walk, stage="primary", scenarios=scenarios, assign=assign)
    for scenario in scenarios:
        score = lp.solve(study, walk, scenario=scenario, assign=assign, stage="primary").scorecard
        for name in ("schools", "minutes_mean", "minutes_p95", "minutes_max", "boarders", "beyond_reach_minutes"):
            assert table.at[scenario.name, name] == pytest.approx(score.value(name, "primary")), name


def test_what_cannot_be_screened_is_refused() -> None:
    study, travel = line_county(), line_travel()
    with pytest.raises(lp.DataError, match="solve"):
        lp.screen(study, travel, stage="primary", scenarios=[lp.Scenario("x", [lp.Expand("S1", seats=500)])])
    with pytest.raises(lp.DataError, match="nearest"):
        lp.screen(study, travel, stage="primary", scenarios=[], assign="stay")
    with pytest.raises(lp.ScenarioError):
        lp.screen(study, travel, stage="primary", scenarios=[lp.Scenario("x", [lp.Close("S9")])])


def test_sorted_ways_admit_as_the_queue_does(monkeypatch: pytest.MonkeyPatch) -> None:
    plain(monkeypatch, "layout_planner.engines.asking")
    study = line_county(pupils={"A": 3.0, "C": 25.0, "E": 14.0}, seats=dict.fromkeys(("S1", "S2", "S3"), 170.0))
    case = make_case(study, line_travel(), lp.Rules.load("cn-quality-balance"), "primary")
    rows = residents(study, "primary")
    place, grade = case.place_at(rows["place_id"]), case.grade_at(rows["grade"])
    questions = Questions.of(case.adult[0][place], np.lexsort([place, grade]))
    at, to, pupils = questions.answer(grade, case.offers, case.seats, rows["pupils"].to_numpy(dtype=float))
    admitted, _ = admit_in_order(case, rows, case.seats.copy())
    queue = admitted.groupby(["place_id", "grade", "school_id"])["pupils"].sum()
    mine = rows.iloc[at].assign(school_id=case.schools[to], pupils=pupils)
    assert mine.groupby(["place_id", "grade", "school_id"])["pupils"].sum().equals(queue)


def test_a_school_takes_parts_of_two_rows_with_its_last_seats(monkeypatch: pytest.MonkeyPatch) -> None:
    """10.5 seats: of 12 whole children the nearest 10 get in, of 3.5 shares the last half; no way means no question."""
    plain(monkeypatch, "layout_planner.engines.asking")
    ways = np.array([[2.0, np.inf], [1.0, np.nan], [2.0, 7.0], [3.0, 4.0]])
    questions = Questions.of(ways, np.array([0, 1, 2, 3]))
    offers, seats = np.array([[True, False], [True, True]]), np.array([10.5, 4.0])
    waiting = np.array([0.0, 12.0, 3.5, 9.0])
    row, school, pupils = questions.answer(np.array([0, 0, 0, 1]), offers, seats, waiting)
    assert list(zip(row, school, pupils, strict=True)) == [(1, 0, 10.0), (2, 0, 0.5), (3, 1, 4.0)]
    assert seats.tolist() == [10.5, 4.0] and waiting.tolist() == [0.0, 12.0, 3.5, 9.0]
    free = questions.answer(np.array([0, 0, 0, 1]), offers, np.full(2, np.inf), waiting)
    assert list(zip(*free, strict=True)) == [(1, 0, 12.0), (2, 0, 3.5), (3, 1, 9.0)]
    second = questions.answer(np.zeros(4, dtype=np.intp), offers[::-1], np.array([2.0, 6.0]), np.array([5.0, 0, 3, 9]))
    assert list(zip(*second, strict=True)) == [(0, 0, 2.0), (3, 1, 6.0)]


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(
    closed=st.sets(st.sampled_from(["S1", "S2", "S3"]), max_size=1),
    more=st.sampled_from(["S1", "S2", "S3"]),
    seats=st.integers(1, 400),
)
def test_closing_never_shortens_the_nearest_way_and_loses_nobody(closed: set[str], more: str, seats: int) -> None:
    study = line_county(seats=dict.fromkeys(("S1", "S2", "S3"), float(seats)))
    few, many = (lp.Scenario(str(len(gone)), [lp.Close(s) for s in sorted(gone)]) for gone in (closed, closed | {more}))
    near = lp.screen(study, line_travel(), stage="primary", scenarios=[few, many])
    assert near["minutes_mean"].iloc[1] >= near["minutes_mean"].iloc[0] - 1e-9
    assert near["minutes_max"].iloc[1] >= near["minutes_max"].iloc[0] - 1e-9
    full = lp.screen(study, line_travel(), stage="primary", scenarios=[few, many], assign="nearest_seats")
    for table in (near, full):
        assert (table["placed"] + table["unplaced"]).tolist() == pytest.approx([420.0, 420.0])
    assert full["over_full_pupils"].tolist() == [0.0, 0.0]
