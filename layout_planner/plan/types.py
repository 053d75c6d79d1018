"""`Plan`: what a what-if came to, and what is done with it as a whole: written, counted again."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from layout_planner.plan.check import Verification
from layout_planner.plan.folder import write_plan
from layout_planner.plan.record import PlanRecord
from layout_planner.plan.verify import verify


@dataclass(frozen=True, eq=False)
class Plan(PlanRecord):
    """A what-if carried out; its fields are those of `PlanRecord`."""

    def write(self, folder: str | os.PathLike[str]) -> Path:
        """Write the plan into a run folder, whole or not at all; `read_plan` gives it back.

        Parameters
        ----------
        folder
            Made new; an earlier run there is replaced, any other folder never.

        Returns
        -------
        Path
            The folder, with assignment.csv (the flows), unplaced.csv, outside.csv, schools.csv, scorecard.csv,
            findings.csv, unchecked.csv, plan.gpkg (layers with styles, in the reader's words), map.html, study/ (after
            the edits), base/ (what it is compared with), travel_<mode>.parquet, provenance.json; with districts also
            districting.csv and district_edges.csv, with pairs pairs.csv and pairs_effect.csv, with teachers worked out
            staffing.csv and staffing/. No name or number of a teacher is written.

        Raises
        ------
        RunError
            The folder holds something else, or cannot be written.
        """
        return write_plan(self, folder)

    def verify(self) -> Verification:
        """Count the plan again without any of the solvers' code; see `layout_planner.plan.verify.verify`."""
        return verify(self)
