"""What holds of every division, whatever the county."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout_planner.districts.diagnosis import nearest_windows
from layout_planner.engines.districting.check import check_division
from layout_planner.engines.districting.division import divide
from layout_planner.engines.districting.problem import Costs, DistrictProblem, make_problem
from layout_planner.solving.graphs import adjacency_rows
from tests.districts.counties import random_county
from tests.districts.second import flow_feasible


def relabelled(problem: DistrictProblem, order: np.ndarray) -> DistrictProblem:
    """The same county with its units in another order: old unit order[i] becomes unit i."""
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    c = problem.costs
    costs = Costs(
        np.ascontiguousarray(c.linear[order]), c.lead, np.zeros(len(c.border)), np.ascontiguousarray(c.sums[:, order]),
        c.lead_sums, c.kind, c.first, c.second, c.third, c.target, c.weight, c.constant,
    )  # fmt: skip
    homes = None if problem.mode == "none" else [int(place[h]) if h >= 0 else -1 for h in problem.homes]
    return make_problem(
        place[problem.edges], problem.weights[:, order], problem.low, problem.high, problem.districts, costs, homes,
        problem.mode, problem.lead_weights,
    )  # fmt: skip


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 100_000), mode=st.sampled_from(["inside", "detached", "none"]))
def test_divisions_are_lawful_or_proved_impossible(seed: int, mode: str) -> None:
    problem = random_county(20, 4, seed, (3, 7), mode, people=0.15, pupils=0.25)
    found = divide(problem, seed=seed % 7)
    assert found.status in ("optimal", "infeasible")
    if found.status == "optimal":
        assert check_division(problem, found.plan).feasible
        assert found.bound <= found.cost + 1e-9
    elif found.plan is not None:
        faults = check_division(problem, found.plan)
        assert faults.outside and not faults.severed and not faults.unassigned and not faults.empty and not faults.leads


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 100_000), mode=st.sampled_from(["inside", "detached", "none"]))
def test_relabelling_changes_nothing_but_labels(seed: int, mode: str) -> None:
    problem = random_county(18, 4, seed, (3, 6), mode, people=0.2, pupils=0.3)
    order = np.random.default_rng(seed).permutation(problem.n)
    one, two = divide(problem), divide(relabelled(problem, order))
    assert one.status == two.status
    if one.status == "optimal":
        assert two.cost == pytest.approx(one.cost, abs=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["inside", "detached"])
def test_infeasible_is_infeasible_by_the_flow_model_too(mode: str) -> None:
    claimed = 0
    for seed in range(30):
        problem = random_county(10, 3, seed, (3, 4), mode, people=0.06, pupils=0.10)
        found = divide(problem)
        if found.status == "infeasible":
            claimed += 1
            assert not flow_feasible(problem)
            if claimed == 3:
                break
        elif seed < 4:
            assert flow_feasible(problem)
    assert claimed == 3


def test_the_nearest_windows_can_be_met_and_nearer_ones_cannot() -> None:
    problem = next(
        p
        for p in (random_county(16, 4, seed, (3, 5), "inside", people=0.05, pupils=0.08) for seed in range(40))
        if divide(p).status == "infeasible"
    )
    every = [n for n in nearest_windows(problem) if n.by == n.by]
    assert every
    for near in every:
        wide = problem.with_windows(np.array(near.low), np.array(near.high))
        assert divide(wide).status == "optimal"
        if len(near.windows) == 1 and near.windows[0] > 0:
            r = near.windows[0]
            by = int(0.006 * (problem.low[r] + problem.high[r]) / 2)
            low, high = wide.low.copy(), wide.high.copy()
            low[r], high[r] = min(low[r] + by, problem.low[r]), max(high[r] - by, problem.high[r])
            assert divide(replace(problem, low=low, high=high)).status == "infeasible"


def test_same_seed_same_answer() -> None:
    problem = random_county(33, 8, 4, (3, 5), "detached")
    one, two = divide(problem, seed=3), divide(problem, seed=3)
    assert np.array_equal(one.plan.district_of, two.plan.district_of)
    assert np.array_equal(one.plan.lead_of, two.plan.lead_of)


def test_compressed_rows_have_no_loops_or_repeats() -> None:
    indptr, indices = adjacency_rows(3, [(0, 1), (1, 0), (2, 2), (1, 2), (1, 2)])
    assert indptr.tolist() == [0, 1, 3, 4] and indices.tolist() == [1, 0, 2, 1]
