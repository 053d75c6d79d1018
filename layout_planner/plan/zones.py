"""Zones: which school each place belongs to, as a map of polygons and as a list."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout_planner.base.errors import refuse
from layout_planner.base.units import in_units
from layout_planner.plan.columns import lacks_school
from layout_planner.plan.frames import stages_of
from layout_planner.plan.record import PlanRecord
from layout_planner.policy import class_limit
from layout_planner.study.mosaic import dissolve, settle
from layout_planner.travel.cells import cells_of

ZONED_STAGES = ("primary", "junior")
"""Stages that admit by catchment; kindergartens admit freely, senior schools by examination."""

SHARED = ";"
"""Stands between the schools of a shared zone (多校划片)."""

PLACE_COLUMNS = ("school_id", "school", "place_id", "place", "township", "kind", "pupils")


def zone_map(plan: PlanRecord, stage: str) -> pd.Series[str]:
    """Say which zone each place belongs to, places without pupils too.

    Zones that were drawn count as they are, and so do today's catchments; else a place belongs to the public school
    most of its pupils go to (private schools have no zone). Any other place, be it without pupils or without a seat for
    them, joins the zone it has the longest border with.

    Parameters
    ----------
    plan
        A plan; today is one.
    stage
        A stage it covers.

    Returns
    -------
    Series
        School ids, several with ";" for a shared zone; index place_id, all places of the study.

    Raises
    ------
    DataError
        The plan does not cover the stage, or no pupil of it goes to a public school.
    """
    stages_of(plan, stage)
    study = plan.study
    known = _known(plan, stage)
    known = known.reindex(study.places.index)
    if not known.notna().any():
        raise refuse(
            f"no pupil of stage {stage} goes to a public school",
            f"学段 {stage} 没有学生就读公办学校",
            "give zones as a Series place → school",
            "请以“居住点→学校”的 Series 给出片区",
        )
    if known.isna().any():
        codes, names = pd.factorize(known, sort=True)
        cells = np.asarray(cells_of(study).array)
        drawn = np.flatnonzero(~shapely.is_empty(cells))
        codes[drawn] = settle(cells[drawn], codes[drawn])
        known = pd.Series([names[code] if code >= 0 else names[0] for code in codes], index=known.index)
    return known.astype("str").rename("school_id").rename_axis("place_id")


def zoned_stages(plan: PlanRecord) -> list[str]:
    """Name the stages of a plan that admit by catchment and have pupils at public schools: those with zones to draw."""
    return [stage for stage in ZONED_STAGES if stage in plan.assignments and len(_majority(plan, stage))]


@in_units()
def draw_zones(plan: PlanRecord, stage: str, zones: pd.Series | None = None) -> gpd.GeoDataFrame:
    """Draw the zones of a stage: one polygon a school, without gaps or overlaps, borders shared.

    Parameters
    ----------
    plan
        A plan; today is one.
    stage
        A stage it covers.
    zones
        Place → school (or schools, with ";"); `zone_map` where left out. Places it leaves out belong to no zone; nor do
        those whose children the plan leaves without a seat.

    Returns
    -------
    GeoDataFrame
        Index school_id (several with ";" for a shared zone), in the study's CRS: name, stage, pupils (children of the
        stage who live there, those at private schools too), seats (of all its schools, NaN unknown), places, parts (1
        where the zone hangs together), holes (other zones inside), apart (names of the places outside its largest
        part), geometry.
    """
    study = plan.study
    label = _labels(plan, stage, zones).rename("school_id")
    cells = cells_of(study)
    shapes = dissolve(cells, label)
    limit = class_limit(plan.rules, stage)
    seats = study.seats(stage, limit).replace(np.inf, np.nan)
    demand = study.demand(stage).groupby(label.reindex(study.places.index)).sum()
    parts = shapely.get_num_geometries(np.asarray(shapes.array))
    table = {
        "name": [zone_name(plan, each) for each in shapes.index],
        "stage": stage,
        "pupils": demand.reindex(shapes.index, fill_value=0.0).to_numpy(),
        "seats": [seats.reindex(each.split(SHARED)).sum(skipna=False) for each in shapes.index],
        "places": label.value_counts().reindex(shapes.index).to_numpy(),
        "parts": parts,
        "holes": [_holes(shape) for shape in shapes],
        "apart": [_apart(plan, cells, label, each, shapes[each]) for each in shapes.index],
    }
    return gpd.GeoDataFrame(table, index=shapes.index, geometry=shapes.to_numpy(), crs=shapes.crs)


@in_units()
def list_places(plan: PlanRecord, stage: str, zones: pd.Series | None = None) -> pd.DataFrame:
    """List the villages and estates of each zone.

    Returns
    -------
    DataFrame
        `PLACE_COLUMNS`, in the order of school ids and of places; pupils are the children of the stage who live there.
    """
    study = plan.study
    label = _labels(plan, stage, zones).reindex(study.places.index)
    places = study.places
    blank = pd.Series("", index=places.index)
    towns = study.townships["name"] if "name" in study.townships else pd.Series(dtype="str")
    table = pd.DataFrame(
        {
            "school_id": label,
            "school": label.map(lambda each: zone_name(plan, each), na_action="ignore"),
            "place_id": places.index,
            "place": places.get("name", places.index),
            "township": places["township_id"].map(towns) if "township_id" in places else blank,
            "kind": places.get("kind", blank),
            "pupils": study.demand(stage),
        }
    )
    return table.dropna(subset="school_id").sort_values("school_id", kind="stable").reset_index(drop=True)


def zone_name(plan: PlanRecord, label: str) -> str:
    """Give the name of a zone's school, or of its schools."""
    return " · ".join(plan.study.school_name(each) for each in label.split(SHARED))


def _drawn(plan: PlanRecord, stage: str) -> pd.Series[str]:
    """Give the zones a solver drew, those of the older grades where bands of grades have zones of their own."""
    return plan.assignments[stage].zones.drop_duplicates("place_id", keep="last").set_index("place_id")["school_id"]


def _labels(plan: PlanRecord, stage: str, zones: pd.Series | None) -> pd.Series:
    """Give the zones asked for; a place whose children were left without a seat belongs to none."""
    if zones is not None:
        return zones
    left = plan.assignments[stage].unplaced
    waiting = pd.Index(left.loc[lacks_school(left), "place_id"].unique())
    return zone_map(plan, stage).drop(index=waiting.difference(_known(plan, stage).index), errors="ignore")


def _known(plan: PlanRecord, stage: str) -> pd.Series[str]:
    """Give the zones of the places of which they are known."""
    known = _drawn(plan, stage).combine_first(_majority(plan, stage))
    catchments = f"catchment_{stage}"
    if plan.assignments[stage].method != "today" or catchments not in plan.study.places:
        return known
    given = plan.study.places[catchments].replace("", None).dropna().astype("str")
    return given.combine_first(known)


def _majority(plan: PlanRecord, stage: str) -> pd.Series[str]:
    private = plan.study.is_private()
    assignment = plan.assignments[stage]
    flows = assignment.flows
    zoned = ~flows["school_id"].map(private).fillna(False).astype(bool)
    return assignment.with_(flows=flows.loc[zoned]).school_of()


def _holes(shape: shapely.Geometry) -> int:
    return int(shapely.get_num_interior_rings(shapely.get_parts(shape)).sum())


def _apart(plan: PlanRecord, cells: gpd.GeoSeries, label: pd.Series, zone: str, shape: shapely.Geometry) -> str:
    """Name the places outside the largest part of a zone."""
    parts = shapely.get_parts(shape)
    if len(parts) < 2:
        return ""
    main = parts[np.argmax(shapely.area(parts))]
    mine = cells.loc[label.index[label == zone]]
    inner = shapely.point_on_surface(np.asarray(mine.array))
    out = mine.index[~shapely.intersects(main, inner) & ~shapely.is_empty(inner)]
    names = plan.study.places["name"] if "name" in plan.study.places else pd.Series(dtype="str")
    return "、".join(str(names.get(place, place)) for place in out)
