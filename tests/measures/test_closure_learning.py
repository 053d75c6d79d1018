"""What is learnt from earlier closures: out of fold, offered only where it tells more, never from afterwards."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.measures.closure import told_by
from layout_planner.measures.closure_learning import AFTERWARDS, learn_closures
from tests.beside import DATA


def made(rule: str, schools: int = 200) -> tuple[pd.DataFrame, list[str]]:
    """Schools of which those close that a rule says: by the roll, by roll and quality alike, or by chance."""
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        {"roll": rng.uniform(20, 800, schools), "quality": rng.uniform(0, 1, schools)},
        index=pd.Index([f"S{i:03d}" for i in range(schools)], name="school_id"),
    )
    told = {"roll": table["roll"], "both": table["roll"] / 800 + table["quality"], "chance": rng.uniform(0, 1, schools)}
    return table, list(table.index[np.argsort(np.asarray(told[rule]), kind="stable")[: schools // 5]])


def test_what_the_county_did_is_found_and_explained() -> None:
    factors, closed = made("both")
    learned = learn_closures(factors, closed)
    assert learned.offered
    assert learned.figures.at["learned", "auc"] > 0.97 > learned.figures.at["roll", "auc"]
    assert set(learned.importance.index) == {"roll", "quality"}
    assert (learned.importance["lost_auc"] > 0.1).all()
    first = learned.table.iloc[0]
    assert first["share_roll"] > 0 and first["share_quality"] > 0  # small and weak: both speak for closing
    assert learned.table["chance"].is_monotonic_decreasing


def test_the_chances_are_shares_of_schools_that_close() -> None:
    factors, closed = made("both")
    assert learn_closures(factors, closed).table["chance"].mean() == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize("rule", ["roll", "chance"])
def test_what_tells_no_more_than_a_plain_order_is_not_offered(rule: str) -> None:
    factors, closed = made(rule)
    learned = learn_closures(factors, closed, ["roll", "quality"])
    assert not learned.offered
    with lp.using_language("en"):
        assert "Not to be used" in str(learned.note)


def test_the_same_input_gives_the_same_answer() -> None:
    factors, closed = made("both")
    one, two = (learn_closures(factors, closed, seed=1) for _ in range(2))
    pd.testing.assert_frame_equal(one.table, two.table)
    pd.testing.assert_frame_equal(one.importance, two.importance)


@pytest.mark.parametrize("name", [*sorted(AFTERWARDS), "points_roll"])
def test_what_was_known_afterwards_is_refused(name: str) -> None:
    factors, closed = made("roll")
    with lp.using_language("en"), pytest.raises(lp.DataError, match="only afterwards"):
        learn_closures(factors.assign(**{name: 1.0}), closed, ["roll", name])


def test_too_few_and_no_numbers() -> None:
    factors, closed = made("roll")
    with lp.using_language("en"), pytest.raises(lp.DataError, match="too few to learn from"):
        learn_closures(factors, closed[:9])
    with lp.using_language("en"), pytest.raises(lp.DataError, match="no column of numbers"):
        learn_closures(factors.assign(kind="a"), closed, ["roll", "kind"])


def places() -> tuple[pd.DataFrame, pd.Series]:
    """Three real places with the factors all of them know."""
    parts = []
    for place in ("chicago_2013", "puerto_rico_2018", "new_zealand_2015"):
        file = DATA / "closures" / place / "schools.csv"
        if not file.is_file():
            pytest.skip("the real data ../shared/data/closures are not here")
        table = pd.read_csv(file, encoding="utf-8-sig")
        table.index = pd.Index([f"{place}:{school}" for school in table["school_id"]], name="school_id")
        ranks = {"roll": table["enrolment"].rank(pct=True), "next_minutes": table["next_school_km"].rank(pct=True)}
        parts.append(pd.DataFrame({**ranks, "closed": table["closed"]}).dropna())
    every = pd.concat(parts)
    return every, pd.Series([name.split(":")[0] for name in every.index], every.index)


def test_leaving_one_real_place_out_teaches_nothing_that_the_roll_does_not_tell() -> None:
    table, place = places()
    closed = table.index[table["closed"] == 1]
    learned = learn_closures(table, closed, ["roll", "next_minutes"], place=place)
    assert learned.importance.index[0] == "roll"
    for name in place.unique():
        mine = learned.table.loc[place.index[place == name]]
        did = mine.index.isin(closed)
        auc, error, *_ = told_by(mine["chance"].to_numpy(), did)
        assert auc >= told_by(-table.loc[mine.index, "roll"].to_numpy(), did)[0] - error
