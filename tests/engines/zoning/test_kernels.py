"""The kernels by hand, against networkx, and compiled against plain Python."""

from __future__ import annotations

from itertools import product

import networkx as nx
import numpy as np
import pytest

from layout_planner.engines.zoning import annealing, covers, pool, search
from layout_planner.engines.zoning.annealing import Annealer
from layout_planner.engines.zoning.check import check_zones
from layout_planner.engines.zoning.relaxation import Relaxation
from layout_planner.solving import graphs
from layout_planner.solving.clock import Clock
from layout_planner.solving.graphs import adjacency_rows
from tests.engines.zoning.toys import grid_edges, random_toy, shaped_toy

AMPLE = Clock(np.inf)
BOTH = pytest.mark.parametrize("form", ["compiled", "python"])


def take(kernel, form):
    return kernel if form == "compiled" else kernel.py_func


def random_graph(seed):
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(12, 0.3, seed=seed)
    return graph, *rows_of(12, graph.edges), rng


def rows_of(n, edges):
    """As a problem holds them: kernels are compiled anew for arrays that may be written."""
    rows = adjacency_rows(n, np.array(edges, dtype=np.int64).reshape(-1, 2))
    for array in rows:
        array.setflags(write=False)
    return rows


@BOTH
@pytest.mark.parametrize("seed", range(12))
def test_lightest_paths(form, seed):
    graph, indptr, indices, rng = random_graph(seed)
    weight = rng.integers(0, 9, 12).astype(float)
    usable = rng.random(12) < 0.8
    found = take(graphs.lightest_paths, form)(indptr, indices, weight, usable, 0)
    allowed = graph.subgraph([0, *np.flatnonzero(usable)])
    expected = nx.single_source_dijkstra_path_length(allowed, 0, weight=lambda u, v, _: weight[v])
    for v in range(12):
        assert found[v] == expected.get(v, np.inf) + weight[0]


@BOTH
@pytest.mark.parametrize("seed", range(12))
def test_least_cut(form, seed):
    graph, indptr, indices, rng = random_graph(seed)
    if graph.has_edge(0, 11):
        graph.remove_edge(0, 11)
        indptr, indices = rows_of(12, graph.edges)
    value = rng.integers(0, 4, 12).astype(float)
    split = nx.DiGraph()
    split.add_nodes_from([(0, 1), (11, 0)])
    for v in range(1, 11):
        split.add_edge((v, 0), (v, 1), capacity=value[v])
    for u, v in graph.edges:
        split.add_edge((u, 1), (v, 0))
        split.add_edge((v, 1), (u, 0))
    expected = nx.maximum_flow_value(split, (0, 1), (11, 0))
    reverse = take(graphs.reverse_arcs, form)(indptr, indices)
    everywhere = np.ones(12, dtype=bool)
    flow, near_source, near_sink = take(graphs.least_cut, form)(
        indptr, indices, reverse, value, everywhere, 0, 11, np.inf
    )
    assert flow == expected
    for cut in (near_source, near_sink):
        assert value[cut].sum() == flow
        left = graph.subgraph(np.flatnonzero(~cut))
        assert not nx.has_path(left, 0, 11)


@BOTH
def test_widest_path_takes_the_better_of_two_ways(form):
    indptr, indices = rows_of(4, [(0, 1), (1, 3), (0, 2), (2, 3)])
    width = take(graphs.widest_paths, form)(indptr, indices, np.array([0.0, 0.2, 0.7, 0.9]), 0)
    assert width[1:].tolist() == [0.2, 0.7, 0.7]


@BOTH
def test_separator_keeps_only_what_light_paths_meet(form):
    # Two ways from 0 to 3, one through the heavy place 2: with 5 seats only place 1 need be in the separator.
    indptr, indices = rows_of(4, [(0, 1), (1, 3), (0, 2), (2, 3)])
    weight = np.array([1.0, 1.0, 9.0, 1.0])
    weight.setflags(write=False)
    both = np.array([False, True, True, False])
    everywhere = np.ones(4, dtype=bool)
    shrink = take(graphs.shrink_separator, form)
    assert shrink(indptr, indices, weight, everywhere, both, 0, 3, 5.0).tolist() == [False, True, False, False]
    assert shrink(indptr, indices, weight, everywhere, both, 0, 3, 20.0).tolist() == both.tolist()


@BOTH
@pytest.mark.parametrize("seed", range(40))
def test_lifted_covers_hold_for_every_set_that_fits(form, seed):
    rng = np.random.default_rng(seed)
    weight = rng.integers(0, 12, 8).astype(float)
    room = float(rng.integers(5, 40))
    coefficient, most = take(covers.lifted_cover, form)(weight, rng.random(8), room)
    if weight.sum() <= room:
        assert not coefficient.any()
        return
    sets = np.array(list(product([0, 1], repeat=8)))
    fitting = sets[sets @ weight <= room]
    assert (fitting @ coefficient).max() == most  # valid, and met by some set that fits


def small_annealer(seed, monkeypatch, zones=200, shaped=False):
    monkeypatch.setattr(annealing, "POOL_ZONES", zones)
    monkeypatch.setattr(annealing, "POOL_PLACES", 2_000)
    monkeypatch.setattr(annealing, "POOL_SLOTS", 1 << 10)
    monkeypatch.setattr(annealing, "STEPS_PER_PAIR", 40)
    toy = shaped_toy(seed, borders=True) if shaped else random_toy(seed)
    relaxation = Relaxation(toy)
    assert relaxation.tighten(Clock(np.inf))
    return toy, Annealer(toy, relaxation.bound, relaxation.x.argmax(axis=1), np.random.default_rng(1))


def toy_schools(seed):
    return random_toy(seed).m


FEASIBLE_TOYS = [4, 10, 33]


@pytest.mark.parametrize("shaped", [False, True])
@pytest.mark.parametrize("seed", FEASIBLE_TOYS)
def test_annealing_compiled_equals_python(seed, shaped, monkeypatch):
    _, compiled = small_annealer(seed, monkeypatch, shaped=shaped)
    first = [compiled.afresh(np.inf, AMPLE) for _ in range(3)]
    for name in (
        "_enter",
        "_reshape",
        "_cost_of_sum",
        "_spread",
        "_severed_by",
        "_fine",
        "_over",
        "_shift",
        "_undo",
        "_neighbour",
        "_pass_on",
        "_remember",
        "_adapt_prices",
        "fill_state",
        "fill_table",
        "grow",
        "anneal",
        "remember_all",
    ):
        monkeypatch.setattr(search, name, getattr(search, name).py_func)
        if hasattr(annealing, name):
            monkeypatch.setattr(annealing, name, getattr(search, name))
    monkeypatch.setattr(pool, "outlines", pool.outlines.py_func)
    toy, plain = small_annealer(seed, monkeypatch, shaped=shaped)
    second = [plain.afresh(np.inf, AMPLE) for _ in range(3)]
    for one, other in zip(first, second, strict=True):
        assert (one is None) == (other is None)
        assert one is None or np.array_equal(one, other)
    assert np.array_equal(compiled.pool.places, plain.pool.places)
    best = next(one for one in second if one is not None)
    zones, own, _ = plain.zones(best)
    assert zones.cost[own].sum() == pytest.approx(toy.objective(best))


@pytest.mark.parametrize("seed", FEASIBLE_TOYS)
def test_pool_holds_lawful_zones_each_once(seed, monkeypatch):
    toy, annealer = small_annealer(seed, monkeypatch, zones=4 + toy_schools(seed))
    best = None
    for _ in range(12):  # long enough to overflow the small pool, which then forgets its worse half
        found = annealer.afresh(np.inf, AMPLE) if best is None else annealer.again(best, np.inf, AMPLE)
        best = best if found is None else found
    assert check_zones(toy, best).feasible
    annealer.remember(best)
    kept, own, _ = annealer.zones(best)
    assert np.array_equal(kept.assignment(own), best)
    assert kept.cost[own].sum() == pytest.approx(toy.objective(best))
    seen = set()
    for zone in range(len(kept) - toy.m):
        places, j = kept.places[kept.ptr[zone] : kept.ptr[zone + 1]], kept.school[zone]
        assert toy.demand[places].sum() <= toy.capacity[j] + 1e-6
        graph = nx.Graph(
            [(u, v) for u in places for v in toy.indices[toy.indptr[u] : toy.indptr[u + 1]] if v in places]
        )
        graph.add_nodes_from(places)
        assert nx.is_connected(graph) and toy.home[j] in places
        seen.add((int(j), tuple(sorted(places))))
    assert len(seen) == len(kept) - toy.m


def test_grid_edges_are_what_the_drawing_shows():
    assert sorted(grid_edges(2, 2)) == [(0, 1), (0, 2), (1, 3), (2, 3)]


@pytest.mark.parametrize("shaped", [False, True])
@pytest.mark.parametrize("seed", FEASIBLE_TOYS)
def test_what_is_kept_up_step_by_step_equals_a_fresh_count(seed, shaped, monkeypatch):
    toy, annealer = small_annealer(seed, monkeypatch, shaped=shaped)
    annealer.afresh(np.inf, AMPLE)
    state = annealer._state
    school = state.school.copy()
    kept = {
        name: getattr(state, name).copy() for name in ("load", "sizes", "excess", "key", "trespass", "totals", "sums")
    }
    search.fill_state(annealer.land, state)
    for name, value in kept.items():
        same = np.array_equal if value.dtype.kind == "i" else np.allclose
        assert same(getattr(state, name), value), name
    assert state.load == pytest.approx(toy.loads(school))
    assert state.totals[3] == pytest.approx(toy.shape.cost(school))
    assert state.trespass.sum() == np.isnan(toy.cost[np.arange(toy.n), school]).sum()
    assert not check_zones(toy, school).severed and not check_zones(toy, school).astray
