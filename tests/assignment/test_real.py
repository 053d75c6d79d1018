"""Real counties and the samples: published totals, officials' zones beside ours, time and memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.assignment.solve import solve, today
from layout_planner.scenario import Close, Scenario, apply
from layout_planner.study import Study

HISTORY = Path(__file__).parents[2] / "data" / "fuxi" / "history.yaml"
OFFICIAL = ("catchment_primary", "elem_scenario2", "elem_scenario3", "elem_scenario4", "elem_scenario5")


@pytest.fixture(scope="module")
def fuxi() -> Study:
    return lp.sample("fuxi")


@pytest.mark.parametrize("name", ["fuxi", "fuxi-before", "zhigang"])
def test_today_reproduces_every_returned_roll_of_the_samples(name: str) -> None:
    study = lp.sample(name)
    plan = today(study, lp.travel_matrix(study, mode="straight"))
    for stage, found in plan.assignments.items():
        rolls = study.rolls.loc[study.rolls["stage"] == stage].set_index(["school_id", "grade"])["pupils"]
        np.testing.assert_allclose(found.roll_by_grade().reindex(rolls.index, fill_value=0.0), rolls, atol=1e-6)
        assert found.flows["pupils"].sum() + found.unplaced["pupils"].sum() == study.demand(stage).sum()
        np.testing.assert_array_equal(found.flows["pupils"], np.round(found.flows["pupils"]))
        stated = " ".join(note.en for note in found.notes)
        for table in (found.unplaced, found.outside):
            assert not len(table) or f"{table['pupils'].sum():,.0f}" in stated


def test_history_turns_before_into_now(fuxi: Study) -> None:
    before, history = lp.sample("fuxi-before"), Scenario.read(HISTORY)
    after = apply(before, history)
    pd.testing.assert_series_equal(after.schools["state"].sort_index(), fuxi.schools["state"].sort_index())
    counts = [study.counts()["open"][["primary", "junior"]].sum() for study in (before, after, fuxi)]
    assert counts == [169, 111, 111]
    assert [fuxi.demand(stage).sum() for stage in ("primary", "junior")] == [56_000, 25_000]
    plan = solve(before, lp.travel_matrix(before, mode="straight"), scenario=history)
    moved = sum(plan.scorecard.value("pupils_moved", stage) for stage in ("primary", "junior"))
    assert moved == 9_584
    assert plan.unplaced["pupils"].sum() == 0
    assert plan.scorecard.value("pupils_moved", "senior") == 0


@pytest.mark.slow
def test_a_what_if_of_one_school(fuxi: Study) -> None:
    travel = lp.travel_matrix(fuxi, mode="straight")
    now = today(fuxi, travel)
    for school in ("P010", "P016", "P022"):
        plan = solve(fuxi, travel, scenario=Scenario("x", [Close(school)]))
        assert school not in plan.assignments["primary"].roll()
        assert plan.scorecard.value("pupils_moved", "primary") == now.assignments["primary"].roll()[school]


@pytest.mark.slow
def test_gongyi_places_everyone_whole_and_proves_it(gongyi: Study) -> None:
    assert gongyi.demand("junior").sum() == 40_995
    assert gongyi.seats("junior").sum() == 41_900
    travel = lp.travel_matrix(gongyi, mode="straight")
    plan = solve(gongyi, travel, assign="capacity", gap=0.005, time_limit=1e6)
    found = plan.assignments["junior"]
    assert plan.unplaced.empty
    assert found.flows["pupils"].sum() == 40_995
    assert found.flows.groupby("place_id")["school_id"].nunique().max() == 1
    assert found.work["divided"] == 0
    assert 0 <= found.gap <= 0.005
    assert found.bound <= found.objective
    assert plan.scorecard.value("over_full_pupils", "junior") == 0
    split = solve(gongyi, travel, assign="capacity", split=True).assignments["junior"]
    assert split.objective <= found.bound + 1e-3


@pytest.mark.slow
def test_fairfax_beside_the_officials(fairfax: Study) -> None:
    import resource

    travel = lp.travel_matrix(fairfax, mode="drive")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    plans = [today(fairfax, travel), *(solve(fairfax, travel, assign=rule) for rule in ("nearest", "capacity"))]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2_000_000  # kB
    plans += [solve(fairfax, travel, assign=fairfax.places[zone], scenario=Scenario(zone)) for zone in OFFICIAL]
    table = lp.compare(plans)
    assert table.shape[1] == 8
    minutes = table.loc[("primary", "minutes_mean", "min")].to_numpy()
    assert minutes[2] == pytest.approx(4.05, abs=0.01)
    assert (minutes[3:] > 4.58).all()
    assert (minutes[3:] < 4.65).all()
    assert minutes[1] < minutes[2] < minutes[3:].min()
    assert table.loc[("primary", "over_full_pupils", "pupils")].iloc[2] == pytest.approx(0, abs=1e-6)
    assert plans[2].assignments["primary"].gap < 0.005
    assert {plan.status for plan in plans[3:]} == {"given"}
    for plan in plans:
        placed = plan.flows["pupils"].sum() + plan.unplaced["pupils"].sum()
        assert placed == pytest.approx(fairfax.demand("primary").sum())
