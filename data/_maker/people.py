"""Births, cohorts and where the children live."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .draw import Floats, Ints, share_out

# Births of the country in ten thousand (standards §2.2; 2005-2007 from memory of the yearbooks, mark M).
NATIONAL_BIRTHS = {
    2005: 1617, 2006: 1584, 2007: 1594, 2008: 1608, 2009: 1615, 2010: 1588, 2011: 1604, 2012: 1635,
    2013: 1640, 2014: 1687, 2015: 1655, 2016: 1786, 2017: 1723, 2018: 1523, 2019: 1465, 2020: 1202,
    2021: 1062, 2022: 956, 2023: 902,
}  # fmt: skip


def grade_column(stage: str, grade: int) -> str:
    """Name of a grade in column names: kindergarten grades -2, -1, 0 are k1, k2, k3."""
    return f"k{grade + 3}" if stage == "kindergarten" else str(grade)


def entry_mix(births: pd.Series, year: int, grade: int) -> float:
    """Births a grade of an autumn stems from: one third of one calendar year and two thirds of the next.

    Grade 1 of autumn t was born from 1 September t-7 to 31 August t-6 (standards §2.2).
    """
    last = year - 5 - grade
    return float(births[last - 1] / 3 + births[last] * 2 / 3)


def county_births(scale: float, decline: float, late_decline: float) -> pd.Series:
    """Registered births by year: the national course, falling faster after 2012 and again after 2017.

    Parameters
    ----------
    scale
        Births here per ten thousand births of the country, before the decline sets in.
    decline, late_decline
        Yearly loss against the country from 2012 on, and on top of it from 2017 on.
    """
    return pd.Series(
        {
            year: scale * count * (1 - decline) ** max(year - 2012, 0) * (1 - late_decline) ** max(year - 2017, 0)
            for year, count in NATIONAL_BIRTHS.items()
        }
    )


def births_by_township(
    rng: np.random.Generator, births: pd.Series, people: Ints, drift: Floats, reference: int = 2015
) -> pd.DataFrame:
    """Spread yearly births over townships (rows townships, columns years, whole numbers).

    Parameters
    ----------
    drift
        Yearly relative change of a township's share: towns gain, hills lose.
    """
    shares = {}
    for year, count in births.items():
        weight = people * (1 + drift) ** (int(str(year)) - reference) * (1 + rng.normal(0, 0.025, len(people)))
        shares[year] = share_out(weight, round(float(count)))
    return pd.DataFrame(shares)


def residents(
    rng: np.random.Generator,
    births: pd.DataFrame,
    year: int,
    totals: dict[tuple[str, int], int],
    stay: Floats,
    township: Ints,
    place_weight: Floats,
) -> pd.DataFrame:
    """Children living in each place by stage and grade; every county total is met exactly.

    Parameters
    ----------
    totals
        (stage, grade) → children of the county.
    stay
        Of each township: children who live there against births registered there, relative to the county.
    township, place_weight
        Of each place: its township (position), and its weight inside it.
    """
    columns = {}
    for (stage, grade), total in totals.items():
        mix = np.array([entry_mix(births.loc[t], year, grade) for t in births.index])
        by_township = share_out(mix * stay * (1 + rng.normal(0, 0.012, len(mix))), total)
        count = np.zeros(len(township), dtype=np.int64)
        for t, children in enumerate(by_township.tolist()):
            own = np.flatnonzero(township == t)
            # A binomial spread about the expectation would be wilder than life: a village's grades are alike.
            weight = place_weight[own] * rng.lognormal(0, 0.16, len(own))
            count[own] = share_out(weight, children)
        columns[f"pupils_{stage}_{grade_column(stage, grade)}"] = count
    return pd.DataFrame(columns)


def among(rng: np.random.Generator, children: Ints, rate: Floats) -> Ints:
    """Draw how many of the children of each place belong to a group."""
    return rng.binomial(children, np.clip(rate, 0, 1)).astype(np.int64)
