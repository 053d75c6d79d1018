"""Carrying out a scenario: a study and its edits give a new study. Nothing changes in place."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from layout_planner.scenario.check import check_scenario
from layout_planner.scenario.course import TEACHING_POINT_GRADES, in_order
from layout_planner.scenario.edits import Close, Convert, Edit, Expand, Merge, Open, Pin, Rebuild
from layout_planner.scenario.types import Scenario
from layout_planner.study import Study
from layout_planner.study.stages import STAGES, parse_grades

ROOM_SEATS = {"kindergarten": 30, "primary": 45, "junior": 50, "senior": 50, "vocational": 50, "special": 12}
"""Children a classroom seats when a site gets another use or more seats: the middle class of the kindergarten
(教督〔2020〕1号: 25/30/35), GB 50099-2011 for schools, 建标156-2011 for special schools."""

KINDS = {"kindergarten": "111", "primary": "211", "junior": "311", "senior": "342"}
"""Kind of a new school by its stage (GB/T 33782)."""


def apply(study: Study, scenario: Scenario, year: int | None = None) -> Study:
    """Carry out the edits of a scenario.

    Parameters
    ----------
    study
        The study to start from; it stays as it is.
    scenario
        Checked first: unknown names and contradictions are refused, all at once.
    year
        Carry out only the edits up to and including that year; edits without a year always count.

    Returns
    -------
    Study
        With schools closed, opened, enlarged …; who goes where is the solvers' business, so `rolls` and `attendance`
        are still those of the start.

    Raises
    ------
    ScenarioError
        The scenario names what the study does not have, or contradicts itself.
    """
    check_scenario(study, scenario)
    schools, offers, sites = study.schools.copy(), study.offers.copy(), study.sites
    for column in ("parent_id", "site_id"):
        if column not in schools:
            schools[column] = pd.Series(None, index=schools.index, dtype="str")
    work = _Work(study, schools, offers, year)
    for edit in in_force(scenario, year):
        work.carry_out(edit)
    # A site that carries a school now is no candidate any more.
    taken = work.schools["site_id"].dropna()
    return study.with_(
        schools=gpd.GeoDataFrame(work.schools, geometry="geometry", crs=study.crs),
        offers=work.offers.sort_index(),
        sites=sites.loc[~sites.index.isin(taken)],
    )


def in_force(scenario: Scenario, year: int | None = None) -> list[Edit]:
    """Give the edits up to a year, in order of their years; within a year as written."""
    return in_order([edit for edit in scenario.edits if year is None or edit.year is None or edit.year <= year])


def destinations(scenario: Scenario, stage: str, grade: int, year: int | None = None) -> dict[str, str]:
    """Tell where the pupils of a grade go together: school → the one it merged into, or its host while rebuilt.

    Only the next step: whoever reads it follows a chain of mergers until a school that runs.
    """
    into = {}
    for edit in in_force(scenario, year):
        if edit.stage not in (None, stage) or (edit.grades is not None and grade not in parse_grades(edit.grades)):
            continue
        if isinstance(edit, Merge) and edit.site != "campus":
            into[edit.school] = edit.into
        elif isinstance(edit, Rebuild) and edit.host is not None and _is_away(edit, year):
            into[edit.school] = edit.host
    return into


def pins(scenario: Scenario, stage: str, year: int | None = None) -> list[tuple[str, tuple[int, ...] | None, str]]:
    """Give the pins of a stage: place, grades (None for all), school."""
    return [
        (edit.place, parse_grades(edit.grades) if edit.grades else None, edit.school)
        for edit in in_force(scenario, year)
        if isinstance(edit, Pin) and edit.stage in (None, stage)
    ]


def _is_away(edit: Rebuild, year: int | None) -> bool:
    """Tell whether a school is out of use for its rebuilding; without a year the end of all edits is meant."""
    return edit.back is not None and year is not None and year < edit.back


class _Work:
    """The frames under the knife; lives for one `apply`."""

    def __init__(self, study: Study, schools: pd.DataFrame, offers: pd.DataFrame, year: int | None) -> None:
        self.study = study
        self.schools = schools
        self.offers = offers
        self.year = year

    def carry_out(self, edit: Edit) -> None:
        if isinstance(edit, Close):
            self.end(edit)
        elif isinstance(edit, Merge):
            self.merge(edit)
        elif isinstance(edit, Convert):
            rooms = self.end(edit)
            self.begin(edit.school, edit.to, edit.seats or rooms * ROOM_SEATS[edit.to])
        elif isinstance(edit, Expand):
            self.expand(edit)
        elif isinstance(edit, Rebuild):
            if _is_away(edit, self.year):
                self.end(edit)
            else:
                self.enlarge(edit, edit.seats)
        elif isinstance(edit, Open):
            self.open(edit)
        # Keep, Pin, Board and Bus change no school; check, solvers and findings read them.

    def stages_of(self, school: str) -> list[str]:
        return [stage for stage in STAGES if (school, stage) in self.offers.index]

    def end(self, edit: Close | Merge | Convert | Rebuild) -> float:
        """End offers of a school; the school itself closes with the last of them. Gives the rooms that fall free."""
        school = edit.school
        gone = None if edit.grades is None else set(parse_grades(edit.grades))
        left: dict[str, tuple[int, ...]] = {}
        rooms = []
        for stage in self.stages_of(school):
            grades = self.offers.at[(school, stage), "grades"]
            if edit.stage in (None, stage):
                grades = () if gone is None else tuple(grade for grade in grades if grade not in gone)
                rooms.append(self.offers.at[(school, stage), "classrooms"] if not grades else 0.0)
            left[stage] = grades
        if not any(left.values()):
            # The offers stay as they were, for the record and in case the school opens again.
            self.schools.loc[school, "state"] = "closed"
            self.schools.loc[school, "closed_year"] = edit.year if edit.year is not None else self.study.year
        else:
            for stage, grades in left.items():
                if grades:
                    self.offers.at[(school, stage), "grades"] = grades
            self.drop([(school, stage) for stage, grades in left.items() if not grades])
        return float(np.nansum(rooms))

    def merge(self, edit: Merge) -> None:
        if edit.site in ("campus", "teaching_point"):
            self.schools.loc[edit.school, "parent_id"] = edit.into
        if edit.site == "teaching_point" and (edit.school, "primary") in self.offers.index:
            self.schools.loc[edit.school, "kind"] = "218"
            grades = self.offers.at[(edit.school, "primary"), "grades"]
            kept = tuple(grade for grade in grades if grade in TEACHING_POINT_GRADES)
            self.offers.at[(edit.school, "primary"), "grades"] = kept
        elif edit.site in ("closed", "kindergarten"):
            rooms = self.end(edit)
            if edit.site == "kindergarten":
                self.begin(edit.school, "kindergarten", rooms * ROOM_SEATS["kindergarten"])

    def begin(self, school: str, stage: str, seats: float) -> None:
        """Give a site a new offer beside those that are left; a school that had closed starts anew."""
        if self.schools.at[school, "state"] != "open":
            self.drop([(school, old) for old in self.stages_of(school)])
            self.schools.loc[school, "state"] = "open"
            self.schools.loc[school, "closed_year"] = np.nan
            self.schools.loc[school, "kind"] = KINDS.get(stage)
        self.add_offer(school, stage, seats)

    def expand(self, edit: Expand) -> None:
        stages = [stage for stage in self.stages_of(edit.school) if edit.stage in (None, stage)]
        if not stages:  # out of use for its rebuilding
            return
        before = float(self.offers.at[(edit.school, stages[0]), "seats"])
        seats = edit.seats
        if seats is None:
            seats = max(0.0, (0.0 if np.isnan(before) else before) + (edit.add_seats or 0.0))
        self.enlarge(edit, seats)
        if edit.classrooms is not None:
            self.offers.at[(edit.school, stages[0]), "classrooms"] = float(edit.classrooms)

    def enlarge(self, edit: Expand | Rebuild, seats: float) -> None:
        """Set the seats of a stage; rooms follow, or min(seats, rooms × limit) would hide the enlargement."""
        (stage,) = [stage for stage in self.stages_of(edit.school) if edit.stage in (None, stage)]
        at = (edit.school, stage)
        before, rooms = float(self.offers.at[at, "seats"]), float(self.offers.at[at, "classrooms"])
        self.offers.at[at, "seats"] = float(seats)
        if not np.isnan(rooms) and not seats <= before:
            in_proportion = rooms * seats / before if before > 0 else 0.0
            self.offers.at[at, "classrooms"] = float(np.ceil(max(rooms, in_proportion, seats / ROOM_SEATS[stage])))

    def open(self, edit: Open) -> None:
        school = edit.school_id
        if school in self.schools.index:  # a closed or planned school takes up again
            self.reopen(edit, school)
            return
        site = self.study.sites.loc[edit.site]
        stage = edit.stage or str(site["stage"])
        told = {
            "name": edit.name or (site["name"] if "name" in site and pd.notna(site["name"]) else school),
            "state": "open",
            "kind": KINDS.get(stage),
            "site_id": edit.site,
            "township_id": site.get("township_id"),
            "parent_id": edit.parent,
            "ownership": "public",
            "geometry": site["geometry"],
        }
        # reindex fills the new row with gaps and widens the types that cannot hold one.
        self.schools = self.schools.reindex(self.schools.index.append(pd.Index([school]))).rename_axis("school_id")
        for column, value in told.items():
            if column in self.schools and value is not None:
                self.schools.loc[school, column] = value
        seats = edit.seats if edit.seats is not None else site["seats"]
        self.add_offer(school, stage, float(seats), edit.grades)

    def reopen(self, edit: Open, school: str) -> None:
        self.schools.loc[school, "state"] = "open"
        self.schools.loc[school, "closed_year"] = np.nan
        for stage in self.stages_of(school):
            if edit.stage not in (None, stage):
                self.drop([(school, stage)])
                continue
            if edit.seats is not None:
                self.offers.at[(school, stage), "seats"] = float(edit.seats)
            if edit.grades is not None:
                asked = parse_grades(edit.grades)
                grades = tuple(grade for grade in self.study.grades(stage) if grade in asked)
                self.offers.at[(school, stage), "grades"] = grades

    def add_offer(self, school: str, stage: str, seats: float, grades: str | None = None) -> None:
        asked = parse_grades(grades) if grades else self.study.grades(stage)
        row: dict[str, object] = dict.fromkeys(self.offers.columns, np.nan)
        row["grades"] = tuple(grade for grade in self.study.grades(stage) if grade in asked)
        row["seats"] = seats
        index = pd.MultiIndex.from_tuples([(school, stage)], names=self.offers.index.names)
        added = pd.DataFrame([row], index=index).astype({c: t for c, t in self.offers.dtypes.items() if t.kind == "f"})
        self.offers = pd.concat([self.offers, added])

    def drop(self, keys: list[tuple[str, str]]) -> None:
        self.offers = self.offers.loc[~self.offers.index.isin(keys)]
