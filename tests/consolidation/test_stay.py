"""`moves="stay"`: only pupils of schools that close are sent elsewhere; and the three steps to a plan, apart."""

from __future__ import annotations

import importlib

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.base.proof import Proof
from layout_planner.consolidation import stay_search
from layout_planner.engines.location.branching import LocationResult
from layout_planner.measures.money import Money
from layout_planner.measures.moved import moved
from layout_planner.plan import pupils_concerned, three_steps
from layout_planner.plan.frontier import Frontier
from tests.toy.county import line_county, line_travel, nine_year_county

consolidate_file = importlib.import_module("layout_planner.consolidation.consolidate")
FEW = Money().with_(floor=0.0)
ROOMY = dict.fromkeys(("S1", "S2", "S3"), 450.0)
TODAY = {"A": "S1", "B": "S1", "C": "S1", "D": "S3", "E": "S2", "F": "S2", "G": "S3"}
"""D walks past S2 (2 minutes) to S3 (10 minutes)."""


def county(seats: dict[str, float] | None = None) -> lp.Study:
    attendance = [(place, school, grade, 10.0) for place, school in TODAY.items() for grade in range(1, 7)]
    rolls = {s: {g: 10.0 * list(TODAY.values()).count(s) for g in range(1, 7)} for s in ("S1", "S2", "S3")}
    return line_county(seats=seats or ROOMY, rolls=rolls, attendance=attendance)


def plan_for(study: lp.Study, **wishes: object) -> lp.Plan:
    told = {"stage": "primary", "keep": 2, "gap": 0.0, "expand": False, "sites": False, "money": FEW} | wishes
    plan = lp.consolidate(study, line_travel(), **told)
    assert isinstance(plan, lp.Plan)
    return plan


def where(plan: lp.Plan) -> dict[str, str]:
    flows = plan.assignments["primary"].flows
    return {str(place): "+".join(sorted(set(mine["school_id"]))) for place, mine in flows.groupby("place_id")}


def test_only_pupils_of_the_school_that_closes_move() -> None:
    study = county()
    pins = [lp.Close("S1")]
    free, stay = (plan_for(study, pins=pins, moves=moves) for moves in ("free", "stay"))
    # S1 closes: A, B, C go to S2. D is nearer to S2 than to S3, and is sent there only where everyone is sent anew.
    assert where(free) == dict.fromkeys("ABCDEF", "S2") | {"G": "S3"}
    assert where(stay) == dict.fromkeys("ABCEF", "S2") | {"D": "S3", "G": "S3"}
    assert moved(free, "primary")["pupils"].sum() == 240.0
    assert moved(stay, "primary")["pupils"].sum() == stay.provenance["consolidation"]["pupils_moved"] == 180.0
    done = stay.assignments["primary"]
    assert done.method == "consolidate_stay" and done.stays
    assert done.status == "optimal"
    # 60 pupils each: A 12, B 10, C 8, E 0, F 2 to S2; D 10 and G 0 to S3.
    assert (done.flows["minutes"] * done.flows["pupils"]).sum() == 60 * (12 + 10 + 8 + 0 + 2 + 10 + 0)


def test_which_school_closes_counts_that_the_others_stay() -> None:
    # Keep 2 of 3 where a way costs more than a school: sent anew, S3 would be missed by G alone (60 × 8 minutes); as
    # it is, D comes along (2 minutes instead of 10). By hand, minutes of all where one closes: S1 42 × 60; S2: E and F
    # to S3 or S1 (8 + 6) and D stays, (2 + 0 + 2 + 10 + 8 + 6 + 0) × 60; S3: (2 + 0 + 2 + 2 + 0 + 2 + 8) × 60.
    stay = plan_for(county(), moves="stay")
    assert [edit.school for edit in stay.scenario.edits if edit.do == "merge"] == ["S3"]
    assert where(stay) == {"A": "S1", "B": "S1", "C": "S1", **dict.fromkeys("DEFG", "S2")}
    done = stay.assignments["primary"]
    assert done.bound <= done.objective + 1e-6
    assert (done.flows["minutes"] * done.flows["pupils"]).sum() == 60 * 16


def test_a_frontier_where_all_stay_says_what_today_costs() -> None:
    front = lp.consolidate(
        county(),
        line_travel(),
        stage="primary",
        keep=range(1, 4),
        expand=False,
        sites=False,
        moves="stay",
        gap=0.0,
        money=FEW,
    )
    assert isinstance(front, Frontier)
    # Nothing closes: nobody moves, D still walks 10 minutes: (2 + 0 + 2 + 10 + 0 + 2 + 0) / 7.
    assert front.point(3).figures["pupils_moved"] == 0.0
    assert front.point(3).figures["minutes_mean"] == pytest.approx(16 / 7)
    assert [front.point(k).figures["pupils_moved"] for k in (1, 2)] == [300.0, 120.0]


def test_a_school_over_full_today_keeps_its_pupils_and_gets_none() -> None:
    # S2 has 60 seats for E and F (120 pupils): under "stay" they stay, and S1's pupils all go on to S3.
    study = county(ROOMY | {"S2": 60.0})
    stay = plan_for(study, pins=[lp.Close("S1")], moves="stay")
    assert where(stay) == {"A": "S3", "B": "S3", "C": "S3", "D": "S3", "E": "S2", "F": "S2", "G": "S3"}
    assert stay.scorecard.value("over_full_pupils", "primary") == 60.0


def test_boarders_who_stay_board_on() -> None:
    study = county()
    offers = study.offers.assign(boarders=[0.0, 0.0, 60.0], beds=[0.0, 0.0, 60.0])
    stay = plan_for(study.with_(offers=offers), pins=[lp.Close("S1")], moves="stay")
    flows = stay.assignments["primary"].flows
    assert flows.loc[flows["how"] == "board", "pupils"].sum() == 60.0
    assert stay.provenance["consolidation"]["boarders"] == 60.0


def test_zones_in_one_piece_and_staying_contradict_each_other() -> None:
    with pytest.raises(lp.DataError, match="contradict"):
        plan_for(county(), moves="stay", contiguous=True)


def test_the_three_steps_stand_apart() -> None:
    # Today D walks 10 minutes; sent to the best place with today's schools it walks 2, and nothing else changes. With
    # S1 closed A, B, C walk 12, 10, 8.
    plan = plan_for(county(), pins=[lp.Close("S1")])
    steps = three_steps(plan)
    assert list(steps) == ["today", "best_place", "plan"]
    assert steps.index[0] == "unplaced"  # children without a school first
    assert steps.loc["unplaced"].tolist() == [0.0, 0.0, 0.0]
    assert steps.loc["minutes_mean"].tolist() == pytest.approx([16 / 7, 8 / 7, 34 / 7])
    assert steps.loc["pupils_moved"].tolist() == [0.0, 60.0, 240.0]
    assert steps.loc["schools_own"].tolist() == [3.0, 3.0, 2.0]
    assert steps.attrs["units"]["minutes_mean"] == "min"
    assert "1.1 min" in str(plan)
    stay = three_steps(plan_for(county(), pins=[lp.Close("S1")], moves="stay"))
    assert stay["best_place"].equals(steps["best_place"])  # beside staying, too, what sending everyone anew would do
    assert stay.loc["pupils_moved", "plan"] == 180.0
    with pytest.raises(lp.DataError, match="not made by consolidate"):
        three_steps(lp.today(county(), line_travel(), stage="primary"))


def test_the_steps_of_a_frontier_and_its_knee() -> None:
    asked = {"stage": "primary", "expand": False, "sites": False, "gap": 0.0, "money": FEW}
    front = lp.consolidate(county(), line_travel(), keep=range(1, 4), **asked)
    assert isinstance(front, Frontier)
    assert front.best_place is not None
    assert front.steps(3).loc["minutes_mean", "plan"] == pytest.approx(8 / 7)
    units = front.table.attrs["units"]
    assert list(units) == list(front.table)
    told = {name: units[name] for name in ("minutes_mean", "objective", "investment", "schools_own", "gap", "riders")}
    assert list(told.values()) == ["min", "yuan a year", "yuan", "schools", "1", "pupils"]
    # One school: S2, 42 / 7 = 6 minutes; two: 16 / 7 without S3; three: 8 / 7. At two, halfway, the chord from 6 to 8/7
    # stands at 25 / 7.
    assert front.table["minutes_mean"].tolist() == pytest.approx([6.0, 16 / 7, 8 / 7])
    assert front.knee == front.chosen == 2
    two = lp.consolidate(county(), line_travel(), keep=[1, 3], **asked)
    assert isinstance(two, Frontier)
    assert two.knee is None  # two points make a straight line
    assert two.chosen == two.table["objective"].idxmin()


def test_keep_and_the_scorecard_count_the_same_schools() -> None:
    # S2 is a nine-year school, which counts under junior; S3 a teaching point: keep counts S1 and what opens at X1.
    study = nine_year_county()
    study = study.with_(schools=study.schools.assign(kind=["211", "312", "218"]))
    plan = lp.consolidate(study, line_travel(), stage="primary", keep=2, expand=False, gap=0.0)
    assert isinstance(plan, lp.Plan)
    told = plan.provenance["consolidation"]
    names = ("schools", "schools_own", "schools_section", "schools_point", "schools_private", "schools_campus")
    card = {name: plan.scorecard.value(name, "primary") for name in names}
    assert card == {"schools": 4, "schools_own": 2, "schools_section": 1, "schools_point": 1, "schools_private": 0,
                    "schools_campus": 0}  # fmt: skip
    assert {name: told[name] for name in names} == card
    assert told["keep"] == 2
    front = lp.consolidate(study, line_travel(), stage="primary", keep=[1, 2], expand=False, gap=0.0)
    (note,) = [note for note in front.notes if "keep" in note.en]
    assert note.en == "Not counted by keep: 1 sections of nine-year or complete schools, 1 teaching points."


def test_a_school_that_becomes_a_teaching_point_is_no_school_that_is_kept() -> None:
    plan = plan_for(
        line_county(seats=dict.fromkeys(ROOMY, 270.0)), keep=1, points=True, pins=[lp.Keep("S1")], expand=True
    )
    assert plan.scorecard.value("schools_own", "primary") == 1.0
    assert plan.scorecard.value("schools_point", "primary") == plan.provenance["consolidation"]["points"] > 0


def test_a_pupil_whom_two_findings_concern_is_counted_once() -> None:
    plan = plan_for(county(), pins=[lp.Close("S1")])
    flows = plan.assignments["primary"].flows
    roll = flows.groupby("school_id")["pupils"].sum()
    assert roll.to_dict() == {"S2": 360.0, "S3": 60.0}

    def found(*rows: tuple[str, str, float]) -> float:
        table = pd.DataFrame(rows, columns=["kind", "id", "pupils"]).assign(stage="primary")
        return pupils_concerned(plan.with_(findings=table.reindex(columns=list(plan.findings.columns))))

    assert found(("school", "S2", 360.0), ("school", "S2", 90.0)) == 360.0
    assert found(("school", "S2", 360.0), ("place", "A", 60.0)) == 360.0  # A's children are S2's pupils
    assert found(("school", "S2", 360.0), ("place", "G", 60.0)) == 420.0
    assert found(("place", "A", 30.0), ("place", "A", 30.0)) == 30.0  # at least so many
    assert found(("county", "county", 420.0)) == 0.0


def nothing_found(_siting: object, _problem: object, runs: list[object], *_rest: object) -> list[LocationResult]:
    """A search that a machine standing still has ended before it found anything."""
    return [LocationResult(None, None, Proof(np.inf, -np.inf, ended="time"), 0) for _ in runs]


def test_there_is_a_plan_however_slow_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consolidate_file, "_solve_each", nothing_found)
    monkeypatch.setattr(stay_search, "solve_location", lambda *_, **__: nothing_found(None, None, [None])[0])
    front = lp.consolidate(
        county(), line_travel(), stage="primary", keep=[1, 2, 3], expand=False, sites=False, moves="stay", money=FEW
    )
    # The same plans as where the search has its time, with nothing proved of them.
    assert [front.point(k).figures["pupils_moved"] for k in (1, 2, 3)] == [300.0, 120.0, 0.0]
    assert [front.point(k).figures["status"] for k in (1, 2, 3)] == ["feasible"] * 3
    assert where(front.at(keep=2)) == {"A": "S1", "B": "S1", "C": "S1", **dict.fromkeys("DEFG", "S2")}


def test_a_plan_for_fewer_schools_helps_one_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    # Only two schools are found, and badly: S1 and S3 stay, everyone of S2 walks to S3. Three is S2 opened again, with
    # everyone where they are today; one is S2 (see the frontier); from either of them two is found to be S1 and S2.
    study = county()
    search = stay_search.StaySearch.run
    seen = {}

    def from_two(self: stay_search.StaySearch, seconds: float) -> list[LocationResult]:
        two = np.array([True, False, True])
        home = np.where(self.staying.own == 1, 2, self.staying.own)
        value = self.problem.objective(home, two)
        given = LocationResult(home, two, Proof(value, -np.inf), 0)
        none = LocationResult(None, None, Proof(np.inf, -np.inf, ended="time"), 0)
        seen["adapted"] = stay_search.StaySearch._along(self, [none, given, none])
        return search(self, seconds)

    monkeypatch.setattr(stay_search.StaySearch, "run", from_two)
    lp.consolidate(
        study, line_travel(), stage="primary", keep=[1, 2, 3], expand=False, sites=False, moves="stay", money=FEW
    )
    one, two, three = seen["adapted"]
    assert three.is_open.all() and three.home.tolist() == [0, 0, 0, 2, 1, 1, 2]
    assert one.is_open.tolist() == [False, True, False]
    assert two.is_open.tolist() == [True, True, False]
    assert [each.bound for each in (one, two, three)] == [-np.inf] * 3  # nothing is proved of what was not searched
