"""What a second look at a plan says: `Check`, `Verification`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.base.proof import Proved

PUPILS = 1e-6
"""Pupils that count as none: shares of a child that rounding leaves."""
RELATIVE = 1e-6
"""How far a sum counted again may differ, as a share of it."""
SHOWN = 5
"""How many breaches a check names."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Parameters
    ----------
    name
        One of `columns.CHECK_NAMES`.
    stage
        The stage it concerns.
    holds
        Whether it holds; None where it could not be checked, or nothing was promised.
    said
        What was compared, and what was found.
    """

    name: str
    stage: str
    holds: bool | None
    said: Text


@dataclass(frozen=True)
class Verification:
    """What a second look at a plan found.

    Parameters
    ----------
    plan
        Name of the plan.
    checks
        In the order they were made.
    """

    plan: str
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Whether no check failed."""
        return all(check.holds is not False for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.holds is False)

    @property
    def table(self) -> pd.DataFrame:
        """The checks: check, stage, holds (missing where unchecked), said in the reader's language."""
        rows = [(c.name, c.stage, c.holds, str(c.said)) for c in self.checks]
        table = pd.DataFrame(rows, columns=["check", "stage", "holds", "said"])
        return table.astype({"holds": "boolean"})


def make_check(name: str, stage: str, looked: Text, breaches: list[Text]) -> Check:
    """Make a check that holds when there are no breaches, else one that names the first."""
    if not breaches:
        return Check(name, stage, True, looked)
    more = (
        Text("", "") if len(breaches) <= SHOWN else Text(f" and {len(breaches) - SHOWN} more", f"等 {len(breaches)} 处")
    )
    shown = breaches[:SHOWN]
    told = Text("; ".join(b.en for b in shown) + more.en, "；".join(b.zh for b in shown) + more.zh)
    return Check(name, stage, False, Text(f"{looked.en}: {told.en}", f"{looked.zh}：{told.zh}"))


def check_proof(stage: str, of: Proved, name: str = "proof", asked: float = math.inf) -> Check:
    """Bound ≤ objective; what is called optimal is within the gap that was asked for."""
    if not (math.isfinite(of.objective) and math.isfinite(of.bound)):
        return Check(name, stage, None, Text("no bound is claimed", "未给出下界"))
    looked = Text(
        f"objective {of.objective:,.6g}, bound {of.bound:,.6g}, gap {of.gap:.3%}",
        f"目标值 {of.objective:,.6g}，下界 {of.bound:,.6g}，差距 {of.gap:.3%}",
    )
    slack = RELATIVE * max(1.0, abs(of.objective))
    breaches = []
    if of.bound > of.objective + slack:
        breaches.append(Text("the bound lies above the objective", "下界高于目标值"))
    if of.status == "optimal" and asked < math.inf and not of.proof.reached(asked + RELATIVE):
        breaches.append(Text(f"called optimal, asked for {asked:.3%}", f"称为最优，而要求的差距为 {asked:.3%}"))
    return make_check(name, stage, looked, breaches)
