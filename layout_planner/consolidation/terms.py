"""Further terms of a consolidation's objective: goals (`base.goals`) that price pairs or sites, in yuan a year."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Floats
from layout_planner.base.goals import Goal, goal
from layout_planner.policy import Rules
from layout_planner.study import Study


@dataclass(frozen=True, eq=False)
class Situation:
    """What a term may look at.

    Parameters
    ----------
    study, rules, stage
        The study with every candidate site opened.
    place, grade, pupils
        Shape (rows,): where the children of each row live, their grade, how many they are.
    sites
        The schools and candidate sites; a school that may become a teaching point stands there twice.
    minutes
        Rows × sites, at the pace of the grade; inf where there is no way.
    now
        Shape (rows,): minutes of today's way; NaN for children without one.
    seats
        Sites × sizes: the seats a site would have; its largest are repeated, or 0 where it has no such size.
    """

    study: Study
    rules: Rules
    stage: str
    place: pd.Index
    grade: pd.Index
    pupils: Floats
    sites: pd.Index
    minutes: Floats
    now: Floats
    seats: Floats


Term: TypeAlias = "Goal[Situation, Floats] | Callable[[Situation], Floats]"
"""Yuan a year: rows × sites (for sending the row there), sites (for keeping the site open) or sites × sizes (for
keeping it at that size)."""


def beyond_reach(price: float) -> Goal[Situation, Floats]:
    """Price the minutes beyond the rules' reach, on top of those within (yuan a child's minute a year)."""

    @goal("beyond_reach", "ways beyond reach", "超距路程")
    def beyond_reach(s: Situation) -> Floats:
        limits = {grade: s.rules.value("reach_minutes", s.stage, int(grade)) for grade in s.grade.unique()}
        limit = np.array([limits[grade] if limits[grade] is not None else np.inf for grade in s.grade], dtype=float)
        over = np.maximum(s.minutes - limit[:, None], 0.0)
        return price * np.where(np.isfinite(over), over, 0.0) * s.pupils[:, None]

    return beyond_reach


def worst_off(price: float, minutes: float | None = None, share: float = 0.1) -> Goal[Situation, Floats]:
    """Price the ways of the worst-off share of pupils.

    The conditional value at risk of the minutes is the least over η of η + mean(max(0, t − η)) / share (Rockafellar and
    Uryasev 2000); with η held fast it is a sum over pairs, and never below the true value.

    Parameters
    ----------
    price
        Yuan a year for each minute of the mean of the worst-off.
    minutes
        η, about the way that `share` of the pupils exceed; left out: the one they exceed today.
    """

    @goal("worst_off", "ways of the worst-off", "最远学生的路程")
    def worst_off(s: Situation) -> Floats:
        eta = _quantile(s.now, s.pupils, 1.0 - share) if minutes is None else minutes
        over = np.maximum(s.minutes - eta, 0.0)
        weight = price * s.pupils / (share * s.pupils.sum())
        return np.where(np.isfinite(over), over, 0.0) * weight[:, None]

    return worst_off


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    known = np.isfinite(values)
    return float(np.quantile(values[known], share, weights=weights[known], method="inverted_cdf"))


def added_minutes(price: float, weights: pd.Series[float] | None = None) -> Goal[Situation, Floats]:
    """Price the minutes a way is longer than today's; ways that become shorter do not pay for others.

    Parameters
    ----------
    price
        Yuan a year for each added minute of a child.
    weights
        Township → factor on the price, 1 where left out: burdens one township more than another.
    """

    @goal("added_minutes", "ways that grow longer", "增加的路程")
    def added_minutes(s: Situation) -> Floats:
        added = np.maximum(s.minutes - np.where(np.isfinite(s.now), s.now, np.inf)[:, None], 0.0)
        factor = np.ones(len(s.place))
        if weights is not None:
            townships = s.study.places["township_id"].reindex(s.place)
            factor = townships.map(weights).astype(float).fillna(1.0).to_numpy()
        return price * np.where(np.isfinite(added), added, 0.0) * (factor * s.pupils)[:, None]

    return added_minutes


def empty_seats(price: float) -> Goal[Situation, Floats]:
    """Price the seats that stand empty (yuan a seat a year); ask in the forecast year, with its study.

    How many children there are is given, so the empty seats are the open ones less a constant.
    """

    @goal("empty_seats", "empty seats", "空余学位")
    def empty_seats(s: Situation) -> Floats:
        return price * s.seats

    return empty_seats


def quality_gain(price: float) -> Goal[Situation, Floats]:
    """Reward a child's place at a school of higher `quality` (yuan a point of quality a child a year)."""

    @goal("quality_gain", "places at better schools", "更优学校的学位")
    def quality_gain(s: Situation) -> Floats:
        offers = s.study.offers.xs(s.stage, level="stage")
        quality = (offers["quality"] if "quality" in offers else pd.Series(np.nan, offers.index)).reindex(s.sites)
        points = quality.astype(float).fillna(quality.astype(float).median()).fillna(0.0).to_numpy()
        best = points.max(initial=0.0)
        return price * (best - points)[None, :] * s.pupils[:, None]

    return quality_gain
