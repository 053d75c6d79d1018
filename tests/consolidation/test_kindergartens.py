"""Closed buildings as kindergartens, by hand on the county on a line; the numbers of a county's kindergartens."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.consolidation.kindergartens import convert_buildings, list_buildings
from layout_planner.measures.preschool import estate_kindergartens, preschool_shares, within_minutes
from tests.toy.county import VILLAGES, line_county, line_travel


def county(**schools: object) -> lp.Study:
    """Ten children of each kindergarten year in every village; S1 is a private kindergarten, S2 and S3 have closed."""
    study = line_county()
    rows = [(v, "kindergarten", g, "local", 10.0) for v in VILLAGES for g in (-2, -1, 0)]
    index = pd.MultiIndex.from_tuples([("S1", "kindergarten")], names=study.offers.index.names)
    row = pd.DataFrame([{"grades": (-2, -1, 0), "seats": 90.0}], index=index)
    offers = study.offers.drop(index="S1").assign(floor_area=[650.0, 4000.0], site_area=[9000.0, 900.0])
    told = {
        "state": ["open", "closed", "closed"], "kind": ["111", "211", "211"], "building_grade": ["A", "C", "B"],
        "ownership": ["private", "public", "public"], "inclusive": [1.0, np.nan, np.nan],
    } | schools  # fmt: skip
    return study.with_(
        schools=study.schools.assign(**told),
        offers=pd.concat([offers, row]).sort_index(),
        pupils=pd.DataFrame(rows, columns=study.pupils.columns),
        rolls=pd.DataFrame([("S1", "kindergarten", g, 25.0, np.nan) for g in (-2, -1, 0)], columns=study.rolls.columns),
    )


def test_safety_and_area_decide() -> None:
    table = list_buildings(county())
    # S2: 650 m² of floor are 65 children, two classes of 30; S3: 900 m² of ground are 64 children.
    assert table["seats"].to_dict() == {"S2": 60.0, "S3": 60.0}
    assert table["yuan"].to_dict() == {"S2": 650 * 1800.0, "S3": 4000 * 1000.0}
    unsafe = list_buildings(county(building_grade=["A", "D", ""]))
    assert (unsafe["seats"] == 0.0).all()
    assert unsafe["why"].nunique() == 2 and (unsafe["why"] != "").all()
    assert (list_buildings(county(), floor_a_child=30.0)["seats"].to_numpy() == [0.0, 60.0]).all()


def test_the_building_with_more_children_beyond_reach_is_chosen() -> None:
    # Within 5 minutes of S1 live A, B, C. D, E, F (90 children) are near S2, which seats 60; G (30) at S3.
    one = convert_buildings(county(), line_travel(), at_most=1, minutes=5.0)
    assert one.buildings["chosen"].to_dict() == {"S2": True, "S3": False}
    assert (one.status, one.objective) == ("optimal", 60.0)
    assert one.before[5.0] == pytest.approx(3 / 7)
    assert one.after[5.0] == pytest.approx(6 / 7)
    both = convert_buildings(county(), line_travel(), at_most=2, minutes=5.0)
    assert both.objective == 90.0 and both.bound >= 90.0
    assert both.after[5.0] == pytest.approx(1.0)
    none = convert_buildings(county(), line_travel(), at_most=0, minutes=5.0)
    assert none.objective == 0.0 and none.scenario.edits == ()
    with pytest.raises(lp.DataError):
        convert_buildings(county(), line_travel(), at_most=-1)


def test_what_was_chosen_can_be_carried_out() -> None:
    found = convert_buildings(county(), {"kindergarten": line_travel()}, at_most=1, minutes=5.0)
    plan = lp.solve(found.study, found.travel, scenario=found.scenario, stage="kindergarten", assign="nearest_seats")
    assert "S2-K" in plan.study.offering("kindergarten")
    total = plan.assignments["kindergarten"].flows["pupils"].sum() + plan.unplaced["pupils"].sum()
    assert total == 210.0


def test_shares_of_a_county() -> None:
    table = preschool_shares(county())
    assert table["value"].to_dict() == pytest.approx(
        {"gross_enrolment": 75 / 210, "inclusive_coverage": 1.0, "public_share": 0.0}
    )
    assert table["ok"].tolist() == [False, True, False]
    dear = preschool_shares(county(inclusive=[0.0, np.nan, np.nan]))
    assert dear.at["inclusive_coverage", "value"] == 0.0
    higher = lp.Rules.load("cn-preschool-2020").with_(kindergarten={"gross_enrolment": 0.3})
    assert bool(preschool_shares(county(), higher).at["gross_enrolment", "ok"])
    unlicensed = preschool_shares(county(licensed=[0.0, 1.0, 1.0]))
    assert unlicensed.at["inclusive_coverage", "value"] == 0.0


def test_children_within_minutes() -> None:
    shares = within_minutes(county(), line_travel(), minutes=(1.0, 2.0, 8.0))
    assert shares.tolist() == pytest.approx([1 / 7, 3 / 7, 4 / 7])
    slow = within_minutes(county(), line_travel(pace={-2: 2.0}), minutes=(2.0,))
    assert slow[2.0] == pytest.approx((3 * 2 + 1) / 21)  # the youngest need twice as long


def test_estates_hand_over_their_kindergartens() -> None:
    estates = pd.DataFrame(
        {"name": ["a", "b"], "year": [2024, 2025], "homes": [1000.0, 500.0], "yield_kindergarten": [0.12, 0.1]},
        index=pd.Index(["E1", "E2"], name="estate_id"),
    )
    study = county(estate_id=["E1", None, None], inclusive=[0.0, np.nan, np.nan]).with_(extra={"estates": estates})
    table = estate_kindergartens(study)
    assert table["school_id"].to_dict() == {"E1": "S1", "E2": ""}
    assert table["children"].to_dict() == {"E1": 120.0, "E2": 50.0}
    assert table["short"].to_dict() == {"E1": 30.0, "E2": 50.0}
    assert not table["handed_over"].any()  # private and not inclusive; none at all
    offers = study.offers.copy()
    offers.loc[("S1", "kindergarten"), "seats"] = np.nan  # whether it is short of seats is not known either
    unknown = estate_kindergartens(study.with_(offers=offers))
    assert unknown.loc["E1", ["seats", "short"]].isna().all()
    assert unknown.loc["E2", ["seats", "short"]].tolist() == [0.0, 50.0]
    public = study.with_(schools=study.schools.assign(ownership="public"))
    assert estate_kindergartens(public)["handed_over"].tolist() == [True, False]
    assert estate_kindergartens(line_county()).empty


def test_the_sample_county() -> None:
    study = lp.sample("fuxi")
    walk = lp.travel_matrix(study, mode="walk")
    found = lp.consolidation.convert_buildings(study, walk, at_most=4, minutes=30.0)
    assert found.buildings["chosen"].sum() <= 4
    assert (found.after >= found.before - 1e-12).all()
    assert found.objective <= found.bound + 1e-6
    chosen = found.buildings.loc[found.buildings["chosen"]]
    assert (chosen["children"] <= chosen["seats"]).all()
