"""Random small road networks with one-ways, private roads, gates and forbidden turns, against a search of our own.

The search walks from road to road (networkx, on the graph of directed roads), and knows the rules as the documentation
words them; nothing of the planner's graph is used.
"""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from layout_planner.travel import trace_ways, travel_matrix
from layout_planner.travel.speeds import SPEEDS, values
from tests.travel.builders import roads_of, study_of

SIDE = 100.0
GRID = [(i * SIDE, j * SIDE) for j in range(3) for i in range(3)]
STREETS = [(a, b) for a in range(9) for b in (a + 1, a + 3) if b < 9 and (b == a + 3 or a % 3 < 2)]
NO_TURNS = {"turn": 1e-9, "turn_across": 1e-9}
KMH = values(SPEEDS)["drive_village"]


@st.composite
def networks(draw):
    """A grid of nine crossings, with holes; each street two-way or one-way, public or private; some turns forbidden."""
    kept = sorted(draw(st.sets(st.integers(0, len(STREETS) - 1), min_size=7)))
    words = [draw(st.sampled_from(["open both"] * 4 + ["open forward", "open backward", "ends both"])) for _ in kept]
    turns = {}
    for k in draw(st.sets(st.integers(0, len(kept) - 1), max_size=3)):
        node = draw(st.sampled_from(STREETS[kept[k]]))
        beside = [j for j, s in enumerate(kept) if node in STREETS[s] and j != k]
        if beside:
            kind = draw(st.sampled_from(["no", "only"]))
            turns[k] = (kind, node, draw(st.sampled_from(beside)))
    shut = draw(st.sets(st.sampled_from(range(9)), max_size=1))
    return [STREETS[s] for s in kept], words, turns, shut


def planner(streets, words, turns, shut, home, school):
    lines = [[GRID[a], GRID[b]] for a, b in streets]
    roads = roads_of(
        lines,
        **{"class": ["village"] * len(lines), "way": list(range(len(lines)))},
        from_node=[a for a, _ in streets],
        to_node=[b for _, b in streets],
        drive=words,
        turns=[f"{turns[k][0]} n{turns[k][1]} w{turns[k][2]} drive" if k in turns else None for k in range(len(lines))],
        stops_from=["drive" if a in shut else None for a, _ in streets],
        stops_to=["drive" if b in shut else None for _, b in streets],
    )
    study = study_of({"H": home}, {"S": school}, roads)
    travel = travel_matrix(study, "drive", cache=False, speeds=NO_TURNS)
    (way,) = trace_ways(study, travel, [("H", "S")])
    return float(travel.metres.at["H", "S"]), float(travel.minutes.at["H", "S"]), way


def allowed(streets, turns, k, node, into):
    """May one who came by street k to a node go on into a street?"""
    for kind, at, target in [turns[k]] if k in turns else []:
        if at == node and (into == target) is (kind == "no"):
            return kind == "only" and not _leads(streets, target, node)
    return True


def _leads(streets, target, node):
    return node in streets[target]


def by_hand(streets, words, turns, shut, first, last):
    """Metres from the middle of one street to the middle of another, by whole directed streets."""
    graph = nx.DiGraph()
    runs = []
    for k, (a, b) in enumerate(streets):
        word, way = words[k].split()
        runs += [(k, a, b, word)] * (way != "backward") + [(k, b, a, word)] * (way != "forward")
    opened = {(k, b) for k, _, b, _ in runs}
    # What an order points to may be closed that way: then it orders no one.
    rules = {
        k: rule for k, rule in turns.items()
        if rule[0] == "no" or (rule[2], sum(streets[rule[2]]) - rule[1]) in opened
    }  # fmt: skip
    for stage in range(3):  # leaving by private streets, on public ones, arriving by private ones
        for k, a, b, word in runs:
            if (word == "ends") is (stage == 1):
                continue
            graph.add_node((k, a, b, stage))
    for k, a, b, stage in list(graph):
        if b in shut:
            continue
        onward = [run for run in graph if run[1] == b and run[3] >= stage and allowed(streets, rules, k, b, run[0])]
        ahead = [run for run in onward if run[0] != k]
        for run in ahead or onward:
            graph.add_edge((k, a, b, stage), run, metres=SIDE)
    starts = [run for run in graph if run[0] == first and run[3] < 2]
    ends = [run for run in graph if run[0] == last and run[3] > 0]
    best = np.inf
    for one in starts:
        far = nx.single_source_dijkstra_path_length(graph, one, weight="metres")
        best = min([best, *(far[two] for two in ends if two in far and two != one)])
    return best


def on_one_piece(streets, words, shut):
    """Public streets one can leave and come back to, those of the longest such piece; a gate parts what meets there."""
    graph = nx.DiGraph()
    for k, ((a, b), word) in enumerate(zip(streets, words, strict=True)):
        a, b = ((v, k) if v in shut else (v, -1) for v in (a, b))
        if word.startswith("open"):
            graph.add_edges_from([(a, b)] * (not word.endswith("backward")) + [(b, a)] * (not word.endswith("forward")))
    best = max(nx.strongly_connected_components(graph), key=lambda part: graph.subgraph(part).size(), default=set())
    return [
        k for k, (a, b) in enumerate(streets)
        if words[k].startswith("open") and all(((v, k) if v in shut else (v, -1)) in best for v in (a, b))
    ]  # fmt: skip


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(networks(), st.data())
def test_ways_by_car_are_those_of_a_search_from_road_to_road(network, data):
    streets, words, turns, shut = network
    whole = on_one_piece(streets, words, shut)
    assume(len(whole) > 1)
    first = data.draw(st.sampled_from(whole))
    last = data.draw(st.sampled_from([k for k in whole if k != first]))
    middle = [tuple(np.mean([GRID[v] for v in streets[k]], axis=0)) for k in (first, last)]
    metres, minutes, way = planner(streets, words, turns, shut, *middle)
    right = by_hand(streets, words, turns, shut, first, last)
    if np.isinf(right):  # the rules on turning leave no way: none is made up
        assert np.isnan(metres) and way.geometry is None
        return
    assert metres == pytest.approx(right, rel=1e-6)
    assert minutes == pytest.approx(metres / 1000 / KMH * 60, rel=1e-6)
    assert way.metres == pytest.approx(metres, rel=1e-6) and way.geometry.length == pytest.approx(metres, rel=1e-6)
