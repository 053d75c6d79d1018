"""Ways of pupils: weighted quantiles by hand and against a slow reading of their definition."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layout_planner import Rules
from layout_planner.measures.distance import WAYS, beyond_reach, mean_by, ways, ways_by, weighted_quantile


def test_quantiles_by_hand() -> None:
    minutes, pupils = pd.Series([30.0, 10.0, 20.0, np.nan]), pd.Series([1.0, 5.0, 4.0, 9.0])
    assert weighted_quantile(minutes, pupils, 0.5) == 10  # 5 of 10 go 10 minutes
    assert weighted_quantile(minutes, pupils, 0.51) == 20
    assert weighted_quantile(minutes, pupils, 0.9) == 20
    assert weighted_quantile(minutes, pupils, 0.91) == 30
    assert weighted_quantile(minutes, pupils, 1.0) == 30
    assert np.isnan(weighted_quantile(minutes.iloc[3:], pupils.iloc[3:], 0.5))
    flows = pd.DataFrame({"minutes": minutes, "pupils": pupils})
    assert ways(flows, "minutes").to_dict() == {"mean": 16.0, "median": 10, "p90": 20, "p95": 30, "max": 30}
    assert ways(flows.iloc[:0], "minutes").isna().all()
    nobody = flows.assign(pupils=0.0)
    assert ways(nobody, "minutes").isna().all()


rows = st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 30)), st.integers(0, 6), st.integers(-1, 3)), max_size=30)


@given(rows)
def test_groups_as_each_by_itself(data: list[tuple[int | None, int, int]]) -> None:
    values = np.array([np.nan if v is None else v for v, _, _ in data], dtype=float)
    pupils = np.array([p for _, p, _ in data], dtype=float)
    group = np.array([g for _, _, g in data], dtype=np.intp)
    found = ways_by(values, pupils, group, 5)
    means = mean_by(values, pupils, group, 5)
    for g in range(5):
        # Count heads: every pupil stands in a row by the way, the q-th of the row is asked.
        row = sorted(v for v, p, own in data if own == g and v is not None for _ in range(p))
        want = [np.nan] * 5
        if row:
            at = [row[int(np.ceil(q * len(row) - 1e-9)) - 1] for q in (0.5, 0.9, 0.95)]
            want = [sum(row) / len(row), *at, row[-1]]
        np.testing.assert_allclose(found[g], want)
        np.testing.assert_allclose(means[g], want[0])
    assert WAYS == ("mean", "median", "p90", "p95", "max")


def test_reach_is_judged_grade_by_grade() -> None:
    rules = Rules().with_(primary={"reach_minutes[1-3]": 30}, every={"reach_minutes[7-9]": 60})
    flows = pd.DataFrame(
        {
            "stage": ["primary"] * 5 + ["junior"], "grade": [1, 3, 4, 2, 1, 8],
            "how": ["day", "day", "day", "day", "board", "bus"],
            "minutes": [30.0, 30.1, 99.0, np.nan, 99.0, 61.0],
        },
        index=list("uvwxyz"),
    )  # fmt: skip
    found = beyond_reach(flows, rules, "minutes")
    assert found["u"] is np.False_ or found["u"] == False  # noqa: E712 - a nullable boolean
    assert found["v"] and found["z"]
    assert found[["w", "x", "y"]].isna().all()  # no rule, no way, a boarder
    assert beyond_reach(flows.iloc[:0], rules, "minutes").empty
    assert beyond_reach(flows.assign(metres=1.0), rules, "metres").isna().all()


def test_a_rule_on_minutes_is_judged_by_the_mode_the_child_uses() -> None:
    rules = Rules().with_(
        primary={"reach_minutes": 30, "reach_minutes_walk": 20, "reach_minutes_ebike": 15, "reach_minutes_bus": 40}
    )
    flows = pd.DataFrame(
        {
            "stage": "primary", "grade": 1, "how": ["day", "day", "day", "bus", "lodge"],
            "mode": ["walk", "ebike", "drive", "walk", "ebike"], "minutes": [18.0, 18.0, 31.0, 39.0, 99.0],
        }
    )  # fmt: skip
    assert beyond_reach(flows, rules, "minutes", "usual").tolist() == [False, True, True, False, pd.NA]


@pytest.mark.parametrize("grade", [-2, 0, 12])
def test_every_grade_there_is(grade: int) -> None:
    rules = Rules().with_(every={f"reach_minutes[{'k1' if grade == -2 else 'k3' if grade == 0 else 12}]": 5})
    flows = pd.DataFrame({"stage": ["x"], "grade": [grade], "how": ["day"], "minutes": [6.0]})
    assert beyond_reach(flows, rules, "minutes").tolist() == [True]
