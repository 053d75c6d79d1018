"""The quality-balance table of the county on a line, worked out by hand.

Three primary schools of 180, 180 and 60 pupils. Values by hand, against 教督〔2017〕6号: 4.2, 1 and 0.9 teachers and
2.3 rooms per 100 pupils, 4.5 and 7.5 m² and 2,000 yuan per pupil; what is short is marked *.

                     S1                S2                S3                mean       difference
    above degree     9 → 5.0000        8 → 4.4444        3 → 5.0000        4.7619     0.0577
    backbone         2 → 1.1111        1 → 0.5556*       2 → 3.3333        1.1905     0.7659 (> 0.50)
    arts             1 → 0.5556*       2 → 1.1111        1 → 1.6667        0.9524     0.4082
    teaching area    900 → 5.0         900 → 5.0         252 → 4.2*        4.8857     0.0573
    sports area      1,440 → 8.0       1,350 → 7.5       480 → 8.0         7.7857     0.0318
    equipment        360,000 → 2,000   342,000 → 1,900*  180,000 → 3,000   2,100      0.1763
    network rooms    5 → 2.7778        4 → 2.2222*       2 → 3.3333        2.6190     0.1485
    met, least rest  6, 0.6173         4, 0.5556         6, 0.9333
    passes           no (0.6173<0.85)  no (4 < 6)        yes
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.assignment.solve import solve, today
from layout_planner.base.messages import using_language
from layout_planner.measures.indicators import plan_indicators, school_verdicts, spread_table
from layout_planner.scenario import Close, Scenario
from layout_planner.staffing.evaluate import shifted_table
from layout_planner.study import Study
from tests.toy.county import line_county, line_travel, nine_year_county

PROFILE = "cn-quality-balance"
RULES = lp.Rules.load(PROFILE)
HAVE = {
    "teachers_above_degree": [9.0, 8.0, 3.0],
    "teachers_backbone": [2.0, 1.0, 2.0],
    "teachers_arts": [1.0, 2.0, 1.0],
    "area_teaching": [900.0, 900.0, 252.0],
    "area_sports": [1440.0, 1350.0, 480.0],
    "equipment_value": [360_000.0, 342_000.0, 180_000.0],
    "network_rooms": [5.0, 4.0, 2.0],
}
VALUES = {
    "teachers_above_degree": (5.0, 4.4444, 5.0),
    "teachers_backbone": (1.1111, 0.5556, 3.3333),
    "teachers_arts": (0.5556, 1.1111, 1.6667),
    "area_teaching": (5.0, 5.0, 4.2),
    "area_sports": (8.0, 7.5, 8.0),
    "equipment_value": (2000.0, 1900.0, 3000.0),
    "network_rooms": (2.7778, 2.2222, 3.3333),
}
SPREAD = {
    "teachers_above_degree": (4.7619, 0.0577), "teachers_backbone": (1.1905, 0.7659), "teachers_arts": (0.9524, 0.4082),
    "area_teaching": (4.8857, 0.0573), "area_sports": (7.7857, 0.0318), "equipment_value": (2100.0, 0.1763),
    "network_rooms": (2.6190, 0.1485),
}  # fmt: skip


def county(**changes: object) -> Study:
    study = line_county()
    return study.with_(offers=study.offers.assign(**HAVE)).with_(**changes)


def test_the_whole_table_by_hand() -> None:
    found = lp.evaluate(county(), PROFILE, shifts=False)
    assert len(found.indicators) == 21
    for name, values in VALUES.items():
        mine = found.indicators.loc[found.indicators["indicator"] == name].set_index("school_id")
        assert mine["value"].round(4).tolist() == list(values), name
    short = found.indicators.loc[~found.indicators["met"].astype(bool), ["school_id", "indicator"]]
    assert set(short.itertuples(index=False, name=None)) == {
        ("S1", "teachers_arts"), ("S2", "teachers_backbone"), ("S2", "equipment_value"), ("S2", "network_rooms"),
        ("S3", "area_teaching"),
    }  # fmt: skip
    verdicts = found.schools.set_index("school_id")
    assert verdicts["met"].to_dict() == {"S1": 6, "S2": 4, "S3": 6}
    assert verdicts["least_share"].round(4).to_dict() == {"S1": 0.6173, "S2": 0.5556, "S3": 0.9333}
    assert verdicts["passes"].tolist() == [False, False, True]
    spread = found.spread.set_index("indicator")
    for name, (mean, difference) in SPREAD.items():
        assert (round(spread.at[name, "mean"], 4), round(spread.at[name, "difference"], 4)) == (mean, difference)
        assert bool(spread.at[name, "ok"]) is (difference <= 0.5)
    assert found.passes is False
    lacks = found.indicators.set_index(["school_id", "indicator"])["lacks"]
    assert lacks["S1", "teachers_arts"] == pytest.approx(0.62)  # 0.9 × 1.8 − 1
    assert lacks["S3", "area_teaching"] == pytest.approx(18)
    assert lacks["S2", "equipment_value"] == pytest.approx(18_000)
    assert lacks["S1", "area_sports"] == 0


def test_the_table_a_bureau_hands_in() -> None:
    table = lp.evaluate(county(), PROFILE, shifts=False).table()
    assert list(table.columns) == ["name", "pupils", *HAVE, "met", "passes"]
    assert table.index.tolist() == [("primary", "S1"), ("primary", "S2"), ("primary", "S3"), ("primary", "")]
    assert round(table.loc[("primary", ""), "teachers_backbone"], 4) == 0.7659
    assert table.loc[("primary", "S2"), "area_sports"] == 7.5


def test_the_cheapest_shifts_by_hand() -> None:
    """S1 needs an arts teacher, whom nobody can spare: 90,000. S2 needs a backbone teacher, whom S3 can spare: 10,000.

    Of S2's equipment (18,000) and its network room (50,000) one may stay at 85 %: the room. S3 passes as it is, and the
    move also mends the coefficient (1.1111, 1.1111, 1.6667: 0.1633).
    """
    with using_language("en"):
        found = lp.evaluate(county(), PROFILE)
    rows = found.shifts[["do", "indicator", "from_school", "to_school", "quantity", "cost"]]
    assert set(rows.itertuples(index=False, name=None)) == {
        ("hire", "teachers_arts", "", "S1", 1.0, 90_000.0),
        ("move", "teachers_backbone", "S3", "S2", 1.0, 10_000.0),
        ("buy", "equipment_value", "", "S2", 18_000.0, 18_000.0),
    }
    assert (found.objective, found.status) == (118_000, "optimal")
    assert found.bound == pytest.approx(118_000, rel=1e-3)
    after = shifted_table(found, county(), RULES)
    assert school_verdicts(after, RULES)["passes"].all()
    spread = spread_table(after, RULES).set_index("indicator")
    assert round(spread.at["teachers_backbone", "difference"], 4) == 0.1633
    assert any("assumed by us" in note.en for note in found.notes)
    own = lp.evaluate(county(), PROFILE, prices={"network_rooms": 5_000})
    assert own.objective == 90_000 + 10_000 + 5_000  # now the room is the cheaper of the two


def test_a_coefficient_alone_can_ask_for_shifts() -> None:
    """Every school meets every standard, but S3's equipment is ten times the others': 0.5 is kept at the least price.

    S1 and S2 have 2,000 a pupil, S3 20,000. With a the level of the two (both bought alike, by symmetry), mean
    m = (6a + 20,000) / 7, S² = 6/7 (a − m)² + 1/7 (20,000 − m)² = 6/49 (20,000 − a)²; S = m / 2 gives
    2√6 (20,000 − a) = 6a + 20,000, a = 20,000 (2√6 − 1) / (6 + 2√6) = 7,154.5 yuan.
    """
    rich = {name: [1e3 * p for p in (180.0, 180.0, 60.0)] for name in HAVE}
    rich["equipment_value"] = [360_000.0, 360_000.0, 1_200_000.0]
    study = line_county()
    study = study.with_(offers=study.offers.assign(**rich))
    found = lp.evaluate(study, PROFILE)
    level = 20_000 * (2 * np.sqrt(6) - 1) / (6 + 2 * np.sqrt(6))
    assert found.objective == pytest.approx(360 * (level - 2000), rel=2e-3)
    assert set(found.shifts["indicator"]) == {"equipment_value"}
    assert spread_table(shifted_table(found, study, RULES), RULES)["ok"].all()


def test_before_and_after_a_plan() -> None:
    plan = solve(county(), line_travel(), RULES, scenario=Scenario("x", [Close("S3")]))
    found = lp.evaluate(plan, RULES, shifts=False)
    assert found.before is not None
    assert found.before.schools["school_id"].tolist() == ["S1", "S2", "S3"]
    after = found.indicators.set_index(["school_id", "indicator"])
    assert set(after.index.get_level_values(0)) == {"S1", "S2"}
    # The 60 pupils of S3 go to S2: its 2 backbone teachers follow them, its rooms stay where they are.
    assert after.at[("S2", "teachers_backbone"), "have"] == 3
    assert after.at[("S2", "teachers_backbone"), "value"] == pytest.approx(300 / 240)
    assert after.at[("S2", "network_rooms"), "have"] == 4
    assert found.status == "given"
    assert np.isnan(found.objective)


def test_who_is_left_out() -> None:
    small = line_county({"G": 5.0})
    small = small.with_(offers=small.offers.assign(**HAVE), schools=small.schools.assign(kind=["211", "361", "218"]))
    found = lp.evaluate(small, PROFILE, shifts=False)
    out = found.indicators.drop_duplicates("school_id").set_index("school_id")["left_out"].to_dict()
    assert out == {"S1": "", "S2": "special or vocational", "S3": "small teaching point"}
    assert found.schools["school_id"].tolist() == ["S1"]
    assert found.spread["difference"].isna().all()  # one school alone has no spread
    assert found.passes is False  # S1 lacks its arts teacher still


def test_what_is_not_returned_is_said_and_may_decide() -> None:
    with using_language("en"):
        study = county()
        study = study.with_(offers=study.offers.assign(area_sports=[np.nan, 1350.0, 480.0]))
        found = lp.evaluate(study, PROFILE)
        verdicts = found.schools.set_index("school_id")
        assert verdicts.at["S1", "known"] == 6
        assert verdicts["passes"].tolist() == [False, False, True]
        assert any("sports area: not returned by 1 schools" in note.en for note in found.notes)
        met = study.with_(offers=study.offers.assign(teachers_arts=[2.0, 2.0, 1.0]))
        assert lp.evaluate(met, PROFILE, shifts=False).schools["passes"].isna().tolist() == [True, False, False]


def test_all_through_schools_are_evaluated_by_stage() -> None:
    study = nine_year_county()
    offers = study.offers.assign(**dict.fromkeys(HAVE, 10000000.0))
    found = lp.evaluate(study.with_(offers=offers), PROFILE, shifts=False)
    assert found.schools[["stage", "school_id"]].to_numpy().tolist() == [
        ["primary", "S1"], ["primary", "S2"], ["primary", "S3"], ["junior", "S2"], ["junior", "S3"],
    ]  # fmt: skip
    assert found.indicators.query("stage == 'junior' and indicator == 'area_sports'")["limit"].tolist() == [10.2, 10.2]
    plan = today(study.with_(offers=offers), line_travel(), RULES)
    pd.testing.assert_frame_equal(
        plan_indicators(plan, "junior"),
        found.indicators.query("stage == 'junior'").reset_index(drop=True),
        check_dtype=False,
    )


def test_wrong_questions_are_refused() -> None:
    with using_language("en"):
        with pytest.raises(lp.DataError, match='did you mean "network_rooms"'):
            lp.evaluate(county(), PROFILE, prices={"network_room": 1})
        with pytest.raises(lp.DataError, match="0 or more"):
            lp.evaluate(county(), PROFILE, prices={"move": -1})
        with pytest.raises(lp.DataError, match="nothing to evaluate"):
            lp.evaluate(county(), "cn-large-class")
        with pytest.raises(lp.RulesError):
            lp.evaluate(county(), "cn-quality")
