"""A school opened at a chosen point: measured, told of where it stays empty, refused where it cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

import layout_planner as lp
from layout_planner.base.errors import ScenarioError, TravelError
from layout_planner.base.messages import using_language
from layout_planner.scenario import apply
from layout_planner.study import Study
from layout_planner.travel import Travel


@pytest.fixture(scope="module")
def study() -> Study:
    return lp.sample("zhigang")


@pytest.fixture(scope="module")
def walk(study: Study) -> Travel:
    return lp.travel_matrix(study, mode="straight")


@pytest.fixture(scope="module")
def point(study: Study) -> tuple[float, float]:
    home = study.places.geometry.iloc[[5]].representative_point().to_crs("EPSG:4326").iloc[0]
    return home.x, home.y


def opening(point: tuple[float, float]) -> lp.Scenario:
    return lp.Scenario("point", [lp.Open(at=point, stage="primary", seats=200)])


def test_a_point_is_measured_and_filled_where_everyone_is_sent_anew(study, walk, point) -> None:
    plan = lp.solve(study, walk, scenario=opening(point), assign="nearest_seats", stage="primary")
    (edit,) = plan.scenario.edits
    assert edit.site == f"new@{point[0]:.5f},{point[1]:.5f}"
    assert plan.schools_gdf("primary").at[edit.site, "roll"] == 200
    assert plan.travel.metres.at[study.places.index[5], edit.site] < 2  # the point is written to a metre
    assert not plan.assignments["primary"].notes
    assert edit.site not in study.sites.index


def test_a_school_that_stays_empty_is_told_of_with_what_to_ask_instead(study, walk, point) -> None:
    plan = lp.solve(study, {"primary": walk}, scenario=opening(point), stage="primary")
    note = plan.assignments["primary"].notes[-1]
    assert "opens and gets 0 pupils" in note.en
    assert 'assign="nearest_seats"' in note.en
    assert 'assign="nearest_seats"' in note.zh
    assert plan.assignments["primary"].roll().get(plan.scenario.edits[0].opens, 0.0) == 0


def test_what_is_written_reads_back_and_runs(study, point, tmp_path) -> None:
    scenario = opening(point)
    again = lp.Scenario.read(scenario.write(tmp_path / "point.yaml"))
    assert again.edits == scenario.edits
    assert lp.Scenario.from_mapping(
        {"edits": [{"do": "open", "at": list(point), "stage": "primary", "seats": 200}]}
    ).edits == (scenario.edits)
    assert apply(study, again).seats("primary")[scenario.edits[0].site] == 200
    assert replace(scenario.edits[0], year=2026).site == scenario.edits[0].site


@pytest.mark.parametrize("said", [{}, {"site": "P1", "at": (121.0, 37.0)}, {"at": (37.0, 121.0)}])
def test_neither_or_both_or_latitude_first_is_refused(said) -> None:
    with pytest.raises(ValidationError, match="longitude"):
        lp.Open(**said)


def test_a_point_far_from_every_place_is_refused(study, walk) -> None:
    with using_language("en"), pytest.raises(ScenarioError, match="longitude stands first"):
        lp.solve(study, walk, scenario=opening((37.5, 12.0)), stage="primary")


def test_ways_that_were_handed_in_are_not_guessed_at(study, walk, point) -> None:
    handed = Travel("walk", walk.minutes, walk.metres)
    with pytest.raises(TravelError):
        lp.solve(study, handed, scenario=opening(point), stage="primary")
