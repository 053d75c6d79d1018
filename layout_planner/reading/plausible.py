"""What a planner would look at twice: numbers that may each be true and are not likely together. Warnings only."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.reading.coordinates import degrees_of, parse_epsg
from layout_planner.reading.faults import Faults, Table
from layout_planner.study.columns import stage_columns
from layout_planner.study.stages import STAGE_NAMES, STAGES

TIMES_THE_SEATS = 10.0
"""Pupils a seat above which one of the two is a slip, or in another unit."""

_BOTH = Text("correct one of the two.", "请更正其中之一。")


def warn_unlikely(tables: dict[str, Table], faults: Faults) -> None:
    """Note more pupils than people, many times the seats, and catchments whose school is of another stage.

    Parameters
    ----------
    tables
        What came through the gate, schools with one row a stage.
    faults
        Takes the warnings.
    """
    places, schools = tables.get("places"), tables.get("schools")
    if places is not None:
        _more_than_people(places, faults)
    if schools is None or not {"school_id", "stage"} <= set(schools.frame.columns):
        return
    _beyond_seats(schools, faults)
    if places is not None:
        _beyond_all_seats(places, schools, faults)
        _wrong_stage(places, schools, faults)


def warn_foreign(tables: dict[str, Table], crs: str, study_file: str, line: int | None, faults: Faults) -> None:
    """Note a study's CRS that is made for another part of the world than its places lie in.

    Parameters
    ----------
    tables
        `places`, with shapes.
    crs
        The CRS the study file names.
    study_file, line
        Where it says so.
    faults
        Takes the warning.
    """
    places, meant = tables.get("places"), parse_epsg(crs)
    if places is None or places.geometry is None or meant is None or meant.area_of_use is None:
        return
    west, south, east, north = places.geometry.total_bounds
    lon, lat = degrees_of(places.crs).transform((west + east) / 2, (south + north) / 2)
    area = meant.area_of_use
    spans = area.west <= lon <= area.east if area.west <= area.east else not area.east < lon < area.west
    # Half a degree more: a county may reach over the edge of its zone.
    if (spans or min(abs(lon - area.west), abs(lon - area.east)) < 0.5) and area.south - 0.5 <= lat <= area.north + 0.5:
        return
    told = Text(
        f"{crs} is made for {area.name.rstrip('.')}; the places lie at {lon:.2f}, {lat:.2f}, where it distorts.",
        f"{crs} 的适用范围为东经 {area.west:g}° 至 {area.east:g}°、北纬 {area.south:g}° 至 {area.north:g}°；"
        f"居住点位于 {lon:.2f}，{lat:.2f}，该处变形较大。",
    )
    mend = Text("leave crs out: one that fits is then chosen.", "请删去 crs，由程序按数据选定。")
    faults.add(study_file, told, mend, line, "crs", crs, warn=True)


def _more_than_people(places: Table, faults: Faults) -> None:
    frame = places.frame
    if "population" not in frame:
        return
    pupils = np.zeros(len(frame))
    for columns in stage_columns(frame.columns, "pupils").values():
        names = [name for grade, name in columns.items() if grade is not None] or [columns[None]]
        pupils += np.nan_to_num(frame[names].to_numpy(dtype=np.float64)).sum(axis=1)
    people = frame["population"].to_numpy(dtype=np.float64)
    over = pupils > people
    told = Text("fewer people than children of school age.", "人口少于各学段适龄儿童之和。")
    faults.rows(places, over, "population", told, _BOTH, warn=True)


def _beyond_seats(schools: Table, faults: Faults) -> None:
    frame = schools.frame
    if not {"enrolment", "seats"} <= set(frame.columns):
        return
    pupils, seats = (frame[c].to_numpy(dtype=np.float64) for c in ("enrolment", "seats"))
    with np.errstate(divide="ignore", invalid="ignore"):
        times = pupils / seats
    over = (seats > 0) & (times >= TIMES_THE_SEATS)
    faults.rows(
        schools, over, "seats",
        lambda at: Text(f"{times[at]:.0f} pupils a seat.", f"在校生为学位数的 {times[at]:.0f} 倍。"), _BOTH, warn=True,
    )  # fmt: skip


def _beyond_all_seats(places: Table, schools: Table, faults: Faults) -> None:
    """Hold all children of a stage against all its seats, where every open school has said them."""
    frame = schools.frame
    if "seats" not in frame:
        return
    live = frame["state"].fillna("open").eq("open") if "state" in frame else pd.Series(True, frame.index)
    for stage, columns in stage_columns(places.frame.columns, "pupils").items():
        mine = frame.loc[live & frame["stage"].eq(stage), "seats"]
        names = [name for grade, name in columns.items() if grade is not None] or [columns[None]]
        children = float(np.nansum(places.frame[names].to_numpy(dtype=np.float64)))
        if not len(mine) or mine.isna().any() or children < TIMES_THE_SEATS * mine.sum():
            continue
        zh = STAGE_NAMES[stage][1]
        told = Text(
            f"{children:,.0f} children of {stage} for {mine.sum():,.0f} seats.",
            f"{zh}适龄儿童 {children:,.0f} 人，而学位仅 {mine.sum():,.0f} 个。",
        )
        mend = Text("are both of the same county, in the same unit?", "请核对两者是否同一区域、同一单位。")
        faults.add(schools.file, told, mend, column=schools.header_of.get("seats", "seats"), warn=True)


def _wrong_stage(places: Table, schools: Table, faults: Faults) -> None:
    offered = schools.frame[["school_id", "stage"]].dropna().astype(str)
    pairs = set(zip(offered["school_id"], offered["stage"], strict=True))
    known = set(offered["school_id"])
    for stage in STAGES:
        column = f"catchment_{stage}"
        if column not in places.frame:
            continue
        named = places.frame[column].dropna().astype(str).str.split(";").explode().str.strip()
        wrong = named.loc[[(one, stage) not in pairs and one in known for one in named]]
        first = wrong.loc[~wrong.index.duplicated()]
        faults.rows(
            places, first.index.to_numpy(), column,
            partial(_of_no, first, stage),
            Text("name a school of the stage.", "请填写该学段的学校。"), warn=True,
        )  # fmt: skip


def _of_no(named: pd.Series[str], stage: str, at: int) -> Text:
    return Text(f'"{named[at]}" is no {stage} school.', f"“{named[at]}”不办{STAGE_NAMES[stage][1]}。")
