"""A value that knows its unit, where it was published, and how sure we are of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mark = Literal["verified", "partial", "memory", "user"]
"""Seen in a copy of the document; partly or a local version; from memory; set by the user."""


@dataclass(frozen=True)
class Cited:
    """One published number.

    Parameters
    ----------
    value
        The number, in `unit`.
    unit
        As written in the profile: "m", "minutes", "pupils", "classes", "1".
    source
        Document number and year, or the user's reason.
    mark
        How the number was seen.
    """

    value: float
    unit: str
    source: str
    mark: Mark
