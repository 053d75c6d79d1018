"""`Plan`: what a what-if came to, and what is done with it as a whole: written, counted again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from layout_planner.base.drawing import draw
from layout_planner.plan.check import Verification
from layout_planner.plan.folder import write_plan
from layout_planner.plan.frames import flows_frame, places_frame, schools_frame
from layout_planner.plan.record import PlanRecord
from layout_planner.plan.verify import verify


@dataclass(frozen=True, eq=False, repr=False)
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

    def places_gdf(self, stage: str | None = None) -> gpd.GeoDataFrame:
        """Give the places with what the plan means for the children who live there.

        Parameters
        ----------
        stage
            One stage; all that the plan covers together where left out.

        Returns
        -------
        GeoDataFrame
            Index place_id, all places, in the study's CRS: name, township_id, pupils, without_school (children no
            school takes), elsewhere (who learn outside the study), away (who board or lodge), minutes_mean,
            minutes_max and metres_mean (one way, of those who come home daily; NaN where none does); with `stage`
            also school_id, where most go. `attrs["units"]`: column → unit. Columns do not depend on the language.

        Raises
        ------
        DataError
            The plan does not cover the stage.
        """
        return places_frame(self, stage)

    def schools_gdf(self, stage: str | None = None) -> gpd.GeoDataFrame:
        """Give the schools with what the plan sends to them.

        Parameters
        ----------
        stage
            One stage; all that the plan covers together where left out.

        Returns
        -------
        GeoDataFrame
            Index school_id, those that offer the stage, closed and planned ones too, in the study's CRS: name, state,
            state_before (in the plan it is compared with), township_id, roll, seats (NaN unknown), load = roll / seats,
            over (pupils above the seats). `attrs["units"]`: column → unit.

        Raises
        ------
        DataError
            The plan does not cover the stage.
        """
        return schools_frame(self, stage)

    def flows_gdf(self, stage: str | None = None) -> gpd.GeoDataFrame:
        """Give who goes where as straight lines from place to school.

        Parameters
        ----------
        stage
            One stage; all that the plan covers together where left out.

        Returns
        -------
        GeoDataFrame
            Index (place_id, school_id), in the study's CRS: pupils, away (of them who board or lodge), minutes and
            metres (means one way, along the way taken, of those who come home daily). `attrs["units"]`: column → unit.

        Raises
        ------
        DataError
            The plan does not cover the stage.
        """
        return flows_frame(self, stage)

    def explore(
        self,
        m: object = None,
        *,
        stage: str | None = None,
        layers: Sequence[str] | None = None,
        tiles: str | None = None,
    ) -> object:
        """Draw the plan on a `folium.Map` that layers of one's own can be put on; see `layout_planner.show.explore`."""
        return draw("explore.explore", self, m=m, stage=stage, layers=layers, tiles=tiles)

    def explore_beside(self, other: Plan, *, stage: str | None = None, layers: Sequence[str] | None = None) -> object:
        """Draw this plan and another side by side, moving together; see `layout_planner.show.dual_map`."""
        return draw("explore.dual_map", self, other, stage=stage, layers=layers)
