"""Junior zones made of whole primary zones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.measures.feeders import split_by
from layout_planner.plan import Plan
from tests.toy.county import line_travel, nine_year_county

# 15 junior pupils a village; primary zones ABC (S1), DEF (S2), G (S3); juniors of A to D are at S2, the others at S3.


def plan_with(seats: tuple[float, float], **changes: object) -> Plan:
    study = nine_year_county()
    at = study.offers.index.get_level_values("stage") == "junior"
    offers = study.offers.copy()
    offers.loc[at, "seats"] = list(seats)
    offers.loc[at, "classrooms"] = np.nan
    return lp.today(study.with_(offers=offers, **changes), line_travel())


def test_the_table_tells_which_zones_nest() -> None:
    table = lp.measures.feeder_table(plan_with((100, 100)))
    rows = table[["zone", "school_id", "places", "pupils", "main"]].to_numpy().tolist()
    assert rows == [
        ["S1", "S2", 3, 45, True],
        ["S2", "S3", 2, 30, True],
        ["S2", "S2", 1, 15, False],
        ["S3", "S3", 1, 15, True],
    ]
    assert split_by(table) == pytest.approx(15 / 105)
    assert table["share"].tolist() == pytest.approx([1, 2 / 3, 1 / 3, 1])
    assert split_by(table.iloc[:0]) == 0


def test_whole_zones_go_where_the_ways_are_shortest() -> None:
    nested = lp.catchments.nest_zones(plan_with((100, 100)))
    assert nested.zones.to_dict() == {p: "S3" if p == "G" else "S2" for p in "ABCDEFG"}
    # 15 × (12 + 10 + 8 + 2 + 0 + 2 + 0) minutes.
    assert (nested.objective, nested.status, nested.divided) == (pytest.approx(510), "optimal", ())
    assert split_by(nested.table) == 0


def test_seats_send_a_whole_zone_elsewhere() -> None:
    # S2 cannot hold both zones of 45: sending DEF to S3 costs 300 more, ABC 360 more.
    nested = lp.catchments.nest_zones(plan_with((80, 100)))
    assert nested.zones.to_dict() == dict(zip("ABCDEFG", ["S2"] * 3 + ["S3"] * 4, strict=True))
    assert nested.objective == pytest.approx(450 + 360) and nested.bound == pytest.approx(nested.objective)


def test_where_no_zone_fits_whole_the_least_is_divided() -> None:
    # 106 seats for 105; S3 cannot take a zone of 45 beside G's 15: one of them must be divided, place by place.
    nested = lp.catchments.nest_zones(plan_with((50, 56)))
    assert len(nested.divided) == 1 and np.isnan(nested.bound) and nested.status == "feasible"
    whole = [zone for zone in ("S1", "S2", "S3") if zone not in nested.divided]
    by_zone = nested.table.groupby("zone")["school_id"].nunique()
    assert (by_zone[whole] == 1).all() and by_zone[nested.divided[0]] == 2
    load = pd.Series(0.0, index=["S2", "S3"])
    for label in nested.zones:
        for school in label.split(";"):
            load[school] += 15 / len(label.split(";"))
    assert load.sum() == 105


def test_seats_that_are_short_are_told() -> None:
    nested = lp.catchments.nest_zones(plan_with((40, 40)))
    assert nested.status == "infeasible" and len(nested.zones) < 7


def test_private_schools_and_pupils_from_elsewhere_keep_their_seats() -> None:
    study = nine_year_county()
    private = plan_with((100, 100), schools=study.schools.assign(ownership=["public", "public", "private"]))
    # E, F and G learn at the private S3 and stay; the other places and zones all belong to S2.
    nested = lp.catchments.nest_zones(private)
    assert set(nested.zones) == {"S2"} and nested.objective == pytest.approx(15 * (12 + 10 + 8 + 2))


def test_the_junior_zones_of_a_district_nest() -> None:
    study = lp.sample("zhigang")
    now = lp.today(study, lp.travel_matrix(study))
    before, nested = lp.measures.feeder_table(now), lp.catchments.nest_zones(now, time_limit=20)
    assert split_by(before) > 0.1 and split_by(nested.table) == 0 and nested.divided == ()
    assert len(nested.zones) == 160 and nested.gap <= 0.01
