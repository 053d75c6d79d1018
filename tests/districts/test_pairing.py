"""Pairs and groups on matrices worked out by hand, against trying them all, and on the sample county."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout_planner.base.errors import DataError
from layout_planner.districts.pair import _match, pair, share_resource
from layout_planner.measures.balance import difference_coefficient
from layout_planner.reading import sample
from layout_planner.travel import travel_matrix


def test_two_pairs_of_three() -> None:
    cost = np.array([[1.0, 2.0, 9.0], [1.5, 9.0, 9.0], [9.0, 9.0, 3.0]])
    # Two pairs: 1.5 + 2 = 3.5 beats 1 + 3 = 4; three pairs add the 3.
    assert sorted(_match(cost, 1, 2)) == [(0, 1), (1, 0)]
    assert sorted(_match(cost, 1, 3)) == [(0, 1), (1, 0), (2, 2)]
    assert sorted(_match(cost, 2, 2)) == [(0, 0), (0, 1)]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 5))
def test_all_pairs_cost_least(seed: int, n: int) -> None:
    cost = np.random.default_rng(seed).normal(0, 1, (n, n))
    chosen = _match(cost, 1, n)
    best = min(sum(cost[i, j] for i, j in enumerate(p)) for p in permutations(range(n)))
    assert sum(cost[i, j] for i, j in chosen) == pytest.approx(best)


def test_sharing_all_makes_partners_alike_and_loses_nothing() -> None:
    resource = pd.Series({"a": 30.0, "b": 0.0, "c": 10.0})
    pupils = pd.Series({"a": 100.0, "b": 50.0, "c": 50.0})
    group = pd.Series({"a": "a", "b": "a"})
    after = share_resource(resource, pupils, group, 1.0)
    assert after.to_dict() == {"a": 20.0, "b": 10.0, "c": 10.0}
    assert difference_coefficient(after, pupils) == 0  # 0.2 a pupil everywhere
    half = share_resource(resource, pupils, group, 0.5)
    assert half.to_dict() == {"a": 25.0, "b": 5.0, "c": 10.0}


def test_pairs_and_groups_of_the_sample_county() -> None:
    fuxi = sample("fuxi")
    travel = travel_matrix(fuxi, mode="straight")
    nine = pair(fuxi, travel, "primary", count=9)
    assert len(nine.table) == 9 and nine.status == "optimal"
    assert nine.table["core"].is_unique and nine.table["member"].is_unique
    assert (nine.table["need"] > 0).all() and len(nine.unmatched) > 0
    groups = pair(fuxi, travel, "primary", members=4)
    assert groups.table["member"].is_unique and groups.table["core"].value_counts().max() <= 4
    every = groups.effect.xs("all", level="group")
    assert (every["after"] < every["before"]).all()
    each = groups.effect.drop(index="all", level="group")
    assert set(each.index.get_level_values("group")) == set(groups.table["core"])
    assert each["inside_after"].to_numpy() == pytest.approx(0, abs=1e-9) and (each["inside_before"] > 0).all()
    assert groups.group_of.nunique() <= 12
    nothing = pair(fuxi, travel, "primary", count=9, shared=0.0)
    assert np.allclose(nothing.effect["after"], nothing.effect["before"])
    with pytest.raises(DataError, match="at most"):
        pair(fuxi, travel, "primary", count=500)
    with pytest.raises(DataError, match="P001"):
        pair(fuxi, travel, "primary", strong=["P001"], weak=["P001"])
