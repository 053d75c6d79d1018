"""Colours tell classes apart for the colour-blind and in grey print, by simulation."""

import numpy as np
import pandas as pd
import pytest

from layout_planner.page.palette import (
    CATCHMENT_COLOURS,
    LADDERS,
    LOAD_COLOURS,
    LOAD_LIMITS,
    MINUTE_COLOURS,
    colour_numbers,
    minute_limits,
)

# Machado, Oliveira and Fernandes 2009, severity 1: what a dichromat sees, in linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.119192, 0.9503041]]
)


def linear(colour: str) -> np.ndarray:
    raw = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(raw <= 0.04045, raw / 12.92, ((raw + 0.055) / 1.055) ** 2.4)


def lab(colour: str, sight: str = "normal") -> np.ndarray:
    """CIE L*a*b* (D65) of a colour as some eye sees it."""
    xyz = TO_XYZ @ np.clip(np.asarray(SIGHT[sight]) @ linear(colour), 0, 1) / [0.95047, 1.0, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_simulation_keeps_white_white_and_knows_red_green() -> None:
    assert lab("#ffffff", "deutan") == pytest.approx([100, 0, 0], abs=0.5)
    apart = [np.linalg.norm(lab("#d7191c", sight) - lab("#1a9641", sight)) for sight in ("normal", "deutan")]
    assert apart[1] < apart[0] / 2


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("colours", [MINUTE_COLOURS, LOAD_COLOURS])
def test_classes_differ_for_every_eye(colours: tuple[str, ...], sight: str) -> None:
    seen = [lab(colour, sight) for colour in colours]
    apart = [np.linalg.norm(a - b) for k, a in enumerate(seen) for b in seen[k + 1 :]]
    assert min(apart) > 15


@pytest.mark.parametrize("colours", [MINUTE_COLOURS, LOAD_COLOURS])
def test_classes_darken_step_by_step_in_grey_print(colours: tuple[str, ...]) -> None:
    lightness = [lab(colour)[0] for colour in colours]
    assert (np.diff(lightness) < -8).all()
    assert len(LOAD_COLOURS) == len(LOAD_LIMITS) + 1
    assert {len(MINUTE_COLOURS) - 1} == {len(ladder) for ladder in LADDERS}


@pytest.mark.parametrize("sight", ["normal", "protan", "deutan"])
def test_catchment_colours_differ(sight: str) -> None:
    seen = [lab(colour, sight) for colour in CATCHMENT_COLOURS]
    assert min(np.linalg.norm(a - b) for k, a in enumerate(seen) for b in seen[k + 1 :]) > 9


def test_limits_are_the_first_ladder_that_leaves_a_tenth_above() -> None:
    pupils = pd.Series([90.0, 10.0])
    assert minute_limits(pd.Series([5.0, 45.0]), pupils) == LADDERS[0]
    assert minute_limits(pd.Series([44.0, 46.0]), pupils) == (10.0, 20.0, 30.0, 45.0)
    assert minute_limits(pd.Series([500.0, 600.0]), pupils) == LADDERS[-1]
    assert minute_limits(pd.Series([np.nan, 3.0]), pupils) == LADDERS[0]


def test_neighbouring_schools_get_different_colours() -> None:
    rng = np.random.default_rng(7)
    x, y = rng.uniform(0, 1000, (2, 120))
    given = np.array(colour_numbers(x, y))
    nearest = [np.argsort(np.hypot(x - x[k], y - y[k]))[1] for k in range(120)]
    assert (given != given[nearest]).all()
    assert set(given) == set(range(len(CATCHMENT_COLOURS)))
    assert colour_numbers(x, y) == given.tolist()
