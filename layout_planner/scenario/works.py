"""`Works`: the schools and offers of a study while edits are carried out on them."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from layout_planner.scenario.scope import Scope
from layout_planner.study import Study
from layout_planner.study.stages import LOWER_GRADES, STAGES, parse_grades

ROOM_SEATS = {"kindergarten": 30, "primary": 45, "junior": 50, "senior": 50, "vocational": 50, "special": 12}
"""Children a classroom seats when a site gets another use or more seats: the middle class of the kindergarten
(教督〔2020〕1号: 25/30/35), GB 50099-2011 for schools, 建标156-2011 for special schools."""

KINDS = {"kindergarten": "111", "primary": "211", "junior": "311", "senior": "342"}
"""Kind of a new school by its stage (GB/T 33782)."""

TEACHING_POINT = "218"
"""Kind of a teaching point (GB/T 33782)."""


class Works:
    """What an edit may do to the schools of a study; the study itself stays as it is.

    Parameters
    ----------
    study
        The study to start from.
    year
        The autumn that is shown; None: the end of all edits.
    """

    def __init__(self, study: Study, year: int | None) -> None:
        self.study = study
        self.year = year
        self.schools: pd.DataFrame = study.schools.copy()
        self.offers: pd.DataFrame = study.offers.copy()
        lacking = [column for column in ("parent_id", "site_id") if column not in self.schools]
        if lacking:
            none = pd.array([None] * len(self.schools), dtype="str")
            self.schools = self.schools.assign(**dict.fromkeys(lacking, none))

    def finished(self) -> Study:
        """Give the study with what was done to it."""
        # A site that carries a school now is no candidate any more.
        taken = self.schools["site_id"].dropna()
        sites = self.study.sites
        return self.study.with_(
            schools=gpd.GeoDataFrame(self.schools, geometry="geometry", crs=self.study.crs),
            offers=self.offers if self.offers.index.is_monotonic_increasing else self.offers.sort_index(),
            sites=sites.loc[~sites.index.isin(taken)] if len(taken) else sites,
        )

    def stages_of(self, school: str, scope: Scope | None = None) -> list[str]:
        """Give the stages a school offers, those of a scope only where one is given."""
        return [s for s in STAGES if (school, s) in self.offers.index and (scope is None or scope.concerns(s))]

    def end(self, school: str, scope: Scope) -> float:
        """End offers of a school; the school itself closes with the last of them. Gives the rooms that fall free."""
        left: dict[str, tuple[int, ...]] = {}
        rooms = []
        for stage in self.stages_of(school):
            grades = self.offers.at[(school, stage), "grades"]
            if scope.concerns(stage):
                gone = scope.asked(grades)
                grades = tuple(grade for grade in grades if grade not in gone)
                rooms.append(self.offers.at[(school, stage), "classrooms"] if not grades else 0.0)
            left[stage] = grades
        if not any(left.values()):
            # The offers stay as they were, for the record and in case the school opens again.
            self.schools.loc[school, "state"] = "closed"
            self.schools.loc[school, "closed_year"] = scope.year if scope.year is not None else self.study.year
        else:
            for stage, grades in left.items():
                if grades:
                    self.offers.at[(school, stage), "grades"] = grades
            self._drop([(school, stage) for stage, grades in left.items() if not grades])
        return float(np.nansum(rooms))

    def begin(self, school: str, stage: str, seats: float) -> None:
        """Give a site a new offer beside those that are left; a school that had closed starts anew."""
        if self.schools.at[school, "state"] != "open":
            self._drop([(school, old) for old in self.stages_of(school)])
            self.schools.loc[school, "state"] = "open"
            self.schools.loc[school, "closed_year"] = np.nan
            self.schools.loc[school, "kind"] = KINDS.get(stage)
        self.add_offer(school, stage, seats)

    def attach(self, school: str, parent: str) -> None:
        """Make a school a part of another."""
        self.schools.loc[school, "parent_id"] = parent

    def reduce_to_point(self, school: str) -> None:
        """Make a primary school a teaching point, which keeps its lower grades."""
        if (school, "primary") not in self.offers.index:
            return
        self.schools.loc[school, "kind"] = TEACHING_POINT
        grades = self.offers.at[(school, "primary"), "grades"]
        self.offers.at[(school, "primary"), "grades"] = tuple(grade for grade in grades if grade in LOWER_GRADES)

    def seats(self, school: str, stage: str) -> float:
        """Give the seats of an offer; NaN where not known."""
        return float(self.offers.at[(school, stage), "seats"])

    def set_seats(self, school: str, stage: str, seats: float) -> None:
        """Set the seats of a stage; rooms follow, or min(seats, rooms × limit) would hide the enlargement."""
        at = (school, stage)
        before, rooms = self.seats(school, stage), float(self.offers.at[at, "classrooms"])
        self.offers.at[at, "seats"] = float(seats)
        if not np.isnan(rooms) and not seats <= before:
            in_proportion = rooms * seats / before if before > 0 else 0.0
            self.offers.at[at, "classrooms"] = float(np.ceil(max(rooms, in_proportion, seats / ROOM_SEATS[stage])))

    def set_classrooms(self, school: str, stage: str, rooms: float) -> None:
        """Set the classrooms of a stage."""
        self.offers.at[(school, stage), "classrooms"] = float(rooms)

    def add_school(self, school: str, told: Mapping[str, object]) -> None:
        """Add an open school without offers; columns the study does not have and gaps are left out."""
        # reindex fills the new row with gaps and widens the types that cannot hold one.
        self.schools = self.schools.reindex(self.schools.index.append(pd.Index([school]))).rename_axis("school_id")
        for column, value in told.items():
            if column in self.schools and value is not None:
                self.schools.loc[school, column] = value

    def reopen(self, school: str, scope: Scope, seats: float | None) -> None:
        """Let a closed or planned school take up again what the scope names; its other stages are given up."""
        self.schools.loc[school, "state"] = "open"
        self.schools.loc[school, "closed_year"] = np.nan
        for stage in self.stages_of(school):
            if not scope.concerns(stage):
                self._drop([(school, stage)])
                continue
            if seats is not None:
                self.offers.at[(school, stage), "seats"] = float(seats)
            if scope.grades is not None:
                asked = scope.asked(self.study.grades(stage))
                grades = tuple(grade for grade in self.study.grades(stage) if grade in asked)
                self.offers.at[(school, stage), "grades"] = grades

    def add_offer(self, school: str, stage: str, seats: float, grades: str | None = None) -> None:
        """Add an offer of all grades of a stage, or of those that are named."""
        asked = parse_grades(grades) if grades else self.study.grades(stage)
        row: dict[str, object] = dict.fromkeys(self.offers.columns, np.nan)
        row["grades"] = tuple(grade for grade in self.study.grades(stage) if grade in asked)
        row["seats"] = seats
        index = pd.MultiIndex.from_tuples([(school, stage)], names=self.offers.index.names)
        added = pd.DataFrame([row], index=index).astype({c: t for c, t in self.offers.dtypes.items() if t.kind == "f"})
        self.offers = pd.concat([self.offers, added])

    def _drop(self, keys: list[tuple[str, str]]) -> None:
        self.offers = self.offers.loc[~self.offers.index.isin(keys)]
