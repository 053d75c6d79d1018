"""The recipe "add a measure": one entry of the catalogue, seen wherever figures of a stage are shown."""

from __future__ import annotations

import pytest

import layout_planner as lp
from layout_planner.base.messages import Text
from layout_planner.cli import tables
from layout_planner.consolidation.counter import keep_instead
from layout_planner.consolidation.screen import screen
from layout_planner.measures import catalogue
from layout_planner.measures.catalogue import COUNTY, SCHOOL, STAFF, Measure, measures_named, shown_in
from layout_planner.page.payload import page_data
from layout_planner.scenario import Close, Keep, Scenario
from tests.toy.county import line_county, line_travel

FAR = Measure(
    "far_from_school",
    "pupils",
    Text("pupils more than 5 minutes away", "单程超过 5 分钟的学生"),
    lambda sent: float(sent.day[sent.minutes > 5].sum()),
    better="lower",
)


@pytest.fixture(autouse=True)
def one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "COUNTY", (*COUNTY, FAR))


def test_it_stands_in_the_scorecard_and_beside_other_plans() -> None:
    study, travel = line_county(), line_travel()
    now = lp.today(study, travel)
    plan = lp.solve(study, travel, scenario=Scenario("x", [Close("S3")]))
    # G (60 pupils) goes 8 minutes to S2 instead of 0 to S3; all others have 2 or less.
    assert now.scorecard.value("far_from_school", "primary") == 0.0
    assert plan.scorecard.value("far_from_school", "primary") == 60.0
    row = plan.scorecard.table.query("measure == 'far_from_school'").iloc[0]
    assert (row["unit"], row["better"], row["scope"]) == ("pupils", "lower", "county")
    assert lp.compare([now, plan]).loc[("primary", "far_from_school", "pupils")].tolist() == [0.0, 60.0]


def test_a_stage_left_alone_takes_it_over() -> None:
    plan = lp.solve(line_county(), line_travel())
    assert plan.scorecard.value("far_from_school", "primary") == 0.0


def test_it_has_a_name_on_the_page_and_in_the_tables_of_the_shell(capsys: pytest.CaptureFixture[str]) -> None:
    plan = lp.solve(line_county(), line_travel(), scenario=Scenario("x", [Close("S3")]))
    rows = page_data([plan], "zh")["views"]["primary"][0]["scores"]
    told = next(row for row in rows if row["measure"] == "far_from_school")
    assert (told["zh"], told["value"], told["better"]) == ("单程超过 5 分钟的学生", 60, "lower")
    with lp.using_language("zh"):
        tables.show_measures([plan], everything=True)
    assert "单程超过 5 分钟的学生" in capsys.readouterr().out


def test_screen_tells_it() -> None:
    scenarios = [Scenario("none"), Scenario("x", [Close("S3")])]
    table = screen(line_county(), line_travel(), stage="primary", scenarios=scenarios)
    assert table["far_from_school"].tolist() == [0.0, 60.0]


def test_counter_tells_it() -> None:
    plan = lp.solve(line_county(), line_travel(), scenario=Scenario("x", [Close("S3")]))
    table = keep_instead(plan, Keep("S3", stage="primary"), same_number=False).table  # type: ignore[arg-type]
    assert table.loc["far_from_school"].tolist() == ["pupils", 60.0, 0.0, -60.0]


def test_the_frontier_tells_it() -> None:
    front = lp.consolidate(line_county(), line_travel(), stage="primary", keep=[2, 3], sites=False)
    # Two schools: G goes 8 minutes. Three: F goes 6, so that S3 is not funded as 100 pupils for 60.
    assert front.table["far_from_school"].tolist() == [60.0, 60.0]
    for keep in (2, 3):
        assert front.at(keep).scorecard.value("far_from_school", "primary") == 60.0
    assert front.beside(2, 3).loc["far_from_school"].tolist() == [60.0, 60.0, 0.0]


def test_every_measure_is_said_once_and_in_both_languages() -> None:
    for scope in (COUNTY, SCHOOL, STAFF):
        names = [measure.name for measure in scope]
        assert len(set(names)) == len(names)
        texts = [text for m in scope for text in (m.words, *m.said.values()) if text is not None]
        assert all(text.en and text.zh and text.en != text.zh for text in texts)
    for name in {m.name for m in COUNTY} & {m.name for m in SCHOOL}:
        one, two = measures_named(name)
        assert (one.unit, one.words) == (two.unit, two.words)


def test_the_order_of_the_places() -> None:
    assert [m.name for m in shown_in("key")] == [
        "schools", "minutes_mean", "beyond_reach_minutes", "over_full_schools", "large_classes", "pupils_moved",
        "minutes_p95",
    ]  # fmt: skip
    assert shown_in("screen")[-1] is FAR and shown_in("scorecard")[-1] is FAR
