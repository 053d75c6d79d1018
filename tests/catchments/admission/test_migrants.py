"""Migrants at designated schools, or where local children leave seats."""

from __future__ import annotations

import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.plan import Plan
from layout_planner.scenario import Close, Pin, Scenario
from tests.toy.county import line_county, line_travel


def solve(
    assign: str, designated: dict[str, float] | None = None, edits: tuple[object, ...] = (), **county: object
) -> Plan:
    study = line_county(migrants={"C": 4.0, "D": 4.0}, **county)
    if designated is not None:
        flags = pd.Series(designated).reindex(study.schools.index, fill_value=0.0)
        study = study.with_(schools=study.schools.assign(migrant_designated=flags))
    scenario = Scenario("edits", list(edits)) if edits else None
    return lp.solve(study, line_travel(), assign=assign, scenario=scenario)


def of(plan: Plan, group: str) -> dict[tuple[str, str], float]:
    flows = plan.flows.loc[plan.flows["group"] == group]
    return flows.groupby(["place_id", "school_id"])["pupils"].sum().to_dict()


def test_with_seats_for_all_nobody_moves() -> None:
    plan = solve("migrants_spare")
    assert of(plan, "migrant") == {("C", "S1"): 24, ("D", "S2"): 24}
    assert plan.scorecard.value("pupils_moved", "primary") == 0


def test_over_full_schools_keep_local_children_and_send_migrants_on() -> None:
    # S1 has 170 seats for 156 locals and 24 migrants: 14 stay, 10 go to S2.
    plan = solve("migrants_spare", seats={"S1": 170.0})
    assert of(plan, "migrant") == {("C", "S1"): 14, ("C", "S2"): 10, ("D", "S2"): 24}
    assert of(plan, "local") == of(solve("stay", seats={"S1": 170.0}), "local")
    assert plan.status == "rule" and "38 stay, 10 go" in plan.assignments["primary"].notes[0].en


def test_designated_schools_come_first_then_the_nearest_with_spare_seats() -> None:
    # Only S3 is designated: 60 locals, 90 seats. D (10 minutes) comes before C (16); 18 of C find S1 again.
    plan = solve("migrants_designated", {"S3": 1}, seats={"S3": 90.0})
    assert of(plan, "migrant") == {("C", "S1"): 18, ("C", "S3"): 6, ("D", "S3"): 24}
    with lp.using_language("en"):
        assert "0 stay, 30 go to another school that admits them, 18 to the" in str(
            plan.assignments["primary"].notes[0]
        )


def test_pins_private_schools_and_closures_are_heeded() -> None:
    pinned = solve("migrants_designated", {"S3": 1}, (Pin("C", "S2"),))
    assert of(pinned, "migrant") == {("C", "S2"): 24, ("D", "S3"): 24}
    closed = solve("migrants_spare", None, (Close("S3"),))
    assert of(closed, "local")[("G", "S2")] == 60
    study = line_county(migrants={"C": 4.0})
    private = study.with_(schools=study.schools.assign(ownership=["private", "public", "public"]))
    assert of(lp.solve(private, line_travel(), assign="migrants_spare"), "migrant") == {("C", "S1"): 24}


def test_migrants_without_a_seat_are_named() -> None:
    plan = solve("migrants_spare", seats={"S1": 156.0, "S2": 156.0, "S3": 60.0})
    assert plan.status == "infeasible" and plan.unplaced["pupils"].sum() == 48
    assert set(plan.unplaced["group"]) == {"migrant"}


def test_no_designated_school_is_refused() -> None:
    with pytest.raises(lp.DataError, match="migrant_designated"):
        solve("migrants_designated", {})
    with pytest.raises(lp.DataError, match="migrant_designated"):
        solve("migrants_designated")


def test_an_urban_district_keeps_every_pupil() -> None:
    study = lp.sample("zhigang")
    plan = lp.solve(study, lp.travel_matrix(study), assign="migrants_designated", stage="primary")
    base = plan.base.assignments["primary"]
    after = plan.assignments["primary"]
    assert after.flows["pupils"].sum() == base.flows["pupils"].sum()
    migrants = after.flows.loc[after.flows["group"] == "migrant"]
    private = migrants["school_id"].map(study.is_private())
    assert (migrants.loc[~private, "school_id"].map(study.schools["migrant_designated"]) == 1).all()
    locals_ = [a.flows.loc[a.flows["group"] == "local"].reset_index(drop=True) for a in (base, after)]
    pd.testing.assert_frame_equal(*[f[["place_id", "school_id", "grade", "pupils"]] for f in locals_])
