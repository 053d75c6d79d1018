"""`YearPlan`: a plan over years, and what can be done with it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from layout_planner.base.drawing import Drawn, draw
from layout_planner.plan.check import Verification
from layout_planner.plan.verify_years import verify_years
from layout_planner.plan.yearplan import YearRecord
from layout_planner.plan.yearplan_files import read_parts, write_year_plan


@dataclass(frozen=True, eq=False, repr=False)
class YearPlan(YearRecord):
    """A county's schools over the years; its fields are those of `YearRecord`."""

    def map(self, variant: str | None = None) -> Drawn:
        """Draw the calendar as one page that opens without internet: stage by colour, rooms as numbers."""
        return cast("Drawn", draw("calendar.calendar", self, variant=variant))

    def verify(self) -> Verification:
        """Count everything again from the tables, without the solver's code; see `plan.verify`."""
        return verify_years(self)

    def write(self, folder: str | os.PathLike[str]) -> Path:
        """Write a run folder, whole or not at all; `read_year_plan` reads it back."""
        return write_year_plan(self, folder, draw("calendar.calendar", self))


def read_year_plan(folder: str | os.PathLike[str]) -> YearPlan:
    """Read a plan over years that `YearPlan.write` wrote.

    Raises
    ------
    RunError
        No such folder, or it holds something else.
    """
    return YearPlan(**read_parts(folder))
