"""A plan as frames for geopandas, lonboard, pydeck …: places, schools and flows with id index, CRS and units.

Columns and values are the same whatever the reader's language; `attrs["units"]` says in what each number is.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.units import in_units
from layout_planner.plan.columns import by_day, lacks_school
from layout_planner.plan.record import PlanRecord
from layout_planner.policy import class_limit

UNITS = {
    "pupils": "pupils", "without_school": "pupils", "elsewhere": "pupils", "away": "pupils", "roll": "pupils",
    "seats": "seats", "over": "pupils", "load": "pupils a seat", "minutes": "min", "minutes_mean": "min",
    "minutes_max": "min", "metres": "m", "metres_mean": "m",
}  # fmt: skip
"""Column → its unit."""


def stages_of(plan: PlanRecord, stage: str | None) -> list[str]:
    """Give the stages meant: the one named, or all the plan covers.

    Raises
    ------
    DataError
        The plan does not cover the stage.
    """
    if stage is None:
        return list(plan.assignments)
    if stage not in plan.assignments:
        hint = did_you_mean(stage, plan.assignments)
        raise refuse(
            f'the plan has no stage "{stage}"{hint.en}',
            f"方案没有学段“{stage}”{hint.zh}",
            f"use one of {', '.join(plan.assignments)}",
            f"可用：{'、'.join(plan.assignments)}",
        )
    return [stage]


@in_units()
def without_school(plan: PlanRecord, stage: str | None = None) -> pd.DataFrame:
    """Give the rows of `unplaced` of children who have no school at all: those who learn elsewhere have one."""
    rows = plan.unplaced
    meant = rows["stage"].isin(stages_of(plan, stage))
    return rows.loc[meant & lacks_school(rows) & (rows["pupils"] > 0)]


def places_frame(plan: PlanRecord, stage: str | None = None) -> gpd.GeoDataFrame:
    """Give the places with what the plan means for the children who live there; see `Plan.places_gdf`."""
    stages = stages_of(plan, stage)
    places = plan.study.places
    flows = plan.flows.loc[plan.flows["stage"].isin(stages)]
    gone = plan.unplaced.loc[plan.unplaced["stage"].isin(stages)]
    away = ~lacks_school(gone)
    day = flows.loc[by_day(flows) & flows["minutes"].notna().to_numpy()]
    means = _means(day, "place_id").reindex(places.index)
    columns: dict[str, object] = {
        "name": _named(places),
        "township_id": places.get("township_id", pd.Series(None, places.index, dtype="str")),
        "pupils": sum((plan.study.demand(each) for each in stages), pd.Series(0.0, places.index)),
        "without_school": _sums(gone.loc[~away], "place_id", places.index),
        "elsewhere": _sums(gone.loc[away], "place_id", places.index),
        "away": _sums(flows.loc[~by_day(flows)], "place_id", places.index),
        "minutes_mean": means["minutes"],
        "minutes_max": day.groupby("place_id", observed=True)["minutes"].max().reindex(places.index),
        "metres_mean": means["metres"],
    }
    if stage is not None:
        columns["school_id"] = plan.assignments[stage].school_of().reindex(places.index)
    return _frame(columns, places.geometry)


def schools_frame(plan: PlanRecord, stage: str | None = None) -> gpd.GeoDataFrame:
    """Give the schools with what the plan sends to them; see `Plan.schools_gdf`."""
    stages = stages_of(plan, stage)
    study = plan.study
    offered = study.offers.index[study.offers.index.get_level_values("stage").isin(stages)].get_level_values(0)
    schools = study.schools.loc[study.schools.index.isin(offered)]
    before = (plan if plan.base is None else plan.base).study.schools["state"]
    open_ = (schools["state"] == "open").to_numpy()
    roll, seats = pd.Series(0.0, schools.index), pd.Series(0.0, schools.index)
    for each in stages:
        roll = roll.add(plan.assignments[each].roll().reindex(schools.index), fill_value=0.0)
        seats = seats + study.seats(each, class_limit(plan.rules, each)).reindex(schools.index).fillna(0.0)
    seats = seats.replace(np.inf, np.nan)
    columns: dict[str, object] = {
        "name": _named(schools),
        "state": schools["state"],
        "state_before": before.reindex(schools.index),
        "township_id": schools.get("township_id", pd.Series(None, schools.index, dtype="str")),
        "roll": roll,
        "seats": seats,
        "load": (roll / seats.where(seats > 0)).where(open_),
        "over": (roll - seats).clip(lower=0.0).where(open_),
    }
    return _frame(columns, schools.geometry)


def flows_frame(plan: PlanRecord, stage: str | None = None) -> gpd.GeoDataFrame:
    """Give the flows as straight lines from place to school; see `Plan.flows_gdf`."""
    stages = stages_of(plan, stage)
    flows = plan.flows.loc[plan.flows["stage"].isin(stages)]
    keys = ["place_id", "school_id"]
    sums = flows.groupby(keys, observed=True)["pupils"].sum()
    day = flows.loc[by_day(flows) & flows["minutes"].notna().to_numpy()]
    means = _means(day, keys).reindex(sums.index)
    away = flows.loc[~by_day(flows)].groupby(keys, observed=True)["pupils"].sum()
    homes, schools = plan.study.place_points(), plan.study.schools.geometry
    ends = [
        shapely.get_coordinates(points.loc[sums.index.get_level_values(level)].to_numpy())
        for level, points in enumerate((homes, schools))
    ]
    lines = shapely.linestrings(np.stack(ends, axis=1)) if len(sums) else np.empty(0, dtype=object)
    columns = {
        "pupils": sums,
        "away": away.reindex(sums.index, fill_value=0.0),
        "minutes": means["minutes"],
        "metres": means["metres"],
    }
    return _frame(columns, gpd.GeoSeries(lines, index=sums.index, crs=plan.study.crs))


def _frame(columns: dict[str, object], geometry: gpd.GeoSeries) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(pd.DataFrame(columns, index=geometry.index), geometry=geometry, crs=geometry.crs)
    frame.attrs["units"] = {name: unit for name, unit in UNITS.items() if name in columns}
    return frame


def _named(frame: pd.DataFrame) -> pd.Series:
    ids = frame.index.to_series().astype("str")
    return frame["name"].astype("string").fillna(ids).astype("str") if "name" in frame else ids


def _sums(rows: pd.DataFrame, key: str, index: pd.Index) -> pd.Series[float]:
    return rows.groupby(key, observed=True)["pupils"].sum().reindex(index, fill_value=0.0).astype(float)


def _means(rows: pd.DataFrame, keys: str | Sequence[str]) -> pd.DataFrame:
    """Give the mean ways over the pupils who go them."""
    held = rows.assign(minutes=rows["minutes"] * rows["pupils"], metres=rows["metres"] * rows["pupils"])
    sums = held.groupby(keys, observed=True)[["minutes", "metres", "pupils"]].sum()
    return sums[["minutes", "metres"]].div(sums["pupils"].where(sums["pupils"] > 0), axis=0)
