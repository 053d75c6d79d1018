"""What is worked out from a record is kept in it."""

from __future__ import annotations

import gc
import pickle
import weakref
from dataclasses import dataclass, replace

from layout_planner.base.memory import MOST, kept

ASKED: list[tuple[int, int]] = []


@dataclass(frozen=True, eq=False)
class Record:
    number: int


@kept
def times(record: Record, factor: int) -> list[int]:
    ASKED.append((record.number, factor))
    return [record.number * factor]


def test_it_is_worked_out_once_a_record_and_argument() -> None:
    ASKED.clear()
    one = Record(3)
    assert times(one, 2) is times(one, 2) == [6]
    assert times(one, 5) == [15]
    assert times(replace(one), 2) == [6]  # another record, though it holds the same
    assert ASKED == [(3, 2), (3, 5), (3, 2)]


def test_only_the_latest_are_kept() -> None:
    one = Record(1)
    first = times(one, 0)
    for factor in range(1, MOST):
        times(one, factor)
    assert times(one, 0) is first
    times(one, MOST)
    assert times(one, 0) is not first


def test_it_goes_with_the_record_and_does_not_travel() -> None:
    one = Record(7)
    times(one, 1)
    ASKED.clear()
    assert times(pickle.loads(pickle.dumps(one)), 1) == [7]
    assert ASKED == [(7, 1)]
    gone = weakref.ref(one)
    del one
    gc.collect()
    assert gone() is None
