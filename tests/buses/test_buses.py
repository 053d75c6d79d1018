"""School buses and boarding, on the county on a line and on the sample county's roads."""

from __future__ import annotations

from itertools import combinations, pairwise, permutations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

import layout_planner as lp
from layout_planner.assignment.solve import solve
from layout_planner.base.cited import Cited
from layout_planner.buses.fleet import Fleet
from layout_planner.buses.routes import route_buses
from layout_planner.buses.tours import least_cost, list_stops, plan_tours, tour_cost
from layout_planner.engines.tours import TourCase, bound_tours, join_stops
from layout_planner.measures.boarding import BoardingNorms, boarding_needs
from layout_planner.plan import Plan
from layout_planner.scenario import Board, Close, Merge, Scenario
from layout_planner.travel.rides import Rides, bus_rides
from tests.toy.county import EAST, NORTH, SCHOOLS, VILLAGES, line_county, line_travel

pytest.importorskip("pyvrp", reason="the extra bus (PyVRP) is not installed")

RULES = lp.Rules.load("cn-small-schools-2018").with_(primary={"reach_minutes[1-3]": 5, "reach_minutes[4-6]": 5})


def yuan(value: float) -> Cited:
    return Cited(value, "yuan a year", "made up", "user")


FLEET = Fleet(
    sizes={20: yuan(1000), 60: yuan(2000)}, kilometre=yuan(1), days=yuan(100), longest=yuan(60), gather=150,
    stop=1.0, child=0.0,
)  # fmt: skip


def line_rides(speed: float = 100.0) -> Rides:
    """The bus goes along the line, 100 metres of it a minute."""
    x = {**VILLAGES, **SCHOOLS}
    metres = pd.DataFrame(
        [[abs(a - b) * 100.0 for b in x.values()] for a in x.values()], index=list(x), columns=list(x)
    )
    stops = gpd.GeoDataFrame(
        {"walk_metres": 10.0}, index=list(VILLAGES), crs="EPSG:4544",
        geometry=[Point(EAST + at * 100, NORTH) for at in VILLAGES.values()],
    )  # fmt: skip
    return Rides(stops, metres / speed, metres)


def far_away() -> Plan:
    """S1 and S3 have closed: A, B, C go 12, 10, 8 minutes to S2, G goes 8; ten a grade."""
    edits = [Close("S1"), Merge("S3", into="S2")]
    return solve(line_county(seats={"S2": 500}), line_travel(), RULES, scenario=Scenario("one school", edits))


def test_the_tours_by_hand() -> None:
    service = route_buses(far_away(), "primary", fleet=FLEET, rides=line_rides())
    row = service.schools.loc["S2"]
    # A, B, C and G have 60 each beyond 5 minutes: four full buses of 60 and no way to do with fewer seats.
    assert (row["pupils"], row["riders"], row["not_served"], row["stops"], row["buses"]) == (240, 240, 0, 4, 4)
    # Each goes out and back: 2 × (1000 + 800 + 1200 + 800) m; × 2 × 100 days at a yuan a km.
    assert row["metres"] == 2 * 3800
    assert row["yuan"] == pytest.approx(4 * 2000 + 7.6 * 200)
    assert row["bound"] == pytest.approx(row["yuan"])  # proved: full buses to single stops
    assert row["gap"] == pytest.approx(0.0)
    assert row["longest_ride"] == pytest.approx(13, abs=0.02)  # a minute at the stop of A, and 12 to S2
    assert service.unserved.empty
    (edit,) = service.edits()
    assert (edit.school, edit.capacity) == ("S2", 240)


def test_one_bus_goes_along_the_line_and_is_there_before_the_bell() -> None:
    service = route_buses(far_away(), "primary", grades=[1], fleet=FLEET, rides=line_rides())
    # Ten at each of A, B, C and G: one bus of 60 could fetch all, but two of 20 cost as much and one drives less …
    row = service.schools.loc["S2"]
    assert row["riders"] == 40
    assert row["yuan"] <= 2000 + 200 * 4.0 + 1e-6  # out to A, back past B and C to S2, on to G and back: 2 × 2.0 km
    assert row["bound"] <= row["yuan"]
    routes = service.routes.sort_values(["bus", "order"])
    for _, stops in routes.groupby("bus"):
        assert stops["minute"].is_monotonic_increasing
        assert (stops["minute"] + stops["ride"]).between(-30 - 1e-6, -10 + 1e-6).all()
        assert (stops["minute"] >= -95).all()
        assert (stops["ride"] <= 60 + 1e-6).all()
    assert routes["pupils"].sum() == 40
    assert routes["walk_metres"].max() == 10


def test_places_near_each_other_share_a_stop_and_large_ones_take_several_buses() -> None:
    fleet = Fleet(sizes={50: yuan(1000)}, gather=450, stop=1.0)
    service = route_buses(far_away(), "primary", fleet=fleet, rides=line_rides())
    # A (x = 0) and C (x = 4) lie within 450 m: they use the stop of A, 400 m away; B too.
    assert set(service.routes["stop_id"]) == {"A", "G"}
    assert service.routes.groupby("stop_id")["walk_metres"].max().to_dict() == {"A": 410, "G": 10}
    assert service.buses.groupby("size")["pupils"].sum().to_dict() == {50: 240}
    assert len(service.buses) == 5  # 180 → 50, 50, 50, 30; 60 → 50, 10; the 30 and the 10 ride together


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"stops": ["A", "B"]}, "no road a bus may pass is near"),
        ({"way": np.nan}, "no way to the school that a bus may pass"),
        ({"way": 70.0}, "the ride alone is longer than allowed"),
    ],
)
def test_no_bus_possible_is_an_answer(change: dict[str, object], reason: str) -> None:
    rides = line_rides()
    if "stops" in change:
        rides = Rides(rides.stops.drop(index=change["stops"]), rides.minutes, rides.metres)
    else:
        minutes = rides.minutes.copy()
        minutes.loc[["A", "B"], "S2"] = change["way"]
        rides = Rides(rides.stops, minutes, rides.metres)
    service = route_buses(far_away(), "primary", fleet=FLEET, rides=rides)
    assert service.unserved.groupby(["place_id", "reason"])["pupils"].sum().to_dict() == {
        ("A", reason): 60, ("B", reason): 60
    }  # fmt: skip
    assert service.schools.at["S2", "not_served"] == 120
    assert service.schools.at["S2", "riders"] == 120


def test_nobody_to_fetch() -> None:
    service = route_buses(far_away(), "primary", beyond_minutes=99, rides=line_rides())
    assert service.schools.empty
    assert service.buses.empty
    assert service.edits() == []
    none = line_rides()
    none = Rides(none.stops.iloc[:0], none.minutes, none.metres)
    left = route_buses(far_away(), "primary", rides=none).schools.loc["S2"]
    assert (left["riders"], left["buses"], left["yuan"], left["bound"]) == (0, 0, 0, 0)


def test_what_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(lp.DataError, match="S1"):
        route_buses(far_away(), "primary", ["S1"], rides=line_rides())
    with pytest.raises(lp.DataError, match="bus sizes"):
        Fleet(sizes={})
    with pytest.raises(lp.TravelError, match="roads"):
        route_buses(far_away(), "primary")
    monkeypatch.setitem(__import__("sys").modules, "pyvrp", None)
    with pytest.raises(lp.DataError, match=r"layout_planner\[bus\]"):
        route_buses(far_away(), "primary", rides=line_rides())


@settings(max_examples=15)
@given(st.integers(0, 1_000_000))
def test_every_child_is_fetched_once_within_the_limits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 8))
    xy = rng.uniform(0, 8000, (n + 1, 2))
    metres = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    pupils = rng.integers(1, 60, n).astype(float)
    fleet = Fleet()
    stops = list_stops(metres / 500, metres, pupils, fleet)
    tours = plan_tours(stops, metres, fleet, 20)
    fetched = np.zeros(n)
    for tour in tours:
        np.add.at(fetched, list(tour.stops), tour.pupils)
        assert sum(tour.pupils) <= tour.size
        assert tour.end - tour.minute[0] <= fleet.longest.value + 0.02
        assert -30 - 0.02 <= tour.end <= -10 + 0.02
        way = [n, *tour.stops, n]
        assert tour.metres == pytest.approx(metres[way[:-1], way[1:]].sum())
    assert fetched.tolist() == pupils.tolist()
    assert least_cost(stops, tours) <= tour_cost(tours, fleet) * (1 + 1e-9)
    assert plan_tours(stops, metres, fleet, 20) == tours  # the same again


def every_tour(case: TourCase) -> float:
    """Try all: the least cost of sets of tours, by subsets and orders."""
    n = len(case.load)
    tour = {}
    for size in range(1, n + 1):
        for order in permutations(range(n), size):
            load, legs = case.load[list(order)].sum(), list(pairwise(order))
            ride = sum(case.time[i, j] for i, j in legs) + case.last[order[-1]]
            if load < len(case.fixed) and ride <= case.limit:
                cost = case.out[order[0]] + sum(case.between[i, j] for i, j in legs) + case.home[order[-1]]
                key = frozenset(order)
                tour[key] = min(tour.get(key, np.inf), cost + case.fixed[load])
    best = {frozenset(): 0.0}
    for size in range(1, n + 1):
        for some in map(frozenset, combinations(range(n), size)):
            first = min(some)
            best[some] = min(
                cost + best[some - taken] for taken, cost in tour.items() if first in taken and taken <= some
            )
    return best[frozenset(range(n))]


@settings(max_examples=60)
@given(st.integers(0, 1_000_000))
def test_the_bound_is_below_every_choice_of_tours_and_near_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 6))
    between = rng.uniform(0, 9, (n, n))  # not even symmetric: no way need be the shortest
    time = rng.uniform(1, 9, (n, n))
    last = rng.uniform(1, 9, n)
    fixed = np.concatenate([np.full(6, rng.uniform(5, 20)), np.full(5, rng.uniform(20, 40))])
    case = TourCase(
        rng.uniform(0, 9, n), between, rng.uniform(0, 9, n), time, last, rng.integers(1, 8, n), fixed,
        float(rng.uniform(9, 25)),
    )  # fmt: skip
    least = every_tour(case)
    joined = join_stops(case)
    assert sorted(stop for route in joined for stop in route) == list(range(n))
    bound = bound_tours(case, joined)
    assert bound_tours(case, []) == pytest.approx(bound, rel=1e-6)
    assert 0.75 * least <= bound <= least + 1e-6


def test_on_the_roads_of_the_sample_county() -> None:
    county = lp.sample("fuxi")
    points = county.place_points().iloc[:12]
    rides = bus_rides(county, points, pd.Index(["P036", "P040"]))
    assert set(rides.stops.index) <= set(points.index)
    assert rides.minutes.shape == (len(rides.stops) + 2,) * 2
    assert (np.diag(rides.minutes) == 0).all()
    # No ride is shorter than the straight line, and none faster than 60 km/h.
    ends = list(rides.stops.index)
    straight = rides.stops.geometry.apply(lambda a: rides.stops.geometry.distance(a))
    assert (rides.metres.loc[ends, ends] >= straight - 1e-6).to_numpy().all()
    assert (rides.minutes.loc[ends, ends] * 1000 >= rides.metres.loc[ends, ends] - 1e-6).to_numpy().all()


def test_boarding_by_hand() -> None:
    needs = boarding_needs(far_away(), "primary").loc["S2"]
    # 240 are beyond 5 minutes: grades 4 to 6 may board (120), grades 1 to 3 may not.
    assert (needs["boarders"], needs["would_board"], needs["too_young"]) == (0, 120, 120)
    assert (needs["girls"], needs["boys"]) == (56, 64)
    assert (needs["beds_girls"], needs["beds_boys"], needs["beds_short"]) == (56, 64, 120)
    assert (needs["canteen_seats"], needs["carers"], needs["cooks"]) == (60, 4, 2)
    assert (needs["week_minutes"], needs["week_p95"]) == (9.5, 12)
    assert needs["yuan"] == 6 * 42_000 + 120 * 300
    assert needs["yuan_a_boarder"] == needs["yuan"] / 120
    assert "carers" in BoardingNorms().table().index


def test_beds_there_are_and_boarders_there_are() -> None:
    county = line_county(seats={"S2": 500})
    county = county.with_(offers=county.offers.assign(beds=[0.0, 50.0, 0.0], boarders=0.0))
    edits = [Close("S1"), Merge("S3", into="S2"), Board("S2", beyond_minutes=11, beds=25)]
    plan = solve(county, line_travel(), RULES, scenario=Scenario("board", edits))
    needs = boarding_needs(plan, "primary", beyond_minutes=11).loc["S2"]
    assert (needs["boarders"], needs["would_board"], needs["too_young"]) == (25, 30, 30)  # A alone lies 12 away
    assert (needs["beds"], needs["beds_short"]) == (50, 0)  # 16 girls' and 16 boys' beds
    assert boarding_needs(plan, "primary", beyond_minutes=99).loc["S2", "would_board"] == 25
