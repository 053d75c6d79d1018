"""Timetables of public transport (GTFS) as what a bus to school needs: the stops, and how often one comes by.

Read here and not by a library: gtfs-kit compares times as text ("7:05:00" is after "07:20:00") and passes over
frequencies.txt. A stop's headway is that of the line, in one direction, that serves it most often on a school morning.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Floats
from layout_planner.base.errors import DataError
from layout_planner.formats.limits import damaged

MORNING = (6.5 * 3600, 8.5 * 3600)
"""When children set out: half past six to half past eight, seconds after midnight (assumed)."""

SCHOOL_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def is_feed(found: Mapping[str, Path]) -> bool:
    """Tell whether an archive's tables are a timetable."""
    names = {path.name for path in found.values()}
    return {"stops.txt", "stop_times.txt", "trips.txt"} <= names


def stops_of(found: Mapping[str, Path], name: str) -> pd.DataFrame:
    """Give the stops of a feed.

    Returns
    -------
    pd.DataFrame
        Text columns stop_id, name, lon, lat (WGS 84, as GTFS has it), headway: minutes between two buses of the line
        that comes most often in the `MORNING` of a school day; empty where none comes.

    Raises
    ------
    DataError
        A file of the feed or one of its columns is missing, or a time is none.
    """
    tables = {path.stem: path for path in found.values() if path.suffix == ".txt"}
    try:
        stops = _table(tables["stops"], "stop_id", "stop_lat", "stop_lon")
        times = _table(tables["stop_times"], "trip_id", "stop_id", "stop_sequence", "departure_time")
        trips = _table(tables["trips"], "trip_id", "route_id", "service_id")
        trips = trips.loc[trips["service_id"].isin(_services(tables))]
        times = times.loc[times["trip_id"].isin(trips["trip_id"])]
        runs = _departures(times, _frequencies(tables))
    except (KeyError, ValueError, OSError, UnicodeDecodeError) as error:
        raise DataError([damaged(name, str(error))]) from error
    trips = trips.assign(direction=trips["direction_id"].fillna("") if "direction_id" in trips else "")
    runs = runs.merge(trips[["trip_id", "route_id", "direction"]], on="trip_id")
    by_line = runs.groupby(["stop_id", "route_id", "direction"])["runs"].sum()
    most = by_line.groupby("stop_id").max().reindex(stops["stop_id"]).to_numpy(dtype=float)
    with np.errstate(divide="ignore"):
        headway = (MORNING[1] - MORNING[0]) / 60 / most
    told = [f"{minutes:.4g}" if np.isfinite(minutes) else "" for minutes in headway]
    titles = stops["stop_name"] if "stop_name" in stops else stops["stop_id"]
    return pd.DataFrame(
        {"stop_id": stops["stop_id"], "name": titles, "lon": stops["stop_lon"], "lat": stops["stop_lat"],
         "headway": told}, dtype="str",
    )  # fmt: skip


def _table(path: Path, *needed: str) -> pd.DataFrame:
    table = pd.read_csv(path, dtype="str", encoding="utf-8-sig", skipinitialspace=True, keep_default_na=False)
    missing = [column for column in needed if column not in table]
    if missing:
        raise KeyError(f"{path.name}: {', '.join(missing)}")
    return table


def _services(tables: Mapping[str, Path]) -> set[str]:
    """Name the services that run on most school days; those of the busiest date where only dates are given."""
    if "calendar" in tables:
        table = _table(tables["calendar"], "service_id", *SCHOOL_DAYS)
        return set(table.loc[table[list(SCHOOL_DAYS)].eq("1").sum(axis=1) >= 3, "service_id"])
    table = _table(tables["calendar_dates"], "service_id", "date", "exception_type")
    runs = table.loc[table["exception_type"] == "1"]
    busiest = runs["date"].value_counts().sort_index().idxmax()
    return set(runs.loc[runs["date"] == busiest, "service_id"])


def _seconds(times: pd.Series[str]) -> Floats:
    """Give seconds after midnight, NaN for an empty cell; GTFS writes 7:05:00 and 07:05:00 alike, and 25:10:00."""
    told = times.str.strip()
    wrong = told[~told.str.fullmatch(r"\d{1,3}:\d\d:\d\d|")]
    if len(wrong):
        raise ValueError(f"a time is not h:mm:ss: {wrong.iloc[0]}")
    if not len(told):
        return np.empty(0)
    hours = told.replace("", "nan:0:0").str.split(":", expand=True).astype(float).to_numpy()
    return np.asarray(hours @ np.array([3600.0, 60.0, 1.0]))


def _frequencies(tables: Mapping[str, Path]) -> pd.DataFrame:
    """Give the trips that are run again and again: trip_id, start, end, every (seconds)."""
    if "frequencies" not in tables:
        return pd.DataFrame({"trip_id": pd.Series(dtype="str"), "start": 0.0, "end": 0.0, "every": 1.0})
    table = _table(tables["frequencies"], "trip_id", "start_time", "end_time", "headway_secs")
    start, end = _seconds(table["start_time"]), _seconds(table["end_time"])
    return pd.DataFrame(
        {"trip_id": table["trip_id"], "start": start, "end": end, "every": table["headway_secs"].astype(float)}
    )


def _departures(times: pd.DataFrame, often: pd.DataFrame) -> pd.DataFrame:
    """Count the departures of each trip at each stop in the morning: trip_id, stop_id, runs.

    Between timepoints the time is interpolated by the order of the stops.
    """
    at = times.assign(time=_seconds(times["departure_time"]), order=times["stop_sequence"].astype(float))
    at = at.sort_values(["trip_id", "order"], kind="stable")
    at["time"] = at.groupby("trip_id")["time"].transform(lambda part: part.interpolate(limit_area="inside"))
    first = at.groupby("trip_id")["time"].transform("first")
    again = at.assign(after=at["time"] - first).merge(often, on="trip_id")
    low = np.maximum(again["start"] + again["after"], MORNING[0])
    high = np.minimum(again["end"] + again["after"], MORNING[1])
    again["runs"] = ((high - low) / again["every"]).clip(lower=0.0)
    once = at.loc[~at["trip_id"].isin(often["trip_id"])]
    once = once.assign(runs=once["time"].between(*MORNING, inclusive="left").astype(float))
    return pd.concat([part[["trip_id", "stop_id", "runs"]] for part in (once, again)], ignore_index=True)
