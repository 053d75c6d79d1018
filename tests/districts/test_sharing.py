"""Sharing inside districts: sums stay, travel is least, and the sample county end to end."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from layout_planner.base.errors import DataError
from layout_planner.districts.partition import PUBLISHED, partition
from layout_planner.districts.sharing import (
    annex_table,
    district_balance,
    joint_days,
    lesson_balance,
    pool_posts,
    school_minutes,
    send_lessons,
    travelling_teachers,
)
from layout_planner.reading import sample
from layout_planner.travel import travel_matrix


def balance(rows: list[tuple[str, str, str, float, float]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["district", "school_id", "subject", "needed", "given"])
    table["missing"] = (table["needed"] - table["given"]).clip(lower=0)
    table["spare"] = (table["given"] - table["needed"]).clip(lower=0)
    return table.set_index(["school_id", "subject"])


def test_posts_are_pooled_to_the_last_one() -> None:
    districting = SimpleNamespace(
        stage="primary", school_district=pd.Series({"a": "D1", "b": "D1", "c": "D1", "d": "D2"})
    )
    by = pd.Series({"a": 300, "b": 200, "c": 100, "d": 50})
    posts = pd.Series({"a": 10, "b": 2, "c": 1, "d": 4})
    table = pool_posts(districting, None, posts, minimum=2, by=by)
    # D1: 13 posts, 6 as minimum, 7 by 3 : 2 : 1 = 3.5, 2.33, 1.17 → 3 + 1, 2, 1 (the largest remainder is a's).
    assert table["after"].to_dict() == {"a": 6.0, "b": 4.0, "c": 3.0, "d": 4.0}
    assert table.groupby("district")[["before", "after"]].sum().eval("before == after").all()
    with pytest.raises(DataError, match="D1"):
        pool_posts(districting, None, posts, minimum=5, by=by)


def test_teachers_travel_the_least_that_covers_most() -> None:
    table = balance(
        [
            ("D1", "a", "art", 10, 16),
            ("D1", "b", "art", 10, 14),
            ("D1", "c", "art", 10, 5),
            ("D1", "d", "art", 10, 8),
            ("D2", "e", "art", 10, 30),
        ]
    )
    minutes = pd.DataFrame(
        [[0, 9, 10, 30, 1], [9, 0, 20, 25, 1], [10, 20, 0, 9, 1], [30, 25, 9, 0, 1], [1, 1, 1, 1, 0]],
        index=list("abcde"), columns=list("abcde"), dtype=float,
    )  # fmt: skip
    found = travelling_teachers(table, minutes)
    # c misses 5 and d misses 2; a → c 5 and b → d 2 is the least (5·10 + 2·25), and e stays in its own district.
    assert found[["sender", "receiver", "lessons"]].to_numpy().tolist() == [["a", "c", 5.0], ["b", "d", 2.0]]
    near = travelling_teachers(table, minutes, most_minutes=15)
    assert near[["sender", "receiver", "lessons"]].to_numpy().tolist() == [["a", "c", 5.0]]


def test_lessons_are_sent_where_most_are_missed() -> None:
    table = balance([("D1", "L", "art", 20, 30), ("D1", "m", "art", 20, 2), ("D1", "m", "music", 10, 6)])
    districting = SimpleNamespace(districts=["D1"], lead_of=pd.Series({"D1": "L"}))
    found = send_lessons(districting, table, hours=3, receivers=6, cost_room=1000, cost_lesson=10).loc["D1"]
    # 18 art lessons need three hours of six classes; nothing is left for music.
    assert (found["missing"], found["covered"], found["sent"], found["rooms"]) == (22, 18, 3, 1)
    assert found["cost"] == 1000 + 40 * 3 * 10
    assert found["out_of_subject_before"] == pytest.approx(22 / 50)
    assert found["out_of_subject_after"] == pytest.approx(4 / 50)


def test_the_sample_county_end_to_end() -> None:
    fuxi = sample("fuxi")
    travel = travel_matrix(fuxi, mode="straight")
    found = partition(fuxi, travel, "junior", **PUBLISHED["junior"])
    minutes = school_minutes(fuxi, travel, found)
    assert np.allclose(np.diag(minutes), 0) and np.allclose(minutes, minutes.T)
    lessons = lesson_balance(found, fuxi)
    assert lessons["missing"].sum() == pytest.approx(lessons["spare"].sum())
    moved = travelling_teachers(lessons, minutes, most_minutes=np.inf)
    assert 0 < moved["lessons"].sum() <= lessons["missing"].sum() + 1e-6
    of = found.school_district
    assert (of.reindex(moved["sender"]).to_numpy() == of.reindex(moved["receiver"]).to_numpy()).all()
    sent = send_lessons(found, lessons)
    assert (sent["out_of_subject_after"] <= sent["out_of_subject_before"]).all()
    days = joint_days(found, minutes)
    assert days["members"].sum() == 28 - 5 and (days["hours"] > 0).all()
    table = district_balance(found, fuxi, shared=1.0)
    inside = table.loc[~table["district"].isin(["between", "total"])]
    assert inside["coefficient_after"].to_numpy() == pytest.approx(0, abs=1e-9)
    total = table.loc[table["district"] == "total"].set_index("indicator")
    parts = table.loc[table["district"] != "total"].groupby("indicator")[["part", "part_after"]].sum()
    assert parts["part"].to_numpy() == pytest.approx(total.loc[parts.index, "part"].to_numpy())
    between = table.loc[table["district"] == "between"].set_index("indicator")
    assert total["coefficient_after"].to_numpy() == pytest.approx(between["coefficient"].to_numpy())
    annex = annex_table(found, fuxi)
    assert len(annex) == 5 and annex["population"].sum() == fuxi.places["population"].sum()
    assert sum(len(m.split("、")) for m in annex["members"]) == 28 - 5
