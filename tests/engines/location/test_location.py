"""Location against trying everything, compiled and as plain Python, and against the published optimum."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from scipy.sparse.csgraph import shortest_path

from benchmarks.median import solve_median
from layout_planner.engines.location.capacitated import solve_counts, solve_location
from layout_planner.engines.location.problem import CLOSED, OPEN, LocationProblem, make_problem
from tests.beside import BENCH
from tests.plain import plain

ROOM = "layout_planner.engines.location"


def cheapest_median(cost: np.ndarray, p: int) -> float:
    return min(cost[:, list(chosen)].min(axis=1).sum() for chosen in combinations(range(cost.shape[1]), p))


def cheapest_location(problem: LocationProblem) -> float:
    best = np.inf
    for size in range(1, problem.sites + 1):
        for chosen in combinations(range(problem.sites), size):
            is_open = np.isin(np.arange(problem.sites), chosen)
            for home in product(chosen, repeat=problem.places):
                best = min(best, problem.objective(np.array(home), is_open))
    return best


def random_location(seed: int, sites: int = 3) -> LocationProblem:
    rng = np.random.default_rng(seed)
    places = 6
    demand = rng.integers(1, 6, places).astype(float)
    seats = np.sort(rng.integers(4, 16, (sites, 2)), axis=1).astype(float)
    price = np.cumsum(rng.integers(1, 12, (sites, 2)), axis=1).astype(float)
    cost = rng.integers(1, 20, (places, sites)).astype(float)
    return make_problem(
        cost, demand, seats, price, fewest=int(rng.integers(0, 2)), most=int(rng.integers(2, sites + 1)),
        least=float(rng.integers(0, 4)), floor=6.0, floor_price=0.5,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("form", ["compiled", "plain"])
@pytest.mark.parametrize("seed", range(12))
def test_median_is_that_of_trying_all(seed: int, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if form == "plain":
        plain(monkeypatch, ROOM, "benchmarks.median")
        monkeypatch.setattr("benchmarks.median.SHAKES", 5)
    rng = np.random.default_rng(seed)
    cost = rng.integers(0, 50, (9, 7)).astype(float)
    p = int(rng.integers(1, 6))
    found = solve_median(cost, p, whole=True, seconds=np.inf)
    assert found.objective == cheapest_median(cost, p)
    assert found.bound == found.objective and found.proved
    assert len(found.open) == p and cost[:, found.open].min(axis=1).sum() == found.objective


def test_median_minds_sites_that_must_be_open_or_closed() -> None:
    cost = np.array([[0.0, 5, 9], [5, 0, 9], [9, 9, 0]])
    free = solve_median(cost, 2, whole=True, seconds=np.inf)
    assert free.objective == 5.0
    forced = solve_median(cost, 2, state=np.array([0, 0, CLOSED]), whole=True, seconds=np.inf)
    assert forced.open.tolist() == [0, 1] and forced.objective == 9.0
    kept = solve_median(cost, 1, state=np.array([0, 0, OPEN]), whole=True, seconds=np.inf)
    assert kept.open.tolist() == [2] and kept.objective == 18.0
    with pytest.raises(ValueError, match="p does not fit"):
        solve_median(cost, 4)


@pytest.mark.parametrize("number", [1, 7, 13])
def test_published_medians_are_proved(number: int) -> None:
    file = BENCH / "pmedian" / f"pmed{number}.txt"
    if not file.is_file():
        pytest.skip("the published instances ../shared/bench/pmedian are not here")
    n, edges, p, *rest = (int(word) for word in file.read_text().split())
    graph = np.full((n, n), np.inf)
    for i, j, length in np.array(rest[: 3 * edges]).reshape(-1, 3):
        graph[i - 1, j - 1] = graph[j - 1, i - 1] = length  # a repeated edge's last length counts
    cost = shortest_path(np.where(np.isinf(graph), 0.0, graph), method="D", directed=False)
    optimum = {1: 5819, 7: 5631, 13: 4374}[number]
    found = solve_median(cost, p, whole=True, seconds=np.inf)
    assert found.proved and found.objective == found.bound == optimum


@pytest.mark.parametrize("seed", range(25))
def test_location_is_that_of_trying_all(seed: int) -> None:
    problem = random_location(seed)
    best = cheapest_location(problem)
    found = solve_location(problem, gap=0.0, seconds=np.inf)
    if np.isinf(best):
        assert found.home is None
        return
    assert found.objective == pytest.approx(best)
    assert found.bound <= best + 1e-6
    assert problem.objective(found.home, found.is_open) == pytest.approx(best)


@pytest.mark.parametrize("seed", [0, 3, 5])
def test_location_in_plain_python(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    plain(monkeypatch, ROOM, "benchmarks.median")
    problem = random_location(seed)
    best = cheapest_location(problem)
    found = solve_location(problem, gap=0.0, seconds=np.inf)
    assert found.bound <= best + 1e-6
    if found.home is not None:
        assert found.objective >= best - 1e-6
        assert problem.objective(found.home, found.is_open) == pytest.approx(found.objective)


def test_each_number_of_sites_costs_what_it_must() -> None:
    rng = np.random.default_rng(4)
    cost = rng.integers(1, 20, (6, 3)).astype(float)
    problem = make_problem(cost, np.ones(6), np.full(3, 6.0))
    found = solve_counts(problem, [1, 2, 3], gap=0.0, seconds=np.inf)
    for number, result in found.items():
        best = cheapest_location(problem.with_(fewest=number, most=number))
        assert result.objective == pytest.approx(best) and result.bound <= best + 1e-6
    assert found[1].objective >= found[2].objective  # free sites: more can only help
