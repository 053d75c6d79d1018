"""`Phasing`: a plan spread over years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.base.proof import Proof, Proved
from layout_planner.base.units import Measured, in_units
from layout_planner.plan.types import Plan
from layout_planner.scenario import Scenario

PHASE_COLUMNS = ("year", "do", "school_id", "name", "stage", "into", "pupils", "seats", "cost", "reason")
OVER_COLUMNS = ("year", "school_id", "name", "stage", "roll", "seats", "over", "because")


@dataclass(frozen=True, eq=False, repr=False)
class Phasing(Measured, Proved):
    """When each closure, enlargement and opening of a plan takes place.

    Parameters
    ----------
    scenario
        The plan's edits, each with its year; as they were where the status is "infeasible".
    table
        `PHASE_COLUMNS`, one row an edit that was given a year, in the order of years: pupils who change school with it
        in that autumn (on the forecast), seats it adds, what they cost in yuan (NaN unknown).
    plans
        Year → the plan as it stands that autumn, with the children of then, scored; its base is the same autumn with
        nothing done. Empty where the status is "infeasible" or "interrupted".
    over
        `OVER_COLUMNS`: schools with more pupils than seats in a year; because = "births" where it would be so without
        any move, "moves" where the moves make it so. Children whom the moves leave without a place stand under
        school_id "".
    proof
        School-years of delay reached and proved (see `phase`). "interrupted": no timetable was found in the time given.
    seconds
        Wall time.
    work
        What the solver counted: columns, nodes, pupil-years too many, reached and proved.
    notes
        What the reader must know: assumptions, and where it cannot be done which limit stands in the way.
    """

    scenario: Scenario
    table: pd.DataFrame
    plans: Mapping[int, Plan]
    over: pd.DataFrame
    proof: Proof
    seconds: float
    work: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()

    @in_units()
    def by_year(self) -> pd.DataFrame:
        """Count what happens each year.

        Returns
        -------
        pd.DataFrame
            Index year; closures, builds, pupils (moved), cost (yuan, NaN where one of the year's is unknown).
        """
        ends = {edit.do for edit in self.scenario.edits if edit.ends}
        builds = {edit.do for edit in self.scenario.edits if edit.builds}
        kinds = {"closures": self.table["do"].isin(ends), "builds": self.table["do"].isin(builds)}
        by = self.table.assign(**kinds).astype({"closures": int, "builds": int}).groupby("year")
        return by[["closures", "builds", "pupils"]].sum().join(by["cost"].sum(skipna=False))

    @in_units()
    def by_school(self) -> pd.DataFrame:
        """Follow the schools the plan touches through the years.

        Returns
        -------
        pd.DataFrame
            Index (stage, school_id); name, and for each year roll_<year> and seats_<year>, NaN where the school is not
            open then.
        """
        touched = set(self.table["school_id"]) | set(self.table["into"])
        parts = [pd.DataFrame({"name": []}, index=pd.MultiIndex.from_arrays([[], []], names=["stage", "school_id"]))]
        names: dict[str, str] = {}
        for year, plan in self.plans.items():
            score = plan.scorecard.table
            mine = score.loc[(score["scope"] == "school") & score["measure"].isin(["roll", "seats"])]
            wide = mine.loc[mine["id"].isin(touched)].pivot(index=["stage", "id"], columns="measure", values="value")
            parts.append(wide.add_suffix(f"_{year}").rename_axis(index=["stage", "school_id"], columns=None))
            names |= {school: plan.study.school_name(school) for school in touched}
        joined = pd.concat(parts, axis=1)
        return joined.assign(name=[names[school] for school in joined.index.get_level_values("school_id")])
