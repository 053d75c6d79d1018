"""Zones in one piece through `solve`: by hand on a line, on the samples, and on the real counties."""

from __future__ import annotations

from collections import deque

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

import layout_planner as lp
from layout_planner.assignment.solve import solve
from layout_planner.base.errors import DataError
from layout_planner.base.proof import Proof
from layout_planner.plan import NO_ZONE, UNREACHABLE, Assignment
from layout_planner.policy import class_limit
from layout_planner.scenario import Pin, Scenario
from layout_planner.study.adjacency import neighbours
from layout_planner.study.stages import parse_grades
from tests.toy.county import EAST, NORTH, VILLAGES, line_county, line_travel

RULES = lp.Rules.load("cn-large-class", "cn-quality-balance")


def draw(study=None, travel=None, edits=(), wish=None, **options):
    """Zones of the line county, with work limited instead of time."""
    county = line_county() if study is None else study
    wish = lp.Contiguous(**({"rounds": 1} | (wish or {})))
    return solve(
        county, travel or line_travel(), RULES, scenario=Scenario("x", list(edits)), assign=wish,
        **{"time_limit": 1e6, "gap": 0.0, **options},
    )  # fmt: skip


def zones(plan, stage="primary") -> dict[str, str]:
    table = plan.assignments[stage].zones
    return dict(zip(table["place_id"], table["school_id"], strict=True))


def letters(plan) -> str:
    """Zones of the line county as one digit a village."""
    found = zones(plan)
    return "".join(found.get(v, "-")[-1] for v in VILLAGES)


def check(study: lp.Study, found: Assignment, bridges: frozenset = frozenset()) -> None:
    """Look at zones independently of the solver: whole, within seats, in one piece around the school."""
    zoned = found.flows.loc[found.flows["school_id"].isin(set(found.zones["school_id"]))]  # not private schools
    assert zoned.groupby(["place_id", "grade"])["school_id"].nunique().max() <= 1
    seats = study.seats(found.stage, class_limit(RULES, found.stage))
    roll = found.roll()
    assert (roll <= seats.reindex(roll.index) * (1 + 1e-6)).all()
    pairs = study.adjacency if len(study.adjacency) else neighbours(study.places.geometry)
    beside: dict[str, set[str]] = {place: set() for place in study.places.index}
    for a, b in [*zip(pairs["place_a"], pairs["place_b"], strict=True), *bridges]:
        beside[a].add(b)
        beside[b].add(a)
    points = study.places.geometry
    for (_, school), zone in found.zones.groupby(["grades", "school_id"]):
        members = set(zone["place_id"])
        stands = study.places.index[points.distance(study.schools.geometry[school]).argmin()]
        start = {stands} | beside[stands] if stands not in members else {stands}
        reached, queue = members & start, deque(members & start)
        while queue:
            for there in beside[queue.popleft()] & members - reached:
                reached.add(there)
                queue.append(there)
        assert reached == members, (school, members - reached)


def test_by_hand_on_the_line():
    plan = draw()
    assert letters(plan) == "1112223"
    found = plan.assignments["primary"]
    assert found.status == "optimal"
    assert found.gap <= 1e-6
    assert found.objective == pytest.approx(60 * (2 + 0 + 2 + 2 + 0 + 2 + 0))
    check(plan.study, found)
    # S2 holds two villages only: F goes on to S3 (6 instead of 2), or D to S1 (8 instead of 2)
    tight = draw(line_county(seats={"S1": 270.0, "S2": 130.0}))
    assert letters(tight) == "1112233"
    assert tight.assignments["primary"].objective == pytest.approx(60 * 12)


def test_zones_hold_together_where_capacity_would_jump():
    # E and F fill S2; without contiguity D would be passed over
    study = line_county(pupils={"E": 25.0, "D": 20.0}, seats={"S1": 400.0, "S2": 250.0, "S3": 200.0})
    plan = draw(study)
    check(plan.study, plan.assignments["primary"])
    assert zones(plan)["E"] == "S2"


def test_pins_forbidden_pairs_and_places_kept_together():
    assert letters(draw(edits=[Pin("C", "S2")])) == "1122223"
    assert letters(draw(wish={"forbid": [("D", "S2")]})) == "1111223"
    assert letters(draw(wish={"together": [["C", "D"]]})) in ("1111223",)
    some = draw(edits=[Pin("C", "S2", grades="1-2")])  # single children, not the place
    assert letters(some) == "1112223"
    assert some.flows.query("place_id == 'C' and school_id == 'S2'")["pupils"].sum() == 20
    with pytest.raises(DataError, match="Z9"):
        draw(wish={"forbid": [("Z9", "S2")]})
    with pytest.raises(DataError, match="did you mean"):
        draw(wish={"goals": {"travle": 1}})
    with pytest.raises(DataError, match="positive"):
        draw(wish={"overload": -1.0})


def test_a_pin_of_a_schools_own_place_gives_the_school_ground_of_its_own():
    plan = draw(edits=[Pin("E", "S1")], study=line_county(seats={"S1": 400.0}))
    found = zones(plan)
    assert found["E"] == "S1"
    assert found["D"] == "S1"  # or E would hang in the air
    assert found["F"] in ("S2", "S3")
    assert any("do not own the place" in note.en for note in plan.assignments["primary"].notes)
    check(plan.study, plan.assignments["primary"])


def test_two_schools_in_one_place():
    study = line_county()
    twin = study.schools.geometry.copy()
    twin.loc["S3"] = Point(EAST + 1200, NORTH)
    plan = draw(study.with_(schools=study.schools.set_geometry(twin)))
    found = plan.assignments["primary"]
    assert found.status == "optimal"
    assert not len(plan.unplaced)
    check(plan.study, found)


def test_start_of_today_or_of_a_map():
    for start in ("today", pd.Series(dict.fromkeys(VILLAGES, "S1"))):
        assert letters(draw(wish={"start": start})) == "1112223"


def test_overload_at_a_price():
    study = line_county(seats={"S1": 180.0, "S2": 60.0, "S3": 300.0})
    hard, soft = draw(study), draw(study, wish={"overload": 0.5})
    assert hard.assignments["primary"].roll()["S2"] <= 60
    over = soft.assignments["primary"].work["over_seats"]
    assert over == soft.assignments["primary"].roll()["S2"] - 60 > 0
    ways = float((soft.flows["pupils"] * soft.flows["minutes"]).sum())
    assert soft.assignments["primary"].objective == pytest.approx(ways + 0.5 * over)
    assert soft.assignments["primary"].status == "optimal"


def test_teaching_points_get_a_map_a_band():
    low, high = dict.fromkeys((1, 2, 3), 30.0), dict.fromkeys((4, 5, 6), 60.0)
    rolls = {"S1": low, "S2": low | high, "S3": dict.fromkeys(range(1, 7), 10.0)}
    study = line_county(grades={"S1": (1, 2, 3)}, seats={"S2": 300.0}, rolls=rolls)
    plan = draw(study, edits=[])
    found = plan.assignments["primary"]
    by_band = {band: dict(zip(t["place_id"], t["school_id"], strict=True)) for band, t in found.zones.groupby("grades")}
    assert by_band["1-3"]["A"] == "S1"
    assert by_band["4-6"]["A"] == "S2"
    assert set(by_band) == {"1-3", "4-6"}
    assert len(plan.unplaced) == 0
    for band in by_band:
        assert set(parse_grades(band)) <= set(range(1, 7))


def test_islands_are_joined_and_named():
    study = line_county()
    cut = study.adjacency.loc[study.adjacency["place_a"] != "F"].reset_index(drop=True)  # G with S3 is an island
    alone = draw(study.with_(adjacency=cut))
    assert letters(alone) == "1112223"
    assert not any("touch no other land" in note.en for note in alone.assignments["primary"].notes)
    poor = draw(line_county(seats={"S3": 30.0}).with_(adjacency=cut))
    assert any("F村" in note.en and "touch no other land" in note.en for note in poor.assignments["primary"].notes)
    assert poor.status == "optimal"


def test_too_few_seats_says_who_and_what():
    study = line_county(seats={"S1": 120.0, "S2": 180.0, "S3": 60.0})  # 420 children, 360 seats
    plan = draw(study)
    found = plan.assignments["primary"]
    assert found.status == plan.status == "infeasible"
    assert sum(found.work["extra_seats"].values()) == 60
    left = plan.unplaced
    assert left["pupils"].sum() == 60
    assert set(left["reason"]) == {NO_ZONE.en}
    told = " ".join(note.en for note in found.notes)
    assert "60 pupils do not fit" in told
    assert "fewest extra seats found that make it possible: 60" in told
    assert "at least 60 are needed" in told
    school, seats = next(iter(found.work["extra_seats"].items()))
    mended = draw(
        line_county(seats={"S1": 120.0, "S2": 180.0, "S3": 60.0} | {school: study.seats("primary")[school] + seats})
    )
    assert mended.status == "optimal"


def test_a_place_no_path_leads_to():
    plan = draw(wish={"forbid": [("C", s) for s in ("S1", "S3")] + [("D", "S2")]})
    assert plan.status == "infeasible"
    told = " ".join(note.en for note in plan.assignments["primary"].notes)
    assert "2 places with 120 pupils cannot be joined to any school in one piece: C村, D村" in told
    assert set(plan.unplaced["place_id"]) == {"C", "D"}


def test_unreachable_children_are_named_and_the_rest_is_zoned():
    travel = line_travel()
    minutes = travel.minutes.copy()
    minutes.loc["G"] = np.nan
    plan = draw(travel=travel.with_(minutes=minutes))
    assert set(plan.unplaced["place_id"]) == {"G"}
    assert set(plan.unplaced["reason"]) == {UNREACHABLE.en}
    assert letters(plan)[:6] == "111222"


def test_reach_that_would_be_enough():
    rules = RULES.with_(primary={"reach_minutes": 2.5})
    study = line_county(seats={"S1": 180.0, "S2": 130.0})
    plan = solve(
        study, line_travel(), rules, assign=lp.Contiguous(rounds=1), reach="hard", gap=0.0, time_limit=1e6,
    )  # fmt: skip
    assert plan.status == "infeasible"
    told = " ".join(note.en for note in plan.assignments["primary"].notes)
    assert "reach of 8 minutes is enough" in told or "reach of 6 minutes is enough" in told


def test_ctrl_c_gives_the_best_so_far(monkeypatch):
    from layout_planner.assignment.contiguous import method as contiguous

    def pressed(problem, **options):
        seen = []

        def progress(*told):
            seen.append(told)
            if np.isfinite(told[1]):
                raise KeyboardInterrupt

        return solve_zones(problem, **{**options, "progress": progress})

    solve_zones = contiguous.solve_zones
    monkeypatch.setattr(contiguous, "solve_zones", pressed)
    plan = draw()
    assert plan.status == "interrupted"
    assert plan.flows["pupils"].sum() == 420


def test_a_run_folder_keeps_the_zones(tmp_path):
    plan = draw()
    plan.write(tmp_path / "run")
    again = lp.read_plan(tmp_path / "run")
    pd.testing.assert_frame_equal(again.assignments["primary"].zones, plan.assignments["primary"].zones)


@pytest.mark.slow
def test_the_same_twice():
    study = lp.sample("zhigang")
    travel = lp.travel_matrix(study, mode="straight")
    one, two = (
        solve(study, travel, RULES, stage="junior", assign=lp.Contiguous(rounds=1), time_limit=1e6, gap=0.02)
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(one.flows, two.flows)
    found = one.assignments["junior"]
    assert found.objective == two.assignments["junior"].objective
    assert found.status in ("optimal", "feasible")
    check(study, found)


@pytest.mark.parametrize("seats", [270.0, 130.0])
def test_time_that_ends_without_a_plan_or_a_proof(seats, monkeypatch):
    """The engine gives up; the search for the fewest extra seats may still find feasible zones."""
    from layout_planner.assignment.contiguous import method as contiguous
    from layout_planner.engines.zoning import ZoneResult

    monkeypatch.setattr(
        contiguous, "solve_zones",
        lambda problem, **_: ZoneResult(None, Proof(np.inf, 10.0, ended="time"), 1.0, {}),
    )  # fmt: skip
    plan = draw(line_county(seats=dict.fromkeys(("S1", "S2", "S3"), seats)))
    found = plan.assignments["primary"]
    if seats == 270.0:
        assert (found.status, letters(plan)) == ("feasible", "1112223")
        assert found.bound == pytest.approx(10.0)
    else:
        assert found.status == "interrupted"
        assert "neither feasible zones nor a proof" in found.notes[0].en
        assert "nearest school with seats" in found.notes[1].en and "就近" in found.notes[1].zh
        # 3 × 130 seats for 420 children: as under "nearest_seats", all but 30 have a place.
        assert plan.unplaced["pupils"].sum() == 30
        assert found.method == "nearest_seats" and found.zones.empty


def test_no_work_at_all_still_places_the_children():
    """A limit of nought on a county: no zones, and nobody is left out who need not be."""
    study = lp.sample("zhigang")
    travel = lp.travel_matrix(study, mode="straight")
    wish = lp.Contiguous(rounds=0)
    plan = solve(study, travel, RULES, stage="junior", assign=wish, gap=0.0, time_limit=1e-9)
    nearest = solve(study, travel, RULES, stage="junior", assign="nearest_seats")
    assert plan.status == "interrupted"
    assert "give it longer" in plan.assignments["junior"].notes[0].en
    assert plan.unplaced["pupils"].sum() == nearest.unplaced["pupils"].sum()
    pd.testing.assert_frame_equal(plan.flows, nearest.flows)
    assert plan.provenance["options"]["assign"] == "contiguous"


def test_pins_that_contradict_each_other():
    edits = [Pin("A", "S1"), Pin("B", "S3")]
    plan = draw(edits=edits, wish={"together": [["A", "B"]]})
    assert plan.status == "infeasible"
    assert plan.unplaced["pupils"].sum() >= 120


def test_progress_is_told(capsys):
    from layout_planner.base.messages import Text
    from layout_planner.base.progress import gauge, tracked_by

    with gauge(Text("zones", "划片"), 10.0) as tell:
        tell(2.0, "5 ≥ 4")
    with tracked_by(lambda items, what, total: iter(items)), gauge(Text("zones", "划片"), 10.0) as tell:
        tell(2.0, "5 ≥ 4")
    assert "5 ≥ 4" not in capsys.readouterr().out  # never on stdout
