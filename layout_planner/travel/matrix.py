"""`travel_matrix`: the way of every place to every school and candidate site, and between the sites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout_planner.base.errors import TravelError, did_you_mean
from layout_planner.base.messages import Text
from layout_planner.base.units import in_units
from layout_planner.study import Study
from layout_planner.travel import cache as kept
from layout_planner.travel.modes import ROAD_MODES, before_the_ride
from layout_planner.travel.notes import Note, note, rule_notes, snap_notes, some
from layout_planner.travel.roadway import make_roadway
from layout_planner.travel.speeds import flat_walk, pace_by_grade, speeds_for, values
from layout_planner.travel.sweeps import measure
from layout_planner.travel.types import Travel
from layout_planner.travel.usual import DEFAULT, USUAL, as_travel, put_together, told_of, usual_of

METRES_SUFFIX = ":metres"
"""`study.given_travel["drive:metres"]` holds the metres to the minutes of "drive"."""

STRAIGHT, MIXED = "straight", "mixed"
PACED = ("walk", STRAIGHT)
"""Modes whose minutes a child's pace scales."""

Tables = tuple[pd.DataFrame, pd.DataFrame, list[Note]]


def travel_matrix(
    study: Study,
    mode: str = "walk",
    *,
    limit: float | None = None,
    speeds: Mapping[str, float] | None = None,
    stops: gpd.GeoSeries | None = None,
    cache: bool = True,
    threads: int | None = None,
) -> Travel:
    """Measure the way of every place to every school and candidate site.

    Places count from one point inside them, to schools of every state and all candidate `sites`. The way begins with
    a straight walk to the nearest point of the nearest road the mode may use, and ends with one.

    Parameters
    ----------
    study
        The region. Every mode but "straight" needs its `roads`; walking, cycling and the bus heed its `elevation`,
        walking and cycling its `extra["hazards"]`.
    mode
        The name of a matrix the study was given (measured times go before reckoned ones), or
        "walk" (slope by Tobler's function), "bike", "ebike" (a parent's electric bicycle), "drive" (by road class),
        "bus" (a school bus from near the door: wait, ride, stops; NaN where no bus can pass), "mixed" (walk to one of
        `stops`, then the bus, or walk all the way where that is quicker), or "straight": the crow's way times a detour
        factor, at walking speed; or "usual": as children of each age go (`travel.usual`), on foot while it is near,
        beyond that as the places' column `usual_mode` says or on a parent's electric bicycle.
    limit
        Minutes (adult pace) beyond which a way is left out, as NaN; None for none.
    speeds
        Changes to the speed table (`SPEEDS`), name → value.
    stops
        Stop id → point in the study's CRS, for "mixed"; None for the study's `extra["stops"]`.
    cache
        Keep what was measured along roads in the user's cache folder, and take it from there. The name of the file
        is a digest of all it depends on.
    threads
        How many sweeps at a time; None for one a processor.

    Returns
    -------
    Travel
        Minutes and metres place × site and site × site. Metres run along the fastest way. `pace` scales the minutes
        to an age. `options["notes"]` holds what a reader must know, in both languages.

    Raises
    ------
    TravelError
        The mode is unknown, or the study lacks what it needs.
    DataError
        A speed that does not exist or is not positive.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> len(ways.metres) == len(study.places)
    True
    >>> school = study.offering("junior")[0]
    >>> float(ways.metres[school].min().round(-1)), float(ways.minutes[school].min().round(1))
    (140.0, 1.6)
    """
    if mode in study.given_travel and not mode.endswith(METRES_SUFFIX):
        return _given(study, mode, limit)
    v = values(speeds_for(study, speeds))
    sites = site_points(study)
    origins = _stack(study.place_points(), sites)
    options: dict[str, Any] = {"mode": mode, "limit": limit, "speeds": v}
    wish = usual_of(study, v).modes if mode == USUAL else ()
    if mode == USUAL and (told := _wishes(study, v)):
        options["wish"] = told
    if mode == MIXED or MIXED in wish:
        options["stops"] = _stops(study, stops)
        options["headways"] = _headways(study, options["stops"])
    key = kept.travel_key(study, origins, sites, options) if cache and mode not in (STRAIGHT,) else None
    found = kept.find(key) if key is not None else None
    if found is not None:
        return found
    if mode == USUAL:
        travel = _usual(study, options, origins, sites, threads)
    else:
        travel = _travel(study.places.index, _measure(study, options, origins, sites, threads), options)
    if key is not None:
        kept.keep(key, travel)
    return travel


def add_sites(travel: Travel, study: Study, points: gpd.GeoSeries | None = None) -> Travel:
    """Measure the ways to further sites and give a travel that has them too.

    Parameters
    ----------
    travel
        Measured on the same roads; its options hold here too.
    study
        The region.
    points
        Site id → point, in the study's CRS. None for every school and candidate site of `study` the travel lacks:
        what an `Open` edit brought.

    Raises
    ------
    TravelError
        A point bears the name of a site that is there already, or the travel was given and not measured: a column
        of it cannot be reckoned.
    """
    if points is None:
        known = site_points(study)
        points = known[~known.index.isin(travel.minutes.columns)]
    if not len(points):
        return travel
    _check_new(travel, points)
    told = dict(travel.options.get("points", {}))
    options = {**travel.options, "points": told | {str(i): p.wkt for i, p in points.items()}}
    old = site_points(study).reindex(travel.minutes.columns)
    if told:
        old = old.fillna(gpd.GeoSeries.from_wkt(pd.Series(told), crs=study.crs))
    if travel.mode == USUAL:
        known = _stack(old, points)
        return _usual(study, options, _stack(study.place_points(), known), known, None)
    fresh = _measure(study, travel.options, _stack(study.place_points(), old, points), points, None)
    back = _measure(study, travel.options, points, old, None)  # from the new sites to the old ones
    grown = []
    for k, key in enumerate(("minutes", "metres")):
        table = travel.minutes if key == "minutes" else travel.metres
        rows = pd.concat([table, travel.between[key], _frame(back, k)])
        grown.append(pd.concat([rows, _frame(fresh, k)], axis=1))
    notes = list(travel.options["notes"]) + [each for each in fresh[2] if each not in travel.options["notes"]]
    return _travel(travel.minutes.index, (grown[0], grown[1], notes), options)


@in_units()
def unreachable(travel: Travel) -> pd.Series[int]:
    """Name the places that some site cannot be reached from.

    Returns
    -------
    pd.Series
        How many sites each such place does not reach (or only beyond the limit); index place_id.
    """
    missing = travel.minutes.isna().sum(axis=1)
    return missing[missing > 0].rename("sites")


def site_points(study: Study) -> gpd.GeoSeries:
    """Give a point for every school and every candidate site that is not a school already; index site id."""
    more = study.sites.geometry[~study.sites.index.isin(study.schools.index)]
    return _stack(study.schools.geometry, more)


def _stack(*series: gpd.GeoSeries) -> gpd.GeoSeries:
    filled = [s for s in series if len(s)]
    return pd.concat(filled) if filled else series[0]


def _frame(tables: Tables, k: int) -> pd.DataFrame:
    return tables[0] if k == 0 else tables[1]


def _check_new(travel: Travel, points: gpd.GeoSeries) -> None:
    twice = points.index[points.index.isin(travel.minutes.columns) | points.index.duplicated()]
    if len(twice):
        shown = ", ".join(map(str, twice[:10]))
        raise TravelError(
            str(
                Text(
                    f"site {shown} is in the travel matrix already; give the new site another id.",
                    f"选址 {shown} 已在出行矩阵中；请另用编号。",
                )
            )
        )
    if travel.options.get("given") or "mode" not in travel.options:
        shown = ", ".join(map(str, points.index[:10]))
        raise TravelError(
            str(
                Text(
                    f"the {travel.mode} times were handed in; a column for {shown} cannot be reckoned. Add it to the"
                    " file, or measure with walk, drive or straight.",
                    f"{travel.mode} 时间为外部给定，无法推算 {shown}；请在文件中补列，或改用 walk、drive、straight。",
                )
            )
        )


def _travel(places: pd.Index, tables: Tables, options: Mapping[str, Any]) -> Travel:
    """Cut the two stacked tables (places above sites) apart."""
    minutes, metres, notes = tables
    k, mode = len(places), options["mode"]
    pace = pace_by_grade(options["speeds"]) if mode in PACED else {}
    between = {"minutes": minutes.iloc[k:].rename_axis(None), "metres": metres.iloc[k:].rename_axis(None)}
    return Travel(
        mode,
        minutes.iloc[:k].rename_axis(places.name),
        metres.iloc[:k].rename_axis(places.name),
        between,
        {**options, "notes": notes},
        pace,
    )


def _wishes(study: Study, v: Mapping[str, float]) -> dict[str, str]:
    """Give the places whose children go otherwise than by default, for the options."""
    wish = usual_of(study, v).wish
    return {str(place): mode for place, mode in wish[wish != DEFAULT].items()}


def _usual(
    study: Study, options: Mapping[str, Any], origins: gpd.GeoSeries, sites: gpd.GeoSeries, threads: int | None
) -> Travel:
    """Measure by every mode the children use and put together how they go."""
    usual = usual_of(study, options["speeds"])
    parts: dict[str, tuple[pd.DataFrame, pd.DataFrame]] = {}
    notes = [told_of(usual, options["speeds"])]
    asked = {"walk", DEFAULT, *usual.wish}
    for mode in usual.modes:
        minutes, metres, told = _measure(study, {**options, "mode": mode}, origins, sites, threads)
        parts[mode] = minutes, metres
        if mode in asked:  # where no county bus runs children go on two wheels, and nothing is lacking
            notes += [each for each in told if each not in notes]
    tables = put_together(usual, parts)
    return as_travel(usual, study.places.index, parts["walk"][0], tables, {**options, "notes": notes})


def _given(study: Study, mode: str, limit: float | None) -> Travel:
    """Take a handed-in matrix, in the order of the study's places and sites."""
    table = study.given_travel[mode]
    places, sites = study.places.index, site_points(study).index
    minutes = table.reindex(index=places, columns=sites).astype(np.float64)
    if limit is not None:
        minutes = minutes.where(minutes <= limit)
    notes = []
    if f"{mode}{METRES_SUFFIX}" in study.given_travel:
        metres = study.given_travel[f"{mode}{METRES_SUFFIX}"].reindex(index=places, columns=sites).astype(np.float64)
        metres = metres.where(minutes.notna())
    else:
        metres = pd.DataFrame(np.nan, index=places, columns=sites)
        notes.append(
            note(
                f"The {mode} matrix gives minutes only: metres are unknown (NaN).",
                f"{mode} 矩阵只有分钟：米数未知（NaN）。",
            )
        )
    lacking = sites[~sites.isin(table.columns)]
    if len(lacking):
        shown = some(lacking)
        notes.append(
            note(
                f"The {mode} matrix has no column for {len(lacking)} sites: {shown}.",
                f"{mode} 矩阵缺 {len(lacking)} 个学校或选址的列：{shown}。",
            )
        )
    return Travel(mode, minutes, metres, {}, {"mode": mode, "limit": limit, "given": True, "notes": notes}, {})


def _measure(
    study: Study, options: Mapping[str, Any], origins: gpd.GeoSeries, sites: gpd.GeoSeries, threads: int | None
) -> Tables:
    """Measure from some points to others, as the options say."""
    mode, v, limit = options["mode"], options["speeds"], options["limit"]
    if mode == STRAIGHT:
        return _crow(origins, sites, v, limit)
    if mode == MIXED:
        stops = gpd.GeoSeries.from_wkt(pd.Series(options["stops"], dtype=object), crs=study.crs)
        return _mixed(study, options, origins, sites, stops, threads)
    if mode in ROAD_MODES:
        return _by_road(study, mode, v, limit, origins, sites, threads)
    known = [*(k for k in study.given_travel if not k.endswith(METRES_SUFFIX)), *ROAD_MODES, MIXED, STRAIGHT]
    hint = did_you_mean(mode, known)
    raise TravelError(
        str(
            Text(
                f'no travel mode "{mode}"{hint.en}; there are {", ".join(known)}.',
                f"没有出行方式“{mode}”{hint.zh}；可用：{'、'.join(known)}。",
            )
        )
    )


def _crow(origins: gpd.GeoSeries, sites: gpd.GeoSeries, v: Mapping[str, float], limit: float | None) -> Tables:
    x, y = shapely.get_x(origins.to_numpy()), shapely.get_y(origins.to_numpy())
    metres = np.hypot(x[:, None] - shapely.get_x(sites.to_numpy()), y[:, None] - shapely.get_y(sites.to_numpy()))
    metres *= v["detour"]
    minutes = metres / (flat_walk(v) * 1000 / 60)
    if limit is not None:
        metres[minutes > limit] = np.nan
        minutes[minutes > limit] = np.nan
    told = note(
        f"Ways are straight lines × {v['detour']:g}, on foot at {flat_walk(v):.2f} km/h: no road was followed.",
        f"路程按直线距离 × {v['detour']:g}、步行 {flat_walk(v):.2f} 公里/小时估算，未沿道路计算。",
    )
    return (
        pd.DataFrame(minutes, index=origins.index, columns=sites.index),
        pd.DataFrame(metres, index=origins.index, columns=sites.index),
        [told],
    )


def _by_road(
    study: Study,
    mode: str,
    v: Mapping[str, float],
    limit: float | None,
    origins: gpd.GeoSeries,
    sites: gpd.GeoSeries,
    threads: int | None,
) -> Tables:
    road = make_roadway(study, mode, v)
    wait = before_the_ride(mode, v)
    minutes, metres, snapped = measure(road, origins, sites, None if limit is None else limit - wait, threads)
    notes = snap_notes(snapped, origins, mode, sites) + rule_notes(road)
    if road.heights.outside > 0:
        share = f"{100 * road.heights.outside:.1f} %"
        notes.append(
            note(
                f"{share} of the roads lie off the elevation raster; the nearest height was taken there.",
                f"{share} 的道路在高程栅格之外，按最近的高程计。",
            )
        )
    lost = origins.index[(minutes.isna().all(axis=1) & (snapped.edge >= 0)).to_numpy()].unique()
    if limit is None and len(lost) and len(sites):
        notes.append(
            note(
                f"{len(lost)} points reach no school or site, their roads lying apart from the rest: {some(lost)}.",
                f"{len(lost)} 个点到不了任何学校或选址，所在道路与其余路网不相连：{some(lost)}。",
            )
        )
    return (minutes + wait if wait else minutes), metres, notes


def _stops(study: Study, stops: gpd.GeoSeries | None) -> dict[str, str]:
    """Give the bus stops as id → WKT."""
    if stops is None:
        table = study.extra.get("stops")
        stops = table.geometry if isinstance(table, gpd.GeoDataFrame) else None
    if stops is None or not len(stops):
        raise TravelError(
            str(
                Text(
                    'mode "mixed" needs bus stops; add [stops] to study.toml, or pass stops=.',
                    '"mixed" 方式需要校车停靠点；请在 study.toml 中加入 [stops]，或传入 stops=。',
                )
            )
        )
    return {str(i): str(p.wkt) for i, p in stops.to_crs(study.crs).items()}


def _headways(study: Study, stops: Mapping[str, str]) -> dict[str, float]:
    """Give the minutes between buses at the stops that tell them (column `headway`)."""
    table = study.extra.get("stops")
    if table is None or "headway" not in table:
        return {}
    told = table["headway"].dropna()
    return {str(stop): float(minutes) for stop, minutes in told.items() if str(stop) in stops}


def _mixed(
    study: Study,
    options: Mapping[str, Any],
    origins: gpd.GeoSeries,
    sites: gpd.GeoSeries,
    stops: gpd.GeoSeries,
    threads: int | None,
) -> Tables:
    """Walk to the best stop and ride from there, or walk all the way where that is quicker.

    Who does not know the timetable waits half the time between two buses; a stop that tells none has `bus_wait`.
    """
    v, limit = options["speeds"], options["limit"]
    foot = make_roadway(study, "walk", v)
    minutes, metres, snapped = measure(foot, origins, sites, limit, threads)
    to_stop = [t.to_numpy() for t in measure(foot, origins, stops, limit, threads)[:2]]
    ride = [t.to_numpy() for t in measure(make_roadway(study, "bus", v), stops, sites, limit, threads)[:2]]
    best, way = minutes.to_numpy(copy=True), metres.to_numpy(copy=True)
    every = options.get("headways", {})
    wait = [every[str(stop)] / 2 if str(stop) in every else v["bus_wait"] for stop in stops.index]
    for k in range(len(stops)):
        total = to_stop[0][:, k, None] + wait[k] + ride[0][None, k]
        better = (total < best) | (np.isnan(best) & ~np.isnan(total))
        best[better] = total[better]
        way[better] = (to_stop[1][:, k, None] + ride[1][None, k])[better]
    if limit is not None:
        way[best > limit] = np.nan
        best[best > limit] = np.nan
    told = note(
        f"Walk to one of {len(stops)} stops, then the bus; minutes are an adult's, since only part of the way is"
        " walked.",
        f"步行至 {len(stops)} 个停靠点之一再乘校车；因只有部分步行，分钟数按成人步速计。",
    )
    labels: dict[str, pd.Index] = {"index": origins.index, "columns": sites.index}
    return (
        pd.DataFrame(best, **labels),
        pd.DataFrame(way, **labels),
        [told, *snap_notes(snapped, origins, MIXED, sites)],
    )
