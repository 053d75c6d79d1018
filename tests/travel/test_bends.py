"""What turning costs, by hand."""

import numpy as np
import pytest

from layout_planner.travel import turning
from layout_planner.travel.bends import seconds_to_turn, turn_minutes
from layout_planner.travel.network import build_network
from layout_planner.travel.speeds import SPEEDS, values
from tests.plain import plain
from tests.travel.builders import grid_roads, roads_of

V = values(SPEEDS)
LEFT, RIGHT = 90, -90


def seconds(angle):
    return float(seconds_to_turn(np.array(float(angle)), V))


def passing(lines, a, b, there=None, back=None):
    """What it costs to come by line a to (0, 0) and go out by line b, seconds; all lines end there."""
    network = build_network(roads_of(lines, **{"class": ["village"] * len(lines)}))
    every = np.ones(len(lines), dtype=bool)
    coming, going = turn_minutes(network, every if there is None else there, every if back is None else back, V)
    at = np.flatnonzero((network.xy == 0).all(axis=1))[0]
    tails = network.tail == at
    return 60 * (coming[a, 0 if tails[a] else 1] + going[b, 0 if tails[b] else 1])


def test_a_turn_costs_what_osrm_says():
    """By hand from its process_turn: 2.1 s to the right and 5.4 + 1.9 s across, at a right angle."""
    assert seconds(RIGHT) == pytest.approx(2.104, abs=2e-3)
    assert seconds(LEFT) == pytest.approx(5.396 + 1.925, abs=2e-3)
    assert seconds(0) < 0.1
    for side in (1, -1):
        assert np.all(np.diff(seconds_to_turn(side * np.arange(1.0, 181.0), V)) > 0)


WEST, EAST, SOUTH, NORTH = [(-100, 0), (0, 0)], [(0, 0), (100, 0)], [(0, 0), (0, -100)], [(0, 100), (0, 0)]
MEAN = (seconds(LEFT) + seconds(RIGHT)) / 2


def test_where_three_roads_meet_turning_costs_and_going_straight_on_does_not():
    """Right and left are met halfway, to a tenth of a second."""
    lines = [WEST, EAST, SOUTH]
    assert passing(lines, 0, 1) == pytest.approx(seconds(0), abs=0.1)
    assert passing(lines, 1, 0) == pytest.approx(seconds(0), abs=0.1)
    turns = [passing(lines, a, b) for a, b in ((0, 2), (2, 0), (1, 2), (2, 1))]
    assert turns == pytest.approx([MEAN] * 4, abs=0.1)
    fork = [[(-100, 0), (0, 0)], [(0, 0), (100, 10)], [(0, 0), (100, -10)]]
    assert passing(fork, 0, 1) < 0.3 and passing(fork, 0, 2) < 0.3


def test_a_bend_is_no_turn_and_a_crossroads_costs_everyone_the_mean():
    assert passing([WEST, SOUTH], 0, 1) == 0
    lines = [WEST, EAST, SOUTH, NORTH]
    share = V["turn_share"]
    mean = (1 - share) * seconds(0) + share * MEAN
    assert passing(lines, 0, 1) == pytest.approx(mean, rel=1e-6)
    assert passing(lines, 0, 2) == pytest.approx(mean, rel=1e-6)


def test_a_slip_road_that_only_joins_costs_nothing_against_the_stream():
    """Two one-way roads run into a third: no one turns from one into the other."""
    join = [[(-100, 0), (0, 0)], [(-100, 20), (0, 0)], [(0, 0), (100, 0)]]
    back = np.zeros(3, dtype=bool)
    assert passing(join, 0, 2, back=back) < 0.3 and passing(join, 1, 2, back=back) < 0.3


def test_a_roundabout_is_entered_and_left_to_the_right():
    """The ring runs from west to east past the road from the south: each of the three passings costs its own."""
    there, back = np.ones(3, dtype=bool), np.array([False, False, True])
    ring = [WEST, EAST, SOUTH]
    assert passing(ring, 2, 1, there, back) == pytest.approx(seconds(RIGHT), abs=0.01)
    assert passing(ring, 0, 2, there, back) == pytest.approx(seconds(RIGHT), abs=0.01)
    assert passing(ring, 0, 1, there, back) == pytest.approx(seconds(0), abs=0.01)


def test_at_the_end_of_a_one_way_road_left_and_right_are_met_halfway():
    """To charge those who turn left by where they go would charge those who go straight on from the east as well."""
    there, back = np.array([True, True, False]), np.ones(3, dtype=bool)
    lines = [WEST, EAST, SOUTH]
    assert passing(lines, 2, 1, there, back) == pytest.approx(MEAN, abs=0.1)
    assert passing(lines, 2, 0, there, back) == pytest.approx(MEAN, abs=0.1)
    assert passing(lines, 0, 1, there, back) == pytest.approx(seconds(0), abs=0.1)


def test_compiled_turns_and_their_python_source_agree_and_free_turns_cost_nothing(monkeypatch):
    network = build_network(grid_roads(5, 5, seed=3, oneway=0.3))
    there, back = np.ones(len(network.tail), dtype=bool), ~network.flag("oneway")
    compiled = turn_minutes(network, there, back, V)
    plain(monkeypatch, "layout_planner.travel.turning")
    assert not hasattr(turning.share_out, "py_func")
    for got, want in zip(compiled, turn_minutes(network, there, back, V), strict=True):
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-12)
        assert got.max() > 0.01
    for free in turn_minutes(network, there, back, V | {"turn": 0.0, "turn_across": 0.0}):
        assert free.shape == (len(there), 2) and not free.any()
