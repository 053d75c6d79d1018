"""How children usually go: every pair says by which mode, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layout_planner.travel import add_sites, read_travel, trace_ways, travel_for, travel_matrix, write_travel
from layout_planner.travel.speed_words import said
from layout_planner.travel.speeds import SPEEDS, assumed, values
from layout_planner.travel.types import WAYS
from layout_planner.travel.usual import Band, Usual, put_together
from tests.travel.builders import roads_of, study_of

WALK, EBIKE, BUS = (WAYS.index(mode) for mode in ("walk", "ebike", "bus"))
KMH = 6.0 * np.exp(-3.5 * 0.05)  # Tobler on the flat, an adult


def line(*, table=None, usual=None):
    """A road of 20 km along the x axis, a school at 0 and homes at the metres that name them."""
    homes = {str(x): (x, 0.0) for x in (900, 1400, 1900, 2900, 5000, 12000)}
    study = study_of(homes, {"S": (0, 0)}, roads_of([[(0, 0), (20000, 0)]], **(table or {"class": ["tertiary"]})))
    if usual:
        study = study.with_(places=study.places.assign(usual_mode=pd.Series(usual, dtype="str")))
    return study


def mode(travel, place, grade):
    return WAYS[travel_for(travel, "primary", grade).ways.at[place, "S"]]


def test_each_age_walks_as_far_as_it_does_and_is_taken_beyond():
    travel = travel_matrix(line(), "usual")
    walked = {g: [p for p in travel.minutes.index if mode(travel, p, g) == "walk"] for g in (-1, 2, 5, 8)}
    assert walked == {-1: ["900"], 2: ["900", "1400"], 5: ["900", "1400", "1900"],
                      8: ["900", "1400", "1900", "2900"]}  # fmt: skip
    assert {mode(travel, "5000", g) for g in (-1, 2, 5, 8)} == {"ebike"}
    # A pair is gone at the pace of its mode: grades 1–3 walk 1.14 times as long as an adult, the electric bicycle does
    # not care who sits on it.
    assert travel.cost(["1400", "2900"], ["S"], "minutes", 2)[:, 0] == pytest.approx(
        [1400 / (KMH * 1000 / 60) * 1.14, 5 + 2900 / (20_000 / 60)]
    )
    assert travel.cost(["2900"], ["S"], "minutes", 8)[0, 0] == pytest.approx(2900 / (KMH * 1000 / 60))
    assert (travel_for(travel, "primary", 2).day, travel.day) == (8000.0, 10000.0)
    told = travel.options["notes"][0]
    assert "1,500 (grades 1–3)" in told["en"] and "电动自行车" in told["zh"]


def test_a_place_says_how_its_children_go_and_no_bus_where_none_can_pass():
    """The bus of 2900: 5 min wait, 2.9 km at 30 km/h, a stop of one minute every 1.5 km."""
    travel = travel_matrix(line(usual={"2900": "bus", "5000": "drive"}), "usual")
    assert [mode(travel, p, 5) for p in ("1900", "2900", "5000", "12000")] == ["walk", "bus", "drive", "coach"]
    assert travel.cost(["2900"], ["S"], "minutes", 5)[0, 0] == pytest.approx(5 + 2.9 * 2 + 2.9 / 1.5)
    narrow = travel_matrix(line(table={"class": ["tertiary"], "bus": ["no"]}, usual={"2900": "bus"}), "usual")
    assert mode(narrow, "2900", 5) == "ebike"


def test_beyond_a_days_reach_children_go_by_county_bus_and_not_on_two_wheels():
    """12 km: 36 min on the electric bicycle and 5 to get it out; by bus a wait of 15, 24 of riding, 8 stops."""
    travel = travel_matrix(line(), "usual", cache=False)
    assert {mode(travel, "12000", g) for g in (2, 5, 8)} == {"coach"}
    assert mode(travel, "12000", -1) == "ebike"  # the youngest come home from up to 12 km
    assert travel.cost(["12000"], ["S"], "minutes", 5)[0, 0] == pytest.approx(15 + 24 + 8)
    assert "每周往返" in travel.options["notes"][0]["zh"] and len(travel.options["notes"]) == 1
    (way,) = trace_ways(line(), travel, [("12000", "S")])
    assert (way.minutes, way.metres) == pytest.approx((47, 12_000))
    said = travel_matrix(line(usual={"12000": "walk"}), "usual", cache=False)
    assert mode(said, "12000", 5) == "walk"  # the data say so
    shut = travel_matrix(line(table={"class": ["tertiary"], "bus": ["no"]}), "usual", cache=False)
    assert mode(shut, "12000", 5) == "ebike" and "No bus" not in str(shut.options["notes"])


def test_where_only_a_footpath_leads_children_walk_however_far():
    table = {"class": ["path"], "bike": ["no"]}
    travel = travel_matrix(line(table=table), "usual")
    assert mode(travel, "12000", 2) == "walk"
    assert travel.cost(["12000"], ["S"], "minutes", 2)[0, 0] == pytest.approx(12_000 / (KMH * 1000 / 60) * 1.14)


def test_it_is_kept_in_a_file_and_new_sites_are_measured_alike(tmp_path):
    study = line(usual={"2900": "bus"})
    travel = travel_matrix(study, "usual", cache=False)
    write_travel(travel, tmp_path / "usual.parquet")
    back = read_travel(tmp_path / "usual.parquet")
    for grade in (-1, 2, 5, 8):
        one, two = travel_for(travel, "primary", grade), travel_for(back, "primary", grade)
        for name in ("minutes", "metres", "ways"):
            pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))
        assert one.day == two.day
    more = add_sites(travel, study, study.place_points().loc[["5000"]].rename({"5000": "X"}))
    assert more.minutes["S"].equals(travel.minutes["S"])
    own = travel_for(more, "primary", 2)
    assert (WAYS[own.ways.at["1400", "X"]], WAYS[own.ways.at["5000", "X"]]) == ("ebike", "walk")
    assert own.metres.at["2900", "X"] == pytest.approx(2100)


def test_its_ways_are_drawn_by_the_mode_they_are_gone():
    study = line(usual={"5000": "bus"})
    ways = trace_ways(study, travel := travel_matrix(study, "usual"), [("900", "S"), ("5000", "S"), ("12000", "S")])
    assert [way.minutes for way in ways] == pytest.approx(travel.minutes.loc[["900", "5000", "12000"], "S"].tolist())
    assert [way.metres for way in ways] == pytest.approx([900, 5000, 12000])


@given(
    st.lists(st.tuples(*[st.one_of(st.just(np.nan), st.floats(1, 1e5))] * 3), min_size=1, max_size=8),
    st.lists(st.sampled_from(["ebike", "bus"]), min_size=8, max_size=8),
)
def test_who_can_go_at_all_goes_and_nobody_walks_farther_than_they_must(rows, wishes):
    index = pd.Index([str(k) for k in range(len(rows))])
    wish = pd.Series(wishes[: len(rows)], index=index)
    metres = np.array(rows)
    parts = {m: (pd.DataFrame(metres[:, [k]] / 100, index=index), pd.DataFrame(metres[:, [k]], index=index))
             for k, m in enumerate(("walk", "ebike", "bus"))}  # fmt: skip
    usual = Usual((Band((1,), 1500.0, 8000.0, 1.14), Band((7,), 3000.0, 8000.0, 1.0)), wish)
    for band, (minutes, far, code) in zip(usual.bands, put_together(usual, parts), strict=True):
        for k, (walk, ebike, bus) in enumerate(rows):
            rides = [m for m in (bus if wishes[k] == "bus" else np.nan, ebike) if np.isfinite(m)]
            if rides and rides[0] is not bus and rides[0] > band.day and np.isfinite(bus) and bus > band.day:
                rides = [bus]  # the county bus
            on_foot = np.isfinite(walk) and (walk <= band.walk or not rides)
            if not on_foot and not rides:
                assert np.isnan(minutes[k, 0]) and np.isnan(far[k, 0]) and code[k, 0] == -1
                continue
            want = walk if on_foot else rides[0]
            assert far[k, 0] == want
            assert minutes[k, 0] == pytest.approx(want / 100 * (band.pace if on_foot else 1.0))
            assert (code[k, 0] == WALK) == on_foot


def test_what_is_assumed_is_told_in_words_and_not_of_what_the_study_says():
    told = assumed(["usual", "ebike"])
    assert "electric bicycle on the flat 20 km/h" in told.en and "电动自行车平路速度 20 公里/小时" in told.zh
    assert "_" not in told.en + told.zh and "渡" not in told.zh
    assert "候渡时间 10 分钟" in assumed(["ferry"]).zh
    own = assumed(["usual", "ebike"], values(SPEEDS) | {"ebike_flat": 22.0})
    assert "on the flat" not in own.en and "getting the electric bicycle out" in own.en
    assert assumed(["straight"]) is None
    for name, cited in SPEEDS.items():
        text = said(name, cited.value, cited.unit)
        assert text.en.isascii() is ("–" not in text.en) and f"{cited.value:g}" in text.zh
