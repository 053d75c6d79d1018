"""Where new schools could stand: clusters of children who have none, or a way beyond reach, set down on ground.

A cluster's centre (k-means of scikit-learn, weighted; Lloyd 1982) is the usual answer, and a bad site: it lies in the
mountain between two valleys as readily as beside a road. So each cluster is set down on a point of a road (within the
buildable land, where a layer says which that is), and of several such points the one is taken by which the children's
real ways shrink most. Whether any of them is worth building, `consolidate` judges: they are candidate sites, no plan.
"""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout_planner.base.arrays import Floats, Ints
from layout_planner.base.errors import TravelError, refuse
from layout_planner.measures.distance import reach_of
from layout_planner.plan import Plan, by_day, lacks_school
from layout_planner.policy import class_limit
from layout_planner.study import Study
from layout_planner.study.stages import grades_of
from layout_planner.travel import add_sites
from layout_planner.travel.types import Travel, travel_for

NEAR = 400
"""Points of roads looked at around each centre."""
TRIED = 8
"""Of them so many, some way apart, are measured by real ways."""
APART = 400.0
"""Metres between two of those."""
UNSERVED_MINUTES = 60.0
"""What a child without a school counts as, in minutes to be saved."""


def propose_sites(
    plan: Plan,
    *,
    stage: str,
    number: int,
    land: gpd.GeoDataFrame | None = None,
    seats: float | None = None,
    ground: Literal["road", "centre"] = "road",
    seed: int = 0,
) -> gpd.GeoDataFrame:
    """Propose candidate sites near the children who have no school, or a way beyond the rules' reach.

    Parameters
    ----------
    plan
        Of today, or of a what-if: who is unserved or far in it.
    stage
        The stage.
    number
        How many sites.
    land
        Polygons in which may be built, in any CRS (several parts, holes and self-crossings are allowed; lines and
        points in the layer are no ground); anywhere along a road where left out.
    seats
        Of each new school; left out, whole classes of every grade for the children of its cluster.
    ground
        "road": set down on roads, and chosen by real ways; "centre": the plain centres of the clusters, the baseline.
    seed
        Of the clustering.

    Returns
    -------
    geopandas.GeoDataFrame
        In the study's CRS; index site_id (N1, N2 …, the heaviest cluster first), columns name, stage, seats,
        township_id, pupils (of the cluster, unserved or beyond reach), geometry: what ``study.with_(sites=…)`` takes.
        `attrs["units"]` has the units, `attrs["chosen_by"]` whether real ways ("ways") or straight lines ("lines",
        where the travel was given and cannot be measured) chose the ground.

    Raises
    ------
    DataError
        Nobody is unserved or beyond reach, fewer places are than sites asked for, or the land has no road.
    """
    weights, pupils = _who(plan, stage)
    homes = plan.study.place_points().reindex(weights.index)
    if number < 1 or number > len(weights):
        raise refuse(
            f"number={number}: {len(weights)} places have children of {stage} without a school or beyond reach",
            f"number={number}：{stage} 学段仅有 {len(weights)} 个居住点有无学可上或超距离的儿童",
            f"ask for 1 to {len(weights)} sites" if len(weights) else "nothing needs a new school by the rules",
            f"请给 1 至 {len(weights)}" if len(weights) else "按规则无需新校",
        )
    centres, of = _clusters(homes, weights, number, seed)
    chosen_by = "centre"
    points = shapely.points(centres)
    if ground == "road":
        options = [_options(plan, centre, homes[of == k], weights[of == k], land) for k, centre in enumerate(centres)]
        points, chosen_by = _best(plan, stage, options, homes, weights, of)
    return _as_sites(plan, stage, points, pupils, of, seats, chosen_by)


def _who(plan: Plan, stage: str) -> tuple[pd.Series[float], pd.Series[float]]:
    """Give by place what is to be saved, in pupil-minutes, and the pupils who are unserved or beyond reach."""
    assignment = plan.assignments[stage]
    flows = assignment.flows.loc[by_day(assignment.flows) & assignment.flows["minutes"].notna()]
    limit = reach_of(flows, plan.rules, "minutes")
    beyond = np.where(np.isfinite(limit), flows["minutes"].to_numpy(dtype=float) - limit, 0.0)
    heads = flows["pupils"].to_numpy(dtype=float)
    far = pd.DataFrame({"place_id": flows["place_id"].to_numpy(), "weight": heads * beyond, "pupils": heads})
    left = assignment.unplaced.loc[lacks_school(assignment.unplaced)]
    lost = pd.DataFrame({"place_id": left["place_id"].to_numpy(), "pupils": left["pupils"].to_numpy(dtype=float)})
    rows = pd.concat([far[far["weight"] > 0], lost.assign(weight=lost["pupils"] * UNSERVED_MINUTES)])
    sums = rows.loc[rows["place_id"].isin(plan.study.places.index)].groupby("place_id")[["weight", "pupils"]].sum()
    return sums["weight"], sums["pupils"]


def _clusters(homes: gpd.GeoSeries, weights: pd.Series[float], number: int, seed: int) -> tuple[Floats, Ints]:
    """Cluster places, the heaviest cluster first: centres (number, 2), and the cluster of each place."""
    from sklearn.cluster import KMeans

    xy = np.column_stack([homes.x, homes.y])
    found = KMeans(n_clusters=number, n_init=10, random_state=seed).fit(xy, sample_weight=weights.to_numpy())
    heavy = np.bincount(found.labels_, weights=weights.to_numpy(), minlength=number)
    order = np.argsort(-heavy, kind="stable")
    rank = np.empty(number, dtype=np.int64)
    rank[order] = np.arange(number)
    return found.cluster_centers_[order], rank[found.labels_]


def _grounds(plan: Plan, land: gpd.GeoDataFrame | None) -> Floats:
    """Give the points of roads that may be built at, else the places themselves, as (n, 2)."""
    study = plan.study
    lines = None if study.roads is None or not len(study.roads) else study.roads.geometry
    shapes = study.place_points() if lines is None else lines
    xy = np.unique(shapely.get_coordinates(shapes.to_crs(study.crs).to_numpy()), axis=0)
    if land is None:
        return xy
    inside = gpd.GeoSeries.from_xy(*xy.T, crs=study.crs).sindex.query(_buildable(study, land), predicate="intersects")
    if not len(inside):
        raise refuse(
            "no road lies in the land given", "给定的可建设用地内没有道路",
            "check its CRS, or leave land out", "请检查其坐标系，或不给 land",
        )  # fmt: skip
    return xy[np.sort(inside)]


def _buildable(study: Study, land: gpd.GeoDataFrame) -> shapely.Geometry:
    """Give the polygons of a layer as one shape in the study's CRS: mended where they cross themselves."""
    if land.crs is None:
        raise refuse(
            "the land given has no coordinate system", "可建设用地图层没有坐标系",
            "say it: land.set_crs(\"EPSG:…\")", "请指明：land.set_crs(\"EPSG:…\")",
        )  # fmt: skip
    shapes = land.to_crs(study.crs).geometry.to_numpy()
    # What remains of a line or a point (a boundary, a label in the same layer) is no ground.
    parts = shapely.get_parts(shapely.make_valid(shapes[~shapely.is_missing(shapes)]))
    parts = np.concatenate([shapely.get_parts(parts), np.empty(0, dtype=object)])
    areas = parts[shapely.get_dimensions(parts) == 2]
    if not len(areas):
        raise refuse(
            "the land given holds no polygon", "可建设用地图层中没有面",
            "give the layer of the areas themselves", "请给出地块面图层",
        )  # fmt: skip
    return shapely.union_all(areas)


def _options(
    plan: Plan, centre: Floats, homes: gpd.GeoSeries, weights: pd.Series[float], land: gpd.GeoDataFrame | None
) -> Floats:
    """Give some grounds near a cluster's centre, those with the least weighted straight way first."""
    from scipy.spatial import cKDTree

    grounds = _grounds(plan, land)
    _, near = cKDTree(grounds).query(centre, k=min(NEAR, len(grounds)))
    xy = grounds[np.atleast_1d(near)]
    # The places themselves are good ground too where a road runs by: each looks at the nearest point of a road.
    beside = cKDTree(grounds).query(np.column_stack([homes.x, homes.y]))[1]
    xy = np.unique(np.concatenate([xy, grounds[beside]]), axis=0)
    away = np.hypot(xy[:, None, 0] - homes.x.to_numpy(), xy[:, None, 1] - homes.y.to_numpy())
    order = np.argsort((away * weights.to_numpy()).sum(axis=1), kind="stable")
    taken: list[int] = []
    for at in order:
        if all(np.hypot(*(xy[at] - xy[other])) >= APART for other in taken):
            taken.append(int(at))
        if len(taken) == TRIED:
            break
    return xy[taken]


def _best(
    plan: Plan, stage: str, options: list[Floats], homes: gpd.GeoSeries, weights: pd.Series[float], of: Ints
) -> tuple[np.ndarray, str]:
    """Take of each cluster's grounds the one by which real ways shrink most; the first where none can be measured."""
    travel = plan.travel if isinstance(plan.travel, Travel) else travel_for(plan.travel, stage)
    names = [[f"{k}/{j}" for j in range(len(xy))] for k, xy in enumerate(options)]
    every = gpd.GeoSeries(
        shapely.points(np.concatenate(options)), index=[name for some in names for name in some], crs=plan.study.crs
    )
    try:
        minutes = add_sites(travel, plan.study, every).minutes
    except TravelError:
        return shapely.points(np.array([xy[0] for xy in options])), "lines"
    flows = plan.assignments[stage].flows
    flows = flows.loc[by_day(flows) & flows["minutes"].notna()]
    total = (flows["pupils"] * flows["minutes"]).groupby(flows["place_id"]).sum()
    heads = flows.groupby("place_id")["pupils"].sum()
    now = (total / heads).reindex(homes.index).fillna(UNSERVED_MINUTES)
    children = plan.study.demand(stage).reindex(homes.index).fillna(0.0)
    points = []
    for k, (xy, mine) in enumerate(zip(options, names, strict=True)):
        here = homes.index[of == k]
        ways = minutes.loc[here, mine].to_numpy(dtype=float)
        shorter = np.maximum(now[here].to_numpy()[:, None] - np.where(np.isnan(ways), np.inf, ways), 0.0)
        saved = (shorter * children[here].to_numpy()[:, None]).sum(axis=0)
        points.append(xy[int(np.argmax(saved))])
    return shapely.points(np.array(points)), "ways"


def _as_sites(
    plan: Plan, stage: str, points: np.ndarray, pupils: pd.Series[float], of: Ints, seats: float | None, chosen_by: str
) -> gpd.GeoDataFrame:
    study = plan.study
    children = np.bincount(of, weights=pupils.to_numpy(), minlength=len(points))
    grades = len(grades_of(stage, study.calendar))
    module = class_limit(plan.rules, stage) * grades
    size = np.ceil(children / module) * module if seats is None else np.full(len(points), float(seats))
    geometry = gpd.GeoSeries(points, crs=study.crs)
    nearest = study.place_points().sindex.nearest(geometry, return_all=False)[1]
    by = study.places.iloc[nearest]
    names = by["name"].fillna("") if "name" in by else pd.Series("", by.index)
    sites = gpd.GeoDataFrame(
        {
            "name": [f"{name} N{k + 1}".strip() for k, name in enumerate(names)],
            "stage": stage,
            "seats": size,
            "township_id": by["township_id"].to_numpy() if "township_id" in by else "",
            "pupils": children,
        },
        index=pd.Index([f"N{k + 1}" for k in range(len(points))], name="site_id"),
        geometry=geometry.to_numpy(),
        crs=study.crs,
    )
    sites.attrs.update(units={"seats": "seats", "pupils": "pupils"}, chosen_by=chosen_by)
    return sites
