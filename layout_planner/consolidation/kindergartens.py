"""Closed school buildings as kindergartens: which are fit, and which to convert: `convert_buildings`.

Of the fit buildings at most n are chosen so that most children come to have a place within reach who have none now:

    max  Σ_ij x_ij    s.t.  Σ_j x_ij ≤ c_i,   Σ_i x_ij ≤ q_j y_j,   x_ij ≤ c_i y_j,   Σ_j y_j ≤ n,   x ≥ 0, y binary

over places i with c_i children beyond reach of every kindergarten, buildings j with q_j seats, and pairs within reach
(maximal covering location, Church and ReVelle 1974; with seats, Current and Storbeck 1988: both cited from memory).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.base.proof import Ended, Proof, Proved
from layout_planner.base.units import in_units
from layout_planner.measures.preschool import STAGE, WITHIN, nearest_minutes, preschool_shares, within_minutes
from layout_planner.policy import Rules
from layout_planner.scenario import Open, Scenario, apply
from layout_planner.scenario.works import ROOM_SEATS
from layout_planner.solving.clock import Clock
from layout_planner.solving.mip import Model
from layout_planner.study import Study
from layout_planner.travel import Travel, TravelLike, travel_for

FLOOR_A_CHILD, SITE_A_CHILD = 10.0, 14.0
"""m² of floor and of ground a child (about what 建标175-2016 asks for; from memory)."""

REFIT = {"A": 800.0, "B": 1_000.0, "C": 1_800.0}
"""Yuan a m² to make a building of a safety grade (JGJ 125) a kindergarten, C with strengthening: assumed."""

SUFFIX = "-K"
"""Added to a school's id for the kindergarten in its building."""


@dataclass(frozen=True, eq=False)
class Conversion(Proved):
    """Buildings to convert.

    Parameters
    ----------
    buildings
        Every closed building looked at, index school_id: name, township_id, building_grade, floor_area, site_area,
        seats (0 if unfit), yuan, why (not), chosen, children (who come to have a place within reach).
    before, after
        Share of children with a kindergarten within so many minutes.
    shares
        Of today (`preschool_shares`).
    study, travel, scenario
        What `solve` wants to carry it out: the study with the chosen buildings as sites, the ways to them, the edits.
    proof
        Of children gained, counted below 0: the most is the least.
    """

    buildings: pd.DataFrame
    before: pd.Series
    after: pd.Series
    shares: pd.DataFrame
    study: Study
    travel: TravelLike
    scenario: Scenario
    proof: Proof

    @property
    def objective(self) -> float:
        """Children gained."""
        return -self.proof.objective

    @property
    def bound(self) -> float:
        """Children no choice exceeds."""
        return -self.proof.bound


@in_units()
def list_buildings(
    study: Study,
    *,
    floor_a_child: float = FLOOR_A_CHILD,
    site_a_child: float = SITE_A_CHILD,
    refit: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """List the closed schools whose buildings might be kindergartens; safety grade and area decide.

    Parameters
    ----------
    study
        The study, or a plan's, in which the schools are closed.
    floor_a_child, site_a_child
        m² a child.
    refit
        Safety grade → yuan a m²; grades without a price (D) are unfit. Assumed ones where left out.

    Returns
    -------
    pd.DataFrame
        As `Conversion.buildings`, without the choice. Seats come in classes of 30.
    """
    prices = REFIT if refit is None else refit
    closed = study.schools.index[(study.schools["state"] == "closed").to_numpy()]
    offers = study.offers.reset_index().drop_duplicates("school_id", keep="last").set_index("school_id")
    schools = study.schools.loc[closed]

    def column(frame: pd.DataFrame, name: str) -> pd.Series:
        return frame[name].reindex(closed) if name in frame else pd.Series(np.nan, closed)

    grade = column(schools, "building_grade").astype("string").fillna("").str.upper()
    floor, site = column(offers, "floor_area").astype(float), column(offers, "site_area").astype(float)
    room = ROOM_SEATS[STAGE]
    children = np.fmin(floor / floor_a_child, site / site_a_child)
    seats = np.floor(children.fillna(0.0) / room) * room
    price = grade.map(dict(prices)).astype(float)
    unsafe, unknown, small = price.isna() & (grade != ""), (grade == "") | floor.isna(), seats < room
    why = pd.Series("", index=closed, dtype="str")
    for mask, told in (
        (small, Text("too small for one class", "面积不足一个班")),
        (unsafe, Text("building not safe", "房屋安全等级不合格")),
        (unknown, Text("safety grade or area not known", "房屋安全等级或面积未知")),
    ):
        why = why.mask(mask, str(told))
    fit = why == ""
    return pd.DataFrame(
        {
            "name": column(schools, "name"),
            "township_id": column(schools, "township_id"),
            "building_grade": grade,
            "floor_area": floor,
            "site_area": site,
            "seats": seats.where(fit, 0.0),
            "yuan": (price * floor).where(fit),
            "why": why,
        },
        index=closed.rename("school_id"),
    )


def convert_buildings(
    study: Study,
    travel: TravelLike,
    rules: Rules | None = None,
    *,
    at_most: int,
    minutes: float = 15.0,
    buildings: pd.DataFrame | None = None,
    time_limit: float = 60.0,
) -> Conversion:
    """Choose closed buildings to become kindergartens.

    Parameters
    ----------
    study, travel
        The study (after a consolidation: the plan's, in which schools have closed) and the ways to kindergartens.
    rules
        Where the limits of the shares stand; see `preschool_shares`.
    at_most
        So many buildings.
    minutes
        Within reach, at the children's pace.
    buildings
        What `list_buildings` gave, changed by hand where needed.
    time_limit
        Seconds of HiGHS.

    Raises
    ------
    DataError
        `at_most` below 0, or no ways to the buildings.
    """
    if at_most < 0 or minutes <= 0:
        raise refuse(
            "at_most is below 0 or minutes not positive", "at_most 小于 0 或 minutes 非正", "correct them", "请更正"
        )
    table = list_buildings(study) if buildings is None else buildings
    fit = table.index[(table["seats"] > 0).to_numpy()]
    near = nearest_minutes(study, travel)
    far = near.loc[near["minutes"] > minutes + 1e-9].reset_index(drop=True)
    reach = _reach(far, travel, fit, minutes)
    chosen, gained, bound, ended = _choose(
        far["pupils"].to_numpy(dtype=float), table.loc[fit, "seats"].to_numpy(dtype=float), reach, at_most, time_limit
    )
    table = table.assign(
        chosen=pd.Series(chosen, fit).reindex(table.index, fill_value=False),
        children=pd.Series(gained, fit).reindex(table.index, fill_value=0.0),
    )
    picked = fit[chosen]
    wide = study.with_(sites=_with_sites(study, table, picked))
    ways = _with_columns(travel, picked)
    edits = [Open(site=school + SUFFIX, stage=STAGE) for school in picked]
    scenario = Scenario(str(Text("closed schools as kindergartens", "闲置校舍改办幼儿园")), edits)
    return Conversion(
        buildings=table,
        before=within_minutes(study, travel, minutes=_steps(minutes)),
        after=within_minutes(apply(wide, scenario), ways, minutes=_steps(minutes)),
        shares=preschool_shares(study, rules),
        study=wide,
        travel=ways,
        scenario=scenario,
        proof=Proof(-float(gained.sum()), min(bound, -float(gained.sum())), "children", ended),
    )


def _steps(minutes: float) -> list[float]:
    return sorted({*WITHIN, minutes})


def _reach(far: pd.DataFrame, travel: TravelLike, sites: pd.Index, minutes: float) -> np.ndarray:
    """Tell which rows have which building within reach; shape (rows, buildings)."""
    within = np.zeros((len(far), len(sites)), dtype=bool)
    for grade in far["grade"].unique():
        way = travel_for(travel, STAGE, int(grade))
        rows = (far["grade"] == grade).to_numpy()
        cost = way.cost(far.loc[rows, "place_id"], list(sites), "minutes") * way.pace.get(int(grade), 1.0)
        within[rows] = cost <= minutes + 1e-9  # NaN, no way, is not within
    return within


def _choose(
    children: np.ndarray, seats: np.ndarray, within: np.ndarray, at_most: int, seconds: float
) -> tuple[np.ndarray, np.ndarray, float, Ended]:
    """Solve the program of this module's head: what is chosen, the children each gains, the bound, how it ended."""
    row, site = np.nonzero(within)
    m, pairs = len(seats), len(row)
    if not pairs or at_most == 0:
        return np.zeros(m, dtype=bool), np.zeros(m), 0.0, "proved"
    most = np.minimum(children[row], seats[site])
    model = Model("children")
    x = model.columns(np.full(pairs, -1.0), most=most)  # children of a row who gain a place in a building
    y = model.columns(np.full(m, 1e-6), most=1.0, whole=True)  # it becomes one; a hair against building for nobody
    model.rows((row, x, 1.0), most=children)
    model.rows((site, x, 1.0), (np.arange(m), y, -seats), most=0.0)
    each = np.arange(pairs)
    model.rows((each, x, 1.0), (each, y[site], -most), most=0.0)
    model.rows((0, y, 1.0), most=float(at_most))
    found = model.solve(clock=Clock(seconds))
    if found.x is None:
        return np.zeros(m, dtype=bool), np.zeros(m), -float(children.sum()), found.proof.ended
    gained = np.bincount(site, weights=found.x[x], minlength=m)
    return found.x[y] > 0.5, gained.round(6), found.proof.bound - 1e-6 * at_most, found.proof.ended


def _with_sites(study: Study, table: pd.DataFrame, picked: pd.Index) -> gpd.GeoDataFrame:
    rows = gpd.GeoDataFrame(
        {
            "name": [f"{name}{Text(' (kindergarten)', '（幼儿园）')}" for name in table.loc[picked, "name"]],
            "stage": STAGE,
            "seats": table.loc[picked, "seats"].to_numpy(dtype=float),
            "open_cost": table.loc[picked, "yuan"].to_numpy(dtype=float),
            "township_id": table.loc[picked, "township_id"].to_numpy(),
        },
        index=pd.Index([school + SUFFIX for school in picked], name="site_id", dtype=study.sites.index.dtype),
        geometry=list(study.schools.geometry.reindex(picked)),
        crs=study.crs,
    )
    if not len(study.sites) or not len(rows):
        return rows if len(rows) else study.sites
    return gpd.GeoDataFrame(pd.concat([study.sites, rows]), geometry="geometry", crs=study.crs)


def _with_columns(travel: TravelLike, picked: pd.Index) -> TravelLike:
    """Give the kindergartens the ways of the buildings they are in."""
    if isinstance(travel, Travel):
        new = {school: school + SUFFIX for school in picked}
        tables = [
            pd.concat([table, table[list(picked)].rename(columns=new)], axis=1)
            for table in (travel.minutes, travel.metres)
        ]
        return replace(travel, minutes=tables[0], metres=tables[1])
    answer: object = {key: _with_columns(one, picked) if STAGE in (key, key[0]) else one for key, one in travel.items()}
    return cast("TravelLike", answer)
