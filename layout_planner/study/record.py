"""`Study`: the facts of one region in one year. Values are never changed in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from layout_planner.base.arrays import Positions
from layout_planner.base.labels import positions
from layout_planner.base.messages import Text
from layout_planner.base.records import changed
from layout_planner.base.shown import SIMULATED, Line, Shown, count
from layout_planner.base.units import in_units
from layout_planner.study.stages import STAGE_NAMES, STAGES, grades_of

Frame: TypeAlias = pd.DataFrame
GeoFrame: TypeAlias = gpd.GeoDataFrame


_HANDED_ON = {
    "_demand": {"pupils", "places"}, "with_pupils": {"pupils"}, "_private": {"schools"}, "_names": {"schools"},
    "_townships_of": {"places"},
}  # fmt: skip
"""What a study has worked out and hands on to a copy, and the fields that must be the same for that."""

_ANSWERS = {"_demand", "_townships_of"}
"""Of these a copy shares the very table of answers, so that what one works out the others know."""


@dataclass(frozen=True, eq=False, repr=False)
class StudyRecord(Shown):
    """One region in one year.

    Frames carry their ids as index; tidy tables carry them as columns (`TIDY`). Geometries are in `crs`, metres.
    What the input did not give is an empty frame with the right columns, or None where there is no table.

    Parameters
    ----------
    name, year, calendar
        "6+3" means six years of primary and three of junior school.
    crs
        The metric CRS of every geometry, as "EPSG:n".
    places
        Demand units: index place_id; name, township_id, population, catchment_<stage>, geometry (point or polygon)
        and whatever else the input carried.
    townships
        Index township_id; name, population, urban_rural, geometry (polygon).
    schools
        Index school_id, one row a school: name, kind, state (open | closed | planned), closed_year, township_id,
        ownership, parent_id, … and geometry (point). Flags (inclusive, licensed, migrant_designated) are 1, 0 or NaN.
    sites
        Candidate sites for new schools: index site_id; name, stage, seats, open_cost, geometry (point).
    offers
        Index (school_id, stage), sorted: grades (tuple of int), and what is said per school and stage: enrolment,
        seats, classrooms, classes, class_size, teachers, staff, the raw quantities of the indicators, boarders, beds,
        quality, lead_candidate, site_area, floor_area, open_cost, running_cost; NaN where not said. Schools that are
        closed or planned keep their offers.
    pupils
        Children to be placed, by where they live: place_id, stage, grade, group, pupils.
    rolls
        Children by where they learn: school_id, stage, grade, pupils, classes.
    attendance
        Who goes where today, as far as known: place_id, school_id, stage, grade, pupils.
    roads
        A line layer with a graph read off its end points, or None.
    adjacency
        Pairs of neighbouring places: place_a, place_b, each pair once.
    elevation
        The file of an elevation raster, or None.
    sources
        "files" (file → SHA-256), "headers" (table → {column: header in the file}), "statements" (what was chosen,
        spread or reckoned: sentences every result must carry), "warnings" (faults that did not stop the reading),
        "note", "study_file".
    simulated
        The data are made up; every map and table drawn from them says so.
    demand_base
        "residents", "hukou" or "enrolled": whose children `pupils` counts.
    extra
        Further tables by name (teachers, costs, stops, hazards, estates, water …), among them `applicants`: who asks
        for a place in the entry grade, by what tie (place_id, stage, tie, pupils, sibling, dwelling_id, dwelling_used:
        the year its last child was admitted, since: the year of the registration).
    """

    name: str
    year: int
    calendar: str
    crs: str
    places: GeoFrame
    townships: GeoFrame
    schools: GeoFrame
    sites: GeoFrame
    offers: Frame
    pupils: Frame
    rolls: Frame
    attendance: Frame
    births: Frame
    classes: Frame
    adjacency: Frame
    roads: GeoFrame | None = None
    elevation: str | None = None
    given_travel: Mapping[str, Frame] = field(default_factory=dict)
    extra: Mapping[str, Frame] = field(default_factory=dict)
    sources: Mapping[str, Any] = field(default_factory=dict)
    simulated: bool = False
    demand_base: str = "residents"

    def with_(self, **changes: object) -> Self:
        """Return a copy with some fields replaced; the original stays as it is."""
        made = changed(self, changes)
        for kept, parts in _HANDED_ON.items():
            if parts.isdisjoint(changes) and (kept in vars(self) or kept in _ANSWERS):
                vars(made)[kept] = getattr(self, kept)
        return made

    @cached_property
    def with_pupils(self) -> frozenset[str]:
        """Stages that have pupils."""
        return frozenset(self.pupils["stage"].unique())

    @cached_property
    def stages(self) -> tuple[str, ...]:
        """Stages that have pupils or offers, youngest first."""
        present = set(self.with_pupils) | set(self.offers.index.get_level_values("stage"))
        return tuple(stage for stage in STAGES if stage in present)

    def grades(self, stage: str) -> tuple[int, ...]:
        """Give the grades of a stage under the study's calendar."""
        return grades_of(stage, self.calendar)

    @in_units()
    def demand(self, stage: str) -> pd.Series[float]:
        """Give the children to be placed.

        Returns
        -------
        pd.Series
            Pupils of the stage; index place_id, in the order of `places`, 0 where a place has none.
        """
        found = self._demand.get(stage)
        if found is None:
            mine = self.pupils.loc[self.pupils["stage"] == stage]
            sums = mine.groupby("place_id", observed=True)["pupils"].sum()
            found = sums.reindex(self.places.index, fill_value=0.0).astype(float).rename("pupils")
            self._demand[stage] = found
        return found.copy()

    @cached_property
    def _demand(self) -> dict[str, pd.Series[float]]:
        """What `demand` has answered."""
        return {}

    def townships_of_places(self) -> tuple[Positions, pd.Index]:
        """Give the township of each place as a position, −1 where not said, among those in order; not to be changed."""
        if "all" not in self._townships_of:
            self._townships_of["all"] = pd.factorize(self.places["township_id"], sort=True)
        return self._townships_of["all"]

    @cached_property
    def _townships_of(self) -> dict[str, tuple[Positions, pd.Index]]:
        """What `townships_of_places` has answered."""
        return {}

    def offering(self, stage: str, state: str = "open") -> pd.Index[str]:
        """Name the schools that offer a stage and are in a state, in the order of `schools`."""
        found = self._offering.get((stage, state))
        if found is None:
            offers = positions(self.offers_of(stage).index, self.schools.index) >= 0
            keep = offers & (self.schools["state"] == state).to_numpy(dtype=bool)
            found = self._offering[(stage, state)] = self.schools.index[keep]
        return found

    @cached_property
    def _offering(self) -> dict[tuple[str, str], pd.Index[str]]:
        """What `offering` has answered: every measure asks it."""
        return {}

    @in_units()
    def roll(self, stage: str) -> pd.Series[float]:
        """Give the pupils on roll; index school_id of every school that offers the stage, NaN where not returned."""
        ids = self.schools.index[self.schools.index.isin(self.offers_of(stage).index)]
        found = self.rolls.loc[self.rolls["stage"] == stage].groupby("school_id", observed=True)["pupils"].sum()
        return found.reindex(ids).astype(float).rename("pupils")

    @in_units()
    def seats(self, stage: str, class_limit: float | None = None) -> pd.Series[float]:
        """Give the seats of the schools that offer a stage.

        Parameters
        ----------
        class_limit
            Pupils a class may hold. Where a school's classrooms are known, its seats are
            min(seats, classrooms × limit); without a limit the stated seats count alone.

        Returns
        -------
        pd.Series
            Seats; index school_id in the order of `schools`; inf where neither seats nor classrooms are known.
        """
        offers = self.offers_of(stage)
        at = positions(offers.index, self.schools.index)
        ids, at = self.schools.index[at >= 0], at[at >= 0]
        stated, rooms = (offers[column].to_numpy(dtype=float)[at] for column in ("seats", "classrooms"))
        by_rooms = rooms * class_limit if class_limit is not None else np.full(len(ids), np.nan)
        seats = np.fmin(stated, by_rooms)  # fmin: an unknown side does not count
        return pd.Series(np.where(np.isnan(seats), np.inf, seats), index=ids, name="seats")

    def is_private(self) -> pd.Series[bool]:
        """Tell which schools are private (they choose, and are chosen); index school_id, False where not said."""
        return self._private.copy()

    @cached_property
    def _private(self) -> pd.Series[bool]:
        if "ownership" not in self.schools:
            return pd.Series(False, index=self.schools.index, name="private")
        private = (self.schools["ownership"] == "private").to_numpy(dtype=bool, na_value=False)
        return pd.Series(private, index=self.schools.index, name="private")

    def place_points(self) -> gpd.GeoSeries:
        """Give one point inside each place; index place_id."""
        return self.places.geometry.representative_point()

    def site_of(self, schools: pd.Index[str] | list[str]) -> list[str]:
        """Give the travel column of each school: the candidate site it was opened on, else its own id."""
        if "site_id" not in self.schools or self.schools["site_id"].isna().all():
            return [str(school) for school in schools]
        names = pd.Index(schools)
        sites = self.schools["site_id"].reindex(names).to_numpy(dtype=object)
        return [str(name) for name in np.where(pd.isna(sites), names.to_numpy(dtype=object), sites)]

    def school_name(self, school_id: str) -> str:
        """Give a school's name, or the id where the study does not name it."""
        return self._names.get(school_id, str(school_id))

    @cached_property
    def _names(self) -> dict[str, str]:
        """What `school_name` knows."""
        names = self.schools["name"] if "name" in self.schools else self.schools.index[:0].to_series()
        return {str(school): str(name) for school, name in names.items()}

    @in_units()
    def counts(self) -> pd.Series[int]:
        """Count schools by state and what they are.

        Legal schools, campuses and teaching points are counted apart; a nine-year school counts once, under junior,
        as the yearly returns do.

        Returns
        -------
        pd.Series
            Schools; index (state, category).
        """
        table = pd.DataFrame({"state": self.schools["state"], "category": self.categories()})
        return table.groupby(["state", "category"], observed=True).size().rename("schools")

    def categories(self) -> pd.Series[str]:
        """Tell what each school counts as: a stage's name, "campus" or "teaching point"; index school_id."""
        return self._categories.copy()

    @cached_property
    def _categories(self) -> pd.Series[str]:
        at = self.schools.index.get_indexer(self.offers.index.get_level_values("school_id"))
        known, stage = pd.factorize(self.offers.index.get_level_values("stage"))
        rank = np.array([STAGES.index(one) if one in STAGES else -1 for one in stage], dtype=np.intp)[known]
        # The yearly returns file a nine-year school under junior, a complete middle school under senior.
        highest = np.full(len(self.schools), -1, dtype=np.intp)
        np.maximum.at(highest, at[at >= 0], rank[at >= 0])
        names = np.array([*STAGES, "none"], dtype=object)[highest]
        point = (self.schools["kind"] == "218").to_numpy(dtype=bool, na_value=False)
        if "parent_id" in self.schools:
            names[self.schools["parent_id"].notna().to_numpy(dtype=bool)] = "campus"
        names[point] = "teaching point"
        return pd.Series(names, self.schools.index, dtype=object, name="category")

    def _heading(self) -> str:
        return f"Study {self.name!r} {self.year}"

    def _lines(self) -> Iterator[Line]:
        if self.simulated:
            yield SIMULATED
        states = self.schools["state"].value_counts()
        told = ", ".join(f"{states.get(state, 0):,} {state}" for state in ("open", "closed", "planned"))
        yield Text("schools", "学校"), told
        yield Text("places, townships", "居住点、乡镇"), f"{len(self.places):,}, {len(self.townships):,}"
        for stage in self.stages:
            open_ = self.offering(stage)
            seats = count(float(self.seats(stage)[open_].replace(np.inf, np.nan).sum(skipna=False)))
            pupils = count(float(self.demand(stage).sum()))
            yield (
                Text(*STAGE_NAMES[stage]),
                Text(
                    f"{pupils} children, {len(open_):,} open schools, {seats} seats",
                    f"适龄 {pupils} 人，在办 {len(open_):,} 所，学位 {seats}",
                ),
            )
        yield Text("CRS, calendar", "坐标系、学制"), f"{self.crs}, {self.calendar}"
        where = f'{len(self.sources.get("statements", ()))} × sources["statements"]'
        yield Text("stated of the data", "数据说明"), where

    def offers_of(self, stage: str) -> Frame:
        """Give the offers of a stage, index school_id; not to be changed."""
        found = self._offers_of.get(stage)
        if found is None:
            at = self.offers.index.names.index("stage")
            mine = np.flatnonzero(np.append(self.offers.index.levels[at] == stage, False)[self.offers.index.codes[at]])
            found = self._offers_of[stage] = self.offers.take(mine).droplevel("stage")
        return found

    @cached_property
    def _offers_of(self) -> dict[str, Frame]:
        """What `offers_of` has answered."""
        return {}
