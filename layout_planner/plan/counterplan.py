"""`Counter`: a plan beside the one in which a school stays. A record only; `keep_instead` works it out."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.plan.types import Plan


@dataclass(frozen=True, eq=False)
class Counter:
    """The answer to “and if our school stayed?”: two plans in two columns, who gains, and what would let it stay.

    Parameters
    ----------
    school, stage
        The school that stays, and the stage that is compared.
    plan, other
        The plan as proposed; the one in which the school stays. `other.scenario` holds its edits.
    closes
        Schools that close instead, so that the number of schools is the same; none where the number may rise.
    table
        Index measure (those the catalogue shows beside a counter-plan); columns unit, plan, other, change.
    gains
        By township: name, better and worse (pupils whose way is shorter or longer than in the plan, by more than half
        a minute), minutes_saved and minutes_lost (their means); townships where nobody's way changes are left out.
    stays_if
        Index roll | minutes | seats; columns now, needed, unit: what would let the school stay at no more yuan a year
        than the plan, all else equal. NaN: no such figure.
    tried
        Every school that could have closed instead: the yearly cost (NaN where it was ruled out by its bound), the
        bound, and the children left without a place.
    proved
        The exchange costs least of all single ones: the rest are ruled out by their bounds.
    prices
        The prices the yuan are reckoned by: index price; value, unit, source, mark.
    notes
        Statements the reader must see.
    """

    school: str
    stage: str
    plan: Plan
    other: Plan
    closes: tuple[str, ...]
    table: pd.DataFrame
    gains: pd.DataFrame
    stays_if: pd.DataFrame
    tried: pd.DataFrame
    proved: bool
    prices: pd.DataFrame
    notes: tuple[Text, ...] = ()
    work: dict[str, object] = field(default_factory=dict)
