"""Random small counties, reproducible from a seed: every oddity the returns of a county may have."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point

from layout_planner.study import TIDY, Study
from layout_planner.travel import Travel

GRADES = (1, 2, 3, 4, 5, 6)


@dataclass(frozen=True)
class County:
    """A study with its ways, and the flows (place × school × grade) the returns were made of."""

    study: Study
    travel: Travel
    flows: np.ndarray


def random_county(
    seed: int,
    *,
    fractional: bool = False,
    closed_system: bool = False,
    attendance: bool = False,
    catchments: bool = False,
    missing: bool = False,
    private: bool = False,
    seats_factor: tuple[float, float] = (0.8, 1.6),
) -> County:
    """Make a county from a seed.

    Parameters
    ----------
    fractional
        Pupils come in fractions (spread from a population).
    closed_system
        Everybody who lives here learns here, and the other way round; else some rolls are off.
    attendance, catchments
        Returned: who goes where from some places; a catchment column, some shared by two schools.
    missing
        Some schools returned no roll.
    private
        Some schools are private.
    seats_factor
        Seats are the roll times a factor between these.
    """
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 7)), int(rng.integers(1, 5))
    places, schools = [f"P{i}" for i in range(n)], [f"S{j}" for j in range(m)]
    minutes = rng.integers(0, 60, (n, m)).astype(float) + np.round(rng.random((n, m)), 2)
    if n > 1 and rng.random() < 0.3:
        minutes[rng.integers(n), rng.integers(m)] = np.nan
    if not closed_system and rng.random() < 0.15:
        minutes[rng.integers(n)] = np.nan  # a village without a road
    ways = pd.DataFrame(minutes, index=pd.Index(places, name="place_id"), columns=schools)
    travel = Travel("toy", ways, ways * 70, pace={1: 1.25, 2: 1.1})
    offered = [GRADES if rng.random() < 0.75 else GRADES[:3] for _ in schools]
    offered[int(rng.integers(m))] = GRADES
    flows = _flows(rng, n, offered, minutes, fractional)
    residents, roll = flows.sum(axis=1), flows.sum(axis=0)
    if not closed_system:
        residents = residents + (rng.random(residents.shape) < 0.15) * rng.integers(1, 4, residents.shape)
        roll = roll + (rng.random(roll.shape) < 0.15) * rng.integers(1, 4, roll.shape)
    roll *= np.array([[grade in own for grade in GRADES] for own in offered])
    away = np.floor(residents * (rng.random(residents.shape) < 0.4) * 0.4)
    rows = [
        (places[i], "primary", grade, group, float(number))
        for i in range(n)
        for at, grade in enumerate(GRADES)
        for group, number in (("local", residents[i, at] - away[i, at]), ("migrant", away[i, at]))
        if number > 0
    ]
    silent = set(rng.choice(m, rng.integers(0, m + 1), replace=False)) if missing else set()
    rolls = [
        (schools[j], "primary", grade, float(roll[j, at]), np.nan)
        for j in range(m)
        if j not in silent
        for at, grade in enumerate(GRADES)
        if roll[j, at] > 0 or rng.random() < 0.5
    ]
    known = [
        (places[i], schools[j], "primary", grade, float(flows[i, j, at]))
        for i in range(n)
        for j in range(m)
        for at, grade in enumerate(GRADES)
        if attendance and flows[i, j, at] > 0 and rng.random() < 0.5
    ]
    frame = gpd.GeoDataFrame(
        {"name": places, "township_id": ["T1" if i % 2 else "T2" for i in range(n)]},
        index=pd.Index(places, name="place_id"), geometry=[Point(i * 100, 0) for i in range(n)], crs="EPSG:4544",
    )  # fmt: skip
    if catchments:
        frame["catchment_primary"] = [
            ";".join(schools[j] for j in rng.choice(m, rng.integers(1, min(m, 2) + 1), replace=False)) for _ in places
        ]
    seats = np.floor(roll.sum(axis=1) * rng.uniform(*seats_factor, m) + rng.integers(0, 3, m))
    index = pd.MultiIndex.from_product([schools, ["primary"]], names=["school_id", "stage"])
    study = Study(
        name="随机县", year=2023, calendar="6+3", crs="EPSG:4544",
        places=frame,
        townships=gpd.GeoDataFrame(
            {"name": ["一乡", "二乡"], "population": [1, 1], "urban_rural": ["220", "220"]},
            index=pd.Index(["T1", "T2"], name="township_id"), geometry=[Point(0, 0).buffer(9), Point(50, 0).buffer(9)],
            crs="EPSG:4544",
        ),
        schools=gpd.GeoDataFrame(
            {
                "name": [f"{s}小学" for s in schools], "kind": "211", "state": "open", "closed_year": np.nan,
                "township_id": "T1",
                "ownership": ["private" if private and rng.random() < 0.3 else "public" for _ in schools],
            },
            index=pd.Index(schools, name="school_id"), geometry=[Point(j * 90, 10) for j in range(m)], crs="EPSG:4544",
        ),
        sites=gpd.GeoDataFrame({"name": [], "stage": [], "seats": []}, geometry=[], crs="EPSG:4544"),
        offers=pd.DataFrame(
            {
                "grades": offered, "enrolment": np.nan, "seats": seats,
                "classrooms": np.where(rng.random(m) < 0.5, np.ceil(seats / 30) + 6, np.nan), "classes": np.nan,
                "class_size": np.nan, "teachers": rng.integers(1, 20, m).astype(float),
                "boarders": rng.integers(0, 9, m).astype(float), "beds": rng.integers(0, 20, m).astype(float),
            },
            index=index,
        ),
        pupils=pd.DataFrame(rows, columns=list(TIDY["pupils"])).astype({"place_id": "str", "stage": "str"}),
        rolls=pd.DataFrame(rolls, columns=list(TIDY["rolls"])),
        attendance=pd.DataFrame(known, columns=list(TIDY["attendance"])),
        births=pd.DataFrame(columns=list(TIDY["births"])),
        classes=pd.DataFrame(columns=list(TIDY["classes"])),
        adjacency=pd.DataFrame(columns=["place_a", "place_b"]),
    )  # fmt: skip
    return County(study, travel, flows)


def _flows(
    rng: np.random.Generator, n: int, offered: list[tuple[int, ...]], minutes: np.ndarray, fractional: bool
) -> np.ndarray:
    """Give who goes where, shape (places, schools, grades): only where there is a way and the grade."""
    m = len(offered)
    flows = rng.integers(0, 15, (n, m, len(GRADES))) * (rng.random((n, m, len(GRADES))) < 0.5)
    flows = flows * np.array([[grade in own for grade in GRADES] for own in offered])[None, :, :]
    flows = flows * np.isfinite(minutes)[:, :, None]
    return flows * (rng.uniform(0.1, 1.0, flows.shape) if fractional else 1.0)
