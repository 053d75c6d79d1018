"""The records of a plan."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.base.messages import using_language
from layout_planner.base.proof import GIVEN, read_proof
from layout_planner.plan import FLOW_COLUMNS, OUTSIDE_COLUMNS, REASONS, UNPLACED_COLUMNS, Assignment, Plan, Status
from layout_planner.scenario import Scenario
from tests.toy.county import line_county, line_travel


def assignment(status: Status = "rule", stage: str = "primary") -> Assignment:
    flows = pd.DataFrame(
        [
            ("A", "S2", stage, 1, "local", "day", "walk", 3.0, 1.0, 9.0),
            ("A", "S1", stage, 1, "local", "day", "walk", 2.0, 1.0, 9.0),
            ("A", "S1", stage, 2, "local", "day", "walk", 1.0, 1.0, 9.0),
            ("B", "S2", stage, 1, "local", "day", "walk", 4.0, 1.0, 9.0),
        ],
        columns=list(FLOW_COLUMNS),
    )  # fmt: skip
    outside = pd.DataFrame([("S3", stage, 1, 5.0, "x"), ("S2", stage, 1, 1.0, "x")], columns=list(OUTSIDE_COLUMNS))
    return Assignment(
        stage,
        flows,
        pd.DataFrame(columns=list(UNPLACED_COLUMNS)),
        outside,
        "stay",
        read_proof({"status": status, "objective": None, "bound": None}),
    )


def plan(**assignments: Assignment) -> Plan:
    return Plan("x", line_county(), line_travel(), lp.Rules(), Scenario("x"), assignments)


def test_rolls_count_pupils_from_outside() -> None:
    assert assignment().roll().to_dict() == {"S1": 3, "S2": 8, "S3": 5}
    assert assignment().roll_by_grade().to_dict() == {("S1", 1): 2, ("S1", 2): 1, ("S2", 1): 8, ("S3", 1): 5}


def test_the_school_of_a_place_is_where_most_go_and_ties_go_to_the_smaller_id() -> None:
    assert assignment().school_of().to_dict() == {"A": "S1", "B": "S2"}


def test_the_status_of_a_plan_is_its_weakest() -> None:
    good, rule = assignment("optimal", "junior"), assignment("rule")
    assert plan(junior=good).status == "optimal"
    assert plan(junior=good, primary=rule).status == "rule"
    assert plan(junior=good, primary=rule, senior=assignment("infeasible", "senior")).status == "infeasible"
    assert plan().status == "rule"


def test_tables_of_all_stages() -> None:
    both = plan(primary=assignment(), junior=assignment(stage="junior"))
    assert both.flows["stage"].tolist() == ["primary"] * 4 + ["junior"] * 4
    assert tuple(both.flows.columns) == FLOW_COLUMNS
    assert tuple(both.unplaced.columns) == UNPLACED_COLUMNS
    assert tuple(plan().outside.columns) == OUTSIDE_COLUMNS


def test_with_changes_a_copy() -> None:
    one = plan(primary=assignment())
    two = one.with_(name="y")
    assert (one.name, two.name) == ("x", "y")
    assert assignment().with_(proof=GIVEN).status == "given"
    with pytest.raises(AttributeError):
        one.name = "z"  # type: ignore[misc]


def test_the_renderer_draws_maps_and_notebooks(monkeypatch: pytest.MonkeyPatch) -> None:
    class Drawn:
        def _repr_html_(self) -> str:
            return "<p>map</p>"

    monkeypatch.setattr("layout_planner.show.briefing", lambda plans, **_: Drawn())
    with using_language("en"):
        told = plan()._repr_html_()
    assert told.endswith("<p>map</p>")
    assert told.index("children without a school") < told.index("<p>map</p>")
    assert isinstance(plan().map(), Drawn)


def test_every_reason_speaks_both_languages() -> None:
    for english, reason in REASONS.items():
        assert english == reason.en != reason.zh
    assert np.all([reason.zh for reason in REASONS.values()])
