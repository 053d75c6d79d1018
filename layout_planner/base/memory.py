"""`kept`: what is worked out from a frozen record is kept in that record, and goes when it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, Generic, ParamSpec, TypeVar

R = TypeVar("R")
P = ParamSpec("P")
T = TypeVar("T")

It = TypeVar("It")

MOST = 8
"""So many answers of one function are kept in a record; the oldest goes first."""


@dataclass(frozen=True, eq=False)
class Same(Generic[It]):
    """A value that is no key by what is in it, such as an index or a table: it is the same only as the very object."""

    it: It

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.it is self.it

    def __hash__(self) -> int:
        return id(self.it)


class _Memory(dict[str, dict[tuple[object, ...], object]]):
    """What a record keeps: function → arguments → answer. It does not travel: a pickled record arrives without."""

    def __reduce__(self) -> tuple[type[_Memory], tuple[()]]:
        return _Memory, ()


def kept(make: Callable[Concatenate[R, P], T]) -> Callable[Concatenate[R, P], T]:
    """Keep what a function gives in its first argument.

    Parameters
    ----------
    make
        A function of a frozen record and of further hashable arguments, all by position. Its answer must not be
        changed by whoever asks.
    """
    name = f"{make.__module__}.{make.__qualname__}"

    @wraps(make)
    def give(record: R, /, *details: P.args, **none: P.kwargs) -> T:
        answers = vars(record).setdefault("_kept", _Memory()).setdefault(name, {})
        if details not in answers:
            answer = make(record, *details, **none)
            while len(answers) >= MOST:
                del answers[next(iter(answers))]
            answers[details] = answer
        return answers[details]

    return give
