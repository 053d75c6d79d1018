"""Further terms of a consolidation's objective: named callables that price pairs or sites, in yuan a year."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from layout_planner.policy import Rules
from layout_planner.solvers.case import Floats
from layout_planner.study import Study


@dataclass(frozen=True, eq=False)
class Situation:
    """What a term may look at.

    Parameters
    ----------
    study, rules, stage
        The study with every candidate site opened.
    place, pupils
        Shape (rows,): the place and the children of each row, and their grade.
    grade
        Shape (rows,).
    sites
        Labels of the schools and candidate sites.
    minutes
        Rows × sites, at the pace of the grade; inf where there is no way.
    """

    study: Study
    rules: Rules
    stage: str
    place: pd.Index
    grade: pd.Index
    pupils: Floats
    sites: pd.Index
    minutes: Floats


Term: TypeAlias = Callable[[Situation], Floats]
"""Yuan a year: rows × sites (for sending the row there) or sites (for keeping the site open). Named by `__name__`."""


def beyond_reach(price: float) -> Term:
    """Price the minutes beyond the rules' reach, on top of those within (yuan a child's minute a year)."""

    def beyond_reach(s: Situation) -> Floats:
        limits = {grade: s.rules.value("reach_minutes", s.stage, int(grade)) for grade in s.grade.unique()}
        limit = np.array([limits[grade] if limits[grade] is not None else np.inf for grade in s.grade], dtype=float)
        over = np.maximum(s.minutes - limit[:, None], 0.0)
        return price * np.where(np.isfinite(over), over, 0.0) * s.pupils[:, None]

    return beyond_reach


def worst_off(minutes: float, price: float, share: float = 0.1) -> Term:
    """Price the ways of the worst-off share of pupils.

    The conditional value at risk of the minutes is the least over η of η + mean(max(0, t − η)) / share (Rockafellar and
    Uryasev 2000); with η held at `minutes` it is a sum over pairs, and never below the true value.

    Parameters
    ----------
    minutes
        η, about the way that `share` of the pupils exceed.
    price
        Yuan a year for each minute of the mean of the worst-off.
    """

    def worst_off(s: Situation) -> Floats:
        over = np.maximum(s.minutes - minutes, 0.0)
        weight = price * s.pupils / (share * s.pupils.sum())
        return np.where(np.isfinite(over), over, 0.0) * weight[:, None]

    return worst_off


def quality_gain(price: float) -> Term:
    """Reward a child's place at a school of higher `quality` (yuan a point of quality a child a year)."""

    def quality_gain(s: Situation) -> Floats:
        offers = s.study.offers.xs(s.stage, level="stage")
        quality = (offers["quality"] if "quality" in offers else pd.Series(np.nan, offers.index)).reindex(s.sites)
        points = quality.astype(float).fillna(quality.astype(float).median()).fillna(0.0).to_numpy()
        best = points.max(initial=0.0)
        return price * (best - points)[None, :] * s.pupils[:, None]

    return quality_gain
