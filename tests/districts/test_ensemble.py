"""The Markov chain: its law against full enumeration, its constraints, its diagnostics."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import numpy as np
import pytest

from layout_planner.base.errors import DataError
from layout_planner.districts.ensemble import ensemble, matched_leads, run_chain
from layout_planner.districts.mixing import effective_size, split_rhat
from layout_planner.districts.partition import PUBLISHED, partition
from layout_planner.engines.districting.check import check_division
from layout_planner.engines.districting.costs import plan_cost, plan_costs
from layout_planner.engines.districting.division import divide
from layout_planner.engines.districting.problem import ArrayPlan, make_problem
from layout_planner.engines.districting.trees import PAIRS, REVERSIBLE, chain, cut_edges
from layout_planner.plan.districting import measures_of
from layout_planner.reading import sample
from layout_planner.solving.chance import below, new_state, uniform
from layout_planner.travel import travel_matrix
from tests.districts.brute import grid_tilings
from tests.districts.counties import random_county

GRID = [(i * 4 + j, i * 4 + j + 1) for i in range(4) for j in range(3)] + [(u, u + 4) for u in range(12)]


def four_by_four():
    return make_problem(GRID, np.ones((1, 16), dtype=np.int64), [4], [4], 4)


def canonical(of) -> tuple[int, ...]:
    names: dict[int, int] = {}
    return tuple(names.setdefault(int(d), len(names)) for d in of)


def spanning_trees(problem, of) -> int:
    """Product over the districts, by Kirchhoff's theorem."""
    product = 1.0
    for d in range(problem.districts):
        own = np.flatnonzero(of == d)
        laplacian = np.zeros((len(own), len(own)))
        for a, b in problem.edges:
            if of[a] == d and of[b] == d:
                i, j = np.searchsorted(own, [a, b])
                laplacian[[i, j], [j, i]] -= 1
                laplacian[[i, j], [i, j]] += 1
        product *= round(np.linalg.det(laplacian[1:, 1:]))
    return int(product)


@pytest.mark.slow
def test_the_reversible_chain_has_its_law_on_a_grid_of_four_by_four() -> None:
    problem = four_by_four()
    law = {canonical(of): spanning_trees(problem, of) for of in grid_tilings(problem, 4)}
    assert len(law) == 117  # known number of divisions of the grid into four connected fours
    total = sum(law.values())
    kept = np.zeros((60_000, 16), dtype=np.int64)
    start = ArrayPlan(np.repeat(np.arange(4), 4), np.zeros(4, dtype=np.int64))
    told = run_chain(problem, start, 6_000_000, 100, REVERSIBLE, 1, new_state(np.random.default_rng(1)), kept)
    assert told[3] == 0
    seen = Counter(canonical(of) for of in kept)
    assert set(seen) == set(law)
    expected = np.array([len(kept) * law[key] / total for key in law])
    found = np.array([seen[key] for key in law])
    chi_square = float(((found - expected) ** 2 / expected).sum())
    assert chi_square < 170  # 116 degrees of freedom: the 99.9 % point is 168


def test_the_plain_chain_reaches_every_division_but_has_another_law() -> None:
    problem = four_by_four()
    kept = np.zeros((20_000, 16), dtype=np.int64)
    start = ArrayPlan(np.repeat(np.arange(4), 4), np.zeros(4, dtype=np.int64))
    run_chain(problem, start, 200_000, 10, PAIRS, 1, new_state(np.random.default_rng(1)), kept)
    assert len({canonical(of) for of in kept}) == 117


@pytest.mark.parametrize("mode", ["inside", "none"])
@pytest.mark.parametrize("rule", [PAIRS, REVERSIBLE])
def test_every_division_kept_is_lawful(mode: str, rule: int) -> None:
    problem = random_county(33, 5, 2, (6, 9), mode)
    start = divide(problem).plan
    kept = np.zeros((50, 33), dtype=np.int64)
    told = run_chain(problem, start, 5_000, 100, rule, 8, new_state(np.random.default_rng(0)), kept)
    assert told[0] > 50
    for of in kept:
        assert check_division(problem, ArrayPlan(of, start.lead_of)).feasible
    edges = problem.edges
    assert (
        cut_edges(problem.indptr, problem.indices, kept[:1])[0] == (kept[0][edges[:, 0]] != kept[0][edges[:, 1]]).sum()
    )


def test_the_kernel_does_the_same_uncompiled() -> None:
    problem = four_by_four()
    kept, plain = np.zeros((30, 16), dtype=np.int64), np.zeros((30, 16), dtype=np.int64)
    free = np.full(4, -1, dtype=np.int64)
    ground = problem.ground._replace(homes=free, lead_weights=np.zeros((1, 4), dtype=np.int64))
    for rule in (PAIRS, REVERSIBLE):
        chain(ground, np.repeat(np.arange(4), 4), 30, 1, rule, 2, 50, np.array([7], dtype=np.uint64), kept)
        with np.errstate(over="ignore"):
            chain.py_func(ground, np.repeat(np.arange(4), 4), 30, 1, rule, 2, 50, np.array([7], dtype=np.uint64), plain)
        assert np.array_equal(kept, plain)


def test_random_numbers_are_even() -> None:
    state = new_state(np.random.default_rng(3))
    draws = np.array([uniform(state) for _ in range(20_000)])
    assert draws.min() >= 0 and draws.max() < 1 and abs(draws.mean() - 0.5) < 0.01
    counts = np.bincount([below(state, 7) for _ in range(14_000)], minlength=7)
    assert ((counts - 2000) ** 2 / 2000).sum() < 22.5  # 6 degrees of freedom, 99.9 %


def test_diagnostics_tell_mixed_from_stuck() -> None:
    rng = np.random.default_rng(0)
    independent = rng.normal(0, 1, (4, 1000))
    assert split_rhat(independent) < 1.01 and 3000 < effective_size(independent) < 5000
    apart = independent + np.arange(4)[:, None] * 3
    assert split_rhat(apart) > 2 and effective_size(apart) < 20
    # An autoregression of 0.9 is worth (1 − 0.9)/(1 + 0.9) of its draws.
    slow = np.zeros((4, 20_000))
    noise = rng.normal(0, 1, slow.shape)
    for t in range(1, slow.shape[1]):
        slow[:, t] = 0.9 * slow[:, t - 1] + noise[:, t]
    assert effective_size(slow) == pytest.approx(80_000 / 19, rel=0.2)
    assert split_rhat(np.ones((2, 10))) == 1 and effective_size(np.ones((2, 10))) == 20


@pytest.mark.slow
def test_percentiles_of_the_sample_county() -> None:
    fuxi = sample("fuxi")
    travel = travel_matrix(fuxi, mode="straight")
    found = partition(fuxi, travel, "junior", **PUBLISHED["junior"], divide_towns=False)
    sampled = ensemble(found, steps=20_000, seed=7, chains=4)
    again = ensemble(found, steps=20_000, seed=7, chains=4)
    assert sampled.samples.equals(again.samples)
    rank = sampled.percentile()
    claimed = rank.dropna()
    assert len(claimed) and (claimed >= 0).all() and (claimed <= 100).all()
    # The optimum has the best sum of terms: no sampled division is better in all of them.
    weight = found.terms.set_index("term")["weight"]
    totals = (sampled.samples[weight.index] * weight).sum(axis=1)
    assert found.objective <= totals.min() + 1e-9
    assert sampled.given.to_dict() == pytest.approx(measures_of(found).to_dict())
    with pytest.raises(DataError, match="one chain"):
        ensemble(found, steps=10, chains=1)


def test_nothing_is_claimed_of_a_chain_that_has_not_mixed() -> None:
    fuxi = sample("fuxi")
    found = partition(fuxi, travel_matrix(fuxi, mode="straight"), "junior", **PUBLISHED["junior"], divide_towns=False)
    short = ensemble(found, steps=12, seed=1, chains=2)
    assert short.percentile().isna().all()
    assert any("Not mixed" in note.en for note in short.notes)


@pytest.mark.parametrize("mode", ["inside", "detached", "none"])
def test_many_plans_are_priced_as_each_alone(mode: str) -> None:
    problem = random_county(33, 5, 3, (6, 9), mode)
    plan = divide(problem).plan
    c = problem.costs
    values = plan_costs(plan.district_of[None, :], plan.lead_of[None, :], problem.ground, c)
    assert values[0] + c.constant == pytest.approx(plan_cost(problem, plan))


def test_leads_are_matched_as_well_as_any_order() -> None:
    problem = random_county(20, 4, 5, (3, 7), "detached", people=0.3, pupils=0.4)
    of = divide(problem).plan.district_of
    matched = plan_cost(problem, ArrayPlan(of, matched_leads(problem, of)))
    every = [plan_cost(problem, ArrayPlan(of, np.array(order))) for order in permutations(range(4))]
    assert matched == pytest.approx(min(every))
