"""Frozen data classes with some fields changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, replace
from typing import ClassVar, Protocol, TypeVar


class Record(Protocol):
    """Any data class."""

    __dataclass_fields__: ClassVar[dict[str, Field[object]]]


R = TypeVar("R", bound=Record)


def changed(record: R, changes: Mapping[str, object]) -> R:
    """Give a copy of a record in which some fields hold something else.

    Raises
    ------
    TypeError
        The record has no such field.
    """
    return replace(record, **changes)
