"""Who may go where: one tiny extract a rule, with the metres worked out by hand."""

from itertools import combinations

import numpy as np
import pytest

from layout_planner.roads.access import (
    access_of,
    barrier_stops,
    in_force_on_the_way,
    kmh_of,
    metres_of,
    minutes_of,
)
from layout_planner.travel import isochrones, trace_ways, travel_matrix
from layout_planner.travel.bends import seconds_to_turn
from layout_planner.travel.speeds import SPEEDS, flat_walk, values
from tests.travel.builders import roads_of, study_of
from tests.travel.osm_toy import DIRECT, NODES, ROUND, STREET, osm_xml, street, study_at

V = values(SPEEDS)
FLAT = flat_walk(V) * 1000 / 60
STREET_KMH = V["osm_residential"]


def metres(study, mode):
    """The way by the matrix, which the drawn way must equal."""
    travel = travel_matrix(study, mode, cache=False)
    (way,) = trace_ways(study, travel, [("H", "S")])
    got = travel.metres.at["H", "S"]
    if np.isnan(got):
        assert way.geometry is None
        return None
    assert way.metres == pytest.approx(got, rel=1e-6) and way.geometry.length == pytest.approx(got, abs=1e-3)
    assert way.minutes == pytest.approx(travel.minutes.at["H", "S"], rel=1e-6)
    return round(float(got), -1)


def service(**tags):
    return {"highway": "service"} | tags


def residential(tags=None, **more):
    return STREET | (tags or {}) | more


MIDDLES = [
    # tags of the middle of the street, and who may go straight on
    (residential(), "walk bike drive bus"),
    (service(access="bus"), "bus"),
    (service(access="psv"), "bus"),
    (residential(access="no", foot="yes"), "walk"),
    (residential(access="no", bicycle="yes", foot="yes"), "walk bike"),
    (residential(access="private", foot="permissive"), "walk"),
    (residential(access="destination"), "walk"),  # a sign for vehicles
    (residential(foot="destination"), "bike drive bus"),
    (residential(access="private;destination"), ""),
    (residential(motor_vehicle="no"), "walk bike"),
    (residential(motor_vehicle="no", psv="yes"), "walk bike bus"),
    (residential(motor_vehicle="destination"), "walk bike"),
    (residential(motor_vehicle="no", motorcar="yes"), "walk bike drive"),
    (residential(vehicle="no"), "walk"),
    (residential(vehicle="no", bicycle="yes"), "walk bike"),
    (residential(bus="no"), "walk bike drive"),
    (residential(psv="no"), "walk bike drive"),
    (residential(bicycle="use_sidepath"), "walk drive bus"),
    (service(foot="private"), "bike drive bus"),
    (residential(foot="no"), "bike drive bus"),
    ({"highway": "busway"}, "bus"),
    ({"highway": "bus_guideway"}, ""),
    ({"highway": "footway"}, "walk bike"),  # a bicycle is pushed
    ({"highway": "footway", "bicycle": "no"}, "walk"),
    ({"highway": "pedestrian", "bicycle": "dismount"}, "walk bike"),
    ({"highway": "pedestrian", "motor_vehicle": "yes"}, "walk bike drive"),  # a path is no road for a bus
    ({"highway": "steps"}, "walk"),
    ({"highway": "steps", "ramp:bicycle": "yes"}, "walk bike"),
    ({"highway": "track"}, "walk bike"),
    ({"highway": "track", "motor_vehicle": "yes"}, "walk bike drive"),
    ({"highway": "motorway", "oneway": "no"}, "drive bus"),
    ({"highway": "primary", "motorroad": "yes"}, "drive bus"),
    ({"highway": "path", "sac_scale": "hiking"}, "walk bike"),
    ({"highway": "path", "sac_scale": "alpine_hiking"}, ""),
    ({"highway": "path", "sac_scale": "mountain_hiking"}, "walk bike"),  # pushed
    ({"highway": "path", "sac_scale": "mountain_hiking", "bicycle": "no"}, "walk"),
    ({"highway": "path", "sac_scale": "demanding_mountain_hiking"}, ""),
    (residential(width="2.5"), "walk bike drive"),
    (residential(width="1.5 m"), "walk bike"),
    (residential(maxwidth="2.2"), "walk bike drive"),
    (residential(maxheight="2.8"), "walk bike drive"),
    (residential(maxheight="default"), "walk bike drive bus"),
    (residential(maxheight="6'"), "walk bike"),
    (residential(maxweight="3.5"), "walk bike drive"),
    (residential(ford="yes"), "walk bike drive"),
    (residential({"motor_vehicle:conditional": "no @ (07:00-09:00)"}), "walk bike drive bus"),
    (residential(oneway="yes"), "walk bike drive bus"),
    (residential(oneway="-1"), "walk"),
    (residential(oneway="reverse"), "walk"),
    (residential({"oneway:bicycle": "no"}, oneway="-1"), "walk bike"),
    (residential({"oneway:bus": "no"}, oneway="-1"), "walk bus"),
    (residential(oneway="-1", cycleway="opposite_lane"), "walk bike"),
    (residential(oneway="reversible"), "walk"),
    (residential(oneway="alternating"), "walk bike drive bus"),
    (residential({"motor_vehicle:forward": "no"}), "walk bike"),
    ({"highway": "footway", "oneway:foot": "-1"}, ""),
    ({"highway": "footway", "oneway:foot": "yes"}, "walk bike"),
    ({"highway": "steps", "conveying": "backward"}, ""),
    ({"highway": "steps", "conveying": "yes"}, "walk"),  # which way it runs nobody says
    ({"highway": "steps", "conveying": "reversible"}, "walk"),
    ({"highway": "construction"}, ""),
    (residential(construction="yes"), "walk"),
    (residential(construction="widening"), "walk bike drive bus"),
    (residential(impassable="yes"), ""),
    (residential(smoothness="impassable"), "walk"),
    (service(service="emergency_access"), "walk bike"),
    (residential(area="yes"), "walk bike"),
    (residential(maxweight="1.5"), "walk bike"),
    (residential(vehicle="yes", bicycle="no"), "walk drive bus"),
    (residential(access="private", foot="yes", bicycle="yes"), "walk bike"),
    (residential(access="no", bus="yes"), "bus"),
    (residential({"vehicle:forward": "no", "bicycle:forward": "yes"}), "walk bike"),
    (residential({"foot:forward": "no"}), "bike drive bus"),
    (residential(oneway="-1", busway="opposite_lane"), "walk bus"),
    (residential(junction="roundabout"), "walk bike drive bus"),
    ({"abandoned:highway": "residential"}, ""),
    ({"highway": "razed"}, ""),
    ({"highway": "proposed", "access": "yes"}, ""),
    ({"highway": "construction", "construction": "residential", "foot": "yes"}, ""),
    ({"highway": "steps", "ramp": "bicycle"}, "walk bike"),
    ({"highway": "steps", "ramp:bicycle": "automatic"}, "walk bike"),
    ({"highway": "steps", "ramp": "separate"}, "walk"),
    ({"highway": "steps", "ramp:stroller": "yes"}, "walk"),
    ({"highway": "steps", "ramp:bicycle": "yes", "bicycle": "no"}, "walk"),
    (residential({"oneway:bicycle": "no"}, oneway="-1", cycleway="opposite"), "walk bike"),
    (residential({"cycleway:left": "opposite_track"}, oneway="-1"), "walk bike"),
    (residential({"cycleway:left": "lane", "cycleway:left:oneway": "-1"}, oneway="-1"), "walk"),
    (residential({"cycleway:left": "lane", "cycleway:left:oneway": "yes"}, oneway="-1"), "walk bike"),
    (residential({"cycleway:both:oneway": "no"}, oneway="-1"), "walk bike"),
    (residential({"oneway:bicycle": "-1"}), "walk drive bus"),
    (residential({"oneway:motor_vehicle": "-1"}), "walk bike"),
    (residential({"oneway:psv": "no"}, oneway="-1"), "walk bus"),
    (residential(motor_vehicle="agricultural;forestry"), "walk bike"),
    (residential(access="forestry", foot="yes"), "walk"),
    (residential(foot="use_sidepath"), "walk bike drive bus"),
    (residential(access="customers"), ""),
    (residential(access="customers", foot="yes"), "walk"),
    (residential(access="unknown"), "walk bike drive bus"),
    (residential(maxlength="7"), "walk bike drive"),
    (residential(maxlength="4"), "walk bike"),
    (residential(maxlength="12 m"), "walk bike drive bus"),
    (residential(est_width="2.5"), "walk bike drive"),
    (residential(ford="stepping_stones"), "walk"),
    (residential(junction="circular"), "walk bike drive bus"),
    ({"highway": "pedestrian", "area": "yes"}, "walk bike"),
    ({"highway": "platform"}, "walk"),
    ({"highway": "corridor"}, "walk"),
    ({"highway": "trunk", "motorroad": "yes", "foot": "yes"}, "walk drive bus"),
    ({"highway": "cycleway", "foot": "no"}, "bike"),
    ({"highway": "bridleway"}, "walk"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("tags", "straight"), MIDDLES, ids=lambda value: str(value)[:60])
def test_who_may_go_straight_on(tmp_path, tags, straight):
    study = study_at(tmp_path, osm_xml(NODES, street(tags)))
    got = {mode: metres(study, mode) for mode in ("walk", "bike", "drive", "bus")}
    assert got == {mode: DIRECT if mode in straight.split() else ROUND for mode in got}


BARRIERS = [
    ({"barrier": "bollard"}, "walk bike"),
    ({"barrier": "bollard", "bollard": "rising"}, "walk bike drive bus"),
    ({"barrier": "bollard", "motor_vehicle": "yes"}, "walk bike drive bus"),
    ({"barrier": "block", "bus": "yes"}, "walk bike bus"),
    ({"barrier": "cycle_barrier"}, "walk bike"),
    ({"barrier": "gate"}, "walk bike drive bus"),
    ({"barrier": "gate", "access": "no", "foot": "yes"}, "walk"),
    ({"barrier": "gate", "access": "private"}, ""),
    ({"barrier": "lift_gate"}, "walk bike drive bus"),
    ({"barrier": "stile"}, "walk"),
    ({"barrier": "wall"}, ""),
    ({"barrier": "bus_trap"}, "walk bike bus"),
    ({"barrier": "height_restrictor"}, "walk bike drive"),
    ({"barrier": "height_restrictor", "maxheight": "1.9"}, "walk bike"),
    ({"barrier": "height_restrictor", "maxheight": "4"}, "walk bike drive bus"),
    ({"barrier": "gate", "bicycle": "no"}, "walk drive bus"),
    ({"barrier": "bollard", "psv": "yes"}, "walk bike bus"),
    ({"barrier": "kerb", "highway": "crossing"}, "walk bike drive bus"),
    ({"barrier": "kerb", "kerb": "lowered"}, "walk bike drive bus"),
    ({"railway": "level_crossing"}, "walk bike drive bus"),
    ({"highway": "crossing", "crossing": "marked", "bicycle": "no", "motor_vehicle": "no"}, "walk bike drive bus"),
    ({"barrier": "gate", "locked": "yes"}, ""),
    ({"barrier": "gate", "locked": "yes", "foot": "yes"}, "walk"),
    ({"barrier": "gate", "access": "key"}, ""),
    ({"barrier": "gate", "opening_hours": "06:00-22:00"}, "walk bike drive bus"),
    ({"barrier": "gate", "access": "no", "access:conditional": "yes @ (06:00-22:00)"}, ""),
    ({"barrier": "lift_gate", "access": "customers", "foot": "yes", "bicycle": "yes"}, "walk bike"),
    ({"barrier": "chain"}, "walk bike"),
    ({"barrier": "kerb", "kerb": "raised"}, "walk bike"),
    ({"barrier": "bollard", "access": "yes", "maxwidth": "1.2"}, "walk bike"),
    ({"barrier": "width_restrictor"}, "walk bike drive"),
    ({"barrier": "width_restrictor", "maxwidth": "2.0"}, "walk bike drive"),
    ({"barrier": "checkpoint"}, "walk bike drive bus"),
    ({"ford": "yes"}, "walk bike drive"),
    ({"maxheight": "2.5"}, "walk bike drive"),
    ({"traffic_sign": "maxweight", "maxweight": "3"}, "walk bike drive"),
    ({"highway": "traffic_signals", "maxheight": "2.5"}, "walk bike drive"),
    ({"traffic_calming": "bump"}, "walk bike drive bus"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("tags", "straight"), BARRIERS, ids=lambda value: str(value)[:60])
def test_whom_a_barrier_on_the_street_stops(tmp_path, tags, straight):
    nodes = NODES | {7: (250, 0)}
    study = study_at(tmp_path, osm_xml(nodes, street(refs=(2, 7, 3)), {7: tags}))
    got = {mode: metres(study, mode) for mode in ("walk", "bike", "drive", "bus")}
    assert got == {mode: DIRECT if mode in straight.split() else ROUND for mode in got}


def restriction(kind, from_=10, via=("node", 2), to=11, **tags):
    via = [via] if isinstance(via, tuple) else via
    return [("way", from_, "from"), *((t, r, "via") for t, r in via), ("way", to, "to")], {"restriction": kind} | tags


def test_turn_restrictions_hold_for_cars_and_buses_alone(tmp_path):
    for kind, to in (("no_straight_on", 11), ("only_left_turn", 13)):
        study = study_at(tmp_path, osm_xml(NODES, street(), relations=[restriction(kind, to=to)]))
        assert [metres(study, m) for m in ("drive", "bus", "walk", "bike")] == [ROUND, ROUND, DIRECT, DIRECT]
    spared = restriction("no_straight_on", **{"except": "bus;taxi"})
    study = study_at(tmp_path, osm_xml(NODES, street(), relations=[spared]))
    assert [metres(study, m) for m in ("drive", "bus")] == [ROUND, DIRECT]
    members, _ = restriction("no_straight_on")
    for tags in ({"restriction:bus": "no_straight_on"}, {"type": "restriction:bus", "restriction": "no_straight_on"}):
        study = study_at(tmp_path, osm_xml(NODES, street(), relations=[(members, tags)]))
        assert [metres(study, m) for m in ("drive", "bus")] == [DIRECT, ROUND]
    lost = restriction("only_left_turn", to=77)  # a road that is not in the extract orders no one
    study = study_at(tmp_path, osm_xml(NODES, street(), relations=[lost]))
    assert metres(study, "drive") == DIRECT


@pytest.mark.parametrize(
    ("kind", "spared", "drive", "bus"),
    [
        ("no_straight_on", "bicycle", ROUND, ROUND),
        ("no_straight_on", "psv", ROUND, DIRECT),
        ("no_straight_on", "motorcar", DIRECT, ROUND),
        ("no_straight_on", "motor_vehicle", DIRECT, DIRECT),
        ("no_entry", "", ROUND, ROUND),
        ("no_exit", "", ROUND, ROUND),
    ],
)
def test_whom_a_turn_restriction_spares(tmp_path, kind, spared, drive, bus):
    told = {"except": spared} if spared else {}
    study = study_at(tmp_path, osm_xml(NODES, street(), relations=[restriction(kind, **told)]))
    assert [metres(study, m) for m in ("drive", "bus", "walk", "bike")] == [drive, bus, DIRECT, DIRECT]


def test_turning_back_is_forbidden_by_way_of_a_road(tmp_path):
    """Two one-way carriageways of 600 m, 20 m apart, joined at 300 m and at 600 m."""
    nodes = {1: (0, 0), 2: (300, 0), 3: (600, 0), 4: (0, 20), 5: (300, 20), 6: (600, 20)}
    one = residential(oneway="yes")
    ways = {10: ((1, 2), one), 15: ((2, 3), one), 11: ((6, 5), one), 16: ((5, 4), one)}
    ways |= {12: ((2, 5), STREET), 13: ((3, 6), STREET), 14: ((4, 1), STREET)}
    ends = {"home": (100, 0), "school": (100, 20)}
    assert metres(study_at(tmp_path, osm_xml(nodes, ways), **ends), "drive") == 200 + 20 + 200
    back = restriction("no_u_turn", 10, ("way", 12), 16)
    assert metres(study_at(tmp_path, osm_xml(nodes, ways, relations=[back]), **ends), "drive") == 500 + 20 + 500
    both = [back, restriction("no_u_turn", 10, [("way", 15), ("way", 13)], 11)]
    study = study_at(tmp_path, osm_xml(nodes, ways, relations=both), **ends)
    # Nothing else is left at node 6 but to turn in the street and come back by the crossing, once more.
    assert metres(study, "drive") == 500 + 3 * 20 + 500
    assert metres(study, "walk") == 100 + 20 + 100


def test_roundabouts_run_one_way_unless_they_say_otherwise(tmp_path):
    """A ring of four sides of 71 m; the school stands on its far corner."""
    nodes = {1: (0, 0), 2: (100, 0), 3: (150, 50), 4: (200, 0), 5: (150, -50)}
    side = float(np.hypot(50, 50))
    for tags, sides in (
        ({"junction": "roundabout"}, 3),
        ({"junction": "circular"}, 3),
        ({"junction": "roundabout", "oneway": "no"}, 1),
    ):
        ways = {10: ((1, 2), STREET), 11: ((2, 5, 4, 3, 2), residential(tags))}
        study = study_at(tmp_path, osm_xml(nodes, ways), school=(150, 50))
        assert [metres(study, m) for m in ("walk", "bike", "drive")] == [
            round(100 + n * side, -1) for n in (1, sides, sides)
        ]


@pytest.mark.parametrize("tags", [{"bridge": "yes", "layer": "1"}, {"tunnel": "yes"}, {}])
def test_roads_that_cross_without_a_common_node_do_not_meet(tmp_path, tags):
    nodes = {1: (0, 0), 2: (500, 0), 3: (250, -200), 4: (250, 200), 5: (500, 200)}
    ways = {10: ((1, 2), STREET), 11: ((3, 4), residential(tags)), 12: ((4, 5), STREET), 13: ((5, 2), STREET)}
    study = study_at(tmp_path, osm_xml(nodes, ways), school=(250, -200))
    assert [metres(study, m) for m in ("walk", "drive")] == [500 + 200 + 250 + 400] * 2


def test_a_square_is_walked_round(tmp_path):
    nodes = {1: (0, 0), 2: (100, 0), 3: (100, 100), 4: (200, 100), 5: (200, 0), 6: (300, 0)}
    square = {"highway": "pedestrian", "area": "yes"}
    ways = {10: ((1, 2), STREET), 11: ((2, 3, 4, 5, 2), square), 12: ((5, 6), STREET)}
    study = study_at(tmp_path, osm_xml(nodes, ways), school=(300, 0))
    assert [metres(study, m) for m in ("walk", "bike", "drive")] == [300, 300, None]


@pytest.mark.parametrize(
    ("tags", "minutes"),
    [
        ({"duration": "00:25", "interval": "00:30"}, 25 + 15),
        ({"duration": "00:25", "interval": "30"}, 25 + 15),
        ({"duration": "PT25M", "interval": "PT1H"}, 25 + 30),
        ({"duration": "25"}, 25 + 10),
    ],
)
def test_how_long_a_ferry_takes(tmp_path, tags, minutes):
    line = {1: (0, 0), 2: (100, 0), 3: (400, 0), 4: (500, 0)}
    ways = {10: ((1, 2), STREET), 11: ((2, 3), {"route": "ferry", "foot": "yes"} | tags), 12: ((3, 4), STREET)}
    travel = travel_matrix(study_at(tmp_path, osm_xml(line, ways)), "walk", cache=False)
    assert travel.minutes.at["H", "S"] == pytest.approx(200 / FLAT + minutes, rel=1e-3)


def test_a_restriction_is_not_got_round_by_turning_in_the_street(tmp_path):
    """A side street of 50 m at the junction: into it, round, and straight on would be 600 m."""
    nodes = NODES | {8: (100, -50), 9: (100, -90)}
    ways = street(w20=((2, 8), STREET), w21=((8, 9), STREET))
    study = study_at(tmp_path, osm_xml(nodes, ways, relations=[restriction("no_straight_on")]))
    assert metres(study, "drive") == 500 + 2 * 90  # but at its dead end one may turn
    ring = ways | {22: ((9, 1), STREET)}
    study = study_at(tmp_path, osm_xml(nodes, ring, relations=[restriction("no_straight_on")]))
    assert metres(study, "drive") == pytest.approx(round(np.hypot(100, 90) + 90 + 400, -1))


def test_a_restriction_that_runs_along_a_road_holds_for_those_who_came_that_way(tmp_path):
    """From 10 by 11 not into 12: those from 14 may, and whoever stops on 11 may come by either."""
    nodes = NODES | {8: (100, -1000)}
    ways = street(w14=((8, 2), STREET))
    banned = restriction("no_right_turn", via=[("way", 11)], to=12)
    xml = osm_xml(nodes, ways, relations=[banned])
    assert metres(study_at(tmp_path, xml), "drive") == ROUND
    assert metres(study_at(tmp_path, xml, home=(100, -1000)), "drive") == 1400
    assert metres(study_at(tmp_path, xml, school=(300, 0)), "drive") == 300
    assert metres(study_at(tmp_path, xml, home=(200, 0)), "drive") == 300
    ordered = restriction("only_right_turn", via=[("way", 11)], to=13)
    assert metres(study_at(tmp_path, osm_xml(nodes, ways, relations=[ordered])), "drive") == ROUND


def test_restrictions_one_after_the_other_are_both_heeded(tmp_path):
    nodes = NODES | {7: (250, 0), 8: (250, 600)}
    ways = street(refs=(2, 7), round_=(2, 5, 8, 6, 3), w14=((7, 3), STREET), w15=((7, 8), STREET))
    both = [restriction("no_straight_on", 10, ("node", 2), 11), restriction("no_left_turn", 15, ("node", 7), 14)]
    assert metres(study_at(tmp_path, osm_xml(nodes, ways, relations=both)), "drive") == ROUND
    one = both[:1]  # by 8 and down to 7
    assert metres(study_at(tmp_path, osm_xml(nodes, ways, relations=one)), "drive") == 100 + 600 + 150 + 600 + 150 + 100


def test_private_roads_are_for_those_who_live_there(tmp_path):
    """The middle of the street is private: through it goes no one, to a home on it everyone who lives there."""
    xml = osm_xml(NODES, street(residential(access="private")))
    assert metres(study_at(tmp_path, xml), "walk") == ROUND
    assert metres(study_at(tmp_path, xml, home=(200, 0)), "walk") == 300
    assert metres(study_at(tmp_path, xml, school=(200, 0)), "drive") == 200
    assert metres(study_at(tmp_path, xml, home=(150, 0), school=(350, 0)), "drive") == 200
    alone = {10: ((1, 2), STREET), 11: ((2, 3), residential(access="private")), 12: ((3, 4), STREET)}
    assert metres(study_at(tmp_path, osm_xml(NODES, alone)), "walk") is None


def test_what_lies_behind_a_private_road_is_as_private(tmp_path):
    """The aisles of a car park behind the customers' drive: who stands there gets out, and nobody drives through."""
    drive = residential(access="customers")
    nodes = NODES | {7: (100, -50), 8: (200, -50), 9: (400, -50)}
    ways = street(w20=((2, 7), drive), w21=((7, 8), STREET), w22=((8, 9), drive), w23=((9, 3), STREET))
    far = {30: (-20_000, 0)}
    ways |= {30: ((30, 1), STREET), 11: ((2, 3), residential(access="private"))}
    xml = osm_xml(nodes | far, ways)
    for mode in ("walk", "drive"):
        assert metres(study_at(tmp_path, xml, home=(150, -50)), mode) == 250 + 50 + 100
        assert metres(study_at(tmp_path, xml, home=(150, -50), school=(0, 0)), mode) == 50 + 50 + 100
        assert metres(study_at(tmp_path, xml, school=(150, -50)), mode) == 100 + 50 + 50
        assert metres(study_at(tmp_path, xml), mode) == ROUND


def test_an_estate_behind_private_gates_is_left_by_its_gate(tmp_path):
    """Its own roads bear no tag; the street passes 40 m behind the wall, and no one takes a short cut through it."""
    nodes = NODES | {7: (250, 0), 8: (250, -200), 9: (250, -40), 20: (600, -40), 21: (600, 0)}
    ways = street(refs=(2, 7, 3), w20=((7, 9, 8), STREET), w30=((20, 21, 4), STREET))
    gate = {9: {"barrier": "gate", "access": "private"}}
    xml = osm_xml(nodes, ways, gate)
    assert metres(study_at(tmp_path, xml, home=(250, -150)), "walk") == 150 + 250
    assert metres(study_at(tmp_path, xml, home=(0, 0), school=(250, -100)), "drive") == 250 + 100
    two = street(refs=(2, 7, 3), w20=((7, 9, 8), STREET), w21=((8, 20, 21, 4), STREET))
    through = osm_xml(nodes, two, gate)  # open behind: the gate alone is shut
    assert metres(study_at(tmp_path, through, home=(250, -30)), "walk") == 30 + 250
    assert metres(study_at(tmp_path, through, home=(250, 0), school=(250, -150)), "walk") > 600


def test_a_way_whose_middle_lies_outside_the_extract_is_not_joined_across_the_gap(tmp_path):
    ways = street(refs=(2, 70, 71, 3))
    assert metres(study_at(tmp_path, osm_xml(NODES, ways)), "walk") == ROUND
    kept = street(refs=(2, 7, 70, 8, 3))
    nodes = NODES | {7: (150, 0), 8: (350, 0)}
    study = study_at(tmp_path, osm_xml(nodes, kept), home=(150, 0))
    assert metres(study, "walk") == 50 + 1500 + 100


def test_nodes_at_one_place_are_no_junction(tmp_path):
    nodes = NODES | {7: NODES[2]}
    study = study_at(tmp_path, osm_xml(nodes, street(refs=(7, 3))))
    assert [metres(study, m) for m in ("walk", "drive")] == [ROUND, ROUND]


def test_nodes_at_one_place_that_a_way_joins_are_one(tmp_path):
    """Node 7 lies on node 2 and stands next to it in the street: a piece of no length, which parts nothing."""
    nodes = NODES | {7: NODES[2]}
    ways = street(refs=(2, 7, 3), w20=((7, 1), STREET))
    assert [metres(study_at(tmp_path, osm_xml(nodes, ways)), m) for m in ("walk", "drive")] == [DIRECT, DIRECT]


def test_rings_and_loops(tmp_path):
    """A ring of 400 m with one tail: home and school on it go the shorter side; a roundabout only round."""
    nodes = {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (200, 100), 5: (100, 100)}
    for tags, way in ((STREET, 100), (residential(junction="roundabout"), 300)):
        ways = {10: ((1, 2), STREET), 11: ((2, 3, 4, 5, 2), tags)}
        assert metres(study_at(tmp_path, osm_xml(nodes, ways), home=(100, 50), school=(100, 100)), "walk") == 50
        study = study_at(tmp_path, osm_xml(nodes, ways), home=(150, 0), school=(100, 50))
        assert metres(study, "walk") == 100
        assert metres(study, "drive") == (way if way == 100 else 300)
        back = study_at(tmp_path, osm_xml(nodes, ways), home=(100, 50), school=(150, 0))
        assert metres(back, "drive") == 100  # the roundabout runs 2, 3, 4, 5, 2


def test_a_ferry_takes_its_time_and_the_wait_for_it(tmp_path):
    line = {1: (0, 0), 2: (100, 0), 3: (400, 0), 4: (500, 0)}

    def crossing(**tags):
        ways = {10: ((1, 2), STREET), 11: ((2, 3), {"route": "ferry"} | tags), 12: ((3, 4), STREET)}
        return study_at(tmp_path, osm_xml(line, ways))

    timed = crossing(foot="yes", motor_vehicle="yes", duration="00:05", interval="00:30")
    assert [metres(timed, m) for m in ("walk", "bike", "drive", "bus")] == [500] * 4
    walk = travel_matrix(timed, "walk").minutes.at["H", "S"]
    assert walk == pytest.approx(200 / FLAT + 5 + 15, rel=1e-3)
    drive = travel_matrix(timed, "drive").minutes.at["H", "S"]
    assert drive == pytest.approx(0.2 / STREET_KMH * 60 + 5 + 15, rel=1e-3)
    plain = crossing()
    assert [metres(plain, m) for m in ("walk", "drive")] == [500, None]
    assert travel_matrix(plain, "walk").minutes.at["H", "S"] == pytest.approx(200 / FLAT + 0.3 / 5 * 60 + 10, rel=1e-3)
    assert metres(crossing(foot="no"), "walk") is None
    # A boat that runs one way carries no one back.
    there = street({"route": "ferry", "oneway": "yes", "motor_vehicle": "yes", "duration": "1", "interval": "1"})
    back = study_at(tmp_path, osm_xml(NODES, there), home=(500, 0), school=(0, 0))
    assert [metres(study_at(tmp_path, osm_xml(NODES, there)), m) for m in ("walk", "bike", "drive")] == [DIRECT] * 3
    assert [metres(back, m) for m in ("walk", "bike", "drive")] == [ROUND] * 3
    # Nobody lives on the water: whoever stands beside the ferry's line goes to the nearest road.
    nodes, ways = line | {5: (250, 60), 6: (100, 60)}, {10: ((1, 2), STREET), 12: ((3, 4), STREET)}
    ways |= {11: ((2, 3), {"route": "ferry"}), 13: ((2, 6, 5), STREET)}
    study = study_at(tmp_path, osm_xml(nodes, ways), home=(250, 10), school=(0, 0))
    assert metres(study, "walk") == pytest.approx(50 + 150 + 60 + 100)


def test_speed_limits_lights_and_junctions(tmp_path):
    def minutes(middle, marks=()):
        travel = travel_matrix(study_at(tmp_path, osm_xml(NODES, street(middle), marks)), "drive", cache=False)
        return travel.minutes.at["H", "S"]

    # Straight on costs next to nothing at the two junctions passed.
    plain = 0.5 / STREET_KMH * 60 + 2 * float(seconds_to_turn(np.array(0.0), V)) / 60
    assert minutes(STREET) == pytest.approx(plain, abs=2 * 0.1 / 60)
    plain = minutes(STREET)
    assert minutes(residential(maxspeed="60")) == pytest.approx(
        plain + 0.3 / (V["limit_share"] * 60) * 60 - 0.3 / STREET_KMH * 60, rel=1e-3
    )
    for word in ("CN:urban", "walk", "none", "60;40", "signals"):  # no plain number: by class
        assert minutes(residential(maxspeed=word)) == pytest.approx(plain, rel=1e-3)
    assert minutes(STREET, {2: {"highway": "traffic_signals"}}) == pytest.approx(plain + V["light"], rel=1e-3)


def test_rules_that_hold_at_times_are_told(tmp_path):
    ruled = residential({"motor_vehicle:conditional": "no @ (07:00-09:00)"})
    study = study_at(tmp_path, osm_xml(NODES, street(ruled)))
    notes = travel_matrix(study, "drive").options["notes"]
    assert len(notes) == 1 and "07:00-09:00" in notes[0]["zh"] and "1 stretches" in notes[0]["en"]
    assert travel_matrix(study, "walk").options["notes"] == []
    slow = residential({"maxspeed:conditional": "30 @ (Mo-Fr 07:00-09:00)"}, maxspeed="60")
    study = study_at(tmp_path, osm_xml(NODES, street(slow)))
    assert "30 @ (mo-fr" in travel_matrix(study, "drive").options["notes"][0]["zh"]
    assert travel_matrix(study, "bike").options["notes"] == []
    turning = study_at(tmp_path, osm_xml(NODES, street(residential(oneway="reversible"))))
    assert "oneway=reversible" in travel_matrix(turning, "bike").options["notes"][0]["en"]


def test_turns_forbidden_at_times_are_told_to_those_they_hold_for(tmp_path):
    """Neither `restriction:conditional` nor the older hour_on counts where it does not hold on the way to school."""
    members, _ = restriction("no_straight_on")
    late = {"restriction": "no_straight_on", "hour_on": "16:00", "hour_off": "19:00"}
    for tags, shown in (
        ({"restriction:conditional": "no_straight_on @ (Mo-Fr 16:00-19:00)"}, "Mo-Fr 16:00-19:00"),
        ({"restriction:conditional": "no_straight_on @ (Sa-Su 07:00-19:00)"}, "Sa-Su 07:00-19:00"),
        (late, "16:00-19:00"),
    ):
        study = study_at(tmp_path, osm_xml(NODES, street(), relations=[(members, tags)]))
        assert [metres(study, m) for m in ("drive", "walk")] == [DIRECT, DIRECT]
        (note,) = travel_matrix(study, "drive").options["notes"]
        assert shown in note["zh"] and "1 stretches" in note["en"]
        assert travel_matrix(study, "bike").options["notes"] == []


def test_turns_forbidden_at_half_past_seven_on_weekdays_are_forbidden_on_the_way_to_school(tmp_path):
    members, _ = restriction("no_straight_on")
    for tags in (
        {"restriction:conditional": "no_straight_on @ (Mo-Fr 07:00-09:00)"},
        {"restriction": "no_straight_on", "day_on": "Mo", "day_off": "Fr", "hour_on": "7", "hour_off": "18"},
    ):
        study = study_at(tmp_path, osm_xml(NODES, street(), relations=[(members, tags)]))
        assert [metres(study, m) for m in ("drive", "bus", "walk")] == [ROUND, ROUND, DIRECT]
        assert travel_matrix(study, "drive").options["notes"] == []


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("(Mo-Fr 07:00-09:00)", True),
        ("(07:00-18:00)", True),
        ("Mo-Sa 6-20", True),
        ("(20:00-08:00)", True),
        ("(Sa-Su 07:00-18:00)", False),
        ("(Mo 07:00-09:00)", False),
        ("(Mo-Fr 08:00-18:00)", False),
        ("(Mo-Fr 07:00-09:00,16:00-18:00)", True),
        ("(Mo-Fr 07:00-09:00; Sa 10:00-12:00)", False),
        ("(weight>7.5)", False),
        ("(Nov-Mar)", False),
    ],
)
def test_what_holds_as_children_go_to_school(when, holds):
    assert in_force_on_the_way(when) is holds


ISLAND = {1: (0, 0), 2: (60, 0), 3: (400, 0), 4: (8400, 0)}


def test_an_island_is_no_walk_across_the_water(tmp_path):
    xml = osm_xml(ISLAND, {10: ((1, 2), STREET), 12: ((3, 4), STREET)})
    study = study_at(tmp_path, xml, school=(500, 0))
    assert metres(study, "walk") is None
    assert "H" in travel_matrix(study, "walk").options["notes"][0]["en"]


def test_two_ends_on_one_island_go_along_it_however_small_its_share(tmp_path):
    nodes = {1: (0, 0), 2: (0, 300), 3: (60, 300), 4: (60, 0), 5: (120, 0), 6: (70_000, 0)}
    xml = osm_xml(nodes, {10: ((1, 2, 3, 4), STREET), 12: ((5, 6), STREET)})
    study = study_at(tmp_path, xml, school=(60, 0))
    assert metres(study, "walk") == 660
    assert travel_matrix(study, "walk").options["notes"] == []
    shape = isochrones(study, travel_matrix(study, "walk"), ["S"], minutes=[9.0], side=5).geometry.iloc[0]
    assert shape.distance(study.places.geometry["H"]) < 1e-6


@pytest.mark.parametrize(("scrap", "gap", "right"), [(200, 30, 30 + 500), (200, 300, None), (40, 300, 300 + 500)])
def test_a_scrap_of_lane_traps_no_one(tmp_path, scrap, gap, right):
    """Hardly farther is the street, or the scrap is no road at all: the way begins on the street, and that is told."""
    nodes = {1: (0, 0), 2: (scrap, 0), 3: (0, gap), 4: (8000, gap)}
    xml = osm_xml(nodes, {10: ((1, 2), STREET), 12: ((3, 4), STREET)})
    for ends in ({"home": (0, 0), "school": (500, gap)}, {"home": (500, gap), "school": (0, 0)}):
        study = study_at(tmp_path, xml, **ends)
        assert metres(study, "walk") == right
        notes = [note["en"] for note in travel_matrix(study, "walk", cache=False).options["notes"]]
        assert any("passed over" in note for note in notes) == (right is not None)
    near = study_at(tmp_path, xml, home=(0, 0), school=(30, 0))
    assert metres(near, "walk") == 30 and travel_matrix(near, "walk").options["notes"] == []


def test_a_one_way_stub_is_passed_over_and_that_is_told(tmp_path):
    nodes = {1: (0, 0), 2: (300, 0), 3: (0, 40), 4: (300, 40)}
    xml = osm_xml(nodes, {10: ((1, 2), residential(oneway="yes")), 11: ((2, 4), STREET), 12: ((4, 3), STREET)})
    study = study_at(tmp_path, xml, home=(100, 10), school=(300, 0))
    assert metres(study, "drive") == 30 + 200 + 40
    assert "passed over" in travel_matrix(study, "drive").options["notes"][0]["en"]


def test_words_of_access_and_amounts():
    assert access_of({"highway": "residential"})[:4] == ("open both",) * 4
    assert access_of({"highway": "cycleway", "foot": "no", "oneway": "yes"}).bike == "open forward"
    assert access_of({"route": "ferry", "motorcar": "no"}).bike == "no"
    assert barrier_stops({"highway": "traffic_signals"}) is None
    assert barrier_stops({"barrier": "gate", "access": "private"}) == "ends-walk ends-bike ends-drive ends-bus"
    texts = ("3,5 m", "350 cm", "12'6\"", "4.5米", "2.5-3", "300～350 cm", "default", "3-", None)
    lengths = [metres_of(t) for t in texts]
    assert lengths[:6] == pytest.approx([3.5, 3.5, 3.81, 4.5, 2.5, 3]) and np.isnan(lengths[6:]).all()
    assert kmh_of("30 mph") == pytest.approx(48.28032) and np.isnan([kmh_of(t) for t in ("60;80", "walk", "0")]).all()
    times = [minutes_of(t) for t in ("00:05", "1:30:00", "PT1H5M", "90", "5 分钟")]
    assert times == [5, 90, 65, 90, 5] and np.isnan(minutes_of("often"))


def told_roads(lines, turns=(), private=()):
    """Village streets numbered by their place in the list, with the layer's own words on turns and private streets."""
    ends = [(line[0], line[-1]) for line in lines]
    node = {xy: k for k, xy in enumerate(dict.fromkeys(xy for pair in ends for xy in pair))}
    said = dict(turns)
    return roads_of(
        lines,
        **{"class": ["village"] * len(lines), "way": list(range(len(lines)))},
        from_node=[node[a] for a, _ in ends],
        to_node=[node[b] for _, b in ends],
        turns=[said.get(k) for k in range(len(lines))],
        drive=["ends both" if k in private else "open both" for k in range(len(lines))],
    )


@pytest.mark.parametrize("private", [c for n in range(4) for c in combinations(range(3), n)], ids=str)
def test_turns_are_forbidden_on_private_streets_too(private):
    lines = [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(200, 0), (300, 0)]]
    lines.append([(100, 0), (100, 100), (300, 100), (300, 0)])
    for rule, direct in ((None, private != (1,)), ("no w1 w2 drive", False), ("no n1 w1 drive", False)):
        roads = told_roads(lines, {0: rule}, private)
        study = study_of({"H": (50, 0), "M": (150, 0)}, {"S": (250, 0)}, roads)
        assert metres(study, "drive") == (200 if direct else 500), rule
        assert travel_matrix(study, "drive", cache=False).metres.at["M", "S"] == pytest.approx(100)  # not from street 0


def test_a_forbidden_turn_that_begins_on_the_way_of_another():
    lines = [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(200, 0), (300, 0)], [(300, 0), (700, 0)]]
    lines += [[(300, 0), (300, 100)], [(100, 0), (100, 200), (300, 200), (300, 100)]]
    both = {0: "no w1,w2 w3 drive", 1: "no w2 w4 drive"}
    for turns, north, east in (({}, 300, 300), ({0: both[0]}, 300, 700), ({1: both[1]}, 600, 300), (both, 600, 700)):
        for school, right in (((300, 50), north), ((350, 0), east)):
            assert metres(study_of({"H": (50, 0)}, {"S": school}, told_roads(lines, turns)), "drive") == right


def test_forbidden_turns_that_follow_on_one_another_round_a_block():
    corners = [(0, 0), (100, 0), (100, 100), (0, 100)]
    lines = [[corners[k], corners[(k + 1) % 4]] for k in range(4)]
    turns = {k: f"no w{(k + 1) % 4} w{(k + 2) % 4} drive" for k in range(4)}
    lines.append([(100, 100), (200, 100)])
    study = study_of({"H": (50, 0)}, {"S": (50, 100)}, told_roads(lines, turns))
    assert metres(study, "drive") == 200  # the other way round: the rules name one direction only
    one_way = told_roads(lines, turns).assign(drive=["open forward"] * 4 + ["open both"])
    study = study_of({"H": (50, 0)}, {"S": (50, 100)}, one_way)
    assert metres(study, "drive") == 400  # out into the side street, and round there
