"""`Evaluation`: the quality-balance table of a county, before and after a plan, and what would make it pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.base.proof import Proof, Proved
from layout_planner.base.units import Measured, say_units

INDICATOR_COLUMNS = (
    "stage", "school_id", "name", "indicator", "have", "pupils", "value", "unit", "limit", "met", "share", "lacks",
    "left_out",
)  # fmt: skip
VERDICT_COLUMNS = ("stage", "school_id", "name", "pupils", "known", "met", "least_share", "passes")
SPREAD_COLUMNS = ("stage", "indicator", "schools", "mean", "unit", "difference", "limit", "ok")
SHIFT_COLUMNS = (
    "stage", "do", "indicator", "from_school", "from_name", "to_school", "to_name", "quantity", "unit", "price", "cost",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation(Measured, Proved):
    """The county's whole table by one profile.

    Parameters
    ----------
    profile
        The rules it was held against, by name.
    indicators
        `INDICATOR_COLUMNS`, one row a school, stage and indicator: the raw quantity it has, its pupils, the value in
        `unit`, the limit, whether it is met, value / limit, what it lacks (raw quantity), and why it is left out.
    schools
        `VERDICT_COLUMNS`, one row a school and stage: indicators known and met, the least share of those not met,
        whether it passes.
    spread
        `SPREAD_COLUMNS`, one row a stage and indicator: the difference coefficient between schools.
    before
        The same of the plan's base; None for a study, or for today.
    shifts
        `SHIFT_COLUMNS`: the cheapest changes that would make every school pass and every coefficient hold: do = move
        (a teacher from one school to another), hire, train, build, buy; cost = quantity × price, yuan.
    proof
        Of the shifts: yuan, reached and proved. "given" and NaN where shifts were not asked for.
    prices
        Yuan, by indicator, as used.
    notes
        What the reader must know.
    """

    profile: tuple[str, ...]
    indicators: pd.DataFrame
    schools: pd.DataFrame
    spread: pd.DataFrame
    before: Evaluation | None
    shifts: pd.DataFrame
    proof: Proof
    prices: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()

    @property
    def passes(self) -> bool | None:
        """Tell whether the county passes in what is evaluated; None where what is not known decides."""
        verdicts = pd.concat([self.schools["passes"], self.spread["ok"]])
        if (~verdicts.fillna(True).astype(bool)).any():
            return False
        return None if verdicts.isna().any() else True

    def table(self) -> pd.DataFrame:
        """Give the table a bureau hands in: one row a school, its seven values, how many are met, whether it passes.

        Returns
        -------
        pd.DataFrame
            Index (stage, school_id); name, pupils, the indicators, met, passes; last in each stage a row "" with the
            difference coefficients.
        """
        wide = self.indicators.loc[self.indicators["left_out"] == ""]
        keys = ["stage", "school_id"]
        values = wide.pivot_table(index=keys, columns="indicator", values="value", sort=False, dropna=False)
        values = values[list(dict.fromkeys(wide["indicator"]))].dropna(how="all", axis=0)
        told = self.schools.set_index(keys)
        joined = told[["name", "pupils"]].join(values).join(told[["met", "passes"]])
        parts = []
        for stage in dict.fromkeys(told.index.get_level_values("stage")):
            mine = joined.loc[[stage]]
            last = self.spread.loc[self.spread["stage"] == stage].set_index("indicator")["difference"]
            row = pd.DataFrame([last], index=pd.MultiIndex.from_tuples([(stage, "")], names=keys))
            parts += [mine, row.reindex(columns=joined.columns)]
        table = pd.concat(parts).astype({"passes": "boolean"}) if parts else joined
        return cast("pd.DataFrame", say_units(table, dict(zip(wide["indicator"], wide["unit"], strict=True))))
