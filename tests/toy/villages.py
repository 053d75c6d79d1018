"""A county of a thousand villages on a line, primary and junior, for what must hold for every one of them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point

import layout_planner as lp
from layout_planner.plan import Plan
from layout_planner.scenario import Close, Merge, Scenario
from layout_planner.study import Study
from layout_planner.study.stages import grades_of
from layout_planner.travel import Travel
from tests.toy.county import EAST, NORTH, line_county

VILLAGES = 1000
SCHOOLS = 20
TOWNS = 25


def thousand_villages(names: dict[int, str] | None = None) -> tuple[Study, Travel]:
    """One child or two a grade and village, every seventh a migrant's; a school every fifty villages, with seats."""
    small = line_county()
    ids = [f"V{k:04d}" for k in range(VILLAGES)]
    at = np.arange(VILLAGES) * 10.0
    places = gpd.GeoDataFrame(
        {
            "name": [(names or {}).get(k, f"{'东西南北'[k % 4]}山{k}村") for k in range(VILLAGES)],
            "township_id": [f"T{k * TOWNS // VILLAGES:02d}" for k in range(VILLAGES)],
        },
        index=pd.Index(ids, name="place_id"), geometry=[Point(EAST + x, NORTH) for x in at], crs=small.crs,
    )  # fmt: skip
    townships = gpd.GeoDataFrame(
        {"name": [f"第{t}镇" for t in range(TOWNS)], "urban_rural": "210"},
        index=pd.Index([f"T{t:02d}" for t in range(TOWNS)], name="township_id"),
        geometry=[Point(EAST + t, NORTH).buffer(1) for t in range(TOWNS)], crs=small.crs,
    )  # fmt: skip
    schools = [f"S{k:02d}" for k in range(SCHOOLS)]
    stands = 250.0 + 500.0 * np.arange(SCHOOLS)
    frame = gpd.GeoDataFrame(
        {"name": [f"第{k}学校" for k in range(SCHOOLS)], "kind": "312", "state": "open", "closed_year": np.nan,
         "township_id": [f"T{k:02d}" for k in range(SCHOOLS)], "ownership": "public",
         "parent_id": pd.Series([None] * SCHOOLS, dtype="str")},
        index=pd.Index(schools, name="school_id"), geometry=[Point(EAST + x, NORTH) for x in stands], crs=small.crs,
    )  # fmt: skip
    grades = {stage: grades_of(stage, "6+3") for stage in ("primary", "junior")}
    index = pd.MultiIndex.from_product([schools, list(grades)], names=["school_id", "stage"])
    offers = pd.DataFrame(
        {"grades": [grades[stage] for _, stage in index], "seats": 54_321.0, "teachers": 98_765.0}
        | dict.fromkeys(("classrooms", "enrolment", "classes", "class_size"), np.nan),
        index=index,
    )  # fmt: skip
    rows = [(place, stage, grade, "migrant" if k % 7 == 0 and grade % 2 else "local", 1.0 + k % 2)
            for k, place in enumerate(ids) for stage, its in grades.items() for grade in its]  # fmt: skip
    minutes = pd.DataFrame(np.abs(at[:, None] - stands[None, :]) / 60, index=places.index, columns=schools)
    minutes.iloc[999] = np.nan  # from the last village there is no way at all
    # Zones of today are given, so that nobody need work them out: every village to the nearest school.
    near = [f"S{min(max(round((x - 250) / 500 - 1e-9), 0), SCHOOLS - 1):02d}" for x in at]
    study = small.with_(
        name="千村县", places=places.assign(catchment_primary=near, catchment_junior=near), townships=townships,
        schools=frame, offers=offers, sites=small.sites.iloc[:0],
        pupils=pd.DataFrame(rows, columns=small.pupils.columns), rolls=small.rolls.iloc[:0],
        attendance=small.attendance.iloc[:0], adjacency=pd.DataFrame({"place_a": ids[:-1], "place_b": ids[1:]}),
    )  # fmt: skip
    return study, Travel("walk", minutes, minutes * 66.7)


def thousand_plan(names: dict[int, str] | None = None) -> Plan:
    """Close the third school for a stated reason, merge the ninth into the eighth, in years that differ."""
    study, travel = thousand_villages(names)
    edits = (Close("S03", year=2026, reason="校舍为D级"), Merge("S09", into="S08", year=2027))
    return lp.solve(study, travel, lp.Rules(), scenario=Scenario("合并", edits))
