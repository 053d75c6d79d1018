"""Replies of families: five hundred gathered, damaged and double ones named, nothing trusted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layout_planner as lp
from layout_planner.base.messages import Text, using_language
from layout_planner.catchments import consultation
from layout_planner.catchments.hearing.consultation import centroid_weights
from layout_planner.catchments.hearing.form import MOST_BYTES, Reply, read_reply
from layout_planner.measures.findings import check_plan
from layout_planner.plan import Plan, plan_digest
from layout_planner.scenario import Close, Scenario
from tests.toy.county import line_county, line_travel

ORDER = ["near", "small", "same", "together"]


@pytest.fixture(scope="module")
def plan() -> Plan:
    """The county on a line without S1: A, B and C go to S2."""
    return lp.solve(line_county(seats={"S2": 400.0}), line_travel(), lp.Rules.load("cn-layout-2012"),
                    scenario=Scenario("close", [Close("S1")]))  # fmt: skip


def reply(plan: Plan, number: int, **changes: Any) -> dict[str, Any]:
    whole = {
        "format": "layout-planner reply", "version": 1, "plan": plan_digest(plan), "id": f"{number:032x}", "place": "A",
        "stage": "primary", "answer": "no", "ranking": ORDER, "words": "",
    }  # fmt: skip
    return whole | changes


def send(folder: Path, name: str, told: object) -> None:
    folder.mkdir(exist_ok=True)
    text = told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False).encode()
    (folder / name).write_bytes(text)


def test_by_village_closure_topic_and_wish(plan: Plan, tmp_path: Path) -> None:
    send(tmp_path, "1.json", reply(plan, 1, words="路太远，孩子小，要校车"))
    send(tmp_path, "2.json", reply(plan, 2, place="B", answer="yes", ranking=["small", "near", "same", "together"]))
    send(tmp_path, "3.json", reply(plan, 3, place="D", answer="unsure", ranking=[], words="The way is too FAR"))
    got = consultation(tmp_path, plan)
    assert got.refused.empty and len(got.replies) == 3
    assert got.villages.loc[("A", "primary"), ["replies", "yes", "no", "children", "many"]].tolist() == [
        1,
        0,
        1,
        60,
        False,
    ]
    # D does not send children to S1: its reply is no reply to the closure.
    row = got.closures.loc[("S1", "primary")]
    assert row[["replies", "yes", "no", "unsure", "against", "children"]].tolist() == [2, 1, 1, 0, 0.5, 180]
    assert got.topics.loc[["way", "bus", "young", "meals"], "replies"].tolist() == [2, 1, 1, 0]
    # Centroids of four: 25/48, 13/48, 7/48, 3/48; near is first once and second once.
    assert [round(w * 48) for w in centroid_weights(4)] == [25, 13, 7, 3]
    weights = dict(zip(got.ranking["goal"], (got.ranking["weight"] * 48).round(6), strict=True))
    assert weights == {"travel": 19, "balance": 19, "moved": 7, "neighbours": 3}
    assert sum(got.goals.values()) == pytest.approx(1)
    assert got.ranking["first"].tolist() == [0.5, 0.5, 0, 0]


def test_the_rule_on_the_majority_of_parents_reads_the_replies(plan: Plan, tmp_path: Path) -> None:
    for k, answer in enumerate(["no", "no", "yes"]):
        send(tmp_path, f"{k}.json", reply(plan, k, answer=answer))
    got = consultation(tmp_path, plan)
    heard = pd.DataFrame({"school_id": ["S1", "S2"], "hearing_attended": [10.0, 4.0], "hearing_against": [1.0, 4.0]})
    study = got.record(plan.study.with_(extra={"procedure": heard}))
    table = study.extra["procedure"].set_index("school_id")
    assert table.loc["S1", ["hearing_attended", "parents_asked", "parents_against"]].tolist() == [10, 3, 2]
    found = check_plan(plan.with_(study=study)).query("rule.str.startswith('no_closure_')", engine="python")
    assert found[["rule", "id", "value"]].to_numpy().tolist() == [
        ["no_closure_parents_against", "S1", pytest.approx(2 / 3)]
    ]
    again = got.record(study)
    assert again.extra["procedure"].equals(study.extra["procedure"])


def test_five_hundred_with_damaged_double_and_foreign_ones_named(plan: Plan, tmp_path: Path) -> None:
    for k in range(500):
        send(tmp_path, f"r{k:03d}.json", reply(plan, k, place="ABCDEFG"[k % 7], answer=["yes", "no", "unsure"][k % 3]))
    wrong: dict[str, tuple[object, str]] = {
        "x1.json": (reply(plan, 7, place="A", answer="no"), "double: the same as r007.json"),
        "x2.json": (reply(plan, 8, place="G"), "has the number of r008.json and says something else"),
        "x3.json": (b'{"format": "layout-planner reply", "version": 1', "damaged"),
        "x4.json": (b"\xff\xfe\x00", "damaged"),
        "x5.json": (reply(plan, 900) | {"plan": "0" * 16}, "about another plan"),
        "x6.json": (reply(plan, 901, place="Z"), "a village that is not in the plan"),
        "x7.json": (reply(plan, 902, stage="senior"), "a stage that is not in the plan"),
        "x8.json": (reply(plan, 903, answer="maybe"), "not as the form writes it: answer"),
        "x9.json": (reply(plan, 904, ranking=["near", "near", "same", "small"]), "not as the form writes it: ranking"),
        "y1.json": (reply(plan, 905, words="x" * 501), "not as the form writes it: words"),
        "y2.json": (reply(plan, 906) | {"votes": 1000}, "not as the form writes it: ?"),
        "y3.json": (b'"' + b"x" * MOST_BYTES + b'"', "larger than 16,384 bytes"),
        "y4.json": (b"[" * 8000 + b"]" * 8000, "not a reply|damaged"),
        "y5.json": (b"NaN", "damaged"),
        "y6.json": ([1, 2], "not a reply"),
        "y7.json": (reply(plan, 907) | {"version": 2}, "not as the form writes it: version"),
        "y8.json": (b"", "damaged"),
    }
    for name, (told, _) in wrong.items():
        send(tmp_path, name, told)
    (tmp_path / "z1.json").symlink_to(tmp_path / "r000.json")
    (tmp_path / "z2.json").mkdir()
    (tmp_path / "notes.txt").write_text("not looked at")
    (tmp_path / "more.zip").write_bytes(b"PK")
    (tmp_path / "Thumbs.db").write_bytes(b"")
    (tmp_path / ".hidden").write_bytes(b"")
    with using_language("en"):
        got = consultation(tmp_path, plan)
    assert len(got.replies) == 500
    why = got.refused.set_index("file")["why"]
    assert sorted(why.index) == sorted([*wrong, "more.zip", "notes.txt", "z1.json", "z2.json"])
    for name, (_, said) in wrong.items():
        assert any(part in why[name] for part in said.split("|")), (name, why[name])
    assert why["more.zip"] == "packed: unpack it into the folder" and why["notes.txt"] == "not a reply (.json)"
    assert why["z1.json"] == why["z2.json"] == "not a plain file"
    assert got.villages["replies"].sum() == 500 and bool(got.villages["many"].any())  # 72 replies of 60 children


HOSTILE = (
    "=cmd|' /C calc'!A0",
    "<script>window.pwned=1</script>",
    "{{7*7}}",
    "\u202egnihton",
    "a\x00b\x1b[31m",
    "@SUM(A1)",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words(plan: Plan, tmp_path: Path, words: str) -> None:
    send(tmp_path / "in", "a.json", reply(plan, 1, words=words))
    got = consultation(tmp_path / "in", plan)
    kept = got.replies.loc[0, "words"]
    assert not any(ord(c) < 32 or c == "\u202e" for c in kept)
    from layout_planner.base.tables import write_csv

    write_csv(got.replies, tmp_path / "out.csv")
    line = (tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()[1]
    assert not any(cell.startswith(("=", "@", "+")) for cell in line.replace('"', "").split(","))


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_reading_never_raises(raw: bytes) -> None:
    assert isinstance(read_reply(raw), Text)


PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)


@given(st.recursive(PLAIN, lambda of: st.lists(of, max_size=3) | st.dictionaries(st.text(max_size=9), of, max_size=3)))
def test_only_the_forms_own_keys_and_types_pass(value: object) -> None:
    whole = {"format": "layout-planner reply", "version": 1, "plan": "0" * 16, "id": "0" * 32, "place": "A",
             "stage": "primary", "answer": "yes", "ranking": [], "words": ""}  # fmt: skip
    assert isinstance(read_reply(json.dumps(whole).encode()), Reply)
    for key in whole:
        got = read_reply(json.dumps({**whole, key: value}).encode())
        assert (
            isinstance(got, Text) or getattr(got, key) == (value.strip() if key == "words" else value) or key == "words"
        )


def test_the_plan_of_the_families_weights_stands_beside(plan: Plan, tmp_path: Path) -> None:
    for k in range(4):
        send(tmp_path, f"{k}.json", reply(plan, k, ranking=["same", "near", "small", "together"]))
    got = consultation(tmp_path, plan)
    other = got.beside("primary", rounds=1, gap=0.5, time_limit=600)
    assert other.study.offering("primary").tolist() == plan.study.offering("primary").tolist()  # the same closures
    goals = other.assignments["primary"].work["goals"]
    assert {name: goals[name]["weight"] if isinstance(goals[name], dict) else goals[name] for name in got.goals}
    compared = lp.compare([plan, other])
    assert len(compared)
    empty = consultation(tmp_path / "none", plan) if (tmp_path / "none").mkdir() is None else None
    assert empty is not None and empty.goals == {} and len(empty.closures) == 1
    with using_language("en"), pytest.raises(lp.DataError, match="no reply ranks"):
        empty.beside("primary")
    with pytest.raises(lp.DataError):
        consultation(tmp_path / "absent", plan)
