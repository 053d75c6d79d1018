"""The arrays, the contraction of places kept together, and the independent check."""

from __future__ import annotations

import numpy as np
import pytest

from layout_planner.base.errors import DataError
from layout_planner.engines.zoning import ZoneProblem, check_zones, contract, solve_zones
from tests.engines.zoning.toys import grid_edges


def row_of(n, homes, cost=None, seats=None):
    away = np.abs(np.arange(n)[:, None] - np.array(homes)[None, :]).astype(float)
    cost = away if cost is None else cost
    seats = np.full(len(homes), n) if seats is None else seats
    return ZoneProblem.from_edges(cost, np.ones(n), seats, grid_edges(1, n), homes)


def test_a_school_keeps_its_own_place():
    problem = row_of(4, [0, 3])
    assert np.isnan(problem.cost[0, 1]) and np.isnan(problem.cost[3, 0])
    assert problem.allowed.sum() == 6


def test_arrays_are_frozen_and_the_callers_untouched():
    cost = np.zeros((3, 2))
    problem = ZoneProblem.from_edges(cost, np.ones(3), [3, 3], [(0, 1), (1, 2), (1, 0), (2, 2)], [0, 2])
    assert not np.isnan(cost).any()
    assert problem.indices.tolist() == [1, 0, 2, 1]
    with pytest.raises(ValueError, match="read-only"):
        problem.cost[0, 0] = 1.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"demand": [1, -1, 1]}, "demand"),
        ({"capacity": [np.nan, 1]}, "capacity"),
        ({"cost": np.full((3, 2), np.inf)}, "infinite"),
        ({"edges": [(0, 7)]}, "0 … 2"),
        ({"home": [1, 1]}, r"schools \[0, 1\]"),
        ({"demand": [1, 1]}, "do not fit"),
    ],
)
def test_bad_arrays_are_named(change, said):
    good = {"cost": np.zeros((3, 2)), "demand": [1, 1, 1], "capacity": [3, 3], "edges": [(0, 1)], "home": [0, 2]}
    with pytest.raises(DataError, match=said):
        ZoneProblem.from_edges(**{**good, **change})


def test_all_faults_at_once():
    with pytest.raises(DataError) as caught:
        ZoneProblem.from_edges(np.zeros((2, 2)), [-1, 1], [np.inf, 1], [(0, 5)], [0, 0])
    assert len(caught.value.faults) == 4


def test_restrict_keeps_edges_inside():
    part = row_of(5, [0, 4]).restrict(np.array([2, 3, 4]), np.array([1]))
    assert part.indices.tolist() == [1, 0, 2, 1]
    assert part.home.tolist() == [2] and part.cost[:, 0].tolist() == [2.0, 1.0, 0.0]


def test_contract_sums_and_joins():
    problem = row_of(6, [0, 5])
    small = contract(problem, [(1, 2), (2, 3)])
    assert small.group_of.tolist() == [0, 1, 1, 1, 2, 3]
    assert small.problem.demand.tolist() == [1, 3, 1, 1]
    assert small.problem.cost[1].tolist() == [6.0, 9.0]
    assert small.problem.indices.tolist() == [1, 0, 2, 1, 3, 2]
    lawful = solve_zones(small.problem, rounds=1, seconds=np.inf)
    assert small.expand(lawful.school_of).tolist() == [0, 0, 0, 0, 1, 1]
    assert small.shrink(np.array([0, 0, 0, 0, 1, 1])).tolist() == [0, 0, 1, 1]


def test_what_one_member_may_not_the_group_may_not():
    cost = row_of(4, [0, 3]).cost.copy()
    cost[1, 0] = np.nan
    assert np.isnan(contract(row_of(4, [0, 3], cost), [(1, 2)]).problem.cost[1, 0])


def test_groups_with_two_schools_are_refused():
    with pytest.raises(DataError, match="stand in one place"):
        contract(row_of(4, [0, 3]), [(0, 3)])


def test_check_names_every_fault():
    problem = row_of(6, [0, 5], seats=[2, 9])
    assert check_zones(problem, np.array([0, 0, 1, 1, 1, 1])).feasible
    faults = check_zones(problem, np.array([0, 1, 0, 0, -1, 1]))
    assert faults.unassigned == (4,)
    assert faults.overfull == (0,)
    assert faults.severed == (1, 2, 3)
    assert check_zones(problem, np.array([1, 0, 1, 1, 1, 1])).astray == (0,)
    assert check_zones(problem, np.array([1, 0, 1, 1, 1, 1])).forbidden == (0,)
