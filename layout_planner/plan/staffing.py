"""`Staffing`: posts, and who fills them. Records only; no person's name stands in any of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.base.proof import Proof, Proved
from layout_planner.base.units import Measured, in_units
from layout_planner.plan.columns import SCORE_COLUMNS

STAFF_COLUMNS = (
    "stage", "school_id", "name", "subject", "posts", "before", "followed", "surplus", "own", "cross", "adjusted",
    "exchanged", "other_subject", "after", "vacant", "waiting",
)  # fmt: skip
MOVE_COLUMNS = ("stage", "subject", "from_school", "to_school", "step", "teachers", "minutes", "teaches")
LEVEL_COLUMNS = ("stage", "pupils", "classes", "claims", "posts", "reserved", "teachers", "surplus", "source")
OUTLOOK_COLUMNS = ("year", "stage", "subject", "posts", "teachers", "surplus")
TRAVELLING_COLUMNS = ("stage", "district", "subject", "sender", "receiver", "posts", "minutes")
LADDER_COLUMNS = ("term", "from_month", "to_month", "waiting", "award_share", "yuan", "dismissed")

FOLLOW, CROSS, ADJUST, EXCHANGE = "follow", "cross", "adjust", "exchange"
"""Steps in which a teacher changes school: with the pupils, in the cross-school round, by allocation after it, and in
exchange with a colleague of the subject."""


@dataclass(frozen=True)
class Ladder:
    """The waiting ladder (待岗) of teachers without a post.

    Parameters
    ----------
    term_months
        Months of one term.
    dismiss_months
        Who is without a post so long is dismissed.
    award_shares
        Share of the year-end award paid in the first term, the second … (the last holds on).
    base, performance, award
        Yuan a month of base pay and base performance pay, and of the year-end award a month; NaN unknown.
    """

    term_months: int = 6
    dismiss_months: int = 36
    award_shares: tuple[float, ...] = (0.5, 0.0)
    base: float = float("nan")
    performance: float = float("nan")
    award: float = float("nan")


@dataclass(frozen=True, eq=False, repr=False)
class Staffing(Measured, Proved):
    """Posts by school and subject, and how they are filled (县管校聘).

    Parameters
    ----------
    table
        `STAFF_COLUMNS`, one row an open public school, stage and subject, and one a closed school with teachers:
        posts after the reserve; before, teachers now; followed, those who came with the pupils of closed schools;
        surplus = before + followed − posts; own, cross, adjusted and exchanged, how the posts are filled;
        other_subject, those of them who teach this subject without having it; after, vacant; waiting, teachers of the
        school and subject left without a post.
    levels
        `LEVEL_COLUMNS`: the pool of each stage.
    moves
        `MOVE_COLUMNS`: how many teachers change school in which step, and what they will teach.
    outlook
        `OUTLOOK_COLUMNS`: posts against the teachers still there after retirements, nobody recruited; negative
        surplus: a shortage.
    travelling
        `TRAVELLING_COLUMNS`: itinerant teachers (走教), posts' worth of lessons, one-way minutes.
    ladder
        `LADDER_COLUMNS`: the waiting ladder, term by term.
    rates
        Index (stage, measure), columns value, unit, better, limit, ok, source.
    places
        Row of the study's table of teachers → school_id after ("" without a post); empty where the study has counts
        only. It stays in memory: nothing writes it.
    proof, seconds
        As in `Assignment`; the unit is minutes of those who change school in the cross-school round and after it.
    work
        What the solver counted.
    notes
        Statements the reader must see, in both languages.
    """

    table: pd.DataFrame
    levels: pd.DataFrame
    moves: pd.DataFrame
    outlook: pd.DataFrame
    travelling: pd.DataFrame
    ladder: pd.DataFrame
    rates: pd.DataFrame
    places: pd.Series[str]
    proof: Proof
    seconds: float
    work: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()

    @in_units()
    def by_school(self) -> pd.DataFrame:
        """Sum the table over subjects; index (stage, school_id)."""
        numbers = [c for c in STAFF_COLUMNS if c not in ("stage", "school_id", "name", "subject")]
        by = self.table.groupby(["stage", "school_id"], sort=False)
        return by[["name"]].first().join(by[numbers].sum())

    @in_units()
    def by_subject(self) -> pd.DataFrame:
        """Sum the table over schools; index (stage, subject)."""
        numbers = [c for c in STAFF_COLUMNS if c not in ("stage", "school_id", "name", "subject")]
        return self.table.groupby(["stage", "subject"], sort=False)[numbers].sum()

    @in_units()
    def scores(self) -> pd.DataFrame:
        """Give the rates as rows of a scorecard (`SCORE_COLUMNS`)."""
        rows = self.rates.reset_index().assign(scope="county", id="")[list(SCORE_COLUMNS)]
        return rows.astype({"value": np.float64, "limit": np.float64, "ok": "boolean"})

    def _repr_html_(self) -> str:
        return str(self.levels._repr_html_())
