"""The difference coefficient inside districts, by hand; page, findings and the districts' own balance say the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.assignment.solve import solve, today
from layout_planner.districts.sharing import district_balance
from layout_planner.measures.balance import difference_coefficient
from layout_planner.measures.districts import difference_inside
from layout_planner.measures.resources import resources_after
from layout_planner.scenario import Merge, Scenario
from layout_planner.study import Study
from tests.toy.county import line_county, line_travel

RULES = lp.Rules.load("cn-large-class", "cn-quality-balance")
SIDES = pd.Series({"S1": "west", "S2": "east", "S3": "east"})


def county() -> Study:
    """S1 and S2 have 180 pupils, S3 has 60."""
    study = line_county()
    return study.with_(
        offers=study.offers.assign(teachers_backbone=[9.0, 18.0, 3.0], area_sports=[100.0, 900.0, np.nan])
    )


def test_inside_a_district_by_hand() -> None:
    table = difference_inside(today(county(), line_travel(), RULES), "primary", SIDES)
    # S2 has 0.1 a pupil, S3 0.05, of 240 pupils three in four at S2: mean 0.0875, S² = 0.75·0.0125² + 0.25·0.0375².
    assert table.at["east", "teachers_backbone"] == pytest.approx(np.sqrt(0.00046875) / 0.0875)
    assert table.loc["west"].isna().all()  # one school differs from none
    assert np.isnan(table.at["east", "area_sports"])  # only one of them returned it


def test_after_a_merger_it_is_of_the_schools_that_are_left() -> None:
    all_one = pd.Series("all", SIDES.index)
    plan = solve(county(), line_travel(), RULES, scenario=Scenario("x", [Merge("S3", into="S2")]))
    # The three backbone teachers of S3 follow their pupils: 21 for 240, 9 for 180.
    left = difference_coefficient(pd.Series({"S1": 9.0, "S2": 21.0}), pd.Series({"S1": 180.0, "S2": 240.0}))
    assert difference_inside(plan, "primary", all_one).at["all", "teachers_backbone"] == pytest.approx(left)
    assert resources_after(plan, "primary", "teachers_backbone")["S2"] == 21


def test_it_is_what_the_districts_balance_says_where_nothing_changes() -> None:
    study = lp.sample("fuxi")
    plan = today(study, lp.travel_matrix(study, mode="straight"), RULES, "junior")
    areas = lp.partition(study, plan.travel, "junior", districts=4)
    own = district_balance(areas, plan.study)
    wide = own.pivot(index="district", columns="indicator", values="coefficient").drop(index=["between", "total"])
    mine = difference_inside(plan, "junior", areas.school_district)
    told = mine.notna()
    assert told.to_numpy().any()
    np.testing.assert_allclose(mine.to_numpy()[told], wide.loc[mine.index, mine.columns].to_numpy()[told], rtol=1e-9)
