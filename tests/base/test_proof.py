"""What is proved: one record, one formula of the gap, one vocabulary of endings."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layout_planner.base.proof import Ended, Proof, Status, read_proof, total, unproved

NAN, INF = math.nan, math.inf
amounts = st.floats(-1e9, 1e9)


@pytest.mark.parametrize(
    ("objective", "bound", "ended", "status"),
    [
        (10.0, 10.0, "proved", "optimal"),
        (10.0, 9.0, "time", "feasible"),
        (10.0, 9.0, "work", "feasible"),
        (10.0, 9.0, "searched", "feasible"),
        (10.0, 9.0, "disputed", "feasible"),
        (10.0, 9.0, "interrupted", "interrupted"),
        (10.0, 9.0, "failed", "interrupted"),
        (INF, 9.0, "time", "interrupted"),
        (INF, 9.0, "failed", "interrupted"),
        (INF, INF, "infeasible", "infeasible"),
        (10.0, 9.0, "infeasible", "infeasible"),
        (NAN, NAN, "rule", "rule"),
        (10.0, NAN, "given", "given"),
    ],
)
def test_endings_in_the_readers_words(objective: float, bound: float, ended: Ended, status: Status) -> None:
    proof = Proof(objective, bound, "yuan", ended)
    assert proof.status == status
    assert proof.finished == (ended in ("proved", "infeasible"))


@pytest.mark.parametrize(
    ("objective", "bound", "gap"),
    [
        (200.0, 150.0, 0.25), (-200.0, -250.0, 0.25), (0.0, 0.0, 0.0), (0.0, -1.0, INF), (5.0, 5.0, 0.0),
        (5.0, -INF, INF), (INF, 3.0, INF), (NAN, NAN, NAN), (5.0, NAN, NAN), (INF, INF, 0.0), (10.0, 11.0, -0.1),
    ],
)  # fmt: skip
def test_gap(objective: float, bound: float, gap: float) -> None:
    assert Proof(objective, bound).gap == pytest.approx(gap, nan_ok=True)


def test_reached_is_within_the_gap_asked_for_and_floating_point_dust() -> None:
    assert Proof(1000.0, 990.0).reached(0.01) and not Proof(1000.0, 989.9).reached(0.01)
    assert Proof(1000.0, 1000.0 - 5e-6).reached(0.0) and not Proof(1000.0, 1000.0 - 5e-5).reached(0.0)
    assert not Proof(INF, INF).reached(0.5) and not Proof(NAN, NAN).reached(0.5) and not Proof(5.0, NAN).reached(0.5)


def test_within_asks_for_a_share_of_the_whole() -> None:
    assert Proof.within(0.01, 10.0, 9.5).status == "feasible"
    avoidable = Proof.within(0.01, 10.0, 9.5, "yuan", offset=90.0)  # half of a hundred
    assert (avoidable.status, avoidable.gap, avoidable.unit) == ("optimal", pytest.approx(0.05), "yuan")
    assert Proof.within(0.0, 10.0, 12.0) == Proof(10.0, 10.0, "", "proved")  # a cutoff above what was found
    assert Proof.within(0.5, INF, 3.0, otherwise="work") == Proof(INF, 3.0, "", "work")
    assert Proof.within(0.5, 3.0, NAN, otherwise="searched").status == "feasible"


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing was found"):
        Proof(INF, 1.0, ended="proved")
    assert Proof(10.0, 10.0 + 1e-8).bound == 10.0
    with pytest.raises(FrozenInstanceError):
        Proof(10.0, 9.0).bound = 10.0  # type: ignore[misc]


@given(amounts, amounts, st.floats(0.0, 1.0))
def test_a_reached_gap_is_a_true_statement(objective: float, bound: float, gap: float) -> None:
    proof = Proof.within(gap, objective, bound)
    assert proof.bound <= proof.objective and proof.gap >= 0.0
    if proof.status == "optimal":
        assert proof.objective - proof.bound <= gap * abs(objective) + 1e-7 * max(1.0, abs(objective))
    else:
        assert not proof.reached(gap)


@pytest.mark.parametrize("status", ["optimal", "feasible", "infeasible", "interrupted", "rule", "given"])
def test_what_a_file_tells_is_read_as_it_was(status: Status) -> None:
    told = {"status": status, "objective": 10.0, "bound": 9.0, "gap": 0.1, "work": {"unit": "yuan"}}
    proof = read_proof(told)
    assert (proof.status, proof.objective, proof.bound, proof.unit) == (status, 10.0, 9.0, "yuan")
    bare = read_proof({"status": status, "objective": None, "bound": None})
    assert bare.status == status and math.isnan(bare.objective) and math.isnan(bare.gap)


def test_total_is_as_good_as_its_weakest_part() -> None:
    one, two = Proof(10.0, 10.0, "yuan", "proved"), Proof(20.0, 18.0, "yuan", "time")
    assert total([one, one], "yuan") == Proof(20.0, 20.0, "yuan", "proved")
    assert total([one, two], "yuan") == Proof(30.0, 28.0, "yuan", "time")
    assert unproved("rule").status == "rule"
