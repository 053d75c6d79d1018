"""Carrying out a scenario: a study and its edits give a new study. Nothing changes in place."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from layout_planner.scenario.check import check_scenario
from layout_planner.scenario.edits import Close, Convert, Edit, Expand, Merge, Open, Pin, Rebuild
from layout_planner.scenario.types import Scenario
from layout_planner.study import Study
from layout_planner.study.stages import parse_grades

TEACHING_POINT_GRADES = (1, 2, 3)
"""Grades a teaching point keeps: lower grades stay near (国办发〔2018〕27号)."""

KINDERGARTEN_CLASS = 30
"""Children a converted classroom seats: the middle class of the kindergarten (教督〔2020〕1号: 25/30/35)."""


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
    work = _Work(study, schools, offers)
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
    chosen = [edit for edit in scenario.edits if year is None or edit.year is None or edit.year <= year]
    return sorted(chosen, key=lambda edit: edit.year if edit.year is not None else -1)


def destinations(scenario: Scenario, stage: str, year: int | None = None) -> dict[str, str]:
    """Tell where the pupils of merged schools go together; a chain of mergers is followed to its end."""
    into = {
        edit.school: edit.into
        for edit in in_force(scenario, year)
        if isinstance(edit, Merge) and edit.site != "campus" and edit.stage in (None, stage)
    }
    final = {}
    for school in into:
        target = into[school]
        seen = {school}
        while target in into and target not in seen:
            seen.add(target)
            target = into[target]
        final[school] = target
    return final


def pins(scenario: Scenario, stage: str, year: int | None = None) -> list[tuple[str, tuple[int, ...] | None, str]]:
    """Give the pins of a stage: place, grades (None for all), school."""
    return [
        (edit.place, parse_grades(edit.grades) if edit.grades else None, edit.school)
        for edit in in_force(scenario, year)
        if isinstance(edit, Pin) and edit.stage in (None, stage)
    ]


class _Work:
    """The frames under the knife; lives for one `apply`."""

    def __init__(self, study: Study, schools: pd.DataFrame, offers: pd.DataFrame) -> None:
        self.study = study
        self.schools = schools
        self.offers = offers

    def carry_out(self, edit: Edit) -> None:
        if isinstance(edit, Close):
            self.end(edit.school, edit)
        elif isinstance(edit, Merge):
            self.merge(edit)
        elif isinstance(edit, Convert):
            rooms = self._rooms(edit.school)
            self.end(edit.school, edit, stage=None)
            self.begin(edit.school, edit.to, edit.seats or rooms * KINDERGARTEN_CLASS)
        elif isinstance(edit, Expand | Rebuild):
            self.enlarge(edit)
        elif isinstance(edit, Open):
            self.open(edit)
        # Keep, Pin, Board and Bus change no school; check, solvers and findings read them.

    def stages_of(self, school: str, stage: str | None) -> list[str]:
        mine = [s for s in self.study.stages if (school, s) in self.offers.index]
        return [s for s in mine if stage is None or s == stage]

    def end(self, school: str, edit: Edit, stage: str | None = "as said") -> None:
        """End offers of a school; the school itself closes with the last of them."""
        stage = edit.stage if stage == "as said" else stage
        if edit.grades is not None:
            gone = set(parse_grades(edit.grades))
            for s in self.stages_of(school, stage):
                self.restrict(school, s, tuple(g for g in self.offers.at[(school, s), "grades"] if g not in gone))
            if any(len(self.offers.at[(school, s), "grades"]) for s in self.stages_of(school, None)):
                return
        ending = self.stages_of(school, stage)
        if len(ending) < len(self.stages_of(school, None)):
            self.offers = self.offers.drop([(school, s) for s in ending])
            return
        self.schools.loc[school, "state"] = "closed"
        self.schools.loc[school, "closed_year"] = edit.year if edit.year is not None else self.study.year

    def merge(self, edit: Merge) -> None:
        if edit.site in ("campus", "teaching_point"):
            self.schools.loc[edit.school, "parent_id"] = edit.into
            if edit.site == "teaching_point":
                self.schools.loc[edit.school, "kind"] = "218"
                for s in self.stages_of(edit.school, "primary"):
                    kept = tuple(g for g in self.offers.at[(edit.school, s), "grades"] if g in TEACHING_POINT_GRADES)
                    self.restrict(edit.school, s, kept)
            return
        rooms = self._rooms(edit.school)
        self.end(edit.school, edit)
        if edit.site == "kindergarten":
            self.begin(edit.school, "kindergarten", rooms * KINDERGARTEN_CLASS)

    def restrict(self, school: str, stage: str, grades: tuple[int, ...]) -> None:
        self.offers.at[(school, stage), "grades"] = grades

    def begin(self, school: str, stage: str, seats: float) -> None:
        """Give a site a new offer; what it ended with before is gone."""
        self.schools.loc[school, "state"] = "open"
        self.schools.loc[school, "closed_year"] = np.nan
        gone = [(school, s) for s in self.stages_of(school, None)]
        self.offers = self.offers.drop(gone)
        self._add_offer(school, stage, seats)
        if stage == "kindergarten":
            self.schools.loc[school, "kind"] = "111"

    def enlarge(self, edit: Expand | Rebuild) -> None:
        (stage,) = self.stages_of(edit.school, edit.stage)
        at = (edit.school, stage)
        before = float(self.offers.at[at, "seats"])
        if isinstance(edit, Expand) and edit.add_seats is not None:
            seats = max(0.0, (0.0 if np.isnan(before) else before) + edit.add_seats)
        else:
            seats = float(edit.seats or 0.0)
        self.offers.at[at, "seats"] = seats
        rooms = float(self.offers.at[at, "classrooms"])
        if isinstance(edit, Expand) and edit.classrooms is not None:
            self.offers.at[at, "classrooms"] = float(edit.classrooms)
        elif seats > before and not np.isnan(rooms):
            # The rooms must follow the seats, or min(seats, rooms × limit) would hide the enlargement.
            self.offers.at[at, "classrooms"] = np.ceil(rooms * seats / before) if before > 0 else np.nan

    def open(self, edit: Open) -> None:
        if edit.site in self.study.schools.index:  # a closed or planned school takes up again
            self.schools.loc[edit.site, "state"] = "open"
            self.schools.loc[edit.site, "closed_year"] = np.nan
            if edit.seats is not None:
                for s in self.stages_of(edit.site, edit.stage):
                    self.offers.at[(edit.site, s), "seats"] = float(edit.seats)
            return
        site = self.study.sites.loc[edit.site]
        stage = edit.stage or str(site["stage"])
        row = pd.DataFrame(None, index=[edit.school_id], columns=self.schools.columns, dtype=object)
        row = row.astype(
            {c: t for c, t in self.schools.dtypes.items() if (c != "geometry" and t.kind in "OU") or str(t) == "str"}
        )
        kinds = {"kindergarten": "111", "primary": "211", "junior": "311", "senior": "342"}
        told = {
            "name": edit.name or site.get("name") or edit.school_id,
            "state": "open",
            "kind": kinds.get(stage),
            "site_id": edit.site,
            "township_id": site.get("township_id"),
            "parent_id": edit.parent,
            "ownership": "public",
            "geometry": site["geometry"],
        }
        for column, value in told.items():
            if column in row:
                row[column] = pd.Series([value], index=row.index, dtype=object)
        joined = pd.concat([self.schools.astype(object), row.astype(object)])
        self.schools = joined.astype({c: t for c, t in self.schools.dtypes.items() if c != "geometry"})
        self.schools.index.name = "school_id"
        self._add_offer(edit.school_id, stage, float(edit.seats or site["seats"]), edit.grades)

    def _add_offer(self, school: str, stage: str, seats: float, grades: str | None = None) -> None:
        row = dict.fromkeys(self.offers.columns, np.nan)
        row["grades"] = parse_grades(grades) if grades else self.study.grades(stage)  # type: ignore[assignment]
        row["seats"] = seats
        index = pd.MultiIndex.from_tuples([(school, stage)], names=self.offers.index.names)
        added = pd.DataFrame([row], index=index).astype({c: t for c, t in self.offers.dtypes.items() if t.kind == "f"})
        self.offers = pd.concat([self.offers, added])

    def _rooms(self, school: str) -> float:
        rooms = [float(self.offers.at[(school, s), "classrooms"]) for s in self.stages_of(school, None)]
        return float(np.nansum(rooms))
