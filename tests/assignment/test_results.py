"""Units back to their rows: a place that is divided sends the like share of every grade; nobody is lost or doubled."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from layout_planner.assignment.results import back_to_rows

ROWS = pd.DataFrame(
    {"place_id": ["A", "A", "A", "B", "B"], "grade": [1, 2, 3, 1, 2], "pupils": [30.0, 20.0, 10.0, 9.0, 6.0]}
)
UNIT_OF = np.array([0, 0, 0, 1, 1])


def _sent(amounts: list[float], unplaced: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    case = SimpleNamespace(schools=np.array(["S", "T"], dtype=object))
    unit, school = np.array([0, 0, 1]), np.array([0, 1, 1])
    left = np.array([unplaced, 0.0])
    return back_to_rows(case, ROWS, UNIT_OF, unit, school, np.array([*amounts, 15.0]), left)  # type: ignore[arg-type]


@pytest.mark.parametrize(("amounts", "unplaced"), [([40.0, 20.0], 0.0), ([31.0, 29.0], 0.0), ([30.0, 18.0], 12.0)])
def test_a_divided_place_sends_the_like_share_of_every_grade(amounts, unplaced):
    placed, over = _sent(amounts, unplaced)
    mine = placed.query("place_id == 'A'").pivot_table("pupils", "grade", "school_id", aggfunc="sum").fillna(0.0)
    for school, amount in zip(("S", "T"), amounts, strict=True):
        assert mine[school].sum() == pytest.approx(amount)
        # 30, 20 and 10 of sixty: a half, a third and a sixth of whoever goes there, to the nearest child
        assert np.abs(mine[school] - amount * np.array([30, 20, 10]) / 60).max() < 1
    assert over["pupils"].sum() == pytest.approx(unplaced)
    everyone = pd.concat([placed, over]).groupby(["place_id", "grade"])["pupils"].sum()
    assert everyone.to_dict() == {("A", 1): 30, ("A", 2): 20, ("A", 3): 10, ("B", 1): 9, ("B", 2): 6}


def test_a_place_that_goes_whole_stays_as_it_is():
    placed, _ = _sent([40.0, 20.0], 0.0)
    whole = placed.query("place_id == 'B'")
    assert set(whole["school_id"]) == {"T"}
    assert whole["pupils"].tolist() == [9.0, 6.0]
