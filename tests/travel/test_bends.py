"""What turning costs, by hand."""

import numpy as np
import pytest

from layout_planner.travel.bends import seconds_to_turn, turn_minutes
from layout_planner.travel.network import build_network
from layout_planner.travel.speeds import SPEEDS, values
from tests.travel.builders import roads_of

V = values(SPEEDS)


def seconds(angle):
    return float(seconds_to_turn(np.array(float(angle)), V))


def passing(lines, a, b, there=None, back=None):
    """What it costs to pass from line a to line b at (0, 0), seconds; all lines end there."""
    network = build_network(roads_of(lines, **{"class": ["village"] * len(lines)}))
    every = np.ones(len(lines), dtype=bool)
    ends = turn_minutes(network, every if there is None else there, every if back is None else back, V)
    at = np.flatnonzero((network.xy == 0).all(axis=1))[0]
    tails = network.tail == at
    return 60 * sum(ends[k, 0 if tails[k] else 1] for k in (a, b))


def test_a_turn_costs_what_osrm_says():
    """By hand from its process_turn: 2.1 s to the near side and 5.4 + 1.9 s across, at a right angle."""
    assert seconds(90) == pytest.approx((2.104 + 5.396 + 1.925) / 2, abs=2e-3)
    assert seconds(0) < 0.1
    assert np.all(np.diff(seconds_to_turn(np.arange(0.0, 181.0), V)) > 0)


WEST, EAST, SOUTH, NORTH = [(-100, 0), (0, 0)], [(0, 0), (100, 0)], [(0, 0), (0, -100)], [(0, 100), (0, 0)]


def test_where_three_roads_meet_turning_costs_and_going_straight_on_does_not():
    lines = [WEST, EAST, SOUTH]
    assert passing(lines, 0, 1) == pytest.approx(seconds(0))
    assert passing(lines, 0, 2) == passing(lines, 2, 1) == pytest.approx(seconds(90))
    fork = [[(-100, 0), (0, 0)], [(0, 0), (100, 10)], [(0, 0), (100, -10)]]
    assert passing(fork, 0, 1) == passing(fork, 0, 2) == pytest.approx(seconds(np.degrees(np.arctan(0.1))))


def test_a_bend_is_no_turn_and_a_crossroads_costs_everyone_the_mean():
    assert passing([WEST, SOUTH], 0, 1) == 0
    lines = [WEST, EAST, SOUTH, NORTH]
    share = V["turn_share"]
    mean = (1 - share) * seconds(0) + share * seconds(90)
    assert passing(lines, 0, 1) == passing(lines, 0, 2) == pytest.approx(mean, rel=1e-6)


def test_a_slip_road_that_only_joins_costs_nothing_against_the_stream():
    """Two one-way roads run into a third: no one turns from one into the other."""
    join = [[(-100, 0), (0, 0)], [(-100, 20), (0, 0)], [(0, 0), (100, 0)]]
    back = np.zeros(3, dtype=bool)
    assert passing(join, 0, 2, back=back) < 0.2 and passing(join, 1, 2, back=back) < 0.2


def test_onto_a_one_way_road_one_turns_to_the_near_side():
    """A roundabout is entered and left by turns of 2.1 s at a right angle, not 4.7."""
    near = 7.5 / (1 + np.exp(6.5 * 1.075 - 13 / 1.075 / 2))
    there, back = np.ones(3, dtype=bool), np.array([False, False, True])
    assert passing([WEST, EAST, SOUTH], 0, 2, there, back) == pytest.approx(near)
