"""Which sizes a school may have, and what building them costs: as it is, enlarged by classes, rebuilt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.assignment.case import Case
from layout_planner.base.arrays import Bools, Floats
from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.consolidation.settings import Expansion
from layout_planner.measures.money import Money
from layout_planner.policy import Rules, class_limit
from layout_planner.study import Study

DEFAULT_SIZE = 2000.0
"""Pupils a school may grow to where the rules say nothing."""

UNSAFE = "D"
"""Grade of a building that may not be used any more (JGJ 125, 整幢危房): whoever keeps the school rebuilds it."""


@dataclass(frozen=True, eq=False)
class Sizes:
    """The sizes of sites, ascending; NaN beyond a site's own.

    Parameters
    ----------
    seats
        m × s: free seats at each size.
    invest
        m × s: yuan to build it.
    rebuilt
        m × s: this size is a new house.
    """

    seats: Floats
    invest: Floats
    rebuilt: Bools


def make_sizes(
    case: Case, free: Floats, new: Bools, study: Study, expand: Expansion, rebuild: Expansion, rules: Rules,
    money: Money,
) -> Sizes:  # fmt: skip
    """Lay out the sizes.

    Parameters
    ----------
    free
        m: seats of each school as it is that are not held by pupils who stay in any case.
    new
        m: candidate sites; these have one size, and cost what the study says or their seats.
    expand, rebuild
        How large schools may grow, and be rebuilt; see `consolidate`. Seats added by growing are paid for; of a new
        house all seats are. A school graded unsafe (`building_grade` D) is rebuilt if it is kept, where rebuilding is
        asked for at all.
    """
    module = class_limit(rules, case.stage)
    held = np.where(np.isfinite(case.seats), case.seats - free, 0.0)
    grows = case.offers.all(axis=1) & ~new & np.isfinite(free)
    top = _largest(case, expand, grows, rules, "expand")
    house = _largest(case, rebuild, grows, rules, "rebuild")
    unsafe = (house > 0) & grows & _unsafe(case)
    steps = np.maximum(np.floor((top - held - free) / module + 1e-9), 0.0).astype(int)
    steps[unsafe] = 0
    last = np.maximum(np.floor((house - held - free) / module + 1e-9), 0.0).astype(int)
    last = np.maximum(last, steps)
    number = np.arange(int(last.max(initial=0)) + 1)[None, :]
    own = number <= last[:, None]
    rebuilt = (own & (number > steps[:, None])) | (unsafe[:, None] & own)
    base = np.where(np.isfinite(free), free, 0.0)[:, None]
    total = held[:, None] + base + module * number
    invest = money.seat.value * np.where(rebuilt, total, module * number)
    invest[new] = _of_new(study, case, new, money)[new, None]
    seats = np.where(own, free[:, None] + module * number, np.nan)
    return Sizes(seats, np.where(own, invest, np.nan), rebuilt & own)


def _largest(case: Case, wanted: Expansion, grows: Bools, rules: Rules, name: str) -> Floats:
    """Give the seats each school may have by growing or rebuilding; 0 where it may not."""
    top = np.zeros(len(case.schools))
    if isinstance(wanted, Mapping):
        unknown = [s for s in wanted if s not in case.schools]
        if unknown:
            hint = did_you_mean(unknown[0], case.schools)
            raise refuse(
                f"{name} names schools not open for the stage: {', '.join(unknown[:5])}{hint.en}",
                f"{name} 含未开办该学段的学校：{'、'.join(unknown[:5])}{hint.zh}",
                "use ids of open schools",
                "请用在办学校编号",
            )
        return np.array([float(wanted.get(s, 0.0)) for s in case.schools])
    if wanted is True:
        return np.where(grows, rules.value("school_size", case.stage) or DEFAULT_SIZE, 0.0)
    if wanted is not False:
        return np.where(grows, float(wanted), 0.0)
    return top


def _unsafe(case: Case) -> Bools:
    if "building_grade" not in case.study.schools:
        return np.zeros(len(case.schools), dtype=bool)
    grade = case.study.schools["building_grade"].reindex(case.schools)
    return np.asarray(grade.astype("string").fillna("").str.upper() == UNSAFE, dtype=bool)


def _of_new(study: Study, case: Case, new: Bools, money: Money) -> Floats:
    """Give yuan to build what a candidate site starts with: the bureau's own figure for the whole, or its seats."""
    cost = np.where(new & np.isfinite(case.seats), case.seats * money.seat.value, 0.0)
    given = study.sites["open_cost"] if "open_cost" in study.sites else pd.Series(dtype=float)
    for at in np.flatnonzero(new):
        told = float(given.get(case.study.schools.at[case.schools[at], "site_id"], np.nan))
        cost[at] = told if np.isfinite(told) else cost[at]
    return cost.astype(float)
