"""Colours and classes of the map: ordered by lightness, so that they hold for the colour-blind and in grey print."""

from __future__ import annotations

import numpy as np
import pandas as pd

MINUTE_COLOURS = ("#fff0b3", "#fdc55a", "#f18a1f", "#c44a0c", "#6d1c06")
"""Way to school, short to long."""

LOAD_COLOURS = ("#e3eef8", "#9cc8e6", "#3f84bf", "#5e0b5e")
"""Roll over seats, empty to over-full; the last one also bears a ring."""

LOAD_LIMITS = (0.5, 0.8, 1.0)

UNKNOWN = "#b9bec6"
"""Where a number is not known."""

BOARD = "#ffffff"
"""Places whose pupils all board: no daily way to colour."""

CATCHMENT_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
"""Okabe and Ito's set without yellow and black, which vanish on white or pass for lines."""

DISTRICT_COLOURS = (
    "#1b7fbd", "#f2a900", "#2e9e57", "#d1589f", "#8c6bb1", "#e2672b", "#7fc7e8", "#b5a800", "#a0522d", "#5f6f86",
    "#9bd770", "#f3a6b8",
)  # fmt: skip
"""One a management district; each also bears its number on the map, for the colour-blind and for grey print."""

LADDERS = (
    (2.0, 4.0, 6.0, 10.0),
    (5.0, 10.0, 15.0, 20.0),
    (10.0, 20.0, 30.0, 45.0),
    (15.0, 30.0, 45.0, 60.0),
    (30.0, 60.0, 90.0, 120.0),
)
"""Round class limits for minutes; a class holds its upper limit, so that 30 minutes are within 30."""


def minute_limits(minutes: pd.Series, pupils: pd.Series) -> tuple[float, ...]:
    """Choose round class limits that spread these ways over the classes.

    Parameters
    ----------
    minutes, pupils
        Ways of every plan shown, and how many go them.

    Returns
    -------
    tuple of float
        The first of `LADDERS` that leaves at most a tenth of the pupils above its last limit.
    """
    known = minutes.notna()
    whole = float(pupils[known].sum())
    for ladder in LADDERS[:-1]:
        if float(pupils[known & (minutes > ladder[-1])].sum()) <= whole / 10:
            return ladder
    return LADDERS[-1]


def colour_numbers(x: np.ndarray, y: np.ndarray, neighbours: int = 6) -> list[int]:
    """Give schools colours that differ from those of the nearest others.

    Parameters
    ----------
    x, y
        Where they are, metres; shape (n,).
    neighbours
        How many nearest schools to differ from, as far as the colours suffice.

    Returns
    -------
    list of int
        Position in `CATCHMENT_COLOURS`; depends on the positions alone, so that a school keeps its colour in every
        plan.
    """
    given = np.full(len(x), -1)
    for at in range(len(x)):
        distance = np.hypot(x - x[at], y - y[at])
        near = [other for other in np.argsort(distance, kind="stable")[1 : neighbours + 1] if given[other] >= 0]
        # Of the colours the near ones leave free the least used; if none is free, that of the farthest near one.
        free = [colour for colour in range(len(CATCHMENT_COLOURS)) if colour not in {given[other] for other in near}]
        counts = np.bincount(given[given >= 0], minlength=len(CATCHMENT_COLOURS))
        given[at] = min(free, key=lambda colour: (counts[colour], colour)) if free else given[near[-1]]
    return [int(colour) for colour in given]
