"""What is shown beside the plans: sheets, districts, years; each only where it is held."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from show_toy import toy_plans

import layout_planner as lp
from layout_planner.base.proof import Proof
from layout_planner.page.payload import page_data
from layout_planner.page.sheets import Beside, _crossing, sheet_data
from layout_planner.plan import Plan
from layout_planner.plan.frontier import POINT_COLUMNS, Frontier, Point
from layout_planner.plan.phasing import OVER_COLUMNS, PHASE_COLUMNS, Phasing
from layout_planner.scenario import Close, Scenario


@pytest.fixture(scope="module")
def plans() -> tuple[Plan, Plan]:
    return toy_plans()


@pytest.fixture(scope="module")
def fuxi() -> Plan:
    study = lp.sample("fuxi")
    return lp.today(study, lp.travel_matrix(study, mode="walk"))


def frontier(plan: Plan) -> Frontier:
    """Three points by hand: 4 schools 50 min, 5 schools 40 min, 6 schools 39 min."""
    points = []
    for keep, minutes, closed in ((4, 50.0, "S4 S3"), (5, 40.0, "S4"), (6, 39.0, "")):
        number = len(closed.split())
        figures = dict.fromkeys(POINT_COLUMNS, np.nan) | {
            "minutes_mean": minutes, "objective": 1e6, "running": 2e6, "gap_avoidable": 0.002, "closed": number,
            "opened": 0.0, "points": 0.0, "pupils_moved": (0, 258, 300)[number], "investment": 2e6 * number,
            "travel": 6e5, "household": 1e5,
        }  # fmt: skip
        edits = tuple(Close(school) for school in closed.split())
        sets = [(1e6, frozenset(closed.split()))]
        if keep == 5:
            sets += [(1.005e6, frozenset({"S3"})), (1.02e6, frozenset({"S2"}))]
        points.append(Point(keep, Scenario("p", edits), figures, Proof(1.0, 1.0, ended="proved"), tuple(sets)))
    schools = pd.DataFrame({"name": ["a", "b"]}, index=pd.Index(["S3", "S4"], name="school_id"))
    return Frontier(
        stage="primary",
        points=tuple(points),
        schools=schools,
        prices=pd.DataFrame(),
        carry_out=lambda point: plan,
        base=plan.base,
        best_place=plan.base,
    )


def kinds(plan: Plan, beside: Beside) -> list[str]:
    study = plan.study
    return [sheet["kind"] for sheet in sheet_data(plan, beside, study.schools.index, study.places.index)]


def test_a_sheet_is_there_only_where_what_it_needs_is_held(plans) -> None:
    _, plan = plans
    assert kinds(plan, Beside()) == ["young", "redlines", "hard"]
    assert kinds(plan, Beside(frontier=frontier(plan))) == ["young", "frontier", "robust", "redlines", "hard"]
    assert kinds(plan.with_(assignments={}), Beside()) == []


def test_the_frontier_sheet_holds_the_points_the_knee_and_the_schools(plans) -> None:
    _, plan = plans
    study = plan.study
    held = sheet_data(plan, Beside(frontier=frontier(plan)), study.schools.index, study.places.index)
    sheets = {sheet["kind"]: sheet for sheet in held}
    assert sheets["frontier"]["keep"] == [4, 5, 6]
    assert sheets["frontier"]["minutes"] == [50, 40, 39]
    assert sheets["frontier"]["knee"] == 5
    assert sheets["frontier"]["gap"] == [0.002] * 3
    assert sheets["frontier"]["running"] == [2e6] * 3
    assert sheets["frontier"]["families"] == [7e5] * 3  # the time on the way and what boarding costs the family
    assert sheets["frontier"]["building"] == [4e6, 2e6, 0]
    assert sheets["frontier"]["moved"] == [300, 258, 0]
    # Today's schools with everyone at the best place: as the plan of that step has it, not a point of the frontier.
    assert sheets["frontier"]["zones"] == [6, round(plan.base.scorecard.value("minutes_mean", "primary"), 3)]
    assert sheets["frontier"]["today"][0] == 6
    # At the knee (5 schools) one plan closes S4, another, 0.5 % dearer, S3; a third is 2 % dearer and does not count.
    robust = {row["at"]: (row["share"], row["closes"]) for row in sheets["robust"]["schools"]}
    assert robust == {3: (0.5, "some"), 2: (0.5, "some")}
    assert (sheets["robust"]["keep"], sheets["robust"]["within"], sheets["robust"]["plans"]) == (5, 0.01, 2)


def test_the_hard_village_is_the_one_with_the_longest_mean_way(plans) -> None:
    _, plan = plans
    (sheet,) = [
        s for s in sheet_data(plan, Beside(), plan.study.schools.index, plan.study.places.index) if s["kind"] == "hard"
    ]
    flows = plan.assignments["primary"].flows
    young = flows[flows["grade"] == 1]
    assert sheet["minutes"] == pytest.approx(young["minutes"].max(), abs=0.01)
    assert sheet["line"] is None  # straight lines have no road to draw


def test_on_roads_the_way_is_drawn_with_its_height_and_dangers(fuxi) -> None:
    study = fuxi.study
    (sheet,) = [s for s in sheet_data(fuxi, Beside(), study.schools.index, study.places.index) if s["kind"] == "hard"]
    assert sheet["line"] and sheet["climb"] > 0
    assert len(sheet["profile"]["km"]) == len(sheet["profile"]["height"]) > 2
    flows = fuxi.assignments["primary"].flows
    young = flows[(flows["place_id"] == study.places.index[sheet["place"]]) & (flows["grade"] <= 3)]
    young = young[young["how"] == "day"]
    most = young[young["school_id"] == study.schools.index[sheet["school"]]]
    assert sheet["profile"]["km"][-1] == pytest.approx(most["metres"].max() / 1000, rel=0.02)
    # The village's one figure: the mean of its day pupils of grades 1 to 3, whatever school they go to.
    assert sheet["pupils"] == young["pupils"].sum()
    assert sheet["minutes"] == pytest.approx(np.average(young["minutes"], weights=young["pupils"]), abs=0.01)


@pytest.mark.slow
def test_town_and_country_against_their_seats(fuxi) -> None:
    forecast = lp.forecast(fuxi.study, 2035)
    data = page_data([fuxi], "zh", Beside(forecast=forecast), sheets=True)
    (sheet,) = [s for s in data["sheets"] if s["kind"] == "towns"]
    middle = forecast.totals()["primary"]
    both = np.add(sheet["stages"]["primary"]["town"]["pupils"], sheet["stages"]["primary"]["country"]["pupils"])
    assert both == pytest.approx(middle.to_numpy(), abs=0.2)
    assert data["years"]["years"] == list(middle.index)
    told = data["years"]["forecast"]["primary"]
    seats = fuxi.study.seats("primary")[fuxi.study.offering("primary")]
    assert np.sum(told["pupils"], axis=0) == pytest.approx(middle.to_numpy(), abs=2)
    assert np.sum(told["seats"], axis=0) == pytest.approx(np.full(len(middle), seats.sum()))
    assert np.sum(told["added"]) == 0


def test_lines_cross_where_seats_begin_or_cease_to_suffice() -> None:
    years = [2024, 2025, 2026]
    assert _crossing(years, np.array([120.0, 110, 90]), 100) == 2026
    assert _crossing(years, np.array([90.0, 101, 90]), 100) == 2025
    assert _crossing(years, np.array([90.0, 95, 100]), 100) is None


def test_a_phasing_brings_its_years_as_hidden_plans(plans) -> None:
    today, plan = plans
    phasing = Phasing(
        scenario=plan.scenario, table=pd.DataFrame(columns=list(PHASE_COLUMNS)), plans={2025: today, 2026: plan},
        over=pd.DataFrame(columns=list(OVER_COLUMNS)), proof=Proof(0.0, 0.0, ended="proved"), seconds=0,
    )  # fmt: skip
    data = page_data([today, plan], "zh", Beside(phasing=phasing))
    assert [each["hidden"] for each in data["plans"]] == [False, False, True, True]
    assert data["shown"] == 1
    assert data["years"] == {"years": [2025, 2026], "plans": {"2025": 2, "2026": 3}}


def test_districts_show_members_lead_totals_and_the_spread_inside(fuxi) -> None:
    areas = lp.partition(fuxi.study, fuxi.travel, stage="primary", districts=5, divide_towns=False)
    (told,) = page_data([fuxi], "zh", Beside(districting=[areas]))["districts"]
    assert len(told["districts"]) == 5
    assert sum(len(one["schools"]) for one in told["districts"]) == len(areas.school_district)
    assert sum(one["pupils"] for one in told["districts"]) == pytest.approx(56_000)
    assert all(0 < one["difference"] < 1 and one["indicators"] == 7 for one in told["districts"])
    home = areas.district_of.reindex(fuxi.study.townships.index)
    assert [areas.districts[at] for at in told["of"]] == list(home)
    # Neighbours differ in colour.
    colour = {one["id"]: one["colour"] for one in told["districts"]}
    of = areas.district_of
    assert all(
        of[a] == of[b] or colour[of[a]] != colour[of[b]]
        for a, b in zip(areas.edges["a"], areas.edges["b"], strict=True)
    )
