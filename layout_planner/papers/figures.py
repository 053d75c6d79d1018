"""Numbers in papers: each is written once, with where it stands in the run folder."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.papers.columns import UNIT_KINDS, Kind
from layout_planner.plan import Plan, without_school

FIGURE_COLUMNS = ("written", "value", "kind", "source")


def written(value: float, kind: Kind, sign: bool = False) -> str:
    """Write a value as people do: counts whole, minutes with one decimal, yuan as ten thousands, – for none.

    Parameters
    ----------
    value
        In the unit of the run folder: minutes, metres, yuan, a share as a fraction.
    kind
        How to write it; "yuan" gives ten thousand yuan (万元), "km" takes metres, "share" gives per cent.
    sign
        Whether a gain bears a plus; no change is "0".
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞"
    scale, decimals = {
        "minutes": (1.0, 1), "km": (0.001, 2), "percent": (1.0, 1), "share": (100.0, 1), "ratio": (1.0, 3),
        "yuan": (1e-4, 0), "metres": (1.0, 0), "year": (1.0, 0),
    }.get(kind, (1.0, 0))  # fmt: skip
    rounded = round(value * scale, decimals)
    rounded = 0.0 if rounded == 0 else rounded
    if kind == "year":
        return f"{rounded:.0f}"
    return f"{rounded:{'+' if sign and rounded else ''},.{decimals}f}"


def unit_kind(measure: str, unit: str) -> Kind:
    """Tell how a measure of the scorecard is written."""
    return "share" if measure == "load" else "km" if unit == "m" else UNIT_KINDS.get(unit, "count")


@dataclass
class Figures:
    """The numbers of one paper, in the order they are written.

    Parameters
    ----------
    rows
        `FIGURE_COLUMNS`: as it stands in the paper, its value, how it is written, and its source: file of the run
        folder and which row of it, as ``scorecard.csv[measure=…, stage=…]``.
    """

    rows: list[tuple[str, float, str, str]] = field(default_factory=list)

    def write(self, value: float, kind: Kind, source: str, sign: bool = False) -> str:
        """Write a number, and remember where it is from."""
        text = written(value, kind, sign)
        self.rows.append((text, float(value), kind, source))
        return text

    def score(self, plan: Plan, measure: str, stage: str, where: str = "") -> str:
        """Write one measure of the county from the scorecard.

        Parameters
        ----------
        where
            Folder of the plan in the run: "" or "base/".
        """
        table = plan.scorecard.table
        hit = table.loc[(table["measure"] == measure) & (table["stage"] == stage) & (table["scope"] == "county")]
        source = f"{where}scorecard.csv[measure={measure}, stage={stage}, scope=county]"
        if not len(hit):
            return self.write(math.nan, "count", source)
        kind = unit_kind(measure, str(hit["unit"].iloc[0]))
        return self.write(float(hit["value"].iloc[0]), kind, source)

    def lost(self, plan: Plan, stage: str) -> str:
        """Write how many children of a stage have no school."""
        lost = float(without_school(plan, stage)["pupils"].sum())
        return self.write(lost, "count", f"unplaced.csv[stage={stage}]: sum of pupils")

    @property
    def table(self) -> pd.DataFrame:
        """The numbers as a table."""
        return pd.DataFrame(self.rows, columns=list(FIGURE_COLUMNS))


MYRIADS = Text("ten thousand yuan", "万元")
