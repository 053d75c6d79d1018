"""The order of admission in a full zone, one seat a dwelling, who is sent on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import layout_planner as lp
from layout_planner.catchments.admission.order import ORDER, divide
from layout_planner.plan import Plan
from tests.toy.county import line_county, line_travel


@pytest.fixture(scope="module")
def now() -> Plan:
    return lp.today(line_county(), line_travel())


def register(*rows: tuple[str, str, float], **columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["place_id", "tie", "pupils"]).assign(**columns)


def seats(**number: float) -> pd.Series:
    return pd.Series(number, dtype=float)


def who(table: pd.DataFrame) -> list[tuple[object, ...]]:
    return list(table[["place_id", "tie", "school_id", "how", "pupils"]].itertuples(index=False, name=None))


def test_ties_come_in_their_order_and_the_rest_is_sent_on_in_that_order(now: Plan) -> None:
    # Zone of S1: A, B, C. 14 seats: both 4 + 5, registration 3, 2 of the 4 with property; 11 are left.
    asked = register(
        ("C", "migrant", 6), ("B", "property", 4), ("A", "both", 4), ("B", "both", 5), ("C", "tenant", 3),
        ("A", "registration", 3),
    )  # fmt: skip
    done = lp.catchments.admit_children(now, "primary", asked, seats=seats(S1=14, S2=4, S3=5))
    # S2 takes the 2 with property and 2 tenants; S3 the last tenant and 4 migrants; 2 migrants find no seat.
    assert who(done.table) == [
        ("B", "both", "S1", "zone", 5),
        ("A", "both", "S1", "zone", 4),
        ("A", "registration", "S1", "zone", 3),
        ("B", "property", "S1", "zone", 2),
        ("B", "property", "S2", "sent on", 2),
        ("C", "tenant", "S2", "sent on", 2),
        ("C", "tenant", "S3", "sent on", 1),
        ("C", "migrant", "S3", "sent on", 4),
        ("C", "migrant", "", "unplaced", 2),
    ]
    by = done.by_school()
    assert by.loc["S1"].to_dict() == {
        "seats": 14, "applied": 25, "admitted": 14, "received": 0, "turned_away": 11, "free": 0, "last": "property",
    }  # fmt: skip
    assert by["received"].tolist() == [0, 4, 5] and by["last"].tolist() == ["property", "", ""]
    assert done.sent_on()["pupils"].sum() == 11 and done.year == 2024
    assert done.table.loc[4, ["minutes", "metres"]].tolist() == [10, 1000]  # B (x = 2) to S2 (x = 12)


def test_within_a_tie_the_earlier_registration_then_the_shorter_way(now: Plan) -> None:
    same = register(("A", "both", 5), ("B", "both", 5))
    assert who(lp.catchments.admit_children(now, "primary", same, seats=seats(S1=5)).table)[0][0] == "B"
    earlier = register(("A", "both", 5), ("B", "both", 5), since=[2015, 2019])
    assert who(lp.catchments.admit_children(now, "primary", earlier, seats=seats(S1=5)).table)[0][:3] == (
        "A",
        "both",
        "S1",
    )


def test_a_dwelling_gives_one_seat_in_six_years_siblings_exempt(now: Plan) -> None:
    asked = pd.DataFrame(
        {
            "place_id": ["A"] * 5,
            "tie": "both",
            "dwelling_used": [2020, 2020, 2018, None, 2019],  # autumn 2024: 4, 4, 6, –, 5 years ago
            "sibling": [None, 1, 0, 0, 0],
        }
    )
    done = lp.catchments.admit_children(now, "primary", asked, seats=seats(S1=9))
    assert done.table["claim"].sum() == 3
    assert done.table.loc[~done.table["claim"], "how"].tolist() == ["sent on"] * 2
    assert (done.table["school_id"] == "S1").all()  # seats are left there: the nearest takes them after all
    assert (
        lp.catchments.admit_children(now, "primary", asked, seats=seats(S1=9), dwelling_years=5).table["claim"].sum()
        == 4
    )


def test_without_a_claim_one_comes_after_everyone_else(now: Plan) -> None:
    asked = register(("B", "both", 1), ("C", "migrant", 1), dwelling_used=[2023, None])
    done = lp.catchments.admit_children(now, "primary", asked, seats=seats(S1=1, S2=1))
    assert dict(zip(done.table["tie"], done.table["school_id"], strict=True)) == {"migrant": "S1", "both": "S2"}


def test_of_one_dwellings_children_the_earliest_registration_has_the_claim(now: Plan) -> None:
    asked = pd.DataFrame(
        {"place_id": list("ABC"), "tie": "both", "dwelling_id": ["H1", "H1", "H1"], "since": [2020, 2018, 2019]}
    )
    done = lp.catchments.admit_children(now, "primary", asked, seats=seats(S1=9))
    assert done.table.loc[done.table["claim"], "place_id"].tolist() == ["B"]
    twins = asked.assign(sibling=[0, 0, 1])
    assert set(
        lp.catchments.admit_children(now, "primary", twins, seats=seats(S1=9)).table.query("claim")["place_id"]
    ) == {"B", "C"}


def test_a_shared_zone_draws_by_seats_and_fills_before_anyone_leaves_it(now: Plan) -> None:
    zones = lp.plan.zone_map(now, "primary").replace({"C": "S1"})
    zones["C"] = "S1;S2"
    twice = line_county(seats={"S1": 180.0, "S2": 90.0})
    now = lp.today(twice, line_travel())
    asked = register(("C", "both", 9))
    done = lp.catchments.admit_children(now, "primary", asked, zones=zones, seats=seats(S1=20, S2=20))
    assert done.table.groupby("school_id")["pupils"].sum().to_dict() == {"S1": 6, "S2": 3}
    # S1 has 4: the two it cannot take go to S2, which belongs to the zone.
    full = lp.catchments.admit_children(now, "primary", asked, zones=zones, seats=seats(S1=4, S2=20))
    assert full.table.groupby(["school_id", "how"])["pupils"].sum().to_dict() == {("S1", "zone"): 4, ("S2", "zone"): 5}


def test_without_a_register_those_who_begin_now_stand_for_them() -> None:
    now = lp.today(line_county(migrants={"C": 4.0}), line_travel())
    done = lp.catchments.admit_children(now, "primary", seats=seats(S1=28, S2=100, S3=100))
    assert done.table["pupils"].sum() == 70 and len(done.notes) == 1
    assert done.sent_on()[["tie", "school_id", "pupils"]].to_numpy().tolist() == [["migrant", "S2", 2]]


def test_the_studys_register_counts_for_its_stage() -> None:
    rows = register(("A", "both", 3), ("B", "tenant", 2), ("C", "both", 9), stage=["primary", "primary", "junior"])
    study = line_county(extra={"applicants": rows})
    done = lp.catchments.admit_children(lp.today(study, line_travel()), "primary", seats=seats(S1=4))
    assert done.table["pupils"].sum() == 5 and not done.notes
    assert done.by_school().loc["S1", "turned_away"] == 1


def test_seats_are_those_that_fall_free_where_none_are_given() -> None:
    # 270 seats less the 5 grades of 30 that move up: 120 at S1.
    done = lp.catchments.admit_children(lp.today(line_county(), line_travel()), "primary")
    assert done.seats.to_dict() == {"S1": 120, "S2": 120, "S3": 220}


def test_unknown_ties_and_places_are_refused(now: Plan) -> None:
    with pytest.raises(lp.DataError, match="friend, Z"):
        lp.catchments.admit_children(now, "primary", register(("A", "friend", 1), ("Z", "both", 1)))


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(st.sampled_from("ABCDEFG"), st.sampled_from(ORDER), st.integers(1, 9), st.booleans()),
        min_size=1,
        max_size=12,
    ),
    st.tuples(*[st.integers(0, 25)] * 3),
)
def test_nobody_is_lost_no_school_overflows_and_no_one_is_passed_over(
    rows: list[tuple[str, str, int, bool]], room: tuple[int, int, int]
) -> None:
    now = lp.today(_COUNTY, _TRAVEL)
    asked = pd.DataFrame(rows, columns=["place_id", "tie", "pupils", "used"])
    asked["dwelling_used"] = np.where(asked["used"], 2023.0, np.nan)
    zones = lp.plan.zone_map(now, "primary")
    zones["C"] = "S1;S2"
    done = lp.catchments.admit_children(
        now, "primary", asked, zones=zones, seats=seats(S1=room[0], S2=room[1], S3=room[2])
    )
    t = done.table
    assert t["pupils"].sum() == asked["pupils"].sum() and (t["pupils"] == t["pupils"].round()).all()
    for keys in (["place_id", "tie"],):
        assert t.groupby(keys)["pupils"].sum().equals(asked.groupby(keys)["pupils"].sum().astype(float))
    inside = t.loc[t["school_id"] != ""].groupby("school_id")["pupils"].sum()
    assert (inside <= done.seats.reindex(inside.index)).all()
    if (t["how"] == "unplaced").any():
        assert inside.sum() == sum(room)
    rank = {tie: at for at, tie in enumerate(ORDER)}
    for zone, mine in t.loc[t["claim"] & ~t["zone"].str.contains(";")].groupby("zone"):
        away, in_zone = (mine.loc[(mine["how"] == "zone") == there, "tie"].map(rank) for there in (False, True))
        assert away.empty or in_zone.empty or away.min() >= in_zone.max(), zone


_COUNTY, _TRAVEL = line_county(), line_travel()


@given(st.lists(st.integers(0, 6), min_size=1, max_size=8), st.lists(st.integers(1, 40), min_size=2, max_size=4))
def test_in_any_stretch_of_the_list_every_school_has_its_share(pupils: list[int], room: list[int]) -> None:
    rows = pd.DataFrame({"pupils": np.array(pupils, dtype=float)})
    schools = np.array([f"S{j}" for j in range(len(room))], dtype=object)
    parts = divide(rows, schools, np.array(room, dtype=float))
    assert parts.groupby(level=0)["pupils"].sum().reindex(rows.index, fill_value=0.0).tolist() == pupils
    odds = np.array(room) / sum(room)
    for last in range(len(pupils)):
        got = parts.loc[parts.index <= last].groupby("drawn")["pupils"].sum().reindex(schools, fill_value=0.0)
        assert (np.abs(got.to_numpy() - odds * sum(pupils[: last + 1])) < len(room) - 0.5).all()


def test_fractions_are_divided_exactly() -> None:
    parts = divide(pd.DataFrame({"pupils": [1.5]}), np.array(["a", "b"], dtype=object), np.array([1.0, np.inf]))
    assert parts["pupils"].tolist() == [0.75, 0.75]
