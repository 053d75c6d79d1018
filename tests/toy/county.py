"""A county on a line: villages and schools stand on a road, minutes are |difference of x|, metres a hundred times that.

```
x:   0    2    4        10   12   14        20
     A    B    C         D    E    F         G      villages
          S1                  S2             S3     schools
```
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point, box

from layout_planner.study import TIDY, Study
from layout_planner.study.stages import grades_of
from layout_planner.travel import Travel

EAST, NORTH = 500_000, 3_400_000
"""Where x = 0 lies, in metres of EPSG:4544."""

VILLAGES = {"A": 0, "B": 2, "C": 4, "D": 10, "E": 12, "F": 14, "G": 20}
SCHOOLS = {"S1": 2, "S2": 12, "S3": 20}


def line_county(
    pupils: dict[str, float] | None = None,
    seats: dict[str, float] | None = None,
    rolls: dict[str, dict[int, float]] | None = None,
    attendance: list[tuple[str, str, int, float]] = (),
    grades: dict[str, tuple[int, ...]] | None = None,
    migrants: dict[str, float] | None = None,
    **changes: object,
) -> Study:
    """Make the county with one stage, primary. `pupils` are a grade and place: 10 in each of six grades by default."""
    per_grade = dict.fromkeys(VILLAGES, 10.0) | (pupils or {})
    six = grades_of("primary", "6+3")
    rows = []
    for village, number in per_grade.items():
        away = (migrants or {}).get(village, 0.0)
        for grade in six:
            if number - away > 0:
                rows.append((village, "primary", grade, "local", number - away))
            if away:
                rows.append((village, "primary", grade, "migrant", away))
    places = gpd.GeoDataFrame(
        {"name": [f"{v}村" for v in VILLAGES], "township_id": ["T1"] * 3 + ["T2"] * 4, "population": 600},
        index=pd.Index(list(VILLAGES), name="place_id"),
        geometry=[Point(EAST + x * 100, NORTH) for x in VILLAGES.values()],
        crs="EPSG:4544",
    )
    townships = gpd.GeoDataFrame(
        {"name": ["西乡", "东乡"], "population": [1800, 2400], "urban_rural": ["220", "210"]},
        index=pd.Index(["T1", "T2"], name="township_id"),
        geometry=[box(EAST + west, NORTH - 500, EAST + east, NORTH + 500) for west, east in ((-100, 700), (700, 2100))],
        crs="EPSG:4544",
    )
    schools = gpd.GeoDataFrame(
        {
            "name": ["一小", "二小", "三小"],
            "kind": "211",
            "state": "open",
            "closed_year": np.nan,
            "township_id": ["T1", "T2", "T2"],
            "ownership": "public",
            "parent_id": pd.Series([None] * 3, dtype="str"),
        },
        index=pd.Index(list(SCHOOLS), name="school_id"),
        geometry=[Point(EAST + x * 100, NORTH) for x in SCHOOLS.values()],
        crs="EPSG:4544",
    )
    index = pd.MultiIndex.from_product([list(SCHOOLS), ["primary"]], names=["school_id", "stage"])
    offers = pd.DataFrame(
        {
            "grades": [(grades or {}).get(s, six) for s in SCHOOLS],
            "enrolment": np.nan,
            "seats": [(seats or {}).get(s, 270.0) for s in SCHOOLS],
            "classrooms": np.nan,
            "classes": np.nan,
            "class_size": np.nan,
            "teachers": [10.0, 12.0, 6.0],
            "area_teaching": [900.0, 900.0, 900.0],
        },
        index=index,
    )
    if rolls is None:  # everyone at the nearest: S1 has A, B, C; S2 has D, E, F; S3 has G
        near = {"S1": "ABC", "S2": "DEF", "S3": "G"}
        rolls = {s: {g: sum(per_grade[v] for v in vs) for g in six} for s, vs in near.items()}
    roll_rows = [(s, "primary", g, n, np.nan) for s, by in rolls.items() for g, n in by.items()]
    return Study(
        name="直线县",
        year=2023,
        calendar="6+3",
        crs="EPSG:4544",
        places=places,
        townships=townships,
        schools=schools,
        sites=gpd.GeoDataFrame(
            {"name": ["新址"], "stage": ["primary"], "seats": [180.0], "township_id": ["T2"]},
            index=pd.Index(["X1"], name="site_id"),
            geometry=[Point(EAST + 1600, NORTH)],
            crs="EPSG:4544",
        ),
        offers=offers,
        pupils=pd.DataFrame(rows, columns=list(TIDY["pupils"])),
        rolls=pd.DataFrame(roll_rows, columns=list(TIDY["rolls"])),
        attendance=pd.DataFrame(
            [(p, s, "primary", g, n) for p, s, g, n in attendance], columns=list(TIDY["attendance"])
        ).astype({"pupils": float}),
        births=pd.DataFrame(columns=list(TIDY["births"])),
        classes=pd.DataFrame(columns=list(TIDY["classes"])),
        adjacency=pd.DataFrame(list(zip("ABCDEF", "BCDEFG", strict=True)), columns=["place_a", "place_b"]),
    ).with_(**changes)


def line_travel(pace: dict[int, float] | None = None) -> Travel:
    """Minutes |Δx| (adult), metres a hundred times that, to the three schools and the candidate site X1."""
    sites = SCHOOLS | {"X1": 16}
    minutes = pd.DataFrame(
        [[abs(x - s) for s in sites.values()] for x in VILLAGES.values()],
        index=pd.Index(list(VILLAGES), name="place_id"),
        columns=list(sites),
        dtype=float,
    )
    return Travel("line", minutes, minutes * 100, pace=pace or {})


def nine_year_county(**changes: object) -> Study:
    """The line county with a junior stage too: 5 pupils in each of grades 7 to 9 of every village.

    S2 is a nine-year school (kind 312), S3 a second one; S1 is primary only. Every junior school has 100 seats and 6
    rooms; the primary schools have 12 rooms each. Juniors of A to D learn at S2, the others at S3.
    """
    study = line_county()
    index = pd.MultiIndex.from_tuples([("S2", "junior"), ("S3", "junior")], names=["school_id", "stage"])
    junior = pd.DataFrame(
        {
            "grades": [(7, 8, 9)] * 2, "enrolment": np.nan, "seats": 100.0, "classrooms": 6.0, "classes": np.nan,
            "class_size": np.nan, "teachers": [9.0, 7.0], "area_teaching": [500.0, 400.0],
        },
        index=index,
    )  # fmt: skip
    primary = study.offers.assign(classrooms=12.0)
    rows = [(v, "junior", g, "local", 5.0) for v in VILLAGES for g in (7, 8, 9)]
    rolls = [(s, "junior", g, n, np.nan) for s, n in (("S2", 20.0), ("S3", 15.0)) for g in (7, 8, 9)]
    return study.with_(
        offers=pd.concat([primary, junior]).sort_index(),
        schools=study.schools.assign(kind=["211", "312", "312"]),
        pupils=pd.concat([study.pupils, pd.DataFrame(rows, columns=study.pupils.columns)], ignore_index=True),
        rolls=pd.concat([study.rolls, pd.DataFrame(rolls, columns=study.rolls.columns)], ignore_index=True),
    ).with_(**changes)
