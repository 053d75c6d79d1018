"""Shared zones: like odds of a good school, short ways, an exact cover."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import layout_planner as lp
from layout_planner.catchments.admission.sharing import _connected_sets
from layout_planner.plan import Plan
from layout_planner.study import Study
from tests.toy.county import line_county, line_travel


def county(
    quality: tuple[float, float, float] = (90, 50, 70), seats: tuple[float, float, float] = (180, 180, 60)
) -> Study:
    study = line_county(seats=dict(zip(("S1", "S2", "S3"), seats, strict=True)))
    return study.with_(offers=study.offers.assign(quality=list(map(float, quality))))


def now(study: Study) -> Plan:
    return lp.today(study, line_travel())


def test_good_and_weak_neighbours_share() -> None:
    # S1 (90) and S2 (50) with as many seats make 70, the county's mean; S3 (70) stands there already.
    plan = now(county())
    shared = lp.catchments.share_zones(plan, "primary", sizes=(1, 2), travel_weight=0.0)
    assert shared.table["zone"].tolist() == ["S1;S2", "S3"]
    assert shared.zones.to_dict() == {p: "S3" if p == "G" else "S1;S2" for p in "ABCDEFG"}
    assert (shared.spread_before, shared.spread) == pytest.approx((120 / 7, 0.0))  # 6 of 7 places are 20 off
    assert shared.odds["odds"].tolist() == [0.5, 0.5, 1.0]
    assert shared.status == "optimal" and shared.objective == pytest.approx(0.0)
    row = shared.table.iloc[0]
    # A, B, C and D, E, F: 2 + 0 + 2 minutes to their own; 12 + 10 + 8 and 8 + 10 + 12 to the other.
    assert (row["minutes_own"], row["minutes"], row["longest"]) == pytest.approx((8 / 6, (8 + 60) / 12, 12.0))


def test_the_draw_is_carried_out_whole_and_within_the_odds() -> None:
    plan = now(county())
    drawn = lp.catchments.share_zones(plan, "primary", sizes=(1, 2), travel_weight=0.0).plan
    flows = drawn.assignments["primary"].flows
    assert flows.groupby("school_id")["pupils"].sum().to_dict() == {"S1": 180, "S2": 180, "S3": 60}
    assert flows.groupby(["place_id", "grade"])["pupils"].sum().eq(10).all()
    assert flows.loc[flows["place_id"] == "A"].groupby("school_id")["pupils"].sum().to_dict() == {"S1": 30, "S2": 30}
    assert drawn.assignments["primary"].notes and drawn.scorecard.value("over_full_pupils", "primary") == 0


def test_travel_can_outweigh_and_a_longest_way_forbids() -> None:
    plan = now(county())
    far = lp.catchments.share_zones(plan, "primary", sizes=(1, 2), travel_weight=100.0)
    assert far.table["schools"].tolist() == [1, 1, 1] and far.spread == pytest.approx(far.spread_before)
    short = lp.catchments.share_zones(plan, "primary", sizes=(1, 2, 3), travel_weight=0.0, longest=5.0)
    assert short.table["schools"].tolist() == [1, 1, 1]
    nine = lp.catchments.share_zones(plan, "primary", sizes=(1, 2, 3), travel_weight=0.0, longest=11.0)
    assert nine.table["zone"].tolist() == ["S1", "S2;S3"]  # D needs 10 minutes to S3; A 12 to S2
    with pytest.raises(lp.DataError, match="cannot be parted"):
        lp.catchments.share_zones(plan, "primary", sizes=(2,))


def test_unknown_quality_or_seats_and_too_many_sets_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(lp.DataError, match="S2"):
        lp.catchments.share_zones(now(county((90, np.nan, 70))), "primary")
    with pytest.raises(lp.DataError, match="S3"):
        lp.catchments.share_zones(now(county(seats=(180, 180, np.nan))), "primary")
    given_ = pd.Series({"S1": 1.0, "S2": 1.0, "S3": 1.0})
    same = lp.catchments.share_zones(now(county((90, np.nan, 70))), "primary", sizes=(1, 2), quality=given_)
    assert same.spread == 0
    monkeypatch.setattr("layout_planner.catchments.admission.sharing.NO_SETS", 2)
    with pytest.raises(lp.DataError, match="more than 2 sets"):
        lp.catchments.share_zones(now(county()), "primary")


@given(st.integers(2, 7), st.data())
def test_connected_sets_are_all_and_only_those(m: int, data: st.DataObject) -> None:
    touches = np.zeros((m, m), dtype=bool)
    for a, b in combinations(range(m), 2):
        touches[a, b] = touches[b, a] = data.draw(st.booleans())

    def hangs_together(each: tuple[int, ...]) -> bool:
        reached, waiting = {each[0]}, [each[0]]
        while waiting:
            more = [j for j in each if touches[waiting[0], j] and j not in reached]
            reached.update(more)
            waiting = waiting[1:] + more
        return len(reached) == len(each)

    wanted = {each for k in (2, 3, 4) for each in combinations(range(m), k) if hangs_together(each)}
    wanted |= {(j,) for j in range(m) if not touches[j].any()}
    assert set(_connected_sets(touches, (2, 3, 4))) == wanted


@settings(max_examples=6)
@given(
    st.tuples(*[st.integers(30, 99)] * 3), st.tuples(*[st.integers(1, 300)] * 3), st.sampled_from([0.0, 0.2, 1.0, 3.0])
)
def test_no_parting_is_better(quality: tuple[int, ...], seats: tuple[int, ...], weight: float) -> None:
    plan = now(county(quality, seats))
    found = lp.catchments.share_zones(plan, "primary", sizes=(1, 2, 3), travel_weight=weight)
    homes = {"S1": "ABC", "S2": "DEF", "S3": "G"}
    minutes = line_travel().minutes
    q, s = dict(zip(homes, quality, strict=True)), dict(zip(homes, seats, strict=True))
    level = sum(q[j] * s[j] for j in homes) / sum(s.values())
    off = sum(60 * len(homes[j]) * abs(q[j] - level) for j in homes) / 420 or 1.0
    own = {p: minutes.at[p, j] for j in homes for p in homes[j]}
    mean = sum(own.values()) / 7

    def price(group: str) -> float:
        members = [f"S{j}" for j in group]
        odds = {j: s[j] / sum(s[k] for k in members) for j in members}
        places = [p for j in members for p in homes[j]]
        fair = 60 * len(places) * abs(sum(odds[j] * q[j] for j in members) - level) / off
        way = sum(60 * (sum(odds[j] * minutes.at[p, j] for j in members) - own[p]) for p in places)
        return fair + weight * way / mean

    # The three zones lie on a line: 1 and 3 do not touch.
    best = min(sum(map(price, each)) for each in (["1", "2", "3"], ["12", "3"], ["1", "23"], ["123"]))
    assert found.objective == pytest.approx(best, rel=1e-3, abs=1e-6)
    assert found.bound <= found.objective + 1e-6
    assert found.plan.assignments["primary"].flows["pupils"].sum() == 420
