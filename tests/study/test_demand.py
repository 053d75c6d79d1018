"""Demand from one basis to another: totals kept, shares kept, the assumption told."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout_planner.base.errors import DataError
from layout_planner.reading import sample
from layout_planner.study import convert_demand


def test_enrolled_takes_the_rolls_by_grade() -> None:
    study = sample("zhigang")
    found = convert_demand(study, "enrolled")
    assert found.demand_base == "enrolled"
    counted = study.rolls.loc[study.rolls["stage"].isin(study.pupils["stage"])]
    for (stage, grade), pupils in counted.groupby(["stage", "grade"])["pupils"].sum().items():
        mine = found.pupils.loc[(found.pupils["stage"] == stage) & (found.pupils["grade"] == grade), "pupils"]
        assert mine.sum() == pytest.approx(pupils)
    assert "where they live is taken from the former" in found.sources["statements"][-1].en
    assert study.demand_base == "residents"


@settings(max_examples=8, deadline=None)
@given(total=st.integers(0, 60_000))
def test_a_total_is_kept_to_the_child_and_other_stages_stay(total: int) -> None:
    study = sample("zhigang")
    found = convert_demand(study, "hukou", pd.Series({"primary": total}, name="n").rename_axis("stage"))
    assert found.demand("primary").sum() == total
    pd.testing.assert_series_equal(found.demand("junior"), study.demand("junior"))


def test_totals_by_township() -> None:
    study = sample("fuxi")
    town = study.places["township_id"].iloc[0]
    index = pd.MultiIndex.from_tuples([(town, "primary")], names=["township_id", "stage"])
    found = convert_demand(study, "hukou", pd.Series([777], index=index))
    home = study.places["township_id"]
    before, after = (one.demand("primary").groupby(home).sum() for one in (study, found))
    assert after[town] == 777
    pd.testing.assert_series_equal(after.drop(town), before.drop(town))


def test_what_cannot_be_done_is_told() -> None:
    study = sample("zhigang")
    with pytest.raises(DataError, match="is not said"):
        convert_demand(study, "hukou")
    with pytest.raises(DataError, match="none to share them by"):
        convert_demand(study, "hukou", pd.Series({"special": 5}).rename_axis("stage"))
