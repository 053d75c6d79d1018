"""Ways drawn, isochrones, floating catchments, longest ways."""

from math import exp

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from layout_planner.base.errors import DataError, TravelError
from layout_planner.base.messages import using_language
from layout_planner.travel import (
    Travel,
    add_sites,
    floating_catchment,
    isochrones,
    longest_ways,
    trace_ways,
    travel_matrix,
    unsafe_names,
    ways_table,
)
from layout_planner.travel.roadway import make_roadway
from tests.travel.builders import CRS, grid_roads, roads_of, ruled_roads, study_of
from tests.travel.test_modes import raster

FLAT = 6 * exp(-3.5 * 0.05) * 1000 / 60


def pupils_of(**rows):
    table = [(place, "primary", grade, "local", n) for place, grades in rows.items() for grade, n in grades.items()]
    return pd.DataFrame(table, columns=["place_id", "stage", "grade", "group", "pupils"])


def offering(study, *schools):
    index = pd.MultiIndex.from_product([schools, ["primary"]], names=["school_id", "stage"])
    return study.with_(
        offers=pd.DataFrame({"grades": [(1, 2, 3, 4, 5, 6)] * len(schools), "seats": 100.0}, index=index)
    )


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["walk", "bike", "ebike", "drive", "bus", "straight"])
@given(seed=st.integers(0, 1000))
@settings(max_examples=6, deadline=None)
def test_a_drawn_way_is_as_long_as_the_matrix_says(mode, seed):
    rng = np.random.default_rng(seed)
    roads = grid_roads(6, 6, seed=seed, keep=0.75, oneway=0.2)
    xy = rng.uniform(-100, 1300, (10, 2))
    places = {f"p{k}": tuple(xy[k]) for k in range(6)} | {"same": tuple(xy[9])}
    study = study_of(places, {f"s{k}": tuple(xy[k]) for k in range(6, 10)}, roads)
    travel = travel_matrix(study, mode, cache=False)
    pairs = [(p, s) for p in travel.minutes.index for s in travel.minutes.columns][:: rng.integers(1, 4)][:9]
    pairs.append(("same", "s9"))
    for (p, s), way in zip(pairs, trace_ways(study, travel, pairs), strict=True):
        assert (way.place_id, way.site_id) == (p, s)
        minutes, metres = travel.minutes.at[p, s], travel.metres.at[p, s]
        if np.isnan(minutes):
            assert way.geometry is None and np.isnan(way.minutes)
            continue
        assert way.minutes == pytest.approx(minutes, rel=1e-9, abs=1e-9)
        assert way.metres == pytest.approx(metres, rel=1e-6, abs=1e-6)
        detour = travel.options["speeds"]["detour"] if mode == "straight" else 1.0
        assert way.geometry.length * detour == pytest.approx(metres, rel=1e-6, abs=0.01)
        ends = [shapely.Point(way.geometry.coords[k]) for k in (0, -1)]
        assert ends[0].distance(study.places.geometry[p]) < 1e-6
        assert ends[1].distance(study.schools.geometry[s]) < 1e-6
        assert way.profile["metres"].is_monotonic_increasing and way.profile["minutes"].is_monotonic_increasing
        assert way.parts["metres"].sum() == pytest.approx(way.metres, abs=1e-6)


def forbidden_turns(roads, driven):
    """The turns on a row of streets that the layer's own words forbid, read without the planner's code."""
    ends = [tuple(row) for row in roads[["from_node", "to_node"]].to_numpy().tolist()]
    found = []
    for i in range(len(driven) - 1):
        here = set(ends[driven[i]]) & set(ends[driven[i + 1]])
        told = roads["turns"].iat[driven[i]]
        if not isinstance(told, str) or len(here) != 1:
            continue
        word, via, into, _ = told.split()
        at, into = here.pop(), int(into[1:])
        if via == f"n{at}":
            departs = ends[into][0 if ends[into][0] == at else 1] == at
            able = roads["drive"].iat[into] in ("open both", "ends both") and departs
            bad = driven[i + 1] == into if word == "no" else able and driven[i + 1] != into
        else:
            bad = via == f"w{driven[i + 1]}" and driven[i + 2 : i + 3] == [into]
        if bad:
            found.append((driven[i], told))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["walk", "drive"])
@given(seed=st.integers(0, 10_000))
@example(seed=271)  # begins on a private street from which a turn by way of another is forbidden
@settings(max_examples=15, deadline=None)
def test_drawn_ways_obey_the_rules_and_are_as_long_as_the_matrix_says(mode, seed):
    rng = np.random.default_rng(seed)
    roads = ruled_roads(seed)
    xy = rng.uniform(-50, 1050, (9, 2))
    study = study_of({f"p{k}": tuple(xy[k]) for k in range(5)}, {f"s{k}": tuple(xy[k]) for k in range(5, 9)}, roads)
    travel = travel_matrix(study, mode, cache=False)
    pairs = [(p, s) for p in travel.minutes.index for s in travel.minutes.columns]
    for (p, s), way in zip(pairs, trace_ways(study, travel, pairs), strict=True):
        minutes, metres = travel.minutes.at[p, s], travel.metres.at[p, s]
        assert (way.geometry is None) == np.isnan(minutes)
        if way.geometry is None:
            continue
        assert way.minutes == pytest.approx(minutes, rel=1e-9) and way.metres == pytest.approx(metres, rel=1e-6)
        driven = [int(e) for e in way.parts["road"] if e >= 0]
        words = [roads[mode].iat[e].split()[0] for e in driven]
        assert "no" not in words
        public = [i for i, word in enumerate(words) if word == "open"]
        assert not public or "ends" not in words[public[0] : public[-1]]
        assert mode == "walk" or forbidden_turns(roads, driven) == []


def test_profile_and_unsafe_stretches_by_hand(tmp_path):
    lines = [[(0, 0), (600, 0)], [(600, 0), (1000, 0)], [(1000, 0), (1000, 400)]]
    table = {
        "class": ["trunk", "village", "village"],
        "name": ["G108", "村道", None],
        "pavement": [False, None, None],
        "ford": [False, True, False],
        "lit": [None, None, "no"],
    }
    study = study_of({"A": (100, 50)}, {"S": (1000, 400)}, roads_of(lines, **table))
    flood = gpd.GeoDataFrame({"kind": ["flood"], "name": ["河湾"]}, geometry=[shapely.box(800, -50, 900, 50)], crs=CRS)
    study = study.with_(
        extra={"hazards": flood}, elevation=raster(tmp_path / "d.tif", lambda x, y: 500 + 0.3 * np.maximum(y, 0))
    )
    travel = travel_matrix(study, "walk")
    (way,) = trace_ways(study, travel, [("A", "S")])
    assert way.minutes == pytest.approx(travel.minutes.at["A", "S"], rel=1e-9)
    assert way.metres == pytest.approx(50 + 900 + 400)
    listed = way.unsafe[["what", "from_metres", "metres"]].round(6).to_numpy().tolist()
    assert listed == [
        ["trunk_no_pavement", 50.0, 500.0],
        ["ford", 550.0, 400.0],
        ["flood", 750.0, 100.0],
        ["unlit", 950.0, 400.0],
        ["steep", 1000.0, 350.0],  # the raster's cells round the foot of the slope off
    ]
    with using_language("zh"):
        assert unsafe_names(way)[:3] == ["无人行道的干线公路 G108", "涉水过河 村道", "洪水淹没区 河湾"]
    assert way.unsafe.geometry.length.tolist() == pytest.approx([500, 400, 100, 400, 350])
    assert way.profile["height"].iloc[-1] == pytest.approx(500 + 0.3 * 400, abs=0.1)
    assert way.profile["height"].iloc[0] == pytest.approx(503.75)  # between cell centres 25 m to either side
    assert way.parts["climb"].sum() == pytest.approx(120, abs=4)
    table = ways_table([way], CRS)
    assert table.at[0, "unsafe_metres"] == pytest.approx(1750) and "G108" in table.at[0, "unsafe"]
    assert trace_ways(study, travel_matrix(study, "drive"), [("A", "S")])[0].unsafe.empty


def test_ways_that_cannot_be_drawn_are_refused():
    study = study_of({"A": (0, 0)}, {"S": (1000, 0)}, roads_of([[(0, 0), (1000, 0)]]))
    travel = travel_matrix(study, "walk")
    for pair, shown in ((("B", "S"), "place B"), (("A", "T"), "site T")):
        with pytest.raises(TravelError, match=shown):
            trace_ways(study, travel, [pair])
    given_ = study.with_(given_travel={"drive": pd.DataFrame({"S": [3.0]}, index=["A"])})
    for call in (lambda t: trace_ways(study, t, [("A", "S")]), lambda t: isochrones(study, t, ["S"])):
        with pytest.raises(TravelError, match="drive"):
            call(travel_matrix(given_, "drive"))


def test_isochrones_by_hand():
    roads = roads_of([[(0, 0), (2000, 0)], [(2000, 0), (4000, 0)], [(2000, 0), (2000, 3000)]])
    study = study_of(
        {"A": (1000, 0), "B": (3900, 0), "C": (2000, 2900)}, {"S": (2500, 0)}, roads,
        pupils=pupils_of(A={1: 10}, B={1: 20, 2: 5}, C={1: 40}),
    )  # fmt: skip
    travel = travel_matrix(study, "walk")
    bands = isochrones(study, travel, ["S"], minutes=(60, 18), stage="primary", side=50)
    assert bands.index.tolist() == [18.0, 60.0]
    assert bands["pupils"].tolist() == [35, 75] and bands["places"].tolist() == [2, 3]
    assert bands["share"].tolist() == pytest.approx([35 / 75, 1])
    reach = 18 * FLAT
    west, south, east, north = bands.geometry.iloc[0].bounds
    assert (west, south, east, north) == pytest.approx((2500 - reach - 50, -50, 4050, reach - 500 + 50), abs=6)
    slow = isochrones(study, travel, ["S"], minutes=[18], grade=1)
    assert slow["pupils"].iloc[0] == 10 + 0 + 0 or slow["pupils"].iloc[0] == 0
    crow = isochrones(study, travel_matrix(study, "straight"), ["S"], minutes=[10])
    assert crow.area.iloc[0] == pytest.approx(np.pi * (10 * FLAT / 1.3) ** 2, rel=0.02)


@given(seed=st.integers(0, 300), limit=st.floats(2, 20))
@settings(max_examples=10, deadline=None)
def test_places_beside_a_road_lie_in_the_drawing_when_they_are_within(seed, limit):
    """The drawing and the matrix agree, save at the very edge."""
    roads = grid_roads(6, 6, seed=seed, keep=0.8, oneway=0.3)
    rng = np.random.default_rng(seed)
    on = shapely.line_interpolate_point(
        roads.geometry.to_numpy()[rng.integers(len(roads), size=25)], rng.random(25), normalized=True
    )
    places = {f"p{k}": (p.x, p.y) for k, p in enumerate(on)}
    study = study_of(places, {"S": (500, 480), "T": (900, 60)}, roads)
    for mode in ("walk", "drive"):
        travel = travel_matrix(study, mode, cache=False)
        shape = isochrones(study, travel, ["S", "T"], minutes=[limit], side=5.0).geometry.iloc[0]
        road = make_roadway(study, mode, travel.options["speeds"])
        on_road = road.put(study.place_points()).access < 1e-6  # not on a scrap of road no one can use
        nearest, distance = travel.minutes.min(axis=1)[on_road], study.places.distance(shape)[on_road]
        assert (distance[nearest <= limit] < 1e-6).all()
        assert (distance[nearest > limit * 1.2 + 0.5] > 0).sum() >= 0.7 * (nearest > limit * 1.2 + 0.5).sum()


def test_floating_catchment_by_hand():
    minutes = pd.DataFrame({"S": [5.0, 15.0, np.nan], "T": [25.0, 5.0, 40.0]}, index=["A", "B", "C"])
    travel = Travel("walk", minutes, minutes * 80)
    supply, demand = pd.Series({"S": 30.0, "T": 60.0}), pd.Series({"A": 10.0, "B": 20.0, "C": 5.0})
    plain = floating_catchment(travel, supply, demand, 15)
    assert plain.to_dict() == {"A": 1.0, "B": 1.0 + 3.0, "C": 0.0}
    decayed = floating_catchment(travel, supply, demand, {10: 1.0, 30: 0.5})
    ratio = {"S": 30 / (10 + 0.5 * 20), "T": 60 / (0.5 * 10 + 20)}
    assert decayed.to_dict() == pytest.approx(
        {"A": ratio["S"] + 0.5 * ratio["T"], "B": 0.5 * ratio["S"] + ratio["T"], "C": 0}
    )
    assert floating_catchment(travel, supply, demand, 1200, by="metres").to_dict() == plain.to_dict()
    with pytest.raises(DataError):
        floating_catchment(travel, supply, demand, {10: -1.0})


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_floating_catchment_gives_out_all_that_is_within_reach(seed):
    rng = np.random.default_rng(seed)
    minutes = pd.DataFrame(rng.uniform(0, 60, (12, 5)), columns=list("STUVW"))
    minutes = minutes.mask(rng.random(minutes.shape) < 0.2)
    travel = Travel("walk", minutes, minutes)
    supply = pd.Series(rng.integers(0, 50, 5).astype(float), index=list("STUVW"))
    demand = pd.Series(rng.integers(0, 50, 12).astype(float))
    access = floating_catchment(travel, supply, demand, {15: 1, 30: 0.6, 45: 0.2})
    asked = (minutes.le(45).to_numpy() & (demand.to_numpy() > 0)[:, None]).any(axis=0)
    assert (access * demand).sum() == pytest.approx(supply[asked].sum())


def pysal(demand, supply, long, reach):
    """The same by pysal access; its frames are indexed by id."""
    from access.fca import two_stage_fca
    from access.weights import step_fn

    options = {"weight_fn": step_fn(reach)} if isinstance(reach, dict) else {}
    found = two_stage_fca(
        demand.to_frame("demand"), supply.to_frame("supply"), long, max_cost=max(reach) if options else reach,
        demand_index=True, supply_index=True, **options,
    )  # fmt: skip
    return found.reindex(demand.index).fillna(0.0)


@pytest.mark.parametrize("reach", [30, 61, {10: 1.0, 20: 0.68, 60: 0.22}])
@pytest.mark.parametrize("example", ["hospital", "grid", "random"])
def test_floating_catchments_equal_pysal_access(example, reach):
    """On access's own hospital example (gridlock, and a toll lane into town), on its grid, and at random."""
    pytest.importorskip("access", reason="pysal access is a peer to compare with, not a part")
    rng = np.random.default_rng(3)
    if example == "hospital":
        minutes = pd.DataFrame([[1.0, 80, 20], [80, 1, 20], [40, 40, 1]], index=list("123"), columns=list("123"))
        demand, supply = (pd.Series(dict(zip("123", n, strict=True))) for n in ([100.0, 50, 10], [15.0, 20, 100]))
    elif example == "grid":
        xy = np.array([(x, y) for x in range(5) for y in range(5)]) * 12.0
        ids = [str(k) for k in range(25)]
        minutes = pd.DataFrame(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)), index=ids, columns=ids)
        demand, supply = pd.Series(1.0, index=ids), pd.Series(1.0, index=ids)
    else:
        places, sites = [f"p{k}" for k in range(60)], [f"s{k}" for k in range(9)]
        minutes = pd.DataFrame(rng.uniform(1, 70, (60, 9)), index=places, columns=sites)
        demand = pd.Series(rng.integers(1, 300, 60).astype(float), index=places)
        supply = pd.Series(rng.integers(1, 900, 9).astype(float), index=sites)
    long = minutes.rename_axis("origin").rename_axis("dest", axis=1).stack().rename("cost").reset_index()
    ours = floating_catchment(Travel("drive", minutes, minutes), supply, demand, reach)
    np.testing.assert_allclose(ours, pysal(demand, supply, long, reach), rtol=1e-9)
    assert (ours > 0).any()


def test_longest_ways_against_the_limit():
    roads = roads_of([[(0, 0), (5000, 0)]])
    study = offering(
        study_of(
            {"A": (100, 0), "B": (2900, 0), "C": (4900, 0)}, {"S": (0, 0)}, roads,
            pupils=pupils_of(A={1: 10, 5: 9}, B={2: 7}, C={5: 4}),
        ),
        "S",
    )  # fmt: skip
    table = longest_ways(study, travel_matrix(study, "walk"), "primary", {"1-3": 30, "4-6": 90})
    assert table["place_id"].tolist() == ["B", "C"] and table["school_id"].tolist() == ["S", "S"]
    assert table["minutes"].tolist() == pytest.approx([2900 / FLAT * 1.14, 4900 / FLAT * 1.1])
    assert table["ok"].tolist() == [False, True] and table["pupils_beyond"].tolist() == [7, 0]
    assert table.at["1-3", "share_beyond"] == pytest.approx(7 / 17)
    lost = study.with_(schools=study.schools.assign(state="closed"))
    table = longest_ways(lost, travel_matrix(lost, "walk"), "primary", {"1-3": 30})
    assert table["places_without_way"].tolist() == [2] and table["pupils_beyond"].tolist() == [17]
    with pytest.raises(DataError, match="7-9"):
        longest_ways(study, travel_matrix(study, "walk"), "primary", {"7-9": 30})


def test_an_added_site_can_be_drawn_too():
    study = study_of({"A": (0, 0)}, {"S": (1000, 0)}, roads_of([[(0, 0), (1000, 0)]]), sites={"N": (700, 0)})
    travel = travel_matrix(study, "walk")
    (way,) = trace_ways(study, travel, [("A", "N")])
    assert way.metres == pytest.approx(700)
    more = study_of({"A": (0, 0)}, {"S": (1000, 0), "M": (300, 0)}, study.roads)
    (way,) = trace_ways(more, add_sites(travel, more), [("A", "M")])
    assert way.metres == pytest.approx(300)
