"""What `consolidate` may choose beyond closing: rebuild, teaching points, campuses, buses, beds, zones, money."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.consolidation.terms import added_minutes, beyond_reach, empty_seats, quality_gain, worst_off
from layout_planner.measures.money import Money
from layout_planner.measures.sent import tail_mean
from layout_planner.plan.frontier import Frontier
from tests.toy.county import line_county, line_travel

ROOMY = dict.fromkeys(("S1", "S2", "S3"), 270.0)
FEW = Money().with_(floor=0.0)


def plan_for(study: lp.Study | None = None, **wishes: object) -> lp.Plan:
    told = {"stage": "primary", "gap": 0.0, "time_limit": 300.0, "sites": False, "money": FEW} | wishes
    plan = lp.consolidate(study or line_county(seats=ROOMY), line_travel(), **told)
    assert isinstance(plan, lp.Plan)
    return plan


def figures(plan: lp.Plan) -> dict[str, float]:
    return dict(plan.provenance["consolidation"])


def edits(plan: lp.Plan, kind: str) -> list[object]:
    return [edit for edit in plan.scenario.edits if edit.do == kind]


def test_growing_is_by_whole_classes() -> None:
    # 420 pupils in one school of 270: four classes of 45 more, 180 seats at 32,000 yuan over 50 years.
    plan = plan_for(keep=1)
    assert figures(plan)["seats_added"] == 180.0
    assert figures(plan)["investment"] == 180 * 32_000
    assert figures(plan)["building"] == pytest.approx(180 * 32_000 / 50)
    (grown,) = edits(plan, "expand")
    assert grown.seats == 450.0  # type: ignore[attr-defined]
    # S2 serves A … G at 12, 10, 8, 2, 0, 2, 8 minutes of 60 children: 42 × 60 × 0.2 × 400 yuan.
    assert figures(plan)["travel"] == pytest.approx(42 * 60 * 80)


def test_a_new_house_is_paid_by_every_seat() -> None:
    plan = plan_for(keep=1, expand=False, rebuild=True)
    (rebuilt,) = edits(plan, "rebuild")
    assert rebuilt.seats == 450.0  # type: ignore[attr-defined]
    assert figures(plan)["investment"] == 450 * 32_000


def test_an_unsafe_school_is_rebuilt_or_closed() -> None:
    study = line_county(seats=ROOMY)
    study = study.with_(schools=study.schools.assign(building_grade=["A", "D", "B"]))
    assert [edit.school for edit in edits(plan_for(study, keep=2, rebuild=True), "merge")] == ["S2"]  # type: ignore[attr-defined]
    kept = plan_for(study, keep=2, rebuild=True, pins=[lp.Keep("S2")])
    assert [edit.school for edit in edits(kept, "rebuild")] == ["S2"]  # type: ignore[attr-defined]
    assert figures(kept)["investment"] == 270 * 32_000


def test_a_teaching_point_keeps_the_lower_grades_near() -> None:
    # One legal school, S1 enlarged: S2's grades 1 to 3 stay while 90 children save more than the point costs.
    plan = plan_for(keep=1, points=True, pins=[lp.Keep("S1")])
    (point,) = [edit for edit in edits(plan, "merge") if edit.site == "teaching_point"]  # type: ignore[attr-defined]
    assert (point.school, point.into) == ("S2", "S1")  # type: ignore[attr-defined]
    flows = plan.assignments["primary"].flows
    assert set(flows.loc[flows["school_id"] == "S2", "grade"]) == {1, 2, 3}
    assert flows["pupils"].sum() == 420.0
    assert plan.study.categories()["S2"] == "teaching point"
    dear = plan_for(keep=1, points=True, pins=[lp.Keep("S1")], money=FEW.with_(point=1e7))
    assert figures(dear)["points"] == 0.0


def test_a_school_is_never_its_own_teaching_point() -> None:
    # Points cost nothing and seats are dear: the search would like both houses in one.
    plan = plan_for(keep=1, points=True, money=FEW.with_(point=0.0, seat=1e6))
    merged = [edit.school for edit in edits(plan, "merge")]  # type: ignore[attr-defined]
    assert len(merged) == len(set(merged)) == 2
    assert plan.assignments["primary"].status in ("optimal", "feasible")
    assert figures(plan)["bound"] <= figures(plan)["objective"] + 1e-6


def test_every_township_keeps_a_school() -> None:
    # Without the demand S1, the dearest to run, goes; T1 has no other.
    study = line_county(seats=ROOMY)
    dear = study.with_(offers=study.offers.assign(running_cost=[9e6, 1e6, 1e6]))
    free = plan_for(dear, keep=1)
    assert "S1" not in free.study.offering("primary")
    assert "S1" in plan_for(dear, keep=2, every_township=True).study.offering("primary")
    with pytest.raises(lp.DataError):
        plan_for(dear, keep=1, every_township=True)


def test_pupils_beyond_reach_ride_or_board() -> None:
    rules = lp.Rules.load("cn-quality-balance").with_(primary={"reach_minutes": 5})
    day, bus, board = (plan_for(rules=rules, keep=2, ride=ride) for ride in ("day", "bus", "board"))
    assert figures(day)["beyond_reach"] == 60.0  # G, 8 minutes from S2
    assert figures(bus)["riders"] == 60.0
    # 0.8 km each way, 400 ways: 60 × (1,200 + 0.5 × 0.8 × 400).
    assert figures(bus)["bus"] == pytest.approx(60 * (1200 + 160))
    assert bus.flows.groupby("how")["pupils"].sum().to_dict() == {"bus": 60.0, "day": 360.0}
    assert board.flows.groupby("how")["pupils"].sum().to_dict() == {"board": 30.0, "bus": 30.0, "day": 360.0}
    assert figures(board)["boarding"] == 30 * 3000.0
    assert figures(board)["household"] == 30 * 2500.0
    for plan in (day, bus, board):
        parts = ("travel", "bus", "boarding", "household", "running", "building", "terms")
        assert sum(figures(plan)[part] for part in parts) == pytest.approx(figures(plan)["objective"])


def test_seats_hold_in_every_demand_and_safety_has_its_price() -> None:
    study = line_county(seats=ROOMY)
    now = study.demand("primary")
    plan = plan_for(study, keep=2, demands=[now, 1.3 * now])
    # 312 children at S2 want one class more: 45 × 32,000 / 50.
    assert figures(plan)["safety"] == pytest.approx(45 * 32_000 / 50)
    seats = plan.study.seats("primary")[plan.study.offering("primary")]
    assert (1.3 * plan.assignments["primary"].roll() <= seats + 1e-6).all()
    with pytest.raises(lp.DataError):
        plan_for(study, keep=2, demands=[pd.Series({"nowhere": 3.0})])


def test_a_budget_bounds_what_is_built() -> None:
    study = line_county(seats=dict.fromkeys(ROOMY, 180.0))
    front = lp.consolidate(
        study, line_travel(), stage="primary", budget=[0.0, 3e6, 2e7], gap=0.0, sites=False, money=FEW
    )
    assert isinstance(front, Frontier)
    table = front.table
    assert list(table.index) == [0.0, 3e6, 2e7]
    assert (table["investment"] <= table.index + 1e-6).all()
    assert table["objective"].is_monotonic_decreasing
    assert (table["bound"] <= table["objective"] + 1e-6).all()
    assert front.at(3e6).scenario.name.startswith("keep-")
    with pytest.raises(lp.DataError):
        lp.consolidate(study, line_travel(), stage="primary", keep=[1, 2], budget=[0.0, 3e6])


def test_zones_hang_together() -> None:
    plan = plan_for(keep=2, contiguous=True)
    zone = plan.assignments["primary"].school_of()
    order = [zone[village] for village in "ABCDEFG"]
    assert sum(a != b for a, b in pairwise(order)) == 1
    with pytest.raises(lp.DataError, match="grades"):
        plan_for(line_county(seats=ROOMY, grades={"S3": (1, 2, 3)}), keep=2, contiguous=True)


@pytest.mark.slow
def test_a_site_with_a_parent_opens_as_a_campus() -> None:
    study = line_county(seats=dict.fromkeys(ROOMY, 150.0))
    study = study.with_(sites=study.sites.assign(parent_id=["S2"], open_cost=[1000.0]))
    plan = plan_for(study, keep=3, expand=False, sites=True, money=FEW.with_(school=0.0))
    (opened,) = edits(plan, "open")
    assert opened.parent == "S2"  # type: ignore[attr-defined]
    assert plan.study.categories()["X1"] == "campus"


def test_campuses_close_only_where_they_may() -> None:
    study = line_county(seats=dict.fromkeys(ROOMY, 450.0))
    study = study.with_(schools=study.schools.assign(parent_id=["S2", None, None]))
    assert "S1" in plan_for(study, keep=1).study.offering("primary")
    assert "S1" not in plan_for(study, keep=1, campuses="free").study.offering("primary")


def test_a_closure_not_before_a_year_bears_it() -> None:
    (merge,) = edits(plan_for(keep=2, not_before={"S3": 2030}), "merge")
    assert (merge.school, merge.year) == ("S3", 2030)  # type: ignore[attr-defined]
    for wrong in ({"not_before": {"S9": 2030}}, {"ride": "horse"}):
        with pytest.raises(lp.DataError):
            plan_for(keep=2, **wrong)


@pytest.mark.slow
def test_terms_are_priced_as_they_say() -> None:
    rules = lp.Rules.load("cn-quality-balance").with_(primary={"reach_minutes": 5})
    study = line_county(seats=ROOMY)
    study = study.with_(offers=study.offers.assign(quality=[80.0, 90.0, 70.0]))
    base = figures(plan_for(study, rules=rules, keep=2))
    assert base["terms"] == 0.0

    def term(one: object) -> float:
        return figures(plan_for(study, rules=rules, keep=2, pins=[lp.Merge("S3", into="S2")], terms=[one]))["terms"]

    # After S3 merges into S2, G's 60 children walk 8 minutes: 3 beyond reach, 8 more than today.
    assert term(beyond_reach(2.0)) == pytest.approx(2 * 3 * 60)
    assert term(added_minutes(2.0)) == pytest.approx(2 * 8 * 60)
    assert term(added_minutes(2.0, pd.Series({"T2": 3.0}))) == pytest.approx(3 * 2 * 8 * 60)
    # The worst-off tenth are 42 of the 60: 8 minutes are 6 beyond η = 2, and 60 of them count.
    assert term(worst_off(7.0)) == pytest.approx(7 * 6 * 60 / 42)
    assert term(worst_off(7.0, minutes=5.0)) == pytest.approx(7 * 3 * 60 / 42)
    assert term(empty_seats(1.5)) == pytest.approx(1.5 * 540)
    assert term(quality_gain(0.5)) == pytest.approx(0.5 * 10 * 180)  # A, B, C at S1, ten points below the best


def test_the_worst_off_tenth() -> None:
    assert tail_mean(np.array([1.0, 10.0, 4.0]), np.array([90.0, 5.0, 5.0]), 0.1) == pytest.approx(7.0)
    assert tail_mean(np.array([1.0, 10.0]), np.array([80.0, 20.0]), 0.1) == pytest.approx(10.0)


@pytest.mark.slow
def test_a_frontier_is_drawn_and_set_side_by_side() -> None:
    front = lp.consolidate(line_county(seats=ROOMY), line_travel(), stage="primary", keep=range(1, 4), gap=0.0)
    assert isinstance(front, Frontier)
    beside = front.beside(1, 3)
    assert beside.at["minutes_mean", "1 − 3"] == pytest.approx(
        front.table.at[1, "minutes_mean"] - front.table.at[3, "minutes_mean"]
    )
    assert beside.at["findings", "1"] == len(front.at(1).findings)
    for lang in ("zh", "en"):
        with lp.using_language(lang):  # type: ignore[arg-type]
            figure = front.plot()
            figure.canvas.draw()
    assert "minutes one way" in {axes.get_ylabel() for axes in figure.axes}
    page = str(front.map()._repr_html_())
    assert "keep-1" in page
    with pytest.raises(lp.DataError):
        front.at(9)
    point = front.point(2)
    copy = replace(point, alternatives=())
    pd.testing.assert_frame_equal(front.carry_out(copy).flows, front.at(2).flows)
    with pytest.raises(lp.DataError, match="holds no solution"), lp.using_language("en"):
        front.carry_out(replace(point, home=None))
